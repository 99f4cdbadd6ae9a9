/* SPDX-License-Identifier: MIT */
/* Which front end suits a terminal, and what its bytes mean. */
#include "check.h"
#include "choose.h"
#include "tty.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const struct {
	struct terminal_facts t;
	enum mode mode;
	const char *why;
} terminals[] = {
	/* device, TERM, terminfo can place its cursor, s390 */
	{ { "/dev/3270/tty1", "linux", true, true }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/3270/tty1", "dumb", false, true }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/3270/tty1", NULL, false, true }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/3270/tty17", "xterm", true, true }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/console", "ibm327x", false, true }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/pts/3", "ibm3279", false, false }, MODE_PANEL, "A 3270 sends whole lines" },
	{ { "/dev/sclp_line0", "linux", true, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/sclp_line0", "ibm327x", false, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/ttyS0", "vt220", true, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/ttyS0", NULL, false, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/3215/tty0", "linux", true, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/tty3215", "linux", true, true }, MODE_LINE, "This console has lines only" },
	{ { "/dev/pts/3", "dumb", false, false }, MODE_LINE, "TERM is dumb" },
	{ { "/dev/ttysclp0", "dumb", false, true }, MODE_LINE, "TERM is dumb" },
	{ { NULL, "dumb", false, false }, MODE_LINE, "TERM is dumb" },
	{ { "/dev/pts/3", "", false, false }, MODE_LINE, "TERM is not set" },
	{ { "/dev/pts/3", NULL, false, false }, MODE_LINE, "TERM is not set" },
	{ { "/dev/pts/3", "nosuch", false, false }, MODE_LINE, "TERM names no terminal that has a screen" },
	{ { "/dev/pts/3", "xterm", true, true }, MODE_FULL, "single keys on /dev/pts/3, TERM xterm" },
	{ { "/dev/ttysclp0", "vt220", true, true }, MODE_FULL, "single keys on /dev/ttysclp0, TERM vt220" },
	{ { "/dev/ttyS1", "linux", true, true }, MODE_FULL, "single keys on /dev/ttyS1, TERM linux" },
	{ { "/dev/hvc0", "linux", true, true }, MODE_FULL, "single keys on /dev/hvc0, TERM linux" },
	{ { "/dev/ttyS0", "vt220", true, false }, MODE_FULL, "single keys on /dev/ttyS0, TERM vt220" },
	{ { NULL, "xterm", true, false }, MODE_FULL, "single keys on this terminal, TERM xterm" },
};
/* clang-format on */

TEST(the_front_end_is_chosen_by_the_device_and_by_term_and_says_why)
{
	for (size_t i = 0; i < ARRAY_SIZE(terminals); i++) {
		char why[CHOOSE_WHY] = "";
		enum mode mode = choose_mode(&terminals[i].t, why);

		if (mode != terminals[i].mode || !str_starts(why, terminals[i].why))
			fail_msg("row %zu is %s: %s", i, mode_name(mode), why);
	}
}

TEST(what_was_chosen_is_said_at_the_start_and_what_would_be_without_the_option)
{
	for (size_t i = 0; i < ARRAY_SIZE(terminals); i++)
		for (enum mode asked = MODE_AUTO; asked <= MODE_LINE; asked++) {
			struct msg m = { 0 };
			bool says = choose_say(asked, &terminals[i].t, &m);
			enum mode mode = terminals[i].mode;

			assert_int_equal(says, asked != mode);
			if (!says)
				continue;
			assert_non_null(
				strstr(asked == MODE_AUTO && mode == MODE_FULL ? m.what : m.why,
				       terminals[i].why));
			if (asked != MODE_AUTO)
				assert_non_null(strstr(m.what, mode_name(asked)));
			/* One line of 80 columns on the full screen, where rows are dear. */
			if (asked == MODE_AUTO && mode == MODE_FULL)
				assert_true(strlen(m.what) + 1 + strlen(m.todo) <= 78);
			msg_done(&m);
		}
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

/* -- reading, from a pipe -- */

static struct tty on_pipe(const char *bytes, bool raw)
{
	struct tty t = { .raw = raw, .signals = -1, .out = -1 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], bytes, strlen(bytes)), strlen(bytes));
	close(fds[1]);
	t.in = fds[0];
	return t;
}

static void next_line(struct tty *t, const char *want, bool cut)
{
	char text[256];
	uint32_t key;

	assert_int_equal(tty_next(t, -1, -1, text, &key), TTY_LINE);
	assert_string_equal(text, want);
	assert_int_equal(t->cut, cut);
}

static void next_is_the_end(struct tty *t)
{
	char text[256];
	uint32_t key;

	assert_int_equal(tty_next(t, -1, -1, text, &key), TTY_END);
	close(t->in);
}

