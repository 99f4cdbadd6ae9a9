/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share: the entry libFuzzer calls, how a broken promise ends the process, and machines with hostile content.
 *
 * Rule: a target takes any bytes, keeps nothing between two calls that could change the second, and touches nothing outside
 * the process.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "mem.h"
#include "session.h"
#include "sys.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that must hold for every input. */
#define MUST(promise)                                                                              \
	do {                                                                                       \
		if (!(promise))                                                                    \
			fuzz_broken(__FILE__, __LINE__, #promise);                                 \
	} while (0)
void fuzz_broken(const char *file, int line, const char *promise) __attribute__((noreturn));

/* The bytes as a string of their own, so that AddressSanitizer knows its end. Never NULL. */
char *fuzz_string(const uint8_t *data, size_t size);
/* What may be shown: well-formed UTF-8 without control bytes other than the newline. */
void fuzz_harmless(const char *text, size_t len);
void fuzz_harmless_msg(const struct msg *m);
/* Is this path below dir, by its text? And one that sys takes at all. */
bool fuzz_below(const char *path, const char *dir);

/* The first line of what is left of the input, as a string of its own; *data and *size go behind it. */
char *fuzz_line(const uint8_t **data, size_t *size);

/*
 * A small machine in which the input replaces what files hold, where links lead, and adds names to directories: records of a
 * place (16 bits, among those below `tops`), a length (16 bits) and so many bytes. Read-only.
 */
struct sys *fuzz_machine(const char *const *tops, const uint8_t *data, size_t size);
/* Scans it, plans fixed edits on it, and prints it in the way that `how` chooses; all of that must be harmless. */
void fuzz_look(struct sys *sys, unsigned how);

#endif
