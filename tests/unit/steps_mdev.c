/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "steps.h"

#include <string.h>

#define UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

struct scene {
	struct inventory inv;
	struct wish wish;
	struct d_mdev m;
	struct d_ap ap;
	struct desired d;
	struct plan plan;
	struct msg err;
	struct planner p;
};

static void scene_init(struct scene *s, const char *type)
{
	*s = (struct scene){ 0 };
	s->m = (struct d_mdev){
		.uuid = UUID, .parent = "0000:65:00.0", .type = type, .ap = &s->ap
	};
	s->d = (struct desired){ .inv = &s->inv, .wish = &s->wish, .mdevs = &s->m, .n_mdevs = 1 };
	s->p = (struct planner){
		.d = &s->d, .plan = &s->plan, .reterr = &s->err, .feet = strtab_new()
	};
}

static char n1[] = "a", v1[] = "1", n2[] = "b", v2[] = "2";
static struct attr attrs[] = { { n1, v1 }, { n2, v2 } };

TEST(making_a_device_is_undone_by_removing_it_whatever_was_set)
{
	struct scene s;

	scene_init(&s, "nvidia-468");
	s.m.active_then = true;
	s.m.attrs_live = attrs;
	s.m.n_attrs_live = 2;
	steps_mdev_create(&s.p);
	assert_int_equal(s.plan.n_steps, 3);
	assert_string_equal(
		s.plan.steps[0].act.path,
		"/sys/class/mdev_bus/0000:65:00.0/mdev_supported_types/nvidia-468/create");
	assert_string_equal(s.plan.steps[0].undo.path, "/sys/bus/mdev/devices/" UUID "/remove");
	assert_string_equal(s.plan.steps[1].act.path, "/sys/bus/mdev/devices/" UUID "/a");
	assert_null(s.plan.steps[1].undo.path);
	assert_null(s.plan.steps[2].undo.path);
	plan_done(&s.plan);
	strtab_free(s.p.feet);
}

TEST(what_a_definition_says_is_kept_for_the_undo_of_a_removal_in_its_order)
{
	struct mdev_def def = { .attrs = attrs, .n_attrs = 2 };
	struct scene s;

	scene_init(&s, "nvidia-468");
	s.m.active_now = s.m.defined_now = true;
	s.m.def = &def;
	steps_mdev_remove(&s.p);
	assert_int_equal(s.plan.n_steps, 3);
	/* Undone last to first: create, then a, then b. */
	assert_string_equal(s.plan.steps[2].undo.value, UUID);
	assert_string_equal(s.plan.steps[1].undo.value, "1");
	assert_string_equal(s.plan.steps[0].undo.value, "2");
	assert_null(s.plan.steps[0].act.path);
	plan_done(&s.plan);
	strtab_free(s.p.feet);
}

TEST(a_list_of_adapters_is_written_one_by_one)
{
	char name[] = "assign_adapter", value[] = "5,6";
	struct attr list = { name, value };
	struct scene s;

	scene_init(&s, TYPE_AP);
	s.m.active_then = s.m.is_matrix = true;
	s.m.attrs_live = &list;
	s.m.n_attrs_live = 1;
	mask_set(&s.ap.live_then.adapters, 5, true);
	mask_set(&s.ap.live_then.adapters, 6, true);
	steps_mdev_create(&s.p);
	assert_int_equal(s.plan.n_steps, 3);
	assert_string_equal(s.plan.steps[1].act.value, "5");
	assert_string_equal(s.plan.steps[2].act.value, "6");
	assert_int_equal(s.plan.steps[2].act.expect, EXPECT_MATRIX);
	assert_true(matrix_eq(&s.plan.steps[2].act.matrix, &s.ap.live_then));
	plan_done(&s.plan);
	strtab_free(s.p.feet);
}

TEST(a_device_whose_attributes_need_it_is_removed_and_made_again)
{
	struct scene s;

	scene_init(&s, "nvidia-468");
	s.m.active_now = s.m.active_then = s.m.restart = true;
	steps_mdev_remove(&s.p);
	steps_mdev_create(&s.p);
	assert_int_equal(s.plan.n_steps, 2);
	assert_int_equal(s.plan.steps[0].kind, STEP_REMOVE);
	assert_int_equal(s.plan.steps[1].kind, STEP_CREATE);
	plan_done(&s.plan);
	strtab_free(s.p.feet);
}

TEST(a_name_that_is_no_path_component_is_never_written)
{
	char evil[] = "../../x";
	struct attr bad = { evil, v1 };
	struct scene s;

	scene_init(&s, "nvidia-468");
	s.m.active_then = true;
	s.m.attrs_live = &bad;
	s.m.n_attrs_live = 1;
	steps_mdev_create(&s.p);
	assert_int_equal(s.plan.n_steps, 1);
	plan_done(&s.plan);
	strtab_free(s.p.feet);
	scene_init(&s, "../evil");
	s.m.active_then = true;
	steps_mdev_create(&s.p);
	assert_int_equal(s.plan.n_steps, 0);
	strtab_free(s.p.feet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(making_a_device_is_undone_by_removing_it_whatever_was_set),
		CASE(what_a_definition_says_is_kept_for_the_undo_of_a_removal_in_its_order),
		CASE(a_list_of_adapters_is_written_one_by_one),
		CASE(a_device_whose_attributes_need_it_is_removed_and_made_again),
		CASE(a_name_that_is_no_path_component_is_never_written),
	};

	return RUN(tests);
}
