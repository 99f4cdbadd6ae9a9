/* SPDX-License-Identifier: MIT */
/* Each rule is provoked once, and narrowly missed once. */
#include "fixture.h"

#define TAKE_313   "\"drivers\":{\"css/0.0.0313\":\"vfio_ccw\"}"
#define TAKE_PCI   "\"drivers\":{\"pci/0000:3b:00.0\":\"vfio-pci\"}"
#define LIVE(what) "\"drivers\":{\"css/0.0.0313\":{\"driver\":" what ",\"persist\":false}}"

static struct fixture with_disk(void)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	return f;
}

TEST(a_device_that_is_not_there_can_only_lose_its_file)
{
	struct fixture f = fixture_new();

	fixture_override(&f, "css/0.0.0313", "vfio_ccw");
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "no-device", GRADE_ERROR, true));
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":{\"driver\":null,\"live\":false}}");
	assert_null(fixture_finding(&f, "no-device"));
	fixture_done(&f);
}

TEST(qdio_devices_and_subchannels_without_io_are_no_guests)
{
	struct fixture f = with_disk();

	f.inv->subchs[0]->cu_type = 0x1731;
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "not-for-guests", GRADE_ERROR, true));
	f.inv->subchs[0]->cu_type = 0x3990;
	fixture_edit(&f, TAKE_313);
	assert_null(fixture_finding(&f, "not-for-guests"));
	f.inv->subchs[0]->type = 1;
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "not-for-guests", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(a_virtual_function_of_nvidias_own_is_explained_and_left_alone)
{
	struct fixture f = fixture_new();
	struct pci_fn *fn = fixture_pci(&f, "0000:3b:00.4", "nvidia", 12);

	fixture_edit(&f, "");
	assert_null(fixture_finding(&f, "vendor-vfio"));
	fn->vgpu_type = "709";
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "vendor-vfio", GRADE_NOTE, false));
	assert_non_null(strstr(fixture_finding(&f, "vendor-vfio")->msg.why, "709"));
	fixture_done(&f);
}

TEST(a_device_in_use_is_protected_and_the_root_disk_vital)
{
	struct fixture f = with_disk();

	fixture_use(&f, "css/0.0.0313", USE_VITAL, "/ (host)");
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "in-use", GRADE_PROTECTED, true));
	assert_true(fixture_finding(&f, "in-use")->vital);
	/* Only at the next boot: the host misses its root all the same. */
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":{\"driver\":\"vfio_ccw\",\"live\":false}}");
	assert_true(fixture_finds(&f, "in-use", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":null}");
	assert_null(fixture_finding(&f, "in-use"));
	f.inv->uses[0].grade = USE_NOTE;
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "in-use", GRADE_NOTE, true));
	fixture_done(&f);
}

