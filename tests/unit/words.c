/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "screen.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(several_words_run_in_order_and_stop_at_the_first_that_fails)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"channel; find 2b09; stage\"");
	assert_int_equal(s.app->place, P_CHANNEL);
	assert_int_equal(wish_count(session_wish(s.session)), 1);
	screen_keys(&s, "\"pci; nonsense; mdevs\"");
	assert_int_equal(s.app->place, P_PCI);
	screen_has(&s, "\"nonsense\" is not a word");
	screen_done(&s);
}

TEST(who_types_quit_or_exit_leaves_a_page_and_the_program)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"help\"");
	screen_keys(&s, "\"exit\"");
	assert_null(s.app->dialog);
	assert_false(s.app->quit);
	screen_keys(&s, "\"quit\"");
	assert_true(s.app->quit);
	screen_done(&s);
}

TEST(the_word_of_a_place_leads_there_from_anywhere_and_stays_there)
{
	static const char *const words[P_COUNT] = {
		[P_OVERVIEW] = "overview", [P_CHANNEL] = "channel", [P_CRYPTO] = "crypto",
		[P_PCI] = "pci",	   [P_MDEV] = "mdevs",	    [P_CHANGES] = "changes",
		[P_PATHS] = "chpids",
	};
	CLEANUP(screen_done) struct screen s = { 0 };

	screen_open(&s, "lpar", 24, 80);
	for (unsigned from = 0; from < P_COUNT; from++)
		for (unsigned to = 0; to < P_COUNT; to++) {
			app_line(s.app, words[from]);
			app_line(s.app, words[to]);
			assert_int_equal(s.app->place, to);
		}
	screen_keys(&s, "2 tab");
	assert_int_equal(s.app->place, P_PATHS);
	screen_keys(&s, "tab");
	assert_int_equal(s.app->place, P_CHANNEL);
}

TEST(a_device_named_behind_a_word_needs_no_place)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"stage 2b09\"");
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	assert_string_equal(session_wish(s.session)->drivers[0].dev.name, "0.0.0313");
	screen_keys(&s, "\"stage nosuch\"");
	screen_has(&s, "nosuch");
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	screen_done(&s);
}

TEST(a_word_takes_any_name_of_a_device_and_tells_candidates_of_what_is_several)
{
	static const struct {
		const char *name, *title;
	} open[] = {
		{ "dasda1", " 0.0.0000  DASD 3390-9" },
		{ "css_0_0_0313", " 0.0.0313  DASD 3390-9" },
		{ "5,171", " 05.00ab  CEX8C (CCA)" },
		{ "1c0f", " 1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11" },
		{ "eno2", " 0002:00:00.0  network" },
	};
	CLEANUP(screen_done) struct screen s = { 0 };
	char line[64];

	screen_open(&s, "lpar", 24, 80);
	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		snprintf(line, sizeof(line), "\"open %s\"", open[i].name);
		screen_keys(&s, line);
		screen_has(&s, open[i].title);
		screen_keys(&s, "q");
	}
	screen_keys(&s, "\"open 00:00.0\"");
	screen_has(&s, "00:00.0 could mean several devices.");
	screen_has(&s, "pci/0001:00:00.0");
	/* Two devices are two, though a queue could be called like them. */
	screen_keys(&s, "\"stage 2b08,2b09\"");
	assert_int_equal(session_wish(s.session)->n_drivers, 2);
}

TEST(paths_that_the_machine_does_not_measure_are_refused_with_the_reason)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	screen_open(&s, "zvm", 24, 80);
	screen_keys(&s, "\"chpids; count on\"");
	screen_has(&s, "The channel paths can't be measured. This machine");
	assert_true(wish_empty(session_wish(s.session)));
}

TEST(a_range_is_one_edit_and_one_undo)
{
	struct screen s;
	size_t depth;

	screen_open(&s, "lpar", 24, 80);
	depth = session_undo_depth(s.session);
	screen_keys(&s, "2 \"stage 2b09-2b0a\"");
	assert_int_equal(session_wish(s.session)->n_drivers, 2);
	assert_int_equal(session_undo_depth(s.session), depth + 1);
	screen_has(&s, "2 devices staged");
	screen_keys(&s, "u");
	assert_true(wish_empty(session_wish(s.session)));
	screen_done(&s);
}

TEST(selected_rows_are_what_the_next_action_is_for)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 \"select 2b09-2b0a\"");
	screen_has(&s, "2 selected");
	screen_has(&s, "+0.0.2b0a");
	screen_keys(&s, "space");
	assert_int_equal(session_wish(s.session)->n_drivers, 2);
	screen_keys(&s, "esc");
	screen_lacks(&s, "selected");
	screen_done(&s);
}

