/* SPDX-License-Identifier: MIT */
/* AP queues: which masks, or which per-queue overrides, let guests have what is wanted, now and at the next boot. */
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void qset_add_matrix(struct qset *s, const struct matrix *m)
{
	for (int a = mask_next(&m->adapters, -1); a >= 0; a = mask_next(&m->adapters, a))
		s->of[a] = mask_or(s->of[a], m->domains);
}

void qset_add_list(struct qset *s, const apqn_t *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		qset_add(s, q[i]);
}

int qset_list(const struct qset *s, apqn_t **ret, size_t *ret_n)
{
	apqn_t *list;
	size_t n = 0;

	for (unsigned a = 0; a < 256; a++)
		n += mask_count(&s->of[a]);
	*ret = NULL;
	*ret_n = 0;
	if (n == 0)
		return 0;
	list = calloc(n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (unsigned a = 0; a < 256; a++)
		for (int q = mask_next(&s->of[a], -1); q >= 0; q = mask_next(&s->of[a], q))
			list[(*ret_n)++] = APQN(a, q);
	*ret = list;
	return 0;
}

bool ap_overrides_in_force(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_queues; i++)
		if (inv->queues[i]->override && *inv->queues[i]->override)
			return true;
	return false;
}

bool ap_masks_full(const struct ap_mask *apmask, const struct ap_mask *aqmask)
{
	const struct ap_mask all = mask_all();

	return mask_eq(apmask, &all) && mask_eq(aqmask, &all);
}

static void choose_mode(struct desired *d)
{
	const struct wish_ap *w = &d->wish->ap;
	const struct ap_bus *ap = &d->inv->ap;
	bool in_force = ap_overrides_in_force(d->inv);

	d->ap_mode = w->set ? w->mode : AP_MODE_AUTO;
	if (d->ap_mode == AP_MODE_AUTO)
		d->ap_mode = in_force ? AP_MODE_OVERRIDE : AP_MODE_MASKS;
	if (!ap->masks_known || !ap->has_override || !w->set || !w->reach.live)
		return;
	d->converts = d->ap_mode == AP_MODE_MASKS
			      ? in_force
			      : !w->has_apmask && !w->has_aqmask &&
					!ap_masks_full(&ap->apmask, &ap->aqmask);
}

/* The queues which definitions name keep their side when the way of dividing them changes. */
static void want_definitions(const struct desired *d, struct ap_side *s)
{
	for (size_t i = 0; i < d->n_mdevs; i++)
		if (d->mdevs[i].is_matrix && d->mdevs[i].defined_then)
			qset_add_matrix(&s->guests, &d->mdevs[i].ap->def_then);
}

/* -- what is wanted -- */

static void want_now(const struct desired *d, struct ap_side *s)
{
	const struct wish_ap *w = &d->wish->ap;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !m->active_then)
			continue;
		/* Those that run already have their queues; they must also keep them. */
		qset_add_matrix(&s->guests, &m->ap->live_then);
		s->any = s->any ||
			 (m->wish && m->wish->reach.live &&
			  (!m->active_now || !matrix_eq(&m->ap->live_now, &m->ap->live_then)));
	}
	if (!w->set || !w->reach.live)
		return;
	s->any = true;
	if (d->converts)
		want_definitions(d, s);
	qset_add_list(&s->guests, w->guest, w->n_guest);
	qset_add_list(&s->hosts, w->host, w->n_host);
}

static void want_boot(const struct desired *d, struct ap_side *s)
{
	const struct wish_ap *w = &d->wish->ap;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !m->defined_then || m->start_then != START_AUTO)
			continue;
		qset_add_matrix(&s->guests, &m->ap->def_then);
		s->any = s->any || (m->wish && m->wish->reach.persist);
	}
	if (!w->set || !w->reach.persist)
		return;
	s->any = true;
	if (w->mode != AP_MODE_AUTO)
		want_definitions(d, s);
	qset_add_list(&s->guests, w->guest, w->n_guest);
	qset_add_list(&s->hosts, w->host, w->n_host);
}

