/* SPDX-License-Identifier: MIT */
/*
 * Cells and detail lines that several views share.
 *
 * Rule: a cell is the fact alone; marks for "staged" and "uncertain" are the table's, told by the
 * look.
 */
#ifndef VIEWS_H
#define VIEWS_H

#include "table.h"

/* The facts of a device which has a driver. */
int cell_bound(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);
int cell_wanted(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);
int cell_after(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);
int cell_why_after(const struct session *s, const struct devid *row, struct buf *ret,
		   enum look *look);
int cell_used(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);
int cell_what(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);
int cell_override(const struct session *s, const struct devid *row, struct buf *ret,
		  enum look *look);
int cell_persistent(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look);
int cell_blocked(const struct session *s, const struct devid *row, struct buf *ret,
		 enum look *look);
int cell_mdevs(const struct session *s, const struct devid *row, struct buf *ret, enum look *look);

/*
 * What forbids a commit that touches the device, or wants an override: a line of its own, led by a
 * newline; or nothing.
 */
int detail_blockers(const struct session *s, const struct devid *row, struct buf *ret);
/* Columns that several views have, told once. */
#define COLUMN_OVERRIDE                                                                            \
	{                                                                                          \
		.key = "override", .title = "Override", .min = 9, .batch_only = true,              \
		.brief = true, .cell = cell_override, .help = "driver_override in force"           \
	}
#define COLUMN_PERSISTENT                                                                          \
	{                                                                                          \
		.key = "persistent", .title = "Persistent", .min = 10, .batch_only = true,         \
		.extra = true, .cell = cell_persistent,                                            \
		.help = "driver override kept by driverctl"                                        \
	}
#define COLUMN_BLOCKED                                                                             \
	{                                                                                          \
		.key = "blocked", .title = "Blocked", .min = 10, .batch_only = true,               \
		.cell = cell_blocked, .help = "why it cannot be given to a guest"                  \
	}

/* What is staged, in the way, or at stake for a device: one or two lines. */
int detail_stakes(const struct session *s, const struct devid *row, struct buf *ret);

/*
 * The channel paths of a subchannel, or the subchannels that have a channel path, each with what its masks say of it, and what
 * the masks mean: a names list, nothing for what has none.
 */
int paths_in_words(const struct session *s, const struct devid *row, struct buf *ret_names);

/* The device and, of a subchannel, the CCW device behind it: whoever uses the one uses the other. How many. */
size_t row_devices(const struct session *s, const struct devid *row, struct devid ret[2]);
/* "yes, with the driver vfio_ccw", "no: QDIO device"; nothing of what is not given away as such. */
int verdict_in_words(const struct session *s, const struct devid *row, struct buf *ret);

/* What is staged for the mediated devices of a row; appended, nothing when nothing is. */
int add_staged_mdevs(const struct session *s, const struct devid *row, struct buf *ret);

const char *tri_word(int tri, const char *yes, const char *no); /* "" when not known */

/* of a css row; a number no subchannel has otherwise */
struct ccwid row_subch(const struct devid *row);

/* The mediated device of a row: active, defined or staged; NULL: gone. */
const struct d_mdev *row_mdev(const struct session *s, const struct devid *row);
/* "create", "stop", "change+auto": what is staged for it, appended; nothing when nothing is. */
int mdev_wanted(const struct d_mdev *m, struct buf *ret);
bool mdev_drifted(const struct d_mdev *m); /* active, and not as its definition says */

#endif
