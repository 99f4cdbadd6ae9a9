/* SPDX-License-Identifier: MIT */
#include "hardware.h"
#include "journal.h"
#include "jsontext.h"
#include "steps.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int durable_syncdir(struct sys *sys, const char *path)
{
	CLEANUP(freep) char *dir = strdup(path);
	int r;

	if (!dir)
		return -ENOMEM;
	*strrchr(dir, '/') = '\0';
	r = sys_syncdir(sys, dir);
	/* The last file may have been taken away with its directory, by whoever came before. */
	return r == -ENOENT ? 0 : r;
}

int durable_publish(struct sys *sys, const char *path)
{
	int r = sys_publish(sys, path);

	if (r < 0) {
		sys_unstage(sys, path);
		return r;
	}
	return sys_sync(sys);
}

int durable_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	int r = sys_stage(sys, path, value, len);

	if (r < 0) {
		sys_unstage(sys, path);
		return r;
	}
	return durable_publish(sys, path);
}

static int file_path(const char *dir, const char *name, struct buf *ret)
{
	return buf_printf(ret, "%s/%s", dir ? dir : JOURNAL_DIR, name);
}

/* -- writing -- */

static const char *const expect_names[] = {
	[EXPECT_NOTHING] = "nothing", [EXPECT_VALUE] = "value", [EXPECT_LINK] = "link",
	[EXPECT_EXISTS] = "exists",   [EXPECT_GONE] = "gone",	[EXPECT_MATRIX] = "matrix",
};

/* *err: a journal from which anything is missing for want of memory must not be begun. */
static void put_json(struct json_object *o, const char *key, struct json_object *value, int *err)
{
	if (json_put_member(o, key, value) < 0)
		*err = -ENOMEM;
}

static void put(struct json_object *o, const char *key, const char *value, int *err)
{
	if (value)
		put_json(o, key, json_object_new_string(value), err);
}

static struct json_object *act_json(const struct act *a, int *err)
{
	struct json_object *o = json_object_new_object();
	static const struct matrix nothing;
	char text[MATRIX_TEXT];

	put(o, "path", a->path, err);
	if (a->value)
		put_json(o, "value", json_object_new_string_len(a->value, (int)a->len), err);
	put(o, "expect", expect_names[a->expect], err);
	put(o, "at", a->expect_path, err);
	put(o, "text", a->expect_text, err);
	if (a->expect == EXPECT_MATRIX || !matrix_eq(&a->matrix, &nothing))
		put(o, "matrix", matrix_text(&a->matrix, text), err);
	return o;
}

/* A file that is removed must be the same people's when undoing brings it back. */
static void put_owner(struct sys *sys, struct json_object *o, const struct step *s, int *err)
{
	struct sys_stat st;

	if (s->kind != STEP_FILE || !s->undo.value || sys_stat(sys, s->undo.path, &st) < 0 ||
	    st.type != SYS_FILE)
		return;
	put_json(o, "mode", json_object_new_int((int)st.mode & 0777), err);
	put_json(o, "uid", json_object_new_int64(st.uid), err);
	put_json(o, "gid", json_object_new_int64(st.gid), err);
}

static struct json_object *step_json(struct sys *sys, const struct step *s, int *err)
{
	struct json_object *undo = act_json(&s->undo, err);
	struct json_object *o = json_object_new_object();
	char dev[DEVID_TEXT];

	put(o, "kind", step_kind_name(s->kind), err);
	put(o, "device", devid_text(&s->dev, dev), err);
	put(o, "step", s->text, err);
	put(o, "command", s->command, err);
	put_json(o, "act", act_json(&s->act, err), err);
	put_owner(sys, undo, s, err);
	put_json(o, "undo", undo, err);
	return o;
}

static void put_when(struct json_object *o, int *err)
{
	char text[32];
	struct tm tm;
	time_t now = time(NULL);

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	put(o, "when", text, err);
}

