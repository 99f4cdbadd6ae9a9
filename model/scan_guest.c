/* SPDX-License-Identifier: MIT */
/*
 * What guests are defined with: the mediated devices that libvirt's domain definitions name, and the numbers
 * which they give inside the guest.
 *
 * The XML is not parsed: tags are taken as they come, what stands in <address uuid='...'> is a mediated device, a
 * <source> comes before the address in the guest, and a definition says <name> first.
 */
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBVIRT_DEFS "/etc/libvirt/qemu"

enum { GUEST_DEFS_MAX = 10000 };

/* Where a definition is being read. */
struct reading {
	struct scan *s;
	const char *guest;
	bool in_source;	  /* what is addressed here is the host's */
	struct devid dev; /* the device whose element this is; no name: none of the host's */
};

static bool is_tag(const char *tag, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n >= len && !strncmp(tag, name, len) && (n == len || strchr(" \t\n/", tag[len]));
}

/* What follows name=' in the tag, n long; NULL: not there. Its end is the tag's at the latest. */
static const char *attribute(const char *tag, size_t n, const char *name, size_t *ret_n)
{
	size_t len = strlen(name);
	const char *at = memmem(tag, n, name, len);
	const char *end;

	if (!at || (size_t)(at - tag) + len + 1 >= n || (at[len] != '\'' && at[len] != '"'))
		return NULL;
	end = memchr(at + len + 1, at[len], n - (size_t)(at - tag) - len - 1);
	if (!end)
		return NULL;
	*ret_n = (size_t)(end - at) - len - 1;
	return at + len + 1;
}

static bool number(const char *tag, size_t n, const char *name, unsigned long max, uint32_t *ret)
{
	char text[16], *end;
	unsigned long no;
	size_t len;
	const char *at = attribute(tag, n, name, &len);

	if (!at || !len || len >= sizeof(text) || *at < '0' || *at > '9')
		return false;
	memcpy(text, at, len);
	text[len] = '\0';
	no = strtoul(text, &end, str_starts(text, "0x") ? 16 : 10);
	if (*end || no > max)
		return false;
	*ret = (uint32_t)no;
	return true;
}

static void taken(struct reading *r, enum guest_no_of kind, uint32_t no)
{
	struct guest_no given = { .kind = kind, .no = no, .dev = r->dev };
	struct inventory *inv = r->s->inv;

	if (inv->n_guest_nos < GUEST_DEFS_MAX)
		scan_push(r->s, &inv->guest_nos, &inv->n_guest_nos, &given, sizeof(given));
}

static void read_uuid(struct reading *r, const char *tag, size_t n)
{
	struct inventory *inv = r->s->inv;
	struct guest_def def = { .guest = r->guest };
	char name[UUID_TEXT];
	size_t len;
	const char *uuid = attribute(tag, n, " uuid=", &len);

	if (!uuid || len != sizeof(name) - 1)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)len, uuid);
	if (uuid_normal(name, def.uuid) < 0)
		return;
	r->dev = (struct devid){ .bus = BUS_MDEV };
	memcpy(r->dev.name, def.uuid, sizeof(def.uuid));
	if (inv->n_guest_defs < GUEST_DEFS_MAX)
		scan_push(r->s, &inv->guest_defs, &inv->n_guest_defs, &def, sizeof(def));
}

static void read_address(struct reading *r, const char *tag, size_t n)
{
	uint32_t cssid, ssid, no, domain, bus, slot, fn;

	read_uuid(r, tag, n);
	if (number(tag, n, " cssid=", 0xfe, &cssid) && cssid == 0xfe &&
	    number(tag, n, " ssid=", 3, &ssid) && number(tag, n, " devno=", 0xffff, &no))
		taken(r, GUEST_NO_CCW, ssid << 16 | no);
	if (r->in_source && number(tag, n, " domain=", UINT32_MAX, &domain) &&
	    number(tag, n, " bus=", 0xff, &bus) && number(tag, n, " slot=", 31, &slot) &&
	    number(tag, n, " function=", 7, &fn))
		r->dev = devid_pci((struct pciid){ .domain = domain,
						   .bus = (uint8_t)bus,
						   .dev = (uint8_t)slot,
						   .fn = (uint8_t)fn });
}

static void read_tag(struct reading *r, const char *tag, size_t n)
{
	uint32_t no;

	if (is_tag(tag, n, "source")) {
		r->dev = (struct devid){ 0 };
		r->in_source = tag[n - 1] != '/';
	} else if (is_tag(tag, n, "/source")) {
		r->in_source = false;
	} else if (is_tag(tag, n, "/hostdev") || is_tag(tag, n, "/interface")) {
		r->dev = (struct devid){ 0 };
	} else if (is_tag(tag, n, "address")) {
		read_address(r, tag, n);
	} else if (is_tag(tag, n, "zpci")) {
		if (number(tag, n, " uid=", 0xffff, &no))
			taken(r, GUEST_NO_UID, no);
		if (number(tag, n, " fid=", UINT32_MAX, &no))
			taken(r, GUEST_NO_FID, no);
	}
}

/* Each byte is looked at a fixed number of times, whatever the file says. */
static void read_tags(struct scan *s, const char *text, const char *guest)
{
	struct reading r = { .s = s, .guest = guest };

	for (const char *at = strchr(text, '<'); at; at = strchr(at, '<')) {
		size_t n = strcspn(++at, "<>");

		if (n && at[n] == '>')
			read_tag(&r, at, n);
	}
}

static void read_domain(struct scan *s, const char *path)
{
	const struct buf *b = scan_file(s, path, MAY_BE);
	const char *name = b ? strstr(buf_str(b), "<name>") : NULL;
	char called[64] = "", who[64];

	if (!name || sscanf(name, "<name>%63[^<]", called) != 1)
		return;
	snprintf(who, sizeof(who), "guest %.50s", called);
	for (char *c = who; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	read_tags(s, buf_str(b), scan_intern(s, who));
}

void scan_guests(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, LIBVIRT_DEFS, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		char path[320];

		if (!str_ends(name, ".xml") || !name_ok(name))
			continue;
		snprintf(path, sizeof(path), LIBVIRT_DEFS "/%.255s", name);
		read_domain(s, path);
	}
}
