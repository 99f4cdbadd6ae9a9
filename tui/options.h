/* SPDX-License-Identifier: MIT */
/*
 * The options before the command.
 *
 * Rule: names and meanings are an interface. One table feeds the parser and --help.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "msg.h"

#include <stdbool.h>
#include <stdio.h>

enum mode { MODE_AUTO, MODE_FULL, MODE_PANEL, MODE_LINE };
enum color_when { COLOR_WHEN_AUTO, COLOR_WHEN_NEVER, COLOR_WHEN_ALWAYS };

struct options {
	const char *root; /* NULL: "/" */
	bool live;
	bool demo;
	const char *machine; /* of --demo=; NULL: not named */
	const char *state;   /* NULL: not kept */
	bool read_only;
	enum mode mode;
	int rows, cols; /* 0: as the terminal says */
	bool ascii;
	enum color_when color;
	bool version, help;
	int command; /* index in argv of the first word that is no option; argc: none */
};

struct option_row {
	const char *name;
	const char *arg;      /* NULL: takes none */
	const char *values;   /* "auto|full|panel|line"; NULL: what arg names */
	bool optional;	      /* --demo and --demo=NAME */
	const char *expected; /* what a value has to be, for the message */
	const char *help;
	bool (*take)(struct options *o, const char *value); /* false: not a value of this */
	bool brief; /* --help has no line for it, only its name */
};

const struct option_row *options_row(size_t i); /* NULL: there are no more */

/* 0, or -EINVAL with reterr. Strings stay argv's. */
int options_parse(int argc, char **argv, struct options *ret, struct msg *reterr);
void options_help(FILE *f); /* at most 24 lines of at most 79 columns */

#endif
