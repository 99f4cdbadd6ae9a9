/* SPDX-License-Identifier: MIT */
/*
 * Every action of the table is carried out in each front end, in every place where it holds: on the full screen by its key, in
 * pages and in lines by its word. It does the same there, or is refused with the same message.
 */
#include "actions.h"
#include "check.h"
#include "matrix.h"
#include "screen.h"
#include "tree.h"
#include "sim_tree.h"
#include "wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum front { FULL, PANEL, LINES, FRONTS };

#define NEW_UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

/* What is typed behind words that do nothing alone. An action whose args begin with no bracket has a row here. */
static const struct {
	const char *word, *args;
	bool by_word; /* its key alone means something that differs from one time to the next */
} typed[] = {
	{ "find", "2b0c", false },	{ "only", "2b0", true },
	{ "goto", "2b0c", false },	{ "driver", "vfio_ccw 2b0c", false },
	{ "sriov", "2", false },	{ "module", "vfio_ap", false },
	{ "assign", "05 0004", false }, { "unassign", "14 -", false },
	{ "adapters", "05", false },	{ "domains", "0004", false },
	{ "control", "0042", false },	{ "save", "%s replace", false },
	{ "load", "%s", false },	{ "revert", "1", false },
	{ "size", "30x100", false },	{ "new", NEW_UUID, true },
	{ "blocks", "x", false },	{ "sort", "used", true },
	{ "mode", "override", true },
};

static struct tree saved_in; /* what the words save and blocks write */
/* Actions that did in some place what they are for. */
static bool works[256];

static int typed_for(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(typed); i++)
		if (!strcmp(typed[i].word, word))
			return (int)i;
	return -1;
}

/* -- what an action does -- */

static void add_dialogs(const struct app *a, struct buf *b)
{
	for (const struct dialog *d = a->dialog; d; d = d->below)
		buf_printf(b, "dialog %s\n", d->ops->name);
}

static void add_tables(const struct app *a, struct buf *b)
{
	for (int i = 0; i < P_COUNT; i++) {
		const struct table_state *t = &a->tables[i];

		struct devid at = { .name = "-" };

		if (t->cursor < t->n_rows)
			at = devs_at(&t->rows, t->cursor);
		if (t->view)
			buf_printf(b, "table %d: %s filter \"%s\" sort %d %d marked %zu left %zu\n",
				   i, at.name, t->filter, t->sort, t->sort_down, t->n_marked,
				   t->left);
	}
}

static void add_matrix(const struct matrix_state *m, struct buf *b)
{
	buf_printf(b, "matrix %s all %d time %d beside \"%s\" anchored %d at %d %d\n", m->uuid,
		   m->all, (int)m->time, m->beside, m->anchored, m->card, m->dom);
}

/* All that an action can change, but what only one front end has. */
static void state_of(const struct screen *s, struct buf *b)
{
	const struct app *a = s->app;
	CLEANUP(freep) char *wish = wish_to_json(session_wish(s->session));

	assert_non_null(wish);
	buf_reset(b);
	buf_printf(b, "place %d quit %d reach %d%d size %dx%d find \"%s\"\n", (int)a->place,
		   a->quit, a->reach.live, a->reach.persist, a->want_rows, a->want_cols, a->find);
	buf_printf(b, "message %d %d %s\n", a->msg.what ? (int)a->msg.id : -1, (int)a->msg_look,
		   a->msg.what ? a->msg.what : "");
	buf_printf(b, "undo %zu redo %zu\nwish %s\n", session_undo_depth(s->session),
		   session_redo_depth(s->session), wish);
	add_dialogs(a, b);
	add_tables(a, b);
	add_matrix(a->matrix, b);
	buf_printf(b, "overview %zu changes %zu\n", a->overview.cursor,
		   changes_sheet((struct app *)(uintptr_t)a)->cursor);
}

