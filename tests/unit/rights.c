/* SPDX-License-Identifier: MIT */
/* What others prepared for us in the directories we write to, and who may change anything at all. */
#include "machine.h"
#include "real_in.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#define UUID "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define DEF  "/etc/mdevctl.d/matrix/" UUID

static struct sys *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root, .live = true }, &sys), 0);
	return sys;
}

static unsigned mode_of(const struct tree *t, const char *path)
{
	struct stat st;

	assert_int_equal(lstat(tree_path(t, path), &st), 0);
	return st.st_mode & 07777;
}

static int put(struct sys *sys, const char *path, const char *text)
{
	int r = sys_stage(sys, path, text, strlen(text));

	return r < 0 ? r : sys_publish(sys, path);
}

static int entries(const struct tree *t, const char *dir)
{
	DIR *d = opendir(tree_path(t, dir));
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

TEST(nothing_is_written_where_somebody_else_may_rename)
{
	NEEDS_ROOT();
	static const struct {
		const char *dir;
		unsigned mode, uid;
	} theirs[] = {
		{ "/etc/mdevctl.d", 0777, 0 },
		{ "/etc/mdevctl.d", 0775, 0 },
		{ "/etc/mdevctl.d/matrix", 0777, 0 },
		{ "/etc/mdevctl.d/matrix", 0755, 12345 },
		{ "/etc", 0755, 12345 },
		{ "/etc/mdevctl.d", 01777, 0 },
		{ "/etc/mdevctl.d", 0755, 12345 },
	};
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "before");
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++) {
		const char *dir = tree_path(&t, theirs[i].dir);

		assert_int_equal(chown(dir, theirs[i].uid, 0), 0);
		assert_int_equal(chmod(dir, theirs[i].mode), 0);
		assert_int_equal(put(sys, DEF, "after"), -EPERM);
		assert_int_equal(sys_stage(sys, DEF, NULL, 0), -EPERM);
		tree_assert(&t, DEF, "before");
		assert_int_equal(chown(dir, 0, 0), 0);
		assert_int_equal(chmod(dir, 0755), 0);
	}
	assert_int_equal(put(sys, DEF, "after"), 0);
	tree_assert(&t, DEF, "after");
}

TEST(a_lock_is_made_in_a_sticky_directory_and_in_no_other_that_is_open_to_all)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_dir(&t, "/run/lock");
	assert_int_equal(chmod(tree_path(&t, "/run/lock"), 01777), 0);
	assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n"), 0);
	assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", NULL), 0);
	assert_int_equal(chmod(tree_path(&t, "/run/lock"), 0777), 0);
	assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n"), -EPERM);
	assert_int_equal(chmod(tree_path(&t, "/run/lock"), 01777), 0);
	assert_int_equal(chmod(tree_path(&t, "/run"), 0777), 0);
	assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n"), -EPERM);
}

TEST(a_lock_that_is_a_link_or_a_pipe_is_left_as_it_is)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, "/etc/trap", "keep");
	tree_link(&t, "/run/lock/vfiocfg.lock", "../../etc/trap");
	assert_true(sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n") < 0);
	tree_assert(&t, "/etc/trap", "keep");
	assert_int_equal(mkfifo(tree_path(&t, "/run/lock/pipe"), 0666), 0);
	alarm(20);
	assert_int_equal(sys_lock(sys, "/run/lock/pipe", "1\n"), -EEXIST);
	alarm(0);
}

TEST(links_in_the_way_of_what_is_written_are_not_followed)
{
	NEEDS_ROOT();
	static const struct {
		const char *link, *file;
	} ways[] = {
		{ "/var/lib/vfiocfg", "/var/lib/vfiocfg/commit.json" },
		{ "/var/lib", "/var/lib/vfiocfg/commit.json" },
		{ "/var", "/var/lib/vfiocfg/commit.json" },
		{ "/var/lib/vfiocfg/history", "/var/lib/vfiocfg/history/1.json" },
		{ "/etc/mdevctl.d/matrix", DEF },
		{ "/etc/mdevctl.d", DEF },
		{ "/etc/driverctl.d", "/etc/driverctl.d/css-0.0.0313" },
		{ "/etc/udev", "/etc/udev/rules.d/41-ap.rules" },
		{ "/etc/udev/rules.d", "/etc/udev/rules.d/41-ap.rules" },
		{ "/etc/modules-load.d", "/etc/modules-load.d/vfiocfg.conf" },
		{ "/etc", DEF },
	};

	for (size_t k = 0; k < 2 * ARRAY_SIZE(ways); k++) {
		CLEANUP(tree_done) struct tree t = tree_new();
		CLEANUP(sys_freep) struct sys *sys = machine(&t);
		size_t i = k / 2;

		tree_put(&t, "/home/evil/kept", "keep");
		/* As the machine's own paths are, and as those of the host around it. */
		tree_link(&t, ways[i].link, k % 2 ? "/home/evil" : tree_path(&t, "/home/evil"));
		if (put(sys, ways[i].file, "{}") >= 0)
			fail_msg("%s was followed", ways[i].link);
		assert_true(sys_stage(sys, ways[i].file, NULL, 0) < 0);
		assert_int_equal(entries(&t, "/home/evil"), 1);
	}
}

