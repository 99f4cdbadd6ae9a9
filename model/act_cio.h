/* SPDX-License-Identifier: MIT */
/*
 * Binding a subchannel to io_subchannel returns before the kernel has found out what is behind it, and so does the probe of
 * virtio_ccw before the device is online.
 *
 * Rule: no subchannel is taken from io_subchannel meanwhile. io_subchannel_remove() stops neither: the channel device then
 * appears below another driver's subchannel, or the kernel writes to what it has freed.
 */
#ifndef ACT_CIO_H
#define ACT_CIO_H

#include "act.h"

/* Before an act is carried out. 0, or -ETIMEDOUT: the kernel is still at it, and the subchannel stays where it is. */
int cio_before(struct actor *who, const struct act *a);
/* After it: what it gave back to io_subchannel can be used and taken away again; that it does not come is no failure of the act. */
void cio_after(struct actor *who, const struct act *a);

#endif
