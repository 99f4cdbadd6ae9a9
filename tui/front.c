/* SPDX-License-Identifier: MIT */
#include "front.h"
#include "clock.h"
#include "said.h"
#include "tty.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_COLS = 79, LINE_ROWS = 24, TALL = 1000, HEAD_ROWS = 6 };

struct front {
	struct app *app;
	struct tty tty;
	struct front_opts opts;
	struct canvas canvas;
	struct told told;
	void (*show)(struct front *f, bool all);
};

/* -- the page of a panel -- */

/* What the canvas has beyond ASCII it shows as '?', but a byte too many would shift a 3270's line. */
static void to_7_bit(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x7f)
			*text = '?';
}

/* Brackets stand elsewhere in the code page of a 3270's emulator than in the kernel's: it shows other characters. */
static void to_3270(char *text)
{
	to_7_bit(text);
	for (; *text; text++)
		*text = *text == '[' ? '(' : *text == ']' ? ')' : *text;
}

void panel_page(const struct canvas *c, bool clear, struct buf *ret)
{
	size_t from;

	(void)buf_adds(ret, clear ? "\033[H\033[J" : "\n");
	from = ret->len;
	if (canvas_to_text(c, ret) < 0)
		return;
	while (ret->len > from && ret->data[ret->len - 1] == '\n')
		ret->data[--ret->len] = '\0';
	to_3270(ret->data + from);
	(void)buf_adds(ret, " ");
}

/* -- what line mode says -- */

void told_done(struct told *t)
{
	buf_done(&t->text);
	buf_done(&t->over);
	*t = (struct told){ 0 };
}

/* A line and those that go on with it, which begin with three blanks. */
static const char *entry_at(const char **text, bool alone, size_t *ret_len)
{
	const char *entry = *text, *end = entry + strcspn(entry, "\n");

	while (!alone && end > entry && !strncmp(end, "\n   ", 4) && end[4] > ' ')
		end += 1 + strcspn(end + 1, "\n");
	*ret_len = (size_t)(end - entry);
	*text = end + (*end == '\n');
	return entry;
}

/* Since each entry is understood by itself it is old wherever it stood. */
static bool was_told(const char *old, bool alone, const char *entry, size_t len)
{
	while (*old) {
		size_t old_len;
		const char *before = entry_at(&old, alone, &old_len);

		if (old_len == len && memcmp(before, entry, len) == 0)
			return true;
	}
	return false;
}

/* The machine, the places and the counts are told once, the words at the first visit, a question each time. */
enum { PLACE_LINE = 2 };

struct telling {
	const char *place; /* what was told of the place, which may lie below a dialog */
	const char *old;   /* what was told of what is shown now; "" nothing */
	bool all, words, back, dialog;
};

/* More than half of it is other: a piece would not be understood. */
static bool mostly_new(const struct telling *t, const char *text)
{
	size_t n = 0, fresh = 0, len;

	while (*text) {
		const char *entry = entry_at(&text, t->dialog, &len);

		n += len > 0;
		fresh += len > 0 && !was_told(t->old, t->dialog, entry, len);
	}
	return fresh * 2 > n;
}

static bool is_told(const struct telling *t, size_t nth, bool last, const char *entry, size_t len)
{
	if (nth < SAID_HEAD && was_told(t->place, t->dialog, entry, len))
		return nth == PLACE_LINE && !t->dialog && (t->back || t->all);
	if (last)
		return t->dialog || t->words;
	return t->all || !was_told(t->old, t->dialog, entry, len);
}

static void tell_entries(const struct telling *t, const char *text, struct buf *ret)
{
	for (size_t i = 0; *text; i++) {
		size_t len;
		const char *entry = entry_at(&text, t->dialog, &len);

		if (len && is_told(t, i, !text[strspn(text, "\n")], entry, len))
			(void)buf_printf(ret, "%.*s\n", (int)len, entry);
	}
}

static void tell_message(const struct app *a, struct buf *ret)
{
	const char *const parts[] = { a->msg.what, a->msg.why, a->msg.todo };
	CLEANUP(buf_done) struct buf all = { 0 };
	const char *next;

	for (size_t i = 0; a->msg.what && i < ARRAY_SIZE(parts); i++)
		if (parts[i] && *parts[i])
			(void)buf_printf(&all, "%s%s", all.len ? " " : "", parts[i]);
	for (const char *text = buf_str(&all); *text; text = next) {
		size_t n = text_break(text, LINE_COLS - 2, &next);

		(void)buf_printf(ret, "%s%.*s\n",
				 a->msg_look != LOOK_PLAIN && text == buf_str(&all) ? "! " : "  ",
				 (int)n, text);
	}
}

