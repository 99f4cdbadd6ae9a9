/* SPDX-License-Identifier: MIT */
/* The hardware below the AP bus, and ap_scan_bus() which makes cards and queues of it. */
#include "sim_ap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char hw[] = "/.sim/ap/hw", devices[] = "/sys/devices/ap";
static const char usage_path[] = "/sys/bus/ap/ap_usage_domain_mask";
static const char control_path[] = "/sys/bus/ap/ap_control_domain_mask";
static const char adapter_path[] = "/sys/bus/ap/ap_adapter_mask";

/* An adapter as the hardware has it. */
struct ap_hw {
	char mode; /* 'a', 'c', 'p' */
	int type;  /* 13: CEX7, 14: CEX8 */
	int decfg, cstop;
};

static const struct {
	char letter;
	const char *mode, *functions, *suffix;
	unsigned max_msg;
} modes[] = {
	{ 'a', "accel", "0xEA010000", "A", 12288 },
	{ 'c', "cca", "0xF3020000", "C", 16384 },
	{ 'p', "ep11", "0xE7030000", "P", 16384 },
};

static int mode_index(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].letter == letter)
			return (int)i;
	return -1;
}

static bool load_hw(const struct sim *sim, unsigned card, struct ap_hw *ret)
{
	char path[SIM_PATH];

	sim_path(path, "%s/card/%02x", hw, card);
	return sscanf(sim_value(sim, path), "%c %d %d %d", &ret->mode, &ret->type, &ret->decfg,
		      &ret->cstop) == 4;
}

static int store_hw(struct sim *sim, unsigned card, const struct ap_hw *h)
{
	char path[SIM_PATH];

	sim_path(path, "%s/card/%02x", hw, card);
	return sim_put_filef(sim, path, 0644, "%c %d %d %d\n", h->mode, h->type, h->decfg,
			     h->cstop);
}

/* A machine taken from a capture says in sysfs what its hardware was. */
static void guess_card(struct sim *sim, const char *name)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct ap_hw h = { 'c', 14, 0, 0 };
	char dev[SIM_PATH], path[SIM_PATH];
	unsigned card;
	const char *type;

	if (!ap_card_id(name, &card))
		return;
	sim_path(dev, "%s/%s", devices, name);
	sim_path(path, "%s/uevent", dev);
	if (sim_bytes(sim, path, &text) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
			char line[32];

			snprintf(line, sizeof(line), "MODE=%s", modes[i].mode);
			if (strstr(buf_str(&text), line))
				h.mode = modes[i].letter;
		}
	type = ap_attr(sim, dev, "raw_hwtype");
	h.type = *type ? atoi(type) : 14;
	h.decfg = str_eq(ap_attr(sim, dev, "config"), "0");
	h.cstop = str_eq(ap_attr(sim, dev, "chkstop"), "1");
	store_hw(sim, card, &h);
}

static void need_hw(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct sim_mask usage = ap_mask(sim, usage_path), control = ap_mask(sim, control_path);
	const char *name;

	if (sim_has(sim, hw))
		return;
	ap_put_mask(sim, "/.sim/ap/hw/usage", 0644, &usage);
	ap_put_mask(sim, "/.sim/ap/hw/control", 0644, &control);
	if (sim_names(sim, devices, &names) == 0)
		buf_foreach_name (&names, name)
			guess_card(sim, name);
}

int ap_configure(struct sim *sim, unsigned card, bool on)
{
	struct ap_hw h;

	need_hw(sim);
	if (!load_hw(sim, card, &h))
		return -EIO; /* sclp_ap_configure() */
	h.decfg = !on;
	return store_hw(sim, card, &h);
}

/* What the host's configuration (QCI) is now, and what Linux last knew of it. */
static struct ap_matrix config_of(const struct sim *sim, bool known)
{
	struct ap_matrix m = { 0 };
	struct ap_hw h;

	if (known) {
		m.apm = ap_mask(sim, adapter_path);
		m.aqm = ap_mask(sim, usage_path);
		m.adm = ap_mask(sim, control_path);
		return m;
	}
	for (unsigned card = 0; card < SIM_BITS; card++)
		sim_mask_put(&m.apm, card, load_hw(sim, card, &h));
	m.aqm = ap_mask(sim, "/.sim/ap/hw/usage");
	m.adm = ap_mask(sim, "/.sim/ap/hw/control");
	return m;
}

static void del_dev(struct sim *sim, const char *dev)
{
	sim_driver_unbind(sim, dev);
	sim_dev_del(sim, dev);
}

