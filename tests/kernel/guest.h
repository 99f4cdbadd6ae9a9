/* SPDX-License-Identifier: MIT */
/*
 * What programs share that run as root on the emulated machine: its simulated copy, and how the two differ.
 *
 * Rule: runs there and nowhere else. The copy is made of what the kernel shows, as of a capture; whatever the simulation
 * then foretells of a commit is held against the kernel.
 */
#ifndef GUEST_H
#define GUEST_H

#include "state.h"

#include "mem.h"
#include "real.h"
#include "session.h"
#include "sim.h"
#include "wrap.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only the emulated s390x machine has a model below its AP bus, only the x86 one is told what it is. */
static inline void guest_only(void)
{
	char words[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	if (f) {
		words[fread(words, 1, sizeof(words) - 1, f)] = '\0';
		fclose(f);
	}
	if (getpid() != 1 &&
	    (access("/sys/kernel/debug/ap_model/cmd", F_OK) == 0 || strstr(words, " vfiocfg.lab ")))
		return;
	printf("1..0 # SKIP this is not the emulated machine\n");
	exit(0);
}

/* -- a copy -- */

/* These ask the adapter, and the model below the AP bus answers no messages. */
static int guest_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	static const char *const messages[] = { "/mkvps", "/serialnr", "/op_modes",
						"/API_ordinalnr", "/FW_version" };

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (str_ends(path, messages[i]))
			return -EIO;
	return wrap_read(sys, path, ret_value);
}

static inline struct sys *guest_copy(struct sys *real)
{
	static const struct sys_ops ops = { .list = wrap_list,
					    .read = guest_read,
					    .readlink = wrap_readlink,
					    .stat = wrap_stat,
					    .free = wrap_free };
	static const char *const places[] = { "/sys/bus",
					      "/sys/class/mdev_bus",
					      "/sys/devices/css0",
					      "/sys/devices/ap",
					      "/sys/devices/vfio_ap",
					      "/sys/devices/pci0000:00",
					      "/sys/devices/pci0011:00",
					      "/sys/devices/pci0012:00",
					      "/sys/devices/pci2000:00",
					      "/sys/module/vfio_ap",
					      "/sys/module/vfio_ccw",
					      "/sys/module/vfio_pci",
					      "/sys/module/vfio",
					      "/sys/module/mdev",
					      "/sys/module/ap",
					      "/sys/kernel/iommu_groups",
					      "/proc/mounts",
					      "/proc/modules",
					      "/proc/cmdline",
					      "/proc/sys/kernel/osrelease",
					      "/proc/self/mountinfo",
					      "/proc/cio_ignore",
					      "/etc",
					      "/run",
					      "/var/lib/vfiocfg",
					      NULL };
	struct wrap w = { .sys = { .ops = &ops, .fd = -1 }, .inner = real };
	struct sys *copy;

	assert_int_equal(sim_copy(&w.sys, places, &copy), 0);
	return copy;
}

static inline bool guest_online(void)
{
	glob_t found = { 0 };
	bool all = true;

	if (glob("/sys/bus/ccw/drivers/virtio_ccw/*/online", 0, NULL, &found) != 0)
		return true;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *f = fopen(found.gl_pathv[i], "r");

		all = all && (!f || fgetc(f) == '1');
		if (f)
			fclose(f);
	}
	globfree(&found);
	return all;
}

/*
 * The kernel brings channel devices back after the write to their subchannel has returned, and sets those of virtio online
 * still later, by itself: virtio_ccw_auto_online(), which no lock and no reference protects from io_subchannel_remove(). Where the
 * subchannel is taken away in between, cio_start_key() writes an I/O request to where its driver's data was: an oops there, or, once
 * vfio_ccw has put its own in that place, in vfio_ccw_sch_remove() later (6.12 and 7.2).
 */
