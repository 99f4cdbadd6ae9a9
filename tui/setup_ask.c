/* SPDX-License-Identifier: MIT */
/* The questions of guided set-up. */
#include "readiness.h"
#include "attrs.h"
#include "setup_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void setup_question_done(struct setup_question *q)
{
	buf_done(&q->about);
	free(q->options);
	*q = (struct setup_question){ 0 };
}

/* Adds an option that can be chosen unless why_not is said later. NULL: no memory. */
static struct setup_option *add(struct setup_question *q, unsigned id, const char *name)
{
	struct setup_option *o;

	if (array_grow(&q->options, q->n, &q->cap, sizeof(*o)) < 0)
		return NULL;
	o = &q->options[q->n++];
	*o = (struct setup_option){ .id = id };
	snprintf(o->name, sizeof(o->name), "%s", name);
	return o;
}

static void say(struct setup_option *o, const char *text, const char *why_not)
{
	if (!o)
		return;
	snprintf(o->text, sizeof(o->text), "%s", text);
	snprintf(o->why_not, sizeof(o->why_not), "%s", why_not ? why_not : "");
}

/* Those that can be chosen come first, and are counted. */
static void number(struct setup_question *q)
{
	struct setup_option *sorted = calloc(q->n + 1, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; sorted && i < q->n; i++)
		if (!q->options[i].why_not[0])
			sorted[n++] = q->options[i];
	for (size_t i = 0; i < n; i++)
		sorted[i].number = (unsigned)i + 1;
	for (size_t i = 0; sorted && i < q->n; i++)
		if (q->options[i].why_not[0])
			sorted[n++] = q->options[i];
	if (sorted) {
		free(q->options);
		q->options = sorted;
		q->cap = q->n + 1;
	}
}

/* -- 1: readiness -- */

size_t setup_modules(const struct session *s, const char **ret, size_t most)
{
	CLEANUP(readiness_done) struct readiness ready = { 0 };
	size_t n = 0;

	if (readiness_make(session_desired(s), &ready) < 0)
		return 0;
	/* The drivers come with what needs them; vfio_ap must never be loaded early. */
	for (size_t i = 0; i < ready.n && n < most; i++)
		if (ready.v[i].module && ready.v[i].state == READY_STOP)
			ret[n++] = ready.v[i].module;
	return n;
}

static void ask_ready(struct setup *s)
{
	struct setup_question *q = &s->question;
	CLEANUP(readiness_done) struct readiness ready = { 0 };
	const char *modules[8];
	size_t n = setup_modules(s->session, modules, ARRAY_SIZE(modules));
	char text[120] = "load what is missing:";

	q->title = "1 Is this host ready?";
	q->key = "ready";
	if (readiness_make(session_desired(s->session), &ready) == 0)
		for (size_t i = 0; i < ready.n; i++)
			if (ready.v[i].state != READY_OK)
				(void)buf_printf(&q->about, "%-6s %s: %s\n",
						 ready_word(ready.v[i].state), ready.v[i].title,
						 ready.v[i].evidence);
	if (!q->about.len)
		(void)buf_adds(&q->about, "Nothing is missing.\n");
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", modules[i]);
	if (n)
		say(add(q, 1, "load"), text, NULL);
	say(add(q, 0, "go on"), n ? "without it" : "drivers are loaded where they are needed",
	    NULL);
	q->normal = 1;
}

/* -- 2: what -- */

static const char *no_module(const struct inventory *inv, const char *name)
{
	const struct module_state *m = inventory_module(inv, name);

	return m && (m->loaded || m->available) ? NULL : "this kernel has no module for it";
}

static size_t other_parents(const struct inventory *inv)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_parents; i++)
		n += inv->parents[i]->id.bus == BUS_PCI;
	return n;
}

static size_t n_matrices(const struct setup *s)
{
	const struct desired *d = session_desired(s->session);
	size_t n = 0;

	for (size_t i = 0; i < d->n_mdevs; i++)
		n += d->mdevs[i].is_matrix && (d->mdevs[i].active_then || d->mdevs[i].defined_then);
	return n;
}

