/* SPDX-License-Identifier: MIT */
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Subchannels, joined with the devices behind them. */

struct ccwid row_subch(const struct devid *row)
{
	struct ccwid id;

	if (row->bus != BUS_CSS || ccwid_parse(row->name, &id) < 0)
		return (struct ccwid){ .ssid = 0xff, .no = 0xffff };
	return id;
}

static const struct subch *subch_of(const struct session *s, const struct devid *row)
{
	return inventory_subch(session_inventory(s), row_subch(row));
}

static int channel_rows(const struct session *s, struct devs *ret, size_t *ret_n)
{
	const struct inventory *inv = session_inventory(s);
	struct ccwid *rows = reallocarray(NULL, inv->n_subchs + 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < inv->n_subchs; i++)
		rows[i] = inv->subchs[i]->id;
	*ret = (struct devs){ .subchs = rows };
	*ret_n = inv->n_subchs;
	return 0;
}

static bool channel_is_row(const struct session *s, const struct devid *dev)
{
	return subch_of(s, dev) != NULL;
}

static int channel_empty(const struct session *s, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);

	if (!inv->host.s390)
		return buf_printf(
			ret,
			"No channel devices: this machine is %s, and only IBM Z has a channel "
			"subsystem.",
			inv->host.arch ? inv->host.arch : "not IBM Z");
	if (!inv->has_css)
		return buf_adds(ret, "No channel devices: the kernel shows no channel subsystem.");
	return buf_adds(
		ret,
		"No subchannels: none is defined for this system, or all are ignored (cio_ignore); "
		"chzdev or \"cio_ignore -r\" frees devices.");
}

static int channel_empty_keys(const struct session *s, struct buf *ret)
{
	return session_inventory(s)->host.s390 ? 0 : buf_adds(ret, " See <pci>.");
}

static int cell_device(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct subch *sch = subch_of(s, row);

	(void)look;
	return buf_adds(ret, sch && sch->has_dev ? devid_ccw(sch->dev).name : "-");
}

/* Those without a device come last. */
static uint64_t rank_device(const struct session *s, const struct devid *row)
{
	const struct subch *sch = subch_of(s, row);

	return sch && sch->has_dev ? (uint64_t)sch->dev.ssid << 16 | sch->dev.no : 1 << 18;
}

static uint64_t rank_subch(const struct session *s, const struct devid *row)
{
	struct ccwid id = row_subch(row);

	(void)s;
	return (uint64_t)id.ssid << 16 | id.no;
}

/* What the cells below are made of, but for what session_singled tells. */
static void put_kin(const struct inventory *inv, const struct subch *sch, bool singled,
		    unsigned char *of)
{
	const char *const drivers[] = { sch->driver, sch->override, sch->ccw_driver };
	const unsigned char bytes[] = {
		sch->type,
		sch->pim,
		sch->pam,
		sch->pom,
		sch->has_dev,
		sch->ccw,
		(unsigned char)sch->online,
		sch->dev_model,
		sch->cu_model,
		(unsigned char)(sch->dev_type >> 8),
		(unsigned char)sch->dev_type,
		(unsigned char)(sch->cu_type >> 8),
		(unsigned char)sch->cu_type,
		singled,
		inv->n_ignores && sch->has_dev && inventory_ignored_at_boot(inv, sch->dev),
	};

	memcpy(of, drivers, sizeof(drivers));
	memcpy(of + sizeof(drivers), sch->chpids, sizeof(sch->chpids));
	memcpy(of + sizeof(drivers) + sizeof(sch->chpids), bytes, sizeof(bytes));
	_Static_assert(sizeof(drivers) + sizeof(sch->chpids) + sizeof(bytes) <=
			       sizeof(((struct kin *)NULL)->of),
		       "kin is too short");
}

