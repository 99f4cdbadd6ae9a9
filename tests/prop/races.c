/* SPDX-License-Identifier: MIT */
/*
 * Somebody else at work on the machine: one legal operation of another program, or a device that vanishes, between scan and
 * commit or before any mutation of it. Nothing of theirs is lost or overwritten, the machine is what one after the other
 * would have made of it, and where the commit gave way the report names what moved.
 * ROUNDS=n tries n pairs of machine and wish (default 40), RACES=n so many of each (default 12); SEED=n starts elsewhere.
 */
#include "faulty.h"
#include "pairs.h"

#include <errno.h>
#include <stdio.h>

static const struct txn_opts opts = { .deadline_ms = 5 };

enum what { WRITE, PUT, REMOVE, POKE, UNPLUG, WHATS };
static const char *const what_names[] = { "writes to", "writes file", "removes", "tells",
					  "unplugs" };

/* What another hand does. */
struct op {
	enum what what;
	char path[400], value[1200];
	char name[64]; /* of the device, as a report would have it */
	bool same;     /* as a step of the commit or its undo would do it */
};

struct race {
	struct dice dice;
	struct sys *sys;
	const struct plan *plan;
	unsigned at; /* 0: before the commit */
	bool acted;
	bool moment; /* between looking at an attribute and writing to it, which nothing can prevent */
	struct op op;
	struct state was, is; /* around the operation */
};

struct counts {
	unsigned pairs, races, committed, gave_way, kernel, stuck, before, moment, of[WHATS];
};

/* -- what others may do -- */

static bool one_name(struct dice *d, struct sys *sys, const char *dir, char ret[static 64])
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	unsigned n = 0, k;

	if (sys_list(sys, dir, &names) < 0 || !names.len)
		return false;
	buf_foreach_name (&names, name)
		n++;
	k = roll(d, n);
	buf_foreach_name (&names, name)
		if (k-- == 0)
			break;
	snprintf(ret, 64, "%s", name);
	return true;
}

/* A device of the plan, or any. */
static bool one_device(struct race *r, const char *bus, char ret[static 64])
{
	const struct step *s = &r->plan->steps[roll(&r->dice, (unsigned)r->plan->n_steps)];
	char path[200];

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s", bus, s->dev.name);
	if (roll(&r->dice, 3) && sys_exists(r->sys, path)) {
		snprintf(ret, 64, "%s", s->dev.name);
		return true;
	}
	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	return one_name(&r->dice, r->sys, path, ret);
}

static const char *one_bus(struct race *r)
{
	return roll(&r->dice, 2) ? "css" : "pci";
}

static bool op_unbind(struct race *r, struct op *op)
{
	CLEANUP(buf_done) struct buf driver = { 0 };
	const char *bus = one_bus(r);
	char path[200];

	if (!one_device(r, bus, op->name))
		return false;
	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", bus, op->name);
	if (sys_read_base(r->sys, path, &driver) < 0)
		return false;
	snprintf(op->path, sizeof(op->path), "/sys/bus/%s/drivers/%s/unbind", bus,
		 buf_str(&driver));
	snprintf(op->value, sizeof(op->value), "%s", op->name);
	return true;
}

static bool op_bind(struct race *r, struct op *op)
{
	const char *bus = one_bus(r);
	char path[200], driver[64];

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers", bus);
	if (!one_device(r, bus, op->name) || !one_name(&r->dice, r->sys, path, driver))
		return false;
	snprintf(op->path, sizeof(op->path), "%s/%s/bind", path, driver);
	snprintf(op->value, sizeof(op->value), "%s", op->name);
	return true;
}

static bool op_override(struct race *r, struct op *op)
{
	static const char *const values[] = { "vfio_ccw\n", "vfio-pci\n", "\n", "io_subchannel\n" };
	const char *bus = one_bus(r);

	if (!one_device(r, bus, op->name))
		return false;
	snprintf(op->path, sizeof(op->path), "/sys/bus/%s/devices/%s/driver_override", bus,
		 op->name);
	snprintf(op->value, sizeof(op->value), "%s", values[roll(&r->dice, 4)]);
	return true;
}

