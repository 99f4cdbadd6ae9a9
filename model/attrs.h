/* SPDX-License-Identifier: MIT */
/*
 * Attributes of mediated device definitions, and what those of a crypto matrix mean.
 */
#ifndef ATTRS_H
#define ATTRS_H

#include "inventory.h"

void attrs_free(struct attr *attrs, size_t n);
/* 0 or -ENOMEM; n 0 gives NULL */
int attrs_copy(const struct attr *from, size_t n, struct attr **ret);
int attrs_add(struct attr **attrs, size_t *n, const char *name, const char *value);
bool attrs_eq(const struct attr *a, size_t na, const struct attr *b, size_t nb);

/*
 * Reads assign_adapter, assign_domain, assign_control_domain (numbers in base 0: "5", "0x05", "005"
 * is octal;
 * comma lists as ap-check of s390-tools takes them) and ap_config (three masks). 0; -EINVAL:
 * something else or a number
 * out of range is among them, *ret holds the rest.
 */
int attrs_to_matrix(const struct attr *attrs, size_t n, struct matrix *ret);
struct matrix def_matrix(const struct mdev_def *def); /* none of it unless is_matrix */
/*
 * Changes attrs as little as possible so that they mean m: what stays keeps its spelling and place,
 * what is new is
 * appended in the order adapters, domains, control domains in decimal (as ap-check emits). An
 * ap_config attribute is
 * rewritten in place. 0 or -ENOMEM.
 */
int attrs_from_matrix(struct attr **attrs, size_t *n, const struct matrix *m);

bool matrix_eq(const struct matrix *a, const struct matrix *b);
bool matrix_has(const struct matrix *m, apqn_t q);
/* Do two matrices share a queue? Then *ret is one of those (may be NULL). */
bool matrix_meets(const struct matrix *a, const struct matrix *b, apqn_t *ret);

#define TYPE_AP	 "vfio_ap-passthrough"
#define TYPE_CCW "vfio_ccw-io"

#endif
