/* SPDX-License-Identifier: MIT */
#include "edits_json.h"
#include "jsontext.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

static int expected_at(const struct edits *e, size_t offset, const char *expected)
{
	char line[24], column[24];
	unsigned l = 1, c = 1;

	for (size_t i = 0; i < offset && i < e->len; i++) {
		c = e->text[i] == '\n' ? 1 : c + 1;
		l += e->text[i] == '\n';
	}
	snprintf(line, sizeof(line), "%u", l);
	snprintf(column, sizeof(column), "%u", c);
	msg_make(e->reterr, MSG_EDITS_BAD, "file", e->name, "line", line, "column", column,
		 "expected", expected, NULL);
	return -EINVAL;
}

/* The place of a value is kept in it: its offset, one up so that none is NULL. */
static size_t offset_of(struct json_object *at)
{
	const char *mark = at ? json_object_get_userdata(at) : NULL;

	return mark ? (size_t)(uintptr_t)mark - 1 : 0;
}

int edits_expected(const struct edits *e, struct json_object *at, const char *fmt, ...)
{
	char what[512]; /* a member's name may be as long as the file */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return expected_at(e, offset_of(at), what);
}

/*
 * A walk over text which json-c has taken, beside the values json-c made of it. Where the two do not
 * agree (they always should) the walk ends with -EINVAL.
 */
struct walk {
	const struct edits *e;
	size_t at;
};

static int peek(struct walk *w)
{
	while (w->at < w->e->len && isspace((unsigned char)w->e->text[w->at]))
		w->at++;
	return w->at < w->e->len ? (unsigned char)w->e->text[w->at] : -1;
}

static void skip_string(struct walk *w)
{
	for (w->at++; w->at < w->e->len && w->e->text[w->at] != '"'; w->at++)
		w->at += w->e->text[w->at] == '\\';
	w->at++;
}

/* Behind the value that begins at w->at. */
static void skip_value(struct walk *w)
{
	int depth = 0, c = peek(w);

	if (c != '{' && c != '[' && c != '"') {
		while (w->at < w->e->len && !strchr(",]} \t\r\n", w->e->text[w->at]))
			w->at++;
		return;
	}
	do {
		c = peek(w);
		if (c < 0)
			return;
		if (c == '"') {
			skip_string(w);
			continue;
		}
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		w->at++;
	} while (depth > 0);
}

/* How many members the object at w->at has in the text, doubles included. */
static int count_members(struct walk w)
{
	int n = 0;

	w.at++;
	while (peek(&w) == '"') {
		n++;
		skip_string(&w);
		if (peek(&w) != ':')
			return -1;
		w.at++;
		peek(&w);
		skip_value(&w);
		if (peek(&w) == ',')
			w.at++;
	}
	return n;
}

static int walk_value(struct walk *w, struct json_object *value);

static int walk_object(struct walk *w, struct json_object *object)
{
	size_t start = w->at;
	int r;

	if (count_members(*w) != json_object_object_length(object))
		return expected_at(w->e, start, "each name once in this object");
	w->at++;
	json_object_object_foreach(object, key, value)
	{
		(void)key;
		if (peek(w) != '"')
			return -EINVAL;
		skip_string(w);
		if (peek(w) != ':')
			return -EINVAL;
		w->at++;
		r = walk_value(w, value);
		if (r < 0)
			return r;
		if (peek(w) == ',')
			w->at++;
	}
	w->at += peek(w) == '}';
	return 0;
}

static int walk_array(struct walk *w, struct json_object *array)
{
	size_t n = json_object_array_length(array);

	w->at++;
	for (size_t i = 0; i < n; i++) {
		int r = walk_value(w, json_object_array_get_idx(array, i));

		if (r < 0)
			return r;
		if (peek(w) == ',')
			w->at++;
	}
	w->at += peek(w) == ']';
	return 0;
}

