/* SPDX-License-Identifier: MIT */
/*
 * vfio_ap: matrices and what their guests get (drivers/s390/crypto/vfio_ap_ops.c).
 *
 * Rule: what is assigned is the stored value of ap_config (kernels without it: /.sim/ap/matrix/UUID). What the guest gets is
 * /.sim/ap/shadow/UUID: it depends on the order of events, not only on the state.
 */
#include "sim_ap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_LEN = 201, PAGE = 4096 };

static const char matrix_dev[] = "/sys/devices/vfio_ap/matrix";

/* Three masks with commas between. */
static int parse_config(const char *text, struct ap_matrix *ret)
{
	CLEANUP(freep) char *copy = strndup(text, CONFIG_LEN);
	struct ap_matrix m = { 0 };
	struct sim_mask *const masks[] = { &m.apm, &m.aqm, &m.adm };
	char *rest = copy;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		const char *field = strsep(&rest, ",\n");

		if (!field || sim_mask_hex(field, masks[i]) < 0)
			return -EINVAL;
	}
	*ret = m;
	return 0;
}

static int put_config(struct sim *sim, const char *path, unsigned mode, const struct ap_matrix *m)
{
	char a[AP_TEXT], q[AP_TEXT], d[AP_TEXT];

	sim_mask_text(&m->apm, a);
	sim_mask_text(&m->aqm, q);
	sim_mask_text(&m->adm, d);
	return sim_put_filef(sim, path, mode, "%s,%s,%s\n", a, q, d);
}

static void config_path(const struct sim *sim, const char *dev, char ret[static SIM_PATH])
{
	if (sim->level >= 610)
		sim_path(ret, "%s/ap_config", dev);
	else
		sim_path(ret, "/.sim/ap/matrix/%s", sim_base(dev));
}

static struct ap_matrix assigned(const struct sim *sim, const char *dev)
{
	struct ap_matrix m = { 0 };
	char path[SIM_PATH];

	config_path(sim, dev, path);
	parse_config(sim_value(sim, path), &m);
	return m;
}

static int set_assigned(struct sim *sim, const char *dev, const struct ap_matrix *m)
{
	char path[SIM_PATH];

	config_path(sim, dev, path);
	return put_config(sim, path, 0644, m);
}

/* All matrices with a driver, by number; false: there are no more. */
static int each(const struct sim *sim, struct buf *ret_names)
{
	return sim_bound_walk(sim, "mdev", "vfio_ap_mdev", ret_names);
}

static void mdev_path(char ret[static SIM_PATH], const char *uuid)
{
	sim_path(ret, "%s/%s", matrix_dev, uuid);
}

static void filter(struct sim *sim, const char *dev, const struct ap_matrix *m);

/* A machine from a capture says in guest_matrix what the shadow was; it is made up from the rules. */
static struct ap_matrix shadow(struct sim *sim, const char *dev)
{
	struct ap_matrix m = { 0 }, all;
	char path[SIM_PATH];

	sim_path(path, "/.sim/ap/shadow/%s", sim_base(dev));
	if (!sim_has(sim, path)) {
		all = assigned(sim, dev);
		filter(sim, dev, &all);
	}
	parse_config(sim_value(sim, path), &m);
	return m;
}

static int set_shadow(struct sim *sim, const char *dev, const struct ap_matrix *m)
{
	char path[SIM_PATH];

	sim_path(path, "/.sim/ap/shadow/%s", sim_base(dev));
	return put_config(sim, path, 0644, m);
}

static bool bound_to_vfio(const struct sim *sim, unsigned card, unsigned domain)
{
	char dev[SIM_PATH];

	ap_queue_path(dev, card, domain);
	return str_eq(ap_driver_of(sim, dev), "vfio_ap");
}

/* vfio_ap_mdev_filter_matrix(): a whole adapter is dropped for one queue which vfio_ap does not have. */
static void filter(struct sim *sim, const char *dev, const struct ap_matrix *m)
{
	struct sim_mask host_apm = ap_mask(sim, "/sys/bus/ap/ap_adapter_mask");
	struct sim_mask host_aqm = ap_mask(sim, "/sys/bus/ap/ap_usage_domain_mask");
	struct sim_mask host_adm = ap_mask(sim, "/sys/bus/ap/ap_control_domain_mask");
	struct ap_matrix s = { sim_mask_and(&m->apm, &host_apm), sim_mask_and(&m->aqm, &host_aqm),
			       sim_mask_and(&m->adm, &host_adm) };

	for (unsigned card = 0; card < SIM_BITS; card++) {
		if (!sim_mask_get(&s.apm, card))
			continue;
		for (unsigned domain = 0; domain < SIM_BITS; domain++)
			if (sim_mask_get(&s.aqm, domain) && !bound_to_vfio(sim, card, domain)) {
				sim_mask_put(&s.apm, card, false);
				break;
			}
	}
	set_shadow(sim, dev, &s);
}