/* n times x, then the rest */
static const char *long_line(char *text, size_t n, const char *rest)
{
	memset(text, 'x', n);
	strcpy(text + n, rest);
	return text;
}

TEST(a_line_that_just_fits_is_whole)
{
	for (int raw = 0; raw < 2; raw++) {
		char text[600], want[256];
		struct tty t = on_pipe(long_line(text, 255, "\nnext\n"), raw);

		next_line(&t, long_line(want, 255, ""), false);
		next_line(&t, "next", false);
		next_is_the_end(&t);
	}
}

TEST(a_line_too_long_is_cut_and_its_end_is_no_line_of_its_own)
{
	static const size_t lengths[] = { 256, 300, 511, 512, 513, 1023, 1024, 2000 };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		char text[2100];
		struct tty t = on_pipe(long_line(text, lengths[i / 2], "commit\nyes\n"), i % 2);
		char got[256];
		uint32_t key;

		assert_int_equal(tty_next(&t, -1, -1, got, &key), TTY_LINE);
		assert_true(t.cut); /* whoever reads it does not run it */
		next_line(&t, "yes", false);
		next_is_the_end(&t);
	}
}

TEST(a_last_line_without_its_end_counts_where_lines_are_read)
{
	struct tty t = on_pipe("2\r\nend", false);

	next_line(&t, "2", false);
	next_line(&t, "end", false);
	next_is_the_end(&t);
}

TEST(both_keys_that_rub_out_do)
{
	struct tty t = on_pipe("fino\bd x\177\177 2b0\b\b\b\b\b\b\b\b\b\b\b\b\b\bend\n", true);

	next_line(&t, "end", false);
	next_is_the_end(&t);
	t = on_pipe("caf\xc3\xa9\177e\n", true); /* a character, not a byte */
	next_line(&t, "cafe", false);
	next_is_the_end(&t);
}

TEST(what_a_commit_says_waits_for_a_terminal_that_is_stopped)
{
	struct tty t = on_pipe("", false);
	char part[65536], got[16] = "";
	int fds[2];

	memset(part, 'x', sizeof(part));
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	while (write(fds[1], part, sizeof(part)) > 0)
		;
	t.out = fds[1];
	tty_write_soon(&t, "step 1\n", 7); /* does not block, and does not lose it */
	assert_int_equal(t.late.len, 7);
	while (read(fds[0], part, sizeof(part)) > 0)
		;
	tty_write(&t, "end\n", 4);
	assert_int_equal(t.late.len, 0);
	assert_int_equal(read(fds[0], got, sizeof(got)), 11);
	assert_string_equal(got, "step 1\nend\n");
	close(fds[0]);
	close(fds[1]);
	buf_done(&t.late);
	next_is_the_end(&t);
}

/* CLEAR on a 3270 sent SIGHUP once, and the terminal was there. */
TEST(on_a_3270_a_hang_up_that_is_none_has_all_shown_again_and_a_real_one_ends_it)
{
	enum tty_event what[2];
	char text[256];

	for (int is_3270 = 0; is_3270 < 2; is_3270++) {
		int in = dup(STDIN_FILENO), master, slave;
		struct tty t;
		uint32_t key;

		assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
		dup2(slave, STDIN_FILENO);
		close(slave);
		assert_int_equal(tty_open(&t, true, is_3270), 0);
		raise(SIGHUP);
		what[is_3270] = tty_next(&t, -1, 1000, text, &key);
		close(master);
		raise(SIGHUP);
		assert_int_equal(tty_next(&t, -1, 1000, text, &key), TTY_SIGNAL);
		assert_int_equal(key, SIGHUP);
		tty_close(&t);
		dup2(in, STDIN_FILENO);
		close(in);
	}
	assert_int_equal(what[0], TTY_SIGNAL);
	assert_int_equal(what[1], TTY_RESIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_front_end_is_chosen_by_the_device_and_by_term_and_says_why),
		CASE(what_was_chosen_is_said_at_the_start_and_what_would_be_without_the_option),
		CASE(the_pf_keys_that_reach_a_program_are_known),
		CASE(a_sequence_that_is_cut_waits_and_one_unknown_is_swallowed_whole),
		CASE(a_3270s_brackets_are_told_from_letters),
		CASE(a_line_that_just_fits_is_whole),
		CASE(a_line_too_long_is_cut_and_its_end_is_no_line_of_its_own),
		CASE(a_last_line_without_its_end_counts_where_lines_are_read),
		CASE(both_keys_that_rub_out_do),
		CASE(what_a_commit_says_waits_for_a_terminal_that_is_stopped),
		CASE(on_a_3270_a_hang_up_that_is_none_has_all_shown_again_and_a_real_one_ends_it),
	};

	return RUN(tests);
}
