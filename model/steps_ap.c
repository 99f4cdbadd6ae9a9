/* SPDX-License-Identifier: MIT */
/*
 * Crypto: what running matrices let go of, and what they get.
 */
#include "steps.h"

#include <stdio.h>
#include <string.h>

char *matrix_text(const struct matrix *m, char text[static MATRIX_TEXT])
{
	char a[MASK_TEXT], d[MASK_TEXT], c[MASK_TEXT];

	snprintf(text, MATRIX_TEXT, "%s,%s,%s", mask_text(&m->adapters, a),
		 mask_text(&m->domains, d), mask_text(&m->control, c));
	return text;
}

struct matrix matrix_common(const struct matrix *a, const struct matrix *b)
{
	return (struct matrix){ mask_and(a->adapters, b->adapters),
				mask_and(a->domains, b->domains), a->control };
}

/* The three sets of a matrix, as the kernel's attributes name them. */
static struct ap_mask *part(struct matrix *m, int which)
{
	return which == 0 ? &m->adapters : which == 1 ? &m->domains : &m->control;
}

static const char *const part_name[] = { "adapter", "domain", "control_domain" };

struct step *step_assign(struct planner *p, const struct devid *dev, const char *part, unsigned id,
			 bool on)
{
	bool control = !strcmp(part, "control_domain");
	char decimal[24] = "";

	if (id > 9)
		snprintf(decimal, sizeof(decimal), " (decimal %u)", id);
	return step_new(p, STEP_ATTR, dev, "%s %s %0*x%s %s matrix %s", on ? "assign" : "unassign",
			control ? "control domain" : part, !strcmp(part, "adapter") ? 2 : 4, id,
			decimal, on ? "to" : "from", dev->name);
}

static void assign_one(struct planner *p, const struct d_mdev *m, struct matrix *cur, int which,
		       int id, bool on, const char *reason)
{
	struct devid dev = { .bus = BUS_MDEV };
	char value[16];
	struct step *s;

	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	snprintf(value, sizeof(value), "%d", id);
	s = step_assign(p, &dev, part_name[which], (unsigned)id, on);
	act_set(p, &s->undo, value, "/sys/bus/mdev/devices/%s/%sassign_%s", m->uuid, on ? "un" : "",
		part_name[which]);
	act_expect_matrix(p, &s->undo, cur, m->uuid);
	mask_set(part(cur, which), (unsigned)id, on);
	act_set(p, &s->act, value, "/sys/bus/mdev/devices/%s/%sassign_%s", m->uuid, on ? "" : "un",
		part_name[which]);
	act_expect_matrix(p, &s->act, cur, m->uuid);
	step_reason(p, s, "%s", reason);
}

/* First what leaves, then what comes: no step on the way has a queue that neither end has. */
static void one_by_one(struct planner *p, const struct d_mdev *m, const struct matrix *from,
		       const struct matrix *to, const char *reason)
{
	struct matrix cur = *from, goal = *to;

	for (int on = 0; on <= 1; on++) {
		for (int which = 0; which < 3; which++) {
			struct ap_mask todo =
				on ? mask_minus(*part(&goal, which), *part(&cur, which))
				   : mask_minus(*part(&cur, which), *part(&goal, which));

			for (int id = mask_next(&todo, -1); id >= 0; id = mask_next(&todo, id))
				assign_one(p, m, &cur, which, id, on, reason);
		}
	}
}

static void at_once(struct planner *p, const struct d_mdev *m, const struct matrix *from,
		    const struct matrix *to, const char *reason)
{
	struct devid dev = { .bus = BUS_MDEV };
	char text[MATRIX_TEXT + 1];
	struct step *s;

	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	s = step_new(p, STEP_ATTR, &dev, "%s matrix %s",
		     mask_empty(&to->adapters) && mask_empty(&to->domains) ? "empty" : "change",
		     m->uuid);
	strcat(matrix_text(to, text), "\n");
	act_set(p, &s->act, text, "/sys/bus/mdev/devices/%s/ap_config", m->uuid);
	act_expect_matrix(p, &s->act, to, m->uuid);
	strcat(matrix_text(from, text), "\n");
	act_set(p, &s->undo, text, "/sys/bus/mdev/devices/%s/ap_config", m->uuid);
	act_expect_matrix(p, &s->undo, from, m->uuid);
	step_reason(p, s, "%s", reason);
}

void steps_matrix_to(struct planner *p, const struct d_mdev *m, const struct matrix *from,
		     const struct matrix *to, const char *reason)
{
	if (matrix_eq(from, to))
		return;
	/* Only one write changes a matrix without a guest seeing what is in between. */
	if (p->d->inv->ap.has_ap_config)
		at_once(p, m, from, to, reason);
	else
		one_by_one(p, m, from, to, reason);
}

/* A matrix that runs before and after. */
static bool stays(const struct desired *d, const struct d_mdev *m)
{
	return m->is_matrix && m->active_now && m->active_then && !mdev_stops(d, m);
}

static bool clears_override(const struct desired *d)
{
	for (size_t i = 0; i < d->n_drivers; i++)
		if (d->drivers[i].dev.bus == BUS_AP && d->drivers[i].live &&
		    !d->drivers[i].override_then)
			return true;
	return false;
}

static bool host_gains(const struct desired *d)
{
	struct ap_mask a = mask_minus(d->apmask_then, d->inv->ap.apmask);
	struct ap_mask q = mask_minus(d->aqmask_then, d->inv->ap.aqmask);

	return (d->masks_change && !(mask_empty(&a) && mask_empty(&q))) || clears_override(d);
}

bool matrix_release_early(const struct desired *d, const struct d_mdev *m)
{
	struct ap_mask a = mask_minus(m->ap->live_now.adapters, m->ap->live_then.adapters);
	struct ap_mask q = mask_minus(m->ap->live_now.domains, m->ap->live_then.domains);

	if (!stays(d, m))
		return false;
	if (d->converts)
		return !mask_empty(&m->ap->live_now.adapters) ||
		       !mask_empty(&m->ap->live_now.domains);
	if (mask_empty(&a) && mask_empty(&q))
		return false;
	if (host_gains(d))
		return true;
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *o = &d->mdevs[i];

		if (o != m && o->is_matrix && o->active_then &&
		    matrix_meets(&o->ap->live_then, &m->ap->live_now, NULL))
			return true;
	}
	return false;
}

struct matrix matrix_meanwhile(const struct desired *d, const struct d_mdev *m)
{
	if (!matrix_release_early(d, m))
		return m->ap->live_now;
	if (d->converts)
		return (struct matrix){ .control = m->ap->live_now.control };
	return matrix_common(&m->ap->live_now, &m->ap->live_then);
}

void steps_matrix_release(struct planner *p)
{
	for (size_t i = 0; i < p->d->n_mdevs; i++) {
		const struct d_mdev *m = &p->d->mdevs[i];
		struct matrix less;

		if (!matrix_release_early(p->d, m))
			continue;
		plan_block(p);
		less = matrix_meanwhile(p->d, m);
		steps_matrix_to(
			p, m, &m->ap->live_now, &less,
			"its queues must be free before the host or another matrix can have them");
	}
}

void steps_matrix_assign(struct planner *p)
{
	for (size_t i = 0; i < p->d->n_mdevs; i++) {
		const struct d_mdev *m = &p->d->mdevs[i];
		struct matrix from = matrix_meanwhile(p->d, m);

		if (!stays(p->d, m))
			continue;
		plan_block(p);
		steps_matrix_to(p, m, &from, &m->ap->live_then,
				"the guest gets and loses these queues at once");
	}
}
