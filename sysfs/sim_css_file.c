/* SPDX-License-Identifier: MIT */
/* The channel subsystem's lines of a machine file: subchannels, their devices, what every s390 has. */
#include "sim_css.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char css0[] = "/sys/devices/css0";

const char *sim_word(char **words, int from, const char *name)
{
	size_t n = strlen(name);

	for (char **w = words + from; w[0]; w++)
		if (!strncmp(*w, name, n) && (w[0][n] == '=' || w[0][n] == '\0'))
			return *w + n + (w[0][n] == '=');
	return NULL;
}

static const char *word_or(char **words, const char *name, const char *otherwise)
{
	const char *value = sim_word(words, 2, name);

	return value ? value : otherwise;
}

/* "3990/e9" or nothing */
static bool split_type(const char *text, unsigned *ret_type, unsigned *ret_model)
{
	char end;

	*ret_type = *ret_model = 0;
	return !text || sscanf(text, "%4x/%2x%c", ret_type, ret_model, &end) == 2;
}

/* The hardware's device, parked until io_subchannel finds it. */
static int put_ccw(struct sim *sim, char **words, const char *busid)
{
	const char *cu = sim_word(words, 2, "cu"), *type = sim_word(words, 2, "devtype");
	const char *driver = sim_word(words, 2, "ccwdriver");
	unsigned ct, cm, dt, dm;
	char dev[SIM_PATH], alias[64];
	int r;

	if (!split_type(cu, &ct, &cm) || !split_type(type, &dt, &dm))
		return -EINVAL;
	if (dt)
		snprintf(alias, sizeof(alias), "ccw:t%04Xm%02Xdt%04Xdm%02X", ct, cm, dt, dm);
	else
		snprintf(alias, sizeof(alias), "ccw:t%04Xm%02Xdtdm", ct, cm);
	sim_path(dev, "/.sim/ccw/%s", busid);
	r = sim_ccw_put(sim, dev);
	r = r < 0 ? r : sim_put_attr(sim, dev, "cutype", 0444, "%04x/%02x\n", ct, cm);
	if (dt)
		r = r < 0 ? r : sim_put_attr(sim, dev, "devtype", 0444, "%04x/%02x\n", dt, dm);
	r = r < 0 ? r : sim_put_attr(sim, dev, "modalias", 0444, "%s\n", alias);
	r = r < 0 ? r
		  : sim_put_attr(sim, dev, "uevent", 0644,
				 "CU_TYPE=%04X\nCU_MODEL=%02X\nDEV_TYPE=%04X\nDEV_MODEL=%02X\n"
				 "MODALIAS=%s\n",
				 ct, cm, dt, dm, alias);
	/* the link leads to the bus from wherever the directory is moved to */
	sim_path(dev, "/.sim/ccw/%s/subsystem", busid);
	r = r < 0 ? r : sim_put_link(sim, dev, "../../../../bus/ccw");
	if (r == 0 && driver) {
		r = sim_driver_home(sim, "ccw", busid, driver);
		sim_path(dev, "/sys/bus/ccw/drivers/%s/unbind", driver);
		if (r == 0 && !sim_has(sim, dev))
			r = sim_driver_register(sim, "ccw", driver, NULL);
	}
	return r;
}

static int note(struct sim *sim, const char *kind, const char *name)
{
	char path[SIM_PATH];

	sim_path(path, "/.sim/%s/%s", kind, name);
	return sim_put_file(sim, path, 0644, "1\n");
}

