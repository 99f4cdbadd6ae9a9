/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct form *of(struct dialog *d)
{
	return (struct form *)(void *)d;
}

void field_clear_choices(struct field *field)
{
	for (size_t i = 0; i < field->n_choices; i++)
		free(field->choices[i]);
	free(field->choices);
	field->choices = NULL;
	field->n_choices = field->at = 0;
}

int field_add_choice(struct field *field, const char *choice)
{
	char **grown = reallocarray(field->choices, field->n_choices + 1, sizeof(*grown));
	char *copy = strdup(choice);

	if (grown)
		field->choices = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	grown[field->n_choices++] = copy;
	return 0;
}

const char *field_value(const struct field *field)
{
	if (field->choices)
		return field->at < field->n_choices ? field->choices[field->at] : "";
	return field->text.text;
}

static struct field *add_field(struct form *f, const char *label, const char *hint)
{
	struct field *field;

	if (f->n == FORM_FIELDS)
		return NULL;
	field = &f->fields[f->n++];
	field->label = label;
	field->hint = hint;
	return field;
}

struct field *form_text(struct form *f, const char *label, const char *hint, const char *value)
{
	struct field *field = add_field(f, label, hint);

	if (field)
		line_set(&field->text, value);
	return field;
}

struct field *form_choice(struct form *f, const char *label, const char *hint)
{
	return add_field(f, label, hint);
}

static void choose(struct form *f, struct app *app, int by)
{
	struct field *field = &f->fields[f->cursor];

	if (!field->n_choices)
		return;
	field->at = (field->at + field->n_choices + (size_t)by) % field->n_choices;
	if (f->changed)
		f->changed(f, app, f->cursor);
}

static void carry_out(struct form *f, struct app *app)
{
	msg_done(&f->error);
	if (f->carry_out(f, app, &f->error) == 0) {
		app_close(app);
		app_refresh(app);
	}
}

static void form_key(struct dialog *dialog, struct app *app, uint32_t key)
{
	struct form *f = of(dialog);
	bool text = f->n && !f->fields[f->cursor].choices;

	switch (key) {
	case K_ESC:
	case K_F3:
	case K_F15:
	case K_F12:
	case K_F24:
		app_close(app);
		return;
	case K_ENTER:
		carry_out(f, app);
		return;
	case K_EVENT:
		return;
	case K_PGUP:
	case K_F7:
	case K_F19:
		f->cursor -= MIN(f->cursor, f->rows);
		return;
	case K_PGDN:
	case K_F8:
	case K_F20:
		f->cursor = MIN(f->cursor + f->rows, f->n - 1);
		return;
	case K_UP:
	case K_BACKTAB:
		f->cursor = f->cursor ? f->cursor - 1 : f->n - 1;
		return;
	case K_DOWN:
	case K_TAB:
		f->cursor = f->cursor + 1 < f->n ? f->cursor + 1 : 0;
		return;
	default:
		break;
	}
	if (text)
		line_key(&f->fields[f->cursor].text, key);
	else if (key == K_RIGHT || key == ' ' || key == 'l')
		choose(f, app, 1);
	else if (key == K_LEFT || key == 'h')
		choose(f, app, -1);
	else if (key == 'q')
		app_close(app);
}

/* By the whole of a choice, else by its beginning. */
static bool choose_named(struct form *f, struct app *app, size_t nth, const char *value)
{
	struct field *field = &f->fields[nth];
	size_t found = field->n_choices;

	for (size_t i = field->n_choices; i-- > 0;)
		if (!strncasecmp(field->choices[i], value, strlen(value)))
			found = i;
	for (size_t i = 0; i < field->n_choices; i++)
		if (!strcasecmp(field->choices[i], value))
			found = i;
	if (!*value || found == field->n_choices)
		return false;
	field->at = found;
	if (f->changed)
		f->changed(f, app, nth);
	return true;
}

static void say_choices(struct app *app, const struct field *field, const char *value)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct msg m = { 0 };

	for (size_t i = 0; i < field->n_choices; i++)
		(void)buf_printf(&b, "%s%s", i ? ", " : "", field->choices[i]);
	msg_make(&m, MSG_NO_CHOICE, "what", value, "choices", buf_str(&b), NULL);
	app_say(app, LOOK_WARN, &m);
}

static void set_field(struct form *f, struct app *app, size_t nth, const char *value)
{
	struct field *field = &f->fields[nth];

	f->cursor = nth;
	msg_done(&f->error);
	if (!field->choices)
		line_set(&field->text, value);
	else if (!choose_named(f, app, nth, value))
		say_choices(app, field, value);
}

