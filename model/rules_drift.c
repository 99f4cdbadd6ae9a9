/* SPDX-License-Identifier: MIT */
/* Where what runs, what is defined and what is kept for the next boot are not the same, nobody having staged a change. */
#include "hardware.h"
#include "mem.h"
#include "rules_part.h"
#include "rules_table.h"
#include "store.h"

#include <stdio.h>

static int note(struct findings *f, const struct rule *rule, const struct devid *dev,
		struct msg *msg)
{
	return findings_add(f, rule, GRADE_NOTE, dev, NULL, false, msg);
}

/* -- mediated devices -- */

/* Why can't a definition's parent have mediated devices now? NULL: it can. */
static const char *parent_lacks(const struct inventory *inv, const char *parent)
{
	struct devid dev;

	if (inventory_parent(inv, parent))
		return NULL;
	if (!strcmp(parent, "matrix"))
		return "is not there: vfio_ap is not loaded";
	dev = (struct devid){ strchr(parent, ':') ? BUS_PCI : BUS_CSS, "" };
	snprintf(dev.name, sizeof(dev.name), "%s", parent);
	return subch_of(inv, &dev) || pci_of(inv, &dev) ? "is not bound to a driver that offers any"
							: "is not there";
}

static bool runs_otherwise(const struct d_mdev *m)
{
	/* What the kernel's text cut off can't be compared. */
	return m->active_now && m->defined_now && m->is_matrix && m->mdev && !m->mdev->matrix_cut &&
	       !matrix_eq(&m->ap->live_now, &m->ap->def_now);
}

static int mdev_drift(const struct desired *d, const struct d_mdev *m, const struct rule *rule,
		      struct findings *f)
{
	struct devid dev = devid_mdev(m->uuid);
	CLEANUP(msg_done) struct msg msg = { 0 };
	const char *lacks =
		m->defined_now && !m->active_now ? parent_lacks(d->inv, m->parent) : NULL;

	if (runs_otherwise(m))
		msg_make(&msg, MSG_R_DRIFT_QUEUES, "uuid", m->uuid, NULL);
	else if (m->active_now && !m->defined_now)
		msg_make(&msg, MSG_R_DRIFT_UNDEFINED, "uuid", m->uuid, "parent", m->parent, NULL);
	else if (lacks)
		msg_make(&msg, MSG_R_DRIFT_PARENT, "uuid", m->uuid, "parent", m->parent, "lacks",
			 lacks, NULL);
	else if (m->defined_now && m->start_now == START_AUTO && !m->active_now)
		msg_make(&msg, MSG_R_DRIFT_IDLE, "uuid", m->uuid, "parent", m->parent, NULL);
	else
		return 0;
	return note(f, rule, &dev, &msg);
}

int rule_drift_mdev(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		if (!d->mdevs[i].wish)
			r = mdev_drift(d, &d->mdevs[i], rule, f);
	return r;
}

/* -- drivers -- */

static bool is_there(const struct inventory *inv, const struct devid *dev)
{
	apqn_t q;

	if (dev->bus == BUS_AP)
		return apqn_parse(dev->name, &q) < 0 || inventory_queue(inv, q);
	/* Of another bus nothing is known. */
	return (dev->bus != BUS_CSS && dev->bus != BUS_PCI) || subch_of(inv, dev) ||
	       pci_of(inv, dev);
}

static int file_drift(const struct desired *d, const struct override_file *o,
		      const struct rule *rule, struct findings *f)
{
	const char *now = inventory_driver(d->inv, &o->dev);
	CLEANUP(msg_done) struct msg msg = { 0 };

	if (!is_there(d->inv, &o->dev))
		msg_make(&msg, MSG_R_DRIFT_ORPHAN, "path", o->path, "device", o->dev.name, NULL);
	else if (o->dev.bus <= BUS_PCI && !str_eq(now ? now : "none", o->driver))
		msg_make(&msg, MSG_R_DRIFT_DRIVER, "device", o->dev.name, "now",
			 now ? now : "no driver", "then", o->driver, NULL);
	else
		return 0;
	return note(f, rule, &o->dev, &msg);
}

/* Bound for guests and kept by no file; libvirt does that for a guest that runs, and undoes it. */
static int unkept(const struct desired *d, const struct devid *dev, const char *driver,
		  const struct rule *rule, struct findings *f)
{
	CLEANUP(msg_done) struct msg msg = { 0 };
	size_t uses = 0;

	if (desired_driver(d, dev) || inventory_override(d->inv, dev))
		return 0;
	inventory_uses(d->inv, dev, &uses);
	if (uses)
		return 0;
	msg_make(&msg, MSG_R_DRIFT_UNKEPT, "device", dev->name, "now", driver, NULL);
	return note(f, rule, dev, &msg);
}

