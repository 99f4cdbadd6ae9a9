/* SPDX-License-Identifier: MIT */
#include "machine.h"

TEST(the_driver_of_any_device_is_told_by_its_id)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	static const char *const rows[][2] = {
		{ "css/0.0.0001", "vfio_ccw" },	     { "ccw/0.0.2b09", "vfio_ccw" },
		{ "ccw/0.0.0009", "io_subchannel" }, { "pci/0012:00:00.0", "vfio-pci" },
		{ "ap/05.0004", "vfio_ap" },	     { "ap/14.0004", "cex4queue" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct devid id = machine_id(rows[i][0]);

		assert_string_equal(inventory_driver(m.inv, &id), rows[i][1]);
	}
	assert_null(inventory_driver(m.inv, &(struct devid){ BUS_CSS, "0.0.ffff" }));
	assert_null(inventory_driver(m.inv, &(struct devid){ BUS_AP, "card05" }));
}

TEST(nothing_is_found_in_an_empty_inventory)
{
	struct inventory inv = { 0 };
	struct devid id = { BUS_CSS, "0.0.0000" };
	size_t n = 1;

	assert_null(inventory_subch(&inv, (struct ccwid){ 0 }));
	assert_null(inventory_subch_of(&inv, (struct ccwid){ 0 }));
	assert_null(inventory_card(&inv, 0));
	assert_null(inventory_queue(&inv, 0));
	assert_null(inventory_pci(&inv, (struct pciid){ 0 }));
	assert_null(inventory_mdev(&inv, "669d9b23-fe1b-4ecb-be08-a2fabca99b71"));
	assert_null(inventory_mdev(&inv, "no uuid"));
	assert_null(inventory_def(&inv, "669d9b23-fe1b-4ecb-be08-a2fabca99b71", NULL));
	assert_null(inventory_parent(&inv, "matrix"));
	assert_null(inventory_override(&inv, &id));
	assert_null(inventory_module(&inv, "kvm"));
	assert_null(inventory_uses(&inv, &id, &n));
	assert_int_equal(n, 0);
	assert_false(inventory_ignored_at_boot(&inv, (struct ccwid){ 0 }));
}

TEST(the_gravest_use_of_a_device_comes_first)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	struct devid id = machine_id("pci/0000:00:03.0");
	const struct use *u;
	size_t n;

	tree_link(&m.tree, "/sys/class/net/a0", "../../devices/pci0000:00/0000:00:03.0/net/a0");
	tree_put(&m.tree, "/sys/devices/pci0000:00/0000:00:03.0/net/a0/flags", "0x1003\n");
	tree_put(&m.tree, "/proc/net/route",
		 "Iface\nz\na0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	machine_scan(&m);
	u = inventory_uses(m.inv, &id, &n);
	assert_int_equal(n, 2);
	assert_string_equal(u[0].who, "default route");
	assert_string_equal(u[1].who, "a0 up");
}

TEST(an_inventory_lives_as_long_as_its_last_reference)
{
	CLEANUP(machine_done) struct machine m = machine_capture("6.1-sysfs");
	struct inventory *inv = inventory_ref(m.inv);

	m.inv = inventory_unref(m.inv);
	assert_null(m.inv);
	assert_int_equal(inv->n_subchs, 9);
	assert_int_equal(inv->subchs[8]->id.ssid, 2);
	inventory_unrefp(&inv);
	assert_null(inv);
	assert_null(inventory_unref(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_driver_of_any_device_is_told_by_its_id),
		CASE(nothing_is_found_in_an_empty_inventory),
		CASE(the_gravest_use_of_a_device_comes_first),
		CASE(an_inventory_lives_as_long_as_its_last_reference),
	};

	return RUN(tests);
}
