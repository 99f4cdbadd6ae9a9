/* SPDX-License-Identifier: MIT */
/*
 * Who would miss a device: the collectors of scan_uses.
 *
 * Rule: uses hang on subchannels, PCI functions, mediated devices and AP queues, never on what
 * stands between
 * (partitions, volumes, interfaces). Found out from /sys, /proc and files; nobody is asked. Only
 * usage*.c
 * include this.
 */
#ifndef USAGE_H
#define USAGE_H

#include "scan.h"

/* What is said of every device found behind something. */
struct claim {
	enum use_grade grade;
	const char *who;
	const char *text;
};

void usage_add(struct scan *s, const struct devid *dev, const struct claim *claim);
/* Of a mediated device: itself, its parent, and the queues of a matrix. */
void usage_add_mdev(struct scan *s, const struct mdev *m, const struct claim *claim);
/*
 * Of all devices that hold a block device: "dasda1", "dm-0", "/dev/mapper/vg0-srv", "/dev/disk/by-
 * id/...".
 */
void usage_add_block(struct scan *s, const char *name, const struct claim *claim);

void usage_block(struct scan *s);  /* mounts, swap, volumes: usage_block.c */
void usage_net(struct scan *s);	   /* interfaces and routes: usage_net.c */
void usage_guests(struct scan *s); /* usage_guest.c */
void usage_kept(struct scan *s);   /* after the next boot: usage_kept.c; last */
void usage_host(struct scan *s);   /* console, display, dump and re-IPL device: usage.c */

#endif
