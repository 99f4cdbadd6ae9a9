/* SPDX-License-Identifier: MIT */
/*
 * Measured numbers as text, the same in all front ends, and the blocks nobody here understands as files.
 *
 * Rule: what is not known is "-", never 0.
 */
#ifndef MEASURE_TEXT_H
#define MEASURE_TEXT_H

#include "session.h"

struct buf;

/* The device behind a subchannel, which is what is measured; what has none stays as it is. */
struct devid measure_device(const struct session *s, const struct devid *dev);

const char *measure_ms(int64_t ns, char *text, size_t size);	    /* "0.213", "12.34", "123.4" */
const char *measure_percent(int permille, char *text, size_t size); /* "34.2" */
const char *measure_seconds(int64_t ns, char *text, size_t size);   /* "5.0" */

/*
 * One character a value, the highest of them full; what is below 0 is unknown and a blank. ascii: nothing beyond ASCII.
 * Appends the newest `width` of them; 0 or -ENOMEM.
 */
int measure_history(const int64_t *values, size_t n, size_t width, bool ascii, struct buf *ret);

/*
 * Saves a channel path's blocks as they are: name.measurement, name.measurement_chars, and name.ext_measurement where the
 * kernel has it. New files; dir (may be NULL) is where a relative name begins. ret_said: what was written, with commas. 0,
 * or -errno with reterr.
 */
int blocks_save(const struct session *s, const struct devid *chp, const char *dir, const char *name,
		struct buf *ret_said, struct msg *reterr);

#endif
