/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "inventory.h"
#include "names.h"

#include <string.h>

static const char *name(uint16_t cu, uint8_t cu_model, uint16_t dev, uint8_t dev_model)
{
	static char text[64];
	struct subch r = { .ccw = true,
			   .cu_type = cu,
			   .cu_model = cu_model,
			   .dev_type = dev,
			   .dev_model = dev_model };

	names_subch(&r, text, sizeof(text));
	return text;
}

TEST(channel_devices_are_named_by_type_and_model)
{
	assert_string_equal(name(0x3990, 0xe9, 0x3390, 0x0c), "DASD 3390-9");
	assert_string_equal(name(0x2107, 0xe8, 0x3390, 0x0a), "DASD 3390-3");
	assert_string_equal(name(0x1731, 0x01, 0x1732, 0x01), "OSA 1732/01");
	assert_string_equal(name(0x1731, 0x03, 0x1732, 0x03), "FCP 1732/03");
	assert_string_equal(name(0x1731, 0x05, 0x1732, 0x05), "HiperSockets 1732/05");
	assert_string_equal(name(0x3088, 0x08, 0, 0), "CTC 3088/08");
	assert_string_equal(name(0x3590, 0x50, 0x3590, 0x11), "tape 3590/11");
	assert_string_equal(name(0x3832, 0x01, 0, 0), "virtio network 3832/01");
	assert_string_equal(name(0x3832, 0x7f, 0, 0), "virtio 3832/7f");
	assert_string_equal(name(0x1234, 0x01, 0x5678, 0x02), "CCW device 5678/02");
	assert_string_equal(name(0, 0, 0, 0), "I/O subchannel");
}

TEST(crypto_cards_are_named_by_type_and_mode)
{
	struct ap_card c = { .type = "CEX8P", .hwtype = 14 };
	char text[32];

	names_card(&c, text, sizeof(text));
	assert_string_equal(text, "CEX8P (EP11)");
	c = (struct ap_card){ .hwtype = 13, .functions = 0x10000000 };
	names_card(&c, text, sizeof(text));
	assert_string_equal(text, "CEX7 (CCA)");
	c = (struct ap_card){ .hwtype = 99 };
	names_card(&c, text, sizeof(text));
	assert_string_equal(text, "AP type 99");
}

TEST(a_pci_function_without_names_is_its_class_and_numbers)
{
	struct pci_fn r = { .vendor = 0x15b3, .device = 0x1016, .class = 0x020000 };
	char text[64];

	names_pci_fn(&r, text, sizeof(text));
	assert_string_equal(text, "network [15b3:1016]");
	r.class = 0x010802;
	r.vendor_name = "Samsung";
	names_pci_fn(&r, text, sizeof(text));
	assert_string_equal(text, "Samsung NVMe [15b3:1016]");
	r.device_name = "PM1733";
	names_pci_fn(&r, text, sizeof(text));
	assert_string_equal(text, "Samsung PM1733");
	assert_null(names_pci_class(0xfe0000));
}

TEST(machines_and_channel_paths_have_names)
{
	assert_string_equal(names_machine("3931"), "z16");
	assert_null(names_machine("1234"));
	assert_string_equal(names_chp(0x1b), "FICON");
	assert_null(names_chp(-1));
}

TEST(without_a_hardware_database_there_are_no_names)
{
	const char *vendor = "x", *device = "x";

	names_pci(NULL, "pci:v00001AF4d00001005", NULL, &vendor, &device);
	assert_null(vendor);
	assert_null(device);
	names_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(channel_devices_are_named_by_type_and_model),
		CASE(crypto_cards_are_named_by_type_and_mode),
		CASE(a_pci_function_without_names_is_its_class_and_numbers),
		CASE(machines_and_channel_paths_have_names),
		CASE(without_a_hardware_database_there_are_no_names),
	};

	return RUN(tests);
}
