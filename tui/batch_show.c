/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "story.h"
#include "views.h"

#include <errno.h>
#include <string.h>

/* Everything is one grid of two columns; a name that comes again is the same thing once more. */
static const struct field show_fields[] = { { "name", "", FIELD_TEXT },
					    { "value", "", FIELD_TEXT } };

static int put(struct grid *g, const char *name, const char *value)
{
	int r;

	if (!value || !*value)
		return 0;
	r = grid_add(g, name);
	return r < 0 ? r : grid_add(g, value);
}

static const struct view *view_of(enum bus bus)
{
	switch (bus) {
	case BUS_CSS:
		return &view_channel;
	case BUS_AP:
		return &view_ap;
	case BUS_PCI:
		return &view_pci;
	case BUS_MDEV:
		return &view_mdev;
	case BUS_CHP:
		return &view_chp;
	default:
		return NULL;
	}
}

/* A CCW device is shown as the subchannel it is behind: that is what is given away. */
static void to_subchannel(const struct session *s, struct devid *dev)
{
	const struct subch *subch;
	struct ccwid ccw;

	if (dev->bus != BUS_CCW || ccwid_parse(dev->name, &ccw) < 0)
		return;
	subch = inventory_subch_of(session_inventory(s), ccw);
	if (subch)
		*dev = devid_css(subch->id);
}

static int put_columns(const struct session *s, const struct devid *dev, struct grid *g)
{
	const struct view *v = view_of(dev->bus);
	int r = 0;

	for (size_t i = 0; v && i < v->n_columns && r == 0; i++) {
		CLEANUP(buf_done) struct buf text = { 0 };
		enum look look = LOOK_PLAIN;

		r = v->columns[i].cell(s, dev, &text, &look);
		if (r == 0 && !str_eq(buf_str(&text), "-"))
			r = put(g, v->columns[i].key, buf_str(&text));
	}
	return r;
}

static int put_uses(const struct session *s, const struct devid *dev, struct grid *g)
{
	struct devid devs[2];
	size_t n = row_devices(s, dev, devs);
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		size_t n_uses = 0;
		const struct use *u = inventory_uses(session_inventory(s), &devs[i], &n_uses);

		for (size_t k = 0; k < n_uses && r == 0; k++)
			r = put(g, u[k].grade == USE_NOTE ? "use" : "protected", u[k].text);
	}
	return r;
}

static int put_verdict(const struct session *s, const struct devid *dev, struct grid *g)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = verdict_in_words(s, dev, &text);

	return r < 0 || !text.len ? r : put(g, "can_be_given", buf_str(&text));
}

/* The number of a device that is a subchannel's as well: the device was meant, and this says so. */
static int put_also(const struct session *s, const char *name, struct grid *g)
{
	const struct inventory *inv = session_inventory(s);
	CLEANUP(buf_done) struct buf text = { 0 };
	const struct subch *dev, *sch;
	struct ccwid id;
	int r;

	if (ccwid_parse(name, &id) < 0)
		return 0;
	dev = inventory_subch_of(inv, id);
	sch = inventory_subch(inv, id);
	if (!dev || !sch || dev == sch)
		return 0;
	r = buf_printf(&text,
		       "css/%s is the subchannel of the same number, which has another "
		       "device",
		       devid_css(sch->id).name);
	return r < 0 ? r : put(g, "also", buf_str(&text));
}

/* What is beside the row: see story.h. */
static int put_story(struct session *s, const struct devid *dev, struct grid *g)
{
	struct story story;
	int r = story_read(s, dev, &story);

	for (int i = 0; i < STORY_PARTS && r == 0; i++) {
		const char *key =
			i == STORY_GIVING && story.back ? "giving_back" : story_parts[i].key;
		const char *line;

		buf_foreach_name (&story.lines[i], line)
			r = r < 0 ? r : put(g, key, line);
	}
	story_done(&story);
	return r;
}

/* The channel paths of a subchannel, or the subchannels of a path, and what the masks mean. */
static int put_paths(const struct session *s, const struct devid *dev, struct grid *g)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	const char *line;
	int r = paths_in_words(s, dev, &lines);

	buf_foreach_name (&lines, line)
		r = r < 0 ? r : put(g, strstr(line, "usable:") ? "path" : "path_masks", line);
	return r;
}

/* The functions that go with a PCI function, because one IOMMU group goes to one guest. */
static int put_peers(const struct session *s, const struct devid *dev, struct grid *g)
{
	const struct inventory *inv = session_inventory(s);
	const struct pci_fn *fn = NULL;
	struct pciid pci;
	int r = 0;

	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0)
		fn = inventory_pci(inv, pci);
	for (size_t i = 0; fn && fn->group >= 0 && i < inv->n_pcis && r == 0; i++) {
		const struct pci_fn *peer = inv->pcis[i];
		CLEANUP(buf_done) struct buf text = { 0 };
		struct devid id = devid_pci(peer->id);
		char what[128] = "";

		if (peer == fn || peer->group != fn->group)
			continue;
		inventory_what(inv, &id, what, sizeof(what));
		r = buf_printf(&text, "%s %s, %s", id.name, what,
			       peer->driver ? peer->driver : "unbound");
		if (r == 0)
			r = put(g, "group_peer", buf_str(&text));
	}
	return r;
}

