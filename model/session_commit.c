/* SPDX-License-Identifier: MIT */
/* What stands in the way of a commit, and the commit itself. */
#include "session_part.h"
#include "hardware.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The full names of a device: of its bus, with the bus, and for a subchannel the number of its device. */
static bool full_name(const struct session *s, const struct devid *dev, const char *text)
{
	char with_bus[DEVID_TEXT];
	const struct subch *sch = NULL;
	struct ccwid id;

	if (strcmp(text, dev->name) == 0 || strcmp(text, devid_text(dev, with_bus)) == 0)
		return true;
	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0)
		sch = inventory_subch(s->inv, id);
	if (!sch || !sch->has_dev)
		return false;
	struct devid ccw = devid_ccw(sch->dev);

	return strcmp(text, ccw.name) == 0 || strcmp(text, devid_text(&ccw, with_bus)) == 0;
}

static bool overridden(const struct session *s, const struct finding *f, const struct consent *c)
{
	for (size_t i = 0; i < c->n_overrides; i++) {
		struct devid dev;

		if (full_name(s, &f->dev, c->overrides[i]))
			return true;
		if (!f->vital && inventory_find(s->inv, c->overrides[i], &dev) == 0 &&
		    devid_eq(&dev, &f->dev))
			return true;
	}
	return false;
}

/* Findings that edits bring about; what was wrong before is no reason to refuse a cure of something else. */
static int check_findings(const struct session *s, const struct consent *c, struct msg *reterr)
{
	const struct findings *all = &s->now.findings;
	bool conflict = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct finding *f = &all->v[i];

		if (!f->staged)
			continue;
		if (f->grade == GRADE_ERROR)
			return msg_copy(reterr, &f->msg) < 0 ? -ENOMEM : -EINVAL;
		if (f->grade == GRADE_PROTECTED && !overridden(s, f, c)) {
			msg_make(reterr, MSG_OVERRIDE_MISSING, "device", f->dev.name, "why",
				 f->msg.why && *f->msg.why ? f->msg.why : f->msg.what, "how",
				 f->vital ? "in full" : "by any of its names", NULL);
			return -EPERM;
		}
		conflict = conflict || f->grade == GRADE_CONFLICT;
	}
	if (conflict && !c->conflicts) {
		msg_make(reterr, MSG_CONFLICTS_OPEN, NULL);
		return -EAGAIN;
	}
	return 0;
}

static int check_steps(const struct session *s, const struct consent *c, struct msg *reterr)
{
	const struct plan *p = &s->now.plan;

	if (s->now.plan_error.what)
		return msg_copy(reterr, &s->now.plan_error) < 0 ? -ENOMEM : -EINVAL;
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].not_undoable && !c->not_undoable) {
			msg_make(reterr, MSG_UNDO_MISSING, "step", p->steps[i].text, NULL);
			return -EAGAIN;
		}
	if (p->n_steps == 0) {
		msg_make(reterr, MSG_NOTHING_TO_DO, NULL);
		return -ENODATA;
	}
	return 0;
}

static int check_writable(const struct session *s, struct msg *reterr)
{
	if (!s->read_only)
		return 0;
	msg_make(reterr, MSG_READ_ONLY, "why",
		 s->why_read_only ? s->why_read_only : "This machine is open for reading only",
		 NULL);
	return -EROFS;
}

/* As of now: who saw it first may have recovered it. One that is under way is refused where its lock is taken, by name. */
static bool is_interrupted(const struct session *s, struct msg *reterr)
{
	CLEANUP(interrupted_done) struct interrupted now = { 0 };

	if (s->interrupted.found)
		txn_interrupted(s->sys, s->journal, &now);
	if (now.found)
		msg_make(reterr, MSG_INTERRUPTED_FIRST, "when", now.when, NULL);
	return now.found;
}

int session_may_commit(const struct session *s, const struct consent *c, struct msg *reterr)
{
	static const struct consent none = { 0 };
	int r = check_writable(s, reterr);

	if (r < 0)
		return r;
	if (session_reading(s)) {
		msg_make(reterr, MSG_STILL_READING, NULL);
		return -EBUSY;
	}
	if (is_interrupted(s, reterr))
		return -EINVAL;
	r = check_findings(s, c ? c : &none, reterr);
	return r < 0 ? r : check_steps(s, c ? c : &none, reterr);
}

/* The journal and the history want to know more than a front end does. */
static struct txn_opts completed(const struct session *s, const struct txn_opts *opts,
				 const char *edits)
{
	struct txn_opts o = opts ? *opts : (struct txn_opts){ 0 };

	if (!o.journal)
		o.journal = s->journal;
	if (!o.edits)
		o.edits = edits;
	if (!o.who)
		o.who = s->who;
	return o;
}

static void look_again(struct session *s)
{
	struct sys_event e = { 0 };

	/* Our own events: the scan sees what they tell. */
	while (sys_watch(s->sys, &e) == 1)
		sys_event_done(&e);
	session_rescan(s);
	interrupted_done(&s->interrupted);
	txn_interrupted(s->sys, s->journal, &s->interrupted);
}

/* No event tells of a mount, an interface brought up or a guest that started since the last look. */
static int look_who_uses(struct session *s)
{
	struct inventory *inv = NULL;
	int r = inventory_uses_again(s->inv, s->sys, s->tab, &inv);

	if (r == 0)
		r = session_derive(s, inv, s->at);
	if (r < 0)
		inventory_unref(inv);
	return r;
}

int session_commit(struct session *s, const struct consent *c, const struct txn_opts *opts,
		   struct txn_report *ret, struct msg *reterr)
{
	CLEANUP(freep) char *edits = NULL;
	CLEANUP(freep) char *undo = NULL;
	CLEANUP(buf_done) struct buf hardware = { 0 };
	struct txn_opts o;
	int r = session_settle(s);

	if (r == 0 && !s->read_only)
		r = look_who_uses(s);
	if (r == 0)
		r = session_may_commit(s, c, reterr);
	if (r < 0)
		return r;
	edits = session_save(s);
	if (!edits)
		return -ENOMEM;
	o = completed(s, opts, edits);
	r = history_undo_edits(&s->now.desired, &undo);
	if (r < 0)
		return r;
	o.undo = undo;
	r = hardware_note(s->sys, &s->now.desired, &hardware);
	if (r < 0)
		return r;
	if (hardware.len)
		o.hardware = buf_str(&hardware);
	r = txn_run(s->sys, &s->now.plan, &o, ret);
	if (r < 0 || o.last)
		return r;
	look_again(s);
	/* What was done is told, even if no memory is left to forget the edits: they then change nothing any more. */
	if (ret->result == TXN_COMMITTED)
		session_forget(s);
	return 0;
}

int session_recover(struct session *s, const struct txn_opts *opts, struct txn_report *ret,
		    struct msg *reterr)
{
	struct txn_opts o = completed(s, opts, NULL);
	int r = session_settle(s);

	if (r == 0)
		r = check_writable(s, reterr);
	if (r < 0)
		return r;
	if (!s->interrupted.found && !s->interrupted.under_way) {
		msg_make(reterr, MSG_NOTHING_INTERRUPTED, NULL);
		return -ENODATA;
	}
	r = txn_recover(s->sys, &o, ret);
	if (r < 0 || o.last)
		return r;
	look_again(s);
	return 0;
}

int session_last_commit(struct session *s, struct past *ret)
{
	return history_last(s->sys, s->journal, ret);
}

int session_history(struct session *s, struct past **ret, size_t *ret_n)
{
	return history_read(s->sys, s->journal, ret, ret_n);
}
