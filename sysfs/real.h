/* SPDX-License-Identifier: MIT */
/*
 * The machine at hand, or a tree that looks like one (a capture, a mounted simulation).
 *
 * Rule: every path is resolved below the root's directory descriptor; a link which leads out of the
 * root does not exist.
 */
#ifndef REAL_H
#define REAL_H

#include "sys.h"

struct real_opts {
	const char *root; /* "/" or a directory */
	bool live;	  /* a root other than "/" may be written to */
	bool read_only;
	bool events; /* watch the configuration directories, and on this host the kernel too */
};

/* 0 or -errno. Writable iff not read_only, the user is root, and root is "/" or live. */
int real_new(const struct real_opts *opts, struct sys **ret);

#endif
