/* SPDX-License-Identifier: MIT */
/*
 * Past commits: one file each below history/, numbered.
 */
#include "journal.h"
#include "jsontext.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* NNNN.json; false: something else, or no number that another could follow. */
static bool number_of(const char *name, unsigned *ret)
{
	int end = 0;

	return strspn(name, "0123456789") < 10 && sscanf(name, "%u.json%n", ret, &end) == 1 &&
	       name[end] == '\0' && *ret > 0;
}

static int dir_path(const char *dir, struct buf *ret)
{
	return buf_printf(ret, "%s/history", dir ? dir : JOURNAL_DIR);
}

/* -- reading -- */

static char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return NULL;
	return strdup(json_object_get_string(v));
}

void past_done(struct past *p)
{
	if (!p)
		return;
	free(p->when);
	free(p->who);
	free(p->result);
	free(p->summary);
	free(p->edits);
	free(p->undo);
	*p = (struct past){ 0 };
}

void history_free(struct past *past, size_t n)
{
	for (size_t i = 0; i < n; i++)
		past_done(&past[i]);
	free(past);
}

/* 1 read, 0 nothing that can be understood, -ENOMEM. */
static int read_one(struct sys *sys, const char *dir, unsigned number, const char *name,
		    struct past *ret)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(json_putp) struct json_object *o = NULL;
	struct parse_error ignored;
	int r;

	if (dir_path(dir, &path) < 0 || buf_printf(&path, "/%s", name) < 0)
		return -ENOMEM;
	if (sys_read(sys, buf_str(&path), &text) < 0)
		return 0;
	r = json_read(buf_str(&text), text.len, &o, &ignored);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !json_object_is_type(o, json_type_object))
		return 0;
	*ret = (struct past){ .number = number,
			      .when = text_of(o, "when"),
			      .who = text_of(o, "who"),
			      .result = text_of(o, "result"),
			      .summary = text_of(o, "summary"),
			      .edits = text_of(o, "edits"),
			      .undo = text_of(o, "undo") };
	return 1;
}

static int by_number(const void *a, const void *b)
{
	const struct past *p = a, *q = b;

	return (p->number > q->number) - (p->number < q->number);
}

int history_read(struct sys *sys, const char *journal, struct past **ret, size_t *ret_n)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf names = { 0 };
	struct past *past = NULL;
	size_t n = 0, cap = 0;
	const char *name;
	unsigned number;
	int r = dir_path(journal, &path);

	if (r == 0)
		r = sys_list(sys, buf_str(&path), &names);
	if (r == -ENOENT)
		r = 0;
	buf_foreach_name (&names, name) {
		if (r < 0 || !number_of(name, &number))
			continue;
		r = array_grow(&past, n, &cap, sizeof(*past));
		if (r == 0)
			r = read_one(sys, journal, number, name, &past[n]);
		if (r == 1)
			n++;
	}
	if (r < 0) {
		history_free(past, n);
		return r;
	}
	if (n)
		qsort(past, n, sizeof(*past), by_number);
	*ret = past;
	*ret_n = n;
	return 0;
}

/* The highest number and its name, NULL if there is none: 0 or -errno of the directory. */
static int highest_name(struct sys *sys, const char *journal, struct buf *names, unsigned *ret,
			const char **ret_name)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	unsigned number;
	const char *name;
	int r = dir_path(journal, &path);

	if (r == 0)
		r = sys_list(sys, buf_str(&path), names);
	*ret = 0;
	*ret_name = NULL;
	buf_foreach_name (names, name) {
		if (r < 0 || !number_of(name, &number) || number < *ret)
			continue;
		*ret = number;
		*ret_name = name;
	}
	return r;
}

int history_last(struct sys *sys, const char *journal, struct past *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	unsigned highest;
	const char *last;
	int r = highest_name(sys, journal, &names, &highest, &last);

	if (r < 0 || !last)
		return r < 0 && r != -ENOENT ? r : 0;
	return read_one(sys, journal, highest, last, ret);
}

/* -- writing -- */

