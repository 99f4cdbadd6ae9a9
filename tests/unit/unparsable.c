/* SPDX-License-Identifier: MIT */
/*
 * A file that we cannot parse is listed and kept: no edit rewrites or removes it, whatever is consented to.
 */
#include "check.h"
#include "journal.h"
#include "rules.h"
#include "session.h"
#include "sim_tree.h"
#include "store.h"

#include <errno.h>
#include <string.h>

#define EDITS(inside) "{\"vfiocfg-edits\": 1, " inside "}"
#define MATRIX	      "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842"
#define OF_MATRIX(what)                                                                            \
	EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX "\", \"parent\": \"matrix\", "                    \
	      "\"type\": \"vfio_ap-passthrough\", " what "}]")
#define OF_DRIVER(value) EDITS("\"drivers\": {\"css/0.0.0313\": " value "}")
#define OF_NEXT_BOOT                                                                               \
	EDITS("\"ap\": {\"mode\": \"masks\", \"guest-queues\": [\"05.0004\"], \"live\": false}")
#define TO_HOST	 EDITS("\"ap\": {\"mode\": \"masks\", \"host-queues\": [\"05.0004\"]}")
#define OF_MASKS EDITS("\"ap\": {\"mode\": \"masks\", \"guest-queues\": [\"05.0004\"]}")

/* On the machine lpar: a file, edits that would write it, and edits that would take it away. */
static const struct {
	const char *path;
	const char *edits[3], *broken[4];
	bool understood;
} stores[] = {
	{ MDEVCTL_DIR "/matrix/" MATRIX,
	  { OF_MATRIX("\"start\": \"auto\""), OF_MATRIX("\"domains\": [\"0x00ab\"]"),
	    EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX
		  "\", \"parent\": \"matrix\", \"delete\": true}]") },
	  { "", "{\"mdev_type\"", "\x1b[2J\xff\xfe", "[1, 2]" } },
	{ DRIVERCTL_DIR "/css-0.0.0313",
	  { OF_DRIVER("\"vfio_ccw\""), OF_DRIVER("{\"driver\": \"vfio_ccw\", \"live\": false}"),
	    OF_DRIVER("{\"driver\": null, \"live\": false}") },
	  { "", "\n\n", "\x1b[2J\xff\xfe", "../vfio_ccw\n" } },
	{ AP_RULE_PATH,
	  { OF_MASKS, TO_HOST, OF_NEXT_BOOT },
	  { "ATTR{apmask}=\"0xff\"\n", "ATTR{../../bus/ap/aqmask}=\"\x1b[2J\"\n",
	    "ATTR{../../bus/ap/aqmask}=\"0x\"", "x\nATTR{../../bus/ap/apmask}=\"+5\"\n" } },
	/* udev understands these, and so do we: but chzdev writes no such thing. */
	{ AP_RULE_PATH,
	  { OF_MASKS, TO_HOST, OF_NEXT_BOOT },
	  { "nonsense", "{\"mdev_type\"", "\x1b[2J\xff\xfe", "ACTION==\"add\"\n" },
	  true },
};

struct place {
	struct sys *sys;
	struct session *session;
	const char *path, *content;
};

static struct place place_new(const char *path, const char *content)
{
	struct place p = { .path = path, .content = content };

	assert_int_equal(sim_new_named("lpar", &p.sys), 0);
	assert_int_equal(sim_put_file(sim_of(p.sys), path, 0644, content), 0);
	assert_int_equal(session_new(p.sys, &(struct session_opts){ 0 }, &p.session), 0);
	return p;
}

static void assert_kept(const struct place *p)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(p->sys, p->path, &b), 0);
	assert_string_equal(buf_str(&b), p->content);
}

static void place_done(struct place *p)
{
	session_free(p->session);
	sys_free(p->sys);
}

static bool is_listed(const struct place *p)
{
	const struct inventory *inv = session_inventory(p->session);

	for (size_t i = 0; i < inv->n_problems; i++)
		if (inv->problems[i].foreign && str_eq(inv->problems[i].path, p->path))
			return true;
	return false;
}

static bool names(const struct msg *m, const char *path)
{
	return m && ((m->what && strstr(m->what, path)) || (m->why && strstr(m->why, path)) ||
		     (m->todo && strstr(m->todo, path)));
}

/* By a finding or by what stops the plan. */
static bool is_said(const struct place *p)
{
	const struct findings *f = session_findings(p->session);

	for (size_t i = 0; i < f->n; i++)
		if (names(&f->v[i].msg, p->path))
			return true;
	return names(session_plan_error(p->session), p->path);
}

/* With consent to all that can be consented to. */
static int commit(struct place *p, struct txn_report *rep)
{
	const char *overrides[64];
	const struct findings *f = session_findings(p->session);
	struct consent c = { .overrides = overrides, .conflicts = true, .not_undoable = true };
	struct msg why = { 0 };
	int r;

	for (size_t i = 0; i < f->n && c.n_overrides < ARRAY_SIZE(overrides); i++)
		overrides[c.n_overrides++] = f->v[i].dev.name;
	r = session_commit(p->session, &c, &(struct txn_opts){ 0 }, rep, &why);
	msg_done(&why);
	return r;
}

