/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "matrix.h"
#include "pace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int app_new(struct session *s, const struct app_opts *opts, struct app **ret)
{
	static const struct view *const views[P_COUNT] = {
		[P_CHANNEL] = &view_channel,
		[P_PCI] = &view_pci,
		[P_MDEV] = &view_mdev,
		[P_PATHS] = &view_chp,
	};
	struct app *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->session = s;
	a->opts = *opts;
	a->reach = (struct reach){ true, true };
	a->matrix = matrix_state_new();
	a->changes = changes_state_new();
	for (int i = 0; i < P_COUNT; i++) {
		a->tables[i].view = views[i];
		a->tables[i].sort = -1;
	}
	if (!a->matrix || !a->changes) {
		app_free(a);
		return -ENOMEM;
	}
	app_refresh(a);
	*ret = a;
	return 0;
}

struct app *app_free(struct app *a)
{
	if (!a)
		return NULL;
	while (a->dialog)
		app_close(a);
	for (int i = 0; i < P_COUNT; i++)
		table_state_done(&a->tables[i]);
	matrix_state_free(a->matrix);
	changes_state_free(a->changes);
	sheet_done(&a->overview);
	past_done(&a->last);
	free(a->shown.rows);
	msg_done(&a->msg);
	free(a);
	return NULL;
}

const char *app_text(const struct app *a, const char *text, struct buf *b)
{
	buf_reset(b);
	(void)key_names(text ? text : "", app_where(a), a->opts.paged, b);
	return buf_str(b);
}

int app_write(const struct app *a, struct canvas *c, int row, int col, int width, enum look look,
	      const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	return canvas_text(c, row, col, width, look, app_text(a, text, &b));
}

void app_field(const struct app *a, struct canvas *c, int row, int col, int width, enum look look,
	       const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	canvas_field(c, row, col, width, look, false, app_text(a, text, &b));
}

int app_ask(const struct app *a, struct canvas *c, int row, const char *text)
{
	int at = app_write(a, c, row, 0, -1, LOOK_KEY, text);

	return a->opts.paged ? at : canvas_text(c, row, at, -1, LOOK_KEY, " ===> ");
}

void app_say(struct app *a, enum look look, struct msg *m)
{
	CLEANUP(buf_done) struct buf what = { 0 };
	CLEANUP(buf_done) struct buf why = { 0 };
	CLEANUP(buf_done) struct buf todo = { 0 };

	msg_move(&a->msg, m);
	if (a->msg.what)
		(void)msg_words(&a->msg, app_text(a, a->msg.what, &what),
				app_text(a, a->msg.why, &why), app_text(a, a->msg.todo, &todo));
	a->msg_look = look;
}

void app_say_id(struct app *a, enum look look, enum msg_id id, const char *value)
{
	struct msg m = { 0 };

	msg_make(&m, id, "what", value ? value : "", NULL);
	app_say(a, look, &m);
}

void app_say_no_answer(struct app *a, const char *text)
{
	struct msg m = { 0 };

	msg_make(&m, MSG_NO_ANSWER, "what", text, "todo", NO_ANSWER_TODO, NULL);
	app_say(a, LOOK_WARN, &m);
}

void app_open(struct app *a, struct dialog *d)
{
	if (!d) {
		if (!a->msg.what)
			app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
		return;
	}
	d->below = a->dialog;
	a->dialog = d;
}

void app_close(struct app *a)
{
	struct dialog *d = a->dialog;

	if (!d)
		return;
	a->dialog = d->below;
	d->ops->free(d);
	if (a->dialog && a->dialog->ops->uncovered)
		a->dialog->ops->uncovered(a->dialog, a);
}

unsigned app_where(const struct app *a)
{
	return 1u << a->place;
}

struct table_state *app_table(struct app *a)
{
	return a->tables[a->place].view ? &a->tables[a->place] : NULL;
}

bool app_current(const struct app *a, struct devid *ret)
{
	const struct table_state *t = &a->tables[a->place];

	if (a->place == P_CRYPTO)
		return matrix_current(a, false, ret);
	if (!t->view || t->cursor >= t->n_rows)
		return false;
	*ret = devs_at(&t->rows, t->cursor);
	return true;
}

