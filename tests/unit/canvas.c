/* SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "check.h"

#include <string.h>

static const char *text_of(const struct canvas *c, struct buf *b)
{
	buf_reset(b);
	assert_int_equal(canvas_to_text(c, b), 0);
	return buf_str(b);
}

TEST(text_outside_the_canvas_is_not_drawn_and_nothing_fails)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(canvas_init(&c, 2, 5, true), 0);
	canvas_text(&c, -1, 0, -1, LOOK_PLAIN, "above");
	canvas_text(&c, 2, 0, -1, LOOK_PLAIN, "below");
	canvas_text(&c, 0, -2, -1, LOOK_PLAIN, "abcdefghij");
	canvas_fill(&c, 1, 3, 100, LOOK_PLAIN, '#');
	canvas_box(&c, -3, -3, 100, 100, "far");
	canvas_text(&c, 0, -2, -1, LOOK_PLAIN, "abcdefghij");
	assert_string_equal(text_of(&c, &b), "cdefg\n\n");
}

TEST(control_bytes_bad_utf8_and_invisible_characters_become_question_marks)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(canvas_init(&c, 1, 20, false), 0);
	canvas_text(&c, 0, 0, -1, LOOK_PLAIN, "a\033[m\xff\xe2\x80\xae\xcc\x81z\x7f\xc2\x9b");
	assert_string_equal(text_of(&c, &b), "a?[m???z??\n");
}

TEST(an_ascii_canvas_holds_ascii_only)
{
	CLEANUP(canvas_done) struct canvas c;

	assert_int_equal(canvas_init(&c, 3, 12, true), 0);
	canvas_box(&c, 0, 0, 3, 12, "\xc3\xa4");
	canvas_field(&c, 1, 1, 4, LOOK_PLAIN, false, "K\xc3\xb6ln am Rhein");
	for (int i = 0; i < 36; i++)
		assert_true(c.cells[i].ch >= ' ' && c.cells[i].ch < 0x7f);
}

TEST(a_field_is_padded_or_cut_with_an_ellipsis)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(canvas_init(&c, 3, 12, true), 0);
	canvas_fill(&c, 0, 0, -1, LOOK_PLAIN, 'x');
	canvas_field(&c, 0, 1, 5, LOOK_PLAIN, false, "ab");
	canvas_field(&c, 1, 0, 5, LOOK_PLAIN, true, "42");
	canvas_field(&c, 2, 0, 5, LOOK_PLAIN, false, "abcdefgh");
	assert_string_equal(text_of(&c, &b), "xab   xxxxxx\n   42\nabcd~\n");
}

TEST(half_of_a_wide_character_does_not_stay)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(text_width("\xe6\xbc\xa2x"), 3);
	assert_int_equal(canvas_init(&c, 1, 6, false), 0);
	canvas_text(&c, 0, 0, -1, LOOK_PLAIN, "\xe6\xbc\xa2\xe5\xad\x97");
	canvas_text(&c, 0, 1, -1, LOOK_PLAIN, "ab");
	assert_string_equal(text_of(&c, &b), " ab\n");
	/* ... and one that does not fit is not begun. */
	assert_int_equal(canvas_text(&c, 0, 5, -1, LOOK_PLAIN, "\xe6\xbc\xa2"), 5);
}

TEST(a_picture_escapes_what_xml_would_take)
{
	CLEANUP(canvas_done) struct canvas c;
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(canvas_init(&c, 1, 10, false), 0);
	canvas_text(&c, 0, 0, -1, LOOK_ERROR, "<a&b>");
	canvas_mark(&c, 0, 0, 2, true);
	assert_int_equal(canvas_to_svg(&c, true, &b), 0);
	assert_non_null(strstr(buf_str(&b), "&lt;a"));
	assert_non_null(strstr(buf_str(&b), "&amp;b&gt;"));
	assert_non_null(strstr(buf_str(&b), "#ff5f5f"));
	buf_reset(&b);
	assert_int_equal(canvas_to_svg(&c, false, &b), 0);
	assert_null(strstr(buf_str(&b), "#ff5f5f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(text_outside_the_canvas_is_not_drawn_and_nothing_fails),
		CASE(control_bytes_bad_utf8_and_invisible_characters_become_question_marks),
		CASE(an_ascii_canvas_holds_ascii_only),
		CASE(a_field_is_padded_or_cut_with_an_ellipsis),
		CASE(half_of_a_wide_character_does_not_stay),
		CASE(a_picture_escapes_what_xml_would_take),
	};

	return RUN(tests);
}
