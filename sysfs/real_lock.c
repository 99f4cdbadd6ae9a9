/* SPDX-License-Identifier: MIT */
/*
 * Lock files as s390-tools makes them (libutil/util_lockfile.c): a file with the holder's PID, brought to
 * its name by link(2), which fails if there is one. Stale when the PID is dead, or when it holds no PID for 120 s. In a lock
 * of ours the time at which the process began stands behind the PID: another one may have got the number since.
 */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NO_PID_STALE_S = 120 };

static struct held *find(struct real *r, const char *path)
{
	for (size_t i = 0; i < r->n_held; i++)
		if (str_eq(r->held[i].path, path))
			return &r->held[i];
	return NULL;
}

/* The PID a lock file names; 0: none. */
static pid_t pid_of(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *end;
	long pid;

	if (n <= 0)
		return 0;
	errno = 0;
	pid = strtol(text, &end, 10);
	if (errno || end == text || pid <= 0 || pid > 1 << 30 || (*end && !strchr(" \n", *end)))
		return 0;
	return (pid_t)pid;
}

/* Field 22 of /proc/PID/stat; 0: not to be had. */
static unsigned long long began(pid_t pid)
{
	char path[40], text[1024], *at;
	unsigned long long ret = 0;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strrchr(text, ')'); /* the name may have anything in it */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		ret = strtoull(at, NULL, 10);
	return ret;
}

/* Has the PID been given to another process since? */
static bool is_reused(int fd, pid_t pid)
{
	char text[64] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	const char *space = n > 0 ? strchr(text, ' ') : NULL;
	unsigned long long then = space ? strtoull(space, NULL, 10) : 0, now = began(pid);

	return then && now && then != now;
}

/* Our own PID in a file which this process did not make is one that was used before. */
static bool is_stale(int fd)
{
	pid_t pid = pid_of(fd);
	struct stat st;

	if (pid > 0)
		return pid == getpid() || (kill(pid, 0) < 0 && errno == ESRCH) ||
		       is_reused(fd, pid);
	return fstat(fd, &st) == 0 && time(NULL) - st.st_mtime > NO_PID_STALE_S;
}

static bool same_file(int dir, const char *base, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dir, base, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * Removes a lock whose holder is gone. Two of us may find it at once: the flock on the stale file makes the
 * second one wait, and then see that the name leads to another file. 0: try again; -EEXIST: it is held.
 */
static int remove_stale(int dir, const char *base)
{
	CLEANUP(closep) int fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || !is_stale(fd))
		return -EEXIST;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EEXIST : -errno;
	if (same_file(dir, base, fd) && unlinkat(dir, base, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/* The new file's descriptor. */
static int write_lock_file(int dir, const char *temp, const char *content)
{
	CLEANUP(closep)
	int fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = real_write_all(fd, content, strlen(content));
	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (r == 0) {
		r = fd;
		fd = -1;
	}
	return r;
}

/* Three tries: a stale lock may be taken over by somebody else who dies, too. */
static int take(int dir, const char *base, const char *temp)
{
	int r = 0;

	for (int tries = 0; tries < 3; tries++) {
		if (linkat(dir, temp, dir, base, 0) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
		r = remove_stale(dir, base);
		if (r < 0)
			return r;
	}
	return -EEXIST;
}

/* Makes the lock file; 0 with its descriptor. */
static int make(struct real *r, const char *path, const char *content, int *ret_fd)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, path, true, NULL, &base);
	CLEANUP(closep) int fd = -1;
	char temp[256];
	int ret;

	/* A directory that was made for it; between files it waits for theirs. */
	ret = dir < 0 ? dir : r->n_staged ? 0 : real_sync_dirs(r);
	if (ret < 0)
		return ret;
	ret = snprintf(temp, sizeof(temp), "%s%05d%02x", base, (int)getpid(),
		       (unsigned)time(NULL) & 0xff);
	if (ret >= (int)sizeof(temp))
		return -ENAMETOOLONG;
	unlinkat(dir, temp, 0); /* left by a process of the same PID that was killed */
	fd = write_lock_file(dir, temp, content);
	ret = fd < 0 ? fd : take(dir, base, temp);
	unlinkat(dir, temp, 0);
	if (ret < 0)
		return ret;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int lock(struct real *r, const char *path, const char *content)
{
	CLEANUP(freep) char *copy = strdup(path);
	int fd = -1, ret;

	if (find(r, path))
		return -EEXIST;
	if (!copy || array_grow(&r->held, r->n_held, &r->cap_held, sizeof(*r->held)) < 0)
		return -ENOMEM;
	ret = make(r, path, content, &fd);
	if (ret == 0)
		r->held[r->n_held++] = (struct held){ .path = TAKE(copy), .fd = fd };
	return ret;
}

/* What is at the name now may be somebody else's, if ours was thought stale. */
static int release(struct real *r, struct held *h)
{
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, h->path, false, NULL, &base);
	int ret = 0;

	if (dir < 0)
		ret = dir == -ENOENT ? 0 : dir;
	else if (same_file(dir, base, h->fd) && unlinkat(dir, base, 0) < 0)
		ret = -errno;
	free(h->path);
	close(h->fd);
	*h = r->held[--r->n_held];
	return ret;
}

int real_lock(struct sys *sys, const char *path, const char *content)
{
	struct real *r = real_of(sys);
	struct held *h;

	if (content)
		return lock(r, path, content);
	h = find(r, path);
	return h ? release(r, h) : -ENOENT;
}

int real_locked(struct sys *sys, const char *path)
{
	struct real *r = real_of(sys);
	const char *base = NULL;
	CLEANUP(closep) int dir = real_open_parent(r, path, false, NULL, &base);
	CLEANUP(closep) int fd = -1;
	struct stat st;

	if (find(r, path) || dir < 0)
		return 0;
	fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !is_stale(fd);
}

void real_unlock_all(struct real *r)
{
	while (r->n_held > 0)
		release(r, &r->held[r->n_held - 1]);
}
