/* SPDX-License-Identifier: MIT */
/* The history of commits: a file's name in the first line, its bytes behind it. What is shown of it is harmless. */
#include "batch.h"
#include "fuzz.h"
#include "sim_tree.h"

#include <string.h>

static const char machine[] = "kernel 612 6.12.0\n";

static void print(struct session *s, const char *format)
{
	char command[] = "history", option[] = "--format";
	char *argv[] = { command, option, strdup(format), NULL };
	struct batch b = { .session = s, .argc = 3, .argv = argv };
	char *text = NULL;
	size_t size = 0;

	b.out = b.err = open_memstream(&text, &size);
	MUST(b.out && argv[2]);
	batch_run(&b);
	fclose(b.out);
	fuzz_harmless(text, size);
	free(text);
	free(argv[2]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *name = fuzz_line(&data, &size);
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(sys_freep) struct sys *sim = NULL;
	struct session_opts opts = { 0 };
	struct session *s = NULL;
	struct msg why = { 0 };

	MUST(sim_new(machine, strlen(machine), &sim, NULL) == 0);
	MUST(buf_printf(&path, "/var/lib/vfiocfg/history/%s", name) == 0);
	if (!fuzz_below(buf_str(&path), "/var/lib/vfiocfg/history") || strlen(name) > 255 ||
	    sim_put_bytes(sim_of(sim), buf_str(&path), 0644, data, size) < 0)
		return 0;
	MUST(session_new(sim, &opts, &s) == 0);
	print(s, "table");
	print(s, "json");
	print(s, "csv");
	if (session_undo_all(s, &why) < 0)
		fuzz_harmless_msg(&why);
	msg_done(&why);
	session_free(s);
	return 0;
}
