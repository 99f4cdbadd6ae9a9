/* SPDX-License-Identifier: MIT */
/* Crypto matrix: ranges, two matrices side by side, other moments, findings. */
#include "attrs.h"
#include "matrix.h"

#include <string.h>

void matrix_range(struct app *a, const char *args)
{
	struct matrix_state *s = a->matrix;

	(void)args;
	s->anchored = !s->anchored;
	s->anchor_row = s->row;
	s->anchor_col = s->col;
}

static bool between(int v, int a, int b)
{
	return v >= MIN(a, b) && v <= MAX(a, b);
}

bool matrix_in_range(const struct matrix_state *s, int row, int col)
{
	return s->anchored && between(row, s->anchor_row, s->row) &&
	       between(col, s->anchor_col, s->col);
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
	if (i < 0 || i == g.chosen) {
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
	struct matrix_state *s = a->matrix;

	for (size_t i = 0; i < ARRAY_SIZE(words) && *args; i++)
		if (str_starts(words[i], args)) {
			s->time = (enum matrix_time)i;
			return;
		}
	s->time = (enum matrix_time)((s->time + 1) % 3);
}

/* -- findings -- */

static bool about(const struct finding *f, const char *name)
{
	return !strcmp(f->dev.name, name) || !strcmp(f->other.name, name);
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

static int index_of(const uint8_t *ids, int n, unsigned id)
{
	for (int i = 0; i < n; i++)
		if (ids[i] == id)
			return i;
	return -1;
}

static void go_queue(struct app *a, apqn_t q)
{
	struct matrix_grid g;
	int row, col;

	matrix_grid(a, &g);
	row = index_of(g.cards, g.n_cards, APQN_CARD(q));
	col = index_of(g.doms, g.n_doms, APQN_DOM(q));
	if (row >= 0 && col >= 0)
		matrix_move_to(a, &g, row, col);
}

void matrix_go(struct app *a, const struct devid *dev, const struct devid *other)
{
	const struct desired *d = session_desired(a->session);
	const struct devid *to =
		other->bus == BUS_MDEV && !strcmp(other->name, a->matrix->uuid) ? dev : other;
	const struct d_mdev *m, *o;
	apqn_t q;

	if (to->bus == BUS_AP && apqn_parse(to->name, &q) == 0) {
		go_queue(a, q);
		return;
	}
	m = desired_mdev(d, dev->name, NULL);
	o = desired_mdev(d, other->name, NULL);
	if (to->bus == BUS_MDEV && strlen(to->name) < UUID_TEXT)
		strcpy(a->matrix->uuid, to->name);
	if (m && o && matrix_meets(matrix_then(m), matrix_then(o), &q))
		go_queue(a, q);
}
