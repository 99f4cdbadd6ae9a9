/* SPDX-License-Identifier: MIT */
/*
 * Which masks free the wanted queues and take the fewest others away from the host?
 *
 * A queue is the host's iff its adapter's bit AND its domain's bit are set; so for each wanted
 * queue its adapter or its
 * domain must be given away. Exact when the wanted queues touch at most 20 adapters or at most 20
 * domains; beyond, the search ends after a fixed number of steps, never by the clock, and tells what
 * is proven.
 */
#ifndef APSOLVE_H
#define APSOLVE_H

#include "ids.h"
#include "mask.h"

struct ap_problem {
	struct ap_mask apmask, aqmask; /* as they are */
	const apqn_t *want;	       /* queues that must not be the host's */
	size_t n_want;
	/* queues that exist and are the host's now, with their weights */
	const apqn_t *host;
	const unsigned *weight; /* 1 idle, more when online or in use; NULL: all 1 */
	size_t n_host;
	struct ap_mask fixed_adapters, fixed_domains; /* bits that must stay set */
	/* bits that are left set where that costs the host nothing more */
	struct ap_mask avoid_adapters, avoid_domains;
	unsigned long budget; /* of steps, however few the lines; 0: the usual */
};

struct ap_solution {
	struct ap_mask apmask, aqmask;
	bool exact;	/* proven to be the minimum */
	unsigned lost;	/* weight of the queues lost besides the wanted ones */
	unsigned bound; /* no solution loses less than this */
};

/*
 * 0; -ENOSPC: the fixed bits leave no solution; -ENOMEM. Among equal solutions the one with fewer
 * bits to avoid, then with fewer cleared bits, then adapters before domains.
 */
int ap_solve(const struct ap_problem *p, struct ap_solution *ret);

#endif
