/* SPDX-License-Identifier: MIT */
/* Past commits taken back: what they recorded is staged. */
#include "session_part.h"
#include "desired_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What was rolled back is as it was; what got stuck half-way is not. */
static bool leaves_something(const struct past *p)
{
	return p->undo && *p->undo && !str_eq(p->result, "rolled back");
}

/* One commit's undo laid over those of later ones: what is said of a thing last is how it was before the first of them. */
static int add_undo(const struct session *s, const struct past *p, struct wish *to,
		    struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	char name[32];
	int r;

	if (!leaves_something(p))
		return 0;
	snprintf(name, sizeof(name), "the undo of commit %u", p->number);
	r = wish_from_json(p->undo, strlen(p->undo), name, &w, reterr);
	if (r == 0)
		r = wish_bind(&w, s->inv, reterr);
	return r < 0 ? r : session_lay_over(to, &w);
}

/* Does the same wish give the device's subchannel back to the host? */
static const struct wish_driver *parent_goes_back(const struct wish *w, const struct wish_mdev *m)
{
	struct devid css = { .bus = BUS_CSS };
	const struct wish_driver *d;

	if (!m->parent || strlen(m->parent) >= sizeof(css.name))
		return NULL;
	strcpy(css.name, m->parent);
	d = wish_driver_of(w, &css);
	return d && !driver_is_guest(d->driver) ? d : NULL;
}

/*
 * Commits are not all that happens to a machine: what one of them stopped may run on a subchannel that an earlier one has bound. The
 * device can't run there any more once all is undone; it is left out, now and, started by hand only, at boot. 1 with *rettold if any was.
 */
static int leave_orphans_out(struct wish *w, struct msg *rettold)
{
	const struct wish_mdev *first = NULL;
	char more[48] = "";
	size_t n = 0;

	for (size_t i = 0; i < w->n_mdevs; i++) {
		struct wish_mdev *m = &w->mdevs[i];
		const struct wish_driver *d = parent_goes_back(w, m);
		bool boots = d && d->reach.persist && m->defined && m->start == START_AUTO;

		if (!d || !((m->active && d->reach.live) || boots))
			continue;
		if (d->reach.live)
			m->active = false;
		if (boots)
			m->start = START_MANUAL;
		first = first ? first : m;
		n++;
	}
	if (!first)
		return 0;
	if (n > 1)
		snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	msg_make(rettold, MSG_UNDO_LEAVES_OUT, "uuid", first->uuid, "more", more, "parent",
		 first->parent, NULL);
	return 1;
}

int session_undo_all(struct session *s, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish next = { 0 };
	CLEANUP(msg_done) struct msg told = { 0 };
	struct past *past = NULL;
	size_t n = 0;
	int r = session_history(s, &past, &n), left_out = 0;

	for (size_t i = n; i > 0 && r == 0; i--)
		r = add_undo(s, &past[i - 1], &next, reterr);
	history_free(past, n);
	wish_drop_gone(&next, s->inv);
	if (r == 0 && wish_empty(&next)) {
		msg_make(reterr, MSG_NO_HISTORY, NULL);
		r = -ENODATA;
	}
	if (r == 0)
		left_out = leave_orphans_out(&next, &told);
	if (r == 0)
		r = session_take(s, &next, "undo everything this program did");
	if (r < 0 || !left_out)
		return r;
	msg_move(reterr, &told);
	return 1;
}

static int undo_one(struct session *s, const struct past *past, size_t n, unsigned number,
		    struct msg *reterr)
{
	const struct past *p = NULL;
	char text[16], name[32], known[48] = "none";

	for (size_t i = 0; i < n && !p; i++)
		if (past[i].number == number)
			p = &past[i];
	snprintf(text, sizeof(text), "%u", number);
	if (n)
		snprintf(known, sizeof(known), "%u to %u", past[0].number, past[n - 1].number);
	if (!p) {
		msg_make(reterr, MSG_NO_COMMIT, "number", text, "known", known, NULL);
		return -ENOENT;
	}
	if (!leaves_something(p)) {
		msg_make(reterr, MSG_NOT_UNDOABLE, "number", text, "why",
			 str_eq(p->result, "rolled back")
				 ? "It failed and was rolled back: nothing of it is left"
				 : "Its record does not say how",
			 NULL);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "the undo of commit %u", number);
	return session_load(s, p->undo, strlen(p->undo), name, true, reterr);
}

int session_undo_commit(struct session *s, unsigned number, struct msg *reterr)
{
	struct past *past = NULL;
	size_t n = 0;
	int r = session_history(s, &past, &n);

	if (r == 0)
		r = undo_one(s, past, n, number, reterr);
	history_free(past, n);
	return r;
}
