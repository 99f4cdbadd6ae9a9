/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEVICES "/sys/bus/pci/devices/"

static struct sys *machine(const char *text)
{
	struct sim_error err = { 0 };
	struct sys *sys = NULL;

	if (sim_new(text, strlen(text), &sys, &err) < 0)
		fail_msg("line %u: expected %s", err.line, err.expected);
	return sys;
}

/* A disk, a network card with virtual functions, a bridge. */
static struct sys *server(void)
{
	return machine(
		"kernel 612 6.12.0 x86_64\n"
		"module nvme boot\nmodule ice boot\nmodule iavf boot\nmodule vfio_pci available\n"
		"module pcieport builtin\n"
		"gives 0000:5e:00.0 block=nvme0n1:2\n"
		"pci 0000:5e:00.0 144d:a824 sub=144d:a801 class=010802 driver=nvme group=5\n"
		"pci 0000:5f:00.0 144d:a824 sub=144d:a801 class=010802 driver=nvme group=6\n"
		"pci 0000:3b:00.0 8086:1592 class=020000 driver=ice group=7 vfs=4 vfid=8086:1889 "
		"vfdriver=iavf vfoffset=8\n"
		"pci 0000:00:1c.0 8086:1bb8 class=060400 driver=pcieport group=1\n");
}

static void assert_line(struct sys *sys, const char *path, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read_line(sys, path, &b), 0);
	assert_string_equal(buf_str(&b), expected);
}

static void assert_driver(struct sys *sys, const char *dev, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[128];

	snprintf(path, sizeof(path), DEVICES "%s/driver", dev);
	if (sys_read_base(sys, path, &b) < 0)
		buf_reset(&b);
	assert_string_equal(buf_str(&b), expected);
}

/* unbind, override, probe: what everybody does */
static void move(struct sys *sys, const char *dev, const char *driver)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICES "%s/driver/unbind", dev);
	assert_int_equal(sys_write(sys, path, dev), 0);
	snprintf(path, sizeof(path), DEVICES "%s/driver_override", dev);
	assert_int_equal(sys_write(sys, path, driver), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers_probe", dev), 0);
}

TEST(a_function_shows_what_its_directive_says)
{
	CLEANUP(sys_freep) struct sys *sys = server();
	CLEANUP(buf_done) struct buf base = { 0 };

	assert_line(sys, DEVICES "0000:5e:00.0/vendor", "0x144d");
	assert_line(sys, DEVICES "0000:5e:00.0/device", "0xa824");
	assert_line(sys, DEVICES "0000:5e:00.0/class", "0x010802");
	assert_line(sys, DEVICES "0000:5e:00.0/modalias",
		    "pci:v0000144Dd0000A824sv0000144Dsd0000A801bc01sc08i02");
	assert_line(sys, DEVICES "0000:5e:00.0/driver_override", "(null)");
	assert_driver(sys, "0000:5e:00.0", "nvme");
	assert_int_equal(sys_read_base(sys, DEVICES "0000:5e:00.0/iommu_group", &base), 0);
	assert_string_equal(buf_str(&base), "5");
	assert_true(sys_exists(sys, "/sys/kernel/iommu_groups/5/devices/0000:5e:00.0/vendor"));
}

TEST(a_disk_goes_with_its_driver_and_comes_back)
{
	CLEANUP(sys_freep) struct sys *sys = server();

	assert_true(sys_exists(sys, "/sys/block/nvme0n1/size"));
	assert_true(sys_exists(sys, "/sys/class/block/nvme0n1p2/partition"));
	assert_int_equal(sys_load_module(sys, "vfio_pci"), 0);
	move(sys, "0000:5e:00.0", "vfio-pci\n");
	assert_driver(sys, "0000:5e:00.0", "vfio-pci");
	assert_false(sys_exists(sys, "/sys/block/nvme0n1"));
	assert_false(sys_exists(sys, "/sys/class/block/nvme0n1p2"));
	move(sys, "0000:5e:00.0", "\n");
	assert_driver(sys, "0000:5e:00.0", "nvme");
	assert_true(sys_exists(sys, "/sys/block/nvme0n1/size"));
}

