/* SPDX-License-Identifier: MIT */
#include "canvas.h"

/* A canvas as a picture: for README and for whoever reviews a screen without a terminal. */

enum { CELL_W = 8, CELL_H = 17, PAD = 8, BASE = 13 };

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

/* One stretch of cells which look the same. */
static int add_run(struct buf *b, const struct cell *cells, int row, int col, int n, bool color)
{
	struct ink ink = ink_of((enum look)cells->look, color);
	bool reverse = ink.reverse != cells->mark;
	bool blank = true;
	int x = PAD + col * CELL_W, y = PAD + row * CELL_H, r = 0;

	for (int i = 0; i < n; i++)
		blank = blank && (cells[i].ch == ' ' || cells[i].ch == 0);
	if (reverse)
		r = buf_printf(b,
			       "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
			       x, y, n * CELL_W, CELL_H, ink.fill);
	if (r < 0 || (blank && !ink.underline))
		return r;
	r = buf_printf(b, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s%s>", x, y + BASE,
		       n * CELL_W, reverse ? "#101418" : ink.fill,
		       ink.bold ? " font-weight=\"bold\"" : "",
		       ink.underline ? " text-decoration=\"underline\"" : "");
	for (int i = 0; i < n && r == 0; i++)
		if (cells[i].ch)
			r = add_escaped(b, cells[i].ch);
	return r < 0 ? r : buf_adds(b, "</text>\n");
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
		"<g font-family=\"monospace\" font-size=\"13\" xml:space=\"preserve\">\n",
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
