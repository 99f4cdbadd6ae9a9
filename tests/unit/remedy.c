/* SPDX-License-Identifier: MIT */
/* A finding's remedy is an edit after which the rule has nothing more to say. */
#include "check.h"
#include "mem.h"
#include "session.h"
#include "sim_tree.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OF_DB1 "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define NEW    "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define MATRIX "\"uuid\": \"" NEW "\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\", "

static const struct finding *finding(struct session *s, const char *rule)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].rule, rule) == 0)
			return &f->v[i];
	return NULL;
}

/* A built-in machine whose file has more lines at its end. */
static struct sys *machine_with(const char *name, const char *more)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sys *sys, *all;

	assert_int_equal(sim_new_named(name, &all), 0);
	assert_int_equal(sim_save(all, &text), 0);
	assert_int_equal(buf_adds(&text, more), 0);
	assert_int_equal(sim_new(buf_str(&text), text.len, &sys, NULL), 0);
	sys_free(all);
	return sys;
}

/* On a machine: these edits provoke the rule, its remedy silences it, and one undo takes the remedy back. */
static void settles_on(struct sys *sys, const char *rule, const char *edits)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(buf_done) struct buf json = { 0 };
	struct msg why = { 0 };
	struct session *s;

	assert_int_equal(session_new(sys, &opts, &s), 0);
	buf_printf(&json, "{\"vfiocfg-edits\": 1%s%s}", *edits ? ", " : "", edits);
	if (session_load(s, buf_str(&json), json.len, "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	if (!finding(s, rule))
		fail_msg("%s is not provoked", rule);
	if (!finding_remedy(s, finding(s, rule)))
		fail_msg("%s has no remedy", rule);
	if (session_remedy(s, finding(s, rule), &why) < 0)
		fail_msg("%s: %s", rule, why.what);
	if (finding(s, rule))
		fail_msg("%s: %s", rule, finding(s, rule)->msg.what);
	assert_true(session_undo(s));
	assert_non_null(finding(s, rule));
	session_free(s);
	sys_free(sys);
}

static void settles(const char *machine, const char *rule, const char *edits)
{
	settles_on(machine_with(machine, ""), rule, edits);
}

TEST(each_remedy_settles_what_it_is_for)
{
	settles("lpar", "queue-shared-active",
		"\"mdevs\": [{" MATRIX
		"\"active\": true, \"persist\": false, \"adapters\": [\"20\"], "
		"\"domains\": [\"4\", \"171\"]}]");
	settles("lpar", "queue-shared-auto",
		"\"mdevs\": [{" MATRIX "\"start\": \"auto\", \"live\": false, \"adapters\": "
		"[\"20\"], \"domains\": [\"4\"]}]");
	settles("lpar", "queue-shared",
		"\"mdevs\": [{" MATRIX
		"\"live\": false, \"adapters\": [\"20\"], \"domains\": [\"4\"]}]");
	settles("lpar", "id-range",
		"\"mdevs\": [{" MATRIX
		"\"live\": false, \"adapters\": [\"99\"], \"domains\": [\"4\"]}]");
	settles("lpar", "not-granted",
		"\"mdevs\": [{" MATRIX
		"\"live\": false, \"adapters\": [\"20\", \"7\"], \"domains\": [\"171\"]}]");
	settles("lpar", "control-only",
		"\"mdevs\": [{" MATRIX "\"live\": false, \"control-domains\": [\"4\"]}]");
	settles("lpar72", "queues-lost", "\"ap\": {\"guest-queues\": [\"05.0004\", \"06.0005\"]}");
	settles("lpar", "guest-loses",
		"\"mdevs\": [{\"uuid\": \"" OF_DB1
		"\", \"domains\": [\"4\"], \"persist\": false}]");
}

#define ALL_ONES "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define OTHER	 "44444444-0000-4000-8000-000000000004"
#define DEF(start, adapter, domain)                                                                \
	"{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"" start                             \
	"\", \"attrs\": [{\"assign_adapter\": \"" adapter "\"}, {\"assign_domain\": \"" domain     \
	"\"}]}\n"

TEST(what_masks_can_do_wrong_is_settled_too)
{
	settles("lpar", "queue-of-host",
		"\"ap\": {\"apmask\": \"" ALL_ONES "\"}, \"mdevs\": [{" MATRIX
		"\"active\": true, \"adapters\": [\"5\"], \"domains\": [\"4\"]}]");
	settles("lpar", "adapter-dropped",
		"\"ap\": {\"apmask\": \"" ALL_ONES "\"}, \"mdevs\": [{" MATRIX
		"\"active\": true, \"adapters\": [\"5\"], \"domains\": [\"4\"]}]");
	settles("lpar", "guest-loses", "\"ap\": {\"apmask\": \"" ALL_ONES "\"}");
	settles("lpar", "ap-unsolvable",
		"\"ap\": {\"guest-queues\": [\"05.0004\"], \"host-queues\": [\"05.0005\", "
		"\"06.0004\"]}");
	settles("lpar72", "mask-reclaim", "\"ap\": {\"host-queues\": [\"14.00ab\"]}");
	settles("lpar72", "mask-reclaim",
		"\"ap\": {\"apmask\": \"" ALL_ONES "\", \"persist\": false}");
}

TEST(the_default_domain_can_be_kept)
{
	struct ap_mask m = mask_all();
	char edits[200], text[MASK_TEXT];

	/* Named: its bit is set again. */
	mask_set(&m, 4, false);
	snprintf(edits, sizeof(edits), "\"ap\": {\"aqmask\": \"%s\"}", mask_text(&m, text));
	settles("lpar", "default-domain", edits);
	/* Chosen, as a queue of each adapter is wanted: adapters go instead. */
	settles("lpar", "default-domain",
		"\"ap\": {\"guest-queues\": [\"05."
		"0004"
		"\", \"06."
		"0004"
		"\", \"0a."
		"0004"
		"\"]}");
}

TEST(two_matrices_of_one_guest_become_one)
{
	settles_on(
		machine_with(
			"lpar",
			"file /etc/mdevctl.d/matrix/" OTHER " 644 <<\n\t" DEF(
				"manual", "20",
				"66") "file /etc/libvirt/qemu/db2.xml 600 <<\n"
				      "\t<domain><name>db2</name>\n"
				      "\t<address uuid='" OTHER "'/>\n"
				      "\t<address uuid='2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842'/>\n"
				      "\t</domain>\n"),
		"guest-twice", "");
}

/* What a machine needs for crypto, no more. */
#define SMALL(level, kernel)                                                                       \
	"name small\nkernel " level " " kernel "\ncmdline root=/dev/dasda1\n"                      \
	"module vfio boot\nmodule mdev boot\nmodule vfio_ap available needs=vfio,mdev\n"           \
	"file /usr/sbin/mdevctl 755 \"\"\n"                                                        \
	"file /usr/lib/udev/rules.d/60-mdevctl.rules 644 \"#\"\n"                                  \
	"ap max_adapter=64 max_domain=84 domains=00,04\ncard 05 CEX8C\n"

static struct sys *small(const char *text)
{
	struct sys *sys;

	assert_int_equal(sim_new(text, strlen(text), &sys, NULL), 0);
	return sys;
}

TEST(what_udev_would_start_is_started_knowingly)
{
	settles_on(small(SMALL("612", "6.12.0") "file /etc/mdevctl.d/matrix/" OTHER
						" 644 <<\n\t" DEF("auto", "5", "4")),
		   "starts-too", "\"modules\": {\"vfio_ap\": {\"persist\": false}}");
}

TEST(a_matrix_too_large_to_be_seen_again_is_left_as_it_was)
{
	CLEANUP(buf_done) struct buf edits = { 0 };

	buf_adds(&edits, "\"mdevs\": [{" MATRIX "\"live\": false, \"adapters\": [");
	for (int i = 0; i < 23; i++)
		buf_printf(&edits, "%s%d", i ? "," : "", i);
	buf_adds(&edits, "], \"domains\": [");
	for (int i = 0; i < 23; i++)
		buf_printf(&edits, "%s%d", i ? "," : "", i);
	buf_adds(&edits, "]}]");
	settles_on(small(SMALL("601", "6.1.0") "load vfio_ap\n"), "matrix-cut", buf_str(&edits));
}

/* -- drift: provoked by a commit of one side only or by a file, and gone after the remedy's commit -- */

static int commit(struct session *s, const char *override, struct msg *why)
{
	const char *const overrides[] = { override, OF_DB1 };
	const struct consent c = {
		.overrides = overrides, .n_overrides = 2, .conflicts = true, .not_undoable = true
	};
	struct txn_report report = { 0 };
	int r = session_commit(s, &c, NULL, &report, why);

	if (r == 0 && report.result != TXN_COMMITTED) {
		msg_move(why, &report.msg);
		r = -EIO;
	}
	txn_report_done(&report);
	return r;
}

struct drift {
	enum msg_id id;
	const char *dev;	 /* whom it is told of */
	const char *edits;	 /* committed first; NULL: none */
	const char *path, *text; /* then a file; NULL: none */
};

static const struct finding *told(struct session *s, const struct drift *x)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].msg.id == x->id && strcmp(f->v[i].dev.name, x->dev) == 0)
			return &f->v[i];
	return NULL;
}

