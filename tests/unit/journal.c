/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "faulty.h"
#include "journal.h"
#include "sim_tree.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char machine[] = "kernel 612 6.12.0\n"
			      "file /proc/sys/kernel/random/boot_id 444 \"boot-1\\n\"\n";

static struct sys *machine_new(void)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new(machine, strlen(machine), &sys, NULL), 0);
	return sys;
}

static char path[] = "/sys/a", text[] = "bind a", value[] = "a\0b\"\n",
	    dir[] = "/sys/bus/mdev/devices/x", kept[] = "/etc/driverctl.d/css-0.0.0313";
static const struct txn_opts opts = { .edits = "{}", .undo = "{\"u\": 1}", .who = "root" };

TEST(what_is_journalled_comes_back)
{
	struct sys *sys = machine_new();
	struct step steps[] = {
		{ .kind = STEP_PROBE,
		  .dev = { BUS_CSS, "0.0.0313" },
		  .text = text,
		  .act = { .path = path,
			   .value = value,
			   .len = 5,
			   .expect = EXPECT_LINK,
			   .expect_path = path },
		  .undo = { .path = path,
			    .value = value,
			    .len = 5,
			    .expect = EXPECT_MATRIX,
			    .expect_path = dir } },
		{ .kind = STEP_FILE,
		  .act = { .path = kept },
		  .undo = { .path = kept, .value = value, .len = 5 } },
	};
	struct plan plan = { .steps = steps, .n_steps = 2 };
	struct journal j;

	mask_set(&steps[0].undo.matrix.domains, 0xab, true);
	assert_int_equal(journal_begin(sys, &plan, &opts), 0);
	assert_int_equal(journal_progress(sys, NULL, PHASE_FILES, 1), 0);
	assert_int_equal(journal_load(sys, NULL, &j), 0);
	assert_int_equal(j.phase, PHASE_FILES);
	assert_int_equal(j.next, 1);
	assert_string_equal(j.boot_id, "boot-1");
	assert_string_equal(j.undo, "{\"u\": 1}");
	assert_int_equal(j.plan.n_steps, 2);
	assert_int_equal(j.plan.steps[0].kind, STEP_PROBE);
	assert_string_equal(j.plan.steps[0].dev.name, "0.0.0313");
	assert_int_equal(j.plan.steps[0].act.len, 5);
	assert_memory_equal(j.plan.steps[0].act.value, value, 5);
	assert_int_equal(j.plan.steps[0].act.expect, EXPECT_LINK);
	assert_null(j.plan.steps[0].act.expect_text);
	assert_true(matrix_eq(&j.plan.steps[0].undo.matrix, &steps[0].undo.matrix));
	assert_int_equal(j.plan.steps[1].when, WHEN_FILE);
	assert_null(j.plan.steps[1].act.value);
	journal_done(&j);
	sys_free(sys);
}

TEST(an_ended_journal_is_none)
{
	struct sys *sys = machine_new();
	struct plan plan = { 0 };
	struct journal j;

	assert_int_equal(journal_load(sys, NULL, &j), -ENOENT);
	assert_int_equal(journal_begin(sys, &plan, &opts), 0);
	assert_int_equal(journal_end(sys, NULL), 0);
	assert_int_equal(journal_load(sys, NULL, &j), -ENOENT);
	sys_free(sys);
}

static void put(struct sys *sys, const char *file, const char *content)
{
	assert_int_equal(durable_write(sys, file, content, strlen(content)), 0);
}

