/* SPDX-License-Identifier: MIT */
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct view *const views[] = { &view_channel, &view_ap, &view_pci, &view_mdev,
					    &view_chp };

const struct view *view_for_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		if (!strcmp(views[i]->word, word) || !strcmp(views[i]->name, word))
			return views[i];
	return NULL;
}

int view_column(const struct view *v, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < v->n_columns; i++)
		if (!strcasecmp(v->columns[i].key, key) || !strcasecmp(v->columns[i].title, key))
			return (int)i;
	for (size_t i = 0; i < v->n_columns && n; i++)
		if (!strncasecmp(v->columns[i].key, key, n) ||
		    !strncasecmp(v->columns[i].title, key, n))
			return (int)i;
	return -1;
}

const char *tri_word(int tri, const char *yes, const char *no)
{
	return tri > 0 ? yes : tri == 0 ? no : "";
}

/* -- the five facts -- */

static const char *driver_word(const char *driver)
{
	if (!driver || !*driver)
		return driver ? "unbound" : "-";
	/* Nothing in the kernel is called so, but driverctl's word for no driver is: a driver of that name is quoted. */
	return strcmp(driver, "none") != 0 ? driver : "\"none\"";
}

int cell_bound(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	const char *guest = rules_guest_driver(session_inventory(s), row);
	struct facts f;

	session_facts(s, row, &f);
	if (f.bound && guest && !strcmp(f.bound, guest))
		*look = LOOK_GUEST;
	if (!f.bound && session_inventory(s)->host.lacks_of & LACKS_LINKS)
		return buf_adds(ret, "not known");
	return buf_adds(ret, driver_word(f.bound));
}

static const struct d_sriov *staged_vfs(const struct session *s, const struct devid *row)
{
	const struct desired *d = session_desired(s);

	for (size_t i = 0; i < d->n_sriov; i++)
		if (devid_eq(&d->sriov[i].dev, row) && d->sriov[i].now != d->sriov[i].then)
			return &d->sriov[i];
	return NULL;
}

int cell_wanted(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	const struct d_sriov *vfs;
	struct facts f;

	session_facts(s, row, &f);
	if (f.wanted) {
		*look = LOOK_STAGED;
		return buf_adds(ret, *f.wanted ? f.wanted : "host");
	}
	vfs = staged_vfs(s, row);
	if (vfs) {
		*look = LOOK_STAGED;
		return buf_printf(ret, "%u VFs", vfs->then);
	}
	if (!f.blocked[0])
		return buf_adds(ret, "-");
	*look = LOOK_FAINT;
	/* What is said of a device needs not end in "device": the column is narrow. */
	if (str_ends(f.blocked, " device"))
		f.blocked[strlen(f.blocked) - strlen(" device")] = '\0';
	return buf_printf(ret, "no: %s", f.blocked);
}

int cell_after(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	struct facts f;

	session_facts(s, row, &f);
	if (f.after_sure == BOOT_UNCERTAIN) {
		*look = LOOK_WARN;
		return buf_adds(ret, "uncertain");
	}
	if (f.after_differs)
		*look = f.wanted ? LOOK_STAGED : LOOK_WARN;
	if (f.after && !strcmp(f.after, "-"))
		return buf_adds(ret, "not there");
	return buf_adds(ret, driver_word(f.after));
}

int cell_why_after(const struct session *s, const struct devid *row, struct buf *ret,
		   enum look *look)
{
	struct boot_driver boot = { 0 };

	(void)look;
	if (row->bus != BUS_CSS && row->bus != BUS_PCI &&
	    !(row->bus == BUS_AP && strchr(row->name, '.')))
		return 0;
	if (session_reading(s))
		return buf_adds(ret, "...");
	boot_driver(session_desired(s), row, &boot);
	return buf_adds(ret, boot.by ? boot.by : "");
}

int cell_used(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	struct facts f;

	(void)look;
	session_facts(s, row, &f);
	return buf_adds(ret, f.used_by[0] ? f.used_by : "free");
}

int cell_what(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	char text[128] = "";

	(void)look;
	inventory_what(session_inventory(s), row, text, sizeof(text));
	return buf_adds(ret, text);
}

