/* SPDX-License-Identifier: MIT */
/* Subchannels and the channel devices behind them: io_subchannel, vfio_ccw, online. */
#include "sim_css.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char css0[] = "/sys/devices/css0";

static const char *attr(const struct sim *sim, const char *dev, const char *name)
{
	char path[SIM_PATH];

	sim_path(path, "%s/%s", dev, name);
	return sim_value(sim, path);
}

static int set_attr(struct sim *sim, const char *dev, const char *name, const char *value)
{
	char path[SIM_PATH];

	sim_path(path, "%s/%s", dev, name);
	return sim_set(sim, path, value);
}

static bool type_is(const struct sim *sim, const char *dev, const char *type)
{
	return str_eq(attr(sim, dev, "type"), type);
}

bool sim_ccw_of(const struct sim *sim, const char *sch, char ret[static SIM_PATH])
{
	const char *busid = attr(sim, sch, "dev_busid");

	if (!*busid || str_eq(busid, "none"))
		return false;
	sim_path(ret, "%s/%s", sch, busid);
	return sim_has(sim, ret);
}

/* A directory below a ccw device which is a device or has one in it, not just attributes. */
static bool has_device(const struct sim *sim, const char *dir)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	sim_path(path, "%s/subsystem", dir);
	if (sim_type(sim, path) == SYS_LINK)
		return true;
	if (sim_names(sim, dir, &names) < 0)
		return false;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s", dir, name);
		if (sim_type(sim, path) == SYS_DIR && has_device(sim, path))
			return true;
	}
	return false;
}

/* What an online device gives the host: its children come and go with it. */
static void park_children(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH], to[SIM_PATH];
	const char *name;

	sim_gives_del(sim, dev);
	if (sim_names(sim, dev, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s", dev, name);
		sim_path(to, "/.sim/children/%s/%s", sim_base(dev), name);
		if (sim_type(sim, path) == SYS_DIR && has_device(sim, path))
			sim_dev_park(sim, path, to);
	}
}

static void unpark_children(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH], from[SIM_PATH];
	const char *name;

	sim_path(from, "/.sim/children/%s", sim_base(dev));
	if (sim_names(sim, from, &names) == 0)
		buf_foreach_name (&names, name) {
			sim_path(from, "/.sim/children/%s/%s", sim_base(dev), name);
			sim_path(path, "%s/%s", dev, name);
			sim_dev_unpark(sim, from, path);
		}
	sim_gives_add(sim, dev);
}

static bool has_driver(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/driver", dev);
	return sim_type(sim, path) == SYS_LINK;
}

int sim_ccw_online(struct sim *sim, const char *dev)
{
	if (!has_driver(sim, dev) || str_eq(attr(sim, dev, "online"), "1"))
		return -EINVAL;
	if (str_eq(attr(sim, dev, "availability"), "no path"))
		return -ENODEV;
	set_attr(sim, dev, "online", "1\n");
	unpark_children(sim, dev);
	return 0;
}

int sim_ccw_offline(struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	if (!has_driver(sim, dev) || !str_eq(attr(sim, dev, "online"), "1"))
		return -EINVAL;
	sim_path(path, "/.sim/busy/%s", sim_base(dev));
	if (sim_has(sim, path))
		return -EBUSY; /* dasd_generic_set_offline(): it is open */
	park_children(sim, dev);
	set_attr(sim, dev, "online", "0\n");
	return 0;
}

static int probe_nothing(struct sim *sim, const char *dev)
{
	(void)sim;
	(void)dev;
	return 0;
}

/*
 * What the kernel only begins when it binds a driver; as a rule nobody here is so quick as to notice. With "hidden recognises-late" it is
 * left undone, the first kind until somebody waits for it.
 */
#define LATE	     "/.sim/recognises-late"
#define RECOGNISING  "/.sim/recognising"
#define GOING_ONLINE "/.sim/going-online"

static bool left_for_later(struct sim *sim, const char *what, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/%s", what, sim_base(dev));
	return sim_has(sim, LATE) && sim_put_link(sim, path, dev) == 0;
}

/* What was left of a kind. */
static int catch_up(struct sim *sim, const char *what, int (*fn)(struct sim *sim, const char *dev))
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;
	int r = 0;

	if (sim_names(sim, what, &names) < 0)
		return 0;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s", what, name);
		if (r == 0 && sim_has(sim, path))
			r = fn(sim, sim_link(sim, path));
	}
	sim_del(sim, what);
	return r;
}

/* virtio_ccw_auto_online(): somebody else may have been faster, or the device can't; only a warning. */
static int virtio_auto_online(struct sim *sim, const char *dev)
{
	sim_ccw_online(sim, dev);
	return 0;
}

