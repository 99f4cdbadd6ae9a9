/* SPDX-License-Identifier: MIT */
/*
 * Who will miss a device after the next boot, or booted from it: fstab, crypttab, chzdev's rules, the IPL device.
 *
 * Rule: said only of devices nobody uses now: what is in use has its reason already.
 */
#include "sys.h"
#include "usage.h"

#include <stdio.h>
#include <string.h>

enum { KEPT_LINES_MAX = 10000 };

static bool is_used(const struct scan *s, const struct devid *dev)
{
	for (size_t i = 0; i < s->inv->n_uses; i++)
		if (devid_eq(&s->inv->uses[i].dev, dev))
			return true;
	return false;
}

static void claim_number(struct scan *s, struct ccwid id, const struct claim *claim)
{
	for (size_t i = 0; i < s->inv->n_subchs; i++) {
		const struct subch *r = s->inv->subchs[i];
		struct devid dev = devid_css(r->id);

		/* Of a device that is the guests' already such a file is a leftover. */
		if (r->has_dev && ccwid_cmp(r->dev, id) == 0 && !str_eq(r->driver, "vfio_ccw") &&
		    !is_used(s, &dev))
			usage_add(s, &dev, claim);
	}
}

/* "41-dasd-eckd-0.0.2b09.rules"; a group names all its devices: "41-qeth-0.0.f5f0:0.0.f5f1:0.0.f5f2.rules". */
static void read_rule(struct scan *s, const char *name)
{
	char who[48], text[120];
	struct claim claim = { USE_PROTECTED, who, text };

	if (!str_starts(name, "41-") || !str_ends(name, ".rules"))
		return;
	for (const char *at = name; (at = strstr(at, "0.")); at++) {
		struct ccwid id;
		char number[9];

		if ((at[-1] != '-' && at[-1] != ':') || strlen(at) < 8)
			continue;
		snprintf(number, sizeof(number), "%.8s", at);
		if (ccwid_parse(number, &id) < 0)
			continue;
		snprintf(who, sizeof(who), "chzdev");
		snprintf(text, sizeof(text),
			 "is configured for the host at every boot (chzdev's rule %.60s)", name);
		claim_number(s, id, &claim);
	}
}

static void read_rules(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, "/etc/udev/rules.d", MAY_BE, &names);
	buf_foreach_name (&names, name)
		read_rule(s, name);
}

/* The uses that a line adds are dropped again for devices that had one before. */
static void add_unused(struct scan *s, const char *source, const struct claim *claim)
{
	size_t before = s->inv->n_uses, n = before;

	usage_add_block(s, source, claim);
	for (size_t i = before; i < s->inv->n_uses; i++) {
		struct use u = s->inv->uses[i];
		bool had = false;

		for (size_t k = 0; k < before; k++)
			had |= devid_eq(&s->inv->uses[k].dev, &u.dev);
		if (had) {
			free(u.who);
			free(u.text);
		} else {
			s->inv->uses[n++] = u;
		}
	}
	s->inv->n_uses = n;
}

void usage_source_path(const char *source, char *ret, size_t size)
{
	static const char *const tags[][2] = { { "UUID=", "by-uuid" },
					       { "LABEL=", "by-label" },
					       { "PARTUUID=", "by-partuuid" },
					       { "PARTLABEL=", "by-partlabel" } };

	snprintf(ret, size, "%s", source);
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (str_starts(source, tags[i][0]))
			snprintf(ret, size, "/dev/disk/%s/%s", tags[i][1],
				 source + strlen(tags[i][0]));
}

/* fstab: source, place. crypttab: name, source. */
static void read_table(struct scan *s, const char *path, const char *file, bool source_first)
{
	CLEANUP(freep) char *copy = NULL;
	const struct buf *b = scan_file(s, path, MAY_BE);
	int left = KEPT_LINES_MAX;

	copy = b ? strdup(buf_str(b)) : NULL;
	s->nomem |= b && !copy;
	for (char *line = copy, *end; line && *line && left-- > 0; line = end) {
		char one[200], two[200], source[260], who[64], text[320];
		struct claim claim = { USE_PROTECTED, who, text };

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (sscanf(line, " %199s %199s", one, two) != 2 || *one == '#')
			continue;
		usage_source_path(source_first ? one : two, source, sizeof(source));
		snprintf(who, sizeof(who), "%s", file);
		snprintf(text, sizeof(text), "is named in %s for %s", path,
			 source_first ? two : one);
		if (str_starts(source, "/dev/") && sys_path_ok(source))
			add_unused(s, source, &claim);
	}
}

static void read_ipl(struct scan *s)
{
	static const struct claim claim = { USE_PROTECTED, "IPL device",
					    "is what the host was booted from" };
	const char *v = scan_value(s, "/sys/firmware/ipl", "device", MAY_BE);
	struct ccwid id;

	if (v && ccwid_parse(v, &id) == 0)
		claim_number(s, id, &claim);
}

void usage_kept(struct scan *s)
{
	read_table(s, "/etc/fstab", "fstab", true);
	read_table(s, "/etc/crypttab", "crypttab", false);
	read_ipl(s);
	read_rules(s);
}
