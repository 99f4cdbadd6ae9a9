/* SPDX-License-Identifier: MIT */
/*
 * simfs [--daemon] MACHINE MOUNTPOINT: a simulated machine as directories (sys, etc, run, proc, ...).
 *
 * MACHINE is a built-in machine's name or a machine file. Below /sys and /proc a write(2) is the kernel's: one store, its
 * effect, its errno. Elsewhere are plain files. The file MOUNTPOINT/.sim takes a word with each write, see simfs.h;
 * reading it takes the uevents sent since it was last read, one a line. MOUNTPOINT/.count is how often anything was asked
 * here so far, and how often to sync.
 *
 * Rule: one lock around everything, as the simulation knows nothing of threads; only a write which the kernel would hold up
 * (removing an open device) lets others in while it waits.
 */
#define FUSE_USE_VERSION 31

#include "mem.h"
#include "sim_tree.h"
#include "simfs.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONTROL "/.sim"
#define COUNT	"/.count"
enum { ATTRIBUTE_MAX = 4096, NO_REPLACE = 1, EXCHANGE = 2 };

struct fs {
	struct sys *sys;
	pthread_mutex_t lock;
	pthread_cond_t let_go; /* somebody closed a device, or the machine was started anew */
	unsigned long asked, synced;
};

/*
 * What an open file shows: taken at its first read, as sysfs fills a page of it. A plain file's is taken when it is opened, too:
 * while it is open its name may go, and what is asked of it then has no path (libfuse with hard_remove).
 */
struct view {
	struct buf bytes;
	bool taken;
};

static struct view *view_of(const struct fuse_file_info *fi)
{
	return (struct view *)(uintptr_t)fi->fh;
}

static struct fs *fs_enter(void)
{
	struct fs *fs = fuse_get_context()->private_data;

	pthread_mutex_lock(&fs->lock);
	fs->asked++;
	return fs;
}

static void fs_leavep(struct fs **fs)
{
	pthread_mutex_unlock(&(*fs)->lock);
}

#define ENTER(fs) CLEANUP(fs_leavep) struct fs *fs = fs_enter()

static bool is_control(const char *path)
{
	return !strcmp(path, CONTROL) || !strcmp(path, COUNT);
}

static bool is_sysfs(const char *path)
{
	return !strcmp(path, "/sys") || str_starts(path, "/sys/");
}

/* Attributes behave; everything else is a plain file. */
static bool is_kernels(const char *path)
{
	return is_sysfs(path) || !strcmp(path, "/proc") || str_starts(path, "/proc/");
}

/* Names which nobody but the simulation itself makes and takes away. */
static bool is_fixed(const char *path)
{
	return is_kernels(path) || is_control(path);
}

static int size_of(struct fs *fs, const char *path, const struct sys_stat *s, off_t *ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = 0;

	if (s->type == SYS_LINK)
		r = sys_readlink(fs->sys, path, &b);
	else if (!is_kernels(path))
		r = sys_read(fs->sys, path, &b);
	*ret = is_sysfs(path) && s->type == SYS_FILE ? ATTRIBUTE_MAX : (off_t)b.len;
	return r;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	ENTER(fs);
	struct sys_stat s = { SYS_FILE, 0600, 0 };
	int r = 0;

	*st = (struct stat){ .st_nlink = 1, .st_blksize = ATTRIBUTE_MAX };
	st->st_atim.tv_sec = st->st_mtim.tv_sec = st->st_ctim.tv_sec = time(NULL);
	if (!path) {
		st->st_nlink = 0;
		st->st_mode = S_IFREG | s.mode;
		st->st_size = fi && view_of(fi) ? (off_t)view_of(fi)->bytes.len : 0;
		return 0;
	}
	if (!strcmp(path, "/"))
		s.type = SYS_DIR;
	else if (!is_control(path))
		r = sys_stat(fs->sys, path, &s);
	st->st_uid = s.uid;
	if (r < 0)
		return r;
	if (s.type == SYS_DIR) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	st->st_mode = s.type == SYS_LINK ? S_IFLNK | 0777 : S_IFREG | s.mode;
	return is_control(path) ? 0 : size_of(fs, path, &s, &st->st_size);
}

static int fs_readlink(const char *path, char *out, size_t size)
{
	ENTER(fs);
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_readlink(fs->sys, path, &b);

	if (r == 0)
		snprintf(out, size, "%s", buf_str(&b));
	return r;
}

