/* SPDX-License-Identifier: MIT */
/* What the files say of the next boot: mdevctl, driverctl, chzdev, cio_ignore, modules-load.d. */
#include "hardware.h"
#include "scan.h"
#include "store.h"
#include "sys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* -- mdevctl -- */

static const char defs_dir[] = MDEVCTL_DIR, overrides_dir[] = DRIVERCTL_DIR;

/* name: "<parent>/<uuid>". mdevctl ignores directories there: reading tells that as well as asking first. */
static void read_def(struct scan *s, const char *name)
{
	struct parse_error where = { 0 };
	struct mdev_def *d;
	int r = scan_get(s, defs_dir, name);
	const char *path = buf_str(&s->path);

	if (r == -EISDIR || r == -ENOENT)
		return;
	if (r < 0) {
		scan_problem(s, path, r);
		s->nomem |= r == -ENOMEM;
		return;
	}
	r = mdevctl_read(path, buf_str(&s->value), s->value.len, s->tab, &d, &where);
	if (r == -ENOMEM)
		s->nomem = true;
	else if (r < 0)
		scan_foreign(s, path, &where);
	else if (!scan_push(s, &s->inv->defs, &s->inv->n_defs, &d, sizeof(struct mdev_def *)))
		mdev_def_unref(d);
}

/* mdevctl warns of files whose names are no UUIDs. */
static void read_defs_of(struct scan *s, const char *parent)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	int r = scan_names(s, defs_dir, parent, &names);
	const char *name;

	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		scan_problem(s, buf_str(&s->path), r);
	s->nomem |= r == -ENOMEM;
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf below = { 0 };

		if (buf_printf(&below, "%s/%s", parent, name) < 0)
			s->nomem = true;
		else
			read_def(s, below.data);
	}
}

/* Plain files beside the parents' directories are ignored by mdevctl, and scripts.d is no parent. */
static void read_defs(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, defs_dir, MAY_BE, &names);
	scan_enter(s, defs_dir);
	buf_foreach_name (&names, name)
		if (name_ok(name) && strcmp(name, "scripts.d") != 0 && scan_wants(s, name))
			read_defs_of(s, name);
	scan_leave(s);
}

/* -- driverctl -- */

/* A file's name tells whose it is: those of buses out of the scope need not be read. */
static bool wants_override(const struct scan *s, const char *name)
{
	struct devid dev;

	return driverctl_name_parse(name, &dev) < 0 || scan_wants(s, dev.name);
}

static void read_override(struct scan *s, const char *name)
{
	CLEANUP(buf_done) struct buf driver = { 0 };
	const struct buf *bytes = scan_bytes(s, overrides_dir, name, MAY_BE);
	struct override_file f = { .path = bytes ? scan_intern(s, buf_str(&s->path)) : NULL };
	struct parse_error where = { .line = 1, .column = 1 };
	int r;

	if (!f.path)
		return;
	r = driverctl_name_parse(name, &f.dev);
	snprintf(where.expected, sizeof(where.expected), "%s",
		 r < 0 ? "a file name of bus, hyphen and device: css-0.0.0313"
		       : "the name of a driver");
	if (r == 0)
		r = driverctl_read(buf_str(bytes), bytes->len, &driver);
	if (r == -ENOMEM) {
		s->nomem = true;
	} else if (r < 0) {
		scan_foreign(s, f.path, &where);
	} else {
		f.driver = scan_intern(s, buf_str(&driver));
		scan_push(s, &s->inv->overrides, &s->inv->n_overrides, &f, sizeof(f));
	}
}

static void read_overrides(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, overrides_dir, MAY_BE, &names);
	scan_enter(s, overrides_dir);
	buf_foreach_name (&names, name)
		if (wants_override(s, name))
			read_override(s, name);
	scan_leave(s);
}

/* -- chzdev's AP masks -- */

static char *copy_bytes(struct scan *s, const struct buf *b)
{
	char *copy = malloc(b->len + 1);

	if (copy)
		memcpy(copy, buf_str(b), b->len + 1);
	else
		s->nomem = true;
	return copy;
}

