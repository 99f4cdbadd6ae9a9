/* SPDX-License-Identifier: MIT */
#define NCURSES_WIDECHAR 1
#include "term.h"
#include "clock.h"
#include "crash.h"
#include "pace.h"
#include "term_part.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* term.h of ncurses has our file's name, and macros for common words: what we need of it is declared here. */
int setupterm(const char *name, int fd, int *reterr);

/*
 * One process has one terminal, and a signal handler has no argument to find it by: state outside main.c.
 */
static struct {
	bool open;
	SCREEN *screen;
	struct termios before;
	int pipe[2]; /* signals arrive here, one byte each */
	bool ascii, mono;
	int rows, cols;
	int said_rows, said_cols;    /* by --size or the word size; 0: as the terminal says */
	struct canvas canvas, shown; /* drawn now, painted last */
	bool repaint;		     /* nothing of what was painted can be trusted */
	struct pace pace;
	bool resized, suspend; /* asked for by signals, done when no commit runs */
} term = { .pipe = { -1, -1 } };

/* -- signals -- */

static const int polite[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP };

static void on_polite(int sig)
{
	unsigned char byte = (unsigned char)sig;
	int saved = errno;

	(void)!write(term.pipe[1], &byte, 1);
	errno = saved;
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static int take_signals(void)
{
	if (pipe2(term.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(polite); i++)
		handle(polite[i], on_polite, SA_RESTART);
	return 0;
}

static void drop_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(polite); i++)
		handle(polite[i], SIG_DFL, 0);
	for (int i = 0; i < 2; i++)
		if (term.pipe[i] >= 0)
			close(term.pipe[i]);
	term.pipe[0] = term.pipe[1] = -1;
}

/* -- giving it back -- */

/* Capabilities as plain bytes: padding ($<5>) is for terminals that are gone. */
static void add_restore(struct buf *b, const char *bytes)
{
	if (!bytes || bytes == (const char *)-1)
		return;
	for (; *bytes; bytes++) {
		if (bytes[0] == '$' && bytes[1] == '<' && strchr(bytes, '>'))
			bytes = strchr(bytes, '>');
		else
			(void)buf_add(b, bytes, 1);
	}
}

/* ncurses' endwin is nothing for the handler of a fatal signal. */
static void prepare_crash(void)
{
	static const char *const names[] = { "sgr0", "op", "rmacs", "rmkx", "cnorm", "rmcup" };
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *mouse = tigetstr("kmous");

	if (mouse && mouse != (char *)-1)
		add_restore(&b, "\033[?1000l\033[?1006l");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_restore(&b, tigetstr(names[i]));
	crash_guard(&term.before, buf_str(&b), b.len);
}

void term_close(void)
{
	if (!term.open)
		return;
	endwin();
	term.open = false;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &term.before);
	crash_release();
	drop_signals();
	canvas_done(&term.canvas);
	canvas_done(&term.shown);
	if (term.screen)
		delscreen(term.screen);
	term.screen = NULL;
}

/* -- taking it -- */

/* Line drawing is safe where the locale is UTF-8 and the terminal one that is known to keep to it. */
static bool fine_characters(void)
{
	static const char *const known[] = { "xterm",	  "screen", "tmux",  "rxvt-unicode",
					     "alacritty", "foot",   "kitty", "konsole",
					     "gnome",	  "vte",    "st-",   "wezterm" };
	const char *name = getenv("TERM");

	for (size_t i = 0; name && i < ARRAY_SIZE(known); i++)
		if (str_starts(name, known[i]))
			return !strcmp(nl_langinfo(CODESET), "UTF-8");
	return false;
}

static void take_colors(const struct term_opts *opts)
{
	static const short ink[LOOK_COUNT] = {
		[LOOK_STAGED] = COLOR_MAGENTA,
		[LOOK_GUEST] = COLOR_GREEN,
		[LOOK_WARN] = COLOR_RED,
		[LOOK_ERROR] = COLOR_RED,
	};
	const char *no = getenv("NO_COLOR");
	bool wanted = opts->color == COLOR_ALWAYS || (opts->color == COLOR_AUTO && !(no && *no));

	term.mono = !wanted || !has_colors() || start_color() == ERR || use_default_colors() == ERR;
	for (short i = 0; i < LOOK_COUNT && !term.mono; i++)
		if (ink[i])
			init_pair((short)(i + 1), ink[i], -1);
}

/*
 * Terminals are said to wrap at once after the last column (ANSI.SYS) and don't always, being emulated by something that
 * waits for the next character: nothing is written there.
 */
static bool wraps_at_once(void)
{
	return tigetflag("am") > 0 && tigetflag("xenl") <= 0;
}

/* A line that does not know its size (a serial console) has 24x80. */
static void ask_size(void)
{
	struct winsize w = { 0 };
	int rows, cols;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || !w.ws_row || !w.ws_col)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	rows = term.said_rows > 0 ? term.said_rows : w.ws_row;
	cols = term.said_cols > 0 ? term.said_cols : w.ws_col;
	resizeterm(rows, cols);
	/* The last row scrolls only where it is the terminal's. */
	idlok(stdscr, rows == w.ws_row);
	term.rows = rows;
	term.cols = MAX(cols - wraps_at_once(), 1);
}

