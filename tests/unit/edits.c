/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "attrs.h"
#include "msg.h"
#include "wish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

static const char example[] =
	"{\n"
	"  \"vfiocfg-edits\": 1,\n"
	"  \"drivers\": { \"css/0.0.0313\": \"vfio_ccw\", \"ccw/0.0.2b0a\": { \"driver\": null, "
	"\"persist\": false }, "
	"\"pci/0000:3b:00.1\": \"vfio-pci\" },\n"
	"  \"ap\": { \"guest-queues\": [\"05.0004\", \"05.00ab\"] },\n"
	"  \"mdevs\": [\n"
	"    { \"uuid\": \"" MATRIX
	"\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\",\n"
	"      \"start\": \"auto\", \"active\": true,\n"
	"      \"adapters\": [\"0x05\"], \"domains\": [\"0x0004\", 171], \"control-domains\": [] "
	"},\n"
	"    { \"uuid\": \"7E270A25-e163-4922-af60-757fc8ed48c6\", \"parent\": \"0.0.0313\", "
	"\"type\": \"vfio_ccw-io\",\n"
	"      \"start\": \"auto\", \"active\": true, \"attrs\": [{ \"x\": \"1\" }] }\n"
	"  ],\n"
	"  \"sriov\": { \"pci/0000:3b:00.0\": 4 },\n"
	"  \"modules\": { \"vfio_ap\": { \"persist\": false } },\n"
	"  \"accept\": [ \"css/0.0.0313\", \"ap/05.0004\" ]\n"
	"}\n";

static int read_text(const char *text, struct wish *w, struct msg *m)
{
	return wish_from_json(text, strlen(text), "e.json", w, m);
}

TEST(the_documented_example_is_read)
{
	struct wish w;
	struct msg m = { 0 };
	struct devid dev;

	assert_int_equal(read_text(example, &w, &m), 0);
	assert_int_equal(w.n_drivers, 3);
	devid_parse("ccw/0.0.2b0a", &dev);
	assert_string_equal(wish_driver_of(&w, &dev)->driver, "");
	assert_false(wish_driver_of(&w, &dev)->reach.persist);
	assert_int_equal(w.ap.n_guest, 2);
	assert_int_equal(w.ap.guest[1], APQN(5, 0xab));
	assert_int_equal(w.n_mdevs, 2);
	assert_true(mask_has(&wish_mdev_of(&w, MATRIX)->matrix.domains, 0xab));
	assert_int_equal(wish_mdev_of(&w, MATRIX)->fields & WM_CONTROL, WM_CONTROL);
	assert_non_null(wish_mdev_of(&w, "7e270a25-e163-4922-af60-757fc8ed48c6"));
	assert_int_equal(w.sriov[0].vfs, 4);
	assert_true(w.modules[0].reach.live && !w.modules[0].reach.persist);
	assert_int_equal(w.n_accept, 2);
	wish_done(&w);
}

TEST(what_is_saved_is_read_back_equal)
{
	struct wish w, again;
	struct msg m = { 0 };
	char *text;

	assert_int_equal(read_text(example, &w, &m), 0);
	devid_parse("ccw/0.0.2b09", &w.drivers[0].peer);
	text = wish_to_json(&w);
	assert_non_null(text);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_int_equal(read_text(text, &again, &m), 0);
	assert_true(wish_eq(&w, &again));
	free(text);
	wish_done(&w);
	wish_done(&again);
}

/* The mistake stands behind the '@' in text, which is taken out. */
static void refused(const char *text, const char *expected)
{
	const char *mark = strchr(text, '@');
	char plain[400], place[64];
	size_t line_start = 0;
	unsigned line = 1;
	struct wish w;
	struct msg m = { 0 };

	for (const char *p = text; p < mark; p++)
		if (*p == '\n') {
			line++;
			line_start = (size_t)(p + 1 - text);
		}
	snprintf(plain, sizeof(plain), "%.*s%s", (int)(mark - text), text, mark + 1);
	snprintf(place, sizeof(place), "Line %u, column %zu:", line,
		 (size_t)(mark - text) - line_start + 1);
	assert_int_equal(read_text(plain, &w, &m), -EINVAL);
	assert_non_null(strstr(m.what, "e.json"));
	if (!strstr(m.why, place) || !strstr(m.why, expected))
		fail_msg("%s\nsays: %s\nnot: %s %s", plain, m.why, place, expected);
	assert_true(strlen(m.todo) > 0);
	msg_done(&m);
}