void app_reorder(struct app *a)
{
	if (table_rebuild(app_table(a), a->session) < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
}

void app_refresh(struct app *a)
{
	struct past last = { 0 };

	(void)session_left(a->session, &a->left);
	for (int i = 0; i < P_COUNT; i++)
		if (a->tables[i].view && table_rebuild(&a->tables[i], a->session) < 0)
			app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	if (session_last_commit(a->session, &last) < 0)
		return;
	past_done(&a->last);
	a->last = last;
}

void app_go(struct app *a, enum place place)
{
	a->place = place;
}

bool app_jump(struct app *a, const struct devid *dev)
{
	enum place place = dev->bus == BUS_PCI	  ? P_PCI
			   : dev->bus == BUS_MDEV ? P_MDEV
			   : dev->bus == BUS_CHP  ? P_PATHS
						  : P_CHANNEL;
	struct table_state *t = &a->tables[place];

	if (dev->bus == BUS_AP) {
		matrix_go(a, dev, dev);
		app_go(a, P_CRYPTO);
		return true;
	}
	if (!table_seek(t, dev) && t->filter[0]) {
		t->filter[0] = '\0'; /* the row may be under the filter */
		app_refresh(a);
	}
	if (!table_seek(t, dev)) {
		app_say_id(a, LOOK_WARN, MSG_NOT_SHOWN, dev->name);
		return false;
	}
	app_go(a, place);
	return true;
}

/* Where there is no ===> line to open the word itself says what it lacks. */
static void say_lacks(struct app *a, const char *text)
{
	char word[32];
	const struct action *action;
	struct msg m = { 0 };

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "), text);
	action = action_for_word(word, app_where(a));
	if (!action)
		return;
	msg_make(&m, MSG_WORD_LACKS, "word", action->word, "args", action->args, NULL);
	app_say(a, LOOK_WARN, &m);
}

void app_prompt(struct app *a, const char *text)
{
	if (a->opts.paged) {
		say_lacks(a, text);
		return;
	}
	line_set(&a->line, text);
	a->line_open = true;
}

/* What was typed is run with the line closed, since a word may open it again. */
static void prompt_key(struct app *a, uint32_t key)
{
	char text[sizeof(a->line.text)];

	switch (line_key(&a->line, key)) {
	case LINE_DONE:
		snprintf(text, sizeof(text), "%s", a->line.text);
		line_remember(&a->line);
		a->line_open = false;
		app_line(a, text);
		break;
	case LINE_CANCEL:
		line_set(&a->line, "");
		a->line_open = false;
		break;
	default:
		break;
	}
}

void app_help(struct app *a, const char *topic)
{
	if (a->dialog && !strcmp(a->dialog->ops->name, "help"))
		app_close(a); /* one help does not explain another */
	app_open(a, help_dialog(a, topic));
}

static bool too_small(const struct app *a)
{
	return a->rows && (a->rows < MIN_ROWS || a->cols < MIN_COLS);
}

/* Where words are typed the keys are those of a 3270. */
static void say_unknown_key(struct app *a, uint32_t key)
{
	char name[8], text[16];

	snprintf(text, sizeof(text), "%s%s",
		 a->opts.paged && key >= K_F1 && key <= K_F24 ? "P" : "", key_label(key, name));
	app_say_id(a, LOOK_WARN, MSG_UNKNOWN_KEY, text);
}

bool app_blocked(struct app *a, const struct action *action, const char *args, struct msg *ret_why)
{
	if (session_reading(a->session) && !action->looks) {
		msg_make(ret_why, MSG_STILL_READING, NULL);
		return true;
	}
	return action->blocked && action->blocked(a, args, ret_why);
}

static void run_key(struct app *a, uint32_t key)
{
	const struct action *action = action_for_key(key, app_where(a));
	struct msg why = { 0 };

	if (!action)
		say_unknown_key(a, key);
	else if (app_blocked(a, action, "", &why))
		app_say(a, LOOK_WARN, &why);
	else
		action->run(a, "");
}

void app_key(struct app *a, uint32_t key)
{
	if (key == K_EVENT) {
		if (session_follow(a->session)) {
			app_refresh(a);
			/* Help may lie over a commit that must know. */
			for (struct dialog *d = a->dialog; d; d = d->below)
				d->ops->key(d, a, key);
		}
		return;
	}
	if (key == K_RESIZE || key == K_NONE || key == K_MOUSE)
		return;
	/* What is not seen is not edited; leaving is possible all the same. */
	if (too_small(a) && key != 'q' && key != K_F3 && key != K_F15)
		return;
	msg_done(&a->msg);
	a->msg_look = LOOK_PLAIN;
	if (a->dialog && (key == K_F1 || key == K_F13))
		app_help(a, "");
	else if (a->dialog)
		a->dialog->ops->key(a->dialog, a, key);
	else if (a->line_open)
		prompt_key(a, key);
	else if (!(a->place == P_CRYPTO && matrix_key(a, key)) &&
		 !(a->place == P_CHANGES && changes_key(a, key)))
		run_key(a, key);
}

/* Closes what is open, then leaves; asked again while the question stands, leaves. */
static void ask_to_leave(struct app *a)
{
	if (a->dialog && !strcmp(a->dialog->ops->name, "quit")) {
		a->quit = true;
		return;
	}
	a->line_open = false;
	msg_done(&a->msg);
	a->msg_look = LOOK_PLAIN;
	app_line(a, "end");
}

void app_signal(struct app *a, int sig)
{
	if (sig == SIGINT)
		ask_to_leave(a);
	else
		app_cut_off(a, false);
	if (a->quit)
		a->exit_code = 128 + sig;
}

void app_end_of_input(struct app *a)
{
	ask_to_leave(a);
}

void app_cut_off(struct app *a, bool script)
{
	a->quit = true;
	a->left_by = script ? LEFT_BY_SCRIPT : LEFT_BY_OTHERS;
	if (!script)
		a->exit_code = 128 + SIGHUP; /* a lost line may be read before its signal comes */
}

bool app_leave(struct app *a, struct msg *ret)
{
	int r;

	if (a->left_by == LEFT_BY_USER || wish_empty(session_wish(a->session)))
		return false;
	if (a->left_by == LEFT_BY_SCRIPT) {
		msg_make(ret, MSG_LEFT_LOST, "why",
			 "What was read ended before a word commit or save.", NULL);
		return true;
	}
	r = session_leave(a->session);
	if (r == 0)
		msg_make(ret, MSG_LEFT_KEPT, NULL);
	else
		msg_make(ret, MSG_LEFT_LOST, "why",
			 r == -EROFS ? "The program was ended from outside, and nothing is "
				       "written from a session that only looks."
				     : "The program was ended from outside, and they could not be "
				       "written beside the journal.",
			 NULL);
	return true;
}

long app_tick(struct app *a, long now, bool *ret_changed)
{
	struct dialog *d = a->dialog;

	return d && d->ops->tick ? d->ops->tick(d, a, now, ret_changed) : PACE_NEVER;
}

static void click(struct app *a, int row)
{
	struct table_state *t = app_table(a);
	struct sheet *sheet = a->place == P_OVERVIEW  ? &a->overview
			      : a->place == P_CHANGES ? changes_sheet(a)
						      : NULL;
	int nth = row - (t ? 3 : 2);

	if (row == 1 || nth < 0)
		return;
	if (t && t->top + (size_t)nth < t->n_rows && (size_t)nth < t->page)
		t->cursor = t->top + (size_t)nth;
	else if (sheet && sheet->top + (size_t)nth < sheet->n && (size_t)nth < sheet->rows)
		sheet->cursor = sheet->top + (size_t)nth;
}

void app_mouse(struct app *a, int row, int col, int button)
{
	if (too_small(a))
		return;
	if (button == 4 || button == 5) {
		for (int i = 0; i < 3; i++)
			app_key(a, button == 4 ? K_UP : K_DOWN);
		return;
	}
	if (button != 1 || a->dialog)
		return;
	if (row == 1)
		app_click_tab(a, col);
	else if (a->place == P_CRYPTO)
		matrix_click(a, row, col);
	else
		click(a, row);
}

void app_held_text(const struct app *a, size_t step, struct buf *ret)
{
	const struct plan *p = session_plan(a->session);
	const char *users = step < p->n_steps ? p->steps[step].users : NULL;

	(void)buf_printf(ret,
			 "The kernel holds this step up: the device %s. It goes on once the device "
			 "is let go of.",
			 users ? users : "is open, it is not known to whom");
}

const char *step_word(enum step_state s)
{
	static const char *const words[] = {
		[STEP_WAITING] = "waiting", [STEP_RUNNING] = "running", [STEP_DONE] = "done",
		[STEP_FAILED] = "FAILED",   [STEP_UNDOING] = "undoing", [STEP_UNDONE] = "undone",
		[STEP_STUCK] = "STUCK",	    [STEP_HELD] = "held up",
	};

	return words[s];
}
