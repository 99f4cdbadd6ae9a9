/* SPDX-License-Identifier: MIT */
/*
 * The session: snapshot, wish, and all that follows from them. It is everything a front end gets.
 *
 * Rule: session = what is true; the front end = where the cursor is. Editing stages; only session_commit
 * writes, and it refuses on a machine that is not to be written to, whoever asks.
 */
#ifndef SESSION_H
#define SESSION_H

#include "boot.h"
#include "desired.h"
#include "measure.h"
#include "plan.h"
#include "rules.h"
#include "txn.h"

struct session_opts {
	bool read_only;
	const char *why_read_only; /* for the message; may be NULL */
	const char *who;	   /* login name for the history; may be NULL */
	const char *journal;	   /* NULL: /var/lib/vfiocfg */
	const char *ssh;	   /* the value of SSH_CONNECTION, or NULL */
	/* SCOPE_...: what is looked at; 0: everything. Of less nothing is checked and planned. */
	unsigned scope;
	bool background; /* see session_reading */
	bool elsewhere;	 /* a mounted tree: its commits are not this host's to log */
};

struct session;

/* Takes the machine (not owned; must outlive the session) and scans it. 0 or -ENOMEM. */
int session_new(struct sys *sys, const struct session_opts *opts, struct session **ret);
struct session *session_free(struct session *s); /* NULL is fine; returns NULL */
void session_freep(struct session **s);

/*
 * With opts->background the machine is read on behind the back of who looks at it: then the inventory is only the host and its
 * first subchannels, nothing is told of who uses them and what a boot makes of them, edits and commits are refused with -EBUSY,
 * and session_follow ends that state when session_fd says so.
 */
bool session_reading(const struct session *s);
void session_progress(const struct session *s, size_t *ret_done,
		      size_t *ret_total); /* total 0: not known */
int session_settle(struct session *s);	  /* waits until the whole machine is read. 0 or -ENOMEM */
/* Another number whenever what can be looked at has changed. */
unsigned long session_serial(const struct session *s);

/*
 * The subchannels and PCI functions whose facts may be others than those of the serial before; false: any may be. Valid until
 * the next change.
 */
bool session_touched(const struct session *s, const struct devid **ret, size_t *ret_n);
/* false: a use, a file, a mediated device or an edit makes no difference to this subchannel: it has none. */
bool session_singled(const struct session *s, struct ccwid id);

/* -- looking: valid until the next call that is not const -- */
const struct inventory *session_inventory(const struct session *s);
const struct wish *session_wish(const struct session *s);
const struct desired *session_desired(const struct session *s);
const struct findings *session_findings(const struct session *s);
/* empty when session_plan_error says why */
const struct plan *session_plan(const struct session *s);
const struct msg *session_plan_error(const struct session *s); /* NULL: there is a plan */
bool session_read_only(const struct session *s);
bool session_simulated(const struct session *s);
bool session_is_host(const struct session *s); /* the machine this program runs on */
const struct interrupted *session_interrupted(const struct session *s);

/*
 * The five facts of one device. Strings valid as above; driver names of the kernel, "" for unbound,
 * NULL: does not apply.
 */
struct facts {
	const char *bound;  /* NULL as well: a capture does not tell */
	const char *wanted; /* NULL: nothing is wanted */
	bool wanted_implied;
	const char *after; /* after the next boot, staged edits included */
	enum boot_state after_sure;
	bool after_differs; /* from bound: worth a mark */
	char used_by[64];   /* "" nobody */
	char blocked[96];   /* why it can't be given away; "" it can */
};
void session_facts(const struct session *s, const struct devid *dev, struct facts *ret);
/* A note on a device that no edit is about: it was true before, and will be. */
bool session_is_aside(const struct session *s, const struct finding *f);

/*
 * -- staging: 0; -ENOMEM; or -EINVAL etc. with reterr (what, why, what to do) and nothing changed --
 */