int cell_override(const struct session *s, const struct devid *row, struct buf *ret,
		  enum look *look)
{
	const struct inventory *inv = session_inventory(s);
	const char *override = NULL;
	apqn_t q;

	(void)look;
	if (row->bus == BUS_CSS) {
		const struct subch *sch = inventory_subch(inv, row_subch(row));

		override = sch ? sch->override : NULL;
	} else if (row->bus == BUS_PCI) {
		struct pciid id;
		const struct pci_fn *fn =
			pciid_parse(row->name, &id) < 0 ? NULL : inventory_pci(inv, id);

		override = fn ? fn->override : NULL;
	} else if (row->bus == BUS_AP && apqn_parse(row->name, &q) == 0) {
		const struct ap_queue *queue = inventory_queue(inv, q);

		override = queue ? queue->override : NULL;
	}
	return buf_adds(ret, override ? override : "");
}

int cell_persistent(const struct session *s, const struct devid *row, struct buf *ret,
		    enum look *look)
{
	const char *driver = inventory_override(session_inventory(s), row);

	(void)look;
	return buf_adds(ret, driver ? driver : "");
}

int cell_blocked(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	struct facts f;

	(void)look;
	session_facts(s, row, &f);
	return buf_adds(ret, f.blocked);
}

int cell_mdevs(const struct session *s, const struct devid *row, struct buf *ret, enum look *look)
{
	const struct d_mdev *const *on;
	size_t n;
	int r = 0;

	(void)look;
	on = desired_mdevs_on(session_desired(s), row->name, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_printf(ret, "%s%.8s", i ? " " : "", on[i]->uuid);
	return r;
}

/* -- detail lines -- */

static int add_staged_driver(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct d_driver *d = desired_driver(session_desired(s), row);

	if (!d || (!d->live && !d->persist))
		return 0;
	return buf_printf(ret, "%s%sfrom %s to %s, %s", ret->len ? "; " : "",
			  d->implied ? "needed by another edit, " : "", driver_word(d->now),
			  d->then && *d->then ? d->then : "the host",
			  d->live && d->persist ? "now and at boot"
			  : d->live		? "now only"
						: "at boot only");
}

int add_staged_mdevs(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct d_mdev *const *on;
	size_t n;
	int r = 0;

	on = desired_mdevs_on(session_desired(s), row->name, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct d_mdev *m = on[i];
		CLEANUP(buf_done) struct buf what = { 0 };

		if (mdev_wanted(m, &what) < 0 || !what.len)
			continue;
		r = buf_printf(ret, "%s%s mediated device %.8s", ret->len ? "; " : "",
			       buf_str(&what), m->uuid);
	}
	return r;
}

static int add_staged_vfs(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct d_sriov *d = staged_vfs(s, row);

	return d ? buf_printf(ret, "%sfrom %u to %u virtual functions", ret->len ? "; " : "",
			      d->now, d->then)
		 : 0;
}

/* A device that comes back another way after a boot is said so where no column has the room. */
static int add_boot(const struct session *s, const struct devid *row, const struct facts *f,
		    struct buf *ret)
{
	CLEANUP(buf_done) struct buf why = { 0 };
	CLEANUP(buf_done) struct buf after = { 0 };
	enum look look = LOOK_PLAIN;
	int r;

	if (!f->after_differs && f->after_sure != BOOT_UNCERTAIN)
		return 0;
	r = cell_after(s, row, &after, &look);
	if (r == 0)
		r = cell_why_after(s, row, &why, &look);
	return r < 0 ? r
		     : buf_printf(ret, "; after a reboot: %s%s%s%s", buf_str(&after),
				  why.len ? " (" : "", buf_str(&why), why.len ? ")" : "");
}

/* What blocks a commit is said before what is staged: the lines are few. */
int detail_blockers(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].grade > GRADE_NOTE && f->v[i].msg.what && devid_eq(&f->v[i].dev, row))
			return buf_printf(ret, "\n%s: %s %s", grade_name(f->v[i].grade),
					  f->v[i].msg.what, f->v[i].msg.why);
	return 0;
}

