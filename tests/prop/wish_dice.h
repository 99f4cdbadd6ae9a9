/* SPDX-License-Identifier: MIT */
/*
 * Random edits of a session, as a user could make them; what is refused is no edit.
 */
#ifndef WISH_DICE_H
#define WISH_DICE_H

#include "attrs.h"
#include "dice.h"
#include "mem.h"
#include "session.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

static inline struct reach some_reach(struct dice *d)
{
	unsigned r = roll(d, 4);

	return (struct reach){ .live = r != 1, .persist = r != 2 };
}

static inline bool some_device(struct dice *dice, const struct inventory *inv, struct devid *ret)
{
	if (inv->n_subchs && (!inv->n_pcis || roll(dice, 2)))
		*ret = devid_css(inv->subchs[roll(dice, (unsigned)inv->n_subchs)]->id);
	else if (inv->n_pcis)
		*ret = devid_pci(inv->pcis[roll(dice, (unsigned)inv->n_pcis)]->id);
	else
		return false;
	return true;
}

/* The fields of an mdev that exists or is staged; NULL: there is none. */
static inline const struct d_mdev *some_mdev(struct dice *dice, struct session *s)
{
	const struct desired *d = session_desired(s);

	return d->n_mdevs ? &d->mdevs[roll(dice, (unsigned)d->n_mdevs)] : NULL;
}

static inline void edit_driver(struct dice *dice, struct session *s, struct msg *why)
{
	struct devid dev;

	if (some_device(dice, session_inventory(s), &dev))
		session_toggle(s, &dev, some_reach(dice), why);
}

/* A random one would sort elsewhere in each run, and the same seed choose others from there on. */
static inline void some_uuid(struct dice *dice, char ret[static UUID_TEXT])
{
	unsigned a = roll(dice, 1u << 31), b = roll(dice, 1u << 16), c = roll(dice, 1u << 16);

	snprintf(ret, UUID_TEXT, "%08x-%04x-4000-8000-00000000%04x", a, b, c);
}

static inline void edit_new(struct dice *dice, struct session *s, struct msg *why)
{
	const struct inventory *inv = session_inventory(s);
	enum start start = roll(dice, 2) ? START_AUTO : START_MANUAL;
	const struct mdev_parent *p;
	char uuid[UUID_TEXT];
	struct devid dev;

	some_uuid(dice, uuid);
	if (roll(dice, 2) && some_device(dice, inv, &dev) && dev.bus == BUS_CSS) {
		session_new_mdev(s, dev.name, TYPE_CCW, uuid, true, start, some_reach(dice), NULL,
				 why);
	} else if (inv->n_parents) {
		p = inv->parents[roll(dice, (unsigned)inv->n_parents)];
		if (p->n_types)
			session_new_mdev(s, p->id.name,
					 p->types[roll(dice, (unsigned)p->n_types)].id, uuid,
					 roll(dice, 4) > 0, start, some_reach(dice), NULL, why);
	}
}

static inline void edit_matrix(struct dice *dice, struct session *s, struct msg *why)
{
	static const uint8_t cards[] = { 5, 6, 0xa, 0x14 }, doms[] = { 4, 5, 0x42, 0xab };
	const struct d_mdev *m = some_mdev(dice, s);
	unsigned which = roll(dice, 3);

	if (m && m->is_matrix)
		session_matrix(s, m->uuid, "adk"[which],
			       which ? doms[roll(dice, 4)] : cards[roll(dice, 4)],
			       roll(dice, 3) > 0, why);
}

static inline void edit_mdev(struct dice *dice, struct session *s, struct msg *why)
{
	const struct d_mdev *m = some_mdev(dice, s);
	struct wish_mdev entry = { .reach = some_reach(dice), .defined = true };

	if (!m)
		return;
	strcpy(entry.uuid, m->uuid);
	switch (roll(dice, 4)) {
	case 0:
		entry.delete = true;
		entry.reach = (struct reach){ true, true };
		break;
	case 1:
		entry.fields = WM_START;
		entry.start = m->start_then == START_AUTO ? START_MANUAL : START_AUTO;
		break;
	case 2:
		entry.fields = WM_ACTIVE;
		entry.active = !m->active_then;
		break;
	default:
		entry.fields = WM_DEFINED;
		entry.defined = !m->defined_then;
		break;
	}
	session_set_mdev(s, &entry, why);
}

static inline void edit_path(struct dice *dice, struct session *s, struct msg *why)
{
	const struct inventory *inv = session_inventory(s);
	enum switch_kind kind = (enum switch_kind)roll(dice, 3);
	struct devid dev;

	if (kind == SWITCH_MEASURE && inv->n_subchs) {
		dev = devid_css(inv->subchs[roll(dice, (unsigned)inv->n_subchs)]->id);
	} else if (kind != SWITCH_MEASURE && inv->n_chps) {
		dev = devid_chp(inv->chps[roll(dice, (unsigned)inv->n_chps)].id);
	} else if (inv->n_pcis) {
		/* Where there are none: the other number that a machine is told. */
		size_t at = roll(dice, (unsigned)inv->n_pcis);

		while (at + 1 < inv->n_pcis && inv->pcis[at]->vfs_total <= 0)
			at++;
		dev = devid_pci(inv->pcis[at]->id);
		session_sriov(s, &dev, roll(dice, 5), some_reach(dice), why);
		return;
	} else {
		return;
	}
	session_switch(s, &dev, kind, roll(dice, 2), (struct reach){ true, true }, why);
}

static inline void edit_other(struct dice *dice, struct session *s, struct msg *why)
{
	const struct inventory *inv = session_inventory(s);
	struct devid dev;

	switch (roll(dice, 4)) {
	case 0:
		if (inv->n_queues)
			session_queue(s, inv->queues[roll(dice, (unsigned)inv->n_queues)]->id,
				      roll(dice, 2), some_reach(dice), why);
		break;
	case 1:
		if (inv->n_pcis) {
			dev = devid_pci(inv->pcis[roll(dice, (unsigned)inv->n_pcis)]->id);
			session_sriov(s, &dev, roll(dice, 9), some_reach(dice), why);
		}
		break;
	case 2:
		session_undo(s);
		break;
	default:
		session_ap_mode(s, (enum ap_mode)roll(dice, 3), why);
		break;
	}
}

/* Some are refused. */
static inline void one_edit(struct dice *dice, struct session *s)
{
	static void (*const edits[])(struct dice *, struct session *, struct msg *) = {
		edit_driver, edit_new, edit_matrix, edit_matrix, edit_mdev, edit_other, edit_path,
	};
	struct msg why = { 0 };

	edits[roll(dice, ARRAY_SIZE(edits))](dice, s, &why);
	msg_done(&why);
}

static inline void some_edits(struct dice *dice, struct session *s)
{
	for (unsigned n = 1 + roll(dice, 5); n > 0; n--)
		one_edit(dice, s);
}

/* Every protected device named in full. */
static inline size_t all_overrides(const struct session *s, char (*text)[DEVID_TEXT],
				   const char *names[static 64])
{
	const struct findings *f = session_findings(s);
	size_t n = 0;

	for (size_t i = 0; i < f->n && n < 64; i++)
		if (f->v[i].grade == GRADE_PROTECTED) {
			names[n] = devid_text(&f->v[i].dev, text[n]);
			n++;
		}
	return n;
}

#endif
