/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/*
 * A field of `list`: one of those that every kind of row has and whose values are for programs, or a column of a
 * view. People get the view's own text wherever it has such a column.
 */
const struct field batch_common[BATCH_COMMON] = {
	{ "kind", "Kind", FIELD_TEXT },	      { "id", "Id", FIELD_TEXT },
	{ "name", "Name", FIELD_TEXT },	      { "bound", "Bound now", FIELD_TEXT },
	{ "wanted", "Wanted", FIELD_TEXT },   { "after_reboot", "After reboot", FIELD_TEXT },
	{ "used_by", "Used by", FIELD_LIST }, { "blocked", "Blocked", FIELD_TEXT },
};

struct listing {
	const struct view *view;
	struct field *fields; /* owned: the common ones, then the view's others */
	int *column;	      /* owned: per field its column in the view, -1 none */
	size_t n;
};

static void listing_done(struct listing *l)
{
	free(l->fields);
	free(l->column);
}

static int listing_init(struct listing *l, const struct view *view)
{
	size_t max = BATCH_COMMON + view->n_columns;

	l->view = view;
	l->n = BATCH_COMMON;
	l->fields = calloc(max, sizeof(*l->fields));
	l->column = calloc(max, sizeof(*l->column));
	if (!l->fields || !l->column)
		return -ENOMEM;
	memcpy(l->fields, batch_common, sizeof(batch_common));
	for (size_t i = 0; i < BATCH_COMMON; i++)
		l->column[i] = -1;
	for (size_t i = 0; i < view->n_columns; i++) {
		const struct column *c = &view->columns[i];
		size_t k = 0;

		while (k < BATCH_COMMON && !str_eq(batch_common[k].key, c->key))
			k++;
		if (k == BATCH_COMMON) {
			l->fields[l->n] = (struct field){ c->key, c->title,
							  c->right ? FIELD_NUMBER : FIELD_TEXT };
			k = l->n++;
		}
		l->column[k] = (int)i;
	}
	return 0;
}

static const char *kind_of(const struct devid *dev)
{
	switch (dev->bus) {
	case BUS_CSS:
		return "subchannel";
	case BUS_AP:
		return str_starts(dev->name, "card") ? "ap-card" : "ap-queue";
	case BUS_PCI:
		return "pci";
	case BUS_MDEV:
		return "mdev";
	case BUS_CHP:
		return "channel-path";
	default:
		return bus_name(dev->bus);
	}
}

/* Everybody who uses a device, and who uses the CCW device behind a subchannel. */
static int add_users(const struct session *s, const struct devid *dev, const struct facts *f,
		     struct grid *g)
{
	const struct inventory *inv = session_inventory(s);
	CLEANUP(buf_done) struct buf names = { 0 };
	const struct subch *subch = NULL;
	struct devid devs[2] = { *dev };
	struct ccwid ccw;
	int r = 0;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &ccw) == 0)
		subch = inventory_subch(inv, ccw);
	if (subch && subch->has_dev)
		devs[1] = devid_ccw(subch->dev);
	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;
		const struct use *u = devs[i].bus ? inventory_uses(inv, &devs[i], &n) : NULL;

		for (size_t k = 0; k < n && r == 0; k++)
			r = buf_add_name(&names, u[k].who);
	}
	if (r == 0 && names.len == 0 && f->used_by[0])
		r = buf_add_name(&names, f->used_by);
	return r < 0 ? r : grid_add_list(g, &names);
}

/* A card is the bus's own: its driver stays whoever has its queues, so only they have the other facts. */
static void card_facts(const struct session *s, const struct devid *dev, struct facts *ret)
{
	char *end;
	unsigned long id = strtoul(dev->name + strlen("card"), &end, 16);
	const struct ap_card *card =
		id < 256 && !*end ? inventory_card(session_inventory(s), (uint8_t)id) : NULL;

	*ret = (struct facts){ .after_sure = BOOT_YES };
	ret->bound = ret->after = card && card->driver ? card->driver : "";
}