TEST(a_running_guest_protects_its_device)
{
	struct fixture f = fixture_new();

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "vfio_ccw");
	fixture_parent(&f, "css/0.0.0313", TYPE_CCW, 0);
	fixture_mdev(&f, UUID_A, "0.0.0313", TYPE_CCW);
	fixture_def(&f, UUID_A, "0.0.0313", TYPE_CCW, START_MANUAL);
	fixture_use(&f, "mdev/" UUID_A, USE_PROTECTED, "guest db1");
	fixture_use(&f, "css/0.0.0313", USE_PROTECTED, "guest db1");
	fixture_edit(&f, LIVE("null"));
	assert_true(fixture_finds(&f, "in-use", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"delete\":true}]");
	assert_true(fixture_finds(&f, "in-use", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"start\":\"auto\"}]");
	assert_null(fixture_finding(&f, "in-use"));
	fixture_done(&f);
}

TEST(another_device_behind_the_subchannel_than_recorded_is_protected)
{
	struct fixture f = with_disk();

	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":{\"driver\":\"vfio_ccw\",\"device\":\"ccw/"
			 "0.0.2b08\"}}");
	assert_true(fixture_finds(&f, "peer-changed", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"drivers\":{\"ccw/"
			 "0.0.2b09\":{\"driver\":\"vfio_ccw\",\"subchannel\":\"css/0.0.0312\"}}");
	assert_true(fixture_finds(&f, "peer-changed", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"drivers\":{\"css/0.0.0313\":{\"driver\":\"vfio_ccw\",\"device\":\"ccw/"
			 "0.0.2b09\"}}");
	assert_null(fixture_finding(&f, "peer-changed"));
	fixture_edit(&f,
		     "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"parent\":\"0.0.0313\",\"type\":\"vfio_"
		     "ccw-io\",\"device\":\"ccw/0.0.2b08\"}]");
	assert_true(fixture_finds(&f, "peer-changed", GRADE_PROTECTED, true));
	fixture_done(&f);
}

TEST(an_iommu_group_is_not_split)
{
	struct fixture f = fixture_new();

	fixture_pci(&f, "0000:3b:00.0", "nouveau", 7);
	fixture_pci(&f, "0000:3b:00.1", "snd_hda_intel", 7);
	fixture_pci(&f, "0000:00:01.0", "pcieport", 7)->class = 0x060400;
	fixture_edit(&f, TAKE_PCI);
	assert_true(fixture_finds(&f, "iommu-group", GRADE_ERROR, true));
	assert_non_null(strstr(fixture_finding(&f, "iommu-group")->msg.why,
			       "0000:3b:00.1 (snd_hda_intel)"));
	assert_null(strstr(fixture_finding(&f, "iommu-group")->msg.why, "pcieport"));
	fixture_edit(&f, "\"drivers\":{\"pci/0000:3b:00.0\":\"vfio-pci\",\"pci/"
			 "0000:3b:00.1\":\"vfio-pci\"}");
	assert_null(fixture_finding(&f, "iommu-group"));
	/* Together now, apart at the next boot. */
	fixture_edit(&f, "\"drivers\":{\"pci/0000:3b:00.0\":\"vfio-pci\","
			 "\"pci/0000:3b:00.1\":{\"driver\":\"vfio-pci\",\"persist\":false}}");
	assert_true(fixture_finds(&f, "iommu-group", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(a_module_that_this_kernel_lacks_is_an_error)
{
	struct fixture f = with_disk();

	fixture_module(&f, "vfio_ccw", false, false);
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "module-missing", GRADE_ERROR, true));
	fixture_module(&f, "vfio_ccw", false, true);
	fixture_edit(&f, TAKE_313);
	assert_null(fixture_finding(&f, "module-missing"));
	fixture_done(&f);
}

TEST(vfio_ap_does_not_belong_into_modules_load)
{
	struct fixture f = fixture_new();

	fixture_edit(&f, "\"modules\":{\"vfio_ap\":{\"live\":false}}");
	assert_true(fixture_finds(&f, "vfio-ap-early", GRADE_ERROR, true));
	assert_int_equal(f.desired.n_modules_boot, 0);
	fixture_edit(&f, "\"modules\":{\"vfio_ap\":true}");
	assert_true(fixture_finds(&f, "vfio-ap-early", GRADE_NOTE, true));
	assert_int_equal(f.desired.n_modules_boot, 0);
	fixture_edit(&f, "\"modules\":{\"vfio_ap\":{\"persist\":false},\"vfio_ccw\":true}");
	assert_null(fixture_finding(&f, "vfio-ap-early"));
	fixture_push(&f, autoload, n_autoload, "vfio_ap");
	fixture_edit(&f, "");
	assert_true(fixture_finds(&f, "vfio-ap-early", GRADE_NOTE, false));
	fixture_done(&f);
}

TEST(without_driverctl_or_mdevctl_nothing_happens_at_boot)
{
	struct fixture f = with_disk();

	f.inv->host.has_driverctl = false;
	f.inv->host.mdev_rule = false;
	fixture_def(&f, UUID_B, "0.0.0313", TYPE_CCW, START_AUTO);
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "boot-helper", GRADE_NOTE, true));
	assert_true(fixture_finds(&f, "boot-helper", GRADE_NOTE, false));
	f.inv->host.has_driverctl = true;
	f.inv->host.mdev_rule_lacks = "/usr/sbin/mdevctl";
	fixture_edit(&f, TAKE_313);
	assert_string_equal(fixture_finding(&f, "boot-helper")->msg.why,
			    "mdevctl's udev rule calls /usr/sbin/mdevctl, which is not there: so "
			    "is Debian's package.");
	f.inv->host.mdev_rule = true;
	fixture_edit(&f, LIVE("\"vfio_ccw\""));
	assert_null(fixture_finding(&f, "boot-helper"));
	fixture_done(&f);
}

TEST(cio_ignore_hides_a_device_that_is_to_be_bound_at_boot)
{
	struct fixture f = with_disk();
	struct ccw_range all = { .to = { 3, 0xffff }, .ignored = true };
	struct ccw_range but = { .from = { 0, 0x2b09 }, .to = { 0, 0x2b09 } };

	fixture_push(&f, ignores, n_ignores, all);
	fixture_edit(&f, TAKE_313);
	assert_true(fixture_finds(&f, "cio-ignore", GRADE_NOTE, true));
	fixture_push(&f, ignores, n_ignores, but);
	fixture_edit(&f, TAKE_313);
	assert_null(fixture_finding(&f, "cio-ignore"));
	fixture_done(&f);
}

TEST(pci_addresses_are_no_names_without_unique_uids)
{
	struct fixture f = fixture_new();
	struct pci_fn *fn = fixture_pci(&f, "0000:3b:00.0", "mlx5_core", 1);

	fn->uid_unique = 0;
	fixture_edit(&f, TAKE_PCI);
	assert_true(fixture_finds(&f, "uid-not-unique", GRADE_NOTE, true));
	fn->uid_unique = 1;
	fixture_edit(&f, TAKE_PCI);
	assert_null(fixture_finding(&f, "uid-not-unique"));
	fixture_done(&f);
}

TEST(virtual_functions_are_limited_made_anew_and_protected)
{
	struct fixture f = fixture_new();
	struct pci_fn *pf = fixture_pci(&f, "0000:3b:00.0", "mlx5_core", 1), *vf;

	pf->vfs_total = 8;
	pf->vfs = 2;
	vf = fixture_pci(&f, "0000:3b:00.2", "mlx5_core", 2);
	vf->is_vf = true;
	vf->physfn = pf->id;
	fixture_edit(&f, "\"sriov\":{\"pci/0000:3b:00.0\":{\"vfs\":9,\"persist\":false}}");
	assert_true(fixture_finds(&f, "virtual-functions", GRADE_ERROR, true));
	fixture_edit(&f, "\"sriov\":{\"pci/0000:3b:00.0\":{\"vfs\":8,\"persist\":false}}");
	assert_true(fixture_finds(&f, "virtual-functions", GRADE_NOTE, true));
	fixture_edit(&f, "\"sriov\":{\"pci/0000:3b:00.0\":{\"vfs\":0,\"persist\":false}}");
	assert_null(fixture_finding(&f, "virtual-functions"));
	vf->driver = "vfio-pci";
	fixture_edit(&f, "\"sriov\":{\"pci/0000:3b:00.0\":{\"vfs\":0,\"persist\":false}}");
	assert_true(fixture_finds(&f, "virtual-functions", GRADE_PROTECTED, true));
	fixture_edit(&f, "\"sriov\":{\"pci/0000:3b:00.0\":{\"vfs\":2,\"live\":false}}");
	assert_true(fixture_finds(&f, "virtual-functions", GRADE_ERROR, true));
	fixture_done(&f);
}

TEST(each_rule_has_a_name_of_its_own_and_says_what_it_is_about)
{
	for (const struct rule *a = rules; a->name; a++) {
		assert_true(strlen(a->about) > 0 && a->check);
		for (const struct rule *b = a + 1; b->name; b++)
			assert_string_not_equal(a->name, b->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_device_that_is_not_there_can_only_lose_its_file),
		CASE(qdio_devices_and_subchannels_without_io_are_no_guests),
		CASE(a_virtual_function_of_nvidias_own_is_explained_and_left_alone),
		CASE(a_device_in_use_is_protected_and_the_root_disk_vital),
		CASE(a_running_guest_protects_its_device),
		CASE(another_device_behind_the_subchannel_than_recorded_is_protected),
		CASE(an_iommu_group_is_not_split),
		CASE(a_module_that_this_kernel_lacks_is_an_error),
		CASE(vfio_ap_does_not_belong_into_modules_load),
		CASE(without_driverctl_or_mdevctl_nothing_happens_at_boot),
		CASE(cio_ignore_hides_a_device_that_is_to_be_bound_at_boot),
		CASE(pci_addresses_are_no_names_without_unique_uids),
		CASE(virtual_functions_are_limited_made_anew_and_protected),
		CASE(each_rule_has_a_name_of_its_own_and_says_what_it_is_about),
	};

	return RUN(tests);
}
