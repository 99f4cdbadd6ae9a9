/* SPDX-License-Identifier: MIT */
/*
 * Whole commits on the built-in machines: what was wished is so afterwards, and whichever mutation fails, the machine is
 * as it was before.
 */
#include "check.h"
#include "act.h"
#include "boot.h"
#include "faulty.h"
#include "msg.h"
#include "sim.h"
#include "txn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Channel devices alone: a small machine on which each mutation can be tried. */
static const char small[] =
	"kernel 612 6.12.0\n"
	"module vfio boot\n"
	"module mdev boot\n"
	"module vfio_ccw boot needs=vfio,mdev\n"
	"module dasd_eckd_mod boot\n"
	"chp 50 type=1b\n"
	"subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd "
	"online=1\n"
	"subchannel 0.0.0314 dev=0.0.2b0a cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd\n"
	"subchannel 0.0.0315 dev=0.0.2b0b cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd\n"
	"dir /run/lock\n"
	"write /sys/devices/css0/0.0.0315/driver/unbind 0.0.0315\n"
	"write /sys/devices/css0/0.0.0315/driver_override vfio_ccw\n"
	"write /sys/bus/css/drivers_probe 0.0.0315\n"
	"write /sys/devices/css0/0.0.0315/mdev_supported_types/vfio_ccw-io/create "
	"b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a\n"
	"file /etc/driverctl.d/css-0.0.0315 644 \"vfio_ccw\\n\"\n";

static const char small72[] = "kernel 702 7.2.0\n"
			      "module vfio boot\n"
			      "module mdev boot\n"
			      "module zcrypt_cex4 boot\n"
			      "ap max_adapter=63 max_domain=255 domains=04,05 control=04,05 "
			      "features=\"APSC APXA QACT RC8A\"\n"
			      "card 05 CEX8C\n"
			      "card 06 CEX8C\n"
			      "module vfio_ap boot needs=vfio,mdev\n"
			      "dir /run/lock\n";

#define MATRIX72 "33333333-0000-4000-8000-000000000003"
#define CREATE72 "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create"
#define ASSIGN72                                                                                   \
	"write " CREATE72 " " MATRIX72 "\n"                                                        \
	"write /sys/devices/vfio_ap/matrix/" MATRIX72 "/assign_adapter 5\n"                        \
	"write /sys/devices/vfio_ap/matrix/" MATRIX72 "/assign_domain 4\n"

/* The same with one matrix whose queue masks have freed, or an override. */
static const char masked72[] = "write /sys/bus/ap/aqmask -4\n" ASSIGN72;
static const char overridden72[] = "write /sys/devices/ap/card05/05.0004/driver/unbind 05.0004\n"
				   "write /sys/devices/ap/card05/05.0004/driver_override vfio_ap\n"
				   "write /sys/bus/ap/drivers_probe 05.0004\n"
				   "file /etc/driverctl.d/ap-05.0004 644 \"vfio_ap\\n\"\n" ASSIGN72;

struct wished {
	const char *machine;
	const char *edits; /* what stands behind "vfiocfg-edits": 1 */
	bool module;	   /* it loads a module, which stays */
};

#define NEW_CCW "7e270a25-e163-4922-af60-757fc8ed48c6"
#define OLD_CCW "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a"

