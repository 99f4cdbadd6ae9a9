/* SPDX-License-Identifier: MIT */
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void desired_done(struct desired *d)
{
	for (size_t i = 0; i < d->n_mdevs; i++) {
		attrs_free(d->mdevs[i].attrs_live, d->mdevs[i].n_attrs_live);
		attrs_free(d->mdevs[i].attrs_then, d->mdevs[i].n_attrs_then);
	}
	free(d->mdevs);
	free(d->aps);
	free(d->by_parent);
	free(d->drivers);
	free(d->sriov);
	free(d->switches);
	free(d->modules_load);
	free(d->modules_boot);
	free(d->lost);
	free(d->index);
	*d = (struct desired){ 0 };
}

static int add_name(const char ***names, size_t *n, const char *name)
{
	const char **grown;

	for (size_t i = 0; i < *n; i++)
		if (strcmp((*names)[i], name) == 0)
			return 0;
	grown = reallocarray(*names, *n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*names = grown;
	grown[(*n)++] = name;
	return 0;
}

int desired_module_need(struct desired *d, const char *name)
{
	const struct module_state *m = inventory_module(d->inv, name);

	if (!m || m->loaded || !m->available)
		return 0;
	return add_name(&d->modules_load, &d->n_modules_load, m->name);
}

static bool named_for_boot(const struct inventory *inv, const char *name)
{
	for (size_t i = 0; i < inv->n_autoload; i++)
		if (str_eq(inv->autoload[i], name))
			return true;
	return false;
}

static int modules(struct desired *d)
{
	int r = 0;

	for (size_t i = 0; i < d->wish->n_modules && r == 0; i++) {
		const struct wish_module *w = &d->wish->modules[i];
		const struct module_state *m = inventory_module(d->inv, w->name);

		if (w->reach.live && !(m && m->loaded))
			r = add_name(&d->modules_load, &d->n_modules_load, w->name);
		/* chzdev's rule loads vfio_ap once the masks are set; earlier is wrong (a rule says so). */
		if (r == 0 && w->reach.persist && strcmp(w->name, "vfio_ap") != 0 &&
		    !named_for_boot(d->inv, w->name))
			r = add_name(&d->modules_boot, &d->n_modules_boot, w->name);
	}
	return r;
}

static int sriov(struct desired *d)
{
	const struct wish *w = d->wish;

	if (w->n_sriov == 0)
		return 0;
	d->sriov = calloc(w->n_sriov, sizeof(*d->sriov));
	if (!d->sriov)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_sriov; i++) {
		struct d_sriov *v = &d->sriov[d->n_sriov++];
		const struct pci_fn *fn = NULL;
		struct pciid id;

		if (pciid_parse(w->sriov[i].dev.name, &id) == 0)
			fn = inventory_pci(d->inv, id);
		v->dev = w->sriov[i].dev;
		v->now = fn && fn->vfs > 0 ? (unsigned)fn->vfs : 0;
		v->then = w->sriov[i].vfs;
		/* No persistent format of another tool holds a number of virtual functions: a note says so. */
		v->live = w->sriov[i].reach.live && v->now != v->then;
	}
	return 0;
}

int desired_build(const struct inventory *inv, const struct wish *wish, struct desired *ret)
{
	struct desired d = { .inv = inv, .wish = wish };
	int r = modules(&d);

	/* In this order: a mediated device needs a driver, a matrix needs queues. */
	if (r == 0)
		r = desired_mdevs(&d);
	if (r == 0)
		r = desired_drivers(&d);
	if (r == 0)
		r = desired_ap(&d);
	if (r == 0)
		r = sriov(&d);
	if (r == 0)
		r = desired_switches(&d);
	if (r < 0) {
		desired_done(&d);
		return r;
	}
	*ret = d;
	return 0;
}
