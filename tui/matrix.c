/* SPDX-License-Identifier: MIT */
/* Crypto matrix: what the grid is made of, the names of matrices, the cursor. */
#include "matrix.h"
#include "attrs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct matrix_state *matrix_state_new(void)
{
	return calloc(1, sizeof(struct matrix_state));
}

struct matrix_state *matrix_state_free(struct matrix_state *m)
{
	if (m)
		free(m->known);
	free(m);
	return NULL;
}

/* H, V and v say whose a queue is, so no matrix has these letters. */
const char *matrix_name(size_t index, char text[static MATRIX_NAME])
{
	static const char letters[] = "ABCDEFGIJKLMNOPQRSTUWXYZ";
	enum { N = sizeof(letters) - 1 };

	if (index < N) {
		snprintf(text, MATRIX_NAME, "%c", letters[index]);
		return text;
	}
	index -= N;
	snprintf(text, MATRIX_NAME, "%c%c", letters[index / N % N], letters[index % N]);
	return text;
}

const struct matrix *matrix_then(const struct d_mdev *m)
{
	if (m->defined_then)
		return &m->ap->def_then;
	return m->active_then	? &m->ap->live_then
	       : m->defined_now ? &m->ap->def_now
				: &m->ap->live_now;
}

/* -- what is shown -- */

static int list_ids(const struct ap_mask *m, uint8_t ids[static 256])
{
	int n = 0;

	for (int id = mask_next(m, -1); id >= 0; id = mask_next(m, id))
		ids[n++] = (uint8_t)id;
	return n;
}

static struct ap_mask first_ids(int max)
{
	struct ap_mask m = { 0 };

	for (int id = 0; id <= max; id++)
		mask_set(&m, (unsigned)id, true);
	return m;
}

/* The id itself, or the one that comes next where it isn't shown. */
static int place_near(const uint8_t *ids, int n, int id)
{
	int i = 0;

	if (id < 0 || !n)
		return -1;
	while (i < n - 1 && ids[i] < id)
		i++;
	return i;
}

/* Adapters and domains that exist, are granted, or are wanted by some matrix. */
static void grid_ids(const struct app *a, struct matrix_grid *g)
{
	const struct inventory *inv = session_inventory(a->session);
	struct ap_mask cards = { 0 }, doms = { 0 };
	bool seen[256] = { false };
	int n_seen = 0;

	if (inv->ap.config_known) {
		cards = inv->ap.adapters;
		doms = inv->ap.domains;
	}
	for (size_t i = 0; i < inv->n_cards; i++)
		mask_set(&cards, inv->cards[i]->id, true);
	for (size_t i = 0; i < inv->n_queues && n_seen < 256; i++) {
		unsigned dom = APQN_DOM(inv->queues[i]->id);

		n_seen += !seen[dom];
		seen[dom] = true;
		mask_set(&doms, dom, true);
	}
	for (int i = 0; i < g->n_of; i++) {
		const struct matrix *m = matrix_then(g->of[i]);

		cards = mask_or(cards, m->adapters);
		doms = mask_or(doms, mask_or(m->domains, m->control));
	}
	if (a->matrix->all) {
		cards = mask_or(cards, first_ids(inv->ap.max_adapter));
		doms = mask_or(doms, first_ids(inv->ap.max_domain));
	}
	g->n_cards = list_ids(&cards, g->cards);
	g->n_doms = list_ids(&doms, g->doms);
	g->row = place_near(g->cards, g->n_cards, a->matrix->card);
	g->col = place_near(g->doms, g->n_doms, a->matrix->dom);
}

static const struct d_mdev *matrix_of(const struct desired *d, const char *uuid)
{
	const struct d_mdev *m = desired_mdev(d, uuid, "matrix");

	return m && m->is_matrix ? m : NULL;
}

static bool is_known(const struct matrix_state *s, const char *uuid)
{
	for (size_t i = 0; i < s->n_known; i++)
		if (!strcmp(s->known[i], uuid))
			return true;
	return false;
}

static bool has_name(const struct d_mdev *m)
{
	return m->is_matrix && str_eq(m->parent, "matrix");
}

/* Of nearly every drawing: nothing is new. */
static bool all_known(const struct matrix_state *s, const struct desired *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_mdevs; i++)
		n += has_name(&d->mdevs[i]);
	for (size_t i = 0; i < s->n_known; i++)
		n -= matrix_of(d, s->known[i]) ? 1 : 0;
	return !n;
}

