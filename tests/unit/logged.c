/* SPDX-License-Identifier: MIT */
/* Whatever front end commits or recovers on a host tells it to syslog once; a simulated machine's commits are told to nobody. */
#include "batch.h"
#include "check.h"
#include "screen.h"
#include "sys.h"

#include <stdio.h>
#include <string.h>

/* In place of libc's, in both forms that a compiler may choose. */
void syslog(int priority, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...);

static char told[512];
static int times;

static void note(const char *format, va_list ap)
{
	vsnprintf(told, sizeof(told), format, ap);
	times++;
}

void syslog(int priority, const char *format, ...)
{
	va_list ap;

	(void)priority;
	va_start(ap, format);
	note(format, ap);
	va_end(ap);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)priority;
	(void)flag;
	va_start(ap, format);
	note(format, ap);
	va_end(ap);
}

static void as_host(struct screen *s)
{
	s->sys->simulated = false;
	told[0] = '\0';
	times = 0;
}

TEST(a_commit_that_was_cut_off_is_told_when_it_is_recovered_on_the_screen)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	screen_open_interrupted(&s);
	as_host(&s);
	screen_keys(&s, "I y e s enter");
	screen_has(&s, "undone");
	assert_int_equal(times, 1);
	assert_true(str_starts(told, "commit 1 by operator: rolled back: 1 driver change, 1 file"));
}

TEST(so_it_is_by_the_command)
{
	CLEANUP(screen_done) struct screen s = { 0 };
	char recover[] = "recover", *argv[] = { recover, NULL };
	FILE *out = fopen("/dev/null", "we");
	struct batch b = { .argc = 1, .argv = argv, .out = out, .err = out };

	screen_open_interrupted(&s);
	as_host(&s);
	b.session = s.session;
	assert_int_equal(batch_run(&b), EXIT_ROLLED_BACK);
	fclose(out);
	assert_int_equal(times, 1);
	assert_true(str_starts(told, "commit 1 by operator: rolled back: "));
}

TEST(a_commit_on_the_screen_is_told_and_a_simulated_one_is_not)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	screen_open(&s, "lpar", 24, 80);
	as_host(&s);
	screen_keys(&s, "\"stage 2b09\" C y e s enter");
	assert_int_equal(times, 1);
	assert_non_null(strstr(told, ": committed: 1 driver change, 1 file"));
	s.sys->simulated = true;
	screen_keys(&s, "q \"stage 2b0b\" C y e s enter");
	screen_has(&s, "Committed.");
	assert_int_equal(times, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_commit_that_was_cut_off_is_told_when_it_is_recovered_on_the_screen),
		CASE(so_it_is_by_the_command),
		CASE(a_commit_on_the_screen_is_told_and_a_simulated_one_is_not),
	};

	return RUN(tests);
}