TEST(a_module_that_is_not_loaded_has_no_driver)
{
	CLEANUP(sys_freep) struct sys *sys = server();

	move(sys, "0000:5f:00.0", "vfio-pci\n");
	assert_driver(sys, "0000:5f:00.0", "");
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/bind", "0000:5f:00.0"),
			 -ENOENT);
	/* Registering the driver offers it what is free and overridden to it. */
	assert_int_equal(sys_load_module(sys, "vfio-pci"), 0);
	assert_driver(sys, "0000:5f:00.0", "vfio-pci");
}

TEST(vfio_takes_neither_a_bridge_nor_what_is_not_overridden_to_it)
{
	CLEANUP(sys_freep) struct sys *sys = server();

	assert_int_equal(sys_load_module(sys, "vfio_pci"), 0);
	move(sys, "0000:00:1c.0", "vfio-pci\n");
	assert_driver(sys, "0000:00:1c.0", "");
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/bind", "0000:00:1c.0"),
			 -EINVAL);
	assert_int_equal(sys_write(sys, DEVICES "0000:5f:00.0/driver/unbind", "0000:5f:00.0"), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/bind", "0000:5f:00.0"),
			 -ENODEV);
}

TEST(functions_of_one_group_that_vfio_has_share_its_node)
{
	CLEANUP(sys_freep)
	struct sys *sys =
		machine("kernel 702 7.2.0 x86_64\nmodule vfio boot\nmodule vfio_pci boot\n"
			"pci 0000:05:00.0 8086:100e class=020000 group=9\n"
			"pci 0000:05:00.1 8086:100e class=020000 group=9\n");

	assert_false(sys_exists(sys, "/dev/vfio/9"));
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/new_id", "8086 100e"), 0);
	assert_true(sys_exists(sys, "/dev/vfio/9"));
	assert_true(sys_exists(sys, DEVICES "0000:05:00.1/vfio-dev/vfio1"));
	assert_int_equal(sys_write(sys, DEVICES "0000:05:00.0/driver/unbind", "0000:05:00.0"), 0);
	assert_false(sys_exists(sys, DEVICES "0000:05:00.0/vfio-dev"));
	assert_true(sys_exists(sys, "/dev/vfio/9"));
	assert_int_equal(sys_write(sys, DEVICES "0000:05:00.1/driver/unbind", "0000:05:00.1"), 0);
	assert_false(sys_exists(sys, "/dev/vfio/9"));
	assert_false(sys_exists(sys, "/sys/class/vfio/9"));
}

TEST(new_id_takes_every_free_function_of_that_id)
{
	CLEANUP(sys_freep) struct sys *sys = server();

	assert_int_equal(sys_load_module(sys, "vfio_pci"), 0);
	assert_int_equal(sys_write(sys, DEVICES "0000:5f:00.0/driver/unbind", "0000:5f:00.0"), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/new_id", "nonsense"),
			 -EINVAL);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/new_id", "144d a824"), 0);
	assert_driver(sys, "0000:5f:00.0", "vfio-pci");
	assert_driver(sys, "0000:5e:00.0", "nvme");
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/new_id", "144d a824"),
			 -EEXIST);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/remove_id", "144d a824"), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/remove_id", "144d a824"),
			 -ENODEV);
}

