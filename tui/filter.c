/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

struct term {
	enum { TERM_TEXT, TERM_EQUAL, TERM_REGEX } kind;
	bool not ; /* "!term" */
	size_t field;
	char *text;    /* owned */
	regex_t regex; /* compiled iff kind is TERM_REGEX */
};

struct filter {
	struct term *terms;
	size_t n, cap;
	size_t n_fields;
};

struct filter *filter_free(struct filter *f)
{
	for (size_t i = 0; f && i < f->n; i++) {
		if (f->terms[i].kind == TERM_REGEX)
			regfree(&f->terms[i].regex);
		free(f->terms[i].text);
	}
	if (f)
		free(f->terms);
	free(f);
	return NULL;
}

void filter_freep(struct filter **f)
{
	*f = filter_free(*f);
}

/* The length of a key at the start of a term, 0 if it starts with none: "used_by=" */
static size_t key_len(const char *term)
{
	size_t n = 0;

	while (isalnum((unsigned char)term[n]) || term[n] == '_' || term[n] == '-')
		n++;
	return term[n] == '=' || term[n] == '~' ? n : 0;
}

static int find_field(const char *key, size_t n, const struct field *fields, size_t n_fields,
		      size_t *ret)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strlen(fields[i].key) == n && !strncmp(fields[i].key, key, n)) {
			*ret = i;
			return 0;
		}
	return -ENOENT;
}

static int parse_term(const char *text, const struct field *fields, size_t n_fields,
		      struct term *ret)
{
	struct term t = { .kind = TERM_TEXT, .not = text[0] == '!' };
	size_t n;
	int r;

	text += t.not ;
	n = key_len(text);
	if (n > 0) {
		t.kind = text[n] == '=' ? TERM_EQUAL : TERM_REGEX;
		r = find_field(text, n, fields, n_fields, &t.field);
		if (r < 0)
			return r;
		text += n + 1;
	}
	if (t.kind == TERM_REGEX &&
	    regcomp(&t.regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return -EINVAL;
	t.text = strdup(text);
	if (!t.text) {
		if (t.kind == TERM_REGEX)
			regfree(&t.regex);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

/* The text up to the next comma, without the backslashes that keep one. */
static int next_term(const char **expr, struct buf *ret)
{
	const char *p = *expr;
	int r = 0;

	buf_reset(ret);
	for (; *p && *p != ',' && r == 0; p++) {
		if (p[0] == '\\' && p[1] == ',')
			p++;
		r = buf_addc(ret, *p);
	}
	*expr = p + (*p == ',');
	return r;
}

static int add_term(struct filter *f, const char *text, const struct field *fields)
{
	int r;

	if (!*text)
		return 0;
	r = array_grow(&f->terms, f->n, &f->cap, sizeof(*f->terms));
	if (r == 0)
		r = parse_term(text, fields, f->n_fields, &f->terms[f->n]);
	if (r == 0)
		f->n++;
	return r;
}

int filter_new(const char *expr, const struct field *fields, size_t n_fields, struct filter **ret,
	       char **reterr)
{
	CLEANUP(filter_freep) struct filter *f = calloc(1, sizeof(*f));
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = f ? 0 : -ENOMEM;

	if (f)
		f->n_fields = n_fields;
	while (r == 0 && *expr) {
		r = next_term(&expr, &text);
		if (r == 0)
			r = add_term(f, buf_str(&text), fields);
	}
	if (r == 0)
		*ret = TAKE(f);
	else if (r == -ENOENT || r == -EINVAL)
		*reterr = strdup(buf_str(&text));
	return r;
}

static bool term_match(const struct term *t, const struct grid *g, size_t row)
{
	const char *cell = t->kind == TERM_TEXT ? NULL : grid_cell(g, row, t->field);

	if (t->kind == TERM_EQUAL)
		return !strcasecmp(cell ? cell : "", t->text);
	if (t->kind == TERM_REGEX)
		return regexec(&t->regex, cell ? cell : "", 0, NULL, 0) == 0;
	for (size_t i = 0; i < g->n_fields; i++) {
		cell = grid_cell(g, row, i);
		if (cell && strcasestr(cell, t->text))
			return true;
	}
	return false;
}

bool filter_match(const struct filter *f, const struct grid *g, size_t row)
{
	for (size_t i = 0; f && i < f->n; i++)
		if (term_match(&f->terms[i], g, row) == f->terms[i].not )
			return false;
	return true;
}
