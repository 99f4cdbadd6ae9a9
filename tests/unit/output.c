/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "output_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CCW_UUID "7e270a25-e163-4922-af60-757fc8ed48c6"
#define AP_UUID	 "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define PCI_UUID "11111111-2222-3333-4444-555555555555"

/* Records own their strings; these are never freed. */
static char *lit(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* A host with one DASD for a guest, one matrix, two RoCE functions and a GPU's slice. */
struct fixture {
	struct subch dasd;
	struct subch *subchs[1];
	struct pci_fn fn[3];
	struct pci_fn *pcis[3];
	struct mdev_type type;
	struct mdev_parent parent;
	struct mdev_parent *parents[1];
	struct override_file overrides[2];
	struct guest_no nos[5];
	struct inventory inv;
	struct attr attrs[3];
	struct attr odd[1];
	struct d_mdev mdevs[3];
	struct d_ap aps[2]; /* none of the second */
	struct desired desired;
	struct out out;
};

static void set_functions(struct fixture *f)
{
	for (size_t i = 0; i < 3; i++) {
		f->fn[i] = (struct pci_fn){ .id = { .domain = (uint32_t)i + 0x12 },
					    .driver = "vfio-pci",
					    .group = (int)i,
					    .vfs_total = -1,
					    .vfs = -1,
					    .fid = 0x31 + (int)i,
					    .uid = 0x12 + (int)i,
					    .uid_unique = 1 };
		f->pcis[i] = &f->fn[i];
	}
	f->fn[1].driver = "mlx5_vfio_pci";
	f->fn[2].driver = "mlx5_core";
	f->type = (struct mdev_type){ .id = "slice<1>", .api = "vfio-pci", .available = 1 };
	f->parent = (struct mdev_parent){ .id = devid_pci(f->fn[2].id),
					  .types = &f->type,
					  .n_types = 1 };
	f->parents[0] = &f->parent;
}

static void set_mdevs(struct fixture *f)
{
	struct d_mdev *ap = &f->mdevs[0], *slice = &f->mdevs[1], *ccw = &f->mdevs[2];

	f->attrs[0].name = lit("assign_adapter");
	f->attrs[0].value = lit("5");
	f->attrs[1].name = lit("assign_domain");
	f->attrs[1].value = lit("4");
	f->attrs[2].name = lit("assign_domain");
	f->attrs[2].value = lit("171");
	f->odd[0].name = lit("note");
	f->odd[0].value = lit("it's <a> & \"b\"");
	*ap = (struct d_mdev){ .uuid = AP_UUID,
			       .ap = &f->aps[0],
			       .parent = "matrix",
			       .type = TYPE_AP,
			       .active_then = true,
			       .defined_then = true,
			       .start_then = START_AUTO,
			       .is_matrix = true,
			       .attrs_then = f->attrs,
			       .n_attrs_then = 3 };
	mask_set(&f->aps[0].def_then.adapters, 5, true);
	mask_set(&f->aps[0].def_then.domains, 4, true);
	mask_set(&f->aps[0].def_then.domains, 0xab, true);
	f->aps[0].live_then = f->aps[0].def_then;
	*slice = (struct d_mdev){ .uuid = PCI_UUID,
				  .ap = &f->aps[1],
				  .parent = "0014:00:00.0",
				  .type = "slice<1>",
				  .active_then = true,
				  .attrs_live = f->odd,
				  .n_attrs_live = 1 };
	*ccw = (struct d_mdev){ .uuid = CCW_UUID,
				.ap = &f->aps[1],
				.parent = "0.0.0313",
				.type = TYPE_CCW,
				.active_then = true,
				.defined_then = true,
				.start_then = START_AUTO };
}

static struct fixture *setup(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dasd = (struct subch){
		.id = { 0, 0x313 }, .dev = { 0, 0x2b09 }, .has_dev = true, .driver = "vfio_ccw"
	};
	f->subchs[0] = &f->dasd;
	set_functions(f);
	set_mdevs(f);
	f->overrides[0] =
		(struct override_file){ .dev = devid_css(f->dasd.id), .driver = "vfio_ccw" };
	f->overrides[1] =
		(struct override_file){ .dev = devid_pci(f->fn[0].id), .driver = "vfio-pci" };
	f->inv = (struct inventory){ .host = { .s390 = true, .qci = 1, .apft = 1, .apqi = 1 },
				     .subchs = f->subchs,
				     .by_dev = f->subchs,
				     .n_by_dev = 1,
				     .n_subchs = 1,
				     .has_css = true,
				     .ap = { .present = true, .masks_known = true },
				     .pcis = f->pcis,
				     .n_pcis = 3,
				     .parents = f->parents,
				     .n_parents = 1,
				     .overrides = f->overrides,
				     .n_overrides = 2 };
	f->desired = (struct desired){ .inv = &f->inv,
				       .mdevs = f->mdevs,
				       .n_mdevs = 3,
				       .ap_mode = AP_MODE_MASKS,
				       .apmask_then = mask_all(),
				       .aqmask_then = mask_all(),
				       .rule_has_aqmask = true,
				       .rule_aqmask = mask_all() };
	mask_set(&f->desired.aqmask_then, 4, false);
	mask_set(&f->desired.aqmask_then, 0xab, false);
	f->desired.rule_aqmask = f->desired.aqmask_then;
	f->out = (struct out){ .inv = &f->inv, .desired = &f->desired };
	return f;
}

static void teardown(struct fixture **f)
{
	out_done(&(*f)->out);
	free(*f);
}

static char *text_of(struct fixture *f,
		     int (*write)(const struct out *o, FILE *f, struct msg *reterr), int want)
{
	CLEANUP(msg_done) struct msg m = { 0 };
	char *text = NULL;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	out_number(&f->out);
	assert_int_equal(write(&f->out, mem, &m), want);
	assert_true(want == 0 || (m.what && *m.what));
	fclose(mem);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void add(struct fixture *f, const char *name)
{
	struct devid dev;

	assert_int_equal(devid_parse(name, &dev), 0);
	assert_int_equal(out_add(&f->out, &dev), 0);
}

TEST(qemu_gets_the_dasd_under_the_number_it_has_on_the_host)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "ccw/0.0.2b09");
	text = text_of(f, out_qemu, 0);
	has(text, "\n-device vfio-ccw,id=hostdev0,sysfsdev=/sys/bus/mdev/devices/" CCW_UUID
		  ",devno=fe.0.2b09\n");
}

