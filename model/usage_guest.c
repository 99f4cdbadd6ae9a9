/* SPDX-License-Identifier: MIT */
/*
 * Running guests and what they have of the host: libvirt's status files, and names of devices in a text.
 *
 * Nothing is parsed: names of devices are found in the text where such names stand, and count if the machine has
 * such a device. So a new spelling of an option hides nothing.
 */
#include "attrs.h"
#include "sys.h"
#include "usage.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIBVIRT_DIR "/run/libvirt/qemu"

/* A running guest loses its disk or card: as grave as if the host lost one. */
static struct claim claim_of(const struct guest *g)
{
	return (struct claim){ USE_VITAL, g->who, g->text };
}

void usage_plain(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void usage_name_guest(struct guest *g, const char *name, long pid)
{
	char process[32] = "";

	if (pid > 0)
		snprintf(process, sizeof(process), " (pid %ld)", pid);
	if (*name)
		snprintf(g->who, sizeof(g->who), "guest %.50s", name);
	else
		snprintf(g->who, sizeof(g->who), "guest%s", process);
	snprintf(g->text, sizeof(g->text), "belongs to the running guest %.50s%s", name, process);
	usage_plain(g->who);
	usage_plain(g->text);
}

/* -- names of devices in a text -- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static void find_uuids(struct scan *s, const char *text, const struct guest *g)
{
	struct claim claim = claim_of(g);
	size_t len = strlen(text);

	for (size_t i = 0; i + UUID_TEXT - 1 <= len; i++) {
		const struct mdev *m;
		char uuid[UUID_TEXT];

		if (text[i + 8] != '-' || (i && is_word(text[i - 1])) ||
		    is_word(text[i + UUID_TEXT - 1]))
			continue;
		memcpy(uuid, text + i, UUID_TEXT - 1);
		uuid[UUID_TEXT - 1] = '\0';
		m = inventory_mdev(s->inv, uuid);
		if (m)
			usage_add_mdev(s, m, &claim);
	}
}

static void claim_pci(struct scan *s, struct pciid id, const struct guest *g)
{
	struct claim claim = claim_of(g);
	struct devid dev = devid_pci(id);

	if (inventory_pci(s->inv, id))
		usage_add(s, &dev, &claim);
}

/* "host=3b:00.1", "\"host\":\"0000:3b:00.1\"", "/sys/bus/pci/devices/0000:3b:00.1" */
static void find_hosts(struct scan *s, const char *text, const struct guest *g)
{
	static const char *const marks[] = { "host=", "\"host\":\"", "\"host\": \"",
					     "/sys/bus/pci/devices/" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		for (const char *at = text; (at = strstr(at, marks[i]));) {
			char address[20];
			struct pciid id;

			at += strlen(marks[i]);
			if (sscanf(at, "%19[0-9a-fA-F:.]", address) == 1 &&
			    pciid_parse(address, &id) == 0)
				claim_pci(s, id, g);
		}
}

/* Disks of the host which a guest has as they are: "/dev/dasdf", "/dev/vg0/db1". */
static void find_disks(struct scan *s, const char *text, const struct guest *g)
{
	static const char *const not_disks[] = { "/dev/vfio",  "/dev/kvm",    "/dev/null",
						 "/dev/net",   "/dev/random", "/dev/urandom",
						 "/dev/hwrng", "/dev/vhost",  "/dev/pts" };
	struct claim claim = claim_of(g);

	for (const char *at = text; (at = strstr(at, "/dev/"));) {
		char path[128];
		bool skip = at > text && (is_word(at[-1]) || at[-1] == '/');

		if (sscanf(at, "%127[A-Za-z0-9_./:+-]", path) != 1)
			break;
		for (size_t i = 0; i < ARRAY_SIZE(not_disks); i++)
			skip |= str_starts(path, not_disks[i]);
		if (!skip && sys_path_ok(path))
			usage_add_block(s, path, &claim);
		at += strlen("/dev/");
	}
}

void usage_find_devices(struct scan *s, const char *text, const struct guest *g)
{
	find_uuids(s, text, g);
	find_hosts(s, text, g);
	find_disks(s, text, g);
}

/* -- libvirt -- */

/* The value of name='...' in a tag, as a number; false: it has none. */
static bool number_in(const char *tag, size_t n, const char *name, unsigned long *ret)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + len + 2 < n; i++)
		if (tag[i] == ' ' && !strncmp(tag + i + 1, name, len) && tag[i + 1 + len] == '=') {
			*ret = strtoul(tag + i + len + 3, NULL, 0);
			return true;
		}
	return false;
}

