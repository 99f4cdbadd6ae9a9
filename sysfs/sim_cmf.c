/* SPDX-License-Identifier: MIT */
/*
 * Measurements of the simulated channel subsystem. Its clock goes on by one second whenever avg_utilization was read, the
 * last of the attributes that a reader looks at: so what is read is the same each time a machine is started.
 */
#include "sim_css.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Times are counted in units of 128 microseconds, as in a real measurement block. */
enum { UNIT_NS = 128000, SECOND_UNITS = 7812 };

enum { PENDING, CONNECT, DISCONNECT, QUEUING, ACTIVE, BUSY, RESPONSE, TIMES };

struct block {
	unsigned long seconds, samples, time[TIMES];
};

static const struct {
	const char *name;
	int time; /* -1: no time */
} attrs[] = {
	{ "avg_sample_interval", -1 },
	{ "avg_utilization", -1 },
	{ "ssch_rsch_count", -1 },
	{ "sample_count", -1 },
	{ "avg_device_connect_time", CONNECT },
	{ "avg_function_pending_time", PENDING },
	{ "avg_device_disconnect_time", DISCONNECT },
	{ "avg_control_unit_queuing_time", QUEUING },
	{ "avg_device_active_only_time", ACTIVE },
	{ "avg_device_busy_time", BUSY },
	{ "avg_initial_command_response_time", RESPONSE },
};

static void block_path(char path[static SIM_PATH], const char *device)
{
	sim_path(path, "/.sim/past/cmf/%s", device);
}

static struct block load(const struct sim *sim, const char *device)
{
	struct block b = { 0 };
	char path[SIM_PATH];

	block_path(path, device);
	if (sscanf(sim_value(sim, path), "%lu %lu %lu %lu %lu %lu %lu %lu %lu", &b.seconds,
		   &b.samples, &b.time[0], &b.time[1], &b.time[2], &b.time[3], &b.time[4],
		   &b.time[5], &b.time[6]) != 2 + TIMES)
		return (struct block){ 0 };
	return b;
}

static int keep(struct sim *sim, const char *device, const struct block *b)
{
	char path[SIM_PATH];

	block_path(path, device);
	return sim_put_filef(sim, path, 0644, "%lu %lu %lu %lu %lu %lu %lu %lu %lu\n", b->seconds,
			     b->samples, b->time[0], b->time[1], b->time[2], b->time[3], b->time[4],
			     b->time[5], b->time[6]);
}

/* One second of work: it swells and ebbs. Even numbers wait for the storage, odd ones are busy with data. */
static void second(struct block *b, unsigned number)
{
	unsigned long at = (b->seconds + number % 7) % 20, swell = at < 10 ? 10 - at : at - 10;
	unsigned long n = 20 + 12 * swell, each[TIMES] = { 0 };

	each[PENDING] = 1 + swell / 5;
	each[CONNECT] = number % 2 ? 4 + swell * 2 : 3;
	each[DISCONNECT] = number % 2 ? swell / 5 : swell * swell / 4;
	each[QUEUING] = swell > 7;
	each[ACTIVE] = 1;
	each[RESPONSE] = 1;
	for (int i = 0; i < TIMES; i++)
		b->time[i] += n * each[i];
	b->samples += n;
	b->seconds++;
}

/* cmb_show_avg_utilization(): in tenths of a percent; the block read, the clock goes on. */
static int show_utilization(struct sim *sim, const char *device, struct block *b, struct buf *ret)
{
	unsigned long used = b->time[CONNECT] + b->time[PENDING] + b->time[DISCONNECT], tenths;
	unsigned a, s, number = 0;
	int r;

	tenths = b->seconds ? used * 1000 / (b->seconds * SECOND_UNITS) : 0;
	r = b->samples ? buf_printf(ret, "%02lu.%01lu%%\n", tenths / 10, tenths % 10)
		       : buf_adds(ret, "n/a\n");
	sscanf(device, "%1x.%1x.%4x", &a, &s, &number);
	second(b, number);
	return r < 0 ? r : keep(sim, device, b);
}

/* cmb_show_attr(), cmb_show_avg_sample_interval() */
static int cmf_show(struct sim *sim, const struct sim_call *call, struct buf *ret)
{
	char dev[SIM_PATH];
	struct block b;
	size_t i = 0;

	sim_path(dev, "%.*s", (int)(strrchr(call->dir, '/') - call->dir), call->dir);
	b = load(sim, sim_base(dev));
	while (i < ARRAY_SIZE(attrs) && !str_eq(attrs[i].name, call->attr))
		i++;
	if (str_eq(call->attr, "avg_utilization"))
		return show_utilization(sim, sim_base(dev), &b, ret);
	if (i < ARRAY_SIZE(attrs) && attrs[i].time >= 0)
		return buf_printf(ret, "%lu\n",
				  b.samples ? b.time[attrs[i].time] * UNIT_NS / b.samples : 0);
	if (str_eq(call->attr, "avg_sample_interval") && b.samples)
		return buf_printf(ret, "%lu\n", b.seconds * 1000000000 / b.samples);
	if (str_eq(call->attr, "avg_sample_interval"))
		return buf_adds(ret, "-1\n");
	return buf_printf(ret, "%lu\n", b.samples);
}

