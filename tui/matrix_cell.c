/* SPDX-License-Identifier: MIT */
/* Crypto matrix: whose one queue is, now, as wanted, and after a reboot. */
#include "attrs.h"
#include "matrix.h"

#include <stdio.h>
#include <string.h>

bool matrix_held_then(const struct d_mdev *m, apqn_t q)
{
	return (m->active_then && matrix_has(&m->ap->live_then, q)) ||
	       (m->defined_then && matrix_has(&m->ap->def_then, q));
}

static bool held_now(const struct d_mdev *m, apqn_t q)
{
	return (m->active_now && matrix_has(&m->ap->live_now, q)) ||
	       (m->defined_now && matrix_has(&m->ap->def_now, q));
}

bool matrix_starts(const struct app *a, struct matrix_grid *g, int of)
{
	struct boot_mdev boot;

	if (!g->starts[of]) {
		boot_mdev(session_desired(a->session), g->of[of], &boot);
		g->starts[of] = (unsigned char)(1 + boot.active);
	}
	return g->starts[of] != 1 + BOOT_NO;
}

static bool held_boot(const struct app *a, struct matrix_grid *g, int of, apqn_t q)
{
	const struct d_mdev *m = g->of[of];

	return m->defined_then && matrix_has(&m->ap->def_then, q) && matrix_starts(a, g, of);
}

/* Three holders of a queue, each the chosen matrix where it is among several. */
struct holders {
	int now, then, boot, running; /* index into of, -1 none */
	int n_then, n_boot, n_running;
};

static void add_holder(const struct matrix_grid *g, int of, int *found, int *n)
{
	if (*found < 0 || of == g->chosen)
		*found = of;
	if (n)
		(*n)++;
}

static bool touches(const struct d_mdev *m, unsigned card)
{
	return (m->active_now && mask_has(&m->ap->live_now.adapters, card)) ||
	       (m->active_then && mask_has(&m->ap->live_then.adapters, card)) ||
	       (m->defined_now && mask_has(&m->ap->def_now.adapters, card)) ||
	       (m->defined_then && mask_has(&m->ap->def_then.adapters, card));
}

/* Cells are made row by row: few matrices have the adapter of one. */
static void find_near(struct matrix_grid *g, unsigned card)
{
	if (g->near_card == 1 + (int)card)
		return;
	g->near_card = 1 + (int)card;
	g->n_near = 0;
	for (int i = 0; i < g->n_of; i++)
		if (touches(g->of[i], card))
			g->near[g->n_near++] = (short)i;
}

static void holders_of(const struct app *a, struct matrix_grid *g, apqn_t q, struct holders *ret)
{
	struct holders h = { .now = -1, .then = -1, .boot = -1, .running = -1 };

	find_near(g, APQN_CARD(q));
	for (int k = 0; k < g->n_near; k++) {
		int i = g->near[k];
		const struct d_mdev *m = g->of[i];

		if (held_now(m, q))
			add_holder(g, i, &h.now, NULL);
		if (m->active_now && matrix_has(&m->ap->live_now, q))
			add_holder(g, i, &h.running, &h.n_running);
		if (matrix_held_then(m, q))
			add_holder(g, i, &h.then, &h.n_then);
		if (held_boot(a, g, i, q))
			add_holder(g, i, &h.boot, &h.n_boot);
	}
	*ret = h;
}

static void say_owner(const struct matrix_grid *g, int of, enum owner owner, bool there,
		      char text[static MATRIX_NAME])
{
	if (of >= 0)
		memcpy(text, g->name[of], MATRIX_NAME);
	else
		strcpy(text, owner == OWNER_GUESTS ? "V"
			     : owner == OWNER_HOST ? "H"
			     : there		   ? "?"
						   : "-");
}

/* What keeps a queue from working, whoever has it. */
static char trouble(const struct inventory *inv, apqn_t q)
{
	const struct ap_queue *queue = inventory_queue(inv, q);
	const struct ap_card *card = inventory_card(inv, APQN_CARD(q));

	if (!queue)
		return '-';
	if (queue->config == 0 || queue->chkstop > 0 ||
	    (card && (card->config == 0 || card->chkstop > 0)))
		return 'x';
	return queue->driver ? ' ' : '?';
}

