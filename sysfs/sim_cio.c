/* SPDX-License-Identifier: MIT */
/* cio_ignore (drivers/s390/cio/blacklist.c) and channel paths (chp.c) of the simulated machine. */
#include "sim_css.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SSIDS = 4, DEVNOS = 65536 };

static const char proc[] = "/proc/cio_ignore";

/* One bit for each device number: hidden or not. */
struct ignored {
	unsigned char set[SSIDS][DEVNOS / 8];
};

static bool bit(const struct ignored *g, unsigned ssid, unsigned devno)
{
	return g->set[ssid][devno / 8] & (1U << (devno % 8));
}

static void set_range(struct ignored *g, unsigned ssid, unsigned from, unsigned to, bool on)
{
	for (unsigned d = from; d <= to; d++) {
		if (on)
			g->set[ssid][d / 8] |= (unsigned char)(1U << (d % 8));
		else
			g->set[ssid][d / 8] &= (unsigned char)~(1U << (d % 8));
	}
}

/* parse_busid(): 0.S.DDDD, or just the number, with 0x or not. */
static int parse_busid(const char *text, unsigned *ret_ssid, unsigned *ret_devno)
{
	unsigned cssid, ssid, devno;
	char end;

	if (sscanf(text, "%1x.%1x.%4x%c", &cssid, &ssid, &devno, &end) == 3) {
		if (cssid != 0 || ssid >= SSIDS)
			return -EINVAL;
	} else {
		if (!strncmp(text, "0x", 2))
			text += 2;
		if (!*text || strlen(text) > 4 ||
		    strspn(text, "0123456789abcdefABCDEF") != strlen(text))
			return -EINVAL;
		ssid = 0;
		devno = (unsigned)strtoul(text, NULL, 16);
	}
	*ret_ssid = ssid;
	*ret_devno = devno;
	return 0;
}

static int parse_range(struct ignored *g, char *text, bool add)
{
	unsigned ssid, from, to_ssid, to;
	char *dash = strchr(text, '-');

	if (dash)
		*dash++ = '\0';
	if (parse_busid(text, &ssid, &from) < 0)
		return -EINVAL;
	to_ssid = ssid;
	to = from;
	if (dash && parse_busid(dash, &to_ssid, &to) < 0)
		return -EINVAL;
	if (to_ssid != ssid || to < from)
		return -EINVAL;
	set_range(g, ssid, from, to, add);
	return 0;
}

/* The console's and the IPL device's numbers, which a command line can except. */
static void except(const struct sim *sim, struct ignored *g, const char *which, bool add)
{
	char path[SIM_PATH];
	unsigned ssid, devno;

	sim_path(path, "/.sim/%s", which);
	if (parse_busid(sim_value(sim, path), &ssid, &devno) == 0)
		set_range(g, ssid, devno, devno, add);
}

/* blacklist_parse_parameters(): goes on after a wrong one, but tells. */
static int parse_list(const struct sim *sim, struct ignored *g, char *list, bool add)
{
	int r = 0;
	char *item;

	while ((item = strsep(&list, ",")) != NULL) {
		bool on = item[0] == '!' ? !add : add;

		item += item[0] == '!';
		if (str_eq(item, "all"))
			for (unsigned s = 0; s < SSIDS; s++)
				set_range(g, s, 0, DEVNOS - 1, on);
		else if (str_eq(item, "ipldev") || str_eq(item, "condev"))
			except(sim, g, item, on);
		else if (parse_range(g, item, on) < 0)
			r = -EINVAL;
	}
	return r;
}

static struct ignored *load(const struct sim *sim)
{
	struct ignored *g = calloc(1, sizeof(*g));
	CLEANUP(buf_done) struct buf text = { 0 };
	char *rest, *line;

	if (!g || sim_bytes(sim, proc, &text) < 0)
		return g;
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n")) != NULL)
		if (*line)
			parse_range(g, line, true);
	return g;
}

/* The first number from `d` on that is hidden, or is not; DEVNOS: none. Most are alike, and so are looked at eight at a time. */
static unsigned next(const struct ignored *g, unsigned ssid, unsigned d, bool hidden)
{
	const unsigned char other = hidden ? 0 : 0xff;

	while (d < DEVNOS && bit(g, ssid, d) != hidden)
		d = g->set[ssid][d / 8] == other ? (d / 8 + 1) * 8 : d + 1;
	return d;
}

