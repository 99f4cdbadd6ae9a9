/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void attrs_free(struct attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(attrs[i].name);
		free(attrs[i].value);
	}
	free(attrs);
}

int attrs_add(struct attr **attrs, size_t *n, const char *name, const char *value)
{
	struct attr *grown = reallocarray(*attrs, *n + 1, sizeof(*grown));
	struct attr a = { 0 };

	if (!grown)
		return -ENOMEM;
	*attrs = grown;
	a.name = strdup(name);
	a.value = strdup(value);
	if (!a.name || !a.value) {
		free(a.name);
		free(a.value);
		return -ENOMEM;
	}
	grown[(*n)++] = a;
	return 0;
}

int attrs_copy(const struct attr *from, size_t n, struct attr **ret)
{
	struct attr *copy = NULL;
	size_t done = 0;

	for (size_t i = 0; i < n; i++)
		if (attrs_add(&copy, &done, from[i].name, from[i].value) < 0) {
			attrs_free(copy, done);
			return -ENOMEM;
		}
	*ret = copy;
	return 0;
}

bool attrs_eq(const struct attr *a, size_t na, const struct attr *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || strcmp(a[i].value, b[i].value) != 0)
			return false;
	return true;
}

bool matrix_eq(const struct matrix *a, const struct matrix *b)
{
	return mask_eq(&a->adapters, &b->adapters) && mask_eq(&a->domains, &b->domains) &&
	       mask_eq(&a->control, &b->control);
}

bool matrix_has(const struct matrix *m, apqn_t q)
{
	return mask_has(&m->adapters, APQN_CARD(q)) && mask_has(&m->domains, APQN_DOM(q));
}

bool matrix_meets(const struct matrix *a, const struct matrix *b, apqn_t *ret)
{
	struct ap_mask cards = mask_and(a->adapters, b->adapters);
	struct ap_mask doms = mask_and(a->domains, b->domains);
	int card = mask_next(&cards, -1), dom = mask_next(&doms, -1);

	if (card < 0 || dom < 0)
		return false;
	if (ret)
		*ret = APQN(card, dom);
	return true;
}

/* The part of a matrix that an attribute speaks of; NULL: none of the three. */
static struct ap_mask *part_of(struct matrix *m, const char *name)
{
	if (!strcmp(name, "assign_adapter"))
		return &m->adapters;
	if (!strcmp(name, "assign_domain"))
		return &m->domains;
	if (!strcmp(name, "assign_control_domain"))
		return &m->control;
	return NULL;
}

/* One number as strtoul(3) reads it in base 0, up to 255, followed by `end` or a comma. */
static int number(const char **s, unsigned *ret)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	errno = 0;
	value = strtoul(*s, &end, 0);
	if (errno || value > 255 || (*end && *end != ',') || (*end == ',' && !end[1]))
		return -EINVAL;
	*s = *end ? end + 1 : end;
	*ret = (unsigned)value;
	return 0;
}

static int read_numbers(const char *s, struct ap_mask *ret)
{
	unsigned id;
	int r = *s ? 0 : -EINVAL;

	while (*s) {
		if (number(&s, &id) < 0)
			return -EINVAL;
		mask_set(ret, id, true);
	}
	return r;
}

/* "0x..,0x..,0x..": ap_config replaces what came before it. */
static int read_config(const char *s, struct matrix *m)
{
	struct matrix made = { 0 };
	struct ap_mask *parts[3] = { &made.adapters, &made.domains, &made.control };
	char field[80];

	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(s, ",\n");

		if (n >= sizeof(field))
			return -EINVAL;
		memcpy(field, s, n);
		field[n] = '\0';
		if (field[0] == '+' || field[0] == '-' || mask_parse(field, parts[i]) < 0)
			return -EINVAL;
		s += n;
		if (i < 2 && !*s)
			return -EINVAL;
		s += *s != '\0';
	}
	*m = made;
	return 0;
}

int attrs_to_matrix(const struct attr *attrs, size_t n, struct matrix *ret)
{
	struct matrix m = { 0 };
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		struct ap_mask *part = part_of(&m, attrs[i].name);
		int r = -EINVAL;

		if (part)
			r = read_numbers(attrs[i].value, part);
		else if (!strcmp(attrs[i].name, "ap_config"))
			r = read_config(attrs[i].value, &m);
		if (r < 0)
			result = r;
	}
	*ret = m;
	return result;
}

struct matrix def_matrix(const struct mdev_def *def)
{
	struct matrix m = no_matrix;

	if (def->is_matrix)
		attrs_to_matrix(def->attrs, def->n_attrs, &m);
	return m;
}

