/* SPDX-License-Identifier: MIT */
/*
 * The inside of a scan: where its parts find the machine, and where they put what they read.
 *
 * Rule: one listing per bus, no attribute read twice. What can't be read or is malformed becomes a
 * problem
 * and an unknown value; only memory can fail, and that is remembered in `nomem` so that no part
 * needs to
 * pass it on. Only scan*.c, usage*.c, find_node.c and inventory.c include this.
 */
#ifndef SCAN_H
#define SCAN_H

#include "inventory.h"
#include "many.h"
#include "mem.h"

struct names;
struct parse_error;
struct scan_run;

/* What can be read again by itself. */
enum scan_part {
	PART_HOST,
	PART_CSS,
	PART_AP,
	PART_MDEV,
	PART_PCI,
	PART_CONFIG,
	PART_USE,
	PART_COUNT
};

enum { SCAN_PROBLEMS_MAX = 1000, SCAN_TEXT_MAX = 4095 };

struct scan {
	struct sys *sys;
	struct strtab *tab;
	struct inventory *inv; /* being made; nobody else has it yet */
	enum scan_part part;   /* being read: whose problems these are */
	bool nomem;
	struct buf path, value; /* of the last scan_path and scan_value */
	struct many in;		/* the device's directory that was entered */
	const char *in_dir;	/* its path; NULL: none */
	struct scan_run *run;	/* of which this is the work; NULL: it is done at once */
	struct names *names;	/* opened when the first PCI function is met */
	bool names_tried;
};

/* Is it a fault if it isn't there? */
enum need { MAY_BE, MUST_BE };

/* A path, valid until the next call. Never NULL. */
const char *scan_path(struct scan *s, const char *fmt, ...) PRINTF(2, 3);
/* Appends a copy of *item to an array that was made by this or by scan_copy; false: no memory. */
bool scan_push(struct scan *s, void *array, size_t *n, const void *item, size_t size);
/* A copy of n members with the room that scan_push expects; NULL for none. */
void *scan_copy(struct scan *s, const void *array, size_t n, size_t size);
const char *scan_intern(struct scan *s, const char *text);

void scan_problem(struct scan *s, const char *path, int err);
void scan_malformed(struct scan *s, const char *path, const char *expected);
/* The same with an errno: what is not known for it. */
void scan_denied(struct scan *s, const char *path, int err, const char *expected);
void scan_foreign(struct scan *s, const char *path, const struct parse_error *where);

/*
 * Until scan_leave attributes and links of that very directory (the same pointer) are read below an open one, which is
 * several times quicker than by their paths; what is no plain attribute, and all where that can't be done, by paths.
 */
void scan_enter(struct scan *s, const char *dir);
void scan_leave(struct scan *s);

/* The names in a directory; a missing one is empty. */
void scan_list(struct scan *s, const char *path, enum need need, struct buf *ret_names);
/*
 * A whole file as it is; NULL: there is none that can be read. Valid until the next value is read.
 */
const struct buf *scan_file(struct scan *s, const char *path, enum need need);
/*
 * A file in a directory, as it is, into s->value, its path in s->path; and the names in a directory below. Nothing becomes a problem:
 * 0 or -errno.
 */
int scan_get(struct scan *s, const char *dir, const char *name);
int scan_names(struct scan *s, const char *dir, const char *name, struct buf *ret_names);
/* As scan_file. */
const struct buf *scan_bytes(struct scan *s, const char *dir, const char *name, enum need need);
/*
 * An attribute without blanks and newlines at its end; NULL and validity as above. "" is possible.
 */
const char *scan_value(struct scan *s, const char *dir, const char *attr, enum need need);
/* The same, interned, NULL when empty; longer than SCAN_TEXT_MAX is malformed. */
const char *scan_text(struct scan *s, const char *dir, const char *attr, enum need need);
/* A number from 0 to max in base 10 or 16; -1: none. */
int64_t scan_number(struct scan *s, const char *dir, const char *attr, int base, int64_t max,
		    enum need need);