TEST(virtual_functions_come_with_groups_and_drivers_of_their_own)
{
	CLEANUP(sys_freep) struct sys *sys = server();
	CLEANUP(buf_done) struct buf a = { 0 }, b = { 0 }, pf = { 0 };

	assert_int_equal(sys_write(sys, DEVICES "0000:3b:00.0/sriov_numvfs", "2\n"), 0);
	assert_line(sys, DEVICES "0000:3b:00.0/sriov_numvfs", "2");
	assert_driver(sys, "0000:3b:01.0", "iavf");
	assert_driver(sys, "0000:3b:01.1", "iavf");
	assert_int_equal(sys_read_base(sys, DEVICES "0000:3b:01.0/iommu_group", &a), 0);
	assert_int_equal(sys_read_base(sys, DEVICES "0000:3b:01.1/iommu_group", &b), 0);
	assert_string_not_equal(buf_str(&a), buf_str(&b));
	assert_int_equal(sys_read_base(sys, DEVICES "0000:3b:01.1/physfn", &pf), 0);
	assert_string_equal(buf_str(&pf), "0000:3b:00.0");
	assert_true(sys_exists(sys, DEVICES "0000:3b:00.0/virtfn1/vendor"));
	assert_int_equal(sys_write(sys, DEVICES "0000:3b:00.0/sriov_numvfs", "0"), 0);
	assert_false(sys_exists(sys, DEVICES "0000:3b:01.0"));
	assert_false(sys_exists(sys, DEVICES "0000:3b:00.0/virtfn0"));
}

TEST(a_wrong_count_of_virtual_functions_is_refused_as_the_kernel_does)
{
	CLEANUP(sys_freep) struct sys *sys = server();
	const char *numvfs = DEVICES "0000:3b:00.0/sriov_numvfs";

	assert_int_equal(sys_write(sys, numvfs, "5"), -ERANGE);
	assert_int_equal(sys_write(sys, numvfs, "x"), -EINVAL);
	assert_int_equal(sys_write(sys, numvfs, "-1"), -EINVAL);
	assert_int_equal(sys_write(sys, numvfs, "2"), 0);
	assert_int_equal(sys_write(sys, numvfs, "2"), 0);
	assert_int_equal(sys_write(sys, numvfs, "3"), -EBUSY);
	assert_line(sys, numvfs, "2");
}

TEST(without_a_driver_that_can_there_are_no_virtual_functions)
{
	CLEANUP(sys_freep) struct sys *sys = server();
	const char *numvfs = DEVICES "0000:3b:00.0/sriov_numvfs";

	assert_int_equal(sys_write(sys, numvfs, "1"), 0);
	assert_int_equal(sys_write(sys, DEVICES "0000:3b:00.0/driver/unbind", "0000:3b:00.0"), 0);
	assert_false(sys_exists(sys, DEVICES "0000:3b:01.0"));
	assert_line(sys, numvfs, "0");
	assert_int_equal(sys_write(sys, numvfs, "1"), -ENOENT);
}

/* An NVMe controller below a port of a bridge: Linux 6.1 on an emulated x86-64 machine. */
static struct sys *below_a_port(void)
{
	return machine("kernel 601 6.1.0 x86_64\nmodule nvme boot\nmodule vfio_pci boot\n"
		       "pci 0000:01:00.0 1b36:0010 at=pci0000:00/0000:00:03.0 class=010802 "
		       "driver=nvme group=7 vfs=4 vfid=1b36:0010 vfoffset=1\n"
		       "pci 0000:00:1f.0 8086:2918 class=060100 group=6\n");
}

TEST(a_function_below_a_bridge_is_in_its_directory_and_so_are_its_virtual_ones)
{
	CLEANUP(sys_freep) struct sys *sys = below_a_port();
	const char *port = "/sys/devices/pci0000:00/0000:00:03.0/";
	char path[128];

	assert_int_equal(sys_write(sys, DEVICES "0000:01:00.0/sriov_numvfs", "1"), 0);
	snprintf(path, sizeof(path), "%s0000:01:00.1/physfn/vendor", port);
	assert_line(sys, path, "0x1b36");
	assert_driver(sys, "0000:01:00.1", "nvme");
	assert_int_equal(sys_write(sys, DEVICES "0000:01:00.0/sriov_numvfs", "0"), 0);
	assert_false(sys_exists(sys, path));
}

