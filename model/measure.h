/* SPDX-License-Identifier: MIT */
/*
 * Channel measurements: what the channel subsystem counts for a device (drivers/s390/cio/cmf.c), read from the machine at
 * that moment.
 *
 * Rule: nothing here is part of a snapshot. Whoever looks reads, and only while he looks.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "inventory.h"

struct buf;

/*
 * Why a device (css, ccw; "chp/css0": the channel paths) cannot be measured now; false: it can, or is. text: a sentence
 * without its end.
 */
bool measure_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size);

/* Times of a request, in the order in which they are shown. */
enum measure_time {
	MEASURE_PENDING,
	MEASURE_RESPONSE,
	MEASURE_CONNECT,
	MEASURE_DISCONNECT,
	MEASURE_QUEUING,
	MEASURE_ACTIVE,
	MEASURE_BUSY,
	MEASURE_TIMES
};

struct measure_row {
	const char *key;   /* "function_pending": JSON, with _ms behind it */
	const char *title; /* "Function pending" */
	const char *head;  /* of a column, five characters at most: "Pend." */
	const char *attr;  /* below cmf/ */
	const char *about; /* one line, for the manual and the view */
};
extern const struct measure_row measure_rows[MEASURE_TIMES];

/* One reading: everything since the counting began. */
struct measure {
	uint64_t requests;	     /* ssch_rsch_count */
	uint64_t samples;	     /* those whose times were told */
	int64_t interval;	     /* ns between two samples, on average; -1: there is none yet */
	int permille;		     /* utilisation in tenths of a percent; -1 not told */
	int64_t time[MEASURE_TIMES]; /* ns a sample, on average; -1: not counted here */
};

/*
 * Reads a device's values (its ccw name). 0; -ENODATA: it is not measured; or another -errno of the machine.
 */
struct sys;
int measure_read(struct sys *sys, const struct devid *ccw, struct measure *ret);

/* What was between two readings, or since the counting began. */
struct measured {
	bool began_anew; /* the counters were reset or have overflowed: nothing else is told */
	int64_t ns;	 /* that passed; -1 not known */
	uint64_t requests, samples;
	int permille;		     /* -1 not known */
	int64_t time[MEASURE_TIMES]; /* ns a sample; -1 not known, or no sample */
	int64_t blur; /* ns by which each of these may be wrong, since averages over long were subtracted */
};
/* was NULL: since the counting began */
void measure_between(const struct measure *was, const struct measure *is, struct measured *ret);

/* What the numbers suggest: a names list of sentences, never empty. 0 or -ENOMEM. */
int measure_advice(const struct measured *m, struct buf *ret_names);

#endif
