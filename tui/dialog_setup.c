/* SPDX-License-Identifier: MIT */
/* Guided set-up over the whole screen: a question, what can be chosen, and a line for the answer. */
#include "actions.h"
#include "page.h"
#include "setup.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct setup_dialog {
	struct dialog dialog; /* first */
	struct setup *setup;
	struct app *app;
	struct page page;
	struct line line;
	struct msg error; /* why an answer was not taken */
};

static struct setup_dialog *of(struct dialog *d)
{
	return (struct setup_dialog *)(void *)d;
}

static void show_options(struct setup_dialog *d)
{
	const struct setup_question *q = &d->setup->question;
	int width = 0;

	for (size_t i = 0; i < q->n; i++)
		width = MAX(width, (int)strlen(q->options[i].name));
	for (size_t i = 0; i < q->n; i++) {
		const struct setup_option *o = &q->options[i];

		if (o->number)
			page_add(&d->page, LOOK_PLAIN, "%3u%c %-*s  %s", o->number,
				 o->number == q->normal ? '*' : ' ', width, o->name, o->text);
		else
			page_add(&d->page, LOOK_FAINT, "  -  %-*s  %s: %s", width, o->name, o->text,
				 o->why_not);
	}
}

static void show(struct setup_dialog *d)
{
	const struct setup_question *q = &d->setup->question;

	page_done(&d->page);
	if (q->about.len)
		page_add(&d->page, LOOK_PLAIN, "%s", buf_str(&q->about));
	if (d->setup->step == SETUP_REVIEW)
		page_add(&d->page, LOOK_PLAIN,
			 "Enter shows findings and steps again, and asks for the word yes.\n"
			 "b goes back and takes the edits back; keep leaves them staged; q drops "
			 "them.");
	show_options(d);
}

static void leave(struct setup_dialog *d)
{
	struct app *app = d->app;

	setup_take_back(d->setup);
	app_close(app);
	app_refresh(app);
}

static void answer(struct setup_dialog *d, const char *text)
{
	msg_done(&d->error);
	if (d->setup->step < SETUP_REVIEW) {
		int r = setup_answer(d->setup, text, &d->error);

		if (r < 0 && !d->error.what)
			msg_make(&d->error, MSG_NO_MEMORY, NULL);
		if (r < 0)
			return;
	}
	show(d);
	if (d->setup->step == SETUP_REVIEW) {
		app_refresh(d->app);
		app_open(d->app, commit_dialog(d->app, buf_str(&d->setup->question.about)));
	}
}

static bool setup_line(struct dialog *dialog, struct app *app, const char *text)
{
	struct setup_dialog *d = of(dialog);

	if (!strcasecmp(text, "end") || !strcasecmp(text, "cancel") || !strcasecmp(text, "q")) {
		leave(d);
	} else if (!strcasecmp(text, "keep") && d->setup->step == SETUP_REVIEW) {
		app_close(app);
	} else if (!strcasecmp(text, "back") || !strcasecmp(text, "b")) {
		msg_done(&d->error);
		if (!setup_back(d->setup))
			leave(d);
		else
			show(d);
		app_refresh(app);
	} else if (!strcmp(text, "?") || !strcasecmp(text, "help")) {
		app_help(app, "");
	} else if (!strcmp(text, "down") || !strcmp(text, "up")) {
		page_key(&d->page, *text == 'd' ? K_PGDN : K_PGUP);
	} else {
		answer(d, strcasecmp(text, "ok") != 0 ? text : "");
	}
	return true;
}

static void setup_key(struct dialog *dialog, struct app *app, uint32_t key)
{
	struct setup_dialog *d = of(dialog);
	char text[sizeof(d->line.text)];

	if (key == K_ESC || key == K_F3 || key == K_F15 || key == K_F12 || key == K_F24) {
		leave(d);
		return;
	}
	if (key == K_EVENT || page_key(&d->page, key))
		return;
	if (line_key(&d->line, key) != LINE_DONE)
		return;
	strcpy(text, d->line.text);
	line_set(&d->line, "");
	setup_line(dialog, app, *text ? text : "ok");
}

struct asks {
	const char *ask, *foot;
};

static const struct asks *asks(const struct setup *s)
{
	static const struct asks one = {
		"<Answer|Type an answer; ok takes what has the *>",
		"<Enter takes *   b Enter: back   q Enter: leave   F7 F8 scroll   F1 Help"
		"|Words: back, end, down, up, help>"
	};
	static const struct asks several = {
		"<Answer|Type numbers such as 1,3-5, or names; ok takes what has the *>",
		"<Numbers such as 1,3-5, or names   b Enter: back   q Enter: leave   F1 Help"
		"|Words: back, end, down, up, help>"
	};
	/* A digit alone could be a row or a domain: setup_answer asks which. */
	static const struct asks domains = {
		"<Answer|Type domains such as 0004,00ab; ok takes what has the *>",
		"<Domains such as 0004,00ab   b Enter: back   q Enter: leave   F1 Help"
		"|Words: back, end, down, up, help>"
	};

	return s->step == SETUP_DOMAINS || s->step == SETUP_CONTROL ? &domains
	       : s->question.several				    ? &several
								    : &one;
}

static void setup_draw(struct dialog *dialog, const struct app *app, struct canvas *c)
{
	struct setup_dialog *d = of(dialog);
	int row = c->rows - 2, below = d->error.what ? 2 : 0, at;

	canvas_clear(c);
	canvas_fill(c, 0, 0, c->cols, LOOK_TITLE, ' ');
	canvas_printf(c, 0, 1, -1, LOOK_TITLE, "Set-up: %s", d->setup->question.title);
	page_draw(&d->page, c, 1, 1, row - below - 1, c->cols - 2);
	if (below) {
		app_field(app, c, row - 2, 0, c->cols, LOOK_ERROR, d->error.what);
		app_field(app, c, row - 1, 0, c->cols, LOOK_PLAIN,
			  *d->error.why ? d->error.why : d->error.todo);
	}
	at = app_ask(app, c, row, asks(d->setup)->ask);
	if (!app->opts.paged)
		line_draw(&d->line, c, row, at, MAX(c->cols - at, 8));
	app_write(app, c, c->rows - 1, 0, -1, LOOK_KEY, asks(d->setup)->foot);
}

/* The commit page tells what came of it and hands the lines over. */
static void setup_uncovered(struct dialog *dialog, struct app *app)
{
	if (setup_committed(of(dialog)->setup))
		app_close(app);
}

static void setup_end(struct dialog *dialog)
{
	struct setup_dialog *d = of(dialog);

	setup_free(d->setup);
	page_done(&d->page);
	msg_done(&d->error);
	free(d);
}

static const struct dialog_ops setup_ops = {
	.name = "setup",
	.draw = setup_draw,
	.key = setup_key,
	.line = setup_line,
	.free = setup_end,
	.uncovered = setup_uncovered,
};

void act_setup(struct app *a, const char *args)
{
	struct setup_dialog *d = calloc(1, sizeof(*d));

	(void)args;
	if (!d || setup_new(a->session, &d->setup) < 0) {
		free(d);
		app_open(a, NULL);
		return;
	}
	d->dialog.ops = &setup_ops;
	d->app = a;
	show(d);
	app_open(a, &d->dialog);
}
