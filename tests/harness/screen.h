/* SPDX-License-Identifier: MIT */
/*
 * The program driven by a script of keys and words, its screens as text and pictures.
 *
 * A script is words separated by blanks: names of keys ("space", "F5", "C"), or a line for ===> in
 * double quotes
 * ("\"stage 2b09; changes\"").
 */
#ifndef SCREEN_H
#define SCREEN_H

#include "app.h"

struct screen {
	struct sys *sys;
	struct session *session;
	struct app *app;
	struct canvas canvas;
	struct strtab *tab; /* of a machine made in memory; NULL */
};

/*
 * machine: a built-in one, "dir:" and the root of a captured tree, "file:" and a machine file, or
 * "full": the largest crypto there can be, to look at. Fails the test when it can't be had.
 */
void screen_open(struct screen *s, const char *machine, int rows, int cols);
/* The machine lpar on which a commit was cut off, as who comes back finds it, on the smallest screen. */
void screen_open_interrupted(struct screen *s);
void screen_done(struct screen *s);
void screen_keys(struct screen *s, const char *script); /* and draws */
void screen_size(struct screen *s, int rows, int cols);
const char *screen_text(const struct screen *s, struct buf *b); /* whole */
const char *screen_line(const struct screen *s, int row, struct buf *b);

/* Is text somewhere on the screen? Fails the test with the screen if it isn't. */
void screen_has(const struct screen *s, const char *text);
void screen_lacks(const struct screen *s, const char *text);

/*
 * Compares the screen with the file tests/screens/<name>.txt, and with UPDATE_SCREENS=1 in the
 * environment rewrites it. color: the looks
 * follow the text. picture: screenshots/<name>.txt and .svg, too.
 */
void screen_golden(const struct screen *s, const char *name, bool color, bool picture);

#endif
