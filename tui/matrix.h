/* SPDX-License-Identifier: MIT */
/*
 * The crypto matrix: adapters x domains, whose each queue is, and the matrix that is being built.
 *
 * Rule: nothing is remembered that the session can tell; the state is a cursor, a choice, the names
 * given to matrices and a scroll position.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include "app.h"

enum matrix_time { TIME_WANTED, TIME_NOW, TIME_BOOT };
enum { MATRIX_MAX = 600, MATRIX_NAME = 3 }; /* as many have a name: A to Z, then AA, AB ... */

struct matrix_state {
	char uuid[UUID_TEXT];	/* the chosen matrix; "" none yet */
	bool all;		/* also adapters and domains that nobody has or wants */
	enum matrix_time time;	/* of which moment the cells tell */
	char beside[UUID_TEXT]; /* compared with the chosen one; "" none */
	bool anchored;		/* a range is being selected, from here to the cursor: */
	int anchor_card, anchor_dom;
	/* Cursor: an adapter and a domain, shown or not; -1: on the header of columns or rows. */
	int card, dom;
	int top, left;		    /* first adapter and domain shown, as places in the grid */
	int shown_rows, shown_cols; /* at the last drawing, for scrolling */
	/* where it drew the first cell, for clicks; second: of the matrix beside, 0 none */
	int grid_row, grid_col, second_col, cell_width, head_rows;
	/* Names stay while the program runs: the place of a UUID here is its name. */
	char (*known)[UUID_TEXT]; /* owned */
	size_t n_known, cap_known;
};

/* What the grid is made of, derived from the session. */
struct matrix_grid {
	uint8_t cards[256], doms[256]; /* shown ids, in order */
	int n_cards, n_doms;
	int row, col;			     /* the cursor's place; -1: headers */
	const struct d_mdev *of[MATRIX_MAX]; /* the matrices that have a name, in order of these */
	char name[MATRIX_MAX][MATRIX_NAME];
	int n_of;
	int chosen; /* index into of, -1 none */
	int beside; /* the one compared with it, -1 none */
	/* Gathered while cells are made: */
	int near_card;		/* 1 + the adapter that these have, now or then; 0 none yet */
	short near[MATRIX_MAX]; /* index into of */
	int n_near;
	unsigned char starts[MATRIX_MAX]; /* at boot: 0 not asked yet, else 1 + enum boot_state */
	bool seen[MATRIX_MAX];		  /* its name stands in some cell */
	bool signs[128];		  /* this sign stands in some cell */
};

void matrix_grid(const struct app *a, struct matrix_grid *ret);
/* What a matrix will hold after the commit: of its definition, else of the running device. */
const struct matrix *matrix_then(const struct d_mdev *m);
/* By name, number or beginning of the UUID; -1: none or more than one. */
int matrix_find(const struct matrix_grid *g, const char *text);
void matrix_move_to(struct app *a, const struct matrix_grid *g, int row, int col); /* -1: headers */
/* To a queue, an adapter or a domain, which is shown from now on if it was not. */
void matrix_point(struct app *a, int card, int dom);
/* "05", "0004", "05.0004": there; false: there can't be one. */
bool matrix_seek_queue(struct app *a, const char *text);
/* The same, or a matrix's name or UUID. */
bool matrix_seek(struct app *a, const char *text);
/* never a name that means something else: H and V say whose a queue is */
const char *matrix_name(size_t index, char text[static MATRIX_NAME]);
/* The queue under the cursor, else the chosen matrix, else nothing; queue false: the matrix. */
bool matrix_current(const struct app *a, bool queue, struct devid *ret);

/* -- matrix_cell.c -- */

/* One queue: whose it is, at three moments. A matrix's name, H host, V guests, - not there. */
struct matrix_cell {
	char now[MATRIX_NAME], then[MATRIX_NAME], boot[MATRIX_NAME];
	/* '!' conflict, '*' staged, '-' not there, '?' no driver, 'x' out of service, '~' other
	 * after a reboot, '#' in one of two compared, ' ' */
	char mark;
	enum look look;
	bool loses; /* the host, since masks take more than was asked for: shown as v */
};
void matrix_cell(const struct app *a, struct matrix_grid *g, apqn_t q, struct matrix_cell *ret);
/* The same of two that are compared, as one of them (index into of) has it. */
void matrix_cell_of(const struct app *a, struct matrix_grid *g, apqn_t q, int of,
		    struct matrix_cell *ret);
enum { CELL_TEXT = 12 };
/* " C* ", or where there is room "H>C*": now > wanted ~ after a reboot. */
const char *matrix_cell_text(const struct app *a, struct matrix_grid *g,
			     const struct matrix_cell *cell, bool wide,
			     char text[static CELL_TEXT]);
bool matrix_held_then(const struct d_mdev *m, apqn_t q);
bool matrix_starts(const struct app *a, struct matrix_grid *g, int of); /* at the next boot */

/* -- matrix_tell.c: what stands below and beside the grid -- */
void matrix_tell(struct app *a, struct canvas *c, struct rect at, struct matrix_grid *g,
		 bool legend);
void matrix_legend(struct app *a, struct canvas *c, struct rect at, struct matrix_grid *g);
/* "guest db1, auto": who uses it, and what becomes of it. */
void matrix_who(const struct app *a, const struct d_mdev *m, char *text, size_t size);
/* "online", "deconf": of an adapter; "" nobody says. */
const char *matrix_card_state(const struct ap_card *card);
const char *matrix_card_mode(const struct ap_card *card);

/*
 * "4-7,ab" -> a set, always hexadecimal, as the screen shows ids; "-" is none. 0; or -EINVAL with
 * *ret_at (may be NULL) where what can't be read begins.
 */
int matrix_ids_parse(const char *text, struct ap_mask *ret, size_t *ret_at);

/* The worst finding about the chosen matrix, or about the cell under the cursor; NULL: none. */
const struct finding *matrix_finding(const struct app *a);
/* To the matrix or queue that is not the chosen one of two parties; false: it isn't in the grid. */
bool matrix_go(struct app *a, const struct devid *dev, const struct devid *other);

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
bool matrix_cancel(struct app *a); /* ends a range, a comparison, another moment; false: none */
/* Is a place of the grid inside the range? Without one: no. */
bool matrix_in_range(const struct app *a, const struct matrix_grid *g, int row, int col);

#endif
