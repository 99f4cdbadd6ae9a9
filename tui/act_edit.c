/* SPDX-License-Identifier: MIT */
#include "actions.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Staging. Several rows at once are one edit: one undo takes all of them back. */

bool no_mdev(struct app *a, const char *args, struct msg *ret_why)
{
	struct devid dev;

	if (no_row(a, args, ret_why))
		return true;
	if (*args || (app_current(a, &dev) && dev.bus == BUS_MDEV))
		return false;
	msg_make(ret_why, MSG_NOT_AN_MDEV, "device", app_current(a, &dev) ? dev.name : "", NULL);
	return true;
}

static void done(struct app *a, int r, struct msg *why)
{
	if (r < 0 && why->what)
		app_say(a, LOOK_ERROR, why);
	else if (r < 0)
		app_say_id(a, LOOK_ERROR, MSG_NO_MEMORY, NULL);
	app_refresh(a);
}

/* What an edit that no row in sight shows has staged; depth is the undo depth before it. */
static void say_staged(struct app *a, size_t depth)
{
	static const char back[] = "take back what is staged for ";
	const char *text = session_undo_text(a->session, 0);

	if (session_undo_depth(a->session) <= depth || !text)
		return;
	if (str_starts(text, back))
		app_say_id(a, LOOK_PLAIN, MSG_UNSTAGED, text + strlen(back));
	else
		app_say_id(a, LOOK_PLAIN, MSG_STAGED_EDIT, text);
}

static bool goes_to_guests(struct app *a, const struct devid *dev)
{
	const char *guest = rules_guest_driver(session_inventory(a->session), dev);
	struct facts f;

	session_facts(a->session, dev, &f);
	return guest && str_eq(f.wanted ? f.wanted : f.bound, guest);
}

/* Adds one device's driver to a wish; false: it can't be given away, *blocked says why. */
static bool add_driver(struct app *a, const struct devid *dev, const char *driver, struct wish *w,
		       struct facts *f)
{
	struct wish_driver entry = { .dev = *dev, .reach = a->reach };

	session_facts(a->session, dev, f);
	if (!driver)
		driver = rules_guest_driver(session_inventory(a->session), dev);
	if (!driver || (*driver && f->blocked[0]))
		return false;
	snprintf(entry.driver, sizeof(entry.driver), "%s", driver);
	return wish_set_driver(w, &entry) == 0;
}

/* driver NULL: the one that gives each device to guests; "" back to the host. */
static void stage_many(struct app *a, const struct devid *devs, size_t n, const char *driver)
{
	struct msg why = { 0 };
	struct wish w = { 0 };
	struct facts f = { 0 };
	size_t staged = 0;
	const struct devid *refused = NULL;
	char count[24], missed[24], reason[96] = "";
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (add_driver(a, &devs[i], driver, &w, &f)) {
			staged++;
		} else if (!refused) {
			refused = &devs[i];
			snprintf(reason, sizeof(reason), "%s",
				 f.blocked[0] ? f.blocked : "no driver gives it to guests");
		}
	}
	if (staged)
		r = session_merge(a->session, &w, &why);
	wish_done(&w);
	done(a, r, &why);
	if (r < 0)
		return;
	snprintf(count, sizeof(count), "%zu", staged);
	snprintf(missed, sizeof(missed), "%zu", n - staged);
	if (refused)
		msg_make(&why, MSG_STAGED_SOME, "n", count, "refused", missed, "device",
			 refused->name, "why", reason, NULL);
	else
		msg_make(&why, MSG_STAGED_MANY, "n", count, NULL);
	app_say(a, refused ? LOOK_WARN : LOOK_PLAIN, &why);
}

/* Would this entry ask for nothing but what is there, or staged, already? */
static bool asks_nothing(const struct wish_mdev *m, const struct d_mdev *d)
{
	return !m->delete &&!(m->fields & ~(unsigned)(WM_ACTIVE | WM_DEFINED | WM_START)) &&
	       (!(m->fields & WM_ACTIVE) || m->active == d->active_now) &&
	       (!(m->fields & WM_DEFINED) || m->defined == (d->def != NULL)) &&
	       (!(m->fields & WM_START) || (d->def && m->start == d->start_now));
}

/* Starting from what is staged already, so that fields set before stay. */
static int set_mdev(struct app *a, const struct devid *dev,
		    void (*change)(struct wish_mdev *m, const struct d_mdev *d), struct msg *reterr)
{
	const struct wish_mdev *old = wish_mdev_of(session_wish(a->session), dev->name);
	const struct desired *d = session_desired(a->session);
	const struct d_mdev *found = NULL;
	struct wish_mdev entry = { .defined = true };

	for (size_t i = 0; i < d->n_mdevs && !found; i++)
		if (!strcmp(d->mdevs[i].uuid, dev->name))
			found = &d->mdevs[i];
	if (dev->bus != BUS_MDEV || !found) {
		msg_make(reterr, MSG_NOT_AN_MDEV, "device", dev->name, NULL);
		return -EINVAL;
	}
	if (old)
		entry = *old; /* borrowed: session_set_mdev copies */
	memcpy(entry.uuid, found->uuid, sizeof(entry.uuid));
	entry.reach = a->reach;
	change(&entry, found);
	if (!old && asks_nothing(&entry, found))
		return 0;
	return session_set_mdev(a->session, &entry, reterr);
}

