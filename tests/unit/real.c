/* SPDX-License-Identifier: MIT */
#include "real_in.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

/* Both ways of resolving links must agree, whatever the kernel has. */
enum way { BY_KERNEL, BY_WALK, WAYS };

static struct sys *machine(const struct tree *t, enum way way)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root, .live = true }, &sys), 0);
	if (way == BY_WALK)
		real_of(sys)->no_openat2 = true;
	return sys;
}

static int read_to(struct sys *sys, const char *path, struct buf *b)
{
	buf_reset(b);
	return sys_read(sys, path, b);
}

TEST(a_value_is_read_whole_and_appended)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_put(&t, "/sys/a", "4096\n");
	assert_int_equal(buf_adds(&b, "x"), 0);
	assert_int_equal(sys_read(sys, "/sys/a", &b), 0);
	assert_string_equal(buf_str(&b), "x4096\n");
}

TEST(a_value_beyond_the_limit_is_refused_and_nothing_is_appended)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_put(&t, "/sys/big", "x");
	assert_int_equal(truncate(tree_path(&t, "/sys/big"), SYS_VALUE_MAX), 0);
	assert_int_equal(sys_read(sys, "/sys/big", &b), 0);
	assert_int_equal(b.len, SYS_VALUE_MAX);
	assert_int_equal(truncate(tree_path(&t, "/sys/big"), SYS_VALUE_MAX + 1), 0);
	buf_reset(&b);
	assert_int_equal(buf_adds(&b, "x"), 0);
	assert_int_equal(sys_read(sys, "/sys/big", &b), -EFBIG);
	assert_string_equal(buf_str(&b), "x");
}

TEST(the_journal_of_a_commit_of_a_thousand_devices_is_read)
{
	static const char path[] = SYS_OWN_FILES "commit.json";
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_put(&t, path, "x");
	assert_int_equal(truncate(tree_path(&t, path), 3 * SYS_VALUE_MAX), 0);
	assert_int_equal(sys_read(sys, path, &b), 0);
	assert_int_equal(b.len, 3 * SYS_VALUE_MAX);
}

TEST(names_in_a_directory_are_sorted)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_put(&t, "/sys/d/b", "");
	tree_put(&t, "/sys/d/a", "");
	tree_dir(&t, "/sys/d/c");
	tree_link(&t, "/sys/e", "d");
	assert_int_equal(sys_list(sys, "/sys/e", &b), 0);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "a\0b\0c\0", 6);
	assert_int_equal(sys_list(sys, "/sys/d/a", &b), -ENOTDIR);
	assert_int_equal(sys_list(sys, "/sys/none", &b), -ENOENT);
	assert_int_equal(b.len, 6);
}

TEST(links_lead_where_they_do_below_the_root)
{
	CLEANUP(tree_done) struct tree t = tree_new();

	tree_put(&t, "/sys/devices/css0/0.0.0313/type", "0\n");
	tree_link(&t, "/sys/bus/css/devices/0.0.0313", "../../../devices/css0/0.0.0313");
	tree_link(&t, "/sys/devices/css0/0.0.0313/subsystem", "../../../bus/css");
	tree_link(&t, "/sys/absolute", "/sys/devices/css0");
	tree_link(&t, "/sys/chain", "absolute/0.0.0313//type");
	for (enum way way = 0; way < WAYS; way++) {
		CLEANUP(sys_freep) struct sys *sys = machine(&t, way);
		CLEANUP(buf_done) struct buf b = { 0 };

		assert_int_equal(read_to(sys, "/sys/bus/css/devices/0.0.0313/type", &b), 0);
		assert_string_equal(buf_str(&b), "0\n");
		assert_int_equal(read_to(sys, "/sys/absolute/0.0.0313/type", &b), 0);
		assert_int_equal(read_to(sys, "/sys/chain", &b), 0);
		assert_string_equal(buf_str(&b), "0\n");
		buf_reset(&b);
		assert_int_equal(sys_list(sys, "/sys/devices/css0/0.0.0313/subsystem/devices", &b),
				 0);
		assert_string_equal(buf_str(&b), "0.0.0313");
	}
}