/* ap_scan_rm_card_dev_and_queue_devs(): the queues in the order in which they came, then the card. */
static void del_card(struct sim *sim, unsigned card)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char dev[SIM_PATH];
	const char *name;
	unsigned c, domain;

	if (ap_devices(sim, &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		if (!ap_queue_id(name, &c, &domain) || c != card)
			continue;
		ap_queue_path(dev, c, domain);
		del_dev(sim, dev);
	}
	sim_path(dev, "%s/card%02x", devices, card);
	del_dev(sim, dev);
}

static int put_card(struct sim *sim, unsigned card, const struct ap_hw *h)
{
	int m = mode_index(h->mode), type = MIN(h->type, 14);
	char dev[SIM_PATH], uevent[128];
	int r;

	if (m < 0)
		return -EINVAL;
	sim_path(dev, "%s/card%02x", devices, card);
	r = sim_put_attr(sim, dev, "hwtype", 0444, "%d\n", type);
	r = r < 0 ? r : sim_put_attr(sim, dev, "raw_hwtype", 0444, "%d\n", h->type);
	r = r < 0 ? r : sim_put_attr(sim, dev, "depth", 0444, "8\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "ap_functions", 0444, "%s\n", modes[m].functions);
	r = r < 0 ? r : sim_put_attr(sim, dev, "request_count", 0644, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "requestq_count", 0444, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "pendingq_count", 0444, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "modalias", 0444, "ap:t%02X\n", type);
	r = r < 0 ? r : sim_put_attr(sim, dev, "config", 0644, "%d\n", !h->decfg);
	r = r < 0 ? r : sim_put_attr(sim, dev, "chkstop", 0444, "%d\n", h->cstop);
	r = r < 0 ? r : sim_put_attr(sim, dev, "max_msg_size", 0444, "%u\n", modes[m].max_msg);
	r = r < 0 ? r
		  : sim_put_attr(sim, dev, "type", 0444, "CEX%d%s\n", h->type - 6, modes[m].suffix);
	if (h->mode != 'a')
		r = r < 0 ? r : sim_put_attr(sim, dev, "serialnr", 0444, "93AABE%02X\n", card);
	snprintf(uevent, sizeof(uevent),
		 "DEVTYPE=ap_card\nDEV_TYPE=%04X\nMODALIAS=ap:t%02X\nMODE=%s\n", (unsigned)type,
		 (unsigned)type, modes[m].mode);
	r = r < 0 ? r : sim_dev_add(sim, dev, "bus/ap", uevent);
	return r;
}

static int put_queue(struct sim *sim, unsigned card, unsigned domain, const struct ap_hw *h)
{
	int m = mode_index(h->mode);
	char dev[SIM_PATH], uevent[64];
	int r;

	ap_queue_path(dev, card, domain);
	r = sim_put_attr(sim, dev, "ap_functions", 0444, "%s\n", modes[m].functions);
	r = r < 0 ? r : sim_put_attr(sim, dev, "chkstop", 0444, "%d\n", h->cstop);
	r = r < 0 ? r : sim_put_attr(sim, dev, "config", 0444, "%d\n", !h->decfg);
	r = r < 0 ? r : sim_put_attr(sim, dev, "interrupt", 0444, "Interrupts enabled.\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "pendingq_count", 0444, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "request_count", 0644, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "requestq_count", 0444, "0\n");
	r = r < 0 ? r : sim_put_attr(sim, dev, "reset", 0644, "No Reset Timer set.\n");
	if (sim->level >= 701)
		r = r < 0 ? r : sim_put_attr(sim, dev, "driver_override", 0644, "\n");
	snprintf(uevent, sizeof(uevent), "DEVTYPE=ap_queue\nMODE=%s\n", modes[m].mode);
	return r < 0 ? r : sim_dev_add(sim, dev, "bus/ap", uevent);
}

static void probe(struct sim *sim, const char *dev)
{
	if (!str_eq(sim_value(sim, "/sys/bus/ap/drivers_autoprobe"), "0"))
		sim_driver_probe_any(sim, dev);
}

/* A change of configuration is told with a uevent, a check-stop is not. */
static void update_state(struct sim *sim, const char *dev, const struct ap_hw *h)
{
	char path[SIM_PATH];

	sim_path(path, "%s/chkstop", dev);
	sim_set(sim, path, h->cstop ? "1\n" : "0\n");
	sim_path(path, "%s/config", dev);
	if (str_eq(sim_value(sim, path), h->decfg ? "0" : "1"))
		return;
	sim_set(sim, path, h->decfg ? "0\n" : "1\n");
	sim_dev_uevent(sim, "change", dev, "CONFIG=%d\n", !h->decfg);
}

/* ap_scan_domains() */
static int scan_domains(struct sim *sim, unsigned card, const struct ap_hw *h,
			const struct sim_mask *domains)
{
	char dev[SIM_PATH];
	int r = 0;

	for (unsigned domain = 0; domain < SIM_BITS && r == 0; domain++) {
		bool there;

		ap_queue_path(dev, card, domain);
		there = sim_has(sim, dev);
		if (!sim_mask_get(domains, domain)) {
			if (there)
				del_dev(sim, dev);
		} else if (!there) {
			r = put_queue(sim, card, domain, h);
			if (r == 0)
				probe(sim, dev);
		} else {
			update_state(sim, dev, h);
		}
	}
	return r;
}

/* Is the card which Linux knows still of this kind? */
static bool same_kind(const struct sim *sim, const char *dev, const struct ap_hw *h)
{
	return atoi(ap_attr(sim, dev, "raw_hwtype")) == h->type &&
	       str_eq(ap_attr(sim, dev, "ap_functions"), modes[mode_index(h->mode)].functions);
}

/* ap_scan_adapter() */
static int scan_adapter(struct sim *sim, unsigned card, const struct sim_mask *domains)
{
	char dev[SIM_PATH];
	struct ap_hw h;
	int r = 0;

	sim_path(dev, "%s/card%02x", devices, card);
	if (!load_hw(sim, card, &h) || mode_index(h.mode) < 0) {
		if (sim_has(sim, dev))
			del_card(sim, card);
		return 0;
	}
	if (sim_has(sim, dev) && !same_kind(sim, dev, &h))
		del_card(sim, card);
	if (sim_has(sim, dev)) {
		update_state(sim, dev, &h);
	} else {
		r = put_card(sim, card, &h);
		if (r == 0)
			probe(sim, dev);
	}
	return r < 0 ? r : scan_domains(sim, card, &h, domains);
}

int ap_scan(struct sim *sim)
{
	struct ap_matrix was = config_of(sim, true), now;
	bool changed;
	int r = 0;

	need_hw(sim);
	now = config_of(sim, false);
	changed = memcmp(&was, &now, sizeof(was)) != 0;
	if (changed) {
		ap_put_mask(sim, adapter_path, 0444, &now.apm);
		ap_put_mask(sim, usage_path, 0444, &now.aqm);
		ap_put_mask(sim, control_path, 0444, &now.adm);
		ap_mdev_config_changed(sim, &was, &now);
	}
	for (unsigned card = 0; card < SIM_BITS && r == 0; card++)
		r = scan_adapter(sim, card, &now.aqm);
	if (changed)
		ap_mdev_scan_complete(sim, &was, &now);
	ap_check_bindings(sim);
	return r;
}

static int poke_domain(struct sim *sim, const char *path, unsigned domain, bool on)
{
	struct sim_mask m = ap_mask(sim, path);

	sim_mask_put(&m, domain, on);
	return ap_put_mask(sim, path, 0644, &m);
}

static int add_card(struct sim *sim, unsigned card, char **words)
{
	struct ap_hw h = { 0 };

	if (!words[2] || !words[3] || words[2][1] || mode_index(words[2][0]) < 0)
		return -EINVAL;
	h.mode = words[2][0];
	h.type = atoi(words[3]);
	if (h.type < 10 || h.type > 99)
		return -EINVAL;
	return store_hw(sim, card, &h);
}

static int change_card(struct sim *sim, const char *op, unsigned card, char **words)
{
	struct ap_hw h;

	if (!load_hw(sim, card, &h))
		return str_eq(op, "decfg") || str_eq(op, "cfg") || str_eq(op, "cstop") ? 0
										       : -EINVAL;
	if (str_eq(op, "decfg"))
		h.decfg = 1;
	else if (str_eq(op, "cfg"))
		h.decfg = 0;
	else if (str_eq(op, "cstop") && words[2])
		h.cstop = atoi(words[2]) != 0;
	else
		return -EINVAL;
	return store_hw(sim, card, &h);
}

/* addcard N c|p|a TYPE, rmcard N, adddom N, rmdom N, addctl N, rmctl N, decfg N, cfg N, cstop N 0|1 */
int ap_poke(struct sim *sim, char **words)
{
	const char *op = words[0];
	unsigned long n;
	int r;

	if (!sim_has(sim, "/sys/bus/ap") || !words[1] || sim_kstrtoul(words[1], &n) < 0 ||
	    n >= SIM_BITS)
		return 0;
	need_hw(sim);
	if (str_eq(op, "addcard")) {
		r = add_card(sim, (unsigned)n, words);
	} else if (str_eq(op, "rmcard")) {
		sim_delf(sim, "%s/card/%02x", hw, (unsigned)n);
		r = 0;
	} else if (str_eq(op, "adddom") || str_eq(op, "rmdom")) {
		r = poke_domain(sim, "/.sim/ap/hw/usage", (unsigned)n, op[0] == 'a');
	} else if (str_eq(op, "addctl") || str_eq(op, "rmctl")) {
		r = poke_domain(sim, "/.sim/ap/hw/control", (unsigned)n, op[0] == 'a');
	} else {
		r = change_card(sim, op, (unsigned)n, words);
	}
	return r < 0 ? r : 1;
}

/* The masks as the kernel's command line presets them: ap.apmask=, ap.aqmask=; else everything is the host's. */
static int put_masks(struct sim *sim)
{
	static const char *const names[] = { "apmask", "aqmask" };
	char path[SIM_PATH], key[16];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };
		struct sim_mask m;
		char *value;

		memset(&m, 0xff, sizeof(m));
		snprintf(key, sizeof(key), "ap.%s=", names[i]);
		r = buf_adds(&line, sim_value(sim, "/proc/cmdline"));
		value = r == 0 && line.data ? strstr(line.data, key) : NULL;
		if (value) {
			value[strcspn(value, " ")] = '\0';
			sim_mask_parse(value + strlen(key), &m);
		}
		sim_path(path, "/sys/bus/ap/%s", names[i]);
		r = r < 0 ? r : ap_put_mask(sim, path, 0644, &m);
	}
	return r;
}

