/* SPDX-License-Identifier: MIT */
/* Which rows the words of a filter hold of, and in which a text is found. */
#include "kin.h"
#include "views.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FILTER_MAX = 128 };

struct word {
	enum { WORD_TEXT, WORD_RANGE, WORD_STATE } kind;
	bool not_;
	const char *text; /* in lower case */
	int only;	  /* the column that is meant; -1 any */
	struct ccwid from, to;
};

struct words {
	char text[FILTER_MAX];
	struct word v[FILTER_MAX / 2];
	size_t n;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* word is in lower case */
static bool has(const char *text, const char *word)
{
	for (;; text++) {
		size_t i = 0;

		while (word[i] && lower(text[i]) == word[i])
			i++;
		if (!word[i])
			return true;
		if (!*text)
			return false;
	}
}

/* -- words -- */

/* "0.0.2b00-0.0.2b0f": device or subchannel numbers. */
static bool parse_range(const char *text, struct word *ret)
{
	const char *dash = strchr(text, '-');
	char first[24];

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	return ccwid_parse(first, &ret->from) == 0 && ccwid_parse(dash + 1, &ret->to) == 0;
}

static bool is_state(const char *text)
{
	static const char *const states[] = { "staged", "guests", "host", "blocked" };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(text, states[i]))
			return true;
	return false;
}

static struct word parse_word(const struct view *v, const char *text)
{
	const char *eq = strchr(text, '=');
	struct word w = { .kind = WORD_TEXT, .text = text, .only = -1 };
	char key[32];

	if (parse_range(text, &w)) {
		w.kind = WORD_RANGE;
	} else if (is_state(text)) {
		w.kind = WORD_STATE;
	} else if (eq && eq > text) {
		snprintf(key, sizeof(key), "%.*s", (int)(eq - text), text);
		w.only = view_column(v, key);
		w.text = w.only >= 0 ? eq + 1 : text;
	}
	return w;
}

static void take_text(struct words *w, const char *text)
{
	snprintf(w->text, sizeof(w->text), "%s", text);
	for (char *c = w->text; *c; c++)
		*c = lower(*c);
}

static void parse(const struct view *v, const char *filter, struct words *ret)
{
	char *rest = ret->text, *word;

	ret->n = 0;
	take_text(ret, filter);
	while ((word = strsep(&rest, " "))) {
		bool not_ = word[0] == '!';

		if (!word[not_])
			continue;
		ret->v[ret->n] = parse_word(v, word + not_);
		ret->v[ret->n++].not_ = not_;
	}
}

/* Does b hold of no row of which a does not? */
static bool word_narrows(const struct word *a, const struct word *b)
{
	if (a->kind != b->kind || a->not_ != b->not_ || a->only != b->only)
		return false;
	return !strcmp(a->text, b->text) ||
	       (a->kind == WORD_TEXT && !a->not_ && strstr(b->text, a->text));
}

bool view_narrows(const struct view *v, const char *from, const char *to)
{
	struct words a, b;
	size_t i = 0;

	parse(v, from, &a);
	parse(v, to, &b);
	while (i < a.n && i < b.n && word_narrows(&a.v[i], &b.v[i]))
		i++;
	return i == a.n;
}

/* -- one row -- */

static bool in_range(const struct session *s, const struct devid *row, const struct word *w)
{
	const struct subch *sch;
	struct ccwid id;

	if (row->bus != BUS_CSS || ccwid_parse(row->name, &id) < 0)
		return false;
	sch = inventory_subch(session_inventory(s), id);
	if (sch && sch->has_dev && ccwid_cmp(sch->dev, w->from) >= 0 &&
	    ccwid_cmp(sch->dev, w->to) <= 0)
		return true;
	return ccwid_cmp(id, w->from) >= 0 && ccwid_cmp(id, w->to) <= 0;
}

static bool is_staged(const struct session *s, const struct devid *row, const struct d_mdev *m)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	enum look look = LOOK_PLAIN;

	if (m)
		return mdev_wanted(m, &b) == 0 && b.len;
	if (cell_wanted(s, row, &b, &look) == 0 && look == LOOK_STAGED)
		return true;
	buf_reset(&b);
	return add_staged_mdevs(s, row, &b) == 0 && b.len;
}

static bool in_state(const struct session *s, const struct devid *row, const char *state)
{
	const struct d_mdev *m = row_mdev(s, row);
	const char *guest = rules_guest_driver(session_inventory(s), row);
	struct facts f;
	bool guests;

	session_facts(s, row, &f);
	guests = m ? m->active_now : guest && f.bound && str_eq(f.bound, guest);
	switch (state[0]) {
	case 'b':
		return f.blocked[0] != '\0';
	case 'g':
		return guests;
	case 'h':
		return !m && !guests && f.bound && *f.bound;
	default:
		return is_staged(s, row, m);
	}
}

