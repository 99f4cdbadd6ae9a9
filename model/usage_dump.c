/* SPDX-License-Identifier: MIT */
/*
 * Where a crashed kernel writes to, by files: kdump's targets and dumpconf's device.
 *
 * Rule: a target of kdump counts whether or not the crash kernel is loaded now: it will be at the next boot.
 */
#include "sys.h"
#include "usage.h"

#include <stdio.h>
#include <string.h>

static const struct claim dump = { USE_PROTECTED, "dump target",
				   "is where a dump of the host is written to" };

/* The value of KEY=value or KEY="value" on a line of a shell's file; false: it is not set. */
static bool setting(const char *line, const char *key, char *ret, size_t size)
{
	size_t n = strlen(key);
	char quote;

	line += strspn(line, " \t");
	if (strncmp(line, key, n) != 0 || line[n] != '=')
		return false;
	line += n + 1;
	quote = *line == '"' || *line == '\'' ? *line++ : '\0';
	snprintf(ret, size, "%.*s",
		 (int)strcspn(line, quote == '"' ? "\"\n"
				    : quote	 ? "'\n"
						 : " \t#\n"),
		 line);
	return *ret;
}

/* A directory, as SUSE writes it with its protocol; other hosts' directories are none of ours. */
static void claim_directory(struct scan *s, const char *dir)
{
	if (str_starts(dir, "file://"))
		dir += strlen("file://");
	if (*dir == '/')
		usage_add_path_at(s, dir, &dump, 0);
}

/* kdump.conf of dracut: "raw /dev/dasdc1", "ext4 UUID=...", "path /var/crash" */
static void read_kdump(struct scan *s, const char *line)
{
	static const char *const types[] = { "raw", "ext2",  "ext3",  "ext4",
					     "xfs", "btrfs", "minix", NULL };
	char word[32], target[200], source[260];

	if (sscanf(line, " %31s %199s", word, target) != 2)
		return;
	if (!strcmp(word, "path"))
		claim_directory(s, target);
	for (const char *const *type = types; *type; type++)
		if (!strcmp(word, *type)) {
			usage_source_path(target, source, sizeof(source));
			if (str_starts(source, "/dev/") && sys_path_ok(source))
				usage_add_block(s, source, &dump);
		}
}

/* /etc/default/kdump-tools of Debian */
static void read_kdump_tools(struct scan *s, const char *line)
{
	char value[260];

	if (setting(line, "KDUMP_COREDIR", value, sizeof(value)))
		claim_directory(s, value);
}

/* /etc/sysconfig/kdump of SUSE */
static void read_kdump_suse(struct scan *s, const char *line)
{
	char value[260];

	if (setting(line, "KDUMP_SAVEDIR", value, sizeof(value)))
		claim_directory(s, value);
}

/* What dumpconf sets at the next boot. */
static void read_dumpconf(struct scan *s, const char *line)
{
	char value[40];

	if (setting(line, "DEVICE", value, sizeof(value)))
		usage_add_ccw(s, value, &dump);
	if (setting(line, "FID", value, sizeof(value)))
		usage_add_fid(s, value, &dump);
}

void usage_dumps(struct scan *s)
{
	usage_each_line(s, "/etc/kdump.conf", read_kdump);
	usage_each_line(s, "/etc/default/kdump-tools", read_kdump_tools);
	usage_each_line(s, "/etc/sysconfig/kdump", read_kdump_suse);
	usage_each_line(s, "/etc/sysconfig/dumpconf", read_dumpconf);
}
