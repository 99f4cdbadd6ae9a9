/* SPDX-License-Identifier: MIT */
/* Staging: each function makes a new wish of the present one and leaves the machine alone. */
#include "hardware.h"
#include "session_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "now", "at boot", "now and at boot". */
static const char *reach_words(struct reach reach)
{
	return reach.live && reach.persist ? "now and at boot" : reach.live ? "now" : "at boot";
}

static int no_device(const struct devid *dev, struct msg *reterr)
{
	msg_make(reterr, MSG_NO_DEVICE, "device", dev->name, NULL);
	return -ENOENT;
}

/* A CCW device's name means its subchannel. */
static int resolve(const struct session *s, const struct devid *dev, struct devid *ret,
		   struct msg *reterr)
{
	const struct subch *sch;
	struct ccwid id;

	*ret = *dev;
	if (dev->bus != BUS_CCW)
		return 0;
	sch = ccwid_parse(dev->name, &id) == 0 ? inventory_subch_of(s->inv, id) : NULL;
	if (!sch)
		return no_device(dev, reterr);
	*ret = devid_css(sch->id);
	return 0;
}

static const struct subch *subch_of(const struct session *s, const struct devid *dev)
{
	struct ccwid id;

	return dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0 ? inventory_subch(s->inv, id)
								       : NULL;
}

static struct devid peer_of(const struct session *s, const struct devid *dev)
{
	const struct subch *sch = subch_of(s, dev);

	return sch && sch->has_dev ? devid_ccw(sch->dev) : (struct devid){ 0 };
}

static bool exists(const struct session *s, const struct devid *dev)
{
	struct pciid pci;

	if (dev->bus == BUS_CSS)
		return subch_of(s, dev);
	return dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0 &&
	       inventory_pci(s->inv, pci);
}

/* -- drivers -- */

static int check_driver(const struct session *s, const struct devid *dev, const char *driver,
			struct msg *reterr)
{
	char why[96];

	if (!exists(s, dev) && !(!*driver && inventory_override(s->inv, dev)))
		return no_device(dev, reterr);
	if (*driver &&
	    (!name_ok(driver) || strlen(driver) >= sizeof(((struct wish_driver *)0)->driver))) {
		msg_make(reterr, MSG_BAD_DRIVER, "driver", driver, NULL);
		return -EINVAL;
	}
	if (str_eq(driver, rules_guest_driver(s->inv, dev)) &&
	    rules_blocked(s->inv, dev, why, sizeof(why))) {
		msg_make(reterr, MSG_BLOCKED, "device", dev->name, "why", why, NULL);
		return -EINVAL;
	}
	return 0;
}

int session_set_driver(struct session *s, const struct devid *name, const char *driver,
		       struct reach reach, struct msg *reterr)
{
	struct wish_driver entry = { .reach = reach };
	CLEANUP(wish_done) struct wish w = { 0 };
	int r = resolve(s, name, &entry.dev, reterr);

	if (r == 0)
		r = check_driver(s, &entry.dev, driver, reterr);
	if (r < 0)
		return r;
	snprintf(entry.driver, sizeof(entry.driver), "%s", driver);
	entry.peer = peer_of(s, &entry.dev);
	if (wish_copy(&w, wish_now(s)) < 0 || wish_set_driver(&w, &entry) < 0)
		return -ENOMEM;
	if (*driver)
		return session_take(s, &w, "bind %s to %s %s", entry.dev.name, driver,
				    reach_words(reach));
	return session_take(s, &w, "give %s back to the host %s", entry.dev.name,
			    reach_words(reach));
}

/* -- taking back -- */

static bool drop_queues(struct wish *w, const struct devid *dev)
{
	size_t before = wish_count(w);
	unsigned card;
	apqn_t q;

	if (apqn_parse(dev->name, &q) == 0) {
		wish_drop_queue(w, q);
	} else if (sscanf(dev->name, "card%2x", &card) == 1) {
		for (unsigned dom = 0; dom < 256; dom++)
			wish_drop_queue(w, APQN(card, dom));
	} else {
		wish_drop_ap(w);
	}
	return wish_count(w) != before;
}

/* The mediated devices staged on a parent: they are what implies its driver. */
static bool drop_children(struct wish *w, const char *parent)
{
	bool any = false;

	for (size_t i = w->n_mdevs; i-- > 0;)
		if (str_eq(w->mdevs[i].parent, parent)) {
			char uuid[UUID_TEXT];

			memcpy(uuid, w->mdevs[i].uuid, sizeof(uuid));
			wish_drop_mdev(w, uuid);
			any = true;
			i = MIN(i, w->n_mdevs);
		}
	return any;
}

