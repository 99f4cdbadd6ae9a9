/* SPDX-License-Identifier: MIT */
#include "apkernel.h"
#include "attrs.h"
#include "mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ap_is_strict(const struct inventory *inv)
{
	unsigned major = 0, minor = 0;

	if (inv->ap.has_override)
		return true;
	return inv->host.kernel && sscanf(inv->host.kernel, "%u.%u", &major, &minor) == 2 &&
	       (major > 7 || (major == 7 && minor >= 1));
}

void apkernel_done(struct ap_kernel *k)
{
	free(k->held);
	k->held = NULL;
	k->n_held = k->cap_held = 0;
}

static void put(struct ap_mask *m, apqn_t q)
{
	m[APQN_CARD(q)].w[APQN_DOM(q) / 64] |= (uint64_t)1 << (63 - APQN_DOM(q) % 64);
}

static void add_queue(struct ap_kernel *k, const struct ap_queue *q)
{
	put(k->present, q->id);
	if (str_eq(q->driver, "vfio_ap"))
		put(k->vfio, q->id);
	else if (str_eq(q->driver, "cex4queue"))
		put(k->host, q->id);
	if (!q->override || !*q->override)
		return;
	put(k->over, q->id);
	if (str_eq(q->override, "vfio_ap"))
		put(k->over_vfio, q->id);
	else if (str_eq(q->override, "cex4queue"))
		put(k->over_host, q->id);
}

static int add_held(struct ap_kernel *k, const char *uuid, const struct matrix *has,
		    const struct matrix *guest)
{
	size_t at = k->n_held;

	if (array_grow(&k->held, k->n_held, &k->cap_held, sizeof(*k->held)) < 0)
		return -ENOMEM;
	while (at > 0 && strcmp(k->held[at - 1].uuid, uuid) > 0)
		at--;
	memmove(&k->held[at + 1], &k->held[at], (k->n_held - at) * sizeof(*k->held));
	k->held[at] = (struct ap_held){ .has = *has, .guest = *guest };
	memccpy(k->held[at].uuid, uuid, '\0', UUID_TEXT - 1);
	k->n_held++;
	return 0;
}

int apkernel_of(const struct inventory *inv, struct ap_kernel *ret)
{
	const struct module_state *vfio = inventory_module(inv, "vfio_ap");
	const struct ap_bus *ap = &inv->ap;
	struct matrix all = { mask_all(), mask_all(), mask_all() };
	struct matrix granted = { ap->adapters, ap->domains, ap->control };

	*ret = (struct ap_kernel){ .strict = ap_is_strict(inv),
				   .has_vfio = vfio && vfio->loaded,
				   .max_adapter = ap->max_adapter,
				   .max_domain = ap->max_domain,
				   .mask = { ap->apmask, ap->aqmask },
				   .granted = ap->config_known ? granted : all };
	for (size_t i = 0; i < inv->n_queues; i++)
		add_queue(ret, inv->queues[i]);
	for (size_t i = 0; i < inv->n_mdevs; i++) {
		const struct mdev *m = inv->mdevs[i];

		if (!str_eq(m->type, TYPE_AP))
			continue;
		if (add_held(ret, m->uuid, m->matrix, m->guest) < 0) {
			apkernel_done(ret);
			return -ENOMEM;
		}
	}
	return 0;
}

struct ap_held *apkernel_held(const struct ap_kernel *k, const char *uuid)
{
	for (size_t i = 0; i < k->n_held; i++)
		if (strcmp(k->held[i].uuid, uuid) == 0)
			return &k->held[i];
	return NULL;
}

/* -- what a guest gets -- */

/* vfio_ap_mdev_filter_matrix(): a whole adapter is dropped for one queue that vfio_ap does not have. */
static void filter(const struct ap_kernel *k, struct ap_held *h)
{
	struct matrix g = { mask_and(h->has.adapters, k->granted.adapters),
			    mask_and(h->has.domains, k->granted.domains),
			    mask_and(h->has.control, k->granted.control) };

	for (int a = mask_next(&g.adapters, -1); a >= 0; a = mask_next(&g.adapters, a)) {
		struct ap_mask missing = mask_minus(g.domains, k->vfio[a]);

		if (!mask_empty(&missing))
			mask_set(&g.adapters, (unsigned)a, false);
	}
	h->guest = g;
}

