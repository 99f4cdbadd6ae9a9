/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "faulty.h"
#include "sim_tree.h"
#include "txn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Plain files without behaviour: what a plan does is seen in them. */
static const char machine[] = "kernel 612 6.12.0\n"
			      "file /proc/sys/kernel/random/boot_id 644 \"boot-1\\n\"\n"
			      "file /sys/a 644 \"0\\n\"\n"
			      "file /sys/b 644 \"0\\n\"\n"
			      "file /etc/driverctl.d/keep 644 \"old\\n\"\n"
			      "file /etc/driverctl.d/gone 644 \"bye\\n\"\n"
			      "dir /run/lock\n";

static struct sys *machine_new(void)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(machine, strlen(machine), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

static char *str(const char *s)
{
	return s ? strdup(s) : NULL;
}

static struct act value_act(const char *path, const char *text)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", text);
	return (struct act){ .path = str(path),
			     .value = str(line),
			     .len = strlen(line),
			     .expect = EXPECT_VALUE,
			     .expect_path = str(path),
			     .expect_text = str(text) };
}

static struct act file_act(const char *path, const char *text)
{
	return (struct act){ .path = str(path),
			     .value = str(text),
			     .len = text ? strlen(text) : 0 };
}

/* Two live steps and three files: written, rewritten, removed. */
static struct plan plan_new(void)
{
	struct plan p = { .n_steps = 5, .n_feet = 2 };
	struct step *s = p.steps = calloc(5, sizeof(*s));

	s[0] = (struct step){ STEP_SRIOV,
			      WHEN_LIVE,
			      { BUS_PCI, "a" },
			      value_act("/sys/a", "1"),
			      value_act("/sys/a", "0"),
			      .text = str("set a") };
	s[1] = (struct step){ STEP_SRIOV,
			      WHEN_LIVE,
			      { BUS_PCI, "b" },
			      value_act("/sys/b", "2"),
			      value_act("/sys/b", "0"),
			      .text = str("set b") };
	s[2] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/new", "new\n"),
			      file_act("/etc/driverctl.d/new", NULL),
			      .text = str("write new") };
	s[3] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/keep", "changed\n"),
			      file_act("/etc/driverctl.d/keep", "old\n"),
			      .text = str("rewrite keep") };
	s[4] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/gone", NULL),
			      file_act("/etc/driverctl.d/gone", "bye\n"),
			      .text = str("remove gone") };
	p.feet = calloc(2, sizeof(*p.feet));
	p.feet[0] = (struct foot){ str("/sys/a"), str("0") };
	p.feet[1] = (struct foot){ str("/etc/driverctl.d/new"), NULL };
	return p;
}

static const struct txn_opts opts = {
	.deadline_ms = 20, .journal = "/var/lib/vfiocfg", .edits = "{}", .who = "root"
};

/* What the five places hold, in one string. */
static char *state_of(struct sys *sys)
{
	static const char *const places[] = { "/sys/a", "/sys/b", "/etc/driverctl.d/new",
					      "/etc/driverctl.d/keep", "/etc/driverctl.d/gone" };
	struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t at = b.len;

		if (sys_read(sys, places[i], &b) < 0)
			buf_adds(&b, "-\n");
		b.data[b.len - 1] = ' ';
		assert_true(b.len > at);
	}
	return buf_take(&b);
}

#define BEFORE "0 0 - old bye "
#define AFTER  "1 2 new changed - "

static void assert_state(struct sys *sys, const char *expect)
{
	char *s = state_of(sys);

	assert_string_equal(s, expect);
	free(s);
}

static void assert_tidy(struct sys *sys)
{
	assert_false(sys_exists(sys, "/var/lib/vfiocfg/commit.json"));
	assert_false(sys_exists(sys, "/run/lock/vfiocfg.lock"));
}

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
		struct sys *faulty;
		char *s;

		assert_int_equal(faulty_new(sys, k, FAULT_CUT, EIO, &faulty), 0);
		assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
		more = faulty_count(faulty) >= k;
		sys_free(faulty);
		txn_report_done(&rep);
		sys_lock(sys, "/run/lock/vfiocfg.lock", NULL); /* its process is dead */
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

