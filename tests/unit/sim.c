/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static bool readable(const struct sys *sys)
{
	struct pollfd p = { .fd = sys->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

TEST(the_hidden_half_of_the_tree_cannot_be_reached)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("hidden secret \"x\"\n");
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	assert_true(sim_has(sim_of(sys), "/.sim/secret"));
	assert_absent(sys, "/.sim/secret");
	assert_write(sys, "/.sim/secret", "y", -ENOENT);
	assert_int_equal(sys_stage(sys, "/.sim/secret", "y", 1), -ENOENT);
	assert_int_equal(sys->ops->list(sys, "/", &names), 0);
	buf_foreach_name (&names, name)
		assert_string_not_equal(name, ".sim");
}

TEST(permissions_refuse_as_open_does)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text("file /sys/a/ro 444 \"1\\n\"\nfile /sys/a/wo 200 \"\"\n");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_write(sys, "/sys/a/ro", "2", -EACCES);
	assert_int_equal(sys_read(sys, "/sys/a/wo", &b), -EACCES);
	assert_write(sys, "/sys/a", "2", -EISDIR);
	assert_write(sys, "/sys/a/none", "2", -ENOENT);
	assert_write(sys, "/sys/a/ro/x", "2", -ENOTDIR);
}

TEST(the_descriptor_is_readable_while_events_wait)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("");
	struct sys_event e = { 0 };

	assert_false(readable(sys));
	sim_uevent(sim_of(sys), "add", "x", "/devices/x", "A=1\nB=2\n\nC=3\n");
	sim_uevent(sim_of(sys), "remove", "x", "/devices/x", "%s", "");
	assert_true(readable(sys));
	assert_int_equal(sys_watch(sys, &e), 1);
	assert_string_equal(e.action, "add");
	/* a value may end in a newline of its own, as APMASK does */
	assert_int_equal(e.env.len, strlen("A=1") + strlen("B=2\n") + strlen("C=3") + 3);
	assert_string_equal(e.env.data + 4, "B=2\n");
	sys_event_done(&e);
	assert_true(readable(sys));
	assert_int_equal(sys_watch(sys, &e), 1);
	sys_event_done(&e);
	assert_false(readable(sys));
	assert_int_equal(sys_watch(sys, &e), 0);
}

TEST(a_staged_file_is_there_when_it_is_published_and_not_before)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("file /etc/old 644 \"1\\n\"\n");

	assert_int_equal(sys_stage(sys, "/etc/new/deep", "v\n", 2), 0);
	assert_int_equal(sys_stage(sys, "/etc/old", NULL, 0), 0);
	assert_absent(sys, "/etc/new/deep");
	assert_reads(sys, "/etc/old", "1\n");
	assert_int_equal(sys_publish(sys, "/etc/new/deep"), 0);
	assert_int_equal(sys_publish(sys, "/etc/old"), 0);
	assert_reads(sys, "/etc/new/deep", "v\n");
	assert_absent(sys, "/etc/old");
	assert_int_equal(sys_publish(sys, "/etc/old"), -ENOENT);
	assert_int_equal(sys_syncdir(sys, "/etc/new"), 0);
	assert_events(sys, "file@/etc/new\nfile@/etc\n");
}

TEST(what_is_unstaged_is_forgotten)
{
	CLEANUP(sys_freep) struct sys *sys = sim_of_text("dir /etc\n");

	assert_int_equal(sys_stage(sys, "/etc/a", "v", 1), 0);
	assert_int_equal(sys_unstage(sys, "/etc/a"), 0);
	assert_int_equal(sys_unstage(sys, "/etc/a"), 0);
	assert_int_equal(sys_publish(sys, "/etc/a"), -ENOENT);
	assert_int_equal(sys_stage(sys, "/etc", "v", 1), -EISDIR);
	assert_int_equal(sys_stage(sys, "/sys/x", "v", 1), -EPERM);
}

TEST(a_lock_is_held_by_the_living_and_taken_from_the_dead)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text("process 4711 \"/usr/sbin/other\"\ndir /run\n");
	char mine[32];

	snprintf(mine, sizeof(mine), "%ld\n", (long)getpid());
	assert_int_equal(sys_lock(sys, "/run/l", "4711\n"), 0);
	assert_int_equal(sys_lock(sys, "/run/l", mine), -EEXIST);
	assert_int_equal(sys_lock(sys, "/run/l", NULL), 0);
	assert_absent(sys, "/run/l");
	assert_int_equal(sys_lock(sys, "/run/l", "999999999\n"), 0);
	assert_int_equal(sys_lock(sys, "/run/l", mine), 0);
	assert_int_equal(sys_lock(sys, "/run/l", "4711\n"), -EEXIST);
}

TEST(nothing_is_asked_when_no_byte_is_written)
{
	CLEANUP(sys_freep)
	struct sys *sys = sim_of_text(
		"subchannel 0.0.0001 dev=0.0.1234\nwrite /sys/bus/css/drivers_probe \"\"\n");

	assert_write(sys, "/sys/bus/css/drivers_probe", "", 0);
	assert_write(sys, "/sys/bus/css/drivers_probe", "\n", -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_hidden_half_of_the_tree_cannot_be_reached),
		CASE(permissions_refuse_as_open_does),
		CASE(the_descriptor_is_readable_while_events_wait),
		CASE(a_staged_file_is_there_when_it_is_published_and_not_before),
		CASE(what_is_unstaged_is_forgotten),
		CASE(a_lock_is_held_by_the_living_and_taken_from_the_dead),
		CASE(nothing_is_asked_when_no_byte_is_written),
	};

	return RUN(tests);
}
