/* SPDX-License-Identifier: MIT */
#include "measure.h"
#include "mem.h"
#include "rules_part.h"
#include "sys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct measure_row measure_rows[MEASURE_TIMES] = {
	[MEASURE_PENDING] = { "function_pending", "Function pending", "Pend.",
			      "avg_function_pending_time",
			      "from the start of a request until the device took its first "
			      "command" },
	[MEASURE_RESPONSE] = { "initial_command_response", "Initial response", "Resp.",
			       "avg_initial_command_response_time",
			       "part of function pending: from sending the first command "
			       "until the device answered it" },
	[MEASURE_CONNECT] = { "connect", "Connect", "Conn.", "avg_device_connect_time",
			      "the device was connected to a path: commands and data went over "
			      "it" },
	[MEASURE_DISCONNECT] = { "disconnect", "Disconnect", "Disc.", "avg_device_disconnect_time",
				 "the device had let go of the path and worked by itself" },
	[MEASURE_QUEUING] = { "control_unit_queuing", "Control unit queuing", "Queue",
			      "avg_control_unit_queuing_time",
			      "the control unit kept the request back: the device was busy for "
			      "another system" },
	[MEASURE_ACTIVE] = { "device_active_only", "Device active only", "Activ",
			     "avg_device_active_only_time",
			     "data had been moved, the device was not done yet" },
	[MEASURE_BUSY] = { "device_busy", "Device busy", "Busy", "avg_device_busy_time",
			   "the device answered that it was busy" },
};

static const struct subch *behind(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid id;

	if (ccwid_parse(dev->name, &id) < 0)
		return NULL;
	return dev->bus == BUS_CCW ? inventory_subch_of(inv, id) : inventory_subch(inv, id);
}

bool measure_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	const struct subch *s;
	const char *why = NULL;
	struct devid css;
	char blocked[96];

	if (dev->bus == BUS_CHP) {
		if (inv->cm_enable < 0)
			why = "This machine does not measure channel paths for Linux";
		snprintf(text, size, "%s", why ? why : "");
		return why;
	}
	s = behind(inv, dev);
	css = s ? devid_css(s->id) : *dev;
	if (!s || !s->has_dev)
		why = "There is no such channel device";
	else if (str_eq(s->driver, "vfio_ccw"))
		why = "It is given to guests: Linux has no device of its own to measure there, and "
		      "what a guest reads of it comes from its hypervisor";
	else if (!s->ccw)
		why = "Linux has no device behind the subchannel now";
	else if (s->online != 1)
		why = "It is not online: there is nothing to count";
	else if (rules_blocked(inv, &css, blocked, sizeof(blocked)) &&
		 str_eq(blocked, "QDIO device"))
		/* set_schib(): the subchannel is never idle, so the modification is refused as busy. */
		why = "It is a QDIO device: it keeps one channel program running all the time, and "
		      "a subchannel can be switched only while none runs";
	else if (s->measured < 0)
		why = "The kernel has no measurement for it";
	snprintf(text, size, "%s", why ? why : "");
	return why;
}

/* -- reading -- */

/* Below cmf/ of a device: a number from 0 up, or -1. */
static int read_number(struct sys *sys, const struct devid *ccw, const char *attr, int64_t *ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[160], *end;
	long long value;
	int r;

	snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/cmf/%s", ccw->name, attr);
	r = sys_read_line(sys, path, &b);
	if (r < 0)
		return r;
	errno = 0;
	value = strtoll(buf_str(&b), &end, 10);
	if (errno || end == buf_str(&b) || *end || value < -1)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* "12.3%"; "n/a": nothing was counted yet. */
static int read_permille(struct sys *sys, const struct devid *ccw)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	unsigned whole, tenth;
	char path[160], end;

	snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/cmf/avg_utilization", ccw->name);
	if (sys_read_line(sys, path, &b) < 0 ||
	    sscanf(buf_str(&b), "%5u.%1u%%%c", &whole, &tenth, &end) != 2)
		return -1;
	return (int)(whole * 10 + tenth);
}

