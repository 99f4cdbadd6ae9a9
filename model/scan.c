/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "scan.h"
#include "store.h"
#include "sys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *scan_path(struct scan *s, const char *fmt, ...)
{
	va_list ap;

	buf_reset(&s->path);
	va_start(ap, fmt);
	if (buf_vprintf(&s->path, fmt, ap) < 0)
		s->nomem = true;
	va_end(ap);
	return buf_str(&s->path);
}

/* Room for a power of two members: so an array needs no capacity beside its number. */
static size_t room(size_t n)
{
	size_t cap = 1;

	while (cap < n)
		cap *= 2;
	return cap;
}

bool scan_push(struct scan *s, void *array, size_t *n, const void *item, size_t size)
{
	void **p = array;

	if ((*n & (*n - 1)) == 0) {
		void *grown = reallocarray(*p, *n ? *n * 2 : 1, size);

		if (!grown) {
			s->nomem = true;
			return false;
		}
		*p = grown;
	}
	memcpy((char *)*p + *n * size, item, size);
	(*n)++;
	return true;
}

void *scan_copy(struct scan *s, const void *array, size_t n, size_t size)
{
	void *copy;

	if (!n)
		return NULL;
	copy = reallocarray(NULL, room(n), size);
	if (copy)
		memcpy(copy, array, n * size);
	else
		s->nomem = true;
	return copy;
}

const char *scan_intern(struct scan *s, const char *text)
{
	const char *kept = strtab_get(s->tab, text);

	if (text && !kept)
		s->nomem = true;
	return kept;
}

static void add_problem(struct scan *s, const char *path, struct problem p, const char *expected)
{
	if (s->inv->n_problems > SCAN_PROBLEMS_MAX)
		return;
	if (s->inv->n_problems == SCAN_PROBLEMS_MAX) {
		p = (struct problem){ 0 };
		path = "/";
		expected = "fewer problems: the further ones are not listed";
	}
	p.part = s->part;
	p.path = strdup(path);
	p.expected = expected ? strdup(expected) : NULL;
	if (!p.path || (expected && !p.expected) ||
	    !scan_push(s, &s->inv->problems, &s->inv->n_problems, &p, sizeof(p))) {
		free(p.path);
		free(p.expected);
		s->nomem = true;
	}
}

void scan_problem(struct scan *s, const char *path, int err)
{
	add_problem(s, path, (struct problem){ .err = err < 0 ? -err : err }, NULL);
}

void scan_malformed(struct scan *s, const char *path, const char *expected)
{
	add_problem(s, path, (struct problem){ 0 }, expected);
}

void scan_denied(struct scan *s, const char *path, int err, const char *expected)
{
	add_problem(s, path, (struct problem){ .err = err }, expected);
}

void scan_foreign(struct scan *s, const char *path, const struct parse_error *where)
{
	struct problem p = { .foreign = true,
			     .harmless = where->harmless,
			     .line = where->line,
			     .column = where->column };

	add_problem(s, path, p, where->expected);
}

/*
 * Reports what kept a path from being read, unless it is merely not there and need not be; under a hypervisor some attributes of
 * channel paths can't be asked for (sclp_chp_read_info(): EOPNOTSUPP).
 */
static void unreadable(struct scan *s, const char *path, int r, enum need need)
{
	bool absent = r == -ENOENT || r == -ENODEV || r == -ENXIO || r == -EOPNOTSUPP;

	if (r == -ENOMEM)
		s->nomem = true;
	else if (need == MUST_BE || !absent)
		scan_problem(s, path, r);
}

void scan_enter(struct scan *s, const char *dir)
{
	if (!scan_stopped(s) && many_open(s->sys, dir, &s->in) == 0)
		s->in_dir = dir;
}

void scan_leave(struct scan *s)
{
	many_close(&s->in);
	s->in_dir = NULL;
}

void scan_list(struct scan *s, const char *path, enum need need, struct buf *ret_names)
{
	int r = scan_stopped(s) ? 0 : sys_list(s->sys, path, ret_names);

	if (r < 0)
		unreadable(s, path, r, need);
}

const struct buf *scan_file(struct scan *s, const char *path, enum need need)
{
	int r;

	buf_reset(&s->value);
	if (scan_stopped(s))
		return NULL;
	r = sys_read(s->sys, path, &s->value);
	if (r == 0)
		return &s->value;
	unreadable(s, path, r, need);
	return NULL;
}

/* printf(3) takes half as long as the kernel needs to read what is found there. */
static const char *join(struct scan *s, const char *dir, const char *attr)
{
	buf_reset(&s->path);
	if (buf_adds(&s->path, dir) < 0 || buf_addc(&s->path, '/') < 0 ||
	    buf_adds(&s->path, attr) < 0)
		s->nomem = true;
	return buf_str(&s->path);
}

