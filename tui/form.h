/* SPDX-License-Identifier: MIT */
/*
 * A dialog of a few labelled fields: text to type, or one of some choices.
 *
 * Up and down move, left and right (or space) choose, Enter carries it out, Esc, F3 or F12 go back.
 */
#ifndef FORM_H
#define FORM_H

#include "app.h"

enum { FORM_FIELDS = 40 };

struct field {
	const char *label;
	const char *hint;     /* one line, shown while the field is chosen; may be NULL */
	char **choices;	      /* NULL: text. Owned */
	size_t n_choices, at; /* at: the chosen one */
	struct line text;
};

struct form {
	struct dialog dialog; /* first */
	char title[80];
	struct field fields[FORM_FIELDS];
	size_t n, cursor, top, rows; /* rows: shown at the last drawing */
	struct msg error;	     /* why it could not be carried out */
	void *data;		     /* of the owner; freed with free(3) */
	/* After a choice changed: fields that depend on it. May be NULL. */
	void (*changed)(struct form *f, struct app *app, size_t field);
	/* Enter. 0: done, the dialog closes; else reterr is shown and it stays. */
	int (*carry_out)(struct form *f, struct app *app, struct msg *reterr);
};

struct form *form_new(const char *title); /* NULL on ENOMEM */
struct dialog *form_free(struct form *f);
/* Return the field, or NULL when there is no room or memory. */
struct field *form_text(struct form *f, const char *label, const char *hint, const char *value);
struct field *form_choice(struct form *f, const char *label, const char *hint);
int field_add_choice(struct field *field, const char *choice); /* 0 or -ENOMEM */
void field_clear_choices(struct field *field);
const char *field_value(const struct field *field); /* "" when there is none */

#endif
