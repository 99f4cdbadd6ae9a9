/* SPDX-License-Identifier: MIT */
/*
 * Libraries that are loaded when something of theirs is called: the one that unpacks captures brings a dozen others, and with
 * them a start of the program took half of what it takes to list a small host.
 *
 * The functions below have the names of the library's own, whose headers say what they take: who calls them need not know.
 */
#include "late.h"

#include <dlfcn.h>
#include <stddef.h>

#if defined(HAVE_ARCHIVE) || defined(HAVE_KMOD)
/* Stays loaded. Nothing is looked up in another library than that. */
static void *look_up(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	return handle ? dlsym(handle, name) : NULL;
}

/* What is found once is found for good. */
#define FIND(fn, library)                                                                          \
	static __typeof__(fn) *found;                                                              \
	if (!found)                                                                                \
	*(void **)&found = look_up(library, #fn)
#endif

#ifdef HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>

#define ARCHIVE "libarchive.so.13"

bool late_archive(void)
{
	return look_up(ARCHIVE, "archive_read_new") != NULL;
}

/* clang-format off */
const char *archive_bzlib_version(void) { FIND(archive_bzlib_version, ARCHIVE); return found(); }
const char *archive_liblzma_version(void) { FIND(archive_liblzma_version, ARCHIVE); return found(); }
const char *archive_libzstd_version(void) { FIND(archive_libzstd_version, ARCHIVE); return found(); }
const char *archive_zlib_version(void) { FIND(archive_zlib_version, ARCHIVE); return found(); }
struct archive_entry *archive_entry_clear(struct archive_entry *a) { FIND(archive_entry_clear, ARCHIVE); return found(a); }
__LA_MODE_T archive_entry_filetype(struct archive_entry *a) { FIND(archive_entry_filetype, ARCHIVE); return found(a); }
const char *archive_entry_hardlink(struct archive_entry *a) { FIND(archive_entry_hardlink, ARCHIVE); return found(a); }
time_t archive_entry_mtime(struct archive_entry *a) { FIND(archive_entry_mtime, ARCHIVE); return found(a); }
struct archive_entry *archive_entry_new(void) { FIND(archive_entry_new, ARCHIVE); return found(); }
const char *archive_entry_pathname(struct archive_entry *a) { FIND(archive_entry_pathname, ARCHIVE); return found(a); }
__LA_MODE_T archive_entry_perm(struct archive_entry *a) { FIND(archive_entry_perm, ARCHIVE); return found(a); }
la_int64_t archive_entry_size(struct archive_entry *a) { FIND(archive_entry_size, ARCHIVE); return found(a); }
int archive_entry_sparse_count(struct archive_entry *a) { FIND(archive_entry_sparse_count, ARCHIVE); return found(a); }
const char *archive_entry_symlink(struct archive_entry *a) { FIND(archive_entry_symlink, ARCHIVE); return found(a); }
int archive_errno(struct archive *a) { FIND(archive_errno, ARCHIVE); return found(a); }
la_int64_t archive_filter_bytes(struct archive *a, int n) { FIND(archive_filter_bytes, ARCHIVE); return found(a, n); }
la_ssize_t archive_read_data(struct archive *a, void *bytes, size_t size) { FIND(archive_read_data, ARCHIVE); return found(a, bytes, size); }
int archive_read_free(struct archive *a) { FIND(archive_read_free, ARCHIVE); return found(a); }
struct archive *archive_read_new(void) { FIND(archive_read_new, ARCHIVE); return found(); }
int archive_read_next_header(struct archive *a, struct archive_entry **ret) { FIND(archive_read_next_header, ARCHIVE); return found(a, ret); }
int archive_read_open_fd(struct archive *a, int fd, size_t size) { FIND(archive_read_open_fd, ARCHIVE); return found(a, fd, size); }
int archive_read_support_filter_bzip2(struct archive *a) { FIND(archive_read_support_filter_bzip2, ARCHIVE); return found(a); }
int archive_read_support_filter_gzip(struct archive *a) { FIND(archive_read_support_filter_gzip, ARCHIVE); return found(a); }
int archive_read_support_filter_xz(struct archive *a) { FIND(archive_read_support_filter_xz, ARCHIVE); return found(a); }
int archive_read_support_filter_zstd(struct archive *a) { FIND(archive_read_support_filter_zstd, ARCHIVE); return found(a); }
int archive_read_support_format_tar(struct archive *a) { FIND(archive_read_support_format_tar, ARCHIVE); return found(a); }
int archive_write_add_filter_gzip(struct archive *a) { FIND(archive_write_add_filter_gzip, ARCHIVE); return found(a); }
int archive_write_add_filter_none(struct archive *a) { FIND(archive_write_add_filter_none, ARCHIVE); return found(a); }
int archive_write_add_filter_xz(struct archive *a) { FIND(archive_write_add_filter_xz, ARCHIVE); return found(a); }
int archive_write_add_filter_zstd(struct archive *a) { FIND(archive_write_add_filter_zstd, ARCHIVE); return found(a); }
int archive_write_close(struct archive *a) { FIND(archive_write_close, ARCHIVE); return found(a); }
la_ssize_t archive_write_data(struct archive *a, const void *bytes, size_t size) { FIND(archive_write_data, ARCHIVE); return found(a, bytes, size); }
int archive_write_free(struct archive *a) { FIND(archive_write_free, ARCHIVE); return found(a); }
int archive_write_header(struct archive *a, struct archive_entry *e) { FIND(archive_write_header, ARCHIVE); return found(a, e); }
struct archive *archive_write_new(void) { FIND(archive_write_new, ARCHIVE); return found(); }
int archive_write_open_fd(struct archive *a, int fd) { FIND(archive_write_open_fd, ARCHIVE); return found(a, fd); }
int archive_write_set_format_pax_restricted(struct archive *a) { FIND(archive_write_set_format_pax_restricted, ARCHIVE); return found(a); }
void archive_entry_free(struct archive_entry *a) { FIND(archive_entry_free, ARCHIVE); found(a); }
void archive_entry_set_filetype(struct archive_entry *a, unsigned type) { FIND(archive_entry_set_filetype, ARCHIVE); found(a, type); }
void archive_entry_set_gname(struct archive_entry *a, const char *name) { FIND(archive_entry_set_gname, ARCHIVE); found(a, name); }
void archive_entry_set_mtime(struct archive_entry *a, time_t at, long ns) { FIND(archive_entry_set_mtime, ARCHIVE); found(a, at, ns); }
void archive_entry_set_pathname(struct archive_entry *a, const char *path) { FIND(archive_entry_set_pathname, ARCHIVE); found(a, path); }
void archive_entry_set_perm(struct archive_entry *a, __LA_MODE_T mode) { FIND(archive_entry_set_perm, ARCHIVE); found(a, mode); }
void archive_entry_set_size(struct archive_entry *a, la_int64_t size) { FIND(archive_entry_set_size, ARCHIVE); found(a, size); }
void archive_entry_set_symlink(struct archive_entry *a, const char *to) { FIND(archive_entry_set_symlink, ARCHIVE); found(a, to); }
void archive_entry_set_uname(struct archive_entry *a, const char *name) { FIND(archive_entry_set_uname, ARCHIVE); found(a, name); }
/* clang-format on */
#endif

#ifdef HAVE_KMOD
#include <libkmod.h>

#define KMOD "libkmod.so.2"

bool late_kmod(void)
{
	return look_up(KMOD, "kmod_new") != NULL;
}

/* clang-format off */
struct kmod_ctx *kmod_new(const char *dir, const char *const *config) { FIND(kmod_new, KMOD); return found(dir, config); }
struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx) { FIND(kmod_unref, KMOD); return found(ctx); }
int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *name, struct kmod_list **ret) { FIND(kmod_module_new_from_lookup, KMOD); return found(ctx, name, ret); }
struct kmod_module *kmod_module_get_module(const struct kmod_list *entry) { FIND(kmod_module_get_module, KMOD); return found(entry); }
struct kmod_module *kmod_module_unref(struct kmod_module *mod) { FIND(kmod_module_unref, KMOD); return found(mod); }
int kmod_module_unref_list(struct kmod_list *list) { FIND(kmod_module_unref_list, KMOD); return found(list); }
struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *at) { FIND(kmod_list_next, KMOD); return found(list, at); }
void kmod_set_log_priority(struct kmod_ctx *ctx, int priority) { FIND(kmod_set_log_priority, KMOD); found(ctx, priority); }
int kmod_module_probe_insert_module(struct kmod_module *mod, unsigned flags, const char *options,
				    int (*run)(struct kmod_module *m, const char *command, void *data), const void *data,
				    void (*print)(struct kmod_module *m, bool install, const char *opts))
{ FIND(kmod_module_probe_insert_module, KMOD); return found(mod, flags, options, run, data, print); }
/* clang-format on */
#endif
