/* SPDX-License-Identifier: MIT */
/*
 * Prediction of the next boot. The chain is udev's: driverctl for each device that appears, chzdev's rule once the queues
 * are bound, then vfio_ap, then mdevctl for each parent that registers.
 */
#include "boot.h"
#include "desired_parts.h"
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* -- drivers -- */

static const char *file_of(const struct desired *d, const struct devid *dev)
{
	const struct d_driver *r = desired_driver(d, dev);

	return r ? r->file_then : inventory_override(d->inv, dev);
}

static bool ignored(const struct desired *d, const struct devid *dev)
{
	const struct subch *s;
	struct ccwid id;

	if (dev->bus != BUS_CSS || ccwid_parse(dev->name, &id) < 0)
		return false;
	s = inventory_subch(d->inv, id);
	return s && s->has_dev && inventory_ignored_at_boot(d->inv, s->dev);
}

static bool module_at_hand(const struct inventory *inv, const char *driver)
{
	const struct module_state *m;
	char name[32];

	if (!driver_is_guest(driver))
		return true;
	driver_module(driver, name, sizeof(name));
	m = inventory_module(inv, name);
	return !m || m->available || m->loaded;
}

static bool autoloaded(const struct desired *d, const char *name)
{
	for (size_t i = 0; i < d->inv->n_autoload; i++)
		if (str_eq(d->inv->autoload[i], name))
			return true;
	for (size_t i = 0; i < d->n_modules_boot; i++)
		if (str_eq(d->modules_boot[i], name))
			return true;
	return false;
}

/* Does chzdev's rule, as it will be, load vfio_ap? What this program writes does. */
static bool rule_loads(const struct desired *d)
{
	if (!module_at_hand(d->inv, "vfio_ap"))
		return false;
	return (d->rule_change && (d->rule_has_apmask || d->rule_has_aqmask)) ||
	       (!d->rule_change && d->inv->ap_rule.loads_vfio_ap);
}

static bool vfio_ap_at_boot(const struct desired *d)
{
	const struct module_state *m = inventory_module(d->inv, "vfio_ap");

	return rule_loads(d) || (autoloaded(d, "vfio_ap") && (!m || m->available));
}

static void queue_boot(const struct desired *d, const struct devid *dev, struct boot_driver *ret)
{
	apqn_t q;

	*ret = (struct boot_driver){ "cex4queue", BOOT_YES, "default" };
	if (apqn_parse(dev->name, &q) < 0 || desired_queue_boot(d, q) != OWNER_GUESTS)
		return;
	ret->by = file_of(d, dev) ? "driverctl" : "AP masks";
	ret->driver = vfio_ap_at_boot(d) || file_of(d, dev) ? "vfio_ap" : NULL;
}

static bool is_vf(const struct inventory *inv, const struct devid *dev)
{
	const struct pci_fn *fn;
	struct pciid id;

	if (dev->bus != BUS_PCI || pciid_parse(dev->name, &id) < 0)
		return false;
	fn = inventory_pci(inv, id);
	return fn && fn->is_vf;
}

/* "10de:1e07,8086:1592:ffffffff:..." as vfio_pci_fill_ids() reads it: is the function among them? */
static bool among_ids(const char *list, size_t len, const struct pci_fn *fn)
{
	for (const char *end = list + len; list < end; list += strcspn(list, ", \t\n") + 1) {
		char id[24];
		unsigned vendor, device;

		snprintf(id, sizeof(id), "%.*s", (int)MIN((size_t)(end - list), sizeof(id) - 1),
			 list);
		if (sscanf(id, "%x:%x", &vendor, &device) == 2 &&
		    (vendor == fn->vendor || vendor == UINT32_MAX) &&
		    (device == fn->device || device == UINT32_MAX))
			return true;
	}
	return false;
}

/* vfio-pci.ids= on the command line: vfio-pci then takes all such functions that no other driver has taken before. */
static bool by_ids(const struct desired *d, const struct devid *dev)
{
	static const char key[] = "vfio_pci.ids=";
	const struct pci_fn *fn = NULL;
	struct pciid id;

	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &id) == 0)
		fn = inventory_pci(d->inv, id);
	for (const char *at = fn ? d->inv->host.cmdline : NULL; at && *at;
	     at += strspn(at, " \t\n")) {
		size_t n = strcspn(at, " \t\n"), k = sizeof(key) - 1;

		if (n > k && at[4] && strchr("-_", at[4]) && !strncmp(at, key, 4) &&
		    !strncmp(at + 5, key + 5, k - 5) && among_ids(at + k, n - k, fn))
			return true;
		at += n;
	}
	return false;
}

