/* SPDX-License-Identifier: MIT */
/* Disks and volumes, down to the devices that hold them. */
#include "sys.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Volumes on volumes on partitions: deeper is a loop, or somebody's joke. */
enum { DEPTH = 8 };

static void down(struct scan *s, const char *name, const struct claim *claim, int depth);

/* Where sysfs has a block device: a link's target, appended; false: there is none of that name. */
static bool link_of(struct scan *s, const char *name, struct buf *ret_target)
{
	static const char *const dirs[] = { "/sys/class/block", "/sys/block" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (sys_readlink(s->sys, scan_path(s, "%s/%s", dirs[i], name), ret_target) == 0)
			return true;
	return false;
}

/* Without /sys/class/block a partition is found below its disk only: "dasda1" is in "dasda". */
static bool disk_of(struct scan *s, const char *name, struct buf *ret_target)
{
	char disk[64];
	size_t n = strlen(name);

	if (n >= sizeof(disk))
		return false;
	while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	snprintf(disk, sizeof(disk), "%.*s", (int)n, name);
	if (n && n < strlen(name) && link_of(s, disk, ret_target))
		return true;
	/* "nvme0n1p2", "md0p1" */
	if (n < 2 || name[n - 1] != 'p')
		return false;
	disk[n - 1] = '\0';
	return link_of(s, disk, ret_target);
}

/* An NVMe disk with several paths is a virtual device; its controllers are links beside it. */
static void down_nvme(struct scan *s, const char *target, const struct claim *claim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *at = strstr(target, "devices/virtual/nvme-subsystem/"), *name;
	char dir[256];
	size_t n;

	if (!at)
		return;
	n = strlen("devices/virtual/nvme-subsystem/");
	snprintf(dir, sizeof(dir), "/sys/%.*s", (int)MIN(n + strcspn(at + n, "/"), (size_t)200),
		 at);
	scan_list(s, dir, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf controller = { 0 };
		struct devid dev;

		if (str_starts(name, "nvme") &&
		    sys_readlink(s->sys, scan_path(s, "%s/%s", dir, name), &controller) == 0 &&
		    scan_owner_of(buf_str(&controller), &dev))
			usage_add(s, &dev, claim);
	}
}

/* A disk over the network (iSCSI, NVMe over TCP) is as good as the interface that leads to it. */
static void down_network(struct scan *s, const char *target, const struct claim *claim)
{
	const char *session = strstr(target, "/session"),
		   *nvme = strstr(target, "nvme-fabrics/ctl/");
	char dir[120], address[64], name[32];
	const char *v;
	unsigned n;

	if (session && sscanf(session, "/session%u/", &n) == 1) {
		snprintf(dir, sizeof(dir), "/sys/class/iscsi_connection/connection%u:0", n);
		v = scan_value(s, dir, "address", MAY_BE);
	} else if (nvme && sscanf(nvme, "nvme-fabrics/ctl/%31[a-z0-9]", name) == 1) {
		snprintf(dir, sizeof(dir), "/sys/class/nvme/%s", name);
		v = scan_value(s, dir, "address", MAY_BE);
		v = v ? strstr(v, "traddr=") : NULL;
		v = v ? v + strlen("traddr=") : NULL;
	} else {
		return;
	}
	if (v && sscanf(v, "%63[0-9a-fA-F.:]", address) == 1)
		usage_add_address(s, address, claim);
}

/* What a volume is made of; a partition of a volume is made of the volume's. */
static void down_slaves(struct scan *s, const char *name, const char *target,
			const struct claim *claim, int depth)
{
	CLEANUP(buf_done) struct buf slaves = { 0 };
	const char *slave, *last = strrchr(target, '/'), *before = last;
	char whole[64];

	scan_list(s, scan_path(s, "/sys/class/block/%s/slaves", name), MAY_BE, &slaves);
	if (!slaves.len)
		scan_list(s, scan_path(s, "/sys/block/%s/slaves", name), MAY_BE, &slaves);
	buf_foreach_name (&slaves, slave)
		if (name_ok(slave))
			down(s, slave, claim, depth + 1);
	while (before && before > target && before[-1] != '/')
		before--;
	if (slaves.len || !last || !before || (size_t)(last - before) >= sizeof(whole))
		return;
	snprintf(whole, sizeof(whole), "%.*s", (int)(last - before), before);
	if (strcmp(whole, "block") != 0 && name_ok(whole))
		down(s, whole, claim, depth + 1);
}

/* A loop device is made of the file system its file is on, or of another disk. */
static void down_loop(struct scan *s, const char *name, const struct claim *claim, int depth)
{
	CLEANUP(freep) char *file = NULL;
	char dir[300];
	const char *v;

	snprintf(dir, sizeof(dir), "/sys/class/block/%.255s/loop", name);
	v = scan_value(s, dir, "backing_file", MAY_BE);
	if (!v) {
		snprintf(dir, sizeof(dir), "/sys/block/%.255s/loop", name);
		v = scan_value(s, dir, "backing_file", MAY_BE);
	}
	file = v ? strdup(v) : NULL; /* looking on takes the buffer */
	s->nomem |= v && !file;
	if (!file)
		return;
	if (str_starts(file, "/dev/"))
		usage_add_block_at(s, file, claim, depth + 1);
	else
		usage_add_path_at(s, file, claim, depth + 1);
}

static void down(struct scan *s, const char *name, const struct claim *claim, int depth)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	struct devid dev;

	if (depth > DEPTH || !name_ok(name))
		return;
	if (!link_of(s, name, &target) && !disk_of(s, name, &target))
		return;
	if (scan_owner_of(buf_str(&target), &dev)) {
		usage_add(s, &dev, claim);
		return;
	}
	down_nvme(s, buf_str(&target), claim);
	down_network(s, buf_str(&target), claim);
	if (str_starts(name, "loop"))
		down_loop(s, name, claim, depth);
	down_slaves(s, name, buf_str(&target), claim, depth);
}

