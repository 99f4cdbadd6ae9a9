/* SPDX-License-Identifier: MIT */
/* The difference between the machine and the desired one, for people: one row a changed fact. */
#include "desired_parts.h"
#include "hardware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	struct change *v;
	size_t n, cap;
	int err;
};

/* A NULL text is a side that does not change. */
static void add(struct list *l, enum change_kind kind, const struct devid *dev, bool implied,
		const char *now, const char *then, const char *boot_now, const char *boot_then)
{
	const char *from[4] = { now, then, boot_now, boot_then };
	char *to[4] = { 0 };

	if (l->err || array_grow(&l->v, l->n, &l->cap, sizeof(*l->v)) < 0) {
		l->err = -ENOMEM;
		return;
	}
	for (int i = 0; i < 4; i++) {
		to[i] = from[i] ? strdup(from[i]) : NULL;
		if (from[i] && !to[i])
			l->err = -ENOMEM;
	}
	l->v[l->n++] = (struct change){ .kind = kind,
					.dev = *dev,
					.now = to[0],
					.then = to[1],
					.boot_now = to[2],
					.boot_then = to[3],
					.implied = implied };
}

void changes_free(struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(changes[i].now);
		free(changes[i].then);
		free(changes[i].boot_now);
		free(changes[i].boot_then);
	}
	free(changes);
}

static const char *or_none(const char *driver)
{
	return driver ? driver : "unbound";
}

static void drivers(const struct desired *d, struct list *l)
{
	for (size_t i = 0; i < d->n_drivers; i++) {
		const struct d_driver *r = &d->drivers[i];
		const char *then = r->native && !r->then ? "the host's driver" : or_none(r->then);

		if (!r->live && !r->persist)
			continue;
		add(l, CHANGE_DRIVER, &r->dev, r->implied, r->live ? or_none(r->now) : NULL,
		    r->live ? then : NULL,
		    r->persist ? (r->file_now ? r->file_now : "default") : NULL,
		    r->persist ? (r->file_then ? r->file_then : "default") : NULL);
	}
}

static const char *ranges(const struct ap_mask *m, bool domains, char text[static 1024])
{
	mask_shown(m, domains, text, 1024);
	return *text ? text : "none";
}

static void one_mask(const struct desired *d, struct list *l, const char *name,
		     const struct ap_mask *now, const struct ap_mask *then, bool rule_now,
		     const struct ap_mask *boot_now, bool rule_then,
		     const struct ap_mask *boot_then)
{
	struct devid dev = { .bus = BUS_AP };
	bool live = d->masks_change && !mask_eq(now, then), domains = name[1] == 'q';
	bool boot = d->rule_change && (rule_now != rule_then || !mask_eq(boot_now, boot_then));
	char text[4][1024];

	snprintf(dev.name, sizeof(dev.name), "%s", name);
	if (!live && !boot)
		return;
	add(l, CHANGE_MASK, &dev, !d->wish->ap.set, live ? ranges(now, domains, text[0]) : NULL,
	    live ? ranges(then, domains, text[1]) : NULL,
	    boot ? (rule_now ? ranges(boot_now, domains, text[2]) : "not set") : NULL,
	    boot ? (rule_then ? ranges(boot_then, domains, text[3]) : "not set") : NULL);
}

static void masks(const struct desired *d, struct list *l)
{
	const struct ap_rule *rule = &d->inv->ap_rule;
	struct devid dev = { BUS_AP, "41-ap.rules" };
	size_t before = l->n;

	one_mask(d, l, "apmask", &d->inv->ap.apmask, &d->apmask_then, rule->has_apmask,
		 &rule->apmask, d->rule_has_apmask, &d->rule_apmask);
	one_mask(d, l, "aqmask", &d->inv->ap.aqmask, &d->aqmask_then, rule->has_aqmask,
		 &rule->aqmask, d->rule_has_aqmask, &d->rule_aqmask);
	/* The masks stay and yet the file changes: it did not load vfio_ap. */
	if (d->rule_change && l->n == before)
		add(l, CHANGE_MASK, &dev, true, NULL, NULL, "vfio_ap not loaded", "vfio_ap loaded");
}

/* "adapters 5-6, domains 4,171, control 4". */
static const char *matrix_words(const struct matrix *m, struct buf *b)
{
	char text[1024];

	buf_reset(b);
	buf_printf(b, "adapters %s", ranges(&m->adapters, false, text));
	buf_printf(b, ", domains %s", ranges(&m->domains, true, text));
	if (!mask_empty(&m->control))
		buf_printf(b, ", control %s", ranges(&m->control, true, text));
	return buf_str(b);
}

static const char *attr_words(const struct attr *attrs, size_t n, struct buf *b)
{
	buf_reset(b);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s=%s", i ? ", " : "", attrs[i].name, attrs[i].value);
	return n ? buf_str(b) : "no attributes";
}

static const char *def_words(const struct d_mdev *m, bool then, struct buf *b)
{
	if (m->is_matrix)
		return matrix_words(then ? &m->ap->def_then : &m->ap->def_now, b);
	return then ? attr_words(m->attrs_then, m->n_attrs_then, b)
		    : attr_words(m->def->attrs, m->def->n_attrs, b);
}