static void ask_matrix(struct setup *s)
{
	const struct desired *d = session_desired(s->session);
	struct setup_question *q = &s->question;

	q->title = "3 Which matrix?";
	q->key = "matrix";
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		const struct matrix *x = m->defined_then ? &m->ap->def_then : &m->ap->live_then;
		struct setup_option *o;
		struct facts f;
		char a[64], b[64];

		if (!m->is_matrix || !(m->active_then || m->defined_then))
			continue;
		o = add(q, (unsigned)i, m->uuid);
		if (!o)
			return;
		o->dev = (struct devid){ .bus = BUS_MDEV };
		memcpy(o->dev.name, m->uuid, sizeof(m->uuid));
		session_facts(s->session, &o->dev, &f);
		snprintf(o->text, sizeof(o->text), "%s, adapters %s, domains %s%s%s",
			 m->active_then ? "running" : "defined",
			 mask_shown(&x->adapters, false, a, sizeof(a)),
			 mask_shown(&x->domains, true, b, sizeof(b)),
			 f.used_by[0] ? ", used by " : "", f.used_by);
	}
}

static void ask_kind(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;

	q->title = "2 What shall a guest be given?";
	q->key = "kind";
	say(add(q, SETUP_CHANNEL, "channel"), "a channel device: a DASD, a tape, any CCW device",
	    !inv->n_subchs ? "there are no subchannels" : no_module(inv, "vfio_ccw"));
	say(add(q, SETUP_CRYPTO, "crypto"), "crypto: adapters x domains, as a new matrix",
	    !inv->ap.present || !inv->n_cards ? "there are no crypto adapters"
					      : no_module(inv, "vfio_ap"));
	say(add(q, SETUP_CHANGE, "matrix"), "crypto: more or less for a matrix that there is",
	    n_matrices(s) ? NULL : "there is no matrix yet");
	say(add(q, SETUP_PCI, "pci"), "a PCI function, with its whole IOMMU group",
	    !inv->n_pcis ? "there are no PCI functions" : no_module(inv, "vfio_pci"));
	say(add(q, SETUP_TYPE, "type"), "a mediated device of a type that a PCI function offers",
	    other_parents(inv) ? NULL : "no PCI function offers any");
	for (size_t i = 0; i < q->n && !q->normal; i++)
		q->normal = !q->options[i].why_not[0];
}

/* -- 3: which -- */

/* Why a device can't be chosen here: whoever wants it all the same goes by the views, where it is protected. */
static void why_not(const struct setup *s, const struct devid *dev, char *ret, size_t size)
{
	const char *guest = rules_guest_driver(session_inventory(s->session), dev);
	struct facts f;

	session_facts(s->session, dev, &f);
	if (f.blocked[0])
		snprintf(ret, size, "%s", f.blocked);
	else if (f.used_by[0] && strcmp(f.used_by, "free") != 0)
		snprintf(ret, size, "used by: %s", f.used_by);
	else if (!guest)
		snprintf(ret, size, "no driver gives it to guests");
	else if (str_eq(f.bound, guest))
		snprintf(ret, size, "it is the guests' already");
	else if (f.wanted)
		snprintf(ret, size, "an edit is staged for it");
}

static void ask_channel(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;

	q->title = "3 Which channel devices?";
	(void)buf_adds(
		&q->about,
		"A guest gets a device as a whole; the host then has it no more. It is "
		"handed over as a mediated device, which QEMU and libvirt know by its UUID.\n");
	for (size_t i = 0; i < inv->n_subchs; i++) {
		const struct subch *r = inv->subchs[i];
		struct devid dev = devid_css(r->id);
		struct setup_option *o;
		char what[64];

		if (!r->has_dev)
			continue;
		o = add(q, 0, devid_ccw(r->dev).name);
		if (!o)
			return;
		o->dev = dev;
		inventory_what(inv, &dev, what, sizeof(what));
		snprintf(o->text, sizeof(o->text), "%s behind subchannel %s", what, dev.name);
		why_not(s, &dev, o->why_not, sizeof(o->why_not));
	}
}

