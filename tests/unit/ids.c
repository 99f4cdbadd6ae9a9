/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "ids.h"

#include <stdio.h>
#include <string.h>

static const char *normal(const char *text)
{
	static char out[DEVID_TEXT];
	struct devid id;

	return devid_parse(text, &id) < 0 ? NULL : devid_text(&id, out);
}

TEST(device_names_come_back_in_the_kernels_spelling)
{
	assert_string_equal(normal("css/0.0.0313"), "css/0.0.0313");
	assert_string_equal(normal("ccw/2B09"), "ccw/0.0.2b09");
	assert_string_equal(normal("ap/5,171"), "ap/05.00ab");
	assert_string_equal(normal("ap/matrix"), "ap/matrix");
	assert_string_equal(normal("pci/3b:00.1"), "pci/0000:3b:00.1");
	assert_string_equal(normal("pci/00010000:3b:00.1"), "pci/10000:3b:00.1");
	assert_string_equal(normal("mdev/669D9B23-fe1b-4ecb-be08-a2fabca99b71"),
			    "mdev/669d9b23-fe1b-4ecb-be08-a2fabca99b71");
}

TEST(what_is_no_device_name_is_refused)
{
	const char *bad[] = { "",
			      "css",
			      "css/",
			      "css/0.0.313",
			      "css/1.0.0313",
			      "css/0.4.0313",
			      "ccw/0.0.2b09x",
			      "ap/05.0100",
			      "ap/256,1",
			      "ap/5,",
			      "ap/../x",
			      "pci/82.0.0",
			      "pci/0000:3b:00.8",
			      "pci/0000:3b:20.0",
			      "mdev/1",
			      "usb/1-1",
			      "module/..",
			      "module/a/b",
			      "none/x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(normal(bad[i]));
}

TEST(a_name_for_a_path_has_no_slash_no_control_byte_and_no_leading_dot)
{
	char longest[300];

	memset(longest, 'a', sizeof(longest));
	longest[255] = '\0';
	assert_true(name_ok(longest));
	longest[255] = 'a';
	longest[256] = '\0';
	assert_false(name_ok(longest));
	assert_true(name_ok("vfio_ccw-io"));
	assert_false(name_ok(""));
	assert_false(name_ok(".hidden"));
	assert_false(name_ok("a/b"));
	assert_false(name_ok("a\033b"));
}

TEST(a_new_uuid_is_well_formed_and_another_each_time)
{
	char a[UUID_TEXT], b[UUID_TEXT], again[UUID_TEXT];

	uuid_new(a);
	uuid_new(b);
	assert_int_equal(uuid_normal(a, again), 0);
	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
}

TEST(every_number_of_a_subchannel_is_written_as_printf_writes_it)
{
	for (unsigned i = 0; i < 4 << 16; i++) {
		struct ccwid id = { .ssid = (uint8_t)(i >> 16), .no = (uint16_t)i };
		struct devid dev = devid_css(id);
		char text[16];

		snprintf(text, sizeof(text), "0.%x.%04x", i >> 16, i & 0xffff);
		assert_string_equal(dev.name, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(device_names_come_back_in_the_kernels_spelling),
		CASE(what_is_no_device_name_is_refused),
		CASE(a_name_for_a_path_has_no_slash_no_control_byte_and_no_leading_dot),
		CASE(a_new_uuid_is_well_formed_and_another_each_time),
		CASE(every_number_of_a_subchannel_is_written_as_printf_writes_it),
	};

	return RUN(tests);
}
