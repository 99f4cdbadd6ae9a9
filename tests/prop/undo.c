/* SPDX-License-Identifier: MIT */
/*
 * Random edits on the built-in machines, one commit upon the other: each is taken back and then everything is as before,
 * the files of the next boot, too. What is behind a subchannel is not recognised before somebody waits for it. ROUNDS=n tries n machines (default 60), SEED=n starts elsewhere.
 */
#include "sim_tree.h"
#include "state.h"
#include "wish_dice.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 4 }; /* commits on one machine */

/*
 * Not x86: a function whose driver is the host's choice is not known to make mediated devices once it has that back, and
 * virtual functions are made anew with the host's driver.
 */
static const char *const machines[] = { "lpar", "lpar72", "zvm" };

/* false: there is nothing to commit, or it is refused. */
static bool commit(struct session *s, struct txn_report *rep, struct msg *why)
{
	char text[64][DEVID_TEXT];
	const char *names[64];
	struct consent consent = { names, all_overrides(s, text, names), true, true };
	struct txn_opts opts = { .deadline_ms = 200 };

	return !session_plan_error(s) && session_plan(s)->n_steps > 0 &&
	       session_commit(s, &consent, &opts, rep, why) == 0 && rep->result == TXN_COMMITTED;
}

/* What was committed to be given up can't be taken back as it was: a plan says so before. */
static bool for_good(const struct session *s)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].grade == GRADE_ERROR)
			return true;
	for (size_t i = 0; i < session_plan(s)->n_steps; i++)
		if (session_plan(s)->steps[i].not_undoable)
			return true;
	return false;
}

static bool take_back(struct sys *sys, struct msg *why)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_report rep = { 0 };
	struct past last = { 0 };
	bool good;

	assert_int_equal(session_new(sys, &opts, &s), 0);
	assert_int_equal(session_last_commit(s, &last), 1);
	good = session_undo_commit(s, last.number, why) == 0 && commit(s, &rep, why);
	if (!good && rep.msg.what)
		print_message("  %s %s\n", rep.msg.what, rep.msg.why);
	past_done(&last);
	txn_report_done(&rep);
	return good;
}

/* 1: committed and taken back; 0: not committed; -1: it isn't as before. */
static int once(struct sys *sys, struct dice *dice, unsigned seed)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(freep) char *edits = NULL;
	struct txn_report rep = { 0 };
	struct msg why = { 0 };
	struct state before = state_of(sys), after;
	bool good = true, done;

	assert_int_equal(session_new(sys, &opts, &s), 0);
	some_edits(dice, s);
	edits = session_save(s);
	done = !for_good(s) && commit(s, &rep, &why);
	if (done && !take_back(sys, &why)) {
		print_message("  not taken back: %s %s\n", why.what ? why.what : "",
			      why.why ? why.why : "");
		good = false;
	}
	assert_int_equal(sim_poke(sys, "later"), 0);
	after = state_of(sys);
	if (done && good)
		good = state_same(&before, &after);
	if (!good)
		print_message("SEED=%u ROUNDS=1\n%s\n", seed, edits);
	state_done(&before);
	state_done(&after);
	txn_report_done(&rep);
	msg_done(&why);
	return !good ? -1 : done;
}

/* Moves on, so that the next commit meets a machine that is configured. */
static void move_on(struct sys *sys, struct dice *dice)
{
	struct session_opts opts = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_report rep = { 0 };
	struct msg why = { 0 };

	assert_int_equal(session_new(sys, &opts, &s), 0);
	some_edits(dice, s);
	commit(s, &rep, &why);
	txn_report_done(&rep);
	msg_done(&why);
}

TEST(what_is_taken_back_is_as_it_was_files_too)
{
	unsigned rounds = dice_env("ROUNDS", 60), first = dice_env("SEED", 1), undone = 0, bad = 0;

	for (unsigned seed = first; seed < first + rounds; seed++) {
		struct dice dice = { seed * 7919u + 17 };
		CLEANUP(sys_freep) struct sys *sys = NULL;

		assert_int_equal(sim_new_named(machines[roll(&dice, ARRAY_SIZE(machines))], &sys),
				 0);
		/* A guest that holds a device makes stopping it wait: that has tests of its own. */
		sim_hold(sys, "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a", NULL);
		sim_hold(sys, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL);
		assert_int_equal(sim_put_file(sim_of(sys), "/.sim/recognises-late", 0600, "1\n"),
				 0);
		for (int i = 0; i < DEPTH; i++) {
			int r = once(sys, &dice, seed);

			undone += r > 0;
			bad += r < 0;
			if (r < 0)
				break;
			move_on(sys, &dice);
		}
	}
	print_message("# %u commits taken back, %u not as before\n", undone, bad);
	assert_int_equal(bad, 0);
	assert_true(undone * 2 >= rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_taken_back_is_as_it_was_files_too),
	};

	return RUN(tests);
}
