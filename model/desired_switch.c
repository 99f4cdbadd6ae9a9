/* SPDX-License-Identifier: MIT */
/* Channel paths and measurements: what is switched, and which paths of a device are left by it. */
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>

static tri_t state_now(const struct inventory *inv, const struct devid *dev, enum switch_kind kind)
{
	const struct chp *chp = NULL;
	const struct subch *sch;
	struct ccwid ccw;
	uint8_t id;

	if (kind == SWITCH_MEASURE) {
		if (dev->bus == BUS_CHP)
			return inv->cm_enable;
		sch = ccwid_parse(dev->name, &ccw) == 0 ? inventory_subch_of(inv, ccw) : NULL;
		return sch && sch->ccw ? sch->measured : -1;
	}
	if (chpid_parse(dev->name, &id) == 0)
		chp = inventory_chp(inv, id);
	if (!chp)
		return -1;
	if (kind == SWITCH_VARY)
		return chp->online;
	/* 2 and 3, reserved and not recognised, are not Linux's to change */
	return chp->configured == 0 || chp->configured == 1 ? (tri_t)chp->configured : -1;
}

int desired_switches(struct desired *d)
{
	const struct wish *w = d->wish;

	if (w->n_switches == 0)
		return 0;
	d->switches = calloc(w->n_switches, sizeof(*d->switches));
	if (!d->switches)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_switches; i++) {
		const struct wish_switch *s = &w->switches[i];
		tri_t now = state_now(d->inv, &s->dev, s->kind);

		d->switches[d->n_switches++] = (struct d_switch){
			.dev = s->dev,
			.kind = s->kind,
			.now = now,
			.then = s->on,
			.live = now >= 0 && now != s->on,
		};
	}
	return 0;
}

const char *switch_of(const struct devid *dev, enum switch_kind kind)
{
	return kind == SWITCH_MEASURE && dev->bus == BUS_CHP ? "the channel paths" : dev->name;
}

const struct d_switch *desired_switch(const struct desired *d, const struct devid *dev,
				      enum switch_kind kind)
{
	for (size_t i = 0; i < d->n_switches; i++)
		if (d->switches[i].kind == kind && devid_eq(&d->switches[i].dev, dev))
			return &d->switches[i];
	return NULL;
}

/* Not known is as good as on: QEMU tells nothing of configuring, and its paths work. */
static bool is_on(const struct desired *d, uint8_t chpid, enum switch_kind kind, bool then)
{
	const struct devid dev = devid_chp(chpid);
	const struct d_switch *s = then ? desired_switch(d, &dev, kind) : NULL;
	const struct chp *chp = inventory_chp(d->inv, chpid);

	if (s && s->live)
		return s->then;
	if (!chp)
		return true;
	return kind == SWITCH_VARY ? chp->online != 0 : chp->configured < 0 || chp->configured == 1;
}

uint8_t desired_paths(const struct desired *d, const struct subch *sch, bool then)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < 8; i++) {
		unsigned bit = 0x80U >> i;
		uint8_t id = sch->chpids[i];
		/* What comes out of standby becomes available by that. */
		bool comes = then && is_on(d, id, SWITCH_CONFIGURE, true) &&
			     !is_on(d, id, SWITCH_CONFIGURE, false);

		if ((sch->pim & bit) && ((sch->pam & bit) || comes) &&
		    is_on(d, id, SWITCH_CONFIGURE, then) && is_on(d, id, SWITCH_VARY, then))
			mask |= bit;
	}
	return (uint8_t)mask;
}

bool desired_uses_path(const struct subch *sch, uint8_t chpid)
{
	for (unsigned i = 0; i < 8; i++)
		if ((sch->pim & 0x80 >> i) && sch->chpids[i] == chpid)
			return true;
	return false;
}

bool desired_last_path(const struct desired *d, const struct subch *sch, uint8_t chpid)
{
	return desired_uses_path(sch, chpid) && desired_paths(d, sch, false) &&
	       !desired_paths(d, sch, true);
}
