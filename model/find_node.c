/* SPDX-License-Identifier: MIT */
/*
 * From the other names people have for a device: what Linux made of it (a disk, an interface), and how libvirt spells it.
 * These are looked up on the machine when somebody asks.
 */
#include "attrs.h"
#include "session_part.h"
#include "usage.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void add(struct found *f, const struct devid *dev)
{
	for (size_t i = 0; i < f->n; i++)
		if (devid_eq(&f->v[i], dev))
			return;
	if (f->n < FOUND_MAX)
		f->v[f->n++] = *dev;
	else
		f->more = true;
}

static int verdict(const struct found *f)
{
	return f->n == 1 && !f->more ? 0 : f->n ? -EEXIST : -ENOENT;
}

/* -- disks and interfaces -- */

/* An interface of a group of channel devices is named after the first of them. */
static bool is_first_only(struct scan *s, const char *name)
{
	CLEANUP(buf_done) struct buf target = { 0 };

	return sys_readlink(s->sys, scan_path(s, "/sys/class/net/%s", name), &target) == 0 &&
	       !strstr(buf_str(&target), "/virtual/");
}

static void take_claims(struct scan *s, struct found *f, bool first)
{
	for (size_t i = 0; i < s->inv->n_uses && !(first && i); i++)
		add(f, &s->inv->uses[i].dev);
	for (size_t i = 0; i < s->inv->n_uses; i++) {
		free(s->inv->uses[i].who);
		free(s->inv->uses[i].text);
	}
	s->inv->n_uses = 0;
}

/* Whoever would miss a disk would miss the devices behind it: the same way down is gone here, for nobody. */
static int find_node(const struct session *s, const char *name, struct found *f)
{
	static const struct claim nobody = { USE_NOTE, "", "" };
	CLEANUP(inventory_unrefp) struct inventory *none = calloc(1, sizeof(*none));
	struct scan scan = { .sys = s->sys, .tab = s->tab, .inv = none };

	if (!none)
		return -ENOMEM;
	none->refs = 1;
	if (name_ok(name)) {
		usage_add_interface(&scan, name, &nobody);
		take_claims(&scan, f, is_first_only(&scan, name));
	}
	if (!f->n && (name_ok(name) || (str_starts(name, "/dev/") && sys_path_ok(name)))) {
		usage_add_block(&scan, name, &nobody);
		take_claims(&scan, f, false);
	}
	buf_done(&scan.path);
	buf_done(&scan.value);
	return scan.nomem ? -ENOMEM : verdict(f);
}

/* -- libvirt's names -- */

/* Puts the next character of `between` in place of each '_'. */
static bool spell(const char *text, const char *between, char *ret, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		ret[n++] = *text == '_' && *between ? *between++ : *text;
	ret[n] = '\0';
	return !*text;
}

/* "mdev_<uuid>_<parent>": the parent is left out by older ones. */
static bool spell_uuid(const char *text, char *ret)
{
	char uuid[UUID_TEXT];

	if (strlen(text) < UUID_TEXT - 1)
		return false;
	snprintf(uuid, sizeof(uuid), "%s", text);
	for (char *at = uuid; *at; at++)
		*at = *at == '_' ? '-' : *at;
	return uuid_normal(uuid, ret) == 0;
}

static int find_libvirt_node(const struct session *s, const char *name, struct found *f)
{
	char text[64];
	size_t n = strlen(name), address = strlen("_02_00_00_00_00_01");
	int r = -ENOENT;

	if (str_starts(name, "net_") && n > strlen("net_") + address) {
		snprintf(text, sizeof(text), "%.*s", (int)MIN(n - 4 - address, sizeof(text) - 1),
			 name + 4);
		return find_node(s, text, f);
	}
	/* "block_dasda", "block_sda_<serial>" */
	for (size_t end = n; r == -ENOENT && str_starts(name, "block_") && end > 6; end--)
		if ((!name[end] || name[end] == '_') && end - 6 < sizeof(text)) {
			snprintf(text, sizeof(text), "%.*s", (int)(end - 6), name + 6);
			r = find_node(s, text, f);
		}
	return r;
}

static int find_libvirt(const struct session *s, const char *name, struct found *f)
{
	static const struct {
		const char *prefix, *between;
	} kinds[] = {
		{ "css_", ".." },
		{ "ccw_", ".." },
		{ "pci_", "::." },
		{ "ap_", "." },
	};
	char text[64] = "", full[DEVID_TEXT + 8];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *rest = name + strlen(kinds[i].prefix);

		if (!str_starts(name, kinds[i].prefix) ||
		    !spell(rest, kinds[i].between, text, sizeof(text)))
			continue;
		snprintf(full, sizeof(full), "%.3s/%.40s", kinds[i].prefix, text);
		if (kinds[i].prefix[2] == '_')
			snprintf(full, sizeof(full), "ap/%.40s", text);
		if (inventory_find(s->inv, full, &f->v[0]) < 0)
			return -ENOENT;
		f->n = 1;
		return 0;
	}
	if (str_starts(name, "mdev_") && spell_uuid(name + strlen("mdev_"), text)) {
		if (inventory_find(s->inv, text, &f->v[0]) < 0)
			return -ENOENT;
		f->n = 1;
		return 0;
	}
	return find_libvirt_node(s, name, f);
}

/* -- what is not whole -- */

static void add_uuid(struct found *f, const char *uuid, const char *begins)
{
	struct devid dev = { .bus = BUS_MDEV };

	if (strncasecmp(uuid, begins, strlen(begins)) != 0)
		return;
	snprintf(dev.name, sizeof(dev.name), "%s", uuid);
	add(f, &dev);
}

static int find_uuids(const struct session *s, const char *text, struct found *f)
{
	for (size_t i = 0; i < s->inv->n_mdevs; i++)
		add_uuid(f, s->inv->mdevs[i]->uuid, text);
	for (size_t i = 0; i < s->inv->n_defs; i++)
		add_uuid(f, s->inv->defs[i]->uuid, text);
	return verdict(f);
}

/* "3b:00.1" is domain 0's, as lspci has it; where that has none of it, whichever domain's. */
static int find_pci_end(const struct session *s, const char *text, struct found *f)
{
	struct pciid want;

	if (pciid_parse(text, &want) < 0 || strchr(strchr(text, ':') + 1, ':'))
		return -ENOENT;
	for (size_t i = 0; i < s->inv->n_pcis; i++) {
		struct pciid id = s->inv->pcis[i]->id;
		struct devid dev = devid_pci(id);

		if (id.bus == want.bus && id.dev == want.dev && id.fn == want.fn)
			add(f, &dev);
	}
	return verdict(f);
}

int session_find(const struct session *s, const char *text, struct found *ret)
{
	struct found f = { 0 };
	int r = inventory_find(s->inv, text, &f.v[0]);

	f.n = r == 0;
	if (r == -EEXIST)
		r = find_uuids(s, text, &f);
	if (r == -ENOENT)
		r = find_pci_end(s, text, &f);
	if (r == -ENOENT)
		r = find_libvirt(s, text, &f);
	if (r == -ENOENT)
		r = find_node(s, text, &f);
	*ret = f;
	return r;
}

int session_found_text(const struct session *s, const struct found *f, struct buf *ret)
{
	char text[DEVID_TEXT], what[96];
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++) {
		inventory_what(s->inv, &f->v[i], what, sizeof(what));
		r = buf_printf(ret, "%s%s (%s)", i ? ", " : "", devid_text(&f->v[i], text), what);
	}
	return r < 0 || !f->more ? r : buf_adds(ret, ", or others");
}
