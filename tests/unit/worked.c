/* SPDX-License-Identifier: MIT */
/* The worked examples of the kernel's document on vfio-ap: three guests on adapters 5 and 6. */
#include "fixture.h"

#include <errno.h>

#define ONE(uuid, a, q)                                                                            \
	"{\"uuid\":\"" uuid                                                                        \
	"\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\",\"start\":\"auto\","            \
	"\"active\":true,\"adapters\":[" a "],\"domains\":[" q "]}"
#define GUEST1 ONE(UUID_A, "\"5\",\"6\"", "\"4\",\"0xab\"")
#define GUEST2 ONE(UUID_B, "\"5\"", "\"0x47\",\"0xff\"")
#define GUEST3 ONE(UUID_C, "\"6\"", "\"0x47\",\"0xff\"")

static struct fixture lpar(void)
{
	struct fixture f = fixture_new();

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 65536);
	return f;
}

TEST(the_three_guests_of_the_document_run_side_by_side)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"mdevs\":[" GUEST1 "," GUEST2 "," GUEST3 "]");
	assert_int_equal(findings_count(&f.findings, GRADE_ERROR), 0);
	assert_int_equal(findings_count(&f.findings, GRADE_CONFLICT), 0);
	/* Every queue of theirs is freed, as the document does with apmask and aqmask. */
	assert_true(f.desired.masks_change);
	for (int a = 5; a <= 6; a++)
		assert_false(mask_has(&f.desired.apmask_then, (unsigned)a) &&
			     mask_has(&f.desired.aqmask_then, 0x47));
	fixture_done(&f);
}

TEST(two_guests_of_the_document_with_one_queue_are_invalid)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"mdevs\":[" GUEST1 "," ONE(UUID_B, "\"5\"", "\"4\",\"0xff\"") "]");
	assert_true(fixture_finds(&f, "queue-shared-active", GRADE_ERROR, true));
	assert_int_equal(fixture_finding(&f, "queue-shared-active")->err, EADDRINUSE);
	assert_non_null(strstr(fixture_finding(&f, "queue-shared-active")->msg.what, "05.0004"));
	fixture_done(&f);
}

TEST(sharing_an_adapter_or_a_domain_alone_is_valid)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"mdevs\":[" GUEST2 "," GUEST3 "]"); /* one domain, two adapters */
	assert_null(fixture_finding(&f, "queue-shared-active"));
	fixture_edit(&f, "\"mdevs\":[" GUEST1 "," GUEST2 "]"); /* one adapter, other domains */
	assert_null(fixture_finding(&f, "queue-shared-active"));
	fixture_done(&f);
}

TEST(a_queue_that_the_masks_leave_to_the_host_is_invalid)
{
	struct fixture f = lpar();

	fixture_edit(&f, "\"ap\":{\"apmask\":\"0xffffffffffffffffffffffffffffffff"
			 "ffffffffffffffffffffffffffffffff\"},\"mdevs\":[" GUEST2 "]");
	assert_true(fixture_finds(&f, "queue-of-host", GRADE_ERROR, true));
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_three_guests_of_the_document_run_side_by_side),
		CASE(two_guests_of_the_document_with_one_queue_are_invalid),
		CASE(sharing_an_adapter_or_a_domain_alone_is_valid),
		CASE(a_queue_that_the_masks_leave_to_the_host_is_invalid),
	};

	return RUN(tests);
}
