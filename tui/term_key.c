/* SPDX-License-Identifier: MIT */
#define NCURSES_WIDECHAR 1
#include "term_part.h"
#include "keys.h"
#include "tty.h"

#include <curses.h>
#include <wchar.h>

static uint32_t special_key(wint_t key)
{
	static const struct {
		int curses;
		uint32_t key;
	} table[] = {
		{ KEY_UP, K_UP },
		{ KEY_DOWN, K_DOWN },
		{ KEY_LEFT, K_LEFT },
		{ KEY_RIGHT, K_RIGHT },
		{ KEY_PPAGE, K_PGUP },
		{ KEY_NPAGE, K_PGDN },
		{ KEY_HOME, K_HOME },
		{ KEY_END, K_END },
		{ KEY_ENTER, K_ENTER },
		{ KEY_BTAB, K_BACKTAB },
		{ KEY_BACKSPACE, K_BACKSPACE },
		{ KEY_DC, K_DELETE },
		{ KEY_RESIZE, K_RESIZE },
		{ KEY_MOUSE, K_MOUSE },
		{ KEY_A1, K_HOME },
		{ KEY_A3, K_PGUP },
		{ KEY_C1, K_END },
		{ KEY_C3, K_PGDN },
		{ KEY_FIND, K_HOME },
		{ KEY_SELECT, K_END },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if ((wint_t)table[i].curses == key)
			return table[i].key;
	if (key >= (wint_t)KEY_F(1) && key <= (wint_t)KEY_F(24))
		return K_F1 + (uint32_t)(key - (wint_t)KEY_F(1));
	return K_NONE;
}

static uint32_t plain_key(wint_t key)
{
	switch (key) {
	case '\n':
	case '\r':
		return K_ENTER;
	case '\t':
		return K_TAB;
	case '\b':
	case 0x7f:
		return K_BACKSPACE;
	case 0x1b:
		return K_ESC;
	}
	return (uint32_t)key;
}

/*
 * What terminfo does not know comes as ESC and characters, which are nothing that was typed: TERM is wrong, and what the
 * terminal means is what it means in panel mode. K_NONE: a sequence that nobody knows.
 */
static uint32_t after_escape(void)
{
	char bytes[32] = { '\033' };
	size_t n = 1;
	uint32_t key = K_ESC;
	wint_t next;

	while (n < sizeof(bytes) && tty_decode(bytes, n, &key) == 0) {
		int r = get_wch(&next);

		if (r == OK && next < 0x80 && (n > 1 || next == '[' || next == 'O')) {
			bytes[n++] = (char)next;
			timeout(ESCDELAY); /* the rest of it may be on its way; ncurses has waited for its beginning */
			continue;
		}
		if (r == OK)
			unget_wch((wchar_t)next);
		else if (r == KEY_CODE_YES)
			ungetch((int)next);
		key = n > 1 ? K_NONE : K_ESC;
		break;
	}
	nodelay(stdscr, TRUE);
	return key;
}

uint32_t term_key(void)
{
	uint32_t key = K_NONE;
	wint_t c;
	int r;

	do {
		r = get_wch(&c);
		if (r != ERR)
			key = r == KEY_CODE_YES ? special_key(c) : plain_key(c);
		if (key == K_ESC)
			key = after_escape();
	} while (r != ERR && key == K_NONE);
	return key;
}