TEST(qemu_is_told_which_cpu_model_a_matrix_needs)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "ap/05.00ab");
	text = text_of(f, out_qemu, 0);
	has(text, "# the guest's CPU model needs the AP facilities: -cpu host,ap=on,");
	has(text, "\n-device vfio-ap,id=hostdev0,sysfsdev=/sys/bus/mdev/devices/" AP_UUID "\n");
}

TEST(zpci_devices_keep_the_host_numbers_and_stand_before_their_functions)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "pci/0012:00:00.0");
	text = text_of(f, out_qemu, 0);
	has(text, "\n-device zpci,id=zpci0,uid=18,fid=49,target=hostdev0\n"
		  "-device vfio-pci,id=hostdev0,host=0012:00:00.0\n");
}

TEST(zpci_numbers_do_not_collide)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	f->fn[0].uid = 1;
	f->fn[0].fid = 0;
	f->fn[1].uid = 1;
	f->fn[1].fid = 0;
	f->mdevs[1].active_then = true;
	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_qemu, 0);
	has(text, "uid=1,fid=0,");
	has(text, "uid=2,fid=1,");
	has(text, "uid=3,fid=2,");
}

TEST(zpci_numbers_of_functions_without_unique_uid_are_counted)
{
	CLEANUP(teardown) struct fixture *f = setup();

	f->fn[0].uid_unique = 0;
	add(f, "pci/0012:00:00.0");
	out_number(&f->out);
	assert_int_equal(f->out.items[0].zpci_uid, 1);
	assert_int_equal(f->out.items[0].zpci_fid, 0x31);
}

static void given(struct fixture *f, enum guest_no_of kind, uint32_t no, const char *dev)
{
	struct guest_no *g = &f->nos[f->inv.n_guest_nos++];

	*g = (struct guest_no){ .kind = kind, .no = no };
	if (dev)
		assert_int_equal(devid_parse(dev, &g->dev), 0);
	f->inv.guest_nos = f->nos;
}

TEST(numbers_that_a_guests_definition_gives_to_another_device_are_avoided)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	given(f, GUEST_NO_UID, 0x12, NULL);
	given(f, GUEST_NO_UID, 1, "pci/0013:00:00.0");
	given(f, GUEST_NO_FID, 0x31, NULL);
	given(f, GUEST_NO_FID, 0, NULL);
	given(f, GUEST_NO_CCW, 0x2b09, "mdev/" PCI_UUID);
	add(f, "pci/0012:00:00.0");
	add(f, "ccw/0.0.2b09");
	text = text_of(f, out_qemu, 0);
	has(text, "uid=2,fid=1,target=hostdev0\n");
	has(text, "devices/" CCW_UUID "\n"); /* QEMU takes a free one */
}

