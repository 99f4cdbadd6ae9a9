/* SPDX-License-Identifier: MIT */
#include "said.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_ROWS = 5, CONTINUED = 3 /* blanks before what goes on */ };

/* -- lines -- */

void said_line(struct said *s, enum look look, const char *first, const char *next,
	       const char *text)
{
	const char *lead = first, *rest;

	for (; *text; text = rest, lead = next) {
		size_t n = text_break_said(text, MAX(s->cols - text_width(lead), 8), &rest);

		canvas_printf(s->c, s->row++, 0, s->cols, look, "%s%.*s", lead, (int)n, text);
	}
}

/* -- the head -- */

static void add_state(const struct app *a, struct buf *b)
{
	const struct findings *f = session_findings(a->session);
	const struct {
		size_t n;
		const char *one, *more;
	} counts[] = {
		{ wish_count(session_wish(a->session)), "staged", "staged" },
		{ findings_count(f, GRADE_ERROR), "error", "errors" },
		{ findings_count(f, GRADE_PROTECTED), "protected device", "protected devices" },
		{ findings_count(f, GRADE_CONFLICT), "conflict", "conflicts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i].n)
			(void)buf_printf(b, "%s%zu %s", b->len ? ", " : "", counts[i].n,
					 counts[i].n == 1 ? counts[i].one : counts[i].more);
	(void)buf_adds(b, b->len ? "." : "Nothing is staged.");
}

void said_head(const struct app *a, struct canvas *c)
{
	static const char *const places[P_COUNT] = { "1 Overview", "2 Channel", "3 Crypto", "4 PCI",
						     "5 Mediated", "6 Changes", "chpids" };
	const struct host *h = &session_inventory(a->session)->host;
	CLEANUP(buf_done) struct buf state = { 0 };
	const char *name = a->opts.machine_name ? a->opts.machine_name : h->name;
	int at;

	at = canvas_printf(c, 0, 0, -1, LOOK_TITLE, "vfiocfg on %s, %s, Linux %s",
			   name ? name : "?",
			   h->machine ? h->machine
			   : h->arch  ? h->arch
				      : "?",
			   h->kernel ? h->kernel : "?");
	canvas_text(c, 0, at, -1, LOOK_TITLE,
		    session_read_only(a->session) ? ", read-only"
		    : a->opts.demo		  ? ", a simulated machine"
						  : "");
	at = canvas_text(c, 1, 0, -1, LOOK_PLAIN, "Places: ");
	for (size_t i = 0; i < P_COUNT; i++)
		at = canvas_printf(c, 1, at, -1, LOOK_PLAIN, "%s%s", i ? ", " : "", places[i]);
	canvas_printf(c, 2, 0, -1, LOOK_TITLE,
		      a->place == P_PATHS ? "These are %s." : "This is %s.",
		      a->place == P_PATHS ? "the channel paths" : places[a->place]);
	add_state(a, &state);
	canvas_text(c, 3, 0, -1, LOOK_PLAIN, buf_str(&state));
}

size_t said_rows(const struct app *a)
{
	return (size_t)MAX(a->said_rows, LEAST_ROWS);
}

/* -- a row -- */

struct cell_said {
	struct buf text;
	enum look look;
};

static bool says(const struct cell_said *x)
{
	return x->text.len && strcmp(buf_str(&x->text), "-") != 0;
}

/* What is the same now and after a reboot is said once. */
static bool is_now(const struct column *col)
{
	return !strcmp(col->key, "bound") || !strcmp(col->key, "state");
}

static bool is_after(const struct column *col)
{
	return !strcmp(col->key, "after_reboot");
}

static bool same(const struct cell_said *now, const struct cell_said *after)
{
	return now && after && says(now) && after->look == LOOK_PLAIN && now->look != LOOK_WARN &&
	       !strcmp(buf_str(&now->text), buf_str(&after->text));
}

static void add_cell(const struct column *col, const struct cell_said *x, bool as_well,
		     struct buf *ret)
{
	const char *text = buf_str(&x->text), *label = col->said ? col->said : "";

	if (str_starts(text, "no: ")) {
		label = "not to give:";
		text += strlen("no: ");
	} else if (!strcmp(text, "free")) {
		label = "";
	}
	(void)buf_printf(ret, "%s%s%s%s%s%s", ret->len ? ", " : "", label, *label ? " " : "", text,
			 x->look == LOOK_STAGED ? " (staged)"
			 : x->look == LOOK_WARN ? " (!)"
						: "",
			 as_well ? " now and at boot" : "");
}

enum { MOST_COLUMNS = 24 };

/* All facts but the first, which is the name. What is "-" is not there to be said. */
static void row_text(const struct session *s, const struct view *v, const struct devid *dev,
		     struct buf *ret)
{
	struct cell_said cells[MOST_COLUMNS] = { 0 };
	const struct cell_said *now = NULL, *after = NULL;
	size_t n = MIN(v->n_columns, (size_t)MOST_COLUMNS);

	for (size_t i = 0; i < n; i++) {
		const struct column *col = &v->columns[i];

		if (!col->said || col->cell(s, dev, &cells[i].text, &cells[i].look) < 0)
			continue;
		now = is_now(col) ? &cells[i] : now;
		after = is_after(col) ? &cells[i] : after;
	}
	for (size_t i = 1; i < n; i++)
		if (says(&cells[i]) && !(&cells[i] == after && same(now, after)))
			add_cell(&v->columns[i], &cells[i], &cells[i] == now && same(now, after),
				 ret);
	for (size_t i = 0; i < n; i++)
		buf_done(&cells[i].text);
}

/* The device's number is what people say; a subchannel without a device has its own. */
static void row_name(const struct app *a, const struct view *v, const struct devid *dev,
		     char name[static 24])
{
	CLEANUP(buf_done) struct buf b = { 0 };
	enum look look = LOOK_PLAIN;

	if (v->columns[0].cell(a->session, dev, &b, &look) < 0 || !strcmp(buf_str(&b), "-"))
		snprintf(name, 24, "%.23s", dev->name);
	else
		snprintf(name, 24, "%.*s", dev->bus == BUS_MDEV ? 8 : 23, buf_str(&b));
}

static void say_row(const struct app *a, const struct table_state *t, size_t nth, struct said *s)
{
	struct devid dev = devs_at(&t->rows, nth);
	CLEANUP(buf_done) struct buf text = { 0 };
	char name[24], first[56], next[40];

	row_name(a, t->view, &dev, name);
	row_text(a->session, t->view, &dev, &text);
	if (table_is_marked(t, &dev))
		(void)buf_adds(&text, ", selected");
	snprintf(first, sizeof(first), "%zu %s, ", nth + 1, name);
	snprintf(next, sizeof(next), "   %s: ", name);
	said_line(s, LOOK_PLAIN, first, next, buf_str(&text));
}

/* -- the table -- */

static const char *reach_text(struct reach reach)
{
	return reach.live && reach.persist ? "now and at boot"
	       : reach.live		   ? "now only"
					   : "at boot only";
}

static void say_counts(const struct app *a, const struct table_state *t, struct said *s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)buf_printf(&b, "Rows %zu to %zu of %zu. Edits are for %s.",
			 t->n_rows ? t->top + 1 : 0, MIN(t->top + t->page, t->n_rows), t->n_rows,
			 reach_text(a->reach));
	if (t->filter[0])
		(void)buf_printf(&b, " The filter \"%s\" hides %zu.", t->filter, t->hidden);
	if (t->n_marked)
		(void)buf_printf(&b, " %zu selected.", t->n_marked);
	said_line(s, LOOK_PLAIN, "", "  ", buf_str(&b));
}

/* Where columns were, one blank is enough. */
static void squeeze(char *text)
{
	char *to = text;

	for (; text && *text; text++)
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	if (to)
		*to = '\0';
}

/* What is known of the row that the next word is for: every line of it begins with its name. */
static void say_current(const struct app *a, const struct table_state *t, struct said *s)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf named = { 0 };
	char name[24], first[64], next[40];
	const char *text;
	struct devid dev;

	if (t->cursor >= t->n_rows || !t->view->detail)
		return;
	dev = devs_at(&t->rows, t->cursor);
	if (t->view->detail(a->session, &dev, &b) < 0)
		return;
	row_name(a, t->view, &dev, name);
	snprintf(first, sizeof(first), "Row %zu is chosen: ", t->cursor + 1);
	snprintf(next, sizeof(next), "   %s: ", name);
	text = app_text(a, buf_str(&b), &named);
	for (const char *lead = first; *text; lead = next + CONTINUED) {
		size_t n = strcspn(text, "\n");
		CLEANUP(freep) char *line = strndup(text, n);

		squeeze(line);
		said_line(s, LOOK_PLAIN, lead, next, line ? line : "");
		text += n + (text[n] == '\n');
	}
}

static void say_empty(const struct app *a, const struct table_state *t, struct said *s)
{
	CLEANUP(buf_done) struct buf why = { 0 };
	CLEANUP(buf_done) struct buf named = { 0 };

	table_why_empty(a, t, &why);
	said_line(s, LOOK_PLAIN, "", "", app_text(a, buf_str(&why), &named));
}

/* Who goes far away hears first what he asked for. */
static void show_cursor(struct table_state *t)
{
	if (t->cursor < t->top || t->cursor >= t->top + t->page)
		t->top = t->cursor;
}

void said_table(struct app *a, struct canvas *c, struct rect body)
{
	struct said s = { .c = c, .row = body.row, .cols = body.cols };
	struct table_state *t = app_table(a);

	if (!t)
		return;
	t->page = said_rows(a);
	show_cursor(t);
	if (!t->n_rows)
		say_empty(a, t, &s);
	else
		say_counts(a, t, &s);
	for (size_t i = t->top; i < t->top + t->page && i < t->n_rows; i++)
		say_row(a, t, i, &s);
	say_current(a, t, &s);
}
