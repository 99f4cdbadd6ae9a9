/* SPDX-License-Identifier: MIT */
/*
 * The commit: findings, steps, the word yes, progress, result. The only way to the machine.
 */
#include "app.h"
#include "crash.h"
#include "output.h"
#include "page.h"
#include "running.h"
#include "snippets.h"
#include "syslog_commit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum stage { ASKING, RUNNING, ENDED };

struct commit_dialog {
	struct dialog dialog; /* first */
	enum stage stage;
	struct page page;
	struct line line;
	char *named[32]; /* devices typed to be overridden; owned */
	size_t n_named;
	bool acknowledged; /* conflicts and steps that can't be undone */
	bool moved;	   /* the machine did, since the page was drawn */
	bool seen;	   /* the result was drawn */
	bool given;	   /* committed, with something to hand over */
	bool naming;	   /* ... and the name of a file for it is being typed */
	struct app *app;
	struct buf sum;		/* what it comes to; may be empty */
	struct running running; /* the steps, once yes was said */
	struct devid *made;	/* devices whose lines the result offers; owned */
	size_t n_made;
	struct msg asked; /* what stands in the way now */
	struct msg said;  /* why the last answer was none */
	int may;	  /* of session_may_commit */
};

static struct commit_dialog *of(struct dialog *d)
{
	return (struct commit_dialog *)(void *)d;
}

static struct consent consent_of(const struct commit_dialog *d)
{
	return (struct consent){ .overrides = (const char *const *)d->named,
				 .n_overrides = d->n_named,
				 .conflicts = d->acknowledged,
				 .not_undoable = d->acknowledged };
}

static void ask_again(struct commit_dialog *d)
{
	struct consent consent = consent_of(d);

	msg_done(&d->asked);
	d->may = session_may_commit(d->app->session, &consent, &d->asked);
}

/* -- what is shown before -- */

static enum look grade_look(enum grade g)
{
	return g == GRADE_NOTE ? LOOK_PLAIN : g == GRADE_CONFLICT ? LOOK_WARN : LOOK_ERROR;
}

static void show_findings(struct commit_dialog *d)
{
	const struct findings *f = session_findings(d->app->session);
	size_t before = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];

		if (!x->staged) {
			before++;
			continue;
		}
		page_add(&d->page, grade_look(x->grade), "%s: %s", grade_name(x->grade),
			 x->msg.what);
		if (*x->msg.why)
			page_add(&d->page, LOOK_PLAIN, "  %s", x->msg.why);
		if (*x->msg.todo)
			page_add(&d->page, LOOK_FAINT, "  %s", x->msg.todo);
	}
	if (before)
		page_add(&d->page, LOOK_FAINT,
			 "%zu finding%s not brought about by these edits: see Changes.", before,
			 before == 1 ? "" : "s");
	if (f->n)
		page_add(&d->page, LOOK_PLAIN, "%s", "");
}

static void show_step(struct commit_dialog *d, size_t i, const struct step *s)
{
	page_add(&d->page, s->not_undoable ? LOOK_WARN : LOOK_PLAIN, "%3zu  %-5s %s%s", i + 1,
		 s->when == WHEN_FILE ? "file" : "live", s->text,
		 s->not_undoable ? "  (cannot be undone)" : "");
	if (s->not_undoable && s->warning.what)
		page_add(&d->page, LOOK_WARN, "           %s %s", s->warning.what, s->warning.why);
}

static void show_plan(struct commit_dialog *d)
{
	const struct plan *p = session_plan(d->app->session);

	page_done(&d->page);
	if (d->sum.len)
		page_add(&d->page, LOOK_TITLE, "%s", buf_str(&d->sum));
	show_findings(d);
	if (p->n_steps == 1)
		page_add(&d->page, LOOK_TITLE, "1 step:");
	else if (p->n_steps)
		page_add(&d->page, LOOK_TITLE,
			 "%zu steps, each undone if a later one fails:", p->n_steps);
	for (size_t i = 0; i < p->n_steps; i++)
		show_step(d, i, &p->steps[i]);
}

/* -- running -- */