static int read_once(struct sys *sys, const struct devid *ccw, struct measure *ret, bool *ret_same)
{
	int64_t samples = 0, again = 0, requests = 0;
	int r = read_number(sys, ccw, "sample_count", &samples);

	if (r == 0)
		r = read_number(sys, ccw, "ssch_rsch_count", &requests);
	if (r == 0)
		r = read_number(sys, ccw, "avg_sample_interval", &ret->interval);
	for (int i = 0; r == 0 && i < MEASURE_TIMES; i++)
		if (read_number(sys, ccw, measure_rows[i].attr, &ret->time[i]) < 0)
			ret->time[i] = -1;
	if (r == 0)
		r = read_number(sys, ccw, "sample_count", &again);
	if (r == 0 && (samples < 0 || requests < 0))
		r = -EINVAL;
	ret->samples = (uint64_t)samples;
	ret->requests = (uint64_t)requests;
	*ret_same = samples == again;
	return r;
}

int measure_read(struct sys *sys, const struct devid *ccw, struct measure *ret)
{
	struct measure m = { 0 };
	bool same = false;
	int r = 0;

	/* Each attribute is a reading of its own: those of one moment have the same number of samples. */
	for (int i = 0; r == 0 && !same && i < 3; i++)
		r = read_once(sys, ccw, &m, &same);
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? -ENODATA : r;
	m.permille = read_permille(sys, ccw);
	*ret = m;
	return 0;
}

/* -- between two readings -- */

enum { UNIT_NS = 128000 }; /* in which the machine counts times */

/* An average over n, times n; -1 unknown or absurd. */
static int64_t total(int64_t average, uint64_t n)
{
	int64_t all;

	if (average < 0 || n > INT64_MAX || __builtin_mul_overflow(average, (int64_t)n, &all) ||
	    all > INT64_MAX - UNIT_NS)
		return -1;
	return all;
}

/* time_to_avg_nsec() has rounded down: the total was the next whole number of units. */
static int64_t total_time(int64_t average, uint64_t n)
{
	int64_t all = total(average, n);

	return all < 0 ? -1 : (all + UNIT_NS - 1) / UNIT_NS * UNIT_NS;
}

static int64_t minus(int64_t is, int64_t was)
{
	return is < 0 || was < 0 ? -1 : MAX(is - was, (int64_t)0);
}

static int utilization(const int64_t used[MEASURE_TIMES], int64_t ns)
{
	static const enum measure_time parts[] = { MEASURE_PENDING, MEASURE_CONNECT,
						   MEASURE_DISCONNECT };
	double all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (used[parts[i]] < 0)
			return -1;
		all += (double)used[parts[i]];
	}
	/* With parallel access volumes it is more than all of the time. */
	return ns <= 0 || all / (double)ns > 1000 ? -1 : (int)(all * 1000 / (double)ns + 0.5);
}

static void since_on(const struct measure *is, struct measured *ret)
{
	*ret = (struct measured){ .ns = total(is->interval, is->samples),
				  .requests = is->requests,
				  .samples = is->samples,
				  .permille = is->permille };
	if (!is->samples)
		ret->ns = -1;
	for (int i = 0; i < MEASURE_TIMES; i++)
		ret->time[i] = is->samples ? is->time[i] : -1;
}

void measure_between(const struct measure *was, const struct measure *is, struct measured *ret)
{
	int64_t used[MEASURE_TIMES];

	if (!was) {
		since_on(is, ret);
		return;
	}
	*ret = (struct measured){ .ns = -1, .permille = -1 };
	for (int i = 0; i < MEASURE_TIMES; i++)
		ret->time[i] = -1;
	ret->began_anew = is->samples < was->samples || is->requests < was->requests;
	if (ret->began_anew)
		return;
	ret->requests = is->requests - was->requests;
	ret->samples = is->samples - was->samples;
	if (was->samples && is->samples)
		ret->ns =
			minus(total(is->interval, is->samples), total(was->interval, was->samples));
	for (int i = 0; i < MEASURE_TIMES; i++) {
		used[i] = minus(total_time(is->time[i], is->samples),
				total_time(was->time[i], was->samples));
		if (ret->samples && used[i] >= 0)
			ret->time[i] = used[i] / (int64_t)ret->samples;
	}
	ret->permille = utilization(used, ret->ns);
	if (ret->samples && is->samples > UNIT_NS)
		ret->blur = (int64_t)(is->samples / ret->samples);
}

