/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct field fields[] = {
	{ "id", "Id", FIELD_TEXT },
	{ "vfs", "VFs", FIELD_NUMBER },
	{ "used_by", "Used by", FIELD_LIST },
	{ "why", "Why", FIELD_TEXT },
};

static struct grid two_rows(void)
{
	CLEANUP(buf_done) struct buf users = { 0 };
	struct grid g = { .fields = fields, .n_fields = ARRAY_SIZE(fields) };

	buf_add_name(&users, "/ (host)");
	buf_add_name(&users, "encf5f0 up");
	assert_int_equal(grid_add(&g, "css/0.0.0313"), 0);
	assert_int_equal(grid_add(&g, "12"), 0);
	assert_int_equal(grid_add_list(&g, &users), 0);
	assert_int_equal(grid_add(&g, NULL), 0);
	buf_reset(&users);
	assert_int_equal(grid_add(&g, "say \"$(id)\", `ls` \\ \033[2J\xff"), 0);
	assert_int_equal(grid_add(&g, "-"), 0);
	assert_int_equal(grid_add_list(&g, &users), 0);
	assert_int_equal(grid_add(&g, ""), 0);
	return g;
}

static char *written(enum format format, const struct grid_look *look)
{
	CLEANUP(grid_done) struct grid g = two_rows();
	bool first = true;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (format == FORMAT_JSON)
		assert_int_equal(grid_write_json(&g, &first, f), 0);
	else
		assert_int_equal(grid_write(&g, format, look, f), 0);
	fclose(f);
	return text;
}

static void expect(enum format format, const struct grid_look *look, const char *want)
{
	CLEANUP(freep) char *got = written(format, look);

	assert_string_equal(got, want);
}

TEST(a_table_is_aligned_with_numbers_to_the_right_and_no_blanks_at_the_end)
{
	expect(FORMAT_TABLE, &(struct grid_look){ 0 },
	       "Id                         VFs  Used by               Why\n"
	       "css/0.0.0313                12  / (host), encf5f0 up\n"
	       "say \"$(id)\", `ls` \\ ?[2J?    -\n");
}

TEST(a_table_wider_than_the_terminal_has_its_widest_columns_cut)
{
	expect(FORMAT_TABLE, &(struct grid_look){ .width = 40 },
	       "Id              VFs  Used by         Why\n"
	       "css/0.0.0313     12  / (host), enc+\n"
	       "say \"$(id)\", +    -\n");
}

TEST(a_table_can_do_without_titles)
{
	CLEANUP(freep) char *got = written(FORMAT_TABLE, &(struct grid_look){ .no_head = true });

	assert_memory_equal(got, "css/0.0.0313 ", 13);
}

TEST(csv_quotes_what_rfc_4180_wants_quoted_and_ends_lines_with_crlf)
{
	expect(FORMAT_CSV, &(struct grid_look){ 0 },
	       "id,vfs,used_by,why\r\n"
	       "css/0.0.0313,12,\"/ (host), encf5f0 up\",\r\n"
	       "\"say \"\"$(id)\"\", `ls` \\ ?[2J?\",-,,\r\n");
}

TEST(pairs_are_safe_in_a_shell)
{
	expect(FORMAT_PAIRS, &(struct grid_look){ 0 },
	       "ID=\"css/0.0.0313\" VFS=\"12\" USED_BY=\"/ (host), encf5f0 up\" WHY=\"\"\n"
	       "ID=\"say \\\"\\$(id)\\\", \\`ls\\` \\\\ ?[2J?\" VFS=\"-\" USED_BY=\"\" WHY=\"\"\n");
}

TEST(json_tells_null_from_empty_and_numbers_from_text)
{
	expect(FORMAT_JSON, NULL,
	       "\n  { \"id\": \"css/0.0.0313\", \"vfs\": 12, \"used_by\": [ \"/ (host)\", "
	       "\"encf5f0 up\" ], \"why\": null },"
	       "\n  { \"id\": \"say \\\"$(id)\\\", `ls` \\\\ ?[2J?\", \"vfs\": null, \"used_by\": "
	       "[ ], \"why\": \"\" }");
}

TEST(lines_stay_lines_in_json_and_nothing_else_of_them_gets_out_raw)
{
	static const struct field one[] = { { "value", "Value", FIELD_TEXT } };
	CLEANUP(grid_done) struct grid g = { .fields = one, .n_fields = 1 };
	CLEANUP(freep) char *text = NULL;
	bool first = true;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(grid_add_lines(&g, "{\n  \"a\033\": 1\n}\nmore", 16), 0);
	assert_int_equal(grid_add_lines(&g, "\n", 1), 0);
	assert_int_equal(grid_write_json(&g, &first, f), 0);
	fclose(f);
	assert_string_equal(
		text,
		"\n  { \"value\": \"{\\n  \\\"a?\\\": 1\\n}\\nmo\" },\n  { \"value\": \"\\n\" }");
}

static int rows_that_match(const char *expr)
{
	CLEANUP(grid_done) struct grid g = two_rows();
	CLEANUP(filter_freep) struct filter *f = NULL;
	CLEANUP(freep) char *bad = NULL;
	int r = filter_new(expr, fields, ARRAY_SIZE(fields), &f, &bad);

	if (r < 0) {
		assert_non_null(bad);
		return r;
	}
	return filter_match(f, &g, 0) + 2 * filter_match(f, &g, 1);
}

TEST(a_filter_takes_text_equality_expressions_and_their_opposites)
{
	assert_int_equal(rows_that_match(""), 3);
	assert_int_equal(rows_that_match("CSS"), 1);
	assert_int_equal(rows_that_match("vfs=12"), 1);
	assert_int_equal(rows_that_match("vfs=1"), 0);
	assert_int_equal(rows_that_match("id~^css/0\\.0\\.03"), 1);
	assert_int_equal(rows_that_match("!css"), 2);
	assert_int_equal(rows_that_match("!vfs=12"), 2);
	assert_int_equal(rows_that_match("css,vfs=-"), 0);
	assert_int_equal(rows_that_match("encf5f0"), 1);
	assert_int_equal(rows_that_match("\"\\, `ls"), 2);
	assert_int_equal(rows_that_match("why="), 3);
}

TEST(a_filter_with_a_wrong_key_or_expression_is_refused)
{
	assert_int_equal(rows_that_match("nothing=1"), -ENOENT);
	assert_int_equal(rows_that_match("id~("), -EINVAL);
}

TEST(formats_have_their_names)
{
	enum format f = FORMAT_TABLE;

	assert_int_equal(format_parse("csv", &f), 0);
	assert_int_equal(f, FORMAT_CSV);
	assert_int_equal(format_parse("xml", &f), -EINVAL);
	assert_int_equal(f, FORMAT_CSV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_table_is_aligned_with_numbers_to_the_right_and_no_blanks_at_the_end),
		CASE(a_table_wider_than_the_terminal_has_its_widest_columns_cut),
		CASE(a_table_can_do_without_titles),
		CASE(csv_quotes_what_rfc_4180_wants_quoted_and_ends_lines_with_crlf),
		CASE(pairs_are_safe_in_a_shell),
		CASE(json_tells_null_from_empty_and_numbers_from_text),
		CASE(lines_stay_lines_in_json_and_nothing_else_of_them_gets_out_raw),
		CASE(a_filter_takes_text_equality_expressions_and_their_opposites),
		CASE(a_filter_with_a_wrong_key_or_expression_is_refused),
		CASE(formats_have_their_names),
	};

	return RUN(tests);
}
