/* SPDX-License-Identifier: MIT */
#include "faulty.h"

#include "wrap.h"

#include <errno.h>

struct faulty {
	struct wrap wrap; /* first */
	unsigned n, at;
	enum fault fault;
	int err;
};

/* Counts a mutation. Is it to be carried out? */
static bool let_through(struct sys *sys)
{
	struct faulty *f = (struct faulty *)(void *)sys;
	bool hit = ++f->n == f->at;

	if (f->fault == FAULT_CUT)
		return !f->at || f->n < f->at;
	return !hit || f->fault == FAULT_DONE;
}

/* What the caller is told of it. */
static int verdict(struct sys *sys, int r)
{
	const struct faulty *f = (struct faulty *)(void *)sys;
	bool wrong = f->at && (f->fault == FAULT_CUT ? f->n >= f->at : f->n == f->at);

	return wrong ? -f->err : r;
}

#define MUTATE(sys, call) verdict((sys), let_through(sys) ? (call) : 0)

static int faulty_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	struct sys *inner = wrap_inner(sys);

	return MUTATE(sys, inner->ops->write(inner, path, value, len));
}

static int faulty_stage(struct sys *sys, const char *path, const char *value, size_t len)
{
	return MUTATE(sys, sys_stage(wrap_inner(sys), path, value, len));
}

static int faulty_publish(struct sys *sys, const char *path)
{
	return MUTATE(sys, sys_publish(wrap_inner(sys), path));
}

static int faulty_unstage(struct sys *sys, const char *path)
{
	return MUTATE(sys, sys_unstage(wrap_inner(sys), path));
}

static int faulty_syncdir(struct sys *sys, const char *path)
{
	return MUTATE(sys, sys_syncdir(wrap_inner(sys), path));
}

static int faulty_lock(struct sys *sys, const char *path, const char *content)
{
	return MUTATE(sys, sys_lock(wrap_inner(sys), path, content));
}

static int faulty_load_module(struct sys *sys, const char *name)
{
	return MUTATE(sys, sys_load_module(wrap_inner(sys), name));
}

static const struct sys_ops faulty_ops = {
	.list = wrap_list,
	.read = wrap_read,
	.write = faulty_write,
	.readlink = wrap_readlink,
	.stat = wrap_stat,
	.watch = wrap_watch,
	.stage = faulty_stage,
	.publish = faulty_publish,
	.unstage = faulty_unstage,
	.syncdir = faulty_syncdir,
	.lock = faulty_lock,
	.load_module = faulty_load_module,
	.free = wrap_free,
};

int faulty_new(struct sys *inner, unsigned at, enum fault fault, int err, struct sys **ret)
{
	struct faulty *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*f = (struct faulty){
		.wrap = { .sys = *inner, .inner = inner }, .at = at, .fault = fault, .err = err
	};
	f->wrap.sys.ops = &faulty_ops;
	*ret = &f->wrap.sys;
	return 0;
}

unsigned faulty_count(const struct sys *faulty)
{
	return ((const struct faulty *)(const void *)faulty)->n;
}
