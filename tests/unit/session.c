/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "msg.h"
#include "session.h"
#include "sim_tree.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UUID "7e270a25-e163-4922-af60-757fc8ed48c6"

static const struct reach both = { true, true }, live = { true, false };

struct lab {
	struct sys *sys;
	struct session *s;
	struct msg msg;
};

static struct lab open_lab(const char *machine, bool read_only)
{
	struct session_opts opts = { .read_only = read_only, .why_read_only = "It is a test" };
	struct lab lab = { 0 };

	assert_int_equal(sim_new_named(machine, &lab.sys), 0);
	assert_int_equal(session_new(lab.sys, &opts, &lab.s), 0);
	return lab;
}

static void close_lab(struct lab *lab)
{
	session_free(lab->s);
	sys_free(lab->sys);
	msg_done(&lab->msg);
}

static struct devid id(const char *text)
{
	struct devid dev;

	assert_int_equal(devid_parse(text, &dev), 0);
	return dev;
}

static int stage(struct lab *lab, const char *dev, const char *driver)
{
	struct devid d = id(dev);

	return session_set_driver(lab->s, &d, driver, both, &lab->msg);
}

static struct facts facts_of(const struct lab *lab, const char *dev)
{
	struct devid d = id(dev);
	struct facts f;

	session_facts(lab->s, &d, &f);
	return f;
}

static void assert_told(const struct lab *lab)
{
	assert_true(lab->msg.what && *lab->msg.what);
	assert_true(lab->msg.why && *lab->msg.why);
	assert_true(lab->msg.todo && *lab->msg.todo);
}

TEST(staging_shows_in_the_facts_and_writes_nothing)
{
	struct lab lab = open_lab("lpar", false);
	struct facts f;

	assert_int_equal(stage(&lab, "ccw/0.0.2b09", "vfio_ccw"), 0);
	f = facts_of(&lab, "css/0.0.0313");
	assert_string_equal(f.bound, "io_subchannel");
	assert_string_equal(f.wanted, "vfio_ccw");
	assert_string_equal(f.after, "vfio_ccw");
	assert_false(f.wanted_implied);
	assert_int_equal(session_wish(lab.s)->drivers[0].peer.bus, BUS_CCW);
	assert_true(session_plan(lab.s)->n_steps > 0);
	assert_false(sys_exists(lab.sys, "/etc/driverctl.d/css-0.0.0313"));
	close_lab(&lab);
}

TEST(undo_and_redo_go_through_the_edits)
{
	struct lab lab = open_lab("lpar", false);

	assert_false(session_undo(lab.s));
	stage(&lab, "css/0.0.0313", "vfio_ccw");
	stage(&lab, "css/0.0.0312", "vfio_ccw");
	assert_int_equal(session_undo_depth(lab.s), 2);
	assert_non_null(strstr(session_undo_text(lab.s, 0), "0.0.0312"));
	assert_true(session_undo(lab.s));
	assert_int_equal(session_wish(lab.s)->n_drivers, 1);
	assert_int_equal(session_redo_depth(lab.s), 1);
	assert_true(session_redo(lab.s));
	assert_int_equal(session_desired(lab.s)->n_drivers, 2);
	/* An edit after an undo drops what was undone, and nothing else. */
	assert_true(session_undo(lab.s));
	stage(&lab, "css/0.0.030f", "vfio_ccw");
	assert_int_equal(session_redo_depth(lab.s), 0);
	assert_int_equal(session_undo_depth(lab.s), 2);
	assert_non_null(strstr(session_undo_text(lab.s, 1), "0.0.0313"));
	assert_int_equal(session_clear(lab.s), 0);
	assert_true(wish_empty(session_wish(lab.s)));
	assert_true(session_undo(lab.s));
	assert_int_equal(session_wish(lab.s)->n_drivers, 2);
	close_lab(&lab);
}

TEST(toggling_what_is_staged_takes_it_back)
{
	struct lab lab = open_lab("lpar", false);
	struct devid dev = id("css/0.0.0313");

	assert_int_equal(session_toggle(lab.s, &dev, both, &lab.msg), 0);
	assert_string_equal(session_wish(lab.s)->drivers[0].driver, "vfio_ccw");
	assert_int_equal(session_toggle(lab.s, &dev, both, &lab.msg), 0);
	assert_true(wish_empty(session_wish(lab.s)));
	assert_int_equal(session_unstage(lab.s, &dev, &lab.msg), -ENOENT);
	assert_told(&lab);
	close_lab(&lab);
}

