/* SPDX-License-Identifier: MIT */
/*
 * Are the libraries there that are loaded only when they are used?
 *
 * Rule: ask before the first call of theirs.
 */
#ifndef LATE_H
#define LATE_H

#include <stdbool.h>

bool late_archive(void); /* libarchive */
bool late_kmod(void);	 /* libkmod */

#endif
