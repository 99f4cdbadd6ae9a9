/* SPDX-License-Identifier: MIT */
/* What changed between two looks at a machine, and what is not said where one of them does not tell. */
#include "compare.h"

#include "kernel.h"

static const char base[] =
	"kernel 612 6.12.0-test\nname one\n"
	"chp 50 type=1b status=1\nchp 51 type=1b status=1\n"
	"subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50,51 pim=c0 pam=c0 "
	"pom=ff online=1 ccwdriver=dasd-eckd\n"
	"subchannel 0.0.0314 dev=0.0.2b0a cu=3990/e9 devtype=3390/0c chpids=50,51 pim=c0 pam=c0 "
	"pom=ff online=1 ccwdriver=dasd-eckd\n"
	"ap max_adapter=63 domains=04,05 control=04\ncard 05 CEX8C hwtype=14\n"
	"module vfio_ccw available\nmodule vfio_ap available\n"
	"file /proc/cmdline 444 \"root=/dev/dasda1\\n\"\n"
	"dir /etc/mdevctl.d\ndir /etc/driverctl.d\ndir /usr/sbin\n";

/* Two machines of a text each, side by side. */
struct desk {
	struct sys *sys[2];
	struct session *session[2];
	struct comparison c;
};

static struct session *session_of(struct sys *sys)
{
	const struct session_opts opts = { .read_only = true };
	struct session *s;

	assert_int_equal(session_new(sys, &opts, &s), 0);
	return s;
}

static struct sys *machine(const char *more)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_int_equal(buf_printf(&text, "%s%s", base, more), 0);
	return sim_of_text(buf_str(&text));
}

static struct desk desk_of(struct sys *before, struct sys *after)
{
	struct desk d = { .sys = { before, after } };

	d.session[0] = session_of(before);
	d.session[1] = session_of(after);
	assert_int_equal(session_compare(d.session[0], d.session[1], &d.c), 0);
	return d;
}

static struct desk desk(const char *before, const char *after)
{
	return desk_of(machine(before), machine(after));
}

static void desk_done(struct desk *d)
{
	comparison_done(&d->c);
	for (size_t i = 0; i < 2; i++) {
		session_free(d->session[i]);
		sys_free(d->sys[i]);
	}
}

/* The row of a fact and a device as people name it. */
static const struct compare_row *row(const struct desk *d, const char *fact, const char *label)
{
	for (size_t i = 0; i < d->c.n; i++)
		if (str_eq(d->c.v[i].fact, fact) && str_eq(d->c.v[i].label, label))
			return &d->c.v[i];
	return NULL;
}

static void is_row(const struct desk *d, enum compare_group group, const char *fact,
		   const char *label, const char *before, const char *after)
{
	const struct compare_row *r = row(d, fact, label);

	if (!r)
		fail_msg("no row: %s of %s", fact, label);
	assert_int_equal(r->group, group);
	if (before)
		assert_string_equal(r->before, before);
	else
		assert_null(r->before);
	if (after)
		assert_string_equal(r->after, after);
	else
		assert_null(r->after);
}

TEST(a_machine_is_no_different_from_itself)
{
	CLEANUP(desk_done) struct desk d = desk("", "");

	assert_int_equal(d.c.n, 0);
	assert_false(d.c.partly);
}

TEST(a_device_that_came_and_one_that_went_are_hardware)
{
	CLEANUP(desk_done)
	struct desk d = desk("subchannel 0.0.0315 dev=0.0.2b0b cu=3990/e9 devtype=3390/0c "
			     "chpids=50 online=1 ccwdriver=dasd-eckd\n",
			     "card 06 CEX8P hwtype=14\n");

	is_row(&d, COMPARE_HARDWARE, "device", "0.0.2b0b", "DASD 3390-9", NULL);
	assert_true(row(&d, "device", "0.0.2b0b")->whole);
	is_row(&d, COMPARE_HARDWARE, "device", "06.0004", NULL, "CEX8P (EP11)");
	is_row(&d, COMPARE_HARDWARE, "device", "card06", NULL, "CEX8P (EP11)");
	/* What is not there has no driver that changed. */
	assert_null(row(&d, "driver", "06.0004"));
	assert_null(row(&d, "driver", "0.0.2b0b"));
}

TEST(a_channel_path_that_is_varied_off_and_a_kernel_are_hardware)
{
	CLEANUP(desk_done)
	struct desk d = desk("", "write /sys/devices/css0/chp0.50/status \"off\\n\"\n"
				 "file /proc/sys/kernel/osrelease 444 \"7.2.0-test\\n\"\n");

	is_row(&d, COMPARE_HARDWARE, "varied on", "CHPID 0.50", "yes", "no");
	is_row(&d, COMPARE_HARDWARE, "kernel", "", "6.12.0-test", "7.2.0-test");
}

