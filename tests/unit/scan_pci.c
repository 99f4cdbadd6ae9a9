/* SPDX-License-Identifier: MIT */
#include "machine.h"

#define FN "/sys/bus/pci/devices/0000:3b:00.0"
#define VF "/sys/bus/pci/devices/0000:3b:00.1"

TEST(a_function_with_virtual_ones_shows_their_number_and_the_virtual_one_its_physical)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct pci_fn *r;

	tree_put(&m.tree, FN "/modalias",
		 "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n");
	tree_put(&m.tree, FN "/sriov_totalvfs", "8\n");
	tree_put(&m.tree, FN "/sriov_numvfs", "1\n");
	tree_link(&m.tree, FN "/driver", "../../drivers/mlx5_core");
	tree_link(&m.tree, FN "/iommu_group", "../../../kernel/iommu_groups/12");
	tree_put(&m.tree, VF "/modalias",
		 "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n");
	tree_link(&m.tree, VF "/physfn", "../0000:3b:00.0");
	machine_scan(&m);
	r = inventory_pci(m.inv, (struct pciid){ 0, 0x3b, 0, 0 });
	assert_int_equal(r->vendor, 0x15b3);
	assert_int_equal(r->device, 0x1016);
	assert_int_equal(r->class, 0x020000);
	assert_int_equal(r->vfs_total, 8);
	assert_int_equal(r->vfs, 1);
	assert_string_equal(r->driver, "mlx5_core");
	assert_int_equal(r->group, 12);
	assert_int_equal(r->fid, -1);
	assert_int_equal(r->uid_unique, -1);
	r = inventory_pci(m.inv, (struct pciid){ 0, 0x3b, 0, 1 });
	assert_true(r->is_vf);
	assert_int_equal(r->physfn.fn, 0);
	assert_null(r->driver);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_malformed_modalias_is_listed_and_the_numbers_are_read_one_by_one)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct pci_fn *r;

	tree_put(&m.tree, FN "/modalias", "pci:v\033\n");
	tree_put(&m.tree, FN "/vendor", "0x10de\n");
	tree_put(&m.tree, FN "/device", "0x1b38\n");
	tree_put(&m.tree, FN "/subsystem_vendor", "0x10de\n");
	tree_put(&m.tree, FN "/class", "0x030200\n");
	machine_scan(&m);
	r = m.inv->pcis[0];
	assert_int_equal(r->vendor, 0x10de);
	assert_int_equal(r->class, 0x030200);
	assert_int_equal(machine_problem(&m, FN "/subsystem_device")->err, ENOENT);
	assert_non_null(machine_problem(&m, FN "/modalias"));
}

TEST(functions_come_in_the_order_of_their_addresses_long_domains_last)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const char *alias = "pci:v00008086d00000D57sv00000000sd00000000bc06sc00i00\n";

	tree_put(&m.tree, "/sys/bus/pci/devices/10000:00:02.0/modalias", alias);
	tree_put(&m.tree, "/sys/bus/pci/devices/2000:00:02.0/modalias", alias);
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:00:1f.7/modalias", alias);
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:00:1F.6/modalias", alias);
	machine_scan(&m);
	assert_int_equal(m.inv->n_pcis, 3);
	assert_int_equal(m.inv->pcis[0]->id.fn, 7);
	assert_int_equal(m.inv->pcis[1]->id.domain, 0x2000);
	assert_int_equal(m.inv->pcis[2]->id.domain, 0x10000);
	assert_non_null(inventory_pci(m.inv, (struct pciid){ 0x10000, 0, 2, 0 }));
	assert_non_null(machine_problem(&m, "/sys/bus/pci/devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_function_with_virtual_ones_shows_their_number_and_the_virtual_one_its_physical),
		CASE(a_malformed_modalias_is_listed_and_the_numbers_are_read_one_by_one),
		CASE(functions_come_in_the_order_of_their_addresses_long_domains_last),
	};

	return RUN(tests);
}
