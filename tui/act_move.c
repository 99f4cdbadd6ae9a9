/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Looking around: nothing here stages or writes. */

void act_help(struct app *a, const char *args)
{
	app_help(a, args);
}

void act_end(struct app *a, const char *args)
{
	(void)args;
	if (wish_empty(session_wish(a->session)))
		a->quit = true;
	else
		app_open(a, quit_dialog(a));
}

void act_cancel(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);

	(void)args;
	if (t && t->n_marked) {
		t->n_marked = 0;
	} else if (t && t->filter[0]) {
		t->filter[0] = '\0';
		app_reorder(a);
	} else if (a->place != P_CRYPTO || !matrix_cancel(a)) {
		app_say_id(a, LOOK_PLAIN, MSG_NOTHING_OPEN, NULL);
	}
}

void act_refresh(struct app *a, const char *args)
{
	(void)args;
	if (session_rescan(a->session) < 0) {
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
		return;
	}
	app_refresh(a);
	app_say_id(a, LOOK_PLAIN, MSG_REFRESHED, NULL);
}

/* The terminal's room repaints whenever it is told K_CTRL_L; the picture is the same. */
void act_repaint(struct app *a, const char *args)
{
	(void)a;
	(void)args;
}

/* The matrix has a cursor of its own, which goes in two directions. */
static bool in_matrix(struct app *a, uint32_t key)
{
	return a->place == P_CRYPTO && matrix_key(a, key);
}

/* A page is turned as a whole where no cursor is seen. */
static void move_sheet(struct app *a, struct sheet *s, long rows)
{
	if (a->opts.paged && (rows > 1 || rows < -1))
		sheet_edge(s, rows > 0 ? K_PGDN : K_PGUP);
	sheet_move(s, rows);
}

static void move(struct app *a, long rows)
{
	struct table_state *t = app_table(a);

	if (t)
		table_move(t, rows);
	else if (a->place == P_OVERVIEW)
		move_sheet(a, &a->overview, rows);
	else if (a->place == P_CHANGES)
		move_sheet(a, changes_sheet(a), rows);
}

static long screen(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);
	size_t rows = t			       ? t->page
		      : a->place == P_OVERVIEW ? a->overview.rows
					       : (size_t)MAX(a->rows - 5, 1);
	long n = strtol(args, NULL, 10);

	return n > 0 ? n : (long)MAX(rows, 2u) - 1;
}

void act_above(struct app *a, const char *args)
{
	(void)args;
	if (!in_matrix(a, K_UP))
		move(a, -1);
}

void act_below(struct app *a, const char *args)
{
	(void)args;
	if (!in_matrix(a, K_DOWN))
		move(a, 1);
}

void act_up(struct app *a, const char *args)
{
	if (!in_matrix(a, K_PGUP))
		move(a, -screen(a, args));
}

void act_down(struct app *a, const char *args)
{
	if (!in_matrix(a, K_PGDN))
		move(a, screen(a, args));
}

enum { FAR = 1 << 30 };

void act_top(struct app *a, const char *args)
{
	(void)args;
	if (!in_matrix(a, K_HOME))
		move(a, -FAR);
}

void act_bottom(struct app *a, const char *args)
{
	(void)args;
	if (!in_matrix(a, K_END))
		move(a, FAR);
}

void act_left(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);

	(void)args;
	if (in_matrix(a, K_LEFT))
		return;
	if (t && t->left)
		t->left--;
	else
		app_say_id(a, LOOK_PLAIN, MSG_NO_MORE_COLUMNS, "left");
}

void act_right(struct app *a, const char *args)
{
	struct table_state *t = app_table(a);
	struct table_layout l = { 0 };

	(void)args;
	if (in_matrix(a, K_RIGHT))
		return;
	if (t)
		table_layout(t->view, MAX(a->cols, MIN_COLS), t->left, &l);
	if (l.right)
		t->left++;
	else
		app_say_id(a, LOOK_PLAIN, MSG_NO_MORE_COLUMNS, "right");
}

static bool find_device(struct app *a, const char *name, struct devid *ret)
{
	struct msg why = { 0 };
	struct devid *devs;
	size_t n;
	int r = app_targets(a, name, &devs, &n, &why);

	if (r < 0) {
		app_say(a, LOOK_ERROR, &why);
		return false;
	}
	*ret = devs[0];
	free(devs);
	return true;
}

static void open_line(struct app *a, const struct sheet *sheet)
{
	const struct sheet_line *line =
		sheet && sheet->cursor < sheet->n ? &sheet->v[sheet->cursor] : NULL;
	struct devid dev;

	if (line && line->dev.bus != BUS_NONE) {
		dev = line->dev;
		app_jump(a, &dev);
	} else if (line && line->key) {
		app_key(a, line->key);
	} else {
		app_say_id(a, LOOK_PLAIN, MSG_NOTHING_HERE, NULL);
	}
}

void act_open(struct app *a, const char *args)
{
	struct devid dev;

	if (!*args && a->place == P_OVERVIEW)
		open_line(a, &a->overview);
	else if (!*args && a->place == P_CHANGES)
		open_line(a, changes_sheet(a));
	else if (*args			? find_device(a, args, &dev)
		 : a->place == P_CRYPTO ? matrix_current(a, true, &dev)
					: app_current(a, &dev))
		app_open(a, detail_dialog(a, &dev));
	else if (!*args)
		app_say_id(a, LOOK_PLAIN, MSG_NOTHING_HERE, NULL);
}

void act_command(struct app *a, const char *args)
{
	(void)args;
	if (a->opts.paged)
		app_say_id(a, LOOK_PLAIN, MSG_AT_ARROW, NULL);
	else
		app_prompt(a, "");
}

void act_goto(struct app *a, const char *args)
{
	struct devid dev;

	if (!*args)
		app_prompt(a, "goto ");
	else if (find_device(a, args, &dev))
		app_jump(a, &dev);
}

void act_overview(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_OVERVIEW);
}

void act_channel(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_CHANNEL);
}

void act_crypto(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_CRYPTO);
}

void act_pci(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_PCI);
}

void act_mdevs(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_MDEV);
}

void act_changes(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_CHANGES);
}

void act_size(struct app *a, const char *args)
{
	int rows, cols;
	char end;

	if (sscanf(args, "%dx%d%c", &rows, &cols, &end) != 2 || rows < 1 || cols < 1 ||
	    rows > 1000 || cols > 1000) {
		app_say_id(a, LOOK_ERROR, MSG_BAD_SIZE, args);
		return;
	}
	a->want_rows = rows;
	a->want_cols = cols;
}

void act_reboot(struct app *a, const char *args)
{
	(void)args;
	if (session_reboot(a->session, a->opts.kernel_reboot) < 0)
		app_say_id(a, LOOK_ERROR, MSG_REBOOT_FAILED, NULL);
	else
		app_say_id(a, LOOK_PLAIN, MSG_REBOOTED, NULL);
	app_refresh(a);
}

bool no_demo(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (a->opts.demo && a->opts.kernel_reboot)
		return false;
	msg_make(ret_why, MSG_REBOOT_REAL, NULL);
	return true;
}
