/* SPDX-License-Identifier: MIT */
/* Edits file -> wish. Everything not understood is an error that says where it stands. */
#include "attrs.h"
#include "edits_json.h"
#include "jsontext.h"
#include "wish.h"

#include <errno.h>
#include <string.h>

/* -- "drivers" -- */

static int read_name(const struct edits *e, struct json_object *value, struct json_object *at,
		     char (*to)[32])
{
	const char *s = edits_string(value);

	**to = '\0';
	if (!value)
		return 0;
	if (!s || !name_ok(s) || strlen(s) >= sizeof(*to))
		return edits_expected(
			e, at,
			"a driver's name of at most 31 characters, or null for the host's own");
	memcpy(*to, s, strlen(s) + 1);
	return 0;
}

static int set_driver(const struct edits *e, struct json_object *value, struct json_object *at,
		      void *to)
{
	return read_name(e, value, at, &((struct wish_driver *)to)->driver);
}

static int driver_boot(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	struct wish_driver *d = to;

	d->has_boot = true;
	return read_name(e, value, at, &d->boot);
}

static int driver_device(const struct edits *e, struct json_object *value, struct json_object *at,
			 void *to)
{
	struct wish_driver *d = to;

	if (d->dev.bus != BUS_CSS)
		return edits_expected(e, at, "\"device\" only where a subchannel is named");
	return edits_dev(e, value, at, BUS_CCW, &d->peer);
}

static int driver_subchannel(const struct edits *e, struct json_object *value,
			     struct json_object *at, void *to)
{
	struct wish_driver *d = to;

	if (d->dev.bus != BUS_CCW)
		return edits_expected(e, at, "\"subchannel\" only where a CCW device is named");
	return edits_dev(e, value, at, BUS_CSS, &d->peer);
}

static const struct member driver_members[] = {
	{ "driver", set_driver, 0 },
	{ "device", driver_device, 0 },
	{ "subchannel", driver_subchannel, 0 },
	{ "at-boot", driver_boot, 0 },
	{ "online", edits_read_bool, offsetof(struct wish_driver, online) },
	{ "live", edits_read_bool, offsetof(struct wish_driver, reach.live) },
	{ "persist", edits_read_bool, offsetof(struct wish_driver, reach.persist) },
	{ NULL, NULL, 0 },
};

static int read_driver(const struct edits *e, const char *key, struct json_object *value,
		       struct json_object *at, struct wish *w)
{
	struct wish_driver d = { .reach = { true, true } };
	int r;

	if (devid_parse(key, &d.dev) < 0 ||
	    (d.dev.bus != BUS_CSS && d.dev.bus != BUS_CCW && d.dev.bus != BUS_PCI))
		return edits_expected(e, at,
				      "a device such as \"css/0.0.0313\", \"ccw/0.0.2b09\" or "
				      "\"pci/0000:3b:00.1\" before this value, not \"%s\"",
				      key);
	if (wish_driver_of(w, &d.dev))
		return edits_expected(e, at, "each device once; \"%s\" is named twice", key);
	if (!json_object_is_type(value, json_type_object)) {
		r = set_driver(e, value, at, &d);
	} else {
		r = edits_members(e, value, driver_members, &d);
		if (r == 0 && !json_object_object_get_ex(value, "driver", NULL))
			r = edits_expected(e, value, "\"driver\" in this object");
		if (r == 0)
			r = edits_reach(e, value, d.reach);
		if (r == 0 && d.has_boot && !d.reach.persist)
			r = edits_expected(e, value, "\"persist\" true beside \"at-boot\"");
		if (r == 0 && d.online && (!d.reach.live || d.dev.bus == BUS_PCI))
			r = edits_expected(
				e, value,
				"\"online\" of a channel device only, and \"live\" true beside it");
	}
	return r < 0 ? r : wish_set_driver(w, &d);
}

static int read_drivers(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at, "an object of devices and their drivers");
	json_object_object_foreach(value, key, v)
	{
		int r = read_driver(e, key, v, v ? v : value, to);

		if (r < 0)
			return r;
	}
	return 0;
}

/* -- "ap" -- */

static int ap_mode(const struct edits *e, struct json_object *value, struct json_object *at,
		   void *to)
{
	static const char *const words[] = {
		[AP_MODE_AUTO] = "auto", [AP_MODE_MASKS] = "masks", [AP_MODE_OVERRIDE] = "override"
	};
	const char *s = edits_string(value);

	for (size_t i = 0; s && i < ARRAY_SIZE(words); i++)
		if (strcmp(s, words[i]) == 0) {
			((struct wish *)to)->ap.mode = (enum ap_mode)i;
			return 0;
		}
	return edits_expected(e, at, "\"masks\", \"override\" or \"auto\"");
}

static int ap_queue(const struct edits *e, struct json_object *value, struct json_object *at,
		    struct wish *w, bool guest)
{
	const char *s = edits_string(value);
	size_t n = w->ap.n_guest + w->ap.n_host;
	apqn_t q;
	int r;

