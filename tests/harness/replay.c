/* SPDX-License-Identifier: MIT */
/*
 * Replays recordings of real kernels (tests/traces) against the simulated machine and counts the steps that differ.
 *
 *	replay [-m DIR] [-v] FILE...
 *
 * DIR holds lab612.machine, lab702.machine and labx86.machine, those of the recordings; the file's name says which it was.
 * A step agrees when the write or read gave the same result or errno, the kernel sent the same uevents in the same order,
 * and every recorded attribute reads the same afterwards.
 *
 * What cannot be compared step by step: a channel device comes back asynchronously, so its presence may lag behind in the
 * recording, and a write to it may have come too early (both are counted as "late"); devices below channel devices
 * (virtio, block) are not in the lab machine. The order of queues is that of their registration, which goes back to
 * before the recording; it is taken from the recording's own walks over the bus, as are the count of completed bindings
 * where no attribute tells it, and that queues were moved just before. So the order of queues is held to itself, not to
 * the history of that machine. Events of channel devices may come later in the recording than in the simulation, or not at
 * all when it ended first, but none may be recorded which the simulation has not sent, variables included.
 */
#include "replay.h"

#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN = 40 };

struct replay {
	const char *machines, *file;
	bool verbose;
	struct sys *sys;
	struct json_object *state; /* as recorded: path -> VALUE */
	char trace[64];
	int step;
	bool late; /* this step wrote to a channel device which was still coming */
	unsigned steps, differ, lates, idle, shown;
	bool differs;
	struct buf
		ccw; /* events of channel devices which the recording has not shown yet: names list */
};

