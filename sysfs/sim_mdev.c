/* SPDX-License-Identifier: MIT */
/*
 * Mediated devices, as drivers/vfio/mdev has them.
 *
 * Rule: an open mediated device is not taken away. The write which would do it is kept below /.sim/pending and carried
 * out when the device is let go; the real write(2) blocks for that long.
 */
#include "sim_text.h"
#include "sim_tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { UUID_LEN = 36 };

static bool match_never(struct sim *sim, const char *dev)
{
	(void)sim;
	(void)dev;
	return false; /* mdev_match() */
}

/* The drivers of mediated devices which nobody described further: vfio_ccw's, those of PCI parents. */
const struct sim_driver sim_driver_mdev = {
	.bus = "mdev",
	.match = match_never,
	.probe = sim_mdev_vfio_add,
	.remove = sim_mdev_vfio_del,
};

/* The directory of a device's type, "" if there is none. */
static int type_dir(const struct sim *sim, const char *dev, struct buf *ret)
{
	char path[SIM_PATH];

	sim_path(path, "%s/mdev_type", dev);
	return sim_real_path(sim, path, ret);
}

/* The parent of .../PARENT/mdev_supported_types/TYPE */
static int parent_of(const char *type, char ret[static SIM_PATH])
{
	const char *at = strstr(type, "/mdev_supported_types/");

	if (!at || (size_t)(at - type) >= SIM_PATH)
		return -ENODEV;
	sim_path(ret, "%.*s", (int)(at - type), type);
	return 0;
}

static void count_instances(struct sim *sim, const char *type, int by)
{
	char path[SIM_PATH];
	long n;

	if (parent_of(type, path) == 0 && sim_pci_recount(sim, path))
		return;
	sim_path(path, "%s/available_instances", type);
	n = strtol(sim_value(sim, path), NULL, 10) + by;
	sim_put_filef(sim, path, 0444, "%ld\n", MAX(n, 0L));
}

/* 36 characters and perhaps a newline; stored lower case. create_store(), guid_parse(). */
static int parse_uuid(const struct sim_call *call, char ret[static UUID_LEN + 1])
{
	size_t n = strnlen(call->value, call->len);

	if (n != call->len || (n != UUID_LEN && n != UUID_LEN + 1) ||
	    (n == UUID_LEN + 1 && call->value[UUID_LEN] != '\n'))
		return -EINVAL;
	for (int i = 0; i < UUID_LEN; i++) {
		unsigned char c = (unsigned char)call->value[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !isxdigit(c))
			return -EINVAL;
		ret[i] = (char)tolower(c);
	}
	ret[UUID_LEN] = '\0';
	return 0;
}

/* Which driver of the mdev bus takes devices of a type. */
static void driver_name(const struct sim *sim, const char *type, char ret[static 128])
{
	char path[SIM_PATH];
	const char *api, *name = sim_base(type);

	sim_path(path, "%s/device_api", type);
	api = sim_value(sim, path);
	if (str_eq(api, "vfio-ap"))
		snprintf(ret, 128, "vfio_ap_mdev");
	else if (str_eq(api, "vfio-ccw"))
		snprintf(ret, 128, "vfio_ccw_mdev");
	else
		snprintf(ret, 128, "%.*s_mdev", (int)MIN(strcspn(name, "-"), (size_t)100), name);
}

static int attach(struct sim *sim, const char *dev, const char *type)
{
	struct sim_driver driver = sim_driver_mdev;
	char name[128], path[SIM_PATH];

	driver_name(sim, type, name);
	for (const struct sim_driver *const *d = sim_drivers; *d; d++)
		if (str_eq((*d)->bus, "mdev") && (*d)->name && str_eq((*d)->name, name))
			driver = **d;
	driver.name = name;
	sim_path(path, "/sys/bus/mdev/drivers/%s/unbind", name);
	if (!sim_has(sim, path))
		sim_driver_register(sim, "mdev", name, NULL);
	return sim_driver_bind(sim, dev, &driver);
}

