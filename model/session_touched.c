/* SPDX-License-Identifier: MIT */
/* Which rows an edit may have altered, and which are not like the others: so that not every row must be looked at again. */
#include "session_part.h"

#include <string.h>

/* -- what an edit has touched -- */

void touched_done(struct touched *t)
{
	free(t->v);
	*t = (struct touched){ 0 };
}

static void touch(struct touched *t, const struct devid *dev)
{
	if (!t->known)
		return;
	if (array_grow(&t->v, t->n, &t->cap, sizeof(*t->v)) < 0)
		t->known = false;
	else
		t->v[t->n++] = *dev;
}

static bool same_driver(const struct d_driver *a, const struct d_driver *b)
{
	return str_eq(a->then, b->then) && str_eq(a->override_then, b->override_then) &&
	       str_eq(a->file_then, b->file_then) && a->live == b->live &&
	       a->persist == b->persist && a->native == b->native && a->implied == b->implied;
}

static void touch_drivers(const struct desired *a, const struct desired *b, struct touched *t)
{
	size_t i = 0, k = 0;

	while (i < a->n_drivers || k < b->n_drivers) {
		int c = i == a->n_drivers   ? 1
			: k == b->n_drivers ? -1
					    : devid_cmp(&a->drivers[i].dev, &b->drivers[k].dev);

		if (c != 0 || !same_driver(&a->drivers[i], &b->drivers[k]))
			touch(t, c <= 0 ? &a->drivers[i].dev : &b->drivers[k].dev);
		i += c <= 0;
		k += c >= 0;
	}
}

static int mdev_cmp(const struct d_mdev *a, const struct d_mdev *b)
{
	int c = strcmp(a->uuid, b->uuid);

	return c ? c : strcmp(a->parent, b->parent);
}

static bool same_mdev(const struct d_mdev *a, const struct d_mdev *b)
{
	return a->active_then == b->active_then && a->defined_then == b->defined_then &&
	       a->start_then == b->start_then && a->attrs_change == b->attrs_change &&
	       a->restart == b->restart && !a->wish == !b->wish && str_eq(a->type, b->type) &&
	       matrix_eq(&a->ap->live_then, &b->ap->live_then) &&
	       matrix_eq(&a->ap->def_then, &b->ap->def_then);
}

static void touch_parent(const struct d_mdev *m, struct touched *t)
{
	struct devid dev = { .bus = strchr(m->parent, ':') ? BUS_PCI : BUS_CSS };
	size_t n = strlen(m->parent);

	if (n < sizeof(dev.name)) {
		memcpy(dev.name, m->parent, n);
		touch(t, &dev);
	}
}

/* A parent's row tells of what sits on it. */
static void touch_parents(const struct desired *a, const struct desired *b, struct touched *t)
{
	size_t i = 0, k = 0;

	while (i < a->n_mdevs || k < b->n_mdevs) {
		int c = i == a->n_mdevs	  ? 1
			: k == b->n_mdevs ? -1
					  : mdev_cmp(&a->mdevs[i], &b->mdevs[k]);

		if (c != 0 || !same_mdev(&a->mdevs[i], &b->mdevs[k]))
			touch_parent(c <= 0 ? &a->mdevs[i] : &b->mdevs[k], t);
		i += c <= 0;
		k += c >= 0;
	}
}

void touched_between(const struct desired *a, const struct desired *b, struct touched *ret)
{
	const struct desired *const both[] = { a, b };

	ret->n = 0;
	ret->known = true;
	touch_drivers(a, b, ret);
	touch_parents(a, b, ret);
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < both[i]->n_sriov; k++)
			touch(ret, &both[i]->sriov[k].dev);
		for (size_t k = 0; k < both[i]->n_switches; k++)
			touch(ret, &both[i]->switches[k].dev);
	}
}

bool session_touched(const struct session *s, const struct devid **ret, size_t *ret_n)
{
	if (!s->touched.known)
		return false;
	*ret = s->touched.v;
	*ret_n = s->touched.n;
	return true;
}

/* -- what is like no other -- */

enum { SETS = 4, BITS = SETS << 16 };

static void single(struct asked *asked, struct ccwid id)
{
	size_t bit = (size_t)(id.ssid % SETS) << 16 | id.no;

	asked->singled[bit / 8] |= (unsigned char)(1 << bit % 8);
}

static void single_dev(const struct session *s, const struct devid *dev)
{
	const struct subch *sch;
	struct ccwid id;

	if ((dev->bus != BUS_CSS && dev->bus != BUS_CCW) || ccwid_parse(dev->name, &id) < 0)
		return;
	if (dev->bus == BUS_CSS) {
		single(s->asked, id);
		return;
	}
	sch = inventory_subch_of(s->inv, id);
	if (sch)
		single(s->asked, sch->id);
}

static void single_out(const struct session *s)
{
	const struct desired *d = &s->now.desired;
	struct ccwid id;

	memset(s->asked->singled, 0, BITS / 8);
	for (size_t i = 0; i < d->n_drivers; i++)
		single_dev(s, &d->drivers[i].dev);
	for (size_t i = 0; i < d->n_mdevs; i++)
		if (ccwid_parse(d->mdevs[i].parent, &id) == 0)
			single(s->asked, id);
	for (size_t i = 0; i < d->n_switches; i++)
		single_dev(s, &d->switches[i].dev);
	for (size_t i = 0; i < s->inv->n_overrides; i++)
		single_dev(s, &s->inv->overrides[i].dev);
	for (size_t i = 0; i < s->inv->n_uses; i++)
		single_dev(s, &s->inv->uses[i].dev);
}

bool session_singled(const struct session *s, struct ccwid id)
{
	struct asked *asked = s->asked;
	size_t bit = (size_t)(id.ssid % SETS) << 16 | id.no;

	if (!asked->singled || asked->singled_at != s->serial) {
		if (!asked->singled)
			asked->singled = malloc(BITS / 8);
		if (!asked->singled)
			return true;
		single_out(s);
		asked->singled_at = s->serial;
	}
	return asked->singled[bit / 8] >> bit % 8 & 1;
}
