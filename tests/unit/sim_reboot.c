/* SPDX-License-Identifier: MIT */
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

static void assert_base(struct sys *sys, const char *link, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (sys_read_base(sys, link, &b) < 0)
		fail_msg("there is no %s", link);
	assert_string_equal(buf_str(&b), expected);
}

TEST(devices_are_back_with_their_default_drivers)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sim_reboot(sys), 0);
	assert_base(sys, "/sys/bus/css/devices/0.0.0314/driver", "io_subchannel");
	assert_true(sys_exists(sys, "/sys/bus/ccw/devices/0.0.2b0a"));
	assert_int_equal(sys_read_line(sys, "/sys/bus/css/devices/0.0.0314/driver_override", &b),
			 0);
	assert_string_equal(buf_str(&b), "(null)");
}

TEST(no_mediated_device_and_no_process_is_left)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(buf_done) struct buf names = { 0 };

	assert_true(sys_exists(sys, "/proc/4711"));
	assert_int_equal(sim_reboot(sys), 0);
	assert_int_equal(sys_list(sys, "/sys/bus/mdev/devices", &names), 0);
	assert_int_equal(names.len, 0);
	assert_false(sys_exists(sys, "/proc/4711"));
	assert_false(sys_exists(sys, "/run/libvirt"));
	assert_true(sys_exists(sys, "/etc/mdevctl.d/0.0.0314"));
}

TEST(the_boot_id_is_another_each_time)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	CLEANUP(buf_done) struct buf a = { 0 }, b = { 0 }, c = { 0 };

	assert_int_equal(sys_read(sys, "/proc/sys/kernel/random/boot_id", &a), 0);
	assert_int_equal(sim_reboot(sys), 0);
	assert_int_equal(sys_read(sys, "/proc/sys/kernel/random/boot_id", &b), 0);
	assert_int_equal(sim_reboot(sys), 0);
	assert_int_equal(sys_read(sys, "/proc/sys/kernel/random/boot_id", &c), 0);
	assert_string_not_equal(a.data, b.data);
	assert_string_not_equal(b.data, c.data);
	assert_int_equal(b.len, 37);
}

TEST(only_modules_that_come_by_themselves_are_loaded)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	assert_int_equal(sys_load_module(sys, "tape_3590"), 0);
	assert_int_equal(sim_reboot(sys), 0);
	assert_false(sys_exists(sys, "/sys/module/tape_3590"));
	assert_false(sys_exists(sys, "/sys/module/vfio_pci"));
	assert_true(sys_exists(sys, "/sys/module/vfio_ccw"));
	assert_int_equal(sys_load_module(sys, "tape_3590"), 0);
}

TEST(disks_and_interfaces_of_the_host_are_there_again)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");

	assert_int_equal(sim_reboot(sys), 0);
	assert_true(sys_exists(sys, "/sys/block/dasda/dasda1/partition"));
	assert_true(sys_exists(sys, "/sys/class/net/encf5f0/operstate"));
	assert_true(sys_exists(sys, "/sys/block/nvme0n1/size"));
}

TEST(virtual_functions_and_overrides_of_pci_are_gone)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("x86");

	assert_int_equal(sys_write(sys, "/sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs", "2"), 0);
	assert_true(sys_exists(sys, "/sys/bus/pci/devices/0000:3c:00.0"));
	assert_int_equal(sim_reboot(sys), 0);
	assert_false(sys_exists(sys, "/sys/bus/pci/devices/0000:3c:00.0"));
	assert_base(sys, "/sys/bus/pci/devices/0000:60:00.0/driver", "nvme");
	assert_base(sys, "/sys/bus/pci/devices/0000:00:1c.0/driver", "pcieport");
}

TEST(every_device_is_announced_by_an_add_event)
{
	CLEANUP(sys_freep) struct sys *sys = built_in("lpar");
	struct sys_event e = { 0 };
	int subchannels = 0, removed = 0;

	assert_int_equal(sim_reboot(sys), 0);
	while (sys_watch(sys, &e) == 1) {
		subchannels += str_eq(e.action, "add") && str_eq(e.subsystem, "css");
		removed += str_eq(e.action, "remove") && str_eq(e.subsystem, "css");
		sys_event_done(&e);
	}
	assert_int_equal(subchannels, 40);
	assert_int_equal(removed, 0);
}

/* The count of boots and the boot id made from it are all that may differ. */
static void same_boot(char *text)
{
	static const char boots[] = "file /.sim/boots 644 \"";
	static const char boot_id[] = "/proc/sys/kernel/random/boot_id 444 \"";
	char *count = strstr(text, boots), *id = strstr(text, boot_id);

	assert_non_null(count);
	assert_non_null(id);
	count[strlen(boots)] = '0';
	id[strlen(boot_id) + 35] = '0';
}

TEST(a_second_reboot_finds_the_same_machine)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++) {
		CLEANUP(sys_freep) struct sys *sys = built_in(m->name);
		CLEANUP(buf_done) struct buf one = { 0 }, two = { 0 };

		assert_int_equal(sim_reboot(sys), 0);
		assert_int_equal(sim_save(sys, &one), 0);
		assert_int_equal(sim_reboot(sys), 0);
		assert_int_equal(sim_save(sys, &two), 0);
		same_boot(one.data);
		same_boot(two.data);
		assert_string_equal(one.data, two.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(devices_are_back_with_their_default_drivers),
		CASE(no_mediated_device_and_no_process_is_left),
		CASE(the_boot_id_is_another_each_time),
		CASE(only_modules_that_come_by_themselves_are_loaded),
		CASE(disks_and_interfaces_of_the_host_are_there_again),
		CASE(virtual_functions_and_overrides_of_pci_are_gone),
		CASE(every_device_is_announced_by_an_add_event),
		CASE(a_second_reboot_finds_the_same_machine),
	};

	return RUN(tests);
}