/* Between host and guest driver; an already staged edit is taken back. */
int session_toggle(struct session *s, const struct devid *dev, struct reach reach,
		   struct msg *reterr);
/* driver "" gives back to the host. */
int session_set_driver(struct session *s, const struct devid *dev, const char *driver,
		       struct reach reach, struct msg *reterr);
/* Takes back whatever is staged for a device. */
int session_unstage(struct session *s, const struct devid *dev, struct msg *reterr);
/* Entries of a wish laid over the present one, as one edit. */
int session_merge(struct session *s, const struct wish *w, struct msg *reterr);
/*
 * A new mediated device; uuid NULL or "": a random one is made, ret_uuid tells it (may be NULL).
 * start/active as wanted.
 */
int session_new_mdev(struct session *s, const char *parent, const char *type, const char *uuid,
		     bool active, enum start start, struct reach reach, char ret_uuid[UUID_TEXT],
		     struct msg *reterr);
int session_set_mdev(struct session *s, const struct wish_mdev *entry, struct msg *reterr);
/*
 * A mediated device stops, starts no more at boot, and what it sat on goes back to the host: its subchannel, its
 * function, the queues no other matrix has. Its definition stays. One edit.
 */
int session_disable(struct session *s, const char *uuid, struct reach reach, struct msg *reterr);
int session_queue(struct session *s, apqn_t q, bool guest, struct reach reach, struct msg *reterr);
/* which: 'a' adapter, 'd' usage domain, 'k' control domain of a matrix; on or off. */
int session_matrix(struct session *s, const char *uuid, char which, unsigned id, bool on,
		   struct msg *reterr);
int session_ap_mode(struct session *s, enum ap_mode mode, struct msg *reterr);
int session_sriov(struct session *s, const struct devid *dev, unsigned vfs, struct reach reach,
		  struct msg *reterr);
/*
 * A channel path varied or configured, a device (its css or ccw name) or all channel paths measured: now, whatever else an
 * edit reaches. What is so already is not staged; an opposite edit is taken back.
 */
int session_switch(struct session *s, const struct devid *dev, enum switch_kind kind, bool on,
		   struct reach reach, struct msg *reterr);
/* Other hardware than was noted is there, and shall be: it is noted anew. -EALREADY: it is the same. */
int session_accept(struct session *s, const struct devid *dev, struct msg *reterr);
int session_module(struct session *s, const char *name, struct reach reach, struct msg *reterr);

/* What would settle a finding, in a few words; NULL: nothing that an edit could. */
const char *finding_remedy(const struct session *s, const struct finding *f);
/* Stages that as one edit. -ENOENT: there is none. The findings are made anew. */
int session_remedy(struct session *s, const struct finding *f, struct msg *reterr);

bool session_undo(struct session *s); /* false: nothing to undo */
bool session_redo(struct session *s);
size_t session_undo_depth(const struct session *s);
size_t session_redo_depth(const struct session *s);
/* what that edit was, 0 the last */
const char *session_undo_text(const struct session *s, size_t depth);
int session_clear(struct session *s); /* drops all edits, undoable */

/* The edits file. Load replaces or (merge) adds; a name for messages. */
int session_load(struct session *s, const char *json, size_t len, const char *name, bool merge,
		 struct msg *reterr);
char *session_save(const struct session *s); /* malloc'ed JSON; NULL on ENOMEM */

/* -- committing -- */

/* What stands in the way, given the acknowledgements: 0 ready; else -EINVAL (errors), -EPERM (overrides missing), -EAGAIN (conflicts
 * or undoables not acknowledged), -EROFS, -ENODATA (nothing to do), with reterr. */
struct consent {
	const char *const *overrides; /* devices named by the user */
	size_t n_overrides;
	bool conflicts;	   /* acknowledged */
	bool not_undoable; /* acknowledged */
};
int session_may_commit(const struct session *s, const struct consent *c, struct msg *reterr);
/*
 * As session_may_commit; 0: *ret tells the result. Afterwards the machine is scanned anew, and
 * after success the wish is empty.
 */
