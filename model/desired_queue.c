/* SPDX-License-Identifier: MIT */
/* Whose a queue is: now, after the commit, after the next boot. */
#include "desired_parts.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "ap.apmask=0x..." of the kernel command line, applied to *m. */
static void command_line_mask(const char *cmdline, const char *key, struct ap_mask *m)
{
	char value[1024];

	for (const char *p = cmdline; p && *p;) {
		size_t n = strcspn(p, " \t\n");

		if (str_starts(p, key) && n - strlen(key) < sizeof(value)) {
			snprintf(value, sizeof(value), "%.*s", (int)(n - strlen(key)),
				 p + strlen(key));
			mask_parse(value, m);
		}
		p += n;
		p += strspn(p, " \t\n");
	}
}

void ap_masks_boot(const struct desired *d, struct ap_mask *ret_apmask, struct ap_mask *ret_aqmask)
{
	*ret_apmask = *ret_aqmask = mask_all();
	command_line_mask(d->inv->host.cmdline, "ap.apmask=", ret_apmask);
	command_line_mask(d->inv->host.cmdline, "ap.aqmask=", ret_aqmask);
	if (d->rule_has_apmask)
		*ret_apmask = d->rule_apmask;
	if (d->rule_has_aqmask)
		*ret_aqmask = d->rule_aqmask;
}

/* -- the index -- */

static void masked(struct qset *s, const struct ap_mask *ap, const struct ap_mask *aq)
{
	for (int a = mask_next(ap, -1); a >= 0; a = mask_next(ap, a))
		s->of[a] = *aq;
}

static void free_one(struct qset *s, apqn_t q)
{
	mask_set(&s->of[APQN_CARD(q)], APQN_DOM(q), false);
}

/*
 * With full masks and per-queue overrides a queue is the guests' only when its override says so and it is bound
 * accordingly; one that isn't there is always the host's.
 */
static bool freed(const char *override, const char *driver)
{
	return str_eq(override, "vfio_ap") && str_eq(driver, "vfio_ap");
}

/* Queues whose record of drivers says what they will be. */
static void index_drivers(const struct desired *d, const struct ap_mask *apmask,
			  const struct ap_mask *aqmask)
{
	for (size_t i = 0; i < d->n_drivers; i++) {
		const struct d_driver *r = &d->drivers[i];
		apqn_t q;

		if (r->dev.bus != BUS_AP || apqn_parse(r->dev.name, &q) < 0)
			continue;
		mask_set(&d->index->then.of[APQN_CARD(q)], APQN_DOM(q),
			 !freed(r->override_then, r->then) &&
				 mask_has(&d->apmask_then, APQN_CARD(q)) &&
				 mask_has(&d->aqmask_then, APQN_DOM(q)));
		mask_set(&d->index->boot.of[APQN_CARD(q)], APQN_DOM(q),
			 !(str_eq(r->file_then, "vfio_ap") && d->inv->ap.has_override &&
			   ap_masks_full(apmask, aqmask)) &&
				 mask_has(apmask, APQN_CARD(q)) && mask_has(aqmask, APQN_DOM(q)));
	}
}

int ap_index_build(struct desired *d)
{
	const struct inventory *inv = d->inv;
	struct ap_index *x = calloc(1, sizeof(*x));
	struct ap_mask ap, aq;
	apqn_t q;

	if (!x)
		return -ENOMEM;
	free(d->index);
	d->index = x;
	ap_masks_boot(d, &ap, &aq);
	masked(&x->now, &inv->ap.apmask, &inv->ap.aqmask);
	masked(&x->then, &d->apmask_then, &d->aqmask_then);
	masked(&x->boot, &ap, &aq);
	for (size_t i = 0; i < inv->n_queues; i++) {
		const struct ap_queue *v = inv->queues[i];

		qset_add(&x->present, v->id);
		if (!v->override || !freed(v->override, v->driver))
			continue;
		free_one(&x->now, v->id);
		free_one(&x->then, v->id);
	}
	/* driverctl writes an override only where the kernel takes it: with full masks. */
	for (size_t i = 0; i < inv->n_overrides && inv->ap.has_override; i++)
		if (inv->overrides[i].dev.bus == BUS_AP && ap_masks_full(&ap, &aq) &&
		    str_eq(inv->overrides[i].driver, "vfio_ap") &&
		    apqn_parse(inv->overrides[i].dev.name, &q) == 0)
			free_one(&x->boot, q);
	index_drivers(d, &ap, &aq);
	return 0;
}

static bool in_index(const struct ap_index *x, apqn_t q, size_t which)
{
	return qset_has((const struct qset *)(const void *)((const char *)x + which), q);
}

/* A desired that nobody built in full (a test's) has no index: one is made for the question. */
static bool reserved(const struct desired *d, apqn_t q, size_t which)
{
	struct desired asked;
	bool found;

	if (d->index)
		return in_index(d->index, q, which);
	asked = *d;
	if (ap_index_build(&asked) < 0)
		return true;
	found = in_index(asked.index, q, which);
	free(asked.index);
	return found;
}

bool ap_reserved_now(const struct desired *d, apqn_t q)
{
	return reserved(d, q, offsetof(struct ap_index, now));
}

bool ap_reserved_then(const struct desired *d, apqn_t q)
{
	return reserved(d, q, offsetof(struct ap_index, then));
}

bool ap_reserved_boot(const struct desired *d, apqn_t q)
{
	return reserved(d, q, offsetof(struct ap_index, boot));
}

static enum owner owner_of(const struct desired *d, apqn_t q,
			   bool (*is_reserved)(const struct desired *d, apqn_t q))
{
	const struct ap_queue *queue;

	if (d->index ? !qset_has(&d->index->present, q) : !inventory_queue(d->inv, q))
		return OWNER_NONE;
	if (d->inv->ap.masks_known)
		return is_reserved(d, q) ? OWNER_HOST : OWNER_GUESTS;
	queue = inventory_queue(d->inv, q);
	return !queue || !queue->driver		  ? OWNER_NONE
	       : str_eq(queue->driver, "vfio_ap") ? OWNER_GUESTS
						  : OWNER_HOST;
}

enum owner desired_queue_now(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_now);
}

enum owner desired_queue_then(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_then);
}

enum owner desired_queue_boot(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_boot);
}
