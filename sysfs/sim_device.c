/* SPDX-License-Identifier: MIT */
/* The device core: a device's links, its uevents, and devices which leave the machine and come back. */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *sim_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void path_of(char ret[static SIM_PATH], const char *dir, const char *name)
{
	sim_path(ret, "%s/%s", dir, name);
}

/* Adds the lines of a uevent file; zapped: without MODALIAS, as zap_modalias_env() does for unbind. */
static int add_lines(struct buf *env, const char *text, bool zapped)
{
	for (; *text; text += *text == '\n') {
		size_t n = strcspn(text, "\n");

		if (n && !(zapped && str_starts(text, "MODALIAS=")) &&
		    (buf_add(env, text, n) < 0 || buf_addc(env, '\n') < 0))
			return -ENOMEM;
		text += n;
	}
	return 0;
}

static int uevent_text(const struct sim *sim, const char *dev, struct buf *ret)
{
	char path[SIM_PATH];

	path_of(path, dev, "uevent");
	return sim_bytes(sim, path, ret);
}

void sim_dev_uevent(struct sim *sim, const char *action, const char *dev, const char *env, ...)
{
	CLEANUP(buf_done) struct buf lines = { 0 }, text = { 0 };
	char path[SIM_PATH];
	va_list ap;
	int r;

	va_start(ap, env);
	r = buf_vprintf(&lines, env, ap);
	va_end(ap);
	if (r < 0 || uevent_text(sim, dev, &text) < 0 ||
	    add_lines(&lines, buf_str(&text), str_eq(action, "unbind")) < 0)
		return;
	path_of(path, dev, "subsystem");
	sim_uevent(sim, action, sim_link_base(sim, path), dev + strlen("/sys"), "%s",
		   buf_str(&lines));
}

/* Where a device is linked from its bus or class; -ENOENT: it is no device. */
static int subsystem_link(const struct sim *sim, const char *dev, char ret[static SIM_PATH])
{
	CLEANUP(buf_done) struct buf real = { 0 };
	char path[SIM_PATH];

	path_of(path, dev, "subsystem");
	if (!*sim_link_base(sim, path) || sim_real_path(sim, path, &real) < 0)
		return -ENOENT;
	sim_path(ret, "%s%s/%s", buf_str(&real),
		 str_starts(buf_str(&real), "/sys/bus/") ? "/devices" : "", sim_base(dev));
	return 0;
}

/* The link in the driver's directory; -ENOENT: unbound. */
static int driver_link(const struct sim *sim, const char *dev, char ret[static SIM_PATH])
{
	CLEANUP(buf_done) struct buf real = { 0 };
	char path[SIM_PATH];

	path_of(path, dev, "driver");
	if (!*sim_link_base(sim, path) || sim_real_path(sim, path, &real) < 0)
		return -ENOENT;
	path_of(ret, buf_str(&real), sim_base(dev));
	return 0;
}

int sim_dev_add(struct sim *sim, const char *dev, const char *subsystem, const char *uevent)
{
	char path[SIM_PATH], home[SIM_PATH];
	int r;

	sim_path(home, "/sys/%s", subsystem);
	path_of(path, home, "devices");
	r = sim_put_dir(sim, str_starts(subsystem, "bus/") ? path : home);
	path_of(path, dev, "uevent");
	r = r < 0 ? r : sim_put_file(sim, path, 0644, uevent);
	path_of(path, dev, "subsystem");
	r = r < 0 ? r : sim_link_to(sim, path, home);
	if (r == 0 && subsystem_link(sim, dev, path) == 0)
		r = sim_link_to(sim, path, dev);
	if (str_eq(subsystem, "bus/ap"))
		sim_note_order(sim, "came", "ap", sim_base(dev));
	if (r == 0)
		sim_dev_uevent(sim, "add", dev, "%s", "");
	return r;
}

void sim_dev_del(struct sim *sim, const char *dev)
{
	char link[SIM_PATH];

	sim_dev_uevent(sim, "remove", dev, "%s", "");
	if (subsystem_link(sim, dev, link) == 0)
		sim_del(sim, link);
	sim_del(sim, dev);
}

/* Is this a line which dev_uevent() writes before DRIVER? */
static bool numbers(const char *line)
{
	return str_starts(line, "MAJOR=") || str_starts(line, "MINOR=") ||
	       str_starts(line, "DEVNAME=") || str_starts(line, "DEVTYPE=");
}