static bool dumb(void)
{
	const char *name = getenv("TERM");
	int err;

	return !name || !*name || !strcmp(name, "dumb") ||
	       setupterm(NULL, STDOUT_FILENO, &err) == ERR || !tigetstr("cup") ||
	       tigetstr("cup") == (char *)-1;
}

bool term_addressable(void)
{
	return !dumb();
}

/* Pseudo terminals are made with 38400, which says nothing; what is less was meant, by sshd too. */
static unsigned long slow_line(speed_t speed)
{
	static const struct {
		speed_t speed;
		unsigned long baud;
	} slow[] = { { B300, 300 },   { B600, 600 },   { B1200, 1200 }, { B1800, 1800 },
		     { B2400, 2400 }, { B4800, 4800 }, { B9600, 9600 }, { B19200, 19200 } };

	for (size_t i = 0; i < ARRAY_SIZE(slow); i++)
		if (slow[i].speed == speed)
			return slow[i].baud;
	return 0;
}

int term_open(const struct term_opts *opts)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &term.before) < 0)
		return -ENOTTY;
	if (dumb())
		return -ENOENT;
	/* Before ncurses: where it finds SIGTSTP taken it does not ignore it while it paints, which would lose a ^Z. */
	if (take_signals() < 0)
		return -EMFILE;
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen) {
		drop_signals();
		return -ENOENT;
	}
	prepare_crash();
	term.open = true;
	if (!getenv("ESCDELAY"))
		set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	mouseinterval(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	take_colors(opts);
	term.ascii = opts->ascii || !fine_characters();
	term.pace = (struct pace){ .baud = slow_line(cfgetospeed(&term.before)) };
	term.said_rows = opts->rows;
	term.said_cols = opts->cols;
	ask_size();
	return 0;
}

bool term_ascii(void)
{
	return term.ascii;
}

bool term_mono(void)
{
	return term.mono;
}

/* -- painting -- */

static attr_t attr_of(enum look look)
{
	switch (look) {
	case LOOK_TITLE:
	case LOOK_KEY:
	case LOOK_STAGED:
	case LOOK_WARN:
		return A_BOLD;
	case LOOK_ERROR:
		return A_BOLD | (term.mono ? A_UNDERLINE : 0);
	case LOOK_FIELD:
		return A_UNDERLINE;
	case LOOK_CURSOR:
		return A_REVERSE;
	default:
		return A_NORMAL;
	}
}

static bool has_ink(enum look look)
{
	return !term.mono && (look == LOOK_STAGED || look == LOOK_GUEST || look == LOOK_WARN ||
			      look == LOOK_ERROR);
}

static void to_cchar(const struct cell *cell, bool wide, cchar_t *ret)
{
	enum look look = (enum look)cell->look;
	attr_t attr = attr_of(look) ^ (cell->mark ? A_REVERSE : 0);
	wchar_t text[2] = { (wchar_t)cell->ch, L'\0' };

	/* Where the C library sees another width than the canvas, the columns would shift. */
	if (cell->ch >= 0x7f && wcwidth((wchar_t)cell->ch) != 1 + wide)
		text[0] = L'?';
	setcchar(ret, text, attr, has_ink(look) ? (short)(look + 1) : 0, NULL);
}

static void paint_row(const struct canvas *c, int row, cchar_t *line)
{
	const struct cell *cells = c->cells + row * c->cols;
	int n = 0;

	for (int col = 0; col < c->cols; col++) {
		bool wide = col + 1 < c->cols && cells[col + 1].ch == 0;

		if (cells[col].ch)
			to_cchar(&cells[col], wide, &line[n++]);
	}
	/* Unlike add_wch this neither moves the cursor nor scrolls at the last cell. */
	mvadd_wchnstr(row, 0, line, n);
}

/* The canvas to draw on is the one before the last, so that the last can be compared with. */
static bool fresh_canvas(void)
{
	struct canvas fresh = term.shown;

	if (fresh.rows != term.rows || fresh.cols != term.cols) {
		if (canvas_init(&fresh, term.rows, term.cols, term.ascii) < 0)
			return false;
		canvas_done(&term.shown);
	}
	term.shown = term.canvas;
	term.canvas = fresh;
	return true;
}

static void paint(struct app *a)
{
	CLEANUP(freep) cchar_t *line = calloc((size_t)term.cols + 1, sizeof(*line));
	struct canvas *c = &term.canvas;

	if (!line || !fresh_canvas())
		return;
	app_draw(a, c);
	erase();
	for (int row = 0; row < c->rows; row++)
		paint_row(c, row, line);
	curs_set(c->cursor_row >= 0);
	if (c->cursor_row >= 0)
		move(c->cursor_row, MIN(c->cursor_col, c->cols - 1));
	if (term.repaint)
		clearok(curscr, TRUE);
	refresh();
	pace_painted(&term.pace, now_ms(), pace_cost(term.repaint ? NULL : &term.shown, c));
	term.repaint = false;
}

static bool ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) > 0;
}

