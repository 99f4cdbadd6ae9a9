/* SPDX-License-Identifier: MIT */
#include "wrap.h"

int wrap_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	return sys_list(wrap_inner(sys), path, ret_names);
}

int wrap_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	return sys_read(wrap_inner(sys), path, ret_value);
}

int wrap_lines(struct sys *sys, const char *path, void (*line)(void *arg, char *line), void *arg)
{
	return sys_lines(wrap_inner(sys), path, line, arg);
}

int wrap_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	return sys_readlink(wrap_inner(sys), path, ret_target);
}

int wrap_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	return sys_stat(wrap_inner(sys), path, ret);
}

int wrap_watch(struct sys *sys, struct sys_event *ret_event)
{
	return sys_watch(wrap_inner(sys), ret_event);
}

void wrap_free(struct sys *sys)
{
	free(sys);
}
