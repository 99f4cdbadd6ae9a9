/* SPDX-License-Identifier: MIT */
/*
 * What a commit is handed over as: the lines for QEMU, libvirt and virt-install in one text, to be
 * shown or kept in a file.
 */
#ifndef SNIPPETS_H
#define SNIPPETS_H

#include "mem.h"
#include "session.h"

/*
 * n 0: all that guests are given. Appends all forms, each under a comment that names it; what can't be written in one says why
 * there. 0 or -ENOMEM.
 */
int snippets_make(const struct session *s, const struct devid *devs, size_t n, struct buf *ret);
/*
 * Into a new file; dir (may be NULL) is where a relative name begins. 0, -EEXIST or another -errno.
 */
int snippets_write(const struct session *s, const struct devid *devs, size_t n, const char *dir,
		   const char *file);
/* A file, new unless replace; never through a link. 0 or -errno. */
int file_put(const char *path, const char *bytes, size_t len, bool replace);

#endif