int rule_drift_driver(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const char *last = NULL; /* neighbours mostly have the same driver */
	bool guests = false;
	int r = 0;

	for (size_t i = 0; i < d->inv->n_overrides && r == 0; i++)
		if (!desired_driver(d, &d->inv->overrides[i].dev))
			r = file_drift(d, &d->inv->overrides[i], rule, f);
	for (size_t i = 0; i < d->inv->n_subchs && r == 0; i++) {
		const struct subch *s = d->inv->subchs[i];

		if (s->driver != last)
			guests = driver_is_guest(last = s->driver);
		if (guests) {
			struct devid dev = devid_css(s->id);

			r = unkept(d, &dev, s->driver, rule, f);
		}
	}
	for (size_t i = 0; i < d->inv->n_pcis && r == 0; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];

		if (driver_is_guest(fn->driver)) {
			struct devid dev = devid_pci(fn->id);

			r = unkept(d, &dev, fn->driver, rule, f);
		}
	}
	return r;
}

/* -- masks -- */

int rule_drift_masks(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const struct ap_rule *kept = &d->inv->ap_rule;
	const struct ap_bus *ap = &d->inv->ap;
	struct devid dev = { BUS_AP, "apmask" };
	CLEANUP(msg_done) struct msg msg = { 0 };

	if (!ap->present || !ap->masks_known || !kept->present || d->masks_change || d->rule_change)
		return 0;
	if ((!kept->has_apmask || mask_eq(&kept->apmask, &ap->apmask)) &&
	    (!kept->has_aqmask || mask_eq(&kept->aqmask, &ap->aqmask)))
		return 0;
	msg_make(&msg, MSG_R_DRIFT_MASKS, "path", AP_RULE_PATH, NULL);
	return note(f, rule, &dev, &msg);
}

/* -- hardware -- */

/* Is a device still kept for guests, by whatever? Of what is the host's again a note is old news. */
static bool is_kept(const struct desired *d, const struct devid *dev)
{
	const char *now = inventory_driver(d->inv, dev);
	apqn_t q;

	if (driver_is_guest(now) || driver_is_guest(inventory_override(d->inv, dev)))
		return true;
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (m->defined_now && str_eq(m->parent, dev->name))
			return true;
		if (m->is_matrix && dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0 &&
		    ((m->defined_now && matrix_has(&m->ap->def_now, q)) ||
		     (m->active_now && matrix_has(&m->ap->live_now, q))))
			return true;
	}
	return false;
}

int rule_hardware(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->inv->n_hardware && r == 0; i++) {
		const struct hardware *h = &d->inv->hardware[i];
		CLEANUP(buf_done) struct buf fact = { 0 };
		CLEANUP(buf_done) struct buf was = { 0 };
		CLEANUP(buf_done) struct buf is = { 0 };
		CLEANUP(msg_done) struct msg msg = { 0 };

		if (desired_driver(d, &h->dev) || wish_accepts(d->wish, &h->dev) ||
		    !is_kept(d, &h->dev) || !hardware_changed(d->inv, h, &fact, &was, &is))
			continue;
		msg_make(&msg, MSG_R_HARDWARE, "device", h->dev.name, "fact", buf_str(&fact), "was",
			 buf_str(&was), "is", buf_str(&is), NULL);
		r = note(f, rule, &h->dev, &msg);
	}
	return r;
}

/* -- files -- */

/* Its masks are known, but not what else is in it; where it should be written that is an error, and said there. */
static int rule_of_another_form(const struct desired *d, const struct rule *rule,
				struct findings *f)
{
	const struct ap_rule *x = &d->inv->ap_rule;
	struct devid dev = { .bus = BUS_NONE };
	CLEANUP(msg_done) struct msg msg = { 0 };

	if (!x->present || !x->bytes || x->ours_to_write || d->rule_change)
		return 0;
	msg_make(&msg, MSG_R_DRIFT_FORM, "path", AP_RULE_PATH, NULL);
	return note(f, rule, &dev, &msg);
}

int rule_drift_foreign(const struct desired *d, const struct rule *rule, struct findings *f)
{
	bool listed = false;
	int r = 0;

	for (size_t i = 0; i < d->inv->n_problems && r == 0; i++) {
		const struct problem *p = &d->inv->problems[i];
		struct devid dev = { .bus = BUS_NONE };
		CLEANUP(msg_done) struct msg msg = { 0 };
		char where[48] = "";

		if (!p->foreign)
			continue;
		listed = listed || str_eq(p->path, AP_RULE_PATH);
		if (p->line)
			snprintf(where, sizeof(where), " at line %u column %u", p->line, p->column);
		msg_make(&msg, MSG_R_DRIFT_FOREIGN, "path", p->path, "where", where, "expected",
			 p->expected ? p->expected : "the form its own tool writes", NULL);
		r = note(f, rule, &dev, &msg);
	}
	return r < 0 || listed ? r : rule_of_another_form(d, rule, f);
}