TEST(numbers_that_a_guests_definition_gives_to_the_device_itself_stay)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	given(f, GUEST_NO_UID, 0x12, "pci/0012:00:00.0");
	given(f, GUEST_NO_FID, 0x31, "pci/0012:00:00.0");
	given(f, GUEST_NO_CCW, 0x2b09, "mdev/" CCW_UUID);
	given(f, GUEST_NO_CCW, 0x12b09, NULL); /* of another subchannel set */
	add(f, "pci/0012:00:00.0");
	add(f, "ccw/0.0.2b09");
	text = text_of(f, out_qemu, 0);
	has(text, "uid=18,fid=49,target=hostdev0\n");
	has(text, "devices/" CCW_UUID ",devno=fe.0.2b09\n");
}

TEST(no_zpci_device_where_the_host_is_not_ibm_z)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	f->inv.host.s390 = false;
	add(f, "pci/0012:00:00.0");
	text = text_of(f, out_qemu, 0);
	assert_null(strstr(text, "zpci"));
}

TEST(libvirt_gets_the_variant_driver_by_name_and_zpci_in_hexadecimal)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "pci/0013:00:00.0");
	text = text_of(f, out_libvirt, 0);
	has(text, "<hostdev mode='subsystem' type='pci' managed='yes'>\n"
		  "  <driver name='vfio' model='mlx5_vfio_pci'/>\n"
		  "  <source>\n"
		  "    <address domain='0x0013' bus='0x00' slot='0x00' function='0x0'/>\n"
		  "  </source>\n"
		  "  <address type='pci'>\n"
		  "    <zpci uid='0x0013' fid='0x00000032'/>\n"
		  "  </address>\n"
		  "</hostdev>\n");
}

TEST(libvirt_gets_no_guest_address_for_a_matrix)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "mdev/" AP_UUID);
	text = text_of(f, out_libvirt, 0);
	has(text, "<hostdev mode='subsystem' type='mdev' model='vfio-ap'>\n"
		  "  <source>\n    <address uuid='" AP_UUID "'/>\n  </source>\n</hostdev>\n");
}

TEST(node_devices_have_libvirt_names_and_escaped_attributes)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	f->out.whole = true;
	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_nodedev, 0);
	has(text, "<parent>css_0_0_0313</parent>");
	has(text, "<parent>ap_matrix</parent>");
	has(text, "<parent>pci_0014_00_00_0</parent>");
	has(text, "<type id='slice&lt;1&gt;'/>");
	has(text, "<attr name='assign_domain' value='171'/>");
	has(text, "<attr name='note' value='it&apos;s &lt;a&gt; &amp; &quot;b&quot;'/>");
}

TEST(a_pci_function_is_no_node_device_to_be_defined)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	add(f, "pci/0012:00:00.0");
	text = text_of(f, out_nodedev, -EINVAL);
}

TEST(a_value_with_control_bytes_is_refused_and_not_bent)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *xml = NULL;

	f->odd[0].value = lit("a\033[2Jb");
	add(f, "mdev/" PCI_UUID);
	text = text_of(f, out_commands, -EINVAL);
	xml = text_of(f, out_nodedev, -EINVAL);
}

TEST(what_nobody_can_write_is_left_out_where_everything_was_asked_for)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *named = NULL;

	f->mdevs[1].type = "nobody-knows";
	f->out.whole = true;
	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_libvirt, 0);
	has(text, "<!-- mdev/" PCI_UUID " is left out: ");
	has(text, CCW_UUID);
	f->out.whole = false;
	named = text_of(f, out_qemu, -EINVAL);
}

TEST(commands_define_before_they_start_and_quote_for_a_shell)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_commands, 0);
	has(text, "chzdev --type ap aqmask=0-3,5-170,172-255\n");
	has(text, "driverctl -b css set-override 0.0.0313 vfio_ccw\n");
	has(text, "driverctl set-override 0012:00:00.0 vfio-pci\n");
	has(text, "mdevctl define --uuid " AP_UUID " --parent matrix --type vfio_ap-passthrough\n"
		  "mdevctl modify --uuid " AP_UUID
		  " --parent matrix --addattr assign_adapter --value 5\n");
	has(text, "mdevctl modify --uuid " AP_UUID " --parent matrix --auto\n"
		  "mdevctl start --uuid " AP_UUID " --parent matrix\n");
	has(text, "mdevctl start --uuid " PCI_UUID " --parent 0014:00:00.0 --type 'slice<1>'\n"
		  "echo 'it'\\''s <a> & \"b\"' > /sys/bus/mdev/devices/" PCI_UUID "/note\n");
	/* bound to a variant driver and not kept: by hand */
	has(text, "echo 0013:00:00.0 > /sys/bus/pci/devices/0013:00:00.0/driver/unbind\n"
		  "echo mlx5_vfio_pci > /sys/bus/pci/devices/0013:00:00.0/driver_override\n"
		  "echo 0013:00:00.0 > /sys/bus/pci/drivers_probe\n");
}

