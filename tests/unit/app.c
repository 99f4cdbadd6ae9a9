/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "screen.h"
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(every_screen_fits_and_every_key_is_survived_at_every_size)
{
	static const int sizes[][2] = { { 1, 1 },   { 5, 20 },	{ 15, 60 },  { 15, 61 },
					{ 22, 80 }, { 24, 80 }, { 43, 132 }, { 100, 300 } };
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		screen_size(&s, sizes[i][0], sizes[i][1]);
		screen_keys(&s, "1 down end pgup 2 end right right left pgup v n / x esc 3 down "
				"right space u 4 end 5 end 6 end ? end q "
				": h e l p enter pgdn q F3 n");
		s.app->quit = false;
		assert_null(s.app->dialog);
	}
	screen_done(&s);
}

TEST(no_key_changes_the_machine_without_the_word_yes)
{
	CLEANUP(buf_done) struct buf before = { 0 };
	CLEANUP(buf_done) struct buf after = { 0 };
	unsigned seed = 1;
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	s.app->opts.kernel_reboot = NULL;
	assert_int_equal(sim_save(s.sys, &before), 0);
	for (int i = 0; i < 3000; i++) {
		uint32_t key = (uint32_t)rand_r(&seed) % 200;

		if (key == 'w' || key == 's') /* these would write files where the test runs */
			continue;
		if (s.app->line_open || s.app->dialog)
			key = key == 'y' ? 'x' : key;
		app_key(s.app, key < 128 ? key : K_BASE + 1 + (key - 128) % 42);
		s.app->quit = false;
		app_draw(s.app, &s.canvas);
	}
	assert_int_equal(sim_save(s.sys, &after), 0);
	assert_string_equal(buf_str(&before), buf_str(&after));
	screen_done(&s);
}

TEST(a_window_too_small_says_so_takes_no_edits_and_recovers)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2");
	screen_size(&s, 14, 60);
	screen_has(&s, "needs 15x60");
	screen_keys(&s, "space");
	assert_true(wish_empty(session_wish(s.session)));
	screen_size(&s, 15, 60);
	screen_has(&s, "Device");
	screen_done(&s);
}

TEST(the_hardware_cursor_stands_on_the_selected_row)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2");
	for (int i = 0; i < 60; i++) {
		screen_keys(&s, "down");
		assert_int_equal(screen_line(&s, s.canvas.cursor_row, &b)[0], '>');
	}
	screen_done(&s);
}

TEST(an_unbound_key_and_a_refused_one_explain_themselves)
{
	struct screen s;

	screen_open(&s, "empty", 24, 80);
	screen_keys(&s, "2 z");
	screen_has(&s, "The key z does nothing here.");
	screen_keys(&s, "space");
	screen_has(&s, "There is no row");
	screen_keys(&s, "u");
	screen_has(&s, "nothing to take back");
	screen_keys(&s, "C");
	screen_has(&s, "Nothing is staged");
	screen_done(&s);
}

TEST(leaving_asks_only_when_edits_are_staged)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "\"stage 2b09\" q");
	screen_has(&s, "staged and not committed");
	screen_keys(&s, "n");
	assert_false(s.app->quit);
	screen_keys(&s, "F15 y");
	assert_true(s.app->quit);
	s.app->quit = false;
	screen_keys(&s, "u q");
	assert_true(s.app->quit);
	screen_done(&s);
}

TEST(empty_lists_say_why_they_are_empty)
{
	struct screen s;

	screen_open(&s, "empty", 24, 80);
	screen_keys(&s, "2");
	screen_has(&s, "No subchannels:");
	screen_keys(&s, "4");
	screen_has(&s, "No PCI functions:");
	screen_keys(&s, "5");
	screen_has(&s, "module is not loaded");
	screen_done(&s);
}

TEST(blocked_rows_stand_with_their_reason)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 \"find f5f0\"");
	screen_has(&s, "no: ");
	screen_keys(&s, "space");
	assert_true(wish_empty(session_wish(s.session)));
	screen_lacks(&s, "1 staged");
	screen_done(&s);
}

TEST(help_names_every_key_of_the_place)
{
	struct screen s;

	screen_open(&s, "lpar", 200, 132);
	screen_keys(&s, "2 ?");
	for (const struct action *a = actions; a->word; a++)
		if (a->where == W_ANY || a->where & W_CHANNEL)
			screen_has(&s, a->help);
	for (size_t i = 0; i < view_channel.n_columns; i++)
		screen_has(&s, view_channel.columns[i].title);
	screen_done(&s);
}

