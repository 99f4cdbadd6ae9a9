/* SPDX-License-Identifier: MIT */
/* What is watched of each bus, and how what is at a path is written down. */
#include "look.h"
#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AP     "/sys/bus/ap"
#define CSS    "/sys/bus/css"
#define CCW    "/sys/bus/ccw"
#define PCI    "/sys/bus/pci"
#define MATRIX "/sys/devices/vfio_ap/matrix"
#define MDEV   "*-*-*-*-*"

static const struct look_watch watch_ap[] = {
	{ AP, "apmask aqmask bindings bindings_complete_count ap_domain ap_adapter_mask "
	      "ap_usage_domain_mask ap_control_domain_mask ap_max_adapter_id ap_max_domain_id "
	      "features config_time poll_thread ap_interrupts devices drivers" },
	{ AP "/devices/*.*", "driver driver_override status online config chkstop" },
	{ AP "/devices/card*", "config chkstop online driver type" },
	{ MATRIX "/mdev_supported_types/vfio_ap-passthrough", "available_instances devices" },
	{ MATRIX "/" MDEV, "matrix guest_matrix control_domains ap_config driver" },
	{ "/sys/bus/mdev", "devices" },
	{ "/sys/class", "mdev_bus" },
	{ "/dev", "vfio" },
	{ NULL, NULL },
};

static const struct look_watch watch_css[] = {
	{ CSS, "devices" },
	{ CCW, "devices" },
	{ CSS, "drivers" },
	{ CSS "/devices/*", "driver driver_override type modalias mdev_supported_types" },
	{ CSS "/devices/*/mdev_supported_types/*", "available_instances devices" },
	{ CSS "/devices/*", MDEV },
	{ CCW "/devices/*", "driver online availability" },
	{ "/sys/bus/mdev", "devices" },
	{ "/sys/class", "mdev_bus" },
	{ "/dev", "vfio" },
	{ "/sys/kernel", "iommu_groups" },
	{ CSS, "drivers_autoprobe" },
	{ "/proc", "cio_ignore" },
	{ NULL, NULL },
};

static const struct look_watch watch_pci[] = {
	{ PCI, "devices drivers drivers_autoprobe" },
	{ PCI "/devices/*", "driver driver_override iommu_group sriov_numvfs" },
	{ PCI "/slots/*", "power" },
	{ "/dev", "vfio" },
	{ "/sys/kernel", "iommu_groups" },
	{ NULL, NULL },
};

const struct look_set look_sets[LOOK_SETS] = {
	[LOOK_AP] = { "ap", AP "/apmask", watch_ap },
	[LOOK_CSS] = { "css", CSS "/devices", watch_css },
	[LOOK_PCI] = { "pci", PCI "/devices", watch_pci },
};

struct json_object *look_error(int err)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "err", json_object_new_string(strerrorname_np(err)));
	return o;
}

static struct json_object *link_value(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	struct json_object *o;
	const char *slash;

	if (n < 0)
		return look_error(errno);
	target[n] = '\0';
	slash = strrchr(target, '/');
	o = json_object_new_object();
	json_object_object_add(o, "link", json_object_new_string(slash ? slash + 1 : target));
	return o;
}

static struct json_object *dir_value(const char *path)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	DIR *dir = opendir(path);
	struct dirent *e;
	const char *name;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			buf_add_name(&names, e->d_name);
	if (dir)
		closedir(dir);
	buf_sort_names(&names);
	buf_foreach_name (&names, name)
		json_object_array_add(list, json_object_new_string(name));
	json_object_object_add(o, "dir", list);
	return o;
}

ssize_t look_once(const char *path, int flags, char *bytes, size_t len, int *ret_errno)
{
	int fd = open(path, flags | O_CLOEXEC);
	ssize_t n = -2;

	errno = fd < 0 ? errno : 0;
	if (fd >= 0)
		n = (flags & O_ACCMODE) == O_WRONLY ? write(fd, bytes, len) : read(fd, bytes, len);
	*ret_errno = n < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return n;
}

struct json_object *look_at(const char *path)
{
	char bytes[65536];
	int err;
	ssize_t n = look_once(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, bytes, sizeof(bytes), &err);

	if (n >= 0)
		return json_object_new_string_len(bytes, (int)n);
	return err == ENOENT   ? NULL
	       : err == ELOOP  ? link_value(path)
	       : err == EISDIR ? dir_value(path)
			       : look_error(err);
}

static void add(struct json_object *state, const char *path)
{
	struct json_object *value = look_at(path);

	if (value)
		json_object_object_add(state, path, value);
}

static void look_for(struct json_object *state, const char *pattern)
{
	glob_t found = { 0 };

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			add(state, found.gl_pathv[i]);
	globfree(&found);
}

static void look_into(struct json_object *state, const struct look_watch *w)
{
	CLEANUP(freep) char *names = strdup(w->names);
	char *rest = names, *name;
	glob_t dirs = { 0 };

	if (glob(w->dirs, GLOB_NOSORT, NULL, &dirs) != 0)
		dirs.gl_pathc = 0;
	while ((name = strsep(&rest, " ")))
		for (size_t i = 0; i < dirs.gl_pathc; i++) {
			char path[4096];

			snprintf(path, sizeof(path), "%s/%s", dirs.gl_pathv[i], name);
			(strchr(name, '*') ? look_for : add)(state, path);
		}
	globfree(&dirs);
}

struct json_object *look_around(const bool *set, struct json_object *patterns)
{
	struct json_object *state = json_object_new_object();

	for (size_t i = 0; i < LOOK_SETS; i++)
		for (const struct look_watch *w = look_sets[i].watch; set[i] && w->dirs; w++)
			look_into(state, w);
	for (size_t i = 0; patterns && i < json_object_array_length(patterns); i++)
		look_for(state, json_object_get_string(json_object_array_get_idx(patterns, i)));
	return state;
}
