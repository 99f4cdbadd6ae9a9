/* SPDX-License-Identifier: MIT */
/*
 * What the model says of a write to the AP bus is what the simulated kernel does: the same errno, and the same machine
 * afterwards down to what guests get. ROUNDS=n rounds of 50 writes (default 40), SEED=n starts elsewhere.
 */
#include "apkernel.h"
#include "check.h"
#include "crypto_dice.h"
#include "session.h"
#include "sys.h"

#include <errno.h>

enum { WRITES = 50 };

struct write {
	char path[160];
	char value[256];
};

static void random_mask(struct dice *dice, bool adapters, char *value, size_t size)
{
	unsigned id = adapters ? dice_cards[roll(dice, 6)] : dice_doms[roll(dice, 6)];
	char text[MASK_TEXT];
	struct ap_mask m = mask_all();

	switch (roll(dice, 8)) {
	case 0:
		snprintf(value, size, "%s", mask_text(&m, text));
		break;
	case 1:
		for (unsigned i = 0; i < 256; i++)
			mask_set(&m, i, roll(dice, 2));
		snprintf(value, size, "%s", mask_text(&m, text));
		break;
	case 2:
		snprintf(value, size, "%s", roll(dice, 2) ? "-4,0xab" : "0xfg");
		break;
	default:
		snprintf(value, size, "%c%u", "+--"[roll(dice, 3)], id);
		break;
	}
}

static void random_config(struct dice *dice, char *value, size_t size)
{
	struct matrix m = { 0 };
	char a[MASK_TEXT], d[MASK_TEXT], k[MASK_TEXT];

	for (unsigned i = roll(dice, 3); i > 0; i--)
		mask_set(&m.adapters, dice_cards[roll(dice, roll(dice, 8) ? 5 : 6)], true);
	for (unsigned i = roll(dice, 3); i > 0; i--)
		mask_set(&m.domains, dice_doms[roll(dice, roll(dice, 8) ? 5 : 6)], true);
	mask_set(&m.control, dice_doms[roll(dice, 5)], roll(dice, 2));
	snprintf(value, size, "%s,%s,%s\n", mask_text(&m.adapters, a), mask_text(&m.domains, d),
		 mask_text(&m.control, k));
}

static void random_assign(struct dice *dice, const char *uuid, struct write *w)
{
	static const char *const parts[] = { "adapter", "domain", "control_domain" };
	unsigned part = roll(dice, 3);

	snprintf(w->path, sizeof(w->path), "/sys/bus/mdev/devices/%s/%sassign_%s", uuid,
		 roll(dice, 3) ? "" : "un", parts[part]);
	snprintf(w->value, sizeof(w->value), roll(dice, 2) ? "%u" : "0x%x",
		 part ? dice_doms[roll(dice, 6)] : dice_cards[roll(dice, 6)]);
}

static void random_queue(struct dice *dice, struct write *w)
{
	char name[16];

	snprintf(name, sizeof(name), "%02x.%04x", dice_cards[roll(dice, 5)],
		 dice_doms[roll(dice, 5)]);
	switch (roll(dice, 4)) {
	case 0:
		snprintf(w->path, sizeof(w->path), "/sys/bus/ap/devices/%s/driver/unbind", name);
		snprintf(w->value, sizeof(w->value), "%s\n", name);
		break;
	case 1:
		snprintf(w->path, sizeof(w->path), "/sys/bus/ap/drivers_probe");
		snprintf(w->value, sizeof(w->value), "%s\n", name);
		break;
	default:
		snprintf(w->path, sizeof(w->path), "/sys/bus/ap/devices/%s/driver_override", name);
		snprintf(w->value, sizeof(w->value), "%s\n", roll(dice, 3) ? "vfio_ap" : "");
		break;
	}
}

