/* SPDX-License-Identifier: MIT */
#include "apsolve.h"
#include "check.h"
#include "mem.h"

#include <errno.h>
#include <stdio.h>

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

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* The cost of clearing these lines of a small grid; ~0: a wanted queue stays the host's. */
static unsigned cost_of(const struct ap_problem *p, unsigned cards, unsigned doms)
{
	unsigned cost = 0;

	for (size_t i = 0; i < p->n_want; i++)
		if (!(cards >> APQN_CARD(p->want[i]) & 1) && !(doms >> APQN_DOM(p->want[i]) & 1))
			return ~0u;
	for (size_t i = 0; i < p->n_host; i++) {
		bool wanted = false;

		for (size_t k = 0; k < p->n_want; k++)
			wanted = wanted || p->want[k] == p->host[i];
		if (!wanted &&
		    ((cards >> APQN_CARD(p->host[i]) & 1) || (doms >> APQN_DOM(p->host[i]) & 1)))
			cost += p->weight[i];
	}
	return cost;
}

TEST(brute_force_never_finds_less_on_random_grids)
{
	unsigned seed = 1;

	for (int round = 0; round < 150; round++) {
		apqn_t host[36], want[36];
		unsigned weight[36], best = ~0u;
		size_t n_want = 0;
		struct ap_solution s;
		struct ap_problem p = { .apmask = mask_all(),
					.aqmask = mask_all(),
					.want = want,
					.host = host,
					.weight = weight,
					.n_host = 36 };

		for (unsigned i = 0; i < 36; i++) {
			host[i] = APQN(i / 6, i % 6);
			weight[i] = 1 + next_random(&seed) % 5;
			if (next_random(&seed) % 4 == 0)
				want[n_want++] = host[i];
		}
		p.n_want = n_want;
		for (unsigned cards = 0; cards < 64; cards++)
			for (unsigned doms = 0; doms < 64; doms++)
				best = MIN(best, cost_of(&p, cards, doms));
		assert_int_equal(ap_solve(&p, &s), 0);
		assert_true(s.exact);
		assert_int_equal(s.lost, best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(two_queues_of_one_adapter_take_the_adapter_when_that_costs_less),
		CASE(a_whole_domain_is_taken_as_a_domain),
		CASE(queues_that_are_free_already_cost_nothing),
		CASE(a_fixed_bit_is_not_touched_and_two_fixed_bits_leave_no_way),
		CASE(among_equals_the_adapter_is_taken),
		CASE(brute_force_never_finds_less_on_random_grids),
	};

	return RUN(tests);
}
