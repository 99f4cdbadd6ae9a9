/* SPDX-License-Identifier: MIT */
/*
 * Machine files: one directive a line, '#' begins a comment where a word could begin.
 *
 * A word may be quoted in part or as a whole; inside quotes \" \\ \n \t \e and \xNN stand for bytes. A line
 * whose last word is << (or <<- for no newline at the end) is followed by lines beginning with a tab, which are one word.
 */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WORDS = 512, MAX_TEXT = 256 << 20, MAX_DEPTH = 4 };

/* A place in a machine file. */
struct reader {
	const char *pos, *end;
	unsigned line;	  /* of pos, 1.. */
	struct buf bytes; /* the words, each NUL-terminated */
	char *words[MAX_WORDS + 1];
	size_t lens[MAX_WORDS]; /* of the words: only a file's bytes may have NUL in them */
	size_t n_words;
	const char *expected;
};

static int refuse(struct reader *r, const char *expected)
{
	r->expected = expected;
	return -EINVAL;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* What follows a backslash. */
static int read_escape(struct reader *r)
{
	static const char from[] = "\"\\nte", to[] = "\"\\\n\t\x1b";
	char c = r->pos < r->end ? *r->pos++ : '\0';
	const char *p = c ? strchr(from, c) : NULL;
	int value;

	if (p)
		return buf_addc(&r->bytes, to[p - from]);
	if (c != 'x' || r->end - r->pos < 2 || hex(r->pos[0]) < 0 || hex(r->pos[1]) < 0)
		return refuse(r, "one of \\\" \\\\ \\n \\t \\e \\xNN (lower-case digits)");
	value = hex(r->pos[0]) << 4 | hex(r->pos[1]);
	r->pos += 2;
	return buf_addc(&r->bytes, (char)value);
}

static int read_quoted(struct reader *r)
{
	int e = 0;

	while (r->pos < r->end && *r->pos != '"' && *r->pos != '\n') {
		char c = *r->pos++;

		if (c == '\0')
			return refuse(r, "text without NUL bytes");
		e = c == '\\' ? read_escape(r) : buf_addc(&r->bytes, c);
		if (e < 0)
			return e;
	}
	if (r->pos == r->end || *r->pos != '"')
		return refuse(r, "a closing quote on the same line");
	r->pos++;
	return 0;
}

static int read_word(struct reader *r)
{
	int e = 0;

	while (r->pos < r->end && !strchr(" \t\n", *r->pos) && e == 0) {
		char c = *r->pos++;

		e = c == '"' ? read_quoted(r) : buf_addc(&r->bytes, c);
	}
	if (e == 0 && r->pos < r->end && *r->pos == '\0')
		return refuse(r, "text without NUL bytes");
	return e < 0 ? e : buf_addc(&r->bytes, '\0');
}

/* The lines of a << word. final: does the last one keep its newline? */
static int read_block(struct reader *r, bool final)
{
	size_t from = r->bytes.len;
	int e;

	while (r->pos < r->end && *r->pos == '\t') {
		const char *nl = memchr(r->pos, '\n', (size_t)(r->end - r->pos));
		const char *stop = nl ? nl + 1 : r->end;

		if (memchr(r->pos, '\0', (size_t)(stop - r->pos)))
			return refuse(r, "text without NUL bytes");
		e = buf_add(&r->bytes, r->pos + 1, (size_t)(stop - r->pos) - 1);
		if (e < 0)
			return e;
		r->pos = stop;
		r->line++;
	}
	if (!final && r->bytes.len > from && r->bytes.data[r->bytes.len - 1] == '\n')
		r->bytes.len--;
	return buf_addc(&r->bytes, '\0');
}

static void skip_blanks(struct reader *r)
{
	while (r->pos < r->end && (*r->pos == ' ' || *r->pos == '\t'))
		r->pos++;
}

/* Bytes move while they grow, so words become pointers only now. */
static int point_words(struct reader *r)
{
	char *p = r->bytes.data;
	bool bytes = str_eq(p, "file");

	for (size_t i = 0; i < r->n_words; i++) {
		r->words[i] = p;
		if (strlen(p) != r->lens[i] && !(bytes && i == 3))
			return refuse(r, "\\x00 in the bytes of a file only");
		p += r->lens[i] + 1;
	}
	r->words[r->n_words] = NULL;
	return 0;
}

static int read_words(struct reader *r)
{
	const char *last = NULL;
	size_t at = 0;
	int e;

	buf_reset(&r->bytes);
	r->n_words = 0;
	for (skip_blanks(r); r->pos < r->end && *r->pos != '\n' && *r->pos != '#'; skip_blanks(r)) {
		if (r->n_words == MAX_WORDS)
			return refuse(r, "at most 512 words on a line");
		at = r->bytes.len;
		last = r->pos;
		e = read_word(r);
		if (e < 0)
			return e;
		r->lens[r->n_words++] = r->bytes.len - 1 - at;
	}
	while (r->pos < r->end && *r->pos != '\n')
		r->pos++;
	if (!last || last[0] != '<' || strncmp(r->bytes.data + at, "<<", 2) != 0)
		return 0;
	if (r->pos < r->end) {
		r->pos++;
		r->line++;
	}
	r->bytes.len = at;
	e = read_block(r, last[2] != '-');
	r->lens[r->n_words - 1] = r->bytes.len - 1 - at;
	if (r->pos > r->end || (r->pos[-1] == '\n' && r->line > 1)) {
		r->pos--; /* the caller steps over the newline */
		r->line--;
	}
	return e;
}

static const struct sim_machine *machine_named(const char *name)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++)
		if (str_eq(m->name, name))
			return m;
	return NULL;
}

