/* SPDX-License-Identifier: MIT */
/* What there is, what it is bound to, and who has it. */
#include "compare_part.h"
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct inventory *inventory(const struct account *account)
{
	return session_inventory(account->s);
}

static void device(struct account *account, const struct devid *dev)
{
	char what[128];

	inventory_what(inventory(account), dev, what, sizeof(what));
	account_thing(account, COMPARE_HARDWARE, dev, "", FACT_DEVICE, what);
}

/* Where somebody chose what to pack, a link that is not there says nothing. */
static void binding(struct account *account, const struct devid *dev, const char *driver,
		    const char *override)
{
	const char *none = inventory(account)->host.selective ? NULL : "unbound";

	account_add(account, COMPARE_BINDING, dev, FACT_DRIVER, driver ? driver : none);
	if (driver || none)
		account_add(account, COMPARE_BINDING, dev, FACT_OVERRIDE,
			    override ? override : "none");
}

static void users(struct account *account, const struct devid *dev)
{
	struct facts f;

	if (account->without & LACKS_USES)
		return;
	session_facts(account->s, dev, &f);
	account_add(account, COMPARE_ASSIGNMENT, dev, FACT_USED_BY,
		    *f.used_by ? f.used_by : "nobody");
}

/* The paths of a mask by their CHPIDs. */
static void paths(struct account *account, const struct devid *dev, enum fact fact,
		  const struct subch *sch, uint8_t mask)
{
	char text[8 * 3 + 1] = "none";
	size_t n = 0;

	for (size_t i = 0; i < 8; i++)
		if (mask & 0x80 >> i)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%02x", n ? " " : "",
					      sch->chpids[i]);
	account_add(account, COMPARE_HARDWARE, dev, fact, text);
}

/* The type is the CCW device's, which is there only while the host has it. */
static void subchannel(struct account *account, const struct subch *sch)
{
	struct devid dev = devid_css(sch->id);
	char type[64];

	device(account, &dev);
	account_add(account, COMPARE_HARDWARE, &dev, FACT_NUMBER,
		    sch->has_dev ? devid_ccw(sch->dev).name : "none");
	names_subch(sch, type, sizeof(type));
	account_add(account, COMPARE_HARDWARE, &dev, FACT_TYPE, sch->ccw ? type : NULL);
	paths(account, &dev, FACT_PATHS, sch, sch->pim);
	paths(account, &dev, FACT_USABLE, sch, sch->pim & sch->pam & sch->pom);
	binding(account, &dev, sch->driver, sch->override);
	account_yes_no(account, COMPARE_BINDING, &dev, FACT_ONLINE, sch->ccw ? sch->online : -1);
	account_yes_no(account, COMPARE_BINDING, &dev, FACT_MEASURED,
		       sch->ccw ? sch->measured : -1);
	users(account, &dev);
}

static void channel_path(struct account *account, const struct chp *chp)
{
	static const char *const states[] = { "standby", "configured", "reserved",
					      "not recognised" };
	struct devid dev = devid_chp(chp->id);
	const char *type = names_chp(chp->type);

	device(account, &dev);
	if (chp->type >= 0)
		account_addf(account, COMPARE_HARDWARE, &dev, FACT_TYPE, "%02x%s%s",
			     (unsigned)chp->type, type ? " " : "", type ? type : "");
	if (chp->configured >= 0 && (size_t)chp->configured < ARRAY_SIZE(states))
		account_add(account, COMPARE_HARDWARE, &dev, FACT_CONFIGURED,
			    states[chp->configured]);
	if (chp->chid >= 0)
		account_addf(account, COMPARE_HARDWARE, &dev, FACT_PCHID, "%04x",
			     (unsigned)chp->chid);
	account_yes_no(account, COMPARE_HARDWARE, &dev, FACT_VARY, chp->online);
	account_add(account, COMPARE_HARDWARE, &dev, FACT_SPEED, chp->speed);
}

static void card(struct account *account, const struct ap_card *c)
{
	struct devid dev = { .bus = BUS_AP };
	char type[64];

	snprintf(dev.name, sizeof(dev.name), "card%02x", (unsigned)c->id);
	device(account, &dev);
	names_card(c, type, sizeof(type));
	account_add(account, COMPARE_HARDWARE, &dev, FACT_TYPE, type);
	account_yes_no(account, COMPARE_HARDWARE, &dev, FACT_CONFIGURED, c->config);
	account_yes_no(account, COMPARE_HARDWARE, &dev, FACT_CHECKSTOP, c->chkstop);
	account_yes_no(account, COMPARE_BINDING, &dev, FACT_ONLINE, c->online);
}

static void queue(struct account *account, const struct ap_queue *q)
{
	struct devid dev = devid_queue(q->id);

	device(account, &dev);
	account_yes_no(account, COMPARE_HARDWARE, &dev, FACT_CONFIGURED, q->config);
	account_yes_no(account, COMPARE_HARDWARE, &dev, FACT_CHECKSTOP, q->chkstop);
	binding(account, &dev, q->driver, q->override);
	account_yes_no(account, COMPARE_BINDING, &dev, FACT_ONLINE, q->online);
	users(account, &dev);
}