/* cio_ignore_proc_seq_show(): one line a range. */
static int show(const struct ignored *g, struct buf *b)
{
	int r = 0;

	for (unsigned s = 0; s < SSIDS && r == 0; s++) {
		for (unsigned d, from = next(g, s, 0, true); from < DEVNOS && r == 0;
		     from = next(g, s, d, true)) {
			d = next(g, s, from, false);
			r = buf_printf(b, "0.%x.%04x", s, from);
			if (r == 0 && d - 1 > from)
				r = buf_printf(b, "-0.%x.%04x", s, d - 1);
			r = r < 0 ? r : buf_addc(b, '\n');
		}
	}
	return r;
}

static int save(struct sim *sim, const struct ignored *g)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = show(g, &text);

	return r < 0 ? r : sim_put_file(sim, proc, 0644, buf_str(&text));
}

bool sim_cio_ignored(const struct sim *sim, const char *busid)
{
	CLEANUP(freep) struct ignored *g = NULL;
	unsigned ssid, devno;

	if (!*sim_value(sim, proc) || parse_busid(busid, &ssid, &devno) < 0)
		return false;
	g = load(sim);
	return g && bit(g, ssid, devno);
}

/* The last cio_ignore= of the command line; drivers/s390/cio/blacklist.c takes them all, in order. */
int sim_cio_boot(struct sim *sim)
{
	CLEANUP(freep) struct ignored *g = calloc(1, sizeof(*g));
	CLEANUP(buf_done) struct buf line = { 0 };
	char *rest, *word;

	if (!g || buf_adds(&line, sim_value(sim, "/proc/cmdline")) < 0)
		return -ENOMEM;
	rest = line.data;
	while (rest && (word = strsep(&rest, " ")) != NULL)
		if (str_starts(word, "cio_ignore="))
			parse_list(sim, g, word + strlen("cio_ignore="), true);
	return save(sim, g);
}

