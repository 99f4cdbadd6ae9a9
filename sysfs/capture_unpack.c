/* SPDX-License-Identifier: MIT */
/*
 * Reading an archive entry by entry into a tree in memory. What nobody asks for is passed over, whatever it is; what
 * would be taken must be a plain file, a directory, or a link that stays inside.
 */
#include "capture_in.h"
#include "late.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	ENTRIES_MAX = 4 << 20, /* looked at */
	NODES_MAX = 1 << 20,   /* kept */
	BYTES_MAX = 256 << 20, /* kept */
	NOTES_MAX = 16 << 20,
	PACKED_MAX = 256 << 20, /* an archive within the archive */
};
static const int64_t STREAM_MAX = (int64_t)8 << 30; /* unpacked, what is passed over included */

struct unpacking {
	struct archive *archive;
	struct sim *sim;
	struct capture_marks *marks;
	struct capture_error *err;
	bool within;
	bool prefixed;	   /* the first entry with a directory was seen */
	struct buf prefix; /* "sosreport-lpar3/": everything is below one directory; or empty */
	struct buf name;   /* of the entry at hand */
	size_t entries, nodes, bytes;
	struct buf notes;
	int sysfs; /* dbginfo.sh's archive of /sys, in memory; -1 none */
};

static int refuse(struct unpacking *u, int err, const char *what)
{
	snprintf(u->err->entry, sizeof(u->err->entry), "%s", buf_str(&u->name));
	u->err->what = what;
	return err;
}

static bool has_dots(const char *name)
{
	for (; *name; name += strcspn(name, "/"), name += *name == '/')
		if (!strncmp(name, "..", 2) && (name[2] == '/' || !name[2]))
			return true;
	return false;
}

/* Directories that a machine has at its root: then nothing is above it. */
static bool is_root_dir(const char *name, size_t n)
{
	static const char *const dirs[] = { "bin",   "boot", "dev", "etc",  "home", "lib", "lib64",
					    "media", "mnt",  "opt", "proc", "root", "run", "sbin",
					    "srv",   "sys",  "tmp", "usr",  "var" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (strlen(dirs[i]) == n && !strncmp(dirs[i], name, n))
			return true;
	return false;
}

/* Everything may be below one directory, whatever it is called: the first entry tells. */
static int learn_prefix(struct unpacking *u, const char *name, bool is_dir)
{
	size_t n = strcspn(name, "/");

	if (u->prefixed || (!name[n] && !is_dir))
		return 0;
	u->prefixed = true;
	if (is_root_dir(name, n))
		return 0;
	return buf_printf(&u->prefix, "%.*s/", (int)n, name);
}

/*
 * The path that an entry means, "/sys/bus" of "./host/sys/bus/": 0; 1: it is outside of what is looked at; or it is
 * refused.
 */
static int path_of(struct unpacking *u, struct archive_entry *entry, struct buf *ret)
{
	const char *name = archive_entry_pathname(entry);
	int r;

	buf_reset(&u->name);
	buf_reset(ret);
	if (!name)
		return refuse(u, -EINVAL, "has a name that cannot be read");
	if (buf_adds(&u->name, name) < 0)
		return -ENOMEM;
	while (str_starts(name, "./"))
		name += 2;
	if (*name == '/' && !u->within)
		return refuse(u, -EINVAL, "has a name that begins at the root of a machine");
	name += strspn(name, "/");
	if (has_dots(name))
		return refuse(u, -EINVAL, "has a name that leads out of the archive");
	if (str_eq(name, ".") || !*name)
		return 1;
	r = learn_prefix(u, name, archive_entry_filetype(entry) == AE_IFDIR);
	if (r < 0)
		return r;
	if (u->prefix.len) {
		if (!str_starts(name, u->prefix.data))
			return 1;
		name += u->prefix.len;
	}
	if (buf_printf(ret, "/%s", name) < 0)
		return -ENOMEM;
	while (ret->len > 1 && ret->data[ret->len - 1] == '/')
		ret->data[--ret->len] = '\0';
	if (ret->len == 1)
		return 1;
	return sys_path_ok(ret->data) ? 0 : refuse(u, -EINVAL, "has a malformed name");
}

/* Unpacking what nobody wants takes time, too. */
static int check_stream(struct unpacking *u, struct archive_entry *entry)
{
	int64_t so_far = archive_filter_bytes(u->archive, 0);
	int64_t size = archive_entry_sparse_count(entry) ? 0 : archive_entry_size(entry);

	if (++u->entries > ENTRIES_MAX)
		return refuse(u, -EFBIG, "is one too many: an archive may have 4 million entries");
	if (so_far > STREAM_MAX || size > STREAM_MAX - so_far)
		return refuse(u, -EFBIG, "makes it more than 8 GiB unpacked");
	return 0;
}

/* The data of an entry; 1: it is longer than max. */
static int read_data(struct unpacking *u, size_t max, struct buf *ret)
{
	char part[16384];
	la_ssize_t n;

	while ((n = archive_read_data(u->archive, part, sizeof(part))) > 0) {
		if (ret->len + (size_t)n > max)
			return 1;
		if (buf_add(ret, part, (size_t)n) < 0)
			return -ENOMEM;
	}
	return n < 0 ? refuse(u, -EINVAL, "is damaged, or the archive ends in it") : 0;
}

/* Longer than any value a machine reads: it is there, and reading it says so. */
static int take_file(struct unpacking *u, const char *path, unsigned mode, int64_t mtime)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	int r = read_data(u, SYS_VALUE_MAX, &value), e;

	if (r < 0)
		return r;
	if (r > 0)
		buf_reset(&value);
	u->bytes += value.len;
	if (u->bytes > BYTES_MAX)
		return refuse(u, -EFBIG, "makes it more than 256 MiB");
	e = sim_put_bytes(u->sim, path, mode & 0444 ? mode : mode | 0100, buf_str(&value),
			  value.len);
	sim_note(u->sim, path, mtime, r > 0 ? -EFBIG : 0);
	return e;
}

