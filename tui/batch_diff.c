/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "captured.h"
#include "compare.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* One of the two: its file's name, NULL: the machine this is run on. */
struct side {
	const char *file;
	const struct session *session;
};

enum { WIDTH = 79, INDENT = 6 };

static const char *change_of(const struct compare_row *r)
{
	return !r->whole ? "changed" : r->after ? "added" : "removed";
}

/* -- for people -- */

static const char *name_of(const struct side *s)
{
	return s->file			     ? s->file
	       : session_is_host(s->session) ? "this machine"
					     : "the machine looked at";
}

/* "old.tar.gz: lpar3, IBM z16, Linux 6.12.30", and who packed it when */
static void print_side(FILE *f, const char *label, const struct side *s)
{
	const struct host *h = &session_inventory(s->session)->host;
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(freep) char *safe = NULL;
	time_t made = (time_t)h->made;
	char when[40] = "";
	struct tm tm;

	if (made && gmtime_r(&made, &tm))
		strftime(when, sizeof(when), " on %Y-%m-%d at %H:%M UTC", &tm);
	buf_printf(&text, "%s: %s%s%s%s%s", name_of(s), h->name ? h->name : "a host without a name",
		   h->machine ? ", " : "", h->machine ? h->machine : "",
		   h->kernel ? ", Linux " : "", h->kernel ? h->kernel : "");
	safe = text_safe(buf_str(&text));
	fprintf(f, "%-7s %s\n", label, safe ? safe : "");
	if (h->maker && *h->maker)
		fprintf(f, "%7s made by %s%s\n", "", h->maker, when);
}

static void print_start(FILE *f, const struct side *a, const struct side *b)
{
	const struct host *x = &session_inventory(a->session)->host;
	const struct host *y = &session_inventory(b->session)->host;

	print_side(f, "Before", a);
	print_side(f, "After", b);
	if (x->name && y->name && !str_eq(x->name, y->name))
		fputs("These are two hosts: what differs need not have changed.\n", f);
	else if (x->boot_id && y->boot_id && !str_eq(x->boot_id, y->boot_id))
		fputs("The host was booted in between.\n", f);
}

/* Words one after another on lines that are not too long; *at is where the line is, 0: it has not begun. */
static void put_word(FILE *f, size_t *at, const char *word, const char *end)
{
	size_t len = strlen(word) + strlen(end);
	int gap = *end ? 1 : 2;

	if (*at && *at + 2 + len > WIDTH) {
		fputc('\n', f);
		*at = 0;
	}
	*at += (size_t)fprintf(f, "%*s%s%s", *at ? gap : INDENT, "", word, end);
}

static void print_not_told(FILE *f, const struct side *s)
{
	CLEANUP(buf_done) struct buf words = { 0 };
	CLEANUP(freep) char *safe = text_safe(name_of(s));
	const char *word;
	size_t at = 0;

	if (compare_lacks(s->session, &words) < 0 || !words.len)
		return;
	fprintf(f, "Not told by %s, so not compared:\n", safe ? safe : "?");
	buf_foreach_name (&words, word)
		put_word(f, &at, word, buf_next_name(&words, word) ? "," : ".");
	fputc('\n', f);
}

static bool same_change(const struct compare_row *a, const struct compare_row *b)
{
	return a->group == b->group && a->fact == b->fact && a->whole == b->whole &&
	       str_eq(a->before, b->before) && str_eq(a->after, b->after);
}

/* "driver: io_subchannel -> vfio_ccw"; long values stand below each other. */
static void print_change(FILE *f, const struct compare_row *r)
{
	CLEANUP(freep) char *before = r->before ? text_safe(r->before) : NULL;
	CLEANUP(freep) char *after = r->after ? text_safe(r->after) : NULL;
	size_t width = strlen(r->fact) + strlen(before ? before : "") + strlen(after ? after : "");

	if (r->whole)
		fprintf(f, "  %s %s: %s\n", r->fact, change_of(r),
			after	 ? after
			: before ? before
				 : "?");
	else if (width + 8 <= WIDTH)
		fprintf(f, "  %s: %s -> %s\n", r->fact, before ? before : "?", after ? after : "?");
	else
		fprintf(f, "  %s\n    before: %s\n    after:  %s\n", r->fact, before ? before : "?",
			after ? after : "?");
}

/* All devices that changed in this way, several on a line. Returns how many rows they are. */
static size_t print_devices(FILE *f, const struct compare_row *v, size_t n)
{
	size_t at = 0, i = 0;

	for (; i < n && same_change(&v[0], &v[i]); i++) {
		CLEANUP(freep) char *safe = text_safe(v[i].label);

		if (safe && *safe)
			put_word(f, &at, safe, "");
	}
	if (at)
		fputc('\n', f);
	return i;
}

