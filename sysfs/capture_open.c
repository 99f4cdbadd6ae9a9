/* SPDX-License-Identifier: MIT */
/* What a capture is, by the marks at its top; and opening one, packed or not. */
#include "capture_in.h"

#include "real.h"
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const capture_tops[] = { "/sys", "/proc", "/etc",  "/run", "/var",
				     "/usr", "/lib",  "/boot", "/dev", NULL };

/* What a scan looks at, and no more: other people's captures are full of logs. */
static const char *const taken[] = {
	"/sys",
	"/proc",
	"/etc",
	"/run",
	"/boot",
	"/lib/modules",
	"/lib/udev",
	"/lib/systemd/system",
	"/usr/lib/udev",
	"/usr/lib/systemd/system",
	"/usr/lib/modules-load.d",
	"/usr/lib/dracut/modules.d",
	"/var/lib/vfiocfg",
	"/var/cache/libvirt/qemu/capabilities",
	NULL,
};

void capture_mark(struct capture_marks *m, const char *name)
{
	if (str_eq(name, CAPTURE_NOTES))
		m->ours = true;
	if (str_eq(name, "sos_commands") || str_eq(name, "sos_reports") || str_eq(name, "sos_logs"))
		m->sos = true;
	if (str_eq(name, "dbginfo.log") || str_eq(name, "runtime.out"))
		m->dbginfo = true;
}

struct sys_origin capture_origin(const struct capture_marks *m)
{
	if (m->ours)
		return (struct sys_origin){ .maker = "vfiocfg" };
	if (m->sos)
		return (struct sys_origin){ .maker = "sosreport", .selective = true };
	if (m->dbginfo)
		return (struct sys_origin){ .maker = "dbginfo.sh", .selective = true };
	return (struct sys_origin){ .maker = "" };
}

