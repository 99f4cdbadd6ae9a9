/* SPDX-License-Identifier: MIT */
#include "ids.h"
#include "mem.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

static const char *const bus_names[BUS_COUNT] = {
	[BUS_NONE] = "none", [BUS_CSS] = "css",	  [BUS_CCW] = "ccw",	   [BUS_AP] = "ap",
	[BUS_PCI] = "pci",   [BUS_MDEV] = "mdev", [BUS_MODULE] = "module", [BUS_CHP] = "chp",
};

const char *bus_name(enum bus bus)
{
	return bus < BUS_COUNT ? bus_names[bus] : "?";
}

bool devid_eq(const struct devid *a, const struct devid *b)
{
	return a->bus == b->bus && !strcmp(a->name, b->name);
}

int devid_cmp(const struct devid *a, const struct devid *b)
{
	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	return strcmp(a->name, b->name);
}

char *devid_text(const struct devid *id, char text[static DEVID_TEXT])
{
	char *end = stpcpy(text, bus_name(id->bus));

	_Static_assert(sizeof("module/") - 1 + sizeof(id->name) <= DEVID_TEXT, "any bus, any name");
	*end++ = '/';
	strcpy(end, id->name);
	return text;
}

/* At least min and at most max hex digits; *text is moved behind them. */
static int hex_field(const char **text, int min, int max, uint32_t *ret)
{
	uint32_t value = 0;
	int n = 0;

	for (; n < max; n++) {
		int c = (unsigned char)(*text)[n], digit = c - '0', letter = (c | 0x20) - 'a';

		if (digit >= 0 && digit <= 9)
			value = value << 4 | (uint32_t)digit;
		else if (letter >= 0 && letter <= 5)
			value = value << 4 | (uint32_t)(letter + 10);
		else
			break;
	}
	if (n < min)
		return -EINVAL;
	*text += n;
	*ret = value;
	return 0;
}

static int literal(const char **text, char c)
{
	if (**text != c)
		return -EINVAL;
	(*text)++;
	return 0;
}

/* "0.0.2b09", as the kernel writes it; false: it is not that. */
static bool parse_plain(const char *text, struct ccwid *ret)
{
	uint32_t no;

	if (text[0] != '0' || text[1] != '.' || text[2] < '0' || text[2] > '3' || text[3] != '.')
		return false;
	ret->ssid = (uint8_t)(text[2] - '0');
	text += 4;
	if (hex_field(&text, 4, 4, &no) < 0 || *text)
		return false;
	ret->no = (uint16_t)no;
	return true;
}

int ccwid_parse(const char *text, struct ccwid *ret)
{
	struct ccwid plain;
	uint32_t ssid = 0, no;

	/* Nearly all are, and there are very many. */
	if (parse_plain(text, &plain)) {
		*ret = plain;
		return 0;
	}

	if (strchr(text, '.') && (literal(&text, '0') || literal(&text, '.') ||
				  hex_field(&text, 1, 1, &ssid) || literal(&text, '.')))
		return -EINVAL;
	if (hex_field(&text, 4, 4, &no) || *text || ssid > 3)
		return -EINVAL;
	*ret = (struct ccwid){ .ssid = (uint8_t)ssid, .no = (uint16_t)no };
	return 0;
}

/* "0313", the first digit in the lowest byte. */
static uint32_t four_digits(uint32_t no)
{
	uint32_t x = no >> 12 | (no & 0xf00) | (no & 0xf0) << 12 | (no & 0xf) << 24;

	/* 'a' is 0x27 above what follows '9'. */
	return x + 0x30303030 + ((x + 0x06060606) >> 4 & 0x01010101) * 0x27;
}

/* By hand and in one piece: it is done for every row of every list, many times. */
void ccwid_text(struct ccwid id, char text[static 9])
{
	uint64_t name =
		(uint64_t)four_digits(id.no) << 32 | 0x2e302e30 | (uint32_t)(id.ssid & 3) << 16;

	name = htole64(name);
	memcpy(text, &name, sizeof(name));
	text[8] = '\0';
}

void devid_put(enum bus bus, struct ccwid id, struct devid *ret)
{
	ret->bus = bus;
	memset(ret->name, 0, sizeof(ret->name));
	ccwid_text(id, ret->name);
}

static struct devid devid_ccwid(enum bus bus, struct ccwid id)
{
	struct devid dev;

	devid_put(bus, id, &dev);
	return dev;
}

struct devid devid_css(struct ccwid id)
{
	return devid_ccwid(BUS_CSS, id);
}

struct devid devid_ccw(struct ccwid id)
{
	return devid_ccwid(BUS_CCW, id);
}

int ccwid_cmp(struct ccwid a, struct ccwid b)
{
	uint32_t x = (uint32_t)a.ssid << 16 | a.no, y = (uint32_t)b.ssid << 16 | b.no;

	return x < y ? -1 : x > y;
}

int chpid_parse(const char *text, uint8_t *ret)
{
	uint32_t id;

	if (str_starts(text, "chp"))
		text += strlen("chp");
	if (str_starts(text, "0."))
		text += strlen("0.");
	if (hex_field(&text, 2, 2, &id) || *text)
		return -EINVAL;
	*ret = (uint8_t)id;
	return 0;
}

struct devid devid_chp(uint8_t chpid)
{
	struct devid dev = { .bus = BUS_CHP };

	snprintf(dev.name, sizeof(dev.name), "0.%02x", chpid);
	return dev;
}

