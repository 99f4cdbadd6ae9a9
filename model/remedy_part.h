/* SPDX-License-Identifier: MIT */
/*
 * What the remedies share. Only remedy*.c include this.
 *
 * Rule: a remedy stages one edit or returns -ENOENT: there is none.
 */
#ifndef REMEDY_PART_H
#define REMEDY_PART_H

#include "mem.h"
#include "rules_part.h"
#include "session.h"

typedef int remedy_fn(struct session *s, const struct finding *f, struct msg *reterr);

/* Changes adapters, domains and control domains of a matrix, where it runs and where it is defined. */
int remedy_matrix(struct session *s, const struct d_mdev *m, const struct matrix *x,
		  struct reach reach, struct msg *reterr);

/* Of drift, by the finding's message: NULL, -ENOENT for others. */
const char *remedy_drift_text(const struct finding *f);
int remedy_drift(struct session *s, const struct finding *f, struct msg *reterr);

#endif
