/* SPDX-License-Identifier: MIT */
/* The AP configuration lock of chzdev and ap-check, honoured by a commit and held by it: on a machine with crypto. */
#include "act.h"
#include "check.h"
#include "faulty.h"
#include "session.h"
#include "sim.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUR_LOCK "/run/lock/vfiocfg.lock"
#define EDITS	 "{\"vfiocfg-edits\": 1, \"ap\": {\"guest-queues\": [\"05.0004\"]}}"

/* The machine as it is, with more lines at the end of its file. */
static struct sys *machine_with(struct sys *of, const char *more)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sys *sys;

	assert_int_equal(sim_save(of, &text), 0);
	assert_int_equal(buf_adds(&text, more), 0);
	assert_int_equal(sim_new(buf_str(&text), text.len, &sys, NULL), 0);
	return sys;
}

static struct sys *lpar(const char *more)
{
	struct sys *all, *sys;

	assert_int_equal(sim_new_named("lpar", &all), 0);
	sys = machine_with(all, more);
	sys_free(all);
	return sys;
}

static char *content(struct sys *sys, const char *path)
{
	struct buf b = { 0 };

	return sys_read(sys, path, &b) < 0 ? NULL : buf_take(&b);
}

/* What a commit saw of the lock while it ran. */
struct seen {
	struct sys *sys;
	bool always; /* held by this process in each step */
	unsigned steps;
};

static bool look(void *arg, size_t step, enum step_state state)
{
	CLEANUP(freep) char *lock = NULL;
	struct seen *seen = arg;
	char own[24];

	(void)step;
	(void)state;
	snprintf(own, sizeof(own), "%ld\n", (long)getpid());
	lock = content(seen->sys, AP_LOCK_PATH);
	seen->always = seen->always && str_eq(lock, own);
	seen->steps++;
	return false;
}

/* Commits the edits on a machine that may be wrapped; `under` is the machine itself. */
static struct txn_report commit(struct sys *sys, struct sys *under, struct seen *seen)
{
	struct session_opts sopts = { .who = "test" };
	struct consent consent = { .conflicts = true, .not_undoable = true };
	struct txn_opts opts = { .deadline_ms = 30, .progress = look, .arg = seen };
	struct txn_report report = { 0 };
	struct msg why = { 0 };
	struct session *s;

