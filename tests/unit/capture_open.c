/* SPDX-License-Identifier: MIT */
/* Captures that are opened: layouts that are known, and archives that mean harm. */
#include "capture.h"
#include "check.h"
#include "mem.h"
#include "sim_tree.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One ustar header. */
static void put_head(FILE *f, const char *name, char type, const char *link, uint64_t len)
{
	char block[512] = { 0 };
	unsigned sum = 0;

	snprintf(block, 100, "%s", name);
	memcpy(block + 100, "0000644\0000000000\0000000000", 23);
	snprintf(block + 124, 13, "%012lo", (unsigned long)len);
	memcpy(block + 136, "00000000000", 11);
	memset(block + 148, ' ', 8);
	block[156] = type;
	snprintf(block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	assert_int_equal(fwrite(block, sizeof(block), 1, f), 1);
}

/* ... and its content, in whole blocks. */
static void put_bytes(FILE *f, const char *name, const char *bytes, size_t len)
{
	static const char zeros[512];

	put_head(f, name, '0', "", len);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	if (len % 512)
		assert_int_equal(fwrite(zeros, 1, 512 - len % 512, f), 512 - len % 512);
}

static void put(FILE *f, const char *name, char type, const char *link, const char *content)
{
	if (type == '0')
		put_bytes(f, name, content, strlen(content));
	else
		put_head(f, name, type, link, 0);
}

static FILE *begin(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	return fdopen(fd, "w");
}

static void end(FILE *f)
{
	static const char zeros[1024];

	assert_int_equal(fwrite(zeros, sizeof(zeros), 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

/* An archive of a machine with one entry more: what is said of it. */
static int open_with(const char *name, char type, const char *link, const char *content,
		     struct capture_error *ret)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	FILE *f = begin(path);
	struct sys *sys = NULL;
	int r;

	put(f, "sys/bus/one", '0', "", "1\n");
	put(f, "etc/link", '2', "plain", "");
	put(f, name, type, link, content);
	put(f, "sys/bus/two", '0', "", "2\n");
	end(f);
	r = capture_open(path, &sys, ret);
	sys_free(sys);
	unlink(path);
	return r;
}

static void refused(const char *name, char type, const char *link, const char *what)
{
	struct capture_error e;

	assert_int_equal(open_with(name, type, link, "", &e), -EINVAL);
	assert_string_equal(e.entry, name);
	assert_non_null(strstr(e.what, what));
}

static void taken(const char *name, char type, const char *link, const char *content)
{
	struct capture_error e;

	assert_int_equal(open_with(name, type, link, content, &e), 0);
	assert_null(e.what);
}

TEST(a_packed_capture_of_a_real_kernel_is_a_machine_that_behaves)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	CLEANUP(buf_done) struct buf driver = { 0 };
	struct capture_error e;
	struct sys *sys;

	buf_printf(&file, "%s/tests/captures/ap-7.2-sysfs.tar.gz", getenv("SOURCE_DIR"));
	assert_true(capture_is_packed(buf_str(&file)));
	assert_int_equal(capture_open_demo(buf_str(&file), &sys, &e), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/ap/apmask", "-5"), 0);
	assert_int_equal(sys_read_base(sys, "/sys/bus/ap/devices/05.0004/driver", &driver), 0);
	assert_string_equal(buf_str(&driver), "vfio_ap");
	assert_string_equal(sys->origin.maker, "");
	sys_free(sys);
}

TEST(a_packed_capture_that_is_looked_at_takes_no_change_and_has_no_kernel)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	struct capture_error e;
	struct sys_event event = { 0 };
	struct sys *sys;

	buf_printf(&file, "%s/tests/captures/ap-7.2-sysfs.tar.gz", getenv("SOURCE_DIR"));
	assert_int_equal(capture_open(buf_str(&file), &sys, &e), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/ap/apmask", "-5"), -EROFS);
	assert_int_equal(sys_stage(sys, "/etc/x", "1", 1), -EROFS);
	assert_int_equal(sys_load_module(sys, "vfio_ap"), -EROFS);
	assert_int_equal(sys_watch(sys, &event), 0);
	assert_false(sys->simulated);
	assert_false(sim_has(sim_of(sys), "/.sim"));
	sys_free(sys);
}

TEST(names_and_links_that_lead_out_are_refused_by_name)
{
	refused("sys/../etc/passwd", '0', "", "leads out");
	refused("../etc/shadow", '0', "", "leads out");
	refused("home/../../x", '0', "", "leads out");
	refused("/etc/absolute", '0', "", "root of a machine");
	refused("sys/away", '2', "../../../../etc/hostname", "link that leads out");
	refused("etc/up", '2', "a/../../..", "link that leads out");
	refused("etc/rootup", '2', "/../x", "link that leads out");
	refused("etc/a//b", '0', "", "malformed");
	refused("etc/./b", '0', "", "malformed");
}

TEST(what_is_no_plain_file_is_refused_by_name)
{
	refused("sys/hard", '1', "sys/bus/one", "hard link");
	refused("sys/char", '3', "", "special file");
	refused("sys/block", '4', "", "special file");
	refused("run/fifo", '6', "", "special file");
	refused("etc/link", '0', "", "where a link was");
	refused("etc/link/below", '0', "", "below one");
	refused("sys/bus", '0', "", "another type");
	refused("sys/bus/one/below", '0', "", "another type");
	refused("sys/nowhere", '2', "", "no name");
}

TEST(what_nobody_looks_at_may_be_anything)
{
	taken("home/device", '3', "", "");
	taken("home/me/hard", '1', "home/other", "");
	taken("var/log/out", '2', "../../../../etc", "");
	taken("etc/inside", '2', "../sys/bus", "");
	taken("etc/absolute", '2', "/usr/lib/x", "");
	taken("sys/bus/one", '0', "", "again\n");
}

TEST(an_archive_that_ends_too_soon_names_where)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	struct capture_error e;
	FILE *f = begin(path);
	struct sys *sys = NULL;

	put(f, "sys/bus/one", '0', "", "1\n");
	put(f, "sys/bus/two", '0', "", "2\n");
	end(f);
	assert_int_equal(truncate(path, 512 + 512 + 512 + 1), 0);
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	assert_string_equal(e.entry, "sys/bus/two");
	assert_int_equal(truncate(path, 700), 0);
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	assert_string_equal(e.entry, "sys/bus/one");
	assert_null(sys);
	unlink(path);
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

TEST(what_is_no_archive_or_has_nothing_of_a_machine_is_refused)
{
	static const char zip[] = "PK\3\4\24\0\0\0\0\0";
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	struct capture_error e;
	FILE *f = begin(path);
	struct sys *sys = NULL;

	put(f, "etc/hostname", '0', "", "x\n");
	end(f);
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	write_bytes(path, "this is text\n", 13);
	assert_false(capture_is_packed(path));
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	write_bytes(path, zip, sizeof(zip));
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	write_bytes(path, "", 0);
	assert_int_equal(capture_open(path, &sys, &e), -EINVAL);
	assert_int_equal(capture_open("/nonexistent.tar", &sys, &e), -ENOENT);
	assert_int_equal(capture_open("/dev/null", &sys, &e), -EINVAL);
	assert_null(sys);
	unlink(path);
}

static void put_zeros(FILE *f, const char *name, uint64_t size)
{
	static const char zeros[1 << 16];

	put_head(f, name, '0', "", size);
	for (uint64_t n = 0; n < size; n += sizeof(zeros))
		assert_int_equal(fwrite(zeros, sizeof(zeros), 1, f), 1);
}

static long peak_kib(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_maxrss;
}

TEST(a_value_longer_than_any_is_there_and_cannot_be_read)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	CLEANUP(buf_done) struct buf value = { 0 };
	struct capture_error e;
	FILE *f = begin(path);
	long before = peak_kib();
	struct sys *sys;

	put(f, "sys/bus/one", '0', "", "1\n");
	put_zeros(f, "sys/bomb", 64 << 20);
	put(f, "sys/bus/two", '0', "", "2\n");
	end(f);
	assert_int_equal(capture_open(path, &sys, &e), 0);
	assert_int_equal(sys_read(sys, "/sys/bomb", &value), -EFBIG);
	assert_int_equal(sys_read(sys, "/sys/bus/two", &value), 0);
	assert_in_range(peak_kib() - before, 0, 16 << 10);
	sys_free(sys);
	unlink(path);
}

TEST(a_bomb_in_what_nobody_looks_at_is_refused_before_it_is_unpacked)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	struct capture_error e;
	FILE *f = begin(path);
	struct timespec from, to;
	struct sys *sys;

	put(f, "sys/bus/one", '0', "", "1\n");
	/* What it says it is need not be there. */
	put_head(f, "home/bomb", '0', "", 60UL << 30);
	fclose(f);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(capture_open(path, &sys, &e), -EFBIG);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_string_equal(e.entry, "home/bomb");
	assert_non_null(strstr(e.what, "8 GiB"));
	assert_in_range(to.tv_sec - from.tv_sec, 0, 5);
	unlink(path);
}

TEST(more_files_than_a_host_can_have_are_refused)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX", command[64], name[100];
	struct capture_error e;
	struct sys *sys;
	FILE *f;

	fclose(begin(path));
	snprintf(command, sizeof(command), "gzip -1 >%s", path);
	f = popen(command, "w");
	assert_non_null(f);
	/* The names are few and come again: it is the work that is limited. */
	for (unsigned i = 0; i < (1 << 20) + 1; i++) {
		snprintf(name, sizeof(name), "sys/d%u", i % 3);
		put(f, name, '5', "", "");
	}
	assert_int_equal(pclose(f), 0);
	assert_int_equal(capture_open(path, &sys, &e), -EFBIG);
	assert_non_null(strstr(e.what, "a million files"));
	unlink(path);
}