/* As wanted: what a commit changes has a mark, and what it breaks a stronger one. */
static void mark_wanted(const struct desired *d, const struct matrix_grid *g, apqn_t q,
			const struct holders *h, struct matrix_cell *c)
{
	bool changes = strcmp(c->now, c->then) != 0;
	char bad = trouble(d->inv, q);

	if (h->then < 0 && (bad == '-' || *c->then == bad))
		bad = ' '; /* the cell says so itself */
	if (h->n_then > 1 ||
	    (h->then >= 0 && g->of[h->then]->active_then && desired_queue_then(d, q) == OWNER_HOST))
		c->mark = '!';
	else if (bad != '-' && changes && !(h->then >= 0 && held_now(g->of[h->then], q)))
		c->mark = '*';
	else if (bad != ' ')
		c->mark = bad;
	else if (strcmp(c->boot, c->then) != 0)
		c->mark = '~';
	c->look = c->mark == '!'					     ? LOOK_ERROR
		  : changes && !strcmp(c->now, "H") && !strcmp(c->then, "V") ? LOOK_WARN
		  : c->mark == '*'					     ? LOOK_STAGED
		  : h->then >= 0 && h->then == g->chosen		     ? LOOK_GUEST
		  : h->then < 0 && !strcmp(c->then, "-")		     ? LOOK_FAINT
									     : LOOK_PLAIN;
}

void matrix_cell(const struct app *a, struct matrix_grid *g, apqn_t q, struct matrix_cell *ret)
{
	const struct desired *d = session_desired(a->session);
	enum matrix_time time = a->matrix->time;
	struct matrix_cell c = { .mark = ' ' };
	bool there = inventory_queue(d->inv, q);
	struct holders h;
	int of;

	holders_of(a, g, q, &h);
	say_owner(g, time == TIME_NOW ? h.running : h.now, desired_queue_now(d, q), there, c.now);
	say_owner(g, h.then, desired_queue_then(d, q), there, c.then);
	say_owner(g, h.boot, desired_queue_boot(d, q), there, c.boot);
	if (d->inv->host.lacks_boot)
		strcpy(c.boot, c.then); /* nothing is said of what is not known */
	if (time == TIME_WANTED) {
		mark_wanted(d, g, q, &h, &c);
		/* On top of the mark another letter: it is not what anybody asked for. */
		if (!strcmp(c.now, "H") && !strcmp(c.then, "V"))
			c.loses = true;
		of = h.then;
	} else {
		bool boot = time == TIME_BOOT;
		enum owner owner = boot ? desired_queue_boot(d, q) : desired_queue_now(d, q);

		of = boot ? h.boot : h.running;
		c.mark = of >= 0 && (owner == OWNER_HOST || (boot ? h.n_boot : h.n_running) > 1)
				 ? '!'
			 : boot && strcmp(c.boot, c.now) != 0 ? '~'
			 : !boot && trouble(d->inv, q) != '-' ? trouble(d->inv, q)
							      : ' ';
		c.look = c.mark == '!'		      ? LOOK_ERROR
			 : of >= 0 && of == g->chosen ? LOOK_GUEST
						      : LOOK_PLAIN;
	}
	if (of >= 0)
		g->seen[of] = true;
	*ret = c;
}

void matrix_cell_of(const struct app *a, struct matrix_grid *g, apqn_t q, int of,
		    struct matrix_cell *ret)
{
	int other = of == g->chosen ? g->beside : g->chosen;
	bool one = matrix_held_then(g->of[of], q), two = matrix_held_then(g->of[other], q);
	struct matrix_cell c = { .mark = one != two ? '#' : one ? '=' : ' ' };

	(void)a;
	if (one)
		memcpy(c.then, g->name[of], MATRIX_NAME);
	else
		strcpy(c.then, ".");
	c.look = one && two ? LOOK_ERROR : one ? LOOK_GUEST : two ? LOOK_WARN : LOOK_FAINT;
	g->seen[of] = g->seen[of] || one;
	*ret = c;
}

static void note_signs(struct matrix_grid *g, const char *text)
{
	for (; *text; text++)
		g->signs[*text & 0x7f] = true;
}

const char *matrix_cell_text(const struct app *a, struct matrix_grid *g,
			     const struct matrix_cell *cell, bool wide, char text[static CELL_TEXT])
{
	enum matrix_time time = a->matrix->time;
	const char *then = cell->loses ? "v" : cell->then;
	bool moves = cell->now[0] && strcmp(cell->now, cell->then) != 0,
	     differs = cell->boot[0] && strcmp(cell->boot, cell->then) != 0;

	if (time != TIME_WANTED && cell->now[0])
		snprintf(text, CELL_TEXT, "%s%c", time == TIME_NOW ? cell->now : cell->boot,
			 cell->mark);
	else if (wide)
		snprintf(text, CELL_TEXT, "%s%s%s%s%s%.1s", moves ? cell->now : "",
			 moves ? ">" : "", then, differs ? "~" : "", differs ? cell->boot : "",
			 cell->mark == '~' ? "" : &cell->mark);
	else
		snprintf(text, CELL_TEXT, "%s%c", then, cell->mark);
	note_signs(g, text);
	return text;
}
