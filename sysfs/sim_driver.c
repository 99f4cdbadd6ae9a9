/* SPDX-License-Identifier: MIT */
/* The driver core, as drivers/base/bus.c and dd.c have it: bind, unbind, drivers_probe, driver_override. */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LEN = 256, PAGE = 4096 };

/* A driver found by its name: of the table, or one nobody described. */
struct found {
	struct sim_driver driver;
	char bus[64], name[NAME_LEN];
};

/* In the order in which the kernel would ask them; a NULL name stands for all others of the bus. */
const struct sim_driver *const sim_drivers[] = {
	&sim_driver_io_subchannel,
	&sim_driver_chsc,
	&sim_driver_eadm,
	&sim_driver_vfio_ccw,
	&sim_driver_virtio_ccw,
	&sim_driver_ccw,
	&sim_driver_cex4card,
	&sim_driver_cex4queue,
	&sim_driver_vfio_ap,
	&sim_driver_vfio_ap_mdev,
	&sim_driver_mdev,
	&sim_pci_vfio,
	&sim_pci_any,
	NULL,
};

static void home_path(char ret[static SIM_PATH], const char *bus, const char *device)
{
	sim_path(ret, "/.sim/home/%s/%s", bus, device);
}

int sim_driver_home(struct sim *sim, const char *bus, const char *device, const char *driver)
{
	char path[SIM_PATH];

	home_path(path, bus, device);
	return sim_put_filef(sim, path, 0644, "%s\n", driver);
}

static const char *bus_of(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/subsystem", dev);
	return sim_link_base(sim, path);
}

static const char *driver_of(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/driver", dev);
	return sim_link_base(sim, path);
}

static int plain_probe(struct sim *sim, const char *dev)
{
	(void)sim;
	(void)dev;
	return 0;
}

/* The driver of that name; -ENOENT: none is registered. */
static int find(const struct sim *sim, const char *bus, const char *name, struct found *ret)
{
	char path[SIM_PATH];

	sim_path(path, "/sys/bus/%s/drivers/%s", bus, name);
	if (!*name || strchr(name, '/') || !sim_has(sim, path))
		return -ENOENT;
	snprintf(ret->bus, sizeof(ret->bus), "%s", bus);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->driver = (struct sim_driver){ .probe = plain_probe };
	for (const struct sim_driver *const *d = sim_drivers; *d; d++)
		if (str_eq((*d)->bus, bus) && ((*d)->name == NULL || str_eq((*d)->name, name))) {
			ret->driver = **d;
			break;
		}
	ret->driver.bus = ret->bus;
	ret->driver.name = ret->name;
	return 0;
}

/* The override as the bus compares it: NULL if none is set. */
static const char *override_of(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];
	const char *value;

	sim_path(path, "%s/driver_override", dev);
	value = sim_value(sim, path);
	return *value && !str_eq(value, "(null)") ? value : NULL;
}

/* driver_match_device(): an override names the only driver; on PCI it also stands for the device's numbers. */
static bool match(struct sim *sim, const char *dev, const struct sim_driver *driver)
{
	const char *bus = bus_of(sim, dev), *override = override_of(sim, dev);
	char path[SIM_PATH];

	if (!str_eq(bus, driver->bus))
		return false;
	if (override && !str_eq(bus, "ap")) {
		if (!str_eq(override, driver->name))
			return false;
		if (str_eq(bus, "pci"))
			return true;
	}
	if (driver->match)
		return driver->match(sim, dev);
	home_path(path, bus, sim_base(dev));
	return str_eq(sim_value(sim, path), driver->name);
}

/* really_probe(): the links are there while the driver's probe runs, and go when it fails. */
int sim_driver_bind(struct sim *sim, const char *dev, const struct sim_driver *driver)
{
	char link[SIM_PATH], dir[SIM_PATH], back[SIM_PATH];
	int r;

	sim_path(link, "%s/driver", dev);
	sim_path(dir, "/sys/bus/%s/drivers/%s", driver->bus, driver->name);
	sim_path(back, "%s/%s", dir, sim_base(dev));
	r = sim_link_to(sim, link, dir);
	r = r < 0 ? r : sim_link_to(sim, back, dev);
	sim_dev_set_driver(sim, dev, driver->name);
	r = r < 0 ? r : driver->probe(sim, dev);
	if (r < 0) {
		sim_del(sim, link);
		sim_del(sim, back);
		sim_dev_set_driver(sim, dev, NULL);
		return r;
	}
	if (str_eq(driver->bus, "ap") || str_starts(driver->name, "vfio"))
		sim_note_order(sim, "bound", driver->bus, sim_base(dev));
	sim_dev_uevent(sim, "bind", dev, "%s", "");
	if (driver->bound)
		driver->bound(sim, dev);
	return 0;
}

