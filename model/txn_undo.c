/* SPDX-License-Identifier: MIT */
/*
 * Undoing, last to first, and telling what could not be undone with the commands that do it.
 *
 * What another program has changed since is that program's: it is told and left alone.
 */
#include "txn_do.h"
#include "steps.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

bool txn_file_theirs(struct sys *sys, const struct step *s)
{
	return s->kind == STEP_FILE && act_holds(sys, s->kind, &s->act) == 0 &&
	       act_holds(sys, s->kind, &s->undo) == 0;
}

/* Looked at once more when the new content is staged: from there on publishing notices a change. */
int txn_put_file(struct txn *t, size_t i, const struct act *a)
{
	int r = sys_stage_as(t->sys, a->path, a->value, a->len,
			     t->was[i].type == SYS_FILE ? &t->was[i] : NULL);

	if (r == 0 && txn_file_theirs(t->sys, &t->plan->steps[i]))
		r = -ESTALE;
	if (r < 0) {
		sys_unstage(t->sys, a->path);
		return r;
	}
	return durable_publish(t->sys, a->path);
}

static bool is_planned(const struct txn *t, const char *uuid)
{
	for (size_t i = 0; i < t->plan->n_steps; i++)
		if (t->plan->steps[i].kind == STEP_CREATE &&
		    str_eq(t->plan->steps[i].dev.name, uuid))
			return true;
	return false;
}

static bool is_defined(struct txn *t, const char *parent, const char *uuid)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	return mdevctl_path(parent, uuid, &path) == 0 && sys_exists(t->sys, buf_str(&path));
}

bool txn_has_mdev(struct txn *t, const struct step *s, bool any)
{
	CLEANUP(buf_done) struct buf dir = { 0 }, names = { 0 };
	const char *name;
	char uuid[UUID_TEXT];

	if (buf_printf(&dir, "/sys/bus/%s/devices/%s", bus_name(s->dev.bus), s->dev.name) < 0 ||
	    sys_list(t->sys, buf_str(&dir), &names) < 0)
		return false;
	buf_foreach_name (&names, name)
		if (uuid_normal(name, uuid) == 0 &&
		    (any || (!is_planned(t, uuid) && !is_defined(t, s->dev.name, uuid))))
			return true;
	return false;
}

/* Those of the commit go as well; what is defined came with the binding, by udev and mdevctl, and goes with it. */
static bool has_others_mdev(struct txn *t, const struct step *s)
{
	return s->kind == STEP_PROBE && s->dev.bus != BUS_MDEV && txn_has_mdev(t, s, false);
}

static int undo_one(struct txn *t, size_t i)
{
	const struct step *s = &t->plan->steps[i];
	bool wrote;
	int r;

	/* What was kept is only given back to a device that had to be made again. */
	if (!s->act.path)
		return t->remade == s->block || t->left[i]
			       ? act_do(&t->actor, s->kind, &s->undo, &wrote)
			       : 0;
	r = act_holds(t->sys, s->kind, &s->undo);
	if (r == 1)
		return 0;
	if (s->kind == STEP_FILE)
		return txn_put_file(t, i, &s->undo);
	if (s->kind == STEP_REMOVE)
		t->remade = s->block;
	return act_do(&t->actor, s->kind, &s->undo, &wrote);
}

/*
 * Does it read neither as before nor as this commit left it? The step at which the commit ended may be half done,
 * and once something is left nothing below it is certain; but a file is the one or the other.
 */
static bool theirs(const struct txn *t, size_t i, bool clean)
{
	const struct step *s = &t->plan->steps[i];

	if (s->kind == STEP_FILE)
		return txn_file_theirs(t->sys, s);
	if (!s->act.path || i >= t->whole || !clean || s->act.expect == EXPECT_NOTHING)
		return false;
	return act_holds(t->sys, s->kind, &s->act) == 0 &&
	       act_holds(t->sys, s->kind, &s->undo) == 0;
}

/* A file's bytes as printf of any shell takes them. */
static void add_printf(struct buf *b, const struct act *u)
{
	buf_adds(b, "printf '");
	for (size_t i = 0; i < u->len; i++) {
		unsigned char c = (unsigned char)u->value[i];

		if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\'')
			buf_adds(b, "'\\''");
		else if (c == '\\' || c == '%')
			buf_printf(b, "%c%c", c, c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(b, "\\%03o", c);
		else
			buf_addc(b, (char)c);
	}
	buf_adds(b, "' > ");
}

/* The command that puts it right. */
static void add_command(struct buf *b, const struct step *s)
{
	const struct act *u = &s->undo;

	buf_adds(b, " By hand: ");
	if (s->kind == STEP_FILE && !u->value) {
		buf_adds(b, "rm ");
	} else if (s->kind == STEP_FILE) {
		add_printf(b, u);
	} else {
		CLEANUP(freep) char *word = strndup(u->value, strcspn(u->value, "\n"));

		buf_adds(b, "echo ");
		if (word && *word) {
			shell_word(b, word);
			buf_addc(b, ' ');
		}
		buf_adds(b, "> ");
	}
	shell_word(b, u->path);
}