int scan_get(struct scan *s, const char *dir, const char *name)
{
	const char *path = join(s, dir, name);
	int r = -ENOSYS;

	buf_reset(&s->value);
	if (scan_stopped(s))
		return -ENOENT;
	if (dir == s->in_dir)
		r = many_get(&s->in, name, &s->value);
	return r == 0 || r == -ENOENT ? r : sys_read(s->sys, path, &s->value);
}

const struct buf *scan_bytes(struct scan *s, const char *dir, const char *name, enum need need)
{
	int r = scan_get(s, dir, name);

	if (r < 0 && !scan_stopped(s))
		unreadable(s, buf_str(&s->path), r, need);
	return r < 0 ? NULL : &s->value;
}

int scan_names(struct scan *s, const char *dir, const char *name, struct buf *ret_names)
{
	const char *path = join(s, dir, name);
	int r = -ENOSYS;

	if (scan_stopped(s))
		return 0;
	if (dir == s->in_dir)
		r = many_list(&s->in, name, ret_names);
	return r == 0 || r == -ENOENT ? r : sys_list(s->sys, path, ret_names);
}

const char *scan_value(struct scan *s, const char *dir, const char *attr, enum need need)
{
	const struct buf *b = scan_bytes(s, dir, attr, need);
	size_t n;

	if (!b || !b->len)
		return b ? "" : NULL;
	n = strlen(b->data);
	while (n && isspace((unsigned char)b->data[n - 1]))
		n--;
	b->data[n] = '\0';
	return b->data;
}

const char *scan_text(struct scan *s, const char *dir, const char *attr, enum need need)
{
	const char *v = scan_value(s, dir, attr, need);

	if (!v || !*v)
		return NULL;
	if (strlen(v) <= SCAN_TEXT_MAX)
		return scan_intern(s, v);
	scan_malformed(s, buf_str(&s->path), "a text of one page at most");
	return NULL;
}

int64_t scan_number(struct scan *s, const char *dir, const char *attr, int base, int64_t max,
		    enum need need)
{
	const char *v = scan_value(s, dir, attr, need);
	unsigned long number;
	char *end;

	if (!v || (!*v && need == MAY_BE))
		return -1;
	errno = 0;
	number = strtoul(v, &end, base);
	if (isxdigit((unsigned char)*v) && !errno && !*end && number <= (unsigned long)max)
		return (int64_t)number;
	scan_malformed(s, buf_str(&s->path), base == 16 ? "a hexadecimal number" : "a number");
	return -1;
}

int scan_int(struct scan *s, const char *dir, const char *attr, int base, int max, enum need need)
{
	return (int)scan_number(s, dir, attr, base, max, need);
}

tri_t scan_tri(struct scan *s, const char *dir, const char *attr)
{
	const char *v = scan_value(s, dir, attr, MAY_BE);

	if (!v || !*v || !strcmp(v, "unknown"))
		return -1;
	if ((v[0] == '0' || v[0] == '1') && !v[1])
		return (tri_t)(v[0] - '0');
	scan_malformed(s, buf_str(&s->path), "0 or 1");
	return -1;
}

const char *scan_base(struct scan *s, const char *dir, const char *link)
{
	const char *path = join(s, dir, link);
	int r;

	buf_reset(&s->value);
	r = dir == s->in_dir ? many_base(&s->in, link, &s->value)
			     : sys_read_base(s->sys, path, &s->value);
	/* EINVAL is readlink(2)'s word for a file that is no link. */
	if (r < 0) {
		unreadable(s, path, r, MAY_BE);
		return NULL;
	}
	if (name_ok(buf_str(&s->value)))
		return scan_intern(s, buf_str(&s->value));
	scan_malformed(s, path, "a link to a well-formed name");
	return NULL;
}

bool uevent_value(const char *text, const char *key, char *value, size_t size)
{
	size_t n = strlen(key);

	*value = '\0';
	for (; *text; text += *text == '\n') {
		size_t len = strcspn(text, "\n");

		if (len > n && text[n] == '=' && !memcmp(text, key, n)) {
			len -= n + 1;
			if (!len || len >= size)
				return false;
			memcpy(value, text + n + 1, len);
			value[len] = '\0';
			return true;
		}
		text += len;
	}
	return true;
}

const char *scan_driver(struct scan *s, const char *dir, const char *uevent)
{
	char driver[64];

	if (uevent && uevent_value(uevent, "DRIVER", driver, sizeof(driver)) && name_ok(driver))
		return scan_intern(s, driver);
	return scan_base(s, dir, "driver");
}

const char *scan_override(struct scan *s, const char *dir, bool *ret_has)
{
	const char *v = scan_value(s, dir, "driver_override", MAY_BE);

	if (ret_has)
		*ret_has = v != NULL;
	if (!v || !*v || !strcmp(v, "(null)"))
		return NULL;
	if (name_ok(v))
		return scan_intern(s, v);
	scan_malformed(s, buf_str(&s->path), "the name of a driver");
	return NULL;
}

