/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "snippets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Undo and redo, files of edits, and the door to the commit. */

bool no_undo(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (session_undo_depth(a->session))
		return false;
	msg_make(ret_why, MSG_NOTHING_TO_UNDO, NULL);
	return true;
}

bool no_redo(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (session_redo_depth(a->session))
		return false;
	msg_make(ret_why, MSG_NOTHING_TO_REDO, NULL);
	return true;
}

bool no_edits(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (!wish_empty(session_wish(a->session)))
		return false;
	msg_make(ret_why, MSG_NO_EDITS, NULL);
	return true;
}

bool no_commit(struct app *a, const char *args, struct msg *ret_why)
{
	return no_edits(a, args, ret_why);
}

void act_undo(struct app *a, const char *args)
{
	const char *text = session_undo_text(a->session, 0);
	CLEANUP(freep) char *what = strdup(text ? text : "the last edit");

	(void)args;
	session_undo(a->session);
	app_refresh(a);
	app_say_id(a, LOOK_PLAIN, MSG_TAKEN_BACK, what);
}

void act_redo(struct app *a, const char *args)
{
	const char *text;

	(void)args;
	session_redo(a->session);
	app_refresh(a);
	text = session_undo_text(a->session, 0);
	app_say_id(a, LOOK_PLAIN, MSG_DONE_AGAIN, text ? text : "the edit");
}

void act_clear(struct app *a, const char *args)
{
	(void)args;
	session_clear(a->session);
	app_refresh(a);
	app_say_id(a, LOOK_PLAIN, MSG_ALL_DROPPED, NULL);
}

static void say_file(struct app *a, enum look look, enum msg_id id, const char *file, int err)
{
	struct msg m = { 0 };

	msg_make(&m, id, "file", file, "error", err ? errno_words(err) : "", NULL);
	app_say(a, look, &m);
}

/* Splits "FILE [word]": true if the word follows. */
static bool split_file(const char *args, const char *word, char *file, size_t size)
{
	size_t n = strlen(args), w = strlen(word);
	bool has = n > w && !strcmp(args + n - w, word) && args[n - w - 1] == ' ';

	if (has)
		n -= w + 1;
	snprintf(file, size, "%.*s", (int)n, args);
	return has;
}

void file_path(const struct app *a, const char *file, struct buf *ret)
{
	if (a->opts.save_dir && file[0] != '/')
		(void)buf_printf(ret, "%s/", a->opts.save_dir);
	(void)buf_adds(ret, file);
}

void act_save(struct app *a, const char *args)
{
	CLEANUP(freep) char *json = session_save(a->session);
	CLEANUP(buf_done) struct buf path = { 0 };
	char file[256];
	bool replace;
	int r;

	if (!*args || !json) {
		app_prompt(a, "save ");
		return;
	}
	replace = split_file(args, "replace", file, sizeof(file));
	file_path(a, file, &path);
	r = file_put(buf_str(&path), json, strlen(json), replace);
	if (r == -EEXIST)
		say_file(a, LOOK_WARN, MSG_FILE_EXISTS, file, 0);
	else if (r < 0)
		say_file(a, LOOK_ERROR, MSG_FILE_UNWRITABLE, file, -r);
	else
		say_file(a, LOOK_PLAIN, MSG_SAVED, file, 0);
}

/* A regular file only: a pipe or a device must not hold up the screen. */
static int read_file(const char *path, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), r = 0;
	char part[4096];
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	else if (st.st_size > EDITS_MAX)
		r = -EFBIG;
	while (r == 0 && ret->len <= EDITS_MAX && (n = read(fd, part, sizeof(part))) > 0)
		r = buf_add(ret, part, (size_t)n);
	if (r == 0 && n < 0)
		r = -errno;
	close(fd);
	return r;
}

void act_load(struct app *a, const char *args)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct msg why = { 0 };
	char file[256];
	bool add;
	int r;

	if (!*args) {
		app_prompt(a, "load ");
		return;
	}
	add = split_file(args, "add", file, sizeof(file));
	file_path(a, file, &path);
	r = read_file(buf_str(&path), &text);
	if (r < 0) {
		say_file(a, LOOK_ERROR, MSG_FILE_UNREADABLE, file, -r);
		return;
	}
	r = session_load(a->session, buf_str(&text), text.len, file, add, &why);
	app_refresh(a);
	if (r < 0 && why.what)
		app_say(a, LOOK_ERROR, &why);
	else if (r < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	else
		say_file(a, LOOK_PLAIN, MSG_LOADED, file, 0);
}

bool no_left(struct app *a, const char *args, struct msg *ret_why)
{
	(void)args;
	if (session_left(a->session, &a->left) == 0 && a->left.n)
		return false;
	msg_make(ret_why, MSG_NOTHING_LEFT, NULL);
	return true;
}

void act_resume(struct app *a, const char *args)
{
	struct left left = a->left;
	struct msg why = { 0 }, said = { 0 };
	int r = session_resume(a->session, &why);

	(void)args;
	app_refresh(a);
	if (r < 0 && !why.what)
		msg_make(&why, MSG_NO_MEMORY, NULL);
	if (r < 0) {
		app_say(a, LOOK_ERROR, &why);
		return;
	}
	msg_make(&said, MSG_RESUMED, "when", left.when, NULL);
	app_say(a, LOOK_PLAIN, &said);
}

void act_commit(struct app *a, const char *args)
{
	(void)args;
	app_open(a, commit_dialog(a, ""));
}

/* Stages what takes a past commit back; it is looked at and committed like any other edit. */
void act_revert(struct app *a, const char *args)
{
	struct msg why = { 0 };
	size_t digits = strspn(args, "0123456789");
	char what[32] = "everything this program did";
	int r;

	if (!*args) {
		app_prompt(a, "revert ");
		return;
	}
	if (!strcmp(args, "all"))
		r = session_undo_all(a->session, &why);
	else if (digits == 0 || digits > 9 || args[digits])
		r = -EINVAL, msg_make(&why, MSG_NO_PAST_COMMIT, "what", args, NULL);
	else
		r = session_undo_commit(a->session, (unsigned)strtoul(args, NULL, 10), &why);
	if (digits)
		snprintf(what, sizeof(what), "commit %.20s", args);
	app_refresh(a);
	if (why.what)
		app_say(a, r < 0 ? LOOK_ERROR : LOOK_PLAIN, &why);
	else if (r < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	else
		app_say_id(a, LOOK_PLAIN, MSG_REVERTED, what);
	msg_done(&why);
}