/* -- masks -- */

static int masks_now(struct desired *d, const struct ap_side *s)
{
	const struct wish_ap *w = &d->wish->ap;
	const struct inventory *inv = d->inv;
	int r = 0;

	if (!s->any || !inv->ap.masks_known)
		return 0;
	if (w->set && w->reach.live && (w->has_apmask || w->has_aqmask)) {
		d->apmask_then = w->has_apmask ? w->apmask : inv->ap.apmask;
		d->aqmask_then = w->has_aqmask ? w->aqmask : inv->ap.aqmask;
	} else {
		r = ap_masks_for(d->inv, s, NULL, &d->apmask_then, &d->aqmask_then, &d->loss);
	}
	if (r == -ENOSPC) {
		d->unsolved = ap_torn_queue(s, &d->torn);
		r = 0;
	}
	d->masks_change = !mask_eq(&d->apmask_then, &inv->ap.apmask) ||
			  !mask_eq(&d->aqmask_then, &inv->ap.aqmask);
	return r;
}

/* Does the live side ask for something that the boot side does not? Then its masks are no base for the rule. */
static bool live_only(const struct desired *d)
{
	if (d->wish->ap.set && !d->wish->ap.reach.persist)
		return true;
	for (size_t i = 0; i < d->wish->n_mdevs; i++)
		if (!d->wish->mdevs[i].reach.persist)
			return true;
	return false;
}

/* Most edits ask the same of both sides: then there is one answer. */
static int solve_boot(struct desired *d, const struct ap_side *now, const struct ap_side *s)
{
	const struct ap_bus *ap = &d->inv->ap;

	if (d->loss.solved && mask_eq(&d->rule_apmask, &ap->apmask) &&
	    mask_eq(&d->rule_aqmask, &ap->aqmask) &&
	    memcmp(&now->guests, &s->guests, sizeof(s->guests)) == 0 &&
	    memcmp(&now->hosts, &s->hosts, sizeof(s->hosts)) == 0) {
		d->rule_apmask = d->apmask_then;
		d->rule_aqmask = d->aqmask_then;
		d->rule_loss = d->loss;
		return 0;
	}
	return ap_masks_for(d->inv, s, NULL, &d->rule_apmask, &d->rule_aqmask, &d->rule_loss);
}

static bool rule_named(const struct desired *d)
{
	return d->wish->ap.set && d->wish->ap.reach.persist && d->wish->ap.boot.set;
}

static void name_rule(struct desired *d)
{
	const struct wish_rule *b = &d->wish->ap.boot;
	const struct ap_rule *rule = &d->inv->ap_rule;
	struct ap_mask ap, aq;

	d->rule_has_apmask = b->has_apmask;
	d->rule_has_aqmask = b->has_aqmask;
	d->rule_apmask = b->apmask;
	d->rule_aqmask = b->aqmask;
	ap_masks_boot(d, &ap, &aq);
	d->rule_apmask = ap;
	d->rule_aqmask = aq;
	d->rule_change = rule->present != (b->has_apmask || b->has_aqmask) ||
			 rule->has_apmask != b->has_apmask || rule->has_aqmask != b->has_aqmask ||
			 (b->has_apmask && !mask_eq(&ap, &rule->apmask)) ||
			 (b->has_aqmask && !mask_eq(&aq, &rule->aqmask));
}

