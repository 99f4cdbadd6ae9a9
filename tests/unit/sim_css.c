/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#define SCH    "/sys/bus/css/devices/0.0.0001"
#define CCW    "/sys/bus/ccw/devices/0.0.1234"
#define IO     "/sys/bus/css/drivers/io_subchannel/"
#define VFIO   "/sys/bus/css/drivers/vfio_ccw/"
#define PROBE  "/sys/bus/css/drivers_probe"
#define IGNORE "/proc/cio_ignore"
#define CHP    "/sys/devices/css0/chp0."

static const char dasd[] =
	"module vfio boot\nmodule mdev boot\nmodule vfio_ccw boot needs=vfio,mdev\n"
	"chp 50\nchp 51\n"
	"subchannel 0.0.0001 dev=0.0.1234 cu=3990/e9 devtype=3390/0c chpids=50,51 pim=c0 "
	"pam=c0 online=1 ccwdriver=dasd-eckd\n";

TEST(a_disk_goes_to_vfio_ccw_and_comes_back_offline)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_reads(sys, CCW "/online", "1\n");
	assert_write(sys, IO "unbind", "0.0.0001\n", 0);
	assert_events(
		sys,
		"unbind@/devices/css0/0.0.0001/0.0.1234\nremove@/devices/css0/0.0.0001/0.0.1234\n"
		"unbind@/devices/css0/0.0.0001\n");
	assert_absent(sys, CCW);
	assert_write(sys, SCH "/driver_override", "vfio_ccw\n", 0);
	assert_write(sys, PROBE, "0.0.0001\n", 0);
	assert_link(sys, SCH "/driver", "vfio_ccw");
	assert_events(sys, "change@/devices/css0/0.0.0001\nbind@/devices/css0/0.0.0001\n");
	assert_reads(sys, SCH "/dev_busid", "0.0.1234\n");
	assert_write(sys, SCH "/driver_override", "\n", 0);
	assert_write(sys, VFIO "unbind", "0.0.0001", 0);
	assert_write(sys, PROBE, "0.0.0001", 0);
	assert_link(sys, CCW "/driver", "dasd-eckd");
	assert_reads(sys, CCW "/online", "0\n");
	assert_write(sys, CCW "/online", "1\n", 0);
	assert_write(sys, CCW "/online", "1\n", -EINVAL);
}

TEST(an_open_disk_does_not_go_offline_but_can_be_torn_away)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text("subchannel 0.0.0001 dev=0.0.1234 cu=3990/e9 devtype=3390/0c "
				      "chpids=50 online=1 ccwdriver=dasd-eckd held\n");

	assert_write(sys, CCW "/online", "0\n", -EBUSY);
	assert_reads(sys, CCW "/online", "1\n");
	assert_write(sys, IO "unbind", "0.0.0001\n", 0);
	assert_absent(sys, CCW);
}

TEST(vfio_ccw_refuses_queued_devices)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text("module vfio boot\nmodule mdev boot\nmodule vfio_ccw boot\n"
				      "subchannel 0.0.0001 dev=0.0.1234 cu=1731/01 devtype=1732/01 "
				      "ccwdriver=qeth qdio\n");

	assert_write(sys, IO "unbind", "0.0.0001", 0);
	assert_write(sys, VFIO "bind", "0.0.0001", -ENODEV);
	assert_absent(sys, SCH "/driver");
	assert_write(sys, SCH "/driver_override", "vfio_ccw", 0);
	/* nobody took it, and that is a success */
	assert_write(sys, PROBE, "0.0.0001", 0);
	assert_absent(sys, SCH "/driver");
}

TEST(an_override_names_the_only_driver)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_reads(sys, SCH "/driver_override", "(null)\n");
	assert_write(sys, SCH "/driver_override", "nonsense\nabc", 0);
	assert_reads(sys, SCH "/driver_override", "nonsense\n");
	assert_link(sys, SCH "/driver", "io_subchannel");
	assert_write(sys, IO "unbind", "0.0.0001", 0);
	assert_write(sys, IO "bind", "0.0.0001", -ENODEV);
	assert_write(sys, PROBE, "0.0.0001", 0);
	assert_absent(sys, SCH "/driver");
}

TEST(purging_takes_hidden_devices_that_are_offline_and_freeing_brings_them_back)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_write(sys, IGNORE, "add 0.0.1230-0.0.1235,!0.0.1231\n", 0);
	assert_reads(sys, IGNORE, "0.0.1230\n0.0.1232-0.0.1235\n");
	assert_write(sys, IGNORE, "purge\n", 0);
	assert_true(sys_exists(sys, CCW));
	assert_write(sys, CCW "/online", "0", 0);
	assert_write(sys, IGNORE, "purge\n", 0);
	assert_absent(sys, SCH);
	assert_write(sys, IGNORE, "free 1234\n", 0);
	assert_true(sys_exists(sys, CCW));
	assert_write(sys, IGNORE, "x\n", -EINVAL);
	assert_write(sys, IGNORE, "add zzz\n", -EINVAL);
	assert_write(sys, IGNORE, "free all", 0);
	assert_reads(sys, IGNORE, "");
}

TEST(the_command_line_hides_devices_from_the_start)
{
	CLEANUP(sys_freep)
	struct sys *sys =
		sim_of_text("kernel 612 6.12.0\ncmdline \"quiet cio_ignore=all,!0.0.0009\"\n"
			    "subchannel 0.0.0001 dev=0.0.1234\n"
			    "subchannel 0.0.0002 dev=0.0.0009\n");

	assert_absent(sys, SCH);
	assert_true(sys_exists(sys, "/sys/bus/css/devices/0.0.0002"));
	assert_write(sys, IGNORE, "free 0.0.1234", 0);
	assert_true(sys_exists(sys, CCW));
}