/* The first matrix that has one of these queues, but for one; NULL: of all. */
static bool holder_of(const struct sim *sim, const struct sim_mask *apm, const struct sim_mask *aqm,
		      const char *but, char ret[static SIM_PATH])
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	if (each(sim, &names) < 0)
		return false;
	buf_foreach_name (&names, name) {
		struct ap_matrix m;

		mdev_path(ret, name);
		if (str_eq(ret, but))
			continue;
		m = assigned(sim, ret);
		if (sim_mask_meets(&m.apm, apm) && sim_mask_meets(&m.aqm, aqm))
			return true;
	}
	return false;
}

bool ap_mdev_in_use(const struct sim *sim, const struct sim_mask *apm, const struct sim_mask *aqm)
{
	char dev[SIM_PATH];

	return holder_of(sim, apm, aqm, NULL, dev);
}

/* The matrix a queue is assigned to. */
static bool owner_of(const struct sim *sim, unsigned card, unsigned domain,
		     char ret[static SIM_PATH])
{
	struct sim_mask apm = { 0 }, aqm = { 0 };

	sim_mask_put(&apm, card, true);
	sim_mask_put(&aqm, domain, true);
	return holder_of(sim, &apm, &aqm, NULL, ret);
}

/* vfio_ap_mdev_verify_no_sharing() */
static bool shared(const struct sim *sim, const char *dev, const struct ap_matrix *mine)
{
	char other[SIM_PATH];

	return holder_of(sim, &mine->apm, &mine->aqm, dev, other);
}

/* vfio_ap_mdev_validate_masks() */
static int validate(const struct sim *sim, const char *dev, const struct ap_matrix *m)
{
	if (ap_owned_by_host(sim, m))
		return -EADDRNOTAVAIL;
	return shared(sim, dev, m) ? -EADDRINUSE : 0;
}

/* While adapters or domains are being added, the end of the scan filters; else each new queue does. */
static bool adding(const struct sim *sim)
{
	return sim_has(sim, "/.sim/ap/adding");
}

/* vfio_ap_mdev_probe_queue() */
void ap_mdev_queue_added(struct sim *sim, unsigned card, unsigned domain)
{
	char dev[SIM_PATH];
	struct ap_matrix m;

	if (!owner_of(sim, card, domain, dev))
		return;
	m = assigned(sim, dev);
	if (!adding(sim))
		filter(sim, dev, &m);
}

/* vfio_ap_mdev_remove_queue(): a single queue cannot be unplugged, so the adapter is. */
void ap_mdev_queue_gone(struct sim *sim, unsigned card, unsigned domain)
{
	char dev[SIM_PATH];
	struct ap_matrix s;

	if (!owner_of(sim, card, domain, dev))
		return;
	s = shadow(sim, dev);
	if (!sim_mask_get(&s.apm, card) || !sim_mask_get(&s.aqm, domain))
		return;
	sim_mask_put(&s.apm, card, false);
	set_shadow(sim, dev, &s);
}

/* vfio_ap_on_cfg_changed(): what the host lost, its guests lose; what it got is noted. */
void ap_mdev_config_changed(struct sim *sim, const struct ap_matrix *was,
			    const struct ap_matrix *now)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct sim_mask apm = sim_mask_andnot(&was->apm, &now->apm);
	struct sim_mask aqm = sim_mask_andnot(&was->aqm, &now->aqm);
	struct sim_mask adm = sim_mask_andnot(&was->adm, &now->adm);
	struct sim_mask more_apm = sim_mask_andnot(&now->apm, &was->apm);
	struct sim_mask more_aqm = sim_mask_andnot(&now->aqm, &was->aqm);
	char dev[SIM_PATH];
	const char *name;

	if (!sim_mask_empty(&more_apm) || !sim_mask_empty(&more_aqm))
		sim_put_file(sim, "/.sim/ap/adding", 0644, "1\n");
	if (each(sim, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		struct ap_matrix s;

		mdev_path(dev, name);
		s = shadow(sim, dev);
		s.apm = sim_mask_andnot(&s.apm, &apm);
		s.aqm = sim_mask_andnot(&s.aqm, &aqm);
		s.adm = sim_mask_andnot(&s.adm, &adm);
		set_shadow(sim, dev, &s);
	}
}

