/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "output.h"

#include <errno.h>

int batch_export(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(freep) struct devid *devs = NULL;
	CLEANUP(msg_done) struct msg m = { 0 };
	enum output_as as = OUTPUT_EDITS;
	int r = batch_options(b, "as with", 0, SIZE_MAX, &o);

	if (r)
		return r;
	if (o.as && output_as_parse(o.as, &as) < 0)
		return batch_usage(b, "nothing is written as \"%s\"", o.as);
	r = batch_load(b, o.with);
	if (r)
		return r;
	devs = calloc(o.n_args + 1, sizeof(*devs));
	if (!devs)
		return batch_failed(b, -ENOMEM, NULL);
	for (size_t i = 0; i < o.n_args && r == 0; i++)
		r = batch_find(b, o.args[i], &devs[i]);
	if (r)
		return r;
	r = output_write(b->session, as, devs, o.n_args, b->out, &m);
	return r < 0 ? batch_failed(b, r, &m) : EXIT_OK;
}
