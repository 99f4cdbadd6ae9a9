/* SPDX-License-Identifier: MIT */
#include "canvas.h"

/* A canvas as a picture: for README and for whoever reviews a screen without a terminal. */

enum { CELL_W = 8, CELL_H = 17, PAD = 8, BASE = 13 };

#define RECT "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"

struct ink {
	const char *fill;
	bool bold, underline, reverse;
};

/* The same decisions as term.c makes for a terminal: attributes carry the meaning, colour adds. */
static struct ink ink_of(enum look look, bool color)
{
	static const struct ink inks[LOOK_COUNT] = {
		[LOOK_TITLE] = { NULL, .bold = true },
		[LOOK_CURSOR] = { NULL, .reverse = true },
		[LOOK_STAGED] = { "#e080e0", .bold = true },
		[LOOK_GUEST] = { "#00af87" },
		[LOOK_WARN] = { "#ff8787", .bold = true },
		[LOOK_ERROR] = { "#ff5f5f", .bold = true },
		[LOOK_KEY] = { NULL, .bold = true },
		[LOOK_FIELD] = { NULL, .underline = true },
	};
	struct ink ink = inks[look < LOOK_COUNT ? look : LOOK_PLAIN];

	if (!color || !ink.fill)
		ink.fill = "#d8d8d8";
	return ink;
}

static int add_escaped(struct buf *b, uint32_t ch)
{
	switch (ch) {
	case '<':
		return buf_adds(b, "&lt;");
	case '>':
		return buf_adds(b, "&gt;");
	case '&':
		return buf_adds(b, "&amp;");
	}
	return ch < 0x80 ? buf_addc(b, (char)ch) : buf_printf(b, "&#%u;", (unsigned)ch);
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->look == b->look && a->mark == b->mark;
}

static bool blank(const struct cell *cell)
{
	return cell->ch == ' ' || cell->ch == 0;
}

/* Word by word, each at its own place: viewers differ in what they make of blanks and of a font's width. */
static int add_words(struct buf *b, const struct cell *cells, int x, int y, int n,
		     const struct ink *ink, bool reverse)
{
	int r = 0;

	for (int from = 0, to; from < n && r == 0; from = to) {
		for (to = from; to < n && blank(&cells[to]) == blank(&cells[from]);)
			to++;
		if (blank(&cells[from]))
			continue;
		r = buf_printf(b, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>",
			       x + from * CELL_W, y + BASE, (to - from) * CELL_W,
			       reverse ? "#101418" : ink->fill,
			       ink->bold ? " font-weight=\"bold\"" : "");
		for (int i = from; i < to && r == 0; i++)
			r = add_escaped(b, cells[i].ch);
		if (r == 0)
			r = buf_adds(b, "</text>\n");
	}
	return r;
}

/* One stretch of cells which look the same. */
static int add_run(struct buf *b, const struct cell *cells, int row, int col, int n, bool color)
{
	struct ink ink = ink_of((enum look)cells->look, color);
	bool reverse = ink.reverse != cells->mark;
	int x = PAD + col * CELL_W, y = PAD + row * CELL_H, r = 0;

	if (reverse)
		r = buf_printf(b, RECT, x, y, n * CELL_W, CELL_H, ink.fill);
	if (r == 0 && ink.underline)
		r = buf_printf(b, RECT, x, y + CELL_H - 2, n * CELL_W, 1, ink.fill);
	return r < 0 ? r : add_words(b, cells, x, y, n, &ink, reverse);
}

static int add_row(struct buf *b, const struct canvas *c, int row, bool color)
{
	const struct cell *line = c->cells + row * c->cols;
	int r = 0;

	for (int col = 0, n; col < c->cols && r == 0; col += n) {
		for (n = 1; col + n < c->cols && same(&line[col], &line[col + n]); n++)
			;
		r = add_run(b, line + col, row, col, n, color);
	}
	return r;
}

int canvas_to_svg(const struct canvas *c, bool color, struct buf *ret)
{
	int width = 2 * PAD + c->cols * CELL_W, height = 2 * PAD + c->rows * CELL_H;
	int r = buf_printf(
		ret,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
		"0 %d %d\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#101418\"/>\n"
		"<g font-family=\"monospace\" font-size=\"13\">\n",
		width, height, width, height, width, height);

	for (int row = 0; row < c->rows && r == 0; row++)
		r = add_row(ret, c, row, color);
	if (r == 0 && c->cursor_row >= 0)
		r = buf_printf(ret,
			       "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
			       "stroke=\"#d8d8d8\"/>\n",
			       PAD + c->cursor_col * CELL_W, PAD + c->cursor_row * CELL_H, CELL_W,
			       CELL_H);
	return r < 0 ? r : buf_adds(ret, "</g>\n</svg>\n");
}
