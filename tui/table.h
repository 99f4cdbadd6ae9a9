/* SPDX-License-Identifier: MIT */
/*
 * Views are data: a source of rows and a list of columns. Header, layout, sort, filter, batch
 * formats and the field
 * list of the man page come from the same literal.
 */
#ifndef TABLE_H
#define TABLE_H

#include "canvas.h"
#include "devs.h"
#include "session.h"

/*
 * A row in short. own: its cells in the columns of its own, a line each, in lower case; of: all that the others are made of, so
 * that rows of equal bytes have equal cells there; but of a singled row only in columns that are no `extra`.
 */
struct kin {
	char own[24];
	bool singled;
	unsigned char of[56];
};

struct column {
	const char *key;   /* JSON field, --columns: "after_reboot" */
	const char *title; /* header: "After reboot" */
	const char *said;  /* before the cell in a sentence: "at boot"; NULL: not said */
	const char *help;  /* one line, for the man page */
	int min;	   /* columns at least */
	int max;	   /* and at most, when it grows; 0: any */
	int grow;	   /* share of spare room; 0: none */
	/* 0: always shown; the higher, the sooner left out where room is short */
	int keep;
	bool right;	 /* numbers */
	bool batch_only; /* not on the screen unless asked for */
	/* Appends the cell's text of a row. look may be changed. */
	int (*cell)(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look);
	/* The number to sort by; NULL: by the cells' text. */
	uint64_t (*rank)(const struct session *s, const struct devid *row);
	bool brief; /* SCOPE_BRIEF reads enough for it */
	bool own;   /* names the row: told by kin->own */
	bool extra; /* what is kept, used or staged makes the difference here */
};

struct view {
	const char *name;  /* "channel" */
	const char *title; /* "Channel" */
	const char *word;  /* `list` argument: "subchannels" */
	const struct column *columns;
	size_t n_columns;
	/* The rows, in their natural order. 0 or -ENOMEM; *ret is the caller's. */
	int (*rows)(const struct session *s, struct devs *ret, size_t *ret_n);
	/* Is there a row of this device? NULL: any edit may alter any row; else only those that session_touched tells. */
	bool (*is_row)(const struct session *s, const struct devid *dev);
	/* Of views of very many rows, in the order of their names. false: the row is like no other. NULL: all are so. */
	bool (*kin)(const struct session *s, const struct devid *row, struct kin *ret);
	/* Why there are none; appended. No keys or places of the screen: batch says it too. */
	int (*empty)(const struct session *s, struct buf *ret);
	/* What to press about it; appended, on the screen only. May be NULL. */
	int (*empty_keys)(const struct session *s, struct buf *ret);
	/* Lines below the table about one row, up to three: appended, separated by newlines. */
	int (*detail)(const struct session *s, const struct devid *row, struct buf *ret);
};

/* ap: cards and queues as a list */
extern const struct view view_channel, view_pci, view_mdev, view_ap;
extern const struct view view_chp; /* channel paths */

const struct view *view_for_word(const char *word); /* "subchannels", "ap", "pci", "mdevs"; NULL */
/* index by key, title or its beginning; -1 */
int view_column(const struct view *v, const char *key);
/*
 * Does a row hold all words of a filter? A word is text found in any column, "column=text", a range
 * of device numbers
 * ("0.0.2b00-0.0.2b0f"), a state (staged, guests, host, blocked), or one of these after "!" (not).
 */
bool view_match(const struct view *v, const struct session *s, const struct devid *row,
		const char *filter);
/* Leaves the rows which view_match holds of; how many. */
size_t view_filter(const struct view *v, const struct session *s, const char *filter,
		   struct devs *rows, size_t n);
/* The next of n rows, behind `from` and around, that has a text in any column; false: none. */
bool view_find(const struct view *v, const struct session *s, const char *text,
	       const struct devs *rows, size_t n, size_t from, size_t *ret);
/* Does the filter `to` hold of no row of which `from` does not? As far as their words tell: another letter was typed. */
bool view_narrows(const struct view *v, const char *from, const char *to);
/* Puts rows in the order of a column; equal ones stay as they are. 0, or -ENOMEM and nothing moved. */
int view_sort(const struct view *v, const struct session *s, int column, bool down,
	      struct devs *rows, size_t n);

#endif
