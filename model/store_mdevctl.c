/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "jsontext.h"
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int expect(struct parse_error *reterr, const char *what)
{
	reterr->line = reterr->column = 1;
	snprintf(reterr->expected, sizeof(reterr->expected), "%s", what);
	return -EINVAL;
}

int mdevctl_path(const char *parent, const char *uuid, struct buf *ret)
{
	char normal[UUID_TEXT];

	if (!name_ok(parent) || uuid_normal(uuid, normal) < 0)
		return -EINVAL;
	return buf_printf(ret, MDEVCTL_DIR "/%s/%s", parent, normal);
}

/* ".../<parent>/<uuid>" -> the definition's parent and uuid. */
static int read_path(const char *path, struct strtab *tab, struct mdev_def *d,
		     struct parse_error *reterr)
{
	CLEANUP(freep) char *parent = NULL;
	const char *slash = strrchr(path, '/'), *first;

	if (!str_starts(path, MDEVCTL_DIR "/") || slash < path + strlen(MDEVCTL_DIR "/"))
		return expect(reterr, "a file below a parent's directory");
	first = path + strlen(MDEVCTL_DIR "/");
	if (uuid_normal(slash + 1, d->uuid) < 0 || strcmp(slash + 1, d->uuid) != 0)
		return expect(reterr, "a UUID in lower case as the file's name");
	parent = strndup(first, (size_t)(slash - first));
	d->parent = parent ? strtab_get(tab, parent) : NULL;
	d->path = strtab_get(tab, path);
	if (!d->parent || !d->path)
		return -ENOMEM;
	return name_ok(d->parent) ? 0 : expect(reterr, "a device's name as the directory's name");
}

static int read_attr(struct json_object *o, struct mdev_def *d, struct parse_error *reterr)
{
	struct json_object_iterator it;
	const char *value, *name;

	if (!json_object_is_type(o, json_type_object) || json_object_object_length(o) != 1)
		return expect(reterr, "attributes of one name and one value each");
	it = json_object_iter_begin(o);
	name = json_object_iter_peek_name(&it);
	value = json_text_of(json_object_iter_peek_value(&it));
	if (!value)
		return expect(reterr, "strings as values of attributes");
	if (!name_ok(name))
		return expect(reterr,
			      "names of attributes without slash, control byte and leading dot");
	return attrs_add(&d->attrs, &d->n_attrs, name, value);
}

