/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mask.h"

#include <errno.h>
#include <string.h>

static const char *ranges_after(const char *text, struct ap_mask m)
{
	static char out[1024];

	if (mask_parse(text, &m) < 0)
		return "EINVAL";
	return mask_ranges(&m, out, sizeof(out));
}

TEST(people_are_shown_the_digits_of_the_screens)
{
	struct ap_mask m = { 0 };
	char text[1024];

	mask_set(&m, 20, true);
	mask_set(&m, 171, true);
	mask_set(&m, 172, true);
	assert_string_equal(mask_shown(&m, false, text, sizeof(text)), "14,ab-ac");
	assert_string_equal(mask_shown(&m, true, text, sizeof(text)), "0014,00ab-00ac");
}

TEST(a_short_mask_is_left_aligned)
{
	assert_string_equal(ranges_after("5", mask_all()), "1,3");
	assert_string_equal(ranges_after("0x8\n", mask_all()), "0");
	assert_string_equal(ranges_after("abc", mask_all()), "0,2,4,6-9");
}

TEST(an_empty_value_clears_the_whole_mask)
{
	assert_string_equal(ranges_after("\n", mask_all()), "");
	assert_string_equal(ranges_after("0x", mask_all()), "");
	assert_string_equal(ranges_after("x", mask_all()), "");
}

TEST(relative_lists_change_single_ids_and_ranges)
{
	assert_string_equal(ranges_after("-4,-0xab", mask_all()), "0-3,5-170,172-255");
	assert_string_equal(ranges_after("-5-6", mask_all()), "0-4,7-255");
	assert_string_equal(ranges_after("-010", mask_all()), "0-7,9-255");
	assert_string_equal(ranges_after("+5+6,,", (struct ap_mask){ 0 }), "5-6");
	assert_string_equal(ranges_after("+5,-5", (struct ap_mask){ 0 }), "");
}

TEST(a_number_beyond_64_bits_wraps_as_in_the_kernel)
{
	assert_string_equal(ranges_after("+18446744073709551621", (struct ap_mask){ 0 }), "5");
	assert_string_equal(ranges_after("+4294967301", (struct ap_mask){ 0 }), "EINVAL");
}

TEST(what_the_kernel_refuses_is_refused_and_changes_nothing)
{
	const char *bad[] = { "-4, -0xab", "0X5", " 5",	  "+256", "-6-5", "+",
			      "+5,x",	   "5 ",  "+0b1", "\n\n", ",+5",  "g" };
	char digits[67];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(ranges_after(bad[i], mask_all()), "EINVAL");
	memset(digits, 'f', 65);
	digits[65] = '\0';
	assert_string_equal(ranges_after(digits, mask_all()), "EINVAL");
	digits[64] = '\0';
	assert_string_equal(ranges_after(digits, (struct ap_mask){ 0 }), "0-255");
}

TEST(the_text_form_reads_back_as_the_same_mask)
{
	struct ap_mask m = { 0 }, again = { 0 };
	char text[MASK_TEXT];

	mask_set(&m, 4, true);
	mask_set(&m, 0xab, true);
	mask_set(&m, 255, true);
	mask_set(&m, 256, true);
	assert_string_equal(mask_text(&m, text), "0x0800000000000000000000000000000000000000001000"
						 "000000000000000001");
	assert_int_equal(mask_parse(text, &again), 0);
	assert_true(mask_eq(&m, &again));
	assert_int_equal(mask_count(&m), 3);
}

TEST(walking_a_mask_meets_each_id_once_in_order)
{
	struct ap_mask m = { 0 };
	const int ids[] = { 0, 63, 64, 128, 255 };
	int id = -1;

	for (int i = 0; i < 5; i++)
		mask_set(&m, (unsigned)ids[i], true);
	for (int i = 0; i < 5; i++)
		assert_int_equal(id = mask_next(&m, id), ids[i]);
	assert_int_equal(mask_next(&m, id), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_short_mask_is_left_aligned),
		CASE(people_are_shown_the_digits_of_the_screens),
		CASE(an_empty_value_clears_the_whole_mask),
		CASE(relative_lists_change_single_ids_and_ranges),
		CASE(a_number_beyond_64_bits_wraps_as_in_the_kernel),
		CASE(what_the_kernel_refuses_is_refused_and_changes_nothing),
		CASE(the_text_form_reads_back_as_the_same_mask),
		CASE(walking_a_mask_meets_each_id_once_in_order),
	};

	return RUN(tests);
}
