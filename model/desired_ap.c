/* SPDX-License-Identifier: MIT */
/* AP queues: which masks, or which per-queue overrides, let guests have what is wanted, now and at the next boot. */
#include "apsolve.h"
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the queues of one side (now, next boot) shall be. */
struct side {
	bool any;	    /* something is wanted of this side */
	struct qset guests; /* must not be the host's */
	struct qset hosts;  /* given back by name */
};

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
static void want_definitions(const struct desired *d, struct side *s)
{
	for (size_t i = 0; i < d->n_mdevs; i++)
		if (d->mdevs[i].is_matrix && d->mdevs[i].defined_then)
			qset_add_matrix(&s->guests, &d->mdevs[i].def_then);
}

/* -- what is wanted -- */

static void want_now(const struct desired *d, struct side *s)
{
	const struct wish_ap *w = &d->wish->ap;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !m->active_then)
			continue;
		/* Those that run already have their queues; they must also keep them. */
		qset_add_matrix(&s->guests, &m->live_then);
		s->any = s->any || (m->wish && m->wish->reach.live &&
				    (!m->active_now || !matrix_eq(&m->live_now, &m->live_then)));
	}
	if (!w->set || !w->reach.live)
		return;
	s->any = true;
	if (d->converts)
		want_definitions(d, s);
	qset_add_list(&s->guests, w->guest, w->n_guest);
	qset_add_list(&s->hosts, w->host, w->n_host);
}

static void want_boot(const struct desired *d, struct side *s)
{
	const struct wish_ap *w = &d->wish->ap;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !m->defined_then || m->start_then != START_AUTO)
			continue;
		qset_add_matrix(&s->guests, &m->def_then);
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

/* What the host would miss: a queue that works, or that somebody is known to use, counts for more. */
static unsigned weight_of(const struct qset *used, const struct ap_queue *q)
{
	return 1 + (q->online == 1 ? 3 : 0) + (qset_has(used, q->id) ? 8 : 0);
}

static void used_queues(const struct inventory *inv, struct qset *used)
{
	apqn_t q;

	for (size_t i = 0; i < inv->n_uses; i++)
		if (inv->uses[i].dev.bus == BUS_AP && apqn_parse(inv->uses[i].dev.name, &q) == 0)
			qset_add(used, q);
}

static bool host_owns(const struct ap_mask *ap, const struct ap_mask *aq, apqn_t q)
{
	return mask_has(ap, APQN_CARD(q)) && mask_has(aq, APQN_DOM(q));
}

/* Queues of the set that the masks leave to the host. */
static void keep_owned(struct qset *s, const struct ap_problem *p)
{
	static const struct ap_mask none;

	for (unsigned a = 0; a < 256; a++)
		s->of[a] = mask_and(s->of[a], mask_has(&p->apmask, a) ? p->aqmask : none);
}

/* The queues the host would keep if it could, with their weights. */
static int host_queues(const struct inventory *inv, const struct qset *want, struct ap_problem *p,
		       apqn_t **ret_host, unsigned **ret_weight)
{
	apqn_t *host = calloc(inv->n_queues + 1, sizeof(*host));
	unsigned *weight = calloc(inv->n_queues + 1, sizeof(*weight));

	struct qset used = { 0 };

	*ret_host = host;
	*ret_weight = weight;
	if (!host || !weight)
		return -ENOMEM;
	used_queues(inv, &used);
	for (size_t i = 0; i < inv->n_queues; i++) {
		const struct ap_queue *q = inv->queues[i];

		if (qset_has(want, q->id) || !host_owns(&p->apmask, &p->aqmask, q->id))
			continue;
		host[p->n_host] = q->id;
		weight[p->n_host++] = weight_of(&used, q);
	}
	p->host = host;
	p->weight = weight;
	return 0;
}

