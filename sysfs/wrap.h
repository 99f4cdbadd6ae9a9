/* SPDX-License-Identifier: MIT */
/*
 * What machines around another machine share: they look through it.
 *
 * Rule: the inner machine is not owned and must outlive the one around it.
 */
#ifndef WRAP_H
#define WRAP_H

#include "sys.h"

struct wrap {
	struct sys sys; /* first */
	struct sys *inner;
};

static inline struct sys *wrap_inner(struct sys *sys)
{
	return ((struct wrap *)(void *)sys)->inner;
}

int wrap_list(struct sys *sys, const char *path, struct buf *ret_names);
int wrap_read(struct sys *sys, const char *path, struct buf *ret_value);
int wrap_lines(struct sys *sys, const char *path, void (*line)(void *arg, char *line), void *arg);
int wrap_readlink(struct sys *sys, const char *path, struct buf *ret_target);
int wrap_stat(struct sys *sys, const char *path, struct sys_stat *ret);
int wrap_watch(struct sys *sys, struct sys_event *ret_event);
void wrap_free(struct sys *sys);

#endif
