/* SPDX-License-Identifier: MIT */
/* A finding's remedy is an edit after which the rule has nothing more to say. */
#include "check.h"
#include "mem.h"
#include "session.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
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

/* On a machine: these edits provoke the rule, its remedy silences it, and one undo takes the remedy back. */
static void settles(const char *machine, const char *rule, const char *edits)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(buf_done) struct buf json = { 0 };
	struct msg why = { 0 };
	struct session *s;
	struct sys *sys;

	assert_int_equal(sim_new_named(machine, &sys), 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	buf_printf(&json, "{\"vfiocfg-edits\": 1, %s}", edits);
	if (session_load(s, buf_str(&json), json.len, "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	if (!finding(s, rule))
		fail_msg("%s is not provoked", rule);
	assert_non_null(finding_remedy(s, finding(s, rule)));
	if (session_remedy(s, finding(s, rule), &why) < 0)
		fail_msg("%s: %s", rule, why.what);
	if (finding(s, rule))
		fail_msg("%s: %s", rule, finding(s, rule)->msg.what);
	assert_true(session_undo(s));
	assert_non_null(finding(s, rule));
	session_free(s);
	sys_free(sys);
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

TEST(a_finding_without_remedy_says_so)
{
	struct finding f = { .rule = "matrix-cut" };
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
		CASE(a_finding_without_remedy_says_so),
	};

	return RUN(tests);
}
