/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "check.h"
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH "/etc/mdevctl.d/matrix/669d9b23-fe1b-4ecb-be08-a2fabca99b71"

static struct attr two[] = { { (char *)(uintptr_t) "assign_adapter", (char *)(uintptr_t) "5" },
			     { (char *)(uintptr_t) "assign_domain", (char *)(uintptr_t) "0xab" } };

static const char two_bytes[] = "{\n"
				"  \"mdev_type\": \"vfio_ap-passthrough\",\n"
				"  \"start\": \"auto\",\n"
				"  \"attrs\": [\n"
				"    {\n"
				"      \"assign_adapter\": \"5\"\n"
				"    },\n"
				"    {\n"
				"      \"assign_domain\": \"0xab\"\n"
				"    }\n"
				"  ]\n"
				"}";

static void def_done(struct mdev_def *d)
{
	attrs_free(d->attrs, d->n_attrs);
	free(d->bytes);
	free(d);
}

static int read_def(const char *path, const char *bytes, struct mdev_def **d,
		    struct parse_error *err)
{
	static struct strtab *tab;

	if (!tab)
		tab = strtab_new();
	return mdevctl_read(path, bytes, strlen(bytes), tab, d, err);
}

TEST(a_definition_is_written_with_mdevctls_160_bytes)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(mdevctl_write(TYPE_AP, START_AUTO, two, 2, NULL, 0, &b), 0);
	assert_string_equal(buf_str(&b), two_bytes);
	assert_int_equal(b.len, 160);
}

TEST(an_empty_attribute_list_stays_on_its_line)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(mdevctl_write(TYPE_CCW, START_MANUAL, NULL, 0, NULL, 0, &b), 0);
	assert_string_equal(buf_str(&b), "{\n  \"mdev_type\": \"vfio_ccw-io\",\n"
					 "  \"start\": \"manual\",\n  \"attrs\": []\n}");
}

TEST(strings_are_escaped_as_serde_json_does)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct attr a = { (char *)(uintptr_t) "x",
			  (char *)(uintptr_t) "a/b\"\\\b\f\n\r\t\001\x7f\xc3\xa4" };

	assert_int_equal(mdevctl_write("t", START_AUTO, &a, 1, NULL, 0, &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"a/b\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\xc3\xa4\""));
}

TEST(unknown_keys_and_the_order_of_keys_survive_a_change)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *old =
		"{\"start\": \"once\", \"x\": {\"y\": [], \"z\": {}}, \"attrs\": [{\"a\": "
		"\"1\"}], \"mdev_type\": \"t\"}";

	assert_int_equal(mdevctl_write("t", START_MANUAL, NULL, 0, old, strlen(old), &b), 0);
	assert_string_equal(buf_str(&b), "{\n  \"start\": \"once\",\n  \"x\": {\n    \"y\": [],\n"
					 "    \"z\": {}\n  },\n  \"attrs\": [],\n"
					 "  \"mdev_type\": \"t\"\n}");
	buf_reset(&b);
	assert_int_equal(mdevctl_write("t", START_AUTO, NULL, 0, old, strlen(old), &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"start\": \"auto\""));
	assert_int_equal(mdevctl_write("t", START_AUTO, NULL, 0, "{", 1, &b), -EINVAL);
}

TEST(a_type_that_is_no_text_is_in_no_definition)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(mdevctl_write("t\xfd", START_AUTO, NULL, 0, NULL, 0, &b), -EINVAL);
	assert_int_equal(b.len, 0);
}

TEST(a_definition_is_read_and_its_matrix_understood)
{
	struct parse_error err;
	struct matrix defined;
	struct mdev_def *d;

	assert_int_equal(read_def(PATH, two_bytes, &d, &err), 0);
	assert_string_equal(d->parent, "matrix");
	assert_string_equal(d->uuid, "669d9b23-fe1b-4ecb-be08-a2fabca99b71");
	assert_int_equal(d->start, START_AUTO);
	defined = def_matrix(d);
	assert_true(d->is_matrix && matrix_has(&defined, APQN(5, 0xab)));
	assert_string_equal(d->bytes, two_bytes);
	def_done(d);
}

TEST(any_start_but_auto_is_manual_and_null_attrs_are_none)
{
	struct parse_error err;
	struct mdev_def *d;

	assert_int_equal(
		read_def(PATH, "{\"mdev_type\":\"t\",\"start\":\"AUTO\",\"attrs\":null}", &d, &err),
		0);
	assert_int_equal(d->start, START_MANUAL);
	assert_int_equal(d->n_attrs, 0);
	def_done(d);
}

