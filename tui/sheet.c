/* SPDX-License-Identifier: MIT */
#include "sheet.h"
#include "app.h"

#include <stdio.h>
#include <string.h>

void sheet_reset(struct sheet *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].text);
	p->n = 0;
}

void sheet_done(struct sheet *p)
{
	sheet_reset(p);
	free(p->v);
	*p = (struct sheet){ 0 };
}

static void add(struct sheet *p, enum look look, char *text)
{
	if (!text || array_grow(&p->v, p->n, &p->cap, sizeof(*p->v)) < 0) {
		free(text);
		return;
	}
	p->v[p->n++] = (struct sheet_line){ .text = text, .look = look };
}

void sheet_add(struct sheet *p, enum look look, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	if (buf_vprintf(&b, fmt, ap) == 0)
		add(p, look, buf_take(&b));
	va_end(ap);
}

size_t text_break(const char *text, int width, const char **ret_next)
{
	size_t len = strcspn(text, "\n"), fits = 0, blank = 0, comma = 0;
	char ch[5];

	while (fits < len) {
		size_t n = 1;

		while (n < 4 && ((unsigned char)text[fits + n] & 0xc0) == 0x80)
			n++;
		snprintf(ch, sizeof(ch), "%.*s", (int)n, text + fits);
		width -= text_width(ch);
		if (width < 0 && fits > 0)
			break;
		if (text[fits] == ' ')
			blank = fits;
		fits += n;
		if (fits < len && text[fits - 1] == ',')
			comma = fits;
	}
	if (fits >= len) {
		*ret_next = text + len + (text[len] == '\n');
		return len;
	}
	if (text[fits] == ' ')
		blank = fits;
	/* Long options of QEMU: whole values, and not a line with their first word alone. */
	if (blank < comma && blank < fits / 2)
		blank = comma;
	fits = blank ? blank : fits;
	*ret_next = text + fits + strspn(text + fits, " ");
	return fits;
}

void sheet_wrap(struct sheet *p, enum look look, int width, int indent, const char *text)
{
	bool on = false;
	int in = 0;

	do {
		const char *next;
		size_t n = text_break(text, MAX(width - in, 8), &next);

		sheet_add(p, look, "%*s%.*s", in, "", (int)n, text);
		if (p->n)
			p->v[p->n - 1].goes_on = on;
		text = next;
		in = indent;
		on = true;
	} while (*text);
}

/* Unless that leaves half a line empty. */
size_t text_break_said(const char *text, int width, const char **ret_next)
{
	size_t n = text_break(text, width, ret_next), comma = n;

	if (!**ret_next || text[n] == '\n')
		return n;
	while (comma > n / 2 && !(strchr(",;", text[comma - 1]) && text[comma] == ' '))
		comma--;
	if (comma <= n / 2)
		return n;
	*ret_next = text + comma + strspn(text + comma, " ");
	return comma;
}

void sheet_say(struct sheet *p, enum look look, int width, const char *first, const char *next,
	       const char *text)
{
	const char *lead = first, *rest;

	do {
		size_t n = text_break_said(text, MAX(width - text_width(lead), 8), &rest);

		sheet_add(p, look, "%s%.*s", lead, (int)n, text);
		if (p->n)
			p->v[p->n - 1].goes_on = lead != first;
		text = rest;
		lead = next;
	} while (*text);
}

static size_t first_of_last(const struct sheet *p)
{
	size_t i = p->n ? p->n - 1 : 0;

	while (i > 0 && p->v[i].goes_on)
		i--;
	return i;
}

void sheet_target(struct sheet *p, const struct devid *dev)
{
	for (size_t i = first_of_last(p); dev && i < p->n; i++)
		p->v[i].dev = *dev;
}

void sheet_press(struct sheet *p, uint32_t key)
{
	for (size_t i = first_of_last(p); i < p->n; i++)
		p->v[i].key = key;
}

void sheet_move(struct sheet *p, long rows)
{
	long at = (long)p->cursor + rows;

	p->cursor = at < 0 || !p->n ? 0 : MIN((size_t)at, p->n - 1);
}

bool sheet_find(struct sheet *p, const char *text)
{
	for (size_t i = 1; i <= p->n; i++) {
		size_t at = (p->cursor + i) % p->n;

		if (strcasestr(p->v[at].text, text)) {
			p->cursor = at;
			return true;
		}
	}
	return false;
}

bool sheet_key(struct sheet *p, uint32_t key)
{
	long screen = (long)MAX(p->rows, 2u) - 1;

	switch (key) {
	case K_UP:
	case 'k':
		sheet_move(p, -1);
		return true;
	case K_DOWN:
	case 'j':
		sheet_move(p, 1);
		return true;
	case K_PGUP:
	case K_F7:
	case K_F19:
	case 'b':
		sheet_move(p, -screen);
		return true;
	case K_PGDN:
	case K_F8:
	case K_F20:
	case ' ':
		sheet_move(p, screen);
		return true;
	case K_HOME:
		p->cursor = 0;
		return true;
	case K_END:
		sheet_move(p, (long)p->n);
		return true;
	}
	return false;
}

void sheet_edge(struct sheet *p, uint32_t key)
{
	size_t bottom = p->top + MAX(p->rows, 1u) - 1;

	if (key == K_DOWN || key == K_PGDN || key == K_F8 || key == K_F20)
		p->cursor = MAX(p->cursor, bottom);
	if (key == K_UP || key == K_PGUP || key == K_F7 || key == K_F19)
		p->cursor = MIN(p->cursor, p->top);
}

void sheet_draw(struct sheet *p, struct canvas *c, const struct rect *r, bool cursor)
{
	size_t rows = r->rows > 0 ? (size_t)r->rows : 0;
	/* The last line tells where one is, as soon as not all is shown. */
	bool more = p->n > rows;

	if (!rows)
		return;
	rows -= more && rows > 1;
	p->rows = rows;
	sheet_move(p, 0);
	if (p->cursor < p->top)
		p->top = p->cursor;
	if (p->cursor >= p->top + rows)
		p->top = p->cursor - rows + 1;
	if (p->top + rows > p->n)
		p->top = p->n > rows ? p->n - rows : 0;
	for (size_t i = 0; i < rows && p->top + i < p->n; i++)
		canvas_field(c, r->row + (int)i, r->col, r->cols, p->v[p->top + i].look, false,
			     p->v[p->top + i].text);
	if (cursor && p->n) {
		c->cursor_row = r->row + (int)(p->cursor - p->top);
		c->cursor_col = r->col;
		canvas_mark(c, c->cursor_row, r->col, r->cols, true);
	}
	if (more) {
		char where[48];
		int n = snprintf(where, sizeof(where),
				 p->said ? "Lines %zu to %zu of %zu." : "%zu-%zu/%zu", p->top + 1,
				 MIN(p->top + rows, p->n), p->n);

		canvas_text(c, r->row + r->rows - 1, p->said ? r->col : r->col + r->cols - n - 1, n,
			    LOOK_FAINT, where);
	}
}
