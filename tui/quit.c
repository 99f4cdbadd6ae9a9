/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <string.h>

/* Leaving with edits that were never committed is asked for once, with saving offered. */

static void say_question(const struct app *a, struct canvas *c, size_t n)
{
	canvas_clear(c);
	canvas_printf(c, 1, 0, -1, LOOK_STAGED, "%zu %s staged and not committed.", n,
		      n == 1 ? "edit is" : "edits are");
	canvas_text(c, 2, 0, -1, LOOK_PLAIN, "Nothing has been written to the machine.");
	app_write(a, c, 3, 0, -1, LOOK_PLAIN,
		  "Leave? <y leaves|yes leaves> and forgets them, <s|save FILE> saves them first, "
		  "<n|no> stays.");
}

static void quit_draw(struct dialog *d, const struct app *a, struct canvas *c)
{
	size_t n = wish_count(session_wish(a->session));
	int width = MIN(58, c->cols - 4), row = MAX(c->rows / 2 - 4, 2),
	    col = (c->cols - width) / 2;

	(void)d;
	if (a->opts.lines) {
		say_question(a, c, n);
		return;
	}
	canvas_box(c, row, col, 7, width, "Leave?");
	canvas_printf(c, row + 1, col + 2, width - 4, LOOK_STAGED,
		      "%zu %s staged and not committed.", n, n == 1 ? "edit is" : "edits are");
	canvas_text(c, row + 2, col + 2, width - 4, LOOK_PLAIN,
		    "Nothing has been written to the machine.");
	app_write(a, c, row + 3, col + 2, width - 4, LOOK_PLAIN,
		  "<y  leave|Type yes to leave> and forget them<|,>");
	app_write(a, c, row + 4, col + 2, width - 4, LOOK_PLAIN,
		  "<s  |save FILE to >save them to a file first<|,>");
	app_write(a, c, row + 5, col + 2, width - 4, LOOK_PLAIN, "<n  stay (F3, Esc)|no to stay.>");
	c->cursor_row = row + 3;
	c->cursor_col = col + 2;
}

static void quit_key(struct dialog *d, struct app *a, uint32_t key)
{
	char name[8];

	(void)d;
	switch (key) {
	case 'y':
	case 'Y':
		app_close(a);
		a->quit = true;
		return;
	case 's':
	case 'S':
		app_close(a);
		app_prompt(a, "save ");
		return;
	case '?':
		app_help(a, "");
		return;
	case K_EVENT:
	case K_CTRL_L:
		return;
	case 'n':
	case 'N':
	case 'q':
	case K_ESC:
	case K_F3:
	case K_F15:
	case K_F12:
	case K_F24:
		app_close(a);
		return;
	}
	app_say_id(a, LOOK_WARN, MSG_QUIT_KEYS, key_label(key, name));
}

static bool quit_line(struct dialog *d, struct app *a, const char *text)
{
	uint32_t key = !strcasecmp(text, "yes") || !strcasecmp(text, "y")  ? 'y'
		       : !strcasecmp(text, "no") || !strcasecmp(text, "n") ? 'n'
									   : 0;

	if (key) {
		quit_key(d, a, key);
		return true;
	}
	if (strncasecmp(text, "save", 4) != 0)
		return false;
	app_close(a);
	app_line(a, text);
	return true;
}

static void quit_free(struct dialog *d)
{
	free(d);
}

struct dialog *quit_dialog(struct app *a)
{
	static const struct dialog_ops ops = { "quit", quit_draw, quit_key, quit_line, quit_free };
	struct dialog *d = calloc(1, sizeof(*d));

	(void)a;
	if (d)
		d->ops = &ops;
	return d;
}