static int add_common(const struct session *s, const struct devid *dev, size_t i, struct grid *g)
{
	char text[256] = "";
	struct facts f;

	if (i < 3)
		f = (struct facts){ 0 }; /* they need none */
	else if (dev->bus == BUS_AP && str_starts(dev->name, "card"))
		card_facts(s, dev, &f);
	else
		session_facts(s, dev, &f);
	switch (i) {
	case 0:
		return grid_add(g, kind_of(dev));
	case 1:
		return grid_add(g, devid_text(dev, text));
	case 2:
		inventory_what(session_inventory(s), dev, text, sizeof(text));
		return grid_add(g, text);
	case 3:
		return grid_add(g, f.bound);
	case 4:
		return grid_add(g, f.wanted);
	case 5:
		return grid_add(g, f.after_sure == BOOT_UNCERTAIN ? "uncertain" : f.after);
	case 6:
		return add_users(s, dev, &f, g);
	default:
		return grid_add(g, f.blocked[0] ? f.blocked : NULL);
	}
}

/* The dash that tells people there is nothing is nothing for programs. text: room that cells share. */
static int add_column(const struct session *s, const struct devid *dev, const struct column *c,
		      bool people, struct buf *text, struct grid *g)
{
	enum look look = LOOK_PLAIN;
	int r;

	buf_reset(text);
	r = c->cell(s, dev, text, &look);
	return r < 0 ? r
		     : grid_add(g, !people && str_eq(buf_str(text), "-") ? NULL : buf_str(text));
}

/* people: the view's words where it has some. */
static int add_field(const struct session *s, const struct devid *dev, const struct listing *l,
		     size_t i, bool people, struct buf *text, struct grid *g)
{
	if (l->column[i] >= 0 && (people || i >= BATCH_COMMON))
		return add_column(s, dev, &l->view->columns[l->column[i]], people, text, g);
	return add_common(s, dev, i, g);
}

/* -- which columns -- */

enum { NO_FIELD = -1 };

struct choice {
	char *names;	      /* of --columns, cut into words; owned */
	int *index;	      /* into the listing's fields, or NO_FIELD; owned */
	struct field *fields; /* the chosen ones; owned */
	size_t n;
};

static void choice_done(struct choice *c)
{
	free(c->names);
	free(c->index);
	free(c->fields);
}

static int find_field(const struct listing *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->fields[i].key, key))
			return (int)i;
	return NO_FIELD;
}

static void choose(struct choice *c, const struct listing *l, size_t i)
{
	c->fields[c->n] = l->fields[i];
	c->index[c->n++] = (int)i;
}

/* Without --columns: for people what the screen shows, for programs everything; of mixed kinds what all have. */
static void choose_default(struct choice *c, const struct listing *l, enum format format,
			   bool mixed)
{
	if (format == FORMAT_TABLE)
		for (size_t k = 0; k < l->view->n_columns; k++)
			for (size_t i = 0; i < l->n; i++)
				if (l->column[i] == (int)k && !l->view->columns[k].batch_only)
					choose(c, l, i);
	for (size_t i = 0; i < l->n && format != FORMAT_TABLE; i++)
		if (i < BATCH_COMMON || !(mixed && format == FORMAT_CSV))
			choose(c, l, i);
}

/* A column that other kinds have and this one hasn't is there and without values. */
static void choose_named(struct choice *c, const struct listing *l)
{
	char *rest = c->names, *key;

	while ((key = strsep(&rest, ","))) {
		int i = find_field(l, key);

		if (i != NO_FIELD)
			choose(c, l, (size_t)i);
		else if (*key) {
			c->fields[c->n] = (struct field){ key, key, FIELD_TEXT };
			c->index[c->n++] = NO_FIELD;
		}
	}
}

static int choice_init(struct choice *c, const struct listing *l, const struct batch_opts *o,
		       bool mixed)
{
	size_t max = o->columns ? strlen(o->columns) + 1 : MAX(l->n, (size_t)1);

	c->index = calloc(max, sizeof(*c->index));
	c->fields = calloc(max, sizeof(*c->fields));
	c->names = strdup(o->columns ? o->columns : "");
	if (!c->index || !c->fields || !c->names)
		return -ENOMEM;
	if (o->columns)
		choose_named(c, l);
	else
		choose_default(c, l, o->format, mixed);
	return 0;
}

