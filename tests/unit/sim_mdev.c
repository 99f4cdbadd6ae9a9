/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#define SCH  "/sys/bus/css/devices/0.0.0001"
#define TYPE SCH "/mdev_supported_types/vfio_ccw-io"
#define UUID "00000001-1111-4111-8111-000000000001"
#define MDEV "/sys/bus/mdev/devices/" UUID
#define VFIO "/sys/bus/css/drivers/vfio_ccw/"

static const char parent[] = "module vfio boot\nmodule mdev boot\nmodule vfio_ccw boot\n"
			     "subchannel 0.0.0001 dev=0.0.1234\n"
			     "write /sys/bus/css/drivers/io_subchannel/unbind 0.0.0001\n"
			     "write /sys/bus/css/drivers/vfio_ccw/bind 0.0.0001\n";

TEST(a_mediated_device_takes_the_instance_and_gives_it_back)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_reads(sys, TYPE "/available_instances", "1\n");
	assert_write(sys, TYPE "/create", "00000001-1111-4111-8111-00000000000A\n", 0);
	assert_true(sys_exists(
		sys, "/sys/bus/mdev/devices/00000001-1111-4111-8111-00000000000a/remove"));
	assert_reads(sys, TYPE "/available_instances", "0\n");
	assert_write(sys, TYPE "/create", UUID, -EUSERS);
	assert_write(sys, TYPE "/create", "00000001-1111-4111-8111-00000000000a", -EEXIST);
	assert_write(sys, "/sys/bus/mdev/devices/00000001-1111-4111-8111-00000000000a/remove",
		     "0x1\n", 0);
	assert_reads(sys, TYPE "/available_instances", "1\n");
}

TEST(only_a_whole_uuid_is_taken)
{
	static const char *const bad[] = { "\n",
					   "abc",
					   "00000001-1111-4111-8111-00000000000\n",
					   (UUID "0"),
					   (UUID "\n\n"),
					   "00000001_1111-4111-8111-000000000001",
					   "0000000g-1111-4111-8111-000000000001",
					   (" " UUID) };
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_write(sys, TYPE "/create", bad[i], -EINVAL);
}

TEST(the_events_come_in_the_kernels_order)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_write(sys, TYPE "/create", UUID, 0);
	assert_events(sys, "add@/devices/css0/0.0.0001/" UUID "\nadd@/devices/virtual/vfio/0\n"
			   "add@/devices/css0/0.0.0001/" UUID "/vfio-dev/vfio0\n"
			   "bind@/devices/css0/0.0.0001/" UUID "\n");
	assert_link(sys, MDEV "/iommu_group", "0");
	assert_write(sys, VFIO "unbind", "0.0.0001", 0);
	assert_events(sys,
		      "remove@/devices/css0/0.0.0001/" UUID "/vfio-dev/vfio0\n"
		      "remove@/devices/virtual/vfio/0\nunbind@/devices/css0/0.0.0001/" UUID "\n"
		      "remove@/devices/css0/0.0.0001/" UUID "\nchange@/devices/css0/0.0.0001\n"
		      "unbind@/devices/css0/0.0.0001\n");
	assert_absent(sys, MDEV);
	assert_absent(sys, "/dev/vfio/0");
}

/* The nth of them, on a subchannel of its own. */
static void create_nth(struct sys *sys, int n)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	char uuid[] = "0000000x-1111-4111-8111-000000000001";

	uuid[7] = (char)('0' + n);
	assert_int_equal(buf_printf(&path,
				    "/sys/bus/css/devices/0.0.000%d/mdev_supported_types/"
				    "vfio_ccw-io/create",
				    n),
			 0);
	assert_write(sys, buf_str(&path), uuid, 0);
}