TEST(edits_are_saved_and_loaded_and_a_file_is_not_overwritten_unasked)
{
	struct screen s;
	char line[64], file[] = "/tmp/vfiocfg-words-XXXXXX";
	int fd = mkstemp(file);

	assert_true(fd >= 0);
	close(fd);
	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"stage 2b09\"");
	snprintf(line, sizeof(line), "\"save %s\"", file);
	screen_keys(&s, line);
	screen_has(&s, "not overwritten");
	snprintf(line, sizeof(line), "\"save %s replace\"", file);
	screen_keys(&s, line);
	screen_has(&s, "saved");
	snprintf(line, sizeof(line), "\"drop; load %s\"", file);
	screen_keys(&s, line);
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	screen_keys(&s, "\"load /nowhere/at/all\"");
	screen_has(&s, "cannot be read");
	screen_done(&s);
	unlink(file);
}

TEST(reach_goes_round_and_is_told)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 p");
	screen_has(&s, "now only");
	screen_keys(&s, "space \"reach boot\"");
	screen_has(&s, "boot only");
	assert_true(!s.app->reach.live && s.app->reach.persist);
	screen_keys(&s, "p down");
	screen_has(&s, "now+boot");
	screen_done(&s);
}

TEST(vfio_ap_is_loaded_now_and_never_put_into_modules_load)
{
	struct screen s;

	screen_open(&s, "empty", 24, 80);
	screen_keys(&s, "\"module vfio_ap\"");
	screen_has(&s, "Staged: load module vfio_ap now.");
	screen_keys(&s, "C y e s enter");
	screen_has(&s, "Committed.");
	screen_keys(&s, "enter \"reach boot\" \"module vfio_ap\"");
	screen_has(&s, "vfio_ap is not put into modules-load.d");
	screen_done(&s);
}

TEST(a_word_for_what_no_row_in_sight_shows_says_what_it_has_staged)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"module vfio_ccw\"");
	screen_has(&s, "Staged: load module vfio_ccw now and at boot.");
	screen_keys(&s, "\"module vfio_ccw\"");
	screen_has(&s, "Nothing to stage for vfio_ccw");
	screen_keys(&s, "\"stage 2d5e8a90\"");
	screen_has(&s, "Staged: ");
	screen_keys(&s, "\"stage 2b09\"");
	screen_has(&s, "Staged: bind 0.0.0313 to vfio_ccw now and at boot.");
	screen_keys(&s, "\"stage 2b09\"");
	screen_has(&s, "Nothing is staged for 0.0.0313 any more.");
	screen_done(&s);
}

TEST(dividing_queues_as_they_are_divided_is_said)
{
	struct screen s;

	screen_open(&s, "lpar72", 24, 80);
	screen_keys(&s, "3 \"mode override\"");
	screen_has(&s, "Staged: divide the queues by per-queue overrides.");
	screen_keys(&s, "\"mode override\"");
	screen_has(&s, "divided so already");
	screen_done(&s);
}

TEST(a_mounted_disk_stays_online_and_the_message_says_who_holds_it)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"stage 0.0.0190\" C '0.0.0190 enter y e s enter");
	screen_has(&s, "The device is open. It holds the file system mounted on /");
	screen_has(&s, "machine is as it was.");
	screen_done(&s);
}

TEST(a_filter_knows_what_is_staged_and_whose_a_device_is)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"stage 2b09\" 2 \"only staged\"");
	assert_int_equal(app_table(s.app)->n_rows, 1);
	screen_has(&s, "0.0.2b09");
	screen_keys(&s, "\"only guests\"");
	assert_int_equal(app_table(s.app)->n_rows, 1);
	screen_has(&s, "0.0.2b0a");
	screen_has(&s, "its type shows again");
	screen_keys(&s, "\"only blocked\"");
	screen_has(&s, "no: QDIO");
	screen_keys(&s, "\"only host !blocked\"");
	screen_has(&s, "io_subchannel");
	screen_lacks(&s, "no: QDIO");
	screen_keys(&s, "5 \"stop 2d5e8a90\" \"only staged\"");
	assert_int_equal(app_table(s.app)->n_rows, 1);
	screen_keys(&s, "\"only guests\"");
	assert_int_equal(app_table(s.app)->n_rows, 3);
	screen_done(&s);
}

TEST(a_running_guest_stands_in_the_details_of_a_device_to_be_deleted)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "5 \"find 1c0ffee2\" D");
	screen_has(&s, "protected: ");
	screen_has(&s, "running guest db1");
	screen_done(&s);
}

TEST(a_new_device_takes_the_uuid_behind_the_word_or_refuses_it)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "5 \"new foo\"");
	screen_has(&s, "\"foo\" is no UUID");
	screen_keys(&s, "\"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71\"");
	screen_has(&s, "669d9b23-fe1b-4ecb-be08-a2fabca99b71");
	screen_done(&s);
}

TEST(a_queue_wanted_by_two_matrices_names_both)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "3 \"new; assign 14 0004; toggle 14.0004; toggle 14.0004\"");
	screen_has(&s, "wanted and after reboot A and C: conflict");
	screen_done(&s);
}

