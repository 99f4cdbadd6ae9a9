/* SPDX-License-Identifier: MIT */
/*
 * SR-IOV: the kernel changes a number of virtual functions only from or to none (sriov_numvfs_store: EBUSY).
 */
#include "steps.h"

#include <errno.h>
#include <stdio.h>

static const struct pci_fn *fn_of(const struct planner *p, const struct devid *dev)
{
	struct pciid id;

	if (dev->bus != BUS_PCI || pciid_parse(dev->name, &id) < 0)
		return NULL;
	return inventory_pci(p->d->inv, id);
}

static const struct d_sriov *change_of(const struct planner *p, const struct devid *pf)
{
	for (size_t i = 0; i < p->d->n_sriov; i++)
		if (p->d->sriov[i].live && devid_eq(&p->d->sriov[i].dev, pf))
			return &p->d->sriov[i];
	return NULL;
}

static void foot(struct planner *p, const struct devid *pf, unsigned vfs)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", vfs);
	foot_add(p, text, "/sys/bus/pci/devices/%s/sriov_numvfs", pf->name);
}

/* What has no order that could be undone; virtual functions that come meanwhile would vanish with the driver, too. */
void steps_sriov_check(struct planner *p)
{
	for (size_t i = 0; !p->err && i < p->d->n_drivers; i++) {
		const struct d_driver *d = &p->d->drivers[i];
		const struct pci_fn *fn = d->live ? fn_of(p, &d->dev) : NULL;
		struct devid pf;

		if (!fn)
			continue;
		pf = fn->is_vf ? devid_pci(fn->physfn) : d->dev;
		if (!fn->is_vf && fn->vfs >= 0)
			foot(p, &pf, (unsigned)fn->vfs);
		if (fn->is_vf && change_of(p, &pf))
			msg_make(p->reterr, MSG_PLAN_VF_VANISHES, "device", d->dev.name, "parent",
				 pf.name, NULL);
		else if (!fn->is_vf && fn->vfs > 0 && d->now && !change_of(p, &pf))
			msg_make(p->reterr, MSG_PLAN_PF_HAS_VFS, "device", pf.name, NULL);
		else
			continue;
		p->err = -EINVAL;
	}
}

static void set_vfs(struct planner *p, const struct d_sriov *v, unsigned from, unsigned to,
		    const char *reason)
{
	struct step *s = step_new(p, STEP_SRIOV, &v->dev, "set the virtual functions of %s: %u",
				  v->dev.name, to);
	char text[16], line[16];

	snprintf(text, sizeof(text), "%u", to);
	snprintf(line, sizeof(line), "%u\n", to);
	act_set(p, &s->act, line, "/sys/bus/pci/devices/%s/sriov_numvfs", v->dev.name);
	act_expect(p, &s->act, EXPECT_VALUE, text, "/sys/bus/pci/devices/%s/sriov_numvfs",
		   v->dev.name);
	snprintf(text, sizeof(text), "%u", from);
	snprintf(line, sizeof(line), "%u\n", from);
	act_set(p, &s->undo, line, "/sys/bus/pci/devices/%s/sriov_numvfs", v->dev.name);
	act_expect(p, &s->undo, EXPECT_VALUE, text, "/sys/bus/pci/devices/%s/sriov_numvfs",
		   v->dev.name);
	step_reason(p, s, "%s", reason);
}

/*
 * Virtual functions that vanish take their overrides with them. They are let go by hand before, so that undoing makes
 * them anew and then gives them back what they had.
 */
static void let_go(struct planner *p, const struct d_sriov *v)
{
	const struct inventory *inv = p->d->inv;
	struct pciid pf;

	if (pciid_parse(v->dev.name, &pf) < 0)
		return;
	for (size_t i = 0; i < inv->n_pcis; i++) {
		const struct pci_fn *fn = inv->pcis[i];
		struct devid dev = devid_pci(fn->id), of = devid_pci(fn->physfn);
		struct d_driver d = {
			.dev = dev, .now = fn->driver, .override_now = fn->override, .live = true
		};

		if (!fn->is_vf || !devid_eq(&of, &v->dev))
			continue;
		/* Nobody shall have put it to use meanwhile. */
		foot_add(p, fn->driver, "/sys/bus/pci/devices/%s/driver", dev.name);
		if (fn->override)
			steps_driver(p, &d);
	}
}

void steps_sriov_down(struct planner *p)
{
	for (size_t i = 0; i < p->d->n_sriov; i++) {
		const struct d_sriov *v = &p->d->sriov[i];

		if (!v->live || v->now == v->then)
			continue;
		plan_block(p);
		foot(p, &v->dev, v->now);
		if (v->now == 0)
			continue;
		let_go(p, v);
		set_vfs(p, v, v->now, 0,
			v->then ? "the kernel refuses to go from one number to another directly"
				: "the virtual functions disappear");
	}
}

void steps_sriov_up(struct planner *p)
{
	for (size_t i = 0; i < p->d->n_sriov; i++) {
		const struct d_sriov *v = &p->d->sriov[i];

		if (!v->live || v->now == v->then || v->then == 0)
			continue;
		plan_block(p);
		set_vfs(p, v, 0, v->then, "the physical function makes its virtual functions");
	}
}
