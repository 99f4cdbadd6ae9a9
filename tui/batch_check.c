/* SPDX-License-Identifier: MIT */
#include "batch_part.h"

#include <errno.h>
#include <string.h>

static const struct field finding_fields[] = {
	{ "grade", "Grade", FIELD_TEXT },   { "rule", "Rule", FIELD_TEXT },
	{ "device", "Device", FIELD_TEXT }, { "other", "Other", FIELD_TEXT },
	{ "staged", "Staged", FIELD_BOOL }, { "what", "What", FIELD_TEXT },
	{ "why", "Why", FIELD_TEXT },	    { "todo", "What to do", FIELD_TEXT },
};

static int add_device(struct grid *g, const struct devid *dev)
{
	char text[DEVID_TEXT];

	return grid_add(g, dev->bus == BUS_NONE ? NULL : devid_text(dev, text));
}

static int add_finding(struct grid *g, const struct finding *f)
{
	int r = grid_add(g, grade_name(f->grade));

	if (r == 0)
		r = grid_add(g, f->rule);
	if (r == 0)
		r = add_device(g, &f->dev);
	if (r == 0)
		r = add_device(g, &f->other);
	if (r == 0)
		r = grid_add(g, f->staged ? "yes" : "no");
	if (r == 0)
		r = grid_add(g, f->msg.what);
	if (r == 0)
		r = grid_add(g, f->msg.why);
	return r < 0 ? r : grid_add(g, f->msg.todo);
}

static int fill(const struct batch *b, struct grid *g)
{
	const struct findings *f = session_findings(b->session);
	int r = 0;

	g->fields = finding_fields;
	g->n_fields = ARRAY_SIZE(finding_fields);
	for (size_t i = 0; i < f->n && r == 0; i++)
		r = add_finding(g, &f->v[i]);
	return r;
}

int batch_findings_json(const struct batch *b, FILE *f)
{
	CLEANUP(grid_done) struct grid g = { 0 };
	bool first = true;
	int r = fill(b, &g);

	return r < 0 ? r : grid_write_json(&g, &first, f);
}

int batch_findings(const struct batch *b, bool all, FILE *out)
{
	const struct findings *f = session_findings(b->session);
	size_t aside = 0;
	char text[DEVID_TEXT];

	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];
		char how[DEVID_TEXT + 16] = "";

		if (!all && session_is_aside(b->session, x)) {
			aside++;
			continue;
		}
		if (x->grade == GRADE_PROTECTED && x->staged)
			snprintf(how, sizeof(how), " [--override %s]", devid_text(&x->dev, text));
		batch_line(out, 2, "%s: %s%s%s%s%s%s%s%s", grade_name(x->grade),
			   x->dev.bus ? devid_text(&x->dev, text) : "", x->dev.bus ? ": " : "",
			   x->msg.what, *x->msg.why ? " " : "", x->msg.why, *x->msg.todo ? " " : "",
			   x->msg.todo, how);
	}
	if (aside)
		batch_line(out, 2, "notes on other devices: %zu (\"vfiocfg check\" lists them)",
			   aside);
	return 0;
}

/* 0 none or notes, 1 conflicts, 2 errors or protected */
static int check_code(const struct findings *f)
{
	if (findings_count(f, GRADE_ERROR) || findings_count(f, GRADE_PROTECTED))
		return EXIT_ERRORS;
	return findings_count(f, GRADE_CONFLICT) ? EXIT_CONFLICTS : EXIT_OK;
}

static int print_findings(struct batch *b, enum format format)
{
	CLEANUP(grid_done) struct grid g = { 0 };
	struct grid_look look = batch_look(b);
	int r;

	switch (format) {
	case FORMAT_TABLE:
		if (session_findings(b->session)->n == 0)
			fputs("No findings.\n", b->out);
		return batch_findings(b, true, b->out);
	case FORMAT_JSON:
		batch_json_open(b, "check", "findings");
		r = batch_findings_json(b, b->out);
		batch_json_close(b);
		return r;
	default:
		r = fill(b, &g);
		return r < 0 ? r : grid_write(&g, format, &look, b->out);
	}
}

int batch_check(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	int r = batch_options(b, "format with", 0, 0, &o);

	if (r == 0)
		r = batch_load(b, o.with);
	if (r)
		return r;
	r = print_findings(b, o.format);
	if (r < 0)
		return batch_failed(b, r, NULL);
	return check_code(session_findings(b->session));
}

/* -- plan -- */

static const struct field step_fields[] = {
	{ "step", "Step", FIELD_NUMBER },	{ "when", "When", FIELD_TEXT },
	{ "kind", "Kind", FIELD_TEXT },		{ "device", "Device", FIELD_TEXT },
	{ "text", "What", FIELD_TEXT },		{ "reason", "Why", FIELD_TEXT },
	{ "path", "Path", FIELD_TEXT },		{ "value", "Value", FIELD_TEXT },
	{ "undo_path", "Undo", FIELD_TEXT },	{ "undo_value", "Undo value", FIELD_TEXT },
	{ "undoable", "Undoable", FIELD_BOOL }, { "command", "Command", FIELD_TEXT },
};

