/* SPDX-License-Identifier: MIT */
/*
 * Keeping what is read. A path leads through links: the tree gets each link as it is, and the value where the links
 * lead to, so that whoever looks at the tree finds it by every name.
 */
#include "record.h"

#include "sim_tree.h"
#include "wrap.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_MAX = 40, BYTES_MAX = 128 << 20, NODES_MAX = 1 << 20 };

struct record {
	struct wrap wrap; /* first */
	struct record_opts opts;
	struct sim *tree; /* owned */
	size_t bytes, nodes;
	struct record_note *notes; /* owned, with their paths */
	size_t n_notes, cap_notes;
	bool nomem;
};

static struct record *record_of(struct sys *sys)
{
	return (struct record *)(void *)sys;
}

static void note(struct record *r, enum record_what what, const char *path, int err)
{
	struct record_note n = { .what = what, .err = err };

	for (size_t i = 0; i < r->n_notes; i++)
		if (r->notes[i].what == what && !strcmp(r->notes[i].path, path))
			return;
	if (array_grow(&r->notes, r->n_notes, &r->cap_notes, sizeof(n)) == 0)
		n.path = strdup(path);
	if (n.path)
		r->notes[r->n_notes++] = n;
	else
		r->nomem = true;
}

static bool is_never(const char *path)
{
	for (const char *const *p = record_never; *p; p++)
		if (fnmatch(*p, path, 0) == 0)
			return true;
	return false;
}

/* false: no memory, or no room. */
static bool keep(struct record *r, int err)
{
	if (err == -ENOMEM)
		r->nomem = true;
	return err == 0;
}

static bool has_room(struct record *r, const char *path, size_t bytes)
{
	size_t max = r->opts.max_bytes ? r->opts.max_bytes : BYTES_MAX;

	if (r->nodes < NODES_MAX && bytes <= max && r->bytes <= max - bytes)
		return true;
	note(r, RECORD_TOO_MUCH, path, 0);
	return false;
}

/* The files that processes have open: which they are is nobody's business unless it is a device. */
static const char *kept_target(const char *path, const char *target)
{
	if (fnmatch("/proc/*/fd/*", path, FNM_PATHNAME) != 0 || str_starts(target, "/dev/") ||
	    str_starts(target, "anon_inode:"))
		return target;
	return "-";
}

/* Puts one component into the tree if it isn't there; its type, or SYS_NONE with *reterr. */
static enum sys_type put(struct record *r, const char *path, struct sys_stat *ret, int *reterr)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	enum sys_type type = sim_type(r->tree, path);
	int e = 0;

	if (type == SYS_DIR || type == SYS_LINK)
		return type;
	*reterr = sys_stat(r->wrap.inner, path, ret);
	if (*reterr < 0 || type != SYS_NONE)
		return *reterr < 0 ? SYS_NONE : ret->type;
	if (is_never(path) || !has_room(r, path, 0)) {
		if (is_never(path))
			note(r, RECORD_NEVER, path, 0);
		*reterr = -EPERM;
		return SYS_NONE;
	}
	if (ret->type == SYS_LINK)
		e = sys_readlink(r->wrap.inner, path, &target);
	if (e < 0) {
		*reterr = e;
		return SYS_NONE;
	}
	/* A device node or a socket is a name that is there, and nothing else. */
	e = ret->type == SYS_DIR ? sim_put_dir(r->tree, path)
	    : ret->type == SYS_LINK
		    ? sim_put_link(r->tree, path, kept_target(path, buf_str(&target)))
		    : sim_put_bytes(r->tree, path, (ret->mode & 0222) | 0100, "", 0);
	r->nodes++;
	if (keep(r, e))
		sim_note(r->tree, path, ret->mtime, 0);
	return ret->type;
}

static int go_up(struct buf *at)
{
	char *slash = at->len ? strrchr(at->data, '/') : NULL;

	if (slash) {
		*slash = '\0';
		at->len = (size_t)(slash - at->data);
	}
	return 0;
}

/* What is still to be walked: a link's target, then the rest of the path. */
static int follow(struct buf *at, const char *target, const char *rest, struct buf *todo)
{
	CLEANUP(buf_done) struct buf next = { 0 };

	if (buf_printf(&next, "%s/%s", target, rest) < 0)
		return -ENOMEM;
	if (*target == '/')
		buf_reset(at);
	else
		go_up(at);
	buf_reset(todo);
	return buf_add(todo, buf_str(&next), next.len);
}

/*
 * Puts all that is on the way to a path into the tree. 0 with the path behind all links; or below 0: there is
 * nothing, or nothing that is kept.
 */
static int walk(struct record *r, const char *path, bool follow_last, struct buf *ret_real,
		struct sys_stat *ret)
{
	CLEANUP(buf_done) struct buf todo = { 0 };
	int links = LINKS_MAX, err = buf_adds(&todo, path);

