/* SPDX-License-Identifier: MIT */
/* The AP bus (drivers/s390/crypto/ap_bus.c): masks, overrides, bindings, and the drivers of cards and queues. */
#include "sim_ap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char bus_dir[] = "/sys/bus/ap";

const char *ap_attr(const struct sim *sim, const char *dev, const char *name)
{
	char path[SIM_PATH];

	sim_path(path, "%s/%s", dev, name);
	return sim_value(sim, path);
}

struct sim_mask ap_mask(const struct sim *sim, const char *path)
{
	struct sim_mask m = { 0 };

	sim_mask_hex(sim_value(sim, path), &m);
	return m;
}

int ap_put_mask(struct sim *sim, const char *path, unsigned mode, const struct sim_mask *m)
{
	char text[AP_TEXT];

	sim_mask_text(m, text);
	return sim_put_filef(sim, path, mode, "%s\n", text);
}

bool ap_queue_id(const char *name, unsigned *ret_card, unsigned *ret_domain)
{
	char end;

	return strlen(name) == strlen("00.0000") &&
	       sscanf(name, "%2x.%4x%c", ret_card, ret_domain, &end) == 2;
}

bool ap_card_id(const char *name, unsigned *ret_card)
{
	char end;

	return strlen(name) == strlen("card00") && sscanf(name, "card%2x%c", ret_card, &end) == 1;
}

void ap_queue_path(char ret[static SIM_PATH], unsigned card, unsigned domain)
{
	sim_path(ret, "/sys/devices/ap/card%02x/%02x.%04x", card, card, domain);
}

const char *ap_driver_of(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/driver", dev);
	return sim_link_base(sim, path);
}

int ap_devices(const struct sim *sim, struct buf *ret_names)
{
	return sim_bus_walk(sim, "ap", ret_names);
}

bool ap_reserved(const struct sim *sim, unsigned card, unsigned domain)
{
	struct sim_mask apm = ap_mask(sim, "/sys/bus/ap/apmask");
	struct sim_mask aqm = ap_mask(sim, "/sys/bus/ap/aqmask");

	return sim_mask_get(&apm, card) && sim_mask_get(&aqm, domain);
}

unsigned ap_overrides(const struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;
	unsigned n = 0;

	if (sim_has(sim, "/.sim/ap/overrides"))
		return (unsigned)strtoul(sim_value(sim, "/.sim/ap/overrides"), NULL, 10);
	if (sim_names(sim, "/sys/bus/ap/devices", &names) == 0)
		buf_foreach_name (&names, name) {
			sim_path(path, "/sys/bus/ap/devices/%s", name);
			n += *ap_attr(sim, path, "driver_override") != '\0';
		}
	return n;
}

/* ap_owned_by_def_drv(): with overrides in force, only a queue which has one and is bound by it is the guests'. */
static bool owned_by_host(const struct sim *sim, unsigned card, unsigned domain)
{
	char dev[SIM_PATH];

	if (!ap_reserved(sim, card, domain))
		return false;
	ap_queue_path(dev, card, domain);
	return !(*ap_attr(sim, dev, "driver_override") &&
		 str_eq(ap_driver_of(sim, dev), "vfio_ap"));
}

bool ap_owned_by_host(const struct sim *sim, const struct ap_matrix *m)
{
	for (unsigned card = 0; card < SIM_BITS; card++) {
		if (!sim_mask_get(&m->apm, card))
			continue;
		for (unsigned domain = 0; domain < SIM_BITS; domain++)
			if (sim_mask_get(&m->aqm, domain) && owned_by_host(sim, card, domain))
				return true;
	}
	return false;
}

/* ap_calc_bound_apqns() */
static void count_bound(const struct sim *sim, unsigned *ret_all, unsigned *ret_bound)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char dev[SIM_PATH];
	const char *name;
	unsigned card, domain;

	*ret_all = *ret_bound = 0;
	if (sim_names(sim, "/sys/bus/ap/devices", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		if (!ap_queue_id(name, &card, &domain))
			continue;
		ap_queue_path(dev, card, domain);
		++*ret_all;
		*ret_bound += *ap_driver_of(sim, dev) != '\0';
	}
}

