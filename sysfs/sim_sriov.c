/* SPDX-License-Identifier: MIT */
/* SR-IOV: sriov_numvfs makes and removes virtual functions, if the driver at hand knows how. */
#include "sim_pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Where the nth virtual function is: routing id of the physical one plus offset. */
static void vf_name(struct sim *sim, const char *pf, unsigned n, char ret[static PCI_NAME])
{
	unsigned domain = 0, bus = 0, dev = 0, fn = 0, rid;

	sscanf(pf, "%4x:%2x:%2x.%1x", &domain, &bus, &dev, &fn);
	rid = ((bus << 8) | (dev << 3) | fn) + (unsigned)pci_number(sim, pf, "vfoffset", 10, 128) +
	      n;
	snprintf(ret, PCI_NAME, "%04x:%02x:%02x.%x", domain & 0xffff, rid >> 8 & 0xff,
		 rid >> 3 & 0x1f, rid & 7);
}

static unsigned free_group(const struct sim *sim)
{
	char path[64];
	unsigned n = 0;

	do
		snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%u", n++);
	while (sim_has(sim, path));
	return n - 1;
}

/* What numbers it like the physical one is the same driver's. */
static const char *vf_driver(const struct sim *sim, const char *pf, const char *vfid,
			     char ret[static PCI_VALUE])
{
	if (pci_word(sim, pf, "vfdriver", ret)[0] || !str_eq(pci_word(sim, pf, "id", ret), vfid))
		return ret;
	return pci_word(sim, pf, "driver", ret);
}

/* pci_iov_add_virtfn */
static int add_vf(struct sim *sim, const char *pf, unsigned n)
{
	static const char *const inherited[] = { "at", "sub", "class" };
	CLEANUP(buf_done) struct buf line = { 0 };
	char name[PCI_NAME], id[PCI_VALUE], value[PCI_VALUE];
	char path[64], dir[PCI_PATH], pf_dir[PCI_PATH], link[24];
	int e;

	vf_name(sim, pf, n, name);
	e = buf_printf(&line, "id=%s group=%u physfn=%s", pci_word(sim, pf, "vfid", id),
		       free_group(sim), pf);
	for (size_t i = 0; i < ARRAY_SIZE(inherited) && e == 0; i++)
		if (pci_word(sim, pf, inherited[i], value)[0])
			e = buf_printf(&line, " %s=%s", inherited[i], value);
	if (e == 0 && *vf_driver(sim, pf, id, value))
		e = buf_printf(&line, " driver=%s", value);
	snprintf(path, sizeof(path), "/.sim/pci/%s", name);
	e = e < 0 ? e : sim_put_filef(sim, path, 0644, "%s\n", buf_str(&line));
	pci_path(sim, name, dir);
	pci_path(sim, pf, pf_dir);
	/* First, since it decides whether a driver is asked. */
	e = e < 0 ? e : sim_link_in(sim, dir, "physfn", pf_dir);
	e = e < 0 ? e : pci_add(sim, name);
	snprintf(link, sizeof(link), "virtfn%u", n);
	return e < 0 ? e : sim_link_in(sim, pf_dir, link, dir);
}

void sriov_disable(struct sim *sim, const char *name)
{
	char dir[PCI_PATH], path[PCI_PATH + 16], vf[PCI_NAME];
	unsigned n;

	snprintf(path, sizeof(path), "%s/sriov_numvfs", pci_path(sim, name, dir));
	n = (unsigned)strtoul(sim_value(sim, path), NULL, 10);
	for (unsigned i = 0; i < n; i++) {
		vf_name(sim, name, i, vf);
		pci_del(sim, vf);
		sim_delf(sim, "/.sim/pci/%s", vf);
		sim_delf(sim, "%s/virtfn%u", dir, i);
	}
	sim_set(sim, path, "0\n");
}

/* Does the driver have sriov_configure? vfio-pci has, but refuses without its module parameter: the same errno. */
static bool can_configure(const struct sim *sim, const char *dir)
{
	char path[PCI_PATH + 16];
	const char *driver;

	snprintf(path, sizeof(path), "%s/driver", dir);
	driver = sim_link_base(sim, path);
	return *driver && !str_starts(driver, "vfio") && !strstr(driver, "vfio_pci");
}

int sriov_write(struct sim *sim, const struct sim_call *call)
{
	char *end;
	unsigned long want = strtoul(call->value, &end, 0),
		      now = strtoul(sim_value(sim, call->path), NULL, 10);
	int e = 0;

	/* kstrtou16() */
	if (end == call->value || (*end && strcmp(end, "\n") != 0) || strpbrk(call->value, "- "))
		return -EINVAL;
	if (want > pci_number(sim, call->dev, "vfs", 10, 0))
		return -ERANGE;
	if (want == now)
		return (int)call->len;
	if (!can_configure(sim, call->dir))
		return -ENOENT;
	if (want && now)
		return -EBUSY;
	if (!want)
		sriov_disable(sim, call->dev);
	for (unsigned n = 0; n < want && e == 0; n++)
		e = add_vf(sim, call->dev, n);
	e = e < 0 || !want ? e : sim_put_attr(sim, call->dir, "sriov_numvfs", 0644, "%lu\n", want);
	if (e == 0 && want)
		sim_dev_uevent(sim, "change", call->dir, "%s", ""); /* sriov_enable() */
	return e < 0 ? e : (int)call->len;
}

/* kstrtobool() */
int sriov_autoprobe(struct sim *sim, const struct sim_call *call)
{
	bool on = call->value[0] && strchr("1yYtT", call->value[0]);
	int e;

	if (!on && (!call->value[0] || !strchr("0nNfF", call->value[0])))
		return -EINVAL;
	e = sim_set(sim, call->path, on ? "1\n" : "0\n");
	return e < 0 ? e : (int)call->len;
}
