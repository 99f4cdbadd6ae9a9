/* SPDX-License-Identifier: MIT */
/*
 * A screen in memory: rows of cells with a character and a look. Everything is drawn here first.
 *
 * Rule: drawing is a pure function of what is shown and the size; outside the canvas nothing is
 * drawn and nothing
 * fails. Only term.c turns a canvas into bytes for a terminal.
 */
#ifndef CANVAS_H
#define CANVAS_H

#include "mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks, by meaning. Each is legible in monochrome; colour only adds. */
enum look {
	LOOK_PLAIN,
	LOOK_TITLE,  /* the top line, table headers */
	LOOK_CURSOR, /* the selected row */
	LOOK_STAGED, /* wanted, not yet committed */
	LOOK_GUEST,  /* given to guests */
	LOOK_WARN,   /* conflict, uncertain */
	LOOK_ERROR,  /* error, protected */
	LOOK_FAINT,  /* can't be given away; hints. Never the only sign of anything */
	LOOK_KEY,    /* a key's name in the footer */
	LOOK_FIELD,  /* an input field */
	LOOK_COUNT
};

/* Characters beyond ASCII by meaning: drawn as ASCII where the terminal isn't known to be good. */
enum glyph {
	GLYPH_HLINE,
	GLYPH_VLINE,
	GLYPH_TOP_LEFT, /* the corners in this order: canvas_box counts on it */
	GLYPH_BOTTOM_LEFT,
	GLYPH_TOP_RIGHT,
	GLYPH_BOTTOM_RIGHT,
	GLYPH_ELLIPSIS,
	GLYPH_COUNT
};

struct cell {
	uint32_t ch; /* Unicode; 0: the right half of a wide character */
	uint8_t look;
	bool mark; /* reverse on top of the look */
};

struct canvas {
	int rows, cols;
	struct cell *cells;	    /* rows x cols, owned */
	int cursor_row, cursor_col; /* where the hardware cursor stands; -1: hidden */
	bool ascii;		    /* no characters beyond ASCII */
};

/* 0 or -ENOMEM; sizes are clamped to 1..1000 */
int canvas_init(struct canvas *c, int rows, int cols, bool ascii);
void canvas_done(struct canvas *c);
void canvas_clear(struct canvas *c);
/*
 * Writes UTF-8 text from (row, col), at most width columns (-1: to the edge); returns the column
 * after it. Control bytes and bad UTF-8
 * are shown as '?', characters the canvas can't have as '?'.
 */
int canvas_text(struct canvas *c, int row, int col, int width, enum look look, const char *text);
int canvas_printf(struct canvas *c, int row, int col, int width, enum look look, const char *fmt,
		  ...) PRINTF(6, 7);
/* The same with the text padded to width, or cut with an ellipsis; align_right for numbers. */
void canvas_field(struct canvas *c, int row, int col, int width, enum look look, bool align_right,
		  const char *text);
void canvas_glyph(struct canvas *c, int row, int col, enum look look, enum glyph glyph);
void canvas_fill(struct canvas *c, int row, int col, int width, enum look look, char ch);
/* keeps the characters */
void canvas_look(struct canvas *c, int row, int col, int width, enum look look);
void canvas_mark(struct canvas *c, int row, int col, int width, bool mark);
void canvas_box(struct canvas *c, int row, int col, int height, int width, const char *title);
int text_width(const char *utf8); /* columns it takes in canvas_text */

/* For tests and screenshots. */
/* lines, trailing blanks removed, marks not shown */
int canvas_to_text(const struct canvas *c, struct buf *ret);
int canvas_to_svg(const struct canvas *c, bool color, struct buf *ret);

#endif
