/* SPDX-License-Identifier: MIT */
#include "screen.h"
#include "capture.h"
#include "check.h"
#include "faulty.h"
#include "full.h"
#include "real.h"
#include "session_part.h"
#include "sim.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Screens must not depend on the hardware database of the host that runs the tests: they are made without one. */
struct udev_hwdb *udev_hwdb_new(struct udev *udev)
{
	(void)udev;
	return NULL;
}

/* In place of what was scanned of the machine, which stays the empty one. */
static void fill(struct screen *s)
{
	struct fixture f = fixture_new();

	full_machine(&f);
	assert_int_equal(session_derive(s->session, inventory_ref(f.inv), s->session->at), 0);
	s->tab = TAKE(f.tab);
	fixture_done(&f);
}

static void from_file(const char *path, struct sys **ret)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "re");
	struct sim_error where;
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_true(n < sizeof(text));
	assert_int_equal(sim_new(text, n, ret, &where), 0);
}

void screen_open(struct screen *s, const char *machine, int rows, int cols)
{
	struct session_opts opts = { .who = "operator" };
	struct app_opts app = {
		.ascii = true, .demo = true, .machine_name = machine, .kernel_reboot = sim_reboot
	};

	memset(s, 0, sizeof(*s));
	if (str_starts(machine, "dir:")) {
		struct real_opts real = { .root = machine + 4, .read_only = true };

		assert_int_equal(real_new(&real, &s->sys), 0);
		opts.read_only = true;
		app.demo = false;
		app.machine_name = NULL;
	} else if (str_starts(machine, "capture:")) {
		CLEANUP(buf_done) struct buf file = { 0 };
		struct capture_error where;

		assert_int_equal(buf_printf(&file, "%s/tests/captures/%s", getenv("SOURCE_DIR"),
					    machine + strlen("capture:")),
				 0);
		assert_int_equal(capture_open(buf_str(&file), &s->sys, &where), 0);
		opts.read_only = true;
		app.demo = false;
		app.machine_name = NULL;
	} else if (str_starts(machine, "file:")) {
		app.machine_name = machine + 5;
		from_file(machine + 5, &s->sys);
	} else {
		assert_int_equal(
			sim_new_named(str_eq(machine, "full") ? "empty" : machine, &s->sys), 0);
	}
	assert_int_equal(session_new(s->sys, &opts, &s->session), 0);
	if (str_eq(machine, "full"))
		fill(s);
	assert_int_equal(app_new(s->session, &app, &s->app), 0);
	assert_int_equal(canvas_init(&s->canvas, rows, cols, true), 0);
	app_draw(s->app, &s->canvas);
}

void screen_open_interrupted(struct screen *s)
{
	struct consent consent = { .conflicts = true, .not_undoable = true };
	struct session_opts opts = { .who = "operator" };
	struct app_opts app = { .ascii = true, .demo = true, .kernel_reboot = sim_reboot };
	struct txn_opts how = { .deadline_ms = 5 };
	struct txn_report rep;
	struct msg why = { 0 };
	struct sys *faulty;
	struct devid dev;

	memset(s, 0, sizeof(*s));
	assert_int_equal(sim_new_named("lpar", &s->sys), 0);
	assert_int_equal(faulty_new(s->sys, 11, FAULT_CUT, EIO, &faulty), 0);
	assert_int_equal(session_new(faulty, &opts, &s->session), 0);
	assert_int_equal(devid_parse("css/0.0.0313", &dev), 0);
	assert_int_equal(session_set_driver(s->session, &dev, "vfio_ccw",
					    (struct reach){ true, true }, &why),
			 0);
	assert_int_equal(session_commit(s->session, &consent, &how, &rep, &why), 0);
	txn_report_done(&rep);
	session_free(s->session);
	sys_free(faulty);
	sys_lock(s->sys, "/run/lock/vfiocfg.lock", NULL);
	assert_int_equal(session_new(s->sys, &opts, &s->session), 0);
	assert_int_equal(app_new(s->session, &app, &s->app), 0);
	assert_int_equal(canvas_init(&s->canvas, 15, 60, true), 0);
}

void screen_done(struct screen *s)
{
	app_free(s->app);
	session_free(s->session);
	sys_free(s->sys);
	strtab_free(s->tab);
	canvas_done(&s->canvas);
}

