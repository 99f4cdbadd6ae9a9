/* SPDX-License-Identifier: MIT */
/*
 * The parts of desired_build, in the order in which they run, and what they share. For desired*.c
 * and rules*.c only.
 */
#ifndef DESIRED_PARTS_H
#define DESIRED_PARTS_H

#include "desired.h"
#include "mem.h"

/* A set of queues. */
struct qset {
	struct ap_mask of[256]; /* domains, by adapter */
};

static inline bool qset_has(const struct qset *s, apqn_t q)
{
	return mask_has(&s->of[APQN_CARD(q)], APQN_DOM(q));
}
static inline void qset_add(struct qset *s, apqn_t q)
{
	s->of[APQN_CARD(q)].w[APQN_DOM(q) / 64] |= (uint64_t)1 << (63 - APQN_DOM(q) % 64);
}

/* Whose every queue is, found once; the kernel's view: reserved for the host, present or not. */
struct ap_index {
	struct qset present, now, then, boot;
};
int ap_index_build(struct desired *d); /* 0 or -ENOMEM; when masks and drivers are settled */
void qset_add_matrix(struct qset *s, const struct matrix *m);
void qset_add_list(struct qset *s, const apqn_t *q, size_t n);
/* The members in order, malloc'ed; NULL and 0 for none. */
int qset_list(const struct qset *s, apqn_t **ret, size_t *ret_n);

/* What the queues of one side (now, next boot) shall be. */
struct ap_side {
	bool any;	    /* something is wanted of this side */
	struct qset guests; /* must not be the host's */
	struct qset hosts;  /* given back by name */
};
/*
 * From the masks given to masks that make the side so and take the least from the host; these
 * domains' bits (may be NULL) stay set. 0, -ENOSPC: there are none, -ENOMEM.
 */
int ap_masks_for(const struct inventory *inv, const struct ap_side *s,
		 const struct ap_mask *keep_domains, struct ap_mask *apmask, struct ap_mask *aqmask,
		 struct ap_loss *ret);
/* A queue for guests, both of whose bits queues for the host want set; false: none. */
bool ap_torn_queue(const struct ap_side *s, apqn_t *ret);

int desired_switches(struct desired *d);
int desired_mdevs(struct desired *d);
int desired_drivers(struct desired *d);
int desired_ap(struct desired *d);

/*
 * The record of a device, made if there is none: as it is now, nothing changing. NULL on ENOMEM.
 * Others may move.
 */
struct d_driver *desired_driver_get(struct desired *d, const struct devid *dev);
/* Asks for a driver ("" gives back) on the sides named. */
void desired_driver_want(struct desired *d, struct d_driver *r, const char *driver, bool live,
			 bool persist);
/* A module that is there and not loaded yet is to be loaded now. */
int desired_module_need(struct desired *d, const char *name);
/* "vfio-pci" -> "vfio_pci": the module that holds a driver. */
void driver_module(const char *driver, char *name, size_t size);
/* Is this a driver that gives devices to guests? */
bool driver_is_guest(const char *driver);
/* The driver the host has for a device, where the bus has only one; NULL: not known. */
const char *driver_native(const struct inventory *inv, const struct devid *dev);

/* Is some AP queue's driver_override set? Then the kernel takes no masks. */
bool ap_overrides_in_force(const struct inventory *inv);
bool ap_masks_full(const struct ap_mask *apmask, const struct ap_mask *aqmask);
/* Would the kernel call this queue, present or not, reserved for the host (EADDRNOTAVAIL)? */
bool ap_reserved_now(const struct desired *d, apqn_t q);
bool ap_reserved_then(const struct desired *d, apqn_t q);
bool ap_reserved_boot(const struct desired *d, apqn_t q);
/*
 * The masks that the next boot ends with: the rule's, else the kernel command line's, else all
 * ones.
 */
void ap_masks_boot(const struct desired *d, struct ap_mask *ret_apmask, struct ap_mask *ret_aqmask);

#endif
