/* SPDX-License-Identifier: MIT */
#include "clock.h"
#include "session_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSIONS_MAX = 1000 }; /* so far back goes undo */

static void derived_done(struct derived *v)
{
	plan_done(&v->plan);
	msg_done(&v->plan_error);
	findings_done(&v->findings);
	desired_done(&v->desired);
}

static struct version *version_free(struct version *v)
{
	if (v) {
		wish_done(&v->wish);
		free(v->text);
		free(v);
	}
	return NULL;
}

static void versions_cut(struct session *s, size_t n)
{
	while (s->n_versions > n)
		version_free(s->versions[--s->n_versions]);
}

static int version_push(struct session *s, struct wish *wish, char *text)
{
	struct version *v = calloc(1, sizeof(*v));

	if (!v ||
	    array_grow(&s->versions, s->n_versions, &s->cap_versions, sizeof(*s->versions)) < 0) {
		free(v);
		return -ENOMEM;
	}
	v->wish = *wish;
	v->text = text;
	*wish = (struct wish){ 0 };
	s->versions[s->n_versions++] = v;
	return 0;
}

int session_derive(struct session *s, struct inventory *inv, size_t at)
{
	struct derived v = { 0 };
	/* Of a part of a machine nothing can be said. */
	bool whole = !session_reading(s) && s->scope == SCOPE_ALL;
	int r = desired_build(inv, &s->versions[at]->wish, &v.desired);

	if (r == 0 && whole)
		r = rules_check(&v.desired, &v.findings);
	if (r == 0 && whole)
		r = plan_make(&v.desired, &v.plan, &v.plan_error);
	if (r == -EINVAL)
		r = 0; /* no way to get there: said in plan_error, and the plan is empty */
	if (r < 0) {
		derived_done(&v);
		return r;
	}
	s->touched.known = false;
	if (inv == s->inv)
		touched_between(&s->now.desired, &v.desired, &s->touched);
	derived_done(&s->now);
	s->now = v;
	s->serial++;
	s->asked->dev.bus = BUS_NONE;
	/* Plan, findings and changes hold no pointers to the struct itself, desired's own arrays stay put. */
	s->at = at;
	if (inv != s->inv) {
		inventory_unref(s->inv);
		s->inv = inv;
	}
	return 0;
}

/* Takes the versions out that an edit after an undo has left behind. */
static void versions_splice(struct session *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		version_free(s->versions[i]);
	memmove(s->versions + from, s->versions + to, (s->n_versions - to) * sizeof(*s->versions));
	s->n_versions -= to - from;
}

int session_take(struct session *s, struct wish *next, const char *fmt, ...)
{
	CLEANUP(wish_done) struct wish wish = *next;
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t old = s->at;
	char *text;
	va_list ap;
	int r;

	*next = (struct wish){ 0 };
	if (session_reading(s))
		return -EBUSY;
	if (wish_eq(&wish, wish_now(s)))
		return 0;
	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	text = r < 0 ? NULL : text_safe(buf_str(&b));
	if (!text)
		return -ENOMEM;
	/* What was undone is kept until the new edit has succeeded, then dropped. */
	if (version_push(s, &wish, text) < 0) {
		free(text);
		return -ENOMEM;
	}
	r = session_derive(s, s->inv, s->n_versions - 1);
	if (r < 0) {
		versions_cut(s, s->n_versions - 1);
		return r;
	}
	versions_splice(s, old + 1, s->at);
	if (s->n_versions > VERSIONS_MAX)
		versions_splice(s, 0, 1);
	s->at = s->n_versions - 1;
	return 0;
}

int session_forget(struct session *s)
{
	struct wish none = { 0 };
	int r = version_push(s, &none, NULL);

	if (r < 0)
		return r;
	r = session_derive(s, s->inv, s->n_versions - 1);
	if (r < 0)
		return r;
	versions_splice(s, 0, s->at);
	s->at = 0;
	return 0;
}

/* What a run has to show within timeout_ms; as scan_run_take. */
static int take(struct session *s, int timeout_ms)
{
	struct inventory *inv = NULL;
	int r = scan_run_take(s->run, timeout_ms, &inv), e;

	if (r == -EAGAIN)
		return r;
	if (r != 0)
		s->run = scan_run_free(s->run);
	s->unread = r < 0;
	if (r < 0)
		return r;
	e = session_derive(s, inv, s->at);
	if (e < 0)
		inventory_unref(inv);
	s->unread = e < 0;
	return e < 0 ? e : r;
}