#define V "{\"vfiocfg-edits\":1,"

TEST(each_mistake_is_told_with_its_place_and_what_was_expected)
{
	refused("@", "too early");
	refused("{ \"vfiocfg-edits\": 1,@", "too early");
	refused("{\n  \"vfiocfg-edits\": 1,\n  @oops }", "expected");
	refused("@[]", "object");
	refused("@{}", "vfiocfg-edits");
	refused("{\"vfiocfg-edits\":@2}", "version");
	refused(V "\n \"driver\": @{}}", "not \"driver\"");
	refused(V "\"drivers\":{\"css/0.0.0313\": @7}}", "driver's name");
	refused(V "\"drivers\":{\"css/0.0.0313\": @\"a/b\"}}", "driver's name");
	refused(V "\"drivers\":{\"ap/05.0004\": @\"vfio_ap\"}}", "css/0.0.0313");
	refused(V "\"drivers\":{\"css/0.0.0313\": @{\"persist\":false}}}", "\"driver\"");
	refused(V "\"drivers\":{\"css/0.0.0313\": "
		  "@{\"driver\":null,\"persist\":false,\"live\":false}}}",
		"not both");
	refused(V "\"drivers\":@{\"css/0.0.0313\": null,\"css/0.0.0313\":\"vfio_ccw\"}}", "once");
	refused(V "\"drivers\":@{\"css/0.0.0313\": null,\"css/0.0.031\\u0033\":\"vfio_ccw\"}}",
		"once");
	refused(V "\"ap\":{\"guest-queues\":[@\"5\"]}}", "05.00ab");
	refused(V "\"ap\":{\"guest-queues\":[\"05.0004\",@\"5,4\"]}}", "twice");
	refused(V "\"ap\":{\"apmask\":@\"-5\"}}", "64 hexadecimal digits");
	refused(V "\"ap\":{\"mode\":@\"fast\"}}", "\"masks\"");
	refused(V "\"mdevs\":[@{\"parent\":\"matrix\"}]}", "uuid");
	refused(V "\"mdevs\":[{\"uuid\":\"" MATRIX "\",\"domains\":[@\"0004\"]}]}", "leading zero");
	refused(V "\"mdevs\":[{\"uuid\":\"" MATRIX "\",\"domains\":[@256]}]}", "255");
	refused(V "\"mdevs\":[@{\"uuid\":\"" MATRIX "\",\"domains\":[1],\"attrs\":[]}]}",
		"not both");
	refused(V "\"mdevs\":[{\"uuid\":\"" MATRIX "\"},@{\"uuid\":\"" MATRIX "\"}]}", "twice");
	refused(V "\"mdevs\":[{\"uuid\":\"" MATRIX "\",\"parent\":@\"../x\"}]}", "kernel name");
	refused(V "\"sriov\":{\"pci/0000:3b:00.0\":@-1}}", "virtual functions");
	refused(V "\"modules\":{\"vfio_ap\":@false}}", "true");
	refused(V "\"accept\":@\"css/0.0.0313\"}", "list");
	refused(V "\"accept\":[@\"mdev/0.0.0313\"]}", "css/0.0.0313");
	refused(V "\"x\":[[[[[[[@[[[1]]]]]]]]]]}", "nesting");
	refused("{\"vfiocfg-edits\":1} @{}", "");
}

TEST(a_nul_byte_is_refused)
{
	struct wish w;
	struct msg m = { 0 };

	assert_int_equal(wish_from_json("{\"vfiocfg-edits\":1}\0x", 21, "e", &w, &m), -EINVAL);
	assert_non_null(strstr(m.why, "NUL"));
	msg_done(&m);
}

TEST(an_entry_that_only_stops_a_device_names_only_that)
{
	struct wish w;
	struct msg m = { 0 };

	assert_int_equal(
		read_text(V "\"mdevs\":[{\"uuid\":\"" MATRIX "\",\"active\":false}]}", &w, &m), 0);
	assert_int_equal(w.mdevs[0].fields, WM_ACTIVE);
	wish_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_documented_example_is_read),
		CASE(what_is_saved_is_read_back_equal),
		CASE(each_mistake_is_told_with_its_place_and_what_was_expected),
		CASE(a_nul_byte_is_refused),
		CASE(an_entry_that_only_stops_a_device_names_only_that),
	};

	return RUN(tests);
}
