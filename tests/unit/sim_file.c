/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "real.h"
#include "sim.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sys *machine(const char *text)
{
	struct sim_error err = { 0 };
	struct sys *sys = NULL;

	if (sim_new(text, strlen(text), &sys, &err) < 0)
		fail_msg("line %u: expected %s", err.line, err.expected);
	return sys;
}

static void assert_refused(const char *text, unsigned line, const char *expected)
{
	struct sim_error err = { 0 };
	struct sys *sys = NULL;

	assert_int_equal(sim_new(text, strlen(text), &sys, &err), -EINVAL);
	assert_null(sys);
	assert_int_equal(err.line, line);
	if (!strstr(err.expected, expected))
		fail_msg("says \"%s\", not \"%s\"", err.expected, expected);
}

static void assert_bytes(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(sys, path, &b), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(buf_str(&b), bytes, len);
}

/* sim_new(sim_save(m)) equals m: the same text again. */
static void assert_same_again(struct sys *sys)
{
	CLEANUP(buf_done) struct buf one = { 0 }, two = { 0 };
	CLEANUP(sys_freep) struct sys *again = NULL;
	struct sim_error err = { 0 };

	assert_int_equal(sim_save(sys, &one), 0);
	if (sim_new(buf_str(&one), one.len, &again, &err) < 0)
		fail_msg("line %u: expected %s", err.line, err.expected);
	assert_int_equal(sim_save(again, &two), 0);
	assert_int_equal(one.len, two.len);
	assert_string_equal(buf_str(&one), buf_str(&two));
}

TEST(a_file_directive_gives_its_bytes)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("file /etc/a 644 \"x\\n\\\"\\\\\\t\\e\\xff\\x00y\"\n");
	struct sys_stat st;

	assert_bytes(sys, "/etc/a", "x\n\"\\\t\x1b\xff\0y", 9);
	assert_int_equal(sys_stat(sys, "/etc/a", &st), 0);
	assert_int_equal(st.mode, 0644);
	assert_same_again(sys);
}

TEST(a_block_is_one_word_with_or_without_its_last_newline)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("file /a 644 <<\n\tone\n\t\n\ttwo\nfile /b 644 <<-\n\tone\n");

	assert_bytes(sys, "/a", "one\n\ntwo\n", 9);
	assert_bytes(sys, "/b", "one", 3);
}

TEST(an_empty_block_and_one_at_the_end_of_the_text_are_blocks)
{
	CLEANUP(sys_freep) struct sys *sys = machine("file /a 644 <<\nfile /b 644 <<\n\tx");

	assert_bytes(sys, "/a", "", 0);
	assert_bytes(sys, "/b", "x", 1);
}

TEST(comments_and_blank_lines_are_nothing)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("# one\n\n  \t# two\ndir /a # three\nfile /b#c 644 x#y\n");

	assert_true(sys_exists(sys, "/a"));
	assert_bytes(sys, "/b#c", "x#y", 3);
}

TEST(links_are_followed_and_may_dangle)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("file /d/f 644 x\nlink /l d\nlink /m nowhere\n");

	assert_bytes(sys, "/l/f", "x", 1);
	assert_false(sys_exists(sys, "/m"));
	assert_same_again(sys);
}

TEST(an_error_names_its_line_and_what_was_expected)
{
	assert_refused("dir /a\n\nfrobnicate\n", 3, "a directive");
	assert_refused("file /a 644\n", 1, "file PATH MODE");
	assert_refused("file /a 9 x\n", 1, "file PATH MODE");
	assert_refused("dir relative\n", 1, "dir PATH");
	assert_refused("dir /a/../b\n", 1, "dir PATH");
	assert_refused("file /a 644 \"x\n", 1, "closing quote");
	assert_refused("file /a 644 \"\\q\"\n", 1, "\\xNN");
	assert_refused("dir \"/a\\x00b\"\n", 1, "bytes of a file only");
	assert_refused("file /a 644 <<\n\tx\n\ty\nnonsense\n", 4, "a directive");
	assert_refused("drop /a\n", 1, "drop PATH");
	assert_refused("include nobody\n", 1, "built-in machine");
	assert_refused("file /a 644 x\nfile /a/b 644 y\n", 2, "below directories");
	assert_refused("write /nowhere x\n", 1, "which the kernel takes");
}

