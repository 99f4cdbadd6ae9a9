/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "readiness.h"

#include <stdio.h>
#include <string.h>

/* The first screen: is this host ready, what belongs to whom, what needs attention. */

static void entry(struct sheet *s, enum look look, int width, const char *mark, const char *name,
		  const char *text)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char first[48], next[48];

	snprintf(first, sizeof(first), "%s %.32s: ", mark, name);
	snprintf(next, sizeof(next), "   %.32s: ", name);
	if (s->said)
		sheet_say(s, look, width, first, next, text);
	else if (buf_printf(&line, "%-5s%-11s %s", mark, name, text) == 0)
		sheet_wrap(s, look, width, 17, buf_str(&line));
}

static void fact(struct sheet *s, bool good, int width, const char *name, const char *text)
{
	entry(s, good ? LOOK_PLAIN : LOOK_WARN, width, good ? "ok" : "!", name, text);
}

/* Led by what it is: "note      the host also loses ...". */
static void graded(struct sheet *s, enum look look, int width, const char *grade, const char *text)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char first[24], next[24];

	snprintf(first, sizeof(first), "%s: ", grade);
	snprintf(next, sizeof(next), "   %s: ", grade);
	if (s->said)
		sheet_say(s, look, width, first, next, text);
	else if (buf_printf(&line, "%-10s%s", grade, text) == 0)
		sheet_wrap(s, look, width, 10, buf_str(&line));
}

/* What is well in one line, by name: the word doctor shows what was found. The rest in the order in which things go wrong. */
static void add_readiness(struct sheet *s, const struct desired *d, int width)
{
	CLEANUP(readiness_done) struct readiness ready = { 0 };
	CLEANUP(buf_done) struct buf good = { 0 };

	if (readiness_make(d, &ready) < 0)
		return;
	for (size_t i = 0; i < ready.n; i++) {
		const struct ready_item *x = &ready.v[i];

		if (x->state == READY_OK) {
			(void)buf_printf(&good, "%s%s", good.len ? ", " : "", x->title);
			continue;
		}
		entry(s,
		      x->state == READY_STOP   ? LOOK_ERROR
		      : x->state == READY_LACK ? LOOK_WARN
					       : LOOK_PLAIN,
		      width,
		      x->state == READY_NOTE   ? "-"
		      : x->state == READY_LACK ? "!"
					       : "!!",
		      x->title, x->evidence);
		sheet_press(s, 'R');
	}
	fact(s, true, width, "Ready", good.len ? buf_str(&good) : "nothing");
	sheet_press(s, 'R');
}

static void add_rights(struct sheet *s, const struct app *a, int width)
{
	const char *why =
		session_read_only(a->session)
			? "read-only: everything can be looked at and staged, nothing committed"
		: session_simulated(a->session)
			? "a simulated machine: nothing of the real host is touched"
			: "this machine can be changed, by the commit page only";

	fact(s, true, width, "Writing", why);
}

static void add_interrupted(struct sheet *s, const struct app *a, int width)
{
	const struct interrupted *i = session_interrupted(a->session);
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(buf_done) struct buf key = { 0 };
	char steps[64];

	if (!i || !i->found)
		return;
	/* How far it came is not told across a boot. */
	if (i->other_boot)
		snprintf(steps, sizeof(steps), ", before the last boot");
	else
		snprintf(steps, sizeof(steps), " after %zu of %zu steps", i->done, i->total);
	if (buf_printf(&line, "!    A commit was interrupted%s%s%s. %s", i->when ? " at " : "",
		       i->when ? i->when : "", steps,
		       app_text(a, "<recover> finishes or undoes it, which comes first.", &key)) ==
	    0)
		sheet_wrap(s, LOOK_ERROR, width, 5, buf_str(&line));
	sheet_press(s, 'I');
}

