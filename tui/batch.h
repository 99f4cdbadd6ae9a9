/* SPDX-License-Identifier: MIT */
/*
 * The commands that print and end: list, show, check, plan, apply, export, history, undo, recover.
 *
 * Rule: output on stdout, messages on stderr; exit codes, option names and JSON field names are an interface.
 */
#ifndef BATCH_H
#define BATCH_H

#include "session.h"

#include <stdio.h>

enum exit_code {
	EXIT_OK = 0, EXIT_CONFLICTS = 1, EXIT_ERRORS = 2, EXIT_ROLLED_BACK = 3, EXIT_STUCK = 4,
	EXIT_LOCKED = 5, EXIT_CHANGES = 10, EXIT_USAGE = 64,
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_PAIRS, FORMAT_CSV };

struct batch {
	struct session *session;
	FILE *out, *err;
	int argc;	     /* the command's own words, argv[0] is the command */
	char **argv;
	bool color;
};

struct batch_command {
	const char *name;
	const char *args; /* for --help */
	const char *help;
	int (*run)(struct batch *b); /* exit code */
};

extern const struct batch_command batch_commands[]; /* name NULL ends */

int batch_run(struct batch *b);

#endif
