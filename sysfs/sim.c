/* SPDX-License-Identifier: MIT */
/* The operations of struct sys_ops on the tree; what an attribute does is said by the hooks of the buses. */
#include "sim_node.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A page: what sysfs gives to a store function at most. */
enum { WRITE_MAX = 4096, WORDS_MAX = 16 };

struct sim_event {
	struct sim_event *next;
	struct sys_event e;
};

/* The hidden half of the tree is the simulation's own. */
static bool hidden(const char *path)
{
	return !strncmp(path, "/.sim", 5) && (path[5] == '/' || path[5] == '\0');
}

static struct sim_node *find(struct sys *sys, const char *path, unsigned flags, int *reterr)
{
	if (hidden(path)) {
		*reterr = -ENOENT;
		return NULL;
	}
	return sim_walk(sim_of(sys), path, flags, reterr);
}

static int op_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, 0, &r);

	if (!n)
		return r;
	if (n->type != SYS_DIR)
		return -ENOTDIR;
	for (size_t i = 0; i < n->n; i++) {
		const char *name = n->children[i]->name;

		if ((n->parent || strcmp(name, ".sim") != 0) && buf_add_name(ret_names, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Does the pattern fit? Comparing literal last components first saves nearly all of fnmatch(3). */
static bool fits(const char *pattern, const char *path, const char *name)
{
	const char *last = base_of(pattern);

	if (!strpbrk(last, "*?[") && strcmp(last, name) != 0)
		return false;
	return fnmatch(pattern, path, pattern[0] == '/' ? FNM_PATHNAME : 0) == 0;
}

/* The first hook for a real path; for_read: one that computes a value. */
static const struct sim_hook *hook_of(const char *path, bool for_read)
{
	const char *name = base_of(path);

	for (const struct sim_bus *const *bus = sim_buses; *bus; bus++) {
		for (const struct sim_hook *h = (*bus)->hooks; h && h->pattern; h++)
			if ((for_read ? h->read != NULL : h->write != NULL) &&
			    fits(h->pattern, path, name))
				return h;
	}
	return NULL;
}

/* A call's pieces point into `dir`, a copy of the path without its last component. */
static int call_init(struct sim_call *c, const char *path, char **ret_dir)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		return -ENOMEM;
	*slash = '\0';
	*ret_dir = dir;
	c->path = path;
	c->dir = dir;
	c->dev = base_of(dir);
	c->attr = base_of(path);
	return 0;
}

static int op_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	CLEANUP(freep) char *dir = NULL;
	struct sim_call call = { 0 };
	const struct sim_hook *hook;
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, 0, &r);

	if (!n)
		return r;
	if (n->type == SYS_DIR)
		return -EISDIR;
	if (!(n->mode & 0444))
		return -EACCES;
	if (sim_node_path(n, &real) < 0)
		return -ENOMEM;
	hook = hook_of(real.data, true);
	if (!hook)
		return buf_add(ret_value, n->value ? n->value : "", n->len);
	r = call_init(&call, real.data, &dir);
	return r < 0 ? r : hook->read(sim_of(sys), &call, ret_value);
}

/* What a writable attribute without a hook does: it keeps what was written. */
static int store(struct sim_node *n, const char *value, size_t len)
{
	return sim_node_set(n, value, len);
}

static int call_hook(struct sim *sim, const char *path, const char *value, size_t len,
		     bool *ret_none)
{
	const struct sim_hook *hook = hook_of(path, false);
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(freep) char *dir = NULL;
	struct sim_call call = { 0 };
	int r;

	*ret_none = !hook;
	if (!hook)
		return 0;
	if (buf_add(&text, value, MIN(len, (size_t)WRITE_MAX)) < 0 ||
	    call_init(&call, path, &dir) < 0)
		return -ENOMEM;
	call.value = text.data;
	call.len = text.len;
	r = hook->write(sim, &call);
	if (r >= 0 && (size_t)r != len)
		return -EIO; /* a short write */
	return r < 0 ? r : 0;
}

