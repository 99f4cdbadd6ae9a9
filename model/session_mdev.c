/* SPDX-License-Identifier: MIT */
/* Staging of mediated devices, and edits that come as a whole wish. */
#include "session_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes a string over from one entry to the other. */
static int replace(char **to, const char *from)
{
	char *copy = from ? strdup(from) : NULL;

	if (from && !copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int lay_list(struct attr **to, size_t *n, const struct attr *from, size_t n_from)
{
	struct attr *copy;

	if (attrs_copy(from, n_from, &copy) < 0)
		return -ENOMEM;
	attrs_free(*to, *n);
	*to = copy;
	*n = n_from;
	return 0;
}

static void entry_done(struct wish_mdev *m)
{
	free(m->parent);
	free(m->type);
	attrs_free(m->attrs, m->n_attrs);
	attrs_free(m->boot, m->n_boot);
}

static int entry_copy(struct wish_mdev *to, const struct wish_mdev *from)
{
	struct wish_mdev m = *from;

	m.parent = m.type = NULL;
	m.attrs = m.boot = NULL;
	m.n_attrs = m.n_boot = 0;
	if (replace(&m.parent, from->parent) < 0 || replace(&m.type, from->type) < 0 ||
	    lay_list(&m.attrs, &m.n_attrs, from->attrs, from->n_attrs) < 0 ||
	    lay_list(&m.boot, &m.n_boot, from->boot, from->n_boot) < 0) {
		entry_done(&m);
		return -ENOMEM;
	}
	*to = m;
	return 0;
}

static int lay_attrs(struct wish_mdev *to, const struct wish_mdev *over)
{
	const unsigned parts = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;

	if (over->fields & WM_ATTRS) {
		if (lay_list(&to->attrs, &to->n_attrs, over->attrs, over->n_attrs) < 0)
			return -ENOMEM;
		to->fields &= ~parts;
	}
	/* What is said of it without a word on the next boot holds for both. */
	if (over->fields & (WM_ATTRS | parts | WM_BOOT)) {
		if (lay_list(&to->boot, &to->n_boot, over->boot, over->n_boot) < 0)
			return -ENOMEM;
		to->fields &= ~(unsigned)WM_BOOT;
	}
	if ((over->fields & parts) && (to->fields & WM_ATTRS)) {
		/* From now on the parts say it. */
		attrs_to_matrix(to->attrs, to->n_attrs, &to->matrix);
		attrs_free(to->attrs, to->n_attrs);
		to->attrs = NULL;
		to->n_attrs = 0;
		to->fields = (to->fields & ~(unsigned)WM_ATTRS) | parts;
	}
	if (over->fields & WM_ADAPTERS)
		to->matrix.adapters = over->matrix.adapters;
	if (over->fields & WM_DOMAINS)
		to->matrix.domains = over->matrix.domains;
	if (over->fields & WM_CONTROL)
		to->matrix.control = over->matrix.control;
	return 0;
}

/* The fields that `over` names replace those of `to`. */
static int lay_over(struct wish_mdev *to, const struct wish_mdev *over)
{
	if (((over->fields & WM_PARENT) && replace(&to->parent, over->parent) < 0) ||
	    ((over->fields & WM_TYPE) && replace(&to->type, over->type) < 0) ||
	    lay_attrs(to, over) < 0)
		return -ENOMEM;
	if (over->fields & WM_START)
		to->start = over->start;
	if (over->fields & WM_ACTIVE)
		to->active = over->active;
	if (over->fields & WM_DEFINED)
		to->defined = over->defined;
	if (over->peer.bus != BUS_NONE)
		to->peer = over->peer;
	to->fields |= over->fields;
	to->reach.live |= over->reach.live;
	to->reach.persist |= over->reach.persist;
	return 0;
}

/* Puts an entry over what is staged for its device. Deleting, or staging anew after that, replaces. */
static int put_mdev(struct wish *w, const struct wish_mdev *entry)
{
	const struct wish_mdev *have = wish_mdev_of(w, entry->uuid);
	struct wish_mdev m;
	int r;

	if (!have || have->delete || entry->delete)
		return wish_set_mdev(w, entry);
	if (entry_copy(&m, have) < 0)
		return -ENOMEM;
	r = lay_over(&m, entry);
	if (r == 0)
		r = wish_set_mdev(w, &m);
	entry_done(&m);
	return r;
}

static int check_entry(const struct session *s, const struct wish_mdev *m, struct msg *reterr)
{
	const struct d_mdev *have = desired_mdev(&s->now.desired, m->uuid, m->parent);
	char uuid[UUID_TEXT];

	if (uuid_normal(m->uuid, uuid) < 0 || strcmp(uuid, m->uuid) != 0) {
		msg_make(reterr, MSG_BAD_UUID, "uuid", m->uuid, NULL);
		return -EINVAL;
	}
	if ((m->parent && !name_ok(m->parent)) || (m->type && !name_ok(m->type))) {
		msg_make(reterr, MSG_BAD_MDEV, "uuid", m->uuid, NULL);
		return -EINVAL;
	}
	if (!have && (!m->parent || !m->type)) {
		msg_make(reterr, MSG_MDEV_INCOMPLETE, "uuid", m->uuid, NULL);
		return -EINVAL;
	}
	return 0;
}

int session_set_mdev(struct session *s, const struct wish_mdev *entry, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	int r = check_entry(s, entry, reterr);

	if (r < 0)
		return r;
	if (wish_copy(&w, wish_now(s)) < 0 || put_mdev(&w, entry) < 0)
		return -ENOMEM;
	if (entry->delete)
		return session_take(s, &w, "remove mediated device %.8s", entry->uuid);
	if (entry->fields == WM_ACTIVE)
		return session_take(s, &w, "%s mediated device %.8s",
				    entry->active ? "start" : "stop", entry->uuid);
	return session_take(s, &w, "change mediated device %.8s", entry->uuid);
}

/* -- disabled: the definition is all that stays -- */

static bool asks_for(const struct d_mdev *m, apqn_t q)
{
	return m->is_matrix && ((m->active_then && matrix_has(&m->ap->live_then, q)) ||
				(m->defined_then && matrix_has(&m->ap->def_then, q)));
}

static bool others_ask_for(const struct desired *d, const struct d_mdev *but, apqn_t q)
{
	for (size_t i = 0; i < d->n_mdevs; i++)
		if (&d->mdevs[i] != but && asks_for(&d->mdevs[i], q))
			return true;
	return false;
}

static int release_queues(const struct session *s, const struct d_mdev *m, struct reach reach,
			  struct wish *w)
{
	const struct desired *d = &s->now.desired;
	int r = 0;

	for (size_t i = 0; i < s->inv->n_queues && r == 0; i++) {
		apqn_t q = s->inv->queues[i]->id;

		if (asks_for(m, q) && !others_ask_for(d, m, q))
			r = wish_set_queue(w, q, false, reach);
	}
	return r;
}

/* A subchannel has one mediated device; a function's driver is the host's own. */
static int release_subch(const struct session *s, const struct d_mdev *m, struct reach reach,
			 struct wish *w)
{
	struct wish_driver e = { .reach = reach };
	const struct subch *sch;
	struct ccwid id;

	if (ccwid_parse(m->parent, &id) < 0 || !(sch = inventory_subch(s->inv, id)))
		return 0;
	e.dev = devid_css(id);
	if (sch->has_dev)
		e.peer = devid_ccw(sch->dev);
	return wish_set_driver(w, &e);
}

static int stop_and_keep(const struct d_mdev *m, struct reach reach, struct wish *w)
{
	struct wish_mdev e = { .fields = WM_ACTIVE | WM_START | WM_DEFINED,
			       .start = START_MANUAL,
			       .defined = true,
			       .reach = reach };

	memcpy(e.uuid, m->uuid, sizeof(e.uuid));
	return put_mdev(w, &e);
}

int session_disable(struct session *s, const char *uuid, struct reach reach, struct msg *reterr)
{
	const struct d_mdev *m = desired_mdev(&s->now.desired, uuid, NULL);
	CLEANUP(wish_done) struct wish all = { 0 };
	CLEANUP(wish_done) struct wish fewer = { 0 };
	int r;

	if (!m) {
		msg_make(reterr, MSG_NO_DEVICE, "device", uuid, NULL);
		return -ENOENT;
	}
	r = wish_copy(&fewer, wish_now(s));
	if (r == 0)
		r = stop_and_keep(m, reach, &fewer);
	if (r == 0)
		r = release_subch(s, m, reach, &fewer);
	if (r == 0)
		r = wish_copy(&all, &fewer);
	if (r == 0)
		r = release_queues(s, m, reach, &all);
	if (r == 0)
		r = session_take(s, &all, "disable mediated device %.8s", uuid);
	/* Queues that the masks of others keep from the host stay as they are. */
	if (r < 0 || (!s->now.desired.unsolved && !s->now.desired.rule_unsolved) ||
	    !session_undo(s))
		return r;
	return session_take(s, &fewer, "disable mediated device %.8s", uuid);
}

/* The type there is to choose where the parent's kind leaves no other. */
static const char *only_type(const struct session *s, const char *parent)
{
	const struct mdev_parent *p = inventory_parent(s->inv, parent);
	struct ccwid id;

	if (p && p->n_types == 1)
		return p->types[0].id;
	if (strcmp(parent, "matrix") == 0)
		return TYPE_AP;
	return ccwid_parse(parent, &id) == 0 && inventory_subch(s->inv, id) ? TYPE_CCW : NULL;
}

static int check_parent(const struct session *s, const char *parent, struct msg *reterr)
{
	char why[96];
	struct ccwid id;

	if (ccwid_parse(parent, &id) == 0) {
		struct devid dev = devid_css(id);

		if (!inventory_subch(s->inv, id)) {
			msg_make(reterr, MSG_NO_DEVICE, "device", parent, NULL);
			return -ENOENT;
		}
		if (rules_blocked(s->inv, &dev, why, sizeof(why))) {
			msg_make(reterr, MSG_BLOCKED, "device", parent, "why", why, NULL);
			return -EINVAL;
		}
	} else if (strcmp(parent, "matrix") != 0 && !inventory_parent(s->inv, parent)) {
		msg_make(reterr, MSG_NO_PARENT, "parent", parent, NULL);
		return -ENOENT;
	}
	return 0;
}

static int check_new(const struct session *s, const char *parent, const char *type,
		     const char *uuid, struct msg *reterr)
{
	int r = parent && name_ok(parent) ? check_parent(s, parent, reterr) : 0;

	if (r < 0)
		return r;
	if (!parent || !name_ok(parent) || !type || !name_ok(type)) {
		msg_make(reterr, MSG_BAD_MDEV, "uuid", uuid, NULL);
		return -EINVAL;
	}
	if (desired_mdev(&s->now.desired, uuid, NULL)) {
		msg_make(reterr, MSG_MDEV_EXISTS, "uuid", uuid, NULL);
		return -EEXIST;
	}
	return 0;
}

int session_new_mdev(struct session *s, const char *parent, const char *type, const char *uuid,
		     bool active, enum start start, struct reach reach, char ret_uuid[UUID_TEXT],
		     struct msg *reterr)
{
	struct wish_mdev m = { .fields = WM_PARENT | WM_TYPE | WM_START | WM_ACTIVE,
			       .start = start,
			       .active = active,
			       .defined = true,
			       .reach = reach };
	CLEANUP(wish_done) struct wish w = { 0 };
	const struct subch *sch;
	struct ccwid id;
	int r;

	if (uuid && *uuid) {
		if (uuid_normal(uuid, m.uuid) < 0) {
			msg_make(reterr, MSG_BAD_UUID, "uuid", uuid, NULL);
			return -EINVAL;
		}
	} else {
		uuid_new(m.uuid);
	}
	if (parent && (!type || !*type))
		type = only_type(s, parent);
	r = check_new(s, parent, type, m.uuid, reterr);
	if (r < 0)
		return r;
	sch = ccwid_parse(parent, &id) == 0 ? inventory_subch(s->inv, id) : NULL;
	if (sch && sch->has_dev)
		m.peer = devid_ccw(sch->dev);
	m.parent = strdup(parent);
	m.type = strdup(type);
	r = m.parent && m.type && wish_copy(&w, wish_now(s)) == 0 ? wish_set_mdev(&w, &m) : -ENOMEM;
	entry_done(&m);
	if (r == 0)
		r = session_take(s, &w, "new mediated device %.8s on %s", m.uuid, parent);
	if (r == 0 && ret_uuid)
		memcpy(ret_uuid, m.uuid, UUID_TEXT);
	return r;
}

/* -- one adapter or domain of a matrix -- */

static struct ap_mask *part_of(struct matrix *m, char which)
{
	return which == 'a' ? &m->adapters : which == 'd' ? &m->domains : &m->control;
}

static unsigned field_of(char which)
{
	return which == 'a' ? WM_ADAPTERS : which == 'd' ? WM_DOMAINS : WM_CONTROL;
}

/* Is a part of the entry what the device has anyway, running and defined? Then it needn't be named. */
static bool part_idle(const struct d_mdev *m, struct wish_mdev *entry, char which)
{
	struct matrix live = m->ap->live_now, def = m->ap->def_now;
	const struct ap_mask *want = part_of(&entry->matrix, which);

	if (!m->active_now && !m->defined_now)
		return false;
	return (!m->active_now || !entry->reach.live || mask_eq(part_of(&live, which), want)) &&
	       (!m->defined_now || !entry->reach.persist || mask_eq(part_of(&def, which), want));
}

int session_matrix(struct session *s, const char *uuid, char which, unsigned id, bool on,
		   struct msg *reterr)
{
	static const char *const words[] = {
		['a'] = "adapter", ['d'] = "domain", ['k'] = "control domain"
	};
	const struct d_mdev *m = desired_mdev(&s->now.desired, uuid, NULL);
	CLEANUP(wish_done) struct wish w = { 0 };
	struct wish_mdev e = { .defined = true };
	struct matrix base;
	int r;

	if (!m || !m->is_matrix || id > 255 || (which != 'a' && which != 'd' && which != 'k')) {
		msg_make(reterr, MSG_NOT_A_MATRIX, "uuid", uuid, NULL);
		return -EINVAL;
	}
	base = m->active_then ? m->ap->live_then : m->ap->def_then;
	memcpy(e.uuid, m->uuid, sizeof(e.uuid));
	e.reach.live = m->active_then || (m->wish && m->wish->reach.live);
	e.reach.persist = m->defined_then || (m->wish && m->wish->reach.persist);
	e.fields = field_of(which);
	e.matrix = base;
	mask_set(part_of(&e.matrix, which), id, on);
	if (wish_copy(&w, wish_now(s)) < 0 || put_mdev(&w, &e) < 0)
		return -ENOMEM;
	/* Toggled back: the entry names only what differs. */
	if (part_idle(m, &e, which))
		for (size_t i = 0; i < w.n_mdevs; i++)
			if (strcmp(w.mdevs[i].uuid, uuid) == 0) {
				w.mdevs[i].fields &= ~field_of(which);
				if (!w.mdevs[i].fields) {
					wish_drop_mdev(&w, uuid);
					break;
				}
			}
	r = session_take(s, &w, "%s %s %0*x %s matrix %.8s", on ? "assign" : "unassign",
			 words[(unsigned char)which], which == 'a' ? 2 : 4, id, on ? "to" : "from",
			 e.uuid);
	return r;
}

/* -- whole wishes -- */

static int merge_ap(struct wish *to, const struct wish_ap *ap)
{
	bool said = ap->n_guest + ap->n_host || ap->has_apmask || ap->has_aqmask;

	if (!ap->set)
		return 0;
	for (size_t i = 0; i < ap->n_guest; i++)
		if (wish_set_queue(to, ap->guest[i], true, ap->reach) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < ap->n_host; i++)
		if (wish_set_queue(to, ap->host[i], false, ap->reach) < 0)
			return -ENOMEM;
	if (ap->has_apmask || ap->has_aqmask) {
		enum ap_mode mode = to->ap.mode;
		struct wish_rule boot = to->ap.boot;

		wish_drop_ap(to); /* masks and queues exclude each other */
		to->ap.mode = mode;
		to->ap.boot = boot;
		to->ap.has_apmask = ap->has_apmask;
		to->ap.has_aqmask = ap->has_aqmask;
		to->ap.apmask = ap->apmask;
		to->ap.aqmask = ap->aqmask;
	} else if (ap->n_guest + ap->n_host) {
		to->ap.has_apmask = to->ap.has_aqmask = false;
	}
	if (ap->mode != AP_MODE_AUTO)
		to->ap.mode = ap->mode;
	if (ap->boot.set)
		to->ap.boot = ap->boot;
	else if (said && ap->reach.persist && to->ap.mode != AP_MODE_OVERRIDE)
		to->ap.boot.set = false;
	/* What is said of the next boot alone leaves alone what is said of now. */
	to->ap.reach.live = ap->reach.live || (to->ap.set && to->ap.reach.live && !said);
	to->ap.reach.persist = ap->reach.persist || to->ap.boot.set;
	to->ap.set = true;
	return 0;
}

int session_lay_over(struct wish *to, const struct wish *w)
{
	int r = merge_ap(to, &w->ap);

	for (size_t i = 0; i < w->n_drivers && r == 0; i++)
		r = wish_set_driver(to, &w->drivers[i]);
	for (size_t i = 0; i < w->n_mdevs && r == 0; i++)
		r = put_mdev(to, &w->mdevs[i]);
	for (size_t i = 0; i < w->n_sriov && r == 0; i++)
		r = wish_set_sriov(to, &w->sriov[i]);
	for (size_t i = 0; i < w->n_modules && r == 0; i++)
		r = wish_set_module(to, &w->modules[i]);
	for (size_t i = 0; i < w->n_switches && r == 0; i++)
		r = wish_set_switch(to, &w->switches[i]);
	for (size_t i = 0; i < w->n_accept && r == 0; i++)
		r = wish_set_accept(to, &w->accept[i]);
	return r;
}

int session_merge(struct session *s, const struct wish *w, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish next = { 0 };
	CLEANUP(wish_done) struct wish bound = { 0 };
	int r;

	if (wish_copy(&bound, w) < 0)
		return -ENOMEM;
	r = wish_bind(&bound, s->inv, reterr);
	if (r < 0)
		return r;
	if (wish_copy(&next, wish_now(s)) < 0 || session_lay_over(&next, &bound) < 0)
		return -ENOMEM;
	return session_take(s, &next, "%zu edits at once", wish_count(&bound));
}

int session_load(struct session *s, const char *json, size_t len, const char *name, bool laid_over,
		 struct msg *reterr)
{
	CLEANUP(wish_done) struct wish next = { 0 };
	CLEANUP(wish_done) struct wish w = { 0 };
	int r = wish_from_json(json, len, name, &w, reterr);

	if (r == 0)
		r = wish_bind(&w, s->inv, reterr);
	if (r < 0)
		return r;
	if ((laid_over && wish_copy(&next, wish_now(s)) < 0) || session_lay_over(&next, &w) < 0)
		return -ENOMEM;
	return session_take(s, &next, "load %s", name ? name : "edits");
}

char *session_save(const struct session *s)
{
	return wish_to_json(wish_now(s));
}