	if (!s || apqn_parse(s, &q) < 0)
		return edits_expected(e, at,
				      "a queue such as \"05.00ab\" (adapter.domain, hexadecimal)");
	r = wish_set_queue(w, q, guest, w->ap.reach);
	if (r == 0 && w->ap.n_guest + w->ap.n_host == n)
		return edits_expected(e, at, "each queue once; %s is named twice", s);
	return r;
}

static int ap_guest_queue(const struct edits *e, struct json_object *value, struct json_object *at,
			  void *to)
{
	return ap_queue(e, value, at, to, true);
}

static int ap_host_queue(const struct edits *e, struct json_object *value, struct json_object *at,
			 void *to)
{
	return ap_queue(e, value, at, to, false);
}

static int ap_guests(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	return edits_list(e, value, at, ap_guest_queue, to);
}

static int ap_hosts(const struct edits *e, struct json_object *value, struct json_object *at,
		    void *to)
{
	return edits_list(e, value, at, ap_host_queue, to);
}

/* Only the whole form: what short and signed ones mean hangs on left alignment and on the mask as it is. */
static int ap_mask(const struct edits *e, struct json_object *value, struct json_object *at,
		   struct ap_mask *ret)
{
	const char *s = edits_string(value);

	if (!s || strlen(s) != MASK_TEXT - 1 || strncmp(s, "0x", 2) != 0 || mask_parse(s, ret) < 0)
		return edits_expected(e, at,
				      "0x and 64 hexadecimal digits, as the kernel shows the mask");
	return 0;
}

static int rule_apmask(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	struct wish_rule *rule = to;

	rule->has_apmask = true;
	return ap_mask(e, value, at, &rule->apmask);
}

static int rule_aqmask(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	struct wish_rule *rule = to;

	rule->has_aqmask = true;
	return ap_mask(e, value, at, &rule->aqmask);
}

static const struct member rule_members[] = {
	{ "apmask", rule_apmask, 0 },
	{ "aqmask", rule_aqmask, 0 },
	{ NULL, NULL, 0 },
};

static int ap_boot(const struct edits *e, struct json_object *value, struct json_object *at,
		   void *to)
{
	struct wish_rule *rule = &((struct wish *)to)->ap.boot;

	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at,
				      "an object with \"apmask\" and \"aqmask\", {} for no masks");
	rule->set = true;
	return edits_members(e, value, rule_members, rule);
}

static int ap_apmask(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	struct wish_ap *ap = &((struct wish *)to)->ap;

	ap->has_apmask = true;
	return ap_mask(e, value, at, &ap->apmask);
}

static int ap_aqmask(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	struct wish_ap *ap = &((struct wish *)to)->ap;

	ap->has_aqmask = true;
	return ap_mask(e, value, at, &ap->aqmask);
}

static const struct member ap_members[] = {
	{ "mode", ap_mode, 0 },
	{ "guest-queues", ap_guests, 0 },
	{ "host-queues", ap_hosts, 0 },
	{ "apmask", ap_apmask, 0 },
	{ "aqmask", ap_aqmask, 0 },
	{ "at-boot", ap_boot, 0 },
	{ "live", edits_read_bool, offsetof(struct wish, ap.reach.live) },
	{ "persist", edits_read_bool, offsetof(struct wish, ap.reach.persist) },
	{ NULL, NULL, 0 },
};

static int read_ap(const struct edits *e, struct json_object *value, struct json_object *at,
		   void *to)
{
	struct wish *w = to;
	int r;

	if (!json_object_is_type(value, json_type_object))
		return edits_expected(
			e, at, "an object with \"guest-queues\" or \"apmask\" and \"aqmask\"");
	w->ap.reach = (struct reach){ true, true };
	r = edits_members(e, value, ap_members, w);
	if (r == 0)
		r = edits_reach(e, value, w->ap.reach);
	if (r < 0)
		return r;
	if (w->ap.n_guest + w->ap.n_host && (w->ap.has_apmask || w->ap.has_aqmask))
		return edits_expected(e, value, "either queues or masks, not both");
	if (w->ap.boot.set && !w->ap.reach.persist)
		return edits_expected(e, value, "\"persist\" true beside \"at-boot\"");
	w->ap.set = w->ap.n_guest + w->ap.n_host || w->ap.has_apmask || w->ap.has_aqmask ||
		    w->ap.boot.set || w->ap.mode != AP_MODE_AUTO;
	if (!w->ap.set)
		wish_drop_ap(w);
	return 0;
}

/* -- "sriov" and "modules" -- */

static int sriov_vfs(const struct edits *e, struct json_object *value, struct json_object *at,
		     void *to)
{
	int64_t n = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;

	if (n < 0 || n > 65535)
		return edits_expected(e, at, "a number of virtual functions, 0 to 65535");
	((struct wish_sriov *)to)->vfs = (unsigned)n;
	return 0;
}

