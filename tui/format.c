/* SPDX-License-Identifier: MIT */
#include "format.h"
#include "canvas.h"
#include "msg.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

int format_parse(const char *word, enum format *ret)
{
	static const char *const words[] = { "table", "json", "pairs", "csv" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i])) {
			*ret = (enum format)i;
			return 0;
		}
	return -EINVAL;
}

void grid_done(struct grid *g)
{
	buf_done(&g->texts);
	free(g->cells);
	g->cells = NULL;
	g->n_cells = g->cap = 0;
}

size_t grid_rows(const struct grid *g)
{
	return g->n_fields ? g->n_cells / g->n_fields : 0;
}

const char *grid_cell(const struct grid *g, size_t row, size_t field)
{
	size_t at = g->cells[row * g->n_fields + field];

	return at ? g->texts.data + at - 1 : NULL;
}

/* The text from there on in g->texts is the next cell's; SIZE_MAX: it has none. */
static int put_cell(struct grid *g, size_t from)
{
	int r = array_grow(&g->cells, g->n_cells, &g->cap, sizeof(*g->cells));

	if (r == 0 && from != SIZE_MAX)
		r = buf_addc(&g->texts, '\0');
	if (r == 0)
		g->cells[g->n_cells++] = from == SIZE_MAX ? 0 : from + 1;
	return r;
}

int grid_add(struct grid *g, const char *text)
{
	size_t from = text ? g->texts.len : SIZE_MAX;

	if (text && buf_add_safe(&g->texts, text) < 0)
		return -ENOMEM;
	return put_cell(g, from);
}

int grid_add_lines(struct grid *g, const char *bytes, size_t len)
{
	size_t at = 0, from = g->texts.len;
	int r = 0;

	while (at < len && r == 0) {
		size_t n = strcspn(bytes + at, "\n");
		CLEANUP(freep) char *line = strndup(bytes + at, MIN(n, len - at));

		r = line ? buf_add_safe(&g->texts, line) : -ENOMEM;
		at += MIN(n, len - at);
		if (r == 0 && at < len && bytes[at++] == '\n')
			r = buf_addc(&g->texts, '\n');
	}
	return r < 0 ? r : put_cell(g, from);
}

int grid_printf(struct grid *g, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return r < 0 ? r : grid_add(g, buf_str(&b));
}

/* Members are kept with newlines between: no harmless text has any. */
int grid_add_list(struct grid *g, const struct buf *names)
{
	size_t from = g->texts.len;
	const char *name;
	int r = 0;

	buf_foreach_name (names, name) {
		if (g->texts.len > from)
			r = buf_addc(&g->texts, '\n');
		if (r == 0)
			r = buf_add_safe(&g->texts, name);
		if (r < 0)
			return r;
	}
	return put_cell(g, from);
}

/* A cell on one line, as all but JSON have it; where it has several they are put together in b. NULL on ENOMEM. */
static const char *flat(const struct grid *g, size_t row, size_t field, struct buf *b)
{
	const char *p = grid_cell(g, row, field);

	if (!p || !strchr(p, '\n'))
		return p ? p : "";
	buf_reset(b);
	for (size_t n; *p; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		if (buf_add(b, p, n) < 0 || (p[n] && buf_adds(b, ", ") < 0))
			return NULL;
	}
	return buf_str(b);
}

/* -- CSV, RFC 4180 -- */

static void csv_cell(FILE *f, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static int write_csv(const struct grid *g, const struct grid_look *look, FILE *f)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < g->n_fields && !look->no_head; i++)
		fprintf(f, "%s%s", i ? "," : "", g->fields[i].key);
	if (!look->no_head)
		fputs("\r\n", f);
	for (size_t row = 0; row < grid_rows(g); row++) {
		for (size_t i = 0; i < g->n_fields; i++) {
			const char *text = flat(g, row, i, &b);

			if (!text)
				return -ENOMEM;
			if (i)
				fputc(',', f);
			csv_cell(f, text);
		}
		fputs("\r\n", f);
	}
	return 0;
}

/* -- pairs, as a shell takes them -- */

