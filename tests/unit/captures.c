/* SPDX-License-Identifier: MIT */
/* What a scan makes of the trees of real kernels. */
#include "machine.h"

static const struct subch *subch_of(const struct machine *m, uint16_t dev)
{
	return inventory_subch_of(m->inv, (struct ccwid){ 0, dev });
}

TEST(a_configured_host_shows_its_subchannels_devices_and_drivers)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	const struct subch *r = subch_of(&m, 0x2b09);

	assert_int_equal(m.inv->n_subchs, 9);
	assert_true(m.inv->has_css);
	assert_int_equal(r->id.no, 1);
	assert_string_equal(r->driver, "vfio_ccw");
	assert_string_equal(r->override, "vfio_ccw");
	assert_false(r->ccw);
	r = subch_of(&m, 0x0009);
	assert_string_equal(r->ccw_driver, "3270");
	assert_int_equal(r->cu_type, 0x3270);
	assert_int_equal(r->dev_type, 0);
	assert_int_equal(r->online, 1);
	assert_null(r->override);
	assert_int_equal(r->chpids[0], 1);
	assert_int_equal(r->pim, 0x80);
	assert_int_equal(subch_of(&m, 0x2b0a)->online, 0);
	r = inventory_subch_of(m.inv, (struct ccwid){ 2, 0x1234 });
	assert_int_equal(r->id.ssid, 2);
	assert_int_equal(m.inv->n_chps, 2);
	assert_int_equal(m.inv->chps[1].type, 0x1a);
	assert_int_equal(m.inv->chps[1].online, 1);
	assert_int_equal(m.inv->chps[1].shared, -1);
}

TEST(a_configured_host_shows_its_crypto)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	const struct ap_queue *q;
	char text[1024];

	assert_true(m.inv->ap.present && m.inv->ap.masks_known && m.inv->ap.config_known);
	assert_false(m.inv->ap.has_override);
	assert_true(m.inv->ap.has_ap_config);
	assert_int_equal(m.inv->ap.max_adapter, 63);
	assert_int_equal(m.inv->ap.default_domain, 4);
	assert_string_equal(mask_ranges(&m.inv->ap.apmask, text, sizeof(text)), "0-4,8-255");
	assert_string_equal(mask_ranges(&m.inv->ap.domains, text, sizeof(text)), "4-5,66,171");
	assert_int_equal(m.inv->n_cards, 4);
	assert_int_equal(m.inv->n_queues, 16);
	assert_string_equal(inventory_card(m.inv, 0x14)->type, "CEX7C");
	assert_int_equal(inventory_card(m.inv, 0x14)->hwtype, 13);
	q = inventory_queue(m.inv, APQN(5, 0xab));
	assert_string_equal(q->driver, "vfio_ap");
	assert_string_equal(q->status, "assigned");
	assert_int_equal(q->online, -1);
	q = inventory_queue(m.inv, APQN(0x0a, 4));
	assert_string_equal(q->driver, "cex4queue");
	assert_null(q->status);
	assert_int_equal(q->online, 1);
}