static const char given[] = "load vfio_ccw\n"
			    "write /sys/bus/ccw/devices/0.0.2b09/online \"0\\n\"\n"
			    "write /sys/bus/css/drivers/io_subchannel/unbind \"0.0.0313\\n\"\n"
			    "write /sys/bus/css/devices/0.0.0313/driver_override \"vfio_ccw\\n\"\n"
			    "write /sys/bus/css/drivers_probe \"0.0.0313\\n\"\n";

TEST(a_driver_an_override_and_a_module_are_binding)
{
	CLEANUP(desk_done) struct desk d = desk("", given);

	is_row(&d, COMPARE_BINDING, "driver", "0.0.2b09", "io_subchannel", "vfio_ccw");
	is_row(&d, COMPARE_BINDING, "driver override", "0.0.2b09", "none", "vfio_ccw");
	is_row(&d, COMPARE_BINDING, "loaded", "vfio_ccw", "no", "yes");
	/* Called what the side knows it by that the host drives it on. */
	assert_string_equal(row(&d, "driver", "0.0.2b09")->what, "DASD 3390-9");
	/* A guest's device has no CCW device: its type has not changed. */
	assert_null(row(&d, "type", "0.0.2b09"));
	assert_null(row(&d, "driver", "0.0.2b0a"));
}

TEST(masks_are_binding_and_told_as_the_screens_do)
{
	CLEANUP(desk_done) struct desk d = desk("", "write /sys/bus/ap/apmask \"-5\\n\"\n");

	is_row(&d, COMPARE_BINDING, "apmask", "", "00-ff", "00-04,06-ff");
	assert_null(row(&d, "aqmask", ""));
}

TEST(what_is_counted_is_binding)
{
	CLEANUP(desk_done)
	struct desk d = desk("", "write /sys/bus/ccw/devices/0.0.2b09/cmb_enable \"1\\n\"\n");

	is_row(&d, COMPARE_BINDING, "measured", "0.0.2b09", "no", "yes");
	assert_int_equal(d.c.n, 1);
}

#define UUID "7e270a25-e163-4922-af60-757fc8ed48c6"

TEST(mediated_devices_and_who_uses_what_are_assignment)
{
	static const char made[] =
		"write /sys/class/mdev_bus/0.0.0313/mdev_supported_types/vfio_ccw-io/create "
		"\"" UUID "\\n\"\n"
		"process 4711 /usr/bin/qemu-system-s390x -name db1 -device "
		"vfio-ccw,sysfsdev=/sys/bus/mdev/devices/" UUID "\n";
	CLEANUP(buf_done) struct buf after = { 0 };
	struct desk d;

	buf_printf(&after, "%s%s", given, made);
	d = desk(given, buf_str(&after));
	is_row(&d, COMPARE_ASSIGNMENT, "mediated device", UUID, NULL, "vfio_ccw-io on 0.0.0313");
	is_row(&d, COMPARE_ASSIGNMENT, "used by", "0.0.2b09", "nobody", "guest db1");
	desk_done(&d);
}

TEST(what_is_kept_for_the_next_boot_are_definitions)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/mdevctl.d/0.0.0314/" UUID
			     " 644 \"{\\\"mdev_type\\\": \\\"vfio_ccw-io\\\", "
			     "\\\"start\\\": \\\"manual\\\", \\\"attrs\\\": []}\"\n"
			     "file /etc/driverctl.d/css-0.0.0314 644 \"vfio_ccw\\n\"\n",
			     "file /etc/mdevctl.d/0.0.0314/" UUID
			     " 644 \"{\\\"mdev_type\\\": \\\"vfio_ccw-io\\\", "
			     "\\\"start\\\": \\\"auto\\\", \\\"attrs\\\": []}\"\n"
			     "file /etc/driverctl.d/css-0.0.0313 644 \"vfio_ccw\\n\"\n"
			     "file /etc/modules-load.d/x.conf 644 \"kvm\\n\"\n");

	is_row(&d, COMPARE_DEFINITIONS, "start", UUID, "manual", "auto");
	is_row(&d, COMPARE_DEFINITIONS, "driver override at boot", "0.0.2b0a", "vfio_ccw", NULL);
	is_row(&d, COMPARE_DEFINITIONS, "driver override at boot", "0.0.2b09", NULL, "vfio_ccw");
	is_row(&d, COMPARE_DEFINITIONS, "modules loaded at boot", "", "none", "kvm");
	assert_null(row(&d, "definition", UUID));
}

