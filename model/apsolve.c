/* SPDX-License-Identifier: MIT */
#include "apsolve.h"
#include "mem.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/*
 * Each wanted queue forces its adapter's bit or its domain's bit to be cleared. Walking over the lines (adapters or
 * domains, whichever are fewer), a line is either cleared itself or all crossing lines it wants are. What is lost only
 * grows on the way, so a branch ends where it can no longer beat the best: where what is lost already and what the
 * rest must lose at least come to as much. The rest's bound is a packing: a queue that is lost is lost by its line, by
 * its crossing line or by both, so half its weight may be charged to either, and each wanted queue must be paid for by
 * one of the two.
 */

enum {
	EXACT_LINES = 20,    /* that many lines are always searched to the end */
	BUDGET = 1000 * 1000 /* steps beyond: some milliseconds, as each visit is many */
};

/* What is compared, in this order: weight lost, bits to avoid, bits, domains' bits. */
struct price {
	unsigned lost, avoided, bits, domains;
};

/* One side of the matrix, adapters or domains: only those with wanted queues. */
struct side {
	uint8_t id[256];
	size_t n;
	bool cleared[256];
	bool fixed[256];
	bool avoid[256];
	bool domains;
	unsigned left[256]; /* weight that clearing the line would lose */
	/* the part of it that a line still undecided on the other side may lose as well */
	unsigned shared[256];
};

struct search {
	unsigned (*weight)[256];  /* [line][cross], of host queues that aren't wanted */
	struct ap_mask want[256]; /* by line: crossing lines */
	struct side line, cross;
	struct price now, best;
	bool found;
	bool best_line[256], best_cross[256];
	unsigned long steps, budget;
	unsigned open; /* the least that a branch left unsearched could lose */
};

static int price_cmp(const struct price *a, const struct price *b)
{
	if (a->lost != b->lost)
		return a->lost < b->lost ? -1 : 1;
	if (a->avoided != b->avoided)
		return a->avoided < b->avoided ? -1 : 1;
	if (a->bits != b->bits)
		return a->bits < b->bits ? -1 : 1;
	return a->domains < b->domains ? -1 : a->domains > b->domains;
}

/* Marks a line as cleared (sign 1) or not (-1), and what that costs. */
static void turn(struct search *s, struct side *side, size_t i, int sign)
{
	side->cleared[i] = sign > 0;
	s->now.lost += (unsigned)sign * side->left[i];
	s->now.avoided += (unsigned)sign * side->avoid[i];
	s->now.bits += (unsigned)sign;
	s->now.domains += (unsigned)sign * side->domains;
}

static void turn_line(struct search *s, size_t i, int sign)
{
	turn(s, &s->line, i, sign);
	for (size_t k = 0; k < s->cross.n; k++) {
		s->cross.left[k] -= (unsigned)sign * s->weight[i][k];
		s->cross.shared[k] -= (unsigned)sign * s->weight[i][k];
	}
	s->steps += s->cross.n;
}

static void turn_cross(struct search *s, size_t k, int sign)
{
	turn(s, &s->cross, k, sign);
	for (size_t i = 0; i < s->line.n; i++) {
		s->line.left[i] -= (unsigned)sign * s->weight[i][k];
		s->line.shared[i] -= (unsigned)sign * s->weight[i][k];
	}
	s->steps += s->line.n;
}

/* A line that is kept (sign 1) will not lose what it shares; undone with -1. */
static void keep_line(struct search *s, size_t i, int sign)
{
	for (size_t k = 0; k < s->cross.n; k++)
		s->cross.shared[k] -= (unsigned)sign * s->weight[i][k];
}

/* What a line can be charged at most, in halves of a weight. */
static unsigned charge(const struct side *side, size_t i)
{
	return side->fixed[i] ? UINT_MAX / 4 : 2 * side->left[i] - side->shared[i];
}

/* What freeing one queue costs at least. */
static unsigned cheaper(const struct search *s, size_t i, size_t k)
{
	return s->line.fixed[i]	   ? s->cross.left[k]
	       : s->cross.fixed[k] ? s->line.left[i]
				   : MIN(s->line.left[i], s->cross.left[k]);
}

/* What the lines from `at` on must lose at least, whatever is decided about them. */
static unsigned rest(struct search *s, size_t at)
{
	unsigned half[256], paid = 0, one = 0;

	for (size_t k = 0; k < s->cross.n; k++)
		half[k] = charge(&s->cross, k);
	s->steps += s->cross.n;
	for (size_t i = at; i < s->line.n; i++) {
		unsigned own = charge(&s->line, i);

		for (int k = mask_next(&s->want[i], -1); k >= 0; k = mask_next(&s->want[i], k)) {
			unsigned pay = MIN(own, half[k]);

			s->steps++;
			if (s->cross.cleared[k])
				continue;
			one = MAX(one, cheaper(s, i, (size_t)k));
			paid += pay;
			own -= pay;
			half[k] -= pay;
		}
	}
	return MAX(one, (paid + 1) / 2);
}

static void walk(struct search *s, size_t at);

