/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS = 1024 };
enum kind { MAKE_FILE, WRITE, FSYNC, MAKE_DIR, REMOVE, RENAME, SYNC_DIR, EXCHANGE, OVERWRITE };

static const char *const words[] = { "create", "write",		  "fsync",    "mkdir",	  "remove",
				     "rename", "fsync directory", "exchange", "overwrite" };

struct change {
	enum kind kind;
	char *path, *to;
	size_t file;	  /* MAKE_FILE, WRITE, FSYNC: which; RENAME: which one it was, or NONE */
	size_t len;	  /* WRITE: how long the file is then */
	struct buf bytes; /* OVERWRITE: all that the file has then */
};

enum { NONE = -1 };

/* A file's bytes, whatever its names; files only grow here. */
struct bytes {
	struct buf b;
};

/* A name. */
struct entry {
	char *path;
	size_t file;
	bool dir;
};

struct disk {
	char root[PATH_MAX];
	struct change *changes;
	size_t n, cap;
	struct bytes *files;
	size_t n_files, cap_files;
	struct entry *base; /* before all changes */
	size_t n_base, cap_base;
	size_t fd_file[FDS]; /* 1..: open for writing; 0: no */
};

/* What wraps the C library's calls has no argument to find it by. */
static struct disk *recording;

struct disk *disk_new(void)
{
	return calloc(1, sizeof(struct disk));
}

struct disk *disk_free(struct disk *d)
{
	for (size_t i = 0; d && i < d->n; i++) {
		free(d->changes[i].path);
		free(d->changes[i].to);
		buf_done(&d->changes[i].bytes);
	}
	for (size_t i = 0; d && i < d->n_files; i++)
		buf_done(&d->files[i].b);
	for (size_t i = 0; d && i < d->n_base; i++)
		free(d->base[i].path);
	if (d) {
		free(d->changes);
		free(d->files);
		free(d->base);
	}
	free(d);
	return NULL;
}

static size_t new_file(struct disk *d)
{
	if (array_grow(&d->files, d->n_files, &d->cap_files, sizeof(*d->files)) < 0)
		abort();
	d->files[d->n_files] = (struct bytes){ 0 };
	return d->n_files++;
}

static void add_entry(struct entry **v, size_t *n, size_t *cap, const char *path, size_t file,
		      bool dir)
{
	if (array_grow(v, *n, cap, sizeof(**v)) < 0)
		abort();
	(*v)[(*n)++] = (struct entry){ strdup(path), file, dir };
}

void disk_put(struct disk *d, const char *path, const char *bytes, size_t len)
{
	size_t file = new_file(d);

	buf_add(&d->files[file].b, bytes, len);
	add_entry(&d->base, &d->n_base, &d->cap_base, path, file, false);
}

void disk_begin(struct disk *d, const char *root)
{
	snprintf(d->root, sizeof(d->root), "%s", root);
	recording = d;
}

void disk_end(struct disk *d)
{
	(void)d;
	recording = NULL;
}

size_t disk_changes(const struct disk *d)
{
	return d->n;
}

size_t disk_synced(const struct disk *d, bool dirs)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->changes[i].kind == (dirs ? SYNC_DIR : FSYNC);
	return n;
}

/* -- recording -- */

static void record(enum kind kind, const char *path, const char *to, size_t file)
{
	struct disk *d = recording;
	size_t len = kind == WRITE ? d->files[file].b.len : 0;

	if (array_grow(&d->changes, d->n, &d->cap, sizeof(*d->changes)) < 0)
		abort();
	d->changes[d->n++] = (struct change){
		kind, path ? strdup(path) : NULL, to ? strdup(to) : NULL, file, len, { 0 }
	};
}

/* The path inside the root; false: it is elsewhere. */
static bool inside(int dir, const char *name, char ret[static PATH_MAX])
{
	char link[64], path[PATH_MAX], whole[2 * PATH_MAX];
	size_t len = recording ? strlen(recording->root) : 0;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	n = recording ? readlink(link, path, sizeof(path) - 1) : -1;
	if (n < 0)
		return false;
	path[n] = '\0';
	snprintf(whole, sizeof(whole), "%s%s%s", path, name ? "/" : "", name ? name : "");
	if (!str_starts(whole, recording->root) || strlen(whole + len) >= PATH_MAX)
		return false;
	strcpy(ret, whole + len);
	return true;
}

int __real_openat64(int dir, const char *path, int flags, mode_t mode);
int __real_openat(int dir, const char *path, int flags, mode_t mode);
int __real_mkdirat(int dir, const char *path, mode_t mode);
int __real_unlinkat(int dir, const char *path, int flags);
int __real_renameat(int dir, const char *from, int to_dir, const char *to);
int __real_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags);
int __real_fsync(int fd);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t at);
int __wrap_openat64(int dir, const char *path, int flags, mode_t mode);
int __wrap_openat(int dir, const char *path, int flags, mode_t mode);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_renameat(int dir, const char *from, int to_dir, const char *to);
int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_fsync(int fd);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t at);

