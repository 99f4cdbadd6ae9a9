/* SPDX-License-Identifier: MIT */
/* What one step has just seen, the next does not read again; but only right then. */
#include "clock.h"
#include "faulty.h"
#include "kernel.h"
#include "session.h"

#include <stdio.h>

#define SCH  "/sys/devices/css0/0.0.0001"
#define BIND "/sys/bus/css/drivers/io_subchannel/bind"

static const char machine[] = "module vfio boot\nmodule mdev boot\n"
			      "module vfio_ccw boot needs=vfio,mdev\n"
			      "subchannel 0.0.0001 dev=0.0.1234 cu=3270/00 ccwdriver=3270\n"
			      "dir /run/lock\n";

enum { UNBIND, OVERRIDE, PROBE };

/* driver: in JSON. */
static struct session *session_wanting(struct sys *sys, const char *driver)
{
	struct session *s;
	struct msg why = { 0 };
	char edits[128];

	snprintf(edits, sizeof(edits),
		 "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0001\": {\"driver\": %s, "
		 "\"persist\": false}}}",
		 driver);
	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	if (session_load(s, edits, strlen(edits), "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	return s;
}

static struct session *session_with(struct sys *sys)
{
	struct session *s = session_wanting(sys, "\"vfio_ccw\"");

	assert_int_equal(session_plan(s)->steps[UNBIND].kind, STEP_UNBIND);
	assert_int_equal(session_plan(s)->steps[OVERRIDE].kind, STEP_OVERRIDE);
	assert_int_equal(session_plan(s)->steps[PROBE].kind, STEP_PROBE);
	return s;
}

/* Somebody else, right after a step; late: after something else that took its time. */
struct other {
	struct sys *sys;
	size_t after;
	bool late;
	const char *path, *value;
};

static bool acts(void *arg, size_t step, enum step_state state)
{
	const struct other *o = arg;
	long until = now_ms() + 20;

	if (state != STEP_DONE || step != o->after)
		return false;
	if (o->path)
		assert_write(o->sys, o->path, o->value, 0);
	while (o->late && now_ms() < until)
		;
	return false;
}

static void commit(struct sys *sys, const struct other *o, struct txn_report *ret)
{
	CLEANUP(session_freep) struct session *s = session_with(sys);
	struct txn_opts opts = { .progress = acts, .arg = (void *)(uintptr_t)o, .deadline_ms = 50 };

	assert_int_equal(txn_run(sys, session_plan(s), &opts, ret), 0);
}

/* -- how often is looked -- */

struct looks {
	unsigned driver, override;
};

static struct looks looks; /* of the one machine that counts them */

static int count_readlink(struct sys *sys, const char *path, struct buf *ret_target)
{
	looks.driver += str_eq(path, SCH "/driver");
	return sim_ops.readlink(sys, path, ret_target);
}

static int count_read(struct sys *sys, const char *path, struct buf *ret_value)
{
	looks.override += str_eq(path, SCH "/driver_override");
	return sim_ops.read(sys, path, ret_value);
}

static struct looks looks_of(size_t after, bool late)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(machine);
	CLEANUP(session_freep) struct session *s = session_with(sys);
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	struct other o = { sys, after, late, NULL, NULL };
	struct txn_opts opts = { .progress = acts, .arg = &o };
	struct sys_ops counting = sim_ops;

	counting.readlink = count_readlink;
	counting.read = count_read;
	sys->ops = &counting;
	looks = (struct looks){ 0 };
	assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	sys->ops = &sim_ops;
	return looks;
}

/* A machine that is busy makes a moment long, and then there are more: the least of some runs. */
static struct looks looks_at_best(void)
{
	struct looks best = looks_of(PROBE, false);

	for (int i = 0; i < 100 && (best.driver > 4 || best.override > 3); i++) {
		struct looks once = looks_of(PROBE, false);

		best.driver = MIN(best.driver, once.driver);
		best.override = MIN(best.override, once.override);
	}
	return best;
}

TEST(what_was_just_seen_is_read_once)
{
	struct looks once = looks_at_best();

	/* Of the plan, whose it is before the unbind, and after the unbind and the probe. */
	assert_int_equal(once.driver, 4);
	/* Of the plan, before and after the override. */
	assert_int_equal(once.override, 3);
}

TEST(what_was_seen_a_moment_ago_is_read_again)
{
	assert_int_equal(looks_of(UNBIND, true).driver, 5);
	assert_int_equal(looks_of(OVERRIDE, true).override, 4);
}

/* -- what others do then -- */

static void assert_noticed(struct sys *sys, const struct other *o, const char *place)
{
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };

	commit(sys, o, &rep);
	assert_int_equal(rep.err, -ESTALE);
	assert_int_equal(rep.msg.id, MSG_COMMIT_MOVED_MEANWHILE);
	assert_non_null(strstr(rep.msg.why, place));
}

