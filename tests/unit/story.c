/* SPDX-License-Identifier: MIT */
/* What there is to tell of one device. */
#include "check.h"
#include "sim.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

#define UUID "7e270a25-e163-4922-af60-757fc8ed48c6"

struct lab {
	struct sys *sys;
	struct session *s;
	struct story story;
	struct buf text; /* of the lines last asked for */
};

static void lab_done(struct lab *lab)
{
	story_done(&lab->story);
	buf_done(&lab->text);
	session_free(lab->s);
	sys_free(lab->sys);
}

/* A built-in machine and what else a test's own machine has. */
static struct lab open_lab(const char *machine, const char *more)
{
	struct session_opts opts = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error why = { 0 };
	struct lab lab = { 0 };

	assert_int_equal(buf_printf(&text, "include %s\n%s", machine, more), 0);
	if (sim_new(buf_str(&text), text.len, &lab.sys, &why) < 0)
		fail_msg("line %u: expected %s", why.line, why.expected);
	assert_int_equal(session_new(lab.sys, &opts, &lab.s), 0);
	return lab;
}

static const char *tell(struct lab *lab, const char *name, enum story_of part)
{
	struct found f;
	const char *line;

	story_done(&lab->story);
	buf_reset(&lab->text);
	assert_int_equal(session_find(lab->s, name, &f), 0);
	assert_int_equal(story_read(lab->s, &f.v[0], &lab->story), 0);
	buf_foreach_name (&lab->story.lines[part], line)
		assert_int_equal(buf_printf(&lab->text, "%s\n", line), 0);
	return buf_str(&lab->text);
}

static void has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text ? text : "");
}

static void lacks(const char *text, const char *part)
{
	assert_non_null(text);
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text ? text : "");
}

