/* SPDX-License-Identifier: MIT */
/* The inventory after an event: what the event concerns is read again, the rest is shared. */
#include "names.h"
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What is to be read again: whole parts, or one device of the css, pci and mdev parts. */
struct again {
	unsigned parts; /* bits 1 << enum scan_part */
	bool subch, pci;
	struct ccwid subch_id;
	struct pciid pci_id;
	struct devid parent;  /* and its types; BUS_NONE: no one's */
	char uuid[UUID_TEXT]; /* of a mediated device; "": none */
	bool matrices; /* those on crypto queues, which a mask or another matrix may have changed */
};

static bool whole(const struct again *a, enum scan_part part)
{
	return a->parts >> part & 1;
}

static bool again_is(const struct again *a, const struct mdev *m)
{
	return !strcmp(m->uuid, a->uuid) || (a->matrices && str_eq(m->parent, a->parent.name));
}

/* -- which? -- */

static void event_css(const struct sys_event *e, struct again *ret)
{
	struct devid owner;

	if (scan_owner_of(e->devpath, &owner) && owner.bus == BUS_CSS) {
		ret->subch = ccwid_parse(owner.name, &ret->subch_id) == 0;
		ret->parent = owner;
	} else {
		ret->parts = 1u << PART_CSS; /* the bus, or a channel path */
	}
}

static void event_pci(const struct sys_event *e, struct again *ret)
{
	struct devid owner;

	if (scan_owner_of(e->devpath, &owner) && owner.bus == BUS_PCI) {
		ret->pci = pciid_parse(owner.name, &ret->pci_id) == 0;
		ret->parent = owner;
	} else {
		ret->parts = 1u << PART_PCI;
	}
}

static void event_ap(struct again *ret)
{
	ret->parts |= 1u << PART_AP;
	ret->matrices = true;
	ret->parent = (struct devid){ .bus = BUS_AP, .name = "matrix" };
}

/* The parent counts what it still has to give, and a matrix tells on the queues that it holds them. */
static void event_mdev(const struct sys_event *e, struct again *ret)
{
	const char *name = strrchr(e->devpath, '/');

	ret->parts = 1u << PART_USE;
	if (!name || uuid_normal(name + 1, ret->uuid) < 0)
		ret->parts |= 1u << PART_AP | 1u << PART_MDEV;
	else if (!scan_owner_of(e->devpath, &ret->parent))
		event_ap(ret);
}

static struct again concerned(const struct sys_event *e)
{
	static const struct {
		const char *subsystem;
		unsigned parts;
	} rows[] = {
		{ "block", 1u << PART_USE },	{ "net", 1u << PART_USE },
		{ "ccwgroup", 1u << PART_USE }, { "module", 1u << PART_HOST },
		{ "drivers", 1u << PART_HOST },
	};
	static const char *const ap[] = { "ap", "matrix", "vfio_ap" };
	struct again again = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(ap); i++)
		if (!strcmp(e->subsystem, ap[i]))
			event_ap(&again);
	if (!strcmp(e->action, "file"))
		again.parts = 1u << PART_CONFIG | 1u << PART_HOST | 1u << PART_USE;
	else if (!strcmp(e->subsystem, "css") || !strcmp(e->subsystem, "ccw"))
		event_css(e, &again);
	else if (!strcmp(e->subsystem, "pci"))
		event_pci(e, &again);
	else if (!strcmp(e->subsystem, "mdev"))
		event_mdev(e, &again);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(e->subsystem, rows[i].subsystem))
			again.parts = rows[i].parts;
	return again;
}

/* -- taking over what is not concerned -- */

#define SHARE(s, old, member, n_member)                                                            \
	do {                                                                                       \
		struct inventory *new_ = (s)->inv;                                                 \
		new_->member =                                                                     \
			scan_copy((s), (old)->member, (old)->n_member, sizeof(*(old)->member));    \
		new_->n_member = new_->member ? (old)->n_member : 0;                               \
		for (size_t i_ = 0; i_ < new_->n_member; i_++)                                     \
			new_->member[i_]->refs++;                                                  \
	} while (0)