static void provoke(struct sys *sys, struct session *s, const struct drift *x)
{
	CLEANUP(buf_done) struct buf json = { 0 };
	struct msg why = { 0 };

	if (x->edits) {
		buf_printf(&json, "{\"vfiocfg-edits\": 1, %s}", x->edits);
		if (session_load(s, buf_str(&json), json.len, "edits", false, &why) < 0 ||
		    commit(s, x->dev, &why) < 0)
			fail_msg("%s: %s %s", x->edits, why.what, why.why);
	}
	if (x->path)
		assert_int_equal(sim_put_file((struct sim *)(void *)sys, x->path, 0644, x->text),
				 0);
	assert_int_equal(session_rescan(s), 0);
}

static void drifts_and_is_settled(const struct drift *x)
{
	const struct session_opts opts = { .who = "test" };
	struct msg why = { 0 };
	struct session *s;
	struct sys *sys;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	if (told(s, x))
		fail_msg("%s of %s is told before", msg_row(x->id)->name, x->dev);
	provoke(sys, s, x);
	if (!told(s, x))
		fail_msg("%s of %s is not told", msg_row(x->id)->name, x->dev);
	assert_non_null(finding_remedy(s, told(s, x)));
	if (session_remedy(s, told(s, x), &why) < 0)
		fail_msg("%s: %s", msg_row(x->id)->name, why.what);
	if (commit(s, x->dev, &why) < 0)
		fail_msg("%s: %s %s", msg_row(x->id)->name, why.what, why.why);
	if (told(s, x))
		fail_msg("%s: still %s", msg_row(x->id)->name, told(s, x)->msg.what);
	session_free(s);
	sys_free(sys);
}

