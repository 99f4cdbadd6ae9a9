/* SPDX-License-Identifier: MIT */
/*
 * scan N ROOT FLOOR VFIOCFG [PREFIX]: what listing a machine of N subchannels costs, against the floor, in turns, so that all meet the
 * same disturbance. Time of the processors (all threads, the kernel's part) and of the clock. PREFIX: of the figures' names.
 */
#include "figure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_MAX = 11, COMMANDS = 6 };

struct command {
	const char *name;
	const char *argv[8];
	double wall[ROUNDS_MAX], cpu[ROUNDS_MAX], wall_ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX];
	double memory[ROUNDS_MAX];
};

static double seconds(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static void run(struct command *c, size_t round)
{
	double from = ms_of(CLOCK_MONOTONIC);
	pid_t pid = fork();
	struct rusage use;
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execv(c->argv[0], (char *const *)(const void *)c->argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 127) {
		fprintf(stderr, "scan: %s: cannot be run\n", c->argv[0]);
		exit(1);
	}
	c->wall[round] = ms_of(CLOCK_MONOTONIC) - from;
	c->cpu[round] = seconds(use.ru_utime) + seconds(use.ru_stime);
	c->memory[round] = (double)use.ru_maxrss / 1024;
}

struct shown {
	const char *prefix;
	unsigned long n;
	size_t rounds;
};

static void say(const struct shown *s, const struct command *c, const char *what, double *v,
		const char *unit)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s.%s", s->prefix, c->name, what);
	figure(name, s->n, v, s->rounds, unit);
}

int main(int argc, char **argv)
{
	const char *root = argc > 4 ? argv[2] : "", *vfiocfg = argc > 4 ? argv[4] : "";
	struct command *c = calloc(COMMANDS, sizeof(*c));
	struct shown s = { .prefix = argc > 5 ? argv[5] : "" };

	if (argc < 5 || argc > 6 || !c) {
		fprintf(stderr, "usage: scan N ROOT FLOOR VFIOCFG [PREFIX]\n");
		return 64;
	}
	s.n = strtoul(argv[1], NULL, 10);
	s.rounds = s.n > 10000 ? 3 : ROUNDS_MAX;
	c[0] = (struct command){ "floor", { argv[3], root, NULL } };
	c[1] = (struct command){
		"list.all", { vfiocfg, "--root", root, "list", "all", "--format", "json", NULL }
	};
	c[2] = (struct command){ "list.mdevs", { vfiocfg, "--root", root, "list", "mdevs", NULL } };
	c[3] = (struct command){ "list.ap", { vfiocfg, "--root", root, "list", "ap", NULL } };
	c[4] = (struct command){ "list.pci", { vfiocfg, "--root", root, "list", "pci", NULL } };
	c[5] = (struct command){ "doctor", { vfiocfg, "--root", root, "doctor", NULL } };
	/* Ahead of all else that runs, where that may be asked for: other work would hide what the second processor does. */
	(void)sched_setscheduler(0, SCHED_RR, &(struct sched_param){ 1 });
	for (size_t round = 0; round < s.rounds; round++)
		for (int i = 0; i < COMMANDS; i++) {
			run(&c[i], round);
			c[i].wall_ratio[round] = c[i].wall[round] / c[0].wall[round];
			c[i].cpu_ratio[round] = c[i].cpu[round] / c[0].cpu[round];
		}
	for (int i = 0; i < COMMANDS; i++) {
		say(&s, &c[i], "wall", c[i].wall, "ms");
		say(&s, &c[i], "cpu", c[i].cpu, "ms");
		say(&s, &c[i], "memory", c[i].memory, "MiB");
		if (i == 0)
			continue;
		say(&s, &c[i], "wall.ratio", c[i].wall_ratio, "floors");
		say(&s, &c[i], "cpu.ratio", c[i].cpu_ratio, "floors");
	}
	free(c);
	return 0;
}