TEST(a_broken_definition_is_said_with_its_place)
{
	const char *bad[] = {
		"",
		"{",
		"[]",
		"{\"mdev_type\":\"t\"}",
		"{\"mdev_type\":5,\"start\":\"auto\"}",
		"{\"mdev_type\":\"../x\",\"start\":\"auto\"}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":{}}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":[{}]}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":[{\"a\":1}]}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":[{\"../a\":\"1\"}]}",
		"{\"mdev_type\":\"t\",\"start\":\"a\\u0000b\",\"attrs\":[{\"a\":\"1\\u0000\"}]}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\"} x",
		"{\"mdev_type\":\"\xff\",\"start\":\"auto\"}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"x\":[1,NaN]}",
		"{\"mdev_type\":\"t\",\"start\":\"auto\",\"x\":\"N\\\"\",\"y\":-Infinity}"
	};
	struct parse_error err;
	struct mdev_def *d;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err = (struct parse_error){ 0 };
		assert_int_equal(read_def(PATH, bad[i], &d, &err), -EINVAL);
		assert_true(err.line >= 1 && err.expected[0]);
	}
	assert_int_equal(read_def(PATH, "{\n  \"mdev_type\": x}", &d, &err), -EINVAL);
	assert_int_equal(err.line, 2);
}

TEST(a_definition_under_a_name_mdevctl_never_finds_is_not_one)
{
	struct parse_error err;
	struct mdev_def *d;

	assert_int_equal(read_def("/etc/mdevctl.d/matrix/669D9B23-FE1B-4ECB-BE08-A2FABCA99B71",
				  two_bytes, &d, &err),
			 -EINVAL);
	assert_int_equal(read_def("/etc/mdevctl.d/669d9b23-fe1b-4ecb-be08-a2fabca99b71", two_bytes,
				  &d, &err),
			 -EINVAL);
}

TEST(a_definition_of_ours_to_leave_need_not_stop_mdevctl)
{
	static const struct {
		const char *name, *bytes;
		bool harmless;
	} files[] = {
		{ "README", "no definition", true },
		{ "669D9B23-FE1B-4ECB-BE08-A2FABCA99B71",
		  "{\"mdev_type\":\"t\",\"start\":\"auto\"}", true },
		{ "669D9B23-FE1B-4ECB-BE08-A2FABCA99B71", "{", false },
		{ "669d9b23-fe1b-4ecb-be08-a2fabca99b71",
		  "{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":[{\"a/b\":\"1\"}]}", true },
		{ "669d9b23-fe1b-4ecb-be08-a2fabca99b71",
		  "{\"mdev_type\":\"t\",\"start\":\"auto\",\"attrs\":[{\"a/b\":\"1\"},{}]}",
		  false },
		{ "669d9b23-fe1b-4ecb-be08-a2fabca99b71",
		  "{\"mdev_type\":\"a/b\",\"start\":\"auto\"}", true },
		{ "669d9b23-fe1b-4ecb-be08-a2fabca99b71", "{\"mdev_type\":\"t\",\"start\":null}",
		  false },
		{ "669d9b23-fe1b-4ecb-be08-a2fabca99b71", "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct parse_error err = { 0 };
		struct mdev_def *d;
		char path[100];

		snprintf(path, sizeof(path), "/etc/mdevctl.d/matrix/%s", files[i].name);
		assert_int_equal(read_def(path, files[i].bytes, &d, &err), -EINVAL);
		assert_int_equal(err.harmless, files[i].harmless);
	}
}

TEST(driverctl_files_are_named_by_bus_and_device)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct devid dev;
	char text[DEVID_TEXT];

	assert_int_equal(driverctl_name_parse("css-0.0.0313", &dev), 0);
	assert_string_equal(devid_text(&dev, text), "css/0.0.0313");
	assert_int_equal(driverctl_path(&dev, &b), 0);
	assert_string_equal(buf_str(&b), "/etc/driverctl.d/css-0.0.0313");
	assert_int_equal(driverctl_name_parse("pci-0000:3b:00.1", &dev), 0);
	assert_int_equal(driverctl_name_parse("usb-1-1.2", &dev), -EINVAL);
	assert_int_equal(driverctl_name_parse("css-0.0.313", &dev), -EINVAL);
	assert_int_equal(driverctl_name_parse("css-0.0.0ABC", &dev), -EINVAL);
	assert_int_equal(driverctl_name_parse("0000:3b:00.1", &dev), -EINVAL);
}

TEST(a_driverctl_file_holds_a_name_and_newlines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(driverctl_read("vfio_ccw\n\n", 10, &b), 0);
	assert_string_equal(buf_str(&b), "vfio_ccw");
	assert_int_equal(driverctl_read("\n", 1, &b), -EINVAL);
	assert_int_equal(driverctl_read("a/b\n", 4, &b), -EINVAL);
	buf_reset(&b);
	assert_int_equal(driverctl_write("vfio_ccw", &b), 0);
	assert_string_equal(buf_str(&b), "vfio_ccw\n");
}

TEST(the_ap_rule_is_written_in_its_2_40_form_and_read_back)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct ap_mask ap = mask_all(), aq = mask_all();
	struct parse_error err;
	struct ap_rule rule;

	mask_set(&ap, 5, false);
	assert_int_equal(ap_rule_write(&ap, &aq, &b), 0);
	assert_string_equal(
		buf_str(&b),
		"# Generated by chzdev\n"
		"ACTION==\"add\", DEVPATH==\"/bus/ap\", ATTR{bindings_complete_count}!=\"0\", "
		"GOTO=\"cfg_ap\"\n"
		"ACTION==\"change\", SUBSYSTEM==\"ap\", DEVPATH==\"/devices/ap\", "
		"ENV{BINDINGS}==\"complete\", ENV{COMPLETECOUNT}==\"1\", GOTO=\"cfg_ap\"\n"
		"GOTO=\"end_ap\"\n"
		"\n"
		"LABEL=\"cfg_ap\"\n"
		"\n"
		"ATTR{../../bus/ap/"
		"apmask}=\"0xfbffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffffffffff\"\n"
		"ATTR{../../bus/ap/"
		"aqmask}=\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffffffffff\"\n"
		"RUN{builtin}+=\"kmod load vfio_ap\"\n"
		"\n"
		"LABEL=\"end_ap\"\n");
	assert_int_equal(ap_rule_read(b.data, b.len, &rule, &err), 0);
	assert_true(rule.ours_to_write && rule.loads_vfio_ap);
	assert_true(rule.has_apmask && mask_eq(&rule.apmask, &ap));
	free(rule.bytes);
	buf_adds(&b, "# mine\n");
	assert_int_equal(ap_rule_read(b.data, b.len, &rule, &err), 0);
	assert_false(rule.ours_to_write);
	free(rule.bytes);
}

TEST(a_short_mask_in_the_ap_rule_is_refused_because_libap_aborts_on_it)
{
	const char *text = "# x\nATTR{../../bus/ap/apmask}=\"0xff\"\n";
	struct parse_error err;
	struct ap_rule rule;

	assert_int_equal(ap_rule_read(text, strlen(text), &rule, &err), -EINVAL);
	assert_int_equal(err.line, 2);
}

TEST(cio_ignore_words_become_ranges_in_their_order)
{
	CLEANUP(freep) struct ccw_range *r = NULL;
	size_t n = 0;

	assert_int_equal(cio_ignore_parse("all,!condev,!0.0.2b09-0.0.2b0f,!190", &r, &n), 0);
	assert_int_equal(n, 3);
	assert_true(r[0].ignored && r[0].to.ssid == 3 && r[0].to.no == 0xffff);
	assert_true(!r[1].ignored && r[1].from.no == 0x2b09 && r[1].to.no == 0x2b0f);
	assert_true(!r[2].ignored && r[2].from.no == 0x190);
	assert_int_equal(cio_ignore_parse("0.1.9f00\nnonsense 0.0.0010-0.0.0001 2b0a", &r, &n),
			 -EINVAL);
	assert_int_equal(n, 5);
	assert_true(r[3].from.ssid == 1 && r[4].from.no == 0x2b0a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_definition_is_written_with_mdevctls_160_bytes),
		CASE(an_empty_attribute_list_stays_on_its_line),
		CASE(strings_are_escaped_as_serde_json_does),
		CASE(unknown_keys_and_the_order_of_keys_survive_a_change),
		CASE(a_type_that_is_no_text_is_in_no_definition),
		CASE(a_definition_is_read_and_its_matrix_understood),
		CASE(any_start_but_auto_is_manual_and_null_attrs_are_none),
		CASE(a_broken_definition_is_said_with_its_place),
		CASE(a_definition_under_a_name_mdevctl_never_finds_is_not_one),
		CASE(a_definition_of_ours_to_leave_need_not_stop_mdevctl),
		CASE(driverctl_files_are_named_by_bus_and_device),
		CASE(a_driverctl_file_holds_a_name_and_newlines),
		CASE(the_ap_rule_is_written_in_its_2_40_form_and_read_back),
		CASE(a_short_mask_in_the_ap_rule_is_refused_because_libap_aborts_on_it),
		CASE(cio_ignore_words_become_ranges_in_their_order),
	};

	return RUN(tests);
}