TEST(no_link_leads_out_of_the_root)
{
	CLEANUP(tree_done) struct tree outer = tree_new();
	struct tree t = { "" };

	snprintf(t.root, sizeof(t.root), "%.32s/in", outer.root);
	tree_put(&outer, "/secret", "outside\n");
	tree_dir(&outer, "/in");
	tree_put(&t, "/sys/a", "");
	tree_link(&t, "/sys/up", "../../secret");
	tree_link(&t, "/sys/far", "../../../../../../../../../../../etc/passwd");
	tree_link(&t, "/sys/abs", "/etc/passwd");
	tree_link(&t, "/sys/dir", "../..");
	tree_link(&t, "/sys/slash", "/");
	for (enum way way = 0; way < WAYS; way++) {
		CLEANUP(sys_freep) struct sys *sys = machine(&t, way);
		CLEANUP(buf_done) struct buf b = { 0 };

		assert_int_equal(read_to(sys, "/sys/up", &b), -ENOENT);
		assert_int_equal(read_to(sys, "/sys/far", &b), -ENOENT);
		assert_int_equal(read_to(sys, "/sys/abs", &b), -ENOENT);
		assert_int_equal(read_to(sys, "/sys/dir/secret", &b), -ENOENT);
		assert_int_equal(read_to(sys, "/sys/slash/sys/a", &b), 0);
		assert_int_equal(sys_list(sys, "/sys/dir", &b), 0);
		assert_string_equal(buf_str(&b), "sys");
		buf_reset(&b);
		assert_int_equal(sys_list(sys, "/sys/slash", &b), 0);
		assert_string_equal(buf_str(&b), "sys");
		assert_false(sys_exists(sys, "/sys/up"));
		if ((geteuid() == 0)) {
			assert_int_equal(sys_write(sys, "/sys/up", "x"), -ENOENT);
			tree_assert(&outer, "/secret", "outside\n");
		}
	}
}

TEST(links_in_a_circle_end_with_an_error)
{
	CLEANUP(tree_done) struct tree t = tree_new();

	tree_link(&t, "/sys/a", "b");
	tree_link(&t, "/sys/b", "a");
	tree_link(&t, "/sys/self", "self/x");
	for (enum way way = 0; way < WAYS; way++) {
		CLEANUP(sys_freep) struct sys *sys = machine(&t, way);
		CLEANUP(buf_done) struct buf b = { 0 };

		assert_int_equal(sys_read(sys, "/sys/a", &b), -ELOOP);
		assert_int_equal(sys_read(sys, "/sys/self", &b), -ELOOP);
	}
}

TEST(paths_with_dots_or_empty_components_are_refused)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	const char *const bad[] = { "",	       "/",	   "sys",	"/sys/",
				    "/sys//a", "/sys/./a", "/sys/../a", "/.." };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_stat st;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(sys_read(sys, bad[i], &b), -EINVAL);
		assert_int_equal(sys_stat(sys, bad[i], &st), -EINVAL);
	}
}

TEST(a_fifo_or_a_device_node_is_refused_without_waiting)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_dir(&t, "/sys");
	assert_int_equal(mkfifo(tree_path(&t, "/sys/fifo"), 0600), 0);
	for (int host = 0; host < 2; host++) {
		CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);

		real_of(sys)->host = host;
		assert_int_equal(sys_read(sys, "/sys/fifo", &b), -EINVAL);
		assert_int_equal(sys_read(sys, "/sys", &b), -EISDIR);
	}
}

TEST(a_link_tells_its_target_and_anything_else_is_no_link)
{
	CLEANUP(tree_done) struct tree t = tree_new();

	tree_put(&t, "/sys/a", "");
	tree_link(&t, "/sys/driver", "../bus/css/drivers/vfio_ccw");
	for (enum way way = 0; way < WAYS; way++) {
		CLEANUP(sys_freep) struct sys *sys = machine(&t, way);
		CLEANUP(buf_done) struct buf b = { 0 };
		struct sys_stat st;

		assert_int_equal(sys_read_base(sys, "/sys/driver", &b), 0);
		assert_string_equal(buf_str(&b), "vfio_ccw");
		assert_int_equal(sys_readlink(sys, "/sys/a", &b), -EINVAL);
		assert_int_equal(sys_readlink(sys, "/sys/none", &b), -ENOENT);
		assert_int_equal(sys_stat(sys, "/sys/driver", &st), 0);
		assert_int_equal(st.type, SYS_LINK);
		assert_int_equal(sys_stat(sys, "/sys/a", &st), 0);
		assert_int_equal(st.type, SYS_FILE);
		assert_int_equal(st.mode, 0644);
		assert_false(sys_exists(sys, "/sys/driver"));
	}
}

