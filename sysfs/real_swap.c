/* SPDX-License-Identifier: MIT */
/*
 * Bringing a staged file to its name where other programs write, too. Looking first and renaming then would leave room
 * between the two; so both names are exchanged in one step, what came out is looked at, and put back if it is not what
 * was there when the file was staged.
 *
 * What remains: a program that had the file open before, and writes to it after we have looked, writes to the old one.
 */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* 0 with the bytes; -ENOENT: there is none. */
static int bytes_at(int dir, const char *base, struct buf *ret)
{
	CLEANUP(closep)
	int fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n = 1;
	int r = fd < 0 ? -errno : real_check_regular(fd);

	while (r == 0 && n > 0) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			r = -errno;
		else if (ret->len + (size_t)n > SYS_VALUE_MAX)
			r = -EFBIG;
		else
			r = buf_add(ret, chunk, (size_t)n);
	}
	return r;
}

int real_note(struct staged *s, int dir, const char *base)
{
	int r = bytes_at(dir, base, &s->was);

	s->there = r == 0;
	return r == -ENOENT ? 0 : r;
}

/* Is what has this name what was there when the file was staged? 0, -ESTALE, -errno. */
static int compare(const struct staged *s, int dir, const char *base)
{
	CLEANUP(buf_done) struct buf is = { 0 };
	int r = bytes_at(dir, base, &is);

	if (r == -ENOENT)
		return s->there ? -ESTALE : 0;
	if (r < 0)
		return r == -ENOMEM ? r : -ESTALE;
	return s->there && is.len == s->was.len && !memcmp(buf_str(&is), buf_str(&s->was), is.len)
		       ? 0
		       : -ESTALE;
}

/* A file system without exchanging: FUSE, NFS. */
static bool cannot(int err)
{
	return err == EINVAL || err == ENOSYS || err == ENOTSUP;
}

static int look_and_rename(const struct staged *s, int from_dir, const char *from, int dir,
			   const char *base)
{
	int r = compare(s, dir, base);

	if (r == 0 && renameat(from_dir, from, dir, base) < 0)
		r = -errno;
	return r;
}

static int bring_new(const struct staged *s, int from_dir, const char *from, int dir,
		     const char *base)
{
	if (renameat2(from_dir, from, dir, base, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return -ESTALE;
	return cannot(errno) ? look_and_rename(s, from_dir, from, dir, base) : -errno;
}

int real_bring(const struct staged *s, int from_dir, const char *from, int dir, const char *base)
{
	int r;

	if (!s->there)
		return bring_new(s, from_dir, from, dir, base);
	if (renameat2(from_dir, from, dir, base, RENAME_EXCHANGE) < 0) {
		if (cannot(errno))
			return look_and_rename(s, from_dir, from, dir, base);
		/* Ours was staged; it's the other one that is gone. */
		return errno == ENOENT ? -ESTALE : -errno;
	}
	r = compare(s, from_dir, from);
	if (r == 0)
		return unlinkat(from_dir, from, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (renameat2(from_dir, from, dir, base, RENAME_EXCHANGE) < 0)
		return -errno;
	return r;
}

int real_take_away(const struct staged *s, int aside_dir, const char *aside, int dir,
		   const char *base)
{
	int r;

	if (!s->there)
		return compare(s, dir, base);
	unlinkat(aside_dir, aside, 0);
	if (renameat2(dir, base, aside_dir, aside, RENAME_NOREPLACE) < 0) {
		if (errno == ENOENT)
			return 0;
		if (!cannot(errno))
			return -errno;
		r = compare(s, dir, base);
		return r == 0 && unlinkat(dir, base, 0) < 0 ? -errno : r;
	}
	r = compare(s, aside_dir, aside);
	if (r == 0)
		return unlinkat(aside_dir, aside, 0) < 0 ? -errno : 0;
	/* They may have made it anew meanwhile: that is the newer one. */
	if (renameat2(aside_dir, aside, dir, base, RENAME_NOREPLACE) < 0 && errno == EEXIST)
		unlinkat(aside_dir, aside, 0);
	return r;
}