static struct ap_held *owner_of(const struct ap_kernel *k, apqn_t q)
{
	for (size_t i = 0; i < k->n_held; i++)
		if (matrix_has(&k->held[i].has, q))
			return &k->held[i];
	return NULL;
}

/* vfio_ap_mdev_probe_queue(), vfio_ap_mdev_remove_queue() */
static void queue_comes(struct ap_kernel *k, apqn_t q)
{
	struct ap_held *h = owner_of(k, q);

	if (h)
		filter(k, h);
}

static void queue_goes(struct ap_kernel *k, apqn_t q)
{
	struct ap_held *h = owner_of(k, q);

	if (h && matrix_has(&h->guest, q))
		mask_set(&h->guest.adapters, APQN_CARD(q), false);
}

/* -- drivers -- */

static bool reserved(const struct ap_kernel *k, apqn_t q)
{
	return mask_has(&k->mask[0], APQN_CARD(q)) && mask_has(&k->mask[1], APQN_DOM(q));
}

int apkernel_unbind(struct ap_kernel *k, apqn_t q)
{
	uint8_t a = APQN_CARD(q), d = APQN_DOM(q);

	mask_set(&k->host[a], d, false);
	if (mask_has(&k->vfio[a], d)) {
		mask_set(&k->vfio[a], d, false);
		queue_goes(k, q);
	}
	return 0;
}

/* ap_device_probe(): to the driver of its override, or without one to the driver of its owner. */
int apkernel_probe(struct ap_kernel *k, apqn_t q)
{
	uint8_t a = APQN_CARD(q), d = APQN_DOM(q);
	bool over = mask_has(&k->over[a], d);

	if (!mask_has(&k->present[a], d))
		return -ENODEV;
	if (mask_has(&k->host[a], d) || mask_has(&k->vfio[a], d))
		return 0;
	if (over ? mask_has(&k->over_host[a], d) : reserved(k, q)) {
		mask_set(&k->host[a], d, true);
	} else if (k->has_vfio && (over ? mask_has(&k->over_vfio[a], d) : true)) {
		mask_set(&k->vfio[a], d, true);
		queue_comes(k, q);
	}
	return 0;
}

void apkernel_module(struct ap_kernel *k)
{
	if (k->has_vfio)
		return;
	k->has_vfio = true;
	for (unsigned q = 0; q < 65536; q++)
		if (mask_has(&k->present[q >> 8], q & 0xff))
			apkernel_probe(k, (apqn_t)q);
}

int apkernel_override(struct ap_kernel *k, apqn_t q, const char *driver)
{
	const struct ap_mask all = mask_all();
	uint8_t a = APQN_CARD(q), d = APQN_DOM(q);

	if (!k->strict || !mask_has(&k->present[a], d))
		return -ENOENT;
	if (!mask_eq(&k->mask[0], &all) || !mask_eq(&k->mask[1], &all))
		return -EINVAL;
	mask_set(&k->over[a], d, *driver);
	mask_set(&k->over_vfio[a], d, str_eq(driver, "vfio_ap"));
	mask_set(&k->over_host[a], d, str_eq(driver, "cex4queue"));
	return 0;
}

/* -- masks -- */

bool ap_refuses(const struct ap_state *s, int which, const struct ap_mask *to, size_t *ret_by)
{
	struct ap_mask gained = mask_minus(*to, s->mask[which]);

	for (size_t i = 0; !mask_empty(&gained) && i < s->n; i++) {
		const struct ap_mask *mine =
			which ? &s->matrices[i].domains : &s->matrices[i].adapters;
		const struct ap_mask *other =
			which ? &s->matrices[i].adapters : &s->matrices[i].domains;

		if (!mask_meets(mine, &gained) || mask_empty(other))
			continue;
		if (!s->strict && !mask_meets(other, &s->mask[!which]))
			continue;
		if (ret_by)
			*ret_by = i;
		return true;
	}
	return false;
}

/* __ap_revise_reserved(): no driver counts as one of the guests'. */
static void revise(struct ap_kernel *k)
{
	static const struct ap_mask none;

	for (unsigned a = 0; a < 256; a++) {
		struct ap_mask own = mask_has(&k->mask[0], a) ? k->mask[1] : none;
		struct ap_mask wrong =
			mask_or(mask_minus(own, k->host[a]), mask_minus(k->host[a], own));

		wrong = mask_and(wrong, k->present[a]);
		for (int d = mask_next(&wrong, -1); d >= 0; d = mask_next(&wrong, d)) {
			apkernel_unbind(k, APQN(a, d));
			apkernel_probe(k, APQN(a, d));
		}
	}
}