void screen_size(struct screen *s, int rows, int cols)
{
	canvas_done(&s->canvas);
	assert_int_equal(canvas_init(&s->canvas, rows, cols, true), 0);
	app_key(s->app, K_RESIZE);
	app_draw(s->app, &s->canvas);
}

void screen_keys(struct screen *s, const char *script)
{
	char word[256];

	while (*(script += strspn(script, " "))) {
		bool line = *script == '"';
		size_t n = line ? strcspn(++script, "\"") : strcspn(script, " ");

		assert_true(n < sizeof(word));
		snprintf(word, sizeof(word), "%.*s", (int)n, script);
		script += n + line;
		if (line) {
			app_line(s->app, word);
		} else if (n > 1 && word[0] == '\'') {
			for (size_t i = 1; i < n; i++)
				app_key(s->app, (unsigned char)word[i]);
		} else {
			if (!key_from_name(word))
				fail_msg("no such key: %s", word);
			app_key(s->app, key_from_name(word));
		}
		app_draw(s->app, &s->canvas);
	}
}

const char *screen_text(const struct screen *s, struct buf *b)
{
	buf_reset(b);
	assert_int_equal(canvas_to_text(&s->canvas, b), 0);
	return buf_str(b);
}

const char *screen_line(const struct screen *s, int row, struct buf *b)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	const char *text = screen_text(s, &all);

	for (; row > 0; row--)
		text = strchr(text, '\n') + 1;
	buf_reset(b);
	assert_int_equal(buf_add(b, text, strcspn(text, "\n")), 0);
	return buf_str(b);
}

void screen_has(const struct screen *s, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!strstr(screen_text(s, &b), text))
		fail_msg("\"%s\" is not on the screen:\n%s", text, buf_str(&b));
}

void screen_lacks(const struct screen *s, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (strstr(screen_text(s, &b), text))
		fail_msg("\"%s\" is on the screen:\n%s", text, buf_str(&b));
}

/* One letter a cell, below the text: what colour and attributes say. */
static int add_looks(const struct canvas *c, struct buf *b)
{
	static const char letters[] = ".TCsgwefKF";
	int r = buf_printf(
		b,
		"-- looks: T title, s staged, g guest, w warn, e error, f faint, K key, F field; "
		"upper row of a pair: # reverse\n");

	for (int row = 0; row < c->rows && r == 0; row++) {
		char line[1001];
		int end = 0;

		for (int col = 0; col < c->cols; col++) {
			const struct cell *cell = &c->cells[row * c->cols + col];

			line[col] =
				cell->mark && cell->look == LOOK_PLAIN ? '#' : letters[cell->look];
			end = line[col] == '.' ? end : col + 1;
		}
		r = buf_printf(b, "%.*s\n", end, line);
	}
	return r < 0 ? r : buf_printf(b, "-- cursor %d,%d\n", c->cursor_row, c->cursor_col);
}

static void read_all(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "r");
	char part[4096];
	size_t n;

	while (f && (n = fread(part, 1, sizeof(part), f)) > 0)
		assert_int_equal(buf_add(ret, part, n), 0);
	if (f)
		fclose(f);
}

static void compare(const char *dir, const char *name, const char *ext, const struct buf *got)
{
	CLEANUP(buf_done) struct buf want = { 0 };
	const char *update = getenv("UPDATE_SCREENS"), *top = getenv("SOURCE_DIR");
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s.%s", top ? top : ".", dir, name, ext);
	read_all(path, &want);
	if (!strcmp(buf_str(&want), buf_str(got)))
		return;
	if (!update || !*update)
		fail_msg("%s/%s.%s is not what the program shows (UPDATE_SCREENS=1 rewrites "
			 "it):\n%s",
			 dir, name, ext, !strcmp(ext, "txt") ? buf_str(got) : "");
	f = fopen(path, "w");
	if (!f || fputs(buf_str(got), f) < 0 || fclose(f) != 0)
		fail_msg("%s cannot be written", path);
}

void screen_golden(const struct screen *s, const char *name, bool color, bool picture)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf svg = { 0 };

	screen_text(s, &text);
	if (picture) {
		compare("screenshots", name, "txt", &text);
		assert_int_equal(canvas_to_svg(&s->canvas, true, &svg), 0);
		compare("screenshots", name, "svg", &svg);
	}
	if (color)
		assert_int_equal(add_looks(&s->canvas, &text), 0);
	compare("tests/screens", name, "txt", &text);
}