/* Who was cut off with edits staged finds them again. */
static void add_left(struct sheet *s, const struct app *a, int width)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(buf_done) struct buf key = { 0 };

	if (!a->left.n)
		return;
	if (buf_printf(&line, "!    Edits were staged when the program was cut off at %s. %s",
		       a->left.when,
		       app_text(a, "<resume> stages them again, <drop> then forgets them.",
				&key)) == 0)
		sheet_wrap(s, LOOK_WARN, width, 5, buf_str(&line));
	sheet_press(s, 'L');
}

/* Who was cut off during a commit finds out here what became of it. */
static void add_last(struct sheet *s, const struct app *a, int width)
{
	const struct past *p = &a->last;
	CLEANUP(buf_done) struct buf line = { 0 };
	bool good = str_eq(p->result, "committed");

	if (!p->number)
		return;
	(void)buf_printf(&line, "%s, commit %u of %s%s%s: %s", p->result ? p->result : "?",
			 p->number, p->when ? p->when : "?", p->who ? " by " : "",
			 p->who ? p->who : "",
			 str_eq(p->result, ROLLED_BACK) ? "the machine is as it was before"
			 : p->summary			? p->summary
							: "");
	fact(s, good, width, "Last commit", buf_str(&line));
	sheet_press(s, '6');
}

/* -- counts -- */

struct tally {
	size_t all, host, guests, none, blocked;
};

static void count(const struct app *a, const struct devid *dev, struct tally *t)
{
	const char *guest = rules_guest_driver(session_inventory(a->session), dev);
	struct facts f;

	session_facts(a->session, dev, &f);
	t->all++;
	if (guest && f.bound && !strcmp(f.bound, guest))
		t->guests++;
	else if (f.bound && *f.bound)
		t->host++;
	else if (f.bound)
		t->none++;
	t->blocked += f.blocked[0] != '\0';
}

/* Where words are typed the line's number opens it, and a key's name would only mislead. */
static char key_shown(const struct app *a, uint32_t key)
{
	return a->opts.paged ? ' ' : (char)key;
}

static void add_tally(struct sheet *s, const struct app *a, uint32_t key, const char *name,
		      const struct tally *t, const char *none)
{
	char shown = key_shown(a, key);

	if (!t->all && s->said)
		sheet_add(s, LOOK_PLAIN, "%s: none%s%s", name, *none ? ", " : "", none);
	else if (!t->all)
		sheet_add(s, LOOK_PLAIN, "%c    %-11s none%s%s", shown, name, *none ? ": " : "",
			  none);
	else if (s->said)
		sheet_add(s, LOOK_PLAIN,
			  "%s: %zu, of which the host has %zu, guests %zu, nobody %zu; %zu not to "
			  "give",
			  name, t->all, t->host, t->guests, t->none, t->blocked);
	else
		sheet_add(s, LOOK_PLAIN, "%c    %-11s %6zu %6zu %6zu %8zu %11zu", shown, name,
			  t->all, t->host, t->guests, t->none, t->blocked);
	sheet_press(s, key);
}

static void add_counts(struct sheet *s, const struct app *a)
{
	const struct inventory *inv = session_inventory(a->session);
	struct tally channel = { 0 }, ap = { 0 }, pci = { 0 };
	CLEANUP(buf_done) struct buf named = { 0 };
	struct devid dev;
	size_t active = 0;

	for (size_t i = 0; i < inv->n_subchs; i++) {
		dev = devid_css(inv->subchs[i]->id);
		count(a, &dev, &channel);
	}
	for (size_t i = 0; i < inv->n_queues; i++) {
		dev = devid_queue(inv->queues[i]->id);
		count(a, &dev, &ap);
	}
	for (size_t i = 0; i < inv->n_pcis; i++) {
		dev = devid_pci(inv->pcis[i]->id);
		count(a, &dev, &pci);
	}
	for (size_t i = 0; i < inv->n_mdevs; i++)
		active++;
	if (s->said)
		sheet_add(s, LOOK_TITLE, "Devices");
	else
		sheet_add(s, LOOK_TITLE, "%-4s %-11s %6s %6s %6s %8s %11s",
			  app_text(a, "<Key|>", &named), "Devices", "all", "host", "guests",
			  "unbound", "not to give");
	add_tally(s, a, '2', "Channel", &channel, inv->host.s390 ? "" : "not IBM Z");
	add_tally(s, a, '3', "AP queues", &ap, inv->host.s390 ? "" : "not IBM Z");
	add_tally(s, a, '4', "PCI", &pci, "");
	if (s->said)
		sheet_add(s, LOOK_PLAIN,
			  "Mediated: %zu active, %zu defined, %zu device%s can have some", active,
			  inv->n_defs, inv->n_parents, inv->n_parents == 1 ? "" : "s");
	else
		sheet_add(s, LOOK_PLAIN,
			  "%c    Mediated    %6zu active, %zu defined, %zu device%s can have some",
			  key_shown(a, '5'), active, inv->n_defs, inv->n_parents,
			  inv->n_parents == 1 ? "" : "s");
	sheet_press(s, '5');
}

