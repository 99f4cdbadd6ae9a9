/* SPDX-License-Identifier: MIT */
/*
 * Random edits on a real kernel: what a simulated copy of the machine, made after the boot, foretells of a commit, result,
 * refused step, reason and every attribute afterwards, is what the kernel makes of it, round after round. Undone, all is as before.
 * ROUNDS=n tries n edits (default 25), SEED=n starts elsewhere. What became of each is a line that tests/kernel/rounds reads.
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

/* What this program itself lives on: the way to its results, and the one channel path that QEMU gives all virtual devices. */
static bool spares_us(const char *edits)
{
	static const char *const ours[] = { "0.0.0000", "0.0.fff0", "chp/0.00" };

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

/* before: what both must be like now, NULL: unknown */
static bool judge(const struct trial *real, const struct trial *copy, struct state *before,
		  const char *edits)
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
	if (before && !state_same(before, &is)) {
		print_message("  is not as before\n");
		good = false;
	}
	if (!good)
		print_message("%s\n", edits);
	state_done(&is);
	state_done(&foretold);
	return good;
}

/* Takes the last commit back, on the kernel and as foretold; what was must be. */
static void take_back(struct trial *t)
{
	struct past last = { 0 };
	struct msg why = { 0 };

	open_session(t);
	if (session_last_commit(t->s, &last) == 1 &&
	    session_undo_commit(t->s, last.number, &why) == 0)
		commit(t);
	else
		print_message("  no undo: %s %s\n", why.what ? why.what : "",
			      why.why ? why.why : "");
	past_done(&last);
	msg_done(&why);
}

static bool undo(struct sys *sys, struct sys *sim, unsigned seed, struct state *before)
{
	struct trial real = { .seed = seed, .sys = sys }, copy = { .seed = seed, .sys = sim };
	bool good;

	guest_settle();
	take_back(&real);
	take_back(&copy);
	good = judge(&real, &copy, before, "its undo") && real.rep.result == TXN_COMMITTED;
	trial_done(&real);
	trial_done(&copy);
	return good;
}

/* Everything as after the boot, whatever the rounds left. */
static bool reset(struct sys *sys, struct sys *sim)
{
	struct trial both[] = { { .sys = sys }, { .sys = sim } };
	struct msg why = { 0 };
	bool good;

	guest_settle();
	for (int i = 0; i < 2; i++) {
		open_session(&both[i]);
		if (session_undo_all(both[i].s, &why) >= 0)
			commit(&both[i]);
		msg_done(&why);
	}
	good = judge(&both[0], &both[1], NULL, "all undone");
	trial_done(&both[0]);
	trial_done(&both[1]);
	return good;
}

static const char *outcome(const struct trial *t)
{
	switch (t->rep.result) {
	case TXN_COMMITTED:
		return "committed";
	case TXN_REFUSED:
		return "refused";
	default:
		return "failed";
	}
}

static bool one_round(struct sys *sys, struct sys *sim, unsigned seed)
{
	struct dice dice = { seed * 7919u + 17 };
	struct trial real = { .seed = seed, .sys = sys }, copy = { .seed = seed, .sys = sim };
	CLEANUP(freep) char *edits = NULL;
	struct msg why = { 0 };
	bool taken_back = seed % 3 == 0, good;
	struct state before = taken_back ? guest_state(sim) : (struct state){ 0 };
	const char *became;

	guest_settle();
	open_session(&real);
	open_session(&copy);
	edits = some_staged_edits(&dice, real.s);
	assert_non_null(edits);
	assert_int_equal(session_load(copy.s, edits, strlen(edits), "edits", false, &why), 0);
	commit(&real);
	commit(&copy);
	good = judge(&real, &copy, NULL, edits);
	became = outcome(&real);
	/* What was an error was carried out without a record of how to undo it. Most stay, so that the next edits meet a machine that is configured. */
	if (good && !real.err && real.rep.result == TXN_COMMITTED && taken_back) {
		good = undo(sys, sim, seed, &before);
		became = "committed and undone";
	}
	state_done(&before);
	trial_done(&copy);
	trial_done(&real);
	if (seed % 10 == 0)
		good = reset(sys, sim) && good;
	print_message("%s\n", good ? became : "not as foretold");
	return good;
}

TEST(what_the_simulation_foretells_is_what_the_kernel_does)
{
	unsigned rounds = dice_env("ROUNDS", 25), first = dice_env("SEED", 1), wrong = 0;
	struct real_opts o = { .root = "/", .events = true };
	CLEANUP(sys_freep) struct sys *sys = NULL, *sim = NULL;

	assert_int_equal(real_new(&o, &sys), 0);
	guest_settle();
	sim = guest_copy(sys);
	for (unsigned seed = first; seed < first + rounds; seed++) {
		print_message("# seed %u: ", seed);
		fflush(stdout);
		/* A copy of what guests have now would not know which of the host's drivers comes back: the rest is for another boot. */
		if (!one_round(sys, sim, seed)) {
			wrong++;
			break;
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_the_simulation_foretells_is_what_the_kernel_does),
	};

	guest_only();
	setvbuf(stdout, NULL, _IOLBF, 0);
	return RUN(tests);
}
