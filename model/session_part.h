/* SPDX-License-Identifier: MIT */
/*
 * The inside of a session. Only session*.c include this.
 *
 * Rule: a version of the wish never changes once made; everything derived points into it.
 */
#ifndef SESSION_PART_H
#define SESSION_PART_H

#include "mem.h"
#include "session.h"
#include "sys.h"

/* One value of the wish, and what the edit that made it was. */
struct version {
	struct wish wish;
	char *text;
};

/* What follows from a snapshot and a wish. */
struct derived {
	struct desired desired;
	struct findings findings;
	struct plan plan;
	struct msg plan_error; /* what is NULL: there is a plan */
};

/* The facts of the row that was asked about last: a row is drawn cell by cell. */
struct asked {
	struct devid dev; /* BUS_NONE: nothing was asked yet */
	struct facts facts;
	unsigned char *singled; /* a bit for each number of a subchannel; NULL: not made yet */
	unsigned long singled_at;
};

/* Subchannels and functions whose facts the last edit may have changed. */
struct touched {
	bool known; /* false: any may have changed */
	struct devid *v;
	size_t n, cap;
};

void touched_between(const struct desired *a, const struct desired *b, struct touched *ret);
void touched_done(struct touched *t);

struct session {
	struct sys *sys;
	struct strtab *tab;
	bool read_only, fork; /* fork: tab is another session's */
	unsigned scope;	      /* of every scan */
	bool elsewhere;
	const char *why_read_only, *who, *journal, *ssh; /* interned */
	struct inventory *inv;
	struct scan_run *run; /* NULL: the inventory is whole, if not */
	bool unread;	      /* there was no memory to read it */
	unsigned long serial;
	struct touched touched;	   /* between the serial before and this one */
	struct version **versions; /* [0] the oldest undo goes back to; [at] the present one */
	size_t n_versions, cap_versions, at;
	struct derived now;
	struct asked *asked; /* void as soon as something is derived anew */
	struct interrupted interrupted;
};

/*
 * Takes a new wish as an edit described by fmt; the wish is moved, whatever the result. 0 or
 * -ENOMEM.
 */
int session_take(struct session *s, struct wish *next, const char *fmt, ...) PRINTF(3, 4);
/* What one wish says is put over what another does; both are bound. 0 or -ENOMEM. */
int session_lay_over(struct wish *to, const struct wish *w);
/* Computes everything anew for this snapshot (taken on success) and version. */
int session_derive(struct session *s, struct inventory *inv, size_t at);
/*
 * Another session on the same snapshot, without its edits, to try one on: nobody commits it. s must outlive it. 0 or -ENOMEM.
 */
int session_fork(const struct session *s, struct session **ret);
/* Ends the undo stack: the present wish is empty and the only one. */
int session_forget(struct session *s);

static inline const struct wish *wish_now(const struct session *s)
{
	return &s->versions[s->at]->wish;
}

#endif
