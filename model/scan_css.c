/* SPDX-License-Identifier: MIT */
/* Subchannels with the CCW devices behind them, and channel paths. */
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CSS_DIR "/sys/devices/css0"

/* "50 51 00 00 00 00 00 00 " */
static void read_chpids(struct scan *s, const char *dir, struct subch *r)
{
	const char *v = scan_value(s, dir, "chpids", MUST_BE);
	unsigned c[8];

	if (!v)
		return;
	if (sscanf(v, "%2x %2x %2x %2x %2x %2x %2x %2x", &c[0], &c[1], &c[2], &c[3], &c[4], &c[5],
		   &c[6], &c[7]) != 8) {
		scan_malformed(s, buf_str(&s->path), "eight CHPIDs of two hexadecimal digits");
		return;
	}
	for (int i = 0; i < 8; i++)
		r->chpids[i] = (uint8_t)c[i];
}

/* "f0 f0 ff" */
static void read_masks(struct scan *s, const char *dir, struct subch *r)
{
	const char *v = scan_value(s, dir, "pimpampom", MUST_BE);
	unsigned pim, pam, pom;

	if (!v)
		return;
	if (sscanf(v, "%2x %2x %2x", &pim, &pam, &pom) != 3) {
		scan_malformed(s, buf_str(&s->path), "three path masks");
		return;
	}
	r->pim = (uint8_t)pim;
	r->pam = (uint8_t)pam;
	r->pom = (uint8_t)pom;
}

/* "3990/e9"; "n/a" leaves zeros. */
static void read_type_model(struct scan *s, const char *dir, const char *attr, uint16_t *type,
			    uint8_t *model)
{
	const char *v = scan_value(s, dir, attr, MUST_BE);
	unsigned t, m;

	if (!v || !strcmp(v, "n/a"))
		return;
	if (sscanf(v, "%4x/%2x", &t, &m) != 2) {
		scan_malformed(s, buf_str(&s->path), "a type and a model: 3390/0c");
		return;
	}
	*type = (uint16_t)t;
	*model = (uint8_t)m;
}

/* "ccw:t3990mE9dt3390dm0C" holds both types: one read in place of two. */
static bool types_of_modalias(const char *text, struct subch *r)
{
	unsigned cu, cum, dev = 0, devm = 0;
	int n = 0;

	if (!text || sscanf(text, "ccw:t%4xm%2xdt%n", &cu, &cum, &n) != 2 || !n)
		return false;
	if (strcmp(text + n, "dm") != 0 && sscanf(text + n, "%4xdm%2x", &dev, &devm) != 2)
		return false;
	r->cu_type = (uint16_t)cu;
	r->cu_model = (uint8_t)cum;
	r->dev_type = (uint16_t)dev;
	r->dev_model = (uint8_t)devm;
	return true;
}

static void read_ccw(struct scan *s, const char *subch_dir, struct subch *r)
{
	struct devid dev = devid_ccw(r->dev);
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/%s", subch_dir, dev.name);
	r->modalias = scan_text(s, dir, "modalias", MAY_BE);
	if (!r->modalias && scan_gone(s, dir))
		return; /* its subchannel has another driver or none */
	r->ccw = true;
	r->ccw_driver = scan_base(s, dir, "driver");
	if (!types_of_modalias(r->modalias, r)) {
		read_type_model(s, dir, "cutype", &r->cu_type, &r->cu_model);
		read_type_model(s, dir, "devtype", &r->dev_type, &r->dev_model);
	}
	r->online = scan_tri(s, dir, "online");
	r->availability = scan_text(s, dir, "availability", MAY_BE);
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

static bool read_dev(struct scan *s, const char *dir, struct ccwid *ret)
{
	const char *v = scan_value(s, dir, "dev_busid", MAY_BE);

	if (!v)
		return dev_of_children(s, dir, ret);
	if (!strcmp(v, "none"))
		return false;
	if (strchr(v, '.') && ccwid_parse(v, ret) == 0)
		return true;
	scan_malformed(s, buf_str(&s->path), "a device number: 0.0.2b09");
	return false;
}

static void read_io(struct scan *s, const char *dir, struct subch *r)
{
	read_chpids(s, dir, r);
	read_masks(s, dir, r);
	r->has_dev = read_dev(s, dir, &r->dev);
	if (r->has_dev)
		read_ccw(s, dir, r);
}

/* The kind, read first: it also tells whether there is such a subchannel at all. */
static bool read_type(struct scan *s, const char *dir, struct subch *r)
{
	size_t known = s->inv->n_problems;
	const char *v = scan_value(s, dir, "type", MAY_BE);
	unsigned type;
	int end = 0;

	if (!v && scan_gone(s, dir))
		return false;
	if (v && sscanf(v, "%1x%n", &type, &end) == 1 && !v[end])
		r->type = (uint8_t)type;
	else if (v)
		scan_malformed(s, scan_path(s, "%s/type", dir), "a hexadecimal digit");
	else if (s->inv->n_problems == known)
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
	*r = (struct subch){ .refs = 1, .id = id, .online = -1 };
	if (!read_type(s, dir, r)) {
		free(r);
		return NULL;
	}
	r->driver = scan_base(s, dir, "driver");
	r->override = scan_override(s, dir, NULL);
	if (r->type == 0)
		read_io(s, dir, r);
	return r;
}

static tri_t chp_online(struct scan *s, const char *dir)
{
	const char *v = scan_value(s, dir, "status", MUST_BE);

	if (v && (!strcmp(v, "online") || !strcmp(v, "offline")))
		return v[1] == 'n';
	if (v)
		scan_malformed(s, buf_str(&s->path), "online or offline");
	return -1;
}

/* False: this is no channel path's name. */
static bool read_chp(struct scan *s, const char *name)
{
	struct chp r = { 0 };
	char dir[48], normal[16];
	unsigned id;

	if (sscanf(name, "chp0.%2x", &id) != 1)
		return false;
	snprintf(normal, sizeof(normal), "chp0.%02x", id);
	if (strcmp(name, normal) != 0)
		return false;
	snprintf(dir, sizeof(dir), CSS_DIR "/%s", normal);
	r.id = (uint8_t)id;
	r.online = chp_online(s, dir);
	r.configured = scan_int(s, dir, "configure", 10, 3, MAY_BE);
	r.type = scan_int(s, dir, "type", 16, 0xff, MAY_BE);
	r.chid = scan_int(s, dir, "chid", 16, 0xffff, MAY_BE);
	r.shared = scan_tri(s, dir, "shared");
	scan_push(s, &s->inv->chps, &s->inv->n_chps, &r, sizeof(r));
	return true;
}

static void read_subch(struct scan *s, struct ccwid id)
{
	struct subch *r = scan_subch(s, id);

	if (r && !scan_push(s, &s->inv->subchs, &s->inv->n_subchs, &r, sizeof(struct subch *)))
		subch_unref(r);
}

void scan_css(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct devid dev;
	struct ccwid id;
	const char *name;
	struct sys_stat st;

	s->inv->has_css = sys_stat(s->sys, CSS_DIR, &st) == 0;
	scan_list(s, CSS_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		if (read_chp(s, name) || ccwid_parse(name, &id) < 0)
			continue;
		dev = devid_css(id);
		if (!strcmp(dev.name, name))
			read_subch(s, id);
	}
}
