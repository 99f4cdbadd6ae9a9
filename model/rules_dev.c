/* SPDX-License-Identifier: MIT */
/* Rules about single devices and their drivers. */
#include "rules_part.h"
#include "rules_table.h"

#include <stdio.h>

int rule_no_device(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->wish->n_drivers && r == 0; i++) {
		const struct wish_driver *w = &d->wish->drivers[i];
		bool gone = w->dev.bus == BUS_CCW || inventory_gone(d->inv, &w->dev);
		bool off = !*w->driver && inventory_override(d->inv, &w->dev);

		/* A persistent override may be taken off, or kept ready, for a device that is away. */
		if (!gone || (w->dev.bus != BUS_CCW && (off || !w->reach.live)))
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

int rule_not_for_guests(const struct desired *d, const struct rule *rule, struct findings *f)
{
	char why[96];
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++) {
		const struct d_driver *v = &d->drivers[i];

		if (driver_takes(v) && rules_blocked(d->inv, &v->dev, why, sizeof(why)))
			r = FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_BLOCKED, "device",
				 v->dev.name, "why", why);
	}
	return r;
}

/* -- who would miss it -- */

/* A subchannel's number says nothing to an operator and may be another device's number: both are said. */
static void call_it(const struct desired *d, const struct devid *dev, char *name, size_t size)
{
	const struct subch *s = subch_of(d->inv, dev);

	if (s && s->has_dev)
		snprintf(name, size, "%s (device %s)", dev->name, devid_ccw(s->dev).name);
	else
		snprintf(name, size, "%s", dev->name);
}

/* What ends a use; who is the inventory's short word for it. */
static const char *advice_for(const char *who)
{
	static const struct {
		const char *who, *advice;
	} advice[] = {
		{ "/ (host)", "run the host from another disk" },
		{ "swap", "take it out of the swap space (swapoff)" },
		{ "console", "give the host another console" },
		{ "display", "let the host boot with another display" },
		{ "dump target", "choose another dump device (dumpconf)" },
		{ "next IPL", "choose another device for the next IPL (chreipl)" },
		{ "default route", "let another interface carry the default route" },
		{ "your ssh session", "log in another way" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++)
		if (strcmp(advice[i].who, who) == 0)
			return advice[i].advice;
	return *who == '/'		  ? "unmount it"
	       : str_ends(who, " up")	  ? "take the interface down"
	       : str_starts(who, "RAID ") ? "take it out of the RAID"
	       : strncmp(who, "guest", 5) == 0 || strcmp(who, "a guest") == 0
		       ? "shut the guest down or detach the device from it"
		       : "end that use";
}

static int add_advice(struct buf *b, const char *who)
{
	const char *text = advice_for(who);

	if (b->len && strstr(buf_str(b), text))
		return 0;
	return buf_printf(b, "%s%s", b->len ? ", " : "", text);
}

/* One finding for all users of a device; the gravest decides. */
static int add_uses(const struct desired *d, const struct rule *rule, struct findings *f,
		    const struct devid *dev, const struct devid *used)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf advice = { 0 };
	enum use_grade worst = USE_NOTE;
	char name[2 * DEVID_TEXT];
	size_t n = 0;
	const struct use *use = inventory_uses(d->inv, used, &n);
	int r;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		worst = MAX(worst, use[i].grade);
		if (i < 4 && (buf_printf(&b, "%s%s", i ? "; it " : "It ", use[i].text) < 0 ||
			      add_advice(&advice, use[i].who) < 0))
			return -ENOMEM;
	}
	if (n > 4 && buf_printf(&b, "; and %zu more", n - 4) < 0)
		return -ENOMEM;
	call_it(d, dev, name, sizeof(name));
	r = FIND(f, rule, worst == USE_NOTE ? GRADE_NOTE : GRADE_PROTECTED, dev, NULL, true,
		 MSG_R_IN_USE, "device", name, "uses", buf_str(&b), "advice", buf_str(&advice));
	if (r == 0)
		f->v[f->n - 1].vital = worst == USE_VITAL;
	return r;
}

