/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Channel paths and measurements: looked at, and switched by staged edits. */

void act_paths(struct app *a, const char *args)
{
	(void)args;
	app_go(a, P_PATHS);
}

/* "off 0.50" or "0.50 off": the first or the last word; what is left names devices. -1: not said. */
static int on_or_off(const char *args, char *rest, size_t size)
{
	size_t first = strcspn(args, " ");
	const char *last = strrchr(args, ' ');
	const char *word = last ? last + 1 : args;

	if (first == 2 && !strncasecmp(args, "on", 2)) {
		snprintf(rest, size, "%s", args + first + strspn(args + first, " "));
		return 1;
	}
	if (first == 3 && !strncasecmp(args, "off", 3)) {
		snprintf(rest, size, "%s", args + first + strspn(args + first, " "));
		return 0;
	}
	if (!strcasecmp(word, "on") || !strcasecmp(word, "off")) {
		snprintf(rest, size, "%.*s", (int)(word - args), args);
		return !strcasecmp(word, "on");
	}
	snprintf(rest, size, "%s", args);
	return -1;
}

/* The other state than what is staged, or else is. */
static bool opposite(const struct app *a, const struct devid *dev, enum switch_kind kind)
{
	const struct inventory *inv = session_inventory(a->session);
	const struct d_switch *v = desired_switch(session_desired(a->session), dev, kind);
	const struct chp *chp = NULL;
	const struct subch *sch = NULL;
	struct ccwid ccw;
	uint8_t id;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &ccw) == 0)
		sch = inventory_subch(inv, ccw);
	if (sch && sch->has_dev) {
		struct devid behind = devid_ccw(sch->dev);

		v = desired_switch(session_desired(a->session), &behind, kind);
	}
	if (v)
		return !v->then;
	if (sch)
		return sch->measured != 1;
	if (kind == SWITCH_MEASURE)
		return inv->cm_enable != 1;
	if (dev->bus == BUS_CHP && chpid_parse(dev->name, &id) == 0)
		chp = inventory_chp(inv, id);
	return chp && (kind == SWITCH_VARY ? chp->online == 0 : chp->configured != 1);
}

static void switch_rows(struct app *a, const char *args, enum switch_kind kind)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	char names[256];
	int on = on_or_off(args, names, sizeof(names));
	/* Vary and configure have no next boot: what an edit reaches beside now is not asked for here. */
	struct reach reach = { a->reach.live, false };
	size_t n = 0;
	int r = app_targets(a, names, &devs, &n, &why);

	for (size_t i = 0; i < n && r == 0; i++)
		r = session_switch(a->session, &devs[i], kind,
				   on < 0 ? opposite(a, &devs[i], kind) : on, reach, &why);
	if (r < 0 && why.what)
		app_say(a, LOOK_WARN, &why);
	else if (r < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	else if (session_undo_text(a->session, 0))
		app_say_id(a, LOOK_PLAIN, MSG_STAGED_EDIT, session_undo_text(a->session, 0));
	app_refresh(a);
}

void act_vary(struct app *a, const char *args)
{
	switch_rows(a, args, SWITCH_VARY);
}

void act_configure(struct app *a, const char *args)
{
	switch_rows(a, args, SWITCH_CONFIGURE);
}

/* On the channel paths they are measured all at once: the kernel has one switch for them. */
void act_count(struct app *a, const char *args)
{
	if (a->place == P_PATHS &&
	    (!*args || !strcasecmp(args, "on") || !strcasecmp(args, "off"))) {
		const struct devid css = { BUS_CHP, "css0" };
		struct msg no = { 0 };
		char all[32], why[128];

		if (measure_blocked(session_inventory(a->session), &css, why, sizeof(why))) {
			msg_make(&no, MSG_CANT_MEASURE, "device", "The channel paths", "why", why,
				 NULL);
			app_say(a, LOOK_WARN, &no);
			return;
		}
		snprintf(all, sizeof(all), "%s%schp/css0", args, *args ? " " : "");
		switch_rows(a, all, SWITCH_MEASURE);
		return;
	}
	switch_rows(a, args, SWITCH_MEASURE);
}