/* A decimal number of one to three digits up to 255. */
static int byte_field(const char **text, uint32_t *ret)
{
	uint32_t value = 0;
	int n = 0;

	for (; n < 3 && isdigit((unsigned char)(*text)[n]); n++)
		value = value * 10 + (uint32_t)((*text)[n] - '0');
	if (n == 0 || value > 255)
		return -EINVAL;
	*text += n;
	*ret = value;
	return 0;
}

int apqn_parse(const char *text, apqn_t *ret)
{
	uint32_t card, dom;
	int r;

	if (strchr(text, ','))
		r = byte_field(&text, &card) || literal(&text, ',') || byte_field(&text, &dom);
	else
		r = hex_field(&text, 2, 2, &card) || literal(&text, '.') ||
		    hex_field(&text, 4, 4, &dom);
	if (r || *text || dom > 255)
		return -EINVAL;
	*ret = APQN(card, dom);
	return 0;
}

struct devid devid_queue(apqn_t q)
{
	struct devid dev = { .bus = BUS_AP };

	snprintf(dev.name, sizeof(dev.name), "%02x.%04x", APQN_CARD(q), APQN_DOM(q));
	return dev;
}

int pciid_parse(const char *text, struct pciid *ret)
{
	const char *first = strchr(text, ':');
	uint32_t domain = 0, bus, dev, fn;

	if (!first)
		return -EINVAL;
	if (strchr(first + 1, ':') && (hex_field(&text, 4, 8, &domain) || literal(&text, ':')))
		return -EINVAL;
	if (hex_field(&text, 2, 2, &bus) || literal(&text, ':') || hex_field(&text, 2, 2, &dev) ||
	    literal(&text, '.') || hex_field(&text, 1, 1, &fn) || *text || dev > 31 || fn > 7)
		return -EINVAL;
	*ret = (struct pciid){ domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	return 0;
}

struct devid devid_pci(struct pciid id)
{
	struct devid dev = { .bus = BUS_PCI };

	snprintf(dev.name, sizeof(dev.name), "%04x:%02x:%02x.%x", id.domain, id.bus, id.dev, id.fn);
	return dev;
}

/* As the kernel and mdevctl write it, and so nearly all that are met. */
static bool is_normal(const char *text)
{
	for (int i = 0; i < UUID_TEXT - 1; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			    ? text[i] != '-'
			    : !isdigit((unsigned char)text[i]) && (text[i] < 'a' || text[i] > 'f'))
			return false;
	return !text[UUID_TEXT - 1];
}

int uuid_normal(const char *text, char ret[static UUID_TEXT])
{
	uuid_t uuid;

	if (is_normal(text)) {
		memmove(ret, text, UUID_TEXT);
		return 0;
	}
	if (strlen(text) != UUID_TEXT - 1 || uuid_parse(text, uuid) < 0)
		return -EINVAL;
	uuid_unparse_lower(uuid, ret);
	return 0;
}

void uuid_new(char ret[static UUID_TEXT])
{
	uuid_t uuid;

	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, ret);
}

bool name_ok(const char *name)
{
	size_t n = 0;

	for (; name[n]; n++)
		if (n >= 255 || name[n] == '/' || (unsigned char)name[n] < 0x20 || name[n] == 0x7f)
			return false;
	return n > 0 && name[0] != '.';
}

/* A queue, a card, or the device all matrices are made under. */
static int ap_name_parse(const char *name, struct devid *ret)
{
	const char *digits = name + 4;
	uint32_t card;
	apqn_t q;

	*ret = (struct devid){ .bus = BUS_AP };
	if (apqn_parse(name, &q) == 0)
		*ret = devid_queue(q);
	else if (!strcmp(name, "matrix"))
		strcpy(ret->name, name);
	else if (str_starts(name, "card") && hex_field(&digits, 2, 2, &card) == 0 && !*digits)
		snprintf(ret->name, sizeof(ret->name), "card%02x", card);
	else
		return -EINVAL;
	return 0;
}

/* The name of a device on a bus in its normal form. */
static int name_parse(enum bus bus, const char *name, struct devid *ret)
{
	struct ccwid ccw;
	struct pciid pci;
	struct devid dev = { .bus = bus };
	uint8_t chpid;

	switch (bus) {
	case BUS_CSS:
	case BUS_CCW:
		if (ccwid_parse(name, &ccw) < 0)
			return -EINVAL;
		*ret = devid_ccwid(bus, ccw);
		return 0;
	case BUS_PCI:
		if (pciid_parse(name, &pci) < 0)
			return -EINVAL;
		*ret = devid_pci(pci);
		return 0;
	case BUS_MDEV:
		if (uuid_normal(name, dev.name) < 0)
			return -EINVAL;
		break;
	case BUS_AP:
		if (ap_name_parse(name, &dev) < 0)
			return -EINVAL;
		break;
	case BUS_MODULE:
		if (!name_ok(name) || strlen(name) >= sizeof(dev.name))
			return -EINVAL;
		strcpy(dev.name, name);
		break;
	case BUS_CHP:
		if (chpid_parse(name, &chpid) == 0)
			dev = devid_chp(chpid);
		else if (!strcmp(name, "css0"))
			strcpy(dev.name, name);
		else
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	*ret = dev;
	return 0;
}

int devid_parse(const char *text, struct devid *ret)
{
	const char *slash = strchr(text, '/');

	for (int bus = BUS_CSS; slash && bus < BUS_COUNT; bus++)
		if (strlen(bus_names[bus]) == (size_t)(slash - text) &&
		    !strncmp(text, bus_names[bus], (size_t)(slash - text)))
			return name_parse((enum bus)bus, slash + 1, ret);
	return -EINVAL;
}
