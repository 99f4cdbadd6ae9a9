/* SPDX-License-Identifier: MIT */
/*
 * Random keys at random sizes: never a crash, never a cell outside the canvas, never a write to the machine.
 * The letter y is left out, so that no commit is ever confirmed. ROUNDS=n runs n rounds (default 24).
 */
#include "app.h"
#include "check.h"
#include "mem.h"
#include "sim.h"
#include "tree.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const machines[] = { "lpar", "lpar72", "x86", "zvm", "empty", "hostile" };

static const uint32_t special[] = {
	K_UP,	  K_DOWN,    K_LEFT,	  K_RIGHT,  K_PGUP, K_PGDN,   K_HOME,  K_END, K_ENTER,
	K_TAB,	  K_BACKTAB, K_BACKSPACE, K_DELETE, K_ESC,  K_RESIZE, K_EVENT, K_F1,  K_F3,
	K_F5,	  K_F6,	     K_F7,	  K_F8,	    K_F12,  K_F13,    K_F15,   K_F19, K_F20,
	K_CTRL_L, K_ENTER,   K_DOWN,	  K_UP,	    ' ',    ' ',      'n',     'C',   'G',
	':',	  '/',	     'q',	  '1',	    '2',    '3',      '4',     '5',   '6',
};

static const char *const lines[] = {
	"stage",
	"find 2b09",
	"only 3390",
	"all",
	"assign 05 0004",
	"domains 4-7,0xab",
	"new",
	"use 2",
	"commit",
	"undo",
	"redo",
	"help",
	"end",
	"sort 2",
	"down 3",
	"goto 3",
	"save",
	"load",
	"sriov 4",
	"module vfio_ap",
	"nonsense",
	";;;",
	"use",
	"control 4",
	"unassign - 4",
};

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

static uint32_t some_key(struct dice *d)
{
	uint32_t key = roll(d, 3) ? special[roll(d, ARRAY_SIZE(special))] : 33 + roll(d, 94);

	return key == 'y' || key == 'Y' ? 'n' : key;
}

static void draw(struct app *a, struct dice *d)
{
	int rows = 1 + (int)roll(d, 60), cols = 1 + (int)roll(d, 200);
	CLEANUP(buf_done) struct buf text = { 0 };
	struct canvas c;

	assert_int_equal(canvas_init(&c, rows, cols, roll(d, 2)), 0);
	app_draw(a, &c);
	assert_true(c.cursor_row < rows && c.cursor_col < cols);
	assert_int_equal(canvas_to_text(&c, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] == '\n' || (unsigned char)text.data[i] >= 0x20);
	canvas_done(&c);
}

static void one_round(unsigned seed)
{
	CLEANUP(buf_done) struct buf before = { 0 }, after = { 0 };
	struct dice dice = { seed * 104729u + 3 };
	const char *machine = machines[seed % ARRAY_SIZE(machines)];
	struct session_opts sopts = { 0 };
	struct app_opts opts = { .demo = true, .ascii = true };
	struct session *s;
	struct sys *sys;
	struct app *a;

	assert_int_equal(sim_new_named(machine, &sys), 0);
	assert_int_equal(sim_save(sys, &before), 0);
	assert_int_equal(session_new(sys, &sopts, &s), 0);
	assert_int_equal(app_new(s, &opts, &a), 0);
	for (int i = 0; i < 400; i++) {
		if (roll(&dice, 12) == 0)
			app_line(a, lines[roll(&dice, ARRAY_SIZE(lines))]);
		else if (roll(&dice, 12) == 0)
			app_mouse(a, (int)roll(&dice, 60), (int)roll(&dice, 200),
				  1 + (int)roll(&dice, 5));
		else
			app_key(a, some_key(&dice));
		if (roll(&dice, 4) == 0)
			draw(a, &dice);
	}
	assert_int_equal(sim_save(sys, &after), 0);
	assert_string_equal(buf_str(&before), buf_str(&after));
	app_free(a);
	session_free(s);
	sys_free(sys);
}

TEST(random_keys_never_crash_and_never_write)
{
	CLEANUP(tree_done) struct tree dir = tree_new();
	const char *text = getenv("ROUNDS");
	unsigned rounds = text ? (unsigned)strtoul(text, NULL, 10) : 24;

	/* Keys may well type "save" and a name. */
	assert_int_equal(chdir(dir.root), 0);
	for (unsigned i = 0; i < rounds; i++)
		one_round(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(random_keys_never_crash_and_never_write),
	};

	return RUN(tests);
}
