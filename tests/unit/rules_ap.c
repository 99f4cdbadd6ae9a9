/* SPDX-License-Identifier: MIT */
/* Each rule is provoked once, and narrowly missed once. */
#include "fixture.h"

#define NEW(uuid, more)                                                                            \
	"\"mdevs\":[{\"uuid\":\"" uuid                                                             \
	"\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\"," more "}]"
#define QUEUES(a, q) "\"adapters\":[" a "],\"domains\":[" q "]"
#define LIVE	     "\"active\":true,\"persist\":false,"
#define AUTO	     "\"start\":\"auto\",\"live\":false,"

static struct fixture lpar(void)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 65536);
	return f;
}

TEST(queues_are_wanted_where_there_is_no_crypto)
{
	struct fixture f = fixture_new();

	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"]}");
	assert_true(fixture_finds(&f, "ap-missing", GRADE_ERROR, true));
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "ap-missing"));
	fixture_done(&f);
}

TEST(masks_and_overrides_exclude_each_other)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_ERROR, true)); /* this kernel has none */
	f.inv->ap.has_override = true;
	/* The masks are set: all queues are divided anew, but the boot alone can't do that live. */
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_NOTE, true));
	assert_true(f.desired.converts && f.desired.masks_change);
	f.inv->ap.apmask = mask_all();
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}");
	assert_null(fixture_finding(&f, "ap-mode"));
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"07.0004\"]}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_ERROR, true)); /* it isn't there */
	f.inv->queues[0]->override = "vfio_ap";
	fixture_edit(&f, "\"ap\":{\"mode\":\"masks\",\"guest-queues\":[\"06.0004\"]}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_NOTE, true)); /* overrides are in force */
	assert_true(f.desired.converts);
	fixture_edit(&f,
		     "\"ap\":{\"mode\":\"override\",\"apmask\":\"0xfbfff7ffffffffffffffffffffffff"
		     "ffffffffffffffffffffffffffffffffff\"}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(queues_are_not_divided_anew_under_a_running_guest)
{
	struct fixture f = lpar();

	f.inv->ap.has_override = true;
	fixture_running(&f, UUID_A, "20", "4");
	fixture_use(&f, "mdev/" UUID_A, USE_PROTECTED, "guest db1");
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\"}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_ERROR, true));
	assert_non_null(strstr(fixture_finding(&f, "ap-mode")->msg.what, UUID_A));
	f.inv->mdevs[0]->matrix = &no_matrix; /* it holds no queue */
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\"}");
	assert_true(fixture_finds(&f, "ap-mode", GRADE_NOTE, true));
	fixture_done(&f);
}

TEST(overrides_give_no_queue_that_is_not_there)
{
	struct fixture f = lpar();

	f.inv->ap.has_override = true;
	fixture_running(&f, UUID_A, "5", "4");
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\"},\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"parent\":\"matrix\",\"adapters\":[\"5\"],"
			 "\"domains\":[\"4\",\"7\"]}]");
	assert_true(fixture_finds(&f, "queue-of-host", GRADE_ERROR, true));
	assert_non_null(strstr(fixture_finding(&f, "queue-of-host")->msg.why, "masks also"));
	fixture_done(&f);
}

TEST(a_matrix_that_overrides_keep_from_starting_at_boot_is_told_of)
{
	struct fixture f = lpar();
	const struct finding *x;

	f.inv->ap.has_override = f.inv->host.has_ap_check = true;
	fixture_defined(&f, UUID_A, START_AUTO, "5", "4");
	fixture_defined(&f, UUID_B, START_MANUAL, "6", "4");
	fixture_edit(&f, "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}");
	x = fixture_finding(&f, "override-boot");
	assert_non_null(x);
	assert_int_equal(x->grade, GRADE_NOTE);
	assert_non_null(strstr(x->msg.what, UUID_A " will not start"));
	fixture_edit(&f, "\"ap\":{\"mode\":\"masks\",\"guest-queues\":[\"05.0004\"]}");
	assert_null(fixture_finding(&f, "override-boot"));
	fixture_done(&f);
}

