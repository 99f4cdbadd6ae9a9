/* SPDX-License-Identifier: MIT */
/*
 * Random machines and what may be wished of them.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include "check.h"
#include "crypto_dice.h"
#include "plan.h"
#include "state.h"
#include "wish_dice.h"

#include <string.h>

static inline struct sys *copy_of(struct sys *sys)
{
	struct sys *copy;

	assert_int_equal(sim_copy(sys, NULL, &copy), 0);
	return copy;
}

/* Nothing is loaded yet: what binds a device loads its driver first. */
static const char bare[] =
	"kernel 702 7.2.0\n"
	"module vfio available\n"
	"module mdev available\n"
	"module vfio_ccw available needs=vfio,mdev\n"
	"module vfio_ap available needs=vfio,mdev\n"
	"module dasd_eckd_mod boot\n"
	"module zcrypt_cex4 boot\n"
	"chp 50 type=1b\n"
	"subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd online=1\n"
	"subchannel 0.0.0314 dev=0.0.2b0a cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd\n"
	"ap max_adapter=63 max_domain=255 domains=04,05 control=04,05\n"
	"card 05 CEX8C\n"
	"card 06 CEX8C\n"
	"dir /run/lock\n";

static inline int note_file(void *arg, const struct sim_entry *e)
{
	return e->type == SYS_FILE && str_starts(e->path, "/etc/") ? buf_add_name(arg, e->path) : 0;
}

/* Somebody keeps some of the files from others' eyes. */
static inline void some_modes(struct dice *dice, struct sys *sys)
{
	static const unsigned modes[] = { 0644, 0600, 0640, 0664 };
	CLEANUP(buf_done) struct buf paths = { 0 };
	const char *path;

	assert_int_equal(sim_each(sim_of(sys), note_file, &paths), 0);
	buf_foreach_name (&paths, path) {
		CLEANUP(freep) char *value = strdup(sim_value(sim_of(sys), path));

		sim_put_file(sim_of(sys), path, modes[roll(dice, 4)], value);
	}
}

static inline struct sys *some_machine(struct dice *dice)
{
	static const char *const named[] = { "lpar", "lpar72", "x86", "zvm", "x86" };
	struct sys *sys = NULL;
	unsigned r = roll(dice, 8);

	if (r == 7) {
		assert_int_equal(sim_new(bare, strlen(bare), &sys, NULL), 0);
		return sys;
	}

	if (r >= ARRAY_SIZE(named)) {
		assert_int_equal(dice_machine(dice, r & 1 ? 612 : 702, &sys), 0);
		return sys;
	}
	assert_int_equal(sim_new_named(named[r], &sys), 0);
	/* A guest that holds a device makes stopping it wait: that has tests of its own. */
	sim_hold(sys, "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a", NULL);
	if (roll(dice, 3))
		sim_hold(sys, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL);
	return sys;
}

/* Is what is staged an error, or nothing? Overrides are given. */
static inline bool may_be_tried(const struct session *s)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].staged && f->v[i].grade == GRADE_ERROR)
			return false;
	return !session_plan_error(s) && session_plan(s)->n_steps > 0;
}

/* A wish that can be committed on this machine, within some tries. */
static inline bool some_wish(struct dice *dice, struct session *s)
{
	for (int i = 0; i < 20; i++) {
		some_edits(dice, s);
		if (may_be_tried(s))
			return true;
		session_clear(s);
	}
	return false;
}

#endif