#define COPY(s, old, member, n_member)                                                             \
	do {                                                                                       \
		struct inventory *new_ = (s)->inv;                                                 \
		new_->member =                                                                     \
			scan_copy((s), (old)->member, (old)->n_member, sizeof(*(old)->member));    \
		new_->n_member = new_->member ? (old)->n_member : 0;                               \
	} while (0)

static void keep_css(struct scan *s, const struct inventory *old)
{
	s->inv->has_css = old->has_css;
	s->inv->has_subchs = old->has_subchs;
	s->inv->cm_enable = old->cm_enable;
	SHARE(s, old, subchs, n_subchs);
	COPY(s, old, chps, n_chps);
}

static void keep_ap(struct scan *s, const struct inventory *old)
{
	s->inv->ap = old->ap;
	SHARE(s, old, cards, n_cards);
	SHARE(s, old, queues, n_queues);
}

static void keep_mdev(struct scan *s, const struct inventory *old)
{
	SHARE(s, old, parents, n_parents);
	SHARE(s, old, mdevs, n_mdevs);
}

static void keep_pci(struct scan *s, const struct inventory *old)
{
	SHARE(s, old, pcis, n_pcis);
}

static void keep_host(struct scan *s, const struct inventory *old)
{
	s->inv->host = old->host;
	COPY(s, old, modules, n_modules);
}

static void keep_config(struct scan *s, const struct inventory *old)
{
	struct ap_rule *rule = &s->inv->ap_rule;

	SHARE(s, old, defs, n_defs);
	COPY(s, old, overrides, n_overrides);
	COPY(s, old, ignores, n_ignores);
	COPY(s, old, hardware, n_hardware);
	s->inv->hardware_file = old->hardware_file;
	COPY(s, old, autoload, n_autoload);
	COPY(s, old, guest_defs, n_guest_defs);
	COPY(s, old, guest_nos, n_guest_nos);
	*rule = old->ap_rule;
	if (rule->bytes) {
		rule->bytes = strdup(rule->bytes);
		s->nomem |= !rule->bytes;
	}
	if (old->own_modules) {
		s->inv->own_modules = strdup(old->own_modules);
		s->nomem |= !s->inv->own_modules;
	}
}

static void keep_uses(struct scan *s, const struct inventory *old)
{
	for (size_t i = 0; i < old->n_uses; i++) {
		struct use u = old->uses[i];

		u.who = strdup(u.who);
		u.text = strdup(u.text);
		if (!u.who || !u.text ||
		    !scan_push(s, &s->inv->uses, &s->inv->n_uses, &u, sizeof(u))) {
			free(u.who);
			free(u.text);
			s->nomem = true;
		}
	}
}

/* Is a path a device's or below it? The bus lists it by name, whatever directory it was read through. */
static bool is_of(const char *path, const struct devid *dev)
{
	size_t n = strlen(dev->name);

	for (const char *at = path; (at = strstr(at, dev->name)); at += n)
		if (at > path && at[-1] == '/' && (!at[n] || at[n] == '/'))
			return true;
	return false;
}

/* Is a path that of a mediated device which is read again? */
static bool is_of_mdev(const char *path, const struct inventory *old, const struct again *a)
{
	for (size_t i = 0; i < old->n_mdevs; i++)
		if (again_is(a, old->mdevs[i]) && strstr(path, old->mdevs[i]->uuid))
			return true;
	return *a->uuid && strstr(path, a->uuid);
}

static bool stays(const struct problem *p, const struct inventory *old, const struct again *a)
{
	enum scan_part part = (enum scan_part)p->part;

	if (whole(a, part) || (part == PART_MDEV && is_of_mdev(p->path, old, a)))
		return false;
	if ((part == PART_CSS && a->subch) || (part == PART_PCI && a->pci) ||
	    (part == PART_MDEV && a->parent.bus))
		return !is_of(p->path, &a->parent);
	return true;
}

