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
	if (out_devno(o, item, &ccw))
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

static void put_hostdev(const struct out *o, const struct out_item *item, const char *api,
			bool first_ap, FILE *f)
{
	char features[64];

	put_about(o, item, f);
	if (str_eq(api, "vfio-ap") && first_ap)
		fprintf(f, "<!-- the guest's CPU model needs the features %s -->\n",
			out_features(o, ", ", features, sizeof(features)));
	else if (str_eq(api, "vfio-ap"))
		put_comment(f,
			    "a guest takes one vfio-ap device only: this one is for another guest");
	if (item->fn)
		put_pci(o, item, f);
	else
		put_mdev(o, item, api, f);
	if (item->zpci_uid)
		put_zpci(item, f);
	fputs("</hostdev>\n", f);
}

int out_libvirt(const struct out *o, FILE *f, struct msg *reterr)
{
	bool first_ap = true;
	int r = 0;

	for (size_t i = 0; i < o->n && r == 0; i++) {
		const char *api = out_api(o, &o->items[i]);

		if (!api) {
			r = out_refuse(o, &o->items[i], "libvirt",
				       "nobody says how libvirt is given this type", f, reterr);
			continue;
		}
		put_hostdev(o, &o->items[i], api, first_ap, f);
		first_ap = first_ap && !str_eq(api, "vfio-ap");
	}
	return r;
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

static void put_attrs(const struct attr *attrs, size_t n, FILE *f)
{
	for (size_t i = 0; i < n; i++) {
		fputs("    <attr name='", f);
		put_escaped(f, attrs[i].name);
		fputs("' value='", f);
		put_escaped(f, attrs[i].value);
		fputs("'/>\n", f);
	}
}

static void put_device(const struct out *o, const struct out_item *item, const struct attr *attrs,
		       size_t n, FILE *f)
{
	put_about(o, item, f);
	fputs("<device>\n  <parent>", f);
	put_node(f, o, item->mdev->parent);
	fputs("</parent>\n  <capability type='mdev'>\n    <type id='", f);
	put_escaped(f, item->mdev->type);
	fprintf(f, "'/>\n    <uuid>%s</uuid>\n", item->mdev->uuid);
	put_attrs(attrs, n, f);
	fputs("  </capability>\n</device>\n", f);
}

static int put_mdev_device(const struct out *o, const struct out_item *item, FILE *f,
			   struct msg *reterr)
{
	struct attr *attrs;
	size_t n;
	int r;

	if (!item->mdev->type || !*item->mdev->type || !out_printable(item->mdev->type))
		return out_refuse(o, item, "nodedev", "its type is no text", f, reterr);
	r = out_attrs(item->mdev, &attrs, &n);
	if (r < 0)
		return r;
	if (out_attrs_printable(attrs, n))
		put_device(o, item, attrs, n, f);
	else
		r = out_refuse(o, item, "nodedev",
			       "an attribute holds characters that XML can't hold", f, reterr);
	attrs_free(attrs, n);
	return r;
}

int out_nodedev(const struct out *o, FILE *f, struct msg *reterr)
{
	int r = 0;

	for (size_t i = 0; i < o->n && r == 0; i++) {
		const struct out_item *item = &o->items[i];

		if (item->mdev)
			r = put_mdev_device(o, item, f, reterr);
		else if (!o->whole)
			r = out_refuse(o, item, "nodedev",
				       "libvirt finds PCI functions by itself; only mediated "
				       "devices are defined",
				       f, reterr);
	}
	return r;
}
