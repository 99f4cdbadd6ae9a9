/* SPDX-License-Identifier: MIT */
/* Wish -> edits file: what wish_from_json reads back as an equal wish. */
#include "wish.h"
#include "jsontext.h"
#include "mem.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/*
 * json-c fails to build values only without memory; a flag is carried along instead of a check a line.
 */
struct save {
	bool failed;
};

static struct json_object *made(struct save *s, struct json_object *value)
{
	s->failed = s->failed || !value;
	return value;
}

static void put(struct save *s, struct json_object *to, const char *key, struct json_object *value)
{
	if (to && json_object_object_add(to, key, value) == 0)
		return;
	json_object_put(value);
	s->failed = true;
}

static void add(struct save *s, struct json_object *list, struct json_object *value)
{
	if (json_put_item(list, value) < 0)
		s->failed = true;
}

static void put_string(struct save *s, struct json_object *to, const char *key, const char *value)
{
	put(s, to, key, made(s, json_object_new_string(value)));
}

static void put_bool(struct save *s, struct json_object *to, const char *key, bool value)
{
	put(s, to, key, made(s, json_object_new_boolean(value)));
}

static void add_string(struct save *s, struct json_object *list, const char *value)
{
	add(s, list, json_object_new_string(value));
}

static void put_reach(struct save *s, struct json_object *to, struct reach reach)
{
	if (!reach.live)
		put_bool(s, to, "live", false);
	if (!reach.persist)
		put_bool(s, to, "persist", false);
}

static bool plain(struct reach reach)
{
	return reach.live && reach.persist;
}

static struct json_object *name_value(struct save *s, const char *driver)
{
	return driver[0] ? made(s, json_object_new_string(driver)) : NULL;
}

static struct json_object *driver_value(struct save *s, const struct wish_driver *d)
{
	struct json_object *driver = name_value(s, d->driver);
	char text[DEVID_TEXT];
	struct json_object *o;

	if (plain(d->reach) && d->peer.bus == BUS_NONE && !d->has_boot && !d->online)
		return driver;
	o = made(s, json_object_new_object());
	put(s, o, "driver", driver);
	if (d->has_boot)
		put(s, o, "at-boot", name_value(s, d->boot));
	if (d->online)
		put_bool(s, o, "online", true);
	if (d->peer.bus == BUS_CCW)
		put_string(s, o, "device", devid_text(&d->peer, text));
	if (d->peer.bus == BUS_CSS && d->dev.bus == BUS_CCW)
		put_string(s, o, "subchannel", devid_text(&d->peer, text));
	put_reach(s, o, d->reach);
	return o;
}

static void save_drivers(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *o = made(s, json_object_new_object());
	char text[DEVID_TEXT];

	for (size_t i = 0; i < w->n_drivers; i++)
		put(s, o, devid_text(&w->drivers[i].dev, text), driver_value(s, &w->drivers[i]));
	put(s, root, "drivers", o);
}

static void put_queues(struct save *s, struct json_object *to, const char *key, const apqn_t *q,
		       size_t n)
{
	struct json_object *list;

	if (n == 0)
		return;
	list = made(s, json_object_new_array());
	for (size_t i = 0; i < n; i++)
		add_string(s, list, devid_queue(q[i]).name);
	put(s, to, key, list);
}

static void put_masks(struct save *s, struct json_object *to, const struct ap_mask *apmask,
		      const struct ap_mask *aqmask)
{
	char text[MASK_TEXT];

	if (apmask)
		put_string(s, to, "apmask", mask_text(apmask, text));
	if (aqmask)
		put_string(s, to, "aqmask", mask_text(aqmask, text));
}

static void save_ap(struct save *s, const struct wish_ap *ap, struct json_object *root)
{
	struct json_object *o = made(s, json_object_new_object()), *boot;

	if (ap->mode != AP_MODE_AUTO)
		put_string(s, o, "mode", ap->mode == AP_MODE_MASKS ? "masks" : "override");
	put_queues(s, o, "guest-queues", ap->guest, ap->n_guest);
	put_queues(s, o, "host-queues", ap->host, ap->n_host);
	put_masks(s, o, ap->has_apmask ? &ap->apmask : NULL, ap->has_aqmask ? &ap->aqmask : NULL);
	if (ap->boot.set) {
		boot = made(s, json_object_new_object());
		put_masks(s, boot, ap->boot.has_apmask ? &ap->boot.apmask : NULL,
			  ap->boot.has_aqmask ? &ap->boot.aqmask : NULL);
		put(s, o, "at-boot", boot);
	}
	put_reach(s, o, ap->reach);
	put(s, root, "ap", o);
}

static void put_ids(struct save *s, struct json_object *to, const char *key,
		    const struct ap_mask *m, int digits)
{
	struct json_object *list = made(s, json_object_new_array());
	char text[16];

	for (int id = mask_next(m, -1); id >= 0; id = mask_next(m, id)) {
		snprintf(text, sizeof(text), "0x%0*x", digits, (unsigned)id);
		add_string(s, list, text);
	}
	put(s, to, key, list);
}

static void put_attrs(struct save *s, struct json_object *to, const char *key,
		      const struct attr *attrs, size_t n)
{
	struct json_object *list = made(s, json_object_new_array());

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = made(s, json_object_new_object());

		put_string(s, o, attrs[i].name, attrs[i].value);
		add(s, list, o);
	}
	put(s, to, key, list);
}

