/* SPDX-License-Identifier: MIT */
/*
 * What the rows of the table of actions run.
 *
 * Rule: args is what was typed after the word, blanks around it removed, "" for a key. An action
 * says what it did, or why
 * not, in the message line.
 */
#ifndef ACTIONS_H
#define ACTIONS_H

#include "app.h"

/* act_move.c: looking around */
void act_help(struct app *a, const char *args);
void act_end(struct app *a, const char *args);
void act_cancel(struct app *a, const char *args);
void act_refresh(struct app *a, const char *args);
void act_repaint(struct app *a, const char *args);
void act_above(struct app *a, const char *args);
void act_below(struct app *a, const char *args);
void act_up(struct app *a, const char *args);
void act_down(struct app *a, const char *args);
void act_top(struct app *a, const char *args);
void act_bottom(struct app *a, const char *args);
void act_left(struct app *a, const char *args);
void act_right(struct app *a, const char *args);
void act_open(struct app *a, const char *args);
void act_command(struct app *a, const char *args);
void act_goto(struct app *a, const char *args);
void act_overview(struct app *a, const char *args);
void act_channel(struct app *a, const char *args);
void act_crypto(struct app *a, const char *args);
void act_pci(struct app *a, const char *args);
void act_mdevs(struct app *a, const char *args);
void act_changes(struct app *a, const char *args);
void act_size(struct app *a, const char *args);
void act_reboot(struct app *a, const char *args);
void act_setup(struct app *a, const char *args);  /* dialog_setup.c */
void act_doctor(struct app *a, const char *args); /* dialog_doctor.c */

/* act_find.c: find, filter, order, selection */
void act_find(struct app *a, const char *args);
void act_again(struct app *a, const char *args);
void act_only(struct app *a, const char *args);
void act_all(struct app *a, const char *args);
void act_sort(struct app *a, const char *args);
void act_select(struct app *a, const char *args);
void act_deselect(struct app *a, const char *args);

/* act_edit.c: staging */
void act_stage(struct app *a, const char *args);
void act_group(struct app *a, const char *args);
void act_unstage(struct app *a, const char *args);
void act_driver(struct app *a, const char *args);
void act_start(struct app *a, const char *args);
void act_stop(struct app *a, const char *args);
void act_define(struct app *a, const char *args);
void act_undefine(struct app *a, const char *args);
void act_autostart(struct app *a, const char *args);
void act_accept(struct app *a, const char *args);
void act_disable(struct app *a, const char *args);
void act_delete(struct app *a, const char *args);
void act_new(struct app *a, const char *args);
void act_attrs(struct app *a, const char *args);
void act_sriov(struct app *a, const char *args);
void act_module(struct app *a, const char *args);
void act_remedy(struct app *a, const char *args);
void act_party(struct app *a, const char *args);
void act_reach(struct app *a, const char *args);

/* act_path.c: channel paths, measurements */
void act_paths(struct app *a, const char *args);
void act_vary(struct app *a, const char *args);
void act_configure(struct app *a, const char *args);
void act_count(struct app *a, const char *args);
void act_measure(struct app *a, const char *args); /* measure.c */
void act_blocks(struct app *a, const char *args);

/* act_file.c: undo, files, commit */
void act_undo(struct app *a, const char *args);
void act_redo(struct app *a, const char *args);
void act_clear(struct app *a, const char *args);
void act_save(struct app *a, const char *args);
void act_load(struct app *a, const char *args);
void act_export(struct app *a, const char *args); /* dialog_export.c */
void act_resume(struct app *a, const char *args);
void act_revert(struct app *a, const char *args);
void act_commit(struct app *a, const char *args);
void act_recover(struct app *a, const char *args); /* dialog_recover.c */

/* Where a file that was named lies. */
void file_path(const struct app *a, const char *file, struct buf *ret);

/* Reasons why not: see struct action. */
/* nothing under the cursor and nothing named */
bool no_table_row(struct app *a, const char *args, struct msg *ret_why);
bool no_row(struct app *a, const char *args, struct msg *ret_why);
/* ... or it is no mediated device */
bool no_mdev(struct app *a, const char *args, struct msg *ret_why);
bool no_table(struct app *a, const char *args, struct msg *ret_why); /* this place is no table */
bool no_undo(struct app *a, const char *args, struct msg *ret_why);
bool no_redo(struct app *a, const char *args, struct msg *ret_why);
bool no_edits(struct app *a, const char *args, struct msg *ret_why);
bool no_commit(struct app *a, const char *args, struct msg *ret_why);
bool no_demo(struct app *a, const char *args, struct msg *ret_why);
bool no_left(struct app *a, const char *args, struct msg *ret_why);
bool no_interrupted(struct app *a, const char *args, struct msg *ret_why);

#endif
