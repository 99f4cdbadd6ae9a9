/* SPDX-License-Identifier: MIT */
/*
 * A machine around another one which keeps all that is read through it, as a tree: what a capture is made of.
 *
 * Rule: what is read is passed on as it is; what is kept is without secrets. Keys, and files that are there for
 * them, are never kept, whoever reads them. Nothing can be changed through it.
 */
#ifndef RECORD_H
#define RECORD_H

#include "sys.h"

struct sim;

struct record_opts {
	/* Is the command line of such a program wanted? Of others only the program is kept. */
	bool (*wants_cmdline)(const char *program);
	size_t max_bytes; /* of all values together; 0: as much as a capture may have */
};

/* A path and what is to be said of it. */
struct record_note {
	enum record_what {
		RECORD_UNREAD,	/* it was there and could not be read: err */
		RECORD_CLEANED, /* values in it that look like passwords are not kept */
		RECORD_NEVER,	/* a capture never has it */
		RECORD_TOO_MUCH /* there was no room left for it */
	} what;
	int err; /* below 0 */
	char *path;
};

/* The inner machine is not owned. 0 or -ENOMEM. */
int record_new(struct sys *inner, const struct record_opts *opts, struct sys **ret);
struct sim *record_tree(struct sys *record); /* the record's */
const struct record_note *record_notes(struct sys *record, size_t *ret_n);
/* -ENOMEM if something could not be kept for lack of memory. */
int record_failed(struct sys *record);
/*
 * Looks at what is needed beyond what a scan reads, names only: the places that a simulation's commands are written
 * to, and what is read of one device when somebody asks for it.
 */
void record_places(struct sys *record);

/* Patterns (fnmatch) of what is never kept, for whoever documents it; NULL ends. */
extern const char *const record_never[];
/*
 * A copy of a text without what looks like a password: the values of words such as passwd= and of user:password@
 * become ***. *ret_cleaned: there were some. 0 or -ENOMEM.
 */
int record_clean(const char *bytes, size_t len, struct buf *ret, bool *ret_cleaned);

#endif
