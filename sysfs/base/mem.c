/* SPDX-License-Identifier: MIT */
#include "mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

/* Room for `more` bytes and the NUL behind them. */
static int buf_room(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1, cap = b->cap ? b->cap : 64;
	char *data;

	if (need < more)
		return -ENOMEM;
	if (need <= b->cap)
		return 0;
	while (cap < need)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

char *buf_take(struct buf *b)
{
	char *data;

	if (!b->data && buf_room(b, 0) < 0)
		return NULL;
	b->data[b->len] = '\0';
	data = b->data;
	*b = (struct buf){ 0 };
	return data;
}

int buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (buf_room(b, len) < 0)
		return -ENOMEM;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *string)
{
	return buf_add(b, string, strlen(string));
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_hex(struct buf *b, unsigned value, int digits)
{
	char text[8];

	for (int i = digits; i-- > 0; value >>= 4)
		text[i] = "0123456789abcdef"[value & 0xf];
	return buf_add(b, text, (size_t)digits);
}

int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char few[128];
	int n;

	/* Most texts are short: then they need not be made twice. */
	va_copy(again, ap);
	n = vsnprintf(few, sizeof(few), fmt, again);
	va_end(again);
	if (n >= 0 && (size_t)n < sizeof(few))
		return buf_add(b, few, (size_t)n);
	if (n < 0 || buf_room(b, (size_t)n) < 0)
		return -ENOMEM;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

int buf_add_name(struct buf *b, const char *name)
{
	return buf_add(b, name, strlen(name) + 1);
}

const char *buf_next_name(const struct buf *b, const char *name)
{
	const char *next = name ? name + strlen(name) + 1 : b->data;

	return next && next < b->data + b->len ? next : NULL;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int buf_sort_names(struct buf *b)
{
	CLEANUP(freep) const char **names = NULL;
	struct buf sorted = { 0 };
	const char *name;
	size_t n = 0;

	buf_foreach_name (b, name)
		n++;
	if (n < 2)
		return 0;
	names = calloc(n, sizeof(*names));
	if (!names || buf_room(&sorted, b->len) < 0)
		return -ENOMEM;
	n = 0;
	buf_foreach_name (b, name)
		names[n++] = name;
	qsort(names, n, sizeof(*names), name_cmp);
	for (size_t i = 0; i < n; i++)
		buf_add_name(&sorted, names[i]);
	buf_done(b);
	*b = sorted;
	return 0;
}

int array_grow(void *array, size_t n, size_t *cap, size_t member_size)
{
	void **p = array;
	size_t want = *cap ? *cap * 2 : 8;
	void *grown;

	if (n < *cap)
		return 0;
	grown = reallocarray(*p, want, member_size);
	if (!grown)
		return -ENOMEM;
	*p = grown;
	*cap = want;
	return 0;
}

void array_fit(void *array, size_t n, size_t member_size)
{
	void **p = array;
	void *fitting = n ? reallocarray(*p, n, member_size) : NULL;

	if (fitting)
		*p = fitting;
}

size_t array_place(const void *array, size_t n, size_t member_size, const void *key,
		   int (*cmp)(const void *key, const void *member), bool *ret_found)
{
	size_t low = 0, high = n;

	*ret_found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = cmp(key, (const char *)array + mid * member_size);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Open addressing; a slot is NULL or a malloc'ed string. At most half full. */
struct strtab {
	char **slots;
	size_t n, size;
};

static size_t hash(const char *s)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)h;
}

static char **slot_of(char **slots, size_t size, const char *s)
{
	size_t i = hash(s) & (size - 1);

	while (slots[i] && strcmp(slots[i], s) != 0)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

struct strtab *strtab_new(void)
{
	struct strtab *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->size = 256;
	t->slots = calloc(t->size, sizeof(*t->slots));
	return t->slots ? t : strtab_free(t);
}

struct strtab *strtab_free(struct strtab *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; t->slots && i < t->size; i++)
		free(t->slots[i]);
	free(t->slots);
	free(t);
	return NULL;
}

static int strtab_double(struct strtab *t)
{
	char **slots = calloc(t->size * 2, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++)
		if (t->slots[i])
			*slot_of(slots, t->size * 2, t->slots[i]) = t->slots[i];
	free(t->slots);
	t->slots = slots;
	t->size *= 2;
	return 0;
}

bool strtab_has(const struct strtab *t, const char *s)
{
	return *slot_of(t->slots, t->size, s) != NULL;
}

const char *strtab_get(struct strtab *t, const char *s)
{
	char **slot;

	if (!s)
		return NULL;
	slot = slot_of(t->slots, t->size, s);
	if (*slot)
		return *slot;
	if (t->n * 2 >= t->size) {
		if (strtab_double(t) < 0)
			return NULL;
		slot = slot_of(t->slots, t->size, s);
	}
	*slot = strdup(s);
	if (*slot)
		t->n++;
	return *slot;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}
