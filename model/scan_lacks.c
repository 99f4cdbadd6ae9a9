/* SPDX-License-Identifier: MIT */
/*
 * What is not in a capture. A maker that took some files only says nothing by leaving others out: those facts are
 * not known, which is not the same as that there is nothing.
 */
#include "scan.h"
#include "sys.h"

#include <string.h>

static const struct part {
	const char *path;
	const char *what;
	unsigned of; /* LACKS_... */
	bool s390;   /* only there is it missed */
} parts[] = {
	{ "/sys/bus/css/devices", "channel devices (/sys/bus/css)", LACKS_CSS, true },
	{ "/sys/bus/ap", "crypto (/sys/bus/ap)", LACKS_AP, true },
	{ "/sys/bus/pci/devices", "PCI functions (/sys/bus/pci)", LACKS_PCI, false },
	{ "/sys/bus/mdev", "active mediated devices (/sys/bus/mdev)", LACKS_MDEV, false },
	{ "/sys/module", "loaded modules (/sys/module)", LACKS_MODULES, false },
	{ "/sys/class/block", "block devices (/sys/class/block)", LACKS_USES, false },
	{ "/sys/class/net", "network interfaces (/sys/class/net)", LACKS_USES, false },
	{ "/proc/mounts", "mounts (/proc/mounts)", LACKS_USES, false },
	{ "/proc/1", "processes, so running guests (/proc/PID)", LACKS_USES, false },
	{ "/proc/cmdline", "the kernel's command line (/proc/cmdline)", LACKS_BOOT, false },
	{ "/etc/mdevctl.d", "definitions of mediated devices (/etc/mdevctl.d)",
	  LACKS_BOOT | LACKS_DEFS, false },
	{ "/etc/driverctl.d", "driver overrides for the next boot (/etc/driverctl.d)",
	  LACKS_BOOT | LACKS_DEFS, false },
	{ "/etc/udev/rules.d", "udev rules (/etc/udev/rules.d)", LACKS_BOOT | LACKS_DEFS, false },
	{ "/usr/sbin", "which tools are installed (/usr/sbin)", LACKS_BOOT | LACKS_TOOLS, false },
};

/* Of a tree that nobody selected from, what is missing was not there; but every machine has these. */
static const struct part tops[] = {
	{ "/sys", "/sys", LACKS_LIVE | LACKS_USES, false },
	{ "/proc/mounts", "/proc with mounts", LACKS_USES, false },
	{ "/etc", "/etc", LACKS_BOOT | LACKS_DEFS, false },
	{ "/usr", "/usr", LACKS_BOOT | LACKS_TOOLS, false },
};

static void lack(struct scan *s, const struct part *p, struct buf *lacks)
{
	s->inv->host.lacks_of |= p->of;
	if (buf_printf(lacks, "%s%s", lacks->len ? ", " : "", p->what) < 0)
		s->nomem = true;
}

static void look(struct scan *s, const struct part *p, struct buf *lacks)
{
	if ((!p->s390 || s->inv->host.s390) && !sys_exists(s->sys, p->path))
		lack(s, p, lacks);
}

/* Copied file by file, as dbginfo.sh does without dump2tar, /sys has no links: none lead to a device or a driver. */
static void look_for_links(struct scan *s, struct buf *lacks)
{
	static const struct part links = { NULL, "the links of /sys, so devices and their drivers",
					   LACKS_LIVE | LACKS_USES | LACKS_BOOT | LACKS_LINKS,
					   false };
	CLEANUP(buf_done) struct buf names = { 0 };
	struct sys_stat st;

	if (sys_stat(s->sys, "/sys/devices/css0/0.0.0000", &st) == 0 &&
	    sys_list(s->sys, "/sys/bus/css/devices", &names) == 0 && !names.len)
		lack(s, &links, lacks);
}

void scan_lacks(struct scan *s)
{
	CLEANUP(buf_done) struct buf lacks = { 0 };
	const struct sys_origin *from = &s->sys->origin;
	struct host *h = &s->inv->host;
	bool brief = s->inv->scope & SCOPE_BRIEF;

	h->maker = from->maker;
	h->made = from->made;
	h->selective = from->selective;
	if (!from->maker)
		return;
	/* Our own captures have all that there was; and who asks for names and drivers is not told what else is missing. */
	for (size_t i = 0; i < ARRAY_SIZE(tops) && !*from->maker && !brief; i++)
		look(s, &tops[i], &lacks);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && from->selective; i++)
		look(s, &parts[i], &lacks);
	if (from->selective)
		look_for_links(s, &lacks);
	h->lacks = lacks.len ? scan_intern(s, lacks.data) : NULL;
	h->lacks_uses = h->lacks_of & LACKS_USES;
	h->lacks_boot = h->lacks_of & LACKS_BOOT;
}
