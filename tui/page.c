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
		p->cols = 0;
		if (!*end)
			break;
	}
	return r;
}

bool page_key(struct page *p, uint32_t key)
{
	if (key < K_BASE)
		return false;
	sheet_edge(&p->sheet, key);
	return sheet_key(&p->sheet, key);
}

void page_draw(struct page *p, struct canvas *c, int row, int col, int rows, int cols)
{
	struct rect r = { row, col, rows, cols };

	if (p->cols != cols)
		sheet_reset(&p->sheet);
	for (size_t i = 0; p->cols != cols && i < p->n; i++) {
		int indent = (int)strspn(p->lines[i].text, " ");

		sheet_wrap(&p->sheet, p->lines[i].look, cols, MIN(indent + 2, cols / 2),
			   p->lines[i].text);
	}
	p->cols = cols;
	sheet_draw(&p->sheet, c, &r, false);
}
