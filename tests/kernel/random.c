/* SPDX-License-Identifier: MIT */
/*
 * Random edits on a real kernel: what the simulated copy of the machine foretells of a commit, result, refused step, reason and every
 * attribute afterwards, is what the kernel makes of it. Then its undo is committed, and all is as before.
 * ROUNDS=n tries n edits (default 60), SEED=n starts elsewhere.
 */
#include "guest.h"
#include "../prop/wish_dice.h"

struct trial {
	unsigned seed;
	struct sys *sys; /* the machine, or its copy */
	struct session *s;
	struct txn_report rep;
	int err; /* of session_commit */
};

struct counts {
	unsigned committed, refused, failed, undone, wrong;
};

static const struct txn_opts opts = { .deadline_ms = 5000 };

static void open_session(struct trial *t)
{
	struct session_opts o = { .who = "test" };

	assert_int_equal(session_new(t->sys, &o, &t->s), 0);
}

static void trial_done(struct trial *t)
{
	session_free(t->s);
	txn_report_done(&t->rep);
}

/* What this program itself lives on: the path to its results, and the terminal's way. */
static bool spares_us(const char *edits)
{
	static const char *const ours[] = { "0.0.0000", "0.0.fff0", "chp/", "measurements" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strstr(edits, ours[i]))
			return false;
	return true;
}

static char *some_staged_edits(struct dice *dice, struct session *s)
{
	for (int i = 0; i < 50; i++) {
		char *edits;

		some_edits(dice, s);
		edits = session_save(s);
		if (edits && spares_us(edits) && !session_plan_error(s) &&
		    session_plan(s)->n_steps > 0)
			return edits;
		free(edits);
		session_clear(s);
	}
	return NULL;
}

/* As an operator who overrides everything; what is an error is tried all the same, to hear the kernel. */
static void commit(struct trial *t)
{
	char text[64][DEVID_TEXT];
	const char *names[64];
	struct consent consent = { names, all_overrides(t->s, text, names), true, true };
	struct msg why = { 0 };

	t->err = session_commit(t->s, &consent, &opts, &t->rep, &why);
	if (t->err == -EINVAL) {
		txn_report_done(&t->rep);
		assert_int_equal(txn_run(t->sys, session_plan(t->s), &opts, &t->rep), 0);
	}
	msg_done(&why);
}

static bool same_report(const struct trial *real, const struct trial *copy)
{
	return real->err == copy->err && real->rep.result == copy->rep.result &&
	       real->rep.err == copy->rep.err && real->rep.failed == copy->rep.failed &&
	       real->rep.msg.id == copy->rep.msg.id;
}

static void tell_one(const char *who, const struct trial *t)
{
	print_message("  %s: %d, result %d, error %d, step %zu: %s %s\n", who, t->err,
		      t->rep.result, t->rep.err, t->rep.failed,
		      t->rep.msg.what ? t->rep.msg.what : "", t->rep.msg.why ? t->rep.msg.why : "");
	for (size_t i = 0; i < t->rep.n_differences; i++)
		print_message("    %s\n", t->rep.differences[i]);
}

static bool judge(const struct trial *real, const struct trial *copy, const char *edits)
{
	struct state is = guest_state_now(real->sys), foretold = guest_state(copy->sys);
	bool good = same_report(real, copy);

	if (!good) {
		tell_one("kernel", real);
		tell_one("foretold", copy);
	}
	if (!state_same(&foretold, &is)) {
		print_message("  is not as foretold\n");
		good = false;
	}
	if (!good)
		print_message("SEED=%u ROUNDS=1\n%s\n", real->seed, edits);
	state_done(&is);
	state_done(&foretold);
	return good;
}

/* Takes the last commit back on the kernel; what was must be. */
static bool undo(struct trial *t, const struct state *before, struct counts *c)
{
	struct trial again = { .seed = t->seed, .sys = t->sys };
	struct past last = { 0 };
	struct msg why = { 0 };
	struct state is;
	bool good = false;

	open_session(&again);
	if (session_last_commit(again.s, &last) == 1 &&
	    session_undo_commit(again.s, last.number, &why) == 0) {
		commit(&again);
		is = guest_state_now(t->sys);
		good = again.rep.result == TXN_COMMITTED && state_same(before, &is);
		state_done(&is);
	}
	if (!good) {
		print_message("SEED=%u: the undo: %s %s\n%s\n", t->seed, why.what ? why.what : "",
			      why.why ? why.why : "", last.undo ? last.undo : "");
		tell_one("kernel", &again);
	}
	c->undone += good;
	past_done(&last);
	msg_done(&why);
	trial_done(&again);
	return good;
}

/* Everything as after the boot, whatever a round left. */
static void reset(struct sys *sys)
{
	struct trial t = { .sys = sys };
	struct msg why = { 0 };

	open_session(&t);
	if (session_undo_all(t.s, &why) == 0)
		commit(&t);
	msg_done(&why);
	trial_done(&t);
}

static void one_round(struct sys *sys, unsigned seed, struct counts *c)
{
	struct dice dice = { seed * 7919u + 17 };
	struct trial real = { .seed = seed, .sys = sys }, copy = { .seed = seed };
	CLEANUP(freep) char *edits = NULL;
	struct msg why = { 0 };
	struct state before;
	bool good;

	guest_settle();
	copy.sys = guest_copy(sys);
	before = guest_state(copy.sys);
	open_session(&real);
	open_session(&copy);
	edits = some_staged_edits(&dice, real.s);
	assert_non_null(edits);
	assert_int_equal(session_load(copy.s, edits, strlen(edits), "edits", false, &why), 0);
	commit(&real);
	commit(&copy);
	good = judge(&real, &copy, edits);
	c->committed += real.rep.result == TXN_COMMITTED;
	c->failed += real.rep.result == TXN_ROLLED_BACK || real.rep.result == TXN_STUCK;
	c->refused += real.rep.result == TXN_REFUSED;
	/* Most stay, so that the next edits meet a machine that is configured. */
	if (real.rep.result == TXN_COMMITTED && seed % 3 == 0)
		good = undo(&real, &before, c) && good;
	c->wrong += !good;
	state_done(&before);
	trial_done(&copy);
	trial_done(&real);
	sys_free(copy.sys);
	if (seed % 10 == 0)
		reset(sys);
}

TEST(what_the_simulation_foretells_is_what_the_kernel_does)
{
	unsigned rounds = dice_env("ROUNDS", 60), first = dice_env("SEED", 1);
	struct real_opts o = { .root = "/", .events = true };
	CLEANUP(sys_freep) struct sys *sys = NULL;
	struct counts c = { 0 };

	assert_int_equal(real_new(&o, &sys), 0);
	for (unsigned i = 0; i < rounds; i++)
		one_round(sys, first + i, &c);
	print_message("# %u edits: %u committed, %u of them undone, %u failed and were rolled "
		      "back, %u refused, %u not as foretold\n",
		      rounds, c.committed, c.undone, c.failed, c.refused, c.wrong);
	assert_int_equal(c.wrong, 0);
	assert_true(c.committed * 3 >= rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_the_simulation_foretells_is_what_the_kernel_does),
	};

	guest_only();
	return RUN(tests);
}
