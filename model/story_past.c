/* SPDX-License-Identifier: MIT */
/* What was done to a device by commits of ours, and what the kernel said of it. */
#include "attrs.h"
#include "story_part.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { COMMITS_MAX = 8, MESSAGES_MAX = 8, TEXT_MAX = 300 };

/* -- commits -- */

static bool ours(const struct told *t, const struct devid *dev)
{
	return devid_eq(dev, &t->dev) || (t->ccw.bus && devid_eq(dev, &t->ccw));
}

static bool names_queue(const struct wish *w, apqn_t q)
{
	for (size_t i = 0; i < w->ap.n_guest; i++)
		if (w->ap.guest[i] == q)
			return true;
	for (size_t i = 0; i < w->ap.n_host; i++)
		if (w->ap.host[i] == q)
			return true;
	for (size_t i = 0; i < w->n_mdevs; i++)
		if (matrix_has(&w->mdevs[i].matrix, q))
			return true;
	return false;
}

static bool names_mdev(const struct told *t, const struct wish *w)
{
	for (size_t i = 0; i < w->n_mdevs; i++)
		if (str_eq(w->mdevs[i].uuid, t->dev.name) ||
		    (t->dev.bus != BUS_MDEV && str_eq(w->mdevs[i].parent, t->dev.name)))
			return true;
	return false;
}

/* *ret_other: it was another device behind the subchannel then, or BUS_NONE. */
static bool names_it(const struct told *t, const struct wish *w, struct devid *ret_other)
{
	apqn_t q;

	for (size_t i = 0; i < w->n_drivers; i++)
		if (ours(t, &w->drivers[i].dev)) {
			const struct devid *peer = &w->drivers[i].peer;

			if (t->ccw.bus && peer->bus == BUS_CCW && !devid_eq(peer, &t->ccw))
				*ret_other = *peer;
			return true;
		}
	for (size_t i = 0; i < w->n_sriov; i++)
		if (ours(t, &w->sriov[i].dev))
			return true;
	for (size_t i = 0; i < w->n_switches; i++)
		if (ours(t, &w->switches[i].dev))
			return true;
	for (size_t i = 0; i < w->n_accept; i++)
		if (ours(t, &w->accept[i]))
			return true;
	if (t->dev.bus == BUS_AP && apqn_parse(t->dev.name, &q) == 0 && names_queue(w, q))
		return true;
	return names_mdev(t, w);
}

/* 1 told, 0 it is about others, -ENOMEM. */
static int tell_commit(const struct told *t, const struct past *p, struct buf *ret)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	CLEANUP(msg_done) struct msg why = { 0 };
	struct devid other = { 0 };
	int r;

	if (!p->edits)
		return 0;
	r = wish_from_json(p->edits, strlen(p->edits), "history", &w, &why);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!names_it(t, &w, &other))
		return 0;
	r = story_line(ret, "commit %u, %s%s%s: %s; %s%s%s", p->number, p->when ? p->when : "?",
		       p->who ? ", by " : "", p->who ? p->who : "", p->result ? p->result : "?",
		       p->summary ? p->summary : "",
		       other.bus ? "; the device there was then " : "",
		       other.bus ? other.name : "");
	return r < 0 ? r : 1;
}

int story_commits(const struct told *t, struct buf *ret)
{
	struct past *past = NULL;
	size_t n = 0, told = 0;
	int r = session_history(t->s, &past, &n);

	if (r < 0)
		return r == -ENOMEM ? r : story_line(ret, "not readable: %s", errno_words(-r));
	for (size_t i = n; i > 0 && r >= 0 && told < COMMITS_MAX; i--) {
		r = tell_commit(t, &past[i - 1], ret);
		told += r == 1;
	}
	if (r >= 0 && told == COMMITS_MAX)
		r = story_line(ret, "and perhaps earlier ones: see the history");
	history_free(past, n);
	return r < 0 ? r : 0;
}

/* -- the kernel's messages: "6,339,5140900,-;text\n SUBSYSTEM=ccw\n DEVICE=+ccw:0.0.2b09\n" -- */

struct message {
	unsigned level;
	unsigned long long us;
	const char *text;
	size_t len;
	const char *device; /* behind DEVICE=, NULL: none */
	size_t device_len;
};

