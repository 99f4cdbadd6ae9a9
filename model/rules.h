/* SPDX-License-Identifier: MIT */
/*
 * What is refused, and what wants a second look: every rule over the whole machine as it would be.
 *
 * Rule: a rule is one row {name, check}; the table is also the documentation. A rule sees the
 * desired state and adds
 * findings; it never changes anything.
 */
#ifndef RULES_H
#define RULES_H

#include "desired.h"
#include "msg.h"

enum grade {
	GRADE_NOTE,
	GRADE_CONFLICT, /* two definitions that cannot run together: acknowledged */
	/* would work and hurt the host or a guest: a typed override naming the device */
	GRADE_PROTECTED,
	GRADE_ERROR, /* cannot work */
};
const char *grade_name(enum grade g); /* "note", "conflict", "protected", "error" */

struct finding {
	enum grade grade;
	const char *rule;   /* its row's name */
	struct devid dev;   /* whom it is about */
	struct devid other; /* the other party, or BUS_NONE */
	bool staged;	    /* an edit brings it about; false: it was so before */
	bool vital;	    /* protected: the full device id must be typed */
	/* error: what the kernel would say to it, EADDRINUSE; 0: it isn't asked */
	int err;
	struct msg msg;
};

struct findings {
	struct finding *v; /* worst grade first, then by device */
	size_t n, cap;
};

struct rule {
	const char *name;  /* "queue-shared-active" */
	const char *about; /* one line, for the man page */
	int (*check)(const struct desired *d, const struct rule *rule, struct findings *f);
};
extern const struct rule rules[]; /* name NULL ends */

int rules_check(const struct desired *d, struct findings *ret); /* 0 or -ENOMEM */
void findings_done(struct findings *f);
size_t findings_count(const struct findings *f, enum grade g);

/* For the checks: *msg goes into the findings and is empty afterwards. 0 or -ENOMEM. */
int findings_add(struct findings *f, const struct rule *rule, enum grade g, const struct devid *dev,
		 const struct devid *other, bool staged, struct msg *msg);

/*
 * Why this device can't be given to a guest at all; false: it can. text: one short clause, "QDIO
 * device".
 */
bool rules_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size);
/* The driver that gives this device to guests: "vfio_ccw", "vfio-pci"; NULL: none. */
const char *rules_guest_driver(const struct inventory *inv, const struct devid *dev);

#endif
