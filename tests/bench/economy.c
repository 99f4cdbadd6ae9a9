/* SPDX-License-Identifier: MIT */
/*
 * What the full screen writes to a terminal of 24x80, in bytes: a cursor movement, a repaint, nothing at all. A serial line at 9600
 * baud carries about 960 bytes a second.
 */
#include "check.h"
#include "onpty.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOVES = 60, MOVE_MAX = 300, REPAINT_MAX = 4096 };

static const char *const types[] = { "xterm", "vt100", "linux" };

static int by_size(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

/* All that comes of one key: until nothing came for a while. */
static size_t cost(struct pty *p, const char *key)
{
	size_t n, all = 0;

	pty_type(p, key);
	all = pty_read(p, 2000);
	while ((n = pty_read(p, 40)))
		all += n;
	return all;
}

static void open_channel(struct pty *p, const char *type)
{
	static const char *const argv[] = { "--demo=lpar", "--mode=full", NULL };

	pty_start(p, type, 24, 80, argv);
	pty_read(p, 5000);
	while (pty_read(p, 300))
		;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_movement_costs_little_a_repaint_is_small_and_idle_is_silent),
	};

	return RUN(tests);
}
