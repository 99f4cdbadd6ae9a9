/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "matrix.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HEAD = 19, CELL = 5, SIDE = 44 };

static bool assigned_then(const struct d_mdev *m, apqn_t q)
{
	return (m->active_then && matrix_has(&m->live_then, q)) ||
	       (m->defined_then && matrix_has(&m->def_then, q));
}

static bool assigned_now(const struct d_mdev *m, apqn_t q)
{
	return (m->active_now && matrix_has(&m->live_now, q)) ||
	       (m->defined_now && matrix_has(&m->def_now, q));
}

/* The matrix that has the queue after the commit, the chosen one first; *n: how many there are. */
static int holder(const struct matrix_grid *g, apqn_t q, int *n)
{
	int found = -1;

	*n = 0;
	for (int i = 0; i < g->n_of; i++)
		if (assigned_then(g->of[i], q)) {
			if (found < 0 || i == g->chosen)
				found = i;
			(*n)++;
		}
	return found;
}

static void owner_cell(const struct desired *d, apqn_t q, struct matrix_cell *c)
{
	enum owner now = desired_queue_now(d, q), then = desired_queue_then(d, q);

	c->ch = then == OWNER_GUESTS ? 'V' : then == OWNER_HOST ? 'H' : '-';
	c->look = LOOK_PLAIN;
	if (now == OWNER_HOST && then == OWNER_GUESTS) {
		c->ch = 'v';
		c->look = LOOK_WARN;
	} else if (now != then) {
		c->mark = '*';
		c->look = LOOK_STAGED;
	}
}

static enum owner owner_at(const struct desired *d, apqn_t q, enum matrix_time time)
{
	return time == TIME_NOW	   ? desired_queue_now(d, q)
	       : time == TIME_BOOT ? desired_queue_boot(d, q)
				   : desired_queue_then(d, q);
}

static bool has_at(const struct app *a, const struct d_mdev *m, apqn_t q, enum matrix_time time)
{
	struct boot_mdev boot;

	if (time == TIME_NOW)
		return m->active_now && matrix_has(&m->live_now, q);
	if (!m->defined_then || !matrix_has(&m->def_then, q))
		return false;
	boot_mdev(session_desired(a->session), m, &boot);
	return boot.active != BOOT_NO;
}

/* Now, or after a reboot: what runs, else the owner. */
static void cell_at(const struct app *a, const struct matrix_grid *g, apqn_t q,
		    struct matrix_cell *c)
{
	const struct desired *d = session_desired(a->session);
	enum matrix_time time = a->matrix->time;
	enum owner owner = owner_at(d, q, time);
	bool exists = inventory_queue(session_inventory(a->session), q);

	c->ch = !exists ? '-' : owner == OWNER_GUESTS ? 'V' : owner == OWNER_HOST ? 'H' : '-';
	c->look = exists ? LOOK_PLAIN : LOOK_FAINT;
	for (int i = 0; i < g->n_of; i++)
		if (has_at(a, g->of[i], q, time)) {
			c->mark = isalpha((unsigned char)c->ch) && c->ch != 'V' && c->ch != 'H'
					  ? '!'
				  : owner == OWNER_HOST ? '!'
							: ' ';
			c->ch = matrix_letter(i);
			c->look = i == g->chosen ? LOOK_GUEST : LOOK_PLAIN;
		}
	if (time == TIME_BOOT && exists && c->mark == ' ' && owner != desired_queue_now(d, q))
		c->mark = '~';
}

/* Two matrices side by side: one letter each. */
static void cell_both(const struct matrix_grid *g, apqn_t q, struct matrix_cell *c)
{
	bool one = assigned_then(g->of[g->chosen], q), two = assigned_then(g->of[g->beside], q);

	c->ch = one ? matrix_letter(g->chosen) : '.';
	c->mark = two ? matrix_letter(g->beside) : '.';
	c->look = one && two ? LOOK_ERROR : one ? LOOK_GUEST : two ? LOOK_PLAIN : LOOK_FAINT;
}

