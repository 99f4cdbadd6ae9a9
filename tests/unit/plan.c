/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "mem.h"
#include "msg.h"
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A machine by hand: one DASD that is online, one subchannel on vfio_ccw, one PCI function, two matrices. */
static struct subch dasd = { .id = { 0, 0x313 },
			     .dev = { 0, 0x2b09 },
			     .has_dev = true,
			     .driver = "io_subchannel",
			     .ccw = true,
			     .ccw_driver = "dasd-eckd",
			     .online = 1 };
static struct subch given = { .id = { 0, 0x314 },
			      .dev = { 0, 0x2b0a },
			      .has_dev = true,
			      .driver = "vfio_ccw",
			      .override = "vfio_ccw" };
static struct pci_fn nic = {
	.id = { 0, 0x3b, 0, 1 }, .driver = "mlx5_core", .group = 7, .vfs_total = 8, .vfs = 2
};
static struct pci_fn gpu = { .id = { 0, 0x41, 0, 0 }, .driver = "nouveau", .group = 8, .vfs = -1 };
static struct matrix some;
static struct mdev first = { .uuid = "11111111-1111-4111-8111-111111111111",
			     .parent = "matrix",
			     .type = "vfio_ap-passthrough",
			     .matrix = &some,
			     .guest = &no_matrix };
static struct mdev second = { .uuid = "22222222-2222-4222-8222-222222222222",
			      .parent = "matrix",
			      .type = "vfio_ap-passthrough",
			      .matrix = &no_matrix,
			      .guest = &no_matrix };
static struct subch *subchs[] = { &dasd, &given };
static struct pci_fn *pcis[] = { &nic, &gpu };
static struct mdev *mdevs[] = { &first, &second };
static struct module_state modules[] = { { "vfio_ap", true, true },
					 { "vfio_ccw", true, true },
					 { "vfio_pci", false, true } };

static void machine(struct inventory *inv)
{
	*inv = (struct inventory){ .subchs = subchs,
				   .n_subchs = 2,
				   .pcis = pcis,
				   .n_pcis = 2,
				   .mdevs = mdevs,
				   .n_mdevs = 2,
				   .modules = modules,
				   .n_modules = 3 };
	inv->ap.present = inv->ap.masks_known = inv->ap.has_ap_config = true;
	inv->ap.apmask = inv->ap.aqmask = mask_all();
	inv->ap.max_adapter = inv->ap.max_domain = 255;
	mask_set(&inv->ap.apmask, 0x14, false);
	some = no_matrix;
	mask_set(&some.adapters, 0x14, true);
	mask_set(&some.domains, 4, true);
}

/* The plan for an edits file. */
static int plan_of(const struct inventory *inv, const char *json, struct plan *ret,
		   struct msg *reterr)
{
	struct wish w = { 0 };
	struct desired d;
	int r;

	if (wish_from_json(json, strlen(json), "test", &w, reterr) < 0)
		fail_msg("%s %s", reterr->what, reterr->why);
	assert_int_equal(desired_build(inv, &w, &d), 0);
	r = plan_make(&d, ret, reterr);
	desired_done(&d);
	wish_done(&w);
	return r;
}

static void assert_steps(const char *json, const char *const *expect)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;
	size_t i;

	machine(&inv);
	assert_int_equal(plan_of(&inv, json, &p, &err), 0);
	for (i = 0; i < p.n_steps && expect[i]; i++)
		assert_string_equal(p.steps[i].text, expect[i]);
	assert_int_equal(i, p.n_steps);
	assert_null(expect[i]);
	for (i = 0; i < p.n_steps; i++) {
		assert_non_null(p.steps[i].reason);
		assert_non_null(p.steps[i].command);
	}
	plan_done(&p);
	msg_done(&err);
}

#define TAKE_313   "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}}"
#define STEPS(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(an_online_dasd_goes_offline_is_unbound_overridden_and_probed_and_then_the_file_is_written)
{
	assert_steps(TAKE_313,
		     STEPS("set 0.0.2b09 offline", "unbind 0.0.0313 from io_subchannel",
			   "override the driver of 0.0.0313: vfio_ccw", "bind 0.0.0313 to vfio_ccw",
			   "write the driver override of 0.0.0313 for the next boot"));
}

