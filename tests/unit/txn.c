/* SPDX-License-Identifier: MIT */
#include "five.h"
#include "journal.h"
#include "mask.h"
#include "store.h"

#define UUID "7e270a25-e163-4922-af60-757fc8ed48c6"

TEST(a_plan_is_carried_out_and_recorded)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;
	struct past *past;
	size_t n;

	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	for (size_t i = 0; i < rep.n_state; i++)
		assert_int_equal(rep.state[i], STEP_DONE);
	assert_state(sys, AFTER);
	assert_tidy(sys);
	assert_int_equal(history_read(sys, opts.journal, &past, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(past[0].number, 1);
	assert_string_equal(past[0].result, "committed");
	assert_string_equal(past[0].who, "root");
	assert_string_equal(past[0].summary, "2 SR-IOV changes, 3 files");
	history_free(past, n);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

TEST(whichever_mutation_fails_the_machine_is_as_before_or_all_is_done)
{
	bool more = true;

	for (unsigned k = 1; more; k++) {
		struct sys *sys = machine_new();
		struct plan p = plan_new();
		struct txn_report rep;
		struct sys *faulty;

		assert_int_equal(faulty_new(sys, k, FAULT_REFUSED, EIO, &faulty), 0);
		assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
		more = faulty_count(faulty) >= k;
		sys_free(faulty);
		assert_int_not_equal(rep.result, TXN_STUCK);
		assert_state(sys, rep.result == TXN_COMMITTED ? AFTER : BEFORE);
		assert_tidy(sys);
		txn_report_done(&rep);
		plan_done(&p);
		sys_free(sys);
	}
}

TEST(wherever_the_program_is_killed_recovering_leaves_all_or_nothing)
{
	bool more = true, finished = false, undone = false;

	for (unsigned k = 1; more; k++) {
		struct sys *sys = machine_new();
		struct plan p = plan_new();
		struct interrupted i;
		struct txn_report rep;
		char *s;

		more = run_cut(sys, &p, k) >= k;
		assert_int_equal(txn_interrupted(sys, opts.journal, &i), 0);
		if (i.found) {
			assert_false(i.other_boot);
			assert_int_equal(txn_recover(sys, &opts, &rep), 0);
			if (rep.result == TXN_STUCK || rep.result == TXN_REFUSED)
				fail_msg("cut %u: %s %s", k, rep.msg.what, rep.msg.why);
			finished |= rep.result == TXN_COMMITTED;
			undone |= rep.result == TXN_ROLLED_BACK;
			txn_report_done(&rep);
		}
		interrupted_done(&i);
		s = state_of(sys);
		assert_true(str_eq(s, BEFORE) || str_eq(s, AFTER));
		free(s);
		assert_tidy(sys);
		plan_done(&p);
		sys_free(sys);
	}
	assert_true(finished && undone);
}

/* As it was, with a commit in its history that is not a second old. */
static struct sys *machine_with_a_past(void)
{
	static const char *const names[] = { "/etc/driverctl.d/new", "/etc/driverctl.d/keep",
					     "/etc/driverctl.d/gone" };
	static const char *const were[] = { NULL, "old\n", "bye\n" };
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	txn_report_done(&rep);
	plan_done(&p);
	sys_write(sys, "/sys/a", "0\n");
	sys_write(sys, "/sys/b", "0\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
			durable_write(sys, names[i], were[i], were[i] ? strlen(were[i]) : 0), 0);
	assert_state(sys, BEFORE);
	return sys;
}

static int no_file(void *arg, const struct sim_entry *e)
{
	(void)arg;
	if (str_starts(e->path, "/.sim/staged/") && e->type != SYS_DIR)
		fail_msg("%s is left staged", e->path);
	return 0;
}

/* One mutation fails, and from a later one on all do. How many there were. */
static unsigned fail_and_cut(struct sys *sys, unsigned k, unsigned cut)
{
	struct txn_opts noted = opts;
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;
	unsigned n;

	noted.hardware = "css/0.0.0313 dev=0.0.2b09\n";
	assert_int_equal(faulty_new(sys, k, FAULT_REFUSED, EIO, &faulty), 0);
	if (cut)
		faulty_also(faulty, cut, FAULT_CUT, EROFS);
	assert_int_equal(txn_run(faulty, &p, &noted, &rep), 0);
	n = faulty_count(faulty);
	sys_free(faulty);
	txn_report_done(&rep);
	plan_done(&p);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	return n;
}

TEST(two_commits_of_one_second_have_a_record_each_and_recovering_leaves_nothing_staged)
{
	unsigned n = 1;

	for (unsigned k = 0; k <= n; k++) {
		for (unsigned cut = 0; cut <= n; cut++) {
			CLEANUP(sys_freep) struct sys *sys = machine_with_a_past();
			struct past *past;
			struct txn_report rep;
			unsigned all = fail_and_cut(sys, k, cut);
			size_t n_past;

			n = MAX(n, all);
			if (sys_exists(sys, "/var/lib/vfiocfg/commit.json")) {
				assert_int_equal(txn_recover(sys, &opts, &rep), 0);
				txn_report_done(&rep);
				assert_int_equal(sim_each(sim_of(sys), no_file, NULL), 0);
			}
			assert_tidy(sys);
			assert_int_equal(history_read(sys, opts.journal, &past, &n_past), 0);
			assert_string_equal(past[0].result, "committed");
			assert_true(n_past <= 2);
			history_free(past, n_past);
		}
	}
	assert_true(n > 20);
}

TEST(after_another_boot_live_steps_are_void)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	run_cut(sys, &p, AT_B - 1);
	assert_int_equal(sys_write(sys, "/proc/sys/kernel/random/boot_id", "boot-2\n"), 0);
	assert_int_equal(sys_write(sys, "/sys/a", "7\n"), 0);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_RECOVER_VOID);
	assert_state(sys, "7 0 - old bye ");
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

TEST(before_a_boot_only_files_are_recovered_and_those_of_this_boot_wait)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_opts files = opts;
	struct txn_report rep;

	files.files_only = true;
	run_cut(sys, &p, AT_B - 1);
	assert_int_equal(txn_recover(sys, &files, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.msg.id, MSG_RECOVER_LATER);
	assert_true(sys_exists(sys, "/var/lib/vfiocfg/commit.json"));
	txn_report_done(&rep);
	assert_int_equal(sys_write(sys, "/proc/sys/kernel/random/boot_id", "boot-2\n"), 0);
	assert_int_equal(txn_recover(sys, &files, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_tidy(sys);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

/* The override file of a device is its third file here; the initrd has set what it had before. */
TEST(what_an_initrd_has_set_from_its_own_copy_is_named)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_opts files = opts;
	struct txn_report rep;

	files.files_only = true;
	p.steps[4].dev = (struct devid){ BUS_PCI, "0000:00:01.0" };
	run_cut(sys, &p, AT_KEEP);
	assert_int_equal(sys_write(sys, "/proc/sys/kernel/random/boot_id", "boot-2\n"), 0);
	assert_int_equal(sim_put_file(sim_of(sys),
				      "/sys/bus/pci/devices/0000:00:01.0/driver_override", 0644,
				      "bye\n"),
			 0);
	assert_int_equal(txn_recover(sys, &files, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	assert_int_equal(rep.n_differences, 1);
	assert_non_null(strstr(rep.differences[0], "0000:00:01.0/driver_override: is bye already"));
	assert_non_null(strstr(rep.differences[0], "initrd"));
	assert_tidy(sys);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

/*
 * What recovering says after a boot, the commit before having been cut off among its renames: its third file is path and says
 * then; the initrd has set what lies at place (a link, if it is one of /sys/bus/mdev).
 */
static bool told_at_boot(const char *path, const char *then, const char *place, const char *is,
			 struct buf *ret)
{
	struct txn_opts files = opts;
	bool committed = false;

	files.files_only = true;
	for (unsigned k = AT_NEW; k < AT_NEW + 20 && !committed; k++) {
		struct sys *sys = machine_new();
		struct plan p = plan_new();
		struct txn_report rep;

		free(p.steps[4].act.path);
		free(p.steps[4].undo.path);
		free(p.steps[4].undo.value);
		p.steps[4].act = file_act(path, then);
		p.steps[4].undo = file_act(path, then ? NULL : "old\n");
		if (!then)
			assert_int_equal(sim_put_file(sim_of(sys), path, 0644, "old\n"), 0);
		run_cut(sys, &p, k);
		sys_lock(sys, "/run/lock/s390apconfig.lock", NULL);
		sys_write(sys, "/proc/sys/kernel/random/boot_id", "boot-2\n");
		if (str_starts(place, "/sys/bus/mdev/")) {
			char type[160];

			snprintf(type, sizeof(type), "%s/mdev_type", is);
			assert_int_equal(sim_put_dir(sim_of(sys), is), 0);
			assert_int_equal(sim_put_link(sim_of(sys), place, is), 0);
			assert_int_equal(sim_put_link(sim_of(sys), type, "../vfio_ccw-io"), 0);
		} else {
			assert_int_equal(sim_put_file(sim_of(sys), place, 0644, is), 0);
		}
		assert_int_equal(txn_recover(sys, &files, &rep), 0);
		committed = rep.result == TXN_COMMITTED;
		buf_reset(ret);
		for (size_t i = 0; i < rep.n_differences; i++)
			buf_adds(ret, rep.differences[i]);
		txn_report_done(&rep);
		plan_done(&p);
		sys_free(sys);
	}
	assert_true(committed);
	return ret->len > 0;
}

TEST(masks_that_an_initrd_has_set_are_named_and_those_of_the_kernel_itself_are_not)
{
	CLEANUP(buf_done) struct buf rule = { 0 }, told = { 0 };
	struct ap_mask ones = mask_all(), taken = ones, older = ones;
	char text[MASK_TEXT];

	mask_set(&taken, 5, false);
	mask_set(&older, 6, false);
	assert_int_equal(ap_rule_write(&taken, NULL, &rule), 0);
	assert_false(told_at_boot(AP_RULE_PATH, buf_str(&rule), "/sys/bus/ap/apmask",
				  mask_text(&ones, text), &told));
	assert_false(told_at_boot(AP_RULE_PATH, buf_str(&rule), "/sys/bus/ap/apmask",
				  mask_text(&taken, text), &told));
	assert_true(told_at_boot(AP_RULE_PATH, buf_str(&rule), "/sys/bus/ap/apmask",
				 mask_text(&older, text), &told));
	assert_non_null(strstr(buf_str(&told), "/sys/bus/ap/apmask: is 0xfdff"));
	assert_non_null(strstr(buf_str(&told), "says 0xfbff"));
	assert_non_null(strstr(buf_str(&told), "initrd"));
	assert_true(told_at_boot(AP_RULE_PATH, buf_str(&rule), "/sys/bus/ap/aqmask",
				 mask_text(&older, text), &told));
	assert_non_null(strstr(buf_str(&told), "aqmask: is 0xfdff"));
	assert_non_null(strstr(buf_str(&told), "says nothing"));
}

TEST(a_mediated_device_that_an_initrd_has_made_is_named_where_its_definition_says_otherwise)
{
	static const char as_it_runs[] = "{ \"mdev_type\": \"vfio_ccw-io\", \"start\": \"auto\" }";
	static const char by_hand[] = "{ \"mdev_type\": \"vfio_ccw-io\", \"start\": \"manual\" }";
	static const char other[] = "{ \"mdev_type\": \"vfio_ccw-x\", \"start\": \"auto\" }";
	static const struct {
		const char *then, *says;
	} cases[] = { { as_it_runs, NULL },
		      { by_hand, "started by hand" },
		      { other, "another type" },
		      { NULL, "says nothing" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(buf_done) struct buf told = { 0 };

		told_at_boot(MDEVCTL_DIR "/0.0.0313/" UUID, cases[i].then,
			     "/sys/bus/mdev/devices/" UUID, "/sys/devices/css0/0.0.0313/" UUID,
			     &told);
		assert_int_equal(told.len > 0, cases[i].says != NULL);
		if (cases[i].says) {
			assert_non_null(strstr(buf_str(&told), cases[i].says));
			assert_non_null(strstr(buf_str(&told), UUID ": is active already"));
		}
		/* At another parent it is another definition's. */
		assert_false(told_at_boot(MDEVCTL_DIR "/0.0.0313/" UUID, cases[i].then,
					  "/sys/bus/mdev/devices/" UUID,
					  "/sys/devices/css0/0.0.0314/" UUID, &told));
	}
}

TEST(what_moved_is_said_and_nothing_is_written)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(sys_write(sys, "/sys/a", "5\n"), 0);
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.err, -ESTALE);
	assert_string_equal(rep.msg.why, "/sys/a was 0 and is now 5.");
	assert_state(sys, "5 0 - old bye ");
	assert_tidy(sys);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

TEST(an_open_journal_stands_in_the_way_of_another_commit)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	run_cut(sys, &p, AT_B - 1);
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.err, -EBUSY);
	assert_int_equal(rep.msg.id, MSG_INTERRUPTED_FIRST);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

static bool stop_at_once(void *arg, size_t step, enum step_state state)
{
	(void)arg;
	return step == 0 && state == STEP_DONE;
}

TEST(a_stop_is_heeded_at_the_next_step_and_undone)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_opts o = opts;
	struct txn_report rep;

	o.progress = stop_at_once;
	assert_int_equal(txn_run(sys, &p, &o, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_COMMIT_STOPPED);
	assert_int_equal(rep.state[0], STEP_UNDONE);
	assert_int_equal(rep.state[1], STEP_WAITING);
	assert_state(sys, BEFORE);
	assert_tidy(sys);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

TEST(an_effect_that_does_not_show_is_a_failure)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	free(p.steps[1].act.expect_text);
	p.steps[1].act.expect_text = str("3");
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.failed, 1);
	assert_int_equal(rep.err, -ETIMEDOUT);
	assert_string_equal(rep.msg.what, "Step 2 failed: set b. Everything done before was "
					  "undone; the machine is as it was.");
	assert_state(sys, BEFORE);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

/* Step b fails, and so does its undo. */
static void run_stuck(struct sys *sys, struct txn_report *ret)
{
	struct plan p = plan_new();
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, AT_B, FAULT_DONE, EIO, &faulty), 0);
	faulty_also(faulty, number_of("/sys/b", 2, AT_B, NULL), FAULT_REFUSED, EBUSY);
	assert_int_equal(txn_run(faulty, &p, &opts, ret), 0);
	sys_free(faulty);
	plan_done(&p);
	assert_int_equal(ret->result, TXN_STUCK);
	assert_int_equal(ret->state[0], STEP_UNDONE);
	assert_int_equal(ret->state[1], STEP_STUCK);
}

TEST(what_cannot_be_undone_is_told_with_the_command_and_recovering_tries_again)
{
	struct sys *sys = machine_new();
	struct txn_report rep;

	run_stuck(sys, &rep);
	assert_int_equal(rep.n_differences, 1);
	assert_string_equal(rep.differences[0], "/sys/b: is 2, was 0. By hand: echo 0 > /sys/b");
	txn_report_done(&rep);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_state(sys, BEFORE);
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(sys);
}

TEST(what_recovering_cannot_undo_either_is_told_and_a_commit_becomes_possible_again)
{
	struct sys *sys = machine_new(), *faulty;
	struct txn_report rep;

	run_stuck(sys, &rep);
	txn_report_done(&rep);
	assert_int_equal(
		faulty_new(sys, number_of("/sys/b", 1, 0, sys), FAULT_REFUSED, EBUSY, &faulty), 0);
	assert_int_equal(txn_recover(faulty, &opts, &rep), 0);
	sys_free(faulty);
	assert_int_equal(rep.result, TXN_STUCK);
	assert_int_equal(rep.n_differences, 1);
	assert_state(sys, "0 2 - old bye ");
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(sys);
}

TEST(a_machine_that_is_not_to_be_written_to_is_left_alone)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	sys->writable = false;
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.err, -EROFS);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

TEST(a_damaged_journal_is_said_and_blocks)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(sys_stage(sys, "/var/lib/vfiocfg/commit.json", "{]", 2), 0);
	assert_int_equal(sys_publish(sys, "/var/lib/vfiocfg/commit.json"), 0);
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	txn_report_done(&rep);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.msg.id, MSG_RECOVER_DAMAGED);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_plan_is_carried_out_and_recorded),
		CASE(whichever_mutation_fails_the_machine_is_as_before_or_all_is_done),
		CASE(wherever_the_program_is_killed_recovering_leaves_all_or_nothing),
		CASE(two_commits_of_one_second_have_a_record_each_and_recovering_leaves_nothing_staged),
		CASE(after_another_boot_live_steps_are_void),
		CASE(before_a_boot_only_files_are_recovered_and_those_of_this_boot_wait),
		CASE(what_an_initrd_has_set_from_its_own_copy_is_named),
		CASE(masks_that_an_initrd_has_set_are_named_and_those_of_the_kernel_itself_are_not),
		CASE(a_mediated_device_that_an_initrd_has_made_is_named_where_its_definition_says_otherwise),
		CASE(what_moved_is_said_and_nothing_is_written),
		CASE(an_open_journal_stands_in_the_way_of_another_commit),
		CASE(a_stop_is_heeded_at_the_next_step_and_undone),
		CASE(an_effect_that_does_not_show_is_a_failure),
		CASE(what_cannot_be_undone_is_told_with_the_command_and_recovering_tries_again),
		CASE(what_recovering_cannot_undo_either_is_told_and_a_commit_becomes_possible_again),
		CASE(a_machine_that_is_not_to_be_written_to_is_left_alone),
		CASE(a_damaged_journal_is_said_and_blocks),
	};

	return RUN(tests);
}
