/* SPDX-License-Identifier: MIT */
/*
 * Random wishes on the built-in machines: what has no error can be committed, and is then what was wished for.
 * ROUNDS=n runs n of them (default 150), SEED=n starts elsewhere.
 */
#include "attrs.h"
#include "check.h"
#include "mem.h"
#include "session.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const machines[] = { "lpar", "lpar72", "x86", "zvm" };

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

static struct reach some_reach(struct dice *d)
{
	unsigned r = roll(d, 4);

	return (struct reach){ .live = r != 1, .persist = r != 2 };
}

static bool some_device(struct dice *dice, const struct inventory *inv, struct devid *ret)
{
	if (inv->n_subchs && (!inv->n_pcis || roll(dice, 2)))
		*ret = devid_css(inv->subchs[roll(dice, (unsigned)inv->n_subchs)]->id);
	else if (inv->n_pcis)
		*ret = devid_pci(inv->pcis[roll(dice, (unsigned)inv->n_pcis)]->id);
	else
		return false;
	return true;
}

/* The fields of an mdev that exists or is staged; NULL: there is none. */
static const struct d_mdev *some_mdev(struct dice *dice, struct session *s)
{
	const struct desired *d = session_desired(s);

	return d->n_mdevs ? &d->mdevs[roll(dice, (unsigned)d->n_mdevs)] : NULL;
}

static void edit_driver(struct dice *dice, struct session *s, struct msg *why)
{
	struct devid dev;

	if (some_device(dice, session_inventory(s), &dev))
		session_toggle(s, &dev, some_reach(dice), why);
}

static void edit_new(struct dice *dice, struct session *s, struct msg *why)
{
	const struct inventory *inv = session_inventory(s);
	enum start start = roll(dice, 2) ? START_AUTO : START_MANUAL;
	const struct mdev_parent *p;
	struct devid dev;

	if (roll(dice, 2) && some_device(dice, inv, &dev) && dev.bus == BUS_CSS) {
		session_new_mdev(s, dev.name, TYPE_CCW, NULL, true, start, some_reach(dice), NULL,
				 why);
	} else if (inv->n_parents) {
		p = inv->parents[roll(dice, (unsigned)inv->n_parents)];
		if (p->n_types)
			session_new_mdev(s, p->id.name,
					 p->types[roll(dice, (unsigned)p->n_types)].id, NULL,
					 roll(dice, 4) > 0, start, some_reach(dice), NULL, why);
	}
}

static void edit_matrix(struct dice *dice, struct session *s, struct msg *why)
{
	static const uint8_t cards[] = { 5, 6, 0xa, 0x14 }, doms[] = { 4, 5, 0x42, 0xab };
	const struct d_mdev *m = some_mdev(dice, s);
	unsigned which = roll(dice, 3);

	if (m && m->is_matrix)
		session_matrix(s, m->uuid, "adk"[which],
			       which ? doms[roll(dice, 4)] : cards[roll(dice, 4)],
			       roll(dice, 3) > 0, why);
}

static void edit_mdev(struct dice *dice, struct session *s, struct msg *why)
{
	const struct d_mdev *m = some_mdev(dice, s);
	struct wish_mdev entry = { .reach = some_reach(dice), .defined = true };

	if (!m)
		return;
	strcpy(entry.uuid, m->uuid);
	switch (roll(dice, 4)) {
	case 0:
		entry.delete = true;
		entry.reach = (struct reach){ true, true };
		break;
	case 1:
		entry.fields = WM_START;
		entry.start = m->start_then == START_AUTO ? START_MANUAL : START_AUTO;
		break;
	case 2:
		entry.fields = WM_ACTIVE;
		entry.active = !m->active_then;
		break;
	default:
		entry.fields = WM_DEFINED;
		entry.defined = !m->defined_then;
		break;
	}
	session_set_mdev(s, &entry, why);
}

static void edit_other(struct dice *dice, struct session *s, struct msg *why)
{
	const struct inventory *inv = session_inventory(s);
	struct devid dev;

	switch (roll(dice, 4)) {
	case 0:
		if (inv->n_queues)
			session_queue(s, inv->queues[roll(dice, (unsigned)inv->n_queues)]->id,
				      roll(dice, 2), some_reach(dice), why);
		break;
	case 1:
		if (inv->n_pcis) {
			dev = devid_pci(inv->pcis[roll(dice, (unsigned)inv->n_pcis)]->id);
			session_sriov(s, &dev, roll(dice, 9), some_reach(dice), why);
		}
		break;
	case 2:
		session_undo(s);
		break;
	default:
		session_ap_mode(s, (enum ap_mode)roll(dice, 3), why);
		break;
	}
}

static void some_edits(struct dice *dice, struct session *s)
{
	static void (*const edits[])(struct dice *, struct session *, struct msg *) = {
		edit_driver, edit_new, edit_matrix, edit_matrix, edit_mdev, edit_other,
	};
	unsigned n = 1 + roll(dice, 5);

	for (unsigned i = 0; i < n; i++) {
		struct msg why = { 0 };

		edits[roll(dice, ARRAY_SIZE(edits))](dice, s, &why);
		msg_done(&why);
	}
}

/* Every protected device named in full. */
static size_t all_overrides(const struct session *s, char (*text)[DEVID_TEXT],
			    const char *names[static 64])
{
	const struct findings *f = session_findings(s);
	size_t n = 0;

	for (size_t i = 0; i < f->n && n < 64; i++)
		if (f->v[i].grade == GRADE_PROTECTED) {
			names[n] = devid_text(&f->v[i].dev, text[n]);
			n++;
		}
	return n;
}

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

static unsigned from_env(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

TEST(a_wish_without_errors_is_committed_and_then_wants_nothing_more)
{
	unsigned rounds = from_env("ROUNDS", 150), first = from_env("SEED", 1), count[3] = { 0 };

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