static void with_line_cleared(struct search *s, size_t at)
{
	if (s->line.fixed[at])
		return;
	turn_line(s, at, 1);
	walk(s, at + 1);
	turn_line(s, at, -1);
}

/* No queue has two fixed bits, so one of the two branches is always there. */
static void with_crossings_cleared(struct search *s, size_t at)
{
	struct ap_mask turned = { 0 };
	const struct ap_mask *want = &s->want[at];
	bool possible = true;

	for (int k = mask_next(want, -1); k >= 0 && possible; k = mask_next(want, k)) {
		if (s->cross.cleared[k])
			continue;
		possible = !s->cross.fixed[k];
		if (possible) {
			turn_cross(s, (size_t)k, 1);
			mask_set(&turned, (unsigned)k, true);
		}
	}
	if (possible) {
		keep_line(s, at, 1);
		walk(s, at + 1);
		keep_line(s, at, -1);
	}
	for (int k = mask_next(&turned, -1); k >= 0; k = mask_next(&turned, k))
		turn_cross(s, (size_t)k, -1);
}

/* Is the line itself the cheaper way? Looked at first, it cuts more of what comes after. */
static bool line_is_cheaper(const struct search *s, size_t i)
{
	unsigned crossings = 0;

	for (int k = mask_next(&s->want[i], -1); k >= 0; k = mask_next(&s->want[i], k))
		if (!s->cross.cleared[k])
			crossings += s->cross.left[k];
	return s->line.left[i] < crossings;
}

static void keep_best(struct search *s)
{
	s->found = true;
	s->best = s->now;
	memcpy(s->best_line, s->line.cleared, sizeof(s->best_line));
	memcpy(s->best_cross, s->cross.cleared, sizeof(s->best_cross));
}

static void walk(struct search *s, size_t at)
{
	struct price least = s->now;

	if (s->found) {
		least.lost += rest(s, at);
		if (price_cmp(&least, &s->best) >= 0)
			return;
		if (s->steps >= s->budget) {
			s->open = MIN(s->open, least.lost);
			return;
		}
	}
	if (at == s->line.n) {
		keep_best(s);
		return;
	}
	if (line_is_cheaper(s, at)) {
		with_line_cleared(s, at);
		with_crossings_cleared(s, at);
	} else {
		with_crossings_cleared(s, at);
		with_line_cleared(s, at);
	}
}

/* -- before the walk -- */

static bool is_host(const struct ap_problem *p, apqn_t q)
{
	return mask_has(&p->apmask, APQN_CARD(q)) && mask_has(&p->aqmask, APQN_DOM(q));
}

/* All queues by adapter and domain. */
struct grid {
	unsigned weight[256][256];
	struct ap_mask want[256];
	struct ap_mask cards, domains; /* wanted at all */
	unsigned of_card[256], of_domain[256];
};

static int grid_fill(struct grid *g, const struct ap_problem *p)
{
	for (size_t i = 0; i < p->n_host; i++)
		if (is_host(p, p->host[i]))
			g->weight[APQN_CARD(p->host[i])][APQN_DOM(p->host[i])] =
				p->weight ? p->weight[i] : 1;
	for (size_t i = 0; i < p->n_want; i++) {
		uint8_t a = APQN_CARD(p->want[i]), d = APQN_DOM(p->want[i]);

		if (!is_host(p, p->want[i]))
			continue;
		if (mask_has(&p->fixed_adapters, a) && mask_has(&p->fixed_domains, d))
			return -ENOSPC;
		mask_set(&g->want[a], d, true);
		mask_set(&g->cards, a, true);
		mask_set(&g->domains, d, true);
		g->weight[a][d] = 0;
	}
	for (size_t a = 0; a < 256; a++)
		for (size_t d = 0; d < 256; d++) {
			g->of_card[a] += g->weight[a][d];
			g->of_domain[d] += g->weight[a][d];
		}
	return 0;
}

/* Dearest first: deciding those leaves the least to be tried below. */
static void side_fill(struct side *side, const struct ap_mask *ids, const unsigned *left)
{
	for (int id = mask_next(ids, -1); id >= 0; id = mask_next(ids, id)) {
		size_t at = side->n++;

		for (; at > 0 && left[side->id[at - 1]] < left[id]; at--)
			side->id[at] = side->id[at - 1];
		side->id[at] = (uint8_t)id;
	}
	for (size_t i = 0; i < side->n; i++)
		side->left[i] = left[side->id[i]];
}

static void side_bits(struct side *side, const struct ap_mask *fixed, const struct ap_mask *avoid)
{
	for (size_t i = 0; i < side->n; i++) {
		side->fixed[i] = mask_has(fixed, side->id[i]);
		side->avoid[i] = mask_has(avoid, side->id[i]);
	}
}

