/* SPDX-License-Identifier: MIT */
/* Crypto matrix in sentences: an adapter a line, its domains gathered by whose the queues are. */
#include "matrix.h"
#include "said.h"

#include <stdio.h>
#include <string.h>

enum { MOST_GROUPS = 32, GROUP_TEXT = 48 };

struct group {
	char whose[GROUP_TEXT];
	struct ap_mask domains;
};

static void owner_words(const char *name, char *text, size_t size)
{
	static const struct {
		const char *name, *words;
	} owners[] = { { "H", "host" },
		       { "V", "free for guests" },
		       { "?", "owner not known" },
		       { "-", "not there" } };

	snprintf(text, size, "matrix %s", name);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (!strcmp(owners[i].name, name))
			snprintf(text, size, "%s", owners[i].words);
}

static const char *mark_words(char mark)
{
	switch (mark) {
	case '*':
		return " (staged)";
	case '!':
		return " (conflict)";
	case 'x':
		return " (out of service)";
	case '?':
		return " (no driver)";
	case '-':
		return " (not there)";
	}
	return "";
}

static void whose(const struct app *a, struct matrix_grid *g, apqn_t q,
		  char text[static GROUP_TEXT])
{
	enum matrix_time time = a->matrix->time;
	struct matrix_cell cell;
	char owner[24], boot[24] = "";

	matrix_cell(a, g, q, &cell);
	owner_words(time == TIME_NOW	? cell.now
		    : time == TIME_BOOT ? cell.boot
					: cell.then,
		    owner, sizeof(owner));
	if (cell.mark == '~')
		owner_words(time == TIME_BOOT ? cell.now : cell.boot, boot, sizeof(boot));
	if (cell.loses)
		snprintf(text, GROUP_TEXT, "lost by the host (staged)");
	else if (*boot)
		snprintf(text, GROUP_TEXT, "%s (%s %s)", owner,
			 time == TIME_BOOT ? "now" : "at boot", boot);
	else
		snprintf(text, GROUP_TEXT, "%s%s", owner, mark_words(cell.mark));
}

static struct group *group_of(struct group *v, size_t *n, const char *text)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(v[i].whose, text))
			return &v[i];
	if (*n == MOST_GROUPS)
		return NULL;
	v[*n] = (struct group){ 0 };
	strcpy(v[*n].whose, text);
	return &v[(*n)++];
}

static void say_adapter(const struct app *a, struct matrix_grid *g, int row, struct said *s)
{
	uint8_t id = g->cards[row];
	const struct ap_card *card = inventory_card(session_inventory(a->session), id);
	const struct matrix *m = g->chosen >= 0 ? matrix_then(g->of[g->chosen]) : NULL;
	struct group groups[MOST_GROUPS];
	CLEANUP(buf_done) struct buf b = { 0 };
	char text[1024], first[24], next[24];
	size_t n = 0;

	for (int i = 0; i < g->n_doms; i++) {
		struct group *x;

		whose(a, g, APQN(id, g->doms[i]), text);
		x = group_of(groups, &n, text);
		if (x)
			mask_set(&x->domains, g->doms[i], true);
	}
	(void)buf_printf(&b, "%s %s %s%s", card && card->type ? card->type : "no type",
			 matrix_card_mode(card), matrix_card_state(card),
			 m && mask_has(&m->adapters, id) ? ", in the matrix" : "");
	for (size_t i = 0; i < n; i++)
		(void)buf_printf(&b, "; %s %s",
				 mask_shown(&groups[i].domains, true, text, sizeof(text)),
				 groups[i].whose);
	snprintf(first, sizeof(first), "Adapter %02x: ", id);
	snprintf(next, sizeof(next), "   %02x: ", id);
	said_line(s, LOOK_PLAIN, first, next, buf_str(&b));
}

static void add_ids(struct buf *b, const char *what, const struct ap_mask *m, bool domains)
{
	char text[1024];

	(void)buf_printf(b, "; %s %s", what,
			 mask_empty(m) ? "none" : mask_shown(m, domains, text, sizeof(text)));
}

static void say_chosen(const struct app *a, const struct matrix_grid *g, struct said *s)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct matrix *m;
	char who[96], next[16];

	if (g->chosen < 0) {
		said_line(
			s, LOOK_PLAIN, "", "",
			app_text(a,
				 "No matrix yet: <new> makes one, assign 05 0004 gives it a queue.",
				 &b));
		return;
	}
	m = matrix_then(g->of[g->chosen]);
	matrix_who(a, g->of[g->chosen], who, sizeof(who));
	(void)buf_printf(&b, "Matrix %s is chosen: %.8s (%s)", g->name[g->chosen],
			 g->of[g->chosen]->uuid, who);
	add_ids(&b, "adapters", &m->adapters, false);
	add_ids(&b, "domains", &m->domains, true);
	if (!mask_empty(&m->control))
		add_ids(&b, "control domains", &m->control, true);
	snprintf(next, sizeof(next), "   %s: ", g->name[g->chosen]);
	said_line(s, LOOK_GUEST, "", next, buf_str(&b));
}

/* Adapters a page: the one of the cursor is among them. */
static int first_shown(const struct app *a, const struct matrix_grid *g, int most)
{
	int top = MIN(a->matrix->top, MAX(g->n_cards - most, 0));

	return g->row >= 0 && (g->row < top || g->row >= top + most)
		       ? MIN(g->row, g->n_cards - most)
		       : top;
}

void said_matrix(struct app *a, struct canvas *c, struct rect body)
{
	static const char *const times[] = { "as wanted", "as it is now", "after a reboot" };
	struct said s = { .c = c, .row = body.row, .cols = body.cols };
	struct matrix_state *m = a->matrix;
	struct matrix_grid g;

	matrix_grid(a, &g);
	m->shown_rows = MIN(g.n_cards, (int)said_rows(a));
	m->shown_cols = g.n_doms;
	m->top = first_shown(a, &g, m->shown_rows);
	m->left = 0;
	say_chosen(a, &g, &s);
	canvas_printf(c, s.row++, 0, body.cols, LOOK_PLAIN,
		      "Adapters %d to %d of %d and whose their queues are, %s:", m->top + 1,
		      m->top + m->shown_rows, g.n_cards, times[m->time]);
	for (int i = 0; i < m->shown_rows; i++)
		say_adapter(a, &g, m->top + i, &s);
	matrix_tell(a, c, (struct rect){ s.row, 0, body.row + body.rows - s.row, body.cols }, &g,
		    true);
}
