/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "inventory.h"
#include "mem.h"

#include <libudev.h>
#include <stdio.h>
#include <string.h>

/* A kind of CCW device. 0 for a type and -1 for a model: any. The first match wins. */
struct ccw_kind {
	uint16_t cu;
	int cu_model;
	uint16_t dev;
	int dev_model;
	const char *name;
	bool whole; /* the name says the type already */
};

/* Types and models as the drivers' id tables in drivers/s390 have them. */
static const struct ccw_kind ccw_kinds[] = {
	{ 0, -1, 0x3390, 0x02, "DASD 3390-1", true },
	{ 0, -1, 0x3390, 0x06, "DASD 3390-2", true },
	{ 0, -1, 0x3390, 0x0a, "DASD 3390-3", true },
	{ 0, -1, 0x3390, 0x0c, "DASD 3390-9", true },
	{ 0, -1, 0x3390, 0x0e, "DASD 3390-A", true },
	{ 0, -1, 0x3390, -1, "DASD", false },
	{ 0, -1, 0x3380, -1, "DASD", false },
	{ 0, -1, 0x9345, -1, "DASD", false },
	{ 0, -1, 0x9336, -1, "DASD FBA", false },
	{ 0, -1, 0x3370, -1, "DASD FBA", false },
	{ 0x1731, 0x01, 0x1732, -1, "OSA", false },
	{ 0x1731, 0x02, 0x1732, 0x02, "OSA OSX", false },
	{ 0x1731, 0x02, 0x1732, 0x03, "OSA OSM", false },
	{ 0x1731, 0x03, 0x1732, -1, "FCP", false },
	{ 0x1731, 0x05, 0x1732, -1, "HiperSockets", false },
	{ 0x3088, 0x08, 0, -1, "CTC", false },
	{ 0x3088, 0x1e, 0, -1, "FICON CTC", false },
	{ 0x3088, 0x1f, 0, -1, "ESCON CTC", false },
	{ 0x3088, 0x01, 0, -1, "LCS", false },
	{ 0x3088, 0x60, 0, -1, "LCS", false },
	{ 0x3480, -1, 0, -1, "tape", false },
	{ 0x3490, -1, 0, -1, "tape", false },
	{ 0x3590, -1, 0, -1, "tape", false },
	{ 0x3592, -1, 0, -1, "tape", false },
	{ 0x3270, -1, 0, -1, "3270 terminal", true },
	{ 0x3215, -1, 0, -1, "3215 console", true },
	{ 0x2540, -1, 0, -1, "card reader/punch", false },
	{ 0x1403, -1, 0, -1, "printer", false },
	{ 0x3832, 0x01, 0, -1, "virtio network", false },
	{ 0x3832, 0x02, 0, -1, "virtio block", false },
	{ 0x3832, 0x03, 0, -1, "virtio console", false },
	{ 0x3832, 0x04, 0, -1, "virtio random", false },
	{ 0x3832, 0x05, 0, -1, "virtio balloon", false },
	{ 0x3832, 0x08, 0, -1, "virtio SCSI", false },
	{ 0x3832, 0x09, 0, -1, "virtio 9P", false },
	{ 0x3832, 0x10, 0, -1, "virtio GPU", false },
	{ 0x3832, 0x12, 0, -1, "virtio input", false },
	{ 0x3832, 0x13, 0, -1, "virtio vsock", false },
	{ 0x3832, 0x14, 0, -1, "virtio crypto", false },
	{ 0x3832, 0x1a, 0, -1, "virtio file system", false },
	{ 0x3832, -1, 0, -1, "virtio", false },
};

static const struct ccw_kind *kind_of(const struct subch *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(ccw_kinds); i++) {
		const struct ccw_kind *k = &ccw_kinds[i];

		if ((!k->cu || k->cu == r->cu_type) && (!k->dev || k->dev == r->dev_type) &&
		    (k->cu_model < 0 || k->cu_model == r->cu_model) &&
		    (k->dev_model < 0 || k->dev_model == r->dev_model))
			return k;
	}
	return NULL;
}

void names_subch_type(const struct subch *r, char *text, size_t size)
{
	if (!r->cu_type && !r->dev_type)
		snprintf(text, size, "%s", "");
	else if (r->dev_type)
		snprintf(text, size, "%04x/%02x", r->dev_type, r->dev_model);
	else
		snprintf(text, size, "%04x/%02x", r->cu_type, r->cu_model);
}

/* snprintf("%s") for what is asked of every row. */
static void put(char *text, size_t size, const char *name)
{
	size_t n = MIN(strlen(name), size - 1);

	memcpy(text, name, n);
	text[n] = '\0';
}