/* vfio_ap_on_scan_complete(): matrices with something that was added are filtered anew. */
void ap_mdev_scan_complete(struct sim *sim, const struct ap_matrix *was,
			   const struct ap_matrix *now)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct sim_mask apm = sim_mask_andnot(&now->apm, &was->apm);
	struct sim_mask aqm = sim_mask_andnot(&now->aqm, &was->aqm);
	char dev[SIM_PATH];
	const char *name;

	sim_del(sim, "/.sim/ap/adding");
	if (each(sim, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		struct ap_matrix m;

		mdev_path(dev, name);
		m = assigned(sim, dev);
		if (sim_mask_meets(&m.apm, &apm) || sim_mask_meets(&m.aqm, &aqm))
			filter(sim, dev, &m);
	}
}

/* Which of the three masks an attribute is about, and up to which number. */
static struct sim_mask *mask_of(struct ap_matrix *m, const struct sim *sim, const char *attr,
				unsigned long *ret_max)
{
	bool adapter = str_ends(attr, "_adapter");
	const char *max = sim_value(sim, adapter ? "/sys/bus/ap/ap_max_adapter_id"
						 : "/sys/bus/ap/ap_max_domain_id");

	*ret_max = *max ? strtoul(max, NULL, 10) : SIM_BITS - 1;
	if (adapter)
		return &m->apm;
	return str_ends(attr, "_control_domain") ? &m->adm : &m->aqm;
}

/* assign_adapter_store(), assign_domain_store(), assign_control_domain_store() */
static int assign_store(struct sim *sim, const struct sim_call *call)
{
	struct ap_matrix m = assigned(sim, call->dir);
	unsigned long id, max;
	struct sim_mask *mask = mask_of(&m, sim, call->attr, &max);
	int r = sim_kstrtoul(call->value, &id);

	if (r < 0)
		return r;
	if (id > max)
		return -ENODEV;
	if (sim_mask_get(mask, (unsigned)id))
		return (int)call->len;
	sim_mask_put(mask, (unsigned)id, true);
	r = mask == &m.adm ? 0 : validate(sim, call->dir, &m);
	r = r < 0 ? r : set_assigned(sim, call->dir, &m);
	if (r < 0)
		return r;
	if (mask == &m.adm) {
		struct ap_matrix s = shadow(sim, call->dir);
		struct sim_mask host = ap_mask(sim, "/sys/bus/ap/ap_control_domain_mask");

		s.adm = sim_mask_and(&m.adm, &host);
		set_shadow(sim, call->dir, &s);
	} else {
		filter(sim, call->dir, &m);
	}
	return (int)call->len;
}

/*
 * unassign_*_store(): the guest loses it; adapters that were kept from it for its sake do not come back by this. No
 * recording shows the last: it is what the source was read to say.
 */
static int unassign_store(struct sim *sim, const struct sim_call *call)
{
	struct ap_matrix m = assigned(sim, call->dir), s = shadow(sim, call->dir);
	unsigned long id, max;
	struct sim_mask *mask = mask_of(&m, sim, call->attr, &max);
	int r = sim_kstrtoul(call->value, &id);

	if (r < 0)
		return r;
	if (id > max)
		return -ENODEV;
	sim_mask_put(mask, (unsigned)id, false);
	sim_mask_put(mask_of(&s, sim, call->attr, &max), (unsigned)id, false);
	r = set_assigned(sim, call->dir, &m);
	r = r < 0 ? r : set_shadow(sim, call->dir, &s);
	return r < 0 ? r : (int)call->len;
}

/* ap_matrix_overflow_check() */
static int overflow(const struct sim *sim, const struct ap_matrix *m)
{
	int card = atoi(sim_value(sim, "/sys/bus/ap/ap_max_adapter_id"));
	int domain = atoi(sim_value(sim, "/sys/bus/ap/ap_max_domain_id"));

	if (sim_mask_last(&m->apm) > card || sim_mask_last(&m->aqm) > domain ||
	    sim_mask_last(&m->adm) > domain)
		return -ENODEV;
	return 0;
}

