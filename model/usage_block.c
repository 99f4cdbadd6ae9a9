/* SPDX-License-Identifier: MIT */
/* File systems, swap and volumes, down to the devices that hold them. */
#include "sys.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Volumes on volumes on partitions: deeper is a loop, or somebody's joke. */
enum { DEPTH = 8, MOUNTS_MAX = 4096 };

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
static void kernel_name(struct scan *s, const char *dev, char *ret, size_t size)
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

void usage_add_block(struct scan *s, const char *name, const struct claim *claim)
{
	char kernel[256];

	if (!str_starts(name, "/dev/")) {
		down(s, name, claim, 0);
		return;
	}
	kernel_name(s, name + strlen("/dev/"), kernel, sizeof(kernel));
	down(s, kernel, claim, 0);
}

/* -- /proc/mounts and /proc/swaps -- */

/* The next field of a line with octal escapes (\040) undone; false: there is none that fits. */
static bool field(const char **line, char *ret, size_t size)
{
	const char *p = *line + strspn(*line, " \t");
	size_t n = 0;

	while (*p && *p != ' ' && *p != '\t' && *p != '\n' && n + 1 < size) {
		unsigned octal;

		if (*p == '\\' && sscanf(p + 1, "%3o", &octal) == 1 && octal > 0 && octal < 256) {
			ret[n++] = (char)octal;
			p += 4;
		} else {
			ret[n++] = *p++;
		}
	}
	ret[n] = '\0';
	*line = p;
	return n > 0 && (!*p || *p == ' ' || *p == '\t' || *p == '\n');
}

static bool is_vital(const char *mount)
{
	static const char *const vital[] = { "/", "/boot", "/usr", "/var" };

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++)
		if (!strcmp(mount, vital[i]))
			return true;
	return str_starts(mount, "/boot/");
}

/* "/dev/root" is no name of a device: the numbers of the mounted device are. */
static void root_name(struct scan *s, char *source, size_t size)
{
	const struct buf *b = scan_file(s, "/proc/self/mountinfo", MAY_BE);
	CLEANUP(buf_done) struct buf base = { 0 };

	for (const char *line = b ? buf_str(b) : ""; *line;) {
		unsigned major, minor;
		char mount[8];

		if (sscanf(line, "%*d %*d %u:%u %*s %7s", &major, &minor, mount) == 3 &&
		    !strcmp(mount, "/") &&
		    sys_read_base(s->sys, scan_path(s, "/sys/dev/block/%u:%u", major, minor),
				  &base) == 0) {
			snprintf(source, size, "/dev/%.200s", buf_str(&base));
			return;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* btrfs names one of its devices in /proc/mounts; the others stand beside it. */
static void claim_btrfs(struct scan *s, const char *source, const struct claim *claim)
{
	CLEANUP(buf_done) struct buf systems = { 0 };
	char kernel[256];
	const char *system;

	kernel_name(s, source + strlen("/dev/"), kernel, sizeof(kernel));
	scan_list(s, "/sys/fs/btrfs", MAY_BE, &systems);
	buf_foreach_name (&systems, system) {
		CLEANUP(buf_done) struct buf devices = { 0 };
		const char *device;
		bool mine = false;

		if (!name_ok(system))
			continue;
		scan_list(s, scan_path(s, "/sys/fs/btrfs/%s/devices", system), MAY_BE, &devices);
		buf_foreach_name (&devices, device)
			mine |= !strcmp(device, kernel);
		buf_foreach_name (&devices, device)
			if (mine && strcmp(device, kernel) != 0)
				down(s, device, claim, 0);
	}
}

static void read_mount(struct scan *s, const char *line)
{
	char source[256], mount[256], type[32], text[400], who[280];
	struct claim claim = { USE_PROTECTED, who, text };

	if (!field(&line, source, sizeof(source)) || !field(&line, mount, sizeof(mount)) ||
	    !field(&line, type, sizeof(type)) || !str_starts(source, "/dev/"))
		return;
	if (!strcmp(source, "/dev/root") && !strcmp(mount, "/"))
		root_name(s, source, sizeof(source));
	if (is_vital(mount))
		claim.grade = USE_VITAL;
	snprintf(who, sizeof(who), "%s%s", mount, strcmp(mount, "/") ? "" : " (host)");
	snprintf(text, sizeof(text), "holds the file system mounted on %s (%.80s)", mount,
		 strrchr(source, '/') + 1);
	usage_add_block(s, source, &claim);
	if (!strcmp(type, "btrfs"))
		claim_btrfs(s, source, &claim);
}

static void read_swap(struct scan *s, const char *line)
{
	char source[256], text[160];
	struct claim claim = { USE_VITAL, "swap", text };

	if (!field(&line, source, sizeof(source)) || !str_starts(source, "/dev/"))
		return;
	snprintf(text, sizeof(text), "is swap space in use (%.80s)", strrchr(source, '/') + 1);
	usage_add_block(s, source, &claim);
}

static void each_line(struct scan *s, const char *path,
		      void (*read_line)(struct scan *s, const char *line))
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = scan_file(s, path, MAY_BE);
	int left = MOUNTS_MAX;

	text = b ? strdup(buf_str(b)) : NULL; /* the lines read on with the same buffer */
	s->nomem |= b && !text;
	for (char *line = text, *end; line && *line && left-- > 0; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		read_line(s, line);
	}
}

/* -- volumes in use though not mounted: guests' disks on LVM, for instance -- */

static void read_volume(struct scan *s, const char *disk)
{
	char dir[300], name[80], who[100], text[160];
	struct claim claim = { USE_PROTECTED, who, text };
	const char *kind = NULL, *v;

	if (str_starts(disk, "md")) {
		snprintf(who, sizeof(who), "RAID %.64s", disk);
		snprintf(text, sizeof(text), "is part of the RAID %.64s", disk);
		down(s, disk, &claim, 0);
		return;
	}
	snprintf(dir, sizeof(dir), "/sys/block/%.255s/dm", disk);
	v = scan_value(s, dir, "uuid", MAY_BE);
	if (v && str_starts(v, "LVM-"))
		kind = "LVM";
	else if (v && str_starts(v, "CRYPT-"))
		kind = "crypt";
	v = kind ? scan_value(s, dir, "name", MAY_BE) : NULL;
	if (!v)
		return; /* a path or a partition of something is nobody's use */
	snprintf(name, sizeof(name), "%.79s", v);
	snprintf(who, sizeof(who), "%s %s", kind, name);
	snprintf(text, sizeof(text), "holds the active %s volume %s", kind, name);
	down(s, disk, &claim, 0);
}

void usage_block(struct scan *s)
{
	CLEANUP(buf_done) struct buf disks = { 0 };
	const char *disk;

	each_line(s, "/proc/mounts", read_mount);
	each_line(s, "/proc/swaps", read_swap);
	scan_list(s, "/sys/block", MAY_BE, &disks);
	buf_foreach_name (&disks, disk)
		if (name_ok(disk) && (str_starts(disk, "dm-") || str_starts(disk, "md")))
			read_volume(s, disk);
}