static bool has_field(const struct listing *l, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (find_field(&l[i], key) != NO_FIELD)
			return true;
	return false;
}

/* key: as much of it as is the name. */
static int no_column(struct batch *b, const struct listing *l, size_t n, const char *key)
{
	CLEANUP(buf_done) struct buf names = { 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < l[i].n; k++)
			if (!has_field(l, i, l[i].fields[k].key))
				buf_printf(&names, "%s%s", names.len ? ", " : "",
					   l[i].fields[k].key);
	key += *key == '!';
	return batch_usage(b, "there is no column \"%.*s\", but %s", (int)strcspn(key, "=~"), key,
			   buf_str(&names));
}

/* Every column asked for is one of some kind of row. 0 or an exit code. */
static int check_columns(struct batch *b, const struct listing *l, size_t n, const char *columns)
{
	CLEANUP(freep) char *names = strdup(columns);
	char *rest = names, *key;

	while (names && (key = strsep(&rest, ",")))
		if (!has_field(l, n, key))
			return no_column(b, l, n, key);
	return names ? 0 : batch_failed(b, -ENOMEM, NULL);
}

/* The filter makes sense for some kind of row. 0 or an exit code. */
static int check_filter(struct batch *b, const struct listing *l, size_t n, const char *expr)
{
	int r = -ENOENT;

	for (size_t i = 0; i < n && r == -ENOENT; i++) {
		CLEANUP(filter_freep) struct filter *f = NULL;
		CLEANUP(freep) char *term = NULL;

		r = filter_new(expr, l[i].fields, l[i].n, &f, &term);
		if (r == -EINVAL)
			return batch_usage(b, "\"%s\" is not a regular expression",
					   term ? term : "?");
		if (r == -ENOENT && i == n - 1)
			return no_column(b, l, n, term ? term : "?");
	}
	return r < 0 ? batch_failed(b, r, NULL) : 0;
}

/* -- rows -- */

/* The row as programs see it, for the filter alone. */
static int matches(const struct session *s, const struct devid *dev, const struct listing *l,
		   const struct filter *f)
{
	CLEANUP(grid_done) struct grid g = { .fields = l->fields, .n_fields = l->n };
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = 0;

	if (!f)
		return 1;
	for (size_t i = 0; i < l->n && r == 0; i++)
		r = add_field(s, dev, l, i, false, &text, &g);
	return r < 0 ? r : filter_match(f, &g, 0);
}

static int add_row(struct batch *b, const struct devid *dev, const struct listing *l,
		   const struct choice *c, const struct batch_opts *o, struct grid *g)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = 0;

	for (size_t i = 0; i < c->n && r == 0; i++)
		r = c->index[i] == NO_FIELD ? grid_add(g, NULL)
					    : add_field(b->session, dev, l, (size_t)c->index[i],
							o->format == FORMAT_TABLE, &text, g);
	return r;
}

/* Why is a table empty? Said on stderr, so that the output stays what it is. */
static void say_empty(struct batch *b, const struct view *view, size_t n_rows)
{
	CLEANUP(buf_done) struct buf why = { 0 };
	CLEANUP(freep) char *safe = NULL;

	if (n_rows > 0)
		buf_printf(&why, "%s: none of %zu rows passes the filter.", view->title, n_rows);
	else
		view->empty(b->session, &why);
	safe = text_safe(buf_str(&why));
	fflush(b->out);
	fprintf(b->err, "vfiocfg: %s\n", safe ? safe : "");
}

/* What was printed before, when several views follow each other. */
struct printed {
	bool mixed;	 /* more than one view */
	bool first_json; /* no JSON row yet */
	bool head;	 /* a CSV header is out */
	bool any;
};

enum { ROWS_AT_ONCE = 512 };

