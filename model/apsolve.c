/* SPDX-License-Identifier: MIT */
#include "apsolve.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

/*
 * Each wanted queue forces its adapter's bit or its domain's bit to be cleared. Walking over the lines (adapters or
 * domains, whichever are fewer), a line is either cleared itself or all crossing lines it wants are. What is lost only
 * grows on the way, so a branch ends where it can no longer beat the best.
 */

enum {
	EXACT_LINES = 20,	 /* that many lines are always searched to the end */
	BUDGET = 2 * 1000 * 1000 /* steps beyond, before the best found so far is taken */
};

/* One side of the matrix: adapters or domains. */
struct side {
	bool cleared[256];
	bool fixed[256];
	unsigned left[256]; /* weight that clearing the line would lose */
};

struct search {
	unsigned (*weight)[256]; /* [line][cross], of host queues that aren't wanted */
	bool (*want)[256];	 /* [line][cross] */
	struct side line, cross;
	uint8_t order[256]; /* lines with wanted queues */
	size_t n;
	bool line_first; /* among equals prefer clearing lines to clearing crossing lines */
	unsigned lost, bits;
	unsigned best_lost, best_bits;
	bool found;
	bool best_line[256], best_cross[256];
	unsigned long steps, budget;
};

static unsigned weight_at(const struct search *s, bool line, size_t i, size_t k)
{
	return line ? s->weight[i][k] : s->weight[k][i];
}

/* Clears (sign 1) or restores (sign -1) a line or crossing line. */
static void turn(struct search *s, bool line, size_t i, int sign)
{
	struct side *own = line ? &s->line : &s->cross, *other = line ? &s->cross : &s->line;

	own->cleared[i] = sign > 0;
	s->lost += (unsigned)sign * own->left[i];
	s->bits += (unsigned)sign;
	for (size_t k = 0; k < 256; k++)
		other->left[k] -= (unsigned)sign * weight_at(s, line, i, k);
}

static void walk(struct search *s, size_t at);

static void with_line_cleared(struct search *s, size_t at)
{
	size_t i = s->order[at];

	if (s->line.fixed[i])
		return;
	turn(s, true, i, 1);
	walk(s, at + 1);
	turn(s, true, i, -1);
}

static void with_crossings_cleared(struct search *s, size_t at)
{
	size_t i = s->order[at], n = 0;
	uint8_t turned[256];
	bool possible = true;

	for (size_t k = 0; k < 256 && possible; k++) {
		if (!s->want[i][k] || s->cross.cleared[k])
			continue;
		possible = !s->cross.fixed[k];
		if (possible) {
			turn(s, false, k, 1);
			turned[n++] = (uint8_t)k;
		}
	}
	if (possible)
		walk(s, at + 1);
	while (n-- > 0)
		turn(s, false, turned[n], -1);
}

static bool hopeless(const struct search *s)
{
	return s->found &&
	       (s->lost > s->best_lost || (s->lost == s->best_lost && s->bits >= s->best_bits));
}

static void walk(struct search *s, size_t at)
{
	if (hopeless(s) || (s->found && s->steps >= s->budget))
		return;
	s->steps++;
	if (at == s->n) {
		s->found = true;
		s->best_lost = s->lost;
		s->best_bits = s->bits;
		memcpy(s->best_line, s->line.cleared, sizeof(s->best_line));
		memcpy(s->best_cross, s->cross.cleared, sizeof(s->best_cross));
		return;
	}
	if (s->line_first)
		with_line_cleared(s, at);
	with_crossings_cleared(s, at);
	if (!s->line_first)
		with_line_cleared(s, at);
}

static bool is_host(const struct ap_problem *p, apqn_t q)
{
	return mask_has(&p->apmask, APQN_CARD(q)) && mask_has(&p->aqmask, APQN_DOM(q));
}

/* Fills the search; `by_card`: lines are adapters. */
static void set_up(struct search *s, const struct ap_problem *p, bool by_card)
{
	s->line_first = by_card;
	for (size_t i = 0; i < 256; i++) {
		s->line.fixed[i] =
			mask_has(by_card ? &p->fixed_adapters : &p->fixed_domains, (unsigned)i);
		s->cross.fixed[i] =
			mask_has(by_card ? &p->fixed_domains : &p->fixed_adapters, (unsigned)i);
	}
	for (size_t i = 0; i < p->n_host; i++) {
		uint8_t a = APQN_CARD(p->host[i]), d = APQN_DOM(p->host[i]);
		unsigned *w = by_card ? &s->weight[a][d] : &s->weight[d][a];

		if (is_host(p, p->host[i]))
			*w = p->weight ? p->weight[i] : 1;
	}
	for (size_t i = 0; i < p->n_want; i++) {
		uint8_t a = APQN_CARD(p->want[i]), d = APQN_DOM(p->want[i]);
		size_t line = by_card ? a : d, cross = by_card ? d : a;

		if (!is_host(p, p->want[i]))
			continue;
		s->want[line][cross] = true;
		s->weight[line][cross] = 0;
	}
	for (size_t i = 0; i < 256; i++) {
		bool any = false;

		for (size_t k = 0; k < 256; k++) {
			s->line.left[i] += s->weight[i][k];
			s->cross.left[k] += s->weight[i][k];
			any = any || s->want[i][k];
		}
		if (any)
			s->order[s->n++] = (uint8_t)i;
	}
}

/* No solution loses less than the cheaper way of freeing the dearest single queue. */
static unsigned lower_bound(const struct search *s)
{
	unsigned bound = 0;

	for (size_t i = 0; i < 256; i++)
		for (size_t k = 0; k < 256; k++)
			if (s->want[i][k])
				bound = MAX(bound, MIN(s->line.left[i], s->cross.left[k]));
	return bound;
}

static size_t count_lines(const struct ap_problem *p, bool by_card)
{
	struct ap_mask seen = { 0 };

	for (size_t i = 0; i < p->n_want; i++)
		if (is_host(p, p->want[i]))
			mask_set(&seen, by_card ? APQN_CARD(p->want[i]) : APQN_DOM(p->want[i]),
				 true);
	return mask_count(&seen);
}

static void free_search(struct search **s)
{
	if (!*s)
		return;
	free((*s)->weight);
	free((*s)->want);
	free(*s);
}

int ap_solve(const struct ap_problem *p, struct ap_solution *ret)
{
	CLEANUP(free_search) struct search *s = calloc(1, sizeof(*s));
	bool by_card = count_lines(p, true) <= count_lines(p, false);
	struct ap_solution made = { .apmask = p->apmask, .aqmask = p->aqmask };

	if (!s)
		return -ENOMEM;
	s->weight = calloc(256, sizeof(*s->weight));
	s->want = calloc(256, sizeof(*s->want));
	if (!s->weight || !s->want)
		return -ENOMEM;
	set_up(s, p, by_card);
	s->budget = s->n <= EXACT_LINES ? ~0ul : BUDGET;
	made.bound = lower_bound(s);
	walk(s, 0);
	if (!s->found)
		return -ENOSPC;
	for (unsigned i = 0; i < 256; i++) {
		if (s->best_line[i])
			mask_set(by_card ? &made.apmask : &made.aqmask, i, false);
		if (s->best_cross[i])
			mask_set(by_card ? &made.aqmask : &made.apmask, i, false);
	}
	made.lost = s->best_lost;
	made.exact = s->steps < s->budget || made.lost == made.bound;
	if (made.exact)
		made.bound = made.lost;
	*ret = made;
	return 0;
}
