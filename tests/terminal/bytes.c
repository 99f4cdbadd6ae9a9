/* SPDX-License-Identifier: MIT */
/*
 * The bytes that the full screen sends to a terminal: none that it does not have, no colour that can't be read or is not wanted, no
 * character beyond ASCII where they are not known.
 */
#include "check.h"
#include "onpty.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24, COLS = 80 };

/* All that comes of a walk, read as plain bytes. */
static void bytes_of(struct pty_opts o, const char *machine, struct buf *ret)
{
	const char *argv[] = { machine, "--mode=full", NULL };
	static const char *const keys[] = { "2", "jjj", "/2b09\r", " ", "3", "4",
					    "5", "6",	"C",	   "q", "?" };
	struct pty p;

	o.rows = ROWS;
	o.cols = COLS;
	o.argv = o.argv ? o.argv : argv;
	pty_open(&p, &o);
	pty_wait(&p, "6 Changes");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		pty_type(&p, keys[i]);
		pty_read(&p, 2000);
		while (pty_read(&p, 60))
			;
	}
	kill(p.pid, SIGTERM);
	while (pty_read(&p, 300))
		;
	assert_int_equal(buf_add(ret, buf_str(&p.out), p.out.len), 0);
	assert_int_equal(pty_end(&p), 128 + SIGTERM);
}

/* Calls f for the parameters and the last byte of each CSI sequence. */
static void each_csi(const struct buf *b, void (*f)(const char *params, size_t n, char final))
{
	for (size_t i = 0; i + 2 < b->len; i++) {
		const char *from = b->data + i + 2;
		size_t n = 0;

		if (b->data[i] != '\033' || b->data[i + 1] != '[')
			continue;
		while (i + 2 + n < b->len && (unsigned char)from[n] < 0x40)
			n++;
		f(from, n, from[n]);
	}
}

/* What terminfo's entry ansi has: cursor, erase, insert, delete, repeat, attributes. */
static void is_ansi(const char *params, size_t n, char final)
{
	if (!strchr("ABCDGHIJKLMPSXZ@bdm", final) || memchr(params, '?', n))
		fail_msg("ansi has no sequence \\E[%.*s%c", (int)n, params, final);
}

TEST(on_ansi_no_sequence_is_sent_that_it_does_not_have)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	bytes_of((struct pty_opts){ .type = "ansi" }, "--demo=lpar", &b);
	each_csi(&b, is_ansi);
	for (size_t i = 0; i + 1 < b.len; i++)
		if (b.data[i] == '\033')
			assert_int_equal(b.data[i + 1], '[');
}

/* Of the colours of SGR: is this one a background, any ink, or one that is no good on white or on black? Those are all but red, green, magenta. */
static size_t n_back, n_pale, n_ink;

static void count_colors(const char *params, size_t n, char final)
{
	for (size_t i = 0; final == 'm' && i < n;) {
		int value = 0;

		for (; i < n && params[i] != ';'; i++)
			value = value * 10 + params[i] - '0';
		i++;
		n_back += (value >= 40 && value <= 48) || (value >= 100 && value <= 107);
		n_pale +=
			(value >= 30 && value <= 38 && value != 31 && value != 32 && value != 35) ||
			value >= 90;
		n_ink += value >= 30 && value <= 38;
	}
}

static void colors_of(const char *const *env, const char *const *argv)
{
	static const char *const types[] = { "xterm", "linux", "xterm-256color" };

	n_back = n_pale = n_ink = 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		bytes_of((struct pty_opts){ .type = types[i], .env = env, .argv = argv },
			 "--demo=lpar", &b);
		each_csi(&b, count_colors);
	}
}

TEST(colours_are_on_the_background_that_there_is_and_read_well_on_a_light_and_a_dark_one)
{
	colors_of(NULL, NULL);
	assert_true(n_ink > 0);
	assert_int_equal(n_back, 0);
	assert_int_equal(n_pale, 0);
}

TEST(no_color_and_its_option_leave_all_colours_out)
{
	static const char *const env[] = { "NO_COLOR=1", NULL };
	static const char *const never[] = { "--demo=lpar", "--mode=full", "--color=never", NULL };
	static const char *const always[] = { "--demo=lpar", "--mode=full", "--color=always",
					      NULL };

	colors_of(env, NULL);
	assert_int_equal(n_ink, 0);
	colors_of(NULL, never);
	assert_int_equal(n_ink, 0);
	colors_of(env, always);
	assert_true(n_ink > 0);
}

static size_t beyond_ascii(struct pty_opts o, const char *machine)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t n = 0;

	bytes_of(o, machine, &b);
	for (size_t i = 0; i < b.len; i++)
		n += (unsigned char)b.data[i] >= 0x80;
	return n;
}

TEST(where_the_locale_or_the_terminal_is_not_utf_8_only_ascii_is_sent)
{
	static const char *const c[] = { "LC_ALL=C", NULL };
	static const char *const latin[] = { "LC_ALL=en_US.ISO-8859-1", NULL };
	static const char *const ascii[] = { "--demo=hostile", "--mode=full", "--ascii", NULL };

	assert_int_equal(
		beyond_ascii((struct pty_opts){ .type = "xterm", .env = c }, "--demo=hostile"), 0);
	assert_int_equal(
		beyond_ascii((struct pty_opts){ .type = "xterm", .env = latin }, "--demo=lpar"), 0);
	assert_int_equal(
		beyond_ascii((struct pty_opts){ .type = "xterm", .argv = ascii }, "--demo=hostile"),
		0);
	assert_int_equal(beyond_ascii((struct pty_opts){ .type = "vt220" }, "--demo=hostile"), 0);
	assert_true(beyond_ascii((struct pty_opts){ .type = "xterm" }, "--demo=lpar") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(on_ansi_no_sequence_is_sent_that_it_does_not_have),
		CASE(colours_are_on_the_background_that_there_is_and_read_well_on_a_light_and_a_dark_one),
		CASE(no_color_and_its_option_leave_all_colours_out),
		CASE(where_the_locale_or_the_terminal_is_not_utf_8_only_ascii_is_sent),
	};

	return RUN(tests);
}
