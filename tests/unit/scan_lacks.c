/* SPDX-License-Identifier: MIT */
/* What is named as missing of a machine that somebody packed, and what is then concluded from it: nothing. */
#include "machine.h"
#include "session.h"

#include "check.h"

/* A host of IBM Z whose maker took a few files. */
static struct machine packed(const char *maker, bool selective)
{
	struct machine m = machine_new();

	m.sys->origin = (struct sys_origin){ .maker = maker, .selective = selective };
	tree_put(&m.tree, "/proc/sys/kernel/arch", "s390x\n");
	tree_put(&m.tree, "/proc/cmdline", "root=/dev/dasda1\n");
	tree_put(&m.tree, "/proc/mounts", "none / tmpfs rw 0 0\n");
	machine_subch(&m, "0.0.0313", "vfio_ccw", "0.0.2b09");
	tree_link(&m.tree, "/sys/bus/css/devices/0.0.0313", "../../../devices/css0/0.0.0313");
	return m;
}

static void names(const struct machine *m, const char *part, bool is)
{
	bool there = m->inv->host.lacks && strstr(m->inv->host.lacks, part);

	if (there != is)
		fail_msg("%s is %snamed in: %s", part, is ? "not " : "",
			 m->inv->host.lacks ? m->inv->host.lacks : "nothing");
}

TEST(a_machine_at_hand_lacks_nothing_whatever_is_missing)
{
	CLEANUP(machine_done) struct machine m = packed(NULL, false);

	machine_scan(&m);
	assert_null(m.inv->host.maker);
	assert_null(m.inv->host.lacks);
	assert_int_equal(m.inv->host.lacks_of, 0);
}

TEST(our_own_capture_has_all_that_there_was)
{
	CLEANUP(machine_done) struct machine m = packed("vfiocfg", false);

	m.sys->origin.made = 1795269600;
	machine_scan(&m);
	assert_string_equal(m.inv->host.maker, "vfiocfg");
	assert_int_equal(m.inv->host.made, 1795269600);
	assert_null(m.inv->host.lacks);
}

TEST(of_a_tree_that_somebody_packed_whole_directories_are_missed)
{
	CLEANUP(machine_done) struct machine m = packed("", false);

	machine_scan(&m);
	assert_string_equal(m.inv->host.lacks, "/etc, /usr");
	assert_true(m.inv->host.lacks_boot);
	assert_false(m.inv->host.lacks_uses);
	tree_put(&m.tree, "/etc/fstab", "");
	tree_put(&m.tree, "/usr/sbin/x", "");
	machine_scan(&m);
	assert_null(m.inv->host.lacks);
}

TEST(each_part_that_a_collection_lacks_is_named)
{
	CLEANUP(machine_done) struct machine m = packed("sosreport", true);

	machine_scan(&m);
	names(&m, "/sys/bus/css", false);
	names(&m, "/proc/cmdline", false);
	names(&m, "/proc/mounts", false);
	names(&m, "crypto (/sys/bus/ap)", true);
	names(&m, "PCI functions", true);
	names(&m, "running guests", true);
	names(&m, "/etc/mdevctl.d", true);
	names(&m, "/etc/driverctl.d", true);
	names(&m, "which tools are installed", true);
	assert_int_equal(m.inv->host.lacks_of & LACKS_CSS, 0);
	assert_int_equal(m.inv->host.lacks_of & (LACKS_AP | LACKS_DEFS | LACKS_TOOLS),
			 LACKS_AP | LACKS_DEFS | LACKS_TOOLS);
}

TEST(channel_devices_and_crypto_are_missed_on_ibm_z_only)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	m.sys->origin = (struct sys_origin){ .maker = "sosreport", .selective = true };
	tree_put(&m.tree, "/proc/sys/kernel/arch", "x86_64\n");
	machine_scan(&m);
	names(&m, "channel devices", false);
	names(&m, "crypto", false);
	names(&m, "PCI functions", true);
}

TEST(a_tree_of_sys_without_its_links_tells_of_no_device)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	m.sys->origin = (struct sys_origin){ .maker = "dbginfo.sh", .selective = true };
	tree_put(&m.tree, "/proc/sys/kernel/arch", "s390x\n");
	tree_put(&m.tree, "/sys/devices/css0/0.0.0000/type", "0\n");
	tree_dir(&m.tree, "/sys/bus/css/devices");
	machine_scan(&m);
	names(&m, "the links of /sys", true);
	assert_int_equal(m.inv->host.lacks_of & LACKS_LIVE, LACKS_LIVE);
}

/* -- what follows -- */

static struct session *session_on(struct machine *m)
{
	const struct session_opts opts = { .read_only = true };
	struct session *s;

	assert_int_equal(session_new(m->sys, &opts, &s), 0);
	return s;
}

static bool has_rule(const struct session *s, const char *rule)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->v[i].rule, rule))
			return true;
	return false;
}

TEST(who_uses_a_device_and_what_it_boots_to_is_not_known_rather_than_nobody)
{
	CLEANUP(machine_done) struct machine m = packed("sosreport", true);
	CLEANUP(session_freep) struct session *s = session_on(&m);
	struct devid dev = machine_id("css/0.0.0313");
	struct facts f;

	session_facts(s, &dev, &f);
	assert_string_equal(f.used_by, "not known");
	assert_int_equal(f.after_sure, BOOT_UNCERTAIN);
}

TEST(no_drift_is_found_where_the_definitions_were_not_packed)
{
	CLEANUP(machine_done) struct machine m = packed("sosreport", true);
	CLEANUP(machine_done) struct machine whole = packed(NULL, false);
	CLEANUP(session_freep) struct session *s = session_on(&m);
	CLEANUP(session_freep) struct session *t = session_on(&whole);

	assert_true(has_rule(t, "drift-driver"));
	assert_false(has_rule(s, "drift-driver"));
}

TEST(without_the_links_of_sys_no_device_is_said_to_be_unbound)
{
	CLEANUP(machine_done) struct machine m = machine_new();
	CLEANUP(session_freep) struct session *s = NULL;
	struct devid dev = machine_id("css/0.0.0000");
	struct facts f;

	m.sys->origin = (struct sys_origin){ .maker = "dbginfo.sh", .selective = true };
	tree_put(&m.tree, "/proc/sys/kernel/arch", "s390x\n");
	tree_put(&m.tree, "/sys/devices/css0/0.0.0000/type", "0\n");
	tree_dir(&m.tree, "/sys/bus/css/devices");
	s = session_on(&m);
	session_facts(s, &dev, &f);
	assert_null(f.bound);
	assert_int_equal(f.after_sure, BOOT_UNCERTAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_machine_at_hand_lacks_nothing_whatever_is_missing),
		CASE(our_own_capture_has_all_that_there_was),
		CASE(of_a_tree_that_somebody_packed_whole_directories_are_missed),
		CASE(each_part_that_a_collection_lacks_is_named),
		CASE(channel_devices_and_crypto_are_missed_on_ibm_z_only),
		CASE(a_tree_of_sys_without_its_links_tells_of_no_device),
		CASE(who_uses_a_device_and_what_it_boots_to_is_not_known_rather_than_nobody),
		CASE(no_drift_is_found_where_the_definitions_were_not_packed),
		CASE(without_the_links_of_sys_no_device_is_said_to_be_unbound),
	};

	return RUN(tests);
}