TEST(a_write_makes_no_file_and_needs_a_writable_machine)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(sys_freep) struct sys *look = NULL;

	tree_put(&t, "/sys/a", "old\n");
	assert_int_equal(real_new(&(struct real_opts){ .root = t.root }, &look), 0);
	assert_false(look->writable);
	assert_int_equal(sys_write(look, "/sys/a", "new\n"), -EROFS);
	tree_assert(&t, "/sys/a", "old\n");
	assert_int_equal(sys_write(sys, "/sys/a", "new\n"), 0);
	tree_assert(&t, "/sys/a", "new\n");
	assert_int_equal(sys_write(sys, "/sys/none", "x"), -ENOENT);
	assert_false(tree_has(&t, "/sys/none"));
	assert_int_equal(sys_write(sys, "/sys", "x"), -EISDIR);
}

TEST(a_write_that_may_block_is_carried_out_by_the_helper)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	static const char *const may_block[] = { "/sys/dev/remove", "/sys/drv/unbind",
						 "/sys/drv/bind", "/sys/drivers_probe" };
	int helper = -1;

	for (size_t i = 0; i < ARRAY_SIZE(may_block); i++) {
		tree_put(&t, may_block[i], "");
		assert_int_equal(sys_write(sys, may_block[i], "0.0.0313"), 0);
		tree_assert(&t, may_block[i], "0.0.0313");
		assert_true(real_of(sys)->helper >= 0);
		helper = i ? helper : real_of(sys)->helper;
		assert_int_equal(real_of(sys)->helper, helper);
	}
	assert_int_equal(sys_write(sys, "/sys/none/remove", "1"), -ENOENT);
}

static bool third_look(void *arg, bool held_up)
{
	int *looks = arg;

	assert_true(held_up);
	return ++*looks == 3;
}

/* A lease holds up whoever opens the file, much as an open device holds up its removal. */
TEST(a_write_that_does_block_is_given_up_and_the_next_one_goes_on)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(closep) int fd = -1;
	struct stat st;
	int looks = 0;

	tree_put(&t, "/sys/held/remove", "");
	tree_put(&t, "/sys/free/remove", "");
	signal(SIGIO, SIG_IGN);
	fd = open(tree_path(&t, "/sys/held/remove"), O_RDWR | O_CLOEXEC);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		sys = sys_free(sys);
		tree_done(&t);
		skip();
	}
	real_of(sys)->deadline_ms = 100;
	assert_int_equal(sys_write(sys, "/sys/held/remove", "1"), -EINPROGRESS);
	/* While it is waited for the screen lives, and who is there to give it up has no deadline. */
	sys->waiting = third_look;
	sys->waiting_arg = &looks;
	sys->patient = true;
	assert_int_equal(sys_write(sys, "/sys/held/remove", "1"), -EINPROGRESS);
	assert_int_equal(looks, 3);
	sys->patient = false;
	real_of(sys)->deadline_ms = 5000;
	assert_int_equal(sys_write(sys, "/sys/free/remove", "1"), 0);
	tree_assert(&t, "/sys/free/remove", "1");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
}

