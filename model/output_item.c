/* SPDX-License-Identifier: MIT */
#include "output_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void out_done(struct out *o)
{
	free(o->items);
	o->items = NULL;
	o->n = o->cap = 0;
}

/* Adds an item unless it is there. */
static int add(struct out *o, const struct d_mdev *m, const struct pci_fn *fn)
{
	int r;

	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].mdev == m && o->items[i].fn == fn)
			return 0;
	r = array_grow(&o->items, o->n, &o->cap, sizeof(*o->items));
	if (r == 0)
		o->items[o->n++] = (struct out_item){ .mdev = m, .fn = fn };
	return r;
}

/* Is there, or will there be, such a mediated device? */
static bool mdev_lives(const struct d_mdev *m)
{
	return m->active_then || m->defined_then;
}

static bool holds(const struct d_mdev *m, const struct devid *dev)
{
	apqn_t q;

	if (dev->bus == BUS_MDEV)
		return str_eq(m->uuid, dev->name);
	if (dev->bus == BUS_AP && m->is_matrix && apqn_parse(dev->name, &q) == 0)
		return (m->active_then && matrix_has(&m->ap->live_then, q)) ||
		       (m->defined_then && matrix_has(&m->ap->def_then, q));
	return str_eq(m->parent, dev->name);
}

void out_drivers(const struct out *o, const struct devid *dev, const char **ret_live,
		 const char **ret_kept)
{
	const struct d_driver *d = desired_driver(o->desired, dev);

	*ret_live = d ? d->then : inventory_driver(o->inv, dev);
	*ret_kept = d ? d->file_then : inventory_override(o->inv, dev);
}

/* vfio-pci itself, or one of its variants as mlx5_vfio_pci. */
static bool gives_away(const char *driver)
{
	return driver && (str_eq(driver, "vfio-pci") || str_ends(driver, "vfio_pci"));
}

static bool pci_lives(const struct out *o, const struct pci_fn *fn)
{
	struct devid dev = devid_pci(fn->id);
	const char *live, *kept;

	out_drivers(o, &dev, &live, &kept);
	return gives_away(live) || gives_away(kept);
}

static int add_mdevs(struct out *o, const struct devid *dev)
{
	int r = -ENOENT;

	for (size_t i = 0; i < o->desired->n_mdevs; i++) {
		const struct d_mdev *m = &o->desired->mdevs[i];

		if (!mdev_lives(m) || (dev && !holds(m, dev)))
			continue;
		r = add(o, m, NULL);
		if (r < 0)
			return r;
	}
	return r;
}

int out_add(struct out *o, const struct devid *dev)
{
	const struct subch *subch;
	const struct pci_fn *fn;
	struct devid css;
	struct pciid pci;
	struct ccwid ccw;

	if (dev->bus == BUS_CCW && ccwid_parse(dev->name, &ccw) == 0) {
		subch = inventory_subch_of(o->inv, ccw);
		if (!subch)
			return -ENOENT;
		css = devid_css(subch->id);
		return add_mdevs(o, &css);
	}
	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0) {
		fn = inventory_pci(o->inv, pci);
		if (fn && pci_lives(o, fn))
			return add(o, NULL, fn);
	}
	return add_mdevs(o, dev);
}

int out_add_all(struct out *o)
{
	int r = add_mdevs(o, NULL);

	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; i < o->inv->n_pcis; i++)
		if (pci_lives(o, o->inv->pcis[i])) {
			r = add(o, NULL, o->inv->pcis[i]);
			if (r < 0)
				return r;
		}
	return 0;
}

const char *out_api(const struct out *o, const struct out_item *item)
{
	const struct mdev_parent *parent;

	if (item->fn)
		return "vfio-pci";
	if (str_eq(item->mdev->type, TYPE_CCW))
		return "vfio-ccw";
	if (str_eq(item->mdev->type, TYPE_AP))
		return "vfio-ap";
	parent = inventory_parent(o->inv, item->mdev->parent);
	for (size_t i = 0; parent && i < parent->n_types; i++)
		if (str_eq(parent->types[i].id, item->mdev->type) &&
		    str_eq(parent->types[i].api, "vfio-pci"))
			return "vfio-pci";
	return NULL;
}

const char *out_features(const struct out *o, const char *sep, char *text, size_t size)
{
	const struct host *h = &o->inv->host;

	snprintf(text, size, "ap%s%s%s%s%s%s", h->qci || o->inv->ap.config_known ? sep : "",
		 h->qci || o->inv->ap.config_known ? "apqci" : "", h->apft ? sep : "",
		 h->apft ? "apft" : "", h->apqi ? sep : "", h->apqi ? "apqi" : "");
	return text;
}

struct devid out_devid(const struct out_item *item)
{
	struct devid dev = { .bus = BUS_MDEV };

