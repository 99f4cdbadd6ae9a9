/* SPDX-License-Identifier: MIT */
/*
 * What line mode says: each line by itself, and no key of the full screen where words are typed.
 */
#include "check.h"
#include "front.h"
#include "screen.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

/* -- line mode -- */

static void open_lines(struct screen *s, const char *machine, int rows)
{
	screen_open(s, machine, 24, 80);
	s->app->opts.paged = s->app->opts.lines = true;
	s->app->said_rows = 18;
	screen_size(s, rows, 79);
}

static void is_told(struct screen *s, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(told_done) struct told t = { 0 };

	line_tell(&t, s->app, &s->canvas, true, &b);
	if (!strstr(buf_str(&b), text))
		fail_msg("\"%s\" is not told:\n%s", text, buf_str(&b));
}

/* Every line of a table names its row, as a number and a name or, going on, by its name. */
static void names_its_row(const char *line)
{
	regex_t form;

	assert_int_equal(regcomp(&form,
				 "^([0-9]+ [-0-9a-f.:]+,|Row [0-9]+ is chosen: |   [-0-9a-f.:]+: "
				 "|[-0-9a-f.:]+: |These are "
				 "|This is |Nothing is staged|vfiocfg on |Places: |Rows | Words "
				 "here: |===>)",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	if (regexec(&form, line, 0, NULL, 0) != 0)
		fail_msg("a line does not say what it is about: \"%s\"", line);
	regfree(&form);
}

TEST(each_line_of_a_table_says_what_it_is_about_and_fits)
{
	static const char *const machines[] = { "lpar", "zvm", "x86", "hostile" };
	static const char *const places[] = { "2", "4", "5", "chpids" };

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
			CLEANUP(buf_done) struct buf b = { 0 };
			struct screen s;
			char *rest, *line;

			open_lines(&s, machines[i], 400);
			app_line(s.app, places[k]);
			app_draw(s.app, &s.canvas);
			assert_int_equal(canvas_to_text(&s.canvas, &b), 0);
			rest = app_table(s.app)->n_rows ? b.data : NULL;
			while (rest && (line = strsep(&rest, "\n"))) {
				assert_true(strlen(line) <= 79);
				if (*line)
					names_its_row(line);
			}
			screen_done(&s);
		}
}

TEST(a_row_is_a_sentence_and_what_is_staged_is_said)
{
	struct screen s;

	open_lines(&s, "lpar", 400);
	screen_keys(&s, "\"channel; find 2b09\"");
	is_told(&s, "\n17 0.0.2b09, 0.0.0313, DASD 3390-9, bound io_subchannel now and at boot, "
		    "free\n");
	is_told(&s, "\nRow 17 is chosen: 0.0.2b09 DASD 3390-9");
	screen_keys(&s, "\"17 s\"");
	is_told(&s, "   0.0.2b09: wanted vfio_ccw (staged), at boot vfio_ccw (staged), free\n");
	is_told(&s, "\n1 staged.\n");
	screen_done(&s);
}

TEST(a_channel_path_is_a_sentence)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	open_lines(&s, "lpar", 400);
	screen_keys(&s, "\"chpids\"");
	screen_has(&s, "These are the channel paths.");
	screen_has(&s, "6 0.40, FICON, varied online, configured, devices 3, only path of 3");
	screen_has(&s, "7 0.41, FICON, varied online, standby, devices 0, only path of 0");
	screen_keys(&s, "\"vary 0.40\"");
	screen_has(&s, "6 0.40, FICON, varied online, configured, wanted vary off (staged)");
}