void sim_cmf_forget(struct sim *sim, const char *dev)
{
	char path[SIM_PATH];

	sim_path(path, "%s/cmf", dev);
	sim_del(sim, path);
	block_path(path, sim_base(dev));
	sim_del(sim, path);
}

/* cmb_enable_store(): 1 makes the measurement attributes appear, or resets them. */
static int cmb_store(struct sim *sim, const struct sim_call *call)
{
	char *end, dir[SIM_PATH];
	unsigned long on = strtoul(call->value, &end, 16);
	int r = 0;

	if (end == call->value || (*end && strcmp(end, "\n") != 0) || on > 1)
		return -EINVAL;
	sim_path(dir, "%s/cmf", call->dir);
	sim_set(sim, call->path, on ? "1\n" : "0\n");
	sim_cmf_forget(sim, call->dir);
	for (size_t i = 0; on && i < ARRAY_SIZE(attrs) && r == 0; i++)
		r = sim_put_attr(sim, dir, attrs[i].name, 0444, "0\n");
	return r < 0 ? r : (int)call->len;
}

/* chp_add_cmg_attr(), chp_remove_cmg_attr(): a path whose group is known shows its blocks while all are measured. */
static int path_blocks(struct sim *sim, const char *name, bool on)
{
	static const struct {
		const char *name;
		size_t size;
	} blocks[] = { { "measurement_chars", 20 },
		       { "measurement", 32 },
		       { "ext_measurement", 64 } };
	unsigned char bytes[64];
	char path[SIM_PATH];
	unsigned cmg = 0, chpid = 0;
	int r = 0;

	sim_path(path, "/sys/devices/css0/%s/cmg", name);
	if (sscanf(name, "chp0.%2x", &chpid) != 1 || sscanf(sim_value(sim, path), "%u", &cmg) != 1)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(blocks) && r == 0; i++) {
		if (sim->level < 612 && str_eq(blocks[i].name, "ext_measurement"))
			continue;
		sim_path(path, "/sys/devices/css0/%s/%s", name, blocks[i].name);
		for (size_t k = 0; k < blocks[i].size; k++)
			bytes[k] = (unsigned char)(k % 4 == 3 ? chpid + k : 0);
		if (on)
			r = sim_put_bytes(sim, path, 0400, bytes, blocks[i].size);
		else
			sim_del(sim, path);
	}
	return r;
}

int sim_cm_switch(struct sim *sim, bool on)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int r = sim_names(sim, "/sys/devices/css0", &names);

	sim_set(sim, "/sys/devices/css0/cm_enable", on ? "1\n" : "0\n");
	buf_foreach_name (&names, name)
		r = r < 0 ? r : path_blocks(sim, name, on);
	return r;
}

/* cm_enable_store(): chsc_secm() */
static int cm_store(struct sim *sim, const struct sim_call *call)
{
	char *end;
	unsigned long on = strtoul(call->value, &end, 16);
	int r;

	if (end == call->value || (*end && strcmp(end, "\n") != 0) || on > 1)
		return -EINVAL;
	r = sim_cm_switch(sim, on);
	return r < 0 ? r : (int)call->len;
}

#define CMF(attr)                                                                                  \
	{                                                                                          \
		"/sys/devices/css*/*/*/cmf/" attr, NULL, cmf_show,                                 \
			"cmb_show_attr (drivers/s390/cio/cmf.c)"                                   \
	}

static const struct sim_hook hooks[] = {
	{ "/sys/devices/css*/*/*/cmb_enable", cmb_store, NULL,
	  "cmb_enable_store (drivers/s390/cio/cmf.c)" },
	{ "/sys/devices/css*/cm_enable", cm_store, NULL,
	  "cm_enable_store (drivers/s390/cio/css.c)" },
	CMF("avg_sample_interval"),
	CMF("avg_utilization"),
	CMF("ssch_rsch_count"),
	CMF("sample_count"),
	CMF("avg_device_connect_time"),
	CMF("avg_function_pending_time"),
	CMF("avg_device_disconnect_time"),
	CMF("avg_control_unit_queuing_time"),
	CMF("avg_device_active_only_time"),
	CMF("avg_device_busy_time"),
	CMF("avg_initial_command_response_time"),
	{ 0 },
};

const struct sim_bus sim_bus_cmf = { .name = "cmf", .hooks = hooks };