/* What is not hidden any more appears. css_schedule_eval_all_unreg() */
static void bring_back(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	if (sim_names(sim, "/.sim/css", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(path, "/.sim/css/%s/dev_busid", name);
		if (!sim_cio_ignored(sim, sim_value(sim, path)))
			sim_css_register(sim, name);
	}
}

/* ccw_purge_blacklisted(): hidden devices that are offline go with their subchannels. */
static void purge(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char sch[SIM_PATH], dev[SIM_PATH], path[SIM_PATH];
	const char *name;

	if (sim_names(sim, "/sys/bus/css/devices", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(sch, "/sys/devices/css0/%s", name);
		if (!sim_ccw_of(sim, sch, dev) || !sim_cio_ignored(sim, sim_base(dev)))
			continue;
		sim_path(path, "%s/online", dev);
		if (!str_eq(sim_value(sim, path), "1"))
			sim_css_unregister(sim, name);
	}
}

static int cio_ignore_write(struct sim *sim, const struct sim_call *call)
{
	CLEANUP(freep) struct ignored *g = load(sim);
	CLEANUP(freep) char *text = strdup(call->value);
	char *rest = text, *word;
	size_t n;
	int r;

	if (!g || !text)
		return -ENOMEM;
	for (n = strlen(text); n && isspace((unsigned char)text[n - 1]);)
		text[--n] = '\0';
	word = strsep(&rest, " ");
	if (str_eq(word, "purge")) {
		purge(sim);
		return (int)call->len;
	}
	if (!str_eq(word, "add") && !str_eq(word, "free"))
		return -EINVAL; /* blacklist_parse_proc_parameters() */
	r = parse_list(sim, g, rest, str_eq(word, "add"));
	if (save(sim, g) < 0)
		return -ENOMEM;
	if (str_eq(word, "free"))
		bring_back(sim);
	return r < 0 ? r : (int)call->len;
}

/* ccw_device_notify(): drivers that are told of the last path's loss and keep the device; virtio_ccw is told, too. */
static bool stays_without_path(const struct sim *sim, const char *dev)
{
	char path[SIM_PATH];
	const char *driver;

	sim_path(path, "%s/online", dev);
	if (!str_eq(sim_value(sim, path), "1"))
		return false;
	sim_path(path, "%s/driver", dev);
	driver = sim_link_base(sim, path);
	return str_eq(driver, "dasd-eckd") || str_eq(driver, "dasd-fba") || str_eq(driver, "zfcp");
}

/* Paths changed: sch_get_action(). Other devices go, and come back offline. */
static void evaluate(struct sim *sim, const char *sch, unsigned chpid, bool on)
{
	unsigned paths = sim_css_paths(sim, sch);
	char dev[SIM_PATH], path[SIM_PATH];

	(void)chpid;
	(void)on;
	sim_path(path, "%s/driver", sch);
	if (!str_eq(sim_link_base(sim, path), "io_subchannel"))
		return;
	sim_path(path, "%s/vpm", sch);
	sim_put_filef(sim, path, 0444, "%02x\n", paths);
	if (!sim_ccw_of(sim, sch, dev)) {
		if (paths)
			sim_ccw_register(sim, sch);
		return;
	}
	if (!paths && !stays_without_path(sim, dev)) {
		sim_ccw_unregister(sim, sch);
		return;
	}
	sim_path(path, "%s/availability", dev);
	sim_put_file(sim, path, 0444, paths ? "good\n" : "no path\n");
}

/* The bit of a channel path in a subchannel's masks; 0: it has none. */
static unsigned path_bit(const struct sim *sim, const char *sch, unsigned chpid)
{
	unsigned pim = 0, id;
	const char *chpids;
	char path[SIM_PATH];

	sim_path(path, "%s/pimpampom", sch);
	sscanf(sim_value(sim, path), "%x", &pim);
	sim_path(path, "%s/chpids", sch);
	chpids = sim_value(sim, path);
	for (unsigned i = 0; i < 8 && sscanf(chpids, "%2x", &id) == 1; i++) {
		if (id == chpid && (pim & 0x80U >> i))
			return 0x80U >> i;
		if (strlen(chpids) < 3)
			break;
		chpids += 3;
	}
	return 0;
}

/*
 * The machine's own part of configuring: a path in standby is not available, so its bit of the PAM is clear (z/Architecture
 * Principles of Operation, subchannel-information block). Which subchannels lost it lies below /.sim/standby: others had it
 * unavailable before.
 */
static void set_available(struct sim *sim, const char *sch, unsigned chpid, bool on)
{
	unsigned bit = path_bit(sim, sch, chpid), pim = 0, pam = 0, pom = 0;
	char path[SIM_PATH], all[SIM_PATH], lost[SIM_PATH];

	sim_path(path, "%s/pimpampom", sch);
	sim_path(all, "/.sim/standby/%02x", chpid);
	sim_path(lost, "%s/%s", all, sim_base(sch));
	if (!bit || sscanf(sim_value(sim, path), "%x %x %x", &pim, &pam, &pom) != 3 ||
	    !(pam & bit) != on || (on && sim_has(sim, all) && !sim_has(sim, lost)))
		return;
	if (!on)
		sim_put_file(sim, lost, 0644, "");
	sim_put_filef(sim, path, 0444, "%02x %02x %02x\n", pim, pam ^ bit, pom);
}

/* All subchannels with a channel path. */
static void each_user(struct sim *sim, unsigned chpid,
		      void (*fn)(struct sim *sim, const char *sch, unsigned chpid, bool on),
		      bool on)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char sch[SIM_PATH];
	const char *name;

	if (sim_names(sim, "/sys/bus/css/devices", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(sch, "/sys/devices/css0/%s", name);
		if (path_bit(sim, sch, chpid))
			fn(sim, sch, chpid, on);
	}
}

static int path_of(const struct sim_call *call, unsigned *ret_chpid)
{
	return sscanf(call->dev, "chp0.%2x", ret_chpid) == 1 ? 0 : -ENODEV;
}

/*
 * s390_vary_chpid(): Linux's own doing. The machine's masks stay as they are; io_subchannel leaves the path out (vpm). No
 * event tells of the path, only of the devices that it was the last one of.
 */
static int vary(struct sim *sim, const struct sim_call *call, bool on)
{
	unsigned chpid = 0;

	if (path_of(call, &chpid) < 0)
		return -ENODEV;
	sim_set(sim, call->path, on ? "online\n" : "offline\n");
	each_user(sim, chpid, evaluate, on);
	return (int)call->len;
}

static int status_store(struct sim *sim, const struct sim_call *call)
{
	char word[16] = "";

	if (sscanf(call->value, "%15s", word) != 1)
		return -EINVAL;
	if (!strncasecmp(word, "on", 2) || str_eq(word, "1"))
		return vary(sim, call, true);
	if (!strncasecmp(word, "off", 3) || str_eq(word, "0"))
		return vary(sim, call, false);
	return -EINVAL; /* chp_status_write() */
}

/* chp_configure_show(): the machine may not tell, as under KVM; a copy of such a one has it empty. */
static int configure_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	const char *value = sim_value(sim, call->path);

	return !*value || str_eq(value, "unknown") ? -EOPNOTSUPP : buf_printf(ret, "%s\n", value);
}

/*
 * cfg_func(): what the machine made of it shows in reading only, the write has succeeded either way. A path that is reserved
 * or not recognised stays so. Vary state and configuration do not touch each other.
 */
static int configure_store(struct sim *sim, const struct sim_call *call)
{
	unsigned chpid = 0;
	const char *now = sim_value(sim, call->path);
	int value;
	char end;

	if (sscanf(call->value, "%d %c", &value, &end) != 1 || (value != 0 && value != 1))
		return -EINVAL; /* chp_configure_write() */
	if (path_of(call, &chpid) < 0)
		return -ENODEV;
	if ((!str_eq(now, "0") && !str_eq(now, "1")) || now[0] - '0' == value)
		return (int)call->len;
	sim_set(sim, call->path, value ? "1\n" : "0\n");
	each_user(sim, chpid, set_available, value == 1);
	if (value)
		sim_delf(sim, "/.sim/standby/%02x", chpid);
	each_user(sim, chpid, evaluate, value == 1);
	return (int)call->len;
}

void sim_chp_reboot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char path[SIM_PATH];
	const char *name;

	/* chp_new() starts every path varied on, css_alloc()'s css unmeasured; what the machine has in standby stays there. */
	sim_cm_switch(sim, false);
	if (sim_names(sim, "/sys/devices/css0", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		sim_path(path, "/sys/devices/css0/%s/status", name);
		if (str_starts(name, "chp"))
			sim_set(sim, path, "online\n");
	}
}

const struct sim_hook sim_cio_hooks[] = {
	{ "/proc/cio_ignore", cio_ignore_write, NULL,
	  "cio_ignore_write (drivers/s390/cio/blacklist.c)" },
	{ "/sys/devices/css*/chp*/status", status_store, NULL,
	  "chp_status_write (drivers/s390/cio/chp.c)" },
	{ "/sys/devices/css*/chp*/configure", configure_store, configure_show,
	  "chp_configure_write (drivers/s390/cio/chp.c)" },
	{ 0 },
};

int sim_chp_directive(struct sim *sim, char **words, const char **expected)
{
	static const struct {
		const char *name, *standard;
		unsigned mode;
	} attrs[] = {
		{ "type", "1b", 0444 },	       { "chid", "", 0444 },
		{ "shared", "1", 0444 },       { "configure", "1", 0644 },
		{ "status", "online", 0644 },  { "cmg", "unknown", 0444 },
		{ "chid_external", "", 0444 }, { "esc", "0", 0444 },
		{ "speed_bps", "0", 0444 },
	};
	char dev[SIM_PATH];
	unsigned chpid;
	char end;
	int r = 0;

	*expected = "chp 50 [type=1b] [chid=0194] [shared=1] [configure=1] [status=online] [cmg=2]";
	if (!words[1] || sscanf(words[1], "%2x%c", &chpid, &end) != 1)
		return -EINVAL;
	sim_path(dev, "/sys/devices/css0/chp0.%02x", chpid);
	for (size_t i = 0; i < ARRAY_SIZE(attrs) && r == 0; i++) {
		const char *value = sim_word(words, 2, attrs[i].name);

		if (sim->level < 612 && str_eq(attrs[i].name, "speed_bps"))
			continue;
		if (!value && str_eq(attrs[i].name, "chid_external") && sim_word(words, 2, "chid"))
			value = "1";
		if (value && str_eq(attrs[i].name, "status"))
			value = str_eq(value, "0") || str_eq(value, "offline") ? "offline"
									       : "online";
		r = sim_put_attr(sim, dev, attrs[i].name, attrs[i].mode, "%s\n",
				 value ? value : attrs[i].standard);
	}
	r = r < 0 ? r : sim_put_attr(sim, dev, "uevent", 0644, "%s", "");
	return r < 0 ? r : 1;
}
