/* SPDX-License-Identifier: MIT */
/*
 * Files that survive a reboot. The new content stands complete on the disk, under a name that the
 * readers of its directory ignore, before the first file of a commit gets its real name.
 */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MDEVCTL "/etc/mdevctl.d/"

int real_write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * The name is the same each time, so what a crash leaves behind is at most one file, and the next
 * commit replaces it. mdevctl takes every file of a parent's directory for a definition, and one that it can't
 * read breaks all of them; directly in /etc/mdevctl.d it looks at directories only.
 */
static char *temp_path(const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *base = strrchr(path, '/') + 1;
	const char *parent = str_starts(path, MDEVCTL) ? path + strlen(MDEVCTL) : NULL;
	int r;

	if (parent && parent < base)
		r = buf_printf(&b, MDEVCTL ".%.*s.%s.vfiocfg", (int)(base - parent - 1), parent,
			       base);
	else
		r = buf_printf(&b, "%.*s.%s.vfiocfg", (int)(base - path), path, base);
	return r < 0 ? NULL : buf_take(&b);
}

static struct staged *find(struct real *r, const char *path)
{
	for (size_t i = 0; i < r->n_staged; i++)
		if (str_eq(r->staged[i].path, path))
			return &r->staged[i];
	return NULL;
}

static void forget(struct real *r, struct staged *s)
{
	free(s->path);
	free(s->temp);
	buf_done(&s->was);
	*s = r->staged[--r->n_staged];
}

/* The owner first: a file of another's must not be shown to more than it was. */
static int give_to(int fd, const struct sys_stat *as)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid != as->uid || st.st_gid != as->gid) && fchown(fd, as->uid, as->gid) < 0)
		return -errno;
	return fchmod(fd, as->mode & 0777) < 0 ? -errno : 0;
}

/* Writes content to a new file; on failure none is left. */
static int write_temp(int dir, const char *base, const struct sys_stat *as, const char *value,
		      size_t len)
{
	CLEANUP(closep) int fd = -1;
	int r;

	if (unlinkat(dir, base, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = real_write_all(fd, value, len);
	if (r == 0)
		r = give_to(fd, as);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	fd = -1;
	if (r < 0)
		unlinkat(dir, base, 0);
	return r;
}

/* Can a rename bring it there? And is what it replaces a file? Then the new one is for the same people. */
static int check_target(int temp_dir, int dir, const char *base, struct sys_stat *ret)
{
	struct stat a, b, old;

	if (fstat(temp_dir, &a) < 0 || fstat(dir, &b) < 0)
		return -errno;
	if (a.st_dev != b.st_dev)
		return -EXDEV;
	*ret = (struct sys_stat){ SYS_NONE, 0644, geteuid(), getegid() };
	if (fstatat(dir, base, &old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(old.st_mode))
		return -ELOOP;
	if (!S_ISREG(old.st_mode))
		return -EINVAL;
	*ret = (struct sys_stat){ SYS_FILE, old.st_mode, old.st_uid, old.st_gid };
	return 0;
}

static int stage_value(struct real *r, struct staged *s, const char *value, size_t len,
		       const struct sys_stat *as)
{
	CLEANUP(closep) int dir = -1;
	CLEANUP(closep) int temp_dir = -1;
	const char *base = NULL, *temp_base = NULL;
	struct sys_stat old = { 0 };
	int ret;

	s->temp = temp_path(s->path);
	if (!s->temp)
		return -ENOMEM;
	dir = real_open_parent(r, s->path, true, &s->made, &base);
	if (dir < 0)
		return dir;
	temp_dir = real_open_parent(r, s->temp, true, NULL, &temp_base);
	if (temp_dir < 0)
		return temp_dir;
	ret = check_target(temp_dir, dir, base, &old);
	if (ret == 0 && s->shared)
		ret = real_note(s, dir, base);
	return ret < 0 ? ret : write_temp(temp_dir, temp_base, as ? as : &old, value, len);
}

/* A file to be removed must be one; that there is none is fine already. */
static int stage_removal(struct real *r, struct staged *s)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, s->path, false, NULL, &base);
	struct sys_stat old;
	int ret;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	ret = check_target(dir, dir, base, &old);
	return ret == 0 && s->shared ? real_note(s, dir, base) : ret;
}

/* Directories that were made for a file are removed again, as far as they are empty. */
static void unmake_dirs(struct real *r, const struct staged *s)
{
	CLEANUP(freep) char *path = s->made ? strdup(s->path) : NULL;
	char *slash;

	while (path && (slash = strrchr(path, '/')) != NULL && (size_t)(slash - path) >= s->made) {
		const char *base = NULL;
		CLEANUP(closep) int dir = -1;

		*slash = '\0';
		dir = real_open_parent(r, path, false, NULL, &base);
		if (dir < 0 || unlinkat(dir, base, AT_REMOVEDIR) < 0)
			return;
	}
}

static void drop(struct real *r, struct staged *s)
{
	if (s->temp) {
		const char *base = NULL;
		CLEANUP(closep) int dir = real_open_parent(r, s->temp, false, NULL, &base);

		if (dir >= 0)
			unlinkat(dir, base, 0);
	}
	unmake_dirs(r, s);
	forget(r, s);
}

int real_stage(struct sys *sys, const char *path, const char *value, size_t len,
	       const struct sys_stat *as)
{
	struct real *r = real_of(sys);
	struct staged *s;
	int ret;

	real_unstage(sys, path);
	if (array_grow(&r->staged, r->n_staged, &r->cap_staged, sizeof(*r->staged)) < 0)
		return -ENOMEM;
	s = &r->staged[r->n_staged];
	*s = (struct staged){ .path = strdup(path), .shared = str_starts(path, "/etc/") };
	if (!s->path)
		return -ENOMEM;
	r->n_staged++;
	ret = value ? stage_value(r, s, value, len, as) : stage_removal(r, s);
	if (ret < 0)
		drop(r, s);
	return ret;
}

static int move(struct real *r, const struct staged *s)
{
	const char *base = NULL, *to_base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, s->temp, false, NULL, &base);
	CLEANUP(closep) int to_dir = real_open_parent(r, s->path, false, NULL, &to_base);

	if (dir < 0 || to_dir < 0)
		return dir < 0 ? dir : to_dir;
	if (s->shared)
		return real_bring(s, dir, base, to_dir, to_base);
	return renameat(dir, base, to_dir, to_base) < 0 ? -errno : 0;
}