static bool op_probe(struct race *r, struct op *op)
{
	const char *bus = one_bus(r);

	snprintf(op->path, sizeof(op->path), "/sys/bus/%s/drivers_probe", bus);
	if (!one_device(r, bus, op->name))
		return false;
	snprintf(op->value, sizeof(op->value), "%s", op->name);
	return true;
}

static bool op_create(struct race *r, struct op *op)
{
	char parent[64], dir[300], type[64];

	if (!one_device(r, "css", parent) || roll(&r->dice, 2)) {
		if (!one_name(&r->dice, r->sys, "/sys/class/mdev_bus", parent))
			return false;
	}
	snprintf(dir, sizeof(dir), "/sys/class/mdev_bus/%s/mdev_supported_types", parent);
	if (!one_name(&r->dice, r->sys, dir, type))
		return false;
	snprintf(op->path, sizeof(op->path), "%s/%s/create", dir, type);
	snprintf(op->value, sizeof(op->value), "99999999-0000-4000-8000-0000000%05x",
		 roll(&r->dice, 0xfffff));
	snprintf(op->name, sizeof(op->name), "%s", parent);
	return true;
}

static bool op_remove(struct race *r, struct op *op)
{
	if (!one_device(r, "mdev", op->name))
		return false;
	snprintf(op->path, sizeof(op->path), "/sys/bus/mdev/devices/%s/remove", op->name);
	strcpy(op->value, "1\n");
	return true;
}

static bool op_mask(struct race *r, struct op *op)
{
	static const unsigned ids[] = { 5, 6, 0xa, 0x14, 4, 0x42, 0xab };

	strcpy(op->name, roll(&r->dice, 2) ? "apmask" : "aqmask");
	snprintf(op->path, sizeof(op->path), "/sys/bus/ap/%s", op->name);
	snprintf(op->value, sizeof(op->value), "%c%u\n", roll(&r->dice, 2) ? '+' : '-',
		 ids[roll(&r->dice, ARRAY_SIZE(ids))]);
	return true;
}

static bool op_matrix(struct race *r, struct op *op)
{
	static const char *const attrs[] = { "assign_adapter",	      "unassign_adapter",
					     "assign_domain",	      "unassign_domain",
					     "assign_control_domain", "unassign_control_domain" };
	static const unsigned ids[] = { 5, 6, 0xa, 0x14, 4, 0x42, 0xab };

	if (!one_device(r, "mdev", op->name))
		return false;
	snprintf(op->path, sizeof(op->path), "/sys/bus/mdev/devices/%s/%s", op->name,
		 attrs[roll(&r->dice, ARRAY_SIZE(attrs))]);
	snprintf(op->value, sizeof(op->value), "%u\n", ids[roll(&r->dice, ARRAY_SIZE(ids))]);
	return true;
}

/* A file of the plan, or one beside it. */
static bool op_file(struct race *r, struct op *op)
{
	const struct step *s = &r->plan->steps[roll(&r->dice, (unsigned)r->plan->n_steps)];

	op->what = roll(&r->dice, 3) ? PUT : REMOVE;
	snprintf(op->value, sizeof(op->value), "another program wrote this: %u\n",
		 roll(&r->dice, 1000));
	if (s->kind == STEP_FILE && s->act.path) {
		snprintf(op->path, sizeof(op->path), "%s", s->act.path);
	} else {
		op->what = PUT;
		snprintf(op->path, sizeof(op->path), "/etc/driverctl.d/css-0.0.%04x",
			 roll(&r->dice, 0x10000));
	}
	snprintf(op->name, sizeof(op->name), "%.63s", strrchr(op->path, '/') + 1);
	return op->what == PUT || sys_exists(r->sys, op->path);
}

