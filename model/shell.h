/* SPDX-License-Identifier: MIT */
/*
 * Words for sh(1).
 *
 * Rule: what is printed for people to paste is the exact word, and harmless to the terminal it is printed on.
 */
#ifndef SHELL_H
#define SHELL_H

#include <stdio.h>

struct buf;

/* A word for a shell: quoted if it has to be. */
void shell_put(FILE *f, const char *word);
int shell_word(struct buf *b, const char *word); /* the same, appended. 0 or -ENOMEM */

#endif
