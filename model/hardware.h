/* SPDX-License-Identifier: MIT */
/*
 * What stood behind each address that guests were given: so that other hardware there is noticed.
 *
 * Rule: one line a device, "css/0.0.0313 dev=0.0.2b09 type=3390/0c"; a line that is not understood
 * is passed over. Only facts that both sides know are compared: a device bound for guests tells
 * less of itself. An edit (wish.accept) notes anew what is there.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include "desired.h"

struct buf;
struct scan;
struct sys;

#define HARDWARE_NAME "hardware" /* in the journal's directory */

/* Reads the file: fills inv->hardware. */
void scan_hardware(struct scan *s);
/*
 * What a commit changes of the file: a line for each device that is given away, as it is before, and one without facts for each
 * that needs no note any more. 0 or -ENOMEM. sys NULL: a volume's own name is known only where it was noted before.
 */
int hardware_note(struct sys *sys, const struct desired *d, struct buf *ret);
/* Lays that over the file as it is now: all other lines stay, understood or not. 0 or -ENOMEM. */
int hardware_put(const char *file, const char *note, struct buf *ret);
/* Is it noted, and other hardware there now? */
bool hardware_is_another(const struct inventory *inv, const struct devid *dev);
/*
 * The first fact that is another now: "type", "3390/0c", "3390/0a"; false: as far as can be told it
 * is the same. The buffers are appended to.
 */
bool hardware_changed(const struct inventory *inv, const struct hardware *h, struct buf *ret_fact,
		      struct buf *ret_was, struct buf *ret_is);

#endif
