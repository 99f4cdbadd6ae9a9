/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* PCI functions, those of one IOMMU group together. */

static const struct pci_fn *pci_of(const struct session *s, const struct devid *row)
{
	struct pciid id;

	return row->bus != BUS_PCI || pciid_parse(row->name, &id) < 0
		       ? NULL
		       : inventory_pci(session_inventory(s), id);
}

static int by_group(const void *a, const void *b)
{
	const struct pci_fn *fa = *(struct pci_fn *const *)a, *fb = *(struct pci_fn *const *)b;
	struct devid ia, ib;

	if (fa->group != fb->group)
		return (unsigned)fa->group < (unsigned)fb->group ? -1
								 : 1; /* none (-1) comes last */
	ia = devid_pci(fa->id);
	ib = devid_pci(fb->id);
	return devid_cmp(&ia, &ib);
}

static int pci_rows(const struct session *s, struct devs *ret, size_t *ret_n)
{
	const struct inventory *inv = session_inventory(s);
	CLEANUP(freep) const struct pci_fn **fns = calloc(inv->n_pcis + 1, sizeof(struct pci_fn *));
	struct devid *rows = calloc(inv->n_pcis + 1, sizeof(*rows));

	if (!rows || !fns) {
		free(rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < inv->n_pcis; i++)
		fns[i] = inv->pcis[i];
	qsort(fns, inv->n_pcis, sizeof(*fns), by_group);
	for (size_t i = 0; i < inv->n_pcis; i++)
		rows[i] = devid_pci(fns[i]->id);
	*ret = (struct devs){ .v = rows };
	*ret_n = inv->n_pcis;
	return 0;
}

static bool pci_is_row(const struct session *s, const struct devid *dev)
{
	return pci_of(s, dev) != NULL;
}

static int pci_empty(const struct session *s, struct buf *ret)
{
	return buf_adds(ret,
			session_inventory(s)->host.s390
				? "No PCI functions: none is configured for this system. Standby "
				  "functions are "
				  "configured on the HMC or through their slot's power attribute."
				: "No PCI functions: the kernel has found no PCI bus.");
}

static int cell_address(const struct session *s, const struct devid *row, struct buf *ret,
			enum look *look)
{
	(void)s;
	(void)look;
	return buf_adds(ret, row->name);
}

static int cell_group(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn && fn->group >= 0 ? buf_printf(ret, "%d", fn->group) : buf_adds(ret, "-");
}

static int cell_vfs(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);
	const struct desired *d = session_desired(s);

	if (!fn || fn->vfs_total < 0)
		return 0;
	for (size_t i = 0; i < d->n_sriov; i++)
		if (devid_eq(&d->sriov[i].dev, row) && d->sriov[i].now != d->sriov[i].then) {
			*look = LOOK_STAGED;
			return buf_printf(ret, "%u/%d", d->sriov[i].then, fn->vfs_total);
		}
	return buf_printf(ret, "%d/%d", MAX(fn->vfs, 0), fn->vfs_total);
}

/* One word: names of the hardware database begin with the maker and need a wide screen. */
static int cell_kind(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);
	const char *word = fn ? names_pci_class(fn->class) : NULL;

	(void)look;
	return buf_adds(ret, word ? word : "other");
}

static int cell_ids(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn ? buf_printf(ret, "%04x:%04x", fn->vendor, fn->device) : 0;
}

static int cell_class(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn ? buf_printf(ret, "%06x", (unsigned)fn->class) : 0;
}

static int cell_physfn(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn && fn->is_vf ? buf_adds(ret, devid_pci(fn->physfn).name) : 0;
}

static int cell_zpci(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn && fn->fid >= 0 ? buf_printf(ret, "%08x", (unsigned)fn->fid) : 0;
}

/* As lschp and the HMC write it. */
static int cell_pchid(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct pci_fn *fn = pci_of(s, row);

	(void)look;
	return fn && fn->pchid >= 0 ? buf_printf(ret, "%04x", (unsigned)fn->pchid) : 0;
}

/* "nvidia-63 4, nvidia-65 1": types and the instances left of each. */
static int cell_types(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct mdev_parent *p = inventory_parent(session_inventory(s), row->name);
	int r = 0;

	(void)look;
	for (size_t i = 0; p && i < p->n_types && r == 0; i++) {
		r = buf_printf(ret, "%s%s", i ? ", " : "", p->types[i].id);
		if (r == 0 && p->types[i].available >= 0)
			r = buf_printf(ret, " %d", p->types[i].available);
	}
	return r;
}

