/* SPDX-License-Identifier: MIT */
#include "machine.h"

#define UUID   "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define MATRIX "/sys/devices/vfio_ap/matrix"

/* A matrix device with one mediated device, without ap_config as kernels before 6.10 have it. */
static struct machine matrix_machine(const char *matrix, const char *guest)
{
	struct machine m = machine_new();

	tree_put(&m.tree, MATRIX "/mdev_supported_types/vfio_ap-passthrough/available_instances",
		 "65535\n");
	tree_put(&m.tree, MATRIX "/mdev_supported_types/vfio_ap-passthrough/device_api",
		 "vfio-ap\n");
	tree_link(&m.tree, "/sys/class/mdev_bus/matrix", "../../devices/vfio_ap/matrix");
	tree_link(&m.tree, "/sys/bus/mdev/devices/" UUID, "../../../devices/vfio_ap/matrix/" UUID);
	tree_link(&m.tree, MATRIX "/" UUID "/mdev_type",
		  "../mdev_supported_types/vfio_ap-passthrough");
	tree_put(&m.tree, MATRIX "/" UUID "/matrix", matrix);
	tree_put(&m.tree, MATRIX "/" UUID "/guest_matrix", guest);
	tree_put(&m.tree, MATRIX "/" UUID "/control_domains", "0004\n00ac\n");
	return m;
}

TEST(a_matrix_is_read_from_its_lines_where_there_is_no_ap_config)
{
	CLEANUP(machine_done) struct machine m = matrix_machine("05.0004\n05.00ab\n", "05.\n");
	const struct mdev *d;
	char text[64];

	machine_scan(&m);
	d = inventory_mdev(m.inv, UUID);
	assert_string_equal(mask_ranges(&d->matrix->adapters, text, sizeof(text)), "5");
	assert_string_equal(mask_ranges(&d->matrix->domains, text, sizeof(text)), "4,171");
	assert_string_equal(mask_ranges(&d->matrix->control, text, sizeof(text)), "4,172");
	assert_string_equal(mask_ranges(&d->guest->adapters, text, sizeof(text)), "5");
	assert_true(mask_empty(&d->guest->domains));
	assert_false(d->matrix_cut);
	assert_int_equal(d->iommu_group, -1);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(domains_without_adapters_are_read_as_such)
{
	CLEANUP(machine_done) struct machine m = matrix_machine(".0004\n.00ab\n", "");
	char text[64];

	machine_scan(&m);
	assert_true(mask_empty(&m.inv->mdevs[0]->matrix->adapters));
	assert_string_equal(mask_ranges(&m.inv->mdevs[0]->matrix->domains, text, sizeof(text)),
			    "4,171");
}

TEST(a_full_page_of_queues_is_marked_as_cut)
{
	char page[4097] = "";

	for (int i = 0; i < 512; i++)
		snprintf(page + i * 8, 9, "%02x.%04x\n", i / 256, i % 256);
	CLEANUP(machine_done) struct machine m = matrix_machine(page, "");
	machine_scan(&m);
	assert_true(m.inv->mdevs[0]->matrix_cut);
	assert_int_equal(mask_count(&m.inv->mdevs[0]->matrix->domains), 256);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(ap_config_tells_more_than_a_full_page)
{
	CLEANUP(machine_done) struct machine m = matrix_machine("05.0004\n", "");
	char config[256], text[64];

	snprintf(config, sizeof(config), "0x0c%062d,0x08%062d,0x04%062d\n", 0, 0, 0);
	tree_put(&m.tree, MATRIX "/" UUID "/ap_config", config);
	machine_scan(&m);
	assert_string_equal(mask_ranges(&m.inv->mdevs[0]->matrix->adapters, text, sizeof(text)),
			    "4-5");
	assert_string_equal(mask_ranges(&m.inv->mdevs[0]->matrix->control, text, sizeof(text)),
			    "5");
}

TEST(ap_config_tells_all_of_a_matrix_with_more_than_512_queues)
{
	struct ap_mask three = { 0 }, all = mask_all(), none = { 0 };
	char page[4097] = "", config[256], a[MASK_TEXT], d[MASK_TEXT], k[MASK_TEXT];

	for (int i = 0; i < 512; i++)
		snprintf(page + i * 8, 9, "%02x.%04x\n", i / 256, i % 256);
	for (unsigned i = 0; i < 3; i++)
		mask_set(&three, i, true);
	CLEANUP(machine_done) struct machine m = matrix_machine(page, "");
	snprintf(config, sizeof(config), "%s,%s,%s\n", mask_text(&three, a), mask_text(&all, d),
		 mask_text(&none, k));
	tree_put(&m.tree, MATRIX "/" UUID "/ap_config", config);
	machine_scan(&m);
	assert_false(m.inv->mdevs[0]->matrix_cut);
	assert_int_equal(mask_count(&m.inv->mdevs[0]->matrix->adapters), 3);
	assert_int_equal(mask_count(&m.inv->mdevs[0]->matrix->domains), 256);
}

TEST(lines_that_are_no_queues_are_listed)
{
	CLEANUP(machine_done) struct machine m = matrix_machine("05.0004\n\033[2J\n", "");

	machine_scan(&m);
	assert_non_null(machine_problem(&m, "/sys/bus/mdev/devices/" UUID "/matrix"));
	assert_true(mask_has(&m.inv->mdevs[0]->matrix->adapters, 5));
}

TEST(a_parent_shows_its_types)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct mdev_parent *p;

	tree_put(&m.tree, "/sys/class/mdev_bus/0000:3b:00.0/mdev_supported_types/nvidia-35/name",
		 "GRID\n");
	tree_put(&m.tree,
		 "/sys/class/mdev_bus/0000:3b:00.0/mdev_supported_types/nvidia-35/"
		 "available_instances",
		 "24\n");
	tree_put(&m.tree,
		 "/sys/class/mdev_bus/0000:3b:00.0/mdev_supported_types/nvidia-35/description",
		 "heads=4\nframes=60\n");
	machine_scan(&m);
	p = inventory_parent(m.inv, "0000:3b:00.0");
	assert_int_equal(p->id.bus, BUS_PCI);
	assert_string_equal(p->types[0].id, "nvidia-35");
	assert_int_equal(p->types[0].available, 24);
	assert_string_equal(p->types[0].description, "heads=4\nframes=60");
	assert_null(p->types[0].api);
	assert_int_equal(m.inv->n_problems, 1); /* device_api is always there */
}

TEST(a_dangling_device_and_a_name_that_is_no_uuid_are_listed)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_link(&m.tree, "/sys/bus/mdev/devices/" UUID, "../../../devices/gone/" UUID);
	tree_dir(&m.tree, "/sys/bus/mdev/devices/x");
	machine_scan(&m);
	assert_non_null(machine_problem(&m, "/sys/bus/mdev/devices"));
	assert_int_equal(m.inv->n_mdevs, 1);
	assert_null(m.inv->mdevs[0]->type);
	assert_string_equal(m.inv->mdevs[0]->parent, "gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_matrix_is_read_from_its_lines_where_there_is_no_ap_config),
		CASE(domains_without_adapters_are_read_as_such),
		CASE(a_full_page_of_queues_is_marked_as_cut),
		CASE(ap_config_tells_more_than_a_full_page),
		CASE(ap_config_tells_all_of_a_matrix_with_more_than_512_queues),
		CASE(lines_that_are_no_queues_are_listed),
		CASE(a_parent_shows_its_types),
		CASE(a_dangling_device_and_a_name_that_is_no_uuid_are_listed),
	};

	return RUN(tests);
}
