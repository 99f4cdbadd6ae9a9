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

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		for (size_t k = i + 1; k < d->n_mdevs && r == 0 && d->mdevs[i].is_matrix; k++)
			if (d->mdevs[k].is_matrix &&
			    strcmp(d->mdevs[i].uuid, d->mdevs[k].uuid) != 0)
				r = check(&d->mdevs[i], &d->mdevs[k], rule, f);
	return r;
}

static bool both_active(const struct d_mdev *a, const struct d_mdev *b, apqn_t *q)
{
	return a->active_then && b->active_then && matrix_meets(&a->live_then, &b->live_then, q);
}

static bool is_auto(const struct d_mdev *m)
{
	return m->defined_then && m->start_then == START_AUTO;
}

static bool both_auto(const struct d_mdev *a, const struct d_mdev *b, apqn_t *q)
{
	return is_auto(a) && is_auto(b) && matrix_meets(&a->def_then, &b->def_then, q);
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
		matrix_meets(&a->def_then, &b->def_then, &q)) ||
	       (a->defined_then && b->active_then &&
		matrix_meets(&a->def_then, &b->live_then, &q)) ||
	       (a->active_then && b->defined_then && matrix_meets(&a->live_then, &b->def_then, &q));
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

int rule_guest_loses(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);
		struct ap_mask then, lost, domains;
		char a[1024], q[1024];

		if (!m->is_matrix || !m->active_now || !m->active_then || !in_use(d, m))
			continue;
		then = guest_adapters(d, &m->live_then);
		lost = mask_minus(m->mdev->guest.adapters, then);
		domains = mask_minus(m->mdev->guest.domains, m->live_then.domains);
		if (mask_empty(&lost) && mask_empty(&domains))
			continue;
		mask_shown(&lost, false, a, sizeof(a));
		mask_shown(&domains, true, q, sizeof(q));
		r = FIND(f, rule, GRADE_PROTECTED, &dev, NULL, true, MSG_R_GUEST_LOSES, "uuid",
			 m->uuid, "adapters", *a ? a : "none", "domains", *q ? q : "none");
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

		if (!m->is_matrix || !m->active_then || mask_empty(&m->live_then.domains))
			continue;
		have = d->inv->ap.config_known
			       ? mask_and(m->live_then.adapters, d->inv->ap.adapters)
			       : m->live_then.adapters;
		dropped = mask_minus(have, guest_adapters(d, &m->live_then));
		if (mask_empty(&dropped))
			continue;
		mask_shown(&dropped, false, a, sizeof(a));
		r = FIND(f, rule, GRADE_NOTE, &dev, NULL, mdev_staged(m), MSG_R_DROPPED, "uuid",
			 m->uuid, "adapters", a);
	}
	return r;
}

/* The guest that has, or will have, a matrix; NULL: nobody, or no guest. */
static const char *guest_of(const struct desired *d, const struct d_mdev *m)
{
	struct devid dev = devid_mdev(m->uuid);
	size_t n = 0;
	const struct use *u = inventory_uses(d->inv, &dev, &n);

	for (size_t i = 0; i < n; i++)
		if (str_starts(u[i].who, "guest "))
			return u[i].who;
	return NULL;
}

int rule_guest_twice(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const char *who = d->mdevs[i].is_matrix ? guest_of(d, &d->mdevs[i]) : NULL;

		for (size_t k = i + 1; k < d->n_mdevs && r == 0 && who; k++) {
			const struct d_mdev *o = &d->mdevs[k];
			struct devid dev = devid_mdev(d->mdevs[i].uuid),
				     other = devid_mdev(o->uuid);

			if (o->is_matrix && str_eq(guest_of(d, o), who))
				r = FIND(f, rule, GRADE_CONFLICT, &dev, &other,
					 mdev_staged(&d->mdevs[i]) || mdev_staged(o),
					 MSG_R_GUEST_TWICE, "guest", who, "uuid", dev.name, "other",
					 other.name);
		}
	}
	return r;
}

/* The `matrix` attribute ends at a page: 512 queues. Without ap_config the rest can't be seen again. */
static int large(const struct desired *d, const struct d_mdev *m, const struct rule *rule,
		 struct findings *f)
{
	const struct matrix *x = m->active_then ? &m->live_then : &m->def_then;
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
		bool changes = m->active_then && !matrix_eq(&m->live_now, &m->live_then);

		if (!m->mdev || !m->mdev->matrix_cut)
			r = large(d, m, rule, f);
		else
			r = FIND(f, rule, changes ? GRADE_ERROR : GRADE_NOTE, &dev, NULL, changes,
				 MSG_R_CUT, "uuid", m->uuid);
	}
	return r;
}
