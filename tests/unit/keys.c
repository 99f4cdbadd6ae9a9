/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "keys.h"

#include <string.h>

static bool same_place(const struct action *a, const struct action *b)
{
	return a->where == b->where || (a->where & b->where);
}

TEST(no_two_actions_of_a_place_share_a_key)
{
	for (const struct action *a = actions; a->word; a++)
		for (const struct action *b = a + 1; b->word; b++)
			for (int i = 0; i < 4 && a->keys[i] && same_place(a, b); i++)
				for (int k = 0; k < 4 && b->keys[k]; k++)
					if (a->keys[i] == b->keys[k])
						fail_msg("%s and %s", a->word, b->word);
}

TEST(every_action_has_a_word_help_and_something_to_run)
{
	for (const struct action *a = actions; a->word; a++) {
		assert_true(strlen(a->word) > 0 && strlen(a->help) > 0);
		assert_non_null(a->args);
		assert_non_null(a->run);
		if (a->hint)
			assert_true(a->keys[0] != 0);
	}
}

TEST(every_key_is_reachable_on_a_german_keyboard_and_escape_is_never_alone)
{
	for (const struct action *a = actions; a->word; a++)
		for (int i = 0; i < 4 && a->keys[i]; i++) {
			if (a->keys[i] < 0x80)
				assert_null(strchr("[]{}@|~^\\`", (int)a->keys[i]));
			if (a->keys[i] == K_ESC)
				assert_true(i > 0 || a->keys[1]);
		}
}

TEST(the_second_bank_of_function_keys_does_what_the_first_does)
{
	for (uint32_t f = K_F1; f <= K_F12; f++) {
		const struct action *first = action_for_key(f, W_CHANNEL);

		if (f != K_F9) /* undo has a letter; PF21 reaches nobody */
			assert_ptr_equal(action_for_key(f + 12, W_CHANNEL), first);
	}
}

TEST(the_place_wins_over_everywhere)
{
	assert_string_equal(action_for_key('n', W_CHANNEL)->word, "again");
	assert_string_equal(action_for_key('n', W_CRYPTO)->word, "new");
	assert_string_equal(action_for_key('k', W_PCI)->word, "above");
	assert_null(action_for_key('z', W_PCI));
}

TEST(the_beginning_of_a_word_is_enough_where_it_is_unique)
{
	assert_string_equal(action_for_word("comma", W_CHANNEL)->word, "command");
	assert_string_equal(action_for_word("commi", W_CHANNEL)->word, "commit");
	assert_string_equal(action_for_word("STAGE", W_CHANNEL)->word, "stage");
	assert_string_equal(action_for_word("all", W_CHANNEL)->word, "all");
	assert_string_equal(action_for_word("al", W_CHANNEL)->word, "all");
	assert_null(action_for_word("co", W_CHANNEL));
	assert_null(action_for_word("", W_CHANNEL));
	assert_null(action_for_word("nonsense", W_CHANNEL));
	/* A word of another place: what it is done to is named behind it. */
	assert_string_equal(action_for_word("stage", W_OVERVIEW)->word, "stage");
}

TEST(names_of_keys_can_be_read_back)
{
	char text[8];

	for (uint32_t k = K_F1; k <= K_F24; k++)
		assert_int_equal(key_from_name(key_label(k, text)), k);
	assert_int_equal(key_from_name("space"), ' ');
	assert_int_equal(key_from_name("^L"), K_CTRL_L);
	assert_string_equal(key_label(K_CTRL_L, text), "^L");
	assert_int_equal(key_from_name("C"), 'C');
	assert_int_equal(key_from_name("F25"), K_NONE);
	assert_int_equal(key_from_name("nokey"), K_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(no_two_actions_of_a_place_share_a_key),
		CASE(every_action_has_a_word_help_and_something_to_run),
		CASE(every_key_is_reachable_on_a_german_keyboard_and_escape_is_never_alone),
		CASE(the_second_bank_of_function_keys_does_what_the_first_does),
		CASE(the_place_wins_over_everywhere),
		CASE(the_beginning_of_a_word_is_enough_where_it_is_unique),
		CASE(names_of_keys_can_be_read_back),
	};

	return RUN(tests);
}
