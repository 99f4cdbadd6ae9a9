/* SPDX-License-Identifier: MIT */
/*
 * A set of 256 AP adapters or domains, in the order of the kernel's masks.
 *
 * Rule: id 0 is the leftmost bit of the text form. What the kernel's parser refuses is refused
 * here.
 */
#ifndef MASK_H
#define MASK_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

struct ap_mask {
	uint64_t w[4]; /* id i is bit 63 - i % 64 of w[i / 64] */
};

enum { MASK_TEXT = 67 }; /* "0x" + 64 digits + NUL */

static inline bool mask_has(const struct ap_mask *m, unsigned id)
{
	return id < 256 && (m->w[id / 64] >> (63 - id % 64) & 1);
}
void mask_set(struct ap_mask *m, unsigned id, bool on); /* id > 255 is ignored */
struct ap_mask mask_all(void);
struct ap_mask mask_and(struct ap_mask a, struct ap_mask b);
struct ap_mask mask_or(struct ap_mask a, struct ap_mask b);
struct ap_mask mask_minus(struct ap_mask a, struct ap_mask b);
bool mask_eq(const struct ap_mask *a, const struct ap_mask *b);
bool mask_empty(const struct ap_mask *m);
unsigned mask_count(const struct ap_mask *m);
/* the next id above `after` (-1: the first); -1: none */
int mask_next(const struct ap_mask *m, int after);
bool mask_meets(const struct ap_mask *a, const struct ap_mask *b);

/* "0x" and 64 lower-case digits. */
char *mask_text(const struct ap_mask *m, char text[static MASK_TEXT]);
/* For people: "0-4,6,9-255", decimal; "" when empty. Room for any mask: 1024. */
char *mask_ranges(const struct ap_mask *m, char *text, size_t size);
/* The same in the digits of lszcrypt and of the screens: "05,14-16" or "0004,00ab". */
char *mask_shown(const struct ap_mask *m, bool domains, char *text, size_t size);
/*
 * What a write of text to apmask or aqmask would make of *m (kernel: ap_parse_mask_str in
 * drivers/s390/crypto/ap_bus.c, rules 2 and 3 of the recorded traces): absolute hexadecimal, left
 * aligned, or a
 * relative list of +n -n +a-b. 0, or -EINVAL with *m as it was.
 */
int mask_parse(const char *text, struct ap_mask *m);

#endif
