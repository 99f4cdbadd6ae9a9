/* SPDX-License-Identifier: MIT */
#include "readonly.h"

#include "wrap.h"

#include <errno.h>

/* No operation here writes: sys_* asks `writable` before any of them would be called. */
static const struct sys_ops readonly_ops = {
	.list = wrap_list,
	.read = wrap_read,
	.lines = wrap_lines,
	.readlink = wrap_readlink,
	.stat = wrap_stat,
	.watch = wrap_watch,
	.free = wrap_free,
};

int readonly_new(struct sys *inner, struct sys **ret)
{
	struct wrap *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	*w = (struct wrap){ .sys = { .ops = &readonly_ops,
				     .fd = inner->fd,
				     .simulated = inner->simulated,
				     .origin = inner->origin },
			    .inner = inner };
	*ret = &w->sys;
	return 0;
}
