/* SPDX-License-Identifier: MIT */
/*
 * A machine on which one mutation fails, or all from one on as if the program had been killed
 * there.
 *
 * Rule: the inner machine is not owned.
 */
#ifndef CUT_H
#define CUT_H

#include "sys.h"

#include <errno.h>

struct cut {
	struct sys sys; /* first */
	struct sys *inner;
	long n;	       /* mutations so far */
	long at;       /* the one that fails, 1..; 0: none */
	bool for_good; /* and all after it */
	int err;       /* positive */
};

static inline struct cut *cut_of(struct sys *sys)
{
	return (struct cut *)(void *)sys;
}

static inline bool cut_now(struct sys *sys)
{
	struct cut *c = cut_of(sys);

	c->n++;
	return c->at && (c->for_good ? c->n >= c->at : c->n == c->at);
}

#define CUT_OR(sys, call) (cut_now(sys) ? -cut_of(sys)->err : (call))

static inline int cut_list(struct sys *s, const char *path, struct buf *ret)
{
	return sys_list(cut_of(s)->inner, path, ret);
}
static inline int cut_read(struct sys *s, const char *path, struct buf *ret)
{
	return sys_read(cut_of(s)->inner, path, ret);
}
static inline int cut_write(struct sys *s, const char *path, const char *value, size_t len)
{
	(void)len;
	return CUT_OR(s, sys_write(cut_of(s)->inner, path, value));
}
static inline int cut_readlink(struct sys *s, const char *path, struct buf *ret)
{
	return sys_readlink(cut_of(s)->inner, path, ret);
}
static inline int cut_stat(struct sys *s, const char *path, struct sys_stat *ret)
{
	return sys_stat(cut_of(s)->inner, path, ret);
}
static inline int cut_watch(struct sys *s, struct sys_event *ret)
{
	return sys_watch(cut_of(s)->inner, ret);
}
static inline int cut_stage(struct sys *s, const char *path, const char *value, size_t len)
{
	return CUT_OR(s, sys_stage(cut_of(s)->inner, path, value, len));
}
static inline int cut_publish(struct sys *s, const char *path)
{
	return CUT_OR(s, sys_publish(cut_of(s)->inner, path));
}
static inline int cut_unstage(struct sys *s, const char *path)
{
	return CUT_OR(s, sys_unstage(cut_of(s)->inner, path));
}
static inline int cut_syncdir(struct sys *s, const char *path)
{
	return CUT_OR(s, sys_syncdir(cut_of(s)->inner, path));
}
static inline int cut_lock(struct sys *s, const char *path, const char *content)
{
	return CUT_OR(s, sys_lock(cut_of(s)->inner, path, content));
}
static inline int cut_load_module(struct sys *s, const char *name)
{
	return CUT_OR(s, sys_load_module(cut_of(s)->inner, name));
}
static inline void cut_free(struct sys *s)
{
	(void)s;
}

static inline void cut_init(struct cut *c, struct sys *inner, long at, bool for_good)
{
	static const struct sys_ops ops = {
		.list = cut_list,
		.read = cut_read,
		.write = cut_write,
		.readlink = cut_readlink,
		.stat = cut_stat,
		.watch = cut_watch,
		.stage = cut_stage,
		.publish = cut_publish,
		.unstage = cut_unstage,
		.syncdir = cut_syncdir,
		.lock = cut_lock,
		.load_module = cut_load_module,
		.free = cut_free,
	};

	*c = (struct cut){ .sys = { &ops, inner->fd, true, true },
			   .inner = inner,
			   .at = at,
			   .for_good = for_good,
			   .err = EIO };
}

#endif