/* ap_config_store(): all of it or nothing, and filtered anew in any case. */
static int config_store(struct sim *sim, const struct sim_call *call)
{
	struct ap_matrix m;
	int r = parse_config(call->value, &m);

	r = r < 0 ? r : validate(sim, call->dir, &m);
	r = r < 0 ? r : overflow(sim, &m);
	r = r < 0 ? r : set_assigned(sim, call->dir, &m);
	if (r < 0)
		return r;
	filter(sim, call->dir, &m);
	return (int)call->len;
}

/* matrix_show_common(): one page at most. */
static int show(const struct ap_matrix *m, struct buf *ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	bool cards = !sim_mask_empty(&m->apm), domains = !sim_mask_empty(&m->aqm);
	int r = 0;

	for (unsigned c = 0; c < SIM_BITS && cards && r == 0; c++) {
		if (!sim_mask_get(&m->apm, c))
			continue;
		if (!domains)
			r = buf_printf(&b, "%02x.\n", c);
		for (unsigned d = 0; d < SIM_BITS && r == 0; d++)
			if (sim_mask_get(&m->aqm, d))
				r = buf_printf(&b, "%02x.%04x\n", c, d);
	}
	for (unsigned d = 0; d < SIM_BITS && !cards && r == 0; d++)
		if (sim_mask_get(&m->aqm, d))
			r = buf_printf(&b, ".%04x\n", d);
	return r < 0 ? r : buf_add(ret, buf_str(&b), MIN(b.len, (size_t)PAGE));
}

static int matrix_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	struct ap_matrix m = assigned(sim, call->dir);

	return show(&m, ret);
}

static int guest_matrix_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	struct ap_matrix m = shadow(sim, call->dir);

	return show(&m, ret);
}

static int control_domains_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	struct ap_matrix m = assigned(sim, call->dir);
	int r = 0;

	for (unsigned d = 0; d < SIM_BITS && r == 0; d++)
		if (sim_mask_get(&m.adm, d))
			r = buf_printf(ret, "%04x\n", d);
	return r;
}

int ap_status_read(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	char dev[SIM_PATH], path[SIM_PATH];
	unsigned card, domain;
	struct ap_matrix s;

	if (!ap_queue_id(call->dev, &card, &domain) || !owner_of(sim, card, domain, dev))
		return buf_adds(ret, "unassigned\n");
	sim_path(path, "/.sim/held/%s", sim_base(dev));
	s = shadow(sim, dev);
	if (sim_has(sim, path) && sim_mask_get(&s.apm, card) && sim_mask_get(&s.aqm, domain))
		return buf_adds(ret, "in use\n");
	return buf_adds(ret, "assigned\n");
}

static const struct {
	const char *name;
	unsigned mode;
} attrs[] = {
	{ "assign_adapter", 0200 },	   { "unassign_adapter", 0200 },
	{ "assign_domain", 0200 },	   { "unassign_domain", 0200 },
	{ "assign_control_domain", 0200 }, { "unassign_control_domain", 0200 },
	{ "control_domains", 0444 },	   { "matrix", 0444 },
	{ "guest_matrix", 0444 },
};

static bool match_never(struct sim *sim, const char *dev)
{
	(void)sim;
	(void)dev;
	return false; /* mdev_match() */
}

/* vfio_ap_mdev_probe() */
static int probe_mdev(struct sim *sim, const char *dev)
{
	const struct ap_matrix none = { 0 };
	int r = sim_mdev_vfio_add(sim, dev);

	for (size_t i = 0; i < ARRAY_SIZE(attrs) && r == 0; i++)
		r = sim_put_attr(sim, dev, attrs[i].name, attrs[i].mode, "%s", "");
	r = r < 0 ? r : set_assigned(sim, dev, &none);
	return r < 0 ? r : set_shadow(sim, dev, &none);
}

/* vfio_ap_mdev_remove(): the queues stay with vfio_ap, unassigned. */
static void remove_mdev(struct sim *sim, const char *dev)
{
	sim_mdev_vfio_del(sim, dev);
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		sim_delf(sim, "%s/%s", dev, attrs[i].name);
	sim_delf(sim, "%s/ap_config", dev);
	sim_delf(sim, "/.sim/ap/matrix/%s", sim_base(dev));
	sim_delf(sim, "/.sim/ap/shadow/%s", sim_base(dev));
}

const struct sim_driver sim_driver_vfio_ap_mdev = { .bus = "mdev",
						    .name = "vfio_ap_mdev",
						    .match = match_never,
						    .probe = probe_mdev,
						    .remove = remove_mdev };

