/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "lab.h"
#include "screen.h"
#include "../prop/wish_dice.h"

#include <stdio.h>
#include <string.h>

static const struct view *const views[] = { &view_channel, &view_pci, &view_mdev, &view_ap };

static bool shows(const struct table_layout *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].column->key, key))
			return true;
	return false;
}

TEST(a_layout_fits_its_width_and_keeps_columns_apart)
{
	struct table_layout l;

	for (size_t v = 0; v < ARRAY_SIZE(views); v++)
		for (int cols = 1; cols < 300; cols++)
			for (size_t left = 0; left < 12; left++) {
				int at = 0;

				table_layout(views[v], cols, left, &l);
				for (size_t i = 0; i < l.n; i++) {
					assert_true(l.v[i].at > at);
					assert_true(l.v[i].width > 0);
					at = l.v[i].at + l.v[i].width;
				}
				assert_true(at <= cols || cols < 5);
			}
}

TEST(the_five_facts_are_shown_at_sixty_columns)
{
	static const char *const facts[] = { "bound", "wanted", "after_reboot", "used_by" };
	struct table_layout l;

	for (size_t v = 0; v < ARRAY_SIZE(views); v++) {
		table_layout(views[v], MIN_COLS, 0, &l);
		assert_ptr_equal(l.v[0].column, &views[v]->columns[0]);
		for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
			if (!shows(&l, facts[i]) && !(views[v] == &view_mdev && i == 0))
				fail_msg("%s has no %s", views[v]->name, facts[i]);
		for (size_t i = 0; i < l.n; i++)
			assert_true(l.v[i].width >= l.v[i].column->min);
	}
}

TEST(wider_screens_show_more_columns_and_narrow_ones_say_that_there_are_more)
{
	struct table_layout l;

	table_layout(&view_channel, 80, 0, &l);
	assert_true(shows(&l, "subchannel") && shows(&l, "what") && !shows(&l, "chpids"));
	assert_true(l.right && !l.left);
	table_layout(&view_channel, 132, 0, &l);
	assert_true(shows(&l, "chpids") && shows(&l, "online") && shows(&l, "after_why"));
	assert_false(l.right);
	table_layout(&view_channel, 80, 2, &l);
	assert_true(l.left && shows(&l, "device") && shows(&l, "chpids") &&
		    !shows(&l, "subchannel"));
}

TEST(what_is_typed_for_a_column_is_its_key_its_title_or_a_beginning)
{
	assert_int_equal(view_column(&view_channel, "device"), 0);
	assert_int_equal(view_column(&view_channel, "Bound now"),
			 view_column(&view_channel, "bound"));
	assert_int_equal(view_column(&view_channel, "sub"), 1);
	assert_int_equal(view_column(&view_channel, "zzz"), -1);
	assert_int_equal(view_column(&view_channel, ""), -1);
}

TEST(every_column_has_a_key_a_title_and_help)
{
	for (size_t v = 0; v < ARRAY_SIZE(views); v++)
		for (size_t i = 0; i < views[v]->n_columns; i++) {
			const struct column *c = &views[v]->columns[i];

			assert_true(*c->key && *c->title && *c->help && c->min > 0 && c->cell);
			assert_true(!c->max || c->max >= c->min);
			assert_int_equal(strspn(c->key, "abcdefghijklmnopqrstuvwxyz_"),
					 strlen(c->key));
		}
}

TEST(the_cursor_stays_on_its_device_when_rows_come_and_go)
{
	struct screen s;
	struct devid dev, now;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 down down down");
	assert_true(app_current(s.app, &dev));
	screen_keys(&s, "\"sort used\"");
	assert_true(app_current(s.app, &now) && devid_eq(&dev, &now));
	screen_keys(&s, "\"sort\"");
	assert_true(app_current(s.app, &now) && devid_eq(&dev, &now));
	screen_done(&s);
}

TEST(a_filter_says_how_many_rows_it_hides_and_escape_takes_it_away)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	screen_keys(&s, "2 \"only 2b09\"");
	screen_has(&s, "hidden by filter \"2b09\"");
	screen_has(&s, "1-1/1");
	screen_keys(&s, "\"only nothinglikeit\"");
	screen_has(&s, "rows are hidden by the filter");
	screen_keys(&s, "esc");
	screen_lacks(&s, "hidden");
	screen_done(&s);
}

