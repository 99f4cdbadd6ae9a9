/* SPDX-License-Identifier: MIT */
/*
 * An inventory made by a few calls, edits laid over it as text, and the findings that follow.
 *
 *	struct fixture f = fixture_new();
 *	fixture_subch(&f, "0.0.0313", "0.0.2b09", "io_subchannel");
 *	fixture_edit(&f, "\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}");
 *	assert_true(fixture_finds(&f, "boot-helper", GRADE_NOTE, true));
 *	fixture_done(&f);
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "attrs.h"
#include "check.h"
#include "desired.h"
#include "mem.h"
#include "msg.h"
#include "rules.h"
#include "scan.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

#define UUID_A "11111111-0000-4000-8000-000000000001"
#define UUID_B "22222222-0000-4000-8000-000000000002"
#define UUID_C "33333333-0000-4000-8000-000000000003"

struct fixture {
	struct inventory *inv;
	struct strtab *tab;
	struct wish wish;
	struct desired desired;
	struct findings findings;
	bool finished, built;
};

/* An LPAR's basics: nothing but modules and helpers. */
static inline struct fixture fixture_new(void)
{
	static const char *const known[] = { "vfio_ap", "vfio_ccw", "vfio_pci" };
	struct fixture f = { .inv = calloc(1, sizeof(*f.inv)), .tab = strtab_new() };
	struct host *h = &f.inv->host;

	f.inv->refs = 1;
	f.inv->has_css = true;
	h->name = "lpar";
	h->kernel = "6.12";
	h->cmdline = "";
	h->s390 = h->has_mdevctl = h->has_driverctl = h->has_chzdev = h->mdev_rule =
		h->driverctl_rule = true;
	f.inv->modules = calloc(ARRAY_SIZE(known), sizeof(*f.inv->modules));
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		f.inv->modules[f.inv->n_modules++] = (struct module_state){ .name = known[i],
									    .loaded = true,
									    .available = true };
	f.inv->ap_rule.ours_to_write = true;
	return f;
}

#define fixture_push(f, array, n, value)                                                           \
	do {                                                                                       \
		(f)->inv->array =                                                                  \
			reallocarray((f)->inv->array, (f)->inv->n + 1, sizeof(*(f)->inv->array));  \
		(f)->inv->array[(f)->inv->n++] = (value);                                          \
	} while (0)

static inline struct subch *fixture_subch(struct fixture *f, const char *id, const char *dev,
					  const char *driver)
{
	struct subch *s = calloc(1, sizeof(*s));

	s->refs = 1;
	assert_int_equal(ccwid_parse(id, &s->id), 0);
	s->has_dev = dev && ccwid_parse(dev, &s->dev) == 0;
	s->driver = driver;
	s->ccw = s->has_dev && str_eq(driver, "io_subchannel");
	s->dev_type = 0x3390;
	s->cu_type = 0x3990;
	s->online = 0;
	fixture_push(f, subchs, n_subchs, s);
	return s;
}

static inline struct pci_fn *fixture_pci(struct fixture *f, const char *id, const char *driver,
					 int group)
{
	struct pci_fn *p = calloc(1, sizeof(*p));

	p->refs = 1;
	assert_int_equal(pciid_parse(id, &p->id), 0);
	p->class = 0x020000;
	p->driver = driver;
	p->group = group;
	p->vfs_total = p->vfs = -1;
	p->fid = p->uid = -1;
	p->pchid = p->pft = -1;
	p->uid_unique = -1;
	fixture_push(f, pcis, n_pcis, p);
	return p;
}

/* Cards 05 06 0a 14 x domains 04 05 42 ab, all granted; adapter 14 is the guests' by apmask. */
static inline void fixture_crypto(struct fixture *f)
{
	static const uint8_t cards[] = { 5, 6, 0xa, 0x14 }, doms[] = { 4, 5, 0x42, 0xab };
	struct ap_bus *ap = &f->inv->ap;

	ap->present = ap->masks_known = ap->config_known = ap->has_ap_config = true;
	ap->apmask = ap->aqmask = mask_all();
	mask_set(&ap->apmask, 0x14, false);
	ap->max_adapter = 63;
	ap->max_domain = 255;
	ap->default_domain = 4;
	for (size_t c = 0; c < ARRAY_SIZE(cards); c++) {
		mask_set(&ap->adapters, cards[c], true);
		for (size_t k = 0; k < ARRAY_SIZE(doms); k++) {
			struct ap_queue *q = calloc(1, sizeof(*q));

			mask_set(&ap->domains, doms[k], true);
			mask_set(&ap->control, doms[k], true);
			q->refs = 1;
			q->id = APQN(cards[c], doms[k]);
			q->driver = cards[c] == 0x14 ? "vfio_ap" : "cex4queue";
			q->online = cards[c] == 0x14 ? -1 : 1;
			fixture_push(f, queues, n_queues, q);
		}
	}
}

/* A parent offering one type; left: instances. */
static inline void fixture_parent(struct fixture *f, const char *dev, const char *type, int left)
{
	struct mdev_parent *p = calloc(1, sizeof(*p));

	p->refs = 1;
	assert_int_equal(devid_parse(dev, &p->id), 0);
	p->types = calloc(1, sizeof(*p->types));
	p->types[p->n_types++] = (struct mdev_type){ .id = type, .available = left };
	fixture_push(f, parents, n_parents, p);
}