/* Without an override: what the bus itself chooses. */
static void default_boot(const struct desired *d, const struct devid *dev, struct boot_driver *ret)
{
	const char *now = inventory_driver(d->inv, dev), *native = driver_native(d->inv, dev);

	*ret = (struct boot_driver){ native ? native : now, BOOT_YES, "default" };
	/* Which driver of the host matches is in its modules, not in sysfs. */
	if (!native && (!now || driver_is_guest(now)))
		*ret = (struct boot_driver){ NULL, BOOT_UNCERTAIN, "default" };
	/* Who comes first is not said anywhere: the initrd, the module's place in it, a softdep. */
	if (by_ids(d, dev))
		*ret = (struct boot_driver){
			"vfio-pci", BOOT_UNCERTAIN,
			"vfio-pci.ids on the kernel's command line, if vfio-pci comes before its "
			"other driver"
		};
}

static void override_boot(const struct desired *d, const struct devid *dev, const char *file,
			  struct boot_driver *ret)
{
	const struct host *h = &d->inv->host;

	default_boot(d, dev, ret);
	if (!h->has_driverctl || !h->driverctl_rule)
		ret->by = "default; driverctl is not installed";
	else if (!module_at_hand(d->inv, file))
		ret->by = "default; the driver's module is not there";
	else if (strcmp(file, "none") == 0)
		*ret = (struct boot_driver){ NULL, BOOT_YES, "driverctl" };
	else if (!driver_is_guest(file) && !str_eq(file, ret->driver) &&
		 !str_eq(file, inventory_driver(d->inv, dev)))
		*ret = (struct boot_driver){ file, BOOT_UNCERTAIN,
					     "driverctl, if there is such a driver for it" };
	else
		*ret = (struct boot_driver){ file, BOOT_YES, "driverctl" };
}

void boot_driver(const struct desired *d, const struct devid *dev, struct boot_driver *ret)
{
	const char *file = file_of(d, dev);

	if (ignored(d, dev)) {
		*ret = (struct boot_driver){ "-", BOOT_YES, "cio_ignore" };
		return;
	}
	if (dev->bus == BUS_AP && d->inv->ap.masks_known)
		queue_boot(d, dev, ret);
	else if (file)
		override_boot(d, dev, file, ret);
	else
		default_boot(d, dev, ret);
	/* Virtual functions are made by hand or by a program of the host's: no file that we know keeps their number. */
	if (is_vf(d->inv, dev))
		*ret = (struct boot_driver){ "-", BOOT_YES, "SR-IOV: none are made at boot" };
	if (d->inv->host.lacks_boot)
		*ret = (struct boot_driver){ ret->driver, BOOT_UNCERTAIN, "not in the capture" };
}

/* -- mediated devices -- */

static bool starts(const struct d_mdev *m)
{
	return m->defined_then && m->start_then == START_AUTO;
}

/* mdevctl starts nothing of a parent one of whose definitions it cannot read. */
static bool parent_broken(const struct inventory *inv, const char *parent)
{
	for (size_t i = 0; i < inv->n_problems; i++) {
		const struct problem *p = &inv->problems[i];
		const char *rest = p->path && str_starts(p->path, MDEVCTL_DIR "/")
					   ? p->path + strlen(MDEVCTL_DIR "/")
					   : "";
		size_t n = strlen(parent);

		if (p->foreign && !p->harmless && !strncmp(rest, parent, n) && rest[n] == '/')
			return true;
	}
	return false;
}

static struct boot_mdev no(const char *why)
{
	return (struct boot_mdev){ BOOT_NO, why };
}

static struct boot_mdev maybe(const char *why)
{
	return (struct boot_mdev){ BOOT_UNCERTAIN, why };
}

static const struct boot_mdev yes = { BOOT_YES, "auto" };

