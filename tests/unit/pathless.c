/* SPDX-License-Identifier: MIT */
/* A channel device whose paths are off: what of a commit can be taken back then, and in which order. */
#include "check.h"
#include "faulty.h"
#include "session.h"
#include "sim.h"

#include <errno.h>
#include <string.h>

#define ONLINE	  "/sys/bus/ccw/devices/0.0.2b09/online"
#define VARY	  "/sys/devices/css0/chp0.50/status"
#define CONFIGURE "/sys/devices/css0/chp0.50/configure"

static const char machine[] =
	"kernel 612 6.12.0\n"
	"module vfio boot\n"
	"module mdev boot\n"
	"module vfio_ccw boot needs=vfio,mdev\n"
	"module dasd_eckd_mod boot\n"
	"chp 50 type=1b\n"
	"subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd online=1\n"
	"write /sys/devices/css0/chp0.50/configure 0\n"
	"dir /run/lock\n";

static struct session *session_with(struct sys *sys, const char *edits)
{
	struct msg why = { 0 };
	struct session *s;

	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	if (session_load(s, edits, strlen(edits), "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	return s;
}

static struct sys *pathless(void)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(machine, strlen(machine), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

#define GIVE "\"drivers\": {\"css/0.0.0313\": {\"driver\": \"vfio_ccw\", \"persist\": false}}"

TEST(setting_a_device_offline_that_has_no_path_is_marked_as_not_undoable)
{
	CLEANUP(sys_freep) struct sys *sys = pathless();
	CLEANUP(session_freep)
	struct session *s = session_with(sys, "{\"vfiocfg-edits\": 1, " GIVE "}");
	const struct plan *p = session_plan(s);

	assert_int_equal(p->steps[0].kind, STEP_OFFLINE);
	assert_true(p->steps[0].not_undoable);
	assert_int_equal(p->steps[0].warning.id, MSG_PLAN_NO_PATH_BACK);
	/* The kernel says so indeed. */
	assert_int_equal(sys_write(sys, ONLINE, "0\n"), 0);
	assert_int_equal(sys_write(sys, ONLINE, "1\n"), -ENODEV);
}

TEST(a_path_that_takes_a_device_along_is_marked_as_not_undoable_unless_its_driver_keeps_it)
{
	static const struct {
		const char *driver;
		bool marked;
	} rows[] = { { "3270", true }, { "dasd-eckd", false }, { "zfcp", false } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_done) struct buf text = { 0 };
		CLEANUP(sys_freep) struct sys *sys = NULL;
		CLEANUP(session_freep) struct session *s = NULL;
		struct sim_error e = { 0 };

		assert_int_equal(buf_printf(&text,
					    "kernel 702 7.2.0\nchp 50 type=1b\n"
					    "subchannel 0.0.0313 dev=0.0.2b09 cu=3270/00 chpids=50 "
					    "ccwdriver=%s online=1\n",
					    rows[i].driver),
				 0);
		assert_int_equal(sim_new(text.data, text.len, &sys, &e), 0);
		s = session_with(sys, "{\"vfiocfg-edits\": 1, \"paths\": {\"chp/0.50\": "
				      "{\"vary\": false}}}");
		assert_int_equal(session_plan(s)->steps[0].kind, STEP_SWITCH);
		assert_int_equal(session_plan(s)->steps[0].not_undoable, rows[i].marked);
		if (rows[i].marked)
			assert_int_equal(session_plan(s)->steps[0].warning.id, MSG_PLAN_PATH_TAKES);
		/* The kernel does so indeed. */
		assert_int_equal(sys_write(sys, VARY, "0\n"), 0);
		assert_int_equal(sys_exists(sys, ONLINE), !rows[i].marked);
	}
}

static const struct finding *found(struct session *s, const char *rule)
{
	const struct findings *all = session_findings(s);

	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].rule, rule))
			return &all->v[i];
	return NULL;
}

TEST(that_a_device_comes_back_offline_is_said_before_its_path_is_taken_back)
{
	static const char terminal[] =
		"kernel 702 7.2.0\nchp 50 type=1b\ndir /run/lock\n"
		"subchannel 0.0.0313 dev=0.0.2b09 cu=3270/00 chpids=50 ccwdriver=3270 online=1\n"
		"subchannel 0.0.0314 dev=0.0.2b0a cu=3270/00 chpids=50 ccwdriver=3270\n";
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	const struct consent all = { .conflicts = true, .not_undoable = true };
	struct msg why = { 0 };

	assert_int_equal(sim_new(terminal, sizeof(terminal) - 1, &sys, NULL), 0);
	s = session_with(sys,
			 "{\"vfiocfg-edits\": 1, \"paths\": {\"chp/0.50\": {\"vary\": false}}}");
	assert_null(found(s, "path-back"));
	assert_int_equal(session_commit(s, &all, NULL, &rep, &why), 0);
	assert_int_equal(session_undo_commit(s, 1, &why), 0);
	assert_non_null(found(s, "path-back"));
	assert_string_equal(found(s, "path-back")->msg.what,
			    "0.0.2b09 (and 1 more) comes back offline with channel path 0.50.");
	/* The kernel says so indeed. */
	assert_int_equal(sys_write(sys, VARY, "1\n"), 0);
	assert_int_equal(sys_write(sys, ONLINE, "0\n"), -EINVAL);
}

/* The mutation that writes to a path, counted in a commit that fails at the last of its live steps. */
struct seen {
	const char *path;
	unsigned first, last;
};