static int bindings_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	unsigned all, bound;

	(void)call;
	count_bound(sim, &all, &bound);
	return buf_printf(ret, "%u/%u%s\n", bound, all, bound == all ? " (complete)" : "");
}

void ap_check_bindings(struct sim *sim)
{
	unsigned long count;
	unsigned all, bound;

	count_bound(sim, &all, &bound);
	if (all != bound || !str_eq(sim_value(sim, "/.sim/past/rearmed"), "1"))
		return;
	count = strtoul(sim_value(sim, "/.sim/past/complete"), NULL, 10) + 1;
	sim_put_file(sim, "/.sim/past/rearmed", 0644, "0\n");
	sim_put_filef(sim, "/.sim/past/complete", 0644, "%lu\n", count);
	if (sim->level >= 701)
		sim_put_filef(sim, "/sys/bus/ap/bindings_complete_count", 0444, "%lu\n", count);
	sim_uevent(sim, "change", "ap", "/devices/ap", "BINDINGS=complete\nCOMPLETECOUNT=%lu\n",
		   count);
}

/*
 * __ap_revise_reserved(): a queue whose driver does not fit its owner is probed again. No driver counts as one of the
 * guests', so that a free queue stays unbound and a reserved one comes back to cex4queue.
 */
static void revise_bindings(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char dev[SIM_PATH];
	const char *name;
	unsigned card, domain;

	if (ap_devices(sim, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		if (!ap_queue_id(name, &card, &domain))
			continue;
		ap_queue_path(dev, card, domain);
		if (ap_reserved(sim, card, domain) == str_eq(ap_driver_of(sim, dev), "cex4queue"))
			continue;
		sim_driver_unbind(sim, dev);
		sim_driver_probe_any(sim, dev);
	}
}

/*
 * apmask_commit(), aqmask_commit(): what comes back to the host may not be in a matrix. Before 7.1 only the queues which
 * the other mask reserves as well count; since then the new adapters with every domain, and the reverse.
 */
static int may_reclaim(const struct sim *sim, bool adapters, const struct sim_mask *fresh)
{
	struct sim_mask other =
		ap_mask(sim, adapters ? "/sys/bus/ap/aqmask" : "/sys/bus/ap/apmask");
	bool busy;

	if (sim->level >= 701)
		memset(&other, 0xff, sizeof(other));
	busy = adapters ? ap_mdev_in_use(sim, fresh, &other) : ap_mdev_in_use(sim, &other, fresh);
	return busy ? -EBUSY : 0;
}

static int mask_store(struct sim *sim, const struct sim_call *call)
{
	struct sim_mask was = ap_mask(sim, call->path), now = was, fresh;
	bool adapters = str_eq(call->attr, "apmask");
	char text[AP_TEXT];
	int r;

	if (sim->level >= 701 && ap_overrides(sim))
		return -EINVAL;
	r = sim_mask_parse(call->value, &now);
	if (r < 0)
		return r;
	if (sim_mask_equal(&was, &now))
		return (int)call->len;
	fresh = sim_mask_andnot(&now, &was);
	r = sim_mask_empty(&fresh) ? 0 : may_reclaim(sim, adapters, &fresh);
	r = r < 0 ? r : ap_put_mask(sim, call->path, 0644, &now);
	if (r < 0)
		return r;
	revise_bindings(sim);
	sim_mask_text(&now, text);
	sim_uevent(sim, "change", "ap", "/devices/ap", "%s=%s\n\n", adapters ? "APMASK" : "AQMASK",
		   text);
	return (int)call->len;
}

/* driver_override_store() of queues, since 7.1: not while a mask says anything. */
static int override_store(struct sim *sim, const struct sim_call *call)
{
	struct sim_mask apm = ap_mask(sim, "/sys/bus/ap/apmask");
	struct sim_mask aqm = ap_mask(sim, "/sys/bus/ap/aqmask");
	size_t n = strcspn(call->value, "\n");
	unsigned overrides = ap_overrides(sim);
	bool had = *sim_value(sim, call->path) != '\0';
	int r;

	if (!sim_mask_full(&apm) || !sim_mask_full(&aqm) || call->len >= 4095)
		return -EINVAL;
	r = sim_put_filef(sim, call->path, 0644, "%.*s\n", (int)n, call->value);
	if (r < 0)
		return r;
	if (!had && n)
		overrides++;
	else if (had && !n && overrides)
		overrides--;
	if (!overrides)
		sim_del(sim, "/.sim/ap/overrides");
	else
		r = sim_put_filef(sim, "/.sim/ap/overrides", 0644, "%u\n", overrides);
	return r < 0 ? r : (int)call->len;
}

static int domain_store(struct sim *sim, const struct sim_call *call)
{
	struct sim_mask aqm = ap_mask(sim, "/sys/bus/ap/aqmask");
	int domain, max = atoi(ap_attr(sim, bus_dir, "ap_max_domain_id"));

	if (sscanf(call->value, "%i\n", &domain) != 1 || domain < 0 || domain > max ||
	    !sim_mask_get(&aqm, (unsigned)domain))
		return -EINVAL; /* ap_domain_store() */
	sim_put_filef(sim, call->path, 0644, "%d\n", domain);
	return (int)call->len;
}

static int config_time_store(struct sim *sim, const struct sim_call *call)
{
	int seconds;

	if (sscanf(call->value, "%d\n", &seconds) != 1 || seconds < 5 || seconds > 120)
		return -EINVAL; /* config_time_store() */
	sim_put_filef(sim, call->path, 0644, "%d\n", seconds);
	return (int)call->len;
}

/* kstrtobool(); with interrupts no thread is started, and the value stays 0. */
static int poll_thread_store(struct sim *sim, const struct sim_call *call)
{
	const char *v = call->value;
	bool on = strchr("yYtT1", *v) && *v, off = strchr("nNfF0", *v) && *v;

	if ((*v == 'o' || *v == 'O') && v[1]) {
		on = v[1] == 'n' || v[1] == 'N';
		off = v[1] == 'f' || v[1] == 'F';
	}
	if (!on && !off)
		return -EINVAL;
	if (off || !str_eq(ap_attr(sim, bus_dir, "ap_interrupts"), "1"))
		sim_set(sim, call->path, on ? "1\n" : "0\n");
	return (int)call->len;
}

static int scans_store(struct sim *sim, const struct sim_call *call)
{
	unsigned long scans = strtoul(sim_value(sim, call->path), NULL, 10) + 1;
	int r;

	sim_put_filef(sim, call->path, 0644, "%lu\n", scans);
	r = ap_scan(sim);
	return r < 0 ? r : (int)call->len;
}

/* Works now: set online, configured, and not check-stopped. */
static int online_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	bool on = str_eq(sim_value(sim, call->path), "1") &&
		  !str_eq(ap_attr(sim, call->dir, "config"), "0") &&
		  !str_eq(ap_attr(sim, call->dir, "chkstop"), "1");

	return buf_adds(ret, on ? "1\n" : "0\n");
}

