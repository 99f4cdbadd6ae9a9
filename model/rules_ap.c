/* SPDX-License-Identifier: MIT */
/* Rules about crypto: masks, overrides and what a matrix may hold. */
#include "apkernel.h"
#include "boot.h"
#include "rules_part.h"
#include "rules_table.h"

#include <stdio.h>

static const struct devid bus_dev = { BUS_AP, "apmask" };

static bool wants_queues(const struct desired *d)
{
	if (d->wish->ap.set)
		return true;
	for (size_t i = 0; i < d->n_mdevs; i++)
		if (d->mdevs[i].wish && d->mdevs[i].is_matrix &&
		    (d->mdevs[i].active_then || d->mdevs[i].defined_then))
			return true;
	return false;
}

/* Do edits change whose queues are whose, live? Then what follows from it is staged. */
static bool ap_moves(const struct desired *d)
{
	if (d->masks_change)
		return true;
	for (size_t i = 0; i < d->n_drivers; i++)
		if (d->drivers[i].dev.bus == BUS_AP && d->drivers[i].live)
			return true;
	return false;
}

int rule_ap_there(const struct desired *d, const struct rule *rule, struct findings *f)
{
	if (!wants_queues(d))
		return 0;
	if (!d->inv->ap.present)
		return FIND(f, rule, GRADE_ERROR, &bus_dev, NULL, true, MSG_NO_AP, "device",
			    bus_dev.name);
	if (!d->inv->ap.masks_known)
		return FIND(f, rule, GRADE_ERROR, &bus_dev, NULL, true, MSG_R_NO_MASKS, "device",
			    bus_dev.name);
	return 0;
}

/* Queues that overrides can't free: they are not there. */
static int absent_queues(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->wish->ap.n_guest && r == 0; i++) {
		struct devid dev = devid_queue(d->wish->ap.guest[i]);

		if (!inventory_queue(d->inv, d->wish->ap.guest[i]))
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_QUEUE_ABSENT,
				 "queue", dev.name);
	}
	return r;
}

/* A guest would lose its queues for a moment, and with them what it is doing. */
static int converted_guests(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		size_t n = 0;

		if (!m->is_matrix || !m->active_now || mask_empty(&m->ap->live_now.adapters) ||
		    mask_empty(&m->ap->live_now.domains))
			continue;
		inventory_uses(d->inv, &dev, &n);
		if (n)
			r = FIND(f, rule, GRADE_ERROR, &dev, &bus_dev, true, MSG_R_CONVERT_GUEST,
				 "uuid", m->uuid, "mode",
				 d->ap_mode == AP_MODE_OVERRIDE ? "per-queue overrides" : "masks");
	}
	return r;
}

int rule_ap_mode(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const struct wish_ap *w = &d->wish->ap;
	const struct ap_bus *ap = &d->inv->ap;
	int r;

	if (!ap->present || !ap->masks_known)
		return 0;
	if (d->converts) {
		r = FIND(f, rule, GRADE_NOTE, &bus_dev, NULL, true, MSG_R_CONVERT, "mode",
			 d->ap_mode == AP_MODE_OVERRIDE ? "per-queue overrides" : "masks");
		if (r == 0)
			r = converted_guests(d, rule, f);
		return r == 0 && d->ap_mode == AP_MODE_OVERRIDE ? absent_queues(d, rule, f) : r;
	}
	if (d->ap_mode == AP_MODE_OVERRIDE && wants_queues(d)) {
		bool full = ap_masks_full(&ap->apmask, &ap->aqmask),
		     named = w->has_apmask || w->has_aqmask;

		if (!ap->has_override)
			return FIND_ERRNO(f, ENOENT, rule, GRADE_ERROR, &bus_dev, NULL, true,
					  MSG_NO_AP_OVERRIDE, "kernel", d->inv->host.kernel);
		if (named || !full)
			return FIND_ERRNO(f, !full && ap_moves(d) ? EINVAL : 0, rule, GRADE_ERROR,
					  &bus_dev, NULL, true,
					  named ? MSG_R_MODE_OVERRIDES : MSG_R_MODE_MASKS, "device",
					  bus_dev.name);
		return absent_queues(d, rule, f);
	}
	return 0;
}

