/* SPDX-License-Identifier: MIT */
/*
 * simfs MACHINE MOUNTPOINT: a simulated machine as directories (sys, etc, run, proc, ...).
 *
 * MACHINE is a built-in machine's name or a machine file. Below /sys and /proc a write(2) is the kernel's: one store,
 * its effect, its errno. Elsewhere are plain files. The file MOUNTPOINT/.sim takes words: "reboot", "save FILE", and what the
 * support element understands.
 */
#define FUSE_USE_VERSION 31

#include "boot.h"
#include "mem.h"
#include "sim_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTROL "/.sim"

static struct sys *machine(void)
{
	return fuse_get_context()->private_data;
}

static struct sim *sim(void)
{
	return sim_of(machine());
}

/* Attributes behave; everything else is a plain file. */
static bool is_attribute(const char *path)
{
	return str_starts(path, "/sys/") || str_starts(path, "/proc/");
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r;

	(void)fi;
	*st = (struct stat){ .st_nlink = 1, .st_blksize = 4096 };
	if (!strcmp(path, "/") || !strcmp(path, CONTROL)) {
		st->st_mode = path[1] ? S_IFREG | 0600 : S_IFDIR | 0755;
		return 0;
	}
	r = sys_stat(machine(), path, &s);
	if (r < 0)
		return r;
	if (s.type == SYS_DIR) {
		st->st_mode = S_IFDIR | 0755;
	} else if (s.type == SYS_LINK) {
		st->st_mode = S_IFLNK | 0777;
		r = sys_readlink(machine(), path, &b);
		st->st_size = (off_t)b.len;
	} else {
		st->st_mode = S_IFREG | s.mode;
		st->st_size = 4096;
		if (!is_attribute(path) && sys_read(machine(), path, &b) == 0)
			st->st_size = (off_t)b.len;
	}
	return r;
}

static int fs_readlink(const char *path, char *out, size_t size)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_readlink(machine(), path, &b);

	if (r == 0)
		snprintf(out, size, "%s", buf_str(&b));
	return r;
}

static int fs_readdir(const char *path, void *out, fuse_fill_dir_t fill, off_t offset,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int r = strcmp(path, "/") ? sys_list(machine(), path, &names)
				  : sim_names(sim(), "/", &names);

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

static int fs_open(const char *path, struct fuse_file_info *fi)
{
	struct sys_stat s;
	int r;

	/* Sizes of attributes are not their content's: no page cache in between. */
	fi->direct_io = 1;
	if (!strcmp(path, CONTROL))
		return 0;
	r = sys_stat(machine(), path, &s);
	if (r < 0 || !is_attribute(path))
		return r;
	/* sysfs refuses root as well where there is no store or show method. */
	if ((fi->flags & O_ACCMODE) != O_RDONLY && !(s.mode & 0222))
		return -EACCES;
	return (fi->flags & O_ACCMODE) != O_WRONLY && !(s.mode & 0444) ? -EACCES : 0;
}

static int fs_read(const char *path, char *out, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = strcmp(path, CONTROL) ? sys_read(machine(), path, &b) : 0;

	(void)fi;
	if (r < 0)
		return r;
	if ((size_t)offset >= b.len)
		return 0;
	size = MIN(size, b.len - (size_t)offset);
	memcpy(out, b.data + offset, size);
	return (int)size;
}

/* Writing into a plain file: the whole is put anew. */
static int write_plain(const char *path, const char *bytes, size_t size, off_t offset)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r = sys_stat(machine(), path, &s);

	if (r == 0)
		r = sys_read(machine(), path, &b);
	if (r < 0)
		return r;
	while (b.len < (size_t)offset + size)
		if (buf_addc(&b, '\0') < 0)
			return -ENOMEM;
	memcpy(b.data + offset, bytes, size);
	r = sim_put_bytes(sim(), path, s.mode, b.data, b.len);
	return r < 0 ? r : (int)size;
}

static int save_to(const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = sim_save(machine(), &text);
	FILE *f = r < 0 ? NULL : fopen(file, "w");

	if (!f)
		return r < 0 ? r : -errno;
	fputs(buf_str(&text), f);
	return fclose(f) ? -EIO : 0;
}

static int control(const char *bytes, size_t size)
{
	char word[512];
	int r;

	if (size >= sizeof(word))
		return -EINVAL;
	memcpy(word, bytes, size);
	word[size] = '\0';
	word[strcspn(word, "\n")] = '\0';
	if (str_starts(word, "save "))
		r = save_to(word + 5);
	else if (!strcmp(word, "kernel-reboot"))
		r = sim_reboot(machine());
	else if (!strcmp(word, "reboot"))
		r = sim_reboot(machine()) < 0 ? -EIO : boot_play(machine());
	else
		r = sim_poke(machine(), word);
	return r < 0 ? r : (int)size;
}