int journal_begin(struct sys *sys, const struct plan *plan, const struct txn_opts *opts)
{
	CLEANUP(json_putp) struct json_object *o = json_object_new_object();
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf boot = { 0 };
	struct json_object *steps = json_object_new_array();
	const char *text;
	unsigned number = 0;
	int r = 0;

	sys_read_line(sys, BOOT_ID_PATH, &boot);
	put_json(o, "vfiocfg-journal", json_object_new_int(1), &r);
	put_when(o, &r);
	put(o, "who", opts->who, &r);
	put(o, "boot_id", buf_str(&boot), &r);
	put(o, "edits", opts->edits, &r);
	put(o, "undo", opts->undo, &r);
	if (history_next(sys, opts->journal, &number) < 0)
		r = -ENOMEM;
	put_json(o, "number", json_object_new_int((int)number), &r);
	for (size_t i = 0; i < plan->n_steps; i++)
		if (json_put_item(steps, step_json(sys, &plan->steps[i], &r)) < 0)
			r = -ENOMEM;
	put_json(o, "steps", steps, &r);
	text = r == 0 ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE) : NULL;
	if (!text || !json_says(text, strlen(text), o))
		return -ENOMEM;
	if (strlen(text) > SYS_OWN_MAX)
		return -EFBIG; /* nobody could read it again to recover the commit */
	r = journal_progress(sys, opts->journal, PHASE_LIVE, 0);
	if (r == 0)
		r = file_path(opts->journal, "commit.json", &path);
	return r < 0 ? r : durable_write(sys, buf_str(&path), text, strlen(text));
}

#define LATE " late "
static const char *const phase_names[] = { "live", "files", "done" };

/* in_place: it must not survive this boot; where that is no way, it may. */
static int put_progress(struct sys *sys, const char *dir, enum phase phase, size_t next,
			bool in_place)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	char text[40];
	int r = file_path(dir, "progress", &path);

	snprintf(text, sizeof(text), phase == PHASE_LIVE ? "%s %010zu\n" : "%s %zu\n",
		 phase_names[phase], next);
	if (r == 0 && in_place && sys_overwrite(sys, buf_str(&path), text, strlen(text)) == 0)
		return 0;
	return r < 0 ? r : durable_write(sys, buf_str(&path), text, strlen(text));
}

int journal_progress(struct sys *sys, const char *dir, enum phase phase, size_t next)
{
	return put_progress(sys, dir, phase, next, false);
}

int journal_step(struct sys *sys, const char *dir, size_t next)
{
	return put_progress(sys, dir, PHASE_LIVE, next, true);
}

int journal_undoing(struct sys *sys, const char *dir, size_t next, const bool *left, size_t n,
		    size_t late)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = file_path(dir, "progress", &path);

	if (r == 0)
		r = buf_printf(&text, "%s %010zu", phase_names[PHASE_LIVE], next);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (left[i])
			r = buf_printf(&text, " %zu", i);
	if (r == 0 && late < n)
		r = buf_printf(&text, LATE "%zu", late);
	if (r == 0)
		r = buf_addc(&text, '\n');
	return r < 0 ? r : durable_write(sys, buf_str(&path), text.data, text.len);
}

int journal_end(struct sys *sys, const char *dir)
{
	CLEANUP(buf_done) struct buf commit = { 0 };
	CLEANUP(buf_done) struct buf progress = { 0 };
	int r = file_path(dir, "commit.json", &commit);

	if (r == 0)
		r = file_path(dir, "progress", &progress);
	if (r == 0)
		r = durable_write(sys, buf_str(&commit), NULL, 0);
	if (r == -ENOENT)
		r = 0;
	/* Without commit.json the other file means nothing. */
	if (r == 0)
		durable_write(sys, buf_str(&progress), NULL, 0);
	return r;
}

/* -- reading -- */

