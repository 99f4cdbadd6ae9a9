/* SPDX-License-Identifier: MIT */
/*
 * PCI drivers: the host's own, each taking the functions whose directive names it, and those of vfio, which take what
 * is overridden to them or named in new_id.
 */
#include "sim_pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_vfio(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/driver", dev);
	return strstr(sim_link_base(sim, path), "vfio") != NULL;
}

/*
 * vfio_pci_core_register_device: PCI-to-PCI bridges, functions with virtual ones and those without an IOMMU group are
 * refused. Host and ISA bridges have the header of any other function.
 */
static int probe_vfio(struct sim *sim, const char *dev)
{
	unsigned long class = pci_number(sim, sim_base(dev), "class", 16, 0) >> 8;
	char path[SIM_PATH];

	if (class == 0x0604 || class == 0x0609)
		return -EINVAL;
	sim_path(path, "%s/sriov_numvfs", dev);
	if (strtoul(sim_value(sim, path), NULL, 10) > 0)
		return -EBUSY;
	sim_path(path, "%s/iommu_group", dev);
	return sim_has(sim, path) ? sim_vfio_add(sim, dev) : -EINVAL;
}

/* pci_device_can_probe: virtual functions, unless they are kept from their drivers. */
static bool can_probe(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/physfn/sriov_drivers_autoprobe", dev);
	if (!str_eq(sim_value(sim, path), "0"))
		return true;
	sim_path(path, "%s/driver_override", dev);
	return !str_eq(sim_value(sim, path), "(null)");
}

/* Variant drivers of vfio have no more behaviour here than vfio-pci; the host's give it disks and interfaces. */
static int probe_any(struct sim *sim, const char *dev)
{
	if (!can_probe(sim, dev))
		return -ENODEV;
	return is_vfio(sim, dev) ? probe_vfio(sim, dev) : sim_gives_add(sim, dev);
}

static void remove_any(struct sim *sim, const char *dev)
{
	char driver[PCI_VALUE];

	/* Its driver does nothing about them, nor does the bus, pci_iov_remove(). */
	if (!str_eq(pci_word(sim, sim_base(dev), "driver", driver), "nvme"))
		sriov_disable(sim, sim_base(dev));
	pci_types_unregister(sim, dev);
	sim_gives_del(sim, dev);
	sim_vfio_del(sim, dev);
}

static void bound_any(struct sim *sim, const char *dev)
{
	if (!is_vfio(sim, dev))
		pci_types_register(sim, dev);
}

/* pci_match_one_device over the dynamic ids; vfio-pci has no others. */
static bool match_vfio(struct sim *sim, const char *dev)
{
	char path[96], id[PCI_VALUE];

	pci_word(sim, sim_base(dev), "id", id);
	snprintf(path, sizeof(path), "/.sim/pci-ids/vfio-pci/%.9s", id);
	return id[0] && sim_has(sim, path);
}

const struct sim_driver sim_pci_vfio = { "pci",	     "vfio-pci",   match_vfio,
					 probe_vfio, sim_vfio_del, NULL };
const struct sim_driver sim_pci_any = { "pci", NULL, NULL, probe_any, remove_any, bound_any };

/* The driver a module brings: the same name, but for a few. */
static const char *driver_of_module(const char *module)
{
	static const char *const others[][2] = {
		{ "vfio_pci", "vfio-pci" },
		{ "xhci_pci", "xhci_hcd" },
		{ "virtio_pci", "virtio-pci" },
		{ "i2c_nvidia_gpu", "nvidia-gpu" },
	};
	static const char *const same[] = {
		"ahci",	  "amdgpu", "i915",	"iavf",		 "ice",		  "igb",
		"ism",	  "ixgbe",  "ixgbevf",	"mlx5_core",	 "mlx5_vfio_pci", "nouveau",
		"nvidia", "nvme",   "pcieport", "snd_hda_intel",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_eq(others[i][0], module))
			return others[i][1];
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		if (str_eq(same[i], module))
			return same[i];
	return NULL;
}

int pci_driver_module(struct sim *sim, const char *module)
{
	const char *driver = driver_of_module(module);
	char dir[128];
	int e;

	if (!driver)
		return 0;
	snprintf(dir, sizeof(dir), "/sys/bus/pci/drivers/%.64s", driver);
	e = sim_put_attr(sim, dir, "new_id", 0200, "%s", "");
	e = e < 0 ? e : sim_put_attr(sim, dir, "remove_id", 0200, "%s", "");
	e = e < 0 ? e : sim_driver_register(sim, "pci", driver, module);
	return e < 0 ? e : 1;
}

/* driver_attach: every function nobody has is offered. */
static void attach_unbound(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	char dir[PCI_PATH], driver[PCI_PATH + 8];

	if (sim_names(sim, "/sys/bus/pci/devices", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		pci_path(sim, name, dir);
		snprintf(driver, sizeof(driver), "%s/driver", dir);
		if (!sim_has(sim, driver) && sim_has(sim, dir))
			sim_driver_probe_any(sim, dir);
	}
}

/* "VVVV DDDD[ ...]" of new_id and remove_id, in hexadecimal. */
static int id_path(const struct sim_call *call, char ret[static 96])
{
	unsigned vendor, device;

	if (sscanf(call->value, "%4x %4x", &vendor, &device) != 2)
		return -EINVAL;
	snprintf(ret, 96, "/.sim/pci-ids/%.32s/%04x:%04x", call->dev, vendor, device);
	return 0;
}

int pci_new_id(struct sim *sim, const struct sim_call *call)
{
	char path[96];
	int e = id_path(call, path);

	if (e < 0)
		return e;
	if (sim_has(sim, path))
		return -EEXIST;
	e = sim_put_file(sim, path, 0644, "");
	if (e < 0)
		return e;
	attach_unbound(sim);
	return (int)call->len;
}

int pci_remove_id(struct sim *sim, const struct sim_call *call)
{
	char path[96];
	int e = id_path(call, path);

	if (e < 0)
		return e;
	if (!sim_has(sim, path))
		return -ENODEV;
	sim_del(sim, path);
	return (int)call->len;
}