/* What a commit would be told about this device, or who would miss it. */
static int add_stakes(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct findings *f = session_findings(s);
	const struct use *uses;
	size_t n_uses = 0;
	int r = 0;

	for (size_t i = 0; i < f->n; i++)
		if (devid_eq(&f->v[i].dev, row) && f->v[i].msg.what && f->v[i].grade == GRADE_NOTE)
			return buf_printf(ret, "\n%s: %s", grade_name(f->v[i].grade),
					  f->v[i].msg.what);
	uses = inventory_uses(session_inventory(s), row, &n_uses);
	for (size_t i = 0; i < n_uses && r == 0; i++)
		r = buf_printf(ret, "%s%s",
			       i ? "; " : "\nused: ", uses[i].text ? uses[i].text : uses[i].who);
	return r;
}

int detail_stakes(const struct session *s, const struct devid *row, struct buf *ret)
{
	CLEANUP(buf_done) struct buf staged = { 0 };
	const char *guest = rules_guest_driver(session_inventory(s), row);
	struct facts f;
	int r;

	session_facts(s, row, &f);
	r = detail_blockers(s, row, ret);
	if (r == 0)
		r = add_staged_driver(s, row, &staged);
	if (r == 0)
		r = add_staged_vfs(s, row, &staged);
	if (r == 0)
		r = add_staged_mdevs(s, row, &staged);
	if (r == 0 && staged.len)
		r = buf_printf(ret, "\nstaged: %s", buf_str(&staged));
	else if (r == 0 && f.blocked[0])
		r = buf_printf(ret, "\ncannot be given to a guest: %s", f.blocked);
	else if (r == 0 && guest && f.bound && !strcmp(f.bound, guest))
		/* Linux forgets what is behind a subchannel while it has no CCW device for it. */
		r = buf_printf(ret, "\nfor guests now (%s); <stage> gives it back%s", guest,
			       row->bus == BUS_CSS ? ", and its type shows again" : " to the host");
	else if (r == 0 && guest)
		r = buf_printf(ret, "\n<stage> stages it for guests (%s)", guest);
	if (r == 0)
		r = add_boot(s, row, &f, ret);
	return r < 0 ? r : add_stakes(s, row, ret);
}

size_t row_devices(const struct session *s, const struct devid *row, struct devid ret[2])
{
	const struct subch *sch = NULL;
	struct ccwid id;

	ret[0] = *row;
	if (row->bus == BUS_CSS && ccwid_parse(row->name, &id) == 0)
		sch = inventory_subch(session_inventory(s), id);
	if (!sch || !sch->has_dev)
		return 1;
	ret[1] = devid_ccw(sch->dev);
	return 2;
}

static bool is_protected(const struct session *s, const struct devid *row)
{
	struct devid devs[2];
	size_t n = row_devices(s, row, devs);

	for (size_t i = 0; i < n; i++) {
		size_t n_uses = 0;
		const struct use *u = inventory_uses(session_inventory(s), &devs[i], &n_uses);

		for (size_t k = 0; k < n_uses; k++)
			if (u[k].grade != USE_NOTE)
				return true;
	}
	return false;
}

int verdict_in_words(const struct session *s, const struct devid *row, struct buf *ret)
{
	const struct inventory *inv = session_inventory(s);
	const char *driver = rules_guest_driver(inv, row), *now;
	const char *careful =
		is_protected(s, row) ? ", but it is protected: only with an override" : "";
	const struct pci_fn *fn = NULL;
	struct pciid pci;
	char why[128];

	if (row->bus == BUS_MDEV || row->bus == BUS_CHP)
		return 0;
	now = inventory_driver(inv, row);
	if (driver && now && strstr(now, "vfio"))
		return buf_printf(ret, "it is with guests now, by the driver %s", now);
	if (row->bus == BUS_PCI && pciid_parse(row->name, &pci) == 0)
		fn = inventory_pci(inv, pci);
	if (fn && fn->vgpu_type)
		return buf_adds(ret, "not by this program: NVIDIA's own driver gives it away, once "
				     "a vGPU type is chosen");
	if (rules_blocked(inv, row, why, sizeof(why)))
		return buf_printf(ret, "no: %s", why);
	if (!driver)
		return buf_adds(ret, "no: no driver gives it away");
	return buf_printf(ret, "yes, with the driver %s%s", driver, careful);
}
