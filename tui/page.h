/* SPDX-License-Identifier: MIT */
/*
 * A text that scrolls below an input field: a plan, a result. Kept unwrapped; a sheet shows it.
 */
#ifndef PAGE_H
#define PAGE_H

#include "sheet.h"

struct page_line {
	char *text; /* owned */
	enum look look;
};

struct page {
	struct page_line *lines;
	size_t n, cap;
	struct sheet sheet; /* as wrapped at the last drawing */
	int cols;	    /* for which it was; 0: lines were added since */
};

void page_done(struct page *p); /* empties; usable again */
/* Adds lines; each newline in the text starts another. 0 or -ENOMEM. */
int page_add(struct page *p, enum look look, const char *fmt, ...) PRINTF(3, 4);
/* Scrolls by keys that are no characters; true: taken. */
bool page_key(struct page *p, uint32_t key);
void page_draw(struct page *p, struct canvas *c, int row, int col, int rows, int cols);

#endif
