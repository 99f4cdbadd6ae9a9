/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "many.h"
#include "readonly.h"
#include "sim.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SUBCH "/sys/devices/css0/0.0.0313"

TEST(a_disk_is_joined_with_its_subchannel)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct subch *r;

	machine_subch(&m, "0.0.0313", "io_subchannel", "0.0.2b09");
	machine_ccw(&m, "0.0.0313", "0.0.2b09", "ccw:t3990mE9dt3390dm0C", "dasd-eckd");
	machine_scan(&m);
	r = inventory_subch(m.inv, (struct ccwid){ 0, 0x313 });
	assert_ptr_equal(inventory_subch_of(m.inv, (struct ccwid){ 0, 0x2b09 }), r);
	assert_true(r->has_dev && r->ccw);
	assert_int_equal(r->cu_type, 0x3990);
	assert_int_equal(r->cu_model, 0xe9);
	assert_int_equal(r->dev_type, 0x3390);
	assert_int_equal(r->dev_model, 0x0c);
	assert_int_equal(r->chpids[1], 0x51);
	assert_int_equal(r->pim, 0xc0);
	assert_int_equal(r->pam, 0x80);
	assert_int_equal(r->pom, 0xff);
	assert_string_equal(r->ccw_driver, "dasd-eckd");
	assert_int_equal(r->online, 1);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(without_a_modalias_the_types_are_read_one_by_one)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct subch *r;

	machine_subch(&m, "0.0.0313", "io_subchannel", "0.0.2b09");
	tree_put(&m.tree, SUBCH "/0.0.2b09/cutype", "1731/03\n");
	tree_put(&m.tree, SUBCH "/0.0.2b09/devtype", "n/a\n");
	machine_scan(&m);
	r = inventory_subch(m.inv, (struct ccwid){ 0, 0x313 });
	assert_true(r->ccw);
	assert_int_equal(r->cu_type, 0x1731);
	assert_int_equal(r->cu_model, 3);
	assert_int_equal(r->dev_type, 0);
	assert_int_equal(r->online, -1);
	assert_null(r->ccw_driver);
}

TEST(an_old_kernel_tells_the_device_by_its_directory)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	machine_subch(&m, "0.0.0313", "io_subchannel", "0.0.2b09");
	machine_ccw(&m, "0.0.0313", "0.0.2b09", "ccw:t3832m02dtdm", "virtio_ccw");
	unlink(tree_path(&m.tree, SUBCH "/dev_busid"));
	machine_scan(&m);
	assert_non_null(inventory_subch_of(m.inv, (struct ccwid){ 0, 0x2b09 }));
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_subchannel_without_device_has_none)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct subch *r;

	machine_subch(&m, "0.0.0313", "io_subchannel", "none");
	machine_scan(&m);
	r = inventory_subch(m.inv, (struct ccwid){ 0, 0x313 });
	assert_false(r->has_dev);
	assert_false(r->ccw);
	assert_int_equal(m.inv->n_by_dev, 0);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(other_kinds_of_subchannels_are_asked_for_their_kind_only)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/sys/devices/css0/0.0.0900/type", "3\n");
	machine_scan(&m);
	assert_int_equal(m.inv->subchs[0]->type, 3);
	assert_null(m.inv->subchs[0]->driver);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(what_is_missing_or_malformed_is_listed_and_the_rest_is_shown)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct problem *p;

	machine_subch(&m, "0.0.0313", "io_subchannel", "0.0.2b09");
	tree_put(&m.tree, SUBCH "/chpids", "\033[2J\n");
	tree_put(&m.tree, SUBCH "/driver_override", "a/b\n");
	unlink(tree_path(&m.tree, SUBCH "/pimpampom"));
	tree_put(&m.tree, "/sys/devices/css0/0.0.03130/type", "0\n"); /* no subchannel's name */
	machine_scan(&m);
	assert_int_equal(m.inv->n_subchs, 1);
	assert_int_equal(m.inv->subchs[0]->dev.no, 0x2b09);
	assert_null(m.inv->subchs[0]->override);
	p = machine_problem(&m, SUBCH "/chpids");
	assert_int_equal(p->err, 0);
	assert_non_null(p->expected);
	assert_int_equal(machine_problem(&m, SUBCH "/pimpampom")->err, ENOENT);
	assert_non_null(machine_problem(&m, SUBCH "/driver_override"));
	assert_int_equal(m.inv->n_problems, 3);
}

