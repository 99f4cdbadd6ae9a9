/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "steps.h"
#include "store.h"

#include <errno.h>
#include <string.h>

#define UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

struct scene {
	struct inventory inv;
	struct wish wish;
	struct desired d;
	struct plan plan;
	struct msg err;
	struct planner p;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){ 0 };
	s->d = (struct desired){ .inv = &s->inv, .wish = &s->wish };
	s->p = (struct planner){
		.d = &s->d, .plan = &s->plan, .reterr = &s->err, .feet = strtab_new()
	};
}

static void scene_done(struct scene *s)
{
	plan_done(&s->plan);
	strtab_free(s->p.feet);
	msg_done(&s->err);
}

TEST(a_new_definition_is_mdevctl_s_bytes_and_its_undo_removes_the_file)
{
	char name[] = "assign_adapter", value[] = "5";
	struct attr attr = { name, value };
	struct d_mdev m = { .uuid = UUID,
			    .parent = "matrix",
			    .type = TYPE_AP,
			    .is_matrix = true,
			    .defined_then = true,
			    .start_then = START_AUTO,
			    .attrs_then = &attr,
			    .n_attrs_then = 1 };
	struct scene s;

	scene_init(&s);
	s.d.mdevs = &m;
	s.d.n_mdevs = 1;
	steps_files(&s.p);
	assert_int_equal(s.plan.n_steps, 1);
	assert_string_equal(s.plan.steps[0].act.path, "/etc/mdevctl.d/matrix/" UUID);
	assert_string_equal(
		s.plan.steps[0].act.value,
		"{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"auto\",\n"
		"  \"attrs\": [\n    {\n      \"assign_adapter\": \"5\"\n    }\n  ]\n}");
	assert_null(s.plan.steps[0].undo.value);
	assert_string_equal(s.plan.steps[0].command,
			    "mdevctl define -u " UUID
			    " -p matrix -t vfio_ap-passthrough -a\nmdevctl modify -u " UUID
			    " -p matrix --addattr assign_adapter --value 5");
	scene_done(&s);
}

TEST(removing_a_definition_can_be_undone_byte_for_byte)
{
	char bytes[] = "{ \"mdev_type\": \"x\",\"odd\":1}";
	struct mdev_def def = { .uuid = UUID,
				.parent = "matrix",
				.type = "x",
				.bytes = bytes,
				.n_bytes = sizeof(bytes) - 1 };
	struct d_mdev m = {
		.uuid = UUID, .parent = "matrix", .type = "x", .defined_now = true, .def = &def
	};
	struct scene s;

	scene_init(&s);
	s.d.mdevs = &m;
	s.d.n_mdevs = 1;
	steps_files(&s.p);
	assert_int_equal(s.plan.n_steps, 1);
	assert_null(s.plan.steps[0].act.value);
	assert_string_equal(s.plan.steps[0].undo.value, bytes);
	assert_string_equal(s.plan.steps[0].command, "mdevctl undefine -u " UUID " -p matrix");
	scene_done(&s);
}

TEST(only_the_start_mode_is_a_short_command)
{
	char bytes[] = "{\n  \"mdev_type\": \"x\",\n  \"start\": \"manual\",\n  \"attrs\": []\n}";
	struct mdev_def def = { .uuid = UUID,
				.parent = "p",
				.type = "x",
				.bytes = bytes,
				.n_bytes = sizeof(bytes) - 1 };
	struct d_mdev m = { .uuid = UUID,
			    .parent = "p",
			    .type = "x",
			    .defined_now = true,
			    .defined_then = true,
			    .start_then = START_AUTO,
			    .def = &def };
	struct scene s;

	scene_init(&s);
	s.d.mdevs = &m;
	s.d.n_mdevs = 1;
	steps_files(&s.p);
	assert_string_equal(s.plan.steps[0].command, "mdevctl modify -u " UUID " -p p --auto");
	assert_non_null(strstr(s.plan.steps[0].act.value, "\"start\": \"auto\""));
	scene_done(&s);
}

