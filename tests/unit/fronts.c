/* SPDX-License-Identifier: MIT */
/*
 * Row numbers, lines and dialogs where words are typed, and what panels and line mode make of a screen.
 */
#include "check.h"
#include "faulty.h"
#include "front.h"
#include "matrix.h"
#include "screen.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void type(struct screen *s, const char *word)
{
	app_line(s->app, word);
	app_draw(s->app, &s->canvas);
}

TEST(words_are_taken_in_capitals_as_some_consoles_send_them)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(&s, "\"CHANNEL; FIND 2B09; STAGE\"");
	assert_int_equal(wish_count(session_wish(s.session)), 1);
	screen_keys(&s, "\"COMMIT\" \"END\" \"HELP\" \"DOWN\" \"Q\" \"END\" \"NO\"");
	assert_null(s.app->dialog);
	assert_false(s.app->quit);
	screen_done(&s);
}

/* -- rows -- */

static void number_of(const struct screen *s, const char *row, char text[static 8])
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *all = screen_text(s, &b), *at = strstr(all, row);

	assert_non_null(at);
	while (at > all && at[-1] != '\n')
		at--;
	snprintf(text, 8, "%d", atoi(at));
}

static void open_paged(struct screen *s)
{
	screen_open(s, "lpar", 24, 80);
	s->app->opts.paged = true;
	screen_keys(s, "\"channel; find 2b09\"");
}

static void rows_word(struct screen *s, const char *row, const char *word)
{
	char n[8], line[64];

	number_of(s, row, n);
	snprintf(line, sizeof(line), "\"%s%s\"", n, word);
	screen_keys(s, line);
}

TEST(a_row_is_staged_by_its_number_and_only_that_row)
{
	struct screen s;

	open_paged(&s);
	rows_word(&s, "0.0.2b0c", " s");
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	assert_string_equal(session_wish(s.session)->drivers[0].dev.name, "0.0.0316");
	rows_word(&s, "0.0.2b0c", " x");
	rows_word(&s, "0.0.2b0c", " unstage");
	assert_true(wish_empty(session_wish(s.session)));
	screen_done(&s);
}

TEST(ranges_and_lists_of_numbers_are_one_edit)
{
	struct screen s;
	char first[8], line[64];
	int n;

	open_paged(&s);
	number_of(&s, "0.0.2b0b", first);
	n = atoi(first);
	snprintf(line, sizeof(line), "\"%d-%d,%d stage\"", n, n + 1, n + 3);
	screen_keys(&s, line);
	assert_int_equal(session_wish(s.session)->n_drivers, 3);
	screen_keys(&s, "\"undo\"");
	assert_true(wish_empty(session_wish(s.session)));
	screen_done(&s);
}

TEST(what_was_selected_before_is_not_what_a_numbered_word_is_for)
{
	struct screen s;

	open_paged(&s);
	screen_keys(&s, "\"select 2b0b-2b0c\"");
	rows_word(&s, "0.0.2b0e", " stage");
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	assert_string_equal(session_wish(s.session)->drivers[0].dev.name, "0.0.0318");
	screen_has(&s, "2 selected");
	rows_word(&s, "0.0.2b0e", " select");
	screen_has(&s, "3 selected");
	screen_done(&s);
}

/* The first staging takes rows away under the filter: the second number is still the row that was read. */
TEST(numbers_mean_the_page_that_was_read)
{
	struct screen s;
	char a[8], b[8], line[64];

	open_paged(&s);
	screen_keys(&s, "\"only wanted=-\"");
	screen_keys(&s, "\"find 2b0b\"");
	number_of(&s, "0.0.2b0b", a);
	number_of(&s, "0.0.2b0d", b);
	snprintf(line, sizeof(line), "\"%s s; %s s\"", a, b);
	screen_keys(&s, line);
	assert_int_equal(session_wish(s.session)->n_drivers, 2);
	assert_string_equal(session_wish(s.session)->drivers[0].dev.name, "0.0.0315");
	assert_string_equal(session_wish(s.session)->drivers[1].dev.name, "0.0.0317");
	screen_done(&s);
}