TEST(a_journal_that_makes_no_sense_is_refused_as_a_whole)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"steps\": 1}",
		"{\"steps\": [1]}",
		"{\"steps\": [{\"kind\": \"dance\"}]}",
		"{\"steps\": [{\"kind\": \"probe\"}]}",
		"{\"steps\": [{\"kind\": \"probe\", \"act\": {\"expect\": \"hope\"}, \"undo\": "
		"{\"expect\": \"nothing\"}}]}",
		/* an effect without a place to look at; a write without a value */
		"{\"steps\": [{\"kind\": \"probe\", \"act\": {\"expect\": \"gone\"}, \"undo\": "
		"{\"expect\": \"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"probe\", \"act\": {\"path\": \"/a\", \"expect\": "
		"\"nothing\"}, \"undo\": {\"expect\": \"nothing\"}}]}",
		/* places that no commit writes to */
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"path\": \"/etc/passwd\", \"value\": "
		"\"1\", \"expect\": \"nothing\"}, \"undo\": {\"path\": \"/etc/passwd\", "
		"\"expect\": "
		"\"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"path\": "
		"\"/etc/driverctl.d/../passwd\", \"value\": \"1\", \"expect\": \"nothing\"}, "
		"\"undo\": {\"path\": \"/etc/driverctl.d/../passwd\", \"expect\": \"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"path\": \"etc/mdevctl.d/x\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"path\": "
		"\"etc/mdevctl.d/x\", \"expect\": \"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"probe\", \"act\": {\"path\": \"/etc/passwd\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"expect\": "
		"\"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"probe\", \"act\": {\"path\": \"/sys/../etc/passwd\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"expect\": "
		"\"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"unbind\", \"act\": {\"path\": \"/proc/sysrq-trigger\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"expect\": "
		"\"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"module\", \"act\": {\"path\": \"x\", \"value\": "
		"\"../x\", \"expect\": \"nothing\"}, \"undo\": {\"expect\": \"nothing\"}}]}",
		/* a file without a name */
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"expect\": \"nothing\"}, \"undo\": "
		"{\"expect\": \"nothing\"}}]}",
		/* a file without an undo, and one whose undo is of another file */
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"path\": \"/etc/mdevctl.d/x\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"expect\": "
		"\"nothing\"}}]}",
		"{\"steps\": [{\"kind\": \"file\", \"act\": {\"path\": \"/etc/mdevctl.d/x\", "
		"\"value\": \"1\", \"expect\": \"nothing\"}, \"undo\": {\"path\": "
		"\"/etc/mdevctl.d/y\", \"expect\": \"nothing\"}}]}",
	};
	struct sys *sys = machine_new();
	struct journal j;

	put(sys, JOURNAL_DIR "/progress", "live 0\n");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(sys, JOURNAL_DIR "/commit.json", bad[i]);
		if (journal_load(sys, NULL, &j) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
	}
	put(sys, JOURNAL_DIR "/commit.json", "{\"steps\": []}");
	assert_int_equal(journal_load(sys, NULL, &j), 0);
	journal_done(&j);
	sys_free(sys);
}

static struct plan two_steps(struct step steps[static 2])
{
	steps[0] = (struct step){ .kind = STEP_PROBE, .act = { .path = path, .value = text } };
	steps[1] = (struct step){ .kind = STEP_FILE,
				  .act = { .path = kept },
				  .undo = { .path = kept, .value = value, .len = 5 } };
	return (struct plan){ .steps = steps, .n_steps = 2 };
}

static void boot_again(struct sys *sys)
{
	assert_int_equal(sim_put_file(sim_of(sys), BOOT_ID_PATH, 0444, "boot-2\n"), 0);
}

static const char *const garbage[] = {
	"",
	"\n",
	"live",
	"live \n",
	"live x\n",
	"dead 0\n",
	"\xff\xfe",
	"live 3\n",
	"live 18446744073709551615\n",
	"live 0 2\n",
	"live 0 late 7\n",
	"files -1\n",
	"live 0x\n",
};

TEST(progress_that_cannot_be_read_is_damage_in_the_same_boot)
{
	struct sys *sys = machine_new();
	struct step steps[2];
	struct plan plan = two_steps(steps);
	struct journal j;

	assert_int_equal(journal_begin(sys, &plan, &opts), 0);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		put(sys, JOURNAL_DIR "/progress", garbage[i]);
		if (journal_load(sys, NULL, &j) != -EINVAL)
			fail_msg("taken: %s", garbage[i]);
	}
	sim_del(sim_of(sys), JOURNAL_DIR "/progress");
	assert_int_equal(journal_load(sys, NULL, &j), -EINVAL);
	sys_free(sys);
}

