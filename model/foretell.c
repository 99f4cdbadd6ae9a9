/* SPDX-License-Identifier: MIT */
/*
 * Before a commit: each step of a plan tried on what the kernel is known to do, and what guests then get.
 */
#include "apkernel.h"
#include "steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_ap(const struct step *s)
{
	const char *path = s->act.path;

	if (!path || s->when != WHEN_LIVE)
		return false;
	return s->kind == STEP_MASK || s->kind == STEP_ATTR || s->kind == STEP_CREATE ||
	       s->kind == STEP_REMOVE || s->dev.bus == BUS_AP ||
	       (s->kind == STEP_MODULE && str_eq(s->dev.name, "vfio_ap"));
}

static bool anything(const struct inventory *inv, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps && inv->ap.present && inv->ap.masks_known; i++)
		if (is_ap(&plan->steps[i]))
			return true;
	return false;
}

/* The matrices at the end, beside what they were. */
static int keep_guests(const struct inventory *inv, const struct ap_kernel *k, struct plan *plan)
{
	plan->guests = calloc(k->n_held + 1, sizeof(*plan->guests));
	if (!plan->guests)
		return -ENOMEM;
	for (size_t i = 0; i < k->n_held; i++) {
		struct plan_guest *g = &plan->guests[plan->n_guests++];
		const struct mdev *m = inventory_mdev(inv, k->held[i].uuid);

		memcpy(g->uuid, k->held[i].uuid, sizeof(g->uuid));
		g->then = k->held[i].guest;
		if (m)
			g->now = *m->guest;
	}
	return 0;
}

int plan_foretell(const struct inventory *inv, struct plan *plan, size_t *ret_step)
{
	struct ap_kernel k;
	int r = 0;

	*ret_step = plan->n_steps;
	if (!anything(inv, plan))
		return 0;
	if (apkernel_of(inv, &k) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_steps && r == 0; i++) {
		const struct step *s = &plan->steps[i];

		if (!is_ap(s))
			continue;
		r = apkernel_write(&k, s->act.path, s->act.value ? s->act.value : "");
		if (r < 0)
			*ret_step = i;
	}
	if (r == 0)
		r = keep_guests(inv, &k, plan);
	apkernel_done(&k);
	return r;
}

const struct plan_guest *plan_guest(const struct plan *plan, const char *uuid)
{
	for (size_t i = 0; i < plan->n_guests; i++)
		if (strcmp(plan->guests[i].uuid, uuid) == 0)
			return &plan->guests[i];
	return NULL;
}