static void edit(struct lab *lab, const char *json)
{
	struct msg why = { 0 };

	if (session_load(lab->s, json, strlen(json), "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
}

static void commit(struct lab *lab, const char *json)
{
	const struct consent all = { .conflicts = true, .not_undoable = true };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	struct msg why = { 0 };

	edit(lab, json);
	if (session_commit(lab->s, &all, NULL, &report, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	assert_int_equal(report.result, TXN_COMMITTED);
}

#define TAKE_313 "{\"vfiocfg-edits\":1,\"drivers\":{\"css/0.0.0313\":\"vfio_ccw\"}}"

/* -- the way, and what Linux has -- */

TEST(the_way_to_a_device_goes_from_its_channel_paths_to_its_mediated_device)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	assert_string_equal(tell(&lab, "2b0a", STORY_WAY),
			    "channel paths 0.50, 0.51, 0.52, 0.53 -> subchannel 0.0.0314 -> device "
			    "0.0.2b0a -> mediated device b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a\n");
	has(tell(&lab, "05.00ab", STORY_WAY), "adapter 05, domain 00ab -> queue 05.00ab");
	has(tell(&lab, "b7a1", STORY_WAY), "parent 0.0.0314 -> mediated device b7a1");
	has(tell(&lab, "eno2", STORY_WAY), "function id 00000101, PCHID 01c4, IOMMU group");
}

TEST(what_linux_has_of_a_device_is_named_and_nothing_of_other_devices)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	assert_string_equal(
		tell(&lab, "0190", STORY_NODES),
		"disk or partition dasda\ndisk or partition dasda1\ndisk or partition dasda2\n"
		"channel measurement (cmb_enable): off\n");
	has(tell(&lab, "f5f2", STORY_NODES), "network interface encf5f0\n");
	lacks(tell(&lab, "2b09", STORY_NODES), "disk");
	has(tell(&lab, "b7a1", STORY_NODES), "/dev/vfio/");
	assert_string_equal(tell(&lab, "0.50", STORY_NODES),
			    "extended measurements of all channel paths (cm_enable): off\n");
}

/* -- the next boot -- */

TEST(who_decides_at_boot_is_named_with_its_file_or_word)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	has(tell(&lab, "2b09", STORY_BOOT), "Bound to io_subchannel (default).");
	has(buf_str(&lab.text), "/etc/driverctl.d keeps no other driver for it.");
	has(tell(&lab, "2b0a", STORY_BOOT), "Bound to vfio_ccw (driverctl).");
	has(buf_str(&lab.text), "/etc/driverctl.d/css-0.0.0314 asks for vfio_ccw; udev's rule");
	has(tell(&lab, "0190", STORY_BOOT),
	    "The kernel's command line has root=/dev/disk/by-path/ccw-0.0.0190-part1.");
	has(tell(&lab, "05.0004", STORY_BOOT),
	    "/etc/udev/rules.d/41-ap.rules sets the masks once the queues are there");
	has(tell(&lab, "b7a1", STORY_BOOT), "Started on 0.0.0314 as its definition says");
	has(tell(&lab, "2d5e", STORY_BOOT), "Not started on matrix as its definition says: manual");
}

TEST(a_rule_of_chzdev_and_a_device_that_cio_ignore_hides_are_told)
{
	CLEANUP(lab_done)
	struct lab lab =
		open_lab("lpar", "file /etc/udev/rules.d/41-dasd-eckd-0.0.2b09.rules 644 \"\"\n"
				 "file /etc/udev/rules.d/41-dasd-eckd-0.0.2b0a.rules 644 \"\"\n");
	CLEANUP(lab_done) struct lab zvm = open_lab("zvm", "");

	has(tell(&lab, "2b09", STORY_BOOT),
	    "/etc/udev/rules.d/41-dasd-eckd-0.0.2b09.rules is named after it");
	lacks(buf_str(&lab.text), "2b0a");
	has(tell(&zvm, "0100", STORY_BOOT),
	    "The kernel's command line has cio_ignore=all,!condev.");
}

TEST(vfio_pci_ids_of_the_command_line_make_the_next_boot_uncertain)
{
	CLEANUP(lab_done)
	struct lab lab =
		open_lab("x86", "cmdline \"quiet vfio-pci.ids=1234:5678,8086:1592 iommu=pt\"\n");
	CLEANUP(lab_done)
	struct lab other =
		open_lab("x86", "cmdline \"quiet vfio-pci.ids=1234:5678,8086:159 iommu=pt\"\n");

	has(tell(&lab, "3b:00.1", STORY_BOOT), "Perhaps bound to vfio-pci (vfio-pci.ids");
	has(buf_str(&lab.text), "The kernel's command line has vfio-pci.ids=1234:5678,8086:1592.");
	lacks(tell(&lab, "04:00.0", STORY_BOOT), "vfio-pci");
	lacks(tell(&other, "3b:00.1", STORY_BOOT), "vfio-pci");
}

/* -- what giving it away would do -- */

TEST(what_giving_away_would_do_is_told_and_nothing_is_staged)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	has(tell(&lab, "2b09", STORY_GIVING), "step 1, live: unbind 0.0.0313 from io_subchannel\n");
	has(buf_str(&lab.text), "file: write the driver override of 0.0.0313 for the next boot");
	has(buf_str(&lab.text), "A guest then takes it by a mediated device");
	assert_false(lab.story.back);
	assert_int_equal(session_plan(lab.s)->n_steps, 0);
	has(tell(&lab, "dasda", STORY_GIVING), "protected: 0.0.0000 (device 0.0.0190) is in use.");
	has(tell(&lab, "05.00ab", STORY_GIVING), "note: The host also loses 06.00ab 0a.00ab.");
	assert_string_equal(tell(&lab, "encf5f0", STORY_GIVING), "");
	tell(&lab, "2b0a", STORY_GIVING);
	assert_true(lab.story.back);
}

TEST(what_is_staged_for_it_already_stands_among_the_steps_of_a_commit)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	edit(&lab, TAKE_313);
	assert_string_equal(tell(&lab, "2b09", STORY_GIVING), "");
	/* And another's edit is not told as this one's. */
	lacks(tell(&lab, "2b08", STORY_GIVING), "0.0.0313");
}

TEST(a_function_says_what_goes_with_it)
{
	CLEANUP(lab_done) struct lab lab = open_lab("x86", "");

	has(tell(&lab, "17:00.0", STORY_GIVING), "3 more functions of its IOMMU group");
	has(tell(&lab, "3b:00.1", STORY_GIVING), "nothing else is in its IOMMU group");
}

#define ALIASES(of) "file /lib/modules/6.12.0-amd64/modules.alias 644 \"" of "\"\n"

TEST(a_variant_of_vfio_pci_that_is_made_for_a_function_is_named_the_most_specific_one)
{
	static const char aliases[] = ALIASES(
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\\n"
		"alias pci:v*d*sv*sd*bc*sc*i* other\\nalias vfio_pci:v00008086d* ../evil\\n"
		"alias vfio_pci:v00008086d*sv*sd*bc02sc*i* less_vfio_pci\\n"
		"alias vfio_pci:v00008086d00001592sv*sd*bc02sc*i* ice_vfio_pci\\nalias vfio_pci:");
	CLEANUP(lab_done) struct lab lab = open_lab("x86", aliases);

	has(tell(&lab, "3b:00.0", STORY_GIVING), "\"driver ice_vfio_pci\" stages that");
	lacks(tell(&lab, "17:00.0", STORY_GIVING), "variant");
	lab_done(&lab);
	lab = open_lab("x86", "");
	lacks(tell(&lab, "3b:00.0", STORY_GIVING), "variant");
}

