/* SPDX-License-Identifier: MIT */
/*
 * The programs of a boot, played on a simulated machine: systemd-modules-load, driverctl, chzdev's rules, mdevctl.
 */
#include "attrs.h"
#include "boot.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

struct play {
	struct sys *sys;
	struct strtab *tab;
	struct inventory *inv; /* for the files; devices are asked through sys */
	bool masks_set;
	int err; /* -ENOMEM */
};

/* One write of a program; what the kernel says is that program's affair. */
static int put(struct play *p, const char *value, const char *fmt, ...) PRINTF(3, 4);

static int put(struct play *p, const char *value, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&path, fmt, ap);
	va_end(ap);
	if (r < 0)
		return p->err = r;
	return sys_write(p->sys, buf_str(&path), value);
}

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* -- driverctl load-override -- */

/* It looks for a module of the driver's very name, then asks modprobe, which takes '-' for '_'. */
static bool module_there(struct play *p, const char *driver)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	char module[64] = "";

	if (buf_printf(&path, "/sys/module/%s", driver) < 0)
		p->err = -ENOMEM;
	for (size_t i = 0; driver[i] && i + 1 < sizeof(module); i++)
		module[i] = driver[i] == '-' ? '_' : driver[i];
	return sys_exists(p->sys, buf_str(&path)) || sys_load_module(p->sys, module) == 0;
}

/* Only these two failures end the script. */
static void load_override(struct play *p, const char *bus, const char *dev, const char *driver)
{
	bool none = strcmp(driver, "none") == 0;
	int r;

	if (!none && !module_there(p, driver))
		return;
	r = put(p, dev, "/sys/bus/%s/devices/%s/driver/unbind", bus, dev);
	if (r < 0 && r != -ENOENT)
		return;
	put(p, driver, "/sys/bus/%s/devices/%s/driver_override", bus, dev);
	if (!none)
		put(p, dev, "/sys/bus/%s/drivers_probe", bus);
}

static void driverctl(struct play *p, const char *bus, const char *dev)
{
	const struct host *h = &p->inv->host;

	if (!h->has_driverctl || !h->driverctl_rule)
		return;
	for (size_t i = 0; i < p->inv->n_overrides; i++) {
		const struct override_file *f = &p->inv->overrides[i];

		if (str_eq(bus_name(f->dev.bus), bus) && str_eq(f->dev.name, dev))
			load_override(p, bus, dev, f->driver);
	}
}

/* -- mdevctl start-parent-mdevs -- */

/* ap-check of s390-tools: the masks alone tell it whose a queue is, and a matrix wants a usage domain. */
static bool ap_check_refuses(struct play *p, const struct mdev_def *def)
{
	struct matrix m = def_matrix(def);
	struct ap_mask mask[2] = { { { 0 } }, { { 0 } } };

	if (!p->inv->host.has_ap_check || !str_eq(def->type, TYPE_AP) || !def->is_matrix)
		return false;
	for (int i = 0; i < 2; i++) {
		CLEANUP(buf_done) struct buf text = { 0 };

		if (sys_read(p->sys, i ? "/sys/bus/ap/aqmask" : "/sys/bus/ap/apmask", &text) == 0)
			mask_parse(buf_str(&text), &mask[i]);
	}
	return (mask_meets(&m.adapters, &mask[0]) && mask_meets(&m.domains, &mask[1])) ||
	       (!mask_empty(&m.control) && mask_empty(&m.domains));
}

static void start(struct play *p, const struct mdev_def *def)
{
	if (ap_check_refuses(p, def))
		return;
	if (put(p, def->uuid, "/sys/class/mdev_bus/%s/mdev_supported_types/%s/create", def->parent,
		def->type) < 0)
		return;
	for (size_t i = 0; i < def->n_attrs; i++)
		if (!name_ok(def->attrs[i].name) ||
		    put(p, def->attrs[i].value, "/sys/bus/mdev/devices/%s/%s", def->uuid,
			def->attrs[i].name) < 0) {
			put(p, "1", "/sys/bus/mdev/devices/%s/remove", def->uuid);
			return;
		}
}

static bool readable(const struct play *p, const char *parent)
{
	size_t n = strlen(parent);

	for (size_t i = 0; i < p->inv->n_problems; i++) {
		const struct problem *b = &p->inv->problems[i];

		if (b->foreign && !b->harmless && b->path && str_starts(b->path, MDEVCTL_DIR "/") &&
		    !strncmp(b->path + strlen(MDEVCTL_DIR "/"), parent, n) &&
		    b->path[strlen(MDEVCTL_DIR "/") + n] == '/')
			return false;
	}
	return true;
}

static void mdevctl(struct play *p, const char *parent)
{
	const struct host *h = &p->inv->host;

	if (!h->has_mdevctl || !h->mdev_rule || !readable(p, parent))
		return;
	for (size_t i = 0; i < p->inv->n_defs; i++)
		if (p->inv->defs[i]->start == START_AUTO &&
		    str_eq(p->inv->defs[i]->parent, parent) && name_ok(p->inv->defs[i]->type))
			start(p, p->inv->defs[i]);
}

/* -- chzdev's rules -- */

static void ap_rule(struct play *p)
{
	const struct ap_rule *rule = &p->inv->ap_rule;
	char text[MASK_TEXT];

	if (p->masks_set || !rule->present)
		return;
	p->masks_set = true;
	if (rule->has_apmask)
		put(p, mask_text(&rule->apmask, text), "/sys/bus/ap/apmask");
	if (rule->has_aqmask)
		put(p, mask_text(&rule->aqmask, text), "/sys/bus/ap/aqmask");
	if (rule->loads_vfio_ap)
		sys_load_module(p->sys, "vfio_ap");
}

