/* SPDX-License-Identifier: MIT */
/* Two accounts of what is, entry by entry in the same order, side by side. */
#include "compare.h"

#include "compare_part.h"

#include <errno.h>
#include <string.h>

const char *compare_group_name(enum compare_group group)
{
	static const char *const names[] = { "hardware", "binding", "assignment", "definitions" };

	return names[group];
}

void comparison_done(struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].label);
		free(c->v[i].what);
		free(c->v[i].before);
		free(c->v[i].after);
	}
	free(c->v);
	*c = (struct comparison){ 0 };
}

static int copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

/* What it is, by whoever knows: a subchannel that a guest has tells less than one of the host's. */
static int what_of(const struct session *const sides[2], const struct devid *dev, char **ret)
{
	char known[128] = "", text[128];

	for (size_t i = 0; i < 2 && dev->bus != BUS_NONE; i++) {
		if (!sides[i])
			continue;
		inventory_what(session_inventory(sides[i]), dev, text, sizeof(text));
		if (!*known || str_eq(known, "I/O subchannel"))
			memcpy(known, text, sizeof(known));
	}
	return copy(known, ret);
}

/* Either entry may be NULL: it is not there. */
static int add_row(struct comparison *c, const struct session *const sides[2],
		   const struct entry *before, const struct entry *after)
{
	const struct session *there[2] = { after ? sides[1] : NULL, before ? sides[0] : NULL };
	const struct entry *e = after ? after : before;
	struct compare_row row = { .group = e->group,
				   .dev = e->dev,
				   .fact = account_facts[e->fact],
				   .order = e->fact,
				   .whole = !before || !after };
	char label[ACCOUNT_LABEL];

	if (array_grow(&c->v, c->n, &c->cap, sizeof(row)) < 0)
		return -ENOMEM;
	account_label(there[0] ? there[0] : there[1], e, label, sizeof(label));
	if (copy(label, &row.label) < 0 || what_of(there, &e->dev, &row.what) < 0 ||
	    copy(before ? before->value : NULL, &row.before) < 0 ||
	    copy(after ? after->value : NULL, &row.after) < 0) {
		free(row.label);
		free(row.what);
		free(row.before);
		return -ENOMEM;
	}
	c->v[c->n++] = row;
	return 0;
}

/* A fact that only one of them tells is not known of the other, unless the whole thing came or went. */
static bool is_change(const struct entry *x, const struct entry *y)
{
	if (x && y)
		return x->kind != ENTRY_THING && strcmp(x->value, y->value) != 0;
	return (x && x->kind != ENTRY_FACT) || (y && y->kind != ENTRY_FACT);
}

static int compare(const struct session *const sides[2], const struct account *a,
		   const struct account *b, struct comparison *c)
{
	size_t i = 0, k = 0;
	int r = 0;

	while ((i < a->n || k < b->n) && r == 0) {
		int cmp = i == a->n ? 1 : k == b->n ? -1 : entry_cmp(&a->v[i], &b->v[k]);
		const struct entry *x = cmp <= 0 ? &a->v[i++] : NULL;
		const struct entry *y = cmp >= 0 ? &b->v[k++] : NULL;

		if (is_change(x, y))
			r = add_row(c, sides, x, y);
	}
	return r;
}

static int cmp_text(const char *a, const char *b)
{
	return !a || !b ? !!a - !!b : strcmp(a, b);
}

static int cmp_rows(const void *x, const void *y)
{
	const struct compare_row *a = x, *b = y;
	int r = (int)a->group - (int)b->group;

	r = r ? r : (int)a->order - (int)b->order;
	r = r ? r : cmp_text(a->before, b->before);
	r = r ? r : cmp_text(a->after, b->after);
	r = r ? r : devid_cmp(&a->dev, &b->dev);
	return r ? r : strcmp(a->label, b->label);
}

int session_compare(const struct session *before, const struct session *after,
		    struct comparison *ret)
{
	CLEANUP(account_done) struct account a = { 0 };
	CLEANUP(account_done) struct account b = { 0 };
	unsigned without =
		session_inventory(before)->host.lacks_of | session_inventory(after)->host.lacks_of;
	struct comparison c = { .partly = without != 0 };
	int r = account_make(before, without, &a);

	if (r == 0)
		r = account_make(after, without, &b);
	if (r == 0)
		r = compare((const struct session *const[]){ before, after }, &a, &b, &c);
	if (r < 0) {
		comparison_done(&c);
		return r;
	}
	if (c.n)
		qsort(c.v, c.n, sizeof(*c.v), cmp_rows);
	*ret = c;
	return 0;
}

int compare_lacks(const struct session *s, struct buf *ret_names)
{
	static const struct {
		unsigned bit;
		const char *words;
	} table[] = {
		{ LACKS_CSS, "channel devices" },      { LACKS_AP, "crypto" },
		{ LACKS_PCI, "PCI functions" },	       { LACKS_MDEV, "active mediated devices" },
		{ LACKS_MODULES, "loaded modules" },   { LACKS_USES, "who uses what" },
		{ LACKS_DEFS, "definitions" },	       { LACKS_BOOT, "what the next boot does" },
		{ LACKS_TOOLS, "installed programs" },
	};
	unsigned lacks = session_inventory(s)->host.lacks_of;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(table) && r == 0; i++)
		if (lacks & table[i].bit)
			r = buf_add_name(ret_names, table[i].words);
	return r;
}
