/* SPDX-License-Identifier: MIT */
/* The order of rows by a column: a number for each row first, then a sort that looks at numbers alone. */
#include "kin.h"
#include "views.h"

#include <errno.h>
#include <string.h>

struct ranked {
	uint64_t rank;
	uint32_t row;
};

/* -- numbers for texts -- */

/* A cell's text; rows of one kind have one. */
struct text {
	const char *text;
	uint32_t nth; /* in order of their making */
};

struct texts {
	struct strtab *tab; /* equal text is one pointer */
	struct text *v;	    /* owned */
	size_t n, cap;
	uint32_t *rank; /* by nth; owned */
};

static void texts_done(struct texts *t)
{
	strtab_free(t->tab);
	free(t->v);
	free(t->rank);
}

static int by_text(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	return x->text == y->text ? 0 : strverscmp(x->text, y->text);
}

static int add_text(struct texts *t, const struct column *col, const struct session *s,
		    const struct devid *row, struct buf *b)
{
	enum look look = LOOK_PLAIN;
	const char *text;

	buf_reset(b);
	text = strtab_get(t->tab, col->cell(s, row, b, &look) < 0 ? "" : buf_str(b));
	if (!text || array_grow(&t->v, t->n, &t->cap, sizeof(*t->v)) < 0)
		return -ENOMEM;
	t->v[t->n] = (struct text){ text, (uint32_t)t->n };
	t->n++;
	return 0;
}

/* Puts the texts of all rows in t and which of them it is in ret->rank. */
static int take_texts(const struct view *v, const struct session *s, const struct column *col,
		      const struct devs *rows, size_t n, struct texts *t, struct ranked *ret)
{
	CLEANUP(kinds_freep) struct kinds *kinds = col->own ? NULL : kinds_new();
	CLEANUP(buf_done) struct buf b = { 0 };
	struct kin kin;

	for (size_t i = 0; i < n; i++) {
		struct devid row = devs_at(rows, i);
		struct kind *kind = kinds ? kinds_of(kinds, v, s, &row, &kin) : NULL;

		if (kind && kin.singled && col->extra)
			kind = NULL;
		if (!kind || !kind->text) {
			if (add_text(t, col, s, &row, &b) < 0)
				return -ENOMEM;
			if (kind)
				kind->text = t->n;
		}
		ret[i] = (struct ranked){ kind ? kind->text - 1 : t->n - 1, (uint32_t)i };
	}
	return 0;
}

static int rank_by_text(const struct view *v, const struct session *s, const struct column *col,
			const struct devs *rows, size_t n, struct ranked *ret)
{
	CLEANUP(texts_done) struct texts t = { .tab = strtab_new() };
	uint32_t rank = 0;

	if (!t.tab || take_texts(v, s, col, rows, n, &t, ret) < 0)
		return -ENOMEM;
	t.rank = reallocarray(NULL, t.n + 1, sizeof(*t.rank));
	if (!t.rank)
		return -ENOMEM;
	if (t.n)
		qsort(t.v, t.n, sizeof(*t.v), by_text);
	for (size_t i = 0; i < t.n; i++) {
		rank += i && by_text(&t.v[i - 1], &t.v[i]) != 0;
		t.rank[t.v[i].nth] = rank;
	}
	for (size_t i = 0; i < n; i++)
		ret[i].rank = t.rank[ret[i].rank];
	return 0;
}

/* -- the sort -- */

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

/* By one digit; equal ones stay as they are. */
static void pass(const struct ranked *from, size_t n, unsigned shift, struct ranked *to)
{
	size_t at[DIGITS + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		at[(from[i].rank >> shift & (DIGITS - 1)) + 1]++;
	for (size_t d = 1; d < DIGITS; d++)
		at[d] += at[d - 1];
	for (size_t i = 0; i < n; i++)
		to[at[from[i].rank >> shift & (DIGITS - 1)]++] = from[i];
}

/* By rank; the result is in one of the two, which is returned. */
static const struct ranked *by_rank(struct ranked *v, struct ranked *other, size_t n, uint64_t top)
{
	for (unsigned shift = 0; shift < 64 && top >> shift; shift += DIGIT) {
		struct ranked *sorted = other;

		pass(v, n, shift, other);
		other = v;
		v = sorted;
	}
	return v;
}

static uint64_t top_rank(const struct ranked *v, size_t n)
{
	uint64_t top = 0;

	for (size_t i = 0; i < n; i++)
		top = MAX(top, v[i].rank);
	return top;
}

static bool in_order(const struct ranked *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i - 1].rank > v[i].rank)
			return false;
	return true;
}

/* Moves the rows. 0 or -ENOMEM. */
static int put_in_order(struct devs *rows, const struct ranked *order, size_t n)
{
	struct devs sorted = { .v = rows->subchs ? NULL : reallocarray(NULL, n, sizeof(*rows->v)),
			       .subchs = rows->subchs ? reallocarray(NULL, n, sizeof(*rows->subchs))
						      : NULL };

	if (!sorted.v && !sorted.subchs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (sorted.subchs)
			sorted.subchs[i] = rows->subchs[order[i].row];
		else
			sorted.v[i] = rows->v[order[i].row];
	devs_done(rows);
	*rows = sorted;
	return 0;
}

int view_sort(const struct view *v, const struct session *s, int column, bool down,
	      struct devs *rows, size_t n)
{
	const struct column *col = &v->columns[column];
	CLEANUP(freep) struct ranked *places = reallocarray(NULL, n + 1, 2 * sizeof(*places));
	uint64_t top;

	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < n && col->rank; i++) {
		struct devid row = devs_at(rows, i);

		places[i] = (struct ranked){ col->rank(s, &row), (uint32_t)i };
	}
	if (!col->rank && rank_by_text(v, s, col, rows, n, places) < 0)
		return -ENOMEM;
	top = top_rank(places, n);
	for (size_t i = 0; i < n && down; i++)
		places[i].rank = top - places[i].rank;
	if (in_order(places, n))
		return 0;
	return put_in_order(rows, by_rank(places, places + n, n, top), n);
}
