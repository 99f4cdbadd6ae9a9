/* SPDX-License-Identifier: MIT */
#include "readiness.h"
#include "machine.h"
#include "mem.h"

#include <fcntl.h>

/* A host of files, judged. */
struct judged {
	struct machine m;
	struct wish wish;
	struct desired desired;
	struct readiness ready;
};

static struct judged judged_new(void)
{
	return (struct judged){ .m = machine_new() };
}

static void judge(struct judged *j)
{
	readiness_done(&j->ready);
	desired_done(&j->desired);
	machine_scan(&j->m);
	assert_int_equal(desired_build(j->m.inv, &j->wish, &j->desired), 0);
	assert_int_equal(readiness_make(&j->desired, &j->ready), 0);
}

static void judged_done(struct judged *j)
{
	readiness_done(&j->ready);
	desired_done(&j->desired);
	machine_done(&j->m);
}

static const struct ready_item *item(const struct judged *j, const char *name)
{
	for (size_t i = 0; i < j->ready.n; i++)
		if (!strcmp(j->ready.v[i].name, name))
			return &j->ready.v[i];
	fail_msg("nothing is said of %s", name);
	return NULL;
}

static bool silent(const struct judged *j, const char *name)
{
	for (size_t i = 0; i < j->ready.n; i++)
		if (!strcmp(j->ready.v[i].name, name))
			return false;
	return true;
}

static void says(const struct judged *j, const char *name, enum ready state, const char *evidence)
{
	const struct ready_item *x = item(j, name);

	if (x->state != state || !strstr(x->evidence, evidence))
		fail_msg("%s is \"%s\": %s", name, ready_word(x->state), x->evidence);
	/* What is wrong has a way out. */
	assert_true(state == READY_OK || *x->remedy || x->module);
}

static void put_kernel(struct judged *j, const char *modules)
{
	tree_put(&j->m.tree, "/proc/sys/kernel/osrelease", "6.12.0\n");
	tree_put(&j->m.tree, "/lib/modules/6.12.0/modules.dep", modules);
}

TEST(kvm_is_asked_for_link_by_link)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/proc/cpuinfo", "vendor_id : IBM/S390\nfeatures : zarch te\n");
	judge(&j);
	says(&j, "kvm", READY_STOP, "does not offer SIE");
	tree_put(&j.m.tree, "/proc/cpuinfo", "vendor_id : IBM/S390\nfeatures : zarch te sie\n");
	judge(&j);
	says(&j, "kvm", READY_STOP, "no module kvm");
	put_kernel(&j, "kernel/arch/s390/kvm/kvm.ko:\n");
	judge(&j);
	says(&j, "kvm", READY_STOP, "not loaded");
	assert_string_equal(item(&j, "kvm")->module, "kvm");
	tree_dir(&j.m.tree, "/sys/module/kvm");
	tree_put(&j.m.tree, "/dev/null", "");
	judge(&j);
	says(&j, "kvm", READY_STOP, "no /dev/kvm");
	tree_put(&j.m.tree, "/dev/kvm", "");
	judge(&j);
	says(&j, "kvm", READY_OK, "/dev/kvm is there");
}

TEST(a_capture_without_devices_says_nothing_against_kvm)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_dir(&j.m.tree, "/sys/module/kvm");
	judge(&j);
	says(&j, "kvm", READY_OK, "loaded");
	assert_true(silent(&j, "iommu"));
	assert_true(silent(&j, "ap"));
	assert_true(silent(&j, "protvirt"));
	assert_true(silent(&j, "managers"));
}

TEST(the_iommu_is_judged_by_groups_and_by_the_command_line_booted)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/sys/bus/pci/devices/0000:3b:00.1/modalias",
		 "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n");
	tree_put(&j.m.tree, "/proc/cmdline", "root=/dev/sda1 ro quiet\n");
	judge(&j);
	says(&j, "iommu", READY_LACK, "says nothing of an IOMMU");
	tree_put(&j.m.tree, "/proc/cmdline", "root=/dev/sda1 amd_iommu=off quiet\n");
	judge(&j);
	says(&j, "iommu", READY_LACK, "has amd_iommu=off");
	tree_link(&j.m.tree, "/sys/bus/pci/devices/0000:3b:00.1/iommu_group",
		  "../../../../kernel/iommu_groups/7");
	judge(&j);
	says(&j, "iommu", READY_OK, "1 of 1");
}

