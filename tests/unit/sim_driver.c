/* SPDX-License-Identifier: MIT */
#include "kernel.h"
#include "machine.h"

#define SCH(s) "/sys/bus/css/devices/" s
#define CCW(d) "/sys/bus/ccw/devices/" d
#define AP     "/sys/bus/ap/"
#define UUID1  "22222222-aaaa-4bbb-8ccc-000000000001"
#define M1     "/sys/bus/mdev/devices/" UUID1 "/"

/* A simulation of a captured host. */
static struct sys *copy_of(const char *capture)
{
	static const char *const paths[] = { "/sys", "/proc", NULL };
	CLEANUP(machine_done) struct machine m = machine_capture(capture);
	struct sys *sys = NULL;

	assert_int_equal(sim_copy(m.sys, paths, &sys), 0);
	return sys;
}

TEST(a_copied_host_gives_a_disk_away_and_takes_it_back_with_all_below_it)
{
	CLEANUP(sys_freep) struct sys *sys = copy_of("ap-7.2-sysfs");

	assert_true(sys_exists(sys, "/sys/bus/virtio/devices/virtio4"));
	assert_write(sys, SCH("0.0.0001/driver/unbind"), "0.0.0001", 0);
	assert_absent(sys, CCW("0.0.2b09"));
	assert_absent(sys, "/sys/bus/virtio/devices/virtio4");
	assert_write(sys, "/sys/bus/css/drivers/vfio_ccw/bind", "0.0.0001", 0);
	assert_write(sys, "/sys/bus/css/drivers/vfio_ccw/unbind", "0.0.0001", 0);
	assert_write(sys, "/sys/bus/css/drivers_probe", "0.0.0001", 0);
	assert_link(sys, CCW("0.0.2b09/driver"), "virtio_ccw");
	assert_reads(sys, CCW("0.0.2b09/online"), "1\n");
	assert_true(sys_exists(sys, "/sys/bus/virtio/drivers/virtio_blk/virtio4/block/vdb/size"));
}

TEST(a_subchannel_that_was_with_vfio_ccw_comes_back_with_an_unknown_device)
{
	CLEANUP(sys_freep) struct sys *sys = copy_of("ap-6.12-sysfs-configured");

	assert_link(sys, SCH("0.0.0001/driver"), "vfio_ccw");
	assert_write(sys, SCH("0.0.0001/driver_override"), "\n", 0);
	assert_write(sys, "/sys/bus/css/drivers/vfio_ccw/unbind", "0.0.0001", 0);
	assert_absent(sys, "/sys/bus/mdev/devices/11111111-aaaa-4bbb-8ccc-000000000001");
	assert_write(sys, "/sys/bus/css/drivers_probe", "0.0.0001", 0);
	assert_reads(sys, CCW("0.0.2b09/devtype"), "n/a\n");
}

TEST(a_copied_matrix_is_worked_on_where_it_stood)
{
	CLEANUP(sys_freep) struct sys *sys = copy_of("ap-6.12-sysfs-configured");

	assert_reads(sys, M1 "matrix", "05.0004\n05.0099\n05.00ab\n07.0004\n07.0099\n07.00ab\n");
	assert_reads(sys, M1 "guest_matrix", "05.0004\n05.00ab\n");
	assert_write(sys, AP "apmask", "+5", -EBUSY);
	assert_write(sys, M1 "unassign_adapter", "7", 0);
	assert_write(sys, M1 "unassign_adapter", "5", 0);
	assert_write(sys, AP "apmask", "+5", 0);
	assert_link(sys, AP "devices/05.0042/driver", "cex4queue");
	assert_write(sys, M1 "remove", "1", 0);
	assert_absent(sys, M1);
	assert_reads(sys,
		     "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/"
		     "available_instances",
		     "65535\n");
}

TEST(a_copied_adapter_can_be_taken_out)
{
	CLEANUP(sys_freep) struct sys *sys = copy_of("ap-7.2-sysfs");

	assert_int_equal(sim_poke(sys, "rmcard 6"), 0);
	assert_write(sys, AP "scans", "1", 0);
	assert_absent(sys, AP "devices/card06");
	assert_reads(sys, AP "bindings", "12/12 (complete)\n");
	assert_true(sys_exists(sys, AP "devices/05.0004"));
}

TEST(names_are_compared_whole)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("subchannel 0.0.0001 dev=0.0.1234\n");
	static const char *const bad[] = { "\n",	   " 0.0.0001\n", "0.0.0001 \n",
					   "0.0.0001\n\n", "../0.0.0001", "0.0.1234",
					   "0.0.0002" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_write(sys, "/sys/bus/css/drivers/io_subchannel/unbind", bad[i], -ENODEV);
	assert_write(sys, "/sys/bus/css/drivers/io_subchannel/bind", "0.0.0001", -EBUSY);
	assert_write(sys, "/sys/bus/css/drivers/chsc_subchannel/bind", "0.0.0001", -ENODEV);
	assert_write(sys, "/sys/bus/css/drivers_probe", "0.0.0001", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_copied_host_gives_a_disk_away_and_takes_it_back_with_all_below_it),
		CASE(a_subchannel_that_was_with_vfio_ccw_comes_back_with_an_unknown_device),
		CASE(a_copied_matrix_is_worked_on_where_it_stood),
		CASE(a_copied_adapter_can_be_taken_out),
		CASE(names_are_compared_whole),
	};

	return RUN(tests);
}
