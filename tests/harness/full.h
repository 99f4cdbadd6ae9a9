/* SPDX-License-Identifier: MIT */
/*
 * The largest crypto there can be: 256 adapters with 256 domains and a definition for each adapter. Made in
 * memory, since a simulated machine of that size takes seconds.
 */
#ifndef FULL_H
#define FULL_H

#include "fixture.h"

/* All queues the host's, but those of the upper half of adapters; a definition for each adapter, every fourth by hand. */
static inline void full_machine(struct fixture *f)
{
	struct ap_bus *ap = &f->inv->ap;
	char uuid[UUID_TEXT], adapter[8];

	ap->present = ap->masks_known = ap->config_known = ap->has_ap_config = true;
	ap->has_override = true;
	ap->apmask = ap->aqmask = ap->adapters = ap->domains = ap->control = mask_all();
	ap->max_adapter = ap->max_domain = 255;
	ap->default_domain = 4;
	f->inv->queues = calloc(65536, sizeof(*f->inv->queues));
	f->inv->n_queues = 65536;
	for (unsigned q = 0; q < 65536; q++) {
		struct ap_queue *v = calloc(1, sizeof(*v));

		v->refs = 1;
		v->id = (apqn_t)q;
		v->driver = q >> 8 < 128 ? "cex4queue" : "vfio_ap";
		v->online = q >> 8 < 128 ? 1 : -1;
		v->config = 1;
		f->inv->queues[q] = v;
	}
	for (unsigned i = 0; i < 256; i++) {
		static const char *const types[] = { "CEX8C", "CEX8P", "CEX7A", "CEX7C" };
		struct ap_card *v = calloc(1, sizeof(*v));

		v->refs = 1;
		v->id = (uint8_t)i;
		v->type = types[i % 4];
		v->online = v->config = 1;
		v->driver = "cex4card";
		fixture_push(f, cards, n_cards, v);
	}
	for (unsigned i = 128; i < 256; i++)
		mask_set(&ap->apmask, i, false);
	for (unsigned i = 0; i < 256; i++) {
		snprintf(uuid, sizeof(uuid), "%08x-0000-4000-8000-000000000001", i);
		snprintf(adapter, sizeof(adapter), "%u", i);
		fixture_defined(f, uuid, i % 4 ? START_AUTO : START_MANUAL, adapter,
				"0,1,2,3,16,32,64,65,66,200");
	}
	fixture_parent(f, "ap/matrix", TYPE_AP, 65536);
}

#endif