static const struct wished wishes[] = {
	{ "small", "\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}", false },
	{ "small",
	  "\"drivers\": {\"ccw/0.0.2b0a\": {\"driver\": \"vfio_ccw\", \"persist\": false}}",
	  false },
	{ "small", "\"drivers\": {\"css/0.0.0314\": {\"driver\": \"vfio_ccw\", \"live\": false}}",
	  false },
	{ "small", "\"drivers\": {\"css/0.0.0315\": null}", false },
	{ "small",
	  "\"drivers\": {\"css/0.0.0315\": null, \"css/0.0.0314\": \"vfio_ccw\", \"css/0.0.0313\": "
	  "\"none\"}",
	  false },
	{ "small",
	  "\"mdevs\": [{\"uuid\": \"" NEW_CCW
	  "\", \"parent\": \"0.0.0313\", \"type\": \"vfio_ccw-io\", "
	  "\"start\": \"auto\", \"active\": true}]",
	  false },
	{ "small", "\"mdevs\": [{\"uuid\": \"" OLD_CCW "\", \"delete\": true}]", false },
	{ "small", "\"mdevs\": [{\"uuid\": \"" OLD_CCW "\", \"start\": \"auto\"}]", false },
	{ "small",
	  "\"mdevs\": [{\"uuid\": \"" OLD_CCW "\", \"active\": false}, {\"uuid\": \"" NEW_CCW
	  "\", \"parent\": \"0.0.0315\", \"type\": \"vfio_ccw-io\", \"start\": \"auto\", "
	  "\"active\": true}]",
	  false },
	{ "x86",
	  "\"drivers\": {\"pci/0000:17:00.0\": \"vfio-pci\", \"pci/0000:17:00.1\": \"vfio-pci\"}",
	  false },
	{ "x86",
	  "\"drivers\": {\"pci/0000:3b:00.1\": {\"driver\": \"vfio-pci\", \"persist\": false}}",
	  false },
	{ "x86", "\"drivers\": {\"pci/0000:60:00.0\": null}", false },
	{ "x86", "\"drivers\": {\"pci/0000:5f:00.0\": \"none\"}", false },
	{ "x86", "\"drivers\": {\"pci/0000:17:00.2\": {\"driver\": \"vfio-pci\", \"live\": false}}",
	  false },
	{ "x86", "\"sriov\": {\"pci/0000:3b:00.0\": 4}", false },
	{ "x86",
	  "\"sriov\": {\"pci/0000:3b:00.0\": 3}, \"drivers\": {\"pci/0000:17:00.3\": \"vfio-pci\"}",
	  false },
	{ "x86",
	  "\"mdevs\": [{\"uuid\": \"5c1f0b2e-3d47-4f6a-9c8b-0a1b2c3d4e5f\", \"delete\": true}]",
	  false },
	{ "x86",
	  "\"mdevs\": [{\"uuid\": \"5c1f0b2e-3d47-4f6a-9c8b-0a1b2c3d4e5f\", \"start\": "
	  "\"manual\"}]",
	  false },
	{ "x86",
	  "\"mdevs\": [{\"uuid\": \"00000000-0000-4000-8000-000000000001\", \"parent\": "
	  "\"0000:65:00.0\", \"type\": \"nvidia-470\", "
	  "\"start\": \"auto\", \"active\": true}]",
	  false },
	{ "x86", "\"modules\": {\"mlx5_vfio_pci\": {\"live\": false}}", false },
	{ "lpar", "\"ap\": {\"guest-queues\": [\"05.0004\"]}", false },
	{ "lpar", "\"ap\": {\"guest-queues\": [\"05.0004\", \"05.00ab\"], \"persist\": false}",
	  false },
	{ "lpar",
	  "\"ap\": {\"apmask\": "
	  "\"0xfbfff7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\", \"aqmask\": "
	  "\"0xf7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": "
	  "\"matrix\", \"type\": \"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, "
	  "\"adapters\": [\"0x05\"], \"domains\": [\"0x0004\", \"0x00ab\"]}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": "
	  "\"matrix\", \"type\": \"vfio_ap-passthrough\", \"start\": \"manual\", \"active\": true, "
	  "\"adapters\": [\"5\", \"0x0a\"], \"domains\": [\"4\"], \"control-domains\": [\"4\"]}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"delete\": true}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"active\": false}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": "
	  "[\"0xab\"], \"persist\": false}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"adapters\": "
	  "[\"0x14\", \"0x0a\"]}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"delete\": "
	  "true},{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", "
	  "\"type\": \"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, \"adapters\": "
	  "[\"0x14\"], \"domains\": [\"0x0042\"]}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"domains\": "
	  "[\"0x04\"]},{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": "
	  "[\"0x42\", \"0x05\"]}]",
	  false },
	{ "lpar",
	  "\"mdevs\": [{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"domains\": "
	  "[\"0x42\", \"5\"], \"persist\": false},{\"uuid\": "
	  "\"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": [\"0x04\"], \"persist\": false}]",
	  false },
	{ "lpar",
	  "\"ap\": {\"guest-queues\": [\"05.0004\"]}, \"mdevs\": [{\"uuid\": "
	  "\"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"adapters\": [\"5\"], \"domains\": [\"4\"]}]",
	  false },
	{ "lpar",
	  "\"drivers\": {\"ccw/0.0.2b09\": \"vfio_ccw\"}, \"mdevs\": [{\"uuid\": "
	  "\"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", \"type\": "
	  "\"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, \"adapters\": "
	  "[\"0x05\"], \"domains\": [\"0x0004\", \"0x00ab\"]}, {\"uuid\": "
	  "\"7e270a25-e163-4922-af60-757fc8ed48c6\", \"parent\": \"0.0.0313\", \"type\": "
	  "\"vfio_ccw-io\", \"start\": \"auto\", \"active\": true}]",
	  false },
	{ "lpar72", "\"ap\": {\"guest-queues\": [\"05.0004\"]}", false },
	{ "lpar72", "\"ap\": {\"guest-queues\": [\"05.0004\", \"05.00ab\"], \"persist\": false}",
	  false },
	{ "lpar72",
	  "\"ap\": {\"apmask\": "
	  "\"0xfbfff7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\", \"aqmask\": "
	  "\"0xf7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": "
	  "\"matrix\", \"type\": \"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, "
	  "\"adapters\": [\"0x05\"], \"domains\": [\"0x0004\", \"0x00ab\"]}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": "
	  "\"matrix\", \"type\": \"vfio_ap-passthrough\", \"start\": \"manual\", \"active\": true, "
	  "\"adapters\": [\"5\", \"0x0a\"], \"domains\": [\"4\"], \"control-domains\": [\"4\"]}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"delete\": true}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"active\": false}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": "
	  "[\"0xab\"], \"persist\": false}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"adapters\": "
	  "[\"0x14\", \"0x0a\"]}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"delete\": "
	  "true},{\"uuid\": \"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", "
	  "\"type\": \"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, \"adapters\": "
	  "[\"0x14\"], \"domains\": [\"0x0042\"]}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"domains\": "
	  "[\"0x04\"]},{\"uuid\": \"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": "
	  "[\"0x42\", \"0x05\"]}]",
	  false },
	{ "lpar72",
	  "\"mdevs\": [{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"domains\": "
	  "[\"0x42\", \"5\"], \"persist\": false},{\"uuid\": "
	  "\"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"domains\": [\"0x04\"], \"persist\": false}]",
	  false },
	{ "lpar72",
	  "\"ap\": {\"guest-queues\": [\"05.0004\"]}, \"mdevs\": [{\"uuid\": "
	  "\"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\", \"adapters\": [\"5\"], \"domains\": [\"4\"]}]",
	  false },
	{ "lpar72",
	  "\"drivers\": {\"ccw/0.0.2b09\": \"vfio_ccw\"}, \"mdevs\": [{\"uuid\": "
	  "\"669d9b23-fe1b-4ecb-be08-a2fabca99b71\", \"parent\": \"matrix\", \"type\": "
	  "\"vfio_ap-passthrough\", \"start\": \"auto\", \"active\": true, \"adapters\": "
	  "[\"0x05\"], \"domains\": [\"0x0004\", \"0x00ab\"]}, {\"uuid\": "
	  "\"7e270a25-e163-4922-af60-757fc8ed48c6\", \"parent\": \"0.0.0313\", \"type\": "
	  "\"vfio_ccw-io\", \"start\": \"auto\", \"active\": true}]",
	  false },
	{ "small72",
	  "\"ap\": {\"mode\": \"override\", \"guest-queues\": [\"05.0004\"], \"persist\": false}",
	  false },
	{ "small72",
	  "\"ap\": {\"mode\": \"override\", \"guest-queues\": [\"05.0004\"]}, \"mdevs\": "
	  "[{\"uuid\": \"" NEW_CCW
	  "\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\", \"adapters\": [\"5\"], "
	  "\"domains\": [\"4\", \"5\"], \"active\": true, \"start\": \"auto\"}]",
	  false },
	{ "small72",
	  "\"mdevs\": [{\"uuid\": \"" NEW_CCW
	  "\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\", \"adapters\": [\"5\"], "
	  "\"domains\": [\"4\", \"5\"], \"active\": true, \"start\": \"auto\"}]",
	  false },
	/* One way of dividing the queues into the other, at once. */
	{ "masked72", "\"ap\": {\"mode\": \"override\"}", false },
	{ "masked72", "\"ap\": {\"mode\": \"override\", \"persist\": false}", false },
	{ "masked72",
	  "\"ap\": {\"mode\": \"override\", \"guest-queues\": [\"06.0005\"]}, \"mdevs\": "
	  "[{\"uuid\": "
	  "\"" MATRIX72 "\", \"adapters\": [\"5\", \"6\"]}]",
	  false },
	{ "overridden72", "\"ap\": {\"mode\": \"masks\"}", false },
	{ "overridden72",
	  "\"ap\": {\"mode\": \"masks\", \"guest-queues\": [\"06.0005\"]}, \"mdevs\": [{\"uuid\": "
	  "\"" MATRIX72 "\", \"domains\": [\"5\"]}]",
	  false },
};

struct scene {
	struct sys *sys;
	struct strtab *tab;
	struct inventory *inv;
	struct wish wish;
	struct desired d;
	struct plan plan;
	struct msg err;
};

static void scene_done(struct scene *s)
{
	plan_done(&s->plan);
	desired_done(&s->d);
	wish_done(&s->wish);
	inventory_unref(s->inv);
	strtab_free(s->tab);
	msg_done(&s->err);
	*s = (struct scene){ 0 };
}

/* Scans the machine and makes the plan for a wish. */
static void scene_init(struct scene *s, struct sys *sys, const struct wished *w)
{
	CLEANUP(buf_done) struct buf json = { 0 };

	*s = (struct scene){ .sys = sys, .tab = strtab_new() };
	assert_int_equal(buf_printf(&json, "{\"vfiocfg-edits\": 1, %s}", w->edits), 0);
	assert_int_equal(inventory_scan(sys, s->tab, &s->inv), 0);
	if (wish_from_json(json.data, json.len, "wish", &s->wish, &s->err) < 0 ||
	    wish_bind(&s->wish, s->inv, &s->err) < 0)
		fail_msg("%s: %s %s", w->edits, s->err.what, s->err.why);
	assert_int_equal(desired_build(s->inv, &s->wish, &s->d), 0);
	if (plan_make(&s->d, &s->plan, &s->err) < 0)
		fail_msg("%s: %s %s", w->edits, s->err.what, s->err.why);
}

static struct sys *machine_new(const char *name)
{
	struct sys *sys = NULL;
	struct sim_error at = { 0 };

	if (str_ends(name, "72") && strcmp(name, "lpar72") != 0) {
		CLEANUP(buf_done) struct buf text = { 0 };

		buf_adds(&text, small72);
		buf_adds(&text, str_eq(name, "masked72")       ? masked72
				: str_eq(name, "overridden72") ? overridden72
							       : "");
		if (sim_new(buf_str(&text), text.len, &sys, &at) < 0)
			fail_msg("line %u: expected %s", at.line, at.expected);
	}
	if (str_eq(name, "small") && sim_new(small, strlen(small), &sys, &at) < 0)
		fail_msg("line %u: expected %s", at.line, at.expected);

	for (const struct sim_machine *m = sim_machines; m->name; m++) {
		struct sim_error e = { 0 };

		if (str_eq(m->name, name) && sim_new(m->text, strlen(m->text), &sys, &e) < 0)
			fail_msg("machine %s, line %u: expected %s", name, e.line, e.expected);
	}
	assert_non_null(sys);
	return sys;
}

/*
 * What is no state to restore: the commit's own directories, empty directories of definitions (mdevctl leaves them too), and the number of
 * the IOMMU group that a mediated device gets anew each time it is made.
 */
static bool passes(const char *line)
{
	static const char *const no[] = { "/var/lib/vfiocfg", " /var",	       " /.sim/staged",
					  " /.sim/home",      " /.sim/past",   " /run/lock",
					  " /dev/vfio",	      "iommu_group",   "/vfio/",
					  "/class/vfio",      "/virtual/vfio", "dir /" };

	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (strstr(line, no[i]))
			return false;
	return true;
}

static char *text_of(struct sys *sys)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	struct buf kept = { 0 };
	char *rest, *line;
	bool keep = true;

	assert_int_equal(sim_save(sys, &all), 0);
	for (rest = all.data; (line = strsep(&rest, "\n"));) {
		/* Continued values are indented. */
		if (line[0] != '\t')
			keep = passes(line);
		if (keep)
			buf_printf(&kept, "%s\n", line);
	}
	return buf_take(&kept);
}

