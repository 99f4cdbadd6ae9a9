/* SPDX-License-Identifier: MIT */
/* Guided set-up by lines: from a terminal, a pipe, or a file of answers. */
#include "batch_part.h"
#include "setup.h"
#include "snippets.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const keys[] = { "ready",   "kind",	  "matrix", "which", "adapters",
				    "domains", "control", "when",   "uuid",  "snippets" };

/* What a file of answers says, by key; owned. */
struct answers {
	bool given;
	char *value[ARRAY_SIZE(keys)];
};

static void answers_done(struct answers *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		free(a->value[i]);
}

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t\r\n");
	n = strlen(text);
	while (n && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
	return text;
}

static int bad_answer(struct batch *b, const char *answer, const char *why)
{
	CLEANUP(msg_done) struct msg m = { 0 };

	msg_make(&m, MSG_SETUP_ANSWER, "answer", answer, "why", why, NULL);
	return batch_failed(b, -EINVAL, &m);
}

/* "key = value". 0 or an exit code. */
static int take_line(struct batch *b, char *line, struct answers *to)
{
	char *value, *key = trim(line);

	if (!*key || *key == '#')
		return 0;
	value = strchr(key, '=');
	if (!value)
		return bad_answer(b, key, "a key, an equals sign and an answer are expected");
	*value++ = '\0';
	key = trim(key);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key)) {
			free(to->value[i]);
			to->value[i] = strdup(trim(value));
			return to->value[i] ? 0 : batch_failed(b, -ENOMEM, NULL);
		}
	return bad_answer(b, key, "there is no question of that name");
}

static int read_answers(struct batch *b, const char *file, struct answers *to)
{
	CLEANUP(msg_done) struct msg m = { 0 };
	FILE *f = str_eq(file, "-") ? b->in : fopen(file, "re");
	char line[1024];
	int r = 0;

	if (!f) {
		msg_make(&m, MSG_FILE_UNREADABLE, "file", file, "error", errno_words(errno), NULL);
		return batch_failed(b, -EINVAL, &m);
	}
	to->given = true;
	while (r == 0 && fgets(line, sizeof(line), f))
		r = take_line(b, line, to);
	if (f != b->in)
		fclose(f);
	return r;
}

static const char *answer_to(const struct answers *a, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return a->value[i];
	return NULL;
}

/* At most 79 columns a line: this is what a line-mode console shows. */
static void print_question(struct batch *b, const struct setup_question *q)
{
	fprintf(b->out, "\n%s\n", q->title);
	if (q->about.len)
		fprintf(b->out, "%s", buf_str(&q->about));
	for (size_t i = 0; i < q->n; i++) {
		const struct setup_option *o = &q->options[i];
		CLEANUP(freep) char *text = text_safe(o->text);

		if (o->number)
			fprintf(b->out, "%4u%c %-12s %.60s\n", o->number,
				o->number == q->normal ? '*' : ' ', o->name, text ? text : "");
		else
			fprintf(b->out, "   -  %-12s no: %.54s\n", o->name, o->why_not);
	}
}

/* 0 with the answer; -ENODATA: the end, or the user leaves. */
static int ask(struct batch *b, const struct answers *a, const char *key, const char *prompt,
	       char line[512])
{
	const char *given = answer_to(a, key);

	if (a->given) {
		CLEANUP(freep) char *safe = text_safe(given ? given : "");

		if (given && strlen(given) >= 512)
			return -EINVAL;
		strcpy(line, given ? given : "");
		fprintf(b->out, "%s%s\n", prompt, *line ? safe ? safe : "?" : "(default)");
		return 0;
	}
	fputs(prompt, b->out);
	fflush(b->out);
	if (!fgets(line, 512, b->in))
		return -ENODATA;
	memmove(line, trim(line), strlen(trim(line)) + 1);
	return !strcasecmp(line, "q") || !strcasecmp(line, "end") ? -ENODATA : 0;
}

/* All questions before the review. 0, or an exit code. */
static int ask_all(struct batch *b, struct setup *s, const struct answers *a)
{
	while (s->step < SETUP_REVIEW) {
		CLEANUP(msg_done) struct msg m = { 0 };
		char line[512];
		int r;

		if (!a->given)
			print_question(b, &s->question);
		else
			fprintf(b->out, "%s ", s->question.title);
		r = ask(b, a, s->question.key, a->given ? "" : "Answer (b back, q leave) ===> ",
			line);
		if (r == -ENODATA) {
			fputs("\nNothing was staged, nothing was changed.\n", b->out);
			return EXIT_ERRORS;
		}
		if (r == 0 && !a->given && (!strcasecmp(line, "b") || !strcasecmp(line, "back"))) {
			setup_back(s);
			continue;
		}
		if (r == 0)
			r = setup_answer(s, line, &m);
		if (r < 0 && (a->given || r != -EINVAL))
			return batch_failed(b, r, &m);
		if (r < 0)
			batch_say(b, &m);
	}
	return 0;
}

/* 6: the lines, and a file for them. */
static int hand_over(struct batch *b, struct setup *s, const struct answers *a)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	char line[512] = "";
	int r = snippets_make(b->session, s->made, s->n_made, &text);

	if (r < 0)
		return batch_failed(b, r, NULL);
	fprintf(b->out, "\n6 Done: the lines to hand over\n%s", buf_str(&text));
	if (a->given)
		snprintf(line, sizeof(line), "%s",
			 answer_to(a, "snippets") ? answer_to(a, "snippets") : "");
	else if (ask(b, a, "snippets", "A file to keep this in (Enter: none) ===> ", line) < 0)
		return EXIT_OK;
	if (!*line)
		return EXIT_OK;
	r = snippets_write(b->session, s->made, s->n_made, NULL, line);
	if (r == 0)
		return EXIT_OK;
	msg_make(&m, r == -EEXIST ? MSG_FILE_EXISTS : MSG_FILE_UNWRITABLE, "file", line, "error",
		 errno_words(-r), NULL);
	return batch_failed(b, -EINVAL, &m);
}

int batch_setup(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(answers_done) struct answers a = { 0 };
	CLEANUP(setup_freep) struct setup *s = NULL;
	int r = batch_options(b, "answers yes override", 0, 0, &o);

	if (r == 0 && o.answers)
		r = read_answers(b, o.answers, &a);
	if (r)
		return r;
	if (setup_new(b->session, &s) < 0)
		return batch_failed(b, -ENOMEM, NULL);
	if (answer_to(&a, "uuid") && uuid_normal(answer_to(&a, "uuid"), s->uuid) < 0)
		return bad_answer(b, answer_to(&a, "uuid"), "it is no UUID");
	r = ask_all(b, s, &a);
	if (r)
		return r;
	print_question(b, &s->question);
	b->goes_on = true;
	r = batch_commit(b, &o);
	if (r)
		return r;
	return hand_over(b, s, &a);
}
