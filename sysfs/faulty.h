/* SPDX-License-Identifier: MIT */
/*
 * A machine on which the nth mutation goes wrong, a second one too, or somebody else acts before
 * one of them.
 *
 * Rule: mutations are counted from 1 in the order they are asked for: write, stage, publish,
 * unstage, sync, syncdir, overwrite, lock
 * (releasing too), load_module. The inner machine is not owned.
 */
#ifndef FAULTY_H
#define FAULTY_H

#include "sys.h"

enum fault {
	FAULT_REFUSED, /* nothing is done, the error is returned */
	FAULT_DONE,    /* it is done and the error is returned all the same */
	/* nothing is done, then or ever after: as if the program had been killed there */
	FAULT_CUT,
	FAULT_KILL, /* the process ends there and then, by SIGKILL */
};

/* at 0: nothing goes wrong, mutations are only counted. err is positive. 0 or -ENOMEM. */
int faulty_new(struct sys *inner, unsigned at, enum fault fault, int err, struct sys **ret);
unsigned faulty_count(const struct sys *faulty);
/* Another mutation goes wrong as well: the undo of what the first one spoilt. */
void faulty_also(struct sys *faulty, unsigned at, enum fault fault, int err);
/* Called before each mutation, n its number; path is a module's name for load_module, FAULTY_SYNC for sync. */
#define FAULTY_SYNC "/"
void faulty_before(struct sys *faulty, void (*before)(void *arg, unsigned n, const char *path),
		   void *arg);

#endif