/* What a place was before, in words. */
static const char *was_words(const struct step *s)
{
	const struct act *u = &s->undo;

	if (s->kind == STEP_FILE)
		return u->value ? "there with its former content" : "not there";
	return u->expect == EXPECT_GONE		   ? "not there"
	       : u->expect == EXPECT_EXISTS	   ? "there"
	       : u->expect == EXPECT_MATRIX	   ? "its former matrix"
	       : u->expect_text && *u->expect_text ? u->expect_text
						   : "unset";
}

/* "X is A, was B" and the command that puts it right. */
void txn_tell_left(struct txn *t, const struct step *s, bool foreign)
{
	const struct act *u = &s->undo;
	const char *at = u->expect_path && s->kind != STEP_FILE ? u->expect_path : u->path;
	CLEANUP(buf_done) struct buf is = { 0 };
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_printf(&line, "%s: is %s, was %s.", at, txn_place_words(t->sys, at, &is), was_words(s));
	if (foreign)
		buf_adds(&line, " Another program changed it meanwhile; it was left as it is.");
	else
		add_command(&line, s);
	buf_add_name(&t->manual, buf_str(&line));
}

void txn_tell_late(struct txn *t)
{
	const struct step *s = &t->plan->steps[t->late_at];
	const char *dir = t->opts->journal ? t->opts->journal : JOURNAL_DIR;
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_printf(&line, "%s: the kernel has not answered yet, and may still %s.", s->act.path,
		   s->text ? s->text : "do it");
	buf_add_name(&t->manual, buf_str(&line));
	buf_reset(&line);
	buf_printf(&line,
		   "%s/commit.json: is kept for \"vfiocfg recover\", and no commit is possible "
		   "until then. To leave it at that: rm %s/commit.json",
		   dir, dir);
	buf_add_name(&t->manual, buf_str(&line));
}

static void tell_unsynced(struct txn *t, const struct step *s)
{
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_printf(&line, "%s: is as it was, but may not be on the disk yet. By hand: sync",
		   s->undo.path);
	buf_add_name(&t->manual, buf_str(&line));
}

/*
 * A matrix that took its queues again would stand in the way of the masks that are left; and what reads as before now
 * need not once they are put back. A channel device that is left needs the path which this commit has given it.
 */
static bool waits(const struct txn *t, const struct step *s)
{
	return s->kind != STEP_FILE &&
	       ((t->ap_left && txn_is_ap(s)) || (t->css_left && s->dev.bus == BUS_CHP));
}

static void note_left(struct txn *t, const struct step *s)
{
	if (s->kind == STEP_FILE)
		return;
	t->ap_left = t->ap_left || txn_is_ap(s);
	t->css_left = t->css_left || s->dev.bus == BUS_CSS || s->dev.bus == BUS_CCW;
}

/* false: it is left. */
static bool undo_or_tell(struct txn *t, size_t i, bool clean)
{
	const struct step *s = &t->plan->steps[i];
	bool foreign;

	if (!s->undo.path || (t->void_live && s->kind != STEP_FILE))
		return true;
	/* A device that never came back is not online either. */
	if (s->kind == STEP_ONLINE && !sys_exists(t->sys, s->undo.path))
		return true;
	foreign = theirs(t, i, clean) || has_others_mdev(t, s);
	if (!foreign && !waits(t, s) && undo_one(t, i) == 0)
		return true;
	if (waits(t, s)) {
		txn_tell_left(t, s, foreign);
		return false;
	}
	/* An effect that is there was brought about, whatever was said; a file must be on the disk as well. */
	if (act_holds(t->sys, s->kind, &s->undo) == 1) {
		if (s->kind != STEP_FILE || durable_syncdir(t->sys, s->undo.path) == 0)
			return true;
		tell_unsynced(t, s);
		return false;
	}
	txn_tell_left(t, s, foreign || txn_file_theirs(t->sys, s));
	note_left(t, s);
	return false;
}

/*
 * A cut must not undo twice: what is above has its former state only until what is below has. The first of it is told
 * durably, and whatever another boot has to know.
 */
static void tell_undoing(struct txn *t, size_t i, size_t n, bool first)
{
	size_t n_steps = t->plan->n_steps, next = MIN(i, n ? n - 1 : 0);
	bool left = memchr(t->left, true, n_steps * sizeof(*t->left)) != NULL;

	if (first || left || t->late_at < n_steps || t->plan->steps[i].kind == STEP_FILE)
		journal_undoing(t->sys, t->opts->journal, next, t->left, n_steps, t->late_at);
	else
		journal_step(t->sys, t->opts->journal, next);
}

bool txn_undo(struct txn *t, size_t n)
{
	bool clean = true, first = true;

	t->sys->patient = false; /* nobody is asked any more */
	for (size_t i = t->plan->n_steps; i-- > 0;) {
		if (i >= n && !t->left[i])
			continue;
		tell_undoing(t, i, n, first);
		first = false;
		/* A module stays, and its step says so. */
		if (t->plan->steps[i].kind == STEP_MODULE)
			continue;
		t->at = i;
		t->undoing = true;
		txn_state(t, i, STEP_UNDOING);
		t->left[i] = !undo_or_tell(t, i, clean);
		txn_state(t, i,
			  t->left[i] || (t->late && i == t->late_at) ? STEP_STUCK : STEP_UNDONE);
		clean = clean && !t->left[i];
	}
	/* Recovering tries again what is left, and only that. */
	if (!clean || t->late)
		journal_undoing(t->sys, t->opts->journal, 0, t->left, t->plan->n_steps, t->late_at);
	return clean && !t->late;
}
