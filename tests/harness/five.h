/* SPDX-License-Identifier: MIT */
/*
 * A machine of five plain files and a plan that changes them all, for the tests of txn_run.
 */
#ifndef FIVE_H
#define FIVE_H

#include "check.h"
#include "faulty.h"
#include "sim_tree.h"
#include "txn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Plain files without behaviour: what a plan does is seen in them. */
static const char machine[] = "kernel 612 6.12.0\n"
			      "file /proc/sys/kernel/random/boot_id 644 \"boot-1\\n\"\n"
			      "file /sys/a 644 \"0\\n\"\n"
			      "file /sys/b 644 \"0\\n\"\n"
			      "file /etc/driverctl.d/keep 644 \"old\\n\"\n"
			      "file /etc/driverctl.d/gone 644 \"bye\\n\"\n"
			      "dir /run/lock\n";

static inline struct sys *machine_new(void)
{
	struct sim_error e = { 0 };
	struct sys *sys = NULL;

	if (sim_new(machine, strlen(machine), &sys, &e) < 0)
		fail_msg("line %u: expected %s", e.line, e.expected);
	return sys;
}

static inline char *str(const char *s)
{
	return s ? strdup(s) : NULL;
}

static inline struct act value_act(const char *path, const char *text)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", text);
	return (struct act){ .path = str(path),
			     .value = str(line),
			     .len = strlen(line),
			     .expect = EXPECT_VALUE,
			     .expect_path = str(path),
			     .expect_text = str(text) };
}

static inline struct act file_act(const char *path, const char *text)
{
	return (struct act){ .path = str(path),
			     .value = str(text),
			     .len = text ? strlen(text) : 0 };
}

/* Two live steps and three files: written, rewritten, removed. */
static inline struct plan plan_new(void)
{
	struct plan p = { .n_steps = 5, .n_feet = 2 };
	struct step *s = p.steps = calloc(5, sizeof(*s));

	s[0] = (struct step){ STEP_SRIOV,
			      WHEN_LIVE,
			      { BUS_PCI, "a" },
			      value_act("/sys/a", "1"),
			      value_act("/sys/a", "0"),
			      .text = str("set a") };
	s[1] = (struct step){ STEP_SRIOV,
			      WHEN_LIVE,
			      { BUS_PCI, "b" },
			      value_act("/sys/b", "2"),
			      value_act("/sys/b", "0"),
			      .text = str("set b") };
	s[2] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/new", "new\n"),
			      file_act("/etc/driverctl.d/new", NULL),
			      .text = str("write new") };
	s[3] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/keep", "changed\n"),
			      file_act("/etc/driverctl.d/keep", "old\n"),
			      .text = str("rewrite keep") };
	s[4] = (struct step){ STEP_FILE,
			      WHEN_FILE,
			      { 0 },
			      file_act("/etc/driverctl.d/gone", NULL),
			      file_act("/etc/driverctl.d/gone", "bye\n"),
			      .text = str("remove gone") };
	p.feet = calloc(2, sizeof(*p.feet));
	p.feet[0] = (struct foot){ str("/sys/a"), str("0") };
	p.feet[1] = (struct foot){ str("/etc/driverctl.d/new"), NULL };
	return p;
}

static const struct txn_opts opts = {
	.deadline_ms = 20, .journal = "/var/lib/vfiocfg", .edits = "{}", .who = "root"
};

struct nth {
	const char *path;
	unsigned nth, number;
};

static inline void nth_seen(void *arg, unsigned n, const char *path)
{
	struct nth *w = arg;

	if (str_eq(path, w->path) && w->nth && --w->nth == 0)
		w->number = n;
}

/* The number of the nth mutation at a path, in a commit whose mutation `at` (0: none) fails all the same; recover: in recovering. */
static inline unsigned number_of(const char *path, unsigned nth, unsigned at, struct sys *recover)
{
	struct sys *sys = recover, *faulty;
	struct nth w = { path, nth, 0 };
	struct plan p = plan_new();
	struct txn_report rep;

	assert_int_equal(recover ? sim_copy(recover, NULL, &sys) : 0, 0);
	if (!recover)
		sys = machine_new();
	assert_int_equal(faulty_new(sys, at, FAULT_DONE, EIO, &faulty), 0);
	faulty_before(faulty, nth_seen, &w);
	assert_int_equal(
		recover ? txn_recover(faulty, &opts, &rep) : txn_run(faulty, &p, &opts, &rep), 0);
	assert_true(w.number > 0);
	txn_report_done(&rep);
	sys_free(faulty);
	sys_free(sys);
	plan_done(&p);
	return w.number;
}

/* Of the live step that writes to /sys/b, and of the renames of files that have been staged. */
#define AT_B	number_of("/sys/b", 1, 0, NULL)
#define AT_NEW	number_of("/etc/driverctl.d/new", 2, 0, NULL)
#define AT_KEEP number_of("/etc/driverctl.d/keep", 2, 0, NULL)
#define AT_GONE number_of("/etc/driverctl.d/gone", 2, 0, NULL)

/* Carries it out until its process dies before the nth mutation, with the lock taken; 0: it does not. How many there were. */
static inline unsigned run_cut(struct sys *sys, const struct plan *p, unsigned n)
{
	struct txn_report rep;
	struct sys *faulty;
	unsigned all;

	assert_int_equal(faulty_new(sys, n, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(txn_run(faulty, p, &opts, &rep), 0);
	all = faulty_count(faulty);
	sys_free(faulty);
	txn_report_done(&rep);
	sys_lock(sys, "/run/lock/vfiocfg.lock", NULL); /* its process is dead */
	return all;
}

/* What the five places hold, in one string. */
static inline char *state_of(struct sys *sys)
{
	static const char *const places[] = { "/sys/a", "/sys/b", "/etc/driverctl.d/new",
					      "/etc/driverctl.d/keep", "/etc/driverctl.d/gone" };
	struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t at = b.len;

		if (sys_read(sys, places[i], &b) < 0)
			buf_adds(&b, "-\n");
		b.data[b.len - 1] = ' ';
		assert_true(b.len > at);
	}
	return buf_take(&b);
}

#define BEFORE "0 0 - old bye "
#define AFTER  "1 2 new changed - "

static inline void assert_state(struct sys *sys, const char *expect)
{
	char *s = state_of(sys);

	assert_string_equal(s, expect);
	free(s);
}

static inline void assert_tidy(struct sys *sys)
{
	assert_false(sys_exists(sys, "/var/lib/vfiocfg/commit.json"));
	assert_false(sys_exists(sys, "/run/lock/vfiocfg.lock"));
}

#endif
