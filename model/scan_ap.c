/* SPDX-License-Identifier: MIT */
/* The AP bus: masks, cards and queues. */
#include "scan.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AP_DIR "/sys/bus/ap"

static const char ap_dir[] = AP_DIR;

static int id_limit(struct scan *s, const char *attr)
{
	int v = scan_int(s, ap_dir, attr, 10, 255, MAY_BE);

	return v >= 0 ? v : 255;
}

/* "-1" when there is none. */
static int default_domain(struct scan *s)
{
	const char *v = scan_value(s, ap_dir, "ap_domain", MAY_BE);
	unsigned dom;
	int end = 0;

	if (!v || !strcmp(v, "-1"))
		return -1;
	if (sscanf(v, "%3u%n", &dom, &end) == 1 && !v[end] && dom <= 255)
		return (int)dom;
	scan_malformed(s, buf_str(&s->path), "a domain's number or -1");
	return -1;
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; at && (at = strstr(at, word)); at += n)
		if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static void read_bus(struct scan *s, struct ap_bus *ap)
{
	bool apm = scan_mask(s, ap_dir, "apmask", MUST_BE, &ap->apmask);
	bool aqm = scan_mask(s, ap_dir, "aqmask", MUST_BE, &ap->aqmask);

	ap->masks_known = apm && aqm;
	ap->config_known = scan_mask(s, ap_dir, "ap_adapter_mask", MAY_BE, &ap->adapters);
	ap->config_known &= scan_mask(s, ap_dir, "ap_usage_domain_mask", MAY_BE, &ap->domains);
	ap->config_known &= scan_mask(s, ap_dir, "ap_control_domain_mask", MAY_BE, &ap->control);
	ap->max_adapter = id_limit(s, "ap_max_adapter_id");
	ap->max_domain = id_limit(s, "ap_max_domain_id");
	ap->default_domain = default_domain(s);
	ap->features = scan_text(s, ap_dir, "features", MAY_BE);
	ap->bindings = scan_text(s, ap_dir, "bindings", MAY_BE);
	ap->has_ap_config = has_word(
		scan_value(s, "/sys/devices/vfio_ap/matrix", "features", MAY_BE), "ap_config");
}

static void read_card(struct scan *s, const struct devid *dev)
{
	struct ap_card *r = calloc(1, sizeof(*r));
	int64_t functions;
	char dir[80];

	if (!r) {
		s->nomem = true;
		return;
	}
	snprintf(dir, sizeof(dir), AP_DIR "/devices/%s", dev->name);
	scan_enter(s, dir);
	r->refs = 1;
	r->id = (uint8_t)strtoul(dev->name + strlen("card"), NULL, 16);
	r->type = scan_text(s, dir, "type", MAY_BE);
	r->hwtype = scan_int(s, dir, "hwtype", 10, 255, MUST_BE);
	r->raw_hwtype = scan_int(s, dir, "raw_hwtype", 10, 255, MAY_BE);
	functions = scan_number(s, dir, "ap_functions", 16, UINT32_MAX, MAY_BE);
	r->functions = functions < 0 ? 0 : (uint32_t)functions;
	r->online = scan_tri(s, dir, "online");
	r->config = scan_tri(s, dir, "config");
	r->chkstop = scan_tri(s, dir, "chkstop");
	r->driver = scan_base(s, dir, "driver");
	r->serial = scan_text(s, dir, "serialnr", MAY_BE);
	scan_leave(s);
	if (!scan_push(s, &s->inv->cards, &s->inv->n_cards, &r, sizeof(struct ap_card *)))
		ap_card_unref(r);
}

static void read_queue_state(struct scan *s, const char *dir, struct ap_queue *r)
{
	/* Each driver adds its own attribute of the two. */
	r->online = scan_tri(s, dir, "online");
	r->config = scan_tri(s, dir, "config");
	r->chkstop = scan_tri(s, dir, "chkstop");
	if (r->driver && !strcmp(r->driver, "vfio_ap"))
		r->status = scan_text(s, dir, "status", MAY_BE);
}

static void read_queue(struct scan *s, const struct devid *dev, apqn_t id)
{
	struct ap_queue *r = calloc(1, sizeof(*r));
	bool has_override;
	char dir[80];

	if (!r) {
		s->nomem = true;
		return;
	}
	snprintf(dir, sizeof(dir), AP_DIR "/devices/%s", dev->name);
	scan_enter(s, dir);
	r->refs = 1;
	r->id = id;
	r->driver = scan_driver(s, dir, scan_value(s, dir, "uevent", MAY_BE));
	r->override = scan_override(s, dir, &has_override);
	s->inv->ap.has_override |= has_override;
	r->online = r->config = r->chkstop = -1;
	if (!(s->inv->scope & SCOPE_BRIEF))
		read_queue_state(s, dir, r);
	scan_leave(s);
	if (!scan_push(s, &s->inv->queues, &s->inv->n_queues, &r, sizeof(struct ap_queue *)))
		ap_queue_unref(r);
}

/* Has a directory the name of a mediated device in it? */
static bool has_uuid(struct scan *s, const char *dir)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char uuid[UUID_TEXT];
	const char *name;

	sys_list(s->sys, dir, &names);
	buf_foreach_name (&names, name)
		if (uuid_normal(name, uuid) == 0)
			return true;
	return false;
}

/* The bus, its cards and queues are shown by themselves, and of matrices where there is one. */
static bool shows_queues(struct scan *s)
{
	return s->inv->scope & SCOPE_AP || has_uuid(s, "/sys/class/mdev_bus/matrix") ||
	       has_uuid(s, MDEVCTL_DIR "/matrix");
}

void scan_ap(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	struct sys_stat st;
	unsigned shown = s->inv->scope & SCOPE_BRIEF ? SCOPE_AP : SCOPE_AP | SCOPE_MDEV;

	s->inv->ap = (struct ap_bus){ .max_adapter = 255, .max_domain = 255, .default_domain = -1 };
	if (!(s->inv->scope & shown) || sys_stat(s->sys, AP_DIR, &st) < 0)
		return;
	s->inv->ap.present = true;
	if (!shows_queues(s))
		return;
	scan_enter(s, ap_dir);
	read_bus(s, &s->inv->ap);
	scan_leave(s);
	scan_list(s, AP_DIR "/devices", MUST_BE, &names);
	buf_foreach_name (&names, name) {
		char text[DEVID_TEXT];
		struct devid dev;
		apqn_t q;

		snprintf(text, sizeof(text), "ap/%.40s", name);
		if (devid_parse(text, &dev) < 0 || strcmp(dev.name, name) != 0)
			scan_malformed(s, AP_DIR "/devices", "cards and queues: card05, 05.0004");
		else if (apqn_parse(name, &q) == 0)
			read_queue(s, &dev, q);
		else if (str_starts(name, "card"))
			read_card(s, &dev);
	}
}
