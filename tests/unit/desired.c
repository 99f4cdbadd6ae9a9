/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#define CCW_MDEV                                                                                   \
	"\"mdevs\":[{\"uuid\":\"" UUID_A                                                           \
	"\",\"parent\":\"0.0.0313\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true}]"
#define MATRIX(fields)                                                                             \
	"\"mdevs\":[{\"uuid\":\"" UUID_A                                                           \
	"\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\",\"start\":\"auto\",\"active\":" \
	"true," fields "}]"

static struct fixture lpar(void)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 65536);
	return f;
}

static const struct d_driver *driver_of(const struct fixture *f, const char *dev)
{
	struct devid id = fixture_id(dev);

	return desired_driver(&f->desired, &id);
}

TEST(nothing_wanted_changes_nothing)
{
	struct fixture f = lpar();
	struct change *c;
	size_t n;

	fixture_running(&f, UUID_A, "20", "4");
	fixture_defined(&f, UUID_A, START_AUTO, "20", "4");
	fixture_edit(&f, "");
	assert_int_equal(desired_diff(&f.desired, &c, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(f.desired.n_mdevs, 1);
	assert_false(f.desired.rule_change || f.desired.masks_change);
	fixture_done(&f);
}

TEST(a_mediated_device_binds_its_subchannel_on_the_sides_it_reaches)
{
	struct fixture f = lpar();
	const struct d_driver *r;

	fixture_edit(&f, CCW_MDEV);
	r = driver_of(&f, "css/0.0.0313");
	assert_true(r && r->implied && r->live && r->persist);
	assert_string_equal(r->then, "vfio_ccw");
	assert_string_equal(r->file_then, "vfio_ccw");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"parent\":\"0.0.0313\",\"type\":\"vfio_ccw-io\",\"active\":true,"
			 "\"persist\":false}]");
	r = driver_of(&f, "css/0.0.0313");
	assert_true(r && r->live && !r->persist);
	assert_false(f.desired.mdevs[0].defined_then);
	/* Defined to be started by hand: nothing at boot needs the subchannel. */
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"parent\":\"0.0.0313\",\"type\":\"vfio_ccw-io\"}]");
	assert_null(driver_of(&f, "css/0.0.0313"));
	assert_true(f.desired.mdevs[0].defined_then && !f.desired.mdevs[0].active_then);
	fixture_done(&f);
}

TEST(an_edit_by_name_goes_before_what_is_implied)
{
	struct fixture f = lpar();
	const struct d_driver *r;

	fixture_edit(&f, "\"drivers\":{\"ccw/"
			 "0.0.2b09\":{\"driver\":\"vfio_ccw\",\"persist\":false}}," CCW_MDEV);
	r = driver_of(&f, "css/0.0.0313");
	assert_true(r && !r->implied && r->live && r->persist);
	assert_int_equal(f.desired.n_drivers, 1);
	fixture_done(&f);
}

TEST(a_device_that_has_its_driver_is_left_alone)
{
	struct fixture f = lpar();
	const struct d_driver *r;

	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":null}");
	r = driver_of(&f, "css/0.0.0313");
	assert_true(r && !r->live && !r->persist);
	fixture_done(&f);
}

TEST(giving_a_subchannel_back_stops_its_device_and_keeps_the_definition)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_parent(&f, "css/0.0.0313", TYPE_CCW, 0);
	fixture_mdev(&f, UUID_A, "0.0.0313", TYPE_CCW);
	fixture_def(&f, UUID_A, "0.0.0313", TYPE_CCW, START_AUTO);
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":null}");
	assert_string_equal(driver_of(&f, "css/0.0.0313")->then, "io_subchannel");
	assert_true(driver_of(&f, "css/0.0.0313")->native);
	assert_false(f.desired.mdevs[0].active_then);
	assert_true(f.desired.mdevs[0].defined_then);
	assert_true(fixture_finds(&f, "parent-leaves", GRADE_NOTE, true));
	fixture_done(&f);
}

TEST(a_pci_function_given_back_goes_to_whatever_driver_matches)
{
	struct fixture f = fixture_new();
	const struct d_driver *r;

	fixture_pci(&f, "0000:3b:00.1", "vfio-pci", 7)->override = "vfio-pci";
	fixture_override(&f, "pci/0000:3b:00.1", "vfio-pci");
	fixture_edit(&f, "\"drivers\":{\"pci/0000:3b:00.1\":null}");
	r = driver_of(&f, "pci/0000:3b:00.1");
	assert_true(r->live && r->persist && r->native);
	assert_null(r->then);
	assert_null(r->override_then);
	assert_null(r->file_then);
	fixture_done(&f);
}