TEST(what_was_freed_is_the_next_ones_group_and_minor_number)
{
	static const char text[] = "module vfio boot\nmodule mdev boot\nmodule vfio_ccw boot\n";
	CLEANUP(buf_done) struct buf machine = { 0 };
	CLEANUP(sys_freep) struct sys *sys = NULL;

	assert_int_equal(buf_adds(&machine, text), 0);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(
			buf_printf(&machine,
				   "subchannel 0.0.000%d dev=0.0.123%d\n"
				   "write /sys/bus/css/drivers/io_subchannel/unbind 0.0.000%d\n"
				   "write /sys/bus/css/drivers/vfio_ccw/bind 0.0.000%d\n",
				   i, i, i, i),
			0);
	sys = sim_of_text(buf_str(&machine));
	for (int i = 1; i <= 3; i++)
		create_nth(sys, i);
	assert_write(sys, "/sys/bus/mdev/devices/00000002-1111-4111-8111-000000000001/remove", "1",
		     0);
	create_nth(sys, 4);
	create_nth(sys, 5);
	assert_link(sys, "/sys/bus/mdev/devices/00000004-1111-4111-8111-000000000001/iommu_group",
		    "1");
	assert_link(sys, "/sys/bus/mdev/devices/00000005-1111-4111-8111-000000000001/iommu_group",
		    "3");
	assert_reads(sys, "/sys/class/vfio/1/dev", "253:1\n");
	assert_reads(sys, "/sys/class/vfio/3/dev", "253:3\n");
	assert_true(sys_exists(sys, "/sys/class/vfio-dev/vfio1"));
}

TEST(a_held_device_goes_when_it_is_let_go)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_write(sys, TYPE "/create", UUID, 0);
	assert_int_equal(sim_hold(sys, UUID, "4711 qemu"), 0);
	assert_int_equal(sim_hold(sys, UUID, "4712 qemu"), -EBUSY);
	assert_reads(sys, "/proc/4711/comm", "qemu\n");
	assert_link(sys, "/proc/4711/fd/20", "0");
	assert_write(sys, MDEV "/remove", "1", -EINPROGRESS);
	assert_true(sys_exists(sys, MDEV));
	assert_int_equal(sim_hold(sys, UUID, NULL), 0);
	assert_absent(sys, MDEV);
	assert_absent(sys, "/proc/4711/fd/20");
	assert_reads(sys, TYPE "/available_instances", "1\n");
}

TEST(a_held_device_holds_up_its_parent_too)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_write(sys, TYPE "/create", UUID, 0);
	assert_int_equal(sim_hold(sys, UUID, "4711 qemu"), 0);
	assert_write(sys, VFIO "unbind", "0.0.0001", -EINPROGRESS);
	assert_link(sys, SCH "/driver", "vfio_ccw");
	assert_int_equal(sim_hold(sys, UUID, NULL), 0);
	assert_absent(sys, SCH "/driver");
	assert_absent(sys, MDEV);
	assert_int_equal(sim_hold(sys, UUID, "4711 qemu"), -ENOENT);
}

TEST(a_device_without_its_driver_is_dead_until_removed)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_write(sys, TYPE "/create", UUID, 0);
	assert_write(sys, "/sys/bus/mdev/drivers/vfio_ccw_mdev/unbind", UUID, 0);
	assert_absent(sys, MDEV "/iommu_group");
	assert_write(sys, "/sys/bus/mdev/drivers/vfio_ccw_mdev/bind", UUID, -ENODEV);
	assert_write(sys, MDEV "/remove", "x", -EINVAL);
	assert_write(sys, MDEV "/remove", "0", 0);
	assert_true(sys_exists(sys, MDEV));
	assert_write(sys, MDEV "/remove", "1", 0);
	assert_absent(sys, MDEV);
}

TEST(unloading_the_module_takes_all_with_it)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(parent);

	assert_write(sys, TYPE "/create", UUID, 0);
	assert_int_equal(sim_module_unload(sim_of(sys), "vfio_ccw"), 0);
	assert_absent(sys, MDEV);
	assert_absent(sys, "/sys/bus/css/drivers/vfio_ccw");
	assert_absent(sys, SCH "/driver");
	assert_int_equal(sys_load_module(sys, "vfio_ccw"), 0);
	/* what is free and fits is taken at once, override or not */
	assert_link(sys, SCH "/driver", "vfio_ccw");
	assert_int_equal(sim_module_unload(sim_of(sys), "nonsense"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_mediated_device_takes_the_instance_and_gives_it_back),
		CASE(only_a_whole_uuid_is_taken),
		CASE(the_events_come_in_the_kernels_order),
		CASE(what_was_freed_is_the_next_ones_group_and_minor_number),
		CASE(a_held_device_goes_when_it_is_let_go),
		CASE(a_held_device_holds_up_its_parent_too),
		CASE(a_device_without_its_driver_is_dead_until_removed),
		CASE(unloading_the_module_takes_all_with_it),
	};

	return RUN(tests);
}
