/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "options.h"

#include <errno.h>
#include <string.h>

static int parse(struct options *o, struct msg *m, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return options_parse(argc, argv, o, m);
}

#define ARGS(...) ((char *[]){ (char[]){ "vfiocfg" }, __VA_ARGS__, NULL })
#define W(text)	  ((char[]){ text })

TEST(every_option_is_taken_and_the_command_begins_where_they_end)
{
	struct options o = { 0 };
	struct msg m = { 0 };

	assert_int_equal(parse(&o, &m,
			       ARGS(W("--root"), W("/mnt"), W("--live"), W("--read-only"),
				    W("--mode=panel"), W("--size"), W("43x132"), W("--ascii"),
				    W("--color=never"), W("list"), W("--format"), W("json"))),
			 0);
	assert_string_equal(o.root, "/mnt");
	assert_true(o.live && o.read_only && o.ascii && !o.demo);
	assert_int_equal(o.mode, MODE_PANEL);
	assert_int_equal(o.rows, 43);
	assert_int_equal(o.cols, 132);
	assert_int_equal(o.color, COLOR_WHEN_NEVER);
	assert_int_equal(o.command, 10);
}

TEST(a_demo_may_be_named_and_kept)
{
	struct options o = { 0 };
	struct msg m = { 0 };

	assert_int_equal(parse(&o, &m, ARGS(W("--demo"), W("list"))), 0);
	assert_true(o.demo);
	assert_null(o.machine);
	assert_int_equal(o.command, 2);
	assert_int_equal(parse(&o, &m, ARGS(W("--demo=x86"), W("--state=/tmp/s"))), 0);
	assert_string_equal(o.machine, "x86");
	assert_string_equal(o.state, "/tmp/s");
	assert_int_equal(o.command, 3);
}

static void refused(char **argv, const char *named)
{
	struct options o = { .rows = 7 };
	struct msg m = { 0 };

	assert_int_equal(parse(&o, &m, argv), -EINVAL);
	assert_int_equal(m.id, MSG_USAGE);
	assert_non_null(strstr(m.what, named));
	assert_int_equal(o.rows, 7);
	msg_done(&m);
}

TEST(what_is_wrong_is_named_and_nothing_is_taken)
{
	refused(ARGS(W("--nonsense")), "--nonsense");
	refused(ARGS(W("--ascii=yes")), "--ascii=yes");
	refused(ARGS(W("--root")), "--root");
	refused(ARGS(W("--size"), W("24")), "24");
	refused(ARGS(W("--size=24x0")), "--size=24x0");
	refused(ARGS(W("--size=24x80x3")), "--size=24x80x3");
	refused(ARGS(W("--size=9999999999999x80")), "--size");
	refused(ARGS(W("--mode=small")), "--mode=small");
	refused(ARGS(W("--color=red")), "--color=red");
	refused(ARGS(W("--demo="), W("list")), "--demo=");
}

TEST(options_that_contradict_each_other_are_refused)
{
	refused(ARGS(W("--demo"), W("--root=/mnt")), "--demo");
	refused(ARGS(W("--live")), "--live");
	refused(ARGS(W("--state=s"), W("list")), "--state");
}

TEST(help_fits_on_a_small_screen)
{
	CLEANUP(freep) char *text = NULL;
	size_t len, lines = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	options_help(f);
	fclose(f);
	for (const char *line = text; *line; lines++) {
		size_t n = strcspn(line, "\n");

		assert_in_range(n, 1, 79);
		line += n + 1;
	}
	assert_in_range(lines, 15, 24);
	assert_non_null(strstr(text, "--demo[=NAME]"));
	assert_non_null(strstr(text, "apply"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_option_is_taken_and_the_command_begins_where_they_end),
		CASE(a_demo_may_be_named_and_kept),
		CASE(what_is_wrong_is_named_and_nothing_is_taken),
		CASE(options_that_contradict_each_other_are_refused),
		CASE(help_fits_on_a_small_screen),
	};

	return RUN(tests);
}
