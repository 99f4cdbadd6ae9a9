/* SPDX-License-Identifier: MIT */
#include "faulty.h"
#include "lab.h"
#include "mem.h"
#include "sim_tree.h"
#include "syslog_commit.h"

#include <errno.h>
#include <string.h>

#define UUID_CCW "7e270a25-e163-4922-af60-757fc8ed48c6"
#define UUID_AP	 "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

#define CCW_DEVICE                                                                                 \
	"\"mdevs\": [{\"uuid\": \"" UUID_CCW                                                       \
	"\", \"parent\": \"0.0.0313\", \"type\": \"vfio_ccw-io\", "                                \
	"\"start\": \"auto\", \"active\": true}]"
#define A_MATRIX(uuid, how, adapters, domains)                                                     \
	"{\"uuid\": \"" uuid "\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\", " how \
	", \"adapters\": [" adapters "], \"domains\": [" domains "]}"
#define DRIVER "\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}"
#define AUTO   "\"start\": \"auto\", \"active\": true"

static const char *masks(const struct session *s, char text[static MASK_TEXT])
{
	return mask_text(&session_inventory(s)->ap.aqmask, text);
}

TEST(everything_this_program_did_is_taken_back_at_once)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", "operator");
	struct session *s = lab.s;
	char before[MASK_TEXT], after[MASK_TEXT];
	const struct inventory *inv;
	size_t defs, mdevs, overrides;

	inv = session_inventory(s);
	defs = inv->n_defs;
	mdevs = inv->n_mdevs;
	overrides = inv->n_overrides;
	masks(s, before);
	assert_int_equal(session_undo_all(s, &lab.why), -ENODATA);
	lab_edit(s, CCW_DEVICE);
	lab_commit(s, NULL);
	lab_edit(s, "\"mdevs\": [" A_MATRIX(UUID_AP, AUTO, "\"0x05\"", "\"0x0004\"") "]");
	lab_commit(s, NULL);
	lab_edit(s, "\"mdevs\": [{\"uuid\": \"" UUID_CCW "\", \"start\": \"manual\"}]");
	lab_commit(s, NULL);
	assert_string_not_equal(masks(s, after), before);
	assert_int_equal(session_undo_all(s, &lab.why), 0);
	assert_int_equal(session_undo_depth(s), 1);
	lab_commit(s, NULL);
	inv = session_inventory(s);
	assert_int_equal(inv->n_defs, defs);
	assert_int_equal(inv->n_mdevs, mdevs);
	assert_int_equal(inv->n_overrides, overrides);
	assert_string_equal(masks(s, after), before);
	assert_string_equal(inventory_subch(inv, (struct ccwid){ 0, 0x313 })->driver,
			    "io_subchannel");
}

#define CREATE_313 "/sys/class/mdev_bus/0.0.0313/mdev_supported_types/vfio_ccw-io/create"

TEST(a_device_whose_subchannel_goes_back_to_the_host_is_left_out_and_that_is_told)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", "operator");

	lab_edit(lab.s, DRIVER);
	lab_commit(lab.s, NULL);
	assert_int_equal(sys_write(lab.sys, CREATE_313, UUID_CCW), 0);
	assert_int_equal(session_rescan(lab.s), 0);
	lab_edit(lab.s, "\"mdevs\": [{\"uuid\": \"" UUID_CCW
			"\", \"active\": false, \"persist\": false}]");
	lab_commit(lab.s, NULL);
	assert_int_equal(session_undo_all(lab.s, &lab.why), 1);
	assert_string_equal(lab.why.what, UUID_CCW " is not started again.");
	assert_non_null(strstr(lab.why.why, "0.0.0313 back to the host"));
	lab_commit(lab.s, NULL);
	assert_string_equal(
		inventory_subch(session_inventory(lab.s), (struct ccwid){ 0, 0x313 })->driver,
		"io_subchannel");
	assert_null(inventory_mdev(session_inventory(lab.s), UUID_CCW));
}