static void read_ap_rule(struct scan *s)
{
	struct ap_rule *rule = &s->inv->ap_rule;
	struct parse_error where = { 0 };
	const struct buf *bytes;
	struct sys_stat st;
	int r;

	*rule = (struct ap_rule){ .ours_to_write = true };
	if (sys_stat(s->sys, AP_RULE_PATH, &st) == -ENOENT)
		return;
	/* A file that can't be read is there all the same. */
	*rule = (struct ap_rule){ .present = true };
	bytes = scan_file(s, AP_RULE_PATH, MUST_BE);
	if (!bytes)
		return;
	r = ap_rule_read(buf_str(bytes), bytes->len, rule, &where);
	if (r == -ENOMEM) {
		s->nomem = true;
	} else if (r < 0) {
		scan_foreign(s, AP_RULE_PATH, &where);
		rule->bytes = copy_bytes(s, bytes);
	}
}

/* -- cio_ignore -- */

static void add_ignores(struct scan *s, const char *words, const char *path)
{
	int r = cio_ignore_parse(words, &s->inv->ignores, &s->inv->n_ignores);

	if (r == -ENOMEM)
		s->nomem = true;
	else if (r < 0)
		scan_malformed(s, path, "device numbers and ranges of them");
}

/* Each word frees in place of ignoring: that is what "free" does with a list. */
static void add_frees(struct scan *s, const char *list, size_t len, const char *path)
{
	CLEANUP(buf_done) struct buf words = { 0 };
	int r = 0;

	while (len && r == 0) {
		size_t n = 0;

		while (n < len && list[n] != ',')
			n++;
		r = n ? buf_printf(&words, "!%.*s,", (int)n, list) : 0;
		n += n < len;
		list += n;
		len -= n;
	}
	if (r < 0)
		s->nomem = true;
	else
		add_ignores(s, buf_str(&words), path);
}

/* RUN{program}+="/bin/sh -c 'echo free 0.0.2b09,0.0.2b0a > /proc/cio_ignore'" */
static void read_free_rule(struct scan *s, const char *path)
{
	static const char word[] = "echo free ";
	CLEANUP(freep) char *text = NULL;
	const struct buf *bytes = scan_file(s, path, MAY_BE);

	text = bytes ? copy_bytes(s, bytes) : NULL;
	for (const char *at = text; at && (at = strstr(at, word));) {
		at += sizeof(word) - 1;
		add_frees(s, at, strcspn(at, " '\"\n"), path);
	}
}

/* The console's and the IPL device's number, which the kernel puts for the words condev and ipldev. */
static void console_number(const char *cmdline, char ret[16])
{
	const char *at = strstr(cmdline, "condev=");
	struct ccwid id = { .no = 9 }; /* z/VM's custom, and the drivers' default */
	char text[16];

	if (at && sscanf(at, "condev=%15[0-9a-fx.]", text) == 1 &&
	    ccwid_parse(text + 2 * str_starts(text, "0x"), &id) < 0)
		id.no = 9;
	snprintf(ret, 16, "0.%x.%04x", id.ssid, id.no);
}

static void ipl_number(struct scan *s, char ret[16])
{
	const char *v = scan_value(s, "/sys/firmware/ipl", "device", MAY_BE);
	struct ccwid id;

	*ret = '\0';
	if (v && ccwid_parse(v, &id) == 0)
		snprintf(ret, 16, "0.%x.%04x", id.ssid, id.no);
}

/* The words of one cio_ignore= with numbers in place of condev and ipldev. */
static void read_words(struct scan *s, const char *words, size_t len, const char *cmdline)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	int r = 0;

	for (const char *end = words + len; words < end && r == 0;) {
		size_t n = strcspn(words, ", \n");
		bool not = *words == '!';
		char number[16] = "";

		if (n == strlen("!condev") && !strncmp(words + not, "condev", 6))
			console_number(cmdline, number);
		else if (n == strlen("!ipldev") && !strncmp(words + not, "ipldev", 6))
			ipl_number(s, number);
		if (*number)
			r = buf_printf(&b, "%s%s,", not ? "!" : "", number);
		else
			r = buf_printf(&b, "%.*s,", (int)n, words);
		words += n + 1;
	}
	if (r < 0)
		s->nomem = true;
	else
		add_ignores(s, buf_str(&b), "/proc/cmdline");
}

