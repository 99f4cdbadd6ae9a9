/* SPDX-License-Identifier: MIT */
#include "actions.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Line commands: "3 stage", "3-7,9 stage". A number means the row that stood behind it when the page was drawn, whatever
 * the machine did since: what was read is what is staged.
 */

void rows_shown(struct app *a)
{
	const struct table_state *t = app_table(a);
	size_t first = t ? MIN(t->top, t->n_rows) : 0;
	size_t n = t ? MIN(t->page, t->n_rows - first) : 0;
	struct devid *rows = reallocarray(a->shown.rows, n + 1, sizeof(*rows));

	if (!rows) {
		a->shown.n = 0;
		return;
	}
	for (size_t i = 0; i < n; i++)
		rows[i] = devs_at(&t->rows, first + i);
	a->shown = (struct shown){ .place = a->place, .rows = rows, .first = first, .n = n };
}

static bool number(const char **text, size_t first, size_t most, size_t *ret)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)**text))
		return false;
	n = strtoul(*text, &end, 10);
	*text = end;
	*ret = n - first;
	return n > first && n <= first + most;
}

/* "3-7,9": on[i] for each row named. false: it isn't that, or not all of them are shown. */
static bool parse(const char *text, size_t len, const struct shown *shown, bool *on)
{
	const char *end = text + len;

	while (text < end) {
		size_t from, to;

		if (!number(&text, shown->first, shown->n, &from))
			return false;
		to = from;
		if (*text == '-') {
			text++;
			if (!number(&text, shown->first, shown->n, &to) || to < from)
				return false;
		}
		for (; from <= to; from++)
			on[from - 1] = true;
		if (text < end && *text++ != ',')
			return false;
		if (text == end && end[-1] == ',')
			return false;
	}
	return true;
}

static void say_gone(struct app *a, size_t row)
{
	struct msg m = { 0 };
	char text[24];

	snprintf(text, sizeof(text), "%zu", row + 1);
	msg_make(&m, MSG_ROW_GONE, "row", text, NULL);
	app_say(a, LOOK_WARN, &m);
}

/* Selects the rows named and puts the cursor on the first; how many, 0 with the reason said. */
static size_t point(struct app *a, struct table_state *t, const bool *on)
{
	size_t n = 0, first = 0;

	for (size_t i = 0; i < a->shown.n; i++) {
		if (!on[i])
			continue;
		if (!table_seek(t, &a->shown.rows[i])) {
			say_gone(a, a->shown.first + i);
			return 0;
		}
		if (table_mark(t, &a->shown.rows[i], true) < 0)
			return 0;
		first = n++ ? first : t->cursor;
	}
	t->cursor = first;
	return n;
}

static void run(struct app *a, const struct action *action, const char *args)
{
	struct msg why = { 0 };

	if (app_blocked(a, action, args, &why))
		app_say(a, LOOK_WARN, &why);
	else
		action->run(a, args);
}

/* What was selected before stays selected, and is not what the word is for. */
static void run_on(struct app *a, struct table_state *t, const bool *on,
		   const struct action *action, const char *args)
{
	struct devid *before = t->marked;
	size_t n_before = t->n_marked, n;

	if (action->run != act_select) {
		t->marked = NULL;
		t->n_marked = 0;
	}
	n = point(a, t, on);
	if (n > 1 && action->rows == ROW_ONE)
		app_say_id(a, LOOK_WARN, MSG_ROW_ONE_ONLY, action->word);
	else if (n && action->run != act_select)
		run(a, action, args);
	if (action->run != act_select) {
		free(t->marked);
		t->marked = before;
		t->n_marked = n_before;
	}
}

/* Overview and Changes: a numbered line is opened. */
static bool open_line(struct app *a, const char *text, size_t len, const struct action *action)
{
	struct sheet *s = a->place == P_OVERVIEW  ? &a->overview
			  : a->place == P_CHANGES ? changes_sheet(a)
						  : NULL;
	const char *end = text;
	size_t n;

	if (!s)
		return false;
	if (!number(&end, 0, s->n, &n) || end != text + len) {
		app_say_id(a, LOOK_WARN, MSG_ROW_BAD, text);
	} else if (action->run != act_open) {
		app_say_id(a, LOOK_WARN, MSG_ROW_UNKNOWN_WORD, action->word);
	} else {
		s->cursor = n - 1;
		act_open(a, "");
	}
	return true;
}

bool rows_line(struct app *a, const char *text)
{
	size_t len = strspn(text, "0123456789,-");
	const char *word = text + len + strspn(text + len, " \t");
	size_t n = strcspn(word, " \t");
	const struct action *action;
	struct table_state *t = app_table(a);
	CLEANUP(freep) bool *on = NULL;
	char name[32];

	if (!isdigit((unsigned char)*text) || (text[len] && !isblank((unsigned char)text[len])))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	if (!strcasecmp(name, "s"))
		strcpy(name, "stage");
	action = action_for_rows(name, app_where(a));
	if (!*name)
		app_say_id(a, LOOK_WARN, MSG_ROW_WORD, text);
	else if (!action)
		app_say_id(a, LOOK_WARN, MSG_ROW_UNKNOWN_WORD, name);
	else if (open_line(a, text, len, action))
		return true;
	else if (!t || a->shown.place != a->place)
		app_say_id(a, LOOK_WARN, t ? MSG_ROW_BAD : MSG_ROW_NONE_HERE, text);
	else if (!(on = calloc(a->shown.n + 1, sizeof(*on))))
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	else if (!parse(text, len, &a->shown, on))
		app_say_id(a, LOOK_WARN, MSG_ROW_BAD, text);
	else
		run_on(a, t, on, action, word + n + strspn(word + n, " \t"));
	return true;
}
