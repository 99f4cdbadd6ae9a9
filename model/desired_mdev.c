/* SPDX-License-Identifier: MIT */
/* Mediated devices: active, defined and wished for, brought together by UUID and parent. */
#include "desired_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct source {
	const char *uuid, *parent;
	const struct mdev *mdev;
	const struct mdev_def *def;
	const struct wish_mdev *wish;
};

static int source_cmp(const void *a, const void *b)
{
	const struct source *x = a, *y = b;
	int c = strcmp(x->uuid, y->uuid);

	return c ? c : strcmp(x->parent, y->parent);
}

/* Which of the devices of its UUID an entry without a parent speaks of: the active, else the first defined. */
static const char *parent_of(const struct inventory *inv, const struct wish_mdev *w)
{
	const struct mdev *active;
	const struct mdev_def *def;

	if (w->parent)
		return w->parent;
	active = inventory_mdev(inv, w->uuid);
	if (active)
		return active->parent;
	def = inventory_def(inv, w->uuid, NULL);
	return def ? def->parent : "";
}

static struct source *collect(const struct desired *d, size_t *ret_n)
{
	const struct inventory *inv = d->inv;
	size_t max = inv->n_mdevs + inv->n_defs + d->wish->n_mdevs, n = 0;
	struct source *s = calloc(max ? max : 1, sizeof(*s));

	if (!s)
		return NULL;
	for (size_t i = 0; i < inv->n_mdevs; i++, n++)
		s[n] = (struct source){ inv->mdevs[i]->uuid, inv->mdevs[i]->parent,
					.mdev = inv->mdevs[i] };
	for (size_t i = 0; i < inv->n_defs; i++, n++)
		s[n] = (struct source){ inv->defs[i]->uuid, inv->defs[i]->parent,
					.def = inv->defs[i] };
	for (size_t i = 0; i < d->wish->n_mdevs; i++, n++)
		s[n] = (struct source){ d->wish->mdevs[i].uuid, parent_of(inv, &d->wish->mdevs[i]),
					.wish = &d->wish->mdevs[i] };
	for (size_t i = 0; i < n; i++)
		if (!s[i].parent)
			s[i].parent = "";
	qsort(s, n, sizeof(*s), source_cmp);
	*ret_n = n;
	return s;
}

static bool wants(const struct d_mdev *m, unsigned field)
{
	return m->wish && (m->wish->fields & field);
}

/* m with the parts named by the wish replaced. */
static struct matrix matrix_wished(const struct d_mdev *m, struct matrix have)
{
	const struct wish_mdev *w = m->wish;

	if (wants(m, WM_ATTRS))
		attrs_to_matrix(w->attrs, w->n_attrs, &have);
	if (wants(m, WM_ADAPTERS))
		have.adapters = w->matrix.adapters;
	if (wants(m, WM_DOMAINS))
		have.domains = w->matrix.domains;
	if (wants(m, WM_CONTROL))
		have.control = w->matrix.control;
	return have;
}

/* The attributes `from` as the wish changes them; boot: those of the definition. */
static int attrs_wished(const struct d_mdev *m, bool boot, const struct attr *from, size_t n,
			struct attr **ret, size_t *ret_n)
{
	struct matrix have;

	if (boot && wants(m, WM_BOOT)) {
		*ret_n = m->wish->n_boot;
		return attrs_copy(m->wish->boot, m->wish->n_boot, ret);
	}
	if (wants(m, WM_ATTRS)) {
		from = m->wish->attrs;
		n = m->wish->n_attrs;
	}
	if (attrs_copy(from, n, ret) < 0)
		return -ENOMEM;
	*ret_n = n;
	if (!wants(m, WM_ADAPTERS | WM_DOMAINS | WM_CONTROL))
		return 0;
	attrs_to_matrix(*ret, *ret_n, &have);
	have = matrix_wished(m, have);
	return attrs_from_matrix(ret, ret_n, &have);
}

/* Does it say what only a definition, or a start, has a use for? */
static bool says_how(const struct wish_mdev *w)
{
	return w->fields & (WM_START | WM_ATTRS | WM_ADAPTERS | WM_DOMAINS | WM_CONTROL | WM_BOOT);
}