TEST(a_change_while_something_took_its_time_is_seen_before_the_next_write)
{
	CLEANUP(sys_freep) struct sys *taken = sim_of_text(machine);
	CLEANUP(sys_freep) struct sys *changed = sim_of_text(machine);
	struct other takes = { taken, UNBIND, true, BIND, "0.0.0001" };
	struct other changes = { changed, OVERRIDE, true, SCH "/driver_override", "other\n" };

	assert_noticed(taken, &takes, SCH "/driver is io_subchannel");
	assert_link(taken, SCH "/driver", "io_subchannel");
	assert_reads(taken, SCH "/driver_override", "(null)\n");
	assert_noticed(changed, &changes, SCH "/driver_override is ");
	/* The override is theirs, and which driver takes the device with it. */
	assert_reads(changed, SCH "/driver_override", "other\n");
	assert_absent(changed, SCH "/driver");
}

/* Faster than that: the next step has no effect, and what they did is theirs. */
TEST(a_change_in_the_same_moment_is_seen_by_what_comes_of_it)
{
	CLEANUP(sys_freep) struct sys *taken = sim_of_text(machine);
	CLEANUP(sys_freep) struct sys *changed = sim_of_text(machine);
	struct other takes = { taken, UNBIND, false, BIND, "0.0.0001" };
	struct other changes = { changed, OVERRIDE, false, SCH "/driver_override", "other\n" };
	CLEANUP(txn_report_done) struct txn_report rep = { 0 }, left = { 0 };

	commit(taken, &takes, &rep);
	assert_int_not_equal(rep.result, TXN_COMMITTED);
	assert_link(taken, SCH "/driver", "io_subchannel");
	assert_reads(taken, SCH "/driver_override", "(null)\n");
	commit(changed, &changes, &left);
	assert_int_not_equal(left.result, TXN_COMMITTED);
	assert_reads(changed, SCH "/driver_override", "other\n");
}

/* -- before the first step -- */

struct early {
	struct sys *sys;
	const char *at; /* the mutation that somebody is faster than */
	bool acted;
};

static void act_early(void *arg, unsigned n, const char *path)
{
	struct early *e = arg;

	(void)n;
	if (e->acted || !str_ends(path, e->at))
		return;
	e->acted = true;
	assert_write(e->sys, SCH "/driver/unbind", "0.0.0001", 0);
}

TEST(a_change_while_the_journal_is_written_or_the_kernel_recognises_a_device_is_seen)
{
	static const char *const at[] = { "/commit.json", CIO_SETTLE };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		CLEANUP(sys_freep) struct sys *sys = sim_of_text(machine);
		CLEANUP(session_freep) struct session *s = session_with(sys);
		CLEANUP(txn_report_done) struct txn_report rep = { 0 };
		struct early e = { sys, at[i], false };
		struct txn_opts opts = { .deadline_ms = 50 };
		struct sys *faulty;

		assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
		faulty_before(faulty, act_early, &e);
		assert_int_equal(txn_run(faulty, session_plan(s), &opts, &rep), 0);
		sys_free(faulty);
		assert_true(e.acted);
		assert_int_equal(rep.result, TXN_ROLLED_BACK);
		assert_int_equal(rep.msg.id, MSG_COMMIT_MOVED_MEANWHILE);
		assert_absent(sys, SCH "/driver");
		assert_reads(sys, SCH "/driver_override", "(null)\n");
	}
}

/* -- what would go with a driver -- */

#define OURS   "7e270a25-e163-4922-af60-757fc8ed48c6"
#define THEIRS "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842"
#define CREATE SCH "/mdev_supported_types/vfio_ccw-io/create"

TEST(a_mediated_device_that_somebody_makes_meanwhile_keeps_the_driver_it_would_end_with)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(machine);
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	struct other makes = { sys, 0, false, CREATE, THEIRS };
	struct txn_opts opts = { .progress = acts, .arg = &makes, .deadline_ms = 50 };

	assert_write(sys, SCH "/driver/unbind", "0.0.0001", 0);
	assert_write(sys, SCH "/driver_override", "vfio_ccw\n", 0);
	assert_write(sys, "/sys/bus/css/drivers_probe", "0.0.0001", 0);
	assert_write(sys, CREATE, OURS, 0);
	s = session_wanting(sys, "null");
	assert_int_equal(session_plan(s)->steps[0].kind, STEP_REMOVE);
	assert_int_equal(session_plan(s)->steps[1].kind, STEP_UNBIND);
	assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.msg.id, MSG_FAIL_MDEV_BELOW);
	assert_link(sys, SCH "/driver", "vfio_ccw");
	assert_true(sys_exists(sys, SCH "/" THEIRS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_just_seen_is_read_once),
		CASE(what_was_seen_a_moment_ago_is_read_again),
		CASE(a_change_while_something_took_its_time_is_seen_before_the_next_write),
		CASE(a_change_in_the_same_moment_is_seen_by_what_comes_of_it),
		CASE(a_change_while_the_journal_is_written_or_the_kernel_recognises_a_device_is_seen),
		CASE(a_mediated_device_that_somebody_makes_meanwhile_keeps_the_driver_it_would_end_with),
	};

	return RUN(tests);
}
