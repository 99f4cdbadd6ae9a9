/* SPDX-License-Identifier: MIT */
/*
 * The steps of a commit while they are carried out, and how each ended.
 *
 * Rule: the texts are copies: the session's plan is another one once the commit has ended.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include "txn.h"

#include <time.h>

struct app;
struct canvas;
struct page;

struct running {
	struct app *app;
	enum step_state *state; /* owned, as all texts */
	char **texts;
	size_t n, current;
	bool stopping; /* cancel was asked for */
	struct timespec begun;
	time_t alone; /* since then a step is held up and nobody there to give it up */
};

/* From the session's plan. 0 or -ENOMEM. */
int running_init(struct running *r, struct app *app);
void running_done(struct running *r);
/* For txn_opts; arg is the struct running. */
bool running_progress(void *arg, size_t step, enum step_state state);
/* The page while they run, below a title; and the lines of the result. */
void running_draw(const struct running *r, struct canvas *c);
void running_ended(const struct running *r, struct page *page);

#endif