/* Which matrix wants a queue: one of those that edits concern, if there is one. NULL: none. */
static const struct d_mdev *wants(const struct desired *d, apqn_t q, bool live)
{
	const struct d_mdev *found = NULL;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !(live ? m->active_then : m->defined_then) ||
		    !matrix_has(live ? &m->ap->live_then : &m->ap->def_then, q))
			continue;
		if (!found || (m->wish && !found->wish))
			found = m;
	}
	return found;
}

/* The host's queues, named by an edit, which set both bits of one that guests want. */
static int torn_by(const struct desired *d, struct buf *b)
{
	const struct wish_ap *w = &d->wish->ap;
	int r = 0;

	for (size_t i = 0; i < w->n_host && r == 0; i++)
		if (APQN_CARD(w->host[i]) == APQN_CARD(d->torn) ||
		    APQN_DOM(w->host[i]) == APQN_DOM(d->torn))
			r = buf_printf(b, "%s%s", b->len ? " " : "", devid_queue(w->host[i]).name);
	return r;
}

int rule_unsolved(const struct desired *d, const struct rule *rule, struct findings *f)
{
	CLEANUP(buf_done) struct buf hosts = { 0 };
	struct devid queue = devid_queue(d->torn), matrix;
	const struct d_mdev *m;
	char who[64] = "an edit";

	if (!d->unsolved && !d->rule_unsolved)
		return 0;
	m = wants(d, d->torn, d->unsolved);
	if (m) {
		matrix = devid_mdev(m->uuid);
		snprintf(who, sizeof(who), "matrix %s", m->uuid);
	}
	if (torn_by(d, &hosts) < 0)
		return -ENOMEM;
	return FIND(f, rule, GRADE_ERROR, &queue, m ? &matrix : NULL, true, MSG_R_UNSOLVED, "when",
		    d->unsolved ? "now" : "at the next boot", "queue", queue.name, "who", who,
		    "hosts", buf_str(&hosts));
}

/* -- what a single matrix may hold -- */

/* A queue of a matrix that is reserved; false: none. Control domains are never looked at. */
static bool reserved_queue(const struct desired *d, const struct matrix *m,
			   bool (*reserved)(const struct desired *d, apqn_t q), apqn_t *ret)
{
	for (int a = mask_next(&m->adapters, -1); a >= 0; a = mask_next(&m->adapters, a))
		for (int q = mask_next(&m->domains, -1); q >= 0; q = mask_next(&m->domains, q))
			if (reserved(d, APQN(a, q))) {
				*ret = APQN(a, q);
				return true;
			}
	return false;
}

static bool ahead(const struct desired *d, apqn_t q)
{
	return d->ap_mode == AP_MODE_OVERRIDE && !inventory_queue(d->inv, q);
}

static int host_owned(const struct desired *d, const struct d_mdev *m, const struct rule *rule,
		      struct findings *f)
{
	struct devid dev = devid_mdev(m->uuid), queue;
	bool live = m->active_then && (!m->active_now || m->restart || ap_moves(d) ||
				       !matrix_eq(&m->ap->live_now, &m->ap->live_then));
	apqn_t q;
	int r = 0;

	if (live && reserved_queue(d, &m->ap->live_then, ap_reserved_then, &q)) {
		queue = devid_queue(q);
		r = FIND_ERRNO(f, EADDRNOTAVAIL, rule, GRADE_ERROR, &dev, &queue,
			       mdev_staged(m) || ap_moves(d),
			       ahead(d, q) ? MSG_R_AHEAD : MSG_R_HOST_OWNED, "uuid", m->uuid,
			       "queue", queue.name);
	}
	if (r == 0 && m->defined_then && m->start_then == START_AUTO &&
	    reserved_queue(d, &m->ap->def_then, ap_reserved_boot, &q)) {
		bool staged = (m->wish && m->wish->reach.persist) || d->rule_change;

		queue = devid_queue(q);
		r = FIND(f, rule, staged ? GRADE_ERROR : GRADE_NOTE, &dev, &queue, staged,
			 ahead(d, q) ? MSG_R_AHEAD : MSG_R_HOST_OWNED_BOOT, "uuid", m->uuid,
			 "queue", queue.name);
	}
	return r;
}

int rule_host_owned(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	if (!d->inv->ap.present || !d->inv->ap.masks_known)
		return 0;
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		if (d->mdevs[i].is_matrix)
			r = host_owned(d, &d->mdevs[i], rule, f);
	return r;
}

static int highest(const struct ap_mask *m)
{
	int last = -1;

	for (int i = mask_next(m, -1); i >= 0; i = mask_next(m, i))
		last = i;
	return last;
}

