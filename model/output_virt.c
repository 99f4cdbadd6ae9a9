/* SPDX-License-Identifier: MIT */
/* Options of virt-install and virt-xml. */
#include "output_part.h"

#include <errno.h>
#include <string.h>

/* libvirt's name of a node device: what is neither letter nor digit becomes '_'. */
static void put_name(const char *prefix, const char *name, FILE *f)
{
	fputs(prefix, f);
	for (; *name; name++)
		fputc(strchr("-.:", *name) ? '_' : *name, f);
}

static void put_zpci(const struct out_item *item, FILE *f)
{
	if (item->zpci_uid)
		fprintf(f, ",address.type=pci,address.zpci.uid=0x%04x,address.zpci.fid=0x%08x",
			item->zpci_uid, item->zpci_fid);
}

static void put_item(const struct out *o, const struct out_item *item, const char *api, FILE *f)
{
	struct ccwid ccw;
	char about[2400];

	out_about(o, item, about, sizeof(about));
	fprintf(f, "# %s\n", about);
	if (item->fn) {
		put_name("--hostdev pci_", devid_pci(item->fn->id).name, f);
		put_zpci(item, f);
		fputc('\n', f);
		return;
	}
	put_name("--hostdev mdev_", item->mdev->uuid, f);
	put_name("_", item->mdev->parent, f);
	if (str_eq(api, "vfio-ccw") && out_devno(o, item, &ccw))
		fprintf(f,
			",address.type=ccw,address.cssid=0xfe,address.ssid=0x%x,address.devno=0x%"
			"04x",
			ccw.ssid, ccw.no);
	else if (str_eq(api, "vfio-pci"))
		put_zpci(item, f);
	fputc('\n', f);
}

/* virt-install takes the model from the name of the type, and knows these only. */
static bool type_known(const struct out_item *item, const char *api)
{
	const char *type = item->mdev ? item->mdev->type : NULL;

	return item->fn || !str_eq(api, "vfio-pci") ||
	       (type && (str_starts(type, "nvidia-") || str_starts(type, "i915-GVTg_V")));
}

int out_virt_install(const struct out *o, FILE *f, struct msg *reterr)
{
	int r = 0;

	for (size_t i = 0; i < o->n && r == 0; i++) {
		const char *api = out_api(o, &o->items[i]);

		if (!api || !type_known(&o->items[i], api))
			r = out_refuse(o, &o->items[i], "virt-install",
				       "virt-install does not know mediated devices of this type",
				       f, reterr);
		else
			put_item(o, &o->items[i], api, f);
	}
	return r;
}
