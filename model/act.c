/* SPDX-License-Identifier: MIT */
#include "act.h"
#include "act_cio.h"
#include "clock.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

enum { SEEN_MS = 10 }; /* so long it is as if it were right now */

/* -- looking -- */

static bool gone(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -ENOTDIR;
}

/* One spelling for what reads in several. */
static int one_spelling(const char *path, struct buf *b)
{
	struct ap_mask m = { 0 };
	char text[MASK_TEXT];

	while (b->len && b->data[b->len - 1] == '\n')
		b->data[--b->len] = '\0';
	if (str_ends(path, "/driver_override") && str_eq(buf_str(b), "(null)"))
		buf_reset(b);
	if (!str_eq(path, "/sys/bus/ap/apmask") && !str_eq(path, "/sys/bus/ap/aqmask"))
		return 0;
	if (mask_parse(buf_str(b), &m) < 0)
		return 0;
	buf_reset(b);
	return buf_adds(b, mask_text(&m, text));
}

static int names_of(struct sys *sys, const char *path, struct buf *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int r = sys_list(sys, path, &names);

	buf_foreach_name (&names, name)
		if (r == 0)
			r = buf_printf(ret, "%s ", name);
	return r;
}

int place_read(struct sys *sys, const char *path, struct buf *ret)
{
	int r = sys_read_base(sys, path, ret);

	/* EINVAL is readlink(2)'s word for what is no link. */
	if (r == -EINVAL)
		r = sys_read(sys, path, ret);
	if (r == -EISDIR)
		return names_of(sys, path, ret);
	if (r < 0)
		return gone(r) ? -ENOENT : r;
	return one_spelling(path, ret);
}

static int file_holds(struct sys *sys, const struct act *a)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_read(sys, a->path, &b);

	if (gone(r))
		return a->value == NULL;
	if (r < 0)
		return r;
	return a->value && b.len == a->len && !memcmp(buf_str(&b), a->value, a->len);
}

static int value_holds(struct sys *sys, const struct act *a)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_read(sys, a->expect_path, &b);

	if (r == 0)
		r = one_spelling(a->expect_path, &b);
	if (gone(r))
		return 0;
	return r < 0 ? r : str_eq(buf_str(&b), a->expect_text);
}

static int link_holds(struct sys *sys, const struct act *a)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = sys_read_base(sys, a->expect_path, &b);

	if (gone(r))
		return a->expect_text == NULL;
	return r < 0 ? r : str_eq(buf_str(&b), a->expect_text);
}

/* "05.0004", "05." and ".0004": which of the two sets are said. */
static void matrix_line(const char *line, struct matrix *m)
{
	char *end;
	unsigned long id = strtoul(line, &end, 16);

	if (*end == '.' && end > line && id < 256)
		mask_set(&m->adapters, (unsigned)id, true);
	if (*end == '.' && end[1]) {
		id = strtoul(end + 1, NULL, 16);
		if (id < 256)
			mask_set(&m->domains, (unsigned)id, true);
	}
}

static int lines_each(struct sys *sys, const char *dir, const char *attr, struct matrix *m,
		      void (*line)(const char *line, struct matrix *m))
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	char *rest, *one;
	int r = buf_printf(&path, "%s/%s", dir, attr);

	if (r == 0)
		r = sys_read(sys, buf_str(&path), &b);
	for (rest = b.data; r == 0 && (one = strsep(&rest, "\n"));)
		line(one, m);
	return r;
}

static void control_line(const char *line, struct matrix *m)
{
	char *end;
	unsigned long id = strtoul(line, &end, 16);

	if (end > line && id < 256)
		mask_set(&m->control, (unsigned)id, true);
}