static bool any_override(const struct ap_kernel *k)
{
	for (unsigned a = 0; a < 256; a++)
		if (!mask_empty(&k->over[a]))
			return true;
	return false;
}

int apkernel_mask(struct ap_kernel *k, int which, const struct ap_mask *to)
{
	if (k->strict && any_override(k))
		return -EINVAL;
	if (mask_eq(to, &k->mask[which]))
		return 0;
	for (size_t i = 0; i < k->n_held; i++) {
		struct ap_state s = { { k->mask[0], k->mask[1] }, &k->held[i].has, 1, k->strict };

		if (ap_refuses(&s, which, to, NULL))
			return -EBUSY;
	}
	k->mask[which] = *to;
	revise(k);
	return 0;
}

/* -- matrices -- */

int apkernel_create(struct ap_kernel *k, const char *uuid)
{
	static const struct matrix none;

	if (apkernel_held(k, uuid))
		return -EEXIST;
	return add_held(k, uuid, &none, &none);
}

int apkernel_remove(struct ap_kernel *k, const char *uuid)
{
	struct ap_held *h = apkernel_held(k, uuid);

	if (!h)
		return -ENOENT;
	memmove(h, h + 1, (size_t)(&k->held[--k->n_held] - h) * sizeof(*h));
	return 0;
}

/* ap_apqn_in_matrix_owned_by_def_drv(): with overrides, a queue that has one and is bound by it is the guests'. */
static bool owned_by_host(const struct ap_kernel *k, const struct matrix *m)
{
	struct ap_mask adapters = mask_and(m->adapters, k->mask[0]);
	struct ap_mask domains = mask_and(m->domains, k->mask[1]);

	for (int a = mask_next(&adapters, -1); a >= 0; a = mask_next(&adapters, a)) {
		struct ap_mask freed = mask_and(k->over[a], k->vfio[a]);
		struct ap_mask left = mask_minus(domains, freed);

		if (!mask_empty(&left))
			return true;
	}
	return false;
}

/* vfio_ap_mdev_validate_masks() */
static int validate(const struct ap_kernel *k, const struct ap_held *h, const struct matrix *m)
{
	if (owned_by_host(k, m))
		return -EADDRNOTAVAIL;
	for (size_t i = 0; i < k->n_held; i++)
		if (&k->held[i] != h && matrix_meets(&k->held[i].has, m, NULL))
			return -EADDRINUSE;
	return 0;
}

static bool above(const struct ap_mask *m, int max)
{
	return mask_next(m, max) >= 0;
}

int apkernel_config(struct ap_kernel *k, struct ap_held *h, const struct matrix *to)
{
	int r = validate(k, h, to);

	if (r == 0 && (above(&to->adapters, k->max_adapter) || above(&to->domains, k->max_domain) ||
		       above(&to->control, k->max_domain)))
		r = -ENODEV;
	if (r < 0)
		return r;
	h->has = *to;
	filter(k, h);
	return 0;
}

static struct ap_mask *part_of(struct matrix *m, char part)
{
	return part == 'a' ? &m->adapters : part == 'd' ? &m->domains : &m->control;
}

int apkernel_assign(struct ap_kernel *k, struct ap_held *h, char part, unsigned id, bool on)
{
	struct matrix then = h->has;
	int r;

	if ((int)id > (part == 'a' ? k->max_adapter : k->max_domain))
		return -ENODEV;
	if (mask_has(part_of(&then, part), id) && on)
		return 0;
	mask_set(part_of(&then, part), id, on);
	r = on && part != 'k' ? validate(k, h, &then) : 0;
	if (r < 0)
		return r;
	h->has = then;
	/* What was kept from the guest for the sake of what goes does not come back by this. */
	if (!on)
		mask_set(part_of(&h->guest, part), id, false);
	else if (part == 'k')
		h->guest.control = mask_and(then.control, k->granted.control);
	else
		filter(k, h);
	return 0;
}

/* -- by path -- */