void matrix_cell(const struct app *a, const struct matrix_grid *g, uint8_t card, uint8_t dom,
		 struct matrix_cell *ret)
{
	const struct desired *d = session_desired(a->session);
	struct matrix_cell c = { .ch = '-', .mark = ' ', .look = LOOK_FAINT };
	apqn_t q = APQN(card, dom);
	int n, of = holder(g, q, &n);
	bool exists = inventory_queue(session_inventory(a->session), q);

	if (g->beside >= 0 && g->chosen >= 0) {
		cell_both(g, q, &c);
	} else if (a->matrix->time != TIME_WANTED) {
		cell_at(a, g, q, &c);
	} else if (of >= 0) {
		const struct d_mdev *m = g->of[of];

		c.ch = matrix_letter(of);
		c.look = of == g->chosen ? LOOK_GUEST : LOOK_PLAIN;
		if (!assigned_now(m, q)) {
			c.mark = '*';
			c.look = LOOK_STAGED;
		}
		if (n > 1 || (m->active_then && desired_queue_then(d, q) == OWNER_HOST)) {
			c.mark = '!';
			c.look = LOOK_ERROR;
		} else if (!exists && of == g->chosen) {
			c.mark = '-'; /* assigned ahead of the hardware */
		}
	} else if (exists) {
		owner_cell(d, q, &c);
	}
	*ret = c;
}

static void add_ids(struct buf *b, const char *label, const struct ap_mask *m, const char *fmt)
{
	buf_printf(b, "  %s", label);
	if (mask_empty(m))
		buf_adds(b, " none");
	for (int id = mask_next(m, -1); id >= 0; id = mask_next(m, id))
		buf_printf(b, fmt, (unsigned)id);
}

/* Who uses it, for the title and the legend: "guest db1", or its state. */
static void who(const struct app *a, const struct d_mdev *m, char *text, size_t size)
{
	struct devid dev = { .bus = BUS_MDEV };
	struct facts f;

	strcpy(dev.name, m->uuid);
	session_facts(a->session, &dev, &f);
	if (f.used_by[0])
		snprintf(text, size, "%s", f.used_by);
	else if (!m->active_then && !m->defined_then)
		snprintf(text, size, "to be removed");
	else
		snprintf(text, size, "%s%s",
			 m->active_then ? m->active_now ? "active" : "to be started" : "not active",
			 !m->defined_then	       ? ", not defined"
			 : m->start_then == START_AUTO ? ", auto"
						       : ", manual");
}

static void draw_title(struct app *a, struct canvas *c, struct rect at, const struct matrix_grid *g)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct d_mdev *m;
	char text[96];

	if (g->chosen < 0) {
		canvas_text(
			c, at.row, at.col, at.cols, LOOK_PLAIN,
			a->opts.paged
				? "No matrix yet: new makes one, assign 05 0004 gives it a queue."
				: "No matrix yet: n makes one, space then assigns adapters and "
				  "domains.");
		return;
	}
	m = g->of[g->chosen];
	who(a, m, text, sizeof(text));
	buf_printf(&b, "Matrix %c %.8s (%s)", matrix_letter(g->chosen), m->uuid, text);
	add_ids(&b, "adapters", &matrix_then(m)->adapters, " %02x");
	add_ids(&b, "domains", &matrix_then(m)->domains, " %04x");
	if (!mask_empty(&matrix_then(m)->control))
		add_ids(&b, "control", &matrix_then(m)->control, " %04x");
	if (g->beside >= 0) {
		const struct d_mdev *o = g->of[g->beside];

		buf_reset(&b);
		buf_printf(&b, "Compare %c %.8s (%u x %u) with %c %.8s (%u x %u): ",
			   matrix_letter(g->chosen), m->uuid, mask_count(&matrix_then(m)->adapters),
			   mask_count(&matrix_then(m)->domains), matrix_letter(g->beside), o->uuid,
			   mask_count(&matrix_then(o)->adapters),
			   mask_count(&matrix_then(o)->domains));
		buf_adds(&b, matrix_meets(matrix_then(m), matrix_then(o), NULL)
				     ? "they share queues"
				     : "no queue in common");
	}
	canvas_field(c, at.row, at.col, at.cols, LOOK_GUEST, false, buf_str(&b));
}

