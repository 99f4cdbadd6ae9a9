/* SPDX-License-Identifier: MIT */
/*
 * A machine in memory: a kernel that answers reads and writes as the real one does, refusals
 * included.
 *
 * Rule: the tree of nodes is the whole state (what the kernel knows and sysfs does not show lives
 * in
 * the same tree below /.sim, which no operation of struct sys_ops reaches). So saving, loading,
 * copying and
 * comparing a machine are operations on a tree.
 */
#ifndef SIM_H
#define SIM_H

#include "sys.h"

/* Where a machine file is wrong. */
struct sim_error {
	unsigned line; /* 1.. */
	char expected[160];
};

/* The built-in machines: lpar, lpar72, zvm, x86, empty, hostile; NULL ends the list. */
struct sim_machine {
	const char *name;
	const char *about; /* one line */
	const char *text;
};
extern const struct sim_machine sim_machines[];

/*
 * A machine from the text of a machine file. 0, -ENOMEM, or -EINVAL with reterr filled (may be
 * NULL).
 */
int sim_new(const char *text, size_t len, struct sys **ret, struct sim_error *reterr);
/* A built-in machine; -ENOENT when there is none of that name. */
int sim_new_named(const char *name, struct sys **ret);
/*
 * A copy of a machine of any kind: everything below the given paths (NULL ends the list), as a
 * simulation.
 */
int sim_copy(struct sys *from, const char *const *paths, struct sys **ret);

/* The whole machine as text which sim_new takes back; equal machines give equal text. */
int sim_save(struct sys *sim, struct buf *ret_text);
/* Keeps that text in a file, replaced atomically after every mutation. */
int sim_keep(struct sys *sim, const char *file);

/*
 * What a reboot does to the kernel: devices as the hardware gives them with their default drivers,
 * no mediated devices, masks as the kernel command line says, /run empty, a new boot id; the add
 * events are
 * queued. What the boot's programs then do with the files in /etc is not the kernel's and not done
 * here.
 */
int sim_reboot(struct sys *sim);

/*
 * A word to the support element of the simulated hardware: "addcard 7 c 14", "adddom 6", "decfg 5",
 * ...; "later": what a machine with "hidden recognises-late" has left undone is done.
 */
int sim_poke(struct sys *sim, const char *command);
/* Somebody opens (holder != NULL: "pid name") or lets go of a mediated device. */
int sim_hold(struct sys *sim, const char *uuid, const char *holder);

#endif