/* The same as the commit does, or its opposite, by the same way. */
static bool op_step(struct race *r, struct op *op)
{
	const struct step *s = &r->plan->steps[roll(&r->dice, (unsigned)r->plan->n_steps)];
	const struct act *a = roll(&r->dice, 2) ? &s->act : &s->undo;

	if (s->kind == STEP_FILE || s->kind == STEP_MODULE || !a->path || !a->value)
		return false;
	op->same = true;
	snprintf(op->path, sizeof(op->path), "%s", a->path);
	snprintf(op->value, sizeof(op->value), "%s", a->value);
	snprintf(op->name, sizeof(op->name), "%.63s", s->dev.name);
	if (str_starts(op->path, "/sys/bus/ap/a"))
		snprintf(op->name, sizeof(op->name), "%s", strrchr(op->path, '/') + 1);
	return true;
}

static bool op_hardware(struct race *r, struct op *op)
{
	static const char *const words[] = { "rmcard", "decfg" };
	static const unsigned cards[] = { 5, 6, 0xa, 0x14 };
	unsigned card = cards[roll(&r->dice, 4)];

	op->what = POKE;
	snprintf(op->path, sizeof(op->path), "%s %u", words[roll(&r->dice, 2)], card);
	snprintf(op->name, sizeof(op->name), "%02x.", card);
	return sys_exists(r->sys, "/sys/bus/ap");
}

static bool op_unplug(struct race *r, struct op *op)
{
	CLEANUP(buf_done) struct buf real = { 0 };
	const char *bus = one_bus(r);
	char path[200];

	if (!one_device(r, bus, op->name))
		return false;
	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s", bus, op->name);
	if (sim_real_path(sim_of(r->sys), path, &real) < 0)
		return false;
	op->what = UNPLUG;
	snprintf(op->path, sizeof(op->path), "%s", buf_str(&real));
	return true;
}

static bool do_op(struct sys *sys, const struct op *op)
{
	switch (op->what) {
	case WRITE:
		return sys_write(sys, op->path, op->value) == 0;
	case PUT:
		return sim_put_file(sim_of(sys), op->path, 0644, op->value) == 0;
	case REMOVE:
		sim_del(sim_of(sys), op->path);
		return true;
	case POKE:
		return sim_poke(sys, op->path) == 0 &&
		       (sys_write(sys, "/sys/bus/ap/scans", "1\n") || true);
	default:
		return sys_exists(sys, op->path) &&
		       sim_dev_park(sim_of(sys), op->path, "/.sim/unplugged") == 0;
	}
}

static void act(struct race *r)
{
	static bool (*const ops[])(struct race *, struct op *) = {
		op_unbind, op_bind, op_override, op_probe, op_create, op_remove,   op_mask,
		op_matrix, op_file, op_file,	 op_step,  op_step,   op_hardware, op_unplug,
	};

	r->was = state_of(r->sys);
	for (int i = 0; i < 12 && !r->acted; i++) {
		r->op = (struct op){ WRITE };
		if (!ops[roll(&r->dice, ARRAY_SIZE(ops))](r, &r->op) || !do_op(r->sys, &r->op))
			continue;
		state_done(&r->is);
		r->is = state_of(r->sys);
		r->acted = state_diff(&r->was, &r->is, NULL, NULL) > 0;
	}
}

static void act_now(void *arg, unsigned n, const char *path)
{
	struct race *r = arg;

	if (n != r->at)
		return;
	act(r);
	r->moment = str_starts(path, "/sys/");
}

/* -- judging -- */

