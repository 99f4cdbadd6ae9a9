/* SPDX-License-Identifier: MIT */
/*
 * What differs between two machines, or between one machine at two times: assignment, binding, definitions, hardware.
 *
 * Rule: only what both are known to say is compared. What one of them does not tell is no change; the parts it lacks
 * are named.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "session.h"

enum compare_group {
	COMPARE_HARDWARE,
	COMPARE_BINDING,
	COMPARE_ASSIGNMENT,
	COMPARE_DEFINITIONS,
	COMPARE_GROUPS
};

struct compare_row {
	enum compare_group group;
	struct devid dev;     /* BUS_NONE: the host as a whole */
	const char *fact;     /* "driver"; static */
	unsigned order;	      /* of the fact in its group */
	bool whole;	      /* the thing itself came or went */
	char *label;	      /* the device as people name it; "" the host; owned */
	char *what;	      /* what it is, "DASD 3390-9"; owned */
	char *before, *after; /* owned; NULL: it was not, or is not there */
};

struct comparison {
	struct compare_row *v; /* by group, fact, before and after, device */
	size_t n, cap;
	bool partly; /* one of them does not tell all */
};

/* What each looks like now, edits included in neither. 0 or -ENOMEM. */
int session_compare(const struct session *before, const struct session *after,
		    struct comparison *ret);
void comparison_done(struct comparison *c);

const char *compare_group_name(enum compare_group group); /* "hardware": a word of an interface */
/* The parts that a machine does not tell of, as a names list: "channel devices", "crypto". 0 or -ENOMEM. */
int compare_lacks(const struct session *s, struct buf *ret_names);

#endif
