/* SPDX-License-Identifier: MIT */
#include "running.h"
#include "app.h"
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ALONE_S = 10 };

int running_init(struct running *r, struct app *app)
{
	const struct plan *p = session_plan(app->session);

	*r = (struct running){ .app = app };
	r->state = calloc(p->n_steps + 1, sizeof(*r->state));
	r->texts = calloc(p->n_steps + 1, sizeof(*r->texts));
	if (!r->state || !r->texts)
		return -ENOMEM;
	for (; r->n < p->n_steps; r->n++) {
		r->texts[r->n] = strdup(p->steps[r->n].text ? p->steps[r->n].text : "");
		if (!r->texts[r->n])
			return -ENOMEM;
	}
	clock_gettime(CLOCK_MONOTONIC, &r->begun);
	return 0;
}

void running_done(struct running *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->texts[i]);
	free(r->texts);
	free(r->state);
	*r = (struct running){ 0 };
}

static enum look state_look(enum step_state s)
{
	switch (s) {
	case STEP_RUNNING:
	case STEP_UNDOING:
	case STEP_HELD:
		return LOOK_STAGED;
	case STEP_DONE:
		return LOOK_GUEST;
	case STEP_FAILED:
	case STEP_STUCK:
		return LOOK_ERROR;
	default:
		return LOOK_PLAIN;
	}
}

/* Nobody is there to give up a step that is held up: no lock is to be held for ever. */
static bool left_alone(struct running *r, bool news)
{
	struct timespec now;

	if (!r->app->during)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (news || !r->app->nobody)
		r->alone = now.tv_sec;
	return now.tv_sec - r->alone >= ALONE_S;
}

bool running_progress(void *arg, size_t step, enum step_state state)
{
	struct running *r = arg;
	bool news = step < r->n && r->state[step] != state;

	if (step < r->n)
		r->state[step] = state;
	r->current = step;
	if (r->app->step && news)
		r->app->step(r->app, step, r->n, state, r->texts[step]);
	if (r->app->during && r->app->during(r->app))
		r->stopping = true;
	if (state == STEP_HELD && left_alone(r, news))
		r->stopping = true;
	return r->stopping;
}

static bool is_held(const struct running *r)
{
	return !r->stopping && r->current < r->n && r->state[r->current] == STEP_HELD;
}

static void draw_keys(const struct running *r, struct canvas *c)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	app_text(r->app,
		 r->stopping ? "Stopping at the next step; what was done is undone."
		 : is_held(r)
			 ? "<F12 or c|cancel> gives up waiting."
			 : "<F12 or c|cancel> stops at the next step; what was done is undone.",
		 &text);
	canvas_printf(c, c->rows - 1, 0, c->cols, LOOK_KEY, "%s  %ld s", buf_str(&text),
		      (long)(now.tv_sec - r->begun.tv_sec));
}

/* Right above the keys: whom the kernel waits for, whole however long it is. Returns the rows it takes. */
static int draw_held(const struct running *r, struct canvas *c)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sheet sheet = { 0 };
	struct rect at = { .col = 1, .cols = c->cols - 2 };

	if (is_held(r)) {
		app_held_text(r->app, r->current, &text);
		sheet_wrap(&sheet, LOOK_WARN, at.cols, 2, buf_str(&text));
	}
	at.rows = MIN((int)sheet.n, c->rows / 2);
	at.row = c->rows - 1 - at.rows;
	if (at.rows)
		sheet_draw(&sheet, c, &at, false);
	sheet_done(&sheet);
	return at.rows;
}

void running_draw(const struct running *r, struct canvas *c)
{
	int rows = MAX(c->rows - 3 - draw_held(r, c), 1);
	size_t top = r->current + 1 > (size_t)rows ? r->current + 1 - (size_t)rows : 0;

	for (int i = 0; i < rows && top + (size_t)i < r->n; i++) {
		size_t k = top + (size_t)i;

		canvas_printf(c, 1 + i, 1, c->cols - 2, state_look(r->state[k]), "%3zu  %-8s %s",
			      k + 1, step_word(r->state[k]), r->texts[k]);
	}
	draw_keys(r, c);
}

void running_ended(const struct running *r, struct page *page)
{
	page_add(page, LOOK_PLAIN, "%s", "");
	for (size_t i = 0; i < r->n; i++)
		page_add(page, state_look(r->state[i]), "%3zu  %-8s %s", i + 1,
			 step_word(r->state[i]), r->texts[i]);
}
