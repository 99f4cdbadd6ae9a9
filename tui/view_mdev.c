/* SPDX-License-Identifier: MIT */
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Mediated devices: active, defined, or only staged. */

const struct d_mdev *row_mdev(const struct session *s, const struct devid *row)
{
	size_t n;

	return row->bus == BUS_MDEV ? desired_mdevs_named(session_desired(s), row->name, &n) : NULL;
}

bool mdev_drifted(const struct d_mdev *m)
{
	return m->active_now && m->defined_now && m->is_matrix &&
	       !matrix_eq(&m->ap->live_now, &m->ap->def_now);
}

static const char *mdev_verb(const struct d_mdev *m)
{
	if (m->active_now != m->active_then)
		return m->active_then ? (m->defined_now ? "start" : "create")
				      : (m->defined_then ? "stop" : "delete");
	if (m->defined_now != m->defined_then)
		return m->defined_then ? "define" : "undefine";
	if (m->restart)
		return "restart";
	if (m->attrs_change ||
	    (m->is_matrix && m->active_then && !matrix_eq(&m->ap->live_now, &m->ap->live_then)))
		return "change";
	return NULL;
}

int mdev_wanted(const struct d_mdev *m, struct buf *ret)
{
	const char *verb = mdev_verb(m);
	bool start = m->defined_then && (!m->defined_now || m->start_now != m->start_then);
	int r = verb ? buf_adds(ret, verb) : 0;

	if (r < 0 || !start || (!m->defined_now && m->start_then == START_MANUAL))
		return r;
	return buf_printf(ret, "%s%s", verb ? "+" : "",
			  m->start_then == START_AUTO ? "auto" : "manual");
}

static int mdev_rows(const struct session *s, struct devs *ret, size_t *ret_n)
{
	const struct desired *d = session_desired(s);
	struct devid *rows = calloc(d->n_mdevs + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_mdevs; i++) {
		if (n && !strcmp(rows[n - 1].name, d->mdevs[i].uuid))
			continue; /* defined below several parents: one row, the details tell */
		rows[n].bus = BUS_MDEV;
		snprintf(rows[n++].name, sizeof(rows->name), "%s", d->mdevs[i].uuid);
	}
	*ret = (struct devs){ .v = rows };
	*ret_n = n;
	return 0;
}

static bool module_there(const struct inventory *inv, const char *name)
{
	const struct module_state *m = inventory_module(inv, name);

	return !m || m->loaded || m->available;
}

static int mdev_empty(const struct session *s, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);
	static const char *const modules[] = { "vfio_ap", "vfio_ccw", "mdev" };
	int r = buf_adds(ret, "No mediated device is active or defined");

	if (inv->n_parents)
		return r < 0 ? r
			     : buf_printf(ret, ". %zu device%s can have some.", inv->n_parents,
					  inv->n_parents == 1 ? "" : "s");
	if (r == 0)
		r = buf_adds(ret, ", and no device can have one:");
	for (size_t i = 0; i < ARRAY_SIZE(modules) && r == 0; i++) {
		const struct module_state *m = inventory_module(inv, modules[i]);

		if (m && !m->loaded && (inv->host.s390 || i == 2))
			r = buf_printf(ret, " the %s module is not %s;", modules[i],
				       m->available ? "loaded" : "part of this kernel");
	}
	/* The list of reasons ends here. */
	if (r == 0)
		ret->data[ret->len - 1] = '.';
	if (r == 0 && inv->has_subchs && module_there(inv, "vfio_ccw"))
		r = buf_adds(ret, " A subchannel bound to vfio_ccw can have one.");
	return r;
}

static int mdev_empty_keys(const struct session *s, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);
	const struct module_state *ap = inventory_module(inv, "vfio_ap");
	const struct module_state *ccw = inventory_module(inv, "vfio_ccw");
	bool load = inv->host.s390 && ((ap && !ap->loaded && ap->available) ||
				       (ccw && !ccw->loaded && ccw->available));
	int r = 0;

	if (inv->n_parents)
		return buf_adds(ret, " <new> makes one.");
	if (load)
		r = buf_adds(ret, " <module> stages loading a module.");
	if (r == 0 && inv->has_subchs)
		r = buf_adds(ret, " See <channel>, where devices are bound.");
	return r;
}

