/* SPDX-License-Identifier: MIT */
/* Crypto matrix: what is said below and beside the grid. The most important first, never half a word. */
#include "attrs.h"
#include "matrix_part.h"

#include <stdio.h>
#include <string.h>

/* -- who and what -- */

void matrix_who(const struct app *a, const struct d_mdev *m, char *text, size_t size)
{
	struct devid dev = { .bus = BUS_MDEV };
	bool lacks = session_inventory(a->session)->host.lacks_of & LACKS_DEFS;
	struct facts f;

	strcpy(dev.name, m->uuid);
	session_facts(a->session, &dev, &f);
	if (!m->active_then && !m->defined_then)
		snprintf(text, size, "%s%sto be removed", f.used_by, f.used_by[0] ? ", " : "");
	else
		snprintf(text, size, "%s%s",
			 f.used_by[0]	  ? f.used_by
			 : m->active_then ? m->active_now ? "active" : "to be started"
			 : m->active_now  ? "to be stopped"
					  : "not active",
			 !m->defined_then ? lacks ? ", definition not known" : ", not defined"
			 : m->start_then == START_AUTO ? ", auto"
						       : ", manual");
}

const char *matrix_card_state(const struct ap_card *card)
{
	if (!card)
		return "";
	return card->config == 0   ? "deconf"
	       : card->chkstop > 0 ? "chkstp"
	       : card->online == 0 ? "off"
	       : card->online > 0  ? "online"
				   : "";
}

const char *matrix_card_mode(const struct ap_card *card)
{
	const char *type = card && card->type ? card->type : "";

	return !card		     ? "none"
	       : str_ends(type, "C") ? "cca"
	       : str_ends(type, "P") ? "ep11"
	       : str_ends(type, "A") ? "acc."
				     : "";
}

/* -- the queue under the cursor -- */

typedef bool holds_fn(const struct app *a, struct matrix_grid *g, int of, apqn_t q);

static bool holds_then(const struct app *a, struct matrix_grid *g, int of, apqn_t q)
{
	(void)a;
	return matrix_held_then(g->of[of], q);
}

static bool holds_now(const struct app *a, struct matrix_grid *g, int of, apqn_t q)
{
	(void)a;
	return g->of[of]->active_now && matrix_has(&g->of[of]->ap->live_now, q);
}

static bool holds_boot(const struct app *a, struct matrix_grid *g, int of, apqn_t q)
{
	return g->of[of]->defined_then && matrix_has(&g->of[of]->ap->def_then, q) &&
	       matrix_starts(a, g, of);
}

/* "A 1c0ffee2 (guest db1, auto)"; "A and C"; "host", "guests, in no matrix"; how many hold it. */
static int owner_text(const struct app *a, struct matrix_grid *g, apqn_t q, holds_fn *holds,
		      enum owner owner, bool full, struct buf *b)
{
	char who[96];
	int n = 0, last = -1, left;

	if (holds == holds_boot && session_inventory(a->session)->host.lacks_boot) {
		buf_adds(b, "uncertain, not in the capture");
		return 0;
	}
	for (int i = 0; i < g->n_of; i++)
		if (holds(a, g, i, q)) {
			last = i;
			n++;
		}
	left = n;
	for (int i = 0; i < g->n_of && n > 1; i++)
		if (holds(a, g, i, q))
			buf_printf(b, "%s%s",
				   left == n   ? ""
				   : left == 1 ? " and "
					       : ", ",
				   g->name[i]),
				left--;
	if (n == 1) {
		matrix_who(a, g->of[last], who, sizeof(who));
		buf_printf(b, "%s %.8s", g->name[last], g->of[last]->uuid);
		if (full)
			buf_printf(b, " (%s)", who);
	}
	if (!n)
		buf_adds(b, owner == OWNER_HOST	    ? "host"
			    : owner == OWNER_GUESTS ? "guests, in no matrix"
						    : "nobody");
	return n;
}