/* Things of this host that mdevctl needs. */
static struct boot_mdev by_host(const struct desired *d, const struct d_mdev *m)
{
	if (!m->defined_then)
		return d->inv->host.lacks_of & LACKS_DEFS ? maybe("not in the capture")
							  : no("not defined");
	if (m->start_then != START_AUTO)
		return no("manual");
	if (!d->inv->host.has_mdevctl)
		return no("mdevctl is not installed");
	if (!d->inv->host.mdev_rule)
		return no(d->inv->host.mdev_rule_lacks
				  ? "mdevctl's udev rule calls it where it is not"
				  : "mdevctl's udev rule is missing");
	if (parent_broken(d->inv, m->parent))
		return no("mdevctl can't read another definition of its parent");
	return yes;
}

/* vfio_ccw has no attribute to be set; an unknown one makes mdevctl take the device away again. */
static struct boot_mdev by_subchannel(const struct desired *d, const struct d_mdev *m)
{
	struct boot_driver driver;
	struct ccwid id;
	struct devid dev;

	if (ccwid_parse(m->parent, &id) < 0)
		return no("its parent is not a subchannel");
	dev = devid_css(id);
	if (!inventory_subch(d->inv, id))
		return no("its parent is not there");
	boot_driver(d, &dev, &driver);
	if (str_eq(driver.driver, "-"))
		return no("its parent is hidden by cio_ignore");
	if (m->n_attrs_then)
		return no("the kernel has no such attributes for it");
	if (!str_eq(driver.driver, "vfio_ccw"))
		return no("its parent is not bound to vfio_ccw");
	return driver.sure == BOOT_YES ? yes : maybe("its parent's driver is not certain");
}

/* The kernel takes one number a write; a list, which ap-check understands, fails and takes the device with it. */
static bool attrs_fail(const struct d_mdev *m)
{
	struct matrix ignored_matrix;

	for (size_t i = 0; i < m->n_attrs_then; i++)
		if (str_starts(m->attrs_then[i].name, "assign_") &&
		    strchr(m->attrs_then[i].value, ','))
			return true;
	return attrs_to_matrix(m->attrs_then, m->n_attrs_then, &ignored_matrix) < 0;
}

static bool out_of_range(const struct desired *d, const struct matrix *m)
{
	return mask_next(&m->adapters, d->inv->ap.max_adapter) >= 0 ||
	       mask_next(&m->domains, d->inv->ap.max_domain) >= 0 ||
	       mask_next(&m->control, d->inv->ap.max_domain) >= 0;
}

static bool has_host_queue(const struct desired *d, const struct matrix *m)
{
	for (int a = mask_next(&m->adapters, -1); a >= 0; a = mask_next(&m->adapters, a))
		for (int q = mask_next(&m->domains, -1); q >= 0; q = mask_next(&m->domains, q))
			if (ap_reserved_boot(d, APQN(a, q)))
				return true;
	return false;
}

static bool is_queue(const struct desired *d, const struct devid *dev)
{
	apqn_t q;

	return dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0 && inventory_queue(d->inv, q);
}

/* Asks the files and edits, which are few, not the queues: every matrix of every drawing comes here. */
static bool overrides_at_boot(const struct desired *d)
{
	for (size_t i = 0; i < d->n_drivers; i++)
		if (d->drivers[i].file_then && is_queue(d, &d->drivers[i].dev))
			return true;
	for (size_t i = 0; i < d->inv->n_overrides; i++)
		if (is_queue(d, &d->inv->overrides[i].dev) && file_of(d, &d->inv->overrides[i].dev))
			return true;
	return false;
}

/* driverctl loads the module of a driver that is not there yet. */
static bool override_loads(const struct desired *d)
{
	const struct host *h = &d->inv->host;

	return h->has_driverctl && h->driverctl_rule && module_at_hand(d->inv, "vfio_ap") &&
	       overrides_at_boot(d);
}