TEST(subchannels_come_in_the_order_of_their_numbers)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	machine_subch(&m, "0.1.0000", "io_subchannel", "0.1.0001");
	machine_subch(&m, "0.0.000a", "io_subchannel", "0.0.ffff");
	machine_subch(&m, "0.0.0009", "io_subchannel", "0.0.f000");
	machine_scan(&m);
	assert_int_equal(m.inv->subchs[0]->id.no, 9);
	assert_int_equal(m.inv->subchs[2]->id.ssid, 1);
	assert_int_equal(inventory_subch_of(m.inv, (struct ccwid){ 0, 0xffff })->id.no, 10);
	assert_null(inventory_subch_of(m.inv, (struct ccwid){ 1, 0xffff }));
}

TEST(a_channel_path_shows_its_states)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/status", "offline\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/configure", "2\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/type", "1b\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/chid", "0150\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/shared", "1\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/chid_external", "0\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/cmg", "unknown\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/esc", "c\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5a/speed_bps", "16G\n");
	tree_put(&m.tree, "/sys/devices/css0/cm_enable", "1\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.5/status", "online\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_chps, 1);
	assert_int_equal(m.inv->chps[0].id, 0x5a);
	assert_int_equal(m.inv->chps[0].online, 0);
	assert_int_equal(m.inv->chps[0].configured, 2);
	assert_int_equal(m.inv->chps[0].type, 0x1b);
	assert_int_equal(m.inv->chps[0].chid, 0x150);
	assert_int_equal(m.inv->chps[0].shared, 1);
	assert_int_equal(m.inv->chps[0].external, 0);
	assert_int_equal(m.inv->chps[0].cmg, -1);
	assert_int_equal(m.inv->chps[0].esc, 12);
	assert_string_equal(m.inv->chps[0].speed, "16G");
	assert_int_equal(m.inv->cm_enable, 1);
	assert_ptr_equal(inventory_chp(m.inv, 0x5a), &m.inv->chps[0]);
	assert_null(inventory_chp(m.inv, 0x5b));
}

TEST(a_channel_path_whose_configuration_cannot_be_asked_for_is_no_problem)
{
	static const char text[] = "kernel 612 6.12.0\nchp 01 type=1a configure=unknown\n";
	CLEANUP(machine_done) struct machine m = machine_new();
	struct sim_error e;

	sys_free(m.sys);
	assert_int_equal(sim_new(text, strlen(text), &m.sys, &e), 0);
	machine_scan(&m);
	assert_int_equal(m.inv->n_chps, 1);
	assert_int_equal(m.inv->chps[0].configured, -1);
	assert_null(machine_problem(&m, "/sys/devices/css0/chp0.01/configure"));
}

TEST(a_channel_path_as_qemu_has_it_knows_little)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/sys/devices/css0/chp0.01/status", "online\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.01/chid", "");
	tree_put(&m.tree, "/sys/devices/css0/chp0.01/speed_bps", "0\n");
	tree_put(&m.tree, "/sys/devices/css0/chp0.01/shared", "unknown\n");
	machine_scan(&m);
	assert_int_equal(m.inv->chps[0].configured, -1);
	assert_int_equal(m.inv->chps[0].chid, -1);
	assert_int_equal(m.inv->chps[0].external, -1);
	assert_int_equal(m.inv->chps[0].shared, -1);
	assert_null(m.inv->chps[0].speed);
	assert_int_equal(m.inv->cm_enable, -1);
	assert_null(machine_problem(&m, "/sys/devices/css0/chp0.01/chid"));
}

TEST(a_record_is_small_enough_for_65536_of_them)
{
	assert_true(sizeof(struct subch) <= 160);
}

/* Disks, some of them the guests', some with an override, one without a device; three are not as a kernel writes them. */
static void fill_many(struct machine *m)
{
	for (unsigned i = 0; i < 200; i++) {
		bool guests = i % 10 == 3;
		char id[16], dev[16], path[96];

		snprintf(id, sizeof(id), "0.0.%04x", i);
		snprintf(dev, sizeof(dev), "0.0.%04x", 0x2b00 + i);
		machine_subch(m, id, guests ? "vfio_ccw" : "io_subchannel", i == 7 ? "none" : dev);
		snprintf(path, sizeof(path), "/sys/devices/css0/%s/uevent", id);
		tree_put(&m->tree, path,
			 guests ? "DRIVER=vfio_ccw\nST=0\nMODALIAS=css:t0\n"
				: "DRIVER=io_subchannel\nST=0\nMODALIAS=css:t0\n");
		if (guests || i == 7)
			continue;
		machine_ccw(m, id, dev, "ccw:t3990mE9dt3390dm0C", "dasd-eckd");
		snprintf(path, sizeof(path), "/sys/devices/css0/%s/%s/uevent", id, dev);
		tree_put(
			&m->tree, path,
			i == 150
				? "DRIVER=dasd-eckd\n"
				: "DRIVER=dasd-eckd\nCU_TYPE=3990\nCU_MODEL=E9\n"
				  "DEV_TYPE=3390\nDEV_MODEL=0C\nMODALIAS=ccw:t3990mE9dt3390dm0C\n");
	}
	tree_put(&m->tree, "/sys/devices/css0/0.0.0011/driver_override", "vfio_ccw\n");
	tree_put(&m->tree, "/sys/devices/css0/0.0.0012/pimpampom", "what\n");
	unlink(tree_path(&m->tree, "/sys/devices/css0/0.0.0014/uevent"));
	tree_link(&m->tree, "/sys/devices/css0/0.0.0014/uevent", "/etc/passwd");
}

