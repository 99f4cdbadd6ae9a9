/* SPDX-License-Identifier: MIT */
/*
 * Carries out operations on the emulated machine, one by one, and writes down what the kernel makes of each: a trace as those
 * in tests/traces, whose README says what the lines are. Nothing of the program under test has a part in it.
 *
 *	kernel-record SCRIPT OUT
 *
 * The script is a trace, of which only the operations count, or lines of its own (see tests/traces/README.md). The machine is
 * as after its boot at the begin of each trace.
 */
#include "look.h"
#include "mem.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct recorder {
	FILE *out;
	int events;
	struct json_object *trace; /* its name */
	struct json_object *watch; /* patterns beyond the sets, NULL: none */
	bool set[LOOK_SETS];
	struct json_object *state; /* as of the last step */
	int step;
};

/* What is different now; the state is as it is now afterwards. */
static struct json_object *delta(struct recorder *r)
{
	struct json_object *now = look_around(r->set, r->watch),
			   *changed = json_object_new_object(), *was;

	each_member(now, it)
	{
		const char *path = json_object_iter_peek_name(&it);
		struct json_object *value = json_object_iter_peek_value(&it);

		if (!json_object_object_get_ex(r->state, path, &was) ||
		    !json_object_equal(was, value))
			json_object_object_add(changed, path, json_object_get(value));
	}
	each_member(r->state, it)
	{
		const char *path = json_object_iter_peek_name(&it);

		if (!json_object_object_get_ex(now, path, NULL))
			json_object_object_add(changed, path, NULL);
	}
	json_object_put(r->state);
	r->state = now;
	return changed;
}

/* -- what the kernel tells -- */

