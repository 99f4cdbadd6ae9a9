/* SPDX-License-Identifier: MIT */
/* What is counted for a device, while one looks: a sample every few seconds, and what came of those before. */
#include "actions.h"
#include "measure_text.h"
#include "pace.h"
#include "sheet_dialog.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { KEPT = 240, BUSY_ROW = MEASURE_TIMES, HISTORIES };

static const int intervals[] = { 1, 2, 5, 10, 30, 60 };

struct watching {
	struct measure last;	       /* the newest reading */
	struct measured on, now;       /* since the counting began; since the reading before */
	size_t n;		       /* readings */
	int64_t kept[HISTORIES][KEPT]; /* oldest first; -1 not known */
	size_t n_kept;
	struct msg why;	 /* it could not be read at last; what NULL: it could */
	size_t interval; /* of intervals[] */
	long due;	 /* 0: not yet known */
};

static void keep(struct watching *w)
{
	size_t drop = w->n_kept == KEPT;

	for (int i = 0; drop && i < HISTORIES; i++)
		memmove(w->kept[i], w->kept[i] + 1, (KEPT - 1) * sizeof(w->kept[i][0]));
	w->n_kept -= drop;
	for (int i = 0; i < MEASURE_TIMES; i++)
		w->kept[i][w->n_kept] = w->now.time[i];
	w->kept[BUSY_ROW][w->n_kept] = w->now.permille;
	w->n_kept++;
}

static int sample(struct sheet_dialog *d, const struct app *a)
{
	struct watching *w = d->data;
	struct measure is;
	struct msg why = { 0 };
	int r = session_measure(a->session, &d->dev, &is, &why);

	msg_move(&w->why, &why);
	if (r < 0)
		return r;
	measure_between(NULL, &is, &w->on);
	if (w->n) {
		measure_between(&w->last, &is, &w->now);
		keep(w);
	}
	w->last = is;
	w->n++;
	return 0;
}

static long tick(struct sheet_dialog *d, struct app *a, long now, bool *ret_changed)
{
	struct watching *w = d->data;
	long every = intervals[w->interval] * 1000L;

	if (w->due && now >= w->due) {
		sample(d, a);
		*ret_changed = true;
		w->due = 0;
	}
	if (!w->due || w->due > now + every)
		w->due = now + every;
	return w->due - now;
}

/* -- what is shown -- */

static void add_history(const struct watching *w, int row, bool ascii, struct buf *line, int width)
{
	CLEANUP(buf_done) struct buf most = { 0 };
	int64_t highest = -1;
	char text[24];
	int room;

	for (size_t i = 0; i < w->n_kept; i++)
		highest = MAX(highest, w->kept[row][i]);
	if (highest < 0)
		return;
	(void)buf_printf(&most, "  most %s",
			 row == BUSY_ROW ? measure_percent((int)highest, text, sizeof(text))
					 : measure_ms(highest, text, sizeof(text)));
	room = width - text_width(buf_str(line)) - (int)most.len - 2;
	if (room < 4)
		return;
	(void)buf_adds(line, "  ");
	(void)measure_history(w->kept[row], w->n_kept, (size_t)room, ascii, line);
	(void)buf_adds(line, buf_str(&most));
}

static void add_row(const char *title, const char *last, const char *on, struct buf *ret)
{
	(void)buf_printf(ret, "%-22s %9s %10s", title, last, on);
}

static void add_counts(struct sheet *s, const struct watching *w)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char last[24] = "-", on[24];

	add_row("Seconds", w->n > 1 ? measure_seconds(w->now.ns, last, sizeof(last)) : "-",
		measure_seconds(w->on.ns, on, sizeof(on)), &b);
	sheet_add(s, LOOK_PLAIN, "%s", buf_str(&b));
	for (int samples = 0; samples < 2; samples++) {
		buf_reset(&b);
		snprintf(on, sizeof(on), "%llu",
			 (unsigned long long)(samples ? w->on.samples : w->on.requests));
		if (w->n > 1 && !w->now.began_anew)
			snprintf(last, sizeof(last), "%llu",
				 (unsigned long long)(samples ? w->now.samples : w->now.requests));
		else
			snprintf(last, sizeof(last), "-");
		add_row(samples ? "Samples" : "Requests", last, on, &b);
		sheet_add(s, LOOK_PLAIN, "%s", buf_str(&b));
	}
}

