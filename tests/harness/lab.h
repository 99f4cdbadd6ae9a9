/* SPDX-License-Identifier: MIT */
/* A session on a simulated machine, without a front end: edits are given as a file of them, and commits must succeed. */
#ifndef LAB_H
#define LAB_H

#include "check.h"
#include "session.h"
#include "sim.h"

#include <string.h>

struct lab {
	struct sys *sys;
	struct session *s;
	struct msg why;
};

static inline struct lab lab_open(const char *machine, const char *who)
{
	const struct session_opts opts = { .who = who };
	struct lab lab = { 0 };

	assert_int_equal(sim_new_named(machine, &lab.sys), 0);
	assert_int_equal(session_new(lab.sys, &opts, &lab.s), 0);
	return lab;
}

static inline void lab_done(struct lab *lab)
{
	session_free(lab->s);
	sys_free(lab->sys);
	msg_done(&lab->why);
}

/* inside: the members of an edits file */
static inline void lab_edit(struct session *s, const char *inside)
{
	CLEANUP(buf_done) struct buf json = { 0 };
	struct msg why = { 0 };

	assert_int_equal(buf_printf(&json, "{\"vfiocfg-edits\": 1, %s}", inside), 0);
	if (session_load(s, json.data, json.len, "edits", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
}

/* ret may be NULL. */
static inline void lab_commit(struct session *s, struct txn_report *ret)
{
	const struct consent all = { .conflicts = true, .not_undoable = true };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	struct msg why = { 0 };

	if (session_commit(s, &all, NULL, &report, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	assert_int_equal(report.result, TXN_COMMITTED);
	if (ret) {
		*ret = report;
		report = (struct txn_report){ 0 };
	}
}

#endif
