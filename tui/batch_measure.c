/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "clock.h"
#include "measure_text.h"
#include "snippets.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* What is counted for a device, once and then sample by sample. Nothing is switched on for it. */

enum { INTERVAL_MS = 5000, INTERVAL_MIN = 100, INTERVAL_MAX = 3600000, COUNT_MAX = 1000000 };

static void wait_until(long end)
{
	for (long left; (left = end - now_ms()) > 0;)
		poll(NULL, 0, (int)left);
}

static bool parse_ms(const char *text, long *ret)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= INTERVAL_MIN / 1000.0) ||
	    seconds > INTERVAL_MAX / 1000.0)
		return false;
	*ret = (long)(seconds * 1000);
	return true;
}

static bool parse_count(const char *text, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *ret <= COUNT_MAX;
}

/* -- a sample as a line, as an object -- */

static void put_head(const struct batch *b, const struct devid *dev)
{
	char what[96] = "";

	inventory_what(session_inventory(b->session), dev, what, sizeof(what));
	fprintf(b->out, "%s  %s: times are milliseconds a request, on average\n", dev->name, what);
	fprintf(b->out, "%-8s %6s %7s %7s %5s", "Span", "Secs", "Reqs", "Samples", "Util%");
	for (int i = 0; i < MEASURE_TIMES; i++)
		fprintf(b->out, " %5s", measure_rows[i].head);
	fputc('\n', b->out);
}

static void put_line(const struct batch *b, const struct measured *m, unsigned long nth)
{
	char span[24] = "since on", text[24];

	if (nth)
		snprintf(span, sizeof(span), "%lu", nth);
	fprintf(b->out, "%-8s %6s %7llu %7llu", span, measure_seconds(m->ns, text, sizeof(text)),
		(unsigned long long)m->requests, (unsigned long long)m->samples);
	fprintf(b->out, " %5s", measure_percent(m->permille, text, sizeof(text)));
	for (int i = 0; i < MEASURE_TIMES; i++)
		fprintf(b->out, " %5s", measure_ms(m->time[i], text, sizeof(text)));
	fputc('\n', b->out);
}

static int put_object(const struct batch *b, const struct measured *m, unsigned long nth,
		      bool *first)
{
	struct field fields[7 + MEASURE_TIMES] = {
		{ "span", "", FIELD_TEXT },
		{ "seconds", "", FIELD_NUMBER },
		{ "requests", "", FIELD_NUMBER },
		{ "samples", "", FIELD_NUMBER },
		{ "utilisation_percent", "", FIELD_NUMBER },
		{ "began_anew", "", FIELD_TEXT },
	};
	CLEANUP(grid_done) struct grid g = { .fields = fields, .n_fields = ARRAY_SIZE(fields) };
	CLEANUP(buf_done) struct buf advice = { 0 };
	char keys[MEASURE_TIMES][40], text[24];
	int r = grid_add(&g, nth ? "sample" : "since-on");

	for (int i = 0; i < MEASURE_TIMES; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%s_ms", measure_rows[i].key);
		fields[6 + i] = (struct field){ keys[i], "", FIELD_NUMBER };
	}
	fields[6 + MEASURE_TIMES] = (struct field){ "suggests", "", FIELD_LIST };
	if (r == 0)
		r = m->ns < 0 ? grid_add(&g, NULL) : grid_printf(&g, "%.3f", (double)m->ns / 1e9);
	r = r < 0 ? r : grid_printf(&g, "%llu", (unsigned long long)m->requests);
	r = r < 0 ? r : grid_printf(&g, "%llu", (unsigned long long)m->samples);
	r = r < 0 ? r : grid_add(&g, measure_percent(m->permille, text, sizeof(text)));
	r = r < 0 ? r : grid_add(&g, m->began_anew ? "yes" : "no");
	for (int i = 0; i < MEASURE_TIMES && r == 0; i++)
		r = m->time[i] < 0 ? grid_add(&g, NULL)
				   : grid_printf(&g, "%.6f", (double)m->time[i] / 1e6);
	r = r < 0 ? r : measure_advice(m, &advice);
	r = r < 0 ? r : grid_add_list(&g, &advice);
	return r < 0 ? r : grid_write_json(&g, first, b->out);
}