static const char *get(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static int take(struct json_object *o, const char *key, char **ret)
{
	const char *text = get(o, key);

	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int matrix_from(const char *text, struct matrix *ret)
{
	CLEANUP(freep) char *copy = strdup(text);
	struct ap_mask *part[] = { &ret->adapters, &ret->domains, &ret->control };
	char *rest = copy, *one;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		one = strsep(&rest, ",");
		if (!one || mask_parse(one, part[i]) < 0)
			return -EINVAL;
	}
	return 0;
}

static unsigned number(struct json_object *o, const char *key)
{
	struct json_object *v;
	int64_t n = json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;

	return n > 0 && n < UINT32_MAX ? (unsigned)n : 0;
}

static int act_from(struct json_object *step, const char *key, struct act *ret)
{
	struct json_object *o, *v;
	const char *expect, *matrix;
	int r;

	if (!json_object_object_get_ex(step, key, &o) || !(expect = get(o, "expect")))
		return -EINVAL;
	while (ret->expect < EXPECT_MATRIX && strcmp(expect, expect_names[ret->expect]) != 0)
		ret->expect++;
	if (strcmp(expect, expect_names[ret->expect]) != 0)
		return -EINVAL;
	r = take(o, "path", &ret->path);
	if (r == 0)
		r = take(o, "at", &ret->expect_path);
	if (r == 0)
		r = take(o, "text", &ret->expect_text);
	if (r < 0)
		return r;
	if (ret->expect != EXPECT_NOTHING && !ret->expect_path)
		return -EINVAL;
	if (ret->path && json_object_object_get_ex(o, "value", &v)) {
		ret->len = (size_t)json_object_get_string_len(v);
		ret->value = calloc(1, ret->len + 1);
		if (!ret->value)
			return -ENOMEM;
		memcpy(ret->value, json_object_get_string(v), ret->len);
	}
	ret->mode = number(o, "mode") & 0777;
	ret->uid = number(o, "uid");
	ret->gid = number(o, "gid");
	matrix = get(o, "matrix");
	return matrix ? matrix_from(matrix, &ret->matrix) : 0;
}

/* Whatever wrote the journal: recovering writes nowhere but where a commit could have written. */
static bool may_write(enum step_kind kind, const struct act *a)
{
	static const char *const dirs[] = { MDEVCTL_DIR "/", DRIVERCTL_DIR "/" };

	if (!a->path)
		return true;
	if (kind == STEP_MODULE)
		return a->value && name_ok(a->value);
	if (!sys_path_ok(a->path))
		return false;
	if (kind != STEP_FILE)
		return str_starts(a->path, "/sys/");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (str_starts(a->path, dirs[i]))
			return true;
	return str_eq(a->path, AP_RULE_PATH) || str_eq(a->path, OWN_MODULES_PATH) ||
	       str_eq(a->path, JOURNAL_DIR "/" HARDWARE_NAME);
}

static int step_from(struct json_object *o, struct step *s)
{
	const char *kind = get(o, "kind"), *dev = get(o, "device");
	int r;

	while (s->kind < STEP_FILE && !str_eq(kind, step_kind_name(s->kind)))
		s->kind++;
	if (!str_eq(kind, step_kind_name(s->kind)))
		return -EINVAL;
	s->when = s->kind == STEP_FILE ? WHEN_FILE : WHEN_LIVE;
	if (dev)
		devid_parse(dev, &s->dev); /* only for people */
	r = take(o, "step", &s->text);
	if (r == 0)
		r = take(o, "command", &s->command);
	if (r == 0)
		r = act_from(o, "act", &s->act);
	if (r == 0)
		r = act_from(o, "undo", &s->undo);
	/* Every write has a value; only a file may be there to be removed. */
	if (r == 0 && s->kind != STEP_FILE &&
	    ((s->act.path && !s->act.value) || (s->undo.path && !s->undo.value)))
		return -EINVAL;
	/* What is undone of a file is that file. */
	if (r == 0 && s->kind == STEP_FILE && (!s->act.path || !str_eq(s->act.path, s->undo.path)))
		return -EINVAL;
	if (r == 0 && (!may_write(s->kind, &s->act) || !may_write(s->kind, &s->undo)))
		return -EINVAL;
	return r;
}

static int steps_from(struct json_object *o, struct plan *plan)
{
	struct json_object *steps;
	size_t n;

	if (!json_object_object_get_ex(o, "steps", &steps) ||
	    !json_object_is_type(steps, json_type_array))
		return -EINVAL;
	n = json_object_array_length(steps);
	plan->steps = calloc(n + 1, sizeof(*plan->steps));
	if (!plan->steps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = step_from(json_object_array_get_idx(steps, i),
				  &plan->steps[plan->n_steps++]);

		if (r < 0)
			return r;
		/* Live first, files last: everybody relies on it. */
		if (i && plan->steps[i].when < plan->steps[i - 1].when)
			return -EINVAL;
	}
	return 0;
}

/* The numbers of what is left, then perhaps the one that is late. */
static int left_from(const char *text, struct journal *j)
{
	char *end;

	j->late = j->plan.n_steps;
	j->left = calloc(j->plan.n_steps + 1, sizeof(*j->left));
	if (!j->left)
		return -ENOMEM;
	for (; *text == ' '; text = end) {
		bool late = str_starts(text, LATE);
		unsigned long i = strtoul(late ? text + strlen(LATE) : text, &end, 10);

		if (late && i < j->plan.n_steps && !*end) {
			j->late = i;
			return 0;
		}

		if (end == text || i >= j->plan.n_steps || j->n_left == j->plan.n_steps)
			return -EINVAL;
		j->left[j->n_left++] = i;
	}
	return *text ? -EINVAL : 0;
}

bool journal_other_boot(struct sys *sys, const struct journal *j)
{
	CLEANUP(buf_done) struct buf boot = { 0 };

	sys_read_line(sys, BOOT_ID_PATH, &boot);
	return !str_eq(buf_str(&boot), j->boot_id ? j->boot_id : "");
}

/* The power has failed and left nothing of it that can be read: no step but may have been done. */
static int progress_lost(struct journal *j)
{
	free(j->left);
	j->left = NULL;
	j->n_left = 0;
	j->phase = PHASE_LIVE;
	j->next = j->plan.n_steps;
	return left_from("", j);
}

static int progress_from(struct sys *sys, const char *dir, struct journal *j)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	char word[8] = "";
	int end = 0, r = file_path(dir, "progress", &path);

	if (r == 0)
		r = sys_read_line(sys, buf_str(&path), &b);
	if (r < 0)
		return r;
	if (sscanf(buf_str(&b), "%7s %zu%n", word, &j->next, &end) != 2 ||
	    j->next > j->plan.n_steps)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(phase_names); i++) {
		if (strcmp(word, phase_names[i]) != 0)
			continue;
		j->phase = (enum phase)i;
		return left_from(buf_str(&b) + end, j);
	}
	return -EINVAL;
}

