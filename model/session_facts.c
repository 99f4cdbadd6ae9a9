/* SPDX-License-Identifier: MIT */
/* The five facts of a row: what it is bound to, what is wanted, what comes after a boot, who uses it, what forbids it. */
#include "session_part.h"

#include <stdio.h>
#include <string.h>

/* Adds the users of one device to a comma list, the worst first as the inventory has them. */
static void add_users(const struct session *s, const struct devid *dev, char *text, size_t size)
{
	size_t n = 0, len;
	const struct use *use = inventory_uses(s->inv, dev, &n);

	for (size_t i = 0; i < n; i++) {
		if (strstr(text, use[i].who))
			continue;
		len = strlen(text);
		snprintf(text + len, size - len, "%s%s", len ? ", " : "", use[i].who);
	}
}

/* Users of a subchannel's device and of mediated devices on a parent are the row's users too. */
static void users(const struct session *s, const struct devid *dev, struct facts *ret)
{
	struct ccwid id;
	const struct subch *sch = NULL;
	const struct d_mdev *const *on;
	size_t n;

	add_users(s, dev, ret->used_by, sizeof(ret->used_by));
	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0)
		sch = inventory_subch(s->inv, id);
	if (sch && sch->has_dev) {
		struct devid ccw = devid_ccw(sch->dev);

		add_users(s, &ccw, ret->used_by, sizeof(ret->used_by));
	}
	if (dev->bus == BUS_MDEV || dev->bus == BUS_AP)
		return;
	on = desired_mdevs_on(&s->now.desired, dev->name, &n);
	for (size_t i = 0; i < n; i++)
		if (on[i]->active_now) {
			struct devid mdev = { .bus = BUS_MDEV };

			memcpy(mdev.name, on[i]->uuid, UUID_TEXT);
			add_users(s, &mdev, ret->used_by, sizeof(ret->used_by));
		}
}

static const char *or_unbound(const char *driver)
{
	return driver ? driver : "";
}

/* Without its links a capture of /sys does not tell. */
static const char *bound_to(const struct session *s, const struct devid *dev)
{
	const char *driver = inventory_driver(s->inv, dev);

	return s->inv->host.lacks_of & LACKS_LINKS ? driver : or_unbound(driver);
}

static void driver_facts(const struct session *s, const struct devid *dev, struct facts *ret)
{
	const struct d_driver *r = desired_driver(&s->now.desired, dev);
	struct boot_driver boot = { 0 };

	ret->bound = bound_to(s, dev);
	if (r && (r->live || r->persist)) {
		const char *then = r->live ? r->then : r->file_then;

		ret->wanted = then ? then : (r->live && !r->native) ? "" : "host";
		ret->wanted_implied = r->implied;
	}
	boot_driver(&s->now.desired, dev, &boot);
	ret->after = or_unbound(boot.driver);
	ret->after_sure = boot.sure;
	ret->after_differs = ret->bound && strcmp(ret->after, ret->bound) != 0;
}

/* A queue moves by masks: it has no driver record of its own then. */
static void queue_facts(const struct session *s, apqn_t q, struct facts *ret)
{
	const struct desired *d = &s->now.desired;
	enum owner now = desired_queue_now(d, q), then = desired_queue_then(d, q);

	if (!ret->wanted && now != then && now != OWNER_NONE) {
		ret->wanted = then == OWNER_GUESTS ? "vfio_ap" : "cex4queue";
		ret->wanted_implied = true;
		for (size_t i = 0; i < d->wish->ap.n_guest; i++)
			if (d->wish->ap.guest[i] == q)
				ret->wanted_implied = false;
		for (size_t i = 0; i < d->wish->ap.n_host; i++)
			if (d->wish->ap.host[i] == q)
				ret->wanted_implied = false;
	}
}

static void mdev_facts(const struct session *s, const struct devid *dev, struct facts *ret)
{
	const struct d_mdev *m = desired_mdev(&s->now.desired, dev->name, NULL);
	struct boot_mdev boot = { 0 };

	if (!m)
		return;
	ret->bound = m->active_now ? "active" : "";
	if (m->active_then != m->active_now || m->defined_then != m->defined_now ||
	    m->start_then != m->start_now || m->attrs_change || m->restart ||
	    !matrix_eq(&m->ap->live_now, &m->ap->live_then)) {
		ret->wanted = m->active_then != m->active_now
				      ? (m->active_then ? "active" : "stopped")
			      : !m->defined_then && !m->active_then ? "removed"
			      : m->defined_then && !m->defined_now  ? "defined"
			      : !m->defined_then && m->defined_now  ? "undefined"
			      : m->start_then != m->start_now
				      ? (m->start_then == START_AUTO ? "auto" : "manual")
				      : "changed";
		ret->wanted_implied = !m->wish;
	}
	boot_mdev(&s->now.desired, m, &boot);
	ret->after = boot.active == BOOT_YES ? "active" : "not active";
	ret->after_sure = boot.active == BOOT_UNCERTAIN ? BOOT_UNCERTAIN : BOOT_YES;
	ret->after_differs = (boot.active == BOOT_YES) != m->active_now;
}

static void find_out(const struct session *s, const struct devid *dev, struct facts *ret)
{
	const struct subch *sch;
	struct devid css;
	struct ccwid id;
	apqn_t q;

	*ret = (struct facts){ .after_sure = BOOT_YES };
	if (dev->bus == BUS_CCW && ccwid_parse(dev->name, &id) == 0) {
		sch = inventory_subch_of(s->inv, id);
		if (sch) {
			css = devid_css(sch->id);
			dev = &css;
		}
	}
	if (!session_reading(s))
		users(s, dev, ret);
	rules_blocked(s->inv, dev, ret->blocked, sizeof(ret->blocked));
	if (session_reading(s)) {
		strcpy(ret->used_by, "...");
		ret->bound = bound_to(s, dev);
		ret->after = "...";
		return;
	}
	if (dev->bus == BUS_CSS || dev->bus == BUS_PCI || dev->bus == BUS_AP)
		driver_facts(s, dev, ret);
	if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0)
		queue_facts(s, q, ret);
	if (dev->bus == BUS_MDEV)
		mdev_facts(s, dev, ret);
	/* What a capture does not have is not nothing. */
	if (s->inv->host.lacks_uses && !ret->used_by[0])
		snprintf(ret->used_by, sizeof(ret->used_by), "not known");
	if (s->inv->host.lacks_boot)
		ret->after_sure = BOOT_UNCERTAIN;
}

void session_facts(const struct session *s, const struct devid *dev, struct facts *ret)
{
	struct asked *last = s->asked;

	if (dev->bus == BUS_NONE || !devid_eq(&last->dev, dev)) {
		find_out(s, dev, &last->facts);
		last->dev = *dev;
	}
	*ret = last->facts;
}

bool session_is_aside(const struct session *s, const struct finding *f)
{
	struct facts facts;

	if (f->grade != GRADE_NOTE || f->staged)
		return false;
	session_facts(s, &f->dev, &facts);
	return !facts.wanted;
}
