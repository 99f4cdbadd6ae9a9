/* SPDX-License-Identifier: MIT */
#include "apkernel.h"
#include "check.h"
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Adapters and domains of which only a few are said: everything else of a mask is set. */
static struct ap_mask without(unsigned id)
{
	struct ap_mask m = mask_all();

	mask_set(&m, id, false);
	return m;
}

static struct matrix matrix_of(unsigned adapter, unsigned domain)
{
	struct matrix m = { 0 };

	mask_set(&m.adapters, adapter, true);
	mask_set(&m.domains, domain, true);
	return m;
}

/* A matrix on adapter 5, domain 4, with both bits given away. */
static struct ap_state both_given(const struct matrix *m, bool strict)
{
	return (struct ap_state){ { without(5), without(4) }, m, 1, strict };
}

TEST(older_kernels_take_a_bit_back_while_the_other_mask_keeps_the_queue_free)
{
	struct matrix m = matrix_of(5, 4);
	struct ap_state s = both_given(&m, false);
	struct ap_mask all = mask_all();

	assert_false(ap_refuses(&s, 0, &all, NULL));
	s.mask[1] = all;
	assert_true(ap_refuses(&s, 0, &all, NULL));
}

TEST(newer_kernels_refuse_any_bit_that_a_matrix_has_in_a_queue)
{
	struct matrix m = matrix_of(5, 4);
	struct ap_state s = both_given(&m, true);
	struct ap_mask all = mask_all();
	size_t by = 9;

	assert_true(ap_refuses(&s, 0, &all, &by));
	assert_int_equal(by, 0);
	assert_true(ap_refuses(&s, 1, &all, NULL));
}

TEST(an_adapter_without_domains_blocks_nothing)
{
	struct matrix m = matrix_of(5, 4);
	struct ap_state s = both_given(&m, true);
	struct ap_mask all = mask_all();

	mask_set(&m.domains, 4, false);
	assert_false(ap_refuses(&s, 0, &all, NULL));
}

TEST(clearing_is_never_refused)
{
	struct matrix m = matrix_of(5, 4);
	struct ap_state s = both_given(&m, true);
	struct ap_mask none = { 0 };

	assert_false(ap_refuses(&s, 0, &none, NULL));
	assert_false(ap_refuses(&s, 1, &none, NULL));
}

/* -- the steps for a change of masks beside a running matrix on (5, 4) -- */

struct scene {
	struct inventory inv;
	struct wish wish;
	struct desired d;
	struct d_mdev mdev;
	struct d_ap ap;
	struct use use;
	struct plan plan;
	struct msg err;
	struct planner p;
};

static void scene_init(struct scene *s, bool strict, bool in_use)
{
	static const char uuid[] = "11111111-1111-4111-8111-111111111111";

	*s = (struct scene){ 0 };
	s->inv.ap = (struct ap_bus){
		.present = true, .masks_known = true, .has_override = strict, .has_ap_config = true
	};
	s->use = (struct use){ .dev = { .bus = BUS_MDEV }, .grade = USE_PROTECTED };
	strcpy(s->use.dev.name, uuid);
	s->inv.uses = &s->use;
	s->inv.n_uses = in_use;
	s->mdev = (struct d_mdev){ .parent = "matrix",
				   .ap = &s->ap,
				   .type = "vfio_ap-passthrough",
				   .active_now = true,
				   .active_then = true,
				   .is_matrix = true };
	strcpy(s->mdev.uuid, uuid);
	s->ap.live_now = s->ap.live_then = matrix_of(5, 4);
	s->d = (struct desired){ .inv = &s->inv,
				 .wish = &s->wish,
				 .mdevs = &s->mdev,
				 .n_mdevs = 1,
				 .masks_change = true };
	s->p = (struct planner){
		.d = &s->d, .plan = &s->plan, .reterr = &s->err, .feet = strtab_new()
	};
}

