/* SPDX-License-Identifier: MIT */
/*
 * What running a plan and recovering one share: doing and undoing steps, locks, reports. Only
 * txn*.c include this.
 *
 * Rule: undoing is safe to repeat: what reads as it did before is left alone.
 */
#ifndef TXN_DO_H
#define TXN_DO_H

#include "act.h"
#include "journal.h"
#include "txn.h"

#include "sys.h"

struct txn {
	struct sys *sys;
	const struct plan *plan;
	const struct txn_opts *opts;
	struct txn_report *rep;
	struct actor actor;
	char pid[24]; /* content of lock files */
	bool locked;  /* the lock is given back with it */
	bool stop;    /* the user asked to stop */
	size_t at;    /* the step that is being done or undone */
	bool undoing;
	bool moved;		      /* the step that failed found another program's work */
	const struct act *moved_from; /* what should have been there; NULL: the step's undo */
	bool late;	      /* the kernel may still carry out a step it has not answered */
	size_t late_at;	      /* which one that was, in recovering too; n_steps: none */
	size_t files;	      /* index of the first file step */
	size_t begun;	      /* so many steps have left or may have left a mark on the machine */
	size_t whole;	      /* so many of them have had their effect, the next may be half done */
	bool *left;	      /* per step: its undo was refused; owned */
	struct sys_stat *was; /* per step: the file before it; owned */
	bool ap_left;	      /* of a crypto step */
	bool css_left;	      /* of a channel device */
	size_t remade;	      /* block of the device that undoing has made again; 0 none */
	bool void_live;	      /* another boot: only files are undone */
	struct buf manual;    /* names list: what undoing left, for people */
};

int txn_init(struct txn *t, struct sys *sys, const struct plan *plan, const struct txn_opts *opts,
	     struct txn_report *rep); /* 0 or -ENOMEM */
/* Whose each file is, under the lock; the journal knows it of an earlier commit. */
void txn_note_files(struct txn *t);
/* Ends it: gives the lock of AP settings back, and ours if `locked`, moves what is left to do by hand into the report. */
void txn_fini(struct txn *t);

/*
 * The lock of all that vfiocfg writes, journal included: what was read of that before belongs to whoever held it then. 0, or
 * -errno with the message made: locked by somebody (-EBUSY), or no lock file can be made.
 */
int txn_lock(struct sys *sys, struct msg *ret_why);
void txn_unlock(struct sys *sys);
bool txn_running(struct sys *sys); /* somebody else living holds it */
/* The same of AP settings, where the plan has any; the message is the report's. Given back by txn_fini. */
int txn_lock_ap(struct txn *t);
void txn_state(struct txn *t, size_t step, enum step_state state);

/* The following return 0, or -errno with *ret_failed the step, and keep t->begun. */
int txn_live(struct txn *t, size_t *ret_failed); /* -ECANCELED: stopped by the user */
int txn_stage_files(struct txn *t, size_t *ret_failed);
int txn_publish_files(struct txn *t, size_t *ret_failed);
/* Undoes the first n steps and what is left, last to first. false: something is not as before. */
bool txn_undo(struct txn *t, size_t n);

bool txn_is_ap(const struct step *s); /* is it about crypto? */
/* What a place reads as, in words for a message; valid as long as the buffer. */
const char *txn_place_words(struct sys *sys, const char *path, struct buf *b);
/*
 * Makes step i's file what `a` says, its act or its undo. -ESTALE: it reads as neither, and is another program's.
 */
int txn_put_file(struct txn *t, size_t i, const struct act *a);
/* Is it a file that reads neither as the commit nor as its undo leaves it? */
bool txn_file_theirs(struct sys *sys, const struct step *s);
/* "X is A, was B", and the command that puts it right, or that it was left to another program. */
void txn_tell_left(struct txn *t, const struct step *s, bool foreign);
/*
 * Unbinding the device of a step takes its mediated devices with it: are there others than those that this commit makes, or
 * that are defined? any: are there any at all?
 */
bool txn_has_mdev(struct txn *t, const struct step *s, bool any);
/* That the kernel may still carry out the step that is late, and how to leave it at that. */
void txn_tell_late(struct txn *t);
/* Right after a boot: what runs already although the recovered files say otherwise (initrd.c). */
void txn_tell_initrd(struct txn *t);
/* The message of a failed step: which, what the kernel said, what that means here, what to do. */
void txn_failure(struct txn *t, size_t step, int err, bool undone);

#endif
