/* SPDX-License-Identifier: MIT */
#include "matrix.h"
#include "attrs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct matrix_state *matrix_state_new(void)
{
	struct matrix_state *m = calloc(1, sizeof(*m));

	if (m)
		m->row = m->col = 0;
	return m;
}

struct matrix_state *matrix_state_free(struct matrix_state *m)
{
	free(m);
	return NULL;
}

/* H, V and v say whose a queue is, h would be mistaken for H. */
char matrix_letter(int index)
{
	static const char letters[] = "ABCDEFGIJKLMNOPQRSTUWXYZ0123456789";

	return index >= 0 && index < (int)sizeof(letters) - 1 ? letters[index] : '+';
}

const struct matrix *matrix_then(const struct d_mdev *m)
{
	if (m->defined_then)
		return &m->def_then;
	return m->active_then ? &m->live_then : m->defined_now ? &m->def_now : &m->live_now;
}

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

/* Adapters and domains that exist, are granted, or are wanted by some matrix. */
static void grid_ids(const struct app *a, struct matrix_grid *g)
{
	const struct inventory *inv = session_inventory(a->session);
	struct ap_mask cards = { 0 }, doms = { 0 };

	if (inv->ap.config_known) {
		cards = inv->ap.adapters;
		doms = inv->ap.domains;
	}
	for (size_t i = 0; i < inv->n_cards; i++)
		mask_set(&cards, inv->cards[i]->id, true);
	for (size_t i = 0; i < inv->n_queues; i++)
		mask_set(&doms, APQN_DOM(inv->queues[i]->id), true);
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
}

void matrix_grid(const struct app *a, struct matrix_grid *ret)
{
	const struct desired *d = session_desired(a->session);
	struct matrix_grid g = { .chosen = -1, .beside = -1 };

	for (size_t i = 0; i < d->n_mdevs && g.n_of < (int)ARRAY_SIZE(g.of); i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (!m->is_matrix || !str_eq(m->parent, "matrix"))
			continue;
		if (!strcmp(m->uuid, a->matrix->uuid))
			g.chosen = g.n_of;
		if (!strcmp(m->uuid, a->matrix->beside))
			g.beside = g.n_of;
		g.of[g.n_of++] = m;
	}
	if (g.chosen < 0 && g.n_of)
		g.chosen = 0;
	grid_ids(a, &g);
	*ret = g;
}

/* -- ids as people type them -- */

/* Always hexadecimal: "42" on a screen that shows 0042 must never be domain 002a. */
static int id_parse(const char *text, size_t len, unsigned *ret)
{
	char copy[16], *end;
	unsigned long id;

	if (len == 0 || len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!isxdigit((unsigned char)copy[0]))
		return -EINVAL;
	id = strtoul(copy, &end, 16);
	if (*end || id > 255)
		return -EINVAL;
	*ret = (unsigned)id;
	return 0;
}

int matrix_ids_parse(const char *text, struct ap_mask *ret)
{
	struct ap_mask m = { 0 };

	while (*text) {
		size_t len = strcspn(text, ", "), dash = strcspn(text, "-, ");
		unsigned from, to;

		if (id_parse(text, MIN(len, dash), &from) < 0)
			return -EINVAL;
		to = from;
		if (dash < len && id_parse(text + dash + 1, len - dash - 1, &to) < 0)
			return -EINVAL;
		if (to < from)
			return -EINVAL;
		for (; from <= to; from++)
			mask_set(&m, from, true);
		text += len;
		text += strspn(text, ", ");
	}
	*ret = m;
	return 0;
}

/* -- what can't be done, and why -- */