static void add_table(struct sheet *s, const struct watching *w, bool ascii, int width)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char last[24], on[24];

	sheet_add(s, LOOK_TITLE, "%-22s %9s %10s  %s", "", "Last", "Since on",
		  "History, the newest on the right");
	add_counts(s, w);
	add_row("Utilisation, percent",
		w->n > 1 ? measure_percent(w->now.permille, last, sizeof(last)) : "-",
		measure_percent(w->on.permille, on, sizeof(on)), &b);
	add_history(w, BUSY_ROW, ascii, &b, width);
	sheet_add(s, LOOK_PLAIN, "%s", buf_str(&b));
	sheet_add(s, LOOK_TITLE, "A request on average, milliseconds");
	for (int i = 0; i < MEASURE_TIMES; i++) {
		buf_reset(&b);
		add_row(measure_rows[i].title,
			w->n > 1 ? measure_ms(w->now.time[i], last, sizeof(last)) : "-",
			measure_ms(w->on.time[i], on, sizeof(on)), &b);
		add_history(w, i, ascii, &b, width);
		sheet_add(s, LOOK_PLAIN, "%s", buf_str(&b));
	}
}

/* -- the same in sentences -- */

enum { SAID_BEFORE = 8 };

static void say_value(struct sheet *s, const struct watching *w, int row, int width)
{
	bool busy = row == BUSY_ROW;
	const char *title = busy ? "Utilisation" : measure_rows[row].title;
	const char *unit = busy ? " percent" : " milliseconds";
	CLEANUP(buf_done) struct buf b = { 0 };
	char text[24];

	if (busy)
		measure_percent(w->on.permille, text, sizeof(text));
	else
		measure_ms(w->on.time[row], text, sizeof(text));
	(void)buf_printf(&b, "%s: since counting began %s%s", title,
			 strcmp(text, "-") ? text : "not known", strcmp(text, "-") ? unit : "");
	if (w->n_kept)
		(void)buf_adds(&b, "; of the last samples, newest first:");
	for (size_t i = 0; i < MIN(w->n_kept, (size_t)SAID_BEFORE); i++) {
		int64_t v = w->kept[row][w->n_kept - 1 - i];

		if (busy)
			measure_percent((int)v, text, sizeof(text));
		else
			measure_ms(v, text, sizeof(text));
		(void)buf_printf(&b, "%s %s", i ? "," : "", strcmp(text, "-") ? text : "not known");
	}
	(void)buf_adds(&b, ".");
	sheet_wrap(s, LOOK_PLAIN, width, 3, buf_str(&b));
}

static void say_counts(struct sheet *s, const char *span, const struct measured *m, int width)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char text[24];

	(void)buf_printf(&b, "%s: %llu requests, %llu of them sampled, ", span,
			 (unsigned long long)m->requests, (unsigned long long)m->samples);
	if (m->ns < 0)
		(void)buf_adds(&b, "in a time not known.");
	else
		(void)buf_printf(&b, "in %s seconds.", measure_seconds(m->ns, text, sizeof(text)));
	sheet_wrap(s, LOOK_PLAIN, width, 3, buf_str(&b));
}

static void say_all(struct sheet *s, const struct watching *w, int width)
{
	say_counts(s, "Since counting began", &w->on, width);
	if (w->n > 1 && !w->now.began_anew)
		say_counts(s, "In the last sample", &w->now, width);
	say_value(s, w, BUSY_ROW, width);
	sheet_add(s, LOOK_PLAIN, "The times below are averages of a request.");
	for (int i = 0; i < MEASURE_TIMES; i++)
		say_value(s, w, i, width);
}

/* -- the page -- */

static void add_advice(struct sheet *s, const struct watching *w, int width)
{
	CLEANUP(buf_done) struct buf advice = { 0 };
	const char *line;

	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE,
		  w->n > 1 ? "What the last sample suggests" : "What the counting so far suggests");
	if (measure_advice(w->n > 1 ? &w->now : &w->on, &advice) == 0)
		buf_foreach_name (&advice, line)
			sheet_wrap(s, LOOK_PLAIN, width, 2, line);
}

