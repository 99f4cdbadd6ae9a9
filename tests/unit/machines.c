/* SPDX-License-Identifier: MIT */
/* What holds for every built-in machine, and what each is there to show. */
#include "check.h"
#include "mem.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct sys *built_in(const char *name)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new_named(name, &sys), 0);
	return sys;
}

static char *saved(struct sys *sys)
{
	struct buf b = { 0 };

	assert_int_equal(sim_save(sys, &b), 0);
	return buf_take(&b);
}

static void assert_base(struct sys *sys, const char *link, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (sys_read_base(sys, link, &b) < 0)
		fail_msg("there is no %s", link);
	assert_string_equal(buf_str(&b), expected);
}

static void assert_line(struct sys *sys, const char *path, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (sys_read_line(sys, path, &b) < 0)
		fail_msg("there is no %s", path);
	assert_string_equal(buf_str(&b), expected);
}

TEST(every_machine_loads_and_loads_again_from_what_it_saved)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++) {
		CLEANUP(sys_freep) struct sys *sys = NULL;
		CLEANUP(sys_freep) struct sys *again = NULL;
		CLEANUP(freep) char *one = NULL;
		CLEANUP(freep) char *two = NULL;
		struct sim_error err = { 0 };

		if (sim_new(m->text, strlen(m->text), &sys, &err) < 0)
			fail_msg("%s: line %u: expected %s", m->name, err.line, err.expected);
		one = saved(sys);
		if (sim_new(one, strlen(one), &again, &err) < 0)
			fail_msg("%s saved: line %u: expected %s", m->name, err.line, err.expected);
		two = saved(again);
		assert_string_equal(one, two);
	}
}

TEST(every_machine_says_what_it_is_in_one_line)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++)
		if (strlen(m->about) < 20 || strlen(m->about) > 100 || strchr(m->about, '\n'))
			fail_msg("%s: \"%s\"", m->name, m->about);
}

TEST(nobody_has_seen_events_of_a_machine_that_was_just_loaded)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++) {
		CLEANUP(sys_freep) struct sys *sys = built_in(m->name);
		struct sys_event e = { 0 };

		assert_int_equal(sys_watch(sys, &e), 0);
	}
}

TEST(no_machine_of_another_name_is_built_in)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new_named("nobody", &sys), -ENOENT);
}

TEST(lpar_has_forty_subchannels_and_the_disks_everybody_knows)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int n = 0;

	assert_int_equal(sys_list(sys, "/sys/bus/css/devices", &names), 0);
	buf_foreach_name (&names, name)
		n++;
	assert_int_equal(n, 40);
	assert_line(sys, "/sys/bus/css/devices/0.0.0313/dev_busid", "0.0.2b09");
	assert_line(sys, "/sys/bus/css/devices/0.0.0313/0.0.2b09/online", "0");
	assert_line(sys, "/sys/bus/css/devices/0.0.0313/0.0.2b09/devtype", "3390/0c");
	assert_base(sys, "/sys/bus/css/devices/0.0.0314/driver", "vfio_ccw");
	assert_base(sys, "/sys/block/dasda/device", "0.0.0190");
	assert_base(sys, "/sys/class/net/encf5f0/device", "0.0.f5f0");
}

TEST(lpar_has_four_adapters_of_which_one_is_for_guests)
{
	static const char *const names[] = { "lpar", "lpar72" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(sys_freep) struct sys *sys = built_in(names[i]);

		assert_base(sys, "/sys/bus/ap/devices/05.00ab/driver", "cex4queue");
		assert_base(sys, "/sys/bus/ap/devices/14.00ab/driver", "vfio_ap");
		assert_line(sys, "/sys/bus/ap/devices/card14/type", "CEX7C");
		assert_line(sys, "/sys/bus/ap/devices/card0a/type", "CEX8A");
		assert_base(sys,
			    "/sys/bus/mdev/devices/1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11/mdev_type",
			    "vfio_ap-passthrough");
		assert_int_equal(sys_exists(sys, "/sys/bus/ap/devices/05.0004/driver_override"),
				 i == 1);
	}
}

TEST(hostile_has_control_characters_where_people_would_see_them)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("hostile");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(sys, "/proc/sys/kernel/hostname", &b), 0);
	assert_non_null(strchr(b.data, '\x1b'));
	assert_false(sys_exists(sys, "/sys/bus/css/devices/0.0.0004"));
}

TEST(zvm_hides_what_is_ignored)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("zvm");

	assert_true(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0100"));
	assert_false(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0200"));
	assert_int_equal(sys_write(sys, "/proc/cio_ignore", "free 0.0.0200"), 0);
	assert_true(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0200"));
}

TEST(x86_has_a_gpu_of_four_functions_in_one_group)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("x86");
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int n = 0;

	assert_int_equal(sys_list(sys, "/sys/kernel/iommu_groups/17/devices", &names), 0);
	buf_foreach_name (&names, name)
		n++;
	assert_int_equal(n, 4);
	assert_false(sys_exists(sys, "/sys/bus/css"));
}

TEST(empty_has_no_driver_of_vfio_and_no_parent)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("empty");

	assert_false(sys_exists(sys, "/sys/module/vfio"));
	assert_false(sys_exists(sys, "/sys/class/mdev_bus"));
	assert_int_equal(sys_load_module(sys, "vfio_ccw"), 0);
	assert_true(sys_exists(sys, "/sys/module/vfio"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_machine_loads_and_loads_again_from_what_it_saved),
		CASE(every_machine_says_what_it_is_in_one_line),
		CASE(nobody_has_seen_events_of_a_machine_that_was_just_loaded),
		CASE(no_machine_of_another_name_is_built_in),
		CASE(lpar_has_forty_subchannels_and_the_disks_everybody_knows),
		CASE(lpar_has_four_adapters_of_which_one_is_for_guests),
		CASE(hostile_has_control_characters_where_people_would_see_them),
		CASE(zvm_hides_what_is_ignored),
		CASE(x86_has_a_gpu_of_four_functions_in_one_group),
		CASE(empty_has_no_driver_of_vfio_and_no_parent),
	};

	return RUN(tests);
}