/*
 * The rows of a view, made and written in parts: there can be a quarter of a million. The columns of a table are as wide as their
 * widest cell, so that the rows of a long one are made twice.
 */
struct parts {
	struct grid grid;
	int *width; /* owned; NULL: the table is no long one */
	bool measuring;
	bool begun; /* some rows are out */
};

static void parts_done(struct parts *p)
{
	grid_done(&p->grid);
	free(p->width);
}

static int print_part(struct batch *b, const struct view *view, enum format format, struct parts *p,
		      struct printed *done)
{
	struct grid_look look = batch_look(b);

	if (format == FORMAT_JSON)
		return grid_write_json(&p->grid, &done->first_json, b->out);
	if (format == FORMAT_TABLE && grid_rows(&p->grid) == 0)
		return 0;
	if (format == FORMAT_TABLE && done->mixed && !p->begun)
		fprintf(b->out, "%s%s\n", done->any ? "\n" : "", view->title);
	look.no_head = format == FORMAT_CSV ? done->head : p->begun;
	look.least = p->width;
	done->head = done->any = p->begun = true;
	return grid_write(&p->grid, format, &look, b->out);
}

static int end_part(struct batch *b, const struct view *view, enum format format, struct parts *p,
		    struct printed *done)
{
	int r = p->measuring ? grid_measure(&p->grid, p->width)
			     : print_part(b, view, format, p, done);

	grid_done(&p->grid);
	return r;
}

/* Once through the rows. Leaves those which pass the filter; f NULL: all do. */
static int each_row(struct batch *b, const struct listing *l, const struct choice *c,
		    const struct filter *f, const struct batch_opts *o, struct printed *done,
		    struct devs *rows, size_t *n, struct parts *p)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < *n && r >= 0; i++) {
		struct devid row = devs_at(rows, i);

		r = matches(b->session, &row, l, f);
		if (r <= 0)
			continue;
		devs_move(rows, kept++, i, 1);
		r = add_row(b, &row, l, c, o, &p->grid);
		if (r == 0 && grid_rows(&p->grid) >= ROWS_AT_ONCE)
			r = end_part(b, l->view, o->format, p, done);
	}
	*n = kept;
	return r < 0 ? r : end_part(b, l->view, o->format, p, done);
}

static int print_rows(struct batch *b, const struct listing *l, const struct choice *c,
		      const struct filter *f, const struct batch_opts *o, struct printed *done)
{
	CLEANUP(parts_done) struct parts p = { .grid = { .fields = c->fields, .n_fields = c->n } };
	CLEANUP(devs_done) struct devs rows = { 0 };
	size_t n = 0, all;
	int r = l->view->rows(b->session, &rows, &n);

	all = n;
	if (r == 0 && o->format == FORMAT_TABLE && n > ROWS_AT_ONCE) {
		p.width = calloc(MAX(c->n, 1U), sizeof(*p.width));
		p.measuring = true;
		r = p.width ? each_row(b, l, c, f, o, done, &rows, &n, &p) : -ENOMEM;
		p.measuring = false;
		f = NULL; /* who is left has passed */
	}
	if (r == 0)
		r = each_row(b, l, c, f, o, done, &rows, &n, &p);
	if (r == 0 && n == 0 && o->format == FORMAT_TABLE)
		say_empty(b, l->view, all);
	return r;
}

static int list_view(struct batch *b, const struct listing *l, const struct batch_opts *o,
		     struct printed *done)
{
	CLEANUP(choice_done) struct choice c = { 0 };
	CLEANUP(filter_freep) struct filter *f = NULL;
	CLEANUP(freep) char *term = NULL;
	int r = o->filter ? filter_new(o->filter, l->fields, l->n, &f, &term) : 0;

	/* A filter by a column that only others have leaves none of these. */
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = choice_init(&c, l, o, done->mixed);
	return r < 0 ? r : print_rows(b, l, &c, f, o, done);
}

