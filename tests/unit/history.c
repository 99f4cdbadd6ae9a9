/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "journal.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DIR "/var/lib/vfiocfg"

static struct sys *machine_new(const char *text)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(text, strlen(text), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

static char when_1[] = "2026-01-02T03:04:05Z", when_2[] = "2026-01-02T03:04:06Z",
	    edits[] = "{\"a\": 1}";
static struct step steps[] = { { .kind = STEP_PROBE, .text = when_1 }, { .kind = STEP_FILE } };

static struct journal entry(char *when, unsigned number)
{
	return (struct journal){ .plan = { .steps = steps, .n_steps = 2 },
				 .when = when,
				 .number = number,
				 .edits = edits };
}

TEST(without_a_history_there_are_no_past_commits)
{
	struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct past *past;
	size_t n = 7;

	assert_int_equal(history_read(sys, DIR, &past, &n), 0);
	assert_int_equal(n, 0);
	history_free(past, n);
	sys_free(sys);
}

TEST(commits_are_numbered_in_their_order_newest_last)
{
	struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct journal a = entry(when_1, 1), b = entry(when_2, 2);
	struct past *past;
	size_t n;

	assert_int_equal(history_add(sys, DIR, &a, "committed"), 0);
	assert_int_equal(history_add(sys, DIR, &b, "stuck"), 0);
	assert_true(sys_exists(sys, DIR "/history/0002.json"));
	assert_int_equal(history_read(sys, DIR, &past, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(past[1].number, 2);
	assert_string_equal(past[1].result, "stuck");
	assert_string_equal(past[1].edits, "{\"a\": 1}");
	assert_string_equal(past[0].summary, "1 driver change, 1 file");
	assert_null(past[0].undo);
	history_free(past, n);
	sys_free(sys);
}

TEST(the_same_commit_is_not_recorded_twice)
{
	struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct journal a = entry(when_1, 1);

	assert_int_equal(history_add(sys, DIR, &a, "committed"), 0);
	assert_int_equal(history_add(sys, DIR, &a, "committed"), 0);
	assert_false(sys_exists(sys, DIR "/history/0002.json"));
	sys_free(sys);
}

static void assert_result(struct sys *sys, size_t at, const char *result)
{
	struct past *past;
	size_t n;

	assert_int_equal(history_read(sys, DIR, &past, &n), 0);
	assert_true(at < n);
	assert_string_equal(past[at].result, result);
	history_free(past, n);
}

TEST(a_commit_recovered_from_being_stuck_gets_its_new_result_behind_later_ones_too)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct journal a = entry(when_1, 1), b = entry(when_2, 2);

	assert_int_equal(history_add(sys, DIR, &a, "stuck"), 0);
	assert_int_equal(history_add(sys, DIR, &b, "committed"), 0);
	assert_int_equal(history_add(sys, DIR, &a, "rolled back"), 0);
	assert_result(sys, 0, "rolled back");
	assert_result(sys, 1, "committed");
	assert_false(sys_exists(sys, DIR "/history/0003.json"));
}

TEST(commits_of_one_second_with_the_same_edits_have_a_record_each)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct journal a = entry(when_1, 1), b = entry(when_1, 2);

	assert_int_equal(history_add(sys, DIR, &a, "committed"), 0);
	assert_int_equal(history_add(sys, DIR, &b, "rolled back"), 0);
	assert_result(sys, 0, "committed");
	assert_result(sys, 1, "rolled back");
}

TEST(a_record_or_a_damaged_one_that_has_the_number_already_is_left_alone)
{
	CLEANUP(sys_freep)
	struct sys *sys = machine_new("kernel 612 6.12.0\n"
				      "file /var/lib/vfiocfg/history/0003.json 600 \"{broken\"\n");
	CLEANUP(buf_done) struct buf is = { 0 };
	struct journal a = entry(when_1, 3), b = entry(when_2, 4), c = entry(when_2, 0);

	assert_int_equal(history_add(sys, DIR, &a, "committed"), 0);
	assert_int_equal(sys_read(sys, DIR "/history/0003.json", &is), 0);
	assert_string_equal(buf_str(&is), "{broken");
	assert_int_equal(history_add(sys, DIR, &b, "stuck"), 0);
	assert_int_equal(history_add(sys, DIR, &c, "rolled back"), 0);
	assert_result(sys, 0, "committed");
	assert_result(sys, 1, "stuck");
	assert_result(sys, 2, "rolled back");
}

TEST(what_was_staged_of_a_record_that_says_so_already_is_dropped)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new("kernel 612 6.12.0\n");
	struct journal a = entry(when_1, 1);

	assert_int_equal(history_add(sys, DIR, &a, "stuck"), 0);
	assert_int_equal(sys_stage(sys, DIR "/history/0001.json", "{}", 2), 0);
	assert_int_equal(history_add(sys, DIR, &a, "stuck"), 0);
	assert_int_equal(sys_publish(sys, DIR "/history/0001.json"), -ENOENT);
	assert_result(sys, 0, "stuck");
}