/* __device_release_driver(): the driver's remove still sees the device as its own in uevents. */
void sim_driver_unbind(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	const char *bus = bus_of(sim, dev);
	char link[SIM_PATH], path[SIM_PATH];
	struct found f = { 0 };

	sim_path(link, "%s/driver", dev);
	if (!*driver_of(sim, dev) || sim_real_path(sim, link, &real) < 0)
		return;
	home_path(path, bus, sim_base(dev));
	if (find(sim, bus, sim_base(buf_str(&real)), &f) == 0) {
		if (!f.driver.match && !str_eq(bus, "mdev") && !sim_has(sim, path))
			sim_driver_home(sim, bus, sim_base(dev), f.name);
	}
	sim_path(path, "%s/%s", buf_str(&real), sim_base(dev));
	sim_del(sim, path);
	sim_del(sim, link);
	if (f.driver.remove)
		f.driver.remove(sim, dev);
	sim_dev_set_driver(sim, dev, NULL);
	sim_dev_uevent(sim, "unbind", dev, "%s", "");
}

/* The drivers of a bus in the order in which the kernel would try them: the table's, then the others. */
static int driver_names(const struct sim *sim, const char *bus, struct buf *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	for (const struct sim_driver *const *d = sim_drivers; *d; d++)
		if (str_eq((*d)->bus, bus) && (*d)->name && buf_add_name(ret, (*d)->name) < 0)
			return -ENOMEM;
	sim_path(path, "/sys/bus/%s/drivers", bus);
	if (sim_names(sim, path, &names) < 0)
		return 0;
	buf_foreach_name (&names, name)
		if (buf_add_name(ret, name) < 0)
			return -ENOMEM;
	return 0;
}

int sim_driver_probe_any(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 }, bus = { 0 };
	const char *name;
	struct found f = { 0 };

	if (*driver_of(sim, dev))
		return 1;
	if (buf_adds(&bus, bus_of(sim, dev)) < 0 || driver_names(sim, buf_str(&bus), &names) < 0)
		return -ENOMEM;
	buf_foreach_name (&names, name) {
		if (find(sim, buf_str(&bus), name, &f) < 0 || !match(sim, dev, &f.driver))
			continue;
		/* __device_attach_driver(): the next driver may have more luck */
		if (sim_driver_bind(sim, dev, &f.driver) == 0)
			return 1;
	}
	return 0;
}

/* bus_find_device_by_name() with sysfs_streq(): one trailing newline is nothing. */
static int device_named(const struct sim *sim, const char *bus, const struct sim_call *call,
			struct buf *ret_dev)
{
	char path[SIM_PATH];
	size_t n = strlen(call->value);

	n -= n && call->value[n - 1] == '\n';
	if (n == 0 || n >= NAME_LEN || memchr(call->value, '/', n))
		return -ENODEV;
	sim_path(path, "/sys/bus/%s/devices/%.*s", bus, (int)n, call->value);
	return sim_real_path(sim, path, ret_dev) < 0 ? -ENODEV : 0;
}

/* The bus of /sys/bus/BUS/... */
static void bus_name(const struct sim_call *call, char ret[static 64])
{
	const char *at = call->path + strlen("/sys/bus/");

	snprintf(ret, 64, "%.*s", (int)MIN(strcspn(at, "/"), (size_t)63), at);
}

static int bind_store(struct sim *sim, const struct sim_call *call)
{
	CLEANUP(buf_done) struct buf dev = { 0 };
	char bus[64];
	struct found f = { 0 };
	int r;

	bus_name(call, bus);
	if (device_named(sim, bus, call, &dev) < 0 || find(sim, bus, call->dev, &f) < 0 ||
	    !match(sim, buf_str(&dev), &f.driver))
		return -ENODEV;
	if (*driver_of(sim, buf_str(&dev)))
		return -EBUSY; /* __driver_probe_device() */
	r = sim_driver_bind(sim, buf_str(&dev), &f.driver);
	return r < 0 ? r : (int)call->len;
}

static int unbind_store(struct sim *sim, const struct sim_call *call)
{
	CLEANUP(buf_done) struct buf dev = { 0 };
	char bus[64];
	int r;

	bus_name(call, bus);
	if (device_named(sim, bus, call, &dev) < 0 ||
	    !str_eq(driver_of(sim, buf_str(&dev)), call->dev))
		return -ENODEV;
	r = sim_mdev_busy(sim, buf_str(&dev), call);
	if (r < 0)
		return r;
	sim_driver_unbind(sim, buf_str(&dev));
	return (int)call->len;
}

static int drivers_probe_store(struct sim *sim, const struct sim_call *call)
{
	CLEANUP(buf_done) struct buf dev = { 0 };
	char bus[64];
	int r;

	bus_name(call, bus);
	if (device_named(sim, bus, call, &dev) < 0)
		return -ENODEV;
	r = sim_driver_probe_any(sim, buf_str(&dev));
	return r < 0 ? r : (int)call->len;
}