static const struct place *place_of(const struct state *s, const char *path)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = state_cmp(s->places[mid].path, path);

		if (c == 0)
			return &s->places[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool same_place(const struct place *a, const struct place *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->len == b->len && !memcmp(a->value, b->value, a->len);
}

/* It tells how many devices there are, theirs and ours; the devices themselves are looked at. */
static bool counts_both(const char *path)
{
	return str_ends(path, "/available_instances");
}

/* Places which are neither as they were before all, nor as the other hand left them. */
struct look {
	const struct race *r;
	const struct state *before, *end;
	bool tell;
	unsigned odd, lost;
};

static void look_at(void *arg, const struct place *was, const struct place *is)
{
	struct look *l = arg;
	const char *path = (was ? was : is)->path;

	if (same_place(place_of(&l->r->is, path), is) &&
	    !same_place(place_of(&l->r->was, path), is))
		return;
	if (counts_both(path))
		return;
	l->odd++;
	if (l->tell && l->odd < 8)
		print_message("  %s: was %.60s, is %.60s\n", path, was ? was->value : "not there",
			      is ? is->value : "not there");
}

/* What the other hand changed and is as it was before it, or as nobody left it. */
static void look_lost(void *arg, const struct place *was, const struct place *is)
{
	struct look *l = arg;
	const char *path = (was ? was : is)->path;
	const struct place *end = place_of(l->end, path);

	if (same_place(end, is) || counts_both(path))
		return;
	/* What this commit had made, and they changed: taken back, it is as it was before both. */
	if (l->before && same_place(end, place_of(l->before, path)) &&
	    !same_place(was, place_of(l->before, path)))
		return;
	l->lost++;
	if (l->tell && l->lost < 8)
		print_message("  %s: theirs was %.60s, is %.60s\n", path,
			      is ? is->value : "not there", end ? end->value : "not there");
}

/* Is it what one after the other make, in either order? */
static bool as_in_turn(const struct race *r, struct sys *start, const struct state *end)
{
	for (int theirs_first = 0; theirs_first < 2; theirs_first++) {
		CLEANUP(sys_freep) struct sys *copy = copy_of(start);
		CLEANUP(state_done) struct state s = { 0 };
		struct txn_report rep;
		bool good;

		if (theirs_first && !do_op(copy, &r->op))
			continue;
		assert_int_equal(txn_run(copy, r->plan, &opts, &rep), 0);
		good = rep.result == TXN_COMMITTED;
		txn_report_done(&rep);
		if (!good || (!theirs_first && !do_op(copy, &r->op)))
			continue;
		s = state_of(copy);
		if (state_diff(&s, end, NULL, NULL) == 0)
			return true;
	}
	return false;
}

static bool named(const struct race *r, const struct txn_report *rep)
{
	if (strstr(rep->msg.what, r->op.name) || strstr(rep->msg.why, r->op.name) ||
	    strstr(rep->msg.todo, r->op.name))
		return true;
	for (size_t i = 0; i < rep->n_differences; i++)
		if (strstr(rep->differences[i], r->op.name))
			return true;
	return false;
}

static void tell(const struct race *r, unsigned seed, unsigned n, const struct txn_report *rep)
{
	print_message("SEED=%u ROUNDS=1: before mutation %u of %u somebody %s %s %s\n", seed, r->at,
		      n, what_names[r->op.what], r->op.path, r->op.value);
	print_message("  result %d: %s %s\n", rep->result, rep->msg.what, rep->msg.why);
	for (size_t i = 0; i < r->plan->n_steps; i++)
		print_message("  %d %s\n", rep->state ? (int)rep->state[i] : -1,
			      r->plan->steps[i].text);
	for (size_t i = 0; i < rep->n_differences; i++)
		print_message("  %s\n", rep->differences[i]);
}

static bool judge(const struct race *r, struct sys *start, const struct state *before,
		  const struct state *end, const struct txn_report *rep, bool loud)
{
	struct look l = { .r = r, .end = end, .tell = loud };

	if (rep->result == TXN_COMMITTED)
		return as_in_turn(r, start, end) ||
		       (state_diff(&r->was, &r->is, look_lost, &l), l.lost == 0);
	if (rep->result == TXN_STUCK)
		return rep->n_differences > 0;
	l.before = before;
	state_diff(before, end, look_at, &l);
	/* Their part is not to be told from that of the commit, which is taken back. */
	if (!r->op.same)
		state_diff(&r->was, &r->is, look_lost, &l);
	return l.odd == 0 && l.lost == 0;
}

static unsigned mutations(struct sys *sys, const struct plan *plan)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(sys);
	struct txn_report rep;
	struct sys *faulty;
	unsigned n = 0;

	assert_int_equal(faulty_new(copy, 0, FAULT_REFUSED, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, plan, &opts, &rep), 0);
	if (rep.result == TXN_COMMITTED)
		n = faulty_count(faulty);
	sys_free(faulty);
	txn_report_done(&rep);
	return n;
}