/* Is a function used whose group would have to go along? */
static void group_why_not(const struct setup *s, const struct pci_fn *fn, char *ret, size_t size)
{
	const struct inventory *inv = session_inventory(s->session);

	for (size_t i = 0; i < inv->n_pcis; i++) {
		const struct pci_fn *other = inv->pcis[i];
		struct devid dev = devid_pci(other->id);
		struct facts f;

		if (other == fn || other->group != fn->group || other->class >> 16 == 0x06)
			continue;
		session_facts(s->session, &dev, &f);
		if (f.used_by[0])
			snprintf(ret, size, "its IOMMU group has %s, used by: %.40s", dev.name,
				 f.used_by);
	}
}

static void ask_pci(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;

	q->title = "3 Which PCI functions? Their IOMMU groups go along";
	for (size_t i = 0; i < inv->n_pcis; i++) {
		const struct pci_fn *fn = inv->pcis[i];
		struct devid dev = devid_pci(fn->id);
		struct setup_option *o = add(q, 0, dev.name);
		char what[96];

		if (!o)
			return;
		o->dev = dev;
		inventory_what(inv, &dev, what, sizeof(what));
		snprintf(o->text, sizeof(o->text), "%s, IOMMU group %d", what, fn->group);
		why_not(s, &dev, o->why_not, sizeof(o->why_not));
		if (!o->why_not[0] && fn->group < 0)
			snprintf(o->why_not, sizeof(o->why_not), "it is in no IOMMU group");
		if (!o->why_not[0])
			group_why_not(s, fn, o->why_not, sizeof(o->why_not));
	}
}

static void ask_type(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;

	q->title = "3 Which type, on which function?";
	for (size_t i = 0; i < inv->n_parents; i++) {
		const struct mdev_parent *p = inv->parents[i];

		for (size_t k = 0; p->id.bus == BUS_PCI && k < p->n_types; k++) {
			const struct mdev_type *t = &p->types[k];
			struct setup_option *o;
			char name[88];

			snprintf(name, sizeof(name), "%s/%s", p->id.name, t->id);
			o = add(q, (unsigned)k, name);
			if (!o)
				return;
			o->dev = p->id;
			snprintf(o->text, sizeof(o->text), "%s, %d left",
				 t->title ? t->title : t->id, t->available);
			if (t->available == 0)
				snprintf(o->why_not, sizeof(o->why_not), "no instance is left");
		}
	}
}

/* -- crypto -- */

/* The matrix, running or defined, that has a queue; NULL: none. */
static const struct d_mdev *holder(const struct setup *s, apqn_t q)
{
	const struct desired *d = session_desired(s->session);

	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];

		if (s->kind == SETUP_CHANGE && !strcmp(m->uuid, s->change))
			continue;
		if (m->is_matrix && ((m->active_then && matrix_has(&m->ap->live_then, q)) ||
				     (m->defined_then && matrix_has(&m->ap->def_then, q))))
			return m;
	}
	return NULL;
}

static void ask_adapters(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;

	q->title = "3 Which adapters?";
	(void)buf_adds(&q->about, "An adapter is a crypto card. The guest gets each adapter you "
				  "choose with each domain.\n");
	for (size_t i = 0; i < inv->n_cards; i++) {
		const struct ap_card *card = inv->cards[i];
		size_t all = 0, unheld = 0;
		struct setup_option *o;
		char name[12], what[64];
		struct devid dev = { .bus = BUS_AP };

		snprintf(name, sizeof(name), "%02x", card->id);
		snprintf(dev.name, sizeof(dev.name), "card%02x", card->id);
		for (size_t k = 0; k < inv->n_queues; k++)
			if (APQN_CARD(inv->queues[k]->id) == card->id) {
				all++;
				unheld += !holder(s, inv->queues[k]->id);
			}
		o = add(q, card->id, name);
		if (!o)
			return;
		inventory_what(inv, &dev, what, sizeof(what));
		snprintf(o->text, sizeof(o->text), "%s, %zu of %zu queues in no matrix",
			 *what	      ? what
			 : card->type ? card->type
				      : "adapter",
			 unheld, all);
		if (!unheld)
			snprintf(o->why_not, sizeof(o->why_not), "%s",
				 all ? "all its queues are in other matrices" : "it has no queues");
	}
}