TEST(a_matrix_frees_its_queues_and_no_more_than_it_must)
{
	struct fixture f = lpar();
	struct ap_mask lost;

	fixture_edit(&f, MATRIX("\"adapters\":[5],\"domains\":[4,171]"));
	/* Adapter 5 costs the host 05.0005 and 05.0042; domains 4 and ab would cost 06 and 0a each two. */
	assert_true(f.desired.masks_change);
	assert_false(mask_has(&f.desired.apmask_then, 5));
	assert_true(mask_has(&f.desired.aqmask_then, 4));
	assert_int_equal(f.desired.n_lost, 2);
	assert_int_equal(f.desired.lost[0], APQN(5, 5));
	assert_true(f.desired.loss.solved && f.desired.loss.exact);
	assert_int_equal(desired_queue_now(&f.desired, APQN(5, 4)), OWNER_HOST);
	assert_int_equal(desired_queue_then(&f.desired, APQN(5, 4)), OWNER_GUESTS);
	assert_int_equal(desired_queue_boot(&f.desired, APQN(5, 4)), OWNER_GUESTS);
	assert_int_equal(desired_queue_then(&f.desired, APQN(7, 4)), OWNER_NONE);
	/* The rule starts from the masks in force, as chzdev's does. */
	assert_true(f.desired.rule_change && f.desired.rule_has_apmask &&
		    f.desired.rule_has_aqmask);
	lost = mask_minus(f.desired.rule_apmask, f.desired.apmask_then);
	assert_true(mask_empty(&lost) && mask_eq(&f.desired.rule_aqmask, &f.desired.aqmask_then));
	fixture_done(&f);
}

TEST(what_the_host_loses_is_told_with_what_is_proven)
{
	struct fixture f = lpar();
	struct ap_loss *l = &f.desired.loss;
	char text[160], edits[160], mask[MASK_TEXT];
	struct ap_mask none = { 0 };

	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"persist\":false}");
	assert_int_equal(f.desired.n_lost, 2); /* domain 4 of the other two adapters */
	assert_string_equal(desired_loss_text(&f.desired, text, sizeof(text)),
			    "the fewest possible");
	/* As it is when the steps have run out: 8 is what two working queues weigh. */
	assert_int_equal(l->weight, 8);
	l->exact = false;
	l->bound = 3;
	assert_string_equal(desired_loss_text(&f.desired, text, sizeof(text)),
			    "at least 1 is needed");
	l->unit = 0;
	assert_non_null(
		strstr(desired_loss_text(&f.desired, text, sizeof(text)),
		       "a loss of 8, where what works or is in use counts more; at least 3"));
	l->exact = true;
	assert_non_null(
		strstr(desired_loss_text(&f.desired, text, sizeof(text)), "the least possible"));
	snprintf(edits, sizeof(edits), "\"ap\":{\"apmask\":\"%s\",\"persist\":false}",
		 mask_text(&none, mask));
	fixture_edit(&f, edits);
	assert_string_equal(desired_loss_text(&f.desired, text, sizeof(text)),
			    "as the masks named say");
	fixture_done(&f);
}

TEST(a_bit_that_could_not_be_set_again_is_left_alone_where_another_does)
{
	struct fixture f = lpar();

	/* Free by its domain; its adapter's bit is still set. */
	fixture_running(&f, UUID_A, "33", "67");
	mask_set(&f.inv->ap.aqmask, 67, false);
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"21.0099\"],\"persist\":false}");
	assert_false(mask_has(&f.desired.apmask_then, 33));
	f.inv->ap.has_override = true; /* a kernel of 7.1 or later */
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"21.0099\"],\"persist\":false}");
	assert_true(mask_has(&f.desired.apmask_then, 33));
	assert_false(mask_has(&f.desired.aqmask_then, 0x99));
	fixture_done(&f);
}

TEST(the_default_domain_stays_where_an_adapter_costs_no_more)
{
	struct fixture f = lpar();

	f.inv->ap.default_domain = 0x99;
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"21.0099\",\"22.0099\"],\"persist\":false}");
	assert_true(mask_has(&f.desired.aqmask_then, 0x99));
	f.inv->ap.default_domain = 4;
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"21.0099\",\"22.0099\"],\"persist\":false}");
	assert_false(mask_has(&f.desired.aqmask_then, 0x99)); /* one bit instead of two */
	fixture_done(&f);
}

