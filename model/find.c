/* SPDX-License-Identifier: MIT */
/* From what people call a device to its id, and back to what it is. */
#include "attrs.h"
#include "names.h"
#include "scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of a UUID's beginning so many characters are asked for: fewer are a device's number. */
enum { UUID_BEGINNING = 4 };

static int found(struct devid id, struct devid *ret)
{
	*ret = id;
	return 0;
}

static bool card_exists(const struct inventory *inv, const struct devid *id)
{
	return str_starts(id->name, "card") &&
	       inventory_card(inv, (uint8_t)strtoul(id->name + 4, NULL, 16)) != NULL;
}

/* A well-formed name with its bus: is there such a device? A CCW device's id is its subchannel's. */
static int find_id(const struct inventory *inv, const struct devid *id, struct devid *ret)
{
	const struct subch *subch;
	struct ccwid ccw;
	struct pciid pci;
	uint8_t chpid;
	apqn_t q;
	bool ok = false;

	switch (id->bus) {
	case BUS_CSS:
		ok = ccwid_parse(id->name, &ccw) == 0 && inventory_subch(inv, ccw);
		break;
	case BUS_CCW:
		subch = ccwid_parse(id->name, &ccw) == 0 ? inventory_subch_of(inv, ccw) : NULL;
		return subch ? found(devid_css(subch->id), ret) : -ENOENT;
	case BUS_AP:
		if (apqn_parse(id->name, &q) == 0)
			ok = inventory_queue(inv, q) != NULL;
		else
			ok = inventory_parent(inv, id->name) || card_exists(inv, id);
		break;
	case BUS_PCI:
		ok = pciid_parse(id->name, &pci) == 0 && inventory_pci(inv, pci);
		break;
	case BUS_MDEV:
		ok = inventory_mdev(inv, id->name) || inventory_def(inv, id->name, NULL);
		break;
	case BUS_MODULE:
		ok = inventory_module(inv, id->name) != NULL;
		break;
	case BUS_CHP:
		ok = chpid_parse(id->name, &chpid) == 0 ? inventory_chp(inv, chpid) != NULL
							: inv->cm_enable >= 0;
		break;
	default:
		break;
	}
	return ok ? found(*id, ret) : -ENOENT;
}

/* Does uuid begin with text (lower case), and is it another one than *seen? Then it is seen. */
static int meet(const char *uuid, const char *text, size_t n, struct devid *seen)
{
	if (strncmp(uuid, text, n) != 0)
		return 0;
	if (seen->bus == BUS_MDEV)
		return strcmp(seen->name, uuid) != 0;
	seen->bus = BUS_MDEV;
	strcpy(seen->name, uuid);
	return 0;
}

/* The one mediated device, running or defined, whose UUID begins so. */
static int find_uuid(const struct inventory *inv, const char *text, struct devid *ret)
{
	struct devid seen = { 0 };
	size_t n = strlen(text);
	char lower[UUID_TEXT];
	int others = 0;

	if (n < UUID_BEGINNING || n >= sizeof(lower) ||
	    text[strspn(text, "0123456789abcdefABCDEF-")])
		return -ENOENT;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	for (size_t i = 0; i < inv->n_mdevs; i++)
		others |= meet(inv->mdevs[i]->uuid, lower, n, &seen);
	for (size_t i = 0; i < inv->n_defs; i++)
		others |= meet(inv->defs[i]->uuid, lower, n, &seen);
	if (others)
		return -EEXIST;
	return seen.bus == BUS_MDEV ? found(seen, ret) : -ENOENT;
}

int inventory_find(const struct inventory *inv, const char *text, struct devid *ret)
{
	/* A bare number is a device's before it is a subchannel's: that is the one people know. */
	static const enum bus order[] = { BUS_CCW,  BUS_CSS,	BUS_AP, BUS_PCI,
					  BUS_MDEV, BUS_MODULE, BUS_CHP };
	char with_bus[DEVID_TEXT];
	struct devid id;

	if (devid_parse(text, &id) == 0)
		return find_id(inv, &id, ret);
	if (strlen(text) > 44)
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		snprintf(with_bus, sizeof(with_bus), "%s/%.44s", bus_name(order[i]), text);
		if (devid_parse(with_bus, &id) == 0 && find_id(inv, &id, ret) == 0)
			return 0;
	}
	return find_uuid(inv, text, ret);
}

