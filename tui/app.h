/* SPDX-License-Identifier: MIT */
/*
 * The interactive program: where the cursor is. What is true lives in the session.
 *
 * Rule: app_key changes the app, app_draw turns it into a canvas, and neither knows a terminal:
 * tests drive the
 * program with keys and look at canvases.
 */
#ifndef APP_H
#define APP_H

#include "canvas.h"
#include "keys.h"
#include "line.h"
#include "sheet.h"
#include "session.h"
#include "table.h"

enum place { P_OVERVIEW, P_CHANNEL, P_CRYPTO, P_PCI, P_MDEV, P_CHANGES, P_PATHS, P_COUNT };

struct app;

/* A dialog over the view: help, commit, a question, a form. The top one gets all keys. */
struct dialog {
	const struct dialog_ops *ops;
	struct dialog *below;
};

struct dialog_ops {
	const char *name;
	void (*draw)(struct dialog *d, const struct app *app, struct canvas *c);
	/* may close itself with app_close */
	void (*key)(struct dialog *d, struct app *app, uint32_t key);
	/*
	 * A line typed at ===> in panel and line mode, or by a script; NULL: keys only. true:
	 * taken.
	 */
	bool (*line)(struct dialog *d, struct app *app, const char *text);
	void (*free)(struct dialog *d);
	/*
	 * Does what is due at this time (ms of a clock that only goes forward) and returns how long until there is something to
	 * do again, PACE_NEVER: never. *ret_changed is set when there is something else to be shown. NULL: it has no clock.
	 */
	long (*tick)(struct dialog *d, struct app *a, long now, bool *ret_changed);
	/* What was opened over it is closed; may close itself. NULL: nothing follows from that. */
	void (*uncovered)(struct dialog *d, struct app *app);
};

/* A table view's cursor, order and filter. */
struct table_state {
	const struct view *view;
	struct devs rows; /* shown, in order */
	size_t n_rows;
	size_t hidden; /* by the filter */
	size_t top, cursor;
	size_t left; /* first column shown */
	int sort;    /* column index, -1 natural */
	bool sort_down;
	char filter[64];
	struct devid *marked; /* selected rows, sorted; owned */
	size_t n_marked;
	size_t page; /* rows shown at the last drawing */
	/* What the rows were made of, to know when and how they must be made anew. */
	unsigned long serial;
	int made_sort;
	bool made_down;
	char made_filter[64];
};

struct matrix_state;  /* matrix.c */
struct changes_state; /* changes.c */

struct app_opts {
	bool paged; /* panel and line mode: rows have numbers, words are typed at the last line */
	bool lines; /* line mode, which is paged as well: each line says all by itself */
	bool ascii;
	bool mono;
	bool demo;		  /* the word reboot exists */
	const char *machine_name; /* of a demo, for the title; may be NULL */
	/* where `save` writes by default; may be NULL: current directory */
	const char *save_dir;
	int (*kernel_reboot)(struct sys *sys); /* NULL unless demo */
};

/*
 * What the row numbers that can be typed mean: the page as it was drawn last. Nobody means a row
 * that he doesn't see.
 */
struct shown {
	enum place place;
	struct devid *rows; /* owned */
	size_t first, n;    /* number of the first, from 0 */
};

