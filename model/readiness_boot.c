/* SPDX-License-Identifier: MIT */
/* What must be so for a configuration to come back after a boot, and who else has a hand in it. */
#include "readiness_part.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

static void add_word(struct buf *b, const char *word)
{
	(void)buf_printf(b, "%s%s", b->len ? ", " : "", word);
}

static size_t auto_definitions(const struct inventory *inv)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_defs; i++)
		n += inv->defs[i]->start == START_AUTO;
	return n;
}

/* "3 " of those that were asked for; nothing for none. */
static const char *shall(size_t n, char text[static 24])
{
	text[0] = '\0';
	if (n)
		snprintf(text, 24, "%zu ", n);
	return text;
}

static void check_mdevctl(struct check *c)
{
	static const struct ready_kind kind = { "mdevctl", "mdevctl" };
	CLEANUP(buf_done) struct buf lack = { 0 };
	size_t waiting = auto_definitions(c->inv);
	char text[24];

	if (!c->host->has_mdevctl)
		add_word(&lack, "the program");
	if (!c->host->mdev_rule)
		add_word(&lack, "udev's rule 60-mdevctl.rules");
	if (c->host->has_mdevctl && c->host->mdev_rule_lacks)
		ready_add(c, &kind, READY_LACK,
			  "Make a link there: \"ln -s $(command -v mdevctl) /usr/sbin/mdevctl\".",
			  "udev's rule calls %s, which is not there; %smediated devices will not "
			  "start at boot",
			  c->host->mdev_rule_lacks, shall(waiting, text));
	else if (lack.len)
		ready_add(c, &kind, READY_LACK, "Install the package mdevctl.",
			  "missing: %s; %smediated devices will not start at boot", buf_str(&lack),
			  shall(waiting, text));
	else
		ready_add(c, &kind, READY_OK, NULL,
			  "the program and its udev rule; devices that start at boot: %zu",
			  waiting);
}

static void check_driverctl(struct check *c)
{
	static const struct ready_kind kind = { "driverctl", "driverctl" };
	CLEANUP(buf_done) struct buf lack = { 0 };
	char text[24];

	if (!c->host->has_driverctl)
		add_word(&lack, "the program");
	if (!c->host->driverctl_rule)
		add_word(&lack, "udev's rule 05-driverctl.rules");
	if (c->host->driverctl_unit == 0)
		add_word(&lack, "systemd's unit driverctl@.service");
	if (lack.len)
		ready_add(c, &kind, READY_LACK, "Install the package driverctl.",
			  "missing: %s; %sdrivers will not be bound at boot", buf_str(&lack),
			  shall(c->inv->n_overrides, text));
	else
		ready_add(c, &kind, READY_OK, NULL,
			  "the program, its rule and its unit; devices bound at boot: %zu",
			  c->inv->n_overrides);
}

/* dracut's hook copies the directory; what changes later is not in that copy. */
static void check_initrd(struct check *c)
{
	static const struct ready_kind kind = { "initrd", "initrd" };

	const char *todo = c->host->s390 ? "Make it again: \"dracut -f\", then \"zipl\"."
					 : "Make it again: \"dracut -f\".";

	if (!c->host->driverctl_initrd)
		return;
	if (c->host->initrd_old == 0)
		ready_add(c, &kind, READY_OK, NULL,
			  "%s holds a copy of " DRIVERCTL_DIR " and was made after its last change",
			  c->host->initrd);
	else if (c->host->initrd_old > 0)
		ready_add(c, &kind, READY_LACK, todo,
			  "the copy of " DRIVERCTL_DIR
			  " in %s may be old, since a file was changed "
			  "after it was made; it is in force before the root file system is there",
			  c->host->initrd);
	else
		ready_add(c, &kind, READY_NOTE,
			  "After a commit that changes drivers at boot run \"dracut -f\" (on IBM Z "
			  "then \"zipl\").",
			  "dracut copies " DRIVERCTL_DIR " into the initrd, where an old copy is "
			  "in force before the root file system");
}

static bool queues_overridden(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_overrides; i++)
		if (inv->overrides[i].dev.bus == BUS_AP &&
		    str_eq(inv->overrides[i].driver, "vfio_ap"))
			return true;
	return false;
}

static void check_chzdev(struct check *c)
{
	static const struct ready_kind kind = { "chzdev", "chzdev" };
	const struct ap_rule *rule = &c->inv->ap_rule;
	size_t matrices = 0;

	if (!c->host->s390)
		return;
	for (size_t i = 0; i < c->inv->n_defs; i++)
		matrices += c->inv->defs[i]->start == START_AUTO && c->inv->defs[i]->is_matrix;
	if (rule->present && !rule->ours_to_write)
		ready_add(c, &kind, READY_LACK, "Move it away, then set the masks again.",
			  AP_RULE_PATH " is not of the form that chzdev writes");
	else if (matrices && !rule->loads_vfio_ap && queues_overridden(c->inv))
		ready_add(c, &kind, READY_NOTE,
			  "\"vfiocfg check\" tells after a boot whether they run; AP masks for the "
			  "next boot in place of overrides make it certain.",
			  "%zu matrices shall start at boot with overridden queues: driverctl "
			  "loads vfio_ap, maybe too late for mdevctl",
			  matrices);
	else if (matrices && !rule->loads_vfio_ap)
		ready_add(c, &kind, READY_LACK,
			  "Commit the AP masks for the next boot; that writes the rule.",
			  "%zu matrices shall start at boot, and " AP_RULE_PATH " %s", matrices,
			  rule->present ? "does not load vfio_ap" : "is not there");
	else
		ready_add(c, &kind, c->host->has_chzdev ? READY_OK : READY_NOTE,
			  c->host->has_chzdev ? NULL : "Install the package s390-tools.",
			  "%s; AP masks for the next boot %s",
			  c->host->has_chzdev ? "the program"
					      : "missing: the program (the rule works without it)",
			  rule->present ? "are kept, vfio_ap is loaded after them"
					: "are the kernel's own");
}