static void random_write(struct dice *dice, bool overrides, struct write *w)
{
	const char *uuid = dice_uuids[roll(dice, MATRICES)];
	unsigned what = roll(dice, 16);

	if (what == 0) {
		snprintf(w->path, sizeof(w->path), "/sys/bus/mdev/devices/%s/remove", uuid);
		strcpy(w->value, "1");
	} else if (what < 3) {
		snprintf(w->path, sizeof(w->path),
			 "/sys/class/mdev_bus/matrix/mdev_supported_types/vfio_ap-passthrough/"
			 "create");
		strcpy(w->value, uuid);
	} else if (what < 7) {
		random_assign(dice, uuid, w);
	} else if (what < 11) {
		snprintf(w->path, sizeof(w->path), "/sys/bus/mdev/devices/%s/ap_config", uuid);
		random_config(dice, w->value, sizeof(w->value));
	} else if (overrides && what < 15) {
		random_queue(dice, w);
	} else {
		bool adapters = roll(dice, 2);

		snprintf(w->path, sizeof(w->path), "/sys/bus/ap/%s",
			 adapters ? "apmask" : "aqmask");
		random_mask(dice, adapters, w->value, sizeof(w->value));
	}
}

static const char *kernel_difference(const struct ap_kernel *a, const struct ap_kernel *b)
{
	if (memcmp(a->mask, b->mask, sizeof(a->mask)) != 0)
		return "the masks";
	if (memcmp(a->vfio, b->vfio, sizeof(a->vfio)) != 0 ||
	    memcmp(a->host, b->host, sizeof(a->host)) != 0)
		return "whose the queues are";
	if (memcmp(a->over, b->over, sizeof(a->over)) != 0)
		return "the overrides";
	if (a->n_held != b->n_held)
		return "the matrices";
	for (size_t i = 0; i < a->n_held; i++) {
		if (strcmp(a->held[i].uuid, b->held[i].uuid) != 0)
			return "the matrices";
		if (memcmp(&a->held[i].has, &b->held[i].has, sizeof(a->held[i].has)) != 0)
			return "what is assigned";
		if (memcmp(&a->held[i].guest, &b->held[i].guest, sizeof(a->held[i].guest)) != 0)
			return "what a guest gets";
	}
	return NULL;
}

/* The machine as a scan finds it. */
static void look(struct sys *sys, struct strtab *tab, struct ap_kernel *ret)
{
	struct inventory *inv;

	assert_int_equal(inventory_scan(sys, tab, &inv), 0);
	assert_int_equal(apkernel_of(inv, ret), 0);
	inventory_unref(inv);
}

/* Control domains are not in guest_matrix: nobody can read them there, so they are not compared. */
static void without_guest_control(struct ap_kernel *k)
{
	for (size_t i = 0; i < k->n_held; i++)
		k->held[i].guest.control = (struct ap_mask){ 0 };
}

static bool one_write(struct dice *dice, struct sys *sys, struct strtab *tab, bool overrides,
		      struct ap_kernel *k, unsigned *refused)
{
	struct ap_kernel found;
	struct write w;
	const char *differs;
	int said, done;

	random_write(dice, overrides, &w);
	done = sys_write(sys, w.path, w.value);
	if (done == -ENOENT)
		return true; /* there is no such matrix or queue: nothing to ask the kernel */
	said = apkernel_write(k, w.path, w.value);
	look(sys, tab, &found);
	without_guest_control(&found);
	without_guest_control(k);
	differs = said != done ? "the answer" : kernel_difference(k, &found);
	*refused += done < 0;
	if (differs)
		print_message("%s <- %s: said %s, done %s, differs: %s\n", w.path, w.value,
			      said ? strerror(-said) : "ok", done ? strerror(-done) : "ok",
			      differs);
	apkernel_done(&found);
	return !differs;
}

static bool one_round(unsigned seed, unsigned *refused)
{
	struct dice dice = { seed * 7919u + 17 };
	unsigned level = dice_levels[roll(&dice, 3)];
	bool overrides = level == 702 && roll(&dice, 2), good = true;
	struct strtab *tab = strtab_new();
	struct ap_kernel k;
	struct sys *sys;

	assert_int_equal(dice_machine(&dice, level, &sys), 0);
	look(sys, tab, &k);
	for (int i = 0; i < WRITES && good; i++)
		good = one_write(&dice, sys, tab, overrides, &k, refused);
	if (!good)
		print_message("seed %u, kernel %u\n", seed, level);
	apkernel_done(&k);
	sys_free(sys);
	strtab_free(tab);
	return good;
}

/* -- from edits to what guests get -- */

static const struct reach both = { true, true };

/* A machine in which something runs: valid writes of chance, and a guest here and there. */
static void live_in(struct dice *dice, struct sys *sys, bool overrides)
{
	for (int i = 0; i < 25; i++) {
		struct write w;

		random_write(dice, overrides, &w);
		if (!strstr(w.path, "/driver/unbind"))
			sys_write(sys, w.path, w.value);
	}
}