/*
 * The definition. A device that is only running is defined as mdevctl defines it, with the attributes it has;
 * an entry that says no more than "stop" does not define anything.
 */
static int fill_definition(struct d_mdev *m, struct d_ap *ap)
{
	const struct wish_mdev *w = m->wish && m->wish->reach.persist ? m->wish : NULL;
	const struct mdev_def *def = m->def;
	int r;

	m->defined_now = m->defined_then = def;
	m->start_now = m->start_then = def ? def->start : START_MANUAL;
	if (ap && def)
		ap->def_now = ap->def_then = def_matrix(def);
	if (w && w->delete)
		m->defined_then = false;
	else if (w && (w->fields & WM_DEFINED))
		m->defined_then = w->defined;
	else if (w && !def)
		m->defined_then = !(w->fields & WM_ACTIVE) || w->active || says_how(w);
	if (!m->defined_then)
		return 0;
	if (w && (w->fields & WM_START))
		m->start_then = w->start;
	if (!w)
		return attrs_copy(def->attrs, def->n_attrs, &m->attrs_then) < 0
			       ? -ENOMEM
			       : (int)(m->n_attrs_then = def->n_attrs, 0);
	if (!def && m->active_now && m->is_matrix && !wants(m, WM_BOOT) &&
	    attrs_from_matrix(&m->attrs_then, &m->n_attrs_then, &m->ap->live_now) < 0)
		return -ENOMEM;
	if (def || !m->n_attrs_then) {
		r = attrs_wished(m, true, def ? def->attrs : NULL, def ? def->n_attrs : 0,
				 &m->attrs_then, &m->n_attrs_then);
	} else {
		struct matrix then = matrix_wished(m, m->ap->live_now);

		r = attrs_from_matrix(&m->attrs_then, &m->n_attrs_then, &then);
	}
	if (r < 0)
		return r;
	if (m->is_matrix)
		attrs_to_matrix(m->attrs_then, m->n_attrs_then, &ap->def_then);
	m->attrs_change =
		def && (!attrs_eq(def->attrs, def->n_attrs, m->attrs_then, m->n_attrs_then) ||
			!str_eq(def->type, m->type));
	return 0;
}

/* The running device. What is made anew gets its definition's attributes, as the wish changes them. */
static int fill_live(struct d_mdev *m, struct d_ap *ap)
{
	const struct wish_mdev *w = m->wish && m->wish->reach.live ? m->wish : NULL;
	const struct mdev_def *def = m->def;
	const struct attr *attrs = def ? def->attrs : NULL;
	size_t n = def ? def->n_attrs : 0;

	m->active_then = m->active_now;
	if (ap)
		ap->live_then = ap->live_now;
	if (!w)
		return 0;
	if (w->delete)
		m->active_then = false;
	else if (w->fields & WM_ACTIVE)
		m->active_then = w->active;
	if (!m->active_then)
		return 0;
	if (m->active_now && m->is_matrix && str_eq(m->type, m->mdev->type)) {
		ap->live_then = matrix_wished(m, ap->live_now);
		return 0;
	}
	if (attrs_wished(m, false, attrs, n, &m->attrs_live, &m->n_attrs_live) < 0)
		return -ENOMEM;
	if (m->is_matrix)
		attrs_to_matrix(m->attrs_live, m->n_attrs_live, &ap->live_then);
	m->restart =
		m->active_now &&
		(!str_eq(m->type, m->mdev->type) ||
		 ((w->fields & WM_ATTRS) && !attrs_eq(attrs, n, m->attrs_live, m->n_attrs_live)));
	return 0;
}

static bool is_ap(const char *type)
{
	return str_eq(type, TYPE_AP);
}

static void set_type(struct d_mdev *m)
{
	const char *type = m->mdev ? m->mdev->type : m->def ? m->def->type : NULL;

	m->type = wants(m, WM_TYPE) ? m->wish->type : type ? type : "";
	m->is_matrix = is_ap(m->type);
}