TEST(filters_take_ranges_columns_and_not)
{
	struct screen s;
	const struct table_state *t;

	screen_open(&s, "lpar", 24, 80);
	t = &s.app->tables[P_CHANNEL];
	screen_keys(&s, "2 \"only 0.0.2b09-0.0.2b0a\"");
	assert_int_equal(t->n_rows, 2);
	screen_keys(&s, "\"only 2b09-2b0a !2b0a\"");
	assert_int_equal(t->n_rows, 1);
	screen_keys(&s, "\"only bound=vfio_ccw\"");
	assert_true(t->n_rows > 0);
	for (size_t i = 0; i < t->n_rows; i++) {
		struct devid row = devs_at(&t->rows, i);

		assert_string_equal(inventory_driver(session_inventory(s.session), &row),
				    "vfio_ccw");
	}
	screen_done(&s);
}

static const char *const filters[] = {
	"",
	"2b",
	"0",
	"a",
	"staged",
	"!staged",
	"guests",
	"!guests",
	"host",
	"blocked",
	"used=free",
	"wanted=vfio",
	"after=un",
	"device=2b",
	"!vfio 3390",
	"VFIO",
	"f !2b !free",
	"mdevs=",
	"0.0.0000-0.0.0009",
	"persistent=vfio",
	"OSA",
	"...",
	"bound=io after=io",
};

/* As the edits below leave the machine, something of each kind is staged. */
static void stage_some(struct screen *s)
{
	screen_keys(s, "2 \"stage 2b09\" down down down space down down space down space");
}

TEST(rows_that_are_told_by_their_kind_pass_the_filters_that_they_pass_alone)
{
	static const struct view *const two[] = { &view_channel, &view_pci, &view_mdev };
	static const char *const machines[] = { "lpar", "x86" };

	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		struct screen s;

		screen_open(&s, machines[m], 24, 80);
		stage_some(&s);
		for (size_t k = 0; k < ARRAY_SIZE(two) * ARRAY_SIZE(filters); k++) {
			const struct view *v = two[k % ARRAY_SIZE(two)];
			const char *filter = filters[k / ARRAY_SIZE(two)];
			CLEANUP(devs_done) struct devs rows = { 0 };
			CLEANUP(devs_done) struct devs left = { 0 };
			size_t n, kept, at = 0;

			assert_int_equal(v->rows(s.session, &rows, &n), 0);
			assert_int_equal(v->rows(s.session, &left, &n), 0);
			kept = view_filter(v, s.session, filter, &left, n);
			for (size_t i = 0; i < n; i++) {
				struct devid row = devs_at(&rows, i);

				if (!view_match(v, s.session, &row, filter))
					continue;
				if (devs_find(&left, kept, &row) != at)
					fail_msg("%s is missing of \"%s\"", row.name, filter);
				at++;
			}
			assert_int_equal(at, kept);
		}
		screen_done(&s);
	}
}

/* Does any cell have the text? Plainly, cell by cell. */
static bool any_cell_has(const struct view *v, const struct session *s, const struct devid *row,
			 const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < v->n_columns; i++) {
		enum look look = LOOK_PLAIN;

		buf_reset(&b);
		assert_int_equal(v->columns[i].cell(s, row, &b, &look), 0);
		if (strcasestr(buf_str(&b), text))
			return true;
	}
	return false;
}

TEST(a_text_is_found_in_each_row_that_has_it_in_a_cell_one_after_the_other)
{
	static const char *const texts[] = { "2b0",  "VFIO_ccw", "DASD 3390", "free", "!",
					     "host", "50 51",	 "no-such",   "...",  "staged" };
	CLEANUP(devs_done) struct devs rows = { 0 };
	struct screen s;
	size_t n;

	screen_open(&s, "lpar", 24, 80);
	stage_some(&s);
	assert_int_equal(view_channel.rows(s.session, &rows, &n), 0);
	for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
		size_t at = n - 1, found = 0, next;

		for (size_t i = 0; i < n; i++) {
			struct devid row = devs_at(&rows, i);

			if (!any_cell_has(&view_channel, s.session, &row, texts[k]))
				continue;
			assert_true(
				view_find(&view_channel, s.session, texts[k], &rows, n, at, &next));
			assert_int_equal(next, i);
			at = next;
			found++;
		}
		assert_int_equal(view_find(&view_channel, s.session, texts[k], &rows, n, at, &next),
				 found > 0);
	}
	screen_done(&s);
}