/* Does a link stand on the way, or in the place itself? Nothing is written through one. */
static bool through_link(const struct unpacking *u, const char *path)
{
	CLEANUP(freep) char *copy = strdup(path);

	for (char *slash = copy; slash && (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
		*slash = '\0';
		if (sim_type(u->sim, copy) == SYS_LINK)
			return true;
	}
	return !copy || sim_type(u->sim, path) == SYS_LINK;
}

static int take_link(struct unpacking *u, const char *path, const char *target)
{
	if (!target || !*target || strlen(target) >= 4096)
		return refuse(u, -EINVAL, "is a link to no name");
	if (capture_leads_out(path, target))
		return refuse(u, -EINVAL, "is a link that leads out of the archive");
	return sim_put_link(u->sim, path, target);
}

static int take(struct unpacking *u, struct archive_entry *entry, const char *path)
{
	unsigned mode = archive_entry_perm(entry) & 0777;
	int r;

	if (archive_entry_hardlink(entry))
		return refuse(u, -EINVAL, "is a hard link");
	if (through_link(u, path))
		return refuse(u, -EINVAL, "stands where a link was before, or below one");
	if (++u->nodes > NODES_MAX)
		return refuse(u, -EFBIG, "is one too many: a host has at most a million files");
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		r = sim_put_dir(u->sim, path);
		break;
	case AE_IFREG:
		r = take_file(u, path, mode, archive_entry_mtime(entry));
		break;
	case AE_IFLNK:
		r = take_link(u, path, archive_entry_symlink(entry));
		break;
	default:
		return refuse(u, -EINVAL, "is a device node or another special file");
	}
	if (r == 0 && archive_entry_filetype(entry) != AE_IFREG)
		sim_note(u->sim, path, archive_entry_mtime(entry), 0);
	if (r < 0 && r != -ENOMEM && !u->err->what)
		r = refuse(u, -EINVAL, "is of another type than what was in its place");
	return r;
}

