/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "matrix.h"

#include <stdio.h>
#include <string.h>

/* Finding, filtering, ordering, selecting: what is seen, never what is true. */

bool no_table(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (app_table(a))
		return false;
	msg_make(ret_why, MSG_NO_TABLE, NULL);
	return true;
}

/* What marks rows needs both, even where a device is named. */
bool no_table_row(struct app *a, const char *args, struct msg *ret_why)
{
	return no_table(a, args, ret_why) || no_row(a, args, ret_why);
}

bool no_row(struct app *a, const char *args, struct msg *ret_why)
{
	struct table_state *t = app_table(a);
	struct devid dev;

	if (*args || (t && t->n_marked) || app_current(a, &dev))
		return false;
	msg_make(ret_why, MSG_NO_ROW, NULL);
	return true;
}

static void find_again(struct app *a)
{
	struct table_state *t = app_table(a);
	bool found = t			      ? table_find(t, a->session, a->find)
		     : a->place == P_CRYPTO   ? matrix_seek(a, a->find)
		     : a->place == P_OVERVIEW ? sheet_find(&a->overview, a->find)
		     : a->place == P_CHANGES  ? sheet_find(changes_sheet(a), a->find)
					      : false;

	if (!found)
		app_say_id(a, LOOK_WARN, t && t->hidden ? MSG_NOT_FOUND_FILTERED : MSG_NOT_FOUND,
			   a->find);
}

void act_find(struct app *a, const char *args)
{
	if (!*args) {
		app_prompt(a, "find ");
		return;
	}
	snprintf(a->find, sizeof(a->find), "%s", args);
	find_again(a);
}

void act_again(struct app *a, const char *args)
{
	(void)args;
	if (a->find[0])
		find_again(a);
	else
		app_prompt(a, "find ");
}

static void say_columns(struct app *a, const struct view *v, const char *name)
{
	CLEANUP(buf_done) struct buf columns = { 0 };
	struct msg m = { 0 };

	for (size_t i = 0; i < v->n_columns; i++)
		(void)buf_printf(&columns, "%s%s", i ? ", " : "", v->columns[i].key);
	msg_make(&m, MSG_NO_COLUMN, "what", name, "columns", buf_str(&columns), NULL);
	app_say(a, LOOK_ERROR, &m);
}

/* The first name=... of a filter that names no column. */
static bool unknown_column(const struct view *v, const char *filter, char *name, size_t size)
{
	size_t at = 0;

	for (;;) {
		const char *word = filter + (at += strspn(filter + at, " !"));
		size_t n = strcspn(word, "= ");

		if (!*word)
			return false;
		if (n > 0 && n < size && word[n] == '=') {
			memcpy(name, word, n);
			name[n] = '\0';
			if (view_column(v, name) < 0)
				return true;
		}
		at += strcspn(word, " ");
	}
}

void act_only(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);
	char name[sizeof(t->filter)];

	if (!*args) {
		char text[sizeof(t->filter) + 8];

		snprintf(text, sizeof(text), "only %s", t->filter);
		app_prompt(a, text);
		return;
	}
	if (unknown_column(t->view, args, name, sizeof(name))) {
		say_columns(a, t->view, name);
		return;
	}
	snprintf(t->filter, sizeof(t->filter), "%s", args);
	t->cursor = t->top = 0;
	app_reorder(a);
}

void act_all(struct app *a, const char *args)
{
	(void)args;
	app_table(a)->filter[0] = '\0';
	app_reorder(a);
}

/* The key orders by one column after the other; the word by the one named. */
void act_sort(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);
	int column = *args ? view_column(t->view, args) : t->sort + 1;

	if (*args && column < 0) {
		say_columns(a, t->view, args);
		return;
	}
	if (column >= (int)t->view->n_columns || (!*args && t->view->columns[column].batch_only))
		column = -1;
	t->sort_down = *args && column == t->sort && !t->sort_down;
	t->sort = column;
	app_reorder(a);
	app_say_id(a, LOOK_PLAIN, MSG_SORTED,
		   column < 0 ? "their natural order" : t->view->columns[column].title);
}

void act_select(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	struct devid dev;
	size_t n;

	if (!*args && app_current(a, &dev)) {
		if (table_mark(t, &dev, !table_is_marked(t, &dev)) == 0)
			table_move(t, 1);
		return;
	}
	if (app_targets(a, args, &devs, &n, &why) < 0) {
		app_say(a, LOOK_ERROR, &why);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (table_mark(t, &devs[i], true) < 0)
			return;
	table_seek(t, &devs[0]);
}

void act_deselect(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);

	(void)args;
	if (t)
		t->n_marked = 0;
}
