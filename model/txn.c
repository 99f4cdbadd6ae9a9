/* SPDX-License-Identifier: MIT */
/*
 * States of a commit: locked -> compared -> journalled -> live steps -> files staged -> files renamed -> recorded -> journal gone.
 * Up to "files staged" a failure or a cut is undone; from the first rename on a cut is finished.
 */
#include "txn_do.h"
#include "hardware.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

void txn_report_done(struct txn_report *r)
{
	msg_done(&r->msg);
	free(r->state);
	for (size_t i = 0; i < r->n_differences; i++)
		free(r->differences[i]);
	free(r->differences);
	*r = (struct txn_report){ 0 };
}

/* An open journal would be recovered at the next start, over whatever has happened until then. */
static void close_journal(struct txn *t)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	const char *dir = t->opts->journal ? t->opts->journal : JOURNAL_DIR;
	int ret = journal_end(t->sys, dir);

	if (ret < 0)
		ret = journal_end(t->sys, dir);
	if (ret == 0)
		return;
	buf_printf(&line, "%s/commit.json", dir);
	if (!sys_exists(t->sys, buf_str(&line)))
		return;
	buf_printf(&line, ": is there, was not there. By hand: rm %s/commit.json", dir);
	buf_add_name(&t->manual, buf_str(&line));
	t->rep->result = TXN_STUCK;
}

static int refuse(struct txn *t, int err)
{
	t->rep->result = t->manual.len ? TXN_STUCK : TXN_REFUSED;
	t->rep->err = err;
	return err;
}

/* Is every place that was looked at as it was? */
static int compare_feet(struct txn *t)
{
	for (size_t i = 0; i < t->plan->n_feet; i++) {
		const struct foot *f = &t->plan->feet[i];
		CLEANUP(buf_done) struct buf is = { 0 };
		CLEANUP(buf_done) struct buf was = { 0 };
		int r = place_read(t->sys, f->path, &is);

		if (f->value && buf_adds(&was, f->value) < 0)
			return -ENOMEM;
		while (was.len && was.data[was.len - 1] == '\n')
			was.data[--was.len] = '\0';
		if (r == -ENOENT ? !f->value
				 : r == 0 && f->value && str_eq(buf_str(&is), buf_str(&was)))
			continue;
		/* A driver override is only there where the bus has one. */
		if (r == -ENOENT && !was.len && str_ends(f->path, "/driver_override"))
			continue;
		msg_make(&t->rep->msg, MSG_COMMIT_MOVED, "place", f->path, "was",
			 f->value ? buf_str(&was) : "not there", "is",
			 r == 0		? buf_str(&is)
			 : r == -ENOENT ? "not there"
					: errno_words(-r),
			 NULL);
		return -ESTALE;
	}
	return 0;
}

/* Under the lock: nobody is at what the journal has, even if it can't be read. */
static bool was_interrupted(struct txn *t)
{
	struct journal j = { 0 };
	bool found = journal_load(t->sys, t->opts->journal, &j) != -ENOENT;

	if (found)
		msg_make(&t->rep->msg, MSG_INTERRUPTED_FIRST, "when", j.when, NULL);
	journal_done(&j);
	return found;
}

/* Everything up to the first act. */
static int prepare(struct txn *t)
{
	int r;

	if (!t->sys->writable) {
		msg_make(&t->rep->msg, MSG_READ_ONLY, "why", "This machine is only being looked at",
			 NULL);
		return -EROFS;
	}
	r = txn_lock(t->sys, &t->rep->msg);
	if (r < 0)
		return r;
	t->locked = true;
	r = txn_lock_ap(t);
	if (r < 0)
		return r;
	if (was_interrupted(t))
		return -EBUSY;
	r = compare_feet(t);
	if (r < 0)
		return r;
	txn_note_files(t);
	r = journal_begin(t->sys, t->plan, t->opts);
	if (r < 0) {
		close_journal(t);
		msg_make(&t->rep->msg, MSG_COMMIT_NO_JOURNAL, "path",
			 t->opts->journal ? t->opts->journal : JOURNAL_DIR, "error",
			 errno_words(-r), NULL);
	}
	return r;
}

