/* SPDX-License-Identifier: MIT */
/*
 * The full screen on terminals as libvterm knows them: what the terminal shows is what the canvas holds, in each place and
 * dialog.
 */
#include "check.h"
#include "onpty.h"
#include "screen.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

enum { ROWS = 24, COLS = 80, TRIES = 200 };

struct both {
	struct pty pty;
	struct screen screen; /* what it should be */
	VTerm *term;
	VTermScreen *cells;
	size_t fed;
};

/* rows, cols, argv, env of o may be left out */
static void open_as(struct both *s, struct pty_opts o)
{
	static const char *const argv[] = { "--demo=lpar", "--ascii", "--mode=full", NULL };

	memset(s, 0, sizeof(*s));
	s->term = vterm_new(ROWS, COLS);
	assert_non_null(s->term);
	vterm_set_utf8(s->term, 1);
	s->cells = vterm_obtain_screen(s->term);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_reset(s->cells, 1);
	/* Nothing stands in the last column of a terminal that is said to wrap there at once. */
	screen_open(&s->screen, "lpar", ROWS, strcmp(o.type, "ansi") ? COLS : COLS - 1);
	o.argv = o.argv ? o.argv : argv;
	pty_open(&s->pty, &o);
}

static void open_both(struct both *s, const char *type)
{
	open_as(s, (struct pty_opts){ .type = type, .rows = ROWS, .cols = COLS });
}

static void close_both(struct both *s)
{
	pty_type(&s->pty, "q");
	assert_int_equal(pty_end(&s->pty), 0);
	screen_done(&s->screen);
	vterm_free(s->term);
}

static void row_text(struct both *s, int row, char text[static COLS + 1])
{
	int n = COLS;

	for (int col = 0; col < COLS; col++) {
		VTermScreenCell cell;

		vterm_screen_get_cell(s->cells, (VTermPos){ .row = row, .col = col }, &cell);
		text[col] = cell.chars[0] ? (char)cell.chars[0] : ' ';
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
}

/* The first row that is not as it should be; -1: all are. */
static int first_wrong(struct both *s, struct buf *want, char got[static COLS + 1])
{
	for (int row = 0; row < ROWS; row++) {
		const char *line = "";

		row_text(s, row, got);
		if (row < s->screen.canvas.rows)
			line = screen_line(&s->screen, row, want);
		if (strcmp(line, got) != 0)
			return row;
	}
	return -1;
}

static bool cursor_agrees(struct both *s)
{
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(s->term), &at);
	return at.row == s->screen.canvas.cursor_row && at.col == s->screen.canvas.cursor_col;
}

static void feed(struct both *s)
{
	pty_read(&s->pty, 50);
	vterm_input_write(s->term, buf_str(&s->pty.out) + s->fed, s->pty.out.len - s->fed);
	s->fed = s->pty.out.len;
}

static void agrees(struct both *s, const char *after)
{
	CLEANUP(buf_done) struct buf want = { 0 };
	char got[COLS + 1];
	int row = -1;

	for (int i = 0; i < TRIES; i++) {
		feed(s);
		row = first_wrong(s, &want, got);
		if (row < 0 && cursor_agrees(s))
			return;
	}
	fail_msg("after \"%s\" row %d is\n%s\nand should be\n%s", after, row, got, buf_str(&want));
}

static void press(struct both *s, const char *bytes, const char *script)
{
	pty_type(&s->pty, bytes);
	screen_keys(&s->screen, script);
	agrees(s, script);
}

static void walk(const char *type)
{
	struct both s;

	open_both(&s, type);
	agrees(&s, "start");
	press(&s, "2", "2");
	press(&s, "jjj", "j j j");
	press(&s, "/2b09\r", "/ '2b09 enter");
	press(&s, " ", "space");
	press(&s, "\r", "enter");
	press(&s, "q", "q");
	press(&s, "3", "3");
	press(&s, "6", "6");
	press(&s, "jjjjjjjjjjjjjjj", "j j j j j j j j j j j j j j j");
	press(&s, "?", "?");
	press(&s, "jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj",
	      "j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j");
	press(&s, "q", "q");
	press(&s, "C", "C");
	press(&s, "q", "q");
	press(&s, "2b", "2 b");
	press(&s, "\f", "^L");
	press(&s, "u", "u");
	close_both(&s);
}

TEST(on_an_xterm_the_terminal_shows_what_the_canvas_holds)
{
	walk("xterm");
}

TEST(on_a_vt100_the_terminal_shows_what_the_canvas_holds)
{
	walk("vt100");
}