TEST(what_a_device_implies_is_taken_back_at_its_parent)
{
	struct lab lab = open_lab("lpar", false);
	struct devid dev = id("css/0.0.0313");
	char uuid[UUID_TEXT];

	assert_int_equal(session_new_mdev(lab.s, "0.0.0313", NULL, "", true, START_AUTO, both, uuid,
					  &lab.msg),
			 0);
	assert_true(facts_of(&lab, "css/0.0.0313").wanted_implied);
	assert_string_equal(session_wish(lab.s)->mdevs[0].type, TYPE_CCW);
	assert_int_equal(session_toggle(lab.s, &dev, both, &lab.msg), 0);
	assert_true(wish_empty(session_wish(lab.s)));
	close_lab(&lab);
}

TEST(what_cannot_be_staged_says_why_and_changes_nothing)
{
	struct lab lab = open_lab("lpar", false);
	struct devid none = id("css/0.0.ffff");

	assert_int_equal(session_toggle(lab.s, &none, both, &lab.msg), -ENOENT);
	assert_told(&lab);
	assert_int_equal(stage(&lab, "css/0.0.0313", "a/b"), -EINVAL);
	assert_told(&lab);
	assert_int_equal(stage(&lab, "ccw/0.0.f5f0", "vfio_ccw"), -EINVAL);
	assert_told(&lab);
	assert_non_null(strstr(lab.msg.why, "QDIO"));
	assert_int_equal(session_new_mdev(lab.s, "0.0.0313", NULL, "x", true, START_AUTO, both,
					  NULL, &lab.msg),
			 -EINVAL);
	assert_told(&lab);
	assert_int_equal(session_new_mdev(lab.s, "0.0.ffff", NULL, "", true, START_AUTO, both, NULL,
					  &lab.msg),
			 -ENOENT);
	assert_told(&lab);
	assert_int_equal(session_matrix(lab.s, UUID, 'a', 5, true, &lab.msg), -EINVAL);
	assert_told(&lab);
	assert_int_equal(session_load(lab.s, "{}", 2, "e.json", false, &lab.msg), -EINVAL);
	assert_told(&lab);
	assert_int_equal(session_undo_depth(lab.s), 0);
	close_lab(&lab);
}

TEST(edits_saved_are_loaded_as_one_edit)
{
	struct lab lab = open_lab("lpar", false), other = open_lab("lpar", false);
	char *text;

	stage(&lab, "css/0.0.0313", "vfio_ccw");
	session_new_mdev(lab.s, "0.0.0312", TYPE_CCW, UUID, true, START_AUTO, both, NULL, &lab.msg);
	text = session_save(lab.s);
	assert_int_equal(session_load(other.s, text, strlen(text), "e", false, &other.msg), 0);
	assert_true(wish_eq(session_wish(lab.s), session_wish(other.s)));
	assert_int_equal(session_undo_depth(other.s), 1);
	free(text);
	close_lab(&lab);
	close_lab(&other);
}

TEST(nothing_is_committed_where_nothing_may_be_written)
{
	struct lab lab = open_lab("lpar", true);
	struct consent none = { 0 };
	struct txn_report report = { 0 };

	stage(&lab, "css/0.0.0313", "vfio_ccw");
	assert_int_equal(session_commit(lab.s, &none, NULL, &report, &lab.msg), -EROFS);
	assert_told(&lab);
	assert_non_null(strstr(lab.msg.why, "It is a test"));
	close_lab(&lab);
}

TEST(a_vital_device_wants_its_full_name)
{
	struct lab lab = open_lab("lpar", false);
	const char *part[] = { "190" }, *full[] = { "0.0.0190" };
	struct consent c = { 0 };

	assert_int_equal(session_may_commit(lab.s, &c, &lab.msg), -ENODATA);
	assert_int_equal(stage(&lab, "ccw/0.0.0190", "vfio_ccw"), 0);
	assert_int_equal(session_may_commit(lab.s, &c, &lab.msg), -EPERM);
	assert_told(&lab);
	c = (struct consent){ .overrides = part, .n_overrides = 1 };
	assert_int_equal(session_may_commit(lab.s, &c, &lab.msg), -EPERM);
	c.overrides = full;
	assert_int_equal(session_may_commit(lab.s, &c, &lab.msg), 0);
	close_lab(&lab);
}