TEST(one_that_would_have_no_parent_at_boot_either_is_defined_to_be_started_by_hand)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", "operator");
	const struct mdev_def *def;

	lab_edit(lab.s, DRIVER);
	lab_commit(lab.s, NULL);
	assert_int_equal(sim_put_file(sim_of(lab.sys), "/etc/mdevctl.d/0.0.0313/" UUID_CCW, 0644,
				      "{\"mdev_type\": \"vfio_ccw-io\", \"start\": \"auto\", "
				      "\"attrs\": []}"),
			 0);
	assert_int_equal(session_rescan(lab.s), 0);
	lab_edit(lab.s, "\"mdevs\": [{\"uuid\": \"" UUID_CCW "\", \"delete\": true}]");
	lab_commit(lab.s, NULL);
	assert_int_equal(session_undo_all(lab.s, &lab.why), 1);
	lab_commit(lab.s, NULL);
	def = inventory_def(session_inventory(lab.s), UUID_CCW, "0.0.0313");
	assert_non_null(def);
	assert_int_equal(def->start, START_MANUAL);
}

TEST(virtual_functions_made_and_given_away_are_taken_back_at_once)
{
	static const char *const given[] = {
		"\"drivers\": {\"pci/0000:3c:00.0\": \"vfio-pci\"}",
		"\"drivers\": {\"pci/0000:3c:00.0\": {\"driver\": \"vfio-pci\", \"persist\": "
		"false}}",
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(given); i++) {
		CLEANUP(lab_done) struct lab lab = lab_open("x86", "operator");
		struct pciid vf = { .bus = 0x3c };
		struct session *s = lab.s;
		size_t overrides = session_inventory(s)->n_overrides;

		lab_edit(s, "\"sriov\": {\"pci/0000:3b:00.0\": {\"vfs\": 2, \"persist\": false}}");
		lab_commit(s, NULL);
		lab_edit(s, given[i / 2]);
		lab_commit(s, NULL);
		assert_string_equal(inventory_pci(session_inventory(s), vf)->driver, "vfio-pci");
		/* They are still there, or have gone in a commit of its own. */
		if (i % 2) {
			const char *const pf[] = { "pci/0000:3b:00.0" };
			const struct consent all = { .overrides = pf, .n_overrides = 1 };
			CLEANUP(txn_report_done) struct txn_report report = { 0 };

			lab_edit(s, "\"sriov\": {\"pci/0000:3b:00.0\": {\"vfs\": 0, \"persist\": "
				    "false}}");
			assert_int_equal(session_commit(s, &all, NULL, &report, &lab.why), 0);
			assert_int_equal(report.result, TXN_COMMITTED);
		}
		assert_int_equal(session_undo_all(s, &lab.why), 0);
		assert_int_equal(session_plan(s)->n_steps == 0, i == 3);
		if (i != 3)
			lab_commit(s, NULL);
		assert_null(inventory_pci(session_inventory(s), vf));
		assert_int_equal(session_inventory(s)->n_overrides, overrides);
	}
}

TEST(the_line_for_the_log_says_who_did_what_with_what_result)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", "oper\x1b[2J");
	struct session *s = lab.s;
	struct txn_report refused = { .result = TXN_REFUSED }, done = { 0 };
	CLEANUP(buf_done) struct buf line = { 0 };

	lab_edit(s, DRIVER);
	lab_commit(s, &done);
	assert_int_equal(syslog_line(s, &done, &line), 0);
	txn_report_done(&done);
	assert_string_equal(buf_str(&line),
			    "commit 1 by oper?[2J: committed: 1 driver change, 1 file");
	buf_reset(&line);
	msg_make(&refused.msg, MSG_COMMIT_STOPPED, NULL);
	assert_int_equal(syslog_line(s, &refused, &line), 0);
	assert_true(str_starts(buf_str(&line), "commit: refused, nothing was begun; Stopped"));
	txn_report_done(&refused);
}

static bool kept_as(struct session *s, enum txn_result wanted)
{
	struct past *past = NULL;
	size_t n = 0;
	bool as;

	assert_int_equal(session_history(s, &past, &n), 0);
	as = n == 1 && str_eq(past[0].result, wanted == TXN_STUCK ? "stuck" : "rolled back");
	history_free(past, n);
	return as;
}

struct wrong {
	struct sys *machine, *faulty;
	struct session *session;
};

static void wrong_done(struct wrong *w)
{
	session_free(w->session);
	sys_free(w->faulty);
	sys_free(w->machine);
	*w = (struct wrong){ 0 };
}

