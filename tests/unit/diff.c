/* SPDX-License-Identifier: MIT */
#include "fixture.h"

struct diff {
	struct change *v;
	size_t n;
};

static struct diff diff_of(struct fixture *f, const char *edits)
{
	struct diff d;

	fixture_edit(f, edits);
	assert_int_equal(desired_diff(&f->desired, &d.v, &d.n), 0);
	return d;
}

static const struct change *change_of(const struct diff *d, enum change_kind kind)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].kind == kind)
			return &d->v[i];
	return NULL;
}

TEST(a_side_that_does_not_change_has_no_text)
{
	struct fixture f = fixture_new();
	const struct change *c;
	struct diff d;

	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
	d = diff_of(&f,
		    "\"drivers\":{\"css/0.0.0313\":{\"driver\":\"vfio_ccw\",\"persist\":false}}");
	c = change_of(&d, CHANGE_DRIVER);
	assert_string_equal(c->now, "io_subchannel");
	assert_string_equal(c->then, "vfio_ccw");
	assert_null(c->boot_now);
	assert_null(c->boot_then);
	assert_int_equal(d.n, 1);
	changes_free(d.v, d.n);
	fixture_done(&f);
}

TEST(a_new_matrix_is_told_fact_by_fact)
{
	struct fixture f = fixture_new();
	const struct change *c;
	struct diff d;

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 9);
	d = diff_of(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A
			"\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\",\"start\":"
			"\"auto\",\"active\":true,"
			"\"adapters\":[5],\"domains\":[4]}]");
	c = change_of(&d, CHANGE_MDEV);
	assert_string_equal(c->then, "active");
	c = change_of(&d, CHANGE_DEFINITION);
	assert_string_equal(c->boot_now, "not defined");
	assert_string_equal(c->boot_then, "defined, auto");
	c = change_of(&d, CHANGE_MASK);
	assert_true(c->implied);
	assert_string_equal(c->dev.name, "apmask");
	assert_null(c->now);
	assert_string_equal(c->boot_then, "00-13,15-ff");
	/* Domain 4 costs the host two queues besides, adapter 5 would cost three. */
	c++;
	assert_string_equal(c->dev.name, "aqmask");
	assert_string_equal(c->now, "0000-00ff");
	assert_string_equal(c->then, "0000-0003,0005-00ff");
	assert_string_equal(c->boot_now, "not set");
	changes_free(d.v, d.n);
	fixture_done(&f);
}

TEST(a_change_of_a_running_matrix_shows_both_matrices)
{
	struct fixture f = fixture_new();
	const struct change *c;
	struct diff d;

	fixture_crypto(&f);
	fixture_parent(&f, "ap/matrix", TYPE_AP, 9);
	fixture_running(&f, UUID_A, "20", "4");
	fixture_defined(&f, UUID_A, START_MANUAL, "20", "4");
	d = diff_of(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"domains\":[4,5]}]");
	c = change_of(&d, CHANGE_ATTRS);
	assert_string_equal(c->now, "adapters 14, domains 0004");
	assert_string_equal(c->then, "adapters 14, domains 0004-0005");
	assert_string_equal(c->boot_then, "adapters 14, domains 0004-0005");
	assert_int_equal(d.n, 1);
	changes_free(d.v, d.n);
	d = diff_of(&f, "\"mdevs\":[{\"uuid\":\"" UUID_A "\",\"start\":\"auto\"}]");
	c = change_of(&d, CHANGE_START);
	assert_string_equal(c->boot_then, "defined, auto");
	changes_free(d.v, d.n);
	fixture_done(&f);
}

TEST(modules_and_virtual_functions_are_told)
{
	struct fixture f = fixture_new();
	struct pci_fn *pf = fixture_pci(&f, "0000:3b:00.0", "mlx5_core", 1);
	struct diff d;

	pf->vfs_total = 8;
	pf->vfs = 0;
	fixture_module(&f, "vfio_pci", false, true);
	d = diff_of(&f, "\"sriov\":{\"pci/0000:3b:00.0\":4},\"modules\":{\"vfio_pci\":true}");
	assert_string_equal(change_of(&d, CHANGE_SRIOV)->then, "4");
	assert_string_equal(change_of(&d, CHANGE_MODULE)->then, "loaded");
	assert_int_equal(d.n, 3);
	changes_free(d.v, d.n);
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_side_that_does_not_change_has_no_text),
		CASE(a_new_matrix_is_told_fact_by_fact),
		CASE(a_change_of_a_running_matrix_shows_both_matrices),
		CASE(modules_and_virtual_functions_are_told),
	};

	return RUN(tests);
}