static int fs_readdir(const char *path, void *out, fuse_fill_dir_t fill, off_t offset,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	ENTER(fs);
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int r = strcmp(path, "/") ? sys_list(fs->sys, path, &names)
				  : sim_names(sim_of(fs->sys), "/", &names);

	(void)offset;
	(void)fi;
	(void)flags;
	if (r < 0)
		return r;
	fill(out, ".", NULL, 0, 0);
	fill(out, "..", NULL, 0, 0);
	buf_foreach_name (&names, name)
		if (strcmp(name, ".sim") != 0)
			fill(out, name, NULL, 0, 0);
	return 0;
}

/* -- open files -- */

/* sysfs refuses root as well where there is no store or show method: kernfs_fop_open(). */
static int may_open(struct fs *fs, const char *path, int flags)
{
	int how = flags & O_ACCMODE;
	struct sys_stat s;
	int r = is_control(path) ? 0 : sys_stat(fs->sys, path, &s);

	if (r < 0 || !is_sysfs(path))
		return r;
	if (how != O_RDONLY && !(s.mode & 0222))
		return -EACCES;
	return how != O_WRONLY && !(s.mode & 0444) ? -EACCES : 0;
}

static int open_view(struct fuse_file_info *fi)
{
	struct view *view = calloc(1, sizeof(*view));

	fi->fh = (uintptr_t)view;
	/* Sizes of attributes are not their content's: no page cache in between. */
	fi->direct_io = 1;
	return view ? 0 : -ENOMEM;
}

/* A plain file's bytes from `offset` on: the whole is put anew. size 0: cut or filled up to the offset. */
static int put_plain(struct fs *fs, const char *path, const char *bytes, size_t size, off_t offset)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r = offset + (off_t)size > (off_t)(is_sysfs(path) ? SYS_VALUE_MAX : SYS_OWN_MAX)
			? -EFBIG
			: sys_stat(fs->sys, path, &s);

	if (r == 0)
		r = sys_read(fs->sys, path, &b);
	while (r == 0 && b.len < (size_t)offset + size)
		r = buf_addc(&b, '\0');
	if (r < 0)
		return r;
	if (size)
		memcpy(b.data + offset, bytes, size);
	else
		b.len = (size_t)offset;
	return sim_put_bytes(sim_of(fs->sys), path, s.mode, buf_str(&b), b.len);
}

static int fs_open(const char *path, struct fuse_file_info *fi)
{
	ENTER(fs);
	int r = may_open(fs, path, fi->flags);

	/* The kernel leaves it to us; sysfs takes it and does nothing. */
	if (r == 0 && fi->flags & O_TRUNC && !is_fixed(path))
		r = put_plain(fs, path, NULL, 0, 0);
	if (r == 0)
		r = open_view(fi);
	if (r == 0 && !is_fixed(path) && (fi->flags & O_ACCMODE) != O_WRONLY)
		sys_read(fs->sys, path, &view_of(fi)->bytes);
	return r;
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	ENTER(fs);
	int r = is_fixed(path) ? -EACCES : sim_put_bytes(sim_of(fs->sys), path, mode & 0777, "", 0);

	return r < 0 ? r : open_view(fi);
}

static int fs_release(const char *path, struct fuse_file_info *fi)
{
	struct view *view = view_of(fi);

	(void)path;
	buf_done(&view->bytes);
	free(view);
	return 0;
}

static int fs_read(const char *path, char *out, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	ENTER(fs);
	struct view *view = view_of(fi);
	struct buf *b = &view->bytes;
	int r = 0;

	if (path && (!view->taken || (offset == 0 && !is_control(path)) || !is_fixed(path))) {
		buf_reset(b);
		r = !strcmp(path, COUNT) ? buf_printf(b, "%lu %lu\n", fs->asked, fs->synced)
		    : is_control(path)	 ? simfs_events(fs->sys, b)
					 : sys_read(fs->sys, path, b);
		view->taken = r == 0;
	}
	if (r < 0)
		return r;
	if ((size_t)offset >= b->len)
		return 0;
	size = MIN(size, b->len - (size_t)offset);
	memcpy(out, b->data + offset, size);
	return (int)size;
}

/* -- writing -- */

static int append_plain(struct fs *fs, const char *path, const char *bytes, size_t size)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_read(fs->sys, path, &b);

	return r < 0 ? r : put_plain(fs, path, bytes, size, (off_t)b.len);
}