TEST(a_configured_host_shows_its_mediated_devices)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	const struct mdev *d = inventory_mdev(m.inv, "22222222-aaaa-4bbb-8ccc-000000000001");
	const struct mdev_parent *p = inventory_parent(m.inv, "matrix");
	char text[1024];

	assert_int_equal(m.inv->n_mdevs, 4);
	assert_string_equal(d->parent, "matrix");
	assert_string_equal(d->type, "vfio_ap-passthrough");
	assert_int_equal(d->iommu_group, 5);
	assert_false(d->matrix_cut);
	assert_string_equal(mask_ranges(&d->matrix->adapters, text, sizeof(text)), "5,7");
	assert_string_equal(mask_ranges(&d->matrix->domains, text, sizeof(text)), "4,153,171");
	assert_string_equal(mask_ranges(&d->matrix->control, text, sizeof(text)), "4,6");
	/* Adapter 7 and domain 153 are not this host's. */
	assert_string_equal(mask_ranges(&d->guest->adapters, text, sizeof(text)), "5");
	assert_string_equal(mask_ranges(&d->guest->domains, text, sizeof(text)), "4,171");
	d = inventory_mdev(m.inv, "11111111-AAAA-4bbb-8ccc-000000000002");
	assert_string_equal(d->parent, "0.1.0000");
	assert_string_equal(d->type, "vfio_ccw-io");
	assert_int_equal(p->n_types, 1);
	assert_int_equal(p->types[0].available, 65534);
	assert_string_equal(p->types[0].title, "VFIO AP Passthrough Device");
	assert_int_equal(inventory_parent(m.inv, "0.0.0001")->types[0].available, 0);
	assert_null(inventory_parent(m.inv, "0.0.0002"));
}

TEST(a_configured_host_shows_its_pci_functions_with_what_zpci_adds)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");
	const struct pci_fn *r = inventory_pci(m.inv, (struct pciid){ 0x12, 0, 0, 0 });

	assert_int_equal(m.inv->n_pcis, 3);
	assert_string_equal(r->driver, "vfio-pci");
	assert_string_equal(r->override, "vfio-pci");
	assert_int_equal(r->vendor, 0x1af4);
	assert_int_equal(r->device, 0x1005);
	assert_int_equal(r->sub_device, 4);
	assert_int_equal(r->class, 0x00ff00);
	assert_int_equal(r->group, 1);
	assert_int_equal(r->fid, 0x22);
	assert_int_equal(r->uid, 0x12);
	assert_int_equal(r->uid_unique, 1);
	assert_int_equal(r->vfs_total, -1);
	assert_false(r->is_vf);
	assert_null(inventory_pci(m.inv, (struct pciid){ 0x11, 0, 0, 0 })->override);
}

TEST(a_captured_host_says_what_it_is)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-6.12-sysfs-configured");

	assert_true(m.inv->host.s390);
	assert_string_equal(m.inv->host.kernel, "6.12.107-lab");
	assert_string_equal(m.inv->host.arch, "s390x");
	assert_string_equal(m.inv->host.machine, "QEMU z15 KVM/Linux");
	assert_true(inventory_module(m.inv, "vfio_ap")->loaded);
	assert_true(inventory_module(m.inv, "zcrypt_cex4")->available);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_kernel_without_ap_and_vfio_has_channel_devices_and_nothing_to_complain_of)
{
	CLEANUP(machine_done) struct machine m = machine_capture("6.1-sysfs");

	assert_int_equal(m.inv->n_subchs, 9);
	assert_false(m.inv->ap.present);
	assert_int_equal(m.inv->n_queues, 0);
	assert_int_equal(m.inv->n_parents, 0);
	assert_int_equal(m.inv->n_pcis, 3);
	assert_false(inventory_module(m.inv, "vfio_ccw")->available);
	assert_true(m.inv->ap_rule.ours_to_write);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_new_kernel_has_overrides_of_queues)
{
	CLEANUP(machine_done) struct machine m = machine_capture("ap-7.2-sysfs");

	assert_true(m.inv->ap.has_override);
	assert_null(inventory_queue(m.inv, APQN(5, 4))->override);
	assert_int_equal(m.inv->n_problems, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_configured_host_shows_its_subchannels_devices_and_drivers),
		CASE(a_configured_host_shows_its_crypto),
		CASE(a_configured_host_shows_its_mediated_devices),
		CASE(a_configured_host_shows_its_pci_functions_with_what_zpci_adds),
		CASE(a_captured_host_says_what_it_is),
		CASE(a_kernel_without_ap_and_vfio_has_channel_devices_and_nothing_to_complain_of),
		CASE(a_new_kernel_has_overrides_of_queues),
	};

	return RUN(tests);
}