static bool is_below(const char *path, const char *const *tops)
{
	for (; *tops; tops++) {
		size_t n = strlen(*tops);

		if (!strncmp(path, *tops, n) && (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return false;
}

bool capture_wants(const struct capture_marks *m, const char *path)
{
	return is_below(path, m->ours ? capture_tops : taken);
}

bool capture_leads_out(const char *path, const char *target)
{
	long depth = -1;

	if (*target == '/')
		depth = 0;
	else
		for (; *path; path++)
			depth += *path == '/';
	while (*target && depth >= 0) {
		size_t n = strcspn(target, "/");

		if (n == 2 && !strncmp(target, "..", 2))
			depth--;
		else if (n && !(n == 1 && *target == '.'))
			depth++;
		target += n;
		target += *target == '/';
	}
	return depth < 0;
}

/* -- the notes of our own -- */

static int unescape(const char *text, size_t len, struct buf *ret)
{
	int r = 0;

	for (size_t i = 0; i < len && r == 0; i++) {
		unsigned byte;
		int end = 0;

		if (text[i] == '\\' && i + 4 <= len &&
		    sscanf(text + i, "\\x%2x%n", &byte, &end) == 1 && end == 4) {
			r = buf_addc(ret, (char)byte);
			i += 3;
		} else {
			r = buf_addc(ret, text[i]);
		}
	}
	return r;
}

/* "made 2026-11-20T14:03:00Z" */
static void take_made(struct sim *sim, const char *line)
{
	struct tm tm = { 0 };
	const char *end;

	if (!str_starts(line, "made "))
		return;
	end = strptime(line + 5, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end && (*end == '\n' || !*end))
		sim->sys.origin.made = timegm(&tm);
}

int capture_take_notes(struct sim *sim, const struct buf *notes)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const char *line = buf_str(notes), *end;

	for (; *line; line = *end ? end + 1 : end) {
		int err = 0, at = 0;

		end = strchrnul(line, '\n');
		take_made(sim, line);
		if (sscanf(line, "unread %4d %n", &err, &at) != 1 || !at || line + at >= end ||
		    err <= 0 || err > 4095)
			continue;
		buf_reset(&path);
		if (unescape(line + at, (size_t)(end - line - at), &path) < 0)
			return -ENOMEM;
		if (sys_path_ok(buf_str(&path)))
			sim_note(sim, path.data, 0, -err);
	}
	return 0;
}

/* -- opening -- */

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int still(struct sim **ret)
{
	int r = sim_alloc(ret);

	if (r < 0)
		return r;
	(*ret)->sys.ops = &sim_still_ops;
	(*ret)->sys.writable = (*ret)->sys.simulated = false;
	return 0;
}

/* 0; a tree that has nothing of a machine is no capture. */
static int finish(struct sim *sim, const struct capture_marks *marks)
{
	bool any = sim_has(sim, "/sys") || ((marks->sos || marks->dbginfo) &&
					    (sim_has(sim, "/proc") || sim_has(sim, "/etc")));
	int64_t made;

	made = sim->sys.origin.made;
	sim->sys.origin = capture_origin(marks);
	sim->sys.origin.made = made;
	return any ? 0 : -EINVAL;
}

static int open_packed(int fd, struct sim *sim, struct capture_error *reterr)
{
	struct capture_marks marks = { 0 };
	int r = capture_unpack_fd(fd, false, sim, &marks, reterr);

	return r < 0 ? r : finish(sim, &marks);
}

static void read_marks(struct sys *tree, struct capture_marks *ret)
{
	static const char *const names[] = { CAPTURE_NOTES, "sos_commands", "sos_reports",
					     "sos_logs",    "dbginfo.log",  "runtime.out" };
	char path[64];
	struct sys_stat st;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/%s", names[i]);
		if (sys_stat(tree, path, &st) == 0)
			capture_mark(ret, names[i]);
	}
}

/* dbginfo.sh leaves /sys packed: it is looked into in place. */
static int add_sysfs(int dir, struct sim *sim, struct capture_marks *marks,
		     struct capture_error *reterr)
{
	CLEANUP(closep) int fd = -1;

	if (!marks->dbginfo || sim_has(sim, "/sys"))
		return 0;
	fd = openat(dir, CAPTURE_DBGINFO_SYSFS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? 0 : capture_unpack_fd(fd, true, sim, marks, reterr);
}

static int open_dir(const char *path, int dir, struct sim *sim, struct capture_error *reterr)
{
	CLEANUP(sys_freep) struct sys *tree = NULL;
	CLEANUP(buf_done) struct buf notes = { 0 };
	struct capture_marks marks = { 0 };
	int r = real_new(&(struct real_opts){ .root = path, .read_only = true }, &tree);

	if (r == 0)
		read_marks(tree, &marks);
	if (r < 0 || !(marks.ours || marks.sos || marks.dbginfo))
		return r < 0 ? r : 1;
	r = sim_copy_still(tree, marks.ours ? capture_tops : taken, sim);
	if (r == 0 && marks.ours && sys_read(tree, "/" CAPTURE_NOTES, &notes) == 0)
		r = capture_take_notes(sim, &notes);
	if (r == 0)
		r = add_sysfs(dir, sim, &marks, reterr);
	return r < 0 ? r : finish(sim, &marks);
}

int capture_open(const char *path, struct sys **ret, struct capture_error *reterr)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct sim *sim;
	struct stat st;
	int r;

	*reterr = (struct capture_error){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return -EINVAL;
	r = still(&sim);
	if (r < 0)
		return r;
	r = S_ISDIR(st.st_mode) ? open_dir(path, fd, sim, reterr) : open_packed(fd, sim, reterr);
	if (r != 0) {
		sys_free(&sim->sys);
		return r;
	}
	*ret = &sim->sys;
	return 0;
}

bool capture_is_packed(const char *path)
{
	static const struct {
		size_t at, len;
		const char *bytes;
	} marks[] = {
		{ 0, 2, "\x1f\x8b" },
		{ 0, 3, "BZh" },
		{ 0, 6,
		  "\xfd"
		  "7zXZ\0" },
		{ 0, 4, "\x28\xb5\x2f\xfd" },
		{ 257, 5, "ustar" },
	};
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[512];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

	for (size_t i = 0; i < ARRAY_SIZE(marks) && n > 0; i++)
		if (marks[i].at + marks[i].len <= (size_t)n &&
		    !memcmp(head + marks[i].at, marks[i].bytes, marks[i].len))
			return true;
	return str_ends(path, ".tar");
}

int capture_open_demo(const char *path, struct sys **ret, struct capture_error *reterr)
{
	CLEANUP(sys_freep) struct sys *tree = NULL;
	int r = capture_open(path, &tree, reterr);

	return r != 0 ? r : sim_copy(tree, capture_tops, ret);
}