static int op_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	struct sim *sim = sim_of(sys);
	int r = -ENOENT, saved;
	struct sim_node *n = find(sys, path, 0, &r);
	bool none;

	if (!n)
		return r;
	if (n->type == SYS_DIR)
		return -EISDIR;
	if (!(n->mode & 0222))
		return -EACCES;
	if (len == 0 && str_starts(path, "/sys/"))
		return 0; /* sysfs_kf_write() asks nobody */
	if (sim_node_path(n, &real) < 0)
		return -ENOMEM;
	r = call_hook(sim, real.data, value, len, &none);
	if (none)
		r = store(n, value, len);
	saved = sim_keep_now(sim);
	return r < 0 ? r : saved;
}

static int op_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, SIM_NOFOLLOW, &r);

	if (!n)
		return r;
	return n->type == SYS_LINK ? buf_add(ret_target, n->value, n->len) : -EINVAL;
}

static int op_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, SIM_NOFOLLOW, &r);

	if (!n)
		return r;
	*ret = (struct sys_stat){ .type = n->type, .mode = n->mode, .mtime = n->mtime };
	if (n->type == SYS_DIR)
		ret->mode = 0755;
	else if (n->type == SYS_LINK)
		ret->mode = 0777;
	return 0;
}

static int op_watch(struct sys *sys, struct sys_event *ret_event)
{
	struct sim *sim = sim_of(sys);
	struct sim_event *first = sim->events;
	uint64_t count;

	if (!first)
		return 0;
	sim->events = first->next;
	*ret_event = first->e;
	free(first);
	if (!sim->events) {
		sim->tail = &sim->events;
		if (sys->fd >= 0 && read(sys->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return -errno;
	}
	return 1;
}

void sim_forget_events(struct sim *sim)
{
	struct sys_event e = { 0 };

	while (op_watch(&sim->sys, &e) > 0)
		sys_event_done(&e);
}

/* A full queue would be the kernel's -ENOBUFS; memory is all that limits this one. */
static void queue(struct sim *sim, struct sim_event *ev)
{
	const uint64_t one = 1;

	if (!sim->events && sim->sys.fd >= 0 && write(sim->sys.fd, &one, sizeof(one)) < 0)
		sim->sys.fd = -1;
	*sim->tail = ev;
	sim->tail = &ev->next;
}

static struct sim_event *event_new(const char *action, const char *subsystem, const char *devpath)
{
	struct sim_event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	snprintf(ev->e.action, sizeof(ev->e.action), "%s", action);
	snprintf(ev->e.subsystem, sizeof(ev->e.subsystem), "%s", subsystem);
	snprintf(ev->e.devpath, sizeof(ev->e.devpath), "%s", devpath);
	return ev;
}

void sim_uevent(struct sim *sim, const char *action, const char *subsystem, const char *devpath,
		const char *env, ...)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	struct sim_event *ev = event_new(action, subsystem, devpath);
	char *line, *rest;
	va_list ap;

	va_start(ap, env);
	if (!ev || buf_vprintf(&lines, env, ap) < 0) {
		va_end(ap);
		free(ev);
		return;
	}
	va_end(ap);
	/* A value may end in a newline of its own (APMASK does): a line break before a blank line belongs to it. */
	for (rest = lines.data; rest && *rest;) {
		line = rest;
		rest = strchr(line, '\n');
		while (rest && rest[1] == '\n')
			rest++;
		if (rest)
			*rest++ = '\0';
		buf_add_name(&ev->e.env, line);
	}
	queue(sim, ev);
}

static int staged_path(const char *path, struct buf *ret)
{
	return buf_printf(ret, "/.sim/staged%s", path);
}

/* What was there when a file was staged. */
static int was_path(const char *path, struct buf *ret)
{
	return buf_printf(ret, "/.sim/was%s", path);
}

static void forget_was(struct sim *sim, const char *path)
{
	CLEANUP(buf_done) struct buf was = { 0 };

	if (was_path(path, &was) == 0)
		sim_del(sim, buf_str(&was));
}

static int note_was(struct sim *sim, const char *path, const struct sim_node *n)
{
	CLEANUP(buf_done) struct buf was = { 0 };

	forget_was(sim, path);
	if (!n || !str_starts(path, "/etc/"))
		return 0;
	if (was_path(path, &was) < 0)
		return -ENOMEM;
	return sim_put_bytes(sim, buf_str(&was), 0600, n->value, n->len);
}

/* Files in /etc are other programs', too. */
static bool is_as_staged(struct sim *sim, const char *path)
{
	CLEANUP(buf_done) struct buf was_at = { 0 };
	const struct sim_node *is, *was;
	int r = 0;

	if (!str_starts(path, "/etc/") || was_path(path, &was_at) < 0)
		return true;
	is = sim_walk(sim, path, 0, &r);
	was = sim_walk(sim, buf_str(&was_at), SIM_NOFOLLOW, &r);
	if (!is || !was)
		return is == was;
	return is->len == was->len && (!is->len || !memcmp(is->value, was->value, is->len));
}

static int op_stage(struct sys *sys, const char *path, const char *value, size_t len,
		    const struct sys_stat *as)
{
	CLEANUP(buf_done) struct buf staged = { 0 };
	struct sim *sim = sim_of(sys);
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, 0, &r);

	if (!n && r != -ENOENT)
		return r;
	if (n && n->type == SYS_DIR)
		return -EISDIR;
	if (hidden(path) || (!n && !value))
		return -ENOENT;
	if (n && as && as->type == SYS_NONE)
		return -ESTALE;
	if (str_starts(path, "/sys/") || str_starts(path, "/proc/"))
		return -EPERM;
	if (staged_path(path, &staged) < 0)
		return -ENOMEM;
	sim_del(sim, buf_str(&staged));
	r = note_was(sim, path, n);
	if (r < 0)
		return r;
	/* a link stands for a removal */
	r = value ? sim_put_bytes(sim, buf_str(&staged),
				  as && as->type != SYS_NONE ? as->mode
				  : n			     ? n->mode
							     : 0644,
				  value, len)
		  : sim_put_link(sim, buf_str(&staged), "removed");
	return r < 0 ? r : sim_keep_now(sim);
}

