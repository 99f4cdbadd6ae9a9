/* SPDX-License-Identifier: MIT */
#include "background.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct background {
	pthread_t thread;
	int fd;
	void (*work)(void *arg);
	void *arg;
};

/* With a table of descriptors of its own neither the thread nor its owner takes a lock at each open and close. */
static void *run(void *arg)
{
	struct background *b = arg;

	(void)unshare(CLONE_FILES);
	b->work(b->arg);
	background_tell(b);
	return NULL;
}

/* Signals are for the thread that has the terminal. */
static int create(struct background *b)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&b->thread, NULL, run, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int background_start(void (*work)(void *arg), void *arg, struct background **ret)
{
	struct background *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	*b = (struct background){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
				  .work = work,
				  .arg = arg };
	r = b->fd < 0 ? -errno : create(b);
	if (r < 0) {
		if (b->fd >= 0)
			close(b->fd);
		free(b);
		return r;
	}
	*ret = b;
	return 0;
}

int background_fd(const struct background *b)
{
	return b->fd;
}

bool background_wait(const struct background *b, int timeout_ms)
{
	struct pollfd p = { .fd = b->fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) > 0;
}

void background_take(struct background *b)
{
	uint64_t n;

	while (read(b->fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
}

void background_tell(struct background *b)
{
	static const uint64_t one = 1;

	while (write(b->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

struct background *background_end(struct background *b)
{
	if (!b)
		return NULL;
	pthread_join(b->thread, NULL);
	close(b->fd);
	free(b);
	return NULL;
}