/* The bytes that are written; none: a removal. */
static int add_value(struct grid *g, const struct act *a)
{
	return a->value ? grid_add_lines(g, a->value, a->len) : grid_add(g, NULL);
}

static int add_step(struct grid *g, const struct step *s, size_t number)
{
	int r = grid_printf(g, "%zu", number);

	if (r == 0)
		r = grid_add(g, s->when == WHEN_LIVE ? "live" : "file");
	if (r == 0)
		r = grid_add(g, step_kind_name(s->kind));
	if (r == 0)
		r = add_device(g, &s->dev);
	if (r == 0)
		r = grid_add(g, s->text);
	if (r == 0)
		r = grid_add(g, s->reason);
	if (r == 0)
		r = grid_add(g, s->act.path);
	if (r == 0)
		r = add_value(g, &s->act);
	if (r == 0)
		r = grid_add(g, s->undo.path);
	if (r == 0)
		r = add_value(g, &s->undo);
	if (r == 0)
		r = grid_add(g, s->not_undoable ? "no" : "yes");
	return r < 0 ? r : grid_add(g, s->command);
}

static int steps_json(const struct batch *b, FILE *f)
{
	const struct plan *p = session_plan(b->session);
	CLEANUP(grid_done)
	struct grid g = { .fields = step_fields, .n_fields = ARRAY_SIZE(step_fields) };
	bool first = true;
	int r = 0;

	for (size_t i = 0; i < p->n_steps && r == 0; i++)
		r = add_step(&g, &p->steps[i], i + 1);
	return r < 0 ? r : grid_write_json(&g, &first, f);
}

/* One act as a line: what is written where. */
static int put_act(const struct act *a, bool file, const char *label, FILE *f)
{
	CLEANUP(freep) char *value = a->value ? strndup(a->value, a->len) : NULL;
	CLEANUP(freep) char *safe = NULL;

	if (!a->path)
		return 0;
	if (file) {
		batch_line(f, 7, "     %s: %s %s", label, a->value ? "write" : "remove", a->path);
		return 0;
	}
	/* A newline alone is a value of its own: it clears an override. */
	if (value && *value != '\n')
		value[strcspn(value, "\n")] = '\0';
	safe = text_safe(str_eq(value, "\n") ? "\\n" : value ? value : "");
	if (!safe)
		return -ENOMEM;
	batch_line(f, 7, "     %s: \"%s\" > %s", label, safe, a->path);
	return 0;
}

static int put_step(const struct step *s, size_t number, FILE *f)
{
	CLEANUP(freep) char *text = text_safe(s->text ? s->text : "");
	CLEANUP(freep) char *why = text_safe(s->reason ? s->reason : "");
	int r;

	if (!text || !why)
		return -ENOMEM;
	batch_line(f, 11, "%3zu. %s  %s%s%s", number, s->when == WHEN_LIVE ? "live" : "file", text,
		   *why ? ": " : "", why);
	r = put_act(&s->act, s->kind == STEP_FILE, "do", f);
	if (r == 0)
		r = put_act(&s->undo, s->kind == STEP_FILE, "undo", f);
	if (r == 0 && s->not_undoable)
		batch_line(f, 7, "     not undoable: %s %s", s->warning.what ? s->warning.what : "",
			   s->warning.why ? s->warning.why : "");
	return r;
}

int batch_steps(const struct batch *b, FILE *f)
{
	const struct plan *p = session_plan(b->session);
	int r = 0;

	for (size_t i = 0; i < p->n_steps && r == 0; i++)
		r = put_step(&p->steps[i], i + 1, f);
	return r;
}

static int print_plan(struct batch *b, enum format format)
{
	int r;

	if (format != FORMAT_JSON) {
		r = batch_findings(b, false, b->err);
		return r < 0 ? r : batch_steps(b, b->out);
	}
	batch_json_open(b, "plan", "steps");
	r = steps_json(b, b->out);
	fputs("\n], \"findings\": [", b->out);
	if (r == 0)
		r = batch_findings_json(b, b->out);
	batch_json_close(b);
	return r;
}

/* 2 what cannot be committed whatever is acknowledged, 0 nothing to do, 10 changes. */
static int plan_code(struct batch *b)
{
	const struct consent all = { .conflicts = true, .not_undoable = true };
	CLEANUP(msg_done) struct msg m = { 0 };

	if (session_plan_error(b->session)) {
		batch_say(b, session_plan_error(b->session));
		return EXIT_ERRORS;
	}
	if (session_may_commit(b->session, &all, &m) == -EINVAL) {
		batch_say(b, &m);
		return EXIT_ERRORS;
	}
	return session_plan(b->session)->n_steps ? EXIT_CHANGES : EXIT_OK;
}

int batch_plan(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	int r = batch_options(b, "format", 1, 1, &o);

	if (r)
		return r;
	if (o.format != FORMAT_TABLE && o.format != FORMAT_JSON)
		return batch_usage(b, "steps are written as table or json");
	r = batch_load(b, o.args[0]);
	if (r)
		return r;
	r = print_plan(b, o.format);
	if (r < 0)
		return batch_failed(b, r, NULL);
	r = plan_code(b);
	if (r == EXIT_OK && o.format == FORMAT_TABLE)
		fputs("Nothing to do.\n", b->out);
	return r;
}