TEST(a_device_loses_its_paths_one_by_one)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_write(sys, "/sys/devices/css0/chp0.50/status", "offline\n", 0);
	assert_reads(sys, CCW "/availability", "good\n");
	assert_reads(sys, SCH "/vpm", "40\n");
	assert_write(sys, "/sys/devices/css0/chp0.51/status", "0", 0);
	assert_reads(sys, CCW "/availability", "no path\n");
	assert_write(sys, "/sys/devices/css0/chp0.51/status", "on", 0);
	assert_reads(sys, CCW "/availability", "good\n");
	assert_write(sys, "/sys/devices/css0/chp0.51/status", "maybe", -EINVAL);
}

TEST(a_device_that_has_no_path_when_its_subchannel_is_bound_comes_with_its_path)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_write(sys, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0001\n", 0);
	assert_write(sys, CHP "50/status", "off", 0);
	assert_write(sys, CHP "51/status", "off", 0);
	assert_write(sys, "/sys/bus/css/drivers/io_subchannel/bind", "0.0.0001\n", 0);
	assert_absent(sys, CCW);
	assert_write(sys, CHP "51/status", "on", 0);
	assert_true(sys_exists(sys, CCW));
}

TEST(varying_a_path_is_linux_own_and_configuring_it_is_the_machines)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_write(sys, CHP "50/status", "off", 0);
	assert_reads(sys, SCH "/pimpampom", "c0 c0 ff\n");
	assert_reads(sys, SCH "/vpm", "40\n");
	assert_reads(sys, CHP "50/configure", "1\n");
	assert_write(sys, CHP "50/configure", "0", 0);
	assert_reads(sys, CHP "50/status", "offline\n");
	assert_write(sys, CHP "50/status", "on", 0);
	assert_reads(sys, SCH "/pimpampom", "c0 40 ff\n");
	assert_reads(sys, SCH "/vpm", "40\n");
	assert_write(sys, CHP "50/configure", "1", 0);
	assert_reads(sys, SCH "/pimpampom", "c0 c0 ff\n");
	assert_reads(sys, SCH "/vpm", "c0\n");
	assert_events(sys, "");
}

TEST(a_path_that_a_device_could_not_use_is_not_given_to_it_by_configuring)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text("chp 50\nchp 51\n"
				      "subchannel 0.0.0001 dev=0.0.1234 cu=3990/e9 devtype=3390/0c "
				      "chpids=50,51 pim=c0 pam=80\n"
				      "subchannel 0.0.0002 dev=0.0.1235 cu=3990/e9 devtype=3390/0c "
				      "chpids=50,51 pim=c0 pam=c0\n");

	assert_write(sys, CHP "51/configure", "0", 0);
	assert_reads(sys, "/sys/bus/css/devices/0.0.0002/pimpampom", "c0 80 ff\n");
	assert_write(sys, CHP "51/configure", "1", 0);
	assert_reads(sys, SCH "/pimpampom", "c0 80 ff\n");
	assert_reads(sys, "/sys/bus/css/devices/0.0.0002/pimpampom", "c0 c0 ff\n");
}

TEST(a_reserved_path_takes_the_word_and_stays_as_it_is)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("chp 50 configure=2\n");

	assert_write(sys, CHP "50/configure", "1", 0);
	assert_reads(sys, CHP "50/configure", "2\n");
	assert_write(sys, CHP "50/configure", "2", -EINVAL);
}

TEST(a_reboot_varies_every_path_on_and_leaves_the_configuration)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text(dasd);

	assert_write(sys, CHP "50/status", "off", 0);
	assert_write(sys, CHP "51/configure", "0", 0);
	assert_int_equal(sim_reboot(sys), 0);
	assert_reads(sys, CHP "50/status", "online\n");
	assert_reads(sys, CHP "51/configure", "0\n");
	assert_reads(sys, SCH "/pimpampom", "c0 80 ff\n");
}

TEST(subchannels_which_are_no_io_stay_with_their_own_drivers)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text(
		"module vfio_ccw boot\nsubchannel 0.0.0001 type=1\nsubchannel 0.0.0002 type=3\n");

	assert_link(sys, SCH "/driver", "chsc_subchannel");
	assert_link(sys, "/sys/bus/css/devices/0.0.0002/driver", "eadm_subchannel");
	assert_write(sys, "/sys/bus/css/drivers/chsc_subchannel/unbind", "0.0.0001", 0);
	assert_write(sys, VFIO "bind", "0.0.0001", -ENODEV);
	assert_absent(sys, SCH "/chpids");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_disk_goes_to_vfio_ccw_and_comes_back_offline),
		CASE(an_open_disk_does_not_go_offline_but_can_be_torn_away),
		CASE(vfio_ccw_refuses_queued_devices),
		CASE(an_override_names_the_only_driver),
		CASE(purging_takes_hidden_devices_that_are_offline_and_freeing_brings_them_back),
		CASE(the_command_line_hides_devices_from_the_start),
		CASE(a_device_loses_its_paths_one_by_one),
		CASE(a_device_that_has_no_path_when_its_subchannel_is_bound_comes_with_its_path),
		CASE(varying_a_path_is_linux_own_and_configuring_it_is_the_machines),
		CASE(a_path_that_a_device_could_not_use_is_not_given_to_it_by_configuring),
		CASE(a_reserved_path_takes_the_word_and_stays_as_it_is),
		CASE(a_reboot_varies_every_path_on_and_leaves_the_configuration),
		CASE(subchannels_which_are_no_io_stay_with_their_own_drivers),
	};

	return RUN(tests);
}
