/* SPDX-License-Identifier: MIT */
/*
 * The checks behind rules[], and what they share. For rules*.c only.
 */
#ifndef RULES_PART_H
#define RULES_PART_H

#include "desired_parts.h"
#include "rules.h"

#include <errno.h>
#include <string.h>

typedef int rule_fn(const struct desired *d, const struct rule *rule, struct findings *f);

static inline struct devid devid_mdev(const char *uuid)
{
	struct devid dev = { .bus = BUS_MDEV };

	memcpy(dev.name, uuid, strnlen(uuid, UUID_TEXT - 1));
	return dev;
}

/* Adds a finding whose message is made in place. */
#define FIND(f, rule, grade, dev, other, staged, id, ...)                                          \
	__extension__({                                                                            \
		struct msg find_msg_ = { 0 };                                                      \
		int find_r_;                                                                       \
		msg_make(&find_msg_, id, __VA_ARGS__, NULL);                                       \
		find_r_ = findings_add(f, rule, grade, dev, other, staged, &find_msg_);            \
		msg_done(&find_msg_);                                                              \
		find_r_;                                                                           \
	})

/* An error that the kernel would find, too: with its errno. */
#define FIND_ERRNO(f, err_, ...)                                                                   \
	__extension__({                                                                            \
		int find_k_ = FIND(f, __VA_ARGS__);                                                \
		if (find_k_ == 0)                                                                  \
			(f)->v[(f)->n - 1].err = (err_);                                           \
		find_k_;                                                                           \
	})

/* Does an edit change this device, live or in its definition? */
static inline bool mdev_staged(const struct d_mdev *m)
{
	return m->wish != NULL;
}

/*
 * Bits which the masks would take back for the host and which this kernel (7.1 and later) refuses
 * while the matrix has queues of them; empty: none.
 */
struct matrix reclaimed_bits(const struct desired *d, const struct d_mdev *m);
/* The subchannel of a css id; NULL: none, or not one. */
const struct subch *subch_of(const struct inventory *inv, const struct devid *dev);
const struct pci_fn *pci_of(const struct inventory *inv, const struct devid *dev);
/*
 * Is a device taken from the host now (from a driver of the host, or unbound, to one for guests)?
 */
bool driver_takes(const struct d_driver *r);

#endif