TEST(one_driverctl_line_says_the_whole_change)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;

	machine(&inv);
	assert_int_equal(plan_of(&inv, TAKE_313, &p, &err), 0);
	assert_string_equal(p.steps[0].command, "chccwdev -d 0.0.2b09");
	assert_string_equal(p.steps[1].command, "driverctl -b css set-override 0.0.0313 vfio_ccw");
	for (size_t i = 2; i < p.n_steps; i++)
		assert_string_equal(p.steps[i].command, "");
	plan_done(&p);
}

TEST(the_undo_of_each_write_restores_what_it_found)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;

	machine(&inv);
	assert_int_equal(plan_of(&inv, TAKE_313, &p, &err), 0);
	assert_string_equal(p.steps[0].undo.path, "/sys/bus/ccw/devices/0.0.2b09/online");
	assert_string_equal(p.steps[0].undo.value, "1\n");
	assert_string_equal(p.steps[1].undo.path, "/sys/bus/css/drivers/io_subchannel/bind");
	assert_int_equal(p.steps[1].undo.expect, EXPECT_EXISTS);
	assert_string_equal(p.steps[1].undo.expect_path, "/sys/devices/css0/0.0.0313/0.0.2b09");
	assert_string_equal(p.steps[2].undo.value, "\n");
	assert_string_equal(p.steps[3].undo.path, "/sys/devices/css0/0.0.0313/driver/unbind");
	assert_int_equal(p.steps[3].act.expect, EXPECT_LINK);
	assert_string_equal(p.steps[3].act.expect_text, "vfio_ccw");
	assert_null(p.steps[4].undo.value);
	assert_string_equal(p.steps[4].act.value, "vfio_ccw\n");
	plan_done(&p);
}

TEST(a_device_without_an_override_to_keep_is_given_back_by_clearing_it)
{
	assert_steps("{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0314\": {\"driver\": null, "
		     "\"persist\": false}}}",
		     STEPS("unbind 0.0.0314 from vfio_ccw", "clear the driver override of 0.0.0314",
			   "bind 0.0.0314 to io_subchannel"));
}

TEST(a_module_comes_before_what_binds_to_it)
{
	assert_steps("{\"vfiocfg-edits\": 1, \"drivers\": {\"pci/0000:41:00.0\": {\"driver\": "
		     "\"vfio-pci\", \"persist\": false}}}",
		     STEPS("load kernel module vfio_pci", "unbind 0000:41:00.0 from nouveau",
			   "override the driver of 0000:41:00.0: vfio-pci",
			   "bind 0000:41:00.0 to vfio-pci"));
}

TEST(a_function_that_has_virtual_ones_keeps_its_driver)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;

	machine(&inv);
	assert_int_equal(
		plan_of(&inv,
			"{\"vfiocfg-edits\": 1, \"drivers\": {\"pci/0000:3b:00.1\": \"vfio-pci\"}}",
			&p, &err),
		-EINVAL);
	assert_int_equal(err.id, MSG_PLAN_PF_HAS_VFS);
	msg_done(&err);
}

TEST(virtual_functions_go_through_none_from_one_number_to_another)
{
	assert_steps("{\"vfiocfg-edits\": 1, \"sriov\": {\"pci/0000:3b:00.1\": 4}}",
		     STEPS("set the virtual functions of 0000:3b:00.1: 0",
			   "set the virtual functions of 0000:3b:00.1: 4"));
}

TEST(masks_come_before_the_matrix_that_needs_their_queues_and_its_definition_last)
{
	assert_steps("{\"vfiocfg-edits\": 1, \"ap\": {\"guest-queues\": [\"05.0004\"]}, \"mdevs\": "
		     "[{\"uuid\": "
		     "\"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", \"type\": "
		     "\"vfio_ap-passthrough\", "
		     "\"start\": \"auto\", \"active\": true, \"persist\": false, \"adapters\": "
		     "[\"0x05\"], \"domains\": [\"0x0004\"], "
		     "\"control-domains\": []}]}",
		     STEPS("apmask: give adapters 05 to guests",
			   "make mediated device 669d9b23-fe1b-4ecb-be08-a2fabca99b71 on matrix",
			   "assign adapter 05 to matrix 669d9b23-fe1b-4ecb-be08-a2fabca99b71",
			   "assign domain 0004 to matrix 669d9b23-fe1b-4ecb-be08-a2fabca99b71",
			   "write the AP masks for the next boot"));
}