static int opened(int fd, int flags)
{
	char path[PATH_MAX];

	if (fd < 0 || fd >= FDS || !recording)
		return fd;
	recording->fd_file[fd] = 0;
	if ((flags & O_CREAT) && inside(fd, NULL, path)) {
		recording->fd_file[fd] = new_file(recording) + 1;
		record(MAKE_FILE, path, NULL, recording->fd_file[fd] - 1);
	}
	return fd;
}

int __wrap_openat64(int dir, const char *path, int flags, mode_t mode)
{
	return opened(__real_openat64(dir, path, flags, mode), flags);
}

int __wrap_openat(int dir, const char *path, int flags, mode_t mode)
{
	return opened(__real_openat(dir, path, flags, mode), flags);
}

int __wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	int r = __real_mkdirat(dir, name, mode);
	char path[PATH_MAX];

	if (r == 0 && inside(dir, name, path))
		record(MAKE_DIR, path, NULL, (size_t)NONE);
	return r;
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	int r = __real_unlinkat(dir, name, flags);
	char path[PATH_MAX];

	if (r == 0 && inside(dir, name, path))
		record(REMOVE, path, NULL, (size_t)NONE);
	return r;
}

int __wrap_renameat(int dir, const char *from, int to_dir, const char *to)
{
	int r = __real_renameat(dir, from, to_dir, to);
	char path[PATH_MAX], to_path[PATH_MAX];

	if (r == 0 && inside(dir, from, path) && inside(to_dir, to, to_path))
		record(RENAME, path, to_path, (size_t)NONE);
	return r;
}

int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	int r = __real_renameat2(dir, from, to_dir, to, flags);
	char path[PATH_MAX], to_path[PATH_MAX];

	if (r == 0 && inside(dir, from, path) && inside(to_dir, to, to_path))
		record(flags & RENAME_EXCHANGE ? EXCHANGE : RENAME, path, to_path, (size_t)NONE);
	return r;
}

int __wrap_fsync(int fd)
{
	int r = __real_fsync(fd);
	struct stat st;
	char path[PATH_MAX];

	if (r < 0 || !inside(fd, NULL, path) || fstat(fd, &st) < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		record(SYNC_DIR, path, NULL, (size_t)NONE);
	else if (fd < FDS && recording->fd_file[fd])
		record(FSYNC, path, NULL, recording->fd_file[fd] - 1);
	return r;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	ssize_t n = __real_write(fd, bytes, len);
	char path[PATH_MAX];

	if (n > 0 && fd < FDS && recording && recording->fd_file[fd] && inside(fd, NULL, path)) {
		buf_add(&recording->files[recording->fd_file[fd] - 1].b, bytes, (size_t)n);
		record(WRITE, path, NULL, recording->fd_file[fd] - 1);
	}
	return n;
}

static size_t moved_file(const struct disk *d, size_t i, const char *path);

/* Only whole files are overwritten here. */
static ssize_t overwritten(int fd, const void *bytes, ssize_t n)
{
	char path[PATH_MAX];
	size_t file = (size_t)NONE;

	if (n > 0 && inside(fd, NULL, path))
		file = moved_file(recording, recording->n, path);
	if (file == (size_t)NONE)
		return n;
	record(OVERWRITE, path, NULL, file);
	buf_add(&recording->changes[recording->n - 1].bytes, bytes, (size_t)n);
	return n;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return overwritten(fd, bytes, __real_pwrite(fd, bytes, len, at));
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	return overwritten(fd, bytes, __real_pwrite64(fd, bytes, len, at));
}

/* -- what is left -- */

static bool in_dir(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/' && !strchr(path + len + 1, '/');
}

static bool is_name_change(const struct change *c)
{
	return c->kind == MAKE_FILE || c->kind == MAKE_DIR || c->kind == REMOVE ||
	       c->kind == RENAME || c->kind == EXCHANGE;
}

/* Was a directory of the change synced between it and the cut? */
static bool settled(const struct disk *d, size_t i, size_t cut)
{
	const struct change *c = &d->changes[i];

	for (size_t k = i + 1; k < cut; k++) {
		const struct change *s = &d->changes[k];

		if (s->kind == SYNC_DIR &&
		    (in_dir(c->path, s->path) || (c->to && in_dir(c->to, s->path))))
			return true;
	}
	return false;
}

size_t disk_open(const struct disk *d, size_t cut)
{
	size_t n = 0;

	for (size_t i = 0; i < cut; i++)
		n += is_name_change(&d->changes[i]) && !settled(d, i, cut);
	return n;
}

struct names {
	struct entry *v;
	size_t n, cap;
};

static struct entry *find(struct names *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].path, path))
			return &t->v[i];
	return NULL;
}

static void drop(struct names *t, const char *path)
{
	struct entry *e = find(t, path);

	if (!e)
		return;
	free(e->path);
	*e = t->v[--t->n];
}

static void set(struct names *t, const char *path, size_t file, bool dir)
{
	drop(t, path);
	add_entry(&t->v, &t->n, &t->cap, path, file, dir);
}

