/* SPDX-License-Identifier: MIT */
/*
 * A page of text that scrolls: help, details, a plan, a result. Long lines are wrapped to the width at hand.
 */
#ifndef PAGE_H
#define PAGE_H

#include "canvas.h"

struct page_line {
	char *text; /* owned */
	enum look look;
	int indent; /* of what is wrapped onto the next row */
};

struct page {
	struct page_line *lines;
	size_t n, cap;
	int top;   /* first row shown, after wrapping */
	int total; /* rows after wrapping and rows shown, as of the last drawing */
	int shown;
};

void page_done(struct page *p); /* empties; usable again */
/* Adds lines; each newline in the text starts another. 0 or -ENOMEM. */
int page_add(struct page *p, enum look look, const char *fmt, ...) PRINTF(3, 4);
/* Scrolls by the keys that scroll everywhere; true: taken. */
bool page_key(struct page *p, uint32_t key);
/* Draws into a rectangle; a mark at the right edge says that there is more. */
void page_draw(struct page *p, struct canvas *c, int row, int col, int rows, int cols);

#endif