/* A link under the very name is replaced, never written through; what it leads to stays. */
TEST(links_in_place_of_our_files_are_not_written_through)
{
	NEEDS_ROOT();
	static const char *const ours[] = {
		DEF,
		"/etc/driverctl.d/css-0.0.0313",
		"/etc/udev/rules.d/41-ap.rules",
		"/var/lib/vfiocfg/commit.json",
		"/var/lib/vfiocfg/history/1.json",
	};
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, "/etc/shadow", "secret");
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		tree_link(&t, ours[i], "/etc/shadow");
		put(sys, ours[i], "new");
		tree_assert(&t, "/etc/shadow", "secret");
		unlink(tree_path(&t, ours[i]));
		tree_link(&t, ours[i], tree_path(&t, "/etc/shadow"));
		put(sys, ours[i], "new");
		tree_assert(&t, "/etc/shadow", "secret");
	}
}

TEST(a_lock_that_shares_an_inode_with_a_file_of_the_host_leaves_that_as_it_is)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	tree_put(&t, "/etc/shadow", "secret");
	tree_dir(&t, "/run/lock");
	assert_int_equal(utimensat(AT_FDCWD, tree_path(&t, "/etc/shadow"), old, 0), 0);
	assert_int_equal(
		link(tree_path(&t, "/etc/shadow"), tree_path(&t, "/run/lock/vfiocfg.lock")), 0);
	if (sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n") == 0)
		assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", NULL), 0);
	tree_assert(&t, "/etc/shadow", "secret");
}

TEST(pipes_and_directories_in_place_of_our_files_are_not_waited_for_when_writing)
{
	NEEDS_ROOT();
	static const char *const ours[] = { DEF, "/etc/driverctl.d/css-0.0.0313",
					    "/var/lib/vfiocfg/progress",
					    "/etc/mdevctl.d/.matrix." UUID ".vfiocfg" };

	alarm(60);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(ours); i++) {
		CLEANUP(tree_done) struct tree t = tree_new();
		CLEANUP(sys_freep) struct sys *sys = machine(&t);
		const char *path;

		tree_put(&t, ours[i / 2], "");
		path = tree_path(&t, ours[i / 2]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(i % 2 ? mkfifo(path, 0600) : mkdir(path, 0700), 0);
		put(sys, ours[i / 2], "new");
		sys_unstage(sys, ours[i / 2]);
		/* What lies at the temporary name is no obstacle for the file itself. */
		put(sys, DEF, "new");
	}
	alarm(0);
}

TEST(what_shares_an_inode_with_a_file_of_ours_keeps_its_content)
{
	NEEDS_ROOT();
	static const char *const ours[] = { DEF, "/etc/mdevctl.d/.matrix." UUID ".vfiocfg",
					    "/var/lib/vfiocfg/progress" };
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, "/etc/shadow", "secret");
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		tree_put(&t, ours[i], "");
		assert_int_equal(unlink(tree_path(&t, ours[i])), 0);
		assert_int_equal(link(tree_path(&t, "/etc/shadow"), tree_path(&t, ours[i])), 0);
	}
	assert_int_equal(put(sys, DEF, "new"), 0);
	assert_int_equal(put(sys, "/var/lib/vfiocfg/progress", "live 0\n"), 0);
	tree_assert(&t, "/etc/shadow", "secret");
	tree_assert(&t, DEF, "new");
}

