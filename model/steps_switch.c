/* SPDX-License-Identifier: MIT */
/*
 * Channel paths varied and configured, measurements switched: one write each, whose undo is the other word.
 */
#include "steps.h"

#include <stdio.h>

/* How each switch is called, and where it is. */
static const struct how {
	const char *on, *off;	    /* what is done, before the device's name */
	const char *yes, *no;	    /* as the attribute reads and takes it */
	const char *reason, *chchp; /* chchp(8)'s option; NULL: it has none */
} hows[] = {
	[SWITCH_VARY] = { "vary on channel path", "vary off channel path", "online", "offline",
			  "Linux alone begins or ceases to use the path", "-v" },
	/* chp_configure_write() waits for the machine and reports success whatever came of it. */
	[SWITCH_CONFIGURE] = { "configure channel path", "deconfigure channel path", "1", "0",
			       "the machine itself does it, and the kernel reports success even "
			       "if it did not: so the state is read afterwards",
			       "-c" },
	/* cmb_enable_store() resets the counters when it is on already: so it is written only to change it. */
	[SWITCH_MEASURE] = { "measure", "stop measuring", "1", "0",
			     "the channel subsystem begins or ceases to count", NULL },
};

static void path_of(const struct d_switch *v, char *path, size_t size)
{
	if (v->kind == SWITCH_MEASURE && v->dev.bus == BUS_CHP)
		snprintf(path, size, "/sys/devices/css0/cm_enable");
	else if (v->kind == SWITCH_MEASURE)
		snprintf(path, size, "/sys/bus/ccw/devices/%s/cmb_enable", v->dev.name);
	else
		snprintf(path, size, "/sys/devices/css0/chp%s/%s", v->dev.name,
			 v->kind == SWITCH_VARY ? "status" : "configure");
}

static void to(struct planner *p, struct act *a, const char *path, const char *value)
{
	char line[16];

	snprintf(line, sizeof(line), "%s\n", value);
	act_set(p, a, line, "%s", path);
	act_expect(p, a, EXPECT_VALUE, value, "%s", path);
}

/*
 * sch_get_action(): a device whose driver does not say that it keeps it goes with its last path, and comes back offline; those
 * of virtio_ccw go online by themselves.
 */
static bool comes_back_offline(const struct subch *s)
{
	static const char *const others[] = { "dasd-eckd", "dasd-fba", "zfcp", "virtio_ccw" };

	if (s->online != 1 || !str_eq(s->driver, "io_subchannel"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_eq(s->ccw_driver, others[i]))
			return false;
	return true;
}

/* A path that is varied off as well is deconfigured after that, and takes nothing any more. */
static bool takes_devices(const struct planner *p, const struct d_switch *v, uint8_t *ret_chpid)
{
	const struct d_switch *vary = desired_switch(p->d, &v->dev, SWITCH_VARY);

	return !v->then && v->kind != SWITCH_MEASURE &&
	       (v->kind == SWITCH_VARY || !vary || !vary->live || vary->then) &&
	       chpid_parse(v->dev.name, ret_chpid) == 0;
}

static void foot_of_path(struct planner *p, uint8_t chpid)
{
	const struct chp *chp = inventory_chp(p->d->inv, chpid);
	struct devid dev = devid_chp(chpid);
	char text[16];

	if (chp && chp->online >= 0)
		foot_add(p, chp->online ? "online" : "offline", "/sys/devices/css0/chp%s/status",
			 dev.name);
	if (!chp || chp->configured < 0)
		return;
	snprintf(text, sizeof(text), "%d", chp->configured);
	foot_add(p, text, "/sys/devices/css0/chp%s/configure", dev.name);
}

/* Whether a device loses its last path by this depends on the others: two who take one each must not take both. */
static void feet_of_others(struct planner *p, const struct d_switch *v)
{
	bool others[256] = { false };
	uint8_t chpid;

	if (!takes_devices(p, v, &chpid))
		return;
	for (size_t i = 0; i < p->d->inv->n_subchs; i++) {
		const struct subch *sch = p->d->inv->subchs[i];

		for (unsigned k = 0; k < 8 && desired_uses_path(sch, chpid); k++)
			if (sch->pim & 0x80 >> k)
				others[sch->chpids[k]] = true;
	}
	for (unsigned id = 0; id < 256; id++)
		if (others[id])
			foot_of_path(p, (uint8_t)id);
}

/* Undoing is not done before they are online again; the operator has to see to that. */
static void taken(struct planner *p, struct step *s, const struct d_switch *v)
{
	const struct subch *first = NULL;
	struct msg why = { 0 };
	struct devid ccw;
	char more[48] = "";
	unsigned n = 0;
	uint8_t chpid;

	if (!takes_devices(p, v, &chpid))
		return;
	for (size_t i = 0; i < p->d->inv->n_subchs; i++) {
		const struct subch *sch = p->d->inv->subchs[i];

		if (!comes_back_offline(sch) || !desired_last_path(p->d, sch, chpid))
			continue;
		first = first ? first : sch;
		n++;
	}
	if (!first)
		return;
	if (n > 1)
		snprintf(more, sizeof(more), " (and %u more)", n - 1);
	ccw = devid_ccw(first->dev);
	act_expect(p, &s->undo, EXPECT_VALUE, "1", "/sys/bus/ccw/devices/%s/online", ccw.name);
	msg_make(&why, MSG_PLAN_PATH_TAKES, "path", v->dev.name, "device", ccw.name, "more", more,
		 NULL);
	step_not_undoable(p, s, &why);
}

static void set(struct planner *p, const struct d_switch *v)
{
	const struct how *how = &hows[v->kind];
	const char *what = v->then ? how->on : how->off;
	char path[128];
	struct step *s;

	plan_block(p);
	path_of(v, path, sizeof(path));
	foot_add(p, v->now ? how->yes : how->no, "%s", path);
	feet_of_others(p, v);
	s = step_new(p, STEP_SWITCH, &v->dev, "%s %s", what, switch_of(&v->dev, v->kind));
	to(p, &s->act, path, v->then ? how->yes : how->no);
	to(p, &s->undo, path, v->now ? how->yes : how->no);
	step_reason(p, s, "%s", how->reason);
	taken(p, s, v);
	if (how->chchp)
		step_command(p, s, "chchp %s %d %s", how->chchp, v->then, v->dev.name);
}

void steps_measure_off(struct planner *p, const struct subch *sch)
{
	const struct d_switch v = { devid_ccw(sch->dev), SWITCH_MEASURE, 1, false, true };
	const struct d_switch *wished = desired_switch(p->d, &v.dev, SWITCH_MEASURE);

	if (sch->measured == 1 && !(wished && wished->live))
		set(p, &v);
}

void steps_switches(struct planner *p, bool first)
{
	/* On: configured, then varied. Off: varied off, so that nothing uses it, then deconfigured. */
	static const enum switch_kind order[2][3] = {
		{ SWITCH_MEASURE, SWITCH_VARY, SWITCH_CONFIGURE },
		{ SWITCH_CONFIGURE, SWITCH_VARY, SWITCH_MEASURE },
	};

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; !p->err && i < p->d->n_switches; i++) {
			const struct d_switch *v = &p->d->switches[i];
			bool early = v->then && v->kind != SWITCH_MEASURE;

			if (v->live && v->kind == order[first][k] && early == first)
				set(p, v);
		}
}
