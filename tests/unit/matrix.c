/* SPDX-License-Identifier: MIT */
/* The crypto matrix: names, signs, cursor, words, and two compared. */
#include "matrix.h"
#include "check.h"
#include "screen.h"

#include <errno.h>
#include <string.h>

#define UUID_NEW "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

static struct screen at_matrix(const char *machine, int rows, int cols)
{
	struct screen s;

	screen_open(&s, machine, rows, cols);
	screen_keys(&s, "3");
	return s;
}

TEST(every_matrix_has_a_name_of_its_own_that_means_nothing_else)
{
	char names[MATRIX_MAX][MATRIX_NAME];

	for (size_t i = 0; i < MATRIX_MAX; i++) {
		matrix_name(i, names[i]);
		assert_null(strpbrk(names[i], "HVv-?x!*~"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
	assert_string_equal(names[0], "A");
	assert_string_equal(names[24], "AA");
}

TEST(two_hundred_and_fifty_six_matrices_are_all_named_and_chosen)
{
	struct screen s = at_matrix("full", 24, 80);
	struct matrix_grid g;

	matrix_grid(s.app, &g);
	assert_int_equal(g.n_of, 256);
	screen_keys(&s, "\"use KQ\"");
	screen_has(&s, "Matrix KQ");
	screen_keys(&s, "\"use 255\"");
	screen_has(&s, "Matrix KP");
	screen_keys(&s, "\"use 000000a0\"");
	screen_has(&s, "000000a0");
	screen_keys(&s, "\"find ff.00c8\"");
	screen_has(&s, "wanted KQ 000000ff");
	screen_done(&s);
}

TEST(a_name_stays_while_other_matrices_come_and_go)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "\"new 00000000-0000-4000-8000-000000000001; assign 05 0004\"");
	screen_has(&s, "Matrix C 00000000");
	screen_has(&s, " A 1c0ffee2");
	screen_keys(&s, "u u \"new 00000000-0000-4000-8000-000000000002\"");
	screen_has(&s, "Matrix C 00000000");
	screen_done(&s);
}

TEST(the_largest_machine_scrolls_to_its_corner_under_frozen_headers)
{
	struct screen s = at_matrix("full", 24, 80);

	for (int i = 0; i < 40; i++)
		screen_keys(&s, "pgdn F11");
	screen_has(&s, "00ff");
	screen_has(&s, ">ff");
	screen_has(&s, "Adapter    domain");
	screen_lacks(&s, " 00 CEX");
	screen_keys(&s, "\"find 00.0000\"");
	screen_has(&s, ">00 CEX8C");
	screen_has(&s, " 0000 ");
	screen_done(&s);
}

TEST(the_cursor_stays_on_its_queue_when_more_or_fewer_are_shown)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "down down right right");
	screen_has(&s, "0a.0042");
	screen_keys(&s, "A");
	screen_has(&s, "0a.0042");
	screen_keys(&s, "A");
	screen_has(&s, "0a.0042");
	screen_done(&s);
}

TEST(wide_screens_compare_two_matrices_in_two_grids_with_one_cursor)
{
	struct screen s = at_matrix("lpar", 43, 132);

	screen_keys(&s, "\"new " UUID_NEW "; assign 14 0005,0042; control 0004,00ab; use A; "
			"compare C\"");
	screen_has(&s, "Compare A 1c0ffee2 (guest db1, auto) with C 669d9b23");
	screen_has(&s, "u A#   A=   .#   .     14 u   .#   C=   C#   .");
	screen_has(&s, "queues     only A 1  only C 1  both 1: they cannot run together");
	screen_has(&s, "control    only A -  only C 00ab  both 0004");
	screen_keys(&s, "c");
	screen_lacks(&s, "Compare A");
	screen_done(&s);
}

TEST(narrow_screens_and_panels_compare_in_one_grid)
{
	struct screen s = at_matrix("lpar", 24, 79);

	s.app->opts.paged = true;
	screen_keys(&s, "\"new " UUID_NEW "; assign 14 0005,0042; compare A\"");
	screen_has(&s, "14 CEX7C  cca   u  A    =    C    .");
	screen_has(&s, "= in both  a letter: only in that one  . in neither");
	screen_done(&s);
}

TEST(what_a_commit_changes_and_takes_besides_is_marked)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "\"new " UUID_NEW "; assign 05,06 0004-0005\"");
	screen_has(&s, "05 CEX8C  cca   u  C*   C*   H    H");
	screen_has(&s, "0a CEX8A  acc.     v*   v*   H    H");
	screen_has(&s, "B~"); /* active, and started by hand only */
	screen_has(&s, "v host loses it");
	screen_done(&s);
}

TEST(a_queue_that_is_not_there_is_seen_to_be_assigned_ahead)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "\"new " UUID_NEW "; assign 05 0004,0006\"");
	screen_has(&s, "05 CEX8C  cca   u  C*   H    C-");
	screen_done(&s);
}

TEST(wide_cells_tell_now_wanted_and_after_a_reboot)
{
	struct screen s = at_matrix("lpar", 43, 132);

	screen_keys(&s, "\"new " UUID_NEW "; assign 05 0004\"");
	screen_has(&s, "H>C*");
	screen_has(&s, "B~V");
	screen_has(&s, "now          host");
	screen_has(&s, "after reboot C 669d9b23 (to be started, auto)");
	screen_done(&s);
}