static int cell_uuid(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	(void)s;
	(void)look;
	return buf_adds(ret, row->name);
}

static int cell_parent(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);

	(void)look;
	return buf_adds(ret, m && m->parent ? m->parent : "");
}

static int cell_type(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);

	(void)look;
	return buf_adds(ret, m && m->type ? m->type : "");
}

/* "05,06 x 0004,00ab" */
static int add_matrix(const struct matrix *m, struct buf *ret)
{
	int r = 0;

	for (int i = mask_next(&m->adapters, -1), n = 0; i >= 0 && r == 0;
	     i = mask_next(&m->adapters, i))
		r = buf_printf(ret, "%s%02x", n++ ? "," : "", (unsigned)i);
	if (r == 0)
		r = buf_adds(ret, mask_empty(&m->adapters) ? "no adapter x " : " x ");
	for (int i = mask_next(&m->domains, -1), n = 0; i >= 0 && r == 0;
	     i = mask_next(&m->domains, i))
		r = buf_printf(ret, "%s%04x", n++ ? "," : "", (unsigned)i);
	return r == 0 && mask_empty(&m->domains) ? buf_adds(ret, "no domain") : r;
}

/* What a guest gets by it: the device behind the subchannel, the queues, the function's type. */
static int cell_gives(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);
	const struct inventory *inv = session_inventory(s);
	struct ccwid id;
	char what[80] = "";

	(void)look;
	if (!m)
		return 0;
	if (m->is_matrix)
		return add_matrix(m->active_then    ? &m->ap->live_then
				  : m->defined_then ? &m->ap->def_then
				  : m->active_now   ? &m->ap->live_now
						    : &m->ap->def_now,
				  ret);
	if (m->parent && ccwid_parse(m->parent, &id) == 0 && inventory_subch(inv, id)) {
		const struct subch *sch = inventory_subch(inv, id);
		struct devid dev = devid_css(id);

		inventory_what(inv, &dev, what, sizeof(what));
		return buf_printf(ret, "%s %s", sch->has_dev ? devid_ccw(sch->dev).name : "", what);
	}
	return buf_adds(ret, m->type ? m->type : "");
}

static int cell_now(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);

	if (!m)
		return buf_adds(ret, "-");
	if (mdev_drifted(m)) {
		*look = LOOK_WARN;
		return buf_adds(ret, "drifted");
	}
	if (m->active_now)
		*look = LOOK_GUEST;
	return buf_adds(ret, m->active_now ? "active" : m->defined_now ? "defined" : "-");
}

static int cell_start(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);

	(void)look;
	if (!m || !m->defined_now)
		return buf_adds(ret, "-");
	return buf_adds(ret, m->start_now == START_AUTO ? "auto" : "manual");
}

static int cell_mdev_wanted(const struct session *s, const struct devid *row, struct buf *ret,
			    enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);
	size_t before = ret->len;
	int r = m ? mdev_wanted(m, ret) : 0;

	if (r == 0 && ret->len == before)
		return buf_adds(ret, "-");
	*look = LOOK_STAGED;
	return r;
}

static int cell_mdev_after(const struct session *s, const struct devid *row, struct buf *ret,
			   enum look *look)
{
	static const char *const words[] = { "not active", "active", "uncertain" };
	const struct d_mdev *m = row_mdev(s, row);
	struct boot_mdev boot = { 0 };

	if (!m)
		return buf_adds(ret, "-");
	boot_mdev(session_desired(s), m, &boot);
	if (boot.active == BOOT_UNCERTAIN || (boot.active == BOOT_YES) != m->active_then)
		*look = LOOK_WARN;
	else if ((boot.active == BOOT_YES) != m->active_now)
		*look = LOOK_STAGED;
	return buf_adds(ret, words[boot.active <= BOOT_UNCERTAIN ? boot.active : BOOT_UNCERTAIN]);
}

static int cell_mdev_why(const struct session *s, const struct devid *row, struct buf *ret,
			 enum look *look)
{
	const struct d_mdev *m = row_mdev(s, row);
	struct boot_mdev boot = { 0 };

	(void)look;
	if (m)
		boot_mdev(session_desired(s), m, &boot);
	return buf_adds(ret, boot.why ? boot.why : "");
}