static void add_meanings(struct sheet *s, int width)
{
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "What is counted");
	sheet_wrap(s, LOOK_PLAIN, width, 2,
		   "Utilisation: how much of the time that passed requests were pending, connected "
		   "or disconnected, all of them added up. Volumes that take several requests at a "
		   "time can have more than 100 percent.");
	sheet_wrap(s, LOOK_PLAIN, width, 2,
		   "Requests: starts of channel programs. Samples: those whose times were told. "
		   "\"-\" is not known: no sample, or not counted by this machine.");
	for (int i = 0; i < MEASURE_TIMES; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		if (buf_printf(&b, "%s: %s.", measure_rows[i].title, measure_rows[i].about) == 0)
			sheet_wrap(s, LOOK_PLAIN, width, 2, buf_str(&b));
	}
}

static void build(struct sheet_dialog *d, const struct app *a, int width)
{
	const struct watching *w = d->data;
	CLEANUP(buf_done) struct buf b = { 0 };
	char what[96] = "";

	inventory_what(session_inventory(a->session), &d->dev, what, sizeof(what));
	snprintf(d->title, sizeof(d->title), "%s  %.32s: %zu sample%s, one every %d s", d->dev.name,
		 what, w->n - 1, w->n == 2 ? "" : "s", intervals[w->interval]);
	if (w->why.what)
		(void)buf_printf(&b, "No sample came. %s %s %s", w->why.what, w->why.why,
				 w->why.todo);
	if (b.len)
		sheet_wrap(&d->sheet, LOOK_WARN, width, 2, buf_str(&b));
	if (a->opts.lines)
		say_all(&d->sheet, w, width);
	else
		add_table(&d->sheet, w, a->opts.ascii, width);
	add_advice(&d->sheet, w, width);
	add_meanings(&d->sheet, width);
}

/* The next sample is taken as long after this one as is now wanted. */
static void change_interval(struct watching *w, int by)
{
	int at = (int)w->interval + by;

	w->interval = (size_t)MIN(MAX(at, 0), (int)ARRAY_SIZE(intervals) - 1);
	w->due = 0;
}

static bool take(struct sheet_dialog *d, struct app *a, uint32_t key, const char *word)
{
	struct watching *w = d->data;

	if (word ? !strcasecmp(word, "sample") : key == 's' || key == K_F5 || key == K_F17) {
		sample(d, a);
		w->due = 0;
	} else if (word ? !strcasecmp(word, "faster") : key == '+') {
		change_interval(w, -1);
	} else if (word ? !strcasecmp(word, "slower") : key == '-') {
		change_interval(w, 1);
	} else {
		return false;
	}
	return true;
}

static void watching_free(void *data)
{
	struct watching *w = data;

	if (w)
		msg_done(&w->why);
	free(w);
}

static struct sheet_dialog *new_view(const struct devid *dev)
{
	struct sheet_dialog *d = sheet_dialog_new("measure", build);
	struct watching *w = calloc(1, sizeof(*w));

	if (!d || !w) {
		free(w);
		if (d)
			d->dialog.ops->free(&d->dialog);
		return NULL;
	}
	w->interval = 2;
	d->data = w;
	d->data_free = watching_free;
	d->tick = tick;
	d->take = take;
	d->hint = "<F3 or q closes   s sample now   + and - faster, slower"
		  "|Enter shows the newest. Type sample, faster, slower, down, up, end>";
	d->dev = *dev;
	return d;
}

void act_measure(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct sheet_dialog *d;
	struct msg why = { 0 };
	struct devid dev;
	size_t n = 0;

	if (app_targets(a, args, &devs, &n, &why) < 0) {
		app_say(a, LOOK_WARN, &why);
		return;
	}
	dev = measure_device(a->session, &devs[0]);
	d = new_view(&dev);
	if (d && sample(d, a) < 0) {
		app_say(a, LOOK_WARN, &((struct watching *)d->data)->why);
		d->dialog.ops->free(&d->dialog);
		return;
	}
	app_open(a, d ? &d->dialog : NULL);
}

/* The extended measurements of the channel path under the cursor. */
void act_blocks(struct app *a, const char *args)
{
	CLEANUP(buf_done) struct buf said = { 0 };
	struct msg why = { 0 };
	struct devid dev;
	int r;

	if (!*args || !app_current(a, &dev)) {
		app_prompt(a, "blocks ");
		return;
	}
	r = blocks_save(a->session, &dev, a->opts.save_dir, args, &said, &why);
	if (r == 0)
		msg_make(&why, MSG_BLOCKS_SAVED, "files", buf_str(&said), NULL);
	if (why.what)
		app_say(a, r < 0 ? LOOK_WARN : LOOK_PLAIN, &why);
	else
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
}
