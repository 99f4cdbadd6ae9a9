/* SPDX-License-Identifier: MIT */
/* faulty, readonly and what they share, around a machine in a directory. */
#include "faulty.h"
#include "readonly.h"
#include "real.h"
#include "tree.h"

#include <errno.h>

static struct sys *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	tree_put(t, "/sys/a", "0\n");
	tree_link(t, "/sys/b", "a");
	assert_int_equal(real_new(&(struct real_opts){ .root = t->root, .live = true }, &sys), 0);
	sys->writable = true; /* the tree is ours, root or not */
	return sys;
}

static struct sys *faulty(struct sys *inner, unsigned at, enum fault fault)
{
	struct sys *sys = NULL;

	assert_int_equal(faulty_new(inner, at, fault, EBUSY, &sys), 0);
	return sys;
}

TEST(a_wrapped_machine_shows_what_the_inner_one_does)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);
	CLEANUP(sys_freep) struct sys *f = faulty(inner, 1, FAULT_CUT);
	CLEANUP(sys_freep) struct sys *ro = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sys_event e;
	struct sys_stat st;

	assert_int_equal(readonly_new(f, &ro), 0);
	assert_int_equal(sys_read(ro, "/sys/a", &b), 0);
	assert_int_equal(sys_readlink(ro, "/sys/b", &b), 0);
	assert_int_equal(sys_list(ro, "/sys", &b), 0);
	assert_memory_equal(buf_str(&b), "0\naa\0b\0", 7);
	assert_int_equal(sys_stat(ro, "/sys/b", &st), 0);
	assert_int_equal(st.type, SYS_LINK);
	assert_int_equal(sys_watch(ro, &e), 0);
	assert_int_equal(faulty_count(f), 0);
}

TEST(a_read_only_machine_refuses_every_mutation)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);
	CLEANUP(sys_freep) struct sys *ro = NULL;

	assert_int_equal(readonly_new(inner, &ro), 0);
	assert_int_equal(sys_write(ro, "/sys/a", "1"), -EROFS);
	assert_int_equal(sys_stage(ro, "/etc/a", "1", 1), -EROFS);
	assert_int_equal(sys_publish(ro, "/etc/a"), -EROFS);
	assert_int_equal(sys_unstage(ro, "/etc/a"), -EROFS);
	assert_int_equal(sys_syncdir(ro, "/etc"), -EROFS);
	assert_int_equal(sys_lock(ro, "/run/a", "1\n"), -EROFS);
	assert_int_equal(sys_lock(ro, "/run/a", NULL), -EROFS);
	assert_int_equal(sys_load_module(ro, "vfio"), -EROFS);
	tree_assert(&t, "/sys/a", "0\n");
	assert_false(tree_has(&t, "/etc"));
	assert_false(tree_has(&t, "/run"));
}

TEST(only_the_nth_mutation_is_refused)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);
	CLEANUP(sys_freep) struct sys *f = faulty(inner, 2, FAULT_REFUSED);

	assert_int_equal(sys_write(f, "/sys/a", "1"), 0);
	assert_int_equal(sys_write(f, "/sys/a", "2"), -EBUSY);
	tree_assert(&t, "/sys/a", "1\n");
	assert_int_equal(sys_write(f, "/sys/a", "3"), 0);
	tree_assert(&t, "/sys/a", "3\n");
	assert_int_equal(faulty_count(f), 3);
}

TEST(a_mutation_may_be_done_and_reported_as_failed)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);
	CLEANUP(sys_freep) struct sys *f = faulty(inner, 1, FAULT_DONE);

	assert_int_equal(sys_write(f, "/sys/a", "1"), -EBUSY);
	tree_assert(&t, "/sys/a", "1\n");
	assert_int_equal(sys_write(f, "/sys/none", "1"), -ENOENT);
}

TEST(after_a_cut_nothing_is_done_any_more)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);
	CLEANUP(sys_freep) struct sys *f = faulty(inner, 3, FAULT_CUT);

	assert_int_equal(sys_stage(f, "/etc/a", "1", 1), 0);
	assert_int_equal(sys_lock(f, "/run/a", "1\n"), 0);
	assert_int_equal(sys_publish(f, "/etc/a"), -EBUSY);
	assert_int_equal(sys_unstage(f, "/etc/a"), -EBUSY);
	assert_int_equal(sys_lock(f, "/run/a", NULL), -EBUSY);
	assert_int_equal(sys_load_module(f, "vfio"), -EBUSY);
	assert_int_equal(sys_syncdir(f, "/etc"), -EBUSY);
	assert_false(tree_has(&t, "/etc/a"));
	assert_true(tree_has(&t, "/run/a"));
}

TEST(without_a_fault_mutations_are_only_counted)
{
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *inner = machine(&t);

	for (enum fault fault = FAULT_REFUSED; fault <= FAULT_CUT; fault++) {
		CLEANUP(sys_freep) struct sys *f = faulty(inner, 0, fault);

		for (unsigned i = 1; i <= 5; i++) {
			assert_int_equal(sys_write(f, "/sys/a", "1"), 0);
			assert_int_equal(faulty_count(f), i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_wrapped_machine_shows_what_the_inner_one_does),
		CASE(a_read_only_machine_refuses_every_mutation),
		CASE(only_the_nth_mutation_is_refused),
		CASE(a_mutation_may_be_done_and_reported_as_failed),
		CASE(after_a_cut_nothing_is_done_any_more),
		CASE(without_a_fault_mutations_are_only_counted),
	};

	return RUN(tests);
}
