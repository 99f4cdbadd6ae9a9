/* SPDX-License-Identifier: MIT */
#include "page.h"
#include "app.h"

#include <errno.h>
#include <string.h>

void page_done(struct page *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->lines[i].text);
	free(p->lines);
	sheet_done(&p->sheet);
	*p = (struct page){ 0 };
}

int page_add(struct page *p, enum look look, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *s, *end;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	for (s = buf_str(&b); r == 0; s = end + 1) {
		end = strchrnul(s, '\n');
		if (array_grow(&p->lines, p->n, &p->cap, sizeof(*p->lines)) < 0)
			return -ENOMEM;
		p->lines[p->n] = (struct page_line){ strndup(s, (size_t)(end - s)), look };
		if (!p->lines[p->n].text)
			return -ENOMEM;
		p->n++;
		if (!*end)
			break;
	}
	return r;
}

/* The sheet scrolls by its cursor, which isn't shown here: it starts at the edge it moves across. */
bool page_key(struct page *p, uint32_t key)
{
	struct sheet *s = &p->sheet;
	size_t bottom = s->top + MAX(s->rows, 1u) - 1;

	if (key < K_BASE)
		return false;
	if (key == K_DOWN || key == K_PGDN || key == K_F8 || key == K_F20)
		s->cursor = MAX(s->cursor, bottom);
	if (key == K_UP || key == K_PGUP || key == K_F7 || key == K_F19)
		s->cursor = MIN(s->cursor, s->top);
	return sheet_key(s, key);
}

void page_draw(struct page *p, struct canvas *c, int row, int col, int rows, int cols)
{
	struct rect r = { row, col, rows, cols };

	sheet_reset(&p->sheet);
	for (size_t i = 0; i < p->n; i++) {
		int indent = (int)strspn(p->lines[i].text, " ");

		sheet_wrap(&p->sheet, p->lines[i].look, cols, MIN(indent + 2, cols / 2),
			   p->lines[i].text);
	}
	sheet_draw(&p->sheet, c, &r, false);
}
