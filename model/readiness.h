/* SPDX-License-Identifier: MIT */
/*
 * Is this host ready to give devices to guests? One item a link of the chain, in the order in which
 * things go wrong.
 *
 * Rule: pure, over the snapshot; each item carries the evidence that was found, not an opinion, and
 * what to do about it.
 */
#ifndef READINESS_H
#define READINESS_H

#include "desired.h"

enum ready {
	READY_OK,
	READY_NOTE, /* worth knowing; nothing is missing */
	READY_LACK, /* something that may be wanted does not work */
	READY_STOP, /* no guest can be given anything */
};
const char *ready_word(enum ready r); /* "ok", "note", "lacks", "stops" */

struct ready_item {
	const char *name;  /* an interface: "kvm", "module-vfio_ccw" */
	const char *title; /* "KVM" */
	enum ready state;
	char *evidence; /* what was found; owned, never NULL */
	/* what to do, a command or a word of this program; owned, "" when nothing is to be done */
	char *remedy;
	const char *module; /* the remedy is to load this one, which an edit can do; NULL: not */
};

struct readiness {
	struct ready_item *v; /* owned */
	size_t n, cap;
};

int readiness_make(const struct desired *d, struct readiness *ret); /* 0 or -ENOMEM */
void readiness_done(struct readiness *r);
enum ready readiness_worst(const struct readiness *r);

#endif
