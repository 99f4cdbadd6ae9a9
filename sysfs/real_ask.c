/* SPDX-License-Identifier: MIT */
/*
 * Attributes that are no memory of the kernel's: it sends a message to the crypto adapter and waits for the answer, up to a
 * quarter of an hour where the adapter is silent (zcrypt_msgtype6.c; CEX4A_CLEANUP_TIME). Nobody shall wait so long to
 * look at a machine.
 */
#include "real_in.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

enum { ANSWER_MS = 500, TICK_MS = 100 };

bool real_asks(const char *path)
{
	return str_starts(path, "/sys/") && str_ends(path, "/serialnr");
}

static void tick(int signal)
{
	(void)signal;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The signal does nothing but end the read; it comes again, as the first one may come before the read. */
static long read_ticking(int fd, char *page, size_t size)
{
	struct sigaction act = { .sa_handler = tick }, was;
	struct itimerval every = { { 0, TICK_MS * 1000 }, { 0, TICK_MS * 1000 } }, none = { 0 };
	long end = now_ms() + ANSWER_MS, n;

	sigaction(SIGALRM, &act, &was);
	setitimer(ITIMER_REAL, &every, NULL);
	do
		n = read(fd, page, size);
	while (n < 0 && errno == EINTR && now_ms() < end);
	n = n >= 0 ? n : errno == EINTR ? -ETIMEDOUT : -errno;
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &was, NULL);
	return n;
}

int real_ask(struct real *r, const char *path, int fd, struct buf *ret_value)
{
	char page[4096];
	const char *name;
	long n;

	buf_foreach_name (&r->silent, name)
		if (str_eq(name, path))
			return -ETIMEDOUT;
	n = read_ticking(fd, page, sizeof(page));
	if (n == -ETIMEDOUT && buf_add_name(&r->silent, path) < 0)
		return -ENOMEM;
	return n < 0 ? (int)n : buf_add(ret_value, page, (size_t)n);
}