static int read_attrs(struct json_object *attrs, struct mdev_def *d, struct parse_error *reterr)
{
	if (!attrs)
		return 0; /* missing or null: none */
	if (!json_object_is_type(attrs, json_type_array))
		return expect(reterr, "a list of attributes in \"attrs\"");
	for (size_t i = 0; i < json_object_array_length(attrs); i++) {
		int r = read_attr(json_object_array_get_idx(attrs, i), d, reterr);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_content(struct json_object *o, struct strtab *tab, struct mdev_def *d,
			struct parse_error *reterr)
{
	struct json_object *start = NULL, *attrs = NULL, *type = NULL;
	const char *text;

	if (!json_object_is_type(o, json_type_object))
		return expect(reterr, "an object");
	json_object_object_get_ex(o, "mdev_type", &type);
	json_object_object_get_ex(o, "start", &start);
	json_object_object_get_ex(o, "attrs", &attrs);
	text = json_text_of(type);
	if (!text || !name_ok(text))
		return expect(reterr, "a type's name in \"mdev_type\"");
	d->type = strtab_get(tab, text);
	if (!d->type)
		return -ENOMEM;
	if (!start)
		return expect(reterr, "\"auto\" or \"manual\" in \"start\"");
	d->start = str_eq(json_text_of(start), "auto") ? START_AUTO : START_MANUAL;
	return read_attrs(attrs, d, reterr);
}

static void def_freep(struct mdev_def **d)
{
	if (!*d)
		return;
	attrs_free((*d)->attrs, (*d)->n_attrs);
	free((*d)->bytes);
	free(*d);
}

static bool tool_reads_attrs(struct json_object *attrs)
{
	size_t n = attrs && json_object_is_type(attrs, json_type_array)
			   ? json_object_array_length(attrs)
			   : 0;

	if (attrs && !json_object_is_type(attrs, json_type_array))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(attrs, i);
		struct json_object_iterator it;

		if (!json_object_is_type(o, json_type_object) || json_object_object_length(o) != 1)
			return false;
		it = json_object_iter_begin(o);
		if (!json_object_is_type(json_object_iter_peek_value(&it), json_type_string))
			return false;
	}
	return true;
}

/* Would mdevctl go on after this file? It gives up a parent for contents alone, and looks at no file without a UUID's name. */
static bool tool_goes_on(const char *path, const char *bytes, size_t len)
{
	CLEANUP(json_putp) struct json_object *o = NULL;
	struct json_object *start = NULL, *attrs = NULL, *type = NULL;
	const char *slash = strrchr(path, '/');
	struct parse_error ignored = { 0 };
	char normal[UUID_TEXT];

	if (!slash || uuid_normal(slash + 1, normal) < 0)
		return true;
	if (json_read(bytes, len, &o, &ignored) < 0 || !json_object_is_type(o, json_type_object))
		return false;
	json_object_object_get_ex(o, "mdev_type", &type);
	json_object_object_get_ex(o, "start", &start);
	json_object_object_get_ex(o, "attrs", &attrs);
	return json_object_is_type(type, json_type_string) && start && tool_reads_attrs(attrs);
}

static int read_def(const char *path, const char *bytes, size_t len, struct strtab *tab,
		    struct mdev_def *d, struct parse_error *reterr)
{
	CLEANUP(json_putp) struct json_object *o = NULL;
	int r = read_path(path, tab, d, reterr);

	if (r == 0)
		r = json_read(bytes, len, &o, reterr);
	return r < 0 ? r : read_content(o, tab, d, reterr);
}

int mdevctl_read(const char *path, const char *bytes, size_t len, struct strtab *tab,
		 struct mdev_def **ret, struct parse_error *reterr)
{
	CLEANUP(def_freep) struct mdev_def *d = calloc(1, sizeof(*d));
	struct matrix matrix;
	int r;

	if (!d)
		return -ENOMEM;
	d->refs = 1;
	r = read_def(path, bytes, len, tab, d, reterr);
	if (r < 0) {
		reterr->harmless = tool_goes_on(path, bytes, len);
		return r;
	}
	d->bytes = malloc(len + 1);
	if (!d->bytes)
		return -ENOMEM;
	memcpy(d->bytes, bytes, len);
	d->bytes[len] = '\0';
	d->n_bytes = len;
	d->is_matrix =
		!strcmp(d->type, TYPE_AP) && attrs_to_matrix(d->attrs, d->n_attrs, &matrix) == 0;
	*ret = TAKE(d);
	return 0;
}

/* Puts or replaces a member; a replaced one keeps its place. Takes value (NULL: no memory). */
static int put(struct json_object *o, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(o, key, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static struct json_object *attrs_json(const struct attr *attrs, size_t n)
{
	CLEANUP(json_putp) struct json_object *list = json_object_new_array();

	for (size_t i = 0; list && i < n; i++) {
		struct json_object *o = json_object_new_object();

		if (!o || put(o, attrs[i].name, json_object_new_string(attrs[i].value)) < 0 ||
		    json_object_array_add(list, o) < 0) {
			json_object_put(o);
			return NULL;
		}
	}
	return TAKE(list);
}

int mdevctl_write(const char *type, enum start start, const struct attr *attrs, size_t n_attrs,
		  const char *old, size_t old_len, struct buf *ret)
{
	CLEANUP(json_putp) struct json_object *o = NULL;
	struct parse_error ignored;
	struct json_object *had = NULL;
	int r = 0;

	if (old)
		r = json_read(old, old_len, &o, &ignored);
	else if (!(o = json_object_new_object()))
		r = -ENOMEM;
	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return -EINVAL;
	json_object_object_get_ex(o, "start", &had);
	if (put(o, "mdev_type", json_object_new_string(type)) < 0)
		return -ENOMEM;
	/* Whatever is not "auto" means manual: another spelling of manual is kept. */
	if ((!had || start == START_AUTO || str_eq(json_text_of(had), "auto")) &&
	    put(o, "start", json_object_new_string(start == START_AUTO ? "auto" : "manual")) < 0)
		return -ENOMEM;
	if (put(o, "attrs", attrs_json(attrs, n_attrs)) < 0)
		return -ENOMEM;
	return json_write(o, ret);
}
