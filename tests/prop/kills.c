/* SPDX-License-Identifier: MIT */
/*
 * The process is killed, by SIGKILL, before each mutation of a commit on a machine kept in a file; the program itself then finds
 * the interrupted commit, says so before anything else, and recovers it: the machine is as before or fully committed.
 * ROUNDS=n tries n random pairs of machine and wish (default 6) and EVERY=n each nth mutation (default 9); SEED=n starts elsewhere.
 */
#include "check.h"
#include "faulty.h"
#include "state.h"
#include "tree.h"
#include "wish_dice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const struct txn_opts opts = { .deadline_ms = 50 };

struct kills {
	unsigned seed, killed, again, undone, finished, unbegun, said;
	struct state before, after;
	const char *file; /* of the machine */
};

static struct sys *load(const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char chunk[1 << 16];
	struct sys *sys;
	size_t n;
	FILE *f = fopen(file, "re");

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_int_equal(buf_add(&text, chunk, n), 0);
	fclose(f);
	assert_int_equal(sim_new(text.data, text.len, &sys, NULL), 0);
	return sys;
}

/* Runs the program on the machine's file; its exit code, and what it said. */
static int program(const char *file, const char *word, struct buf *said)
{
	const char *path = getenv("VFIOCFG"), *emulator = getenv("MESON_EXE_WRAPPER");
	char chunk[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_non_null(path);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		if (emulator)
			execl(emulator, emulator, path, "--demo=lpar", "--state", file, word,
			      (char *)NULL);
		else
			execl(path, path, "--demo=lpar", "--state", file, word, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		assert_int_equal(buf_add(said, chunk, (size_t)n), 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Commits in a process that is killed before mutation k. false: it ended before. */
static bool kill_at(struct sys *sys, const struct plan *plan, unsigned k, const char *file)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct txn_report rep;
		struct sys *copy, *faulty;

		if (sim_copy(sys, NULL, &copy) < 0 || sim_keep(copy, file) < 0 ||
		    faulty_new(copy, k, FAULT_KILL, EIO, &faulty) < 0)
			_exit(2);
		_exit(txn_run(faulty, plan, &opts, &rep) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Recovers in a process that is killed before mutation k, as well. false: it ended before. */
static bool kill_recovering(const char *file, unsigned k)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct sys *sys = load(file), *faulty;
		struct txn_report rep;

		if (sim_keep(sys, file) < 0 || faulty_new(sys, k, FAULT_KILL, EIO, &faulty) < 0)
			_exit(2);
		_exit(txn_recover(faulty, &opts, &rep) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void recovered(struct kills *c, unsigned k)
{
	CLEANUP(buf_done) struct buf said = { 0 };
	CLEANUP(state_done) struct state is = { 0 };
	CLEANUP(sys_freep) struct sys *sys = load(c->file);
	bool open = sys_exists(sys, "/var/lib/vfiocfg/commit.json"), old, new;
	int code;

	if (open) {
		program(c->file, "history", &said);
		assert_true(str_starts(buf_str(&said), "vfiocfg: An earlier commit was "
						       "interrupted."));
		c->said++;
		buf_reset(&said);
	}
	code = program(c->file, "recover", &said);
	sys_free(sys);
	sys = load(c->file);
	is = state_of(sys);
	old = state_diff(&c->before, &is, NULL, NULL) == 0;
	new = state_diff(&c->after, &is, NULL, NULL) == 0;
	/* 3: undone. */
	if (!(code == 0 ? open ? new : old || new : code == 3 && old) ||
	    sys_exists(sys, "/var/lib/vfiocfg/commit.json")) {
		state_same(&c->before, &is);
		fail_msg("SEED=%u ROUNDS=1: killed before mutation %u: exit %d, %s", c->seed, k,
			 code, buf_str(&said));
	}
	c->undone += code == 3;
	c->finished += code == 0 && open;
	c->unbegun += !open;
}

/* Or is there a step that said beforehand that it can't be undone? */
static bool loads_module(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_MODULE || plan->steps[i].not_undoable)
			return true;
	return false;
}

static bool some_plan(struct dice *dice, struct session *s)
{
	for (int i = 0; i < 20; i++) {
		const struct findings *f;
		bool good = true;

		some_edits(dice, s);
		f = session_findings(s);
		for (size_t k = 0; k < f->n; k++)
			good = good && !(f->v[k].staged && f->v[k].grade == GRADE_ERROR);
		/* A module stays loaded, so there would be more than two states. */
		if (good && !session_plan_error(s) && session_plan(s)->n_steps &&
		    !loads_module(session_plan(s)))
			return true;
		session_clear(s);
	}
	return false;
}

/* false: this seed makes no pair. */
static bool one_pair(struct kills *c, unsigned every)
{
	static const char *const machines[] = { "lpar", "lpar72", "x86" };
	struct dice dice = { c->seed * 7919u + 17 };
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(sys_freep) struct sys *copy = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_report rep;
	unsigned k = 1 + roll(&dice, every);
	bool good;

	assert_int_equal(sim_new_named(machines[roll(&dice, ARRAY_SIZE(machines))], &sys), 0);
	sim_hold(sys, "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a", NULL);
	sim_hold(sys, "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11", NULL);
	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	if (!some_plan(&dice, s))
		return false;
	assert_int_equal(sim_copy(sys, NULL, &copy), 0);
	assert_int_equal(txn_run(copy, session_plan(s), &opts, &rep), 0);
	good = rep.result == TXN_COMMITTED;
	txn_report_done(&rep);
	c->before = state_of(sys);
	c->after = state_of(copy);
	for (; good && kill_at(sys, session_plan(s), k, c->file); k += every) {
		c->killed++;
		/* Up to three times one after the other. */
		for (unsigned i = roll(&dice, 4); i > 0; i--)
			c->again += kill_recovering(c->file, 1 + roll(&dice, 24));
		recovered(c, k);
	}
	state_done(&c->before);
	state_done(&c->after);
	return good;
}

TEST(a_killed_commit_is_said_first_and_recovered_to_all_or_nothing)
{
	CLEANUP(tree_done) struct tree tree = { "/dev/shm/vfiocfg-test-XXXXXX" };
	unsigned rounds = dice_env("ROUNDS", 6), every = dice_env("EVERY", 9), pairs = 0;
	struct kills c = { .seed = dice_env("SEED", 1) };

	if (!mkdtemp(tree.root))
		tree = tree_new();
	for (; pairs < rounds; c.seed++) {
		c.file = tree_path(&tree, "/machine");
		pairs += one_pair(&c, every);
	}
	print_message("# %u pairs, %u kills, %u more while recovering: %u undone, %u finished, %u "
		      "before or after all of it\n",
		      pairs, c.killed, c.again, c.undone, c.finished, c.unbegun);
	assert_true(c.undone > 0 && c.said > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_killed_commit_is_said_first_and_recovered_to_all_or_nothing),
	};

	return RUN(tests);
}
