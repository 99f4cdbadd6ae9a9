/* SPDX-License-Identifier: MIT */
/* Rules about PCI: IOMMU groups and virtual functions. */
#include "rules_part.h"
#include "rules_table.h"

#include <stdio.h>

/* Bridges of a group stay with the host: they do no DMA of their own. */
static bool is_bridge(const struct pci_fn *fn)
{
	return fn->class >> 16 == 0x06;
}

static const char *driver_then(const struct desired *d, const struct pci_fn *fn)
{
	struct devid dev = devid_pci(fn->id);
	const struct d_driver *r = desired_driver(d, &dev);

	/* Given back, to a driver not known by name: some driver of the host. */
	if (r && r->live && r->native && !r->then)
		return "host";
	return r ? r->then : fn->driver;
}

/* After the next boot: only a file keeps a function for guests. */
static const char *driver_boot(const struct desired *d, const struct pci_fn *fn)
{
	struct devid dev = devid_pci(fn->id);
	const struct d_driver *r = desired_driver(d, &dev);
	const char *file = r ? r->file_then : inventory_override(d->inv, &dev);

	if (file)
		return strcmp(file, "none") == 0 ? NULL : file;
	return driver_is_guest(fn->driver) ? "host" : fn->driver;
}

/* One side of a group, now or at boot: who would have its functions, and is it an edit that makes it so? */
struct side {
	bool guests, staged;
	struct buf
		hosts; /* "0000:01:00.1 (mlx5_core)", ...: functions that some driver of the host would have */
};

static void look_at(const struct desired *d, struct pci_fn *const *fns, size_t n, bool boot,
		    struct side *ret)
{
	for (size_t i = 0; i < n; i++) {
		const char *driver = boot ? driver_boot(d, fns[i]) : driver_then(d, fns[i]);
		struct devid dev = devid_pci(fns[i]->id);
		const struct d_driver *r = desired_driver(d, &dev);

		ret->staged |= r && (boot ? r->persist : r->live);
		if (is_bridge(fns[i]) || !driver)
			continue;
		if (driver_is_guest(driver))
			ret->guests = true;
		else
			buf_printf(&ret->hosts, "%s%s (%s)", ret->hosts.len ? ", " : "", dev.name,
				   driver);
	}
}

static bool is_split(const struct side *s)
{
	return s->guests && s->hosts.len;
}

/* The functions of one group: those for guests which drivers of the host share it with. */
static int check_group(const struct desired *d, struct pci_fn *const *fns, size_t n,
		       const struct rule *rule, struct findings *f)
{
	struct side now = { 0 }, boot = { 0 };
	char group[16];
	int r = 0;

	look_at(d, fns, n, false, &now);
	look_at(d, fns, n, true, &boot);
	snprintf(group, sizeof(group), "%d", fns[0]->group);
	for (size_t i = 0; i < n && r == 0; i++) {
		bool live = is_split(&now) && driver_is_guest(driver_then(d, fns[i]));
		struct devid dev = devid_pci(fns[i]->id);

		if (is_bridge(fns[i]) || !(live || (boot.staged && is_split(&boot) &&
						    driver_is_guest(driver_boot(d, fns[i])))))
			continue;
		r = FIND(f, rule, GRADE_ERROR, &dev, NULL, now.staged || boot.staged, MSG_R_GROUP,
			 "device", dev.name, "group", group, "others",
			 buf_str(live ? &now.hosts : &boot.hosts));
	}
	buf_done(&now.hosts);
	buf_done(&boot.hosts);
	return r;
}

static int by_group(const void *a, const void *b)
{
	const struct pci_fn *x = *(struct pci_fn *const *)a, *y = *(struct pci_fn *const *)b;

	return x->group != y->group ? (x->group < y->group ? -1 : 1) : pciid_cmp(x->id, y->id);
}

/* A function alone in its group shares it with nobody. */
static int check_groups(const struct desired *d, struct pci_fn **fns, size_t n,
			const struct rule *rule, struct findings *f)
{
	int r = 0;

	qsort(fns, n, sizeof(*fns), by_group);
	for (size_t i = 0, end; i < n && r == 0; i = end) {
		for (end = i + 1; end < n && fns[end]->group == fns[i]->group;)
			end++;
		if (end > i + 1 && fns[i]->group >= 0)
			r = check_group(d, fns + i, end - i, rule, f);
	}
	return r;
}

