/* SPDX-License-Identifier: MIT */
/*
 * The full screen on terminals as libvterm knows them: what the terminal shows is what the canvas holds, in each place and
 * dialog.
 */
#include "check.h"
#include "onpty.h"
#include "screen.h"

#include <stdio.h>
#include <string.h>
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

static void open_both(struct both *s, const char *type)
{
	static const char *const argv[] = { "--demo=lpar", "--ascii", "--mode=full", NULL };

	memset(s, 0, sizeof(*s));
	s->term = vterm_new(ROWS, COLS);
	assert_non_null(s->term);
	s->cells = vterm_obtain_screen(s->term);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_reset(s->cells, 1);
	screen_open(&s->screen, "lpar", ROWS, COLS);
	pty_start(&s->pty, type, ROWS, COLS, argv);
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
		row_text(s, row, got);
		if (strcmp(screen_line(&s->screen, row, want), got) != 0)
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
	pty_type(&s.pty, "q");
	assert_int_equal(pty_end(&s.pty), 0);
	screen_done(&s.screen);
	vterm_free(s.term);
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
	static const char *const types[] = { "vt220", "xterm-256color", "screen", "tmux" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		walk(types[i]);
}

TEST(on_a_linux_console_the_terminal_shows_what_the_canvas_holds)
{
	walk("linux");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(on_an_xterm_the_terminal_shows_what_the_canvas_holds),
		CASE(on_a_vt100_the_terminal_shows_what_the_canvas_holds),
		CASE(on_a_linux_console_the_terminal_shows_what_the_canvas_holds),
		CASE(on_other_terminals_too),
	};

	return RUN(tests);
}
