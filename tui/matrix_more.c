/* SPDX-License-Identifier: MIT */
/* Crypto matrix: ranges, two matrices side by side, other moments, findings. */
#include "attrs.h"
#include "matrix.h"

#include <stdio.h>
#include <string.h>

void matrix_show_all(struct app *a, const char *args)
{
	(void)args;
	a->matrix->all = !a->matrix->all;
	app_say_id(a, LOOK_PLAIN, a->matrix->all ? MSG_MATRIX_ALL : MSG_MATRIX_USED, NULL);
}

void matrix_range(struct app *a, const char *args)
{
	struct matrix_state *s = a->matrix;

	(void)args;
	s->anchored = !s->anchored;
	s->anchor_card = s->card;
	s->anchor_dom = s->dom;
	if (s->anchored)
		app_say_id(a, LOOK_PLAIN, MSG_RANGE_BEGUN, NULL);
}

bool matrix_cancel(struct app *a)
{
	struct matrix_state *s = a->matrix;
	bool any = s->anchored || s->beside[0] || s->time != TIME_WANTED;

	if (s->anchored)
		s->anchored = false;
	else if (s->beside[0])
		s->beside[0] = '\0';
	else
		s->time = TIME_WANTED;
	return any;
}

static bool between(int v, int a, int b)
{
	return v >= MIN(a, b) && v <= MAX(a, b);
}

static int id_at(const uint8_t *ids, int place)
{
	return place < 0 ? -1 : ids[place];
}

bool matrix_in_range(const struct app *a, const struct matrix_grid *g, int row, int col)
{
	const struct matrix_state *s = a->matrix;

	return s->anchored &&
	       between(id_at(g->cards, row), s->anchor_card, id_at(g->cards, g->row)) &&
	       between(id_at(g->doms, col), s->anchor_dom, id_at(g->doms, g->col));
}

void matrix_compare(struct app *a, const char *args)
{
	struct matrix_state *s = a->matrix;
	struct msg why = { 0 };
	struct matrix_grid g;
	int i;

	matrix_grid(a, &g);
	if (!*args && g.beside >= 0) {
		s->beside[0] = '\0';
		return;
	}
	i = *args ? matrix_find(&g, args) : g.n_of > 1 ? (g.chosen + 1) % g.n_of : -1;
	if (*args && i >= 0 && i == g.chosen) {
		app_say_id(a, LOOK_WARN, MSG_MATRIX_ITSELF, g.name[i]);
		return;
	}
	if (i < 0) {
		msg_make(&why, MSG_NO_SUCH_MATRIX, "text", *args ? args : "another one", NULL);
		app_say(a, LOOK_WARN, &why);
		return;
	}
	strcpy(s->beside, g.of[i]->uuid);
	if (g.chosen >= 0)
		strcpy(s->uuid, g.of[g.chosen]->uuid);
}

void matrix_time(struct app *a, const char *args)
{
	static const char *const words[] = { "wanted", "now", "boot" };
	size_t n = ARRAY_SIZE(words), time = 0;

	if (*args)
		while (time < n && !str_starts(words[time], args))
			time++;
	else
		time = (a->matrix->time + 1) % n;
	if (time == n) {
		app_say_id(a, LOOK_WARN, MSG_BAD_CHOICE, args);
	} else if (time == TIME_BOOT && session_inventory(a->session)->host.lacks_boot) {
		app_say_id(a, LOOK_WARN, MSG_BOOT_LACKS, NULL);
		a->matrix->time = TIME_WANTED;
	} else {
		a->matrix->time = (enum matrix_time)time;
	}
}

/* -- findings -- */

static bool about(const struct finding *f, const char *name)
{
	return *name && (!strcmp(f->dev.name, name) || !strcmp(f->other.name, name));
}

const struct finding *matrix_finding(const struct app *a)
{
	const struct findings *f = session_findings(a->session);
	const struct finding *settled = NULL;
	struct matrix_grid g;
	const char *uuid;

	matrix_grid(a, &g);
	uuid = g.chosen >= 0 ? g.of[g.chosen]->uuid : "";
	for (size_t i = 0; i < f->n; i++) {
		if (!about(&f->v[i], uuid) && !(f->v[i].dev.bus == BUS_AP && f->v[i].staged))
			continue;
		if (f->v[i].grade != GRADE_NOTE)
			return &f->v[i];
		if (!settled && finding_remedy(a->session, &f->v[i]))
			settled = &f->v[i];
	}
	return settled;
}

bool matrix_go(struct app *a, const struct devid *dev, const struct devid *other)
{
	const struct desired *d = session_desired(a->session);
	const struct d_mdev *m = desired_mdev(d, dev->name, "matrix"),
			    *o = desired_mdev(d, other->name, "matrix");
	const struct devid *to;
	struct matrix_grid g;
	unsigned card;
	apqn_t q;

	matrix_grid(a, &g);
	to = g.chosen >= 0 && other->bus == BUS_MDEV && !strcmp(other->name, g.of[g.chosen]->uuid)
		     ? dev
		     : other;
	if (to->bus == BUS_AP && apqn_parse(to->name, &q) == 0)
		matrix_point(a, APQN_CARD(q), APQN_DOM(q));
	else if (to->bus == BUS_AP && sscanf(to->name, "card%2x", &card) == 1)
		matrix_point(a, (int)card, -1);
	else if (to->bus == BUS_MDEV && matrix_find(&g, to->name) >= 0)
		strcpy(a->matrix->uuid, g.of[matrix_find(&g, to->name)]->uuid);
	else
		return to->bus == BUS_AP; /* the masks: they stand below the grid */
	if (m && o && m != o && matrix_meets(matrix_then(m), matrix_then(o), &q))
		matrix_point(a, APQN_CARD(q), APQN_DOM(q));
	return true;
}
