/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <stdio.h>
#include <string.h>

/* What is staged: now, after the commit, after a reboot; what stands in the way; the steps; how to do it by hand. */

struct changes_state {
	struct sheet sheet;
	/* What it was made of: of thousands of edits it has too many lines to be made for each key. */
	unsigned long serial;
	int cols; /* 0: not made yet */
};

struct changes_state *changes_state_new(void)
{
	return calloc(1, sizeof(struct changes_state));
}

struct changes_state *changes_state_free(struct changes_state *c)
{
	if (c)
		sheet_done(&c->sheet);
	free(c);
	return NULL;
}

struct sheet *changes_sheet(struct app *a)
{
	return &a->changes->sheet;
}

/* All its keys are actions: Enter opens, the rest moves. */
bool changes_key(struct app *a, uint32_t key)
{
	(void)a;
	(void)key;
	return false;
}

static void head(struct sheet *s, const char *title)
{
	if (s->n)
		sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "%s", title);
}

/* -- now / after commit / after reboot -- */

static const char *kind_word(enum change_kind kind)
{
	static const char *const words[] = {
		[CHANGE_DRIVER] = "driver",
		[CHANGE_MASK] = "mask",
		[CHANGE_MDEV] = "mdev",
		[CHANGE_ATTRS] = "attributes",
		[CHANGE_DEFINITION] = "definition",
		[CHANGE_START] = "start",
		[CHANGE_SRIOV] = "VFs",
		[CHANGE_MODULE] = "module",
		[CHANGE_HARDWARE] = "hardware",
		[CHANGE_VARY] = "vary",
		[CHANGE_CONFIGURE] = "configure",
		[CHANGE_MEASURE] = "measuring",
	};

	return (size_t)kind < ARRAY_SIZE(words) ? words[kind] : "";
}

static const char *or_dash(const char *text)
{
	return !text ? "=" : *text ? text : "-";
}

enum { NARROW = 14 }; /* columns that a value has at least where three stand side by side */

/* "0.0.0313 driver: now io_subchannel, after commit vfio_ccw". What a side doesn't change is not said. */
static void say_change(struct sheet *s, const struct change *ch, int width)
{
	const struct {
		const char *when, *value;
	} at[] = { { "now", ch->now ? ch->now : ch->boot_now },
		   { "after commit", ch->then },
		   { "after reboot", ch->boot_then } };
	CLEANUP(buf_done) struct buf text = { 0 };
	char first[48], next[56];

	snprintf(first, sizeof(first), "%.*s %s: ", ch->dev.bus == BUS_MDEV ? 8 : 20, ch->dev.name,
		 kind_word(ch->kind));
	snprintf(next, sizeof(next), "   %s", first);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		if (at[i].value)
			(void)buf_printf(&text, "%s%s %s", text.len ? ", " : "", at[i].when,
					 *at[i].value ? at[i].value : "nothing");
	if (ch->implied)
		(void)buf_adds(&text, ", implied by other edits");
	sheet_say(s, LOOK_STAGED, width, first, next, buf_str(&text));
	sheet_target(s, &ch->dev);
}

/* Three columns share what the first two leave; long values go on lines of their own. */
static void add_change(struct sheet *s, const struct change *ch, int width)
{
	int each = (width - 28) / 3;
	const char *now = ch->now ? ch->now : ch->boot_now;
	const char *cols[] = { now, ch->then, ch->boot_then };
	static const char *const names[] = { "now", "after commit", "after reboot" };
	bool fits = each >= NARROW;
	char name[18];

	if (s->said) {
		say_change(s, ch, width);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", ch->dev.bus == BUS_MDEV ? 8 : 16, ch->dev.name);
	for (size_t i = 0; i < 3; i++)
		fits = fits && text_width(or_dash(cols[i])) < each;
	if (fits) {
		sheet_add(s, LOOK_STAGED, "%-16s %-10s %-*s%-*s%s%s", name, kind_word(ch->kind),
			  each, or_dash(cols[0]), each, or_dash(cols[1]), or_dash(cols[2]),
			  ch->implied ? " (implied)" : "");
		sheet_target(s, &ch->dev);
		return;
	}
	sheet_add(s, LOOK_STAGED, "%-16s %-10s%s", name, kind_word(ch->kind),
		  ch->implied ? " (implied)" : "");
	sheet_target(s, &ch->dev);
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };

		if (cols[i] && buf_printf(&line, "  %-13s %s", names[i], or_dash(cols[i])) == 0)
			sheet_wrap(s, LOOK_PLAIN, width, 16, buf_str(&line));
	}
}

