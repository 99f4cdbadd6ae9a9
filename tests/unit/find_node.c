/* SPDX-License-Identifier: MIT */
/* Every name that people use for a device, through session_find(). */
#include "check.h"
#include "session.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct lab {
	struct sys *sys;
	struct session *s;
};

static struct lab open_lab(const char *machine)
{
	struct session_opts opts = { 0 };
	struct lab lab = { 0 };

	assert_int_equal(sim_new_named(machine, &lab.sys), 0);
	assert_int_equal(session_new(lab.sys, &opts, &lab.s), 0);
	return lab;
}

static void lab_done(struct lab *lab)
{
	session_free(lab->s);
	sys_free(lab->sys);
}

/* The one device meant; "none", or the candidates. */
static const char *find(const struct lab *lab, const char *text)
{
	static char out[1024];
	CLEANUP(buf_done) struct buf names = { 0 };
	struct found f;
	int r = session_find(lab->s, text, &f);

	if (r == 0)
		return devid_text(&f.v[0], out);
	if (r == -ENOENT)
		return "none";
	assert_int_equal(r, -EEXIST);
	assert_int_equal(session_found_text(lab->s, &f, &names), 0);
	snprintf(out, sizeof(out), "several: %s", buf_str(&names));
	return out;
}

struct name {
	const char *text, *id;
};

static void find_all(const char *machine, const struct name *names, size_t n)
{
	CLEANUP(lab_done) struct lab lab = open_lab(machine);

	for (size_t i = 0; i < n; i++)
		assert_string_equal(find(&lab, names[i].text), names[i].id);
}

#define FIND_ALL(machine, names) find_all(machine, names, ARRAY_SIZE(names))

#define MATRIX "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define CCW    "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a"

TEST(a_device_is_found_by_its_number_whole_or_short_and_by_its_subchannel)
{
	static const struct name names[] = {
		{ "0.0.2b09", "css/0.0.0313" },
		{ "2b09", "css/0.0.0313" },
		{ "2B09", "css/0.0.0313" },
		{ "0.0.0313", "css/0.0.0313" },
		{ "css/0.0.0313", "css/0.0.0313" },
		{ "ccw/0.0.2b09", "css/0.0.0313" },
		{ "0.50", "chp/0.50" },
	};

	FIND_ALL("lpar", names);
}

TEST(a_queue_is_found_by_the_kernels_name_and_by_two_decimal_numbers)
{
	static const struct name names[] = {
		{ "05.00ab", "ap/05.00ab" },	{ "05.00AB", "ap/05.00ab" },
		{ "5,171", "ap/05.00ab" },	{ "card05", "ap/card05" },
		{ "ap/05.00ab", "ap/05.00ab" },
	};

	FIND_ALL("lpar", names);
}

TEST(disks_partitions_and_interfaces_lead_to_the_device_behind)
{
	static const struct name lpar[] = {
		{ "dasda", "css/0.0.0000" },	   { "dasda1", "css/0.0.0000" },
		{ "/dev/dasda2", "css/0.0.0000" }, { "encf5f0", "css/0.0.0400" },
		{ "sda", "css/0.0.0500" },	   { "eno1", "pci/0001:00:00.0" },
		{ "nvme0n1", "pci/0003:00:00.0" },
	};
	static const struct name x86[] = {
		{ "nvme1n1", "pci/0000:5f:00.0" },
		{ "nvme1n1p1", "pci/0000:5f:00.0" },
		{ "/dev/sda", "pci/0000:00:17.0" },
	};

	FIND_ALL("lpar", lpar);
	FIND_ALL("x86", x86);
}

TEST(a_function_is_found_without_its_domain_where_that_is_enough)
{
	static const struct name x86[] = {
		{ "0000:3b:00.1", "pci/0000:3b:00.1" },
		{ "3b:00.1", "pci/0000:3b:00.1" },
		{ "3B:00.1", "pci/0000:3b:00.1" },
		{ "3b:00.7", "none" },
		{ "3b:00", "none" },
	};
	CLEANUP(lab_done) struct lab lab = open_lab("lpar");
	const char *many = find(&lab, "00:00.0");

	assert_true(str_starts(many, "several: pci/0001:00:00.0 ("));
	assert_non_null(strstr(many, ", pci/0002:00:00.0 ("));
	FIND_ALL("x86", x86);
}

