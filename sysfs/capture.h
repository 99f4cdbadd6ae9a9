/* SPDX-License-Identifier: MIT */
/*
 * Machines packed into a file, or unpacked from one: our own captures, what sosreport and dbginfo.sh collect, and any
 * tar archive of /sys, /proc and /etc.
 *
 * Rule: an archive is somebody else's. It is never unpacked onto a disk, memory and time have limits, and an entry
 * which no honest capture has (a name or a link that leads out, a hard link, a device node) is refused by name.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "sys.h"

#define CAPTURE_NOTES "vfiocfg-capture" /* the entry with what a capture says of itself */

/* What is wrong with an archive. */
struct capture_error {
	char entry[256];  /* its name; "": no entry in particular */
	const char *what; /* "is a hard link"; NULL: nothing more is known */
};

/*
 * Opens a capture to be looked at: a packed one, or a directory with the marks of one that was unpacked. 0; 1: a
 * directory without such marks, which is opened as a machine's root; -EINVAL with reterr; -EFBIG: more than a host
 * could have, with reterr; -ENOTSUP: built without libarchive; or another -errno of the file.
 */
int capture_open(const char *path, struct sys **ret, struct capture_error *reterr);
/* Is a file an archive, by the bytes it begins with? Then capture_open says whether it is a capture. */
bool capture_is_packed(const char *path);
/* The same as a simulation, writable, with a kernel that answers. */
int capture_open_demo(const char *path, struct sys **ret, struct capture_error *reterr);

struct capture_opts {
	const char
		*file;	/* its name says how it is packed: .tar, .tar.gz, .tgz, .tar.xz, .tar.zst */
	bool replace;	/* a file of that name may be there */
	const char *by; /* program and version, for the notes */
	int64_t now;	/* seconds since 1970 */
};

struct capture_size {
	size_t entries;
	uint64_t bytes; /* of all values */
	uint64_t packed;
};

/*
 * Writes what a record has kept: mode 0600, under another name until it is complete. -EEXIST: there is such a file;
 * -EINVAL: the name says no way of packing; -ENOTSUP: built without libarchive, or it does not have this way.
 */
int capture_write(struct sys *record, const struct capture_opts *opts, struct capture_size *ret);

#endif