static void attrs_remove(struct attr *attrs, size_t *n, size_t i)
{
	free(attrs[i].name);
	free(attrs[i].value);
	memmove(attrs + i, attrs + i + 1, (--*n - i) * sizeof(*attrs));
}

static int attr_set(struct attr *a, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(a->value);
	a->value = copy;
	return 0;
}

/* Keeps of one attribute's numbers those in `want` and not in `have`; it stays as spelled when all do. */
static int keep_wanted(struct attr *attrs, size_t *n, size_t *i, const struct ap_mask *want,
		       struct ap_mask *have)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *s = attrs[*i].value;
	bool all = true;
	unsigned id;

	while (*s) {
		if (number(&s, &id) < 0)
			return (*i)++, 0; /* not ours to understand: stays */
		if (!mask_has(want, id) || mask_has(have, id)) {
			all = false;
			continue;
		}
		mask_set(have, id, true);
		if (buf_printf(&b, "%s%u", b.len ? "," : "", id) < 0)
			return -ENOMEM;
	}
	if (!b.len)
		return attrs_remove(attrs, n, *i), 0;
	return all ? ((*i)++, 0) : attr_set(&attrs[(*i)++], buf_str(&b));
}

/* The text of an ap_config attribute that means m. */
static int set_config(struct attr *a, const struct matrix *m)
{
	char text[3][MASK_TEXT], all[3 * MASK_TEXT];
	struct matrix as_is = { 0 };

	if (read_config(a->value, &as_is) == 0 && matrix_eq(&as_is, m))
		return 0;
	snprintf(all, sizeof(all), "%s,%s,%s", mask_text(&m->adapters, text[0]),
		 mask_text(&m->domains, text[1]), mask_text(&m->control, text[2]));
	return attr_set(a, all);
}

/* The last ap_config, which says everything before it anew; n: there is none. */
static size_t last_config(const struct attr *attrs, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (!strcmp(attrs[i].name, "ap_config"))
			return i;
	return n;
}

/* Where a new attribute of a part goes: behind the last of its part or of an earlier part. */
static size_t place_for(struct attr *attrs, size_t n, size_t part, const char *const names[3])
{
	for (size_t i = n; i-- > 0;)
		for (size_t k = 0; k <= part; k++)
			if (!strcmp(attrs[i].name, names[k]))
				return i + 1;
	/* None yet: before the first of a later part. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = part + 1; k < 3; k++)
			if (!strcmp(attrs[i].name, names[k]))
				return i;
	return n;
}

static int insert_missing(struct attr **attrs, size_t *n, size_t part,
			  const struct ap_mask *missing)
{
	static const char *const names[3] = { "assign_adapter", "assign_domain",
					      "assign_control_domain" };
	char value[16];

	for (int id = mask_next(missing, -1); id >= 0; id = mask_next(missing, id)) {
		size_t at = place_for(*attrs, *n, part, names);
		struct attr added;

		snprintf(value, sizeof(value), "%d", id);
		if (attrs_add(attrs, n, names[part], value) < 0)
			return -ENOMEM;
		added = (*attrs)[*n - 1];
		memmove(*attrs + at + 1, *attrs + at, (*n - 1 - at) * sizeof(added));
		(*attrs)[at] = added;
	}
	return 0;
}

int attrs_from_matrix(struct attr **attrs, size_t *n, const struct matrix *m)
{
	const struct ap_mask *want[3] = { &m->adapters, &m->domains, &m->control };
	struct matrix have = { 0 }, wanted = *m;
	struct ap_mask *has[3] = { &have.adapters, &have.domains, &have.control };
	size_t config = last_config(*attrs, *n);

	if (config < *n) {
		/* What follows ap_config would add to it: it goes, ap_config says all. */
		for (size_t i = *n; i-- > config + 1;)
			if (part_of(&have, (*attrs)[i].name))
				attrs_remove(*attrs, n, i);
		return set_config(&(*attrs)[config], m);
	}
	for (size_t i = 0; i < *n;) {
		struct ap_mask *w = part_of(&wanted, (*attrs)[i].name);
		struct ap_mask *h = part_of(&have, (*attrs)[i].name);
		int r = w ? keep_wanted(*attrs, n, &i, w, h) : (i++, 0);

		if (r < 0)
			return r;
	}
	for (size_t part = 0; part < 3; part++) {
		struct ap_mask missing = mask_minus(*want[part], *has[part]);

		if (insert_missing(attrs, n, part, &missing) < 0)
			return -ENOMEM;
	}
	return 0;
}
