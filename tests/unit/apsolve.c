/* SPDX-License-Identifier: MIT */
#include "apsolve.h"
#include "check.h"
#include "mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const apqn_t grid[] = {
	APQN(5, 4),    APQN(5, 5),    APQN(5, 0x42), APQN(5, 0xab), APQN(6, 4),	    APQN(6, 5),
	APQN(6, 0x42), APQN(6, 0xab), APQN(10, 4),   APQN(10, 5),   APQN(10, 0x42), APQN(10, 0xab),
};

static struct ap_problem problem(const apqn_t *want, size_t n)
{
	return (struct ap_problem){ .apmask = mask_all(),
				    .aqmask = mask_all(),
				    .want = want,
				    .n_want = n,
				    .host = grid,
				    .n_host = ARRAY_SIZE(grid) };
}

TEST(two_queues_of_one_adapter_take_the_adapter_when_that_costs_less)
{
	const apqn_t want[] = { APQN(5, 4), APQN(5, 0xab) };
	struct ap_problem p = problem(want, 2);
	struct ap_solution s;

	/* the adapter loses 2 other queues, the two domains 4 */
	assert_int_equal(ap_solve(&p, &s), 0);
	assert_true(s.exact);
	assert_int_equal(s.lost, 2);
	assert_false(mask_has(&s.apmask, 5));
	assert_int_equal(mask_count(&s.apmask), 255);
	assert_int_equal(mask_count(&s.aqmask), 256);
}

TEST(a_whole_domain_is_taken_as_a_domain)
{
	const apqn_t want[] = { APQN(5, 4), APQN(6, 4), APQN(10, 4) };
	struct ap_problem p = problem(want, 3);
	struct ap_solution s;

	assert_int_equal(ap_solve(&p, &s), 0);
	assert_int_equal(s.lost, 0);
	assert_false(mask_has(&s.aqmask, 4));
	assert_int_equal(mask_count(&s.apmask), 256);
}

TEST(queues_that_are_free_already_cost_nothing)
{
	const apqn_t want[] = { APQN(5, 4) };
	struct ap_problem p = problem(want, 1);
	struct ap_solution s;

	mask_set(&p.apmask, 5, false);
	assert_int_equal(ap_solve(&p, &s), 0);
	assert_true(mask_eq(&s.apmask, &p.apmask) && mask_eq(&s.aqmask, &p.aqmask));
}

TEST(a_fixed_bit_is_not_touched_and_two_fixed_bits_leave_no_way)
{
	const apqn_t want[] = { APQN(5, 4) };
	struct ap_problem p = problem(want, 1);
	struct ap_solution s;

	mask_set(&p.fixed_adapters, 5, true);
	assert_int_equal(ap_solve(&p, &s), 0);
	assert_true(mask_has(&s.apmask, 5));
	assert_false(mask_has(&s.aqmask, 4));
	mask_set(&p.fixed_domains, 4, true);
	assert_int_equal(ap_solve(&p, &s), -ENOSPC);
}

TEST(among_equals_the_adapter_is_taken)
{
	const apqn_t want[] = { APQN(1, 1) };
	struct ap_problem p = problem(want, 1);
	struct ap_solution s;

	assert_int_equal(ap_solve(&p, &s), 0);
	assert_false(mask_has(&s.apmask, 1));
	assert_true(mask_has(&s.aqmask, 1));
}

