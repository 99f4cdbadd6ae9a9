/* SPDX-License-Identifier: MIT */
#include "captured.h"

#include "capture.h"
#include "mem.h"
#include "real.h"
#include "record.h"
#include "session_part.h"
#include "usage.h"

#include <errno.h>
#include <string.h>

void capture_report_done(struct capture_report *r)
{
	for (size_t i = 0; i < r->n_gaps; i++) {
		free(r->gaps[i].path);
		free(r->gaps[i].why);
	}
	free(r->gaps);
	*r = (struct capture_report){ 0 };
}

static int add_gap(struct capture_report *r, const struct record_note *n)
{
	static const struct {
		const char *what, *why;
	} kinds[] = {
		[RECORD_UNREAD] = { "unread", NULL },
		[RECORD_CLEANED] = { "cleaned", "values that look like passwords are replaced" },
		[RECORD_NEVER] = { "never", "a capture never has this" },
		[RECORD_TOO_MUCH] = { "left-out", "the capture would be too large" },
	};
	struct capture_gap gap = { .what = kinds[n->what].what };

	if (array_grow(&r->gaps, r->n_gaps, &r->cap_gaps, sizeof(gap)) < 0)
		return -ENOMEM;
	gap.path = text_safe(n->path);
	gap.why = text_safe(kinds[n->what].why ? kinds[n->what].why : errno_words(-n->err));
	r->gaps[r->n_gaps++] = gap;
	return gap.path && gap.why ? 0 : -ENOMEM;
}

static int cmp_gaps(const void *a, const void *b)
{
	const struct capture_gap *x = a, *y = b;
	int r = strcmp(x->what, y->what);

	return r ? r : strcmp(x->path, y->path);
}

static int make_report(struct sys *record, const struct capture_size *size,
		       struct capture_report *ret)
{
	size_t n;
	const struct record_note *notes = record_notes(record, &n);
	int r = 0;

	ret->entries = size->entries;
	ret->bytes = size->bytes;
	ret->packed = size->packed;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_gap(ret, &notes[i]);
	if (ret->n_gaps)
		qsort(ret->gaps, ret->n_gaps, sizeof(*ret->gaps), cmp_gaps);
	return r;
}

/* What is counted is read only while somebody looks at it. */
static void look_at_measurements(struct session *s)
{
	const struct inventory *inv = session_inventory(s);
	CLEANUP(msg_done) struct msg ignored = { 0 };
	struct measure m;

	for (size_t i = 0; i < inv->n_subchs; i++) {
		struct devid dev = devid_css(inv->subchs[i]->id);

		if (inv->subchs[i]->measured > 0)
			session_measure(s, &dev, &m, &ignored);
	}
	for (size_t i = 0; i < inv->n_chps && inv->cm_enable > 0; i++) {
		struct devid dev = devid_chp(inv->chps[i].id);
		CLEANUP(buf_done) struct buf block = { 0 };
		const char *name;
		size_t nth = 0;

		while (session_block(s, &dev, nth, &name, &block, &ignored) == 0)
			nth++;
	}
}

/* A session of its own reads all that one reads. */
static int look_at_all(struct session *s, struct sys *record)
{
	CLEANUP(session_freep) struct session *again = NULL;
	struct session_opts opts = { .read_only = true, .journal = s->journal, .ssh = s->ssh };
	CLEANUP(buf_done) struct buf messages = { 0 };
	struct past *past = NULL;
	size_t n = 0;
	int r = session_new(record, &opts, &again);

	if (r == 0 && session_history(again, &past, &n) == -ENOMEM)
		r = -ENOMEM;
	if (past)
		history_free(past, n);
	if (r == 0)
		look_at_measurements(again);
	if (sys_messages(record, &messages) == -ENOMEM)
		r = -ENOMEM;
	record_places(record);
	return r < 0 ? r : record_failed(record);
}

static int write_failed(const char *file, int r, struct msg *reterr)
{
	if (r == -EEXIST)
		msg_make(reterr, MSG_CAPTURE_THERE, "file", file, NULL);
	else if (r == -EINVAL)
		msg_make(reterr, MSG_CAPTURE_NAME, "file", file, NULL);
	else if (r == -ENOTSUP)
		msg_make(reterr, MSG_CAPTURE_UNBUILT, "file", file, NULL);
	else if (r == -ENOMEM)
		msg_make(reterr, MSG_NO_MEMORY, NULL);
	else
		msg_make(reterr, MSG_CAPTURE_UNWRITTEN, "file", file, "error", errno_words(-r),
			 NULL);
	return r;
}

int session_capture(struct session *s, const struct capture_want *want, struct capture_report *ret,
		    struct msg *reterr)
{
	CLEANUP(sys_freep) struct sys *record = NULL;
	struct record_opts how = { .wants_cmdline = usage_is_vmm };
	struct capture_opts opts = {
		.file = want->file, .replace = want->replace, .by = want->by, .now = want->now
	};
	struct capture_size size = { 0 };
	int r = record_new(s->sys, &how, &record);

	if (r == 0)
		r = look_at_all(s, record);
	if (r == 0)
		r = capture_write(record, &opts, &size);
	if (r == 0)
		r = make_report(record, &size, ret);
	return r < 0 ? write_failed(want->file, r, reterr) : 0;
}

int captured_error(const char *file, int err, const struct capture_error *e, struct msg *reterr)
{
	if (e->what)
		msg_make(reterr, MSG_BAD_ENTRY, "file", file, "entry", e->entry, "what", e->what,
			 NULL);
	else if (err == -EINVAL)
		msg_make(reterr, MSG_BAD_ARCHIVE, "file", file, NULL);
	else if (err == -ENOTSUP)
		msg_make(reterr, MSG_CAPTURE_UNBUILT, "file", file, NULL);
	else if (err == -ENOMEM)
		msg_make(reterr, MSG_NO_MEMORY, NULL);
	else
		msg_make(reterr, MSG_FILE_UNREADABLE, "file", file, "error", errno_words(-err),
			 NULL);
	return err;
}

void captured_done(struct captured *c)
{
	session_free(c->session);
	sys_free(c->sys);
	*c = (struct captured){ 0 };
}

int captured_open(const char *file, struct captured *ret, struct msg *reterr)
{
	struct session_opts opts = { .read_only = true, .elsewhere = true };
	struct capture_error e = { 0 };
	struct captured c = { 0 };
	int r = capture_open(file, &c.sys, &e);

	if (r == 1) {
		r = real_new(&(struct real_opts){ .root = file, .read_only = true }, &c.sys);
		if (r == 0 && !str_eq(file, "/"))
			c.sys->origin.maker = "";
	}
	if (r < 0)
		return captured_error(file, r, &e, reterr);
	r = session_new(c.sys, &opts, &c.session);
	if (r < 0) {
		captured_done(&c);
		msg_make(reterr, MSG_NO_MEMORY, NULL);
		return r;
	}
	*ret = c;
	return 0;
}
