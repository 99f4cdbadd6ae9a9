/* SPDX-License-Identifier: MIT */
/* What the programs of a boot make of a rebooted machine, file by file. */
#include "boot.h"
#include "check.h"
#include "mem.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEF  "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a"
#define PATH "/etc/mdevctl.d/0.0.0314/" DEF

static struct sys *built_in(const char *name)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new_named(name, &sys), 0);
	return sys;
}

static void boot(struct sys *sys)
{
	assert_int_equal(sim_reboot(sys), 0);
	assert_int_equal(boot_play(sys), 0);
}

/* Makes, replaces or (value NULL) removes a file. */
static void put(struct sys *sys, const char *path, const char *value)
{
	assert_int_equal(sys_stage(sys, path, value, value ? strlen(value) : 0), 0);
	assert_int_equal(sys_publish(sys, path), 0);
}

static bool active(struct sys *sys, const char *uuid)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s", uuid);
	return sys_exists(sys, path);
}

static void assert_driver(struct sys *sys, const char *bus, const char *dev, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", bus, dev);
	if (sys_read_base(sys, path, &b) < 0)
		buf_reset(&b);
	assert_string_equal(buf_str(&b), expected);
}

/* Each device of a bus with its driver. */
static char *drivers_of(struct sys *sys, const char *bus)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct buf all = { 0 };
	char path[160];
	const char *name;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	sys_list(sys, path, &names);
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf driver = { 0 };

		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", bus, name);
		sys_read_base(sys, path, &driver);
		assert_int_equal(buf_printf(&all, "%s=%s\n", name, buf_str(&driver)), 0);
	}
	assert_int_equal(buf_adds(&all, ""), 0);
	return buf_take(&all);
}

TEST(after_a_boot_every_device_has_the_driver_it_had)
{
	static const char *const buses[] = { "css", "ccw", "ap", "pci" };

	for (const struct sim_machine *m = sim_machines; m->name; m++) {
		CLEANUP(sys_freep) struct sys *sys = built_in(m->name);
		char *before[ARRAY_SIZE(buses)];

		if (str_eq(m->name, "hostile"))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
			before[i] = drivers_of(sys, buses[i]);
		boot(sys);
		for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
			CLEANUP(freep) char *after = drivers_of(sys, buses[i]);

			assert_string_equal(after, before[i]);
			free(before[i]);
		}
	}
}

TEST(what_is_defined_auto_runs_after_a_boot)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(sys_freep) struct sys *x86 = built_in("x86");

	boot(sys);
	assert_true(active(sys, DEF));
	boot(x86);
	assert_true(active(x86, "5c1f0b2e-3d47-4f6a-9c8b-0a1b2c3d4e5f"));
}

TEST(what_is_defined_manual_does_not_run_after_a_boot)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, PATH,
	    "{\n  \"mdev_type\": \"vfio_ccw-io\",\n  \"start\": \"manual\",\n  \"attrs\": []\n}");
	boot(sys);
	assert_driver(sys, "css", "0.0.0314", "vfio_ccw");
	assert_false(active(sys, DEF));
}

TEST(without_driverctls_file_the_device_is_the_hosts_and_its_mdev_does_not_run)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, "/etc/driverctl.d/css-0.0.0314", NULL);
	boot(sys);
	assert_driver(sys, "css", "0.0.0314", "io_subchannel");
	assert_true(sys_exists(sys, "/sys/bus/ccw/devices/0.0.2b0a"));
	assert_false(active(sys, DEF));
}

TEST(without_the_udev_rules_of_the_tools_nothing_happens)
{
	CLEANUP(sys_freep) struct sys *a = built_in("lpar");
	CLEANUP(sys_freep) struct sys *b = built_in("lpar");
	CLEANUP(sys_freep) struct sys *c = built_in("lpar");

	put(a, "/usr/lib/udev/rules.d/05-driverctl.rules", NULL);
	boot(a);
	assert_driver(a, "css", "0.0.0314", "io_subchannel");
	put(b, "/usr/lib/udev/rules.d/60-mdevctl.rules", NULL);
	boot(b);
	assert_driver(b, "css", "0.0.0314", "vfio_ccw");
	assert_false(active(b, DEF));
	/* as Debian's package has it */
	put(c, "/usr/bin/mdevctl", "");
	put(c, "/usr/sbin/mdevctl", NULL);
	boot(c);
	assert_false(active(c, DEF));
}

TEST(the_driver_none_binds_nothing)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, "/etc/driverctl.d/css-0.0.0313", "none\n");
	boot(sys);
	assert_driver(sys, "css", "0.0.0313", "");
}

TEST(an_attribute_that_is_refused_removes_the_mdev_again)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, PATH,
	    "{\n  \"mdev_type\": \"vfio_ccw-io\",\n  \"start\": \"auto\",\n  \"attrs\": [\n    {\n"
	    "      \"nonsense\": \"1\"\n    }\n  ]\n}");
	boot(sys);
	assert_false(active(sys, DEF));
	assert_driver(sys, "css", "0.0.0314", "vfio_ccw");
}