static bool usable(const struct sim *sim, const char *dev)
{
	return str_eq(ap_attr(sim, dev, "config"), "1") &&
	       !str_eq(ap_attr(sim, dev, "chkstop"), "1");
}

static int parse_bool(const struct sim_call *call, bool *ret)
{
	int value;

	if (sscanf(call->value, "%d\n", &value) != 1 || value < 0 || value > 1)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* online_store() of zcrypt_card.c: the queues which cex4queue has follow, each which changes says so. */
static int card_online_store(struct sim *sim, const struct sim_call *call)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;
	unsigned card, domain, mine;
	bool on;
	int r = parse_bool(call, &on);

	if (r < 0 || !ap_card_id(call->dev, &mine))
		return -EINVAL;
	if (on && !usable(sim, call->dir))
		return -ENODEV;
	sim_set(sim, call->path, on ? "1\n" : "0\n");
	sim_dev_uevent(sim, "change", call->dir, "ONLINE=%d\n", on);
	if (sim_bound_walk(sim, "ap", "cex4queue", &names) < 0)
		return (int)call->len;
	buf_foreach_name (&names, name) {
		if (!ap_queue_id(name, &card, &domain) || card != mine)
			continue;
		sim_path(path, "%s/%s/online", call->dir, name);
		if (str_eq(sim_value(sim, path), on ? "1" : "0"))
			continue;
		sim_set(sim, path, on ? "1\n" : "0\n");
		sim_path(path, "%s/%s", call->dir, name);
		sim_dev_uevent(sim, "change", path, "ONLINE=%d\n", on);
	}
	return (int)call->len;
}