/* What stands at the top beside the machine's own directories. */
static int take_top(struct unpacking *u, struct archive_entry *entry, const char *path)
{
	CLEANUP(buf_done) struct buf packed = { 0 };
	const char *name = path + 1;
	bool is_file = archive_entry_filetype(entry) == AE_IFREG;
	int r = 0;

	capture_mark(u->marks, name);
	if (is_file && str_eq(name, CAPTURE_NOTES)) {
		buf_reset(&u->notes);
		r = read_data(u, NOTES_MAX, &u->notes);
	} else if (is_file && str_eq(name, CAPTURE_DBGINFO_SYSFS) && u->sysfs < 0) {
		r = read_data(u, PACKED_MAX, &packed);
		if (r == 0)
			u->sysfs = memfd_create(name, MFD_CLOEXEC);
		if (r == 0 &&
		    (u->sysfs < 0 ||
		     write(u->sysfs, buf_str(&packed), packed.len) != (ssize_t)packed.len ||
		     lseek(u->sysfs, 0, SEEK_SET) < 0))
			r = -ENOMEM;
	}
	return r > 0 ? refuse(u, -EFBIG, "is too large") : r;
}

static int unpack(struct unpacking *u)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct archive_entry *entry;
	int r = ARCHIVE_OK;

	while ((r = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK ||
	       r == ARCHIVE_WARN) {
		int e = path_of(u, entry, &path);

		if (e >= 0) {
			int s = check_stream(u, entry);

			e = s < 0 ? s : e;
		}
		if (e == 0 && !u->within && !strchr(path.data + 1, '/'))
			e = take_top(u, entry, path.data);
		else if (e == 0 && !u->within && str_starts(path.data, "/sos_"))
			u->marks->sos = true;
		if (e == 0 && (u->within ? str_starts(path.data, "/sys")
					 : capture_wants(u->marks, path.data)))
			e = take(u, entry, path.data);
		if (e < 0)
			return e;
	}
	if (r == ARCHIVE_EOF)
		return 0;
	return u->entries ? refuse(u, -EINVAL,
				   "is the last one that can be read: the archive is "
				   "damaged or ends there")
			  : -EINVAL;
}

/* Ways of packing that are in the library: for one that it was built without it would run a program. */
static int run(struct unpacking *u, int fd)
{
	int r = -EINVAL;

	if (archive_zlib_version())
		archive_read_support_filter_gzip(u->archive);
	if (archive_bzlib_version())
		archive_read_support_filter_bzip2(u->archive);
	if (archive_liblzma_version())
		archive_read_support_filter_xz(u->archive);
	if (archive_libzstd_version())
		archive_read_support_filter_zstd(u->archive);
	archive_read_support_format_tar(u->archive);
	if (archive_read_open_fd(u->archive, fd, 65536) == ARCHIVE_OK)
		r = unpack(u);
	archive_read_free(u->archive);
	return r;
}

int capture_unpack_fd(int fd, bool within, struct sim *sim, struct capture_marks *marks,
		      struct capture_error *reterr)
{
	struct unpacking u = { .archive = late_archive() ? archive_read_new() : NULL,
			       .sim = sim,
			       .marks = marks,
			       .err = reterr,
			       .within = within,
			       .prefixed = within,
			       .sysfs = -1 };
	int r = u.archive ? run(&u, fd) : late_archive() ? -ENOMEM : -ENOTSUP;

	if (r == 0 && marks->ours)
		r = capture_take_notes(sim, &u.notes);
	if (r == 0 && u.sysfs >= 0 && marks->dbginfo && !sim_has(sim, "/sys"))
		r = capture_unpack_fd(u.sysfs, true, sim, marks, reterr);
	if (u.sysfs >= 0)
		close(u.sysfs);
	buf_done(&u.prefix);
	buf_done(&u.name);
	buf_done(&u.notes);
	return r;
}
#else
int capture_unpack_fd(int fd, bool within, struct sim *sim, struct capture_marks *marks,
		      struct capture_error *reterr)
{
	(void)fd;
	(void)within;
	(void)sim;
	(void)marks;
	(void)reterr;
	return -ENOTSUP;
}
#endif