/* chzdev puts the masks in force into the rule where it has none. */
static int masks_boot(struct desired *d, const struct ap_side *now_side, const struct ap_side *s)
{
	const struct ap_rule *rule = &d->inv->ap_rule;
	const struct wish_ap *w = &d->wish->ap;
	bool now = live_only(d);
	int r = 0;

	d->rule_has_apmask = rule->present && rule->has_apmask;
	d->rule_has_aqmask = rule->present && rule->has_aqmask;
	d->rule_apmask = rule->apmask;
	d->rule_aqmask = rule->aqmask;
	if (rule_named(d) && d->inv->ap.masks_known) {
		name_rule(d);
		return 0;
	}
	if (!s->any || !d->inv->ap.masks_known)
		return 0;
	if (!d->rule_has_apmask)
		d->rule_apmask = now ? d->inv->ap.apmask : d->apmask_then;
	if (!d->rule_has_aqmask)
		d->rule_aqmask = now ? d->inv->ap.aqmask : d->aqmask_then;
	if (w->set && w->reach.persist && (w->has_apmask || w->has_aqmask)) {
		d->rule_apmask = w->has_apmask ? w->apmask : d->rule_apmask;
		d->rule_aqmask = w->has_aqmask ? w->aqmask : d->rule_aqmask;
	} else {
		r = solve_boot(d, now_side, s);
	}
	if (r == -ENOSPC) {
		d->rule_unsolved = ap_torn_queue(s, &d->torn);
		r = 0;
	}
	d->rule_has_apmask = d->rule_has_aqmask = true;
	d->rule_change = !rule->present || !rule->has_apmask || !rule->has_aqmask ||
			 !rule->loads_vfio_ap || !mask_eq(&d->rule_apmask, &rule->apmask) ||
			 !mask_eq(&d->rule_aqmask, &rule->aqmask);
	return r;
}

/* -- overrides -- */

static int override_queue(struct desired *d, apqn_t q, const char *driver, bool live, bool persist,
			  bool implied)
{
	struct devid dev = devid_queue(q);
	struct d_driver *r;

	if (!inventory_queue(d->inv, q))
		return 0; /* nothing to override: a rule says so */
	r = desired_driver_get(d, &dev);
	if (!r)
		return -ENOMEM;
	r->implied = implied;
	desired_driver_want(d, r, driver, live, persist);
	return 0;
}

static bool named(const struct desired *d, apqn_t q)
{
	for (size_t i = 0; i < d->wish->ap.n_guest; i++)
		if (d->wish->ap.guest[i] == q)
			return true;
	return false;
}

static int overrides(struct desired *d, const struct ap_side *now, const struct ap_side *boot)
{
	int r = 0;

	for (size_t i = 0; i < d->inv->n_queues && r == 0; i++) {
		apqn_t q = d->inv->queues[i]->id;
		bool live = now->any && qset_has(&now->guests, q);
		bool persist = boot->any && qset_has(&boot->guests, q);

		if (live || persist)
			r = override_queue(d, q, "vfio_ap", live, persist, !named(d, q));
		live = now->any && qset_has(&now->hosts, q);
		persist = boot->any && qset_has(&boot->hosts, q);
		if (r == 0 && (live || persist))
			r = override_queue(d, q, "", live, persist, false);
	}
	return r;
}

/* All overrides go: masks come in their place. Those that only a file keeps, too. */
static int no_overrides(struct desired *d)
{
	const struct wish_ap *w = &d->wish->ap;
	const struct inventory *inv = d->inv;
	struct d_driver *r;
	int e = 0;

	for (size_t i = 0; i < inv->n_queues && e == 0; i++)
		if (inv->queues[i]->override && *inv->queues[i]->override)
			e = override_queue(d, inv->queues[i]->id, "", true, w->reach.persist, true);
	for (size_t i = 0; i < inv->n_overrides && e == 0 && w->reach.persist; i++) {
		if (inv->overrides[i].dev.bus != BUS_AP)
			continue;
		r = desired_driver_get(d, &inv->overrides[i].dev);
		if (!r)
			return -ENOMEM;
		desired_driver_want(d, r, "", false, true);
	}
	return e;
}

/* Overrides want full masks, now and at the boot before driverctl writes them. */
static void full_masks(struct desired *d)
{
	struct ap_mask ap, aq;

	if (d->converts) {
		d->apmask_then = d->aqmask_then = mask_all();
		d->masks_change = true;
	}
	if (!d->wish->ap.set || !d->wish->ap.reach.persist || rule_named(d) ||
	    !d->inv->ap.has_override)
		return;
	ap_masks_boot(d, &ap, &aq);
	if (ap_masks_full(&ap, &aq))
		return;
	d->rule_apmask = d->rule_aqmask = mask_all();
	d->rule_has_apmask = d->rule_has_aqmask = d->rule_change = true;
}