static int check_range(const struct desired *d, const struct d_mdev *m, const struct matrix *x,
		       const struct rule *rule, struct findings *f)
{
	const struct ap_bus *ap = &d->inv->ap;
	int adapter = highest(&x->adapters),
	    domain = MAX(highest(&x->domains), highest(&x->control));
	struct devid dev = devid_mdev(m->uuid);
	char id[16], max[16];
	bool which = adapter > ap->max_adapter;

	if (!which && domain <= ap->max_domain)
		return 0;
	snprintf(id, sizeof(id), "0x%x", (unsigned)(which ? adapter : domain));
	snprintf(max, sizeof(max), "0x%x", (unsigned)(which ? ap->max_adapter : ap->max_domain));
	return FIND_ERRNO(f, m->active_then && x == &m->ap->live_then ? ENODEV : 0, rule,
			  GRADE_ERROR, &dev, NULL, mdev_staged(m), MSG_R_RANGE, "uuid", m->uuid,
			  "what", which ? "adapter" : "domain", "id", id, "max", max);
}

int rule_range(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0 && d->inv->ap.present; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix)
			continue;
		r = check_range(d, m, m->active_then ? &m->ap->live_then : &m->ap->def_then, rule,
				f);
		if (r == 0 && m->active_then && m->defined_then &&
		    !matrix_eq(&m->ap->live_then, &m->ap->def_then))
			r = check_range(d, m, &m->ap->def_then, rule, f);
	}
	return r;
}

int rule_granted(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const struct ap_bus *ap = &d->inv->ap;
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0 && ap->config_known; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		const struct matrix *x = m->active_then ? &m->ap->live_then : &m->ap->def_then;
		struct ap_mask adapters = mask_minus(x->adapters, ap->adapters);
		struct ap_mask domains = mask_minus(x->domains, ap->domains);
		struct devid dev = devid_mdev(m->uuid);
		char a[1024], q[1024], what[2080];

		if (!m->is_matrix || (!m->active_then && !m->defined_then) ||
		    (mask_empty(&adapters) && mask_empty(&domains)))
			continue;
		mask_shown(&adapters, false, a, sizeof(a));
		mask_shown(&domains, true, q, sizeof(q));
		snprintf(what, sizeof(what), "%s%s%s%s%s", *a ? "adapters " : "", a,
			 *a && *q ? ", " : "", *q ? "domains " : "", q);
		r = FIND(f, rule, GRADE_NOTE, &dev, NULL, mdev_staged(m), MSG_R_GRANTED, "uuid",
			 m->uuid, "ids", what);
	}
	return r;
}

int rule_control(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		const struct matrix *x = m->defined_then ? &m->ap->def_then : &m->ap->live_then;
		struct devid dev = devid_mdev(m->uuid);

		if (!m->is_matrix || (!m->defined_then && !m->active_then) ||
		    mask_empty(&x->control) || !mask_empty(&x->domains))
			continue;
		r = FIND(f, rule,
			 m->defined_then && m->start_then == START_AUTO ? GRADE_ERROR : GRADE_NOTE,
			 &dev, NULL, mdev_staged(m), MSG_R_CONTROL, "uuid", m->uuid);
	}
	return r;
}

/* -- masks -- */

/* Does the aqmask take this domain from the host, now or at the next boot? */
static bool takes_domain(const struct desired *d, unsigned dom)
{
	const struct ap_rule *rule = &d->inv->ap_rule;
	bool kept = rule->present && rule->has_aqmask ? mask_has(&rule->aqmask, dom) : true;

	return (d->masks_change && mask_has(&d->inv->ap.aqmask, dom) &&
		!mask_has(&d->aqmask_then, dom)) ||
	       (d->rule_change && kept && d->rule_has_aqmask && !mask_has(&d->rule_aqmask, dom));
}

int rule_default_domain(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int dom = d->inv->ap.default_domain;
	struct devid dev = { BUS_AP, "aqmask" }, matrix;
	const struct d_mdev *m = NULL;
	char text[32];

	if (dom < 0 || !takes_domain(d, (unsigned)dom))
		return 0;
	for (unsigned a = 0; a < 256 && !m; a++)
		m = wants(d, APQN(a, dom), d->masks_change);
	if (m)
		matrix = devid_mdev(m->uuid);
	snprintf(text, sizeof(text), "%04x", (unsigned)dom & 0xff);
	return FIND(f, rule, GRADE_NOTE, &dev, m ? &matrix : NULL, true, MSG_R_DEFAULT_DOMAIN,
		    "domain", text, "who", m ? m->uuid : "an edit of the masks or queues");
}