/* The dm device of that name, where /dev/mapper is not at hand. */
static bool dm_named(struct scan *s, const char *name, char *ret, size_t size)
{
	CLEANUP(buf_done) struct buf disks = { 0 };
	const char *disk;

	scan_list(s, "/sys/block", MAY_BE, &disks);
	buf_foreach_name (&disks, disk) {
		char dir[300];
		const char *v;

		if (!str_starts(disk, "dm-"))
			continue;
		snprintf(dir, sizeof(dir), "/sys/block/%.255s/dm", disk);
		v = scan_value(s, dir, "name", MAY_BE);
		if (v && !strcmp(v, name)) {
			snprintf(ret, size, "%s", disk);
			return true;
		}
	}
	return false;
}

/* A name below /dev, "mapper/vg0-srv", to the kernel's: by its link, else by what it says. */
void usage_kernel_name(struct scan *s, const char *dev, char *ret, size_t size)
{
	CLEANUP(buf_done) struct buf base = { 0 };
	const char *path = scan_path(s, "/dev/%s", dev);

	*ret = '\0';
	if (sys_path_ok(path) && sys_read_base(s->sys, path, &base) == 0)
		snprintf(ret, size, "%s", buf_str(&base));
	else if (!str_starts(dev, "mapper/") || !dm_named(s, dev + strlen("mapper/"), ret, size))
		snprintf(ret, size, "%s", dev);
	/* The kernel writes a slash in a name (cciss/c0d0) as an exclamation mark. */
	for (char *at = ret; *at; at++)
		if (*at == '/')
			*at = '!';
}

void usage_add_block_at(struct scan *s, const char *name, const struct claim *claim, int depth)
{
	char kernel[256];

	if (!str_starts(name, "/dev/")) {
		down(s, name, claim, depth);
		return;
	}
	usage_kernel_name(s, name + strlen("/dev/"), kernel, sizeof(kernel));
	down(s, kernel, claim, depth);
}

void usage_add_block(struct scan *s, const char *name, const struct claim *claim)
{
	usage_add_block_at(s, name, claim, 0);
}

/* -- volumes in use though not mounted: guests' disks on LVM, for instance -- */

static void claim_volume(struct scan *s, const char *disk, const char *who, const char *text)
{
	down(s, disk, &(struct claim){ USE_PROTECTED, who, text }, 0);
}

/* What device-mapper made: multipath and its partitions are ways to a disk and nobody's use. */
static void read_dm(struct scan *s, const char *disk)
{
	char dir[300], who[100], text[160];
	const char *kind, *v;

	snprintf(dir, sizeof(dir), "/sys/block/%.255s/dm", disk);
	v = scan_value(s, dir, "uuid", MAY_BE);
	kind = !v			    ? NULL
	       : str_starts(v, "LVM-")	    ? "LVM"
	       : str_starts(v, "CRYPT-")    ? "crypt"
	       : strstr(v, "mpath-") || !*v ? NULL
					    : "volume";
	v = kind ? scan_value(s, dir, "name", MAY_BE) : NULL;
	if (!v)
		return;
	snprintf(who, sizeof(who), "%s %.79s", kind, v);
	snprintf(text, sizeof(text), "holds the active %s volume %.79s",
		 strcmp(kind, "volume") ? kind : "device-mapper", v);
	claim_volume(s, disk, who, text);
}

static void read_volume(struct scan *s, const char *disk)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = { { "md", "RAID" }, { "bcache", "bcache" }, { "drbd", "DRBD" } };
	char who[100], text[160];

	if (str_starts(disk, "dm-"))
		read_dm(s, disk);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!str_starts(disk, kinds[i].prefix))
			continue;
		snprintf(who, sizeof(who), "%s %.64s", kinds[i].kind, disk);
		snprintf(text, sizeof(text), "is part of the %s %.64s",
			 strcmp(kinds[i].kind, "RAID") ? "device" : "RAID", disk);
		claim_volume(s, disk, who, text);
	}
	if (str_starts(disk, "loop")) {
		snprintf(who, sizeof(who), "loop device %.64s", disk);
		snprintf(text, sizeof(text), "holds what the loop device %.64s shows as a disk",
			 disk);
		claim_volume(s, disk, who, text);
	}
}

void usage_block(struct scan *s)
{
	CLEANUP(buf_done) struct buf disks = { 0 };
	const char *disk;

	scan_list(s, "/sys/block", MAY_BE, &disks);
	buf_foreach_name (&disks, disk)
		if (name_ok(disk))
			read_volume(s, disk);
}
