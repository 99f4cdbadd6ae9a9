/* SPDX-License-Identifier: MIT */
/*
 * The machine and its files as they would be: snapshot plus wish, before anything is written.
 *
 * Rule: pure. Every later stage (diff, rules, plan, boot) looks at this and never at the wish
 * itself. Each record has
 * `now` and `then` side by side.
 */
#ifndef DESIRED_H
#define DESIRED_H

#include "attrs.h"
#include "inventory.h"
#include "wish.h"

/* A device whose driver or persistent override is wished for; also AP queues in override mode. */
struct d_driver {
	struct devid dev;
	const char *now, *then;			  /* driver bound; NULL unbound */
	const char *override_now, *override_then; /* driver_override in force; NULL unset */
	const char *file_now, *file_then;	  /* persistent override; NULL none */
	bool live, persist;			  /* that side changes */
	bool online; /* a channel device is set online when it has come back by that */
	/* given back: whatever driver of the host matches; `then` is NULL where that isn't known */
	bool native;
	/* not asked for by name: a matrix needs the queue, a mediated device its parent */
	bool implied;
};

/* What a crypto matrix has assigned. */
struct d_ap {
	struct matrix live_now, live_then; /* of the running one */
	struct matrix def_now, def_then;   /* of the definition */
};

/* A mediated device by uuid and parent: active, defined, or wished for. Of tens of thousands few are matrices. */
struct d_mdev {
	char uuid[UUID_TEXT];
	const char *parent;
	const char *type;
	bool active_now, active_then;
	/* its attributes change and this can only be done by removing and making it again */
	bool restart;
	bool defined_now, defined_then;
	enum start start_now, start_then;
	bool is_matrix;
	const struct d_ap *ap; /* never NULL; of what has no queues an empty one for all */
	/* to be written at create, in order (owned); from the definition */
	struct attr *attrs_live;
	size_t n_attrs_live;
	struct attr *attrs_then; /* of the definition (owned) */
	size_t n_attrs_then;
	bool attrs_change;	      /* the definition's attributes differ */
	const struct mdev *mdev;      /* NULL unless active now */
	const struct mdev_def *def;   /* NULL unless defined now */
	const struct wish_mdev *wish; /* NULL: not asked for */
};

struct d_sriov {
	struct devid dev;
	unsigned now, then;
	bool live, persist;
};

/* A switch of the channel subsystem that is wished for. */
struct d_switch {
	struct devid dev;
	enum switch_kind kind;
	tri_t now; /* -1: there is none, or it does not say */
	bool then;
	bool live; /* it changes */
};

/* What the host loses by the masks that were chosen for it. */
struct ap_loss {
	bool solved;	 /* false: the masks were named, or need not change */
	bool exact;	 /* proven to be the least */
	unsigned weight; /* of the queues lost: those that work or are in use count more */
	unsigned bound;	 /* no masks lose less */
	unsigned unit;	 /* the weight of each of the host's queues; 0: they differ */
};

struct desired {
	const struct inventory *inv;
	const struct wish *wish;

	struct d_driver *drivers; /* by device */
	size_t n_drivers;
	struct d_mdev *mdevs; /* by uuid, then parent: ALL of them, changed or not */
	size_t n_mdevs;
	struct d_ap *aps;		 /* what matrices point to; owned */
	const struct d_mdev **by_parent; /* the same by parent, then uuid; owned */
	struct d_sriov *sriov;
	size_t n_sriov;
	struct d_switch *switches; /* by device, then kind */
	size_t n_switches;
	const char **modules_load; /* to be loaded now */
	size_t n_modules_load;
	const char **modules_boot; /* to be added to modules-load.d */
	size_t n_modules_boot;