static void differ(struct replay *r, const char *fmt, ...) PRINTF(2, 3);
static void differ(struct replay *r, const char *fmt, ...)
{
	va_list ap;

	r->differs = true;
	if (r->shown++ >= SHOWN && !r->verbose)
		return;
	printf("%s %s %d: ", r->file, r->trace, r->step);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* What is at a path, as a VALUE of the recordings; NULL: nothing. */
static struct json_object *observe(struct sys *sys, const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct json_object *o, *dir;
	struct sys_stat st;
	const char *name;
	int e;

	if (sys_stat(sys, path, &st) < 0)
		return NULL;
	o = json_object_new_object();
	if (st.type == SYS_LINK) {
		sys_read_base(sys, path, &b);
		json_object_object_add(o, "link", json_object_new_string(buf_str(&b)));
		return o;
	}
	if (st.type == SYS_DIR) {
		sys_list(sys, path, &b);
		dir = json_object_new_array();
		buf_foreach_name (&b, name)
			json_object_array_add(dir, json_object_new_string(name));
		json_object_object_add(o, "dir", dir);
		return o;
	}
	e = sys_read(sys, path, &b);
	if (e < 0) {
		json_object_object_add(o, "err", json_object_new_string(strerrorname_np(-e)));
		return o;
	}
	json_object_put(o);
	return json_object_new_string_len(buf_str(&b), (int)b.len);
}

static bool is_ccw(const char *path)
{
	return str_starts(path, "/sys/bus/ccw/devices");
}

static const char *text(struct json_object *o)
{
	return o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : "nothing";
}

/* The state of a channel device runs after what the simulation does at once: make it so again, count nothing. */
static bool catch_up(struct replay *r, const char *path, struct json_object *want,
		     struct json_object *have)
{
	if (!is_ccw(path))
		return false;
	if (!want || !have || json_object_is_type(want, json_type_object))
		return true; /* presence */
	if (r->late && str_ends(path, "/online")) {
		sys_write(r->sys, path, json_object_get_string(want));
		return true;
	}
	return false;
}

static void compare_state(struct replay *r)
{
	each_member(r->state, it)
	{
		const char *path = json_object_iter_peek_name(&it);
		struct json_object *want = json_object_iter_peek_value(&it);

		struct json_object *have = observe(r->sys, path);

		if (!json_object_equal(want, have) && !catch_up(r, path, want, have)) {
			char *copy = strdup(text(want));

			differ(r, "%s is %s, was %s", path, text(have), copy);
			free(copy);
		}
		json_object_put(have);
	}
}

/* Paths whose removal was recorded must be gone. */
static void fold(struct replay *r, struct json_object *step)
{
	struct json_object *delta;

	if (!json_object_object_get_ex(step, "delta", &delta))
		return;
	each_member(delta, it)
	{
		const char *path = json_object_iter_peek_name(&it);
		struct json_object *value = json_object_iter_peek_value(&it);

		if (value) {
			json_object_object_add(r->state, path, json_object_get(value));
			continue;
		}
		json_object_object_del(r->state, path);
		struct json_object *have = observe(r->sys, path);

		if (have)
			differ(r, "%s is %s, was gone", path, text(have));
		json_object_put(have);
	}
}

static bool compared(const char *subsystem)
{
	static const char *const all[] = { "css",     "ap",	"mdev", "vfio", "vfio-dev",
					   "drivers", "module", "bus",	"pci" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (str_eq(all[i], subsystem))
			return true;
	return false;
}

/* An event as one line: action, devpath, and the variables in order of their names. */
static void event_line(struct buf *b, const char *action, const char *devpath, struct buf *env)
{
	const char *v;

	buf_sort_names(env);
	buf_printf(b, "%s@%s", action, devpath);
	/* The number of a class of nodes is what happened to be free at the boot. */
	buf_foreach_name (env, v)
		if (!str_starts(v, "MAJOR="))
			buf_printf(b, " %s", v);
}

/* The next compared event of the simulation. */
static bool next_event(struct replay *r, struct buf *ret)
{
	struct sys_event e = { 0 };

	while (sys_watch(r->sys, &e) > 0) {
		bool take = compared(e.subsystem);
		CLEANUP(buf_done) struct buf line = { 0 };

		if (take)
			event_line(ret, e.action, e.devpath, &e.env);
		else if (str_eq(e.subsystem, "ccw")) {
			event_line(&line, e.action, e.devpath, &e.env);
			buf_add_name(&r->ccw, buf_str(&line));
		}
		sys_event_done(&e);
		if (take)
			return true;
	}
	return false;
}

static void recorded_event(struct json_object *event, struct buf *ret)
{
	CLEANUP(buf_done) struct buf env = { 0 };

	each_member(event, it)
	{
		const char *key = json_object_iter_peek_name(&it);
		struct json_object *value = json_object_iter_peek_value(&it);

		CLEANUP(buf_done) struct buf one = { 0 };

		if (str_eq(key, "ACTION") || str_eq(key, "DEVPATH") || str_eq(key, "SUBSYSTEM"))
			continue;
		buf_printf(&one, "%s=%s", key, json_object_get_string(value));
		buf_add_name(&env, buf_str(&one));
	}
	event_line(ret, trace_str(event, "ACTION"), trace_str(event, "DEVPATH"), &env);
}

/* A recorded event of a channel device must be among those sent so far, each counting once. */
static void compare_ccw(struct replay *r, struct json_object *event)
{
	CLEANUP(buf_done) struct buf want = { 0 };
	struct buf left = { 0 };
	bool found = false;
	const char *line;

	recorded_event(event, &want);
	buf_foreach_name (&r->ccw, line) {
		if (!found && str_eq(line, buf_str(&want)))
			found = true;
		else
			buf_add_name(&left, line);
	}
	buf_done(&r->ccw);
	r->ccw = left;
	if (!found)
		differ(r, "uevent %s was recorded and not sent", buf_str(&want));
}

static void compare_events(struct replay *r, struct json_object *step)
{
	struct json_object *events = NULL;
	size_t n = 0;

	if (json_object_object_get_ex(step, "uevents", &events))
		n = json_object_array_length(events);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_done) struct buf want = { 0 }, have = { 0 };
		struct json_object *e = json_object_array_get_idx(events, i);

		if (!compared(trace_str(e, "SUBSYSTEM")))
			continue;
		recorded_event(e, &want);
		next_event(r, &have);
		if (!str_eq(buf_str(&want), buf_str(&have)))
			differ(r, "uevent is %s, was %s", buf_str(&have), buf_str(&want));
	}
	for (;;) {
		CLEANUP(buf_done) struct buf have = { 0 };

		if (!next_event(r, &have))
			break;
		differ(r, "uevent is %s, was none", buf_str(&have));
	}
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(events, i);

		if (str_eq(trace_str(e, "SUBSYSTEM"), "ccw"))
			compare_ccw(r, e);
	}
}

static int write_step(struct replay *r, const char *path, const char *value, size_t len)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *uuid;
	int e;

	if (str_ends(path, "/ap_model/cmd"))
		return sim_poke(r->sys, value);
	e = r->sys->ops->write(r->sys, path, value, len);
	if (e != -EINPROGRESS)
		return e;
	/* The recorded write ended when the holder let go. */
	sim_names(sim_of(r->sys), "/.sim/held", &names);
	buf_foreach_name (&names, uuid)
		sim_hold(r->sys, uuid, NULL);
	return 0;
}

