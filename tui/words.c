/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is typed at ===>: words of the table of actions, several with ';', and names of rows behind them. */

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

/* What people type by habit, where the beginning of a word would not be unique. */
static const char *in_full(const char *word)
{
	static const struct {
		const char *typed, *word;
	} habits[] = {
		{ "1", "overview" }, { "2", "channel" }, { "3", "crypto" },	{ "4", "pci" },
		{ "5", "mdevs" },    { "6", "changes" }, { "s", "stage" },	{ "q", "end" },
		{ "?", "help" },     { "/", "find" },	 { "list", "repaint" }, { "quit", "end" },
		{ "exit", "end" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(habits); i++)
		if (!strcasecmp(habits[i].typed, word))
			return habits[i].word;
	return word;
}

/* false: stop here, what follows was meant for after this. */
static bool run_word(struct app *a, char *text)
{
	size_t n = *text == '/' ? 1 : strcspn(text, " \t");
	char *args = trim(text + n);
	const struct action *action;
	struct msg why = { 0 };
	char word[32];

	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	action = n < sizeof(word) ? action_for_word(in_full(word), app_where(a)) : NULL;
	if (!action) {
		app_say_id(a, LOOK_WARN, MSG_UNKNOWN_WORD, word);
		return false;
	}
	if (app_blocked(a, action, args, &why)) {
		app_say(a, LOOK_WARN, &why);
		return false;
	}
	action->run(a, args);
	return a->msg_look == LOOK_PLAIN;
}

/* Every dialog is looked through and left by the same words; what else is typed is its own affair. */
static bool dialog_word(struct app *a, const char *text)
{
	static const struct {
		const char *word;
		uint32_t key;
		bool moves; /* no answer to anything */
	} keys[] = {
		{ "up", K_PGUP, true },	       { "down", K_PGDN, true },
		{ "top", K_HOME, true },       { "bottom", K_END, true },
		{ "repaint", K_CTRL_L, true }, { "list", K_CTRL_L, true },
		{ "end", K_F3, false },	       { "q", K_F3, false },
		{ "quit", K_F3, false },       { "exit", K_F3, false },
		{ "cancel", K_F12, false },
	};
	struct dialog *d = a->dialog;
	uint32_t key = K_NONE;
	bool moves = false;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcasecmp(keys[i].word, text)) {
			key = keys[i].key;
			moves = keys[i].moves;
		}
	if (!moves && strncasecmp(text, "size ", 5) == 0) {
		action_for_word("size", W_VIEWS)->run(a, text + 5);
		return true;
	}
	if (*text == '?' || !strcasecmp(text, "help") || !strncasecmp(text, "help ", 5)) {
		text += *text == '?' ? 1 : 4;
		app_help(a, text + strspn(text, " "));
		return true;
	}
	if (!moves && d->ops->line && d->ops->line(d, a, text))
		return true;
	if (key)
		d->ops->key(d, a, key);
	return key;
}

/*
 * Cuts off what stands before the next ';', or NULL at the end. Between quotation marks it separates nothing, nor
 * behind a backslash, which takes a quotation mark and itself as they are, too.
 */
static char *next_part(char **rest, bool *quoted)
{
	char *part = *rest, *from = part, *to = part;

	if (!part)
		return NULL;
	for (; *from && (*quoted || *from != ';'); from++)
		if (*from == '\\' && from[1] && strchr(";\"\\", from[1]))
			*to++ = *++from;
		else if (*from == '"')
			*quoted = !*quoted;
		else
			*to++ = *from;
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return part;
}

/* Of a line that is not whole nothing is done. */
static bool is_whole(struct app *a, const char *text, size_t room)
{
	CLEANUP(freep) char *copy = strdup(text);
	char *rest = copy;
	bool quoted = false;

	while (next_part(&rest, &quoted))
		;
	if (strlen(text) >= room)
		app_say_id(a, LOOK_WARN, MSG_LINE_TOO_LONG, NULL);
	else if (quoted)
		app_say_id(a, LOOK_WARN, MSG_QUOTE_OPEN, NULL);
	return strlen(text) < room && !quoted;
}

void app_line(struct app *a, const char *text)
{
	char line[256], *rest = line, *part;
	bool quoted = false;

	msg_done(&a->msg); /* what an earlier line led to must not stop this one */
	a->msg_look = LOOK_PLAIN;
	if (!is_whole(a, text, sizeof(line)))
		return;
	strcpy(line, text);
	while ((part = next_part(&rest, &quoted))) {
		part = trim(part);
		if (!*part)
			continue;
		if (a->dialog) {
			if (dialog_word(a, part))
				continue;
			app_say_no_answer(a, part);
			return;
		}
		if (strlen(part) > 1 && rows_line(a, part)) {
			if (a->msg_look != LOOK_PLAIN)
				return;
		} else if (!run_word(a, part)) {
			return;
		}
	}
}

