/* SPDX-License-Identifier: MIT */
#include "check.h"
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
		CASE(values_are_put_in_and_made_harmless),
		CASE(a_missing_value_is_a_question_mark),
		CASE(bad_utf8_and_direction_marks_become_question_marks),
	};

	return RUN(tests);
}
