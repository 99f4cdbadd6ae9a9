/* SPDX-License-Identifier: MIT */
/*
 * Directories on the way to files of ours: reached through no link, and changed by nobody but root and us. While a file is staged
 * or a directory is not synced each is looked at once and kept open, so that many files cost no more than their directories.
 */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { DIRS_MAX = 256 }; /* about so many are kept open */

struct own_dir {
	char *path; /* "" is the root */
	int fd;
	dev_t dev;
	ino_t ino;
	bool dirty; /* names in it have changed since it was synced */
};

static int open_dir_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	/* A link gives ELOOP or ENOTDIR, by kernel; it is the same refusal. */
	return fd < 0 ? -errno : fd;
}

/* Opens a directory that is made if there is none, whatever the umask. */
static int make_dir_at(int dir, const char *name, bool *ret_made)
{
	bool made = mkdirat(dir, name, 0755) == 0;
	int err = made ? 0 : -errno;
	struct statx st;
	int fd = open_dir_at(dir, name);

	if (fd >= 0 && made && (real_told(fd, &st) < 0 || (st.stx_mode & 07777) != 0755) &&
	    fchmod(fd, 0755) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret_made = made;
	return fd < 0 && err < 0 && err != -EEXIST ? err : fd;
}

/*
 * Whoever may rename in a directory decides what a name there means. A sticky one is fine for locks: ours is a new file in it,
 * and nobody else can take that away.
 */
static int check_dir(const struct statx *st, bool sticky_ok)
{
	if (st->stx_uid != 0 && st->stx_uid != geteuid())
		return -EPERM;
	if ((st->stx_mode & (S_IWGRP | S_IWOTH)) && !(sticky_ok && (st->stx_mode & S_ISVTX)))
		return -EPERM;
	return 0;
}

void real_dirs_forget(struct real *r)
{
	while (r->n_dirs > 0) {
		struct own_dir *d = &r->dirs[--r->n_dirs];

		close(d->fd);
		free(d->path);
	}
	r->dirty = false;
}

void real_dirs_look_again(struct real *r)
{
	if (!r->n_staged && !r->dirty)
		real_dirs_forget(r);
}

static int find_dir(const struct real *r, const char *path, size_t len)
{
	for (size_t i = 0; i < r->n_dirs; i++)
		if (!strncmp(r->dirs[i].path, path, len) && !r->dirs[i].path[len])
			return (int)i;
	return -ENOENT;
}

/* Takes the descriptor. Its index or -errno; the root needs no check, it is what we were told to work in. */
static int add_dir(struct real *r, const char *path, size_t len, int taken, bool made)
{
	CLEANUP(closep) int fd = taken;
	struct own_dir *d;
	struct statx st;
	int ret = made ? real_told(fd, &st) : real_tells(fd, &st);

	/* On many systems everybody may make locks. */
	if (ret == 0 && len)
		ret = check_dir(&st, str_starts(path, "/run/lock/"));
	if (ret == 0)
		ret = array_grow(&r->dirs, r->n_dirs, &r->cap_dirs, sizeof(*r->dirs));
	if (ret < 0)
		return ret;
	d = &r->dirs[r->n_dirs];
	*d = (struct own_dir){ strndup(path, len), fd, makedev(st.stx_dev_major, st.stx_dev_minor),
			       st.stx_ino, false };
	if (!d->path)
		return -ENOMEM;
	fd = -1;
	return (int)r->n_dirs++;
}

/* From a directory into the next one of a path: its name ends at len. */
static int descend(struct real *r, int from, const char *path, size_t len, bool make,
		   bool *ret_made)
{
	const char *start = path + strlen(r->dirs[from].path) + 1;
	size_t n = (size_t)(path + len - start);
	char name[256];
	bool made = false;
	int fd;

	if (n >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, start, n);
	name[n] = '\0';
	fd = make ? make_dir_at(r->dirs[from].fd, name, &made)
		  : open_dir_at(r->dirs[from].fd, name);
	if (fd >= 0 && made)
		*ret_made = r->dirs[from].dirty = r->dirty = true;
	return fd < 0 ? fd : add_dir(r, path, len, fd, made);
}

/* The directory that is the first len bytes of a path: its index or -errno. */
static int own_dir(struct real *r, const char *path, size_t len, bool make, size_t *ret_made)
{
	size_t at = len, first = 0;
	int i, ret;

	if (r->n_dirs >= DIRS_MAX) {
		ret = real_sync_dirs(r);
		if (ret < 0)
			return ret;
	} else {
		real_dirs_look_again(r);
	}
	while ((i = find_dir(r, path, at)) < 0 && at > 0)
		while (path[--at] != '/')
			;
	if (i < 0) {
		i = open_dir_at(r->root, ".");
		i = i < 0 ? i : add_dir(r, path, 0, i, false);
	}
	while (i >= 0 && at < len) {
		bool made = false;

		at += 1 + strcspn(path + at + 1, "/");
		i = descend(r, i, path, MIN(at, len), make, &made);
		if (made && !first)
			first = at;
	}
	if (i >= 0 && ret_made)
		*ret_made = first;
	return i;
}

static int open_index(const struct real *r, int i)
{
	int fd = i < 0 ? i : fcntl(r->dirs[i].fd, F_DUPFD_CLOEXEC, 0);

	return fd < 0 && i >= 0 ? -errno : fd;
}

static size_t parent_len(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

int real_open_parent(struct real *r, const char *path, bool make, size_t *ret_made,
		     const char **ret_base)
{
	int fd = open_index(r, own_dir(r, path, parent_len(path), make, ret_made));

	if (fd >= 0)
		*ret_base = path + parent_len(path) + 1;
	return fd;
}

int real_open_own_dir(struct real *r, const char *path)
{
	return open_index(r, own_dir(r, path, strlen(path), false, NULL));
}

int real_mark_dirty(struct real *r, const char *path)
{
	int i = own_dir(r, path, parent_len(path), false, NULL);

	if (i < 0)
		return i;
	r->dirs[i].dirty = r->dirty = true;
	return 0;
}

int real_same_device(struct real *r, const char *a, const char *b)
{
	int i = own_dir(r, a, parent_len(a), false, NULL);
	dev_t dev = i < 0 ? 0 : r->dirs[i].dev;
	int k = i < 0 ? i : own_dir(r, b, parent_len(b), false, NULL);

	return k < 0 ? k : r->dirs[k].dev == dev;
}

/* Does its name still lead there? What was put into another one is not where everybody looks for it. */
static int check_place(const struct real *r, const struct own_dir *d)
{
	size_t up = d->path[0] ? parent_len(d->path) : 0;
	int parent = d->path[0] ? find_dir(r, d->path, up) : -ENOENT;
	struct stat st;

	if (parent < 0)
		return 0;
	if (fstatat(r->dirs[parent].fd, d->path + up + 1, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return st.st_dev == d->dev && st.st_ino == d->ino ? 0 : -ESTALE;
}

int real_sync_fd(int fd)
{
	/* EINVAL: a file system that has nothing to sync, as sysfs and some FUSE ones. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

int real_sync_dirs(struct real *r)
{
	int ret = 0;

	for (size_t i = 0; i < r->n_dirs && r->dirty && ret == 0; i++) {
		struct own_dir *d = &r->dirs[i];

		if (d->dirty || !r->n_staged)
			ret = check_place(r, d);
		if (ret == 0 && d->dirty)
			ret = real_sync_fd(d->fd);
		d->dirty = d->dirty && ret < 0;
	}
	if (ret == 0)
		r->dirty = false;
	if (ret < 0 || !r->n_staged || r->n_dirs >= DIRS_MAX)
		real_dirs_forget(r);
	return ret;
}

void real_forget_dir(struct real *r, const char *path)
{
	int i = find_dir(r, path, strlen(path));

	if (i < 0)
		return;
	close(r->dirs[i].fd);
	free(r->dirs[i].path);
	r->dirs[i] = r->dirs[--r->n_dirs];
}