int scan_int(struct scan *s, const char *dir, const char *attr, int base, int max, enum need need);
tri_t scan_tri(struct scan *s, const char *dir, const char *attr);
/* The last component of a link's target, a well-formed name; NULL: none. */
const char *scan_base(struct scan *s, const char *dir, const char *link);
/*
 * driver_override: NULL when unset, which kernels spell "(null)" or "". *ret_has (may be NULL):
 * there is one.
 */
const char *scan_override(struct scan *s, const char *dir, bool *ret_has);
/*
 * The value of a key in the text of a device's uevent, which holds several facts in one read; "" without one. False: it
 * does not fit.
 */
bool uevent_value(const char *text, const char *key, char *value, size_t size);
/*
 * The driver by the device's uevent (NULL: it has none, or it is not known yet), or where that says none by the link; NULL:
 * none.
 */
const char *scan_driver(struct scan *s, const char *dir, const char *uevent);
/* A mask in the kernel's spelling; false: none, or it says "not supported". */
bool scan_mask(struct scan *s, const char *dir, const char *attr, enum need need,
	       struct ap_mask *ret);
/* Has it gone since its bus was listed? Then nothing of it is a problem. */
bool scan_gone(struct scan *s, const char *dir);

/* scan_run.c: nobody wants what is read any more. Reading does nothing then. */
bool scan_stopped(const struct scan *s);
/* So many of the subchannels are read. */
void scan_told(struct scan *s, size_t done, size_t total);

/* The parts. Each fills its members of s->inv, which are empty. */
void scan_host(struct scan *s);
void scan_modules(struct scan *s);
void scan_ready(struct scan *s);
void scan_lacks(struct scan *s); /* what a capture does not have; after the host's kind is known */
void scan_css(struct scan *s);
void scan_ap(struct scan *s);
void scan_mdev(struct scan *s);
void scan_pci(struct scan *s);
void scan_config(struct scan *s);
void scan_guests(struct scan *s); /* as they are defined: scan_guest.c; part of the configuration */
void scan_uses(struct scan *s);

void scan_one(struct scan *s, enum scan_part part);
/* Ends a scan: 0 with the inventory sorted, or -ENOMEM. */
int scan_finish(struct scan *s, struct inventory **ret);

/*
 * The devices of their buses which mediated devices and definitions name as parents, where the whole
 * bus is not in the scope. After both were read.
 */
void scan_css_parents(struct scan *s);
void scan_pci_parents(struct scan *s);

/* The subchannels with the n lowest numbers there can be, as far as they are there, in place of scan_css. */
void scan_css_first(struct scan *s, size_t n);

/* One device again: a new record, or NULL when it is not there. */
struct subch *scan_subch(struct scan *s, struct ccwid id);
struct chp scan_chp(struct scan *s, uint8_t id); /* one that is there */
/* What is so called in the directory of channel paths, if it is one. */
void scan_chp_add(struct scan *s, const char *name);
struct pci_fn *scan_pci_fn(struct scan *s, struct pciid id);
struct mdev_parent *scan_parent(struct scan *s, const char *kernel_name);
struct mdev *scan_mdev_one(struct scan *s, const char *uuid);
/* Of an active one; -1: it is in none. */
int scan_mdev_group(struct scan *s, const char *uuid);

/*
 * Which subchannel or PCI function a path of a device below /sys/devices belongs to; false: none.
 */
bool scan_owner_of(const char *path, struct devid *ret);
/* Are mediated devices on a parent of that kernel name in the scope of the scan? */
bool scan_wants(const struct scan *s, const char *parent);
/* The device that a mediated device parent's kernel name means. */
struct devid scan_parent_id(const char *kernel_name);

/* Ends one reference each. NULL is fine. */
void subch_unref(struct subch *r);
void ap_card_unref(struct ap_card *r);
void ap_queue_unref(struct ap_queue *r);
void pci_fn_unref(struct pci_fn *r);
void mdev_parent_unref(struct mdev_parent *r);
void mdev_unref(struct mdev *r);
void mdev_def_unref(struct mdev_def *r);

/* The order of inventory->uses. */
int use_cmp(const void *a, const void *b);
void inventory_sort(
	struct inventory *inv); /* all but uses: then look-ups work, except that by device number */
/* Sorts everything and makes the index of device numbers; false: no memory. */
bool inventory_finish(struct inventory *inv);

#endif