TEST(a_queue_that_moves_is_let_go_of_before_another_matrix_gets_it)
{
	assert_steps("{\"vfiocfg-edits\": 1, \"mdevs\": ["
		     "{\"uuid\": \"11111111-1111-4111-8111-111111111111\", \"domains\": [\"5\"], "
		     "\"persist\": false},"
		     "{\"uuid\": \"22222222-2222-4222-8222-222222222222\", \"adapters\": "
		     "[\"0x14\"], \"domains\": [\"4\"], \"persist\": false}]}",
		     STEPS("change matrix 11111111-1111-4111-8111-111111111111",
			   "change matrix 11111111-1111-4111-8111-111111111111",
			   "change matrix 22222222-2222-4222-8222-222222222222"));
}

TEST(without_ap_config_a_matrix_changes_one_number_a_write)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;

	machine(&inv);
	inv.ap.has_ap_config = false;
	assert_int_equal(plan_of(&inv,
				 "{\"vfiocfg-edits\": 1, \"mdevs\": [{\"uuid\": "
				 "\"11111111-1111-4111-8111-111111111111\", "
				 "\"domains\": [\"5\"], \"persist\": false}]}",
				 &p, &err),
			 0);
	assert_int_equal(p.n_steps, 2);
	assert_string_equal(
		p.steps[0].text,
		"unassign domain 0004 from matrix 11111111-1111-4111-8111-111111111111");
	assert_string_equal(p.steps[1].text,
			    "assign domain 0005 to matrix 11111111-1111-4111-8111-111111111111");
	assert_true(str_ends(p.steps[0].undo.path, "/assign_domain"));
	assert_int_equal(p.steps[1].act.expect, EXPECT_MATRIX);
	plan_done(&p);
}

TEST(a_matrix_is_emptied_before_it_is_removed_so_that_each_undo_is_one_write)
{
	assert_steps(
		"{\"vfiocfg-edits\": 1, \"mdevs\": [{\"uuid\": "
		"\"11111111-1111-4111-8111-111111111111\", \"delete\": true}]}",
		STEPS("empty matrix 11111111-1111-4111-8111-111111111111",
		      "remove mediated device 11111111-1111-4111-8111-111111111111 from matrix"));
}

static bool has_foot(const struct plan *p, const char *path, const char *value)
{
	for (size_t i = 0; i < p->n_feet; i++)
		if (str_eq(p->feet[i].path, path) && str_eq(p->feet[i].value, value))
			return true;
	return false;
}

TEST(the_footprint_holds_what_was_looked_at)
{
	struct inventory inv;
	struct msg err = { 0 };
	struct plan p;

	machine(&inv);
	assert_int_equal(plan_of(&inv, TAKE_313, &p, &err), 0);
	assert_true(has_foot(&p, "/sys/devices/css0/0.0.0313/driver", "io_subchannel"));
	assert_true(has_foot(&p, "/sys/devices/css0/0.0.0313/driver_override", ""));
	assert_true(has_foot(&p, "/sys/devices/css0/0.0.0313/0.0.2b09/online", "1"));
	assert_true(has_foot(&p, "/etc/driverctl.d/css-0.0.0313", NULL));
	plan_done(&p);
}

TEST(nothing_wished_is_nothing_to_do)
{
	assert_steps("{\"vfiocfg-edits\": 1}", (const char *const[]){ NULL });
}

TEST(every_kind_of_step_has_a_name)
{
	for (int k = 0; k <= STEP_FILE; k++)
		assert_string_not_equal(step_kind_name((enum step_kind)k), "?");
	assert_string_equal(step_kind_name((enum step_kind)99), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_online_dasd_goes_offline_is_unbound_overridden_and_probed_and_then_the_file_is_written),
		CASE(one_driverctl_line_says_the_whole_change),
		CASE(the_undo_of_each_write_restores_what_it_found),
		CASE(a_device_without_an_override_to_keep_is_given_back_by_clearing_it),
		CASE(a_module_comes_before_what_binds_to_it),
		CASE(a_function_that_has_virtual_ones_keeps_its_driver),
		CASE(virtual_functions_go_through_none_from_one_number_to_another),
		CASE(masks_come_before_the_matrix_that_needs_their_queues_and_its_definition_last),
		CASE(a_queue_that_moves_is_let_go_of_before_another_matrix_gets_it),
		CASE(without_ap_config_a_matrix_changes_one_number_a_write),
		CASE(a_matrix_is_emptied_before_it_is_removed_so_that_each_undo_is_one_write),
		CASE(the_footprint_holds_what_was_looked_at),
		CASE(nothing_wished_is_nothing_to_do),
		CASE(every_kind_of_step_has_a_name),
	};

	return RUN(tests);
}