static void assert_same(const struct subch *a, const struct subch *b)
{
	assert_int_equal(ccwid_cmp(a->id, b->id), 0);
	assert_int_equal(a->has_dev, b->has_dev);
	assert_int_equal(ccwid_cmp(a->dev, b->dev), 0);
	assert_int_equal(a->type, b->type);
	assert_memory_equal(a->chpids, b->chpids, 8);
	assert_int_equal(a->pim << 16 | a->pam << 8 | a->pom, b->pim << 16 | b->pam << 8 | b->pom);
	assert_ptr_equal(a->driver, b->driver);
	assert_ptr_equal(a->override, b->override);
	assert_int_equal(a->ccw, b->ccw);
	assert_ptr_equal(a->ccw_driver, b->ccw_driver);
	assert_int_equal(a->cu_type << 16 | a->dev_type, b->cu_type << 16 | b->dev_type);
	assert_int_equal(a->cu_model << 8 | a->dev_model, b->cu_model << 8 | b->dev_model);
	assert_int_equal(a->online, b->online);
}

TEST(many_subchannels_read_at_once_are_what_they_are_one_by_one)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *single = NULL;
	CLEANUP(sys_freep) struct sys *by_paths = NULL;
	struct many many;

	fill_many(&m);
	machine_scan(&m);
	assert_int_equal(readonly_new(m.sys, &by_paths), 0);
	assert_int_equal(many_open(by_paths, "/sys/devices/css0", &many), -ENOSYS);
	assert_int_equal(inventory_scan(by_paths, m.tab, &single), 0);
	assert_int_equal(m.inv->n_subchs, 200);
	assert_int_equal(single->n_subchs, 200);
	for (size_t i = 0; i < 200; i++)
		assert_same(m.inv->subchs[i], single->subchs[i]);
	assert_int_equal(m.inv->n_problems, single->n_problems);
	assert_non_null(machine_problem(&m, "/sys/devices/css0/0.0.0012/pimpampom"));
}

TEST(with_drivers_alone_directories_tell_them_and_a_uevent_where_they_do_not)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *brief = NULL;

	fill_many(&m);
	tree_link(&m.tree, "/sys/bus/css/drivers/vfio_ccw/0.0.0003",
		  "../../../../devices/css0/0.0.0003");
	tree_put(&m.tree, "/sys/bus/css/drivers/vfio_ccw/bind", "");
	tree_put(&m.tree, "/sys/devices/css0/0.0.0003/uevent", "DRIVER=unread\nST=0\n");
	assert_int_equal(inventory_scan_scope(m.sys, m.tab, NULL, SCOPE_CSS | SCOPE_BRIEF, &brief),
			 0);
	machine_scan(&m);
	assert_int_equal(brief->n_subchs, 200);
	assert_string_equal(brief->subchs[3]->driver, "vfio_ccw");
	assert_string_equal(brief->subchs[13]->driver, "vfio_ccw");
	for (size_t i = 4; i < 200; i++) {
		assert_ptr_equal(brief->subchs[i]->driver, m.inv->subchs[i]->driver);
		assert_ptr_equal(brief->subchs[i]->override, m.inv->subchs[i]->override);
	}
}