TEST(virtual_functions_kept_from_their_driver_are_the_guests_alone)
{
	CLEANUP(sys_freep) struct sys *sys = below_a_port();
	const char *autoprobe = DEVICES "0000:01:00.0/sriov_drivers_autoprobe";

	assert_int_equal(sys_write(sys, autoprobe, "x"), -EINVAL);
	assert_int_equal(sys_write(sys, autoprobe, "0"), 0);
	assert_int_equal(sys_write(sys, DEVICES "0000:01:00.0/sriov_numvfs", "1"), 0);
	assert_driver(sys, "0000:01:00.1", "");
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers_probe", "0000:01:00.1"), 0);
	assert_driver(sys, "0000:01:00.1", "");
	assert_int_equal(sys_write(sys, DEVICES "0000:01:00.1/driver_override", "vfio-pci"), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers_probe", "0000:01:00.1"), 0);
	assert_driver(sys, "0000:01:00.1", "vfio-pci");
}

TEST(virtual_functions_outlive_a_driver_that_leaves_them_and_keep_vfio_away)
{
	CLEANUP(sys_freep) struct sys *sys = below_a_port();

	assert_int_equal(sys_write(sys, DEVICES "0000:01:00.0/sriov_numvfs", "1"), 0);
	move(sys, "0000:01:00.0", "vfio-pci\n");
	assert_driver(sys, "0000:01:00.0", "");
	assert_line(sys, DEVICES "0000:01:00.0/sriov_numvfs", "1");
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers/vfio-pci/bind", "0000:01:00.0"),
			 -EBUSY);
}

TEST(vfio_takes_a_bridge_to_another_kind_of_bus)
{
	CLEANUP(sys_freep) struct sys *sys = below_a_port();

	assert_int_equal(sys_write(sys, DEVICES "0000:00:1f.0/driver_override", "vfio-pci"), 0);
	assert_int_equal(sys_write(sys, "/sys/bus/pci/drivers_probe", "0000:00:1f.0"), 0);
	assert_driver(sys, "0000:00:1f.0", "vfio-pci");
}

TEST(a_slot_switches_its_function_off_and_on)
{
	CLEANUP(sys_freep)
	struct sys *sys =
		machine("kernel 702 7.2.0\nmodule mlx5_core boot\ngives 0001:00:00.0 net=eno1\n"
			"pci 0001:00:00.0 15b3:1016 class=020000 driver=mlx5_core group=0 fid=100 "
			"uid=1 pft=0a vfs=2 "
			"vfid=15b3:1016\n");
	const char *power = "/sys/bus/pci/slots/00000100/power";

	assert_line(sys, DEVICES "0001:00:00.0/function_id", "0x00000100");
	assert_line(sys, "/sys/bus/pci/slots/00000100/uid", "0x1");
	assert_int_equal(sys_write(sys, power, "1"), -EIO);
	assert_int_equal(sys_write(sys, power, "2"), -EINVAL);
	assert_int_equal(sys_write(sys, DEVICES "0001:00:00.0/sriov_numvfs", "1"), 0);
	assert_int_equal(sys_write(sys, power, "0"), -EBUSY);
	assert_int_equal(sys_write(sys, DEVICES "0001:00:00.0/sriov_numvfs", "0"), 0);
	assert_int_equal(sys_write(sys, power, "0\n"), 0);
	assert_line(sys, power, "0");
	assert_false(sys_exists(sys, DEVICES "0001:00:00.0"));
	assert_false(sys_exists(sys, "/sys/class/net/eno1"));
	assert_int_equal(sys_write(sys, power, "0"), -EIO);
	assert_int_equal(sys_write(sys, power, "1"), 0);
	assert_driver(sys, "0001:00:00.0", "mlx5_core");
	assert_true(sys_exists(sys, "/sys/class/net/eno1/operstate"));
}

