/* SPDX-License-Identifier: MIT */
/* From what guests and host shall have to the masks which take the least from the host. */
#include "apkernel.h"
#include "apsolve.h"
#include "desired_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

/* The queues the host would keep if it could, with their weights; *ret_unit: that of all of them, or 0. */
static int host_queues(const struct inventory *inv, const struct qset *want, struct ap_problem *p,
		       apqn_t **ret_host, unsigned **ret_weight, unsigned *ret_unit)
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
		weight[p->n_host] = weight_of(&used, q);
		*ret_unit = weight[p->n_host] == weight[0] ? *ret_unit : 0;
		if (p->n_host++ == 0)
			*ret_unit = weight[0];
	}
	p->host = host;
	p->weight = weight;
	return 0;
}

/* Bits that must stay set: of what is given back by name, and of what the caller keeps. */
static void fix_bits(struct ap_problem *p, const struct ap_side *s, const struct ap_mask *domains)
{
	for (unsigned a = 0; a < 256; a++) {
		if (!mask_empty(&s->hosts.of[a]))
			mask_set(&p->fixed_adapters, a, true);
		p->fixed_domains = mask_or(p->fixed_domains, s->hosts.of[a]);
	}
	p->apmask = mask_or(p->apmask, p->fixed_adapters);
	p->aqmask = mask_or(p->aqmask, p->fixed_domains);
	if (domains)
		p->fixed_domains = mask_or(p->fixed_domains, *domains);
}

/*
 * Bits better left alone: of the host's default domain, and those which the kernel, from 7.1 on, would not set again
 * when the step is undone, as a matrix has queues of that adapter or domain.
 */
static void avoid_bits(struct ap_problem *p, const struct inventory *inv)
{
	if (inv->ap.default_domain >= 0)
		mask_set(&p->avoid_domains, (unsigned)inv->ap.default_domain, true);
	for (size_t i = 0; ap_is_strict(inv) && i < inv->n_mdevs; i++) {
		const struct matrix *m = inv->mdevs[i]->matrix;

		if (mask_empty(&m->adapters) || mask_empty(&m->domains))
			continue;
		p->avoid_adapters = mask_or(p->avoid_adapters, m->adapters);
		p->avoid_domains = mask_or(p->avoid_domains, m->domains);
	}
}

bool ap_torn_queue(const struct ap_side *s, apqn_t *ret)
{
	struct ap_mask domains = { 0 };

	for (unsigned a = 0; a < 256; a++)
		domains = mask_or(domains, s->hosts.of[a]);
	for (unsigned a = 0; a < 256; a++) {
		struct ap_mask torn = mask_and(s->guests.of[a], domains);
		int d = mask_next(&torn, -1);

		if (mask_empty(&s->hosts.of[a]) || d < 0)
			continue;
		*ret = APQN(a, d);
		return true;
	}
	return false;
}

int ap_masks_for(const struct inventory *inv, const struct ap_side *s,
		 const struct ap_mask *keep_domains, struct ap_mask *apmask, struct ap_mask *aqmask,
		 struct ap_loss *ret)
{
	CLEANUP(freep) apqn_t *want = NULL;
	CLEANUP(freep) apqn_t *host = NULL;
	CLEANUP(freep) unsigned *weight = NULL;
	struct ap_problem p = { .apmask = *apmask, .aqmask = *aqmask };
	struct ap_solution found = { .exact = true };
	struct qset wanted = s->guests;
	unsigned unit = 0;
	int r;

	fix_bits(&p, s, keep_domains);
	avoid_bits(&p, inv);
	keep_owned(&wanted, &p);
	found.apmask = p.apmask;
	found.aqmask = p.aqmask;
	if (qset_list(&wanted, &want, &p.n_want) < 0)
		return -ENOMEM;
	if (p.n_want) {
		if (host_queues(inv, &wanted, &p, &host, &weight, &unit) < 0)
			return -ENOMEM;
		p.want = want;
		r = ap_solve(&p, &found);
		if (r < 0)
			return r;
	}
	*apmask = found.apmask;
	*aqmask = found.aqmask;
	*ret = (struct ap_loss){ .solved = true,
				 .exact = found.exact,
				 .weight = found.lost,
				 .bound = found.bound,
				 .unit = unit };
	return 0;
}

const char *desired_loss_text(const struct desired *d, char *text, size_t size)
{
	const struct ap_loss *l = d->masks_change ? &d->loss : &d->rule_loss;
	unsigned least = l->unit ? (l->bound + l->unit - 1) / l->unit : 0;

	if (!l->solved)
		snprintf(text, size, "as the masks named say");
	else if (l->exact && l->unit)
		snprintf(text, size, "the fewest possible");
	else if (l->exact)
		snprintf(text, size, "the least possible, what works or is in use counting more");
	else if (l->unit)
		snprintf(text, size, "at least %u %s needed", least, least == 1 ? "is" : "are");
	else
		snprintf(text, size,
			 "a loss of %u, where what works or is in use counts more; at least %u is "
			 "needed",
			 l->weight, l->bound);
	return text;
}
