/* SPDX-License-Identifier: MIT */
/* The "mdevs" entries of an edits file. */
#include "attrs.h"
#include "edits_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int mdev_uuid(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	const char *s = edits_string(value);

	if (!s || uuid_normal(s, ((struct wish_mdev *)to)->uuid) < 0)
		return edits_expected(e, at, "a UUID of 36 characters");
	return 0;
}

static int set_name(const struct edits *e, struct json_object *value, struct json_object *at,
		    const char *what, char **to)
{
	const char *s = edits_string(value);

	if (!s || !name_ok(s))
		return edits_expected(e, at, "%s", what);
	*to = strdup(s);
	return *to ? 0 : -ENOMEM;
}

/* A subchannel may be named by its device, as everywhere; wish_bind finds it. */
static int mdev_parent(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	const char *s = edits_string(value);
	struct wish_mdev *m = to;
	struct devid dev;

	m->fields |= WM_PARENT;
	if (s && devid_parse(s, &dev) == 0 && dev.bus == BUS_CCW) {
		m->parent = strdup(s);
		return m->parent ? 0 : -ENOMEM;
	}
	return set_name(
		e, value, at,
		"a parent's kernel name such as \"matrix\", \"0.0.0313\" or \"0000:3b:00.0\"",
		&m->parent);
}

static int mdev_type(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_TYPE;
	return set_name(e, value, at, "a type such as \"" TYPE_AP "\" or \"" TYPE_CCW "\"",
			&m->type);
}

static int mdev_start(const struct edits *e, struct json_object *value, struct json_object *at,
		      void *to)
{
	const char *s = edits_string(value);
	struct wish_mdev *m = to;

	m->fields |= WM_START;
	if (!s || (strcmp(s, "auto") != 0 && strcmp(s, "manual") != 0))
		return edits_expected(e, at, "\"auto\" or \"manual\"");
	m->start = *s == 'a' ? START_AUTO : START_MANUAL;
	return 0;
}

static int mdev_active(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_ACTIVE;
	return edits_read_bool(e, value, at, &m->active);
}

static int mdev_defined(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_DEFINED;
	return edits_read_bool(e, value, at, &m->defined);
}

/* 5, "5" or "0x05". A leading zero would be octal for the kernel and decimal for people: refused. */
static int read_id(const struct edits *e, struct json_object *value, struct json_object *at,
		   void *to)
{
	const char *s = edits_string(value);
	long id = -1;
	char *end;

	if (json_object_is_type(value, json_type_int)) {
		int64_t n = json_object_get_int64(value);

		id = n >= 0 && n <= 255 ? (long)n : -1;
	} else if (s && s[0] >= '0' && s[0] <= '9' && strlen(s) <= 6) {
		bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

		id = strtol(s, &end, 0);
		if (*end || (s[0] == '0' && s[1] && !hex))
			id = -1;
	}
	if (id < 0 || id > 255)
		return edits_expected(e, at,
				      "a number from 0 to 255 such as 5, \"5\" or \"0x05\" (no "
				      "leading zero without x)");
	mask_set(to, (unsigned)id, true);
	return 0;
}

static int mdev_adapters(const struct edits *e, struct json_object *value, struct json_object *at,
			 void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_ADAPTERS;
	return edits_list(e, value, at, read_id, &m->matrix.adapters);
}

static int mdev_domains(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_DOMAINS;
	return edits_list(e, value, at, read_id, &m->matrix.domains);
}

static int mdev_control(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_CONTROL;
	return edits_list(e, value, at, read_id, &m->matrix.control);
}

struct list {
	struct attr **attrs;
	size_t *n;
};

static int read_attr(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	const struct list *list = to;

	if (!json_object_is_type(value, json_type_object) || json_object_object_length(value) != 1)
		return edits_expected(e, at,
				      "an object with one member, { \"assign_adapter\": \"5\" }");
	json_object_object_foreach(value, key, v)
	{
		const char *s = edits_string(v);

		if (!name_ok(key))
			return edits_expected(e, at, "an attribute's name without '/'");
		if (!s || strlen(s) > 4096)
			return edits_expected(e, v ? v : at, "a string of at most 4096 characters");
		if (attrs_add(list->attrs, list->n, key, s) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int mdev_attrs(const struct edits *e, struct json_object *value, struct json_object *at,
		      void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_ATTRS;
	return edits_list(e, value, at, read_attr, &(struct list){ &m->attrs, &m->n_attrs });
}

static int mdev_boot(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	struct wish_mdev *m = to;

	m->fields |= WM_BOOT;
	return edits_list(e, value, at, read_attr, &(struct list){ &m->boot, &m->n_boot });
}

static int mdev_device(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	return edits_dev(e, value, at, BUS_CCW, to);
}

static const struct member mdev_members[] = {
	{ "uuid", mdev_uuid, 0 },
	{ "parent", mdev_parent, 0 },
	{ "type", mdev_type, 0 },
	{ "start", mdev_start, 0 },
	{ "active", mdev_active, 0 },
	{ "defined", mdev_defined, 0 },
	{ "delete", edits_read_bool, offsetof(struct wish_mdev, delete) },
	{ "adapters", mdev_adapters, 0 },
	{ "domains", mdev_domains, 0 },
	{ "control-domains", mdev_control, 0 },
	{ "attrs", mdev_attrs, 0 },
	{ "at-boot", mdev_boot, 0 },
	{ "device", mdev_device, offsetof(struct wish_mdev, peer) },
	{ "live", edits_read_bool, offsetof(struct wish_mdev, reach.live) },
	{ "persist", edits_read_bool, offsetof(struct wish_mdev, reach.persist) },
	{ NULL, NULL, 0 },
};

int edits_read_mdev(const struct edits *e, struct json_object *value, struct json_object *at,
		    void *to)
{
	struct wish_mdev m = { .reach = { true, true }, .defined = true };
	const unsigned matrix = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
	struct wish *w = to;
	size_t n = w->n_mdevs;
	int r;

	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at, "an object with \"uuid\"");
	r = edits_members(e, value, mdev_members, &m);
	if (r == 0)
		r = edits_reach(e, value, m.reach);
	if (r == 0 && !m.uuid[0])
		r = edits_expected(e, value, "\"uuid\" in this object");
	if (r == 0 && (m.fields & WM_ATTRS) && (m.fields & matrix))
		r = edits_expected(e, value, "either \"attrs\" or adapters and domains, not both");
	if (r == 0 && (m.fields & WM_BOOT) && !m.reach.persist)
		r = edits_expected(e, value, "\"persist\" true beside \"at-boot\"");
	if (r == 0 && m.delete &&(m.fields & ~(unsigned)WM_PARENT))
		r = edits_expected(e, value,
				   "nothing but \"uuid\" and \"parent\" beside \"delete\"");
	if (r == 0)
		r = wish_set_mdev(w, &m);
	if (r == 0 && w->n_mdevs == n)
		r = edits_expected(e, value, "each mediated device once; %s is named twice",
				   m.uuid);
	free(m.parent);
	free(m.type);
	attrs_free(m.attrs, m.n_attrs);
	attrs_free(m.boot, m.n_boot);
	return r;
}
