/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const paths[] = { "/sys", "/etc", NULL };

/* One ustar header and its content. */
static void put(FILE *f, const char *name, char type, const char *link, const char *content)
{
	char block[512] = { 0 };
	unsigned sum = 0;
	size_t len = strlen(content);

	snprintf(block, 100, "%s", name);
	memcpy(block + 100, "0000644\0000000000\0000000000", 23);
	snprintf(block + 124, 12, "%011o", (unsigned)len);
	memcpy(block + 136, "00000000000", 11);
	memset(block + 148, ' ', 8);
	block[156] = type;
	snprintf(block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	assert_int_equal(fwrite(block, sizeof(block), 1, f), 1);
	memset(block, 0, sizeof(block));
	memcpy(block, content, len);
	if (len)
		assert_int_equal(fwrite(block, sizeof(block), 1, f), 1);
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

static bool built_in(void)
{
	struct sys *sys;

	return sim_new_archive("/nonexistent.tar", paths, &sys) != -ENOTSUP;
}

TEST(a_packed_capture_of_a_real_kernel_is_a_machine_that_behaves)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	CLEANUP(buf_done) struct buf driver = { 0 };
	struct sys *sys;

	if (!built_in())
		skip();
	buf_printf(&file, "%s/tests/captures/ap-7.2-sysfs.tar.gz", getenv("SOURCE_DIR"));
	assert_int_equal(sim_new_archive(buf_str(&file), paths, &sys), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/ap/apmask", "-5"), 0);
	assert_int_equal(sys_read_base(sys, "/sys/bus/ap/devices/05.0004/driver", &driver), 0);
	assert_string_equal(buf_str(&driver), "vfio_ap");
	sys_free(sys);
}

TEST(what_leads_out_of_the_tree_is_left_out)
{
	char path[] = "/tmp/vfiocfg-archive-XXXXXX";
	CLEANUP(buf_done) struct buf b = { 0 };
	FILE *f = begin(path);
	struct sys *sys;

	if (!built_in())
		skip();
	put(f, "./sys/bus/", '5', "", "");
	put(f, "./sys/bus/one", '0', "", "1\n");
	put(f, "sys/../etc/passwd", '0', "", "out");
	put(f, "../etc/shadow", '0', "", "out");
	put(f, "home/me", '0', "", "not asked for");
	put(f, "sys/hard", '1', "sys/bus/one", "");
	put(f, "sys/device", '3', "", "");
	put(f, "sys/away", '2', "../../../../etc/hostname", "");
	put(f, "/etc/absolute", '0', "", "kept\n");
	put(f, "etc/link", '2', "../../.sim", "");
	put(f, "etc/link/hidden", '0', "", "through a link");
	put(f, "etc/rest", '2', "/", "");
	put(f, "etc/rest/out", '0', "", "through a link");
	put(f, "etc/plain", '0', "", "kept\n");
	put(f, "etc/other", '2', "plain", "");
	put(f, "etc/other", '0', "", "over a link");
	end(f);
	assert_int_equal(sim_new_archive(path, paths, &sys), 0);
	assert_int_equal(sys_read(sys, "/sys/bus/one", &b), 0);
	assert_string_equal(buf_str(&b), "1\n");
	assert_false(sys_exists(sys, "/etc/passwd"));
	assert_false(sys_exists(sys, "/etc/shadow"));
	assert_false(sys_exists(sys, "/home"));
	assert_false(sys_exists(sys, "/sys/hard"));
	assert_false(sys_exists(sys, "/sys/device"));
	assert_false(sys_exists(sys, "/sys/away"));
	assert_false(sim_has(sim_of(sys), "/.sim/hidden"));
	assert_false(sys_exists(sys, "/out"));
	buf_reset(&b);
	assert_int_equal(sys_read(sys, "/etc/plain", &b), 0);
	assert_string_equal(buf_str(&b), "kept\n");
	sys_free(sys);
	unlink(path);
}

TEST(what_is_no_archive_or_has_no_sys_is_refused)
{
	char path[] = "/tmp/vfiocfg-archive-XXXXXX";
	FILE *f = begin(path);
	struct sys *sys = NULL;

	if (!built_in())
		skip();
	put(f, "etc/hostname", '0', "", "x\n");
	end(f);
	assert_int_equal(sim_new_archive(path, paths, &sys), -EINVAL);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("this is text\n", f);
	fclose(f);
	assert_int_equal(sim_new_archive(path, paths, &sys), -EINVAL);
	assert_int_equal(sim_new_archive("/nonexistent.tar", paths, &sys), -EINVAL);
	assert_null(sys);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_packed_capture_of_a_real_kernel_is_a_machine_that_behaves),
		CASE(what_leads_out_of_the_tree_is_left_out),
		CASE(what_is_no_archive_or_has_no_sys_is_refused),
	};

	return RUN(tests);
}
