/* SPDX-License-Identifier: MIT */
/*
 * A machine made of files for a test, and what a scan makes of it.
 *
 *	CLEANUP(machine_done) struct machine m = machine_new();
 *	tree_put(&m.tree, "/sys/bus/ap/apmask", "0xff..\n");
 *	machine_scan(&m);
 *	assert_true(m.inv->ap.present);
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "inventory.h"
#include "real.h"
#include "tree.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

struct machine {
	struct tree tree;
	struct sys *sys;
	struct strtab *tab;
	struct inventory *inv; /* NULL before machine_scan */
};

/* Trees of a thousand small files are made and thrown away faster where no disk is behind them. */
static inline struct tree machine_tree(void)
{
	struct tree t = { "/dev/shm/vfiocfg-test-XXXXXX" };

	return mkdtemp(t.root) ? t : tree_new();
}

static inline struct machine machine_new(void)
{
	struct machine m = { .tree = machine_tree(), .tab = strtab_new() };
	struct real_opts opts = { .root = m.tree.root };

	assert_non_null(m.tab);
	assert_int_equal(real_new(&opts, &m.sys), 0);
	return m;
}

static inline void machine_done(struct machine *m)
{
	inventory_unref(m->inv);
	sys_free(m->sys);
	strtab_free(m->tab);
	tree_done(&m->tree);
}

static inline void machine_scan_ssh(struct machine *m, const char *ssh)
{
	m->inv = inventory_unref(m->inv);
	assert_int_equal(inventory_scan_ssh(m->sys, m->tab, ssh, &m->inv), 0);
}

static inline void machine_scan(struct machine *m)
{
	machine_scan_ssh(m, NULL);
}

/* One of tests/captures, scanned. */
static inline struct machine machine_capture(const char *name)
{
	const char *source = getenv("SOURCE_DIR");
	char archive[512], tar[] = "tar", extract[] = "-xpzf", into[] = "-C";
	struct machine m;
	char *argv[] = { tar, extract, archive, into, m.tree.root, NULL };
	int status;
	pid_t pid;

	assert_non_null(source);
	snprintf(archive, sizeof(archive), "%s/tests/captures/%s.tar.gz", source, name);
	m = machine_new();
	assert_int_equal(posix_spawnp(&pid, tar, NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	machine_scan(&m);
	return m;
}

static inline struct devid machine_id(const char *text)
{
	struct devid id;

	assert_int_equal(devid_parse(text, &id), 0);
	return id;
}

/* A subchannel on its driver with the device behind it: "0.0.0313", "io_subchannel", "0.0.2b09". */
static inline void machine_subch(struct machine *m, const char *id, const char *driver,
				 const char *dev)
{
	char dir[64], path[128], target[128];

	snprintf(dir, sizeof(dir), "/sys/devices/css0/%s", id);
	snprintf(path, sizeof(path), "%s/type", dir);
	tree_put(&m->tree, path, "0\n");
	snprintf(path, sizeof(path), "%s/chpids", dir);
	tree_put(&m->tree, path, "50 51 00 00 00 00 00 00 \n");
	snprintf(path, sizeof(path), "%s/pimpampom", dir);
	tree_put(&m->tree, path, "c0 80 ff\n");
	snprintf(path, sizeof(path), "%s/driver_override", dir);
	tree_put(&m->tree, path, "(null)\n");
	snprintf(path, sizeof(path), "%s/dev_busid", dir);
	snprintf(target, sizeof(target), "%s\n", dev);
	tree_put(&m->tree, path, target);
	snprintf(path, sizeof(path), "%s/driver", dir);
	snprintf(target, sizeof(target), "../../../bus/css/drivers/%s", driver);
	tree_link(&m->tree, path, target);
}

/* The CCW device of such a subchannel. */
static inline void machine_ccw(struct machine *m, const char *subch, const char *dev,
			       const char *modalias, const char *driver)
{
	char dir[96], path[160], text[64];

	snprintf(dir, sizeof(dir), "/sys/devices/css0/%s/%s", subch, dev);
	snprintf(path, sizeof(path), "%s/modalias", dir);
	snprintf(text, sizeof(text), "%s\n", modalias);
	tree_put(&m->tree, path, text);
	snprintf(path, sizeof(path), "%s/online", dir);
	tree_put(&m->tree, path, "1\n");
	snprintf(path, sizeof(path), "%s/availability", dir);
	tree_put(&m->tree, path, "good\n");
	snprintf(path, sizeof(path), "%s/driver", dir);
	snprintf(text, sizeof(text), "../../../../bus/ccw/drivers/%s", driver);
	tree_link(&m->tree, path, text);
}

/* The problem of one path; NULL: there is none. */
static inline const struct problem *machine_problem(const struct machine *m, const char *path)
{
	for (size_t i = 0; i < m->inv->n_problems; i++)
		if (!strcmp(m->inv->problems[i].path, path))
			return &m->inv->problems[i];
	return NULL;
}

/* What a device is used for: who says so with what text; NULL: nobody of that name. */
static inline const struct use *machine_use(const struct machine *m, const char *dev,
					    const char *who)
{
	struct devid id = machine_id(dev);
	size_t n;
	const struct use *u = inventory_uses(m->inv, &id, &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(u[i].who, who))
			return &u[i];
	return NULL;
}

#endif
