/* SPDX-License-Identifier: MIT */
#include "syslog_commit.h"

#include <errno.h>
#include <syslog.h>

static const char *result_word(enum txn_result r)
{
	static const char *const words[] = {
		[TXN_COMMITTED] = "committed",
		[TXN_ROLLED_BACK] = "rolled back",
		[TXN_STUCK] = "STUCK, the machine is not as before",
		[TXN_REFUSED] = "refused, nothing was begun",
	};

	return (size_t)r < ARRAY_SIZE(words) ? words[r] : "?";
}

int syslog_line(struct session *s, const struct txn_report *report, struct buf *ret)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	CLEANUP(freep) char *safe = NULL;
	CLEANUP(past_done) struct past past = { 0 };
	int r;

	/* What was never begun is not kept in the history. */
	if (report->result != TXN_REFUSED && session_last_commit(s, &past) == 1)
		r = buf_printf(&line, "commit %u by %s: %s: %s", past.number,
			       past.who ? past.who : "somebody", result_word(report->result),
			       past.summary ? past.summary : "");
	else
		r = buf_printf(&line, "commit: %s", result_word(report->result));
	if (r == 0 && report->result != TXN_COMMITTED && report->msg.what)
		r = buf_printf(&line, "; %s %s", report->msg.what,
			       report->msg.why ? report->msg.why : "");
	safe = r == 0 ? text_safe(buf_str(&line)) : NULL;
	return safe ? buf_adds(ret, safe) : -ENOMEM;
}

void syslog_commit(struct session *s, const struct txn_report *report)
{
	CLEANUP(buf_done) struct buf line = { 0 };

	if (!session_is_host(s) || syslog_line(s, report, &line) < 0)
		return;
	openlog("vfiocfg", LOG_PID, LOG_DAEMON);
	syslog(report->result == TXN_COMMITTED ? LOG_NOTICE : LOG_ERR, "%s", buf_str(&line));
	closelog();
}