/* A domain goes with every adapter that was chosen, or not at all. */
static void domain_why_not(const struct setup *s, unsigned dom, char *ret, size_t size)
{
	for (int a = mask_next(&s->adapters, -1); a >= 0 && !*ret; a = mask_next(&s->adapters, a)) {
		apqn_t q = APQN(a, dom);
		const struct d_mdev *m = holder(s, q);

		if (m)
			snprintf(ret, size, "queue %s is in matrix %.8s", devid_queue(q).name,
				 m->uuid);
		else if (s->kind == SETUP_CRYPTO &&
			 !inventory_queue(session_inventory(s->session), q))
			snprintf(ret, size, "there is no queue %s", devid_queue(q).name);
	}
}

static void ask_domains(struct setup *s)
{
	const struct inventory *inv = session_inventory(s->session);
	struct setup_question *q = &s->question;
	struct ap_mask all = { 0 };

	q->title = "3 Which usage domains, with each of these adapters?";
	(void)buf_adds(&q->about,
		       "A domain is a part of every adapter, with master keys of its own: "
		       "what the guest encrypts with.\n");
	q->several = true;
	q->key = "domains";
	for (size_t i = 0; i < inv->n_queues; i++)
		mask_set(&all, APQN_DOM(inv->queues[i]->id), true);
	for (int dom = mask_next(&all, -1); dom >= 0; dom = mask_next(&all, dom)) {
		size_t host = 0;
		char name[12];
		struct setup_option *o;

		snprintf(name, sizeof(name), "%04x", (unsigned)dom & 0xff);
		for (int a = mask_next(&s->adapters, -1); a >= 0; a = mask_next(&s->adapters, a))
			host += desired_queue_now(session_desired(s->session), APQN(a, dom)) ==
				OWNER_HOST;
		o = add(q, (unsigned)dom, name);
		if (!o)
			return;
		snprintf(o->text, sizeof(o->text),
			 host ? "the host gives up %zu queue%s" : "free for guests", host,
			 host == 1 ? "" : "s");
		if (inv->ap.default_domain == dom)
			snprintf(o->text + strlen(o->text), sizeof(o->text) - strlen(o->text),
				 "; the host's default domain");
		domain_why_not(s, (unsigned)dom, o->why_not, sizeof(o->why_not));
	}
}

static void ask_control(struct setup *s)
{
	const struct ap_bus *ap = &session_inventory(s->session)->ap;
	struct setup_question *q = &s->question;
	struct ap_mask all = ap->config_known ? ap->control : s->domains;

	q->title = "3 Which control domains?";
	(void)buf_adds(&q->about,
		       "A control domain may be administered by the guest; few need one.\n");
	q->several = true;
	q->key = "control";
	say(add(q, SETUP_ID_NONE, "none"), "the guest uses its domains and administers none", NULL);
	say(add(q, SETUP_ID_SAME, "same"), "it administers the domains it uses (as for TKE)", NULL);
	for (int dom = mask_next(&all, -1); dom >= 0; dom = mask_next(&all, dom)) {
		char name[12];

		snprintf(name, sizeof(name), "%04x", (unsigned)dom & 0xff);
		say(add(q, (unsigned)dom, name),
		    mask_has(&s->domains, (unsigned)dom) ? "one of its usage domains"
							 : "administered, not used",
		    NULL);
	}
	q->normal = 1;
}

