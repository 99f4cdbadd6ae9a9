/* SPDX-License-Identifier: MIT */
/* File systems and swap: what is mounted from where, and which device a file of the host is on. */
#include "sys.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MOUNTS_MAX = 4096 };

/* The next field of a line with octal escapes (\040) undone; false: there is none that fits. */
static bool field(const char **line, char *ret, size_t size)
{
	const char *p = *line + strspn(*line, " \t");
	size_t n = 0;

	while (*p && *p != ' ' && *p != '\t' && *p != '\n' && n + 1 < size) {
		unsigned octal;

		if (*p == '\\' && sscanf(p + 1, "%3o", &octal) == 1 && octal > 0 && octal < 256) {
			ret[n++] = (char)octal;
			p += 4;
		} else {
			ret[n++] = *p++;
		}
	}
	ret[n] = '\0';
	*line = p;
	return n > 0 && (!*p || *p == ' ' || *p == '\t' || *p == '\n');
}

static bool is_vital(const char *mount)
{
	static const char *const vital[] = { "/", "/boot", "/usr", "/var" };

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++)
		if (!strcmp(mount, vital[i]))
			return true;
	return str_starts(mount, "/boot/");
}

/* "/dev/root" is no name of a device: the numbers of the mounted device are. */
static void root_name(struct scan *s, char *source, size_t size)
{
	const struct buf *b = scan_file(s, "/proc/self/mountinfo", MAY_BE);
	CLEANUP(buf_done) struct buf base = { 0 };

	for (const char *line = b ? buf_str(b) : ""; *line;) {
		unsigned major, minor;
		char mount[8];

		if (sscanf(line, "%*d %*d %u:%u %*s %7s", &major, &minor, mount) == 3 &&
		    !strcmp(mount, "/") &&
		    sys_read_base(s->sys, scan_path(s, "/sys/dev/block/%u:%u", major, minor),
				  &base) == 0) {
			snprintf(source, size, "/dev/%.200s", buf_str(&base));
			return;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* btrfs names one of its devices in /proc/mounts; the others stand beside it. */
static void claim_btrfs(struct scan *s, const char *source, const struct claim *claim, int depth)
{
	CLEANUP(buf_done) struct buf systems = { 0 };
	char kernel[256];
	const char *system;

	usage_kernel_name(s, source + strlen("/dev/"), kernel, sizeof(kernel));
	scan_list(s, "/sys/fs/btrfs", MAY_BE, &systems);
	buf_foreach_name (&systems, system) {
		CLEANUP(buf_done) struct buf devices = { 0 };
		const char *device;
		bool mine = false;

		if (!name_ok(system))
			continue;
		scan_list(s, scan_path(s, "/sys/fs/btrfs/%s/devices", system), MAY_BE, &devices);
		buf_foreach_name (&devices, device)
			mine |= !strcmp(device, kernel);
		buf_foreach_name (&devices, device)
			if (mine && strcmp(device, kernel) != 0)
				usage_add_block_at(s, device, claim, depth);
	}
}

/* A line of /proc/mounts. */
struct mount {
	char source[256], at[256], type[32], options[1024];
};

/* false: a line that does not fit, or a file system that no device and no interface is behind. */
static bool parse_mount(struct scan *s, const char *line, struct mount *ret)
{
	if (!field(&line, ret->source, sizeof(ret->source)) ||
	    !field(&line, ret->at, sizeof(ret->at)) || !field(&line, ret->type, sizeof(ret->type)))
		return false;
	/* Too long a list is cut: the address stands near its end then, and is not known. */
	(void)field(&line, ret->options, sizeof(ret->options));
	if (!strcmp(ret->source, "/dev/root") && !strcmp(ret->at, "/"))
		root_name(s, ret->source, sizeof(ret->source));
	return str_starts(ret->source, "/dev/") || strstr(ret->options, "addr=");
}

static void claim_mount(struct scan *s, const struct mount *m, const struct claim *claim, int depth)
{
	const char *at = strstr(m->options, ",addr=");
	char address[64];

	if (str_starts(m->source, "/dev/")) {
		usage_add_block_at(s, m->source, claim, depth);
		if (!strcmp(m->type, "btrfs"))
			claim_btrfs(s, m->source, claim, depth);
	} else if (at && sscanf(at, ",addr=%63[0-9a-fA-F.:]", address) == 1) {
		usage_add_address(s, address, claim);
	}
}

static void read_mount(struct scan *s, const char *line)
{
	char text[400], who[280];
	struct claim claim = { USE_PROTECTED, who, text };
	struct mount m;

	if (!parse_mount(s, line, &m))
		return;
	if (is_vital(m.at))
		claim.grade = USE_VITAL;
	snprintf(who, sizeof(who), "%s%s", m.at, strcmp(m.at, "/") ? "" : " (host)");
	if (str_starts(m.source, "/dev/"))
		snprintf(text, sizeof(text), "holds the file system mounted on %s (%.80s)", m.at,
			 strrchr(m.source, '/') + 1);
	else
		snprintf(text, sizeof(text), "leads to the file system mounted on %s (%.80s)", m.at,
			 m.source);
	claim_mount(s, &m, &claim, 0);
}

static void read_swap(struct scan *s, const char *line)
{
	char source[256], type[32], text[340];
	struct claim claim = { USE_VITAL, "swap", text };

	if (!field(&line, source, sizeof(source)) || !field(&line, type, sizeof(type)))
		return;
	if (!strcmp(type, "file")) {
		snprintf(text, sizeof(text), "holds the swap file %s", source);
		usage_add_path_at(s, source, &claim, 0);
	} else if (str_starts(source, "/dev/")) {
		snprintf(text, sizeof(text), "is swap space in use (%.80s)",
			 strrchr(source, '/') + 1);
		usage_add_block(s, source, &claim);
	}
}

void usage_each_line(struct scan *s, const char *path,
		     void (*read_line)(struct scan *s, const char *line))
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = scan_file(s, path, MAY_BE);
	int left = MOUNTS_MAX;

	text = b ? strdup(buf_str(b)) : NULL; /* the lines read on with the same buffer */
	s->nomem |= b && !text;
	for (char *line = text, *end; line && *line && left-- > 0; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		read_line(s, line);
	}
}

/* Is a file below a mount point? */
static bool is_below(const char *path, const char *at)
{
	size_t n = strlen(at);

	return !strcmp(at, "/") || (!strncmp(path, at, n) && (path[n] == '/' || !path[n]));
}

void usage_add_path_at(struct scan *s, const char *path, const struct claim *claim, int depth)
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = *path == '/' ? scan_file(s, "/proc/mounts", MAY_BE) : NULL;
	struct mount best = { .at = "" }, m;
	int left = MOUNTS_MAX;

	text = b ? strdup(buf_str(b)) : NULL;
	s->nomem |= b && !text;
	for (char *line = text, *end; line && *line && left-- > 0; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		/* Of two mounts on one place the later covers the earlier. */
		if (parse_mount(s, line, &m) && is_below(path, m.at) &&
		    strlen(m.at) >= strlen(best.at))
			best = m;
	}
	if (*best.at)
		claim_mount(s, &best, claim, depth);
}

void usage_mounts(struct scan *s)
{
	usage_each_line(s, "/proc/mounts", read_mount);
	usage_each_line(s, "/proc/swaps", read_swap);
}
