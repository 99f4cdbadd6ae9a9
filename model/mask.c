/* SPDX-License-Identifier: MIT */
#include "mask.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void mask_set(struct ap_mask *m, unsigned id, bool on)
{
	uint64_t bit = UINT64_C(1) << (63 - id % 64);

	if (id > 255)
		return;
	if (on)
		m->w[id / 64] |= bit;
	else
		m->w[id / 64] &= ~bit;
}

struct ap_mask mask_all(void)
{
	return (struct ap_mask){ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
}

struct ap_mask mask_and(struct ap_mask a, struct ap_mask b)
{
	for (int i = 0; i < 4; i++)
		a.w[i] &= b.w[i];
	return a;
}

struct ap_mask mask_or(struct ap_mask a, struct ap_mask b)
{
	for (int i = 0; i < 4; i++)
		a.w[i] |= b.w[i];
	return a;
}

struct ap_mask mask_minus(struct ap_mask a, struct ap_mask b)
{
	for (int i = 0; i < 4; i++)
		a.w[i] &= ~b.w[i];
	return a;
}

bool mask_eq(const struct ap_mask *a, const struct ap_mask *b)
{
	return memcmp(a->w, b->w, sizeof(a->w)) == 0;
}

bool mask_empty(const struct ap_mask *m)
{
	return !(m->w[0] | m->w[1] | m->w[2] | m->w[3]);
}

unsigned mask_count(const struct ap_mask *m)
{
	int n = 0;

	for (int i = 0; i < 4; i++)
		n += __builtin_popcountll(m->w[i]);
	return (unsigned)n;
}

int mask_next(const struct ap_mask *m, int after)
{
	for (int id = after + 1; id < 256;) {
		uint64_t rest = m->w[id / 64] << (id % 64);

		if (rest)
			return id + __builtin_clzll(rest);
		id = (id / 64 + 1) * 64;
	}
	return -1;
}

bool mask_meets(const struct ap_mask *a, const struct ap_mask *b)
{
	struct ap_mask both = mask_and(*a, *b);

	return !mask_empty(&both);
}

char *mask_text(const struct ap_mask *m, char text[static MASK_TEXT])
{
	snprintf(text, MASK_TEXT, "0x%016llx%016llx%016llx%016llx", (unsigned long long)m->w[0],
		 (unsigned long long)m->w[1], (unsigned long long)m->w[2],
		 (unsigned long long)m->w[3]);
	return text;
}

static char *ranges(const struct ap_mask *m, const char *one, const char *many, char *text,
		    size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (int from = mask_next(m, -1); from >= 0 && len < size;) {
		int to = from;

		while (mask_has(m, (unsigned)to + 1))
			to++;
		len += (size_t)snprintf(text + len, size - len, to > from ? many : one,
					len ? "," : "", (unsigned)from, (unsigned)to);
		from = mask_next(m, to);
	}
	return text;
}

char *mask_ranges(const struct ap_mask *m, char *text, size_t size)
{
	return ranges(m, "%s%u", "%s%u-%u", text, size);
}

char *mask_shown(const struct ap_mask *m, bool domains, char *text, size_t size)
{
	return domains ? ranges(m, "%s%04x", "%s%04x-%04x", text, size)
		       : ranges(m, "%s%02x", "%s%02x-%02x", text, size);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* hex2bitmap() of the kernel: left aligned, what is missing is zero. */
static int parse_absolute(const char *s, struct ap_mask *m)
{
	struct ap_mask made = { 0 };
	unsigned n = 0;

	if (s[0] == '0' && s[1] == 'x')
		s++;
	if (s[0] == 'x')
		s++;
	for (; isxdigit((unsigned char)*s) && n < 64; s++, n++)
		made.w[n / 16] |= (uint64_t)hex_digit(*s) << (60 - n % 16 * 4);
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*m = made;
	return 0;
}

/*
 * simple_strtoul() in base 0, at most 255; *s is moved behind the digits. As the kernel's it wraps at 64 bits, so that a number far
 * too long may mean a small one.
 */
static int parse_number(const char **s, unsigned *ret)
{
	unsigned base = 10;
	uint64_t value = 0;
	const char *p = *s, *first;

	if (p[0] == '0' && tolower((unsigned char)p[1]) == 'x' && isxdigit((unsigned char)p[2])) {
		base = 16;
		p += 2;
	} else if (p[0] == '0') {
		base = 8;
	}
	for (first = p; isxdigit((unsigned char)*p) && hex_digit(*p) < (int)base; p++)
		value = value * base + (unsigned)hex_digit(*p);
	if (p == first || value > 255)
		return -EINVAL;
	*s = p;
	*ret = (unsigned)value;
	return 0;
}

/* modify_bitmap() of the kernel: +n, -n, +a-b; a comma or newline after each is optional. */
static int parse_relative(const char *s, struct ap_mask *m)
{
	struct ap_mask made = *m;

	while (*s) {
		bool on = *s == '+';
		unsigned from, to;

		if (*s != '+' && *s != '-')
			return -EINVAL;
		s++;
		if (parse_number(&s, &from) < 0)
			return -EINVAL;
		to = from;
		if (*s == '-' && (s++, parse_number(&s, &to) < 0))
			return -EINVAL;
		if (to < from)
			return -EINVAL;
		for (; from <= to; from++)
			mask_set(&made, from, on);
		while (*s == ',' || *s == '\n')
			s++;
	}
	*m = made;
	return 0;
}

int mask_parse(const char *text, struct ap_mask *m)
{
	return *text == '+' || *text == '-' ? parse_relative(text, m) : parse_absolute(text, m);
}
