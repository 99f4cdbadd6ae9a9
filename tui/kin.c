/* SPDX-License-Identifier: MIT */
#include "kin.h"

#include <string.h>

struct kinds {
	struct kind *v;
	size_t n, cap;
	uint32_t *slots; /* place in v and 1; 0: free */
	size_t n_slots;	 /* a power of two */
	size_t last;	 /* that was found: neighbours are often alike */
};

struct kinds *kinds_new(void)
{
	struct kinds *k = calloc(1, sizeof(*k));

	if (k) {
		k->n_slots = 256;
		k->slots = calloc(k->n_slots, sizeof(*k->slots));
	}
	return k && !k->slots ? kinds_free(k) : k;
}

struct kinds *kinds_free(struct kinds *k)
{
	if (k) {
		free(k->slots);
		free(k->v);
		free(k);
	}
	return NULL;
}

void kinds_freep(struct kinds **k)
{
	kinds_free(*k);
}

static size_t hash(const struct kin *kin)
{
	uint64_t h = 0, word;

	for (size_t i = 0; i < sizeof(kin->of); i += sizeof(word)) {
		memcpy(&word, kin->of + i, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (size_t)h;
}

static bool alike(const struct kin *a, const struct kin *b)
{
	return memcmp(a->of, b->of, sizeof(a->of)) == 0;
}

/* The slot of a kin, or the free one for it. */
static uint32_t *slot_of(struct kinds *k, const struct kin *kin)
{
	size_t at = hash(kin) & (k->n_slots - 1);

	while (k->slots[at] && !alike(&k->v[k->slots[at] - 1].kin, kin))
		at = (at + 1) & (k->n_slots - 1);
	return &k->slots[at];
}

static bool make_room(struct kinds *k)
{
	uint32_t *bigger;

	if (array_grow(&k->v, k->n, &k->cap, sizeof(*k->v)) < 0)
		return false;
	if (k->n * 2 < k->n_slots)
		return true;
	bigger = calloc(k->n_slots * 2, sizeof(*bigger));
	if (!bigger)
		return false;
	free(k->slots);
	k->slots = bigger;
	k->n_slots *= 2;
	for (size_t i = 0; i < k->n; i++)
		*slot_of(k, &k->v[i].kin) = (uint32_t)i + 1;
	return true;
}

struct kind *kinds_of(struct kinds *k, const struct view *v, const struct session *s,
		      const struct devid *row, struct kin *ret)
{
	uint32_t *slot;

	if (!v->kin || !v->kin(s, row, ret))
		return NULL;
	if (k->last < k->n && alike(&k->v[k->last].kin, ret))
		return &k->v[k->last];
	slot = slot_of(k, ret);
	if (!*slot) {
		if (!make_room(k))
			return NULL;
		k->v[k->n] = (struct kind){ .kin = *ret };
		*slot_of(k, ret) = (uint32_t)++k->n;
		k->last = k->n - 1;
	} else {
		k->last = *slot - 1;
	}
	return &k->v[k->last];
}
