/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/*
 * A device number as the kernel's parse_busid() (drivers/s390/cio/blacklist.c) takes it: "0.0.2b09", "2b09",
 * "0x2b09". *s is moved behind it.
 */
static int busid(const char **s, struct ccwid *ret)
{
	unsigned long part[3] = { 0 };
	int n = 0;
	char *end;

	for (;; n++) {
		if (n == 3 || !isxdigit((unsigned char)**s))
			return -EINVAL;
		part[n] = strtoul(*s, &end, 16);
		*s = end;
		if (**s != '.')
			break;
		(*s)++;
	}
	if ((n != 0 && n != 2) || part[n] > 0xffff || (n == 2 && (part[0] != 0 || part[1] > 3)))
		return -EINVAL;
	ret->ssid = n == 2 ? (uint8_t)part[1] : 0;
	ret->no = (uint16_t)part[n];
	return 0;
}

static int add_range(struct ccw_range **ranges, size_t *n, struct ccw_range range)
{
	struct ccw_range *grown = reallocarray(*ranges, *n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	grown[(*n)++] = range;
	*ranges = grown;
	return 0;
}

/* 1 and *ret: a range; 0: a word without numbers (condev, ipldev: only the kernel knows them). */
static int read_word(const char *word, struct ccw_range *ret)
{
	*ret = (struct ccw_range){ .ignored = *word != '!' };
	word += *word == '!';
	if (!strcmp(word, "condev") || !strcmp(word, "ipldev"))
		return 0;
	if (!strcmp(word, "all")) {
		ret->to = (struct ccwid){ 3, 0xffff };
		return 1;
	}
	if (busid(&word, &ret->from) < 0)
		return -EINVAL;
	ret->to = ret->from;
	if (*word == '-') {
		word++;
		if (busid(&word, &ret->to) < 0)
			return -EINVAL;
	}
	return *word || ccwid_cmp(ret->from, ret->to) > 0 ? -EINVAL : 1;
}

int cio_ignore_parse(const char *words, struct ccw_range **ranges, size_t *n)
{
	int result = 0;

	while (*words) {
		size_t len = strcspn(words, ", \n\t");
		struct ccw_range range;
		char word[64];
		int r = 0;

		if (len && len < sizeof(word)) {
			memcpy(word, words, len);
			word[len] = '\0';
			r = read_word(word, &range);
		} else if (len) {
			r = -EINVAL;
		}
		if (r == 1)
			r = add_range(ranges, n, range);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
		words += len + (words[len] != '\0');
	}
	return result;
}