static bool channel_kin(const struct session *s, const struct devid *row, struct kin *ret)
{
	const struct subch *sch = subch_of(s, row);

	if (!sch)
		return false;
	*ret = (struct kin){ .singled = session_singled(s, sch->id) };
	put_kin(session_inventory(s), sch, ret->singled, ret->of);
	ccwid_text(sch->id, ret->own);
	ret->own[8] = '\n';
	if (sch->has_dev)
		ccwid_text(sch->dev, ret->own + 9);
	else
		strcpy(ret->own + 9, "-");
	return true;
}

static int cell_subch(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	(void)s;
	(void)look;
	return buf_adds(ret, row->name);
}

static int add_path(struct buf *ret, bool more, unsigned chpid, bool available)
{
	int r = more ? buf_addc(ret, ' ') : 0;

	if (r == 0)
		r = buf_hex(ret, chpid, 2);
	return r < 0 || available ? r : buf_addc(ret, '!');
}

/* "3390/0c" */
static int add_type(struct buf *ret, unsigned type, unsigned model)
{
	int r = buf_hex(ret, type, 4);

	if (r == 0)
		r = buf_addc(ret, '/');
	return r < 0 ? r : buf_hex(ret, model, 2);
}

static int cell_chpids(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct subch *sch = subch_of(s, row);
	size_t n = 0;
	int r = 0;

	(void)look;
	for (unsigned i = 0; sch && i < 8 && r == 0; i++)
		if (sch->pim & 0x80 >> i)
			r = add_path(ret, n++ > 0, sch->chpids[i], sch->pam & 0x80 >> i);
	return r;
}

static int cell_pim(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const struct subch *sch = subch_of(s, row);
	int r = 0;

	(void)look;
	if (sch)
		r = add_path(ret, false, sch->pim, true);
	if (sch && r == 0)
		r = add_path(ret, true, sch->pam, true);
	if (sch && r == 0)
		r = add_path(ret, true, sch->pom, true);
	return r;
}

static int cell_online(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct subch *sch = subch_of(s, row);

	(void)look;
	return buf_adds(ret, sch && sch->ccw ? tri_word(sch->online, "yes", "no") : "");
}

static int cell_ccw_driver(const struct session *s, const struct devid *row, struct buf *ret,
			   enum look *look)
{
	const struct subch *sch = subch_of(s, row);

	(void)look;
	return buf_adds(ret, sch && sch->ccw_driver ? sch->ccw_driver : "");
}

static int cell_type(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct subch *sch = subch_of(s, row);

	(void)look;
	if (!sch || !sch->ccw)
		return 0;
	return sch->dev_type ? add_type(ret, sch->dev_type, sch->dev_model) : buf_adds(ret, "n/a");
}

static int cell_cu(const struct session *s, const struct devid *row, struct buf *ret,
		   enum look *look)
{
	const struct subch *sch = subch_of(s, row);

	(void)look;
	return sch && sch->ccw ? add_type(ret, sch->cu_type, sch->cu_model) : 0;
}

static int channel_detail(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct subch *sch = subch_of(s, row);
	const char *file = inventory_override(session_inventory(s), row);
	CLEANUP(buf_done) struct buf chpids = { 0 };
	enum look look = LOOK_PLAIN;
	char what[96] = "";
	int r;

	if (!sch)
		return 0;
	inventory_what(session_inventory(s), row, what, sizeof(what));
	r = cell_chpids(s, row, &chpids, &look);
	if (r == 0)
		r = buf_printf(ret, "%s  %s", sch->has_dev ? devid_ccw(sch->dev).name : row->name,
			       what);
	if (r == 0 && chpids.len)
		r = buf_printf(ret, ", CHPIDs %s", buf_str(&chpids));
	if (r == 0 && sch->ccw && sch->online >= 0)
		r = buf_adds(ret, sch->online ? ", online" : ", offline");
	if (r == 0 && sch->ccw_driver)
		r = buf_printf(ret, ", %s", sch->ccw_driver);
	if (r == 0 && sch->measured == 1)
		r = buf_adds(ret, ", measured");
	if (r == 0)
		r = buf_printf(ret, ", persistent: %s",
			       session_reading(s) ? "..."
			       : file		  ? file
						  : "no");
	return r < 0 ? r : detail_stakes(s, row, ret);
}