static int control(struct fs *fs, const char *bytes, size_t size)
{
	char word[512];
	int r;

	if (size >= sizeof(word))
		return -EINVAL;
	memcpy(word, bytes, size);
	word[size] = '\0';
	word[strcspn(word, "\n")] = '\0';
	r = simfs_obey(fs->sys, word);
	pthread_cond_broadcast(&fs->let_go);
	return r < 0 ? r : (int)size;
}

/* Does a write to this attribute still wait for a device to be let go? */
static bool is_pending(const struct sim *sim, const char *real)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *uuid;

	if (sim_names(sim, "/.sim/pending", &names) < 0)
		return false;
	buf_foreach_name (&names, uuid) {
		/* Its first line is the attribute, the value follows. */
		sim_path(path, "/.sim/pending/%s", uuid);
		if (str_eq(sim_value(sim, path), real))
			return true;
	}
	return false;
}

static void unlock(void *mutex)
{
	pthread_mutex_unlock(mutex);
}

/* The unmount cancels who waits here, and must find the lock free. */
static int wait_let_go(struct fs *fs, const char *path)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	int r = sim_real_path(sim_of(fs->sys), path, &real);

	if (r < 0)
		return r;
	pthread_cleanup_push(unlock, &fs->lock);
	while (is_pending(sim_of(fs->sys), buf_str(&real)))
		pthread_cond_wait(&fs->let_go, &fs->lock);
	pthread_cleanup_pop(0);
	return 0;
}

static int write_attribute(struct fs *fs, const char *path, const char *bytes, size_t size)
{
	/* A store method sees one page, with a NUL behind. */
	CLEANUP(freep) char *copy = strndup(bytes, MIN(size, ATTRIBUTE_MAX));
	size_t len = copy ? strlen(copy) : 0;
	int r;

	if (!copy)
		return -ENOMEM;
	r = fs->sys->ops->write(fs->sys, path, copy, len);
	if (r == -EINPROGRESS)
		r = wait_let_go(fs, path);
	return r < 0 ? r : (int)MIN(size, ATTRIBUTE_MAX);
}

static int fs_write(const char *path, const char *bytes, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	ENTER(fs);
	int r;

	if (!path)
		return (int)size;
	if (is_control(path))
		return control(fs, bytes, size);
	if (is_kernels(path))
		return write_attribute(fs, path, bytes, size);
	r = fi->flags & O_APPEND ? append_plain(fs, path, bytes, size)
				 : put_plain(fs, path, bytes, size, offset);
	return r < 0 ? r : (int)size;
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	ENTER(fs);

	(void)fi;
	/* sysfs takes O_TRUNC and does nothing */
	return !path || is_fixed(path) ? 0 : put_plain(fs, path, NULL, 0, size);
}

/* -- names -- */

static int fs_unlink(const char *path)
{
	ENTER(fs);

	if (is_fixed(path))
		return -EPERM;
	sim_del(sim_of(fs->sys), path);
	return 0;
}

static int fs_mkdir(const char *path, mode_t mode)
{
	ENTER(fs);

	(void)mode;
	return is_fixed(path) ? -EPERM : sim_put_dir(sim_of(fs->sys), path);
}

static int must_be_empty(struct fs *fs, const char *path)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	int r = sys_list(fs->sys, path, &names);

	return r == 0 && names.len ? -ENOTEMPTY : r;
}

static int fs_rmdir(const char *path)
{
	ENTER(fs);
	int r = is_fixed(path) ? -EPERM : must_be_empty(fs, path);

	if (r == 0)
		sim_del(sim_of(fs->sys), path);
	return r;
}

static int exchange(struct sim *sim, const char *from, const char *to)
{
	static const char aside[] = "/.sim/aside";
	int r = sim_type(sim, to) == SYS_NONE ? -ENOENT : sim_move(sim, to, aside);

	if (r == 0)
		r = sim_move(sim, from, to);
	return r < 0 ? r : sim_move(sim, aside, from);
}

static int fs_rename(const char *from, const char *to, unsigned flags)
{
	ENTER(fs);
	struct sim *sim = sim_of(fs->sys);

	if (flags & ~(unsigned)(NO_REPLACE | EXCHANGE))
		return -EINVAL;
	if (is_kernels(from) != is_kernels(to))
		return -EXDEV; /* another file system, elsewhere */
	if (is_fixed(from) || is_fixed(to))
		return -EPERM;
	if (flags & NO_REPLACE && sim_type(sim, to) != SYS_NONE)
		return -EEXIST;
	if (flags & EXCHANGE)
		return exchange(sim, from, to);
	if (sim_type(sim, to) == SYS_DIR && must_be_empty(fs, to) < 0)
		return -ENOTEMPTY;
	return sim_move(sim, from, to);
}

