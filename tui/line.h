/* SPDX-License-Identifier: MIT */
/*
 * One line of input, the same in every field: cursor, insert, delete, history.
 */
#ifndef LINE_H
#define LINE_H

#include "canvas.h"

struct line {
	char text[256]; /* UTF-8, NUL-terminated */
	size_t len;
	size_t at;	   /* byte offset of the cursor, on a character boundary */
	char last[8][256]; /* history, newest first */
	size_t n_last;
	size_t nth; /* history entry shown, 0 none */
};

enum line_result { LINE_MORE, LINE_DONE, LINE_CANCEL, LINE_IGNORED };

/* K_ENTER done, K_ESC cancel; others edit */
enum line_result line_key(struct line *l, uint32_t key);
void line_set(struct line *l, const char *text);
void line_remember(struct line *l); /* puts the text into the history and empties the line */
/* Draws the part around the cursor and puts the canvas's cursor there. */
void line_draw(const struct line *l, struct canvas *c, int row, int col, int width);

#endif