/* The file that a rename moved: what had the name when all changes before it were made. */
static size_t moved_file(const struct disk *d, size_t i, const char *path)
{
	while (i-- > 0) {
		const struct change *c = &d->changes[i];

		if (c->kind == MAKE_FILE && !strcmp(c->path, path))
			return c->file;
		if ((c->kind == RENAME || c->kind == EXCHANGE) && !strcmp(c->to, path))
			return moved_file(d, i, c->path);
		if (c->kind == EXCHANGE && !strcmp(c->path, path))
			return moved_file(d, i, c->to);
	}
	for (i = 0; i < d->n_base; i++)
		if (!strcmp(d->base[i].path, path))
			return d->base[i].file;
	return (size_t)NONE;
}

static void apply(const struct disk *d, size_t i, struct names *t)
{
	const struct change *c = &d->changes[i];

	switch (c->kind) {
	case MAKE_FILE:
		set(t, c->path, c->file, false);
		break;
	case MAKE_DIR:
		set(t, c->path, (size_t)NONE, true);
		break;
	case REMOVE:
		drop(t, c->path);
		break;
	case EXCHANGE:
		set(t, c->path, moved_file(d, i, c->to), false);
		set(t, c->to, moved_file(d, i, c->path), false);
		break;
	default:
		set(t, c->to, moved_file(d, i, c->path), false);
		drop(t, c->path);
		break;
	}
}

/* Is a directory on the way one that was made, and has been lost? */
static bool reachable(const struct disk *d, size_t cut, struct names *t, const char *path)
{
	for (size_t i = 0; i < cut; i++) {
		const struct change *c = &d->changes[i];
		size_t len = strlen(c->path ? c->path : "");

		if (c->kind == MAKE_DIR && !strncmp(path, c->path, len) && path[len] == '/' &&
		    !find(t, c->path))
			return false;
	}
	return true;
}

/* How much of a file is sure to be there, and how much it had. */
static void lengths(const struct disk *d, size_t cut, size_t file, size_t *sure, size_t *full)
{
	*sure = *full = 0;
	for (size_t i = 0; i < cut; i++) {
		const struct change *c = &d->changes[i];

		if (c->kind == WRITE && c->file == file)
			*full = c->len;
		if (c->kind == FSYNC && c->file == file)
			*sure = *full;
	}
}

static bool was_before(const struct disk *d, size_t file)
{
	for (size_t i = 0; i < d->n_base; i++)
		if (d->base[i].file == file)
			return true;
	return false;
}

/*
 * What is there of a file that was overwritten and not synced since: as it was (which fate 0 is, and NULL then), any of what was
 * written, nothing at all, or what nobody has written.
 */
static const struct buf *overwrite_left(const struct disk *d, size_t cut, size_t file,
					unsigned (*fate)(void *arg, unsigned sides), void *arg)
{
	static char junk[] = "\0\xff garbage";
	static const struct buf empty, garbage = { junk, sizeof(junk) - 1, sizeof(junk) };
	unsigned n = 0, left;

	for (size_t i = 0; i < cut; i++)
		n += d->changes[i].kind == OVERWRITE && d->changes[i].file == file;
	left = n ? fate(arg, n + 3) : 0;
	if (left > n)
		return left == n + 1 ? &empty : &garbage;
	for (size_t i = 0; left && i < cut; i++)
		if (d->changes[i].kind == OVERWRITE && d->changes[i].file == file && --left == 0)
			return &d->changes[i].bytes;
	return NULL;
}

void disk_crash(const struct disk *d, size_t cut, unsigned (*fate)(void *arg, unsigned sides),
		void (*file)(void *arg, const char *path, const char *bytes, size_t len), void *arg)
{
	struct names t = { 0 };

	for (size_t i = 0; i < d->n_base; i++)
		set(&t, d->base[i].path, d->base[i].file, false);
	for (size_t i = 0; i < cut; i++)
		if (is_name_change(&d->changes[i]) && (settled(d, i, cut) || fate(arg, 2)))
			apply(d, i, &t);
	for (size_t i = 0; i < t.n; i++) {
		const struct entry *e = &t.v[i];
		const struct buf *over;
		size_t sure, full;

		if (e->dir || e->file == (size_t)NONE || !reachable(d, cut, &t, e->path))
			continue;
		lengths(d, cut, e->file, &sure, &full);
		if (was_before(d, e->file))
			sure = full = d->files[e->file].b.len;
		if (sure < full)
			sure += fate(arg, (unsigned)(full - sure) + 1);
		over = overwrite_left(d, cut, e->file, fate, arg);
		if (over)
			file(arg, e->path, buf_str(over), over->len);
		else
			file(arg, e->path, buf_str(&d->files[e->file].b), sure);
	}
	for (size_t i = 0; i < t.n; i++)
		free(t.v[i].path);
	free(t.v);
}

void disk_tell(const struct disk *d, size_t cut)
{
	for (size_t i = 0; i < cut; i++) {
		const struct change *c = &d->changes[i];

		fprintf(stderr, "  %s %s%s%s%s\n", words[c->kind], c->path, c->to ? " to " : "",
			c->to ? c->to : "",
			is_name_change(c) && !settled(d, i, cut) ? " (open)" : "");
	}
}