/* Where two texts first differ, for the message of a failure. */
static void assert_same_text(const char *before, const char *after, const char *what, long k)
{
	size_t i = 0, a;

	while (before[i] && before[i] == after[i])
		i++;
	if (!before[i] && !after[i])
		return;
	for (a = i; a > 0 && before[a - 1] != '\n';)
		a--;
	fail_msg("%s, mutation %ld:\nwas: %.160s\nis:  %.160s", what, k, before + a, after + a);
}

static const struct txn_opts opts = { .deadline_ms = 5 };

static void tell(const struct plan *p, const struct txn_report *rep)
{
	for (size_t i = 0; i < p->n_steps; i++)
		print_message("  %d %s: %s > %s\n", rep->state ? (int)rep->state[i] : -1,
			      p->steps[i].text, p->steps[i].act.value ? p->steps[i].act.value : "-",
			      p->steps[i].act.path ? p->steps[i].act.path : "-");
	for (size_t i = 0; i < rep->n_differences; i++)
		print_message("  %s\n", rep->differences[i]);
}

static void commit_whole(const struct wished *w)
{
	struct sys *sys = machine_new(w->machine);
	struct txn_report rep;
	struct change *diff;
	struct scene s;
	size_t n;

	scene_init(&s, sys, w);
	assert_int_equal(txn_run(sys, &s.plan, &opts, &rep), 0);
	if (rep.result != TXN_COMMITTED || s.plan.n_steps == 0) {
		tell(&s.plan, &rep);
		fail_msg("%s %s: %s %s", w->machine, w->edits, rep.msg.what, rep.msg.why);
	}
	txn_report_done(&rep);
	scene_done(&s);
	scene_init(&s, sys, w);
	assert_int_equal(desired_diff(&s.d, &diff, &n), 0);
	if (n || s.plan.n_steps)
		fail_msg("%s %s: still %zu changes, first %s: %s", w->machine, w->edits, n,
			 n ? diff[0].dev.name : "", s.plan.n_steps ? s.plan.steps[0].text : "");
	changes_free(diff, n);
	scene_done(&s);
	sys_free(sys);
}

