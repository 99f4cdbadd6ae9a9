/* SPDX-License-Identifier: MIT */
/*
 * A machine, real or simulated, as its kernel and its files show it: one small struct of
 * operations.
 *
 * Rule: paths are always the kernel's own absolute names (/sys/..., /proc/..., /etc/..., /run/...),
 * whatever the root; a path with an empty, "." or ".." component is refused with -EINVAL. Functions
 * return 0 (or what is said) or -errno as the kernel gave it, and say nothing to anybody.
 */
#ifndef SYS_H
#define SYS_H

#include "mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sys;

enum {
	SYS_VALUE_MAX = 1 << 20,  /* a longer attribute or file is -EFBIG */
	SYS_OWN_MAX = 64 << 20,	  /* the same below SYS_OWN_FILES: of thousands of devices */
	SYS_LINES_MAX = 64 << 20, /* the same of a file that is read line by line */
};
#define SYS_OWN_FILES "/var/lib/vfiocfg/"

/* An event: a uevent as the kernel sends it, or a change below a watched directory of files. */
struct sys_event {
	char action[16];    /* "add", "bind", "change", ...; "file" for a changed directory */
	char subsystem[24]; /* "" for "file" */
	/* "/devices/css0/0.0.0313" (no /sys); for "file" the directory, "/etc/mdevctl.d" */
	char devpath[512];
	struct buf env; /* names list of the other variables, "APMASK=0x..."; owned */
};

void sys_event_done(struct sys_event *e);

enum sys_type { SYS_NONE, SYS_DIR, SYS_FILE, SYS_LINK };

struct sys_stat {
	enum sys_type type; /* links are not followed */
	unsigned mode;	    /* permission bits */
	unsigned uid, gid;
	int64_t mtime; /* seconds since 1970; 0: not said */
};

struct sys_ops {
	/* Names in a directory, sorted, without "." and "..". The last component may be a link. */
	int (*list)(struct sys *sys, const char *path, struct buf *ret_names);
	/* The whole content; links are followed. Appends to ret_value. */
	int (*read)(struct sys *sys, const char *path, struct buf *ret_value);
	/*
	 * Exactly one open(O_WRONLY) and one write(2). A short write is -EIO. A write which the
	 * kernel
	 * can hold up because somebody has the device open (remove, unbind) is done with a
	 * deadline;
	 * -EINPROGRESS: it has not answered in time and may still carry it out.
	 */
	int (*write)(struct sys *sys, const char *path, const char *value, size_t len);
	/* See sys_lines. NULL: what `read` gives. */
	int (*lines)(struct sys *sys, const char *path, void (*line)(void *arg, char *line),
		     void *arg);
	int (*readlink)(struct sys *sys, const char *path, struct buf *ret_target);
	int (*stat)(struct sys *sys, const char *path, struct sys_stat *ret);
	/* The next event: 1 taken, 0 none, -ENOBUFS events were lost (scan everything). */
	int (*watch)(struct sys *sys, struct sys_event *ret_event);
	/*
	 * Files that survive a reboot. stage: a temporary file is written (value NULL: the file will be removed); directories
	 * are made as needed. It gets the mode and owner of `as`; NULL: of the file that is there, else 0644; of type SYS_NONE:
	 * there must be none yet, else -ESTALE. publish: rename
	 * or unlink what was staged for path, after it was synced; -ESTALE: a file in /etc has changed since it was staged,
	 * and is left as it is. sync: all that was staged or published since the last time is on the disk, for any number of
	 * files one fsync each and one of each directory; -ESTALE: a directory is not the one any more that files were
	 * published in. syncdir: one directory, where another run may have published.
	 * unstage: drop what was staged and not published; no error if there is none.
	 */
	int (*stage)(struct sys *sys, const char *path, const char *value, size_t len,
		     const struct sys_stat *as);
	int (*publish)(struct sys *sys, const char *path);
	int (*unstage)(struct sys *sys, const char *path);
	int (*sync)(struct sys *sys);
	int (*syncdir)(struct sys *sys, const char *path);
	/*
	 * Overwrites a file of ours in place for whoever reads it in this boot: nothing is synced, and after a power loss
	 * its bytes may be any. -ERANGE: it has not exactly this length. NULL: there is no such way.
	 */
	int (*overwrite)(struct sys *sys, const char *path, const char *bytes, size_t len);
	/*
	 * A link(2)-style lock file with the given content, which begins with our PID (content NULL:
	 * release it). -EEXIST:
	 * somebody
	 * living holds it; its content is then read with sys_read. A stale lock (its PID is dead)
	 * is taken over.
	 */
	int (*lock)(struct sys *sys, const char *path, const char *content);
	/* Does another living process hold it? 1, 0; nothing is changed. NULL: no. */
	int (*locked)(struct sys *sys, const char *path);
	/*
	 * For reading a lot (many.h); NULL: no quicker way than by paths. dir: a descriptor for
	 * the others. read_at: one read(2) of an attribute, links on the way are -ELOOP, what may be waited for -EOPNOTSUPP; the length,
	 * and size when there may be more. readlink_at: the same of a link right in the directory. list_at: as list, no links. Any
	 * thread may call them.
	 */
	int (*dir)(struct sys *sys, const char *path);
	long (*read_at)(const struct sys *sys, int dir, const char *name, char *bytes, size_t size);
	long (*readlink_at)(const struct sys *sys, int dir, const char *name, char *bytes,
			    size_t size);
	int (*list_at)(const struct sys *sys, int dir, const char *name, struct buf *ret_names);
	/* Loads a kernel module by its name. -ENOENT: this kernel has none of that name. */
	int (*load_module)(struct sys *sys, const char *name);
	/*
	 * The newest of the kernel's messages as /dev/kmsg has them, SYS_VALUE_MAX at most. NULL: they are what that file holds.
	 */
	int (*messages)(struct sys *sys, struct buf *ret);
	void (*free)(struct sys *sys);
};

