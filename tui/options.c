/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "batch.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* -- one function an option -- */

static bool take_root(struct options *o, const char *value)
{
	o->root = value;
	return *value;
}

static bool take_live(struct options *o, const char *value)
{
	(void)value;
	return o->live = true;
}

static bool take_demo(struct options *o, const char *value)
{
	o->demo = true;
	o->machine = value;
	return !value || *value;
}

static bool take_state(struct options *o, const char *value)
{
	o->state = value;
	return *value;
}

static bool take_read_only(struct options *o, const char *value)
{
	(void)value;
	return o->read_only = true;
}

#define MODES "auto|full|panel|line" /* as enum mode */
#define WHENS "auto|never|always"    /* as enum color_when */

/* The place of a word in such a list; -1: it is not in it. */
static int word_of(const char *words, const char *value)
{
	size_t n;
	int i = 0;

	for (; *words; words += n + (words[n] == '|'), i++) {
		n = strcspn(words, "|");
		if (strlen(value) == n && strncmp(words, value, n) == 0)
			return i;
	}
	return -1;
}

static bool take_mode(struct options *o, const char *value)
{
	int i = word_of(MODES, value);

	if (i >= 0)
		o->mode = (enum mode)i;
	return i >= 0;
}

static bool take_size(struct options *o, const char *value)
{
	char *end;
	long rows = strtol(value, &end, 10), cols = *end == 'x' ? strtol(end + 1, &end, 10) : 0;

	if (*end || rows < 1 || rows > 1000 || cols < 1 || cols > 1000)
		return false;
	o->rows = (int)rows;
	o->cols = (int)cols;
	return true;
}

static bool take_ascii(struct options *o, const char *value)
{
	(void)value;
	return o->ascii = true;
}

static bool take_color(struct options *o, const char *value)
{
	int i = word_of(WHENS, value);

	if (i >= 0)
		o->color = (enum color_when)i;
	return i >= 0;
}

static bool take_version(struct options *o, const char *value)
{
	(void)value;
	return o->version = true;
}

static bool take_help(struct options *o, const char *value)
{
	(void)value;
	return o->help = true;
}

static const struct option_row rows[] = {
	{ "root", "DIR", "FILE", false, "a directory or a capture",
	  "look at DIR/sys, DIR/etc, ... or a capture, not this host", take_root },
	{ "live", NULL, NULL, false, NULL, "what --root names may be written to", take_live },
	{ "demo", "NAME", NULL, true, "a machine, a file, or list",
	  "a simulated machine; --demo=list names them", take_demo },
	{ "state", "FILE", NULL, false, "a file", "keep the simulated machine there between runs",
	  take_state },
	{ "read-only", NULL, NULL, false, NULL, "commit nothing", take_read_only },
	{ "mode", "MODE", MODES, false, "auto, full, panel or line",
	  "full, panel or line, or auto: by the terminal", take_mode },
	{ "size", "RxC", NULL, false, "rows and columns, such as 24x80",
	  "rows and columns, such as 24x80", take_size, true },
	{ "ascii", NULL, NULL, false, NULL, "no characters beyond ASCII", take_ascii, true },
	{ "color", "WHEN", WHENS, false, "auto, never or always",
	  "auto, never or always; NO_COLOR is honoured", take_color },
	{ "version", NULL, NULL, false, NULL, "print the version", take_version, true },
	{ "help", NULL, NULL, false, NULL, "print this; vfiocfg(8) says the rest", take_help,
	  true },
};

const struct option_row *options_row(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

static int refuse(struct msg *reterr, const char *word, const char *problem, const char *expected)
{
	msg_make(reterr, MSG_USAGE, "command", word, "problem", problem, "expected", expected,
		 NULL);
	return -EINVAL;
}

/* Options that say nothing without another, or contradict each other. */
static int check(const struct options *o, struct msg *reterr)
{
	if (o->demo && o->root)
		return refuse(reterr, "--demo", "--root is given, too",
			      "either the files of a machine or a simulated one");
	if (o->live && !o->root)
		return refuse(reterr, "--live", "there is no --root that it could be about",
			      "--root DIR");
	if (o->state && !o->demo)
		return refuse(reterr, "--state", "only a simulated machine is kept in a file",
			      "--demo");
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct msg *reterr)
{
	struct option table[ARRAY_SIZE(rows) + 1] = { 0 };
	struct options o = { 0 };
	int c, which, r;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];

		table[i].name = row->name;
		table[i].has_arg = !row->arg	   ? no_argument
				   : row->optional ? optional_argument
						   : required_argument;
	}
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", table, &which)) != -1) {
		if (c == 'h')
			o.help = true;
		else if (c == ':')
			return refuse(reterr, argv[optind - 1], "something is missing after it",
				      "see --help");
		else if (c != 0)
			return refuse(reterr, argv[optind - 1],
				      "there is no such option, or it takes no value",
				      "see --help");
		else if (!rows[which].take(&o, optarg))
			return refuse(reterr, argv[optind - 1], "this value is not known to it",
				      rows[which].expected);
	}
	o.command = optind;
	r = check(&o, reterr);
	if (r == 0)
		*ret = o;
	return r;
}

void options_help(FILE *f)
{
	fputs("usage: vfiocfg [OPTIONS] [COMMAND ...]      without a command: interactive\n", f);
	for (const struct batch_command *c = batch_commands; c->name; c++)
		fprintf(f, "  %-8s %s\n", c->name, c->help);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[32];

		if (rows[i].brief)
			continue;
		snprintf(text, sizeof(text), "--%s%s%s%s%s", rows[i].name,
			 rows[i].optional ? "[=" : "", rows[i].arg && !rows[i].optional ? " " : "",
			 rows[i].arg ? rows[i].arg : "", rows[i].optional ? "]" : "");
		fprintf(f, "  %-16s %s\n", text, rows[i].help);
	}
	fputs("  and", f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].brief)
			fprintf(f, " --%s%s%s", rows[i].name, rows[i].arg ? " " : "",
				rows[i].arg ? rows[i].arg : "");
	fputs(": see vfiocfg(8)\n", f);
}