/* A CCW device has its subchannel's row. */
static void to_row(const struct inventory *inv, struct devid *dev)
{
	struct ccwid id;
	const struct subch *sch;

	if (dev->bus != BUS_CCW || ccwid_parse(dev->name, &id) < 0)
		return;
	sch = inventory_subch_of(inv, id);
	if (sch)
		*dev = devid_css(sch->id);
}

/* Unless it is among the first `known`. */
static int add_target(struct devid **devs, size_t *n, size_t *cap, const struct devid *dev,
		      size_t known)
{
	for (size_t i = 0; i < known; i++)
		if (devid_eq(&(*devs)[i], dev))
			return 0;
	if (array_grow(devs, *n, cap, sizeof(**devs)) < 0)
		return -ENOMEM;
	(*devs)[(*n)++] = *dev;
	return 0;
}

static bool is_range(const char *word)
{
	const char *dash = strchr(word, '-');
	struct ccwid from, to;
	char first[24];

	if (!dash || (size_t)(dash - word) >= sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - word), word);
	return ccwid_parse(first, &from) == 0 && ccwid_parse(dash + 1, &to) == 0;
}

/* A word names one device, or with a range every row of this place that is in it. */
static int add_word(struct app *a, const char *word, struct devid **devs, size_t *n, size_t *cap,
		    struct msg *reterr)
{
	const struct inventory *inv = session_inventory(a->session);
	struct table_state *t = app_table(a);
	CLEANUP(buf_done) struct buf names = { 0 };
	struct found found = { 0 };
	size_t before = *n;
	int r;

	if (is_range(word)) {
		for (size_t i = 0; t && i < t->n_rows; i++) {
			struct devid row = devs_at(&t->rows, i);

			if (view_match(t->view, a->session, &row, word) &&
			    add_target(devs, n, cap, &row, before) < 0)
				return -ENOMEM;
		}
		r = *n > before ? 0 : -ENOENT;
	} else {
		r = session_find(a->session, word, &found);
		if (r == 0) {
			to_row(inv, &found.v[0]);
			return add_target(devs, n, cap, &found.v[0], before);
		}
	}
	if (r == -EEXIST && session_found_text(a->session, &found, &names) == 0)
		msg_make(reterr, MSG_AMBIGUOUS, "what", word, "candidates", buf_str(&names), NULL);
	else if (r < 0)
		msg_make(reterr, MSG_NOT_A_ROW, "what", word, NULL);
	return r < 0 ? -ENOENT : 0;
}

/* A device that exists in the edits only has a row, too. */
static bool staged_mdev(const struct app *a, const char *word, struct devid *ret)
{
	const struct desired *d = session_desired(a->session);
	size_t n = strlen(word), hits = 0;

	for (size_t i = 0; i < d->n_mdevs && n >= 4; i++)
		if (!strncasecmp(d->mdevs[i].uuid, word, n)) {
			*ret = (struct devid){ .bus = BUS_MDEV };
			snprintf(ret->name, sizeof(ret->name), "%s", d->mdevs[i].uuid);
			hits++;
		}
	return hits == 1;
}

/* "2b09,2b0a" are two devices; "5,171" is a queue, where there is that one and no device 5. */
static char *next_name(const struct app *a, char **rest)
{
	struct found found;
	size_t first, all;
	bool one;

	if (!*rest)
		return NULL;
	first = strcspn(*rest, " ,\t");
	all = strcspn(*rest, " \t");
	if (first < all) {
		char end = (*rest)[all];

		(*rest)[all] = '\0';
		one = session_find(a->session, *rest, &found) == 0;
		(*rest)[all] = end;
		(*rest)[first] = '\0';
		one = one && session_find(a->session, *rest, &found) == -ENOENT;
		(*rest)[first] = ',';
		if (one)
			return strsep(rest, " \t");
	}
	return strsep(rest, " ,\t");
}

int app_targets(struct app *a, const char *args, struct devid **ret, size_t *ret_n,
		struct msg *reterr)
{
	CLEANUP(freep) struct devid *devs = NULL;
	CLEANUP(freep) char *copy = strdup(args);
	struct table_state *t = app_table(a);
	size_t n = 0, cap = 0;
	char *rest = copy, *word;
	struct devid dev;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = next_name(a, &rest))) {
		if (!*word)
			continue;
		r = staged_mdev(a, word, &dev) ? add_target(&devs, &n, &cap, &dev, n)
					       : add_word(a, word, &devs, &n, &cap, reterr);
	}
	for (size_t i = 0; r == 0 && !*args && t && i < t->n_marked; i++)
		r = add_target(&devs, &n, &cap, &t->marked[i], 0);
	if (r == 0 && !n && app_current(a, &dev))
		r = add_target(&devs, &n, &cap, &dev, 0);
	if (r == 0 && !n) {
		msg_make(reterr, MSG_NO_ROW, NULL);
		r = -ENOENT;
	}
	if (r < 0)
		return r;
	*ret = TAKE(devs);
	*ret_n = n;
	return 0;
}
