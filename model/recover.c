/* SPDX-License-Identifier: MIT */
/*
 * A commit that was cut off: finished if its files were being renamed, else undone.
 */
#include "txn_do.h"
#include "hardware.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

/*
 * Between two looks at the lock that find nobody there nobody was: a commit takes longer than reading its journal. One that
 * ended after its journal was read is so not taken for one that was cut off.
 */
int txn_interrupted(struct sys *sys, const char *journal, struct interrupted *ret)
{
	struct journal j = { 0 };
	bool running = txn_running(sys);
	int r = journal_load(sys, journal, &j);

	*ret = (struct interrupted){ 0 };
	if (r == -ENOENT)
		return 0;
	if (running || txn_running(sys)) {
		ret->under_way = true;
	} else if (r == -EINVAL) {
		ret->found = true;
	} else if (r == 0) {
		ret->found = true;
		ret->other_boot = journal_other_boot(sys, &j);
		ret->when = TAKE(j.when);
		ret->done = j.next;
		ret->total = j.plan.n_steps;
	}
	journal_done(&j);
	return ret->under_way ? 0 : r;
}

void interrupted_done(struct interrupted *i)
{
	free(i->when);
	*i = (struct interrupted){ 0 };
}

static void end(struct txn *t)
{
	if (journal_end(t->sys, t->opts->journal) < 0)
		journal_end(t->sys, t->opts->journal);
}

/* Each file that is not yet as it shall be; some were renamed before the cut. */
static int finish_files(struct txn *t, size_t *ret_failed)
{
	int r = 0;

	for (size_t i = t->files; i < t->plan->n_steps && r == 0; i++) {
		const struct step *s = &t->plan->steps[i];

		*ret_failed = i;
		r = act_holds(t->sys, s->kind, &s->act) == 1 ? durable_syncdir(t->sys, s->act.path)
							     : txn_put_file(t, i, &s->act);
		if (r == -ESTALE) {
			txn_tell_left(t, s, true);
			r = 0;
		}
		txn_state(t, i, r < 0 ? STEP_FAILED : STEP_DONE);
	}
	return r;
}

/* What a killed program left staged. The journal's own files are staged again, but for the note of the hardware. */
static void drop_staged(struct txn *t)
{
	CLEANUP(buf_done) struct buf note = { 0 };

	if (buf_printf(&note, "%s/" HARDWARE_NAME,
		       t->opts->journal ? t->opts->journal : JOURNAL_DIR) == 0)
		sys_unstage(t->sys, buf_str(&note));
	for (size_t i = t->files; i < t->plan->n_steps; i++)
		sys_unstage(t->sys, t->plan->steps[i].act.path);
}

/* All live steps were done and all files were staged: only the renames are left. */
static void finish(struct txn *t, const struct journal *j)
{
	size_t failed = t->files;
	int r = 0;

	drop_staged(t);
	if (j->phase == PHASE_FILES)
		r = finish_files(t, &failed);
	if (r < 0) {
		t->rep->result = TXN_STUCK;
		t->rep->failed = failed;
		t->rep->err = r;
		txn_failure(t, failed, r, false);
		return;
	}
	journal_progress(t->sys, t->opts->journal, PHASE_DONE, t->plan->n_steps);
	history_add(t->sys, t->opts->journal, j, "committed");
	end(t);
	t->rep->result = TXN_COMMITTED;
	msg_make(&t->rep->msg, MSG_RECOVER_FINISHED, "when", j->when, NULL);
}

/*
 * What reads as before may do so only until the kernel carries the step out. A driver's link goes before the kernel waits for
 * whoever has the device open (__device_release_driver()), and the undo waits behind it: where the link is, both are done.
 */
static bool is_late(struct txn *t)
{
	const struct step *s = &t->plan->steps[t->late_at];

	return t->late_at < t->plan->n_steps && s->kind != STEP_UNBIND &&
	       act_holds(t->sys, s->kind, &s->undo) == 1;
}

/* Neither done nor refused: recovering must be possible once more when it is the one or the other. */
static void still_late(struct txn *t, const struct journal *j)
{
	const struct step *s = &t->plan->steps[t->late_at];

	t->rep->result = TXN_STUCK;
	msg_make(&t->rep->msg, MSG_RECOVER_HELD, "text", s->text ? s->text : "", "device",
		 s->dev.name, NULL);
	txn_tell_late(t);
	history_add(t->sys, t->opts->journal, j, "stuck");
}