TEST(text_with_a_nul_byte_is_refused)
{
	static const char text[] = "dir /a\ndir /b\0c\n";
	struct sim_error err = { 0 };
	struct sys *sys = NULL;

	assert_int_equal(sim_new(text, sizeof(text) - 1, &sys, &err), -EINVAL);
	assert_int_equal(err.line, 2);
}

TEST(a_line_of_too_many_words_is_refused)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (int i = 0; i < 600; i++)
		buf_adds(&b, "w ");
	assert_refused(b.data, 1, "512 words");
}

TEST(saved_text_is_the_same_however_a_machine_came_about)
{
	CLEANUP(sys_freep) struct sys *a = machine("dir /x/y\nfile /x/a 600 1\nlink /l x\n");
	CLEANUP(sys_freep)
	struct sys *b =
		machine("link /l x\nfile /x/z 600 1\nfile /x/a 600 1\ndir /x/y\ndrop /x/z\n");
	CLEANUP(buf_done) struct buf one = { 0 }, two = { 0 };

	assert_int_equal(sim_save(a, &one), 0);
	assert_int_equal(sim_save(b, &two), 0);
	assert_string_equal(one.data, two.data);
	assert_string_equal(one.data, "link /l x\nfile /x/a 600 \"1\"\ndir /x/y\n");
}

TEST(names_with_blanks_and_control_characters_survive)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("dir \"/a b\\e[2J\"\nfile \"/\\x01\\x80\" 644 \"\"\ndir "
				  "\"/#\"\nlink /q \"a \\\"b\"\n");

	assert_true(sys_exists(sys, "/a b\x1b[2J"));
	assert_same_again(sys);
}

TEST(what_was_staged_and_not_published_is_saved)
{
	CLEANUP(sys_freep) struct sys *sys = machine("file /etc/a 644 old\n");
	CLEANUP(sys_freep) struct sys *again = NULL;
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_int_equal(sys_stage(sys, "/etc/a", "new", 3), 0);
	assert_same_again(sys);
	assert_int_equal(sim_save(sys, &text), 0);
	assert_int_equal(sim_new(text.data, text.len, &again, NULL), 0);
	assert_bytes(again, "/etc/a", "old", 3);
	assert_int_equal(sys_publish(again, "/etc/a"), 0);
	assert_bytes(again, "/etc/a", "new", 3);
}

TEST(a_copy_is_equal_and_independent)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("kernel 702 7.2.0\nfile /etc/a 644 x\nhidden h y\n");
	CLEANUP(sys_freep) struct sys *copy = NULL;
	CLEANUP(buf_done) struct buf one = { 0 }, two = { 0 };
	static const char *const paths[] = { "/etc", NULL };

	assert_int_equal(sim_copy(sys, paths, &copy), 0);
	assert_int_equal(sim_save(sys, &one), 0);
	assert_int_equal(sim_save(copy, &two), 0);
	assert_string_equal(one.data, two.data);
	assert_int_equal(sys_write(copy, "/etc/a", "z"), 0);
	assert_bytes(sys, "/etc/a", "x", 1);
}

TEST(a_copy_of_a_directory_is_a_machine_of_its_kernels_level)
{
	static const char *const paths[] = { "/sys", "/proc", "/etc", NULL };
	CLEANUP(tree_done) struct tree t = tree_new();
	struct real_opts opts = { .root = t.root, .read_only = true };
	CLEANUP(sys_freep) struct sys *real = NULL;
	CLEANUP(sys_freep) struct sys *copy = NULL;
	CLEANUP(buf_done) struct buf text = { 0 };

	tree_put(&t, "/sys/value", "x\n");
	tree_link(&t, "/sys/link", "value");
	tree_put(&t, "/proc/version", "Linux version 7.2.13-lab (root@vm)\n");
	assert_int_equal(real_new(&opts, &real), 0);
	assert_int_equal(sim_copy(real, paths, &copy), 0);
	assert_bytes(copy, "/sys/link", "x\n", 2);
	assert_true(copy->simulated && copy->writable);
	assert_int_equal(sys_write(copy, "/sys/value", "y"), 0);
	assert_bytes(real, "/sys/value", "x\n", 2);
	assert_int_equal(sim_save(copy, &text), 0);
	assert_non_null(strstr(text.data, "file /.sim/level 644 \"702\\n\"\n"));
	assert_same_again(copy);
}