enum { OWN = 1, EXTRA = 2, OTHER = 4, ALL = 7 };

static int sort_of(const struct column *col)
{
	return col->own ? OWN : col->extra ? EXTRA : OTHER;
}

static bool in_cells(const struct view *v, const struct session *s, const struct devid *row,
		     const struct word *w, int sorts, struct buf *b)
{
	for (size_t i = 0; i < v->n_columns; i++) {
		enum look look = LOOK_PLAIN;

		if ((w->only >= 0 && (int)i != w->only) || !(sort_of(&v->columns[i]) & sorts))
			continue;
		buf_reset(b);
		if (v->columns[i].cell(s, row, b, &look) == 0 && has(buf_str(b), w->text))
			return true;
	}
	return false;
}

/* Does a word, apart from its "!", hold of a row? */
static bool holds(const struct view *v, const struct session *s, const struct devid *row,
		  const struct word *w, struct buf *b)
{
	switch (w->kind) {
	case WORD_RANGE:
		return in_range(s, row, w);
	case WORD_STATE:
		return in_state(s, row, w->text);
	default:
		return in_cells(v, s, row, w, ALL, b);
	}
}

/* -- rows of a kind -- */

/* The nth word, asked of the kind once for all of it as far as all of it are alike. */
static bool holds_of_kind(const struct view *v, const struct session *s, const struct devid *row,
			  const struct words *words, size_t nth, struct kind *kind,
			  const struct kin *kin, struct buf *b)
{
	const struct word *w = &words->v[nth];
	uint64_t bit = (uint64_t)1 << nth;
	bool own = w->only >= 0 && v->columns[w->only].own;

	if (w->kind == WORD_RANGE || (w->kind == WORD_STATE && kin->singled) || own)
		return holds(v, s, row, w, b);
	if (!(kind->known & bit)) {
		bool so = w->kind == WORD_STATE
				  ? holds(v, s, row, w, b)
				  : in_cells(v, s, row, w, kin->singled ? OTHER : OTHER | EXTRA, b);

		kind->known |= bit;
		kind->so |= so ? bit : 0;
	}
	if (kind->so & bit || w->kind == WORD_STATE)
		return kind->so & bit;
	return (w->only < 0 && strstr(kin->own, w->text)) ||
	       (kin->singled && in_cells(v, s, row, w, EXTRA, b));
}

static bool match(const struct view *v, const struct session *s, const struct devid *row,
		  const struct words *words, struct kinds *kinds, struct buf *b)
{
	struct kin kin;
	struct kind *kind = kinds ? kinds_of(kinds, v, s, row, &kin) : NULL;

	for (size_t i = 0; i < words->n; i++) {
		bool so = kind ? holds_of_kind(v, s, row, words, i, kind, &kin, b)
			       : holds(v, s, row, &words->v[i], b);

		if (so == words->v[i].not_)
			return false;
	}
	return true;
}

bool view_match(const struct view *v, const struct session *s, const struct devid *row,
		const char *filter)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct words words;

	parse(v, filter, &words);
	return match(v, s, row, &words, NULL, &b);
}

size_t view_filter(const struct view *v, const struct session *s, const char *filter,
		   struct devs *rows, size_t n)
{
	CLEANUP(kinds_freep) struct kinds *kinds = kinds_new();
	CLEANUP(buf_done) struct buf b = { 0 };
	struct words words;
	size_t kept = 0;

	parse(v, filter, &words);
	for (size_t i = 0; i < n; i++) {
		struct devid row = devs_at(rows, i);

		if (match(v, s, &row, &words, kinds, &b))
			devs_move(rows, kept++, i, 1);
	}
	return kept;
}

bool view_find(const struct view *v, const struct session *s, const char *text,
	       const struct devs *rows, size_t n, size_t from, size_t *ret)
{
	CLEANUP(kinds_freep) struct kinds *kinds = kinds_new();
	CLEANUP(buf_done) struct buf b = { 0 };
	struct words words = { .n = 1,
			       .v = { { .kind = WORD_TEXT, .text = words.text, .only = -1 } } };

	take_text(&words, text);
	for (size_t i = 1; i <= n; i++) {
		size_t at = (from + i) % n;
		struct devid row = devs_at(rows, at);

		if (match(v, s, &row, &words, kinds, &b)) {
			*ret = at;
			return true;
		}
	}
	return false;
}