int session_settle(struct session *s)
{
	int r = s->unread ? -ENOMEM : 0;

	while (s->run) {
		r = take(s, -1);
		if (r < 0 && r != -EAGAIN)
			break;
	}
	return MIN(r, 0);
}

/* Most machines are read before anybody would see that it takes time. */
enum { PATIENCE_MS = 60 };

static int show_first(struct session *s)
{
	long until = now_ms() + PATIENCE_MS;
	int r = 0;

	while (s->run && (r >= 0 || r == -EAGAIN)) {
		long left = until - now_ms();

		if (left <= 0 && s->inv)
			return 0;
		r = take(s, left > 0 ? (int)left : -1);
	}
	return MIN(r, 0);
}

static int first_look(struct session *s, bool background)
{
	struct inventory *inv;
	int r = -ENOSYS;

	/* A simulated machine is read by one at a time, and is quick. */
	if (background && s->sys->ops->dir)
		r = scan_run_start(s->sys, s->tab, s->ssh, s->scope, &s->run);
	if (r == 0)
		return show_first(s);
	r = inventory_scan_scope(s->sys, s->tab, s->ssh, s->scope, &inv);
	if (r < 0)
		return r;
	r = session_derive(s, inv, 0);
	if (r < 0)
		inventory_unref(inv);
	return r;
}

int session_new(struct sys *sys, const struct session_opts *opts, struct session **ret)
{
	CLEANUP(session_freep) struct session *s = calloc(1, sizeof(*s));
	struct wish none = { 0 };
	int r;

	if (!s)
		return -ENOMEM;
	s->sys = sys;
	s->tab = strtab_new();
	s->asked = calloc(1, sizeof(*s->asked));
	if (!s->tab || !s->asked)
		return -ENOMEM;
	s->read_only = opts->read_only || !sys->writable;
	s->elsewhere = opts->elsewhere;
	s->why_read_only = strtab_get(s->tab, opts->why_read_only);
	s->who = strtab_get(s->tab, opts->who);
	s->ssh = strtab_get(s->tab, opts->ssh);
	s->journal = strtab_get(s->tab, opts->journal ? opts->journal : "/var/lib/vfiocfg");
	if (!s->journal || version_push(s, &none, NULL) < 0)
		return -ENOMEM;
	s->scope = opts->scope ? opts->scope : SCOPE_ALL;
	r = first_look(s, opts->background);
	if (r < 0)
		return r;
	r = txn_interrupted(sys, s->journal, &s->interrupted);
	if (r == -ENOMEM)
		return r;
	*ret = TAKE(s);
	return 0;
}

int session_fork(const struct session *s, struct session **ret)
{
	CLEANUP(session_freep) struct session *f = calloc(1, sizeof(*f));
	CLEANUP(wish_done) struct wish wish = { 0 };
	struct inventory *inv;
	int r;

	if (!f)
		return -ENOMEM;
	*f = (struct session){ .sys = s->sys,
			       .tab = s->tab,
			       .fork = true,
			       .read_only = true,
			       .scope = s->scope,
			       .journal = s->journal };
	f->asked = calloc(1, sizeof(*f->asked));
	if (!f->asked || version_push(f, &wish, NULL) < 0)
		return -ENOMEM;
	inv = inventory_ref(s->inv);
	r = session_derive(f, inv, 0);
	if (r < 0) {
		inventory_unref(inv);
		return r;
	}
	*ret = TAKE(f);
	return 0;
}

struct session *session_free(struct session *s)
{
	if (!s)
		return NULL;
	scan_run_free(s->run);
	derived_done(&s->now);
	versions_cut(s, 0);
	free(s->versions);
	interrupted_done(&s->interrupted);
	inventory_unref(s->inv);
	if (!s->fork)
		strtab_free(s->tab);
	if (s->asked)
		free(s->asked->singled);
	free(s->asked);
	touched_done(&s->touched);
	free(s);
	return NULL;
}

void session_freep(struct session **s)
{
	session_free(*s);
}

