/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "attrs.h"
#include "wish.h"

#include <string.h>

static const struct reach both = { true, true };

static struct wish_driver driver(const char *dev, const char *name)
{
	struct wish_driver d = { .reach = { true, true } };

	assert_int_equal(devid_parse(dev, &d.dev), 0);
	strcpy(d.driver, name);
	return d;
}

TEST(drivers_are_kept_in_order_and_one_a_device)
{
	struct wish w = { 0 };
	struct wish_driver a = driver("css/0.0.0313", "vfio_ccw"),
			   b = driver("css/0.0.0001", "vfio_ccw");
	struct wish_driver c = driver("css/0.0.0313", "");

	assert_int_equal(wish_set_driver(&w, &a), 0);
	assert_int_equal(wish_set_driver(&w, &b), 0);
	assert_int_equal(wish_set_driver(&w, &c), 0);
	assert_int_equal(w.n_drivers, 2);
	assert_string_equal(w.drivers[0].dev.name, "0.0.0001");
	assert_string_equal(wish_driver_of(&w, &a.dev)->driver, "");
	wish_drop_driver(&w, &a.dev);
	assert_null(wish_driver_of(&w, &a.dev));
	wish_done(&w);
}

TEST(a_queue_is_wanted_for_guests_or_for_the_host_never_both)
{
	struct wish w = { 0 };

	wish_set_queue(&w, APQN(5, 4), true, both);
	wish_set_queue(&w, APQN(5, 2), true, both);
	wish_set_queue(&w, APQN(5, 4), false, both);
	assert_int_equal(w.ap.n_guest, 1);
	assert_int_equal(w.ap.n_host, 1);
	assert_int_equal(wish_count(&w), 2);
	wish_drop_queue(&w, APQN(5, 4));
	assert_true(w.ap.set);
	wish_drop_queue(&w, APQN(5, 2));
	assert_false(w.ap.set);
	assert_true(wish_empty(&w));
	wish_done(&w);
}

TEST(an_entry_without_parent_replaces_the_one_of_its_uuid)
{
	char parent[] = "matrix", other[] = "0.0.0313";
	struct wish_mdev m = { .uuid = "669d9b23-fe1b-4ecb-be08-a2fabca99b71",
			       .parent = parent,
			       .fields = WM_PARENT,
			       .reach = { true, true } };
	struct wish w = { 0 };

	wish_set_mdev(&w, &m);
	m.parent = other;
	wish_set_mdev(&w, &m);
	assert_int_equal(w.n_mdevs, 2);
	assert_string_equal(w.mdevs[0].parent, "0.0.0313");
	m.parent = NULL;
	m.fields = WM_ACTIVE;
	wish_set_mdev(&w, &m);
	assert_int_equal(w.n_mdevs, 1);
	assert_null(w.mdevs[0].parent);
	wish_drop_mdev(&w, m.uuid);
	assert_true(wish_empty(&w));
	wish_done(&w);
}

TEST(a_copy_is_equal_and_its_own)
{
	struct wish w = { 0 }, copy;
	struct wish_mdev m = { .uuid = "669d9b23-fe1b-4ecb-be08-a2fabca99b71",
			       .fields = WM_ATTRS,
			       .reach = { true, false } };
	struct wish_driver a = driver("pci/0000:3b:00.1", "vfio-pci");
	struct wish_sriov v = { .dev = a.dev, .vfs = 4, .reach = { true, true } };
	struct wish_module mod = { .name = "vfio_ap", .reach = { true, false } };

	attrs_add(&m.attrs, &m.n_attrs, "assign_adapter", "5");
	wish_set_mdev(&w, &m);
	wish_set_driver(&w, &a);
	wish_set_sriov(&w, &v);
	wish_set_module(&w, &mod);
	wish_set_queue(&w, APQN(5, 4), true, both);
	assert_int_equal(wish_copy(&copy, &w), 0);
	assert_true(wish_eq(&w, &copy));
	assert_ptr_not_equal(w.mdevs[0].attrs, copy.mdevs[0].attrs);
	copy.sriov[0].vfs = 5;
	assert_false(wish_eq(&w, &copy));
	copy.sriov[0].vfs = 4;
	strcpy(copy.mdevs[0].attrs[0].value, "6");
	assert_false(wish_eq(&w, &copy));
	attrs_free(m.attrs, m.n_attrs);
	wish_done(&w);
	wish_done(&copy);
}

TEST(a_module_is_one_however_it_is_spelled)
{
	struct wish w = { 0 };
	struct wish_module dash = { .name = "vfio-pci", .reach = { true, true } };
	struct wish_module kernels = { .name = "vfio_pci", .reach = { true, true } };

	assert_int_equal(wish_set_module(&w, &dash), 0);
	assert_int_equal(wish_set_module(&w, &kernels), 0);
	assert_int_equal(w.n_modules, 1);
	assert_string_equal(w.modules[0].name, "vfio_pci");
	wish_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(drivers_are_kept_in_order_and_one_a_device),
		CASE(a_queue_is_wanted_for_guests_or_for_the_host_never_both),
		CASE(an_entry_without_parent_replaces_the_one_of_its_uuid),
		CASE(a_copy_is_equal_and_its_own),
		CASE(a_module_is_one_however_it_is_spelled),
	};

	return RUN(tests);
}
