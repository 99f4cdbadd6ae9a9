/* SPDX-License-Identifier: MIT */
/*
 * What a keystroke in the crypto matrix costs on the largest machine there can be: 256 x 256 queues and 256 definitions.
 * Prints figures.
 */
#include "figure.h"
#include "full.h"
#include "plan.h"
#include "screen.h"
#include "session_part.h"
#include "sim.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { ROUNDS = 41 };

/* Of the processor: other work on the machine is not what is measured. */
static double ms_now(void)
{
	return ms_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void say(const char *name, double *v, size_t samples, const char *unit)
{
	(void)figure(name, 65536, v, samples, unit);
}

struct parts {
	double desired[ROUNDS], rules[ROUNDS], plan[ROUNDS], all[ROUNDS];
};

static void keystroke(struct fixture *f, int i, struct parts *p)
{
	struct wish_mdev entry = { .fields = WM_PARENT | WM_TYPE | WM_START | WM_ACTIVE |
					     WM_ADAPTERS | WM_DOMAINS,
				   .parent = (char[]){ "matrix" },
				   .type = (char[]){ TYPE_AP },
				   .start = START_AUTO,
				   .active = true,
				   .defined = true,
				   .reach = { true, true } };
	struct wish wish = { 0 };
	struct desired d;
	struct findings found;
	struct plan plan = { 0 };
	struct msg why = { 0 };
	double t[4];

	strcpy(entry.uuid, "ffffffff-0000-4000-8000-000000000001");
	for (unsigned k = 0; k <= (unsigned)i % 8; k++) {
		mask_set(&entry.matrix.adapters, k, true);
		mask_set(&entry.matrix.domains, 3 * k, true);
	}
	assert_int_equal(wish_set_mdev(&wish, &entry), 0);
	t[0] = ms_now();
	assert_int_equal(desired_build(f->inv, &wish, &d), 0);
	t[1] = ms_now();
	assert_int_equal(rules_check(&d, &found), 0);
	t[2] = ms_now();
	plan_make(&d, &plan, &why);
	t[3] = ms_now();
	p->desired[i] = t[1] - t[0];
	p->rules[i] = t[2] - t[1];
	p->plan[i] = t[3] - t[2];
	p->all[i] = t[3] - t[0];
	plan_done(&plan);
	msg_done(&why);
	findings_done(&found);
	desired_done(&d);
	wish_done(&wish);
}

/* Every keystroke of the matrix view goes through the session, which keeps the versions that undo goes back to. */
static void sessions(struct fixture *f, double *edit, double *undo)
{
	static const char uuid[] = "ffffffff-0000-4000-8000-000000000001";
	struct session_opts opts = { .who = "bench" };
	struct reach both = { true, true };
	struct msg why = { 0 };
	struct session *s;
	struct sys *sys;

	assert_int_equal(sim_new_named("empty", &sys), 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	assert_int_equal(session_derive(s, inventory_ref(f->inv), 0), 0);
	assert_int_equal(
		session_new_mdev(s, "matrix", TYPE_AP, uuid, true, START_AUTO, both, NULL, &why),
		0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double t = ms_now();

		assert_int_equal(session_matrix(s, uuid, i % 2 ? 'a' : 'd', i * 3, true, &why), 0);
		edit[i] = ms_now() - t;
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		double t = ms_now();

		assert_true(session_undo(s));
		undo[i] = ms_now() - t;
	}
	session_free(s);
	sys_free(sys);
}

/* As the operator has it: a key, and the whole screen drawn anew. */
static void screens(int rows, int cols, double *move, double *toggle)
{
	struct screen s;

	screen_open(&s, "full", rows, cols);
	screen_keys(&s, "3 \"new ffffffff-0000-4000-8000-000000000001\"");
	for (unsigned i = 0; i < ROUNDS; i++) {
		double t = ms_now();

		app_key(s.app, i % 2 ? K_RIGHT : K_DOWN);
		app_draw(s.app, &s.canvas);
		move[i] = ms_now() - t;
		t = ms_now();
		app_key(s.app, ' ');
		app_draw(s.app, &s.canvas);
		toggle[i] = ms_now() - t;
	}
	screen_done(&s);
}

int main(void)
{
	struct fixture f = fixture_new();
	struct parts *p = calloc(1, sizeof(*p));
	struct rusage use;
	double memory;

	full_machine(&f);
	fixture_edit(&f, "");
	for (int i = 0; i < ROUNDS; i++)
		keystroke(&f, i, p);
	say("crypto.desired", p->desired, ROUNDS, "ms");
	say("crypto.rules", p->rules, ROUNDS, "ms");
	say("crypto.plan", p->plan, ROUNDS, "ms");
	say("crypto.keystroke", p->all, ROUNDS, "ms");
	sessions(&f, p->desired, p->rules);
	say("crypto.session-edit", p->desired, ROUNDS, "ms");
	say("crypto.session-undo", p->rules, ROUNDS, "ms");
	fixture_done(&f);
	screens(24, 80, p->desired, p->rules);
	say("crypto.move-24x80", p->desired, ROUNDS, "ms");
	say("crypto.toggle-24x80", p->rules, ROUNDS, "ms");
	screens(62, 160, p->desired, p->rules);
	say("crypto.move-62x160", p->desired, ROUNDS, "ms");
	say("crypto.toggle-62x160", p->rules, ROUNDS, "ms");
	getrusage(RUSAGE_SELF, &use);
	memory = (double)use.ru_maxrss / 1024;
	say("crypto.memory", &memory, 1, "MiB");
	free(p);
	return 0;
}