/* <address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/> within a <source> is the host's. */
static void find_addresses(struct scan *s, const char *text, const struct guest *g)
{
	for (const char *at = text; (at = strstr(at, "<source"));) {
		const char *end = strstr(at, "</source>"), *tag = strstr(at, "<address ");
		unsigned long domain, bus, slot, fn;

		at += strlen("<source");
		if (!end || !tag || tag > end)
			continue;
		if (number_in(tag, strcspn(tag, ">"), "domain", &domain) &&
		    number_in(tag, strcspn(tag, ">"), "bus", &bus) &&
		    number_in(tag, strcspn(tag, ">"), "slot", &slot) &&
		    number_in(tag, strcspn(tag, ">"), "function", &fn) && domain <= UINT32_MAX &&
		    bus < 256 && slot < 32 && fn < 8)
			claim_pci(s,
				  (struct pciid){ (uint32_t)domain, (uint8_t)bus, (uint8_t)slot,
						  (uint8_t)fn },
				  g);
	}
}

static void read_status(struct scan *s, const char *path)
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = scan_file(s, path, MAY_BE);
	const char *name, *status;
	struct guest g;
	char called[64] = "";
	unsigned long pid = 0;

	text = b ? strdup(buf_str(b)) : NULL; /* looking devices up takes the buffer */
	s->nomem |= b && !text;
	status = text ? strstr(text, "<domstatus ") : NULL;
	if (!status)
		return; /* some other file, or half a file */
	name = strstr(text, "<name>");
	if (name)
		sscanf(name, "<name>%63[^<]", called);
	number_in(status, strcspn(status, ">"), "pid", &pid);
	usage_name_guest(&g, called, (long)MIN(pid, (unsigned long)INT32_MAX));
	usage_find_devices(s, text, &g);
	find_addresses(s, text, &g);
}

static void usage_libvirt(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, LIBVIRT_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		char path[320];

		if (!str_ends(name, ".xml") || !name_ok(name))
			continue;
		snprintf(path, sizeof(path), LIBVIRT_DIR "/%.255s", name);
		read_status(s, path);
	}
}

/* -- what the kernel says is in use, whoever uses it -- */

static bool has_use(const struct scan *s, const char *uuid)
{
	for (size_t i = 0; i < s->inv->n_uses; i++)
		if (s->inv->uses[i].dev.bus == BUS_MDEV && !strcmp(s->inv->uses[i].dev.name, uuid))
			return true;
	return false;
}

/* Domains, by adapter, of the queues which the kernel says a guest uses. */
static void queues_in_use(const struct scan *s, struct ap_mask ret[256])
{
	for (size_t i = 0; i < s->inv->n_queues; i++) {
		const struct ap_queue *q = s->inv->queues[i];

		if (str_eq(q->status, "in use"))
			mask_set(&ret[APQN_CARD(q->id)], APQN_DOM(q->id), true);
	}
}

static bool is_in_use(const struct matrix *m, const struct ap_mask used[256])
{
	for (int a = mask_next(&m->adapters, -1); a >= 0; a = mask_next(&m->adapters, a))
		if (mask_meets(&m->domains, &used[a]))
			return true;
	return false;
}

static void usage_unnamed(struct scan *s)
{
	static const struct claim claim = { USE_PROTECTED, "a guest",
					    "is in use by a running guest, the kernel says" };
	struct ap_mask used[256] = { 0 };

	queues_in_use(s, used);
	for (size_t i = 0; i < s->inv->n_mdevs; i++) {
		const struct mdev *m = s->inv->mdevs[i];

		if (str_eq(m->type, TYPE_AP) && is_in_use(m->matrix, used) && !has_use(s, m->uuid))
			usage_add_mdev(s, m, &claim);
	}
}

void usage_guests(struct scan *s)
{
	usage_libvirt(s);
	usage_processes(s);
	usage_unnamed(s);
}