static int fs_write(const char *path, const char *bytes, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	CLEANUP(freep) char *copy = NULL;
	int r;

	(void)fi;
	if (!strcmp(path, CONTROL))
		return control(bytes, size);
	if (!is_attribute(path))
		return write_plain(path, bytes, size, offset);
	copy = strndup(bytes, size);
	if (!copy)
		return -ENOMEM;
	r = machine()->ops->write(machine(), path, copy, size);
	return r < 0 ? r : (int)size;
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r;

	(void)fi;
	if (is_attribute(path) || !strcmp(path, CONTROL))
		return 0; /* sysfs takes O_TRUNC and does nothing */
	r = sys_stat(machine(), path, &s);
	if (r == 0)
		r = sys_read(machine(), path, &b);
	return r < 0 ? r
		     : sim_put_bytes(sim(), path, s.mode, buf_str(&b), MIN((size_t)size, b.len));
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	fi->direct_io = 1;
	return is_attribute(path) ? -EACCES : sim_put_file(sim(), path, mode & 0777, "");
}

static int fs_unlink(const char *path)
{
	if (is_attribute(path))
		return -EPERM;
	sim_del(sim(), path);
	return 0;
}

static int fs_mkdir(const char *path, mode_t mode)
{
	(void)mode;
	return is_attribute(path) ? -EPERM : sim_put_dir(sim(), path);
}

static int fs_rmdir(const char *path)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	int r = sys_list(machine(), path, &names);

	if (r < 0)
		return r;
	return names.len ? -ENOTEMPTY : fs_unlink(path);
}

static int copy_file(const char *from, const char *to)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat s;
	int r;

	if (is_attribute(from) || is_attribute(to))
		return -EPERM;
	r = sys_stat(machine(), from, &s);
	if (r == 0 && s.type != SYS_FILE)
		return -EPERM;
	if (r == 0)
		r = sys_read(machine(), from, &b);
	return r < 0 ? r : sim_put_bytes(sim(), to, s.mode, buf_str(&b), b.len);
}

static int fs_rename(const char *from, const char *to, unsigned flags)
{
	int r = flags ? -EINVAL : copy_file(from, to);

	if (r == 0)
		sim_del(sim(), from);
	return r;
}

static int fs_link(const char *from, const char *to)
{
	return sim_has(sim(), to) ? -EEXIST : copy_file(from, to);
}

static int fs_symlink(const char *target, const char *path)
{
	return is_attribute(path) ? -EPERM : sim_put_link(sim(), path, target);
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r;

	(void)fi;
	if (is_attribute(path))
		return 0;
	r = sys_read(machine(), path, &b);
	if (r == -EISDIR)
		return 0; /* directories of the simulation have no mode */
	return r < 0 ? r : sim_put_bytes(sim(), path, mode & 0777, buf_str(&b), b.len);
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
	(void)path;
	(void)data;
	(void)fi;
	return 0;
}

static void *fs_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	/* Nodes come and go by themselves: nothing is remembered. */
	config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
	config->hard_remove = 1;
	return machine();
}

static const struct fuse_operations operations = {
	.init = fs_init,
	.getattr = fs_getattr,
	.readlink = fs_readlink,
	.readdir = fs_readdir,
	.open = fs_open,
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

static int load(const char *name, struct sys **ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error error = { 0 };
	char bytes[65536];
	size_t n;
	FILE *f;
	int r = sim_new_named(name, ret);

	if (r != -ENOENT)
		return r;
	f = fopen(name, "r");
	if (!f)
		return -errno;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&text, bytes, n);
	fclose(f);
	r = sim_new(buf_str(&text), text.len, ret, &error);
	if (r == -EINVAL)
		fprintf(stderr, "simfs: %s:%u: expected %s\n", name, error.line, error.expected);
	return r;
}

int main(int argc, char **argv)
{
	char *args[] = { argv[0], (char *)(uintptr_t) "-s", (char *)(uintptr_t) "-f",
			 argv[argc - 1], NULL };
	struct sys *sys;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: simfs MACHINE MOUNTPOINT\n");
		return 64;
	}
	r = load(argv[1], &sys);
	if (r < 0) {
		fprintf(stderr, "simfs: %s: %s\n", argv[1], strerror(-r));
		return 1;
	}
	r = fuse_main(4, args, &operations, sys);
	sys_free(sys);
	return r;
}
