/* SPDX-License-Identifier: MIT */
#include "devs.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

void devs_done(struct devs *d)
{
	free(d->v);
	free(d->subchs);
	*d = (struct devs){ 0 };
}

struct devid devs_at(const struct devs *d, size_t i)
{
	return d->subchs ? devid_css(d->subchs[i]) : d->v[i];
}

size_t devs_find(const struct devs *d, size_t n, const struct devid *dev)
{
	struct ccwid id;
	size_t i = 0;

	if (!d->subchs) {
		while (i < n && !devid_eq(&d->v[i], dev))
			i++;
		return i;
	}
	if (dev->bus != BUS_CSS || ccwid_parse(dev->name, &id) < 0)
		return n;
	while (i < n && ccwid_cmp(d->subchs[i], id) != 0)
		i++;
	return i;
}

void devs_set(struct devs *d, size_t i, const struct devid *dev)
{
	if (!d->subchs)
		d->v[i] = *dev;
	else if (ccwid_parse(dev->name, &d->subchs[i]) < 0)
		d->subchs[i] = (struct ccwid){ 0xff, 0xffff }; /* no such device, so no row of it */
}

void devs_move(struct devs *d, size_t to, size_t from, size_t n)
{
	if (d->subchs)
		memmove(d->subchs + to, d->subchs + from, n * sizeof(*d->subchs));
	else
		memmove(d->v + to, d->v + from, n * sizeof(*d->v));
}

int devs_room(struct devs *d, size_t n)
{
	void *grown = d->subchs ? reallocarray(d->subchs, n, sizeof(*d->subchs))
				: reallocarray(d->v, n, sizeof(*d->v));

	if (!grown)
		return -ENOMEM;
	if (d->subchs)
		d->subchs = grown;
	else
		d->v = grown;
	return 0;
}
