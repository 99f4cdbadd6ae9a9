/* SPDX-License-Identifier: MIT */
/*
 * What guests are defined with: the mediated devices that libvirt's domain definitions name.
 *
 * Nothing is parsed: what stands in <address uuid='...'> is a mediated device, and a definition says <name> first.
 */
#include "scan.h"

#include <stdio.h>
#include <string.h>

#define LIBVIRT_DEFS "/etc/libvirt/qemu"

enum { GUEST_DEFS_MAX = 10000 };

static void read_addresses(struct scan *s, const char *text, const char *guest)
{
	for (const char *at = text; (at = strstr(at, "<address ")); at++) {
		size_t n = strcspn(at, ">");
		const char *uuid = strstr(at, " uuid=");
		struct guest_def def = { .guest = guest };
		char name[UUID_TEXT];

		if (!uuid || uuid > at + n || strlen(uuid) < strlen(" uuid='") + UUID_TEXT - 1)
			continue;
		snprintf(name, sizeof(name), "%s", uuid + strlen(" uuid='"));
		if (uuid_normal(name, def.uuid) == 0 && s->inv->n_guest_defs < GUEST_DEFS_MAX)
			scan_push(s, &s->inv->guest_defs, &s->inv->n_guest_defs, &def, sizeof(def));
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
	read_addresses(s, buf_str(b), scan_intern(s, who));
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