static void try_edits(const char *path, const char *edits, const char *content, bool understood)
{
	struct place p = place_new(path, content);
	struct txn_report rep = { 0 };
	struct msg why = { 0 };

	if (!understood && !is_listed(&p))
		fail_msg("%s with \"%s\" is not listed", path, content);
	if (session_load(p.session, edits, strlen(edits), "edits", false, &why) < 0)
		fail_msg("%s: %s %s", edits, why.what, why.why);
	if (!is_said(&p))
		fail_msg("%s with \"%s\": not said of %s", path, content, edits);
	if (commit(&p, &rep) == 0 && rep.result == TXN_COMMITTED)
		fail_msg("%s with \"%s\": committed %s", path, content, edits);
	assert_kept(&p);
	txn_report_done(&rep);
	msg_done(&why);
	place_done(&p);
}

TEST(configuration_that_cannot_be_parsed_is_listed_and_no_edit_touches_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++)
		for (size_t k = 0; k < ARRAY_SIZE(stores[i].edits); k++)
			for (size_t n = 0; n < ARRAY_SIZE(stores[i].broken); n++)
				try_edits(stores[i].path, stores[i].edits[k], stores[i].broken[n],
					  stores[i].understood);
}

static const char give[] = EDITS("\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}");

static enum txn_result give_away(struct place *p)
{
	struct txn_report rep = { .result = TXN_REFUSED };
	struct msg why = { 0 };
	enum txn_result result;

	assert_int_equal(session_load(p->session, give, strlen(give), "edits", false, &why), 0);
	commit(p, &rep);
	result = rep.result;
	txn_report_done(&rep);
	return result;
}

TEST(a_journal_that_cannot_be_parsed_is_told_and_kept_and_nothing_is_committed_over_it)
{
	static const char *const damaged[] = { "", "{", "[]", "\x1b[2J\xff",
					       "{\"vfiocfg-journal\": 1, \"steps\": 7}" };

	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct place p = place_new(JOURNAL_DIR "/commit.json", damaged[i]);
		struct txn_report rep = { 0 };
		struct msg why = { 0 };

		assert_true(session_interrupted(p.session)->found);
		assert_int_equal(give_away(&p), TXN_REFUSED);
		assert_kept(&p);
		assert_int_equal(session_recover(p.session, NULL, &rep, &why), 0);
		assert_int_not_equal(rep.result, TXN_COMMITTED);
		assert_int_equal(rep.msg.id, MSG_RECOVER_DAMAGED);
		assert_kept(&p);
		txn_report_done(&rep);
		place_done(&p);
	}
}

TEST(records_of_past_commits_that_cannot_be_parsed_are_kept_and_the_next_ones_stand_beside)
{
	static const char *const damaged[] = { "", "{", "\x1b[2J\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct place p = place_new(JOURNAL_DIR "/history/1.json", damaged[i]);
		struct past *past;
		size_t n;

		assert_int_equal(give_away(&p), TXN_COMMITTED);
		assert_kept(&p);
		assert_int_equal(session_history(p.session, &past, &n), 0);
		assert_int_equal(n, 1);
		assert_int_not_equal(past[0].number, 1);
		history_free(past, n);
		place_done(&p);
	}
}

TEST(lines_of_the_note_of_hardware_that_are_not_understood_survive_the_next_commit)
{
	struct place p =
		place_new(JOURNAL_DIR "/hardware", "css/0.0.0400 x\nsomething newer\n\xff\n");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(give_away(&p), TXN_COMMITTED);
	assert_int_equal(sys_read(p.sys, p.path, &b), 0);
	assert_non_null(strstr(buf_str(&b), "something newer\n\xff\n"));
	assert_non_null(strstr(buf_str(&b), "css/0.0.0313"));
	place_done(&p);
}

TEST(edits_left_behind_that_cannot_be_parsed_are_told_and_stay)
{
	struct place p =
		place_new(JOURNAL_DIR "/left-2026-11-21T15-30-00Z-1.json", "{\"vfiocfg-edits\"");
	struct msg why = { 0 };

	assert_true(session_resume(p.session, &why) < 0);
	assert_true(names(&why, p.path));
	assert_kept(&p);
	msg_done(&why);
	place_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(configuration_that_cannot_be_parsed_is_listed_and_no_edit_touches_it),
		CASE(a_journal_that_cannot_be_parsed_is_told_and_kept_and_nothing_is_committed_over_it),
		CASE(records_of_past_commits_that_cannot_be_parsed_are_kept_and_the_next_ones_stand_beside),
		CASE(lines_of_the_note_of_hardware_that_are_not_understood_survive_the_next_commit),
		CASE(edits_left_behind_that_cannot_be_parsed_are_told_and_stay),
	};

	return RUN(tests);
}
