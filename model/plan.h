/* SPDX-License-Identifier: MIT */
/*
 * The ordered steps from the machine as it is to the machine as it would be, each with its undo.
 *
 * Rule: pure; undoing last-to-first is the inverse at every point of failure. Live first, files
 * last. A step is one
 * act on the machine; its effect is observed, never assumed.
 */
#ifndef PLAN_H
#define PLAN_H

#include "desired.h"
#include "rules.h"

struct buf;

enum step_kind {
	STEP_MODULE,   /* load a module */
	STEP_OFFLINE,  /* ccw device: online <- 0; undone by 1 */
	STEP_UNBIND,   /* driver/unbind <- name */
	STEP_OVERRIDE, /* driver_override <- driver, or newline */
	STEP_ONLINE,   /* ccw device: online <- 1, once it is there */
	STEP_PROBE,    /* drivers_probe <- name, then the driver link is looked at */
	STEP_MASK,     /* apmask or aqmask */
	STEP_CREATE,   /* mdev: create <- uuid */
	STEP_ATTR,     /* mdev: one attribute, or ap_config */
	STEP_REMOVE,   /* mdev: remove <- 1 */
	STEP_SRIOV,    /* sriov_numvfs */
	STEP_SWITCH,   /* a channel path or a measurement on or off */
	STEP_FILE,     /* write or remove a file of the persistent configuration */
};

enum step_when { WHEN_LIVE, WHEN_FILE };

/* What must be so after an act, read back from the machine. */
enum expect_kind {
	EXPECT_NOTHING,
	/* the file at path reads as text (trailing newline apart; masks in any spelling) */
	EXPECT_VALUE,
	EXPECT_LINK, /* the link at path ends in text; text NULL: there is no link */
	EXPECT_EXISTS,
	EXPECT_GONE,
	EXPECT_MATRIX, /* the mdev directory at path has the matrix of `matrix` assigned */
};

struct act {
	char *path;  /* NULL: nothing to do */
	char *value; /* STEP_FILE: the content, NULL removes; else the bytes of one write(2) */
	size_t len;
	enum expect_kind expect;
	char *expect_path;
	char *expect_text;
	struct matrix matrix;
	/* STEP_FILE, of a journal's undo: as the file was; mode 0: not known */
	unsigned mode, uid, gid;
};

struct step {
	enum step_kind kind;
	enum step_when when;
	struct devid dev;
	struct act act;
	struct act undo;    /* path NULL: the next earlier undo covers it */
	bool not_undoable;  /* ... and this says why, to be acknowledged */
	struct msg warning; /* of not_undoable; else empty */
	char *text;	    /* "unbind 0.0.0313 from io_subchannel" */
	char *reason;	    /* "vfio_ccw can only take an unbound subchannel" */
	/* who would refuse it: "holds the file system mounted on / (dasda1)"; NULL nobody known */
	char *users;
	char *command; /* the same with echo, driverctl, mdevctl or chzdev */
	size_t block;  /* steps of one device's change share a number */
};

/* A place that was looked at when planning, and what it read as. */
struct foot {
	char *path;
	char *value; /* NULL: it was not there */
};

/* A running crypto matrix: what its guest gets of it now, and once the plan is carried out. */
struct plan_guest {
	char uuid[UUID_TEXT];
	struct matrix now, then;
};

struct plan {
	struct step *steps;
	size_t n_steps;
	struct foot *feet; /* the footprint: re-read before running */
	size_t n_feet;
	struct plan_guest *guests; /* owned; NULL where nothing of AP is touched */
	size_t n_guests;
};

/* 0, -ENOMEM, or -EINVAL with reterr: there is no way to get there. */
int plan_make(const struct desired *d, struct plan *ret, struct msg *reterr);
void plan_done(struct plan *p);

/* The two halves of plan_make. All steps, whatever the kernel will say to them: */
int plan_steps(const struct desired *d, struct plan *ret, struct msg *reterr);
/*
 * ... and what it will say: 0 with plan->guests filled; its -errno at *ret_step (n_steps: at none).
 * Knows of masks, overrides and
 * matrices.
 */
int plan_foretell(const struct inventory *inv, struct plan *plan, size_t *ret_step);
/* NULL: not foretold */
const struct plan_guest *plan_guest(const struct plan *plan, const char *uuid);

const char *step_kind_name(enum step_kind k); /* "unbind" */

#endif
