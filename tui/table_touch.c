/* SPDX-License-Identifier: MIT */
/* An edit moves a few rows of a table that is sorted or filtered: these alone are looked at again. */
#include "app.h"
#include "views.h"

#include <errno.h>
#include <string.h>

enum { FEW = 16 };

/* The order of rows that are equal otherwise: that of the view, by their names. */
static int natural_cmp(const struct devid *a, const struct devid *b)
{
	size_t n = strlen(a->name), m = strlen(b->name);

	return n != m ? (n < m ? -1 : 1) : devid_cmp(a, b);
}

static int text_cmp(const struct column *col, const struct session *s, const struct devid *a,
		    const struct devid *b)
{
	CLEANUP(buf_done) struct buf x = { 0 };
	CLEANUP(buf_done) struct buf y = { 0 };
	enum look look = LOOK_PLAIN;

	(void)col->cell(s, a, &x, &look);
	(void)col->cell(s, b, &y, &look);
	return strverscmp(buf_str(&x), buf_str(&y));
}

static int row_cmp(const struct table_state *t, const struct session *s, const struct devid *a,
		   const struct devid *b)
{
	const struct column *col = t->sort < 0 ? NULL : &t->view->columns[t->sort];
	int c = 0;

	if (col && col->rank) {
		uint64_t x = col->rank(s, a), y = col->rank(s, b);

		c = x < y ? -1 : x > y;
	} else if (col) {
		c = text_cmp(col, s, a, b);
	}
	c = t->sort_down ? -c : c;
	return c ? c : natural_cmp(a, b);
}

static size_t place_for(const struct table_state *t, const struct session *s,
			const struct devid *row)
{
	size_t low = 0, high = t->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct devid dev = devs_at(&t->rows, middle);

		if (row_cmp(t, s, &dev, row) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void take_out(struct table_state *t, const struct devid *row)
{
	size_t at = devs_find(&t->rows, t->n_rows, row);

	if (at < t->n_rows)
		devs_move(&t->rows, at, at + 1, --t->n_rows - at);
}

/* There is room for all rows of the view. */
static void put_in(struct table_state *t, const struct session *s, const struct devid *row)
{
	size_t at = place_for(t, s, row);

	devs_move(&t->rows, at + 1, at, t->n_rows++ - at);
	devs_set(&t->rows, at, row);
}

bool table_touch(struct table_state *t, const struct session *s, const struct devid *devs, size_t n)
{
	size_t all = t->n_rows + t->hidden;
	struct devid rows[FEW];

	if (n > FEW || devs_room(&t->rows, all + 1) < 0)
		return false;
	/* All out before any goes in: among rows that are not in order no place can be found. */
	for (size_t i = 0; i < n; i++) {
		rows[i] = devs[i];
		take_out(t, &rows[i]);
	}
	for (size_t i = 0; i < n; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || devid_eq(&rows[k], &rows[i]);
		if (!again && t->view->is_row(s, &rows[i]) &&
		    (!t->filter[0] || view_match(t->view, s, &rows[i], t->filter)))
			put_in(t, s, &rows[i]);
	}
	t->hidden = all - t->n_rows;
	return true;
}