static void ccw_rule(struct play *p, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(buf_done) struct buf tail = { 0 };
	CLEANUP(buf_done) struct buf line = { 0 };
	const char *name;

	sys_list(p->sys, "/etc/udev/rules.d", &names);
	if (buf_printf(&tail, "-%s.rules", dev) < 0 ||
	    buf_printf(&line, "ATTR{[ccw/%s]online}=\"1\"", dev) < 0)
		p->err = -ENOMEM;
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf path = { 0 };
		CLEANUP(buf_done) struct buf text = { 0 };

		if (!str_starts(name, "41-") || !str_ends(name, buf_str(&tail)))
			continue;
		if (buf_printf(&path, "/etc/udev/rules.d/%s", name) == 0 &&
		    sys_read(p->sys, buf_str(&path), &text) == 0 &&
		    strstr(buf_str(&text), buf_str(&line)))
			put(p, "1", "/sys/bus/ccw/devices/%s/online", dev);
	}
}

/* RUN{program}+="/bin/sh -c 'echo free 0.0.0100 > /proc/cio_ignore'", run before any device is looked for. */
static void cio_rule(struct play *p)
{
	static const char echo[] = "echo free ", end[] = " > /proc/cio_ignore";
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf words = { 0 };
	const char *from, *to;

	if (sys_read(p->sys, "/etc/udev/rules.d/41-cio-ignore.rules", &text) < 0)
		return;
	from = strstr(buf_str(&text), echo);
	to = from ? strstr(from, end) : NULL;
	if (!to)
		return;
	from += strlen("echo ");
	if (buf_add(&words, from, (size_t)(to - from)) < 0)
		p->err = -ENOMEM;
	else
		put(p, buf_str(&words), "/proc/cio_ignore");
}

/* Are all devices of the list there? Then each goes online: what setting the group online does. */
static void group_online(struct play *p, const char *list, size_t len, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name, *end = list + len;
	bool mine = false, all = true;

	while (list < end) {
		size_t n = strcspn(list, ",\"");
		char one[16] = "";
		struct ccwid id;

		memcpy(one, list, MIN(n, sizeof(one) - 1));
		list += n + 1;
		if (ccwid_parse(one, &id) < 0 || buf_add_name(&names, one) < 0)
			return;
		mine |= str_eq(one, dev);
	}
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf path = { 0 };

		all &= buf_printf(&path, "/sys/bus/ccw/devices/%s", name) == 0 &&
		       sys_exists(p->sys, buf_str(&path));
	}
	if (mine && all)
		buf_foreach_name (&names, name)
			put(p, "1", "/sys/bus/ccw/devices/%s/online", name);
}

/* ATTR{[drivers/ccwgroup:qeth]group}="0.0.f5f0,0.0.f5f1,0.0.f5f2" of any 41-qeth-*.rules */
static void group_rule(struct play *p, const char *dev)
{
	static const char key[] = "ATTR{[drivers/ccwgroup:qeth]group}=\"";
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	sys_list(p->sys, "/etc/udev/rules.d", &names);
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf path = { 0 };
		CLEANUP(buf_done) struct buf text = { 0 };
		const char *list;

		if (!str_starts(name, "41-qeth-") || !str_ends(name, ".rules"))
			continue;
		if (buf_printf(&path, "/etc/udev/rules.d/%s", name) < 0 ||
		    sys_read(p->sys, buf_str(&path), &text) < 0)
			continue;
		list = strstr(buf_str(&text), key);
		if (list && strstr(list, "online}=\"1\""))
			group_online(p, list + strlen(key), strcspn(list + strlen(key), "\""), dev);
	}
}

/* -- events -- */

static bool env_has(const struct sys_event *e, const char *var)
{
	const char *v;

	buf_foreach_name (&e->env, v)
		if (strcmp(v, var) == 0)
			return true;
	return false;
}

static void answer(struct play *p, const struct sys_event *e)
{
	const char *dev = last_of(e->devpath);
	bool add = strcmp(e->action, "add") == 0, change = strcmp(e->action, "change") == 0;

	if (add && name_ok(dev))
		driverctl(p, e->subsystem, dev);
	if (add && strcmp(e->subsystem, "ccw") == 0 && name_ok(dev)) {
		ccw_rule(p, dev);
		group_rule(p, dev);
	}
	if (change && env_has(e, "MDEV_STATE=registered") && name_ok(dev))
		mdevctl(p, dev);
	if (change && strcmp(e->subsystem, "ap") == 0 && env_has(e, "BINDINGS=complete"))
		ap_rule(p);
}

static void answer_all(struct play *p)
{
	struct sys_event e = { 0 };

	while (p->err == 0 && sys_watch(p->sys, &e) == 1) {
		answer(p, &e);
		sys_event_done(&e);
	}
}

int boot_play(struct sys *sys)
{
	struct play p = { .sys = sys, .tab = strtab_new() };
	int r = p.tab ? inventory_scan(sys, p.tab, &p.inv) : -ENOMEM;

	if (r == 0) {
		for (size_t i = 0; i < p.inv->n_autoload; i++)
			sys_load_module(sys, p.inv->autoload[i]);
		cio_rule(&p);
		answer_all(&p);
		/* All bindings complete once, on a kernel that does not say so as well. */
		ap_rule(&p);
		answer_all(&p);
		r = p.err;
	}
	inventory_unref(p.inv);
	strtab_free(p.tab);
	return r;
}