static void queue_facts(const struct app *a, apqn_t q, struct buf *b)
{
	const struct inventory *inv = session_inventory(a->session);
	const struct ap_queue *queue = inventory_queue(inv, q);
	const struct ap_card *card = inventory_card(inv, APQN_CARD(q));
	struct devid dev = devid_queue(q);
	struct facts f;

	buf_printf(b, "Queue %s: adapter %u domain %u", dev.name, APQN_CARD(q), APQN_DOM(q));
	if (!queue) {
		buf_adds(b, ", not there");
		return;
	}
	session_facts(a->session, &dev, &f);
	buf_printf(b, ", %s %s, %s", card && card->type ? card->type : "", matrix_card_mode(card),
		   queue->driver ? queue->driver : "bound to no driver");
	if (queue->override)
		buf_printf(b, ", override %s", queue->override);
	if (queue->config == 0 || queue->chkstop > 0)
		buf_adds(b, queue->config == 0 ? ", deconfigured" : ", check-stopped");
	else if (queue->online >= 0)
		buf_adds(b, queue->online ? ", online" : ", offline");
	if (queue->status)
		buf_printf(b, ", %s", queue->status);
	if (f.used_by[0])
		buf_printf(b, "; used by %s", f.used_by);
}

/* In one line, the same only once: "05.0042: now host; wanted and after reboot C 669d9b23". */
static void tell_short(const struct app *a, struct matrix_grid *g, apqn_t q, struct lines *l)
{
	const struct desired *d = session_desired(a->session);
	const enum owner owner[] = { desired_queue_now(d, q), desired_queue_then(d, q),
				     desired_queue_boot(d, q) };
	static holds_fn *const holds[] = { holds_now, holds_then, holds_boot };
	static const char *const label[] = { "now", "wanted", "after reboot" };
	bool there = inventory_queue(d->inv, q);
	int same = 0;
	CLEANUP(buf_done) struct buf all = { 0 };
	CLEANUP(buf_done) struct buf last = { 0 };

	buf_printf(&all, "%s%s:", devid_queue(q).name, there ? "" : " (not there)");
	for (size_t i = 0; i < ARRAY_SIZE(owner); i++) {
		CLEANUP(buf_done) struct buf one = { 0 };

		if (owner_text(a, g, q, holds[i], owner[i], false, &one) > 1)
			buf_adds(&one, ": conflict");
		if (last.len && !strcmp(buf_str(&one), buf_str(&last))) {
			same++;
			buf_printf(&all, " and %s", label[i]);
			continue;
		}
		buf_printf(&all, "%s%s%s %s", last.len ? " " : "", buf_str(&last),
			   last.len ? ";" : "", label[i]);
		buf_reset(&last);
		buf_adds(&last, buf_str(&one));
	}
	if (same == 2) {
		buf_reset(&all);
		buf_printf(&all, "%s%s: now, wanted and after reboot", devid_queue(q).name,
			   there ? "" : " (not there)");
	}
	buf_printf(&all, " %s", buf_str(&last));
	lines_say(l, LOOK_PLAIN, buf_str(&all));
}

/* One line where there is little room, else one for each moment. */
static void tell_queue(const struct app *a, struct matrix_grid *g, apqn_t q, bool roomy,
		       struct lines *l)
{
	const struct desired *d = session_desired(a->session);
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct {
		const char *label, *several;
		holds_fn *holds;
		enum owner owner;
	} at[] = {
		{ "  now          ", ": conflict", holds_now, desired_queue_now(d, q) },
		{ "  wanted       ", ": conflict", holds_then, desired_queue_then(d, q) },
		{ "  after reboot ", ": conflict, one of them fails", holds_boot,
		  desired_queue_boot(d, q) },
	};

	if (!roomy) {
		tell_short(a, g, q, l);
		return;
	}
	queue_facts(a, q, &b);
	lines_say(l, LOOK_PLAIN, buf_str(&b));
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		buf_reset(&b);
		buf_adds(&b, at[i].label);
		if (owner_text(a, g, q, at[i].holds, at[i].owner, true, &b) > 1)
			buf_adds(&b, at[i].several);
		lines_say(l, LOOK_PLAIN, buf_str(&b));
	}
}

/* How the queues of an adapter or a domain are divided: "3 host, 1 A". */
static void tell_line(const struct app *a, struct matrix_grid *g, struct buf *b)
{
	const struct desired *d = session_desired(a->session);
	unsigned host = 0, guests = 0, held = 0;
	int n = g->row < 0 ? g->n_cards : g->n_doms;

	for (int i = 0; i < n; i++) {
		apqn_t q = g->row < 0 ? APQN(g->cards[i], g->doms[g->col])
				      : APQN(g->cards[g->row], g->doms[i]);
		bool in = false;

		if (!inventory_queue(d->inv, q))
			continue;
		for (int k = 0; k < g->n_of && !in; k++)
			in = matrix_held_then(g->of[k], q);
		if (in)
			held++;
		else if (desired_queue_then(d, q) == OWNER_HOST)
			host++;
		else
			guests++;
	}
	buf_printf(b, "; wanted: %u host, %u in matrices, %u free for guests", host, held, guests);
}

