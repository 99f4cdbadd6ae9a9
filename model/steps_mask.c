/* SPDX-License-Identifier: MIT */
/*
 * apmask and aqmask: two writes that are not one, and kernels that refuse to take a bit back which they have given.
 *
 * Each way from one pair of masks to the other is tried on the kernel's own rule, forwards and backwards, before one
 * is chosen; a matrix that stands in the way of undoing and that nobody uses lets go of its queues meanwhile.
 */
#include "apkernel.h"
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mask_name[] = { "apmask", "aqmask" };

enum { WAY_MAX = 4 };

/* A way: up to four writes. */
struct way {
	size_t n;
	int which[WAY_MAX];
	struct ap_mask to[WAY_MAX];
	/* what became of trying it */
	size_t refused; /* writes, by `by` */
	size_t stuck;	/* undos, by `by` */
	bool stuck_at[WAY_MAX];
	size_t detours; /* states in which the host has what it has neither before nor after */
	size_t by;
};

static void way_add(struct way *w, int which, struct ap_mask to, const struct ap_mask *before)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->which[i] == which)
			before = &w->to[i];
	if (mask_eq(before, &to))
		return;
	w->which[w->n] = which;
	w->to[w->n++] = to;
}

/* Is there a queue that the host has in `mid`, and neither before nor after? */
static bool detour(const struct ap_mask mid[2], const struct ap_mask from[2],
		   const struct ap_mask to[2])
{
	static const struct ap_mask none;

	for (int a = mask_next(&mid[0], -1); a >= 0; a = mask_next(&mid[0], a)) {
		struct ap_mask ends = mask_or(mask_has(&from[0], (unsigned)a) ? from[1] : none,
					      mask_has(&to[0], (unsigned)a) ? to[1] : none);
		struct ap_mask extra = mask_minus(mid[1], ends);

		if (!mask_empty(&extra))
			return true;
	}
	return false;
}

static void way_try(struct way *w, struct ap_state s, const struct ap_mask goal[2])
{
	struct ap_mask from[2] = { s.mask[0], s.mask[1] };

	w->refused = w->stuck = w->detours = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct ap_mask before = s.mask[w->which[i]];

		if (ap_refuses(&s, w->which[i], &w->to[i], &w->by))
			w->refused++;
		s.mask[w->which[i]] = w->to[i];
		w->stuck_at[i] = ap_refuses(&s, w->which[i], &before, &w->by);
		w->stuck += w->stuck_at[i];
		w->detours += detour(s.mask, from, goal);
	}
}

static bool better(const struct way *a, const struct way *b)
{
	if (a->refused != b->refused)
		return a->refused < b->refused;
	if (a->stuck != b->stuck)
		return a->stuck < b->stuck;
	if (a->detours != b->detours)
		return a->detours < b->detours;
	return a->n < b->n;
}

/* The best of: one mask after the other, either first, with or without clearing before setting. */
static struct way choose(const struct ap_state *s, const struct ap_mask goal[2])
{
	struct way best = { 0 };

	for (int k = 0; k < 4; k++) {
		struct way w = { 0 };
		int first = k & 1;

		if (k & 2) {
			way_add(&w, first, mask_and(s->mask[first], goal[first]), &s->mask[first]);
			way_add(&w, !first, mask_and(s->mask[!first], goal[!first]),
				&s->mask[!first]);
		}
		way_add(&w, first, goal[first], &s->mask[first]);
		way_add(&w, !first, goal[!first], &s->mask[!first]);
		way_try(&w, *s, goal);
		if (k == 0 || better(&w, &best))
			best = w;
	}
	return best;
}

/* -- matrices that stand there while masks move -- */

struct holders {
	const struct d_mdev **mdev;
	struct matrix *has;
	bool *parked;
	size_t n;
};

static void holders_done(struct holders *h)
{
	free(h->mdev);
	free(h->has);
	free(h->parked);
}

static int holders_get(const struct desired *d, struct holders *ret)
{
	struct holders h = { 0 };

	h.mdev = calloc(d->n_mdevs + 1, sizeof(*h.mdev));
	h.has = calloc(d->n_mdevs + 1, sizeof(*h.has));
	h.parked = calloc(d->n_mdevs + 1, sizeof(*h.parked));
	if (!h.mdev || !h.has || !h.parked) {
		holders_done(&h);
		return -ENOMEM;
	}
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !m->active_now || mdev_stops(d, m))
			continue;
		h.mdev[h.n] = m;
		h.has[h.n++] = matrix_meanwhile(d, m);
	}
	*ret = h;
	return 0;
}

static bool idle(const struct desired *d, const struct d_mdev *m)
{
	struct devid dev = { .bus = BUS_MDEV };
	size_t n = 0;

	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	return !inventory_uses(d->inv, &dev, &n) || n == 0;
}

/* Chooses a way, parking idle matrices one after the other while one of them is in it. */
static struct way choose_parking(struct planner *p, struct holders *h, struct ap_state *s,
				 const struct ap_mask goal[2])
{
	for (;;) {
		struct way w = choose(s, goal);

		if (w.refused + w.stuck == 0 || !idle(p->d, h->mdev[w.by]))
			return w;
		h->parked[w.by] = true;
		h->has[w.by] = (struct matrix){ .control = h->has[w.by].control };
	}
}

