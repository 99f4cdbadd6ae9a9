/* SPDX-License-Identifier: MIT */
/*
 * One act on the machine: done, and its effect observed. Only txn.c, journal.c and recover.c use
 * this.
 *
 * Rule: what a write returned is never believed alone; what the kernel made of it is read back.
 */
#ifndef ACT_H
#define ACT_H

#include "plan.h"
#include "mem.h"

struct sys;

struct actor {
	struct sys *sys;
	int deadline_ms;     /* for one effect to show */
	const char *ap_lock; /* content of the AP configuration lock, if it is held; else NULL */
	/* Whose effect was seen last, and nothing was written since; NULL: nobody's */
	const struct act *seen;
	long seen_ms;
};

/*
 * Carries out a live act and waits for its effect. 0; -errno of the write; -ETIMEDOUT: taken, but
 * the effect does not
 * show; -ENODEV from a probe: no driver took the device; -EINPROGRESS: somebody holds the device.
 * *ret_wrote: the kernel
 * took the write, whatever came of it.
 */
int act_do(struct actor *who, enum step_kind kind, const struct act *a, bool *ret_wrote);
/* The two halves of it, for who looks at the machine in between: waiting for what must come first, and all else. */
int act_prepare(struct actor *who, const struct act *a);
int act_prepared(struct actor *who, enum step_kind kind, const struct act *a, bool *ret_wrote);
/* Is the effect there? 1, 0, or -errno. An act that expects nothing: 0. */
int act_holds(struct sys *sys, enum step_kind kind, const struct act *a);
/*
 * Takes the lock of AP settings. chzdev and ap-check hold it for moments, so it is waited for as they wait for us. -EEXIST: it is
 * held beyond the deadline.
 */
int act_lock_ap(const struct actor *who, const char *content);
/*
 * Did act_do see the effect of this act right now, and was nothing written since? Then it need not be read again. A moment
 * later that is over, whatever took the time: a screen, a dialog, a disk, a stopped process.
 */
bool act_just_seen(const struct actor *who, const struct act *a);

/*
 * What a place reads as, in one spelling: a link's last component, a file without its last
 * newlines, "" for "(null)", masks
 * with all digits, the names in a directory. 0; -ENOENT: there is nothing.
 */
int place_read(struct sys *sys, const char *path, struct buf *ret);

#endif
