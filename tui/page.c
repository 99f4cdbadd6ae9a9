/* SPDX-License-Identifier: MIT */
#include "page.h"
#include "keys.h"

#include <errno.h>
#include <string.h>

void page_done(struct page *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->lines[i].text);
	free(p->lines);
	*p = (struct page){ 0 };
}

static int add_one(struct page *p, enum look look, const char *text, size_t len)
{
	struct page_line line = { .look = look };

	if (array_grow(&p->lines, p->n, &p->cap, sizeof(*p->lines)) < 0)
		return -ENOMEM;
	line.text = strndup(text, len);
	if (!line.text)
		return -ENOMEM;
	line.indent = (int)strspn(line.text, " ");
	p->lines[p->n++] = line;
	return 0;
}

int page_add(struct page *p, enum look look, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *s;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	for (s = buf_str(&b); r == 0; s++) {
		size_t len = strcspn(s, "\n");

		r = add_one(p, look, s, len);
		s += len;
		if (!*s)
			break;
	}
	return r;
}

bool page_key(struct page *p, uint32_t key)
{
	int last = MAX(p->total - p->shown, 0), top = p->top;

	switch (key) {
	case K_UP:
		top--;
		break;
	case K_DOWN:
		top++;
		break;
	case K_PGUP:
	case K_F7:
	case K_F19:
		top -= MAX(p->shown - 1, 1);
		break;
	case K_PGDN:
	case K_F8:
	case K_F20:
		top += MAX(p->shown - 1, 1);
		break;
	case K_HOME:
		top = 0;
		break;
	case K_END:
		top = last;
		break;
	default:
		return false;
	}
	p->top = MAX(MIN(top, last), 0);
	return true;
}

/* How many bytes of text fit into width columns, broken at a blank where there is one. */
static size_t fit(const char *text, int width)
{
	size_t n = 0, blank = 0;
	int columns = 0;

	while (text[n]) {
		char one[8] = { 0 };
		size_t len = 1;

		while (len < 4 && ((unsigned char)text[n + len] & 0xc0) == 0x80)
			len++;
		memcpy(one, text + n, len);
		columns += text_width(one);
		if (columns > width)
			return blank ? blank : n ? n : len;
		n += len;
		if (text[n] == ' ')
			blank = n;
	}
	return n;
}

struct drawing {
	struct canvas *c;
	int row, col, rows, cols, top, at;
};

static void draw_row(struct drawing *d, enum look look, int indent, const char *text, size_t len)
{
	int row = d->at++ - d->top;
	char copy[1024];

	if (row < 0 || row >= d->rows)
		return;
	len = MIN(len, sizeof(copy) - 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	canvas_field(d->c, d->row + row, d->col, d->cols, look, false, "");
	canvas_text(d->c, d->row + row, d->col + indent, d->cols - indent, look, copy);
}

static void draw_line(struct drawing *d, const struct page_line *line)
{
	const char *s = line->text + line->indent;
	int indent = MIN(line->indent, d->cols / 2);

	do {
		size_t n = fit(s, MAX(d->cols - indent, 1));

		draw_row(d, line->look, indent, s, n);
		s += n;
		if (line->text + line->indent + n == s)
			indent = MIN(indent + 2, d->cols / 2);
		s += strspn(s, " ");
	} while (*s);
}

void page_draw(struct page *p, struct canvas *c, int row, int col, int rows, int cols)
{
	struct drawing d = { c, row, col, rows, cols - 1, p->top, 0 };

	for (size_t i = 0; i < p->n; i++)
		draw_line(&d, &p->lines[i]);
	p->total = d.at;
	p->shown = rows;
	if (p->top > MAX(p->total - rows, 0)) {
		p->top = MAX(p->total - rows, 0);
		for (int i = 0; i < rows; i++)
			canvas_fill(c, row + i, col, cols, LOOK_PLAIN, ' ');
		page_draw(p, c, row, col, rows, cols);
		return;
	}
	if (p->top > 0)
		canvas_text(c, row, col + cols - 1, 1, LOOK_KEY, "^");
	if (p->top + rows < p->total)
		canvas_text(c, row + rows - 1, col + cols - 1, 1, LOOK_KEY, "v");
}
