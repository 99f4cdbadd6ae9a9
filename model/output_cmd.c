/* SPDX-License-Identifier: MIT */
#include "output_part.h"
#include "shell.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Text in a comment: one line, harmless. */
static int put_note(FILE *f, const char *text)
{
	CLEANUP(freep) char *safe = text_safe(text);

	if (!safe)
		return -ENOMEM;
	fprintf(f, "# %s\n", safe);
	return 0;
}

/* Commands come several lines long; each line is made harmless by itself. */
static int put_lines(FILE *f, const char *command)
{
	while (*command) {
		size_t n = strcspn(command, "\n");
		CLEANUP(freep) char *line = strndup(command, n);
		CLEANUP(freep) char *safe = line ? text_safe(line) : NULL;

		if (!safe)
			return -ENOMEM;
		fprintf(f, "%s\n", safe);
		command += n + (command[n] == '\n');
	}
	return 0;
}

/*
 * driverctl and chzdev do in one word what takes us several steps; such steps carry the same command, which is
 * to be given once.
 */
static bool said_before(const struct plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (plan->steps[k].block == plan->steps[i].block &&
		    str_eq(plan->steps[k].command, plan->steps[i].command))
			return true;
	return false;
}

/* A script for sh that ends where the first command fails. */
static void put_head(FILE *f, const char *what)
{
	fprintf(f, "#!/bin/sh\n# vfiocfg: %s\nset -e\n", what);
}

/* What one command comes to: the last of the steps that it stands for. */
static const char *whole_text(const struct plan *plan, size_t i)
{
	size_t last = i;

	while (last + 1 < plan->n_steps && plan->steps[last + 1].block == plan->steps[i].block &&
	       plan->steps[last + 1].command && !*plan->steps[last + 1].command)
		last++;
	return plan->steps[last].text;
}

int out_plan(const struct plan *plan, FILE *f, struct msg *reterr)
{
	(void)reterr;
	if (!plan->n_steps) {
		put_head(f, "the edits ask for nothing that is not so already");
		return 0;
	}
	put_head(f, "the staged edits, live and for the next boot");
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *s = &plan->steps[i];
		const char *text = whole_text(plan, i);
		int r;

		if (!s->command || !*s->command || said_before(plan, i))
			continue;
		r = text ? put_note(f, text) : 0;
		if (r == 0)
			r = put_lines(f, s->command);
		if (r < 0)
			return r;
	}
	return 0;
}

/* -- what is there, as the commands that would make it -- */

/* The bus option driverctl wants for all but PCI. */
static void put_driverctl(FILE *f, const struct devid *dev, const char *driver)
{
	fputs("driverctl ", f);
	if (dev->bus != BUS_PCI)
		fprintf(f, "-b %s ", bus_name(dev->bus));
	fprintf(f, "set-override %s ", dev->name);
	shell_put(f, driver);
	fputc('\n', f);
}

/* The same, live only: not at the next boot. */
static void put_rebind(FILE *f, const struct devid *dev, const char *driver)
{
	const char *bus = bus_name(dev->bus);

	fprintf(f, "echo %s > /sys/bus/%s/devices/%s/driver/unbind\n", dev->name, bus, dev->name);
	fputs("echo ", f);
	shell_put(f, driver);
	fprintf(f, " > /sys/bus/%s/devices/%s/driver_override\n", bus, dev->name);
	fprintf(f, "echo %s > /sys/bus/%s/drivers_probe\n", dev->name, bus);
}

/* Only a driver that gives the device away is worth a command: the host's own comes by itself. */
static void put_driver(const struct out *o, const struct devid *dev, FILE *f)
{
	const char *live, *kept;
	bool guest;

	out_drivers(o, dev, &live, &kept);
	guest = live && str_starts(live, "vfio");
	if (kept)
		put_driverctl(f, dev, kept);
	else if (guest || (live && str_ends(live, "vfio_pci")))
		put_rebind(f, dev, live);
}

static void put_modules(const struct out *o, FILE *f)
{
	bool ccw = false, ap = false, pci = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct out_item *item = &o->items[i];

		ccw = ccw || (item->mdev && str_eq(item->mdev->type, TYPE_CCW));
		ap = ap || (item->mdev && str_eq(item->mdev->type, TYPE_AP));
		pci = pci || item->fn;
	}
	if (ccw)
		fputs("modprobe vfio_ccw\n", f);
	if (pci)
		fputs("modprobe vfio-pci\n", f);
	if (ap)
		fputs("# vfio_ap after the masks: its start makes mdevctl start the "
		      "matrices\nmodprobe vfio_ap\n",
		      f);
}

