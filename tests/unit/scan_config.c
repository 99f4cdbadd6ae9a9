/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "machine.h"
#include "readonly.h"
#include "sys.h"

#define UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define DEF  "/etc/mdevctl.d/0.0.0313/" UUID
#define RULE "/etc/udev/rules.d/41-ap.rules"

static bool ignored(const struct machine *m, uint16_t dev)
{
	return inventory_ignored_at_boot(m->inv, (struct ccwid){ 0, dev });
}

TEST(definitions_are_found_below_their_parents)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct mdev_def *d;
	struct matrix defined;

	tree_put(&m.tree, DEF, "{\"mdev_type\":\"vfio_ccw-io\",\"start\":\"auto\",\"attrs\":[]}");
	tree_put(&m.tree, "/etc/mdevctl.d/matrix/" UUID,
		 "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"manual\","
		 "\"attrs\":[{\"assign_adapter\":\"0x05\"},{\"assign_domain\":\"4\"}]}");
	tree_put(&m.tree, "/etc/mdevctl.d/.new", "half a file");
	tree_put(&m.tree, "/etc/mdevctl.d/scripts.d/callouts/ap-check.sh", "#!/bin/sh\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_defs, 2);
	d = inventory_def(m.inv, UUID, "0.0.0313");
	assert_string_equal(d->path, DEF);
	assert_int_equal(d->start, START_AUTO);
	assert_false(d->is_matrix);
	d = inventory_def(m.inv, UUID, "matrix");
	assert_int_equal(d->start, START_MANUAL);
	defined = def_matrix(d);
	assert_true(d->is_matrix && mask_has(&defined.adapters, 5));
	assert_string_equal(inventory_def(m.inv, UUID, NULL)->parent, "0.0.0313");
	assert_null(inventory_def(m.inv, UUID, "0.0.0314"));
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_broken_definition_is_listed_as_foreign_with_its_place)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	const struct problem *p;

	tree_put(&m.tree, DEF, "{\n  \"mdev_type\": oops\n}");
	tree_put(&m.tree, "/etc/mdevctl.d/matrix/notes.txt", "by hand");
	machine_scan(&m);
	assert_int_equal(m.inv->n_defs, 0);
	p = machine_problem(&m, DEF);
	assert_true(p->foreign);
	assert_int_equal(p->line, 2);
	assert_non_null(p->expected);
	assert_true(machine_problem(&m, "/etc/mdevctl.d/matrix/notes.txt")->foreign);
}

/* By paths a link is followed inside of the tree, and a file may be longer than an attribute: so they are here. */
TEST(files_read_below_their_directory_are_what_they_are_by_their_paths)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *single = NULL;
	CLEANUP(sys_freep) struct sys *by_paths = NULL;
	CLEANUP(buf_done) struct buf large = { 0 };
	static const char def[] = "{\"mdev_type\":\"vfio_ccw-io\",\"start\":\"auto\"}";

	assert_int_equal(buf_printf(&large, "%s%5000s", def, ""), 0);
	tree_put(&m.tree, DEF, def);
	tree_put(&m.tree, "/etc/mdevctl.d/0.0.0314/" UUID, large.data);
	tree_link(&m.tree, "/etc/mdevctl.d/0.0.0315/" UUID, "../0.0.0313/" UUID);
	tree_link(&m.tree, "/etc/mdevctl.d/0.0.0316", "0.0.0313");
	tree_put(&m.tree, "/etc/mdevctl.d/0.0.0317/" UUID "/file", "");
	tree_link(&m.tree, "/etc/mdevctl.d/0.0.0318/" UUID, "/nowhere");
	tree_put(&m.tree, "/etc/driverctl.d/css-0.0.0313", "vfio_ccw\n");
	tree_link(&m.tree, "/etc/driverctl.d/css-0.0.0314", "css-0.0.0313");
	machine_scan(&m);
	assert_int_equal(readonly_new(m.sys, &by_paths), 0);
	assert_int_equal(inventory_scan(by_paths, m.tab, &single), 0);
	assert_int_equal(m.inv->n_defs, 4);
	assert_int_equal(single->n_defs, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_ptr_equal(m.inv->defs[i]->path, single->defs[i]->path);
		assert_string_equal(m.inv->defs[i]->bytes, single->defs[i]->bytes);
	}
	assert_int_equal(m.inv->n_overrides, 2);
	assert_int_equal(single->n_overrides, 2);
	assert_ptr_equal(m.inv->overrides[1].path, single->overrides[1].path);
	assert_int_equal(m.inv->n_problems, single->n_problems);
}

TEST(overrides_are_read_by_their_files_names)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	struct devid css = machine_id("css/0.0.0313"), pci = machine_id("pci/0000:3b:00.0");

	tree_put(&m.tree, "/etc/driverctl.d/css-0.0.0313", "vfio_ccw\n");
	tree_put(&m.tree, "/etc/driverctl.d/pci-0000:3b:00.0", "none\n");
	tree_put(&m.tree, "/etc/driverctl.d/usb-1-1", "x\n");
	tree_put(&m.tree, "/etc/driverctl.d/css-0.0.0314", "\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_overrides, 2);
	assert_string_equal(inventory_override(m.inv, &css), "vfio_ccw");
	assert_string_equal(inventory_override(m.inv, &pci), "none");
	assert_true(machine_problem(&m, "/etc/driverctl.d/usb-1-1")->foreign);
	assert_true(machine_problem(&m, "/etc/driverctl.d/css-0.0.0314")->foreign);
}

