/* SPDX-License-Identifier: MIT */
/*
 * Names of devices as people and kernels write them, parsed once at the border.
 *
 * Rule: a struct devid that came out of a function here holds a well-formed name; nothing else is
 * ever
 * put into a path.
 */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* BUS_CHP: channel paths, which are on no bus of the kernel's: "0.50" by CHPID, "css0" all of them. */
enum bus { BUS_NONE, BUS_CSS, BUS_CCW, BUS_AP, BUS_PCI, BUS_MDEV, BUS_MODULE, BUS_CHP, BUS_COUNT };

const char *bus_name(enum bus bus); /* "css", "ccw", ..., "?" */

/* A device by bus and kernel name, a plain value: {BUS_CSS, "0.0.0313"}. */
struct devid {
	enum bus bus;
	char name[44];
};

enum { DEVID_TEXT = 56 }; /* room for "css/0.0.0313" of any bus, NUL included */

bool devid_eq(const struct devid *a, const struct devid *b);
/* by bus, then name: for qsort and bsearch */
int devid_cmp(const struct devid *a, const struct devid *b);
/* "css/0.0.0313", "pci/0000:3b:00.1", "ap/05.0004", "mdev/<uuid>". 0 or -EINVAL. */
int devid_parse(const char *text, struct devid *ret);
/* Writes "css/0.0.0313" into text and returns it. */
char *devid_text(const struct devid *id, char text[static DEVID_TEXT]);

/*
 * A channel subsystem number, of a subchannel or a device: 0.<ssid>.<no>. cssid is always 0 in
 * Linux.
 */
struct ccwid {
	uint8_t ssid;
	uint16_t no;
};

int ccwid_parse(const char *text, struct ccwid *ret); /* "0.0.2b09", "2b09", any case; -EINVAL */
struct devid devid_css(struct ccwid id);
struct devid devid_ccw(struct ccwid id);
void ccwid_text(struct ccwid id, char text[static 9]); /* "0.0.0313" */
/* The name of a device of the css or ccw bus in its place, which is quicker than a copy. */
void devid_put(enum bus bus, struct ccwid id, struct devid *ret);
int ccwid_cmp(struct ccwid a, struct ccwid b);

/* A channel path: "0.50", as chchp(8) has it, "chp0.50", as the kernel has it, or "50"; -EINVAL. */
int chpid_parse(const char *text, uint8_t *ret);
struct devid devid_chp(uint8_t chpid);

/* An AP queue number: adapter << 8 | domain. Text is the kernel's "05.00ab". */
typedef uint16_t apqn_t; /* the one typedef: a number with a name */
#define APQN(card, dom) ((apqn_t)((unsigned)(card) << 8 | (unsigned)(dom)))
#define APQN_CARD(q)	((uint8_t)((q) >> 8))
#define APQN_DOM(q)	((uint8_t)((q)&0xff))

int apqn_parse(const char *text, apqn_t *ret); /* "05.00ab" (hex), "5,171" (decimal); -EINVAL */
struct devid devid_queue(apqn_t q);

/* A PCI address. */
struct pciid {
	uint32_t domain;
	uint8_t bus, dev, fn;
};

int pciid_parse(const char *text, struct pciid *ret); /* "0000:3b:00.1" or "3b:00.1"; -EINVAL */
int pciid_cmp(struct pciid a, struct pciid b);
struct devid devid_pci(struct pciid id);

enum { UUID_TEXT = 37 };
/* Any case, 36 characters; ret is lower case. 0 or -EINVAL. */
int uuid_normal(const char *text, char ret[static UUID_TEXT]);
void uuid_new(char ret[static UUID_TEXT]); /* a random one, libuuid */

/*
 * Is this a name the kernel could have given to a device, driver, module, type or attribute, safe
 * as ONE path
 * component? Not empty, at most 255 bytes, no '/', no control byte, not starting with '.'.
 */
bool name_ok(const char *name);

#endif