static int autoprobe_store(struct sim *sim, const struct sim_call *call)
{
	int r = sim_set(sim, call->path, call->value[0] == '0' ? "0\n" : "1\n");

	return r < 0 ? r : (int)call->len;
}

/* Any text up to the first newline is taken; nothing is bound by it. */
static int override_store(struct sim *sim, const struct sim_call *call)
{
	size_t n = strcspn(call->value, "\n");
	int r;

	if (call->len >= PAGE - 1)
		return -EINVAL;
	if (n == 0)
		r = sim_set(sim, call->path, "(null)\n");
	else
		r = sim_put_filef(sim, call->path, 0644, "%.*s\n", (int)n, call->value);
	return r < 0 ? r : (int)call->len;
}

int sim_driver_register(struct sim *sim, const char *bus, const char *name, const char *module)
{
	CLEANUP(buf_done) struct buf names = { 0 }, dev = { 0 };
	static const char *const files[] = { "bind", "unbind", "uevent" };
	char path[SIM_PATH], to[SIM_PATH];
	const char *device;
	struct found f = { 0 };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++) {
		sim_path(path, "/sys/bus/%s/drivers/%s/%s", bus, name, files[i]);
		r = sim_put_file(sim, path, 0200, "");
	}
	sim_path(path, "/sys/bus/%s/drivers/%s/module", bus, name);
	sim_path(to, "/sys/module/%s", module ? module : "");
	if (r == 0 && module)
		r = sim_link_to(sim, path, to);
	if (r < 0 || find(sim, bus, name, &f) < 0)
		return r;
	sim_path(path, "/sys/bus/%s/drivers_autoprobe", bus);
	sim_path(to, "/sys/bus/%s/devices", bus);
	if (!str_eq(sim_value(sim, path), "0") && sim_bus_walk(sim, bus, &names) == 0)
		buf_foreach_name (&names, device) {
			sim_path(path, "%s/%s", to, device);
			buf_reset(&dev);
			if (sim_real_path(sim, path, &dev) == 0 && !*driver_of(sim, dev.data) &&
			    match(sim, dev.data, &f.driver))
				sim_driver_bind(sim, dev.data, &f.driver);
		}
	sim_path(path, "/bus/%s/drivers/%s", bus, name);
	sim_uevent(sim, "add", "drivers", path, "%s", "");
	return 0;
}

/* driver_detach(): the last one taken is let go first. */
void sim_driver_unregister(struct sim *sim, const char *bus, const char *name)
{
	CLEANUP(buf_done) struct buf names = { 0 }, dev = { 0 };
	char dir[SIM_PATH], path[SIM_PATH];
	const char *entry, *last;

	sim_path(dir, "/sys/bus/%s/drivers/%s", bus, name);
	if (!sim_has(sim, dir) || sim_bound_walk(sim, bus, name, &names) < 0)
		return;
	while (names.len) {
		last = NULL;
		buf_foreach_name (&names, entry)
			last = entry;
		sim_path(path, "%s/%s", dir, last);
		buf_reset(&dev);
		if (sim_real_path(sim, path, &dev) == 0)
			sim_driver_unbind(sim, dev.data);
		names.len = (size_t)(last - names.data);
	}
	sim_del(sim, dir);
	sim_uevent(sim, "remove", "drivers", dir + strlen("/sys"), "%s", "");
}

int sim_module_unload(struct sim *sim, const char *name)
{
	char path[SIM_PATH];
	int r = -ENOENT;

	sim_path(path, "/sys/module/%s", name);
	if (!*name || strchr(name, '/') || !sim_has(sim, path))
		return -ENOENT;
	for (const struct sim_bus *const *bus = sim_buses; *bus; bus++) {
		r = (*bus)->unload ? (*bus)->unload(sim, name) : 0;
		if (r != 0)
			break;
	}
	if (r < 0)
		return r;
	sim_del(sim, path);
	sim_uevent(sim, "remove", "module", path + strlen("/sys"), "%s", "");
	return 0;
}

static const struct sim_hook hooks[] = {
	{ "/sys/bus/*/drivers/*/bind", bind_store, NULL, "bind_store (drivers/base/bus.c)" },
	{ "/sys/bus/*/drivers/*/unbind", unbind_store, NULL, "unbind_store (drivers/base/bus.c)" },
	{ "/sys/bus/*/drivers_probe", drivers_probe_store, NULL,
	  "drivers_probe_store (drivers/base/bus.c)" },
	{ "/sys/bus/*/drivers_autoprobe", autoprobe_store, NULL,
	  "drivers_autoprobe_store (drivers/base/bus.c)" },
	{ "*/driver_override", override_store, NULL,
	  "driver_set_override (drivers/base/driver.c)" },
	{ 0 },
};

const struct sim_bus sim_bus_driver = { .name = "driver", .hooks = hooks };
