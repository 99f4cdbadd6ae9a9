/* SPDX-License-Identifier: MIT */
#include "front.h"
#include "tty.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_COLS = 79, LINE_ROWS = 24, TALL = 400 };

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

void panel_page(const struct canvas *c, bool clear, struct buf *ret)
{
	size_t from;

	(void)buf_adds(ret, clear ? "\033[H\033[J" : "\n");
	from = ret->len;
	if (canvas_to_text(c, ret) < 0)
		return;
	while (ret->len > from && ret->data[ret->len - 1] == '\n')
		ret->data[--ret->len] = '\0';
	to_7_bit(ret->data + from);
	(void)buf_adds(ret, " ");
}

/* -- what line mode says -- */

void told_done(struct told *t)
{
	buf_done(&t->text);
	*t = (struct told){ 0 };
}

static const char *line_at(const char **text, size_t *ret_len)
{
	const char *line = *text;

	*ret_len = strcspn(line, "\n");
	*text = line + *ret_len + (line[*ret_len] == '\n');
	return line;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static bool is_new(const char **old, const char *line, size_t len)
{
	size_t old_len;
	const char *before = line_at(old, &old_len);

	return old_len != len || memcmp(before, line, len) != 0;
}

enum { TITLE_LINES = 2 }; /* said again only when they change */

static void tell_lines(const char *old, const char *text, bool all, struct buf *ret)
{
	for (size_t i = 0; *text; i++) {
		size_t len;
		const char *line = line_at(&text, &len);
		bool fresh = is_new(&old, line, len);

		if (len && (fresh || (all && i >= TITLE_LINES)))
			(void)buf_printf(ret, "%.*s\n", (int)len, line);
	}
}

/* More than half of the lines are others: a piece of it would not be understood. */
static bool mostly_new(const char *old, const char *text)
{
	size_t n = 0, fresh = 0, len;

	while (*text) {
		const char *line = line_at(&text, &len);

		n++;
		fresh += is_new(&old, line, len);
	}
	return fresh * 2 > n;
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
	all = all || last->place != a->place || last->dialog != a->dialog ||
	      count_lines(buf_str(&last->text)) != count_lines(buf_str(&now)) ||
	      mostly_new(buf_str(&last->text), buf_str(&now));
	tell_lines(buf_str(&last->text), buf_str(&now), all, ret);
	tell_message(a, ret);
	if (ret->len > from)
		to_7_bit(ret->data + from);
	buf_done(&last->text);
	*last = (struct told){ .text = now, .place = a->place, .dialog = a->dialog };
	now = (struct buf){ 0 };
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

/* What is asked to be read before an answer is shown whole, whatever the size; the rest comes page by page. */
static bool is_whole(const struct app *a)
{
	return a->dialog &&
	       (!strcmp(a->dialog->ops->name, "commit") || !strcmp(a->dialog->ops->name, "setup") ||
		!strcmp(a->dialog->ops->name, "form"));
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
	if (out.len)
		to_7_bit(out.data);
	tty_write_soon(&f->tty, buf_str(&out), out.len);
}

static bool during(struct app *a)
{
	struct front *f = a->front;

	return tty_asked_to_stop(&f->tty);
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

static void take_one(struct front *f)
{
	struct app *a = f->app;
	char text[256];
	uint32_t key = K_NONE;
	bool all = false;

	switch (tty_next(&f->tty, session_fd(a->session), text, &key)) {
	case TTY_MACHINE:
		/* A page that changes while it is read, or typed at, helps nobody: it is shown at the next Enter. */
		app_key(a, K_EVENT);
		return;
	case TTY_LINE:
		fresh_message(a);
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
	case TTY_END:
		a->quit = true;
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