struct matrix reclaimed_bits(const struct desired *d, const struct d_mdev *m)
{
	struct matrix back = { 0 };

	if (!d->masks_change || d->converts || !ap_is_strict(d->inv) || !m->is_matrix ||
	    !m->active_now || !m->active_then || mask_empty(&m->ap->live_then.adapters) ||
	    mask_empty(&m->ap->live_then.domains))
		return back;
	back.adapters = mask_minus(d->apmask_then, d->inv->ap.apmask);
	back.adapters = mask_and(back.adapters, m->ap->live_then.adapters);
	back.domains = mask_minus(d->aqmask_then, d->inv->ap.aqmask);
	back.domains = mask_and(back.domains, m->ap->live_then.domains);
	return back;
}

/*
 * From 7.1 on a bit can't be set while a matrix has a queue of that adapter or domain, whatever the other mask says. An
 * idle matrix can let go meanwhile; a guest's can't. Earlier kernels refuse only what rule_host_owned sees.
 */
int rule_reclaim(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct matrix back = reclaimed_bits(d, m);
		struct devid dev = devid_mdev(m->uuid);
		char a[1024], q[1024];
		const struct use *u;
		size_t n = 0;

		if (mask_empty(&back.adapters) && mask_empty(&back.domains))
			continue;
		mask_shown(&back.adapters, false, a, sizeof(a));
		mask_shown(&back.domains, true, q, sizeof(q));
		u = inventory_uses(d->inv, &dev, &n);
		r = FIND(f, rule, n ? GRADE_ERROR : GRADE_NOTE, &dev, &bus_dev, true,
			 n ? MSG_R_RECLAIM : MSG_R_RECLAIM_IDLE, "uuid", m->uuid, "guest",
			 n ? u[0].who : "", "adapters", *a ? a : "none", "domains",
			 *q ? q : "none");
	}
	return r;
}

int rule_lost(const struct desired *d, const struct rule *rule, struct findings *f)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char more[32] = "", least[160], n[24];

	if (!d->n_lost)
		return 0;
	for (size_t i = 0; i < d->n_lost && i < 12; i++)
		if (buf_printf(&b, "%s%s", i ? " " : "", devid_queue(d->lost[i]).name) < 0)
			return -ENOMEM;
	if (d->n_lost > 12)
		snprintf(more, sizeof(more), " and %zu more", d->n_lost - 12);
	if (buf_adds(&b, more) < 0)
		return -ENOMEM;
	snprintf(n, sizeof(n), "%zu", d->n_lost);
	return FIND(f, rule, GRADE_NOTE, &bus_dev, NULL, true, MSG_R_LOST, "queues", buf_str(&b),
		    "n", n, "fewest", desired_loss_text(d, least, sizeof(least)));
}

/* What overrides cost that masks do not: the tools of a boot do not know them. */
int rule_override_boot(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0 && d->ap_mode == AP_MODE_OVERRIDE; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		struct boot_mdev boot;

		if (!m->is_matrix || !m->defined_then || m->start_then != START_AUTO)
			continue;
		boot_mdev(d, m, &boot);
		if (boot.active != BOOT_YES)
			r = FIND(f, rule, GRADE_NOTE, &dev, NULL, d->converts || mdev_staged(m),
				 MSG_R_OVERRIDE_BOOT, "uuid", m->uuid, "does",
				 boot.active == BOOT_NO ? "will not start" : "may not start", "why",
				 boot.why);
	}
	return r;
}

/* A file that overrides a queue which is gone: the queue may have vanished with its override set. */
int rule_leak(const struct desired *d, const struct rule *rule, struct findings *f)
{
	if (!d->inv->ap.has_override || ap_overrides_in_force(d->inv) || !d->masks_change)
		return 0;
	for (size_t i = 0; i < d->inv->n_overrides; i++) {
		const struct devid *dev = &d->inv->overrides[i].dev;
		apqn_t q;

		if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0 &&
		    !inventory_queue(d->inv, q))
			return FIND(f, rule, GRADE_NOTE, &bus_dev, dev, true, MSG_R_LEAK, "queue",
				    dev->name);
	}
	return 0;
}
