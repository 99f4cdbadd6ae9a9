/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <stdio.h>
#include <time.h>

static struct sim *empty(void)
{
	struct sim *sim = NULL;

	assert_int_equal(sim_alloc(&sim), 0);
	return sim;
}

TEST(links_are_followed_on_the_way_and_at_the_end)
{
	struct sim *sim = empty();
	CLEANUP(buf_done) struct buf real = { 0 };

	assert_int_equal(sim_put_file(sim, "/a/b/value", 0, "7\n"), 0);
	assert_int_equal(sim_put_link(sim, "/c/rel", "../a/b"), 0);
	assert_int_equal(sim_put_link(sim, "/c/abs", "/a/b/value"), 0);
	assert_string_equal(sim_value(sim, "/c/rel/value"), "7");
	assert_string_equal(sim_value(sim, "/c/abs"), "7");
	assert_int_equal(sim_real_path(sim, "/c/rel/value", &real), 0);
	assert_string_equal(buf_str(&real), "/a/b/value");
	assert_string_equal(sim_link_base(sim, "/c/rel"), "b");
	sys_free(&sim->sys);
}

TEST(a_link_to_itself_does_not_exist)
{
	struct sim *sim = empty();
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sim_put_link(sim, "/a", "b"), 0);
	assert_int_equal(sim_put_link(sim, "/b", "a"), 0);
	assert_false(sim_has(sim, "/a"));
	assert_int_equal(sys_read(&sim->sys, "/a", &b), -ELOOP);
	sys_free(&sim->sys);
}

TEST(relative_links_are_as_the_kernel_makes_them)
{
	struct sim *sim = empty();
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sim_put_dir(sim, "/sys/devices/css0/0.0.0001"), 0);
	assert_int_equal(
		sim_link_to(sim, "/sys/bus/css/devices/0.0.0001", "/sys/devices/css0/0.0.0001"), 0);
	assert_int_equal(sys_readlink(&sim->sys, "/sys/bus/css/devices/0.0.0001", &b), 0);
	assert_string_equal(buf_str(&b), "../../../devices/css0/0.0.0001");
	assert_true(sim_has(sim, "/sys/bus/css/devices/0.0.0001"));
	sys_free(&sim->sys);
}

TEST(a_directory_moves_with_all_below_it)
{
	struct sim *sim = empty();

	assert_int_equal(sim_put_file(sim, "/a/x/deep", 0, "1\n"), 0);
	assert_int_equal(sim_put_link(sim, "/a/x/up", "../../c"), 0);
	assert_int_equal(sim_put_file(sim, "/c", 0, "9\n"), 0);
	assert_int_equal(sim_move(sim, "/a/x", "/b/y"), 0);
	assert_false(sim_has(sim, "/a/x"));
	assert_string_equal(sim_value(sim, "/b/y/deep"), "1");
	assert_string_equal(sim_value(sim, "/b/y/up"), "9");
	assert_int_equal(sim_move(sim, "/a/x", "/b/z"), -ENOENT);
	sys_free(&sim->sys);
}

TEST(names_are_sorted_whatever_the_order_they_came_in)
{
	struct sim *sim = empty();
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name, *last = "";
	char path[32];
	size_t n = 0;

	for (unsigned i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/d/%03u", i * 7 % 500);
		assert_int_equal(sim_put_file(sim, path, 0, "x"), 0);
	}
	for (unsigned i = 0; i < 500; i += 5) {
		snprintf(path, sizeof(path), "/d/%03u", i);
		sim_del(sim, path);
	}
	assert_int_equal(sim_names(sim, "/d", &names), 0);
	buf_foreach_name (&names, name) {
		assert_true(strcmp(last, name) < 0);
		last = name;
		n++;
	}
	assert_int_equal(n, 400);
	sys_free(&sim->sys);
}

TEST(a_file_is_in_the_way_of_a_directory_and_the_reverse)
{
	struct sim *sim = empty();

	assert_int_equal(sim_put_file(sim, "/a", 0, "x"), 0);
	assert_int_equal(sim_put_file(sim, "/a/b", 0, "x"), -ENOTDIR);
	assert_int_equal(sim_put_dir(sim, "/d"), 0);
	assert_int_equal(sim_put_file(sim, "/d", 0, "x"), -EISDIR);
	sys_free(&sim->sys);
}

TEST(sixty_five_thousand_devices_are_made_and_found_without_delay)
{
	struct sim *sim = empty();
	clock_t start = clock();
	char path[64];

	for (unsigned i = 0; i < 65536; i++) {
		snprintf(path, sizeof(path), "/sys/devices/css0/0.0.%04x/type", i * 40503U % 65536);
		assert_int_equal(sim_put_file(sim, path, 0, "0\n"), 0);
	}
	for (unsigned i = 0; i < 65536; i++) {
		snprintf(path, sizeof(path), "/sys/devices/css0/0.0.%04x/type", i);
		assert_string_equal(sim_value(sim, path), "0");
	}
	/* quadratic work takes minutes */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
	sys_free(&sim->sys);
}

static unsigned looked;

static int lowest(const struct sim *sim, const char *dir)
{
	char path[32];

	looked++;
	for (int i = 0;; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		if (!sim_has(sim, path))
			return i;
	}
}

static int add_numbered(struct sim *sim)
{
	int number = sim_number(sim, "/d", lowest);
	char path[32];

	snprintf(path, sizeof(path), "/d/%d", number);
	assert_int_equal(sim_put_file(sim, path, 0, "x"), 0);
	return number;
}

TEST(a_free_number_is_looked_for_only_where_one_below_may_be_free)
{
	struct sim *sim = empty();

	for (int i = 0; i < 50; i++)
		assert_int_equal(add_numbered(sim), i);
	assert_int_equal(looked, 1);
	sim_del(sim, "/d/7");
	assert_int_equal(add_numbered(sim), 7);
	assert_int_equal(sim_put_file(sim, "/d/51", 0, "x"), 0); /* by somebody else */
	assert_int_equal(add_numbered(sim), 50);
	assert_int_equal(add_numbered(sim), 52);
	assert_int_equal(add_numbered(sim), 53);
	assert_int_equal(looked, 4);
	sys_free(&sim->sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(links_are_followed_on_the_way_and_at_the_end),
		CASE(a_link_to_itself_does_not_exist),
		CASE(relative_links_are_as_the_kernel_makes_them),
		CASE(a_directory_moves_with_all_below_it),
		CASE(names_are_sorted_whatever_the_order_they_came_in),
		CASE(a_file_is_in_the_way_of_a_directory_and_the_reverse),
		CASE(sixty_five_thousand_devices_are_made_and_found_without_delay),
		CASE(a_free_number_is_looked_for_only_where_one_below_may_be_free),
	};

	return RUN(tests);
}