static void keep_problems(struct scan *s, const struct inventory *old, const struct again *a)
{
	for (size_t i = 0; i < old->n_problems; i++) {
		struct problem p = old->problems[i];

		if (!stays(&p, old, a))
			continue;
		p.path = strdup(p.path);
		p.expected = p.expected ? strdup(p.expected) : NULL;
		if (!p.path || (old->problems[i].expected && !p.expected) ||
		    !scan_push(s, &s->inv->problems, &s->inv->n_problems, &p, sizeof(p))) {
			free(p.path);
			free(p.expected);
			s->nomem = true;
		}
	}
}

static void keep(struct scan *s, const struct inventory *old, const struct again *a)
{
	static void (*const keepers[PART_COUNT])(struct scan *, const struct inventory *) = {
		[PART_HOST] = keep_host, [PART_CSS] = keep_css, [PART_AP] = keep_ap,
		[PART_MDEV] = keep_mdev, [PART_PCI] = keep_pci, [PART_CONFIG] = keep_config,
		[PART_USE] = keep_uses,
	};

	s->inv->scope = old->scope;
	s->inv->ssh = old->ssh;
	keep_problems(s, old, a);
	for (int part = 0; part < PART_COUNT; part++)
		if (!whole(a, (enum scan_part)part))
			keepers[part](s, old);
}

/* -- one device -- */

/* Puts a record (NULL: none) in place of the one at index `at`, or behind the last one. */
static void put(struct scan *s, void *array, size_t *n, size_t at, void *record)
{
	void ***a = array;

	if (record && at < *n)
		(*a)[at] = record;
	else if (record)
		scan_push(s, array, n, &record, sizeof(void *));
	else if (at < *n) {
		memmove(*a + at, *a + at + 1, (*n - at - 1) * sizeof(void *));
		(*n)--;
	}
}

/* One that is new takes its place among the others. */
static void again_path(struct scan *s, uint8_t id)
{
	struct inventory *inv = s->inv;
	struct chp chp;
	size_t at = 0;

	while (at < inv->n_chps && inv->chps[at].id < id)
		at++;
	if (at < inv->n_chps && inv->chps[at].id == id) {
		inv->chps[at] = scan_chp(s, id);
		return;
	}
	if (!sys_exists(s->sys, scan_path(s, "/sys/devices/css0/chp%s", devid_chp(id).name)))
		return;
	chp = scan_chp(s, id);
	if (!scan_push(s, &inv->chps, &inv->n_chps, &chp, sizeof(chp)))
		return;
	memmove(inv->chps + at + 1, inv->chps + at, (inv->n_chps - 1 - at) * sizeof(chp));
	inv->chps[at] = chp;
}

/* The kernel tells nothing of a channel path: its devices' events are the only sign that it moved. */
static void again_paths(struct scan *s, const struct subch *r)
{
	for (unsigned k = 0; r && k < 8; k++)
		if (r->pim & 0x80 >> k)
			again_path(s, r->chpids[k]);
}

static void again_subch(struct scan *s, struct ccwid id)
{
	struct inventory *inv = s->inv;
	struct subch *r;
	size_t at = 0;

	s->part = PART_CSS;
	while (at < inv->n_subchs && ccwid_cmp(inv->subchs[at]->id, id) != 0)
		at++;
	if (at < inv->n_subchs)
		subch_unref(inv->subchs[at]);
	r = scan_subch(s, id);
	put(s, &inv->subchs, &inv->n_subchs, at, r);
	again_paths(s, r);
}

static void again_pci(struct scan *s, struct pciid id)
{
	struct inventory *inv = s->inv;
	size_t at = 0;

	s->part = PART_PCI;
	while (at < inv->n_pcis && pciid_cmp(inv->pcis[at]->id, id) != 0)
		at++;
	if (at < inv->n_pcis)
		pci_fn_unref(inv->pcis[at]);
	put(s, &inv->pcis, &inv->n_pcis, at, scan_pci_fn(s, id));
}