static void undo(struct txn *t, const struct journal *j)
{
	bool clean;

	drop_staged(t);
	t->void_live = journal_other_boot(t->sys, j);
	for (size_t i = 0; i < j->n_left; i++)
		t->left[j->left[i]] = true;
	t->begun = MIN(j->next + 1, j->plan.n_steps);
	t->whole = j->next;
	t->late_at = t->void_live ? j->plan.n_steps : j->late;
	t->left[t->late_at] = t->late_at < j->plan.n_steps;
	t->late = is_late(t);
	clean = txn_undo(t, t->begun);
	if (t->late_at < j->plan.n_steps && (t->late || t->left[t->late_at])) {
		still_late(t, j);
		return;
	}

	t->rep->result = clean ? TXN_ROLLED_BACK : TXN_STUCK;
	if (t->void_live && clean)
		msg_make(&t->rep->msg, MSG_RECOVER_VOID, "when", j->when, NULL);
	else
		msg_make(&t->rep->msg, clean ? MSG_RECOVER_UNDONE : MSG_RECOVER_STUCK, "when",
			 j->when, NULL);
	history_add(t->sys, t->opts->journal, j, clean ? "rolled back" : "stuck");
	/* Told twice what is left, the operator finishes by hand; a commit must become possible again. */
	end(t);
}

/* Of this boot and not yet at its files: its devices come first. */
static void later(struct txn_report *ret, const struct journal *j)
{
	ret->result = TXN_REFUSED;
	ret->err = -EAGAIN;
	msg_make(&ret->msg, MSG_RECOVER_LATER, "when", j->when, NULL);
}

static int none(struct txn_report *ret)
{
	*ret = (struct txn_report){ .result = TXN_REFUSED, .err = -ENODATA };
	msg_make(&ret->msg, MSG_NOTHING_INTERRUPTED, NULL);
	return 0;
}

static int damaged(struct txn_report *ret, const struct txn_opts *opts, int err)
{
	*ret = (struct txn_report){ .result = TXN_REFUSED, .err = err };
	msg_make(&ret->msg, MSG_RECOVER_DAMAGED, "path",
		 opts->journal ? opts->journal : JOURNAL_DIR, "error", errno_words(-err), NULL);
	return 0;
}

static void carry_on(struct txn *t, const struct journal *j)
{
	bool other_boot = journal_other_boot(t->sys, j);

	t->rep->err = txn_lock_ap(t);
	if (t->rep->err < 0)
		t->rep->result = TXN_REFUSED;
	else if (t->opts->files_only && j->phase == PHASE_LIVE && !other_boot)
		later(t->rep, j);
	else if (j->phase == PHASE_LIVE)
		undo(t, j);
	else
		finish(t, j);
	if (t->opts->files_only && t->rep->result != TXN_REFUSED && other_boot)
		txn_tell_initrd(t);
}

static int recover_locked(struct sys *sys, const struct txn_opts *opts, struct txn_report *ret)
{
	struct journal j = { 0 };
	struct txn t;
	int r = journal_load(sys, opts->journal, &j);

	if (r == -ENOENT)
		return none(ret);
	if (r < 0)
		return r == -ENOMEM ? r : damaged(ret, opts, r);
	r = txn_init(&t, sys, &j.plan, opts, ret);
	if (r == 0) {
		txn_note_files(&t);
		carry_on(&t, &j);
		txn_fini(&t);
	}
	journal_done(&j);
	return r;
}

/* The journal is read under the lock: what it had before may since have been committed, and must not be undone. */
int txn_recover(struct sys *sys, const struct txn_opts *opts, struct txn_report *ret)
{
	int r;

	*ret = (struct txn_report){ .result = TXN_REFUSED };
	if (!sys->writable) {
		ret->err = -EROFS;
		msg_make(&ret->msg, MSG_READ_ONLY, "why", "This machine is only being looked at",
			 NULL);
		return 0;
	}
	ret->err = txn_lock(sys, &ret->msg);
	if (ret->err < 0)
		return 0;
	r = recover_locked(sys, opts, ret);
	txn_unlock(sys);
	return r;
}
