/* SPDX-License-Identifier: MIT */
/* What a finding asks for, as an edit: one row a rule, staged like any other edit and taken back by undo. */
#include "remedy_part.h"
#include "session_part.h"

#include <errno.h>

int remedy_matrix(struct session *s, const struct d_mdev *m, const struct matrix *x,
		  struct reach reach, struct msg *reterr)
{
	struct wish_mdev entry = { .fields = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL,
				   .matrix = *x,
				   .defined = m->defined_then,
				   .reach = reach };

	memcpy(entry.uuid, m->uuid, sizeof(entry.uuid));
	return session_set_mdev(s, &entry, reterr);
}

static struct reach reach_of(const struct d_mdev *m)
{
	return (struct reach){ m->active_then, m->defined_then };
}

static const struct matrix *matrix_of(const struct d_mdev *m)
{
	return m->active_then ? &m->ap->live_then : &m->ap->def_then;
}

static const struct d_mdev *party(const struct session *s, const struct devid *dev)
{
	const struct d_mdev *m = desired_mdev(session_desired(s), dev->name, NULL);

	return dev->bus == BUS_MDEV && m && m->is_matrix ? m : NULL;
}

/* Who gives way: what is only staged, else what does not run, else the second. */
static bool first_gives_way(const struct d_mdev *a, const struct d_mdev *b)
{
	if (!a->wish != !b->wish)
		return a->wish;
	return b->active_now && !a->active_now;
}

/* Of the lines that two matrices share the adapters or the domains go, whichever takes fewer queues along. */
static struct matrix without_shared(const struct matrix *m, const struct matrix *o)
{
	struct ap_mask adapters = mask_and(m->adapters, o->adapters);
	struct ap_mask domains = mask_and(m->domains, o->domains);
	struct matrix less = *m;

	if (mask_count(&adapters) * mask_count(&m->domains) <
	    mask_count(&domains) * mask_count(&m->adapters))
		less.adapters = mask_minus(m->adapters, adapters);
	else
		less.domains = mask_minus(m->domains, domains);
	return less;
}

static int unshare(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *a = party(s, &f->dev), *b = party(s, &f->other), *m, *o;
	struct matrix less;

	if (!a || !b)
		return -ENOENT;
	m = first_gives_way(a, b) ? a : b;
	o = m == a ? b : a;
	/* Running and definition may differ; what meets is what has to go. */
	less = *matrix_of(m);
	if (matrix_meets(&less, &o->ap->live_then, NULL) && o->active_then)
		less = without_shared(&less, &o->ap->live_then);
	if (matrix_meets(&less, &o->ap->def_then, NULL) && o->defined_then)
		less = without_shared(&less, &o->ap->def_then);
	if (m->active_then && m->defined_then && matrix_eq(&less, &m->ap->live_then))
		less = without_shared(&m->ap->def_then, matrix_of(o));
	return remedy_matrix(s, m, &less, reach_of(m), reterr);
}

static int by_hand(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *a = party(s, &f->dev), *b = party(s, &f->other);
	struct wish_mdev entry = { .fields = WM_START,
				   .start = START_MANUAL,
				   .defined = true,
				   .reach = { .persist = true } };

	if (!a || !b)
		return -ENOENT;
	memcpy(entry.uuid, first_gives_way(a, b) ? a->uuid : b->uuid, sizeof(entry.uuid));
	return session_set_mdev(s, &entry, reterr);
}

/* Overrides are set on queues that are there; masks are kept for those to come, too. */
static bool waits_for_masks(const struct session *s, const struct finding *f)
{
	apqn_t q;

	return f->other.bus == BUS_AP && apqn_parse(f->other.name, &q) == 0 &&
	       session_desired(s)->ap_mode == AP_MODE_OVERRIDE &&
	       !inventory_queue(session_inventory(s), q);
}

static int free_queue(struct session *s, const struct finding *f, struct msg *reterr)
{
	apqn_t q;

	if (waits_for_masks(s, f))
		return session_ap_mode(s, AP_MODE_MASKS, reterr);

	if (f->other.bus != BUS_AP || apqn_parse(f->other.name, &q) < 0)
		return -ENOENT;
	return session_queue(s, q, true, (struct reach){ true, true }, reterr);
}

/* A queue that is not the host's to give can't be missing for its mask: only those that are there and bound to it. */
static int free_missing(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct desired *d = session_desired(s);
	const struct d_mdev *m = party(s, &f->dev);
	const struct matrix *x = m ? matrix_of(m) : NULL;

	for (size_t i = 0; x && i < d->inv->n_queues; i++) {
		apqn_t q = d->inv->queues[i]->id;

		if (matrix_has(x, q) && desired_queue_then(d, q) == OWNER_HOST)
			return session_queue(s, q, true, (struct reach){ true, true }, reterr);
	}
	return -ENOENT;
}

static struct ap_mask up_to(int max)
{
	struct ap_mask m = { { 0 } };

	for (int i = 0; i <= max; i++)
		mask_set(&m, (unsigned)i, true);
	return m;
}

