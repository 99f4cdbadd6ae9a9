/* SPDX-License-Identifier: MIT */
/*
 * Rows that are alike: of sixty thousand disks nearly all have the same text in all columns but those that name them.
 *
 * Rule: what is found out for one of a kind holds for all of it, within one pass over the rows; nothing is kept from pass to pass.
 */
#ifndef KIN_H
#define KIN_H

#include "table.h"

struct kind {
	struct kin kin;
	uint64_t known, so; /* by the words of a filter */
	size_t text;	    /* of the column that is sorted by, from 1 on; 0: not made yet */
};

struct kinds;

struct kinds *kinds_new(void); /* NULL on ENOMEM */
struct kinds *kinds_free(struct kinds *k);
void kinds_freep(struct kinds **k);
/* The kind of a row, and its kin; NULL: it is like no other, or there is no memory to remember it. Valid until the next call. */
struct kind *kinds_of(struct kinds *k, const struct view *v, const struct session *s,
		      const struct devid *row, struct kin *ret);

#endif
