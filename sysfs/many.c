/* SPDX-License-Identifier: MIT */
#include "many.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int many_open(struct sys *sys, const char *path, struct many *ret)
{
	int dir;

	if (!sys->ops->dir || !sys_path_ok(path))
		return -ENOSYS;
	dir = sys->ops->dir(sys, path);
	if (dir < 0)
		return dir;
	*ret = (struct many){ .sys = sys, .dir = dir };
	return 0;
}

void many_close(struct many *m)
{
	if (m->sys)
		close(m->dir);
	*m = (struct many){ 0 };
}

int many_read(const struct many *m, const char *device, const char *attr,
	      char page[static MANY_PAGE])
{
	char name[128];
	size_t len = strlen(device), more = strlen(attr);
	long n;

	if (len + 1 + more >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, device, len);
	name[len] = '/';
	memcpy(name + len + 1, attr, more + 1);
	n = m->sys->ops->read_at(m->sys, m->dir, name, page, MANY_PAGE);
	if (n < 0)
		return (int)n;
	if (n == MANY_PAGE)
		return -EFBIG;
	while (n && isspace((unsigned char)page[n - 1]))
		n--;
	page[n] = '\0';
	return memchr(page, '\0', (size_t)n) ? -EINVAL : 0;
}

int many_get(const struct many *m, const char *attr, struct buf *ret)
{
	char page[MANY_PAGE];
	long n = m->sys->ops->read_at(m->sys, m->dir, attr, page, sizeof(page));

	if (n < 0)
		return (int)n;
	return n == MANY_PAGE ? -EFBIG : buf_add(ret, page, (size_t)n);
}

int many_list(const struct many *m, const char *name, struct buf *ret_names)
{
	return m->sys->ops->list_at(m->sys, m->dir, name, ret_names);
}

int many_link(const struct many *m, const char *link, struct buf *ret)
{
	char target[4096];
	long n = m->sys->ops->readlink_at(m->sys, m->dir, link, target, sizeof(target));

	if (n < 0)
		return (int)n;
	return n == (long)sizeof(target) ? -ENAMETOOLONG : buf_add(ret, target, (size_t)n);
}

int many_base(const struct many *m, const char *link, struct buf *ret)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	const char *slash;
	int r = many_link(m, link, &target);

	if (r < 0)
		return r;
	slash = strrchr(buf_str(&target), '/');
	return buf_adds(ret, slash ? slash + 1 : buf_str(&target));
}

/* More threads than that only wait for each other in the kernel. A share is what a thread takes at a time. */
enum { THREADS_MAX = 4, SHARE = 64 };

struct crew {
	atomic_size_t next;
	size_t n;
	void (*work)(void *arg, size_t i);
	void *arg;
};

static void *take_shares(void *arg)
{
	struct crew *c = arg;
	size_t from;

	while ((from = atomic_fetch_add(&c->next, SHARE)) < c->n)
		for (size_t i = from; i < c->n && i < from + SHARE; i++)
			c->work(c->arg, i);
	return NULL;
}

/* A table of descriptors of its own spares the thread a lock at each open and close. It works without, too. */
static void *help(void *arg)
{
	(void)unshare(CLONE_FILES);
	return take_shares(arg);
}

/* Signals are for the thread that has the terminal. */
static size_t start(struct crew *c, pthread_t *threads, size_t n)
{
	sigset_t all, before;
	size_t started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < n && pthread_create(&threads[started], NULL, help, c) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void many_each(size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	struct crew c = { .n = n, .work = work, .arg = arg };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = MIN(n / SHARE, (size_t)MAX(MIN(processors, (long)THREADS_MAX), 1L));
	pthread_t threads[THREADS_MAX];
	size_t started = wanted > 1 ? start(&c, threads, wanted - 1) : 0;

	/* This one works too, and alone where no other could be had. */
	take_shares(&c);
	while (started)
		pthread_join(threads[--started], NULL);
}