/* One commit on a copy of the machine, which fails at the first mutation that leads to this result. */
static void go_wrong(struct sys *sys, enum txn_result wanted, struct wrong *w, struct buf *line)
{
	const struct session_opts opts = { .who = "operator" };

	for (unsigned at = 1, gap = 1; at < 60; gap = gap % 8 + 1, at += gap == 1) {
		const struct consent all = { .conflicts = true, .not_undoable = true };
		const struct txn_opts short_wait = { .deadline_ms = 20 };
		CLEANUP(txn_report_done) struct txn_report report = { 0 };
		CLEANUP(msg_done) struct msg why = { 0 };

		assert_int_equal(sim_copy(sys, (const char *const[]){ "/", NULL }, &w->machine), 0);
		assert_int_equal(faulty_new(w->machine, at, FAULT_REFUSED, EIO, &w->faulty), 0);
		if (wanted == TXN_STUCK)
			faulty_also(w->faulty, at + gap, FAULT_REFUSED, EIO);
		assert_int_equal(session_new(w->faulty, &opts, &w->session), 0);
		lab_edit(w->session, DRIVER);
		if (session_commit(w->session, &all, &short_wait, &report, &why) == 0 &&
		    report.result == wanted && kept_as(w->session, wanted)) {
			assert_int_equal(syslog_line(w->session, &report, line), 0);
			return;
		}
		wrong_done(w);
	}
	fail_msg("no mutation leads to that result");
}

TEST(a_commit_that_was_rolled_back_is_in_the_history_and_cannot_be_taken_back)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(msg_done) struct msg why = { 0 };
	struct past *past = NULL;
	struct wrong w = { 0 };
	struct session *s;
	struct sys *sys;
	size_t n = 0;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	go_wrong(sys, TXN_ROLLED_BACK, &w, &line);
	s = w.session;
	assert_true(
		str_starts(buf_str(&line), "commit 1 by operator: rolled back: 1 driver change"));
	assert_int_equal(session_history(s, &past, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(past[0].result, "rolled back");
	history_free(past, n);
	assert_int_equal(session_clear(s), 0);
	assert_int_equal(session_undo_commit(s, 1, &why), -EINVAL);
	assert_true(strstr(why.why, "rolled back") != NULL);
	assert_int_equal(session_undo_commit(s, 2, &why), -ENOENT);
	assert_int_equal(session_undo_all(s, &why), -ENODATA);
	wrong_done(&w);
	sys_free(sys);
}

TEST(a_commit_that_got_stuck_has_one_record_which_recovering_brings_up_to_date)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(msg_done) struct msg why = { 0 };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	struct past *past = NULL;
	struct wrong w = { 0 };
	struct session *s;
	struct sys *sys;
	size_t n = 0;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	go_wrong(sys, TXN_STUCK, &w, &line);
	s = w.session;
	assert_true(str_starts(buf_str(&line), "commit 1 by operator: STUCK"));
	if (session_recover(s, NULL, &report, &why) < 0)
		fail_msg("%s %s; %s", why.what, why.why, buf_str(&line));
	assert_int_equal(report.result, TXN_ROLLED_BACK);
	assert_int_equal(session_history(s, &past, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(past[0].result, "rolled back");
	history_free(past, n);
	wrong_done(&w);
	sys_free(sys);
}

TEST(a_disabled_matrix_keeps_its_definition_and_gives_its_queues_back)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", NULL);
	struct session *s = lab.s;
	const struct mdev_def *def;
	const struct inventory *inv;
	char before[MASK_TEXT], after[MASK_TEXT];
	struct matrix defined;

	masks(s, before);
	lab_edit(s, "\"mdevs\": [" A_MATRIX(UUID_AP, AUTO, "\"0x05\"", "\"0x0004\"") "]");
	lab_commit(s, NULL);
	assert_int_equal(desired_queue_now(session_desired(s), APQN(5, 4)), OWNER_GUESTS);
	assert_int_equal(session_disable(s, UUID_AP, (struct reach){ true, true }, &lab.why), 0);
	assert_int_equal(session_undo_depth(s), 1);
	lab_commit(s, NULL);
	inv = session_inventory(s);
	assert_null(inventory_mdev(inv, UUID_AP));
	def = inventory_def(inv, UUID_AP, NULL);
	assert_non_null(def);
	assert_int_equal(def->start, START_MANUAL);
	defined = def_matrix(def);
	assert_true(mask_has(&defined.adapters, 5));
	assert_int_equal(desired_queue_now(session_desired(s), APQN(5, 4)), OWNER_HOST);
	assert_int_equal(desired_queue_boot(session_desired(s), APQN(5, 4)), OWNER_HOST);
	assert_string_equal(masks(s, after), before);
	assert_int_equal(
		session_disable(s, "no-such-device", (struct reach){ true, true }, &lab.why),
		-ENOENT);
}

TEST(queues_that_a_matrix_of_the_next_boot_needs_stay_when_another_is_disabled)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", NULL);
	struct session *s = lab.s;

	lab_edit(s,
		 "\"mdevs\": [" A_MATRIX(
			 UUID_AP, "\"start\": \"manual\", \"active\": true", "\"0x05\", \"0x06\"",
			 "\"0x0004\", \"0x00ab\"") ", " A_MATRIX(UUID_CCW,
								 "\"start\": \"auto\", \"active\": "
								 "false",
								 "\"0x05\"", "\"0x0004\"") "]");
	lab_commit(s, NULL);
	assert_int_equal(session_disable(s, UUID_AP, (struct reach){ true, true }, &lab.why), 0);
	assert_int_equal(session_undo_depth(s), 1);
	assert_false(session_desired(s)->unsolved);
	assert_false(session_desired(s)->rule_unsolved);
	lab_commit(s, NULL);
	assert_null(inventory_mdev(session_inventory(s), UUID_AP));
	assert_int_equal(desired_queue_boot(session_desired(s), APQN(5, 4)), OWNER_GUESTS);
}

