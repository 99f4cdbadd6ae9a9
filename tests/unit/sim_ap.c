/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#define AP   "/sys/bus/ap/"
#define Q(q) "/sys/bus/ap/devices/" q
#define TYPE "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough"
#define U1   "00000001-1111-4111-8111-000000000001"
#define U2   "00000002-1111-4111-8111-000000000002"
#define M1   "/sys/devices/vfio_ap/matrix/" U1 "/"
#define M2   "/sys/devices/vfio_ap/matrix/" U2 "/"

#define HARDWARE                                                                                   \
	"ap max_adapter=63 max_domain=255 domains=04,05\ncard 05 CEX8C\ncard 06 CEX8P\n"           \
	"module vfio boot\nmodule mdev boot\nmodule vfio_ap boot\n"
static const char old[] = "kernel 612 6.12.0\n" HARDWARE;
static const char new[] = "kernel 702 7.2.0\n" HARDWARE;

TEST(clearing_a_bit_gives_the_queues_to_vfio_ap_inside_the_write)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	assert_reads(sys, AP "bindings", "4/4 (complete)\n");
	assert_write(sys, AP "apmask", "-5\n", 0);
	assert_link(sys, Q("05.0004/driver"), "vfio_ap");
	assert_link(sys, Q("06.0004/driver"), "cex4queue");
	assert_reads(sys, Q("05.0004/status"), "unassigned\n");
	assert_absent(sys, Q("05.0004/online"));
	assert_events(sys, "unbind@/devices/ap/card05/05.0004\nbind@/devices/ap/card05/05.0004\n"
			   "unbind@/devices/ap/card05/05.0005\nbind@/devices/ap/card05/05.0005\n"
			   "change@/devices/ap\n");
	assert_write(sys, AP "apmask", "-5\n", 0);
	assert_events(sys, "");
	assert_write(sys, AP "apmask", "-4, -0xab\n", -EINVAL);
}

TEST(a_queue_goes_to_drivers_of_its_owner_only)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	assert_write(sys, AP "drivers/cex4queue/unbind", "05.0004", 0);
	assert_write(sys, AP "drivers/vfio_ap/bind", "05.0004", -ENODEV);
	assert_write(sys, AP "scans", "1", 0);
	assert_absent(sys, Q("05.0004/driver"));
	assert_write(sys, AP "drivers_probe", "05.0004", 0);
	assert_link(sys, Q("05.0004/driver"), "cex4queue");
	assert_write(sys, AP "drivers/vfio_ap/bind", "05.0004", -EBUSY);
}

static void two_matrices(struct sys *sys)
{
	assert_write(sys, TYPE "/create", U1, 0);
	assert_write(sys, TYPE "/create", U2, 0);
}

TEST(the_checks_come_in_the_kernels_order)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_reads(sys, TYPE "/available_instances", "65534\n");
	assert_write(sys, M1 "assign_adapter", "5 \n", -EINVAL);
	assert_write(sys, M1 "assign_adapter", "64\n", -ENODEV);
	/* alone an adapter is never refused */
	assert_write(sys, M1 "assign_adapter", "5\n", 0);
	assert_reads(sys, M1 "matrix", "05.\n");
	assert_write(sys, M1 "assign_domain", "4\n", -EADDRNOTAVAIL);
	assert_write(sys, AP "apmask", "-5\n", 0);
	assert_write(sys, M1 "assign_domain", "4\n", 0);
	assert_write(sys, M1 "assign_domain", "0x4\n", 0);
	assert_write(sys, M2 "assign_domain", "4\n", 0);
	assert_write(sys, M2 "assign_adapter", "5\n", -EADDRINUSE);
	assert_write(sys, M2 "assign_adapter", "6\n", -EADDRNOTAVAIL);
	assert_reads(sys, M2 "matrix", ".0004\n");
	assert_reads(sys, Q("05.0004/status"), "assigned\n");
}

