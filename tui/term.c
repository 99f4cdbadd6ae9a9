/* SPDX-License-Identifier: MIT */
#define NCURSES_WIDECHAR 1
#include "term.h"

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
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* term.h of ncurses has our file's name, and macros for common words: what we need of it is declared here. */
int setupterm(const char *name, int fd, int *reterr);

/*
 * One process has one terminal, and a fatal signal has no argument to find it by: the only state outside main.c.
 */
static struct {
	bool open;
	SCREEN *screen;
	struct termios before;
	char restore[128]; /* bytes that give the terminal back without ncurses: for handlers */
	size_t n_restore;
	int pipe[2]; /* signals arrive here, one byte each */
	bool ascii, mono;
	int rows, cols;
	struct canvas canvas;
	struct timespec followed; /* the last repaint because of an event */
} term = { .pipe = { -1, -1 } };

/* -- giving it back -- */

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
static const int polite[] = { SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGCONT };

/* Only what a signal handler may call: ncurses' endwin is not. */
static void give_back(void)
{
	if (!term.open)
		return;
	term.open = false;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &term.before);
	(void)!write(STDOUT_FILENO, term.restore, term.n_restore);
}

static void on_fatal(int sig)
{
	static const char text[] =
		"\r\nvfiocfg ended because of an error in the program. Nothing was committed by "
		"that; "
		"\"vfiocfg recover\" tells. If the terminal behaves oddly, type: reset\r\n";
	bool was_open = term.open;

	give_back();
	if (was_open)
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	raise(sig); /* SA_RESETHAND: now for real */
}

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
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		handle(fatal[i], on_fatal, (int)SA_RESETHAND);
	return 0;
}

static void drop_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(polite); i++)
		handle(polite[i], SIG_DFL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		handle(fatal[i], SIG_DFL, 0);
	for (int i = 0; i < 2; i++)
		if (term.pipe[i] >= 0)
			close(term.pipe[i]);
	term.pipe[0] = term.pipe[1] = -1;
}

/* Capabilities as plain bytes: padding ($<5>) is for terminals that are gone. */
static void add_restore(const char *bytes)
{
	if (!bytes)
		return;
	for (; *bytes && term.n_restore < sizeof(term.restore); bytes++) {
		if (bytes[0] == '$' && bytes[1] == '<' && strchr(bytes, '>'))
			bytes = strchr(bytes, '>');
		else
			term.restore[term.n_restore++] = *bytes;
	}
}

static void prepare_restore(void)
{
	static const char *const names[] = { "sgr0", "op", "rmacs", "rmkx", "cnorm", "rmcup" };

	term.n_restore = 0;
	if (tigetstr("kmous") && tigetstr("kmous") != (char *)-1)
		add_restore("\033[?1000l\033[?1006l");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *bytes = tigetstr(names[i]);

		add_restore(bytes == (const char *)-1 ? NULL : bytes);
	}
}

void term_close(void)
{
	if (!term.open)
		return;
	endwin();
	term.open = false;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &term.before);
	drop_signals();
	canvas_done(&term.canvas);
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

/* A line that does not know its size (a serial console) has 24x80. */
static void ask_size(const struct term_opts *opts)
{
	struct winsize w = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || !w.ws_row || !w.ws_col)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	term.rows = opts && opts->rows > 0 ? opts->rows : w.ws_row;
	term.cols = opts && opts->cols > 0 ? opts->cols : w.ws_col;
	resizeterm(term.rows, term.cols);
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

int term_open(const struct term_opts *opts)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &term.before) < 0)
		return -ENOTTY;
	if (dumb())
		return -ENOENT;
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen)
		return -ENOENT;
	prepare_restore();
	term.open = true;
	if (take_signals() < 0) {
		term_close();
		return -EMFILE;
	}
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
	ask_size(opts);
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

static void paint(struct app *a)
{
	struct canvas *c = &term.canvas;
	CLEANUP(freep) cchar_t *line = NULL;

	if (c->rows != term.rows || c->cols != term.cols) {
		struct canvas fresh;

		if (canvas_init(&fresh, term.rows, term.cols, term.ascii) < 0)
			return;
		canvas_done(c);
		*c = fresh;
	}
	line = calloc((size_t)c->cols + 1, sizeof(*line));
	if (!line)
		return;
	app_draw(a, c);
	erase();
	for (int row = 0; row < c->rows; row++)
		paint_row(c, row, line);
	curs_set(c->cursor_row >= 0);
	if (c->cursor_row >= 0)
		move(c->cursor_row, MIN(c->cursor_col, c->cols - 1));
	refresh();
}

/* -- keys -- */

