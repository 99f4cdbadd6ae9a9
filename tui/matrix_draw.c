/* SPDX-License-Identifier: MIT */
/* Crypto matrix: the grid itself. What stands below and beside it is matrix_tell.c's. */
#include "attrs.h"
#include "matrix.h"
#include "said.h"

#include <stdio.h>
#include <string.h>

enum {
	HEAD = 19,
	HEAD_WIDE = 38,
	HEAD_BESIDE = 8,
	CELL = 5,
	CELL_WIDE = 10,
	SIDE = 44,
	ROOMY = 30
};

/* How the room is divided: a pure function of the body and the grid. */
struct layout {
	int title;	/* lines */
	int head;	/* columns of what is told about an adapter */
	int head_rows;	/* domains in hexadecimal, in decimal where there is room, and their use */
	int cell;	/* columns of a queue */
	int second;	/* where the first cell of the matrix beside is drawn; 0: none */
	bool side;	/* the legend has a column of its own */
	int rows, cols; /* adapters and domains shown */
};

static int columns_in(int width, int cell, int n_doms)
{
	return MIN(n_doms, MAX((width - 1) / cell, 1));
}

static void divide(const struct rect *body, const struct matrix_grid *g, int title,
		   struct layout *ret)
{
	bool roomy = body->rows >= ROOMY, broad = body->cols >= 99, two = g->beside >= 0 && broad;
	struct layout l = { .title = title,
			    .head = broad ? HEAD_WIDE : HEAD,
			    .head_rows = roomy ? 3 : 2,
			    .cell = CELL };
	int rows, below, width;

	/* Beside the grid the legend takes columns, below it rows: whichever there are more of. */
	l.side = broad && !two && (!roomy || g->n_doms * CELL < body->cols - l.head - SIDE);
	width = body->cols - l.head - (l.side ? SIDE : 0);
	if (two) {
		if (columns_in((width - HEAD_BESIDE) / 2, CELL, g->n_doms) < g->n_doms) {
			width += l.head - HEAD;
			l.head = HEAD;
		}
		l.cols = columns_in((width - HEAD_BESIDE) / 2, CELL, g->n_doms);
		l.second = l.head + l.cols * CELL + HEAD_BESIDE;
	} else {
		if (broad && g->n_doms * CELL_WIDE < width)
			l.cell = CELL_WIDE;
		l.cols = columns_in(width, l.cell, g->n_doms);
	}
	rows = body->rows - l.title - l.head_rows;
	below = roomy ? MAX(rows / 3, 12) : MIN(MAX(body->rows / 3, 2), 6);
	l.rows = MIN(g->n_cards, MAX(rows - below, 1));
	*ret = l;
}

/* -- title -- */

enum { TITLE_LEVELS = 6 };

static void add_ids(struct buf *b, const char *label, const struct ap_mask *m, bool domains,
		    bool count)
{
	char text[1024];
	unsigned n = mask_count(m);

	buf_adds(b, "  ");
	if (count && n > 1)
		buf_printf(b, "%u %s", n, label);
	else if (!n || n > 8)
		buf_printf(b, "%s %s", label,
			   n ? mask_shown(m, domains, text, sizeof(text)) : "none");
	else
		buf_adds(b, label);
	for (int id = mask_next(m, -1); id >= 0 && n <= 8 && !(count && n > 1);
	     id = mask_next(m, id))
		buf_printf(b, domains ? " %04x" : " %02x", (unsigned)id);
}

/* The shorter, the higher the level: the UUID goes, lists become counts, at last who has it. */
static void title_at(const struct app *a, const struct matrix_grid *g, int level, struct buf *b)
{
	const struct d_mdev *m = g->of[g->chosen];
	const struct matrix *then = matrix_then(m);
	char who[96];

	matrix_who(a, m, who, sizeof(who));
	buf_printf(b, "Matrix %s", g->name[g->chosen]);
	if (level < 1)
		buf_printf(b, " %.8s", m->uuid);
	if (level < TITLE_LEVELS - 1)
		buf_printf(b, " (%s)", who);
	add_ids(b, "adapters", &then->adapters, false, level > 3);
	add_ids(b, "domains", &then->domains, true, level > 2);
	if (!mask_empty(&then->control))
		add_ids(b, "control", &then->control, true, level > 1);
}