/* "50,51" as chpids shows it: eight, those not there 00 */
static void chpids_text(const char *list, char ret[static 32])
{
	unsigned ids[8] = { 0 };

	for (int i = 0; i < 8 && list && *list; i++) {
		ids[i] = (unsigned)strtoul(list, NULL, 16) & 0xff;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	snprintf(ret, 32, "%02x %02x %02x %02x %02x %02x %02x %02x ", ids[0], ids[1], ids[2],
		 ids[3], ids[4], ids[5], ids[6], ids[7]);
}

static int put_subchannel(struct sim *sim, char **words, const char *busid, const char *dev_busid)
{
	const char *type = word_or(words, "type", "0"), *chpids = sim_word(words, 2, "chpids");
	char dev[SIM_PATH], ids[32];
	int r;

	sim_path(dev, "/.sim/css/%s", busid);
	r = sim_put_attr(sim, dev, "type", 0444, "%s\n", type);
	r = r < 0 ? r : sim_put_attr(sim, dev, "modalias", 0444, "css:t%s\n", type);
	r = r < 0 ? r : sim_put_attr(sim, dev, "driver_override", 0644, "(null)\n");
	r = r < 0 ? r
		  : sim_put_attr(sim, dev, "uevent", 0644, "ST=%s\nMODALIAS=css:t%s\n", type, type);
	if (r == 0 && str_eq(type, "0")) {
		chpids_text(chpids, ids);
		r = sim_put_attr(sim, dev, "chpids", 0444, "%s\n", ids);
		r = r < 0 ? r
			  : sim_put_attr(sim, dev, "pimpampom", 0444, "%s %s %s\n",
					 word_or(words, "pim", "80"), word_or(words, "pam", "80"),
					 word_or(words, "pom", "ff"));
		r = r < 0 ? r : sim_put_attr(sim, dev, "dev_busid", 0444, "%s\n", dev_busid);
	}
	sim_path(dev, "/.sim/css/%s/subsystem", busid);
	return r < 0 ? r : sim_put_link(sim, dev, "../../../bus/css");
}

/* What every channel subsystem has. */
static int put_css(struct sim *sim)
{
	static const char *const drivers[] = { "io_subchannel", "chsc_subchannel" };
	int r = 0;

	if (sim_has(sim, "/sys/bus/css/drivers_probe"))
		return 0;
	r = sim_put_file(sim, "/sys/bus/css/drivers_probe", 0200, "");
	r = r < 0 ? r : sim_put_file(sim, "/sys/bus/css/drivers_autoprobe", 0644, "1\n");
	r = r < 0 ? r : sim_put_dir(sim, "/sys/bus/css/devices");
	r = r < 0 ? r : sim_put_file(sim, "/sys/bus/ccw/drivers_probe", 0200, "");
	r = r < 0 ? r : sim_put_file(sim, "/sys/bus/ccw/drivers_autoprobe", 0644, "1\n");
	r = r < 0 ? r : sim_put_dir(sim, "/sys/bus/ccw/devices");
	r = r < 0 ? r : sim_put_dir(sim, "/sys/bus/ccw/drivers");
	r = r < 0 ? r : sim_put_file(sim, "/sys/devices/css0/rescan", 0200, "");
	r = r < 0 ? r : sim_put_file(sim, "/sys/devices/css0/real_cssid", 0444, "0\n");
	r = r < 0 ? r : sim_put_file(sim, "/sys/devices/css0/uevent", 0644, "");
	r = r < 0 ? r : sim_put_file(sim, "/proc/cio_settle", 0200, "");
	for (size_t i = 0; i < ARRAY_SIZE(drivers) && r == 0; i++)
		r = sim_driver_register(sim, "css", drivers[i], NULL);
	return r < 0 ? r : sim_cio_boot(sim);
}

static int subchannel(struct sim *sim, char **words)
{
	const char *busid = words[1], *dev = word_or(words, "dev", "none");
	const char *online = sim_word(words, 2, "online");
	unsigned a, b, c;
	char end, path[SIM_PATH];
	int r;

	if (!busid || sscanf(busid, "%1x.%1x.%4x%c", &a, &b, &c, &end) != 3 ||
	    strlen(busid) != strlen("0.0.0000"))
		return -EINVAL;
	if (!str_eq(dev, "none") && sscanf(dev, "%1x.%1x.%4x%c", &a, &b, &c, &end) != 3)
		return -EINVAL;
	r = put_css(sim);
	if (r == 0 && str_eq(word_or(words, "type", "0"), "3") &&
	    !sim_has(sim, "/sys/bus/css/drivers/eadm_subchannel"))
		r = sim_driver_register(sim, "css", "eadm_subchannel", NULL);
	r = r < 0 || str_eq(dev, "none") ? r : put_ccw(sim, words, dev);
	r = r < 0 ? r : put_subchannel(sim, words, busid, dev);
	if (r == 0 && sim_word(words, 2, "qdio"))
		r = note(sim, "qdio", busid);
	if (r == 0 && sim_word(words, 2, "held"))
		r = note(sim, "busy", dev);
	if (r == 0 && online && str_eq(online, "1"))
		r = note(sim, "online", dev);
	if (r < 0 || sim_cio_ignored(sim, dev))
		return r;
	r = sim_css_register(sim, busid);
	sim_path(path, "%s/%s/%s", css0, busid, dev);
	if (r == 0 && online && str_eq(online, "1") && sim_has(sim, path))
		sim_ccw_online(sim, path); /* -EINVAL: it is already */
	return r;
}

int sim_css_directive(struct sim *sim, char **words, const char **expected)
{
	int r;

	if (str_eq(words[0], "chp")) {
		r = put_css(sim);
		return r < 0 ? r : sim_chp_directive(sim, words, expected);
	}
	if (!str_eq(words[0], "subchannel"))
		return 0;
	*expected = "subchannel 0.0.0000 [type=0] [dev=0.0.0000] [cu=3990/e9] [devtype=3390/0c] "
		    "[chpids=50,51] [pim=c0] [pam=c0] [pom=ff] [online=1] [ccwdriver=dasd-eckd] "
		    "[qdio] [held]";
	r = subchannel(sim, words);
	return r < 0 ? r : 1;
}
