/* SPDX-License-Identifier: MIT */
/* Drivers: what is asked for by name, and what mediated devices imply for their parents. */
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool driver_is_guest(const char *driver)
{
	return driver && strstr(driver, "vfio");
}

const char *driver_native(const struct inventory *inv, const struct devid *dev)
{
	static const char *const by_type[] = { "io_subchannel", "chsc_subchannel", NULL,
					       "eadm_subchannel" };
	const struct subch *s;
	struct ccwid id;

	if (dev->bus == BUS_AP)
		return "cex4queue";
	if (dev->bus != BUS_CSS || ccwid_parse(dev->name, &id) < 0)
		return NULL;
	s = inventory_subch(inv, id);
	return s && s->type < ARRAY_SIZE(by_type) ? by_type[s->type] : "io_subchannel";
}

void driver_module(const char *driver, char *name, size_t size)
{
	size_t i = 0;

	for (; driver[i] && i + 1 < size; i++)
		name[i] = driver[i] == '-' ? '_' : driver[i];
	name[i] = '\0';
}

static int cmp_driver(const void *dev, const void *record)
{
	return devid_cmp(dev, &((const struct d_driver *)record)->dev);
}

/* Where the record of a device is, or would be. */
static size_t place_of(const struct desired *d, const struct devid *dev, bool *ret_found)
{
	return array_place(d->drivers, d->n_drivers, sizeof(*d->drivers), dev, cmp_driver,
			   ret_found);
}

const struct d_driver *desired_driver(const struct desired *d, const struct devid *dev)
{
	bool found;
	size_t at = place_of(d, dev, &found);

	return found ? &d->drivers[at] : NULL;
}

static const char *override_of(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid css;
	struct pciid pci;
	apqn_t q;
	const char *text = NULL;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &css) == 0) {
		const struct subch *s = inventory_subch(inv, css);

		text = s ? s->override : NULL;
	} else if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0) {
		const struct pci_fn *fn = inventory_pci(inv, pci);

		text = fn ? fn->override : NULL;
	} else if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0) {
		const struct ap_queue *queue = inventory_queue(inv, q);

		text = queue ? queue->override : NULL;
	}
	return text && *text ? text : NULL;
}

struct d_driver *desired_driver_get(struct desired *d, const struct devid *dev)
{
	bool found;
	size_t at = place_of(d, dev, &found);
	struct d_driver *grown, *r;