TEST(a_module_is_missing_or_loaded_by_what_needs_it)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/proc/sysinfo", "Type: 3931\n");
	put_kernel(&j, "a/vfio.ko:\na/mdev.ko:\na/vfio_ccw.ko:\n");
	judge(&j);
	says(&j, "vfio_ccw", READY_NOTE, "not loaded");
	assert_string_equal(item(&j, "vfio_ccw")->module, "vfio_ccw");
	says(&j, "vfio_ap", READY_LACK, "no such module");
	tree_dir(&j.m.tree, "/sys/module/vfio_ap");
	judge(&j);
	says(&j, "vfio_ap", READY_OK, "loaded");
}

TEST(vfio_ap_in_modules_load_is_a_finding)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	judge(&j);
	assert_true(silent(&j, "vfio_ap-early"));
	tree_put(&j.m.tree, "/etc/modules-load.d/kvm.conf", "vfio-ap\n");
	judge(&j);
	says(&j, "vfio_ap-early", READY_LACK, "before the masks are set");
}

TEST(each_part_of_the_boot_chain_is_missed_by_its_name)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/usr/sbin/mdevctl", "");
	tree_put(&j.m.tree, "/etc/mdevctl.d/0.0.0313/669d9b23-fe1b-4ecb-be08-a2fabca99b71",
		 "{\"mdev_type\":\"vfio_ccw-io\",\"start\":\"auto\",\"attrs\":[]}");
	tree_put(&j.m.tree, "/usr/sbin/driverctl", "");
	tree_put(&j.m.tree, "/usr/lib/udev/rules.d/05-driverctl.rules", "ACTION==\"add\"\n");
	tree_dir(&j.m.tree, "/usr/lib/systemd/system");
	tree_dir(&j.m.tree, "/usr/lib/dracut/modules.d/67driverctl");
	judge(&j);
	says(&j, "mdevctl", READY_LACK, "missing: udev's rule 60-mdevctl.rules");
	says(&j, "mdevctl", READY_LACK, "1 mediated devices will not");
	says(&j, "driverctl", READY_LACK, "missing: systemd's unit");
	says(&j, "initrd", READY_NOTE, "old copy");
	tree_put(&j.m.tree, "/usr/lib/udev/rules.d/60-mdevctl.rules", "ACTION==\"add\"\n");
	tree_put(&j.m.tree, "/usr/lib/systemd/system/driverctl@.service", "[Unit]\n");
	judge(&j);
	says(&j, "mdevctl", READY_OK, "devices that start at boot: 1");
	says(&j, "driverctl", READY_OK, "unit");
}

TEST(a_matrix_that_nobody_will_load_vfio_ap_for_is_told)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/proc/sysinfo", "Type: 3931\n");
	tree_put(&j.m.tree, "/etc/mdevctl.d/matrix/669d9b23-fe1b-4ecb-be08-a2fabca99b71",
		 "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\",\"attrs\":[]}");
	judge(&j);
	says(&j, "chzdev", READY_LACK, "is not there");
}

TEST(devices_that_cio_ignore_will_hide_are_counted_and_named)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/proc/sysinfo", "Type: 3931\n");
	tree_put(&j.m.tree, "/proc/cmdline", "cio_ignore=all,!0.0.0190\n");
	machine_subch(&j.m, "0.0.0000", "io_subchannel", "0.0.0190");
	machine_subch(&j.m, "0.0.0313", "io_subchannel", "0.0.2b09");
	judge(&j);
	says(&j, "cio_ignore", READY_NOTE,
	     "hides 1 of the devices there are at the next boot (0.0.2b09)");
	tree_put(&j.m.tree, "/etc/driverctl.d/css-0.0.0313", "vfio_ccw\n");
	judge(&j);
	says(&j, "cio_ignore", READY_LACK, "kept for guests");
}

