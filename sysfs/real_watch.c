/* SPDX-License-Identifier: MIT */
/*
 * What moves: uevents through libudev, and changes below the directories of the persistent configuration through
 * inotify; both behind one epoll descriptor.
 */
#include "real_in.h"

#include <errno.h>
#include <libudev.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { UEVENT_BUFFER = 16 << 20, WATCHES_MAX = 4096 };

/* A watched directory. report: changes in it are told; else we only wait for directories to appear. */
struct place {
	int wd;
	bool report;
	bool parent;  /* its subdirectories are watched too */
	bool changed; /* told at the next sys_watch */
	char *path;
};

struct watcher {
	struct udev *udev;
	struct udev_monitor *monitor;
	int inotify, epoll;
	struct place *places;
	size_t n_places, cap_places;
};

static const char *const subsystems[] = { "css",  "ccw",    "ccwgroup", "ap",
					  "mdev", "matrix", "pci",	"vfio" };

static const struct {
	const char *path;
	bool report, parent;
} config_dirs[] = {
	{ "/etc", false, false },
	{ "/etc/udev", false, false },
	{ "/etc/mdevctl.d", true, true },
	{ "/etc/driverctl.d", true, false },
	{ "/etc/udev/rules.d", true, false },
	{ "/etc/libvirt", false, false },
	{ "/etc/libvirt/qemu", true, false },
};

static struct place *place_of(struct watcher *w, int wd)
{
	for (size_t i = 0; i < w->n_places; i++)
		if (w->places[i].wd == wd)
			return &w->places[i];
	return NULL;
}

/* Directories of the configuration are reached as everybody reaches them; one that is not there is waited for. */
static int watch_dir(struct real *r, const char *path, bool report, bool parent)
{
	CLEANUP(buf_done) struct buf full = { 0 };
	struct watcher *w = r->watcher;
	uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
	struct place *p;
	int wd;

	if (report)
		mask |= IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_ATTRIB;
	if (w->n_places >= WATCHES_MAX)
		return -ENOSPC;
	if (buf_printf(&full, "/proc/self/fd/%d%s", r->root, path) < 0)
		return -ENOMEM;
	wd = inotify_add_watch(w->inotify, buf_str(&full), mask);
	if (wd < 0)
		/* Who may not read it can't be told of it either; the others are watched all the same. */
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
	if (place_of(w, wd))
		return 0;
	if (array_grow(&w->places, w->n_places, &w->cap_places, sizeof(*w->places)) < 0)
		return -ENOMEM;
	p = &w->places[w->n_places];
	*p = (struct place){ .wd = wd, .report = report, .parent = parent, .path = strdup(path) };
	if (!p->path)
		return -ENOMEM;
	w->n_places++;
	return 0;
}

static void watch_children(struct real *r, const char *path)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	if (sys_list(&r->sys, path, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf child = { 0 };

		if (name[0] != '.' && buf_printf(&child, "%s/%s", path, name) == 0)
			watch_dir(r, buf_str(&child), true, false);
	}
}

/* Adds what is not yet watched; called again whenever a directory appears. */
static int watch_config(struct real *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(config_dirs); i++) {
		int ret = watch_dir(r, config_dirs[i].path, config_dirs[i].report,
				    config_dirs[i].parent);

		if (ret < 0)
			return ret;
		if (config_dirs[i].parent)
			watch_children(r, config_dirs[i].path);
	}
	return 0;
}

/* Puts one inotify event down in the places; -ENOBUFS: some were lost. */
static int take_in(struct real *r, const struct inotify_event *e)
{
	struct watcher *w = r->watcher;
	struct place *p = place_of(w, e->wd);

	if (e->mask & IN_Q_OVERFLOW)
		return -ENOBUFS;
	if (!p)
		return 0;
	if (e->mask & IN_IGNORED) { /* the directory is gone: it may come back */
		p->changed = p->report;
		p->wd = -1;
		return 0;
	}
	if ((e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO))) {
		size_t known = w->n_places;

		watch_config(r);
		for (size_t i = known; i < w->n_places; i++)
			w->places[i].changed = w->places[i].report;
		p = place_of(w, e->wd);
	}
	/* Our own unfinished files, and other people's. */
	if (p && p->report && !(e->len && e->name[0] == '.'))
		p->changed = true;
	return 0;
}

static int take_in_all(struct real *r)
{
	char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int ret = 0;
	ssize_t n;

	while ((n = read(r->watcher->inotify, bytes, sizeof(bytes))) > 0)
		for (const char *p = bytes; p < bytes + n;) {
			const struct inotify_event *e = (const void *)p;

			if (take_in(r, e) < 0)
				ret = -ENOBUFS;
			p += sizeof(*e) + e->len;
		}
	return ret;
}

static void forget_gone(struct watcher *w)
{
	for (size_t i = 0; i < w->n_places;) {
		struct place *p = &w->places[i];

		if (p->wd >= 0 || p->changed) {
			i++;
			continue;
		}
		free(p->path);
		*p = w->places[--w->n_places];
	}
}