static uint32_t special_key(wint_t key)
{
	static const struct {
		int curses;
		uint32_t key;
	} table[] = {
		{ KEY_UP, K_UP },
		{ KEY_DOWN, K_DOWN },
		{ KEY_LEFT, K_LEFT },
		{ KEY_RIGHT, K_RIGHT },
		{ KEY_PPAGE, K_PGUP },
		{ KEY_NPAGE, K_PGDN },
		{ KEY_HOME, K_HOME },
		{ KEY_END, K_END },
		{ KEY_ENTER, K_ENTER },
		{ KEY_BTAB, K_BACKTAB },
		{ KEY_BACKSPACE, K_BACKSPACE },
		{ KEY_DC, K_DELETE },
		{ KEY_RESIZE, K_RESIZE },
		{ KEY_MOUSE, K_MOUSE },
		{ KEY_A1, K_HOME },
		{ KEY_A3, K_PGUP },
		{ KEY_C1, K_END },
		{ KEY_C3, K_PGDN },
		{ KEY_FIND, K_HOME },
		{ KEY_SELECT, K_END },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if ((wint_t)table[i].curses == key)
			return table[i].key;
	if (key >= (wint_t)KEY_F(1) && key <= (wint_t)KEY_F(24))
		return K_F1 + (uint32_t)(key - (wint_t)KEY_F(1));
	return K_NONE;
}

static uint32_t plain_key(wint_t key)
{
	switch (key) {
	case '\n':
	case '\r':
		return K_ENTER;
	case '\t':
		return K_TAB;
	case '\b':
	case 0x7f:
		return K_BACKSPACE;
	case 0x1b:
		return K_ESC;
	}
	return (uint32_t)key;
}

static uint32_t read_key(void)
{
	wint_t key;
	int r = get_wch(&key);

	return r == ERR ? K_NONE : r == KEY_CODE_YES ? special_key(key) : plain_key(key);
}

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

	while (!a->quit && (key = read_key()) != K_NONE) {
		any = true;
		if (key == K_MOUSE)
			take_mouse(a);
		else
			app_key(a, key);
		if (key == K_CTRL_L)
			clearok(curscr, TRUE);
	}
	if (a->want_rows && (a->want_rows != term.rows || a->want_cols != term.cols)) {
		struct term_opts opts = { .rows = a->want_rows, .cols = a->want_cols };

		ask_size(&opts);
		clearok(curscr, TRUE);
	}
	return any;
}

/* -- waiting -- */

static bool take_signals_sent(struct app *a)
{
	struct term_opts opts = { .rows = a->want_rows, .cols = a->want_cols };
	unsigned char sig;
	bool any = false;

	while (read(term.pipe[0], &sig, 1) == 1) {
		any = true;
		if (sig == SIGWINCH || sig == SIGCONT) {
			ask_size(&opts);
			clearok(curscr, TRUE);
			app_key(a, K_RESIZE);
		} else {
			a->exit_code = 128 + sig;
			a->quit = true;
		}
	}
	return any;
}

static long ms_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000;
}

enum { FOLLOW_MS = 100 }; /* a storm of events repaints ten times a second, not more */

/* Sleeps until there is something to do; returns whether the picture may have changed. */
static bool wait_once(struct app *a)
{
	long since = term.followed.tv_sec ? ms_since(&term.followed) : FOLLOW_MS;
	bool follow = since >= FOLLOW_MS;
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = term.pipe[0], .events = POLLIN },
		{ .fd = follow ? session_fd(a->session) : -1, .events = POLLIN },
	};
	bool changed = false;

	if (poll(fds, ARRAY_SIZE(fds), follow ? -1 : (int)(FOLLOW_MS - since)) < 0 &&
	    errno != EINTR) {
		a->quit = true;
		return false;
	}
	if (fds[1].revents)
		changed = take_signals_sent(a);
	if (fds[0].revents && !take_keys(a) && fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		a->quit = true; /* the terminal is gone */
	changed = changed || fds[0].revents;
	if (fds[2].revents) {
		app_key(a, K_EVENT);
		clock_gettime(CLOCK_MONOTONIC, &term.followed);
		changed = true;
	}
	return changed;
}

/* While a commit runs nobody waits here: paint, and look whether a key asks to stop. */
static bool during_commit(struct app *a)
{
	bool stop = false;
	unsigned char sig;
	uint32_t key;

	/* Who hangs up has said yes before: it is finished. The others want it to end; what was done is undone. */
	while (read(term.pipe[0], &sig, 1) == 1) {
		stop = stop || sig == SIGTERM || sig == SIGINT;
		if (sig == SIGTERM || sig == SIGHUP) {
			a->exit_code = 128 + sig;
			a->quit = true;
		}
	}
	while ((key = read_key()) != K_NONE)
		stop = stop || key == K_ESC || key == K_F12 || key == K_F24 || key == 'c' ||
		       key == 'q' || key == 3;
	paint(a);
	return stop;
}

int term_run(struct app *a)
{
	a->during = during_commit;
	paint(a);
	while (!a->quit) {
		bool changed = wait_once(a);

		if (changed && !a->quit)
			paint(a);
	}
	a->during = NULL;
	return 0;
}
