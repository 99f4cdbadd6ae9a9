/* SPDX-License-Identifier: MIT */
#include "faulty.h"

#include "wrap.h"

#include <errno.h>
#include <signal.h>

struct wrong {
	unsigned at; /* 0: never */
	enum fault fault;
	int err;
};

struct faulty {
	struct wrap wrap; /* first */
	unsigned n;
	struct wrong wrong[2];
	void (*before)(void *arg, unsigned n, const char *path);
	void *arg;
};

/* What goes wrong with the mutation that is being counted; NULL: nothing. */
static const struct wrong *wrong_now(const struct faulty *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(f->wrong); i++) {
		const struct wrong *w = &f->wrong[i];

		if (w->at && (w->fault == FAULT_CUT ? f->n >= w->at : f->n == w->at))
			return w;
	}
	return NULL;
}

/* Counts a mutation. Is it to be carried out? */
static bool let_through(struct sys *sys, const char *path)
{
	struct faulty *f = (struct faulty *)(void *)sys;
	const struct wrong *w;

	f->n++;
	if (f->before)
		f->before(f->arg, f->n, path);
	w = wrong_now(f);
	if (w && w->fault == FAULT_KILL)
		raise(SIGKILL);
	return !w || w->fault == FAULT_DONE;
}

/* What the caller is told of it. */
static int verdict(struct sys *sys, int r)
{
	const struct wrong *w = wrong_now((struct faulty *)(void *)sys);

	return w ? -w->err : r;
}

#define MUTATE(sys, path, call) verdict((sys), let_through((sys), (path)) ? (call) : 0)

static int faulty_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	struct sys *inner = wrap_inner(sys);

	return MUTATE(sys, path, inner->ops->write(inner, path, value, len));
}

static int faulty_stage(struct sys *sys, const char *path, const char *value, size_t len,
			const struct sys_stat *as)
{
	return MUTATE(sys, path, sys_stage_as(wrap_inner(sys), path, value, len, as));
}

static int faulty_publish(struct sys *sys, const char *path)
{
	return MUTATE(sys, path, sys_publish(wrap_inner(sys), path));
}

static int faulty_unstage(struct sys *sys, const char *path)
{
	return MUTATE(sys, path, sys_unstage(wrap_inner(sys), path));
}

static int faulty_sync(struct sys *sys)
{
	return MUTATE(sys, FAULTY_SYNC, sys_sync(wrap_inner(sys)));
}

static int faulty_syncdir(struct sys *sys, const char *path)
{
	return MUTATE(sys, path, sys_syncdir(wrap_inner(sys), path));
}

static int faulty_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	return MUTATE(sys, path, sys_overwrite(wrap_inner(sys), path, bytes, len));
}

static int faulty_lock(struct sys *sys, const char *path, const char *content)
{
	return MUTATE(sys, path, sys_lock(wrap_inner(sys), path, content));
}

static int faulty_locked(struct sys *sys, const char *path)
{
	return sys_locked(wrap_inner(sys), path);
}

static int faulty_load_module(struct sys *sys, const char *name)
{
	return MUTATE(sys, name, sys_load_module(wrap_inner(sys), name));
}

static const struct sys_ops faulty_ops = {
	.list = wrap_list,
	.read = wrap_read,
	.lines = wrap_lines,
	.write = faulty_write,
	.readlink = wrap_readlink,
	.stat = wrap_stat,
	.watch = wrap_watch,
	.stage = faulty_stage,
	.publish = faulty_publish,
	.unstage = faulty_unstage,
	.sync = faulty_sync,
	.syncdir = faulty_syncdir,
	.overwrite = faulty_overwrite,
	.lock = faulty_lock,
	.locked = faulty_locked,
	.load_module = faulty_load_module,
	.free = wrap_free,
};

int faulty_new(struct sys *inner, unsigned at, enum fault fault, int err, struct sys **ret)
{
	struct faulty *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*f = (struct faulty){ .wrap = { .sys = *inner, .inner = inner },
			      .wrong = { { at, fault, err } } };
	f->wrap.sys.ops = &faulty_ops;
	*ret = &f->wrap.sys;
	return 0;
}

unsigned faulty_count(const struct sys *faulty)
{
	return ((const struct faulty *)(const void *)faulty)->n;
}

void faulty_also(struct sys *faulty, unsigned at, enum fault fault, int err)
{
	((struct faulty *)(void *)faulty)->wrong[1] = (struct wrong){ at, fault, err };
}

void faulty_before(struct sys *faulty, void (*before)(void *arg, unsigned n, const char *path),
		   void *arg)
{
	struct faulty *f = (struct faulty *)(void *)faulty;

	f->before = before;
	f->arg = arg;
}
