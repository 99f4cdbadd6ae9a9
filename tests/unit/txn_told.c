/* SPDX-License-Identifier: MIT */
/* What of a commit the journal is told, when, and what it costs. */
#include "five.h"
#include "real.h"
#include "tree.h"

/* What a commit of n of the five files does: how often it syncs, and the journal's writes between its first and last live one. */
struct effort {
	unsigned syncs, told, live;
	bool between;
};

static void count_effort(void *arg, unsigned n, const char *path)
{
	struct effort *e = arg;

	(void)n;
	e->live += str_starts(path, "/sys/");
	e->between = (e->between || e->live) && !str_starts(path, "/etc/");
	e->syncs += str_eq(path, FAULTY_SYNC);
	e->told += e->live < 2 && str_ends(path, "/progress") && e->between;
	assert_false(e->live == 1 && str_eq(path, FAULTY_SYNC));
}

static struct effort effort_of(size_t n_files)
{
	struct sys *sys = machine_new(), *faulty;
	struct plan p = plan_new();
	struct effort e = { 0 };
	struct txn_report rep;

	p.n_steps = 2 + n_files;
	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, count_effort, &e);
	assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	txn_report_done(&rep);
	sys_free(faulty);
	sys_free(sys);
	p.n_steps = 5;
	plan_done(&p);
	return e;
}

TEST(a_live_step_is_one_write_more_and_all_files_together_are_two_syncs)
{
	struct effort none = effort_of(0), one = effort_of(1), three = effort_of(3);

	assert_int_equal(none.told, 1);
	assert_int_equal(three.told, 1);
	assert_int_equal(one.syncs, none.syncs + 2);
	assert_int_equal(three.syncs, one.syncs);
	assert_int_equal(three.syncs, 9);
}

/* From the first live step on the disk takes no new file: what was begun is gone through with, and undone before the first file. */
struct full {
	struct sys *sys;
	unsigned at;
};

/* Taking one away needs none. */
static int no_room(struct sys *sys, const char *path, const char *value, size_t len,
		   const struct sys_stat *as)
{
	return value ? -ENOSPC : sim_ops.stage(sys, path, value, len, as);
}

static void fills(void *arg, unsigned n, const char *path)
{
	static struct sys_ops full;
	struct full *f = arg;

	(void)path;
	if (n != f->at)
		return;
	full = *f->sys->ops;
	full.stage = no_room;
	f->sys->ops = &full;
}

TEST(a_disk_that_fills_up_in_the_midst_stops_no_live_step_and_no_undo)
{
	unsigned last = AT_NEW;

	for (unsigned at = 1; at < last; at++) {
		struct sys *sys = machine_new(), *faulty;
		const struct sys_ops *ops = sys->ops;
		struct full f = { sys, at };
		struct plan p = plan_new();
		struct txn_report rep;

		assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
		faulty_before(faulty, fills, &f);
		assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
		assert_state(sys, rep.result == TXN_COMMITTED ? AFTER : BEFORE);
		if (at > AT_B - 2 && at <= AT_B) {
			assert_int_equal(rep.result, TXN_ROLLED_BACK);
			assert_int_equal(rep.failed, 2);
			assert_int_equal(rep.err, -ENOSPC);
		} else {
			assert_int_not_equal(rep.result, TXN_STUCK);
		}
		sys->ops = ops;
		assert_tidy(sys);
		txn_report_done(&rep);
		sys_free(faulty);
		sys_free(sys);
		plan_done(&p);
	}
}

static const char *const lost[] = { "", "\xff\xff", "live 0000000000\n", "live 0000000001\n",
				    NULL };