	enum ap_mode ap_mode; /* MASKS or OVERRIDE: what is in force or was chosen */
	/*
	 * From masks to overrides or back: every matrix that holds queues lets go of them
	 * meanwhile.
	 */
	bool converts;
	struct ap_mask apmask_then, aqmask_then; /* live */
	bool masks_change;
	bool rule_has_apmask, rule_has_aqmask; /* what 41-ap.rules will hold */
	struct ap_mask rule_apmask, rule_aqmask;
	bool rule_change;
	struct ap_index *index; /* whose each queue is; owned */
	apqn_t *lost; /* queues the host loses without anybody having asked for them (owned) */
	size_t n_lost;
	/* what the solver says of the masks it chose, live and for the next boot */
	struct ap_loss loss, rule_loss;
	bool unsolved;	    /* no masks can bring about what is wanted live; masks stay */
	bool rule_unsolved; /* ... at the next boot */
	apqn_t torn; /* unsolved: a queue which guests want and which is the host's by both bits */
};

/* 0 or -ENOMEM. inv and wish must outlive it. */
int desired_build(const struct inventory *inv, const struct wish *wish, struct desired *ret);
void desired_done(struct desired *d);

const struct d_driver *desired_driver(const struct desired *d, const struct devid *dev);
/* parent NULL: the one that runs, else the first of that uuid */
const struct d_mdev *desired_mdev(const struct desired *d, const char *uuid, const char *parent);
/* All of one uuid, or of one parent: the first, and how many follow it. */
const struct d_mdev *desired_mdevs_named(const struct desired *d, const char *uuid, size_t *ret_n);
const struct d_mdev *const *desired_mdevs_on(const struct desired *d, const char *parent,
					     size_t *ret_n);

/* NULL: nothing is wished for it. */
/* What a switch is of, for people: "0.50", "the channel paths". */
const char *switch_of(const struct devid *dev, enum switch_kind kind);
const struct d_switch *desired_switch(const struct desired *d, const struct devid *dev,
				      enum switch_kind kind);
/*
 * The paths by which Linux can reach a subchannel's device, as a mask like its PIM: installed, available, configured, varied
 * on. then: once the edits are carried out. What the device itself answers (POM) is left out: it is told after use only.
 */
uint8_t desired_paths(const struct desired *d, const struct subch *sch, bool then);
bool desired_uses_path(const struct subch *sch, uint8_t chpid);
/* Is the path among those of the subchannel, and are all of them gone once the edits are carried out? */
bool desired_last_path(const struct desired *d, const struct subch *sch, uint8_t chpid);

/* The end of a sentence on d->lost: "the fewest possible", "at least 5 are needed". Returns text. */
const char *desired_loss_text(const struct desired *d, char *text, size_t size);
/*
 * Other masks for the same edits, which leave this domain's bit set. 0, -ENOMEM; -ENOSPC: there are
 * none.
 */
int desired_masks_keeping(const struct desired *d, unsigned domain, struct ap_mask *ret_apmask,
			  struct ap_mask *ret_aqmask);

/* Whose is a queue, given masks and overrides? */
enum owner { OWNER_NONE, OWNER_HOST, OWNER_GUESTS };
enum owner desired_queue_now(const struct desired *d, apqn_t q);
enum owner desired_queue_then(const struct desired *d, apqn_t q);
/* after the next boot, commit included */
enum owner desired_queue_boot(const struct desired *d, apqn_t q);

/* -- the difference, for people: one row a changed fact -- */
enum change_kind {
	CHANGE_DRIVER,
	CHANGE_MASK,
	CHANGE_MDEV,
	CHANGE_ATTRS,
	CHANGE_DEFINITION,
	CHANGE_START,
	CHANGE_SRIOV,
	CHANGE_MODULE,
	CHANGE_VARY,
	CHANGE_CONFIGURE,
	CHANGE_MEASURE,
	CHANGE_HARDWARE,
};

struct change {
	enum change_kind kind;
	struct devid dev;
	char *now, *then;	    /* live; NULL: this side does not change */
	char *boot_now, *boot_then; /* at the next boot; NULL: does not change */
	bool implied;
};

int desired_diff(const struct desired *d, struct change **ret, size_t *ret_n); /* 0 or -ENOMEM */
void changes_free(struct change *changes, size_t n);

#endif