static void pairs_cell(FILE *f, const char *key, const char *text)
{
	for (; *key; key++)
		fputc(isalnum((unsigned char)*key) ? toupper((unsigned char)*key) : '_', f);
	fputs("=\"", f);
	for (; *text; text++) {
		if (strchr("\"\\$`", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static int write_pairs(const struct grid *g, FILE *f)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t row = 0; row < grid_rows(g); row++) {
		for (size_t i = 0; i < g->n_fields; i++) {
			const char *text = flat(g, row, i, &b);

			if (!text)
				return -ENOMEM;
			if (i)
				fputc(' ', f);
			pairs_cell(f, g->fields[i].key, text);
		}
		fputc('\n', f);
	}
	return 0;
}

/* -- tables -- */

enum { LEAST_WIDTH = 8, GAP = 2 };

static int total(const int *width, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += width[i] + (i ? GAP : 0);
	return sum;
}

/* Takes room from the widest column until the table fits, or no column can give any more. */
static void narrow(int *width, size_t n, int limit)
{
	while (limit > 0 && total(width, n) > limit) {
		size_t widest = 0;

		for (size_t i = 1; i < n; i++)
			if (width[i] > width[widest])
				widest = i;
		if (width[widest] <= LEAST_WIDTH)
			return;
		width[widest]--;
	}
}

int grid_measure(const struct grid *g, int *width)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t k = 0; g->n_fields && k < g->n_cells; k++) {
		const char *text = flat(g, k / g->n_fields, k % g->n_fields, &b);

		if (!text)
			return -ENOMEM;
		width[k % g->n_fields] = MAX(width[k % g->n_fields], text_width(text));
	}
	return 0;
}

static int widths(const struct grid *g, const struct grid_look *look, int *width)
{
	int r = 0;

	for (size_t i = 0; i < g->n_fields; i++)
		width[i] = look->least || !look->no_head ? text_width(g->fields[i].title) : 0;
	for (size_t i = 0; look->least && i < g->n_fields; i++)
		width[i] = MAX(width[i], look->least[i]);
	if (!look->least)
		r = grid_measure(g, width);
	narrow(width, g->n_fields, look->width);
	return r;
}

/* Cuts a text that is wider than so many columns, "+" at the end. NULL on ENOMEM. */
static const char *cut(const char *text, int width, struct buf *b)
{
	size_t n = strlen(text);

	/* It may be in b already. */
	if (text != b->data) {
		buf_reset(b);
		if (buf_add(b, text, n) < 0)
			return NULL;
	}
	while (n > 0 && text_width(b->data) > width - 1) {
		do
			n--;
		while (n > 0 && ((unsigned char)b->data[n] & 0xc0) == 0x80);
		b->data[n] = '\0';
	}
	/* At least one byte was taken away, so there is room. */
	b->data[n] = '+';
	b->data[n + 1] = '\0';
	return b->data;
}

static void pad(FILE *f, int n)
{
	while (n-- > 0)
		putc_unlocked(' ', f);
}

/* One line; the last column has no blanks behind it. */
static int table_line(const struct grid *g, size_t row, bool head, const int *width, FILE *f)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int owed = 0;

	for (size_t i = 0; i < g->n_fields; i++) {
		const char *text = head ? g->fields[i].title : flat(g, row, i, &b);
		int spare = text ? width[i] - text_width(text) : 0;

		if (spare < 0) {
			text = cut(text, width[i], &b);
			spare = text ? width[i] - text_width(text) : 0;
		}
		if (!text)
			return -ENOMEM;
		if (g->fields[i].kind == FIELD_NUMBER)
			owed += spare, spare = 0;
		if (*text) {
			pad(f, owed);
			fputs_unlocked(text, f);
			owed = 0;
		}
		owed += spare + GAP;
	}
	putc_unlocked('\n', f);
	return 0;
}

static int write_table(const struct grid *g, const struct grid_look *look, FILE *f)
{
	CLEANUP(freep) int *width = calloc(MAX(g->n_fields, 1U), sizeof(*width));
	int r;

	if (!width)
		return -ENOMEM;
	r = widths(g, look, width);
	if (r < 0)
		return r;
	if (look->bold && !look->no_head)
		fputs("\033[1m", f);
	if (!look->no_head)
		r = table_line(g, 0, true, width, f);
	if (look->bold && !look->no_head)
		fputs("\033[0m", f);
	for (size_t row = 0; row < grid_rows(g) && r == 0; row++)
		r = table_line(g, row, false, width, f);
	return r;
}