static void bound_virtio(struct sim *sim, const char *dev)
{
	if (!left_for_later(sim, GOING_ONLINE, dev))
		virtio_auto_online(sim, dev);
}

/* ccw_device_remove(): goes offline whoever has it open. */
static void remove_ccw(struct sim *sim, const char *dev)
{
	if (!str_eq(attr(sim, dev, "online"), "1"))
		return;
	park_children(sim, dev);
	set_attr(sim, dev, "online", "0\n");
}

const struct sim_driver sim_driver_virtio_ccw = {
	.bus = "ccw",
	.name = "virtio_ccw",
	.probe = probe_nothing,
	.remove = remove_ccw,
	.bound = bound_virtio,
};

/* All other drivers of channel devices: whose home it is. */
const struct sim_driver sim_driver_ccw = { .bus = "ccw",
					   .probe = probe_nothing,
					   .remove = remove_ccw };

/* A device of which nothing but its number is known: sense ID has not been done. */
int sim_ccw_put(struct sim *sim, const char *dev)
{
	static const struct {
		const char *name, *value;
		unsigned mode;
	} attrs[] = {
		{ "availability", "good\n", 0444 },
		{ "cutype", "0000/00\n", 0444 },
		{ "devtype", "n/a\n", 0444 },
		{ "modalias", "ccw:t0000m00dtdm\n", 0444 },
		{ "online", "0\n", 0644 },
		{ "cmb_enable", "0\n", 0644 },
		{ "uevent",
		  "CU_TYPE=0000\nCU_MODEL=00\nDEV_TYPE=0000\nDEV_MODEL=00\nMODALIAS=ccw:"
		  "t0000m00dtdm\n",
		  0644 },
	};
	int r = sim_link_in(sim, dev, "subsystem", "/sys/bus/ccw");

	for (size_t i = 0; i < ARRAY_SIZE(attrs) && r == 0; i++)
		r = sim_put_attr(sim, dev, attrs[i].name, attrs[i].mode, "%s", attrs[i].value);
	return r;
}

int sim_ccw_register(struct sim *sim, const char *sch)
{
	const char *busid = attr(sim, sch, "dev_busid");
	char dev[SIM_PATH], from[SIM_PATH], link[SIM_PATH];
	int r;

	if (!*busid || str_eq(busid, "none") || sim_ccw_of(sim, sch, dev))
		return 0;
	sim_path(dev, "%s/%s", sch, busid);
	sim_path(from, "/.sim/ccw/%s", busid);
	sim_path(link, "/sys/bus/ccw/devices/%s", busid);
	r = sim_has(sim, from) ? sim_move(sim, from, dev) : sim_ccw_put(sim, dev);
	r = r < 0 ? r : sim_link_to(sim, link, dev);
	if (r < 0)
		return r;
	sim_dev_uevent(sim, "add", dev, "%s", "");
	if (!str_eq(sim_value(sim, "/sys/bus/ccw/drivers_autoprobe"), "0"))
		sim_driver_probe_any(sim, dev);
	return 0;
}

void sim_ccw_unregister(struct sim *sim, const char *sch)
{
	char dev[SIM_PATH], to[SIM_PATH];

	if (!sim_ccw_of(sim, sch, dev))
		return;
	sim_driver_unbind(sim, dev);
	set_attr(sim, dev, "cmb_enable", "0\n");
	sim_cmf_forget(sim, dev);
	sim_path(to, "/.sim/ccw/%s", sim_base(dev));
	sim_dev_uevent(sim, "remove", dev, "%s", "");
	sim_delf(sim, "/sys/bus/ccw/devices/%s", sim_base(dev));
	sim_move(sim, dev, to);
}

/* chpids, path masks, and those paths which are varied on: what io_subchannel may use. */
unsigned sim_css_paths(const struct sim *sim, const char *sch)
{
	unsigned pim = 0, pam = 0, pom = 0, chpid, lpm = 0;
	const char *chpids = attr(sim, sch, "chpids");
	char path[SIM_PATH];

	sscanf(attr(sim, sch, "pimpampom"), "%x %x %x", &pim, &pam, &pom);
	for (int i = 0; i < 8 && sscanf(chpids + 3 * i, "%2x", &chpid) == 1; i++) {
		sim_path(path, "%s/chp0.%02x/status", css0, chpid);
		if (!str_eq(sim_value(sim, path), "offline"))
			lpm |= 0x80U >> i;
		if (strlen(chpids) < 3 * (size_t)i + 5)
			break;
	}
	return pim & pam & pom & lpm;
}

static bool match_io(struct sim *sim, const char *dev)
{
	return type_is(sim, dev, "0");
}

