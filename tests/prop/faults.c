/* SPDX-License-Identifier: MIT */
/*
 * Random machines and wishes: whichever mutation of the commit fails, and however, and whichever mutation of the undo fails after
 * it, the machine is as before, or all that differs is told with the commands that put it right.
 * ROUNDS=n tries n pairs (default 120) and EVERY=n each nth mutation of them (default 29); SEED=n starts elsewhere.
 */
#include "check.h"
#include "faulty.h"
#include "pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct txn_opts opts = { .deadline_ms = 5 };

/* How a mutation fails: the errors that a write to an attribute and that a file may give. */
struct way {
	enum fault fault;
	int err;
};
static const struct way of_writes[] = {
	{ FAULT_REFUSED, EBUSY },
	{ FAULT_REFUSED, EINVAL },
	{ FAULT_REFUSED, ENODEV },
	{ FAULT_REFUSED, EIO },
	{ FAULT_REFUSED, EACCES },
	{ FAULT_REFUSED, EADDRINUSE },
	{ FAULT_REFUSED, EADDRNOTAVAIL },
	{ FAULT_REFUSED, EINTR },
	{ FAULT_REFUSED, ENOSPC },
	{ FAULT_DONE, EIO }, /* a short write: the kernel took it, and not all */
};
static const struct way of_files[] = {
	{ FAULT_REFUSED, EIO },	   { FAULT_REFUSED, ENOSPC }, { FAULT_REFUSED, EROFS },
	{ FAULT_REFUSED, EACCES }, { FAULT_REFUSED, EINTR },  { FAULT_DONE, EIO },
};

struct counts {
	unsigned pairs, tried, failed, again, stuck, kinds[STEP_FILE + 1], marked, races, detected;
};

/* One machine, what is wished of it, and what it must be before and after. */
struct pair {
	unsigned seed;
	struct sys *sys;
	const struct plan *plan;
	bool marked;		       /* a step said beforehand that it can't be undone */
	struct state before[4], after; /* before: with so many of its modules loaded */
	size_t n_before;
	char *paths[4096]; /* of the mutations of a commit without a fault */
	unsigned n;
};

static void note_path(void *arg, unsigned n, const char *path)
{
	struct pair *p = arg;

	assert_true(n < ARRAY_SIZE(p->paths));
	p->paths[n] = strdup(path);
	p->n = n;
}

static void pair_done(struct pair *p)
{
	for (size_t i = 0; i < p->n_before; i++)
		state_done(&p->before[i]);
	for (unsigned i = 1; i <= p->n; i++)
		free(p->paths[i]);
	state_done(&p->after);
	free(p);
}

/* A module that was loaded stays, and a step says so. */
static void states_before(struct pair *p)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(p->sys);

	p->before[p->n_before++] = state_of(copy);
	for (size_t i = 0; i < p->plan->n_steps && p->n_before < ARRAY_SIZE(p->before); i++) {
		if (p->plan->steps[i].kind != STEP_MODULE)
			continue;
		sys_load_module(copy, p->plan->steps[i].act.value);
		p->before[p->n_before++] = state_of(copy);
	}
}

static bool is_before(const struct pair *p, struct sys *sys)
{
	struct state s = state_of(sys);
	bool same = false;

	for (size_t i = 0; i < p->n_before && !same; i++)
		same = state_diff(&p->before[i], &s, NULL, NULL) == 0;
	if (!same)
		state_same(&p->before[0], &s);
	state_done(&s);
	return same;
}

/* Commits on a copy without a fault. false: the machine itself refuses. */
static bool commit_whole(struct pair *p, struct counts *c)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(p->sys);
	struct txn_report rep;
	struct sys *faulty;
	bool whole;

	assert_int_equal(faulty_new(copy, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, note_path, p);
	assert_int_equal(txn_run(faulty, p->plan, &opts, &rep), 0);
	sys_free(faulty);
	whole = rep.result == TXN_COMMITTED;
	p->after = state_of(copy);
	for (size_t i = 0; whole && i < p->plan->n_steps; i++) {
		c->kinds[p->plan->steps[i].kind] += rep.state[i] == STEP_DONE;
		p->marked = p->marked || p->plan->steps[i].not_undoable;
	}
	txn_report_done(&rep);
	return whole;
}

/* -- the commands of a report -- */

/* One word of a shell, and what is behind it. */
static const char *shell_read(const char *s, struct buf *ret)
{
	for (; *s && *s != ' '; s++) {
		if (*s == '\'') {
			for (s++; *s && *s != '\''; s++)
				buf_addc(ret, *s);
		} else {
			s += *s == '\\';
			buf_addc(ret, *s);
		}
	}
	return s + (*s == ' ');
}