static const struct column columns[] = {
	{ .key = "device",
	  .title = "Device",
	  .said = "",
	  .min = 8,
	  .cell = cell_device,
	  .rank = rank_device,
	  .own = true,
	  .help = "number of the device behind the subchannel" },
	{ .key = "subchannel",
	  .title = "Subch.",
	  .said = "",
	  .min = 8,
	  .keep = 1,
	  .cell = cell_subch,
	  .rank = rank_subch,
	  .own = true,
	  .brief = true,
	  .help = "the subchannel: this is what a guest gets" },
	{ .key = "what",
	  .title = "Type",
	  .said = "",
	  .min = 11,
	  .max = 20,
	  .grow = 2,
	  .keep = 2,
	  .cell = cell_what,
	  .help = "what the device is" },
	{ .key = "chpids",
	  .title = "CHPIDs",
	  .min = 12,
	  .max = 24,
	  .grow = 1,
	  .keep = 3,
	  .cell = cell_chpids,
	  .help = "channel paths; ! after one that is not available" },
	{ .key = "online",
	  .title = "Online",
	  .min = 6,
	  .keep = 4,
	  .cell = cell_online,
	  .help = "is the device in use by its CCW driver" },
	{ .key = "bound",
	  .title = "Bound now",
	  .said = "bound",
	  .min = 13,
	  .cell = cell_bound,
	  .brief = true,
	  .help = "driver of the subchannel: io_subchannel is the host's, vfio_ccw the guests'" },
	{ .key = "wanted",
	  .title = "Wanted",
	  .said = "wanted",
	  .min = 9,
	  .max = 20,
	  .grow = 1,
	  .cell = cell_wanted,
	  .extra = true,
	  .help = "staged driver; \"no: ...\" why it cannot be given away" },
	{ .key = "after_reboot",
	  .title = "After reboot",
	  .said = "at boot",
	  .min = 14,
	  .cell = cell_after,
	  .extra = true,
	  .help = "driver after the next boot, staged edits included" },
	{ .key = "after_why",
	  .title = "Because of",
	  .min = 12,
	  .max = 24,
	  .grow = 1,
	  .keep = 5,
	  .cell = cell_why_after,
	  .extra = true,
	  .help = "what decides that" },
	{ .key = "used_by",
	  .title = "Used by",
	  .said = "used by",
	  .min = 10,
	  .grow = 3,
	  .cell = cell_used,
	  .extra = true,
	  .help = "who would miss the device" },
	{ .key = "mdevs",
	  .title = "Mediated",
	  .min = 8,
	  .max = 17,
	  .grow = 1,
	  .keep = 6,
	  .cell = cell_mdevs,
	  .extra = true,
	  .help = "mediated devices on the subchannel, active, defined or staged" },
	{ .key = "ccw_driver",
	  .title = "CCW driver",
	  .min = 12,
	  .batch_only = true,
	  .cell = cell_ccw_driver,
	  .help = "driver of the device behind the subchannel" },
	{ .key = "devtype",
	  .title = "DevType",
	  .min = 7,
	  .batch_only = true,
	  .cell = cell_type,
	  .help = "device type and model" },
	{ .key = "cutype",
	  .title = "CU Type",
	  .min = 7,
	  .batch_only = true,
	  .cell = cell_cu,
	  .help = "control unit type and model" },
	{ .key = "masks",
	  .title = "PIM PAM POM",
	  .min = 8,
	  .batch_only = true,
	  .cell = cell_pim,
	  .help = "path masks: installed, available, operational" },
	COLUMN_OVERRIDE,
	COLUMN_PERSISTENT,
	COLUMN_BLOCKED,
};

const struct view view_channel = {
	.name = "channel",
	.title = "Channel",
	.word = "subchannels",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.rows = channel_rows,
	.is_row = channel_is_row,
	.kin = channel_kin,
	.empty = channel_empty,
	.empty_keys = channel_empty_keys,
	.detail = channel_detail,
};
