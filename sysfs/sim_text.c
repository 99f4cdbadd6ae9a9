/* SPDX-License-Identifier: MIT */
#include "sim_text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* _parse_integer_fixup_radix(): 0x counts only before a digit, and then 0 means octal. */
static unsigned radix_of(const char **text)
{
	const char *s = *text;

	if (s[0] != '0')
		return 10;
	if (tolower((unsigned char)s[1]) != 'x' || !isxdigit((unsigned char)s[2]))
		return 8;
	*text = s + 2;
	return 16;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

/* Digits of a radix; *ret_over: they do not fit. Returns where they end. */
static const char *digits(const char *s, unsigned radix, unsigned long *ret, bool *ret_over)
{
	unsigned long value = 0;

	*ret_over = false;
	for (; digit_of(*s) < radix; s++) {
		unsigned long next;

		if (__builtin_mul_overflow(value, (unsigned long)radix, &next) ||
		    __builtin_add_overflow(next, (unsigned long)digit_of(*s), &next))
			*ret_over = true;
		value = value * radix + digit_of(*s);
	}
	*ret = value;
	return s;
}

int sim_kstrtoul(const char *text, unsigned long *ret)
{
	const char *s = text + (*text == '+'), *end;
	unsigned long value;
	unsigned radix = radix_of(&s);
	bool over;

	end = digits(s, radix, &value, &over);
	if (end == s)
		return -EINVAL;
	if (over)
		return -ERANGE;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

void sim_mask_put(struct sim_mask *m, unsigned bit, bool on)
{
	unsigned char b = (unsigned char)(0x80U >> (bit % 8));

	if (bit >= SIM_BITS)
		return;
	if (on)
		m->bytes[bit / 8] |= b;
	else
		m->bytes[bit / 8] &= (unsigned char)~b;
}

int sim_mask_hex(const char *text, struct sim_mask *ret)
{
	struct sim_mask m = { 0 };
	unsigned i = 0;

	if (text[0] == '0' && text[1] == 'x')
		text++;
	if (*text == 'x')
		text++;
	for (; isxdigit((unsigned char)*text) && i < SIM_BITS; text++, i += 4)
		for (unsigned n = 0; n < 4; n++)
			if (digit_of(*text) & (8U >> n))
				sim_mask_put(&m, i + n, true);
	if (*text == '\n')
		text++;
	if (*text)
		return -EINVAL;
	*ret = m;
	return 0;
}

/* simple_strtoul(): no sign, no blank, and it wraps. NULL: no digit. */
static const char *simple(const char *text, unsigned long *ret)
{
	const char *s = text, *end;
	unsigned radix = radix_of(&s);
	bool over;

	end = digits(s, radix, ret, &over);
	return end == s ? NULL : end;
}

/* modify_bitmap() */
static int modify(const char *s, struct sim_mask *m)
{
	while (*s) {
		char sign = *s++;
		unsigned long a, z;

		if (sign != '+' && sign != '-')
			return -EINVAL;
		s = simple(s, &a);
		if (!s || a >= SIM_BITS)
			return -EINVAL;
		z = a;
		if (*s == '-') {
			s = simple(s + 1, &z);
			if (!s || a > z || z >= SIM_BITS)
				return -EINVAL;
		}
		for (; a <= z; a++)
			sim_mask_put(m, (unsigned)a, sign == '+');
		while (*s == ',' || *s == '\n')
			s++;
	}
	return 0;
}

int sim_mask_parse(const char *text, struct sim_mask *mask)
{
	struct sim_mask m = *mask;
	int r;

	if (*text == '+' || *text == '-')
		r = modify(text, &m);
	else
		r = sim_mask_hex(text, &m);
	if (r == 0)
		*mask = m;
	return r;
}

void sim_mask_text(const struct sim_mask *m, char ret[static SIM_MASK_TEXT])
{
	memcpy(ret, "0x", 2);
	for (size_t i = 0; i < sizeof(m->bytes); i++)
		snprintf(ret + 2 + 2 * i, 3, "%02x", m->bytes[i]);
}

bool sim_mask_equal(const struct sim_mask *a, const struct sim_mask *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool sim_mask_empty(const struct sim_mask *m)
{
	return sim_mask_last(m) < 0;
}

bool sim_mask_full(const struct sim_mask *m)
{
	for (size_t i = 0; i < sizeof(m->bytes); i++)
		if (m->bytes[i] != 0xff)
			return false;
	return true;
}

struct sim_mask sim_mask_and(const struct sim_mask *a, const struct sim_mask *b)
{
	struct sim_mask m;

	for (size_t i = 0; i < sizeof(m.bytes); i++)
		m.bytes[i] = a->bytes[i] & b->bytes[i];
	return m;
}

struct sim_mask sim_mask_andnot(const struct sim_mask *a, const struct sim_mask *b)
{
	struct sim_mask m;

	for (size_t i = 0; i < sizeof(m.bytes); i++)
		m.bytes[i] = (unsigned char)(a->bytes[i] & ~b->bytes[i]);
	return m;
}

bool sim_mask_meets(const struct sim_mask *a, const struct sim_mask *b)
{
	struct sim_mask m = sim_mask_and(a, b);

	return !sim_mask_empty(&m);
}

int sim_mask_last(const struct sim_mask *m)
{
	for (int bit = SIM_BITS - 1; bit >= 0; bit--)
		if (sim_mask_get(m, (unsigned)bit))
			return bit;
	return -1;
}