/* Names of keys and words differ, and how much a page holds. */
static const char *comparable(const struct buf *b, bool moves, struct buf *out)
{
	const char *text = buf_str(b), *next;

	buf_reset(out);
	for (; *text; text = next) {
		size_t n = strcspn(text, "\n");

		next = text + n + (text[n] == '\n');
		if (str_starts(text, "message"))
			n = strcspn(text + strlen("message 00"), " ") + strlen("message 00");
		if (!moves || !(str_starts(text, "table") || str_starts(text, "overview") ||
				str_starts(text, "changes")))
			buf_printf(out, "%.*s\n", (int)n, text);
	}
	return buf_str(out);
}

/* -- doing it -- */

struct situation {
	const char *word; /* NULL: all of the place */
	enum place place;
	const char *machine; /* NULL: lpar with an interrupted commit */
	const char *script;
	void (*make)(struct screen *s); /* after it; may be NULL */
};

/* Edits to undo and redo, a matrix to build, a row in the middle. */
#define MUCH                                                                                       \
	"\"stage 2b09; stage 2b0c; undo; mdevs; below; channel; only 2b; find 2b0d; select; "      \
	"crypto; below\""

static void other_hardware(struct screen *s)
{
	assert_int_equal(sim_put_file((struct sim *)(void *)s->sys, "/var/lib/vfiocfg/hardware",
				      0644, "css/0.0.0314 dev=0.0.2b08\n"),
			 0);
	assert_int_equal(session_rescan(s->session), 0);
}

static void left_behind(struct screen *s)
{
	assert_int_equal(session_leave(s->session), 0);
	assert_int_equal(session_clear(s->session), 0);
	app_refresh(s->app);
}

static void prepare(struct screen *s, const struct situation *at, enum front front)
{
	char go[2] = { (char)('1' + at->place), '\0' };

	if (at->machine)
		screen_open(s, at->machine, 24, 80);
	else
		screen_open_interrupted(s);
	s->app->opts.save_dir = saved_in.root;
	screen_keys(s, at->script);
	if (at->make)
		at->make(s);
	if (s->app->place != at->place)
		screen_keys(s, at->place == P_PATHS ? "\"chpids\"" : go);
	s->app->opts.paged = front != FULL;
	s->app->opts.lines = front == LINES;
	s->app->said_rows = app_table(s->app) ? (int)app_table(s->app)->page : 15;
	app_draw(s->app, &s->canvas);
}

static void press(struct screen *s, const char *text)
{
	for (; *text; text++)
		app_key(s->app, (unsigned char)*text);
	app_key(s->app, K_ENTER);
}

static void carry_out(struct screen *s, const struct action *x, enum front front, const char *file)
{
	int nth = typed_for(x->word);
	char args[128] = "", line[192];

	if (nth >= 0)
		snprintf(args, sizeof(args), typed[nth].args, file);
	snprintf(line, sizeof(line), "%s%s%s", x->word, *args ? " " : "", args);
	if (front != FULL) {
		app_line(s->app, line);
	} else if (!x->keys[0] || (nth >= 0 && typed[nth].by_word)) {
		app_key(s->app, ':');
		press(s, line);
	} else {
		app_key(s->app, x->keys[0]);
		if (nth >= 0 && s->app->line_open)
			press(s, args);
	}
	app_draw(s->app, &s->canvas);
}

/* The second line says why not, or what was done. */
static bool did(const struct buf *before, const struct buf *after)
{
	const char *a = strstr(buf_str(before), "\nmessage"),
		   *b = strstr(buf_str(after), "\nmessage");
	const char *ra = strstr(a + 1, "\n"), *rb = strstr(b + 1, "\n");
	int id, look;

	if (strcmp(ra, rb) != 0 || a - buf_str(before) != b - buf_str(after) ||
	    memcmp(buf_str(before), buf_str(after), (size_t)(a - buf_str(before))) != 0)
		return true;
	return sscanf(b, "\nmessage %d %d", &id, &look) == 2 && id >= 0 && look == LOOK_PLAIN;
}