/* The devices this commit gives to guests: their lines are offered at the end. */
static void remember_made(struct commit_dialog *d)
{
	const struct desired *w = session_desired(d->app->session);

	free(d->made);
	d->n_made = 0;
	d->made = calloc(w->n_mdevs + w->n_drivers + 1, sizeof(*d->made));
	if (!d->made)
		return;
	for (size_t i = 0; i < w->n_mdevs; i++)
		if (w->mdevs[i].wish && (w->mdevs[i].active_then || w->mdevs[i].defined_then)) {
			struct devid *dev = &d->made[d->n_made++];

			dev->bus = BUS_MDEV;
			strcpy(dev->name, w->mdevs[i].uuid);
		}
	for (size_t i = 0; i < w->n_drivers; i++)
		if (w->drivers[i].dev.bus == BUS_PCI && w->drivers[i].then &&
		    str_starts(w->drivers[i].then, "vfio"))
			d->made[d->n_made++] = w->drivers[i].dev;
}

static void show_lines(struct commit_dialog *d, enum output_as as, const char *title)
{
	CLEANUP(freep) char *text = NULL;
	struct msg why = { 0 };
	size_t len;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		return;
	if (output_write(d->app->session, as, d->made, d->n_made, f, &why) < 0)
		fprintf(f, "%s %s\n", why.what, why.why);
	msg_done(&why);
	if (fclose(f) != 0 || !len)
		return;
	page_add(&d->page, LOOK_PLAIN, "%s", "");
	page_add(&d->page, LOOK_TITLE, "%s", title);
	len -= text[len - 1] == '\n';
	page_add(&d->page, LOOK_PLAIN, "%.*s", (int)len, text);
}

static void show_result(struct commit_dialog *d, const struct txn_report *r)
{
	bool good = r->result == TXN_COMMITTED;

	page_done(&d->page);
	page_add(&d->page, good ? LOOK_GUEST : LOOK_ERROR, "%s", r->msg.what ? r->msg.what : "");
	if (r->msg.why && *r->msg.why)
		page_add(&d->page, LOOK_PLAIN, "%s", r->msg.why);
	if (r->msg.todo && *r->msg.todo)
		page_add(&d->page, LOOK_PLAIN, "%s", r->msg.todo);
	for (size_t i = 0; i < r->n_differences; i++)
		page_add(&d->page, LOOK_ERROR, "  %s", r->differences[i]);
	if (good && d->n_made) {
		page_add(&d->page, LOOK_PLAIN,
			 "\nOne of these forms goes into the guest's definition: into QEMU's "
			 "command "
			 "line, by \"virsh edit\", or to virt-install or virt-xml.");
		show_lines(d, OUTPUT_QEMU, "For QEMU:");
		show_lines(d, OUTPUT_LIBVIRT, "For libvirt:");
		show_lines(d, OUTPUT_VIRT_INSTALL, "For virt-install and virt-xml:");
	}
	/* Line mode has told each step when it ended. */
	if (!d->app->opts.lines)
		running_ended(&d->running, &d->page);
}

static void run(struct commit_dialog *d)
{
	struct txn_opts opts = { .progress = running_progress,
				 .arg = &d->running,
				 .patient = true };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	CLEANUP(msg_done) struct msg why = { 0 };
	struct consent consent = consent_of(d);
	int r;

	if (running_init(&d->running, d->app) < 0) {
		running_done(&d->running);
		return;
	}
	remember_made(d);
	d->stage = RUNNING;
	crash_commit(true);
	r = session_commit(d->app->session, &consent, &opts, &report, &why);
	crash_commit(false);
	if (r < 0) {
		page_done(&d->page);
		page_add(&d->page, LOOK_ERROR, "%s", why.what);
		page_add(&d->page, LOOK_PLAIN, "%s\n%s", why.why, why.todo);
	} else {
		syslog_commit(d->app->session, &report);
		d->given = report.result == TXN_COMMITTED && d->n_made > 0;
		show_result(d, &report);
	}
	d->stage = ENDED;
	app_refresh(d->app);
}

/* -- answers -- */

static bool goes_back(const char *text)
{
	return !strcasecmp(text, "end") || !strcasecmp(text, "cancel") || !strcasecmp(text, "no") ||
	       !strcasecmp(text, "q");
}

static void refuse(struct commit_dialog *d, const char *text)
{
	const char *todo = d->may == 0 ? "Type the whole word yes, or <q|end> to go back."
			   : d->may == -EPERM
				   ? "Type the id that stands above, or <q|end> to go back."
			   : d->may == -EAGAIN ? "Type ack, or <q|end> to go back."
					       : "Only <q|end> goes back from here.";

	msg_make(&d->said, MSG_NO_ANSWER, "what", text, "todo", todo, NULL);
}

