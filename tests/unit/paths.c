/* SPDX-License-Identifier: MIT */
/* Channel paths and measurements: staged, refused, carried out, taken back. */
#include "check.h"
#include "msg.h"
#include "session.h"
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHP  "/sys/devices/css0/chp0."
#define DISK "/sys/bus/ccw/devices/0.0.2b02"

static const struct reach now = { true, false }, boot = { false, true };

struct lab {
	struct sys *sys;
	struct session *s;
	struct msg msg;
};

static struct lab open_lab(void)
{
	struct session_opts opts = { 0 };
	struct lab lab = { 0 };

	assert_int_equal(sim_new_named("lpar", &lab.sys), 0);
	assert_int_equal(session_new(lab.sys, &opts, &lab.s), 0);
	return lab;
}

static void close_lab(struct lab *lab)
{
	session_free(lab->s);
	sys_free(lab->sys);
	msg_done(&lab->msg);
}

static int flip(struct lab *lab, const char *name, enum switch_kind kind, bool on)
{
	struct devid dev;

	assert_int_equal(devid_parse(name, &dev), 0);
	return session_switch(lab->s, &dev, kind, on, now, &lab->msg);
}

static const struct finding *found(const struct lab *lab, const char *rule)
{
	const struct findings *f = session_findings(lab->s);

	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].rule, rule))
			return &f->v[i];
	return NULL;
}

static void assert_value(struct lab *lab, const char *path, const char *value)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read_line(lab->sys, path, &b), 0);
	assert_string_equal(buf_str(&b), value);
}

static int commit(struct lab *lab, const char *override)
{
	struct consent c = { .overrides = &override, .n_overrides = override ? 1 : 0 };
	struct txn_opts opts = { .deadline_ms = 50 };
	struct txn_report report = { 0 };
	int r = session_commit(lab->s, &c, &opts, &report, &lab->msg);

	if (r == 0 && report.result != TXN_COMMITTED)
		r = report.result == TXN_ROLLED_BACK ? -ECANCELED : -EIO;
	if (report.msg.what)
		msg_move(&lab->msg, &report.msg);
	txn_report_done(&report);
	return r;
}

TEST(the_last_path_to_the_root_disk_wants_its_number_typed)
{
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "chp/0.51", SWITCH_VARY, false), 0);
	assert_int_equal(flip(&lab, "chp/0.52", SWITCH_CONFIGURE, false), 0);
	assert_int_equal(flip(&lab, "chp/0.53", SWITCH_VARY, false), 0);
	assert_null(found(&lab, "last-path"));
	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_VARY, false), 0);
	assert_int_equal(found(&lab, "last-path")->grade, GRADE_PROTECTED);
	assert_true(found(&lab, "last-path")->vital);
	assert_non_null(strstr(found(&lab, "last-path")->msg.why, "0.0.0190 holds"));
	assert_int_equal(commit(&lab, NULL), -EPERM);
	assert_int_equal(commit(&lab, "50"), -EPERM);
}

TEST(a_tape_path_is_varied_off_and_on)
{
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "chp/0.40", SWITCH_VARY, false), 0);
	assert_int_equal(commit(&lab, "0.40"), 0);
	assert_value(&lab, CHP "40/status", "offline");
	assert_int_equal(flip(&lab, "chp/0.40", SWITCH_VARY, true), 0);
	assert_null(found(&lab, "path-boot"));
	assert_int_equal(commit(&lab, NULL), 0);
	assert_value(&lab, CHP "40/status", "online");
}