static int list_all(struct batch *b, const struct listing *l, size_t n, const struct batch_opts *o)
{
	struct printed done = { .mixed = n > 1, .first_json = true };
	int r = 0;

	if (o->format == FORMAT_JSON)
		batch_json_open(b, "list", "items");
	for (size_t i = 0; i < n && r == 0; i++)
		r = list_view(b, &l[i], o, &done);
	if (o->format == FORMAT_JSON)
		batch_json_close(b);
	return r < 0 ? batch_failed(b, r, NULL) : 0;
}

static int check_and_list(struct batch *b, const struct listing *l, size_t n,
			  const struct batch_opts *o)
{
	int r = o->columns ? check_columns(b, l, n, o->columns) : 0;

	if (r == 0 && o->filter)
		r = check_filter(b, l, n, o->filter);
	if (r == 0)
		r = batch_load(b, o->with);
	return r ? r : list_all(b, l, n, o);
}

enum { VIEWS_MAX = 4 };

static int list_views(struct batch *b, const struct view *const *views, size_t n,
		      const struct batch_opts *o)
{
	struct listing l[VIEWS_MAX] = { 0 };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = listing_init(&l[i], views[i]);
	r = r < 0 ? batch_failed(b, r, NULL) : check_and_list(b, l, n, o);
	for (size_t i = 0; i < n; i++)
		listing_done(&l[i]);
	return r;
}

int batch_list(struct batch *b)
{
	static const struct view *const all[VIEWS_MAX] = { &view_channel, &view_ap, &view_pci,
							   &view_mdev };
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	const struct view *one;
	int r = batch_options(b, "format columns filter with", 0, 1, &o);

	if (r)
		return r;
	if (o.n_args == 0 || str_eq(o.args[0], "all"))
		return list_views(b, all, ARRAY_SIZE(all), &o);
	one = view_for_word(o.args[0]);
	if (!one)
		return batch_usage(b, "there is no list of \"%s\"", o.args[0]);
	return list_views(b, &one, 1, &o);
}

/* Is the column, n long, one of a view which needs to know little of each row? */
static bool is_brief(const struct view *view, const char *key, size_t n)
{
	for (size_t i = 0; i < view->n_columns; i++)
		if (strlen(view->columns[i].key) == n && !memcmp(view->columns[i].key, key, n))
			return view->columns[i].brief;
	return false;
}

/* SCOPE_BRIEF, where that is enough for the columns asked for; a filter looks at all there are. */
static unsigned how_much(const struct view *view, int argc, char **argv)
{
	static const char option[] = "--columns";
	const char *keys = NULL;

	for (int i = 2; i < argc; i++)
		if (str_starts(argv[i], "--columns="))
			keys = argv[i] + sizeof(option);
		else if (str_eq(argv[i], option) && i + 1 < argc)
			keys = argv[++i];
		else if (str_eq(argv[i], "--format"))
			i++;
		else if (!str_starts(argv[i], "--format="))
			return 0;
	while (keys && *keys) {
		size_t n = strcspn(keys, ",");

		if (!is_brief(view, keys, n))
			return 0;
		keys += n + (keys[n] == ',');
	}
	return keys ? SCOPE_BRIEF : 0;
}

/* Edits from a file can be about any device: then everything is looked at. */
unsigned batch_scope(int argc, char **argv)
{
	static const struct {
		const struct view *view;
		unsigned scope;
	} scopes[] = {
		{ &view_channel, SCOPE_CSS },
		{ &view_ap, SCOPE_AP },
		{ &view_pci, SCOPE_PCI },
		{ &view_mdev, SCOPE_MDEV },
		{ &view_chp, SCOPE_CSS | SCOPE_PATHS },
	};
	const struct view *view =
		argc > 1 && str_eq(argv[0], "list") ? view_for_word(argv[1]) : NULL;

	for (int i = 2; i < argc; i++)
		if (str_starts(argv[i], "--w"))
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		if (view && view == scopes[i].view)
			return scopes[i].scope | how_much(view, argc, argv);
	return argc > 0 && str_eq(argv[0], "list") ? SCOPE_LISTED : 0;
}
