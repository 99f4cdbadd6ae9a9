/* SPDX-License-Identifier: MIT */
#include "sheet_dialog.h"
#include "story.h"
#include "views.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Everything known about one device: all columns of its view, who uses it, what is in the way, what is staged. */

static const struct view *view_of(const struct devid *dev)
{
	return dev->bus == BUS_CHP    ? &view_chp
	       : dev->bus == BUS_PCI  ? &view_pci
	       : dev->bus == BUS_MDEV ? &view_mdev
	       : dev->bus == BUS_AP   ? &view_ap
				      : &view_channel;
}

static void add_cells(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	const struct view *v = view_of(dev);

	for (size_t i = 0; i < v->n_columns; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };
		enum look look = LOOK_PLAIN;

		if (buf_printf(&line, "%-14s  ", v->columns[i].title) < 0 ||
		    v->columns[i].cell(a->session, dev, &line, &look) < 0)
			continue;
		if (look == LOOK_STAGED)
			(void)buf_adds(&line, "  * staged");
		if (line.len > 16)
			sheet_wrap(s, look == LOOK_FAINT ? LOOK_PLAIN : look, width, 16,
				   buf_str(&line));
	}
}

static void head(struct sheet *s, const char *title)
{
	sheet_add(s, LOOK_PLAIN, "%s", "");
	sheet_add(s, LOOK_TITLE, "%s", title);
}

static void add_use(struct sheet *s, const struct use *u, int width)
{
	static const char *const grades[] = { "note", "protected", "vital" };
	CLEANUP(buf_done) struct buf line = { 0 };

	if (buf_printf(&line, "%-10s %s: %s", grades[MIN(u->grade, USE_VITAL)],
		       u->who ? u->who : "", u->text ? u->text : "") == 0)
		sheet_wrap(s, u->grade == USE_NOTE ? LOOK_PLAIN : LOOK_WARN, width, 11,
			   buf_str(&line));
}

static void add_verdict(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (verdict_in_words(a->session, dev, &text) < 0 || !text.len)
		return;
	head(s, "Can it be given to guests?");
	sheet_wrap(s, LOOK_PLAIN, width, 2, buf_str(&text));
}

/* See story.h; read when the page is opened, and again when the machine moved. */
static void add_story(struct sheet *s, const struct story *story, int first, int last, int width)
{
	for (int i = first; i <= last; i++) {
		const char *line;

		if (!story->lines[i].len)
			continue;
		head(s, i == STORY_GIVING && story->back ? "What giving it back would do"
							 : story_parts[i].title);
		buf_foreach_name (&story->lines[i], line)
			sheet_wrap(s, LOOK_PLAIN, width, 2, line);
	}
}

static void add_uses(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	struct devid devs[2];
	size_t n_devs = row_devices(a->session, dev, devs), any = 0;

	if (dev->bus == BUS_CHP) /* the column says who uses devices behind it */
		return;
	head(s, "Who would miss it");
	for (size_t i = 0; i < n_devs; i++) {
		size_t n = 0;
		const struct use *u = inventory_uses(session_inventory(a->session), &devs[i], &n);

		any += n;
		for (size_t k = 0; k < n; k++)
			add_use(s, &u[k], width);
	}
	if (!any)
		sheet_add(s, LOOK_PLAIN, "nobody that this program knows of");
}

static void add_findings(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	const struct findings *f = session_findings(a->session);
	bool any = false;

	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];
		CLEANUP(buf_done) struct buf line = { 0 };

		if (!devid_eq(&x->dev, dev) && !devid_eq(&x->other, dev))
			continue;
		if (!any)
			head(s, "Findings");
		any = true;
		if (buf_printf(&line, "%-10s %s %s %s", grade_name(x->grade), x->msg.what,
			       x->msg.why, x->msg.todo) == 0)
			sheet_wrap(s, x->grade == GRADE_ERROR ? LOOK_ERROR : LOOK_WARN, width, 11,
				   buf_str(&line));
	}
}

/* The paths of a subchannel, or nothing. */
static void add_paths(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	const char *line;

	if (paths_in_words(a->session, dev, &lines) < 0 || !lines.len)
		return;
	head(s, dev->bus == BUS_CHP ? "Devices that have it" : "Channel paths");
	buf_foreach_name (&lines, line)
		sheet_wrap(s,
			   strstr(line, "usable: yes") || !strstr(line, "usable:") ? LOOK_PLAIN
										   : LOOK_WARN,
			   width, 2, line);
}

static bool belongs(const struct app *a, const struct step *st, const struct devid *dev)
{
	const struct desired *d = session_desired(a->session);

	if (devid_eq(&st->dev, dev))
		return true;
	for (size_t i = 0; st->dev.bus == BUS_MDEV && i < d->n_mdevs; i++)
		if (!strcmp(d->mdevs[i].uuid, st->dev.name) && d->mdevs[i].parent &&
		    !strcmp(d->mdevs[i].parent, dev->name))
			return true;
	return false;
}

static void add_steps(struct sheet *s, const struct app *a, const struct devid *dev, int width)
{
	const struct plan *p = session_plan(a->session);
	bool any = false;

	for (size_t i = 0; i < p->n_steps; i++) {
		if (!belongs(a, &p->steps[i], dev))
			continue;
		if (!any)
			head(s, "Steps of a commit");
		any = true;
		sheet_wrap(s, LOOK_STAGED, width, 2, p->steps[i].text ? p->steps[i].text : "");
	}
}

static void build_detail(struct sheet_dialog *d, const struct app *a, int width)
{
	char what[96] = "";

	inventory_what(session_inventory(a->session), &d->dev, what, sizeof(what));
	snprintf(d->title, sizeof(d->title), "%s  %.48s", d->dev.name, what);
	add_cells(&d->sheet, a, &d->dev, width);
	add_story(&d->sheet, d->data, STORY_WAY, STORY_NODES, width);
	add_paths(&d->sheet, a, &d->dev, width);
	add_uses(&d->sheet, a, &d->dev, width);
	add_verdict(&d->sheet, a, &d->dev, width);
	add_findings(&d->sheet, a, &d->dev, width);
	add_steps(&d->sheet, a, &d->dev, width);
	add_story(&d->sheet, d->data, STORY_BOOT, STORY_KERNEL, width);
}

static void story_free(void *data)
{
	if (data)
		story_done(data);
	free(data);
}

/* Somebody wants to know anew, or the machine moved: the kernel's messages are read only for the former. */
static bool take(struct sheet_dialog *d, struct app *a, uint32_t key, const char *word)
{
	struct story fresh;

	if (!word && key == K_EVENT) {
		(void)story_again(a->session, &d->dev, d->data);
		return true;
	}
	if (word ? strcasecmp(word, "refresh") != 0 : key != K_F5 && key != K_F17)
		return false;
	if (story_read(a->session, &d->dev, &fresh) == 0) {
		story_done(d->data);
		*(struct story *)d->data = fresh;
	} else {
		story_done(&fresh);
	}
	return true;
}

struct dialog *detail_dialog(struct app *a, const struct devid *dev)
{
	struct sheet_dialog *d = sheet_dialog_new("detail", build_detail);
	struct story *story = calloc(1, sizeof(*story));

	if (d) {
		d->dev = *dev;
		d->data = story;
		d->data_free = story_free;
		d->take = take;
	}
	if (d && story && story_read(a->session, dev, story) == 0)
		return &d->dialog;
	if (d)
		d->dialog.ops->free(&d->dialog);
	else
		free(story);
	return NULL;
}