void names_subch(const struct subch *r, char *text, size_t size)
{
	static const char *const types[] = { "I/O subchannel", "CHSC subchannel",
					     "message subchannel", "EADM subchannel" };
	const struct ccw_kind *k = r->cu_type || r->dev_type ? kind_of(r) : NULL;
	char type[16];

	if (!r->cu_type && !r->dev_type) {
		put(text, size, r->type < ARRAY_SIZE(types) ? types[r->type] : "subchannel");
	} else if (k && k->whole) {
		put(text, size, k->name);
	} else {
		names_subch_type(r, type, sizeof(type));
		snprintf(text, size, "%s %s", k ? k->name : "CCW device", type);
	}
}

/* Bits of ap_functions, counted from the left. */
static bool can(const struct ap_card *r, int bit)
{
	return r->functions >> (31 - bit) & 1;
}

const char *names_card_mode(const struct ap_card *r)
{
	char last = r->type && *r->type ? r->type[strlen(r->type) - 1] : '\0';

	if (last == 'C' || can(r, 3))
		return "CCA";
	if (last == 'P' || can(r, 5))
		return "EP11";
	return last == 'A' || can(r, 4) ? "accelerator" : "";
}

void names_card(const struct ap_card *r, char *text, size_t size)
{
	const char *mode = names_card_mode(r);
	char made[32] = "AP";

	if (r->hwtype >= 10 && r->hwtype <= 14)
		snprintf(made, sizeof(made), "CEX%d", r->hwtype - 6);
	else if (r->hwtype >= 0)
		snprintf(made, sizeof(made), "AP type %d", r->hwtype);
	if (*mode)
		snprintf(text, size, "%s (%s)", r->type ? r->type : made, mode);
	else
		snprintf(text, size, "%s", r->type ? r->type : made);
}

const char *names_chp(int type)
{
	switch (type) {
	case 0x10:
		return "OSE";
	case 0x11:
		return "OSD";
	case 0x1a:
	case 0x1b:
	case 0x1c:
		return "FICON";
	case 0x24:
		return "IQD";
	case 0x25:
		return "FCP";
	case 0x32: /* QEMU's own */
		return "virtual";
	default:
		return NULL;
	}
}

const char *names_machine(const char *type)
{
	static const char *const machines[][2] = {
		{ "2827", "zEC12" }, { "2828", "zBC12" }, { "2964", "z13" }, { "2965", "z13s" },
		{ "3906", "z14" },   { "3907", "z14" },	  { "8561", "z15" }, { "8562", "z15" },
		{ "3931", "z16" },   { "3932", "z16" },	  { "9175", "z17" }, { "9176", "z17" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (!strcmp(type, machines[i][0]))
			return machines[i][1];
	return NULL;
}

const char *names_pci_class(uint32_t class)
{
	static const char *const classes[] = {
		[0x01] = "storage",    [0x02] = "network",     [0x03] = "display",
		[0x04] = "multimedia", [0x05] = "memory",      [0x06] = "bridge",
		[0x07] = "serial",     [0x08] = "system",      [0x09] = "input",
		[0x0b] = "processor",  [0x0c] = "bus",	       [0x0d] = "wireless",
		[0x10] = "crypto",     [0x12] = "accelerator",
	};
	uint32_t base = class >> 16;

	if (class >> 8 == 0x0108)
		return "NVMe";
	if (class >> 8 == 0x0c03)
		return "USB";
	return base < ARRAY_SIZE(classes) ? classes[base] : NULL;
}

void names_pci_fn(const struct pci_fn *r, char *text, size_t size)
{
	const char *class = names_pci_class(r->class);

	if (r->vendor_name && r->device_name)
		snprintf(text, size, "%s %s", r->vendor_name, r->device_name);
	else
		snprintf(text, size, "%s%s%s [%04x:%04x]", r->vendor_name ? r->vendor_name : "",
			 r->vendor_name ? " " : "", class ? class : "PCI function", r->vendor,
			 r->device);
}

struct names {
	struct udev *udev;
	struct udev_hwdb *hwdb;
};

struct names *names_open(void)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->udev = udev_new();
	n->hwdb = n->udev ? udev_hwdb_new(n->udev) : NULL;
	if (n->hwdb)
		return n;
	names_close(n);
	return NULL;
}

void names_close(struct names *n)
{
	if (!n)
		return;
	udev_hwdb_unref(n->hwdb);
	udev_unref(n->udev);
	free(n);
}

void names_pci(struct names *n, const char *modalias, struct strtab *tab, const char **ret_vendor,
	       const char **ret_device)
{
	struct udev_list_entry *list, *e;

	*ret_vendor = *ret_device = NULL;
	if (!n)
		return;
	list = udev_hwdb_get_properties_list_entry(n->hwdb, modalias, 0);
	udev_list_entry_foreach(e, list)
	{
		const char *key = udev_list_entry_get_name(e);

		if (!strcmp(key, "ID_VENDOR_FROM_DATABASE"))
			*ret_vendor = strtab_get(tab, udev_list_entry_get_value(e));
		else if (!strcmp(key, "ID_MODEL_FROM_DATABASE"))
			*ret_device = strtab_get(tab, udev_list_entry_get_value(e));
	}
}