/* The file event of a changed directory, as inotify would give it. */
static void file_event(struct sim *sim, const char *path)
{
	CLEANUP(freep) char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	struct sim_event *ev;

	if (!slash || slash == dir)
		return;
	*slash = '\0';
	ev = event_new("file", "", dir);
	if (ev)
		queue(sim, ev);
}

static int op_publish(struct sys *sys, const char *path)
{
	CLEANUP(buf_done) struct buf staged = { 0 };
	struct sim *sim = sim_of(sys);
	struct sim_node *n;
	int r = -ENOENT;

	if (staged_path(path, &staged) < 0)
		return -ENOMEM;
	n = sim_walk(sim, buf_str(&staged), SIM_NOFOLLOW, &r);
	if (!n || n->type == SYS_DIR)
		return -ENOENT;
	if (!is_as_staged(sim, path))
		return -ESTALE;
	r = 0;
	if (n->type == SYS_LINK)
		sim_del(sim, path);
	else
		r = sim_put_bytes(sim, path, n->mode, n->value, n->len);
	if (r < 0)
		return r;
	sim_del(sim, buf_str(&staged));
	forget_was(sim, path);
	file_event(sim, path);
	return sim_keep_now(sim);
}

static int op_unstage(struct sys *sys, const char *path)
{
	CLEANUP(buf_done) struct buf staged = { 0 };
	struct sim *sim = sim_of(sys);

	if (staged_path(path, &staged) < 0)
		return -ENOMEM;
	sim_del(sim, buf_str(&staged));
	forget_was(sim, path);
	return sim_keep_now(sim);
}

/* What is changed here is changed for good. */
static int op_sync(struct sys *sys)
{
	(void)sys;
	return 0;
}

static int op_syncdir(struct sys *sys, const char *path)
{
	int r = -ENOENT;
	const struct sim_node *n = find(sys, path, 0, &r);

	if (!n)
		return r;
	return n->type == SYS_DIR ? 0 : -ENOTDIR;
}