/* -- layouts -- */

TEST(a_sosreport_is_known_by_its_marks_whatever_it_is_called)
{
	char path[] = "/tmp/vfiocfg-capture-XXXXXX";
	CLEANUP(buf_done) struct buf value = { 0 };
	struct capture_error e;
	FILE *f = begin(path);
	struct sys *sys;

	put(f, "sosreport-lpar3-2026-11-21-abcdefg/", '5', "", "");
	put(f, "sosreport-lpar3-2026-11-21-abcdefg/proc/cmdline", '0', "", "root=/dev/dasda1\n");
	put(f, "sosreport-lpar3-2026-11-21-abcdefg/etc/mtab", '2', "../proc/self/mounts", "");
	put(f, "sosreport-lpar3-2026-11-21-abcdefg/lsmod", '2', "sos_commands/kernel/lsmod", "");
	put(f, "sosreport-lpar3-2026-11-21-abcdefg/sos_commands/kernel/lsmod", '0', "", "x\n");
	put(f, "sosreport-lpar3-2026-11-21-abcdefg/var/log/messages", '0', "", "x\n");
	put(f, "another/proc/cmdline", '0', "", "not of it\n");
	end(f);
	assert_int_equal(capture_open(path, &sys, &e), 0);
	assert_string_equal(sys->origin.maker, "sosreport");
	assert_true(sys->origin.selective);
	assert_int_equal(sys_read(sys, "/proc/cmdline", &value), 0);
	assert_string_equal(buf_str(&value), "root=/dev/dasda1\n");
	assert_false(sys_exists(sys, "/var/log"));
	assert_false(sys_exists(sys, "/sos_commands"));
	sys_free(sys);
	unlink(path);
}