#define MATRIX "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define MANUAL "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842"

static void assert_line(struct sys *sys, const char *path, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read_line(sys, path, &b), 0);
	assert_string_equal(buf_str(&b), expected);
}

TEST(the_rule_sets_the_masks_and_then_the_matrices_start)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(buf_done) struct buf before = { 0 }, after = { 0 };

	assert_int_equal(sys_read(sys, "/sys/bus/mdev/devices/" MATRIX "/ap_config", &before), 0);
	boot(sys);
	assert_line(sys, "/sys/bus/ap/apmask",
		    "0xfffff7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	assert_true(active(sys, MATRIX));
	assert_false(active(sys, MANUAL));
	assert_int_equal(sys_read(sys, "/sys/bus/mdev/devices/" MATRIX "/ap_config", &after), 0);
	assert_string_equal(buf_str(&before), buf_str(&after));
	assert_driver(sys, "ap", "14.0004", "vfio_ap");
}

TEST(without_the_rule_no_matrix_starts_and_the_queues_are_the_hosts)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, "/etc/udev/rules.d/41-ap.rules", NULL);
	boot(sys);
	assert_false(sys_exists(sys, "/sys/module/vfio_ap"));
	assert_false(active(sys, MATRIX));
	assert_driver(sys, "ap", "14.0004", "cex4queue");
}

TEST(one_broken_definition_stops_the_autostart_of_its_parent_only)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	const char *def =
		"{\n  \"mdev_type\": \"vfio_ccw-io\",\n  \"start\": \"auto\",\n  \"attrs\": []\n}";

	put(sys, "/etc/mdevctl.d/0.0.0314/aaaaaaaa-0000-4000-8000-000000000001",
	    "{ \"mdev_type\": ");
	put(sys, "/etc/driverctl.d/css-0.0.0313", "vfio_ccw\n");
	put(sys, "/etc/mdevctl.d/0.0.0313/aaaaaaaa-0000-4000-8000-000000000002", def);
	boot(sys);
	assert_false(active(sys, DEF));
	assert_true(active(sys, "aaaaaaaa-0000-4000-8000-000000000002"));
}

TEST(modules_load_d_is_loaded_at_boot)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	put(sys, "/etc/modules-load.d/vfiocfg.conf", "tape_3590\n");
	boot(sys);
	assert_true(sys_exists(sys, "/sys/module/tape_3590"));
	assert_true(sys_exists(sys, "/sys/module/vfio_pci"));
}

TEST(rules_free_ignored_devices_and_set_them_online)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("zvm");

	boot(sys);
	assert_true(sys_exists(sys, "/sys/block/dasda/dasda1"));
	assert_true(sys_exists(sys, "/sys/class/net/enc600"));
	assert_false(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0200"));
	put(sys, "/etc/udev/rules.d/41-cio-ignore.rules", NULL);
	boot(sys);
	assert_false(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0100"));
	assert_true(sys_exists(sys, "/sys/bus/ccw/devices/0.0.0009"));
}

TEST(an_ignored_device_is_not_given_away_either)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("zvm");

	put(sys, "/usr/sbin/driverctl", "");
	put(sys, "/usr/lib/udev/rules.d/05-driverctl.rules", "");
	put(sys, "/etc/driverctl.d/css-0.0.0005", "vfio_ccw\n");
	boot(sys);
	assert_false(sys_exists(sys, "/sys/bus/css/devices/0.0.0005"));
}

TEST(a_boot_of_the_hostile_machine_comes_to_an_end)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("hostile");

	boot(sys);
	assert_false(sys_exists(sys, "/sys/module/vfio_ccw"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(after_a_boot_every_device_has_the_driver_it_had),
		CASE(what_is_defined_auto_runs_after_a_boot),
		CASE(what_is_defined_manual_does_not_run_after_a_boot),
		CASE(without_driverctls_file_the_device_is_the_hosts_and_its_mdev_does_not_run),
		CASE(without_the_udev_rules_of_the_tools_nothing_happens),
		CASE(the_driver_none_binds_nothing),
		CASE(an_attribute_that_is_refused_removes_the_mdev_again),
		CASE(the_rule_sets_the_masks_and_then_the_matrices_start),
		CASE(without_the_rule_no_matrix_starts_and_the_queues_are_the_hosts),
		CASE(one_broken_definition_stops_the_autostart_of_its_parent_only),
		CASE(modules_load_d_is_loaded_at_boot),
		CASE(rules_free_ignored_devices_and_set_them_online),
		CASE(an_ignored_device_is_not_given_away_either),
		CASE(a_boot_of_the_hostile_machine_comes_to_an_end),
	};

	return RUN(tests);
}