static void read_ignores(struct scan *s)
{
	static const char option[] = "cio_ignore=";
	static const char *const rules[] = { "/etc/udev/rules.d/41-cio-ignore.rules",
					     "/run/udev/rules.d/41-cio-ignore-autoconf.rules" };
	const char *cmdline = s->inv->host.cmdline;

	for (const char *at = cmdline; at && (at = strstr(at, option)); at += sizeof(option) - 1)
		if (at == cmdline || isspace((unsigned char)at[-1]))
			read_words(s, at + sizeof(option) - 1,
				   strcspn(at + sizeof(option) - 1, " \t\n"), cmdline);
	/* Without a command line (a partial capture) what is ignored now is the best guess. */
	if (!cmdline) {
		CLEANUP(freep) char *now = NULL;
		const struct buf *b = scan_file(s, "/proc/cio_ignore", MAY_BE);

		now = b ? copy_bytes(s, b) : NULL;
		add_ignores(s, now ? now : "", "/proc/cio_ignore");
	}
	if (!s->inv->n_ignores)
		return;
	read_free_rule(s, rules[0]);
	/* The /run one is made anew at each boot from the same firmware data. */
	read_free_rule(s, rules[1]);
}

/* -- modules-load.d -- */

static void add_autoload(struct scan *s, const char *line, size_t len)
{
	char name[64];
	const char *kept;

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	if (!len || *line == '#' || *line == ';' || len >= sizeof(name))
		return;
	for (size_t i = 0; i < len; i++) {
		if (isspace((unsigned char)line[i]))
			return; /* more than a name: no module is called so */
		name[i] = line[i] == '-' ? '_' : line[i];
	}
	name[len] = '\0';
	kept = name_ok(name) ? scan_intern(s, name) : NULL;
	for (size_t i = 0; kept && i < s->inv->n_autoload; i++)
		if (s->inv->autoload[i] == kept)
			return;
	if (kept)
		scan_push(s, &s->inv->autoload, &s->inv->n_autoload, &kept, sizeof(kept));
}

static void read_modules_file(struct scan *s, const char *path)
{
	const struct buf *b = scan_file(s, path, MAY_BE);

	for (const char *line = b ? buf_str(b) : ""; *line;) {
		size_t n = strcspn(line, "\n");

		add_autoload(s, line, n);
		line += n + (line[n] == '\n');
	}
}

static bool seen_before(const struct buf *seen, const char *name)
{
	const char *other;

	buf_foreach_name (seen, other)
		if (!strcmp(other, name))
			return true;
	return false;
}

/* A file of the same name in an earlier directory takes the place of a later one. */
static void read_autoload(struct scan *s)
{
	static const char *const dirs[] = { "/etc/modules-load.d", "/run/modules-load.d",
					    "/usr/lib/modules-load.d" };
	CLEANUP(buf_done) struct buf seen = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		CLEANUP(buf_done) struct buf names = { 0 };
		const char *name;

		scan_list(s, dirs[i], MAY_BE, &names);
		buf_foreach_name (&names, name) {
			if (!name_ok(name) || !str_ends(name, ".conf") || seen_before(&seen, name))
				continue;
			if (buf_add_name(&seen, name) < 0)
				s->nomem = true;
			read_modules_file(s, scan_path(s, "%s/%s", dirs[i], name));
		}
	}
}

/* What else stands in our own file stays when it is rewritten. */
static void read_own_modules(struct scan *s)
{
	const struct buf *b = scan_file(s, OWN_MODULES_PATH, MAY_BE);

	s->inv->own_modules = b ? copy_bytes(s, b) : NULL;
}

void scan_config(struct scan *s)
{
	bool brief = s->inv->scope & SCOPE_BRIEF;

	if (!brief || s->inv->scope & SCOPE_MDEV)
		read_defs(s);
	if (brief) {
		scan_css_parents(s);
		return;
	}
	read_overrides(s);
	read_ap_rule(s);
	read_ignores(s);
	read_autoload(s);
	read_own_modules(s);
	scan_guests(s);
	inventory_sort(s->inv);
	scan_css_parents(s);
	scan_pci_parents(s);
	inventory_sort(s->inv);
	scan_hardware(s);
}
