/* SPDX-License-Identifier: MIT */
/*
 * Writes that the kernel may hold up for as long as somebody has the device open (remove, unbind, bind), or as it recognises
 * channel devices, are made by one helper process, so that we can give up waiting and still tell the truth. A process that hangs in the
 * kernel can't be ended: it is left behind and the next such write gets a new one.
 */
#include "real_in.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST_MAX = 8192, CHILD_SOCKET = 3, CHILD_ROOT = 4, TICK_MS = 200 };

bool real_may_block(const char *path)
{
	/* Who binds or probes waits for the lock of a device whose driver is being taken away. */
	return str_eq(path, CIO_SETTLE) || str_ends(path, "/remove") || str_ends(path, "/unbind") ||
	       str_ends(path, "/bind") || str_ends(path, "/drivers_probe");
}

int real_write_now(struct real *r, const char *path, int flags, const char *value, size_t len)
{
	int fd = real_open_file(r, path, O_WRONLY | flags), ret = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* -- in the helper -- */

/* A request is a path, NUL, and the value. */
static int carry_out(struct real *r, const char *request, size_t n)
{
	const char *value = memchr(request, '\0', n);

	if (!value)
		return -EINVAL;
	value++;
	return real_write_now(r, request, 0, value, n - (size_t)(value - request));
}

/*
 * Of what we inherited only the root and the socket stay: a helper stuck in the kernel must not keep a pipe
 * open that somebody reads our output from, nor the lease on a lock.
 */
static void keep_only(int sock, int root)
{
	int s = fcntl(sock, F_DUPFD, 16), d = fcntl(root, F_DUPFD, 16);
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (dup2(s, CHILD_SOCKET) < 0 || dup2(d, CHILD_ROOT) < 0)
		_exit(1);
	if (close_range(CHILD_ROOT + 1, ~0U, 0) < 0)
		for (int fd = CHILD_ROOT + 1; fd < 1024; fd++)
			close(fd);
}

static void serve(struct real *r, int sock)
{
	char request[REQUEST_MAX];
	ssize_t n;

	setsid(); /* the terminal's ^C is for the program, which then says what the kernel still does */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, sig == SIGPIPE ? SIG_IGN : SIG_DFL);
	keep_only(sock, r->root);
	r->root = CHILD_ROOT;
	for (;;) {
		int ret;

		n = recv(CHILD_SOCKET, request, sizeof(request), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		ret = carry_out(r, request, (size_t)n);
		if (send(CHILD_SOCKET, &ret, sizeof(ret), MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

/* -- in the program -- */

/* Forked twice: the helper belongs to init from the start, and nobody has to wait for one that is stuck. */
static int start(struct real *r)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int err = -errno;

		close(sv[0]);
		close(sv[1]);
		return err;
	}
	if (pid == 0) {
		pid_t helper = fork();

		if (helper == 0)
			serve(r, sv[1]);
		_exit(helper < 0);
	}
	close(sv[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	r->helper = sv[0];
	return 0;
}

static int give(struct real *r, const char *path, const char *value, size_t len)
{
	CLEANUP(buf_done) struct buf request = { 0 };

	if (buf_add_name(&request, path) < 0 || buf_add(&request, value, len) < 0)
		return -ENOMEM;
	if (request.len > REQUEST_MAX)
		return -EMSGSIZE;
	return send(r->helper, request.data, request.len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* 0 with the kernel's answer, or -EINPROGRESS. held: by somebody who has the device open. */
static int await(struct real *r, bool held, int *ret_answer)
{
	struct pollfd p = { .fd = r->helper, .events = POLLIN };
	long end = now_ms() + r->deadline_ms, left;
	ssize_t n;
	int ready;

	bool for_ever = held && r->sys.patient && r->sys.waiting;

	do {
		left = for_ever ? TICK_MS : MAX(end - now_ms(), 0L);
		ready = poll(&p, 1, (int)MIN(left, (long)TICK_MS));
		if (ready == 0 && r->sys.waiting && r->sys.waiting(r->sys.waiting_arg, held))
			break;
	} while ((ready == 0 && left > 0) || (ready < 0 && errno == EINTR));
	if (ready <= 0)
		return ready < 0 ? -errno : -EINPROGRESS;
	n = recv(r->helper, ret_answer, sizeof(*ret_answer), MSG_DONTWAIT);
	/* Somebody killed it: whether the kernel took the write is not known. */
	return n == (ssize_t)sizeof(*ret_answer) ? 0 : -EINPROGRESS;
}

int real_write_helped(struct real *r, const char *path, const char *value, size_t len)
{
	int answer = 0, ret;

	ret = r->helper < 0 ? start(r) : 0;
	if (ret < 0)
		return ret;
	ret = give(r, path, value, len);
	if (ret < 0)
		return ret;
	ret = await(r, !str_eq(path, CIO_SETTLE), &answer);
	if (ret < 0)
		real_helper_done(r);
	return ret < 0 ? ret : answer;
}

void real_helper_done(struct real *r)
{
	closep(&r->helper);
}