TEST(two_running_matrices_never_share_a_queue)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_B, "20", "4,5");
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "4")));
	assert_true(fixture_finds(&f, "queue-shared-active", GRADE_ERROR, true));
	assert_non_null(strstr(fixture_finding(&f, "queue-shared-active")->msg.what, "14.0004"));
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "66")));
	assert_null(fixture_finding(&f, "queue-shared-active"));
	fixture_done(&f);
}

TEST(two_matrices_of_one_boot_never_share_a_queue)
{
	struct fixture f = lpar();

	fixture_defined(&f, UUID_B, START_AUTO, "20", "4");
	fixture_edit(&f, NEW(UUID_A, AUTO QUEUES("20", "4")));
	assert_true(fixture_finds(&f, "queue-shared-auto", GRADE_ERROR, true));
	/* A backup: by hand. */
	fixture_edit(&f, NEW(UUID_A, "\"live\":false," QUEUES("20", "4")));
	assert_null(fixture_finding(&f, "queue-shared-auto"));
	assert_true(fixture_finds(&f, "queue-shared", GRADE_CONFLICT, true));
	fixture_edit(&f, NEW(UUID_A, "\"live\":false," QUEUES("20", "5")));
	assert_null(fixture_finding(&f, "queue-shared"));
	fixture_done(&f);
}

TEST(a_queue_of_the_host_is_refused_before_the_kernel_does)
{
	struct fixture f = lpar();
	char edits[400], mask[MASK_TEXT];

	/* The masks are named and leave 05 to the host. */
	snprintf(edits, sizeof(edits), "\"ap\":{\"apmask\":\"%s\",\"persist\":false},%s",
		 mask_text(&f.inv->ap.apmask, mask), NEW(UUID_A, LIVE QUEUES("5", "4")));
	fixture_edit(&f, edits);
	assert_true(fixture_finds(&f, "queue-of-host", GRADE_ERROR, true));
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("5", "4")));
	assert_null(fixture_finding(&f, "queue-of-host"));
	/* An old definition which no boot can start. */
	fixture_defined(&f, UUID_B, START_AUTO, "6", "4");
	inventory_sort(f.inv);
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "queue-of-host", GRADE_NOTE, false));
	fixture_done(&f);
}

TEST(numbers_above_the_highest_are_refused)
{
	struct fixture f = lpar();

	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("64", "4")));
	assert_true(fixture_finds(&f, "id-range", GRADE_ERROR, true));
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("63", "4")));
	assert_null(fixture_finding(&f, "id-range"));
	fixture_done(&f);
}

TEST(what_the_lpar_does_not_have_is_noted)
{
	struct fixture f = lpar();

	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "4,6")));
	assert_true(fixture_finds(&f, "not-granted", GRADE_NOTE, true));
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "4,5")));
	assert_null(fixture_finding(&f, "not-granted"));
	fixture_done(&f);
}

TEST(control_domains_alone_do_not_start)
{
	struct fixture f = lpar();

	fixture_edit(&f, NEW(UUID_A, AUTO "\"adapters\":[20],\"control-domains\":[4]"));
	assert_true(fixture_finds(&f, "control-only", GRADE_ERROR, true));
	fixture_edit(&f,
		     NEW(UUID_A, AUTO "\"adapters\":[20],\"domains\":[4],\"control-domains\":[4]"));
	assert_null(fixture_finding(&f, "control-only"));
	fixture_done(&f);
}

TEST(a_running_guest_that_loses_an_adapter_is_protected)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "4,5");
	fixture_use(&f, "mdev/" UUID_A, USE_PROTECTED, "guest db1");
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"domains\":[4],\"persist\":false}]");
	assert_true(fixture_finds(&f, "guest-loses", GRADE_PROTECTED, true));
	/* Domain 6 is not there: more is not less. */
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			 "\",\"domains\":[4,5,66],\"persist\":false}]");
	assert_null(fixture_finding(&f, "guest-loses"));
	fixture_done(&f);
}

TEST(one_missing_queue_drops_a_whole_adapter)
{
	struct fixture f = lpar();

	/* The LPAR has domain 6, adapter 14 has not come up with it. */
	mask_set(&f.inv->ap.domains, 6, true);
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "4,6")));
	assert_true(fixture_finds(&f, "adapter-dropped", GRADE_NOTE, true));
	fixture_edit(&f, NEW(UUID_A, LIVE QUEUES("20", "4,5")));
	assert_null(fixture_finding(&f, "adapter-dropped"));
	fixture_done(&f);
}