static int add_peers(const struct session *s, const struct pci_fn *fn, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);
	size_t n = 0;

	for (size_t i = 0; i < inv->n_pcis; i++)
		n += inv->pcis[i]->group == fn->group;
	if (fn->group < 0)
		return buf_adds(ret, ", no IOMMU group");
	return n > 1 ? buf_printf(ret, ", IOMMU group %d with %zu more", fn->group, n - 1)
		     : buf_printf(ret, ", IOMMU group %d alone", fn->group);
}

static int pci_detail(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct pci_fn *fn = pci_of(s, row);
	const char *file = inventory_override(session_inventory(s), row);
	char what[160] = "";
	int r;

	if (!fn)
		return 0;
	inventory_what(session_inventory(s), row, what, sizeof(what));
	r = buf_printf(ret, "%s  %s", row->name, what);
	if (r == 0)
		r = add_peers(s, fn, ret);
	if (r == 0)
		r = buf_printf(ret, ", persistent: %s", file ? file : "no");
	return r < 0 ? r : detail_stakes(s, row, ret);
}

static const struct column columns[] = {
	{ .key = "address",
	  .title = "Function",
	  .said = "",
	  .min = 12,
	  .cell = cell_address,
	  .brief = true,
	  .help = "PCI address" },
	{ .key = "group",
	  .title = "Grp",
	  .said = "group",
	  .min = 4,
	  .right = true,
	  .keep = 1,
	  .cell = cell_group,
	  .help = "IOMMU group: its functions go to a guest together" },
	{ .key = "kind",
	  .title = "Kind",
	  .said = "",
	  .min = 10,
	  .keep = 2,
	  .cell = cell_kind,
	  .help = "what class of device it is" },
	{ .key = "what",
	  .title = "What",
	  .min = 22,
	  .max = 48,
	  .grow = 6,
	  .keep = 3,
	  .cell = cell_what,
	  .help = "what the function is, from the hardware database" },
	{ .key = "ids",
	  .title = "IDs",
	  .min = 9,
	  .keep = 5,
	  .cell = cell_ids,
	  .help = "vendor and device number" },
	{ .key = "vfs",
	  .title = "VFs",
	  .min = 6,
	  .right = true,
	  .keep = 3,
	  .cell = cell_vfs,
	  .help = "SR-IOV: virtual functions that are, or will be, and how many there can be" },
	{ .key = "bound",
	  .title = "Bound now",
	  .said = "bound",
	  .min = 10,
	  .max = 13,
	  .grow = 1,
	  .cell = cell_bound,
	  .brief = true,
	  .help = "driver bound now" },
	{ .key = "wanted",
	  .title = "Wanted",
	  .said = "wanted",
	  .min = 11,
	  .max = 20,
	  .grow = 1,
	  .cell = cell_wanted,
	  .help = "staged driver; \"no: ...\" why it cannot be given away" },
	{ .key = "after_reboot",
	  .title = "After reboot",
	  .said = "at boot",
	  .min = 12,
	  .max = 14,
	  .cell = cell_after,
	  .help = "driver after the next boot, staged edits included" },
	{ .key = "after_why",
	  .title = "Because of",
	  .min = 10,
	  .keep = 4,
	  .cell = cell_why_after,
	  .help = "what decides that" },
	{ .key = "used_by",
	  .title = "Used by",
	  .said = "used by",
	  .min = 10,
	  .grow = 3,
	  .cell = cell_used,
	  .help = "who would miss the function" },
	{ .key = "types",
	  .title = "Mediated types",
	  .min = 14,
	  .max = 40,
	  .grow = 2,
	  .keep = 6,
	  .cell = cell_types,
	  .help = "types of mediated devices it offers, and instances left" },
	{ .key = "class",
	  .title = "Class",
	  .min = 6,
	  .batch_only = true,
	  .cell = cell_class,
	  .help = "PCI class code" },
	{ .key = "physfn",
	  .title = "Physical fn",
	  .min = 12,
	  .batch_only = true,
	  .cell = cell_physfn,
	  .help = "of a virtual function: the physical one" },
	{ .key = "fid",
	  .title = "FID",
	  .min = 8,
	  .batch_only = true,
	  .cell = cell_zpci,
	  .help = "function id on IBM Z" },
	{ .key = "pchid",
	  .title = "PCHID",
	  .min = 5,
	  .batch_only = true,
	  .cell = cell_pchid,
	  .help = "physical channel id of its adapter on IBM Z" },
	{ .key = "mdevs",
	  .title = "Mediated",
	  .min = 8,
	  .batch_only = true,
	  .cell = cell_mdevs,
	  .help = "mediated devices on the function" },
	COLUMN_OVERRIDE,
	COLUMN_PERSISTENT,
	COLUMN_BLOCKED,
};

const struct view view_pci = {
	.name = "pci",
	.title = "PCI",
	.word = "pci",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.rows = pci_rows,
	.is_row = pci_is_row,
	.empty = pci_empty,
	.detail = pci_detail,
};
