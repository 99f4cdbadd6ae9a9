/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "check.h"
#include "machine.h"
#include "msg.h"
#include "session.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

/* A kernel that answers of subchannels from 0.0.0220 on only when it is let. */
static sem_t let;
static atomic_bool closed;
static const struct sys_ops *quick;

static long slow_read_at(const struct sys *sys, int dir, const char *name, char *bytes, size_t size)
{
	if (strcmp(name, "0.0.0220") >= 0 && atomic_load(&closed)) {
		sem_wait(&let);
		sem_post(&let);
	}
	return quick->read_at(sys, dir, name, bytes, size);
}

static void fill(struct machine *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char id[24];

		snprintf(id, sizeof(id), "0.0.%04x", i);
		machine_subch(m, id, "io_subchannel", "none");
	}
}

/* Not closed: it answers at once. */
static struct machine slow_machine(unsigned n)
{
	static struct sys_ops slow;
	struct machine m = machine_new();

	fill(&m, n);
	quick = m.sys->ops;
	slow = *quick;
	slow.read_at = slow_read_at;
	m.sys->ops = &slow;
	sem_init(&let, 0, 0);
	atomic_store(&closed, false);
	return m;
}

static void open_it(void)
{
	atomic_store(&closed, false);
	sem_post(&let);
}

TEST(what_is_read_in_the_background_is_what_is_read_at_once)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	struct scan_run *run;
	int r;

	machine_scan(&m);
	assert_int_equal(scan_run_start(m.sys, m.tab, NULL, SCOPE_ALL, &run), 0);
	while ((r = scan_run_take(run, -1, &inv)) != 1) {
		assert_true(r == 0 || r == -EAGAIN);
		if (r == 0)
			inv = inventory_unref(inv);
	}
	scan_run_free(run);
	assert_int_equal(inv->n_subchs, 700);
	assert_int_equal(inv->n_problems, m.inv->n_problems);
	for (size_t i = 0; i < 700; i++) {
		assert_int_equal(ccwid_cmp(inv->subchs[i]->id, m.inv->subchs[i]->id), 0);
		assert_int_equal(inv->subchs[i]->pim, 0xc0);
	}
}

TEST(the_first_subchannels_come_before_the_others_are_read)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	CLEANUP(inventory_unrefp) struct inventory *inv = NULL;
	struct scan_run *run;
	int r;

	atomic_store(&closed, true);
	assert_int_equal(scan_run_start(m.sys, m.tab, NULL, SCOPE_ALL, &run), 0);
	do
		r = scan_run_take(run, -1, &inv);
	while (r == -EAGAIN);
	assert_int_equal(r, 0);
	assert_int_equal(inv->n_subchs, 512);
	assert_int_equal(inv->subchs[511]->id.no, 511);
	assert_int_equal(scan_run_take(run, 0, &inv), -EAGAIN);
	open_it();
	scan_run_free(run);
}

TEST(a_scan_that_nobody_waits_for_ends_soon)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	struct scan_run *run;

	assert_int_equal(scan_run_start(m.sys, m.tab, NULL, SCOPE_ALL, &run), 0);
	assert_null(scan_run_free(run));
	assert_null(scan_run_free(NULL));
}

TEST(nothing_is_staged_and_nothing_foretold_before_the_whole_machine_is_read)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(msg_done) struct msg why = { 0 };
	struct session_opts opts = { .background = true };
	struct devid dev = devid_css((struct ccwid){ .no = 1 });
	size_t done, total;
	unsigned long serial;
	struct facts f;

	atomic_store(&closed, true);
	assert_int_equal(session_new(m.sys, &opts, &s), 0);
	assert_true(session_reading(s));
	assert_int_equal(session_inventory(s)->n_subchs, 512);
	session_facts(s, &dev, &f);
	assert_string_equal(f.used_by, "...");
	assert_string_equal(f.after, "...");
	assert_false(f.after_differs);
	assert_int_equal(session_module(s, "vfio_ccw", (struct reach){ true, true }, &why), -EBUSY);
	assert_int_equal(session_undo_depth(s), 0);
	assert_int_equal(session_may_commit(s, NULL, &why), -EROFS);
	session_progress(s, &done, &total);
	assert_true(done <= total);
	serial = session_serial(s);
	open_it();
	assert_int_equal(session_settle(s), 0);
	assert_false(session_reading(s));
	assert_true(session_serial(s) > serial);
	assert_int_equal(session_inventory(s)->n_subchs, 700);
	session_facts(s, &dev, &f);
	assert_string_equal(f.used_by, "");
}

/* Of the page as it is drawn now. */
static bool shows(struct app *app, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct canvas c = { 0 };

	assert_int_equal(canvas_init(&c, 24, 80, true), 0);
	app_draw(app, &c);
	assert_int_equal(canvas_to_text(&c, &b), 0);
	canvas_done(&c);
	return strstr(buf_str(&b), text) != NULL;
}

TEST(the_screen_says_that_it_is_still_being_read_moves_and_takes_no_edit)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	CLEANUP(session_freep) struct session *s = NULL;
	struct session_opts opts = { .background = true };
	struct app_opts how = { .ascii = true };
	struct app *app;

	atomic_store(&closed, true);
	assert_int_equal(session_new(m.sys, &opts, &s), 0);
	assert_int_equal(app_new(s, &how, &app), 0);
	assert_true(shows(app, "scanning"));
	app_key(app, '2');
	assert_true(shows(app, "0.0.0000"));
	app_key(app, K_DOWN);
	app_key(app, ' ');
	assert_true(shows(app, "still being read"));
	app_line(app, "stage 0.0.0001");
	assert_true(shows(app, "still being read"));
	app_key(app, 'C');
	assert_null(app->dialog);
	assert_int_equal(session_undo_depth(s), 0);
	open_it();
	while (session_reading(s))
		app_key(app, K_EVENT);
	assert_false(shows(app, "scanning"));
	assert_int_equal(app_table(app)->n_rows, 700);
	assert_int_equal(app_table(app)->cursor, 1);
	app_key(app, ' ');
	assert_int_equal(session_undo_depth(s), 1);
	app_free(app);
}

TEST(a_small_machine_is_whole_at_once)
{
	CLEANUP(machine_done) struct machine m = slow_machine(3);
	CLEANUP(session_freep) struct session *s = NULL;
	struct session_opts opts = { .background = true };

	assert_int_equal(session_new(m.sys, &opts, &s), 0);
	assert_int_equal(session_settle(s), 0);
	assert_int_equal(session_inventory(s)->n_subchs, 3);
	assert_int_equal(session_fd(s), m.sys->fd);
}

TEST(looking_again_ends_a_scan_in_the_background)
{
	CLEANUP(machine_done) struct machine m = slow_machine(700);
	CLEANUP(session_freep) struct session *s = NULL;
	struct session_opts opts = { .background = true };

	assert_int_equal(session_new(m.sys, &opts, &s), 0);
	assert_int_equal(session_rescan(s), 0);
	assert_false(session_reading(s));
	assert_int_equal(session_inventory(s)->n_subchs, 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_read_in_the_background_is_what_is_read_at_once),
		CASE(the_first_subchannels_come_before_the_others_are_read),
		CASE(a_scan_that_nobody_waits_for_ends_soon),
		CASE(nothing_is_staged_and_nothing_foretold_before_the_whole_machine_is_read),
		CASE(the_screen_says_that_it_is_still_being_read_moves_and_takes_no_edit),
		CASE(a_small_machine_is_whole_at_once),
		CASE(looking_again_ends_a_scan_in_the_background),
	};

	return RUN(tests);
}