/* -- what it suggests -- */

enum { FEW = 10, BUSY_PERMILLE = 700, LONG_NS = 500000, SOME_NS = 200000, BLUR_NS = 20000 };

static int add_waits(const struct measured *m, struct buf *ret)
{
	int64_t pending = m->time[MEASURE_PENDING], connect = m->time[MEASURE_CONNECT],
		away = m->time[MEASURE_DISCONNECT], all = pending + connect + away;
	int r = 0;

	if (pending >= LONG_NS && pending * 2 >= all)
		r = buf_add_name(ret, "For most of its time a request waited to be taken (function "
				      "pending): all paths or the control unit were busy, with "
				      "this or with other systems' work.");
	if (r == 0 && away >= LONG_NS && away * 2 >= all)
		r = buf_add_name(
			ret,
			"For most of the time of a request the device worked apart from the path "
			"(disconnect): data that is not in the storage's cache, a "
			"synchronous copy to another storage, or other systems that "
			"share its paths and ranks.");
	if (r == 0 && connect >= LONG_NS && connect * 2 >= all)
		r = buf_add_name(
			ret,
			"For most of the time of a request data was moved (connect): requests are "
			"large, or the path is slow or shared.");
	return r;
}

static int add_holders(const struct measured *m, struct buf *ret)
{
	int r = 0;

	if (m->time[MEASURE_QUEUING] >= SOME_NS)
		r = buf_add_name(ret, "The control unit kept requests back (queuing): another "
				      "system works on the same volume.");
	if (r == 0 && m->time[MEASURE_RESPONSE] >= SOME_NS)
		r = buf_add_name(ret, "The first command is answered late (initial response): the "
				      "way to the storage is long or congested, in the fabric or "
				      "at the control unit's ports.");
	if (r == 0 && m->time[MEASURE_BUSY] >= SOME_NS)
		r = buf_add_name(ret, "The device answered busy: another system has it reserved or "
				      "works on it.");
	return r;
}

/* QEMU counts requests and never writes a time into the block (css_update_chnmon). */
static int add_empty(const struct measured *m, struct buf *ret)
{
	if (m->requests)
		return buf_add_name(ret, "Requests were counted, but their times were not: so it "
					 "is where a hypervisor emulates the measurement, as QEMU "
					 "does. Measure on the host that has the device.");
	return buf_add_name(ret, "There was no request: there is nothing to average.");
}

int measure_advice(const struct measured *m, struct buf *ret)
{
	size_t from = ret->len;
	char text[200];
	int r = 0;

	if (m->began_anew)
		return buf_add_name(ret, "The counters began anew: somebody switched the "
					 "measurement, the device was away, or they are full. The "
					 "next sample tells more.");
	if (!m->samples)
		return add_empty(m, ret);
	if (m->permille >= BUSY_PERMILLE)
		r = buf_add_name(ret, "The device is busy nearly all the time: requests wait for "
				      "each other in Linux, which is not counted here.");
	if (r == 0)
		r = add_waits(m, ret);
	if (r == 0)
		r = add_holders(m, ret);
	if (r == 0 && ret->len == from)
		r = buf_add_name(ret, "Nothing stands out.");
	if (r == 0 && m->samples < FEW)
		r = buf_add_name(ret, "There were few requests: a single slow one changes the "
				      "averages much.");
	if (r == 0 && m->blur > BLUR_NS) {
		snprintf(text, sizeof(text),
			 "It was counted for so long that each time of a sample may be wrong by "
			 "%.3f ms. To count anew, switch it off and on.",
			 (double)m->blur / 1e6);
		r = buf_add_name(ret, text);
	}
	return r;
}
