/* SPDX-License-Identifier: MIT */
/* Subchannels with the CCW devices behind them. */
#include "many.h"
#include "scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CSS_DIR	    "/sys/devices/css0"
#define CSS_DRIVERS "/sys/bus/css/drivers"

/* -- how the kernel writes it; false: not so, and nothing is changed -- */

static int hex(char c)
{
	int letter = (c | 0x20) - 'a';

	return c >= '0' && c <= '9' ? c - '0' : letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/* n bytes, "50 51 00": sscanf(3) takes longer than the kernel does. */
static bool parse_bytes(const char *v, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++, v += 2) {
		int high, low;

		v += strspn(v, " ");
		high = hex(v[0]);
		low = high < 0 ? -1 : hex(v[1]);
		if (low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* "50 51 00 00 00 00 00 00" */
static bool parse_chpids(const char *v, struct subch *r)
{
	uint8_t c[8];

	if (!parse_bytes(v, c, sizeof(c)))
		return false;
	memcpy(r->chpids, c, sizeof(c));
	return true;
}

/* "f0 f0 ff" */
static bool parse_masks(const char *v, struct subch *r)
{
	uint8_t m[3];

	if (!parse_bytes(v, m, sizeof(m)))
		return false;
	r->pim = m[0];
	r->pam = m[1];
	r->pom = m[2];
	return true;
}

/* "3990/e9"; "n/a" leaves zeros. */
static bool parse_type_model(const char *v, uint16_t *type, uint8_t *model)
{
	unsigned t, m;

	if (!strcmp(v, "n/a"))
		return true;
	if (sscanf(v, "%4x/%2x", &t, &m) != 2)
		return false;
	*type = (uint16_t)t;
	*model = (uint8_t)m;
	return true;
}

static bool parse_type(const char *v, struct subch *r)
{
	if (hex(v[0]) < 0 || v[1])
		return false;
	r->type = (uint8_t)hex(v[0]);
	return true;
}

/* "0.0.2b09", "none" */
static bool parse_dev(const char *v, struct subch *r)
{
	if (!strcmp(v, "none"))
		return true;
	r->has_dev = strchr(v, '.') && ccwid_parse(v, &r->dev) == 0;
	return r->has_dev;
}

static bool after(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0)
		return false;
	*text += n;
	return true;
}

/* As many hexadecimal digits as there are, most at most. */
static bool number(const char **text, int most, unsigned *ret)
{
	const char *at = *text;

	for (*ret = 0; most > 0 && hex(*at) >= 0; most--)
		*ret = *ret << 4 | (unsigned)hex(*at++);
	if (at == *text)
		return false;
	*text = at;
	return true;
}

/* "ccw:t3990mE9dt3390dm0C" holds both types: one read in place of two. */
static bool parse_modalias(const char *text, struct subch *r)
{
	unsigned cu, cum, dev = 0, devm = 0;

	if (!text || !after(&text, "ccw:t") || !number(&text, 4, &cu) || !after(&text, "m") ||
	    !number(&text, 2, &cum) || !after(&text, "dt"))
		return false;
	if (strncmp(text, "dm", 2) != 0 &&
	    (!number(&text, 4, &dev) || !after(&text, "dm") || !number(&text, 2, &devm)))
		return false;
	r->cu_type = (uint16_t)cu;
	r->cu_model = (uint8_t)cum;
	r->dev_type = (uint16_t)dev;
	r->dev_model = (uint8_t)devm;
	return true;
}

/* -- one by one, by paths: every fault becomes a problem -- */

static void read_type_model(struct scan *s, const char *dir, const char *attr, uint16_t *type,
			    uint8_t *model)
{
	const char *v = scan_value(s, dir, attr, MUST_BE);

	if (v && !parse_type_model(v, type, model))
		scan_malformed(s, buf_str(&s->path), "a type and a model: 3390/0c");
}

static void read_ccw(struct scan *s, const char *subch_dir, struct subch *r)
{
	struct devid dev = devid_ccw(r->dev);
	const char *modalias;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/%s", subch_dir, dev.name);
	modalias = scan_value(s, dir, "modalias", MAY_BE);
	if (!modalias && scan_gone(s, dir))
		return; /* its subchannel has another driver or none */
	r->ccw = true;
	if (!parse_modalias(modalias, r)) {
		read_type_model(s, dir, "cutype", &r->cu_type, &r->cu_model);
		read_type_model(s, dir, "devtype", &r->dev_type, &r->dev_model);
	}
	r->ccw_driver = scan_base(s, dir, "driver");
	if (!(s->inv->scope & SCOPE_CSS))
		return;
	r->online = scan_tri(s, dir, "online");
	if (r->online == 1 && (s->inv->scope & SCOPE_MEASURED))
		r->measured = scan_tri(s, dir, "cmb_enable");
}

/* Kernels before 5.5 don't say the device's number: there it is the CCW device's directory. */
static bool dev_of_children(struct scan *s, const char *dir, struct ccwid *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, dir, MUST_BE, &names);
	buf_foreach_name (&names, name)
		if (strchr(name, '.') && ccwid_parse(name, ret) == 0)
			return true;
	return false;
}

static void read_dev(struct scan *s, const char *dir, struct subch *r)
{
	const char *v = scan_value(s, dir, "dev_busid", MAY_BE);

	if (!v)
		r->has_dev = dev_of_children(s, dir, &r->dev);
	else if (!parse_dev(v, r))
		scan_malformed(s, buf_str(&s->path), "a device number: 0.0.2b09");
}

static void read_paths(struct scan *s, const char *dir, struct subch *r)
{
	const char *v = scan_value(s, dir, "chpids", MUST_BE);

	if (v && !parse_chpids(v, r))
		scan_malformed(s, buf_str(&s->path), "eight CHPIDs of two hexadecimal digits");
	v = scan_value(s, dir, "pimpampom", MUST_BE);
	if (v && !parse_masks(v, r))
		scan_malformed(s, buf_str(&s->path), "three path masks");
}

/* vfio_ccw takes the whole subchannel. */
static bool may_have_ccw(const char *driver)
{
	return !str_eq(driver, "vfio_ccw");
}

static void read_io(struct scan *s, const char *dir, struct subch *r)
{
	if (s->inv->scope & SCOPE_CSS)
		read_paths(s, dir, r);
	read_dev(s, dir, r);
	if (r->has_dev && may_have_ccw(r->driver))
		read_ccw(s, dir, r);
}

/* The kind, read first: it also tells whether there is such a subchannel at all. */
static bool read_type(struct scan *s, const char *dir, struct subch *r)
{
	size_t known = s->inv->n_problems;
	const char *v = scan_value(s, dir, "type", MAY_BE);

	if (!v && scan_gone(s, dir))
		return false;
	if (v && !parse_type(v, r))
		scan_malformed(s, scan_path(s, "%s/type", dir), "a hexadecimal digit");
	else if (!v && s->inv->n_problems == known)
		scan_problem(s, scan_path(s, "%s/type", dir), ENOENT);
	return true;
}

struct subch *scan_subch(struct scan *s, struct ccwid id)
{
	struct subch *r = calloc(1, sizeof(*r));
	struct devid dev = devid_css(id);
	char dir[64];

	if (!r) {
		s->nomem = true;
		return NULL;
	}
	snprintf(dir, sizeof(dir), CSS_DIR "/%s", dev.name);
	*r = (struct subch){ .refs = 1, .id = id, .online = -1, .measured = -1 };
	if (!read_type(s, dir, r)) {
		free(r);
		return NULL;
	}
	r->driver = scan_base(s, dir, "driver");
	r->override = s->inv->scope & SCOPE_CSS ? scan_override(s, dir, NULL) : NULL;
	if (r->type == 0 && !(s->inv->scope & SCOPE_BRIEF))
		read_io(s, dir, r);
	return r;
}

static void push(struct scan *s, struct subch *r)
{
	if (r && !scan_push(s, &s->inv->subchs, &s->inv->n_subchs, &r, sizeof(struct subch *)))
		subch_unref(r);
}

/* -- very many at once: what is as the kernel writes it; anything else is read again one by one -- */

enum { NAME = 24 };

/* What a thread makes of one subchannel: names are not interned yet. */
struct quick {
	struct subch r;
	bool ok;
	char driver[NAME], override[NAME], ccw_driver[NAME];
};

/* A subchannel in its driver's directory. */
struct bound {
	struct ccwid id;
	const char *driver; /* interned */
};

struct batch {
	struct many many;
	unsigned scope; /* SCOPE_...: what shall be read of each */
	const struct inventory *inv;
	struct bound *bound; /* by number; where no more is read than drivers */
	size_t n_bound;
	struct quick *v;
};

static bool quick_tri(const struct many *m, const char *at, const char *attr, tri_t *ret)
{
	char page[MANY_PAGE];
	int r = many_read(m, at, attr, page);

	if (r == 0 && (page[0] == '0' || page[0] == '1') && !page[1])
		*ret = (tri_t)(page[0] - '0');
	return r == -ENOENT || *ret >= 0;
}

static bool quick_ccw(const struct many *m, const char *at, unsigned scope, struct quick *q)
{
	char page[MANY_PAGE];
	const char *modalias;
	int r = many_read(m, at, "uevent", page);

	if (r < 0)
		return r == -ENOENT; /* its subchannel has another driver or none */
	modalias = strstr(page, "MODALIAS=ccw:");
	q->r.ccw = true;
	if (!modalias || !parse_modalias(modalias + strlen("MODALIAS="), &q->r) ||
	    !uevent_value(page, "DRIVER", q->ccw_driver, NAME))
		return false;
	if (!(scope & SCOPE_CSS))
		return true;
	if (!quick_tri(m, at, "online", &q->r.online))
		return false;
	return q->r.online != 1 || !(scope & SCOPE_MEASURED) ||
	       quick_tri(m, at, "cmb_enable", &q->r.measured);
}

static bool quick_io(const struct many *m, const char *id, unsigned scope, struct quick *q)
{
	char at[2 * sizeof(((struct devid *)NULL)->name)], page[MANY_PAGE];

	if (scope & SCOPE_CSS &&
	    (many_read(m, id, "chpids", page) < 0 || !parse_chpids(page, &q->r) ||
	     many_read(m, id, "pimpampom", page) < 0 || !parse_masks(page, &q->r)))
		return false;
	if (many_read(m, id, "dev_busid", page) < 0 || !parse_dev(page, &q->r))
		return false;
	if (!q->r.has_dev || !may_have_ccw(q->driver))
		return true;
	snprintf(at, sizeof(at), "%s/%s", id, devid_ccw(q->r.dev).name);
	return quick_ccw(m, at, scope, q);
}

static bool quick_override(const char *page, char override[static NAME])
{
	if (!*page || !strcmp(page, "(null)"))
		return true;
	if (strlen(page) >= NAME || !name_ok(page))
		return false;
	strcpy(override, page);
	return true;
}

/* Of a parent no more is shown than what vfio_ccw has registered it with. */
static bool is_registered(const struct batch *b, const char *name)
{
	return !(b->scope & SCOPE_CSS) && inventory_parent(b->inv, name);
}

static int cmp_id(const void *a, const void *b)
{
	return ccwid_cmp(*(const struct ccwid *)a, *(const struct ccwid *)b);
}

/* A few directories in place of an attribute of each subchannel. Who is in none of them is asked, as not every tree has them. */
static void read_drivers(struct scan *s, struct batch *b)
{
	CLEANUP(buf_done) struct buf drivers = { 0 };
	const char *driver, *name;

	scan_list(s, CSS_DRIVERS, MAY_BE, &drivers);
	buf_foreach_name (&drivers, driver) {
		CLEANUP(buf_done) struct buf names = { 0 };
		struct bound one = { .driver = scan_intern(s, driver) };

		if (name_ok(driver) && strlen(driver) < NAME)
			scan_list(s, scan_path(s, CSS_DRIVERS "/%s", driver), MAY_BE, &names);
		buf_foreach_name (&names, name)
			if (strchr(name, '.') && ccwid_parse(name, &one.id) == 0)
				scan_push(s, &b->bound, &b->n_bound, &one, sizeof(one));
	}
	if (b->n_bound)
		qsort(b->bound, b->n_bound, sizeof(*b->bound), cmp_id);
}

static bool quick_driver(const struct batch *b, const char *name, struct quick *q)
{
	const struct bound *found = NULL;
	char type[NAME], page[MANY_PAGE];

	if (b->n_bound)
		found = bsearch(&q->r.id, b->bound, b->n_bound, sizeof(*b->bound), cmp_id);
	if (found)
		strcpy(q->driver, found->driver);
	return found || (many_read(&b->many, name, "uevent", page) == 0 &&
			 uevent_value(page, "ST", type, NAME) && parse_type(type, &q->r) &&
			 uevent_value(page, "DRIVER", q->driver, NAME));
}

static bool quick_subch(const struct batch *b, struct quick *q)
{
	const struct many *m = &b->many;
	struct devid dev = devid_css(q->r.id);
	unsigned scope = b->scope;
	char page[MANY_PAGE];

	if (is_registered(b, dev.name)) {
		strcpy(q->driver, "vfio_ccw");
		return quick_io(m, dev.name, scope, q);
	}
	if (!quick_driver(b, dev.name, q))
		return false;
	if (scope & SCOPE_CSS && (many_read(m, dev.name, "driver_override", page) < 0 ||
				  !quick_override(page, q->override)))
		return false;
	return scope & SCOPE_BRIEF || q->r.type != 0 || quick_io(m, dev.name, scope, q);
}

static void read_quick(void *arg, size_t i)
{
	struct batch *b = arg;

	b->v[i].ok = quick_subch(b, &b->v[i]);
}

static const char *interned(struct scan *s, const char *name)
{
	return *name ? scan_intern(s, name) : NULL;
}

static void keep_quick(struct scan *s, const struct quick *q)
{
	struct subch *r;

	if (!q->ok || (*q->driver && !name_ok(q->driver)) ||
	    (*q->ccw_driver && !name_ok(q->ccw_driver))) {
		push(s, scan_subch(s, q->r.id));
		return;
	}
	r = malloc(sizeof(*r));
	if (!r) {
		s->nomem = true;
		return;
	}
	*r = q->r;
	r->driver = interned(s, q->driver);
	r->override = interned(s, q->override);
	r->ccw_driver = interned(s, q->ccw_driver);
	push(s, r);
}

static void quick_done(struct batch *b)
{
	many_close(&b->many);
	free(b->bound);
	free(b->v);
}

/* In parts, so that what the threads make needs little room. 0; -ENOSYS: the machine can't be read so. */
static int read_many(struct scan *s, const struct ccwid *ids, size_t n)
{
	enum { PART = 4096 };
	CLEANUP(quick_done) struct batch b = { .scope = s->inv->scope, .inv = s->inv };
	int r = many_open(s->sys, CSS_DIR, &b.many);

	if (r < 0)
		return r;
	if (b.scope & SCOPE_BRIEF)
		read_drivers(s, &b);
	b.v = calloc(MIN(n, (size_t)PART), sizeof(*b.v));
	s->nomem |= n && !b.v;
	for (size_t from = 0; from < n && !s->nomem && !scan_stopped(s); from += PART) {
		size_t part = MIN(n - from, (size_t)PART);

		for (size_t i = 0; i < part; i++)
			b.v[i] = (struct quick){ .r = { .refs = 1,
							.id = ids[from + i],
							.online = -1,
							.measured = -1 } };
		many_each(part, read_quick, &b);
		for (size_t i = 0; i < part; i++)
			keep_quick(s, &b.v[i]);
		scan_told(s, from + part, n);
	}
	return 0;
}

static void read_subchs(struct scan *s, const struct ccwid *ids, size_t n)
{
	if (n < 16 || read_many(s, ids, n) < 0)
		for (size_t i = 0; i < n; i++)
			push(s, scan_subch(s, ids[i]));
}

void scan_css_first(struct scan *s, size_t n)
{
	CLEANUP(freep) struct ccwid *ids = calloc(n, sizeof(*ids));
	struct sys_stat st;

	s->inv->has_css = sys_stat(s->sys, CSS_DIR, &st) == 0;
	s->inv->cm_enable = -1;
	s->nomem |= !ids;
	for (size_t i = 0; ids && i < n; i++)
		ids[i].no = (uint16_t)i;
	if (ids && s->inv->has_css && (s->inv->scope & SCOPE_CSS))
		read_subchs(s, ids, n);
}

/* The channel subsystem's directory: its subchannels and channel paths, each as far as it is in the scope. */
static void read_css(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	CLEANUP(freep) struct ccwid *ids = NULL;
	struct devid dev;
	struct ccwid id;
	const char *name;
	size_t n = 0;

	scan_list(s, CSS_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		if (ccwid_parse(name, &id) < 0) {
			if (s->inv->scope & SCOPE_PATHS)
				scan_chp_add(s, name);
			continue;
		}
		dev = devid_css(id);
		if (!strcmp(dev.name, name) && !scan_push(s, &ids, &n, &id, sizeof(id)))
			return;
	}
	s->inv->has_subchs = n > 0;
	if (s->inv->scope & SCOPE_CSS)
		read_subchs(s, ids, n);
}

void scan_css(struct scan *s)
{
	struct sys_stat st;

	s->inv->has_css = sys_stat(s->sys, CSS_DIR, &st) == 0;
	s->inv->cm_enable = -1;
	if (s->inv->has_css && s->inv->scope & SCOPE_MEASURED)
		s->inv->cm_enable = scan_tri(s, CSS_DIR, "cm_enable");
	if (s->inv->scope & (SCOPE_CSS | SCOPE_PATHS))
		read_css(s);
}

static void add_parent(struct scan *s, const char *name, struct ccwid **ids, size_t *n)
{
	struct ccwid id;

	if (strchr(name, '.') && ccwid_parse(name, &id) == 0)
		scan_push(s, ids, n, &id, sizeof(id));
}

void scan_css_parents(struct scan *s)
{
	CLEANUP(freep) struct ccwid *ids = NULL;
	size_t n = 0, once = 0;

	/* After an event those known before are there already. */
	if (s->inv->scope & SCOPE_CSS || !(s->inv->scope & SCOPE_MDEV) || s->inv->n_subchs)
		return;
	s->part = PART_CSS;
	/* What would have some is said only where nothing else is. */
	if (!s->inv->n_mdevs && !s->inv->n_defs)
		read_css(s);
	if (s->inv->scope & SCOPE_BRIEF)
		return;
	for (size_t i = 0; i < s->inv->n_mdevs; i++)
		add_parent(s, s->inv->mdevs[i]->parent, &ids, &n);
	for (size_t i = 0; i < s->inv->n_defs; i++)
		add_parent(s, s->inv->defs[i]->parent, &ids, &n);
	if (n)
		qsort(ids, n, sizeof(*ids), cmp_id);
	for (size_t i = 0; i < n; i++)
		if (!i || cmp_id(&ids[i], &ids[i - 1]) != 0)
			ids[once++] = ids[i];
	read_subchs(s, ids, once);
}
