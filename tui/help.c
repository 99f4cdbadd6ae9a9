/* SPDX-License-Identifier: MIT */
#include "sheet_dialog.h"

#include <stdio.h>
#include <string.h>

/* Help is made of the table of actions and the columns of the view: it cannot say what the program doesn't do. */

static void key_list(const struct action *x, struct buf *ret)
{
	char name[8];

	for (size_t i = 0; i < ARRAY_SIZE(x->keys) && x->keys[i]; i++)
		(void)buf_printf(ret, "%s%s", i ? " " : "", key_label(x->keys[i], name));
}

static void add_action(struct sheet *s, const struct action *x, int width)
{
	CLEANUP(buf_done) struct buf keys = { 0 };
	CLEANUP(buf_done) struct buf line = { 0 };

	key_list(x, &keys);
	if (buf_printf(&line, "%-15s %s%s%s", buf_str(&keys), x->word, *x->args ? " " : "",
		       x->args) < 0)
		return;
	/* The explanation goes to its own line where it does not fit beside. */
	if (line.len < 36 && text_width(x->help) + 37 <= width) {
		sheet_add(s, LOOK_PLAIN, "%-36s %s", buf_str(&line), x->help);
		return;
	}
	sheet_add(s, LOOK_PLAIN, "%s", buf_str(&line));
	buf_reset(&line);
	if (buf_printf(&line, "    %s", x->help) == 0)
		sheet_wrap(s, LOOK_PLAIN, width, 4, buf_str(&line));
}

static void add_actions(struct sheet *s, unsigned where, bool of_place, int width)
{
	for (const struct action *x = actions; x->word; x++)
		if (of_place ? (x->where & where) != 0 : x->where == W_ANY)
			add_action(s, x, width);
}

static void add_columns(struct sheet *s, const struct view *v, int width)
{
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Columns");
	for (size_t i = 0; i < v->n_columns; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };
		const struct column *c = &v->columns[i];

		if (buf_printf(&line, "%-15s %s%s", c->title, c->help,
			       c->batch_only ? " (in list --columns, and in a filter)" : "") == 0)
			sheet_wrap(s, LOOK_PLAIN, width, 16, buf_str(&line));
	}
}

static void add_matrix_signs(struct sheet *s, int width)
{
	static const char *const signs[] = {
		"A  a matrix that has the queue; the lines beside or below say which one",
		"H  the host's; V  free for guests, in no matrix",
		("v  the host's now, and lost by a commit though nobody asked for it: masks take "
		 "whole adapters or domains"),
		"*  staged; !  conflict, the kernel refuses one of the two",
		"-  not there; in a matrix it is assigned ahead of the hardware",
		"?  bound to no driver; x  deconfigured or check-stopped",
		"~  another owner after a reboot; t shows that and the present moment",
		"H>C~V  on wide screens: now, wanted, and after a reboot if that is different",
		"u  k  the matrix uses the adapter or domain, or controls the domain",
		"=  #  compared: in both, only in one of the two",
	};

	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Signs of the matrix");
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		sheet_wrap(s, LOOK_PLAIN, width, 3, signs[i]);
}

static void add_signs(struct sheet *s, int width)
{
	static const char *const signs[] = {
		">  the row that keys are for; the cursor stands there",
		"+  a selected row",
		"*  staged: wanted, and not yet committed",
		("!  look here: differs from now, uncertain, drifted, or a path that is not "
		 "available"),
		"<  >  in the header: more columns on that side",
		"=  in Changes: this side does not change",
		"no: QDIO  in Wanted: why the device cannot be given away",
	};

	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Signs");
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		sheet_wrap(s, LOOK_PLAIN, width, 3, signs[i]);
}

static void build_topic(struct sheet_dialog *d, const struct action *x, int width)
{
	CLEANUP(buf_done) struct buf keys = { 0 };

	key_list(x, &keys);
	snprintf(d->title, sizeof(d->title), "Help: %s", x->word);
	sheet_add(&d->sheet, LOOK_PLAIN, "%s %s", x->word, x->args);
	sheet_wrap(&d->sheet, LOOK_PLAIN, width, 0, x->help);
	sheet_add(&d->sheet, LOOK_PLAIN, "%s", "");
	sheet_add(&d->sheet, LOOK_PLAIN, "Keys: %s",
		  keys.len ? buf_str(&keys) : "none, it is typed after : or F2");
}

/* What is different where lines are typed, and no keys. */
static void add_lines_help(struct sheet *s, int width)
{
	static const char *const lines[] = {
		"Type a word and Enter; the beginning of a word is enough where it is unique.",
		"3 stage        a word for row 3; s is short for stage",
		"3-7,9 stage    for several rows of this page, as one edit",
		"stage 2b00-2b0f    for devices by name, shown or not",
		"channel; find 2b09; stage    several words at once",
		"1 to 6 go to the places, an empty line shows the page again and does nothing",
		("PF keys: PF13 help, PF15 end, PF17 refresh, PF19 up, PF20 down, PF10 left, PF11 "
		 "right, PF9 undo"),
	};

	sheet_add(s, LOOK_TITLE, "Lines");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		sheet_wrap(s, LOOK_PLAIN, width, 4, lines[i]);
	sheet_add(s, LOOK_PLAIN, "%s", "");
}

static void build_help(struct sheet_dialog *d, const struct app *a, int width)
{
	const struct action *x = d->topic[0] ? action_for_word(d->topic, app_where(a)) : NULL;
	const struct view *v = a->tables[a->place].view;
	struct sheet *s = &d->sheet;

	if (x) {
		build_topic(d, x, width);
		return;
	}
	snprintf(d->title, sizeof(d->title), "Help");
	if (a->opts.paged)
		add_lines_help(s, width);
	if (d->topic[0])
		sheet_add(s, LOOK_WARN, "There is no word \"%s\" here. All words:", d->topic);
	sheet_wrap(s, LOOK_PLAIN, width, 0,
		   "Looking is free, editing is staged, committing is explicit: nothing is written "
		   "to the machine before "
		   "you answer the commit page with the word yes. Each key has a word, typed after "
		   ": or F2; several with ';'.");
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Keys and words of this place");
	add_actions(s, app_where(a), true, width);
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Everywhere");
	add_actions(s, app_where(a), false, width);
	if (v)
		add_columns(s, v, width);
	if (a->place == P_CRYPTO)
		add_matrix_signs(s, width);
	add_signs(s, width);
}

struct dialog *help_dialog(const struct app *a, const char *topic)
{
	struct sheet_dialog *d = sheet_dialog_new("help", build_help);

	(void)a;
	if (!d)
		return NULL;
	snprintf(d->topic, sizeof(d->topic), "%s", topic ? topic : "");
	return &d->dialog;
}
