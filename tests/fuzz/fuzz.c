/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

void fuzz_broken(const char *file, int line, const char *promise)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
	abort();
}

char *fuzz_string(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	MUST(s);
	if (size)
		memcpy(s, data, size);
	s[size] = '\0';
	return s;
}

char *fuzz_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
	size_t n = end ? (size_t)(end - *data) : *size;
	char *line = fuzz_string(*data, n);

	n += end != NULL;
	*data += n;
	*size -= n;
	return line;
}

/* Not text_safe's own decoder, which is on trial here. */
static size_t shown_len(const unsigned char *s, size_t left)
{
	static const unsigned char lead[] = { 0xc2, 0xe0, 0xf0, 0xf5 };
	size_t n = 1;

	if (s[0] < 0x80)
		return s[0] == '\n' || (s[0] >= 0x20 && s[0] != 0x7f);
	while (n < 4 && s[0] >= lead[n - 1])
		n++;
	if (n == 1 || s[0] >= lead[3] || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : n; /* C1 controls */
}

void fuzz_harmless(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		bool line_end = len - i > 1 && text[i] == '\r' && text[i + 1] == '\n'; /* CSV */
		size_t n = line_end ? 2 : shown_len((const unsigned char *)text + i, len - i);

		for (size_t k = n ? i : i - MIN(i, 60U); k < i; k++)
			fprintf(stderr, " %02x", (unsigned char)text[k]);
		MUST(n > 0 && "only harmless text reaches the terminal");
		i += n;
	}
}

void fuzz_harmless_msg(const struct msg *m)
{
	const char *const parts[] = { m->what, m->why, m->todo };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i])
			fuzz_harmless(parts[i], strlen(parts[i]));
}

bool fuzz_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return sys_path_ok(path) && !strncmp(path, dir, n) && path[n] == '/' && path[n + 1];
}