static int put_findings(const struct session *s, const struct devid *dev, struct grid *g)
{
	const struct findings *f = session_findings(s);
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++) {
		const struct finding *x = &f->v[i];
		CLEANUP(buf_done) struct buf text = { 0 };

		if (!devid_eq(&x->dev, dev) && !devid_eq(&x->other, dev))
			continue;
		r = buf_printf(&text, "%s %s %s", x->msg.what, x->msg.why, x->msg.todo);
		if (r == 0)
			r = put(g, grade_name(x->grade), buf_str(&text));
	}
	return r;
}

static int put_attrs(const struct attr *attrs, size_t n, struct grid *g)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		CLEANUP(buf_done) struct buf text = { 0 };

		r = buf_printf(&text, "%s=%s", attrs[i].name, attrs[i].value);
		if (r == 0)
			r = put(g, "attribute", buf_str(&text));
	}
	return r;
}

static int put_matrix(const struct matrix *m, const char *what, struct grid *g)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char a[1024], d[1024], c[1024];
	int r = buf_printf(&text, "adapters %s; domains %s; control domains %s",
			   mask_shown(&m->adapters, false, a, sizeof(a)),
			   mask_shown(&m->domains, true, d, sizeof(d)),
			   mask_shown(&m->control, true, c, sizeof(c)));

	return r < 0 ? r : put(g, what, buf_str(&text));
}

/* Every definition of the uuid, wherever it is defined, and what runs. */
static int put_mdev(const struct session *s, const struct devid *dev, struct grid *g)
{
	const struct desired *d = session_desired(s);
	int r = 0;

	for (size_t i = 0; dev->bus == BUS_MDEV && i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct boot_mdev boot = { 0 };

		if (!str_eq(m->uuid, dev->name))
			continue;
		r = put(g, "definition",
			m->def		  ? m->def->path
			: m->defined_then ? "staged"
					  : "none");
		if (r == 0 && m->is_matrix && m->active_then)
			r = put_matrix(&m->ap->live_then, "assigned", g);
		if (r == 0 && m->is_matrix && m->mdev)
			r = put_matrix(m->mdev->guest, "guest_sees", g);
		if (r == 0)
			r = put_attrs(m->attrs_then, m->n_attrs_then, g);
		boot_mdev(d, m, &boot);
		if (r == 0)
			r = put(g, "boot", boot.why);
	}
	return r;
}

static int fill(struct session *s, const struct devid *dev, const char *name, struct grid *g)
{
	char text[256] = "";
	int r = put(g, "id", devid_text(dev, text));

	inventory_what(session_inventory(s), dev, text, sizeof(text));
	if (r == 0)
		r = put(g, "name", text);
	if (r == 0)
		r = put_also(s, name, g);
	if (r == 0)
		r = put_columns(s, dev, g);
	if (r == 0)
		r = put_paths(s, dev, g);
	if (r == 0)
		r = put_peers(s, dev, g);
	if (r == 0)
		r = put_mdev(s, dev, g);
	if (r == 0)
		r = put_verdict(s, dev, g);
	if (r == 0)
		r = put_uses(s, dev, g);
	if (r == 0)
		r = put_findings(s, dev, g);
	return r < 0 ? r : put_story(s, dev, g);
}

static void print_text(const struct grid *g, FILE *f)
{
	for (size_t row = 0; row < grid_rows(g); row++)
		fprintf(f, "%-14s %s\n", grid_cell(g, row, 0), grid_cell(g, row, 1));
}

/* Every name once, with the list of its values: a name that comes once today may come twice tomorrow. */
static void print_json(const struct grid *g, FILE *f)
{
	fputs("{\"vfiocfg-show\": 1, \"device\": {", f);
	for (size_t row = 0; row < grid_rows(g); row++) {
		size_t first = 0;

		while (!str_eq(grid_cell(g, first, 0), grid_cell(g, row, 0)))
			first++;
		if (first < row)
			continue;
		fputs(row ? ",\n  " : "\n  ", f);
		json_put_string(f, grid_cell(g, row, 0));
		fputs(": [ ", f);
		for (size_t k = row; k < grid_rows(g); k++) {
			if (!str_eq(grid_cell(g, k, 0), grid_cell(g, row, 0)))
				continue;
			fputs(k > row ? ", " : "", f);
			json_put_string(f, grid_cell(g, k, 1));
		}
		fputs(" ]", f);
	}
	fputs("\n}}\n", f);
}

int batch_show(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(grid_done)
	struct grid g = { .fields = show_fields, .n_fields = ARRAY_SIZE(show_fields) };
	struct devid dev;
	int r = batch_options(b, "format with", 1, 1, &o);

	if (r)
		return r;
	if (o.format != FORMAT_TABLE && o.format != FORMAT_JSON)
		return batch_usage(b, "a device is shown as table or json");
	r = batch_load(b, o.with);
	if (r == 0)
		r = batch_find(b, o.args[0], &dev);
	if (r)
		return r;
	to_subchannel(b->session, &dev);
	r = fill(b->session, &dev, o.args[0], &g);
	if (r < 0)
		return batch_failed(b, r, NULL);
	if (o.format == FORMAT_JSON)
		print_json(&g, b->out);
	else
		print_text(&g, b->out);
	return EXIT_OK;
}