struct app {
	struct session *session; /* not owned */
	struct app_opts opts;
	enum place place;
	struct table_state tables[P_COUNT]; /* of the places that are tables */
	struct matrix_state *matrix;
	struct changes_state *changes;
	struct sheet overview;
	struct dialog *dialog; /* the top one, NULL none; owned */
	struct shown shown;    /* if paged */
	struct line line;      /* the ===> line */
	bool line_open;
	struct reach reach; /* for the next edits: now, at boot, both */
	struct past last;   /* the newest commit, for who comes back; number 0: none. Owned */
	struct msg msg;	    /* the message line; id of an empty message: what is NULL */
	enum look msg_look;
	char find[64];
	/*
	 * While a commit runs: paints, and tells whether the user asked to stop. Set by the
	 * terminal; NULL: neither.
	 */
	bool (*during)(struct app *a);
	/*
	 * While a commit runs: step nth (from 0) of n came to this state. NULL: nobody wants to
	 * know.
	 */
	void (*step)(struct app *a, size_t nth, size_t n, enum step_state state, const char *text);
	void *front; /* of those who set these */
	bool nobody; /* who could give up a step that is held up has hung up */
	bool quit;
	/* How it came to that: by the user, who was asked; from outside, which nobody was; as a script that ends. */
	enum { LEFT_BY_USER, LEFT_BY_OTHERS, LEFT_BY_SCRIPT } left_by;
	struct left left; /* edits of those who were cut off, for who comes back */
	int exit_code;
	int rows, cols;		  /* of the last drawing */
	int said_rows;		  /* line mode: rows of a table that are told at once */
	int want_rows, want_cols; /* by the word `size`; 0: as the terminal says */
};

enum { MIN_ROWS = 15, MIN_COLS = 60 }; /* below this only a line is drawn that says so */

int app_new(struct session *s, const struct app_opts *opts, struct app **ret);
struct app *app_free(struct app *a);

void app_key(struct app *a, uint32_t key); /* one key press, or K_RESIZE, K_EVENT */
/* SIGINT closes what is open, then leaves, and with edits staged asks; twice means it. Others leave. */
void app_signal(struct app *a, int sig);
/* ^D or its like: as SIGINT, with exit code 0. */
void app_end_of_input(struct app *a);
/* The terminal is gone, or there is nothing more to read. Nobody was asked about staged edits. */
void app_cut_off(struct app *a, bool script);
/* After the end: keeps staged edits that nobody was asked about; true: *ret says so, or that they are lost. */
bool app_leave(struct app *a, struct msg *ret);
/* The top dialog's clock, see struct dialog_ops; without one: PACE_NEVER. For those that wait. */
long app_tick(struct app *a, long now, bool *ret_changed);
void app_mouse(struct app *a, int row, int col, int button); /* 1 click, 4 wheel up, 5 wheel down */
/* a line typed at ===>: words, several with ';' */
void app_line(struct app *a, const char *text);
void app_draw(struct app *a, struct canvas *c); /* clears and fills the canvas */

void app_click_tab(struct app *a, int col);

/* Why an action can't be done now; false: it can. */
bool app_blocked(struct app *a, const struct action *action, const char *args, struct msg *ret_why);

/* For actions, views and dialogs. */
void app_say(struct app *a, enum look look, struct msg *m); /* takes the message */
void app_open(struct app *a, struct dialog *d);		    /* takes the dialog */
void app_close(struct app *a);				    /* ends the top one */
void app_help(struct app *a, const char *topic);	    /* "": of what is open now */
/* for one placeholder {what} */
void app_say_id(struct app *a, enum look look, enum msg_id id, const char *value);
/* key_names for this place and front end; returns b's text */
const char *app_text(const struct app *a, const char *text, struct buf *b);
/* The same drawn, as canvas_text does. */
int app_write(const struct app *a, struct canvas *c, int row, int col, int width, enum look look,
	      const char *text);
/* As canvas_field does. */
void app_field(const struct app *a, struct canvas *c, int row, int col, int width, enum look look,
	       const char *text);
/* A question, and behind it the arrow of a dialog's own line, which pages don't have; the column there. */
int app_ask(const struct app *a, struct canvas *c, int row, const char *text);
/* The open dialog does not take what was typed. */
#define NO_ANSWER_TODO "Type what the last line asks for, or end to go back."
void app_say_no_answer(struct app *a, const char *text);
void app_go(struct app *a, enum place place);
/* To a device's place and row; false: it has no row (the message line says so). */
bool app_jump(struct app *a, const struct devid *dev);
void app_prompt(struct app *a, const char *text); /* opens the ===> line with this typed */
void app_refresh(struct app *a);		  /* after the session changed: rows, cursors */
void app_reorder(struct app *a); /* after order or filter of the place's table changed */
/* The device under the cursor; false: none (empty table, place without devices). */
bool app_current(const struct app *a, struct devid *ret);
unsigned app_where(const struct app *a); /* enum where of the place */
/* The table of the place; NULL: the place is none. */
struct table_state *app_table(struct app *a);
/* The rows that an action is for: named in args, else the selected ones, else the one under the cursor. 0; -ENOMEM,
 * -ENOENT with reterr. *ret malloc'ed. */