/*
 * Where the files of a machine come from that is not at hand: maker "" an unpacked tree; "vfiocfg", "sosreport",
 * "dbginfo.sh"; NULL: the machine itself.
 */
struct sys_origin {
	const char *maker;
	bool selective; /* its maker took some files only: what is not there may have been there */
	int64_t made;	/* seconds since 1970; 0: not told */
};

/* The head of every implementation. */
struct sys {
	const struct sys_ops *ops;
	int fd;		/* pollable for watch; -1: no events come */
	bool writable;	/* false: every mutation is -EROFS */
	bool simulated; /* touches nothing of the real host */
	struct sys_origin origin;
	/*
	 * Called again and again while something is waited for, so that a screen stays alive. True: give up a write that is held_up
	 * by the kernel; what the kernel then does with it is not known (-EINPROGRESS). May be NULL.
	 */
	bool (*waiting)(void *arg, bool held_up);
	void *waiting_arg;
	bool patient; /* a write that is held up is waited for until `waiting` gives it up, without a deadline */
};

/* Ends a machine. NULL is fine. Returns NULL. */
struct sys *sys_free(struct sys *sys);
void sys_freep(struct sys **sys);

int sys_list(struct sys *sys, const char *path, struct buf *ret_names);
int sys_read(struct sys *sys, const char *path, struct buf *ret_value);
/*
 * Calls line for each line of a file that may be longer than SYS_VALUE_MAX, without keeping it; line may write into the text,
 * which has no newline. A line of more than 4 KiB is passed over; -EFBIG: more than SYS_LINES_MAX, of which line has seen the
 * beginning.
 */
int sys_lines(struct sys *sys, const char *path, void (*line)(void *arg, char *line), void *arg);
int sys_write(struct sys *sys, const char *path, const char *value); /* the bytes of a string */
/* A write to it returns when no channel device is being recognised any more (cio_settle_write()). */
#define CIO_SETTLE "/proc/cio_settle"
int sys_readlink(struct sys *sys, const char *path, struct buf *ret_target);
int sys_stat(struct sys *sys, const char *path, struct sys_stat *ret);
bool sys_exists(struct sys *sys, const char *path); /* a dangling link does not exist */
int sys_watch(struct sys *sys, struct sys_event *ret_event);
int sys_stage(struct sys *sys, const char *path, const char *value, size_t len);
int sys_stage_as(struct sys *sys, const char *path, const char *value, size_t len,
		 const struct sys_stat *as);
int sys_publish(struct sys *sys, const char *path);
int sys_unstage(struct sys *sys, const char *path);
int sys_sync(struct sys *sys);
int sys_syncdir(struct sys *sys, const char *path);
int sys_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len);
int sys_lock(struct sys *sys, const char *path, const char *content);
bool sys_locked(struct sys *sys, const char *path);
int sys_load_module(struct sys *sys, const char *name);
/* Appends records of /dev/kmsg, oldest first; -ENOENT: there are none, as of any other tree than this host's. */
int sys_messages(struct sys *sys, struct buf *ret);

/* Is this an absolute path without empty, "." and ".." components? */
bool sys_path_ok(const char *path);

/* Typed reads. Each reads one attribute; -EINVAL: it does not parse. */
/* without the trailing newline */
int sys_read_line(struct sys *sys, const char *path, struct buf *ret);
int sys_read_ul(struct sys *sys, const char *path, int base, unsigned long *ret);
/* The last component of a link's target; 0, or -ENOENT when there is no link. */
int sys_read_base(struct sys *sys, const char *path, struct buf *ret);

/*
 * Waits until done(arg) is true, it fails, or deadline_ms have passed: on events where the machine
 * has
 * them, re-reading with poll(2) back-off where it has none. Returns 0, -ETIMEDOUT, or what done
 * returned
 * below 0. Events taken meanwhile are kept for sys_watch.
 */
int sys_wait(struct sys *sys, int (*done)(void *arg), void *arg, int deadline_ms);

#endif