TEST(protected_guests_nesting_and_machine_types_are_read_from_files)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, "/proc/sysinfo", "Type: 3931\n");
	tree_put(&j.m.tree, "/sys/firmware/uv/prot_virt_host", "0\n");
	tree_put(&j.m.tree, "/sys/module/kvm/parameters/nested", "1\n");
	tree_put(&j.m.tree, "/usr/bin/qemu-system-s390x", "");
	tree_put(&j.m.tree, "/var/cache/libvirt/qemu/capabilities/a.xml",
		 "<machine type='kvm' name='s390-ccw-virtio-9.2'/>\n"
		 "<machine type='kvm' name='s390-ccw-virtio-10.0' alias='s390-ccw-virtio'/>\n");
	judge(&j);
	says(&j, "protvirt", READY_NOTE, "prot_virt=1");
	says(&j, "nesting", READY_OK, "guests can run guests");
	says(&j, "qemu", READY_OK, "newest machine type s390-ccw-virtio-10.0");
	tree_put(&j.m.tree, "/sys/firmware/uv/prot_virt_host", "1\n");
	judge(&j);
	says(&j, "protvirt", READY_OK, "can run protected guests");
}

TEST(other_managers_of_devices_are_named)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_dir(&j.m.tree, "/var/lib/kubelet");
	tree_dir(&j.m.tree, "/var/lib/nova");
	judge(&j);
	says(&j, "managers", READY_NOTE, "kubelet, nova");
}

/*
 * A host of these files, and what is said of it; no evidence: nothing is said. A path without text is a directory, a text
 * after "->" where a link leads.
 */
struct provoked {
	const char *item;
	enum ready state;
	const char *evidence;
	struct {
		const char *path, *text;
	} files[9];
};

#define Z                                                                                          \
	{                                                                                          \
		"/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 12 15 65\nfeatures : sie\n" \
	}
#define CARD                                                                                       \
	{                                                                                          \
		"/sys/bus/ap/apmask", "0x0\n"                                                      \
	}
#define HUGE_GUEST                                                                                 \
	{                                                                                          \
		"/etc/libvirt/qemu/db1.xml", "<memoryBacking><hugepages/></memoryBacking>"         \
	}
#define POOL "/sys/kernel/mm/hugepages/hugepages-1024kB/nr_hugepages"
#define CAPS "/var/cache/libvirt/qemu/capabilities/1.xml"

#define KERNEL(modules)                                                                            \
	{ "/proc/sys/kernel/osrelease", "6.12.0\n" },                                              \
	{                                                                                          \
		"/lib/modules/6.12.0/modules.dep", modules                                         \
	}
#define FN "/sys/bus/pci/devices/0000:3b:00.1"
#define FUNCTION                                                                                   \
	{                                                                                          \
		FN "/modalias", "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n"          \
	}
#define MASKS                                                                                      \
	{ "/sys/bus/ap/apmask", ALL_BITS "\n" },                                                   \
	{                                                                                          \
		"/sys/bus/ap/aqmask", ALL_BITS "\n"                                                \
	}
#define ALL_BITS "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define NO_BITS	 "0x0000000000000000000000000000000000000000000000000000000000000000"
#define GRANTED                                                                                    \
	{ "/sys/bus/ap/ap_adapter_mask", NO_BITS "\n" },                                           \
		{ "/sys/bus/ap/ap_usage_domain_mask", NO_BITS "\n" },                              \
	{                                                                                          \
		"/sys/bus/ap/ap_control_domain_mask", NO_BITS "\n"                                 \
	}
#define AUTO_MATRIX                                                                                \
	{                                                                                          \
		"/etc/mdevctl.d/matrix/669d9b23-fe1b-4ecb-be08-a2fabca99b71",                      \
			"{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\",\"attrs\":[]}"  \
	}
#define SUBCH "/sys/devices/css0/0.0.0313"

