/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "scan.h"

#include <errno.h>
#include <string.h>

const struct matrix no_matrix;

/* -- lifetime -- */

void subch_unref(struct subch *r)
{
	if (r && --r->refs == 0)
		free(r);
}

void ap_card_unref(struct ap_card *r)
{
	if (r && --r->refs == 0)
		free(r);
}

void ap_queue_unref(struct ap_queue *r)
{
	if (r && --r->refs == 0)
		free(r);
}

void pci_fn_unref(struct pci_fn *r)
{
	if (r && --r->refs == 0)
		free(r);
}

void mdev_parent_unref(struct mdev_parent *r)
{
	if (r && --r->refs == 0) {
		free(r->types);
		free(r);
	}
}

void mdev_unref(struct mdev *r)
{
	if (r && --r->refs == 0)
		free(r);
}

void mdev_def_unref(struct mdev_def *r)
{
	if (r && --r->refs == 0) {
		attrs_free(r->attrs, r->n_attrs);
		free(r->bytes);
		free(r);
	}
}

struct inventory *inventory_ref(struct inventory *inv)
{
	inv->refs++;
	return inv;
}

static void free_records(struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_subchs; i++)
		subch_unref(inv->subchs[i]);
	for (size_t i = 0; i < inv->n_cards; i++)
		ap_card_unref(inv->cards[i]);
	for (size_t i = 0; i < inv->n_queues; i++)
		ap_queue_unref(inv->queues[i]);
	for (size_t i = 0; i < inv->n_pcis; i++)
		pci_fn_unref(inv->pcis[i]);
	for (size_t i = 0; i < inv->n_parents; i++)
		mdev_parent_unref(inv->parents[i]);
	for (size_t i = 0; i < inv->n_mdevs; i++)
		mdev_unref(inv->mdevs[i]);
	for (size_t i = 0; i < inv->n_defs; i++)
		mdev_def_unref(inv->defs[i]);
	for (size_t i = 0; i < inv->n_uses; i++) {
		free(inv->uses[i].who);
		free(inv->uses[i].text);
	}
	for (size_t i = 0; i < inv->n_problems; i++) {
		free(inv->problems[i].path);
		free(inv->problems[i].expected);
	}
}

struct inventory *inventory_unref(struct inventory *inv)
{
	if (!inv || --inv->refs)
		return NULL;
	free_records(inv);
	free(inv->modules);
	free(inv->subchs);
	free(inv->by_dev);
	free(inv->chps);
	free(inv->cards);
	free(inv->queues);
	free(inv->pcis);
	free(inv->parents);
	free(inv->mdevs);
	free(inv->defs);
	free(inv->overrides);
	free(inv->ap_rule.bytes);
	free(inv->ignores);
	free(inv->autoload);
	free(inv->own_modules);
	free(inv->guest_defs);
	free(inv->guest_nos);
	free(inv->uses);
	free(inv->hardware);
	free(inv->problems);
	free(inv);
	return NULL;
}

void inventory_unrefp(struct inventory **inv)
{
	*inv = inventory_unref(*inv);
}

/* -- order: comparisons of array members, for qsort and bsearch -- */

static int cmp_subch(const void *a, const void *b)
{
	return ccwid_cmp((*(struct subch *const *)a)->id, (*(struct subch *const *)b)->id);
}

static int cmp_dev(const void *a, const void *b)
{
	const struct subch *x = *(struct subch *const *)a, *y = *(struct subch *const *)b;
	int c = ccwid_cmp(x->dev, y->dev);

	return c ? c : ccwid_cmp(x->id, y->id);
}

static int cmp_chp(const void *a, const void *b)
{
	return ((const struct chp *)a)->id - ((const struct chp *)b)->id;
}

static int cmp_card(const void *a, const void *b)
{
	return (*(struct ap_card *const *)a)->id - (*(struct ap_card *const *)b)->id;
}

static int cmp_queue(const void *a, const void *b)
{
	return (*(struct ap_queue *const *)a)->id - (*(struct ap_queue *const *)b)->id;
}

static int cmp_pci(const void *a, const void *b)
{
	return pciid_cmp((*(struct pci_fn *const *)a)->id, (*(struct pci_fn *const *)b)->id);
}

static int cmp_parent(const void *a, const void *b)
{
	return devid_cmp(&(*(struct mdev_parent *const *)a)->id,
			 &(*(struct mdev_parent *const *)b)->id);
}

static int cmp_mdev(const void *a, const void *b)
{
	return strcmp((*(struct mdev *const *)a)->uuid, (*(struct mdev *const *)b)->uuid);
}

static int cmp_def(const void *a, const void *b)
{
	const struct mdev_def *x = *(struct mdev_def *const *)a, *y = *(struct mdev_def *const *)b;
	int c = strcmp(x->uuid, y->uuid);

	return c ? c : strcmp(x->parent, y->parent);
}

static int cmp_override(const void *a, const void *b)
{
	return devid_cmp(&((const struct override_file *)a)->dev,
			 &((const struct override_file *)b)->dev);
}

