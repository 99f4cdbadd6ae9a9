/* SPDX-License-Identifier: MIT */
/* Rules about channel paths and measurements. */
#include "measure.h"
#include "rules_part.h"
#include "rules_table.h"

#include <stdio.h>

/* Is a path taken away by this switch? One that is varied off and deconfigured is told of once, as the latter. */
static bool taken_off(const struct desired *d, const struct d_switch *v, uint8_t *ret_chpid)
{
	const struct d_switch *more =
		v->kind == SWITCH_VARY ? desired_switch(d, &v->dev, SWITCH_CONFIGURE) : NULL;

	return v->live && !v->then && v->kind != SWITCH_MEASURE &&
	       !(more && more->live && !more->then) && chpid_parse(v->dev.name, ret_chpid) == 0;
}

/* Who uses what is behind a subchannel: its own uses, else those of the CCW device. */
static const struct use *uses_behind(const struct inventory *inv, const struct subch *s,
				     size_t *ret_n)
{
	struct devid css = devid_css(s->id), ccw = devid_ccw(s->dev);
	const struct use *use = inventory_uses(inv, &css, ret_n);

	return *ret_n || !s->has_dev ? use : inventory_uses(inv, &ccw, ret_n);
}

/* What a path takes along: told of the first few devices, counted for all. */
struct taken {
	struct buf text; /* "0.0.0190 holds ...; 0.0.0191 ..." */
	size_t used, unused;
	enum use_grade worst;
};

static int add_taken(struct taken *t, const struct inventory *inv, const struct subch *s)
{
	size_t n = 0;
	const struct use *use = uses_behind(inv, s, &n);
	struct devid dev = s->has_dev ? devid_ccw(s->dev) : devid_css(s->id);

	for (size_t i = 0; i < n; i++)
		t->worst = MAX(t->worst, use[i].grade);
	if (!n) {
		t->unused++;
		return 0;
	}
	if (t->used++ >= 3)
		return 0;
	return buf_printf(&t->text, "%s%s %s", t->text.len ? "; " : "", dev.name, use[0].text);
}

static int last_path(const struct desired *d, const struct rule *rule, struct findings *f,
		     const struct d_switch *v, uint8_t chpid)
{
	struct taken t = { .worst = USE_NOTE };
	CLEANUP(buf_done) struct buf text = { 0 };
	char count[24];
	int r = 0;

	for (size_t i = 0; i < d->inv->n_subchs && r == 0; i++) {
		const struct subch *s = d->inv->subchs[i];

		if (desired_last_path(d, s, chpid))
			r = add_taken(&t, d->inv, s);
	}
	text = t.text;
	if (r == 0 && t.used > 3)
		r = buf_printf(&text, "; and %zu more devices in use", t.used - 3);
	if (r < 0)
		return r;
	snprintf(count, sizeof(count), "%zu", t.unused);
	if (t.used) {
		r = FIND(f, rule, t.worst == USE_NOTE ? GRADE_NOTE : GRADE_PROTECTED, &v->dev, NULL,
			 true, MSG_R_PATH_LAST, "path", v->dev.name, "uses", buf_str(&text));
		if (r == 0)
			f->v[f->n - 1].vital = t.worst == USE_VITAL;
	} else if (t.unused) {
		r = FIND(f, rule, GRADE_NOTE, &v->dev, NULL, true, MSG_R_PATH_LAST_UNUSED, "path",
			 v->dev.name, "n", count);
	}
	return r;
}

int rule_last_path(const struct desired *d, const struct rule *rule, struct findings *f)
{
	uint8_t chpid;
	int r = 0;

	for (size_t i = 0; i < d->n_switches && r == 0; i++)
		if (taken_off(d, &d->switches[i], &chpid))
			r = last_path(d, rule, f, &d->switches[i], chpid);
	return r;
}

/* A device of the host that is not there for want of a path, and will be. */
static bool comes_back(const struct desired *d, const struct subch *s, uint8_t chpid)
{
	return s->has_dev && !s->ccw && str_eq(s->driver, "io_subchannel") &&
	       desired_uses_path(s, chpid) && !desired_paths(d, s, false) &&
	       desired_paths(d, s, true);
}

int rule_path_back(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_switches && r == 0; i++) {
		const struct d_switch *v = &d->switches[i];
		struct devid first = { 0 };
		char more[48] = "";
		size_t n = 0;
		uint8_t chpid;

		if (!v->live || !v->then || chpid_parse(v->dev.name, &chpid) < 0)
			continue;
		for (size_t k = 0; k < d->inv->n_subchs; k++)
			if (comes_back(d, d->inv->subchs[k], chpid) && n++ == 0)
				first = devid_ccw(d->inv->subchs[k]->dev);
		if (n > 1)
			snprintf(more, sizeof(more), " (and %zu more)", n - 1);
		if (n)
			r = FIND(f, rule, GRADE_NOTE, &v->dev, &first, true, MSG_R_PATH_BACK,
				 "path", v->dev.name, "device", first.name, "more", more);
	}
	return r;
}

