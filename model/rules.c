/* SPDX-License-Identifier: MIT */
#include "rules_part.h"
#include "rules_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const struct rule rules[] = {
#define RULE(fn, name, about) { name, about, fn },
	RULES(RULE)
#undef RULE
		{ NULL, NULL, NULL },
};

const char *grade_name(enum grade g)
{
	static const char *const names[] = { [GRADE_NOTE] = "note",
					     [GRADE_CONFLICT] = "conflict",
					     [GRADE_PROTECTED] = "protected",
					     [GRADE_ERROR] = "error" };

	return (size_t)g < ARRAY_SIZE(names) ? names[g] : "?";
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		msg_done(&f->v[i].msg);
	free(f->v);
	*f = (struct findings){ 0 };
}

size_t findings_count(const struct findings *f, enum grade g)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].grade == g;
	return n;
}

int findings_add(struct findings *f, const struct rule *rule, enum grade g, const struct devid *dev,
		 const struct devid *other, bool staged, struct msg *msg)
{
	struct finding made = { .grade = g, .rule = rule->name, .dev = *dev, .staged = staged };

	if (other)
		made.other = *other;
	/* Without memory a message has no words. */
	if (!msg->what || !*msg->what || array_grow(&f->v, f->n, &f->cap, sizeof(*f->v)) < 0)
		return -ENOMEM;
	msg_move(&made.msg, msg);
	f->v[f->n++] = made;
	return 0;
}

static int finding_cmp(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int c;

	if (x->grade != y->grade)
		return x->grade > y->grade ? -1 : 1;
	c = devid_cmp(&x->dev, &y->dev);
	if (c == 0)
		c = strcmp(x->rule, y->rule);
	return c ? c : devid_cmp(&x->other, &y->other);
}

/* What is not in a capture can't be told from what is not there: no rule concludes from it. */
static bool is_blind(const struct rule *rule, const struct host *h)
{
	unsigned parts = rule->check == rule_boot_helper    ? LACKS_TOOLS
			 : str_starts(rule->name, "drift-") ? LACKS_LIVE | LACKS_DEFS
							    : 0;

	return h->lacks_of & parts;
}

int rules_check(const struct desired *d, struct findings *ret)
{
	struct findings f = { 0 };

	for (const struct rule *rule = rules; rule->name; rule++) {
		int r = is_blind(rule, &d->inv->host) ? 0 : rule->check(d, rule, &f);

		if (r < 0) {
			findings_done(&f);
			return r;
		}
	}
	array_fit(&f.v, f.n, sizeof(*f.v));
	f.cap = f.n;
	if (f.n)
		qsort(f.v, f.n, sizeof(*f.v), finding_cmp);
	*ret = f;
	return 0;
}

/* -- what can be given away at all -- */

const struct subch *subch_of(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid id;

	return dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0 ? inventory_subch(inv, id)
								       : NULL;
}

const struct pci_fn *pci_of(const struct inventory *inv, const struct devid *dev)
{
	struct pciid id;

	return dev->bus == BUS_PCI && pciid_parse(dev->name, &id) == 0 ? inventory_pci(inv, id)
								       : NULL;
}

bool driver_takes(const struct d_driver *r)
{
	return (r->live && driver_is_guest(r->then) && !driver_is_guest(r->now)) ||
	       (r->persist && driver_is_guest(r->file_then) && !driver_is_guest(r->file_now));
}

/* QDIO: adapters whose queues vfio_ccw can't drive (OSA, HiperSockets, FCP). */
static bool is_qdio(const struct subch *s)
{
	switch (s->cu_type) {
	case 0x1731: /* OSA, HiperSockets, zfcp */
	case 0x1732:
		return true;
	}
	return str_eq(s->ccw_driver, "qeth") || str_eq(s->ccw_driver, "zfcp") ||
	       s->dev_type == 0x1732;
}

static bool subch_blocked(const struct subch *s, char *text, size_t size)
{
	const char *why = NULL;

	if (s->type != 0)
		why = s->type == 1   ? "CHSC subchannel, no I/O"
		      : s->type == 3 ? "EADM subchannel, no I/O"
				     : "message subchannel, no I/O";
	else if (is_qdio(s))
		why = "QDIO device";
	else if (s->has_dev == false && !s->driver)
		why = "no device behind it";
	if (why)
		snprintf(text, size, "%s", why);
	return why;
}

/* Host bridges, PCI-to-PCI bridges and the like: nothing a guest could drive. */
static bool pci_blocked(const struct pci_fn *fn, char *text, size_t size)
{
	const char *why = NULL;

	if (fn->class >> 16 == 0x06)
		why = "PCI bridge";
	else if (fn->pft == 0x05)
		why = "ISM device: vfio-pci does not take it";
	else if (fn->vgpu_type)
		why = "vGPU of NVIDIA's own driver";
	else if (fn->group < 0 && !driver_is_guest(fn->driver))
		why = "no IOMMU group";
	if (why)
		snprintf(text, size, "%s", why);
	return why;
}

bool rules_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	const struct subch *s = subch_of(inv, dev);
	const struct pci_fn *fn = pci_of(inv, dev);
	const struct ap_card *card;
	apqn_t q;

	if (size)
		text[0] = '\0';
	if (s)
		return subch_blocked(s, text, size);
	if (fn)
		return pci_blocked(fn, text, size);
	if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0) {
		card = inventory_card(inv, APQN_CARD(q));
		if (card && card->hwtype >= 0 && card->hwtype < 10) {
			snprintf(text, size, "adapter older than CEX4");
			return true;
		}
	}
	return false;
}

const char *rules_guest_driver(const struct inventory *inv, const struct devid *dev)
{
	switch (dev->bus) {
	case BUS_CSS:
	case BUS_CCW:
		return "vfio_ccw";
	case BUS_AP:
		return "vfio_ap";
	case BUS_PCI:
		/* One that is bound already may be a variant driver: it stays the one. */
		return driver_is_guest(inventory_driver(inv, dev)) ? inventory_driver(inv, dev)
								   : "vfio-pci";
	default:
		return NULL;
	}
}
