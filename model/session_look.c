/* SPDX-License-Identifier: MIT */
/* What is no part of the snapshot: read from the machine at the moment at which somebody looks. */
#include "session_part.h"

#include <errno.h>
#include <stdio.h>

static const struct subch *behind(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid id;

	if (ccwid_parse(dev->name, &id) < 0)
		return NULL;
	return dev->bus == BUS_CCW   ? inventory_subch_of(inv, id)
	       : dev->bus == BUS_CSS ? inventory_subch(inv, id)
				     : NULL;
}

/* It is off, or it can't be on. */
static int not_measured(const struct session *s, const struct devid *dev, struct msg *reterr)
{
	char why[200];

	if (measure_blocked(s->inv, dev, why, sizeof(why)))
		msg_make(reterr, MSG_CANT_MEASURE, "device", dev->name, "why", why, NULL);
	else
		msg_make(reterr, MSG_NOT_MEASURED, "device", dev->name, NULL);
	return -ENODATA;
}

int session_measure(const struct session *s, const struct devid *dev, struct measure *ret,
		    struct msg *reterr)
{
	const struct subch *sch = behind(s->inv, dev);
	struct devid ccw = sch && sch->has_dev ? devid_ccw(sch->dev) : *dev;
	int r = sch && sch->ccw ? measure_read(s->sys, &ccw, ret) : -ENODATA;

	if (r == -ENODATA)
		return not_measured(s, &ccw, reterr);
	if (r < 0)
		msg_make(reterr, MSG_MEASURE_UNREADABLE, "device", dev->name, "error",
			 errno_words(-r), NULL);
	return r;
}

int session_block(const struct session *s, const struct devid *chp, size_t nth,
		  const char **ret_name, struct buf *ret, struct msg *reterr)
{
	static const char *const names[] = { "measurement", "measurement_chars",
					     "ext_measurement" };
	char path[96];
	uint8_t id;
	int r;

	if (chp->bus != BUS_CHP || chpid_parse(chp->name, &id) < 0 || !inventory_chp(s->inv, id)) {
		msg_make(reterr, MSG_NOT_A_PATH, "device", chp->name, NULL);
		return -ENOENT;
	}
	if (nth >= ARRAY_SIZE(names))
		return -ERANGE;
	snprintf(path, sizeof(path), "/sys/devices/css0/chp%s/%s", chp->name, names[nth]);
	r = sys_read(s->sys, path, ret);
	/* Linux before 6.12 has two of them. */
	if (r == -ENOENT && nth == 2)
		return -ERANGE;
	if (r == -ENOENT || r == -ENODEV)
		r = -ENODATA;
	if (r == -ENODATA)
		msg_make(reterr, MSG_NO_BLOCKS, "path", chp->name, NULL);
	else if (r < 0)
		msg_make(reterr, MSG_MEASURE_UNREADABLE, "device", chp->name, "error",
			 errno_words(-r), NULL);
	else
		*ret_name = names[nth];
	return r;
}