static int uses_of_driver(const struct desired *d, const struct d_driver *v,
			  const struct rule *rule, struct findings *f)
{
	const struct subch *s = subch_of(d->inv, &v->dev);
	size_t before = f->n;
	int r;

	/* Live: whoever has it loses it. At boot: only the host can miss what goes to a guest. */
	if (!v->live && (!driver_takes(v) || driver_is_guest(v->now)))
		return 0;
	r = add_uses(d, rule, f, &v->dev, &v->dev);
	if (r == 0 && f->n == before && s && s->has_dev) {
		struct devid ccw = devid_ccw(s->dev);

		r = add_uses(d, rule, f, &v->dev, &ccw);
	}
	return r;
}

int rule_in_use(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++)
		if (d->drivers[i].live || d->drivers[i].persist)
			r = uses_of_driver(d, &d->drivers[i], rule, f);
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);

		if (m->wish && m->active_now && (!m->active_then || m->restart))
			r = add_uses(d, rule, f, &dev, &dev);
	}
	/* Of the queues only those that somebody uses are looked at: there may be 65536. */
	for (size_t i = 0; i < d->inv->n_uses && r == 0; i++) {
		const struct devid dev = d->inv->uses[i].dev;
		apqn_t q;

		if (dev.bus != BUS_AP || apqn_parse(dev.name, &q) < 0 ||
		    (i && devid_eq(&dev, &d->inv->uses[i - 1].dev)))
			continue;
		if (desired_queue_now(d, q) == OWNER_HOST &&
		    desired_queue_then(d, q) == OWNER_GUESTS)
			r = add_uses(d, rule, f, &dev, &dev);
	}
	return r;
}

/* -- recorded peers -- */

static int check_peer(const struct desired *d, const struct rule *rule, struct findings *f,
		      const struct devid *dev, const struct devid *peer)
{
	const struct subch *s = subch_of(d->inv, dev);
	struct devid now = { 0 };

	if (peer->bus == BUS_NONE || !s)
		return 0;
	if (s->has_dev)
		now = devid_ccw(s->dev);
	if (devid_eq(peer, peer->bus == BUS_CCW ? &now : dev))
		return 0;
	return FIND(f, rule, GRADE_PROTECTED, dev, peer, true, MSG_R_PEER, "device", dev->name,
		    "then", peer->name, "now", s->has_dev ? now.name : "nothing");
}

int rule_peer(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->wish->n_drivers && r == 0; i++)
		r = check_peer(d, rule, f, &d->wish->drivers[i].dev, &d->wish->drivers[i].peer);
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		struct devid dev = { .bus = BUS_CSS };

		if (!d->mdevs[i].wish || d->mdevs[i].wish->peer.bus == BUS_NONE)
			continue;
		snprintf(dev.name, sizeof(dev.name), "%s", d->mdevs[i].parent);
		r = check_peer(d, rule, f, &dev, &d->mdevs[i].wish->peer);
	}
	return r;
}

/* -- modules -- */

int rule_module(const struct desired *d, const struct rule *rule, struct findings *f)
{
	char name[32];
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++) {
		const struct d_driver *v = &d->drivers[i];
		const char *driver = v->live && driver_is_guest(v->then) ? v->then
				     : v->persist			 ? v->file_then
									 : NULL;
		const struct module_state *m;

		if (!driver_is_guest(driver))
			continue;
		driver_module(driver, name, sizeof(name));
		m = inventory_module(d->inv, name);
		if (m && !m->loaded && !m->available)
			r = FIND(f, rule, GRADE_ERROR, &v->dev, NULL, true, MSG_R_MODULE, "device",
				 v->dev.name, "module", name);
	}
	for (size_t i = 0; i < d->wish->n_modules && r == 0; i++) {
		const struct module_state *m = inventory_module(d->inv, d->wish->modules[i].name);
		struct devid dev = { .bus = BUS_MODULE };

		snprintf(dev.name, sizeof(dev.name), "%s", d->wish->modules[i].name);
		if (m && !m->loaded && !m->available)
			r = FIND(f, rule, GRADE_ERROR, &dev, NULL, true, MSG_R_NO_MODULE, "module",
				 dev.name);
	}
	return r;
}

