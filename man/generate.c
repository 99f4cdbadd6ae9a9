/* SPDX-License-Identifier: MIT */
/*
 * Fills a manual page's template with what the program itself knows: the columns of its views, its rules and its
 * words. A line "@COMMANDS@", "@COLUMNS@", "@RULES@" or "@ACTIONS@" of the template is replaced.
 */
#include "batch.h"
#include "keys.h"
#include "rules.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Text for a line of its own in mdoc(7): no macro at its start, no escapes by accident. */
static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void put_line(const char *text)
{
	put_text(text);
	putchar('\n');
}

/* A list item. Macro arguments that look like macros or have quotes are kept apart by \& and "". */
static void put_item(const char *macro, const char *name)
{
	printf(".It %s \"", macro);
	for (; *name; name++)
		if (*name == '"')
			fputs("\"\"", stdout);
		else
			printf("%c", *name);
	puts("\"");
}

static void put_commands(void)
{
	for (const struct batch_command *c = batch_commands; c->name; c++) {
		printf(".Nm\n.Op Ar options\n.Cm %s\n", c->name);
		put_line(c->args);
	}
}

static void put_view(const struct view *v)
{
	printf(".Ss Columns of %s\n.Bl -tag -width after_reboot -compact\n", v->word);
	for (size_t i = 0; i < v->n_columns; i++) {
		put_item("Cm", v->columns[i].key);
		put_line(v->columns[i].help);
	}
	puts(".El");
}

static void put_columns(void)
{
	put_view(&view_channel);
	put_view(&view_ap);
	put_view(&view_pci);
	put_view(&view_mdev);
	put_view(&view_chp);
}

static void put_rules(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (const struct rule *r = rules; r->name; r++) {
		put_item("Cm", r->name);
		put_line(r->about);
	}
	puts(".El");
}

/* "stage, space": a word with its keys. */
static void put_keys(const struct action *a)
{
	char text[8];

	for (size_t i = 0; i < ARRAY_SIZE(a->keys) && a->keys[i]; i++) {
		fputs(i ? ", " : " [", stdout);
		put_text(key_label(a->keys[i], text));
	}
	puts(a->keys[0] ? "]" : "");
}

static void put_actions(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (const struct action *a = actions; a->word; a++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		buf_printf(&name, "%s%s%s", a->word, *a->args ? " " : "", a->args);
		put_item("Ic", buf_str(&name));
		put_text(a->help);
		put_keys(a);
	}
	puts(".El");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *line;
		void (*put)(void);
	} parts[] = {
		{ "@COMMANDS@\n", put_commands },
		{ "@COLUMNS@\n", put_columns },
		{ "@RULES@\n", put_rules },
		{ "@ACTIONS@\n", put_actions },
	};
	char line[1024];
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;

	if (!f)
		return 1;
	while (fgets(line, sizeof(line), f)) {
		size_t i = 0;

		while (i < ARRAY_SIZE(parts) && strcmp(line, parts[i].line) != 0)
			i++;
		if (i < ARRAY_SIZE(parts))
			parts[i].put();
		else
			fputs(line, stdout);
	}
	fclose(f);
	return fflush(stdout) ? 1 : 0;
}