static int cmp_module(const void *a, const void *b)
{
	return strcmp(((const struct module_state *)a)->name,
		      ((const struct module_state *)b)->name);
}

static int cmp_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int use_cmp(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int c = devid_cmp(&x->dev, &y->dev);

	if (!c && x->grade != y->grade)
		c = x->grade > y->grade ? -1 : 1;
	if (!c)
		c = strcmp(x->who, y->who);
	return c ? c : strcmp(x->text, y->text);
}

/* A kernel lists its devices nearly in order: then there is nothing to do. */
static void sort(void *array, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	const char *a = array;

	for (size_t i = 1; i < n; i++)
		if (cmp(a + (i - 1) * size, a + i * size) > 0) {
			qsort(array, n, size, cmp);
			return;
		}
}

/* Two uses that say the same (a guest is seen in libvirt's file and in QEMU's command line) become one. */
static void drop_equal_uses(struct inventory *inv)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_uses; i++) {
		struct use *u = &inv->uses[i], *last = n ? &inv->uses[n - 1] : NULL;

		if (last && devid_eq(&last->dev, &u->dev) && !strcmp(last->who, u->who)) {
			free(u->who);
			free(u->text);
		} else {
			inv->uses[n++] = *u;
		}
	}
	inv->n_uses = n;
}

static bool index_devs(struct inventory *inv)
{
	if (!inv->n_subchs)
		return true;
	inv->by_dev = reallocarray(NULL, inv->n_subchs, sizeof(struct subch *));
	if (!inv->by_dev)
		return false;
	for (size_t i = 0; i < inv->n_subchs; i++)
		if (inv->subchs[i]->has_dev)
			inv->by_dev[inv->n_by_dev++] = inv->subchs[i];
	sort(inv->by_dev, inv->n_by_dev, sizeof(struct subch *), cmp_dev);
	return true;
}

void inventory_sort(struct inventory *inv)
{
	sort(inv->modules, inv->n_modules, sizeof(*inv->modules), cmp_module);
	sort(inv->subchs, inv->n_subchs, sizeof(struct subch *), cmp_subch);
	sort(inv->chps, inv->n_chps, sizeof(*inv->chps), cmp_chp);
	sort(inv->cards, inv->n_cards, sizeof(struct ap_card *), cmp_card);
	sort(inv->queues, inv->n_queues, sizeof(struct ap_queue *), cmp_queue);
	sort(inv->pcis, inv->n_pcis, sizeof(struct pci_fn *), cmp_pci);
	sort(inv->parents, inv->n_parents, sizeof(struct mdev_parent *), cmp_parent);
	sort(inv->mdevs, inv->n_mdevs, sizeof(struct mdev *), cmp_mdev);
	sort(inv->defs, inv->n_defs, sizeof(struct mdev_def *), cmp_def);
	sort(inv->overrides, inv->n_overrides, sizeof(*inv->overrides), cmp_override);
	sort(inv->autoload, inv->n_autoload, sizeof(const char *), cmp_string);
}

/* The arrays that a large machine makes large. An event copies them, with room of their own. */
static void fit(struct inventory *inv)
{
	array_fit(&inv->subchs, inv->n_subchs, sizeof(struct subch *));
	array_fit(&inv->by_dev, inv->n_by_dev, sizeof(struct subch *));
	array_fit(&inv->queues, inv->n_queues, sizeof(struct ap_queue *));
	array_fit(&inv->pcis, inv->n_pcis, sizeof(struct pci_fn *));
	array_fit(&inv->parents, inv->n_parents, sizeof(struct mdev_parent *));
	array_fit(&inv->mdevs, inv->n_mdevs, sizeof(struct mdev *));
	array_fit(&inv->defs, inv->n_defs, sizeof(struct mdev_def *));
	array_fit(&inv->overrides, inv->n_overrides, sizeof(*inv->overrides));
	array_fit(&inv->uses, inv->n_uses, sizeof(*inv->uses));
}

bool inventory_finish(struct inventory *inv)
{
	inventory_sort(inv);
	inv->has_subchs |= inv->n_subchs > 0;
	sort(inv->uses, inv->n_uses, sizeof(*inv->uses), use_cmp);
	drop_equal_uses(inv);
	if (!index_devs(inv))
		return false;
	fit(inv);
	return true;
}

/* -- look-ups -- */

/* A member of an array of records that equals the one made of a key; NULL: none. */
#define FIND(array, n, key, cmp)                                                                   \
	__extension__({                                                                            \
		__typeof__(*(array)) key_ = &(key);                                                \
		__typeof__(array) at_ =                                                            \
			(n) ? bsearch(&key_, (array), (n), sizeof(*(array)), (cmp)) : NULL;        \
		at_ ? *at_ : NULL;                                                                 \
	})