static int only_possible(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct ap_bus *ap = &session_inventory(s)->ap;
	const struct d_mdev *m = party(s, &f->dev);
	struct ap_mask domains = up_to(ap->max_domain);
	struct matrix x;

	if (!m)
		return -ENOENT;
	x = *matrix_of(m);
	x.adapters = mask_and(x.adapters, up_to(ap->max_adapter));
	x.domains = mask_and(x.domains, domains);
	x.control = mask_and(x.control, domains);
	return remedy_matrix(s, m, &x, reach_of(m), reterr);
}

static int only_granted(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct ap_bus *ap = &session_inventory(s)->ap;
	const struct d_mdev *m = party(s, &f->dev);
	struct matrix x;

	if (!m)
		return -ENOENT;
	x = *matrix_of(m);
	x.adapters = mask_and(x.adapters, ap->adapters);
	x.domains = mask_and(x.domains, ap->domains);
	return remedy_matrix(s, m, &x, reach_of(m), reterr);
}

static int no_control(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *m = party(s, &f->dev);
	struct matrix x;

	if (!m)
		return -ENOENT;
	x = *matrix_of(m);
	x.control = (struct ap_mask){ { 0 } };
	return remedy_matrix(s, m, &x, reach_of(m), reterr);
}

static int mode_in_force(struct session *s, const struct finding *f, struct msg *reterr)
{
	(void)f;
	return session_wish(s)->ap.mode == AP_MODE_AUTO ? -ENOENT
							: session_ap_mode(s, AP_MODE_AUTO, reterr);
}

static int queue_by_queue(struct session *s, const struct finding *f, struct msg *reterr)
{
	(void)f;
	return session_inventory(s)->ap.has_override ? session_ap_mode(s, AP_MODE_OVERRIDE, reterr)
						     : -ENOENT;
}

static int unstage_masks(struct session *s, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };

	if (!session_wish(s)->ap.set)
		return -ENOENT;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	wish_drop_ap(&w);
	(void)reterr;
	return session_take(s, &w, "take back what is staged for masks and queues");
}

static int take_back(struct session *s, const struct finding *f, struct msg *reterr)
{
	/* A matrix that nobody edits loses by what is staged for the masks. */
	if (f->dev.bus == BUS_MDEV && !wish_mdev_of(session_wish(s), f->dev.name))
		return unstage_masks(s, reterr);
	return session_unstage(s, &f->dev, reterr);
}

/* The masks by name from now on, as the edits leave or would leave them. */
static int name_masks(struct session *s, const struct ap_mask *apmask, const struct ap_mask *aqmask,
		      const char *text)
{
	const struct desired *d = session_desired(s);
	CLEANUP(wish_done) struct wish w = { 0 };

	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	if (!w.ap.set)
		w.ap.reach = (struct reach){ d->masks_change, d->rule_change };
	w.ap.set = w.ap.has_apmask = w.ap.has_aqmask = true;
	w.ap.apmask = *apmask;
	w.ap.aqmask = *aqmask;
	return session_take(s, &w, "%s", text);
}

/* Masks that the user named get the bit back; others are chosen anew around it. */
static int keep_domain(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct desired *d = session_desired(s);
	const struct wish_ap *w = &session_wish(s)->ap;
	struct ap_mask apmask = w->apmask, aqmask = w->aqmask;
	unsigned domain = (unsigned)session_inventory(s)->ap.default_domain;
	int r = 0;

	(void)f;
	(void)reterr;
	if (w->set && (w->has_apmask || w->has_aqmask)) {
		if (!w->has_apmask)
			apmask = session_inventory(s)->ap.apmask;
		if (!w->has_aqmask)
			return -ENOENT;
		mask_set(&aqmask, domain, true);
	} else {
		r = desired_masks_keeping(d, domain, &apmask, &aqmask);
	}
	if (r < 0)
		return r == -ENOSPC ? -ENOENT : r;
	return name_masks(s, &apmask, &aqmask, "keep the default domain for the host");
}

/* Queues that were to go back to the host, of an adapter or domain. */
static void drop_hosts(struct wish *w, const struct matrix *of)
{
	for (size_t i = w->ap.n_host; i-- > 0;) {
		apqn_t q = w->ap.host[i];

		if (mask_has(&of->adapters, APQN_CARD(q)) || mask_has(&of->domains, APQN_DOM(q)))
			wish_drop_queue(w, q);
	}
}

static int leave_bits(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *m = party(s, &f->dev);
	CLEANUP(wish_done) struct wish w = { 0 };
	struct matrix back;

	(void)reterr;
	if (!m)
		return -ENOENT;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	back = reclaimed_bits(session_desired(s), m);
	drop_hosts(&w, &back);
	w.ap.apmask = mask_minus(w.ap.apmask, back.adapters);
	w.ap.aqmask = mask_minus(w.ap.aqmask, back.domains);
	return session_take(s, &w, "leave to guests what matrix %s holds back", m->uuid);
}