static int op_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	int r = -ENOENT;
	struct sim_node *n = find(sys, path, SIM_NOFOLLOW, &r);

	if (!n)
		return r;
	if (n->type != SYS_FILE)
		return -EINVAL;
	if (n->len != len)
		return -ERANGE;
	r = store(n, bytes, len);
	return r < 0 ? r : sim_keep_now(sim_of(sys));
}

/* A process of the simulated machine, or the one which runs the simulation. */
static bool alive(const struct sim *sim, const char *content)
{
	char dir[32];
	long pid = strtol(content, NULL, 10);

	snprintf(dir, sizeof(dir), "/proc/%ld", pid);
	return pid > 0 && (pid == (long)getpid() || sim_has(sim, dir));
}

static int op_lock(struct sys *sys, const char *path, const char *content)
{
	struct sim *sim = sim_of(sys);
	int r = 0;

	if (hidden(path))
		return -ENOENT;
	if (!content)
		sim_del(sim, path);
	else if (sim_has(sim, path) && alive(sim, sim_value(sim, path)))
		return -EEXIST;
	else
		r = sim_put_file(sim, path, 0644, content);
	return r < 0 ? r : sim_keep_now(sim);
}

static int op_locked(struct sys *sys, const char *path)
{
	struct sim *sim = sim_of(sys);

	return sim_has(sim, path) && alive(sim, sim_value(sim, path));
}

static int op_load_module(struct sys *sys, const char *name)
{
	int r = sim_module_load(sim_of(sys), name), saved = sim_keep_now(sim_of(sys));

	return r < 0 ? r : saved;
}

static void op_free(struct sys *sys)
{
	struct sim *sim = sim_of(sys);

	sim_forget_events(sim);
	if (sys->fd >= 0)
		close(sys->fd);
	sim_node_free(sim->root);
	free(sim->keep);
	free(sim);
}

const struct sys_ops sim_ops = {
	.list = op_list,
	.read = op_read,
	.write = op_write,
	.readlink = op_readlink,
	.stat = op_stat,
	.watch = op_watch,
	.stage = op_stage,
	.publish = op_publish,
	.unstage = op_unstage,
	.sync = op_sync,
	.syncdir = op_syncdir,
	.overwrite = op_overwrite,
	.lock = op_lock,
	.locked = op_locked,
	.load_module = op_load_module,
	.free = op_free,
};

static int still_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	int r = -ENOENT;
	const struct sim_node *n = find(sys, path, 0, &r);

	return n && n->unread ? n->unread : op_list(sys, path, ret_names);
}

static int still_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	int r = -ENOENT;
	const struct sim_node *n = find(sys, path, 0, &r);

	if (!n)
		return r;
	if (n->type == SYS_DIR)
		return -EISDIR;
	if (n->unread || !(n->mode & 0444))
		return n->unread ? n->unread : -EACCES;
	return buf_add(ret_value, n->value ? n->value : "", n->len);
}

const struct sys_ops sim_still_ops = {
	.list = still_list,
	.read = still_read,
	.readlink = op_readlink,
	.stat = op_stat,
	.watch = op_watch,
	.free = op_free,
};

int sim_alloc(struct sim **ret)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return -ENOMEM;
	sim->sys = (struct sys){ &sim_ops, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), true, true };
	sim->tail = &sim->events;
	sim->level = 612;
	sim->root = sim_node_new("", 0, SYS_DIR);
	if (!sim->root) {
		op_free(&sim->sys);
		return -ENOMEM;
	}
	*ret = sim;
	return 0;
}

int sim_poke(struct sys *sys, const char *command)
{
	CLEANUP(freep) char *copy = strdup(command);
	struct sim *sim = sim_of(sys);
	char *words[WORDS_MAX + 1] = { NULL }, *rest = copy;
	int n = 0, r = copy ? 0 : -ENOMEM;

	for (char *w; copy && n < WORDS_MAX && (w = strsep(&rest, " \n")) != NULL;)
		if (*w)
			words[n++] = w;
	for (const struct sim_bus *const *bus = sim_buses; n && *bus && r == 0; bus++)
		if ((*bus)->poke)
			r = (*bus)->poke(sim, words);
	if (r < 0)
		return r;
	return r == 0 ? -EINVAL : sim_keep_now(sim);
}