static int journal_parse(struct sys *sys, const char *dir, const char *text, struct journal *j)
{
	CLEANUP(json_putp) struct json_object *o = NULL;
	struct parse_error ignored;
	int r = json_read(text, strlen(text), &o, &ignored);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return -EINVAL;
	r = take(o, "when", &j->when);
	if (r == 0)
		r = take(o, "who", &j->who);
	if (r == 0)
		r = take(o, "boot_id", &j->boot_id);
	if (r == 0)
		r = take(o, "edits", &j->edits);
	if (r == 0)
		r = take(o, "undo", &j->undo);
	j->number = number(o, "number");
	if (r == 0)
		r = steps_from(o, &j->plan);
	if (r < 0)
		return r;
	r = progress_from(sys, dir, j);
	return (r == -EINVAL || r == -ENOENT) && journal_other_boot(sys, j) ? progress_lost(j) : r;
}

int journal_load(struct sys *sys, const char *dir, struct journal *ret)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct journal j = { 0 };
	int r = file_path(dir, "commit.json", &path);

	if (r == 0)
		r = sys_read(sys, buf_str(&path), &text);
	if (r < 0)
		return r;
	r = journal_parse(sys, dir, buf_str(&text), &j);
	if (r < 0) {
		journal_done(&j);
		return r == -ENOENT ? -EINVAL : r;
	}
	*ret = j;
	return 0;
}

void journal_done(struct journal *j)
{
	plan_done(&j->plan);
	free(j->left);
	free(j->when);
	free(j->who);
	free(j->boot_id);
	free(j->edits);
	free(j->undo);
	*j = (struct journal){ 0 };
}
