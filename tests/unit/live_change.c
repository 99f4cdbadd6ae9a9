/* SPDX-License-Identifier: MIT */
/* Running matrices that change: no state on the way is refused, whole in one write or number by number. */
#include "check.h"
#include "session.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define A    "11111111-0000-4000-8000-000000000001"
#define B    "22222222-0000-4000-8000-000000000002"
#define MDEV "/sys/bus/mdev/devices/"
#define ROOT "/sys/devices/vfio_ap/matrix/"

/* A running matrix of the adapter with domains 0 and 4. */
static void add_matrix(struct buf *machine, const char *uuid, unsigned adapter)
{
	buf_printf(machine, "write " ROOT "mdev_supported_types/vfio_ap-passthrough/create %s\n",
		   uuid);
	buf_printf(machine, "write " ROOT "%s/assign_adapter %u\n", uuid, adapter);
	buf_printf(machine, "write " ROOT "%s/assign_domain 0\n", uuid);
	buf_printf(machine, "write " ROOT "%s/assign_domain 4\n", uuid);
}

/* Two running matrices, side by side: adapter 5 and adapter 6, each with domains 0 and 4. */
static struct sys *two_matrices(const char *kernel)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sim_error e = { 0 };
	struct sys *sys;

	buf_printf(&b,
		   "name two\nkernel %s\ncmdline root=/dev/dasda1\n"
		   "module vfio boot\nmodule mdev boot\n"
		   "module vfio_ap available needs=vfio,mdev\n"
		   "ap max_adapter=64 max_domain=84 domains=00,04,42 control=00,04\n"
		   "card 05 CEX8C\ncard 06 CEX8C\ncard 0a CEX8C\nload vfio_ap\n"
		   "write /sys/bus/ap/apmask -5,-6,-10\n",
		   kernel);
	add_matrix(&b, A, 5);
	add_matrix(&b, B, 6);
	if (sim_new(buf_str(&b), b.len, &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

static struct session *session_with(struct sys *sys, const char *edits)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(buf_done) struct buf json = { 0 };
	struct msg why = { 0 };
	struct session *s;

	buf_printf(&json, "{\"vfiocfg-edits\": 1, \"mdevs\": [%s]}", edits);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	if (session_load(s, buf_str(&json), json.len, "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	return s;
}

static void assert_matrix(struct sys *sys, const char *uuid, const char *queues)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[128];

	snprintf(path, sizeof(path), MDEV "%s/matrix", uuid);
	assert_int_equal(sys_read(sys, path, &b), 0);
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = b.data[i] == '\n' ? ' ' : b.data[i];
	assert_string_equal(buf_str(&b), queues);
}

/* Commits, and counts writes of whole matrices and of single numbers. */
static void commits(struct sys *sys, const char *edits, bool whole)
{
	struct session *s = session_with(sys, edits);
	struct consent consent = { 0 };
	struct txn_opts opts = { .deadline_ms = 50 };
	struct txn_report r = { 0 };
	struct msg why = { 0 };
	const struct plan *plan = session_plan(s);

	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_ATTR)
			assert_int_equal(str_ends(plan->steps[i].act.path, "/ap_config"), whole);
	if (session_commit(s, &consent, &opts, &r, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	if (r.result != TXN_COMMITTED)
		fail_msg("%s %s", r.msg.what, r.msg.why);
	txn_report_done(&r);
	session_free(s);
}

/* What the sets of numbers become, in one commit. */
static const struct {
	const char *edits, *a, *b;
} changes[] = {
	/* each gets what the other has: neither can be first without letting go */
	{ "{\"uuid\": \"" A "\", \"adapters\": [6], \"persist\": false},"
	  "{\"uuid\": \"" B "\", \"adapters\": [5], \"persist\": false}",
	  "06.0000 06.0004 ", "05.0000 05.0004 " },
	/* adapter and domain change at once, past queues that the other has */
	{ "{\"uuid\": \"" A "\", \"adapters\": [5, 6], \"domains\": [66], \"persist\": false}",
	  "05.0042 06.0042 ", "06.0000 06.0004 " },
	/* one grows by what the other loses */
	{ "{\"uuid\": \"" A
	  "\", \"domains\": [0, 4, 66], \"adapters\": [5, 10], \"persist\": false},"
	  "{\"uuid\": \"" B "\", \"domains\": [66], \"persist\": false}",
	  "05.0000 05.0004 05.0042 0a.0000 0a.0004 0a.0042 ", "06.0042 " },
};

TEST(with_ap_config_a_running_matrix_changes_whole_and_is_never_refused)
{
	static const char *const kernels[] = { "612 6.12.0", "702 7.2.0" };

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++)
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
			struct sys *sys = two_matrices(kernels[k]);

			commits(sys, changes[i].edits, true);
			assert_matrix(sys, A, changes[i].a);
			assert_matrix(sys, B, changes[i].b);
			sys_free(sys);
		}
}

TEST(without_ap_config_no_number_on_the_way_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct sys *sys = two_matrices("601 6.1.0");

		commits(sys, changes[i].edits, false);
		assert_matrix(sys, A, changes[i].a);
		assert_matrix(sys, B, changes[i].b);
		sys_free(sys);
	}
}

static const struct finding *finding(struct session *s, const char *rule)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].rule, rule) == 0)
			return &f->v[i];
	return NULL;
}

/* Domains of the guest db1 on the built-in machine, its matrix otherwise as it is. */
TEST(a_running_guest_is_named_before_it_loses_anything)
{
	static const char *const edits[] = {
		"{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"domains\": [4], "
		"\"persist\": false}",
		"{\"uuid\": \"1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11\", \"control-domains\": [], "
		"\"persist\": false}",
	};
	static const char *const lost[] = { "domains 0005,", "control domains 0004" };

	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		struct consent consent = { .conflicts = true };
		struct msg why = { 0 };
		struct session *s;
		struct sys *sys;

		assert_int_equal(sim_new_named("lpar", &sys), 0);
		s = session_with(sys, edits[i]);
		assert_non_null(finding(s, "guest-loses"));
		assert_int_equal(finding(s, "guest-loses")->grade, GRADE_PROTECTED);
		assert_non_null(strstr(finding(s, "guest-loses")->msg.what, "guest db1"));
		assert_non_null(strstr(finding(s, "guest-loses")->msg.why, lost[i]));
		assert_int_equal(session_may_commit(s, &consent, &why), -EPERM);
		msg_done(&why);
		session_free(s);
		sys_free(sys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(with_ap_config_a_running_matrix_changes_whole_and_is_never_refused),
		CASE(without_ap_config_no_number_on_the_way_is_refused),
		CASE(a_running_guest_is_named_before_it_loses_anything),
	};

	return RUN(tests);
}
