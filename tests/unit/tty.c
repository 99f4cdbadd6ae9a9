/* SPDX-License-Identifier: MIT */
/* Which front end suits a terminal, and what its bytes mean. */
#include "check.h"
#include "choose.h"
#include "tty.h"

#include <string.h>

static enum mode chosen(const char *device, const char *type, bool addressable, bool s390)
{
	struct terminal_facts t = { device, type, addressable, s390 };
	const char *why;
	enum mode mode = choose_mode(&t, &why);

	assert_true((mode == MODE_FULL) == (why == NULL));
	return mode;
}

TEST(a_3270_gets_panels_whatever_term_says)
{
	assert_int_equal(chosen("/dev/3270/tty1", "linux", true, true), MODE_PANEL);
	assert_int_equal(chosen("/dev/3270/tty1", NULL, false, true), MODE_PANEL);
	assert_int_equal(chosen("/dev/console", "ibm327x", false, true), MODE_PANEL);
}

TEST(consoles_without_a_screen_get_lines)
{
	assert_int_equal(chosen("/dev/sclp_line0", "linux", true, true), MODE_LINE);
	assert_int_equal(chosen("/dev/ttyS0", "vt220", true, true), MODE_LINE);
	assert_int_equal(chosen("/dev/pts/3", "dumb", false, false), MODE_LINE);
	assert_int_equal(chosen("/dev/pts/3", "", false, false), MODE_LINE);
	assert_int_equal(chosen("/dev/pts/3", NULL, false, false), MODE_LINE);
	assert_int_equal(chosen("/dev/pts/3", "nosuch", false, false), MODE_LINE);
	assert_int_equal(chosen(NULL, "dumb", false, false), MODE_LINE);
}

TEST(everything_else_gets_the_full_screen)
{
	assert_int_equal(chosen("/dev/pts/3", "xterm", true, true), MODE_FULL);
	assert_int_equal(chosen("/dev/ttysclp0", "vt220", true, true), MODE_FULL);
	assert_int_equal(chosen("/dev/hvc0", "linux", true, true), MODE_FULL);
	assert_int_equal(chosen("/dev/ttyS0", "vt220", true, false), MODE_FULL);
	assert_int_equal(chosen(NULL, "xterm", true, false), MODE_FULL);
}

static uint32_t decoded(const char *bytes)
{
	uint32_t key = 0;

	assert_int_equal(tty_decode(bytes, strlen(bytes), &key), strlen(bytes));
	return key;
}

TEST(the_pf_keys_that_reach_a_program_are_known)
{
	static const struct {
		const char *bytes;
		uint32_t key;
	} pf[] = {
		{ "\033[[A", K_F1 },   { "\033[[B", K_F2 },   { "\033[[D", K_F4 },
		{ "\033[[E", K_F5 },   { "\033[17~", K_F6 },  { "\033[20~", K_F9 },
		{ "\033[21~", K_F10 }, { "\033[23~", K_F11 }, { "\033[25~", K_F13 },
		{ "\033[26~", K_F14 }, { "\033[28~", K_F15 }, { "\033[29~", K_F16 },
		{ "\033[31~", K_F17 }, { "\033[32~", K_F18 }, { "\033[33~", K_F19 },
		{ "\033[34~", K_F20 },
	};

	for (size_t i = 0; i < sizeof(pf) / sizeof(pf[0]); i++)
		assert_int_equal(decoded(pf[i].bytes), pf[i].key);
}

TEST(a_sequence_that_is_cut_waits_and_one_unknown_is_swallowed_whole)
{
	uint32_t key;

	assert_int_equal(tty_decode("\033", 1, &key), 0);
	assert_int_equal(tty_decode("\033[3", 3, &key), 0);
	assert_int_equal(tty_decode("\033[[", 3, &key), 0);
	assert_int_equal(tty_decode("\033[200~x", 7, &key), 6);
	assert_int_equal(key, K_NONE);
	assert_int_equal(tty_decode("\033[1;5Cx", 7, &key), 6);
	assert_int_equal(tty_decode("ab", 2, &key), 1);
	assert_int_equal(key, 'a');
}

static const char *brackets(char *text)
{
	tty_brackets(text);
	return text;
}

TEST(a_3270s_brackets_are_told_from_letters)
{
	assert_string_equal(brackets((char[]){ "a\xdd"
					       "1\xa8" }),
			    "a[1]");
	assert_string_equal(brackets((char[]){ "\xdd\xa8" }), "[]");
	assert_string_equal(brackets((char[]){ "caf\xc3\xa9 tr\xc3\xa8s" }),
			    "caf\xc3\xa9 tr\xc3\xa8s");
	assert_string_equal(brackets((char[]){ "\xe2\x82\xac\xa8" }), "\xe2\x82\xac]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_3270_gets_panels_whatever_term_says),
		CASE(consoles_without_a_screen_get_lines),
		CASE(everything_else_gets_the_full_screen),
		CASE(the_pf_keys_that_reach_a_program_are_known),
		CASE(a_sequence_that_is_cut_waits_and_one_unknown_is_swallowed_whole),
		CASE(a_3270s_brackets_are_told_from_letters),
	};

	return RUN(tests);
}