/* A running guest that loses the path, one that loses its last first; NULL: none. */
static const struct use *guest_behind(const struct desired *d, uint8_t chpid,
				      const struct subch **ret)
{
	const struct use *guest = NULL;

	for (size_t i = 0; i < d->inv->n_subchs; i++) {
		const struct subch *s = d->inv->subchs[i];
		bool last = !desired_paths(d, s, true);
		const struct use *use;
		size_t n = 0;

		if (!str_eq(s->driver, "vfio_ccw") || !desired_uses_path(s, chpid) ||
		    (guest && !last))
			continue;
		use = uses_behind(d->inv, s, &n);
		if (!n || use[0].grade == USE_NOTE)
			continue;
		guest = use;
		*ret = s;
		if (last)
			break;
	}
	return guest;
}

int rule_path_guest(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const struct subch *s = NULL;
	uint8_t chpid;
	int r = 0;

	for (size_t i = 0; i < d->n_switches && r == 0; i++) {
		const struct d_switch *v = &d->switches[i];
		const struct use *use = taken_off(d, v, &chpid) ? guest_behind(d, chpid, &s) : NULL;
		struct devid dev;

		if (!use)
			continue;
		dev = devid_ccw(s->dev);
		/* vfio_ccw_chp_event() (drivers/s390/cio/vfio_ccw_drv.c): a CRW for CHP_OFFLINE, none for CHP_VARY_OFF. */
		r = FIND(f, rule, GRADE_PROTECTED, &v->dev, &use->dev, true,
			 v->kind == SWITCH_VARY ? MSG_R_PATH_GUEST_VARY : MSG_R_PATH_GUEST, "path",
			 v->dev.name, "device", dev.name, "who", use->who, "others",
			 desired_paths(d, s, true) ? "the others of the device stay"
						   : "the device is left without a path");
	}
	return r;
}

int rule_path_boot(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_switches && r == 0; i++) {
		const struct d_switch *v = &d->switches[i];

		/* Varied on and not measured is how each boot begins: chp_new(), css_alloc(). */
		if (!v->live || (v->kind == SWITCH_VARY && v->then) ||
		    (v->kind == SWITCH_MEASURE && !v->then))
			continue;
		r = FIND(f, rule, GRADE_NOTE, &v->dev, NULL, true,
			 v->kind == SWITCH_VARY	     ? MSG_R_PATH_BOOT
			 : v->kind == SWITCH_MEASURE ? MSG_R_MEASURE_BOOT
						     : MSG_R_PATH_BOOT_MACHINE,
			 "path", switch_of(&v->dev, v->kind));
	}
	return r;
}

static int no_path(const struct desired *d, const struct rule *rule, struct findings *f,
		   const struct d_switch *v)
{
	const struct chp *chp = NULL;
	uint8_t id;

	if (chpid_parse(v->dev.name, &id) == 0)
		chp = inventory_chp(d->inv, id);
	if (!chp)
		return FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_NO_DEVICE, "device",
			    v->dev.name);
	return FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_R_PATH_FIXED, "path",
		    v->dev.name, "why",
		    v->kind == SWITCH_VARY ? "Its state cannot be read"
		    : chp->configured == 2 ? "It is reserved"
		    : chp->configured == 3 ? "The machine does not recognise it"
					   : "This machine does not let Linux configure paths");
}

static int no_measuring(const struct desired *d, const struct rule *rule, struct findings *f,
			const struct d_switch *v)
{
	char why[160];

	measure_blocked(d->inv, &v->dev, why, sizeof(why));
	return FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_CANT_MEASURE, "device",
		    v->dev.name, "why", why);
}

int rule_switch(const struct desired *d, const struct rule *rule, struct findings *f)
{
	char why[160];
	int r = 0;

	for (size_t i = 0; i < d->n_switches && r == 0; i++) {
		const struct d_switch *v = &d->switches[i];

		if (v->kind != SWITCH_MEASURE && v->now < 0)
			r = no_path(d, rule, f, v);
		else if (v->kind == SWITCH_MEASURE && (v->now < 0 || v->live) &&
			 (v->now < 0 || v->then) &&
			 measure_blocked(d->inv, &v->dev, why, sizeof(why)))
			r = no_measuring(d, rule, f, v);
	}
	return r;
}
