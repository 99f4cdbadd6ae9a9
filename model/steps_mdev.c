/* SPDX-License-Identifier: MIT */
/*
 * Mediated devices: made, filled and removed. A crypto matrix is emptied before it is removed, so that each undo is one write.
 */
#include "steps.h"
#include "store.h"

#include <errno.h>
#include <string.h>

static struct devid mdev_id(const struct d_mdev *m)
{
	struct devid dev = { .bus = BUS_MDEV };

	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	return dev;
}

/* Does the parent get another driver? Then its mediated devices die with the old one. */
static bool parent_moves(const struct desired *d, const struct d_mdev *m)
{
	struct devid dev = { .bus = strchr(m->parent, ':') ? BUS_PCI : BUS_CSS };
	const struct d_driver *v;
	size_t n = strlen(m->parent);

	if (!d->n_drivers || n >= sizeof(dev.name))
		return false;
	memcpy(dev.name, m->parent, n);
	v = desired_driver(d, &dev);
	return v && v->live && !str_eq(v->now, v->then);
}

bool mdev_stops(const struct desired *d, const struct d_mdev *m)
{
	return m->active_now && (!m->active_then || m->restart || parent_moves(d, m));
}

bool mdev_starts(const struct d_mdev *m)
{
	return m->active_then && (!m->active_now || m->restart);
}

static void foot_of(struct planner *p, const struct d_mdev *m)
{
	foot_add(p, m->active_now ? m->type : NULL, "/sys/bus/mdev/devices/%s/mdev_type", m->uuid);
}

/* What it is made of: the definition whose attributes it gets, and the device that stands behind a subchannel. */
static void feet_of_new(struct planner *p, const struct d_mdev *m)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const struct subch *sch = NULL;
	struct ccwid id;

	if (m->def && m->defined_now && mdevctl_path(m->parent, m->uuid, &path) == 0)
		foot_add(p, m->def->bytes, "%s", buf_str(&path));
	if (str_eq(m->type, TYPE_CCW) && ccwid_parse(m->parent, &id) == 0)
		sch = inventory_subch(p->d->inv, id);
	/* The host's own has a CCW device, which is looked at; and before Linux 5.5 nothing else tells. */
	if (sch && sch->has_dev && !str_eq(sch->driver, "io_subchannel"))
		foot_add(p, devid_ccw(sch->dev).name, "/sys/devices/css0/%s/dev_busid", m->parent);
}

static void create_act(struct planner *p, struct act *a, const struct d_mdev *m)
{
	/* As in steps_css.c. */
	const char *dir = str_eq(m->type, TYPE_CCW) ? "/sys/devices/css0" : "/sys/class/mdev_bus";

	act_set(p, a, m->uuid, "%s/%s/mdev_supported_types/%s/create", dir, m->parent, m->type);
	act_expect(p, a, EXPECT_EXISTS, NULL, "%s/%s/%s/remove", dir, m->parent, m->uuid);
}

static void remove_act(struct planner *p, struct act *a, const struct d_mdev *m)
{
	act_set(p, a, "1", "/sys/bus/mdev/devices/%s/remove", m->uuid);
	act_expect(p, a, EXPECT_GONE, NULL, "/sys/bus/mdev/devices/%s", m->uuid);
}

static bool names_ok(const struct d_mdev *m)
{
	return m->parent && m->type && name_ok(m->parent) && name_ok(m->type);
}

/*
 * The attributes of another kind of device can't be read back: what its definition says is written again if removing
 * it is undone. Such steps do nothing on the way forward; the last comes first, as undoing turns them round.
 */
static void keep_attrs(struct planner *p, const struct d_mdev *m)
{
	struct devid dev = mdev_id(m);

	for (size_t i = m->def && !m->is_matrix ? m->def->n_attrs : 0; i-- > 0;) {
		const struct attr *a = &m->def->attrs[i];
		struct step *s;

		if (!name_ok(a->name))
			continue;
		s = step_new(p, STEP_ATTR, &dev, "keep %s of %s for the undo", a->name, m->uuid);
		act_set(p, &s->undo, a->value, "/sys/bus/mdev/devices/%s/%s", m->uuid, a->name);
		step_reason(p, s, "a device that is made again has lost its attributes");
		step_command(p, s, "%s", "");
	}
}