static void ask_which(struct setup *s)
{
	static void (*const ask[SETUP_KINDS])(struct setup *) = { ask_channel, ask_adapters,
								  ask_adapters, ask_pci, ask_type };

	s->question.several = s->kind != SETUP_TYPE;
	s->question.key = ask[s->kind] == ask_adapters ? "adapters" : "which";
	ask[s->kind](s);
}

/* -- 4 and 5: when, and all of it -- */

static const char *const whens[] = { "now, and again at every boot",
				     "now only: a reboot takes it back",
				     "at the next boot only: nothing changes now" };

static void ask_when(struct setup *s)
{
	struct setup_question *q = &s->question;

	q->title = "4 From when on?";
	q->key = "when";
	say(add(q, 0, "both"), whens[0], NULL);
	say(add(q, 1, "now"), whens[1], NULL);
	say(add(q, 2, "boot"), whens[2], NULL);
	q->normal = 1;
}

/* "0.0.2b09, 0.0.2b0a and 30 more go to guests" */
static void sum_devices(const struct setup *s, struct buf *ret)
{
	enum { MOST = 6 };
	const struct devid *devs = s->kind == SETUP_PCI ? s->made : s->devs;
	size_t n = s->kind == SETUP_PCI ? s->n_made : s->n_devs;

	for (size_t i = 0; i < n && i < MOST; i++) {
		const struct subch *sch = NULL;
		struct ccwid id;

		if (devs[i].bus == BUS_CSS && ccwid_parse(devs[i].name, &id) == 0)
			sch = inventory_subch(session_inventory(s->session), id);
		(void)buf_printf(ret, "%s%s", i ? i + 1 == n ? " and " : ", " : "",
				 sch && sch->has_dev ? devid_ccw(sch->dev).name : devs[i].name);
	}
	if (n > MOST)
		(void)buf_printf(ret, " and %zu more", n - MOST);
	(void)buf_printf(ret, n == 1 ? " goes to a guest" : " go to guests");
}

static void sum_matrix(const struct setup *s, struct buf *ret)
{
	char adapters[1024], domains[1024];

	(void)buf_printf(ret, "%s matrix %.8s with adapters %s and domains %s (queues: %u)",
			 s->kind == SETUP_CHANGE ? "A guest has" : "A guest gets",
			 s->n_made ? s->made[0].name : "",
			 mask_shown(&s->adapters, false, adapters, sizeof(adapters)),
			 mask_shown(&s->domains, true, domains, sizeof(domains)),
			 mask_count(&s->adapters) * mask_count(&s->domains));
}

static void ask_review(struct setup *s)
{
	struct buf *about = &s->question.about;
	bool crypto = s->kind == SETUP_CRYPTO || s->kind == SETUP_CHANGE;

	s->question.title = "5 Review: all of this is staged and nothing is written";
	s->question.key = "review";
	if (crypto)
		sum_matrix(s, about);
	else if (s->kind == SETUP_TYPE)
		(void)buf_printf(about, "A guest gets a mediated device on %s", s->devs[0].name);
	else
		sum_devices(s, about);
	(void)buf_printf(about, ", %s.\n", whens[!s->reach.live ? 2 : !s->reach.persist]);
}

int setup_ask(struct setup *s)
{
	static void (*const ask[])(struct setup *) = { ask_ready, ask_kind,    ask_matrix,
						       ask_which, ask_domains, ask_control,
						       ask_when,  ask_review };
	setup_question_done(&s->question);
	ask[s->step](s);
	number(&s->question);
	/* The one thing that can be chosen is what is meant. */
	if (!s->question.normal && s->question.n && s->question.options[0].number &&
	    (s->question.n == 1 || !s->question.options[1].number))
		s->question.normal = 1;
	if (s->step < SETUP_REVIEW && s->said[s->step][0]) {
		s->question.normal = 0;
		(void)buf_printf(&s->question.about, "Enter takes again: %s\n", s->said[s->step]);
	}
	return 0;
}