/* online_store() of zcrypt_queue.c */
static int queue_online_store(struct sim *sim, const struct sim_call *call)
{
	char card[SIM_PATH];
	bool on;
	int r = parse_bool(call, &on);

	if (r < 0)
		return r;
	sim_path(card, "%.*s", (int)(call->dev - 1 - call->dir), call->dir);
	if (on && (!usable(sim, call->dir) || !usable(sim, card)))
		return -ENODEV;
	if (on && !str_eq(ap_attr(sim, card, "online"), "1"))
		return -EINVAL;
	sim_set(sim, call->path, on ? "1\n" : "0\n");
	sim_dev_uevent(sim, "change", call->dir, "ONLINE=%d\n", on);
	return (int)call->len;
}

/* config_store() of ap_card.c; the queues hear of it from the next scan. */
static int config_store(struct sim *sim, const struct sim_call *call)
{
	unsigned card;
	bool on;
	int r = parse_bool(call, &on);

	if (r < 0 || !ap_card_id(call->dev, &card))
		return -EINVAL;
	r = ap_configure(sim, card, on);
	if (r < 0)
		return r;
	sim_set(sim, call->path, on ? "1\n" : "0\n");
	sim_dev_uevent(sim, "change", call->dir, "CONFIG=%d\n", on);
	return (int)call->len;
}

static bool match_card(struct sim *sim, const char *dev)
{
	unsigned card;

	(void)sim;
	return ap_card_id(sim_base(dev), &card);
}

/* ap_bus_match() looks at the kind of device only; an override is a matter of probing. */
static bool match_queue(struct sim *sim, const char *dev)
{
	unsigned card, domain;

	(void)sim;
	return ap_queue_id(sim_base(dev), &card, &domain);
}

/*
 * ap_device_probe(): a queue goes to the driver its override names, or without one to the drivers of its owner. Each probe
 * that gets so far arms the completion.
 */
static int probe_allowed(struct sim *sim, const char *dev, const char *driver)
{
	const char *override = ap_attr(sim, dev, "driver_override");
	unsigned card, domain;

	if (*override && !str_eq(override, driver))
		return -ENODEV;
	if (!*override && ap_queue_id(sim_base(dev), &card, &domain) &&
	    ap_reserved(sim, card, domain) == str_eq(driver, "vfio_ap"))
		return -ENODEV;
	return sim_put_file(sim, "/.sim/past/rearmed", 0644, "1\n");
}

static int probe_card(struct sim *sim, const char *dev)
{
	int r = probe_allowed(sim, dev, "cex4card");

	r = r < 0 ? r : sim_put_attr(sim, dev, "online", 0644, "1\n");
	return r < 0 ? r : sim_put_attr(sim, dev, "load", 0444, "0\n");
}

static void remove_card(struct sim *sim, const char *dev)
{
	sim_delf(sim, "%s/online", dev);
	sim_delf(sim, "%s/load", dev);
}

static bool mode_is(const struct sim *sim, const char *dev, const char *mode)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char path[SIM_PATH], line[32];

	sim_path(path, "%s/uevent", dev);
	snprintf(line, sizeof(line), "MODE=%s\n", mode);
	return sim_bytes(sim, path, &text) == 0 && strstr(buf_str(&text), line);
}