/* The record of a commit, whatever came of it; that stands whether it can be written or not. */
static void record(struct txn *t, const char *result)
{
	struct journal j = { 0 };

	if (journal_load(t->sys, t->opts->journal, &j) == 0)
		history_add(t->sys, t->opts->journal, &j, result);
	journal_done(&j);
}

/*
 * Over what the file is now: others have committed since the machine was looked at. A note that is lost makes the next look less
 * sharp, not the commit less good.
 */
static void note_hardware(struct txn *t)
{
	CLEANUP(buf_done) struct buf path = { 0 }, is = { 0 }, then = { 0 };
	const char *dir = t->opts->journal ? t->opts->journal : JOURNAL_DIR;
	int r;

	if (!t->opts->hardware || buf_printf(&path, "%s/" HARDWARE_NAME, dir) < 0)
		return;
	r = sys_read(t->sys, buf_str(&path), &is);
	if ((r == 0 || r == -ENOENT) && hardware_put(buf_str(&is), t->opts->hardware, &then) == 0 &&
	    !str_eq(buf_str(&then), buf_str(&is)))
		durable_write(t->sys, buf_str(&path), buf_str(&then), then.len);
}

static void committed(struct txn *t)
{
	journal_progress(t->sys, t->opts->journal, PHASE_DONE, t->plan->n_steps);
	record(t, "committed");
	note_hardware(t);
	if (journal_end(t->sys, t->opts->journal) < 0)
		journal_end(t->sys, t->opts->journal);
	t->rep->result = TXN_COMMITTED;
	msg_make(&t->rep->msg, MSG_COMMITTED, NULL);
}

static void roll_back(struct txn *t, size_t failed, int err)
{
	bool clean = txn_undo(t, t->begun);

	t->rep->err = err;
	t->rep->result = clean ? TXN_ROLLED_BACK : TXN_STUCK;
	if (err == -ECANCELED) {
		msg_make(&t->rep->msg, clean ? MSG_COMMIT_STOPPED : MSG_COMMIT_STOPPED_STUCK, NULL);
	} else {
		t->rep->failed = failed;
		txn_failure(t, failed, err, clean);
	}
	if (t->late)
		txn_tell_late(t);
	record(t, clean ? "rolled back" : "stuck");
	/* What is stuck stays in the journal: the reason may pass, and recovering tries again. */
	if (clean)
		close_journal(t);
}

static int run(struct txn *t, size_t *failed)
{
	int r = txn_live(t, failed);

	if (r == 0)
		r = txn_stage_files(t, failed);
	if (r == 0)
		r = journal_progress(t->sys, t->opts->journal, PHASE_FILES, t->files);
	if (r == 0 && t->stop)
		r = -ECANCELED;
	if (r < 0) {
		for (size_t i = t->files; i < t->plan->n_steps; i++)
			sys_unstage(t->sys, t->plan->steps[i].act.path);
		return r;
	}
	return txn_publish_files(t, failed);
}

int txn_run(struct sys *sys, const struct plan *plan, const struct txn_opts *opts,
	    struct txn_report *ret)
{
	size_t failed = 0;
	struct txn t;
	int r = txn_init(&t, sys, plan, opts, ret);

	if (r < 0)
		return r;
	r = plan->n_steps ? prepare(&t) : -ENODATA;
	if (r == -ENODATA) {
		ret->result = TXN_COMMITTED;
		msg_make(&ret->msg, MSG_COMMITTED_NOTHING, NULL);
	} else if (r < 0) {
		refuse(&t, r);
	} else {
		r = run(&t, &failed);
		t.late = r == -EINPROGRESS;
		if (t.late)
			t.late_at = failed;
		if (r == 0)
			committed(&t);
		else
			roll_back(&t, MIN(failed, plan->n_steps - 1), r);
	}
	txn_fini(&t);
	return 0;
}
