/* SPDX-License-Identifier: MIT */
#include "wish.h"
#include "attrs.h"
#include "mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef int cmp_fn(const void *a, const void *b);

/* Opens a gap for one member at `at`. */
static void *array_open(void *array, size_t *n, size_t at, size_t size)
{
	char **base = array;
	char *grown = reallocarray(*base, *n + 1, size);

	if (!grown)
		return NULL;
	*base = grown;
	memmove(grown + (at + 1) * size, grown + at * size, (*n - at) * size);
	(*n)++;
	return grown + at * size;
}

static void array_close(void *base, size_t *n, size_t at, size_t size)
{
	(*n)--;
	memmove((char *)base + at * size, (char *)base + (at + 1) * size, (*n - at) * size);
}

/* Puts a member without anything owned into a sorted array, over its equal. */
static int array_put(void *array, size_t *n, size_t size, const void *entry, cmp_fn *cmp)
{
	void **base = array;
	bool found;
	size_t at = array_place(*base, *n, size, entry, cmp, &found);
	void *to = found ? (char *)*base + at * size : array_open(array, n, at, size);

	if (!to)
		return -ENOMEM;
	memcpy(to, entry, size);
	return 0;
}

static void array_drop(void *base, size_t *n, size_t size, const void *key, cmp_fn *cmp)
{
	bool found;
	size_t at = array_place(base, *n, size, key, cmp, &found);

	if (found)
		array_close(base, n, at, size);
}

static int array_copy(void *to, const void *from, size_t n, size_t size)
{
	void **p = to;

	*p = NULL;
	if (n == 0)
		return 0;
	*p = reallocarray(NULL, n, size);
	if (!*p)
		return -ENOMEM;
	memcpy(*p, from, n * size);
	return 0;
}

/* struct wish_driver and struct wish_sriov begin with their device. */
static int cmp_dev(const void *a, const void *b)
{
	return devid_cmp(a, b);
}