/* mdev_device_create(): the device is there before its driver. */
static int add_mdev(struct sim *sim, const char *parent, const char *type, const char *uuid)
{
	unsigned long seq = strtoul(sim_value(sim, "/.sim/past/mdevs"), NULL, 10) + 1;
	char dev[SIM_PATH], path[SIM_PATH];
	int r;

	sim_path(dev, "%s/%s", parent, uuid);
	r = sim_put_attr(sim, dev, "remove", 0200, "%s", "");
	r = r < 0 ? r : sim_link_in(sim, dev, "mdev_type", type);
	sim_path(path, "%s/devices", type);
	r = r < 0 ? r : sim_link_in(sim, path, uuid, dev);
	r = r < 0 ? r : sim_put_filef(sim, "/.sim/past/mdevs", 0644, "%lu\n", seq);
	sim_path(path, "/.sim/past/mdev/%s", uuid);
	r = r < 0 ? r : sim_put_filef(sim, path, 0644, "%lu\n", seq);
	r = r < 0 ? r : sim_dev_add(sim, dev, "bus/mdev", "");
	return r < 0 ? r : attach(sim, dev, type);
}

static int create_store(struct sim *sim, const struct sim_call *call)
{
	char uuid[UUID_LEN + 1], parent[SIM_PATH], path[SIM_PATH];
	int r = parse_uuid(call, uuid);

	r = r < 0 ? r : parent_of(call->dir, parent);
	if (r < 0)
		return r;
	sim_path(path, "/sys/bus/mdev/devices/%s", uuid);
	if (sim_type(sim, path) != SYS_NONE)
		return -EEXIST; /* mdev_device_create() */
	sim_path(path, "%s/available_instances", call->dir);
	if (strtol(sim_value(sim, path), NULL, 10) <= 0)
		return -EUSERS; /* mdev_device_create() */
	r = add_mdev(sim, parent, call->dir, uuid);
	if (r < 0)
		return r;
	count_instances(sim, call->dir, -1);
	return (int)call->len;
}

/* mdev_device_remove_common() */
static void del_mdev(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf type = { 0 };
	bool typed = type_dir(sim, dev, &type) == 0;

	sim_driver_unbind(sim, dev);
	if (typed) {
		sim_delf(sim, "%s/devices/%s", buf_str(&type), sim_base(dev));
		count_instances(sim, buf_str(&type), 1);
	}
	sim_delf(sim, "/.sim/past/mdev/%s", sim_base(dev));
	sim_dev_del(sim, dev);
}

static bool held(const struct sim *sim, const char *uuid)
{
	char path[SIM_PATH];

	sim_path(path, "/.sim/held/%s", uuid);
	return sim_has(sim, path);
}

/* The first word is what waits for it, the path; the value follows on the next line. */
static int keep_pending(struct sim *sim, const char *uuid, const struct sim_call *call)
{
	char path[SIM_PATH];

	sim_path(path, "/.sim/pending/%s", uuid);
	if (!sim_has(sim, path))
		sim_put_filef(sim, path, 0644, "%s\n%s", call->path, call->value);
	return -EINPROGRESS;
}

int sim_mdev_busy(struct sim *sim, const char *dev, const struct sim_call *call)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *uuid;

	if (held(sim, sim_base(dev)))
		return keep_pending(sim, sim_base(dev), call);
	if (sim_names(sim, "/.sim/held", &names) < 0)
		return 0;
	sim_path(path, "%s/mdev_supported_types", dev);
	if (!sim_has(sim, path))
		return 0;
	buf_foreach_name (&names, uuid) {
		sim_path(path, "%s/%s", dev, uuid);
		if (sim_has(sim, path))
			return keep_pending(sim, uuid, call);
	}
	return 0;
}

static int remove_store(struct sim *sim, const struct sim_call *call)
{
	unsigned long value;
	int r;

	if (sim_kstrtoul(call->value, &value) < 0)
		return -EINVAL;
	if (value == 0)
		return (int)call->len;
	r = sim_mdev_busy(sim, call->dir, call);
	if (r < 0)
		return r;
	del_mdev(sim, call->dir);
	return (int)call->len;
}