bool scan_mask(struct scan *s, const char *dir, const char *attr, enum need need,
	       struct ap_mask *ret)
{
	const char *v = scan_value(s, dir, attr, need);
	struct ap_mask m = { 0 };

	if (!v || !strcmp(v, "not supported"))
		return false;
	if (strlen(v) == MASK_TEXT - 1 && !strncmp(v, "0x", 2) && mask_parse(v, &m) == 0) {
		*ret = m;
		return true;
	}
	scan_malformed(s, buf_str(&s->path), "0x and 64 hexadecimal digits");
	return false;
}

bool scan_gone(struct scan *s, const char *dir)
{
	struct sys_stat st;

	return dir != s->in_dir && (scan_stopped(s) || sys_stat(s->sys, dir, &st) == -ENOENT);
}

bool scan_owner_of(const char *path, struct devid *ret)
{
	bool found = false, below_css = false;

	while (*path) {
		size_t n = strcspn(path, "/");
		char name[44];
		struct ccwid ccw;
		struct pciid pci;

		if (n < sizeof(name)) {
			memcpy(name, path, n);
			name[n] = '\0';
			if (below_css && ccwid_parse(name, &ccw) == 0) {
				*ret = devid_css(ccw);
				return true;
			}
			/* Bridges come before what is behind them: the last one it is. */
			if (pciid_parse(name, &pci) == 0) {
				*ret = devid_pci(pci);
				found = true;
			}
			below_css = !strcmp(name, "css0");
		}
		path += n + (path[n] == '/');
	}
	return found;
}

struct devid scan_parent_id(const char *kernel_name)
{
	static const enum bus buses[] = { BUS_CSS, BUS_PCI, BUS_AP };
	struct devid id = { 0 };
	struct ccwid ccw;

	/* Nearly all are subchannels, and each look-up of a parent comes here. */
	if (ccwid_parse(kernel_name, &ccw) == 0) {
		id = devid_css(ccw);
		if (!strcmp(id.name, kernel_name))
			return id;
	}
	for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
		char text[DEVID_TEXT];

		snprintf(text, sizeof(text), "%s/%.40s", bus_name(buses[i]), kernel_name);
		if (devid_parse(text, &id) == 0 && !strcmp(id.name, kernel_name))
			return id;
	}
	id = (struct devid){ .bus = BUS_NONE };
	snprintf(id.name, sizeof(id.name), "%s", kernel_name);
	return id;
}

bool scan_wants(const struct scan *s, const char *parent)
{
	struct devid id = scan_parent_id(parent);
	unsigned only = id.bus == BUS_CSS   ? SCOPE_CSS
			: id.bus == BUS_PCI ? SCOPE_PCI
			: id.bus == BUS_AP  ? SCOPE_AP
					    : 0;

	return s->inv->scope & (only | SCOPE_MDEV);
}

void scan_one(struct scan *s, enum scan_part part)
{
	static void (*const parts[PART_COUNT])(struct scan *) = {
		[PART_HOST] = scan_host, [PART_CSS] = scan_css, [PART_AP] = scan_ap,
		[PART_MDEV] = scan_mdev, [PART_PCI] = scan_pci, [PART_CONFIG] = scan_config,
		[PART_USE] = scan_uses,
	};

	s->part = part;
	parts[part](s);
}

int scan_finish(struct scan *s, struct inventory **ret)
{
	buf_done(&s->path);
	buf_done(&s->value);
	names_close(s->names);
	if (s->nomem || !inventory_finish(s->inv)) {
		inventory_unref(s->inv);
		return -ENOMEM;
	}
	*ret = s->inv;
	return 0;
}

int inventory_scan_scope(struct sys *sys, struct strtab *tab, const char *ssh, unsigned scope,
			 struct inventory **ret)
{
	struct scan s = { .sys = sys, .tab = tab, .inv = calloc(1, sizeof(*s.inv)) };

	if (!s.inv)
		return -ENOMEM;
	s.inv->refs = 1;
	s.inv->scope = scope;
	s.inv->ssh = scan_intern(&s, ssh);
	for (int part = 0; part < PART_COUNT && !s.nomem; part++)
		scan_one(&s, (enum scan_part)part);
	return scan_finish(&s, ret);
}

int inventory_scan_ssh(struct sys *sys, struct strtab *tab, const char *ssh, struct inventory **ret)
{
	return inventory_scan_scope(sys, tab, ssh, SCOPE_ALL, ret);
}

int inventory_scan(struct sys *sys, struct strtab *tab, struct inventory **ret)
{
	return inventory_scan_ssh(sys, tab, NULL, ret);
}