TEST(a_disabled_subchannel_is_the_hosts_again)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", NULL);
	struct session *s = lab.s;

	lab_edit(s, CCW_DEVICE);
	lab_commit(s, NULL);
	assert_int_equal(session_disable(s, UUID_CCW, (struct reach){ true, true }, &lab.why), 0);
	lab_commit(s, NULL);
	assert_string_equal(
		inventory_subch(session_inventory(s), (struct ccwid){ 0, 0x313 })->driver,
		"io_subchannel");
	assert_non_null(inventory_def(session_inventory(s), UUID_CCW, NULL));
}

TEST(a_subchannel_bound_by_hand_to_a_guests_driver_is_bound_to_it_again_by_an_undo)
{
	CLEANUP(lab_done) struct lab lab = lab_open("lpar", "operator");
	struct session *s = lab.s;
	const struct subch *sch;

	assert_int_equal(
		sys_write(lab.sys, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0313"), 0);
	assert_int_equal(sys_write(lab.sys, "/sys/bus/css/drivers/vfio_ccw/bind", "0.0.0313"), 0);
	assert_int_equal(session_rescan(s), 0);
	lab_edit(s, "\"drivers\": {\"css/0.0.0313\": \"io_subchannel\"}");
	lab_commit(s, NULL);
	sch = inventory_subch(session_inventory(s), (struct ccwid){ 0, 0x313 });
	assert_string_equal(sch->driver, "io_subchannel");
	assert_int_equal(session_undo_commit(s, 1, &lab.why), 0);
	lab_commit(s, NULL);
	sch = inventory_subch(session_inventory(s), (struct ccwid){ 0, 0x313 });
	assert_string_equal(sch->driver, "vfio_ccw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(everything_this_program_did_is_taken_back_at_once),
		CASE(a_device_whose_subchannel_goes_back_to_the_host_is_left_out_and_that_is_told),
		CASE(one_that_would_have_no_parent_at_boot_either_is_defined_to_be_started_by_hand),
		CASE(virtual_functions_made_and_given_away_are_taken_back_at_once),
		CASE(the_line_for_the_log_says_who_did_what_with_what_result),
		CASE(a_commit_that_was_rolled_back_is_in_the_history_and_cannot_be_taken_back),
		CASE(a_commit_that_got_stuck_has_one_record_which_recovering_brings_up_to_date),
		CASE(a_disabled_matrix_keeps_its_definition_and_gives_its_queues_back),
		CASE(queues_that_a_matrix_of_the_next_boot_needs_stay_when_another_is_disabled),
		CASE(a_disabled_subchannel_is_the_hosts_again),
		CASE(a_subchannel_bound_by_hand_to_a_guests_driver_is_bound_to_it_again_by_an_undo),
	};

	return RUN(tests);
}