static int put_matrix_device(struct sim *sim)
{
	const char *driver = "/sys/bus/matrix/drivers/vfio_ap";
	int r = sim_put_attr(sim, "/sys/bus/matrix", "drivers_autoprobe", 0644, "1\n");

	r = r < 0 ? r : sim_put_attr(sim, "/sys/bus/matrix", "drivers_probe", 0200, "%s", "");
	if (sim->level >= 612)
		r = r < 0 ? r
			  : sim_put_attr(sim, matrix_dev, "features", 0444,
					 "guest_matrix hotplug ap_config\n");
	if (r < 0)
		return r;
	sim_uevent(sim, "add", "bus", "/bus/matrix", "%s", "");
	r = sim_dev_add(sim, matrix_dev, "bus/matrix", "");
	r = r < 0 ? r : sim_put_attr(sim, driver, "uevent", 0200, "%s", "");
	r = r < 0 ? r : sim_link_in(sim, matrix_dev, "driver", driver);
	r = r < 0 ? r : sim_link_in(sim, driver, "matrix", matrix_dev);
	if (r < 0)
		return r;
	sim_dev_set_driver(sim, matrix_dev, "vfio_ap");
	sim_dev_uevent(sim, "bind", matrix_dev, "%s", "");
	sim_uevent(sim, "add", "drivers", "/bus/matrix/drivers/vfio_ap", "%s", "");
	return 0;
}

/* vfio_ap_init() */
int ap_mdev_module(struct sim *sim)
{
	int r;

	if (sim_has(sim, matrix_dev))
		return 0;
	r = put_matrix_device(sim);
	r = r < 0 ? r : sim_driver_register(sim, "ap", "vfio_ap", "vfio_ap");
	if (r < 0)
		return r;
	ap_check_bindings(sim); /* ap_driver_register() */
	r = sim_driver_register(sim, "mdev", "vfio_ap_mdev", "vfio_ap");
	return r < 0 ? r
		     : sim_mdev_register(sim, matrix_dev, "vfio_ap-passthrough",
					 "VFIO AP Passthrough Device", "vfio-ap", 65536);
}

/* vfio_ap_exit() */
void ap_mdev_unload(struct sim *sim)
{
	if (!sim_has(sim, matrix_dev))
		return;
	sim_mdev_unregister(sim, matrix_dev);
	sim_driver_unregister(sim, "mdev", "vfio_ap_mdev");
	sim_driver_unregister(sim, "ap", "vfio_ap");
	sim_del(sim, "/sys/bus/matrix/drivers/vfio_ap/matrix");
	sim_delf(sim, "%s/driver", matrix_dev);
	sim_dev_set_driver(sim, matrix_dev, NULL);
	sim_dev_uevent(sim, "unbind", matrix_dev, "%s", "");
	sim_uevent(sim, "remove", "drivers", "/bus/matrix/drivers/vfio_ap", "%s", "");
	sim_dev_del(sim, matrix_dev);
	sim_del(sim, "/sys/devices/vfio_ap");
	sim_del(sim, "/sys/bus/matrix");
	sim_uevent(sim, "remove", "bus", "/bus/matrix", "%s", "");
}

#define MDEV "/sys/devices/vfio_ap/matrix/*/"
const struct sim_hook ap_mdev_hooks[] = {
	{ MDEV "assign_adapter", assign_store, NULL, "assign_adapter_store (vfio_ap_ops.c)" },
	{ MDEV "assign_domain", assign_store, NULL, "assign_domain_store (vfio_ap_ops.c)" },
	{ MDEV "assign_control_domain", assign_store, NULL,
	  "assign_control_domain_store (vfio_ap_ops.c)" },
	{ MDEV "unassign_adapter", unassign_store, NULL, "unassign_adapter_store (vfio_ap_ops.c)" },
	{ MDEV "unassign_domain", unassign_store, NULL, "unassign_domain_store (vfio_ap_ops.c)" },
	{ MDEV "unassign_control_domain", unassign_store, NULL,
	  "unassign_control_domain_store (vfio_ap_ops.c)" },
	{ MDEV "ap_config", config_store, NULL, "ap_config_store (vfio_ap_ops.c)" },
	{ MDEV "matrix", NULL, matrix_show, "matrix_show (vfio_ap_ops.c)" },
	{ MDEV "guest_matrix", NULL, guest_matrix_show, "guest_matrix_show (vfio_ap_ops.c)" },
	{ MDEV "control_domains", NULL, control_domains_show,
	  "control_domains_show (vfio_ap_ops.c)" },
	{ 0 },
};
