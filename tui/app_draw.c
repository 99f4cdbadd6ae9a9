/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "said.h"

#include <stdio.h>
#include <string.h>

/*
 *	title
 *	tabs
 *	body     the place's; its last lines give way to the message
 *	===>
 *	keys
 */

/* The channel paths are the other side of Channel. */
enum { TABS = P_CHANGES + 1 };
static const char *const tabs[TABS] = { "1 Overview", "2 Channel",  "3 Crypto",
					"4 PCI",      "5 Mediated", "6 Changes" };

static int tab_gap(const struct app *a)
{
	return a->cols >= 66 ? 2 : 1;
}

void app_click_tab(struct app *a, int col)
{
	int at = 1;

	for (int i = 0; i < TABS; i++) {
		int end = at + (int)strlen(tabs[i]);

		if (col >= at && col < end)
			app_go(a, (enum place)i);
		at = end + tab_gap(a);
	}
}

/* The tab of the place is in brackets, which can be read without attributes. */
static void draw_tabs(struct app *a, struct canvas *c)
{
	int at = 1;

	for (int i = 0; i < TABS; i++) {
		bool here = (int)a->place == i || (i == P_CHANNEL && a->place == P_PATHS);
		int end = canvas_text(c, 1, at, -1, here ? LOOK_TITLE : LOOK_PLAIN, tabs[i]);

		if (here) {
			canvas_text(c, 1, at - 1, 1, LOOK_TITLE, "[");
			canvas_text(c, 1, end, 1, LOOK_TITLE, "]");
			canvas_mark(c, 1, at, end - at, true);
		}
		at = end + tab_gap(a);
	}
}

static void add_count(struct buf *b, size_t n, const char *what)
{
	if (n)
		(void)buf_printf(b, "%s%zu %s", b->len ? "  " : "", n, what);
}

static void add_part(struct buf *b, const char *label, const char *text)
{
	if (text && *text)
		(void)buf_printf(b, "  %s%s", label, text);
}

/* "12,288" */
static void add_thousands(struct buf *b, size_t n)
{
	if (n >= 1000) {
		add_thousands(b, n / 1000);
		(void)buf_printf(b, ",%03zu", n % 1000);
	} else {
		(void)buf_printf(b, "%zu", n);
	}
}

static void add_progress(struct buf *b, const struct session *s)
{
	size_t done, total;

	if (!session_reading(s))
		return;
	session_progress(s, &done, &total);
	(void)buf_adds(b, b->len ? "  scanning" : "scanning");
	if (total && done < total) {
		(void)buf_addc(b, ' ');
		add_thousands(b, done);
		(void)buf_adds(b, " of ");
		add_thousands(b, total);
	}
	(void)buf_adds(b, " ...");
}

static void draw_title(const struct app *a, struct canvas *c)
{
	const struct host *h = &session_inventory(a->session)->host;
	const struct findings *f = session_findings(a->session);
	CLEANUP(buf_done) struct buf left = { 0 };
	CLEANUP(buf_done) struct buf right = { 0 };
	size_t errors = findings_count(f, GRADE_ERROR),
	       conflicts = findings_count(f, GRADE_CONFLICT);
	const char *name;
	int width;

	name = a->opts.machine_name ? a->opts.machine_name : h->name;
	(void)buf_adds(&left, "vfiocfg");
	add_part(&left, "", name);
	add_part(&left, "", h->machine ? h->machine : h->arch);
	add_part(&left, "Linux ", h->kernel);
	add_count(&right, wish_count(session_wish(a->session)), "staged");
	add_count(&right, errors, errors == 1 ? "error" : "errors");
	add_count(&right, findings_count(f, GRADE_PROTECTED), "protected");
	add_count(&right, conflicts, conflicts == 1 ? "conflict" : "conflicts");
	add_progress(&right, a->session);
	(void)buf_printf(&right, "%s[%s]", right.len ? "  " : "",
			 session_read_only(a->session) ? "read-only"
			 : a->opts.demo		       ? "demo"
						       : "root");
	width = text_width(buf_str(&right));
	canvas_fill(c, 0, 0, -1, LOOK_TITLE, ' ');
	canvas_field(c, 0, 1, c->cols - width - 4, LOOK_TITLE, false, buf_str(&left));
	canvas_text(c, 0, c->cols - width - 1, -1,
		    errors	? LOOK_ERROR
		    : conflicts ? LOOK_WARN
				: LOOK_TITLE,
		    buf_str(&right));
}