static void add_control(const struct matrix_grid *g, unsigned dom, struct buf *b)
{
	int n = 0;

	for (int i = 0; i < g->n_of && n < 8; i++)
		if (mask_has(&matrix_then(g->of[i])->control, dom))
			buf_printf(b, "%s%s", n++ ? " " : "; controlled by ", g->name[i]);
}

static void tell_cursor(const struct app *a, struct matrix_grid *g, bool roomy, struct lines *l)
{
	const struct inventory *inv = session_inventory(a->session);
	CLEANUP(buf_done) struct buf b = { 0 };

	if (g->row >= 0 && g->col >= 0) {
		tell_queue(a, g, APQN(g->cards[g->row], g->doms[g->col]), roomy, l);
		return;
	}
	if (g->row >= 0) {
		const struct ap_card *card = inventory_card(inv, g->cards[g->row]);

		buf_printf(&b, "Adapter %02x (%u)%s%s%s%s", g->cards[g->row], g->cards[g->row],
			   card ? " " : ", not there", card && card->type ? card->type : "",
			   *matrix_card_state(card) ? ", " : "", matrix_card_state(card));
	} else if (g->col >= 0) {
		unsigned dom = g->doms[g->col];

		buf_printf(&b, "Domain %04x (%u)%s", dom, dom,
			   inv->ap.config_known && !mask_has(&inv->ap.domains, dom)
				   ? mask_has(&inv->ap.control, dom) ? ", granted for control only"
								     : ", not granted to this LPAR"
				   : "");
		if ((int)dom == inv->ap.default_domain)
			buf_adds(&b, ", the host's default domain");
		add_control(g, dom, &b);
	}
	tell_line(a, g, &b);
	lines_say(l, LOOK_PLAIN, buf_str(&b));
}

/* -- findings -- */

/* A UUID of 36 characters takes half a line: matrices have names here. */
static void add_named(const struct matrix_grid *g, const char *text, struct buf *b)
{
	char part[UUID_TEXT], uuid[UUID_TEXT];

	while (*text) {
		int of = -1;

		if (strlen(text) >= UUID_TEXT - 1) {
			snprintf(part, sizeof(part), "%s", text);
			of = uuid_normal(part, uuid) < 0 ? -1 : matrix_find(g, uuid);
		}
		if (of >= 0) {
			buf_printf(b, "%s %.8s", g->name[of], uuid);
			text += UUID_TEXT - 1;
		} else {
			buf_addc(b, *text++);
		}
	}
}

static void tell_finding(const struct app *a, const struct matrix_grid *g, const struct finding *x,
			 struct lines *l)
{
	const char *remedy = finding_remedy(a->session, x);
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf key = { 0 };

	buf_printf(&b, "%s: ", grade_name(x->grade));
	add_named(g, x->msg.what, &b);
	buf_addc(&b, ' ');
	add_named(g, x->msg.why, &b);
	if (remedy)
		buf_printf(&b, "%s%s", app_text(a, " <remedy>: ", &key), remedy);
	if (remedy && x->other.bus != BUS_NONE)
		buf_adds(&b, app_text(a, "; <party>: to the other party", &key));
	lines_say(l,
		  x->grade == GRADE_NOTE       ? LOOK_FAINT
		  : x->grade == GRADE_CONFLICT ? LOOK_WARN
					       : LOOK_ERROR,
		  buf_str(&b));
}

static void tell_findings(const struct app *a, const struct matrix_grid *g, bool notes,
			  struct lines *l)
{
	const struct findings *f = session_findings(a->session);
	const char *uuid = g->chosen >= 0 ? g->of[g->chosen]->uuid : "";

	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];
		bool ours =
			(x->staged && x->grade == GRADE_ERROR && x->dev.bus == BUS_MDEV &&
			 matrix_find(g, x->dev.name) >= 0) ||
			(*uuid && (!strcmp(x->dev.name, uuid) || !strcmp(x->other.name, uuid))) ||
			(x->dev.bus == BUS_AP && x->staged);

		if (str_eq(x->rule, "queues-lost"))
			continue; /* tell_lost says it, in the words of this page */
		if (ours && notes == (x->grade == GRADE_NOTE))
			tell_finding(a, g, x, l);
	}
}

/* -- what else an edit means -- */