/* -- what needs attention -- */

static void add_findings(struct sheet *s, const struct app *a, int width)
{
	const struct findings *f = session_findings(a->session);

	for (size_t i = 0; i < f->n; i++) {
		enum grade g = f->v[i].grade;

		graded(s,
		       g == GRADE_ERROR || g == GRADE_PROTECTED ? LOOK_ERROR
		       : g == GRADE_CONFLICT			? LOOK_WARN
								: LOOK_PLAIN,
		       width, grade_name(g), f->v[i].msg.what ? f->v[i].msg.what : "");
		sheet_target(s, &f->v[i].dev);
	}
}

static void add_problems(struct sheet *s, const struct inventory *inv, int width)
{
	for (size_t i = 0; i < inv->n_problems; i++) {
		const struct problem *p = &inv->problems[i];
		CLEANUP(buf_done) struct buf line = { 0 };

		if (p->foreign)
			continue; /* told among the findings */
		(void)buf_adds(&line, p->path ? p->path : "");
		if (p->line)
			(void)buf_printf(&line, ", line %u column %u", p->line, p->column);
		(void)buf_printf(&line, ": %s", p->err ? errno_words(p->err) : "not understood");
		if (p->expected)
			(void)buf_printf(&line, ", expected %s", p->expected);
		graded(s, LOOK_WARN, width, "problem", buf_str(&line));
	}
}

static void build(struct sheet *s, const struct app *a, int width)
{
	const struct inventory *inv = session_inventory(a->session);
	CLEANUP(buf_done) struct buf title = { 0 };

	if (session_reading(a->session)) {
		sheet_add(s, LOOK_PLAIN, "The machine is still being read. %s",
			  app_text(a, "<channel> shows its first subchannels.", &title));
		return;
	}
	sheet_add(s, LOOK_TITLE, "Is this host ready?");
	add_interrupted(s, a, width);
	add_left(s, a, width);
	add_last(s, a, width);
	add_rights(s, a, width);
	add_readiness(s, session_desired(a->session), width);
	if (s->said)
		sheet_add(s, LOOK_PLAIN,
			  "Set-up, guided: from these questions to the lines for QEMU");
	else
		sheet_add(s, LOOK_PLAIN,
			  "%c    Set-up      guided: from these questions to the lines for QEMU",
			  key_shown(a, 'G'));
	sheet_press(s, 'G');
	sheet_add(s, LOOK_PLAIN, "%s", "");
	add_counts(s, a);
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "%s",
		  app_text(a, "What needs attention (<Enter|N open> goes there)", &title));
	if (!session_findings(a->session)->n && !inv->n_problems)
		sheet_add(s, LOOK_PLAIN, "Nothing.");
	add_findings(s, a, width);
	add_problems(s, inv, width);
}

void overview_draw(struct app *a, struct canvas *c, struct rect body)
{
	body.col++;
	body.cols -= 2;
	sheet_reset(&a->overview);
	a->overview.said = a->opts.lines;
	build(&a->overview, a, body.cols);
	sheet_draw(&a->overview, c, &body, true);
}
