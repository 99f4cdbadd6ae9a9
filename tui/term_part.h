/* SPDX-License-Identifier: MIT */
/*
 * What the files of the full screen have to do with each other.
 *
 * Rule: nobody else includes it.
 */
#ifndef TERM_PART_H
#define TERM_PART_H

#include <stdint.h>

/* The next key that was typed, as ncurses or, where TERM is wrong, panel mode understands it; K_NONE: nothing was. */
uint32_t term_key(void);

#endif