TEST(the_hosts_default_domain_is_missed)
{
	struct fixture f = lpar();
	char edits[200], text[MASK_TEXT];
	struct ap_mask m = mask_all();

	mask_set(&m, 4, false);
	snprintf(edits, sizeof(edits), "\"ap\":{\"aqmask\":\"%s\"}", mask_text(&m, text));
	fixture_edit(&f, edits);
	assert_true(fixture_finds(&f, "default-domain", GRADE_NOTE, true));
	mask_set(&m, 4, true);
	mask_set(&m, 5, false);
	snprintf(edits, sizeof(edits), "\"ap\":{\"aqmask\":\"%s\"}", mask_text(&m, text));
	fixture_edit(&f, edits);
	assert_null(fixture_finding(&f, "default-domain"));
	fixture_done(&f);
}

TEST(strict_kernels_take_no_bit_back_that_a_guest_has)
{
	struct fixture f = lpar();
	char edits[200], a[MASK_TEXT], q[MASK_TEXT];
	struct ap_mask all = mask_all(), m = all;

	fixture_running(&f, UUID_A, "20", "4");
	fixture_use(&f, "mdev/" UUID_A, USE_PROTECTED, "guest db1");
	/* Adapter 14 back by apmask, its domain 4 freed by aqmask instead. */
	mask_set(&m, 4, false);
	snprintf(edits, sizeof(edits),
		 "\"ap\":{\"apmask\":\"%s\",\"aqmask\":\"%s\",\"persist\":false}",
		 mask_text(&all, a), mask_text(&m, q));
	fixture_edit(&f, edits);
	assert_null(fixture_finding(&f, "mask-reclaim"));
	f.inv->ap.has_override = true; /* a kernel of 7.1 or later */
	fixture_edit(&f, edits);
	assert_true(fixture_finds(&f, "mask-reclaim", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(queues_lost_besides_are_named)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"persist\":false}");
	assert_true(fixture_finds(&f, "queues-lost", GRADE_NOTE, true));
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\",\"05.0005\",\"05.0042\",\"05."
			 "00ab\"],\"persist\":false}");
	assert_null(fixture_finding(&f, "queues-lost"));
	fixture_done(&f);
}

TEST(a_queue_that_the_host_uses_is_protected)
{
	struct fixture f = lpar();

	fixture_use(&f, "ap/05.0004", USE_PROTECTED, "a program");
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"persist\":false}");
	assert_true(fixture_finds(&f, "in-use", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"06.0005\"],\"persist\":false}");
	assert_null(fixture_finding(&f, "in-use"));
	fixture_done(&f);
}

TEST(a_vanished_queue_with_an_override_is_remembered)
{
	struct fixture f = lpar();

	f.inv->ap.has_override = true;
	fixture_override(&f, "ap/07.0004", "vfio_ap");
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"05.0004\"],\"persist\":false}");
	assert_true(fixture_finds(&f, "override-leak", GRADE_NOTE, true));
	fixture_edit(&f, "\"ap\":{\"guest-queues\":[\"14.0004\"],\"persist\":false}");
	assert_null(fixture_finding(&f, "override-leak"));
	fixture_done(&f);
}

TEST(a_matrix_cut_short_is_not_changed_blindly)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "4")->matrix_cut = true;
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "matrix-cut", GRADE_NOTE, false));
	fixture_edit(&f,
		     "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"domains\":[4,5],\"persist\":false}]");
	assert_true(fixture_finds(&f, "matrix-cut", GRADE_ERROR, true));
	f.inv->mdevs[0]->matrix_cut = false;
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "matrix-cut"));
	fixture_done(&f);
}

#define TEN(n) #n "0," #n "1," #n "2," #n "3," #n "4," #n "5," #n "6," #n "7," #n "8," #n "9"