static int probe_cex4queue(struct sim *sim, const char *dev)
{
	int r = probe_allowed(sim, dev, "cex4queue");

	r = r < 0 ? r : sim_put_attr(sim, dev, "online", 0644, "1\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "load", 0444, "0\n");
	if (r == 0 && !mode_is(sim, dev, "accel"))
		r = sim_put_attr(sim, dev, "mkvps", 0444, "%s", "");
	if (r == 0 && mode_is(sim, dev, "ep11"))
		r = sim_put_attr(sim, dev, "op_modes", 0444, "%s", "");
	r = r < 0 ? r : sim_put_attr(sim, dev, "request_count", 0644, "0\n");
	return r < 0 ? r : sim_put_attr(sim, dev, "interrupt", 0444, "Interrupts enabled.\n");
}

static void remove_cex4queue(struct sim *sim, const char *dev)
{
	static const char *const attrs[] = { "online", "load", "mkvps", "op_modes" };

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		sim_delf(sim, "%s/%s", dev, attrs[i]);
}

static int probe_vfio_ap(struct sim *sim, const char *dev)
{
	unsigned card, domain;
	int r = probe_allowed(sim, dev, "vfio_ap");

	r = r < 0 ? r : sim_put_attr(sim, dev, "status", 0444, "unassigned\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "request_count", 0644, "-\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "interrupt", 0444, "Interrupts disabled.\n");
	if (r == 0 && ap_queue_id(sim_base(dev), &card, &domain))
		ap_mdev_queue_added(sim, card, domain);
	return r;
}

static void remove_vfio_ap(struct sim *sim, const char *dev)
{
	unsigned card, domain;

	sim_delf(sim, "%s/status", dev);
	if (ap_queue_id(sim_base(dev), &card, &domain))
		ap_mdev_queue_gone(sim, card, domain);
}

const struct sim_driver sim_driver_cex4card = { .bus = "ap",
						.name = "cex4card",
						.match = match_card,
						.probe = probe_card,
						.remove = remove_card };
const struct sim_driver sim_driver_cex4queue = { .bus = "ap",
						 .name = "cex4queue",
						 .match = match_queue,
						 .probe = probe_cex4queue,
						 .remove = remove_cex4queue };
const struct sim_driver sim_driver_vfio_ap = { .bus = "ap",
					       .name = "vfio_ap",
					       .match = match_queue,
					       .probe = probe_vfio_ap,
					       .remove = remove_vfio_ap };

static int ap_module(struct sim *sim, const char *name)
{
	int r;

	if (!str_eq(name, "vfio_ap") || !sim_has(sim, bus_dir))
		return 0;
	r = ap_mdev_module(sim);
	return r < 0 ? r : 1;
}

static int ap_unload(struct sim *sim, const char *name)
{
	if (!str_eq(name, "vfio_ap"))
		return 0;
	ap_mdev_unload(sim);
	return 1;
}

static const struct sim_hook hooks[] = {
	{ "/sys/bus/ap/apmask", mask_store, NULL, "apmask_store, apmask_commit (ap_bus.c)" },
	{ "/sys/bus/ap/aqmask", mask_store, NULL, "aqmask_store, aqmask_commit (ap_bus.c)" },
	{ "/sys/bus/ap/bindings", NULL, bindings_show, "bindings_show (ap_bus.c)" },
	{ "/sys/bus/ap/ap_domain", domain_store, NULL, "ap_domain_store (ap_bus.c)" },
	{ "/sys/bus/ap/config_time", config_time_store, NULL, "config_time_store (ap_bus.c)" },
	{ "/sys/bus/ap/poll_thread", poll_thread_store, NULL, "poll_thread_store (ap_bus.c)" },
	{ "/sys/bus/ap/scans", scans_store, NULL, "scans_store, ap_bus_force_rescan (ap_bus.c)" },
	{ "/sys/devices/ap/card*/*/driver_override", override_store, NULL,
	  "driver_override_store (ap_queue.c)" },
	{ "/sys/devices/ap/card*/online", card_online_store, online_show,
	  "online_store (zcrypt_card.c)" },
	{ "/sys/devices/ap/card*/*/online", queue_online_store, online_show,
	  "online_store (zcrypt_queue.c)" },
	{ "/sys/devices/ap/card*/config", config_store, NULL, "config_store (ap_card.c)" },
	{ "/sys/devices/ap/card*/*/status", NULL, ap_status_read, "status_show (vfio_ap_ops.c)" },
	{ 0 },
};

const struct sim_bus sim_bus_ap = {
	.name = "ap",
	.hooks = hooks,
	.directive = ap_directive,
	.reboot = ap_reboot,
	.module = ap_module,
	.unload = ap_unload,
	.poke = ap_poke,
};
const struct sim_bus sim_bus_vfio_ap = { .name = "vfio_ap", .hooks = ap_mdev_hooks };
