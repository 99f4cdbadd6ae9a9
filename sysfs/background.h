/* SPDX-License-Identifier: MIT */
/*
 * One piece of work in a thread of its own, and a descriptor that tells when it has something to show.
 *
 * Rule: the thread and its owner share nothing but what the work itself guards, and background_end comes before anything the
 * thread uses goes.
 */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <stdbool.h>

struct background;

/* Runs work(arg). 0, or -errno: there is no thread to be had. */
int background_start(void (*work)(void *arg), void *arg, struct background **ret);
int background_fd(
	const struct background *b); /* readable: background_tell was called, or it has ended */
/* Waits for that; false: it did not come in time. timeout_ms below 0: as long as it takes. */
bool background_wait(const struct background *b, int timeout_ms);
void background_take(struct background *b); /* what was told is known */
void background_tell(struct background *b); /* from within the work */
/* Waits until the work has returned. NULL is fine; returns NULL. */
struct background *background_end(struct background *b);

#endif