/* chzdev's list of what stays with the host, "0-4,6-255"; the kernel's own spelling where it isn't kept. */
static void put_masks(const struct out *o, FILE *f)
{
	const struct desired *d = o->desired;
	char a[1024], b[1024], hex[MASK_TEXT];

	if (d->rule_has_apmask || d->rule_has_aqmask) {
		fputs("chzdev --type ap", f);
		if (d->rule_has_apmask)
			fprintf(f, " apmask=%s", mask_ranges(&d->rule_apmask, a, sizeof(a)));
		if (d->rule_has_aqmask)
			fprintf(f, " aqmask=%s", mask_ranges(&d->rule_aqmask, b, sizeof(b)));
		fputc('\n', f);
		return;
	}
	fprintf(f, "echo %s > /sys/bus/ap/apmask\n", mask_text(&d->apmask_then, hex));
	fprintf(f, "echo %s > /sys/bus/ap/aqmask\n", mask_text(&d->aqmask_then, hex));
}

static bool has_matrix(const struct out *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].mdev && str_eq(o->items[i].mdev->type, TYPE_AP))
			return true;
	return false;
}

static void put_ap(const struct out *o, FILE *f)
{
	if (!has_matrix(o) || !o->inv->ap.present)
		return;
	if (o->desired->ap_mode != AP_MODE_OVERRIDE) {
		put_masks(o, f);
		return;
	}
	for (size_t i = 0; i < o->inv->n_queues; i++) {
		struct devid dev = devid_queue(o->inv->queues[i]->id);

		put_driver(o, &dev, f);
	}
}

static void put_mdevctl(FILE *f, const char *verb, const struct d_mdev *m, const char *rest)
{
	fprintf(f, "mdevctl %s --uuid %s --parent ", verb, m->uuid);
	shell_put(f, m->parent);
	fputs(rest, f);
}

static void put_start(const struct d_mdev *m, FILE *f)
{
	if (m->active_then)
		put_mdevctl(f, "start", m, "\n");
}

static void put_define(const struct d_mdev *m, const struct attr *attrs, size_t n, FILE *f)
{
	put_mdevctl(f, "define", m, " --type ");
	shell_put(f, m->type);
	fputc('\n', f);
	for (size_t i = 0; i < n; i++) {
		put_mdevctl(f, "modify", m, " --addattr ");
		shell_put(f, attrs[i].name);
		/* A value which begins with a hyphen would be taken for an option. */
		fputs(*attrs[i].value == '-' ? " --value=" : " --value ", f);
		shell_put(f, attrs[i].value);
		fputc('\n', f);
	}
	/* Last: ap-check looks at the attributes of definitions that start at boot. */
	if (m->start_then == START_AUTO)
		put_mdevctl(f, "modify", m, " --auto\n");
	put_start(m, f);
}

/* Running, with nothing kept for the next boot. */
static void put_transient(const struct d_mdev *m, const struct attr *attrs, size_t n, FILE *f)
{
	put_mdevctl(f, "start", m, " --type ");
	shell_put(f, m->type);
	fputc('\n', f);
	for (size_t i = 0; i < n; i++) {
		fputs("echo ", f);
		shell_put(f, attrs[i].value);
		fprintf(f, " > /sys/bus/mdev/devices/%s/", m->uuid);
		shell_put(f, attrs[i].name);
		fputc('\n', f);
	}
}

static int put_mdev(const struct out *o, const struct out_item *item, FILE *f, struct msg *reterr)
{
	const struct d_mdev *m = item->mdev;
	struct attr *attrs;
	size_t n;
	int r;

	if (!m->type || !out_printable(m->type))
		return out_refuse(o, item, "commands", "its type is no text", f, reterr);
	r = out_attrs(m, &attrs, &n);
	if (r < 0)
		return r;
	if (!out_attrs_printable(attrs, n))
		r = out_refuse(o, item, "commands", "an attribute holds control characters", f,
			       reterr);
	else if (m->defined_then)
		put_define(m, attrs, n, f);
	else
		put_transient(m, attrs, n, f);
	attrs_free(attrs, n);
	return r;
}

/* The driver of what a mediated device sits on. */
static void put_parent(const struct out *o, const struct out_item *item, FILE *f)
{
	struct ccwid ccw;
	struct devid dev;

	if (item->fn)
		dev = devid_pci(item->fn->id);
	else if (ccwid_parse(item->mdev->parent, &ccw) == 0)
		dev = devid_css(ccw);
	else
		return;
	put_driver(o, &dev, f);
}

int out_commands(const struct out *o, FILE *f, struct msg *reterr)
{
	char about[2400];

	if (o->n == 0)
		return 0;
	put_head(f, "what makes these devices on a host that has none of them yet");
	put_ap(o, f);
	put_modules(o, f);
	for (size_t i = 0; i < o->n; i++) {
		int r = 0;

		out_about(o, &o->items[i], about, sizeof(about));
		fprintf(f, "# %s\n", about);
		put_parent(o, &o->items[i], f);
		if (o->items[i].mdev)
			r = put_mdev(o, &o->items[i], f, reterr);
		if (r < 0)
			return r;
	}
	return 0;
}
