/* SPDX-License-Identifier: MIT */
/* A write that the kernel has not answered when it is given up: until it is, nothing says that the machine is as it was. */
#include "five.h"
#include "journal.h"

struct seen {
	const char *path;
	unsigned n;
};

static void look(void *arg, unsigned n, const char *path)
{
	struct seen *seen = arg;

	if (str_eq(path, seen->path) && !seen->n)
		seen->n = n;
}

static unsigned write_to(const char *path)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new();
	struct seen seen = { path, 0 };
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, look, &seen);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	plan_done(&p);
	return seen.n;
}

/* The second live step, of this kind, is not answered. */
static void give_up_at(struct sys *sys, enum step_kind kind)
{
	struct plan p = plan_new();
	struct txn_report rep;
	struct sys *faulty;

	p.steps[1].kind = kind;
	assert_int_equal(faulty_new(sys, write_to("/sys/b"), FAULT_REFUSED, EINPROGRESS, &faulty),
			 0);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	sys_free(faulty);
	plan_done(&p);
	assert_int_equal(rep.result, TXN_STUCK);
	assert_non_null(strstr(rep.msg.what, "the kernel may still carry this step out"));
	assert_int_equal(rep.state[rep.failed], STEP_STUCK);
	assert_int_equal(rep.n_differences, 2);
	assert_string_equal(rep.differences[0],
			    "/sys/b: the kernel has not answered yet, and may still set b.");
	assert_state(sys, BEFORE);
	txn_report_done(&rep);
}

static void give_up(struct sys *sys)
{
	give_up_at(sys, STEP_SRIOV);
}

static void recover(struct sys *sys, enum txn_result result, enum msg_id id)
{
	struct txn_report rep;

	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.result, result);
	assert_int_equal(rep.msg.id, id);
	txn_report_done(&rep);
}

static bool is_open(struct sys *sys)
{
	return sys_exists(sys, "/var/lib/vfiocfg/commit.json");
}

TEST(what_was_given_up_stays_open_until_the_kernel_has_carried_it_out_and_is_undone_then)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new();
	struct plan p = plan_new();
	struct txn_report rep;

	give_up(sys);
	recover(sys, TXN_STUCK, MSG_RECOVER_HELD);
	recover(sys, TXN_STUCK, MSG_RECOVER_HELD);
	assert_true(is_open(sys));
	assert_int_equal(txn_run(sys, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_REFUSED);
	txn_report_done(&rep);
	plan_done(&p);
	assert_int_equal(sys_write(sys, "/sys/b", "2\n"), 0); /* the kernel, late */
	recover(sys, TXN_ROLLED_BACK, MSG_RECOVER_UNDONE);
	assert_state(sys, BEFORE);
	assert_tidy(sys);
}

/* Recovers while one mutation is refused. Was it the one that matters? */
static bool refused_at(unsigned k)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new();
	struct txn_report rep;
	struct sys *faulty;
	bool it;

	give_up(sys);
	assert_int_equal(sys_write(sys, "/sys/b", "2\n"), 0);
	assert_int_equal(faulty_new(sys, k, FAULT_REFUSED, EEXIST, &faulty), 0);
	assert_int_equal(txn_recover(faulty, &opts, &rep), 0);
	sys_free(faulty);
	it = rep.msg.id == MSG_RECOVER_HELD;
	if (it) {
		assert_string_equal(rep.differences[0],
				    "/sys/b: is 2, was 0. By hand: echo 0 > /sys/b");
		assert_true(is_open(sys));
		recover(sys, TXN_ROLLED_BACK, MSG_RECOVER_UNDONE);
		assert_state(sys, BEFORE);
	}
	txn_report_done(&rep);
	return it;
}

TEST(while_the_kernel_refuses_to_undo_what_it_is_about_to_do_the_commit_stays_open)
{
	unsigned refused = 0;

	for (unsigned k = 1; k <= 20; k++)
		refused += refused_at(k);
	assert_int_equal(refused, 1);
}

TEST(an_unbind_is_over_once_the_link_to_the_driver_is_as_before)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new();

	give_up_at(sys, STEP_UNBIND);
	recover(sys, TXN_ROLLED_BACK, MSG_RECOVER_UNDONE);
	assert_tidy(sys);
}

TEST(after_another_boot_nothing_is_late)
{
	CLEANUP(sys_freep) struct sys *sys = machine_new();

	give_up(sys);
	assert_int_equal(
		sim_put_file(sim_of(sys), "/proc/sys/kernel/random/boot_id", 0644, "boot-2\n"), 0);
	recover(sys, TXN_ROLLED_BACK, MSG_RECOVER_VOID);
	assert_tidy(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_given_up_stays_open_until_the_kernel_has_carried_it_out_and_is_undone_then),
		CASE(while_the_kernel_refuses_to_undo_what_it_is_about_to_do_the_commit_stays_open),
		CASE(an_unbind_is_over_once_the_link_to_the_driver_is_as_before),
		CASE(after_another_boot_nothing_is_late),
	};

	return RUN(tests);
}
