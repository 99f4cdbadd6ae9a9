/* SPDX-License-Identifier: MIT */
/*
 * The checks behind readiness_make. Only readiness*.c include this.
 */
#ifndef READINESS_PART_H
#define READINESS_PART_H

#include "mem.h"
#include "readiness.h"

struct check {
	struct readiness *to;
	const struct desired *d;
	const struct inventory *inv;
	const struct host *host;
	bool nomem;
};

struct ready_kind {
	const char *name, *title;
};

/*
 * The evidence in words as printf has it; a remedy or NULL. Returns the item, valid until the next
 * one; NULL: no memory.
 */
struct ready_item *ready_add(struct check *c, const struct ready_kind *kind, enum ready state,
			     const char *remedy, const char *fmt, ...) PRINTF(5, 6);

/* readiness_boot.c: does what is configured come back after a boot? */
void ready_boot(struct check *c);

#endif