/* -- commits -- */

TEST(commits_that_were_about_it_are_listed_the_newest_first)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");
	const char *text;

	assert_string_equal(tell(&lab, "2b09", STORY_COMMITS), "");
	commit(&lab, TAKE_313);
	commit(&lab, "{\"vfiocfg-edits\":1,\"mdevs\":[{\"uuid\":\"" UUID
		     "\",\"parent\":\"0.0.0313\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\","
		     "\"active\":true}]}");
	text = tell(&lab, "2b09", STORY_COMMITS);
	has(text, "commit 2, ");
	has(text, "commit 1, ");
	assert_true(strstr(text, "commit 2, ") < strstr(text, "commit 1, "));
	has(text, ": committed; ");
	has(tell(&lab, UUID, STORY_COMMITS), "commit 2, ");
	lacks(buf_str(&lab.text), "commit 1, ");
	assert_string_equal(tell(&lab, "2b08", STORY_COMMITS), "");
}

TEST(a_commit_about_another_device_on_its_subchannel_says_so)
{
	static const char path[] = "/var/lib/vfiocfg/history/0001.json";
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t n = 0;

	commit(&lab, TAKE_313);
	lacks(tell(&lab, "2b09", STORY_COMMITS), "the device there was then");
	assert_int_equal(sys_read(lab.sys, path, &text), 0);
	for (char *at = text.data; (at = strstr(at, "0.0.2b09")); n++)
		memcpy(at, "0.0.2b77", 8);
	assert_true(n > 0);
	assert_int_equal(sys_stage(lab.sys, path, text.data, text.len), 0);
	assert_int_equal(sys_publish(lab.sys, path), 0);
	has(tell(&lab, "2b09", STORY_COMMITS), "; the device there was then 0.0.2b77\n");
}

/* -- the kernel -- */

TEST(the_kernels_messages_of_a_device_are_found_by_its_number_and_by_its_disk)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");

	has(tell(&lab, "0190", STORY_KERNEL),
	    "[1.512407] dasd-eckd 0.0.0190: A channel path to the device has become operational\n");
	has(buf_str(&lab.text), "dasda:VOL1/");
	lacks(buf_str(&lab.text), "qeth");
	has(tell(&lab, "encf5f0", STORY_KERNEL), "(level: 0199) with link type");
	assert_string_equal(tell(&lab, "2b09", STORY_KERNEL), "");
	has(tell(&lab, "b7a1", STORY_KERNEL), "Adding to iommu group 4");
}

TEST(a_channel_devices_number_is_not_taken_for_a_subchannels)
{
	CLEANUP(lab_done)
	struct lab lab = open_lab(
		"zvm",
		"file /dev/kmsg 644 \"6,1,1000000,-;dasd-eckd 0.0.0100: of the disk\\n "
		"SUBSYSTEM=ccw\\n"
		" DEVICE=+ccw:0.0.0100\\n6,2,2000000,-;vfio_ccw 0.0.0001: of the subchannel\\n"
		" DEVICE=+css:0.0.0001\\n\"\n");
	const char *text = tell(&lab, "0.0.0100", STORY_KERNEL);

	has(text, "of the disk");
	has(text, "of the subchannel");
	assert_string_equal(tell(&lab, "0.0.0600", STORY_KERNEL), "");
}

TEST(messages_cannot_speak_to_the_terminal_nor_fill_the_page)
{
	CLEANUP(buf_done) struct buf more = { 0 };
	struct lab lab;
	const char *text;

	assert_int_equal(buf_adds(&more, "file /dev/kmsg 644 \""), 0);
	for (int i = 0; i < 500; i++)
		assert_int_equal(buf_printf(&more,
					    "6,%d,%d000000,-;%s 0.0.2b09: \\e[2J number %d\\n", i,
					    i, "x", i),
				 0);
	assert_int_equal(buf_adds(&more, "0,1,1,-;0.0.2b09: "), 0);
	for (int i = 0; i < 4000; i++)
		assert_int_equal(buf_adds(&more, "long "), 0);
	assert_int_equal(buf_adds(&more, "\\nno record at all 0.0.2b09\\n;0.0.2b09\\n,,;0.0.2b09\\n"
					 "9999999999999999999999,1,1,-;0.0.2b09\\x00\\n 6\"\n"),
			 0);
	lab = open_lab("lpar", buf_str(&more));
	text = tell(&lab, "2b09", STORY_KERNEL);
	lacks(text, "\033");
	lacks(text, "no record");
	has(text, "earlier ones are left out\n");
	has(text, "emergency: 0.0.2b09: long long");
	assert_true(lab.text.len < 4000);
	lab_done(&lab);
}

