/* SPDX-License-Identifier: MIT */
/* Linked into the program with --wrap=setlocale, the first call that could be misled by what was left in the environment: shows it. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

char *__real_setlocale(int category, const char *locale);
char *__wrap_setlocale(int category, const char *locale);

char *__wrap_setlocale(int category, const char *locale)
{
	for (char **e = environ; *e; e++)
		fprintf(stderr, "left: %s\n", *e);
	return __real_setlocale(category, locale);
}