static int probe_io(struct sim *sim, const char *dev)
{
	int r = sim_put_attr(sim, dev, "vpm", 0444, "%02x\n", sim_css_paths(sim, dev));

	return r < 0 ? r : sim_put_attr(sim, dev, "logging", 0200, "%s", "");
}

/* Sense ID needs a path (ccw_device_recognition()): a device is not found without one. */
static void bound_io(struct sim *sim, const char *dev)
{
	bool found = sim_css_paths(sim, dev) || !strtoul(attr(sim, dev, "pimpampom"), NULL, 16);

	if (found && !left_for_later(sim, RECOGNISING, dev))
		sim_ccw_register(sim, dev);
}

/* css_complete_work(). io_subchannel_remove() has kept nothing from being registered now. */
static int settle(struct sim *sim, const struct sim_call *call)
{
	int r = catch_up(sim, RECOGNISING, sim_ccw_register);

	return r < 0 ? r : (int)call->len;
}

/* "later": everything that was late is done, though nobody waited for it. */
static int css_poke(struct sim *sim, char **words)
{
	int r;

	if (!str_eq(words[0], "later"))
		return 0;
	r = catch_up(sim, GOING_ONLINE, virtio_auto_online);
	r = r < 0 ? r : catch_up(sim, RECOGNISING, sim_ccw_register);
	return r < 0 ? r : 1;
}

static void remove_io(struct sim *sim, const char *dev)
{
	sim_ccw_unregister(sim, dev);
	sim_delf(sim, "%s/vpm", dev);
	sim_delf(sim, "%s/logging", dev);
}

const struct sim_driver sim_driver_io_subchannel = {
	.bus = "css",
	.name = "io_subchannel",
	.match = match_io,
	.probe = probe_io,
	.remove = remove_io,
	.bound = bound_io,
};

static bool match_chsc(struct sim *sim, const char *dev)
{
	return type_is(sim, dev, "1");
}

static bool match_eadm(struct sim *sim, const char *dev)
{
	return type_is(sim, dev, "3");
}

const struct sim_driver sim_driver_chsc = {
	.bus = "css", .name = "chsc_subchannel", .match = match_chsc, .probe = probe_nothing
};
const struct sim_driver sim_driver_eadm = {
	.bus = "css", .name = "eadm_subchannel", .match = match_eadm, .probe = probe_nothing
};

/* The device behind is a queued one: OSA, HiperSockets (1731/01, /05, /06), FCP (1731/03). */
static bool qdio(const struct sim *sim, const char *sch)
{
	char path[SIM_PATH];

	sim_path(path, "/.sim/qdio/%s", sim_base(sch));
	if (sim_has(sim, path))
		return true;
	sim_path(path, "/.sim/ccw/%s/cutype", attr(sim, sch, "dev_busid"));
	return str_starts(sim_value(sim, path), "1731/");
}

static int probe_vfio_ccw(struct sim *sim, const char *dev)
{
	if (qdio(sim, dev))
		return -ENODEV; /* vfio_ccw_sch_probe(): "does not support QDIO" */
	return sim_mdev_register(sim, dev, "vfio_ccw-io", "I/O subchannel (Non-QDIO)", "vfio-ccw",
				 1);
}

const struct sim_driver sim_driver_vfio_ccw = {
	.bus = "css",
	.name = "vfio_ccw",
	.match = match_io,
	.probe = probe_vfio_ccw,
	.remove = sim_mdev_unregister,
};

static int css_module(struct sim *sim, const char *name)
{
	int r;

	if (!str_eq(name, "vfio_ccw"))
		return 0;
	r = sim_driver_register(sim, "mdev", "vfio_ccw_mdev", name);
	r = r < 0 ? r : sim_driver_register(sim, "css", "vfio_ccw", name);
	return r < 0 ? r : 1;
}

static int css_unload(struct sim *sim, const char *name)
{
	if (!str_eq(name, "vfio_ccw"))
		return 0;
	sim_driver_unregister(sim, "css", "vfio_ccw");
	sim_driver_unregister(sim, "mdev", "vfio_ccw_mdev");
	return 1;
}

int sim_css_register(struct sim *sim, const char *busid)
{
	char dev[SIM_PATH], from[SIM_PATH], link[SIM_PATH];
	int r;

	sim_path(from, "/.sim/css/%s", busid);
	sim_path(dev, "%s/%s", css0, busid);
	sim_path(link, "/sys/bus/css/devices/%s", busid);
	r = sim_move(sim, from, dev);
	r = r < 0 ? r : sim_link_to(sim, link, dev);
	if (r < 0)
		return r;
	set_attr(sim, dev, "driver_override", "(null)\n");
	sim_dev_uevent(sim, "add", dev, "%s", "");
	if (!str_eq(sim_value(sim, "/sys/bus/css/drivers_autoprobe"), "0"))
		sim_driver_probe_any(sim, dev);
	return 0;
}

