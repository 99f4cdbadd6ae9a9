/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "msg.h"

#include <stdlib.h>
#include <string.h>

TEST(every_message_says_what_happened_and_has_no_broken_placeholder)
{
	for (int i = 0; i < MSG_COUNT; i++) {
		const struct msg_row *row = msg_row((enum msg_id)i);
		const char *texts[] = { row->what, row->why, row->todo };

		assert_true(strlen(row->what) > 0);
		for (int k = 0; k < 3; k++)
			for (const char *p = texts[k]; (p = strchr(p, '{')); p++)
				assert_true(strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_") ==
					    strcspn(p + 1, "}"));
	}
}

/* What was done needs no reason; all else says why, or what to do. */
TEST(every_message_but_of_what_was_done_says_why_or_what_to_do)
{
	static const enum msg_id done[] = { MSG_COMMITTED,	  MSG_DONE_AGAIN,
					    MSG_MATRIX_USED,	  MSG_MODE_SAME,
					    MSG_NO_MORE_COLUMNS,  MSG_REACH,
					    MSG_SNIPPETS_WRITTEN, MSG_SORTED,
					    MSG_STAGED_EDIT };

	for (int i = 0; i < MSG_COUNT; i++) {
		const struct msg_row *row = msg_row((enum msg_id)i);
		bool is_done = false;

		for (size_t k = 0; k < ARRAY_SIZE(done); k++)
			is_done = is_done || done[k] == (enum msg_id)i;
		if (!is_done && !*row->why && !*row->todo)
			fail_msg("\"%s\" leaves one alone", row->what);
	}
}

TEST(no_two_messages_say_the_same)
{
	for (int i = 0; i < MSG_COUNT; i++)
		for (int k = 0; k < i; k++) {
			const struct msg_row *a = msg_row((enum msg_id)i),
					     *b = msg_row((enum msg_id)k);

			if (!strcmp(a->what, b->what) && !strcmp(a->why, b->why) && *a->why)
				fail_msg("\"%s %s\" is there twice", a->what, a->why);
		}
}

TEST(values_are_put_in_and_made_harmless)
{
	struct msg m = { 0 };

	msg_make(&m, MSG_NO_DEVICE, "device", "a\033[2Jb", NULL);
	assert_string_equal(m.what, "There is no device a?[2Jb.");
	msg_done(&m);
}

TEST(a_missing_value_is_a_question_mark)
{
	struct msg m = { 0 };

	msg_make(&m, MSG_NO_DEVICE, NULL);
	assert_string_equal(m.what, "There is no device ?.");
	msg_done(&m);
}

TEST(a_message_is_copied_and_said_in_words_of_its_own)
{
	struct msg m = { 0 }, copy = { 0 }, empty = { 0 };

	msg_make(&m, MSG_NO_DEVICE, "device", "0.0.0313", NULL);
	assert_int_equal(msg_copy(&copy, &m), 0);
	assert_int_equal(msg_words(&m, m.todo, "", m.what), 0);
	assert_int_equal(m.id, MSG_NO_DEVICE);
	assert_string_equal(m.what, copy.todo);
	assert_string_equal(m.why, "");
	assert_string_equal(m.todo, copy.what);
	assert_int_equal(msg_copy(&m, &empty), 0);
	assert_string_equal(m.what, "");
	msg_done(&m);
	msg_done(&copy);
}

TEST(bad_utf8_and_direction_marks_become_question_marks)
{
	char *s = text_safe("ok \xc3\xa4 \xff \xe2\x80\xae \xc2\x9b \x7f");

	assert_string_equal(s, "ok \xc3\xa4 ? ??? ?? ?");
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_message_says_what_happened_and_has_no_broken_placeholder),
		CASE(every_message_but_of_what_was_done_says_why_or_what_to_do),
		CASE(no_two_messages_say_the_same),
		CASE(values_are_put_in_and_made_harmless),
		CASE(a_missing_value_is_a_question_mark),
		CASE(a_message_is_copied_and_said_in_words_of_its_own),
		CASE(bad_utf8_and_direction_marks_become_question_marks),
	};

	return RUN(tests);
}
