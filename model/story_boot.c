/* SPDX-License-Identifier: MIT */
/* Which files and words decide what a device is bound to after the next boot. */
#include "desired_parts.h"
#include "store.h"
#include "story_part.h"

#include <stdio.h>
#include <string.h>

/* What the prediction says of the driver, and by whom. */
static int tell_prediction(const struct told *t, struct buf *ret)
{
	struct boot_driver b = { 0 };

	boot_driver(&t->s->now.desired, &t->dev, &b);
	if (str_eq(b.driver, "-"))
		return story_line(ret, "It will not be there (%s).", b.by);
	if (!b.driver && b.sure == BOOT_UNCERTAIN)
		return story_line(ret,
				  "Not known: the host's modules decide which driver takes it "
				  "(%s).",
				  b.by);
	return story_line(ret, "%s to %s (%s).",
			  b.sure == BOOT_UNCERTAIN ? "Perhaps bound" : "Bound",
			  b.driver ? b.driver : "no driver", b.by);
}

static int tell_override(const struct told *t, struct buf *ret)
{
	const struct host *h = &t->s->inv->host;
	const struct override_file *f = NULL;

	for (size_t i = 0; i < t->s->inv->n_overrides; i++)
		if (devid_eq(&t->s->inv->overrides[i].dev, &t->dev))
			f = &t->s->inv->overrides[i];
	if (!f && h->lacks_boot)
		return story_line(ret, "What is kept below " DRIVERCTL_DIR " is not known: the "
				       "capture lacks what decides at boot.");
	if (!f)
		return story_line(ret, DRIVERCTL_DIR " keeps no other driver for it.");
	return story_line(ret, "%s asks for %s; %s.", f->path, f->driver,
			  !h->has_driverctl    ? "driverctl is not installed, so nobody reads it"
			  : !h->driverctl_rule ? "udev's rule of driverctl is missing, so nobody "
						 "reads it"
					       : "udev's rule of driverctl carries it out");
}

static int tell_ap_rule(const struct told *t, struct buf *ret)
{
	if (t->dev.bus != BUS_AP || t->s->inv->host.lacks_boot)
		return 0;
	if (!t->s->inv->ap_rule.present)
		return story_line(ret, "There is no " AP_RULE_PATH ": no rule sets masks.");
	return story_line(ret, AP_RULE_PATH " sets the masks once the queues are there%s.",
			  t->s->inv->ap_rule.loads_vfio_ap ? ", and loads vfio_ap" : "");
}

/* -- the kernel's command line -- */

static bool concerns(const struct told *t, const char *word, size_t n)
{
	char ids[24] = "";
	const char *name;

	if (t->pci)
		snprintf(ids, sizeof(ids), "%04x:%04x", t->pci->vendor, t->pci->device);
	if (*ids && memmem(word, n, ids, strlen(ids)))
		return true;
	if (t->dev.bus == BUS_AP)
		return str_starts(word, "ap.");
	if (t->ccw.bus && str_starts(word, "cio_ignore="))
		return true;
	buf_foreach_name (&t->names, name)
		if (story_has_word(word, n, name))
			return true;
	return false;
}

static int tell_command_line(const struct told *t, struct buf *ret)
{
	const char *at = t->s->inv->host.cmdline;
	int r = 0;

	while (at && *at && r == 0) {
		size_t n = strcspn(at, " \t\n");

		if (n && concerns(t, at, n))
			r = story_line(ret, "The kernel's command line has %.*s%s.",
				       (int)MIN(n, (size_t)120), at, n > 120 ? "..." : "");
		at += n;
		at += strspn(at, " \t\n");
	}
	return r;
}

/* -- rules named after it, as chzdev has them: 41-dasd-eckd-0.0.2b09.rules -- */

static int tell_rules(const struct told *t, struct buf *ret)
{
	static const char dir[] = "/etc/udev/rules.d";
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name, *own = t->ccw.bus ? t->ccw.name : t->dev.name;
	int r = 0;

	if (sys_list(t->s->sys, dir, &names) < 0)
		return 0;
	buf_foreach_name (&names, name)
		if (r == 0 && str_ends(name, ".rules") && story_has_word(name, strlen(name), own))
			r = story_line(ret,
				       "%s/%s is named after it: chzdev keeps there whether "
				       "it goes online, and its settings.",
				       dir, name);
	return r;
}

/* -- mediated devices -- */

static int tell_definitions(const struct told *t, struct buf *ret)
{
	const struct desired *d = &t->s->now.desired;
	const struct d_mdev *m;
	size_t n;
	int r = 0;

	m = desired_mdevs_named(d, t->dev.name, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct boot_mdev b = { 0 };

		boot_mdev(d, &m[i], &b);
		r = story_line(ret, "%s%s%s: %s.",
			       b.active == BOOT_YES	    ? "Started on "
			       : b.active == BOOT_UNCERTAIN ? "Perhaps started on "
							    : "Not started on ",
			       m[i].parent ? m[i].parent : "?",
			       m[i].def ? " as its definition says" : "",
			       b.active == BOOT_YES ? "mdevctl does it when the parent is there"
			       : b.why		    ? b.why
						    : "");
	}
	return r;
}

int story_boot(const struct told *t, struct buf *ret)
{
	apqn_t q;
	int r;

	if (t->dev.bus == BUS_MDEV)
		return tell_definitions(t, ret);
	if (!t->sch && !t->pci && !(t->dev.bus == BUS_AP && apqn_parse(t->dev.name, &q) == 0))
		return 0;
	r = tell_prediction(t, ret);
	if (r == 0)
		r = tell_override(t, ret);
	if (r == 0)
		r = tell_ap_rule(t, ret);
	if (r == 0)
		r = tell_command_line(t, ret);
	return r < 0 ? r : tell_rules(t, ret);
}