TEST(mediated_types_of_one_function_share_it)
{
	CLEANUP(sys_freep)
	struct sys *sys =
		machine("kernel 612 6.12.0 x86_64\nmodule mdev boot\nmodule nvidia boot\n"
			"mdevtype 0000:65:00.0 nvidia-1 instances=4 title=\"quarter\" "
			"description=\"of a card\"\n"
			"mdevtype 0000:65:00.0 nvidia-2 instances=2\n"
			"pci 0000:65:00.0 10de:20b5 class=030200 driver=nvidia group=4\n");
	const char *create = DEVICES "0000:65:00.0/mdev_supported_types/nvidia-2/create";
	const char *left1 =
		DEVICES "0000:65:00.0/mdev_supported_types/nvidia-1/available_instances";
	const char *left2 =
		DEVICES "0000:65:00.0/mdev_supported_types/nvidia-2/available_instances";

	assert_line(sys, DEVICES "0000:65:00.0/mdev_supported_types/nvidia-1/name", "quarter");
	assert_line(sys, DEVICES "0000:65:00.0/mdev_supported_types/nvidia-1/device_api",
		    "vfio-pci");
	assert_line(sys, left1, "4");
	assert_int_equal(sys_write(sys, create, "aaaaaaaa-0000-4000-8000-000000000001"), 0);
	assert_line(sys, left1, "2");
	assert_line(sys, left2, "1");
	assert_int_equal(sys_write(sys, create, "aaaaaaaa-0000-4000-8000-000000000002"), 0);
	assert_line(sys, left1, "0");
	assert_int_equal(sys_write(sys, create, "aaaaaaaa-0000-4000-8000-000000000003"), -EUSERS);
	assert_int_equal(
		sys_write(sys, "/sys/bus/mdev/devices/aaaaaaaa-0000-4000-8000-000000000001/remove",
			  "1"),
		0);
	assert_line(sys, left1, "2");
	/* The parent's driver goes, and its mediated devices with it. */
	assert_int_equal(sys_write(sys, DEVICES "0000:65:00.0/driver/unbind", "0000:65:00.0"), 0);
	assert_false(sys_exists(sys, "/sys/bus/mdev/devices/aaaaaaaa-0000-4000-8000-000000000002"));
	assert_false(sys_exists(sys, "/sys/class/mdev_bus/0000:65:00.0"));
}

TEST(a_virtual_function_that_comes_sends_add_change_and_then_bind)
{
	CLEANUP(sys_freep) struct sys *sys = server();
	struct sys_event e = { 0 };
	char seen[64] = "";

	assert_int_equal(sys_write(sys, DEVICES "0000:3b:00.0/sriov_numvfs", "1"), 0);
	while (sys_watch(sys, &e) == 1) {
		if (str_ends(e.devpath, "0000:3b:01.0"))
			snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", e.action);
		sys_event_done(&e);
	}
	assert_string_equal(seen, "add change bind ");
}

TEST(a_wrong_pci_line_is_refused)
{
	struct sim_error err = { 0 };
	struct sys *sys = NULL;
	static const char *const lines[] = {
		"pci 3b:00.0 8086:1592",   "pci 0000:3b:00.0",
		"pci 0000:3b:00.0 x:y",	   "pci 0000:3b:00.0 8086:1592 nonsense",
		"mdevtype 0000:3b:00.0 t", "mdevtype 0000:3b:00.0 t instances=0"
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(sim_new(lines[i], strlen(lines[i]), &sys, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_function_shows_what_its_directive_says),
		CASE(a_disk_goes_with_its_driver_and_comes_back),
		CASE(a_module_that_is_not_loaded_has_no_driver),
		CASE(vfio_takes_neither_a_bridge_nor_what_is_not_overridden_to_it),
		CASE(functions_of_one_group_that_vfio_has_share_its_node),
		CASE(new_id_takes_every_free_function_of_that_id),
		CASE(virtual_functions_come_with_groups_and_drivers_of_their_own),
		CASE(a_wrong_count_of_virtual_functions_is_refused_as_the_kernel_does),
		CASE(without_a_driver_that_can_there_are_no_virtual_functions),
		CASE(a_function_below_a_bridge_is_in_its_directory_and_so_are_its_virtual_ones),
		CASE(virtual_functions_kept_from_their_driver_are_the_guests_alone),
		CASE(virtual_functions_outlive_a_driver_that_leaves_them_and_keep_vfio_away),
		CASE(vfio_takes_a_bridge_to_another_kind_of_bus),
		CASE(a_slot_switches_its_function_off_and_on),
		CASE(mediated_types_of_one_function_share_it),
		CASE(a_virtual_function_that_comes_sends_add_change_and_then_bind),
		CASE(a_wrong_pci_line_is_refused),
	};

	return RUN(tests);
}