/* Each of two operators leaves the other path: together they would take both. */
TEST(a_path_goes_only_while_the_others_of_its_devices_are_as_they_were_looked_at)
{
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_VARY, false), 0);
	assert_int_equal(sys_write(lab.sys, CHP "40/status", "off\n"), 0);
	assert_int_equal(sys_write(lab.sys, CHP "51/status", "off\n"), 0);
	assert_int_equal(commit(&lab, "chp/0.50"), -EIO);
	assert_int_equal(lab.msg.id, MSG_COMMIT_MOVED);
	assert_non_null(strstr(lab.msg.why, "chp0.51/status"));
	assert_value(&lab, CHP "50/status", "online");
	/* What has nothing to do with it stands in nobody's way. */
	assert_int_equal(sys_write(lab.sys, CHP "40/status", "on\n"), 0);
	assert_int_equal(commit(&lab, "chp/0.50"), 0);
}

TEST(a_guest_that_keeps_other_paths_is_protected_and_told_of_by_the_way_it_learns)
{
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_CONFIGURE, false), 0);
	assert_non_null(strstr(found(&lab, "path-of-guest")->msg.why, "gets a channel report"));
	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_CONFIGURE, true), 0);
	assert_true(wish_empty(session_wish(lab.s)));
	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_VARY, false), 0);
	assert_non_null(strstr(found(&lab, "path-of-guest")->msg.why, "no channel report"));
	assert_int_equal(commit(&lab, NULL), -EPERM);
	assert_int_equal(commit(&lab, "chp/0.50"), 0);
	assert_value(&lab, CHP "50/status", "offline");
	assert_int_equal(session_undo_commit(lab.s, 1, &lab.msg), 0);
	assert_int_equal(commit(&lab, NULL), 0);
	assert_value(&lab, CHP "50/status", "online");
}

TEST(a_guest_that_loses_its_last_path_is_told_of_as_such)
{
	CLEANUP(close_lab) struct lab lab = open_lab();
	static const char *const paths[] = { "chp/0.50", "chp/0.51", "chp/0.52", "chp/0.53" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (i)
			assert_non_null(strstr(found(&lab, "path-of-guest")->msg.why,
					       "the others of the device stay"));
		assert_int_equal(flip(&lab, paths[i], SWITCH_VARY, false), 0);
	}
	assert_non_null(strstr(found(&lab, "path-of-guest")->msg.why, "guest db1"));
	assert_non_null(
		strstr(found(&lab, "path-of-guest")->msg.why, "the device is left without a path"));
}

TEST(what_is_so_already_or_only_for_the_next_boot_is_not_staged)
{
	CLEANUP(close_lab) struct lab lab = open_lab();
	struct devid dev = devid_chp(0x50);

	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_VARY, true), -EALREADY);
	assert_int_equal(session_switch(lab.s, &dev, SWITCH_VARY, false, boot, &lab.msg), -EINVAL);
	assert_int_equal(flip(&lab, "chp/0.99", SWITCH_VARY, false), -ENOENT);
	assert_int_equal(flip(&lab, "css/0.0.0313", SWITCH_VARY, false), -ENOENT);
	assert_true(wish_empty(session_wish(lab.s)));
}

TEST(a_path_in_standby_is_configured_and_one_that_is_not_there_an_error)
{
	static const char edits[] =
		"{\"vfiocfg-edits\":1,\"paths\":{\"chp/0.77\":{\"vary\":false}}}";
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "chp/0.41", SWITCH_CONFIGURE, true), 0);
	assert_int_equal(commit(&lab, NULL), 0);
	assert_value(&lab, CHP "41/configure", "1");
	assert_null(found(&lab, "path-missing"));
	assert_int_equal(session_load(lab.s, edits, strlen(edits), "t", false, &lab.msg), 0);
	assert_int_equal(found(&lab, "path-missing")->grade, GRADE_ERROR);
}

