/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "captured.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { GAPS_SHOWN = 20 };

/* "34 KiB"; small ones by the byte. */
static void print_size(FILE *f, uint64_t bytes)
{
	if (bytes < 10240)
		fprintf(f, "%" PRIu64 " bytes", bytes);
	else if (bytes < (uint64_t)10 << 20)
		fprintf(f, "%" PRIu64 " KiB", bytes >> 10);
	else
		fprintf(f, "%" PRIu64 " MiB", bytes >> 20);
}

/* All are in the capture's own notes; here those that somebody should see before sending it. */
static void print_gaps(const struct batch *b, const struct capture_report *r)
{
	for (size_t i = 0, shown = 0; i < r->n_gaps; i++) {
		const struct capture_gap *g = &r->gaps[i];

		if (i && strcmp(g->what, g[-1].what) != 0)
			shown = 0;
		if (shown++ < GAPS_SHOWN)
			fprintf(b->out, "%-9s %s: %s\n", g->what, g->path, g->why);
		else if (i + 1 == r->n_gaps || strcmp(g->what, g[1].what) != 0)
			fprintf(b->out, "%-9s ... %zu more\n", g->what, shown - GAPS_SHOWN);
	}
}

int batch_capture(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(capture_report_done) struct capture_report report = { 0 };
	CLEANUP(buf_done) struct buf by = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	struct capture_want want = { .now = time(NULL) };
	int r = batch_options(b, "replace", 1, 1, &o);

	if (r)
		return r;
	if (buf_printf(&by, "vfiocfg %s", b->version ? b->version : "?") < 0)
		return batch_failed(b, -ENOMEM, NULL);
	want.file = o.args[0];
	want.replace = o.replace;
	want.by = buf_str(&by);
	r = session_capture(b->session, &want, &report, &m);
	if (r < 0)
		return batch_failed(b, r, &m);
	fprintf(b->out, "%s: %zu entries, ", o.args[0], report.entries);
	print_size(b->out, report.bytes);
	fputs(" of values, ", b->out);
	print_size(b->out, report.packed);
	fputs(" packed\n", b->out);
	print_gaps(b, &report);
	return EXIT_OK;
}