static void printf_read(const char *s, struct buf *ret)
{
	for (; *s; s++) {
		if (*s == '%') {
			buf_addc(ret, *s++);
		} else if (*s == '\\' && s[1] >= '0' && s[1] <= '7') {
			buf_addc(ret, (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0'));
			s += 3;
		} else if (*s == '\\') {
			buf_addc(ret, *++s == 'n' ? '\n' : *s);
		} else {
			buf_addc(ret, *s);
		}
	}
}

static int by_hand(struct sys *sys, const char *command)
{
	CLEANUP(buf_done) struct buf verb = { 0 }, what = { 0 }, value = { 0 }, path = { 0 };
	const char *rest = shell_read(command, &verb);
	int r;

	if (str_eq(buf_str(&verb), "sync"))
		return 0;
	if (*rest != '>')
		rest = shell_read(rest, &what);
	if (str_eq(buf_str(&verb), "rm"))
		buf_adds(&path, buf_str(&what));
	else
		shell_read(rest + 2, &path);
	if (str_eq(buf_str(&verb), "echo")) {
		buf_printf(&value, "%s\n", buf_str(&what));
		return sys_write(sys, buf_str(&path), buf_str(&value));
	}
	printf_read(buf_str(&what), &value);
	r = sys_stage(sys, buf_str(&path), str_eq(buf_str(&verb), "rm") ? NULL : buf_str(&value),
		      value.len);
	return r < 0 ? r : sys_publish(sys, buf_str(&path));
}

/* -- judging -- */

/* Is the place of a difference told? By its own path or any path that leads there. */
struct told {
	const struct txn_report *rep;
	size_t missing;
};

static void told_file(void *arg, const struct place *was, const struct place *is)
{
	struct told *t = arg;
	const char *path = (was ? was : is)->path;
	size_t len = strlen(path);

	if (!str_starts(path, "/etc/"))
		return;
	for (size_t i = 0; i < t->rep->n_differences; i++)
		if (str_starts(t->rep->differences[i], path) && t->rep->differences[i][len] == ':')
			return;
	print_message("  %s differs and is not told\n", path);
	t->missing++;
}

/* Each file that differs is told, and the commands in their order bring back what was. */
static bool told_truly(const struct pair *p, struct sys *sys, const struct txn_report *rep)
{
	struct state s = state_of(sys);
	struct told t = { rep, 0 };
	bool same;

	state_diff(&p->before[0], &s, told_file, &t);
	state_done(&s);
	for (size_t i = 0; i < rep->n_differences; i++) {
		const char *hand = strstr(rep->differences[i], " By hand: ");

		/* One command may have done what a later one is for. */
		if (hand)
			by_hand(sys, hand + strlen(" By hand: "));
	}
	same = is_before(p, sys);
	if (!same)
		print_message("  the commands do not bring it back\n");
	return same && t.missing == 0 && rep->n_differences > 0;
}

static int staged_file(void *arg, const struct sim_entry *e)
{
	bool *staged = arg;

	*staged = *staged || (str_starts(e->path, "/.sim/staged/") && e->type != SYS_DIR);
	return 0;
}

/* Is there a file that was written and not brought to its name? */
static bool staged(struct sys *sys)
{
	bool any = false;

	assert_int_equal(sim_each(sim_of(sys), staged_file, &any), 0);
	return any;
}

static void unlock(struct sys *sys)
{
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL);
	sys_lock(sys, "/run/lock/s390apconfig.lock", NULL);
}

static bool is_after(const struct pair *p, struct sys *sys)
{
	struct state s = state_of(sys);
	bool same = state_same(&p->after, &s);

	state_done(&s);
	return same;
}

/* A second try without a fault puts everything back; or finishes, where the journal could not be told of the undo. */
static bool recovers(const struct pair *p, struct sys *sys)
{
	struct txn_report rep;
	bool good;

	unlock(sys);
	assert_int_equal(txn_recover(sys, &opts, &rep), 0);
	good = !sys_exists(sys, "/var/lib/vfiocfg/commit.json") && !staged(sys);
	if (good && rep.result == TXN_COMMITTED)
		good = is_after(p, sys);
	else if (good)
		good = rep.result == TXN_ROLLED_BACK && is_before(p, sys);
	if (!good)
		print_message("  recovering: result %d%s, %s %s\n", rep.result,
			      staged(sys) ? ", files are left staged" : "", rep.msg.what,
			      rep.msg.why);
	txn_report_done(&rep);
	return good;
}

/* may_stick: a second fault hit the undo. */
static bool judge(struct pair *p, struct sys *sys, const struct txn_report *rep, bool may_stick,
		  struct counts *c)
{
	CLEANUP(sys_freep) struct sys *copy = NULL;
	bool open = sys_exists(sys, "/var/lib/vfiocfg/commit.json");

	if (!may_stick && staged(sys)) {
		print_message("  files are left staged\n");
		return false;
	}
	switch (rep->result) {
	case TXN_COMMITTED:
		return is_after(p, sys);
	case TXN_STUCK:
		c->stuck++;
		if (!may_stick && !p->marked)
			return false;
		if (p->marked)
			return rep->n_differences > 0;
		copy = copy_of(sys);
		return open && recovers(p, copy) && told_truly(p, sys, rep);
	default:
		return is_before(p, sys) && !open;
	}
}

static void tell(const struct pair *p, const struct txn_report *rep, const char *what, unsigned k,
		 const struct way *way)
{
	print_message("SEED=%u ROUNDS=1: mutation %u of %u (%s) %s %s: result %d\n  %s %s\n",
		      p->seed, k, p->n, p->paths[k], what, strerror(way->err), rep->result,
		      rep->msg.what, rep->msg.why);
	for (size_t i = 0; i < p->plan->n_steps; i++)
		print_message("  %d %s\n", rep->state ? (int)rep->state[i] : -1,
			      p->plan->steps[i].text);
	for (size_t i = 0; i < rep->n_differences; i++)
		print_message("  %s\n", rep->differences[i]);
}

/* The first fault at k, the second (0: none) at k2. Returns how many mutations there were. */
static unsigned fail_at(struct pair *p, unsigned k, const struct way *way, unsigned k2,
			const struct way *way2, struct counts *c)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(p->sys);
	struct txn_report rep;
	struct sys *faulty;
	unsigned n;

	assert_int_equal(faulty_new(copy, k, way->fault, way->err, &faulty), 0);
	if (k2)
		faulty_also(faulty, k2, way2->fault, way2->err);
	assert_int_equal(txn_run(faulty, p->plan, &opts, &rep), 0);
	n = faulty_count(faulty);
	sys_free(faulty);
	c->failed += k2 == 0;
	c->again += k2 != 0;
	if (!judge(p, copy, &rep, k2 != 0, c)) {
		tell(p, &rep, k2 ? "and one of the undo's fails:" : "fails:", k, way);
		fail_msg("second fault at %u of %u, %s", k2, n, k2 ? strerror(way2->err) : "none");
	}
	txn_report_done(&rep);
	return n;
}

