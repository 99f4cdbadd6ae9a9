/* SPDX-License-Identifier: MIT */
#include "kernel.h"
#include "sim_text.h"

static int number(const char *text, unsigned long *ret)
{
	return sim_kstrtoul(text, ret);
}

TEST(numbers_are_decimal_hexadecimal_and_octal)
{
	static const struct {
		const char *text;
		unsigned long value;
	} good[] = { { "5\n", 5 },	{ "0x5", 5 },
		     { "0X06\n", 6 },	{ "010\n", 8 },
		     { "+5\n", 5 },	{ "0\n", 0 },
		     { "0xff\n", 255 }, { "18446744073709551615", ~0UL } };
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(number(good[i].text, &n), 0);
		assert_int_equal(n, good[i].value);
	}
}

TEST(what_kstrtoul_refuses_is_refused)
{
	static const char *const bad[] = { "",	      "\n",    " 5\n",	   "5 \n",  "-5\n",
					   "0x\n",    "5,6\n", "08\n",	   "5\n\n", "\n5\n",
					   "0b101\n", "1_0\n", "05.0004\n" };
	unsigned long n = 77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(number(bad[i], &n), -EINVAL);
	assert_int_equal(number("99999999999999999999\n", &n), -ERANGE);
	assert_int_equal(number("18446744073709551616", &n), -ERANGE);
	assert_int_equal(n, 77);
}

static void assert_mask(const char *text, const char *start)
{
	struct sim_mask m = { 0 };
	char shown[SIM_MASK_TEXT];

	assert_int_equal(sim_mask_parse(text, &m), 0);
	sim_mask_text(&m, shown);
	assert_int_equal(strlen(shown), 66);
	assert_memory_equal(shown, start, strlen(start));
	for (const char *p = shown + strlen(start); *p; p++)
		assert_int_equal(*p, '0');
}

TEST(an_absolute_mask_is_left_aligned)
{
	assert_mask("5\n", "0x5");
	assert_mask("abc", "0xabc");
	assert_mask("0x0F\n", "0x0f");
	assert_mask("xff\n", "0xff");
	assert_mask("\n", "0x");
	assert_mask("0x\n", "0x");
}

TEST(a_relative_mask_is_a_list_and_the_last_term_wins)
{
	assert_mask("+0,+3\n", "0x9");
	assert_mask("+0+3", "0x9");
	assert_mask("+0-7,-0x1,,\n", "0xbf");
	assert_mask("+010", "0x008");
	assert_mask("+5,-5", "0x");
}

TEST(a_mask_with_a_mistake_changes_nothing)
{
	static const char *const bad[] = { "-4, -0xab\n", "+256", "+6-5",    ",-5", "+ 5",
					   "+0b1",	  "0Xff", "0xff \n", "+5;", "--5",
					   "0xff\n\n",	  "+",	  "-4 ,-5",  "+0x", "+5,x",
					   "+5-",	  "g" };
	struct sim_mask m = { 0 };

	sim_mask_put(&m, 9, true);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(sim_mask_parse(bad[i], &m), -EINVAL);
		assert_int_equal(sim_mask_last(&m), 9);
	}
}

TEST(sixty_four_digits_are_the_most)
{
	char text[80];
	struct sim_mask m = { 0 };

	memset(text, 'f', sizeof(text));
	text[64] = '\0';
	assert_int_equal(sim_mask_parse(text, &m), 0);
	assert_true(sim_mask_full(&m));
	text[64] = 'f';
	text[65] = '\0';
	assert_int_equal(sim_mask_parse(text, &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(numbers_are_decimal_hexadecimal_and_octal),
		CASE(what_kstrtoul_refuses_is_refused),
		CASE(an_absolute_mask_is_left_aligned),
		CASE(a_relative_mask_is_a_list_and_the_last_term_wins),
		CASE(a_mask_with_a_mistake_changes_nothing),
		CASE(sixty_four_digits_are_the_most),
	};

	return RUN(tests);
}
