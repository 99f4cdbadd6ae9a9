/* SPDX-License-Identifier: MIT */
/* Lines typed at ===>, one after another. Words that write or read files of the host are left out. */
#include "app.h"
#include "fuzz.h"
#include "sim.h"

#include <string.h>

enum { LINES_MAX = 12 };

static bool names_a_file(const char *line)
{
	static const char *const words[] = { "sa", "lo" }; /* unique beginnings are enough */

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasestr(line, words[i]))
			return true;
	return false;
}

static void draw(struct app *a)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct canvas c;

	MUST(canvas_init(&c, 24, 80, true) == 0);
	app_draw(a, &c);
	MUST(canvas_to_text(&c, &text) == 0);
	fuzz_harmless(buf_str(&text), text.len);
	canvas_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tops[] = { "/sys", NULL };
	CLEANUP(sys_freep) struct sys *sys = fuzz_machine(tops, NULL, 0);
	struct session_opts opts = { .read_only = true };
	struct app_opts how = { .ascii = true, .paged = true };
	struct session *s = NULL;
	struct app *a = NULL;

	MUST(session_new(sys, &opts, &s) == 0);
	MUST(app_new(s, &how, &a) == 0);
	for (int i = 0; i < LINES_MAX && size && !a->quit; i++) {
		CLEANUP(freep) char *line = fuzz_line(&data, &size);

		if (names_a_file(line))
			continue;
		app_line(a, line);
		draw(a);
	}
	app_free(a);
	session_free(s);
	return 0;
}
