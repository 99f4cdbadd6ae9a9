/* SPDX-License-Identifier: MIT */
/*
 * What is not in a capture. A maker that took some files only says nothing by leaving others out: those facts are
 * not known, which is not the same as that there is nothing.
 */
#include "scan.h"
#include "sys.h"

#include <string.h>

enum { USES = 1, BOOT = 2 };

static const struct part {
	const char *path;
	const char *what;
	unsigned tells; /* USES, BOOT */
	bool s390;	/* only there is it missed */
} parts[] = {
	{ "/sys/bus/css/devices", "channel devices (/sys/bus/css)", 0, true },
	{ "/sys/bus/ap", "crypto (/sys/bus/ap)", 0, true },
	{ "/sys/bus/pci/devices", "PCI functions (/sys/bus/pci)", 0, false },
	{ "/sys/bus/mdev", "active mediated devices (/sys/bus/mdev)", 0, false },
	{ "/sys/module", "loaded modules (/sys/module)", 0, false },
	{ "/sys/class/block", "block devices (/sys/class/block)", USES, false },
	{ "/sys/class/net", "network interfaces (/sys/class/net)", USES, false },
	{ "/proc/self/mountinfo", "mounts (/proc/self/mountinfo)", USES, false },
	{ "/proc/1", "processes, so running guests (/proc/PID)", USES, false },
	{ "/proc/cmdline", "the kernel's command line (/proc/cmdline)", BOOT, false },
	{ "/etc/mdevctl.d", "definitions of mediated devices (/etc/mdevctl.d)", BOOT, false },
	{ "/etc/driverctl.d", "driver overrides for the next boot (/etc/driverctl.d)", BOOT,
	  false },
	{ "/etc/udev/rules.d", "udev rules (/etc/udev/rules.d)", BOOT, false },
	{ "/usr/sbin", "which tools are installed (/usr/sbin)", BOOT, false },
};

/* Of a tree that nobody selected from, what is missing was not there; but a machine has all of these. */
static const struct part tops[] = {
	{ "/sys", "/sys", 0, false },
	{ "/proc", "/proc", USES, false },
	{ "/etc", "/etc", BOOT, false },
};

static void look(struct scan *s, const struct part *p, struct buf *lacks, unsigned *tells)
{
	struct sys_stat st;

	if ((p->s390 && !s->inv->host.s390) || sys_stat(s->sys, p->path, &st) == 0)
		return;
	*tells |= p->tells;
	if (buf_printf(lacks, "%s%s", lacks->len ? ", " : "", p->what) < 0)
		s->nomem = true;
}

void scan_lacks(struct scan *s)
{
	CLEANUP(buf_done) struct buf lacks = { 0 };
	const struct sys_origin *from = &s->sys->origin;
	struct host *h = &s->inv->host;
	unsigned tells = 0;

	h->maker = from->maker;
	if (!from->maker)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(tops) && !from->selective; i++)
		look(s, &tops[i], &lacks, &tells);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && from->selective; i++)
		look(s, &parts[i], &lacks, &tells);
	h->lacks = lacks.len ? scan_intern(s, lacks.data) : NULL;
	h->lacks_uses = from->selective && tells & USES;
	h->lacks_boot = from->selective && tells & BOOT;
}
