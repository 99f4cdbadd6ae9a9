/* SPDX-License-Identifier: MIT */
/* PCI functions: identity, driver, IOMMU group, SR-IOV, and what zPCI adds. */
#include "names.h"
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PCI_DIR "/sys/bus/pci/devices"

int pciid_cmp(struct pciid a, struct pciid b)
{
	uint64_t x = (uint64_t)a.domain << 24 | (unsigned)a.bus << 16 | (unsigned)a.dev << 8 | a.fn;
	uint64_t y = (uint64_t)b.domain << 24 | (unsigned)b.bus << 16 | (unsigned)b.dev << 8 | b.fn;

	return x < y ? -1 : x > y;
}

/* "pci:v00001AF4d00001005sv00001AF4sd00000004bc00scFFi00" holds five attributes in one. */
static bool read_modalias(struct pci_fn *r)
{
	unsigned v, d, sv, sd, bc, sc, i;

	if (!r->modalias || sscanf(r->modalias, "pci:v%8xd%8xsv%8xsd%8xbc%2xsc%2xi%2x", &v, &d, &sv,
				   &sd, &bc, &sc, &i) != 7)
		return false;
	r->vendor = (uint16_t)v;
	r->device = (uint16_t)d;
	r->sub_vendor = (uint16_t)sv;
	r->sub_device = (uint16_t)sd;
	r->class = bc << 16 | sc << 8 | i;
	return true;
}

static uint16_t word(struct scan *s, const char *dir, const char *attr)
{
	return (uint16_t)MAX(scan_int(s, dir, attr, 16, 0xffff, MUST_BE), 0);
}

/* The uevent has the driver's name too: one read in place of three. */
static bool read_uevent(struct scan *s, const char *dir, struct pci_fn *r)
{
	const char *uevent = scan_value(s, dir, "uevent", MAY_BE);
	char modalias[128];

	if (uevent && uevent_value(uevent, "MODALIAS", modalias, sizeof(modalias)) && *modalias)
		r->modalias = scan_intern(s, modalias);
	r->driver = scan_driver(s, dir, uevent);
	return read_modalias(r);
}

static void read_identity(struct scan *s, const char *dir, struct pci_fn *r)
{
	int class;

	if (read_uevent(s, dir, r))
		return;
	r->modalias = scan_text(s, dir, "modalias", MUST_BE);
	if (read_modalias(r))
		return;
	if (r->modalias)
		scan_malformed(s, buf_str(&s->path), "a PCI modalias");
	r->vendor = word(s, dir, "vendor");
	r->device = word(s, dir, "device");
	r->sub_vendor = word(s, dir, "subsystem_vendor");
	r->sub_device = word(s, dir, "subsystem_device");
	class = scan_int(s, dir, "class", 16, 0xffffff, MUST_BE);
	r->class = (uint32_t)MAX(class, 0);
}

static void read_sriov(struct scan *s, const char *dir, struct pci_fn *r)
{
	const char *physfn;

	r->vfs_total = scan_int(s, dir, "sriov_totalvfs", 10, 0xffff, MAY_BE);
	r->vfs = r->vfs_total < 0 ? -1 : scan_int(s, dir, "sriov_numvfs", 10, 0xffff, MUST_BE);
	physfn = r->vfs_total < 0 ? scan_base(s, dir, "physfn") : NULL;
	r->is_vf = physfn && pciid_parse(physfn, &r->physfn) == 0;
}

static void read_zpci(struct scan *s, const char *dir, struct pci_fn *r)
{
	r->uid = r->pchid = r->pft = r->uid_unique = -1;
	r->fid = scan_number(s, dir, "function_id", 16, UINT32_MAX, MAY_BE);
	if (r->fid < 0)
		return;
	r->uid = scan_number(s, dir, "uid", 16, UINT32_MAX, MAY_BE);
	r->pchid = scan_int(s, dir, "pchid", 16, 0xffff, MAY_BE);
	r->pft = scan_int(s, dir, "pft", 16, 0xff, MAY_BE);
	r->uid_unique = scan_tri(s, dir, "uid_is_unique");
}