static void again_parent(struct scan *s, const struct devid *id)
{
	struct inventory *inv = s->inv;
	size_t at = 0;

	s->part = PART_MDEV;
	while (at < inv->n_parents && !devid_eq(&inv->parents[at]->id, id))
		at++;
	if (at < inv->n_parents)
		mdev_parent_unref(inv->parents[at]);
	put(s, &inv->parents, &inv->n_parents, at, scan_parent(s, id->name));
}

static void again_mdev(struct scan *s, const char *uuid)
{
	struct inventory *inv = s->inv;
	size_t at = 0;

	s->part = PART_MDEV;
	while (at < inv->n_mdevs && strcmp(inv->mdevs[at]->uuid, uuid) != 0)
		at++;
	if (at < inv->n_mdevs)
		mdev_unref(inv->mdevs[at]);
	put(s, &inv->mdevs, &inv->n_mdevs, at, scan_mdev_one(s, uuid));
}

/* A virtual function that comes or goes changes the count of its physical one. */
static void again_physfn(struct scan *s, const struct inventory *old, struct pciid id)
{
	const struct pci_fn *fn = inventory_pci(old, id);

	for (size_t i = 0; !fn && i < s->inv->n_pcis; i++)
		if (pciid_cmp(s->inv->pcis[i]->id, id) == 0)
			fn = s->inv->pcis[i];
	if (fn && fn->is_vf)
		again_pci(s, fn->physfn);
}

static void again_devices(struct scan *s, const struct inventory *old, const struct again *a)
{
	if (a->subch)
		again_subch(s, a->subch_id);
	if (a->pci) {
		again_pci(s, a->pci_id);
		again_physfn(s, old, a->pci_id);
	}
	if (a->parent.bus)
		again_parent(s, &a->parent);
	for (size_t i = 0; i < old->n_mdevs; i++)
		if (again_is(a, old->mdevs[i]) && strcmp(old->mdevs[i]->uuid, a->uuid) != 0)
			again_mdev(s, old->mdevs[i]->uuid);
	if (*a->uuid)
		again_mdev(s, a->uuid);
}

/* `later`: who uses what is left as it was, and marked as old. */
static int read_again(const struct inventory *old, struct sys *sys, struct strtab *tab,
		      struct again again, bool later, struct inventory **ret)
{
	struct scan s = { .sys = sys, .tab = tab };
	bool stale = later && whole(&again, PART_USE);

	if (stale)
		again.parts &= ~(1u << PART_USE);
	s.inv = calloc(1, sizeof(*s.inv));
	if (!s.inv)
		return -ENOMEM;
	s.inv->refs = 1;
	s.inv->uses_stale = stale || (old->uses_stale && !whole(&again, PART_USE));
	keep(&s, old, &again);
	for (int part = 0; part < PART_COUNT && !s.nomem; part++)
		if (whole(&again, (enum scan_part)part))
			scan_one(&s, (enum scan_part)part);
	again_devices(&s, old, &again);
	return scan_finish(&s, ret);
}

static int follow(const struct inventory *old, struct sys *sys, struct strtab *tab,
		  const struct sys_event *event, bool later, struct inventory **ret)
{
	struct again again = concerned(event);

	if (again.parts || again.subch || again.pci)
		return read_again(old, sys, tab, again, later, ret);
	/* Counting references does not change what an inventory says. */
	*ret = inventory_ref((struct inventory *)(uintptr_t)old);
	return 0;
}

int inventory_event(const struct inventory *old, struct sys *sys, struct strtab *tab,
		    const struct sys_event *event, struct inventory **ret)
{
	return follow(old, sys, tab, event, false, ret);
}

int inventory_event_later(const struct inventory *old, struct sys *sys, struct strtab *tab,
			  const struct sys_event *event, struct inventory **ret)
{
	return follow(old, sys, tab, event, true, ret);
}

int inventory_uses_again(const struct inventory *old, struct sys *sys, struct strtab *tab,
			 struct inventory **ret)
{
	return read_again(old, sys, tab, (struct again){ .parts = 1u << PART_USE }, false, ret);
}
