/* SPDX-License-Identifier: MIT */
/*
 * What line mode says where other front ends draw: sentences in place of columns.
 *
 * Rule: each line is understood by itself, whatever stands between it and the one before: it begins
 * with what it is about, and names each fact.
 */
#ifndef SAID_H
#define SAID_H

#include "app.h"

enum { SAID_HEAD = 4 }; /* lines: machine, places, where one is, what is staged */

struct said {
	struct canvas *c;
	int row, cols;
};

/*
 * sheet_say on a canvas. What goes on begins with three blanks: so line mode knows what belongs
 * together.
 */
void said_line(struct said *s, enum look look, const char *first, const char *next,
	       const char *text);
void said_head(const struct app *a, struct canvas *c);
size_t said_rows(const struct app *a); /* of a table, in one answer */
void said_table(struct app *a, struct canvas *c, struct rect body);
void said_matrix(struct app *a, struct canvas *c, struct rect body); /* matrix_said.c */

#endif