TEST(numbers_that_are_not_shown_or_no_numbers_do_nothing_and_say_so)
{
	static const char *const lines[] = { "1 stage",
					     "999 stage",
					     "17- stage",
					     "18-17 stage",
					     "17,,18 s",
					     "17, s",
					     "17",
					     "17 nonsense",
					     "17-18 open",
					     "0 s",
					     "17 commit",
					     "-3 s",
					     "99999999999999999999 s" };
	struct screen s;

	open_paged(&s);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		msg_done(&s.app->msg);
		type(&s, lines[i]);
		assert_non_null(s.app->msg.what);
		assert_null(s.app->dialog);
		assert_true(wish_empty(session_wish(s.session)));
	}
	screen_done(&s);
}

/* Of what is joined by semicolons the part that is wrong is named, what stands before it is done, and nothing behind it. */
TEST(a_wrong_part_of_a_line_is_named_and_stops_the_rest)
{
	struct screen s;

	open_paged(&s);
	type(&s, "17 s; 999 s; 20 s");
	assert_non_null(strstr(s.app->msg.what, "999 s"));
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	type(&s, "undo; 17-20,99 s; 17 s");
	assert_non_null(strstr(s.app->msg.what, "17-20,99 s"));
	assert_true(wish_empty(session_wish(s.session)));
	type(&s, "17 s; 18 nonsense; 20 s");
	assert_non_null(strstr(s.app->msg.what, "nonsense"));
	assert_int_equal(session_wish(s.session)->n_drivers, 1);
	screen_done(&s);
}

TEST(a_numbered_line_of_the_overview_is_opened)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(&s, "\"repaint\"");
	rows_word(&s, "Channel     ", " open");
	assert_int_equal(s.app->place, P_CHANNEL);
	screen_done(&s);
}

TEST(a_matrix_is_built_by_words_alone)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(
		&s,
		"\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71\" \"toggle 05\" \"toggle 4\"");
	screen_has(&s, "is no adapter, domain or queue");
	screen_keys(&s, "\"toggle 0004; toggle 06.00ab; kdomain 42\"");
	screen_has(&s, "adapters 05 06");
	screen_has(&s, ".k");
	screen_keys(&s, "\"unassign 06 ab; kdomain 42\"");
	screen_has(&s, "adapters 05  domains 0004");
	screen_lacks(&s, ".k");
	screen_done(&s);
}

TEST(a_form_is_filled_by_lines_and_says_what_it_cannot_take)
{
	struct screen s;

	open_paged(&s);
	rows_word(&s, "0.0.2b09", " new");
	screen_has(&s, "(or manual)");
	screen_keys(&s, "\"4=MAN\"");
	screen_has(&s, "manual   (or auto)");
	screen_keys(&s, "\"4=nonsense\"");
	screen_has(&s, "They are: auto, manual");
	screen_keys(&s, "\"9=x\"");
	screen_has(&s, "sets no field");
	screen_keys(&s, "\"3=nouuid\" \"ok\"");
	screen_has(&s, "is no UUID");
	screen_keys(&s, "\"3=7e270a25-e163-4922-af60-757fc8ed48c6\" \"ok\"");
	assert_null(s.app->dialog);
	assert_int_equal(session_wish(s.session)->n_mdevs, 1);
	screen_done(&s);
}

TEST(the_guided_set_up_is_answered_by_lines)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(&s, "\"setup\"");
	screen_has(&s, "Set-up: 1");
	screen_has(&s, "ok takes what has the *");
	screen_keys(&s, "\"OK\" \"DOWN\" \"UP\"");
	screen_has(&s, "Set-up: 2");
	screen_keys(&s, "\"back\"");
	screen_has(&s, "Set-up: 1");
	screen_keys(&s, "\"end\"");
	assert_null(s.app->dialog);
	screen_done(&s);
}

TEST(attributes_are_edited_by_lines)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(&s, "\"mdevs\" \"attributes\"");
	screen_has(&s, "Attributes of");
	screen_keys(&s, "\"end\"");
	assert_null(s.app->dialog);
	screen_done(&s);
}

