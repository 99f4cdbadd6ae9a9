/* SPDX-License-Identifier: MIT */
/*
 * memory N ROOT: how much memory the program takes for a machine of N subchannels: with its table on the screen, with one edit
 * staged, and the most it ever took on the way. The rows are all that is allocated then, the devices of other kinds and the program's
 * own included, but for the texts shown of them, shared out among the subchannels.
 */
#include "canvas.h"
#include "figure.h"
#include "app.h"
#include "real.h"

#include <malloc.h>
#include <string.h>

/* A line of /proc/self/status, in MiB. */
static double status(const char *line)
{
	FILE *f = fopen("/proc/self/status", "re");
	char text[128];
	double kib = 0;

	while (f && fgets(text, sizeof(text), f))
		if (!strncmp(text, line, strlen(line)))
			kib = strtod(text + strlen(line), NULL);
	if (f)
		fclose(f);
	return kib / 1024;
}

static void say(const char *name, unsigned long n, double value, const char *unit)
{
	figure(name, n, &value, 1, unit);
}

static size_t length(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Messages, and files with their names. */
static size_t texts(const struct session *s)
{
	const struct inventory *inv = session_inventory(s);
	const struct findings *f = session_findings(s);
	size_t sum = 0;

	for (size_t i = 0; i < f->n; i++)
		sum += length(f->v[i].msg.what) + length(f->v[i].msg.why) +
		       length(f->v[i].msg.todo);
	for (size_t i = 0; i < inv->n_defs; i++)
		sum += length(inv->defs[i]->path) + inv->defs[i]->n_bytes + 1;
	for (size_t i = 0; i < inv->n_overrides; i++)
		sum += length(inv->overrides[i].path);
	return sum;
}

static void say_row(const char *name, unsigned long n, const struct session *s)
{
	struct mallinfo2 m = mallinfo2();

	say(name, n, (double)(m.uordblks + m.hblkhd - texts(s)) / (double)n, "bytes");
}

int main(int argc, char **argv)
{
	struct real_opts real = { .root = argc == 3 ? argv[2] : NULL, .read_only = true };
	struct session_opts opts = { .background = true, .read_only = true };
	struct app_opts how = { .ascii = true };
	struct canvas c = { 0 };
	struct session *s;
	struct sys *sys;
	struct app *app;
	unsigned long n;

	if (argc != 3) {
		fprintf(stderr, "usage: memory N ROOT\n");
		return 64;
	}
	n = strtoul(argv[1], NULL, 10);
	if (real_new(&real, &sys) < 0 || session_new(sys, &opts, &s) < 0 ||
	    app_new(s, &how, &app) < 0 || canvas_init(&c, 43, 132, true) < 0)
		return 1;
	app_draw(app, &c);
	if (session_settle(s) < 0)
		return 1;
	app_refresh(app); /* the tables had the first subchannels only */
	app_draw(app, &c);
	app_key(app, '2');
	app_draw(app, &c);
	say("memory.screen", n, status("VmRSS:"), "MiB");
	say_row("memory.screen.row", n, s);
	app_key(app, ' ');
	app_draw(app, &c);
	say("memory.edit", n, status("VmRSS:"), "MiB");
	say_row("memory.edit.row", n, s);
	say("memory.peak", n, status("VmHWM:"), "MiB");
	app_free(app);
	session_free(s);
	sys_free(sys);
	canvas_done(&c);
	return 0;
}
