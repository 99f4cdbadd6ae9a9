/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "machine.h"

#define UUID  "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define OTHER "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842"

TEST(the_mediated_devices_of_a_guests_definition_are_its)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(
		&m.tree, "/etc/libvirt/qemu/db1.xml",
		"<domain type='kvm'><name>db1</name><uuid>" OTHER "</uuid>\n"
		"<source><address uuid='" UUID "'/></source>\n"
		"<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x2b0a'/>\n"
		"<source><address uuid='2D5E8A90-7C44-4B0E-B6F2-91D3C5A7E842'/></source></domain>");
	machine_scan(&m);
	assert_int_equal(m.inv->n_guest_defs, 2);
	assert_string_equal(m.inv->guest_defs[0].guest, "guest db1");
	assert_string_equal(m.inv->guest_defs[0].uuid, UUID);
	assert_string_equal(m.inv->guest_defs[1].uuid, OTHER);
	assert_int_equal(m.inv->n_uses, 0); /* it does not run */
}

TEST(what_is_no_definition_says_nothing)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/etc/libvirt/qemu/a.xml", "<domain><address uuid='" UUID "'/></domain>");
	tree_put(&m.tree, "/etc/libvirt/qemu/b.xml", "<name>b</name><address uuid='");
	tree_put(&m.tree, "/etc/libvirt/qemu/c.xml",
		 "<name>c</name><address uuid=/> uuid='" UUID "'");
	tree_put(&m.tree, "/etc/libvirt/qemu/d.txt", "<name>d</name><address uuid='" UUID "'/>");
	tree_put(&m.tree, "/etc/libvirt/qemu/e.xml",
		 "<name>\x1b[2J</name><address uuid='" UUID "'/>");
	machine_scan(&m);
	assert_int_equal(m.inv->n_guest_defs, 1);
	assert_string_equal(m.inv->guest_defs[0].guest, "guest ?[2J");
}

static void is_given(const struct inventory *inv, size_t i, enum guest_no_of kind, uint32_t no,
		     const char *dev)
{
	assert_true(i < inv->n_guest_nos);
	assert_int_equal(inv->guest_nos[i].kind, kind);
	assert_int_equal(inv->guest_nos[i].no, no);
	assert_string_equal(inv->guest_nos[i].dev.name, dev);
}

TEST(numbers_inside_a_guest_belong_to_the_device_whose_element_has_them)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/etc/libvirt/qemu/db1.xml",
		 "<domain><name>db1</name><disk><source file='/a'/>"
		 "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></disk>\n"
		 "<hostdev><source><address uuid='" UUID "'/></source>"
		 "<address type='ccw' cssid='0xfe' ssid='0x1' devno='0x2b0a'/></hostdev>\n"
		 "<hostdev><source>"
		 "<address domain='0x0012' bus='0x00' slot='0x00' function='0x1'/></source>"
		 "<address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'>"
		 "<zpci uid='0x0017' fid=\"0x00000031\"/></address></hostdev>\n"
		 "<controller><address type='pci'><zpci uid='3'/></address></controller>");
	machine_scan(&m);
	assert_int_equal(m.inv->n_guest_nos, 5);
	is_given(m.inv, 0, GUEST_NO_CCW, 1, "");
	is_given(m.inv, 1, GUEST_NO_CCW, 0x12b0a, UUID);
	is_given(m.inv, 2, GUEST_NO_UID, 0x17, "0012:00:00.1");
	is_given(m.inv, 3, GUEST_NO_FID, 0x31, "0012:00:00.1");
	is_given(m.inv, 4, GUEST_NO_UID, 3, "");
}

TEST(numbers_that_are_none_and_tags_without_end_say_nothing)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/etc/libvirt/qemu/a.xml",
		 "<name>a</name><zpci uid='0x10000' fid='-1'/><zpci uid='' fid='0x'/><zpci uid='1"
		 "/><zpci uid=><zpci><><zpcix uid='1'/><address cssid='0xfe' ssid='4' devno='1'/>"
		 "<address cssid='0' ssid='0' devno='1'/><zpci fid='0x1ffffffff'/><zpci uid='2'");
	machine_scan(&m);
	assert_int_equal(m.inv->n_guest_nos, 0);
}

TEST(a_definition_without_measure_is_read_up_to_a_bound)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_int_equal(buf_adds(&text, "<name>a</name>"), 0);
	for (int i = 0; i < 12000; i++)
		assert_int_equal(buf_adds(&text, "<zpci uid='1'/>"), 0);
	tree_put(&m.tree, "/etc/libvirt/qemu/a.xml", buf_str(&text));
	machine_scan(&m);
	assert_true(m.inv->n_guest_nos <= 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_mediated_devices_of_a_guests_definition_are_its),
		CASE(what_is_no_definition_says_nothing),
		CASE(numbers_inside_a_guest_belong_to_the_device_whose_element_has_them),
		CASE(numbers_that_are_none_and_tags_without_end_say_nothing),
		CASE(a_definition_without_measure_is_read_up_to_a_bound),
	};

	return RUN(tests);
}
