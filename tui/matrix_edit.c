/* SPDX-License-Identifier: MIT */
/* Crypto matrix: staging, by the cursor and by words. */
#include "attrs.h"
#include "matrix.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* "4" or "4-7"; *at is moved to what can't be read. */
static int range_parse(const char *text, size_t len, struct ap_mask *m, size_t *at)
{
	size_t dash = MIN(strcspn(text, "-"), len);
	unsigned from, to;

	if (id_parse(text, dash, &from) < 0)
		return -EINVAL;
	to = from;
	if (dash < len)
		*at += dash + 1;
	if (dash < len && (id_parse(text + dash + 1, len - dash - 1, &to) < 0 || to < from))
		return -EINVAL;
	for (; from <= to; from++)
		mask_set(m, from, true);
	return 0;
}

int matrix_ids_parse(const char *text, struct ap_mask *ret, size_t *ret_at)
{
	struct ap_mask m = { 0 };
	size_t len;

	for (const char *p = strcmp(text, "-") ? text : ""; *p; p += len, p += strspn(p, ", ")) {
		size_t at = (size_t)(p - text);

		len = strcspn(p, ", ");
		if (range_parse(p, len, &m, &at) < 0) {
			if (ret_at)
				*ret_at = at;
			return -EINVAL;
		}
	}
	*ret = m;
	return 0;
}

/* -- staging -- */