const struct inventory *session_inventory(const struct session *s)
{
	return s->inv;
}

const struct wish *session_wish(const struct session *s)
{
	return wish_now(s);
}

const struct desired *session_desired(const struct session *s)
{
	return &s->now.desired;
}

const struct findings *session_findings(const struct session *s)
{
	return &s->now.findings;
}

const struct plan *session_plan(const struct session *s)
{
	return &s->now.plan;
}

const struct msg *session_plan_error(const struct session *s)
{
	return s->now.plan_error.what ? &s->now.plan_error : NULL;
}

bool session_read_only(const struct session *s)
{
	return s->read_only;
}

bool session_simulated(const struct session *s)
{
	return s->sys->simulated;
}

bool session_is_host(const struct session *s)
{
	return !s->sys->simulated && !s->elsewhere;
}

const struct interrupted *session_interrupted(const struct session *s)
{
	return &s->interrupted;
}

/* -- undo -- */

bool session_undo(struct session *s)
{
	return s->at > 0 && session_derive(s, s->inv, s->at - 1) == 0;
}

bool session_redo(struct session *s)
{
	return s->at + 1 < s->n_versions && session_derive(s, s->inv, s->at + 1) == 0;
}

size_t session_undo_depth(const struct session *s)
{
	return s->at;
}

size_t session_redo_depth(const struct session *s)
{
	return s->n_versions - 1 - s->at;
}

const char *session_undo_text(const struct session *s, size_t depth)
{
	return depth < s->at ? s->versions[s->at - depth]->text : NULL;
}

int session_clear(struct session *s)
{
	struct wish none = { 0 };

	return session_take(s, &none, "drop all edits");
}

/* -- the world moves -- */

/* Events are taken when the machine has been read: until then they wait. */
int session_fd(const struct session *s)
{
	return s->run ? scan_run_fd(s->run) : s->sys->fd;
}

bool session_reading(const struct session *s)
{
	return s->run || s->unread;
}

void session_progress(const struct session *s, size_t *ret_done, size_t *ret_total)
{
	*ret_done = *ret_total = 0;
	if (s->run)
		scan_run_progress(s->run, ret_done, ret_total);
}

unsigned long session_serial(const struct session *s)
{
	return s->serial;
}

int session_rescan(struct session *s)
{
	struct inventory *inv;
	bool unread = session_reading(s);
	int r;

	s->run = scan_run_free(s->run);
	s->unread = false;
	r = inventory_scan_scope(s->sys, s->tab, s->ssh, s->scope, &inv);
	if (r == 0 && (r = session_derive(s, inv, s->at)) < 0)
		inventory_unref(inv);
	s->unread = unread && r < 0;
	return r;
}

bool session_follow(struct session *s)
{
	struct inventory *inv, *next;
	bool moved = false, lost = false;

	if (s->run)
		return take(s, 0) >= 0;
	inv = inventory_ref(s->inv);
	for (;;) {
		struct sys_event e = { 0 };
		int r = sys_watch(s->sys, &e);

		if (r == 1 && inventory_event_later(inv, s->sys, s->tab, &e, &next) == 0) {
			inventory_unref(inv);
			inv = next;
			moved = true;
		}
		sys_event_done(&e);
		lost = lost || r == -ENOBUFS;
		if (r != 1 && r != -ENOBUFS)
			break;
	}
	if (lost) {
		inventory_unref(inv);
		return session_rescan(s) == 0;
	}
	if (inv->uses_stale && inventory_uses_again(inv, s->sys, s->tab, &next) == 0) {
		inventory_unref(inv);
		inv = next;
	}
	if (moved && inv != s->inv && session_derive(s, inv, s->at) == 0)
		return true;
	inventory_unref(inv);
	return false;
}

int session_reboot(struct session *s, int (*kernel_reboot)(struct sys *sys))
{
	int r;

	if (!s->sys->simulated || !kernel_reboot)
		return -ENOTSUP;
	r = kernel_reboot(s->sys);
	if (r == 0)
		r = boot_play(s->sys);
	if (r < 0)
		return r;
	session_follow(s);
	interrupted_done(&s->interrupted);
	txn_interrupted(s->sys, s->journal, &s->interrupted);
	return session_rescan(s);
}
