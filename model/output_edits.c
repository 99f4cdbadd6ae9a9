/* SPDX-License-Identifier: MIT */
#include "output_part.h"
#include "wish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The driver of a device, as far as it is one that gives the device away. */
static int add_driver(const struct out *o, const struct devid *dev, struct wish *w)
{
	struct wish_driver entry = { .dev = *dev };
	const char *live, *kept, *driver;
	const struct subch *subch;
	struct ccwid ccw;

	out_drivers(o, dev, &live, &kept);
	driver = kept ? kept : live;
	if (!driver || strlen(driver) >= sizeof(entry.driver))
		return 0;
	if (!str_starts(driver, "vfio") && !str_ends(driver, "vfio_pci"))
		return 0;
	snprintf(entry.driver, sizeof(entry.driver), "%s", driver);
	entry.reach =
		(struct reach){ .live = str_eq(live, driver), .persist = str_eq(kept, driver) };
	subch = dev->bus == BUS_CSS && ccwid_parse(dev->name, &ccw) == 0
			? inventory_subch(o->inv, ccw)
			: NULL;
	if (subch && subch->has_dev)
		entry.peer = devid_ccw(subch->dev);
	return wish_set_driver(w, &entry);
}

static int add_parent(const struct out *o, const struct d_mdev *m, struct wish *w)
{
	const struct subch *subch;
	struct ccwid ccw;
	struct devid dev;

	if (ccwid_parse(m->parent, &ccw) < 0)
		return 0;
	subch = inventory_subch(o->inv, ccw);
	dev = devid_css(ccw);
	return subch ? add_driver(o, &dev, w) : 0;
}

static int add_mdev(const struct d_mdev *m, struct wish *w)
{
	CLEANUP(freep) char *parent = strdup(m->parent), *type = m->type ? strdup(m->type) : NULL;
	struct wish_mdev entry = {
		.parent = parent,
		.type = type,
		.fields = WM_PARENT | WM_START | WM_ACTIVE | (type ? WM_TYPE : 0),
		.start = m->start_then,
		.active = m->active_then,
		.defined = m->defined_then,
		/* A definition that isn't running is still one entry: active false says so. */
		.reach = { .live = true, .persist = m->defined_then },
	};
	int r;

	if (!parent)
		return -ENOMEM;
	memcpy(entry.uuid, m->uuid, sizeof(entry.uuid));
	if (m->is_matrix) {
		entry.fields |= WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
		entry.matrix = m->defined_then ? m->ap->def_then : m->ap->live_then;
		return wish_set_mdev(w, &entry);
	}
	r = out_attrs(m, &entry.attrs, &entry.n_attrs);
	if (r < 0)
		return r;
	if (entry.n_attrs > 0)
		entry.fields |= WM_ATTRS;
	r = wish_set_mdev(w, &entry);
	attrs_free(entry.attrs, entry.n_attrs);
	return r;
}

/* All the masks as they are: only where the whole machine is to be made the same. */
static int add_ap(const struct out *o, struct wish *w)
{
	const struct desired *d = o->desired;
	struct ap_mask all = mask_all();
	int r = 0;

	if (!o->inv->ap.present || !o->inv->ap.masks_known)
		return 0;
	for (size_t i = 0; d->ap_mode == AP_MODE_OVERRIDE && i < o->inv->n_queues && r == 0; i++) {
		struct devid dev = devid_queue(o->inv->queues[i]->id);
		const char *live, *kept;

		out_drivers(o, &dev, &live, &kept);
		if (str_eq(live, "vfio_ap"))
			r = wish_set_queue(w, o->inv->queues[i]->id, true,
					   (struct reach){ .live = true, .persist = kept != NULL });
	}
	if (r == 0 && d->ap_mode == AP_MODE_OVERRIDE && w->ap.set)
		w->ap.mode = AP_MODE_OVERRIDE;
	if (d->ap_mode == AP_MODE_OVERRIDE ||
	    (mask_eq(&d->apmask_then, &all) && mask_eq(&d->aqmask_then, &all)))
		return r;
	w->ap.set = true;
	w->ap.mode = AP_MODE_MASKS;
	w->ap.has_apmask = w->ap.has_aqmask = true;
	w->ap.apmask = d->apmask_then;
	w->ap.aqmask = d->aqmask_then;
	w->ap.reach =
		(struct reach){ .live = true, .persist = d->rule_has_apmask || d->rule_has_aqmask };
	return 0;
}

static int add_sriov(const struct out *o, struct wish *w)
{
	int r = 0;

	for (size_t i = 0; i < o->inv->n_pcis && r == 0; i++) {
		const struct pci_fn *fn = o->inv->pcis[i];
		struct wish_sriov entry = { .dev = devid_pci(fn->id), .reach = { .live = true } };

		if (fn->vfs <= 0)
			continue;
		entry.vfs = (unsigned)fn->vfs;
		r = wish_set_sriov(w, &entry);
	}
	return r;
}

static int build(const struct out *o, struct wish *w)
{
	int r = o->whole ? add_ap(o, w) : 0;

	if (r == 0 && o->whole)
		r = add_sriov(o, w);
	for (size_t i = 0; i < o->n && r == 0; i++) {
		const struct out_item *item = &o->items[i];
		struct devid dev = out_devid(item);

		r = item->fn ? add_driver(o, &dev, w) : add_parent(o, item->mdev, w);
		if (r == 0 && item->mdev)
			r = add_mdev(item->mdev, w);
	}
	return r;
}

int out_edits(const struct out *o, FILE *f, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	CLEANUP(freep) char *json = NULL;
	int r = build(o, &w);

	(void)reterr;
	if (r < 0)
		return r;
	json = wish_to_json(&w);
	if (!json)
		return -ENOMEM;
	fputs(json, f);
	return 0;
}
