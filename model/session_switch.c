/* SPDX-License-Identifier: MIT */
/* Staging of what the channel subsystem switches. */
#include "session_part.h"
#include "measure.h"

#include <errno.h>

/* "varied off", "measured": as it is, for a message. */
static const char *state_word(enum switch_kind kind, bool on)
{
	static const char *const words[][2] = {
		[SWITCH_VARY] = { "varied off", "varied on" },
		[SWITCH_CONFIGURE] = { "in standby", "configured" },
		[SWITCH_MEASURE] = { "not measured", "measured" },
	};

	return words[kind][on];
}

/* A subchannel stands for its device, which is what is measured. */
static struct devid target(const struct session *s, const struct devid *dev)
{
	const struct subch *sch = NULL;
	struct ccwid id;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0)
		sch = inventory_subch(s->inv, id);
	return sch && sch->has_dev ? devid_ccw(sch->dev) : *dev;
}

static int check(const struct session *s, const struct wish_switch *e, struct msg *reterr)
{
	bool measure = e->kind == SWITCH_MEASURE;
	char why[200];
	uint8_t id;

	if (measure && e->on && measure_blocked(s->inv, &e->dev, why, sizeof(why))) {
		msg_make(reterr, MSG_CANT_MEASURE, "device", e->dev.name, "why", why, NULL);
		return -EINVAL;
	}
	if (!measure && (e->dev.bus != BUS_CHP || chpid_parse(e->dev.name, &id) < 0 ||
			 !inventory_chp(s->inv, id))) {
		msg_make(reterr, MSG_NOT_A_PATH, "device", e->dev.name, NULL);
		return -ENOENT;
	}
	return 0;
}

int session_switch(struct session *s, const struct devid *dev, enum switch_kind kind, bool on,
		   struct reach reach, struct msg *reterr)
{
	struct wish_switch e = { target(s, dev), kind, on };
	CLEANUP(wish_done) struct wish w = { 0 };
	const struct d_switch *staged;
	int r = 0;

	if (!reach.live) {
		msg_make(reterr, MSG_SWITCH_NOT_BOOT, "device", e.dev.name, NULL);
		return -EINVAL;
	}
	r = check(s, &e, reterr);
	if (r < 0)
		return r;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	staged = desired_switch(&s->now.desired, &e.dev, kind);
	if (staged && staged->now == on)
		wish_drop_switch(&w, &e.dev, kind);
	else if (wish_set_switch(&w, &e) < 0)
		return -ENOMEM;
	r = session_take(s, &w, "%s: %s, now", switch_of(&e.dev, kind), state_word(kind, on));
	if (r < 0)
		return r;
	/* The desired state knows best what is so: nothing is kept of an edit that asks for it. */
	staged = desired_switch(&s->now.desired, &e.dev, kind);
	if (staged && staged->now == on) {
		session_undo(s);
		msg_make(reterr, MSG_SWITCH_IS_SO, "device", e.dev.name, "state",
			 state_word(kind, on), NULL);
		return -EALREADY;
	}
	return 0;
}