int ap_put_bus(struct sim *sim)
{
	static const struct {
		const char *name, *value;
		unsigned mode;
	} attrs[] = {
		{ "drivers_probe", "", 0200 },	{ "drivers_autoprobe", "1\n", 0644 },
		{ "ap_domain", "-1\n", 0644 },	{ "ap_interrupts", "1\n", 0444 },
		{ "bindings", "", 0444 },	{ "config_time", "30\n", 0644 },
		{ "poll_thread", "0\n", 0644 }, { "poll_timeout", "250000\n", 0644 },
		{ "scans", "1\n", 0644 },
	};
	struct sim_mask none = { 0 };
	int r = 0;

	if (sim_has(sim, "/sys/bus/ap/scans"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(attrs) && r == 0; i++)
		r = sim_put_attr(sim, "/sys/bus/ap", attrs[i].name, attrs[i].mode, "%s",
				 attrs[i].value);
	if (sim->level >= 701)
		r = r < 0 ? r
			  : sim_put_attr(sim, "/sys/bus/ap", "bindings_complete_count", 0444,
					 "0\n");
	r = r < 0 ? r : sim_put_dir(sim, "/sys/bus/ap/devices");
	r = r < 0 ? r : sim_put_attr(sim, devices, "uevent", 0644, "%s", "");
	r = r < 0 ? r : sim_put_dir(sim, "/sys/module/ap");
	r = r < 0 ? r : sim_put_dir(sim, "/.sim/ap/hw/card");
	r = r < 0 ? r : ap_put_mask(sim, adapter_path, 0444, &none);
	r = r < 0 ? r : ap_put_mask(sim, usage_path, 0444, &none);
	r = r < 0 ? r : ap_put_mask(sim, control_path, 0444, &none);
	r = r < 0 ? r : sim_driver_register(sim, "ap", "cex4card", NULL);
	r = r < 0 ? r : sim_driver_register(sim, "ap", "cex4queue", NULL);
	return r < 0 ? r : put_masks(sim);
}

/* "04,05,ab" */
static int parse_list(const char *text, struct sim_mask *ret)
{
	struct sim_mask m = { 0 };

	while (text && *text) {
		char *end;
		unsigned long n = strtoul(text, &end, 16);

		if (end == text || n >= SIM_BITS || (*end && *end != ','))
			return -EINVAL;
		sim_mask_put(&m, (unsigned)n, true);
		text = end + (*end == ',');
	}
	*ret = m;
	return 0;
}

static const char *word(char **words, const char *name)
{
	size_t n = strlen(name);

	for (char **w = words + 1; *w; w++)
		if (!strncmp(*w, name, n) && (*w)[n] == '=')
			return *w + n + 1;
	return NULL;
}

static int bus_line(struct sim *sim, char **words)
{
	const char *value;
	struct sim_mask usage, control;
	int r = ap_put_bus(sim);

	if (r < 0 || parse_list(word(words, "domains"), &usage) < 0)
		return r < 0 ? r : -EINVAL;
	if (parse_list(word(words, "control"), &control) < 0)
		return -EINVAL;
	if (!word(words, "control"))
		control = usage;
	value = word(words, "max_adapter");
	r = sim_put_attr(sim, "/sys/bus/ap", "ap_max_adapter_id", 0444, "%s\n",
			 value ? value : "63");
	value = word(words, "max_domain");
	r = r < 0 ? r
		  : sim_put_attr(sim, "/sys/bus/ap", "ap_max_domain_id", 0444, "%s\n",
				 value ? value : "255");
	value = word(words, "features");
	r = r < 0 ? r
		  : sim_put_attr(sim, "/sys/bus/ap", "features", 0444, "%s\n",
				 value ? value : "APSC APXA QACT RC8A");
	r = r < 0 ? r : ap_put_mask(sim, "/.sim/ap/hw/usage", 0644, &usage);
	r = r < 0 ? r : ap_put_mask(sim, "/.sim/ap/hw/control", 0644, &control);
	for (unsigned d = 0; d < SIM_BITS && r == 0; d++)
		if (sim_mask_get(&usage, d)) {
			r = sim_put_attr(sim, "/sys/bus/ap", "ap_domain", 0644, "%u\n", d);
			break;
		}
	return r < 0 ? r : ap_scan(sim);
}

static int card_line(struct sim *sim, char **words)
{
	struct ap_hw h = { 0 };
	unsigned card;
	int generation;
	char suffix, end, dev[SIM_PATH];
	const char *value;
	int r;

	if (!words[1] || !words[2] || sscanf(words[1], "%2x%c", &card, &end) != 1 ||
	    sscanf(words[2], "CEX%d%c%c", &generation, &suffix, &end) != 2 || generation < 4 ||
	    generation > 20)
		return -EINVAL;
	h.type = generation + 6;
	h.mode = suffix == 'A' ? 'a' : suffix == 'C' ? 'c' : suffix == 'P' ? 'p' : '?';
	h.decfg = word(words, "config") && str_eq(word(words, "config"), "0");
	h.cstop = word(words, "chkstop") && str_eq(word(words, "chkstop"), "1");
	r = mode_index(h.mode) < 0 ? -EINVAL : ap_put_bus(sim);
	r = r < 0 ? r : store_hw(sim, card, &h);
	r = r < 0 ? r : ap_scan(sim);
	sim_path(dev, "%s/card%02x", devices, card);
	value = word(words, "serial");
	if (r == 0 && value)
		r = sim_put_attr(sim, dev, "serialnr", 0444, "%s\n", value);
	value = word(words, "hwtype");
	if (r == 0 && value)
		r = sim_put_attr(sim, dev, "hwtype", 0444, "%s\n", value);
	return r;
}

int ap_directive(struct sim *sim, char **words, const char **expected)
{
	int r;

	if (str_eq(words[0], "ap")) {
		*expected = "ap [max_adapter=63] [max_domain=255] [domains=04,05] [control=04,05] "
			    "[features=\"APSC APXA\"]";
		r = bus_line(sim, words);
	} else if (str_eq(words[0], "card")) {
		*expected = "card 05 CEX8C [serial=...] [config=0] [chkstop=1]";
		r = card_line(sim, words);
	} else {
		return 0;
	}
	return r < 0 ? r : 1;
}

int ap_reboot(struct sim *sim)
{
	struct sim_mask none = { 0 };
	int r = 0;

	if (!sim_has(sim, "/sys/bus/ap"))
		return 0;
	need_hw(sim);
	ap_mdev_unload(sim);
	for (unsigned card = 0; card < SIM_BITS; card++) {
		char dev[SIM_PATH];

		sim_path(dev, "%s/card%02x", devices, card);
		if (sim_has(sim, dev))
			del_card(sim, card);
	}
	sim_del(sim, "/.sim/ap/overrides");
	r = ap_put_mask(sim, adapter_path, 0444, &none);
	r = r < 0 ? r : ap_put_mask(sim, usage_path, 0444, &none);
	r = r < 0 ? r : put_masks(sim);
	sim_set(sim, "/sys/bus/ap/config_time", "30\n");
	sim_set(sim, "/sys/bus/ap/drivers_autoprobe", "1\n");
	return r < 0 ? r : ap_scan(sim);
}