TEST(an_adapter_is_a_sentence_and_says_whose_its_domains_are)
{
	struct screen s;

	open_lines(&s, "lpar", 400);
	screen_keys(&s,
		    "\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"");
	is_told(&s, "Matrix C is chosen: 669d9b23 (to be started, auto); adapters 05;");
	is_told(&s, "Adapter 05: CEX8C cca online, in the matrix; 0004,00ab matrix C (staged);\n"
		    "   05: 0005,0042 lost by the host (staged)\n");
	is_told(&s, "0042 matrix B (at boot free for guests)");
	screen_keys(&s, "\"time now\"");
	is_told(&s, "whose their queues are, as it is now:");
	is_told(&s, "Adapter 05: CEX8C cca online, in the matrix; 0004-0005,0042,00ab host\n");
	screen_done(&s);
}

TEST(a_change_is_a_sentence)
{
	struct screen s;

	open_lines(&s, "lpar", 24);
	screen_keys(&s, "\"stage 2b09; changes\"");
	is_told(&s, "0.0.0313 driver: now io_subchannel, after commit vfio_ccw,\n"
		    "       0.0.0313 driver: after reboot vfio_ccw\n");
	is_told(&s, "step 1, live: ");
	screen_done(&s);
}

static const char *told(struct told *t, struct screen *s, struct buf *b)
{
	buf_reset(b);
	line_tell(t, s->app, &s->canvas, false, b);
	return buf_str(b);
}

TEST(after_a_dialog_only_what_changed_is_told_and_where_one_is)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(told_done) struct told t = { 0 };
	struct screen s;

	open_lines(&s, "lpar", 400);
	screen_keys(&s, "\"channel\"");
	assert_non_null(strstr(told(&t, &s, &b), "Places: "));
	screen_keys(&s, "\"help\"");
	assert_non_null(strstr(told(&t, &s, &b), "Looking is free"));
	screen_keys(&s, "\"end\"");
	assert_string_equal(told(&t, &s, &b), "This is 2 Channel.\n");
	screen_keys(&s, "\"commit\" \"end\" \"stage 2b0c; commit\"");
	assert_non_null(strstr(told(&t, &s, &b), "Type yes"));
	screen_keys(&s, "\"end\"");
	told(&t, &s, &b);
	assert_non_null(strstr(buf_str(&b), "This is 2 Channel.\n1 staged.\n"));
	assert_null(strstr(buf_str(&b), "0.0.2b0b"));
	screen_done(&s);
}

TEST(the_words_of_a_place_are_told_at_the_first_visit)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(told_done) struct told t = { 0 };
	struct screen s;

	open_lines(&s, "lpar", 400);
	assert_non_null(strstr(told(&t, &s, &b), "Words here: "));
	screen_keys(&s, "\"mdevs\"");
	assert_non_null(strstr(told(&t, &s, &b), "Words here: "));
	screen_keys(&s, "\"overview\"");
	assert_null(strstr(told(&t, &s, &b), "Words here: "));
	screen_done(&s);
}

/* -- no key where words are typed -- */

static regex_t keys[3];
static bool compiled;

static void no_key_in(const char *text, const char *where)
{
	static const char *const forms[ARRAY_SIZE(keys)] = {
		/* of a 3270 they are PF keys */
		"(^|[^A-Za-z0-9./])F[0-9]{1,2}([^0-9A-Za-z]|$)",
		"\\<(Esc|Spc|PgUp|PgDn|BkSp|Tab|arrows?|[Pp]ress|[Ss]pace "
		"(then|on|toggles|stages))\\>",
		"(^|[ (;])[b-zJ-MO-UWYZ?/] "
		"(takes?|undoes|does|shows?|goes|makes?|stages?|leaves?|opens?|begins?|closes?"
		"|puts?|to go|saves?|stays?|ends?|again|keeps?|gives?|jumps?|finishes)\\>",
	};
	CLEANUP(freep) char *copy = strdup(text);
	char *rest = copy, *line;

	for (size_t i = 0; !compiled && i < ARRAY_SIZE(keys); i++)
		assert_int_equal(regcomp(&keys[i], forms[i], REG_EXTENDED), 0);
	compiled = true;
	while ((line = strsep(&rest, "\n")))
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (regexec(&keys[i], line, 0, NULL, 0) == 0)
				fail_msg("%s names a key where words are typed: \"%s\"", where,
					 line);
}