static inline void guest_settle(void)
{
	FILE *f = fopen("/proc/cio_settle", "w");

	if (f) {
		fputs("1", f);
		fclose(f);
	}
	for (int i = 0; i < 100 && !guest_online(); i++)
		usleep(100000);
}

/* -- how two differ: what a commit of this program may change, and what follows from it at once -- */

static inline bool guest_counts(const struct place *p)
{
	static const char *const names[] = {
		"driver",    "driver_override",	    "online",	       "apmask",    "aqmask",
		"matrix",    "guest_matrix",	    "control_domains", "ap_config", "modalias",
		"remove",    "available_instances", "sriov_numvfs",    "config",    "status",
		"configure", "cmb_enable",	    "cm_enable"
	};
	const char *base = strrchr(p->path, '/') + 1;
	bool pci = str_starts(p->path, "/sys/devices/pci");

	if (str_starts(p->path, "/etc/"))
		return true;
	if (!str_starts(p->path, "/sys/devices/") || strstr(p->path, "/virtio") ||
	    (pci && (str_eq(base, "config") || str_eq(base, "remove"))))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(base, names[i]))
			return true;
	return false;
}

/* A simulation works out what some files say when they are read. */
static inline void guest_look(struct sys *sim, struct place *p)
{
	struct buf b = { 0 };

	if (p->type != SYS_FILE || !(p->mode & 0444) || sys_read(sim, p->path, &b) < 0)
		return;
	free(p->value);
	p->len = b.len;
	p->value = buf_take(&b);
	assert_non_null(p->value);
}

static inline struct state guest_state(struct sys *sim)
{
	struct state all = state_of(sim);
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++) {
		if (guest_counts(&all.places[i])) {
			guest_look(sim, &all.places[i]);
			all.places[n++] = all.places[i];
		} else {
			free(all.places[i].path);
			free(all.places[i].value);
		}
	}
	all.n = n;
	return all;
}

static inline void guest_add(struct sys *real, const char *path, const struct sys_stat *st,
			     struct state *ret)
{
	bool link = st->type == SYS_LINK; /* has no mode of its own */
	struct place p = { (char *)(uintptr_t)path, NULL, 0, link ? 0 : st->mode, st->type };
	struct buf value = { 0 };

	if (!guest_counts(&p))
		return;
	if (link)
		assert_int_equal(sys_readlink(real, path, &value), 0);
	else if (st->mode & 0444)
		sys_read(real, path, &value);
	assert_int_equal(array_grow(&ret->places, ret->n, &ret->cap, sizeof(*ret->places)), 0);
	p.path = strdup(path);
	p.len = value.len;
	p.value = buf_take(&value);
	assert_true(p.path && p.value);
	ret->places[ret->n++] = p;
}

static inline void guest_walk(struct sys *real, const char *path, struct state *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 }, child = { 0 };
	struct sys_stat st;
	const char *name;

	if (sys_list(real, path, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		buf_reset(&child);
		assert_int_equal(buf_printf(&child, "%s/%s", path, name), 0);
		/* Below a virtio device there is nothing that counts, and much. */
		if (str_starts(name, "virtio") || sys_stat(real, buf_str(&child), &st) < 0)
			continue;
		if (st.type == SYS_DIR)
			guest_walk(real, buf_str(&child), ret);
		else
			guest_add(real, buf_str(&child), &st, ret);
	}
}

/* What the kernel says itself, not a copy. */
static inline struct state guest_state_now(struct sys *real)
{
	static const char *const tops[] = { "/etc",
					    "/sys/devices/ap",
					    "/sys/devices/css0",
					    "/sys/devices/pci0000:00",
					    "/sys/devices/pci0011:00",
					    "/sys/devices/pci0012:00",
					    "/sys/devices/pci2000:00",
					    "/sys/devices/vfio_ap" };
	struct state now = { 0 };

	guest_settle();
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		guest_walk(real, tops[i], &now);
	return now;
}

#endif
