/* SPDX-License-Identifier: MIT */
/* Slots of s390 PCI functions: power configures and deconfigures (drivers/pci/hotplug/s390_pci_hpc.c). */
#include "sim_pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void slot_path(const struct sim *sim, const char *name, char ret[static PCI_PATH])
{
	snprintf(ret, PCI_PATH, "/sys/bus/pci/slots/%08lx", pci_number(sim, name, "fid", 16, 0));
}

int slot_add(struct sim *sim, const char *name)
{
	char slot[PCI_PATH];
	int e;

	slot_path(sim, name, slot);
	e = sim_put_attr(sim, slot, "address", 0444, "%.10s\n", name);
	e = e < 0 ? e : sim_put_attr(sim, slot, "adapter", 0444, "1\n");
	e = e < 0 ? e : sim_put_attr(sim, slot, "cur_bus_speed", 0444, "Unknown\n");
	e = e < 0 ? e : sim_put_attr(sim, slot, "max_bus_speed", 0444, "Unknown\n");
	if (e == 0 && sim->level >= 702)
		e = sim_put_attr(sim, slot, "uid", 0444, "0x%lx\n",
				 pci_number(sim, name, "uid", 16, 0));
	return e < 0 ? e : sim_put_attr(sim, slot, "power", 0644, "1\n");
}

/* The function of a slot, by its function id; "" if there is none. */
static int find_function(struct sim *sim, const char *slot, char ret[static PCI_NAME])
{
	CLEANUP(buf_done) struct buf names = { 0 };
	unsigned long fid = strtoul(slot, NULL, 16);
	const char *name;

	if (sim_names(sim, "/.sim/pci", &names) < 0)
		return -ENODEV;
	buf_foreach_name (&names, name)
		if (pci_number(sim, name, "fid", 16, ~0UL) == fid) {
			snprintf(ret, PCI_NAME, "%.15s", name);
			return 0;
		}
	return -ENODEV;
}

static int power_off(struct sim *sim, const char *name)
{
	char dir[PCI_PATH], path[PCI_PATH + 16];

	pci_path(sim, name, dir);
	if (!sim_has(sim, dir))
		return -EIO;
	snprintf(path, sizeof(path), "%s/sriov_numvfs", dir);
	if (strtoul(sim_value(sim, path), NULL, 10) > 0)
		return -EBUSY;
	pci_del(sim, name);
	return 0;
}

static int power_on(struct sim *sim, const char *name)
{
	char dir[PCI_PATH];

	return sim_has(sim, pci_path(sim, name, dir)) ? -EIO : pci_add(sim, name);
}

int slot_write(struct sim *sim, const struct sim_call *call)
{
	char name[PCI_NAME], *end;
	unsigned long power = strtoul(call->value, &end, 10);
	int e;

	if (end == call->value || (*end && strcmp(end, "\n") != 0) || power > 255)
		return -EINVAL;
	e = find_function(sim, call->dev, name);
	if (e < 0)
		return e;
	if (power > 1)
		return -EINVAL;
	e = power ? power_on(sim, name) : power_off(sim, name);
	e = e < 0 ? e : sim_put_attr(sim, call->dir, "power", 0644, "%lu\n", power);
	return e < 0 ? e : (int)call->len;
}
