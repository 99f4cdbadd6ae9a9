/* SPDX-License-Identifier: MIT */
#include "views.h"
#include "names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Channel paths, and the paths of one subchannel in words. */

static const struct chp *chp_of(const struct session *s, const struct devid *row)
{
	uint8_t id;

	if (row->bus != BUS_CHP || chpid_parse(row->name, &id) < 0)
		return NULL;
	return inventory_chp(session_inventory(s), id);
}

static int chp_rows(const struct session *s, struct devs *ret, size_t *ret_n)
{
	const struct inventory *inv = session_inventory(s);
	struct devid *rows = calloc(inv->n_chps ? inv->n_chps : 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < inv->n_chps; i++)
		rows[i] = devid_chp(inv->chps[i].id);
	*ret = (struct devs){ .v = rows };
	*ret_n = inv->n_chps;
	return 0;
}

static int chp_empty(const struct session *s, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);

	if (!inv->has_css)
		return buf_adds(ret, "No channel paths: only IBM Z has a channel subsystem, and "
				     "this machine shows none.");
	return buf_adds(ret, "No channel paths: the kernel shows a channel subsystem without any.");
}

static int cell_chpid(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	(void)s;
	(void)look;
	return buf_adds(ret, row->name);
}

static const char *configured_word(const struct chp *chp)
{
	static const char *const words[] = { "standby", "configured", "reserved", "unrecognised" };

	return chp->configured >= 0 && chp->configured < 4 ? words[chp->configured] : "";
}

static int cell_type(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct chp *chp = chp_of(s, row);
	const char *type = chp ? names_chp(chp->type) : NULL;

	(void)look;
	if (!type && chp && chp->type >= 0)
		return buf_printf(ret, "%02x", (unsigned)chp->type);
	return buf_adds(ret, type ? type : "");
}

static int cell_vary(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	if (chp && chp->online == 0)
		*look = LOOK_WARN;
	return buf_adds(ret, chp ? tri_word(chp->online, "online", "offline") : "");
}

static int cell_configured(const struct session *s, const struct devid *row, struct buf *ret,
			   enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return buf_adds(ret, chp ? configured_word(chp) : "");
}

static int cell_switched(const struct session *s, const struct devid *row, struct buf *ret,
			 enum look *look)
{
	static const char *const words[][2] = {
		[SWITCH_VARY] = { "vary off", "vary on" },
		[SWITCH_CONFIGURE] = { "deconfigure", "configure" },
	};
	const struct desired *d = session_desired(s);
	size_t n = 0;
	int r = 0;

	for (int kind = SWITCH_VARY; kind <= SWITCH_CONFIGURE && r == 0; kind++) {
		const struct d_switch *v = desired_switch(d, row, (enum switch_kind)kind);

		if (v && v->live)
			r = buf_printf(ret, "%s%s", n++ ? ", " : "", words[kind][v->then]);
	}
	if (n)
		*look = LOOK_STAGED;
	return r < 0 || n ? r : buf_adds(ret, "-");
}

/* Every boot varies all paths on; what is configured is the machine's. */
static int cell_boot(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return buf_adds(ret, !chp || chp->online < 0 ? "" : "online");
}

static bool uses(const struct subch *sch, uint8_t chpid, unsigned *ret_bit)
{
	for (unsigned i = 0; i < 8; i++)
		if ((sch->pim & 0x80U >> i) && sch->chpids[i] == chpid) {
			*ret_bit = 0x80U >> i;
			return true;
		}
	return false;
}

/* How many devices have it, and how many of them have no other, staged edits counted in. */
static size_t count_devices(const struct session *s, const struct devid *row, size_t *ret_only)
{
	const struct desired *d = session_desired(s);
	const struct chp *chp = chp_of(s, row);
	size_t n = 0, only = 0;
	unsigned bit;

	for (size_t i = 0; chp && i < d->inv->n_subchs; i++) {
		const struct subch *sch = d->inv->subchs[i];
		unsigned now = desired_paths(d, sch, false), then = desired_paths(d, sch, true);

		if (!uses(sch, chp->id, &bit))
			continue;
		n++;
		only += ((now | then) & bit) && !(then & ~bit);
	}
	*ret_only = only;
	return n;
}