static int write_config(struct ap_kernel *k, struct ap_held *h, const char *value)
{
	CLEANUP(freep) char *copy = strdup(value);
	char *rest = copy;
	struct matrix m = { 0 };

	if (!copy)
		return -ENOMEM;
	for (int i = 0; i < 3; i++) {
		const char *field = strsep(&rest, ",\n");

		if (!field || mask_parse(field, part_of(&m, "adk"[i])) < 0)
			return -EINVAL;
	}
	return apkernel_config(k, h, &m);
}

static int write_assign(struct ap_kernel *k, struct ap_held *h, const char *attr, const char *value)
{
	bool on = !str_starts(attr, "un");
	const char *part = attr + (on ? strlen("assign_") : strlen("unassign_"));
	unsigned long id;
	char *end;

	errno = 0;
	id = strtoul(value, &end, 0);
	if (end == value || (*end && strcmp(end, "\n") != 0) || errno)
		return -EINVAL;
	if (id > 255)
		return -ENODEV;
	return apkernel_assign(k, h,
			       *part == 'a'   ? 'a'
			       : *part == 'd' ? 'd'
					      : 'k',
			       (unsigned)id, on);
}

static int write_matrix(struct ap_kernel *k, const char *rest, const char *value)
{
	char uuid[UUID_TEXT] = "";
	struct ap_held *h;

	if (strlen(rest) < UUID_TEXT || rest[UUID_TEXT - 1] != '/')
		return 0;
	memcpy(uuid, rest, UUID_TEXT - 1);
	rest += UUID_TEXT;
	h = apkernel_held(k, uuid);
	if (!h)
		return 0;
	if (str_eq(rest, "remove"))
		return apkernel_remove(k, uuid);
	if (str_eq(rest, "ap_config"))
		return write_config(k, h, value);
	return str_starts(rest, "assign_") || str_starts(rest, "unassign_")
		       ? write_assign(k, h, rest, value)
		       : 0;
}

static const char *driver_of(const struct ap_kernel *k, apqn_t q)
{
	return mask_has(&k->vfio[APQN_CARD(q)], APQN_DOM(q))   ? "drivers/vfio_ap/"
	       : mask_has(&k->host[APQN_CARD(q)], APQN_DOM(q)) ? "drivers/cex4queue/"
							       : "none";
}

static int write_bus(struct ap_kernel *k, const char *rest, const char *value)
{
	int which = str_eq(rest, "apmask") ? 0 : str_eq(rest, "aqmask") ? 1 : -1;
	char name[16], driver[64];
	apqn_t q;

	if (which >= 0) {
		struct ap_mask m = k->mask[which];

		/* Overrides are what it looks at first. */
		if (k->strict && any_override(k))
			return -EINVAL;
		return mask_parse(value, &m) < 0 ? -EINVAL : apkernel_mask(k, which, &m);
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, "\n"), value);
	if (str_starts(rest, "drivers/") && str_ends(rest, "/unbind") && apqn_parse(name, &q) == 0)
		return str_starts(rest, driver_of(k, q)) ? apkernel_unbind(k, q) : -ENODEV;
	if (str_eq(rest, "drivers_probe") && apqn_parse(name, &q) == 0)
		return apkernel_probe(k, q);
	if (!str_starts(rest, "devices/") || strlen(rest) < strlen("devices/00.0000/"))
		return 0;
	rest += strlen("devices/");
	snprintf(name, sizeof(name), "%.7s", rest);
	rest += strlen("00.0000/");
	if (apqn_parse(name, &q) < 0)
		return 0;
	if (str_eq(rest, "driver/unbind"))
		return apkernel_unbind(k, q);
	snprintf(driver, sizeof(driver), "%.*s", (int)strcspn(value, "\n"), value);
	return str_eq(rest, "driver_override") ? apkernel_override(k, q, driver) : 0;
}

int apkernel_write(struct ap_kernel *k, const char *path, const char *value)
{
	static const char bus[] = "/sys/bus/ap/", mdev[] = "/sys/bus/mdev/devices/";
	static const char module[] = "/sys/module/vfio_ap";
	static const char create[] =
		"/sys/class/mdev_bus/matrix/mdev_supported_types/" TYPE_AP "/create";

	if (str_starts(path, bus))
		return write_bus(k, path + strlen(bus), value);
	if (str_starts(path, mdev))
		return write_matrix(k, path + strlen(mdev), value);
	if (str_eq(path, create))
		return apkernel_create(k, value);
	if (str_eq(path, module))
		apkernel_module(k);
	return 0;
}
