/* SPDX-License-Identifier: MIT */
/*
 * Attributes that are no memory of the kernel's: it sends a message to the crypto adapter and waits for the answer, up to a
 * quarter of an hour where the adapter is silent (zcrypt_msgtype6.c; CEX4A_CLEANUP_TIME). Nobody shall wait so long to
 * look at a machine.
 */
#include "clock.h"
#include "real_in.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { ANSWER_MS = 500, TICK_NS = 100000000 };

bool real_asks(const char *path)
{
	return str_starts(path, "/sys/") && str_ends(path, "/" REAL_ASKED);
}

static void tick(int signal)
{
	(void)signal;
}

/* For this thread alone: another one may be waiting for something else. */
static int tick_here(timer_t *ret)
{
	struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, ret) < 0)
		return -errno;
	timer_settime(*ret, 0, &every, NULL);
	return 0;
}

/* The signal does nothing but end the read; it comes again, as the first one may come before the read. */
static long read_ticking(int fd, char *page, size_t size)
{
	struct sigaction act = { .sa_handler = tick }, was;
	long end = now_ms() + ANSWER_MS, n;
	sigset_t alarm, mask;
	timer_t timer;
	int e;

	sigaction(SIGALRM, &act, &was);
	e = tick_here(&timer);
	if (e < 0) {
		sigaction(SIGALRM, &was, NULL);
		return e;
	}
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm, &mask);
	do
		n = read(fd, page, size);
	while (n < 0 && errno == EINTR && now_ms() < end);
	n = n >= 0 ? n : errno == EINTR ? -ETIMEDOUT : -errno;
	timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
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