/* A name that takes nothing out of the way is not kept: it could match something that is staged later. */
static void name_override(struct commit_dialog *d, const char *text)
{
	CLEANUP(freep) char *before = d->asked.what ? strdup(d->asked.what) : NULL;
	int was = d->may;

	if (d->n_named == ARRAY_SIZE(d->named)) {
		refuse(d, text);
		return;
	}
	d->named[d->n_named] = strdup(text);
	if (!d->named[d->n_named])
		return;
	d->n_named++;
	ask_again(d);
	if (d->may != was || !str_eq(before, d->asked.what))
		return;
	free(d->named[--d->n_named]);
	refuse(d, text);
}

static void answer(struct commit_dialog *d, const char *text)
{
	msg_done(&d->said);
	if (!*text)
		return;
	if (d->moved) {
		app_say_id(d->app, LOOK_WARN, MSG_PLAN_MOVED, NULL);
	} else if (!strcasecmp(text, "yes") && d->may == 0) {
		run(d);
	} else if (d->may == -EAGAIN && !strcasecmp(text, "ack")) {
		d->acknowledged = true;
		ask_again(d);
	} else if (d->may == -EPERM) {
		name_override(d, text);
	} else {
		refuse(d, text);
	}
}

static void add_page(const struct page *p, struct buf *ret)
{
	for (size_t i = 0; i < p->n; i++)
		(void)buf_add_name(ret, p->lines[i].text);
}

/* Another device's event changes nothing here, and nobody is asked twice because of it. */
static void look_again(struct commit_dialog *d)
{
	CLEANUP(buf_done) struct buf before = { 0 };
	CLEANUP(buf_done) struct buf after = { 0 };
	int was = d->may;

	add_page(&d->page, &before);
	show_plan(d);
	ask_again(d);
	add_page(&d->page, &after);
	d->moved = d->moved || d->may != was || before.len != after.len ||
		   memcmp(buf_str(&before), buf_str(&after), after.len) != 0;
}

/* The lines of the result into a file: "write FILE". */
static void write_lines(struct commit_dialog *d, const char *file)
{
	struct app *a = d->app;
	struct msg m = { 0 };
	int r;

	if (!*file)
		return;
	r = snippets_write(a->session, d->made, d->n_made, a->opts.save_dir, file);
	if (r == 0)
		msg_make(&m, MSG_SNIPPETS_WRITTEN, "file", file, NULL);
	else if (r == -EEXIST)
		msg_make(&m, MSG_FILE_EXISTS, "file", file, NULL);
	else
		msg_make(&m, MSG_FILE_UNWRITABLE, "file", file, "error", errno_words(-r), NULL);
	page_add(&d->page, r < 0 ? LOOK_ERROR : LOOK_GUEST, "%s %s", m.what, r < 0 ? m.why : "");
	app_say(a, r < 0 ? LOOK_ERROR : LOOK_PLAIN, &m);
	d->page.sheet.cursor = SIZE_MAX / 2;
}

static bool commit_line(struct dialog *dialog, struct app *app, const char *text)
{
	struct commit_dialog *d = of(dialog);

	if (goes_back(text)) {
		app_close(app);
		return true;
	}
	if (d->stage == ENDED && d->given && !strncasecmp(text, "write ", 6)) {
		write_lines(d, text + 6 + strspn(text + 6, " "));
		return true;
	}
	if (d->stage == ASKING)
		answer(d, text);
	return d->stage != ENDED || !strcasecmp(text, "yes");
}

/* While the name of a file is typed. */
static void name_key(struct commit_dialog *d, uint32_t key)
{
	enum line_result r = line_key(&d->line, key);

	if (r == LINE_MORE || r == LINE_IGNORED)
		return;
	d->naming = false;
	if (r == LINE_DONE)
		write_lines(d, d->line.text);
}

static void commit_key(struct dialog *dialog, struct app *app, uint32_t key)
{
	struct commit_dialog *d = of(dialog);

	/* A key that was to stop it and came too late closes no result that nobody has seen. */
	if (d->stage == RUNNING || (d->stage == ENDED && !d->seen))
		return;
	if (key == K_EVENT) {
		/* The machine moved: what is asked may have changed. */
		if (d->stage == ASKING)
			look_again(d);
		return;
	}
	if (d->naming) {
		name_key(d, key);
		return;
	}
	if (d->stage == ENDED && d->given && key == 'w') {
		d->naming = true;
		line_set(&d->line, "");
		return;
	}
	if (key == K_ESC || key == K_F3 || key == K_F15 || key == K_F12 || key == K_F24 ||
	    (key == 'q' && (d->stage == ENDED || !d->line.len)) ||
	    (key == K_ENTER && d->stage == ENDED)) {
		app_close(app);
		return;
	}
	if (page_key(&d->page, key) || d->stage == ENDED)
		return;
	if (line_key(&d->line, key) == LINE_DONE) {
		char text[sizeof(d->line.text)];

		strcpy(text, d->line.text);
		line_set(&d->line, "");
		if (goes_back(text))
			app_close(app);
		else
			answer(d, text);
	}
}