static int group_of(struct scan *s, const char *dir)
{
	const char *base = scan_base(s, dir, "iommu_group");
	unsigned group;
	int end = 0;

	if (base && sscanf(base, "%9u%n", &group, &end) == 1 && !base[end])
		return (int)group;
	return -1;
}

/* Cards come in dozens of a kind, and asking the database costs more than reading a function. */
static bool names_of_another(const struct scan *s, struct pci_fn *r)
{
	enum { LOOK_BACK = 64 };
	size_t n = s->inv->n_pcis;

	for (size_t i = n; i > 0 && n - i < LOOK_BACK; i--)
		if (s->inv->pcis[i - 1]->modalias == r->modalias) {
			r->vendor_name = s->inv->pcis[i - 1]->vendor_name;
			r->device_name = s->inv->pcis[i - 1]->device_name;
			return true;
		}
	return false;
}

static void read_names(struct scan *s, struct pci_fn *r)
{
	if (!r->modalias || names_of_another(s, r))
		return;
	if (!s->names_tried)
		s->names = names_open();
	s->names_tried = true;
	names_pci(s->names, r->modalias, s->tab, &r->vendor_name, &r->device_name);
}

struct pci_fn *scan_pci_fn(struct scan *s, struct pciid id)
{
	struct devid dev = devid_pci(id);
	struct pci_fn *r;
	char dir[80];

	snprintf(dir, sizeof(dir), PCI_DIR "/%s", dev.name);
	scan_enter(s, dir);
	if (scan_gone(s, dir))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r) {
		s->nomem = true;
		scan_leave(s);
		return NULL;
	}
	r->refs = 1;
	r->id = id;
	read_identity(s, dir, r);
	r->override = scan_override(s, dir, NULL);
	r->group = group_of(s, dir); /* by which rows are put together */
	if (s->inv->scope & SCOPE_BRIEF) {
		scan_leave(s);
		return r;
	}
	read_sriov(s, dir, r);
	if (r->vendor == 0x10de && r->is_vf)
		r->vgpu_type = scan_text(s, dir, "nvidia/current_vgpu_type", MAY_BE);
	read_zpci(s, dir, r);
	scan_leave(s);
	read_names(s, r);
	return r;
}

static void read_fn(struct scan *s, struct pciid id)
{
	struct pci_fn *r = scan_pci_fn(s, id);

	if (r && !scan_push(s, &s->inv->pcis, &s->inv->n_pcis, &r, sizeof(struct pci_fn *)))
		pci_fn_unref(r);
}

void scan_pci(struct scan *s)
{
	CLEANUP(buf_done) struct buf list = { 0 };
	struct devid dev;
	struct pciid id;
	const char *name;

	if (!(s->inv->scope & SCOPE_PCI))
		return;
	scan_list(s, PCI_DIR, MAY_BE, &list);
	buf_foreach_name (&list, name) {
		bool ok = pciid_parse(name, &id) == 0;

		if (ok)
			dev = devid_pci(id);
		if (ok && !strcmp(dev.name, name))
			read_fn(s, id);
		else
			scan_malformed(s, PCI_DIR, "PCI addresses as names");
	}
}

void scan_pci_parents(struct scan *s)
{
	struct pciid id;

	if (s->inv->scope & (SCOPE_PCI | SCOPE_BRIEF) || s->inv->n_pcis)
		return;
	/* They have types: that is how all of them are known. */
	for (size_t i = 0; i < s->inv->n_parents; i++)
		if (s->inv->parents[i]->id.bus == BUS_PCI &&
		    pciid_parse(s->inv->parents[i]->id.name, &id) == 0)
			read_fn(s, id);
}
