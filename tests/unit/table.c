/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "screen.h"

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
	for (size_t i = 0; i < t->n_rows; i++)
		assert_string_equal(inventory_driver(session_inventory(s.session), &t->rows[i]),
				    "vfio_ccw");
	screen_done(&s);
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
	};

	return RUN(tests);
}
