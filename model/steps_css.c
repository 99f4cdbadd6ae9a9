/* SPDX-License-Identifier: MIT */
/*
 * A driver change, on every bus: unbind, override, probe; a channel device that is online is set offline before.
 */
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *bus_dir(enum bus bus)
{
	return bus == BUS_CSS ? "css" : bus == BUS_PCI ? "pci" : "ap";
}

/* Where a device is. Subchannels are nowhere else, and a link on the way is read each time. */
static const char *dir_of(const struct devid *dev, char dir[static 96])
{
	if (dev->bus == BUS_CSS)
		snprintf(dir, 96, "/sys/devices/css0/%s", dev->name);
	else
		snprintf(dir, 96, "/sys/bus/%s/devices/%s", bus_dir(dev->bus), dev->name);
	return dir;
}

/* The subchannel of a css device; NULL: it is none, or unknown. */
static const struct subch *subch_of(const struct planner *p, const struct devid *dev)
{
	struct ccwid id;

	if (dev->bus != BUS_CSS || ccwid_parse(dev->name, &id) < 0)
		return NULL;
	return inventory_subch(p->d->inv, id);
}

static void feet_of(struct planner *p, const struct d_driver *d, const struct subch *sch)
{
	char dir[96];

	foot_add(p, d->now, "%s/driver", dir_of(&d->dev, dir));
	foot_add(p, d->override_now ? d->override_now : "", "%s/driver_override", dir);
	if (sch && sch->ccw && sch->online >= 0)
		foot_add(p, sch->online ? "1" : "0", "%s/%s/online", dir, devid_ccw(sch->dev).name);
}

/* Another function of the group could be somebody's now: looked at again before running. */
static void feet_of_group(struct planner *p, const struct devid *dev)
{
	const struct inventory *inv = p->d->inv;
	const struct pci_fn *fn;
	struct pciid id;

	if (dev->bus != BUS_PCI || pciid_parse(dev->name, &id) < 0)
		return;
	fn = inventory_pci(inv, id);
	for (size_t i = 0; fn && fn->group >= 0 && i < inv->n_pcis; i++)
		if (inv->pcis[i]->group == fn->group)
			foot_add(p, inv->pcis[i]->driver, "/sys/bus/pci/devices/%s/driver",
				 devid_pci(inv->pcis[i]->id).name);
}

static void set_online(struct planner *p, struct act *a, const char *ccw, bool on)
{
	act_set(p, a, on ? "1\n" : "0\n", "/sys/bus/ccw/devices/%s/online", ccw);
	act_expect(p, a, EXPECT_VALUE, on ? "1" : "0", "/sys/bus/ccw/devices/%s/online", ccw);
}

static void offline(struct planner *p, const struct subch *sch)
{
	struct devid ccw = devid_ccw(sch->dev), css = devid_css(sch->id);
	struct step *s = step_new(p, STEP_OFFLINE, &ccw, "set %s offline", ccw.name);
	struct msg why = { 0 };

	set_online(p, &s->act, ccw.name, false);
	set_online(p, &s->undo, ccw.name, true);
	step_reason(p, s,
		    "unbinding is never refused, setting offline is while the device is open: "
		    "this protects the host");
	step_users(p, s, &css);
	step_users(p, s, &ccw);
	/* ccw_device_set_online() of a device without a path is ENODEV. */
	if (sch->pim && !desired_paths(p->d, sch, false) && !desired_paths(p->d, sch, true)) {
		msg_make(&why, MSG_PLAN_NO_PATH_BACK, "device", ccw.name, NULL);
		step_not_undoable(p, s, &why);
	}
	step_command(p, s, "chccwdev -d %s", ccw.name);
}

static void online(struct planner *p, const struct subch *sch)
{
	struct devid ccw = devid_ccw(sch->dev);
	struct step *s = step_new(p, STEP_ONLINE, &ccw, "set %s online", ccw.name);

	set_online(p, &s->act, ccw.name, true);
	set_online(p, &s->undo, ccw.name, false);
	step_reason(p, s, "the host worked with it before, and it comes back offline");
	step_command(p, s, "chccwdev -e %s", ccw.name);
}

/* Who has it when its turn comes: full masks have brought every queue back to the host before overrides are set. */
static const char *driver_before(const struct planner *p, const struct d_driver *d)
{
	return d->dev.bus == BUS_AP && p->d->converts && d->override_then ? "cex4queue" : d->now;
}

static void unbind(struct planner *p, const struct d_driver *d, const struct subch *sch)
{
	const char *bus = bus_dir(d->dev.bus), *dev = d->dev.name, *now = driver_before(p, d);
	struct step *s = step_new(p, STEP_UNBIND, &d->dev, "unbind %s from %s", dev, now);
	char line[sizeof(d->dev.name) + 1], dir[96];

	dir_of(&d->dev, dir);
	stpcpy(stpcpy(line, dev), "\n");
	act_set(p, &s->act, line, "/sys/bus/%s/drivers/%s/unbind", bus, now);
	act_expect(p, &s->act, EXPECT_LINK, NULL, "%s/driver", dir);
	act_set(p, &s->undo, line, "/sys/bus/%s/drivers/%s/bind", bus, now);
	/* The CCW device comes back some time after its subchannel is bound. */
	if (sch && sch->ccw && str_eq(d->now, "io_subchannel"))
		act_expect(p, &s->undo, EXPECT_EXISTS, NULL, "%s/%s", dir,
			   devid_ccw(sch->dev).name);
	else
		act_expect(p, &s->undo, EXPECT_LINK, now, "%s/driver", dir);
	step_reason(p, s, "only an unbound device can be given another driver");
	step_users(p, s, &d->dev);
}

