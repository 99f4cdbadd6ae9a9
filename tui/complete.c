/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "batch_part.h"
#include "options.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

static void offer(FILE *f, const char *before, const char *begun, const char *word, size_t n)
{
	if (strlen(begun) <= n && strncmp(word, begun, strlen(begun)) == 0)
		fprintf(f, "%s%.*s\n", before, (int)n, word);
}

/* -- what may stand for a value: "table|json", "FILE|-", "DEVICE|UUID", "RxC" -- */

static bool is(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(text, word, n) == 0;
}

static enum complete_more offer_value(const char *values, const char *before, const char *begun,
				      FILE *f)
{
	enum complete_more more = COMPLETE_NO_MORE;
	size_t n;

	for (const char *p = values; *p; p += n + (p[n] == '|')) {
		n = strcspn(p, "|");
		if (is(p, n, "FILE"))
			fputs("@file\n", f);
		else if (is(p, n, "DIR"))
			fputs("@dir\n", f);
		else if (is(p, n, "DEVICE"))
			more = COMPLETE_DEVICES;
		else if (is(p, n, "NAME"))
			more = COMPLETE_MACHINES;
		else if (strcspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= n)
			offer(f, before, begun, p, n);
	}
	return more;
}

static const struct view *const kinds[] = { &view_channel, &view_ap, &view_pci, &view_mdev };

/* "id,na": the last of a list; the columns of one kind of row, or of all. */
static void offer_columns(const struct view *one, const char *begun, FILE *f)
{
	CLEANUP(buf_done) struct buf before = { 0 };
	const char *comma = strrchr(begun, ',');

	if (comma && buf_add(&before, begun, (size_t)(comma + 1 - begun)) < 0)
		return;
	begun = comma ? comma + 1 : begun;
	for (size_t i = 0; i < BATCH_COMMON; i++)
		offer(f, buf_str(&before), begun, batch_common[i].key, strlen(batch_common[i].key));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct view *v = one ? one : kinds[i];

		for (size_t k = 0; k < v->n_columns && (!one || i == 0); k++)
			offer(f, buf_str(&before), begun, v->columns[k].key,
			      strlen(v->columns[k].key));
	}
}

/* -- a command's own words, told by its line of usage: "DEVICE [--format table|json]" -- */

/* The next one without its brackets and dots; ret_alone: its bracket closes, so it takes no value. NULL: no more. */
static const char *next_token(const char *p, size_t *ret_n, bool *ret_alone, const char **ret_rest)
{
	size_t all, n;

	p += strspn(p, " [");
	all = strcspn(p, " ");
	n = strcspn(p, " ]");
	while (n && p[n - 1] == '.')
		n--;
	*ret_n = n;
	*ret_alone = all > n && p[n] == ']';
	*ret_rest = p + all;
	return all ? p : NULL;
}

/* "FILE" and once more "FILE" are one. */
static void add_value(struct buf *ret, const char *token, size_t n)
{
	size_t at = ret->len < n ? 0 : ret->len - n;

	if (ret->len && is(buf_str(ret) + at, n, "FILE") && is(token, n, "FILE"))
		return;
	buf_printf(ret, "%.*s", (int)n, token);
}

/* What is said of an option's value, or of the other words (option NULL); "" when nothing is. */
static void find_value(const struct batch_command *c, const char *option, struct buf *ret)
{
	const char *p = c->args, *token;
	bool alone;
	size_t n;

	while ((token = next_token(p, &n, &alone, &p))) {
		bool is_option = str_starts(token, "--");
		bool is_this = is_option && option && strlen(option) == n &&
			       strncmp(token, option, n) == 0;

		if (!is_option && !option)
			add_value(ret, token, n);
		if (!is_option || alone || !(token = next_token(p, &n, &alone, &p)))
			continue;
		if (is_this)
			buf_printf(ret, "%.*s", (int)n, token);
	}
}

static enum complete_more in_command(const struct batch_command *c, int argc, char **argv, FILE *f)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	const char *begun = argv[argc - 1], *token, *p = c->args;
	bool alone;
	size_t n;

	if (argc > 1 && str_starts(argv[argc - 2], "--"))
		find_value(c, argv[argc - 2], &value);
	if (str_eq(buf_str(&value), "A,B,")) {
		offer_columns(argc > 3 ? view_for_word(argv[1]) : NULL, begun, f);
		return COMPLETE_NO_MORE;
	}
	if (value.len)
		return offer_value(buf_str(&value), "", begun, f);
	if (*begun == '-') {
		while ((token = next_token(p, &n, &alone, &p)))
			if (str_starts(token, "--"))
				offer(f, "", begun, token, n);
		return COMPLETE_NO_MORE;
	}
	find_value(c, NULL, &value);
	return offer_value(buf_str(&value), "", begun, f);
}