static void add_diff(struct sheet *s, const struct app *a, int width)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct change *changes = NULL;
	size_t n = 0;
	int each = (width - 28) / 3;

	if (desired_diff(session_desired(a->session), &changes, &n) < 0)
		return;
	if (s->said)
		sheet_add(s, LOOK_TITLE, "What changes");
	else if (each >= NARROW)
		sheet_add(s, LOOK_TITLE, "%-16s %-10s %-*s%-*s%s", "Device", "What", each, "Now",
			  each, "After commit", "After reboot");
	else
		sheet_add(s, LOOK_TITLE, "%-16s %s", "Device", "What");
	for (size_t i = 0; i < n; i++)
		add_change(s, &changes[i], width);
	if (!n)
		sheet_add(s, LOOK_PLAIN, "%s",
			  wish_empty(session_wish(a->session))
				  ? app_text(a,
					     "Nothing is staged. <stage> for a row of the other "
					     "places stages it.",
					     &text)
				  : "The edits ask for nothing that is not so already.");
	changes_free(changes, n);
}

static void add_lost(struct sheet *s, const struct app *a, int width)
{
	const struct desired *d = session_desired(a->session);
	CLEANUP(buf_done) struct buf line = { 0 };
	char least[160];

	if (!d->n_lost)
		return;
	(void)buf_printf(&line,
			 "The host also loses (%s):", desired_loss_text(d, least, sizeof(least)));
	for (size_t i = 0; i < d->n_lost; i++)
		(void)buf_printf(&line, " %s", devid_queue(d->lost[i]).name);
	if (s->said)
		sheet_say(s, LOOK_WARN, width, "", "   host loses: ", buf_str(&line));
	else
		sheet_wrap(s, LOOK_WARN, width, 2, buf_str(&line));
}

/* -- what stands in the way -- */

/* A text led by what it is, in a column of its own or before a colon. */
static void add_led(struct sheet *s, enum look look, int width, int column, const char *what,
		    const char *text)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char first[40], next[40];

	snprintf(first, sizeof(first), "%s: ", what);
	snprintf(next, sizeof(next), "   %s: ", what);
	if (s->said)
		sheet_say(s, look, width, first, next, text);
	else if (buf_printf(&line, "%-*s%s", column, what, text) == 0)
		sheet_wrap(s, look, width, column, buf_str(&line));
}

static void add_finding(struct sheet *s, const struct app *a, size_t i, int width)
{
	const struct finding *x = &session_findings(a->session)->v[i];
	const char *remedy = finding_remedy(a->session, x);
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(buf_done) struct buf key = { 0 };

	if (buf_printf(&line, "%s %s %s%s%s%s", x->msg.what, x->msg.why, x->msg.todo,
		       remedy ? app_text(a, " [<remedy>: ", &key) : "", remedy ? remedy : "",
		       remedy ? "]" : "") < 0)
		return;
	add_led(s,
		x->grade >= GRADE_PROTECTED  ? LOOK_ERROR
		: x->grade == GRADE_CONFLICT ? LOOK_WARN
					     : LOOK_PLAIN,
		width, 10, grade_name(x->grade), buf_str(&line));
	sheet_target(s, &x->dev);
	if (s->n)
		s->v[s->n - 1].finding = i + 1;
}

/* aside: notes on devices that no edit is about; else all others. */
static void add_findings(struct sheet *s, const struct app *a, int width, bool aside)
{
	const struct findings *f = session_findings(a->session);
	const struct msg *error = aside ? NULL : session_plan_error(a->session);
	const char *title = !aside				? "Findings"
			    : session_plan(a->session)->n_steps ? "Notes on other devices"
								: "Notes";
	CLEANUP(buf_done) struct buf line = { 0 };
	size_t notes = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (!finding_is_shown(&f->v[i], &notes) ||
		    session_is_aside(a->session, &f->v[i]) != aside)
			continue;
		if (title)
			head(s, title);
		title = NULL;
		add_finding(s, a, i, width);
	}
	if (aside)
		sheet_more_notes(s, notes);
	if (error && title)
		head(s, title);
	if (error && buf_printf(&line, "%s %s %s", error->what, error->why, error->todo) == 0)
		add_led(s, LOOK_ERROR, width, 10, "no plan", buf_str(&line));
}

/* -- steps -- */