static const struct member sriov_members[] = {
	{ "vfs", sriov_vfs, 0 },
	{ "live", edits_read_bool, offsetof(struct wish_sriov, reach.live) },
	{ "persist", edits_read_bool, offsetof(struct wish_sriov, reach.persist) },
	{ NULL, NULL, 0 },
};

static int read_sriov(const struct edits *e, struct json_object *value, struct json_object *at,
		      void *to)
{
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(
			e, at, "an object of PCI functions and their numbers of virtual functions");
	json_object_object_foreach(value, key, v)
	{
		struct wish_sriov s = { .reach = { true, true } };
		struct json_object *here = v ? v : value;
		int r;

		if (devid_parse(key, &s.dev) < 0 || s.dev.bus != BUS_PCI)
			return edits_expected(e, here,
					      "a function such as \"pci/0000:3b:00.0\" before this "
					      "value, not \"%s\"",
					      key);
		if (!json_object_is_type(v, json_type_object))
			r = sriov_vfs(e, v, here, &s);
		else if (!json_object_object_get_ex(v, "vfs", NULL))
			r = edits_expected(e, v, "\"vfs\" in this object");
		else
			r = edits_members(e, v, sriov_members, &s);
		if (r == 0)
			r = edits_reach(e, here, s.reach);
		if (r == 0)
			r = wish_set_sriov(to, &s);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct member module_members[] = {
	{ "live", edits_read_bool, offsetof(struct wish_module, reach.live) },
	{ "persist", edits_read_bool, offsetof(struct wish_module, reach.persist) },
	{ NULL, NULL, 0 },
};

static int read_modules(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	if (!json_object_is_type(value, json_type_object))
		return edits_expected(e, at,
				      "an object of modules to load, { \"vfio_ccw\": true }");
	json_object_object_foreach(value, key, v)
	{
		struct wish_module m = { .reach = { true, true } };
		struct json_object *here = v ? v : value;
		bool load = true;
		int r;

		if (!name_ok(key) || strlen(key) >= sizeof(m.name))
			return edits_expected(
				e, here,
				"a module's name of at most 31 characters before this value");
		strcpy(m.name, key);
		if (json_object_is_type(v, json_type_object))
			r = edits_members(e, v, module_members, &m);
		else
			r = edits_read_bool(e, v, here, &load);
		if (r == 0 && !load)
			r = edits_expected(e, here, "true: modules are loaded, never unloaded");
		if (r == 0)
			r = edits_reach(e, here, m.reach);
		if (r == 0)
			r = wish_set_module(to, &m);
		if (r < 0)
			return r;
	}
	return 0;
}

/* -- "accept" -- */

static int read_accepted(const struct edits *e, struct json_object *value, struct json_object *at,
			 void *to)
{
	const char *name =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
	struct devid dev;

	if (!name || devid_parse(name, &dev) < 0 ||
	    (dev.bus != BUS_CSS && dev.bus != BUS_PCI && dev.bus != BUS_AP))
		return edits_expected(e, at, "a device such as \"css/0.0.0313\"");
	return wish_set_accept(to, &dev);
}

static int read_accept(const struct edits *e, struct json_object *value, struct json_object *at,
		       void *to)
{
	return edits_list(e, value, at, read_accepted, to);
}

/* -- the whole -- */

static int read_version(const struct edits *e, struct json_object *value, struct json_object *at,
			void *to)
{
	(void)to;
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) != 1)
		return edits_expected(e, at, "1, the version of this format");
	return 0;
}

static int read_mdevs(const struct edits *e, struct json_object *value, struct json_object *at,
		      void *to)
{
	return edits_list(e, value, at, edits_read_mdev, to);
}

static const struct member top_members[] = {
	{ "vfiocfg-edits", read_version, 0 },
	{ "drivers", read_drivers, 0 },
	{ "ap", read_ap, 0 },
	{ "mdevs", read_mdevs, 0 },
	{ "sriov", read_sriov, 0 },
	{ "modules", read_modules, 0 },
	{ "paths", edits_read_paths, 0 },
	{ "measurements", edits_read_measurements, 0 },
	{ "accept", read_accept, 0 },
	{ NULL, NULL, 0 },
};

int wish_from_json(const char *text, size_t len, const char *name, struct wish *ret,
		   struct msg *reterr)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	CLEANUP(wish_done) struct wish w = { 0 };
	struct edits e = {
		.name = name ? name : "edits", .text = text, .len = len, .reterr = reterr
	};
	int r;

	msg_done(reterr);
	r = edits_parse(&e, &root);
	if (r < 0)
		return r;
	if (!json_object_object_get_ex(root, "vfiocfg-edits", NULL))
		return edits_expected(&e, root, "\"vfiocfg-edits\": 1 in this object");
	r = edits_members(&e, root, top_members, &w);
	if (r < 0)
		return r;
	*ret = w;
	w = (struct wish){ 0 };
	return 0;
}