TEST(on_other_terminals_too)
{
	static const char *const types[] = { "vt220", "xterm-256color", "screen", "tmux", "ansi" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		walk(types[i]);
}

TEST(on_a_linux_console_the_terminal_shows_what_the_canvas_holds)
{
	walk("linux");
}

/* -- keys -- */

TEST(where_term_is_wrong_a_function_key_is_itself_or_nothing_but_never_its_letters)
{
	struct both s;

	open_both(&s, "vt100"); /* has F1 to F10 as ESC O and a letter */
	agrees(&s, "start");
	press(&s, "2", "2");
	press(&s, "\033[19~", "F8"); /* 1 would go to Overview */
	press(&s, "\033[33~", "F19");
	press(&s, "\033[[A", "F1");
	press(&s, "q", "q");
	press(&s, "\033[1;5C\033[6^\033[99~j", "j"); /* nobody's keys, then one of ours */
	press(&s, "/2b\033[1;2P\033[57414u09\r", "/ '2b09 enter");
	close_both(&s);
}

TEST(both_keys_that_rub_out_do)
{
	struct both s;

	open_both(&s, "vt220");
	press(&s, ":finx\bd 2b0a\1779", ": f i n d space 2 b 0 9");
	press(&s, "\r", "enter");
	close_both(&s);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ncurses' own delay is a second. The quickest of some tries, for a machine that is busy. */
TEST(escape_is_taken_at_once)
{
	long best = 10000;
	struct both s;

	open_both(&s, "xterm");
	agrees(&s, "start");
	for (int i = 0; i < 5; i++) {
		long begun;

		press(&s, "?", "?");
		begun = now_ms();
		pty_type(&s.pty, "\033");
		assert_true(pty_read(&s.pty, 5000) > 0);
		best = MIN(best, now_ms() - begun);
		screen_keys(&s.screen, "esc");
		agrees(&s, "esc");
	}
	print_message("# escape is answered after %ld ms\n", best);
	assert_true(best <= 50);
	close_both(&s);
}

TEST(an_arrow_is_no_escape_and_three_letters)
{
	struct both s;

	open_both(&s, "xterm");
	press(&s, "2\033OB\033OB\033OA", "2 down down up");
	press(&s, "\033[6~", "pgdn");
	close_both(&s);
}

/* -- what the console writes in between -- */

TEST(what_others_wrote_on_the_screen_is_wiped_by_repainting)
{
	static const char *const types[] = { "vt100", "linux", "ansi" };
	static const char stray[] =
		"\r\n[ 4711.081500] dasd-eckd 0.0.2b09: New DASD 3390/0C\r\n\r\n";

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct both s;

		open_both(&s, types[i]);
		press(&s, "2", "2");
		for (int k = 0; k < 8; k++)
			vterm_input_write(s.term, stray, sizeof(stray) - 1);
		press(&s, "\f", "^L");
		close_both(&s);
	}
}

/* -- sizes -- */

TEST(a_terminal_that_does_not_know_its_size_has_24x80)
{
	struct both s;

	open_as(&s, (struct pty_opts){ .type = "vt220" });
	press(&s, "2j", "2 j");
	close_both(&s);
}

/* All outside of it stays empty. */
static void walk_sized(struct both *s, int rows, int cols)
{
	screen_size(&s->screen, rows, cols);
	press(s, "2", "2");
	press(s, "jjjj", "j j j j");
	press(s, "\033[6~", "pgdn");
	press(s, "?", "?");
	press(s, "q", "q");
}

TEST(the_option_size_wins_over_the_terminal)
{
	static const char *const argv[] = { "--demo=lpar", "--ascii", "--mode=full", "--size=20x70",
					    NULL };
	struct both s;

	open_as(&s, (struct pty_opts){ .type = "vt220", .rows = 24, .cols = 80, .argv = argv });
	walk_sized(&s, 20, 70);
	/* Also when the window tells another one. */
	assert_int_equal(kill(s.pty.pid, SIGWINCH), 0);
	press(&s, "j", "j");
	close_both(&s);
}

TEST(where_nobody_tells_a_size_the_word_does)
{
	struct both s;

	open_as(&s, (struct pty_opts){ .type = "vt220" });
	agrees(&s, "start");
	pty_type(&s.pty, ":size 18x64\r");
	screen_size(&s.screen, 18, 64);
	screen_keys(&s.screen, "\"size 18x64\"");
	agrees(&s, "size");
	walk_sized(&s, 18, 64);
	close_both(&s);
}

/* -- bytes -- */

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

/* Of the colours 1 to 8 of SGR: is this one a background, blue ink, or any? */
static size_t n_back, n_blue, n_ink;

static void count_colors(const char *params, size_t n, char final)
{
	for (size_t i = 0; final == 'm' && i < n;) {
		int value = 0;

		for (; i < n && params[i] != ';'; i++)
			value = value * 10 + params[i] - '0';
		i++;
		n_back += (value >= 40 && value <= 48) || (value >= 100 && value <= 107);
		n_blue += value == 34;
		n_ink += value >= 30 && value <= 38;
	}
}

static void colors_of(const char *const *env, const char *const *argv)
{
	static const char *const types[] = { "xterm", "linux", "xterm-256color" };

	n_back = n_blue = n_ink = 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		bytes_of((struct pty_opts){ .type = types[i], .env = env, .argv = argv },
			 "--demo=lpar", &b);
		each_csi(&b, count_colors);
	}
}

