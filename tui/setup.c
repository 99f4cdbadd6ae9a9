/* SPDX-License-Identifier: MIT */
#include "setup.h"
#include "setup_part.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
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

/* A name, or its end from a dot on: "2b09" is "0.0.2b09". */
static bool is_called(const struct setup_option *o, const char *word)
{
	const char *dot = strrchr(o->name, '.');

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

/* "3", "3-5" or a name. Numbers are the list's; what has another look is a name. */
static int take_word(struct setup_question *q, const char *word, struct msg *reterr)
{
	unsigned from = 0, to = 0;
	int end = 0;

	if (*word != '0' && sscanf(word, "%5u%n", &from, &end) == 1 && !word[end] &&
	    by_number(q, from)) {
		by_number(q, from)->taken = true;
		return 0;
	}
	if (*word != '0' && sscanf(word, "%5u-%5u%n", &from, &to, &end) == 2 && !word[end] &&
	    from <= to && by_number(q, from) && by_number(q, to)) {
		for (unsigned i = from; i <= to; i++)
			by_number(q, i)->taken = true;
		return 0;
	}
	return take_name(q, word, reterr);
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

static int accept(struct setup *s, struct msg *reterr)
{
	unsigned id = first_taken(&s->question)->id;
	int r;

	switch (s->step) {
	case SETUP_READY:
		s->load = id == 1;
		return go(s, SETUP_KIND);
	case SETUP_KIND:
		s->kind = (enum setup_kind)id;
		return go(s, SETUP_WHICH);
	case SETUP_WHICH:
		if (s->kind == SETUP_CRYPTO) {
			s->adapters = taken_mask(&s->question);
			return go(s, SETUP_DOMAINS);
		}
		r = keep_devs(s);
		return r < 0 ? r : go(s, SETUP_WHEN);
	case SETUP_DOMAINS:
		s->domains = taken_mask(&s->question);
		return go(s, SETUP_WHEN);
	case SETUP_WHEN:
		s->reach = (struct reach){ id != 2, id != 1 };
		return stage(s, reterr);
	default:
		return 0;
	}
}

int setup_answer(struct setup *s, const char *text, struct msg *reterr)
{
	int r;

	if (s->step >= SETUP_REVIEW)
		return 0;
	r = take_all(&s->question, text, reterr);
	return r < 0 ? r : accept(s, reterr);
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

	if (s->step == SETUP_READY || s->step == SETUP_DONE)
		return false;
	setup_take_back(s);
	to = s->step == SETUP_WHEN && s->kind != SETUP_CRYPTO ? SETUP_WHICH
							      : (enum setup_step)(to - 1);
	return go(s, to) == 0;
}

void setup_look(struct setup *s)
{
	/* A commit ends the undo stack. */
	if (s->step == SETUP_REVIEW && wish_empty(session_wish(s->session)) &&
	    !session_undo_depth(s->session)) {
		s->depth = 0;
		(void)go(s, SETUP_DONE);
	}
}
