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

/* The functions of a group that some driver of the host would have; true: there are any. */
static bool others_of_host(const struct desired *d, const struct pci_fn *of,
			   const char *(*at)(const struct desired *d, const struct pci_fn *fn),
			   struct buf *names)
{
	bool any = false;

	for (size_t i = 0; i < d->inv->n_pcis; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];
		const char *driver = at(d, fn);

		if (fn == of || fn->group != of->group || is_bridge(fn) || !driver ||
		    driver_is_guest(driver))
			continue;
		buf_printf(names, "%s%s (%s)", any ? ", " : "", devid_pci(fn->id).name, driver);
		any = true;
	}
	return any;
}

/* Does an edit move a function of this group, now or at boot? */
static bool group_staged(const struct desired *d, int group, bool boot)
{
	for (size_t i = 0; i < d->n_drivers; i++) {
		const struct pci_fn *fn = pci_of(d->inv, &d->drivers[i].dev);

		if (fn && fn->group == group && (boot ? d->drivers[i].persist : d->drivers[i].live))
			return true;
	}
	return false;
}

/* A function for guests whose group some driver of the host shares. */
static bool split(const struct desired *d, const struct pci_fn *fn,
		  const char *(*at)(const struct desired *d, const struct pci_fn *fn),
		  struct buf *names)
{
	return driver_is_guest(at(d, fn)) && others_of_host(d, fn, at, names);
}

int rule_group(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->inv->n_pcis && r == 0; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];
		struct devid dev = devid_pci(fn->id);
		CLEANUP(buf_done) struct buf names = { 0 };
		bool live = group_staged(d, fn->group, false),
		     boot = group_staged(d, fn->group, true);
		char group[16];

		if (fn->group < 0 || is_bridge(fn) ||
		    !(split(d, fn, driver_then, &names) ||
		      (boot && split(d, fn, driver_boot, &names))))
			continue;
		snprintf(group, sizeof(group), "%d", fn->group);
		r = FIND(f, rule, GRADE_ERROR, &dev, NULL, live || boot, MSG_R_GROUP, "device",
			 dev.name, "group", group, "others", buf_str(&names));
	}
	return r;
}

/* A virtual function of a device that somebody has; NULL: none. */
static const struct pci_fn *busy_vf(const struct desired *d, const struct devid *pf)
{
	for (size_t i = 0; i < d->inv->n_pcis; i++) {
		const struct pci_fn *fn = d->inv->pcis[i];
		struct devid of = devid_pci(fn->physfn), dev = devid_pci(fn->id);
		size_t n = 0;

		if (!fn->is_vf || !devid_eq(&of, pf))
			continue;
		inventory_uses(d->inv, &dev, &n);
		if (n || driver_is_guest(fn->driver))
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
		struct devid dev = devid_pci(fn->id);

		if (fn->vgpu_type)
			r = FIND(f, rule, GRADE_NOTE, &dev, NULL, false, MSG_R_VENDOR_VFIO,
				 "device", dev.name, "type",
				 str_eq(fn->vgpu_type, "0") ? "0, none" : fn->vgpu_type);
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