TEST(more_than_512_queues_are_noted_where_the_kernel_can_not_show_them)
{
	struct fixture f = lpar();
	struct matrix fewer;

	/* 50 x 11 = 550 */
	fixture_defined(&f, UUID_A, START_MANUAL, TEN() "," TEN(1) "," TEN(2) "," TEN(3) "," TEN(4),
			TEN(1) ",20");
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "matrix-cut")); /* this kernel has ap_config */
	f.inv->ap.has_ap_config = false;
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "matrix-cut", GRADE_NOTE, false));
	assert_non_null(strstr(fixture_finding(&f, "matrix-cut")->msg.what, "550"));
	fewer = fixture_matrix(TEN() "," TEN(1), TEN(1) "," TEN(2)); /* 400 */
	assert_int_equal(
		attrs_from_matrix(&f.inv->defs[0]->attrs, &f.inv->defs[0]->n_attrs, &fewer), 0);
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "matrix-cut"));
	fixture_done(&f);
}

static void guest_defined(struct fixture *f, const char *guest, const char *uuid)
{
	struct guest_def g = { .guest = guest };

	strcpy(g.uuid, uuid);
	fixture_push(f, guest_defs, n_guest_defs, g);
}

TEST(a_guest_has_one_matrix_whether_it_runs_or_is_only_defined)
{
	struct fixture f = lpar();

	fixture_running(&f, UUID_A, "20", "4");
	fixture_defined(&f, UUID_B, START_MANUAL, "20", "5");
	fixture_use(&f, "mdev/" UUID_A, USE_PROTECTED, "guest db1");
	guest_defined(&f, "guest db1", UUID_A);
	guest_defined(&f, "guest db2", UUID_B);
	guest_defined(&f, "guest db1", UUID_C); /* no matrix of ours */
	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "guest-twice"));
	guest_defined(&f, "guest db1", UUID_B);
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "guest-twice", GRADE_CONFLICT, false));
	assert_string_equal(fixture_finding(&f, "guest-twice")->dev.name, UUID_A);
	assert_string_equal(fixture_finding(&f, "guest-twice")->other.name, UUID_B);
	assert_non_null(strstr(fixture_finding(&f, "guest-twice")->msg.what, "guest db1"));
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_B "\",\"delete\":true}]");
	assert_null(fixture_finding(&f, "guest-twice"));
	fixture_done(&f);
}

TEST(what_is_torn_between_host_and_guests_is_named_with_both)
{
	struct fixture f = lpar();
	const struct finding *x;

	fixture_edit(&f,
		     "\"ap\":{\"host-queues\":[\"05.0005\",\"06.0004\"],\"persist\":false}," NEW(
			     UUID_A, LIVE QUEUES("5", "4")));
	assert_true(fixture_finds(&f, "ap-unsolvable", GRADE_ERROR, true));
	x = fixture_finding(&f, "ap-unsolvable");
	assert_string_equal(x->dev.name, "05.0004");
	assert_string_equal(x->other.name, UUID_A);
	assert_non_null(strstr(x->msg.why, "05.0005 06.0004"));
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(queues_are_wanted_where_there_is_no_crypto),
		CASE(masks_and_overrides_exclude_each_other),
		CASE(queues_are_not_divided_anew_under_a_running_guest),
		CASE(overrides_give_no_queue_that_is_not_there),
		CASE(a_matrix_that_overrides_keep_from_starting_at_boot_is_told_of),
		CASE(two_running_matrices_never_share_a_queue),
		CASE(two_matrices_of_one_boot_never_share_a_queue),
		CASE(a_queue_of_the_host_is_refused_before_the_kernel_does),
		CASE(numbers_above_the_highest_are_refused),
		CASE(what_the_lpar_does_not_have_is_noted),
		CASE(control_domains_alone_do_not_start),
		CASE(a_running_guest_that_loses_an_adapter_is_protected),
		CASE(one_missing_queue_drops_a_whole_adapter),
		CASE(the_hosts_default_domain_is_missed),
		CASE(strict_kernels_take_no_bit_back_that_a_guest_has),
		CASE(queues_lost_besides_are_named),
		CASE(a_queue_that_the_host_uses_is_protected),
		CASE(a_vanished_queue_with_an_override_is_remembered),
		CASE(a_matrix_cut_short_is_not_changed_blindly),
		CASE(more_than_512_queues_are_noted_where_the_kernel_can_not_show_them),
		CASE(a_guest_has_one_matrix_whether_it_runs_or_is_only_defined),
		CASE(what_is_torn_between_host_and_guests_is_named_with_both),
	};

	return RUN(tests);
}