TEST(what_was_wished_is_so_after_the_commit_and_a_second_plan_is_empty)
{
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
		commit_whole(&wishes[i]);
}

/* Only a step that was marked so when planning may stay. */
static bool undoable(const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].not_undoable)
			return false;
	return true;
}

/* Large machines take time to make: there a wish tries every eleventh mutation, each wish from another one on. */
static long stride(const struct wished *w)
{
	return str_starts(w->machine, "lpar") ? 11 : 1;
}

/* Was the mutation reached? Ends the faulty machine. */
static int faulty_hit(struct sys *faulty, long k)
{
	bool hit = faulty_count(faulty) >= (unsigned)k;

	sys_free(faulty);
	return hit;
}

/* 1: the mutation was reached. */
static int commit_failing(const struct wished *w, const char *before, long k)
{
	struct sys *sys = machine_new(w->machine);
	struct txn_report rep;
	struct scene s;
	struct sys *faulty;
	char *after;

	scene_init(&s, sys, w);
	assert_int_equal(faulty_new(sys, (unsigned)k, FAULT_REFUSED, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &s.plan, &opts, &rep), 0);
	if (rep.result == TXN_STUCK && undoable(&s.plan)) {
		tell(&s.plan, &rep);
		fail_msg("%s, mutation %ld: stuck: %s %s", w->edits, k, rep.msg.what, rep.msg.why);
	}
	if (rep.result != TXN_COMMITTED && rep.result != TXN_STUCK) {
		after = text_of(sys);
		assert_same_text(before, after, w->edits, k);
		free(after);
	}
	assert_int_equal(sys_exists(sys, "/var/lib/vfiocfg/commit.json"), rep.result == TXN_STUCK);
	txn_report_done(&rep);
	scene_done(&s);
	sys_free(sys);
	return faulty_hit(faulty, k);
}

