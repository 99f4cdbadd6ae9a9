/* SPDX-License-Identifier: MIT */
/*
 * The edits that take a commit back: whatever it changes, as it is before.
 */
#include "txn.h"
#include "desired_parts.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

/* Was its device online? The host then works with it again. */
static bool was_online(const struct desired *d, const struct d_driver *v)
{
	const struct subch *s;
	struct ccwid id;

	if (!v->live || v->dev.bus != BUS_CSS || ccwid_parse(v->dev.name, &id) < 0)
		return false;
	s = inventory_subch(d->inv, id);
	return s && s->ccw && s->online == 1;
}

static void name(char to[static 32], const char *driver)
{
	if (driver && strlen(driver) < 32)
		strcpy(to, driver);
}

/* What is to be asked for so that it has the driver it has. Bound by hand to a guest's it has it without an override. */
static const char *asked_now(const struct d_driver *v)
{
	bool by_hand = (!v->override_now || !*v->override_now) && driver_is_guest(v->now);

	return by_hand ? v->now : v->override_now;
}

static int undo_driver(struct wish *w, const struct desired *d, const struct d_driver *v)
{
	struct wish_driver e = { .dev = v->dev,
				 .has_boot = v->live && v->persist &&
					     !str_eq(asked_now(v), v->file_now),
				 .online = was_online(d, v),
				 .reach = { v->live, v->persist } };

	if (v->dev.bus == BUS_AP || (!v->live && !v->persist))
		return 0;
	/* A host's driver without an override is what the host gives the device by itself. */
	name(e.driver, v->live ? asked_now(v) : v->file_now);
	if (e.has_boot)
		name(e.boot, v->file_now);
	return wish_set_driver(w, &e);
}

static void undo_rule(struct wish_ap *w, const struct ap_rule *rule)
{
	w->set = w->reach.persist = true;
	w->boot = (struct wish_rule){ true, rule->has_apmask, rule->has_aqmask, rule->apmask,
				      rule->aqmask };
}

/* Masks as they are; for overridden queues each queue's side. */
static int undo_ap(struct wish *w, const struct desired *d)
{
	bool to_masks = d->converts && d->ap_mode == AP_MODE_MASKS;
	struct reach reach = { 0 };
	size_t n = d->n_drivers;
	int r = 0;

	/* Divided anew: the way it was before names it all. */
	if (d->converts && d->ap_mode == AP_MODE_OVERRIDE)
		n = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct d_driver *v = &d->drivers[i];
		apqn_t q;

		if (v->dev.bus != BUS_AP || (!v->live && !v->persist) ||
		    apqn_parse(v->dev.name, &q) < 0)
			continue;
		/* An edit has one reach for all its queues. */
		reach.live = reach.live || v->live;
		reach.persist = reach.persist || v->persist;
		r = wish_set_queue(w, q, str_eq(v->override_now, "vfio_ap"), reach);
	}
	if (r < 0)
		return r;
	if (d->rule_change)
		undo_rule(&w->ap, &d->inv->ap_rule);
	if (to_masks) {
		w->ap.set = true;
		w->ap.mode = AP_MODE_OVERRIDE;
		w->ap.reach.live = d->masks_change;
		w->ap.reach.persist = d->rule_change || d->wish->ap.reach.persist;
	} else if (d->masks_change) {
		w->ap.set = w->ap.has_apmask = w->ap.has_aqmask = w->ap.reach.live = true;
		w->ap.mode = AP_MODE_MASKS;
		w->ap.apmask = d->inv->ap.apmask;
		w->ap.aqmask = d->inv->ap.aqmask;
	}
	return 0;
}

static bool mdev_changes(const struct d_mdev *m)
{
	return m->active_now != m->active_then || m->restart || m->defined_now != m->defined_then ||
	       m->start_now != m->start_then || m->attrs_change ||
	       (m->is_matrix && m->active_now && !matrix_eq(&m->ap->live_now, &m->ap->live_then));
}

static int undo_mdev(struct wish *w, const struct d_mdev *m)
{
	struct wish_mdev e = { .fields = WM_PARENT | WM_TYPE | WM_ACTIVE | WM_DEFINED,
			       .active = m->active_now,
			       .defined = m->defined_now,
			       .start = m->start_now,
			       .reach = { true, true } };
	CLEANUP(freep) char *parent = strdup(m->parent);
	CLEANUP(freep) char *type = m->type ? strdup(m->type) : NULL;

	if (!parent || !type)
		return -ENOMEM;
	memcpy(e.uuid, m->uuid, sizeof(e.uuid));
	e.parent = parent;
	e.type = type;
	if (!m->active_now && !m->defined_now) {
		e.delete = true;
		e.fields = WM_PARENT;
		return wish_set_mdev(w, &e);
	}
	if (m->defined_now)
		e.fields |= WM_START;
	if (m->is_matrix && m->active_now) {
		e.fields |= WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
		e.matrix = m->ap->live_now;
	}
	if (m->defined_now && m->def && e.fields & WM_ADAPTERS) {
		e.fields |= WM_BOOT;
		e.boot = m->def->attrs;
		e.n_boot = m->def->n_attrs;
	} else if (m->defined_now && m->def) {
		e.fields |= WM_ATTRS;
		e.attrs = m->def->attrs;
		e.n_attrs = m->def->n_attrs;
	}
	return wish_set_mdev(w, &e);
}

static int build(const struct desired *d, struct wish *w)
{
	int r = undo_ap(w, d);

	for (size_t i = 0; r == 0 && i < d->n_drivers; i++)
		r = undo_driver(w, d, &d->drivers[i]);
	for (size_t i = 0; r == 0 && i < d->n_mdevs; i++)
		if (mdev_changes(&d->mdevs[i]))
			r = undo_mdev(w, &d->mdevs[i]);
	for (size_t i = 0; r == 0 && i < d->n_sriov; i++)
		r = wish_set_sriov(
			w, &(struct wish_sriov){ d->sriov[i].dev,
						 d->sriov[i].now,
						 { d->sriov[i].live, d->sriov[i].persist } });
	for (size_t i = 0; r == 0 && i < d->n_switches; i++)
		if (d->switches[i].live)
			r = wish_set_switch(w, &(struct wish_switch){ d->switches[i].dev,
								      d->switches[i].kind,
								      d->switches[i].now == 1 });
	return r;
}

int history_undo_edits(const struct desired *d, char **ret)
{
	struct wish w = { 0 };
	char *text = NULL;
	int r = build(d, &w);

	if (r == 0) {
		text = wish_to_json(&w);
		r = text ? 0 : -ENOMEM;
	}
	wish_done(&w);
	if (r == 0)
		*ret = text;
	return r;
}
