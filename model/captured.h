/* SPDX-License-Identifier: MIT */
/*
 * Captures: packing what a session's machine shows, and sessions on captures.
 *
 * Rule: a capture has what a scan reads and what a rehearsal needs, and nothing that looks like a secret. What is
 * not in one is named; nothing is concluded from it.
 */
#ifndef CAPTURED_H
#define CAPTURED_H

#include "session.h"

#include <stdint.h>

struct sys;
struct capture_error;

/* Something that is not in a capture as it was, and why. */
struct capture_gap {
	const char *what; /* "unread", "cleaned", "never", "left-out": words of an interface */
	char *path, *why;
};

struct capture_report {
	size_t entries;
	uint64_t bytes, packed;
	struct capture_gap *gaps; /* owned */
	size_t n_gaps, cap_gaps;
};

void capture_report_done(struct capture_report *r);

struct capture_want {
	const char *file;
	bool replace;
	const char *by; /* program and version */
	int64_t now;
};

/* Looks at the machine anew and packs what was read. 0 or -errno with reterr. */
int session_capture(struct session *s, const struct capture_want *want, struct capture_report *ret,
		    struct msg *reterr);

/* The message for what sysfs says of a file that is to be a capture. Returns err. */
int captured_error(const char *file, int err, const struct capture_error *e, struct msg *reterr);

/* A session on a capture, to be looked at. */
struct captured {
	struct sys *sys;
	struct session *session;
};
int captured_open(const char *file, struct captured *ret, struct msg *reterr);
void captured_done(struct captured *c);

#endif