TEST(a_rule_that_chzdev_would_not_understand_is_kept_and_not_ours)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, RULE, "ATTR{apmask}=\"0xff\"\n");
	machine_scan(&m);
	assert_true(m.inv->ap_rule.present);
	assert_false(m.inv->ap_rule.ours_to_write);
	assert_string_equal(m.inv->ap_rule.bytes, "ATTR{apmask}=\"0xff\"\n");
	assert_true(machine_problem(&m, RULE)->foreign);
}

TEST(of_the_words_of_cio_ignore_the_last_match_wins)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/cmdline",
		 "root=/dev/x cio_ignore=all,!condev,!0.0.2b00-0.0.2b0f,0.0.2b09,!ipldev "
		 "condev=0700\n");
	tree_put(&m.tree, "/sys/firmware/ipl/device", "0.0.0190\n");
	machine_scan(&m);
	assert_true(ignored(&m, 0x1000));
	assert_true(ignored(&m, 0x2b09));
	assert_false(ignored(&m, 0x2b0a));
	assert_false(ignored(&m, 0x0700));
	assert_false(ignored(&m, 0x0190));
	assert_true(ignored(&m, 0x0009));
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(chzdevs_rule_frees_devices_at_boot)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/cmdline", "cio_ignore=all\n");
	tree_put(&m.tree, "/etc/udev/rules.d/41-cio-ignore.rules",
		 "# Generated by chzdev\nACTION==\"add\", SUBSYSTEM==\"subsystem\", "
		 "KERNEL==\"ccw\", "
		 "RUN{program}+=\"/bin/sh -c 'echo free 0.0.2b09,0.0.2b0b-0.0.2b0c > "
		 "/proc/cio_ignore'\"\n");
	machine_scan(&m);
	assert_false(ignored(&m, 0x2b09));
	assert_true(ignored(&m, 0x2b0a));
	assert_false(ignored(&m, 0x2b0c));
	assert_true(ignored(&m, 0x0009));
}

TEST(without_a_command_line_what_is_ignored_now_counts)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/cio_ignore", "0.0.0000-0.0.0008\n0.0.000a-0.0.ffff\n");
	machine_scan(&m);
	assert_true(ignored(&m, 8));
	assert_false(ignored(&m, 9));
}

TEST(modules_to_be_loaded_are_read_once_and_masked_files_not)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/etc/modules-load.d/a.conf", "# for guests\nvfio-pci\n\n vfio_ccw \n");
	tree_put(&m.tree, "/usr/lib/modules-load.d/a.conf", "kvm\n");
	tree_put(&m.tree, "/usr/lib/modules-load.d/b.conf", "; x\nvfio_pci\nvfio_ap too\nmdev");
	tree_put(&m.tree, "/usr/lib/modules-load.d/c.conf.rpmsave", "vfio_ap\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_autoload, 3);
	assert_string_equal(m.inv->autoload[0], "mdev");
	assert_string_equal(m.inv->autoload[1], "vfio_ccw");
	assert_string_equal(m.inv->autoload[2], "vfio_pci");
}

TEST(what_stands_in_our_own_list_of_modules_is_kept_when_it_grows)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(inventory_unrefp) struct inventory *next = NULL;
	struct sys_event e = { .action = "add", .subsystem = "module" };

	machine_scan(&m);
	assert_null(m.inv->own_modules);
	tree_put(&m.tree, "/etc/modules-load.d/vfiocfg.conf", "# mine\nvfio_ccw\n");
	machine_scan(&m);
	assert_string_equal(m.inv->own_modules, "# mine\nvfio_ccw\n");
	/* An event that does not concern the files takes it along. */
	assert_int_equal(inventory_event(m.inv, m.sys, m.tab, &e, &next), 0);
	assert_ptr_not_equal(next, m.inv);
	assert_string_equal(next->own_modules, "# mine\nvfio_ccw\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(definitions_are_found_below_their_parents),
		CASE(a_broken_definition_is_listed_as_foreign_with_its_place),
		CASE(files_read_below_their_directory_are_what_they_are_by_their_paths),
		CASE(overrides_are_read_by_their_files_names),
		CASE(a_rule_that_chzdev_would_not_understand_is_kept_and_not_ours),
		CASE(of_the_words_of_cio_ignore_the_last_match_wins),
		CASE(chzdevs_rule_frees_devices_at_boot),
		CASE(without_a_command_line_what_is_ignored_now_counts),
		CASE(modules_to_be_loaded_are_read_once_and_masked_files_not),
		CASE(what_stands_in_our_own_list_of_modules_is_kept_when_it_grows),
	};

	return RUN(tests);
}