static int take_away(struct real *r, const struct staged *s)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, s->path, false, NULL, &base);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (s->shared) {
		CLEANUP(freep) char *aside = temp_path(s->path);
		const char *aside_base = NULL;
		CLEANUP(closep) int aside_dir = -1;

		if (!aside)
			return -ENOMEM;
		aside_dir = real_open_parent(r, aside, false, NULL, &aside_base);
		return aside_dir < 0 ? aside_dir
				     : real_take_away(s, aside_dir, aside_base, dir, base);
	}
	return unlinkat(dir, base, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int real_publish(struct sys *sys, const char *path)
{
	struct real *r = real_of(sys);
	struct staged *s = find(r, path);
	int ret;

	if (!s)
		return -ENOENT;
	ret = s->temp ? move(r, s) : take_away(r, s);
	if (ret == 0)
		forget(r, s);
	return ret;
}

/* What a process that was killed has staged for the path. */
static void drop_left(struct real *r, const char *path)
{
	CLEANUP(freep) char *temp = temp_path(path);
	CLEANUP(closep) int dir = -1;
	const char *base = NULL;

	if (temp)
		dir = real_open_parent(r, temp, false, NULL, &base);
	if (dir >= 0)
		unlinkat(dir, base, 0);
}

int real_unstage(struct sys *sys, const char *path)
{
	struct staged *s = find(real_of(sys), path);

	if (s)
		drop(real_of(sys), s);
	else
		drop_left(real_of(sys), path);
	return 0;
}

void real_unstage_all(struct real *r)
{
	while (r->n_staged > 0)
		drop(r, &r->staged[r->n_staged - 1]);
}

int real_syncdir(struct sys *sys, const char *path)
{
	CLEANUP(closep) int fd = real_open_own_dir(real_of(sys), path);

	if (fd < 0)
		return fd;
	/* EINVAL: a file system that has nothing to sync, as sysfs and some FUSE ones. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}
