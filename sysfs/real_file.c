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
enum { UNSYNCED_MAX = 256 }; /* files that are kept open until they are synced together */

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
	r->n_unsynced -= s->fd >= 0;
	closep(&s->fd);
	buf_done(&s->was);
	*s = r->staged[--r->n_staged];
}

/* The owner first: a file of another's must not be shown to more than it was. */
static int give_to(int fd, const struct sys_stat *as)
{
	struct statx st;
	int r = real_told(fd, &st);

	if (r < 0)
		return r;
	if ((st.stx_uid != as->uid || st.stx_gid != as->gid) && fchown(fd, as->uid, as->gid) < 0)
		return -errno;
	if ((st.stx_mode & 07777) != (as->mode & 0777) && fchmod(fd, as->mode & 0777) < 0)
		return -errno;
	return 0;
}

/* A new file, whatever was left at its name. Only what all may read is shown before it has its owner. */
static int create(int dir, const char *base, const struct sys_stat *as)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	mode_t mode = (as->mode & 0777) == 0644 ? 0644 : 0600;
	int fd = openat(dir, base, flags, mode);

	if (fd >= 0 || errno != EEXIST)
		return fd < 0 ? -errno : fd;
	if (unlinkat(dir, base, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, base, flags, mode);
	return fd < 0 ? -errno : fd;
}

/* Writes content to a new file, its descriptor or -errno; on failure none is left. */
static int write_temp(int dir, const char *base, const struct sys_stat *as, const char *value,
		      size_t len)
{
	int fd = create(dir, base, as), r;

	if (fd < 0)
		return fd;
	r = real_write_all(fd, value, len);
	if (r == 0)
		r = give_to(fd, as);
	if (r < 0) {
		close(fd);
		unlinkat(dir, base, 0);
		return r;
	}
	/* Begins, so that the first fsync of many files finds the others under way. */
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return fd;
}

/* Is what has the name a file, or nothing? Then a new one is for the same people. */
static int check_target(int dir, const char *base, struct sys_stat *ret)
{
	struct stat old;

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
	bool must_be_new = as && as->type == SYS_NONE;
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
	/* Can a rename bring it there? */
	ret = real_same_device(r, s->temp, s->path);
	if (ret <= 0)
		return ret < 0 ? ret : -EXDEV;
	ret = check_target(dir, base, &old);
	if (ret == 0 && old.type == SYS_FILE)
		ret = must_be_new ? -ESTALE : s->shared ? real_note(s, dir, base) : 0;
	if (ret < 0)
		return ret;
	s->fd = write_temp(temp_dir, temp_base, as && !must_be_new ? as : &old, value, len);
	r->n_unsynced += s->fd >= 0;
	return MIN(s->fd, 0);
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
	ret = check_target(dir, base, &old);
	return ret == 0 && s->shared && old.type == SYS_FILE ? real_note(s, dir, base) : ret;
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
		real_forget_dir(r, path);
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

static int sync_staged(struct real *r)
{
	int ret = 0;

	for (size_t i = 0; i < r->n_staged && r->n_unsynced && ret == 0; i++) {
		struct staged *s = &r->staged[i];

		if (s->fd < 0)
			continue;
		ret = fsync(s->fd) < 0 ? -errno : 0;
		if (close(s->fd) < 0 && ret == 0)
			ret = -errno;
		s->fd = -1;
		r->n_unsynced--;
	}
	return ret;
}

int real_stage(struct sys *sys, const char *path, const char *value, size_t len,
	       const struct sys_stat *as)
{
	struct real *r = real_of(sys);
	struct staged *s = find(r, path);
	int ret;

	real_dirs_look_again(r);
	if (s)
		drop(r, s);
	else if (!value)
		drop_left(r, path);
	ret = r->n_unsynced >= UNSYNCED_MAX ? sync_staged(r) : 0;
	if (ret == 0)
		ret = array_grow(&r->staged, r->n_staged, &r->cap_staged, sizeof(*r->staged));
	if (ret < 0)
		return ret;
	s = &r->staged[r->n_staged];
	*s = (struct staged){ .path = strdup(path), .fd = -1, .shared = str_starts(path, "/etc/") };
	if (!s->path)
		return -ENOMEM;
	r->n_staged++;
	ret = value ? stage_value(r, s, value, len, as) : stage_removal(r, s);
	if (ret < 0)
		drop(r, s);
	return ret;
}

int real_sync(struct sys *sys)
{
	struct real *r = real_of(sys);
	int ret = sync_staged(r);

	return ret < 0 ? ret : real_sync_dirs(r);
}

static int move(struct real *r, const struct staged *s)
{
	const char *base = NULL, *to_base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, s->temp, false, NULL, &base);
	CLEANUP(closep) int to_dir = real_open_parent(r, s->path, false, NULL, &to_base);
	int ret = dir < 0 ? dir : to_dir < 0 ? to_dir : real_mark_dirty(r, s->path);

	if (ret < 0)
		return ret;
	if (s->shared)
		return real_bring(s, dir, base, to_dir, to_base);
	return renameat(dir, base, to_dir, to_base) < 0 ? -errno : 0;
}

static int take_away(struct real *r, const struct staged *s)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, s->path, false, NULL, &base);
	int ret = dir < 0 ? dir : real_mark_dirty(r, s->path);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
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
	ret = s->fd >= 0 ? sync_staged(r) : 0;
	if (ret == 0)
		ret = s->temp ? move(r, s) : take_away(r, s);
	if (r->open_path && str_eq(r->open_path, path))
		real_close_file(r);
	if (ret == 0)
		forget(r, s);
	return ret;
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

	return fd < 0 ? fd : real_sync_fd(fd);
}

void real_close_file(struct real *r)
{
	closep(&r->open_file);
	free(r->open_path);
	r->open_path = NULL;
}

/* Kept open: it is overwritten many times, and only this program gives its name to another file. */
static int open_to_overwrite(struct real *r, const char *path, size_t len)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, path, false, NULL, &base);
	struct stat st;
	int ret;

	if (dir < 0)
		return dir;
	real_close_file(r);
	r->open_file = openat(dir, base, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (r->open_file < 0)
		return -errno;
	ret = fstat(r->open_file, &st) < 0		? -errno
	      : !S_ISREG(st.st_mode) || st.st_nlink > 1 ? -EINVAL
	      : st.st_size != (off_t)len		? -ERANGE
							: 0;
	r->open_path = ret == 0 ? strdup(path) : NULL;
	r->open_len = len;
	if (r->open_path)
		return 0;
	real_close_file(r);
	return ret < 0 ? ret : -ENOMEM;
}

int real_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	struct real *r = real_of(sys);
	bool open = r->open_path && str_eq(r->open_path, path) && r->open_len == len;
	int ret = open ? 0 : open_to_overwrite(r, path, len);
	ssize_t n;

	if (ret < 0)
		return ret;
	n = pwrite(r->open_file, bytes, len, 0);
	if (n < 0)
		return -errno;
	return n == (ssize_t)len ? 0 : -EIO;
}