/* -- the words before the command -- */

static void offer_options(const char *begun, FILE *f)
{
	const struct option_row *row;

	for (size_t i = 0; (row = options_row(i)); i++) {
		char name[32];
		int n = snprintf(name, sizeof(name), "--%s", row->name);

		offer(f, "", begun, name, (size_t)n);
		if (row->optional)
			offer(f, "", begun, strcat(name, "="), (size_t)n + 1);
	}
}

/* "--mode" and "--mode=full"; NULL: there is none of this name. */
static const struct option_row *find_option(const char *word)
{
	size_t n = strcspn(word, "=");
	const struct option_row *row;

	for (size_t i = 0; (row = options_row(i)); i++)
		if (n == strlen(row->name) + 2 && strncmp(word + 2, row->name, n - 2) == 0)
			break;
	return row;
}

static enum complete_more option_value(const struct option_row *row, const char *before,
				       const char *begun, FILE *f)
{
	return offer_value(row->values ? row->values : row->arg, before, begun, f);
}

/* "--demo=l": a candidate is the whole word again. */
static enum complete_more in_option(const char *begun, FILE *f)
{
	const struct option_row *row = find_option(begun);
	const char *equals = strchr(begun, '=');
	CLEANUP(buf_done) struct buf before = { 0 };

	if (!equals)
		offer_options(begun, f);
	if (!equals || !row || !row->arg ||
	    buf_add(&before, begun, (size_t)(equals + 1 - begun)) < 0)
		return COMPLETE_NO_MORE;
	return option_value(row, buf_str(&before), equals + 1, f);
}

enum complete_more complete_words(int argc, char **argv, FILE *f)
{
	int i = 0;

	for (; i < argc - 1 && *argv[i] == '-'; i++) {
		const struct option_row *row = find_option(argv[i]);

		if (!row || !row->arg || row->optional || strchr(argv[i], '='))
			continue;
		if (++i == argc - 1)
			return option_value(row, "", argv[i], f);
	}
	if (i < argc - 1) {
		const struct batch_command *c = batch_command(argv[i]);

		return c ? in_command(c, argc - i, argv + i, f) : COMPLETE_NO_MORE;
	}
	if (i < argc && *argv[i] == '-')
		return in_option(argv[i], f);
	for (const struct batch_command *c = batch_commands; i < argc && c->name; c++)
		offer(f, "", argv[i], c->name, strlen(c->name));
	return COMPLETE_NO_MORE;
}

/* -- devices -- */

/* As people name it first: a subchannel by the device behind it. */
static void offer_device(const struct inventory *inv, const struct devid *dev, const char *begun,
			 FILE *f)
{
	char id[DEVID_TEXT];
	const char *names[3] = { dev->name, devid_text(dev, id), NULL };
	struct ccwid number;
	struct devid ccw;
	const struct subch *subch = dev->bus == BUS_CSS && ccwid_parse(dev->name, &number) == 0
					    ? inventory_subch(inv, number)
					    : NULL;

	if (dev->bus == BUS_CSS)
		names[0] = id;
	if (subch && subch->has_dev) {
		ccw = devid_ccw(subch->dev);
		names[0] = ccw.name;
	}
	/* Without the part that nearly all have in common: 2b09, 3b:00.1. */
	if (str_starts(names[0], "0.0.") || str_starts(names[0], "0000:"))
		names[2] = strpbrk(names[0], ".:") + (dev->bus == BUS_PCI ? 1 : 3);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] && str_starts(names[i], begun)) {
			fprintf(f, "%s\n", names[i]);
			return;
		}
}

void complete_devices(const struct session *s, const char *begun, FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CLEANUP(devs_done) struct devs rows = { 0 };
		size_t n = 0;

		if (kinds[i]->rows(s, &rows, &n) < 0)
			return;
		for (size_t k = 0; k < n; k++) {
			struct devid row = devs_at(&rows, k);

			offer_device(session_inventory(s), &row, begun, f);
		}
	}
}
