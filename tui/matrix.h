/* SPDX-License-Identifier: MIT */
/*
 * The crypto matrix: adapters x domains, whose each queue is, and the matrix that is being built.
 *
 * Rule: nothing is remembered that the session can tell; the state is a cursor, a choice and a
 * scroll position.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include "app.h"

enum matrix_time { TIME_WANTED, TIME_NOW, TIME_BOOT };

struct matrix_state {
	char uuid[UUID_TEXT];	/* the chosen matrix; "" none yet */
	bool all;		/* also adapters and domains that nobody has or wants */
	enum matrix_time time;	/* of which moment the cells tell */
	char beside[UUID_TEXT]; /* compared with the chosen one; "" none */
	bool anchored;		/* a range is being selected, from here to the cursor: */
	int anchor_row, anchor_col;
	int row, col;		    /* cursor; -1: on the header of columns or rows */
	int top, left;		    /* first adapter and domain shown */
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
	int beside; /* the one compared with it, -1 none */
};

void matrix_grid(const struct app *a, struct matrix_grid *ret);
/* What a matrix will hold after the commit: of its definition, else of the running device. */
const struct matrix *matrix_then(const struct d_mdev *m);
/* By letter, number or beginning of the UUID; -1: none or more than one. */
int matrix_find(const struct matrix_grid *g, const char *text);
void matrix_move_to(struct app *a, const struct matrix_grid *g, int row, int col); /* -1: headers */
char matrix_letter(int index); /* never one that means something else */

/* One queue, as drawn. */
struct matrix_cell {
	/* a matrix's letter, H host, V guests, v the host loses it, - not configured */
	char ch;
	char mark; /* '!' conflict, '*' staged, ' ' */
	enum look look;
};
void matrix_cell(const struct app *a, const struct matrix_grid *g, uint8_t card, uint8_t dom,
		 struct matrix_cell *ret);

/*
 * "4-7,ab" -> a set, always hexadecimal, as the screen shows ids. 0 or -EINVAL.
 */
int matrix_ids_parse(const char *text, struct ap_mask *ret);

/* The worst finding about the chosen matrix, or about the cell under the cursor; NULL: none. */
const struct finding *matrix_finding(const struct app *a);
/* To the matrix or queue that is not the chosen one of two parties. */
void matrix_go(struct app *a, const struct devid *dev, const struct devid *other);

/* For the table of actions. */
bool matrix_none(struct app *a, const char *args, struct msg *ret_why); /* no matrix is chosen */
/* there is no AP bus, or no vfio_ap */
bool matrix_no_ap(struct app *a, const char *args, struct msg *ret_why);
void matrix_toggle(struct app *a, const char *args); /* space: what the cursor is on */
void matrix_toggle_control(struct app *a, const char *args);
void matrix_assign(struct app *a, const char *args); /* "05 0004": adapters and domains */
void matrix_unassign(struct app *a, const char *args);
void matrix_set_adapters(struct app *a, const char *args);
void matrix_set_domains(struct app *a, const char *args);
void matrix_set_control(struct app *a, const char *args);
/* "2", "B", the beginning of a UUID; "": the next */
void matrix_use(struct app *a, const char *args);
void matrix_new(struct app *a, const char *args); /* [UUID] */
/* masks, override, auto; "": the other one */
void matrix_mode(struct app *a, const char *args);
void matrix_show_all(struct app *a, const char *args);
/* "B", a number, the beginning of a UUID; "": the next, or no more */
void matrix_compare(struct app *a, const char *args);
void matrix_time(struct app *a, const char *args);  /* wanted, now, boot; "": the next */
void matrix_range(struct app *a, const char *args); /* begins or ends a range at the cursor */
/* Is a row and column inside the range? Without one: is it the cursor's? */
bool matrix_in_range(const struct matrix_state *s, int row, int col);

#endif