/* Six are registered, as vfio_ccw does; the others are only defined for. */
TEST(parents_of_many_mediated_devices_are_what_they_are_in_a_scan_of_everything)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *mdevs = NULL;
	char path[128], target[64];

	fill_many(&m);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(path, sizeof(path),
			 "/etc/mdevctl.d/0.0.%04x/7e270a25-e163-4922-af60-%012u", i, i);
		tree_put(&m.tree, path,
			 "{ \"mdev_type\": \"vfio_ccw-io\", \"start\": \"auto\" }\n");
		if (i % 10 != 3)
			continue;
		snprintf(path, sizeof(path), "/sys/class/mdev_bus/0.0.%04x", i);
		snprintf(target, sizeof(target), "../../devices/css0/0.0.%04x", i);
		tree_link(&m.tree, path, target);
		snprintf(path, sizeof(path),
			 "/sys/devices/css0/0.0.%04x/mdev_supported_types/vfio_ccw-io/"
			 "available_instances",
			 i);
		tree_put(&m.tree, path, "1\n");
	}
	assert_int_equal(inventory_scan_scope(m.sys, m.tab, NULL, SCOPE_MDEV, &mdevs), 0);
	machine_scan(&m);
	assert_int_equal(mdevs->n_subchs, 60);
	assert_int_equal(mdevs->n_parents, 6);
	for (size_t i = 0; i < 60; i++) {
		const struct subch *a = mdevs->subchs[i], *b = m.inv->subchs[i];

		assert_int_equal(ccwid_cmp(a->id, b->id), 0);
		assert_int_equal(a->type, b->type);
		assert_int_equal(a->has_dev, b->has_dev);
		assert_int_equal(ccwid_cmp(a->dev, b->dev), 0);
		assert_ptr_equal(a->driver, b->driver);
		assert_int_equal(a->dev_type, b->dev_type);
	}
}

TEST(what_leads_out_of_a_foreign_tree_is_not_read_at_once_either)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(buf_done) struct buf names = { 0 };
	char page[MANY_PAGE];
	struct many many;

	if (syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("# no openat2 here (before Linux 5.6, or emulated): read by paths\n");
		assert_int_equal(many_open(m.sys, "/sys/devices", &many), -ENOSYS);
		skip();
	}
	tree_put(&m.tree, "/sys/devices/css0/0.0.0000/type", "0\n");
	tree_link(&m.tree, "/sys/devices/css0/0.0.0000/out", "/etc/passwd");
	tree_link(&m.tree, "/sys/devices/css0/0.0.0001", "/etc");
	assert_int_equal(mkfifo(tree_path(&m.tree, "/sys/devices/css0/0.0.0000/pipe"), 0644), 0);
	assert_int_equal(many_open(m.sys, "/sys/devices/css0", &many), 0);
	assert_int_equal(many_read(&many, "0.0.0000", "type", page), 0);
	assert_string_equal(page, "0");
	assert_true(many_read(&many, "0.0.0000", "out", page) < 0);
	assert_true(many_read(&many, "0.0.0001", "passwd", page) < 0);
	assert_true(many_read(&many, "0.0.0000", "pipe", page) < 0);
	assert_int_equal(many_read(&many, "0.0.0000", "none", page), -ENOENT);
	assert_int_equal(many_list(&many, "0.0.0000", &names), 0);
	assert_string_equal(names.data, "out");
	assert_true(many_list(&many, "0.0.0001", &names) < 0);
	assert_true(many_list(&many, "..", &names) < 0);
	many_close(&many);
}

static void count(void *arg, size_t i)
{
	atomic_int *times = arg;

	atomic_fetch_add(&times[i], 1);
}

TEST(every_one_of_many_is_worked_on_once)
{
	static atomic_int times[10000];

	many_each(ARRAY_SIZE(times), count, times);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		assert_int_equal(times[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_disk_is_joined_with_its_subchannel),
		CASE(without_a_modalias_the_types_are_read_one_by_one),
		CASE(an_old_kernel_tells_the_device_by_its_directory),
		CASE(a_subchannel_without_device_has_none),
		CASE(other_kinds_of_subchannels_are_asked_for_their_kind_only),
		CASE(what_is_missing_or_malformed_is_listed_and_the_rest_is_shown),
		CASE(subchannels_come_in_the_order_of_their_numbers),
		CASE(a_channel_path_shows_its_states),
		CASE(a_channel_path_whose_configuration_cannot_be_asked_for_is_no_problem),
		CASE(a_channel_path_as_qemu_has_it_knows_little),
		CASE(a_record_is_small_enough_for_65536_of_them),
		CASE(many_subchannels_read_at_once_are_what_they_are_one_by_one),
		CASE(what_leads_out_of_a_foreign_tree_is_not_read_at_once_either),
		CASE(with_drivers_alone_directories_tell_them_and_a_uevent_where_they_do_not),
		CASE(parents_of_many_mediated_devices_are_what_they_are_in_a_scan_of_everything),
		CASE(every_one_of_many_is_worked_on_once),
	};

	return RUN(tests);
}