TEST(a_protected_device_wants_its_name_then_yes)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.paged = true;
	screen_keys(&s, "\"stage 0192; commit\"");
	screen_has(&s, "Type the device's id to override, end to go back");
	screen_keys(&s, "\"yes\"");
	screen_has(&s, "is no answer here");
	screen_keys(&s, "\"down\" \"up\" \"end\"");
	assert_null(s.app->dialog);
	screen_done(&s);
}

/* Half the id of the root's disk does not do, in pages and lines no more than in the dialog. */
TEST(a_device_that_is_vital_wants_its_full_id_in_every_front_end)
{
	for (int paged = 0; paged < 2; paged++) {
		struct screen s;

		screen_open(&s, "lpar", 24, 80);
		s.app->opts.paged = paged;
		screen_keys(&s, "\"stage 0190; commit\"");
		type(&s, "0190");
		screen_has(&s, "is no answer here");
		type(&s, "0.0.0190");
		screen_lacks(&s, "is no answer here");
		screen_lacks(&s, "Type the device's id to override");
		screen_done(&s);
	}
}

/* -- the line -- */

TEST(a_semicolon_between_quotation_marks_or_behind_a_backslash_separates_nothing)
{
	struct screen s;

	open_paged(&s);
	type(&s, "find \"a;b\"");
	screen_has(&s, "\"a;b\" is not found here.");
	type(&s, "find c\\;d\\\"");
	screen_has(&s, "\"c;d\"\" is not found here.");
	type(&s, "stage 2b0c; find \"2b09");
	screen_has(&s, "A quotation mark is not closed");
	assert_true(wish_empty(session_wish(s.session)));
	screen_done(&s);
}

TEST(of_a_line_that_is_too_long_nothing_is_done)
{
	char line[400] = "stage 2b0c; find ";
	struct screen s;

	memset(line + strlen(line), 'x', 300);
	line[399] = '\0';
	open_paged(&s);
	type(&s, line);
	screen_has(&s, "The line is too long");
	assert_true(wish_empty(session_wish(s.session)));
	screen_done(&s);
}

TEST(what_is_told_names_keys_where_keys_are_pressed_and_words_where_they_are_typed)
{
	struct screen s;

	open_paged(&s);
	screen_has(&s, "\"stage\" stages it for guests");
	screen_keys(&s, "\"stage 2b0b-2b0c\"");
	screen_has(&s, "\"undo\" takes");
	s.app->opts.paged = false;
	screen_keys(&s, "u \"stage 2b0b-2b0c\"");
	screen_has(&s, " u takes");
	screen_done(&s);
}

/* -- what line mode says -- */

static const char *told(struct told *t, struct screen *s, struct buf *b)
{
	buf_reset(b);
	line_tell(t, s->app, &s->canvas, false, b);
	return buf_str(b);
}

TEST(line_mode_tells_what_changed)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(told_done) struct told t = { 0 };
	struct screen s;

	open_paged(&s);
	assert_non_null(strstr(told(&t, &s, &b), "0.0.2b0a"));
	assert_null(strstr(buf_str(&b), "===>"));
	assert_string_equal(told(&t, &s, &b), "");
	rows_word(&s, "0.0.2b09", " s");
	told(&t, &s, &b);
	assert_non_null(strstr(buf_str(&b), "1 staged"));
	assert_non_null(strstr(buf_str(&b), "vfio_ccw *"));
	assert_null(strstr(buf_str(&b), "0.0.2b0a"));
	screen_done(&s);
}

TEST(a_panel_is_seven_bits_wide_and_ends_behind_the_arrow)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct screen s;

	screen_open(&s, "hostile", 22, 79);
	s.app->opts.paged = true;
	screen_keys(&s, "\"channel\"");
	panel_page(&s.canvas, true, &b);
	assert_memory_equal(buf_str(&b), "\033[H\033[J", 6);
	assert_string_equal(buf_str(&b) + b.len - 6, "\n===> ");
	for (size_t i = 6; i < b.len; i++)
		assert_true(b.data[i] == '\n' || (b.data[i] >= 0x20 && b.data[i] < 0x7f));
	screen_done(&s);
}

