/* SPDX-License-Identifier: MIT */
/*
 * JSON in and out through json-c, strict when reading and byte for byte as serde_json (mdevctl)
 * prints when writing.
 */
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include "mem.h"
#include "store.h"

#include <json-c/json.h>

/*
 * One whole JSON text, valid UTF-8, at most 32 levels deep, nothing behind it but white space. 0
 * with *ret the
 * caller's (json_object_put); -ENOMEM; -EINVAL with reterr.
 */
int json_read(const char *text, size_t len, struct json_object **ret, struct parse_error *reterr);
/* Indented by two, "[]" and "{}" for empty ones, no final newline. Appends. 0, -ENOMEM, or -EINVAL: a string is no UTF-8. */
int json_write(struct json_object *o, struct buf *ret);
/* A string without NUL bytes inside; NULL: it is something else. */
const char *json_text_of(struct json_object *o);
void json_putp(struct json_object **o); /* for CLEANUP */
/* The value is taken whatever the result. 0, or -ENOMEM also for NULL: json-c made nothing of it. Either may be NULL. */
int json_put_member(struct json_object *o, const char *key, struct json_object *value);
int json_put_item(struct json_object *list, struct json_object *value);
/* Does a text say all of the value? Without memory json-c leaves out pieces of either and says nothing. */
bool json_says(const char *text, size_t len, struct json_object *o);
/* Line and column (1..) of an offset in a text. */
void text_position(const char *text, size_t offset, struct parse_error *reterr);

#endif