static void put_advice(const struct batch *b, const struct measured *m)
{
	CLEANUP(buf_done) struct buf advice = { 0 };
	const char *line;

	if (measure_advice(m, &advice) < 0)
		return;
	fputc('\n', b->out);
	buf_foreach_name (&advice, line)
		fprintf(b->out, "%s\n", line);
}

/* -- sampling -- */

struct sampling {
	struct devid dev;
	long interval;
	unsigned long count;
	bool json;
};

/* *is: the first reading, the present one afterwards. 0; an exit code with the reason said. */
static int sample(struct batch *b, const struct sampling *s, struct measure *is)
{
	CLEANUP(msg_done) struct msg why = { 0 };
	struct measure was = { 0 };
	struct measured m = { 0 };
	long due = now_ms();
	bool first = true;
	int r = 0;

	for (unsigned long i = 0; i <= s->count && r == 0; i++) {
		if (i) {
			wait_until(due += s->interval);
			r = session_measure(b->session, &s->dev, is, &why);
		}
		if (r < 0)
			break;
		measure_between(i ? &was : NULL, is, &m);
		if (s->json)
			r = put_object(b, &m, i, &first);
		else
			put_line(b, &m, i);
		/* Whoever reads along sees each when it is there. */
		fflush(b->out);
		was = *is;
	}
	if (r == 0 && !s->json)
		put_advice(b, &m);
	return r < 0 ? batch_failed(b, r, &why) : r;
}

/* The heading comes when there is something to stand below it. */
static int samples(struct batch *b, const struct sampling *s)
{
	CLEANUP(msg_done) struct msg why = { 0 };
	struct measure is = { 0 };
	char text[DEVID_TEXT];
	int r = session_measure(b->session, &s->dev, &is, &why);

	if (r < 0)
		return batch_failed(b, r, &why);
	if (!s->json) {
		put_head(b, &s->dev);
		return sample(b, s, &is);
	}
	fputs("{\"vfiocfg-measure\": 1, \"device\": ", b->out);
	json_put_string(b->out, devid_text(&s->dev, text));
	fputs(", \"samples\": [", b->out);
	r = sample(b, s, &is);
	batch_json_close(b);
	return r;
}

static int save(struct batch *b, const struct devid *dev, const char *name)
{
	CLEANUP(buf_done) struct buf said = { 0 };
	CLEANUP(msg_done) struct msg why = { 0 };
	int r = blocks_save(b->session, dev, NULL, name, &said, &why);

	if (said.len)
		fprintf(b->out, "%s\n", buf_str(&said));
	return r < 0 ? batch_failed(b, r, &why) : EXIT_OK;
}

int batch_measure(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	struct sampling s = { .interval = INTERVAL_MS, .count = 1 };
	int r = batch_options(b, "format interval count save", 1, 1, &o);

	if (r)
		return r;
	if (o.format != FORMAT_TABLE && o.format != FORMAT_JSON)
		return batch_usage(b, "samples are written as table or json");
	if (o.interval && !parse_ms(o.interval, &s.interval))
		return batch_usage(b, "--interval wants seconds from 0.1 to 3600");
	if (o.count && !parse_count(o.count, &s.count))
		return batch_usage(b, "--count wants a number from 0 to %d", COUNT_MAX);
	r = batch_find(b, o.args[0], &s.dev);
	if (r)
		return r;
	if (o.save)
		return save(b, &s.dev, o.save);
	s.dev = measure_device(b->session, &s.dev);
	s.json = o.format == FORMAT_JSON;
	return samples(b, &s);
}