TEST(errors_of_edits_block_and_the_message_is_the_findings_own)
{
	struct lab lab = open_lab("lpar", false);
	const char edits[] =
		"{\"vfiocfg-edits\":1,\"mdevs\":[{\"uuid\":\"" UUID "\",\"active\":true}]}";
	struct consent c = { 0 };

	assert_int_equal(session_load(lab.s, edits, strlen(edits), "e", false, &lab.msg), 0);
	assert_int_equal(session_may_commit(lab.s, &c, &lab.msg), -EINVAL);
	assert_non_null(strstr(lab.msg.what, UUID));
	close_lab(&lab);
}

TEST(after_a_commit_the_machine_is_as_wished_and_the_wish_is_empty)
{
	struct lab lab = open_lab("lpar", false);
	struct consent c = { 0 };
	struct txn_report report = { 0 };
	struct txn_opts opts = { .deadline_ms = 2000 };

	assert_int_equal(session_new_mdev(lab.s, "0.0.0313", NULL, UUID, true, START_AUTO, both,
					  NULL, &lab.msg),
			 0);
	assert_int_equal(session_commit(lab.s, &c, &opts, &report, &lab.msg), 0);
	if (report.result != TXN_COMMITTED)
		fail_msg("%s %s", report.msg.what, report.msg.why);
	txn_report_done(&report);
	assert_true(wish_empty(session_wish(lab.s)));
	assert_int_equal(session_undo_depth(lab.s), 0);
	assert_string_equal(facts_of(&lab, "css/0.0.0313").bound, "vfio_ccw");
	assert_string_equal(facts_of(&lab, "mdev/" UUID).bound, "active");
	assert_string_equal(facts_of(&lab, "mdev/" UUID).after, "active");
	assert_int_equal(session_plan(lab.s)->n_steps, 0);
	/* And back again: the device stops with its subchannel, the definition stays. */
	assert_int_equal(stage(&lab, "css/0.0.0313", ""), 0);
	assert_string_equal(facts_of(&lab, "mdev/" UUID).wanted, "stopped");
	assert_true(facts_of(&lab, "mdev/" UUID).wanted_implied);
	close_lab(&lab);
}

