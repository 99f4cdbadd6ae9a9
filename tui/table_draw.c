/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <stdio.h>
#include <string.h>

/* A table as it stands on the screen: header, rows, the line of counts, details of the row under the cursor. */

static void draw_header(const struct table_state *t, struct canvas *c, const struct rect *r,
			const struct table_layout *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct column *col = l->v[i].column;
		bool sorted = t->sort >= 0 && col == &t->view->columns[t->sort];
		char title[40];

		snprintf(title, sizeof(title), "%s%s", col->title,
			 !sorted	? ""
			 : t->sort_down ? " v"
					: " ^");
		canvas_field(c, r->row, r->col + l->v[i].at, l->v[i].width, LOOK_TITLE, col->right,
			     title);
	}
	if (l->left)
		canvas_text(c, r->row, r->col, 1, LOOK_KEY, "<");
	if (l->right)
		canvas_text(c, r->row, r->col + r->cols - 1, 1, LOOK_KEY, ">");
}

/* The letter that says in monochrome what a look says in colour. */
static const char *sign_of(enum look look)
{
	return look == LOOK_STAGED ? " *" : look == LOOK_WARN ? " !" : "";
}

/* The sign stands a blank behind the text, or right behind it where the column is too narrow for the blank. */
static void draw_cell(const struct session *s, const struct devid *dev, struct canvas *c, int row,
		      int at, int width, const struct column *col, struct buf *b)
{
	enum look look = LOOK_PLAIN;
	const char *sign;
	int text, room;

	buf_reset(b);
	if (col->cell(s, dev, b, &look) < 0)
		return;
	sign = sign_of(look);
	if (!*sign) {
		canvas_field(c, row, at, width, look, col->right, buf_str(b));
		return;
	}
	text = text_width(buf_str(b));
	if (text > width - 2)
		sign++;
	room = width - (int)strlen(sign);
	text = MIN(text, room);
	if (col->right)
		at += room - text;
	canvas_field(c, row, at, text, look, false, buf_str(b));
	canvas_text(c, row, at + text, (int)strlen(sign), look, sign);
}

static void draw_row(const struct app *a, const struct table_state *t, size_t nth, struct canvas *c,
		     const struct rect *r, int row, const struct table_layout *l)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct devid dev = devs_at(&t->rows, nth);
	bool marked = table_is_marked(t, &dev);

	canvas_text(c, row, r->col, 1, LOOK_KEY, marked ? "+" : nth == t->cursor ? ">" : " ");
	for (size_t i = 0; i < l->n; i++)
		draw_cell(a->session, &dev, c, row, r->col + l->v[i].at, l->v[i].width,
			  l->v[i].column, &b);
	if (nth != t->cursor)
		return;
	canvas_mark(c, row, r->col, r->cols, true);
	c->cursor_row = row;
	c->cursor_col = r->col;
}

static const char *reach_word(struct reach reach)
{
	return reach.live && reach.persist ? "now+boot" : reach.live ? "now only" : "boot only";
}

static void draw_counts(const struct app *a, const struct table_state *t, struct canvas *c, int row,
			const struct rect *r)
{
	char right[96];
	int n, room, at = r->col + 1;

	n = snprintf(right, sizeof(right), "edits: %s  %zu-%zu/%zu", reach_word(a->reach),
		     t->n_rows ? t->top + 1 : 0, MIN(t->top + t->page, t->n_rows), t->n_rows);
	if (t->n_marked)
		at = canvas_printf(c, row, at, -1, LOOK_KEY, "%zu selected  ", t->n_marked);
	room = r->col + r->cols - n - 3 - at;
	if (t->hidden && t->n_marked)
		canvas_printf(c, row, at, room, LOOK_WARN, "%zu hidden by \"%s\"", t->hidden,
			      t->filter);
	else if (t->hidden)
		canvas_printf(c, row, at, room, LOOK_WARN,
			      "%zu rows of %zu hidden by filter \"%s\"", t->hidden,
			      t->hidden + t->n_rows, t->filter);
	else if (t->filter[0])
		canvas_printf(c, row, at, room, LOOK_PLAIN, "filter \"%s\" hides nothing",
			      t->filter);
	canvas_fill(c, row, r->col + r->cols - n - 2, n + 2, LOOK_PLAIN, ' ');
	canvas_text(c, row, r->col + r->cols - n - 1, n, LOOK_FAINT, right);
}