/* A new matrix takes the next name and leaves the others theirs; the last names become free again. */
static void know(struct matrix_state *s, const struct desired *d)
{
	while (s->n_known && !matrix_of(d, s->known[s->n_known - 1]))
		s->n_known--;
	if (all_known(s, d))
		return;
	for (size_t i = 0; i < d->n_mdevs && s->n_known < MATRIX_MAX; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!has_name(m) || is_known(s, m->uuid))
			continue;
		if (array_grow(&s->known, s->n_known, &s->cap_known, sizeof(*s->known)) < 0)
			return;
		strcpy(s->known[s->n_known++], m->uuid);
	}
}

void matrix_grid(const struct app *a, struct matrix_grid *ret)
{
	const struct desired *d = session_desired(a->session);
	struct matrix_state *s = a->matrix;

	memset(ret, 0, sizeof(*ret));
	ret->chosen = ret->beside = -1;
	know(s, d);
	for (size_t i = 0; i < s->n_known; i++) {
		const struct d_mdev *m = matrix_of(d, s->known[i]);

		if (!m)
			continue;
		if (!strcmp(m->uuid, s->uuid))
			ret->chosen = ret->n_of;
		if (!strcmp(m->uuid, s->beside))
			ret->beside = ret->n_of;
		matrix_name(i, ret->name[ret->n_of]);
		ret->of[ret->n_of++] = m;
	}
	if (ret->chosen < 0 && ret->n_of)
		ret->chosen = 0;
	if (ret->beside == ret->chosen)
		ret->beside = -1;
	grid_ids(a, ret);
}

/* -- choosing -- */

static int find_uuid(const struct matrix_grid *g, const char *text)
{
	size_t len = strlen(text);
	int found = -1;

	for (int i = 0; i < g->n_of && len; i++)
		if (!strncasecmp(g->of[i]->uuid, text, len)) {
			if (found >= 0)
				return -1;
			found = i;
		}
	return found;
}

int matrix_find(const struct matrix_grid *g, const char *text)
{
	size_t len = strlen(text);

	for (int i = 0; i < g->n_of; i++)
		if (!strcasecmp(g->name[i], text))
			return i;
	if (len && len <= 3 && strspn(text, "0123456789") == len && atoi(text) <= g->n_of)
		return atoi(text) - 1;
	return find_uuid(g, text);
}

void matrix_use(struct app *a, const char *args)
{
	struct msg why = { 0 };
	struct matrix_grid g;
	int i;

	matrix_grid(a, &g);
	i = *args ? matrix_find(&g, args) : g.n_of ? (g.chosen + 1) % g.n_of : -1;
	if (i < 0) {
		msg_make(&why, MSG_NO_SUCH_MATRIX, "text", args, NULL);
		app_say(a, LOOK_WARN, &why);
		return;
	}
	strcpy(a->matrix->uuid, g.of[i]->uuid);
}

bool matrix_current(const struct app *a, bool queue, struct devid *ret)
{
	const struct inventory *inv = session_inventory(a->session);
	struct matrix_grid g;

	matrix_grid(a, &g);
	if (queue && g.row >= 0 && g.col >= 0) {
		apqn_t q = APQN(g.cards[g.row], g.doms[g.col]);

		if (inventory_queue(inv, q)) {
			*ret = devid_queue(q);
			return true;
		}
	}
	if (g.chosen < 0)
		return false;
	*ret = (struct devid){ .bus = BUS_MDEV };
	strcpy(ret->name, g.of[g.chosen]->uuid);
	return true;
}

/* -- what can't be done, and why -- */

bool matrix_no_ap(struct app *a, const char *args, struct msg *ret_why)
{
	const struct inventory *inv = session_inventory(a->session);

	(void)args;
	if (session_reading(a->session)) {
		msg_make(ret_why, MSG_STILL_READING, NULL);
		return true;
	}
	if (!inv->ap.present)
		msg_make(ret_why, MSG_NO_AP, NULL);
	return !inv->ap.present;
}

bool matrix_none(struct app *a, const char *args, struct msg *ret_why)
{
	struct matrix_grid g;

	if (matrix_no_ap(a, args, ret_why))
		return true;
	matrix_grid(a, &g);
	if (g.chosen < 0)
		msg_make(ret_why, MSG_NO_MATRIX, NULL);
	return g.chosen < 0;
}

/* -- moving -- */

static int clamp(int v, int low, int high)
{
	return v > high ? high : v < low ? low : v;
}

void matrix_move_to(struct app *a, const struct matrix_grid *g, int row, int col)
{
	row = clamp(row, -1, g->n_cards - 1);
	col = clamp(col, -1, g->n_doms - 1);
	/* The corner belongs to nobody. */
	if (row < 0 && col < 0)
		col = MIN(0, g->n_doms - 1);
	a->matrix->card = row < 0 ? -1 : g->cards[row];
	a->matrix->dom = col < 0 ? -1 : g->doms[col];
}