/* Is any function for guests, or to be? Mostly none is, and there is nothing to check. */
static bool any_for_guests(const struct desired *d)
{
	for (size_t i = 0; i < d->n_drivers; i++)
		if (d->drivers[i].dev.bus == BUS_PCI)
			return true;
	for (size_t i = 0; i < d->inv->n_pcis; i++)
		if (driver_is_guest(d->inv->pcis[i]->driver))
			return true;
	return false;
}

int rule_group(const struct desired *d, const struct rule *rule, struct findings *f)
{
	CLEANUP(freep) struct pci_fn **fns = NULL;
	size_t n = d->inv->n_pcis;

	if (!any_for_guests(d))
		return 0;
	fns = reallocarray(NULL, n + 1, sizeof(*fns));
	if (!fns)
		return -ENOMEM;
	if (n)
		memcpy(fns, d->inv->pcis, n * sizeof(*fns));
	return check_groups(d, fns, n, rule, f);
}

/* A virtual function of a device that somebody has, and doesn't give back in these edits; NULL: none. */
static const struct pci_fn *busy_vf(const struct desired *d, const struct devid *pf)
{
	for (size_t i = 0; i < d->inv->n_pcis; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];
		struct devid of = devid_pci(fn->physfn), dev = devid_pci(fn->id);
		const struct wish_driver *w;
		size_t n = 0;

		if (!fn->is_vf || !devid_eq(&of, pf))
			continue;
		w = wish_driver_of(d->wish, &dev);
		inventory_uses(d->inv, &dev, &n);
		if (n || (driver_is_guest(fn->driver) && !(w && w->reach.live && !*w->driver)))
			return fn;
	}
	return NULL;
}

static int check_vfs(const struct desired *d, const struct d_sriov *v, const struct pci_fn *fn,
		     const struct rule *rule, struct findings *f)
{
	const struct pci_fn *busy = v->now ? busy_vf(d, &v->dev) : NULL;
	char total[16], now[16], then[16];
	int r = 0;

	snprintf(total, sizeof(total), "%d", MAX(fn->vfs_total, 0));
	snprintf(now, sizeof(now), "%u", v->now);
	snprintf(then, sizeof(then), "%u", v->then);
	if (fn->vfs_total < 0 || v->then > (unsigned)fn->vfs_total)
		return FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_SRIOV_TOTAL, "device",
			    v->dev.name, "total", total);
	if (busy) {
		struct devid other = devid_pci(busy->id);

		r = FIND(f, rule, GRADE_PROTECTED, &v->dev, &other, true, MSG_R_VFS_BUSY, "device",
			 v->dev.name, "vf", other.name);
	} else if (v->now && v->then) {
		r = FIND(f, rule, GRADE_NOTE, &v->dev, NULL, true, MSG_R_VFS_ANEW, "device",
			 v->dev.name, "now", now, "then", then);
	}
	return r;
}

/* Such a function stays with its vendor's driver, which is both the host's and the guests'. */
int rule_vendor_vfio(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->inv->n_pcis && r == 0; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];
		struct devid dev;

		if (!fn->vgpu_type)
			continue;
		dev = devid_pci(fn->id);
		r = FIND(f, rule, GRADE_NOTE, &dev, NULL, false, MSG_R_VENDOR_VFIO, "device",
			 dev.name, "type", str_eq(fn->vgpu_type, "0") ? "0, none" : fn->vgpu_type);
	}
	return r;
}

int rule_vfs(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_sriov && r == 0; i++) {
		const struct d_sriov *v = &d->sriov[i];
		const struct pci_fn *fn = pci_of(d->inv, &v->dev);
		const struct wish_sriov *w = wish_sriov_of(d->wish, &v->dev);

		if (fn && (v->live || v->then != v->now))
			r = check_vfs(d, v, fn, rule, f);
		if (r == 0 && fn && w && w->reach.persist)
			r = FIND(f, rule, w->reach.live ? GRADE_NOTE : GRADE_ERROR, &v->dev, NULL,
				 true, MSG_R_VFS_BOOT, "device", v->dev.name);
	}
	return r;
}