TEST(no_message_names_a_key_where_words_are_typed)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (int id = 0; id < MSG_COUNT; id++) {
		const struct msg_row *row = msg_row((enum msg_id)id);
		const char *const parts[] = { row->what, row->why, row->todo };

		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			for (unsigned where = 1; where <= W_CHANGES; where <<= 1) {
				buf_reset(&b);
				assert_int_equal(key_names(parts[i], where, true, &b), 0);
				no_key_in(buf_str(&b), row->name);
				if (strchr(buf_str(&b), '<'))
					fail_msg("%s names an action that is none: \"%s\"",
						 row->name, buf_str(&b));
			}
	}
}

/* A text that did not go through the one function still has its brackets. */
static void no_bracket_in(const char *text)
{
	for (const struct action *x = actions; x->word; x++) {
		char word[40];

		snprintf(word, sizeof(word), "<%s>", x->word);
		if (strstr(text, word))
			fail_msg("%s stands on the screen:\n%s", word, text);
	}
}

static void look(struct screen *s, const char *script)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	app_draw(s->app, &s->canvas);
	no_key_in(screen_text(s, &b), script);
	no_bracket_in(buf_str(&b));
}

/* Each part of a script is a line that is typed; the screen is looked at behind each. */
static void look_all(struct screen *s, const char *script)
{
	CLEANUP(freep) char *copy = strdup(script);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "|"))) {
		app_line(s->app, line);
		look(s, line);
	}
}

TEST(no_screen_names_a_key_where_words_are_typed)
{
	static const char *const machines[] = {
		"lpar", "zvm", "x86", "hostile", "empty", "lpar72"
	};
	static const char scripts[] =
		"overview|help|down|down|down|end|channel|help|down|down|down|end|open|help|end|"
		"end|find 2b09|stage|"
		"new|help|end|end|crypto|help|down|down|down|down|end|use B|compare A|time boot|"
		"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71|assign 14 "
		"0004|remedy|party|left|up|pci|help|down|end|open|"
		"end|mdevs|help|end|attributes|help|end|end|changes|down|down|down|help|end|doctor|"
		"help|end|end|"
		"setup|help|end|ok|channel|help|end|back|end|only "
		"nothing|commit|help|end|end|end|help|end|no|"
		"help stage|end|help nonsense|end|nonsense|sriov 3|find "
		"nothing|commit|ack|yes|end|undo|redo|stage 0190|commit|end|end|no";

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		for (int lines = 0; lines <= 1; lines++) {
			struct screen s;

			screen_open(&s, machines[i], 41, 79);
			s.app->opts.paged = true;
			s.app->opts.lines = lines;
			s.app->said_rows = 18;
			look(&s, machines[i]);
			look_all(&s, scripts);
			screen_done(&s);
		}
}

TEST(the_check_for_keys_finds_some)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct screen s;

	/* The same texts with keys: else nothing would be proved above. */
	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 ?");
	screen_text(&s, &b);
	assert_non_null(strstr(buf_str(&b), "F1"));
	assert_int_equal(regexec(&keys[0], "F3 or q closes", 0, NULL, 0), 0);
	assert_int_equal(regexec(&keys[1], "and press space; v begins a range", 0, NULL, 0), 0);
	assert_int_equal(regexec(&keys[2], "u takes it back", 0, NULL, 0), 0);
	screen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_line_of_a_table_says_what_it_is_about_and_fits),
		CASE(a_row_is_a_sentence_and_what_is_staged_is_said),
		CASE(a_channel_path_is_a_sentence),
		CASE(an_adapter_is_a_sentence_and_says_whose_its_domains_are),
		CASE(a_change_is_a_sentence),
		CASE(after_a_dialog_only_what_changed_is_told_and_where_one_is),
		CASE(the_words_of_a_place_are_told_at_the_first_visit),
		CASE(no_message_names_a_key_where_words_are_typed),
		CASE(no_screen_names_a_key_where_words_are_typed),
		CASE(the_check_for_keys_finds_some),
	};

	return RUN(tests);
}