int app_targets(struct app *a, const char *args, struct devid **ret, size_t *ret_n,
		struct msg *reterr);

/* rows.c: a line that begins with row numbers; false: it doesn't. */
bool rows_line(struct app *a, const char *text);
void rows_shown(struct app *a); /* remembers what the numbers mean; at each drawing */

/* table.c: cursor, order, filter. */
/* keeps the cursor on its device; 0 or -ENOMEM */
int table_rebuild(struct table_state *t, const struct session *s);
/* The same after an edit that altered no other rows than these; false: they are too many. */
bool table_touch(struct table_state *t, const struct session *s, const struct devid *devs,
		 size_t n);
void table_state_done(struct table_state *t);
void table_move(struct table_state *t, long rows);
bool table_seek(struct table_state *t, const struct devid *dev);
bool table_is_marked(const struct table_state *t, const struct devid *dev);
int table_mark(struct table_state *t, const struct devid *dev, bool on); /* 0 or -ENOMEM */
/* The next row, after the cursor and around, in which text is found; false: none. */
bool table_find(struct table_state *t, const struct session *s, const char *text);

/*
 * Which columns are drawn where: a pure function of the view, the width and the columns scrolled
 * away.
 */
struct table_layout {
	size_t n;
	struct {
		const struct column *column;
		int at, width;
	} v[24];
	bool left, right; /* more columns on that side */
};
void table_layout(const struct view *v, int cols, size_t left, struct table_layout *ret);

/* Why nothing is shown; appended, with <words>. */
void table_why_empty(const struct app *a, const struct table_state *t, struct buf *ret);

/* The rooms: each place draws its body between the tab line and the ===> line. */
struct rect {
	int row, col, rows, cols;
};
void overview_draw(struct app *a, struct canvas *c, struct rect body);
void table_draw(struct app *a, struct canvas *c, struct rect body);
void matrix_draw(struct app *a, struct canvas *c, struct rect body);
void changes_draw(struct app *a, struct canvas *c, struct rect body);
/*
 * A page is made for each key: of the notes that no edit brings about it shows some hundreds, and tells how many there are besides.
 * notes: 0 before the first finding.
 */
bool finding_is_shown(const struct finding *f, size_t *notes);
void sheet_more_notes(struct sheet *s, size_t notes);

/* matrix.c: keys that are the matrix's own movement (arrows, Tab, space). true: taken. */
bool matrix_key(struct app *a, uint32_t key);
void matrix_click(struct app *a, int row, int col);
struct matrix_state *matrix_state_new(void);
struct matrix_state *matrix_state_free(struct matrix_state *m);
bool changes_key(struct app *a, uint32_t key);
struct sheet *changes_sheet(struct app *a); /* what is shown, as of the last drawing */
struct changes_state *changes_state_new(void);
struct changes_state *changes_state_free(struct changes_state *c);

const char *step_word(enum step_state state); /* "done" */
/* Why a step of the session's plan is held up, and by whom. Appends. */
void app_held_text(const struct app *a, size_t step, struct buf *ret);

/* Dialogs. */
struct dialog *help_dialog(const struct app *a, const char *topic); /* NULL on ENOMEM */
struct dialog *commit_dialog(struct app *a,
			     const char *sum); /* what it comes to, said first; "": nothing */
struct dialog *detail_dialog(struct app *a, const struct devid *dev);
struct dialog *quit_dialog(struct app *a);
struct dialog *new_mdev_dialog(struct app *a, const struct devid *parent, /* may be NULL */
			       const char *uuid); /* "": the user may type one */
struct dialog *attrs_dialog(struct app *a, const char *uuid);

#endif