TEST(modes_do_not_depend_on_the_umask)
{
	NEEDS_ROOT();
	static const unsigned masks[] = { 0, 077, 0777 };
	unsigned before = umask(0);

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		CLEANUP(tree_done) struct tree t = tree_new();
		CLEANUP(sys_freep) struct sys *sys = machine(&t);

		umask(masks[i]);
		assert_int_equal(put(sys, DEF, "{}"), 0);
		assert_int_equal(put(sys, "/var/lib/vfiocfg/progress", "live 0\n"), 0);
		assert_int_equal(sys_lock(sys, "/run/lock/vfiocfg.lock", "1\n"), 0);
		assert_int_equal(mode_of(&t, DEF), 0644);
		assert_int_equal(mode_of(&t, "/etc/mdevctl.d/matrix"), 0755);
		assert_int_equal(mode_of(&t, "/var/lib/vfiocfg"), 0755);
		assert_int_equal(mode_of(&t, "/var/lib/vfiocfg/progress"), 0644);
		assert_int_equal(mode_of(&t, "/run/lock/vfiocfg.lock"), 0644);
		umask(022);
	}
	umask(before);
}

TEST(a_file_that_is_replaced_is_shown_to_nobody_new)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "old");
	assert_int_equal(chmod(tree_path(&t, DEF), 0600), 0);
	assert_int_equal(put(sys, DEF, "new"), 0);
	assert_int_equal(mode_of(&t, DEF), 0600);
	assert_int_equal(chmod(tree_path(&t, DEF), 04777), 0);
	assert_int_equal(put(sys, DEF, "newer"), 0);
	assert_int_equal(mode_of(&t, DEF), 0777);
}

/* Where a file of a machine could be: a pipe nobody writes to, a socket, a device, more than fits anywhere. */
TEST(what_is_no_file_is_told_and_never_waited_for)
{
	static const char *const places[] = {
		DEF,
		"/etc/driverctl.d/css-0.0.0313",
		"/etc/udev/rules.d/41-ap.rules",
		"/etc/modules-load.d/vfiocfg.conf",
		"/proc/mounts",
		"/proc/cmdline",
		"/sys/bus/ap/apmask",
		"/sys/devices/css0/0.0.0313/chpids",
		"/var/lib/vfiocfg/commit.json",
	};
	CLEANUP(machine_done) struct machine m = machine_new();

	machine_subch(&m, "0.0.0313", "io_subchannel", "0.0.2b09");
	tree_link(&m.tree, "/sys/bus/css/devices/0.0.0313", "../../../devices/css0/0.0.0313");
	alarm(60);
	for (int kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			const char *path = tree_path(&m.tree, places[i]);

			tree_put(&m.tree, places[i], "");
			if (kind == 3) {
				assert_int_equal(truncate(path, (off_t)1 << 40), 0);
				continue;
			}
			assert_int_equal(unlink(path), 0);
			if (mknod(path,
				  kind == 0   ? S_IFIFO | 0644
				  : kind == 1 ? S_IFSOCK | 0644
					      : S_IFCHR | 0644,
				  makedev(1, 5)) < 0)
				tree_put(&m.tree, places[i], ""); /* a container makes no devices */
		}
		machine_scan(&m);
		if (kind != 2)
			for (size_t i = 0; i + 1 < ARRAY_SIZE(places); i++)
				if (!str_eq(places[i], "/proc/cmdline"))
					assert_non_null(machine_problem(&m, places[i]));
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			unlink(tree_path(&m.tree, places[i]));
	}
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_written_where_somebody_else_may_rename),
		CASE(a_lock_is_made_in_a_sticky_directory_and_in_no_other_that_is_open_to_all),
		CASE(a_lock_that_is_a_link_or_a_pipe_is_left_as_it_is),
		CASE(links_in_the_way_of_what_is_written_are_not_followed),
		CASE(links_in_place_of_our_files_are_not_written_through),
		CASE(a_lock_that_shares_an_inode_with_a_file_of_the_host_leaves_that_as_it_is),
		CASE(pipes_and_directories_in_place_of_our_files_are_not_waited_for_when_writing),
		CASE(what_shares_an_inode_with_a_file_of_ours_keeps_its_content),
		CASE(modes_do_not_depend_on_the_umask),
		CASE(a_file_that_is_replaced_is_shown_to_nobody_new),
		CASE(what_is_no_file_is_told_and_never_waited_for),
	};

	return RUN(tests);
}