/* -- drawing -- */

static const char *prompt(const struct commit_dialog *d)
{
	switch (d->may) {
	case 0:
		return "Type yes to carry this out, <q|end> to go back";
	case -EPERM:
		return "Type the device's id to override, <q|end> to go back";
	case -EAGAIN:
		return "Type ack to accept this, <q|end> to go back";
	default:
		return "<q|Type end> to go back";
	}
}

static void draw_asking(struct commit_dialog *d, struct canvas *c)
{
	int why = d->may < 0 && c->rows > 12 ? 3 : 0, below = 1 + why + (d->said.what ? 1 : 0);
	int row = c->rows - below - 1, at;

	page_draw(&d->page, c, 1, 1, row - 1, c->cols - 2);
	if (why) {
		app_field(d->app, c, row++, 0, c->cols, LOOK_ERROR, d->asked.what);
		app_field(d->app, c, row++, 0, c->cols, LOOK_PLAIN, d->asked.why);
		app_field(d->app, c, row++, 0, c->cols, LOOK_PLAIN, d->asked.todo);
	}
	if (d->said.what)
		app_write(d->app, c, row,
			  canvas_printf(c, row, 0, c->cols, LOOK_WARN, "!%s ", d->said.what), -1,
			  LOOK_WARN, d->said.todo);
	row += d->said.what != NULL;
	at = app_ask(d->app, c, row, prompt(d));
	if (!d->app->opts.paged)
		line_draw(&d->line, c, row, at, MAX(c->cols - at, 8));
}

static void draw_ended(struct commit_dialog *d, struct canvas *c)
{
	static const char ask[] = "Keep these lines in which file? ===> ";

	page_draw(&d->page, c, 1, 1, c->rows - 2, c->cols - 2);
	if (d->naming)
		line_draw(&d->line, c, c->rows - 1,
			  canvas_text(c, c->rows - 1, 0, -1, LOOK_KEY, ask),
			  MAX(c->cols - text_width(ask), 8));
	else
		app_write(
			d->app, c, c->rows - 1, 0, -1, LOOK_KEY,
			d->given
				? "<F3 or q Back   F7 F8 scroll   w Write these lines to a file"
				  "|Type down, up, or end to go back; write FILE keeps the lines>"
				: "<F3 or q Back   F7 F8 scroll|Type down, up, or end to go back>");
}

static void commit_draw(struct dialog *dialog, const struct app *app, struct canvas *c)
{
	struct commit_dialog *d = of(dialog);

	(void)app;
	d->moved = false; /* what is answered now is what is seen now */
	d->seen = d->stage == ENDED;
	canvas_clear(c);
	canvas_fill(c, 0, 0, c->cols, LOOK_TITLE, ' ');
	if (d->stage == RUNNING)
		canvas_printf(c, 0, 1, -1, LOOK_TITLE, "Commit: running, step %zu of %zu",
			      d->running.current + 1, d->running.n);
	else
		canvas_text(c, 0, 1, -1, LOOK_TITLE,
			    d->stage == ASKING ? "Commit: nothing has been written yet"
					       : "Commit: result");
	if (d->stage == ASKING) {
		draw_asking(d, c);
	} else if (d->stage == RUNNING) {
		running_draw(&d->running, c);
	} else {
		draw_ended(d, c);
	}
}

static void commit_free(struct dialog *dialog)
{
	struct commit_dialog *d = of(dialog);

	for (size_t i = 0; i < d->n_named; i++)
		free(d->named[i]);
	page_done(&d->page);
	buf_done(&d->sum);
	msg_done(&d->asked);
	msg_done(&d->said);
	running_done(&d->running);
	free(d->made);
	free(d);
}

static const struct dialog_ops commit_ops = {
	.name = "commit",
	.draw = commit_draw,
	.key = commit_key,
	.line = commit_line,
	.free = commit_free,
};

struct dialog *commit_dialog(struct app *app, const char *sum)
{
	struct commit_dialog *d = calloc(1, sizeof(*d));

	if (!d || buf_adds(&d->sum, sum) < 0) {
		free(d);
		return NULL;
	}
	d->dialog.ops = &commit_ops;
	d->app = app;
	show_plan(d);
	ask_again(d);
	return &d->dialog;
}