void line_tell(struct told *last, struct app *a, const struct canvas *c, bool all, struct buf *ret)
{
	CLEANUP(buf_done) struct buf now = { 0 };
	bool known = a->dialog ? last->dialog == a->dialog : last->place == a->place;
	struct buf *keep = a->dialog ? &last->over : &last->text;
	struct telling t = { .place = buf_str(&last->text),
			     .old = known ? buf_str(keep) : "",
			     .back = !a->dialog && last->dialog,
			     .dialog = a->dialog,
			     .words = all || !(last->visited & app_where(a)) };
	size_t from = ret->len;
	char *prompt;

	if (canvas_to_text(c, &now) < 0)
		return;
	/* The last line is the arrow, which the terminal gets at the end. */
	prompt = strstr(buf_str(&now), "\n===>");
	if (prompt) {
		prompt[1] = '\0';
		now.len = (size_t)(prompt + 1 - now.data);
	}
	t.all = all || mostly_new(&t, buf_str(&now));
	tell_entries(&t, buf_str(&now), ret);
	tell_message(a, ret);
	if (ret->len > from)
		to_7_bit(ret->data + from);
	buf_done(keep);
	*keep = now;
	now = (struct buf){ 0 };
	last->dialog = a->dialog;
	if (a->dialog)
		return;
	last->place = a->place;
	last->visited |= app_where(a);
}

/* -- both: drawing -- */

/* Draws on a canvas of that size; false: there is no memory for one. */
static bool draw(struct front *f, int rows, int cols)
{
	if (f->canvas.rows != rows || f->canvas.cols != cols) {
		struct canvas fresh;

		if (canvas_init(&fresh, rows, cols, true) < 0)
			return false;
		canvas_done(&f->canvas);
		f->canvas = fresh;
	}
	app_draw(f->app, &f->canvas);
	return true;
}

static void window(const struct front *f, int *ret_rows, int *ret_cols)
{
	tty_size(&f->tty, ret_rows, ret_cols);
	if (f->opts.rows > 0) {
		*ret_rows = f->opts.rows;
		*ret_cols = f->opts.cols;
	}
	if (f->app->want_rows > 0) {
		*ret_rows = f->app->want_rows;
		*ret_cols = f->app->want_cols;
	}
}

/* A character in the last column takes some terminals to the next line. */
static void show_panel(struct front *f, bool all)
{
	CLEANUP(buf_done) struct buf page = { 0 };
	int rows, cols;

	(void)all;
	window(f, &rows, &cols);
	if (!draw(f, rows, cols - 1))
		return;
	panel_page(&f->canvas, f->opts.clear, &page);
	tty_write(&f->tty, buf_str(&page), page.len);
}

/*
 * What is asked to be read before an answer is shown whole, whatever the size; text comes page by page. Tables know
 * themselves how many rows to tell, whose sentences take more lines.
 */
static bool is_whole(const struct app *a)
{
	if (!a->dialog)
		return a->place != P_OVERVIEW && a->place != P_CHANGES;
	return !strcmp(a->dialog->ops->name, "commit") || !strcmp(a->dialog->ops->name, "setup") ||
	       !strcmp(a->dialog->ops->name, "form");
}

static void show_line(struct front *f, bool all)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct app *a = f->app;
	struct msg said = a->msg;
	int rows, cols;

	window(f, &rows, &cols);
	if (!f->opts.rows && !a->want_rows)
		rows = LINE_ROWS;
	a->said_rows = rows - HEAD_ROWS;
	/* The message stands below what it is about, once. */
	a->msg = (struct msg){ 0 };
	if (!draw(f, is_whole(a) ? TALL : rows, MIN(cols - 1, LINE_COLS)))
		return;
	a->msg = said;
	line_tell(&f->told, a, &f->canvas, all, &text);
	(void)buf_adds(&text, "===> ");
	tty_write(&f->tty, buf_str(&text), text.len);
}

/* -- both: a commit -- */