int session_commit(struct session *s, const struct consent *c, const struct txn_opts *opts,
		   struct txn_report *ret, struct msg *reterr);
int session_recover(struct session *s, const struct txn_opts *opts, struct txn_report *ret,
		    struct msg *reterr);
int session_history(struct session *s, struct past **ret, size_t *ret_n);
int session_last_commit(struct session *s, struct past *ret); /* as history_last */
/*
 * Lays what takes a past commit back over the edits, as one edit. -ENOENT: there is no such commit; -EINVAL: nothing
 * of it is left to take back.
 */
int session_undo_commit(struct session *s, unsigned number, struct msg *reterr);
/*
 * Stages, in place of all edits, how everything was before the first commit of the history. 0; 1 with *reterr: a device is left
 * out, since its subchannel goes back to the host. -ENODATA: there is no history.
 */
int session_undo_all(struct session *s, struct msg *reterr);

/*
 * -- ended from outside with edits staged: they are kept beside the journal for who comes back: session_left.c --
 */

enum { LEFT_TEXT = 64 };
struct left {
	size_t n;	      /* how many sessions left edits; 0: none */
	char name[LEFT_TEXT]; /* of the oldest file */
	char when[LEFT_TEXT]; /* it was written */
};
int session_left(const struct session *s, struct left *ret); /* 0 or -ENOMEM */
/* Keeps what is staged, if anything is. -EROFS: nothing is written from here. */
int session_leave(struct session *s);
/* Lays the oldest of them over the edits, as one edit, and takes its file away. -ENOENT etc. with reterr. */
int session_resume(struct session *s, struct msg *reterr);

/* -- what is read only while somebody looks: session_look.c -- */

enum { FOUND_MAX = 8 };
struct found {
	struct devid v[FOUND_MAX];
	size_t n;
	bool more; /* than fit */
};
/*
 * Any name people use, as inventory_find has it, and besides: a disk, partition or volume ("dasda", "/dev/mapper/vg0-srv"), a
 * network interface ("encf5f0": the first device of its group), the end of a PCI address whose domain is left out, a node
 * device of libvirt ("css_0_0_0313", "net_encf5f0_..."). 0: it is v[0]; -ENOENT; -EEXIST: one of those in v; -ENOMEM.
 */
int session_find(const struct session *s, const char *text, struct found *ret);
/* "css/0.0.0313 DASD 3390-9, css/0.0.0314 ..., or others": for a message; 0 or -ENOMEM. */
int session_found_text(const struct session *s, const struct found *f, struct buf *ret);

/* What is counted for a device (its css or ccw name). 0; -ENODATA it is not measured, -EINVAL, ... with reterr. */
int session_measure(const struct session *s, const struct devid *dev, struct measure *ret,
		    struct msg *reterr);
/*
 * A channel path's extended measurements as the kernel shows them, of the nth attribute (from 0); nobody here understands
 * them. 0; -ERANGE: there are not that many; -ENODATA with reterr: there are none now.
 */
int session_block(const struct session *s, const struct devid *chp, size_t nth,
		  const char **ret_name, struct buf *ret, struct msg *reterr);

/* -- the world moves -- */

/* Poll this for reading; -1: no events come from this machine. */
int session_fd(const struct session *s);
/* Takes all waiting events; true: something changed. Staged edits survive. */
bool session_follow(struct session *s);
int session_rescan(struct session *s); /* 0 or -ENOMEM */
/* Only a simulated machine knows reboot: the kernel's part and the boot programs' part. -ENOTSUP on a real one. The front
 * end that has the machine passes the kernel's part in. */
int session_reboot(struct session *s, int (*kernel_reboot)(struct sys *sys));

#endif
