/* SPDX-License-Identifier: MIT */
/*
 * The lines of a recording as JSON objects.
 *
 * Rule: nothing here owns an object.
 */
#ifndef TRACE_H
#define TRACE_H

#include <json.h>

#define each_member(object, it)                                                                    \
	for (struct json_object_iterator it = json_object_iter_begin(object),                      \
					 it##_end = json_object_iter_end(object);                  \
	     !json_object_iter_equal(&it, &it##_end); json_object_iter_next(&it))

static inline const char *trace_str(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static inline int trace_num(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int(v) : 0;
}

#endif