int sim_mdev_register(struct sim *sim, const char *parent, const char *type, const char *name,
		      const char *api, unsigned instances)
{
	char dir[SIM_PATH], devices[SIM_PATH];
	int r;

	sim_path(dir, "%s/mdev_supported_types/%s", parent, type);
	sim_path(devices, "%s/devices", dir);
	r = sim_put_dir(sim, devices);
	r = r < 0 ? r : sim_put_attr(sim, dir, "name", 0444, "%s\n", name);
	r = r < 0 ? r : sim_put_attr(sim, dir, "device_api", 0444, "%s\n", api);
	r = r < 0 ? r : sim_put_attr(sim, dir, "available_instances", 0444, "%u\n", instances);
	r = r < 0 ? r : sim_put_attr(sim, dir, "create", 0200, "%s", "");
	r = r < 0 ? r : sim_link_in(sim, "/sys/class/mdev_bus", sim_base(parent), parent);
	if (r == 0)
		sim_dev_uevent(sim, "change", parent, "MDEV_STATE=registered\n");
	return r;
}

/* A parent's mediated device that was made first; NULL: none left. */
static const char *oldest(const struct sim *sim, const char *parent, const struct buf *names)
{
	const char *name, *best = NULL;
	unsigned long first = 0;
	char path[SIM_PATH];

	buf_foreach_name (names, name) {
		unsigned long seq;

		sim_path(path, "%s/%s/mdev_type", parent, name);
		if (sim_type(sim, path) != SYS_LINK)
			continue;
		sim_path(path, "/.sim/past/mdev/%s", name);
		seq = strtoul(sim_value(sim, path), NULL, 10);
		if (!best || seq < first) {
			best = name;
			first = seq;
		}
	}
	return best;
}

/* mdev_unregister_parent(): all devices go, in the order in which they came. */
void sim_mdev_unregister(struct sim *sim, const char *parent)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	if (sim_names(sim, parent, &names) < 0)
		return;
	while ((name = oldest(sim, parent, &names)) != NULL) {
		sim_path(path, "%s/%s", parent, name);
		del_mdev(sim, path);
	}
	sim_dev_uevent(sim, "change", parent, "MDEV_STATE=unregistered\n");
	sim_delf(sim, "/sys/class/mdev_bus/%s", sim_base(parent));
	sim_delf(sim, "%s/mdev_supported_types", parent);
}

/* A process with an open mediated device has the group's node among its files. */
static void note_holder(struct sim *sim, const char *uuid, const char *holder)
{
	char path[SIM_PATH], group[SIM_PATH];
	long pid = strtol(holder, NULL, 10);
	const char *name = strchr(holder, ' ');

	sim_path(path, "/sys/bus/mdev/devices/%s/iommu_group", uuid);
	sim_path(group, "/dev/vfio/%s", sim_link_base(sim, path));
	if (pid <= 0)
		return;
	sim_path(path, "/proc/%ld/comm", pid);
	if (!sim_has(sim, path))
		sim_put_filef(sim, path, 0644, "%s\n", name ? name + 1 : "qemu");
	for (int fd = 20;; fd++) {
		sim_path(path, "/proc/%ld/fd/%d", pid, fd);
		if (sim_type(sim, path) == SYS_NONE)
			break;
	}
	sim_put_link(sim, path, group);
}

static void forget_holder(struct sim *sim, const char *uuid, const char *holder)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH], group[SIM_PATH], dir[SIM_PATH];
	const char *name;

	sim_path(path, "/sys/bus/mdev/devices/%s/iommu_group", uuid);
	sim_path(group, "%.60s", sim_link_base(sim, path));
	sim_path(dir, "/proc/%ld/fd", strtol(holder, NULL, 10));
	if (sim_names(sim, dir, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s", dir, name);
		if (str_eq(sim_link_base(sim, path), group)) {
			sim_del(sim, path);
			return;
		}
	}
}

/* Carries out the write that waited for a device to be let go. */
static void run_pending(struct sim *sim, const char *uuid)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char path[SIM_PATH], *value;

	sim_path(path, "/.sim/pending/%s", uuid);
	if (sim_bytes(sim, path, &text) < 0)
		return;
	sim_del(sim, path);
	value = strchr(text.data, '\n');
	if (!value)
		return;
	*value++ = '\0';
	/* If another open device is in the way, the write waits again, for that one. */
	sim->sys.ops->write(&sim->sys, text.data, value, strlen(value));
}

