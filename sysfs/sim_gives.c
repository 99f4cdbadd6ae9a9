/* SPDX-License-Identifier: MIT */
/*
 * What a device gives the host while its own driver runs it: disks, network interfaces. A directive says it once,
 *	gives 0.0.0190 block=dasda:2	(a disk with two partitions)
 *	gives 0.0.1940 scsi=sda		(a disk behind a host adapter)
 *	gives 0.0.f5f0 qeth=encf5f0:0.0.f5f0:0.0.f5f1:0.0.f5f2	(for each of the three)
 *	gives 0000:3b:00.0 net=enp59s0f0	(up; net=enp59s0f0:down is not)
 * and it appears and disappears with the device's driver.
 */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PARTS = 15 };

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void del_class_link(struct sim *sim, const char *class, const char *name)
{
	sim_delf(sim, "%s/%.64s", class, name);
}

static int add_part(struct sim *sim, const char *disk_dir, const char *disk, unsigned number)
{
	CLEANUP(buf_done) struct buf dir = { 0 };
	const char *p = str_starts(disk, "nvme") ? "p" : "";
	int e = buf_printf(&dir, "%s/%s%s%u", disk_dir, disk, p, number);

	e = e < 0 ? e : sim_put_attr(sim, dir.data, "partition", 0444, "%u\n", number);
	return e < 0 ? e : sim_link_in(sim, "/sys/class/block", base_of(dir.data), dir.data);
}

static int add_disk(struct sim *sim, const char *dev, const char *disk, unsigned parts)
{
	CLEANUP(buf_done) struct buf dir = { 0 };
	int e = buf_printf(&dir, "%s/block/%s", dev, disk);

	e = e < 0 ? e : sim_put_attr(sim, dir.data, "size", 0444, "14424480\n");
	e = e < 0 ? e : sim_link_in(sim, dir.data, "device", dev);
	e = e < 0 ? e : sim_link_in(sim, "/sys/block", disk, dir.data);
	e = e < 0 ? e : sim_link_in(sim, "/sys/class/block", disk, dir.data);
	for (unsigned i = 1; i <= parts && e == 0; i++)
		e = add_part(sim, dir.data, disk, i);
	return e;
}

static void del_disk(struct sim *sim, const char *dev, const char *disk, unsigned parts)
{
	const char *p = str_starts(disk, "nvme") ? "p" : "";
	char name[80];

	for (unsigned i = 1; i <= parts; i++) {
		snprintf(name, sizeof(name), "%.64s%s%u", disk, p, i);
		del_class_link(sim, "/sys/class/block", name);
	}
	del_class_link(sim, "/sys/class/block", disk);
	del_class_link(sim, "/sys/block", disk);
	sim_delf(sim, "%s/block", dev);
}

static int add_net(struct sim *sim, const char *dev, const char *name, bool up)
{
	CLEANUP(buf_done) struct buf dir = { 0 };
	int e = buf_printf(&dir, "%s/net/%s", dev, name);

	e = e < 0 ? e : sim_put_attr(sim, dir.data, "operstate", 0444, up ? "up\n" : "down\n");
	e = e < 0 ? e : sim_put_attr(sim, dir.data, "flags", 0644, up ? "0x1003\n" : "0x1002\n");
	e = e < 0 ? e : sim_link_in(sim, dir.data, "device", dev);
	return e < 0 ? e : sim_link_in(sim, "/sys/class/net", name, dir.data);
}

static void del_net(struct sim *sim, const char *dev, const char *name)
{
	del_class_link(sim, "/sys/class/net", name);
	sim_delf(sim, "%s/net", dev);
}

/* "NAME:rest": name goes into ret, the rest is returned ("" if there is none). */
static const char *split(const char *text, char ret[static 64])
{
	size_t n = strcspn(text, ":");

	snprintf(ret, 64, "%.*s", (int)MIN(n, (size_t)63), text);
	return text[n] == ':' ? text + n + 1 : "";
}

static int join_group(struct sim *sim, const char *group, const char *ccw, int number)
{
	CLEANUP(buf_done) struct buf link = { 0 }, real = { 0 };
	char cdev[16];
	int e = buf_printf(&link, "/sys/bus/ccw/devices/%s", ccw);

	e = e < 0 ? e : sim_real_path(sim, link.data, &real);
	snprintf(cdev, sizeof(cdev), "cdev%d", number);
	e = e < 0 ? e : sim_link_in(sim, group, cdev, real.data);
	return e < 0 ? e : sim_link_in(sim, real.data, "group_device", group);
}

