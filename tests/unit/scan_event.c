/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sys.h"

#define UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

/* The inventory after an event; the caller's. */
static struct inventory *after(struct machine *m, const char *action, const char *subsystem,
			       const char *devpath)
{
	struct sys_event e = { 0 };
	struct inventory *inv;

	snprintf(e.action, sizeof(e.action), "%s", action);
	snprintf(e.subsystem, sizeof(e.subsystem), "%s", subsystem);
	snprintf(e.devpath, sizeof(e.devpath), "%s", devpath);
	assert_int_equal(inventory_event(m->inv, m->sys, m->tab, &e, &inv), 0);
	return inv;
}

static struct machine two_disks(void)
{
	struct machine m = machine_new();

	machine_subch(&m, "0.0.0001", "io_subchannel", "0.0.0190");
	machine_subch(&m, "0.0.0002", "io_subchannel", "0.0.0191");
	machine_scan(&m);
	return m;
}

TEST(an_event_of_a_subchannel_reads_that_one_and_shares_the_others)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;

	machine_ccw(&m, "0.0.0002", "0.0.0191", "ccw:t3990mE9dt3390dm0C", "dasd-eckd");
	inv = after(&m, "add", "ccw", "/devices/css0/0.0.0002/0.0.0191");
	assert_ptr_not_equal(inv, m.inv);
	assert_ptr_equal(inv->subchs[0], m.inv->subchs[0]);
	assert_int_equal(inv->subchs[0]->refs, 2);
	assert_true(inv->subchs[1]->ccw);
	assert_false(m.inv->subchs[1]->ccw);
	assert_int_equal(inventory_subch_of(inv, (struct ccwid){ 0, 0x191 })->dev_type, 0x3390);
}

TEST(a_subchannel_comes_and_goes)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *more = NULL, *less = NULL;
	const char *dir = "/sys/devices/css0/0.0.0001";

	machine_subch(&m, "0.0.0000", "io_subchannel", "0.0.0700");
	more = after(&m, "add", "css", "/devices/css0/0.0.0000");
	assert_int_equal(more->n_subchs, 3);
	assert_int_equal(more->subchs[0]->dev.no, 0x700);
	assert_int_equal(rename(tree_path(&m.tree, dir), tree_path(&m.tree, "/gone")), 0);
	less = after(&m, "remove", "css", "/devices/css0/0.0.0001");
	assert_int_equal(less->n_subchs, 1);
	assert_null(inventory_subch_of(less, (struct ccwid){ 0, 0x190 }));
}

TEST(a_subchannel_that_becomes_a_parent_shows_its_types)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	const char *type = "/sys/devices/css0/0.0.0002/mdev_supported_types/vfio_ccw-io";
	char path[128];

	snprintf(path, sizeof(path), "%s/available_instances", type);
	tree_put(&m.tree, path, "1\n");
	tree_link(&m.tree, "/sys/class/mdev_bus/0.0.0002", "../../devices/css0/0.0.0002");
	inv = after(&m, "change", "css", "/devices/css0/0.0.0002");
	assert_int_equal(inventory_parent(inv, "0.0.0002")->types[0].available, 1);
	assert_null(inventory_parent(m.inv, "0.0.0002"));
}

TEST(problems_of_a_device_go_with_its_next_reading_and_others_stay)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;

	tree_put(&m.tree, "/sys/devices/css0/0.0.0001/chpids", "x\n");
	tree_put(&m.tree, "/sys/devices/css0/0.0.0002/chpids", "x\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_problems, 2);
	tree_put(&m.tree, "/sys/devices/css0/0.0.0002/chpids", "50 00 00 00 00 00 00 00\n");
	inv = after(&m, "change", "css", "/devices/css0/0.0.0002");
	assert_int_equal(inv->n_problems, 1);
	assert_string_equal(inv->problems[0].path, "/sys/devices/css0/0.0.0001/chpids");
}