int sim_hold(struct sys *sys, const char *uuid, const char *holder)
{
	struct sim *sim = sim_of(sys);
	char path[SIM_PATH];
	int r = 0;

	sim_path(path, "/sys/bus/mdev/devices/%s", uuid);
	if (strlen(uuid) != UUID_LEN || strchr(uuid, '/') || !sim_has(sim, path))
		return -ENOENT;
	sim_path(path, "/.sim/held/%s", uuid);
	if (holder) {
		if (sim_has(sim, path))
			return -EBUSY; /* vfio_device_open(): one opener */
		r = sim_put_filef(sim, path, 0644, "%s\n", holder);
		note_holder(sim, uuid, holder);
	} else {
		forget_holder(sim, uuid, sim_value(sim, path));
		sim_del(sim, path);
		run_pending(sim, uuid);
	}
	return r < 0 ? r : sim_keep_now(sim);
}

/* mdev_init() and vfio_init(): the buses and classes are there before any device. */
static int mdev_module(struct sim *sim, const char *name)
{
	int r;

	if (str_eq(name, "vfio")) {
		r = sim_put_dir(sim, "/sys/class/vfio");
		r = r < 0 ? r : sim_put_dir(sim, "/sys/class/vfio-dev");
		r = r < 0 ? r : sim_put_file(sim, "/dev/vfio/vfio", 0666, "");
	} else if (str_eq(name, "mdev")) {
		r = sim_put_dir(sim, "/sys/bus/mdev/devices");
		r = r < 0 ? r : sim_put_dir(sim, "/sys/class/mdev_bus");
		r = r < 0 ? r : sim_put_attr(sim, "/sys/bus/mdev", "drivers_probe", 0200, "%s", "");
		r = r < 0 ? r
			  : sim_put_attr(sim, "/sys/bus/mdev", "drivers_autoprobe", 0644, "1\n");
	} else {
		return 0;
	}
	return r < 0 ? r : 1;
}

/* Reboot: nobody holds anything any more; the devices go with their parents' drivers. */
static int mdev_reboot(struct sim *sim)
{
	sim_del(sim, "/.sim/held");
	sim_del(sim, "/.sim/pending");
	return 0;
}

static const struct sim_hook hooks[] = {
	{ "*/mdev_supported_types/*/create", create_store, NULL,
	  "create_store (drivers/vfio/mdev/mdev_sysfs.c)" },
	{ "*[0-9a-f]-[0-9a-f]*-[0-9a-f]*-[0-9a-f]*-[0-9a-f]*/remove", remove_store, NULL,
	  "remove_store (drivers/vfio/mdev/mdev_sysfs.c)" },
	{ 0 },
};

/* Does a process have the group's node open? The one that is told first stays the holder. */
static int adopt_holder(struct sim *sim, const char *pid, const char *node, const char *uuid)
{
	CLEANUP(buf_done) struct buf fds = { 0 };
	char path[SIM_PATH];
	const char *fd;
	int r;

	sim_path(path, "/proc/%s/fd", pid);
	if (sim_names(sim, path, &fds) < 0)
		return 0;
	buf_foreach_name (&fds, fd) {
		sim_path(path, "/proc/%s/fd/%s", pid, fd);
		if (!str_eq(sim_link(sim, path), node) || held(sim, uuid))
			continue;
		sim_path(path, "/.sim/held/%s", uuid);
		r = sim_put_filef(sim, path, 0644, "%s %s\n", pid, "process");
		if (r < 0)
			return r;
	}
	return 0;
}

/* A copied machine: what its processes have open is held. */
static int mdev_adopt(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 }, pids = { 0 };
	char path[SIM_PATH], node[SIM_PATH];
	const char *uuid, *pid;
	int r = 0;

	if (sim_names(sim, "/sys/bus/mdev/devices", &names) < 0 ||
	    sim_names(sim, "/proc", &pids) < 0)
		return 0;
	buf_foreach_name (&names, uuid) {
		if (strlen(uuid) != UUID_LEN)
			continue;
		sim_path(path, "/sys/bus/mdev/devices/%s/iommu_group", uuid);
		sim_path(node, "/dev/vfio/%s", sim_link_base(sim, path));
		buf_foreach_name (&pids, pid)
			if (pid[strspn(pid, "0123456789")] == '\0' && r == 0)
				r = adopt_holder(sim, pid, node, uuid);
	}
	return r;
}

const struct sim_bus sim_bus_mdev = { .name = "mdev",
				      .hooks = hooks,
				      .reboot = mdev_reboot,
				      .module = mdev_module,
				      .adopt = mdev_adopt };