static void look(void *arg, unsigned n, const char *path)
{
	struct seen *seen = arg;

	if (!str_eq(path, seen->path))
		return;
	seen->first = seen->first ? seen->first : n;
	seen->last = n;
}

static struct seen writes_to(const struct plan *p, const char *path, unsigned fail)
{
	CLEANUP(sys_freep) struct sys *sys = pathless();
	struct seen seen = { .path = path };
	struct txn_opts opts = { .deadline_ms = 20 };
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(sys, fail, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, look, &seen);
	assert_int_equal(txn_run(faulty, p, &opts, &rep), 0);
	sys_free(faulty);
	txn_report_done(&rep);
	return seen;
}

/* A commit on a device that is measured, whose mutation k fails. */
static enum txn_result measured_fails_at(unsigned k)
{
	static const char measure[] = "/sys/bus/ccw/devices/0.0.2b09/cmb_enable";
	CLEANUP(sys_freep) struct sys *sys = pathless();
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(txn_report_done) struct txn_report rep = { 0 };
	CLEANUP(buf_done) struct buf now = { 0 };
	struct txn_opts opts = { .deadline_ms = 20 };
	struct sys *faulty;

	assert_int_equal(sys_write(sys, CONFIGURE, "1\n"), 0);
	assert_int_equal(sys_write(sys, measure, "1\n"), 0);
	s = session_with(sys, "{\"vfiocfg-edits\": 1, " GIVE "}");
	assert_string_equal(session_plan(s)->steps[0].act.path, measure);
	assert_string_equal(session_plan(s)->steps[0].undo.value, "1\n");
	assert_int_equal(session_plan(s)->steps[1].kind, STEP_OFFLINE);
	assert_int_equal(faulty_new(sys, k, FAULT_REFUSED, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, session_plan(s), &opts, &rep), 0);
	sys_free(faulty);
	if (rep.result == TXN_ROLLED_BACK) {
		assert_int_equal(sys_read_line(sys, measure, &now), 0);
		assert_string_equal(buf_str(&now), "1");
	}
	return rep.result;
}

TEST(measuring_ends_with_the_driver_and_is_begun_again_by_undoing)
{
	unsigned rolled_back = 0;

	for (unsigned k = 1; k <= 30; k++)
		rolled_back += measured_fails_at(k) == TXN_ROLLED_BACK;
	assert_in_range(rolled_back, 5, 30);
}

TEST(a_path_that_the_commit_gave_stays_until_the_device_is_online_again)
{
	CLEANUP(sys_freep) struct sys *sys = pathless();
	CLEANUP(session_freep)
	struct session *s = session_with(sys, "{\"vfiocfg-edits\": 1, \"paths\": {\"chp/0.50\": "
					      "{\"configure\": true}}, " GIVE "}");
	const struct plan *p = session_plan(s);
	struct txn_opts opts = { .deadline_ms = 20 };
	struct seen unbind = writes_to(p, "/sys/bus/css/drivers/io_subchannel/unbind", 0);
	struct seen online = writes_to(p, ONLINE, unbind.first);
	struct txn_report rep;
	struct sys *faulty;

	for (size_t i = 0; i < p->n_steps; i++)
		assert_false(p->steps[i].not_undoable);
	assert_true(online.last > unbind.first);
	assert_int_equal(faulty_new(sys, unbind.first, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_also(faulty, online.last, FAULT_REFUSED, EBUSY);
	assert_int_equal(txn_run(faulty, p, &opts, &rep), 0);
	sys_free(faulty);
	assert_int_equal(rep.result, TXN_STUCK);
	assert_int_equal(rep.n_differences, 2);
	assert_string_equal(rep.differences[0], ONLINE ": is 0, was 1. By hand: echo 1 > " ONLINE);
	assert_string_equal(rep.differences[1],
			    CONFIGURE ": is 1, was 0. By hand: echo 0 > " CONFIGURE);
	txn_report_done(&rep);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	txn_report_done(&rep);
}

/* deadline: of its return, too */
static void not_online(int deadline_ms)
{
	CLEANUP(sys_freep) struct sys *sys = pathless();
	struct txn_opts opts = { .deadline_ms = 200 };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_report rep = { 0 };

	assert_int_equal(sys_write(sys, ONLINE, "0\n"), 0);
	s = session_with(sys, "{\"vfiocfg-edits\": 1, " GIVE "}");
	assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	txn_report_done(&rep);
	session_free(s);
	s = session_with(sys, "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0313\": "
			      "{\"driver\": null, \"online\": true}}}");
	opts.deadline_ms = deadline_ms;
	assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	assert_int_equal(rep.msg.id, MSG_FAIL_ONLINE);
	assert_true(sys_exists(sys, "/sys/bus/css/drivers/vfio_ccw/0.0.0313"));
	txn_report_done(&rep);
}

TEST(a_device_given_back_that_cannot_be_set_online_or_does_not_return_stays_with_its_guests)
{
	not_online(200);
	not_online(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_device_given_back_that_cannot_be_set_online_or_does_not_return_stays_with_its_guests),
		CASE(setting_a_device_offline_that_has_no_path_is_marked_as_not_undoable),
		CASE(that_a_device_comes_back_offline_is_said_before_its_path_is_taken_back),
		CASE(a_path_that_takes_a_device_along_is_marked_as_not_undoable_unless_its_driver_keeps_it),
		CASE(measuring_ends_with_the_driver_and_is_begun_again_by_undoing),
		CASE(a_path_that_the_commit_gave_stays_until_the_device_is_online_again),
	};

	return RUN(tests);
}
