/* SPDX-License-Identifier: MIT */
/* The "paths" and "measurements" of an edits file. */
#include "edits_json.h"

static int put(struct wish *w, const struct devid *dev, enum switch_kind kind, bool on)
{
	return wish_set_switch(w, &(struct wish_switch){ *dev, kind, on });
}

/* What a path's object asks for: -1 nothing is said of it. */
struct path_entry {
	signed char vary, configure;
};

static int read_tri(const struct edits *e, struct json_object *value, struct json_object *at,
		    void *to)
{
	bool on;
	int r = edits_read_bool(e, value, at, &on);

	if (r == 0)
		*(signed char *)to = on;
	return r;
}

static const struct member path_members[] = {
	{ "vary", read_tri, offsetof(struct path_entry, vary) },
	{ "configure", read_tri, offsetof(struct path_entry, configure) },
	{ NULL, NULL, 0 },
};

static int read_path(const struct edits *e, const char *key, struct json_object *value,
		     struct json_object *at, struct wish *w)
{
	struct path_entry p = { -1, -1 };
	struct devid dev;
	int r;

	if (devid_parse(key, &dev) < 0 || dev.bus != BUS_CHP || !str_starts(dev.name, "0."))
		return edits_expected(
			e, at, "a channel path such as \"chp/0.50\" before this value, not \"%s\"",
			key);
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at, "an object with \"vary\" or \"configure\"");
	r = edits_members(e, value, path_members, &p);
	if (r == 0 && p.vary < 0 && p.configure < 0)
		return edits_expected(e, value, "\"vary\" or \"configure\" in this object");
	if (r == 0 && p.vary >= 0)
		r = put(w, &dev, SWITCH_VARY, p.vary);
	if (r == 0 && p.configure >= 0)
		r = put(w, &dev, SWITCH_CONFIGURE, p.configure);
	return r;
}

int edits_read_paths(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at, "an object of channel paths");
	json_object_object_foreach(value, key, v)
	{
		int r = read_path(e, key, v, v ? v : value, to);

		if (r < 0)
			return r;
	}
	return 0;
}

int edits_read_measurements(const struct edits *e, struct json_object *value,
			    struct json_object *at, void *to)
{
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at, "an object of devices to be measured or not");
	json_object_object_foreach(value, key, v)
	{
		struct json_object *here = v ? v : value;
		struct devid dev;
		bool on;
		int r;

		if (devid_parse(key, &dev) < 0 ||
		    (dev.bus != BUS_CCW && !(dev.bus == BUS_CHP && str_eq(dev.name, "css0"))))
			return edits_expected(e, here,
					      "a device such as \"ccw/0.0.2b09\", or \"chp/css0\" "
					      "for all channel paths, before this value, not "
					      "\"%s\"",
					      key);
		r = edits_read_bool(e, v, here, &on);
		if (r == 0)
			r = put(to, &dev, SWITCH_MEASURE, on);
		if (r < 0)
			return r;
	}
	return 0;
}
