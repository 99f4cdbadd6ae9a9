/* SPDX-License-Identifier: MIT */
/* A subchannel goes to io_subchannel and from it again, faster than the kernel finds out what is behind it. */
#include "faulty.h"
#include "kernel.h"
#include "act_cio.h"
#include "session.h"

#define CSS  "/sys/bus/css/"
#define SCH  CSS "devices/0.0.0001"
#define CCW  "/sys/bus/ccw/devices/0.0.1234"
#define BIND CSS "drivers/io_subchannel/bind"

/* A guest has the subchannel; the device behind it is of this driver of the host. */
#define SLOW(driver)                                                                               \
	"module vfio boot\nmodule mdev boot\nmodule vfio_ccw boot needs=vfio,mdev\n"               \
	"subchannel 0.0.0001 dev=0.0.1234 cu=3270/00 ccwdriver=" driver "\n"                       \
	"write " CSS "drivers/io_subchannel/unbind 0.0.0001\n"                                     \
	"write " CSS "drivers/vfio_ccw/bind 0.0.0001\nhidden recognises-late 1\n"

static char line[] = "0.0.0001\n", driver[] = SCH "/driver", host[] = "io_subchannel",
	    take[] = SCH "/driver/unbind", give[] = BIND;

static int given_back(struct sys *sys)
{
	struct act a = { give, line, 9, EXPECT_LINK, driver, host, .mode = 0 };
	bool wrote;

	assert_int_equal(sys_write(sys, CSS "drivers/vfio_ccw/unbind", line), 0);
	return act_do(&(struct actor){ sys, 3000, NULL }, STEP_PROBE, &a, &wrote);
}

static int taken_through(struct sys *sys, char *path, bool *ret_wrote)
{
	struct act a = { path, line, 9, EXPECT_LINK, driver, NULL, .mode = 0 };

	return act_do(&(struct actor){ sys, 3000, NULL }, STEP_UNBIND, &a, ret_wrote);
}

static int taken(struct sys *sys, bool *ret_wrote)
{
	return taken_through(sys, take, ret_wrote);
}

/* As by another program, a moment ago. */
static struct sys *just_given_back(void)
{
	struct sys *sys = sim_of_text(SLOW("3270"));

	assert_write(sys, CSS "drivers/vfio_ccw/unbind", line, 0);
	assert_write(sys, BIND, line, 0);
	assert_absent(sys, CCW);
	return sys;
}

static void assert_guests_alone(struct sys *sys)
{
	assert_write(sys, CSS "drivers/vfio_ccw/bind", line, 0);
	assert_int_equal(sim_poke(sys, "later"), 0);
	assert_link(sys, driver, "vfio_ccw");
	assert_absent(sys, CCW);
}

TEST(what_is_given_back_can_be_used_as_soon_as_that_is_done)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(SLOW("3270"));

	assert_int_equal(given_back(sys), 0);
	assert_link(sys, CCW "/driver", "3270");
}

/* The other end of a wait: the kernel has done it, whoever waits. */
static bool time_passes(void *arg, bool held_up)
{
	assert_false(held_up);
	assert_int_equal(sim_poke(arg, "later"), 0);
	return false;
}

TEST(a_device_that_goes_online_by_itself_is_online_then)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(SLOW("virtio_ccw"));

	sys->waiting = time_passes;
	sys->waiting_arg = sys;
	assert_int_equal(given_back(sys), 0);
	assert_reads(sys, CCW "/online", "1\n");
}

TEST(a_subchannel_is_taken_away_only_once_its_device_was_recognised)
{
	static char paths[][48] = { SCH "/driver/unbind",
				    "/sys/devices/css0/0.0.0001/driver/unbind",
				    CSS "drivers/io_subchannel/unbind" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(sys_freep) struct sys *sys = just_given_back();
		bool wrote;

		assert_int_equal(taken_through(sys, paths[i], &wrote), 0);
		assert_guests_alone(sys);
	}
}

TEST(without_that_the_device_would_appear_below_another_driver)
{
	CLEANUP(sys_freep) struct sys *sys = just_given_back();

	assert_write(sys, take, line, 0);
	assert_write(sys, CSS "drivers/vfio_ccw/bind", line, 0);
	assert_write(sys, CIO_SETTLE, "1", 0);
	assert_link(sys, driver, "vfio_ccw");
	assert_link(sys, CCW "/driver", "3270");
}

