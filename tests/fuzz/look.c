/* SPDX-License-Identifier: MIT */
/*
 * Everything that the program says of a machine, without a terminal: the session's findings and plan, and what the batch
 * commands and the screens print.
 */
#include "app.h"
#include "batch.h"
#include "fuzz.h"

#include <string.h>

static const char edits[] =
	"{\"vfiocfg-edits\":1,\"drivers\":{\"css/0.0.0313\":\"vfio_ccw\",\"pci/"
	"0001:00:00.0\":\"vfio-pci\"},"
	"\"ap\":{\"guest-queues\":[\"05.0004\"]},"
	"\"mdevs\":[{\"uuid\":\"7e270a25-e163-4922-af60-757fc8ed48c6\",\"parent\":\"0.0.0313\","
	"\"type\":"
	"\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true},"
	"{\"uuid\":\"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\",\"domains\":[\"0x0004\",\"0x00ab\"]}]}";

static const char *const commands[][6] = {
	{ "list", "all", NULL },
	{ "list", "all", "--format", "json", NULL },
	{ "list", "all", "--format", "pairs", NULL },
	{ "list", "all", "--format", "csv", NULL },
	{ "check", NULL },
	{ "check", "--format", "json", NULL },
	{ "doctor", NULL },
	{ "show", "2b0a", NULL },
	{ "show", "0001:00:00.0", "--format", "json", NULL },
	{ "show", "05.0004", NULL },
	{ "show", "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a", NULL },
	{ "export", "--as", "commands", NULL },
	{ "export", "--as", "libvirt", NULL },
	{ "export", "--as", "qemu", NULL },
	{ "export", "--as", "nodedev", NULL },
	{ "history", NULL },
};

static void print(struct session *s, const char *const *words)
{
	struct batch b = { .session = s };
	char *text = NULL, *argv[6] = { 0 };
	size_t size = 0;

	for (; words[b.argc]; b.argc++)
		argv[b.argc] = strdup(words[b.argc]);
	b.argv = argv;
	b.out = b.err = open_memstream(&text, &size);
	MUST(b.out);
	batch_run(&b);
	fclose(b.out);
	fuzz_harmless(text, size);
	free(text);
	for (int i = 0; i < b.argc; i++)
		free(argv[i]);
}

static void draw(struct session *s, enum place place)
{
	struct app_opts opts = { .ascii = true };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct app *a = NULL;
	struct canvas c;

	MUST(app_new(s, &opts, &a) == 0);
	MUST(canvas_init(&c, 43, 132, true) == 0);
	app_go(a, place);
	app_draw(a, &c);
	MUST(canvas_to_text(&c, &text) == 0);
	fuzz_harmless(buf_str(&text), text.len);
	canvas_done(&c);
	app_free(a);
}

static void messages(const struct session *s)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		fuzz_harmless_msg(&f->v[i].msg);
	if (session_plan_error(s))
		fuzz_harmless_msg(session_plan_error(s));
}

/* A plan writes below /sys, and to files of the four readers of the configuration. */
static void check_plan(const struct plan *plan)
{
	static const char *const dirs[] = { "/sys", "/etc/mdevctl.d", "/etc/driverctl.d",
					    "/etc/udev/rules.d", "/etc/modules-load.d" };

	for (size_t i = 0; i < plan->n_steps; i++) {
		const char *path = plan->steps[i].act.path;
		bool below = !path || plan->steps[i].kind == STEP_MODULE;

		for (size_t k = 0; k < ARRAY_SIZE(dirs); k++)
			below = below || fuzz_below(path, dirs[k]);
		MUST(below);
	}
}

void fuzz_look(struct sys *sys, unsigned how)
{
	struct session_opts opts = { .read_only = true, .ssh = "10.0.0.1 1 10.0.0.17 22" };
	struct session *s = NULL;
	struct msg why = { 0 };

	MUST(session_new(sys, &opts, &s) == 0);
	messages(s);
	if (how & 128 && session_load(s, edits, strlen(edits), "edits", false, &why) < 0)
		fuzz_harmless_msg(&why);
	messages(s);
	check_plan(session_plan(s));
	how %= ARRAY_SIZE(commands) + P_COUNT;
	if (how < ARRAY_SIZE(commands))
		print(s, commands[how]);
	else
		draw(s, (enum place)(how - ARRAY_SIZE(commands)));
	msg_done(&why);
	session_free(s);
}