	for (size_t pos = 0; err == 0;) {
		const char *rest;
		size_t n;

		pos += strspn(buf_str(&todo) + pos, "/");
		n = strcspn(buf_str(&todo) + pos, "/");
		if (!n)
			return ret_real->len ? 0 : buf_addc(ret_real, '/');
		if (n == 2 && !strncmp(todo.data + pos, "..", 2)) {
			err = go_up(ret_real);
		} else if (n != 1 || todo.data[pos] != '.') {
			CLEANUP(buf_done) struct buf target = { 0 };

			err = buf_addc(ret_real, '/');
			err = err < 0 ? err : buf_add(ret_real, todo.data + pos, n);
			if (err < 0)
				break;
			rest = todo.data + pos + n;
			rest += strspn(rest, "/");
			if (put(r, ret_real->data, ret, &err) == SYS_LINK &&
			    (*rest || follow_last)) {
				err = --links < 0 ? -ELOOP : 0;
				err = err < 0 ? err
					      : sys_readlink(r->wrap.inner, ret_real->data,
							     &target);
				err = err < 0 ? err
					      : follow(ret_real, buf_str(&target), rest, &todo);
				pos = 0;
				continue;
			}
		}
		pos += n;
	}
	if (err == -ENOMEM)
		r->nomem = true;
	return err;
}

/* -- the operations -- */

static bool is_number(const char *name)
{
	return *name && name[strspn(name, "0123456789")] == '\0';
}

/* The names in a directory are part of what was read. Of /proc only the processes are wanted. */
static int rec_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	CLEANUP(buf_done) struct buf real = { 0 }, names = { 0 }, child = { 0 };
	struct record *r = record_of(sys);
	struct sys_stat st = { 0 };
	const char *name;
	int e = sys_list(r->wrap.inner, path, &names);

	if (walk(r, path, true, &real, &st) < 0)
		return e < 0 ? e : buf_add(ret_names, buf_str(&names), names.len);
	if (e < 0) {
		sim_note(r->tree, buf_str(&real), 0, e);
		note(r, RECORD_UNREAD, buf_str(&real), e);
		return e;
	}
	buf_foreach_name (&names, name) {
		int ignored;

		if (str_eq(real.data, "/proc") && !is_number(name))
			continue;
		buf_reset(&child);
		if (buf_printf(&child, "%s/%s", str_eq(real.data, "/") ? "" : real.data, name) == 0)
			put(r, child.data, &st, &ignored);
	}
	return buf_add(ret_names, buf_str(&names), names.len);
}

/* Of a command line that is not asked for, the program. */
static size_t cut_cmdline(const struct record *r, const char *path, const struct buf *value)
{
	if (fnmatch("/proc/[0-9]*/cmdline", path, FNM_PATHNAME) != 0 || !value->len ||
	    !r->opts.wants_cmdline || r->opts.wants_cmdline(value->data))
		return value->len;
	return MIN(strcspn(value->data, " ") + 1, value->len);
}

/* sysfs has no passwords where we read, and its values are compared byte by byte. */
static int cleaned(struct record *r, const char *path, const struct buf *value, struct buf *ret)
{
	size_t len = cut_cmdline(r, path, value);
	bool some = false;
	int e = str_starts(path, "/sys/") ? buf_add(ret, buf_str(value), len)
					  : record_clean(buf_str(value), len, ret, &some);

	if (e == 0 && some)
		note(r, RECORD_CLEANED, path, 0);
	return e;
}

static void keep_value(struct record *r, const char *path, const struct buf *value)
{
	CLEANUP(buf_done) struct buf real = { 0 }, clean = { 0 };
	struct sys_stat st = { .mode = 0444 };

	if (walk(r, path, true, &real, &st) < 0)
		return;
	if (!keep(r, cleaned(r, real.data, value, &clean)) || !has_room(r, real.data, clean.len))
		return;
	if (keep(r, sim_put_bytes(r->tree, real.data, (st.mode & 0777) | 0400, buf_str(&clean),
				  clean.len)))
		sim_note(r->tree, real.data, st.mtime, 0);
	r->bytes += clean.len;
}

/* What a read came to is kept, and why there is nothing. */
static int pass_on(struct record *r, const char *path, int e, const struct buf *value,
		   struct buf *ret)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	struct sys_stat st;

	if (e == 0) {
		keep_value(r, path, value);
		return buf_add(ret, buf_str(value), value->len);
	}
	/* Links to directories are tried, too; that is no fault. */
	if (e != -EISDIR && walk(r, path, true, &real, &st) == 0) {
		sim_note(r->tree, buf_str(&real), 0, e);
		note(r, RECORD_UNREAD, buf_str(&real), e);
	}
	return e;
}

