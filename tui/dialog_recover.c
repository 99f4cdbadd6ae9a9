/* SPDX-License-Identifier: MIT */
/* A commit that was cut off: the operator who comes back reads of it here, and has it finished or undone. */
#include "actions.h"
#include "crash.h"
#include "page.h"
#include "syslog_commit.h"

#include <errno.h>
#include <string.h>

struct recover_dialog {
	struct dialog dialog; /* first */
	struct page page;
	struct line line;
	bool ended;
};

static struct recover_dialog *of(struct dialog *d)
{
	return (struct recover_dialog *)(void *)d;
}

static void ask(struct recover_dialog *d, const struct interrupted *i)
{
	const char *when = i->when ? i->when : "an unknown time";

	if (!i->total) {
		page_add(&d->page, LOOK_WARN,
			 "A commit was cut off, and its journal can't be read: what is left to do "
			 "is told next.");
		return;
	}
	if (i->other_boot)
		page_add(&d->page, LOOK_WARN, "The commit of %s was cut off before the last boot.",
			 when);
	else
		page_add(&d->page, LOOK_WARN,
			 "The commit of %s was cut off after %zu of %zu steps.", when, i->done,
			 i->total);
	page_add(&d->page, LOOK_PLAIN,
		 "Up to the moment when all files are ready it is undone; from there on it is "
		 "finished. "
		 "Either way nothing stays half done.");
	if (i->other_boot)
		page_add(&d->page, LOOK_PLAIN, "What was live only is gone by itself.");
}

static void run(struct recover_dialog *d, struct app *a)
{
	struct txn_report report = { 0 };
	struct msg why = { 0 };
	const struct msg *m;
	bool good;
	int r;

	crash_commit(true);
	r = session_recover(a->session, NULL, &report, &why);
	crash_commit(false);
	m = r < 0 ? &why : &report.msg;
	good = r == 0 && (report.result == TXN_COMMITTED || report.result == TXN_ROLLED_BACK);
	page_done(&d->page);
	page_add(&d->page, good ? LOOK_GUEST : LOOK_ERROR, "%s", m->what ? m->what : "");
	page_add(&d->page, LOOK_PLAIN, "%s\n%s", m->why ? m->why : "", m->todo ? m->todo : "");
	for (size_t i = 0; i < report.n_differences; i++)
		page_add(&d->page, LOOK_ERROR, "  %s", report.differences[i]);
	if (r == 0)
		syslog_commit(a->session, &report);
	d->ended = true;
	txn_report_done(&report);
	msg_done(&why);
	app_refresh(a);
}

static bool recover_line(struct dialog *dialog, struct app *a, const char *text)
{
	struct recover_dialog *d = of(dialog);

	if (!d->ended && !strcasecmp(text, "yes"))
		run(d, a);
	else if (!strcasecmp(text, "no"))
		app_close(a);
	else
		return false;
	return true;
}

static void recover_key(struct dialog *dialog, struct app *a, uint32_t key)
{
	struct recover_dialog *d = of(dialog);
	char text[sizeof(d->line.text)];

	if (key == K_EVENT || key == K_CTRL_L || page_key(&d->page, key))
		return;
	if ((key == 'q' && !d->line.len) || line_key(&d->line, key) == LINE_CANCEL ||
	    (key == K_ENTER && d->ended)) {
		app_close(a);
	} else if (key == K_ENTER && d->line.len) {
		strcpy(text, d->line.text);
		line_set(&d->line, "");
		if (!recover_line(dialog, a, text))
			app_say_no_answer(a, text);
	}
}

static const char *prompt(const struct recover_dialog *d)
{
	return d->ended ? "<q|Type end> to go back"
			: "Type yes to do this, <q|end> to leave it as it is";
}

static void recover_draw(struct dialog *dialog, const struct app *a, struct canvas *c)
{
	struct recover_dialog *d = of(dialog);
	int row = c->rows - 1, at;

	canvas_clear(c);
	canvas_fill(c, 0, 0, c->cols, LOOK_TITLE, ' ');
	canvas_text(c, 0, 1, -1, LOOK_TITLE, "An interrupted commit");
	page_draw(&d->page, c, 1, 1, row - 1, c->cols - 2);
	at = d->ended ? app_write(a, c, row, 0, -1, LOOK_KEY, prompt(d))
		      : app_ask(a, c, row, prompt(d));
	if (!a->opts.paged && !d->ended)
		line_draw(&d->line, c, row, at, MAX(c->cols - at, 8));
}

static void recover_free(struct dialog *dialog)
{
	page_done(&of(dialog)->page);
	free(dialog);
}

bool no_interrupted(struct app *a, const char *args, struct msg *ret_why)
{
	const struct interrupted *i = session_interrupted(a->session);

	(void)args;
	if (i && i->found)
		return false;
	msg_make(ret_why, MSG_NOTHING_INTERRUPTED, NULL);
	return true;
}

void act_recover(struct app *a, const char *args)
{
	static const struct dialog_ops ops = { "recover", recover_draw, recover_key, recover_line,
					       recover_free };
	struct recover_dialog *d = calloc(1, sizeof(*d));

	(void)args;
	if (d) {
		d->dialog.ops = &ops;
		ask(d, session_interrupted(a->session));
	}
	app_open(a, d ? &d->dialog : NULL);
}
