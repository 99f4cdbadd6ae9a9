/* SPDX-License-Identifier: MIT */
/*
 * Every kind of step on a real kernel: carried out, and refused by the kernel itself, since somebody else acts just before it. Then all is
 * as before, but for what the other one did. The simulated copy of the machine must foretell each outcome.
 */
#include "faulty.h"
#include "guest.h"
#include "steps.h"

#include <sys/mount.h>

/* The emulated machine gets what processor time the others leave. */
enum { DEADLINE_MS = 15000 };

/* -- what is no write -- */

int steps_shell(const char *command)
{
	int r = system(command);

	return WIFEXITED(r) ? WEXITSTATUS(r) : 255;
}

int steps_protect(const char *dir, bool mend)
{
	if (mend)
		return umount(dir);
	return mount(dir, dir, NULL, MS_BIND, NULL) < 0
		       ? -1
		       : mount("", dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* -- one encounter on one machine -- */

struct meeting {
	const struct encounter *e;
	struct sys *sys; /* the machine, or its copy */
	bool real, acted;
	struct txn_report rep;
};

static unsigned done[STEP_FILE + 1];

static void write_all(struct sys *sys, const struct hand *hands)
{
	for (; hands->path; hands++) {
		int r = sys_write(sys, hands->path, hands->value);

		if (r < 0)
			print_message("# %s <- %s: %s\n", hands->path, hands->value, strerror(-r));
	}
}

static void meet(void *arg, unsigned n, const char *path)
{
	struct meeting *m = arg;

	(void)n;
	if (m->acted || !m->e->at || !strstr(path, m->e->at))
		return;
	m->acted = true;
	if (m->e->act)
		assert_int_equal(m->e->act(false), 0);
	write_all(m->sys, m->e->acts);
}

static void mend(struct meeting *m)
{
	if (m->acted && m->e->act)
		assert_int_equal(m->e->act(true), 0);
	if (m->acted)
		write_all(m->sys, m->e->mends);
	if (m->real)
		guest_settle();
}

/* Commits through a machine on which somebody else may act. */
static void commit(struct meeting *m, const char *body)
{
	struct session_opts so = { .who = "test" };
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	CLEANUP(freep) char *undo = NULL;
	CLEANUP(buf_done) struct buf json = { 0 };
	CLEANUP(session_freep) struct session *s = NULL;
	struct msg why = { 0 };
	struct sys *other;

	assert_int_equal(faulty_new(m->sys, 0, FAULT_REFUSED, EIO, &other), 0);
	faulty_before(other, meet, m);
	assert_int_equal(session_new(m->sys, &so, &s), 0);
	assert_int_equal(buf_printf(&json, "{\"vfiocfg-edits\":1,%s}", body), 0);
	if (session_load(s, buf_str(&json), json.len, "edits", false, &why) == 0 &&
	    session_plan_error(s))
		why = *session_plan_error(s);
	if (why.what || session_plan(s)->n_steps == 0)
		fail_msg("%s: %s %s", m->e->name, why.what ? why.what : "nothing to do",
			 why.why ? why.why : "");
	assert_int_equal(history_undo_edits(session_desired(s), &undo), 0);
	opts.undo = undo;
	assert_int_equal(txn_run(other, session_plan(s), &opts, &m->rep), 0);
	for (size_t i = 0; m->real && i < m->rep.n_state; i++)
		done[session_plan(s)->steps[i].kind] += m->rep.state[i] == STEP_DONE;
	if (m->rep.result != TXN_COMMITTED && m->rep.failed < session_plan(s)->n_steps &&
	    session_plan(s)->steps[m->rep.failed].kind != m->e->kind)
		print_message("  %s: %s failed\n", m->e->name,
			      session_plan(s)->steps[m->rep.failed].text);
	sys_free(other);
	if (m->real)
		guest_settle();
}

/* What the other one has mended, recovering finishes. */
static void recover(struct meeting *m)
{
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	struct txn_report rep = { 0 };

	if (m->rep.result != TXN_STUCK)
		return;
	assert_int_equal(txn_recover(m->sys, &opts, &rep), 0);
	if (rep.result != TXN_ROLLED_BACK)
		fail_msg("%s: recovering: %s %s", m->e->name, rep.msg.what, rep.msg.why);
	txn_report_done(&rep);
}

static void tell(const struct meeting *m)
{
	print_message("  %s, %s: result %d, step %zu: %s %s\n", m->e->name,
		      m->real ? "the kernel" : "foretold", m->rep.result, m->rep.failed,
		      m->rep.msg.what ? m->rep.msg.what : "", m->rep.msg.why ? m->rep.msg.why : "");
	for (size_t i = 0; i < m->rep.n_differences; i++)
		print_message("    %s\n", m->rep.differences[i]);
}

static bool as_foretold(const struct meeting *m, struct meeting *copy, struct sys *sys)
{
	struct state was, is;
	bool good;

	if (m->e->alone)
		return true;
	commit(copy, m->e->edits);
	was = guest_state(copy->sys);
	is = guest_state_now(sys);
	good = copy->rep.result == m->rep.result && copy->rep.failed == m->rep.failed &&
	       copy->rep.msg.id == m->rep.msg.id && state_same(&was, &is);
	state_done(&was);
	state_done(&is);
	if (!good) {
		tell(m);
		tell(copy);
	}
	return good;
}

static void take_back(struct sys *sys)
{
	struct session_opts so = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	struct txn_report rep = { 0 };
	struct msg why = { 0 };

	assert_int_equal(session_new(sys, &so, &s), 0);
	if (session_undo_all(s, &why) >= 0 && session_plan(s)->n_steps) {
		assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
		if (rep.result != TXN_COMMITTED)
			fail_msg("taken back: %s %s", rep.msg.what, rep.msg.why);
	}
	txn_report_done(&rep);
	msg_done(&why);
	guest_settle();
}

static void prepare(struct sys *sys, const struct encounter *e, const char *body)
{
	const struct encounter first = { .name = e->name, .kind = e->kind };
	struct meeting m = { &first, sys, true, false, { 0 } };

	if (!body)
		return;
	commit(&m, body);
	if (m.rep.result != TXN_COMMITTED)
		tell(&m);
	assert_int_equal(m.rep.result, TXN_COMMITTED);
	txn_report_done(&m.rep);
}

static bool try_one(struct sys *sys, const struct encounter *e)
{
	struct meeting m = { e, sys, true, false, { 0 } }, copy = { .e = e };
	struct state before, after;
	bool good;

	prepare(sys, e, e->first);
	prepare(sys, e, e->next);
	before = guest_state_now(sys);
	copy.sys = guest_copy(sys);
	commit(&m, e->edits);
	good = m.rep.result == e->result && (!e->at || m.acted);
	if (!good)
		tell(&m);
	good = as_foretold(&m, &copy, sys) && good;
	mend(&m);
	recover(&m);
	after = guest_state_now(sys);
	if (m.rep.result != TXN_COMMITTED && !state_same(&before, &after)) {
		print_message("  %s: not as before\n", e->name);
		good = false;
	}
	print_message("# %s: %s %s\n", e->name, m.rep.msg.what ? m.rep.msg.what : "",
		      m.rep.msg.why ? m.rep.msg.why : "");
	state_done(&before);
	state_done(&after);
	txn_report_done(&m.rep);
	txn_report_done(&copy.rep);
	sys_free(copy.sys);
	take_back(sys);
	return good;
}

static const struct encounter *machine(void)
{
	return access("/sys/bus/ap", F_OK) == 0 ? encounters_s390x : encounters_x86;
}

static unsigned kernel_level(void)
{
	return access("/sys/bus/ap/bindings_complete_count", F_OK) == 0 ? 702 : 612;
}

TEST(whatever_the_kernel_refuses_all_is_as_before)
{
	struct real_opts o = { .root = "/", .events = true };
	CLEANUP(sys_freep) struct sys *sys = NULL;
	const char *only = getenv("ONLY");
	unsigned wrong = 0;

	assert_int_equal(real_new(&o, &sys), 0);
	for (const struct encounter *e = machine(); e->name; e++)
		if ((!e->level || e->level == kernel_level()) && (!only || strstr(e->name, only)))
			wrong += !try_one(sys, e);
	assert_int_equal(wrong, 0);
}

static void note_kinds(const struct encounter *e, bool ret[static STEP_FILE + 1])
{
	for (; e->name; e++)
		ret[e->kind] = true;
}

TEST(every_kind_of_step_is_met_on_one_machine)
{
	bool met[STEP_FILE + 1] = { false };

	note_kinds(encounters_s390x, met);
	note_kinds(encounters_x86, met);
	for (int k = 0; k <= STEP_FILE; k++)
		if (!met[k])
			fail_msg("%s: on none", step_kind_name((enum step_kind)k));
}

TEST(every_kind_met_here_was_carried_out)
{
	bool met[STEP_FILE + 1] = { false };

	note_kinds(machine(), met);
	for (int k = 0; k <= STEP_FILE; k++) {
		print_message("# %s: %u\n", step_kind_name((enum step_kind)k), done[k]);
		if (met[k] && !getenv("ONLY"))
			assert_true(done[k] > 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(whatever_the_kernel_refuses_all_is_as_before),
		CASE(every_kind_of_step_is_met_on_one_machine),
		CASE(every_kind_met_here_was_carried_out),
	};

	guest_only();
	/* viable GROUP: only asks that, for pci.sh */
	if (argc == 3 && str_eq(argv[1], "viable"))
		return steps_viable(argv[2]);
	return RUN(tests);
}