/* Each check, good and bad. */
static const struct provoked cases[] = {
	{ "kvm", READY_OK, "the processor has what it needs", { Z, { "/sys/module/kvm", NULL } } },
	{ "kvm",
	  READY_STOP,
	  "does not offer SIE",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfeatures : zarch\n" } } },
	{ "iommu",
	  READY_OK,
	  "1 of 1",
	  { FUNCTION, { FN "/iommu_group", "->../../../../kernel/iommu_groups/7" } } },
	{ "iommu", READY_LACK, "says nothing", { FUNCTION, { "/proc/cmdline", "quiet\n" } } },
	{ "vfio", READY_OK, NULL, { KERNEL("a/vfio.ko:\n") } },
	{ "vfio", READY_STOP, "no module vfio", { KERNEL("a/kvm.ko:\n") } },
	{ "mdev", READY_OK, NULL, { Z, KERNEL("a/mdev.ko:\n") } },
	{ "mdev", READY_LACK, "no module mdev", { Z, KERNEL("a/vfio.ko:\n") } },
	{ "vfio_ccw", READY_OK, "loaded", { Z, { "/sys/module/vfio_ccw", NULL } } },
	{ "vfio_ccw", READY_NOTE, "not loaded", { Z, KERNEL("a/vfio_ccw.ko:\n") } },
	{ "vfio_ap", READY_OK, "loaded", { Z, { "/sys/module/vfio_ap", NULL } } },
	{ "vfio_ap", READY_LACK, "no such module", { Z, KERNEL("a/vfio_ccw.ko:\n") } },
	{ "vfio_pci", READY_OK, "loaded", { { "/sys/module/vfio_pci", NULL } } },
	{ "vfio_pci", READY_LACK, "no such module", { KERNEL("a/vfio.ko:\n") } },
	{ "ap",
	  READY_OK,
	  "1 adapters, 1 queues",
	  { Z,
	    MASKS,
	    GRANTED,
	    { "/sys/bus/ap/devices/card05/hwtype", "14\n" },
	    { "/sys/bus/ap/devices/05.0004/online", "1\n" } } },
	{ "ap", READY_LACK, "no AP bus", { Z } },
	{ "ap", READY_LACK, "has 0 adapters", { Z, MASKS } },
	{ "ap-facilities", READY_OK, "APFT (15) is there, interrupts (65) is there", { Z, CARD } },
	{ "ap-facilities",
	  READY_OK,
	  "no APSB",
	  { Z, CARD, { "/sys/bus/ap/features", "APSC APXA QACT RC8A\n" } } },
	{ "ap-facilities",
	  READY_OK,
	  "; APSB: protected",
	  { Z, CARD, { "/sys/bus/ap/features", "APSC APXA QACT RC8A APSB\n" } } },
	{ "ap-facilities",
	  READY_LACK,
	  "no facility 12",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 112 15\nfeatures : sie\n" },
	    CARD } },
	{ "ap-facilities",
	  READY_NOTE,
	  "QCI (12) is there by what the AP bus says, APFT (15) is not",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 115\nfeatures : sie\n" },
	    MASKS,
	    GRANTED } },
	{ "ap-facilities",
	  READY_NOTE,
	  "interrupts (65) is not",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 12 15 165\nfeatures : sie\n" },
	    CARD } },
	{ "ap-masks", READY_OK, "the host has 0 of 0", { Z, MASKS } },
	{ "ap-masks", READY_LACK, "cannot be read", { Z, CARD } },
	{ "zpci", READY_OK, "1 functions", { Z, FUNCTION } },
	{ "zpci",
	  READY_NOTE,
	  "UIDs are not checked",
	  { Z, FUNCTION, { FN "/function_id", "0x31\n" }, { FN "/uid_is_unique", "0\n" } } },
	{ "zpci", READY_LACK, "pci=off", { Z, { "/proc/cmdline", "root=/dev/dasda1 pci=off\n" } } },
	{ "nesting", READY_OK, "off", { { "/sys/module/kvm/parameters/nested", "0\n" } } },
	{ "nesting",
	  READY_OK,
	  "can run guests",
	  { { "/sys/module/kvm/parameters/nested", "1\n" } } },
	{ "protvirt",
	  READY_OK,
	  "can run protected",
	  { Z, { "/sys/firmware/uv/prot_virt_host", "1\n" } } },
	{ "protvirt",
	  READY_NOTE,
	  "without prot_virt=1",
	  { Z, { "/sys/firmware/uv/prot_virt_host", "0\n" } } },
	{ "hugepages", READY_OK, "some are reserved", { HUGE_GUEST, { POOL, "64\n" } } },
	{ "hugepages",
	  READY_LACK,
	  "(db1), and none are reserved",
	  { HUGE_GUEST, { POOL, "0\n" } } },
	{ "hugepages",
	  READY_LACK,
	  "without hpage=1",
	  { Z, HUGE_GUEST, { POOL, "64\n" }, { "/sys/module/kvm/parameters/hpage", "0\n" } } },
	{ "vfio_ap-early", READY_OK, NULL, { { "/etc/modules-load.d/x.conf", "vfio_ccw\n" } } },
	{ "vfio_ap-early",
	  READY_LACK,
	  "before the masks",
	  { { "/etc/modules-load.d/x.conf", "vfio_ap\n" } } },
	{ "mdevctl",
	  READY_OK,
	  "its udev rule",
	  { { "/usr/sbin/mdevctl", "" },
	    { "/usr/lib/udev/rules.d/60-mdevctl.rules", "ACTION\n" } } },
	{ "mdevctl",
	  READY_LACK,
	  "calls /usr/sbin/mdevctl, which is not there",
	  { { "/usr/bin/mdevctl", "" },
	    { "/usr/lib/udev/rules.d/60-mdevctl.rules", "RUN+=\"/usr/sbin/mdevctl\"\n" } } },
	{ "mdevctl", READY_LACK, "the program", { { "/proc/1/comm", "systemd\n" } } },
	{ "driverctl",
	  READY_OK,
	  "its rule and its unit",
	  { { "/usr/sbin/driverctl", "" },
	    { "/usr/lib/udev/rules.d/05-driverctl.rules", "ACTION\n" },
	    { "/usr/lib/systemd/system/driverctl@.service", "" } } },
	{ "driverctl", READY_LACK, "missing", { { "/proc/1/comm", "systemd\n" } } },
	{ "initrd",
	  READY_OK,
	  NULL,
	  { { "/usr/lib/dracut/modules.d/90zfcp/module-setup.sh", "" } } },
	{ "initrd",
	  READY_NOTE,
	  "an old copy is in force",
	  { { "/usr/lib/dracut/modules.d/90driverctl/module-setup.sh", "" } } },
	{ "chzdev", READY_OK, "the program", { Z, { "/usr/sbin/chzdev", "" } } },
	{ "chzdev", READY_LACK, "is not there", { Z, AUTO_MATRIX } },
	{ "chzdev",
	  READY_NOTE,
	  "maybe too late for mdevctl",
	  { Z, AUTO_MATRIX, { "/etc/driverctl.d/ap-05.0004", "vfio_ap\n" } } },
	{ "chzdev",
	  READY_LACK,
	  "is not there",
	  { Z, AUTO_MATRIX, { "/etc/driverctl.d/ap-05.0004", "cex4queue\n" } } },
	{ "chzdev",
	  READY_LACK,
	  "not of the form",
	  { Z, { "/etc/udev/rules.d/41-ap.rules", "ACTION==\"add\"\n" } } },
	{ "cio_ignore",
	  READY_OK,
	  "hides none",
	  { Z,
	    { "/proc/cmdline", "cio_ignore=all,!0.0.2b09\n" },
	    { SUBCH "/type", "0\n" },
	    { SUBCH "/dev_busid", "0.0.2b09\n" } } },
	{ "cio_ignore",
	  READY_NOTE,
	  "hides 1 of",
	  { Z,
	    { "/proc/cmdline", "cio_ignore=all\n" },
	    { SUBCH "/type", "0\n" },
	    { SUBCH "/dev_busid", "0.0.2b09\n" } } },
	{ "libvirt", READY_OK, "installed", { { "/usr/sbin/virtqemud", "" } } },
	{ "libvirt", READY_NOTE, "not found", { { "/proc/1/comm", "systemd\n" } } },
	{ "qemu",
	  READY_OK,
	  "version 10.0.2, newest machine type s390-ccw-virtio-10.0",
	  { Z,
	    { "/usr/bin/qemu-system-s390x", "" },
	    { CAPS, "<qemuCaps><version>10000002</version><machine name='s390-ccw-virtio-10.0'/>"
		    "<machine name='s390-ccw-virtio-9.2'/></qemuCaps>" } } },
	{ "qemu", READY_OK, "version not known", { Z, { "/usr/bin/qemu-system-s390x", "" } } },
	{ "qemu", READY_NOTE, "not found", { { "/proc/1/comm", "systemd\n" } } },
	{ "managers", READY_OK, NULL, { { "/proc/77/comm", "qemu-system-s39\n" } } },
	{ "managers", READY_NOTE, "virt-handler", { { "/proc/77/comm", "virt-handler\n" } } },
	{ "managers", READY_NOTE, "nova", { { "/proc/78/comm", "nova-compute\n" } } },
};

