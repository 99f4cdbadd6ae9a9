/* SPDX-License-Identifier: MIT */
/*
 * What a mounted simulated machine is told through its file .sim: it stands for the operator's
 * hands and for the hardware.
 *
 * Rule: knows nothing of FUSE; the caller holds the lock.
 */
#ifndef SIMFS_H
#define SIMFS_H

#include "sys.h"

/* A built-in machine's name or a machine file. What is wrong with the file is said on stderr. */
int simfs_load(const char *name, struct sys **ret);
/*
 * "kernel-reboot": the kernel only; "reboot": the programs of a boot are played as well; "save
 * FILE"; "load MODULE";
 * "hold UUID PID NAME"; "release UUID"; "process PID NAME"; and what the support element understands.
 */
int simfs_obey(struct sys *sys, const char *word);
/* Takes the waiting uevents, one a line: action, subsystem, path and variables. */
int simfs_events(struct sys *sys, struct buf *ret);

#endif