/* -- what it is -- */

static void what_queue(const struct inventory *inv, apqn_t q, char *text, size_t size)
{
	const struct ap_card *card = inventory_card(inv, APQN_CARD(q));

	if (card)
		names_card(card, text, size);
	else
		snprintf(text, size, "AP queue");
}

static void what_matrix(const struct matrix *m, char *text, size_t size)
{
	unsigned a = mask_count(&m->adapters), d = mask_count(&m->domains);

	snprintf(text, size, "crypto matrix, %u adapter%s x %u domain%s", a, a == 1 ? "" : "s", d,
		 d == 1 ? "" : "s");
}

/* The title of a type, as its parent says it. */
static const char *title_of(const struct inventory *inv, const char *parent, const char *type)
{
	const struct mdev_parent *p = inventory_parent(inv, parent);

	for (size_t i = 0; p && i < p->n_types; i++)
		if (str_eq(p->types[i].id, type) && p->types[i].title)
			return p->types[i].title;
	return type ? type : "mediated device";
}

static void what_mdev(const struct inventory *inv, const char *uuid, char *text, size_t size)
{
	const struct mdev *m = inventory_mdev(inv, uuid);
	const struct mdev_def *d = m ? NULL : inventory_def(inv, uuid, NULL);
	const char *parent = m ? m->parent : d ? d->parent : NULL;
	const char *type = m ? m->type : d ? d->type : NULL;
	struct matrix defined = d ? def_matrix(d) : no_matrix;
	const struct subch *subch = NULL;
	struct ccwid id;

	if (parent && str_eq(type, TYPE_CCW) && ccwid_parse(parent, &id) == 0)
		subch = inventory_subch(inv, id);
	if (m && str_eq(type, TYPE_AP))
		what_matrix(m->matrix, text, size);
	else if (d && d->is_matrix)
		what_matrix(&defined, text, size);
	else if (subch)
		names_subch(subch, text, size);
	else
		snprintf(text, size, "%s",
			 parent ? title_of(inv, parent, type) : "mediated device");
}

static void what_chp(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	const struct chp *chp = NULL;
	const char *type;
	uint8_t id;

	if (chpid_parse(dev->name, &id) == 0)
		chp = inventory_chp(inv, id);
	type = chp ? names_chp(chp->type) : NULL;
	if (chp && !type && chp->type >= 0)
		snprintf(text, size, "channel path type %02x", (unsigned)chp->type);
	else
		snprintf(text, size, "channel path%s%s",
			 type  ? " "
			 : chp ? ""
			       : "s",
			 type ? type : "");
}

static void what_ap(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	apqn_t q;

	if (apqn_parse(dev->name, &q) == 0)
		what_queue(inv, q, text, size);
	else if (card_exists(inv, dev))
		what_queue(inv, APQN(strtoul(dev->name + 4, NULL, 16), 0), text, size);
	else
		snprintf(text, size, "AP matrix device");
}

void inventory_what(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	const struct subch *subch = NULL;
	const struct pci_fn *fn = NULL;
	struct ccwid ccw;
	struct pciid pci;

	snprintf(text, size, "%s", dev->bus == BUS_MODULE ? "kernel module" : "unknown device");
	if (dev->bus == BUS_CHP)
		what_chp(inv, dev, text, size);
	else if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &ccw) == 0)
		subch = inventory_subch(inv, ccw);
	else if (dev->bus == BUS_CCW && ccwid_parse(dev->name, &ccw) == 0)
		subch = inventory_subch_of(inv, ccw);
	else if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0)
		fn = inventory_pci(inv, pci);
	else if (dev->bus == BUS_AP)
		what_ap(inv, dev, text, size);
	else if (dev->bus == BUS_MDEV)
		what_mdev(inv, dev->name, text, size);
	/* What a guest has doesn't tell Linux its type. */
	if (subch && dev->bus == BUS_CCW && !subch->cu_type && !subch->dev_type)
		snprintf(text, size, "CCW device");
	else if (subch)
		names_subch(subch, text, size);
	else if (fn)
		names_pci_fn(fn, text, size);
}