static int cell_devices(const struct session *s, const struct devid *row, struct buf *ret,
			enum look *look)
{
	size_t only;

	(void)look;
	return buf_printf(ret, "%zu", count_devices(s, row, &only));
}

static int cell_only(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	size_t only;

	(void)look;
	count_devices(s, row, &only);
	return buf_printf(ret, "%zu", only);
}

static int add_user(const struct inventory *inv, const struct devid *dev, struct buf *ret)
{
	size_t n = 0;
	const struct use *use = inventory_uses(inv, dev, &n);
	int r = 0;

	for (size_t i = 0; i < n && r == 0 && ret->len < 200; i++)
		if (!ret->len || !strstr(buf_str(ret), use[i].who))
			r = buf_printf(ret, "%s%s", ret->len ? ", " : "", use[i].who);
	return r;
}

static int cell_users(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct inventory *inv = session_inventory(s);
	const struct chp *chp = chp_of(s, row);
	CLEANUP(buf_done) struct buf b = { 0 };
	unsigned bit;
	int r = 0;

	(void)look;
	for (size_t i = 0; chp && i < inv->n_subchs && r == 0; i++) {
		struct devid css = devid_css(inv->subchs[i]->id),
			     ccw = devid_ccw(inv->subchs[i]->dev);

		if (!uses(inv->subchs[i], chp->id, &bit))
			continue;
		r = add_user(inv, &css, &b);
		if (r == 0 && inv->subchs[i]->has_dev)
			r = add_user(inv, &ccw, &b);
	}
	return r < 0 ? r : buf_adds(ret, buf_str(&b));
}

static int cell_shared(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return buf_adds(ret, chp ? tri_word(chp->shared, "yes", "no") : "");
}

/* As lschp has it: in parentheses what is no physical channel. */
static int cell_pchid(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	if (!chp || chp->chid < 0)
		return 0;
	return buf_printf(ret, chp->external == 1 ? "%04x" : "(%04x)", (unsigned)chp->chid);
}

static int cell_speed(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return buf_adds(ret, chp && chp->speed ? chp->speed : "");
}

static int cell_cmg(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return chp && chp->cmg >= 0 ? buf_printf(ret, "%d", chp->cmg) : 0;
}

static int cell_esc(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct chp *chp = chp_of(s, row);

	(void)look;
	return chp && chp->esc >= 0 ? buf_printf(ret, "%x", (unsigned)chp->esc) : 0;
}

/* "0.0.0313 80": the subchannel, and the bit that the path has in its masks. */
static int cell_subchannels(const struct session *s, const struct devid *row, struct buf *ret,
			    enum look *look)
{
	const struct inventory *inv = session_inventory(s);
	const struct chp *chp = chp_of(s, row);
	size_t n = 0;
	unsigned bit;
	int r = 0;

	(void)look;
	for (size_t i = 0; chp && i < inv->n_subchs && r == 0; i++)
		if (uses(inv->subchs[i], chp->id, &bit))
			r = buf_printf(ret, "%s%s:%02x", n++ ? " " : "",
				       devid_css(inv->subchs[i]->id).name, bit);
	return r;
}

/* One switch for all of them, which has no row of its own. */
static int add_measured(const struct session *s, struct buf *ret)
{
	const struct devid all = { BUS_CHP, "css0" };
	const struct d_switch *v = desired_switch(session_desired(s), &all, SWITCH_MEASURE);
	int on = session_inventory(s)->cm_enable;

	if (on < 0)
		return 0;
	return buf_printf(ret, ", <count> measures all (cm_enable %s%s)", on ? "on" : "off",
			  !v || !v->live ? ""
			  : v->then	 ? ", staged: on"
					 : ", staged: off");
}

