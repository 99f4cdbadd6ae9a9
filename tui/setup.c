/* SPDX-License-Identifier: MIT */
#include "setup.h"
#include "setup_part.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int setup_new(struct session *session, struct setup **ret)
{
	struct setup *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->session = session;
	s->reach = (struct reach){ true, true };
	if (setup_ask(s) < 0) {
		setup_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

struct setup *setup_free(struct setup *s)
{
	if (!s)
		return NULL;
	setup_question_done(&s->question);
	free(s->devs);
	free(s->ids);
	free(s->made);
	free(s);
	return NULL;
}

void setup_freep(struct setup **s)
{
	*s = setup_free(*s);
}

/* -- reading an answer -- */

static int refused(struct msg *reterr, const char *text, const char *why)
{
	msg_make(reterr, MSG_SETUP_ANSWER, "answer", text, "why", why, NULL);
	return -EINVAL;
}

static struct setup_option *by_number(struct setup_question *q, unsigned long number)
{
	for (size_t i = 0; number && i < q->n; i++)
		if (q->options[i].number == number)
			return &q->options[i];
	return NULL;
}

/* An adapter or a domain: its name is a number, "05" or "00ab". */
static bool is_number(const struct setup_option *o)
{
	return strspn(o->name, "0123456789abcdef") == strlen(o->name) && *o->name;
}

/* Such a one is known without the zeros before it, too. */
static bool is_its_number(const struct setup_option *o, const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 16);

	return is_number(o) && isxdigit((unsigned char)*word) && !*end &&
	       n == strtoul(o->name, NULL, 16);
}

/* A name, or its end from a dot on: "2b09" is "0.0.2b09". */
static bool is_called(const struct setup_option *o, const char *word)
{
	const char *dot = strrchr(o->name, '.');

	if (is_its_number(o, word))
		return true;
	return !strcasecmp(o->name, word) ||
	       (dot && !strcasecmp(dot + 1, word) && strlen(word) >= 4) ||
	       (o->dev.bus && !strcasecmp(o->dev.name, word));
}

static int take_name(struct setup_question *q, const char *word, struct msg *reterr)
{
	for (size_t i = 0; i < q->n; i++) {
		if (!is_called(&q->options[i], word))
			continue;
		if (!q->options[i].number)
			return refused(reterr, word, q->options[i].why_not);
		q->options[i].taken = true;
		return 0;
	}
	return refused(reterr, word, "it is not in the list");
}

/* Of domains 4 and 0x42 the second may be the fourth of the list: nobody is to get the one who means the other. */
static bool is_unclear(const struct setup_question *q, const char *word, unsigned listed,
		       struct msg *reterr)
{
	char number[8], why[96];

	snprintf(number, sizeof(number), "%u", listed);
	for (size_t i = 0; i < q->n; i++)
		if (is_its_number(&q->options[i], number) && q->options[i].number != listed) {
			snprintf(why, sizeof(why),
				 "it could be number %s of the list, or %.8s: type whole names",
				 number, q->options[i].name);
			refused(reterr, word, why);
			return true;
		}
	return false;
}

/* "3", "3-5" or a name. Numbers are the list's; what has another look is a name. */
static int take_word(struct setup_question *q, const char *word, struct msg *reterr)
{
	unsigned from = 0, to = 0;
	int end = 0;

	if (*word != '0' && sscanf(word, "%5u%n", &from, &end) == 1 && !word[end])
		to = from;
	else if (*word == '0' || sscanf(word, "%5u-%5u%n", &from, &to, &end) != 2 || word[end])
		return take_name(q, word, reterr);
	if (from > to || !by_number(q, from) || !by_number(q, to))
		return take_name(q, word, reterr);
	if (is_unclear(q, word, from, reterr) || is_unclear(q, word, to, reterr))
		return -EINVAL;
	for (unsigned i = from; i <= to; i++)
		by_number(q, i)->taken = true;
	return 0;
}

static int take_all(struct setup_question *q, const char *text, struct msg *reterr)
{
	char copy[512], *rest = copy, *word;
	size_t taken = 0;
	int r = 0;

	for (size_t i = 0; i < q->n; i++)
		q->options[i].taken = false;
	text += strspn(text, " ");
	if (!*text && q->normal) {
		by_number(q, q->normal)->taken = true;
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return refused(reterr, "that", "it is too long");
	strcpy(copy, text);
	while (r == 0 && (word = strsep(&rest, ", ")))
		if (*word)
			r = take_word(q, word, reterr);
	for (size_t i = 0; i < q->n; i++)
		taken += q->options[i].taken;
	if (r == 0 && !taken)
		return refused(reterr, text, "nothing is chosen, and there is no default");
	if (r == 0 && taken > 1 && !q->several)
		return refused(reterr, text, "only one can be chosen");
	return r;
}

/* -- what an answer means -- */

static const struct setup_option *first_taken(const struct setup_question *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->options[i].taken)
			return &q->options[i];
	return &q->options[0]; /* take_all saw to it that there is one */
}

static int keep_devs(struct setup *s)
{
	const struct setup_question *q = &s->question;
	struct devid *devs = calloc(q->n + 1, sizeof(*devs));
	unsigned *ids = calloc(q->n + 1, sizeof(*ids));
	size_t n = 0;

	if (!devs || !ids) {
		free(devs);
		free(ids);
		return -ENOMEM;
	}
	for (size_t i = 0; i < q->n; i++)
		if (q->options[i].taken) {
			ids[n] = q->options[i].id;
			devs[n++] = q->options[i].dev;
		}
	free(s->devs);
	free(s->ids);
	s->devs = devs;
	s->ids = ids;
	s->n_devs = n;
	return 0;
}

static struct ap_mask taken_mask(const struct setup_question *q)
{
	struct ap_mask m = { 0 };

	for (size_t i = 0; i < q->n; i++)
		if (q->options[i].taken)
			mask_set(&m, q->options[i].id, true);
	return m;
}

static bool is_crypto(const struct setup *s)
{
	return s->kind == SETUP_CRYPTO || s->kind == SETUP_CHANGE;
}

/* Is there such a question on the way that was taken? */
static bool asked(const struct setup *s, enum setup_step step)
{
	if (step == SETUP_MATRIX)
		return s->kind == SETUP_CHANGE;
	return (step != SETUP_DOMAINS && step != SETUP_CONTROL) || is_crypto(s);
}

static int go(struct setup *s, enum setup_step step)
{
	s->step = step;
	return setup_ask(s);
}

static int stage(struct setup *s, struct msg *reterr)
{
	int r = setup_stage(s, reterr);

	if (r < 0)
		return r;
	s->depth = session_undo_depth(s->session);
	return go(s, SETUP_REVIEW);
}

/* Another kind has other devices: what was answered of those is void. */
static void take_kind(struct setup *s, enum setup_kind kind)
{
	for (enum setup_step i = SETUP_MATRIX; s->kind != kind && i < SETUP_WHEN; i++)
		s->said[i][0] = '\0';
	s->kind = kind;
}

static void say_mask(char text[512], const struct ap_mask *m, const char *form)
{
	size_t n = 0;

	text[0] = '\0';
	for (int i = mask_next(m, -1); i >= 0 && n + 8 < 512; i = mask_next(m, i)) {
		n += (size_t)snprintf(text + n, 512 - n, "%s", n ? "," : "");
		n += (size_t)snprintf(text + n, 512 - n, form, (unsigned)i & 0xff);
	}
}

/* A matrix keeps what it has where nothing else is answered. */
static void take_matrix(struct setup *s, const char *uuid)
{
	const struct d_mdev *m = desired_mdev(session_desired(s->session), uuid, NULL);
	const struct matrix *x;

	if (!m || !strcmp(s->change, uuid))
		return;
	x = m->defined_then ? &m->ap->def_then : &m->ap->live_then;
	memcpy(s->change, m->uuid, sizeof(s->change));
	say_mask(s->said[SETUP_WHICH], &x->adapters, "0x%02x");
	say_mask(s->said[SETUP_DOMAINS], &x->domains, "0x%04x");
	say_mask(s->said[SETUP_CONTROL], &x->control, "0x%04x");
	if (mask_empty(&x->control))
		strcpy(s->said[SETUP_CONTROL], "none");
}

static int take_control(struct setup *s, struct msg *reterr)
{
	const struct setup_question *q = &s->question;
	bool none = false;
	size_t n = 0;

	s->control = (struct ap_mask){ 0 };
	for (size_t i = 0; i < q->n; i++) {
		if (!q->options[i].taken)
			continue;
		n++;
		none |= q->options[i].id == SETUP_ID_NONE;
		if (q->options[i].id < SETUP_ID_NONE)
			mask_set(&s->control, q->options[i].id, true);
		for (int k = mask_next(&s->domains, -1);
		     q->options[i].id == SETUP_ID_SAME && k >= 0; k = mask_next(&s->domains, k))
			mask_set(&s->control, (unsigned)k, true);
	}
	return none && n > 1 ? refused(reterr, "none", "others are chosen with it") : 0;
}

static int accept(struct setup *s, struct msg *reterr)
{
	const struct setup_option *first = first_taken(&s->question);
	enum setup_step next = s->step;
	int r = 0;

	if (s->step == SETUP_READY)
		s->load = first->id == 1;
	else if (s->step == SETUP_KIND)
		take_kind(s, (enum setup_kind)first->id);
	else if (s->step == SETUP_MATRIX)
		take_matrix(s, first->dev.name);
	else if (s->step == SETUP_WHICH && is_crypto(s))
		s->adapters = taken_mask(&s->question);
	else if (s->step == SETUP_WHICH)
		r = keep_devs(s);
	else if (s->step == SETUP_DOMAINS)
		s->domains = taken_mask(&s->question);
	else if (s->step == SETUP_CONTROL)
		r = take_control(s, reterr);
	else
		s->reach = (struct reach){ first->id != 2, first->id != 1 };
	do
		next++;
	while (!asked(s, next));
	if (r < 0)
		return r;
	return next == SETUP_REVIEW ? stage(s, reterr) : go(s, next);
}

int setup_answer(struct setup *s, const char *text, struct msg *reterr)
{
	enum setup_step step = s->step;
	char answer[512];
	int r;

	if (step >= SETUP_REVIEW)
		return 0;
	text += strspn(text, " ");
	if (strlen(text) >= sizeof(answer))
		return refused(reterr, "that", "it is too long");
	strcpy(answer, *text ? text : s->said[step]);
	r = take_all(&s->question, answer, reterr);
	if (r == 0)
		r = accept(s, reterr);
	/* What can't be taken again is forgotten: the next empty answer is the default. */
	strcpy(s->said[step], r == 0 ? answer : "");
	return r;
}

void setup_take_back(struct setup *s)
{
	if (s->depth && session_undo_depth(s->session) == s->depth)
		session_undo(s->session);
	s->depth = 0;
}

bool setup_back(struct setup *s)
{
	enum setup_step to = s->step;

	if (s->step == SETUP_READY)
		return false;
	setup_take_back(s);
	do
		to--;
	while (!asked(s, to));
	return go(s, to) == 0;
}

bool setup_committed(const struct setup *s)
{
	/* A commit ends the undo stack. */
	return s->depth && wish_empty(session_wish(s->session)) && !session_undo_depth(s->session);
}
