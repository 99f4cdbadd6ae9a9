/* SPDX-License-Identifier: MIT */
/*
 * What a refusal means for the attribute that was written: the kernel's number in an operator's words.
 */
#include "txn_do.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	enum step_kind kind;
	const char *path; /* the act's path contains this */
	int err;
	enum msg_id id;
} meanings[] = {
	{ STEP_MODULE, "", -ENOENT, MSG_FAIL_NO_MODULE },
	{ STEP_OFFLINE, "", -EBUSY, MSG_FAIL_DEVICE_OPEN },
	{ STEP_ONLINE, "", -ENODEV, MSG_FAIL_ONLINE },
	{ STEP_ONLINE, "", -ETIMEDOUT, MSG_FAIL_ONLINE },
	{ STEP_UNBIND, "", -ENODEV, MSG_FAIL_OTHER_DRIVER },
	{ STEP_UNBIND, "", -EBUSY, MSG_FAIL_MDEV_BELOW },
	{ STEP_UNBIND, "", -EINPROGRESS, MSG_FAIL_HELD },
	{ STEP_UNBIND, "/sys/bus/css/", -ETIMEDOUT, MSG_FAIL_RECOGNISING },
	{ STEP_OVERRIDE, "/sys/bus/ap/", -EINVAL, MSG_FAIL_OVERRIDE_MASKS },
	{ STEP_PROBE, "", -EINPROGRESS, MSG_FAIL_HELD },
	{ STEP_PROBE, "/sys/bus/css/", -ENODEV, MSG_FAIL_CSS_PROBE },
	{ STEP_PROBE, "", -ENODEV, MSG_FAIL_PROBE },
	{ STEP_MASK, "", -EBUSY, MSG_FAIL_MASK_BUSY },
	{ STEP_MASK, "", -EINVAL, MSG_FAIL_MASK_OVERRIDE },
	{ STEP_CREATE, "", -EEXIST, MSG_FAIL_UUID_ACTIVE },
	{ STEP_CREATE, "", -EUSERS, MSG_FAIL_NO_INSTANCE },
	{ STEP_CREATE, "", -ENOENT, MSG_FAIL_NO_TYPE },
	{ STEP_ATTR, "", -EADDRNOTAVAIL, MSG_FAIL_QUEUE_HOST },
	{ STEP_ATTR, "", -EADDRINUSE, MSG_FAIL_QUEUE_SHARED },
	{ STEP_ATTR, "assign_", -ENODEV, MSG_FAIL_ID_RANGE },
	{ STEP_ATTR, "ap_config", -ENODEV, MSG_FAIL_ID_RANGE },
	{ STEP_ATTR, "", -ENOENT, MSG_FAIL_NO_ATTRIBUTE },
	{ STEP_REMOVE, "", -EINPROGRESS, MSG_FAIL_HELD },
	{ STEP_SRIOV, "", -ERANGE, MSG_FAIL_VFS_RANGE },
	{ STEP_SRIOV, "", -EBUSY, MSG_FAIL_VFS_BUSY },
	{ STEP_SRIOV, "", -ENOENT, MSG_FAIL_VFS_DRIVER },
	{ STEP_SWITCH, "/configure", -ETIMEDOUT, MSG_FAIL_CONFIGURE },
	{ STEP_SWITCH, "/cmb_enable", -EBUSY, MSG_FAIL_MEASURE },
};

static enum msg_id meaning(const struct step *s, int err)
{
	const char *path = s->act.path ? s->act.path : "";

	if (s->kind == STEP_OFFLINE && err == -EBUSY && s->users)
		return MSG_FAIL_DEVICE_HELD;
	if (err == -EINPROGRESS && s->users)
		return MSG_FAIL_HELD_BY;
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].kind == s->kind && meanings[i].err == err &&
		    strstr(path, meanings[i].path))
			return meanings[i].id;
	return s->kind == STEP_FILE ? MSG_FAIL_FILE : MSG_FAIL_STEP;
}

static bool module_stays(const struct txn *t)
{
	for (size_t i = 0; i < t->plan->n_steps; i++)
		if (t->plan->steps[i].kind == STEP_MODULE && t->rep->state[i] == STEP_DONE)
			return true;
	return false;
}

/* How the machine was left. */
static const char *outcome(const struct txn *t, bool undone)
{
	if (undone && module_stays(t))
		return "Everything done before was undone, only the kernel modules stay loaded.";
	if (undone)
		return "Everything done before was undone; the machine is as it was.";
	if (t->late && !t->manual.len)
		return "Everything else was undone, but the kernel may still carry this step out.";
	return "Not all that was done before could be undone; the machine is NOT as it was.";
}

/* The place is looked at now: nothing of ours has been at it. */
static void failure_moved(struct txn *t, const struct step *s, const char *result)
{
	const struct act *was = t->moved_from ? t->moved_from : &s->undo;
	const char *at = was->expect_path && s->kind != STEP_FILE ? was->expect_path : was->path;
	CLEANUP(buf_done) struct buf is = { 0 };

	msg_make(&t->rep->msg, MSG_COMMIT_MOVED_MEANWHILE, "result", result, "place", at, "text",
		 s->text, "is", txn_place_words(t->sys, at, &is), NULL);
}

void txn_failure(struct txn *t, size_t step, int err, bool undone)
{
	const struct step *s = &t->plan->steps[step];
	char number[24];

	snprintf(number, sizeof(number), "%zu", step + 1);
	if (t->moved) {
		failure_moved(t, s, outcome(t, undone));
		return;
	}
	msg_make(&t->rep->msg, meaning(s, err), "result", outcome(t, undone), "step", number,
		 "text", s->text ? s->text : "", "device", s->dev.name, "users",
		 s->users ? s->users : "", "error", errno_words(-err), NULL);
}