static int ap_config_read(struct sys *sys, const char *dir, struct matrix *m)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct ap_mask *part[] = { &m->adapters, &m->domains, &m->control };
	char *rest, *one;
	int r = buf_printf(&path, "%s/ap_config", dir);

	if (r == 0)
		r = sys_read_line(sys, buf_str(&path), &b);
	rest = b.data;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(part); i++) {
		one = strsep(&rest, ",");
		r = one ? mask_parse(one, part[i]) : -EINVAL;
	}
	return r;
}

static int matrix_holds(struct sys *sys, const struct act *a)
{
	struct matrix m = { 0 };
	int r = ap_config_read(sys, a->expect_path, &m);

	if (r == -ENOENT || r == -EINVAL) {
		m = (struct matrix){ 0 };
		r = lines_each(sys, a->expect_path, "matrix", &m, matrix_line);
		if (r == 0)
			r = lines_each(sys, a->expect_path, "control_domains", &m, control_line);
	}
	if (gone(r))
		return 0;
	return r < 0 ? r : matrix_eq(&m, &a->matrix);
}

int act_holds(struct sys *sys, enum step_kind kind, const struct act *a)
{
	if (kind == STEP_FILE)
		return file_holds(sys, a);
	switch (a->expect) {
	case EXPECT_NOTHING:
		return 0;
	case EXPECT_VALUE:
		return value_holds(sys, a);
	case EXPECT_LINK:
		return link_holds(sys, a);
	case EXPECT_EXISTS:
		return sys_exists(sys, a->expect_path);
	case EXPECT_GONE:
		return !sys_exists(sys, a->expect_path);
	case EXPECT_MATRIX:
		return matrix_holds(sys, a);
	}
	return -EINVAL;
}

/* -- doing -- */

struct wait {
	struct sys *sys;
	enum step_kind kind;
	const struct act *act;
};

static int wait_holds(void *arg)
{
	struct wait *w = arg;

	return act_holds(w->sys, w->kind, w->act);
}

static int wait_path(void *arg)
{
	struct wait *w = arg;

	return sys_exists(w->sys, w->act->path);
}

static bool sets_online(enum step_kind kind)
{
	return kind == STEP_OFFLINE || kind == STEP_ONLINE;
}

/* One write; busy with another change is tried again until the deadline. */
static int wait_write(void *arg)
{
	struct wait *w = arg;
	int r = w->kind == STEP_MODULE ? sys_load_module(w->sys, w->act->value)
				       : sys_write(w->sys, w->act->path, w->act->value);

	if (r == -EAGAIN || r == -EINTR)
		return 0;
	/* A channel device that has just come back has no driver yet; one that is there already needs no write. */
	if (r == -EINVAL && sets_online(w->kind))
		return act_holds(w->sys, w->kind, w->act);
	return r < 0 ? r : 1;
}

static const char *last_component(const char *path, size_t *len, int nth)
{
	const char *end = path + strlen(path), *start;

	for (;; end = start - 1) {
		for (start = end; start > path && start[-1] != '/';)
			start--;
		if (nth-- == 0 || start == path)
			break;
	}
	*len = (size_t)(end - start);
	return start;
}

/* Is the device that exists already on this parent and of this type? From ".../PARENT/mdev_supported_types/TYPE/create". */
static bool same_device(struct sys *sys, const struct act *a)
{
	CLEANUP(buf_done) struct buf at = { 0 };
	CLEANUP(buf_done) struct buf target = { 0 };
	CLEANUP(buf_done) struct buf type = { 0 };
	size_t len, want;
	const char *is, *must;

	if (buf_printf(&at, "/sys/bus/mdev/devices/%s", a->value) < 0 ||
	    sys_readlink(sys, buf_str(&at), &target) < 0 || buf_adds(&at, "/mdev_type") < 0 ||
	    sys_read_base(sys, buf_str(&at), &type) < 0)
		return false;
	is = last_component(buf_str(&target), &len, 1);
	must = last_component(a->path, &want, 3);
	if (len != want || strncmp(is, must, len) != 0)
		return false;
	must = last_component(a->path, &want, 1);
	return type.len == want && !strncmp(buf_str(&type), must, want);
}