int rule_vfio_ap_early(const struct desired *d, const struct rule *rule, struct findings *f)
{
	struct devid dev = { BUS_MODULE, "vfio_ap" };

	for (size_t i = 0; i < d->wish->n_modules; i++) {
		const struct reach *reach = &d->wish->modules[i].reach;

		/* Wanted now as well, it is loaded now; wanted at boot only, nothing would come of it. */
		if (strcmp(d->wish->modules[i].name, "vfio_ap") == 0 && reach->persist)
			return FIND(f, rule, reach->live ? GRADE_NOTE : GRADE_ERROR, &dev, NULL,
				    true, MSG_R_VFIO_AP_STAGED, "module", dev.name);
	}
	for (size_t i = 0; i < d->inv->n_autoload; i++)
		if (str_eq(d->inv->autoload[i], "vfio_ap"))
			return FIND(f, rule, GRADE_NOTE, &dev, NULL, false, MSG_R_VFIO_AP_EARLY,
				    "module", dev.name);
	return 0;
}

/* -- the next boot -- */

int rule_boot_helper(const struct desired *d, const struct rule *rule, struct findings *f)
{
	const struct host *h = &d->inv->host;
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0 && !(h->has_driverctl && h->driverctl_rule);
	     i++)
		if (d->drivers[i].persist && d->drivers[i].file_then)
			r = FIND(f, rule, GRADE_NOTE, &d->drivers[i].dev, NULL, true,
				 MSG_R_NO_DRIVERCTL, "device", d->drivers[i].dev.name);
	for (size_t i = 0; i < d->n_mdevs && r == 0 && !(h->has_mdevctl && h->mdev_rule); i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid dev = devid_mdev(m->uuid);

		if (m->defined_then && m->start_then == START_AUTO)
			r = FIND(f, rule, GRADE_NOTE, &dev, NULL, mdev_staged(m),
				 h->has_mdevctl && h->mdev_rule_lacks ? MSG_R_MDEVCTL_ASTRAY
								      : MSG_R_NO_MDEVCTL,
				 "device", dev.name, "path", h->mdev_rule_lacks);
	}
	return r;
}

int rule_cio_ignore(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++) {
		const struct d_driver *v = &d->drivers[i];
		const struct subch *s = subch_of(d->inv, &v->dev);

		if (v->file_then && s && s->has_dev && inventory_ignored_at_boot(d->inv, s->dev))
			r = FIND(f, rule, GRADE_NOTE, &v->dev, NULL, v->persist, MSG_R_CIO_IGNORE,
				 "device", devid_ccw(s->dev).name);
	}
	for (size_t i = 0; i < d->inv->n_overrides && r == 0; i++) {
		const struct devid *dev = &d->inv->overrides[i].dev;
		const struct subch *s = subch_of(d->inv, dev);

		if (s && s->has_dev && !desired_driver(d, dev) &&
		    inventory_ignored_at_boot(d->inv, s->dev))
			r = FIND(f, rule, GRADE_NOTE, dev, NULL, false, MSG_R_CIO_IGNORE, "device",
				 devid_ccw(s->dev).name);
	}
	return r;
}

int rule_uid(const struct desired *d, const struct rule *rule, struct findings *f)
{
	int r = 0;

	for (size_t i = 0; i < d->n_drivers && r == 0; i++) {
		const struct d_driver *v = &d->drivers[i];
		const struct pci_fn *fn = pci_of(d->inv, &v->dev);

		if (fn && v->persist && v->file_then && fn->uid_unique == 0)
			r = FIND(f, rule, GRADE_NOTE, &v->dev, NULL, true, MSG_R_UID, "device",
				 v->dev.name);
	}
	return r;
}