TEST(where_there_is_no_cio_settle_the_device_itself_is_waited_for)
{
	CLEANUP(sys_freep) struct sys *sys = just_given_back();
	bool wrote;

	sim_del(sim_of(sys), CIO_SETTLE);
	sys->waiting = time_passes;
	sys->waiting_arg = sys;
	assert_int_equal(taken(sys, &wrote), 0);
	assert_guests_alone(sys);
}

TEST(a_subchannel_stays_where_it_is_while_the_kernel_comes_to_no_end)
{
	CLEANUP(sys_freep) struct sys *sys = just_given_back();
	struct sys *stuck;
	bool wrote = true;

	assert_int_equal(faulty_new(sys, 1, FAULT_REFUSED, EINPROGRESS, &stuck), 0);
	assert_int_equal(taken(stuck, &wrote), -ETIMEDOUT);
	sys_free(stuck);
	assert_false(wrote);
	assert_link(sys, driver, "io_subchannel");
}

TEST(nobody_waits_for_a_subchannel_that_a_guest_has)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(SLOW("3270"));
	struct sys *counting;
	bool wrote;

	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &counting), 0);
	assert_int_equal(taken(counting, &wrote), 0);
	assert_int_equal(faulty_count(counting), 1);
	sys_free(counting);
}

/* -- in a commit -- */

static struct session *session_with(struct sys *sys, const char *driver_wanted)
{
	CLEANUP(buf_done) struct buf edits = { 0 };
	struct session *s;
	struct msg why = { 0 };

	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	buf_printf(&edits,
		   "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0001\": {\"driver\": %s, "
		   "\"persist\": false}}}",
		   driver_wanted);
	if (session_load(s, buf_str(&edits), edits.len, "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	return s;
}

static bool stops(void *arg, size_t step, enum step_state state)
{
	const struct plan *p = arg;

	return state == STEP_DONE && p->steps[step].kind == STEP_PROBE;
}

TEST(a_roll_back_leaves_nothing_behind_of_what_was_just_given_back)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(SLOW("3270") "dir /run/lock\n");
	CLEANUP(session_freep) struct session *s = session_with(sys, "null");
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	struct txn_opts opts = { .progress = stops, .arg = (void *)(uintptr_t)session_plan(s) };

	assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.err, -ECANCELED);
	assert_int_equal(sim_poke(sys, "later"), 0);
	assert_link(sys, driver, "vfio_ccw");
	assert_absent(sys, CCW);
}

static void look(void *arg, unsigned n, const char *path)
{
	if (str_eq(path, CIO_SETTLE))
		*(unsigned *)arg = n;
}

TEST(a_commit_says_that_the_kernel_is_still_at_it_and_what_to_do)
{
	CLEANUP(sys_freep) struct sys *sys = just_given_back();
	CLEANUP(session_freep) struct session *s = session_with(sys, "\"vfio_ccw\"");
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	struct txn_opts opts = { .deadline_ms = 20 };
	struct sys *copy, *tried;
	unsigned at = 0;

	assert_int_equal(sim_copy(sys, NULL, &copy), 0);
	assert_int_equal(faulty_new(copy, 0, FAULT_REFUSED, EIO, &tried), 0);
	faulty_before(tried, look, &at);
	assert_int_equal(txn_run(tried, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	txn_report_done(&rep);
	sys_free(tried);
	sys_free(copy);

	assert_int_equal(faulty_new(sys, at, FAULT_REFUSED, EINPROGRESS, &tried), 0);
	assert_int_equal(txn_run(tried, session_plan(s), &opts, &rep), 0);
	sys_free(tried);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_FAIL_RECOGNISING);
	assert_link(sys, driver, "io_subchannel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_given_back_can_be_used_as_soon_as_that_is_done),
		CASE(a_device_that_goes_online_by_itself_is_online_then),
		CASE(a_subchannel_is_taken_away_only_once_its_device_was_recognised),
		CASE(without_that_the_device_would_appear_below_another_driver),
		CASE(where_there_is_no_cio_settle_the_device_itself_is_waited_for),
		CASE(a_subchannel_stays_where_it_is_while_the_kernel_comes_to_no_end),
		CASE(nobody_waits_for_a_subchannel_that_a_guest_has),
		CASE(a_roll_back_leaves_nothing_behind_of_what_was_just_given_back),
		CASE(a_commit_says_that_the_kernel_is_still_at_it_and_what_to_do),
	};

	return RUN(tests);
}