TEST(an_event_of_a_device_tells_of_its_channel_paths_old_and_new)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	static const char subch[] = "/sys/devices/css0/0.0.0002";

	tree_put(&m.tree, "/sys/devices/css0/chp0.50/status", "online\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.60/status", "online\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_chps, 2);
	tree_put(&m.tree, "/sys/devices/css0/0.0.0002/chpids", "50 51 00 00 00 00 00 00\n");
	tree_put(&m.tree, "/sys/devices/css0/0.0.0002/pimpampom", "c0 c0 ff\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.50/status", "offline\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.51/status", "online\n");
	inv = after(&m, "change", "css", subch + strlen("/sys"));
	assert_int_equal(inv->n_chps, 3);
	assert_int_equal(inventory_chp(inv, 0x50)->online, 0);
	assert_int_equal(inventory_chp(inv, 0x51)->online, 1);
	assert_int_equal(inv->chps[1].id, 0x51);
	assert_int_equal(inv->chps[2].id, 0x60);
	assert_int_equal(inventory_chp(m.inv, 0x50)->online, 1);
}

TEST(an_event_of_the_ap_bus_reads_masks_queues_and_matrices)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;

	unlink(tree_path(&m.tree, "/sys/bus/ap/apmask"));
	unlink(tree_path(&m.tree, "/sys/bus/ap/devices/05.0004"));
	inv = after(&m, "change", "ap", "/devices/ap");
	assert_false(inv->ap.masks_known);
	assert_int_equal(inv->n_queues, 15);
	assert_int_equal(inv->n_mdevs, 4);
	assert_ptr_not_equal(inv->mdevs[0], m.inv->mdevs[0]);
	assert_ptr_equal(inv->subchs[0], m.inv->subchs[0]);
	assert_ptr_equal(inv->pcis[0], m.inv->pcis[0]);
}

TEST(a_changed_directory_reads_the_configuration)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;

	tree_put(&m.tree, "/etc/mdevctl.d/0.0.0002/" UUID,
		 "{\"mdev_type\":\"vfio_ccw-io\",\"start\":\"auto\"}");
	inv = after(&m, "file", "", "/etc/mdevctl.d");
	assert_non_null(inventory_def(inv, UUID, "0.0.0002"));
	assert_ptr_equal(inv->subchs[1], m.inv->subchs[1]);
}

TEST(virtual_functions_change_the_count_of_their_physical_one)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	const char *alias = "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n";

	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.0/modalias", alias);
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.0/sriov_totalvfs", "8\n");
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs", "0\n");
	machine_scan(&m);
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs", "1\n");
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.1/modalias", alias);
	tree_link(&m.tree, "/sys/bus/pci/devices/0000:3b:00.1/physfn", "../0000:3b:00.0");
	inv = after(&m, "add", "pci", "/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.1");
	assert_int_equal(inv->n_pcis, 2);
	assert_int_equal(inv->pcis[0]->vfs, 1);
	assert_int_equal(m.inv->pcis[0]->vfs, 0);
}

TEST(an_event_that_concerns_nothing_makes_nothing_new)
{
	CLEANUP(machine_done) struct machine m = two_disks();
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;

	inv = after(&m, "change", "usb", "/devices/usb1");
	assert_ptr_equal(inv, m.inv);
	assert_int_equal(inv->refs, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_event_of_a_subchannel_reads_that_one_and_shares_the_others),
		CASE(a_subchannel_comes_and_goes),
		CASE(a_subchannel_that_becomes_a_parent_shows_its_types),
		CASE(problems_of_a_device_go_with_its_next_reading_and_others_stay),
		CASE(an_event_of_a_device_tells_of_its_channel_paths_old_and_new),
		CASE(an_event_of_the_ap_bus_reads_masks_queues_and_matrices),
		CASE(a_changed_directory_reads_the_configuration),
		CASE(virtual_functions_change_the_count_of_their_physical_one),
		CASE(an_event_that_concerns_nothing_makes_nothing_new),
	};

	return RUN(tests);
}
