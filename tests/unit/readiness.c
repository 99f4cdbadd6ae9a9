/* SPDX-License-Identifier: MIT */
#include "readiness.h"
#include "machine.h"
#include "mem.h"

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

/* A host of these files, and what is said of it. A path without text is a directory. */
struct provoked {
	const char *item;
	enum ready state;
	const char *evidence;
	struct {
		const char *path, *text;
	} files[6];
};

#define Z                                                                                          \
	{                                                                                          \
		"/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 12 15 17\nfeatures : sie\n" \
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

static const struct provoked cases[] = {
	{ "ap-facilities", READY_OK, "QCI (12) is there", { Z, CARD } },
	{ "ap-facilities",
	  READY_LACK,
	  "no facility 12",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 112 15\nfeatures : sie\n" },
	    CARD } },
	{ "ap-facilities",
	  READY_NOTE,
	  "APFT (15) is not",
	  { { "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 12 150\nfeatures : sie\n" },
	    CARD } },
	{ "hugepages",
	  READY_LACK,
	  "(db1), and none are reserved",
	  { HUGE_GUEST, { POOL, "0\n" } } },
	{ "hugepages", READY_OK, "some are reserved", { HUGE_GUEST, { POOL, "64\n" } } },
	{ "hugepages",
	  READY_LACK,
	  "without hpage=1",
	  { Z, HUGE_GUEST, { POOL, "64\n" }, { "/sys/module/kvm/parameters/hpage", "0\n" } } },
	{ "managers", READY_NOTE, "virt-handler", { { "/proc/77/comm", "virt-handler\n" } } },
	{ "managers", READY_NOTE, "nova", { { "/proc/78/comm", "nova-compute\n" } } },
	{ "qemu", READY_NOTE, "not found", { { "/proc/1/comm", "systemd\n" } } },
	{ "qemu", READY_OK, "version not known", { Z, { "/usr/bin/qemu-system-s390x", "" } } },
	{ "qemu",
	  READY_OK,
	  "version 10.0.2, newest machine type s390-ccw-virtio-10.0",
	  { Z,
	    { "/usr/bin/qemu-system-s390x", "" },
	    { CAPS, "<qemuCaps><version>10000002</version><machine name='s390-ccw-virtio-10.0'/>"
		    "<machine name='s390-ccw-virtio-9.2'/></qemuCaps>" } } },
	{ "driverctl", READY_LACK, "missing", { { "/proc/1/comm", "systemd\n" } } },
	{ "mdevctl", READY_LACK, "the program", { { "/proc/1/comm", "systemd\n" } } },
	{ "protvirt",
	  READY_NOTE,
	  "without prot_virt=1",
	  { Z, { "/sys/firmware/uv/prot_virt_host", "0\n" } } },
	{ "nesting", READY_OK, "off", { { "/sys/module/kvm/parameters/nested", "0\n" } } },
	{ "nesting",
	  READY_OK,
	  "can run guests",
	  { { "/sys/module/kvm/parameters/nested", "1\n" } } },
	{ "zpci", READY_LACK, "pci=off", { Z, { "/proc/cmdline", "root=/dev/dasda1 pci=off\n" } } },
	{ "vfio_ap-early",
	  READY_LACK,
	  "before the masks",
	  { { "/etc/modules-load.d/x.conf", "vfio_ap\n" } } },
	{ "initrd",
	  READY_NOTE,
	  "initrd",
	  { { "/usr/lib/dracut/modules.d/90driverctl/module-setup.sh", "" } } },
};

TEST(each_check_is_provoked_by_the_files_of_a_host)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(judged_done) struct judged j = judged_new();

		for (size_t k = 0; k < ARRAY_SIZE(cases[i].files) && cases[i].files[k].path; k++)
			tree_put(&j.m.tree, cases[i].files[k].path, cases[i].files[k].text);
		judge(&j);
		says(&j, cases[i].item, cases[i].state, cases[i].evidence);
	}
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
		CASE(what_nobody_asks_for_is_not_spoken_of),
		CASE(the_worst_item_is_the_verdict),
	};

	return RUN(tests);
}
