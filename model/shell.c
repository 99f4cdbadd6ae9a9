/* SPDX-License-Identifier: MIT */
#include "shell.h"
#include "mem.h"
#include "msg.h"

#include <errno.h>
#include <string.h>

static bool is_plain(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_.,:+/=@%-")];
}

/* One character between single quotes; a terminal gets no byte that it might obey. */
static size_t put_quoted(FILE *f, const char *s)
{
	size_t n = *s == '\n' ? 1 : text_char(s);

	if (!n)
		fprintf(f, "'\"$(printf '\\%03o')\"'", (unsigned char)*s);
	else if (*s == '\'')
		fputs("'\\''", f);
	else
		fwrite(s, 1, n, f);
	return n ? n : 1;
}

void shell_put(FILE *f, const char *word)
{
	if (is_plain(word)) {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	while (*word)
		word += put_quoted(f, word);
	fputc('\'', f);
}

int shell_word(struct buf *b, const char *word)
{
	CLEANUP(freep) char *text = NULL;
	size_t size;
	FILE *f;

	if (is_plain(word))
		return buf_adds(b, word);
	f = open_memstream(&text, &size);
	if (!f)
		return -ENOMEM;
	shell_put(f, word);
	return fclose(f) == 0 && text ? buf_adds(b, text) : -ENOMEM;
}
