/* SPDX-License-Identifier: MIT */
/* Whose a queue is: now, after the commit, after the next boot. */
#include "desired_parts.h"

#include <stdio.h>
#include <string.h>

static bool masked(const struct ap_mask *ap, const struct ap_mask *aq, apqn_t q)
{
	return mask_has(ap, APQN_CARD(q)) && mask_has(aq, APQN_DOM(q));
}

/*
 * With full masks and per-queue overrides a queue is the guests' only when its override says so and it is bound
 * accordingly; one that isn't there is always the host's.
 */
bool ap_reserved_now(const struct desired *d, apqn_t q)
{
	const struct ap_queue *queue = inventory_queue(d->inv, q);

	if (queue && str_eq(queue->override, "vfio_ap") && str_eq(queue->driver, "vfio_ap"))
		return false;
	return masked(&d->inv->ap.apmask, &d->inv->ap.aqmask, q);
}

bool ap_reserved_then(const struct desired *d, apqn_t q)
{
	struct devid dev = devid_queue(q);
	const struct d_driver *r = desired_driver(d, &dev);
	const struct ap_queue *queue = inventory_queue(d->inv, q);
	const char *override = r ? r->override_then : queue ? queue->override : NULL;
	const char *driver = r ? r->then : queue ? queue->driver : NULL;

	if (str_eq(override, "vfio_ap") && str_eq(driver, "vfio_ap"))
		return false;
	return masked(&d->apmask_then, &d->aqmask_then, q);
}

/* "ap.apmask=0x..." of the kernel command line, applied to *m. */
static void command_line_mask(const char *cmdline, const char *key, struct ap_mask *m)
{
	char value[1024];

	for (const char *p = cmdline; p && *p;) {
		size_t n = strcspn(p, " \t\n");

		if (str_starts(p, key) && n - strlen(key) < sizeof(value)) {
			snprintf(value, sizeof(value), "%.*s", (int)(n - strlen(key)),
				 p + strlen(key));
			mask_parse(value, m);
		}
		p += n;
		p += strspn(p, " \t\n");
	}
}

void ap_masks_boot(const struct desired *d, struct ap_mask *ret_apmask, struct ap_mask *ret_aqmask)
{
	*ret_apmask = *ret_aqmask = mask_all();
	command_line_mask(d->inv->host.cmdline, "ap.apmask=", ret_apmask);
	command_line_mask(d->inv->host.cmdline, "ap.aqmask=", ret_aqmask);
	if (d->rule_has_apmask)
		*ret_apmask = d->rule_apmask;
	if (d->rule_has_aqmask)
		*ret_aqmask = d->rule_aqmask;
}

/* driverctl writes an override only where the kernel takes it: with full masks. */
bool ap_reserved_boot(const struct desired *d, apqn_t q)
{
	struct devid dev = devid_queue(q);
	const struct d_driver *r = desired_driver(d, &dev);
	const char *file = r ? r->file_then : inventory_override(d->inv, &dev);
	struct ap_mask ap, aq;

	ap_masks_boot(d, &ap, &aq);
	if (str_eq(file, "vfio_ap") && d->inv->ap.has_override && ap_masks_full(&ap, &aq))
		return false;
	return masked(&ap, &aq, q);
}

static enum owner owner_of(const struct desired *d, apqn_t q,
			   bool (*reserved)(const struct desired *d, apqn_t q))
{
	const struct ap_queue *queue = inventory_queue(d->inv, q);

	if (!queue)
		return OWNER_NONE;
	if (!d->inv->ap.masks_known)
		return !queue->driver			  ? OWNER_NONE
		       : str_eq(queue->driver, "vfio_ap") ? OWNER_GUESTS
							  : OWNER_HOST;
	return reserved(d, q) ? OWNER_HOST : OWNER_GUESTS;
}

enum owner desired_queue_now(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_now);
}

enum owner desired_queue_then(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_then);
}

enum owner desired_queue_boot(const struct desired *d, apqn_t q)
{
	return owner_of(d, q, ap_reserved_boot);
}