/* Stages the chosen matrix as m. */
static void stage(struct app *a, const struct matrix_grid *g, const struct matrix *m)
{
	const struct d_mdev *of = g->of[g->chosen];
	struct msg why = { 0 };
	struct wish_mdev entry = {
		.fields = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL,
		.matrix = *m,
		.defined = of->defined_then,
		.reach = { .live = of->active_then, .persist = of->defined_then },
	};

	if (matrix_eq(m, matrix_then(of))) {
		app_say_id(a, LOOK_PLAIN, MSG_MATRIX_SAME, g->name[g->chosen]);
		return;
	}
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

/* All adapters and domains from the anchor to the cursor: in, or out if all of them are in. */
static void toggle_range(const struct app *a, const struct matrix_grid *g, struct matrix *m)
{
	struct matrix range = { 0 };
	struct ap_mask no_adapter, no_domain;

	for (int i = -1; i < g->n_cards; i++)
		for (int k = -1; k < g->n_doms; k++) {
			if (!matrix_in_range(a, g, i, k))
				continue;
			if (i >= 0)
				mask_set(&range.adapters, g->cards[i], true);
			if (k >= 0)
				mask_set(&range.domains, g->doms[k], true);
		}
	no_adapter = mask_minus(range.adapters, m->adapters);
	no_domain = mask_minus(range.domains, m->domains);
	if (mask_empty(&no_adapter) && mask_empty(&no_domain)) {
		bool whole_rows = mask_eq(&range.adapters, &m->adapters);

		/* Whichever the range is all of goes; a piece of a matrix that stays a rectangle. */
		if (whole_rows || g->row < 0)
			m->domains = mask_minus(m->domains, range.domains);
		if (!whole_rows || g->col < 0)
			m->adapters = mask_minus(m->adapters, range.adapters);
	} else {
		m->adapters = mask_or(m->adapters, range.adapters);
		m->domains = mask_or(m->domains, range.domains);
	}
}

/* Only what is shown: "4" is adapter 04, and whoever means domain 0004 sees that there is none. */
static bool pointed(struct app *a, const char *text)
{
	struct matrix_state *s = a->matrix;
	int card = s->card, dom = s->dom;
	bool all = s->all;

	if (matrix_seek_queue(a, text) && s->all == all)
		return true;
	s->card = card;
	s->dom = dom;
	s->all = all;
	app_say_id(a, LOOK_ERROR, MSG_BAD_QUEUE, text);
	return false;
}

void matrix_toggle(struct app *a, const char *args)
{
	struct matrix_state *s = a->matrix;
	struct matrix_grid g;
	struct matrix m;
	uint8_t id;

	if ((*args && !pointed(a, args)) || !chosen(a, &g, &m))
		return;
	if (s->anchored && !*args) {
		toggle_range(a, &g, &m);
		s->anchored = false;
	} else if (g.row >= 0 && g.col >= 0) {
		if (!toggle_cell(a, &m, g.cards[g.row], g.doms[g.col]))
			return;
	} else if (g.row >= 0) {
		id = g.cards[g.row];
		mask_set(&m.adapters, id, !mask_has(&m.adapters, id));
	} else if (g.col >= 0) {
		id = g.doms[g.col];
		mask_set(&m.domains, id, !mask_has(&m.domains, id));
	}
	stage(a, &g, &m);
}

/* -- by words -- */

/* Says which character of what was typed behind the word, from 1, and what belongs there. */
static bool parse_or_say(struct app *a, const char *all, const char *text, bool domains,
			 struct ap_mask *ret)
{
	struct msg why = { 0 };
	char place[24];
	size_t at = 0;

	if (matrix_ids_parse(text, ret, &at) == 0)
		return true;
	snprintf(place, sizeof(place), "%zu", (size_t)(text - all) + at + 1);
	msg_make(&why, MSG_BAD_IDS, "text", text, "rest", text + at, "at", place, "kind",
		 domains ? "domains" : "adapters", "example", domains ? "4-7,00ab" : "05,0a-0c",
		 NULL);
	app_say(a, LOOK_ERROR, &why);
	return false;
}

/* A word that would mean "none" without its list is asked back for it. */
static bool has_args(struct app *a, const char *word, const char *args)
{
	char text[32];

	if (*args)
		return true;
	snprintf(text, sizeof(text), "%s ", word);
	app_prompt(a, text);
	return false;
}

void matrix_toggle_control(struct app *a, const char *args)
{
	struct ap_mask ids = { 0 }, missing;
	struct matrix_grid g;
	struct matrix m;

	if (!chosen(a, &g, &m))
		return;
	if (*args) {
		if (!parse_or_say(a, args, args, true, &ids))
			return;
		if (mask_count(&ids) == 1)
			matrix_point(a, a->matrix->card, mask_next(&ids, -1));
	} else if (g.col < 0) {
		app_say_id(a, LOOK_WARN, MSG_NO_DOMAIN_HERE, "");
		return;
	} else {
		mask_set(&ids, g.doms[g.col], true);
	}
	missing = mask_minus(ids, m.control);
	m.control = mask_empty(&missing) ? mask_minus(m.control, ids) : mask_or(m.control, ids);
	stage(a, &g, &m);
}

/* "05 0004,00ab": adapters, then domains; either may be "-" for none. */
static bool two_lists(struct app *a, const char *args, struct ap_mask *cards, struct ap_mask *doms)
{
	char all[256], *second;

	*cards = *doms = (struct ap_mask){ 0 };
	snprintf(all, sizeof(all), "%s", args);
	second = all + strcspn(all, " ");
	if (*second)
		*second++ = '\0';
	second += strspn(second, " ");
	return parse_or_say(a, all, all, false, cards) && parse_or_say(a, all, second, true, doms);
}

void matrix_assign(struct app *a, const char *args)
{
	struct ap_mask cards, doms;
	struct matrix_grid g;
	struct matrix m;

	if (!chosen(a, &g, &m) || !has_args(a, "assign", args) ||
	    !two_lists(a, args, &cards, &doms))
		return;
	m.adapters = mask_or(m.adapters, cards);
	m.domains = mask_or(m.domains, doms);
	stage(a, &g, &m);
}

void matrix_unassign(struct app *a, const char *args)
{
	struct ap_mask cards, doms;
	struct matrix_grid g;
	struct matrix m;

	if (!chosen(a, &g, &m) || !has_args(a, "unassign", args) ||
	    !two_lists(a, args, &cards, &doms))
		return;
	m.adapters = mask_minus(m.adapters, cards);
	m.domains = mask_minus(m.domains, doms);
	stage(a, &g, &m);
}

static void set_part(struct app *a, const char *word, const char *args)
{
	struct matrix_grid g;
	struct ap_mask ids;
	struct matrix m;

	if (!chosen(a, &g, &m) || !has_args(a, word, args) ||
	    !parse_or_say(a, args, args, *word != 'a', &ids))
		return;
	*(*word == 'a' ? &m.adapters : *word == 'd' ? &m.domains : &m.control) = ids;
	stage(a, &g, &m);
}

void matrix_set_adapters(struct app *a, const char *args)
{
	set_part(a, "adapters", args);
}

void matrix_set_domains(struct app *a, const char *args)
{
	set_part(a, "domains", args);
}

void matrix_set_control(struct app *a, const char *args)
{
	set_part(a, "control", args);
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
	a->matrix->beside[0] = '\0';
	app_refresh(a);
}

void matrix_mode(struct app *a, const char *args)
{
	const struct desired *d = session_desired(a->session);
	enum ap_mode mode = d->ap_mode == AP_MODE_OVERRIDE ? AP_MODE_MASKS : AP_MODE_OVERRIDE;
	size_t depth = session_undo_depth(a->session);
	struct msg why = { 0 };

	if (*args && !str_starts("override", args) && !str_starts("masks", args) &&
	    !str_starts("auto", args)) {
		app_say_id(a, LOOK_WARN, MSG_BAD_CHOICE, args);
		return;
	}
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
