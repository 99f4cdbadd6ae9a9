/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
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

/* -- the table of keys in the README -- */

/* The next name of a cell, without what marks it as code. true: there was one. */
static bool next_name(char **cell, char **ret_name)
{
	char *at = *cell + strspn(*cell, " `,"),
	     *end = at + strcspn(at, *at && at > *cell && at[-1] == '`' ? "`" : " ,");

	if (!*at)
		return false;
	*cell = end + (*end != '\0');
	*end = '\0';
	*ret_name = at;
	return true;
}

static uint32_t key_told(char *name)
{
	uint32_t key = key_from_name(name);

	for (char *c = name; !key && *c; c++)
		*c = (char)(*c | 0x20); /* Tab */
	return key ? key : key_from_name(name);
}

/* "`D`, `a` | `delete`, `autostart`": each key does its word; several words of one key are examples of the same. */
static void row_is_true(char *keys, char *words, bool *told)
{
	uint32_t key = K_NONE;
	char *name;

	while (next_name(&words, &name)) {
		const struct action *a;
		char *key_name;

		if (next_name(&keys, &key_name))
			key = key_told(key_name);
		a = action_for_key(key, W_CRYPTO);
		name[strcspn(name, " ")] = '\0';
		if (!a || strcmp(a->word, name) != 0)
			fail_msg("README says \"%s\" of a key of %s", name,
				 a ? a->word : "nothing");
		told[a - actions] = true;
	}
	if (next_name(&keys, &name))
		fail_msg("README has a key without a word: %s", name);
}

/* "Also `unassign`": words that have no key. */
static void rest_is_true(const char *rest, bool *told)
{
	for (const struct action *a = actions; a->word; a++) {
		char name[64];

		snprintf(name, sizeof(name), "`%s`", a->word);
		if (a->where == W_CRYPTO && !a->keys[0] && strstr(rest, name))
			told[a - actions] = true;
	}
}

TEST(the_readmes_table_has_each_key_and_word_of_the_matrix_as_they_are)
{
	bool told[128] = { false };
	char path[4096], line[1024];
	size_t rows = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/README.md", getenv("SOURCE_DIR"));
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) && strcmp(line, "| key | word | |\n") != 0)
		;
	while (fgets(line, sizeof(line), f) && line[0] == '|') {
		char *at = line + 1, *keys = strsep(&at, "|"), *words = strsep(&at, "|");

		if (str_starts(keys, "---"))
			continue;
		assert_non_null(at);
		row_is_true(keys, words, told);
		rest_is_true(at, told);
		rows++;
	}
	fclose(f);
	assert_true(rows > 0);
	for (const struct action *a = actions; a->word; a++)
		if (a->where == W_CRYPTO && !told[a - actions])
			fail_msg("README does not tell of %s", a->word);
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
		CASE(the_readmes_table_has_each_key_and_word_of_the_matrix_as_they_are),
	};

	return RUN(tests);
}
