/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "devs.h"
#include "mem.h"

#include <string.h>

static struct devid css(uint16_t no)
{
	return devid_css((struct ccwid){ 0, no });
}

static void put_all(struct devs *d)
{
	assert_int_equal(devs_room(d, 5), 0);
	for (uint16_t i = 0; i < 4; i++) {
		struct devid dev = css((uint16_t)(i * 0x1111));

		devs_set(d, i, &dev);
	}
}

/* Both forms tell the same. */
static void assert_works(struct devs *d)
{
	struct devid third = css(0x2222), none = css(0x4444), other = { .bus = BUS_AP }, dev;

	strcpy(other.name, third.name);
	put_all(d);
	assert_int_equal(devs_find(d, 4, &third), 2);
	assert_int_equal(devs_find(d, 2, &third), 2);
	assert_int_equal(devs_find(d, 4, &none), 4);
	assert_int_equal(devs_find(d, 4, &other), 4);
	devs_move(d, 1, 2, 2);
	dev = devs_at(d, 1);
	assert_true(devid_eq(&dev, &third));
	assert_int_equal(devs_find(d, 3, &third), 1);
	devs_move(d, 1, 0, 3);
	dev = devs_at(d, 2);
	assert_true(devid_eq(&dev, &third));
	devs_done(d);
	assert_true(!d->v && !d->subchs);
}

TEST(rows_are_found_and_moved_whether_kept_as_names_or_as_numbers)
{
	struct devs names = { 0 }, numbers = { .subchs = malloc(sizeof(struct ccwid)) };

	assert_non_null(numbers.subchs);
	assert_works(&names);
	assert_works(&numbers);
}

TEST(a_number_among_numbers_is_what_its_name_says)
{
	struct devs d = { .subchs = malloc(2 * sizeof(struct ccwid)) };
	struct devid last = devid_css((struct ccwid){ 3, 0xffff }), dev;

	assert_non_null(d.subchs);
	devs_set(&d, 1, &last);
	dev = devs_at(&d, 1);
	assert_string_equal(dev.name, "0.3.ffff");
	assert_int_equal(dev.bus, BUS_CSS);
	devs_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rows_are_found_and_moved_whether_kept_as_names_or_as_numbers),
		CASE(a_number_among_numbers_is_what_its_name_says),
	};

	return RUN(tests);
}