static int listen_to_kernel(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int room = 4 << 20;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

/* From "ACTION@DEVPATH", NUL, "KEY=VALUE", NUL, ... */
static struct json_object *event_of(char *bytes, size_t len)
{
	struct json_object *o = json_object_new_object();

	for (char *at = bytes + strlen(bytes) + 1; at < bytes + len; at += strlen(at) + 1) {
		char *value = strchr(at, '=');

		if (!value || !strncmp(at, "SEQNUM=", 7))
			continue;
		*value++ = '\0';
		json_object_object_add(o, at, json_object_new_string(value));
		at = value;
	}
	return o;
}

/* Queues are bound within the write. The channel device below a subchannel comes after it, and goes online still later. */
static int settle(const struct recorder *r)
{
	int err;

	if (!r->set[LOOK_CSS] && !r->set[LOOK_PCI])
		return 5;
	look_once("/proc/cio_settle", O_WRONLY, (char[]){ '1' }, 1, &err);
	return 80;
}

/* Once there were none for a while. */
static struct json_object *take_events(const struct recorder *r)
{
	struct json_object *all = json_object_new_array();
	struct pollfd p = { .fd = r->events, .events = POLLIN };
	char bytes[16384];
	int wait = settle(r);

	while (poll(&p, 1, wait) > 0) {
		ssize_t n = recv(r->events, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

		if (n <= 0)
			break;
		bytes[n] = '\0';
		if (strchr(bytes, '@'))
			json_object_array_add(all, event_of(bytes, (size_t)n));
	}
	return all;
}

/* -- traces and steps -- */

static void put_line(struct recorder *r, struct json_object *line)
{
	fprintf(r->out, "%s\n",
		json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(r->out);
	json_object_put(line);
}

static void reset(const struct recorder *r)
{
	CLEANUP(buf_done) struct buf command = { 0 };

	buf_adds(&command, "sh /tests/reset.sh");
	for (size_t i = 0; i < LOOK_SETS; i++)
		if (r->set[i])
			buf_printf(&command, " %s", look_sets[i].bus);
	if (system(buf_str(&command)) != 0)
		fprintf(stderr, "%s failed\n", buf_str(&command));
}

static void begin(struct recorder *r, struct json_object *header)
{
	struct json_object *line = json_object_new_object(), *state, *watch = NULL;

	json_object_object_get_ex(header, "watch", &watch);
	if (json_object_object_get_ex(header, "state", &state))
		for (size_t i = 0; i < LOOK_SETS; i++)
			r->set[i] = json_object_object_get_ex(state, look_sets[i].path, NULL);
	json_object_put(r->watch);
	json_object_put(r->trace);
	json_object_put(r->state);
	r->watch = json_object_get(watch);
	r->trace = json_object_get(json_object_object_get(header, "trace"));
	reset(r);
	json_object_put(take_events(r));
	r->step = 0;
	r->state = look_around(r->set, r->watch);
	json_object_object_add(line, "trace", json_object_get(r->trace));
	json_object_object_add(line, "desc", json_object_new_string(trace_str(header, "desc")));
	if (watch)
		json_object_object_add(line, "watch", json_object_get(watch));
	json_object_object_add(line, "state", json_object_get(r->state));
	put_line(r, line);
}

/* Fills in data; returns what the line has as ret. */
static ssize_t act(struct json_object *line, const char *op, const char *path,
		   struct json_object *value, int *ret_errno)
{
	char bytes[65536];
	size_t len = value ? (size_t)json_object_get_string_len(value) : 0;
	ssize_t n;

	*ret_errno = 0;
	if (str_eq(op, "sh"))
		return system(json_object_get_string(value));
	if (str_eq(op, "ob")) {
		struct json_object *data = look_at(path);

		json_object_object_add(line, "data", data ? data : look_error(ENOENT));
		return 0;
	}
	if (str_eq(op, "w")) {
		memcpy(bytes, json_object_get_string(value), MIN(len, sizeof(bytes)));
		return look_once(path, O_WRONLY, bytes, MIN(len, sizeof(bytes)), ret_errno);
	}
	n = look_once(path, O_RDONLY, bytes, sizeof(bytes), ret_errno);
	json_object_object_add(line, "data", json_object_new_string_len(bytes, n < 0 ? 0 : (int)n));
	return n;
}

/* The AP bus scans by itself every so many seconds, counted anew when they are set: no trace of a slow machine shall have that. */
static void put_off_scan(void)
{
	static const char path[] = "/sys/bus/ap/config_time";
	char seconds[16];
	int err;
	ssize_t n = look_once(path, O_RDONLY, seconds, sizeof(seconds), &err);

	if (n > 0)
		look_once(path, O_WRONLY, seconds, (size_t)n, &err);
}

static void carry_out(struct recorder *r, struct json_object *step)
{
	struct json_object *line = json_object_new_object(), *value = NULL;
	const char *op = trace_str(step, "op"), *path = trace_str(step, "path");
	ssize_t n;
	int err;

	json_object_object_add(line, "trace", json_object_get(r->trace));
	json_object_object_add(line, "i", json_object_new_int(++r->step));
	json_object_object_add(line, "op", json_object_new_string(op));
	json_object_object_add(line, "path", json_object_new_string(path));
	if (json_object_object_get_ex(step, "value", &value))
		json_object_object_add(line, "value", json_object_get(value));
	put_off_scan();
	n = act(line, op, path, value, &err);
	json_object_object_add(line, "ret", json_object_new_int((int)n));
	json_object_object_add(line, "errno", json_object_new_int(err));
	json_object_object_add(line, "err",
			       json_object_new_string(err ? strerrorname_np(err) : ""));
	json_object_object_add(line, "uevents", take_events(r));
	json_object_object_add(line, "delta", delta(r));
	put_line(r, line);
}

/* -- scripts -- */

/* \n \t \0 \\ and \xHH. */
static struct json_object *unescaped(const char *s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (; *s; s++) {
		char hex[3] = { 0 };

		if (*s != '\\' || !s[1]) {
			buf_addc(&b, *s);
			continue;
		}
		s++;
		if (*s == 'x' && s[1] && s[2]) {
			memcpy(hex, s + 1, 2);
			buf_addc(&b, (char)strtol(hex, NULL, 16));
			s += 2;
		} else {
			buf_addc(&b, *s == 'n' ? '\n' : *s == 't' ? '\t' : *s == '0' ? '\0' : *s);
		}
	}
	return json_object_new_string_len(buf_str(&b), (int)b.len);
}

/* A line of a script's own as the object that a trace would have; NULL: it is none. */
static struct json_object *plain_step(char *line)
{
	struct json_object *o;
	char *op = strsep(&line, " "), *path;
	bool writes = str_eq(op, "w") || str_eq(op, "wn");

	if (!line || !(writes || str_eq(op, "r") || str_eq(op, "ob") || str_eq(op, "sh")))
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "op", json_object_new_string(writes ? "w" : op));
	if (str_eq(op, "sh")) {
		json_object_object_add(o, "path", json_object_new_string(""));
		json_object_object_add(o, "value", json_object_new_string(line));
		return o;
	}
	path = strsep(&line, " ");
	json_object_object_add(o, "path", json_object_new_string(path));
	if (writes) {
		CLEANUP(buf_done) struct buf b = { 0 };

		buf_printf(&b, "%s%s", line ? line : "", str_eq(op, "wn") ? "\\n" : "");
		json_object_object_add(o, "value", unescaped(buf_str(&b)));
	}
	return o;
}

/* trace NAME TEXT */
static void begin_plain(struct recorder *r, char *line, struct json_object *watch)
{
	struct json_object *header = json_object_new_object();
	char *name = strsep(&line, " ");

	json_object_object_add(header, "trace", json_object_new_string(name));
	json_object_object_add(header, "desc", json_object_new_string(line ? line : ""));
	if (json_object_array_length(watch))
		json_object_object_add(header, "watch", json_object_get(watch));
	begin(r, header);
	json_object_put(header);
}

/* A bus, or a pattern. */
static int watch_more(struct recorder *r, const char *what, struct json_object *watch)
{
	for (size_t i = 0; i < LOOK_SETS; i++)
		if (str_eq(what, look_sets[i].bus)) {
			r->set[i] = true;
			return 0;
		}
	return json_object_array_add(watch, json_object_new_string(what));
}

static int plain(struct recorder *r, char *line, struct json_object *watch)
{
	struct json_object *step;

	if (str_starts(line, "trace ")) {
		begin_plain(r, line + 6, watch);
		return 0;
	}
	if (str_starts(line, "watch "))
		return watch_more(r, line + 6, watch);
	step = plain_step(line);
	if (!step || !r->trace)
		return -1;
	carry_out(r, step);
	json_object_put(step);
	return 0;
}

static int record_all(struct recorder *r, FILE *script)
{
	struct json_object *watch = json_object_new_array(), *o;
	CLEANUP(freep) char *line = NULL;
	size_t cap = 0;
	int e = 0;

	while (e == 0 && getline(&line, &cap, script) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '{' && (o = json_tokener_parse(line))) {
			if (json_object_object_get_ex(o, "state", NULL))
				begin(r, o);
			else
				carry_out(r, o);
			json_object_put(o);
		} else if (line[0] && line[0] != '#') {
			e = plain(r, line, watch);
		}
	}
	if (e < 0)
		fprintf(stderr, "what is this: %s\n", line);
	reset(r); /* a script that comes after this one may look at other things */
	json_object_put(watch);
	return e;
}

int main(int argc, char **argv)
{
	struct recorder r = { .events = listen_to_kernel() };
	FILE *script;
	int e;

	if (argc != 3)
		return 64;
	script = fopen(argv[1], "r");
	r.out = fopen(argv[2], "w");
	if (r.events < 0 || !script || !r.out) {
		perror(argv[1]);
		return 1;
	}
	e = record_all(&r, script);
	fclose(script);
	json_object_put(r.state);
	json_object_put(r.watch);
	json_object_put(r.trace);
	return fclose(r.out) != 0 || e < 0;
}
