/* SPDX-License-Identifier: MIT */
/*
 * What is predicted for the next boot is what the simulated boot makes.
 */
#include "check.h"
#include "boot.h"
#include "sim.h"
#include "sys.h"
#include "txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Channel devices with the programs of a boot. */
static const char small[] = "kernel 612 6.12.0\n"
			    "module vfio boot\n"
			    "module mdev boot\n"
			    "module vfio_ccw boot needs=vfio,mdev\n"
			    "module dasd_eckd_mod boot\n"
			    "file /proc/sys/kernel/random/boot_id 444 \"boot-1\\n\"\n"
			    "chp 50 type=1b\n"
			    "subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50 "
			    "pim=80 pam=80 online=1 ccwdriver=dasd-eckd\n"
			    "subchannel 0.0.0314 dev=0.0.2b0a cu=3990/e9 devtype=3390/0c chpids=50 "
			    "pim=80 pam=80 ccwdriver=dasd-eckd\n"
			    "subchannel 0.0.0315 dev=0.0.2b0b cu=3990/e9 devtype=3390/0c chpids=50 "
			    "pim=80 pam=80 ccwdriver=dasd-eckd\n"
			    "dir /run/lock\n"
			    "file /usr/sbin/mdevctl 755 \"\"\n"
			    "file /usr/sbin/driverctl 755 \"\"\n"
			    "file /usr/lib/udev/rules.d/05-driverctl.rules 644 \"# driverctl\\n\"\n"
			    "file /usr/lib/udev/rules.d/60-mdevctl.rules 644 \"# mdevctl\\n\"\n"
			    "file /etc/udev/rules.d/41-dasd-eckd-0.0.2b0a.rules 644 "
			    "\"ATTR{[ccw/0.0.2b0a]online}=\\\"1\\\"\\n\"\n";

struct machine {
	struct sys *sys;
	struct strtab *tab;
	struct inventory *inv;
	struct wish wish;
	struct desired d;
};

static void look(struct machine *m, const char *edits)
{
	struct msg err = { 0 };

	m->tab = strtab_new();
	m->wish = (struct wish){ 0 };
	assert_int_equal(inventory_scan(m->sys, m->tab, &m->inv), 0);
	if (wish_from_json(edits, strlen(edits), "wish", &m->wish, &err) < 0 ||
	    wish_bind(&m->wish, m->inv, &err) < 0)
		fail_msg("%s %s", err.what, err.why);
	assert_int_equal(desired_build(m->inv, &m->wish, &m->d), 0);
}

static void forget(struct machine *m)
{
	desired_done(&m->d);
	wish_done(&m->wish);
	inventory_unref(m->inv);
	strtab_free(m->tab);
}

static void commit(struct machine *m)
{
	struct txn_opts opts = { .deadline_ms = 300 };
	struct txn_report rep;
	struct msg err = { 0 };
	struct plan plan;

	assert_int_equal(plan_make(&m->d, &plan, &err), 0);
	assert_int_equal(txn_run(m->sys, &plan, &opts, &rep), 0);
	if (rep.result != TXN_COMMITTED)
		fail_msg("%s %s", rep.msg.what, rep.msg.why);
	txn_report_done(&rep);
	plan_done(&plan);
}

static void reboot_it(struct machine *m)
{
	struct sys_event e = { 0 };

	while (sys_watch(m->sys, &e) == 1)
		sys_event_done(&e);
	assert_int_equal(sim_reboot(m->sys), 0);
	assert_int_equal(boot_play(m->sys), 0);
}