static void compare_at(const struct app *a, const struct matrix_grid *g, int level, struct buf *b)
{
	const int of[] = { g->chosen, g->beside };
	char who[96];

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		matrix_who(a, g->of[of[i]], who, sizeof(who));
		buf_printf(b, "%s %s %.8s", i ? " with" : "Compare", g->name[of[i]],
			   g->of[of[i]]->uuid);
		if (level < TITLE_LEVELS - 1)
			buf_printf(b, " (%s)", who);
	}
}

/* The fullest text that fits into so many lines, one or two. */
static void make_title(const struct app *a, const struct matrix_grid *g, int lines, int cols,
		       struct buf *b)
{
	const char *next;

	if (g->chosen < 0) {
		app_text(a,
			 "No matrix yet: <new> makes one, <space then assigns adapters and domains"
			 "|assign 05 0004 gives it a queue>.",
			 b);
		return;
	}
	for (int level = 0; level < TITLE_LEVELS; level++) {
		buf_reset(b);
		(g->beside >= 0 ? compare_at : title_at)(a, g, level, b);
		if (text_width(buf_str(b)) <= cols)
			return;
		text_break(buf_str(b), cols, &next);
		if (lines > 1 && text_width(next) <= cols)
			return;
	}
}

static void draw_title(struct canvas *c, struct rect at, const struct buf *title)
{
	const char *next = buf_str(title);

	for (int i = 0; i < at.rows && *next; i++) {
		const char *line = next;
		size_t n = text_break(line, at.cols, &next);

		canvas_printf(c, at.row + i, at.col, at.cols, LOOK_GUEST, "%.*s", (int)n, line);
	}
}

/* -- heads -- */

/* Domain numbers, and below them what the matrix has of each: u usage, k control. */
static void draw_domains(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
			 const struct matrix_grid *g, int of)
{
	const struct matrix *m = of >= 0 ? matrix_then(g->of[of]) : NULL;
	const struct matrix_state *s = a->matrix;

	for (int i = 0; i < l->cols; i++) {
		uint8_t dom = g->doms[s->left + i];
		int at = col + i * l->cell;

		canvas_printf(c, row, at, l->cell, LOOK_TITLE, "%04x", dom);
		if (l->head_rows > 2)
			canvas_printf(c, row + 1, at, l->cell, LOOK_PLAIN, " %-3u", dom);
		if (m)
			canvas_printf(c, row + l->head_rows - 1, at, l->cell, LOOK_PLAIN, " %c%c",
				      mask_has(&m->domains, dom) ? 'u' : '.',
				      mask_has(&m->control, dom) ? 'k' : '.');
	}
	if (s->left > 0)
		canvas_text(c, row, col - 1, 1, LOOK_KEY, "<");
	if (s->left + l->cols < g->n_doms)
		canvas_text(c, row, col + l->cols * l->cell, 1, LOOK_KEY, ">");
}

static void draw_head(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
		      const struct matrix_grid *g)
{
	enum matrix_time time = a->matrix->time;

	canvas_text(c, row, col, l->head - 1, LOOK_TITLE,
		    l->head == HEAD ? "Adapter    domain"
				    : "Adapter  type   mode  state    domain");
	if (l->head_rows > 2)
		canvas_text(c, row + 1, col, l->head, LOOK_PLAIN,
			    l->head == HEAD ? "          decimal"
					    : "     dec                      decimal");
	canvas_text(c, row + l->head_rows - 1, col, l->head,
		    time == TIME_WANTED ? LOOK_FAINT : LOOK_WARN,
		    time == TIME_NOW	? " as it is NOW"
		    : time == TIME_BOOT ? " AFTER A REBOOT"
					: " u usage k control");
	draw_domains(a, c, row, col + l->head, l, g, g->chosen);
	if (!l->second)
		return;
	canvas_printf(c, row, col + l->second - HEAD_BESIDE + 1, HEAD_BESIDE - 2, LOOK_TITLE,
		      " %s:", g->name[g->beside]);
	draw_domains(a, c, row, col + l->second, l, g, g->beside);
}