TEST(before_7_1_only_what_both_masks_reserve_is_in_the_way)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5", 0);
	assert_write(sys, AP "aqmask", "-4", 0);
	assert_write(sys, M1 "ap_config", "0x04,0x08,\n", 0);
	assert_write(sys, AP "apmask", "+5", 0);
	assert_write(sys, AP "aqmask", "+4", -EBUSY);
}

TEST(since_7_1_a_new_bit_is_in_the_way_whatever_the_other_mask_says)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(new);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5", 0);
	assert_write(sys, AP "aqmask", "-4", 0);
	assert_write(sys, M1 "ap_config", "0x04,0x08,\n", 0);
	assert_write(sys, AP "apmask", "+5", -EBUSY);
	assert_write(sys, AP "apmask", "+5,-5", 0);
	assert_write(sys, M1 "ap_config", ",,\n", 0);
	assert_write(sys, AP "apmask", "+5", 0);
}

TEST(ap_config_is_all_or_nothing)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5,-6,-64", 0);
	assert_write(sys, M1 "ap_config", "0x06,0x0c,0x08\n", 0);
	assert_reads(sys, M1 "matrix", "05.0004\n05.0005\n06.0004\n06.0005\n");
	assert_reads(sys, M1 "control_domains", "0004\n");
	assert_write(sys, M1 "ap_config", "0x04\n", -EINVAL);
	assert_write(sys, M1 "ap_config", "0x00000000000000008,,\n", -ENODEV);
	assert_write(sys, M2 "ap_config", "0x04,0x08,\n", -EADDRINUSE);
	assert_reads(sys, M1 "matrix", "05.0004\n05.0005\n06.0004\n06.0005\n");
}

TEST(a_guest_loses_a_whole_adapter_for_one_queue)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5,-6", 0);
	assert_write(sys, M1 "ap_config", "0x06,0x0c,\n", 0);
	assert_write(sys, AP "drivers/vfio_ap/unbind", "05.0005", 0);
	assert_reads(sys, M1 "guest_matrix", "06.0004\n06.0005\n");
	/* taking the domain away does not bring the adapter back, as unassigning filters nothing */
	assert_write(sys, M1 "unassign_domain", "5", 0);
	assert_reads(sys, M1 "guest_matrix", "06.0004\n");
	assert_write(sys, M1 "assign_domain", "0x10", 0);
	assert_reads(sys, M1 "guest_matrix", "05.0004\n06.0004\n");
}

TEST(a_running_guest_shows_in_the_status)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5", 0);
	assert_write(sys, M1 "ap_config", "0x04,0x08,\n", 0);
	assert_int_equal(sim_hold(sys, U1, "99 qemu"), 0);
	assert_reads(sys, Q("05.0004/status"), "in use\n");
	assert_reads(sys, Q("05.0005/status"), "unassigned\n");
}

TEST(masks_and_overrides_exclude_each_other)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(new);

	assert_write(sys, AP "apmask", "-63", 0);
	assert_write(sys, Q("05.0004/driver_override"), "vfio_ap", -EINVAL);
	assert_write(sys, AP "apmask", "+63", 0);
	assert_reads(sys, Q("05.0004/driver_override"), "\n");
	assert_write(sys, Q("05.0004/driver_override"), "vfio_ap", 0);
	assert_write(sys, AP "aqmask", "+0", -EINVAL);
	assert_link(sys, Q("05.0004/driver"), "cex4queue");
	assert_write(sys, AP "drivers/cex4queue/unbind", "05.0004", 0);
	assert_write(sys, AP "drivers_probe", "05.0004", 0);
	assert_link(sys, Q("05.0004/driver"), "vfio_ap");
	two_matrices(sys);
	assert_write(sys, M1 "ap_config", "0x04,0x08,\n", 0);
	assert_write(sys, M1 "assign_domain", "5", -EADDRNOTAVAIL);
	assert_write(sys, Q("05.0004/driver_override"), "\n", 0);
	assert_write(sys, AP "apmask", "-6", 0);
	assert_link(sys, Q("05.0004/driver"), "cex4queue");
}