static void put(const struct judged *j, const char *path, const char *text)
{
	if (!text)
		tree_dir(&j->m.tree, path);
	else if (str_starts(text, "->"))
		tree_link(&j->m.tree, path, text + 2);
	else
		tree_put(&j->m.tree, path, text);
}

TEST(each_check_is_provoked_by_the_files_of_a_host)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(judged_done) struct judged j = judged_new();

		for (size_t k = 0; k < ARRAY_SIZE(cases[i].files) && cases[i].files[k].path; k++)
			put(&j, cases[i].files[k].path, cases[i].files[k].text);
		judge(&j);
		if (cases[i].evidence)
			says(&j, cases[i].item, cases[i].state, cases[i].evidence);
		else if (!silent(&j, cases[i].item))
			fail_msg("%s: %s", cases[i].item, item(&j, cases[i].item)->evidence);
	}
}

static bool has_row(const char *name, bool good)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (!strcmp(cases[i].item, name) && (cases[i].state == READY_OK) == good)
			return true;
	return false;
}

TEST(each_check_is_seen_good_and_bad)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(has_row(cases[i].item, true));
		/* Both answers on nesting are good. */
		if (strcmp(cases[i].item, "nesting") && !has_row(cases[i].item, false))
			fail_msg("%s is never bad", cases[i].item);
	}
}

