/* SPDX-License-Identifier: MIT */
/*
 * What the halves of the replay program say to each other.
 *
 * Rule: steps are the JSON objects of a recording's lines; nobody here owns one.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "sim.h"
#include "sim_tree.h"

#include <json.h>

static inline const char *replay_str(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static inline int replay_num(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int(v) : 0;
}

/*
 * Gives the queues of a machine the order of registration that shows in a recording's walks over
 * the bus.
 */
void replay_order(struct sys *sys, struct json_object **steps, size_t n);

#endif