static void forget_saved(void)
{
	static const char *const names[] = { "measurement", "measurement_chars",
					     "ext_measurement" };
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "/x.%s", names[i]);
		unlink(tree_path(&saved_in, name));
	}
}

static bool holds_in(const struct action *x, enum place place)
{
	const struct action *found = action_for_word(x->word, 1u << place);

	return (x->where == W_ANY || (x->where & (1u << place))) && found == x &&
	       (!x->keys[0] || action_for_key(x->keys[0], 1u << place) == x);
}

static void same_everywhere(const struct action *x, const struct situation *at, const char *file)
{
	CLEANUP(buf_done) struct buf before = { 0 };
	CLEANUP(buf_done) struct buf first = { 0 };
	bool moves = x->run == act_up || x->run == act_down || x->run == act_bottom;

	for (enum front front = FULL; front < FRONTS; front++) {
		CLEANUP(buf_done) struct buf after = { 0 };
		CLEANUP(buf_done) struct buf one = { 0 };
		CLEANUP(buf_done) struct buf other = { 0 };
		struct screen s;

		prepare(&s, at, front);
		state_of(&s, &before);
		carry_out(&s, x, front, file);
		state_of(&s, &after);
		screen_done(&s);
		forget_saved();
		if (did(&before, &after))
			works[x - actions] = true;
		if (front == FULL) {
			buf_adds(&first, buf_str(&after));
			continue;
		}
		if (strcmp(comparable(&first, moves, &one), comparable(&after, moves, &other)) != 0)
			fail_msg("in place %d the word %s does not do in front end %d\n%s\nwhat it "
				 "does on the "
				 "full screen:\n%s",
				 at->place, x->word, front, buf_str(&other), buf_str(&one));
	}
}

static void new_file(char *path, size_t size)
{
	tree_put(&saved_in, "/edits",
		 "{ \"vfiocfg-edits\": 1, \"drivers\": { \"css/0.0.0316\": \"vfio_ccw\" } }\n");
	snprintf(path, size, "%s", tree_path(&saved_in, "/edits"));
}

static void walk(enum place place)
{
	const struct situation at = { .place = place, .machine = "lpar", .script = MUCH };
	char file[64];
	size_t n = 0;

	new_file(file, sizeof(file));
	for (const struct action *x = actions; x->word; x++) {
		if (!holds_in(x, place))
			continue;
		if (x->run == act_command)
			continue; /* the line is always open where words are typed */
		same_everywhere(x, &at, file);
		n++;
	}
	unlink(file);
	assert_true(n > 30);
}

TEST(every_action_has_a_word_and_an_example_of_what_stands_behind_it)
{
	for (const struct action *x = actions; x->word; x++) {
		assert_true(strlen(x->word) > 1);
		for (const char *c = x->word; *c; c++)
			assert_true(*c >= 'a' && *c <= 'z');
		if (*x->args && *x->args != '[' && typed_for(x->word) < 0)
			fail_msg("the word %s has no example", x->word);
	}
}

