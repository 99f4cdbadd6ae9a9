/* SPDX-License-Identifier: MIT */
/*
 * What can stand at the end of an unfinished command line: for the shell's completion.
 *
 * Rule: nothing is written, and what goes wrong goes without a word; the tables of options and commands decide, so no
 * list of words is kept elsewhere.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "session.h"

#include <stdio.h>

enum complete_more { COMPLETE_NO_MORE, COMPLETE_DEVICES, COMPLETE_MACHINES };

/*
 * The words behind the program's name, the last one unfinished and maybe empty. Prints one candidate a line, "@file" or
 * "@dir" where the shell knows better; the result tells what only a machine knows.
 */
enum complete_more complete_words(int argc, char **argv, FILE *f);

/* Names of devices that begin so, each device by one of its names. */
void complete_devices(const struct session *s, const char *begun, FILE *f);

#endif
