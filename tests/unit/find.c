/* SPDX-License-Identifier: MIT */
#include "machine.h"

/* The id that a text means, or the error's name. */
static const char *find(const struct machine *m, const char *text)
{
	static char out[DEVID_TEXT];
	struct devid id;
	int r = inventory_find(m->inv, text, &id);

	if (r == 0)
		return devid_text(&id, out);
	return r == -ENOENT ? "none" : r == -EEXIST ? "several" : "?";
}

static const char *what(const struct machine *m, const char *text)
{
	static char out[100];
	struct devid id = machine_id(text);

	inventory_what(m->inv, &id, out, sizeof(out));
	return out;
}

TEST(devices_are_found_by_what_people_call_them)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");

	assert_string_equal(find(&m, "2b09"), "css/0.0.0001");
	assert_string_equal(find(&m, "0.0.2B0A"), "css/0.0.0002");
	assert_string_equal(find(&m, "ccw/0.2.1234"), "css/0.2.0000");
	assert_string_equal(find(&m, "css/0.0.0001"), "css/0.0.0001");
	assert_string_equal(find(&m, "05.00ab"), "ap/05.00ab");
	assert_string_equal(find(&m, "5,171"), "ap/05.00ab");
	assert_string_equal(find(&m, "card0a"), "ap/card0a");
	assert_string_equal(find(&m, "matrix"), "ap/matrix");
	assert_string_equal(find(&m, "0012:00:00.0"), "pci/0012:00:00.0");
	assert_string_equal(find(&m, "module/vfio_ap"), "module/vfio_ap");
	assert_string_equal(find(&m, "22222222-aaaa-4bbb-8ccc-000000000002"),
			    "mdev/22222222-aaaa-4bbb-8ccc-000000000002");
}

TEST(a_bare_number_is_a_device_before_it_is_a_subchannel)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");

	/* 0.0.0001 is the device behind subchannel 0.0.0004, and a subchannel as well. */
	assert_string_equal(find(&m, "0.0.0001"), "css/0.0.0004");
	assert_string_equal(find(&m, "0.0.0002"), "css/0.0.0002");
}

TEST(a_beginning_of_a_uuid_counts_when_it_is_the_only_one)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");

	assert_string_equal(find(&m, "22222222"), "several");
	assert_string_equal(find(&m, "222"), "none");
	assert_string_equal(find(&m, "3333"), "none");
	tree_put(&m.tree, "/etc/mdevctl.d/matrix/7e270a25-e163-4922-af60-757fc8ed48c6",
		 "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\"}");
	tree_put(&m.tree, "/etc/mdevctl.d/x/7e270a25-e163-4922-af60-757fc8ed48c6",
		 "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\"}");
	machine_scan(&m);
	assert_string_equal(find(&m, "7E27"), "mdev/7e270a25-e163-4922-af60-757fc8ed48c6");
}

TEST(what_is_not_there_is_not_found)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	static const char *const none[] = { "",		"2b99",	   "css/0.0.2b09",   "05.0099",
					    "255,1",	"pci/x",   "0000:3b:00.1",   "card99",
					    "module/x", "../../x", "0.0.2b09\033[2J" };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_string_equal(find(&m, none[i]), "none");
}

TEST(a_device_is_called_what_it_is)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");

	assert_string_equal(what(&m, "css/0.0.0002"), "virtio block 3832/02");
	assert_string_equal(what(&m, "ccw/0.0.0009"), "3270 terminal");
	assert_string_equal(what(&m, "css/0.0.0001"), "I/O subchannel");
	assert_string_equal(what(&m, "ccw/0.0.2b09"), "CCW device");
	assert_string_equal(what(&m, "ap/card05"), "CEX8C (CCA)");
	assert_string_equal(what(&m, "ap/06.0005"), "CEX8P (EP11)");
	assert_string_equal(what(&m, "mdev/22222222-aaaa-4bbb-8ccc-000000000001"),
			    "crypto matrix, 2 adapters x 3 domains");
	assert_string_equal(what(&m, "mdev/11111111-aaaa-4bbb-8ccc-000000000001"),
			    "I/O subchannel");
	assert_string_equal(what(&m, "module/kvm"), "kernel module");
	assert_string_equal(what(&m, "css/0.0.ffff"), "unknown device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(devices_are_found_by_what_people_call_them),
		CASE(a_bare_number_is_a_device_before_it_is_a_subchannel),
		CASE(a_beginning_of_a_uuid_counts_when_it_is_the_only_one),
		CASE(what_is_not_there_is_not_found),
		CASE(a_device_is_called_what_it_is),
	};

	return RUN(tests);
}
