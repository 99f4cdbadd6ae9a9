/* SPDX-License-Identifier: MIT */
/* Rules about matrices among each other, and about the guests that have them. */
#include "rules_part.h"
#include "rules_table.h"

#include <stdio.h>

static int shared(const struct d_mdev *a, const struct d_mdev *b, apqn_t q, enum grade g,
		  enum msg_id id, const struct rule *rule, struct findings *f)
{
	struct devid dev = devid_mdev(a->uuid), other = devid_mdev(b->uuid), queue = devid_queue(q);

	return FIND_ERRNO(f, id == MSG_R_SHARED_ACTIVE ? EADDRINUSE : 0, rule, g, &dev, &other,
			  mdev_staged(a) || mdev_staged(b), id, "uuid", a->uuid, "other", b->uuid,
			  "queue", queue.name);
}

/* Calls check for each pair of matrices, in order. */
static int pairs(const struct desired *d, const struct rule *rule, struct findings *f,
		 int (*check)(const struct d_mdev *a, const struct d_mdev *b,
			      const struct rule *rule, struct findings *f))
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		size_t k = i + 1;

		while (k < d->n_mdevs && !strcmp(d->mdevs[i].uuid, d->mdevs[k].uuid))
			k++; /* the same one on another parent */
		for (; k < d->n_mdevs && r == 0 && d->mdevs[i].is_matrix; k++)
			if (d->mdevs[k].is_matrix)
				r = check(&d->mdevs[i], &d->mdevs[k], rule, f);
	}
	return r;
}

static bool both_active(const struct d_mdev *a, const struct d_mdev *b, apqn_t *q)
{
	return a->active_then && b->active_then &&
	       matrix_meets(&a->ap->live_then, &b->ap->live_then, q);
}

static bool is_auto(const struct d_mdev *m)
{
	return m->defined_then && m->start_then == START_AUTO;
}

static bool both_auto(const struct d_mdev *a, const struct d_mdev *b, apqn_t *q)
{
	return is_auto(a) && is_auto(b) && matrix_meets(&a->ap->def_then, &b->ap->def_then, q);
}

static int pair_active(const struct d_mdev *a, const struct d_mdev *b, const struct rule *rule,
		       struct findings *f)
{
	apqn_t q;

	return both_active(a, b, &q) ? shared(a, b, q, GRADE_ERROR, MSG_R_SHARED_ACTIVE, rule, f)
				     : 0;
}

int rule_shared_active(const struct desired *d, const struct rule *rule, struct findings *f)
{
	return pairs(d, rule, f, pair_active);
}

static int pair_auto(const struct d_mdev *a, const struct d_mdev *b, const struct rule *rule,
		     struct findings *f)
{
	apqn_t q;

	return both_auto(a, b, &q) ? shared(a, b, q, GRADE_ERROR, MSG_R_SHARED_AUTO, rule, f) : 0;
}

int rule_shared_auto(const struct desired *d, const struct rule *rule, struct findings *f)
{
	return pairs(d, rule, f, pair_auto);
}

/* One of the two could not be started while the other runs: a backup may be meant. */
static int pair_defined(const struct d_mdev *a, const struct d_mdev *b, const struct rule *rule,
			struct findings *f)
{
	apqn_t q;
	bool meet;

	if (both_active(a, b, &q) || both_auto(a, b, &q))
		return 0;
	meet = (a->defined_then && b->defined_then &&
		matrix_meets(&a->ap->def_then, &b->ap->def_then, &q)) ||
	       (a->defined_then && b->active_then &&
		matrix_meets(&a->ap->def_then, &b->ap->live_then, &q)) ||
	       (a->active_then && b->defined_then &&
		matrix_meets(&a->ap->live_then, &b->ap->def_then, &q));
	return meet ? shared(a, b, q, GRADE_CONFLICT, MSG_R_SHARED, rule, f) : 0;
}

int rule_shared_defined(const struct desired *d, const struct rule *rule, struct findings *f)
{
	return pairs(d, rule, f, pair_defined);
}

/* -- guests -- */

static bool in_use(const struct desired *d, const struct d_mdev *m)
{
	struct devid dev = devid_mdev(m->uuid);
	size_t n = 0;

	inventory_uses(d->inv, &dev, &n);
	return n > 0;
}

/*
 * What a guest gets (vfio_ap_mdev_filter_matrix): of the matrix what the LPAR has, without each adapter of which one queue
 * is not bound to vfio_ap.
 */
static struct ap_mask guest_adapters(const struct desired *d, const struct matrix *m)
{
	struct matrix x = *m;
	struct ap_mask kept;

	if (d->inv->ap.config_known) {
		x.adapters = mask_and(x.adapters, d->inv->ap.adapters);
		x.domains = mask_and(x.domains, d->inv->ap.domains);
	}
	kept = x.adapters;
	for (int a = mask_next(&x.adapters, -1); a >= 0; a = mask_next(&x.adapters, a))
		for (int q = mask_next(&x.domains, -1); q >= 0; q = mask_next(&x.domains, q))
			if (desired_queue_then(d, APQN(a, q)) != OWNER_GUESTS)
				mask_set(&kept, (unsigned)a, false);
	return kept;
}

/* Who has it open: "guest db1", "a guest"; several with commas. */
static void users_of(const struct desired *d, const struct d_mdev *m, char *text, size_t size)
{
	struct devid dev = devid_mdev(m->uuid);
	size_t n = 0, len = 0;
	const struct use *u = inventory_uses(d->inv, &dev, &n);

	text[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : "", u[i].who);
}

