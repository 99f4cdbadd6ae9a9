/* SPDX-License-Identifier: MIT */
#include "tty.h"

#include <stdio.h>
#include <string.h>

/* What follows ESC. A 3270's PF keys are the Linux console's; the rest is what people have who try --mode panel elsewhere. */
static const struct {
	const char *bytes;
	uint32_t key;
} sequences[] = {
	{ "[[A", K_F1 },   { "[[B", K_F2 },   { "[[C", K_F3 },	 { "[[D", K_F4 },
	{ "[[E", K_F5 },   { "[11~", K_F1 },  { "[12~", K_F2 },	 { "[13~", K_F3 },
	{ "[14~", K_F4 },  { "[15~", K_F5 },  { "[17~", K_F6 },	 { "[18~", K_F7 },
	{ "[19~", K_F8 },  { "[20~", K_F9 },  { "[21~", K_F10 }, { "[23~", K_F11 },
	{ "[24~", K_F12 }, { "[25~", K_F13 }, { "[26~", K_F14 }, { "[28~", K_F15 },
	{ "[29~", K_F16 }, { "[31~", K_F17 }, { "[32~", K_F18 }, { "[33~", K_F19 },
	{ "[34~", K_F20 }, { "OP", K_F1 },    { "OQ", K_F2 },	 { "OR", K_F3 },
	{ "OS", K_F4 },	   { "[5~", K_PGUP }, { "[6~", K_PGDN }, { "[A", K_UP },
	{ "[B", K_DOWN },  { "[C", K_RIGHT }, { "[D", K_LEFT },	 { "[H", K_HOME },
	{ "[F", K_END },   { "OA", K_UP },    { "OB", K_DOWN },	 { "OC", K_RIGHT },
	{ "OD", K_LEFT },
};

/* A sequence nobody knows is swallowed whole: its letters are nothing that was typed. */
static size_t unknown(const char *bytes, size_t n)
{
	size_t i = 2;

	if (n < 2)
		return 0;
	if (bytes[1] != '[' && bytes[1] != 'O')
		return 1;
	while (i < n && bytes[i] >= 0x20 && bytes[i] < 0x40)
		i++;
	return i < n ? i + 1 : i > 16 ? i : 0;
}

size_t tty_decode(const char *bytes, size_t n, uint32_t *ret_key)
{
	if (!n)
		return 0;
	*ret_key = (unsigned char)bytes[0];
	if (bytes[0] != '\033')
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		size_t len = strlen(sequences[i].bytes);

		if (strncmp(sequences[i].bytes, bytes + 1, MIN(len, n - 1)) != 0)
			continue;
		if (n - 1 < len)
			return 0;
		*ret_key = sequences[i].key;
		return len + 1;
	}
	*ret_key = K_NONE;
	return unknown(bytes, n);
}

static size_t follows(const unsigned char *s) /* bytes that continue a UTF-8 character */
{
	size_t want = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc2 ? 1 : 0, n = 0;

	while (n < want && (s[n + 1] & 0xc0) == 0x80)
		n++;
	return n == want ? want : 0;
}

void tty_brackets(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s; s++) {
		if (*s == 0xdd)
			*s = '[';
		else if (*s == 0xa8)
			*s = ']';
		else
			s += follows(s);
	}
}