TEST(colours_are_on_the_background_that_there_is_and_never_blue)
{
	colors_of(NULL, NULL);
	assert_true(n_ink > 0);
	assert_int_equal(n_back, 0);
	assert_int_equal(n_blue, 0);
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

/* -- 9600 baud -- */

/* The terminal takes 24 bytes each 25 ms: what a serial line carries. */
static size_t trickle(struct both *s, long ms)
{
	size_t all = 0;

	for (long end = now_ms() + ms; now_ms() < end;) {
		char part[24];
		ssize_t n = read(s->pty.fd, part, sizeof(part));

		if (n > 0) {
			assert_int_equal(buf_add(&s->pty.out, part, (size_t)n), 0);
			all += (size_t)n;
		}
		poll(NULL, 0, 25);
	}
	return all;
}

static void press_slowly(struct both *s, const char *keys)
{
	char script[64] = "";

	for (const char *k = keys; *k; k++)
		snprintf(script + strlen(script), sizeof(script) - strlen(script), "%c ", *k);
	pty_type(&s->pty, keys);
	screen_keys(&s->screen, script);
	trickle(s, 100);
}

TEST(at_9600_baud_held_keys_are_all_taken_and_seen_a_frame_later)
{
	size_t before, held, after;
	struct both s;

	open_as(&s,
		(struct pty_opts){ .type = "vt220", .rows = ROWS, .cols = COLS, .speed = B9600 });
	press(&s, "2", "2");
	assert_int_equal(fcntl(s.pty.fd, F_SETFL, O_NONBLOCK), 0);
	trickle(&s, 4000); /* until a line of that speed has carried what was painted so far */
	before = s.pty.out.len;
	/* Each key lost would be a row at the end; no way leads to where the page scrolls. */
	press_slowly(&s, "jjjjjjjjjj");
	for (int i = 10; i < 190; i += 10)
		press_slowly(&s, i % 20 ? "kkkkkkkjjj" : "jjjjjjjkkk");
	press_slowly(&s, "kkjkkkkkjk");
	held = s.pty.out.len - before;
	agrees(&s, "held keys");
	after = s.pty.out.len - before - held;
	print_message("# 200 keys at 9600 baud: %zu bytes while they were held, %zu after\n", held,
		      after);
	assert_true(held <= 2000);
	/* Behind the last key are the frame that was on its way and one more. */
	assert_true(after <= 2 * 700);
	close_both(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(on_an_xterm_the_terminal_shows_what_the_canvas_holds),
		CASE(on_a_vt100_the_terminal_shows_what_the_canvas_holds),
		CASE(on_a_linux_console_the_terminal_shows_what_the_canvas_holds),
		CASE(on_other_terminals_too),
		CASE(where_term_is_wrong_a_function_key_is_itself_or_nothing_but_never_its_letters),
		CASE(both_keys_that_rub_out_do),
		CASE(escape_is_taken_at_once),
		CASE(an_arrow_is_no_escape_and_three_letters),
		CASE(what_others_wrote_on_the_screen_is_wiped_by_repainting),
		CASE(a_terminal_that_does_not_know_its_size_has_24x80),
		CASE(the_option_size_wins_over_the_terminal),
		CASE(where_nobody_tells_a_size_the_word_does),
		CASE(on_ansi_no_sequence_is_sent_that_it_does_not_have),
		CASE(colours_are_on_the_background_that_there_is_and_never_blue),
		CASE(no_color_and_its_option_leave_all_colours_out),
		CASE(where_the_locale_or_the_terminal_is_not_utf_8_only_ascii_is_sent),
		CASE(at_9600_baud_held_keys_are_all_taken_and_seen_a_frame_later),
	};

	return RUN(tests);
}
