/* SPDX-License-Identifier: MIT */
/* Another program at work on the places of a commit, and what its files keep. */
#include "five.h"

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
	assert_int_equal(sim_put_file(sim_of(o->sys), o->path, 0644, o->value), 0);
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
	struct other o = { sys, AT_B - 1, "/sys/b", "7\n" };
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

static void assert_kept(unsigned at, const char *path, const char *state)
{
	struct sys *sys = machine_new();
	struct other o = { sys, at, path, "theirs\n" };
	struct txn_report rep;

	run_raced(&o, &rep);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_COMMIT_MOVED_MEANWHILE);
	assert_state(sys, state);
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(sys);
}

TEST(a_file_that_another_program_writes_meanwhile_is_kept)
{
	assert_kept(AT_NEW, "/etc/driverctl.d/keep", "0 0 - theirs bye ");
}

TEST(a_file_that_another_program_makes_meanwhile_is_kept)
{
	static const char path[] = "/etc/driverctl.d/new";

	/* Before it is staged, and before it gets its name. */
	assert_kept(number_of(path, 1, 0, NULL), path, "0 0 theirs old bye ");
	assert_kept(AT_NEW, path, "0 0 theirs old bye ");
}

TEST(what_another_program_made_of_our_change_is_not_undone_but_told)
{
	struct sys *sys = machine_new();
	struct other o = { sys, AT_B, "/sys/a", "8\n" };
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, AT_B, FAULT_REFUSED, EIO, &faulty), 0);
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

/* Up to the last rename, and right behind it. */
TEST(files_keep_their_modes_when_written_undone_and_recovered)
{
	assert_modes_kept(0, FAULT_REFUSED, AFTER);
	assert_modes_kept(AT_GONE, FAULT_REFUSED, BEFORE);
	assert_modes_kept(AT_GONE + 1, FAULT_REFUSED, BEFORE);
	assert_modes_kept(AT_GONE, FAULT_CUT, AFTER);
	/* A removal that is undone after a cut: the journal knows the mode. */
	assert_modes_kept(AT_GONE + 1, FAULT_CUT, AFTER);
}

/* Somebody takes a file from others' eyes in the last moment before our lock is taken. */
static void other_hides(void *arg, unsigned n, const char *path)
{
	(void)path;
	if (n == 1)
		assert_int_equal(sim_put_file(sim_of(arg), "/etc/driverctl.d/keep", 0600, "old\n"),
				 0);
}

TEST(undoing_gives_a_file_the_mode_that_it_had_under_the_lock)
{
	struct sys *sys = machine_new(), *faulty;
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(faulty_new(sys, AT_GONE, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, other_hides, sys);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_state(sys, BEFORE);
	assert_int_equal(mode_of(sys, "/etc/driverctl.d/keep"), 0600);
	txn_report_done(&rep);
	sys_free(faulty);
	plan_done(&p);
	sys_free(sys);
}

TEST(what_another_program_wrote_after_the_cut_is_kept_by_recovering_and_told)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	run_cut(sys, &p, AT_KEEP);
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

#define OUR_LOCK "/run/lock/vfiocfg.lock"

/* Another of us commits, and is done in the last moment before a lock is taken. */
static void other_ends(void *arg, unsigned n, const char *path)
{
	struct sys *sys = arg;

	(void)n;
	if (str_eq(path, OUR_LOCK))
		sim_del(sim_of(sys), "/var/lib/vfiocfg/commit.json");
}

TEST(a_commit_that_ends_before_recovering_has_the_lock_is_not_undone)
{
	struct sys *sys = machine_new(), *faulty;
	struct plan p = plan_new();
	struct txn_report rep;

	run_cut(sys, &p, AT_NEW - 1);
	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, other_ends, sys);
	assert_int_equal(txn_recover(faulty, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	assert_int_equal(rep.msg.id, MSG_NOTHING_INTERRUPTED);
	assert_state(sys, "1 2 - old bye ");
	assert_tidy(sys);
	txn_report_done(&rep);
	sys_free(faulty);
	plan_done(&p);
	sys_free(sys);
}

TEST(a_commit_is_interrupted_only_if_nobody_living_is_at_it)
{
	struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct interrupted i;

	run_cut(sys, &p, AT_B);
	assert_int_equal(sys_lock(sys, OUR_LOCK, "1\n"), 0);
	assert_int_equal(txn_interrupted(sys, opts.journal, &i), 0);
	assert_true(i.found && !i.under_way); /* there is no process 1 */
	interrupted_done(&i);
	assert_int_equal(sim_put_dir(sim_of(sys), "/proc/1"), 0);
	assert_int_equal(txn_interrupted(sys, opts.journal, &i), 0);
	assert_true(!i.found && i.under_way);
	interrupted_done(&i);
	/* What a living writer has not yet written whole is not damaged. */
	assert_int_equal(sim_put_file(sim_of(sys), "/var/lib/vfiocfg/commit.json", 0600, "{"), 0);
	assert_int_equal(txn_interrupted(sys, opts.journal, &i), 0);
	assert_true(!i.found && i.under_way);
	interrupted_done(&i);
	plan_done(&p);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_another_program_changes_meanwhile_is_told_and_kept),
		CASE(a_file_that_another_program_writes_meanwhile_is_kept),
		CASE(a_file_that_another_program_makes_meanwhile_is_kept),
		CASE(what_another_program_made_of_our_change_is_not_undone_but_told),
		CASE(files_keep_their_modes_when_written_undone_and_recovered),
		CASE(undoing_gives_a_file_the_mode_that_it_had_under_the_lock),
		CASE(what_another_program_wrote_after_the_cut_is_kept_by_recovering_and_told),
		CASE(a_commit_that_ends_before_recovering_has_the_lock_is_not_undone),
		CASE(a_commit_is_interrupted_only_if_nobody_living_is_at_it),
	};

	return RUN(tests);
}
