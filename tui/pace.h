/* SPDX-License-Identifier: MIT */
/*
 * When the full screen paints: typed keys come first, then a line that has carried what it was given, then a frame.
 *
 * Rule: no clock and no terminal in here: times are milliseconds that the caller passes in, so tests count frames.
 */
#ifndef PACE_H
#define PACE_H

#include "canvas.h"

struct pace {
	unsigned long baud; /* of the line; 0: too fast to matter, or nobody knows */
	bool dirty;	    /* what is shown may be out of date */
	long free_at;	    /* when the line has carried all that was sent, by its speed */
	long painted;	    /* the last frame; 0 none */
	long followed;	    /* the last time events were taken; 0 never */
};

enum {
	PACE_FOLLOW_MS = 100, /* a storm of events repaints ten times a second, not more */
	PACE_KEYS_MS = 250,   /* so long may a stream of keys put off a frame */
	PACE_NEVER = -1,
};

/* What the terminal says of itself just before a frame. */
struct pace_line {
	bool key_waits; /* something was typed and not yet read */
	bool writable;	/* a write would not block */
	int queued;	/* bytes that the line has not carried yet, as far as it tells */
};

/* How long until events may be taken: 0 now. */
long pace_follow(const struct pace *p, long now);
/* How long until a frame may be painted: 0 now; PACE_NEVER: nothing to paint, or the terminal will say. */
long pace_paint(const struct pace *p, long now, const struct pace_line *line);
/* After a frame of about so many bytes. */
void pace_painted(struct pace *p, long now, size_t bytes);
/* About how many bytes it takes to turn one picture into the other; was NULL: all of it. */
size_t pace_cost(const struct canvas *was, const struct canvas *is);

#endif