TEST(after_another_boot_live_steps_are_void)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, 12, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
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
	struct sys *faulty;

	files.files_only = true;
	assert_int_equal(faulty_new(sys, 12, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
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
	struct sys *faulty;

	files.files_only = true;
	p.steps[4].dev = (struct devid){ BUS_PCI, "0000:00:01.0" };
	/* 8-15: two live steps; 16-18: files staged; 19-21: progress; 22: the first rename */
	assert_int_equal(faulty_new(sys, 23, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
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
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, 12, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.err, -EBUSY);
	assert_int_equal(rep.msg.id, MSG_COMMIT_INTERRUPTED);
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

/* Step b fails, and so does its undo: mutations 15 and 22. */
static void run_stuck(struct sys *sys, struct txn_report *ret)
{
	struct plan p = plan_new();
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, 15, FAULT_DONE, EIO, &faulty), 0);
	faulty_also(faulty, 22, FAULT_REFUSED, EBUSY);
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
	assert_int_equal(faulty_new(sys, 8, FAULT_REFUSED, EBUSY, &faulty), 0);
	assert_int_equal(txn_recover(faulty, &opts, &rep), 0);
	sys_free(faulty);
	assert_int_equal(rep.result, TXN_STUCK);
	assert_int_equal(rep.n_differences, 1);
	assert_state(sys, "0 2 - old bye ");
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(sys);
}

/* Another program's hand, before the mutation `at`. */
struct other {
	struct sys *sys;
	unsigned at;
	const char *path, *value;
};

static void other_acts(void *arg, unsigned n, const char *path)
{
	const struct other *o = arg;

	(void)path;
	if (n != o->at)
		return;
	if (str_starts(o->path, "/sys/")) {
		assert_int_equal(sys_write(o->sys, o->path, o->value), 0);
		return;
	}
	assert_int_equal(sys_stage(o->sys, o->path, o->value, strlen(o->value)), 0);
	assert_int_equal(sys_publish(o->sys, o->path), 0);
}

/* at: before which of our mutations the other one acts; the wish fails there or later. */
static void run_raced(const struct other *o, struct txn_report *ret)
{
	struct plan p = plan_new();
	struct sys *faulty;

	assert_int_equal(faulty_new(o->sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, other_acts, (void *)(uintptr_t)o);
	assert_int_equal(txn_run(faulty, &p, &opts, ret), 0);
	sys_free(faulty);
	plan_done(&p);
}

TEST(what_another_program_changes_meanwhile_is_told_and_kept)
{
	struct sys *sys = machine_new();
	struct other o = { sys, 12, "/sys/b", "7\n" };
	struct txn_report rep;

	run_raced(&o, &rep);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.err, -ESTALE);
	assert_int_equal(rep.msg.id, MSG_COMMIT_MOVED_MEANWHILE);
	assert_string_equal(rep.msg.why, "/sys/b is 7, not as it was when the step was planned: "
					 "set b.");
	assert_state(sys, "0 7 - old bye ");
	txn_report_done(&rep);
	sys_free(sys);
}

TEST(a_file_that_another_program_writes_meanwhile_is_kept)
{
	struct sys *sys = machine_new();
	struct other o = { sys, 20, "/etc/driverctl.d/keep", "theirs\n" };
	struct txn_report rep;

	run_raced(&o, &rep);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_COMMIT_MOVED_MEANWHILE);
	assert_state(sys, "0 0 - theirs bye ");
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(sys);
}

