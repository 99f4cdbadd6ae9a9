/* SPDX-License-Identifier: MIT */
/* Channel paths. */
#include "scan.h"

#include <stdio.h>
#include <string.h>

#define CSS_DIR "/sys/devices/css0"

static tri_t chp_online(struct scan *s, const char *dir)
{
	const char *v = scan_value(s, dir, "status", MUST_BE);

	if (v && (!strcmp(v, "online") || !strcmp(v, "offline")))
		return v[1] == 'n';
	if (v)
		scan_malformed(s, buf_str(&s->path), "online or offline");
	return -1;
}

static bool unknown(struct scan *s, const char *dir, const char *attr)
{
	const char *v = scan_value(s, dir, attr, MAY_BE);

	return v && !strcmp(v, "unknown");
}

struct chp scan_chp(struct scan *s, uint8_t id)
{
	struct chp r = { .id = id };
	char dir[48];

	snprintf(dir, sizeof(dir), CSS_DIR "/chp0.%02x", id);
	scan_enter(s, dir);
	r.online = chp_online(s, dir);
	r.configured = scan_int(s, dir, "configure", 10, 3, MAY_BE);
	r.type = scan_int(s, dir, "type", 16, 0xff, MAY_BE);
	r.chid = scan_int(s, dir, "chid", 16, 0xffff, MAY_BE);
	r.external = scan_tri(s, dir, "chid_external");
	r.shared = scan_tri(s, dir, "shared");
	r.cmg = unknown(s, dir, "cmg") ? -1 : scan_int(s, dir, "cmg", 10, 0xff, MAY_BE);
	r.esc = scan_int(s, dir, "esc", 16, 0xff, MAY_BE);
	r.speed = scan_text(s, dir, "speed_bps", MAY_BE);
	scan_leave(s);
	if (str_eq(r.speed, "0"))
		r.speed = NULL; /* not known either */
	return r;
}

void scan_chp_add(struct scan *s, const char *name)
{
	char normal[DEVID_TEXT];
	struct chp r;
	uint8_t id;

	if (!str_starts(name, "chp0.") || chpid_parse(name, &id) < 0)
		return;
	snprintf(normal, sizeof(normal), "chp%s", devid_chp(id).name);
	if (strcmp(name, normal) != 0)
		return;
	r = scan_chp(s, id);
	scan_push(s, &s->inv->chps, &s->inv->n_chps, &r, sizeof(r));
}
