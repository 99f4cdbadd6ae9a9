/* SPDX-License-Identifier: MIT */
#include "machine.h"

TEST(a_z_host_is_named_by_its_machine_type)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/sysinfo",
		 "Manufacturer:         IBM             \nType:                 3931            \n"
		 "VM00 Control Program: z/VM    7.3.0   \n");
	tree_put(&m.tree, "/proc/sys/kernel/hostname", "lpar3\n");
	tree_put(&m.tree, "/proc/sys/kernel/osrelease", "6.12.0\n");
	tree_put(&m.tree, "/proc/sys/kernel/random/boot_id",
		 "b0071d00-0000-4000-8000-000000000000\n");
	machine_scan(&m);
	assert_true(m.inv->host.s390);
	assert_string_equal(m.inv->host.machine, "IBM z16 z/VM");
	assert_string_equal(m.inv->host.name, "lpar3");
	assert_string_equal(m.inv->host.kernel, "6.12.0");
	assert_string_equal(m.inv->host.boot_id, "b0071d00-0000-4000-8000-000000000000");
}

TEST(another_host_is_named_by_its_firmware)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
	tree_put(&m.tree, "/sys/class/dmi/id/product_name", "PowerEdge R760\n");
	tree_put(&m.tree, "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\n");
	machine_scan(&m);
	assert_false(m.inv->host.s390);
	assert_string_equal(m.inv->host.machine, "Dell Inc. PowerEdge R760");
	assert_string_equal(m.inv->host.arch, "x86_64");
}

TEST(an_empty_machine_says_nothing_and_has_no_problem)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	machine_scan(&m);
	assert_null(m.inv->host.name);
	assert_null(m.inv->host.kernel);
	assert_false(m.inv->host.has_mdevctl);
	assert_false(inventory_module(m.inv, "kvm")->available);
	assert_null(inventory_module(m.inv, "nonsense"));
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_module_is_loaded_or_to_be_had_or_neither)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/sys/kernel/osrelease", "6.12.0\n");
	tree_put(&m.tree, "/proc/modules", "vfio_ccw 32768 0 - Live 0x0\n");
	tree_dir(&m.tree, "/sys/module/kvm");
	tree_put(&m.tree, "/lib/modules/6.12.0/modules.builtin", "kernel/drivers/vfio/vfio.ko\n");
	tree_put(&m.tree, "/lib/modules/6.12.0/modules.dep",
		 "kernel/drivers/vfio/pci/vfio-pci.ko.xz: "
		 "kernel/drivers/vfio/pci/vfio-pci-core.ko.xz\n"
		 "kernel/drivers/s390/crypto/not_vfio_ap.ko:\n");
	machine_scan(&m);
	assert_true(inventory_module(m.inv, "kvm")->loaded);
	assert_true(inventory_module(m.inv, "vfio_ccw")->loaded);
	assert_false(inventory_module(m.inv, "vfio")->loaded);
	assert_true(inventory_module(m.inv, "vfio")->available);
	assert_true(inventory_module(m.inv, "vfio_pci")->available);
	assert_false(inventory_module(m.inv, "vfio_ap")->available);
}

TEST(a_rule_masked_by_an_empty_file_is_not_in_force)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/usr/lib/udev/rules.d/60-mdevctl.rules", "ACTION==\"add\"\n");
	tree_put(&m.tree, "/usr/lib/udev/rules.d/05-driverctl.rules", "ACTION==\"add\"\n");
	tree_put(&m.tree, "/etc/udev/rules.d/05-driverctl.rules", "");
	tree_put(&m.tree, "/usr/sbin/driverctl", "");
	machine_scan(&m);
	assert_true(m.inv->host.mdev_rule);
	assert_false(m.inv->host.driverctl_rule);
	assert_true(m.inv->host.has_driverctl);
}

TEST(a_rule_that_calls_a_program_where_it_is_not_is_not_in_force)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/usr/lib/udev/rules.d/60-mdevctl.rules",
		 "RUN+=\"/bin/sh -c '/usr/sbin/mdevctl start-parent-mdevs %k'\"\n");
	tree_put(&m.tree, "/usr/bin/mdevctl", "");
	machine_scan(&m);
	assert_true(m.inv->host.has_mdevctl);
	assert_false(m.inv->host.mdev_rule);
	assert_string_equal(m.inv->host.mdev_rule_lacks, "/usr/sbin/mdevctl");
	tree_put(&m.tree, "/usr/sbin/mdevctl", "");
	machine_scan(&m);
	assert_true(m.inv->host.mdev_rule);
	assert_null(m.inv->host.mdev_rule_lacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_z_host_is_named_by_its_machine_type),
		CASE(another_host_is_named_by_its_firmware),
		CASE(an_empty_machine_says_nothing_and_has_no_problem),
		CASE(a_module_is_loaded_or_to_be_had_or_neither),
		CASE(a_rule_masked_by_an_empty_file_is_not_in_force),
		CASE(a_rule_that_calls_a_program_where_it_is_not_is_not_in_force),
	};

	return RUN(tests);
}
