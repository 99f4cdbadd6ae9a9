/* SPDX-License-Identifier: MIT */
/*
 * The terminal: the one room that includes ncurses. Paints canvases, reads keys, restores
 * everything.
 */
#ifndef TERM_H
#define TERM_H

#include "app.h"

struct term_opts {
	int rows, cols; /* 0: ask the terminal */
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	bool ascii;
};

/* Takes the terminal. 0, or -ENOTTY, -ENOENT (TERM not known). */
int term_open(const struct term_opts *opts);
/* gives it back as it was; safe to call twice, and from a fatal signal's handler */
void term_close(void);
/* Does terminfo know how to place this terminal's cursor? Before term_open. */
bool term_addressable(void);
bool term_ascii(void);
bool term_mono(void);
/*
 * Runs the app until it quits: waits on keys, the session's events and signals; repaints when there
 * is nothing to read.
 */
int term_run(struct app *a);

#endif