TEST(a_driver_s_name_is_one_word_of_a_command_and_harmless_whatever_a_file_calls_it)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(freep) char *text = NULL;

	f->overrides[0].driver = "x\x1b[2J\xd6;reboot";
	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_commands, 0);
	has(text, "driverctl -b css set-override 0.0.0313 "
		  "'x'\"$(printf '\\033')\"'[2J'\"$(printf '\\326')\"';reboot'\n");
}

TEST(a_plan_gives_a_command_that_covers_several_steps_once)
{
	struct step steps[] = {
		{ .text = lit("unbind"), .command = lit("driverctl x"), .block = 1 },
		{ .text = lit("probe"), .command = lit(""), .block = 1 },
		{ .text = lit("again"), .command = lit("driverctl x"), .block = 2 },
		{ .text = lit("nothing to type"), .block = 3 },
	};
	const struct plan plan = { .steps = steps, .n_steps = ARRAY_SIZE(steps) };
	struct msg m = { 0 };
	CLEANUP(freep) char *text = NULL;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	assert_int_equal(out_plan(&plan, mem, &m), 0);
	fclose(mem);
	assert_string_equal(text,
			    "#!/bin/sh\n# vfiocfg: the staged edits, live and for the next boot\n"
			    "set -e\n# probe\ndriverctl x\n# again\ndriverctl x\n");
}

TEST(edits_make_another_machine_the_same)
{
	CLEANUP(teardown) struct fixture *f = setup();
	CLEANUP(wish_done) struct wish w = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	CLEANUP(freep) char *text = NULL;
	struct devid css = devid_css(f->dasd.id);

	f->out.whole = true;
	assert_int_equal(out_add_all(&f->out), 0);
	text = text_of(f, out_edits, 0);
	assert_int_equal(wish_from_json(text, strlen(text), "test", &w, &m), 0);
	assert_int_equal(w.n_mdevs, 3);
	assert_string_equal(wish_driver_of(&w, &css)->driver, "vfio_ccw");
	assert_true(wish_driver_of(&w, &css)->reach.persist);
	assert_string_equal(wish_driver_of(&w, &css)->peer.name, "0.0.2b09");
	assert_true(matrix_eq(&wish_mdev_of(&w, AP_UUID)->matrix, &f->mdevs[0].ap->def_then));
	assert_false(wish_mdev_of(&w, PCI_UUID)->reach.persist);
	assert_true(w.ap.has_aqmask && mask_eq(&w.ap.aqmask, &f->desired.aqmask_then));
}

TEST(a_device_that_no_guest_has_is_not_found)
{
	CLEANUP(teardown) struct fixture *f = setup();
	struct devid dev = devid_queue(APQN(6, 4));

	assert_int_equal(out_add(&f->out, &dev), -ENOENT);
	f->mdevs[2].active_then = f->mdevs[2].defined_then = false;
	dev = devid_ccw(f->dasd.dev);
	assert_int_equal(out_add(&f->out, &dev), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(qemu_gets_the_dasd_under_the_number_it_has_on_the_host),
		CASE(qemu_is_told_which_cpu_model_a_matrix_needs),
		CASE(zpci_devices_keep_the_host_numbers_and_stand_before_their_functions),
		CASE(zpci_numbers_do_not_collide),
		CASE(zpci_numbers_of_functions_without_unique_uid_are_counted),
		CASE(numbers_that_a_guests_definition_gives_to_another_device_are_avoided),
		CASE(numbers_that_a_guests_definition_gives_to_the_device_itself_stay),
		CASE(no_zpci_device_where_the_host_is_not_ibm_z),
		CASE(libvirt_gets_the_variant_driver_by_name_and_zpci_in_hexadecimal),
		CASE(libvirt_gets_no_guest_address_for_a_matrix),
		CASE(node_devices_have_libvirt_names_and_escaped_attributes),
		CASE(a_pci_function_is_no_node_device_to_be_defined),
		CASE(a_value_with_control_bytes_is_refused_and_not_bent),
		CASE(what_nobody_can_write_is_left_out_where_everything_was_asked_for),
		CASE(commands_define_before_they_start_and_quote_for_a_shell),
		CASE(a_driver_s_name_is_one_word_of_a_command_and_harmless_whatever_a_file_calls_it),
		CASE(a_plan_gives_a_command_that_covers_several_steps_once),
		CASE(edits_make_another_machine_the_same),
		CASE(a_device_that_no_guest_has_is_not_found),
	};

	return RUN(tests);
}
