/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int canvas_init(struct canvas *c, int rows, int cols, bool ascii)
{
	rows = MAX(1, MIN(rows, 1000));
	cols = MAX(1, MIN(cols, 1000));
	struct cell *cells = calloc((size_t)rows * (size_t)cols, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	*c = (struct canvas){ .rows = rows, .cols = cols, .cells = cells, .ascii = ascii };
	canvas_clear(c);
	return 0;
}

void canvas_done(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){ 0 };
}

void canvas_clear(struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		c->cells[i] = (struct cell){ .ch = ' ' };
	c->cursor_row = c->cursor_col = -1;
}

static struct cell *cell_at(struct canvas *c, int row, int col)
{
	if (row < 0 || col < 0 || row >= c->rows || col >= c->cols)
		return NULL;
	return &c->cells[row * c->cols + col];
}

/* The next character of a UTF-8 text and how many bytes it takes; '?' for what is none. */
static uint32_t utf8_next(const char *text, size_t *ret_len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t ch;

	*ret_len = 1;
	if (n == 1)
		return s[0] < 0x20 || s[0] == 0x7f ? '?' : s[0];
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return '?';
	ch = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return '?';
		ch = ch << 6 | (s[i] & 0x3f);
	}
	*ret_len = n;
	return ch < least[n] || ch > 0x10ffff || (ch >= 0xd800 && ch < 0xe000) ? '?' : ch;
}

struct range {
	uint32_t from, to;
};

static bool in_ranges(uint32_t ch, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ch >= r[i].from && ch <= r[i].to)
			return true;
	return false;
}

/*
 * Columns a character takes. Our own table, not wcwidth(3): the same picture in every locale. What combines, is
 * invisible or turns the direction of reading counts as none and becomes '?'.
 */
