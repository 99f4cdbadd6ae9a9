/* SPDX-License-Identifier: MIT */
/*
 * A figure: one line of JSON on stdout, {"name", "n", "median", "p95", "unit"}, and a line of a table for people on stderr.
 */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double ms_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline int figure_cmp(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts the samples; n is the size of what was measured. Returns the median. */
static inline double figure(const char *name, unsigned long n, double *v, size_t samples,
			    const char *unit)
{
	double p95;

	qsort(v, samples, sizeof(*v), figure_cmp);
	p95 = v[(samples * 95 + 99) / 100 - 1];
	printf("{\"name\": \"%s\", \"n\": %lu, \"median\": %.3f, \"p95\": %.3f, \"unit\": "
	       "\"%s\"}\n",
	       name, n, v[samples / 2], p95, unit);
	fflush(stdout);
	fprintf(stderr, "%-28s %8lu %12.3f %12.3f %s\n", name, n, v[samples / 2], p95, unit);
	return v[samples / 2];
}

#endif
