/* SPDX-License-Identifier: MIT */
/* Captures that are written: how the file comes to be, and that what is opened again is what was kept. */
#include "capture.h"
#include "kernel.h"
#include "record.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char machine[] = "file /sys/bus/one 644 \"1\\n\"\n"
			      "file /etc/empty 600 \"\"\n"
			      "file /etc/odd\\name 644 \"x\"\n"
			      "link /sys/class/up ../../../../../sys/bus\n"
			      "link /sys/class/bus ../bus\n"
			      "file /etc/denied 600 \"x\"\n"
			      "file /etc/mounts 644 \"password=hunter2\\n\"\n";

/* A directory of its own, a machine, and a record of it. */
struct desk {
	char dir[40], file[80];
	struct sys *inner, *record;
};

static void reads(struct desk *d, const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	sys_read(d->record, path, &b);
}

static struct desk desk_named(const char *name)
{
	struct desk d = { .dir = "/tmp/vfiocfg-write-XXXXXX", .inner = sim_of_text(machine) };

	assert_non_null(mkdtemp(d.dir));
	snprintf(d.file, sizeof(d.file), "%s/%s", d.dir, name);
	sim_note(sim_of(d.inner), "/etc/denied", 0, -EACCES);
	d.inner->ops = &sim_still_ops;
	assert_int_equal(record_new(d.inner, &(struct record_opts){ 0 }, &d.record), 0);
	reads(&d, "/sys/class/up/one");
	reads(&d, "/sys/class/bus/one");
	reads(&d, "/etc/empty");
	reads(&d, "/etc/odd\\name");
	reads(&d, "/etc/denied");
	reads(&d, "/etc/mounts");
	return d;
}

static struct desk desk(void)
{
	return desk_named("x.tar.gz");
}

static size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)))
		n += !str_eq(e->d_name, ".") && !str_eq(e->d_name, "..");
	closedir(dir);
	return n;
}

static void desk_done(struct desk *d)
{
	unlink(d->file);
	assert_int_equal(rmdir(d->dir), 0);
	sys_free(d->record);
	sys_free(d->inner);
}

static int write_it(struct desk *d, bool replace, struct capture_size *ret)
{
	struct capture_opts opts = {
		.file = d->file, .replace = replace, .by = "vfiocfg 1.0", .now = 1795269600
	};

	return capture_write(d->record, &opts, ret);
}

static struct sys *opened(struct desk *d)
{
	struct capture_error e;
	struct sys *sys = NULL;

	assert_int_equal(capture_open(d->file, &sys, &e), 0);
	return sys;
}

TEST(a_capture_that_is_opened_has_what_was_kept)
{
	CLEANUP(desk_done) struct desk d = desk();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	struct capture_size size = { 0 };

	assert_int_equal(write_it(&d, false, &size), 0);
	assert_true(size.entries > 8 && size.bytes > 10 && size.packed > 100);
	sys = opened(&d);
	assert_reads(sys, "/sys/bus/one", "1\n");
	assert_reads(sys, "/sys/class/bus/one", "1\n");
	assert_reads(sys, "/etc/empty", "");
	assert_reads(sys, "/etc/odd\\name", "x");
	assert_reads(sys, "/etc/mounts", "password=***\n");
	assert_string_equal(sys->origin.maker, "vfiocfg");
	assert_false(sys->origin.selective);
	assert_int_equal(sys->origin.made, 1795269600);
}

TEST(what_could_not_be_read_cannot_be_read_in_the_capture_either)
{
	CLEANUP(desk_done) struct desk d = desk();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct capture_size size;

	assert_int_equal(write_it(&d, false, &size), 0);
	sys = opened(&d);
	assert_int_equal(sys_read(sys, "/etc/denied", &b), -EACCES);
}

TEST(a_link_above_the_machines_root_stays_inside)
{
	CLEANUP(desk_done) struct desk d = desk();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	struct capture_size size;

	assert_int_equal(write_it(&d, false, &size), 0);
	sys = opened(&d);
	assert_reads(sys, "/sys/class/up/one", "1\n");
}

