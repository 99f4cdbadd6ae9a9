/* SPDX-License-Identifier: MIT */
#include "txn_do.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_PATH "/run/lock/vfiocfg.lock"

/* Undoing is never given up for impatience: nobody would know the machine afterwards. */
static bool waits(void *arg, bool held_up)
{
	struct txn *t = arg;

	/* Were this program killed now, the kernel could still carry it out. */
	if (held_up && !t->undoing && t->late_at != t->at) {
		t->late_at = t->at;
		journal_undoing(t->sys, t->opts->journal, t->at, t->left, t->plan->n_steps, t->at);
	}
	txn_state(t, t->at, t->undoing ? STEP_UNDOING : held_up ? STEP_HELD : STEP_RUNNING);
	return t->stop && !t->undoing;
}

void txn_note_files(struct txn *t)
{
	for (size_t i = t->files; i < t->plan->n_steps; i++) {
		const struct act *u = &t->plan->steps[i].undo;

		if (u->mode)
			t->was[i] = (struct sys_stat){ SYS_FILE, u->mode, u->uid, u->gid };
		else if (u->path && u->value && sys_stat(t->sys, u->path, &t->was[i]) < 0)
			t->was[i].type = SYS_NONE;
	}
}

int txn_init(struct txn *t, struct sys *sys, const struct plan *plan, const struct txn_opts *opts,
	     struct txn_report *rep)
{
	*t = (struct txn){ .sys = sys,
			   .plan = plan,
			   .opts = opts,
			   .rep = rep,
			   .actor = { sys, opts->deadline_ms > 0 ? opts->deadline_ms : 10000,
				      NULL } };
	t->late_at = plan->n_steps;
	snprintf(t->pid, sizeof(t->pid), "%ld\n", (long)getpid());
	while (t->files < plan->n_steps && plan->steps[t->files].kind != STEP_FILE)
		t->files++;
	*rep = (struct txn_report){ .result = TXN_REFUSED, .failed = plan->n_steps };
	rep->state = calloc(plan->n_steps + 1, sizeof(*rep->state));
	if (!rep->state)
		return -ENOMEM;
	rep->n_state = plan->n_steps;
	t->left = calloc(plan->n_steps + 1, sizeof(*t->left));
	t->was = calloc(plan->n_steps + 1, sizeof(*t->was));
	if (!t->left || !t->was) {
		free(t->left);
		free(t->was);
		return -ENOMEM;
	}
	sys->waiting = waits;
	sys->waiting_arg = t;
	sys->patient = opts->patient && opts->progress;
	return 0;
}

