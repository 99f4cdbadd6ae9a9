/* SPDX-License-Identifier: MIT */
/*
 * The journal of a commit, durable before the first act, and the history of past ones. Only txn.c,
 * recover.c and history.c use this.
 *
 * Rule: two files. commit.json holds all acts and undos and is written once; without it there is no commit under way.
 * progress holds one line, and is told each step before it is done or undone:
 *
 *	live 0000000007		phase and next step
 *	live 3 5 7 late 5	steps whose undo was refused; the one that the kernel holds up, or has not answered
 *	files 12, done 15
 *
 * The first form has a fixed length: between two live steps it is overwritten in place and not synced. What it tells of
 * lives as long as this boot, and so do the bytes; after another boot it may be old or garbage, and that means: of all that
 * is live nothing is there, and whatever is written of the files is taken back. All else is durable before anything is
 * done: each phase, each undo of a file, what is left and what is late.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "txn.h"
#include "mem.h"

#define JOURNAL_DIR  "/var/lib/vfiocfg"
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

enum phase {
	PHASE_LIVE,  /* step n is next, or half done: all up to and with it are undone */
	PHASE_FILES, /* all files are staged: they are being renamed, and will be */
	PHASE_DONE,  /* committed; only tidying up is left */
};

struct journal {
	struct plan plan; /* owned: acts, undos, texts, devices; no feet */
	enum phase phase;
	size_t next;
	size_t *left; /* steps whose undo was refused before, to be tried again; owned */
	size_t n_left;
	unsigned number; /* of its record in the history; 0: not known */
	size_t late;	 /* step that the kernel had not answered; n_steps: none */
	char *when, *who, *boot_id, *edits, *undo; /* owned; who, edits, undo may be NULL */
};

/* All return 0 or -errno. dir NULL: JOURNAL_DIR. */
int journal_begin(struct sys *sys, const struct plan *plan, const struct txn_opts *opts);
int journal_progress(struct sys *sys, const char *dir, enum phase phase, size_t next);
/* Live step next is done now, or undone and nothing was left so far; the phase has been told before. Holds in this boot. */
int journal_step(struct sys *sys, const char *dir, size_t next);
/* Undoing has come to step next; left[i] of n: its undo was refused; late: the kernel may still carry it out, n: none. */
int journal_undoing(struct sys *sys, const char *dir, size_t next, const bool *left, size_t n,
		    size_t late);
int journal_end(struct sys *sys, const char *dir);
/* -ENOENT: no commit is under way; -EINVAL: the file is damaged. */
int journal_load(struct sys *sys, const char *dir, struct journal *ret);
bool journal_other_boot(struct sys *sys, const struct journal *j); /* what it did live is void */
void journal_done(struct journal *j);

/* Writes one file so that it is there after a power loss; value NULL removes it. */
int durable_write(struct sys *sys, const char *path, const char *value, size_t len);
int durable_publish(struct sys *sys, const char *path); /* the same with what is staged */
/* The directory of a file that another run published. */
int durable_syncdir(struct sys *sys, const char *path);

/* The number that the next record gets: 0 or -ENOMEM. A history that cannot be read is an empty one. */
int history_next(struct sys *sys, const char *dir, unsigned *ret);
/*
 * The record of a commit, under its number: the second time it gets the new result. If another commit has that number,
 * it goes to the end. Whatever comes of it, nothing of it is left staged.
 */
int history_add(struct sys *sys, const char *dir, const struct journal *j, const char *result);

#endif
