/* SPDX-License-Identifier: MIT */
#include "sheet_dialog.h"

#include <string.h>

static struct sheet_dialog *of(struct dialog *d)
{
	return (struct sheet_dialog *)(void *)d;
}

static void dialog_draw(struct dialog *d, const struct app *a, struct canvas *c)
{
	struct sheet_dialog *sd = of(d);
	struct rect r = { .row = 2, .col = 1, .rows = c->rows - 3, .cols = c->cols - 2 };

	sheet_reset(&sd->sheet);
	sd->sheet.said = a->opts.lines;
	sd->build(sd, a, r.cols);
	for (int row = 1; row < c->rows; row++)
		canvas_fill(c, row, 0, -1, LOOK_PLAIN, ' ');
	canvas_field(c, 1, 1, r.cols, LOOK_TITLE, false, sd->title);
	sheet_draw(&sd->sheet, c, &r, false);
	c->cursor_row = r.row + (int)(sd->sheet.cursor - sd->sheet.top);
	c->cursor_col = 0;
	app_write(a, c, c->rows - 1, 1, r.cols, LOOK_PLAIN,
		  sd->hint ? sd->hint
			   : "<F3 or q closes   arrows, F7, F8 move"
			     "|Type down, up, find TEXT, or end to go back>");
}

static void dialog_key(struct dialog *d, struct app *a, uint32_t key)
{
	char name[8];

	/* No line is chosen on such a page: what is moved is the page. */
	sheet_edge(&of(d)->sheet, key);
	if (sheet_key(&of(d)->sheet, key) || (of(d)->take && of(d)->take(of(d), a, key, NULL)))
		return;
	switch (key) {
	case 'q':
	case K_F3:
	case K_F15:
	case K_F12:
	case K_F24:
	case K_ESC:
	case K_ENTER:
	case K_LEFT:
		app_close(a);
		return;
	case '?':
		app_help(a, "");
		return;
	case K_CTRL_L:
	case K_EVENT:
		return;
	}
	app_say_id(a, LOOK_WARN, MSG_UNKNOWN_KEY, key_label(key, name));
}

static bool dialog_line(struct dialog *d, struct app *a, const char *text)
{
	if (of(d)->take && of(d)->take(of(d), a, K_NONE, text))
		return true;
	if (strncasecmp(text, "find ", 5) != 0)
		return false;
	if (!sheet_find(&of(d)->sheet, text + 5))
		app_say_id(a, LOOK_WARN, MSG_NOT_FOUND, text + 5);
	return true;
}

static void dialog_free(struct dialog *d)
{
	sheet_done(&of(d)->sheet);
	if (of(d)->data_free)
		of(d)->data_free(of(d)->data);
	free(d);
}

/* Only what has a clock of its own is ever woken. */
static long dialog_tick(struct dialog *d, struct app *a, long now, bool *ret_changed)
{
	return of(d)->tick(of(d), a, now, ret_changed);
}

struct sheet_dialog *sheet_dialog_new(const char *name,
				      void (*build)(struct sheet_dialog *d, const struct app *a,
						    int width))
{
	static const struct dialog_ops kinds[] = {
		{ "help", dialog_draw, dialog_key, dialog_line, dialog_free, NULL },
		{ "detail", dialog_draw, dialog_key, dialog_line, dialog_free, NULL },
		{ "measure", dialog_draw, dialog_key, dialog_line, dialog_free, dialog_tick },
	};
	size_t kind = 0;
	struct sheet_dialog *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	while (kind + 1 < ARRAY_SIZE(kinds) && strcmp(kinds[kind].name, name) != 0)
		kind++;
	d->dialog.ops = &kinds[kind];
	d->build = build;
	return d;
}