TEST(a_kept_machine_is_in_its_file_after_each_change)
{
	CLEANUP(sys_freep) struct sys *sys = machine("file /etc/a 644 x\n");
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(sys_freep) struct sys *real = NULL;

	tree_dir(&t, "/d");
	assert_int_equal(sim_keep(sys, tree_path(&t, "/d/m")), 0);
	assert_int_equal(sys_write(sys, "/etc/a", "y"), 0);
	assert_int_equal(real_new(&(struct real_opts){ .root = t.root, .read_only = true }, &real),
			 0);
	assert_int_equal(sys_read(real, "/d/m", &text), 0);
	assert_non_null(strstr(buf_str(&text), "file /etc/a 644 \"y\"\n"));
	buf_reset(&text);
	assert_int_equal(sys_list(real, "/d", &text), 0);
	assert_string_equal(text.data, "m"); /* no temporary file is left */
	assert_int_equal(text.len, sizeof("m"));
	assert_int_equal(sim_keep(sys, "/nowhere/at/all"), -ENOENT);
}

TEST(the_first_kernel_directive_stands)
{
	CLEANUP(sys_freep) struct sys *sys = machine("kernel 702 7.2.0\nkernel 612 6.12.0\n");

	assert_bytes(sys, "/proc/sys/kernel/osrelease", "7.2.0\n", 6);
}

TEST(a_process_has_its_arguments_in_proc)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("process 12 /usr/bin/qemu-system-s390x -name \"a b\"\n");

	assert_bytes(sys, "/proc/12/cmdline", "/usr/bin/qemu-system-s390x\0-name\0a b", 37);
	assert_bytes(sys, "/proc/12/comm", "qemu-system-s39\n", 16);
	assert_same_again(sys);
}

TEST(modules_load_with_what_they_need_and_are_refused_when_there_are_none)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine("kernel 612 6.12.0\nmodule a available\nmodule b-c available "
				  "needs=a\nmodule d builtin\n");
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_false(sys_exists(sys, "/sys/module/b_c"));
	assert_true(sys_exists(sys, "/sys/module/d"));
	assert_int_equal(sys_load_module(sys, "b-c"), 0);
	assert_true(sys_exists(sys, "/sys/module/b_c"));
	assert_true(sys_exists(sys, "/sys/module/a"));
	assert_int_equal(sys_load_module(sys, "nobody"), -ENOENT);
	assert_int_equal(sys_load_module(sys, "../../etc"), -ENOENT);
	assert_int_equal(sys_read(sys, "/proc/modules", &text), 0);
	assert_true(str_starts(text.data, "b_c "));
	assert_int_equal(sys_read(sys, "/lib/modules/6.12.0/modules.dep", &text), 0);
	assert_same_again(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_file_directive_gives_its_bytes),
		CASE(a_block_is_one_word_with_or_without_its_last_newline),
		CASE(an_empty_block_and_one_at_the_end_of_the_text_are_blocks),
		CASE(comments_and_blank_lines_are_nothing),
		CASE(links_are_followed_and_may_dangle),
		CASE(an_error_names_its_line_and_what_was_expected),
		CASE(text_with_a_nul_byte_is_refused),
		CASE(a_line_of_too_many_words_is_refused),
		CASE(saved_text_is_the_same_however_a_machine_came_about),
		CASE(names_with_blanks_and_control_characters_survive),
		CASE(what_was_staged_and_not_published_is_saved),
		CASE(a_copy_is_equal_and_independent),
		CASE(a_copy_of_a_directory_is_a_machine_of_its_kernels_level),
		CASE(a_kept_machine_is_in_its_file_after_each_change),
		CASE(the_first_kernel_directive_stands),
		CASE(a_process_has_its_arguments_in_proc),
		CASE(modules_load_with_what_they_need_and_are_refused_when_there_are_none),
	};

	return RUN(tests);
}