/* Before each of its mutations the power fails, and of what the journal told of live steps the disk has anything. */
TEST(whatever_a_power_loss_leaves_of_what_was_told_of_live_steps_nothing_of_the_files_stays)
{
	unsigned last = AT_NEW;

	for (unsigned at = 1; at < last; at++) {
		for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
			struct sys *sys = machine_new(), *faulty;
			CLEANUP(buf_done) struct buf told = { 0 };
			struct plan p = plan_new();
			struct txn_report rep;

			assert_int_equal(faulty_new(sys, at, FAULT_CUT, EIO, &faulty), 0);
			assert_int_equal(txn_run(faulty, &p, &opts, &rep), 0);
			sys_free(faulty);
			txn_report_done(&rep);
			sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
			sys_write(sys, "/proc/sys/kernel/random/boot_id", "boot-2\n");
			sys_write(sys, "/sys/a", "0\n");
			sys_write(sys, "/sys/b", "0\n");
			/* A phase is durable. */
			sys_read(sys, "/var/lib/vfiocfg/progress", &told);
			if (str_starts(buf_str(&told), "live") && lost[i])
				sim_put_file(sim_of(sys), "/var/lib/vfiocfg/progress", 0644,
					     lost[i]);
			else if (str_starts(buf_str(&told), "live"))
				sim_del(sim_of(sys), "/var/lib/vfiocfg/progress");
			assert_int_equal(txn_recover(sys, &opts, &rep), 0);
			assert_int_not_equal(rep.result, TXN_STUCK);
			assert_state(sys,
				     rep.result == TXN_COMMITTED ? "0 0 new changed - " : BEFORE);
			assert_tidy(sys);
			txn_report_done(&rep);
			plan_done(&p);
			sys_free(sys);
		}
	}
}

/* Each step undoes the one before it, and has much to say. */
static struct plan back_and_forth(size_t n)
{
	struct plan p = { .n_steps = n };
	char text[500] = "";

	memset(text, 's', sizeof(text) - 1);
	p.steps = calloc(n, sizeof(*p.steps));
	for (size_t i = 0; i < n; i++)
		p.steps[i] = (struct step){ STEP_SRIOV,
					    WHEN_LIVE,
					    { BUS_PCI, "a" },
					    value_act("/sys/a", i % 2 ? "0" : "1"),
					    value_act("/sys/a", i % 2 ? "1" : "0"),
					    .text = str(text) };
	return p;
}

TEST(a_commit_whose_journal_is_longer_than_any_attribute_is_recovered)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	const struct real_opts here = { .root = t.root, .live = true };
	struct plan p = back_and_forth(2000);
	struct sys *sys = NULL, *after = NULL;
	struct interrupted i;
	struct txn_report rep;
	struct stat st;

	tree_put(&t, "/proc/sys/kernel/random/boot_id", "boot-1\n");
	tree_put(&t, "/sys/a", "0\n");
	tree_dir(&t, "/run/lock");
	assert_int_equal(real_new(&here, &sys), 0);
	run_cut(sys, &p, 40);
	assert_int_equal(stat(tree_path(&t, "/var/lib/vfiocfg/commit.json"), &st), 0);
	assert_true(st.st_size > SYS_VALUE_MAX);
	assert_int_equal(real_new(&here, &after), 0);
	assert_int_equal(txn_interrupted(after, opts.journal, &i), 0);
	assert_true(i.found && i.done > 0 && i.done < 40 && i.total == p.n_steps);
	assert_int_equal(txn_recover(after, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	tree_assert(&t, "/sys/a", "0\n");
	assert_false(tree_has(&t, "/var/lib/vfiocfg/commit.json"));
	txn_report_done(&rep);
	interrupted_done(&i);
	plan_done(&p);
	sys_free(after);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_live_step_is_one_write_more_and_all_files_together_are_two_syncs),
		CASE(a_disk_that_fills_up_in_the_midst_stops_no_live_step_and_no_undo),
		CASE(whatever_a_power_loss_leaves_of_what_was_told_of_live_steps_nothing_of_the_files_stays),
		CASE(a_commit_whose_journal_is_longer_than_any_attribute_is_recovered),
	};

	return RUN(tests);
}