static struct boot_mdev by_matrix(const struct desired *d, const struct d_mdev *m)
{
	if (!vfio_ap_at_boot(d) && !override_loads(d))
		return no("nothing loads vfio_ap");
	if (attrs_fail(m))
		return no("the kernel refuses one of its attributes");
	if (out_of_range(d, &m->ap->def_then))
		return no("it has adapters or domains this machine can't have");
	if (has_host_queue(d, &m->ap->def_then))
		return no("one of its queues is the host's");
	if (d->inv->host.has_ap_check && mask_empty(&m->ap->def_then.domains) &&
	    !mask_empty(&m->ap->def_then.control))
		return no("ap-check of s390-tools wants a usage domain beside control domains");
	if (overrides_at_boot(d) && !mask_empty(&m->ap->def_then.adapters) &&
	    !mask_empty(&m->ap->def_then.domains))
		return d->inv->host.has_ap_check
			       ? no("ap-check of s390-tools knows no queue overrides and refuses "
				    "it")
			       : maybe("driverctl and mdevctl run at the same time: its queues may "
				       "come too late");
	if (!rule_loads(d))
		return maybe("vfio_ap is loaded before the masks are set");
	return yes;
}

/* Instances of the type when nothing is active on its parent; at least, as types can share a device's memory. -1: not known. */
static int instances(const struct desired *d, const struct d_mdev *m)
{
	const struct mdev_parent *p = inventory_parent(d->inv, m->parent);
	const struct d_mdev *const *on;
	size_t n_on;
	int n = -1;

	for (size_t i = 0; p && i < p->n_types; i++)
		if (str_eq(p->types[i].id, m->type))
			n = p->types[i].available;
	on = desired_mdevs_on(d, m->parent, &n_on);
	for (size_t i = 0; n >= 0 && i < n_on; i++)
		n += on[i]->active_now && str_eq(on[i]->type, m->type);
	return n;
}

static struct boot_mdev by_room(const struct desired *d, const struct d_mdev *m)
{
	int start = 0, others = 0, room = instances(d, m);
	const struct d_mdev *const *on;
	size_t n;

	on = desired_mdevs_on(d, m->parent, &n);
	for (size_t i = 0; i < n; i++)
		if (starts(on[i])) {
			start++;
			others += !str_eq(on[i]->type, m->type);
		}
	if (others)
		return maybe("another type starts on its parent, which leaves less room for this "
			     "one");
	if (room >= 0 && start > room)
		return maybe("its parent may not have room for all that start");
	return m->n_attrs_then ? maybe("its attributes are known only when it is there") : yes;
}

static struct boot_mdev by_other(const struct desired *d, const struct d_mdev *m)
{
	const struct mdev_parent *p = inventory_parent(d->inv, m->parent);
	struct boot_driver driver;

	if (!p)
		return maybe("its parent is not there now");
	boot_driver(d, &p->id, &driver);
	if (driver.sure != BOOT_YES)
		return maybe("its parent's driver is not certain");
	if (str_eq(driver.driver, "-"))
		return no("its parent is a virtual function, and none are made at boot");
	if (!str_eq(driver.driver, inventory_driver(d->inv, &p->id)))
		return no("its parent gets another driver");
	for (size_t i = 0; i < p->n_types; i++)
		if (str_eq(p->types[i].id, m->type))
			return by_room(d, m);
	return no("its parent has no such type");
}

/* Of two that collide the first one starts; which that is follows the order of a directory. */
static struct boot_mdev by_others(const struct desired *d, const struct d_mdev *m)
{
	const struct d_mdev *same, *const *on;
	size_t n;

	same = desired_mdevs_named(d, m->uuid, &n);
	for (size_t i = 0; i < n; i++)
		if (&same[i] != m && starts(&same[i]))
			return maybe("the same UUID is defined on another parent");
	on = desired_mdevs_on(d, m->parent, &n);
	for (size_t i = 0; i < n; i++) {
		const struct d_mdev *o = on[i];

		if (o == m || !starts(o))
			continue;
		if (m->is_matrix && o->is_matrix &&
		    matrix_meets(&m->ap->def_then, &o->ap->def_then, NULL))
			return maybe("it shares a queue with another matrix that starts at boot");
		if (str_eq(m->type, TYPE_CCW))
			return maybe(
				"its parent can have only one, and another one starts as well");
	}
	return yes;
}

void boot_mdev(const struct desired *d, const struct d_mdev *m, struct boot_mdev *ret)
{
	*ret = by_host(d, m);
	if (ret->active != BOOT_YES)
		return;
	if (m->is_matrix)
		*ret = by_matrix(d, m);
	else if (str_eq(m->type, TYPE_CCW))
		*ret = by_subchannel(d, m);
	else
		*ret = by_other(d, m);
	if (ret->active == BOOT_YES)
		*ret = by_others(d, m);
}