struct ap_lock {
	struct sys *sys;
	const char *content;
};

static int try_ap_lock(void *arg)
{
	const struct ap_lock *l = arg;
	int r = sys_lock(l->sys, AP_LOCK_PATH, l->content);

	return r == 0 ? 1 : r == -EEXIST ? 0 : r;
}

int act_lock_ap(const struct actor *who, const char *content)
{
	struct ap_lock l = { who->sys, content };
	int r = sys_wait(who->sys, try_ap_lock, &l, who->deadline_ms);

	return r == -ETIMEDOUT ? -EEXIST : r;
}

/*
 * Binding the parent's driver makes udev run mdevctl, which may have been faster. Its call-out takes the AP lock, so that
 * is let go of while waiting for what mdevctl makes.
 */
static int made_already(const struct actor *who, const struct act *a)
{
	CLEANUP(buf_done) struct buf dir = { 0 };
	struct act filled = { .expect = EXPECT_MATRIX, .matrix = a->matrix };
	static const struct matrix nothing;
	struct wait w = { who->sys, STEP_ATTR, &filled };
	int r;

	if (!same_device(who->sys, a))
		return -EEXIST;
	if (matrix_eq(&a->matrix, &nothing))
		return 0;
	if (buf_printf(&dir, "/sys/bus/mdev/devices/%s", a->value) < 0)
		return -ENOMEM;
	filled.expect_path = dir.data;
	if (who->ap_lock)
		sys_lock(who->sys, AP_LOCK_PATH, NULL);
	r = sys_wait(who->sys, wait_holds, &w, who->deadline_ms);
	if (who->ap_lock && act_lock_ap(who, who->ap_lock) < 0)
		r = r < 0 ? r : -EBUSY;
	return r == -ETIMEDOUT ? -EEXIST : r;
}

static int write_it(const struct actor *who, enum step_kind kind, const struct act *a)
{
	struct wait w = { who->sys, kind, a };
	int r = 0;

	/* A channel device comes back some time after its subchannel was bound. */
	if (sets_online(kind))
		r = sys_wait(who->sys, wait_path, &w, who->deadline_ms);
	if (r == 0)
		r = sys_wait(who->sys, wait_write, &w, who->deadline_ms);
	if (r == -EEXIST && kind == STEP_CREATE)
		return made_already(who, a);
	return r;
}

int act_prepare(struct actor *who, const struct act *a)
{
	return a->path ? cio_before(who, a) : 0;
}

int act_prepared(struct actor *who, enum step_kind kind, const struct act *a, bool *ret_wrote)
{
	struct wait w = { who->sys, kind, a };
	/* A probe is over when the write returns: nobody will take the device later. */
	int deadline = kind == STEP_PROBE ? MIN(who->deadline_ms, 500) : who->deadline_ms;
	int r;

	*ret_wrote = true;
	if (!a->path)
		return 0;
	who->seen = NULL;
	r = write_it(who, kind, a);
	*ret_wrote = r == 0 || r == -EINPROGRESS;
	if (r == 0 && a->expect != EXPECT_NOTHING) {
		r = sys_wait(who->sys, wait_holds, &w, deadline);
		who->seen = r == 0 ? a : NULL;
		who->seen_ms = now_ms();
	}
	if (r == -ETIMEDOUT && kind == STEP_PROBE)
		return -ENODEV;
	if (r == 0)
		cio_after(who, a);
	return r;
}

int act_do(struct actor *who, enum step_kind kind, const struct act *a, bool *ret_wrote)
{
	int r = act_prepare(who, a);

	*ret_wrote = false;
	return r < 0 ? r : act_prepared(who, kind, a, ret_wrote);
}

bool act_just_seen(const struct actor *who, const struct act *a)
{
	return who->seen == a && now_ms() - who->seen_ms <= SEEN_MS;
}