/* Who it is, in lines of their own. */
static void held_text(const struct app *a, size_t nth, const char *how, struct buf *out)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *next;

	app_held_text(a, nth, &text);
	(void)buf_printf(&text, " %s", how);
	for (const char *part = buf_str(&text); *part; part = next) {
		size_t len = text_break(part, LINE_COLS - 3, &next);

		(void)buf_printf(out, "  %.*s\n", (int)len, part);
	}
}

static void on_step(struct app *a, size_t nth, size_t n, enum step_state state, const char *text)
{
	struct front *f = a->front;
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(buf_done) struct buf out = { 0 };
	const char *next;

	if (state == STEP_RUNNING && nth == 0)
		(void)buf_adds(&out, "The word cancel stops at the next step; what was done is "
				     "undone.\n");
	if (state != STEP_WAITING && state != STEP_RUNNING && state != STEP_UNDOING)
		(void)buf_printf(&line, "step %zu of %zu %s: %s", nth + 1, n, step_word(state),
				 text ? text : "");
	for (const char *part = buf_str(&line); *part; part = next) {
		size_t len = text_break(part, LINE_COLS - 3, &next);

		(void)buf_printf(&out, "%s%.*s\n", part == buf_str(&line) ? "" : "  ", (int)len,
				 part);
	}
	if (state == STEP_HELD)
		held_text(a, nth, "The word cancel gives up waiting.", &out);
	if (out.len)
		(f->tty.raw ? to_3270 : to_7_bit)(out.data);
	tty_write_soon(&f->tty, buf_str(&out), out.len);
}

static bool during(struct app *a)
{
	struct front *f = a->front;
	bool stop = tty_asked_to_stop(&f->tty);

	a->nobody = f->tty.gone || f->tty.left == SIGHUP;
	return stop;
}

/* -- both: the loop -- */

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t")];
}

static void fresh_message(struct app *a)
{
	msg_done(&a->msg);
	a->msg_look = LOOK_PLAIN;
}

/* What comes from a file or a program is shown as a terminal would have shown it. */
static void echo(struct front *f, const char *text)
{
	CLEANUP(buf_done) struct buf line = { 0 };

	if (isatty(f->tty.in) || buf_printf(&line, "%s\n", text) < 0)
		return;
	to_7_bit(line.data);
	tty_write(&f->tty, buf_str(&line), line.len);
}

static void take_one(struct front *f)
{
	struct app *a = f->app;
	char text[256];
	uint32_t key = K_NONE;
	bool all = false, changed;
	long wait = app_tick(a, now_ms(), &changed);

	switch (tty_next(&f->tty, session_fd(a->session), (int)wait, text, &key)) {
	case TTY_TIME: /* what is due is done before the next waiting, and shown as events are */
		return;
	case TTY_MACHINE:
		/* A page that changes while it is read, or typed at, helps nobody: it is shown at the next Enter. */
		app_key(a, K_EVENT);
		return;
	case TTY_LINE:
		fresh_message(a);
		echo(f, text);
		all = is_blank(text) || !strcasecmp(text, "list") || !strcasecmp(text, "repaint");
		if (f->tty.cut)
			app_say_id(a, LOOK_WARN, MSG_LINE_TOO_LONG, NULL);
		else if (!is_blank(text))
			app_line(a, text);
		break;
	case TTY_KEY:
		app_key(a, key);
		break;
	case TTY_RESIZE:
		all = true;
		break;
	case TTY_SIGNAL:
		app_signal(a, (int)key);
		break;
	case TTY_EOF:
		app_end_of_input(a);
		break;
	case TTY_END:
		app_cut_off(a, !isatty(f->tty.in) && errno != EIO);
		break;
	}
	if (!a->quit)
		f->show(f, all);
}

static int run(struct app *a, const struct front_opts *o, bool panel)
{
	struct front f = { .app = a, .opts = *o, .show = panel ? show_panel : show_line };
	int r = tty_open(&f.tty, panel, o->is_3270);

	if (r < 0)
		return r;
	a->front = &f;
	a->during = during;
	a->step = on_step;
	f.show(&f, true);
	while (!a->quit)
		take_one(&f);
	a->front = NULL;
	a->during = NULL;
	a->step = NULL;
	tty_write(&f.tty, "\n", 1);
	tty_close(&f.tty);
	canvas_done(&f.canvas);
	told_done(&f.told);
	return 0;
}

int panel_run(struct app *a, const struct front_opts *o)
{
	return run(a, o, true);
}

int line_run(struct app *a, const struct front_opts *o)
{
	return run(a, o, false);
}
