/* SPDX-License-Identifier: MIT */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>

/* 0 or more: a descriptor; -EAGAIN: something was renamed meanwhile too often to tell where ".." leads. */
static int open_in_root(int root, const char *path, int flags, bool same_fs)
{
	struct open_how how = { .flags = (unsigned)flags,
				.resolve = RESOLVE_IN_ROOT | (same_fs ? RESOLVE_NO_XDEV : 0) };
	long fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}
#else
static int open_in_root(int root, const char *path, int flags, bool same_fs)
{
	(void)same_fs;
	(void)root;
	(void)path;
	(void)flags;
	return -ENOSYS;
}
#endif

/*
 * Only downwards and through no link, which for a foreign tree the kernel itself must promise. It need not look for ".."
 * where there is none: RESOLVE_BENEATH makes an open a twentieth dearer.
 */
static int open_below(int dir, const char *name, int flags)
{
#ifdef RESOLVE_BENEATH
	struct open_how how = { .flags = (unsigned)flags,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	long fd;

	if (name[0] == '/' || strstr(name, ".."))
		return -EXDEV;
	fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
#else
	(void)dir;
	(void)name;
	(void)flags;
	return -ENOSYS;
#endif
}

int real_open_at(const struct real *r, int dir, const char *name)
{
	struct stat st;
	int fd;

	/* Our own kernel's attributes lead nowhere else and do nothing when they are opened. */
	if (r->host) {
		fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	if (!r->no_devices) {
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (!S_ISREG(st.st_mode))
			return -EINVAL;
	}
	return open_below(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int real_open_dir_at(const struct real *r, int dir, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd;

	if (!r->host)
		return open_below(dir, name, flags);
	fd = openat(dir, name, flags);
	return fd < 0 ? -errno : fd;
}

bool real_can_openat2(int root)
{
	CLEANUP(closep) int fd = open_in_root(root, ".", O_PATH | O_CLOEXEC, false);

	return fd >= 0;
}

/*
 * The same by hand: every component is opened below its parent without following links, and links are
 * put in front of what remains of the path. dirs[] is how ".." finds back without asking the file system,
 * so it can't lead above the root.
 */
enum { WALK_DEPTH = 64, WALK_LINKS = 40 };

struct walk {
	int dirs[WALK_DEPTH]; /* [0] is the root's, not ours */
	int depth;
	int links;	 /* followed so far */
	struct buf rest; /* still to go */
	size_t at;
	char name[256]; /* component at hand */
};

static void walk_done(struct walk *w)
{
	while (w->depth > 0)
		close(w->dirs[w->depth--]);
	buf_done(&w->rest);
}

/* The next component into w->name: 1; the end: 0. */
static int walk_next(struct walk *w, bool *ret_last)
{
	const char *s = buf_str(&w->rest) + w->at;
	size_t n;

	s += strspn(s, "/");
	n = strcspn(s, "/");
	if (n == 0)
		return 0;
	if (n >= sizeof(w->name))
		return -ENAMETOOLONG;
	memcpy(w->name, s, n);
	w->name[n] = '\0';
	w->at = (size_t)(s - buf_str(&w->rest)) + n;
	*ret_last = s[n + strspn(s + n, "/")] == '\0';
	return 1;
}

/* Puts a link's target in the place of the component. */
static int walk_link(struct walk *w, const char *target, size_t len)
{
	CLEANUP(buf_done) struct buf rest = { 0 };

	if (++w->links > WALK_LINKS)
		return -ELOOP;
	if (len == 0)
		return -ENOENT;
	if (buf_add(&rest, target, len) < 0 || buf_addc(&rest, '/') < 0 ||
	    buf_adds(&rest, buf_str(&w->rest) + w->at) < 0)
		return -ENOMEM;
	if (rest.len >= 1 << 16)
		return -ENAMETOOLONG;
	buf_done(&w->rest);
	w->rest = rest;
	rest = (struct buf){ 0 };
	w->at = 0;
	while (target[0] == '/' && w->depth > 0)
		close(w->dirs[w->depth--]);
	return 0;
}

static int walk_down(struct walk *w)
{
	int fd;

	if (w->depth + 1 >= WALK_DEPTH)
		return -ENAMETOOLONG;
	fd = openat(w->dirs[w->depth], w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	w->dirs[++w->depth] = fd;
	return 0;
}

/* One component. 1: it is the last and is w->name below dirs[depth]; 0: go on. */
static int walk_step(struct walk *w, bool last, bool follow)
{
	char target[4096];
	ssize_t n;

	if (str_eq(w->name, "."))
		return last ? 1 : 0;
	if (str_eq(w->name, "..")) {
		if (w->depth > 0)
			close(w->dirs[w->depth--]);
		strcpy(w->name, ".");
		return last ? 1 : 0;
	}
	if (last && !follow)
		return 1;
	n = readlinkat(w->dirs[w->depth], w->name, target, sizeof(target));
	if (n == (ssize_t)sizeof(target))
		return -ENAMETOOLONG;
	if (n >= 0)
		return walk_link(w, target, (size_t)n);
	if (errno != EINVAL)
		return -errno;
	return last ? 1 : walk_down(w);
}

static int open_by_walk(int root, const char *path, int flags)
{
	CLEANUP(walk_done) struct walk w = { .dirs = { root }, .name = "." };
	bool last = false;
	int r, fd;

	if (buf_adds(&w.rest, path) < 0)
		return -ENOMEM;
	while ((r = walk_next(&w, &last)) > 0) {
		r = walk_step(&w, last, !(flags & O_NOFOLLOW));
		if (r != 0)
			break;
	}
	if (r < 0)
		return r;
	if (r == 0) /* a link to "/" ends without a last component */
		strcpy(w.name, ".");
	fd = openat(w.dirs[w.depth], w.name, flags | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int real_open(struct real *r, const char *path, int flags)
{
	flags |= O_CLOEXEC;
	if (r->no_openat2)
		return open_by_walk(r->root, path, flags);
	return open_in_root(r->root, path, flags, false);
}

static int told(int fd, int how, struct statx *ret)
{
	const unsigned what =
		STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID | STATX_SIZE | STATX_INO;

	return statx(fd, "", AT_EMPTY_PATH | how, what, ret) < 0 ? -errno : 0;
}

int real_told(int fd, struct statx *ret)
{
	return told(fd, AT_STATX_DONT_SYNC, ret);
}

int real_tells(int fd, struct statx *ret)
{
	return told(fd, 0, ret);
}

int real_check_size(int fd, size_t *ret_size)
{
	struct statx st;
	int r = real_told(fd, &st);

	if (r < 0)
		return r;
	if (S_ISDIR(st.stx_mode))
		return -EISDIR;
	if (!S_ISREG(st.stx_mode))
		return -EINVAL;
	*ret_size = (size_t)st.stx_size;
	return 0;
}

int real_check_regular(int fd)
{
	size_t size;

	return real_check_size(fd, &size);
}

/*
 * Opening a device node can already do something, so a foreign tree is looked at first; unless it is mounted so that they
 * can't be opened, and the path stays on that mount.
 */
static int open_looking(struct real *r, const char *path, int flags)
{
	int fd, ret;

	if (r->no_devices && !r->no_openat2) {
		fd = open_in_root(r->root, path, flags | O_NONBLOCK | O_CLOEXEC, true);
		/* Only the open must not wait, for the other end of a pipe. */
		if (fd >= 0 && !(flags & O_NONBLOCK))
			fcntl(fd, F_SETFL, 0);
		if (fd >= 0 || fd == -ENOENT)
			return fd;
	}
	fd = real_open(r, path, O_PATH);
	ret = fd < 0 ? fd : real_check_regular(fd);
	closep(&fd);
	return ret < 0 ? ret : real_open(r, path, flags);
}

static int open_file(struct real *r, const char *path, int flags)
{
	flags |= O_NOCTTY;
	return r->host ? real_open(r, path, flags) : open_looking(r, path, flags);
}

int real_open_file(struct real *r, const char *path, int flags)
{
	CLEANUP(closep) int fd = -1;
	int ret;

	fd = open_file(r, path, flags);
	if (fd < 0)
		return fd;
	ret = real_check_regular(fd);
	if (ret < 0)
		return ret;
	ret = fd;
	fd = -1;
	return ret;
}

int real_open_to_read(struct real *r, const char *path)
{
	return open_file(r, path, O_RDONLY | O_NONBLOCK);
}
