/* SPDX-License-Identifier: MIT */
#include "batch.h"
#include "check.h"
#include "complete.h"
#include "options.h"
#include "sim.h"

#include <string.h>

/* The candidates behind a line whose words are apart by one blank. ret: malloc'ed, one a line. */
static enum complete_more complete(const char *line, char **ret)
{
	CLEANUP(freep) char *copy = strdup(line);
	char *argv[16] = { NULL }, *rest = copy;
	size_t len;
	FILE *f = open_memstream(ret, &len);
	enum complete_more more;
	int argc = 0;

	while (argc < 15 && (argv[argc] = strsep(&rest, " ")))
		argc++;
	more = complete_words(argc, argv, f);
	fclose(f);
	return more;
}

static void expect(const char *line, const char *candidates)
{
	CLEANUP(freep) char *got = NULL;

	assert_int_equal(complete(line, &got), COMPLETE_NO_MORE);
	assert_string_equal(got, candidates);
}

TEST(every_command_and_option_is_offered)
{
	CLEANUP(freep) char *commands = NULL;
	CLEANUP(freep) char *options = NULL;
	const struct option_row *row;

	complete("", &commands);
	for (const struct batch_command *c = batch_commands; c->name; c++)
		assert_non_null(strstr(commands, c->name));
	complete("-", &options);
	for (size_t i = 0; (row = options_row(i)); i++)
		assert_non_null(strstr(options, row->name));
	assert_null(strstr(options, "list"));
}

TEST(an_option_that_takes_none_is_not_followed_by_a_value)
{
	expect("apply x --yes --o", "--override\n");
	expect("recover --files", "--files\n");
	expect("recover --files ", "");
	expect("--ascii --mode pa", "panel\n");
}

TEST(values_are_those_of_the_line_of_usage)
{
	expect("show x --format ", "table\njson\n");
	expect("undo ", "all\n");
	expect("plan ", "@file\n-\n");
	expect("--root ", "@file\n");
	expect("--color=n", "--color=never\n");
	expect("list chpids --columns devices,pc", "devices,pchid\n");
}

TEST(a_place_for_devices_says_so)
{
	CLEANUP(freep) char *got = NULL;

	assert_int_equal(complete("show 2b", &got), COMPLETE_DEVICES);
	assert_string_equal(got, "");
}

TEST(what_is_not_understood_has_no_candidates)
{
	expect("nonsense ", "");
	expect("--nonsense", "");
	expect("--nonsense=", "");
	expect("list --nonsense ", "subchannels\nchpids\nap\npci\nmdevs\nall\n");
	expect("--size 2", "");
}

TEST(a_device_is_offered_by_the_name_that_was_begun)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	const struct session_opts opts = { .who = "tester" };
	static const char *const begun[][2] = {
		{ "0.0.2b09", "0.0.2b09\n" },	      { "2b09", "2b09\n" },
		{ "css/0.0.0313", "css/0.0.0313\n" }, { "05.00ab", "05.00ab\n" },
		{ "ap/05.00ab", "ap/05.00ab\n" },     { "nothing", "" }
	};

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(begun); i++) {
		CLEANUP(freep) char *got = NULL;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		complete_devices(s, begun[i][0], f);
		fclose(f);
		assert_string_equal(got, begun[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_command_and_option_is_offered),
		CASE(an_option_that_takes_none_is_not_followed_by_a_value),
		CASE(values_are_those_of_the_line_of_usage),
		CASE(a_place_for_devices_says_so),
		CASE(what_is_not_understood_has_no_candidates),
		CASE(a_device_is_offered_by_the_name_that_was_begun),
	};

	return RUN(tests);
}
