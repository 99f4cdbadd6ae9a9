/* SPDX-License-Identifier: MIT */
/*
 * Lines of text with a cursor and scrolling: overview, changes, help, details.
 *
 * Rule: a page is built anew when it is to show something else or its width has changed, mostly for each drawing; cursor and
 * scroll position stay.
 */
#ifndef SHEET_H
#define SHEET_H

#include "canvas.h"
#include "ids.h"

struct sheet_line {
	char *text; /* owned */
	enum look look;
	struct devid dev; /* Enter goes there; BUS_NONE: nowhere */
	uint32_t key;	  /* Enter presses that key; 0: none */
	size_t finding;	  /* 1.. the finding that it ends; 0: none */
	bool goes_on;	  /* with the text of the line before */
};

struct sheet {
	struct sheet_line *v; /* owned */
	size_t n, cap;
	size_t top, cursor;
	size_t rows; /* shown at the last drawing */
	bool said;   /* by line mode: sentences in place of columns */
};

struct rect;

void sheet_done(struct sheet *p);
void sheet_reset(struct sheet *p); /* no lines; cursor and scroll position stay */
/*
 * Lines are added as far as there is memory: a sheet that is cut short says less and nothing wrong.
 */
void sheet_add(struct sheet *p, enum look look, const char *fmt, ...) PRINTF(3, 4);
/* A text broken at blanks into lines of at most width columns, continued lines indented. */
void sheet_wrap(struct sheet *p, enum look look, int width, int indent, const char *text);
/*
 * The same in sentences: led by first, and each further line by next, which names again what it is
 * about.
 */
void sheet_say(struct sheet *p, enum look look, int width, const char *first, const char *next,
	       const char *text);
/* Of the last text, with all its lines. */
void sheet_target(struct sheet *p, const struct devid *dev);
void sheet_press(struct sheet *p, uint32_t key);
void sheet_move(struct sheet *p, long rows);
bool sheet_find(struct sheet *p, const char *text); /* the next line after the cursor and around */
/* Movement keys (both banks of F-keys, vi keys). true: taken. */
bool sheet_key(struct sheet *p, uint32_t key);
/* cursor: the line under the cursor is marked and has the hardware cursor. */
/* Where no cursor is shown paging starts at the edge it moves across; before sheet_key. */
void sheet_edge(struct sheet *p, uint32_t key);
void sheet_draw(struct sheet *p, struct canvas *c, const struct rect *r, bool cursor);

/*
 * The first line of a text broken at a blank to at most width columns: its length in bytes;
 * *ret_next (never NULL) is where the next one
 * begins, "" at the end.
 */
size_t text_break(const char *text, int width, const char **ret_next);
/* The same, behind a comma rather than in the midst of what belongs together. */
size_t text_break_said(const char *text, int width, const char **ret_next);

#endif
