/* SPDX-License-Identifier: MIT */
/* What a capture never has: files that are there for keys, and values that look like passwords. */
#include "record.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const char *const record_never[] = {
	"/etc/shadow*",
	"/etc/gshadow*",
	"/etc/passwd*",
	"/etc/ssh/*",
	"/etc/ssl/*",
	"/etc/pki/*",
	"/etc/zkey*",
	"/etc/krb5*",
	"/etc/libvirt/secrets*",
	"/etc/NetworkManager/*",
	"/run/credentials/*",
	"/run/user/*",
	"/proc/*/environ",
	"/proc/*/mem",
	"/proc/*/auxv",
	"/proc/*/root*",
	"/proc/*/cwd/*",
	"/proc/kcore",
	"/proc/kmsg",
	"/proc/keys",
	"/proc/kallsyms",
	"/sys/kernel/debug/*",
	"/sys/kernel/security/*",
	"*/protected_key*",
	"*/pkey/*",
	"*.key",
	"*.pem",
	"*.p12",
	"/sys/*password*",
	"/sys/*secret*",
	NULL,
};

/* The length of a word at p after which a secret may follow; 0: none. */
static size_t keyword(const char *p, size_t left)
{
	static const char *const words[] = { "passphrase",  "password", "passwd", "pass",  "secret",
					     "private_key", "api_key",	"apikey", "token", "psk" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (n <= left && !strncasecmp(p, words[i], n))
			return n;
	}
	return 0;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* What is between the word and its value: "=", ": ", "='", ">". 0: no value follows. */
static size_t between(const char *p, size_t left)
{
	size_t n = 0;

	while (n < left && is_one_of(p[n], " \t\"'"))
		n++;
	if (n == left || !is_one_of(p[n], "=:>"))
		return 0;
	n++;
	while (n < left && is_one_of(p[n], " \t\"'"))
		n++;
	return n;
}

/* A value in quotes ends with them, another with a blank, a comma, ... */
static size_t value_len(const char *p, size_t left, char quote)
{
	size_t n = 0;

	while (n < left && p[n] && p[n] != '\n' && p[n] != '<' &&
	       (quote ? p[n] != quote
		      : !isspace((unsigned char)p[n]) && !is_one_of(p[n], ",;&\"'")))
		n++;
	return n;
}

/* "Speculative Store Bypass: Mitigation"; any other word may end in "pass". */
static bool is_bypass(const char *bytes, size_t len, size_t i)
{
	return i >= 2 && i + 4 <= len && !strncasecmp(bytes + i - 2, "bypass", 6);
}

/* A secret that begins somewhere behind p: where, and how long. 0: none of p's. */
static size_t after_keyword(const char *p, size_t left, size_t *ret_len)
{
	size_t word = keyword(p, left), gap = word ? between(p + word, left - word) : 0;
	char last;

	if (!gap)
		return 0;
	last = p[word + gap - 1];
	*ret_len =
		value_len(p + word + gap, left - word - gap, is_one_of(last, "\"'") ? last : '\0');
	return *ret_len ? word + gap : 0;
}

/* QEMU's "secret,id=sec0,data=...". */
static size_t after_secret(const char *p, size_t left, size_t *ret_len)
{
	static const char begin[] = "secret,", data[] = ",data=";
	const char *at;

	if (left < sizeof(begin) - 1 || strncmp(p, begin, sizeof(begin) - 1) != 0)
		return 0;
	at = memmem(p, MIN(left, strcspn(p, "\n")), data, sizeof(data) - 1);
	if (!at)
		return 0;
	at += sizeof(data) - 1;
	*ret_len = value_len(at, left - (size_t)(at - p), '\0');
	return *ret_len ? (size_t)(at - p) : 0;
}

/* "://user:password@host" */
static size_t after_user(const char *p, size_t left, size_t *ret_len)
{
	size_t n = 3, colon = 0;

	if (left < 3 || strncmp(p, "://", 3) != 0)
		return 0;
	for (; n < left && p[n] && !isspace((unsigned char)p[n]) && !is_one_of(p[n], "/@\"'<"); n++)
		if (p[n] == ':' && !colon)
			colon = n + 1;
	if (n == left || p[n] != '@' || !colon || colon == n)
		return 0;
	*ret_len = n - colon;
	return colon;
}

int record_clean(const char *bytes, size_t len, struct buf *ret, bool *ret_cleaned)
{
	size_t done = 0;
	int r = 0;

	*ret_cleaned = false;
	for (size_t i = 0; i < len && r == 0; i++) {
		size_t n = 0, at = 0;

		if (!is_bypass(bytes, len, i))
			at = after_keyword(bytes + i, len - i, &n);
		if (!at)
			at = after_secret(bytes + i, len - i, &n);
		if (!at)
			at = after_user(bytes + i, len - i, &n);
		if (!at)
			continue;
		*ret_cleaned = true;
		r = buf_add(ret, bytes + done, i + at - done);
		if (r == 0)
			r = buf_adds(ret, "***");
		done = i + at + n;
		i = done - 1;
	}
	return r < 0 ? r : buf_add(ret, bytes + done, len - done);
}
