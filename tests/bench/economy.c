/* SPDX-License-Identifier: MIT */
/*
 * What the full screen writes to a terminal of 24x80, in bytes: a cursor movement, a repaint, nothing at all. A serial line at 9600
 * baud carries about 960 bytes a second.
 */
#include "clock.h"
#include "check.h"
#include "onpty.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOVES = 60, MOVE_MAX = 300, REPAINT_MAX = 4096, LONG_MS = 30000 };

static const char *const types[] = { "xterm", "vt100", "linux", "ansi" };

static int by_size(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

/* What the kernel says of the program in /proc/PID/file after a name. */
static void said(const struct pty *p, const char *file, const char *name, char word[static 32])
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)p->pid, file);
	f = fopen(path, "re");
	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, name, strlen(name)) &&
			sscanf(line + strlen(name), "%31s", word) == 1;
	fclose(f);
	assert_true(found);
}

/* Not asleep: has still to do, and comes to it when the machine has time. */
static bool is_busy(const struct pty *p)
{
	char state[32];

	said(p, "status", "State:", state);
	return *state == 'R' || *state == 'D';
}

/* All that is written, waiting so long for the first of it: until nothing came for a while and the program sleeps. */
static size_t read_all(struct pty *p, int first_ms, int quiet_ms)
{
	size_t n, all = pty_read(p, first_ms);

	while ((n = pty_read(p, quiet_ms)) || is_busy(p))
		all += n;
	return all;
}

static size_t cost(struct pty *p, const char *key)
{
	pty_type(p, key);
	return read_all(p, LONG_MS, 40);
}

static void open_channel(struct pty *p, const char *type)
{
	static const char *const argv[] = { "--demo=lpar", "--mode=full", NULL };

	pty_start(p, type, 24, 80, argv);
	read_all(p, LONG_MS, 300);
	cost(p, "2");
}

static void measure(const char *type)
{
	size_t moves[MOVES], repaint, idle;
	struct pty p;

	open_channel(&p, type);
	for (int i = 0; i < MOVES; i++)
		moves[i] = cost(&p, i < MOVES / 2 ? "j" : "k");
	qsort(moves, MOVES, sizeof(*moves), by_size);
	repaint = cost(&p, "\f");
	p.asked = p.out.len;
	idle = pty_read(&p, 1500);
	print_message("# %s: a movement %zu bytes (median; most %zu), a repaint %zu, idle %zu\n",
		      type, moves[MOVES / 2], moves[MOVES - 1], repaint, idle);
	assert_true(moves[MOVES / 2] < MOVE_MAX);
	assert_true(repaint < REPAINT_MAX);
	assert_int_equal(idle, 0);
	pty_type(&p, "q");
	assert_int_equal(pty_end(&p), 0);
}

TEST(a_movement_costs_little_a_repaint_is_small_and_idle_is_silent)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		measure(types[i]);
}

/* -- what the kernel counts -- */

static unsigned long counted(const struct pty *p, const char *file, const char *name)
{
	char number[32];

	said(p, file, name, number);
	return strtoul(number, NULL, 10);
}

static unsigned long wakes(const struct pty *p)
{
	return counted(p, "status", "voluntary_ctxt_switches:");
}

/* What it had still to do when its last byte came is done, and it sleeps. */
static unsigned long wakes_at_rest(struct pty *p)
{
	unsigned long before = wakes(p);

	for (int i = 0; i < 100; i++) {
		unsigned long now;

		pty_read(p, 300);
		now = wakes(p);
		if (now == before && !is_busy(p))
			return now;
		before = now;
	}
	fail_msg("it never rests");
	return 0;
}

/* ncurses looks for keys between rows, and writes before it looks: a frame of few rows is up to so many writes. */
enum { WRITES_A_FRAME = 4 };

static unsigned long writes(const struct pty *p)
{
	return counted(p, "io", "syscw:");
}

static void leave(struct pty *p)
{
	pty_type(p, "q");
	assert_int_equal(pty_end(p), 0);
}

TEST(an_idle_screen_wakes_up_for_nothing_in_each_front_end)
{
	static const char *const modes[] = { "--mode=full", "--mode=panel", "--mode=line" };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *argv[] = { "--demo=lpar", modes[i], NULL };
		unsigned long before;
		struct pty p;

		pty_start(&p, "xterm", 24, 80, argv);
		read_all(&p, LONG_MS, 500);
		before = wakes_at_rest(&p);
		assert_int_equal(pty_read(&p, 2000), 0);
		assert_int_equal(wakes(&p), before);
		pty_type(&p, i ? "end\n" : "q");
		assert_int_equal(pty_end(&p), 0);
	}
}

TEST(keys_that_are_held_down_are_taken_together)
{
	char keys[201] = "";
	unsigned long n_writes;
	struct pty p;
	size_t n;

	for (size_t i = 0; i < 200; i++)
		keys[i] = i % 25 < 13 ? 'j' : 'k';
	open_channel(&p, "xterm");
	n_writes = writes(&p);
	n = cost(&p, keys);
	n_writes = writes(&p) - n_writes;
	print_message("# 200 keys at once: %zu bytes, %lu writes\n", n, n_writes);
	assert_true(n < REPAINT_MAX);
	assert_true(n_writes < 20);
	leave(&p);
}

/* -- a storm of events: definitions appear in a watched directory -- */

enum { STORM = 1000 };

static void make_dirs(const char *root)
{
	static const char *const dirs[] = {
		"/sys", "/proc", "/run", "/etc", "/etc/mdevctl.d", "/etc/mdevctl.d/0000:00:02.0"
	};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
}

static void define(const char *root, int nth)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/mdevctl.d/0000:00:02.0/7e270a25-e163-4922-af60-%012d",
		 root, nth);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("{ \"mdev_type\": \"i915-GVTg_V5_4\", \"start\": \"auto\" }\n", f);
	fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

TEST(a_thousand_events_repaint_at_most_ten_times_a_second)
{
	char root[] = "/tmp/vfiocfg-storm-XXXXXX", option[64];
	const char *argv[] = { option, "--mode=full", NULL };
	unsigned long n_writes;
	struct pty p;
	long begun;
	size_t n;

	assert_non_null(mkdtemp(root));
	make_dirs(root);
	define(root, 0);
	snprintf(option, sizeof(option), "--root=%s", root);
	pty_start(&p, "vt100", 24, 80, argv);
	read_all(&p, LONG_MS, 300);
	cost(&p, "5");
	n_writes = writes(&p);
	n = p.out.len;
	begun = now_ms();
	for (int i = 1; i < STORM; i++) {
		define(root, i);
		if (i % 10 == 0)
			pty_read(&p, 10);
	}
	read_all(&p, 400, 400);
	n_writes = writes(&p) - n_writes;
	begun = now_ms() - begun;
	print_message("# %d events in %ld ms: %lu writes, %zu bytes\n", STORM, begun, n_writes,
		      p.out.len - n);
	assert_true(n_writes >= 2);
	assert_true((long)n_writes <= WRITES_A_FRAME * (begun / 100 + 1));
	cost(&p, "\f");
	assert_non_null(strstr(pty_since(&p), "/1000")); /* none was missed */
	n = wakes_at_rest(&p);
	pty_read(&p, 1000);
	assert_int_equal(wakes(&p), n);
	leave(&p);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_movement_costs_little_a_repaint_is_small_and_idle_is_silent),
		CASE(an_idle_screen_wakes_up_for_nothing_in_each_front_end),
		CASE(keys_that_are_held_down_are_taken_together),
		CASE(a_thousand_events_repaint_at_most_ten_times_a_second),
	};

	return RUN(tests);
}