TEST(lists_are_hexadecimal_and_an_error_says_where_it_is)
{
	struct ap_mask m;
	size_t at = 99;

	assert_int_equal(matrix_ids_parse("4-7,0xab", &m, &at), 0);
	assert_int_equal(mask_count(&m), 5);
	assert_true(mask_has(&m, 0xab));
	assert_int_equal(matrix_ids_parse("-", &m, &at), 0);
	assert_true(mask_empty(&m));
	assert_int_equal(at, 99);
	assert_int_equal(matrix_ids_parse("4,7-5", &m, &at), -EINVAL);
	assert_int_equal(at, 4);
	assert_int_equal(matrix_ids_parse("100", &m, &at), -EINVAL);
	assert_int_equal(at, 0);
}

TEST(words_that_cannot_be_read_say_the_character_and_what_belongs_there)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "\"new " UUID_NEW "; assign 05 4-7,xy\"");
	screen_has(&s, "At character 8, \"xy\"");
	screen_has(&s, "adapters none");
	screen_keys(&s, "\"assign 05 0004; domains -\"");
	screen_has(&s, "adapters 05  domains none");
	screen_keys(&s, "\"adapters 05\"");
	screen_has(&s, "Nothing is changed.");
	screen_done(&s);
}

TEST(a_word_without_its_list_clears_nothing)
{
	static const char *const words[] = { "\"adapters\"", "\"domains\"", "\"control\"" };
	struct screen s = at_matrix("lpar", 24, 80);

	s.app->opts.paged = true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		screen_keys(&s, words[i]);
		screen_has(&s, "needs more");
		screen_has(&s, "adapters 14  domains 0004 0005  control 0004");
	}
	screen_done(&s);
}

TEST(the_other_party_of_a_conflict_is_shown_though_it_was_out_of_sight)
{
	struct screen s = at_matrix("full", 24, 80);

	screen_keys(&s, "\"use 83; assign 81 -; find 00.0000\" J");
	screen_has(&s, "Matrix EK");
	screen_has(&s, ">81");
	screen_keys(&s, "J");
	screen_has(&s, "Matrix CL");
	screen_done(&s);
}

TEST(cancel_ends_a_range_then_a_comparison_then_another_moment)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "t c v down");
	screen_has(&s, "[");
	screen_keys(&s, "F12");
	screen_lacks(&s, "[.");
	screen_has(&s, "Compare A");
	screen_keys(&s, "F12");
	screen_lacks(&s, "Compare A");
	screen_has(&s, "as it is NOW");
	screen_keys(&s, "F12");
	screen_lacks(&s, "as it is NOW");
	screen_done(&s);
}

TEST(override_mode_is_said_in_one_line)
{
	struct screen s = at_matrix("lpar72", 24, 80);

	screen_keys(&s, "\"mode override\"");
	screen_has(&s, "OVERRIDE mode: queues go to guests one by one (0 now); masks locked");
	screen_keys(&s, "u \"mode nonsense\"");
	screen_has(&s, "\"nonsense\" is none of the choices.");
	screen_done(&s);
}

TEST(the_chosen_matrix_is_what_words_for_mediated_devices_are_for)
{
	struct screen s = at_matrix("lpar", 24, 80);

	screen_keys(&s, "\"use B\" D");
	screen_has(&s, "(to be removed)");
	screen_keys(&s, "u a");
	screen_has(&s, "(active, auto)");
	screen_done(&s);
}

TEST(an_lpar_without_queues_says_so)
{
	struct screen s = at_matrix("zvm", 24, 80);

	screen_has(&s, "AP bus");
	screen_keys(&s, "space n c v J up down");
	screen_has(&s, "AP bus");
	screen_done(&s);
}

TEST(lines_of_a_narrow_screen_end_with_whole_words)
{
	struct screen s = at_matrix("lpar", 15, 60);

	screen_keys(&s, "\"control 0-1f\"");
	screen_has(&s, "32 control");
	screen_has(&s, "H host");
	screen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_matrix_has_a_name_of_its_own_that_means_nothing_else),
		CASE(two_hundred_and_fifty_six_matrices_are_all_named_and_chosen),
		CASE(a_name_stays_while_other_matrices_come_and_go),
		CASE(the_largest_machine_scrolls_to_its_corner_under_frozen_headers),
		CASE(the_cursor_stays_on_its_queue_when_more_or_fewer_are_shown),
		CASE(wide_screens_compare_two_matrices_in_two_grids_with_one_cursor),
		CASE(narrow_screens_and_panels_compare_in_one_grid),
		CASE(what_a_commit_changes_and_takes_besides_is_marked),
		CASE(a_queue_that_is_not_there_is_seen_to_be_assigned_ahead),
		CASE(wide_cells_tell_now_wanted_and_after_a_reboot),
		CASE(lists_are_hexadecimal_and_an_error_says_where_it_is),
		CASE(words_that_cannot_be_read_say_the_character_and_what_belongs_there),
		CASE(a_word_without_its_list_clears_nothing),
		CASE(the_other_party_of_a_conflict_is_shown_though_it_was_out_of_sight),
		CASE(cancel_ends_a_range_then_a_comparison_then_another_moment),
		CASE(override_mode_is_said_in_one_line),
		CASE(the_chosen_matrix_is_what_words_for_mediated_devices_are_for),
		CASE(an_lpar_without_queues_says_so),
		CASE(lines_of_a_narrow_screen_end_with_whole_words),
	};
	return RUN(tests);
}
