/* SPDX-License-Identifier: MIT */
#include "output_part.h"

#include <errno.h>
#include <inttypes.h>

static bool uid_taken(const struct out *o, const struct out_item *item, uint16_t uid)
{
	if (out_no_taken(o, item, GUEST_NO_UID, uid))
		return true;
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].zpci_uid == uid)
			return true;
	return false;
}

/* Only those that have a UID already have a FID, see out_number. */
static bool fid_taken(const struct out *o, const struct out_item *item, uint32_t fid)
{
	if (out_no_taken(o, item, GUEST_NO_FID, fid))
		return true;
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].zpci_uid && o->items[i].zpci_fid == fid)
			return true;
	return false;
}

static bool wants_zpci(const struct out *o, const struct out_item *item)
{
	return o->inv->host.s390 && str_eq(out_api(o, item), "vfio-pci");
}

/* The host's UID, where it has a meaning: unique, in the range a guest can have, and not taken. */
static uint16_t host_uid(const struct out *o, const struct out_item *item)
{
	if (!item->fn || item->fn->uid_unique != 1 || item->fn->uid < 1 || item->fn->uid > 0xffff)
		return 0;
	return uid_taken(o, item, (uint16_t)item->fn->uid) ? 0 : (uint16_t)item->fn->uid;
}

static uint32_t pick_fid(const struct out *o, const struct out_item *item, uint32_t *next)
{
	if (item->fn && item->fn->fid >= 0 && item->fn->fid <= UINT32_MAX &&
	    !fid_taken(o, item, (uint32_t)item->fn->fid))
		return (uint32_t)item->fn->fid;
	while (fid_taken(o, item, *next))
		++*next;
	return *next;
}

static void give(struct out *o, struct out_item *item, uint16_t uid, uint32_t *next)
{
	item->zpci_fid = pick_fid(o, item, next);
	item->zpci_uid = uid;
}

void out_number(struct out *o)
{
	uint16_t next = 1;
	uint32_t fid = 0;

	/* Those with a number of their own first, so that no counted one takes it from them. */
	for (size_t i = 0; i < o->n; i++)
		if (wants_zpci(o, &o->items[i]) && host_uid(o, &o->items[i]))
			give(o, &o->items[i], host_uid(o, &o->items[i]), &fid);
	for (size_t i = 0; i < o->n; i++) {
		if (o->items[i].zpci_uid || !wants_zpci(o, &o->items[i]))
			continue;
		while (uid_taken(o, &o->items[i], next) && next < UINT16_MAX)
			next++;
		give(o, &o->items[i], next, &fid);
	}
}

static void write_ccw(const struct out *o, const struct out_item *item, size_t n, FILE *f)
{
	struct ccwid ccw;

	fprintf(f, "-device vfio-ccw,id=hostdev%zu,sysfsdev=/sys/bus/mdev/devices/%s", n,
		item->mdev->uuid);
	if (out_devno(o, item, &ccw))
		fprintf(f, ",devno=fe.%x.%04x", ccw.ssid, ccw.no);
	fputc('\n', f);
}

static void write_ap(const struct out *o, const struct out_item *item, size_t n, bool first,
		     FILE *f)
{
	char features[64];

	if (first)
		fprintf(f, "# the guest's CPU model needs the AP facilities: -cpu host,%s=on\n",
			out_features(o, "=on,", features, sizeof(features)));
	else
		fputs("# a guest takes one vfio-ap device only: this one is for another guest\n",
		      f);
	fprintf(f, "-device vfio-ap,id=hostdev%zu,sysfsdev=/sys/bus/mdev/devices/%s\n", n,
		item->mdev->uuid);
}

static void write_pci(const struct out_item *item, size_t n, FILE *f)
{
	if (item->zpci_uid)
		fprintf(f, "-device zpci,id=zpci%zu,uid=%u,fid=%" PRIu32 ",target=hostdev%zu\n", n,
			item->zpci_uid, item->zpci_fid, n);
	if (item->mdev)
		fprintf(f, "-device vfio-pci,id=hostdev%zu,sysfsdev=/sys/bus/mdev/devices/%s\n", n,
			item->mdev->uuid);
	else
		fprintf(f, "-device vfio-pci,id=hostdev%zu,host=%s\n", n,
			devid_pci(item->fn->id).name);
}

static void write_item(const struct out *o, const struct out_item *item, const char *api,
		       bool first_ap, FILE *f)
{
	size_t n = (size_t)(item - o->items);
	char about[2400];

	out_about(o, item, about, sizeof(about));
	fprintf(f, "# %s\n", about);
	if (str_eq(api, "vfio-ccw"))
		write_ccw(o, item, n, f);
	else if (str_eq(api, "vfio-ap"))
		write_ap(o, item, n, first_ap, f);
	else
		write_pci(item, n, f);
}

int out_qemu(const struct out *o, FILE *f, struct msg *reterr)
{
	bool first_ap = true;
	int r = 0;

	for (size_t i = 0; i < o->n && r == 0; i++) {
		const char *api = out_api(o, &o->items[i]);

		if (!api) {
			r = out_refuse(o, &o->items[i], "qemu",
				       "nobody says how QEMU is given this type", f, reterr);
			continue;
		}
		write_item(o, &o->items[i], api, first_ap, f);
		first_ap = first_ap && !str_eq(api, "vfio-ap");
	}
	return r;
}
