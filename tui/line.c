/* SPDX-License-Identifier: MIT */
#include "line.h"
#include "keys.h"

#include <string.h>

static bool tail_byte(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct line *l, size_t at)
{
	while (at > 0 && tail_byte(l->text[--at]))
		;
	return at;
}

static size_t after(const struct line *l, size_t at)
{
	if (at < l->len)
		at++;
	while (at < l->len && tail_byte(l->text[at]))
		at++;
	return at;
}

static void cut(struct line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to + 1);
	l->len -= to - from;
	l->at = from;
}

static void insert(struct line *l, uint32_t key)
{
	char s[4];
	size_t n = key < 0x80 ? 1 : key < 0x800 ? 2 : key < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; key >>= 6)
		s[i] = (char)(0x80 | (key & 0x3f));
	s[0] = (char)(first[n] | key);
	if (l->len + n >= sizeof(l->text))
		return;
	memmove(l->text + l->at + n, l->text + l->at, l->len - l->at + 1);
	memcpy(l->text + l->at, s, n);
	l->len += n;
	l->at += n;
}

/* Shows an older (+1) or newer (-1) line of the history; newer than the newest is the empty line. */
static void recall(struct line *l, int step)
{
	size_t nth = l->nth;

	if (step > 0 && nth < l->n_last)
		nth++;
	else if (step < 0 && nth > 0)
		nth--;
	else
		return;
	line_set(l, nth ? l->last[nth - 1] : "");
	l->nth = nth;
}

static enum line_result edit_key(struct line *l, uint32_t key)
{
	enum { CTRL_A = 1, CTRL_E = 5, CTRL_U = 21, CTRL_W = 23 };
	size_t from = l->at;

	switch (key) {
	case K_BACKSPACE:
		cut(l, before(l, l->at), l->at);
		return LINE_MORE;
	case K_DELETE:
		cut(l, l->at, after(l, l->at));
		return LINE_MORE;
	case CTRL_U:
		cut(l, 0, l->at);
		return LINE_MORE;
	case CTRL_W:
		while (from > 0 && l->text[from - 1] == ' ')
			from--;
		while (from > 0 && l->text[from - 1] != ' ')
			from--;
		cut(l, from, l->at);
		return LINE_MORE;
	case CTRL_A:
		l->at = 0;
		return LINE_MORE;
	case CTRL_E:
		l->at = l->len;
		return LINE_MORE;
	}
	if (key < 0x20 || key >= K_BASE || (key >= 0x7f && key < 0xa0) ||
	    (key >= 0xd800 && key < 0xe000))
		return LINE_IGNORED;
	insert(l, key);
	return LINE_MORE;
}

enum line_result line_key(struct line *l, uint32_t key)
{
	switch (key) {
	case K_ENTER:
		return LINE_DONE;
	case K_ESC:
	case K_F3:
	case K_F15:
	case K_F12:
	case K_F24:
		return LINE_CANCEL;
	case K_LEFT:
		l->at = before(l, l->at);
		return LINE_MORE;
	case K_RIGHT:
		l->at = after(l, l->at);
		return LINE_MORE;
	case K_HOME:
		l->at = 0;
		return LINE_MORE;
	case K_END:
		l->at = l->len;
		return LINE_MORE;
	case K_UP:
		recall(l, 1);
		return LINE_MORE;
	case K_DOWN:
		recall(l, -1);
		return LINE_MORE;
	}
	return edit_key(l, key);
}

void line_set(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(l->text))
		n = sizeof(l->text) - 1;
	while (n > 0 && tail_byte(text[n])) /* a character is not cut */
		n--;
	memmove(l->text, text, n);
	l->text[n] = '\0';
	l->len = l->at = n;
	l->nth = 0;
}

void line_remember(struct line *l)
{
	if (l->len && (!l->n_last || strcmp(l->last[0], l->text) != 0)) {
		memmove(l->last + 1, l->last, sizeof(l->last) - sizeof(l->last[0]));
		memcpy(l->last[0], l->text, sizeof(l->text));
		l->n_last = MIN(l->n_last + 1, ARRAY_SIZE(l->last));
	}
	line_set(l, "");
}

void line_draw(const struct line *l, struct canvas *c, int row, int col, int width)
{
	char head[sizeof(l->text)];
	size_t from = 0;
	int at;

	if (width <= 0)
		return;
	memcpy(head, l->text, l->at);
	head[l->at] = '\0';
	/* The cursor's own cell must fit, too. */
	while (text_width(head + from) > width - 1)
		from = after(l, from);
	at = col + text_width(head + from);
	canvas_fill(c, row, col, width, LOOK_FIELD, ' ');
	canvas_text(c, row, col, width, LOOK_FIELD, l->text + from);
	c->cursor_row = row;
	c->cursor_col = at;
}
