/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sim_tree.h"
#include "scan.h"

static const char *owner(const char *path)
{
	static char text[DEVID_TEXT];
	struct devid id;

	return scan_owner_of(path, &id) ? devid_text(&id, text) : "nobody";
}

TEST(a_path_below_devices_tells_whose_it_is)
{
	assert_string_equal(owner("../../devices/css0/0.0.0313/0.0.2b09/block/dasda"),
			    "css/0.0.0313");
	assert_string_equal(owner("../../css0/0.0.0400/0.0.f5f0"), "css/0.0.0400");
	assert_string_equal(owner("../devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0"),
			    "pci/0000:02:00.0");
	assert_string_equal(owner("../../devices/virtual/net/lo"), "nobody");
	assert_string_equal(owner("../../devices/css0/defunct"), "nobody");
	assert_string_equal(owner(""), "nobody");
}

TEST(a_parents_name_tells_its_bus)
{
	char text[DEVID_TEXT];
	struct devid id = scan_parent_id("0.0.0313");

	assert_string_equal(devid_text(&id, text), "css/0.0.0313");
	id = scan_parent_id("0000:3b:00.0");
	assert_string_equal(devid_text(&id, text), "pci/0000:3b:00.0");
	id = scan_parent_id("matrix");
	assert_string_equal(devid_text(&id, text), "ap/matrix");
	id = scan_parent_id("mtty");
	assert_int_equal(id.bus, BUS_NONE);
	assert_string_equal(id.name, "mtty");
}

TEST(problems_end_at_a_bound_and_say_so)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	char path[64];

	for (int i = 0; i < 400; i++) {
		snprintf(path, sizeof(path), "/sys/devices/css0/0.0.%04x/type", i);
		tree_put(&m.tree, path, "0\n"); /* and neither paths nor masks: two problems */
		snprintf(path, sizeof(path), "/sys/devices/css0/0.0.%04x/dev_busid", i);
		tree_put(&m.tree, path, "x\n"); /* and a third */
	}
	machine_scan(&m);
	assert_int_equal(m.inv->n_subchs, 400);
	assert_int_equal(m.inv->n_problems, SCAN_PROBLEMS_MAX + 1);
	assert_string_equal(m.inv->problems[SCAN_PROBLEMS_MAX].path, "/");
}

TEST(a_value_without_end_is_a_problem_and_not_a_value)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	char *value = malloc(SCAN_TEXT_MAX + 2);

	assert_non_null(value);
	memset(value, 'a', SCAN_TEXT_MAX + 1);
	value[SCAN_TEXT_MAX + 1] = '\0';
	tree_put(&m.tree, "/proc/sys/kernel/hostname", value);
	free(value);
	machine_scan(&m);
	assert_null(m.inv->host.name);
	assert_non_null(machine_problem(&m, "/proc/sys/kernel/hostname"));
}

TEST(a_directory_where_a_file_should_be_is_listed_with_the_kernels_error)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_dir(&m.tree, "/sys/devices/css0/0.0.0001/type");
	machine_scan(&m);
	assert_int_equal(machine_problem(&m, "/sys/devices/css0/0.0.0001/type")->err, EISDIR);
	assert_int_equal(m.inv->n_subchs, 1);
	assert_int_equal(m.inv->n_problems, 3); /* neither paths nor masks */
}

TEST(a_scan_for_one_bus_reads_of_the_others_only_parents_of_mediated_devices)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(inventory_unrefp) struct inventory *all = NULL;
	CLEANUP(inventory_unrefp) struct inventory *mdevs = NULL;
	CLEANUP(inventory_unrefp) struct inventory *pci = NULL;
	struct strtab *tab = strtab_new();

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	assert_int_equal(inventory_scan(sys, tab, &all), 0);
	assert_int_equal(inventory_scan_scope(sys, tab, NULL, SCOPE_MDEV, &mdevs), 0);
	assert_int_equal(inventory_scan_scope(sys, tab, NULL, SCOPE_PCI, &pci), 0);
	assert_true(all->n_subchs > 30);
	assert_int_equal(mdevs->n_mdevs, all->n_mdevs);
	assert_int_equal(mdevs->n_defs, all->n_defs);
	assert_int_equal(mdevs->n_subchs, 1);
	assert_int_equal(mdevs->n_pcis, 0);
	assert_int_equal(pci->n_pcis, all->n_pcis);
	assert_int_equal(pci->n_subchs + pci->n_queues + pci->n_mdevs, 0);
	strtab_free(tab);
}

/* Attributes, links and directories that were looked at, by what their paths name. */
static struct {
	const struct sys_ops *quiet;
	size_t css, ap, pci, chp, ready, types, state, boot, uses, host;
} looked;

static void look(const char *path)
{
	looked.css += strstr(path, "/css") || strstr(path, "/ccw");
	looked.ap += strstr(path, "/ap/") != NULL;
	looked.pci += strstr(path, "/pci") != NULL;
	looked.chp += strstr(path, "/chp0.") != NULL;
	looked.types += strstr(path, "/mdev_supported_types") != NULL;
	looked.state += str_ends(path, "/online") || str_ends(path, "/chpids") ||
			str_ends(path, "/pimpampom") || str_ends(path, "/dev_busid") ||
			str_ends(path, "/function_id") || str_ends(path, "/sriov_totalvfs");
	looked.boot += str_starts(path, "/etc/driverctl.d") || str_starts(path, "/etc/udev");
	looked.uses += str_starts(path, "/proc/mounts") || str_starts(path, "/sys/class/net");
	looked.ready += strstr(path, "/module/kvm/parameters") || strstr(path, "/capabilities") ||
			str_ends(path, "/hostname") || str_ends(path, "/sysinfo");
	looked.host += str_starts(path, "/proc/");
}