/* true: something of the device was staged and is no longer. */
/* peer: the CCW device behind a subchannel, or BUS_NONE. */
static bool drop(struct wish *w, const struct devid *dev, const struct devid *peer)
{
	size_t before = wish_count(w);

	wish_drop_accept(w, dev);
	switch (dev->bus) {
	case BUS_CSS:
	case BUS_PCI:
		wish_drop_driver(w, dev);
		wish_drop_sriov(w, dev);
		if (peer->bus == BUS_CCW)
			wish_drop_switch(w, peer, SWITCH_MEASURE);
		return wish_count(w) != before || drop_children(w, dev->name);
	case BUS_AP:
		return drop_queues(w, dev);
	case BUS_MDEV:
		wish_drop_mdev(w, dev->name);
		return wish_count(w) != before;
	case BUS_MODULE:
		wish_drop_module(w, dev->name);
		return wish_count(w) != before;
	case BUS_CHP:
		for (int kind = SWITCH_VARY; kind <= SWITCH_MEASURE; kind++)
			wish_drop_switch(w, dev, (enum switch_kind)kind);
		return wish_count(w) != before;
	default:
		return false;
	}
}

int session_unstage(struct session *s, const struct devid *name, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	struct devid dev, peer;
	int r = resolve(s, name, &dev, reterr);

	if (r < 0)
		return r;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	peer = peer_of(s, &dev);
	if (!drop(&w, &dev, &peer)) {
		msg_make(reterr, MSG_NOT_STAGED, "device", dev.name, NULL);
		return -ENOENT;
	}
	return session_take(s, &w, "take back what is staged for %s", dev.name);
}

/* -- toggling -- */

static int toggle_driver(struct session *s, const struct devid *dev, struct reach reach,
			 struct msg *reterr)
{
	const char *now =
		reach.live ? inventory_driver(s->inv, dev) : inventory_override(s->inv, dev);
	const char *guest = rules_guest_driver(s->inv, dev);

	if (now && strstr(now, "vfio"))
		return session_set_driver(s, dev, "", reach, reterr);
	return session_set_driver(s, dev, guest, reach, reterr);
}

static int toggle_card(struct session *s, const struct devid *dev, unsigned card,
		       struct reach reach, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	bool guest = false, any = false;

	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < s->inv->n_queues; i++)
		if (APQN_CARD(s->inv->queues[i]->id) == card) {
			any = true;
			guest = guest || desired_queue_now(&s->now.desired,
							   s->inv->queues[i]->id) == OWNER_HOST;
		}
	if (!any)
		return no_device(dev, reterr);
	for (size_t i = 0; i < s->inv->n_queues; i++)
		if (APQN_CARD(s->inv->queues[i]->id) == card &&
		    wish_set_queue(&w, s->inv->queues[i]->id, guest, reach) < 0)
			return -ENOMEM;
	return session_take(s, &w, "%s adapter %02x %s",
			    guest ? "free for guests" : "give back to the host", card,
			    reach_words(reach));
}

/* Start and autostart, or stop and manual, as far as the edit reaches. */
static int toggle_mdev(struct session *s, const struct devid *dev, struct reach reach,
		       struct msg *reterr)
{
	const struct d_mdev *m = desired_mdev(&s->now.desired, dev->name, NULL);
	struct wish_mdev entry = { .reach = reach };
	bool on;

	if (!m)
		return no_device(dev, reterr);
	on = reach.live ? !m->active_now : m->start_now == START_MANUAL;
	memcpy(entry.uuid, m->uuid, sizeof(entry.uuid));
	if (reach.live)
		entry.fields |= WM_ACTIVE;
	if (reach.persist && m->defined_now)
		entry.fields |= WM_START;
	if (!entry.fields) {
		msg_make(reterr, MSG_MDEV_NOT_DEFINED, "device", dev->name, NULL);
		return -EINVAL;
	}
	if (!m->defined_now)
		entry.reach.persist = false; /* starting is not defining */
	entry.active = on;
	entry.start = on ? START_AUTO : START_MANUAL;
	return session_set_mdev(s, &entry, reterr);
}

int session_toggle(struct session *s, const struct devid *name, struct reach reach,
		   struct msg *reterr)
{
	static const struct devid none = {
		0
	}; /* a measurement is another switch than the driver */
	CLEANUP(wish_done) struct wish w = { 0 };
	struct devid dev;
	unsigned card;
	apqn_t q;
	int r = resolve(s, name, &dev, reterr);

	if (r < 0)
		return r;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	if (drop(&w, &dev, &none))
		return session_take(s, &w, "take back what is staged for %s", dev.name);
	switch (dev.bus) {
	case BUS_CSS:
	case BUS_PCI:
		return toggle_driver(s, &dev, reach, reterr);
	case BUS_AP:
		if (apqn_parse(dev.name, &q) == 0)
			return session_queue(s, q,
					     desired_queue_now(&s->now.desired, q) != OWNER_GUESTS,
					     reach, reterr);
		if (sscanf(dev.name, "card%2x", &card) == 1)
			return toggle_card(s, &dev, card, reach, reterr);
		break;
	case BUS_MDEV:
		return toggle_mdev(s, &dev, reach, reterr);
	case BUS_MODULE:
		return session_module(s, dev.name, reach, reterr);
	default:
		break;
	}
	return no_device(&dev, reterr);
}

