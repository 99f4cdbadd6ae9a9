/* SPDX-License-Identifier: MIT */
/*
 * Attributes of very many devices below one directory, read by a few threads.
 *
 * Rule: threads only read, into what belongs to the device at hand; whoever called puts the results
 * together when all have ended, in order. So nothing here depends on which thread was quicker.
 */
#ifndef MANY_H
#define MANY_H

#include "sys.h"

struct many {
	const struct sys *sys;
	int dir;
};

enum { MANY_PAGE = 4097 }; /* an attribute of sysfs, and a NUL */

/* 0; -ENOSYS: this machine is read by paths only. */
int many_open(struct sys *sys, const char *path, struct many *ret);
void many_close(struct many *m);
/*
 * An attribute of a device ("0.0.0313", "chpids") without blanks at its end, as a string. 0 or
 * -errno; -EFBIG: it does not fit.
 */
int many_read(const struct many *m, const char *device, const char *attr,
	      char page[static MANY_PAGE]);
/* The same of the directory itself, with all its blanks, appended to *ret. */
int many_get(const struct many *m, const char *attr, struct buf *ret);
/* The names in a directory below, sorted. */
int many_list(const struct many *m, const char *name, struct buf *ret_names);
/* The target of a link in the directory, and its last component alone, appended. */
int many_link(const struct many *m, const char *link, struct buf *ret);
int many_base(const struct many *m, const char *link, struct buf *ret);
/* Calls work(arg, i) once for each i below n, from several threads. Returns when all are done. */
void many_each(size_t n, void (*work)(void *arg, size_t i), void *arg);

#endif