static void say_unchanged(struct app *a, const struct devid *dev)
{
	struct msg m = { 0 };

	msg_make(&m, MSG_NOTHING_CHANGED, "device", dev->name, NULL);
	app_say(a, LOOK_WARN, &m);
}

static void each_mdev(struct app *a, const char *args,
		      void (*change)(struct wish_mdev *m, const struct d_mdev *d))
{
	CLEANUP(freep) struct devid *devs = NULL;
	size_t n = 0, depth = session_undo_depth(a->session);
	struct msg why = { 0 };
	int r = app_targets(a, args, &devs, &n, &why);

	for (size_t i = 0; i < n && r == 0; i++)
		r = set_mdev(a, &devs[i], change, &why);
	done(a, r, &why);
	if (r == 0 && n && session_undo_depth(a->session) == depth)
		say_unchanged(a, &devs[0]);
	else if (r == 0 && n == 1 && *args)
		say_staged(a, depth);
}

static void change_toggle(struct wish_mdev *m, const struct d_mdev *d)
{
	m->fields |= WM_ACTIVE;
	m->active = !d->active_then;
	m->delete = false;
}

static void change_start(struct wish_mdev *m, const struct d_mdev *d)
{
	(void)d;
	m->fields |= WM_ACTIVE;
	m->active = true;
	m->delete = false;
}

static void change_stop(struct wish_mdev *m, const struct d_mdev *d)
{
	(void)d;
	m->fields |= WM_ACTIVE;
	m->active = false;
}

static void change_define(struct wish_mdev *m, const struct d_mdev *d)
{
	(void)d;
	m->fields |= WM_DEFINED;
	m->defined = true;
	m->delete = false;
}

static void change_undefine(struct wish_mdev *m, const struct d_mdev *d)
{
	(void)d;
	m->fields |= WM_DEFINED;
	m->defined = false;
}

static void change_autostart(struct wish_mdev *m, const struct d_mdev *d)
{
	m->fields |= WM_START;
	m->start = d->defined_then && d->start_then == START_AUTO ? START_MANUAL : START_AUTO;
}

static void change_delete(struct wish_mdev *m, const struct d_mdev *d)
{
	(void)d;
	m->delete = true;
}

void act_start(struct app *a, const char *args)
{
	each_mdev(a, args, change_start);
}

void act_stop(struct app *a, const char *args)
{
	each_mdev(a, args, change_stop);
}

void act_define(struct app *a, const char *args)
{
	each_mdev(a, args, change_define);
}

void act_undefine(struct app *a, const char *args)
{
	each_mdev(a, args, change_undefine);
}

void act_autostart(struct app *a, const char *args)
{
	each_mdev(a, args, change_autostart);
}

void act_disable(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t n = 0;
	int r = app_targets(a, args, &devs, &n, &why);

	for (size_t i = 0; i < n && r == 0; i++) {
		if (devs[i].bus != BUS_MDEV) {
			msg_make(&why, MSG_NOT_AN_MDEV, "device", devs[i].name, NULL);
			r = -EINVAL;
		} else {
			r = session_disable(a->session, devs[i].name, a->reach, &why);
		}
	}
	done(a, r, &why);
}

void act_accept(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t n = 0;
	int r = app_targets(a, args, &devs, &n, &why);

	for (size_t i = 0; i < n && r == 0; i++)
		r = session_accept(a->session, &devs[i], &why);
	done(a, r, &why);
}

void act_delete(struct app *a, const char *args)
{
	each_mdev(a, args, change_delete);
}

void act_stage(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t n = 0, depth = session_undo_depth(a->session);
	bool all_guests = true;
	int r = app_targets(a, args, &devs, &n, &why);

	if (r < 0) {
		done(a, r, &why);
		return;
	}
	if (devs[0].bus == BUS_MDEV) {
		each_mdev(a, args, change_toggle);
		return;
	}
	if (n == 1) {
		r = session_toggle(a->session, &devs[0], a->reach, &why);
		done(a, r, &why);
		if (r == 0 && *args)
			say_staged(a, depth);
		return;
	}
	for (size_t i = 0; i < n; i++)
		all_guests = all_guests && goes_to_guests(a, &devs[i]);
	stage_many(a, devs, n, all_guests ? "" : NULL);
}