	*seen = (struct seen){ .sys = under, .always = true };
	assert_int_equal(session_new(sys, &sopts, &s), 0);
	assert_int_equal(session_load(s, EDITS, strlen(EDITS), "edits", false, &why), 0);
	if (session_commit(s, &consent, &opts, &report, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	session_free(s);
	return report;
}

static void assert_released(struct sys *sys)
{
	assert_false(sys_exists(sys, AP_LOCK_PATH));
	assert_false(sys_exists(sys, OUR_LOCK));
}

TEST(a_lock_held_by_a_living_process_is_waited_for_and_then_named)
{
	/* 4711 is the machine's QEMU: any program that lives will do. */
	struct sys *sys = lpar("file " AP_LOCK_PATH " 644 \"4711\\n\"\n");
	CLEANUP(freep) char *before = content(sys, "/sys/bus/ap/apmask");
	CLEANUP(freep) char *after = NULL;
	CLEANUP(freep) char *lock = NULL;
	struct seen seen;
	struct txn_report r = commit(sys, sys, &seen);

	assert_int_equal(r.result, TXN_REFUSED);
	assert_int_equal(r.err, -EBUSY);
	assert_int_equal(r.msg.id, MSG_COMMIT_LOCKED);
	assert_non_null(strstr(r.msg.why, "4711"));
	assert_non_null(strstr(r.msg.why, "qemu-system-s39"));
	assert_non_null(strstr(r.msg.why, AP_LOCK_PATH));
	assert_int_equal(seen.steps, 0);
	after = content(sys, "/sys/bus/ap/apmask");
	assert_string_equal(after, before);
	lock = content(sys, AP_LOCK_PATH);
	assert_string_equal(lock, "4711\n"); /* it is still the other's */
	assert_false(sys_exists(sys, OUR_LOCK));
	txn_report_done(&r);
	sys_free(sys);
}

TEST(a_lock_whose_process_is_dead_is_taken_over)
{
	struct sys *sys = lpar("file " AP_LOCK_PATH " 644 \"99999\\n\"\n");
	struct seen seen;
	struct txn_report r = commit(sys, sys, &seen);

	assert_int_equal(r.result, TXN_COMMITTED);
	assert_released(sys);
	txn_report_done(&r);
	sys_free(sys);
}

TEST(during_a_commit_others_see_the_lock_with_our_pid)
{
	struct sys *sys = lpar("");
	struct seen seen;
	struct txn_report r = commit(sys, sys, &seen);

	assert_int_equal(r.result, TXN_COMMITTED);
	assert_true(seen.always && seen.steps >= 4);
	assert_released(sys);
	txn_report_done(&r);
	sys_free(sys);
}

TEST(whatever_fails_the_lock_is_given_back)
{
	unsigned rolled_back = 0;
	bool more = true;

	for (unsigned k = 1; more; k++) {
		struct sys *sys = lpar(""), *faulty;
		struct txn_report r;
		struct seen seen;

		assert_int_equal(faulty_new(sys, k, FAULT_REFUSED, EIO, &faulty), 0);
		r = commit(faulty, sys, &seen);
		more = faulty_count(faulty) >= k;
		rolled_back += r.result == TXN_ROLLED_BACK;
		assert_released(sys);
		txn_report_done(&r);
		sys_free(faulty);
		sys_free(sys);
	}
	assert_true(rolled_back > 2);
}

TEST(recovering_takes_the_lock_of_the_killed_program_over_and_gives_it_back)
{
	unsigned recovered = 0;
	bool more = true;

	for (unsigned k = 1; more; k++) {
		struct sys *sys = lpar(""), *faulty, *after;
		struct txn_opts opts = { .deadline_ms = 30, .journal = "/var/lib/vfiocfg" };
		struct interrupted i;
		struct txn_report r;
		struct seen seen;

		assert_int_equal(faulty_new(sys, k, FAULT_CUT, EIO, &faulty), 0);
		r = commit(faulty, sys, &seen);
		more = faulty_count(faulty) >= k;
		txn_report_done(&r);
		/* Its locks name a process that is dead now. */
		after = machine_with(sys, sys_exists(sys, AP_LOCK_PATH)
						  ? "file " AP_LOCK_PATH " 644 \"99999\\n\"\n"
						    "file " OUR_LOCK " 644 \"99999\\n\"\n"
						  : "");
		assert_int_equal(txn_interrupted(after, opts.journal, &i), 0);
		if (i.found) {
			seen = (struct seen){ .sys = after, .always = true };
			opts.progress = look;
			opts.arg = &seen;
			assert_int_equal(txn_recover(after, &opts, &r), 0);
			assert_true(r.result == TXN_COMMITTED || r.result == TXN_ROLLED_BACK);
			assert_true(seen.always);
			assert_released(after);
			txn_report_done(&r);
			recovered++;
		}
		interrupted_done(&i);
		sys_free(after);
		sys_free(faulty);
		sys_free(sys);
	}
	assert_true(recovered > 2);
}

/* Of several mdevctl that wait for the lock another one gets it, and is done a moment later. */
struct others {
	struct sys *sys;
	unsigned locks;
};

static void other_locks(void *arg, unsigned n, const char *path)
{
	struct others *o = arg;

	(void)n;
	if (!str_eq(path, AP_LOCK_PATH))
		return;
	if (++o->locks == 2)
		assert_int_equal(sys_lock(o->sys, path, "4711\n"), 0);
	if (o->locks == 3)
		assert_int_equal(sys_lock(o->sys, path, NULL), 0);
}

TEST(the_lock_that_was_let_go_for_mdevctl_is_waited_for_again)
{
	struct sys *sys = lpar("file " AP_LOCK_PATH " 644 \"99999\\n\"\n"), *faulty;
	struct others others = { sys, 0 };
	char create[] =
		"/sys/class/mdev_bus/matrix/mdev_supported_types/vfio_ap-passthrough/create";
	char uuid[UUID_TEXT], own[24];
	struct act a = { .path = create, .value = uuid, .len = UUID_TEXT - 1 };
	struct actor who = { .deadline_ms = 2000, .ap_lock = own };
	CLEANUP(freep) char *lock = NULL;
	const struct inventory *inv;
	struct session *s;
	bool wrote;

	assert_int_equal(session_new(sys, &(struct session_opts){ 0 }, &s), 0);
	inv = session_inventory(s);
	for (size_t i = 0; i < inv->n_mdevs; i++)
		if (str_eq(inv->mdevs[i]->type, "vfio_ap-passthrough")) {
			strcpy(uuid, inv->mdevs[i]->uuid);
			a.matrix = *inv->mdevs[i]->matrix;
		}
	snprintf(own, sizeof(own), "%ld\n", (long)getpid());
	assert_int_equal(sys_lock(sys, AP_LOCK_PATH, own), 0);
	assert_int_equal(faulty_new(sys, 0, FAULT_REFUSED, EIO, &faulty), 0);
	faulty_before(faulty, other_locks, &others);
	who.sys = faulty;
	assert_int_equal(act_do(&who, STEP_CREATE, &a, &wrote), 0);
	lock = content(sys, AP_LOCK_PATH);
	assert_string_equal(lock, own);
	assert_int_equal(others.locks, 3);
	session_free(s);
	sys_free(faulty);
	sys_free(sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_lock_held_by_a_living_process_is_waited_for_and_then_named),
		CASE(a_lock_whose_process_is_dead_is_taken_over),
		CASE(during_a_commit_others_see_the_lock_with_our_pid),
		CASE(whatever_fails_the_lock_is_given_back),
		CASE(recovering_takes_the_lock_of_the_killed_program_over_and_gives_it_back),
		CASE(the_lock_that_was_let_go_for_mdevctl_is_waited_for_again),
	};

	return RUN(tests);
}
