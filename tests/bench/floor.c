/* SPDX-License-Identifier: MIT */
/*
 * floor ROOT: reads of every subchannel, crypto device, PCI function, mediated device, definition and override what `list all`
 * shows of it, with openat, read and close and nothing else. No program can do it in one thread and with these calls in
 * less time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long n_read;

static long get(int dir, const char *at, const char *name, char *page, size_t size)
{
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", at, name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, page, size - 1);
	close(fd);
	n_read++;
	page[n > 0 ? n : 0] = '\0';
	return n;
}

static void subchannel(int dir, const char *id)
{
	char page[4097], at[64], dev[16];

	if (get(dir, id, "uevent", page, sizeof(page)) < 0 || !strstr(page, "ST=0"))
		return;
	get(dir, id, "driver_override", page, sizeof(page));
	get(dir, id, "chpids", page, sizeof(page));
	get(dir, id, "pimpampom", page, sizeof(page));
	if (get(dir, id, "dev_busid", page, sizeof(page)) < 8 || !strchr(page, '.'))
		return;
	snprintf(dev, sizeof(dev), "%.8s", page);
	snprintf(at, sizeof(at), "%.16s/%s", id, dev);
	if (get(dir, at, "uevent", page, sizeof(page)) >= 0)
		get(dir, at, "online", page, sizeof(page));
}

static void attributes(int dir, const char *id, const char *const *names)
{
	char page[4097];

	for (; *names; names++)
		get(dir, id, *names, page, sizeof(page));
}

static void queue(int dir, const char *id)
{
	static const char *const names[] = { "uevent", "driver_override", "online",
					     "config", "chkstop",	  NULL };

	attributes(dir, id, names);
}

static void function(int dir, const char *id)
{
	static const char *const names[] = { "uevent",
					     "driver_override",
					     "sriov_totalvfs",
					     "function_id",
					     "uid",
					     "pchid",
					     "pft",
					     "uid_is_unique",
					     NULL };
	char path[300], page[4097];

	attributes(dir, id, names);
	snprintf(path, sizeof(path), "%s/iommu_group", id);
	if (readlinkat(dir, path, page, sizeof(page)) > 0)
		n_read++;
}

static void parent(int dir, const char *id)
{
	static const char *const names[] = { "mdev_supported_types/vfio_ccw-io/available_instances",
					     "mdev_supported_types/vfio_ccw-io/device_api",
					     "mdev_supported_types/vfio_ccw-io/name", NULL };

	attributes(dir, id, names);
}

static void link_of(int dir, const char *id, const char *name)
{
	char path[300], page[4097];

	snprintf(path, sizeof(path), "%.256s%.32s", id, name);
	if (readlinkat(dir, path, page, sizeof(page)) > 0)
		n_read++;
}

static void mdev(int dir, const char *id)
{
	link_of(dir, id, "");
	link_of(dir, id, "/mdev_type");
	link_of(dir, id, "/iommu_group");
}

static void files(int dir, const char *below)
{
	int fd = openat(dir, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	char page[4097];

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			get(dirfd(d), ".", e->d_name, page, sizeof(page));
	if (d)
		closedir(d);
}

static void each(const char *root, const char *bus, void (*read_one)(int dir, const char *id))
{
	const struct dirent *e;
	char path[4096];
	DIR *d;

	snprintf(path, sizeof(path), "%s%s", root, bus);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			read_one(dirfd(d), e->d_name);
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	char overrides[4096];

	if (argc < 2)
		return 64;
	each(argv[1], "/sys/devices/css0", subchannel);
	each(argv[1], "/sys/bus/ap/devices", queue);
	each(argv[1], "/sys/bus/pci/devices", function);
	each(argv[1], "/sys/class/mdev_bus", parent);
	each(argv[1], "/sys/bus/mdev/devices", mdev);
	each(argv[1], "/etc/mdevctl.d", files);
	snprintf(overrides, sizeof(overrides), "%s/etc/driverctl.d", argv[1]);
	files(AT_FDCWD, overrides);
	printf("%lu\n", n_read);
	return 0;
}
