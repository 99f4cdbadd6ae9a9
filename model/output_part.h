/* SPDX-License-Identifier: MIT */
/*
 * What the writers of output share: the things to be written, already found and numbered. Only
 * output*.c and
 * their tests include this.
 *
 * Rule: a writer writes into memory; whoever called it throws that away when it fails, so half an
 * output never
 * gets out.
 */
#ifndef OUTPUT_PART_H
#define OUTPUT_PART_H

#include "desired.h"
#include "mem.h"
#include "output.h"
#include "plan.h"

/* One thing a guest can be given: a mediated device or a PCI function. */
struct out_item {
	const struct d_mdev *mdev; /* exactly one of the two is set */
	const struct pci_fn *fn;
	uint16_t zpci_uid; /* of the guest's zpci device; 0: it gets none */
	uint32_t zpci_fid;
};

struct out {
	const struct inventory *inv;
	const struct desired *desired;
	const struct plan *plan; /* may be NULL: nothing staged */
	bool whole;		 /* everything was asked for, not single devices */
	struct out_item *items;	 /* owned */
	size_t n;
	size_t cap;
};

void out_done(struct out *o);
/*
 * Adds what a device stands for: itself, the mediated devices on it, the matrices that hold it.
 * -ENOENT: nothing.
 */
int out_add(struct out *o, const struct devid *dev);
/* Everything that is given to guests or will be. */
int out_add_all(struct out *o);
/*
 * Numbers for zpci devices, where the host has them: the host's own, so that the guest sees the
 * same domain, unless two
 * functions would share one. Call after adding and before writing.
 */
void out_number(struct out *o);

/* Each writes all items. 0, -ENOMEM, or -EINVAL with reterr. */
int out_qemu(const struct out *o, FILE *f, struct msg *reterr);
int out_libvirt(const struct out *o, FILE *f, struct msg *reterr);
int out_nodedev(const struct out *o, FILE *f, struct msg *reterr);
int out_virt_install(const struct out *o, FILE *f, struct msg *reterr);
int out_commands(const struct out *o, FILE *f, struct msg *reterr);
int out_plan(const struct plan *plan, FILE *f, struct msg *reterr); /* the commands of a plan */
int out_edits(const struct out *o, FILE *f, struct msg *reterr);

/*
 * The interface a guest is given: "vfio-ccw", "vfio-ap", "vfio-pci"; NULL: none is known for the
 * type.
 */
const char *out_api(const struct out *o, const struct out_item *item);
/*
 * The features of a CPU model with which a guest sees a matrix, each behind sep: "ap,apqci,apft". Those which the processor
 * lacks are left out, since QEMU refuses them.
 */
const char *out_features(const struct out *o, const char *sep, char *text, size_t size);
struct devid out_devid(const struct out_item *item);
/* The CCW device behind a mediated device on a subchannel; false: there is none to be seen. */
bool out_ccw(const struct out *o, const struct out_item *item, struct ccwid *ret);
/* The same, where it is also the number to have in a guest: no definition gives it to another device. */
bool out_devno(const struct out *o, const struct out_item *item, struct ccwid *ret);
/* Does a guest's definition give this number to something other than the item? */
bool out_no_taken(const struct out *o, const struct out_item *item, enum guest_no_of kind,
		  uint32_t no);
/*
 * "7e270a25-...: DASD 3390-9 0.0.2b09 behind subchannel 0.0.0313", safe for a terminal, in a
 * comment.
 */
void out_about(const struct out *o, const struct out_item *item, char *text, size_t size);
/* The driver it has live and the one kept for the next boot, edits included; NULL: none. */
void out_drivers(const struct out *o, const struct devid *dev, const char **ret_live,
		 const char **ret_kept);
/* The attributes of a mediated device's definition, or else of the running device. */
int out_attrs(const struct d_mdev *m, struct attr **ret, size_t *ret_n);
/*
 * This thing can't be written so. Was it asked for by name, then reterr says so and -EINVAL is
 * returned; where
 * everything was asked for, a comment says that it is left out, and 0 is returned.
 */
int out_refuse(const struct out *o, const struct out_item *item, const char *as, const char *why,
	       FILE *f, struct msg *reterr);
bool out_printable(const char *text); /* no control bytes, good UTF-8 */
bool out_attrs_printable(const struct attr *attrs, size_t n);

#endif
