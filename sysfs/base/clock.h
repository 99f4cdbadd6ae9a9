/* SPDX-License-Identifier: MIT */
/*
 * Time for waiting.
 *
 * Rule: it is of no day: only differences mean anything.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

/* Milliseconds that pass whatever somebody does to the date. */
static inline long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