/* Every device of the first look is now as was foretold. */
static void assert_foretold(const struct desired *d, const struct inventory *after)
{
	for (size_t i = 0; i < d->inv->n_subchs; i++) {
		struct devid dev = devid_css(d->inv->subchs[i]->id);
		const char *is = inventory_driver(after, &dev);
		struct boot_driver b;

		boot_driver(d, &dev, &b);
		if (b.sure == BOOT_YES && !str_eq(b.driver, is))
			fail_msg("%s: foretold %s, is %s", dev.name, b.driver, is);
	}
	for (size_t i = 0; i < d->inv->n_queues; i++) {
		struct devid dev = devid_queue(d->inv->queues[i]->id);
		const char *is = inventory_driver(after, &dev);
		struct boot_driver b;

		boot_driver(d, &dev, &b);
		if (b.sure == BOOT_YES && !str_eq(b.driver, is))
			fail_msg("%s: foretold %s, is %s", dev.name, b.driver, is);
	}
	for (size_t i = 0; i < d->inv->n_pcis; i++) {
		struct devid dev = devid_pci(d->inv->pcis[i]->id);
		const char *is = inventory_driver(after, &dev);
		struct boot_driver b;

		boot_driver(d, &dev, &b);
		if (b.sure == BOOT_YES && !str_eq(b.driver, is))
			fail_msg("%s: foretold %s, is %s", dev.name, b.driver, is);
	}
	for (size_t i = 0; i < d->n_mdevs; i++) {
		bool is = inventory_mdev(after, d->mdevs[i].uuid);
		struct boot_mdev b;

		boot_mdev(d, &d->mdevs[i], &b);
		if (b.active != BOOT_UNCERTAIN && (b.active == BOOT_YES) != is)
			fail_msg("%s: foretold %s (%s)", d->mdevs[i].uuid,
				 b.active == BOOT_YES ? "yes" : "no", b.why);
	}
}

static void boot_as_foretold(struct sys *sys, const char *edits)
{
	struct machine before = { .sys = sys }, after = { .sys = sys };

	look(&before, edits);
	commit(&before);
	reboot_it(&before);
	look(&after, "{\"vfiocfg-edits\": 1}");
	assert_foretold(&before.d, after.inv);
	forget(&before);
	forget(&after);
}

static struct sys *small_new(void)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(small, strlen(small), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

static void assert_driver(struct sys *sys, const char *dev, const char *driver)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf is = { 0 };

	assert_int_equal(buf_printf(&path, "/sys/bus/%s/driver", dev), 0);
	assert_int_equal(sys_read_base(sys, buf_str(&path), &is), 0);
	assert_string_equal(buf_str(&is), driver);
}

TEST(a_persistent_device_and_its_mediated_device_are_back_after_a_boot)
{
	struct sys *sys = small_new();

	boot_as_foretold(sys, "{\"vfiocfg-edits\": 1, \"mdevs\": [{\"uuid\": "
			      "\"7e270a25-e163-4922-af60-757fc8ed48c6\", "
			      "\"parent\": \"0.0.0313\", \"type\": \"vfio_ccw-io\", \"start\": "
			      "\"auto\", \"active\": true}]}");
	assert_driver(sys, "css/devices/0.0.0313", "vfio_ccw");
	assert_true(sys_exists(sys, "/sys/bus/mdev/devices/7e270a25-e163-4922-af60-757fc8ed48c6"));
	sys_free(sys);
}

TEST(what_was_only_live_is_gone_after_a_boot)
{
	struct sys *sys = small_new();

	boot_as_foretold(sys, "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0314\": {\"driver\": "
			      "\"vfio_ccw\", \"persist\": false}}}");
	assert_driver(sys, "css/devices/0.0.0314", "io_subchannel");
	sys_free(sys);
}

TEST(a_device_that_chzdev_sets_online_is_online_after_a_boot)
{
	struct sys *sys = small_new();
	CLEANUP(buf_done) struct buf online = { 0 };

	boot_as_foretold(sys,
			 "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0315\": \"vfio_ccw\"}}");
	assert_int_equal(sys_read_line(sys, "/sys/bus/ccw/devices/0.0.2b0a/online", &online), 0);
	assert_string_equal(buf_str(&online), "1");
	sys_free(sys);
}

