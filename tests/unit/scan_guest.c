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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_mediated_devices_of_a_guests_definition_are_its),
		CASE(what_is_no_definition_says_nothing),
	};

	return RUN(tests);
}
