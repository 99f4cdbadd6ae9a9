/* SPDX-License-Identifier: MIT */
/*
 * A simulated machine from a packed capture (tar, compressed or not), through libarchive where it is built in.
 *
 * An archive is somebody else's: names that lead out, links out of the tree, device nodes and more than a host could have
 * are refused or left out, and nothing is ever unpacked onto a disk.
 */
#include "sim_tree.h"

#include <errno.h>
#include <string.h>

#ifdef HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

enum {
	ENTRIES_MAX = 4 << 20,
	BYTES_MAX = 256 << 20,
};

struct unpacking {
	struct archive *archive;
	struct sim *sim;
	const char *const *paths; /* what is taken */
	size_t entries, bytes;
};

/* "./sys/bus" and "sys/bus/" are "/sys/bus"; NULL: not to be taken. */
static const char *path_of(struct archive_entry *entry, struct buf *b)
{
	const char *name = archive_entry_pathname(entry);

	buf_reset(b);
	if (!name)
		return NULL;
	while (str_starts(name, "./"))
		name += 2;
	if (buf_printf(b, "/%s", name) < 0)
		return NULL;
	while (b->len > 1 && b->data[b->len - 1] == '/')
		b->data[--b->len] = '\0';
	return sys_path_ok(b->data) ? b->data : NULL;
}

static bool is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return !strncmp(path, top, n) && (path[n] == '\0' || path[n] == '/');
}

static bool wanted(const struct unpacking *u, const char *path)
{
	for (const char *const *top = u->paths; *top; top++)
		if (is_below(path, *top))
			return true;
	return false;
}

static int take_file(struct unpacking *u, const char *path, unsigned mode)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	char part[8192];
	la_ssize_t n;

	while ((n = archive_read_data(u->archive, part, sizeof(part))) > 0) {
		u->bytes += (size_t)n;
		if (value.len + (size_t)n > SYS_VALUE_MAX || u->bytes > BYTES_MAX)
			return -EFBIG;
		if (buf_add(&value, part, (size_t)n) < 0)
			return -ENOMEM;
	}
	if (n < 0)
		return -EINVAL;
	return sim_put_bytes(u->sim, path, mode, buf_str(&value), value.len);
}

/* Does a link stand on the way? Writing through one could leave the tree, and reach what a machine hides. */
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

static int take(struct unpacking *u, struct archive_entry *entry, const char *path)
{
	const char *target = archive_entry_symlink(entry);
	unsigned mode = archive_entry_perm(entry) & 0777;

	if (through_link(u, path))
		return 0;
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		return sim_put_dir(u->sim, path);
	case AE_IFREG:
		return archive_entry_hardlink(entry) ? 0 : take_file(u, path, mode);
	case AE_IFLNK:
		/* Where it leads is decided at each look, within the tree: a link out of it dangles. */
		return target && strlen(target) < 4096 ? sim_put_link(u->sim, path, target) : 0;
	default:
		return 0;
	}
}

static int unpack(struct unpacking *u)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct archive_entry *entry;
	int r;

	while ((r = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK ||
	       r == ARCHIVE_WARN) {
		const char *path = path_of(entry, &b);
		int e = 0;

		if (++u->entries > ENTRIES_MAX)
			return -EFBIG;
		if (path && wanted(u, path))
			e = take(u, entry, path);
		/* A file where a directory was, and the like: that entry is left out. */
		if (e == -ENOMEM || e == -EFBIG || (e == -EINVAL && archive_errno(u->archive)))
			return e;
	}
	return r == ARCHIVE_EOF && u->sim && sim_has(u->sim, "/sys") ? 0 : -EINVAL;
}

static int read_archive(const char *file, const char *const *paths, struct sim *sim)
{
	struct unpacking u = { .archive = archive_read_new(), .sim = sim, .paths = paths };
	int r;

	if (!u.archive)
		return -ENOMEM;
	archive_read_support_filter_all(u.archive);
	archive_read_support_format_tar(u.archive);
	r = archive_read_open_filename(u.archive, file, 65536) == ARCHIVE_OK ? unpack(&u) : -EINVAL;
	archive_read_free(u.archive);
	return r;
}
#else
static int read_archive(const char *file, const char *const *paths, struct sim *sim)
{
	(void)file;
	(void)paths;
	(void)sim;
	return -ENOTSUP;
}
#endif

int sim_new_archive(const char *file, const char *const *paths, struct sys **ret)
{
	struct sim *sim;
	int r = sim_alloc(&sim);

	if (r == 0)
		r = read_archive(file, paths, sim);
	if (r == 0)
		r = sim_adopt(sim);
	if (r < 0) {
		sys_free(&sim->sys);
		return r;
	}
	*ret = &sim->sys;
	return 0;
}