TEST(a_queue_that_vanishes_with_its_override_locks_the_masks)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(new);

	assert_write(sys, Q("05.0004/driver_override"), "vfio_ap", 0);
	assert_int_equal(sim_poke(sys, "rmcard 5"), 0);
	assert_write(sys, AP "scans", "1", 0);
	assert_absent(sys, Q("05.0004"));
	assert_int_equal(sim_poke(sys, "addcard 5 c 14"), 0);
	assert_write(sys, AP "scans", "1", 0);
	assert_reads(sys, Q("05.0004/driver_override"), "\n");
	assert_write(sys, AP "apmask", "-6", -EINVAL);
	/* until the next boot */
	assert_int_equal(sim_reboot(sys), 0);
	assert_write(sys, AP "apmask", "-6", 0);
}

TEST(an_old_kernel_has_no_override)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	assert_write(sys, Q("05.0004/driver_override"), "vfio_ap", -ENOENT);
	assert_absent(sys, AP "bindings_complete_count");
}

TEST(an_adapter_that_returns_joins_its_guest_again)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(old);

	two_matrices(sys);
	assert_write(sys, AP "apmask", "-5", 0);
	assert_write(sys, M1 "ap_config", "0x04,0x08,\n", 0);
	assert_int_equal(sim_poke(sys, "rmcard 5"), 0);
	assert_reads(sys, M1 "guest_matrix", "05.0004\n");
	assert_write(sys, AP "scans", "1", 0);
	assert_reads(sys, M1 "guest_matrix", ".0004\n");
	assert_reads(sys, M1 "matrix", "05.0004\n");
	assert_int_equal(sim_poke(sys, "addcard 5 c 14"), 0);
	assert_write(sys, AP "scans", "1", 0);
	assert_reads(sys, M1 "guest_matrix", "05.0004\n");
	assert_int_equal(sim_poke(sys, "nonsense 5"), -EINVAL);
}

TEST(a_reboot_takes_the_masks_from_the_command_line)
{
	CLEANUP(sys_freep)
	struct sys *sys =
		sim_of_text("kernel 612 6.12.0\ncmdline \"ap.apmask=0xfbff quiet\"\n" HARDWARE);

	assert_link(sys, Q("05.0004/driver"), "vfio_ap");
	assert_write(sys, AP "apmask", "+0-255", 0);
	two_matrices(sys);
	assert_int_equal(sim_reboot(sys), 0);
	assert_reads(sys, AP "apmask",
		     "0xfbff000000000000000000000000000000000000000000000000000000000000\n");
	assert_absent(sys, "/sys/bus/mdev/devices/" U1);
	assert_link(sys, Q("06.0004/driver"), "cex4queue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(clearing_a_bit_gives_the_queues_to_vfio_ap_inside_the_write),
		CASE(a_queue_goes_to_drivers_of_its_owner_only),
		CASE(the_checks_come_in_the_kernels_order),
		CASE(before_7_1_only_what_both_masks_reserve_is_in_the_way),
		CASE(since_7_1_a_new_bit_is_in_the_way_whatever_the_other_mask_says),
		CASE(ap_config_is_all_or_nothing),
		CASE(a_guest_loses_a_whole_adapter_for_one_queue),
		CASE(a_running_guest_shows_in_the_status),
		CASE(masks_and_overrides_exclude_each_other),
		CASE(a_queue_that_vanishes_with_its_override_locks_the_masks),
		CASE(an_old_kernel_has_no_override),
		CASE(an_adapter_that_returns_joins_its_guest_again),
		CASE(a_reboot_takes_the_masks_from_the_command_line),
	};

	return RUN(tests);
}