/* "PID BEGAN\n": with the time at which this process began, a PID that is used again is told from ours. */
static void lock_text(struct sys *sys, char ret[static 64])
{
	CLEANUP(buf_done) struct buf stat = { 0 };
	const char *at = NULL;

	if (sys_read(sys, "/proc/self/stat", &stat) == 0)
		at = strrchr(buf_str(&stat), ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		snprintf(ret, 64, "%ld %llu\n", (long)getpid(), strtoull(at, NULL, 10));
	else
		snprintf(ret, 64, "%ld\n", (long)getpid());
}

bool txn_running(struct sys *sys)
{
	return sys_locked(sys, LOCK_PATH);
}

static void unlock(struct sys *sys, const char *path)
{
	/* Nobody else will take it away while this process lives. */
	if (sys_lock(sys, path, NULL) < 0)
		sys_lock(sys, path, NULL);
}

void txn_unlock(struct sys *sys)
{
	unlock(sys, LOCK_PATH);
}

void txn_fini(struct txn *t)
{
	const char *text;
	size_t n = 0;

	t->sys->waiting = NULL;
	t->sys->patient = false;
	if (t->actor.ap_lock)
		unlock(t->sys, AP_LOCK_PATH);
	if (t->locked)
		txn_unlock(t->sys);
	buf_foreach_name (&t->manual, text)
		n++;
	t->rep->differences = n ? calloc(n, sizeof(char *)) : NULL;
	buf_foreach_name (&t->manual, text)
		if (t->rep->differences)
			t->rep->differences[t->rep->n_differences++] = strdup(text);
	buf_done(&t->manual);
	free(t->left);
	free(t->was);
	t->left = NULL;
	t->was = NULL;
}

bool txn_is_ap(const struct step *s)
{
	const struct act *a[] = { &s->act, &s->undo };

	for (size_t k = 0; k < ARRAY_SIZE(a); k++)
		if (a[k]->expect == EXPECT_MATRIX ||
		    (a[k]->path && (str_starts(a[k]->path, "/sys/bus/ap/") ||
				    str_starts(a[k]->path, "/sys/class/mdev_bus/matrix/") ||
				    str_starts(a[k]->path, MDEVCTL_DIR "/matrix/") ||
				    str_eq(a[k]->path, AP_RULE_PATH))))
			return true;
	return false;
}

/* chzdev and mdevctl's call-out read, check and write AP settings under this lock. */
static bool wants_ap_lock(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (txn_is_ap(&plan->steps[i]))
			return true;
	return false;
}

/* "4711 (chzdev)": the PID that a lock file names, and what that process runs. */
static void lock_holder(struct sys *sys, const char *path, struct buf *ret)
{
	CLEANUP(buf_done) struct buf program = { 0 };
	char proc[64];
	long pid;

	sys_read_line(sys, path, ret);
	pid = strtol(buf_str(ret), NULL, 10);
	if (pid <= 0)
		return;
	buf_reset(ret);
	buf_printf(ret, "%ld", pid);
	snprintf(proc, sizeof(proc), "/proc/%ld/comm", pid);
	if (sys_read_line(sys, proc, &program) < 0) {
		snprintf(proc, sizeof(proc), "/proc/%ld/cmdline", pid);
		sys_read(sys, proc, &program); /* its first word ends with NUL */
	}
	if (program.len && *program.data)
		buf_printf(ret, " (%s)", program.data);
}

static int refuse_lock(struct sys *sys, const char *path, int err, struct msg *ret_why)
{
	CLEANUP(buf_done) struct buf who = { 0 };

	if (err == -EEXIST) {
		lock_holder(sys, path, &who);
		msg_make(ret_why, MSG_COMMIT_LOCKED, "process", who.len ? buf_str(&who) : NULL,
			 "path", path, NULL);
		return -EBUSY;
	}
	msg_make(ret_why, MSG_COMMIT_NO_LOCK, "path", path, "error", errno_words(-err), NULL);
	return err;
}

int txn_lock(struct sys *sys, struct msg *ret_why)
{
	char text[64];
	int r;

	lock_text(sys, text);
	r = sys_lock(sys, LOCK_PATH, text);
	return r < 0 ? refuse_lock(sys, LOCK_PATH, r, ret_why) : 0;
}

int txn_lock_ap(struct txn *t)
{
	int r = wants_ap_lock(t->plan) ? act_lock_ap(&t->actor, t->pid) : -ENODATA;

	if (r == 0)
		t->actor.ap_lock = t->pid;
	return r == 0 || r == -ENODATA ? 0 : refuse_lock(t->sys, AP_LOCK_PATH, r, &t->rep->msg);
}

void txn_state(struct txn *t, size_t step, enum step_state state)
{
	t->rep->state[step] = state;
	if (t->opts->progress && t->opts->progress(t->opts->arg, step, state))
		t->stop = true;
}

/* What a place reads as, in words for a message. */
const char *txn_place_words(struct sys *sys, const char *path, struct buf *b)
{
	int r = place_read(sys, path, b);

	return r == -ENOENT   ? "not there"
	       : r < 0	      ? errno_words(-r)
	       : !b->len      ? "unset"
	       : b->len > 160 ? "different"
			      : buf_str(b);
}

/* Has another program been at the place since this plan was made? */
static int moved(struct txn *t, const struct step *s)
{
	const struct act *was = &s->undo;
	int r;

	/* Making a device or binding one makes udev run others, which may have been faster: their effect is looked at. */
	if (!s->act.path || !was->path || s->kind == STEP_CREATE || s->kind == STEP_PROBE ||
	    s->kind == STEP_ONLINE)
		return 0;
	if (s->kind != STEP_FILE && was->expect == EXPECT_NOTHING)
		return 0;
	r = act_holds(t->sys, s->kind, was);
	if (r != 0)
		return r < 0 ? r : 0;
	t->moved = true;
	return -ESTALE;
}

/*
 * The kernel found nothing to unbind or remove, or the device made already, right after the place was looked at: another
 * program was faster, and what it did is not ours to undo.
 */
static bool was_faster(struct txn *t, const struct step *s, int err)
{
	if (s->kind == STEP_CREATE)
		return err == -EEXIST;
	if (s->kind == STEP_UNBIND ? err != -ENODEV : s->kind != STEP_REMOVE || err != -ENOENT)
		return false;
	t->moved = act_holds(t->sys, s->kind, &s->act) == 1;
	return t->moved;
}

/* What the step before made of the same device must still be so: nobody has put it to use again. */
static int still_so(struct txn *t, size_t i)
{
	const struct step *s = &t->plan->steps[i], *before = s - 1;
	int r;

	if (i == 0 || before->block != s->block || !before->act.path ||
	    before->act.expect == EXPECT_NOTHING)
		return 0;
	if (before->kind != STEP_OFFLINE && before->kind != STEP_UNBIND &&
	    before->kind != STEP_OVERRIDE && s->kind != STEP_REMOVE)
		return 0;
	/* Whoever takes a device in this moment keeps the next write from having its effect; not so who uses it. */
	if ((before->kind == STEP_UNBIND || before->kind == STEP_OVERRIDE) &&
	    act_just_seen(&t->actor, &before->act))
		return 0;
	r = act_holds(t->sys, before->kind, &before->act);
	if (r != 0)
		return r < 0 ? r : 0;
	t->moved = true;
	t->moved_from = &before->act;
	return -ESTALE;
}

/*
 * The plan removes each mediated device that it knew of before it takes the driver away which they would go with. Queues and
 * what io_subchannel has are nobody's parent.
 */
static int none_below(struct txn *t, const struct step *s)
{
	bool can_have = s->kind == STEP_UNBIND && s->dev.bus != BUS_AP &&
			!str_ends(s->act.path, "/io_subchannel/unbind");

	return can_have && txn_has_mdev(t, s, true) ? -EBUSY : 0;
}

int txn_live(struct txn *t, size_t *ret_failed)
{
	for (size_t i = 0; i < t->files; i++) {
		const struct step *s = &t->plan->steps[i];
		int r = t->stop ? -ECANCELED : 0;
		bool wrote = false;

		*ret_failed = i;
		t->at = i;
		if (r == 0) {
			txn_state(t, i, STEP_RUNNING);
			r = journal_step(t->sys, t->opts->journal, i);
		}
		if (r == -ECANCELED)
			return r;
		if (r == 0)
			r = act_prepare(&t->actor, &s->act);
		if (r == 0)
			r = moved(t, s);
		if (r == 0)
			r = still_so(t, i);
		if (r == 0)
			r = none_below(t, s);
		/* What was refused may be done all the same: undoing looks. */
		if (r == 0) {
			t->begun = i + 1;
			r = act_prepared(&t->actor, s->kind, &s->act, &wrote);
			if (r != -EINPROGRESS)
				t->late_at = t->plan->n_steps;
			if (r < 0 && !wrote && was_faster(t, s, r))
				t->begun = i;
		}
		txn_state(t, i, r < 0 ? STEP_FAILED : STEP_DONE);
		if (r < 0)
			return r;
		t->whole = i + 1;
	}
	*ret_failed = t->files;
	return t->stop ? -ECANCELED : 0;
}

static void unstage_files(struct txn *t)
{
	for (size_t i = t->files; i < t->plan->n_steps; i++)
		sys_unstage(t->sys, t->plan->steps[i].act.path);
}

/* What a phase did to the files is on the disk when it ends, all in one batch; if it failed nothing stays staged. */
static int end_phase(struct txn *t, size_t failed, int r)
{
	if (r == 0 && t->files < t->plan->n_steps)
		r = sys_sync(t->sys);
	if (r < 0) {
		txn_state(t, failed, STEP_FAILED);
		unstage_files(t);
	}
	return r;
}

/* What is new needs no second look: who has made it is told by staging, and who does after that by publishing. */
static bool is_new(const struct step *s)
{
	return s->act.value && !s->undo.value;
}

int txn_stage_files(struct txn *t, size_t *ret_failed)
{
	static const struct sys_stat none = { SYS_NONE, 0, 0, 0, 0 };
	int r = 0;

	for (size_t i = t->files; i < t->plan->n_steps && r == 0; i++) {
		const struct step *s = &t->plan->steps[i];

		*ret_failed = i;
		txn_state(t, i, STEP_RUNNING);
		r = sys_stage_as(t->sys, s->act.path, s->act.value, s->act.len,
				 is_new(s) ? &none : NULL);
		t->moved = r == -ESTALE;
	}
	return end_phase(t, *ret_failed, r);
}

int txn_publish_files(struct txn *t, size_t *ret_failed)
{
	int r = 0;

	for (size_t i = t->files; i < t->plan->n_steps && r == 0; i++) {
		*ret_failed = i;
		r = is_new(&t->plan->steps[i]) ? 0 : moved(t, &t->plan->steps[i]);
		if (r < 0)
			break;
		t->begun = i + 1;
		r = sys_publish(t->sys, t->plan->steps[i].act.path);
		if (r == -ESTALE) {
			t->moved = true;
			t->begun = i;
		}
	}
	r = end_phase(t, *ret_failed, r);
	for (size_t i = t->files; i < t->plan->n_steps && r == 0; i++)
		txn_state(t, i, STEP_DONE);
	return r;
}