	if (found)
		return &d->drivers[at];
	grown = reallocarray(d->drivers, d->n_drivers + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	d->drivers = grown;
	r = &grown[at];
	memmove(r + 1, r, (d->n_drivers++ - at) * sizeof(*r));
	*r = (struct d_driver){ .dev = *dev };
	r->now = r->then = inventory_driver(d->inv, dev);
	r->override_now = r->override_then = override_of(d->inv, dev);
	r->file_now = r->file_then = inventory_override(d->inv, dev);
	return r;
}

/* A virtual function whose number changes: it loses what it has before it goes (steps_sriov_down). */
static bool vanishes(const struct desired *d, const struct devid *dev)
{
	const struct pci_fn *fn, *pf;
	const struct wish_sriov *w;
	struct devid of;
	struct pciid id;

	if (dev->bus != BUS_PCI || pciid_parse(dev->name, &id) < 0)
		return false;
	fn = inventory_pci(d->inv, id);
	if (!fn || !fn->is_vf)
		return false;
	of = devid_pci(fn->physfn);
	w = wish_sriov_of(d->wish, &of);
	pf = inventory_pci(d->inv, fn->physfn);
	return w && w->reach.live && pf && pf->vfs > 0 && w->vfs != (unsigned)pf->vfs;
}

void desired_driver_want(struct desired *d, struct d_driver *r, const char *driver, bool live,
			 bool persist)
{
	const char *native = driver_native(d->inv, &r->dev);
	bool give_back = !*driver || str_eq(driver, native);
	const char *then = give_back ? native : strcmp(driver, "none") == 0 ? NULL : driver;

	if (persist) {
		r->file_then = give_back ? NULL : driver;
		r->persist = !str_eq(r->file_now, r->file_then);
	}
	if (!live)
		return;
	/*
	 * A device that has what it shall have is left alone, whatever its override: rebinding would only disturb it.
	 * An AP queue is the exception: without its override it isn't the guests'.
	 */
	if (give_back && (inventory_gone(d->inv, &r->dev) || vanishes(d, &r->dev)))
		r->live = false;
	else if (give_back && !native)
		r->live = !r->now || driver_is_guest(r->now);
	else
		r->live = !str_eq(r->now, then);
	if (r->dev.bus == BUS_AP && !str_eq(r->override_now, give_back ? NULL : driver))
		r->live = true;
	if (!r->live) {
		/* An earlier wish for it may have said otherwise. */
		r->then = r->now;
		r->override_then = r->override_now;
		r->native = false;
		return;
	}
	r->then = then;
	r->native = give_back;
	r->override_then = give_back ? NULL : driver;
}

static int wished(struct desired *d)
{
	for (size_t i = 0; i < d->wish->n_drivers; i++) {
		const struct wish_driver *w = &d->wish->drivers[i];
		struct d_driver *r;

		if (w->dev.bus != BUS_CSS && w->dev.bus != BUS_PCI)
			continue; /* a CCW name that was not bound to a subchannel: a rule says so */
		r = desired_driver_get(d, &w->dev);
		if (!r)
			return -ENOMEM;
		desired_driver_want(d, r, w->driver, w->reach.live, w->reach.persist);
		if (w->has_boot)
			desired_driver_want(d, r, w->boot, false, w->reach.persist);
		r->online = r->live && w->online;
	}
	return 0;
}

/* The parent of a mediated device on a subchannel must be bound to vfio_ccw: now to start it, at boot for `auto`. */
static int imply_parent(struct desired *d, const struct d_mdev *m)
{
	struct devid dev = { .bus = BUS_CSS };
	const struct wish_driver *w;
	bool live, persist;
	struct d_driver *r;
	struct ccwid id;

	if (!m->wish || !str_eq(m->type, TYPE_CCW) || ccwid_parse(m->parent, &id) < 0)
		return 0;
	dev = devid_css(id);
	w = wish_driver_of(d->wish, &dev);
	live = m->active_then && !m->active_now && !(w && w->reach.live);
	persist = m->wish->reach.persist && m->defined_then && m->start_then == START_AUTO &&
		  !(w && w->reach.persist);
	live = live && !str_eq(inventory_driver(d->inv, &dev), "vfio_ccw");
	persist = persist && !str_eq(inventory_override(d->inv, &dev), "vfio_ccw");
	if (!live && !persist)
		return 0;
	r = desired_driver_get(d, &dev);
	if (!r)
		return -ENOMEM;
	r->implied = !w;
	desired_driver_want(d, r, "vfio_ccw", live, persist);
	return 0;
}

/* The kernel removes mediated devices with the driver of their parent. */
static void stop_children(struct desired *d)
{
	for (size_t i = 0; i < d->n_mdevs; i++) {
		struct d_mdev *m = &d->mdevs[i];
		bool asked = m->wish && m->wish->reach.live && (m->wish->fields & WM_ACTIVE);
		const struct mdev_parent *p =
			m->active_now && !asked ? inventory_parent(d->inv, m->parent) : NULL;
		const struct d_driver *r = p ? desired_driver(d, &p->id) : NULL;

		if (r && r->live)
			m->active_then = false;
	}
}

static int need_modules(struct desired *d)
{
	char name[32];
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++)
		if (d->drivers[i].live && driver_is_guest(d->drivers[i].then)) {
			driver_module(d->drivers[i].then, name, sizeof(name));
			r = desired_module_need(d, name);
		}
	return r;
}

int desired_drivers(struct desired *d)
{
	int r = wished(d);

	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		r = imply_parent(d, &d->mdevs[i]);
	if (r == 0)
		r = need_modules(d);
	if (r == 0)
		stop_children(d);
	return r;
}
