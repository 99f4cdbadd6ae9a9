/* SPDX-License-Identifier: MIT */
#include "crash.h"
#include "mem.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct {
	volatile sig_atomic_t guarded, modes, commit;
	struct termios before;
	char bytes[128];
	size_t n_bytes;
	char stack[16384]; /* a stack that ran over cannot carry its own handler */
	stack_t stack_before;
} crash;

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void on_fatal(int sig)
{
	if (crash.guarded) {
		crash.guarded = 0;
		/* Not waiting for the line to drain: it may be stopped for good. */
		if (crash.modes)
			tcsetattr(STDIN_FILENO, TCSANOW, &crash.before);
		(void)!write(STDOUT_FILENO, crash.bytes, crash.n_bytes);
		say("\r\nvfiocfg ended because of an error in the program. ");
		say(crash.commit ? "A commit was under way and is neither finished nor\r\n"
				   "undone: start vfiocfg again, or type: vfiocfg recover\r\n"
				 : "Nothing was written to the\r\nmachine; what was staged and "
				   "not saved is lost.\r\n");
		say("If the terminal behaves oddly, type: reset\r\n");
	}
	raise(sig); /* SA_RESETHAND: now for real */
}

static void take(void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &sa, NULL);
}

void crash_guard(const struct termios *before, const char *bytes, size_t n)
{
	stack_t stack = { .ss_sp = crash.stack, .ss_size = sizeof(crash.stack) };

	crash.modes = before != NULL;
	if (before)
		crash.before = *before;
	crash.n_bytes = MIN(n, sizeof(crash.bytes));
	if (crash.n_bytes)
		memcpy(crash.bytes, bytes, crash.n_bytes);
	sigaltstack(&stack, crash.guarded ? NULL : &crash.stack_before);
	crash.guarded = 1;
	take(on_fatal, (int)SA_RESETHAND | SA_ONSTACK);
}

void crash_release(void)
{
	if (!crash.guarded)
		return;
	take(SIG_DFL, 0);
	crash.guarded = 0;
	sigaltstack(&crash.stack_before, NULL);
}

void crash_commit(bool under_way)
{
	crash.commit = under_way;
}
