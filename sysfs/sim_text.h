/* SPDX-License-Identifier: MIT */
/*
 * How the kernel reads numbers and masks out of what was written to it.
 *
 * Rule: these are the kernel's own parsers, refusals included; bit 0 of a mask is the leftmost.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "mem.h"

enum { SIM_BITS = 256, SIM_MASK_TEXT = 2 + SIM_BITS / 4 + 1 };

struct sim_mask {
	unsigned char bytes[SIM_BITS / 8];
};

/* kstrtoul(text, 0, ret): 0, -EINVAL, -ERANGE. Octal with a leading 0; one newline may follow. */
int sim_kstrtoul(const char *text, unsigned long *ret);
/* ap_hex2bitmap(): left-aligned, 0x or x or nothing before it; 0 or -EINVAL. */
int sim_mask_hex(const char *text, struct sim_mask *ret);
/*
 * ap_parse_bitmap_str(): absolute, or + and - against what is there. *mask is changed only when all
 * of it is right.
 */
int sim_mask_parse(const char *text, struct sim_mask *mask);
void sim_mask_text(const struct sim_mask *m, char ret[static SIM_MASK_TEXT]); /* 0x and 64 digits */

static inline bool sim_mask_get(const struct sim_mask *m, unsigned bit)
{
	return bit < SIM_BITS && (m->bytes[bit / 8] & (0x80U >> (bit % 8)));
}
void sim_mask_put(struct sim_mask *m, unsigned bit, bool on);
bool sim_mask_empty(const struct sim_mask *m);
bool sim_mask_full(const struct sim_mask *m);
bool sim_mask_equal(const struct sim_mask *a, const struct sim_mask *b);
struct sim_mask sim_mask_and(const struct sim_mask *a, const struct sim_mask *b);
struct sim_mask sim_mask_andnot(const struct sim_mask *a,
				const struct sim_mask *b); /* in a and not in b */
bool sim_mask_meets(const struct sim_mask *a, const struct sim_mask *b);
int sim_mask_last(const struct sim_mask *m); /* the highest bit; -1: none */

#endif