/* A record and the lines of its own that follow; *at is moved behind them. false: it is none. */
static bool read_message(const char **at, const char *end, struct message *ret)
{
	const char *line = *at, *eol = memchr(line, '\n', (size_t)(end - line));
	char head[64];
	unsigned prefix;

	eol = eol ? eol : end;
	*ret = (struct message){ .text = memchr(line, ';', (size_t)(eol - line)) };
	for (*at = MIN(eol + 1, end); *at < end && **at == ' '; *at = MIN(eol + 1, end)) {
		const char *more = *at + 1;

		eol = memchr(more, '\n', (size_t)(end - more));
		eol = eol ? eol : end;
		if (eol - more > 7 && !strncmp(more, "DEVICE=", 7)) {
			ret->device = more + 7;
			ret->device_len = (size_t)(eol - ret->device);
		}
	}
	if (!ret->text || ret->text - line >= (long)sizeof(head))
		return false;
	snprintf(head, sizeof(head), "%.*s", (int)(ret->text - line), line);
	if (sscanf(head, "%u,%*u,%llu", &prefix, &ret->us) != 2)
		return false;
	ret->level = prefix & 7;
	ret->text++;
	eol = memchr(ret->text, '\n', (size_t)(end - ret->text));
	ret->len = (size_t)((eol ? eol : end) - ret->text);
	return true;
}

/* "+css:0.0.0313": of a bus and its device. */
static bool is_of(const struct message *m, const struct devid *dev)
{
	char own[DEVID_TEXT + 2];

	if (!dev->bus)
		return false;
	snprintf(own, sizeof(own), "+%s:%s", bus_name(dev->bus), dev->name);
	return m->device_len == strlen(own) && !strncmp(m->device, own, m->device_len);
}

/* A channel device's number can be another's subchannel's: where the kernel says which bus, that counts. */
static bool is_about(const struct told *t, const struct message *m)
{
	const char *name;

	if (m->device && (is_of(m, &t->dev) || is_of(m, &t->ccw)))
		return true;
	if (m->device && (str_starts(m->device, "+css:") || str_starts(m->device, "+ccw:")))
		return false;
	buf_foreach_name (&t->names, name)
		if (story_has_word(m->text, m->len, name))
			return true;
	return false;
}

/* The kernel writes a line end within a message as four characters. */
static void join_lines(char *text)
{
	for (char *at = text; at && (at = strstr(at, "\\x0a"));) {
		*at++ = ' ';
		memmove(at, at + 3, strlen(at + 3) + 1);
	}
}

static int tell_message(const struct message *m, struct buf *ret)
{
	static const char *const levels[8] = { "emergency: ", "alert: ", "critical: ", "error: ",
					       "warning: ",   "",	 "",	       "" };
	CLEANUP(freep) char *raw = strndup(m->text, MIN(m->len, (size_t)TEXT_MAX));
	CLEANUP(freep) char *safe = NULL;

	join_lines(raw);
	safe = raw ? text_safe(raw) : NULL;
	if (!safe)
		return -ENOMEM;
	return story_line(ret, "[%llu.%06llu] %s%s%s", m->us / 1000000, m->us % 1000000,
			  levels[m->level], safe, m->len > TEXT_MAX ? "..." : "");
}

int story_kernel(const struct told *t, struct buf *ret)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	struct message last[MESSAGES_MAX], m;
	size_t n = 0;
	const char *at, *end;
	int r = sys_messages(t->s->sys, &all);

	if (r == -EACCES || r == -EPERM)
		return story_line(ret, "not readable: %s", errno_words(-r));
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	at = buf_str(&all);
	end = at + all.len;
	while (at < end)
		if (read_message(&at, end, &m) && is_about(t, &m))
			last[n++ % MESSAGES_MAX] = m;
	r = 0;
	if (n > MESSAGES_MAX)
		r = story_line(ret, "%zu earlier ones are left out", n - MESSAGES_MAX);
	for (size_t i = n > MESSAGES_MAX ? n - MESSAGES_MAX : 0; i < n && r == 0; i++)
		r = tell_message(&last[i % MESSAGES_MAX], ret);
	return r;
}
