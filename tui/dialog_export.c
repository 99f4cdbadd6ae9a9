/* SPDX-License-Identifier: MIT */
/* The lines for other programs, of what guests are given now or by the staged edits: the command export, inside. */
#include "actions.h"
#include "output.h"
#include "sheet_dialog.h"
#include "snippets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void build(struct sheet_dialog *d, const struct app *a, int width)
{
	CLEANUP(freep) char *copy = strdup(d->data ? d->data : "");
	char *rest = copy, *line;

	(void)a;
	while (copy && (line = strsep(&rest, "\n")))
		if (rest || *line)
			sheet_wrap(&d->sheet, LOOK_PLAIN, width, 4, line);
}

/* Takes the form off the beginning of the words: false: it is none, and all that a guest is started with is meant. */
static bool take_form(char **args, enum output_as *ret)
{
	char word[16];
	size_t n = strcspn(*args, " ");

	snprintf(word, sizeof(word), "%.*s", (int)n, *args);
	if (output_as_parse(word, ret) < 0)
		return false;
	*args += n + strspn(*args + n, " ");
	return true;
}

/* What stands behind the last '>', and the words without it. */
static char *take_file(char *args)
{
	char *at = strrchr(args, '>');
	size_t n = at ? (size_t)(at - args) : 0;

	if (!at)
		return NULL;
	while (n > 0 && args[n - 1] == ' ')
		n--;
	args[n] = '\0';
	return at + 1 + strspn(at + 1, " ");
}

/* 0, or a negative number with or without ret_why. */
static int make(struct app *a, char *args, struct buf *ret, struct msg *ret_why)
{
	CLEANUP(freep) struct devid *devs = NULL;
	CLEANUP(freep) char *text = NULL;
	enum output_as as = OUTPUT_QEMU;
	bool one = take_form(&args, &as);
	size_t n = 0, len;
	FILE *f;
	int r = *args ? app_targets(a, args, &devs, &n, ret_why) : 0;

	if (r < 0)
		return r;
	if (!one)
		return snippets_make(a->session, devs, n, ret);
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	r = output_write(a->session, as, devs, n, f, ret_why);
	if (fclose(f) != 0)
		return -ENOMEM;
	return r < 0 ? r : buf_add(ret, text, len);
}

static void show(struct app *a, const char *args, struct buf *text)
{
	struct sheet_dialog *d = sheet_dialog_new("detail", build);

	if (!d) {
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
		return;
	}
	snprintf(d->title, sizeof(d->title), "What guests are given%s%s",
		 *args ? ", as asked: " : "", args);
	d->data = buf_take(text);
	d->data_free = free;
	app_open(a, &d->dialog);
}

static void write_to(struct app *a, const char *file, const struct buf *text)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct msg m = { 0 };
	int r;

	file_path(a, file, &path);
	r = file_put(buf_str(&path), buf_str(text), text->len, false);
	if (r == 0)
		msg_make(&m, MSG_SNIPPETS_WRITTEN, "file", file, NULL);
	else
		msg_make(&m, MSG_FILE_UNWRITABLE, "file", file, "error", errno_words(-r), NULL);
	app_say(a, r == 0 ? LOOK_PLAIN : LOOK_ERROR, &m);
}

void act_export(struct app *a, const char *args)
{
	CLEANUP(freep) char *words = strdup(args);
	CLEANUP(buf_done) struct buf text = { 0 };
	struct msg why = { 0 };
	const char *file = words ? take_file(words) : NULL;
	int r = words ? make(a, words, &text, &why) : -ENOMEM;

	if (r == 0 && !text.len)
		msg_make(&why, MSG_NOTHING_GIVEN, NULL);
	if (why.what)
		app_say(a, LOOK_WARN, &why);
	else if (r < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	else if (file)
		write_to(a, file, &text);
	else
		show(a, args, &text);
}
