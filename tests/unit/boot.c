/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "boot.h"
#include "mem.h"

#include <string.h>

static struct subch dasd = {
	.id = { 0, 0x313 }, .dev = { 0, 0x2b09 }, .has_dev = true, .driver = "vfio_ccw"
};
static struct subch *subchs[] = { &dasd };
static struct override_file file = { { BUS_CSS, "0.0.0313" },
				     "vfio_ccw",
				     "/etc/driverctl.d/css-0.0.0313" };
static struct ap_queue queue = { .id = APQN(5, 4), .driver = "cex4queue" };
static struct ap_queue *queues[] = { &queue };
static struct module_state modules[] = { { "vfio_ap", false, true }, { "vfio_ccw", true, true } };

#define CCW_UUID "7e270a25-e163-4922-af60-757fc8ed48c6"
#define AP_UUID	 "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

struct scene {
	struct inventory inv;
	struct wish wish;
	struct d_mdev mdevs[2];
	struct d_ap aps[2]; /* none of the first */
	const struct d_mdev *by_parent[2];
	struct desired d;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){ 0 };
	s->inv = (struct inventory){ .subchs = subchs,
				     .n_subchs = 1,
				     .queues = queues,
				     .n_queues = 1,
				     .overrides = &file,
				     .n_overrides = 1,
				     .modules = modules,
				     .n_modules = 2 };
	s->inv.host = (struct host){ .has_mdevctl = true,
				     .has_driverctl = true,
				     .mdev_rule = true,
				     .driverctl_rule = true,
				     .cmdline = "" };
	s->inv.ap = (struct ap_bus){ .present = true,
				     .masks_known = true,
				     .apmask = mask_all(),
				     .aqmask = mask_all(),
				     .max_adapter = 255,
				     .max_domain = 255 };
	s->mdevs[0] = (struct d_mdev){ .uuid = CCW_UUID,
				       .parent = "0.0.0313",
				       .ap = &s->aps[0],
				       .type = TYPE_CCW,
				       .defined_then = true,
				       .start_then = START_AUTO };
	s->mdevs[1] = (struct d_mdev){ .uuid = AP_UUID,
				       .parent = "matrix",
				       .type = TYPE_AP,
				       .ap = &s->aps[1],
				       .is_matrix = true,
				       .defined_then = true,
				       .start_then = START_AUTO };
	mask_set(&s->aps[1].def_then.adapters, 5, true);
	mask_set(&s->aps[1].def_then.domains, 4, true);
	s->by_parent[0] = &s->mdevs[0];
	s->by_parent[1] = &s->mdevs[1];
	s->d = (struct desired){ .inv = &s->inv,
				 .wish = &s->wish,
				 .mdevs = s->mdevs,
				 .by_parent = s->by_parent,
				 .n_mdevs = 2,
				 .apmask_then = mask_all(),
				 .aqmask_then = mask_all() };
	/* The rule gives adapter 5 away and loads vfio_ap. */
	s->inv.ap_rule = (struct ap_rule){
		.present = true, .has_apmask = true, .apmask = mask_all(), .loads_vfio_ap = true
	};
	mask_set(&s->inv.ap_rule.apmask, 5, false);
	s->d.rule_has_apmask = true;
	s->d.rule_apmask = s->inv.ap_rule.apmask;
}

static void assert_driver(const struct scene *s, struct devid dev, const char *driver,
			  enum boot_state sure)
{
	struct boot_driver b;

	boot_driver(&s->d, &dev, &b);
	if (driver)
		assert_string_equal(b.driver, driver);
	else
		assert_null(b.driver);
	assert_int_equal(b.sure, sure);
}

static void assert_mdev(const struct scene *s, int which, enum boot_state active, const char *why)
{
	struct boot_mdev b;

	boot_mdev(&s->d, &s->mdevs[which], &b);
	assert_string_equal(b.why, why);
	assert_int_equal(b.active, active);
}

static const struct devid css = { BUS_CSS, "0.0.0313" }, apq = { BUS_AP, "05.0004" };

TEST(driverctl_binds_what_its_file_says)
{
	struct scene s;

	scene_init(&s);
	assert_driver(&s, css, "vfio_ccw", BOOT_YES);
	assert_mdev(&s, 0, BOOT_YES, "auto");
}