TEST(a_staged_file_shows_under_its_name_only_when_published)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	const char *path = "/etc/driverctl.d/css-0.0.0313";
	struct sys_stat st;

	umask(077);
	assert_int_equal(sys_stage(sys, path, "vfio_ccw\n", 9), 0);
	assert_false(tree_has(&t, path));
	assert_true(tree_has(&t, "/etc/driverctl.d/.css-0.0.0313.vfiocfg"));
	assert_int_equal(sys_publish(sys, path), 0);
	assert_int_equal(sys_syncdir(sys, "/etc/driverctl.d"), 0);
	umask(022);
	tree_assert(&t, path, "vfio_ccw\n");
	assert_false(tree_has(&t, "/etc/driverctl.d/.css-0.0.0313.vfiocfg"));
	assert_int_equal(sys_stat(sys, path, &st), 0);
	assert_int_equal(st.mode, 0644);
	assert_int_equal(sys_stat(sys, "/etc/driverctl.d", &st), 0);
	assert_int_equal(st.mode, 0755);
	assert_int_equal(sys_publish(sys, path), -ENOENT);
}

TEST(a_definition_is_staged_where_mdevctl_does_not_look)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_stage(sys, "/etc/mdevctl.d/matrix/u1", "{}", 2), 0);
	assert_int_equal(sys_list(sys, "/etc/mdevctl.d/matrix", &b), 0);
	assert_int_equal(b.len, 0);
	assert_true(tree_has(&t, "/etc/mdevctl.d/.matrix.u1.vfiocfg"));
	assert_int_equal(sys_publish(sys, "/etc/mdevctl.d/matrix/u1"), 0);
	tree_assert(&t, "/etc/mdevctl.d/matrix/u1", "{}");
	assert_false(tree_has(&t, "/etc/mdevctl.d/.matrix.u1.vfiocfg"));
}

TEST(what_is_unstaged_leaves_nothing_behind)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	struct sys *sys = machine(&t, BY_KERNEL);

	tree_dir(&t, "/etc");
	assert_int_equal(sys_stage(sys, "/etc/mdevctl.d/matrix/u1", "{}", 2), 0);
	assert_int_equal(sys_unstage(sys, "/etc/mdevctl.d/matrix/u1"), 0);
	assert_false(tree_has(&t, "/etc/mdevctl.d"));
	assert_true(tree_has(&t, "/etc"));
	assert_int_equal(sys_unstage(sys, "/etc/mdevctl.d/matrix/u1"), 0);
	assert_int_equal(sys_stage(sys, "/etc/x/y", "1", 1), 0);
	sys_free(sys);
	assert_false(tree_has(&t, "/etc/x"));
}

TEST(what_a_killed_process_has_staged_is_unstaged_by_the_next)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);

	tree_put(&t, "/etc/mdevctl.d/.matrix.u1.vfiocfg", "{}");
	tree_put(&t, "/etc/driverctl.d/.css-0.0.0313.vfiocfg", "vfio_ccw\n");
	assert_int_equal(sys_unstage(sys, "/etc/mdevctl.d/matrix/u1"), 0);
	assert_int_equal(sys_unstage(sys, "/etc/driverctl.d/css-0.0.0313"), 0);
	assert_false(tree_has(&t, "/etc/mdevctl.d/.matrix.u1.vfiocfg"));
	assert_false(tree_has(&t, "/etc/driverctl.d/.css-0.0.0313.vfiocfg"));
}

TEST(a_removal_takes_the_file_when_published)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);

	tree_put(&t, "/etc/driverctl.d/a", "x\n");
	assert_int_equal(sys_stage(sys, "/etc/driverctl.d/a", NULL, 0), 0);
	assert_true(tree_has(&t, "/etc/driverctl.d/a"));
	assert_int_equal(sys_publish(sys, "/etc/driverctl.d/a"), 0);
	assert_false(tree_has(&t, "/etc/driverctl.d/a"));
	assert_int_equal(sys_stage(sys, "/etc/none/a", NULL, 0), 0);
	assert_int_equal(sys_publish(sys, "/etc/none/a"), 0);
	assert_false(tree_has(&t, "/etc/none"));
}