static void draw_adapter(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
			 const struct matrix_grid *g, int i)
{
	uint8_t id = g->cards[i];
	const struct ap_card *card = inventory_card(session_inventory(a->session), id);
	const struct matrix *m = g->chosen >= 0 ? matrix_then(g->of[g->chosen]) : NULL;
	const char *type = card && card->type ? card->type : "-", *state = matrix_card_state(card);
	char cursor = g->row == i ? '>' : ' ', use = m && mask_has(&m->adapters, id) ? 'u' : ' ';
	enum look look = card ? LOOK_PLAIN : LOOK_FAINT;

	if (l->head == HEAD)
		canvas_printf(
			c, row, col, l->head, look, "%c%02x %-6.6s %-6.6s%c", cursor, id, type,
			*state && strcmp(state, "online") != 0 ? state : matrix_card_mode(card),
			use);
	else
		canvas_printf(c, row, col, l->head, look, "%c%02x %3u  %-6.6s %-5s %-8s       %c",
			      cursor, id, id, type, matrix_card_mode(card), state, use);
}

/* -- rows -- */

static void draw_cells(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
		       struct matrix_grid *g, int i, int of)
{
	for (int k = 0; k < l->cols; k++) {
		int dom = a->matrix->left + k;
		struct matrix_cell cell;
		char text[CELL_TEXT];

		if (g->beside >= 0)
			matrix_cell_of(a, g, APQN(g->cards[i], g->doms[dom]), of, &cell);
		else
			matrix_cell(a, g, APQN(g->cards[i], g->doms[dom]), &cell);
		canvas_printf(c, row, col + k * l->cell, l->cell, cell.look, "%c%s",
			      matrix_in_range(a, g, i, dom) ? '[' : ' ',
			      matrix_cell_text(a, g, &cell, l->cell > CELL, text));
	}
}

/* Two that are compared in one cell, where there is no room for two grids. */
static void draw_both(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
		      struct matrix_grid *g, int i)
{
	for (int k = 0; k < l->cols; k++) {
		int dom = a->matrix->left + k;
		apqn_t q = APQN(g->cards[i], g->doms[dom]);
		bool one = matrix_held_then(g->of[g->chosen], q),
		     two = matrix_held_then(g->of[g->beside], q);

		canvas_printf(c, row, col + k * l->cell, l->cell,
			      one && two   ? LOOK_ERROR
			      : one || two ? LOOK_GUEST
					   : LOOK_FAINT,
			      "%c%s", matrix_in_range(a, g, i, dom) ? '[' : ' ',
			      one && two ? "="
			      : one	 ? g->name[g->chosen]
			      : two	 ? g->name[g->beside]
					 : ".");
	}
}

static void draw_row(struct app *a, struct canvas *c, int row, int col, const struct layout *l,
		     struct matrix_grid *g, int i)
{
	draw_adapter(a, c, row, col, l, g, i);
	if (g->beside >= 0 && !l->second) {
		draw_both(a, c, row, col + l->head, l, g, i);
		return;
	}
	draw_cells(a, c, row, col + l->head, l, g, i, g->chosen);
	if (!l->second)
		return;
	canvas_printf(c, row, col + l->second - HEAD_BESIDE + 1, HEAD_BESIDE - 1, LOOK_PLAIN,
		      " %02x %c", g->cards[i],
		      mask_has(&matrix_then(g->of[g->beside])->adapters, g->cards[i]) ? 'u' : ' ');
	draw_cells(a, c, row, col + l->second, l, g, i, g->beside);
}

