/* SPDX-License-Identifier: MIT */
/*
 * Between the parts of reading a capture: which files are taken, and what a layout is known by. Only capture*.c
 * include this.
 *
 * Rule: a layout is told by marks at its top, never by a file's name.
 */
#ifndef CAPTURE_IN_H
#define CAPTURE_IN_H

#include "capture.h"
#include "sim_tree.h"

/* What the marks at the top say. */
struct capture_marks {
	bool ours, sos, dbginfo;
};

/* name: of something at the top of a tree. */
void capture_mark(struct capture_marks *m, const char *name);
struct sys_origin capture_origin(const struct capture_marks *m);
/* Ours is small and has what we look at; of another's only that is taken. */
bool capture_wants(const struct capture_marks *m, const char *path);
extern const char *const capture_tops[]; /* NULL ends */
/* Does a link lead above the top? One that begins with a slash means the root of the capture. */
bool capture_leads_out(const char *path, const char *target);
#define CAPTURE_DBGINFO_SYSFS "sysfs.tgz" /* dbginfo.sh packs /sys by itself */

/* Takes the notes of our own captures to heart. */
int capture_take_notes(struct sim *sim, const struct buf *notes);

/*
 * Adds what an archive has to a tree. within: it is dbginfo.sh's of /sys, whose names may begin with a slash.
 * fd is closed by the caller.
 */
int capture_unpack_fd(int fd, bool within, struct sim *sim, struct capture_marks *marks,
		      struct capture_error *reterr);

#endif
