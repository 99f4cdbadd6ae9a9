/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "readiness.h"

static const struct field ready_fields[] = {
	{ "item", "Item", FIELD_TEXT },	  { "title", "What", FIELD_TEXT },
	{ "state", "State", FIELD_TEXT }, { "evidence", "Found", FIELD_TEXT },
	{ "edit", "Edit", FIELD_TEXT },	  { "remedy", "What to do", FIELD_TEXT },
};

static int add_item(struct grid *g, const struct ready_item *i)
{
	int r = grid_add(g, i->name);

	if (r == 0)
		r = grid_add(g, i->title);
	if (r == 0)
		r = grid_add(g, ready_word(i->state));
	if (r == 0)
		r = grid_add(g, i->evidence);
	if (r == 0)
		r = i->module ? grid_printf(g, "module %s", i->module) : grid_add(g, NULL);
	return r < 0 ? r : grid_add(g, *i->remedy ? i->remedy : NULL);
}

static void print_lines(struct batch *b, const struct readiness *ready)
{
	for (size_t i = 0; i < ready->n; i++) {
		const struct ready_item *x = &ready->v[i];

		fprintf(b->out, "%-6s %-10s %s\n", ready_word(x->state), x->title, x->evidence);
		if (*x->remedy)
			fprintf(b->out, "%17s  -> %s\n", "", x->remedy);
		if (x->module)
			fprintf(b->out,
				"%17s  -> \"vfiocfg setup\" loads it; by hand: modprobe %s\n", "",
				x->module);
	}
}

static int print(struct batch *b, const struct readiness *ready, enum format format)
{
	CLEANUP(grid_done)
	struct grid g = { .fields = ready_fields, .n_fields = ARRAY_SIZE(ready_fields) };
	struct grid_look look = batch_look(b);
	bool first = true;
	int r = 0;

	if (format == FORMAT_TABLE) {
		print_lines(b, ready);
		return 0;
	}
	for (size_t i = 0; i < ready->n && r == 0; i++)
		r = add_item(&g, &ready->v[i]);
	if (r < 0 || format != FORMAT_JSON)
		return r < 0 ? r : grid_write(&g, format, &look, b->out);
	batch_json_open(b, "doctor", "items");
	r = grid_write_json(&g, &first, b->out);
	batch_json_close(b);
	return r;
}

/* 0 nothing is missing, 1 something does not work, 2 nothing can be given to guests. */
static int ready_code(enum ready worst)
{
	return worst == READY_STOP ? EXIT_ERRORS : worst == READY_LACK ? EXIT_CONFLICTS : EXIT_OK;
}

int batch_doctor(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(readiness_done) struct readiness ready = { 0 };
	int r = batch_options(b, "format", 0, 0, &o);

	if (r)
		return r;
	r = readiness_make(session_desired(b->session), &ready);
	if (r == 0)
		r = print(b, &ready, o.format);
	return r < 0 ? batch_failed(b, r, NULL) : ready_code(readiness_worst(&ready));
}