static void draw_cursor(struct app *a, struct canvas *c, const struct layout *l,
			const struct matrix_grid *g)
{
	const struct matrix_state *s = a->matrix;
	int row = g->row < 0 ? s->grid_row - s->head_rows : s->grid_row + g->row - s->top;
	int first = s->grid_col, at = (g->col - s->left) * l->cell;

	if (g->col < 0) {
		canvas_mark(c, row, first - l->head, l->head - 1, true);
		c->cursor_col = first - l->head;
	} else {
		canvas_mark(c, row, first + at, l->cell - 1, true);
		if (l->second)
			canvas_mark(c, row, s->second_col + at, l->cell - 1, true);
		c->cursor_col = first + at + (g->row < 0 ? 0 : 1);
	}
	c->cursor_row = row;
}

/* -- all of it -- */

static void draw_sentences(struct canvas *c, struct rect body, const struct msg *why)
{
	char *const *const parts[] = { &why->what, &why->why, &why->todo };
	int row = body.row + 1;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (const char *text = *parts[i], *next; *text; text = next) {
			size_t n = text_break(text, body.cols - 4, &next);

			canvas_printf(c, row++, body.col + 2, body.cols - 2,
				      i ? LOOK_PLAIN : LOOK_WARN, "%.*s", (int)n, text);
		}
	c->cursor_row = body.row + 1;
	c->cursor_col = body.col + 2;
}

/* Why there is nothing to draw; false: there is. */
static bool draw_nothing(struct app *a, struct canvas *c, struct rect body,
			 const struct matrix_grid *g)
{
	struct msg why = { 0 };

	if (!matrix_no_ap(a, "", &why)) {
		if (g->n_cards && g->n_doms)
			return false;
		msg_make(&why, MSG_NO_AP_QUEUES, "which",
			 g->n_doms    ? "adapter"
			 : g->n_cards ? "domain"
				      : "adapter and no domain",
			 NULL);
	}
	draw_sentences(c, body, &why);
	msg_done(&why);
	return true;
}

/* The cursor is always in sight, and no room is left empty beyond the end. */
static int scrolled(int first, int cursor, int shown, int n)
{
	if (cursor >= 0)
		first = MAX(MIN(first, cursor), cursor - shown + 1);
	return MAX(MIN(first, n - shown), 0);
}

void matrix_draw(struct app *a, struct canvas *c, struct rect body)
{
	CLEANUP(buf_done) struct buf title = { 0 };
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;
	struct layout l;
	int below;

	body.col++;
	body.cols--;
	matrix_grid(a, &g);
	if (draw_nothing(a, c, body, &g))
		return;
	if (a->opts.lines) {
		said_matrix(a, c, body);
		return;
	}
	make_title(a, &g, body.rows >= ROOMY ? 2 : 1, body.cols, &title);
	divide(&body, &g, text_width(buf_str(&title)) > body.cols ? 2 : 1, &l);
	s->shown_rows = l.rows;
	s->shown_cols = l.cols;
	s->top = scrolled(s->top, g.row, l.rows, g.n_cards);
	s->left = scrolled(s->left, g.col, l.cols, g.n_doms);
	s->head_rows = l.head_rows;
	s->cell_width = l.cell;
	s->grid_row = body.row + l.title + l.head_rows;
	s->grid_col = body.col + l.head;
	s->second_col = l.second ? body.col + l.second : 0;

	draw_title(c, (struct rect){ body.row, body.col, l.title, body.cols }, &title);
	draw_head(a, c, body.row + l.title, body.col, &l, &g);
	for (int i = 0; i < l.rows; i++)
		draw_row(a, c, s->grid_row + i, body.col, &l, &g, s->top + i);
	draw_cursor(a, c, &l, &g);
	below = s->grid_row + l.rows;
	if (l.side)
		matrix_legend(
			a, c,
			(struct rect){ s->grid_row - l.head_rows, body.col + body.cols - SIDE + 2,
				       body.row + body.rows - s->grid_row + l.head_rows, SIDE - 2 },
			&g);
	matrix_tell(a, c,
		    (struct rect){ below, body.col, body.row + body.rows - below,
				   body.cols - (l.side ? SIDE : 0) },
		    &g, !l.side);
}