TEST(whichever_mutation_fails_the_machine_is_as_it_was)
{
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct sys *sys = machine_new(wishes[i].machine);
		char *before = text_of(sys);

		sys_free(sys);
		for (long k = 1 + (long)i % stride(&wishes[i]);
		     !wishes[i].module && commit_failing(&wishes[i], before, k);)
			k += stride(&wishes[i]);
		free(before);
	}
}

/* 1: the mutation was reached. */
static int commit_killed(const struct wished *w, const char *before, long k)
{
	struct sys *sys = machine_new(w->machine);
	struct txn_report rep;
	struct scene s;
	struct sys *faulty;
	char *after;

	scene_init(&s, sys, w);
	assert_int_equal(faulty_new(sys, (unsigned)k, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, &s.plan, &opts, &rep), 0);
	txn_report_done(&rep);
	/* Its process is dead, so its locks are stale. */
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	sys_lock(sys, "/run/lock/s390apconfig.lock", NULL);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	if ((rep.result == TXN_STUCK && undoable(&s.plan)) ||
	    (rep.result == TXN_REFUSED && rep.err != -ENODATA)) {
		tell(&s.plan, &rep);
		fail_msg("%s, killed at %ld: %s %s", w->edits, k, rep.msg.what, rep.msg.why);
	}
	after = text_of(sys);
	if (rep.result == TXN_ROLLED_BACK)
		assert_same_text(before, after, w->edits, k);
	free(after);
	txn_report_done(&rep);
	scene_done(&s);
	sys_free(sys);
	return faulty_hit(faulty, k);
}

TEST(wherever_the_program_is_killed_recovering_undoes_or_finishes)
{
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct sys *sys = machine_new(wishes[i].machine);
		char *before = text_of(sys);

		sys_free(sys);
		for (long k = 1 + (long)i % stride(&wishes[i]);
		     !wishes[i].module && commit_killed(&wishes[i], before, k);)
			k += stride(&wishes[i]);
		free(before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_wished_is_so_after_the_commit_and_a_second_plan_is_empty),
		CASE(whichever_mutation_fails_the_machine_is_as_it_was),
		CASE(wherever_the_program_is_killed_recovering_undoes_or_finishes),
	};

	return RUN(tests);
}
