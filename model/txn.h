/* SPDX-License-Identifier: MIT */
/*
 * The one function that changes the machine.
 *
 * Rule: take the lock, compare the footprint, journal each undo before the act, observe each
 * effect, and on any
 * failure undo everything done, last to first. All files are staged and synced before the first is
 * renamed.
 */
#ifndef TXN_H
#define TXN_H

#include "plan.h"

struct sys;

enum step_state {
	STEP_WAITING,
	STEP_RUNNING,
	STEP_DONE,
	STEP_FAILED,
	STEP_UNDOING,
	STEP_UNDONE,
	STEP_STUCK,
	/* the kernel holds up the write, since somebody has the device open; told several times a second */
	STEP_HELD
};

enum txn_result {
	TXN_COMMITTED,
	TXN_ROLLED_BACK, /* the machine is as before */
	TXN_STUCK,	 /* it is not: see differences */
	TXN_REFUSED,	 /* nothing was begun: locked, moved, read-only */
};

struct txn_report {
	enum txn_result result;
	struct msg msg;		/* what happened, why, what to do */
	int err;		/* TXN_REFUSED: -EBUSY locked, -ESTALE the machine moved, -EROFS */
	size_t failed;		/* index of the step that failed; n_steps: none */
	enum step_state *state; /* per step; owned */
	size_t n_state;
	/* stuck: "what: is X, was Y" and the commands to finish by hand; owned */
	char **differences;
	size_t n_differences;
};

void txn_report_done(struct txn_report *r);

struct txn_opts {
	/*
	 * Called after each change of a step's state and while one is waited for; returning true asks to stop at the next step
	 * boundary, or to give up a step that is held up. May be NULL.
	 */
	bool (*progress)(void *arg, size_t step, enum step_state state);
	void *arg;
	int deadline_ms;     /* for one effect to show; 0: 10 s */
	bool patient;	     /* a step that is held up has no deadline: progress will give it up */
	const char *journal; /* its directory, "/var/lib/vfiocfg" */
	const char *edits;   /* the wish as JSON, for the history; may be NULL */
	/* edits that take it back, for the history (history_undo_edits); may be NULL */
	const char *undo;
	const char *who; /* for the history; may be NULL */
	/* what stands behind the addresses given away (hardware_note); may be NULL */
	const char *hardware;
	/* recovering: files only, as before the programs of a boot read them */
	bool files_only;
	/* of a session: the program ends with it, so that nothing is read anew and no edit forgotten */
	bool last;
};

/* 0 with *ret told whatever the result; -ENOMEM before anything was begun. */
int txn_run(struct sys *sys, const struct plan *plan, const struct txn_opts *opts,
	    struct txn_report *ret);

/* A commit found in the journal directory. */
struct interrupted {
	bool found;	 /* neither finished nor undone, and nobody is at it */
	bool under_way;	 /* somebody living is: the rest is not told */
	bool other_boot; /* its live steps are void */
	char *when;	 /* owned */
	/* steps; after another boot done may be any; total 0: the journal is damaged */
	size_t done, total;
};
int txn_interrupted(struct sys *sys, const char *journal, struct interrupted *ret);
void interrupted_done(struct interrupted *i);
/* Finishes (files were being renamed) or undoes it. */
int txn_recover(struct sys *sys, const struct txn_opts *opts, struct txn_report *ret);

#define ROLLED_BACK "rolled back" /* what the history calls it */

/* A past commit, newest last. */
struct past {
	unsigned number;
	char *when, *who, *result, *summary; /* owned */
	char *edits;			     /* JSON that was committed */
	char *undo;			     /* JSON that takes it back */
};
int history_read(struct sys *sys, const char *journal, struct past **ret, size_t *ret_n);
void history_free(struct past *past, size_t n);
/* The newest alone: 1; 0 there is none that can be understood; -errno. */
int history_last(struct sys *sys, const char *journal, struct past *ret);
void past_done(struct past *p);
/*
 * The edits that take a wish back once it is committed: what it changes, as it is now. *ret
 * malloc'ed JSON. 0 or -ENOMEM.
 */
int history_undo_edits(const struct desired *d, char **ret);

#endif