TEST(an_event_moves_the_snapshot_and_keeps_the_edits)
{
	struct lab lab = open_lab("lpar", false);

	stage(&lab, "css/0.0.0312", "vfio_ccw");
	assert_int_equal(
		sys_write(lab.sys, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0313"), 0);
	assert_true(session_follow(lab.s));
	assert_string_equal(facts_of(&lab, "css/0.0.0313").bound, "");
	assert_int_equal(session_wish(lab.s)->n_drivers, 1);
	assert_false(session_follow(lab.s));
	close_lab(&lab);
}

TEST(edits_survive_a_rescan_of_a_machine_that_others_have_changed)
{
	struct lab lab = open_lab("lpar", false);
	char *before = NULL, *after = NULL;

	stage(&lab, "css/0.0.0312", "vfio_ccw");
	stage(&lab, "css/0.0.0314", "vfio_ccw");
	before = session_save(lab.s);
	/* One of them is bound by somebody else, another one is unbound, a definition appears. */
	assert_int_equal(
		sys_write(lab.sys, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0312"), 0);
	assert_int_equal(
		sys_write(lab.sys, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0313"), 0);
	assert_int_equal(session_rescan(lab.s), 0);
	after = session_save(lab.s);
	assert_string_equal(before, after);
	assert_string_equal(facts_of(&lab, "css/0.0.0312").bound, "");
	assert_string_equal(facts_of(&lab, "css/0.0.0312").wanted, "vfio_ccw");
	free(before);
	free(after);
	close_lab(&lab);
}

TEST(toggling_a_running_device_stops_it_now_only)
{
	struct lab lab = open_lab("lpar", false);
	const struct inventory *inv = session_inventory(lab.s);
	struct devid dev = { .bus = BUS_MDEV };

	assert_true(inv->n_mdevs > 0);
	strcpy(dev.name, inv->mdevs[0]->uuid);
	assert_int_equal(session_toggle(lab.s, &dev, live, &lab.msg), 0);
	assert_int_equal(session_wish(lab.s)->mdevs[0].fields, WM_ACTIVE);
	assert_false(session_wish(lab.s)->mdevs[0].active);
	assert_false(session_wish(lab.s)->mdevs[0].reach.persist);
	close_lab(&lab);
}

/* A session on the same machine, as the one that comes back. */
static struct lab another(const struct lab *lab, bool read_only)
{
	struct session_opts opts = { .read_only = read_only };
	struct lab next = { .sys = lab->sys };

	assert_int_equal(session_new(lab->sys, &opts, &next.s), 0);
	return next;
}

static void has_file(struct lab *lab, const char *path, const char *text)
{
	assert_int_equal(sys_stage(lab->sys, path, text, strlen(text)), 0);
	assert_int_equal(sys_publish(lab->sys, path), 0);
}

static void stages(struct lab *lab, const char *dev)
{
	struct devid d = id(dev);

	assert_int_equal(session_toggle(lab->s, &d, both, &lab->msg), 0);
}

TEST(what_was_left_staged_is_taken_up_once_the_oldest_first)
{
	static const char older[] = "{ \"vfiocfg-edits\": 1, \"sriov\": {}, \"drivers\": "
				    "{ \"css/0.0.0316\": \"vfio_ccw\" } }";
	static const char path[] = "/var/lib/vfiocfg/left-2026-11-01T10-00-00Z-7.json";
	struct lab lab = open_lab("lpar", false), next = another(&lab, false);
	struct left left;

	assert_int_equal(session_leave(lab.s), 0);
	assert_int_equal(session_left(lab.s, &left), 0);
	assert_int_equal(left.n, 0); /* nothing was staged */
	stages(&lab, "css/0.0.0313");
	assert_int_equal(session_leave(lab.s), 0);
	has_file(&lab, path, older);
	assert_int_equal(session_left(next.s, &left), 0);
	assert_int_equal(left.n, 2);
	assert_string_equal(left.when, "2026-11-01T10:00:00Z");
	assert_int_equal(session_resume(next.s, &next.msg), 0);
	assert_string_equal(session_wish(next.s)->drivers[0].dev.name, "0.0.0316");
	assert_int_equal(session_resume(next.s, &next.msg), 0);
	assert_int_equal(session_wish(next.s)->n_drivers, 2);
	assert_int_equal(session_resume(next.s, &next.msg), -ENOENT);
	session_free(next.s);
	msg_done(&next.msg);
	close_lab(&lab);
}

TEST(a_session_that_only_looks_leaves_nothing_and_takes_nothing_away)
{
	struct lab lab = open_lab("lpar", false), looks = another(&lab, true);
	struct left left;

	stages(&looks, "css/0.0.0313");
	assert_int_equal(session_leave(looks.s), -EROFS);
	stages(&lab, "css/0.0.0316");
	assert_int_equal(session_leave(lab.s), 0);
	assert_int_equal(session_resume(looks.s, &looks.msg), 0);
	assert_int_equal(session_wish(looks.s)->n_drivers, 2);
	assert_int_equal(session_left(lab.s, &left), 0);
	assert_int_equal(left.n, 1);
	session_free(looks.s);
	msg_done(&looks.msg);
	close_lab(&lab);
}

TEST(a_file_of_left_edits_that_is_damaged_is_named_and_stays)
{
	static const char path[] = "/var/lib/vfiocfg/left-2026-11-01T10-00-00Z-7.json";
	struct lab lab = open_lab("lpar", false);
	struct left left;

	has_file(&lab, path, "{");
	has_file(&lab, "/var/lib/vfiocfg/left-x.json", "{");
	assert_true(session_resume(lab.s, &lab.msg) < 0);
	assert_non_null(strstr(lab.msg.what, path));
	assert_true(wish_empty(session_wish(lab.s)));
	assert_int_equal(session_left(lab.s, &left), 0);
	assert_int_equal(left.n, 1);
	close_lab(&lab);
}

/* place: what has changed since the machine was looked at; NULL: nothing. */
static void assert_commit(struct lab *lab, const char *place)
{
	struct consent c = { .conflicts = true, .not_undoable = true };
	struct txn_report report = { 0 };

	assert_int_equal(session_commit(lab->s, &c, NULL, &report, &lab->msg), 0);
	assert_int_equal(report.msg.id, place ? MSG_COMMIT_MOVED : MSG_COMMITTED);
	assert_true(!place || strstr(report.msg.why, place));
	txn_report_done(&report);
}

TEST(a_device_is_not_made_by_a_definition_that_has_changed_since_it_was_looked_at)
{
	static const char uuid[] = "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842",
			  path[] = "/etc/mdevctl.d/matrix/2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842",
			  then[] = "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"manual\","
				   "\"attrs\":[]}";
	struct wish_mdev e = { .fields = WM_ACTIVE, .reach = live };
	CLEANUP(close_lab) struct lab lab = open_lab("lpar", false);

	strcpy(e.uuid, uuid);
	assert_int_equal(sys_write(lab.sys,
				   "/sys/bus/mdev/devices/2d5e8a90-7c44-4b0e-b6f2-"
				   "91d3c5a7e842/remove",
				   "1"),
			 0);
	session_follow(lab.s);
	e.active = true;
	assert_int_equal(session_set_mdev(lab.s, &e, &lab.msg), 0);
	assert_int_equal(sim_put_file((struct sim *)(void *)lab.sys, path, 0644, then), 0);
	assert_commit(&lab, path);
}

TEST(a_device_is_not_made_on_a_subchannel_behind_which_another_one_is_meanwhile)
{
	static const char busid[] = "/sys/devices/css0/0.0.0317/dev_busid";
	CLEANUP(close_lab) struct lab lab = open_lab("lpar", false);

	stage(&lab, "css/0.0.0317", "vfio_ccw");
	assert_commit(&lab, NULL);
	assert_int_equal(session_new_mdev(lab.s, "0.0.0317", NULL, UUID, true, START_AUTO, both,
					  NULL, &lab.msg),
			 0);
	assert_int_equal(sim_put_file((struct sim *)(void *)lab.sys, busid, 0444, "0.0.9999\n"), 0);
	assert_commit(&lab, busid);
}

TEST(a_function_whose_virtual_functions_have_come_meanwhile_keeps_its_driver)
{
	static const char vfs[] = "/sys/bus/pci/devices/0000:3b:00.1/sriov_numvfs";
	CLEANUP(close_lab) struct lab lab = open_lab("x86", false);

	assert_int_equal(stage(&lab, "pci/0000:3b:00.1", "vfio-pci"), 0);
	assert_int_equal(sys_write(lab.sys, vfs, "2\n"), 0);
	assert_commit(&lab, vfs);
}

TEST(virtual_functions_do_not_vanish_that_another_program_has_given_away_meanwhile)
{
	CLEANUP(close_lab) struct lab lab = open_lab("x86", false);
	struct devid pf = id("pci/0000:3b:00.1");

	assert_int_equal(
		sys_write(lab.sys, "/sys/bus/pci/devices/0000:3b:00.1/sriov_numvfs", "2\n"), 0);
	assert_true(session_follow(lab.s));
	assert_int_equal(session_sriov(lab.s, &pf, 0, live, &lab.msg), 0);
	assert_int_equal(sys_write(lab.sys, "/sys/bus/pci/drivers/iavf/unbind", "0000:3c:01.1"), 0);
	assert_commit(&lab, "0000:3c:01.1/driver");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(staging_shows_in_the_facts_and_writes_nothing),
		CASE(undo_and_redo_go_through_the_edits),
		CASE(toggling_what_is_staged_takes_it_back),
		CASE(what_a_device_implies_is_taken_back_at_its_parent),
		CASE(what_cannot_be_staged_says_why_and_changes_nothing),
		CASE(edits_saved_are_loaded_as_one_edit),
		CASE(nothing_is_committed_where_nothing_may_be_written),
		CASE(a_vital_device_wants_its_full_name),
		CASE(errors_of_edits_block_and_the_message_is_the_findings_own),
		CASE(after_a_commit_the_machine_is_as_wished_and_the_wish_is_empty),
		CASE(an_event_moves_the_snapshot_and_keeps_the_edits),
		CASE(edits_survive_a_rescan_of_a_machine_that_others_have_changed),
		CASE(toggling_a_running_device_stops_it_now_only),
		CASE(what_was_left_staged_is_taken_up_once_the_oldest_first),
		CASE(a_session_that_only_looks_leaves_nothing_and_takes_nothing_away),
		CASE(a_file_of_left_edits_that_is_damaged_is_named_and_stays),
		CASE(a_device_is_not_made_by_a_definition_that_has_changed_since_it_was_looked_at),
		CASE(a_device_is_not_made_on_a_subchannel_behind_which_another_one_is_meanwhile),
		CASE(a_function_whose_virtual_functions_have_come_meanwhile_keeps_its_driver),
		CASE(virtual_functions_do_not_vanish_that_another_program_has_given_away_meanwhile),
	};

	return RUN(tests);
}
