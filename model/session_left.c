/* SPDX-License-Identifier: MIT */
/* Edits that were staged when the program was ended from outside, kept beside the journal: one file of edits each. */
#include "journal.h"
#include "session_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "left-"

/* left-TIME-PROCESS.json: the oldest sorts first, and two that end in the same second are two files. */
static bool is_left(const char *name)
{
	size_t len = strlen(name);

	return str_starts(name, PREFIX) && len > strlen(PREFIX ".json") && len < LEFT_TEXT &&
	       !strcmp(name + len - strlen(".json"), ".json") &&
	       strspn(name + strlen(PREFIX), "0123456789TZ-") ==
		       len - strlen(PREFIX) - strlen(".json");
}

int session_left(const struct session *s, struct left *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct left left = { 0 };
	const char *name;
	int r = sys_list(s->sys, s->journal, &names);

	if (r == -ENOMEM)
		return r;
	buf_foreach_name (&names, name) {
		if (r < 0 || !is_left(name))
			continue;
		if (!left.n++ || strcmp(name, left.name) < 0)
			snprintf(left.name, sizeof(left.name), "%s", name);
	}
	if (left.n)
		snprintf(left.when, sizeof(left.when), "%.*s", (int)strlen("2026-11-21T15-30-00Z"),
			 left.name + strlen(PREFIX));
	/* What can't be a part of a name is written otherwise there. */
	for (char *c = strchr(left.when, 'T'); c && *c; c++)
		if (*c == '-')
			*c = ':';
	*ret = left;
	return 0;
}

int session_leave(struct session *s)
{
	CLEANUP(freep) char *json = NULL;
	CLEANUP(buf_done) struct buf path = { 0 };
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (wish_empty(wish_now(s)))
		return 0;
	if (s->read_only)
		return -EROFS;
	json = session_save(s);
	strftime(when, sizeof(when), "%Y-%m-%dT%H-%M-%SZ", gmtime_r(&now, &tm));
	if (!json ||
	    buf_printf(&path, "%s/" PREFIX "%s-%ld.json", s->journal, when, (long)getpid()) < 0)
		return -ENOMEM;
	return durable_write(s->sys, buf_str(&path), json, strlen(json));
}

int session_resume(struct session *s, struct msg *reterr)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct left left;
	int r = session_left(s, &left);

	if (r < 0)
		return r;
	if (!left.n) {
		msg_make(reterr, MSG_NOTHING_LEFT, NULL);
		return -ENOENT;
	}
	if (buf_printf(&path, "%s/%s", s->journal, left.name) < 0)
		return -ENOMEM;
	r = sys_read(s->sys, buf_str(&path), &text);
	if (r < 0) {
		msg_make(reterr, MSG_FILE_UNREADABLE, "file", buf_str(&path), "error",
			 errno_words(-r), NULL);
		return r;
	}
	r = session_load(s, buf_str(&text), text.len, buf_str(&path), true, reterr);
	/* From here on they are this session's; one that is only looked at leaves the file to its owner. */
	if (r == 0 && !s->read_only)
		(void)durable_write(s->sys, buf_str(&path), NULL, 0);
	return r;
}
