/* SPDX-License-Identifier: MIT */
/*
 * Random wishes on the built-in machines: what has no error can be committed, and is then what was wished for.
 * ROUNDS=n runs n of them (default 150), SEED=n starts elsewhere.
 */
#include "check.h"
#include "wish_dice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const machines[] = { "lpar", "lpar72", "x86", "zvm" };

static void tell(unsigned seed, const char *machine, const char *edits, const char *what,
		 const struct msg *m)
{
	print_message("seed %u on %s: %s\n  %s\n  %s\n%s\n", seed, machine, what,
		      m && m->what ? m->what : "", m && m->why ? m->why : "", edits);
}

static void tell_differences(const struct session *s)
{
	struct change *changes;
	size_t n;

	if (desired_diff(session_desired(s), &changes, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		print_message("  %s: %s -> %s, boot %s -> %s\n", changes[i].dev.name,
			      changes[i].now ? changes[i].now : "=",
			      changes[i].then ? changes[i].then : "=",
			      changes[i].boot_now ? changes[i].boot_now : "=",
			      changes[i].boot_then ? changes[i].boot_then : "=");
	changes_free(changes, n);
}

enum outcome { NOT_TRIED, GOOD, BAD };

/* Commits what is staged; afterwards the same wish must want nothing more. */
static enum outcome commit_and_look(struct session *s, unsigned seed, const char *machine)
{
	CLEANUP(freep) char *edits = session_save(s);
	char text[64][DEVID_TEXT];
	const char *names[64];
	struct consent consent = { names, all_overrides(s, text, names), true, true };
	struct txn_opts opts = { .deadline_ms = 200 };
	struct txn_report report = { 0 };
	struct msg why = { 0 };
	enum outcome out = GOOD;

	assert_non_null(edits);
	if (session_plan_error(s) || session_may_commit(s, &consent, &why) < 0) {
		out = NOT_TRIED;
	} else if (session_commit(s, &consent, &opts, &report, &why) < 0) {
		tell(seed, machine, edits, "was refused", &why);
		out = BAD;
	} else if (report.err == -EINPROGRESS) {
		out = NOT_TRIED; /* a simulated guest never lets go of what it holds */
	} else if (report.result == TXN_ROLLED_BACK && report.msg.id == MSG_FAIL_DEVICE_HELD) {
		out = NOT_TRIED; /* overridden, but the disk is mounted and its driver keeps it */
	} else if (report.result != TXN_COMMITTED) {
		tell(seed, machine, edits, "was not committed", &report.msg);
		out = BAD;
	} else if (session_load(s, edits, strlen(edits), "edits", false, &why) < 0) {
		tell(seed, machine, edits, "cannot be loaded again", &why);
		out = BAD;
	} else if (session_plan(s)->n_steps != 0) {
		tell(seed, machine, edits, "is wanted again after the commit", NULL);
		tell_differences(s);
		out = BAD;
	}
	msg_done(&why);
	txn_report_done(&report);
	return out;
}

static enum outcome one_round(unsigned seed)
{
	struct dice dice = { seed * 7919u + 17 };
	const char *machine = machines[roll(&dice, ARRAY_SIZE(machines))];
	struct session_opts opts = { .who = "test" };
	struct session *s;
	struct sys *sys;
	enum outcome out;

	assert_int_equal(sim_new_named(machine, &sys), 0);
	/* A guest that holds a device makes stopping it wait: that has tests of its own. */
	sim_hold(sys, "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a", NULL);
	sim_hold(sys, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	some_edits(&dice, s);
	out = commit_and_look(s, seed, machine);
	session_free(s);
	sys_free(sys);
	return out;
}

TEST(a_wish_without_errors_is_committed_and_then_wants_nothing_more)
{
	unsigned rounds = dice_env("ROUNDS", 150), first = dice_env("SEED", 1), count[3] = { 0 };

	for (unsigned i = 0; i < rounds; i++)
		count[one_round(first + i)]++;
	print_message("# %u committed, %u not to be committed, %u bad\n", count[GOOD],
		      count[NOT_TRIED], count[BAD]);
	assert_int_equal(count[BAD], 0);
	/* A property of nothing would always hold. */
	assert_true(count[GOOD] * 4 >= rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_wish_without_errors_is_committed_and_then_wants_nothing_more),
	};

	return RUN(tests);
}