static const struct {
	enum step_kind kind;
	const char *one, *many;
} counted[] = {
	{ STEP_PROBE, "driver change", "driver changes" },
	{ STEP_MASK, "mask change", "mask changes" },
	{ STEP_CREATE, "mediated device made", "mediated devices made" },
	{ STEP_REMOVE, "mediated device removed", "mediated devices removed" },
	{ STEP_SRIOV, "SR-IOV change", "SR-IOV changes" },
	{ STEP_SWITCH, "channel path or measurement", "channel paths or measurements" },
	{ STEP_MODULE, "module", "modules" },
	{ STEP_FILE, "file", "files" },
};

static int summary(const struct plan *plan, struct buf *ret)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
		size_t n = 0;

		for (size_t k = 0; k < plan->n_steps; k++)
			n += plan->steps[k].kind == counted[i].kind;
		if (n && r == 0)
			r = buf_printf(ret, "%s%zu %s", ret->len ? ", " : "", n,
				       n == 1 ? counted[i].one : counted[i].many);
	}
	if (r == 0 && !ret->len)
		r = buf_printf(ret, "%zu steps", plan->n_steps);
	return r;
}

static void put(struct json_object *o, const char *key, const char *value, int *err)
{
	if (value && json_put_member(o, key, json_object_new_string(value)) < 0)
		*err = -ENOMEM;
}

static char *record_text(const struct journal *j, unsigned number, const char *result)
{
	CLEANUP(json_putp) struct json_object *o = json_object_new_object();
	struct json_object *steps = json_object_new_array();
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *json;
	int r;

	if (summary(&j->plan, &text) < 0) {
		json_object_put(steps);
		return NULL;
	}
	r = json_put_member(o, "number", json_object_new_int((int)number));
	put(o, "when", j->when, &r);
	put(o, "who", j->who, &r);
	put(o, "result", result, &r);
	put(o, "summary", buf_str(&text), &r);
	put(o, "edits", j->edits, &r);
	put(o, "undo", j->undo, &r);
	for (size_t i = 0; i < j->plan.n_steps; i++)
		if (json_put_item(steps, json_object_new_string(j->plan.steps[i].text
									? j->plan.steps[i].text
									: "")) < 0)
			r = -ENOMEM;
	if (json_put_member(o, "steps", steps) < 0 || r < 0)
		return NULL;
	json = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
	return json && json_says(json, strlen(json), o) ? strdup(json) : NULL;
}

int history_next(struct sys *sys, const char *dir, unsigned *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	unsigned highest = 0;
	const char *last;
	int r = highest_name(sys, dir, &names, &highest, &last);

	if (r == -ENOMEM)
		return r;
	*ret = highest + 1;
	return 0;
}

/* 1: the record of its number is this commit's, and says so already; 0: it can be written; -EEXIST: it is another's. */
static int known(struct sys *sys, const char *dir, const struct journal *j, const char *result)
{
	struct past past = { 0 };
	CLEANUP(buf_done) struct buf path = { 0 };
	bool other = false;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "%04u.json", j->number);
	r = read_one(sys, dir, j->number, name, &past);
	if (r == 0)
		other = dir_path(dir, &path) == 0 && buf_printf(&path, "/%s", name) == 0 &&
			sys_exists(sys, buf_str(&path)); /* and not to be understood */
	else if (r == 1)
		other = !str_eq(past.when, j->when) || !str_eq(past.edits, j->edits);
	if (other)
		r = -EEXIST;
	else if (r == 1)
		r = str_eq(past.result, result);
	past_done(&past);
	return r;
}

int history_add(struct sys *sys, const char *dir, const struct journal *j, const char *result)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(freep) char *text = NULL;
	unsigned number = j->number;
	int r = number ? known(sys, dir, j, result) : -EEXIST;
	bool same = r == 1;

	if (r == -EEXIST)
		r = history_next(sys, dir, &number);
	if (r >= 0)
		r = dir_path(dir, &path);
	if (r == 0)
		r = buf_printf(&path, "/%04u.json", number);
	if (r < 0)
		return r;
	/* It may have been staged with another result before a cut. */
	if (same)
		return sys_unstage(sys, buf_str(&path));
	text = record_text(j, number, result);
	return text ? durable_write(sys, buf_str(&path), text, strlen(text)) : -ENOMEM;
}