/* -- the steps -- */

static void changes_text(struct buf *b, const struct ap_mask *from, const struct ap_mask *to,
			 int which)
{
	struct ap_mask off = mask_minus(*from, *to), on = mask_minus(*to, *from);
	const char *word = which ? "domains" : "adapters";
	char text[1024];

	if (!mask_empty(&off))
		buf_printf(b, "give %s %s to guests", word,
			   mask_shown(&off, which, text, sizeof(text)));
	if (!mask_empty(&on))
		buf_printf(b, "%sgive %s %s back to the host", b->len ? ", " : "", word,
			   mask_shown(&on, which, text, sizeof(text)));
}

static void mask_act(struct planner *p, struct act *a, int which, const struct ap_mask *to)
{
	char text[MASK_TEXT + 1];

	/* All 64 digits: a shorter mask means something else. */
	act_set(p, a, strcat(mask_text(to, text), "\n"), "/sys/bus/ap/%s", mask_name[which]);
	act_expect(p, a, EXPECT_VALUE, mask_text(to, text), "/sys/bus/ap/%s", mask_name[which]);
}

static struct step *mask_step(struct planner *p, int which, const struct ap_mask *from,
			      const struct ap_mask *to)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct devid dev = { .bus = BUS_AP };
	struct step *s;

	strcpy(dev.name, mask_name[which]);
	changes_text(&text, from, to, which);
	s = step_new(p, STEP_MASK, &dev, "%s: %s", mask_name[which], buf_str(&text));
	mask_act(p, &s->act, which, to);
	mask_act(p, &s->undo, which, from);
	step_reason(
		p, s,
		"a queue is the host's while its adapter's bit and its domain's bit are both set");
	return s;
}

static void way_steps(struct planner *p, const struct way *w, struct ap_state s,
		      const struct holders *h)
{
	for (size_t i = 0; i < w->n; i++) {
		struct step *step = mask_step(p, w->which[i], &s.mask[w->which[i]], &w->to[i]);
		struct msg why = { 0 };

		s.mask[w->which[i]] = w->to[i];
		if (!w->stuck_at[i])
			continue;
		msg_make(&why, MSG_PLAN_NOT_UNDOABLE, "mask", mask_name[w->which[i]], "device",
			 h->mdev[w->by]->uuid, NULL);
		step_not_undoable(p, step, &why);
	}
}

static void park(struct planner *p, const struct holders *h, bool back)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct d_mdev *m = h->mdev[i];
		struct matrix full = matrix_meanwhile(p->d, m);

		if (h->parked[i])
			steps_matrix_to(
				p, m, back ? &h->has[i] : &full, back ? &full : &h->has[i],
				back ? "the masks are as they shall be"
				     : "this kernel does not take a bit back, here or when "
				       "undoing, "
				       "while a matrix has such a queue; nobody uses this one");
	}
}

/* Is anything of the crypto side touched? Then all of it belongs to the footprint. */
static bool touched(const struct desired *d)
{
	if (d->masks_change)
		return true;
	for (size_t i = 0; i < d->n_drivers; i++)
		if (d->drivers[i].dev.bus == BUS_AP && d->drivers[i].live)
			return true;
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (m->is_matrix &&
		    (mdev_stops(d, m) || mdev_starts(m) ||
		     (m->active_now && !matrix_eq(&m->ap->live_now, &m->ap->live_then))))
			return true;
	}
	return false;
}

static void feet(struct planner *p)
{
	const struct inventory *inv = p->d->inv;
	char text[MATRIX_TEXT];

	if (inv->ap.masks_known) {
		foot_add(p, mask_text(&inv->ap.apmask, text), "/sys/bus/ap/apmask");
		foot_add(p, mask_text(&inv->ap.aqmask, text), "/sys/bus/ap/aqmask");
	}
	for (size_t i = 0; inv->ap.has_ap_config && i < inv->n_mdevs; i++)
		if (str_eq(inv->mdevs[i]->type, TYPE_AP))
			foot_add(p, matrix_text(inv->mdevs[i]->matrix, text),
				 "/sys/bus/mdev/devices/%s/ap_config", inv->mdevs[i]->uuid);
}

static void move_masks(struct planner *p, struct holders *h)
{
	const struct ap_bus *ap = &p->d->inv->ap;
	struct ap_mask goal[2] = { p->d->apmask_then, p->d->aqmask_then };
	struct ap_state s = { { ap->apmask, ap->aqmask }, h->has, h->n, ap_is_strict(p->d->inv) };
	struct way w = choose_parking(p, h, &s, goal);

	if (w.refused) {
		msg_make(p->reterr, MSG_PLAN_MASKS_REFUSED, "device", h->mdev[w.by]->uuid, NULL);
		p->err = -EINVAL;
		return;
	}
	plan_block(p);
	park(p, h, false);
	way_steps(p, &w, s, h);
	park(p, h, true);
}

void steps_masks(struct planner *p)
{
	struct holders h = { 0 };

	if (p->err || !touched(p->d))
		return;
	feet(p);
	if (!p->d->masks_change)
		return;
	p->err = holders_get(p->d, &h);
	if (!p->err)
		move_masks(p, &h);
	holders_done(&h);
}