TEST(what_another_program_made_of_our_change_is_not_undone_but_told)
{
	struct sys *sys = machine_new();
	struct other o = { sys, 15, "/sys/a", "8\n" };
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, 15, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, other_acts, &o);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_STUCK);
	assert_int_equal(rep.n_differences, 1);
	assert_string_equal(rep.differences[0],
			    "/sys/a: is 8, was 0. Another program changed it meanwhile; it was "
			    "left as it is.");
	assert_state(sys, "8 0 - old bye ");
	sys_free(faulty);
	txn_report_done(&rep);
	plan_done(&p);
	sys_free(sys);
}

static unsigned mode_of(struct sys *sys, const char *path)
{
	struct sys_stat st;

	assert_int_equal(sys_stat(sys, path, &st), 0);
	return st.mode;
}

/* Cut or failed before mutation `at`, and undone or finished. */
static void assert_modes_kept(unsigned at, enum fault fault, const char *state)
{
	struct sys *sys = machine_new(), *faulty;
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(sim_put_file(sim_of(sys), "/etc/driverctl.d/keep", 0600, "old\n"), 0);
	assert_int_equal(sim_put_file(sim_of(sys), "/etc/driverctl.d/gone", 0664, "bye\n"), 0);
	assert_int_equal(faulty_new(sys, at, fault, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	txn_report_done(&rep);
	assert_state(sys, state);
	assert_int_equal(mode_of(sys, "/etc/driverctl.d/keep"), 0600);
	if (str_eq(state, BEFORE))
		assert_int_equal(mode_of(sys, "/etc/driverctl.d/gone"), 0664);
	assert_tidy(sys);
	plan_done(&p);
	sys_free(sys);
}

/* 22 to 24 are the renames, 25 the first directory. */
TEST(files_keep_their_modes_when_written_undone_and_recovered)
{
	assert_modes_kept(0, FAULT_REFUSED, AFTER);
	assert_modes_kept(24, FAULT_REFUSED, BEFORE);
	assert_modes_kept(25, FAULT_REFUSED, BEFORE);
	assert_modes_kept(24, FAULT_CUT, AFTER);
	/* A removal that is undone after a cut: the journal knows the mode. */
	assert_modes_kept(25, FAULT_CUT, AFTER);
}

TEST(what_another_program_wrote_after_the_cut_is_kept_by_recovering_and_told)
{
	struct sys *sys = machine_new(), *faulty;
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(faulty_new(sys, 23, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	assert_int_equal(sim_put_file(sim_of(sys), "/etc/driverctl.d/keep", 0644, "theirs\n"), 0);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	assert_int_equal(rep.n_differences, 1);
	assert_non_null(strstr(rep.differences[0], "/etc/driverctl.d/keep: is theirs, was"));
	assert_non_null(strstr(rep.differences[0], "Another program changed it meanwhile"));
	assert_state(sys, "1 2 new theirs - ");
	assert_tidy(sys);
	txn_report_done(&rep);
	plan_done(&p);
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
		CASE(after_another_boot_live_steps_are_void),
		CASE(before_a_boot_only_files_are_recovered_and_those_of_this_boot_wait),
		CASE(what_an_initrd_has_set_from_its_own_copy_is_named),
		CASE(what_moved_is_said_and_nothing_is_written),
		CASE(an_open_journal_stands_in_the_way_of_another_commit),
		CASE(a_stop_is_heeded_at_the_next_step_and_undone),
		CASE(an_effect_that_does_not_show_is_a_failure),
		CASE(what_cannot_be_undone_is_told_with_the_command_and_recovering_tries_again),
		CASE(what_recovering_cannot_undo_either_is_told_and_a_commit_becomes_possible_again),
		CASE(what_another_program_changes_meanwhile_is_told_and_kept),
		CASE(a_file_that_another_program_writes_meanwhile_is_kept),
		CASE(what_another_program_made_of_our_change_is_not_undone_but_told),
		CASE(files_keep_their_modes_when_written_undone_and_recovered),
		CASE(what_another_program_wrote_after_the_cut_is_kept_by_recovering_and_told),
		CASE(a_machine_that_is_not_to_be_written_to_is_left_alone),
		CASE(a_damaged_journal_is_said_and_blocks),
	};

	return RUN(tests);
}