TEST(files_that_are_not_records_are_passed_over)
{
	struct sys *sys =
		machine_new("kernel 612 6.12.0\n"
			    "file /var/lib/vfiocfg/history/0003.json 600 \"{broken\"\n"
			    "file /var/lib/vfiocfg/history/0004.json~ 600 \"{}\"\n"
			    "file /var/lib/vfiocfg/history/notes 600 \"{}\"\n"
			    "file /var/lib/vfiocfg/history/0005.json 600 \"{\\\"when\\\": 5}\"\n");
	struct past *past;
	size_t n;

	assert_int_equal(history_read(sys, DIR, &past, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(past[0].number, 5);
	assert_null(past[0].when);
	history_free(past, n);
	sys_free(sys);
}

/* -- the edits that take a commit back -- */

TEST(undo_edits_restore_each_side_that_changes)
{
	struct subch sub = { .id = { 0, 0x313 }, .driver = "io_subchannel" }, *subs[] = { &sub };
	struct inventory inv = { .subchs = subs, .n_subchs = 1 };
	struct wish none = { 0 }, back;
	struct d_driver driver = { .dev = { BUS_CSS, "0.0.0313" },
				   .now = "io_subchannel",
				   .then = "vfio_ccw",
				   .override_then = "vfio_ccw",
				   .live = true };
	struct d_ap queues = { 0 };
	struct d_mdev mdev = { .uuid = "7e270a25-e163-4922-af60-757fc8ed48c6",
			       .ap = &queues,
			       .parent = "0.0.0313",
			       .type = TYPE_CCW,
			       .active_then = true,
			       .defined_then = true };
	struct desired d = { .inv = &inv,
			     .wish = &none,
			     .drivers = &driver,
			     .n_drivers = 1,
			     .mdevs = &mdev,
			     .n_mdevs = 1 };
	struct msg err = { 0 };
	char *json;

	assert_int_equal(history_undo_edits(&d, &json), 0);
	if (wish_from_json(json, strlen(json), "undo", &back, &err) < 0)
		fail_msg("%s %s in %s", err.what, err.why, json);
	assert_int_equal(back.n_drivers, 1);
	assert_string_equal(back.drivers[0].driver, "");
	assert_true(back.drivers[0].reach.live);
	assert_false(back.drivers[0].reach.persist);
	assert_int_equal(back.n_mdevs, 1);
	assert_true(back.mdevs[0].delete);
	wish_done(&back);
	free(json);
}

TEST(undo_edits_of_masks_are_the_masks_in_force)
{
	struct inventory inv = { .ap = { .present = true, .masks_known = true } };
	struct wish none = { 0 }, back;
	struct desired d = { .inv = &inv, .wish = &none, .masks_change = true };
	struct msg err = { 0 };
	struct ap_mask all = mask_all();
	char *json;

	inv.ap.apmask = inv.ap.aqmask = mask_all();
	assert_int_equal(history_undo_edits(&d, &json), 0);
	assert_int_equal(wish_from_json(json, strlen(json), "undo", &back, &err), 0);
	assert_true(back.ap.set && back.ap.has_apmask && back.ap.has_aqmask);
	assert_true(mask_eq(&back.ap.apmask, &all));
	assert_true(back.ap.reach.live);
	assert_false(back.ap.reach.persist);
	wish_done(&back);
	free(json);
}

/* What is kept for the next boot, where that differs from now, or there is nothing of it. */
TEST(undo_edits_restore_the_rule_a_driver_and_a_definition_each_as_they_were_for_the_next_boot)
{
	char name[] = "assign_adapter", value[] = "0x05";
	struct ap_mask kept = mask_all();
	struct subch sub = { .id = { 0, 0x313 }, .ccw = true, .online = 1 }, *subs[] = { &sub };
	struct inventory inv = { .ap = { .present = true, .masks_known = true },
				 .subchs = subs,
				 .n_subchs = 1 };
	struct attr attr = { name, value };
	struct mdev_def def = { .attrs = &attr, .n_attrs = 1 };
	struct d_driver driver = { .dev = { BUS_CSS, "0.0.0313" },
				   .file_now = "vfio_ccw",
				   .live = true,
				   .persist = true };
	struct d_ap queues = { 0 };
	struct d_mdev mdev = { .uuid = "7e270a25-e163-4922-af60-757fc8ed48c6",
			       .ap = &queues,
			       .parent = "matrix",
			       .type = TYPE_AP,
			       .is_matrix = true,
			       .active_now = true,
			       .defined_now = true,
			       .def = &def };
	struct wish none = { 0 }, back;
	struct desired d = { .inv = &inv,
			     .wish = &none,
			     .drivers = &driver,
			     .n_drivers = 1,
			     .mdevs = &mdev,
			     .n_mdevs = 1,
			     .masks_change = true,
			     .rule_change = true };
	struct msg err = { 0 };

	inv.ap.apmask = inv.ap.aqmask = mask_all();
	for (int ruled = 0; ruled < 2; ruled++) {
		CLEANUP(freep) char *json = NULL;

		mask_set(&kept, 5, false);
		inv.ap_rule =
			(struct ap_rule){ .present = ruled, .has_apmask = ruled, .apmask = kept };
		assert_int_equal(history_undo_edits(&d, &json), 0);
		if (wish_from_json(json, strlen(json), "undo", &back, &err) < 0)
			fail_msg("%s %s in %s", err.what, err.why, json);
		assert_true(back.ap.reach.live && back.ap.reach.persist && back.ap.boot.set);
		assert_int_equal(back.ap.boot.has_apmask, ruled);
		assert_false(back.ap.boot.has_aqmask);
		assert_true(!ruled || mask_eq(&back.ap.boot.apmask, &kept));
		assert_string_equal(back.drivers[0].driver, "");
		assert_string_equal(back.drivers[0].boot, "vfio_ccw");
		assert_true(back.drivers[0].has_boot && back.drivers[0].online);
		assert_string_equal(back.mdevs[0].boot[0].value, "0x05");
		wish_done(&back);
	}
}

/* A queue that a matrix names and that is as it shall be. */
TEST(undo_edits_leave_a_queue_alone_that_does_not_change)
{
	struct inventory inv = { .ap = { .present = true, .masks_known = true } };
	struct d_driver queues[] = {
		{ .dev = { BUS_AP, "05.0004" }, .live = true },
		{ .dev = { BUS_AP, "05.0005" }, .persist = true },
		{ .dev = { BUS_AP, "06.0004" } },
	};
	struct wish none = { 0 }, back;
	struct desired d = { .inv = &inv, .wish = &none, .drivers = queues, .n_drivers = 3 };
	struct msg err = { 0 };
	char *json;

	assert_int_equal(history_undo_edits(&d, &json), 0);
	if (wish_from_json(json, strlen(json), "undo", &back, &err) < 0)
		fail_msg("%s %s in %s", err.what, err.why, json);
	assert_int_equal(back.ap.n_host, 2);
	assert_true(back.ap.reach.live && back.ap.reach.persist);
	wish_done(&back);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_a_history_there_are_no_past_commits),
		CASE(commits_are_numbered_in_their_order_newest_last),
		CASE(the_same_commit_is_not_recorded_twice),
		CASE(a_commit_recovered_from_being_stuck_gets_its_new_result_behind_later_ones_too),
		CASE(commits_of_one_second_with_the_same_edits_have_a_record_each),
		CASE(a_record_or_a_damaged_one_that_has_the_number_already_is_left_alone),
		CASE(what_was_staged_of_a_record_that_says_so_already_is_dropped),
		CASE(files_that_are_not_records_are_passed_over),
		CASE(undo_edits_restore_each_side_that_changes),
		CASE(undo_edits_of_masks_are_the_masks_in_force),
		CASE(undo_edits_leave_a_queue_alone_that_does_not_change),
		CASE(undo_edits_restore_the_rule_a_driver_and_a_definition_each_as_they_were_for_the_next_boot),
	};

	return RUN(tests);
}
