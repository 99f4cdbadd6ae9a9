/* SPDX-License-Identifier: MIT */
/*
 * Panel mode and line mode: the same app, drawn on the same canvas, for terminals that take whole
 * lines.
 *
 * Rule: a line is typed, then something happens; an empty line shows again what there is and does
 * nothing else.
 */
#ifndef FRONT_H
#define FRONT_H

#include "app.h"

struct front_opts {
	int rows, cols; /* 0: ask the terminal */
	bool clear;	/* panel: the terminal can be cleared */
	bool is_3270;
};

int panel_run(struct app *a, const struct front_opts *o); /* 0 or -errno */
int line_run(struct app *a, const struct front_opts *o);

/*
 * What line mode prints after a word, appended to ret: of a canvas drawn now only the lines that
 * were not told before, all of them where most are new, or where all is asked for. No line is longer
 * than 79 columns.
 */
struct told {
	struct buf text; /* of the place */
	struct buf over; /* of the dialog over it */
	enum place place;
	const struct dialog *dialog;
	unsigned visited; /* enum where: its words were told */
};
void line_tell(struct told *last, struct app *a, const struct canvas *c, bool all, struct buf *ret);
void told_done(struct told *t);

/* The page of a panel as bytes: 7 bits, at most c's rows, ending behind the arrow. */
void panel_page(const struct canvas *c, bool clear, struct buf *ret);

#endif
