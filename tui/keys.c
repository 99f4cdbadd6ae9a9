/* SPDX-License-Identifier: MIT */
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Names of keys: for people (short, they stand in the footer) and for scripts. */
static const struct {
	uint32_t key;
	const char *shown, *script;
} names[] = {
	{ ' ', "Spc", "space" },
	{ K_UP, "Up", "up" },
	{ K_DOWN, "Down", "down" },
	{ K_LEFT, "Left", "left" },
	{ K_RIGHT, "Right", "right" },
	{ K_PGUP, "PgUp", "pgup" },
	{ K_PGDN, "PgDn", "pgdn" },
	{ K_HOME, "Home", "home" },
	{ K_END, "End", "end" },
	{ K_ENTER, "Enter", "enter" },
	{ K_TAB, "Tab", "tab" },
	{ K_BACKTAB, "S-Tab", "backtab" },
	{ K_BACKSPACE, "BkSp", "backspace" },
	{ K_DELETE, "Del", "delete" },
	{ K_ESC, "Esc", "esc" },
	{ K_RESIZE, "resize", "resize" },
	{ K_EVENT, "event", "event" },
};

const char *key_label(uint32_t key, char text[static 8])
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].key == key)
			return names[i].shown;
	if (key >= K_F1 && key <= K_F24)
		snprintf(text, 8, "F%u", (unsigned)(key - K_F1 + 1));
	else if (key < 0x20)
		snprintf(text, 8, "^%c", (int)key + '@');
	else if (key < 0x7f)
		snprintf(text, 8, "%c", (int)key);
	else
		snprintf(text, 8, "?");
	return text;
}

uint32_t key_from_name(const char *name)
{
	unsigned char c = (unsigned char)name[0];

	if (c >= 0x20 && c < 0x7f && !name[1])
		return c;
	if (c == '^' && name[1] >= '@' && name[1] <= '_' && !name[2])
		return (uint32_t)name[1] - '@';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].script, name))
			return names[i].key;
	if (c == 'F' && name[1] >= '1' && name[1] <= '9') {
		char *end;
		unsigned long n = strtoul(name + 1, &end, 10);

		if (!*end && n >= 1 && n <= 24)
			return K_F1 + (uint32_t)n - 1;
	}
	return K_NONE;
}

static bool holds(const struct action *a, unsigned where)
{
	return a->where == W_ANY || (a->where & where);
}

/* A binding of the place itself wins over one that holds everywhere. */
const struct action *action_for_key(uint32_t key, unsigned where)
{
	const struct action *found = NULL;

	for (const struct action *a = actions; a->word; a++) {
		if (!holds(a, where) || (found && a->where == W_ANY))
			continue;
		for (size_t i = 0; i < 4 && a->keys[i]; i++)
			if (a->keys[i] == key && (!found || found->where == W_ANY))
				found = a;
	}
	return found;
}

/* The binding of the place, else one that holds everywhere, else that of another place. */
static const struct action *named(const char *text, size_t n, unsigned where)
{
	const struct action *found = NULL;

	for (const struct action *a = actions; a->word; a++)
		if (strlen(a->word) == n && !strncmp(a->word, text, n) &&
		    (!found || (holds(a, where) && (a->where != W_ANY || !holds(found, where)))))
			found = a;
	return found;
}

static const char *in_sentence(uint32_t key, bool begins, char text[static 8])
{
	return key != ' ' ? key_label(key, text) : begins ? "Space" : "space";
}

static bool ends_sentence(const struct buf *b)
{
	return !b->len || b->data[b->len - 1] == '\n' || (b->len > 1 && b->data[b->len - 2] == '.');
}

/* "<for keys|for words>", n bytes between the brackets. */
static int one_of_two(const char *text, size_t n, bool typed, struct buf *ret)
{
	size_t first = strcspn(text, "|");

	return typed ? buf_add(ret, text + first + 1, n - first - 1) : buf_add(ret, text, first);
}

int key_names(const char *text, unsigned where, bool typed, struct buf *ret)
{
	int r = 0;

	while (*text && r == 0) {
		const char *open = strchrnul(text, '<');
		size_t n = *open ? strcspn(open + 1, ">") : 0;
		const struct action *a = *open ? named(open + 1, n, where) : NULL;
		bool two = *open && memchr(open + 1, '|', n);
		char name[8];

		r = buf_add(ret, text, (size_t)(open - text));
		text = open + (*open != '\0');
		if (r < 0 || !*open)
			continue;
		if (a || two)
			text += n + (text[n] != '\0');
		if (two)
			r = one_of_two(open + 1, n, typed, ret);
		else if (!a)
			r = buf_addc(ret, '<');
		else if (typed || !a->keys[0])
			r = buf_printf(ret, "\"%s\"", a->word);
		else
			r = buf_adds(ret, in_sentence(a->keys[0], ends_sentence(ret), name));
	}
	return r;
}

static const struct action *word_in(const char *word, unsigned where, bool rows)
{
	const struct action *found = NULL;
	size_t n = strlen(word);
	bool several = false;

	for (const struct action *a = actions; a->word && n; a++) {
		if (!holds(a, where) || (rows && !a->rows) || strncasecmp(a->word, word, n) != 0)
			continue;
		if (!a->word[n])
			return a;
		several = several || (found && strcmp(found->word, a->word) != 0);
		found = found ? found : a;
	}
	return several ? NULL : found;
}

/* A word of another place is fine as well: what it is done to is named behind it, or the action says what is missing. */
const struct action *action_for_word(const char *word, unsigned where)
{
	const struct action *found = word_in(word, where, false);

	return found ? found : word_in(word, W_VIEWS, false);
}

const struct action *action_for_rows(const char *word, unsigned where)
{
	return word_in(word, where, true);
}
