/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "keys.h"
#include "line.h"

#include <string.h>

static void type(struct line *l, const char *text)
{
	for (; *text; text++)
		assert_int_equal(line_key(l, (unsigned char)*text), LINE_MORE);
}

TEST(typing_inserts_at_the_cursor_and_both_deletes_work)
{
	struct line l = { 0 };

	type(&l, "fin 2b09");
	for (int i = 0; i < 5; i++)
		line_key(&l, K_LEFT);
	type(&l, "d");
	assert_string_equal(l.text, "find 2b09");
	line_key(&l, K_HOME);
	line_key(&l, K_DELETE);
	line_key(&l, K_END);
	line_key(&l, K_BACKSPACE);
	assert_string_equal(l.text, "ind 2b0");
	line_key(&l, 23);
	assert_string_equal(l.text, "ind ");
	line_key(&l, 21);
	assert_string_equal(l.text, "");
}

TEST(a_character_of_several_bytes_is_moved_over_and_deleted_whole)
{
	struct line l = { 0 };

	line_key(&l, 0xe4);
	line_key(&l, 0x6f22);
	assert_int_equal(l.len, 5);
	line_key(&l, K_LEFT);
	assert_int_equal(l.at, 2);
	line_key(&l, K_DELETE);
	line_key(&l, K_BACKSPACE);
	assert_int_equal(l.len, 0);
}

TEST(a_full_line_takes_no_more_and_stays_whole)
{
	struct line l = { 0 };

	for (int i = 0; i < 1000; i++)
		line_key(&l, 0xe4);
	assert_int_equal(l.len, 254);
	assert_int_equal(strlen(l.text), 254);
}

TEST(the_history_gives_back_older_and_newer_lines_once_each)
{
	struct line l = { 0 };

	line_set(&l, "one");
	line_remember(&l);
	line_set(&l, "two");
	line_remember(&l);
	line_set(&l, "two");
	line_remember(&l);
	assert_int_equal(l.n_last, 2);
	line_key(&l, K_UP);
	assert_string_equal(l.text, "two");
	line_key(&l, K_UP);
	line_key(&l, K_UP);
	assert_string_equal(l.text, "one");
	line_key(&l, K_DOWN);
	line_key(&l, K_DOWN);
	assert_string_equal(l.text, "");
}

TEST(enter_ends_and_both_banks_of_f3_and_f12_cancel)
{
	struct line l = { 0 };

	assert_int_equal(line_key(&l, K_ENTER), LINE_DONE);
	assert_int_equal(line_key(&l, K_ESC), LINE_CANCEL);
	assert_int_equal(line_key(&l, K_F15), LINE_CANCEL);
	assert_int_equal(line_key(&l, K_F24), LINE_CANCEL);
	assert_int_equal(line_key(&l, K_F7), LINE_IGNORED);
	assert_int_equal(line_key(&l, 0x9b), LINE_IGNORED);
}

TEST(the_part_around_the_cursor_is_drawn_and_the_cursor_stands_in_it)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct line l = { 0 };

	assert_int_equal(canvas_init(&c, 1, 10, true), 0);
	line_set(&l, "abcdefghijklmnop");
	line_draw(&l, &c, 0, 2, 6);
	assert_int_equal(canvas_to_text(&c, &b), 0);
	assert_string_equal(buf_str(&b), "  lmnop\n");
	assert_int_equal(c.cursor_col, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(typing_inserts_at_the_cursor_and_both_deletes_work),
		CASE(a_character_of_several_bytes_is_moved_over_and_deleted_whole),
		CASE(a_full_line_takes_no_more_and_stays_whole),
		CASE(the_history_gives_back_older_and_newer_lines_once_each),
		CASE(enter_ends_and_both_banks_of_f3_and_f12_cancel),
		CASE(the_part_around_the_cursor_is_drawn_and_the_cursor_stands_in_it),
	};

	return RUN(tests);
}