/* What the guest gets, where that is less than the matrix or changes. */
static void tell_guest(const struct app *a, const struct matrix_grid *g, struct lines *l)
{
	const struct d_mdev *m = g->chosen >= 0 ? g->of[g->chosen] : NULL;
	const struct plan_guest *p = m ? plan_guest(session_plan(a->session), m->uuid) : NULL;
	const struct matrix *gets = p ? &p->then : m && m->mdev ? m->mdev->guest : NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct ap_mask kept, lost;
	char text[1024];

	if (!gets || !m->active_then)
		return;
	kept = mask_minus(m->ap->live_then.adapters, gets->adapters);
	lost = p ? mask_minus(p->now.adapters, p->then.adapters) : (struct ap_mask){ 0 };
	if (mask_empty(&kept) && mask_empty(&lost))
		return;
	buf_printf(&b, "guest of %s", g->name[g->chosen]);
	if (!mask_empty(&kept))
		buf_printf(&b, " will not see adapters %s",
			   mask_shown(&kept, false, text, sizeof(text)));
	if (!mask_empty(&lost))
		buf_printf(&b, "%s loses adapters %s", mask_empty(&kept) ? "" : ",",
			   mask_shown(&lost, false, text, sizeof(text)));
	lines_say(l, LOOK_WARN, buf_str(&b));
}

enum { LOST_SHOWN = 12 };

static void tell_lost(const struct app *a, const struct desired *d, bool roomy, struct lines *l)
{
	size_t shown = MIN(d->n_lost, roomy ? 3 * LOST_SHOWN : LOST_SHOWN);
	char least[160];
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf key = { 0 };

	if (!d->n_lost)
		return;
	buf_adds(&b, "host also loses");
	if (shown < d->n_lost)
		buf_printf(&b, " %zu queues:", d->n_lost);
	for (size_t i = 0; i < shown; i++)
		buf_printf(&b, " %s", devid_queue(d->lost[i]).name);
	if (shown < d->n_lost)
		buf_printf(&b, " and %zu more", d->n_lost - shown);
	buf_printf(&b, " (masks, %s)%s", desired_loss_text(d, least, sizeof(least)),
		   d->inv->ap.has_override ? app_text(a, "; <mode> per-queue override", &key) : "");
	lines_say(l, LOOK_WARN, buf_str(&b));
}

static unsigned overridden(const struct inventory *inv)
{
	unsigned n = 0;

	for (size_t i = 0; i < inv->n_queues; i++)
		n += str_eq(inv->queues[i]->override, "vfio_ap");
	return n;
}

static void add_freed(struct buf *b, const char *label, struct ap_mask host, bool domains)
{
	struct ap_mask freed = mask_minus(mask_all(), host);
	char text[1024];

	buf_printf(b, "%s %s", label,
		   mask_empty(&freed) ? "none" : mask_shown(&freed, domains, text, sizeof(text)));
}

/* How queues are divided: what the masks take from the host, or that queues are one by one. */
static void tell_masks(const struct desired *d, struct lines *l)
{
	enum look look = d->masks_change || d->converts ? LOOK_STAGED : LOOK_PLAIN;
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!d->inv->ap.masks_known)
		return;
	if (d->ap_mode == AP_MODE_OVERRIDE) {
		buf_printf(&b,
			   "OVERRIDE mode: queues go to guests one by one (%u now); masks locked%s",
			   overridden(d->inv), d->converts ? "  * staged" : "");
		lines_say(l, look, buf_str(&b));
		return;
	}
	add_freed(&b, "masks give guests adapters", d->apmask_then, false);
	add_freed(&b, ", domains", d->aqmask_then, true);
	buf_adds(&b, d->masks_change ? "  * staged" : "");
	lines_say(l, look, buf_str(&b));
}

static void tell_bits(const struct desired *d, struct lines *l)
{
	char ap[MASK_TEXT], aq[MASK_TEXT], text[MASK_TEXT + 16];

	if (!d->inv->ap.masks_known || d->ap_mode == AP_MODE_OVERRIDE)
		return;
	snprintf(text, sizeof(text), "  apmask %s", mask_text(&d->apmask_then, ap));
	lines_say(l, LOOK_PLAIN, text);
	snprintf(text, sizeof(text), "  aqmask %s", mask_text(&d->aqmask_then, aq));
	lines_say(l, LOOK_PLAIN, text);
}

/* -- two compared -- */

static void tell_sets(const struct matrix_grid *g, const char *what, struct ap_mask one,
		      struct ap_mask two, bool domains, struct lines *l)
{
	const struct ap_mask sets[] = { mask_minus(one, two), mask_minus(two, one),
					mask_and(one, two) };
	CLEANUP(buf_done) struct buf b = { 0 };
	char text[1024];