TEST(files_are_never_written_through_links)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	int r;

	tree_put(&t, "/tmp/trap", "keep\n");
	tree_link(&t, "/etc/driverctl.d/a", "../../tmp/trap");
	tree_link(&t, "/etc/mdevctl.d", "../tmp");
	tree_link(&t, "/etc/driverctl.d/.b.vfiocfg", "../../tmp/trap");
	assert_int_equal(sys_stage(sys, "/etc/driverctl.d/a", "x", 1), -ELOOP);
	r = sys_stage(sys, "/etc/mdevctl.d/matrix/u", "x", 1);
	assert_true(r == -ELOOP || r == -ENOTDIR);
	assert_int_equal(sys_stage(sys, "/etc/driverctl.d/b", "x", 1), 0);
	assert_int_equal(sys_publish(sys, "/etc/driverctl.d/b"), 0);
	tree_assert(&t, "/etc/driverctl.d/b", "x");
	tree_assert(&t, "/tmp/trap", "keep\n");
	assert_false(tree_has(&t, "/tmp/matrix"));
}

TEST(a_lock_is_held_once_and_names_its_holder)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *path = "/run/lock/s390apconfig.lock";
	char content[16];

	snprintf(content, sizeof(content), "%d\n", (int)getpid());
	assert_int_equal(sys_lock(sys, path, content), 0);
	tree_assert(&t, path, content);
	assert_int_equal(sys_lock(sys, path, content), -EEXIST);
	assert_int_equal(sys_list(sys, "/run/lock", &b), 0);
	assert_string_equal(buf_str(&b), "s390apconfig.lock");
	assert_int_equal(b.len, sizeof("s390apconfig.lock"));
	assert_int_equal(sys_lock(sys, path, NULL), 0);
	assert_false(tree_has(&t, path));
	assert_int_equal(sys_lock(sys, path, NULL), -ENOENT);
}

TEST(a_living_holder_keeps_the_lock_and_a_dead_one_loses_it)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	const char *path = "/run/lock/a.lock";
	char content[16];
	pid_t dead;

	tree_put(&t, path, "1\n");
	assert_int_equal(sys_lock(sys, path, "x\n"), -EEXIST);
	tree_assert(&t, path, "1\n");
	dead = fork();
	if (dead == 0)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	snprintf(content, sizeof(content), "%d\n", (int)dead);
	tree_put(&t, path, content);
	assert_int_equal(sys_lock(sys, path, "mine\n"), 0);
	tree_assert(&t, path, "mine\n");
}

TEST(a_lock_whose_pid_was_given_to_another_process_is_stale)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	const char *path = "/run/lock/a.lock";
	char content[48];

	snprintf(content, sizeof(content), "%d 18446744073709551614\n", (int)getppid());
	tree_put(&t, path, content);
	assert_int_equal(sys_lock(sys, path, "mine\n"), 0);
	tree_assert(&t, path, "mine\n");
}

TEST(a_lock_without_a_pid_is_stale_after_two_minutes)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	struct timespec old[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = 1000000000 } };
	const char *path = "/run/lock/a.lock";

	tree_put(&t, path, "");
	assert_int_equal(sys_lock(sys, path, "x\n"), -EEXIST);
	assert_int_equal(utimensat(AT_FDCWD, tree_path(&t, path), old, 0), 0);
	assert_int_equal(sys_lock(sys, path, "x\n"), 0);
}

TEST(locks_still_held_go_with_the_machine)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	struct sys *sys = machine(&t, BY_KERNEL);

	assert_int_equal(sys_lock(sys, "/run/a.lock", "1\n"), 0);
	assert_int_equal(sys_lock(sys, "/run/b.lock", "1\n"), 0);
	/* Somebody thought this one stale and has it now. */
	assert_int_equal(unlink(tree_path(&t, "/run/b.lock")), 0);
	tree_put(&t, "/run/b.lock.new", "2\n");
	assert_int_equal(rename(tree_path(&t, "/run/b.lock.new"), tree_path(&t, "/run/b.lock")), 0);
	sys_free(sys);
	assert_false(tree_has(&t, "/run/a.lock"));
	assert_true(tree_has(&t, "/run/b.lock"));
}

static bool next_change(struct sys *sys, const char *dir)
{
	struct sys_event e;
	bool seen = false;

	while (sys_watch(sys, &e) == 1) {
		seen |= str_eq(e.action, "file") && str_eq(e.devpath, dir);
		sys_event_done(&e);
	}
	return seen;
}