TEST(each_kind_of_drift_is_told_and_gone_after_its_remedy)
{
#define SUBCH "0.0.0313" /* of 0.0.2b09 */
	static const struct drift rows[] = {
		{ MSG_R_DRIFT_QUEUES, OF_DB1,
		  "\"mdevs\": [{\"uuid\": \"" OF_DB1 "\", \"domains\": [\"4\"], \"live\": false}]",
		  NULL, NULL },
		{ MSG_R_DRIFT_UNDEFINED, OF_DB1,
		  "\"mdevs\": [{\"uuid\": \"" OF_DB1 "\", \"delete\": true, \"live\": false}]",
		  NULL, NULL },
		{ MSG_R_DRIFT_IDLE, NEW,
		  "\"mdevs\": [{\"uuid\": \"" NEW "\", \"parent\": \"" SUBCH
		  "\", \"type\": \"vfio_ccw-io\", \"start\": \"auto\", \"active\": false}], "
		  "\"drivers\": {\"css/" SUBCH "\": \"vfio_ccw\"}",
		  NULL, NULL },
		{
			MSG_R_DRIFT_PARENT,
			NEW,
			NULL,
			"/etc/mdevctl.d/0.0.0999/" NEW,
			"{\n  \"mdev_type\": \"vfio_ccw-io\",\n  \"start\": \"manual\",\n  "
			"\"attrs\": "
			"[]\n}\n",
		},
		{ MSG_R_DRIFT_ORPHAN, "0.0.0999", NULL, "/etc/driverctl.d/css-0.0.0999",
		  "vfio_ccw\n" },
		{ MSG_R_DRIFT_DRIVER, SUBCH,
		  "\"drivers\": {\"css/" SUBCH "\": {\"driver\": \"vfio_ccw\", \"live\": false}}",
		  NULL, NULL },
		{ MSG_R_DRIFT_UNKEPT, SUBCH,
		  "\"drivers\": {\"css/" SUBCH "\": {\"driver\": \"vfio_ccw\", \"persist\": "
		  "false}}",
		  NULL, NULL },
		{ MSG_R_DRIFT_MASKS, "apmask",
		  "\"ap\": {\"guest-queues\": [\"05.0042\"], \"persist\": false}", NULL, NULL },
		{ MSG_R_HARDWARE, SUBCH, "\"drivers\": {\"css/" SUBCH "\": \"vfio_ccw\"}",
		  "/var/lib/vfiocfg/hardware", "css/" SUBCH " dev=0.0.9999 type=3390/0c\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		drifts_and_is_settled(&rows[i]);
}

TEST(a_finding_without_remedy_says_so)
{
	struct finding f = { .rule = "override-leak" };
	struct session_opts opts = { .who = "test" };
	struct msg why = { 0 };
	struct session *s;
	struct sys *sys;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	assert_null(finding_remedy(s, &f));
	assert_int_equal(session_remedy(s, &f, &why), -ENOENT);
	assert_int_equal(why.id, MSG_NO_REMEDY);
	msg_done(&why);
	session_free(s);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_remedy_settles_what_it_is_for),
		CASE(what_masks_can_do_wrong_is_settled_too),
		CASE(the_default_domain_can_be_kept),
		CASE(two_matrices_of_one_guest_become_one),
		CASE(what_udev_would_start_is_started_knowingly),
		CASE(a_matrix_too_large_to_be_seen_again_is_left_as_it_was),
		CASE(each_kind_of_drift_is_told_and_gone_after_its_remedy),
		CASE(a_finding_without_remedy_says_so),
	};

	return RUN(tests);
}