TEST(a_sorted_column_is_in_order_and_equal_rows_in_theirs)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	stage_some(&s);
	for (int k = 0; k < 2 * (int)view_channel.n_columns; k++) {
		const struct column *col = &view_channel.columns[k / 2];
		CLEANUP(devs_done) struct devs rows = { 0 };
		size_t n;

		assert_int_equal(view_channel.rows(s.session, &rows, &n), 0);
		assert_int_equal(view_sort(&view_channel, s.session, k / 2, k % 2, &rows, n), 0);
		for (size_t i = 1; i < n; i++) {
			CLEANUP(buf_done) struct buf a = { 0 };
			CLEANUP(buf_done) struct buf b = { 0 };
			struct devid above = devs_at(&rows, i - 1), row = devs_at(&rows, i);
			enum look look = LOOK_PLAIN;
			int c;

			assert_int_equal(col->cell(s.session, &above, &a, &look), 0);
			assert_int_equal(col->cell(s.session, &row, &b, &look), 0);
			c = strverscmp(buf_str(&a), buf_str(&b));
			if (col->rank) {
				uint64_t x = col->rank(s.session, &above);
				uint64_t y = col->rank(s.session, &row);

				c = x < y ? -1 : x > y;
			}
			c = k % 2 ? -c : c;
			if (c > 0 || (c == 0 && devid_cmp(&above, &row) > 0))
				fail_msg("%s: %s before %s", col->key, buf_str(&a), buf_str(&b));
		}
	}
	screen_done(&s);
}

TEST(another_letter_narrows_a_filter_unless_it_makes_the_word_another)
{
	static const struct {
		const char *from, *to;
		bool narrows;
	} typed[] = {
		{ "", "2", true },
		{ "2b", "2b0", true },
		{ "2b", "02b", true },
		{ "2b dasd", "2b dasdf", true },
		{ "2b", "2b !free", true },
		{ "used=fr", "used=free", true },
		{ "2b0", "2b", false },
		{ "!2", "!2b", false },
		{ "stage", "staged", false },
		{ "used", "used=free", false },
		{ "2b00-2b0", "2b00-2b0f", false },
		{ "2b00-2b0f", "2b00-2bff", false },
		{ "used=free", "2b used=free", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(typed); i++)
		if (view_narrows(&view_channel, typed[i].from, typed[i].to) != typed[i].narrows)
			fail_msg("\"%s\" and then \"%s\"", typed[i].from, typed[i].to);
}

/* What the table shows is what it would show if it were made anew. */
static void assert_as_made_anew(const struct session *s, const struct table_state *t)
{
	struct table_state anew = { .view = t->view, .sort = t->sort, .sort_down = t->sort_down };

	memcpy(anew.filter, t->filter, sizeof(anew.filter));
	assert_int_equal(table_rebuild(&anew, s), 0);
	assert_int_equal(anew.n_rows, t->n_rows);
	assert_int_equal(anew.hidden, t->hidden);
	for (size_t i = 0; i < t->n_rows; i++) {
		struct devid is = devs_at(&t->rows, i), shall = devs_at(&anew.rows, i);

		if (!devid_eq(&is, &shall))
			fail_msg("%s in place of %s (sort %d, filter \"%s\")", is.name, shall.name,
				 t->sort, t->filter);
	}
	table_state_done(&anew);
}

TEST(after_an_edit_rows_stand_where_they_would_if_all_were_sorted_and_filtered_again)
{
	static const char *const edits[] = {
		"space",
		"down space",
		"u",
		"u",
		"\"redo\"",
		"down space down space",
		"\"stage 2b09 2b0a\"",
		"\"clear\"",
		"u",
		"G",
		"space up space",
		"g space",
	};
	static const char *const machines[] = { "lpar", "x86" };

	for (int k = 0; k < 2 * 18 * (int)ARRAY_SIZE(filters); k++) {
		const char *filter = filters[k / 2 % (int)ARRAY_SIZE(filters)];
		int sort = k / 2 / (int)ARRAY_SIZE(filters);
		struct table_state *t;
		struct screen s;

		/* Each filter with some of the columns. */
		if ((k / 2) % 5)
			continue;
		screen_open(&s, machines[k % 2], 24, 80);
		screen_keys(&s, k % 2 ? "4" : "2");
		t = app_table(s.app);
		t->sort = MIN(sort, (int)t->view->n_columns - 1);
		t->sort_down = k % 3 == 0;
		snprintf(t->filter, sizeof(t->filter), "%s", filter);
		app_reorder(s.app);
		for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
			screen_keys(&s, edits[i]);
			while (s.app->dialog)
				screen_keys(&s, "esc");
			assert_as_made_anew(s.session, t);
		}
		screen_done(&s);
	}
}