static struct json_object *mdev_value(struct save *s, const struct wish_mdev *m)
{
	struct json_object *o = made(s, json_object_new_object());
	char text[DEVID_TEXT];

	put_string(s, o, "uuid", m->uuid);
	if (m->fields & WM_PARENT)
		put_string(s, o, "parent", m->parent);
	if (m->fields & WM_TYPE)
		put_string(s, o, "type", m->type);
	if (m->fields & WM_START)
		put_string(s, o, "start", m->start == START_AUTO ? "auto" : "manual");
	if (m->fields & WM_ACTIVE)
		put_bool(s, o, "active", m->active);
	if (m->fields & WM_DEFINED)
		put_bool(s, o, "defined", m->defined);
	if (m->delete)
		put_bool(s, o, "delete", true);
	if (m->fields & WM_ADAPTERS)
		put_ids(s, o, "adapters", &m->matrix.adapters, 2);
	if (m->fields & WM_DOMAINS)
		put_ids(s, o, "domains", &m->matrix.domains, 4);
	if (m->fields & WM_CONTROL)
		put_ids(s, o, "control-domains", &m->matrix.control, 4);
	if (m->fields & WM_ATTRS)
		put_attrs(s, o, "attrs", m->attrs, m->n_attrs);
	if (m->fields & WM_BOOT)
		put_attrs(s, o, "at-boot", m->boot, m->n_boot);
	if (m->peer.bus == BUS_CCW)
		put_string(s, o, "device", devid_text(&m->peer, text));
	put_reach(s, o, m->reach);
	return o;
}

static void save_mdevs(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *list = made(s, json_object_new_array());

	for (size_t i = 0; i < w->n_mdevs; i++)
		add(s, list, mdev_value(s, &w->mdevs[i]));
	put(s, root, "mdevs", list);
}

static void save_sriov(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *o = made(s, json_object_new_object());
	char text[DEVID_TEXT];

	for (size_t i = 0; i < w->n_sriov; i++) {
		const struct wish_sriov *v = &w->sriov[i];
		struct json_object *n = made(s, json_object_new_int64(v->vfs)), *entry = n;

		if (!plain(v->reach)) {
			entry = made(s, json_object_new_object());
			put(s, entry, "vfs", n);
			put_reach(s, entry, v->reach);
		}
		put(s, o, devid_text(&v->dev, text), entry);
	}
	put(s, root, "sriov", o);
}

static void save_modules(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *o = made(s, json_object_new_object());

	for (size_t i = 0; i < w->n_modules; i++) {
		const struct wish_module *m = &w->modules[i];

		if (plain(m->reach)) {
			put_bool(s, o, m->name, true);
		} else {
			struct json_object *entry = made(s, json_object_new_object());

			put_reach(s, entry, m->reach);
			put(s, o, m->name, entry);
		}
	}
	put(s, root, "modules", o);
}

/* Both switches of a path are in one object. */
static void save_paths(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *paths = NULL, *entry = NULL, *measured = NULL;
	const struct devid *last = NULL;
	char text[DEVID_TEXT];

	for (size_t i = 0; i < w->n_switches; i++) {
		const struct wish_switch *v = &w->switches[i];

		devid_text(&v->dev, text);
		if (v->kind == SWITCH_MEASURE) {
			measured = measured ? measured : made(s, json_object_new_object());
			put_bool(s, measured, text, v->on);
			continue;
		}
		paths = paths ? paths : made(s, json_object_new_object());
		if (!last || !devid_eq(last, &v->dev)) {
			entry = made(s, json_object_new_object());
			put(s, paths, text, entry);
		}
		last = &v->dev;
		put_bool(s, entry, v->kind == SWITCH_VARY ? "vary" : "configure", v->on);
	}
	if (paths)
		put(s, root, "paths", paths);
	if (measured)
		put(s, root, "measurements", measured);
}

static void save_accept(struct save *s, const struct wish *w, struct json_object *root)
{
	struct json_object *list = made(s, json_object_new_array());
	char text[DEVID_TEXT];

	for (size_t i = 0; i < w->n_accept; i++) {
		struct json_object *name =
			made(s, json_object_new_string(devid_text(&w->accept[i], text)));

		if (list && name && json_object_array_add(list, name) == 0)
			continue;
		json_object_put(name);
		s->failed = true;
	}
	put(s, root, "accept", list);
}

char *wish_to_json(const struct wish *w)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct save s = { 0 };
	struct json_object *root = made(&s, json_object_new_object());
	const char *text;

	put(&s, root, "vfiocfg-edits", made(&s, json_object_new_int(1)));
	if (w->n_drivers)
		save_drivers(&s, w, root);
	if (w->ap.set)
		save_ap(&s, &w->ap, root);
	if (w->n_mdevs)
		save_mdevs(&s, w, root);
	if (w->n_sriov)
		save_sriov(&s, w, root);
	if (w->n_modules)
		save_modules(&s, w, root);
	if (w->n_switches)
		save_paths(&s, w, root);
	if (w->n_accept)
		save_accept(&s, w, root);
	text = s.failed ? NULL
			: json_object_to_json_string_ext(
				  root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						JSON_C_TO_STRING_NOSLASHESCAPE);
	s.failed = !text || !json_says(text, strlen(text), root) || buf_adds(&b, text) < 0 ||
		   buf_addc(&b, '\n') < 0;
	json_object_put(root);
	return s.failed ? NULL : buf_take(&b);
}
