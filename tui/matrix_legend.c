/* SPDX-License-Identifier: MIT */
/* Crypto matrix: which matrix has which name, and what the signs of the grid mean. */
#include "matrix_part.h"

#include <stdio.h>
#include <string.h>

void lines_say(struct lines *l, enum look look, const char *text)
{
	const char *next;

	for (int indent = 0; *text && l->n < (int)ARRAY_SIZE(l->look); text = next, indent = 2) {
		size_t n = text_break(text, l->width - indent, &next);
		char line[512];

		snprintf(line, sizeof(line), "%*s%.*s", indent, "", (int)n, text);
		if (buf_add_name(&l->text, line) < 0)
			return;
		l->look[l->n++] = look;
	}
}

int lines_draw(const struct lines *l, struct canvas *c, const struct rect *at, int from, int most)
{
	const char *text;
	int i = 0;

	buf_foreach_name (&l->text, text) {
		if (i >= most)
			break;
		canvas_text(c, at->row + from + i, at->col, at->cols, l->look[i], text);
		i++;
	}
	return i;
}

/* In order of reading; keep: what is left out first where there is no room has the highest. */
struct sign {
	char ch;
	const char *text;
	int keep;
};

static const struct sign signs[] = {
	{ 'H', "H host", 3 },
	{ 'V', "V free for guests", 2 },
	{ 'v', "v host loses it", 1 },
	{ '-', "- not there", 4 },
	{ '*', "* staged", 2 },
	{ '!', "! conflict", 0 },
	{ '?', "? no driver has it", 3 },
	{ 'x', "x out of service", 3 },
	{ '~', "~ other after reboot", 5 },
	{ '>', "now>wanted~after reboot", 6 },
	{ '[', "[ range", 7 },
};
static const struct sign signs_beside[] = {
	{ '=', "= in both", 0 },
	{ '#', "# only in one of them", 1 },
	{ '.', ". in neither, or in the other", 2 },
};
static const struct sign signs_both[] = {
	{ 0, "= in both", 0 },
	{ 0, "a letter: only in that one", 1 },
	{ 0, ". in neither", 2 },
};

/* Whole signs that fit into one line, those that stand in the grid. */
static void fit_signs(const struct matrix_grid *g, const struct sign *v, size_t n, int width,
		      struct buf *b)
{
	for (int keep = 8; keep >= 0; keep--) {
		buf_reset(b);
		for (size_t i = 0; i < n; i++)
			if (v[i].keep <= keep && (!v[i].ch || g->signs[(int)v[i].ch]))
				buf_printf(b, "%s%s", b->len ? "  " : "", v[i].text);
		if ((int)b->len <= width)
			return;
	}
}

void legend_signs(const struct app *a, const struct matrix_grid *g, struct lines *l, bool column)
{
	bool two = a->matrix->second_col != 0;
	const struct sign *v = g->beside < 0 ? signs : two ? signs_beside : signs_both;
	size_t n = g->beside < 0 ? ARRAY_SIZE(signs)
		   : two	 ? ARRAY_SIZE(signs_beside)
				 : ARRAY_SIZE(signs_both);
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < n && column; i++)
		if (!v[i].ch || g->signs[(int)v[i].ch])
			lines_say(l, LOOK_FAINT, v[i].text);
	if (column)
		return;
	fit_signs(g, v, n, l->width, &b);
	lines_say(l, LOOK_FAINT, buf_str(&b));
}

/* The next matrix to be named: the chosen, those in sight, the others. -1: that was all. */
static int next_of(const struct matrix_grid *g, bool done[static MATRIX_MAX], bool in_order)
{
	for (int pass = in_order ? 2 : 0; pass < 3; pass++)
		for (int i = 0; i < g->n_of; i++) {
			if (done[i] || (pass == 0 && i != g->chosen && i != g->beside) ||
			    (pass == 1 && !g->seen[i]))
				continue;
			done[i] = true;
			return i;
		}
	return -1;
}

/* Tries to name all in at most so many lines; how many matrices were left out. */
static int legend_try(const struct app *a, const struct matrix_grid *g, struct lines *l,
		      bool column, int most, bool in_order)
{
	bool done[MATRIX_MAX] = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	int left = g->n_of, at = l->n;

	for (int i; (i = next_of(g, done, in_order)) >= 0; left--) {
		char who[96], one[128];
		bool full, last = l->n - at >= most - 1;

		matrix_who(a, g->of[i], who, sizeof(who));
		snprintf(one, sizeof(one), "%c%s %.8s %s", i == g->chosen ? '>' : ' ', g->name[i],
			 g->of[i]->uuid, who);
		full = b.len &&
		       (column ||
			(int)(b.len + 2 + strlen(one)) + (last && left > 1 ? 22 : 0) > l->width);
		if (full && last)
			break;
		if (full) {
			lines_say(l, LOOK_PLAIN, buf_str(&b));
			buf_reset(&b);
		}
		buf_printf(&b, "%s%s", b.len ? "  " : "", one);
	}
	if (left && !in_order)
		buf_printf(&b, "  + %d more: use NAME", left);
	lines_say(l, LOOK_PLAIN, buf_str(&b));
	return left;
}

void legend_matrices(const struct app *a, const struct matrix_grid *g, struct lines *l, bool column,
		     int most)
{
	struct lines tried = { .width = l->width };
	bool fit =
		g->n_of <= most * (column ? 1 : 4) && !legend_try(a, g, &tried, column, most, true);

	buf_done(&tried.text);
	legend_try(a, g, l, column, most, fit);
}

/* Each matrix with all that it has, as long as there is room for all. */
static void legend_contents(const struct app *a, const struct matrix_grid *g, struct lines *l)
{
	char who[96], text[1024];

	for (int i = 0; i < g->n_of; i++) {
		const struct matrix *m = matrix_then(g->of[i]);
		CLEANUP(buf_done) struct buf b = { 0 };

		matrix_who(a, g->of[i], who, sizeof(who));
		buf_printf(&b, "%c%s %.8s %s", i == g->chosen ? '>' : ' ', g->name[i],
			   g->of[i]->uuid, who);
		lines_say(l, LOOK_PLAIN, buf_str(&b));
		buf_reset(&b);
		buf_printf(&b, "   %s",
			   mask_empty(&m->adapters)
				   ? "no adapters"
				   : mask_shown(&m->adapters, false, text, sizeof(text)));
		buf_printf(&b, " x %s",
			   mask_empty(&m->domains)
				   ? "no domains"
				   : mask_shown(&m->domains, true, text, sizeof(text)));
		if (!mask_empty(&m->control))
			buf_printf(&b, ", control %s",
				   mask_shown(&m->control, true, text, sizeof(text)));
		lines_say(l, LOOK_PLAIN, buf_str(&b));
	}
}

void matrix_legend(struct app *a, struct canvas *c, struct rect at, struct matrix_grid *g)
{
	struct lines l = { .width = at.cols };

	if (g->n_of * 3 <= at.rows - 12)
		legend_contents(a, g, &l);
	else
		legend_matrices(a, g, &l, true, MAX(at.rows - 12, 3));
	lines_say(&l, LOOK_PLAIN, " ");
	legend_signs(a, g, &l, true);
	lines_draw(&l, c, &at, 0, at.rows);
	buf_done(&l.text);
}
