/* SPDX-License-Identifier: MIT */
#include "real_in.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NAMES_MAX = 16 << 20, HELD_UP_MS = 10000 };

/* On failure the caller's buffer is as it was. */
static void buf_cut(struct buf *b, size_t len)
{
	if (!b->data)
		return;
	b->len = len;
	b->data[len] = '\0';
}

/* By the system call: opendir(3) asks each directory three more questions, and all of a machine's are listed. */
static int add_names(int dir, struct buf *names)
{
	_Alignas(struct dirent64) char page[32768];
	ssize_t n;

	while ((n = getdents64(dir, page, sizeof(page))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(page + at);

			at += e->d_reclen;
			if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
				continue;
			if (buf_add_name(names, e->d_name) < 0)
				return -ENOMEM;
			if (names->len > NAMES_MAX)
				return -EFBIG;
		}
	return n < 0 ? -errno : 0;
}

/* Takes the descriptor, which may be -errno. */
static int list(int dir, struct buf *ret_names)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(closep) int fd = dir;
	int r = fd < 0 ? fd : add_names(fd, &names);

	if (r == 0)
		r = buf_sort_names(&names);
	if (r == 0)
		r = buf_add(ret_names, buf_str(&names), names.len);
	return r;
}

static int real_list(struct sys *sys, const char *path, struct buf *ret_names)
{
	return list(real_open(real_of(sys), path, O_RDONLY | O_DIRECTORY | O_NONBLOCK), ret_names);
}

static int real_list_at(const struct sys *sys, int dir, const char *name, struct buf *ret_names)
{
	return list(real_open_dir_at((const struct real *)(const void *)sys, dir, name), ret_names);
}

/*
 * once: an attribute of sysfs is a page at most, and one read(2) gives all of it. size: what a file on a disk is said to be, so
 * that it is not asked for more.
 */
static int read_all(int fd, bool once, size_t size, size_t most, struct buf *ret)
{
	enum { ATTRIBUTE = 4096 };
	char page[16384];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, page, sizeof(page));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		total += (size_t)n;
		if (total > most)
			return -EFBIG;
		if (buf_add(ret, page, (size_t)n) < 0)
			return -ENOMEM;
		if (once ? n < ATTRIBUTE : n < (ssize_t)sizeof(page) && total == size)
			return 0;
	}
}

/* What gives nothing to read may be something else than a file. */
static int real_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	struct real *r = real_of(sys);
	CLEANUP(closep) int fd = real_open_to_read(r, path);
	bool once = str_starts(path, "/sys/");
	size_t most = str_starts(path, SYS_OWN_FILES) ? SYS_OWN_MAX : SYS_VALUE_MAX;
	size_t from = ret_value->len, size = 0;
	int ret = MIN(fd, 0);

	/* Of a tree without devices nothing else is open that gives anything. */
	if (ret == 0 && !(once && r->no_devices))
		ret = real_check_size(fd, &size);
	if (ret == 0)
		ret = real_asks(path) ? real_ask(r, path, fd, ret_value)
				      : read_all(fd, once, size, most, ret_value);
	if (fd >= 0 && (ret < 0 || ret_value->len == from)) {
		int checked = real_check_regular(fd);

		ret = checked < 0 ? checked : ret;
	}
	if (ret < 0)
		buf_cut(ret_value, from);
	return ret;
}

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static int real_lines(struct sys *sys, const char *path, void (*line)(void *arg, char *line),
		      void *arg)
{
	CLEANUP(fclosep) FILE *f = NULL;
	int fd = real_open_file(real_of(sys), path, O_RDONLY | O_NONBLOCK);
	bool whole = true; /* what comes next begins a line */
	char text[4096];

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (fgets(text, sizeof(text), f)) {
		size_t n = strlen(text);
		bool ends = n && text[n - 1] == '\n';

		if (ftello(f) > SYS_LINES_MAX)
			return -EFBIG;
		text[n - ends] = '\0';
		if (whole && (ends || feof(f)))
			line(arg, text);
		whole = ends;
	}
	return ferror(f) ? -EIO : 0;
}

static bool refuses_devices(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_NODEV;
}

/* Where the kernel can't promise that nothing leads out of a foreign tree each path is walked. */
static int real_dir(struct sys *sys, const char *path)
{
	struct real *r = real_of(sys);
	CLEANUP(closep) int fd = -1;
	int ret;

	if (!r->host && r->no_openat2)
		return -ENOSYS;
	fd = real_open(r, path, O_PATH | O_DIRECTORY);
	if (fd >= 0 && r->no_devices && !refuses_devices(fd))
		return -ENOSYS; /* another file system is mounted there */
	ret = fd;
	fd = -1;
	return ret;
}

