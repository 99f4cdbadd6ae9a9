/* SPDX-License-Identifier: MIT */
/*
 * JSON with positions: json-c's values, each knowing where in the text it stands. For edits*.c
 * only.
 *
 * Rule: no member may be named twice (json-c would silently keep the last), and every complaint
 * tells
 * line, column and what was expected.
 */
#ifndef EDITS_JSON_H
#define EDITS_JSON_H

#include "mem.h"
#include "msg.h"
#include "wish.h"

#include <json-c/json.h>

struct edits {
	const char *name; /* what to call the text */
	const char *text;
	size_t len;
	struct msg *reterr;
};

/* 0 and an object to be put; -EINVAL with e->reterr; -ENOMEM. */
int edits_parse(const struct edits *e, struct json_object **ret);
/*
 * Says what was expected where `at` stands (null has no place of its own: give what holds it).
 * Returns -EINVAL.
 */
int edits_expected(const struct edits *e, struct json_object *at, const char *fmt, ...)
	PRINTF(3, 4);

/*
 * Reads a value into what it is for. at: where a complaint points to (the value, or what holds a
 * null).
 */
typedef int edits_read_fn(const struct edits *e, struct json_object *value, struct json_object *at,
			  void *to);

/* A name that an object may have, its reader, and which part of the object's struct that fills. */
struct member {
	const char *key; /* NULL ends the table */
	edits_read_fn *read;
	size_t offset;
};

/* Every member of an object by a table; a name that isn't in it is an error. */
int edits_members(const struct edits *e, struct json_object *object, const struct member *table,
		  void *to);
int edits_list(const struct edits *e, struct json_object *value, struct json_object *at,
	       edits_read_fn *item, void *to);
edits_read_fn edits_read_bool;			     /* to: bool * */
edits_read_fn edits_read_paths;			     /* to: struct wish * */
edits_read_fn edits_read_measurements;		     /* to: struct wish * */
edits_read_fn edits_read_mdev;			     /* to: struct wish * */
const char *edits_string(struct json_object *value); /* NULL: not a string that C can hold */
int edits_reach(const struct edits *e, struct json_object *at,
		struct reach reach); /* -EINVAL: reaches nothing */
/* A name such as "css/0.0.0313" on that bus. */
int edits_dev(const struct edits *e, struct json_object *value, struct json_object *at,
	      enum bus bus, struct devid *ret);

#endif
