/* SPDX-License-Identifier: MIT */
/*
 * One line to syslog for each commit, with its result, whichever front end made it.
 *
 * Rule: a simulated machine, or a tree that --root names, is nobody's business here; nothing is logged of it.
 */
#ifndef SYSLOG_COMMIT_H
#define SYSLOG_COMMIT_H

#include "mem.h"
#include "session.h"

void syslog_commit(struct session *s, const struct txn_report *report);
/* The line: "commit 12 by operator: committed: 1 driver change, 2 files". 0 or -ENOMEM. */
int syslog_line(struct session *s, const struct txn_report *report, struct buf *ret);

#endif