static void override(struct planner *p, const struct d_driver *d)
{
	const char *dev = d->dev.name;
	const char *now = d->override_now ? d->override_now : "";
	const char *then = d->override_then ? d->override_then : "";
	struct step *s;
	CLEANUP(buf_done) struct buf line = { 0 };
	char dir[96];

	dir_of(&d->dev, dir);
	s = *then ? step_new(p, STEP_OVERRIDE, &d->dev, "override the driver of %s: %s", dev, then)
		  : step_new(p, STEP_OVERRIDE, &d->dev, "clear the driver override of %s", dev);
	if (buf_printf(&line, "%s\n", then) < 0)
		p->err = -ENOMEM;
	act_set(p, &s->act, buf_str(&line), "%s/driver_override", dir);
	act_expect(p, &s->act, EXPECT_VALUE, then, "%s/driver_override", dir);
	buf_reset(&line);
	if (buf_printf(&line, "%s\n", now) < 0)
		p->err = -ENOMEM;
	act_set(p, &s->undo, buf_str(&line), "%s/driver_override", dir);
	act_expect(p, &s->undo, EXPECT_VALUE, now, "%s/driver_override", dir);
	step_reason(p, s,
		    *then ? "without it the next probe would choose another driver"
			  : "without it the device goes to the driver that matches it");
}

static void probe(struct planner *p, const struct d_driver *d)
{
	const char *bus = bus_dir(d->dev.bus), *dev = d->dev.name;
	struct step *s = step_new(p, STEP_PROBE, &d->dev, "bind %s to %s", dev,
				  d->then ? d->then : "the driver that matches it");
	char line[sizeof(d->dev.name) + 1], dir[96];

	dir_of(&d->dev, dir);
	stpcpy(stpcpy(line, dev), "\n");
	act_set(p, &s->act, line, "/sys/bus/%s/drivers_probe", bus);
	if (d->then)
		act_expect(p, &s->act, EXPECT_LINK, d->then, "%s/driver", dir);
	/* Through the device: who took it is not known before where nobody was named. */
	act_set(p, &s->undo, line, "%s/driver/unbind", dir);
	act_expect(p, &s->undo, EXPECT_LINK, NULL, "%s/driver", dir);
	step_reason(p, s,
		    "the kernel reports success even if no driver took the device, so the driver "
		    "link is looked at afterwards");
}

/* One line of driverctl for the whole change, on its first step; the others say nothing. */
static void block_command(struct planner *p, const struct d_driver *d, size_t first)
{
	const char *save = d->persist ? "" : "--nosave ", *bus = bus_dir(d->dev.bus);
	CLEANUP(buf_done) struct buf driver = { 0 };
	size_t i = first;

	if (d->override_then && shell_word(&driver, d->override_then) < 0)
		p->err = -ENOMEM;
	while (i < p->plan->n_steps && p->plan->steps[i].kind == STEP_OFFLINE)
		i++;
	for (bool said = false; !p->err && i < p->plan->n_steps; i++, said = true) {
		struct step *s = &p->plan->steps[i];

		if (said)
			step_command(p, s, "%s", "");
		else if (d->override_then)
			step_command(p, s, "driverctl -b %s %sset-override %s %s", bus, save,
				     d->dev.name, buf_str(&driver));
		else
			step_command(p, s, "driverctl -b %s %sunset-override %s", bus, save,
				     d->dev.name);
	}
}

void steps_driver(struct planner *p, const struct d_driver *d)
{
	const struct subch *sch = subch_of(p, &d->dev);
	/* A queue counts as the guests' only when it is bound after its override was set. */
	bool moves = !str_eq(d->now, d->then) || (d->native && !d->then) || d->dev.bus == BUS_AP;
	bool leaves = moves && driver_before(p, d), is_on = sch && sch->ccw && sch->online == 1;
	size_t first;

	if (leaves && is_on)
		steps_measure_off(p, sch);
	first = p->plan->n_steps;
	plan_block(p);
	feet_of(p, d, sch);
	feet_of_group(p, &d->dev);
	if (leaves) {
		if (is_on)
			offline(p, sch);
		unbind(p, d, sch);
	}
	if (!str_eq(d->override_now ? d->override_now : "",
		    d->override_then ? d->override_then : ""))
		override(p, d);
	if (moves && !str_eq(d->override_then, "none"))
		probe(p, d);
	if (moves)
		block_command(p, d, first);
	if (moves && d->online && d->native && sch && sch->has_dev)
		online(p, sch);
}

void steps_drivers(struct planner *p, enum bus bus, bool clearing)
{
	for (size_t i = 0; i < p->d->n_drivers; i++) {
		const struct d_driver *d = &p->d->drivers[i];

		if (!d->live || d->dev.bus != bus)
			continue;
		/* Masks move only while no queue has an override. */
		if (bus == BUS_AP && clearing != !d->override_then)
			continue;
		steps_driver(p, d);
	}
}