static int rec_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct record *r = record_of(sys);
	int e = sys_read(r->wrap.inner, path, &value);

	return pass_on(r, path, e, &value, ret_value);
}

/* They are kept as the file that has them on a host. */
static int rec_messages(struct sys *sys, struct buf *ret)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct record *r = record_of(sys);
	int e = sys_messages(r->wrap.inner, &value);

	/* Of a tree of another machine nobody reads them, whatever is there. */
	return e == -ENOENT ? e : pass_on(r, "/dev/kmsg", e, &value, ret);
}

static int rec_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	struct record *r = record_of(sys);
	struct sys_stat st;

	walk(r, path, false, &real, &st);
	return sys_readlink(r->wrap.inner, path, ret_target);
}

static int rec_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	struct record *r = record_of(sys);
	struct sys_stat st;

	walk(r, path, false, &real, &st);
	return sys_stat(r->wrap.inner, path, ret);
}

static void rec_free(struct sys *sys)
{
	struct record *r = record_of(sys);

	if (r->tree)
		sys_free(&r->tree->sys);
	for (size_t i = 0; i < r->n_notes; i++)
		free(r->notes[i].path);
	free(r->notes);
	free(r);
}

static const struct sys_ops record_ops = {
	.list = rec_list,
	.read = rec_read,
	.messages = rec_messages,
	.readlink = rec_readlink,
	.stat = rec_stat,
	.watch = wrap_watch,
	.free = rec_free,
};

int record_new(struct sys *inner, const struct record_opts *opts, struct sys **ret)
{
	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = (struct record){
		.wrap = { .sys = { .ops = &record_ops, .fd = -1, .origin = inner->origin },
			  .inner = inner },
		.opts = *opts
	};
	if (sim_alloc(&r->tree) < 0) {
		rec_free(&r->wrap.sys);
		return -ENOMEM;
	}
	r->tree->sys.ops = &sim_still_ops;
	*ret = &r->wrap.sys;
	return 0;
}

struct sim *record_tree(struct sys *record)
{
	return record_of(record)->tree;
}

const struct record_note *record_notes(struct sys *record, size_t *ret_n)
{
	*ret_n = record_of(record)->n_notes;
	return record_of(record)->notes;
}

int record_failed(struct sys *record)
{
	return record_of(record)->nomem ? -ENOMEM : 0;
}

/* -- what nobody has read by then -- */

/* Looks at all paths that a pattern means, one component after another. */
static void look(struct sys *sys, const char *dir, const char *pattern)
{
	CLEANUP(buf_done) struct buf names = { 0 }, path = { 0 };
	size_t n = strcspn(pattern, "/");
	char part[64];
	const char *name;
	struct sys_stat st;

	snprintf(part, sizeof(part), "%.*s", (int)n, pattern);
	if (!strpbrk(part, "*[")) {
		if (buf_add_name(&names, part) < 0)
			return;
	} else if (sys_list(record_of(sys)->wrap.inner, dir, &names) < 0) {
		return;
	}
	buf_foreach_name (&names, name) {
		if (fnmatch(part, name, 0) != 0)
			continue;
		buf_reset(&path);
		if (buf_printf(&path, "%s/%s", dir, name) < 0)
			return;
		if (pattern[n])
			look(sys, path.data, pattern + n + 1);
		else
			sys_stat(sys, path.data, &st);
	}
}

void record_places(struct sys *record)
{
	static const char *const buses[] = { "css", "ccw", "ap", "pci", "mdev", "matrix" };
	static const char *const of_bus[] = { "drivers_probe",	       "drivers_autoprobe",
					      "devices/*/subsystem",   "devices/*/driver",
					      "devices/*/iommu_group", "drivers/*/*" };
	static const char *const places[] = {
		"sys/bus/ccw/devices/*/*able",
		"sys/bus/ap/scans",
		"sys/bus/mdev/devices/*/remove",
		"sys/bus/mdev/devices/*/*assign_*",
		"sys/class/mdev_bus/*/mdev_supported_types/*/create",
		"sys/devices/vfio_ap/matrix/features",
		"sys/devices/css0/chp*/configure",
		"sys/devices/css0/rescan",
		"sys/bus/css/devices/*/logging",
		"sys/bus/pci/slots/*/power",
		"etc/mdevctl.d",
		"etc/driverctl.d",
		"run/lock",
		"run/udev",
		"sys/bus/ccw/devices/*/group_device",
		"sys/class/block/*",
		"sys/class/net/*",
		"etc/udev/rules.d/*",
	};
	char pattern[80];

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		for (size_t k = 0; k < ARRAY_SIZE(of_bus); k++) {
			snprintf(pattern, sizeof(pattern), "sys/bus/%s/%s", buses[i], of_bus[k]);
			look(record, "", pattern);
		}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		look(record, "", places[i]);
}
