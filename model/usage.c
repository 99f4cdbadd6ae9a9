/* SPDX-License-Identifier: MIT */
#include "usage.h"
#include "attrs.h"
#include "sys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { USES_MAX = 100000 };

void usage_add(struct scan *s, const struct devid *dev, const struct claim *claim)
{
	struct use u = { .dev = *dev, .grade = claim->grade };

	if (s->inv->n_uses >= USES_MAX)
		return;
	u.who = strdup(claim->who);
	u.text = strdup(claim->text);
	if (!u.who || !u.text || !scan_push(s, &s->inv->uses, &s->inv->n_uses, &u, sizeof(u))) {
		free(u.who);
		free(u.text);
		s->nomem = true;
	}
}

void usage_add_mdev(struct scan *s, const struct mdev *m, const struct claim *claim)
{
	struct devid dev = { .bus = BUS_MDEV }, parent = scan_parent_id(m->parent);

	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	usage_add(s, &dev, claim);
	usage_add(s, &parent, claim);
	if (!str_eq(m->type, TYPE_AP))
		return;
	for (size_t i = 0; i < s->inv->n_queues; i++)
		if (matrix_has(m->matrix, s->inv->queues[i]->id)) {
			dev = devid_queue(s->inv->queues[i]->id);
			usage_add(s, &dev, claim);
		}
}

void usage_add_ccw(struct scan *s, const char *number, const struct claim *claim)
{
	const struct subch *r;
	struct ccwid id;

	if (ccwid_parse(number, &id) < 0)
		return;
	/* The index is made when the scan ends: uses are few. */
	for (size_t i = 0; i < s->inv->n_subchs; i++) {
		r = s->inv->subchs[i];
		if (r->has_dev && ccwid_cmp(r->dev, id) == 0) {
			struct devid dev = devid_css(r->id);

			usage_add(s, &dev, claim);
		}
	}
}

void usage_add_fid(struct scan *s, const char *fid, const struct claim *claim)
{
	int64_t number = (int64_t)strtoul(fid, NULL, 16);

	for (size_t i = 0; i < s->inv->n_pcis; i++)
		if (s->inv->pcis[i]->fid == number) {
			struct devid dev = devid_pci(s->inv->pcis[i]->id);

			usage_add(s, &dev, claim);
		}
}

/* kind: "dump" or "reipl", directories of equal shape. */
static void firmware(struct scan *s, const char *kind, const struct claim *claim)
{
	char dir[64], type[16], attr[24];
	const char *v;

	snprintf(dir, sizeof(dir), "/sys/firmware/%s", kind);
	snprintf(attr, sizeof(attr), "%s_type", kind);
	v = scan_value(s, dir, attr, MAY_BE);
	if (!v || strlen(v) >= sizeof(type) || !name_ok(v))
		return;
	strcpy(type, v);
	snprintf(dir, sizeof(dir), "/sys/firmware/%s/%s", kind, type);
	v = scan_value(s, dir, strcmp(type, "nvme") != 0 ? "device" : "fid", MAY_BE);
	if (v && !strcmp(type, "nvme"))
		usage_add_fid(s, v, claim);
	else if (v)
		usage_add_ccw(s, v, claim);
}

/* -- consoles -- */

/* The names of consoles: the first word of each line of /proc/consoles. */
static void read_consoles(struct scan *s, struct buf *ret_names)
{
	const struct buf *b = scan_file(s, "/proc/consoles", MAY_BE);

	for (const char *line = b ? buf_str(b) : ""; *line;) {
		char name[32];
		int n = 0;

		if (sscanf(line, "%31[^ \n]%n", name, &n) == 1 && name_ok(name) &&
		    buf_add_name(ret_names, name) < 0)
			s->nomem = true;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* Which CCW driver stands behind a console. */
static bool is_console_driver(const char *console, const struct subch *r)
{
	if (str_starts(console, "tty3270") || str_starts(console, "3270"))
		return str_eq(r->ccw_driver, "3270");
	if (str_starts(console, "ttyS"))
		return str_eq(r->ccw_driver, "3215");
	return str_starts(console, "hvc") && r->cu_type == 0x3832 && r->cu_model == 0x03;
}

static void console_ccw(struct scan *s, const char *console)
{
	static const struct claim claim = { USE_PROTECTED, "console",
					    "is a console of the host, or may be" };

	for (size_t i = 0; i < s->inv->n_subchs; i++) {
		const struct subch *r = s->inv->subchs[i];

		if (r->ccw && r->online == 1 && is_console_driver(console, r)) {
			struct devid dev = devid_css(r->id);

			usage_add(s, &dev, &claim);
		}
	}
}

static void console_tty(struct scan *s, const char *console)
{
	static const struct claim claim = { USE_VITAL, "console", "is a console of the host" };
	CLEANUP(buf_done) struct buf target = { 0 };
	struct devid dev;

	if (sys_readlink(s->sys, scan_path(s, "/sys/class/tty/%s", console), &target) == 0 &&
	    scan_owner_of(buf_str(&target), &dev))
		usage_add(s, &dev, &claim);
}

static void usage_consoles(struct scan *s)
{
	static const struct claim claim = {
		USE_VITAL, "console", "is named as the console (condev=) on the command line"
	};
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *condev = s->inv->host.cmdline ? strstr(s->inv->host.cmdline, "condev=") : NULL;
	const char *name;
	char number[16];

	if (condev && sscanf(condev, "condev=%15[0-9a-fA-Fx.]", number) == 1)
		usage_add_ccw(s, number + 2 * str_starts(number, "0x"), &claim);
	read_consoles(s, &names);
	buf_foreach_name (&names, name) {
		console_ccw(s, name);
		console_tty(s, name);
	}
}

static void usage_display(struct scan *s)
{
	static const struct claim claim = { USE_PROTECTED, "display",
					    "is the display the host booted with" };

	for (size_t i = 0; i < s->inv->n_pcis; i++) {
		struct devid dev = devid_pci(s->inv->pcis[i]->id);
		char dir[80];

		if (s->inv->pcis[i]->class >> 16 != 0x03)
			continue;
		snprintf(dir, sizeof(dir), "/sys/bus/pci/devices/%s", dev.name);
		if (scan_tri(s, dir, "boot_vga") == 1)
			usage_add(s, &dev, &claim);
	}
}

void usage_host(struct scan *s)
{
	static const struct claim dump = { USE_PROTECTED, "dump target",
					   "is where a dump of the host is written to" };
	static const struct claim reipl = { USE_VITAL, "next IPL",
					    "is what the host boots from at the next IPL" };

	usage_consoles(s);
	usage_display(s);
	firmware(s, "dump", &dump);
	firmware(s, "reipl", &reipl);
}

void scan_uses(struct scan *s)
{
	if (s->inv->scope & SCOPE_BRIEF)
		return;
	inventory_sort(s->inv);
	usage_mounts(s);
	usage_block(s);
	usage_net(s);
	usage_guests(s);
	usage_host(s);
	usage_dumps(s);
	usage_kept(s);
}
