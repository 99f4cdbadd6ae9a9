/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sim.h"
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
	size_t matrices = 0;

	unlink(tree_path(&m.tree, "/sys/bus/ap/apmask"));
	unlink(tree_path(&m.tree, "/sys/bus/ap/devices/05.0004"));
	inv = after(&m, "change", "ap", "/devices/ap");
	assert_false(inv->ap.masks_known);
	assert_int_equal(inv->n_queues, 15);
	assert_int_equal(inv->n_mdevs, 4);
	for (size_t i = 0; i < 4; i++) {
		bool again = inv->mdevs[i] != m.inv->mdevs[i];

		assert_string_equal(inv->mdevs[i]->uuid, m.inv->mdevs[i]->uuid);
		assert_true(again == !strcmp(inv->mdevs[i]->parent, "matrix"));
		matrices += again;
	}
	assert_true(matrices > 0);
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

/* -- what an event costs -- */

static struct {
	const struct sys_ops *quiet;
	size_t asked;
} counted;

static int count_list(struct sys *sys, const char *path, struct buf *ret)
{
	counted.asked++;
	return counted.quiet->list(sys, path, ret);
}

static int count_read(struct sys *sys, const char *path, struct buf *ret)
{
	counted.asked++;
	return counted.quiet->read(sys, path, ret);
}

static int count_readlink(struct sys *sys, const char *path, struct buf *ret)
{
	counted.asked++;
	return counted.quiet->readlink(sys, path, ret);
}

static int count_stat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	counted.asked++;
	return counted.quiet->stat(sys, path, ret);
}

/* Each of n subchannels and PCI functions; every other subchannel is a guest's, with a mediated device. */
static struct sys *machine_of(unsigned n)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error where = { 0 };
	struct sys *sys;

	buf_adds(&text, "kernel 702 7.2.0\nname many\ncmdline \"\"\nmodule vfio_ccw boot\n"
			"module vfio_pci boot\nchp 50 type=1b chid=0150\n");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text,
			   "subchannel 0.0.%04x dev=0.0.%04x cu=3990/e9 devtype=3390/0c chpids=50 "
			   "pim=80 pam=80\npci %04x:00:00.0 15b3:1016 class=020000 group=%u\n",
			   i, i, i + 1, i);
	for (unsigned i = 0; i < n; i += 2)
		buf_printf(&text,
			   "write /sys/devices/css0/0.0.%04x/driver/unbind 0.0.%04x\n"
			   "write /sys/devices/css0/0.0.%04x/driver_override vfio_ccw\n"
			   "write /sys/bus/css/drivers_probe 0.0.%04x\n"
			   "write /sys/devices/css0/0.0.%04x/mdev_supported_types/vfio_ccw-io/"
			   "create %08x-0000-4000-8000-000000000001\n",
			   i, i, i, i, i, i);
	if (sim_new(buf_str(&text), text.len, &sys, &where) < 0)
		fail_msg("line %u: expected %s", where.line, where.expected);
	return sys;
}

/* How often an event of a device asks something of a machine of n. */
static size_t asked_by(unsigned n, const char *subsystem, const char *devpath)
{
	struct machine m = { .tab = strtab_new(), .sys = machine_of(n) };
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	struct sys_ops ops = *m.sys->ops;

	assert_int_equal(inventory_scan(m.sys, m.tab, &m.inv), 0);
	assert_int_equal(m.inv->n_mdevs, n / 2);
	counted.quiet = m.sys->ops;
	counted.asked = 0;
	ops.list = count_list;
	ops.read = count_read;
	ops.readlink = count_readlink;
	ops.stat = count_stat;
	m.sys->ops = &ops;
	inv = after(&m, "change", subsystem, devpath);
	m.sys->ops = counted.quiet;
	assert_int_equal(inv->n_mdevs, n / 2);
	inv = inventory_unref(inv);
	inventory_unref(m.inv);
	sys_free(m.sys);
	strtab_free(m.tab);
	return counted.asked;
}

TEST(an_event_asks_no_more_of_a_large_machine_than_of_a_small_one)
{
	static const char *const events[][2] = {
		{ "css", "/devices/css0/0.0.0002" },
		{ "ccw", "/devices/css0/0.0.0003/0.0.0003" },
		{ "pci", "/devices/pci0001:00/0001:00:00.0" },
		{ "mdev", "/devices/css0/0.0.0002/00000002-0000-4000-8000-000000000001" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		size_t few = asked_by(4, events[i][0], events[i][1]);

		assert_true(few > 3);
		/* Who uses a mediated device is looked for among the processes, of which a simulated machine has none. */
		assert_int_equal(asked_by(200, events[i][0], events[i][1]), few);
	}
}

TEST(a_mediated_device_comes_and_goes_with_what_its_parent_has_left)
{
	static const char uuid[] = "00000002-0000-4000-8000-000000000001";
	static const char dir[] = "/devices/css0/0.0.0002/00000002-0000-4000-8000-000000000001";
	struct machine m = { .tab = strtab_new(), .sys = machine_of(6) };
	CLEANUP(inventory_unrefp) struct inventory *less = NULL, *more = NULL;

	assert_int_equal(inventory_scan(m.sys, m.tab, &m.inv), 0);
	assert_int_equal(inventory_parent(m.inv, "0.0.0002")->types[0].available, 0);
	assert_int_equal(
		sys_write(m.sys,
			  "/sys/bus/mdev/devices/00000002-0000-4000-8000-000000000001/remove", "1"),
		0);
	less = after(&m, "remove", "mdev", dir);
	assert_int_equal(less->n_mdevs, 2);
	assert_null(inventory_mdev(less, uuid));
	assert_ptr_equal(less->mdevs[0], m.inv->mdevs[0]);
	assert_ptr_equal(less->parents[0], m.inv->parents[0]);
	assert_int_equal(inventory_parent(less, "0.0.0002")->types[0].available, 1);
	assert_int_equal(
		sys_write(m.sys,
			  "/sys/devices/css0/0.0.0002/mdev_supported_types/vfio_ccw-io/create",
			  uuid),
		0);
	inventory_unref(m.inv);
	m.inv = inventory_ref(less);
	more = after(&m, "add", "mdev", dir);
	assert_int_equal(more->n_mdevs, 3);
	assert_string_equal(inventory_mdev(more, uuid)->parent, "0.0.0002");
	assert_int_equal(more->n_problems, m.inv->n_problems);
	inventory_unref(m.inv);
	sys_free(m.sys);
	more = inventory_unref(more);
	less = inventory_unref(less);
	strtab_free(m.tab);
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
		CASE(an_event_asks_no_more_of_a_large_machine_than_of_a_small_one),
		CASE(a_mediated_device_comes_and_goes_with_what_its_parent_has_left),
	};

	return RUN(tests);
}
