/* SPDX-License-Identifier: MIT */
/* Rules about mediated devices of all types. */
#include "rules_part.h"
#include "rules_table.h"
#include "store.h"

#include <stdio.h>

static const char *type_text(const struct d_mdev *m)
{
	return m->type && *m->type ? m->type : "?";
}

int rule_mdev_named(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);

		if (m->wish && !m->wish->delete &&(!*m->parent || !*m->type) &&
		    (m->active_then || m->defined_then))
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_MDEV_INCOMPLETE,
				 "uuid", m->uuid);
	}
	return r;
}

static const struct mdev_type *offered(const struct mdev_parent *p, const char *type)
{
	for (size_t i = 0; p && i < p->n_types; i++)
		if (str_eq(p->types[i].id, type))
			return &p->types[i];
	return NULL;
}

/* Will the parent be there and offer the type once the edits that bring it about are done? */
static bool brought_about(const struct desired *d, const struct d_mdev *m)
{
	struct devid dev = { .bus = BUS_CSS };
	const struct d_driver *r;
	const struct module_state *mod;

	if (str_eq(m->type, TYPE_AP) && str_eq(m->parent, "matrix")) {
		mod = inventory_module(d->inv, "vfio_ap");
		return d->inv->ap.present && mod && mod->available;
	}
	snprintf(dev.name, sizeof(dev.name), "%s", m->parent);
	r = desired_driver(d, &dev);
	return r && r->live && str_eq(r->then, "vfio_ccw") && str_eq(m->type, TYPE_CCW) &&
	       subch_of(d->inv, &dev);
}

int rule_parent(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		bool starts = m->active_then && (!m->active_now || m->restart);

		if ((!starts && !m->wish) || !*m->parent || !*m->type ||
		    offered(inventory_parent(d->inv, m->parent), m->type) || brought_about(d, m))
			continue;
		if (starts)
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_PARENT, "uuid",
				 m->uuid, "parent", m->parent, "type", type_text(m));
		else if (m->wish && m->defined_then &&
			 (m->wish->fields & (WM_PARENT | WM_TYPE | WM_START)))
			r = FIND(f, rule, GRADE_NOTE, &dev, NULL, true, MSG_R_PARENT, "uuid",
				 m->uuid, "parent", m->parent, "type", type_text(m));
	}
	return r;
}

/* How many of a parent's type will be running, less those that are. */
static int growth(const struct desired *d, const char *parent, const char *type)
{
	int n = 0;

	const struct d_mdev *const *on;
	size_t n_on;

	on = desired_mdevs_on(d, parent, &n_on);
	for (size_t i = 0; i < n_on; i++)
		if (str_eq(on[i]->type, type))
			n += on[i]->active_then - on[i]->active_now;
	return n;
}

int rule_instances(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		const struct mdev_type *type;
		struct devid dev;
		int left;

		if (!m->active_then || m->active_now)
			continue;
		dev = devid_mdev(m->uuid);
		type = offered(inventory_parent(d->inv, m->parent), m->type);
		left = type ? type->available : str_eq(m->type, TYPE_CCW) ? 1 : -1;
		if (left >= 0 && growth(d, m->parent, m->type) > left)
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_INSTANCES, "uuid",
				 m->uuid, "parent", m->parent, "type", type_text(m));
	}
	return r;
}

/* What the commit does that makes the parent offer its types; NULL: nothing, or it does already. */
static const char *appears(const struct desired *d, const struct d_mdev *m)
{
	struct devid css = { .bus = BUS_CSS };
	const struct d_driver *r;

	if (m->is_matrix) {
		for (size_t i = 0; i < d->n_modules_load; i++)
			if (str_eq(d->modules_load[i], "vfio_ap"))
				return "loads vfio_ap";
		return NULL;
	}
	if (!str_eq(m->type, TYPE_CCW) || strlen(m->parent) >= sizeof(css.name))
		return NULL;
	strcpy(css.name, m->parent);
	r = desired_driver(d, &css);
	return r && r->live && str_eq(r->then, "vfio_ccw") && !str_eq(r->now, "vfio_ccw")
		       ? "binds its parent to vfio_ccw"
		       : NULL;
}

/* mdevctl's udev rule starts what is defined so, asked for or not; files are written last, so edits of it come too late. */
int rule_starts_too(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	if (!d->inv->host.has_mdevctl || !d->inv->host.mdev_rule)
		return 0;
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		const char *what = NULL;
		struct devid dev = devid_mdev(m->uuid), parent;

		if (m->defined_now && m->start_now == START_AUTO && !m->active_now &&
		    !m->active_then)
			what = appears(d, m);
		if (!what)
			continue;
		parent = (struct devid){ m->is_matrix ? BUS_AP : BUS_CSS, "matrix" };
		if (!m->is_matrix)
			strcpy(parent.name, m->parent);
		r = FIND(f, rule, GRADE_NOTE, &dev, &parent, true, MSG_R_STARTS_TOO, "uuid",
			 m->uuid, "what", what);
	}
	return r;
}

