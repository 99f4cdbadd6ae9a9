/* SPDX-License-Identifier: MIT */
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Crypto cards, each followed by its queues. */

static const struct ap_queue *queue_of(const struct session *s, const struct devid *row)
{
	apqn_t q;

	return row->bus != BUS_AP || apqn_parse(row->name, &q) < 0
		       ? NULL
		       : inventory_queue(session_inventory(s), q);
}

static const struct ap_card *card_of(const struct session *s, const struct devid *row)
{
	const struct ap_queue *queue = queue_of(s, row);
	unsigned id;

	if (queue)
		return inventory_card(session_inventory(s), APQN_CARD(queue->id));
	if (row->bus != BUS_AP || sscanf(row->name, "card%2x", &id) != 1)
		return NULL;
	return inventory_card(session_inventory(s), (uint8_t)id);
}

static int ap_rows(const struct session *s, struct devs *ret, size_t *ret_n)
{
	const struct inventory *inv = session_inventory(s);
	struct devid *rows = calloc(inv->n_cards + inv->n_queues + 1, sizeof(*rows));
	size_t n = 0, q = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i <= inv->n_cards; i++) {
		/* Queues below the card that comes next; those of no card, too. */
		for (; q < inv->n_queues &&
		       (i == inv->n_cards || APQN_CARD(inv->queues[q]->id) < inv->cards[i]->id);
		     q++)
			rows[n++] = devid_queue(inv->queues[q]->id);
		if (i < inv->n_cards) {
			rows[n].bus = BUS_AP;
			snprintf(rows[n++].name, sizeof(rows->name), "card%02x", inv->cards[i]->id);
		}
	}
	*ret = (struct devs){ .v = rows };
	*ret_n = n;
	return 0;
}

static int ap_empty(const struct session *s, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);

	if (!inv->host.s390)
		return buf_adds(ret, "No crypto adapters: only IBM Z has an AP bus.");
	if (!inv->ap.present)
		return buf_adds(
			ret, "No crypto adapters: the kernel has no AP bus; the module ap brings "
			     "it. A z/VM guest needs CRYPTO statements in its directory entry.");
	return buf_adds(
		ret, "No crypto adapters: none is assigned to this system and configured. See the "
		     "partition's activation profile, and lszcrypt -x.");
}

static int cell_queue(const struct session *s, const struct devid *row, struct buf *ret,
		      enum look *look)
{
	(void)s;
	(void)look;
	return buf_adds(ret, row->name);
}

static int cell_type(const struct session *s, const struct devid *row, struct buf *ret,
		     enum look *look)
{
	const struct ap_card *card = card_of(s, row);

	(void)look;
	return buf_adds(ret, card && card->type ? card->type : "");
}

static int cell_ap_bound(const struct session *s, const struct devid *row, struct buf *ret,
			 enum look *look)
{
	const struct ap_card *card;

	if (queue_of(s, row))
		return cell_bound(s, row, ret, look);
	card = card_of(s, row);
	return buf_adds(ret, card && card->driver ? card->driver : "-");
}

static int cell_ap_wanted(const struct session *s, const struct devid *row, struct buf *ret,
			  enum look *look)
{
	return queue_of(s, row) ? cell_wanted(s, row, ret, look) : buf_adds(ret, "-");
}

static int cell_ap_after(const struct session *s, const struct devid *row, struct buf *ret,
			 enum look *look)
{
	return queue_of(s, row) ? cell_after(s, row, ret, look) : cell_ap_bound(s, row, ret, look);
}

static int cell_ap_used(const struct session *s, const struct devid *row, struct buf *ret,
			enum look *look)
{
	return queue_of(s, row) ? cell_used(s, row, ret, look) : buf_adds(ret, "-");
}

static int cell_ap_blocked(const struct session *s, const struct devid *row, struct buf *ret,
			   enum look *look)
{
	return queue_of(s, row) ? cell_blocked(s, row, ret, look) : 0;
}

static int cell_online(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct ap_queue *queue = queue_of(s, row);
	const struct ap_card *card = card_of(s, row);
	tri_t config = queue ? queue->config : card ? card->config : -1;
	tri_t stop = queue ? queue->chkstop : card ? card->chkstop : -1;
	tri_t online = queue ? queue->online : card ? card->online : -1;

	if (config == 0 || stop > 0)
		*look = LOOK_WARN;
	return buf_adds(ret, config == 0 ? "deconf"
			     : stop > 0	 ? "chkstop"
					 : tri_word(online, "yes", "no"));
}

