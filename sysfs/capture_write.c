/* SPDX-License-Identifier: MIT */
#include "capture_in.h"
#include "late.h"
#include "record.h"

#include <errno.h>

#ifdef HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct packing {
	struct archive *archive;
	struct archive_entry *entry;
	const struct capture_opts *opts;
	struct capture_size size;
};

/* How a file of that name is packed; NULL: the name does not say. */
static int (*filter_for(const char *file))(struct archive *)
{
	static const struct {
		const char *end;
		int (*add)(struct archive *);
	} table[] = {
		{ ".tar", archive_write_add_filter_none },
		{ ".tar.gz", archive_write_add_filter_gzip },
		{ ".tgz", archive_write_add_filter_gzip },
		{ ".tar.xz", archive_write_add_filter_xz },
		{ ".txz", archive_write_add_filter_xz },
		{ ".tar.zst", archive_write_add_filter_zstd },
		{ ".tzst", archive_write_add_filter_zstd },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (str_ends(file, table[i].end))
			return table[i].add;
	return NULL;
}

static int put(struct packing *p, const char *name, mode_t type, const struct sim_entry *e)
{
	struct archive_entry *a = archive_entry_clear(p->entry);

	archive_entry_set_pathname(a, name);
	archive_entry_set_filetype(a, type);
	archive_entry_set_perm(a, type == AE_IFDIR ? 0755 : type == AE_IFLNK ? 0777 : e->mode);
	archive_entry_set_mtime(a, e->mtime ? e->mtime : p->opts->now, 0);
	archive_entry_set_uname(a, "root");
	archive_entry_set_gname(a, "root");
	if (type == AE_IFLNK)
		archive_entry_set_symlink(a, e->value);
	archive_entry_set_size(a, type == AE_IFREG ? (la_int64_t)e->len : 0);
	if (archive_write_header(p->archive, a) != ARCHIVE_OK)
		return archive_errno(p->archive) > 0 ? -archive_errno(p->archive) : -EIO;
	if (type == AE_IFREG && e->len &&
	    archive_write_data(p->archive, e->value, e->len) != (la_ssize_t)e->len)
		return -EIO;
	p->size.entries++;
	p->size.bytes += type == AE_IFREG ? e->len : 0;
	return 0;
}

/* Above a machine's root is its root; above a capture's is somebody else's machine. */
static const char *kept_inside(const struct sim_entry *e, struct buf *target)
{
	const char *to = e->value;

	if (!capture_leads_out(e->path, to))
		return to;
	while (str_starts(to, "../"))
		to += 3;
	return buf_printf(target, "/%s", to) < 0 || capture_leads_out("/", target->data)
		       ? "-"
		       : target->data;
}

static int put_node(void *arg, const struct sim_entry *e)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	struct sim_entry link = *e;

	if (e->type == SYS_LINK) {
		link.value = kept_inside(e, &target);
		return put(arg, e->path + 1, AE_IFLNK, &link);
	}
	return put(arg, e->path + 1, e->type == SYS_DIR ? AE_IFDIR : AE_IFREG, e);
}

/* A path may have any byte but NUL: those that would end a line are told by their numbers. */
static int add_path(struct buf *b, const char *path)
{
	int r = 0;

	for (; *path && r == 0; path++)
		r = (unsigned char)*path < 0x20 || *path == 0x7f || *path == '\\'
			    ? buf_printf(b, "\\x%02x", (unsigned)(unsigned char)*path)
			    : buf_addc(b, *path);
	return r < 0 ? r : buf_addc(b, '\n');
}

static int make_notes(struct sys *record, const struct capture_opts *o, struct buf *b)
{
	static const char *const words[] = { [RECORD_UNREAD] = "unread",
					     [RECORD_CLEANED] = "cleaned",
					     [RECORD_NEVER] = "never",
					     [RECORD_TOO_MUCH] = "left-out" };
	const struct record_note *notes;
	time_t now = (time_t)o->now;
	struct tm tm = { 0 };
	char when[32];
	size_t n;
	int r;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	r = buf_printf(b, "vfiocfg-capture 1\nby %s\nmade %s\n", o->by, when);
	notes = record_notes(record, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = buf_printf(b, "%s ", words[notes[i].what]);
		if (r == 0 && notes[i].what == RECORD_UNREAD)
			r = buf_printf(b, "%d ", -notes[i].err);
		r = r < 0 ? r : add_path(b, notes[i].path);
	}
	return r;
}

static int pack(struct packing *p, struct sys *record)
{
	CLEANUP(buf_done) struct buf notes = { 0 };
	int r = make_notes(record, p->opts, &notes);

	/* First, so that whoever reads it knows at once what it is. */
	if (r == 0)
		r = put(p, CAPTURE_NOTES, AE_IFREG,
			&(struct sim_entry){
				.mode = 0644, .value = buf_str(&notes), .len = notes.len });
	if (r == 0)
		r = sim_each(record_tree(record), put_node, p);
	if (archive_write_close(p->archive) != ARCHIVE_OK && r == 0)
		r = archive_errno(p->archive) > 0 ? -archive_errno(p->archive) : -EIO;
	return r;
}

static int pack_fd(struct packing *p, struct sys *record, int fd)
{
	int r;

	p->archive = archive_write_new();
	p->entry = archive_entry_new();
	r = p->archive && p->entry ? 0 : -ENOMEM;
	/* A way that only a program beside us knows is none. */
	if (r == 0 && (filter_for(p->opts->file)(p->archive) != ARCHIVE_OK ||
		       archive_write_set_format_pax_restricted(p->archive) != ARCHIVE_OK))
		r = -ENOTSUP;
	if (r == 0 && archive_write_open_fd(p->archive, fd) != ARCHIVE_OK)
		r = -EIO;
	if (r == 0)
		r = pack(p, record);
	archive_entry_free(p->entry);
	archive_write_free(p->archive);
	return r;
}

/* The name is taken only now, and by one of two who want it. */
static int publish(const char *temp, const struct capture_opts *o)
{
	CLEANUP(freep) char *dir = strdup(o->file);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;

	if (o->replace ? rename(temp, o->file) < 0 : link(temp, o->file) < 0)
		return -errno;
	if (!o->replace)
		unlink(temp);
	if (slash)
		*slash = '\0';
	fd = open(!slash ? "." : slash == dir ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return 0;
}

int capture_write(struct sys *record, const struct capture_opts *opts, struct capture_size *ret)
{
	struct packing p = { .opts = opts };
	CLEANUP(buf_done) struct buf temp = { 0 };
	struct stat st = { 0 };
	int fd, r;

	if (!filter_for(opts->file))
		return -EINVAL;
	if (!late_archive())
		return -ENOTSUP;
	if (!opts->replace && lstat(opts->file, &st) == 0)
		return -EEXIST;
	if (buf_printf(&temp, "%s.XXXXXX", opts->file) < 0)
		return -ENOMEM;
	/* mode 0600 */
	fd = mkostemp(temp.data, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = pack_fd(&p, record, fd);
	if (r == 0 && (fsync(fd) < 0 || fstat(fd, &st) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		r = publish(temp.data, opts);
	if (r < 0) {
		unlink(temp.data);
		return r;
	}
	p.size.packed = (uint64_t)st.st_size;
	*ret = p.size;
	return 0;
}
#else
int capture_write(struct sys *record, const struct capture_opts *opts, struct capture_size *ret)
{
	(void)record;
	(void)opts;
	(void)ret;
	return -ENOTSUP;
}
#endif