static void compare_result(struct replay *r, struct json_object *step, int e, size_t len)
{
	int ret = trace_num(step, "ret"), err = trace_num(step, "errno");

	if (ret < 0 ? e == -err : e == 0 && len == (size_t)ret)
		return;
	if (is_ccw(trace_str(step, "path"))) {
		r->late = true;
		r->lates++;
		return;
	}
	differ(r, "write of %s to %s gave %s, was %s", text(json_object_object_get(step, "value")),
	       trace_str(step, "path"), e < 0 ? strerrorname_np(-e) : "success",
	       ret < 0 ? strerrorname_np(err) : "success");
}

static void read_step(struct replay *r, struct json_object *step)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int e = sys_read(r->sys, trace_str(step, "path"), &b);
	int err = trace_num(step, "errno");

	if (trace_num(step, "ret") < 0 ? e != -err
				       : e < 0 || !str_eq(buf_str(&b), trace_str(step, "data")))
		differ(r, "%s reads %s (%d), was %s (%d)", trace_str(step, "path"), buf_str(&b), -e,
		       trace_str(step, "data"), err);
}

static void observe_step(struct replay *r, struct json_object *step)
{
	struct json_object *want = json_object_object_get(step, "data");
	struct json_object *have = observe(r->sys, trace_str(step, "path"));

	if (!have)
		have = json_tokener_parse("{\"err\":\"ENOENT\"}");
	if (!json_object_equal(want, have) && !is_ccw(trace_str(step, "path"))) {
		char *copy = strdup(text(want));

		differ(r, "%s is %s, was %s", trace_str(step, "path"), text(have), copy);
		free(copy);
	}
	json_object_put(have);
}

/* "echo 1 > /proc/x; echo 0.0.0006 > /sys/y": at once, so what a subchannel has behind it may not be recognised in between. */
static void echo_at_once(struct replay *r, const char *command)
{
	CLEANUP(freep) char *copy = strdup(command);
	char *rest = copy, *one, value[32], path[256];

	sim_put_file(sim_of(r->sys), "/.sim/recognises-late", 0600, "1\n");
	while ((one = strsep(&rest, ";")))
		if (sscanf(one, " echo %31s > %255s", value, path) == 2)
			sys_write(r->sys, path, value);
	sim_del(sim_of(r->sys), "/.sim/recognises-late");
	sys_write(r->sys, "/proc/cio_settle", "1"); /* who recorded waits as well */
}

/* The shell commands of the recordings, by what is in them. */
static void shell_step(struct replay *r, const char *command)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *hold = strstr(command, "labtr hold "), *out = strstr(command, " > /sys/");
	char id[37];

	if (str_starts(command, "echo ") && strchr(command, ';')) {
		echo_at_once(r, command);
	} else if (str_starts(command, "rmmod ")) {
		sim_module_unload(sim_of(r->sys), command + strlen("rmmod "));
	} else if (str_starts(command, "insmod /mods/")) {
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(command + 13, "."), command + 13);
		sys_load_module(r->sys, id);
	} else if (hold && sscanf(hold, "labtr hold %*d %*s %36s", id) == 1) {
		sim_hold(r->sys, id, "4242 labtr");
	} else if (str_starts(command, "cat /sys/") && out && sys_read(r->sys, out + 3, &b) == 0) {
		sys_write(r->sys, out + 3, buf_str(&b));
	} else {
		r->idle++; /* opens a block device, lists a directory, waits */
	}
}

static void step(struct replay *r, struct json_object *o)
{
	const char *op = trace_str(o, "op"), *path = trace_str(o, "path");
	struct json_object *value = json_object_object_get(o, "value");

	r->step = trace_num(o, "i");
	r->differs = r->late = false;
	r->steps++;
	if (str_eq(op, "w"))
		compare_result(r, o,
			       write_step(r, path, json_object_get_string(value),
					  (size_t)json_object_get_string_len(value)),
			       (size_t)json_object_get_string_len(value));
	else if (str_eq(op, "r"))
		read_step(r, o);
	else if (str_eq(op, "ob"))
		observe_step(r, o);
	else
		shell_step(r, trace_str(o, "value"));
	compare_events(r, o);
	fold(r, o);
	compare_state(r);
	r->differ += r->differs;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	CLEANUP(buf_done) struct buf b = { 0 };
	char chunk[65536];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	return buf_take(&b);
}