/* From the masks given to masks that make the side so. 0, -ENOSPC: there are none, -ENOMEM. */
static int solve(const struct inventory *inv, const struct side *s, struct ap_mask *apmask,
		 struct ap_mask *aqmask, bool *ret_exact)
{
	CLEANUP(freep) apqn_t *want = NULL;
	CLEANUP(freep) apqn_t *host = NULL;
	CLEANUP(freep) unsigned *weight = NULL;
	struct ap_problem p = { .apmask = *apmask, .aqmask = *aqmask };
	struct qset wanted = s->guests;
	struct ap_solution found;
	int r;

	for (unsigned a = 0; a < 256; a++) {
		if (!mask_empty(&s->hosts.of[a]))
			mask_set(&p.fixed_adapters, a, true);
		p.fixed_domains = mask_or(p.fixed_domains, s->hosts.of[a]);
	}
	p.apmask = mask_or(p.apmask, p.fixed_adapters);
	p.aqmask = mask_or(p.aqmask, p.fixed_domains);
	keep_owned(&wanted, &p);
	if (host_queues(inv, &wanted, &p, &host, &weight) < 0 ||
	    qset_list(&wanted, &want, &p.n_want) < 0)
		return -ENOMEM;
	p.want = want;
	*ret_exact = true;
	if (p.n_want) {
		r = ap_solve(&p, &found);
		if (r < 0)
			return r;
		p.apmask = found.apmask;
		p.aqmask = found.aqmask;
		*ret_exact = found.exact;
	}
	*apmask = p.apmask;
	*aqmask = p.aqmask;
	return 0;
}

static int masks_now(struct desired *d, const struct side *s)
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
		r = solve(inv, s, &d->apmask_then, &d->aqmask_then, &d->lost_exact);
	}
	if (r == -ENOSPC) {
		d->unsolved = true;
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

/* chzdev puts the masks in force into the rule where it has none. */
static int masks_boot(struct desired *d, const struct side *s)
{
	const struct ap_rule *rule = &d->inv->ap_rule;
	const struct wish_ap *w = &d->wish->ap;
	bool now = live_only(d), exact;
	int r = 0;

	d->rule_has_apmask = rule->present && rule->has_apmask;
	d->rule_has_aqmask = rule->present && rule->has_aqmask;
	d->rule_apmask = rule->apmask;
	d->rule_aqmask = rule->aqmask;
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
		r = solve(d->inv, s, &d->rule_apmask, &d->rule_aqmask, &exact);
	}
	if (r == -ENOSPC) {
		d->rule_unsolved = true;
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

static int overrides(struct desired *d, const struct side *now, const struct side *boot)
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
	if (!d->wish->ap.set || !d->wish->ap.reach.persist || !d->inv->ap.has_override)
		return;
	ap_masks_boot(d, &ap, &aq);
	if (ap_masks_full(&ap, &aq))
		return;
	d->rule_apmask = d->rule_aqmask = mask_all();
	d->rule_has_apmask = d->rule_has_aqmask = d->rule_change = true;
}

/* -- what the host loses besides -- */

static int find_lost(struct desired *d, const struct side *now, const struct side *boot)
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
	CLEANUP(freep) struct side *sides = calloc(2, sizeof(*sides));
	int r = 0;

	if (!sides)
		return -ENOMEM;
	d->apmask_then = d->inv->ap.apmask;
	d->aqmask_then = d->inv->ap.aqmask;
	d->lost_exact = true;
	choose_mode(d);
	want_now(d, &sides[0]);
	want_boot(d, &sides[1]);
	if (d->ap_mode == AP_MODE_OVERRIDE) {
		struct side none = { 0 };

		r = overrides(d, &sides[0], &sides[1]);
		if (r == 0)
			r = masks_boot(d, &none); /* the rule stays */
		full_masks(d);
	} else {
		if (d->converts)
			r = no_overrides(d);
		if (r < 0)
			return r;
		r = masks_now(d, &sides[0]);
		if (r == 0)
			r = masks_boot(d, &sides[1]);
	}
	if (r == 0)
		r = ap_index_build(d);
	if (r == 0)
		r = find_lost(d, &sides[0], &sides[1]);
	return r < 0 ? r : need_module(d);
}