/* The action's name for people: the key, then the word. As many as there is room for. */
static void draw_keys(const struct app *a, struct canvas *c)
{
	int at = 1, row = c->rows - 1;

	for (const struct action *x = actions; x->word; x++) {
		char name[8];
		const char *key;
		int need;

		if (!x->hint || (x->where != W_ANY && !(x->where & app_where(a))) ||
		    action_for_key(x->keys[0], app_where(a)) != x)
			continue;
		key = key_label(x->keys[0], name);
		need = text_width(key) + 1 + text_width(x->hint);
		/* Where there is little room the arrows are known well enough. */
		if (at + need > c->cols - 1 ||
		    (c->cols < (a->place == P_CRYPTO ? 100 : 76) &&
		     (x->keys[0] == K_F7 || x->keys[0] == K_F8)) ||
		    (c->cols < 100 && a->place == P_CRYPTO && x->keys[0] == K_F5))
			continue;
		at = canvas_text(c, row, at, -1, LOOK_KEY, key) + 1;
		at = canvas_text(c, row, at, -1, LOOK_PLAIN, x->hint) + 1 + (c->cols >= 100);
	}
}

/* In the matrix its own words come before those which everybody knows from elsewhere. */
static bool well_known(const struct app *a, const struct action *x)
{
	return a->place == P_CRYPTO &&
	       (x->run == act_refresh || x->run == act_up || x->run == act_down ||
		x->run == act_find || x->run == act_reach || x->run == act_autostart);
}

/* What can be typed, as many words as there is room for. */
static void draw_words(const struct app *a, struct canvas *c, int row)
{
	int at = canvas_text(c, row, 1, -1, LOOK_PLAIN,
			     a->opts.lines		? "Words here:"
			     : a->tables[a->place].view ? "N WORD, or"
							: "Type");

	for (const struct action *x = actions; x->word; x++) {
		if (!x->hint || x->run == act_command || well_known(a, x) ||
		    (x->where != W_ANY && !(x->where & app_where(a))) ||
		    action_for_word(x->word, app_where(a)) != x ||
		    at + 1 + text_width(x->word) > c->cols - 1)
			continue;
		at = canvas_text(c, row, at + 1, -1, LOOK_KEY, x->word);
	}
}

static void draw_body(struct app *a, struct canvas *c, struct rect body)
{
	if (app_table(a))
		(a->opts.lines ? said_table : table_draw)(a, c, body);
	else if (a->place == P_OVERVIEW)
		overview_draw(a, c, body);
	else if (a->place == P_CRYPTO)
		matrix_draw(a, c, body);
	else
		changes_draw(a, c, body);
}

/* A number before each row that a word can be typed for. */
static void draw_numbers(struct app *a, struct canvas *c, struct rect body, int width)
{
	struct table_state *t = app_table(a);
	struct sheet *s = a->place == P_OVERVIEW  ? &a->overview
			  : a->place == P_CHANGES ? changes_sheet(a)
						  : NULL;

	for (size_t i = 0; t && i < t->page && t->top + i < t->n_rows; i++)
		canvas_printf(c, body.row + 1 + (int)i, 0, width, LOOK_KEY, "%*zu", width,
			      t->top + i + 1);
	for (size_t i = 0; s && i < s->rows && s->top + i < s->n; i++)
		if (!s->v[s->top + i].goes_on &&
		    (s->v[s->top + i].key || s->v[s->top + i].dev.bus != BUS_NONE))
			canvas_printf(c, body.row + (int)i, 0, width, LOOK_KEY, "%*zu", width,
				      s->top + i + 1);
	rows_shown(a);
}

static int digits(size_t n)
{
	return n < 10 ? 1 : 1 + digits(n / 10);
}

static void draw_numbered(struct app *a, struct canvas *c, struct rect body)
{
	struct table_state *t = app_table(a);
	/* A sentence begins with its number. */
	bool none = a->place == P_CRYPTO || (t && a->opts.lines);
	int width = none ? 0 : MAX(t ? digits(t->n_rows) : 3, 2);

	body.col += width;
	body.cols -= width;
	draw_body(a, c, body);
	if (!width)
		rows_shown(a);
	else
		draw_numbers(a, c, (struct rect){ body.row, 0, body.rows, width }, width);
}