static int look_list(struct sys *sys, const char *path, struct buf *ret)
{
	look(path);
	return looked.quiet->list(sys, path, ret);
}

static int look_read(struct sys *sys, const char *path, struct buf *ret)
{
	look(path);
	return looked.quiet->read(sys, path, ret);
}

static int look_readlink(struct sys *sys, const char *path, struct buf *ret)
{
	look(path);
	return looked.quiet->readlink(sys, path, ret);
}

static void scan_looking(struct sys *sys, unsigned scope)
{
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	struct strtab *tab = strtab_new();
	struct sys_ops ops = *sys->ops;

	looked.quiet = sys->ops;
	ops.list = look_list;
	ops.read = look_read;
	ops.readlink = look_readlink;
	sys->ops = &ops;
	memset(&looked.css, 0, sizeof(looked) - offsetof(__typeof__(looked), css));
	assert_int_equal(inventory_scan_scope(sys, tab, NULL, scope, &inv), 0);
	sys->ops = looked.quiet;
	inv = inventory_unref(inv);
	strtab_free(tab);
}

TEST(of_mediated_devices_neither_types_nor_what_their_parents_are_beyond_them_is_read_for_a_list)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	scan_looking(sys, SCOPE_ALL);
	assert_true(looked.types > 3 && looked.state > 100 && looked.boot && looked.uses);
	scan_looking(sys, SCOPE_MDEV);
	assert_int_equal(looked.types, 0);
	assert_true(looked.boot && looked.uses);
}

TEST(for_columns_of_names_and_drivers_nothing_else_is_read)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	scan_looking(sys, SCOPE_CSS | SCOPE_BRIEF);
	assert_true(looked.css > 100);
	assert_int_equal(looked.state + looked.types + looked.boot + looked.uses, 0);
	assert_int_equal(looked.ap + looked.pci + looked.chp + looked.host, 0);
	scan_looking(sys, SCOPE_AP | SCOPE_BRIEF);
	assert_true(looked.ap > 50);
	assert_true(looked.state <= 4); /* one of each card */
	assert_int_equal(looked.types + looked.boot + looked.uses + looked.pci, 0);
	scan_looking(sys, SCOPE_MDEV | SCOPE_BRIEF);
	assert_true(looked.css <= 4);
	assert_int_equal(looked.state + looked.types + looked.boot + looked.uses, 0);
	assert_int_equal(looked.ap + looked.pci + looked.host, 0);
	scan_looking(sys, SCOPE_PCI | SCOPE_BRIEF);
	assert_true(looked.pci > 10);
	assert_int_equal(looked.state + looked.types + looked.boot + looked.uses, 0);
}

static void remove_matrices(struct sys *sys)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	char path[128];

	sim_del(sim_of(sys), "/etc/mdevctl.d/matrix");
	assert_int_equal(sys_list(sys, "/sys/class/mdev_bus/matrix", &names), 0);
	buf_foreach_name (&names, name) {
		sim_hold(sys, name, NULL);
		snprintf(path, sizeof(path), "/sys/class/mdev_bus/matrix/%s/remove", name);
		sys_write(sys, path, "1\n");
	}
}

TEST(what_a_list_does_not_show_is_not_read)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	scan_looking(sys, SCOPE_ALL);
	assert_true(looked.css > 300 && looked.ap > 100 && looked.pci > 10);
	assert_true(looked.chp > 10 && looked.ready > 3 && looked.host > 10);
	scan_looking(sys, SCOPE_LISTED);
	assert_true(looked.css > 300 && looked.ap > 100 && looked.pci > 10);
	assert_int_equal(looked.chp + looked.ready, 0);
	scan_looking(sys, SCOPE_CSS | SCOPE_PATHS);
	assert_true(looked.css > 300 && looked.chp > 10);
	assert_int_equal(looked.ap + looked.pci + looked.ready, 0);
	/* Of a bus that is not shown it is looked at whether it is there. */
	scan_looking(sys, SCOPE_PCI);
	assert_true(looked.css <= 4 && looked.ap == 0 && looked.pci > 10);
	scan_looking(sys, SCOPE_AP);
	assert_true(looked.css <= 4 && looked.pci == 0 && looked.ap > 100);
	/* One subchannel has mediated devices. */
	scan_looking(sys, SCOPE_MDEV);
	assert_true(looked.css <= 4 + 10 && looked.pci == 0 && looked.ap > 100);
	/* The bus and its queues are looked at for matrices only. */
	remove_matrices(sys);
	scan_looking(sys, SCOPE_MDEV);
	assert_int_equal(looked.ap, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_scan_for_one_bus_reads_of_the_others_only_parents_of_mediated_devices),
		CASE(what_a_list_does_not_show_is_not_read),
		CASE(of_mediated_devices_neither_types_nor_what_their_parents_are_beyond_them_is_read_for_a_list),
		CASE(for_columns_of_names_and_drivers_nothing_else_is_read),
		CASE(a_path_below_devices_tells_whose_it_is),
		CASE(a_parents_name_tells_its_bus),
		CASE(problems_end_at_a_bound_and_say_so),
		CASE(a_value_without_end_is_a_problem_and_not_a_value),
		CASE(a_directory_where_a_file_should_be_is_listed_with_the_kernels_error),
	};

	return RUN(tests);
}