static int cell_status(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct ap_queue *queue = queue_of(s, row);

	(void)look;
	return buf_adds(ret, queue && queue->status ? queue->status : "");
}

static int cell_serial(const struct session *s, const struct devid *row, struct buf *ret,
		       enum look *look)
{
	const struct ap_card *card = queue_of(s, row) ? NULL : card_of(s, row);

	(void)look;
	return buf_adds(ret, card && card->serial ? card->serial : "");
}

/* Matrices that hold the queue, active, defined or staged. */
static int cell_matrices(const struct session *s, const struct devid *row, struct buf *ret,
			 enum look *look)
{
	const struct ap_queue *queue = queue_of(s, row);
	const struct d_mdev *const *on;
	size_t n = 0, n_on;
	int r = 0;

	(void)look;
	on = desired_mdevs_on(session_desired(s), "matrix", &n_on);
	for (size_t i = 0; queue && i < n_on && r == 0; i++) {
		const struct d_mdev *m = on[i];

		if (m->is_matrix && ((m->active_then && matrix_has(&m->ap->live_then, queue->id)) ||
				     (m->defined_then && matrix_has(&m->ap->def_then, queue->id))))
			r = buf_printf(ret, "%s%.8s", n++ ? " " : "", m->uuid);
	}
	return r;
}

static int ap_detail(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct ap_queue *queue = queue_of(s, row);
	char what[96] = "";
	int r;

	inventory_what(session_inventory(s), row, what, sizeof(what));
	r = buf_printf(ret, "%s  %s", row->name, what);
	if (r == 0 && queue)
		r = buf_printf(ret, ", adapter %u domain %u", APQN_CARD(queue->id),
			       APQN_DOM(queue->id));
	return r < 0 || !queue ? r : detail_stakes(s, row, ret);
}

static const struct column columns[] = {
	{ .key = "queue",
	  .title = "Queue",
	  .min = 8,
	  .cell = cell_queue,
	  .brief = true,
	  .help = "card, or queue: adapter.domain in hexadecimal" },
	{ .key = "type",
	  .title = "Type",
	  .min = 6,
	  .keep = 1,
	  .cell = cell_type,
	  .help = "of the card" },
	{ .key = "online",
	  .title = "Online",
	  .min = 7,
	  .keep = 2,
	  .cell = cell_online,
	  .help = "yes, no, deconf(igured), chkstop" },
	{ .key = "bound",
	  .title = "Bound now",
	  .min = 10,
	  .cell = cell_ap_bound,
	  .brief = true,
	  .help = "driver: vfio_ap has the guests' queues" },
	{ .key = "wanted",
	  .title = "Wanted",
	  .min = 11,
	  .grow = 1,
	  .cell = cell_ap_wanted,
	  .help = "staged owner" },
	{ .key = "after_reboot",
	  .title = "After reboot",
	  .min = 12,
	  .cell = cell_ap_after,
	  .help = "driver after the next boot, staged edits included" },
	{ .key = "after_why",
	  .title = "Because of",
	  .min = 12,
	  .keep = 4,
	  .cell = cell_why_after,
	  .help = "what decides that" },
	{ .key = "status",
	  .title = "Status",
	  .min = 10,
	  .keep = 5,
	  .cell = cell_status,
	  .help = "under vfio_ap: unassigned, assigned, in use" },
	{ .key = "matrix",
	  .title = "Matrix",
	  .min = 8,
	  .max = 17,
	  .grow = 1,
	  .keep = 3,
	  .cell = cell_matrices,
	  .help = "matrices that hold the queue" },
	{ .key = "used_by",
	  .title = "Used by",
	  .min = 10,
	  .grow = 3,
	  .cell = cell_ap_used,
	  .help = "who would miss the queue" },
	{ .key = "what",
	  .title = "What",
	  .min = 14,
	  .batch_only = true,
	  .cell = cell_what,
	  .help = "card type and mode" },
	{ .key = "serial",
	  .title = "Serial",
	  .min = 10,
	  .batch_only = true,
	  .cell = cell_serial,
	  .help = "serial number of the card" },
	COLUMN_OVERRIDE,
	{ .key = "blocked",
	  .title = "Blocked",
	  .min = 10,
	  .batch_only = true,
	  .cell = cell_ap_blocked,
	  .help = "why it cannot be given to a guest" },
};

const struct view view_ap = {
	.name = "ap",
	.title = "Crypto",
	.word = "ap",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.rows = ap_rows,
	.empty = ap_empty,
	.detail = ap_detail,
};
