/* SPDX-License-Identifier: MIT */
/*
 * What VFIO makes of a device that one of its drivers has: a node in /dev for its group, a vfio-dev (drivers/vfio/group.c,
 * vfio_main.c).
 */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VFIO_MAJOR = 253 };

static const char groups_dir[] = "/sys/kernel/iommu_groups";

/* The lowest number which no entry "PREFIXn" of a directory has, as ida_alloc() gives it. */
static int free_number(const struct sim *sim, const char *dir, const char *prefix)
{
	char path[SIM_PATH];

	for (int i = 0;; i++) {
		sim_path(path, "%s/%s%d", dir, prefix, i);
		if (sim_type(sim, path) == SYS_NONE)
			return i;
	}
}

static int free_group(const struct sim *sim, const char *dir)
{
	return free_number(sim, dir, "");
}

static int free_dev(const struct sim *sim, const char *dir)
{
	return free_number(sim, dir, "vfio");
}

/* The lowest minor number which no VFIO group has: of n groups one of the first n + 1 is free. */
static int free_minor(const struct sim *sim, const char *dir)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(freep) bool *taken = NULL;
	char path[SIM_PATH];
	const char *name;
	unsigned n = 0;
	int minor = 0, r = sim_names(sim, dir, &names);

	if (r < 0)
		return r;
	buf_foreach_name (&names, name)
		n++;
	taken = calloc(n + 1, sizeof(*taken));
	if (!taken)
		return -ENOMEM;
	buf_foreach_name (&names, name) {
		unsigned major, it;
		const char *dev;

		sim_path(path, "%s/%s/dev", dir, name);
		dev = sim_value(sim, path);
		if (dev && sscanf(dev, "%u:%u", &major, &it) == 2 && major == VFIO_MAJOR && it < n)
			taken[it] = true;
	}
	while (taken[minor])
		minor++;
	return minor;
}

/* vfio_register_emulated_iommu_dev(): a group of its own, which protects nothing. */
static int add_group(struct sim *sim, const char *dev, int group)
{
	char path[SIM_PATH];
	int r;

	sim_path(path, "%s/%d", groups_dir, group);
	r = sim_put_attr(sim, path, "name", 0444, "vfio-noiommu\n");
	r = r < 0 ? r : sim_put_attr(sim, path, "reserved_regions", 0444, "%s", "");
	r = r < 0 ? r : sim_put_attr(sim, path, "type", 0644, "unknown\n");
	r = r < 0 ? r : sim_link_in(sim, dev, "iommu_group", path);
	sim_path(path, "%s/%d/devices", groups_dir, group);
	return r < 0 ? r : sim_link_in(sim, path, sim_base(dev), dev);
}

static int add_group_node(struct sim *sim, unsigned group)
{
	char dev[SIM_PATH], uevent[128];
	int r, minor = sim_number(sim, "/sys/class/vfio", free_minor);

	if (minor < 0)
		return minor;
	sim_path(dev, "/sys/devices/virtual/vfio/%u", group);
	snprintf(uevent, sizeof(uevent), "MAJOR=%d\nMINOR=%d\nDEVNAME=vfio/%u\n", VFIO_MAJOR, minor,
		 group);
	r = sim_put_attr(sim, dev, "dev", 0444, "%d:%d\n", VFIO_MAJOR, minor);
	r = r < 0 ? r : sim_dev_add(sim, dev, "class/vfio", uevent);
	sim_path(dev, "/dev/vfio/%u", group);
	return r < 0 ? r : sim_put_file(sim, dev, 0600, "");
}

/* vfio_group_find_or_alloc(): devices of one group share a node. */
int sim_vfio_add(struct sim *sim, const char *dev)
{
	char path[SIM_PATH];
	unsigned group;
	int r = 0, number;

	sim_path(path, "%s/iommu_group", dev);
	if (sscanf(sim_link_base(sim, path), "%u", &group) != 1)
		return -EINVAL;
	sim_path(path, "/dev/vfio/%u", group);
	if (!sim_has(sim, path))
		r = add_group_node(sim, group);
	number = r < 0 ? r : sim_number(sim, "/sys/class/vfio-dev", free_dev);
	if (number < 0)
		return number;
	sim_path(path, "%s/vfio-dev/vfio%d", dev, number);
	r = sim_link_in(sim, path, "device", dev);
	return r < 0 ? r : sim_dev_add(sim, path, "class/vfio-dev", "");
}

static bool group_used(const struct sim *sim, const char *group)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	sim_path(path, "%s/%s/devices", groups_dir, group);
	if (sim_names(sim, path, &names) < 0)
		return false;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/%s/devices/%s/vfio-dev", groups_dir, group, name);
		if (sim_has(sim, path))
			return true;
	}
	return false;
}

void sim_vfio_del(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH], group[32];
	const char *name;

	sim_path(path, "%s/iommu_group", dev);
	snprintf(group, sizeof(group), "%s", sim_link_base(sim, path));
	sim_path(path, "%s/vfio-dev", dev);
	if (!*group || sim_names(sim, path, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(path, "%s/vfio-dev/%s", dev, name);
		sim_dev_del(sim, path);
	}
	sim_delf(sim, "%s/vfio-dev", dev);
	if (group_used(sim, group))
		return;
	sim_path(path, "/sys/devices/virtual/vfio/%s", group);
	sim_dev_del(sim, path);
	sim_delf(sim, "/dev/vfio/%s", group);
}

int sim_mdev_vfio_add(struct sim *sim, const char *dev)
{
	int number = sim_number(sim, groups_dir, free_group);
	int r = number < 0 ? number : add_group(sim, dev, number);

	return r < 0 ? r : sim_vfio_add(sim, dev);
}

void sim_mdev_vfio_del(struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_vfio_del(sim, dev);
	sim_path(path, "%s/iommu_group", dev);
	if (*sim_link_base(sim, path))
		sim_delf(sim, "%s/%s", groups_dir, sim_link_base(sim, path));
	sim_delf(sim, "%s/iommu_group", dev);
}