/* Domain numbers, and below them what the chosen matrix has of each: u usage, k control. */
static void draw_head(struct app *a, struct canvas *c, struct rect at, const struct matrix_grid *g)
{
	const struct matrix_state *s = a->matrix;
	const struct matrix *m = g->chosen >= 0 ? matrix_then(g->of[g->chosen]) : NULL;

	canvas_text(c, at.row, at.col, HEAD, LOOK_TITLE, "Adapter    domain");
	for (int i = 0; i < s->shown_cols; i++) {
		uint8_t dom = g->doms[s->left + i];
		int col = at.col + HEAD + i * CELL;

		canvas_printf(c, at.row, col, CELL, LOOK_TITLE, "%04x", dom);
		if (m)
			canvas_printf(c, at.row + 1, col, CELL, LOOK_PLAIN, " %c%c",
				      mask_has(&m->domains, dom) ? 'u' : '.',
				      mask_has(&m->control, dom) ? 'k' : '.');
	}
	canvas_text(c, at.row + 1, at.col, HEAD, s->time == TIME_WANTED ? LOOK_FAINT : LOOK_WARN,
		    s->time == TIME_NOW	   ? " as it is NOW"
		    : s->time == TIME_BOOT ? " AFTER A REBOOT"
					   : " u usage k control");
	if (s->left > 0)
		canvas_text(c, at.row, at.col + HEAD - 1, 1, LOOK_KEY, "<");
	if (s->left + s->shown_cols < g->n_doms)
		canvas_text(c, at.row, at.col + HEAD + s->shown_cols * CELL, 1, LOOK_KEY, ">");
}

static const char *mode_of(const struct ap_card *card)
{
	const char *type = card->type ? card->type : "";

	return str_ends(type, "C")   ? "cca"
	       : str_ends(type, "P") ? "ep11"
	       : str_ends(type, "A") ? "acc."
				     : "";
}

static void draw_row(struct app *a, struct canvas *c, int row, int col, const struct matrix_grid *g,
		     int i)
{
	const struct ap_card *card = inventory_card(session_inventory(a->session), g->cards[i]);
	const struct matrix *m = g->chosen >= 0 ? matrix_then(g->of[g->chosen]) : NULL;
	const struct matrix_state *s = a->matrix;

	canvas_printf(c, row, col, HEAD, card ? LOOK_PLAIN : LOOK_FAINT, "%c%02x %-6s %-5s%c",
		      s->row == i ? '>' : ' ', g->cards[i], card && card->type ? card->type : "-",
		      card ? mode_of(card) : "none",
		      m && mask_has(&m->adapters, g->cards[i]) ? 'u' : ' ');
	for (int k = 0; k < s->shown_cols; k++) {
		struct matrix_cell cell;

		matrix_cell(a, g, g->cards[i], g->doms[s->left + k], &cell);
		canvas_printf(c, row, col + HEAD + k * CELL, CELL, cell.look, "%c%c%c",
			      matrix_in_range(s, i, s->left + k) ? '[' : ' ', cell.ch, cell.mark);
	}
}

static void draw_cursor(struct app *a, struct canvas *c, struct rect grid)
{
	const struct matrix_state *s = a->matrix;
	int row = s->row < 0 ? grid.row - 2 : grid.row + s->row - s->top;
	int col = s->col < 0 ? grid.col : grid.col + HEAD + (s->col - s->left) * CELL;
	int width = s->col < 0 ? HEAD - 1 : CELL - 1;

	canvas_mark(c, row, col, width, true);
	c->cursor_row = row;
	c->cursor_col = col + (s->col < 0 || s->row < 0 ? 0 : 1);
}