TEST(measuring_is_switched_for_online_devices_that_are_no_qdio)
{
	CLEANUP(close_lab) struct lab lab = open_lab();

	assert_int_equal(flip(&lab, "ccw/0.0.2b02", SWITCH_MEASURE, true), 0);
	assert_int_equal(flip(&lab, "chp/css0", SWITCH_MEASURE, true), 0);
	assert_int_equal(found(&lab, "path-boot")->grade, GRADE_NOTE);
	assert_int_equal(commit(&lab, NULL), 0);
	assert_value(&lab, DISK "/cmb_enable", "1");
	assert_value(&lab, "/sys/devices/css0/cm_enable", "1");
	assert_int_equal(flip(&lab, "css/0.0.030c", SWITCH_MEASURE, true), -EALREADY);
	assert_int_equal(flip(&lab, "css/0.0.030c", SWITCH_MEASURE, false), 0);
	assert_int_equal(flip(&lab, "ccw/0.0.2b05", SWITCH_MEASURE, true), -EINVAL);
	assert_non_null(strstr(lab.msg.why, "not online"));
	assert_int_equal(flip(&lab, "ccw/0.0.f5f0", SWITCH_MEASURE, true), -EINVAL);
	assert_non_null(strstr(lab.msg.why, "QDIO"));
	assert_int_equal(flip(&lab, "css/0.0.0314", SWITCH_MEASURE, true), -EINVAL);
	assert_non_null(strstr(lab.msg.why, "given to guests"));
}

TEST(an_edits_file_holds_both_switches_of_a_path_and_the_measurements)
{
	CLEANUP(close_lab) struct lab lab = open_lab();
	CLEANUP(freep) char *text = NULL;
	struct wish w = { 0 };

	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_VARY, false), 0);
	assert_int_equal(flip(&lab, "chp/0.50", SWITCH_CONFIGURE, false), 0);
	assert_int_equal(flip(&lab, "ccw/0.0.2b02", SWITCH_MEASURE, true), 0);
	text = session_save(lab.s);
	assert_non_null(text);
	assert_int_equal(wish_from_json(text, strlen(text), "t", &w, &lab.msg), 0);
	assert_true(wish_eq(&w, session_wish(lab.s)));
	assert_int_equal(wish_count(&w), 3);
	wish_done(&w);
}

TEST(an_edits_file_with_a_wrong_path_says_what_was_expected)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "\"paths\":{\"css/0.0.0001\":{\"vary\":false}}", "chp/0.50" },
		{ "\"paths\":{\"chp/css0\":{\"vary\":false}}", "chp/0.50" },
		{ "\"paths\":{\"chp/0.50\":{}}", "\"vary\" or \"configure\"" },
		{ "\"paths\":{\"chp/0.50\":{\"vary\":1}}", "true or false" },
		{ "\"paths\":{\"chp/0.50\":{\"vary\":true,\"persist\":true}}", "persist" },
		{ "\"measurements\":{\"chp/0.50\":true}", "chp/css0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		CLEANUP(msg_done) struct msg why = { 0 };
		struct wish w = { 0 };

		assert_int_equal(buf_printf(&b, "{\"vfiocfg-edits\":1,%s}", rows[i].text), 0);
		assert_int_equal(wish_from_json(buf_str(&b), b.len, "t", &w, &why), -EINVAL);
		if (!strstr(why.what, rows[i].expected) && !strstr(why.why, rows[i].expected) &&
		    !strstr(why.todo, rows[i].expected))
			fail_msg("%s: %s %s %s", rows[i].text, why.what, why.why, why.todo);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_last_path_to_the_root_disk_wants_its_number_typed),
		CASE(a_tape_path_is_varied_off_and_on),
		CASE(a_path_goes_only_while_the_others_of_its_devices_are_as_they_were_looked_at),
		CASE(a_guest_that_keeps_other_paths_is_protected_and_told_of_by_the_way_it_learns),
		CASE(a_guest_that_loses_its_last_path_is_told_of_as_such),
		CASE(what_is_so_already_or_only_for_the_next_boot_is_not_staged),
		CASE(a_path_in_standby_is_configured_and_one_that_is_not_there_an_error),
		CASE(measuring_is_switched_for_online_devices_that_are_no_qdio),
		CASE(an_edits_file_holds_both_switches_of_a_path_and_the_measurements),
		CASE(an_edits_file_with_a_wrong_path_says_what_was_expected),
	};

	return RUN(tests);
}