/* The host's wishes give way, one adapter at a time, until there are masks again. */
static int for_guests(struct session *s, const struct finding *f, struct msg *reterr)
{
	CLEANUP(wish_done) struct wish w = { 0 };
	bool torn = true;

	(void)f;
	(void)reterr;
	if (wish_copy(&w, wish_now(s)) < 0)
		return -ENOMEM;
	while (torn && w.ap.n_host) {
		struct matrix of = { { { 0 } } };
		struct desired d;

		if (desired_build(session_inventory(s), &w, &d) < 0)
			return -ENOMEM;
		torn = d.unsolved || d.rule_unsolved;
		mask_set(&of.adapters, APQN_CARD(d.torn), torn);
		drop_hosts(&w, &of);
		desired_done(&d);
	}
	return session_take(s, &w, "leave to guests what they need");
}

/* The first gets what the second has, and the second goes; not under a guest that has it open. */
static int one_matrix(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *a = party(s, &f->dev), *b = party(s, &f->other), *gone;
	struct wish_mdev all = { .fields = WM_ADAPTERS | WM_DOMAINS | WM_CONTROL };
	struct wish_mdev none = { .delete = true, .reach = { true, true } };
	CLEANUP(wish_done) struct wish w = { 0 };
	const struct matrix *x, *y;

	if (!a || !b)
		return -ENOENT;
	gone = b->active_now && !a->active_now ? a : b;
	a = gone == b ? a : b;
	if (gone->active_now)
		return -ENOENT;
	x = matrix_of(a);
	y = matrix_of(gone);
	all.matrix =
		(struct matrix){ mask_or(x->adapters, y->adapters), mask_or(x->domains, y->domains),
				 mask_or(x->control, y->control) };
	all.reach = reach_of(a);
	all.defined = a->defined_then;
	memcpy(all.uuid, a->uuid, sizeof(all.uuid));
	memcpy(none.uuid, gone->uuid, sizeof(none.uuid));
	if (wish_set_mdev(&w, &all) < 0 || wish_set_mdev(&w, &none) < 0)
		return -ENOMEM;
	return session_merge(s, &w, reterr);
}

static int start_it(struct session *s, const struct finding *f, struct msg *reterr)
{
	struct wish_mdev entry = {
		.fields = WM_ACTIVE, .active = true, .defined = true, .reach = { .live = true }
	};

	if (f->dev.bus != BUS_MDEV)
		return -ENOENT;
	memcpy(entry.uuid, f->dev.name, sizeof(entry.uuid));
	return session_set_mdev(s, &entry, reterr);
}

static const struct {
	const char *rule;
	remedy_fn *run;
	const char *text;
} remedies[] = {
	{ "queue-shared-active", unshare, "take what is shared out of one matrix" },
	{ "queue-shared-auto", by_hand, "start one of them by hand only" },
	{ "queue-shared", unshare, "take what is shared out of one matrix" },
	{ "queue-of-host", free_queue, "free the queue for guests" },
	{ "adapter-dropped", free_missing, "free the missing queue for guests" },
	{ "id-range", only_possible, "take the numbers out that can't be" },
	{ "not-granted", only_granted, "take out what the LPAR does not have" },
	{ "control-only", no_control, "take the control domains out" },
	{ "ap-mode", mode_in_force, "stay with the way of dividing queues that is in force" },
	{ "queues-lost", queue_by_queue, "divide queue by queue" },
	{ "guest-loses", take_back, "take the edit back" },
	{ "guest-twice", one_matrix, "put both into one matrix" },
	{ "default-domain", keep_domain, "keep the default domain for the host" },
	{ "mask-reclaim", leave_bits, "leave these adapters and domains to guests" },
	{ "ap-unsolvable", for_guests, "leave the queues to guests" },
	{ "matrix-cut", take_back, "take the edit back" },
	{ "starts-too", start_it, "start it by this commit" },
	{ "in-use", take_back, "take the edit back" },
};

const char *finding_remedy(const struct session *s, const struct finding *f)
{
	if (remedy_drift_text(f))
		return remedy_drift_text(f);
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		if (!str_eq(remedies[i].rule, f->rule))
			continue;
		if (remedies[i].run == take_back && !f->staged)
			return NULL;
		if (remedies[i].run == free_queue && waits_for_masks(s, f))
			return "divide the queues by masks";
		if (remedies[i].run == queue_by_queue && !session_inventory(s)->ap.has_override)
			return NULL;
		return remedies[i].text;
	}
	return NULL;
}

int session_remedy(struct session *s, const struct finding *f, struct msg *reterr)
{
	struct finding copy = *f; /* staging makes all findings anew */
	int r = remedy_drift(s, &copy, reterr);

	for (size_t i = 0; r == -ENOENT && i < ARRAY_SIZE(remedies) && finding_remedy(s, f); i++)
		if (str_eq(remedies[i].rule, copy.rule)) {
			r = remedies[i].run(s, &copy, reterr);
			break;
		}
	if (r == -ENOENT)
		msg_make(reterr, MSG_NO_REMEDY, "rule", copy.rule, NULL);
	return r;
}
