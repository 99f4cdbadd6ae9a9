/* SPDX-License-Identifier: MIT */
/* Files that other programs write as well, at the worst moment: between looking and renaming. */
#include "machine.h"
#include "real_in.h"

#include <fcntl.h>

#define DEF  "/etc/mdevctl.d/matrix/1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define TEMP "/etc/mdevctl.d/.matrix.1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11.vfiocfg"

static struct sys *machine(const struct tree *t)
{
	struct sys *sys = NULL;

	assert_int_equal(real_new(&(struct real_opts){ .root = t->root, .live = true }, &sys), 0);
	return sys;
}

static void no_temp(const struct tree *t)
{
	assert_false(tree_has(t, TEMP));
}

TEST(a_file_changed_since_it_was_staged_is_left_as_it_is)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "old");
	assert_int_equal(sys_stage(sys, DEF, "ours", 4), 0);
	tree_put(&t, DEF, "theirs");
	assert_int_equal(sys_publish(sys, DEF), -ESTALE);
	tree_assert(&t, DEF, "theirs");
	assert_int_equal(sys_unstage(sys, DEF), 0);
	no_temp(&t);
}

TEST(a_file_that_appears_after_staging_is_left_as_it_is)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	assert_int_equal(sys_stage(sys, DEF, "ours", 4), 0);
	tree_put(&t, DEF, "theirs");
	assert_int_equal(sys_publish(sys, DEF), -ESTALE);
	tree_assert(&t, DEF, "theirs");
	assert_int_equal(sys_unstage(sys, DEF), 0);
	no_temp(&t);
}

TEST(what_must_be_new_is_staged_over_nothing)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	static const struct sys_stat none = { .type = SYS_NONE };

	tree_put(&t, DEF, "theirs");
	assert_int_equal(sys_stage_as(sys, DEF, "ours", 4, &none), -ESTALE);
	tree_assert(&t, DEF, "theirs");
	no_temp(&t);
	tree_put(&t, "/etc/driverctl.d/other", "");
	assert_int_equal(sys_stage_as(sys, "/etc/driverctl.d/new", "ours", 4, &none), 0);
	assert_int_equal(sys_publish(sys, "/etc/driverctl.d/new"), 0);
	tree_assert(&t, "/etc/driverctl.d/new", "ours");
}

TEST(a_file_that_is_gone_after_staging_stays_gone)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "old");
	assert_int_equal(sys_stage(sys, DEF, "ours", 4), 0);
	assert_int_equal(unlink(tree_path(&t, DEF)), 0);
	assert_int_equal(sys_publish(sys, DEF), -ESTALE);
	assert_false(tree_has(&t, DEF));
	assert_int_equal(sys_unstage(sys, DEF), 0);
	no_temp(&t);
}

TEST(a_file_changed_since_its_removal_was_staged_stays)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "old");
	assert_int_equal(sys_stage(sys, DEF, NULL, 0), 0);
	tree_put(&t, DEF, "theirs");
	assert_int_equal(sys_publish(sys, DEF), -ESTALE);
	tree_assert(&t, DEF, "theirs");
	tree_put(&t, DEF, "old");
	assert_int_equal(sys_publish(sys, DEF), 0);
	assert_false(tree_has(&t, DEF));
	no_temp(&t);
}

TEST(what_is_the_same_again_is_replaced)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);

	tree_put(&t, DEF, "old");
	assert_int_equal(sys_stage(sys, DEF, "ours", 4), 0);
	tree_put(&t, DEF, "old");
	assert_int_equal(sys_publish(sys, DEF), 0);
	tree_assert(&t, DEF, "ours");
	no_temp(&t);
}

static void assert_owner(const struct tree *t, unsigned mode, unsigned uid, unsigned gid)
{
	struct stat st;

	assert_int_equal(lstat(tree_path(t, DEF), &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

TEST(a_file_keeps_its_mode_and_owner_or_gets_what_it_had)
{
	NEEDS_ROOT();
	CLEANUP(tree_done) struct tree t = tree_new();
	CLEANUP(sys_freep) struct sys *sys = machine(&t);
	struct sys_stat was;

	tree_put(&t, DEF, "old");
	if (chown(tree_path(&t, DEF), 12, 34) < 0)
		skip();
	assert_int_equal(chmod(tree_path(&t, DEF), 0664), 0);
	assert_int_equal(sys_stat(sys, DEF, &was), 0);
	assert_int_equal(sys_stage(sys, DEF, "new", 3), 0);
	assert_int_equal(sys_publish(sys, DEF), 0);
	assert_owner(&t, 0664, 12, 34);
	assert_int_equal(sys_stage(sys, DEF, NULL, 0), 0);
	assert_int_equal(sys_publish(sys, DEF), 0);
	assert_int_equal(sys_stage_as(sys, DEF, "old", 3, &was), 0);
	assert_int_equal(sys_publish(sys, DEF), 0);
	assert_owner(&t, 0664, 12, 34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_file_changed_since_it_was_staged_is_left_as_it_is),
		CASE(a_file_that_appears_after_staging_is_left_as_it_is),
		CASE(what_must_be_new_is_staged_over_nothing),
		CASE(a_file_that_is_gone_after_staging_stays_gone),
		CASE(a_file_changed_since_its_removal_was_staged_stays),
		CASE(what_is_the_same_again_is_replaced),
		CASE(a_file_keeps_its_mode_and_owner_or_gets_what_it_had),
	};

	return RUN(tests);
}
