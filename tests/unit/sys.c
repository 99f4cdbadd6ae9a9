/* SPDX-License-Identifier: MIT */
#include "real_in.h"
#include "tree.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

static struct sys *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root }, &sys), 0);
	return sys;
}

TEST(a_line_is_read_without_its_end_and_appended)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	CLEANUP(buf_done) struct buf b = { 0 };

	tree_put(&t, "/sys/a", "one\n");
	tree_put(&t, "/sys/b", "two\nthree");
	tree_put(&t, "/sys/empty", "");
	assert_int_equal(buf_adds(&b, "end\n"), 0);
	assert_int_equal(sys_read_line(sys, "/sys/empty", &b), 0);
	assert_string_equal(buf_str(&b), "end\n");
	assert_int_equal(sys_read_line(sys, "/sys/a", &b), 0);
	assert_int_equal(sys_read_line(sys, "/sys/b", &b), 0);
	assert_string_equal(buf_str(&b), "end\nonetwo\nthree");
}

TEST(a_number_is_the_whole_value_or_none)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	const char *const bad[] = { "", "\n", "12x", "x", "1 2", "99999999999999999999" };
	unsigned long value = 7;

	tree_put(&t, "/sys/a", "0x1f\n");
	assert_int_equal(sys_read_ul(sys, "/sys/a", 0, &value), 0);
	assert_int_equal(value, 31);
	tree_put(&t, "/sys/a", "1f\n");
	assert_int_equal(sys_read_ul(sys, "/sys/a", 16, &value), 0);
	assert_int_equal(value, 31);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tree_put(&t, "/sys/a", bad[i]);
		assert_int_equal(sys_read_ul(sys, "/sys/a", 10, &value), -EINVAL);
	}
	assert_int_equal(sys_read_ul(sys, "/sys/none", 10, &value), -ENOENT);
	assert_int_equal(value, 31);
}

TEST(a_negative_number_is_no_unsigned_one)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	unsigned long value = 7;

	tree_put(&t, "/sys/a", "-1\n");
	assert_int_equal(sys_read_ul(sys, "/sys/a", 10, &value), -EINVAL);
	assert_int_equal(value, 7);
}

struct wait {
	int calls, until, result;
};

static int done(void *arg)
{
	struct wait *w = arg;

	return ++w->calls >= w->until ? w->result : 0;
}

TEST(waiting_ends_when_it_is_so_or_fails_or_takes_too_long)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	struct wait now = { .until = 1, .result = 1 }, soon = { .until = 4, .result = 1 };
	struct wait fails = { .until = 2, .result = -EIO }, never = { .until = 1000000 };

	assert_int_equal(sys_wait(sys, done, &now, 5000), 0);
	assert_int_equal(now.calls, 1);
	assert_int_equal(sys_wait(sys, done, &soon, 5000), 0);
	assert_int_equal(soon.calls, 4);
	assert_int_equal(sys_wait(sys, done, &fails, 5000), -EIO);
	assert_int_equal(sys_wait(sys, done, &never, 20), -ETIMEDOUT);
	assert_in_range(never.calls, 2, 30);
}

/* It becomes so while it is looked at, which takes longer than there is time. */
static int look_slowly(void *arg)
{
	struct wait *w = arg;

	poll(NULL, 0, 3);
	return done(w);
}

TEST(what_became_so_in_time_is_seen_by_who_comes_to_look_too_late)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	struct wait slow = { .until = 2, .result = 1 }, never = { .until = 1000000 };

	assert_int_equal(sys_wait(sys, look_slowly, &slow, 1), 0);
	assert_int_equal(sys_wait(sys, look_slowly, &never, 1), -ETIMEDOUT);
	assert_int_equal(never.calls, 2);
}

TEST(what_is_so_already_is_seen_even_without_time)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	struct wait now = { .until = 1, .result = 1 }, never = { .until = 9 };

	assert_int_equal(sys_wait(sys, done, &now, 0), 0);
	assert_int_equal(sys_wait(sys, done, &never, 0), -ETIMEDOUT);
}

TEST(only_clean_absolute_paths_pass)
{
	assert_true(sys_path_ok("/sys/bus/css"));
	assert_true(sys_path_ok("/etc/..a/.b"));
	assert_false(sys_path_ok(""));
	assert_false(sys_path_ok("sys"));
	assert_false(sys_path_ok("/sys/../etc"));
	assert_false(sys_path_ok("/sys/."));
	assert_false(sys_path_ok("/sys//a"));
	assert_false(sys_path_ok("/sys/"));
}

TEST(the_kernels_messages_come_from_its_own_node_and_nobody_waits_for_them)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf b = { 0 };
	int r;

	tree_dir(&t, "/dev");
	assert_int_equal(mkfifo(tree_path(&t, "/dev/kmsg"), 0600), 0);
	for (int host = 0; host < 2; host++) {
		struct real_opts opts = { .root = host ? "/" : t.root, .read_only = true };
		CLEANUP(sys_freep) struct sys *sys = NULL;

		assert_int_equal(real_new(&opts, &sys), 0);
		real_of(sys)->host = true;
		r = sys_messages(sys, &b);
		/* Who may not read those of this host, or has none in his container, is told. */
		assert_true(r == -ENOENT || (host && (r == 0 || r == -EPERM || r == -EACCES)));
		assert_true(b.len <= SYS_VALUE_MAX);
	}
}

static void count_line(void *arg, char *line)
{
	size_t *n = arg;

	n[0]++;
	n[1] += strlen(line);
	assert_null(strchr(line, '\n'));
}

/* modules.alias of a distribution's kernel is such a file. */
TEST(a_large_file_is_read_line_by_line_and_a_line_without_end_is_passed_over)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t seen[2] = { 0 };

	while (b.len <= SYS_VALUE_MAX)
		assert_int_equal(buf_adds(&b, "alias\n"), 0);
	for (size_t end = b.len + 9000; b.len < end;)
		assert_int_equal(buf_addc(&b, 'x'), 0);
	assert_int_equal(buf_adds(&b, "\n\nlast"), 0);
	tree_put(&t, "/etc/big", buf_str(&b));
	assert_int_equal(sys_lines(sys, "/etc/big", count_line, seen), 0);
	assert_int_equal(seen[0], SYS_VALUE_MAX / 6 + 1 + 2);
	assert_int_equal(seen[1], (SYS_VALUE_MAX / 6 + 1) * 5 + 4);
	assert_int_equal(sys_lines(sys, "/etc/none", count_line, seen), -ENOENT);
	assert_int_equal(sys_lines(sys, "/etc", count_line, seen), -EISDIR);
	assert_int_equal(truncate(tree_path(&t, "/etc/big"), SYS_LINES_MAX + 1), 0);
	assert_int_equal(sys_lines(sys, "/etc/big", count_line, seen), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_line_is_read_without_its_end_and_appended),
		CASE(the_kernels_messages_come_from_its_own_node_and_nobody_waits_for_them),
		CASE(a_number_is_the_whole_value_or_none),
		CASE(a_negative_number_is_no_unsigned_one),
		CASE(waiting_ends_when_it_is_so_or_fails_or_takes_too_long),
		CASE(what_became_so_in_time_is_seen_by_who_comes_to_look_too_late),
		CASE(what_is_so_already_is_seen_even_without_time),
		CASE(only_clean_absolute_paths_pass),
		CASE(a_large_file_is_read_line_by_line_and_a_line_without_end_is_passed_over),
	};

	return RUN(tests);
}