bool matrix_no_ap(struct app *a, const char *args, struct msg *ret_why)
{
	const struct inventory *inv = session_inventory(a->session);

	(void)args;
	if (!inv->ap.present)
		msg_make(ret_why, MSG_NO_AP_BUS, NULL);
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

/* -- editing -- */

/* Stages the chosen matrix as m. */
static void stage(struct app *a, const struct d_mdev *of, const struct matrix *m)
{
	struct msg why = { 0 };
	struct wish_mdev entry = {
		.fields = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL,
		.matrix = *m,
		.defined = of->defined_then,
		.reach = { .live = of->active_then, .persist = of->defined_then },
	};

	if (!entry.reach.live && !entry.reach.persist)
		entry.reach = a->reach;
	strcpy(entry.uuid, of->uuid);
	if (session_set_mdev(a->session, &entry, &why) < 0)
		app_say(a, LOOK_ERROR, &why);
	app_refresh(a);
}

static bool chosen(struct app *a, struct matrix_grid *g, struct matrix *m)
{
	matrix_grid(a, g);
	if (g->chosen < 0)
		return false;
	*m = *matrix_then(g->of[g->chosen]);
	return true;
}

/* A cell: in the matrix, out of it; what else would go along is not guessed. */
static bool toggle_cell(struct app *a, struct matrix *m, uint8_t card, uint8_t dom)
{
	struct msg why = { 0 };

	if (!matrix_has(m, APQN(card, dom))) {
		mask_set(&m->adapters, card, true);
		mask_set(&m->domains, dom, true);
		return true;
	}
	if (mask_count(&m->adapters) > 1 && mask_count(&m->domains) > 1) {
		msg_make(&why, MSG_CELL_OF_MANY, "queue", devid_queue(APQN(card, dom)).name, NULL);
		app_say(a, LOOK_WARN, &why);
		return false;
	}
	if (mask_count(&m->domains) > 1)
		mask_set(&m->domains, dom, false);
	else if (mask_count(&m->adapters) > 1)
		mask_set(&m->adapters, card, false);
	else
		m->adapters = m->domains = (struct ap_mask){ 0 };
	return true;
}

static int place_of(const uint8_t *ids, int n, const char *text, size_t len)
{
	unsigned id;

	if (id_parse(text, len, &id) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (ids[i] == id)
			return i;
	return -1;
}

/* "05", "0004" or "05.0004": the cursor goes there. Two digits are an adapter, four a domain, as they are shown. */
static bool point_at(struct app *a, const struct matrix_grid *g, const char *text)
{
	size_t len = strlen(text), dot = strcspn(text, ".");
	int row = -1, col = -1;

	if (dot < len || len <= 2)
		row = place_of(g->cards, g->n_cards, text, dot);
	if (dot < len)
		col = place_of(g->doms, g->n_doms, text + dot + 1, len - dot - 1);
	else if (len > 2)
		col = place_of(g->doms, g->n_doms, text, len);
	if ((row < 0 && col < 0) || (dot < len && (row < 0 || col < 0))) {
		app_say_id(a, LOOK_ERROR, MSG_BAD_QUEUE, text);
		return false;
	}
	a->matrix->row = row;
	a->matrix->col = col;
	return true;
}

/* All adapters and domains from the anchor to the cursor: in, or out if all of them are in. */
static void toggle_range(const struct matrix_state *s, const struct matrix_grid *g,
			 struct matrix *m)
{
	struct matrix range = { 0 };
	struct ap_mask no_adapter, no_domain;

	for (int i = MIN(s->row, s->anchor_row); i <= MAX(s->row, s->anchor_row); i++)
		if (i >= 0 && i < g->n_cards)
			mask_set(&range.adapters, g->cards[i], true);
	for (int i = MIN(s->col, s->anchor_col); i <= MAX(s->col, s->anchor_col); i++)
		if (i >= 0 && i < g->n_doms)
			mask_set(&range.domains, g->doms[i], true);
	no_adapter = mask_minus(range.adapters, m->adapters);
	no_domain = mask_minus(range.domains, m->domains);
	if (mask_empty(&no_adapter) && mask_empty(&no_domain)) {
		/* Whichever the range is all of goes; a piece of a matrix that stays a rectangle. */
		if (mask_eq(&range.adapters, &m->adapters) || s->row < 0)
			m->domains = mask_minus(m->domains, range.domains);
		if (!mask_eq(&range.adapters, &m->adapters) || s->col < 0)
			m->adapters = mask_minus(m->adapters, range.adapters);
	} else {
		m->adapters = mask_or(m->adapters, range.adapters);
		m->domains = mask_or(m->domains, range.domains);
	}
}

void matrix_toggle(struct app *a, const char *args)
{
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;
	struct matrix m;
	uint8_t id;

	if (!chosen(a, &g, &m) || (*args && !point_at(a, &g, args)) || s->row >= g.n_cards ||
	    s->col >= g.n_doms)
		return;
	if (s->anchored && !*args) {
		toggle_range(s, &g, &m);
		s->anchored = false;
	} else if (s->row >= 0 && s->col >= 0) {
		if (!toggle_cell(a, &m, g.cards[s->row], g.doms[s->col]))
			return;
	} else if (s->row >= 0) {
		id = g.cards[s->row];
		mask_set(&m.adapters, id, !mask_has(&m.adapters, id));
	} else if (s->col >= 0) {
		id = g.doms[s->col];
		mask_set(&m.domains, id, !mask_has(&m.domains, id));
	}
	stage(a, g.of[g.chosen], &m);
}

void matrix_toggle_control(struct app *a, const char *args)
{
	struct matrix_grid g;
	struct matrix m;
	struct ap_mask ids;
	int col;

	if (!chosen(a, &g, &m))
		return;
	col = *args ? place_of(g.doms, g.n_doms, args, strlen(args)) : a->matrix->col;
	if (*args && col < 0)
		app_say_id(a, LOOK_ERROR, MSG_BAD_QUEUE, args);
	else
		a->matrix->col = col;
	if (col < 0 || a->matrix->col >= g.n_doms)
		return;
	ids = (struct ap_mask){ 0 };
	mask_set(&ids, g.doms[a->matrix->col], true);
	m.control =
		mask_meets(&m.control, &ids) ? mask_minus(m.control, ids) : mask_or(m.control, ids);
	stage(a, g.of[g.chosen], &m);
}

static bool parse_or_say(struct app *a, const char *text, bool domains, struct ap_mask *ret)
{
	struct msg why = { 0 };

	if (matrix_ids_parse(text, ret) == 0)
		return true;
	msg_make(&why, MSG_BAD_IDS, "text", text, "kind", domains ? "domains" : "adapters",
		 "example", domains ? "4-7,00ab" : "05,0a-0c", NULL);
	app_say(a, LOOK_ERROR, &why);
	return false;
}

/* "05 0004,00ab": adapters, then domains; either may be "-" for none. */
static bool two_lists(struct app *a, const char *args, struct ap_mask *cards, struct ap_mask *doms)
{
	char first[256];
	size_t n = strcspn(args, " ");

	*cards = *doms = (struct ap_mask){ 0 };
	if (n >= sizeof(first))
		n = sizeof(first) - 1;
	memcpy(first, args, n);
	first[n] = '\0';
	args += n + strspn(args + n, " ");
	return (!strcmp(first, "-") || parse_or_say(a, first, false, cards)) &&
	       (!strcmp(args, "-") || parse_or_say(a, args, true, doms));
}

void matrix_assign(struct app *a, const char *args)
{
	struct ap_mask cards, doms;
	struct matrix_grid g;
	struct matrix m;

	if (!chosen(a, &g, &m) || !two_lists(a, args, &cards, &doms))
		return;
	m.adapters = mask_or(m.adapters, cards);
	m.domains = mask_or(m.domains, doms);
	stage(a, g.of[g.chosen], &m);
}

void matrix_unassign(struct app *a, const char *args)
{
	struct ap_mask cards, doms;
	struct matrix_grid g;
	struct matrix m;

	if (!chosen(a, &g, &m) || !two_lists(a, args, &cards, &doms))
		return;
	m.adapters = mask_minus(m.adapters, cards);
	m.domains = mask_minus(m.domains, doms);
	stage(a, g.of[g.chosen], &m);
}

static void set_part(struct app *a, const char *args, char which)
{
	struct matrix_grid g;
	struct ap_mask ids;
	struct matrix m;

	if (!chosen(a, &g, &m) || !parse_or_say(a, args, which != 'a', &ids))
		return;
	*(which == 'a' ? &m.adapters : which == 'd' ? &m.domains : &m.control) = ids;
	stage(a, g.of[g.chosen], &m);
}

void matrix_set_adapters(struct app *a, const char *args)
{
	set_part(a, args, 'a');
}

void matrix_set_domains(struct app *a, const char *args)
{
	set_part(a, args, 'd');
}

void matrix_set_control(struct app *a, const char *args)
{
	set_part(a, args, 'k');
}

/* -- choosing -- */

int matrix_find(const struct matrix_grid *g, const char *text)
{
	size_t len = strlen(text);
	int found = -1;

	if (len == 1)
		for (int i = 0; i < g->n_of; i++)
			if (matrix_letter(i) == toupper((unsigned char)*text))
				return i;
	if (isdigit((unsigned char)*text) && len < 3)
		return atoi(text) <= g->n_of ? atoi(text) - 1 : -1;
	for (int i = 0; i < g->n_of; i++)
		if (!strncasecmp(g->of[i]->uuid, text, len)) {
			if (found >= 0)
				return -1;
			found = i;
		}
	return found;
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

void matrix_new(struct app *a, const char *args)
{
	char uuid[UUID_TEXT];
	struct msg why = { 0 };

	if (session_new_mdev(a->session, "matrix", TYPE_AP, *args ? args : NULL, a->reach.live,
			     START_AUTO, a->reach, uuid, &why) < 0) {
		app_say(a, LOOK_ERROR, &why);
		return;
	}
	strcpy(a->matrix->uuid, uuid);
	app_refresh(a);
}

void matrix_mode(struct app *a, const char *args)
{
	const struct desired *d = session_desired(a->session);
	enum ap_mode mode = d->ap_mode == AP_MODE_OVERRIDE ? AP_MODE_MASKS : AP_MODE_OVERRIDE;
	size_t depth = session_undo_depth(a->session);
	struct msg why = { 0 };

	if (*args)
		mode = str_starts("override", args) ? AP_MODE_OVERRIDE
		       : str_starts("masks", args)  ? AP_MODE_MASKS
						    : AP_MODE_AUTO;
	if (session_ap_mode(a->session, mode, &why) < 0)
		app_say(a, LOOK_ERROR, &why);
	else if (session_undo_depth(a->session) > depth)
		app_say_id(a, LOOK_PLAIN, MSG_STAGED_MODE, session_undo_text(a->session, 0));
	else
		app_say_id(a, LOOK_PLAIN, MSG_MODE_SAME, NULL);
	app_refresh(a);
}

void matrix_show_all(struct app *a, const char *args)
{
	(void)args;
	a->matrix->all = !a->matrix->all;
}

/* -- moving -- */

static int clamp(int v, int low, int high)
{
	return v > high ? high : v < low ? low : v;
}

void matrix_move_to(struct app *a, const struct matrix_grid *g, int row, int col)
{
	struct matrix_state *s = a->matrix;

	s->row = clamp(row, -1, g->n_cards - 1);
	s->col = clamp(col, -1, g->n_doms - 1);
	/* The corner belongs to nobody. */
	if (s->row < 0 && s->col < 0)
		s->col = MIN(0, g->n_doms - 1);
	if (s->row >= 0)
		s->top = clamp(s->top, s->row - MAX(s->shown_rows, 1) + 1, s->row);
	if (s->col >= 0)
		s->left = clamp(s->left, s->col - MAX(s->shown_cols, 1) + 1, s->col);
}

bool matrix_key(struct app *a, uint32_t key)
{
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;

	matrix_grid(a, &g);
	switch (key) {
	case K_UP:
	case 'k' - 'a' + 1: /* ^K; a plain k is control domain */
		matrix_move_to(a, &g, s->row - 1, s->col);
		return true;
	case K_DOWN:
	case 'j':
		matrix_move_to(a, &g, s->row + 1, s->col);
		return true;
	case K_LEFT:
	case 'h':
	case K_F10:
	case K_F22:
		matrix_move_to(a, &g, s->row, s->col - 1);
		return true;
	case K_RIGHT:
	case 'l':
	case K_F11:
	case K_F23:
		matrix_move_to(a, &g, s->row, s->col + 1);
		return true;
	case K_PGUP:
	case K_F7:
	case K_F19:
		matrix_move_to(a, &g, MAX(s->row - MAX(s->shown_rows, 1), 0), s->col);
		return true;
	case K_PGDN:
	case K_F8:
	case K_F20:
		matrix_move_to(a, &g, s->row + MAX(s->shown_rows, 1), s->col);
		return true;
	case K_HOME:
		matrix_move_to(a, &g, s->row, s->row < 0 ? 0 : -1);
		return true;
	case K_END:
		matrix_move_to(a, &g, s->row, g.n_doms - 1);
		return true;
	case K_TAB:
		matrix_use(a, "");
		return true;
	default:
		return false;
	}
}

void matrix_click(struct app *a, int row, int col)
{
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;
	int r = row - s->grid_row, c = (col - s->grid_col) / 5;

	matrix_grid(a, &g);
	if (r < -2 || r >= s->shown_rows || c >= s->shown_cols || (col < s->grid_col && r < 0))
		return;
	r = r < 0 ? -1 : s->top + r;
	c = col < s->grid_col ? -1 : s->left + c;
	if (r >= g.n_cards || c >= g.n_doms)
		return;
	matrix_move_to(a, &g, r, c);
	matrix_toggle(a, "");
}