static void count(struct counts *c, const struct race *r, const struct txn_report *rep)
{
	c->races++;
	c->of[r->op.what]++;
	c->before += r->at == 0;
	c->committed += rep->result == TXN_COMMITTED;
	c->stuck += rep->result == TXN_STUCK;
	if (rep->result == TXN_COMMITTED)
		return;
	c->gave_way++;
	c->kernel += !named(r, rep);
}

static void one_race(struct dice *dice, struct sys *start, const struct plan *plan,
		     const struct state *before, unsigned n, unsigned seed, struct counts *c)
{
	CLEANUP(sys_freep) struct sys *copy = copy_of(start);
	CLEANUP(state_done) struct state end = { 0 };
	struct race r = {
		.dice = { roll(dice, 1u << 30) }, .sys = copy, .plan = plan, .at = roll(dice, n)
	};
	struct txn_report rep;
	struct sys *faulty;

	if (r.at == 0 || roll(dice, 6) == 0) {
		r.at = 0;
		act(&r);
	}
	assert_int_equal(faulty_new(copy, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, act_now, &r);
	assert_int_equal(txn_run(faulty, plan, &opts, &rep), 0);
	sys_free(faulty);
	if (r.acted) {
		end = state_of(copy);
		count(c, &r, &rep);
		if (judge(&r, start, before, &end, &rep, false)) {
			if (getenv("TELL") && rep.result != TXN_COMMITTED && !named(&r, &rep))
				tell(&r, seed, n, &rep);
		} else if (r.moment) {
			c->moment++;
			if (getenv("MOMENT"))
				tell(&r, seed, n, &rep);
		} else {
			tell(&r, seed, n, &rep);
			judge(&r, start, before, &end, &rep, true);
			if (!getenv("ALL"))
				fail_msg("something of theirs was lost, or ours was left");
		}
	}
	state_done(&r.was);
	state_done(&r.is);
	txn_report_done(&rep);
}

static void one_pair(unsigned seed, unsigned races, struct counts *c)
{
	struct dice dice = { seed * 7919u + 17 };
	CLEANUP(sys_freep) struct sys *sys = some_machine(&dice);
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(state_done) struct state before = { 0 };
	unsigned n;

	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	if (!some_wish(&dice, s))
		return;
	/* A module that was loaded stays: there would be more than one "before". */
	for (size_t i = 0; i < session_plan(s)->n_steps; i++)
		if (session_plan(s)->steps[i].kind == STEP_MODULE)
			return;
	n = mutations(sys, session_plan(s));
	if (!n)
		return;
	before = state_of(sys);
	c->pairs++;
	for (unsigned i = 0; i < races; i++)
		one_race(&dice, sys, session_plan(s), &before, n, seed, c);
}

TEST(what_others_do_before_and_during_a_commit_is_kept)
{
	unsigned rounds = dice_env("ROUNDS", 40), seed = dice_env("SEED", 1);
	unsigned races = dice_env("RACES", 12);
	struct counts c = { 0 };

	while (c.pairs < rounds)
		one_pair(seed++, races, &c);
	print_message(
		"# %u pairs, %u races (%u before the commit): %u committed as if one after the "
		"other, %u gave way; of these %u stuck and told, %u named by the kernel's "
		"refusal only\n",
		c.pairs, c.races, c.before, c.committed, c.gave_way, c.stuck, c.kernel);
	print_message(
		"# %u more met the moment between looking at an attribute and writing to it\n",
		c.moment);
	print_message("# %u writes to attributes, %u files written, %u removed, %u cards gone, %u "
		      "devices unplugged\n",
		      c.of[WRITE], c.of[PUT], c.of[REMOVE], c.of[POKE], c.of[UNPLUG]);
	assert_true(rounds < 40 || (c.committed > 0 && c.gave_way > 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_others_do_before_and_during_a_commit_is_kept),
	};

	return RUN(tests);
}