const struct subch *inventory_subch(const struct inventory *inv, struct ccwid id)
{
	struct subch key = { .id = id };
	uint32_t first, at;

	if (!inv->n_subchs)
		return NULL;
	/* Numbers mostly follow each other without a gap: then the place is known. */
	first = (uint32_t)inv->subchs[0]->id.ssid << 16 | inv->subchs[0]->id.no;
	at = ((uint32_t)id.ssid << 16 | id.no) - first;
	if (at < inv->n_subchs && ccwid_cmp(inv->subchs[at]->id, id) == 0)
		return inv->subchs[at];
	return FIND(inv->subchs, inv->n_subchs, key, cmp_subch);
}

const struct subch *inventory_subch_of(const struct inventory *inv, struct ccwid dev)
{
	size_t low = 0, high = inv->n_by_dev;

	/* The first of equals: more than one is nothing a machine does. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ccwid_cmp(inv->by_dev[middle]->dev, dev) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < inv->n_by_dev && ccwid_cmp(inv->by_dev[low]->dev, dev) == 0)
		return inv->by_dev[low];
	return NULL;
}

const struct chp *inventory_chp(const struct inventory *inv, uint8_t id)
{
	struct chp key = { .id = id };

	return inv->n_chps ? bsearch(&key, inv->chps, inv->n_chps, sizeof(key), cmp_chp) : NULL;
}

const struct ap_card *inventory_card(const struct inventory *inv, uint8_t id)
{
	struct ap_card key = { .id = id };

	return FIND(inv->cards, inv->n_cards, key, cmp_card);
}

const struct ap_queue *inventory_queue(const struct inventory *inv, apqn_t id)
{
	struct ap_queue key = { .id = id };

	return FIND(inv->queues, inv->n_queues, key, cmp_queue);
}

const struct pci_fn *inventory_pci(const struct inventory *inv, struct pciid id)
{
	struct pci_fn key = { .id = id };

	return FIND(inv->pcis, inv->n_pcis, key, cmp_pci);
}

const struct mdev *inventory_mdev(const struct inventory *inv, const char *uuid)
{
	struct mdev key = { 0 };

	if (uuid_normal(uuid, key.uuid) < 0)
		return NULL;
	return FIND(inv->mdevs, inv->n_mdevs, key, cmp_mdev);
}

const struct mdev_def *inventory_def(const struct inventory *inv, const char *uuid,
				     const char *parent)
{
	size_t low = 0, high = inv->n_defs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(inv->defs[middle]->uuid, uuid);

		if (!c && parent)
			c = strcmp(inv->defs[middle]->parent, parent);
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == inv->n_defs || strcmp(inv->defs[low]->uuid, uuid) != 0 ||
	    (parent && strcmp(inv->defs[low]->parent, parent) != 0))
		return NULL;
	return inv->defs[low];
}

const struct mdev_parent *inventory_parent(const struct inventory *inv, const char *kernel_name)
{
	struct mdev_parent key = { .id = scan_parent_id(kernel_name) };

	return FIND(inv->parents, inv->n_parents, key, cmp_parent);
}

const char *inventory_override(const struct inventory *inv, const struct devid *dev)
{
	struct override_file key = { .dev = *dev };
	const struct override_file *f = inv->n_overrides
						? bsearch(&key, inv->overrides, inv->n_overrides,
							  sizeof(*inv->overrides), cmp_override)
						: NULL;

	return f ? f->driver : NULL;
}

const struct module_state *inventory_module(const struct inventory *inv, const char *name)
{
	struct module_state key = { .name = name };

	return inv->n_modules ? bsearch(&key, inv->modules, inv->n_modules, sizeof(*inv->modules),
					cmp_module)
			      : NULL;
}

const struct use *inventory_uses(const struct inventory *inv, const struct devid *dev,
				 size_t *ret_n)
{
	size_t low = 0, high = inv->n_uses, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (devid_cmp(&inv->uses[middle].dev, dev) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < inv->n_uses && devid_eq(&inv->uses[low + n].dev, dev))
		n++;
	*ret_n = n;
	return n ? &inv->uses[low] : NULL;
}

bool inventory_ignored_at_boot(const struct inventory *inv, struct ccwid dev)
{
	for (size_t i = inv->n_ignores; i-- > 0;)
		if (ccwid_cmp(inv->ignores[i].from, dev) <= 0 &&
		    ccwid_cmp(dev, inv->ignores[i].to) <= 0)
			return inv->ignores[i].ignored;
	return false;
}

const char *inventory_driver(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid ccw;
	struct pciid pci;
	apqn_t q;

	if ((dev->bus == BUS_CSS || dev->bus == BUS_CCW) && ccwid_parse(dev->name, &ccw) == 0) {
		const struct subch *r = dev->bus == BUS_CSS ? inventory_subch(inv, ccw)
							    : inventory_subch_of(inv, ccw);

		return r ? r->driver : NULL;
	}
	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0) {
		const struct pci_fn *r = inventory_pci(inv, pci);

		return r ? r->driver : NULL;
	}
	if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0) {
		const struct ap_queue *r = inventory_queue(inv, q);

		return r ? r->driver : NULL;
	}
	return NULL;
}

bool inventory_gone(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid css;
	struct pciid pci;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &css) == 0)
		return !inventory_subch(inv, css);
	return dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0 && !inventory_pci(inv, pci);
}