/* From the pair (a, q) to the pair (a2, q2). */
static void move(struct scene *s, struct ap_mask a, struct ap_mask q, struct ap_mask a2,
		 struct ap_mask q2)
{
	s->inv.ap.apmask = a;
	s->inv.ap.aqmask = q;
	s->d.apmask_then = a2;
	s->d.aqmask_then = q2;
	steps_masks(&s->p);
}

static void scene_done(struct scene *s)
{
	plan_done(&s->plan);
	strtab_free(s->p.feet);
	msg_done(&s->err);
}

TEST(a_queue_stays_free_while_it_moves_from_one_mask_to_the_other)
{
	struct scene s;

	scene_init(&s, false, true);
	move(&s, without(5), mask_all(), mask_all(), without(4));
	assert_int_equal(s.p.err, 0);
	assert_int_equal(s.plan.n_steps, 2);
	assert_string_equal(s.plan.steps[0].dev.name, "aqmask");
	assert_string_equal(s.plan.steps[1].dev.name, "apmask");
	assert_false(s.plan.steps[0].not_undoable);
	scene_done(&s);
}

TEST(an_idle_matrix_lets_go_meanwhile_where_the_kernel_would_refuse_the_undo)
{
	struct scene s;

	/* Clearing adapter 5 works, but setting it again is refused: the matrix has it through domain 4. */
	scene_init(&s, true, false);
	move(&s, mask_all(), without(4), without(5), without(4));
	assert_int_equal(s.plan.n_steps, 3);
	assert_int_equal(s.plan.steps[0].kind, STEP_ATTR);
	assert_int_equal(s.plan.steps[1].kind, STEP_MASK);
	assert_int_equal(s.plan.steps[2].kind, STEP_ATTR);
	assert_true(matrix_eq(&s.plan.steps[2].act.matrix, &s.ap.live_now));
	for (size_t i = 0; i < 3; i++)
		assert_false(s.plan.steps[i].not_undoable);
	scene_done(&s);
}

TEST(beside_a_matrix_in_use_such_a_step_is_marked_as_not_undoable)
{
	struct scene s;

	scene_init(&s, true, true);
	move(&s, mask_all(), without(4), without(5), without(4));
	assert_int_equal(s.plan.n_steps, 1);
	assert_true(s.plan.steps[0].not_undoable);
	assert_int_equal(s.plan.steps[0].warning.id, MSG_PLAN_NOT_UNDOABLE);
	assert_non_null(strstr(s.plan.steps[0].warning.why, s.mdev.uuid));
	scene_done(&s);
}

TEST(masks_that_the_kernel_would_refuse_beside_a_matrix_in_use_are_no_plan)
{
	struct scene s;

	scene_init(&s, true, true);
	move(&s, without(5), without(4), mask_all(), without(4));
	assert_int_equal(s.p.err, -EINVAL);
	assert_int_equal(s.err.id, MSG_PLAN_MASKS_REFUSED);
	scene_done(&s);
}

TEST(the_written_mask_has_all_digits)
{
	struct scene s;

	scene_init(&s, false, true);
	move(&s, mask_all(), without(4), without(5), without(4));
	assert_int_equal(s.plan.n_steps, 1);
	assert_int_equal(s.plan.steps[0].act.len, 67);
	assert_string_equal(s.plan.steps[0].act.value,
			    "0xfbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n");
	scene_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(older_kernels_take_a_bit_back_while_the_other_mask_keeps_the_queue_free),
		CASE(newer_kernels_refuse_any_bit_that_a_matrix_has_in_a_queue),
		CASE(an_adapter_without_domains_blocks_nothing),
		CASE(clearing_is_never_refused),
		CASE(a_queue_stays_free_while_it_moves_from_one_mask_to_the_other),
		CASE(an_idle_matrix_lets_go_meanwhile_where_the_kernel_would_refuse_the_undo),
		CASE(beside_a_matrix_in_use_such_a_step_is_marked_as_not_undoable),
		CASE(masks_that_the_kernel_would_refuse_beside_a_matrix_in_use_are_no_plan),
		CASE(the_written_mask_has_all_digits),
	};

	return RUN(tests);
}
