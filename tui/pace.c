/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <string.h>

long pace_follow(const struct pace *p, long now)
{
	return p->followed ? MAX(p->followed + PACE_FOLLOW_MS - now, 0L) : 0;
}

static long ms_for(const struct pace *p, size_t bytes)
{
	return p->baud ? (long)(bytes * 10000 / p->baud) : 0; /* ten bits a byte */
}

long pace_paint(const struct pace *p, long now, const struct pace_line *line)
{
	if (!p->dirty || !line->writable)
		return PACE_NEVER;
	/* The key wakes the program by itself: it is read at once, and asked again. */
	if (line->key_waits && now - p->painted < PACE_KEYS_MS)
		return PACE_NEVER;
	if (now < p->free_at)
		return p->free_at - now;
	/* A line that doesn't know its speed is asked again soon. */
	if (line->queued > 0)
		return MIN(MAX(ms_for(p, (size_t)line->queued), 10L), 100L);
	return 0;
}

void pace_painted(struct pace *p, long now, size_t bytes)
{
	p->dirty = false;
	p->painted = now;
	p->free_at = MAX(p->free_at, now) + ms_for(p, bytes);
}

enum { MOVE_COST = 8 }; /* to get to a place and to change how it looks there */

size_t pace_cost(const struct canvas *was, const struct canvas *is)
{
	size_t n = (size_t)is->rows * (size_t)is->cols, cost = MOVE_COST;
	bool same = was && was->rows == is->rows && was->cols == is->cols, run = false;

	for (size_t i = 0; i < n; i++) {
		const struct cell *x = &is->cells[i];
		const struct cell *old = same ? &was->cells[i] : NULL;
		/* Of a screen made anew the blanks need not be sent. */
		bool other = old ? x->ch != old->ch || x->look != old->look || x->mark != old->mark
				 : x->ch != ' ' || x->mark;

		cost += other ? run ? 1 : 1 + MOVE_COST : 0;
		run = other;
	}
	return cost;
}