static void print_table(struct batch *b, const struct comparison *c, const struct side *before,
			const struct side *after)
{
	static const char *const titles[] = { "Hardware and kernel", "Binding", "Assignment",
					      "Definitions and the next boot" };
	size_t i = 0;

	print_start(b->out, before, after);
	for (enum compare_group g = 0; g < COMPARE_GROUPS; g++) {
		bool any = i < c->n && c->v[i].group == g;

		fprintf(b->out, "\n%s%s\n", titles[g], any ? "" : ": no difference");
		while (i < c->n && c->v[i].group == g) {
			print_change(b->out, &c->v[i]);
			i += print_devices(b->out, &c->v[i], c->n - i);
		}
	}
	fputc('\n', b->out);
	print_not_told(b->out, before);
	print_not_told(b->out, after);
	if (c->n)
		fprintf(b->out, "%zu difference%s", c->n, c->n == 1 ? "" : "s");
	else
		fputs("No difference", b->out);
	fputs(c->partly ? " in what was compared.\n" : ".\n", b->out);
}

/* -- for programs -- */

static const struct field diff_fields[] = {
	{ "group", "Group", FIELD_TEXT },   { "device", "Device", FIELD_TEXT },
	{ "name", "Name", FIELD_TEXT },	    { "fact", "Fact", FIELD_TEXT },
	{ "change", "Change", FIELD_TEXT }, { "before", "Before", FIELD_TEXT },
	{ "after", "After", FIELD_TEXT },
};

static int add_row(struct grid *g, const struct compare_row *r)
{
	char id[DEVID_TEXT];
	const char *cells[] = { compare_group_name(r->group),
				r->dev.bus ? devid_text(&r->dev, id) : NULL,
				r->dev.bus ? r->what : NULL,
				r->fact,
				change_of(r),
				r->before,
				r->after };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cells) && err == 0; i++)
		err = grid_add(g, cells[i]);
	return err;
}

static void json_member(FILE *f, const char *name, const char *value)
{
	fprintf(f, ", \"%s\": ", name);
	if (value)
		json_put_string(f, value);
	else
		fputs("null", f);
}

static int json_side(FILE *f, const char *label, const struct side *s)
{
	const struct host *h = &session_inventory(s->session)->host;
	CLEANUP(buf_done) struct buf lacks = { 0 };
	const char *word, *comma = "";
	int r = compare_lacks(s->session, &lacks);

	fprintf(f, " \"%s\": {\"file\": ", label);
	if (s->file)
		json_put_string(f, s->file);
	else
		fputs("null", f);
	json_member(f, "host", h->name);
	json_member(f, "machine", h->machine);
	json_member(f, "kernel", h->kernel);
	json_member(f, "made_by", h->maker && *h->maker ? h->maker : NULL);
	fputs(", \"not_told\": [", f);
	buf_foreach_name (&lacks, word) {
		fputs(comma, f);
		json_put_string(f, word);
		comma = ", ";
	}
	fputs("]},\n", f);
	return r;
}

static int print_json(struct batch *b, const struct grid *g, const struct side *before,
		      const struct side *after)
{
	bool first = true;
	int r;

	fputs("{\"vfiocfg-diff\": 1,\n", b->out);
	r = json_side(b->out, "before", before);
	if (r == 0)
		r = json_side(b->out, "after", after);
	fputs(" \"changes\": [", b->out);
	if (r == 0)
		r = grid_write_json(g, &first, b->out);
	batch_json_close(b);
	return r;
}

static int print_diff(struct batch *b, enum format format, const struct comparison *c,
		      const struct side *before, const struct side *after)
{
	CLEANUP(grid_done)
	struct grid g = { .fields = diff_fields, .n_fields = ARRAY_SIZE(diff_fields) };
	struct grid_look look = batch_look(b);
	int r = 0;

	if (format == FORMAT_TABLE) {
		print_table(b, c, before, after);
		return 0;
	}
	for (size_t i = 0; i < c->n && r == 0; i++)
		r = add_row(&g, &c->v[i]);
	if (r < 0)
		return r;
	return format == FORMAT_JSON ? print_json(b, &g, before, after)
				     : grid_write(&g, format, &look, b->out);
}

static int diff(struct batch *b, enum format format, const struct side *before,
		const struct side *after)
{
	CLEANUP(comparison_done) struct comparison c = { 0 };
	int r = session_compare(before->session, after->session, &c);

	if (r == 0)
		r = print_diff(b, format, &c, before, after);
	if (r < 0)
		return batch_failed(b, r, NULL);
	return c.n ? EXIT_CHANGES : EXIT_OK;
}

/* One file is compared with the machine this is run on. */
int batch_diff(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(captured_done) struct captured one = { 0 };
	CLEANUP(captured_done) struct captured two = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	struct side before = { 0 }, after = { .session = b->session };
	int r = batch_options(b, "format", 1, 2, &o);

	if (r)
		return r;
	r = captured_open(o.args[0], &one, &m);
	if (r == 0 && o.n_args > 1)
		r = captured_open(o.args[1], &two, &m);
	if (r < 0)
		return batch_failed(b, r, &m);
	before = (struct side){ o.args[0], one.session };
	if (o.n_args > 1)
		after = (struct side){ o.args[1], two.session };
	return diff(b, o.format, &before, &after);
}
