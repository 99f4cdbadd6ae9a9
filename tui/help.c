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

static void add_action(struct sheet *s, const struct action *x, bool paged, int width)
{
	CLEANUP(buf_done) struct buf keys = { 0 };
	CLEANUP(buf_done) struct buf line = { 0 };

	key_list(x, &keys);
	if (!paged)
		(void)buf_printf(&line, "%-15s ", buf_str(&keys));
	if (buf_printf(&line, "%s%s%s", x->word, *x->args ? " " : "", x->args) < 0)
		return;
	/* The explanation goes to its own line where it does not fit beside. */
	if (line.len < 36 && text_width(x->help) + 37 <= width) {
		sheet_add(s, LOOK_PLAIN, "%-*s %s", paged ? 28 : 36, buf_str(&line), x->help);
		return;
	}
	sheet_add(s, LOOK_PLAIN, "%s", buf_str(&line));
	buf_reset(&line);
	if (buf_printf(&line, "    %s", x->help) == 0)
		sheet_wrap(s, LOOK_PLAIN, width, 4, buf_str(&line));
}

static void add_actions(struct sheet *s, const struct app *a, bool of_place, int width)
{
	for (const struct action *x = actions; x->word; x++)
		if (of_place ? (x->where & app_where(a)) != 0 : x->where == W_ANY)
			add_action(s, x, a->opts.paged, width);
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

static void add_matrix_signs(struct sheet *s, const struct app *a, int width)
{
	static const char *const signs[] = {
		"A  a matrix that has the queue; the lines beside or below say which one",
		"H  the host's; V  free for guests, in no matrix",
		("v  the host's now, and lost by a commit though nobody asked for it: masks take "
		 "whole adapters or domains"),
		"*  staged; !  conflict, the kernel refuses one of the two",
		"-  not there; in a matrix it is assigned ahead of the hardware",
		"?  bound to no driver; x  deconfigured or check-stopped",
		"~  another owner after a reboot; <time> shows that and the present moment",
		"H>C~V  on wide screens: now, wanted, and after a reboot if that is different",
		"u  k  the matrix uses the adapter or domain, or controls the domain",
		"=  #  compared: in both, only in one of the two",
	};
	CLEANUP(buf_done) struct buf named = { 0 };

	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Signs of the matrix");
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		sheet_wrap(s, LOOK_PLAIN, width, 3, app_text(a, signs[i], &named));
}

static void add_signs(struct sheet *s, int width)
{
	static const char *const signs[] = {
		">  the row that the next action is for; the cursor stands there",
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

/* The PF keys of a 3270 that reach a program, and send what their number says. */
static void pf_list(const struct action *x, struct buf *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(x->keys) && x->keys[i]; i++) {
		uint32_t n = x->keys[i] - K_F1 + 1;

		if (x->keys[i] >= K_F1 && n <= 20 && n != 3 && n != 7 && n != 8 && n != 12)
			(void)buf_printf(ret, " PF%u", (unsigned)n);
	}
}

static void build_topic(struct sheet_dialog *d, const struct app *a, const struct action *x,
			int width)
{
	CLEANUP(buf_done) struct buf keys = { 0 };

	snprintf(d->title, sizeof(d->title), "Help: %s", x->word);
	sheet_add(&d->sheet, LOOK_PLAIN, "%s %s", x->word, x->args);
	sheet_wrap(&d->sheet, LOOK_PLAIN, width, 0, x->help);
	if (x->rows && a->opts.paged)
		sheet_add(&d->sheet, LOOK_PLAIN, "for a row by its number: 3 %s", x->word);
	if (a->opts.lines)
		return;
	if (a->opts.paged)
		pf_list(x, &keys);
	else
		key_list(x, &keys);
	if (keys.len || !a->opts.paged) {
		sheet_add(&d->sheet, LOOK_PLAIN, "%s", "");
		sheet_add(&d->sheet, LOOK_PLAIN, "Keys: %s",
			  keys.len ? buf_str(&keys) : "none, it is typed after : or F2");
	}
}

/* What is different where lines are typed, and no keys. */
static void add_lines_help(struct sheet *s, bool panel, int width)
{
	static const char *const lines[] = {
		"Type a word and Enter; the beginning of a word is enough where it is unique.",
		"3 stage        a word for row 3; s is short for stage",
		"3-7,9 stage    for several rows of this page, as one edit",
		"stage 2b00-2b0f    for devices by name, shown or not",
		"channel; find 2b09; stage    several words at once",
		"find \"a;b\"     a semicolon between quotation marks, or behind \\, is text",
		"1 to 6 go to the places, an empty line shows the page again and does nothing",
	};
	static const char pf[] = "PF keys: PF13 help, PF15 end, PF17 refresh, PF19 up, PF20 down, "
				 "PF10 left, PF11 right, PF9 undo";

	sheet_add(s, LOOK_TITLE, "Lines");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		sheet_wrap(s, LOOK_PLAIN, width, 4, lines[i]);
	if (panel)
		sheet_wrap(s, LOOK_PLAIN, width, 4, pf);
	sheet_add(s, LOOK_PLAIN, "%s", "");
}

/* What can be done in a dialog, whose keys are no actions. */
static const struct {
	const char *name, *about, *how;
} dialogs[] = {
	{ "commit",
	  "All that a commit would do, before anything is written. An error has to be corrected "
	  "first; a protected device wants its id typed in full, a conflict or a step without undo "
	  "the word ack. The word yes carries the steps out in this order, each undone if a later "
	  "one fails.",
	  "<F7 and F8 scroll, q|\"down\" and \"up\" show the rest, \"end\"> goes back. While it "
	  "runs <F12 or c|\"cancel\"> stops at the next step, and what was done is undone." },
	{ "setup",
	  "Numbered questions from readiness to the lines for QEMU. Answer with a number, with "
	  "several such as 1,3-5 where several can be chosen, or with a name. Nothing is staged "
	  "that was not shown, and nothing written before the commit page is answered with yes.",
	  "<Enter alone|\"ok\"> takes what has the *, <b|\"back\"> goes back one question, "
	  "<q|\"end\"> leaves." },
	{ "form", "Fields to fill; carried out they are an edit that is staged.",
	  "<Up and Down go to a field, Left and Right choose, text is typed. Enter"
	  "|\"3=value\" sets field 3, the beginning of a choice is enough. \"ok\"> stages, "
	  "<F3|\"end\"> goes back and stages nothing." },
	{ "detail", "All that is known about one thing.",
	  "<Arrows, F7 and F8 move, q|\"down\" and \"up\" show the rest, \"find TEXT\" looks in "
	  "it, \"end\"> closes." },
	{ "measure",
	  "What the channel subsystem counts for a device. It is read while this page is open and "
	  "at no other time; reading changes nothing.",
	  "<s|\"sample\"> takes a sample now, <+ and -|\"faster\" and \"slower\"> change how "
	  "often one is taken, <q|\"end\"> closes." },
	{ "quit", "Edits are staged and not committed; nothing has been written to the machine.",
	  "<y|\"yes\"> leaves and forgets them, <s saves them to a file|\"save FILE\" saves them> "
	  "first, <n|\"no\"> stays." },
	{ "recover",
	  "A commit was cut off before its end. The word yes finishes it if all its files were "
	  "ready, and undoes it otherwise; nothing else is committed before.",
	  "<q|\"end\"> goes back and leaves it as it is." },
};

static void add_dialog_help(struct sheet *s, const struct app *a, const struct dialog *below,
			    int width)
{
	CLEANUP(buf_done) struct buf how = { 0 };

	for (size_t i = 0; below && i < ARRAY_SIZE(dialogs); i++) {
		if (strcmp(dialogs[i].name, below->ops->name) != 0)
			continue;
		sheet_add(s, LOOK_TITLE, "This page");
		sheet_wrap(s, LOOK_PLAIN, width, 0, dialogs[i].about);
		sheet_wrap(s, LOOK_PLAIN, width, 0, app_text(a, dialogs[i].how, &how));
		sheet_add(s, LOOK_PLAIN, "%s", "");
	}
}

static void build_help(struct sheet_dialog *d, const struct app *a, int width)
{
	CLEANUP(buf_done) struct buf named = { 0 };
	const struct action *x = d->topic[0] ? action_for_word(d->topic, app_where(a)) : NULL;
	const struct view *v = a->tables[a->place].view;
	struct sheet *s = &d->sheet;

	if (x) {
		build_topic(d, a, x, width);
		return;
	}
	snprintf(d->title, sizeof(d->title), "Help");
	add_dialog_help(s, a, d->dialog.below, width);
	if (a->opts.paged)
		add_lines_help(s, !a->opts.lines, width);
	if (d->topic[0])
		sheet_add(s, LOOK_WARN, "There is no word \"%s\" here. All words:", d->topic);
	sheet_wrap(s, LOOK_PLAIN, width, 0,
		   app_text(a,
			    "Looking is free, editing is staged, committing is explicit: nothing "
			    "is written "
			    "to the machine before you answer the commit page with the word yes."
			    "<\nEach key has a word, typed after : or F2; several with ';'.|>",
			    &named));
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "%s", app_text(a, "<Keys and words|Words> of this place", &named));
	add_actions(s, a, true, width);
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "Everywhere");
	add_actions(s, a, false, width);
	if (v)
		add_columns(s, v, width);
	if (a->place == P_CRYPTO)
		add_matrix_signs(s, a, width);
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