static int load(struct sim *sim, const char *text, size_t len, int depth, struct sim_error *err);

static int put_file(struct sim *sim, struct reader *r)
{
	const char *path = r->words[1];
	char *end = NULL;
	unsigned long mode = r->n_words == 4 ? strtoul(r->words[2], &end, 8) : 0;

	if (!end || end == r->words[2] || *end || mode > 0777 || !sys_path_ok(path))
		return refuse(r, "file PATH MODE \"bytes\"");
	/* The level is the one fact that is not looked up in the tree each time. */
	if (str_eq(path, "/.sim/level"))
		sim->level = (unsigned)strtoul(r->words[3], NULL, 10);
	return sim_put_bytes(sim, path, (unsigned)mode, r->words[3], r->lens[3]);
}

static int directive(struct sim *sim, struct reader *r, int depth, struct sim_error *err)
{
	const struct sim_machine *m;

	if (str_eq(r->words[0], "include")) {
		m = r->n_words == 2 && depth < MAX_DEPTH ? machine_named(r->words[1]) : NULL;
		return m ? load(sim, m->text, strlen(m->text), depth + 1, err)
			 : refuse(r, "the name of a built-in machine");
	}
	if (str_eq(r->words[0], "file"))
		return put_file(sim, r);
	for (const struct sim_bus *const *bus = sim_buses; *bus; bus++) {
		int e = (*bus)->directive ? (*bus)->directive(sim, r->words, &r->expected) : 0;

		if (e != 0)
			return e;
	}
	return refuse(r, "a directive (file, link, dir, module, subchannel, card, pci, ...)");
}

/* Errors other than memory are the file's fault, whatever errno the tree gave. */
static int complain(const struct reader *r, unsigned line, int e, struct sim_error *err)
{
	if (e == -ENOMEM)
		return e;
	if (err && !err->line) {
		err->line = line;
		snprintf(err->expected, sizeof(err->expected), "%s",
			 r->expected ? r->expected
				     : "a path of names, below directories, and a value of fitting "
				       "size");
	}
	return -EINVAL;
}

static int load_lines(struct sim *sim, struct reader *r, int depth, struct sim_error *err)
{
	for (r->line = 1; r->pos < r->end; r->line++) {
		unsigned line = r->line;
		int e = read_words(r);

		if (e == 0 && r->n_words) {
			e = point_words(r);
			e = e < 0 ? e : directive(sim, r, depth, err);
			/* Nobody was there to see the devices come; whoever looks now scans. */
			sim_forget_events(sim);
		}
		if (e < 0)
			return complain(r, line, e, err);
		if (r->pos < r->end)
			r->pos++;
	}
	return 0;
}

static int load(struct sim *sim, const char *text, size_t len, int depth, struct sim_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->pos = text;
	r->end = text + len;
	e = len > MAX_TEXT ? complain(r, 1, refuse(r, "a text of at most 256 MiB"), err)
			   : load_lines(sim, r, depth, err);
	buf_done(&r->bytes);
	free(r);
	return e;
}

int sim_new(const char *text, size_t len, struct sys **ret, struct sim_error *reterr)
{
	struct sim_error err = { 0 };
	struct sim *sim;
	int e = sim_alloc(&sim);

	if (e < 0)
		return e;
	e = load(sim, text, len, 0, &err);
	if (e < 0) {
		sys_free(&sim->sys);
		if (reterr && e == -EINVAL)
			*reterr = err;
		return e;
	}
	*ret = &sim->sys;
	return 0;
}

int sim_new_named(const char *name, struct sys **ret)
{
	const struct sim_machine *m = machine_named(name);

	return m ? sim_new(m->text, strlen(m->text), ret, NULL) : -ENOENT;
}
