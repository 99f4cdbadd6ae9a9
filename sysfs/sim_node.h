/* SPDX-License-Identifier: MIT */
/*
 * A node of the simulated machine's tree; only sim_tree.c and sim.c look inside one.
 *
 * Rule: children are sorted by the bytes of their names, and nobody keeps a pointer to a node over
 * a change of the tree.
 */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include "sim_tree.h"

struct sim_node {
	struct sim_node *parent; /* NULL: the root */
	enum sys_type type;
	unsigned mode;	   /* of files */
	int64_t mtime;	   /* 0: not said */
	int unread;	   /* of a still tree: below 0, why nobody could look at it */
	unsigned numbered; /* sim_number: the next one, while none below it is free */
	char *value;	   /* SYS_FILE: bytes; SYS_LINK: the target; NUL-terminated, may be NULL */
	size_t len;
	char *line; /* cache of sim_value, or NULL */
	struct sim_node **children;
	size_t n, cap;
	size_t last; /* the child looked up last, mostly the next one, too; may have gone */
	char name[]; /* here, for a look-up in a large directory waits for memory */
};

enum {
	SIM_NOFOLLOW = 1, /* do not follow a link at the end */
	SIM_MAKE = 2
}; /* make missing directories */

struct sim_node *sim_node_new(const char *name, size_t len, enum sys_type type);
struct sim_node *sim_node_free(struct sim_node *n);
/* With all below it; no parent. NULL on ENOMEM. */
struct sim_node *sim_node_copy(const struct sim_node *from);
int sim_node_set(struct sim_node *n, const char *bytes, size_t len);
int sim_node_path(const struct sim_node *n, struct buf *ret);
/* The node at a path, or NULL with *reterr: -ENOENT, -ENOTDIR, -ELOOP (-ENOMEM with SIM_MAKE). */
struct sim_node *sim_walk(const struct sim *sim, const char *path, unsigned flags, int *reterr);

#endif