TEST(an_override_at_boot_by_another_driver_is_a_change_of_it)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/driverctl.d/css-0.0.0313 644 \"vfio_ccw\\n\"\n",
			     "file /etc/driverctl.d/css-0.0.0313 644 \"none\\n\"\n");

	is_row(&d, COMPARE_DEFINITIONS, "driver override at boot", "0.0.2b09", "vfio_ccw", "none");
	assert_false(row(&d, "driver override at boot", "0.0.2b09")->whole);
}

TEST(passwords_of_the_command_line_are_neither_said_nor_a_difference)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /proc/cmdline 444 \"root=x password=***\\n\"\n",
			     "file /proc/cmdline 444 \"root=x password=hunter2\\n\"\n");
	CLEANUP(desk_done)
	struct desk e = desk("file /proc/cmdline 444 \"root=x password=one\\n\"\n",
			     "file /proc/cmdline 444 \"root=y password=hunter2\\n\"\n");

	assert_null(row(&d, "kernel command line", ""));
	is_row(&e, COMPARE_DEFINITIONS, "kernel command line", "", "root=x password=***",
	       "root=y password=***");
}

/* A sosreport's way: some files only. */
static struct sys *selected(const char *more, const char *without)
{
	struct sys *sys = machine(more);

	sys->origin = (struct sys_origin){ .maker = "sosreport", .selective = true };
	sim_del(sim_of(sys), without);
	sys->ops = &sim_still_ops;
	return sys;
}

TEST(what_one_of_them_does_not_have_is_neither_gone_nor_unbound)
{
	CLEANUP(desk_done) struct desk d = desk_of(machine(given), selected("", "/sys/bus/css"));
	CLEANUP(buf_done) struct buf lacks = { 0 };

	assert_true(d.c.partly);
	assert_null(row(&d, "device", "0.0.2b09"));
	assert_null(row(&d, "driver", "0.0.2b09"));
	assert_int_equal(compare_lacks(d.session[1], &lacks), 0);
	assert_string_equal(buf_next_name(&lacks, NULL), "channel devices");
	buf_reset(&lacks);
	assert_int_equal(compare_lacks(d.session[0], &lacks), 0);
	assert_int_equal(lacks.len, 0);
}

TEST(definitions_that_were_not_packed_are_not_gone)
{
	CLEANUP(desk_done)
	struct desk d = desk_of(machine("file /etc/driverctl.d/css-0.0.0313 644 \"vfio_ccw\\n\"\n"),
				selected("", "/etc/driverctl.d"));

	assert_null(row(&d, "driver override at boot", "0.0.2b09"));
	assert_null(row(&d, "after reboot", "0.0.2b09"));
}

TEST(rows_that_say_the_same_of_several_devices_follow_each_other)
{
	CLEANUP(desk_done)
	struct desk d = desk("", "write /sys/bus/ccw/devices/0.0.2b09/online \"0\\n\"\n"
				 "write /sys/bus/ccw/devices/0.0.2b0a/online \"0\\n\"\n"
				 "write /sys/bus/ap/apmask \"-5\\n\"\n");
	const struct compare_row *first = row(&d, "online", "0.0.2b09");

	assert_non_null(first);
	assert_ptr_equal(row(&d, "online", "0.0.2b0a"), first + 1);
	for (size_t i = 1; i < d.c.n; i++)
		assert_true(d.c.v[i - 1].group <= d.c.v[i].group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_machine_is_no_different_from_itself),
		CASE(a_device_that_came_and_one_that_went_are_hardware),
		CASE(a_channel_path_that_is_varied_off_and_a_kernel_are_hardware),
		CASE(a_driver_an_override_and_a_module_are_binding),
		CASE(masks_are_binding_and_told_as_the_screens_do),
		CASE(what_is_counted_is_binding),
		CASE(mediated_devices_and_who_uses_what_are_assignment),
		CASE(what_is_kept_for_the_next_boot_are_definitions),
		CASE(an_override_at_boot_by_another_driver_is_a_change_of_it),
		CASE(passwords_of_the_command_line_are_neither_said_nor_a_difference),
		CASE(what_one_of_them_does_not_have_is_neither_gone_nor_unbound),
		CASE(definitions_that_were_not_packed_are_not_gone),
		CASE(rows_that_say_the_same_of_several_devices_follow_each_other),
	};

	return RUN(tests);
}
