/* SPDX-License-Identifier: MIT */
/*
 * PCI functions as parents of mediated devices of several types, which share one device:
 *	mdevtype 0000:65:00.0 nvidia-470 instances=8 [api=vfio-pci] [title="..."] [description="..."]
 * An instance of a type takes 1/instances of the device, and no type has more instances than fit into what is left.
 */
#include "sim_pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TYPES "/.sim/pci-types"
enum { WHOLE = 720720, TYPE_PATH = 512 }; /* divisible by 1..16 */

/* A type's stored facts: instances, api, title and description, a line each. */
static int take(struct sim *sim, char **words)
{
	const char *instances = "", *api = "vfio-pci", *title = "", *description = "";
	char path[TYPE_PATH], *end;

	if (!words[1] || !words[2] || strchr(words[1], '/') || strchr(words[2], '/'))
		return -EINVAL;
	for (char **w = words + 3; *w; w++) {
		if (strchr(*w, '\n'))
			return -EINVAL;
		if (str_starts(*w, "instances="))
			instances = *w + strlen("instances=");
		else if (str_starts(*w, "api="))
			api = *w + strlen("api=");
		else if (str_starts(*w, "title="))
			title = *w + strlen("title=");
		else if (str_starts(*w, "description="))
			description = *w + strlen("description=");
		else
			return -EINVAL;
	}
	if (strtoul(instances, &end, 10) == 0 || *end)
		return -EINVAL;
	snprintf(path, sizeof(path), TYPES "/%.64s/%.64s", words[1], words[2]);
	return sim_put_filef(sim, path, 0644, "%s\n%s\n%s\n%s\n", instances, api, title,
			     description);
}

int pci_types_take(struct sim *sim, char **words, const char **expected)
{
	int e;

	if (!str_eq(words[0], "mdevtype"))
		return 0;
	*expected = "mdevtype 0000:65:00.0 NAME instances=N [api=A] [title=T] [description=D], "
		    "before its pci line";
	e = take(sim, words);
	return e < 0 ? e : 1;
}

/* The nth line of a type's facts, 0: the number of instances. */
static int fact(const struct sim *sim, const char *parent, const char *type, int n, struct buf *ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char path[TYPE_PATH];
	const char *p;

	snprintf(path, sizeof(path), TYPES "/%.64s/%.64s", parent, type);
	if (sim_bytes(sim, path, &text) == -ENOMEM)
		return -ENOMEM;
	for (p = buf_str(&text); n > 0 && *p; n--)
		p += strcspn(p, "\n") + (strchr(p, '\n') != NULL);
	return buf_add(ret, p, strcspn(p, "\n"));
}

static unsigned max_instances(const struct sim *sim, const char *parent, const char *type)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (fact(sim, parent, type, 0, &text) < 0)
		return 1;
	return MAX((unsigned)strtoul(buf_str(&text), NULL, 10), 1U);
}

/* How much of the device its mediated devices take. */
static unsigned used(const struct sim *sim, const char *dev, const struct buf *types)
{
	char path[TYPE_PATH];
	unsigned sum = 0;
	const char *type, *uuid;

	buf_foreach_name (types, type) {
		CLEANUP(buf_done) struct buf devices = { 0 };

		snprintf(path, sizeof(path), "%.256s/mdev_supported_types/%.64s/devices", dev,
			 type);
		if (sim_names(sim, path, &devices) < 0)
			continue;
		buf_foreach_name (&devices, uuid)
			sum += WHOLE / max_instances(sim, sim_base(dev), type);
	}
	return MIN(sum, (unsigned)WHOLE);
}

bool sim_pci_recount(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf types = { 0 };
	char path[TYPE_PATH];
	const char *type;
	unsigned left;

	snprintf(path, sizeof(path), TYPES "/%.64s", sim_base(dev));
	if (sim_names(sim, path, &types) < 0)
		return false;
	left = WHOLE - used(sim, dev, &types);
	buf_foreach_name (&types, type) {
		unsigned n = left / (WHOLE /
				     MIN(max_instances(sim, sim_base(dev), type), (unsigned)WHOLE));

		snprintf(path, sizeof(path),
			 "%.256s/mdev_supported_types/%.64s/available_instances", dev, type);
		sim_put_filef(sim, path, 0444, "%u\n", n);
	}
	return true;
}

static int add_type(struct sim *sim, const char *dev, const char *type)
{
	CLEANUP(buf_done) struct buf api = { 0 }, title = { 0 }, description = { 0 };
	char dir[TYPE_PATH], devices[TYPE_PATH + 16];
	int e = fact(sim, sim_base(dev), type, 1, &api);

	e = e < 0 ? e : fact(sim, sim_base(dev), type, 2, &title);
	e = e < 0 ? e : fact(sim, sim_base(dev), type, 3, &description);
	snprintf(dir, sizeof(dir), "%.256s/mdev_supported_types/%.64s", dev, type);
	snprintf(devices, sizeof(devices), "%s/devices", dir);
	e = e < 0 ? e : sim_put_dir(sim, devices);
	e = e < 0 ? e : sim_put_attr(sim, dir, "create", 0200, "%s", "");
	e = e < 0 ? e : sim_put_attr(sim, dir, "device_api", 0444, "%s\n", buf_str(&api));
	if (e == 0 && title.len)
		e = sim_put_attr(sim, dir, "name", 0444, "%s\n", title.data);
	if (e == 0 && description.len)
		e = sim_put_attr(sim, dir, "description", 0444, "%s\n", description.data);
	return e;
}

/* mdev_register_parent: all types are there when the event says so. */
void pci_types_register(struct sim *sim, const char *dev)
{
	CLEANUP(buf_done) struct buf types = { 0 };
	char path[TYPE_PATH];
	const char *type;

	snprintf(path, sizeof(path), TYPES "/%.64s", sim_base(dev));
	if (!sim_has(sim, "/sys/module/mdev") || sim_names(sim, path, &types) < 0)
		return;
	buf_foreach_name (&types, type)
		add_type(sim, dev, type);
	sim_pci_recount(sim, dev);
	sim_link_in(sim, "/sys/class/mdev_bus", sim_base(dev), dev);
	sim_dev_uevent(sim, "change", dev, "MDEV_STATE=registered\n");
}

void pci_types_unregister(struct sim *sim, const char *dev)
{
	char path[TYPE_PATH];

	snprintf(path, sizeof(path), "%.256s/mdev_supported_types", dev);
	if (sim_has(sim, path))
		sim_mdev_unregister(sim, dev);
}