/* One that is to be of another type has queues still. */
static bool has_queues(const struct d_mdev *m)
{
	return m->is_matrix || (m->mdev && is_ap(m->mdev->type)) || (m->def && m->def->is_matrix);
}

/* ap: NULL unless it has queues. */
static int fill(struct d_mdev *m, struct d_ap *ap)
{
	static const struct d_ap none;
	int r;

	m->ap = ap ? ap : &none;
	m->active_now = m->mdev;
	if (ap && m->mdev && is_ap(m->mdev->type))
		ap->live_now = *m->mdev->matrix;
	r = fill_definition(m, ap);
	return r < 0 ? r : fill_live(m, ap);
}

static int fill_all(struct desired *d)
{
	struct d_ap *ap;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < d->n_mdevs; i++) {
		set_type(&d->mdevs[i]);
		n += has_queues(&d->mdevs[i]);
	}
	ap = d->aps = calloc(n ? n : 1, sizeof(*d->aps));
	if (!ap)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++)
		r = fill(&d->mdevs[i], has_queues(&d->mdevs[i]) ? ap++ : NULL);
	return r;
}

static int parent_cmp(const void *a, const void *b)
{
	const struct d_mdev *x = *(const struct d_mdev *const *)a;
	const struct d_mdev *y = *(const struct d_mdev *const *)b;
	int c = strcmp(x->parent, y->parent);

	return c ? c : strcmp(x->uuid, y->uuid);
}

static int index_parents(struct desired *d)
{
	d->by_parent = calloc(d->n_mdevs ? d->n_mdevs : 1, sizeof(*d->by_parent));
	if (!d->by_parent)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_mdevs; i++)
		d->by_parent[i] = &d->mdevs[i];
	qsort(d->by_parent, d->n_mdevs, sizeof(*d->by_parent), parent_cmp);
	return 0;
}

int desired_mdevs(struct desired *d)
{
	CLEANUP(freep) struct source *s = NULL;
	size_t n;
	int r;

	s = collect(d, &n);
	if (!s)
		return -ENOMEM;
	d->mdevs = calloc(n ? n : 1, sizeof(*d->mdevs));
	if (!d->mdevs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct d_mdev *m = &d->mdevs[d->n_mdevs];

		if (i == 0 || source_cmp(&s[i - 1], &s[i]) != 0)
			d->n_mdevs++;
		else
			m--;
		memcpy(m->uuid, s[i].uuid, sizeof(m->uuid));
		m->parent = s[i].parent;
		m->mdev = s[i].mdev ? s[i].mdev : m->mdev;
		m->def = s[i].def ? s[i].def : m->def;
		m->wish = s[i].wish ? s[i].wish : m->wish;
	}
	array_fit(&d->mdevs, d->n_mdevs, sizeof(*d->mdevs)); /* most are active and defined */
	r = fill_all(d);
	return r < 0 ? r : index_parents(d);
}

const struct d_mdev *desired_mdevs_named(const struct desired *d, const char *uuid, size_t *ret_n)
{
	size_t low = 0, high = d->n_mdevs, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(d->mdevs[middle].uuid, uuid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < d->n_mdevs && !strcmp(d->mdevs[low + n].uuid, uuid))
		n++;
	*ret_n = n;
	return n ? &d->mdevs[low] : NULL;
}

const struct d_mdev *const *desired_mdevs_on(const struct desired *d, const char *parent,
					     size_t *ret_n)
{
	size_t low = 0, high = d->n_mdevs, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(d->by_parent[middle]->parent, parent) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < d->n_mdevs && !strcmp(d->by_parent[low + n]->parent, parent))
		n++;
	*ret_n = n;
	return n ? &d->by_parent[low] : NULL;
}

const struct d_mdev *desired_mdev(const struct desired *d, const char *uuid, const char *parent)
{
	const struct d_mdev *found = NULL, *m;
	size_t n;

	m = desired_mdevs_named(d, uuid, &n);
	for (; n; n--, m++) {
		if (parent && strcmp(m->parent, parent) != 0)
			continue;
		if (!found || (!found->active_now && m->active_now))
			found = m;
	}
	return found;
}
