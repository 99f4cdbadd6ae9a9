/* SPDX-License-Identifier: MIT */
/* Guided set-up's answers as one edit. */
#include "attrs.h"
#include "setup_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int stage_modules(const struct setup *s, struct wish *w)
{
	const char *modules[8];
	size_t n = s->load ? setup_modules(s->session, modules, ARRAY_SIZE(modules)) : 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct wish_module m = { .reach = { true, true } };

		snprintf(m.name, sizeof(m.name), "%s", modules[i]);
		r = wish_set_module(w, &m);
	}
	return r;
}

static int note_made(struct setup *s, enum bus bus, const char *name)
{
	struct devid *grown = reallocarray(s->made, s->n_made + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	s->made = grown;
	grown[s->n_made] = (struct devid){ .bus = bus };
	snprintf(grown[s->n_made++].name, sizeof(grown->name), "%s", name);
	return 0;
}

/* A mediated device that starts as answered; matrix may be NULL. */
static int stage_mdev(struct setup *s, struct wish *w, const char *parent, const char *type,
		      const struct matrix *matrix, const struct devid *peer)
{
	struct wish_mdev m = { .fields = WM_PARENT | WM_TYPE | WM_START | WM_ACTIVE,
			       .start = START_AUTO,
			       .active = s->reach.live,
			       .defined = true,
			       .reach = s->reach };
	CLEANUP(freep) char *p = strdup(parent);
	CLEANUP(freep) char *t = strdup(type);
	int r;

	if (!p || !t)
		return -ENOMEM;
	if (s->uuid[0] && !s->n_made)
		memcpy(m.uuid, s->uuid, sizeof(m.uuid));
	else
		uuid_new(m.uuid);
	m.parent = p;
	m.type = t;
	if (peer)
		m.peer = *peer;
	if (matrix) {
		m.matrix = *matrix;
		m.fields |= WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
	}
	r = wish_set_mdev(w, &m);
	return r < 0 ? r : note_made(s, BUS_MDEV, m.uuid);
}

static int stage_channel(struct setup *s, struct wish *w, size_t i)
{
	const struct subch *sch = NULL;
	struct devid peer;
	struct ccwid id;

	if (ccwid_parse(s->devs[i].name, &id) == 0)
		sch = inventory_subch(session_inventory(s->session), id);
	if (sch && sch->has_dev)
		peer = devid_ccw(sch->dev);
	return stage_mdev(s, w, s->devs[i].name, TYPE_CCW, NULL,
			  sch && sch->has_dev ? &peer : NULL);
}

static int stage_type(struct setup *s, struct wish *w, size_t i)
{
	const struct mdev_parent *p =
		inventory_parent(session_inventory(s->session), s->devs[i].name);

	if (!p || s->ids[i] >= p->n_types)
		return -ENOENT;
	return stage_mdev(s, w, s->devs[i].name, p->types[s->ids[i]].id, NULL, NULL);
}

/* A function and all of its group but bridges. */
static int stage_pci(struct setup *s, struct wish *w, size_t i)
{
	const struct inventory *inv = session_inventory(s->session);
	const struct pci_fn *fn = NULL;
	struct pciid id;
	int r = 0;

	if (pciid_parse(s->devs[i].name, &id) == 0)
		fn = inventory_pci(inv, id);
	for (size_t k = 0; fn && k < inv->n_pcis && r == 0; k++) {
		struct wish_driver e = { .dev = devid_pci(inv->pcis[k]->id), .reach = s->reach };
		const char *driver = rules_guest_driver(inv, &e.dev);

		if (inv->pcis[k]->group != fn->group || inv->pcis[k]->class >> 16 == 0x06 ||
		    !driver)
			continue;
		snprintf(e.driver, sizeof(e.driver), "%s", driver);
		r = wish_set_driver(w, &e);
		if (r == 0)
			r = note_made(s, BUS_PCI, e.dev.name);
	}
	return r;
}

/* A matrix that there is gets what was answered, and runs as was answered. */
static int stage_change(struct setup *s, struct wish *w, const struct matrix *matrix)
{
	struct wish_mdev m = { .fields = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL,
			       .start = START_AUTO,
			       .active = true,
			       .defined = true,
			       .matrix = *matrix,
			       .reach = s->reach };
	int r;

	memcpy(m.uuid, s->change, sizeof(m.uuid));
	if (s->reach.live)
		m.fields |= WM_ACTIVE;
	if (s->reach.persist)
		m.fields |= WM_START | WM_DEFINED;
	r = wish_set_mdev(w, &m);
	return r < 0 ? r : note_made(s, BUS_MDEV, m.uuid);
}

int setup_stage(struct setup *s, struct msg *reterr)
{
	static int (*const stage[SETUP_KINDS])(struct setup *, struct wish *,
					       size_t) = { stage_channel, NULL, NULL, stage_pci,
							   stage_type };
	const struct matrix matrix = { .adapters = s->adapters,
				       .domains = s->domains,
				       .control = s->control };
	CLEANUP(wish_done) struct wish w = { 0 };
	int r = stage_modules(s, &w);

	s->n_made = 0;
	if (r == 0 && s->kind == SETUP_CRYPTO)
		r = stage_mdev(s, &w, "matrix", TYPE_AP, &matrix, NULL);
	if (r == 0 && s->kind == SETUP_CHANGE)
		r = stage_change(s, &w, &matrix);
	for (size_t i = 0; r == 0 && stage[s->kind] && i < s->n_devs; i++)
		r = stage[s->kind](s, &w, i);
	return r < 0 ? r : session_merge(s->session, &w, reterr);
}