/* What can fail after the first fault: once, or all from there on, as on a broken disk. */
static void fail_undo(struct pair *p, struct dice *dice, unsigned k, const struct way *way,
		      unsigned n, struct counts *c)
{
	static const struct way ways[] = { { FAULT_REFUSED, EBUSY }, { FAULT_REFUSED, EIO },
					   { FAULT_DONE, EIO },	     { FAULT_CUT, EIO },
					   { FAULT_CUT, EROFS },     { FAULT_REFUSED, ENODEV } };

	if (n > k)
		fail_at(p, k, way, k + 1 + roll(dice, n - k), &ways[roll(dice, ARRAY_SIZE(ways))],
			c);
}

static void fail_all(struct pair *p, struct dice *dice, unsigned every, struct counts *c)
{
	for (unsigned k = 1 + roll(dice, every); k <= p->n; k += every) {
		bool write = str_starts(p->paths[k], "/");
		const struct way *ways;
		size_t n;

		write = !write || str_starts(p->paths[k], "/sys/");
		ways = write ? of_writes : of_files;
		n = write ? ARRAY_SIZE(of_writes) : ARRAY_SIZE(of_files);
		c->tried++;
		for (size_t i = every > 1 ? roll(dice, (unsigned)n) : 0;
		     i<n; i += every> 1 ? n : 1) {
			unsigned all = fail_at(p, k, &ways[i], 0, NULL, c);

			fail_undo(p, dice, k, &ways[i], all, c);
		}
	}
}

/* -- races: another program writes a file of the commit, at any time -- */

#define THEIRS "another program wrote this\n"

struct race {
	struct sys *sys;
	const char *path;
	unsigned at;
};

