/* SPDX-License-Identifier: MIT */
/* Rules about single devices and their drivers. */
#include "rules_part.h"
#include "rules_table.h"

static bool exists(const struct inventory *inv, const struct devid *dev)
{
	return dev->bus == BUS_CSS   ? subch_of(inv, dev) != NULL
	       : dev->bus == BUS_PCI ? pci_of(inv, dev) != NULL
				     : false;
}

int rule_no_device(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->wish->n_drivers && r == 0; i++) {
		const struct wish_driver *w = &d->wish->drivers[i];

		/* A persistent override may be taken off, or kept ready, for a device that is away. */
		if (exists(d->inv, &w->dev) || (w->dev.bus != BUS_CCW && !w->reach.live))
			continue;
		r = FIND(f, rule, GRADE_ERROR, &w->dev, NULL, true, MSG_NO_DEVICE, "device",
			 w->dev.name);
	}
	for (size_t i = 0; i < d->n_sriov && r == 0; i++)
		if (!pci_of(d->inv, &d->sriov[i].dev))
			r = FIND(f, rule, GRADE_ERROR, &d->sriov[i].dev, NULL, true, MSG_NO_DEVICE,
				 "device", d->sriov[i].dev.name);
	return r;
}