/* Loaded by modules-load.d it registers its parent before the masks are set, and mdevctl never tries again. */
static void check_early(struct check *c)
{
	static const struct ready_kind kind = { "vfio_ap-early", "vfio_ap" };

	for (size_t i = 0; i < c->inv->n_autoload; i++)
		if (str_eq(c->inv->autoload[i], "vfio_ap"))
			ready_add(c, &kind, READY_LACK,
				  "Remove the line from the file: \"grep -r vfio_ap "
				  "/etc/modules-load.d\" finds it. chzdev's rule loads it.",
				  "named in modules-load.d: it is loaded before the masks are set, "
				  "and matrices will not start");
}

static void check_ignored(struct check *c)
{
	static const struct ready_kind kind = { "cio_ignore", "cio_ignore" };
	CLEANUP(buf_done) struct buf names = { 0 };
	size_t n = 0, kept = 0;

	if (!c->host->s390 || !c->inv->n_ignores)
		return;
	for (size_t i = 0; i < c->inv->n_subchs; i++) {
		const struct subch *s = c->inv->subchs[i];
		struct devid css = devid_css(s->id);

		if (!s->has_dev || !inventory_ignored_at_boot(c->inv, s->dev))
			continue;
		if (n++ < 4)
			add_word(&names, devid_ccw(s->dev).name);
		kept += inventory_override(c->inv, &css) != NULL;
	}
	if (!n)
		ready_add(c, &kind, READY_OK, NULL,
			  "hides none of the devices there are at the next boot");
	else
		ready_add(c, &kind, kept ? READY_LACK : READY_NOTE,
			  "\"cio_ignore -r DEVICE\" frees a device now, \"chzdev -p DEVICE -e\" or "
			  "the kernel command line for good.",
			  "hides %zu of the devices there are at the next boot (%s%s)%s", n,
			  buf_str(&names), n > 4 ? ", ..." : "",
			  kept ? "; some are kept for guests" : "");
}

static void check_libvirt(struct check *c)
{
	static const struct ready_kind libvirt = { "libvirt", "libvirt" },
				       qemu = { "qemu", "QEMU" };

	ready_add(c, &libvirt, c->host->has_libvirt ? READY_OK : READY_NOTE,
		  c->host->has_libvirt
			  ? NULL
			  : "Install it, or run QEMU by hand with \"export --as qemu\".",
		  c->host->has_libvirt ? "installed" : "not found");
	ready_add(c, &qemu, c->host->has_qemu ? READY_OK : READY_NOTE,
		  c->host->has_qemu ? NULL : "Install QEMU for this architecture.", "%s%s%s%s%s",
		  c->host->has_qemu ? "installed" : "not found",
		  c->host->qemu_version ? ", version " : "",
		  c->host->qemu_version ? c->host->qemu_version
		  : c->host->has_qemu	? ", version not known (libvirt has not asked it yet)"
					: "",
		  c->host->machine_type ? ", newest machine type " : "",
		  c->host->machine_type ? c->host->machine_type : "");
}

static void check_managers(struct check *c)
{
	static const struct ready_kind managers = { "managers", "Managers" };

	if (c->host->managers)
		ready_add(c, &managers, READY_NOTE,
			  "See that they leave alone what you give to guests: some remove mediated "
			  "devices they did not make.",
			  "other programs manage devices here: %s", c->host->managers);
}

/* Without root's rights protection has a blind side, which is told as what it is. */
static void check_seen(struct check *c)
{
	static const struct ready_kind kind = { "processes", "Processes" };

	for (size_t i = 0; i < c->inv->n_problems; i++) {
		const struct problem *p = &c->inv->problems[i];

		if (p->expected && str_starts(p->expected, "root's rights"))
			ready_add(c, &kind, READY_NOTE,
				  "Run as root to see which devices they use.", "%s needs %s",
				  p->path, p->expected);
	}
}

/* What a capture does not have is not missing on the host. */
static void check_tools(struct check *c)
{
	static const struct ready_kind kind = { "tools", "Tools" };

	if (c->host->lacks_of & LACKS_TOOLS) {
		ready_add(c, &kind, READY_NOTE, NULL,
			  "not known which are installed: mdevctl, driverctl, %slibvirt, QEMU",
			  c->host->s390 ? "chzdev, " : "");
		return;
	}
	check_mdevctl(c);
	check_driverctl(c);
	check_initrd(c);
	if (!(c->host->lacks_of & LACKS_DEFS))
		check_chzdev(c);
}

void ready_boot(struct check *c)
{
	check_early(c);
	check_tools(c);
	check_ignored(c);
	if (!(c->host->lacks_of & LACKS_TOOLS))
		check_libvirt(c);
	check_managers(c);
	check_seen(c);
}