static bool shown(const uint8_t *ids, int n, int id)
{
	return id < 0 || (n && ids[place_near(ids, n, id)] == id);
}

void matrix_point(struct app *a, int card, int dom)
{
	struct matrix_grid g;

	matrix_grid(a, &g);
	if (!shown(g.cards, g.n_cards, card) || !shown(g.doms, g.n_doms, dom))
		a->matrix->all = true;
	a->matrix->card = card;
	a->matrix->dom = dom;
}

/* Two digits are an adapter, four a domain, as they are shown. */
bool matrix_seek_queue(struct app *a, const char *text)
{
	const struct inventory *inv = session_inventory(a->session);
	size_t len = strlen(text), dot = strcspn(text, ".");
	struct ap_mask card = { 0 }, dom = { 0 };
	char part[8];

	if (dot >= sizeof(part) || strpbrk(text, "-, ") ||
	    (dot == len ? len > 4 || len == 3 : len - dot > 5))
		return false;
	snprintf(part, sizeof(part), "%.*s", (int)dot, text);
	if (matrix_ids_parse(part, dot == len && len > 2 ? &dom : &card, NULL) < 0 ||
	    (dot < len && matrix_ids_parse(text + dot + 1, &dom, NULL) < 0))
		return false;
	if ((dot < len && (mask_empty(&card) || mask_empty(&dom))) ||
	    (mask_empty(&card) && mask_empty(&dom)) || mask_next(&card, -1) > inv->ap.max_adapter ||
	    mask_next(&dom, -1) > inv->ap.max_domain)
		return false;
	matrix_point(a, mask_next(&card, -1), mask_next(&dom, -1));
	return true;
}

bool matrix_seek(struct app *a, const char *text)
{
	struct matrix_grid g;
	int of;

	if (matrix_seek_queue(a, text))
		return true;
	matrix_grid(a, &g);
	of = matrix_find(&g, text);
	if (of >= 0)
		strcpy(a->matrix->uuid, g.of[of]->uuid);
	return of >= 0;
}

/* How far a key goes; false: it is no movement. */
static bool step_of(const struct matrix_state *s, const struct matrix_grid *g, uint32_t key,
		    int *row, int *col)
{
	switch (key) {
	case K_UP:
	case 'k' - 'a' + 1: /* ^K; a plain k is control domain */
		(*row)--;
		return true;
	case K_DOWN:
	case 'j':
		(*row)++;
		return true;
	case K_LEFT:
	case 'h':
		(*col)--;
		return true;
	case K_RIGHT:
	case 'l':
		(*col)++;
		return true;
	case K_F10:
	case K_F22:
		*col = *col > 0 ? MAX(*col - MAX(s->shown_cols, 1), 0) : -1;
		return true;
	case K_F11:
	case K_F23:
		*col += MAX(s->shown_cols, 1);
		return true;
	case K_PGUP:
	case K_F7:
	case K_F19:
		*row = *row > 0 ? MAX(*row - MAX(s->shown_rows, 1), 0) : -1;
		return true;
	case K_PGDN:
	case K_F8:
	case K_F20:
		*row += MAX(s->shown_rows, 1);
		return true;
	case K_HOME:
		*col = *row < 0 ? 0 : -1;
		return true;
	case K_END:
		*col = g->n_doms - 1;
		return true;
	default:
		return false;
	}
}

bool matrix_key(struct app *a, uint32_t key)
{
	struct matrix_grid g;
	int row, col;

	matrix_grid(a, &g);
	row = g.row;
	col = g.col;
	if (!step_of(a->matrix, &g, key, &row, &col))
		return false;
	matrix_move_to(a, &g, row, col);
	return true;
}

void matrix_click(struct app *a, int row, int col)
{
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;
	int r = row - s->grid_row,
	    first = s->second_col && col >= s->second_col ? s->second_col : s->grid_col, c;

	matrix_grid(a, &g);
	if (r < -s->head_rows || r >= s->shown_rows || !s->cell_width || (col < first && r < 0))
		return;
	c = (col - first) / s->cell_width;
	if (c >= s->shown_cols)
		return;
	r = r < 0 ? -1 : s->top + r;
	c = col < first ? -1 : s->left + c;
	if (r >= g.n_cards || c >= g.n_doms)
		return;
	matrix_move_to(a, &g, r, c);
	matrix_toggle(a, "");
}
