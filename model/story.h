/* SPDX-License-Identifier: MIT */
/*
 * What there is to tell of one device beside its row: the way to it, what Linux made of it, what decides at the next boot,
 * what giving it away would do, which commits touched it, what the kernel said of it.
 *
 * Rule: it is read when somebody asks for it, and stages nothing.
 */
#ifndef STORY_H
#define STORY_H

#include "mem.h"
#include "session.h"

enum story_of {
	STORY_WAY,
	STORY_NODES,
	STORY_BOOT,
	STORY_GIVING,
	STORY_COMMITS,
	STORY_KERNEL,
	STORY_PARTS
};

struct story_part {
	const char *key;   /* "kernel_message": in batch output, once a line */
	const char *title; /* "What the kernel said of it" */
};
extern const struct story_part story_parts[STORY_PARTS];

struct story {
	struct buf
		lines[STORY_PARTS]; /* names lists of sentences; empty: there is nothing to tell */
	bool back;		    /* it is with guests: STORY_GIVING is of giving it back */
};

/* 0 or -ENOMEM; *ret is to be released in either case. A CCW device's is its subchannel's. */
int story_read(struct session *s, const struct devid *dev, struct story *ret);
/* The same anew, without reading the kernel's messages again. -ENOMEM: it is as it was. */
int story_again(struct session *s, const struct devid *dev, struct story *t);
void story_done(struct story *t); /* empties */

#endif