/* -- queues, SR-IOV, modules -- */

int session_queue(struct session *s, apqn_t q, bool guest, struct reach reach, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	struct devid dev = devid_queue(q);

	if (!s->inv->ap.present) {
		msg_make(reterr, MSG_NO_AP, NULL);
		return -ENODEV;
	}
	if (wish_copy(&w, wish_now(s)) < 0 || wish_set_queue(&w, q, guest, reach) < 0)
		return -ENOMEM;
	w.ap.has_apmask = w.ap.has_aqmask = w.ap.boot.set = false;
	return session_take(
		s, &w, guest ? "free queue %s for guests %s" : "give queue %s back to the host %s",
		dev.name, reach_words(reach));
}

int session_ap_mode(struct session *s, enum ap_mode mode, struct msg *reterr)
{
	static const char *const words[] = { "as in force", "by masks", "by per-queue overrides" };
	CLEANUP(wish_done) struct wish w = { 0 };

	if (mode == AP_MODE_OVERRIDE && !s->inv->ap.has_override) {
		msg_make(reterr, MSG_NO_AP_OVERRIDE, "kernel", s->inv->host.kernel, NULL);
		return -ENOTSUP;
	}
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	w.ap.mode = mode;
	if (!w.ap.set)
		w.ap.reach = (struct reach){ true, true };
	w.ap.set = mode != AP_MODE_AUTO || w.ap.n_guest || w.ap.n_host || w.ap.has_apmask ||
		   w.ap.has_aqmask || w.ap.boot.set;
	return session_take(s, &w, "divide the queues %s", words[mode]);
}

int session_sriov(struct session *s, const struct devid *dev, unsigned vfs, struct reach reach,
		  struct msg *reterr)
{
	struct wish_sriov entry = { .dev = *dev, .vfs = vfs, .reach = reach };
	CLEANUP(wish_done) struct wish w = { 0 };
	const struct pci_fn *fn = NULL;
	struct pciid id;
	char total[24];

	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &id) == 0)
		fn = inventory_pci(s->inv, id);
	if (!fn)
		return no_device(dev, reterr);
	if (fn->vfs_total < 0 || vfs > (unsigned)fn->vfs_total) {
		snprintf(total, sizeof(total), "%d", MAX(fn->vfs_total, 0));
		msg_make(reterr, MSG_SRIOV_TOTAL, "device", dev->name, "total", total, NULL);
		return -ERANGE;
	}
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	if (fn->vfs >= 0 && vfs == (unsigned)fn->vfs)
		wish_drop_sriov(&w, dev);
	else if (wish_set_sriov(&w, &entry) < 0)
		return -ENOMEM;
	return session_take(s, &w, "%u virtual functions for %s", vfs, dev->name);
}

static bool loaded_at_boot(const struct inventory *inv, const char *name)
{
	for (size_t i = 0; i < inv->n_autoload; i++)
		if (str_eq(inv->autoload[i], name))
			return true;
	return false;
}

int session_module(struct session *s, const char *name, struct reach reach, struct msg *reterr)
{
	const struct module_state *m = inventory_module(s->inv, name);
	struct wish_module entry = { .reach = reach };
	CLEANUP(wish_done) struct wish w = { 0 };

	if (!name_ok(name) || strlen(name) >= sizeof(entry.name)) {
		msg_make(reterr, MSG_BAD_MODULE, "module", name, NULL);
		return -EINVAL;
	}
	/* modules-load.d is before the masks; chzdev's rule, which every change of them writes, loads vfio_ap after. */
	if (str_eq(name, "vfio_ap") && reach.persist) {
		if (!reach.live) {
			msg_make(reterr, MSG_R_VFIO_AP_STAGED, "module", name, NULL);
			return -EINVAL;
		}
		entry.reach.persist = false;
	}
	if (m && m->loaded && (!entry.reach.persist || loaded_at_boot(s->inv, name))) {
		msg_make(reterr, MSG_MODULE_THERE, "module", name, NULL);
		return -EALREADY;
	}
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	if (wish_copy(&w, wish_now(s)) < 0 || wish_set_module(&w, &entry) < 0)
		return -ENOMEM;
	return session_take(s, &w, "load module %s %s", name, reach_words(entry.reach));
}

int session_accept(struct session *s, const struct devid *name, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	char text[DEVID_TEXT];
	struct devid dev;
	int r = resolve(s, name, &dev, reterr);

	if (r < 0)
		return r;
	if (!hardware_is_another(s->inv, &dev)) {
		msg_make(reterr, MSG_SAME_HARDWARE, "device", devid_text(&dev, text), NULL);
		return -EALREADY;
	}
	if (wish_copy(&w, wish_now(s)) < 0 || wish_set_accept(&w, &dev) < 0)
		return -ENOMEM;
	return session_take(s, &w, "accept the hardware behind %s", dev.name);
}