static void add_undo(struct sheet *s, const struct step *st, size_t nth, int width)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	enum look look = st->not_undoable ? LOOK_ERROR : LOOK_FAINT;
	char lead[32];
	const char *value = st->undo.value ? st->undo.value : "";
	int len = (int)strcspn(value, "\n");

	if (st->not_undoable)
		(void)buf_printf(&line, "     cannot be undone: %s",
				 st->warning.what ? st->warning.what : "");
	else if (st->undo.path && st->when == WHEN_FILE)
		(void)buf_printf(&line, "     undo: %s %s", st->undo.value ? "put back" : "remove",
				 st->undo.path);
	else if (st->undo.path)
		(void)buf_printf(&line, "     undo: echo %.*s%s> %s", len, value, len ? " " : "",
				 st->undo.path);
	else
		(void)buf_adds(&line, "     undo: by the undo of the step before");
	snprintf(lead, sizeof(lead), "   step %zu: ", nth);
	if (s->said)
		sheet_say(s, look, width, lead, lead, buf_str(&line) + strspn(buf_str(&line), " "));
	else
		sheet_wrap(s, look, width, 7, buf_str(&line));
}

static void add_steps(struct sheet *s, const struct app *a, int width)
{
	const struct plan *p = session_plan(a->session);

	if (!p->n_steps)
		return;
	head(s, "Steps, in this order");
	for (size_t i = 0; i < p->n_steps; i++) {
		const struct step *st = &p->steps[i];
		CLEANUP(buf_done) struct buf line = { 0 };
		char nth[32];

		(void)buf_printf(&line, "%s%s%s", st->text ? st->text : "",
				 st->reason && *st->reason ? "; " : "",
				 st->reason ? st->reason : "");
		snprintf(nth, sizeof(nth), s->said ? "step %zu, %s" : "%3zu  %s  ", i + 1,
			 st->when == WHEN_FILE ? "file" : "live");
		add_led(s, LOOK_PLAIN, width, 11, nth, buf_str(&line));
		sheet_target(s, &st->dev);
		add_undo(s, st, i + 1, width);
	}
}

static void add_commands(struct sheet *s, const struct app *a, int width)
{
	const struct plan *p = session_plan(a->session);
	bool any = false;

	for (size_t i = 0; i < p->n_steps; i++) {
		const char *command = p->steps[i].command;

		if (!command || !*command)
			continue;
		if (!any)
			head(s, "The same by hand");
		any = true;
		while (*command) {
			size_t n = strcspn(command, "\n");
			CLEANUP(freep) char *line = strndup(command, n);

			sheet_wrap(s, LOOK_PLAIN, width, 4, line ? line : "");
			command += n + (command[n] == '\n');
		}
	}
}

/* -- what was done -- */

static void add_edits(struct sheet *s, const struct app *a, int width)
{
	size_t undo = session_undo_depth(a->session), redo = session_redo_depth(a->session);
	CLEANUP(buf_done) struct buf title = { 0 };

	if (!undo && !redo)
		return;
	head(s, app_text(a, "Edits (<undo> takes back, <redo> does again)", &title));
	if (redo)
		sheet_add(s, LOOK_PLAIN, "  %zu taken back", redo);
	for (size_t i = 0; i < undo; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };
		const char *text = session_undo_text(a->session, i);

		if (buf_printf(&line, "  %zu  %s", undo - i, text ? text : "?") == 0)
			sheet_wrap(s, LOOK_PLAIN, width, 5, buf_str(&line));
	}
}

static void add_history(struct sheet *s, const struct app *a, int width)
{
	struct past *past = NULL;
	size_t n = 0;

	if (session_history(a->session, &past, &n) < 0 || !n)
		return;
	head(s, "Commits of this machine (revert N takes one back, revert all everything)");
	for (size_t i = n; i-- > 0;) {
		CLEANUP(buf_done) struct buf line = { 0 };

		if (buf_printf(&line, "%3u  %s  %s  %s  %s", past[i].number, past[i].when,
			       past[i].who ? past[i].who : "", past[i].result,
			       past[i].summary ? past[i].summary : "") == 0)
			sheet_wrap(s, LOOK_PLAIN, width, 5, buf_str(&line));
	}
	history_free(past, n);
}

static void build(struct sheet *s, const struct app *a, int width)
{
	sheet_reset(s);
	s->said = a->opts.lines;
	add_diff(s, a, width);
	add_lost(s, a, width);
	add_findings(s, a, width, false);
	add_steps(s, a, width);
	add_commands(s, a, width);
	add_edits(s, a, width);
	add_history(s, a, width);
	/* There may be hundreds: nothing is to be looked for below them. */
	add_findings(s, a, width, true);
}

void changes_draw(struct app *a, struct canvas *c, struct rect body)
{
	struct changes_state *cs = a->changes;

	body.col++;
	body.cols -= 2;
	if (cs->cols != body.cols || cs->serial != session_serial(a->session))
		build(&cs->sheet, a, body.cols);
	cs->cols = body.cols;
	cs->serial = session_serial(a->session);
	sheet_draw(&cs->sheet, c, &body, true);
}