/* A terminal that cannot take a frame now gets a later one: keys and a commit do not wait for it. PACE_NEVER, 0 or ms. */
static long paint_in(void)
{
	struct pace_line line = { .key_waits = ready(STDIN_FILENO, POLLIN),
				  .writable = ready(STDOUT_FILENO, POLLOUT) };

	if (ioctl(STDOUT_FILENO, TIOCOUTQ, &line.queued) < 0)
		line.queued = 0;
	return pace_paint(&term.pace, now_ms(), &line);
}

/* -- keys -- */

static void take_mouse(struct app *a)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	app_mouse(a, e.y, e.x, e.bstate & BUTTON4_PRESSED ? 4 : e.bstate & BUTTON5_PRESSED ? 5 : 1);
}

/* All that was typed, before anything is painted. false: nothing was there. */
static bool take_keys(struct app *a)
{
	bool any = false;
	uint32_t key;

	while (!a->quit && (key = term_key()) != K_NONE) {
		any = true;
		if (key == K_MOUSE)
			take_mouse(a);
		else
			app_key(a, key);
		term.repaint = term.repaint || key == K_CTRL_L;
	}
	term.resized = term.resized ||
		       (a->want_rows && (a->want_rows != term.rows || a->want_cols != term.cols));
	term.pace.dirty = term.pace.dirty || any;
	return any;
}

/* -- waiting -- */

/* What was sent; true: somebody wants the program, or the commit that runs, to end. */
static bool take_signals_sent(struct app *a, bool committing)
{
	bool stop = false;
	unsigned char sig;

	while (read(term.pipe[0], &sig, 1) == 1) {
		if (sig == SIGWINCH) {
			term.resized = true;
		} else if (sig == SIGCONT) {
			/* Whoever stopped it may have changed the modes: as after a suspend. */
			if (!isendwin())
				endwin();
			term.resized = true;
		} else if (sig == SIGTSTP) {
			term.suspend = true;
		} else if (!committing || sig != SIGINT) {
			app_signal(a, sig);
		}
		a->nobody = a->nobody || sig == SIGHUP;
		/* Who hangs up has said yes before: it is finished. The others want it to end; what was done is undone. */
		stop = stop || sig == SIGTERM || sig == SIGINT || sig == SIGQUIT;
	}
	term.pace.dirty = true;
	return stop;
}

/* The shell gets the terminal as it was; never while a commit runs. */
static void suspend(void)
{
	term.suspend = false;
	endwin();
	handle(SIGTSTP, SIG_DFL, 0);
	handle(SIGCONT, SIG_DFL, 0);
	raise(SIGTSTP);
	handle(SIGTSTP, on_polite, SA_RESTART);
	handle(SIGCONT, on_polite, SA_RESTART);
	term.resized = true;
}

static void fit(struct app *a)
{
	term.resized = false;
	if (a->want_rows) {
		term.said_rows = a->want_rows;
		term.said_cols = a->want_cols;
	}
	ask_size();
	term.repaint = true;
	app_key(a, K_RESIZE);
	term.pace.dirty = true;
}

static long sooner(long a, long b)
{
	return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

/* Sleeps until there is something to do, and does it. */
static void wait_once(struct app *a, long until_paint, long until_tick)
{
	long until_follow = pace_follow(&term.pace, now_ms());
	bool waits = term.pace.dirty && until_paint == PACE_NEVER;
	long until = sooner(until_paint, until_tick);
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = term.pipe[0], .events = POLLIN },
		{ .fd = until_follow ? -1 : session_fd(a->session), .events = POLLIN },
		{ .fd = waits ? STDOUT_FILENO : -1, .events = POLLOUT },
	};

	if (poll(fds, ARRAY_SIZE(fds), (int)sooner(until, until_follow ? until_follow : -1)) < 0 &&
	    errno != EINTR) {
		app_cut_off(a, false);
		return;
	}
	if (fds[1].revents)
		take_signals_sent(a, false);
	if (fds[0].revents && !take_keys(a) && fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		app_cut_off(a, false); /* the terminal is gone */
	if (fds[2].revents) {
		app_key(a, K_EVENT);
		term.pace.followed = now_ms();
		term.pace.dirty = true;
	}
}

/* While a commit runs nobody waits here: paint if the terminal takes it, and look whether a key asks to stop. */
static bool during_commit(struct app *a)
{
	bool stop = take_signals_sent(a, true);
	uint32_t key;

	while ((key = term_key()) != K_NONE)
		stop = stop || key == K_ESC || key == K_F12 || key == K_F24 || key == 'c' ||
		       key == 'q' || key == 3;
	if (paint_in() == 0)
		paint(a);
	return stop;
}

int term_run(struct app *a)
{
	a->during = during_commit;
	term.pace.dirty = true;
	while (!a->quit) {
		long until, until_tick;

		if (term.suspend)
			suspend();
		if (term.resized)
			fit(a);
		until_tick = app_tick(a, now_ms(), &term.pace.dirty);
		until = paint_in();
		if (until == 0)
			paint(a);
		else
			wait_once(a, until, until_tick);
	}
	a->during = NULL;
	return 0;
}