static void race_now(void *arg, unsigned n, const char *path)
{
	const struct race *r = arg;

	(void)path;
	if (n == r->at)
		assert_int_equal(sim_put_file(sim_of(r->sys), r->path, 0644, THEIRS), 0);
}

static void race_file(struct pair *p, const char *path, unsigned at, struct counts *c)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(p->sys);
	CLEANUP(buf_done) struct buf is = { 0 };
	struct race race = { copy, path, at };
	struct txn_report rep;
	struct sys *faulty;

	assert_int_equal(faulty_new(copy, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, race_now, &race);
	assert_int_equal(txn_run(faulty, p->plan, &opts, &rep), 0);
	sys_free(faulty);
	sys_read(copy, path, &is);
	c->races++;
	c->detected += rep.result != TXN_COMMITTED;
	if (!str_eq(buf_str(&is), THEIRS))
		fail_msg("SEED=%u ROUNDS=1: %s, written by another program before mutation %u of "
			 "%u, was lost: %s %s",
			 p->seed, path, at, p->n, rep.msg.what, rep.msg.why);
	txn_report_done(&rep);
}

static void race_all(struct pair *p, struct dice *dice, struct counts *c)
{
	for (size_t i = 0; i < p->plan->n_steps; i++) {
		const struct step *s = &p->plan->steps[i];
		unsigned at = 1 + roll(dice, p->n);

		if (s->kind == STEP_FILE)
			race_file(p, s->act.path, at, c);
	}
}

/* -- pairs -- */

static bool is_wished(struct session *s, const char *edits)
{
	struct msg why = { 0 };
	bool good = session_load(s, edits, strlen(edits), "undo", false, &why) == 0 &&
		    !session_plan_error(s) && session_plan(s)->n_steps > 0;

	msg_done(&why);
	if (!good)
		session_clear(s);
	return good;
}

static void one_pair(unsigned seed, unsigned every, struct counts *c)
{
	struct dice dice = { seed * 7919u + 17 };
	CLEANUP(sys_freep) struct sys *sys = some_machine(&dice);
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(freep) char *undo = NULL;
	struct pair *p = calloc(1, sizeof(*p));
	struct txn_report rep;

	assert_non_null(p);
	some_modes(&dice, sys);
	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	/* Half of the machines have a random past. */
	if (roll(&dice, 2) && some_wish(&dice, s)) {
		assert_int_equal(history_undo_edits(session_desired(s), &undo), 0);
		assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
		txn_report_done(&rep);
		session_clear(s);
		session_rescan(s);
	}
	/* Some take that past back. */
	if (((undo && seed % 4 == 0 && is_wished(s, undo)) || some_wish(&dice, s)) &&
	    !sys_exists(sys, "/var/lib/vfiocfg/commit.json")) {
		p->seed = seed;
		p->sys = sys;
		p->plan = session_plan(s);
		states_before(p);
		if (commit_whole(p, c)) {
			c->pairs++;
			c->marked += p->marked;
			fail_all(p, &dice, every, c);
			race_all(p, &dice, c);
		}
	}
	pair_done(p);
}

static bool lacks_a_kind(const struct counts *c)
{
	for (unsigned k = 0; k <= STEP_FILE; k++)
		if (!c->kinds[k])
			return true;
	return false;
}

TEST(whatever_fails_the_machine_is_as_before_or_the_difference_is_told)
{
	unsigned rounds = dice_env("ROUNDS", 120), seed = dice_env("SEED", 1);
	unsigned every = dice_env("EVERY", 29);
	struct counts c = { 0 };

	/* Some kinds are rare: a long enough run goes on until it has met each. */
	while (c.pairs < rounds || (rounds >= 120 && lacks_a_kind(&c) && c.pairs < 5 * rounds))
		one_pair(seed++, every, &c);
	print_message("# %u pairs (%u with a step marked not undoable), %u mutations, %u faults, "
		      "%u more during the undo, %u told as stuck, none silent\n",
		      c.pairs, c.marked, c.tried, c.failed, c.again, c.stuck);
	print_message("# %u races for a file: %u commits gave way, nothing of others was lost\n",
		      c.races, c.detected);
	assert_true(rounds < 120 || c.detected > 0);
	for (unsigned k = 0; k <= STEP_FILE; k++) {
		print_message("# %u steps of kind %s\n", c.kinds[k],
			      step_kind_name((enum step_kind)k));
		assert_true(rounds < 120 || c.kinds[k] > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(whatever_fails_the_machine_is_as_before_or_the_difference_is_told),
	};

	return RUN(tests);
}
