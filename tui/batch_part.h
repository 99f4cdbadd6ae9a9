/* SPDX-License-Identifier: MIT */
/*
 * What the batch commands share: options, messages, edits files, findings. Only batch*.c include
 * this.
 *
 * Rule: every function that says something says it on b->err as "vfiocfg: what. why. what to do".
 */
#ifndef BATCH_PART_H
#define BATCH_PART_H

#include "batch.h"

#include <getopt.h>

/* The commands. Each returns an exit code. */
int batch_list(struct batch *b);
int batch_show(struct batch *b);
int batch_check(struct batch *b);
int batch_plan(struct batch *b);
int batch_apply(struct batch *b);
int batch_doctor(struct batch *b);
int batch_export(struct batch *b);
int batch_history(struct batch *b);
int batch_measure(struct batch *b);
int batch_undo(struct batch *b);
int batch_recover(struct batch *b);
int batch_setup(struct batch *b);
int batch_capture(struct batch *b);
int batch_diff(struct batch *b);

/* All options that any command has; each takes those it names. */
struct batch_opts {
	enum format format;
	const char *columns, *filter, *as, *with, *answers, *interval, *count, *save;
	bool yes, files, replace;
	const char **overrides; /* owned array */
	size_t n_overrides;
	char **args; /* what is no option, in order */
	size_t n_args;
};

void batch_opts_done(struct batch_opts *o);
/*
 * allowed: names of options this command takes, "format columns". least, most: how many other
 * words. 0, or an exit code
 * with the usage error said.
 */
int batch_options(struct batch *b, const char *allowed, size_t least, size_t most,
		  struct batch_opts *ret);

int batch_usage(struct batch *b, const char *problem, ...) PRINTF(2, 3); /* says it; EXIT_USAGE */
void batch_say(struct batch *b, const struct msg *m); /* with "vfiocfg: " before it */
/* Says what an errno means where there is no message; returns the exit code of it. */
int batch_failed(struct batch *b, int err, const struct msg *m);
/*
 * Loads edits from a file or "-"; 0 or an exit code with the message said. NULL: nothing to load.
 */
int batch_load(struct batch *b, const char *file);
/* Finds a device by any of its names; says when there is none. 0 or an exit code. */
int batch_find(struct batch *b, const char *name, struct devid *ret);

enum { BATCH_COMMON = 8 };
extern const struct field batch_common[BATCH_COMMON]; /* what every kind of row has */

/* A line for people; on a terminal it goes on below, so far in, in place of being cut within words. */
void batch_line(FILE *f, int indent, const char *fmt, ...) PRINTF(3, 4);
struct grid_look batch_look(const struct batch *b);
/* {"vfiocfg-<word>": 1, "<rows>": [ ... ]} around grids. */
void batch_json_open(struct batch *b, const char *word, const char *rows);
void batch_json_close(struct batch *b);

/* Findings on f, one a line for people. all: also notes on devices that no edit is about; else only how many. */
int batch_findings(const struct batch *b, bool all, FILE *f);
int batch_findings_json(const struct batch *b, FILE *f);	 /* the rows of an array */
int batch_steps(const struct batch *b, FILE *f);		 /* the plan, for people */
int batch_txn(struct batch *b, const struct txn_report *report); /* says the result; exit code */
/* Asks, unless --yes was given; commits what is staged. Exit code. */
int batch_commit(struct batch *b, const struct batch_opts *opts);

#endif