static int cell_mdev_used(const struct session *s, const struct devid *row, struct buf *ret,
			  enum look *look)
{
	const struct inventory *inv = session_inventory(s);
	size_t n = 0;
	const struct use *uses = inventory_uses(inv, row, &n);
	int r = n ? 0 : buf_adds(ret, inv->host.lacks_uses ? "not known" : "free");

	(void)look;
	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_printf(ret, "%s%s", i ? ", " : "", uses[i].who);
	return r;
}

static int mdev_detail(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct d_mdev *m = row_mdev(s, row);
	CLEANUP(buf_done) struct buf gives = { 0 };
	CLEANUP(buf_done) struct buf wanted = { 0 };
	struct boot_mdev boot = { 0 };
	enum look look = LOOK_PLAIN;
	bool blocked;
	int r;

	if (!m)
		return 0;
	boot_mdev(session_desired(s), m, &boot);
	r = cell_gives(s, row, &gives, &look);
	if (r == 0)
		r = buf_printf(ret, "%s  %s on %s", row->name, m->type ? m->type : "type not known",
			       m->parent ? m->parent : "no parent");
	if (r == 0)
		r = detail_blockers(s, row, ret);
	if (r == 0)
		r = mdev_wanted(m, &wanted);
	/* The lines are few: what is staged comes before what columns have as well, once there are three. */
	blocked = strchr(buf_str(ret), '\n');
	if (r == 0 && !blocked)
		r = buf_printf(ret, "\ngives the guest: %s; after a reboot: %s", buf_str(&gives),
			       boot.why ? boot.why : "-");
	if (r == 0 && wanted.len)
		r = buf_printf(ret, "\nstaged: %s", buf_str(&wanted));
	else if (r == 0 && mdev_drifted(m))
		r = buf_adds(ret, "\ndrifted: it runs with other queues than its definition says");
	return r;
}

static const struct column columns[] = {
	{ .key = "uuid",
	  .title = "UUID",
	  .said = "",
	  .min = 9,
	  .max = 36,
	  .grow = 9,
	  .cell = cell_uuid,
	  .brief = true,
	  .help = "the mediated device" },
	{ .key = "parent",
	  .title = "Parent",
	  .said = "on",
	  .min = 12,
	  .keep = 1,
	  .cell = cell_parent,
	  .brief = true,
	  .help = "the device it is made of" },
	{ .key = "type",
	  .title = "Type",
	  .min = 19,
	  .keep = 5,
	  .cell = cell_type,
	  .brief = true,
	  .help = "mediated device type" },
	{ .key = "gives",
	  .title = "Gives",
	  .min = 16,
	  .grow = 4,
	  .keep = 4,
	  .cell = cell_gives,
	  .help = "what a guest gets by it" },
	{ .key = "state",
	  .title = "Now",
	  .said = "",
	  .min = 8,
	  .cell = cell_now,
	  .brief = true,
	  .help = "active, defined (not active), drifted (active, but not as defined)" },
	{ .key = "start",
	  .title = "Start",
	  .said = "start",
	  .min = 6,
	  .keep = 2,
	  .cell = cell_start,
	  .brief = true,
	  .help = "of the definition: auto or manual" },
	{ .key = "wanted",
	  .title = "Wanted",
	  .said = "wanted",
	  .min = 13,
	  .cell = cell_mdev_wanted,
	  .help = "what is staged" },
	{ .key = "after_reboot",
	  .title = "After reboot",
	  .said = "at boot",
	  .min = 12,
	  .cell = cell_mdev_after,
	  .help = "active after the next boot, staged edits included?" },
	{ .key = "after_why",
	  .title = "Because of",
	  .min = 12,
	  .grow = 2,
	  .keep = 6,
	  .cell = cell_mdev_why,
	  .help = "what decides that" },
	{ .key = "used_by",
	  .title = "Used by",
	  .said = "used by",
	  .min = 10,
	  .max = 24,
	  .grow = 2,
	  .cell = cell_mdev_used,
	  .help = "the guest that has it" },
};

const struct view view_mdev = {
	.name = "mdev",
	.title = "Mediated",
	.word = "mdevs",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.rows = mdev_rows,
	.empty = mdev_empty,
	.empty_keys = mdev_empty_keys,
	.detail = mdev_detail,
};
