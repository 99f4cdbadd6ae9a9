/* SPDX-License-Identifier: MIT */
/*
 * The edits that take a commit back: whatever it changes, as it is before.
 */
#include "txn.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

static int undo_driver(struct wish *w, const struct d_driver *d)
{
	const char *now = d->live ? d->override_now : d->file_now;
	struct wish_driver e = { .dev = d->dev, .reach = { d->live, d->persist } };

	if (d->dev.bus == BUS_AP)
		return 0;
	/* A driver without an override is what the host gives the device by itself. */
	if (now && strlen(now) < sizeof(e.driver))
		strcpy(e.driver, now);
	return wish_set_driver(w, &e);
}

/* Masks as they are; for overridden queues each queue's side. */
static int undo_ap(struct wish *w, const struct desired *d)
{
	const struct reach reach = { d->masks_change, d->rule_change };
	size_t n = d->n_drivers;
	int r = 0;

	/* Divided anew: the way it was before names it all. */
	if (d->converts && d->ap_mode == AP_MODE_OVERRIDE)
		n = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct d_driver *v = &d->drivers[i];
		apqn_t q;

		if (v->dev.bus == BUS_AP && apqn_parse(v->dev.name, &q) == 0)
			r = wish_set_queue(w, q, str_eq(v->override_now, "vfio_ap"),
					   (struct reach){ v->live, v->persist });
	}
	if (r < 0 || (!d->masks_change && !d->rule_change))
		return r;
	w->ap.set = true;
	w->ap.mode = AP_MODE_MASKS;
	w->ap.reach = reach;
	if (d->converts && d->ap_mode == AP_MODE_MASKS) {
		w->ap.mode = AP_MODE_OVERRIDE;
		w->ap.reach.persist = reach.persist || d->wish->ap.reach.persist;
		return 0;
	}
	w->ap.has_apmask = w->ap.has_aqmask = true;
	w->ap.apmask = d->inv->ap.apmask;
	w->ap.aqmask = d->inv->ap.aqmask;
	if (!d->masks_change && d->inv->ap_rule.present) {
		w->ap.apmask = d->inv->ap_rule.has_apmask ? d->inv->ap_rule.apmask : mask_all();
		w->ap.aqmask = d->inv->ap_rule.has_aqmask ? d->inv->ap_rule.aqmask : mask_all();
	}
	return 0;
}

static bool mdev_changes(const struct d_mdev *m)
{
	return m->active_now != m->active_then || m->restart || m->defined_now != m->defined_then ||
	       m->start_now != m->start_then || m->attrs_change ||
	       (m->is_matrix && m->active_now && !matrix_eq(&m->live_now, &m->live_then));
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
	if (m->is_matrix) {
		e.fields |= WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
		e.matrix = m->active_now ? m->live_now : m->def_now;
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
		r = undo_driver(w, &d->drivers[i]);
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
