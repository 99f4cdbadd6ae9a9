/* SPDX-License-Identifier: MIT */
/* ncurses and its terminfo, which only the full screen needs. */
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include "load.h"
#include "term_part.h"

#include <curses.h>

#define LIBRARY "libncursesw.so.6"

/* Of this program, as the library's own can't be linked to before it is there: newterm fills them. */
WINDOW *stdscr, *curscr;

int setupterm(const char *name, int fd, int *reterr);

bool term_late(void)
{
	return load_symbol(LIBRARY, "newterm") != NULL;
}

static WINDOW *window(const char *name)
{
	WINDOW **w = load_symbol(LIBRARY, name);

	return w ? *w : NULL;
}

SCREEN *newterm(const char *type, FILE *out, FILE *in)
{
	SCREEN *screen;

	FIND(newterm, LIBRARY);
	screen = found(type, out, in);
	stdscr = window("stdscr");
	curscr = window("curscr");
	return screen;
}

/* clang-format off */
bool has_colors(void) { FIND(has_colors, LIBRARY); return found(); }
bool isendwin(void) { FIND(isendwin, LIBRARY); return found(); }
char *tigetstr(const char *name) { FIND(tigetstr, LIBRARY); return found(name); }
int cbreak(void) { FIND(cbreak, LIBRARY); return found(); }
int clearok(WINDOW *w, bool on) { FIND(clearok, LIBRARY); return found(w, on); }
int curs_set(int how) { FIND(curs_set, LIBRARY); return found(how); }
int endwin(void) { FIND(endwin, LIBRARY); return found(); }
int get_escdelay(void) { FIND(get_escdelay, LIBRARY); return found(); }
int getmouse(MEVENT *e) { FIND(getmouse, LIBRARY); return found(e); }
int idlok(WINDOW *w, bool on) { FIND(idlok, LIBRARY); return found(w, on); }
int init_pair(NCURSES_PAIRS_T pair, NCURSES_COLOR_T fg, NCURSES_COLOR_T bg) { FIND(init_pair, LIBRARY); return found(pair, fg, bg); }
int keypad(WINDOW *w, bool on) { FIND(keypad, LIBRARY); return found(w, on); }
int mouseinterval(int ms) { FIND(mouseinterval, LIBRARY); return found(ms); }
int nodelay(WINDOW *w, bool on) { FIND(nodelay, LIBRARY); return found(w, on); }
int noecho(void) { FIND(noecho, LIBRARY); return found(); }
int nonl(void) { FIND(nonl, LIBRARY); return found(); }
int resizeterm(int rows, int cols) { FIND(resizeterm, LIBRARY); return found(rows, cols); }
int set_escdelay(int ms) { FIND(set_escdelay, LIBRARY); return found(ms); }
int setcchar(cchar_t *ret, const wchar_t *text, attr_t a, NCURSES_PAIRS_T pair, const void *more) { FIND(setcchar, LIBRARY); return found(ret, text, a, pair, more); }
int setupterm(const char *name, int fd, int *reterr) { FIND(setupterm, LIBRARY); return found(name, fd, reterr); }
int start_color(void) { FIND(start_color, LIBRARY); return found(); }
int tigetflag(const char *name) { FIND(tigetflag, LIBRARY); return found(name); }
int unget_wch(wchar_t c) { FIND(unget_wch, LIBRARY); return found(c); }
int ungetch(int c) { FIND(ungetch, LIBRARY); return found(c); }
int use_default_colors(void) { FIND(use_default_colors, LIBRARY); return found(); }
int wadd_wchnstr(WINDOW *w, const cchar_t *text, int n) { FIND(wadd_wchnstr, LIBRARY); return found(w, text, n); }
int werase(WINDOW *w) { FIND(werase, LIBRARY); return found(w); }
int wget_wch(WINDOW *w, wint_t *ret) { FIND(wget_wch, LIBRARY); return found(w, ret); }
int wmove(WINDOW *w, int row, int col) { FIND(wmove, LIBRARY); return found(w, row, col); }
int wrefresh(WINDOW *w) { FIND(wrefresh, LIBRARY); return found(w); }
mmask_t mousemask(mmask_t mask, mmask_t *ret) { FIND(mousemask, LIBRARY); return found(mask, ret); }
void delscreen(SCREEN *s) { FIND(delscreen, LIBRARY); found(s); }
void wtimeout(WINDOW *w, int ms) { FIND(wtimeout, LIBRARY); found(w, ms); }
/* clang-format on */