TEST(a_mediated_device_is_found_by_its_uuid_or_the_beginning_that_no_other_has)
{
	static const char *const uuids[] = { "1c0f0000-0000-4000-8000-000000000001",
					     "1c0f1111-0000-4000-8000-000000000002" };
	static const struct name names[] = {
		{ MATRIX, "mdev/" MATRIX },
		{ "1C0FFEE2-9A3B-4C1D-8E57-2F6B7D9C0A11", "mdev/" MATRIX },
		{ "1c0f", "mdev/" MATRIX },
		{ "1c0ffee2-9", "mdev/" MATRIX },
		{ "b7a1", "mdev/" CCW },
	};
	CLEANUP(lab_done) struct lab lab = open_lab("lpar");
	static const char text[] = "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"manual\"}";
	char path[128];

	FIND_ALL("lpar", names);
	for (size_t i = 0; i < ARRAY_SIZE(uuids); i++) {
		snprintf(path, sizeof(path), "/etc/mdevctl.d/matrix/%s", uuids[i]);
		assert_int_equal(sys_stage(lab.sys, path, text, sizeof(text) - 1), 0);
		assert_int_equal(sys_publish(lab.sys, path), 0);
	}
	assert_int_equal(session_rescan(lab.s), 0);
	assert_string_equal(find(&lab, "1c0ff"), "mdev/" MATRIX);
	assert_true(str_starts(find(&lab, "1c0f"), "several: mdev/1c0f"));
	for (size_t i = 0; i < ARRAY_SIZE(uuids); i++)
		assert_non_null(strstr(find(&lab, "1C0F"), uuids[i]));
	assert_non_null(strstr(find(&lab, "1c0f"), MATRIX));
}

TEST(libvirts_names_of_node_devices_are_understood)
{
	static const struct name lpar[] = {
		{ "css_0_0_0313", "css/0.0.0313" },
		{ "ccw_0_0_2b09", "css/0.0.0313" },
		{ "pci_0002_00_00_0", "pci/0002:00:00.0" },
		{ "ap_card05", "ap/card05" },
		{ "ap_05_00ab", "ap/05.00ab" },
		{ "ap_matrix", "ap/matrix" },
		{ "mdev_1c0ffee2_9a3b_4c1d_8e57_2f6b7d9c0a11", "mdev/" MATRIX },
		{ "mdev_1c0ffee2_9a3b_4c1d_8e57_2f6b7d9c0a11_matrix", "mdev/" MATRIX },
		{ "mdev_b7a1d2c4_55e0_4f3a_9d21_6a0f8c1e2b0a_0_0_0314", "mdev/" CCW },
		{ "net_encf5f0_02_00_00_00_00_01", "css/0.0.0400" },
		{ "block_dasda", "css/0.0.0000" },
		{ "block_dasda_IBM_750000000DX111_4260_90", "css/0.0.0000" },
	};
	static const struct name x86[] = { { "pci_0000_3b_00_1", "pci/0000:3b:00.1" } };

	FIND_ALL("lpar", lpar);
	FIND_ALL("x86", x86);
}

TEST(what_is_nobodys_name_finds_nothing)
{
	static const struct name names[] = {
		{ "", "none" },
		{ "nosuch", "none" },
		{ "2b99", "none" },
		{ "/dev/", "none" },
		{ "/dev/../etc/passwd", "none" },
		{ "../../../etc", "none" },
		{ "css_", "none" },
		{ "css_0_0_9999", "none" },
		{ "mdev_", "none" },
		{ "mdev_ffffffff_ffff_4fff_8fff_ffffffffffff", "none" },
		{ "net_", "none" },
		{ "net__02_00_00_00_00_01", "none" },
		{ "block_", "none" },
		{ "block__", "none" },
		{ "pci_0000_00_00", "none" },
		{ "dasda\033[2J", "none" },
		{ "_______________________________________________________________________________",
		  "none" },
	};

	FIND_ALL("lpar", names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_device_is_found_by_its_number_whole_or_short_and_by_its_subchannel),
		CASE(a_queue_is_found_by_the_kernels_name_and_by_two_decimal_numbers),
		CASE(disks_partitions_and_interfaces_lead_to_the_device_behind),
		CASE(a_function_is_found_without_its_domain_where_that_is_enough),
		CASE(a_mediated_device_is_found_by_its_uuid_or_the_beginning_that_no_other_has),
		CASE(libvirts_names_of_node_devices_are_understood),
		CASE(what_is_nobodys_name_finds_nothing),
	};

	return RUN(tests);
}
