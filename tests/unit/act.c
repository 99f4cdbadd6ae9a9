/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "act.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

static struct sys *machine_new(const char *text)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(text, strlen(text), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

/* A place as the kernel shows it, read. */
static void assert_reads(const char *line, const char *path, const char *expect)
{
	struct sys *sys = machine_new(line);
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(place_read(sys, path, &b), expect ? 0 : -ENOENT);
	if (expect)
		assert_string_equal(buf_str(&b), expect);
	sys_free(sys);
}

TEST(a_place_has_one_spelling)
{
	assert_reads("file /sys/x/driver_override 644 \"(null)\\n\"\n", "/sys/x/driver_override",
		     "");
	assert_reads("file /sys/x/driver_override 644 \"vfio_ccw\\n\"\n", "/sys/x/driver_override",
		     "vfio_ccw");
	assert_reads("link /sys/x/driver ../bus/css/drivers/vfio_ccw\n", "/sys/x/driver",
		     "vfio_ccw");
	assert_reads("file /sys/x/online 644 \"1\\n\"\n", "/sys/x/online", "1");
	assert_reads("dir /sys/x\n", "/sys/x/driver", NULL);
}

TEST(a_mask_reads_with_all_its_digits)
{
	assert_reads("file /sys/bus/ap/apmask 644 \"0xf\\n\"\n", "/sys/bus/ap/apmask",
		     "0xf000000000000000000000000000000000000000000000000000000000000000");
}

static char at[] = "/sys/m", value[] = "1\n", online[] = "/sys/m/online", one[] = "1";

TEST(a_matrix_is_read_from_its_queues_where_there_is_no_ap_config)
{
	struct sys *sys = machine_new("file /sys/m/matrix 444 \"05.0004\\n05.00ab\\n\"\n"
				      "file /sys/m/control_domains 444 \"0004\\n\"\n");
	struct act a = { .expect = EXPECT_MATRIX, .expect_path = at };

	mask_set(&a.matrix.adapters, 5, true);
	mask_set(&a.matrix.domains, 4, true);
	mask_set(&a.matrix.domains, 0xab, true);
	assert_int_equal(act_holds(sys, STEP_ATTR, &a), 0);
	mask_set(&a.matrix.control, 4, true);
	assert_int_equal(act_holds(sys, STEP_ATTR, &a), 1);
	sys_free(sys);
}

TEST(adapters_and_domains_that_make_no_queue_yet_are_read_as_well)
{
	struct sys *adapters = machine_new(
		"file /sys/m/matrix 444 \"05.\\n14.\\n\"\nfile /sys/m/control_domains 444 \"\"\n");
	struct sys *domains = machine_new(
		"file /sys/m/matrix 444 \".00ab\\n\"\nfile /sys/m/control_domains 444 \"\"\n");
	struct act a = { .expect = EXPECT_MATRIX, .expect_path = at }, d = a;

	mask_set(&a.matrix.adapters, 5, true);
	mask_set(&a.matrix.adapters, 0x14, true);
	mask_set(&d.matrix.domains, 0xab, true);
	assert_int_equal(act_holds(adapters, STEP_ATTR, &a), 1);
	assert_int_equal(act_holds(domains, STEP_ATTR, &d), 1);
	sys_free(adapters);
	sys_free(domains);
}

TEST(ap_config_is_the_truth_where_it_is)
{
	struct sys *sys = machine_new(
		"file /sys/m/ap_config 644 \"0x04,0x08,0x\\n\"\nfile /sys/m/matrix 444 \"\"\n");
	struct act a = { .expect = EXPECT_MATRIX, .expect_path = at };

	mask_set(&a.matrix.adapters, 5, true);
	mask_set(&a.matrix.domains, 4, true);
	assert_int_equal(act_holds(sys, STEP_ATTR, &a), 1);
	sys_free(sys);
}

TEST(an_effect_that_is_awaited_is_waited_for_and_then_missed)
{
	struct sys *sys = machine_new("file /sys/m/online 644 \"0\\n\"\n");
	struct act a = { .path = online,
			 .value = value,
			 .len = 2,
			 .expect = EXPECT_VALUE,
			 .expect_path = online,
			 .expect_text = one };
	struct actor who = { sys, 20, NULL };
	bool wrote = false;

	assert_int_equal(act_do(&who, STEP_OFFLINE, &a, &wrote), 0);
	assert_true(wrote);
	a.value = at;
	assert_int_equal(act_do(&who, STEP_SRIOV, &a, &wrote), -ETIMEDOUT);
	assert_true(wrote);
	sys_free(sys);
}

TEST(a_device_that_does_not_come_back_is_not_waited_for_beyond_the_deadline)
{
	struct sys *sys = machine_new("dir /sys/m\n");
	struct act a = { .path = online,
			 .value = value,
			 .len = 2,
			 .expect = EXPECT_VALUE,
			 .expect_path = online,
			 .expect_text = one };
	struct actor who = { sys, 20, NULL };
	bool wrote = true;

	assert_int_equal(act_do(&who, STEP_OFFLINE, &a, &wrote), -ETIMEDOUT);
	assert_false(wrote);
	assert_int_equal(act_do(&who, STEP_SRIOV, &a, &wrote), -ENOENT);
	assert_false(wrote);
	sys_free(sys);
}

static char create[] = "/sys/class/mdev_bus/p/mdev_supported_types/t/create";
static char uuid[] = "7e270a25-e163-4922-af60-757fc8ed48c6",
	    made[] = "/sys/bus/mdev/devices/7e270a25-e163-4922-af60-757fc8ed48c6";

/* A machine on which the device is there already; the kernel then says EEXIST (here the missing `create` says ENOENT). */
TEST(what_exists_elsewhere_is_not_taken_for_ours)
{
	struct sys *sys =
		machine_new("dir /sys/devices/q/7e270a25-e163-4922-af60-757fc8ed48c6\n"
			    "link /sys/bus/mdev/devices/7e270a25-e163-4922-af60-757fc8ed48c6 "
			    "../../../devices/q/7e270a25-e163-4922-af60-757fc8ed48c6\n");
	struct act a = { .path = create,
			 .value = uuid,
			 .len = 36,
			 .expect = EXPECT_EXISTS,
			 .expect_path = made };
	struct actor who = { sys, 20, NULL };
	bool wrote = true;

	assert_true(act_do(&who, STEP_CREATE, &a, &wrote) < 0);
	assert_false(wrote);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_place_has_one_spelling),
		CASE(a_mask_reads_with_all_its_digits),
		CASE(a_matrix_is_read_from_its_queues_where_there_is_no_ap_config),
		CASE(adapters_and_domains_that_make_no_queue_yet_are_read_as_well),
		CASE(ap_config_is_the_truth_where_it_is),
		CASE(an_effect_that_is_awaited_is_waited_for_and_then_missed),
		CASE(a_device_that_does_not_come_back_is_not_waited_for_beyond_the_deadline),
		CASE(what_exists_elsewhere_is_not_taken_for_ours),
	};

	return RUN(tests);
}