TEST(without_driverctl_a_file_does_nothing)
{
	struct scene s;

	scene_init(&s);
	s.inv.host.driverctl_rule = false;
	assert_driver(&s, css, "io_subchannel", BOOT_YES);
	assert_mdev(&s, 0, BOOT_NO, "its parent is not bound to vfio_ccw");
}

TEST(a_live_binding_alone_is_lost)
{
	struct scene s;

	scene_init(&s);
	s.inv.n_overrides = 0;
	assert_driver(&s, css, "io_subchannel", BOOT_YES);
}

TEST(what_the_wish_writes_counts_before_it_is_written)
{
	struct scene s;
	struct d_driver r = {
		.dev = css, .file_now = "vfio_ccw", .file_then = NULL, .persist = true
	};

	scene_init(&s);
	s.d.drivers = &r;
	s.d.n_drivers = 1;
	assert_driver(&s, css, "io_subchannel", BOOT_YES);
}

TEST(an_ignored_device_is_not_there)
{
	struct scene s;
	struct ccw_range range = { { 0, 0x2b00 }, { 0, 0x2bff }, true };

	scene_init(&s);
	s.inv.ignores = &range;
	s.inv.n_ignores = 1;
	assert_driver(&s, css, "-", BOOT_YES);
	assert_mdev(&s, 0, BOOT_NO, "its parent is hidden by cio_ignore");
}

TEST(manual_definitions_and_a_missing_mdevctl_start_nothing)
{
	struct scene s;

	scene_init(&s);
	s.mdevs[0].start_then = START_MANUAL;
	assert_mdev(&s, 0, BOOT_NO, "manual");
	s.inv.host.has_mdevctl = false;
	assert_mdev(&s, 1, BOOT_NO, "mdevctl is not installed");
}

TEST(a_broken_definition_stops_all_of_its_parent_and_no_other)
{
	struct scene s;
	char path[] = "/etc/mdevctl.d/matrix/deadbeef";
	struct problem broken = { .path = path, .foreign = true };

	scene_init(&s);
	s.inv.problems = &broken;
	s.inv.n_problems = 1;
	assert_mdev(&s, 1, BOOT_NO, "mdevctl can't read another definition of its parent");
	assert_mdev(&s, 0, BOOT_YES, "auto");
}

TEST(the_rule_s_masks_give_queues_to_guests)
{
	struct scene s;

	scene_init(&s);
	assert_driver(&s, apq, "vfio_ap", BOOT_YES);
	assert_mdev(&s, 1, BOOT_YES, "auto");
	s.d.rule_has_apmask = false;
	assert_driver(&s, apq, "cex4queue", BOOT_YES);
	assert_mdev(&s, 1, BOOT_NO, "one of its queues is the host's");
}

TEST(masks_of_the_kernel_command_line_hold_where_the_rule_has_none)
{
	struct scene s;

	scene_init(&s);
	s.d.rule_has_apmask = false;
	s.inv.host.cmdline = "quiet ap.apmask=-5 ro";
	assert_driver(&s, apq, "vfio_ap", BOOT_YES);
}

TEST(without_somebody_to_load_vfio_ap_no_matrix_starts)
{
	struct scene s;

	scene_init(&s);
	s.inv.ap_rule.loads_vfio_ap = false;
	assert_driver(&s, apq, NULL, BOOT_YES);
	assert_mdev(&s, 1, BOOT_NO, "nothing loads vfio_ap");
}

TEST(driverctl_loads_vfio_ap_for_a_queue_with_an_override)
{
	struct override_file other = { { BUS_AP, "05.0004" }, .driver = "vfio_ap" };
	struct scene s;

	scene_init(&s);
	s.inv.ap_rule.loads_vfio_ap = false;
	s.inv.overrides = &other;
	assert_mdev(&s, 1, BOOT_UNCERTAIN,
		    "driverctl and mdevctl run at the same time: its queues may come too late");
	s.inv.host.driverctl_rule = false;
	assert_mdev(&s, 1, BOOT_NO, "nothing loads vfio_ap");
}

TEST(of_two_definitions_that_collide_neither_is_certain)
{
	struct scene s;

	scene_init(&s);
	s.mdevs[0] = s.mdevs[1];
	s.mdevs[0].uuid[0] = '0';
	assert_mdev(&s, 0, BOOT_UNCERTAIN,
		    "it shares a queue with another matrix that starts at boot");
	assert_mdev(&s, 1, BOOT_UNCERTAIN,
		    "it shares a queue with another matrix that starts at boot");
}

