/* SPDX-License-Identifier: MIT */
#include "machine.h"

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
	tree_put(&m.tree, "/sys/devices/css0/chp0.5/status", "online\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_chps, 1);
	assert_int_equal(m.inv->chps[0].id, 0x5a);
	assert_int_equal(m.inv->chps[0].online, 0);
	assert_int_equal(m.inv->chps[0].configured, 2);
	assert_int_equal(m.inv->chps[0].type, 0x1b);
	assert_int_equal(m.inv->chps[0].chid, 0x150);
	assert_int_equal(m.inv->chps[0].shared, 1);
}

TEST(a_record_is_small_enough_for_65536_of_them)
{
	assert_true(sizeof(struct subch) <= 160);
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
		CASE(a_record_is_small_enough_for_65536_of_them),
	};

	return RUN(tests);
}