static int cmp_module(const void *a, const void *b)
{
	const struct wish_module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int cmp_switch(const void *a, const void *b)
{
	const struct wish_switch *x = a, *y = b;
	int c = devid_cmp(&x->dev, &y->dev);

	return c ? c : (int)x->kind - (int)y->kind;
}

static int cmp_queue(const void *a, const void *b)
{
	return (int)*(const apqn_t *)a - (int)*(const apqn_t *)b;
}

/* -- mediated devices own strings -- */

static void mdev_done(struct wish_mdev *m)
{
	free(m->parent);
	free(m->type);
	attrs_free(m->attrs, m->n_attrs);
	attrs_free(m->boot, m->n_boot);
	*m = (struct wish_mdev){ 0 };
}

static char *copy_string(const char *s, bool *failed)
{
	char *copy = s ? strdup(s) : NULL;

	*failed = *failed || (s && !copy);
	return copy;
}

static int mdev_copy(struct wish_mdev *to, const struct wish_mdev *from)
{
	bool failed = false;

	*to = *from;
	to->attrs = to->boot = NULL;
	to->n_attrs = to->n_boot = 0;
	to->parent = copy_string(from->parent, &failed);
	to->type = copy_string(from->type, &failed);
	if (!failed && attrs_copy(from->attrs, from->n_attrs, &to->attrs) == 0) {
		to->n_attrs = from->n_attrs;
		failed = attrs_copy(from->boot, from->n_boot, &to->boot) < 0;
		to->n_boot = failed ? 0 : from->n_boot;
		if (!failed)
			return 0;
	}
	mdev_done(to);
	return -ENOMEM;
}

static int cmp_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int cmp_mdev(const void *a, const void *b)
{
	const struct wish_mdev *x = a, *y = b;
	int c = strcmp(x->uuid, y->uuid);

	return c ? c : cmp_text(x->parent, y->parent);
}

/* An entry without a parent speaks of the one device of its UUID. */
static bool same_mdev(const struct wish_mdev *a, const struct wish_mdev *b)
{
	return strcmp(a->uuid, b->uuid) == 0 &&
	       (!a->parent || !b->parent || strcmp(a->parent, b->parent) == 0);
}

/* -- the whole -- */

void wish_done(struct wish *w)
{
	for (size_t i = 0; i < w->n_mdevs; i++)
		mdev_done(&w->mdevs[i]);
	free(w->mdevs);
	free(w->drivers);
	free(w->sriov);
	free(w->modules);
	free(w->switches);
	free(w->accept);
	free(w->ap.guest);
	free(w->ap.host);
	*w = (struct wish){ 0 };
}

static int copy_mdevs(struct wish *to, const struct wish *from)
{
	if (from->n_mdevs == 0)
		return 0;
	to->mdevs = calloc(from->n_mdevs, sizeof(*to->mdevs));
	if (!to->mdevs)
		return -ENOMEM;
	for (; to->n_mdevs < from->n_mdevs; to->n_mdevs++)
		if (mdev_copy(&to->mdevs[to->n_mdevs], &from->mdevs[to->n_mdevs]) < 0)
			return -ENOMEM;
	return 0;
}

int wish_copy(struct wish *to, const struct wish *from)
{
	struct wish w = { .n_drivers = from->n_drivers,
			  .n_switches = from->n_switches,
			  .n_sriov = from->n_sriov,
			  .n_modules = from->n_modules,
			  .n_accept = from->n_accept };

	w.ap = from->ap;
	w.ap.guest = w.ap.host = NULL;
	if (array_copy(&w.drivers, from->drivers, w.n_drivers, sizeof(*w.drivers)) < 0 ||
	    array_copy(&w.switches, from->switches, w.n_switches, sizeof(*w.switches)) < 0 ||
	    array_copy(&w.sriov, from->sriov, w.n_sriov, sizeof(*w.sriov)) < 0 ||
	    array_copy(&w.modules, from->modules, w.n_modules, sizeof(*w.modules)) < 0 ||
	    array_copy(&w.accept, from->accept, w.n_accept, sizeof(*w.accept)) < 0 ||
	    array_copy(&w.ap.guest, from->ap.guest, w.ap.n_guest, sizeof(apqn_t)) < 0 ||
	    array_copy(&w.ap.host, from->ap.host, w.ap.n_host, sizeof(apqn_t)) < 0 ||
	    copy_mdevs(&w, from) < 0) {
		wish_done(&w);
		return -ENOMEM;
	}
	*to = w;
	return 0;
}

static bool reach_eq(struct reach a, struct reach b)
{
	return a.live == b.live && a.persist == b.persist;
}

static bool rule_eq(const struct wish_rule *a, const struct wish_rule *b)
{
	return a->set == b->set && a->has_apmask == b->has_apmask &&
	       a->has_aqmask == b->has_aqmask &&
	       (!a->has_apmask || mask_eq(&a->apmask, &b->apmask)) &&
	       (!a->has_aqmask || mask_eq(&a->aqmask, &b->aqmask));
}

static bool ap_eq(const struct wish_ap *a, const struct wish_ap *b)
{
	if (a->set != b->set || !a->set)
		return a->set == b->set;
	return a->mode == b->mode && a->n_guest == b->n_guest && a->n_host == b->n_host &&
	       (a->n_guest == 0 || !memcmp(a->guest, b->guest, a->n_guest * sizeof(apqn_t))) &&
	       (a->n_host == 0 || !memcmp(a->host, b->host, a->n_host * sizeof(apqn_t))) &&
	       a->has_apmask == b->has_apmask && a->has_aqmask == b->has_aqmask &&
	       (!a->has_apmask || mask_eq(&a->apmask, &b->apmask)) &&
	       (!a->has_aqmask || mask_eq(&a->aqmask, &b->aqmask)) && rule_eq(&a->boot, &b->boot) &&
	       reach_eq(a->reach, b->reach);
}

/* Do both name the same parts, and mean the same by them? */
static bool parts_eq(const struct wish_mdev *a, const struct wish_mdev *b)
{
	unsigned f = a->fields;

	return (!(f & WM_ADAPTERS) || mask_eq(&a->matrix.adapters, &b->matrix.adapters)) &&
	       (!(f & WM_DOMAINS) || mask_eq(&a->matrix.domains, &b->matrix.domains)) &&
	       (!(f & WM_CONTROL) || mask_eq(&a->matrix.control, &b->matrix.control)) &&
	       (!(f & WM_START) || a->start == b->start) &&
	       (!(f & WM_ACTIVE) || a->active == b->active) &&
	       (!(f & WM_DEFINED) || a->defined == b->defined);
}

static bool mdev_eq(const struct wish_mdev *a, const struct wish_mdev *b)
{
	return strcmp(a->uuid, b->uuid) == 0 && str_eq(a->parent, b->parent) &&
	       str_eq(a->type, b->type) && a->fields == b->fields &&
	       a->delete == b->delete &&devid_eq(&a->peer, &b->peer) &&
	       reach_eq(a->reach, b->reach) && parts_eq(a, b) &&
	       attrs_eq(a->attrs, a->n_attrs, b->attrs, b->n_attrs) &&
	       attrs_eq(a->boot, a->n_boot, b->boot, b->n_boot);
}

static bool drivers_eq(const struct wish *a, const struct wish *b)
{
	if (a->n_drivers != b->n_drivers)
		return false;
	for (size_t i = 0; i < a->n_drivers; i++) {
		const struct wish_driver *x = &a->drivers[i], *y = &b->drivers[i];

		if (!devid_eq(&x->dev, &y->dev) || strcmp(x->driver, y->driver) != 0 ||
		    x->has_boot != y->has_boot || strcmp(x->boot, y->boot) != 0 ||
		    x->online != y->online || !reach_eq(x->reach, y->reach) ||
		    !devid_eq(&x->peer, &y->peer))
			return false;
	}
	return true;
}

static bool mdevs_eq(const struct wish *a, const struct wish *b)
{
	if (a->n_mdevs != b->n_mdevs)
		return false;
	for (size_t i = 0; i < a->n_mdevs; i++)
		if (!mdev_eq(&a->mdevs[i], &b->mdevs[i]))
			return false;
	return true;
}

static bool sriov_eq(const struct wish *a, const struct wish *b)
{
	if (a->n_sriov != b->n_sriov)
		return false;
	for (size_t i = 0; i < a->n_sriov; i++)
		if (!devid_eq(&a->sriov[i].dev, &b->sriov[i].dev) ||
		    a->sriov[i].vfs != b->sriov[i].vfs ||
		    !reach_eq(a->sriov[i].reach, b->sriov[i].reach))
			return false;
	return true;
}

static bool modules_eq(const struct wish *a, const struct wish *b)
{
	if (a->n_modules != b->n_modules)
		return false;
	for (size_t i = 0; i < a->n_modules; i++)
		if (strcmp(a->modules[i].name, b->modules[i].name) != 0 ||
		    !reach_eq(a->modules[i].reach, b->modules[i].reach))
			return false;
	return true;
}

static bool switches_eq(const struct wish *a, const struct wish *b)
{
	if (a->n_switches != b->n_switches)
		return false;
	for (size_t i = 0; i < a->n_switches; i++)
		if (cmp_switch(&a->switches[i], &b->switches[i]) != 0 ||
		    a->switches[i].on != b->switches[i].on)
			return false;
	return true;
}

static bool accept_eq(const struct wish *a, const struct wish *b)
{
	for (size_t i = 0; i < a->n_accept && a->n_accept == b->n_accept; i++)
		if (!devid_eq(&a->accept[i], &b->accept[i]))
			return false;
	return a->n_accept == b->n_accept;
}

bool wish_eq(const struct wish *a, const struct wish *b)
{
	return drivers_eq(a, b) && ap_eq(&a->ap, &b->ap) && mdevs_eq(a, b) && sriov_eq(a, b) &&
	       modules_eq(a, b) && switches_eq(a, b) && accept_eq(a, b);
}

size_t wish_count(const struct wish *w)
{
	size_t ap =
		w->ap.n_guest + w->ap.n_host + w->ap.has_apmask + w->ap.has_aqmask + w->ap.boot.set;

	if (w->ap.set && ap == 0)
		ap = 1; /* only the mode */
	return w->n_drivers + w->n_mdevs + w->n_sriov + w->n_modules + w->n_switches + w->n_accept +
	       (w->ap.set ? ap : 0);
}

bool wish_empty(const struct wish *w)
{
	return wish_count(w) == 0;
}

/* -- setters -- */

int wish_set_driver(struct wish *w, const struct wish_driver *entry)
{
	return array_put(&w->drivers, &w->n_drivers, sizeof(*entry), entry, cmp_dev);
}

void wish_drop_driver(struct wish *w, const struct devid *dev)
{
	array_drop(w->drivers, &w->n_drivers, sizeof(*w->drivers), dev, cmp_dev);
}

const struct wish_driver *wish_driver_of(const struct wish *w, const struct devid *dev)
{
	bool found;
	size_t at =
		array_place(w->drivers, w->n_drivers, sizeof(*w->drivers), dev, cmp_dev, &found);

	return found ? &w->drivers[at] : NULL;
}

int wish_set_queue(struct wish *w, apqn_t q, bool guest, struct reach reach)
{
	struct wish_ap *ap = &w->ap;
	int r = guest ? array_put(&ap->guest, &ap->n_guest, sizeof(q), &q, cmp_queue)
		      : array_put(&ap->host, &ap->n_host, sizeof(q), &q, cmp_queue);

	if (r < 0)
		return r;
	if (guest)
		array_drop(ap->host, &ap->n_host, sizeof(q), &q, cmp_queue);
	else
		array_drop(ap->guest, &ap->n_guest, sizeof(q), &q, cmp_queue);
	ap->set = true;
	ap->reach = reach;
	return 0;
}

void wish_drop_queue(struct wish *w, apqn_t q)
{
	struct wish_ap *ap = &w->ap;

	array_drop(ap->guest, &ap->n_guest, sizeof(q), &q, cmp_queue);
	array_drop(ap->host, &ap->n_host, sizeof(q), &q, cmp_queue);
	if (ap->n_guest + ap->n_host == 0 && !ap->has_apmask && !ap->has_aqmask && !ap->boot.set &&
	    ap->mode == AP_MODE_AUTO)
		wish_drop_ap(w);
}

void wish_drop_ap(struct wish *w)
{
	free(w->ap.guest);
	free(w->ap.host);
	w->ap = (struct wish_ap){ 0 };
}

void wish_drop_mdev(struct wish *w, const char *uuid)
{
	for (size_t i = w->n_mdevs; i-- > 0;)
		if (strcmp(w->mdevs[i].uuid, uuid) == 0) {
			mdev_done(&w->mdevs[i]);
			array_close(w->mdevs, &w->n_mdevs, i, sizeof(*w->mdevs));
		}
}

int wish_set_mdev(struct wish *w, const struct wish_mdev *entry)
{
	struct wish_mdev copy, *to;
	bool found;
	size_t at;

	if (mdev_copy(&copy, entry) < 0)
		return -ENOMEM;
	/* Room first: on failure the old entry is still there. */
	at = array_place(w->mdevs, w->n_mdevs, sizeof(copy), &copy, cmp_mdev, &found);
	to = array_open(&w->mdevs, &w->n_mdevs, at, sizeof(copy));
	if (!to) {
		mdev_done(&copy);
		return -ENOMEM;
	}
	*to = copy;
	for (size_t i = w->n_mdevs; i-- > 0;)
		if (i != at && same_mdev(&w->mdevs[i], &w->mdevs[at])) {
			mdev_done(&w->mdevs[i]);
			array_close(w->mdevs, &w->n_mdevs, i, sizeof(copy));
			at -= i < at;
		}
	return 0;
}

const struct wish_mdev *wish_mdev_of(const struct wish *w, const char *uuid)
{
	for (size_t i = 0; i < w->n_mdevs; i++)
		if (strcmp(w->mdevs[i].uuid, uuid) == 0)
			return &w->mdevs[i];
	return NULL;
}

int wish_set_sriov(struct wish *w, const struct wish_sriov *entry)
{
	return array_put(&w->sriov, &w->n_sriov, sizeof(*entry), entry, cmp_dev);
}

void wish_drop_sriov(struct wish *w, const struct devid *dev)
{
	array_drop(w->sriov, &w->n_sriov, sizeof(*w->sriov), dev, cmp_dev);
}

const struct wish_sriov *wish_sriov_of(const struct wish *w, const struct devid *dev)
{
	bool found;
	size_t at = array_place(w->sriov, w->n_sriov, sizeof(*w->sriov), dev, cmp_dev, &found);

	return found ? &w->sriov[at] : NULL;
}

/* In the kernel's spelling: vfio-pci and vfio_pci are one module. */
int wish_set_module(struct wish *w, const struct wish_module *entry)
{
	struct wish_module m = *entry;

	for (char *p = m.name; *p; p++)
		if (*p == '-')
			*p = '_';
	return array_put(&w->modules, &w->n_modules, sizeof(m), &m, cmp_module);
}

int wish_set_accept(struct wish *w, const struct devid *dev)
{
	return array_put(&w->accept, &w->n_accept, sizeof(*dev), dev, cmp_dev);
}

void wish_drop_accept(struct wish *w, const struct devid *dev)
{
	array_drop(w->accept, &w->n_accept, sizeof(*w->accept), dev, cmp_dev);
}

bool wish_accepts(const struct wish *w, const struct devid *dev)
{
	bool found;

	array_place(w->accept, w->n_accept, sizeof(*w->accept), dev, cmp_dev, &found);
	return found;
}

void wish_drop_module(struct wish *w, const char *name)
{
	for (size_t i = 0; i < w->n_modules; i++)
		if (strcmp(w->modules[i].name, name) == 0) {
			array_close(w->modules, &w->n_modules, i, sizeof(*w->modules));
			return;
		}
}

int wish_set_switch(struct wish *w, const struct wish_switch *entry)
{
	return array_put(&w->switches, &w->n_switches, sizeof(*entry), entry, cmp_switch);
}

void wish_drop_switch(struct wish *w, const struct devid *dev, enum switch_kind kind)
{
	struct wish_switch key = { *dev, kind, false };

	array_drop(w->switches, &w->n_switches, sizeof(key), &key, cmp_switch);
}
