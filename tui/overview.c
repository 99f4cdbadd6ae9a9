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
	else if (!i->total)
		snprintf(steps, sizeof(steps), ", and its journal can't be read");
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

/* Of all that session_facts tells only this is counted; the page is made for each key. */
static struct tally tally_of(const struct inventory *inv, const struct devid *dev)
{
	const char *guest = rules_guest_driver(inv, dev), *bound = inventory_driver(inv, dev);
	bool guests = guest && bound && !strcmp(bound, guest);
	char why[96];

	return (struct tally){ .all = 1,
			       .guests = guests,
			       .host = bound && !guests,
			       .none = !bound && !(inv->host.lacks_of & LACKS_LINKS),
			       .blocked = rules_blocked(inv, dev, why, sizeof(why)) };
}

static void count(struct tally *sum, const struct tally *t)
{
	sum->all += t->all;
	sum->guests += t->guests;
	sum->host += t->host;
	sum->none += t->none;
	sum->blocked += t->blocked;
}

/* Is one counted as the other is? */
static bool alike(const struct subch *a, const struct subch *b)
{
	return a->driver == b->driver && a->ccw_driver == b->ccw_driver && a->type == b->type &&
	       a->has_dev == b->has_dev && a->cu_type == b->cu_type && a->dev_type == b->dev_type;
}

static struct tally count_subchs(const struct inventory *inv)
{
	struct tally sum = { 0 }, last = { 0 };

	for (size_t i = 0; i < inv->n_subchs; i++) {
		if (!i || !alike(inv->subchs[i - 1], inv->subchs[i])) {
			struct devid dev = devid_css(inv->subchs[i]->id);

			last = tally_of(inv, &dev);
		}
		count(&sum, &last);
	}
	return sum;
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
	struct tally channel = count_subchs(inv), ap = { 0 }, pci = { 0 }, one;
	CLEANUP(buf_done) struct buf named = { 0 };
	struct devid dev;

	for (size_t i = 0; i < inv->n_queues; i++) {
		dev = devid_queue(inv->queues[i]->id);
		one = tally_of(inv, &dev);
		count(&ap, &one);
	}
	for (size_t i = 0; i < inv->n_pcis; i++) {
		dev = devid_pci(inv->pcis[i]->id);
		one = tally_of(inv, &dev);
		count(&pci, &one);
	}
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
			  "Mediated: %zu active, %zu defined, %zu device%s can have some",
			  inv->n_mdevs, inv->n_defs, inv->n_parents,
			  inv->n_parents == 1 ? "" : "s");
	else
		sheet_add(s, LOOK_PLAIN,
			  "%c    Mediated    %6zu active, %zu defined, %zu device%s can have some",
			  key_shown(a, '5'), inv->n_mdevs, inv->n_defs, inv->n_parents,
			  inv->n_parents == 1 ? "" : "s");
	sheet_press(s, '5');
}

/* -- what needs attention -- */

enum { NOTES_SHOWN = 300 };

bool finding_is_shown(const struct finding *f, size_t *notes)
{
	return f->grade != GRADE_NOTE || f->staged || (*notes)++ < NOTES_SHOWN;
}

void sheet_more_notes(struct sheet *s, size_t notes)
{
	if (notes > NOTES_SHOWN)
		sheet_add(s, LOOK_PLAIN, "%s%zu more of these: \"vfiocfg check\" lists them all",
			  s->said ? "" : "note      ", notes - NOTES_SHOWN);
}

static void add_findings(struct sheet *s, const struct app *a, int width)
{
	const struct findings *f = session_findings(a->session);
	size_t notes = 0;

	for (size_t i = 0; i < f->n; i++) {
		enum grade g = f->v[i].grade;

		if (!finding_is_shown(&f->v[i], &notes))
			continue;
		graded(s,
		       g == GRADE_ERROR || g == GRADE_PROTECTED ? LOOK_ERROR
		       : g == GRADE_CONFLICT			? LOOK_WARN
								: LOOK_PLAIN,
		       width, grade_name(g), f->v[i].msg.what ? f->v[i].msg.what : "");
		sheet_target(s, &f->v[i].dev);
	}
	sheet_more_notes(s, notes);
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
