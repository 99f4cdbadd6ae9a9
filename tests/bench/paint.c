/* SPDX-License-Identifier: MIT */
/*
 * paint N ROOT: how long after its start the program has the first rows of a machine of N subchannels on its screen. Each round is a
 * process of its own, which then ends without waiting for the rest. Time of the clock, since a thread reads on.
 */
#include "canvas.h"
#include "figure.h"
#include "app.h"
#include "real.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 9 };

static int paint(const char *root)
{
	struct real_opts real = { .root = root, .read_only = true };
	struct session_opts opts = { .background = true, .read_only = true };
	struct app_opts how = { .ascii = true };
	struct canvas c = { 0 };
	struct session *s;
	struct sys *sys;
	struct app *app;

	if (real_new(&real, &sys) < 0 || session_new(sys, &opts, &s) < 0 ||
	    app_new(s, &how, &app) < 0 || canvas_init(&c, 43, 132, true) < 0)
		return 1;
	app_key(app, '2');
	app_draw(app, &c);
	return app_table(app)->n_rows ? 0 : 1;
}

int main(int argc, char **argv)
{
	double v[ROUNDS];

	if (argc != 3) {
		fprintf(stderr, "usage: paint N ROOT\n");
		return 64;
	}
	for (size_t i = 0; i < ROUNDS; i++) {
		double from = ms_of(CLOCK_MONOTONIC);
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(paint(argv[2]));
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
			fprintf(stderr, "paint: %s: nothing to be seen\n", argv[2]);
			return 1;
		}
		v[i] = ms_of(CLOCK_MONOTONIC) - from;
	}
	figure("first.paint", strtoul(argv[1], NULL, 10), v, ROUNDS, "ms");
	return 0;
}