TEST(modules_are_added_to_our_own_file_which_keeps_its_lines)
{
	char own[] = "# mine\nvfio_pci";
	const char *add[] = { "vfio_ccw" };
	struct scene s;

	scene_init(&s);
	s.inv.own_modules = own;
	s.d.modules_boot = add;
	s.d.n_modules_boot = 1;
	steps_files(&s.p);
	assert_string_equal(s.plan.steps[0].act.path, "/etc/modules-load.d/vfiocfg.conf");
	assert_string_equal(s.plan.steps[0].act.value, "# mine\nvfio_pci\nvfio_ccw\n");
	assert_string_equal(s.plan.steps[0].undo.value, own);
	scene_done(&s);
}

TEST(a_rule_of_another_form_is_not_overwritten)
{
	char bytes[] = "# by hand\n";
	struct scene s;

	scene_init(&s);
	s.inv.ap_rule = (struct ap_rule){ .present = true, .bytes = bytes };
	s.d.rule_change = s.d.rule_has_apmask = true;
	s.d.rule_apmask = mask_all();
	steps_files(&s.p);
	assert_int_equal(s.p.err, -EINVAL);
	assert_int_equal(s.err.id, MSG_PLAN_RULE_FOREIGN);
	assert_int_equal(s.plan.n_steps, 0);
	scene_done(&s);
}

TEST(masks_for_the_next_boot_are_said_as_chzdev_takes_them)
{
	struct scene s;

	scene_init(&s);
	s.inv.ap_rule = (struct ap_rule){ .ours_to_write = true };
	s.d.rule_change = s.d.rule_has_apmask = true;
	s.d.rule_apmask = mask_all();
	mask_set(&s.d.rule_apmask, 5, false);
	steps_files(&s.p);
	assert_string_equal(s.plan.steps[0].act.path, AP_RULE_PATH);
	assert_string_equal(s.plan.steps[0].command, "chzdev --type ap -p apmask=0-4,6-255");
	scene_done(&s);
}

TEST(words_for_a_shell_are_quoted_where_they_have_to_be)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(shell_word(&b, "0x05"), 0);
	assert_string_equal(buf_str(&b), "0x05");
	buf_reset(&b);
	assert_int_equal(shell_word(&b, "a b'c$(d)"), 0);
	assert_string_equal(buf_str(&b), "'a b'\\''c$(d)'");
	buf_reset(&b);
	assert_int_equal(shell_word(&b, ""), 0);
	assert_string_equal(buf_str(&b), "''");
	buf_reset(&b);
	assert_int_equal(shell_word(&b, "a\x1b[2J\xd6 \xc3\x96\n"), 0);
	assert_string_equal(buf_str(&b), "'a'\"$(printf '\\033')\"'[2J'\"$(printf '\\326')\"' "
					 "\xc3\x96\n'");
}

static void in_a_shell(const char *word)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char line[256] = "";
	FILE *f;

	assert_int_equal(buf_adds(&b, "printf %s "), 0);
	assert_int_equal(shell_word(&b, word), 0);
	f = popen(buf_str(&b), "r");
	assert_non_null(f);
	fread(line, 1, sizeof(line) - 1, f);
	assert_int_equal(pclose(f), 0);
	assert_string_equal(line, word);
}

TEST(a_shell_makes_of_a_word_what_it_was_whatever_is_in_it)
{
	static const char *const all[] = {
		"vfio_ccw",	   "", "a b'c$(d)`e`\\\"", "x\n y", "\x1b[31m\xff\xfe\x9b\\n%s",
		"\x07'\x7f;reboot"
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		in_a_shell(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_definition_is_mdevctl_s_bytes_and_its_undo_removes_the_file),
		CASE(removing_a_definition_can_be_undone_byte_for_byte),
		CASE(only_the_start_mode_is_a_short_command),
		CASE(modules_are_added_to_our_own_file_which_keeps_its_lines),
		CASE(a_rule_of_another_form_is_not_overwritten),
		CASE(masks_for_the_next_boot_are_said_as_chzdev_takes_them),
		CASE(words_for_a_shell_are_quoted_where_they_have_to_be),
		CASE(a_shell_makes_of_a_word_what_it_was_whatever_is_in_it),
	};

	return RUN(tests);
}