/* 1: a changed directory was told. */
static int next_file_event(struct real *r, struct sys_event *ret_event)
{
	struct watcher *w = r->watcher;
	int ret = take_in_all(r);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < w->n_places; i++) {
		struct place *p = &w->places[i];

		if (!p->changed)
			continue;
		*ret_event = (struct sys_event){ .action = "file" };
		snprintf(ret_event->devpath, sizeof(ret_event->devpath), "%s", p->path);
		p->changed = false;
		forget_gone(w);
		return 1;
	}
	return 0;
}

/* -- uevents -- */

static int add_env(struct udev_device *dev, struct buf *env)
{
	struct udev_list_entry *e;

	udev_list_entry_foreach(e, udev_device_get_properties_list_entry(dev))
	{
		const char *key = udev_list_entry_get_name(e),
			   *value = udev_list_entry_get_value(e);
		CLEANUP(buf_done) struct buf line = { 0 };

		if (str_eq(key, "ACTION") || str_eq(key, "SUBSYSTEM") || str_eq(key, "DEVPATH"))
			continue;
		if (buf_printf(&line, "%s=%s", key, value ? value : "") < 0 ||
		    buf_add_name(env, buf_str(&line)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A name that doesn't fit is none of the kernel's. */
static int fill_event(struct udev_device *dev, struct sys_event *e)
{
	const char *action = udev_device_get_action(dev);
	const char *subsystem = udev_device_get_subsystem(dev);
	const char *devpath = udev_device_get_devpath(dev);

	if (!action || !subsystem || !devpath || strlen(action) >= sizeof(e->action) ||
	    strlen(subsystem) >= sizeof(e->subsystem) || strlen(devpath) >= sizeof(e->devpath))
		return -EINVAL;
	strcpy(e->action, action);
	strcpy(e->subsystem, subsystem);
	strcpy(e->devpath, devpath);
	return add_env(dev, &e->env);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static int next_uevent(struct watcher *w, struct sys_event *ret_event)
{
	struct sys_event e = { 0 };
	int r;

	while (w->monitor && readable(udev_monitor_get_fd(w->monitor))) {
		struct udev_device *dev;

		errno = 0;
		dev = udev_monitor_receive_device(w->monitor);
		if (!dev && errno == ENOBUFS)
			return -ENOBUFS;
		if (!dev) /* filtered out, or not from the kernel or udevd */
			continue;
		r = fill_event(dev, &e);
		udev_device_unref(dev);
		if (r == 0) {
			*ret_event = e;
			return 1;
		}
		sys_event_done(&e);
	}
	return 0;
}

int real_watch(struct sys *sys, struct sys_event *ret_event)
{
	struct real *r = real_of(sys);
	int ret;

	if (!r->watcher)
		return 0;
	ret = next_uevent(r->watcher, ret_event);
	return ret ? ret : next_file_event(r, ret_event);
}

/* -- making it -- */

/*
 * Without udevd a "udev" monitor is made and never delivers, without an error; the kernel's own group does. With
 * udevd, "udev" comes after its rules ran, which is when names and links are there.
 */
static int open_monitor(struct watcher *w)
{
	const char *source = access("/run/udev/control", F_OK) == 0 ? "udev" : "kernel";

	w->udev = udev_new();
	w->monitor = w->udev ? udev_monitor_new_from_netlink(w->udev, source) : NULL;
	if (!w->monitor)
		return -ENODEV;
	for (size_t i = 0; i < ARRAY_SIZE(subsystems); i++)
		udev_monitor_filter_add_match_subsystem_devtype(w->monitor, subsystems[i], NULL);
	udev_monitor_set_receive_buffer_size(w->monitor, UEVENT_BUFFER); /* as far as we may */
	return udev_monitor_enable_receiving(w->monitor) < 0 ? -ENODEV : 0;
}

static int add_to_epoll(struct watcher *w, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

int real_watch_new(struct real *r)
{
	struct watcher *w = calloc(1, sizeof(*w));
	bool any = false;

	if (!w)
		return -ENOMEM;
	r->watcher = w;
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll >= 0) {
		/* The kernel's events are of this host; files may move in a mounted tree as well. */
		any |= r->host && open_monitor(w) == 0 &&
		       add_to_epoll(w, udev_monitor_get_fd(w->monitor)) == 0;
		any |= w->inotify >= 0 && watch_config(r) == 0 && add_to_epoll(w, w->inotify) == 0;
	}
	if (!any) {
		real_watch_free(r);
		return -ENODEV;
	}
	r->sys.fd = w->epoll;
	return 0;
}

void real_watch_free(struct real *r)
{
	struct watcher *w = TAKE(r->watcher);

	if (!w)
		return;
	udev_monitor_unref(w->monitor);
	udev_unref(w->udev);
	closep(&w->inotify);
	closep(&w->epoll);
	for (size_t i = 0; i < w->n_places; i++)
		free(w->places[i].path);
	free(w->places);
	free(w);
	r->sys.fd = -1;
}