TEST(a_story_told_again_keeps_the_messages_and_has_what_moved)
{
	CLEANUP(lab_done) struct lab lab = open_lab("lpar", "");
	const struct devid dev = { BUS_CSS, "0.0.0000" };

	has(tell(&lab, "0190", STORY_KERNEL), "dasda:VOL1/");
	assert_int_equal(sys_stage(lab.sys, "/dev/kmsg", "", 0), 0);
	assert_int_equal(sys_publish(lab.sys, "/dev/kmsg"), 0);
	assert_int_equal(sys_stage(lab.sys, "/etc/driverctl.d/css-0.0.0000", "vfio_ccw\n", 9), 0);
	assert_int_equal(sys_publish(lab.sys, "/etc/driverctl.d/css-0.0.0000"), 0);
	assert_int_equal(session_rescan(lab.s), 0);
	assert_int_equal(story_again(lab.s, &dev, &lab.story), 0);
	has(buf_str(&lab.story.lines[STORY_BOOT]), "Bound to vfio_ccw (driverctl).");
	assert_true(lab.story.lines[STORY_KERNEL].len > 0);
	assert_string_equal(tell(&lab, "0190", STORY_KERNEL), "");
}

/* -- a vGPU -- */

TEST(a_vgpu_of_nvidias_own_driver_is_no_device_for_vfio_pci)
{
	CLEANUP(lab_done)
	struct lab lab = open_lab(
		"x86",
		"pci 0000:66:00.0 10de:26b5 sub=10de:169d class=030200 driver=nvidia group=60 "
		"vfs=2 "
		"vfoffset=4 vfid=10de:26b5 vfdriver=nvidia\n"
		"write /sys/bus/pci/devices/0000:66:00.0/sriov_numvfs 2\n"
		"file /sys/bus/pci/devices/0000:66:00.4/nvidia/current_vgpu_type 644 \"709\\n\"\n");
	struct devid dev = { BUS_PCI, "0000:66:00.4" };
	struct facts facts;

	session_facts(lab.s, &dev, &facts);
	assert_string_equal(facts.blocked, "vGPU of NVIDIA's own driver");
	assert_string_equal(tell(&lab, "66:00.4", STORY_GIVING), "");
	has(tell(&lab, "66:00.4", STORY_WAY), "a virtual function of 0000:66:00.0");
	session_facts(lab.s, &(struct devid){ BUS_PCI, "0000:66:00.5" }, &facts);
	assert_string_equal(facts.blocked, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_way_to_a_device_goes_from_its_channel_paths_to_its_mediated_device),
		CASE(what_linux_has_of_a_device_is_named_and_nothing_of_other_devices),
		CASE(who_decides_at_boot_is_named_with_its_file_or_word),
		CASE(a_rule_of_chzdev_and_a_device_that_cio_ignore_hides_are_told),
		CASE(vfio_pci_ids_of_the_command_line_make_the_next_boot_uncertain),
		CASE(what_giving_away_would_do_is_told_and_nothing_is_staged),
		CASE(what_is_staged_for_it_already_stands_among_the_steps_of_a_commit),
		CASE(a_function_says_what_goes_with_it),
		CASE(a_variant_of_vfio_pci_that_is_made_for_a_function_is_named_the_most_specific_one),
		CASE(commits_that_were_about_it_are_listed_the_newest_first),
		CASE(a_commit_about_another_device_on_its_subchannel_says_so),
		CASE(the_kernels_messages_of_a_device_are_found_by_its_number_and_by_its_disk),
		CASE(a_channel_devices_number_is_not_taken_for_a_subchannels),
		CASE(messages_cannot_speak_to_the_terminal_nor_fill_the_page),
		CASE(a_story_told_again_keeps_the_messages_and_has_what_moved),
		CASE(a_vgpu_of_nvidias_own_driver_is_no_device_for_vfio_pci),
	};

	return RUN(tests);
}