	if (item->fn)
		return devid_pci(item->fn->id);
	snprintf(dev.name, sizeof(dev.name), "%s", item->mdev->uuid);
	return dev;
}

bool out_ccw(const struct out *o, const struct out_item *item, struct ccwid *ret)
{
	const struct subch *subch;
	struct ccwid id;

	if (!item->mdev || !str_eq(item->mdev->type, TYPE_CCW) ||
	    ccwid_parse(item->mdev->parent, &id) < 0)
		return false;
	subch = inventory_subch(o->inv, id);
	if (!subch || !subch->has_dev)
		return false;
	*ret = subch->dev;
	return true;
}

bool out_no_taken(const struct out *o, const struct out_item *item, enum guest_no_of kind,
		  uint32_t no)
{
	struct devid dev = out_devid(item);

	for (size_t i = 0; i < o->inv->n_guest_nos; i++) {
		const struct guest_no *given = &o->inv->guest_nos[i];

		if (given->kind == kind && given->no == no && !devid_eq(&given->dev, &dev))
			return true;
	}
	return false;
}

bool out_devno(const struct out *o, const struct out_item *item, struct ccwid *ret)
{
	struct ccwid id;

	/* Without a number QEMU and libvirt take a free one themselves. */
	if (!out_ccw(o, item, &id) ||
	    out_no_taken(o, item, GUEST_NO_CCW, (uint32_t)id.ssid << 16 | id.no))
		return false;
	*ret = id;
	return true;
}

/* A crypto matrix in a few words: "adapters 05 domains 0004,00ab". */
static void about_matrix(const struct d_mdev *m, char *text, size_t size)
{
	const struct matrix *x = m->defined_then ? &m->ap->def_then : &m->ap->live_then;
	char adapters[1024], domains[1024];

	snprintf(text, size, "crypto matrix, adapters %s domains %s",
		 mask_empty(&x->adapters)
			 ? "none"
			 : mask_shown(&x->adapters, false, adapters, sizeof(adapters)),
		 mask_empty(&x->domains) ? "none"
					 : mask_shown(&x->domains, true, domains, sizeof(domains)));
}

void out_about(const struct out *o, const struct out_item *item, char *text, size_t size)
{
	CLEANUP(freep) char *safe = NULL;
	struct devid dev = out_devid(item), behind;
	struct ccwid ccw;
	char what[2200];

	if (item->mdev && item->mdev->is_matrix) {
		about_matrix(item->mdev, what, sizeof(what));
	} else if (out_ccw(o, item, &ccw)) {
		char kind[128];

		behind = devid_ccw(ccw);
		inventory_what(o->inv, &behind, kind, sizeof(kind));
		snprintf(what, sizeof(what), "%s %s behind subchannel %s", kind, behind.name,
			 item->mdev->parent);
	} else if (item->mdev) {
		snprintf(what, sizeof(what), "%s on %s", item->mdev->type, item->mdev->parent);
	} else {
		inventory_what(o->inv, &dev, what, sizeof(what));
	}
	safe = text_safe(what);
	snprintf(text, size, "%s: %s", dev.name, safe ? safe : "?");
}

int out_attrs(const struct d_mdev *m, struct attr **ret, size_t *ret_n)
{
	struct attr *attrs = NULL;
	size_t n = 0;
	int r;

	if (m->defined_then)
		r = attrs_copy(m->attrs_then, m->n_attrs_then, &attrs), n = m->n_attrs_then;
	else if (m->is_matrix)
		r = attrs_from_matrix(&attrs, &n, &m->ap->live_then);
	else
		r = attrs_copy(m->attrs_live, m->n_attrs_live, &attrs), n = m->n_attrs_live;
	if (r < 0) {
		attrs_free(attrs, attrs ? n : 0);
		return r;
	}
	*ret = attrs;
	*ret_n = n;
	return 0;
}

int out_refuse(const struct out *o, const struct out_item *item, const char *as, const char *why,
	       FILE *f, struct msg *reterr)
{
	struct devid dev = out_devid(item);
	char text[DEVID_TEXT];
	bool xml = str_eq(as, "libvirt") || str_eq(as, "nodedev");

	devid_text(&dev, text);
	if (o->whole) {
		fprintf(f, xml ? "<!-- %s is left out: %s -->\n" : "# %s is left out: %s\n", text,
			why);
		return 0;
	}
	msg_make(reterr, MSG_OUTPUT_CANNOT, "device", text, "as", as, "why", why, NULL);
	return -EINVAL;
}

bool out_printable(const char *text)
{
	CLEANUP(freep) char *safe = text_safe(text);

	return safe && !strcmp(safe, text);
}

bool out_attrs_printable(const struct attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!out_printable(attrs[i].name) || !out_printable(attrs[i].value))
			return false;
	return true;
}