enum { MSG_LINES = 3 };

static int message_lines(const struct app *a, int width, struct buf *names)
{
	const char *const parts[] = { a->msg.what, a->msg.why, a->msg.todo };
	CLEANUP(buf_done) struct buf all = { 0 };
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i] && parts[i][0])
			(void)buf_printf(&all, "%s%s", all.len ? " " : "", parts[i]);
	for (const char *text = buf_str(&all), *next; *text; text = next) {
		size_t len = text_break(text, width, &next);
		char line[512];

		if (++n == MSG_LINES &&
		    *next) /* what is too long is cut where it is seen to be cut */
			len = strlen(text);
		snprintf(line, sizeof(line), "%.*s", (int)MIN(len, sizeof(line) - 1), text);
		if (buf_add_name(names, line) < 0 || n == MSG_LINES)
			break;
	}
	return n;
}

static void draw_message(const struct app *a, struct canvas *c, int row, const struct buf *names)
{
	const char *line;
	bool first = true;

	buf_foreach_name (names, line) {
		canvas_fill(c, row, 0, -1, LOOK_PLAIN, ' ');
		if (a->msg_look != LOOK_PLAIN && first)
			canvas_text(c, row, 0, 1, a->msg_look, "!");
		canvas_field(c, row++, 1, c->cols - 2, a->msg_look, false, line);
		first = false;
	}
}

static void draw_too_small(struct canvas *c)
{
	canvas_printf(c, 0, 0, -1, LOOK_PLAIN, "vfiocfg needs %dx%d, this is %dx%d", MIN_ROWS,
		      MIN_COLS, c->rows, c->cols);
	canvas_text(c, 1, 0, -1, LOOK_PLAIN, "enlarge the window; q ends");
	c->cursor_row = 0;
	c->cursor_col = 0;
}

static void draw_full(struct app *a, struct canvas *c, struct rect body)
{
	draw_body(a, c, body);
	canvas_text(c, c->rows - 2, 1, -1, LOOK_KEY, "===>");
	draw_keys(a, c);
	if (a->dialog)
		a->dialog->ops->draw(a->dialog, a, c);
	else if (a->line_open)
		line_draw(&a->line, c, c->rows - 2, 6, c->cols - 7);
}

/* The last line is where the terminal's own input begins; a dialog and the message have the lines above it. */
static void draw_paged(struct app *a, struct canvas *c, struct rect body, int lines)
{
	draw_numbered(a, c, body);
	draw_words(a, c, c->rows - 2);
	if (a->dialog) {
		c->rows -= 1 + lines;
		a->dialog->ops->draw(a->dialog, a, c);
		c->rows += 1 + lines;
	}
	canvas_fill(c, c->rows - 1, 0, -1, LOOK_PLAIN, ' ');
	c->cursor_row = c->rows - 1;
	c->cursor_col = canvas_text(c, c->rows - 1, 0, -1, LOOK_KEY, "===>") + 1;
}

void app_draw(struct app *a, struct canvas *c)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct rect body;
	int lines, head;

	canvas_clear(c);
	a->rows = c->rows;
	a->cols = c->cols;
	if (c->rows < MIN_ROWS || c->cols < MIN_COLS) {
		draw_too_small(c);
		return;
	}
	lines = a->msg.what ? message_lines(a, c->cols - 2, &names) : 0;
	if (a->opts.lines) {
		said_head(a, c);
	} else {
		draw_title(a, c);
		draw_tabs(a, c);
	}
	head = a->opts.lines ? SAID_HEAD : 2;
	body = (struct rect){ .row = head, .rows = c->rows - head - 2 - lines, .cols = c->cols };
	if (a->opts.paged)
		draw_paged(a, c, body, lines);
	else
		draw_full(a, c, body);
	/* Over a dialog as well: this is where answers stand. */
	draw_message(a, c, c->rows - (a->opts.paged && a->dialog ? 1 : 2) - lines, &names);
	/* What has the cursor may be scrolled out or too wide for the screen. */
	if (c->cursor_row >= c->rows || c->cursor_col >= c->cols)
		c->cursor_row = c->cursor_col = -1;
}