TEST(changes_of_configuration_directories_are_told_also_of_new_ones)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);

	tree_put(&t, "/etc/driverctl.d/a", "x\n");
	assert_int_equal(real_watch_new(real_of(sys)), 0);
	assert_true(sys->fd >= 0);
	assert_false(next_change(sys, "/etc/driverctl.d"));
	tree_put(&t, "/etc/driverctl.d/b", "x\n");
	assert_true(next_change(sys, "/etc/driverctl.d"));
	assert_false(next_change(sys, "/etc/driverctl.d"));
	tree_dir(&t, "/etc/mdevctl.d");
	assert_true(next_change(sys, "/etc/mdevctl.d"));
	tree_dir(&t, "/etc/mdevctl.d/matrix");
	assert_true(next_change(sys, "/etc/mdevctl.d"));
	tree_put(&t, "/etc/mdevctl.d/matrix/u", "{}");
	assert_true(next_change(sys, "/etc/mdevctl.d/matrix"));
	tree_put(&t, "/etc/mdevctl.d/.matrix.u.vfiocfg", "{}");
	assert_false(next_change(sys, "/etc/mdevctl.d"));
	assert_int_equal(unlink(tree_path(&t, "/etc/driverctl.d/b")), 0);
	assert_true(next_change(sys, "/etc/driverctl.d"));
	tree_dir(&t, "/etc/libvirt");
	assert_false(next_change(sys, "/etc/libvirt"));
	tree_dir(&t, "/etc/libvirt/qemu");
	assert_true(next_change(sys, "/etc/libvirt/qemu"));
	tree_put(&t, "/etc/libvirt/qemu/db1.xml", "<domain/>");
	assert_true(next_change(sys, "/etc/libvirt/qemu"));
}

TEST(the_machine_at_hand_is_read_and_foreign_roots_load_no_modules)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t, BY_KERNEL);
	CLEANUP(sys_freep) struct sys *host = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(
		real_new(&(struct real_opts){ .root = "/", .read_only = true, .events = true },
			 &host),
		0);
	assert_true(real_of(host)->host);
	assert_false(host->writable);
	assert_int_equal(sys_read_line(host, "/proc/sys/kernel/ostype", &b), 0);
	assert_string_equal(buf_str(&b), "Linux");
	assert_false(real_of(sys)->host);
	if ((geteuid() == 0))
		assert_int_equal(sys_load_module(sys, "vfio"), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_value_is_read_whole_and_appended),
		CASE(a_value_beyond_the_limit_is_refused_and_nothing_is_appended),
		CASE(the_journal_of_a_commit_of_a_thousand_devices_is_read),
		CASE(names_in_a_directory_are_sorted),
		CASE(links_lead_where_they_do_below_the_root),
		CASE(no_link_leads_out_of_the_root),
		CASE(links_in_a_circle_end_with_an_error),
		CASE(paths_with_dots_or_empty_components_are_refused),
		CASE(a_fifo_or_a_device_node_is_refused_without_waiting),
		CASE(a_link_tells_its_target_and_anything_else_is_no_link),
		CASE(a_write_makes_no_file_and_needs_a_writable_machine),
		CASE(a_write_that_may_block_is_carried_out_by_the_helper),
		CASE(a_write_that_does_block_is_given_up_and_the_next_one_goes_on),
		CASE(a_staged_file_shows_under_its_name_only_when_published),
		CASE(a_definition_is_staged_where_mdevctl_does_not_look),
		CASE(what_is_unstaged_leaves_nothing_behind),
		CASE(what_a_killed_process_has_staged_is_unstaged_by_the_next),
		CASE(a_removal_takes_the_file_when_published),
		CASE(files_are_never_written_through_links),
		CASE(a_lock_is_held_once_and_names_its_holder),
		CASE(a_living_holder_keeps_the_lock_and_a_dead_one_loses_it),
		CASE(a_lock_whose_pid_was_given_to_another_process_is_stale),
		CASE(a_lock_without_a_pid_is_stale_after_two_minutes),
		CASE(locks_still_held_go_with_the_machine),
		CASE(changes_of_configuration_directories_are_told_also_of_new_ones),
		CASE(the_machine_at_hand_is_read_and_foreign_roots_load_no_modules),
	};

	return RUN(tests);
}