/* The simulation's files have one name: the second is a copy. That serves lock files, which are made so. */
static int fs_link(const char *from, const char *to)
{
	ENTER(fs);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r = 0;

	if (is_kernels(from) != is_kernels(to))
		return -EXDEV;
	if (is_fixed(from) || is_fixed(to))
		return -EPERM;
	if (sim_type(sim_of(fs->sys), to) != SYS_NONE)
		return -EEXIST;
	r = sys_stat(fs->sys, from, &s);
	if (r == 0)
		r = s.type == SYS_FILE ? sys_read(fs->sys, from, &b) : -EPERM;
	return r < 0 ? r : sim_put_bytes(sim_of(fs->sys), to, s.mode, buf_str(&b), b.len);
}

static int fs_symlink(const char *target, const char *path)
{
	ENTER(fs);

	return is_fixed(path) ? -EPERM : sim_put_link(sim_of(fs->sys), path, target);
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	ENTER(fs);
	CLEANUP(buf_done) struct buf b = { 0 };
	int r;

	(void)fi;
	if (!path)
		return 0;
	if (is_fixed(path))
		return -EPERM;
	r = sys_read(fs->sys, path, &b);
	if (r == -EISDIR)
		return 0; /* directories of the simulation have no mode */
	return r < 0 ? r : sim_put_bytes(sim_of(fs->sys), path, mode & 0777, buf_str(&b), b.len);
}

static int fs_nothing_owner(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	(void)path;
	(void)uid;
	(void)gid;
	(void)fi;
	return 0;
}

static int fs_nothing_time(const char *path, const struct timespec tv[2], struct fuse_file_info *fi)
{
	(void)path;
	(void)tv;
	(void)fi;
	return 0;
}

static int fs_nothing_sync(const char *path, int data, struct fuse_file_info *fi)
{
	ENTER(fs);

	(void)path;
	(void)data;
	(void)fi;
	fs->synced++;
	return 0;
}

static void *fs_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	/*
	 * Nodes come and go by themselves: what a name stands for is asked each time. That a name was there may be
	 * remembered, or each path would cost a question for each of its directories.
	 */
	config->attr_timeout = config->negative_timeout = 0;
	config->entry_timeout = 3600;
	config->hard_remove = 1;
	return fuse_get_context()->private_data;
}

static const struct fuse_operations operations = {
	.init = fs_init,
	.getattr = fs_getattr,
	.readlink = fs_readlink,
	.readdir = fs_readdir,
	.open = fs_open,
	.release = fs_release,
	.read = fs_read,
	.write = fs_write,
	.truncate = fs_truncate,
	.create = fs_create,
	.unlink = fs_unlink,
	.mkdir = fs_mkdir,
	.rmdir = fs_rmdir,
	.rename = fs_rename,
	.link = fs_link,
	.symlink = fs_symlink,
	.chmod = fs_chmod,
	.chown = fs_nothing_owner,
	.utimens = fs_nothing_time,
	.fsync = fs_nothing_sync,
	.fsyncdir = fs_nothing_sync,
};

int main(int argc, char **argv)
{
	static struct fs fs = { .lock = PTHREAD_MUTEX_INITIALIZER,
				.let_go = PTHREAD_COND_INITIALIZER };
	bool daemon = argc == 4 && !strcmp(argv[1], "--daemon");
	/* libfuse goes into the background by itself unless told not to. */
	char foreground[] = "-f";
	char *args[] = { argv[0], argv[argc - 1], daemon ? NULL : foreground, NULL };
	int r;

	if (argc != 3 + daemon) {
		fprintf(stderr, "usage: simfs [--daemon] MACHINE MOUNTPOINT\n");
		return 64;
	}
	r = simfs_load(argv[argc - 2], &fs.sys);
	if (r < 0) {
		fprintf(stderr, "simfs: %s: %s\n", argv[argc - 2], strerror(-r));
		return 1;
	}
	r = fuse_main(3 - daemon, args, &operations, &fs);
	sys_free(fs.sys);
	return r;
}