/* -- what the host loses besides -- */

static int find_lost(struct desired *d, const struct ap_side *now, const struct ap_side *boot)
{
	static const struct ap_mask none;
	struct qset lost = { 0 };

	for (unsigned a = 0; a < 256; a++) {
		struct ap_mask had = mask_and(d->index->present.of[a], d->index->now.of[a]);
		struct ap_mask rule = mask_has(&d->rule_apmask, a) ? d->rule_aqmask : none;

		if (d->masks_change)
			lost.of[a] = mask_minus(mask_minus(had, now->guests.of[a]),
						d->index->then.of[a]);
		else if (d->rule_change)
			lost.of[a] = mask_minus(mask_minus(had, boot->guests.of[a]), rule);
	}
	return qset_list(&lost, &d->lost, &d->n_lost);
}

/* A matrix that is to run needs its parent, which vfio_ap makes. */
static int need_module(struct desired *d)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		if (d->mdevs[i].is_matrix && d->mdevs[i].active_then && !d->mdevs[i].active_now)
			r = desired_module_need(d, "vfio_ap");
	for (size_t i = 0; i < d->n_drivers && r == 0; i++)
		if (d->drivers[i].dev.bus == BUS_AP && d->drivers[i].live &&
		    str_eq(d->drivers[i].then, "vfio_ap"))
			r = desired_module_need(d, "vfio_ap");
	return r;
}

int desired_ap(struct desired *d)
{
	CLEANUP(freep) struct ap_side *sides = calloc(2, sizeof(*sides));
	int r = 0;

	if (!sides)
		return -ENOMEM;
	d->apmask_then = d->inv->ap.apmask;
	d->aqmask_then = d->inv->ap.aqmask;
	choose_mode(d);
	want_now(d, &sides[0]);
	want_boot(d, &sides[1]);
	if (d->ap_mode == AP_MODE_OVERRIDE) {
		struct ap_side none = { 0 };

		r = overrides(d, &sides[0], &sides[1]);
		if (r == 0)
			r = masks_boot(d, &none, &none); /* the rule stays */
		full_masks(d);
	} else {
		if (d->converts)
			r = no_overrides(d);
		if (r < 0)
			return r;
		r = masks_now(d, &sides[0]);
		if (r == 0)
			r = masks_boot(d, &sides[0], &sides[1]);
	}
	if (r == 0)
		r = ap_index_build(d);
	if (r == 0)
		r = find_lost(d, &sides[0], &sides[1]);
	return r < 0 ? r : need_module(d);
}

int desired_masks_keeping(const struct desired *d, unsigned domain, struct ap_mask *ret_apmask,
			  struct ap_mask *ret_aqmask)
{
	CLEANUP(freep) struct ap_side *sides = calloc(2, sizeof(*sides));
	struct ap_mask apmask = d->inv->ap.apmask, aqmask = d->inv->ap.aqmask, keep = { 0 };
	struct ap_loss loss;
	int r;

	if (!sides)
		return -ENOMEM;
	want_now(d, &sides[0]);
	want_boot(d, &sides[1]);
	for (unsigned a = 0; a < 256; a++) {
		sides[0].guests.of[a] = mask_or(sides[0].guests.of[a], sides[1].guests.of[a]);
		sides[0].hosts.of[a] = mask_or(sides[0].hosts.of[a], sides[1].hosts.of[a]);
	}
	mask_set(&keep, domain, true);
	r = ap_masks_for(d->inv, &sides[0], &keep, &apmask, &aqmask, &loss);
	if (r < 0)
		return r;
	*ret_apmask = apmask;
	*ret_aqmask = aqmask;
	return 0;
}
