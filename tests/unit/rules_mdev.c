/* SPDX-License-Identifier: MIT */
/* Each rule is provoked once, and narrowly missed once. */
#include "fixture.h"

#define NEW(uuid, parent, type, more)                                                              \
	"{\"uuid\":\"" uuid "\",\"parent\":\"" parent "\",\"type\":\"" type "\"" more "}"
#define START_IT ",\"active\":true,\"persist\":false"

TEST(a_new_device_needs_parent_and_type)
{
	struct fixture f = fixture_new();

	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"active\":true}]");
	assert_true(fixture_finds(&f, "mdev-incomplete", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"delete\":true}]");
	assert_null(fixture_finding(&f, "mdev-incomplete"));
	fixture_done(&f);
}

TEST(a_parent_must_offer_the_type_or_be_about_to)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	fixture_parent(&f, "pci/0000:3b:00.0", "nvidia-11", 4);
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0000:3b:00.0", "nvidia-12", START_IT) "]");
	assert_true(fixture_finds(&f, "parent-missing", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0000:3b:00.0", "nvidia-11", START_IT) "]");
	assert_null(fixture_finding(&f, "parent-missing"));
	/* The edit itself binds the subchannel. */
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io", START_IT) "]");
	assert_null(fixture_finding(&f, "parent-missing"));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0314", "vfio_ccw-io", START_IT) "]");
	assert_true(fixture_finds(&f, "parent-missing", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(instances_run_out_counting_those_that_stop)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_parent(&f, "css/0.0.0313", TYPE_CCW, 0);
	fixture_mdev(&f, UUID_B, "0.0.0313", TYPE_CCW);
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io", START_IT) "]");
	assert_true(fixture_finds(&f, "no-instance", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io",
					   START_IT) ",{\"uuid\":\"" UUID_B
						     "\",\"active\":false,\"persist\":false}]");
	assert_null(fixture_finding(&f, "no-instance"));
	fixture_done(&f);
}

TEST(one_uuid_runs_on_one_parent_only)
{
	struct fixture f = fixture_new();

	fixture_parent(&f, "pci/0000:3b:00.0", "nvidia-11", 4);
	fixture_parent(&f, "pci/0000:3c:00.0", "nvidia-11", 4);
	fixture_mdev(&f, UUID_A, "0000:3b:00.0", "nvidia-11");
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0000:3c:00.0", "nvidia-11", START_IT) "]");
	assert_true(fixture_finds(&f, "uuid-twice", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_B, "0000:3c:00.0", "nvidia-11", START_IT) "]");
	assert_null(fixture_finding(&f, "uuid-twice"));
	fixture_def(&f, UUID_C, "0000:3b:00.0", "nvidia-11", START_AUTO);
	fixture_def(&f, UUID_C, "0000:3c:00.0", "nvidia-11", START_AUTO);
	inventory_sort(f.inv);
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "uuid-twice", GRADE_CONFLICT, false));
	fixture_done(&f);
}

TEST(a_device_cannot_start_on_a_parent_that_is_given_back)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_parent(&f, "css/0.0.0313", TYPE_CCW, 1);
	fixture_override(&f, "css/0.0.0313", "vfio_ccw");
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":null},\"mdevs\":[" NEW(
				 UUID_A, "0.0.0313", "vfio_ccw-io",
				 ",\"active\":true,\"start\":\"auto\"") "]");
	assert_true(fixture_finds(&f, "parent-leaves", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io", START_IT) "]");
	assert_null(fixture_finding(&f, "parent-leaves"));
	fixture_done(&f);
}