TEST(a_filter_typed_letter_by_letter_leaves_what_it_leaves_at_once)
{
	struct screen s;

	screen_open(&s, "lpar", 24, 80);
	stage_some(&s);
	for (size_t k = 0; k < 2 * ARRAY_SIZE(filters); k++) {
		struct table_state t = { .view = &view_channel, .sort = k % 2 ? 2 : -1 };
		const char *filter = filters[k / 2];

		for (size_t n = 0; n <= strlen(filter); n++) {
			snprintf(t.filter, sizeof(t.filter), "%.*s", (int)n, filter);
			assert_int_equal(table_rebuild(&t, s.session), 0);
			assert_as_made_anew(s.session, &t);
		}
		table_state_done(&t);
	}
	screen_done(&s);
}

TEST(after_edits_of_any_kind_by_chance_rows_stand_where_they_would_if_made_anew)
{
	static const char *const machines[] = { "lpar", "lpar72", "x86" };
	static const struct view *const of[] = { &view_channel, &view_pci };
	unsigned seed = dice_env("SEED", 1), alone = 0;

	for (unsigned k = 0; k < dice_env("ROUNDS", 60); k++) {
		struct dice dice = { (seed + k) * 7919u + 17 };
		struct lab lab = lab_open(machines[roll(&dice, 3)], "test");
		struct table_state t = { .view = of[roll(&dice, 2)] };

		t.sort = (int)roll(&dice, (unsigned)t.view->n_columns + 1) - 1;
		t.sort_down = roll(&dice, 2);
		snprintf(t.filter, sizeof(t.filter), "%s",
			 filters[roll(&dice, ARRAY_SIZE(filters))]);
		assert_int_equal(table_rebuild(&t, lab.s), 0);
		for (int i = 0; i < 12; i++) {
			const struct devid *devs;
			size_t n;

			if (roll(&dice, 4))
				one_edit(&dice, lab.s);
			else if (roll(&dice, 3))
				session_undo(lab.s);
			else
				session_redo(lab.s);
			alone += session_touched(lab.s, &devs, &n) && n;
			assert_int_equal(table_rebuild(&t, lab.s), 0);
			assert_as_made_anew(lab.s, &t);
		}
		table_state_done(&t);
		lab_done(&lab);
	}
	assert_true(alone > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_layout_fits_its_width_and_keeps_columns_apart),
		CASE(the_five_facts_are_shown_at_sixty_columns),
		CASE(wider_screens_show_more_columns_and_narrow_ones_say_that_there_are_more),
		CASE(what_is_typed_for_a_column_is_its_key_its_title_or_a_beginning),
		CASE(every_column_has_a_key_a_title_and_help),
		CASE(the_cursor_stays_on_its_device_when_rows_come_and_go),
		CASE(a_filter_says_how_many_rows_it_hides_and_escape_takes_it_away),
		CASE(filters_take_ranges_columns_and_not),
		CASE(rows_that_are_told_by_their_kind_pass_the_filters_that_they_pass_alone),
		CASE(a_text_is_found_in_each_row_that_has_it_in_a_cell_one_after_the_other),
		CASE(a_sorted_column_is_in_order_and_equal_rows_in_theirs),
		CASE(another_letter_narrows_a_filter_unless_it_makes_the_word_another),
		CASE(a_filter_typed_letter_by_letter_leaves_what_it_leaves_at_once),
		CASE(after_an_edit_rows_stand_where_they_would_if_all_were_sorted_and_filtered_again),
		CASE(after_edits_of_any_kind_by_chance_rows_stand_where_they_would_if_made_anew),
	};

	return RUN(tests);
}