	buf_printf(&b, "%-9s", what);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		buf_printf(&b, "  %s%s %s", i < 2 ? "only " : "both",
			   i < 2 ? g->name[i ? g->beside : g->chosen] : "",
			   mask_empty(&sets[i])
				   ? "-"
				   : mask_shown(&sets[i], domains, text, sizeof(text)));
	lines_say(l, LOOK_PLAIN, buf_str(&b));
}

static unsigned count(const struct matrix *m)
{
	return mask_count(&m->adapters) * mask_count(&m->domains);
}

static void tell_compared(const struct matrix_grid *g, struct lines *l)
{
	const struct matrix *one = matrix_then(g->of[g->chosen]),
			    *two = matrix_then(g->of[g->beside]);
	struct matrix both = { .adapters = mask_and(one->adapters, two->adapters),
			       .domains = mask_and(one->domains, two->domains) };
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%-9s  only %s %u  only %s %u  both %u%s", "queues", g->name[g->chosen],
		   count(one) - count(&both), g->name[g->beside], count(two) - count(&both),
		   count(&both), count(&both) ? ": they cannot run together" : "");
	lines_say(l, count(&both) ? LOOK_ERROR : LOOK_PLAIN, buf_str(&b));
	tell_sets(g, "control", one->control, two->control, true, l);
	tell_sets(g, "adapters", one->adapters, two->adapters, false, l);
	tell_sets(g, "domains", one->domains, two->domains, true, l);
}

/* -- all of it -- */

static void tell_first(struct app *a, struct matrix_grid *g, bool roomy, struct lines *l)
{
	const struct matrix *m = g->chosen >= 0 ? matrix_then(g->of[g->chosen]) : NULL;
	CLEANUP(buf_done) struct buf b = { 0 };

	if (g->beside >= 0)
		tell_compared(g, l);
	tell_cursor(a, g, roomy, l);
	if (m && mask_empty(&m->adapters) && mask_empty(&m->domains))
		lines_say(l, LOOK_KEY,
			  app_text(a,
				   "The matrix is empty: <go to a queue, or to the header of an "
				   "adapter or domain, and press space; v begins a range"
				   "|assign 05 0004 puts adapters and domains in>.",
				   &b));
	if (g->beside < 0)
		tell_findings(a, g, false, l);
	tell_guest(a, g, l);
	tell_lost(a, session_desired(a->session), roomy, l);
}

/* What there is no room for is not left out without a word; how many lines were drawn. */
static int tell_draw(const struct lines *l, struct canvas *c, const struct rect *at, int from,
		     int room)
{
	int n = lines_draw(l, c, at, from, MIN(l->n, room));

	if (l->n > room && n > 1)
		canvas_field(c, at->row + from + n - 1, at->col, at->cols, LOOK_WARN, false,
			     "... there is more: 6 Changes has all of it");
	return n;
}

void matrix_tell(struct app *a, struct canvas *c, struct rect at, struct matrix_grid *g,
		 bool legend)
{
	const struct desired *d = session_desired(a->session);
	struct lines first = { .width = at.cols - 1 }, names = first, last = first, bits = first;
	bool roomy = at.rows >= 12, lines = a->opts.lines;
	int keep = !legend ? 0 : at.rows >= 6 ? 3 : at.rows >= 4 ? 2 : 1, n, room = at.rows - keep;

	tell_first(a, g, roomy && !lines, &first);
	if (roomy && first.n > room) {
		buf_reset(&first.text);
		first.n = 0;
		tell_first(a, g, false, &first);
	}
	n = tell_draw(&first, c, &at, 0, room);
	/* The signs come last and are the last to go. */
	if (legend && g->beside < 0 && at.rows - n > 1)
		legend_matrices(a, g, &names, lines, MIN(at.rows - n - 1, roomy ? at.rows / 3 : 2));
	if (legend && !lines) /* sentences have words for them */
		legend_signs(a, g, &names, false);
	n += lines_draw(&names, c, &at, n, at.rows - n);
	tell_masks(d, &last);
	tell_findings(a, g, true, &last);
	n += tell_draw(&last, c, &at, n, at.rows - n);
	tell_bits(d, &bits);
	if (roomy && bits.n <= at.rows - n)
		lines_draw(&bits, c, &at, n, bits.n);
	buf_done(&first.text);
	buf_done(&names.text);
	buf_done(&last.text);
	buf_done(&bits.text);
}