/* -- below the grid -- */

struct lines {
	struct canvas *c;
	struct rect at;
	int n;
};

static void add_line(struct lines *l, enum look look, const char *text)
{
	if (l->n < l->at.rows && *text)
		canvas_field(l->c, l->at.row + l->n++, l->at.col, l->at.cols, look, false, text);
}

/* What blocks a commit is said in full: cut off, it would be without its reason. */
static void add_wrapped(struct lines *l, enum look look, const char *text)
{
	while (text_width(text) > l->at.cols && l->n + 1 < l->at.rows) {
		size_t cut = (size_t)l->at.cols - 1;
		char part[160];

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (!cut || cut >= sizeof(part))
			break;
		snprintf(part, sizeof(part), "%.*s", (int)cut, text);
		add_line(l, look, part);
		text += cut + 1;
	}
	add_line(l, look, text);
}

/* "matrix A"; "matrices A and C : conflict". */
static void all_holders(const struct matrix_grid *g, apqn_t q, char *text, size_t size)
{
	int n, left;
	size_t len;

	holder(g, q, &n);
	snprintf(text, size, n > 1 ? "matrices" : "matrix");
	left = n;
	for (int i = 0; i < g->n_of; i++) {
		if (!assigned_then(g->of[i], q))
			continue;
		len = strlen(text);
		snprintf(text + len, size - len, "%s %c",
			 left == n   ? ""
			 : left == 1 ? " and"
				     : ",",
			 matrix_letter(i));
		left--;
	}
	len = strlen(text);
	if (n > 1)
		snprintf(text + len, size - len, ": conflict");
}

/* "05.0042 CEX8C: now host, then matrix A, after reboot guests". */
static void describe_queue(struct app *a, const struct matrix_grid *g, struct lines *l)
{
	static const char *const owners[] = { "nobody", "host", "guests" };
	const struct desired *d = session_desired(a->session);
	const struct matrix_state *s = a->matrix;
	const struct ap_queue *queue;
	char then[96], text[192];
	apqn_t q;
	int n, of;

	if (s->row < 0 || s->col < 0 || s->row >= g->n_cards || s->col >= g->n_doms)
		return;
	q = APQN(g->cards[s->row], g->doms[s->col]);
	queue = inventory_queue(session_inventory(a->session), q);
	of = holder(g, q, &n);
	if (of >= 0)
		all_holders(g, q, then, sizeof(then));
	else
		snprintf(then, sizeof(then), "%s", owners[desired_queue_then(d, q)]);
	snprintf(text, sizeof(text), "%s: %s%s, wanted %s, after reboot %s", devid_queue(q).name,
		 queue ? "now " : "not configured", queue ? owners[desired_queue_now(d, q)] : "",
		 then, owners[desired_queue_boot(d, q)]);
	add_line(l, LOOK_PLAIN, text);
}

static void describe_lost(const struct desired *d, struct lines *l)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char least[160];

	if (!d->n_lost)
		return;
	buf_adds(&b, "host also loses");
	for (size_t i = 0; i < d->n_lost; i++)
		buf_printf(&b, " %s", devid_queue(d->lost[i]).name);
	buf_printf(&b, " (masks, %s)%s", desired_loss_text(d, least, sizeof(least)),
		   d->inv->ap.has_override ? "; F6 per-queue override" : "");
	add_line(l, LOOK_WARN, buf_str(&b));
}

static void describe_findings(struct app *a, const struct matrix_grid *g, struct lines *l)
{
	const struct findings *f = session_findings(a->session);
	const char *uuid = g->chosen >= 0 ? g->of[g->chosen]->uuid : "";

	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];
		CLEANUP(buf_done) struct buf b = { 0 };

		if (x->grade == GRADE_NOTE ||
		    (strcmp(x->dev.name, uuid) != 0 && strcmp(x->other.name, uuid) != 0))
			continue;
		buf_printf(&b, "%s: %s %s%s%s", grade_name(x->grade), x->msg.what, x->msg.why,
			   finding_remedy(a->session, x) ? " r: " : "",
			   finding_remedy(a->session, x) ? finding_remedy(a->session, x) : "");
		add_wrapped(l, x->grade == GRADE_CONFLICT ? LOOK_WARN : LOOK_ERROR, buf_str(&b));
	}
}

