/* SPDX-License-Identifier: MIT */
/*
 * What somebody else does to a kernel while a commit is under way, and what must become of it.
 *
 * Rule: one table for each emulated machine; how an encounter goes is in steps.c.
 */
#ifndef STEPS_H
#define STEPS_H

#include "plan.h"
#include "txn.h"

#include <sys/wait.h>

/* A write by somebody else. */
struct hand {
	const char *path, *value;
};

struct encounter {
	const char *name;
	enum step_kind kind;	  /* which is refused */
	unsigned level;		  /* of the kernel; 0: any */
	const char *first, *next; /* committed before, may be NULL */
	const char *edits;
	const char
		*at; /* the other one acts before the first write to a path that has this in it */
	struct hand acts[8], mends[8];
	int (*act)(bool mend);	/* may be NULL */
	bool alone;		/* only a real machine knows of it */
	enum txn_result result; /* stuck: what the other one did is in the way of the undo */
};

/* Each ends with a nameless one. */
extern const struct encounter encounters_s390x[], encounters_x86[];

/* Acts of both machines: see act. */
int steps_shell(const char *command);
int steps_protect(const char *dir, bool mend);
/* May a guest have this group, as the kernel sees it? 0 yes, 1 no, 2 not known. */
int steps_viable(const char *group);

#endif