static void define(struct dice *dice, struct sys *sys)
{
	char path[160], text[320];

	for (int i = 0; i < MATRICES; i++) {
		if (roll(dice, 2))
			continue;
		snprintf(path, sizeof(path), "/etc/mdevctl.d/matrix/%s", dice_uuids[i]);
		snprintf(text, sizeof(text),
			 "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"%s\", \"attrs\": "
			 "[{\"assign_adapter\": \"%u\"}, {\"assign_domain\": \"%u\"}]}",
			 roll(dice, 2) ? "auto" : "manual", dice_cards[roll(dice, 5)],
			 dice_doms[roll(dice, 5)]);
		assert_int_equal(sys_stage(sys, path, text, strlen(text)), 0);
		assert_int_equal(sys_publish(sys, path), 0);
	}
}

static void masks_as_named(struct dice *dice, struct session *s, struct msg *why)
{
	struct wish w = { .ap = { .set = true, .mode = AP_MODE_MASKS, .reach = both } };

	w.ap.has_apmask = w.ap.has_aqmask = true;
	w.ap.apmask = w.ap.aqmask = mask_all();
	for (unsigned i = roll(dice, 3); i > 0; i--)
		mask_set(&w.ap.apmask, dice_cards[roll(dice, 5)], false);
	for (unsigned i = roll(dice, 3); i > 0; i--)
		mask_set(&w.ap.aqmask, dice_doms[roll(dice, 5)], false);
	session_merge(s, &w, why);
}

static void some_edit(struct dice *dice, struct session *s)
{
	const char *uuid = dice_uuids[roll(dice, MATRICES)];
	struct wish_mdev m = { .defined = true, .reach = { true, roll(dice, 2) } };
	unsigned part = roll(dice, 3);
	struct msg why = { 0 };

	switch (roll(dice, 12)) {
	case 0:
		session_new_mdev(s, "matrix", TYPE_AP, uuid, true, START_MANUAL, m.reach, NULL,
				 &why);
		break;
	case 1:
		strcpy(m.uuid, uuid);
		m.fields = WM_ACTIVE;
		m.active = roll(dice, 2);
		session_set_mdev(s, &m, &why);
		break;
	case 2:
		masks_as_named(dice, s, &why);
		break;
	case 3:
		session_ap_mode(s, (enum ap_mode)roll(dice, 3), &why);
		break;
	case 4:
	case 5:
		session_queue(s, APQN(dice_cards[roll(dice, 5)], dice_doms[roll(dice, 5)]),
			      roll(dice, 2), m.reach, &why);
		break;
	default:
		session_matrix(s, uuid, "adk"[part],
			       part ? dice_doms[roll(dice, roll(dice, 9) ? 5 : 6)]
				    : dice_cards[roll(dice, roll(dice, 9) ? 5 : 6)],
			       roll(dice, 4), &why);
		break;
	}
	msg_done(&why);
}

/* The first error the rules see which is the kernel's too; NULL: none. */
static const struct finding *kernel_finding(const struct session *s)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].grade == GRADE_ERROR && f->v[i].err)
			return &f->v[i];
	return NULL;
}

static bool has_finding(const struct session *s, int err)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].grade == GRADE_ERROR && f->v[i].err == err)
			return true;
	return false;
}

/* Steps one after the other, straight at the kernel; *ret_step is the one it refuses. */
static int carry_out(struct sys *sys, const struct plan *plan, size_t *ret_step)
{
	int r = 0;

	*ret_step = plan->n_steps;
	for (size_t i = 0; i < plan->n_steps && r == 0; i++) {
		const struct step *st = &plan->steps[i];

		if (st->when != WHEN_LIVE || !st->act.path)
			continue;
		r = st->kind == STEP_MODULE ? sys_load_module(sys, st->act.value)
					    : sys_write(sys, st->act.path, st->act.value);
		if (r < 0)
			*ret_step = i;
	}
	return r;
}

static bool guests_as_foretold(struct sys *sys, struct strtab *tab, const struct plan *plan)
{
	struct inventory *inv;
	bool good = true;

	assert_int_equal(inventory_scan(sys, tab, &inv), 0);
	for (size_t i = 0; i < plan->n_guests; i++) {
		const struct plan_guest *g = &plan->guests[i];
		const struct mdev *m = inventory_mdev(inv, g->uuid);

		good = good && m && mask_eq(&m->guest->adapters, &g->then.adapters) &&
		       mask_eq(&m->guest->domains, &g->then.domains);
	}
	inventory_unref(inv);
	return good;
}

