/* SPDX-License-Identifier: MIT */
/*
 * The wish: what the user wants, as a small sorted value. It names only what is to change.
 *
 * Rule: a wish is a value: copied, compared, thrown away. Nothing here looks at a machine. Undo is
 * a stack of
 * wishes. The edits file is a wish in JSON.
 */
#ifndef WISH_H
#define WISH_H

#include "ids.h"
#include "inventory.h"
#include "mask.h"

struct msg;

/* How far an entry reaches. At least one is true. */
struct reach {
	bool live;    /* now */
	bool persist; /* at the next boot */
};

/* A device's driver. driver "" gives the device back to the host. */
struct wish_driver {
	struct devid dev; /* css, pci (ap queues: wish_ap); a ccw name is resolved by wish_bind */
	char driver[32];
	bool has_boot; /* the next boot shall give it another one: boot; "" none */
	char boot[32];
	bool online; /* set online once it is back: a channel device which its host worked with */
	struct reach reach;
	struct devid
		peer; /* the device behind the subchannel when this was staged, or BUS_NONE; the other way
			     * round (a css name) where a file's record of it is wrong */
};

enum ap_mode { AP_MODE_AUTO, AP_MODE_MASKS, AP_MODE_OVERRIDE };

/* What chzdev's rule shall hold; no mask at all: that there is none. */
struct wish_rule {
	bool set;
	bool has_apmask, has_aqmask;
	struct ap_mask apmask, aqmask;
};

/* Queues to be freed for guests or given back, or the two masks as they shall be. */
struct wish_ap {
	bool set; /* false: nothing is wanted */
	enum ap_mode mode;
	apqn_t *guest; /* sorted, owned */
	size_t n_guest;
	apqn_t *host; /* sorted, owned; no queue is in both */
	size_t n_host;
	bool has_apmask, has_aqmask;
	struct ap_mask apmask, aqmask;
	struct wish_rule boot; /* where the next boot shall have other masks */
	struct reach reach;
};

/* Which fields of a mediated device an entry names; the others stay as they are. */
enum wish_mdev_fields {
	WM_PARENT = 1,
	WM_TYPE = 2,
	WM_START = 4,
	WM_ACTIVE = 8,
	WM_ATTRS = 16,
	WM_ADAPTERS = 32,
	WM_DOMAINS = 64,
	WM_CONTROL = 128,
	WM_DEFINED = 256,
	WM_BOOT = 512,
};

struct wish_mdev {
	char uuid[UUID_TEXT];
	char *parent; /* owned; NULL unless WM_PARENT */
	char *type;
	unsigned fields;
	enum start start;
	bool active;	      /* running now (with reach.live) */
	bool defined;	      /* has a definition (with reach.persist); true when not said */
	bool delete;	      /* stop and undefine */
	struct matrix matrix; /* the parts named by WM_ADAPTERS, WM_DOMAINS, WM_CONTROL */
	struct attr *attrs;   /* WM_ATTRS: in order, owned */
	size_t n_attrs;
	struct attr *boot; /* WM_BOOT: the definition's, where they are others; owned */
	size_t n_boot;
	/* the device behind the parent subchannel when this was staged, or BUS_NONE */
	struct devid peer;
	struct reach reach;
};

struct wish_sriov {
	struct devid dev;
	unsigned vfs;
	struct reach reach;
};

/*
 * A switch of the channel subsystem. Nothing keeps one for the next boot: no tool has a format for them.
 */
enum switch_kind {
	SWITCH_VARY,	  /* a channel path, by Linux */
	SWITCH_CONFIGURE, /* a channel path, by the machine */
	SWITCH_MEASURE,	  /* a CCW device, or "chp/css0": all channel paths */
};

struct wish_switch {
	struct devid dev;
	enum switch_kind kind;
	bool on;
};

struct wish_module {
	char name[32];
	struct reach reach; /* live: load; persist: modules-load.d */
};

struct wish {
	struct wish_driver *drivers; /* by device */
	size_t n_drivers;
	struct wish_ap ap;
	struct wish_mdev *mdevs; /* by uuid, then parent */
	size_t n_mdevs;
	struct wish_sriov *sriov; /* by device */
	size_t n_sriov;
	struct wish_module *modules; /* by name */
	size_t n_modules;
	struct wish_switch *switches; /* by device, then kind */
	size_t n_switches;
	/* other hardware behind these addresses is what guests shall have; sorted, owned */
	struct devid *accept;
	size_t n_accept;
};

void wish_done(struct wish *w);
int wish_copy(struct wish *to, const struct wish *from); /* to is overwritten, not released */
bool wish_eq(const struct wish *a, const struct wish *b);
bool wish_empty(const struct wish *w);
size_t wish_count(const struct wish *w); /* entries: "2 staged" */

/*
 * Setters put or replace an entry; 0 or -ENOMEM. wish_drop_* take an entry out again (no error if
 * there is none).
 */
int wish_set_driver(struct wish *w, const struct wish_driver *entry);
void wish_drop_driver(struct wish *w, const struct devid *dev);
int wish_set_queue(struct wish *w, apqn_t q, bool guest, struct reach reach);
void wish_drop_queue(struct wish *w, apqn_t q);
void wish_drop_ap(struct wish *w);
/* copies; replaces the whole entry */
int wish_set_mdev(struct wish *w, const struct wish_mdev *entry);
void wish_drop_mdev(struct wish *w, const char *uuid);
int wish_set_sriov(struct wish *w, const struct wish_sriov *entry);
void wish_drop_sriov(struct wish *w, const struct devid *dev);
int wish_set_module(struct wish *w, const struct wish_module *entry);
void wish_drop_module(struct wish *w, const char *name);
int wish_set_switch(struct wish *w, const struct wish_switch *entry);
void wish_drop_switch(struct wish *w, const struct devid *dev, enum switch_kind kind);
int wish_set_accept(struct wish *w, const struct devid *dev);
void wish_drop_accept(struct wish *w, const struct devid *dev);
bool wish_accepts(const struct wish *w, const struct devid *dev);
const struct wish_driver *wish_driver_of(const struct wish *w, const struct devid *dev);
const struct wish_mdev *wish_mdev_of(const struct wish *w, const char *uuid);
const struct wish_sriov *wish_sriov_of(const struct wish *w, const struct devid *dev);

/* The edits file (vfiocfg-edits 1). */
enum { EDITS_MAX = 4 << 20 };
/*
 * name: what to call the text in errors. 0, -ENOMEM, or -EINVAL with reterr (file, position, what
 * was expected).
 */
int wish_from_json(const char *text, size_t len, const char *name, struct wish *ret,
		   struct msg *reterr);
char *wish_to_json(const struct wish *w); /* malloc'ed, ends with a newline; NULL on ENOMEM */
/*
 * Makes an edits file's entries mean devices of this machine: ccw names become their subchannels, a
 * recorded peer
 * that no longer matches is said. 0, -ENOMEM, or -ENOENT/-EINVAL with reterr.
 */
int wish_bind(struct wish *w, const struct inventory *inv, struct msg *reterr);
/* Takes out what gives back a device that has gone and that no file names: there is nothing to give. */
void wish_drop_gone(struct wish *w, const struct inventory *inv);

#endif
