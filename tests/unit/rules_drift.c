/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>

static bool drifts(struct fixture *f, const char *rule, const char *what)
{
	const struct finding *x;

	fixture_edit(f, "");
	x = fixture_finding(f, rule);
	if (x && !strstr(x->msg.what, what))
		print_error("%s\n", x->msg.what);
	return x && x->grade == GRADE_NOTE && !x->staged && strstr(x->msg.what, what);
}

static bool quiet(struct fixture *f)
{
	fixture_edit(f, "");
	return !fixture_finding(f, "drift-mdev") && !fixture_finding(f, "drift-driver") &&
	       !fixture_finding(f, "drift-masks");
}

TEST(a_machine_as_it_is_kept_does_not_drift)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_override(&f, "css/0.0.0313", "vfio_ccw");
	fixture_parent(&f, "ap/matrix", TYPE_AP, 10);
	fixture_running(&f, UUID_A, "20", "4");
	fixture_defined(&f, UUID_A, START_AUTO, "20", "4");
	assert_true(quiet(&f));
	fixture_done(&f);
}

TEST(a_matrix_that_runs_otherwise_than_defined_is_told)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 10);
	fixture_running(&f, UUID_A, "20", "4,5");
	fixture_defined(&f, UUID_A, START_AUTO, "20", "4");
	assert_true(drifts(&f, "drift-mdev", "other queues"));
	fixture_edit(&f, "\"mdevs\": [{\"uuid\": \"" UUID_A "\", \"domains\": [\"4\"]}]");
	assert_null(fixture_finding(&f, "drift-mdev"));
	fixture_done(&f);
}

TEST(running_without_a_definition_is_told)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_override(&f, "css/0.0.0313", "vfio_ccw");
	fixture_mdev(&f, UUID_A, "0.0.0313", TYPE_CCW);
	assert_true(drifts(&f, "drift-mdev", "has no definition"));
	fixture_done(&f);
}

TEST(a_definition_whose_parent_is_missing_or_idle_is_told)
{
	struct fixture f = fixture_new();

	fixture_def(&f, UUID_A, "0.0.0313", TYPE_CCW, START_MANUAL);
	assert_true(drifts(&f, "drift-mdev", "is not there"));
	fixture_done(&f);
	f = fixture_new();
	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	fixture_def(&f, UUID_A, "0.0.0313", TYPE_CCW, START_MANUAL);
	assert_true(drifts(&f, "drift-mdev", "is not bound"));
	fixture_done(&f);
	f = fixture_new();
	fixture_def(&f, UUID_A, "matrix", TYPE_AP, START_MANUAL);
	assert_true(drifts(&f, "drift-mdev", "vfio_ap is not loaded"));
	fixture_done(&f);
}

TEST(autostart_that_did_not_start_is_told_and_manual_is_not)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 10);
	fixture_defined(&f, UUID_A, START_AUTO, "20", "4");
	fixture_defined(&f, UUID_B, START_MANUAL, "20", "5");
	assert_true(drifts(&f, "drift-mdev", UUID_A));
	for (size_t i = 0; i < f.findings.n; i++)
		assert_string_not_equal(f.findings.v[i].dev.name, UUID_B);
	fixture_done(&f);
}

TEST(a_driver_that_is_not_the_one_kept_is_told)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	fixture_override(&f, "css/0.0.0313", "vfio_ccw");
	assert_true(drifts(&f, "drift-driver", "bound to io_subchannel now and kept for vfio_ccw"));
	fixture_edit(&f, "\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}");
	assert_null(fixture_finding(&f, "drift-driver"));
	fixture_done(&f);
}

TEST(a_binding_that_no_file_keeps_is_told_unless_a_guest_has_it)
{
	struct fixture f = fixture_new();

	fixture_pci(&f, "0000:3b:00.1", "vfio-pci", 7);
	assert_true(drifts(&f, "drift-driver", "no file keeps it"));
	fixture_done(&f);
	f = fixture_new();
	fixture_pci(&f, "0000:3b:00.1", "vfio-pci", 7);
	fixture_use(&f, "pci/0000:3b:00.1", USE_PROTECTED, "guest db1");
	assert_true(quiet(&f));
	fixture_done(&f);
}

TEST(a_file_about_a_device_that_is_gone_is_told)
{
	struct fixture f = fixture_new();

	fixture_override(&f, "pci/0000:99:00.0", "vfio-pci");
	assert_true(drifts(&f, "drift-driver", "which is not there"));
	fixture_done(&f);
}

TEST(masks_that_are_not_those_of_the_rule_are_told)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	f.inv->ap_rule.present = f.inv->ap_rule.has_apmask = f.inv->ap_rule.loads_vfio_ap = true;
	f.inv->ap_rule.apmask = mask_all();
	assert_true(drifts(&f, "drift-masks", "are not those kept"));
	f.inv->ap_rule.apmask = f.inv->ap.apmask;
	assert_true(quiet(&f));
	fixture_done(&f);
}

TEST(a_file_that_is_not_understood_is_told_with_its_place)
{
	struct fixture f = fixture_new();
	struct problem unread = { .path = strdup("/etc/mdevctl.d/matrix"), .err = EACCES };
	struct problem p = { .path = strdup("/etc/mdevctl.d/matrix/x"), .line = 3, .column = 5 };

	p.expected = strdup("JSON");
	p.foreign = true;
	fixture_push(&f, problems, n_problems, unread);
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "drift-foreign"));
	fixture_push(&f, problems, n_problems, p);
	assert_true(drifts(&f, "drift-foreign", "/etc/mdevctl.d/matrix/x is not understood"));
	assert_string_equal(fixture_finding(&f, "drift-foreign")->msg.why,
			    "Expected at line 3 column 5: JSON.");
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_machine_as_it_is_kept_does_not_drift),
		CASE(a_matrix_that_runs_otherwise_than_defined_is_told),
		CASE(running_without_a_definition_is_told),
		CASE(a_definition_whose_parent_is_missing_or_idle_is_told),
		CASE(autostart_that_did_not_start_is_told_and_manual_is_not),
		CASE(a_driver_that_is_not_the_one_kept_is_told),
		CASE(a_binding_that_no_file_keeps_is_told_unless_a_guest_has_it),
		CASE(a_file_about_a_device_that_is_gone_is_told),
		CASE(masks_that_are_not_those_of_the_rule_are_told),
		CASE(a_file_that_is_not_understood_is_told_with_its_place),
	};

	return RUN(tests);
}
