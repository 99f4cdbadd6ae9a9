/* SPDX-License-Identifier: MIT */
/*
 * The inside of the real machine, shared by real*.c and their tests.
 *
 * Rule: a path becomes a descriptor in real_path.c and nowhere else. What is read may lead through
 * links,
 * but never out of the root; what is written to files of ours goes through no link at all.
 */
#ifndef REAL_IN_H
#define REAL_IN_H

#include "real.h"

#include <sys/stat.h>
#include <unistd.h>

/* A file staged and not yet published. */
struct staged {
	char *path;
	char *temp;  /* where its new content is; NULL: it will be removed */
	size_t made; /* length of the first directory of path that was made for it; 0: none was */
	int fd;	     /* of temp, which is not synced yet; -1 */
	bool shared; /* other programs write there, too: it must still be as it `was` */
	bool there;
	struct buf was;
};

/* A lock file that this process made. */
struct held {
	char *path;
	int fd; /* of the file, so that its inode number isn't used again */
};

struct watcher;
struct own_dir;

struct real {
	struct sys sys;	 /* first */
	int root;	 /* O_PATH descriptor of the root directory */
	bool host;	 /* the root is "/": this is the machine that runs us */
	bool no_openat2; /* kernel before 5.6, or forbidden: links are walked by hand */
	bool no_devices; /* mounted so that opening a device node is refused: no need to look */
	int deadline_ms; /* for a write that can be held up */
	int helper;	 /* socket to the helper process, -1: none yet */
	struct staged *staged;
	size_t n_staged, cap_staged, n_unsynced;
	struct own_dir *dirs;
	size_t n_dirs, cap_dirs;
	bool dirty; /* one of them at least has to be synced */
	struct held *held;
	size_t n_held, cap_held;
	char *open_path; /* of the file that was overwritten last; NULL: none is kept open */
	size_t open_len;
	int open_file;
	struct watcher *watcher; /* NULL: no events */
	struct buf silent;	 /* attributes whose adapter did not answer: names list */
};

static inline struct real *real_of(struct sys *sys)
{
	return (struct real *)(void *)sys;
}

/* CLEANUP(closep) on a descriptor; below 0 is none. */
static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* -- real_path.c: all return a descriptor or -errno -- */

bool real_can_openat2(int root);
/*
 * Opens what a path means inside the root; without O_NOFOLLOW the last component may be a link too.
 */
int real_open(struct real *r, const char *path, int flags);
/*
 * The same for regular files only, without ever waiting: anything else is -EINVAL (directories
 * -EISDIR).
 */
int real_open_file(struct real *r, const char *path, int flags);
/* To read a file, as real_open_file; but what is none may come of it, which real_check_regular tells. */
int real_open_to_read(struct real *r, const char *path);
/*
 * An attribute below a directory that real_open gave, for reading. In a foreign tree no link is
 * followed, and what is no file is not opened.
 */
int real_open_at(const struct real *r, int dir, const char *name);
int real_open_dir_at(const struct real *r, int dir, const char *name); /* the same of a directory */
/*
 * What the file system last told of an open file; where it is on another machine or in another process, it is not asked again.
 * Its type never changes, and what we have just made is as we made it; all else may have.
 */
int real_told(int fd, struct statx *ret);
int real_tells(int fd, struct statx *ret); /* now */
int real_check_regular(int fd);		   /* 0; -EISDIR; -EINVAL: it is something else */
int real_check_size(int fd,
		    size_t *ret_size); /* the same; 0 bytes: it does not tell, as in /proc */
/* -- real_dir.c -- */
/*
 * The directory that holds path, reached through no link and through directories that only root and we may change (-EPERM;
 * /run/lock may be sticky); missing ones are made (0755) if make is
 * given and
 * *ret_made (may be NULL) is the length of the first one made, 0 if none was. *ret_base is the last
 * component.
 */
int real_open_parent(struct real *r, const char *path, bool make, size_t *ret_made,
		     const char **ret_base);
/* A directory reached through no link. */
int real_open_own_dir(struct real *r, const char *path);
/* Names in the directory that holds path change, and real_sync_dirs has to sync it. */
int real_mark_dirty(struct real *r, const char *path);
/* Are the directories that hold two files on one file system? 1, 0, -errno. */
int real_same_device(struct real *r, const char *a, const char *b);
/*
 * One fsync for each that has to be; -ESTALE: another directory has got the name of one. They are closed unless files are
 * still staged.
 */
int real_sync_dirs(struct real *r);
int real_sync_fd(int fd);
void real_dirs_forget(struct real *r);
void real_dirs_look_again(struct real *r); /* forgets them unless files are under way */
void real_forget_dir(struct real *r, const char *path); /* it is no more */

/* -- real_file.c -- */
int real_stage(struct sys *sys, const char *path, const char *value, size_t len,
	       const struct sys_stat *as);
int real_publish(struct sys *sys, const char *path);
int real_unstage(struct sys *sys, const char *path);
int real_sync(struct sys *sys);
int real_syncdir(struct sys *sys, const char *path);
int real_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len);
void real_close_file(struct real *r); /* the one that was overwritten */
void real_unstage_all(struct real *r);
int real_write_all(int fd, const char *bytes, size_t len); /* 0 or -errno */

/* -- real_swap.c: -ESTALE: it is not as it was when it was noted, and is left so -- */
int real_note(struct staged *s, int dir, const char *base);
int real_bring(const struct staged *s, int from_dir, const char *from, int dir, const char *base);
int real_take_away(const struct staged *s, int aside_dir, const char *aside, int dir,
		   const char *base);

/* -- real_lock.c -- */
int real_lock(struct sys *sys, const char *path, const char *content);
int real_locked(struct sys *sys, const char *path);
void real_unlock_all(struct real *r);

/* -- real_helper.c -- */
bool real_may_block(const char *path);
int real_write_now(struct real *r, const char *path, int flags, const char *value, size_t len);
int real_write_helped(struct real *r, const char *path, const char *value, size_t len);
void real_helper_done(struct real *r);

/* -- real_ask.c -- */
#define REAL_ASKED "serialnr"
/* Does the kernel ask an adapter for it, and wait for as long as that is silent? */
bool real_asks(const char *path);
/* One read(2) with a deadline; -ETIMEDOUT then, and at once when the same is read again. */
int real_ask(struct real *r, const char *path, int fd, struct buf *ret_value);

/* -- real_watch.c -- */
int real_watch_new(struct real *r); /* sets r->watcher and r->sys.fd; 0 or -errno */
int real_watch(struct sys *sys, struct sys_event *ret_event);
void real_watch_free(struct real *r);

/* -- real_messages.c -- */
int real_messages(struct sys *sys, struct buf *ret);

/* -- real_module.c -- */
int real_load_module(struct sys *sys, const char *name);

#endif