/* Judged from a capture, too: times go with the files. */
static void set_time(const struct judged *j, const char *path, time_t when)
{
	const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };

	assert_int_equal(utimensat(AT_FDCWD, tree_path(&j->m.tree, path), times, 0), 0);
}

TEST(a_copy_in_the_initrd_may_be_old_when_the_files_are_newer)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	put_kernel(&j, "a/kvm.ko:\n");
	tree_dir(&j.m.tree, "/usr/lib/dracut/modules.d/67driverctl");
	tree_put(&j.m.tree, "/etc/driverctl.d/css-0.0.0313", "vfio_ccw\n");
	tree_put(&j.m.tree, "/boot/initramfs-6.11.0.img", "");
	judge(&j);
	says(&j, "initrd", READY_NOTE, "dracut copies"); /* another kernel's */
	tree_put(&j.m.tree, "/boot/initramfs-6.12.0.img", "");
	set_time(&j, "/boot/initramfs-6.12.0.img", 2000);
	set_time(&j, "/etc/driverctl.d/css-0.0.0313", 1000);
	set_time(&j, "/etc/driverctl.d", 1000);
	judge(&j);
	says(&j, "initrd", READY_OK, "/boot/initramfs-6.12.0.img holds a copy");
	set_time(&j, "/etc/driverctl.d/css-0.0.0313", 3000);
	judge(&j);
	says(&j, "initrd", READY_LACK, "may be old");
	set_time(&j, "/etc/driverctl.d/css-0.0.0313", 1000);
	set_time(&j, "/etc/driverctl.d", 3000); /* a file was removed */
	judge(&j);
	says(&j, "initrd", READY_LACK, "may be old");
}

TEST(what_nobody_asks_for_is_not_spoken_of)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	tree_put(&j.m.tree, POOL, "0\n");
	tree_put(&j.m.tree, "/proc/79/comm", "kubelet-not\n");
	judge(&j);
	assert_true(silent(&j, "hugepages"));
	assert_true(silent(&j, "ap-facilities"));
	assert_true(silent(&j, "managers"));
}

TEST(the_worst_item_is_the_verdict)
{
	CLEANUP(judged_done) struct judged j = judged_new();

	judge(&j);
	assert_int_equal(readiness_worst(&j.ready), READY_STOP);
	assert_int_equal(readiness_worst(&(struct readiness){ 0 }), READY_OK);
	assert_string_equal(ready_word(READY_LACK), "lacks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(kvm_is_asked_for_link_by_link),
		CASE(a_capture_without_devices_says_nothing_against_kvm),
		CASE(the_iommu_is_judged_by_groups_and_by_the_command_line_booted),
		CASE(a_module_is_missing_or_loaded_by_what_needs_it),
		CASE(vfio_ap_in_modules_load_is_a_finding),
		CASE(each_part_of_the_boot_chain_is_missed_by_its_name),
		CASE(a_matrix_that_nobody_will_load_vfio_ap_for_is_told),
		CASE(devices_that_cio_ignore_will_hide_are_counted_and_named),
		CASE(protected_guests_nesting_and_machine_types_are_read_from_files),
		CASE(other_managers_of_devices_are_named),
		CASE(each_check_is_provoked_by_the_files_of_a_host),
		CASE(each_check_is_seen_good_and_bad),
		CASE(a_copy_in_the_initrd_may_be_old_when_the_files_are_newer),
		CASE(what_nobody_asks_for_is_not_spoken_of),
		CASE(the_worst_item_is_the_verdict),
	};

	return RUN(tests);
}
