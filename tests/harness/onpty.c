/* SPDX-License-Identifier: MIT */
#include "onpty.h"
#include "check.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

enum { LONG_MS = 30000 };

static void set_environment(const struct pty_opts *o)
{
	if (o->type)
		setenv("TERM", o->type, 1);
	else
		unsetenv("TERM");
	unsetenv("NO_COLOR");
	unsetenv("ESCDELAY");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	setenv("LC_ALL", "C.UTF-8", 1);
	/* ncurses keeps what it read of the terminal to the end: no leaks of ours (ncurses FAQ). */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	for (const char *const *e = o->env; e && *e; e++)
		putenv(strdup(*e));
}

static void become(const struct pty_opts *o)
{
	const char *program = o->program ? o->program : getenv("VFIOCFG");
	const struct rlimit no_core = { 0 };
	const char *const *argv = o->argv;
	char *args[16] = { NULL };
	int n = 0;

	args[n++] = strdup("vfiocfg");
	while (*argv && n < 15)
		args[n++] = strdup(*argv++);
	set_environment(o);
	setrlimit(RLIMIT_CORE, &no_core);
	if (program)
		execv(program, args);
	_exit(127);
}

void pty_open(struct pty *p, const struct pty_opts *o)
{
	struct winsize w = { .ws_row = (unsigned short)o->rows, .ws_col = (unsigned short)o->cols };
	struct termios t;
	int slave;

	assert_non_null(getenv("VFIOCFG"));
	*p = (struct pty){ .fd = -1 };
	assert_int_equal(openpty(&p->fd, &slave, NULL, NULL, o->rows ? &w : NULL), 0);
	assert_int_equal(tcgetattr(slave, &t), 0);
	if (o->speed) {
		cfsetspeed(&t, o->speed);
		assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
	}
	p->modes = t;
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		close(p->fd);
		if (login_tty(slave) == 0)
			become(o);
		_exit(127);
	}
	close(slave);
	fcntl(p->fd, F_SETFD, FD_CLOEXEC);
}

void pty_start(struct pty *p, const char *type, int rows, int cols, const char *const *argv)
{
	pty_open(p, &(struct pty_opts){ .type = type, .rows = rows, .cols = cols, .argv = argv });
}

bool pty_modes_are_back(const struct pty *p)
{
	struct termios t;

	assert_int_equal(tcgetattr(p->fd, &t), 0);
	return t.c_iflag == p->modes.c_iflag && t.c_oflag == p->modes.c_oflag &&
	       t.c_lflag == p->modes.c_lflag && t.c_cflag == p->modes.c_cflag;
}

void pty_type(struct pty *p, const char *bytes)
{
	size_t len = strlen(bytes);

	p->asked = p->out.len;
	assert_int_equal(write(p->fd, bytes, len), len);
}

void pty_line(struct pty *p, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "%s\n", text);
	pty_type(p, line);
}

size_t pty_read(struct pty *p, int ms)
{
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };
	size_t before = p->out.len;
	char part[4096];
	ssize_t n;

	while (poll(&fd, 1, ms) > 0 && (n = read(p->fd, part, sizeof(part))) > 0) {
		assert_int_equal(buf_add(&p->out, part, (size_t)n), 0);
		ms = 0;
	}
	return p->out.len - before;
}

const char *pty_since(const struct pty *p)
{
	return buf_str(&p->out) + p->asked;
}

/* It is left for pty_end(). */
static bool has_ended(const struct pty *p)
{
	siginfo_t who = { 0 };

	return waitid(P_PID, (id_t)p->pid, &who, WEXITED | WNOHANG | WNOWAIT) < 0 || who.si_pid;
}

void pty_wait(struct pty *p, const char *text)
{
	long end = now_ms() + LONG_MS;

	while (!strstr(pty_since(p), text)) {
		bool ended = has_ended(p); /* if so, its last words are there to be read */

		if (!pty_read(p, 200) && (ended || now_ms() > end))
			fail_msg("\"%s\" did not come, but:\n%s", text, pty_since(p));
	}
}

void pty_ask(struct pty *p, const char *line, const char *answer)
{
	pty_line(p, line);
	pty_wait(p, answer);
	pty_wait(p, "===> ");
}

void pty_hang_up(struct pty *p)
{
	close(p->fd);
	p->fd = -1;
}

int pty_end(struct pty *p)
{
	long end = now_ms() + LONG_MS;
	int status = 0;
	pid_t r;

	while ((r = waitpid(p->pid, &status, WNOHANG)) == 0) {
		if (p->fd >= 0)
			pty_read(p, 50);
		else
			poll(NULL, 0, 20);
		if (now_ms() > end) {
			kill(p->pid, SIGKILL);
			waitpid(p->pid, &status, 0);
			fail_msg("the program did not end; it said:\n%s", buf_str(&p->out));
		}
	}
	if (p->fd >= 0) {
		pty_read(p, 50);
		close(p->fd);
	}
	assert_int_equal(r, p->pid);
	buf_done(&p->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
