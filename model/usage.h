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
/* Of all devices that hold the file system a file or directory of the host is on. */
void usage_add_path_at(struct scan *s, const char *path, const struct claim *claim, int depth);
/* The same of a block device; both, as deep as others led here: files are on disks, disks in files. */
void usage_add_block_at(struct scan *s, const char *name, const struct claim *claim, int depth);
/* A name below /dev, "mapper/vg0-srv", to the kernel's: by its link, else by what it says. */
void usage_kernel_name(struct scan *s, const char *dev, char *ret, size_t size);
/* "UUID=..." stands for a link below /dev/disk; anything else for itself. */
void usage_source_path(const char *source, char *ret, size_t size);
/* Of the subchannel of a CCW device, "0.0.2b09". */
void usage_add_ccw(struct scan *s, const char *number, const struct claim *claim);
/* Of the PCI function with a function id, "0x1a". */
void usage_add_fid(struct scan *s, const char *fid, const struct claim *claim);
/* Reads a text file line by line. */
void usage_each_line(struct scan *s, const char *path,
		     void (*read_line)(struct scan *s, const char *line));
/* Of the devices behind an interface, through bonds, bridges and VLANs. */
void usage_add_interface(struct scan *s, const char *name, const struct claim *claim);
/* Of the devices behind the interface that leads to an address, "10.0.0.5" or "fe80::1". */
void usage_add_address(struct scan *s, const char *address, const struct claim *claim);

/* Somebody's process that has devices of the host. */
struct guest {
	char who[64], text[128];
};
/* name "": it is not known. pid 0: nor is that. */
void usage_name_guest(struct guest *g, const char *name, long pid);
/* Names of devices in a text that says what a guest has, a command line for instance. */
void usage_find_devices(struct scan *s, const char *text, const struct guest *g);
/* What others chose as a name, without bytes that a terminal obeys. */
void usage_plain(char *text);

/* What open files mean: which devices are behind them. All zero at the start of a pass. */
struct open_index {
	struct open_node {
		char *name;   /* below /dev */
		char *target; /* of its link in /sys/dev/char */
	} * v;		      /* by name */
	size_t n;
	bool made;
};
void open_index_done(struct open_index *x);
/* A process: what is said of the devices it has open, by kind. */
struct holder {
	struct claim vfio;  /* taken from the host: a guest, or a driver in user space */
	struct claim node;  /* used through a driver of the host */
	const char *fdinfo; /* the file that tells of the link */
};
/* One link of /proc/PID/fd, "/dev/vfio/12" for instance. */
void usage_add_open(struct scan *s, struct open_index *x, const char *link,
		    const struct holder *holder);

void usage_mounts(struct scan *s);    /* file systems and swap: usage_mount.c */
void usage_block(struct scan *s);     /* volumes: usage_block.c */
void usage_net(struct scan *s);	      /* interfaces and routes: usage_net.c */
void usage_guests(struct scan *s);    /* usage_guest.c */
void usage_processes(struct scan *s); /* by command line and open files: usage_process.c */
void usage_dumps(struct scan *s);     /* where a crashed kernel writes to: usage_dump.c */
void usage_kept(struct scan *s);      /* after the next boot: usage_kept.c; last */
void usage_host(struct scan *s);      /* console, display, dump and re-IPL device: usage.c */

/* Is a program of that name a virtual machine monitor? */
bool usage_is_vmm(const char *program);

#endif
