/* SPDX-License-Identifier: MIT */
/* Network interfaces that are up, the default route, and the user's own ssh session. */
#include "sys.h"
#include "usage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NET_DIR "/sys/class/net"

enum { DEPTH = 8, CDEVS = 3 };

/* An interface of a group of channel devices (qeth, ctc, lcs): each of them is meant. */
static void claim_group(struct scan *s, const char *target, const struct claim *claim)
{
	const char *from = strstr(target, "devices/"), *to = strstr(target, "/net/");
	char dir[200];

	if (!from || !to || to < from || (size_t)(to - from) > 150)
		return;
	snprintf(dir, sizeof(dir), "/sys/%.*s", (int)(to - from), from);
	for (int i = 0; i < CDEVS; i++) {
		CLEANUP(buf_done) struct buf cdev = { 0 };
		struct devid dev;

		if (sys_readlink(s->sys, scan_path(s, "%s/cdev%d", dir, i), &cdev) == 0 &&
		    scan_owner_of(buf_str(&cdev), &dev))
			usage_add(s, &dev, claim);
	}
}

/* The devices behind an interface, through bonds, bridges and VLANs. */
static void claim_interface(struct scan *s, const char *name, const struct claim *claim, int depth)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *lower;
	struct devid dev;

	if (depth > DEPTH || !name_ok(name) ||
	    sys_readlink(s->sys, scan_path(s, NET_DIR "/%s", name), &target) < 0)
		return;
	if (scan_owner_of(buf_str(&target), &dev)) {
		usage_add(s, &dev, claim);
		return;
	}
	claim_group(s, buf_str(&target), claim);
	if (!strstr(buf_str(&target), "/virtual/"))
		return;
	scan_list(s, scan_path(s, NET_DIR "/%s", name), MAY_BE, &names);
	buf_foreach_name (&names, lower)
		if (str_starts(lower, "lower_"))
			claim_interface(s, lower + strlen("lower_"), claim, depth + 1);
}

void usage_add_interface(struct scan *s, const char *name, const struct claim *claim)
{
	claim_interface(s, name, claim, 0);
}

static void usage_up(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, NET_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		char dir[300], who[48], text[96];
		struct claim claim = { USE_PROTECTED, who, text };
		const char *v;

		if (!name_ok(name) || !strcmp(name, "lo"))
			continue;
		snprintf(dir, sizeof(dir), NET_DIR "/%.255s", name);
		/* The bit IFF_UP; operstate says "unknown" for some that are. */
		v = scan_value(s, dir, "flags", MAY_BE);
		if (!v || !(strtoul(v, NULL, 16) & 1))
			continue;
		snprintf(who, sizeof(who), "%.32s up", name);
		snprintf(text, sizeof(text), "is the network interface %.32s, which is up", name);
		claim_interface(s, name, &claim, 0);
	}
}

/* -- routes -- */

/* A route's destination as 16 bytes; IPv4 in the last four, its prefix counted with the 96 before them. */
struct route {
	char interface[32];
	uint8_t to[16];
	unsigned prefix;
};

/* Numbers stand in the machine's byte order there, which may be another than ours. */
static void put_be32(uint8_t *to, uint32_t value, bool big_endian)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * (big_endian ? 3 - i : i));
}

static bool read_route4(const char *line, bool big_endian, struct route *ret)
{
	uint32_t to, mask, flags;
	uint8_t bytes[4];

	*ret = (struct route){ .prefix = 96 };
	if (sscanf(line, "%31s %8x %*x %x %*d %*d %*d %8x", ret->interface, &to, &flags, &mask) !=
	    4)
		return false;
	put_be32(ret->to + 12, to, big_endian);
	put_be32(bytes, mask, big_endian);
	for (unsigned i = 0; i < 32 && bytes[i / 8] >> (7 - i % 8) & 1; i++)
		ret->prefix++;
	return (flags & 1) && !(flags & 0x200); /* RTF_UP and not RTF_REJECT */
}