static void remove_one(struct planner *p, const struct d_mdev *m)
{
	static const struct matrix nothing;
	struct devid dev = mdev_id(m);
	struct step *s;

	plan_block(p);
	foot_of(p, m);
	if (m->is_matrix)
		steps_matrix_to(p, m, &m->ap->live_now, &nothing,
				"what is removed can be put back only piece by piece");
	keep_attrs(p, m);
	s = step_new(p, STEP_REMOVE, &dev, "remove mediated device %s from %s", m->uuid, m->parent);
	remove_act(p, &s->act, m);
	create_act(p, &s->undo, m);
	step_users(p, s, &dev);
	step_reason(p, s,
		    m->restart	     ? "its attributes can only be changed by making it again"
		    : m->active_then ? "its parent gets another driver"
				     : "it shall not run");
	step_command(p, s, "mdevctl stop -u %s", m->uuid);
}

void steps_mdev_remove(struct planner *p)
{
	for (size_t i = 0; !p->err && i < p->d->n_mdevs; i++)
		if (mdev_stops(p->d, &p->d->mdevs[i]) && names_ok(&p->d->mdevs[i]))
			remove_one(p, &p->d->mdevs[i]);
}

static bool assigns(const struct d_mdev *m, const char *name)
{
	return m->is_matrix && str_starts(name, "assign_");
}

static void attr_step(struct planner *p, const struct d_mdev *m, const char *name,
		      const char *value)
{
	struct devid dev = mdev_id(m);
	unsigned long id = strtoul(value, NULL, 0);
	struct step *s =
		assigns(m, name) && id < 256
			? step_assign(p, &dev, name + strlen("assign_"), (unsigned)id, true)
			: step_new(p, STEP_ATTR, &dev, "set %s of %s: %s", name, m->uuid, value);

	act_set(p, &s->act, value, "/sys/bus/mdev/devices/%s/%s", m->uuid, name);
	step_reason(p, s, "undone by removing the device");
}

/* The kernel takes one number a write where ap-check's definitions may list several. */
static void attr_steps(struct planner *p, const struct d_mdev *m, const struct attr *a)
{
	CLEANUP(freep) char *copy = strdup(a->value);
	char *rest = copy, *one;

	if (!copy) {
		p->err = -ENOMEM;
		return;
	}
	if (!assigns(m, a->name)) {
		attr_step(p, m, a->name, a->value);
		return;
	}
	while ((one = strsep(&rest, ",")))
		attr_step(p, m, a->name, one);
}

static void create_one(struct planner *p, const struct d_mdev *m)
{
	struct devid dev = mdev_id(m);
	size_t last;
	struct step *s;

	plan_block(p);
	foot_of(p, m);
	feet_of_new(p, m);
	s = step_new(p, STEP_CREATE, &dev, "make mediated device %s on %s", m->uuid, m->parent);
	create_act(p, &s->act, m);
	s->act.matrix = m->ap->live_then; /* what it must become if mdevctl was faster */
	remove_act(p, &s->undo, m);
	step_reason(p, s, "type %s of %s", m->type, m->parent);
	for (size_t i = 0; !p->err && i < m->n_attrs_live; i++)
		if (name_ok(m->attrs_live[i].name))
			attr_steps(p, m, &m->attrs_live[i]);
	last = p->plan->n_steps - 1;
	if (!p->err && m->is_matrix && p->plan->steps[last].kind == STEP_ATTR)
		act_expect_matrix(p, &p->plan->steps[last].act, &m->ap->live_then, m->uuid);
}

void steps_mdev_create(struct planner *p)
{
	for (size_t i = 0; !p->err && i < p->d->n_mdevs; i++)
		if (mdev_starts(&p->d->mdevs[i]) && names_ok(&p->d->mdevs[i]))
			create_one(p, &p->d->mdevs[i]);
}