static void set_up(struct search *s, const struct ap_problem *p, const struct grid *g)
{
	bool by_card = mask_count(&g->cards) <= mask_count(&g->domains);
	struct side *cards = by_card ? &s->line : &s->cross;
	struct side *domains = by_card ? &s->cross : &s->line;

	domains->domains = true;
	side_fill(cards, &g->cards, g->of_card);
	side_fill(domains, &g->domains, g->of_domain);
	side_bits(cards, &p->fixed_adapters, &p->avoid_adapters);
	side_bits(domains, &p->fixed_domains, &p->avoid_domains);
	for (size_t i = 0; i < s->line.n; i++)
		for (size_t k = 0; k < s->cross.n; k++) {
			uint8_t a = by_card ? s->line.id[i] : s->cross.id[k];
			uint8_t d = by_card ? s->cross.id[k] : s->line.id[i];

			s->weight[i][k] = g->weight[a][d];
			s->line.shared[i] += g->weight[a][d];
			s->cross.shared[k] += g->weight[a][d];
			mask_set(&s->want[i], (unsigned)k, mask_has(&g->want[a], d));
		}
	s->budget = p->budget ? p->budget : s->line.n <= EXACT_LINES ? ULONG_MAX : BUDGET;
	s->open = UINT_MAX;
}

/* -- a good solution to begin with -- */

/* What it costs to clear just these lines, and the crossings which the others want; false: a bit of that is fixed. */
static bool price_of(struct search *s, const bool *lines, bool *ret_cross, struct price *ret)
{
	struct price p = { 0 };
	bool possible = true;

	memset(ret_cross, 0, 256);
	for (size_t i = 0; i < s->line.n; i++) {
		if (lines[i]) {
			possible = possible && !s->line.fixed[i];
			p.lost += s->line.left[i];
			p.avoided += s->line.avoid[i];
			p.bits++;
			p.domains += s->line.domains;
			continue;
		}
		for (int k = mask_next(&s->want[i], -1); k >= 0; k = mask_next(&s->want[i], k))
			ret_cross[k] = true;
	}
	for (size_t k = 0; k < s->cross.n; k++) {
		if (!ret_cross[k])
			continue;
		possible = possible && !s->cross.fixed[k];
		p.lost += s->cross.left[k];
		for (size_t i = 0; i < s->line.n; i++)
			p.lost -= lines[i] ? s->weight[i][k] : 0;
		p.avoided += s->cross.avoid[k];
		p.bits++;
		p.domains += s->cross.domains;
		s->steps += s->line.n;
	}
	*ret = p;
	return possible;
}

/* Turns single lines round while that makes it better, until a quarter of the steps is gone. */
static void improve(struct search *s)
{
	bool lines[256], cross[256], better = true;
	unsigned long until = s->budget / 4;
	struct price p;

	memcpy(lines, s->best_line, sizeof(lines));
	while (better) {
		better = false;
		for (size_t i = 0; i < s->line.n && s->steps < until; i++) {
			lines[i] = !lines[i];
			if (price_of(s, lines, cross, &p) && price_cmp(&p, &s->best) < 0) {
				s->best = p;
				memcpy(s->best_line, lines, sizeof(lines));
				memcpy(s->best_cross, cross, sizeof(cross));
				better = true;
			} else {
				lines[i] = !lines[i];
			}
		}
	}
}

/* The cheaper of clearing all lines and clearing all crossings, as far as fixed bits allow it. */
static void begin(struct search *s)
{
	for (int all = 0; all < 2; all++) {
		bool lines[256], cross[256];
		struct price p;

		for (size_t i = 0; i < s->line.n; i++) {
			bool stuck = false;

			for (int k = mask_next(&s->want[i], -1); k >= 0 && !stuck;
			     k = mask_next(&s->want[i], k))
				stuck = s->cross.fixed[k];
			lines[i] = stuck || (all && !s->line.fixed[i]);
		}
		if (!price_of(s, lines, cross, &p) || (s->found && price_cmp(&p, &s->best) >= 0))
			continue;
		s->found = true;
		s->best = p;
		memcpy(s->best_line, lines, sizeof(lines));
		memcpy(s->best_cross, cross, sizeof(cross));
	}
	improve(s);
}

static void search_done(struct search **s)
{
	if (*s)
		free((*s)->weight);
	free(*s);
}

static void clear_bits(struct ap_solution *made, const struct side *side, const bool *cleared)
{
	for (size_t i = 0; i < side->n; i++)
		if (cleared[i])
			mask_set(side->domains ? &made->aqmask : &made->apmask, side->id[i], false);
}

int ap_solve(const struct ap_problem *p, struct ap_solution *ret)
{
	CLEANUP(search_done) struct search *s = calloc(1, sizeof(*s));
	CLEANUP(freep) struct grid *g = calloc(1, sizeof(*g));
	struct ap_solution made = { .apmask = p->apmask, .aqmask = p->aqmask };
	int r;

	if (!s || !g)
		return -ENOMEM;
	s->weight = calloc(256, sizeof(*s->weight));
	if (!s->weight)
		return -ENOMEM;
	r = grid_fill(g, p);
	if (r < 0)
		return r;
	set_up(s, p, g);
	made.bound = rest(s, 0);
	begin(s);
	walk(s, 0);
	clear_bits(&made, &s->line, s->best_line);
	clear_bits(&made, &s->cross, s->best_cross);
	made.lost = s->best.lost;
	made.bound = MIN(made.lost, MAX(made.bound, s->open));
	made.exact = made.bound == made.lost;
	*ret = made;
	return 0;
}
