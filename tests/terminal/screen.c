/* SPDX-License-Identifier: MIT */
/*
 * The full screen on terminals as libvterm knows them: what the terminal shows is what the canvas holds, in each place and
 * dialog.
 */
#include "clock.h"
#include "check.h"
#include "onpty.h"
#include "screen.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vterm.h>
#include <wchar.h>

enum { ROWS = 24, COLS = 80, LONG_MS = 30000 };

struct both {
	struct pty pty;
	struct screen screen; /* what it should be */
	VTerm *term;
	VTermScreen *cells;
	size_t fed;
	char machine[128];
	long carried; /* until when the line has carried what there was, in ms */
};

/* rows, cols, argv, env of o may be left out */
static void open_as(struct both *s, struct pty_opts o)
{
	static const char *const argv[] = { "--demo=lpar", "--ascii", "--mode=full", NULL };
	const char *file = o.argv ? strchr(o.argv[0], '/') : NULL;

	memset(s, 0, sizeof(*s));
	snprintf(s->machine, sizeof(s->machine), "%s%s", file ? "file:" : "lpar", file ? file : "");
	s->term = vterm_new(ROWS, COLS);
	assert_non_null(s->term);
	vterm_set_utf8(s->term, 1);
	s->cells = vterm_obtain_screen(s->term);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_reset(s->cells, 1);
	/* Nothing stands in the last column of a terminal that is said to wrap there at once. */
	screen_open(&s->screen, s->machine, ROWS, strcmp(o.type, "ansi") ? COLS : COLS - 1);
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

enum { ROW_TEXT = COLS * 4 + 1 };

static void row_text(struct both *s, int row, char text[static ROW_TEXT])
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char part[MB_LEN_MAX];
	size_t n;

	for (int col = 0; col < COLS; col++) {
		VTermScreenCell cell;

		vterm_screen_get_cell(s->cells, (VTermPos){ .row = row, .col = col }, &cell);
		if (cell.chars[0] == UINT32_MAX) /* the second half of a wide one */
			continue;
		assert_int_equal(cell.chars[0] ? cell.chars[1] : 0, 0); /* nothing is combined */
		n = wcrtomb(part, cell.chars[0] ? (wchar_t)cell.chars[0] : L' ', &(mbstate_t){ 0 });
		assert_true(n <= sizeof(part));
		assert_int_equal(buf_add(&b, part, n), 0);
	}
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	snprintf(text, ROW_TEXT, "%s", buf_str(&b));
}

/* The first row that is not as it should be; -1: all are. */
static int first_wrong(struct both *s, struct buf *want, char got[static ROW_TEXT])
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
	char got[ROW_TEXT];
	int row = -1;

	for (long end = now_ms() + LONG_MS; now_ms() < end;) {
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

/* ncurses' own delay is a second. As many tries as it takes: a machine that is busy makes one slow, and none quicker than it is. */
TEST(escape_is_taken_at_once)
{
	long end = now_ms() + 20000, best = 20000;
	struct both s;

	open_both(&s, "xterm");
	agrees(&s, "start");
	while (best > 50 && now_ms() < end) {
		long begun;

		press(&s, "?", "?");
		begun = now_ms();
		pty_type(&s.pty, "\033");
		assert_true(pty_read(&s.pty, LONG_MS) > 0);
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

/* -- names -- */

/* The machine lpar whose guest has another name, in a file. */
static void rename_guest(const char *name, char path[static 64])
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char source[512];
	FILE *from, *to;
	int c, fd;

	snprintf(source, sizeof(source), "%s/sysfs/machines/lpar.machine", getenv("SOURCE_DIR"));
	snprintf(path, 64, "/tmp/vfiocfg-names-XXXXXX");
	fd = mkstemp(path);
	from = fopen(source, "re");
	assert_true(fd >= 0 && from);
	to = fdopen(fd, "w");
	while ((c = getc(from)) != EOF) {
		assert_int_equal(buf_addc(&line, (char)c), 0);
		if (line.len < 3 || strcmp(line.data + line.len - 3, "db1") != 0)
			continue;
		line.data[line.len -= 3] = '\0';
		assert_int_equal(buf_adds(&line, name), 0);
	}
	fputs(buf_str(&line), to);
	fclose(from);
	fclose(to);
}

/* Wide characters take two cells; what combines with another is shown as a mark of its own, and shifts nothing. */
TEST(names_of_wide_and_combining_characters_stand_where_they_should)
{
	static const char *const types[] = { "xterm", "screen", "linux" };
	char path[64], option[80];
	const char *argv[] = { option, "--mode=full", NULL };

	rename_guest("\346\274\242\345\255\227e\314\201-\360\237\230\200\342\200\215x", path);
	snprintf(option, sizeof(option), "--demo=%s", path);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct both s;

		open_as(&s, (struct pty_opts){
				    .type = types[i], .rows = ROWS, .cols = COLS, .argv = argv });
		s.screen.app->opts.ascii = s.screen.canvas.ascii = !strcmp(types[i], "linux");
		press(&s, "2", "2");
		press(&s, "/2b0a\r", "/ '2b0a enter");
		if (!s.screen.app->opts.ascii)
			screen_has(&s.screen, "guest \346\274\242\345\255\227e?");
		press(&s, "jjkk", "j j k k");
		press(&s, "\r", "enter");
		press(&s, "q", "q");
		press(&s, "5jk", "5 j k");
		close_both(&s);
	}
	unlink(path);
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

/* -- 9600 baud -- */

/* The terminal takes 24 bytes for each 25 ms that went by, also where we came late: what a serial line carries. */
static void trickle(struct both *s, long ms)
{
	long end = now_ms() + ms;

	do {
		char part[4096];
		size_t room = MIN((size_t)(now_ms() - s->carried) / 25 * 24, sizeof(part));
		ssize_t n = room ? read(s->pty.fd, part, room) : 0;

		if (n > 0)
			assert_int_equal(buf_add(&s->pty.out, part, (size_t)n), 0);
		s->carried += (long)room * 25 / 24;
		poll(NULL, 0, 25);
	} while (now_ms() < end);
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
	s.carried = now_ms();
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
		CASE(names_of_wide_and_combining_characters_stand_where_they_should),
		CASE(what_others_wrote_on_the_screen_is_wiped_by_repainting),
		CASE(a_terminal_that_does_not_know_its_size_has_24x80),
		CASE(the_option_size_wins_over_the_terminal),
		CASE(where_nobody_tells_a_size_the_word_does),
		CASE(at_9600_baud_held_keys_are_all_taken_and_seen_a_frame_later),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return RUN(tests);
}
