/* SPDX-License-Identifier: MIT */
/*
 * The crypto matrix: adapters x domains, whose each queue is, and the matrix that is being built.
 *
 * Rule: nothing is remembered that the session can tell; the state is a cursor, a choice and a scroll position.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include "app.h"

struct matrix_state {
	char uuid[UUID_TEXT]; /* the chosen matrix; "" none yet */
	bool all;	      /* also adapters and domains that nobody has or wants */
	int row, col;	      /* cursor; -1: on the header of columns or rows */
	int top, left;	      /* first adapter and domain shown */
	int shown_rows, shown_cols; /* at the last drawing, for scrolling */
	int grid_row, grid_col;	    /* where the first cell was drawn, for clicks */
};

/* What the grid is made of, derived from the session. */
struct matrix_grid {
	uint8_t cards[256], doms[256]; /* shown ids, in order */
	int n_cards, n_doms;
	const struct d_mdev *of[64]; /* the matrices, at most so many get a letter */
	int n_of;
	int chosen; /* index into of, -1 none */
};

void matrix_grid(const struct app *a, struct matrix_grid *ret);
/* What a matrix will hold after the commit: of its definition, else of the running device. */
const struct matrix *matrix_then(const struct d_mdev *m);
char matrix_letter(int index); /* never one that means something else */

/* One queue, as drawn. */
struct matrix_cell {
	char ch;     /* a matrix's letter, H host, V guests, v the host loses it, - not configured */
	char mark;   /* '!' conflict, '*' staged, ' ' */
	enum look look;
};
void matrix_cell(const struct app *a, const struct matrix_grid *g, uint8_t card, uint8_t dom,
		 struct matrix_cell *ret);

/*
 * "4-7,ab" -> a set, always hexadecimal, as the screen shows ids. 0 or -EINVAL.
 */
int matrix_ids_parse(const char *text, struct ap_mask *ret);

/* For the table of actions. */
bool matrix_none(struct app *a, const char *args, struct msg *ret_why); /* no matrix is chosen */
bool matrix_no_ap(struct app *a, const char *args, struct msg *ret_why); /* there is no AP bus, or no vfio_ap */
void matrix_toggle(struct app *a, const char *args);	/* space: what the cursor is on */
void matrix_toggle_control(struct app *a, const char *args);
void matrix_assign(struct app *a, const char *args);	/* "05 0004": adapters and domains */
void matrix_unassign(struct app *a, const char *args);
void matrix_set_adapters(struct app *a, const char *args);
void matrix_set_domains(struct app *a, const char *args);
void matrix_set_control(struct app *a, const char *args);
void matrix_use(struct app *a, const char *args);	/* "2", "B", the beginning of a UUID; "": the next */
void matrix_new(struct app *a, const char *args);	/* [UUID] */
void matrix_mode(struct app *a, const char *args);	/* masks, override, auto; "": the other one */
void matrix_show_all(struct app *a, const char *args);

#endif
