/* SPDX-License-Identifier: MIT */
/*
 * Lines of the crypto matrix that wait to be drawn: how many there is room for is known once all are
 * there. Only matrix_tell.c and matrix_legend.c include this.
 */
#ifndef MATRIX_PART_H
#define MATRIX_PART_H

#include "matrix.h"

struct lines {
	struct buf text; /* names */
	enum look look[96];
	int n, width;
};

/* Wrapped at blanks, continued lines indented. */
void lines_say(struct lines *l, enum look look, const char *text);
/* At most so many of them; how many were drawn. */
int lines_draw(const struct lines *l, struct canvas *c, const struct rect *at, int from, int most);

/* The matrices with their names, in at most so many lines; column: one a line. */
void legend_matrices(const struct app *a, const struct matrix_grid *g, struct lines *l, bool column,
		     int most);
/* What the signs mean that stand in the grid. */
void legend_signs(const struct app *a, const struct matrix_grid *g, struct lines *l, bool column);

#endif