static void on_machine(const char *name, const char *edits)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new_named(name, &sys), 0);
	boot_as_foretold(sys, edits);
	sys_free(sys);
}

TEST(pci_functions_and_their_mediated_devices_come_up_as_foretold)
{
	on_machine("x86", "{\"vfiocfg-edits\": 1}");
	on_machine("x86",
		   "{\"vfiocfg-edits\": 1, \"drivers\": {\"pci/0000:17:00.0\": \"vfio-pci\", "
		   "\"pci/0000:17:00.1\": "
		   "{\"driver\": \"vfio-pci\", \"live\": false}, \"pci/0000:60:00.0\": null}}");
	on_machine("x86", "{\"vfiocfg-edits\": 1, \"mdevs\": [{\"uuid\": "
			  "\"5c1f0b2e-3d47-4f6a-9c8b-0a1b2c3d4e5f\", \"start\": "
			  "\"manual\"}, {\"uuid\": \"00000000-0000-4000-8000-000000000001\", "
			  "\"parent\": \"0000:65:00.0\", "
			  "\"type\": \"nvidia-470\", \"start\": \"auto\", \"active\": true}]}");
}

#define EXAMPLE                                                                                    \
	"{\"vfiocfg-edits\": 1, \"mdevs\": [{\"uuid\": \"7e270a25-e163-4922-af60-757fc8ed48c6\", " \
	"\"parent\": \"0.0.0313\", "                                                               \
	"\"type\": \"vfio_ccw-io\", \"start\": \"auto\", \"active\": true}, {\"uuid\": "           \
	"\"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", \"type\": "             \
	"\"vfio_ap-passthrough\", \"start\": "                                                     \
	"\"auto\", \"active\": true, \"adapters\": [\"0x05\"], \"domains\": [\"0x0004\", "         \
	"\"0x00ab\"]}]}"

TEST(the_example_everybody_knows_comes_up_as_foretold)
{
	on_machine("lpar", EXAMPLE);
	on_machine("lpar72", EXAMPLE);
}

TEST(a_matrix_of_overridden_queues_is_not_started_where_ap_check_is_installed)
{
	struct sys *sys = NULL;
	struct machine m = { 0 };
	struct boot_mdev b;
	const char *edits = "{\"vfiocfg-edits\": 1, \"ap\": {\"mode\": \"override\"}}";

	on_machine("lpar72", edits);
	assert_int_equal(sim_new_named("lpar72", &sys), 0);
	m.sys = sys;
	look(&m, edits);
	boot_mdev(&m.d, desired_mdev(&m.d, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL), &b);
	assert_int_equal(b.active, BOOT_NO);
	m.inv->host.has_ap_check = false;
	boot_mdev(&m.d, desired_mdev(&m.d, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL), &b);
	assert_int_equal(b.active, BOOT_UNCERTAIN);
	forget(&m);
	sys_free(sys);
}

TEST(each_machine_as_it_is_comes_up_as_foretold)
{
	on_machine("lpar", "{\"vfiocfg-edits\": 1}");
	on_machine("lpar72", "{\"vfiocfg-edits\": 1}");
	on_machine("zvm", "{\"vfiocfg-edits\": 1}");
	on_machine("empty", "{\"vfiocfg-edits\": 1}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_persistent_device_and_its_mediated_device_are_back_after_a_boot),
		CASE(what_was_only_live_is_gone_after_a_boot),
		CASE(a_device_that_chzdev_sets_online_is_online_after_a_boot),
		CASE(the_example_everybody_knows_comes_up_as_foretold),
		CASE(a_matrix_of_overridden_queues_is_not_started_where_ap_check_is_installed),
		CASE(each_machine_as_it_is_comes_up_as_foretold),
		CASE(pci_functions_and_their_mediated_devices_come_up_as_foretold),
	};

	return RUN(tests);
}
