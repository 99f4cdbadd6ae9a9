/* SPDX-License-Identifier: MIT */
/*
 * Tests of the simulated machine: a machine from its text, and what it answers.
 *
 *	CLEANUP(sys_freep) struct sys *sys = sim_of_text("subchannel 0.0.0001 dev=0.0.1234");
 *	assert_write(sys, "/sys/bus/css/drivers_probe", "0.0.9999", -ENODEV);
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "check.h"
#include "sim_tree.h"

#include <errno.h>
#include <string.h>

/* A machine of level 6.12 unless the text says another; fails the test when the text is wrong. */
static inline struct sys *sim_of_text(const char *text)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	struct sim_error error = { 0 };
	struct sys *sys = NULL;

	assert_int_equal(buf_printf(&all, "%s%s",
				    str_starts(text, "kernel ") ? "" : "kernel 612 6.12.0-test\n",
				    text),
			 0);
	if (sim_new(all.data, all.len, &sys, &error) < 0)
		fail_msg("line %u: expected %s", error.line, error.expected);
	sim_forget_events(sim_of(sys));
	return sys;
}

#define assert_write(sys, path, value, result) assert_int_equal(sys_write(sys, path, value), result)

#define assert_reads(sys, path, expected)                                                          \
	do {                                                                                       \
		CLEANUP(buf_done) struct buf read_ = { 0 };                                        \
		assert_int_equal(sys_read(sys, path, &read_), 0);                                  \
		assert_string_equal(buf_str(&read_), expected);                                    \
	} while (0)

/* The last component of a link. */
#define assert_link(sys, path, expected)                                                           \
	do {                                                                                       \
		CLEANUP(buf_done) struct buf link_ = { 0 };                                        \
		assert_int_equal(sys_read_base(sys, path, &link_), 0);                             \
		assert_string_equal(buf_str(&link_), expected);                                    \
	} while (0)

#define assert_absent(sys, path) assert_false(sys_exists(sys, path))

/* All waiting events as "action@devpath" lines, and none waits afterwards. */
#define assert_events(sys, expected)                                                               \
	do {                                                                                       \
		CLEANUP(buf_done) struct buf events_ = { 0 };                                      \
		struct sys_event e_ = { 0 };                                                       \
		while (sys_watch(sys, &e_) > 0) {                                                  \
			assert_int_equal(buf_printf(&events_, "%s@%s\n", e_.action, e_.devpath),   \
					 0);                                                       \
			sys_event_done(&e_);                                                       \
		}                                                                                  \
		assert_string_equal(buf_str(&events_), expected);                                  \
	} while (0)

#endif