static char *contents(const char *path, size_t *ret)
{
	FILE *f = fopen(path, "r");
	char *bytes = malloc(1 << 20);

	assert_non_null(f);
	assert_non_null(bytes);
	*ret = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

TEST(dbginfo_keeps_sys_packed_within_and_it_is_looked_into)
{
	char inner[] = "/tmp/vfiocfg-capture-XXXXXX", path[] = "/tmp/vfiocfg-capture-XXXXXX";
	CLEANUP(buf_done) struct buf value = { 0 };
	CLEANUP(freep) char *packed = NULL;
	struct capture_error e;
	struct sys *sys;
	size_t len;
	FILE *f = begin(inner);

	put(f, "/sys/bus/css/one", '0', "", "1\n");
	put(f, "sys/bus/css/two", '0', "", "2\n");
	put(f, "etc/not", '0', "", "of /sys\n");
	end(f);
	packed = contents(inner, &len);
	f = begin(path);
	put(f, "DBGINFO-2026-11-21-12-00-00-lpar3-0A1B2C/runtime.out", '0', "", "x\n");
	put(f, "DBGINFO-2026-11-21-12-00-00-lpar3-0A1B2C/proc/cmdline", '0', "", "x\n");
	put_bytes(f, "DBGINFO-2026-11-21-12-00-00-lpar3-0A1B2C/sysfs.tgz", packed, len);
	end(f);
	assert_int_equal(capture_open(path, &sys, &e), 0);
	assert_string_equal(sys->origin.maker, "dbginfo.sh");
	assert_int_equal(sys_read(sys, "/sys/bus/css/one", &value), 0);
	assert_int_equal(sys_read(sys, "/sys/bus/css/two", &value), 0);
	assert_string_equal(buf_str(&value), "1\n2\n");
	assert_false(sys_exists(sys, "/etc/not"));
	sys_free(sys);
	unlink(path);
	unlink(inner);
}

TEST(an_unpacked_dbginfo_is_opened_with_its_packed_sys)
{
	char inner[] = "/tmp/vfiocfg-capture-XXXXXX";
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf value = { 0 };
	struct capture_error e;
	struct sys *sys;
	FILE *f = begin(inner);

	put(f, "sys/bus/css/one", '0', "", "1\n");
	end(f);
	assert_int_equal(capture_open(t.root, &sys, &e), 1);
	tree_dir(&t, "/proc");
	tree_put(&t, "/runtime.out", "x");
	assert_int_equal(rename(inner, tree_path(&t, "/sysfs.tgz")), 0);
	assert_int_equal(capture_open(t.root, &sys, &e), 0);
	assert_int_equal(sys_read(sys, "/sys/bus/css/one", &value), 0);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_packed_capture_of_a_real_kernel_is_a_machine_that_behaves),
		CASE(a_packed_capture_that_is_looked_at_takes_no_change_and_has_no_kernel),
		CASE(names_and_links_that_lead_out_are_refused_by_name),
		CASE(what_is_no_plain_file_is_refused_by_name),
		CASE(what_nobody_looks_at_may_be_anything),
		CASE(an_archive_that_ends_too_soon_names_where),
		CASE(what_is_no_archive_or_has_nothing_of_a_machine_is_refused),
		CASE(a_value_longer_than_any_is_there_and_cannot_be_read),
		CASE(a_bomb_in_what_nobody_looks_at_is_refused_before_it_is_unpacked),
		CASE(more_files_than_a_host_can_have_are_refused),
		CASE(a_sosreport_is_known_by_its_marks_whatever_it_is_called),
		CASE(dbginfo_keeps_sys_packed_within_and_it_is_looked_into),
		CASE(an_unpacked_dbginfo_is_opened_with_its_packed_sys),
	};
	struct capture_error e;
	struct sys *sys;

	if (capture_open("/proc/version", &sys, &e) == -ENOTSUP)
		return print_message("1..0 # SKIP built without libarchive\n"), 0;
	return RUN(tests);
}