/* The first number of a completed binding in the recording; kernels without the attribute do not tell it otherwise. */
static int first_count(struct json_object **steps, size_t n)
{
	struct json_object *events;

	for (size_t i = 0; i < n; i++) {
		if (!json_object_object_get_ex(steps[i], "uevents", &events))
			continue;
		for (size_t k = 0; k < json_object_array_length(events); k++) {
			struct json_object *e = json_object_array_get_idx(events, k);

			if (*trace_str(e, "COMPLETECOUNT"))
				return trace_num(e, "COMPLETECOUNT");
		}
	}
	return 1;
}

static void set_counts(struct replay *r, struct json_object **steps, size_t n)
{
	struct sim *sim = sim_of(r->sys);
	const char *count = trace_str(r->state, "/sys/bus/ap/bindings_complete_count");
	int at = *count ? atoi(count) : first_count(steps, n) - 1;

	sim_put_filef(sim, "/.sim/past/complete", 0644, "%d\n", at);
	if (sim_has(sim, "/sys/bus/ap/bindings_complete_count"))
		sim_put_filef(sim, "/sys/bus/ap/bindings_complete_count", 0444, "%d\n", at);
}

static int begin(struct replay *r, struct json_object *header, struct json_object **steps, size_t n)
{
	struct sim_error error = { 0 };
	char path[4096];
	char *machine;
	int e;

	snprintf(path, sizeof(path), "%s/lab%s.machine", r->machines,
		 str_starts(r->file, "kx86-")	 ? "x86"
		 : str_starts(r->file, "k6.12-") ? "612"
						 : "702");
	machine = read_file(path);
	if (!machine) {
		perror(path);
		return -ENOENT;
	}
	r->sys = sys_free(r->sys);
	e = sim_new(machine, strlen(machine), &r->sys, &error);
	free(machine);
	if (e < 0) {
		fprintf(stderr, "%s:%u: %s\n", path, error.line, error.expected);
		return e;
	}
	json_object_put(r->state);
	r->state = NULL;
	json_object_deep_copy(json_object_object_get(header, "state"), &r->state, NULL);
	snprintf(r->trace, sizeof(r->trace), "%s", trace_str(header, "trace"));
	replay_order(r->sys, steps, n);
	/* Between two recordings every queue was given away and taken back. */
	sys_write(r->sys, "/sys/bus/ap/apmask", "-0-255\n");
	sys_write(r->sys, "/sys/bus/ap/apmask", "+0-255\n");
	sys_write(r->sys, "/sys/bus/ap/config_time", "120\n");
	set_counts(r, steps, n);
	sim_forget_events(sim_of(r->sys));
	buf_reset(&r->ccw);
	r->step = 0;
	r->differs = false;
	compare_state(r);
	r->differ += r->differs;
	return 0;
}

static int trace(struct replay *r, struct json_object *header, struct json_object **steps, size_t n)
{
	int e = begin(r, header, steps, n);

	for (size_t i = 0; i < n && e == 0; i++)
		step(r, steps[i]);
	return e;
}

static int file(struct replay *r, const char *path)
{
	char *all = read_file(path), *rest = all, *line;
	struct json_object *header = NULL, **steps = NULL;
	size_t n = 0, cap = 0;
	int e = all ? 0 : -ENOENT;

	r->file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (!all)
		perror(path);
	while (e == 0 && rest) {
		struct json_object *o;

		line = strsep(&rest, "\n");
		o = *line ? json_tokener_parse(line) : NULL;
		if (rest && !o)
			continue;
		if (o && !json_object_object_get(o, "state")) {
			e = array_grow(&steps, n, &cap, sizeof(struct json_object *));
			if (e == 0)
				steps[n++] = o;
			continue;
		}
		if (header)
			e = trace(r, header, steps, n);
		while (n)
			json_object_put(steps[--n]);
		json_object_put(header);
		header = o;
	}
	json_object_put(header);
	free(steps);
	free(all);
	return e;
}

int main(int argc, char **argv)
{
	struct replay r = { .machines = "tests/machines" };
	int opt, e = 0;

	while ((opt = getopt(argc, argv, "m:v")) != -1) {
		if (opt == 'm')
			r.machines = optarg;
		else if (opt == 'v')
			r.verbose = true;
		else
			return 64;
	}
	for (int i = optind; i < argc && e == 0; i++)
		e = file(&r, argv[i]);
	printf("%u steps, %u differ (%u writes to channel devices came too early, %u commands "
	       "without effect)\n",
	       r.steps, r.differ, r.lates, r.idle);
	sys_free(r.sys);
	json_object_put(r.state);
	buf_done(&r.ccw);
	return e < 0 ? 2 : r.differ != 0;
}