/* What the machine lpar as `prepare` leaves it has no occasion for. */
static const struct situation situations[] = {
	{ "count", P_CHANNEL, "lpar", "\"channel; find 2b02\"" },
	{ "count", P_PATHS, "lpar", "" },
	{ "measure", P_CHANNEL, "lpar", "\"channel; find 2b02; count on\" C y e s enter enter" },
	{ "blocks", P_PATHS, "lpar",
	  "\"chpids; count on\" C y e s enter enter \"channel; chpids; find 0.50\"" },
	{ "all", P_MDEV, "lpar", "\"mdevs; only 2d5e\"" },
	{ "unstage", P_CHANNEL, "lpar", "\"channel; find 2b09; stage\"" },
	{ "sriov", P_PCI, "x86", "\"pci; find 3b:00.0\"" },
	{ "start", P_MDEV, "lpar", "\"mdevs; find 2d5e8a90; stop\"" },
	{ "define", P_MDEV, "lpar", "\"mdevs; find 2d5e8a90; undefine\"" },
	{ "accept", P_CHANNEL, "lpar", "\"channel; find 2b0a\"", other_hardware },
	{ "module", P_OVERVIEW, "empty", "" },
	{ "remedy", P_CHANGES, "lpar", "\"crypto; new " NEW_UUID "; assign 14 0004; changes\"" },
	{ "party", P_CHANGES, "lpar", "\"crypto; new " NEW_UUID "; assign 14 0004; changes\"" },
	{ "remedy", P_CRYPTO, "lpar", "\"crypto; new " NEW_UUID "; assign 14 0004\"" },
	{ "party", P_CRYPTO, "lpar", "\"crypto; new " NEW_UUID "; assign 14 0004\"" },
	{ "mode", P_CRYPTO, "lpar72", "\"crypto\"" },
	{ "resume", P_OVERVIEW, "lpar", "\"stage 2b09\"", left_behind },
	{ "revert", P_CHANGES, "lpar", "\"stage 2b09\" C y e s enter enter" },
	{ "recover", P_OVERVIEW, NULL, "" },
};

TEST(every_action_that_needs_a_situation_is_done_in_every_front_end)
{
	char file[64];

	new_file(file, sizeof(file));
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++)
		same_everywhere(action_for_word(situations[i].word, 1u << situations[i].place),
				&situations[i], file);
	unlink(file);
}

TEST(every_action_of_the_overview_is_done_in_every_front_end)
{
	walk(P_OVERVIEW);
}

TEST(every_action_of_channel_is_done_in_every_front_end)
{
	walk(P_CHANNEL);
}

TEST(every_action_of_the_matrix_is_done_in_every_front_end)
{
	walk(P_CRYPTO);
}

TEST(every_action_of_pci_is_done_in_every_front_end)
{
	walk(P_PCI);
}

TEST(every_action_of_mediated_is_done_in_every_front_end)
{
	walk(P_MDEV);
}

TEST(every_action_of_changes_is_done_in_every_front_end)
{
	walk(P_CHANGES);
}

TEST(every_action_of_the_channel_paths_is_done_in_every_front_end)
{
	walk(P_PATHS);
}

/* What is drawn or read again is no other where nothing moved. */
TEST(every_action_does_somewhere_what_it_is_for)
{
	static const char *const again[] = { "repaint", "refresh", "command" };

	for (const struct action *x = actions; x->word; x++) {
		bool may = false;

		assert_true((size_t)(x - actions) < ARRAY_SIZE(works));
		for (size_t i = 0; i < ARRAY_SIZE(again); i++)
			may = may || !strcmp(again[i], x->word);
		if (!works[x - actions] && !may)
			fail_msg("the word %s (%s) is refused wherever it was tried", x->word,
				 x->help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_action_has_a_word_and_an_example_of_what_stands_behind_it),
		CASE(every_action_of_the_overview_is_done_in_every_front_end),
		CASE(every_action_of_channel_is_done_in_every_front_end),
		CASE(every_action_of_the_matrix_is_done_in_every_front_end),
		CASE(every_action_of_pci_is_done_in_every_front_end),
		CASE(every_action_of_mediated_is_done_in_every_front_end),
		CASE(every_action_of_changes_is_done_in_every_front_end),
		CASE(every_action_of_the_channel_paths_is_done_in_every_front_end),
		CASE(every_action_that_needs_a_situation_is_done_in_every_front_end),
		CASE(every_action_does_somewhere_what_it_is_for),
	};

	int failed;

	saved_in = tree_new();
	failed = RUN(tests);
	tree_done(&saved_in);
	return failed;
}