TEST(nothing_hostile_reaches_a_cell)
{
	struct screen s;

	screen_open(&s, "hostile", 43, 132);
	for (int place = '1'; place <= '6'; place++) {
		app_key(s.app, (uint32_t)place);
		for (int i = 0; i < 30; i++) {
			app_key(s.app, K_DOWN);
			app_draw(s.app, &s.canvas);
			for (int k = 0; k < s.canvas.rows * s.canvas.cols; k++)
				assert_true(s.canvas.cells[k].ch >= ' ' &&
					    s.canvas.cells[k].ch < 0x7f);
		}
		screen_keys(&s, "enter q");
		s.app->quit = false;
	}
	screen_done(&s);
}

TEST(a_click_selects_a_row_and_a_tab)
{
	struct screen s;
	size_t was;

	screen_open(&s, "lpar", 24, 80);
	app_mouse(s.app, 1, 14, 1);
	assert_int_equal(s.app->place, P_CHANNEL);
	app_draw(s.app, &s.canvas);
	app_mouse(s.app, 6, 10, 1);
	assert_int_equal(s.app->tables[P_CHANNEL].cursor, 3);
	was = s.app->tables[P_CHANNEL].cursor;
	app_mouse(s.app, 6, 10, 5);
	assert_int_equal(s.app->tables[P_CHANNEL].cursor, was + 3);
	screen_done(&s);
}

TEST(a_key_that_comes_too_late_to_stop_a_commit_does_not_close_its_result)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 \"stage 2b08\" C 'yes");
	app_key(s.app, K_ENTER);
	app_key(s.app, K_F12);
	app_draw(s.app, &s.canvas);
	screen_has(&s, "Committed.");
	screen_keys(&s, "F12");
	assert_null(s.app->dialog);
	screen_done(&s);
}

TEST(a_key_of_a_place_that_is_named_there_is_one_of_that_place)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(key_names("<channel>", W_OVERVIEW, false, &b), 0);
	assert_string_equal(buf_str(&b), "2");
	buf_reset(&b);
	assert_int_equal(key_names("<channel>", W_PATHS, false, &b), 0);
	assert_string_equal(buf_str(&b), "Tab");
}

/* Its first line with this text; how many there are: none. */
static size_t line_with(const struct sheet *sheet, const char *text)
{
	size_t i = 0;

	while (i < sheet->n && !strstr(sheet->v[i].text, text))
		i++;
	return i;
}

static bool has_line(const struct sheet *sheet, const char *text)
{
	return line_with(sheet, text) < sheet->n;
}

TEST(of_very_many_notes_a_page_shows_some_and_what_is_staged_before_them_with_its_steps)
{
	const struct sheet *sheet;
	char file[] = "/tmp/vfiocfg-XXXXXX", machine[64];
	struct screen s;
	FILE *f = fdopen(mkstemp(file), "w");

	assert_non_null(f);
	fprintf(f, "kernel 702 7.2.0-many\nname many\nmodule vfio_ccw boot\n"
		   "subchannel 0.0.fff0 dev=0.0.fff0 cu=3990/e9 devtype=3390/0c chpids=50 pim=80 "
		   "pam=80 ccwdriver=dasd-eckd\n");
	for (int i = 0; i < 350; i++)
		fprintf(f, "file /etc/driverctl.d/css-0.0.%04x 644 \"vfio_ccw\\n\"\n", i);
	fclose(f);
	snprintf(machine, sizeof(machine), "file:%s", file);
	screen_open(&s, machine, 24, 80);
	unlink(file);
	assert_true(has_line(&s.app->overview, "50 more of these"));
	screen_keys(&s, "2 \"stage fff0\" 6");

	sheet = changes_sheet(s.app);
	assert_true(line_with(sheet, "0.0.fff0 will not be bound") < line_with(sheet, "Steps, in"));
	assert_true(line_with(sheet, "Steps, in") < line_with(sheet, "Notes on other devices"));
	assert_true(line_with(sheet, "Notes on other devices") < line_with(sheet, "50 more"));
	assert_true(has_line(sheet, "50 more of these"));
	screen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_screen_fits_and_every_key_is_survived_at_every_size),
		CASE(no_key_changes_the_machine_without_the_word_yes),
		CASE(a_window_too_small_says_so_takes_no_edits_and_recovers),
		CASE(the_hardware_cursor_stands_on_the_selected_row),
		CASE(an_unbound_key_and_a_refused_one_explain_themselves),
		CASE(leaving_asks_only_when_edits_are_staged),
		CASE(empty_lists_say_why_they_are_empty),
		CASE(blocked_rows_stand_with_their_reason),
		CASE(help_names_every_key_of_the_place),
		CASE(nothing_hostile_reaches_a_cell),
		CASE(a_click_selects_a_row_and_a_tab),
		CASE(a_key_that_comes_too_late_to_stop_a_commit_does_not_close_its_result),
		CASE(a_key_of_a_place_that_is_named_there_is_one_of_that_place),
		CASE(of_very_many_notes_a_page_shows_some_and_what_is_staged_before_them_with_its_steps),
	};

	return RUN(tests);
}