int rule_guest_loses(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		struct ap_mask then, lost, domains, control;
		char a[1024], q[1024], k[1024], who[160];

		if (!m->is_matrix || !m->active_now || !m->active_then || !in_use(d, m))
			continue;
		then = guest_adapters(d, &m->ap->live_then);
		lost = mask_minus(m->mdev->guest->adapters, then);
		domains = mask_minus(m->mdev->guest->domains, m->ap->live_then.domains);
		control = mask_minus(m->mdev->guest->control, m->ap->live_then.control);
		if (mask_empty(&lost) && mask_empty(&domains) && mask_empty(&control))
			continue;
		mask_shown(&lost, false, a, sizeof(a));
		mask_shown(&domains, true, q, sizeof(q));
		mask_shown(&control, true, k, sizeof(k));
		users_of(d, m, who, sizeof(who));
		r = FIND(f, rule, GRADE_PROTECTED, &dev, NULL, true, MSG_R_GUEST_LOSES, "uuid",
			 m->uuid, "guest", who, "adapters", *a ? a : "none", "domains",
			 *q ? q : "none", "control", *k ? k : "none");
	}
	return r;
}

int rule_incomplete(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0 && d->inv->ap.present; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		struct ap_mask have, dropped;
		char a[1024];

		if (!m->is_matrix || !m->active_then || mask_empty(&m->ap->live_then.domains))
			continue;
		have = d->inv->ap.config_known
			       ? mask_and(m->ap->live_then.adapters, d->inv->ap.adapters)
			       : m->ap->live_then.adapters;
		dropped = mask_minus(have, guest_adapters(d, &m->ap->live_then));
		if (mask_empty(&dropped))
			continue;
		mask_shown(&dropped, false, a, sizeof(a));
		r = FIND(f, rule, GRADE_NOTE, &dev, NULL, mdev_staged(m), MSG_R_DROPPED, "uuid",
			 m->uuid, "adapters", a);
	}
	return r;
}

/* -- one guest, more than one matrix -- */

struct has {
	const char *who;
	const struct d_mdev *mdev;
	bool running;
};

static int has_cmp(const void *a, const void *b)
{
	const struct has *x = a, *y = b;
	int c = strcmp(x->who, y->who);

	if (c == 0)
		c = strcmp(x->mdev->uuid, y->mdev->uuid);
	return c ? c : (int)y->running - (int)x->running;
}

static const struct d_mdev *matrix_by(const struct desired *d, const char *uuid)
{
	const struct d_mdev *m = desired_mdev(d, uuid, NULL);

	return m && m->is_matrix && (m->active_then || m->defined_then) ? m : NULL;
}

/* Who has which matrix: running guests, and those that are defined so. */
static size_t who_has(const struct desired *d, struct has *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < d->inv->n_uses; i++) {
		const struct use *u = &d->inv->uses[i];
		const struct d_mdev *m = u->dev.bus == BUS_MDEV && str_starts(u->who, "guest ")
						 ? matrix_by(d, u->dev.name)
						 : NULL;

		if (m)
			ret[n++] = (struct has){ u->who, m, true };
	}
	for (size_t i = 0; i < d->inv->n_guest_defs; i++) {
		const struct d_mdev *m = matrix_by(d, d->inv->guest_defs[i].uuid);

		if (m)
			ret[n++] = (struct has){ d->inv->guest_defs[i].guest, m, false };
	}
	if (n)
		qsort(ret, n, sizeof(*ret), has_cmp);
	return n;
}

int rule_guest_twice(const struct desired *d, const struct rule *rule, struct findings *f)
{
	CLEANUP(freep)
	struct has *all = calloc(d->inv->n_uses + d->inv->n_guest_defs + 1, sizeof(*all));
	size_t n = all ? who_has(d, all) : 0, first = 0;
	int r = all ? 0 : -ENOMEM;

	/* Each matrix beside the guest's first one; a running one that is defined too comes twice. */
	for (size_t i = 1; i < n && r == 0; i++) {
		struct devid dev, other = devid_mdev(all[i].mdev->uuid);
		bool same = strcmp(all[i].who, all[first].who) == 0;

		if (!same)
			first = i;
		if (!same || all[i].mdev == all[i - 1].mdev)
			continue;
		dev = devid_mdev(all[first].mdev->uuid);
		r = FIND(f, rule, GRADE_CONFLICT, &dev, &other,
			 mdev_staged(all[first].mdev) || mdev_staged(all[i].mdev),
			 MSG_R_GUEST_TWICE, "guest", all[i].who, "uuid", dev.name, "other",
			 other.name);
	}
	return r;
}

/* The `matrix` attribute ends at a page: 512 queues. Without ap_config the rest can't be seen again. */
static int large(const struct desired *d, const struct d_mdev *m, const struct rule *rule,
		 struct findings *f)
{
	const struct matrix *x = m->active_then ? &m->ap->live_then : &m->ap->def_then;
	size_t n = (size_t)mask_count(&x->adapters) * mask_count(&x->domains);
	struct devid dev = devid_mdev(m->uuid);
	char text[24];

	if (!m->is_matrix || d->inv->ap.has_ap_config || n <= 512 ||
	    (!m->active_then && !m->defined_then))
		return 0;
	snprintf(text, sizeof(text), "%zu", n);
	return FIND(f, rule, GRADE_NOTE, &dev, NULL, mdev_staged(m), MSG_R_LARGE, "uuid", m->uuid,
		    "n", text);
}

int rule_cut(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		bool changes = m->active_then && !matrix_eq(&m->ap->live_now, &m->ap->live_then);

		if (!m->mdev || !m->mdev->matrix_cut)
			r = large(d, m, rule, f);
		else
			r = FIND(f, rule, changes ? GRADE_ERROR : GRADE_NOTE, &dev, NULL, changes,
				 MSG_R_CUT, "uuid", m->uuid);
	}
	return r;
}