TEST(a_new_definition_has_adapters_then_domains_then_control_domains_in_decimal)
{
	struct fixture f = lpar();
	const struct d_mdev *m = f.desired.mdevs;

	fixture_edit(&f, MATRIX("\"adapters\":[\"0x05\"],\"domains\":[\"0x04\",\"0xab\"],\"control-"
				"domains\":[4]"));
	m = &f.desired.mdevs[0];
	assert_int_equal(m->n_attrs_then, 4);
	assert_string_equal(m->attrs_then[0].name, "assign_adapter");
	assert_string_equal(m->attrs_then[0].value, "5");
	assert_string_equal(m->attrs_then[2].value, "171");
	assert_string_equal(m->attrs_then[3].name, "assign_control_domain");
	assert_int_equal(m->n_attrs_live, 4);
	assert_true(matrix_has(&m->ap->live_then, APQN(5, 0xab)));
	fixture_done(&f);
}

TEST(an_entry_replaces_the_fields_it_names_and_keeps_the_others)
{
	struct fixture f = lpar();
	const struct d_mdev *m;

	fixture_running(&f, UUID_A, "20", "4");
	fixture_defined(&f, UUID_A, START_MANUAL, "20", "4");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"domains\":[4,5]}]");
	m = &f.desired.mdevs[0];
	assert_true(m->active_then && m->defined_then && m->start_then == START_MANUAL &&
		    m->attrs_change);
	assert_true(matrix_has(&m->ap->live_then, APQN(0x14, 5)) &&
		    matrix_has(&m->ap->def_then, APQN(0x14, 5)));
	assert_false(m->restart);
	fixture_done(&f);
}

TEST(a_matrix_that_is_to_be_of_another_type_has_its_queues_until_then)
{
	struct fixture f = lpar();
	const struct d_mdev *m;

	fixture_running(&f, UUID_A, "20", "4");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"type\":\"vfio_ccw-io\"}]");
	m = &f.desired.mdevs[0];
	assert_false(m->is_matrix);
	assert_true(matrix_has(&m->ap->live_now, APQN(0x14, 4)));
	fixture_done(&f);
}

TEST(what_says_how_to_start_a_device_defines_it_without_starting_it)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"parent\":\"0.0.0313\",\"type\":\"vfio_ccw-io\","
			 "\"start\":\"manual\",\"active\":false}]");
	assert_true(f.desired.mdevs[0].defined_then && !f.desired.mdevs[0].active_then);
	fixture_done(&f);
}

TEST(stopping_a_transient_device_does_not_define_it)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "4");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"active\":false}]");
	assert_false(f.desired.mdevs[0].active_then || f.desired.mdevs[0].defined_then);
	fixture_done(&f);
}

TEST(defining_a_running_matrix_takes_over_what_it_has)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "4,5");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"start\":\"auto\"}]");
	assert_true(f.desired.mdevs[0].defined_then);
	assert_int_equal(f.desired.mdevs[0].n_attrs_then, 3);
	fixture_done(&f);
}

TEST(other_types_are_made_anew_for_new_attributes)
{
	struct fixture f = fixture_new();

	fixture_pci(&f, "0000:3b:00.1", "nvidia", 7);
	fixture_parent(&f, "pci/0000:3b:00.1", "nvidia-11", 3);
	fixture_mdev(&f, UUID_A, "0000:3b:00.1", "nvidia-11");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"attrs\":[{\"x\":\"1\"}],\"persist\":false}]");
	assert_true(f.desired.mdevs[0].restart);
	assert_int_equal(f.desired.mdevs[0].n_attrs_live, 1);
	fixture_done(&f);
}

TEST(a_queue_given_back_keeps_what_running_matrices_have)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "5");
	fixture_edit(&f, "\"ap\":{\"host-queues\":[\"14.0004\"],\"persist\":false}");
	assert_int_equal(desired_queue_then(&f.desired, APQN(0x14, 4)), OWNER_HOST);
	assert_int_equal(desired_queue_then(&f.desired, APQN(0x14, 5)), OWNER_GUESTS);
	assert_false(f.desired.rule_change);
	fixture_done(&f);
}

