/* SPDX-License-Identifier: MIT */
/*
 * Tables of text for people and for programs: aligned columns, JSON, KEY="value" pairs, CSV.
 *
 * Rule: whatever a cell was made from, what gets out is printable UTF-8, quoted as its format wants
 * it. An empty
 * machine value and no value are told apart in JSON ("" and null) and nowhere else.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "mem.h"

#include <stdbool.h>
#include <stdio.h>

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_PAIRS, FORMAT_CSV };

int format_parse(const char *word, enum format *ret); /* -EINVAL */

enum field_kind {
	FIELD_TEXT,
	FIELD_NUMBER, /* in JSON a number; text that is none stays text, "-" and "" are null */
	FIELD_BOOL,   /* "yes" or "no"; in JSON true or false */
	FIELD_LIST,   /* in JSON an array; elsewhere the members with ", " between */
};

struct field {
	const char *key;   /* "after_reboot" */
	const char *title; /* "After reboot" */
	enum field_kind kind;
};

struct grid {
	const struct field *fields; /* not owned */
	size_t n_fields;
	struct buf texts; /* of all cells, each followed by NUL */
	size_t *cells;	  /* row by row, owned: where its text begins, plus 1; 0: no value */
	size_t n_cells;
	size_t cap;
};

void grid_done(struct grid *g);
size_t grid_rows(const struct grid *g);
/* Cells are added from left to right; each makes its text harmless. 0 or -ENOMEM. */
int grid_add(struct grid *g, const char *text); /* NULL: no value */
/* Bytes that may be several lines, as a file's: newlines stay, in JSON as such. */
int grid_add_lines(struct grid *g, const char *bytes, size_t len);
int grid_printf(struct grid *g, const char *fmt, ...) PRINTF(2, 3);
int grid_add_list(struct grid *g, const struct buf *names);
const char *grid_cell(const struct grid *g, size_t row, size_t field); /* NULL: no value */

struct grid_look {
	/* of the terminal: wider tables have their widest columns cut; 0: as wide as it takes */
	int width;
	bool no_head; /* CSV and table: no line of titles */
	bool bold;    /* titles stand out */
	/* of a table's columns, as grid_measure told of all its rows, these being a part of them; NULL: these are all */
	const int *least;
};

/* How wide the cells are: width[] grows to that. 0 or -ENOMEM. */
int grid_measure(const struct grid *g, int *width);
/* All but JSON. 0 or -ENOMEM; what the stream refuses shows in ferror. */
int grid_write(const struct grid *g, enum format format, const struct grid_look *look, FILE *f);
/*
 * JSON: the rows as objects, one a line, for inside an array. *first is true before the first row
 * of that array and
 * false afterwards.
 */
int grid_write_json(const struct grid *g, bool *first, FILE *f);
/* One JSON string, quoted. */
int json_put_string(FILE *f, const char *text);

/*
 * Which rows? Terms joined by commas, all of which must hold: text, key=value, key~regex, or one of
 * these after "!"
 * (not). "\," is a comma.
 */
struct filter;
/*
 * 0, -ENOMEM, -ENOENT (a key that no field has), -EINVAL (a bad regular expression); reterr, owned
 * by the caller, is
 * the term that is wrong.
 */
int filter_new(const char *expr, const struct field *fields, size_t n_fields, struct filter **ret,
	       char **reterr);
struct filter *filter_free(struct filter *f);
void filter_freep(struct filter **f);
bool filter_match(const struct filter *f, const struct grid *g,
		  size_t row); /* f may be NULL: all */

#endif