TEST(progress_that_a_power_loss_has_taken_means_that_any_step_may_have_been_done)
{
	struct sys *sys = machine_new();
	struct step steps[2];
	struct plan plan = two_steps(steps);
	struct journal j;

	assert_int_equal(journal_begin(sys, &plan, &opts), 0);
	boot_again(sys);
	for (size_t i = 0; i <= ARRAY_SIZE(garbage); i++) {
		if (i < ARRAY_SIZE(garbage))
			put(sys, JOURNAL_DIR "/progress", garbage[i]);
		else
			sim_del(sim_of(sys), JOURNAL_DIR "/progress");
		assert_int_equal(journal_load(sys, NULL, &j), 0);
		assert_true(journal_other_boot(sys, &j));
		assert_int_equal(j.phase, PHASE_LIVE);
		assert_int_equal(j.next, 2);
		assert_int_equal(j.n_left, 0);
		assert_int_equal(j.late, 2);
		journal_done(&j);
	}
	/* What was made durable is believed. */
	assert_int_equal(journal_progress(sys, NULL, PHASE_FILES, 1), 0);
	assert_int_equal(journal_load(sys, NULL, &j), 0);
	assert_int_equal(j.phase, PHASE_FILES);
	journal_done(&j);
	sys_free(sys);
}

TEST(a_live_step_is_told_by_overwriting_and_by_a_new_file_only_where_that_is_no_way)
{
	struct sys *sys = machine_new(), *faulty;
	static const bool left[2] = { true, false };
	struct step steps[2];
	struct plan plan = two_steps(steps);
	struct journal j;

	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	assert_int_equal(journal_begin(faulty, &plan, &opts), 0);
	for (size_t i = 0; i < 3; i++) {
		unsigned before = faulty_count(faulty);

		assert_int_equal(journal_step(faulty, NULL, 1), 0);
		assert_int_equal(faulty_count(faulty) - before, 1);
		assert_int_equal(journal_load(sys, NULL, &j), 0);
		assert_int_equal(j.next, 1);
		journal_done(&j);
	}
	/* What is longer is another file, and so is what comes after it. */
	assert_int_equal(journal_undoing(faulty, NULL, 0, left, 2, 2), 0);
	assert_int_equal(journal_step(faulty, NULL, 1), 0);
	assert_int_equal(journal_load(sys, NULL, &j), 0);
	assert_int_equal(j.next, 1);
	assert_int_equal(j.n_left, 0);
	journal_done(&j);
	sys_free(faulty);
	/* One that refuses it loses nothing. */
	assert_int_equal(faulty_new(sys, 1, FAULT_REFUSED, ENOSPC, &faulty), 0);
	assert_int_equal(journal_step(faulty, NULL, 0), 0);
	assert_true(faulty_count(faulty) > 1);
	sys_free(faulty);
	sys_free(sys);
}

TEST(a_commit_over_what_an_older_one_has_left_begins_anew)
{
	static const char *const old[] = { "files 1\n", "done 2\n", "live 0000000001\n", "junk" };
	struct step steps[2];
	struct plan plan = two_steps(steps);

	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		/* Cut after each mutation: no commit.json, or one that has not begun. */
		for (unsigned cut = 1, more = 1; more; cut++) {
			struct sys *sys = machine_new(), *faulty;
			struct journal j;

			put(sys, JOURNAL_DIR "/progress", old[i]);
			assert_int_equal(faulty_new(sys, cut, FAULT_CUT, EIO, &faulty), 0);
			more = journal_begin(faulty, &plan, &opts) < 0;
			sys_free(faulty);
			if (journal_load(sys, NULL, &j) == 0) {
				assert_int_equal(j.phase, PHASE_LIVE);
				assert_int_equal(j.next, 0);
				journal_done(&j);
			}
			sys_free(sys);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_journalled_comes_back),
		CASE(an_ended_journal_is_none),
		CASE(a_journal_that_makes_no_sense_is_refused_as_a_whole),
		CASE(progress_that_cannot_be_read_is_damage_in_the_same_boot),
		CASE(progress_that_a_power_loss_has_taken_means_that_any_step_may_have_been_done),
		CASE(a_live_step_is_told_by_overwriting_and_by_a_new_file_only_where_that_is_no_way),
		CASE(a_commit_over_what_an_older_one_has_left_begins_anew),
	};

	return RUN(tests);
}
