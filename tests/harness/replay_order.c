/* SPDX-License-Identifier: MIT */
/* Which queue came first: history from before a recording, which shows in the order of its events. */
#include "replay.h"

#include <string.h>

enum { QUEUES = 1024 };

/* Queues in the order in which a recording walks over them, at most QUEUES. */
struct order {
	char names[QUEUES][8];
	size_t n;
};

static size_t place(struct order *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->names[i], name))
			return i;
	return SIZE_MAX;
}

/* Puts `after` behind `before` if it is in front of it; true: moved. */
static bool order_pair(struct order *o, const char *before, const char *after)
{
	size_t b = place(o, before), a = place(o, after);
	char name[8];

	if (a == SIZE_MAX || b == SIZE_MAX || b < a)
		return false;
	memcpy(name, o->names[a], sizeof(name));
	memmove(o->names[a], o->names[a + 1], (b - a) * sizeof(o->names[0]));
	memcpy(o->names[b], name, sizeof(name));
	return true;
}

static void order_add(struct order *o, const char *name)
{
	if (o->n < QUEUES && strlen(name) == 7)
		memcpy(o->names[o->n++], name, 8);
}

/*
 * One step's walk over the bus: the queues which a mask, an adapter's `online` or a scan touched, one after the other.
 * Queues made since the start say nothing of the order at the start. False: nothing moved.
 */
static bool order_step(struct order *o, struct order *since, struct json_object *step)
{
	const char *path = trace_str(step, "path");
	bool scan = str_ends(path, "/scans"), mask = str_ends(path, "mask"), moved = false;
	struct json_object *events;
	const char *before = NULL;

	if (!json_object_object_get_ex(step, "uevents", &events) ||
	    str_eq(trace_str(step, "op"), "sh"))
		return false;
	for (size_t i = 0; i < json_object_array_length(events); i++) {
		struct json_object *e = json_object_array_get_idx(events, i);
		const char *name = sim_base(trace_str(e, "DEVPATH")),
			   *action = trace_str(e, "ACTION");

		if (!str_eq(trace_str(e, "DEVTYPE"), "ap_queue"))
			continue;
		if (str_eq(action, "add"))
			order_add(since, name);
		if (!str_eq(action, "unbind") && !*trace_str(e, "ONLINE") &&
		    !(mask && str_eq(action, "bind")))
			continue;
		if (place(since, name) != SIZE_MAX || (before && str_eq(before, name)))
			continue;
		/* A scan goes by adapters; only what it removes with an adapter goes by the bus. */
		if (before && (!scan || !strncmp(before, name, 2)))
			moved = order_pair(o, before, name) || moved;
		before = name;
	}
	return moved;
}

/* The order at the start, from the recording's walks. */
void replay_order(struct sys *sys, struct json_object **steps, size_t n)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(freep) struct order *o = calloc(1, sizeof(*o)), *since = calloc(1, sizeof(*since));
	bool moved = true;
	const char *name;

	if (!o || !since || sim_bus_walk(sim_of(sys), "ap", &names) < 0)
		return;
	buf_foreach_name (&names, name)
		order_add(o, name);
	for (int round = 0; moved && round < 64; round++) {
		moved = false;
		since->n = 0;
		for (size_t i = 0; i < n; i++)
			moved = order_step(o, since, steps[i]) || moved;
	}
	for (size_t i = 0; i < o->n; i++)
		sim_note_order(sim_of(sys), "came", "ap", o->names[i]);
}
