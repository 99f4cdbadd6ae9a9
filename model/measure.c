/* SPDX-License-Identifier: MIT */
#include "measure.h"
#include "rules_part.h"

#include <stdio.h>

static const struct subch *behind(const struct inventory *inv, const struct devid *dev)
{
	struct ccwid id;

	if (ccwid_parse(dev->name, &id) < 0)
		return NULL;
	return dev->bus == BUS_CCW ? inventory_subch_of(inv, id) : inventory_subch(inv, id);
}

bool measure_blocked(const struct inventory *inv, const struct devid *dev, char *text, size_t size)
{
	const struct subch *s;
	const char *why = NULL;
	struct devid css;
	char blocked[96];

	if (dev->bus == BUS_CHP) {
		if (inv->cm_enable < 0)
			why = "This machine does not measure channel paths for Linux";
		snprintf(text, size, "%s", why ? why : "");
		return why;
	}
	s = behind(inv, dev);
	css = s ? devid_css(s->id) : *dev;
	if (!s || !s->has_dev)
		why = "There is no such channel device";
	else if (str_eq(s->driver, "vfio_ccw"))
		why = "It is given to guests: Linux has no device of its own to measure there, and "
		      "what a "
		      "guest reads of it comes from its hypervisor";
	else if (!s->ccw)
		why = "Linux has no device behind the subchannel now";
	else if (s->online != 1)
		why = "It is not online: there is nothing to count";
	else if (rules_blocked(inv, &css, blocked, sizeof(blocked)) &&
		 str_eq(blocked, "QDIO device"))
		/* set_schib(): the subchannel is never idle, so the modification is refused as busy. */
		why = "It is a QDIO device: it keeps one channel program running all the time, and "
		      "a "
		      "subchannel can be switched only while none runs";
	else if (s->measured < 0)
		why = "The kernel has no measurement for it";
	snprintf(text, size, "%s", why ? why : "");
	return why;
}