TEST(every_way_of_packing_can_be_opened_whatever_the_file_is_called_then)
{
	static const char *const names[] = { "x.tar",	  "x.tar.gz", "x.tgz", "x.tar.xz",
					     "x.tar.zst", "x.txz",    "x.tzst" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(desk_done) struct desk d = desk_named(names[i]);
		CLEANUP(sys_freep) struct sys *sys = NULL;
		struct capture_size size;
		char other[80];

		assert_int_equal(write_it(&d, false, &size), 0);
		snprintf(other, sizeof(other), "%s/case-4711", d.dir);
		assert_int_equal(rename(d.file, other), 0);
		strcpy(d.file, other);
		assert_true(capture_is_packed(d.file));
		sys = opened(&d);
		assert_reads(sys, "/sys/bus/one", "1\n");
	}
}

TEST(only_its_owner_may_read_it)
{
	CLEANUP(desk_done) struct desk d = desk();
	struct capture_size size;
	struct stat st;

	umask(0);
	assert_int_equal(write_it(&d, false, &size), 0);
	assert_int_equal(stat(d.file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, size.packed);
}

static void put_text(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

TEST(a_file_that_is_there_is_replaced_only_when_told_so)
{
	CLEANUP(desk_done) struct desk d = desk();
	struct capture_size size;
	struct stat st;

	put_text(d.file, "mine");
	assert_int_equal(write_it(&d, false, &size), -EEXIST);
	assert_int_equal(stat(d.file, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(write_it(&d, true, &size), 0);
	assert_int_equal(stat(d.file, &st), 0);
	assert_int_equal(st.st_size, size.packed);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(files_in(d.dir), 1);
}

TEST(a_link_in_its_place_is_replaced_and_not_followed)
{
	CLEANUP(desk_done) struct desk d = desk();
	struct capture_size size;
	char target[80];
	struct stat st;

	snprintf(target, sizeof(target), "%s/target", d.dir);
	put_text(target, "mine");
	assert_int_equal(symlink(target, d.file), 0);
	assert_int_equal(write_it(&d, false, &size), -EEXIST);
	assert_int_equal(write_it(&d, true, &size), 0);
	assert_int_equal(lstat(d.file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(target);
}

TEST(a_name_that_says_no_way_of_packing_is_refused)
{
	CLEANUP(desk_done) struct desk d = desk_named("x.zip");
	struct capture_size size;

	assert_int_equal(write_it(&d, false, &size), -EINVAL);
	assert_int_equal(files_in(d.dir), 0);
}

TEST(where_nothing_can_be_written_nothing_is_left)
{
	CLEANUP(desk_done) struct desk d = desk();
	char dir[sizeof(d.file)];
	struct capture_size size;

	strcpy(dir, d.file);
	strcat(d.file, "/x.tar.gz");
	assert_int_equal(write_it(&d, false, &size), -ENOENT);
	strcpy(d.file, dir);
	assert_int_equal(files_in(d.dir), 0);
}

TEST(the_first_entry_says_what_it_is_and_what_is_missing)
{
	CLEANUP(desk_done) struct desk d = desk_named("x.tar");
	struct capture_size size;
	char bytes[1536] = "";
	FILE *f;

	assert_int_equal(write_it(&d, false, &size), 0);
	f = fopen(d.file, "r");
	assert_non_null(f);
	assert_true(fread(bytes, 1, sizeof(bytes) - 1, f) > 1024);
	fclose(f);
	assert_string_equal(bytes, CAPTURE_NOTES);
	assert_non_null(strstr(bytes + 512, "vfiocfg-capture 1\nby vfiocfg 1.0\n"
					    "made 2026-11-21T14:00:00Z\n"));
	assert_non_null(strstr(bytes + 512, "\nunread 13 /etc/denied\n"));
	assert_non_null(strstr(bytes + 512, "\ncleaned /etc/mounts\n"));
	assert_null(strstr(bytes + 512, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_capture_that_is_opened_has_what_was_kept),
		CASE(what_could_not_be_read_cannot_be_read_in_the_capture_either),
		CASE(a_link_above_the_machines_root_stays_inside),
		CASE(every_way_of_packing_can_be_opened_whatever_the_file_is_called_then),
		CASE(only_its_owner_may_read_it),
		CASE(a_file_that_is_there_is_replaced_only_when_told_so),
		CASE(a_link_in_its_place_is_replaced_and_not_followed),
		CASE(a_name_that_says_no_way_of_packing_is_refused),
		CASE(where_nothing_can_be_written_nothing_is_left),
		CASE(the_first_entry_says_what_it_is_and_what_is_missing),
	};
	struct capture_error e;
	struct sys *sys;

	if (capture_open("/proc/version", &sys, &e) == -ENOTSUP)
		return print_message("1..0 # SKIP built without libarchive\n"), 0;
	return RUN(tests);
}
