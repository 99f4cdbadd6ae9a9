/* SPDX-License-Identifier: MIT */
/*
 * The inside of a story. Only story*.c include this.
 *
 * Rule: each teller appends its lines; what cannot be read is left out, and only memory can fail.
 */
#ifndef STORY_PART_H
#define STORY_PART_H

#include "session_part.h"
#include "story.h"

struct told {
	struct session *s;
	struct devid dev;
	const struct subch *sch; /* NULL: it is none */
	struct devid ccw;	 /* the device behind, or BUS_NONE */
	const struct pci_fn *pci;
	/* what it is called where no bus is said: "0.0.2b09", "0000:3b:00.1", a UUID, "dasda"; not a subchannel's number */
	struct buf names;
};

/* 0 or -ENOMEM. */
int story_line(struct buf *ret, const char *fmt, ...) PRINTF(2, 3);

/* The variant of vfio-pci that the function would better be given to. */
int story_variant(const struct told *t, struct buf *ret);
int story_boot(const struct told *t, struct buf *ret);
int story_commits(const struct told *t, struct buf *ret);
int story_kernel(const struct told *t, struct buf *ret);

/* Does it stand in the text, and no letter or digit around it? */
bool story_has_word(const char *text, size_t len, const char *word);

#endif