static int walk_value(struct walk *w, struct json_object *value)
{
	int c = peek(w);

	if (c < 0)
		return -EINVAL;
	if (value)
		json_object_set_userdata(value, (void *)(uintptr_t)(w->at + 1), NULL);
	if (c == '{' && json_object_is_type(value, json_type_object))
		return walk_object(w, value);
	if (c == '[' && json_object_is_type(value, json_type_array))
		return walk_array(w, value);
	skip_value(w);
	return 0;
}

int edits_parse(const struct edits *e, struct json_object **ret)
{
	struct json_tokener *tok;
	struct json_object *root;
	struct walk w = { .e = e };
	enum json_tokener_error err;
	size_t end;
	int r;

	if (e->len > EDITS_MAX)
		return expected_at(e, EDITS_MAX, "a file of at most 4 MiB");
	if (memchr(e->text, '\0', e->len))
		return expected_at(e, strlen(e->text), "text without NUL bytes");
	tok = json_tokener_new_ex(DEPTH_MAX);
	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tok, e->text, (int)e->len);
	err = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (err == json_tokener_continue)
		return expected_at(e, e->len, "the rest of the JSON text; it ends too early");
	if (err != json_tokener_success) {
		char expected[120];

		snprintf(expected, sizeof(expected), "correct JSON (%s)",
			 err == json_tokener_error_depth ? "nesting that deep"
							 : json_tokener_error_desc(err));
		return expected_at(e, end, expected);
	}
	if (!json_object_is_type(root, json_type_object)) {
		json_object_put(root);
		return expected_at(e, 0, "an object, { \"vfiocfg-edits\": 1, ... }");
	}
	if (!json_says(e->text, e->len, root)) {
		json_object_put(root);
		return -ENOMEM;
	}
	r = walk_value(&w, root);
	if (r < 0) {
		if (!e->reterr->what)
			expected_at(e, w.at, "plain JSON");
		json_object_put(root);
		return r;
	}
	*ret = root;
	return 0;
}

int edits_members(const struct edits *e, struct json_object *object, const struct member *table,
		  void *to)
{
	json_object_object_foreach(object, key, value)
	{
		const struct member *m = table;
		int r;

		while (m->key && strcmp(m->key, key) != 0)
			m++;
		if (!m->key) {
			CLEANUP(buf_done) struct buf b = { 0 };

			for (m = table; m->key; m++)
				buf_printf(&b, "%s\"%s\"", m == table ? "" : ", ", m->key);
			return edits_expected(e, value ? value : object,
					      "one of %s before this value, not \"%s\"",
					      buf_str(&b), key);
		}
		r = m->read(e, value, value ? value : object, (char *)to + m->offset);
		if (r < 0)
			return r;
	}
	return 0;
}

int edits_list(const struct edits *e, struct json_object *value, struct json_object *at,
	       edits_read_fn *item, void *to)
{
	if (!json_object_is_type(value, json_type_array))
		return edits_expected(e, at, "a list");
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct json_object *v = json_object_array_get_idx(value, i);
		int r = item(e, v, v ? v : value, to);

		if (r < 0)
			return r;
	}
	return 0;
}

int edits_read_bool(const struct edits *e, struct json_object *value, struct json_object *at,
		    void *to)
{
	if (!json_object_is_type(value, json_type_boolean))
		return edits_expected(e, at, "true or false");
	*(bool *)to = json_object_get_boolean(value);
	return 0;
}

const char *edits_string(struct json_object *value)
{
	const char *s =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	/* A NUL written as an escape would end the string early. */
	return s && strlen(s) == (size_t)json_object_get_string_len(value) ? s : NULL;
}

int edits_reach(const struct edits *e, struct json_object *at, struct reach reach)
{
	if (reach.live || reach.persist)
		return 0;
	return edits_expected(e, at, "\"live\" and \"persist\" not both false");
}

int edits_dev(const struct edits *e, struct json_object *value, struct json_object *at,
	      enum bus bus, struct devid *ret)
{
	const char *s = edits_string(value);

	if (s && devid_parse(s, ret) == 0 && ret->bus == bus)
		return 0;
	return edits_expected(e, at, "a name such as \"%s\"",
			      bus == BUS_CCW ? "ccw/0.0.2b09" : "css/0.0.0313");
}