/* The other functions of a PCI function's IOMMU group go along: a guest gets the whole group or nothing. */
static int add_group(const struct inventory *inv, const struct devid *dev, struct devid **devs,
		     size_t *n)
{
	const struct pci_fn *fn;
	struct pciid id;

	if (dev->bus != BUS_PCI || pciid_parse(dev->name, &id) < 0)
		return 0;
	fn = inventory_pci(inv, id);
	for (size_t i = 0; fn && fn->group >= 0 && i < inv->n_pcis; i++) {
		struct devid *grown;

		if (inv->pcis[i]->group != fn->group)
			continue;
		grown = reallocarray(*devs, *n + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*devs = grown;
		grown[(*n)++] = devid_pci(inv->pcis[i]->id);
	}
	return 0;
}

void act_group(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *named = NULL;
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t n_named = 0, n = 0;
	int r = app_targets(a, args, &named, &n_named, &why);

	for (size_t i = 0; i < n_named && r == 0; i++)
		r = add_group(session_inventory(a->session), &named[i], &devs, &n);
	if (r < 0)
		done(a, r, &why);
	else if (n)
		stage_many(a, devs, n, NULL);
	else
		app_say_id(a, LOOK_WARN, MSG_NO_GROUP, named[0].name);
}

void act_unstage(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t n = 0, depth = session_undo_depth(a->session);
	int r = app_targets(a, args, &devs, &n, &why);

	for (size_t i = 0; i < n && r == 0; i++)
		r = session_unstage(a->session, &devs[i], &why);
	done(a, r, &why);
	if (r == 0 && *args)
		say_staged(a, depth);
}

void act_driver(struct app *a, const char *args)
{
	CLEANUP(freep) struct devid *devs = NULL;
	struct msg why = { 0 };
	size_t len = strcspn(args, " "), n = 0, depth = session_undo_depth(a->session);
	char driver[32];
	int r;

	if (!len || len >= sizeof(driver)) {
		app_prompt(a, "driver ");
		return;
	}
	snprintf(driver, sizeof(driver), "%.*s", (int)len, args);
	r = app_targets(a, args + len + strspn(args + len, " "), &devs, &n, &why);
	for (size_t i = 0; i < n && r == 0; i++)
		r = session_set_driver(a->session, &devs[i],
				       strcmp(driver, "host") != 0 ? driver : "", a->reach, &why);
	done(a, r, &why);
	if (r == 0 && n == 1)
		say_staged(a, depth);
}

void act_new(struct app *a, const char *args)
{
	char uuid[UUID_TEXT] = "";
	struct msg why = { 0 };
	struct devid dev;
	bool has =
		app_current(a, &dev) &&
		(inventory_parent(session_inventory(a->session), dev.name) || dev.bus == BUS_CSS);

	if (*args && uuid_normal(args, uuid) < 0) {
		msg_make(&why, MSG_BAD_UUID, "uuid", args, NULL);
		app_say(a, LOOK_WARN, &why);
		return;
	}
	app_open(a, new_mdev_dialog(a, has ? &dev : NULL, uuid));
}

void act_attrs(struct app *a, const char *args)
{
	struct devid dev;

	(void)args;
	if (app_current(a, &dev))
		app_open(a, attrs_dialog(a, dev.name));
}

void act_sriov(struct app *a, const char *args)
{
	struct msg why = { 0 };
	struct devid dev;
	size_t depth = session_undo_depth(a->session);
	char *end;
	unsigned long n = strtoul(args, &end, 10);
	int r;

	if (!isdigit((unsigned char)args[0]) || *end || n > 65535) {
		app_prompt(a, "sriov ");
		return;
	}
	if (!app_current(a, &dev))
		return;
	r = session_sriov(a->session, &dev, (unsigned)n, a->reach, &why);
	done(a, r, &why);
	if (r == 0 && session_undo_depth(a->session) == depth)
		say_unchanged(a, &dev);
}

void act_module(struct app *a, const char *args)
{
	size_t depth = session_undo_depth(a->session);
	struct devid dev = { .bus = BUS_MODULE };
	struct msg why = { 0 };
	int r;

	if (!*args) {
		app_prompt(a, "module ");
		return;
	}
	r = session_module(a->session, args, a->reach, &why);
	done(a, r, &why);
	if (r < 0)
		return;
	snprintf(dev.name, sizeof(dev.name), "%s", args);
	if (session_undo_depth(a->session) == depth)
		say_unchanged(a, &dev);
	else if (a->reach.persist && str_eq(args, "vfio_ap"))
		app_say_id(a, LOOK_PLAIN, MSG_STAGED_VFIO_AP, args);
	else
		say_staged(a, depth);
}

void act_reach(struct app *a, const char *args)
{
	static const struct {
		const char *word, *text;
		struct reach reach;
	} steps[] = {
		{ "both", "now and at boot", { true, true } },
		{ "now", "now only: a reboot takes them back", { true, false } },
		{ "boot", "the next boot only: nothing changes now", { false, true } },
	};
	size_t next = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (*args ? !strcmp(steps[i].word, args)
			  : steps[i].reach.live == a->reach.live &&
				    steps[i].reach.persist == a->reach.persist)
			next = *args ? i : (i + 1) % ARRAY_SIZE(steps);
	a->reach = steps[next].reach;
	app_say_id(a, LOOK_PLAIN, MSG_REACH, steps[next].text);
}
