/* SPDX-License-Identifier: MIT */
/*
 * The commands that print and end: list, show, check, plan, apply, export, history, undo, recover.
 *
 * Rule: output on stdout, messages on stderr; exit codes, option names and JSON field names are an
 * interface.
 */
#ifndef BATCH_H
#define BATCH_H

#include "format.h"
#include "session.h"

#include <stdio.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_CONFLICTS = 1,
	EXIT_ERRORS = 2,
	EXIT_ROLLED_BACK = 3,
	EXIT_STUCK = 4,
	EXIT_LOCKED = 5,
	EXIT_CHANGES = 10,
	EXIT_USAGE = 64,
};

struct batch {
	struct session *session;
	FILE *in; /* what "-" reads, and where questions are answered; NULL: stdin */
	FILE *out, *err;
	int argc; /* the command's own words, argv[0] is the command */
	char **argv;
	bool color;
	bool json;	     /* apply and undo: what came of it is one object */
	bool goes_on;	     /* the machine is looked at after the commit, too */
	size_t n_steps;	     /* of what is committed */
	const char *version; /* of the program; may be NULL */
	size_t held;	     /* from 1: the step of which was said that it is held up; 0 none */
};

struct batch_command {
	const char *name;
	const char *args; /* for --help */
	const char *help;
	int (*run)(struct batch *b); /* exit code */
};

extern const struct batch_command batch_commands[]; /* name NULL ends */

/* NULL: no command of that name. */
const struct batch_command *batch_command(const char *name);
int batch_run(struct batch *b);
/* Is it asked for by --help among its words? Then it is printed, for which no machine is needed. */
bool batch_help(int argc, char **argv, FILE *f);

/* What a command looks at, SCOPE_...; 0: everything. Told before there is a session. */
unsigned batch_scope(int argc, char **argv);

#endif