TEST(a_file_that_is_not_understood_is_never_rewritten)
{
	struct fixture f = fixture_new();
	struct problem p = { .path = strdup("/etc/mdevctl.d/0.0.0313/" UUID_A), .foreign = true };

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_parent(&f, "css/0.0.0313", TYPE_CCW, 1);
	fixture_push(&f, problems, n_problems, p);
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io", "") "]");
	assert_true(fixture_finds(&f, "foreign-file", GRADE_ERROR, true));
	fixture_edit(&f, "\"mdevs\":[" NEW(UUID_A, "0.0.0313", "vfio_ccw-io", START_IT) "]");
	assert_null(fixture_finding(&f, "foreign-file"));
	fixture_done(&f);
}

TEST(a_rule_of_another_form_is_listed_always_and_never_rewritten)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "drift-foreign"));
	f.inv->ap_rule.present = true;
	f.inv->ap_rule.bytes = strdup("# by hand\n");
	f.inv->ap_rule.ours_to_write = false;
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "drift-foreign", GRADE_NOTE, false));
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"]}");
	assert_true(fixture_finds(&f, "foreign-file", GRADE_ERROR, true));
	assert_null(fixture_finding(&f, "drift-foreign"));
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"persist\":false}");
	assert_null(fixture_finding(&f, "foreign-file"));
	fixture_done(&f);
}

TEST(attributes_that_the_kernel_would_not_take_are_errors)
{
	struct fixture f = fixture_new();
	struct mdev_def *def;

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 9);
	def = fixture_def(&f, UUID_A, "matrix", TYPE_AP, START_MANUAL);
	attrs_add(&def->attrs, &def->n_attrs, "assign_adapter", "20,300");
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "attributes", GRADE_NOTE, false));
	strcpy(def->attrs[0].value, "20,5");
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "attributes"));
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"active\":true,\"persist\":false}]");
	assert_true(fixture_finds(&f, "attributes", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(what_udev_starts_beside_the_edits_is_told)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_module(&f, "vfio_ap", false, true);
	fixture_defined(&f, UUID_A, START_AUTO, "20", "4");
	fixture_defined(&f, UUID_B, START_MANUAL, "20", "5");
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "starts-too"));
	fixture_edit(&f, "\"modules\":{\"vfio_ap\":{\"persist\":false}}");
	assert_true(fixture_finds(&f, "starts-too", GRADE_NOTE, true));
	assert_string_equal(fixture_finding(&f, "starts-too")->dev.name, UUID_A);
	assert_string_equal(fixture_finding(&f, "starts-too")->other.name, "matrix");
	/* Started by the edits, or with nobody to start it, it comes as no surprise. */
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"active\":true,\"persist\":false}]");
	assert_null(fixture_finding(&f, "starts-too"));
	f.inv->host.mdev_rule = false;
	fixture_edit(&f, "\"modules\":{\"vfio_ap\":{\"persist\":false}}");
	assert_null(fixture_finding(&f, "starts-too"));
	fixture_done(&f);
}

TEST(binding_a_subchannel_starts_what_is_defined_on_it)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	fixture_def(&f, UUID_A, "0.0.0313", TYPE_CCW, START_AUTO);
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":\"vfio_ccw\"}");
	assert_true(fixture_finds(&f, "starts-too", GRADE_NOTE, true));
	assert_string_equal(fixture_finding(&f, "starts-too")->other.name, "0.0.0313");
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":{\"driver\":\"vfio_ccw\",\"live\":false}}");
	assert_null(fixture_finding(&f, "starts-too"));
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_device_needs_parent_and_type),
		CASE(a_parent_must_offer_the_type_or_be_about_to),
		CASE(instances_run_out_counting_those_that_stop),
		CASE(one_uuid_runs_on_one_parent_only),
		CASE(a_device_cannot_start_on_a_parent_that_is_given_back),
		CASE(a_file_that_is_not_understood_is_never_rewritten),
		CASE(a_rule_of_another_form_is_listed_always_and_never_rewritten),
		CASE(attributes_that_the_kernel_would_not_take_are_errors),
		CASE(what_udev_starts_beside_the_edits_is_told),
		CASE(binding_a_subchannel_starts_what_is_defined_on_it),
	};

	return RUN(tests);
}
