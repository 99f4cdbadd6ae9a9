/* SPDX-License-Identifier: MIT */
/*
 * What a fatal signal does: the terminal is given back, and whoever sits there is told what became of the machine.
 *
 * Rule: a handler has no argument, so this one file keeps what it needs; nothing in it allocates or waits once it is set up.
 */
#ifndef CRASH_H
#define CRASH_H

#include <stdbool.h>
#include <stddef.h>

struct termios;

/* before: how the terminal was, NULL nothing to restore; bytes: what gives the screen back, copied. */
void crash_guard(const struct termios *before, const char *bytes, size_t n);
void crash_release(void); /* signals mean again what they did */
void crash_commit(bool under_way);

#endif
