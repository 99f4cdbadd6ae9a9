/* SPDX-License-Identifier: MIT */
/* Edits that name devices by other names -> the names of this machine. */
#include "wish.h"
#include "mem.h"
#include "msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The subchannel of a CCW device's number, and what was recorded to be there. */
static int find_subchannel(const struct inventory *inv, const struct devid *ccw, struct devid *ret,
			   struct msg *reterr)
{
	const struct subch *s = NULL;
	struct ccwid id;

	if (ccwid_parse(ccw->name, &id) == 0)
		s = inventory_subch_of(inv, id);
	if (!s) {
		msg_make(reterr, MSG_EDITS_NO_SUBCHANNEL, "device", ccw->name, NULL);
		return -ENOENT;
	}
	*ret = devid_css(s->id);
	return 0;
}

/* What is behind a subchannel now; BUS_NONE if nothing or not known. */
static struct devid device_behind(const struct inventory *inv, const char *subchannel)
{
	const struct subch *s = NULL;
	struct ccwid id;

	if (ccwid_parse(subchannel, &id) == 0)
		s = inventory_subch(inv, id);
	return s && s->has_dev ? devid_ccw(s->dev) : (struct devid){ 0 };
}

static int bind_driver(struct wish *to, const struct inventory *inv, struct wish_driver d,
		       struct msg *reterr)
{
	struct devid ccw = d.dev;

	if (d.dev.bus == BUS_CCW) {
		int r = find_subchannel(inv, &ccw, &d.dev, reterr);

		if (r < 0)
			return r;
		/* A wrong record stays in the entry, for the rule about it. */
		if (d.peer.bus == BUS_NONE || devid_eq(&d.peer, &d.dev))
			d.peer = ccw;
	} else if (d.dev.bus == BUS_CSS && d.peer.bus == BUS_NONE) {
		d.peer = device_behind(inv, d.dev.name);
	}
	if (wish_driver_of(to, &d.dev)) {
		msg_make(reterr, MSG_EDITS_TWICE, "device", d.dev.name, NULL);
		return -EINVAL;
	}
	return wish_set_driver(to, &d);
}

static int bind_mdev(struct wish_mdev *m, const struct inventory *inv, struct msg *reterr)
{
	struct devid ccw, css;
	int r;

	if (!m->parent)
		return 0;
	if (devid_parse(m->parent, &ccw) == 0 && ccw.bus == BUS_CCW) {
		char *name;

		r = find_subchannel(inv, &ccw, &css, reterr);
		if (r < 0)
			return r;
		name = strdup(css.name);
		if (!name)
			return -ENOMEM;
		free(m->parent);
		m->parent = name;
		if (m->peer.bus == BUS_NONE)
			m->peer = ccw;
	}
	if (m->peer.bus == BUS_NONE)
		m->peer = device_behind(inv, m->parent);
	return 0;
}

int wish_bind(struct wish *w, const struct inventory *inv, struct msg *reterr)
{
	struct wish bound = { 0 };
	int r = 0;

	for (size_t i = 0; i < w->n_drivers && r == 0; i++)
		r = bind_driver(&bound, inv, w->drivers[i], reterr);
	for (size_t i = 0; i < w->n_mdevs && r == 0; i++)
		r = bind_mdev(&w->mdevs[i], inv, reterr);
	if (r < 0) {
		wish_done(&bound);
		return r;
	}
	free(w->drivers);
	w->drivers = bound.drivers;
	w->n_drivers = bound.n_drivers;
	return 0;
}

void wish_drop_gone(struct wish *w, const struct inventory *inv)
{
	for (size_t i = w->n_drivers; i > 0; i--) {
		const struct devid dev = w->drivers[i - 1].dev;

		if (!*w->drivers[i - 1].driver && inventory_gone(inv, &dev) &&
		    !inventory_override(inv, &dev))
			wish_drop_driver(w, &dev);
	}
}
