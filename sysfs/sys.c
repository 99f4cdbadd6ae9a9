/* SPDX-License-Identifier: MIT */
#include "sys.h"
#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

void sys_event_done(struct sys_event *e)
{
	buf_done(&e->env);
	*e = (struct sys_event){ 0 };
}

struct sys *sys_free(struct sys *sys)
{
	if (sys)
		sys->ops->free(sys);
	return NULL;
}

void sys_freep(struct sys **sys)
{
	*sys = sys_free(*sys);
}

bool sys_path_ok(const char *path)
{
	if (path[0] != '/' || strlen(path) >= 4096)
		return false;
	while (*path) {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && !strncmp(path, "..", 2)))
			return false;
		path += n;
	}
	return true;
}

int sys_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	return sys_path_ok(path) ? sys->ops->list(sys, path, ret_names) : -EINVAL;
}

int sys_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	return sys_path_ok(path) ? sys->ops->read(sys, path, ret_value) : -EINVAL;
}

int sys_lines(struct sys *sys, const char *path, void (*line)(void *arg, char *line), void *arg)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char *rest, *one;
	int r;

	if (sys->ops->lines)
		return sys_path_ok(path) ? sys->ops->lines(sys, path, line, arg) : -EINVAL;
	r = sys_read(sys, path, &text);
	rest = text.len ? text.data : NULL;
	while (r == 0 && (one = strsep(&rest, "\n")))
		if (*one || rest)
			line(arg, one);
	return r;
}

/*
 * A signal that came in between is no refusal. A write to an attribute is tried again by whoever
 * knows what it should have done.
 */
#define AGAIN(call)                                                                                \
	__extension__({                                                                            \
		int again_r_, again_n_ = 0;                                                        \
		do                                                                                 \
			again_r_ = (call);                                                         \
		while (again_r_ == -EINTR && ++again_n_ < 16);                                     \
		again_r_;                                                                          \
	})

/* What every mutation asks first. */
static int may_change(const struct sys *sys, const char *path)
{
	if (!sys_path_ok(path))
		return -EINVAL;
	return sys->writable ? 0 : -EROFS;
}

int sys_write(struct sys *sys, const char *path, const char *value)
{
	int r = may_change(sys, path);

	return r < 0 ? r : sys->ops->write(sys, path, value, strlen(value));
}

int sys_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	return sys_path_ok(path) ? sys->ops->readlink(sys, path, ret_target) : -EINVAL;
}

int sys_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	return sys_path_ok(path) ? sys->ops->stat(sys, path, ret) : -EINVAL;
}

bool sys_exists(struct sys *sys, const char *path)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct sys_stat st;
	int r;

	if (sys_stat(sys, path, &st) < 0)
		return false;
	if (st.type != SYS_LINK)
		return true;
	/* A link exists if what it leads to is a directory or can be read. */
	r = sys_read(sys, path, &bytes);
	return r == 0 || r == -EISDIR;
}

int sys_watch(struct sys *sys, struct sys_event *ret_event)
{
	return sys->ops->watch(sys, ret_event);
}

int sys_stage_as(struct sys *sys, const char *path, const char *value, size_t len,
		 const struct sys_stat *as)
{
	int r = may_change(sys, path);

	return r < 0 ? r : AGAIN(sys->ops->stage(sys, path, value, len, as));
}

int sys_stage(struct sys *sys, const char *path, const char *value, size_t len)
{
	return sys_stage_as(sys, path, value, len, NULL);
}

int sys_publish(struct sys *sys, const char *path)
{
	int r = may_change(sys, path);

	return r < 0 ? r : AGAIN(sys->ops->publish(sys, path));
}

int sys_unstage(struct sys *sys, const char *path)
{
	int r = may_change(sys, path);

	return r < 0 ? r : AGAIN(sys->ops->unstage(sys, path));
}

int sys_sync(struct sys *sys)
{
	return sys->writable ? AGAIN(sys->ops->sync(sys)) : -EROFS;
}

int sys_syncdir(struct sys *sys, const char *path)
{
	int r = may_change(sys, path);

	return r < 0 ? r : AGAIN(sys->ops->syncdir(sys, path));
}

int sys_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	int r = sys->ops->overwrite ? may_change(sys, path) : -ENOSYS;

	return r < 0 ? r : AGAIN(sys->ops->overwrite(sys, path, bytes, len));
}

int sys_lock(struct sys *sys, const char *path, const char *content)
{
	int r = may_change(sys, path);

	return r < 0 ? r : AGAIN(sys->ops->lock(sys, path, content));
}

bool sys_locked(struct sys *sys, const char *path)
{
	return sys_path_ok(path) && sys->ops->locked && sys->ops->locked(sys, path) == 1;
}

int sys_load_module(struct sys *sys, const char *name)
{
	return sys->writable ? AGAIN(sys->ops->load_module(sys, name)) : -EROFS;
}

int sys_messages(struct sys *sys, struct buf *ret)
{
	return sys->ops->messages ? sys->ops->messages(sys, ret) : sys_read(sys, "/dev/kmsg", ret);
}

int sys_read_line(struct sys *sys, const char *path, struct buf *ret)
{
	size_t from = ret->len;
	int r = sys_read(sys, path, ret);

	if (r < 0)
		return r;
	if (ret->len > from && ret->data[ret->len - 1] == '\n')
		ret->data[--ret->len] = '\0';
	return 0;
}

int sys_read_ul(struct sys *sys, const char *path, int base, unsigned long *ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	unsigned long value;
	char *end;
	int r = sys_read_line(sys, path, &b);

	if (r < 0)
		return r;
	errno = 0;
	value = strtoul(buf_str(&b), &end, base);
	/* strtoul takes "-1" for the highest number. */
	if (errno || end == buf_str(&b) || *end || strchr(buf_str(&b), '-'))
		return -EINVAL;
	*ret = value;
	return 0;
}

int sys_read_base(struct sys *sys, const char *path, struct buf *ret)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	const char *slash;
	int r = sys_readlink(sys, path, &target);

	if (r < 0)
		return r;
	slash = strrchr(buf_str(&target), '/');
	return buf_adds(ret, slash ? slash + 1 : buf_str(&target));
}

int sys_wait(struct sys *sys, int (*done)(void *arg), void *arg, int deadline_ms)
{
	long end = now_ms() + deadline_ms, left = deadline_ms;
	int pause = 1, r;

	/*
	 * The last look is after the deadline, however long the one before it and the pause took. An event only
	 * shortens the pause: it stays in the queue for sys_watch, so a readable descriptor says nothing new the
	 * second time, and the pause then grows by itself.
	 */
	while ((r = done(arg)) == 0) {
		struct pollfd p = { .fd = pause == 1 ? sys->fd : -1, .events = POLLIN };

		if (left <= 0)
			return -ETIMEDOUT;
		poll(&p, 1, (int)MIN((long)pause, left));
		left = end - now_ms();
		/* An effect that is under way is waited for, whatever was asked. */
		if (pause == 200 && sys->waiting)
			sys->waiting(sys->waiting_arg, false);
		pause = MIN(pause * 2, 200);
	}
	return r < 0 ? r : 0;
}