void table_why_empty(const struct app *a, const struct table_state *t, struct buf *ret)
{
	if (session_reading(a->session))
		(void)buf_adds(
			ret, "The machine is still being read: rows come as soon as that is done.");
	else if (t->hidden)
		(void)buf_printf(ret,
				 "All %zu rows are hidden by the filter \"%s\". <cancel> takes "
				 "it away.",
				 t->hidden, t->filter);
	else if (t->view->empty(a->session, ret) == 0 && t->view->empty_keys)
		(void)t->view->empty_keys(a->session, ret);
}

static void draw_empty(const struct app *a, const struct table_state *t, struct canvas *c,
		       const struct rect *r)
{
	CLEANUP(buf_done) struct buf why = { 0 };
	CLEANUP(buf_done) struct buf named = { 0 };
	const char *text;

	table_why_empty(a, t, &why);
	text = app_text(a, buf_str(&why), &named);
	for (int row = r->row + 2; *text && row < r->row + r->rows - 1; row++) {
		const char *next;
		size_t n = text_break(text, r->cols - 4, &next);

		canvas_printf(c, row, r->col + 2, -1, LOOK_PLAIN, "%.*s", (int)n, text);
		text = next;
	}
	c->cursor_row = r->row + 2;
	c->cursor_col = r->col + 2;
}

/* The first line names the device and is cut; the others are broken at blanks as far as there are rows. */
static void draw_details(const struct app *a, const struct table_state *t, struct canvas *c,
			 int row, int rows, const struct rect *r)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf named = { 0 };
	const char *text, *next;
	struct devid dev;

	if (t->cursor >= t->n_rows || !t->view->detail)
		return;
	dev = devs_at(&t->rows, t->cursor);
	if (t->view->detail(a->session, &dev, &b) < 0)
		return;
	text = app_text(a, buf_str(&b), &named);
	for (int i = 0; i < rows && *text; i++, text = next) {
		size_t n = text_break(text, r->cols - 2 - (i > 0), &next),
		       line = strcspn(text, "\n");
		bool cut = i == 0 || i == rows - 1;
		CLEANUP(buf_done) struct buf one = { 0 };

		if (cut && n < line) {
			n = line;
			next = text + line + (text[line] == '\n');
		}
		if (buf_add(&one, text, n) < 0)
			return;
		canvas_field(c, row + i, r->col + 1 + (i > 0), r->cols - 2 - (i > 0), LOOK_PLAIN,
			     false, buf_str(&one));
	}
}

static int detail_rows(int rows)
{
	return rows >= 16 ? 3 : rows >= 13 ? 2 : rows >= 10 ? 1 : 0;
}

/* One row further scrolls by one; a row found far away comes to the middle, where its neighbours are seen. */
static void show_cursor(struct table_state *t)
{
	size_t at = t->cursor, page = t->page;

	if (at + 1 == t->top)
		t->top = at;
	else if (at == t->top + page)
		t->top++;
	else if (at < t->top || at > t->top + page)
		t->top = at > page / 2 ? at - page / 2 : 0;
	if (t->top + page > t->n_rows)
		t->top = t->n_rows > page ? t->n_rows - page : 0;
}

/*
 * The message line takes its rows from the details first, so that the rows of the table stay where they are.
 */
void table_draw(struct app *a, struct canvas *c, struct rect body)
{
	struct table_state *t = app_table(a);
	int all = a->rows - 4, details = detail_rows(all) - (all - body.rows), page;
	struct table_layout l;

	if (!t)
		return;
	details = MAX(details, 0);
	page = MAX(body.rows - 2 - details, 1);
	t->page = (size_t)page;
	show_cursor(t);
	table_layout(t->view, body.cols, t->left, &l);
	draw_header(t, c, &body, &l);
	if (!t->n_rows)
		draw_empty(a, t, c, &body);
	for (size_t i = 0; i < t->page && t->top + i < t->n_rows; i++)
		draw_row(a, t, t->top + i, c, &body, body.row + 1 + (int)i, &l);
	draw_counts(a, t, c, body.row + 1 + page, &body);
	draw_details(a, t, c, body.row + 2 + page, details, &body);
}
