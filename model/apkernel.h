/* SPDX-License-Identifier: MIT */
/*
 * What a kernel makes of writes to the AP bus and to crypto matrices, and what guests then get:
 * tried here before anything
 * is written.
 *
 * Rule: pure, and the only place in the model that knows what the kernel refuses.
 * tests/prop/foretell.c holds it to the
 * simulated machine, which is held to recordings of real ones.
 */
#ifndef APKERNEL_H
#define APKERNEL_H

#include "inventory.h"

/* A matrix of the kernel. */
struct ap_held {
	char uuid[UUID_TEXT];
	struct matrix has;   /* assigned */
	struct matrix guest; /* what a guest gets of it */
};

struct ap_kernel {
	/*
	 * 7.1 and later: overrides of queues, and a bit is refused with whatever the other mask
	 * says
	 */
	bool strict;
	bool has_vfio; /* vfio_ap is loaded */
	int max_adapter, max_domain;
	struct ap_mask mask[2]; /* apmask, aqmask */
	struct matrix granted;	/* to the LPAR */
	/* queues, by adapter: there are; bound; overridden at all, and by which driver */
	struct ap_mask present[256], vfio[256], host[256], over[256], over_vfio[256],
		over_host[256];
	struct ap_held *held; /* owned, in order of UUID */
	size_t n_held, cap_held;
};

/* 0 or -ENOMEM; apkernel_done releases. */
int apkernel_of(const struct inventory *inv, struct ap_kernel *ret);
void apkernel_done(struct ap_kernel *k);
/* Is it a kernel with driver overrides for AP queues, and what comes with them? */
bool ap_is_strict(const struct inventory *inv);

struct ap_held *apkernel_held(const struct ap_kernel *k, const char *uuid); /* NULL: none */

/*
 * Each as the kernel's write: 0, or its -errno and nothing changed. which of a mask: 0 apmask, 1
 * aqmask.
 */
int apkernel_mask(struct ap_kernel *k, int which, const struct ap_mask *to);
int apkernel_create(struct ap_kernel *k, const char *uuid);
int apkernel_remove(struct ap_kernel *k, const char *uuid);
int apkernel_config(struct ap_kernel *k, struct ap_held *h, const struct matrix *to);
/* part: 'a' adapter, 'd' usage domain, 'k' control domain. */
int apkernel_assign(struct ap_kernel *k, struct ap_held *h, char part, unsigned id, bool on);
int apkernel_override(struct ap_kernel *k, apqn_t q, const char *driver); /* "": none */
int apkernel_unbind(struct ap_kernel *k, apqn_t q);
int apkernel_probe(struct ap_kernel *k, apqn_t q); /* 0 though nobody takes it */
void apkernel_module(struct ap_kernel *k);	   /* vfio_ap is loaded */

/* A live write by its path in sysfs; what is none of the AP bus's or a matrix's business is 0. */
int apkernel_write(struct ap_kernel *k, const char *path, const char *value);

/* Would the masks be refused by a matrix (EBUSY)? Then *ret_by (may be NULL) is its index in of. */
struct ap_state {
	struct ap_mask mask[2]; /* apmask, aqmask */
	const struct matrix *matrices;
	size_t n;
	bool strict;
};
bool ap_refuses(const struct ap_state *s, int which, const struct ap_mask *to, size_t *ret_by);

#endif