/* What the guest gets, where that is less than the matrix or changes. */
static void describe_guest(struct app *a, const struct matrix_grid *g, struct lines *l)
{
	const struct d_mdev *m = g->chosen >= 0 ? g->of[g->chosen] : NULL;
	const struct plan_guest *p = m ? plan_guest(session_plan(a->session), m->uuid) : NULL;
	const struct matrix *gets = p ? &p->then : m && m->mdev ? &m->mdev->guest : NULL;
	struct ap_mask kept, lost;
	char less[1024], away[1024], text[240];

	if (!gets || !m->active_then)
		return;
	kept = mask_minus(m->live_then.adapters, gets->adapters);
	lost = p ? mask_minus(p->now.adapters, p->then.adapters) : (struct ap_mask){ 0 };
	if (mask_empty(&kept) && mask_empty(&lost))
		return;
	snprintf(text, sizeof(text), "guest of %c %s%.60s%s%.60s", matrix_letter(g->chosen),
		 mask_empty(&kept) ? "" : "will not see adapters ",
		 mask_ranges(&kept, less, sizeof(less)),
		 mask_empty(&lost)   ? ""
		 : mask_empty(&kept) ? "loses adapters "
				     : ", loses ",
		 mask_ranges(&lost, away, sizeof(away)));
	add_line(l, LOOK_WARN, text);
}

static void describe_masks(const struct desired *d, struct lines *l)
{
	char ap[MASK_TEXT], aq[MASK_TEXT], text[128];

	if (!d->inv->ap.masks_known)
		return;
	snprintf(text, sizeof(text), "%s  apmask %.14s...  aqmask %.14s...%s",
		 d->ap_mode == AP_MODE_OVERRIDE ? "per-queue override" : "masks",
		 mask_text(&d->apmask_then, ap), mask_text(&d->aqmask_then, aq),
		 d->masks_change ? "  * staged" : "");
	add_line(l, d->masks_change ? LOOK_STAGED : LOOK_PLAIN, text);
}

/* The matrices with their letters: one a line at the side, as many as fit in a line below. */
static void legend_matrices(struct app *a, const struct matrix_grid *g, struct lines *l, bool side)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (int i = 0; i < g->n_of; i++) {
		char text[96], one[128];

		who(a, g->of[i], text, sizeof(text));
		snprintf(one, sizeof(one), "%c %.8s %s%s", matrix_letter(i), g->of[i]->uuid, text,
			 i == g->chosen ? " <" : "");
		if (b.len && (side || (int)b.len + 3 + (int)strlen(one) > l->at.cols)) {
			add_line(l, LOOK_PLAIN, buf_str(&b));
			buf_reset(&b);
		}
		buf_printf(&b, "%s%s", b.len ? "   " : "", one);
	}
	add_line(l, LOOK_PLAIN, buf_str(&b));
}

/* Notes are for screens with room: the last line is the masks'. */
static void describe_notes(struct app *a, const struct matrix_grid *g, struct lines *l)
{
	const struct findings *f = session_findings(a->session);
	const char *uuid = g->chosen >= 0 ? g->of[g->chosen]->uuid : "";

	for (size_t i = 0; i < f->n && l->n + 1 < l->at.rows; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		if (f->v[i].grade != GRADE_NOTE || strcmp(f->v[i].dev.name, uuid) != 0)
			continue;
		buf_printf(&b, "note: %s %s", f->v[i].msg.what, f->v[i].msg.why);
		add_line(l, LOOK_FAINT, buf_str(&b));
	}
}

