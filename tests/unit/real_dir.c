/* SPDX-License-Identifier: MIT */
#include "real_in.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define PROGRESS "/var/lib/vfiocfg/progress"

/* First in a test: skip() jumps over what would clean up. */
#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid() != 0)                                                                \
			skip();                                                                    \
	} while (0)

static struct sys *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root, .live = true }, &sys), 0);
	return sys;
}

static void stage(struct sys *sys, const char *path, const char *text)
{
	assert_int_equal(sys_stage(sys, path, text, text ? strlen(text) : 0), 0);
}

static ino_t inode(const struct tree *t, const char *path)
{
	struct stat st;

	assert_int_equal(lstat(tree_path(t, path), &st), 0);
	return st.st_ino;
}

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void definition(char path[static 128], unsigned i)
{
	snprintf(path, 128, "/etc/mdevctl.d/0.0.%04x/%08x-0000-4000-8000-000000000001", i, i);
}

TEST(many_files_in_many_directories_are_written_with_few_open_and_none_left_so)
{
	NEEDS_ROOT();
	enum { N = 300 };
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	unsigned before = open_files(), most = 0;
	char path[128];

	for (unsigned i = 0; i < N; i++) {
		definition(path, i);
		stage(sys, path, path);
		most = MAX(most, open_files());
	}
	assert_int_equal(sys_sync(sys), 0);
	for (unsigned i = 0; i < N; i++) {
		definition(path, i);
		assert_int_equal(sys_publish(sys, path), 0);
		most = MAX(most, open_files());
	}
	assert_int_equal(sys_sync(sys), 0);
	assert_int_equal(open_files(), before);
	assert_true(most > before + 100 && most < before + 600);
	for (unsigned i = 0; i < N; i++) {
		definition(path, i);
		tree_assert(&t, path, path);
	}
}

TEST(what_was_put_into_a_directory_that_was_replaced_meanwhile_is_not_called_written)
{
	NEEDS_ROOT();
	static const char *const moved[] = { "/etc/mdevctl.d/0.0.0001", "/etc/mdevctl.d" };
	char path[128], from[128];

	definition(path, 1);
	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		CLEANUP(tree_done) struct tree t = tree_new();
		CLEANUP(sys_freep) struct sys *sys = machine(&t);

		tree_put(&t, path, "old");
		stage(sys, path, "new");
		assert_int_equal(sys_sync(sys), 0);
		assert_int_equal(sys_publish(sys, path), 0);
		snprintf(from, sizeof(from), "%s", tree_path(&t, moved[i]));
		assert_int_equal(rename(from, tree_path(&t, "/etc/aside")), 0);
		tree_dir(&t, moved[i]);
		assert_int_equal(sys_sync(sys), -ESTALE);
		/* The next one looks again. */
		stage(sys, path, "new");
		assert_int_equal(sys_publish(sys, path), 0);
		assert_int_equal(sys_sync(sys), 0);
		tree_assert(&t, path, "new");
	}
}

TEST(a_directory_that_was_made_and_dropped_is_made_again)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	char path[128], other[128];

	definition(path, 1);
	definition(other, 2);
	stage(sys, other, "other");
	for (int i = 0; i < 2; i++) {
		stage(sys, path, "x");
		assert_int_equal(sys_unstage(sys, path), 0);
		assert_false(tree_has(&t, "/etc/mdevctl.d/0.0.0001"));
	}
	stage(sys, path, "x");
	assert_int_equal(sys_publish(sys, path), 0);
	assert_int_equal(sys_publish(sys, other), 0);
	assert_int_equal(sys_sync(sys), 0);
	tree_assert(&t, path, "x");
	tree_assert(&t, other, "other");
}

TEST(a_file_of_ours_is_overwritten_in_place_and_keeps_its_length)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	ino_t first;

	assert_int_equal(sys_overwrite(sys, PROGRESS, "one", 3), -ENOENT);
	tree_put(&t, PROGRESS, "000");
	first = inode(&t, PROGRESS);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "one", 3), 0);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "two", 3), 0);
	tree_assert(&t, PROGRESS, "two");
	assert_int_equal(sys_overwrite(sys, PROGRESS, "four", 4), -ERANGE);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "x", 1), -ERANGE);
	tree_assert(&t, PROGRESS, "two");
	assert_true(first == inode(&t, PROGRESS));
	/* Another file gets its name. */
	stage(sys, PROGRESS, "3rd");
	assert_int_equal(sys_publish(sys, PROGRESS), 0);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "4th", 3), 0);
	tree_assert(&t, PROGRESS, "4th");
	stage(sys, PROGRESS, NULL);
	assert_int_equal(sys_publish(sys, PROGRESS), 0);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "5th", 3), -ENOENT);
	sys->writable = false;
	assert_int_equal(sys_overwrite(sys, PROGRESS, "6th", 3), -EROFS);
}

TEST(nothing_but_a_file_of_ours_is_overwritten)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	char secret[128];

	tree_put(&t, "/etc/shadow", "secret");
	tree_link(&t, PROGRESS, "/etc/shadow");
	assert_true(sys_overwrite(sys, PROGRESS, "public", 6) < 0);
	assert_int_equal(unlink(tree_path(&t, PROGRESS)), 0);
	snprintf(secret, sizeof(secret), "%s", tree_path(&t, "/etc/shadow"));
	assert_int_equal(link(secret, tree_path(&t, PROGRESS)), 0);
	assert_true(sys_overwrite(sys, PROGRESS, "public", 6) < 0);
	assert_int_equal(unlink(tree_path(&t, PROGRESS)), 0);
	alarm(60);
	assert_int_equal(mkfifo(tree_path(&t, PROGRESS), 0600), 0);
	assert_true(sys_overwrite(sys, PROGRESS, "public", 6) < 0);
	assert_int_equal(unlink(tree_path(&t, PROGRESS)), 0);
	alarm(0);
	tree_put(&t, PROGRESS, "public");
	assert_int_equal(chmod(tree_path(&t, "/var/lib/vfiocfg"), 0777), 0);
	assert_int_equal(sys_overwrite(sys, PROGRESS, "theirs", 6), -EPERM);
	tree_assert(&t, PROGRESS, "public");
	tree_assert(&t, "/etc/shadow", "secret");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(many_files_in_many_directories_are_written_with_few_open_and_none_left_so),
		CASE(what_was_put_into_a_directory_that_was_replaced_meanwhile_is_not_called_written),
		CASE(a_directory_that_was_made_and_dropped_is_made_again),
		CASE(a_file_of_ours_is_overwritten_in_place_and_keeps_its_length),
		CASE(nothing_but_a_file_of_ours_is_overwritten),
	};

	return RUN(tests);
}