TEST(opposite_wishes_for_one_queue_pattern_have_no_masks)
{
	struct fixture f = lpar();

	/* 05.0005 and 06.0004 to the host ask for bits 5 and 4: 05.0004 can't be the guests'. */
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"host-queues\":[\"05.0005\",\"06."
			 "0004\"]}");
	assert_true(f.desired.unsolved);
	assert_true(fixture_finds(&f, "ap-unsolvable", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(where_overrides_are_in_force_queues_are_freed_one_by_one)
{
	struct fixture f = lpar();
	const struct d_driver *r;

	f.inv->ap.apmask = mask_all();
	f.inv->ap.has_override = true;
	f.inv->queues[0]->override = "vfio_ap"; /* 05.0004 */
	f.inv->queues[0]->driver = "vfio_ap";
	fixture_edit(&f, MATRIX("\"adapters\":[5],\"domains\":[4,5]"));
	assert_int_equal(f.desired.ap_mode, AP_MODE_OVERRIDE);
	assert_false(f.desired.masks_change || f.desired.rule_change);
	r = driver_of(&f, "ap/05.0005");
	assert_true(r && r->live && r->persist && r->implied);
	assert_string_equal(r->override_then, "vfio_ap");
	assert_false(driver_of(&f, "ap/05.0004")->live);
	assert_int_equal(desired_queue_then(&f.desired, APQN(5, 5)), OWNER_GUESTS);
	assert_int_equal(desired_queue_then(&f.desired, APQN(6, 5)), OWNER_HOST);
	fixture_done(&f);
}

TEST(a_queue_which_a_matrix_needs_and_an_edit_gives_back_stays_as_it_is)
{
	struct fixture f = lpar();
	const struct d_driver *r;
	char edits[400];

	f.inv->ap.apmask = mask_all();
	f.inv->ap.has_override = true;
	f.inv->queues[0]->override = "vfio_ap"; /* 05.0004 */
	snprintf(edits, sizeof(edits),
		 "\"ap\":{\"host-queues\":[\"06.0005\"],\"persist\":false},%s",
		 MATRIX("\"adapters\":[6],\"domains\":[5]"));
	fixture_edit(&f, edits);
	r = driver_of(&f, "ap/06.0005");
	assert_true(r && !r->live && r->persist);
	assert_string_equal(r->then, "cex4queue");
	assert_null(r->override_then);
	assert_true(fixture_finds(&f, "queue-of-host", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(a_module_that_is_needed_is_loaded)
{
	struct fixture f = lpar();

	fixture_module(&f, "vfio_ccw", false, true);
	fixture_edit(&f, CCW_MDEV);
	assert_int_equal(f.desired.n_modules_load, 1);
	assert_string_equal(f.desired.modules_load[0], "vfio_ccw");
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_wanted_changes_nothing),
		CASE(a_mediated_device_binds_its_subchannel_on_the_sides_it_reaches),
		CASE(an_edit_by_name_goes_before_what_is_implied),
		CASE(a_device_that_has_its_driver_is_left_alone),
		CASE(giving_a_subchannel_back_stops_its_device_and_keeps_the_definition),
		CASE(a_pci_function_given_back_goes_to_whatever_driver_matches),
		CASE(a_matrix_frees_its_queues_and_no_more_than_it_must),
		CASE(what_the_host_loses_is_told_with_what_is_proven),
		CASE(a_bit_that_could_not_be_set_again_is_left_alone_where_another_does),
		CASE(the_default_domain_stays_where_an_adapter_costs_no_more),
		CASE(a_new_definition_has_adapters_then_domains_then_control_domains_in_decimal),
		CASE(an_entry_replaces_the_fields_it_names_and_keeps_the_others),
		CASE(a_matrix_that_is_to_be_of_another_type_has_its_queues_until_then),
		CASE(what_says_how_to_start_a_device_defines_it_without_starting_it),
		CASE(stopping_a_transient_device_does_not_define_it),
		CASE(defining_a_running_matrix_takes_over_what_it_has),
		CASE(other_types_are_made_anew_for_new_attributes),
		CASE(a_queue_given_back_keeps_what_running_matrices_have),
		CASE(opposite_wishes_for_one_queue_pattern_have_no_masks),
		CASE(where_overrides_are_in_force_queues_are_freed_one_by_one),
		CASE(a_queue_which_a_matrix_needs_and_an_edit_gives_back_stays_as_it_is),
		CASE(a_module_that_is_needed_is_loaded),
	};

	return RUN(tests);
}