static void draw_below(struct app *a, struct canvas *c, struct rect at, const struct matrix_grid *g,
		       bool side)
{
	struct lines l = { .c = c, .at = at };

	describe_queue(a, g, &l);
	describe_findings(a, g, &l);
	describe_guest(a, g, &l);
	describe_lost(session_desired(a->session), &l);
	if (!side) {
		legend_matrices(a, g, &l, false);
		add_line(&l, LOOK_FAINT,
			 "H host  V free for guests  v host loses it  - not there  * staged  "
			 "! conflict");
	}
	describe_notes(a, g, &l);
	describe_masks(session_desired(a->session), &l);
}

static void draw_side(struct app *a, struct canvas *c, struct rect at, const struct matrix_grid *g)
{
	static const char *const meaning[] = {
		"H  host",	     "V  free for guests", "v  would be free: the host loses it",
		"-  not configured", "*  staged",	   "!  conflict",
	};
	struct lines l = { .c = c, .at = at };

	legend_matrices(a, g, &l, true);
	for (size_t i = 0; i < ARRAY_SIZE(meaning); i++)
		add_line(&l, LOOK_FAINT, meaning[i]);
}

/* Why there is nothing to draw; false: there is. */
static bool draw_nothing(struct app *a, struct canvas *c, struct rect body)
{
	struct msg why = { 0 };
	char *const *const parts[] = { &why.what, &why.why, &why.todo };
	int row;

	if (!matrix_no_ap(a, "", &why))
		return false;
	row = body.row + 1;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (const char *text = *parts[i], *next; *text; text = next) {
			size_t n = text_break(text, body.cols - 4, &next);

			canvas_printf(c, row++, body.col + 2, body.cols - 2,
				      i ? LOOK_PLAIN : LOOK_WARN, "%.*s", (int)n, text);
		}
	c->cursor_row = body.row + 1;
	c->cursor_col = body.col + 2;
	msg_done(&why);
	return true;
}

/* Lines below the grid: a third of the room, between 2 and 6. */
static int rows_below(const struct rect *body, int n_cards)
{
	int want = body->rows - 3 - n_cards;

	return MAX(MIN(want, 8), MIN(MAX(body->rows / 3, 2), 6));
}

void matrix_draw(struct app *a, struct canvas *c, struct rect body)
{
	struct matrix_state *s = a->matrix;
	bool side = body.cols >= 100;
	struct rect grid;
	struct matrix_grid g;
	int below;

	body.col++;
	body.cols -= 1;
	grid = body;
	if (draw_nothing(a, c, body))
		return;
	matrix_grid(a, &g);
	below = rows_below(&body, g.n_cards);
	grid.row += 3;
	s->shown_rows = MIN(g.n_cards, MAX(body.rows - 3 - below, 1));
	s->shown_cols = MIN(g.n_doms, MAX((body.cols - (side ? SIDE : 0) - HEAD - 1) / CELL, 1));
	s->row = MIN(s->row, g.n_cards - 1);
	s->col = MIN(s->col, g.n_doms - 1);
	s->top = MAX(MIN(s->top, g.n_cards - s->shown_rows), 0);
	s->left = MAX(MIN(s->left, g.n_doms - s->shown_cols), 0);
	s->grid_row = grid.row;
	s->grid_col = grid.col + HEAD;

	draw_title(a, c, body, &g);
	draw_head(a, c, (struct rect){ body.row + 1, body.col, 2, body.cols }, &g);
	for (int i = 0; i < s->shown_rows; i++)
		draw_row(a, c, grid.row + i, grid.col, &g, s->top + i);
	draw_cursor(a, c, grid);
	if (side)
		draw_side(a, c,
			  (struct rect){ grid.row, body.col + body.cols - SIDE + 2,
					 s->shown_rows + 8, SIDE - 2 },
			  &g);
	draw_below(a, c,
		   (struct rect){ grid.row + s->shown_rows, body.col, body.rows - 3 - s->shown_rows,
				  side ? body.cols - SIDE : body.cols },
		   &g, side);
}