void sim_dev_set_driver(struct sim *sim, const char *dev, const char *driver)
{
	CLEANUP(buf_done) struct buf old = { 0 }, text = { 0 };
	char path[SIM_PATH];
	const char *at;
	int r = uevent_text(sim, dev, &old);

	for (at = buf_str(&old); r == 0 && *at;) {
		size_t n = strcspn(at, "\n");

		n += at[n] == '\n';
		if (driver && !numbers(at)) {
			r = buf_printf(&text, "DRIVER=%s\n", driver);
			driver = NULL;
		}
		if (r == 0 && !str_starts(at, "DRIVER="))
			r = buf_add(&text, at, n);
		at += n;
	}
	if (r == 0 && driver)
		r = buf_printf(&text, "DRIVER=%s\n", driver);
	path_of(path, dev, "uevent");
	if (r == 0)
		sim_put_file(sim, path, 0644, buf_str(&text));
}

/* Children before parents: links go, events are sent. The bound driver stays noted in the tree. */
static void lower(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	if (sim_names(sim, dev, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		path_of(path, dev, name);
		if (sim_type(sim, path) == SYS_DIR)
			lower(sim, path);
	}
	if (driver_link(sim, dev, path) == 0) {
		sim_del(sim, path);
		sim_dev_uevent(sim, "unbind", dev, "%s", "");
	}
	if (subsystem_link(sim, dev, path) == 0) {
		sim_dev_uevent(sim, "remove", dev, "%s", "");
		sim_del(sim, path);
	}
}

/* Parents before children; a device is bound when its children are there. */
static void raise(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	if (subsystem_link(sim, dev, path) == 0) {
		sim_link_to(sim, path, dev);
		sim_dev_uevent(sim, "add", dev, "%s", "");
	}
	if (sim_names(sim, dev, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		path_of(path, dev, name);
		if (sim_type(sim, path) == SYS_DIR)
			raise(sim, path);
	}
	if (driver_link(sim, dev, path) == 0) {
		sim_link_to(sim, path, dev);
		sim_dev_uevent(sim, "bind", dev, "%s", "");
	}
}

int sim_dev_park(struct sim *sim, const char *dev, const char *where)
{
	lower(sim, dev);
	return sim_move(sim, dev, where);
}

int sim_dev_unpark(struct sim *sim, const char *where, const char *dev)
{
	int r = sim_move(sim, where, dev);

	if (r == 0)
		raise(sim, dev);
	return r;
}

/* Buses whose order of events depends on history remember it: /.sim/past/KIND/BUS/DEVICE is a growing number. */
void sim_note_order(struct sim *sim, const char *kind, const char *bus, const char *device)
{
	unsigned long n = strtoul(sim_value(sim, "/.sim/past/order"), NULL, 10) + 1;
	char path[SIM_PATH];

	sim_path(path, "/.sim/past/%s/%s/%s", kind, bus, device);
	sim_put_filef(sim, "/.sim/past/order", 0644, "%lu\n", n);
	sim_put_filef(sim, path, 0644, "%lu\n", n);
}

struct ordered {
	unsigned long n;
	const char *name;
};

static int order_cmp(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? -1 : 1) : strcmp(x->name, y->name);
}

/* The links in a directory, by the order noted; those of which none is noted come first, by name. */
static int walk(const struct sim *sim, const char *dir, const char *kind, const char *bus,
		struct buf *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(freep) struct ordered *all = NULL;
	size_t n = 0, cap = 0;
	char path[SIM_PATH];
	const char *name;
	int r = sim_names(sim, dir, &names);

	if (r < 0)
		return r;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s", dir, name);
		if (sim_type(sim, path) != SYS_LINK || str_eq(name, "module"))
			continue;
		if (array_grow(&all, n, &cap, sizeof(*all)) < 0)
			return -ENOMEM;
		sim_path(path, "/.sim/past/%s/%s/%s", kind, bus, name);
		all[n++] = (struct ordered){ strtoul(sim_value(sim, path), NULL, 10), name };
	}
	if (n)
		qsort(all, n, sizeof(*all), order_cmp);
	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_add_name(ret, all[i].name);
	return r;
}

int sim_bus_walk(const struct sim *sim, const char *bus, struct buf *ret_names)
{
	char dir[SIM_PATH];

	sim_path(dir, "/sys/bus/%s/devices", bus);
	return walk(sim, dir, "came", bus, ret_names);
}

int sim_bound_walk(const struct sim *sim, const char *bus, const char *driver,
		   struct buf *ret_names)
{
	char dir[SIM_PATH];

	sim_path(dir, "/sys/bus/%s/drivers/%s", bus, driver);
	return walk(sim, dir, "bound", bus, ret_names);
}