static bool read_route6(const char *line, struct route *ret)
{
	char to[33];
	uint32_t prefix, flags;

	*ret = (struct route){ 0 };
	if (sscanf(line, "%32[0-9a-f] %2x %*32s %*2s %*32s %*8s %*8s %*8s %8x %31s", to, &prefix,
		   &flags, ret->interface) != 4 ||
	    strlen(to) != 32 || prefix > 128)
		return false;
	for (int i = 0; i < 16; i++) {
		unsigned byte = 0;

		if (sscanf(to + 2 * i, "%2x", &byte) != 1)
			return false;
		ret->to[i] = (uint8_t)byte;
	}
	ret->prefix = prefix;
	return (flags & 1) && !(flags & 0x200);
}

static bool leads_to(const struct route *r, const uint8_t address[16])
{
	for (unsigned i = 0; i < r->prefix; i++)
		if ((r->to[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool is_default(const struct route *r, bool v6)
{
	return r->prefix == (v6 ? 0 : 96) && strcmp(r->interface, "lo") != 0;
}

/* The first word is an address: "10.0.0.5", or "10.0.0.5 49152 10.0.0.17 22" of an ssh session. */
static bool parse_address(const char *ssh, uint8_t ret[16], bool *ret_v6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[64];

	if (!ssh || sscanf(ssh, "%63[0-9a-fA-F.:]", text) != 1)
		return false;
	memset(ret, 0, 16);
	*ret_v6 = false;
	if (inet_pton(AF_INET, text, ret + 12) == 1)
		return true;
	if (inet_pton(AF_INET6, text, ret) != 1)
		return false;
	*ret_v6 = memcmp(ret, mapped, sizeof(mapped)) != 0;
	if (!*ret_v6)
		memset(ret, 0, sizeof(mapped));
	return true;
}

static void claim_default(struct scan *s, const char *interface)
{
	char text[80];
	struct claim claim = { USE_VITAL, "default route", text };

	snprintf(text, sizeof(text), "carries the default route (%.31s)", interface);
	claim_interface(s, interface, &claim, 0);
}

static void claim_peer(struct scan *s, const char *interface)
{
	static const struct claim claim = { USE_VITAL, "your ssh session",
					    "carries the ssh session you are in" };

	claim_interface(s, interface, &claim, 0);
}

/*
 * The interface of the best of the routes to an address (NULL: none is asked for); "": there is none. Each default
 * route is told to `found`, which may be NULL.
 */
static void read_routes(struct scan *s, bool v6, const uint8_t *address, char interface[32],
			void (*found)(struct scan *s, const char *interface))
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = scan_file(s, v6 ? "/proc/net/ipv6_route" : "/proc/net/route", MAY_BE);
	struct route r, best = { 0 };

	text = b ? strdup(buf_str(b)) : NULL;
	s->nomem |= b && !text;
	for (const char *line = text; line && *line;) {
		if (v6 ? read_route6(line, &r) : read_route4(line, s->inv->host.s390, &r)) {
			if (found && is_default(&r, v6))
				found(s, r.interface);
			if (address && leads_to(&r, address) &&
			    (!*best.interface || r.prefix > best.prefix))
				best = r;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	memcpy(interface, best.interface, 32);
}

void usage_add_address(struct scan *s, const char *address, const struct claim *claim)
{
	uint8_t bytes[16];
	char interface[32];
	bool v6;

	if (!parse_address(address, bytes, &v6))
		return;
	read_routes(s, v6, bytes, interface, NULL);
	if (*interface)
		claim_interface(s, interface, claim, 0);
}

/* Claims every default route, and the way to the session's other end. */
static void usage_routes(struct scan *s, bool v6)
{
	uint8_t address[16];
	char interface[32];
	bool peer_v6 = false, peer = parse_address(s->inv->ssh, address, &peer_v6) && peer_v6 == v6;

	read_routes(s, v6, peer ? address : NULL, interface, claim_default);
	if (*interface)
		claim_peer(s, interface);
}

void usage_net(struct scan *s)
{
	usage_up(s);
	usage_routes(s, false);
	usage_routes(s, true);
}
