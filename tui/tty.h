/* SPDX-License-Identifier: MIT */
/*
 * The terminal as lines: what panel and line mode read and write. No ncurses, no cursor addressing.
 *
 * Rule: nothing typed is ever lost: what was not asked for stays in the buffer until it is.
 */
#ifndef TTY_H
#define TTY_H

#include "app.h"

#include <termios.h>

struct tty {
	int in, out;
	bool raw; /* panel: keys arrive as they are pressed; the terminal's own editing is ours */
	bool is_3270;
	bool echo; /* and what is typed has to be shown by us */
	bool taken;
	struct termios before;
	int signals;	 /* signalfd */
	uint32_t left;	 /* a signal that came during a commit */
	char typed[512]; /* read and not yet handed out */
	size_t n_typed;
	char line[256]; /* raw: the line so far */
	size_t n_line;
	bool cutting;	 /* the line that is being read is too long */
	bool cut;	 /* the line handed out last was too long: it is not whole */
	bool suspend;	 /* asked for; done when no commit runs */
	struct buf late; /* of tty_write_soon, not written yet */
	bool ended;	 /* ^D */
	bool gone;	 /* hung up, or the end of what is read */
};

enum tty_event {
	TTY_LINE,    /* a whole line, in ret_text */
	TTY_KEY,     /* a function key, in *ret_key */
	TTY_MACHINE, /* the session has events */
	TTY_RESIZE,  /* also after SIGCONT: draw again */
	TTY_SIGNAL,  /* *ret_key is SIGINT, SIGTERM, SIGQUIT or SIGHUP */
	TTY_TIME,    /* so long was waited */
	TTY_EOF,     /* ^D: who sits there wants to end it, and more may come */
	TTY_END,     /* nothing more will come */
};

/* raw: see above; is_3270: its own device shows what is typed. 0 or -errno. */
int tty_open(struct tty *t, bool raw, bool is_3270);
void tty_close(struct tty *t); /* gives the terminal back; safe to call twice */
/* Waits for the next of these. more: another descriptor to watch, -1 none; wait_ms: at most so long, -1 for ever. */
enum tty_event tty_next(struct tty *t, int more, int wait_ms, char ret_text[static 256],
			uint32_t *ret_key);
/*
 * While a commit runs: was it asked to stop (^C, or the line cancel)? Other lines stay where they
 * are.
 */
bool tty_asked_to_stop(struct tty *t);
/* A terminal that is gone is no error: what runs is finished all the same. */
void tty_write(struct tty *t, const char *text, size_t len);
/* While a commit runs: a terminal that is stopped (^S) or stuck gets it later, and nothing waits for it. */
void tty_write_soon(struct tty *t, const char *text, size_t len);
/* 24x80 where the terminal doesn't know */
void tty_size(const struct tty *t, int *ret_rows, int *ret_cols);

/*
 * One key or character from the beginning of raw input. Returns how many bytes it took, 0 when more
 * have to come; *ret_key: a
 * K_ key, or the byte. The PF keys of a 3270 and the keys of common terminals are known.
 */
size_t tty_decode(const char *bytes, size_t n, uint32_t *ret_key);
/* A 3270 sends [ as 0xdd and ] as 0xa8, which is no UTF-8 there. In place. */
void tty_brackets(char *text);

#endif