/* Records of one UUID stand side by side. */
int rule_uuid(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 1; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *a = &d->mdevs[i - 1], *b = &d->mdevs[i];
		struct devid dev = devid_mdev(b->uuid);
		bool both_auto = a->defined_then && b->defined_then &&
				 a->start_then == START_AUTO && b->start_then == START_AUTO;
		enum grade g = a->active_then && b->active_then ? GRADE_ERROR
			       : both_auto			? GRADE_CONFLICT
								: GRADE_NOTE;

		if (strcmp(a->uuid, b->uuid) != 0 || !(a->active_then || a->defined_then) ||
		    !(b->active_then || b->defined_then))
			continue;
		r = FIND(f, rule, g, &dev, NULL, a->wish || b->wish, MSG_R_UUID, "uuid", b->uuid,
			 "one", a->parent, "two", b->parent);
	}
	return r;
}

static int parent_leaves(const struct desired *d, const struct d_mdev *m, const struct d_driver *p,
			 const struct rule *rule, struct findings *f)
{
	struct devid dev = devid_mdev(m->uuid);
	int r = 0;

	if (p->live && m->active_then && !driver_is_guest(p->then))
		return FIND(f, rule, GRADE_ERROR, &dev, &p->dev, true, MSG_R_PARENT_LEAVES, "uuid",
			    m->uuid, "parent", m->parent);
	if (p->live && m->active_now && !m->active_then && !m->wish)
		r = FIND(f, rule, GRADE_NOTE, &dev, &p->dev, true, MSG_R_MDEV_STOPS, "uuid",
			 m->uuid, "parent", m->parent);
	if (r == 0 && p->persist && !p->file_then && m->defined_then && m->start_then == START_AUTO)
		r = FIND(f, rule, m->wish && m->wish->reach.persist ? GRADE_ERROR : GRADE_NOTE,
			 &dev, &p->dev, true, MSG_R_DEF_IDLE, "uuid", m->uuid, "parent", m->parent);
	(void)d;
	return r;
}

int rule_parent_leaves(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0 && d->n_drivers; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = { .bus = strchr(m->parent, ':') ? BUS_PCI : BUS_CSS };
		const struct d_driver *p;

		snprintf(dev.name, sizeof(dev.name), "%s", m->parent);
		p = desired_driver(d, &dev);
		if (p)
			r = parent_leaves(d, m, p, rule, f);
	}
	return r;
}

/* -- files that are not understood are never rewritten -- */

static const struct problem *foreign(const struct inventory *inv, const char *path)
{
	for (size_t i = 0; i < inv->n_problems; i++)
		if (inv->problems[i].foreign && str_eq(inv->problems[i].path, path))
			return &inv->problems[i];
	return NULL;
}

int rule_foreign(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		CLEANUP(buf_done) struct buf path = { 0 };

		if (!m->wish || !m->wish->reach.persist || !name_ok(m->parent))
			continue;
		if (mdevctl_path(m->parent, m->uuid, &path) < 0)
			return -ENOMEM;
		if (foreign(d->inv, buf_str(&path)))
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_FOREIGN, "path",
				 buf_str(&path));
	}
	for (size_t i = 0; i < d->n_drivers && r == 0; i++) {
		CLEANUP(buf_done) struct buf path = { 0 };

		if (!d->drivers[i].persist)
			continue;
		if (driverctl_path(&d->drivers[i].dev, &path) == 0 &&
		    foreign(d->inv, buf_str(&path)))
			r = FIND(f, rule, GRADE_ERROR, &d->drivers[i].dev, NULL, true,
				 MSG_R_FOREIGN, "path", buf_str(&path));
	}
	if (r == 0 && d->rule_change && d->inv->ap_rule.present && !d->inv->ap_rule.ours_to_write) {
		struct devid dev = { BUS_AP, "apmask" };

		r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_FOREIGN, "path",
			 AP_RULE_PATH);
	}
	return r;
}

/* -- attributes -- */

static bool has_list(const struct attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(attrs[i].name, "assign_") && strchr(attrs[i].value, ','))
			return true;
	return false;
}

int rule_attrs(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		struct matrix matrix;
		bool changes = m->wish && (m->attrs_change || !m->defined_now);

		if (!m->is_matrix)
			continue;
		if (attrs_to_matrix(m->attrs_then, m->n_attrs_then, &matrix) < 0 ||
		    attrs_to_matrix(m->attrs_live, m->n_attrs_live, &matrix) < 0)
			r = FIND(f, rule, changes || m->n_attrs_live ? GRADE_ERROR : GRADE_NOTE,
				 &dev, NULL, mdev_staged(m), MSG_R_ATTRS, "uuid", m->uuid);
		else if (has_list(m->attrs_live, m->n_attrs_live))
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_ATTR_LIST, "uuid",
				 m->uuid);
	}
	return r;
}