#define INTERRUPTED "A commit was interrupted"

TEST(an_interrupted_commit_is_said_first_by_full_screen_panel_and_lines)
{
	for (int paged = 0; paged <= 1; paged++) {
		CLEANUP(buf_done) struct buf panel = { 0 }, lines = { 0 };
		struct told told = { 0 };
		struct screen s;

		screen_open_interrupted(&s);
		s.app->opts.paged = paged;
		app_draw(s.app, &s.canvas);
		screen_has(&s, INTERRUPTED);
		panel_page(&s.canvas, true, &panel);
		assert_non_null(strstr(buf_str(&panel), INTERRUPTED));
		line_tell(&told, s.app, &s.canvas, true, &lines);
		assert_non_null(strstr(buf_str(&lines), INTERRUPTED));
		told_done(&told);
		screen_done(&s);
	}
}

TEST(who_saw_an_interrupted_commit_may_commit_as_soon_as_another_has_recovered_it)
{
	const struct consent all = { .conflicts = true, .not_undoable = true };
	struct txn_report rep = { 0 };
	struct session *other = NULL;
	struct msg why = { 0 };
	struct devid dev;
	struct screen s;

	screen_open_interrupted(&s);
	assert_int_equal(devid_parse("css/0.0.0316", &dev), 0);
	assert_int_equal(
		session_set_driver(s.session, &dev, "vfio_ccw", (struct reach){ true, true }, &why),
		0);
	assert_int_equal(session_may_commit(s.session, &all, &why), -EINVAL);
	assert_int_equal(why.id, MSG_INTERRUPTED_FIRST);
	msg_done(&why);
	assert_int_equal(session_new(s.sys, &(struct session_opts){ 0 }, &other), 0);
	assert_int_equal(session_recover(other, NULL, &rep, &why), 0);
	assert_int_equal(rep.result, TXN_ROLLED_BACK);
	txn_report_done(&rep);
	session_free(other);
	assert_int_equal(session_may_commit(s.session, &all, &why), 0);
	/* Nor is there anything left for this one to recover. */
	assert_int_equal(session_recover(s.session, NULL, &rep, &why), 0);
	assert_int_equal(rep.msg.id, MSG_NOTHING_INTERRUPTED);
	assert_false(session_interrupted(s.session)->found);
	txn_report_done(&rep);
	screen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(words_are_taken_in_capitals_as_some_consoles_send_them),
		CASE(a_row_is_staged_by_its_number_and_only_that_row),
		CASE(ranges_and_lists_of_numbers_are_one_edit),
		CASE(what_was_selected_before_is_not_what_a_numbered_word_is_for),
		CASE(numbers_mean_the_page_that_was_read),
		CASE(numbers_that_are_not_shown_or_no_numbers_do_nothing_and_say_so),
		CASE(a_wrong_part_of_a_line_is_named_and_stops_the_rest),
		CASE(a_numbered_line_of_the_overview_is_opened),
		CASE(a_matrix_is_built_by_words_alone),
		CASE(a_form_is_filled_by_lines_and_says_what_it_cannot_take),
		CASE(the_guided_set_up_is_answered_by_lines),
		CASE(attributes_are_edited_by_lines),
		CASE(a_protected_device_wants_its_name_then_yes),
		CASE(a_device_that_is_vital_wants_its_full_id_in_every_front_end),
		CASE(a_semicolon_between_quotation_marks_or_behind_a_backslash_separates_nothing),
		CASE(of_a_line_that_is_too_long_nothing_is_done),
		CASE(what_is_told_names_keys_where_keys_are_pressed_and_words_where_they_are_typed),
		CASE(line_mode_tells_what_changed),
		CASE(a_panel_is_seven_bits_wide_and_ends_behind_the_arrow),
		CASE(an_interrupted_commit_is_said_first_by_full_screen_panel_and_lines),
		CASE(who_saw_an_interrupted_commit_may_commit_as_soon_as_another_has_recovered_it),
	};

	return RUN(tests);
}