/* Lines typed elsewhere: "2=auto" sets a field, "ok" carries out; "end" goes back, as in every dialog. */
static bool form_line(struct dialog *dialog, struct app *app, const char *text)
{
	struct form *f = of(dialog);
	char *value;
	unsigned long n = strtoul(text, &value, 10);

	if (!strcasecmp(text, "ok")) {
		carry_out(f, app);
		return true;
	}
	if (value == text || *value != '=')
		return false;
	if (n < 1 || n > f->n)
		app_say_id(app, LOOK_WARN, MSG_NO_FIELD, text);
	else
		set_field(f, app, n - 1, value + 1);
	return true;
}

/* Where there are no arrows to go through them all choices stand there, the chosen one first. */
static void draw_choices(const struct field *field, struct canvas *c, int row, int width)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)buf_adds(&b, field_value(field));
	for (size_t i = 0; i < field->n_choices; i++)
		if (i != field->at)
			(void)buf_printf(&b, "%s%s", strchr(buf_str(&b), '(') ? ", " : "   (or ",
					 field->choices[i]);
	canvas_printf(c, row, 20, width, LOOK_PLAIN, "%s%s", buf_str(&b),
		      field->n_choices > 1 ? ")" : "");
}

static void draw_field(const struct form *f, struct canvas *c, size_t i, int row, bool paged)
{
	const struct field *field = &f->fields[i];
	bool here = i == f->cursor;
	int width = MAX(c->cols - 22, 8);

	canvas_printf(c, row, 1, 18, here ? LOOK_KEY : LOOK_PLAIN, "%c%2zu %s", here ? '>' : ' ',
		      i + 1, field->label);
	if (paged && field->choices) {
		draw_choices(field, c, row, width);
		return;
	}
	if (!field->choices && here && !paged) {
		line_draw(&field->text, c, row, 20, width);
		return;
	}
	if (field->choices)
		canvas_printf(c, row, 20, width, here ? LOOK_FIELD : LOOK_PLAIN, "%s%s%s",
			      here && field->n_choices > 1 ? "< " : "", field_value(field),
			      here && field->n_choices > 1 ? " >" : "");
	else
		canvas_field(c, row, 20, width, LOOK_FIELD, false, field->text.text);
	if (here) {
		c->cursor_row = row;
		c->cursor_col = 20;
	}
}

static void form_draw(struct dialog *dialog, const struct app *app, struct canvas *c)
{
	struct form *f = of(dialog);
	size_t rows = (size_t)MAX(c->rows - 8, 1);
	const struct field *field = &f->fields[f->cursor];

	canvas_clear(c);
	f->rows = rows;
	canvas_fill(c, 0, 0, c->cols, LOOK_TITLE, ' ');
	canvas_text(c, 0, 1, -1, LOOK_TITLE, f->title);
	if (f->cursor < f->top)
		f->top = f->cursor;
	if (f->cursor >= f->top + rows)
		f->top = f->cursor - rows + 1;
	for (size_t i = f->top; i < f->n && i < f->top + rows; i++)
		draw_field(f, c, i, 2 + (int)(i - f->top), app->opts.paged);
	if (f->error.what) {
		app_write(app, c, c->rows - 5, 1, -1, LOOK_ERROR, f->error.what);
		app_write(app, c, c->rows - 4, 1, -1, LOOK_PLAIN, f->error.why);
		app_write(app, c, c->rows - 3, 1, -1, LOOK_PLAIN, f->error.todo);
	} else if (field->hint) {
		canvas_text(c, c->rows - 3, 1, -1, LOOK_FAINT, field->hint);
	}
	app_write(app, c, c->rows - 1, 0, -1, LOOK_KEY,
		  "<Enter Stage   Up Down field   Left Right choose   F3 Back"
		  "|Type N=value to set field N, ok to stage, end to go back>");
}

struct dialog *form_free(struct form *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->n; i++)
		field_clear_choices(&f->fields[i]);
	msg_done(&f->error);
	free(f->data);
	free(f);
	return NULL;
}

static void form_end(struct dialog *dialog)
{
	form_free(of(dialog));
}

static const struct dialog_ops form_ops = {
	.name = "form",
	.draw = form_draw,
	.key = form_key,
	.line = form_line,
	.free = form_end,
};

struct form *form_new(const char *title)
{
	struct form *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->dialog.ops = &form_ops;
	snprintf(f->title, sizeof(f->title), "%s", title);
	return f;
}