TEST(a_list_of_numbers_in_one_attribute_fails_at_start)
{
	struct scene s;
	char name[] = "assign_adapter", value[] = "5,6";
	struct attr attr = { name, value };

	scene_init(&s);
	s.mdevs[1].attrs_then = &attr;
	s.mdevs[1].n_attrs_then = 1;
	assert_mdev(&s, 1, BOOT_NO, "the kernel refuses one of its attributes");
}

TEST(a_file_which_mdevctl_skips_stops_nothing)
{
	struct scene s;
	char path[] = "/etc/mdevctl.d/matrix/README";
	struct problem skipped = { .path = path, .foreign = true, .harmless = true };

	scene_init(&s);
	s.inv.problems = &skipped;
	s.inv.n_problems = 1;
	assert_mdev(&s, 1, BOOT_YES, "auto");
}

TEST(a_driver_nobody_knows_of_is_not_certain)
{
	struct scene s;
	struct override_file other = file;

	scene_init(&s);
	other.driver = "no_such";
	s.inv.overrides = &other;
	assert_driver(&s, css, "no_such", BOOT_UNCERTAIN);
	assert_mdev(&s, 0, BOOT_NO, "its parent is not bound to vfio_ccw");
}

TEST(a_channel_device_with_an_attribute_is_taken_away_again)
{
	struct scene s;
	char name[] = "speed", value[] = "1";
	struct attr attr = { name, value };

	scene_init(&s);
	s.mdevs[0].attrs_then = &attr;
	s.mdevs[0].n_attrs_then = 1;
	assert_mdev(&s, 0, BOOT_NO, "the kernel has no such attributes for it");
}

/* Two definitions of a function's type, which has room for one more than is active. */
static void function_init(struct scene *s, struct pci_fn **fn, struct mdev_parent **parent)
{
	scene_init(s);
	s->inv.pcis = fn;
	s->inv.n_pcis = 1;
	s->inv.parents = parent;
	s->inv.n_parents = 1;
	s->mdevs[0].parent = s->mdevs[1].parent = "0000:65:00.0";
	s->mdevs[0].type = s->mdevs[1].type = "nvidia-470";
	s->mdevs[1].is_matrix = false;
}

TEST(what_may_find_no_room_is_not_certain)
{
	struct scene s;
	struct mdev_type types[] = { { .id = "nvidia-470", .available = 1 } };
	struct mdev_parent parent = { .id = { BUS_PCI, "0000:65:00.0" },
				      .types = types,
				      .n_types = 1 };
	struct pci_fn gpu = { .id = { 0, 0x65, 0, 0 }, .driver = "nvidia" };

	function_init(&s, (struct pci_fn *[]){ &gpu }, (struct mdev_parent *[]){ &parent });
	assert_mdev(&s, 0, BOOT_UNCERTAIN, "its parent may not have room for all that start");
	s.mdevs[1].active_now = true;
	assert_mdev(&s, 0, BOOT_YES, "auto");
	s.mdevs[1].type = "nvidia-468";
	assert_mdev(&s, 0, BOOT_UNCERTAIN,
		    "another type starts on its parent, which leaves less room for this one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(driverctl_binds_what_its_file_says),
		CASE(without_driverctl_a_file_does_nothing),
		CASE(a_live_binding_alone_is_lost),
		CASE(what_the_wish_writes_counts_before_it_is_written),
		CASE(an_ignored_device_is_not_there),
		CASE(manual_definitions_and_a_missing_mdevctl_start_nothing),
		CASE(a_broken_definition_stops_all_of_its_parent_and_no_other),
		CASE(the_rule_s_masks_give_queues_to_guests),
		CASE(masks_of_the_kernel_command_line_hold_where_the_rule_has_none),
		CASE(without_somebody_to_load_vfio_ap_no_matrix_starts),
		CASE(driverctl_loads_vfio_ap_for_a_queue_with_an_override),
		CASE(of_two_definitions_that_collide_neither_is_certain),
		CASE(a_list_of_numbers_in_one_attribute_fails_at_start),
		CASE(a_file_which_mdevctl_skips_stops_nothing),
		CASE(a_driver_nobody_knows_of_is_not_certain),
		CASE(a_channel_device_with_an_attribute_is_taken_away_again),
		CASE(what_may_find_no_room_is_not_certain),
	};

	return RUN(tests);
}