struct tally {
	unsigned taken, refused, bad, idle;
};

static void complain(struct session *s, const char *what, int said, int done)
{
	CLEANUP(freep) char *edits = session_save(s);
	const struct findings *f = session_findings(s);

	print_message("%s: foretold %s, done %s\n%s", what, said ? strerror(-said) : "ok",
		      done ? strerror(-done) : "ok", edits);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].grade == GRADE_ERROR)
			print_message("  %s %s: %s\n", f->v[i].rule, f->v[i].dev.name,
				      f->v[i].msg.what);
}

/* The verdict of rules and plan, and then what the kernel says to all steps. */
static void judge(struct session *s, struct sys *sys, struct strtab *tab, struct tally *t)
{
	size_t step, at;
	struct plan plan;
	struct msg why = { 0 };
	const struct finding *f = kernel_finding(s);
	int said, done;

	if (plan_steps(session_desired(s), &plan, &why) < 0) {
		msg_done(&why);
		return; /* no way to get there, so nothing to ask the kernel */
	}
	said = plan_foretell(session_inventory(s), &plan, &step);
	done = carry_out(sys, &plan, &at);
	if (said != done || step != at) {
		complain(s, "the plan", said, done);
		t->bad++;
	} else if (said < 0 && !has_finding(s, -said)) {
		complain(s, "no rule knows it", said, done);
		t->bad++;
	} else if (said == 0 && f) {
		complain(s, "a rule sees what is not so", -f->err, done);
		t->bad++;
	} else if (said == 0 && !guests_as_foretold(sys, tab, &plan)) {
		complain(s, "what guests get", said, done);
		t->bad++;
	} else if (said == 0) {
		*(plan.n_guests ? &t->taken : &t->idle) += 1;
	} else {
		t->refused++;
	}
	plan_done(&plan);
}

static void edit_round(unsigned seed, struct tally *t)
{
	struct dice dice = { seed * 104729u + 5 };
	unsigned level = dice_levels[roll(&dice, 3)], bad = t->bad;
	bool overrides = level == 702 && roll(&dice, 3) == 0;
	struct session_opts opts = { .who = "test" };
	struct strtab *tab = strtab_new();
	struct session *s;
	struct sys *sys;

	assert_int_equal(dice_machine(&dice, level, &sys), 0);
	live_in(&dice, sys, overrides);
	define(&dice, sys);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	for (unsigned i = 1 + roll(&dice, 6); i > 0; i--)
		some_edit(&dice, s);
	judge(s, sys, tab, t);
	if (t->bad > bad)
		print_message("seed %u, kernel %u\n", seed, level);
	session_free(s);
	sys_free(sys);
	strtab_free(tab);
}

static unsigned from_env(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

TEST(what_is_foretold_of_a_write_is_what_the_kernel_does)
{
	unsigned rounds = from_env("ROUNDS", 40), first = from_env("SEED", 1), bad = 0, refused = 0;

	for (unsigned i = 0; i < rounds; i++)
		bad += !one_round(first + i, &refused);
	print_message("# %u writes, %u of them refused, %u rounds bad\n", rounds * WRITES, refused,
		      bad);
	assert_int_equal(bad, 0);
	assert_true(refused * 20 >= rounds * WRITES); /* refusals are what it is about */
}

TEST(the_verdict_on_edits_is_what_the_kernel_says_to_them)
{
	unsigned rounds = from_env("ROUNDS", 40) * 10, first = from_env("SEED", 1);
	struct tally t = { 0 };

	for (unsigned i = 0; i < rounds; i++)
		edit_round(first + i, &t);
	print_message("# %u wishes: %u taken, %u refused as foretold, %u ask nothing, %u bad\n",
		      rounds, t.taken, t.refused, t.idle, t.bad);
	assert_int_equal(t.bad, 0);
	assert_true(t.taken * 4 >= rounds);
	assert_true(t.refused * 50 >= rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_foretold_of_a_write_is_what_the_kernel_does),
		CASE(the_verdict_on_edits_is_what_the_kernel_says_to_them),
	};

	return RUN(tests);
}