TEST(of_equal_ways_the_one_without_bits_to_avoid_is_taken)
{
	const apqn_t want[] = { APQN(1, 1) };
	struct ap_problem p = problem(want, 1);
	struct ap_solution s;

	mask_set(&p.avoid_adapters, 1, true);
	assert_int_equal(ap_solve(&p, &s), 0);
	assert_true(mask_has(&s.apmask, 1));
	assert_false(mask_has(&s.aqmask, 1));
	/* Not where it would cost the host a queue. */
	p.host = (const apqn_t[]){ APQN(2, 1) };
	p.n_host = 1;
	assert_int_equal(ap_solve(&p, &s), 0);
	assert_int_equal(s.lost, 0);
	assert_false(mask_has(&s.apmask, 1));
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

enum { SIDE = 6, CELLS = SIDE * SIDE };

/* SIDE adapters and domains from `base` on: some wanted, the others of random weight; fixed and unloved bits. */
struct grid {
	apqn_t host[CELLS], want[CELLS];
	unsigned weight[CELLS];
	size_t n_host, n_want;
	unsigned fixed_cards, fixed_doms; /* by position */
	unsigned base;
};

static struct grid random_grid(unsigned *seed, unsigned base, bool fixed)
{
	struct grid g = { .base = base };
	unsigned tight = next_random(seed) % 6 + 2;

	if (fixed && next_random(seed) % 2)
		g.fixed_cards = 1u << next_random(seed) % SIDE;
	if (fixed && next_random(seed) % 2)
		g.fixed_doms = 1u << next_random(seed) % SIDE;
	for (unsigned i = 0; i < CELLS; i++) {
		unsigned c = i / SIDE, d = i % SIDE;
		bool stuck = (g.fixed_cards >> c & 1) && (g.fixed_doms >> d & 1);

		if (next_random(seed) % tight == 0 && !stuck) {
			g.want[g.n_want++] = APQN(base + c, base + d);
		} else {
			g.weight[g.n_host] = 1 + next_random(seed) % 5;
			g.host[g.n_host++] = APQN(base + c, base + d);
		}
	}
	return g;
}

static struct ap_problem problem_of(const struct grid *g)
{
	struct ap_problem p = { .apmask = mask_all(),
				.aqmask = mask_all(),
				.want = g->want,
				.n_want = g->n_want,
				.host = g->host,
				.weight = g->weight,
				.n_host = g->n_host };

	for (unsigned i = 0; i < SIDE; i++) {
		mask_set(&p.fixed_adapters, g->base + i, g->fixed_cards >> i & 1);
		mask_set(&p.fixed_domains, g->base + i, g->fixed_doms >> i & 1);
	}
	return p;
}

/* The cost of clearing these lines; ~0: a wanted queue stays the host's, or a bit is fixed. */
static unsigned cost_of(const struct grid *g, unsigned cards, unsigned doms)
{
	unsigned cost = 0;

	if ((cards & g->fixed_cards) || (doms & g->fixed_doms))
		return ~0u;
	for (size_t i = 0; i < g->n_want; i++)
		if (!(cards >> (APQN_CARD(g->want[i]) - g->base) & 1) &&
		    !(doms >> (APQN_DOM(g->want[i]) - g->base) & 1))
			return ~0u;
	for (size_t i = 0; i < g->n_host; i++)
		if ((cards >> (APQN_CARD(g->host[i]) - g->base) & 1) ||
		    (doms >> (APQN_DOM(g->host[i]) - g->base) & 1))
			cost += g->weight[i];
	return cost;
}

static unsigned brute_force(const struct grid *g)
{
	unsigned best = ~0u;

	for (unsigned cards = 0; cards < 1u << SIDE; cards++)
		for (unsigned doms = 0; doms < 1u << SIDE; doms++)
			best = MIN(best, cost_of(g, cards, doms));
	return best;
}

/* What the masks found take, counted by hand. */
static unsigned taken(const struct ap_problem *p, const struct ap_solution *s)
{
	unsigned cost = 0;

	for (size_t i = 0; i < p->n_want; i++)
		assert_false(mask_has(&s->apmask, APQN_CARD(p->want[i])) &&
			     mask_has(&s->aqmask, APQN_DOM(p->want[i])));
	for (size_t i = 0; i < p->n_host; i++)
		if (!mask_has(&s->apmask, APQN_CARD(p->host[i])) ||
		    !mask_has(&s->aqmask, APQN_DOM(p->host[i])))
			cost += p->weight[i];
	return cost;
}

TEST(brute_force_never_finds_less_on_random_grids)
{
	unsigned seed = 1;

	for (int round = 0; round < 150; round++) {
		struct grid g = random_grid(&seed, 0, true);
		struct ap_problem p = problem_of(&g);
		struct ap_solution s;

		assert_int_equal(ap_solve(&p, &s), 0);
		assert_true(s.exact);
		assert_int_equal(s.lost, brute_force(&g));
		assert_int_equal(s.bound, s.lost);
		assert_int_equal(taken(&p, &s), s.lost);
	}
}

TEST(when_the_steps_run_out_the_optimum_is_between_bound_and_what_was_found)
{
	unsigned seed = 7, open = 0;

	for (int round = 0; round < 150; round++) {
		struct grid g = random_grid(&seed, 0, true);
		struct ap_problem p = problem_of(&g);
		unsigned best = brute_force(&g);
		struct ap_solution s;

		p.budget = 1 + next_random(&seed) % 2000;
		assert_int_equal(ap_solve(&p, &s), 0);
		assert_true(s.bound <= best && best <= s.lost);
		assert_int_equal(s.exact, s.bound == s.lost);
		assert_int_equal(taken(&p, &s), s.lost);
		open += !s.exact;
	}
	assert_true(open > 20);
}

/* Grids that have nothing to do with each other: what each costs is what all cost together. */
TEST(beyond_twenty_adapters_and_domains_the_bound_holds)
{
	unsigned seed = 3;
	enum { GRIDS = 5 };

	for (int round = 0; round < 8; round++) {
		static apqn_t host[GRIDS * CELLS], want[GRIDS * CELLS];
		static unsigned weight[GRIDS * CELLS];
		struct ap_problem p = { .apmask = mask_all(),
					.aqmask = mask_all(),
					.want = want,
					.host = host,
					.weight = weight };
		struct ap_solution s;
		unsigned best = 0;

		for (unsigned k = 0; k < GRIDS; k++) {
			struct grid g = random_grid(&seed, k * SIDE, false);

			best += brute_force(&g);
			memcpy(want + p.n_want, g.want, g.n_want * sizeof(*want));
			memcpy(host + p.n_host, g.host, g.n_host * sizeof(*host));
			memcpy(weight + p.n_host, g.weight, g.n_host * sizeof(*weight));
			p.n_want += g.n_want;
			p.n_host += g.n_host;
		}
		assert_int_equal(ap_solve(&p, &s), 0);
		assert_true(s.bound <= best && best <= s.lost);
		assert_true(s.bound * 2 >= s.lost); /* it says something */
		assert_int_equal(taken(&p, &s), s.lost);
	}
}

TEST(the_same_question_has_the_same_answer)
{
	static apqn_t want[1024], host[65536];
	unsigned seed = 11;
	struct ap_problem p = {
		.apmask = mask_all(), .aqmask = mask_all(), .want = want, .host = host
	};
	struct ap_solution a, b;

	for (unsigned i = 0; i < 65536; i++)
		if (p.n_want < 1024 && next_random(&seed) % 64 == 0)
			want[p.n_want++] = (apqn_t)i;
		else
			host[p.n_host++] = (apqn_t)i;
	assert_int_equal(ap_solve(&p, &a), 0);
	assert_int_equal(ap_solve(&p, &b), 0);
	assert_false(a.exact); /* the steps have run out, not the time */
	assert_memory_equal(&a.apmask, &b.apmask, sizeof(a.apmask));
	assert_memory_equal(&a.aqmask, &b.aqmask, sizeof(a.aqmask));
	assert_int_equal(a.bound, b.bound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(two_queues_of_one_adapter_take_the_adapter_when_that_costs_less),
		CASE(a_whole_domain_is_taken_as_a_domain),
		CASE(queues_that_are_free_already_cost_nothing),
		CASE(a_fixed_bit_is_not_touched_and_two_fixed_bits_leave_no_way),
		CASE(among_equals_the_adapter_is_taken),
		CASE(of_equal_ways_the_one_without_bits_to_avoid_is_taken),
		CASE(brute_force_never_finds_less_on_random_grids),
		CASE(when_the_steps_run_out_the_optimum_is_between_bound_and_what_was_found),
		CASE(beyond_twenty_adapters_and_domains_the_bound_holds),
		CASE(the_same_question_has_the_same_answer),
	};

	return RUN(tests);
}
