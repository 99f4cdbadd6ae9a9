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

/*
 * Why a device (css, ccw; "chp/css0": the channel paths) cannot be measured now; false: it can, or is. text: a sentence
 * without its end.
 */
bool measure_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size);

#endif