void sim_css_unregister(struct sim *sim, const char *busid)
{
	char dev[SIM_PATH], to[SIM_PATH];

	sim_path(dev, "%s/%s", css0, busid);
	sim_path(to, "/.sim/css/%s", busid);
	sim_driver_unbind(sim, dev);
	sim_dev_uevent(sim, "remove", dev, "%s", "");
	sim_delf(sim, "/sys/bus/css/devices/%s", busid);
	sim_move(sim, dev, to);
}

static int online_store(struct sim *sim, const struct sim_call *call)
{
	char *end;
	unsigned long value;
	int r;

	if (!strncmp(call->value, "force\n", call->len)) {
		sim_ccw_online(sim, call->dir);
		return (int)
			call->len; /* online_store_handle_online(): force hides what came of it */
	}
	value = strtoul(call->value, &end, 16);
	if (end == call->value || (*end && strcmp(end, "\n") != 0) || value > 1)
		return -EINVAL;
	r = value ? sim_ccw_online(sim, call->dir) : sim_ccw_offline(sim, call->dir);
	return r < 0 ? r : (int)call->len;
}

/* Every subchannel as after a boot: its default driver, its device in the state it had when the machine was made. */
static int css_reboot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	if (!sim_has(sim, "/sys/bus/css"))
		return 0; /* no channel subsystem, and no /proc/cio_ignore */
	if (sim_names(sim, "/sys/bus/css/devices", &names) == 0)
		buf_foreach_name (&names, name)
			sim_css_unregister(sim, name);
	if (!sim_has(sim, "/sys/module/vfio_ccw")) {
		sim_del(sim, "/sys/bus/css/drivers/vfio_ccw");
		sim_del(sim, "/sys/bus/mdev/drivers/vfio_ccw_mdev");
	}
	sim_del(sim, RECOGNISING);
	sim_del(sim, GOING_ONLINE);
	sim_chp_reboot(sim);
	sim_cio_boot(sim);
	sim_forget_events(sim);
	buf_reset(&names);
	if (sim_names(sim, "/.sim/css", &names) < 0)
		return 0;
	buf_foreach_name (&names, name) {
		char dev[SIM_PATH];

		sim_path(path, "/.sim/css/%s/dev_busid", name);
		if (sim_cio_ignored(sim, sim_value(sim, path)))
			continue;
		sim_css_register(sim, name);
		sim_path(path, "%s/%s", css0, name);
		if (!sim_ccw_of(sim, path, dev))
			continue;
		sim_path(path, "/.sim/online/%s", sim_base(dev));
		if (sim_has(sim, path))
			sim_ccw_online(sim, dev);
	}
	return 0;
}

/* A copied machine: what is online now is so at the next boot. */
static int css_adopt(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;
	int r = 0;

	/* Nobody can read it, so no copy has it. */
	if (sim_has(sim, "/sys/bus/css") && !sim_has(sim, "/proc/cio_settle"))
		r = sim_put_file(sim, "/proc/cio_settle", 0200, "");
	if (sim_names(sim, "/sys/bus/ccw/devices", &names) < 0)
		return r;
	buf_foreach_name (&names, name) {
		sim_path(path, "/sys/bus/ccw/devices/%s/online", name);
		if (!str_eq(sim_value(sim, path), "1"))
			continue;
		sim_path(path, "/.sim/online/%s", name);
		r = r < 0 ? r : sim_put_file(sim, path, 0644, "1\n");
	}
	return r;
}

static int take_all(struct sim *sim, const struct sim_call *call)
{
	(void)sim;
	return (int)call->len;
}

static const struct sim_hook hooks[] = {
	{ "/sys/devices/css*/*/*/online", online_store, NULL,
	  "online_store (drivers/s390/cio/device.c)" },
	{ "/sys/devices/css*/*/logging", take_all, NULL,
	  "logging_store (drivers/s390/cio/device.c)" },
	{ "/sys/devices/css*/rescan", take_all, NULL, "rescan_store (drivers/s390/cio/css.c)" },
	{ "/proc/cio_settle", settle, NULL, "cio_settle_write (drivers/s390/cio/css.c)" },
	{ 0 },
};

const struct sim_bus sim_bus_css = {
	.name = "css",
	.hooks = hooks,
	.directive = sim_css_directive,
	.reboot = css_reboot,
	.module = css_module,
	.unload = css_unload,
	.adopt = css_adopt,
	.poke = css_poke,
};

const struct sim_bus sim_bus_cio = { .name = "cio", .hooks = sim_cio_hooks };
