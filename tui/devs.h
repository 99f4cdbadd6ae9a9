/* SPDX-License-Identifier: MIT */
/*
 * The devices of a table's rows, in their order.
 *
 * Rule: subchannels, of which there can be a quarter of a million, are kept as numbers; anything else as a name. Never both.
 */
#ifndef DEVS_H
#define DEVS_H

#include "ids.h"

/* All zero: there are none. How many there are is told beside it. */
struct devs {
	struct devid *v;
	struct ccwid *subchs;
};

void devs_done(struct devs *d);
struct devid devs_at(const struct devs *d, size_t i);
size_t devs_find(const struct devs *d, size_t n,
		 const struct devid *dev); /* n: it is not among them */
void devs_set(struct devs *d, size_t i, const struct devid *dev);
void devs_move(struct devs *d, size_t to, size_t from, size_t n); /* as memmove(3) */
/* Makes room for n. 0, or -ENOMEM and nothing changed. */
int devs_room(struct devs *d, size_t n);

#endif
