/* SPDX-License-Identifier: MIT */
/*
 * The inside of the planner: what plan.c and steps_*.c share. Nobody else includes this.
 *
 * Rule: the first error sticks in `err` and every helper does nothing afterwards, so that the order
 * of steps can be
 * read from the code without an error branch between any two of them.
 */
#ifndef STEPS_H
#define STEPS_H

#include "plan.h"
#include "mem.h"
#include "shell.h"

struct planner {
	const struct desired *d;
	struct plan *plan;
	struct msg *reterr;
	size_t steps_cap, feet_cap;
	struct strtab *feet; /* paths of the footprint so far */
	size_t block;
	int err;	   /* the first one; 0 so far */
	struct step spare; /* what step_new gives once err is set */
};

/* Steps made from here on belong to one change of one device. */
void plan_block(struct planner *p);
/* A new step at the end, with its text. Valid until the next call; never NULL. */
struct step *step_new(struct planner *p, enum step_kind kind, const struct devid *dev,
		      const char *text, ...) PRINTF(4, 5);
void step_reason(struct planner *p, struct step *s, const char *fmt, ...) PRINTF(3, 4);
/* Adds the users of a device to those who would refuse the step. */
void step_users(struct planner *p, struct step *s, const struct devid *dev);
void step_command(struct planner *p, struct step *s, const char *fmt, ...) PRINTF(3, 4);
/* Marks a step as one that cannot be undone, with why. Takes the message. */
void step_not_undoable(struct planner *p, struct step *s, struct msg *warning);

/* Writes value (may be NULL: nothing is written) to the path. */
void act_set(struct planner *p, struct act *a, const char *value, const char *path, ...)
	PRINTF(4, 5);
void act_expect(struct planner *p, struct act *a, enum expect_kind expect, const char *text,
		const char *path, ...) PRINTF(5, 6);
void act_expect_matrix(struct planner *p, struct act *a, const struct matrix *m, const char *uuid);

/* One place of the footprint; the same path twice is kept once. value NULL: it is not there. */
void foot_add(struct planner *p, const char *value, const char *path, ...) PRINTF(3, 4);

/* -- one change -> its steps, in the order plan_make calls them -- */
void steps_modules(struct planner *p, bool ap); /* ap: vfio_ap; else all others */
void steps_mdev_remove(struct planner *p);	/* what stops or is made again */
void steps_matrix_release(struct planner *p);	/* queues that must be free before masks move */
void steps_sriov_check(struct planner *p);
void steps_sriov_down(struct planner *p);
void steps_drivers(struct planner *p, enum bus bus,
		   bool clearing); /* AP: clearing or setting overrides */
void steps_sriov_up(struct planner *p);
void steps_masks(struct planner *p);
void steps_mdev_create(struct planner *p);
void steps_matrix_assign(struct planner *p);
/* Paths come before anything needs them and go when all else is done. */
void steps_switches(struct planner *p, bool first);
/* Of a channel device that loses its driver: ccw_device_remove() ends the measuring, and only our undo begins it again. */
void steps_measure_off(struct planner *p, const struct subch *sch);
void steps_files(struct planner *p);

/* -- shared between them -- */
/* unbind, override, probe of one device. Any of the driver names may be NULL. */
void steps_driver(struct planner *p, const struct d_driver *d);
/* A step without an act that says what of a matrix it assigns; part: as the attribute, "adapter", "control_domain". */
struct step *step_assign(struct planner *p, const struct devid *dev, const char *part, unsigned id,
			 bool on);
/* "apm,aqm,adm" as ap_config reads, without a newline. */
enum { MATRIX_TEXT = 3 * MASK_TEXT };
char *matrix_text(const struct matrix *m, char text[static MATRIX_TEXT]);
/*
 * From one set of assignments of a running matrix to another, where no queue of the way is refused.
 */
void steps_matrix_to(struct planner *p, const struct d_mdev *m, const struct matrix *from,
		     const struct matrix *to, const char *reason);
bool mdev_starts(const struct d_mdev *m);			  /* made by this plan */
bool mdev_stops(const struct desired *d, const struct d_mdev *m); /* removed by this plan */
/* Does this matrix have to let go of queues before masks or other matrices can take them? */
bool matrix_release_early(const struct desired *d, const struct d_mdev *m);
/* What it has between letting go of queues and getting others; live_now unless it lets go. */
struct matrix matrix_meanwhile(const struct desired *d, const struct d_mdev *m);
struct matrix matrix_common(const struct matrix *a, const struct matrix *b);

#endif
