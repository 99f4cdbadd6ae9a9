/* SPDX-License-Identifier: MIT */
/* When the full screen paints, by a clock that only stands in this file. */
#include "check.h"
#include "pace.h"

#include <string.h>

enum { NOW = 1000000 };

static const struct pace_line idle = { .writable = true };

/* What term.c does, each millisecond of the time given: keys and events come when they say; frames are counted. */
struct life {
	struct pace pace;
	long now;
	size_t frames, keys_taken, events_taken, wakes;
	size_t sent, carried; /* bytes */
	size_t frame_bytes;
	size_t most_behind;
};

static void live(struct life *l, long ms, long key_every, long event_every)
{
	bool key = false, event = false;

	for (long end = l->now + ms; l->now < end; l->now++) {
		struct pace_line line = { .writable = true };

		key = key || (key_every && l->now % key_every == 0);
		event = event || (event_every && l->now % event_every == 0);
		if (key) {
			l->keys_taken++;
			l->pace.dirty = true;
			key = false;
		}
		if (event && pace_follow(&l->pace, l->now) == 0) {
			l->events_taken++;
			l->pace.followed = l->now;
			l->pace.dirty = true;
			event = false;
		}
		if (l->pace.baud && l->now % 25 == 0)
			l->carried += MIN(l->pace.baud / 400, l->sent - l->carried);
		line.queued = 0;
		if (pace_paint(&l->pace, l->now, &line) == 0) {
			l->most_behind = MAX(l->most_behind, l->sent - l->carried);
			l->frames++;
			l->sent += l->frame_bytes;
			pace_painted(&l->pace, l->now, l->frame_bytes);
		}
	}
}

TEST(nothing_new_is_never_painted)
{
	struct life l = { .now = NOW };

	live(&l, 10000, 0, 0);
	assert_int_equal(l.frames, 0);
	assert_int_equal(pace_paint(&l.pace, l.now, &idle), PACE_NEVER);
}

TEST(on_a_fast_line_each_key_is_answered_at_once)
{
	struct life l = { .now = NOW, .frame_bytes = 300 };

	live(&l, 1000, 33, 0);
	assert_int_equal(l.frames, l.keys_taken);
	assert_true(l.frames >= 30);
}

TEST(a_thousand_events_repaint_at_most_ten_times_a_second)
{
	struct life l = { .now = NOW, .frame_bytes = 300 };

	live(&l, 1000, 0, 1);
	assert_true(l.frames <= 10);
	assert_true(l.frames >= 9);
	live(&l, 10, 0, 0);
	/* The last of them is not forgotten. */
	l.pace.followed = l.now;
	assert_int_equal(pace_follow(&l.pace, l.now + 1), PACE_FOLLOW_MS - 1);
	assert_int_equal(pace_follow(&l.pace, l.now + PACE_FOLLOW_MS), 0);
}

TEST(keys_during_a_storm_of_events_are_answered_at_once)
{
	struct life l = { .now = NOW, .frame_bytes = 300 };

	live(&l, 1000, 100, 1);
	assert_true(l.frames >= l.keys_taken);
	assert_true(l.frames <= l.keys_taken + 10);
}

TEST(at_9600_baud_held_keys_are_all_taken_and_frames_wait_for_the_line)
{
	struct life l = { .now = NOW, .frame_bytes = 240, .pace = { .baud = 9600 } };

	live(&l, 6000, 30, 0);
	assert_int_equal(l.keys_taken, 200);
	/* 960 bytes a second carry four such frames. */
	assert_in_range(l.frames, 20, 25);
	assert_true(l.most_behind <= 240);
	live(&l, 300, 0, 0);
	assert_false(l.pace.dirty); /* the last key is seen a frame later */
}

TEST(a_terminal_that_takes_nothing_is_not_written_to)
{
	struct pace p = { .dirty = true };
	struct pace_line line = { .writable = false };

	assert_int_equal(pace_paint(&p, NOW, &line), PACE_NEVER);
	line.writable = true;
	assert_int_equal(pace_paint(&p, NOW, &line), 0);
}

TEST(what_the_line_still_holds_is_waited_for_by_its_speed)
{
	struct pace p = { .dirty = true, .baud = 9600 };
	struct pace_line line = { .writable = true, .queued = 48 };

	assert_int_equal(pace_paint(&p, NOW, &line), 50);
	line.queued = 4000;
	assert_int_equal(pace_paint(&p, NOW, &line), 100);
	p.baud = 0;
	line.queued = 1;
	assert_int_equal(pace_paint(&p, NOW, &line), 10);
}

TEST(a_waiting_key_comes_before_a_frame_but_a_stream_of_keys_does_not_hide_the_screen)
{
	struct pace p = { .dirty = true, .painted = NOW };
	struct pace_line line = { .writable = true, .key_waits = true };

	assert_int_equal(pace_paint(&p, NOW + 1, &line), PACE_NEVER);
	assert_int_equal(pace_paint(&p, NOW + PACE_KEYS_MS, &line), 0);
}

TEST(the_cost_of_a_frame_is_what_changed)
{
	struct canvas a, b;

	assert_int_equal(canvas_init(&a, 24, 80, true), 0);
	assert_int_equal(canvas_init(&b, 24, 80, true), 0);
	canvas_clear(&a);
	canvas_clear(&b);
	assert_true(pace_cost(&a, &b) < 10);
	canvas_text(&b, 3, 5, -1, LOOK_PLAIN, "0.0.2b09");
	assert_in_range(pace_cost(&a, &b), 16, 30);
	assert_true(pace_cost(NULL, &b) >= pace_cost(&a, &b));
	canvas_done(&a);
	assert_int_equal(canvas_init(&a, 25, 80, true), 0);
	canvas_clear(&a);
	/* Another size is another screen. */
	assert_int_equal(pace_cost(&a, &b), pace_cost(NULL, &b));
	canvas_done(&a);
	canvas_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_new_is_never_painted),
		CASE(on_a_fast_line_each_key_is_answered_at_once),
		CASE(a_thousand_events_repaint_at_most_ten_times_a_second),
		CASE(keys_during_a_storm_of_events_are_answered_at_once),
		CASE(at_9600_baud_held_keys_are_all_taken_and_frames_wait_for_the_line),
		CASE(a_terminal_that_takes_nothing_is_not_written_to),
		CASE(what_the_line_still_holds_is_waited_for_by_its_speed),
		CASE(a_waiting_key_comes_before_a_frame_but_a_stream_of_keys_does_not_hide_the_screen),
		CASE(the_cost_of_a_frame_is_what_changed),
	};

	return RUN(tests);
}