int grid_write(const struct grid *g, enum format format, const struct grid_look *look, FILE *f)
{
	switch (format) {
	case FORMAT_CSV:
		return write_csv(g, look, f);
	case FORMAT_PAIRS:
		return write_pairs(g, f);
	default:
		return write_table(g, look, f);
	}
}

/* -- JSON -- */

static bool is_number(const char *text)
{
	size_t n = strspn(text, "0123456789"), part = 0;

	if (text[n] == '.')
		part = strspn(text + n + 1, "0123456789");
	return n > 0 && n < 18 && part < 10 && !text[n + (part ? part + 1 : 0)] &&
	       (n == 1 || text[0] != '0');
}

/* What text_safe lets through needs no more than this; newlines are those of whole files. */
static void json_string(FILE *f, const char *text, size_t len)
{
	putc_unlocked('"', f);
	for (size_t at = 0, n; at < len; at += n + 1) {
		n = strcspn(text + at, "\"\\\n");
		n = MIN(n, len - at);
		fwrite_unlocked(text + at, 1, n, f);
		if (at + n < len) {
			putc_unlocked('\\', f);
			putc_unlocked(text[at + n] == '\n' ? 'n' : text[at + n], f);
		}
	}
	putc_unlocked('"', f);
}

static void json_list(FILE *f, const char *text)
{
	putc_unlocked('[', f);
	for (bool first = true; *text; first = false) {
		size_t n = strcspn(text, "\n");

		fputs_unlocked(first ? " " : ", ", f);
		json_string(f, text, n);
		text += n + (text[n] == '\n');
	}
	fputs_unlocked(" ]", f);
}

static void json_cell(FILE *f, enum field_kind kind, const char *text)
{
	if (kind == FIELD_LIST)
		json_list(f, text ? text : "");
	else if (!text || (kind == FIELD_NUMBER && (!*text || str_eq(text, "-"))))
		fputs_unlocked("null", f);
	else if (kind == FIELD_NUMBER && is_number(text))
		fputs_unlocked(text, f);
	else if (kind == FIELD_BOOL)
		fputs_unlocked(str_eq(text, "yes") ? "true" : "false", f);
	else
		json_string(f, text, strlen(text));
}

/* A column that was asked for twice is one member. */
static bool key_before(const struct grid *g, size_t field)
{
	for (size_t i = 0; i < field; i++)
		if (str_eq(g->fields[i].key, g->fields[field].key))
			return true;
	return false;
}

/* What stands before the value of each field; nothing: it has been. */
static int add_heads(const struct grid *g, struct buf *ret)
{
	int r = 0;

	for (size_t i = 0; i < g->n_fields && r == 0; i++) {
		if (!key_before(g, i))
			r = buf_printf(ret, ", \"%s\": ", g->fields[i].key);
		if (r == 0)
			r = buf_addc(ret, '\0');
	}
	return r;
}

int grid_write_json(const struct grid *g, bool *first, FILE *f)
{
	CLEANUP(buf_done) struct buf heads = { 0 };

	if (add_heads(g, &heads) < 0)
		return -ENOMEM;
	for (size_t row = 0; row < grid_rows(g); row++) {
		const char *head = NULL;

		fputs_unlocked(*first ? "\n  {" : ",\n  {", f);
		for (size_t i = 0; i < g->n_fields; i++) {
			head = buf_next_name(&heads, head);
			if (!*head)
				continue;
			fputs_unlocked(i ? head : head + 1, f);
			json_cell(f, g->fields[i].kind, grid_cell(g, row, i));
		}
		fputs_unlocked(" }", f);
		*first = false;
	}
	return 0;
}

int json_put_string(FILE *f, const char *text)
{
	CLEANUP(freep) char *safe = text_safe(text);

	if (!safe)
		return -ENOMEM;
	json_string(f, safe, strlen(safe));
	return 0;
}