static void crypto(struct account *account)
{
	const struct inventory *inv = inventory(account);
	const struct ap_bus *ap = &inv->ap;

	if (ap->masks_known) {
		account_mask(account, COMPARE_BINDING, NULL, FACT_APMASK, &ap->apmask, false);
		account_mask(account, COMPARE_BINDING, NULL, FACT_AQMASK, &ap->aqmask, true);
	}
	if (ap->config_known) {
		account_mask(account, COMPARE_HARDWARE, NULL, FACT_GRANTED_ADAPTERS, &ap->adapters,
			     false);
		account_mask(account, COMPARE_HARDWARE, NULL, FACT_GRANTED_DOMAINS, &ap->domains,
			     true);
		account_mask(account, COMPARE_HARDWARE, NULL, FACT_GRANTED_CONTROL, &ap->control,
			     true);
	}
	for (size_t i = 0; i < inv->n_cards; i++)
		card(account, inv->cards[i]);
	for (size_t i = 0; i < inv->n_queues; i++)
		queue(account, inv->queues[i]);
}

static void function(struct account *account, const struct pci_fn *fn)
{
	struct devid dev = devid_pci(fn->id);

	device(account, &dev);
	account_addf(account, COMPARE_HARDWARE, &dev, FACT_TYPE, "%04x:%04x", fn->vendor,
		     fn->device);
	if (fn->group >= 0)
		account_addf(account, COMPARE_HARDWARE, &dev, FACT_GROUP, "%d", fn->group);
	if (fn->fid >= 0)
		account_addf(account, COMPARE_HARDWARE, &dev, FACT_FID, "%#" PRIx64,
			     (uint64_t)fn->fid);
	binding(account, &dev, fn->driver, fn->override);
	if (fn->vfs >= 0)
		account_addf(account, COMPARE_BINDING, &dev, FACT_VFS, "%d", fn->vfs);
	users(account, &dev);
}

static void mediated(struct account *account, const struct mdev *m)
{
	struct devid dev = { .bus = BUS_MDEV };
	CLEANUP(buf_done) struct buf what = { 0 };

	memcpy(dev.name, m->uuid, UUID_TEXT);
	if (buf_printf(&what, "%s on %s", m->type ? m->type : "?", m->parent ? m->parent : "?") < 0)
		return;
	account_thing(account, COMPARE_ASSIGNMENT, &dev, "", FACT_MDEV, buf_str(&what));
	account_add(account, COMPARE_ASSIGNMENT, &dev, FACT_MDEV_TYPE, m->type);
	account_add(account, COMPARE_ASSIGNMENT, &dev, FACT_PARENT, m->parent);
	users(account, &dev);
	if (!str_eq(m->type, "vfio_ap-passthrough"))
		return;
	account_mask(account, COMPARE_ASSIGNMENT, &dev, FACT_ADAPTERS, &m->matrix->adapters, false);
	account_mask(account, COMPARE_ASSIGNMENT, &dev, FACT_DOMAINS, &m->matrix->domains, true);
	account_mask(account, COMPARE_ASSIGNMENT, &dev, FACT_CONTROL, &m->matrix->control, true);
	account_mask(account, COMPARE_ASSIGNMENT, &dev, FACT_GUEST_ADAPTERS, &m->guest->adapters,
		     false);
	account_mask(account, COMPARE_ASSIGNMENT, &dev, FACT_GUEST_DOMAINS, &m->guest->domains,
		     true);
}

static void modules(struct account *account)
{
	const struct inventory *inv = inventory(account);

	for (size_t i = 0; i < inv->n_modules; i++) {
		struct devid dev = { .bus = BUS_MODULE };

		snprintf(dev.name, sizeof(dev.name), "%s", inv->modules[i].name);
		account_yes_no(account, COMPARE_BINDING, &dev, FACT_MODULE, inv->modules[i].loaded);
	}
}

void account_devices(struct account *account)
{
	const struct inventory *inv = inventory(account);

	account_add(account, COMPARE_HARDWARE, NULL, FACT_MACHINE, inv->host.machine);
	account_add(account, COMPARE_HARDWARE, NULL, FACT_KERNEL, inv->host.kernel);
	for (size_t i = 0; i < inv->n_subchs && !(account->without & LACKS_CSS); i++)
		subchannel(account, inv->subchs[i]);
	for (size_t i = 0; i < inv->n_chps && !(account->without & LACKS_CSS); i++)
		channel_path(account, &inv->chps[i]);
	if (!(account->without & LACKS_CSS))
		account_yes_no(account, COMPARE_BINDING, NULL, FACT_CM_ENABLE, inv->cm_enable);
	if (!(account->without & LACKS_AP))
		crypto(account);
	for (size_t i = 0; i < inv->n_pcis && !(account->without & LACKS_PCI); i++)
		function(account, inv->pcis[i]);
	for (size_t i = 0; i < inv->n_mdevs && !(account->without & LACKS_MDEV); i++)
		mediated(account, inv->mdevs[i]);
	if (!(account->without & LACKS_MODULES))
		modules(account);
}
