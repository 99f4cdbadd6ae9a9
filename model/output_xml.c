/* SPDX-License-Identifier: MIT */
#include "output_part.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Text for between quotes; control bytes were refused before. */
static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '\'':
			fputs("&apos;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text, f);
		}
	}
}

/* "--" would end a comment's well-formedness. */
static void put_comment(FILE *f, const char *text)
{
	fputs("<!-- ", f);
	for (; *text; text++)
		fputc(*text == '-' && text[1] == '-' ? '=' : *text, f);
	fputs(" -->\n", f);
}

static void put_about(const struct out *o, const struct out_item *item, FILE *f)
{
	char about[2400];

	out_about(o, item, about, sizeof(about));
	put_comment(f, about);
}

static void put_mdev(const struct out *o, const struct out_item *item, const char *api, FILE *f)
{
	struct ccwid ccw;

	fprintf(f,
		"<hostdev mode='subsystem' type='mdev' model='%s'>\n"
		"  <source>\n"
		"    <address uuid='%s'/>\n"
		"  </source>\n",
		api, item->mdev->uuid);
	if (out_ccw(o, item, &ccw))
		fprintf(f, "  <address type='ccw' cssid='0xfe' ssid='0x%x' devno='0x%04x'/>\n",
			ccw.ssid, ccw.no);
}

static void put_pci(const struct out *o, const struct out_item *item, FILE *f)
{
	struct devid dev = devid_pci(item->fn->id);
	const char *live, *kept, *driver;

	out_drivers(o, &dev, &live, &kept);
	driver = live ? live : kept;
	fputs("<hostdev mode='subsystem' type='pci' managed='yes'>\n", f);
	/* A variant driver has to be named, or libvirt may put the plain one in its place. */
	if (driver && str_ends(driver, "_vfio_pci") && out_printable(driver)) {
		fputs("  <driver name='vfio' model='", f);
		put_escaped(f, driver);
		fputs("'/>\n", f);
	}
	fprintf(f,
		"  <source>\n"
		"    <address domain='0x%04" PRIx32
		"' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		"  </source>\n",
		item->fn->id.domain, item->fn->id.bus, item->fn->id.dev, item->fn->id.fn);
}

static void put_zpci(const struct out_item *item, FILE *f)
{
	fprintf(f,
		"  <address type='pci'>\n"
		"    <zpci uid='0x%04x' fid='0x%08" PRIx32 "'/>\n"
		"  </address>\n",
		item->zpci_uid, item->zpci_fid);
}

int out_libvirt(const struct out *o, FILE *f, struct msg *reterr)
{
	bool ap = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct out_item *item = &o->items[i];
		const char *api = out_api(o, item);

		if (!api)
			return out_refuse(item, "libvirt",
					  "nobody says how libvirt is given this type", reterr);
		put_about(o, item, f);
		if (str_eq(api, "vfio-ap"))
			put_comment(f, ap ? "a guest takes one vfio-ap device only: this one is "
					    "for another guest"
					  : "the guest's CPU model needs the features ap, apqci, "
					    "apft and apqi");
		ap = ap || str_eq(api, "vfio-ap");
		if (item->fn)
			put_pci(o, item, f);
		else
			put_mdev(o, item, api, f);
		if (item->zpci_uid)
			put_zpci(item, f);
		fputs("</hostdev>\n", f);
	}
	return 0;
}

/* libvirt's name of a node: bus and kernel name, everything but letters and digits as '_'. */
static void put_node(FILE *f, const struct out *o, const char *parent)
{
	const struct mdev_parent *known = inventory_parent(o->inv, parent);
	struct ccwid ccw;
	enum bus bus = known ? known->id.bus : ccwid_parse(parent, &ccw) == 0 ? BUS_CSS : BUS_PCI;

	fprintf(f, "%s_", str_eq(parent, "matrix") ? "ap" : bus_name(bus));
	for (; *parent; parent++)
		fputc(isalnum((unsigned char)*parent) ? *parent : '_', f);
}

static int put_attrs(const struct d_mdev *m, FILE *f)
{
	struct attr *attrs;
	size_t n;
	int r = out_attrs(m, &attrs, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!out_printable(attrs[i].name) || !out_printable(attrs[i].value)) {
			r = -EINVAL;
			break;
		}
		fputs("    <attr name='", f);
		put_escaped(f, attrs[i].name);
		fputs("' value='", f);
		put_escaped(f, attrs[i].value);
		fputs("'/>\n", f);
	}
	attrs_free(attrs, n);
	return r;
}

static int put_device(const struct out *o, const struct out_item *item, FILE *f, struct msg *reterr)
{
	int r;

	put_about(o, item, f);
	fputs("<device>\n  <parent>", f);
	put_node(f, o, item->mdev->parent);
	fputs("</parent>\n  <capability type='mdev'>\n    <type id='", f);
	put_escaped(f, item->mdev->type);
	fprintf(f, "'/>\n    <uuid>%s</uuid>\n", item->mdev->uuid);
	r = put_attrs(item->mdev, f);
	if (r == -EINVAL)
		return out_refuse(item, "nodedev",
				  "an attribute holds characters that XML can't hold", reterr);
	fputs("  </capability>\n</device>\n", f);
	return r;
}

int out_nodedev(const struct out *o, FILE *f, struct msg *reterr)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct out_item *item = &o->items[i];
		int r;

		if (item->fn && o->whole)
			continue;
		if (item->fn)
			return out_refuse(item, "nodedev",
					  "libvirt finds PCI functions by itself; only mediated "
					  "devices are defined",
					  reterr);
		r = item->mdev->type && out_printable(item->mdev->type)
			    ? put_device(o, item, f, reterr)
			    : out_refuse(item, "nodedev", "its type is no text", reterr);
		if (r < 0)
			return r;
	}
	return 0;
}