static int chp_detail(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct chp *chp = chp_of(s, row);
	CLEANUP(buf_done) struct buf users = { 0 };
	CLEANUP(buf_done) struct buf staged = { 0 };
	enum look look = LOOK_PLAIN;
	const char *type = chp ? names_chp(chp->type) : NULL;
	size_t n, only;
	int r;

	if (!chp)
		return 0;
	n = count_devices(s, row, &only);
	r = buf_printf(ret, "%s  %s, %s, %s, ", row->name, type ? type : "channel path",
		       chp->online == 0 ? "varied off" : "varied on",
		       chp->configured < 0 ? "configuration not told" : configured_word(chp));
	if (r == 0 && chp->chid >= 0)
		r = buf_printf(ret, "%s %04x, ", chp->external == 1 ? "PCHID" : "channel",
			       (unsigned)chp->chid);
	if (r == 0)
		r = buf_printf(ret, "%zu devices, %zu by it alone", n, only);
	if (r == 0)
		r = detail_blockers(s, row, ret);
	if (r == 0)
		r = cell_switched(s, row, &staged, &look);
	if (r == 0 && look == LOOK_STAGED)
		r = buf_printf(ret, "\nstaged: %s, now only", buf_str(&staged));
	else if (r == 0)
		r = buf_adds(ret, "\n<vary> varies it, <configure> configures it");
	if (r == 0 && look != LOOK_STAGED)
		r = add_measured(s, ret);
	if (r == 0)
		r = cell_users(s, row, &users, &look);
	return r < 0 || !users.len ? r : buf_printf(ret, "\nused by: %s", buf_str(&users));
}

/* -- the paths of a subchannel -- */

/* Why Linux can't use a path; NULL: it can. */
static const char *why_not(const struct subch *sch, const struct chp *chp, unsigned bit)
{
	return chp && chp->configured == 0   ? "no: the channel path is in standby"
	       : chp && chp->configured == 2 ? "no: the channel path is reserved"
	       : !(sch->pam & bit)	     ? "no: it is not available to this device"
	       : chp && chp->online == 0     ? "no: Linux has varied it off"
	       : !(sch->pom & bit)	     ? "doubtful: the device did not answer on it"
					     : NULL;
}

/* Behind what it is called: what the masks say of it, and what follows. */
static int add_path(struct buf *b, const struct subch *sch, const struct chp *chp, unsigned bit,
		    struct buf *ret)
{
	const char *why = why_not(sch, chp, bit);
	int r = buf_printf(b, " installed, %s, %s; usable: %s",
			   sch->pam & bit ? "available" : "not available",
			   sch->pom & bit ? "operational" : "not operational", why ? why : "yes");

	return r < 0 ? r : buf_add_name(ret, buf_str(b));
}

static int add_own_path(const struct session *s, const struct subch *sch, unsigned i,
			struct buf *ret)
{
	const struct chp *chp = inventory_chp(session_inventory(s), sch->chpids[i]);
	const char *type = chp ? names_chp(chp->type) : NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = buf_printf(&b, "%s %-8s", devid_chp(sch->chpids[i]).name, type ? type : "");

	return r < 0 ? r : add_path(&b, sch, chp, 0x80U >> i, ret);
}

/* The same from the other end: "0.0.0313 0.0.2b09 bit 20: installed, ...". */
static int add_users_path(const struct subch *sch, const struct chp *chp, struct buf *ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	unsigned bit;
	int r;

	if (!uses(sch, chp->id, &bit))
		return 0;
	r = buf_printf(&b, "%s %-8s bit %02x:", devid_css(sch->id).name,
		       sch->has_dev ? devid_ccw(sch->dev).name : "", bit);
	return r < 0 ? r : add_path(&b, sch, chp, bit, ret);
}

