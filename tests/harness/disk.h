/* SPDX-License-Identifier: MIT */
/*
 * What may be left on a disk after the power fails: a file system that keeps nothing it was not told to.
 *
 * The program is linked with --wrap for the calls that change files; between disk_begin and disk_end those below a root are
 * recorded. Of what a file got since its last fsync any beginning may be there, and of one that was overwritten in place any
 * bytes; of the names that directories got or lost
 * since their last fsync any may be there, in any order; a rename is one change.
 *
 * Rule: paths are those inside the root; one recording at a time.
 */
#ifndef DISK_H
#define DISK_H

#include "mem.h"

#include <stdbool.h>
#include <stddef.h>

struct disk;

struct disk *disk_new(void);
struct disk *disk_free(struct disk *d);
/* A file that was on the disk before. */
void disk_put(struct disk *d, const char *path, const char *bytes, size_t len);
void disk_begin(struct disk *d, const char *root);
void disk_end(struct disk *d);
size_t disk_changes(const struct disk *d);	     /* recorded */
size_t disk_synced(const struct disk *d, bool dirs); /* fsyncs so far, of files or of directories */
/* Names whose fate is open if the power fails after so many changes. */
size_t disk_open(const struct disk *d, size_t cut);
/*
 * Power fails after `cut` changes. fate(arg, sides) decides below sides, 0 is the worst; file is
 * called for each file that is there at the next boot.
 */
void disk_crash(const struct disk *d, size_t cut, unsigned (*fate)(void *arg, unsigned sides),
		void (*file)(void *arg, const char *path, const char *bytes, size_t len),
		void *arg);
/* In words, for a failure. */
void disk_tell(const struct disk *d, size_t cut);

#endif