static long real_read_at(const struct sys *sys, int dir, const char *name, char *bytes, size_t size)
{
	const struct real *r = (const struct real *)(const void *)sys;
	/* What is waited for is read by its path, with a deadline. */
	int fd = str_eq(name, REAL_ASKED) ? -EOPNOTSUPP : real_open_at(r, dir, name);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	n = n < 0 ? -errno : n;
	/* A pipe that nobody writes to is empty as well. */
	if (n == 0 && !r->host)
		n = real_check_regular(fd);
	close(fd);
	return n;
}

static long real_readlink_at(const struct sys *sys, int dir, const char *name, char *bytes,
			     size_t size)
{
	ssize_t n;

	(void)sys;
	if (strchr(name, '/'))
		return -EXDEV; /* what is on the way might lead elsewhere */
	n = readlinkat(dir, name, bytes, size);
	return n < 0 ? -errno : n;
}

static int real_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	struct real *r = real_of(sys);

	if (real_may_block(path))
		return real_write_helped(r, path, value, len);
	return real_write_now(r, path, O_NONBLOCK, value, len);
}

static bool is_something_else(int fd)
{
	struct statx st;
	int kept = errno;
	bool something = real_told(fd, &st) == 0 && !S_ISLNK(st.stx_mode);

	errno = kept;
	return something;
}

static int real_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	CLEANUP(closep) int fd = real_open(real_of(sys), path, O_PATH | O_NOFOLLOW);
	char target[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", target, sizeof(target));
	/* ENOENT is said of what is no link, and of a link that has gone meanwhile. */
	if (n < 0)
		return errno == ENOENT && is_something_else(fd) ? -EINVAL : -errno;
	return n == (ssize_t)sizeof(target) ? -ENAMETOOLONG
					    : buf_add(ret_target, target, (size_t)n);
}

static enum sys_type type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return SYS_DIR;
	case S_IFREG:
		return SYS_FILE;
	case S_IFLNK:
		return SYS_LINK;
	default:
		return SYS_NONE;
	}
}

static int real_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	CLEANUP(closep) int fd = real_open(real_of(sys), path, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct sys_stat){ .type = type_of(st.st_mode),
				  .mode = st.st_mode & 07777,
				  .uid = st.st_uid,
				  .gid = st.st_gid,
				  .mtime = st.st_mtime };
	return 0;
}

static void real_free(struct sys *sys)
{
	struct real *r = real_of(sys);

	real_helper_done(r);
	real_watch_free(r);
	if (r->root >= 0) {
		real_unstage_all(r);
		real_unlock_all(r);
		real_close_file(r);
		real_dirs_forget(r);
		close(r->root);
	}
	free(r->staged);
	free(r->held);
	free(r->dirs);
	buf_done(&r->silent);
	free(r);
}

static const struct sys_ops real_ops = {
	.list = real_list,
	.read = real_read,
	.write = real_write,
	.lines = real_lines,
	.readlink = real_readlink,
	.stat = real_stat,
	.watch = real_watch,
	.stage = real_stage,
	.publish = real_publish,
	.unstage = real_unstage,
	.sync = real_sync,
	.syncdir = real_syncdir,
	.overwrite = real_overwrite,
	.lock = real_lock,
	.locked = real_locked,
	.dir = real_dir,
	.read_at = real_read_at,
	.readlink_at = real_readlink_at,
	.list_at = real_list_at,
	.load_module = real_load_module,
	.messages = real_messages,
	.free = real_free,
};

/* Is this the directory that our own "/" is? Whatever it was called: "/.", "//", a bind mount's name is not. */
static bool is_host(int root)
{
	struct stat a, b;

	return fstat(root, &a) == 0 && stat("/", &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int real_new(const struct real_opts *opts, struct sys **ret)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	struct real *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = (struct real){ .sys = { .ops = &real_ops, .fd = -1 },
			    .helper = -1,
			    .open_file = -1,
			    .deadline_ms = HELD_UP_MS };
	sys = &r->sys;
	r->root = open(opts->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->root < 0)
		return -errno;
	r->host = is_host(r->root);
	r->no_openat2 = !real_can_openat2(r->root);
	r->no_devices = !r->host && refuses_devices(r->root);
	sys->writable = !opts->read_only && geteuid() == 0 && (r->host || opts->live);
	/* No events is a degraded machine, not a broken one: containers have none. */
	if (opts->events)
		real_watch_new(r);
	*ret = TAKE(sys);
	return 0;
}
