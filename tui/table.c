/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void table_state_done(struct table_state *t)
{
	devs_done(&t->rows);
	free(t->marked);
	*t = (struct table_state){ 0 };
}

/* -- order and filter -- */

bool table_seek(struct table_state *t, const struct devid *dev)
{
	struct devid at;
	size_t i;

	/* Mostly it is where it was. */
	if (t->cursor < t->n_rows) {
		at = devs_at(&t->rows, t->cursor);
		if (devid_eq(&at, dev))
			return true;
	}
	i = devs_find(&t->rows, t->n_rows, dev);
	if (i == t->n_rows)
		return false;
	t->cursor = i;
	return true;
}

static bool made_so(const struct table_state *t)
{
	return (t->rows.v || t->rows.subchs) && t->sort == t->made_sort &&
	       t->sort_down == t->made_down && !strcmp(t->filter, t->made_filter);
}

static void note_made(struct table_state *t, const struct session *s)
{
	t->serial = session_serial(s);
	t->made_sort = t->sort;
	t->made_down = t->sort_down;
	memcpy(t->made_filter, t->filter, sizeof(t->filter));
}

/* As they were, or with the few moved which an edit has altered. */
static bool still_good(struct table_state *t, const struct session *s)
{
	unsigned long serial = session_serial(s);
	const struct devid *devs;
	size_t n;

	if (!made_so(t) || !t->view->is_row)
		return false;
	if (t->serial == serial)
		return true;
	if (t->serial + 1 != serial || !session_touched(s, &devs, &n))
		return false;
	return (t->sort < 0 && !t->filter[0]) || (t->view->kin && table_touch(t, s, devs, n));
}

/* Another letter of the filter leaves some of the rows that there are, in their order. */
static bool narrow(struct table_state *t, const struct session *s)
{
	size_t n = t->n_rows;

	if ((!t->rows.v && !t->rows.subchs) || !t->view->is_row || t->serial != session_serial(s) ||
	    t->sort != t->made_sort || t->sort_down != t->made_down ||
	    !view_narrows(t->view, t->made_filter, t->filter))
		return false;
	t->n_rows = view_filter(t->view, s, t->filter, &t->rows, n);
	t->hidden += n - t->n_rows;
	note_made(t, s);
	return true;
}

/* All rows there are, those that pass the filter, in order. */
static int make(struct table_state *t, const struct session *s)
{
	struct devs rows;
	size_t n, all;
	int r = t->view->rows(s, &rows, &n);

	if (r < 0)
		return r;
	devs_done(&t->rows);
	all = n;
	if (t->filter[0])
		n = view_filter(t->view, s, t->filter, &rows, n);
	if (t->sort >= 0)
		r = view_sort(t->view, s, t->sort, t->sort_down, &rows, n);
	t->rows = rows;
	t->n_rows = n;
	t->hidden = all - n;
	note_made(t, s);
	return r;
}

int table_rebuild(struct table_state *t, const struct session *s)
{
	struct devid at = { 0 };
	int r = 0;

	if (t->cursor < t->n_rows)
		at = devs_at(&t->rows, t->cursor);
	if (still_good(t, s))
		t->serial = session_serial(s);
	else if (!narrow(t, s))
		r = make(t, s);
	if (!table_seek(t, &at))
		table_move(t, 0);
	return r;
}

/* A jump over several rows takes the window along: paging shows what comes next, not the same rows again. */
void table_move(struct table_state *t, long rows)
{
	long at = (long)t->cursor + rows, top = (long)t->top + rows;

	t->cursor = at < 0 || !t->n_rows ? 0 : MIN((size_t)at, t->n_rows - 1);
	if (rows > 1 || rows < -1)
		t->top = top < 0 ? 0 : MIN((size_t)top, t->n_rows);
}

bool table_find(struct table_state *t, const struct session *s, const char *text)
{
	return view_find(t->view, s, text, &t->rows, t->n_rows, t->cursor, &t->cursor);
}

/* -- selection -- */

static size_t mark_place(const struct table_state *t, const struct devid *dev)
{
	size_t low = 0, high = t->n_marked;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (devid_cmp(&t->marked[middle], dev) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool table_is_marked(const struct table_state *t, const struct devid *dev)
{
	size_t i = mark_place(t, dev);

	return i < t->n_marked && devid_eq(&t->marked[i], dev);
}

int table_mark(struct table_state *t, const struct devid *dev, bool on)
{
	size_t i = mark_place(t, dev), tail = t->n_marked - i;
	struct devid *grown;

	if (on == table_is_marked(t, dev))
		return 0;
	if (!on) {
		memmove(t->marked + i, t->marked + i + 1, (tail - 1) * sizeof(*t->marked));
		t->n_marked--;
		return 0;
	}
	grown = reallocarray(t->marked, t->n_marked + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	t->marked = grown;
	memmove(grown + i + 1, grown + i, tail * sizeof(*grown));
	grown[i] = *dev;
	t->n_marked++;
	return 0;
}

/* -- layout -- */

enum { MARK = 1, GAP = 1 };

static int width_with(const struct view *v, int keep)
{
	int sum = MARK - GAP;

	for (size_t i = 0; i < v->n_columns; i++)
		if (!v->columns[i].batch_only && v->columns[i].keep <= keep)
			sum += v->columns[i].min + GAP;
	return sum;
}

static int highest_keep(const struct view *v)
{
	int keep = 0;

	for (size_t i = 0; i < v->n_columns; i++)
		keep = v->columns[i].batch_only ? keep : MAX(keep, v->columns[i].keep);
	return keep;
}

/* Gives what room is left to the columns that want more, by their shares. */
static void spread(struct table_layout *l, int spare)
{
	bool gave = true;

	while (spare > 0 && gave) {
		gave = false;
		for (size_t i = 0; i < l->n; i++) {
			const struct column *col = l->v[i].column;
			int more = MIN(col->grow, spare);

			if (col->max)
				more = MIN(more, col->max - l->v[i].width);
			if (more <= 0)
				continue;
			l->v[i].width += more;
			spare -= more;
			gave = true;
		}
	}
}

void table_layout(const struct view *v, int cols, size_t left, struct table_layout *ret)
{
	struct table_layout l = { .left = left > 0 };
	int keep = highest_keep(v), room = cols - MARK, at = MARK;
	size_t skip = left;

	while (!left && keep > 0 && width_with(v, keep) > cols)
		keep--;
	l.right = !left && keep < highest_keep(v);
	for (size_t i = 0; i < v->n_columns && l.n < ARRAY_SIZE(l.v); i++) {
		const struct column *col = &v->columns[i];

		if (col->batch_only || (!left && col->keep > keep))
			continue;
		if (i > 0 && skip) { /* the first column names the row: it always stays */
			skip--;
			continue;
		}
		if (room < MIN(col->min, 5)) {
			l.right = true;
			break;
		}
		l.v[l.n].column = col;
		l.v[l.n].width = MIN(col->min, room);
		room -= l.v[l.n++].width + GAP;
	}
	spread(&l, room + GAP);
	for (size_t i = 0; i < l.n; i++) {
		l.v[i].at = at;
		at += l.v[i].width + GAP;
	}
	*ret = l;
}