TEST(virtual_functions_are_not_there_after_a_boot)
{
	struct screen s;

	screen_open(&s, "x86", 24, 80);
	screen_keys(&s, "4 \"find 3b:00.0\" \"sriov 4\" C y e s enter enter \"only 3b:\"");
	screen_has(&s, "not there");
	screen_lacks(&s, "uncertain");
	screen_done(&s);
}

TEST(reboot_is_for_simulated_machines_only)
{
	struct screen s;

	screen_open(&s, "empty", 24, 80);
	screen_keys(&s, "\"reboot\"");
	screen_has(&s, "has restarted");
	s.app->opts.demo = false;
	screen_keys(&s, "\"reboot\"");
	screen_has(&s, "for simulated machines only");
	screen_done(&s);
}

TEST(an_answer_behind_the_last_question_of_a_set_up_writes_no_file)
{
	CLEANUP(tree_done) struct tree place = tree_new();
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.save_dir = place.root;
	screen_keys(&s, "G enter \"channel; 2b09; both; yes\"");
	screen_has(&s, "One of these forms goes into the guest's definition");
	screen_keys(&s, "\"crypto\"");
	screen_keys(&s, "\"write lines\"");
	screen_has(&s, "The lines are in lines.");
	screen_keys(&s, "q");
	assert_null(s.app->dialog);
	screen_done(&s);
	assert_true(tree_has(&place, "/lines") && !tree_has(&place, "/crypto"));
}

TEST(a_filter_and_an_order_by_a_column_that_is_not_there_name_those_that_are)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"channel; only 2b0\"");
	screen_keys(&s, "\"only !chpid=50 foo=bar\"");
	screen_has(&s, "There is no column \"foo\" here. There are device, subchannel,");
	assert_string_equal(app_table(s.app)->filter, "2b0"); /* the old one stays */
	screen_keys(&s, "\"sort foo\"");
	screen_has(&s, "There is no column \"foo\"");
	screen_done(&s);
}

TEST(the_lines_for_other_programs_are_shown_and_written_to_a_new_file_only)
{
	CLEANUP(tree_done) struct tree place = tree_new();
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.save_dir = place.root;
	screen_keys(&s, "\"stage 2b09\" E");
	screen_has(&s, "What guests are given");
	screen_has(&s, "# For QEMU:");
	screen_keys(&s, "q \"export libvirt b7a1d2c4\"");
	screen_has(&s, "<hostdev mode='subsystem'");
	screen_lacks(&s, "1c0ffee2");
	screen_keys(&s, "q \"export commands > steps\"");
	screen_has(&s, "The lines are in steps.");
	screen_keys(&s, "\"export commands > steps\"");
	screen_has(&s, "steps cannot be written.");
	screen_keys(&s, "\"export qemu 2b0b\"");
	screen_has(&s, "is not given to a guest");
	screen_done(&s);
	assert_true(tree_has(&place, "/steps"));
	screen_open(&s, "empty", 24, 80);
	screen_keys(&s, "E");
	screen_has(&s, "Guests are given nothing");
	screen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(several_words_run_in_order_and_stop_at_the_first_that_fails),
		CASE(who_types_quit_or_exit_leaves_a_page_and_the_program),
		CASE(the_word_of_a_place_leads_there_from_anywhere_and_stays_there),
		CASE(a_device_named_behind_a_word_needs_no_place),
		CASE(a_word_takes_any_name_of_a_device_and_tells_candidates_of_what_is_several),
		CASE(paths_that_the_machine_does_not_measure_are_refused_with_the_reason),
		CASE(a_range_is_one_edit_and_one_undo),
		CASE(selected_rows_are_what_the_next_action_is_for),
		CASE(edits_are_saved_and_loaded_and_a_file_is_not_overwritten_unasked),
		CASE(reach_goes_round_and_is_told),
		CASE(vfio_ap_is_loaded_now_and_never_put_into_modules_load),
		CASE(a_word_for_what_no_row_in_sight_shows_says_what_it_has_staged),
		CASE(dividing_queues_as_they_are_divided_is_said),
		CASE(a_mounted_disk_stays_online_and_the_message_says_who_holds_it),
		CASE(a_filter_knows_what_is_staged_and_whose_a_device_is),
		CASE(a_running_guest_stands_in_the_details_of_a_device_to_be_deleted),
		CASE(a_new_device_takes_the_uuid_behind_the_word_or_refuses_it),
		CASE(a_queue_wanted_by_two_matrices_names_both),
		CASE(virtual_functions_are_not_there_after_a_boot),
		CASE(reboot_is_for_simulated_machines_only),
		CASE(a_filter_and_an_order_by_a_column_that_is_not_there_name_those_that_are),
		CASE(the_lines_for_other_programs_are_shown_and_written_to_a_new_file_only),
		CASE(an_answer_behind_the_last_question_of_a_set_up_writes_no_file),
	};

	return RUN(tests);
}