static void attributes(const struct d_mdev *m, const struct devid *dev, struct list *l)
{
	CLEANUP(buf_done) struct buf now = { 0 };
	CLEANUP(buf_done) struct buf then = { 0 };
	CLEANUP(buf_done) struct buf boot_now = { 0 };
	CLEANUP(buf_done) struct buf boot_then = { 0 };
	const char *text[4] = { 0 };

	if (m->active_now && m->active_then && m->is_matrix &&
	    !matrix_eq(&m->ap->live_now, &m->ap->live_then)) {
		text[0] = matrix_words(&m->ap->live_now, &now);
		text[1] = matrix_words(&m->ap->live_then, &then);
	} else if (m->restart) {
		text[0] = "as running";
		text[1] = attr_words(m->attrs_live, m->n_attrs_live, &then);
	}
	if (m->attrs_change) {
		text[2] = def_words(m, false, &boot_now);
		text[3] = def_words(m, true, &boot_then);
	}
	if (text[0] || text[2])
		add(l, CHANGE_ATTRS, dev, false, text[0], text[1], text[2], text[3]);
}

static const char *defined_words(bool defined, enum start start)
{
	return !defined ? "not defined" : start == START_AUTO ? "defined, auto" : "defined, manual";
}

static void mdevs(const struct desired *d, struct list *l)
{
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = { .bus = BUS_MDEV };

		memcpy(dev.name, m->uuid, sizeof(m->uuid));
		if (m->active_now != m->active_then)
			add(l, CHANGE_MDEV, &dev, !m->wish, m->active_now ? "active" : "not active",
			    m->active_then ? "active" : "not active", NULL, NULL);
		if (m->defined_now != m->defined_then)
			add(l, CHANGE_DEFINITION, &dev, !m->wish, NULL, NULL,
			    defined_words(m->defined_now, m->start_now),
			    defined_words(m->defined_then, m->start_then));
		else if (m->defined_now && m->start_now != m->start_then)
			add(l, CHANGE_START, &dev, !m->wish, NULL, NULL,
			    defined_words(true, m->start_now), defined_words(true, m->start_then));
		attributes(m, &dev, l);
	}
}

static void modules_and_vfs(const struct desired *d, struct list *l)
{
	struct devid dev = { .bus = BUS_MODULE };
	char now[24], then[24];

	for (size_t i = 0; i < d->n_modules_load; i++) {
		snprintf(dev.name, sizeof(dev.name), "%s", d->modules_load[i]);
		add(l, CHANGE_MODULE, &dev, false, "not loaded", "loaded", NULL, NULL);
	}
	for (size_t i = 0; i < d->n_modules_boot; i++) {
		snprintf(dev.name, sizeof(dev.name), "%s", d->modules_boot[i]);
		add(l, CHANGE_MODULE, &dev, false, NULL, NULL, "not named", "loaded at boot");
	}
	for (size_t i = 0; i < d->n_sriov; i++) {
		if (!d->sriov[i].live)
			continue;
		snprintf(now, sizeof(now), "%u", d->sriov[i].now);
		snprintf(then, sizeof(then), "%u", d->sriov[i].then);
		add(l, CHANGE_SRIOV, &d->sriov[i].dev, false, now, then, NULL, NULL);
	}
}

static void switches(const struct desired *d, struct list *l)
{
	static const struct {
		enum change_kind kind;
		const char *on, *off, *boot;
	} words[] = {
		[SWITCH_VARY] = { CHANGE_VARY, "online", "offline", "online" },
		[SWITCH_CONFIGURE] = { CHANGE_CONFIGURE, "configured", "standby", "not known" },
		[SWITCH_MEASURE] = { CHANGE_MEASURE, "measured", "not measured", "not measured" },
	};

	for (size_t i = 0; i < d->n_switches; i++) {
		const struct d_switch *v = &d->switches[i];
		const char *boot = words[v->kind].boot;

		if (v->live)
			add(l, words[v->kind].kind, &v->dev, false,
			    v->now ? words[v->kind].on : words[v->kind].off,
			    v->then ? words[v->kind].on : words[v->kind].off, boot, boot);
	}
}

static void hardware(const struct desired *d, struct list *l)
{
	for (size_t i = 0; i < d->wish->n_accept; i++)
		if (hardware_is_another(d->inv, &d->wish->accept[i]))
			add(l, CHANGE_HARDWARE, &d->wish->accept[i], false, NULL, NULL, "changed",
			    "accepted");
}

int desired_diff(const struct desired *d, struct change **ret, size_t *ret_n)
{
	struct list l = { 0 };

	drivers(d, &l);
	masks(d, &l);
	mdevs(d, &l);
	modules_and_vfs(d, &l);
	switches(d, &l);
	hardware(d, &l);
	if (l.err) {
		changes_free(l.v, l.n);
		return l.err;
	}
	*ret = l.v;
	*ret_n = l.n;
	return 0;
}