int paths_in_words(const struct session *s, const struct devid *row, struct buf *ret_names)
{
	const struct inventory *inv = session_inventory(s);
	const struct subch *sch = row->bus == BUS_CHP ? NULL : inventory_subch(inv, row_subch(row));
	const struct chp *chp = chp_of(s, row);
	int r = 0;

	for (unsigned i = 0; sch && sch->type == 0 && i < 8 && r == 0; i++)
		if (sch->pim & 0x80U >> i)
			r = add_own_path(s, sch, i, ret_names);
	for (size_t i = 0; chp && i < inv->n_subchs && r == 0; i++)
		r = add_users_path(inv->subchs[i], chp, ret_names);
	if (r == 0 && ret_names->len && chp)
		r = buf_add_name(ret_names, "Bit: which of the eight paths of the device it is, as "
					    "in the masks PIM, PAM and POM.");
	if (r == 0 && ret_names->len)
		r = buf_add_name(
			ret_names,
			"Installed (PIM): the machine's definition has the path. Available "
			"(PAM): the channel path is configured and in order. Operational "
			"(POM): the device answered when the path was last used.");
	return r;
}

static const struct column columns[] = {
	{ .key = "chpid",
	  .title = "CHPID",
	  .said = "",
	  .min = 5,
	  .cell = cell_chpid,
	  .help = "number of the channel path" },
	{ .key = "what",
	  .title = "Type",
	  .said = "",
	  .min = 7,
	  .cell = cell_type,
	  .help = "type by name: FICON, OSD (OSA-Express), IQD (HiperSockets), FCP; a number where "
		  "it has none here" },
	{ .key = "vary",
	  .title = "Vary",
	  .said = "varied",
	  .min = 8,
	  .cell = cell_vary,
	  .help = "does Linux use it: online, offline" },
	{ .key = "configured",
	  .title = "Configured",
	  .said = "",
	  .min = 10,
	  .cell = cell_configured,
	  .help = "does the machine give it to this system: configured, standby, reserved, "
		  "unrecognised" },
	{ .key = "wanted",
	  .title = "Wanted",
	  .said = "wanted",
	  .min = 13,
	  .max = 24,
	  .grow = 1,
	  .cell = cell_switched,
	  .help = "what is staged" },
	{ .key = "after_reboot",
	  .title = "Reboot",
	  .min = 6,
	  .keep = 1,
	  .cell = cell_boot,
	  .help = "vary state after the next boot: Linux begins with all online; what is "
		  "configured is the machine's to keep" },
	{ .key = "devices",
	  .title = "Devices",
	  .said = "devices",
	  .min = 7,
	  .right = true,
	  .cell = cell_devices,
	  .help = "how many devices have it" },
	{ .key = "only",
	  .title = "Only",
	  .said = "only path of",
	  .min = 4,
	  .right = true,
	  .cell = cell_only,
	  .help = "how many of them have no other usable path, staged edits included" },
	{ .key = "used_by",
	  .title = "Used by",
	  .said = "used by",
	  .min = 8,
	  .grow = 3,
	  .cell = cell_users,
	  .help = "who uses devices behind it" },
	{ .key = "shared",
	  .title = "Shared",
	  .min = 6,
	  .keep = 3,
	  .cell = cell_shared,
	  .help = "do other partitions have it, too" },
	{ .key = "pchid",
	  .title = "PCHID",
	  .min = 6,
	  .keep = 2,
	  .cell = cell_pchid,
	  .help = "physical channel; in parentheses the number of a channel inside the machine" },
	{ .key = "speed",
	  .title = "Speed",
	  .min = 5,
	  .keep = 4,
	  .cell = cell_speed,
	  .help = "bits a second (Linux 6.12 and later)" },
	{ .key = "cmg",
	  .title = "CMG",
	  .min = 3,
	  .batch_only = true,
	  .cell = cell_cmg,
	  .help = "channel measurement group" },
	{ .key = "esc",
	  .title = "ESC",
	  .min = 3,
	  .batch_only = true,
	  .cell = cell_esc,
	  .help = "the kernel's attribute esc, hexadecimal" },
	{ .key = "subchannels",
	  .title = "Subchannels",
	  .min = 11,
	  .batch_only = true,
	  .cell = cell_subchannels,
	  .help = "those that have it, each with its bit in their path masks (PIM, PAM, POM)" },
};

const struct view view_chp = {
	.name = "paths",
	.title = "Channel paths",
	.word = "chpids",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.rows = chp_rows,
	.empty = chp_empty,
	.detail = chp_detail,
};