/* A group of three channel devices works when all of them are online. */
static int add_qeth(struct sim *sim, const char *value)
{
	char name[64], cdev[3][64], path[256];
	int e = 0;

	value = split(value, name);
	for (int i = 0; i < 3; i++) {
		value = split(value, cdev[i]);
		snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/online", cdev[i]);
		if (!str_eq(sim_value(sim, path), "1"))
			return 0;
	}
	snprintf(path, sizeof(path), "/sys/devices/qeth/%s", cdev[0]);
	for (int i = 0; i < 3 && e == 0; i++)
		e = join_group(sim, path, cdev[i], i);
	e = e < 0 ? e : sim_put_attr(sim, path, "online", 0644, "1\n");
	e = e < 0 ? e : sim_put_attr(sim, path, "if_name", 0444, "%s\n", name);
	e = e < 0 ? e : sim_link_in(sim, "/sys/bus/ccwgroup/devices", cdev[0], path);
	return e < 0 ? e : add_net(sim, path, name, true);
}

static void del_qeth(struct sim *sim, const char *value)
{
	char name[64], cdev[64], first[64];

	value = split(value, name);
	split(value, first);
	del_class_link(sim, "/sys/class/net", name);
	del_class_link(sim, "/sys/bus/ccwgroup/devices", first);
	sim_delf(sim, "/sys/devices/qeth/%s", first);
	while (*value) {
		value = split(value, cdev);
		if (sim_has(sim, "/sys/bus/ccw/devices"))
			sim_delf(sim, "/sys/bus/ccw/devices/%s/group_device", cdev);
	}
}

static int change_disk(struct sim *sim, const char *dev, const char *value, bool add)
{
	char name[64];
	unsigned parts = MIN((unsigned)strtoul(split(value, name), NULL, 10), MAX_PARTS);

	if (add)
		return add_disk(sim, dev, name, parts);
	del_disk(sim, dev, name, parts);
	return 0;
}

static int change_net(struct sim *sim, const char *dev, const char *value, bool add)
{
	char name[64];
	bool up = !str_eq(split(value, name), "down");

	if (add)
		return add_net(sim, dev, name, up);
	del_net(sim, dev, name);
	return 0;
}

static int change(struct sim *sim, const char *dev, const char *key, const char *value, bool add)
{
	CLEANUP(buf_done) struct buf lun = { 0 };

	if (str_eq(key, "block"))
		return change_disk(sim, dev, value, add);
	if (str_eq(key, "scsi")) {
		int e = buf_printf(&lun, "%s/host0/target0:0:0/0:0:0:1", dev);

		return e < 0 ? e : change_disk(sim, lun.data, value, add);
	}
	if (str_eq(key, "net"))
		return change_net(sim, dev, value, add);
	if (str_eq(key, "qeth") && add)
		return add_qeth(sim, value);
	if (str_eq(key, "qeth"))
		del_qeth(sim, value);
	return 0;
}

static int change_all(struct sim *sim, const char *dev, bool add)
{
	CLEANUP(buf_done) struct buf spec = { 0 };
	char path[300], *word, *save = NULL;
	int e;

	snprintf(path, sizeof(path), "/.sim/gives/%.200s", base_of(dev));
	e = buf_adds(&spec, sim_value(sim, path));
	if (e < 0 || spec.len == 0)
		return e;
	for (word = strtok_r(spec.data, " ", &save); word && e == 0;
	     word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');

		if (equals)
			*equals = '\0';
		e = equals ? change(sim, dev, word, equals + 1, add) : 0;
	}
	return e;
}

int sim_gives_add(struct sim *sim, const char *dev)
{
	return change_all(sim, dev, true);
}

void sim_gives_del(struct sim *sim, const char *dev)
{
	change_all(sim, dev, false);
}

int sim_gives_take(struct sim *sim, char **words, const char **expected)
{
	CLEANUP(buf_done) struct buf spec = { 0 };
	char path[300];
	int e = 0;

	if (!str_eq(words[0], "gives"))
		return 0;
	*expected = "gives DEVICE block=NAME:PARTS|scsi=NAME|net=NAME|qeth=NAME:CCW:CCW:CCW ...";
	if (!words[1] || !words[2] || strchr(words[1], '/') || strlen(words[1]) > 64)
		return -EINVAL;
	for (char **w = words + 2; *w && e == 0; w++)
		e = strpbrk(*w, " \n/") || !strchr(*w, '=')
			    ? -EINVAL
			    : buf_printf(&spec, "%s%s", spec.len ? " " : "", *w);
	e = e < 0 ? e : buf_addc(&spec, '\n');
	snprintf(path, sizeof(path), "/.sim/gives/%.200s", words[1]);
	e = e < 0 ? e : sim_put_file(sim, path, 0644, spec.data);
	return e < 0 ? e : 1;
}
