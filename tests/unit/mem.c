/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"

#include <stdio.h>

TEST(an_empty_buffer_reads_as_the_empty_string)
{
	struct buf b = { 0 };

	assert_string_equal(buf_str(&b), "");
}

TEST(what_is_added_is_there_and_ends_with_nul)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_printf(&b, "%d,", i % 10), 0);
	assert_int_equal(b.len, 2000);
	assert_int_equal(b.data[2000], '\0');
	assert_memory_equal(b.data + 1996, "8,9,", 4);
}

TEST(names_come_back_sorted_by_bytes)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *expect[] = { "0.0.0001", "0.0.000a", "Z", "a" }, *name;
	size_t i = 0;

	for (size_t k = 4; k-- > 0;)
		assert_int_equal(buf_add_name(&b, expect[(k + 2) % 4]), 0);
	assert_int_equal(buf_sort_names(&b), 0);
	buf_foreach_name (&b, name)
		assert_string_equal(name, expect[i++]);
	assert_int_equal(i, 4);
}

TEST(equal_strings_are_interned_to_the_same_pointer)
{
	struct strtab *t = strtab_new();
	char text[16];
	const char *first;

	assert_non_null(t);
	assert_false(strtab_has(t, "x7"));
	first = strtab_get(t, "x7");
	assert_true(strtab_has(t, "x7"));
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "x%d", i);
		assert_non_null(strtab_get(t, text));
	}
	assert_ptr_equal(strtab_get(t, "x7"), first);
	assert_null(strtab_get(t, NULL));
	strtab_free(t);
}

static int cmp_int(const void *key, const void *member)
{
	return *(const int *)key - *(const int *)member;
}

TEST(the_place_of_a_key_is_where_it_stands_or_would_stand)
{
	static const int sorted[] = { 2, 4, 6 };
	static const size_t place[] = { 0, 0, 0, 1, 1, 2, 2, 3 };

	for (int key = 0; key < 8; key++)
		for (size_t n = 0; n <= ARRAY_SIZE(sorted); n++) {
			bool found;
			size_t at = array_place(sorted, n, sizeof(int), &key, cmp_int, &found);

			assert_int_equal(at, MIN(place[key], n));
			assert_int_equal(found, at < n && sorted[at] == key);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_buffer_reads_as_the_empty_string),
		CASE(what_is_added_is_there_and_ends_with_nul),
		CASE(names_come_back_sorted_by_bytes),
		CASE(equal_strings_are_interned_to_the_same_pointer),
		CASE(the_place_of_a_key_is_where_it_stands_or_would_stand),
	};

	return RUN(tests);
}