static int char_width(uint32_t ch)
{
	static const struct range none[] = {
		{ 0x80, 0x9f },	    { 0xad, 0xad },	{ 0x300, 0x36f },      { 0x483, 0x489 },
		{ 0x591, 0x5bd },   { 0x610, 0x61a },	{ 0x64b, 0x65f },      { 0x1ab0, 0x1aff },
		{ 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x2028, 0x202e },    { 0x2060, 0x206f },
		{ 0x20d0, 0x20ff }, { 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f },    { 0xfe20, 0xfe2f },
		{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0x10ffff },
	};
	static const struct range wide[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
		{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
		{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
	};

	if (ch < 0x80)
		return 1;
	return in_ranges(ch, none, ARRAY_SIZE(none))   ? 0
	       : in_ranges(ch, wide, ARRAY_SIZE(wide)) ? 2
						       : 1;
}

/* The character as it is drawn, and its width. */
static uint32_t drawn(const struct canvas *c, uint32_t ch, int *ret_width)
{
	int width = char_width(ch);

	*ret_width = MAX(width, 1);
	if (width && (ch < 0x80 || !c || !c->ascii))
		return ch;
	*ret_width = 1;
	return '?';
}

int text_width(const char *utf8)
{
	int total = 0, width;
	size_t len;

	for (; *utf8; utf8 += len) {
		len = 1;
		width = 1;
		/* Nearly all are; the others are looked up. */
		if (*utf8 < ' ' || *utf8 > '~')
			drawn(NULL, utf8_next(utf8, &len), &width);
		total += width;
	}
	return total;
}

static void put(struct canvas *c, int row, int col, enum look look, uint32_t ch)
{
	struct cell *cell = cell_at(c, row, col), *left = cell_at(c, row, col - 1),
		    *right = cell_at(c, row, col + 1);

	if (!cell)
		return;
	/* Half of a wide character is no character. */
	if (cell->ch == 0 && left)
		left->ch = ' ';
	if (char_width(cell->ch) == 2 && right && right->ch == 0)
		right->ch = ' ';
	*cell = (struct cell){ .ch = ch, .look = (uint8_t)look };
}

int canvas_text(struct canvas *c, int row, int col, int width, enum look look, const char *text)
{
	int end = width < 0 ? c->cols : MIN(col + width, c->cols);
	size_t len;
	int w;

	for (; *text; text += len, col += w) {
		uint32_t ch = drawn(c, utf8_next(text, &len), &w);

		if (col + w > end)
			break;
		put(c, row, col, look, ch);
		if (w == 2)
			put(c, row, col + 1, look, 0);
	}
	return col;
}

int canvas_printf(struct canvas *c, int row, int col, int width, enum look look, const char *fmt,
		  ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return r < 0 ? col : canvas_text(c, row, col, width, look, buf_str(&b));
}

void canvas_field(struct canvas *c, int row, int col, int width, enum look look, bool align_right,
		  const char *text)
{
	int need = text_width(text);

	if (width <= 0)
		return;
	canvas_fill(c, row, col, width, look, ' ');
	if (need <= width) {
		canvas_text(c, row, align_right ? col + width - need : col, need, look, text);
		return;
	}
	canvas_text(c, row, col, width - 1, look, text);
	canvas_glyph(c, row, col + width - 1, look, GLYPH_ELLIPSIS);
}

void canvas_glyph(struct canvas *c, int row, int col, enum look look, enum glyph glyph)
{
	static const uint32_t plain[GLYPH_COUNT] = { '-', '|', '+', '+', '+', '+', '~' };
	static const uint32_t fine[GLYPH_COUNT] = { 0x2500, 0x2502, 0x250c, 0x2514,
						    0x2510, 0x2518, 0x2026 };

	put(c, row, col, look, (c->ascii ? plain : fine)[glyph]);
}

void canvas_fill(struct canvas *c, int row, int col, int width, enum look look, char ch)
{
	int end = width < 0 ? c->cols : MIN(col + width, c->cols);

	for (int i = MAX(col, 0); i < end; i++)
		put(c, row, i, look, (unsigned char)ch);
}

void canvas_look(struct canvas *c, int row, int col, int width, enum look look)
{
	int end = width < 0 ? c->cols : MIN(col + width, c->cols);

	for (int i = MAX(col, 0); i < end; i++) {
		struct cell *cell = cell_at(c, row, i);

		if (cell)
			cell->look = (uint8_t)look;
	}
}

void canvas_mark(struct canvas *c, int row, int col, int width, bool mark)
{
	int end = width < 0 ? c->cols : MIN(col + width, c->cols);

	for (int i = MAX(col, 0); i < end; i++) {
		struct cell *cell = cell_at(c, row, i);

		if (cell)
			cell->mark = mark;
	}
}

void canvas_box(struct canvas *c, int row, int col, int height, int width, const char *title)
{
	for (int i = 0; i < height; i++)
		canvas_fill(c, row + i, col, width, LOOK_PLAIN, ' ');
	for (int i = 1; i < width - 1; i++) {
		canvas_glyph(c, row, col + i, LOOK_PLAIN, GLYPH_HLINE);
		canvas_glyph(c, row + height - 1, col + i, LOOK_PLAIN, GLYPH_HLINE);
	}
	for (int i = 1; i < height - 1; i++) {
		canvas_glyph(c, row + i, col, LOOK_PLAIN, GLYPH_VLINE);
		canvas_glyph(c, row + i, col + width - 1, LOOK_PLAIN, GLYPH_VLINE);
	}
	for (int i = 0; i < 4; i++)
		canvas_glyph(c, row + (i & 1 ? height - 1 : 0), col + (i & 2 ? width - 1 : 0),
			     LOOK_PLAIN, (enum glyph)(GLYPH_TOP_LEFT + i));
	if (title && width > 6)
		canvas_printf(c, row, col + 2, width - 4, LOOK_TITLE, " %s ", title);
}

static int add_utf8(struct buf *b, uint32_t ch)
{
	char s[4];
	size_t n = ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; ch >>= 6)
		s[i] = (char)(0x80 | (ch & 0x3f));
	s[0] = (char)(first[n] | ch);
	return buf_add(b, s, n);
}

int canvas_to_text(const struct canvas *c, struct buf *ret)
{
	int r = 0;

	for (int row = 0; row < c->rows && r == 0; row++) {
		const struct cell *line = c->cells + row * c->cols;
		int end = c->cols;

		while (end > 0 && line[end - 1].ch == ' ')
			end--;
		for (int col = 0; col < end && r == 0; col++)
			if (line[col].ch)
				r = add_utf8(ret, line[col].ch);
		if (r == 0)
			r = buf_addc(ret, '\n');
	}
	return r;
}