static inline struct matrix fixture_matrix(const char *adapters, const char *domains)
{
	struct attr attrs[2] = { { (char[]){ "assign_adapter" }, strdup(adapters) },
				 { (char[]){ "assign_domain" }, strdup(domains) } };
	struct matrix m;

	attrs_to_matrix(attrs, 2, &m);
	free(attrs[0].value);
	free(attrs[1].value);
	return m;
}

static inline struct mdev *fixture_mdev(struct fixture *f, const char *uuid, const char *parent,
					const char *type)
{
	/* one piece of memory, whatever it is */
	struct mdev *m = calloc(1, sizeof(*m) + sizeof(*m->matrix));

	m->matrix = m->guest = (struct matrix *)(m + 1);
	m->refs = 1;
	strcpy(m->uuid, uuid);
	m->parent = parent;
	m->type = type;
	m->iommu_group = -1;
	fixture_push(f, mdevs, n_mdevs, m);
	return m;
}

/* A running matrix of comma lists. */
static inline struct mdev *fixture_running(struct fixture *f, const char *uuid,
					   const char *adapters, const char *domains)
{
	struct mdev *m = fixture_mdev(f, uuid, "matrix", TYPE_AP);

	*(struct matrix *)(m + 1) = fixture_matrix(adapters, domains);
	return m;
}

static inline struct mdev_def *fixture_def(struct fixture *f, const char *uuid, const char *parent,
					   const char *type, enum start start)
{
	struct mdev_def *d = calloc(1, sizeof(*d));

	d->refs = 1;
	strcpy(d->uuid, uuid);
	d->parent = parent;
	d->type = type;
	d->start = start;
	d->is_matrix = strcmp(type, TYPE_AP) == 0;
	fixture_push(f, defs, n_defs, d);
	return d;
}

/* A definition of a matrix of comma lists. */
static inline struct mdev_def *fixture_defined(struct fixture *f, const char *uuid,
					       enum start start, const char *adapters,
					       const char *domains)
{
	struct mdev_def *d = fixture_def(f, uuid, "matrix", TYPE_AP, start);
	struct matrix m = fixture_matrix(adapters, domains);

	attrs_from_matrix(&d->attrs, &d->n_attrs, &m);
	return d;
}

static inline void fixture_use(struct fixture *f, const char *dev, enum use_grade grade,
			       const char *who)
{
	struct use u = { .grade = grade, .who = strdup(who), .text = strdup(who) };

	assert_int_equal(devid_parse(dev, &u.dev), 0);
	fixture_push(f, uses, n_uses, u);
}

static inline void fixture_override(struct fixture *f, const char *dev, const char *driver)
{
	struct override_file o = { .driver = driver, .path = "/etc/driverctl.d/x" };

	assert_int_equal(devid_parse(dev, &o.dev), 0);
	fixture_push(f, overrides, n_overrides, o);
}

static inline void fixture_module(struct fixture *f, const char *name, bool loaded, bool available)
{
	for (size_t i = 0; i < f->inv->n_modules; i++)
		if (strcmp(f->inv->modules[i].name, name) == 0) {
			f->inv->modules[i].loaded = loaded;
			f->inv->modules[i].available = available;
		}
}

/*
 * Lays edits (the inside of an edits file's object) over the machine and checks the rules. "" for
 * none.
 */
static inline void fixture_edit(struct fixture *f, const char *edits)
{
	struct msg m = { 0 };
	char text[4096];

	if (!f->finished)
		assert_true(inventory_finish(f->inv));
	f->finished = true;
	findings_done(&f->findings);
	desired_done(&f->desired);
	wish_done(&f->wish);
	snprintf(text, sizeof(text), "{\"vfiocfg-edits\": 1%s%s}", *edits ? "," : "", edits);
	if (wish_from_json(text, strlen(text), "edits", &f->wish, &m) < 0)
		fail_msg("%s %s", m.what, m.why);
	if (wish_bind(&f->wish, f->inv, &m) < 0)
		fail_msg("%s %s", m.what, m.why);
	assert_int_equal(desired_build(f->inv, &f->wish, &f->desired), 0);
	assert_int_equal(rules_check(&f->desired, &f->findings), 0);
	f->built = true;
}

static inline void fixture_done(struct fixture *f)
{
	findings_done(&f->findings);
	desired_done(&f->desired);
	wish_done(&f->wish);
	inventory_unref(f->inv);
	strtab_free(f->tab);
}

/* The first finding of a rule; NULL: it has nothing to say. */
static inline const struct finding *fixture_finding(const struct fixture *f, const char *rule)
{
	for (size_t i = 0; i < f->findings.n; i++)
		if (strcmp(f->findings.v[i].rule, rule) == 0)
			return &f->findings.v[i];
	return NULL;
}

static inline bool fixture_finds(const struct fixture *f, const char *rule, enum grade grade,
				 bool staged)
{
	for (size_t i = 0; i < f->findings.n; i++)
		if (strcmp(f->findings.v[i].rule, rule) == 0 && f->findings.v[i].grade == grade &&
		    f->findings.v[i].staged == staged)
			return true;
	for (size_t i = 0; i < f->findings.n; i++)
		print_error("%s %s %s: %s %s\n", f->findings.v[i].rule,
			    grade_name(f->findings.v[i].grade),
			    f->findings.v[i].staged ? "staged" : "before",
			    f->findings.v[i].msg.what, f->findings.v[i].msg.why);
	return false;
}

static inline struct devid fixture_id(const char *text)
{
	struct devid id;

	assert_int_equal(devid_parse(text, &id), 0);
	return id;
}

#endif
