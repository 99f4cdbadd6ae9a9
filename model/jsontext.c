/* SPDX-License-Identifier: MIT */
#include "jsontext.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

void text_position(const char *text, size_t offset, struct parse_error *reterr)
{
	reterr->line = reterr->column = 1;
	for (size_t i = 0; i < offset; i++) {
		reterr->column++;
		if (text[i] == '\n') {
			reterr->line++;
			reterr->column = 1;
		}
	}
}

static void freetok(struct json_tokener **tok)
{
	if (*tok) /* unlike free(3) it does not take NULL */
		json_tokener_free(*tok);
}

void json_putp(struct json_object **o)
{
	json_object_put(*o);
}

/* json-c takes NaN and Infinity for numbers, which nobody else does; outside of strings no other word has these letters. */
static const char *no_number(const char *text, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (quoted && text[i] == '\\')
			i++;
		else if (!quoted && (text[i] == 'N' || text[i] == 'I'))
			return text + i;
	}
	return NULL;
}

static int parse(const char *text, size_t len, struct json_object **ret, struct parse_error *reterr)
{
	CLEANUP(freetok) struct json_tokener *tok = NULL;
	CLEANUP(json_putp) struct json_object *o = NULL;
	enum json_tokener_error err;
	const char *at;
	size_t end;

	if (len > INT_MAX)
		return -EINVAL;
	tok = json_tokener_new_ex(DEPTH_MAX);
	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	o = json_tokener_parse_ex(tok, text, (int)len);
	err = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	if (err == json_tokener_continue) {
		/* A number at the very end is only complete when something follows. */
		o = json_tokener_parse_ex(tok, "", 1);
		err = json_tokener_get_error(tok);
		end = len;
	}
	if (err != json_tokener_success) {
		text_position(text, MIN(end, len), reterr);
		snprintf(reterr->expected, sizeof(reterr->expected), "JSON (%s)",
			 json_tokener_error_desc(err));
		return -EINVAL;
	}
	end += strspn(text + end, " \t\r\n");
	if (end < len) {
		text_position(text, end, reterr);
		snprintf(reterr->expected, sizeof(reterr->expected), "the end of the text");
		return -EINVAL;
	}
	at = no_number(text, len);
	if (at) {
		text_position(text, (size_t)(at - text), reterr);
		snprintf(reterr->expected, sizeof(reterr->expected), "JSON (a number)");
		return -EINVAL;
	}
	*ret = TAKE(o);
	return 0;
}

/*
 * The parser leaves out what it has no memory for, and says nothing. errno tells that, unless a number came after it, which clears
 * errno; then only what a second look finds as well is believed.
 */
int json_read(const char *text, size_t len, struct json_object **ret, struct parse_error *reterr)
{
	CLEANUP(json_putp) struct json_object *o = NULL;
	CLEANUP(json_putp) struct json_object *again = NULL;
	int r;

	errno = EPROTO; /* any that neither memory nor numbers give */
	r = parse(text, len, &o, reterr);
	if (errno == ENOMEM)
		return -ENOMEM;
	if (r == 0 && errno != EPROTO)
		r = parse(text, len, &again, reterr);
	if (r == 0 && again && !json_object_equal(o, again))
		r = -ENOMEM;
	if (r == 0)
		*ret = TAKE(o);
	return r;
}

int json_put_member(struct json_object *o, const char *key, struct json_object *value)
{
	if (o && value && json_object_object_add(o, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int json_put_item(struct json_object *list, struct json_object *value)
{
	if (list && value && json_object_array_add(list, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

bool json_says(const char *text, size_t len, struct json_object *o)
{
	CLEANUP(json_putp) struct json_object *again = NULL;
	struct parse_error ignored;

	return text && json_read(text, len, &again, &ignored) == 0 && json_object_equal(o, again);
}

static int print_empty(struct json_object *o, struct printbuf *pb, int level, int flags)
{
	(void)level;
	(void)flags;
	return printbuf_memappend(pb, json_object_is_type(o, json_type_array) ? "[]" : "{}", 2);
}

/* json-c breaks the line inside empty brackets, serde_json doesn't. */
static void mark_empty(struct json_object *o)
{
	if (json_object_is_type(o, json_type_array)) {
		size_t n = json_object_array_length(o);

		for (size_t i = 0; i < n; i++)
			mark_empty(json_object_array_get_idx(o, i));
		json_object_set_serializer(o, n ? NULL : print_empty, NULL, NULL);
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			mark_empty(value);
		}
		json_object_set_serializer(o, json_object_object_length(o) ? NULL : print_empty,
					   NULL, NULL);
	}
}

static const char *pretty(struct json_object *o)
{
	return json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
}

int json_write(struct json_object *o, struct buf *ret)
{
	CLEANUP(json_putp) struct json_object *again = NULL;
	CLEANUP(buf_done) struct buf first = { 0 };
	struct parse_error ignored;
	const char *text;
	int r;

	mark_empty(o);
	text = pretty(o);
	if (!text || buf_adds(&first, text) < 0)
		return -ENOMEM;
	/* Whatever was left out for want of memory, a blank even, is there the next time. */
	text = pretty(o);
	if (!str_eq(text, buf_str(&first)))
		return -ENOMEM;
	r = json_read(text, first.len, &again, &ignored);
	if (r < 0)
		return r;
	return json_object_equal(o, again) ? buf_adds(ret, buf_str(&first)) : -ENOMEM;
}

const char *json_text_of(struct json_object *o)
{
	const char *s;

	if (!json_object_is_type(o, json_type_string))
		return NULL;
	s = json_object_get_string(o);
	return strlen(s) == (size_t)json_object_get_string_len(o) ? s : NULL;
}
