/* SPDX-License-Identifier: MIT */
/* Attributes that ask a crypto adapter: one that is silent holds nobody up for long, and only once. */
#include "clock.h"
#include "machine.h"
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#define SERIAL "/sys/devices/ap/card05/serialnr"

static struct real *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root }, &sys), 0);
	return real_of(sys);
}

TEST(only_a_serial_number_is_asked_of_the_adapter)
{
	assert_true(real_asks(SERIAL));
	assert_false(real_asks("/sys/devices/ap/card05/hwtype"));
	assert_false(real_asks("/etc/serialnr"));
}

TEST(an_answer_is_what_the_attribute_says)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf said = { 0 };

	tree_put(&t, SERIAL, "93AABEET\n");
	struct real *r = machine(&t);
	assert_int_equal(sys_read(&r->sys, SERIAL, &said), 0);
	assert_string_equal(buf_str(&said), "93AABEET\n");
	sys_free(&r->sys);
}

/* read_at knows no deadline: what reads a device's directory so asks for this by its path. */
TEST(it_is_not_read_through_the_descriptor_of_a_directory)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	char page[64];
	int dir;

	tree_put(&t, SERIAL, "93AABEET\n");
	struct real *r = machine(&t);
	/* Not by sys_ops.dir: that needs openat2, which no emulation of user mode has. */
	dir = open(tree_path(&t, "/sys/devices/ap/card05"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(r->sys.ops->read_at(&r->sys, dir, "serialnr", page, sizeof(page)),
			 -EOPNOTSUPP);
	close(dir);
	sys_free(&r->sys);
}

/* A pipe that nobody writes to is as silent as an adapter. */
TEST(a_silent_adapter_is_given_up_and_not_asked_again)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf said = { 0 };
	struct real *r = machine(&t);
	struct sigaction was, is;
	int ends[2];
	long begin;

	assert_int_equal(pipe(ends), 0);
	sigaction(SIGALRM, NULL, &was);
	begin = now_ms();
	assert_int_equal(real_ask(r, SERIAL, ends[0], &said), -ETIMEDOUT);
	assert_in_range(now_ms() - begin, 400, 30000);
	assert_int_equal(write(ends[1], "late\n", 5), 5);
	assert_int_equal(real_ask(r, SERIAL, ends[0], &said), -ETIMEDOUT);
	assert_int_equal(said.len, 0);
	sigaction(SIGALRM, NULL, &is);
	assert_ptr_equal(is.sa_handler, was.sa_handler);
	/* Another adapter is asked all the same. */
	assert_int_equal(real_ask(r, "/sys/devices/ap/card06/serialnr", ends[0], &said), 0);
	assert_string_equal(buf_str(&said), "late\n");
	close(ends[0]);
	close(ends[1]);
	sys_free(&r->sys);
}

struct asking {
	struct real *r;
	int fd, err;
};

static void *ask(void *arg)
{
	struct asking *a = arg;
	CLEANUP(buf_done) struct buf said = { 0 };
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	a->err = real_ask(a->r, SERIAL, a->fd, &said);
	return NULL;
}

/* As a large machine is read, while the first rows are looked at. */
TEST(a_thread_that_takes_no_signals_is_not_held_up_either)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	struct asking a = { .r = machine(&t) };
	int ends[2];
	pthread_t thread;

	assert_int_equal(pipe(ends), 0);
	a.fd = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, ask, &a), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(a.err, -ETIMEDOUT);
	close(ends[0]);
	close(ends[1]);
	sys_free(&a.r->sys);
}

TEST(a_refusal_is_told_as_it_is)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(buf_done) struct buf said = { 0 };
	struct real *r = machine(&t);

	assert_int_equal(real_ask(r, SERIAL, -1, &said), -EBADF);
	sys_free(&r->sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(only_a_serial_number_is_asked_of_the_adapter),
		CASE(an_answer_is_what_the_attribute_says),
		CASE(it_is_not_read_through_the_descriptor_of_a_directory),
		CASE(a_silent_adapter_is_given_up_and_not_asked_again),
		CASE(a_thread_that_takes_no_signals_is_not_held_up_either),
		CASE(a_refusal_is_told_as_it_is),
	};

	return RUN(tests);
}
