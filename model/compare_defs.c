/* SPDX-License-Identifier: MIT */
/* What is kept for the next boot, and what that boot makes of each device. */
#include "compare_part.h"

#include <errno.h>
#include <string.h>

static const struct inventory *inventory(const struct account *account)
{
	return session_inventory(account->s);
}

static void tools(struct account *account, const struct host *h)
{
	const struct {
		bool there;
		const char *name;
	} all[] = {
		{ h->has_mdevctl, "mdevctl" }, { h->has_driverctl, "driverctl" },
		{ h->has_chzdev, "chzdev" },   { h->has_libvirt, "libvirt" },
		{ h->has_qemu, "QEMU" },
	};
	CLEANUP(buf_done) struct buf text = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].there &&
		    buf_printf(&text, "%s%s", text.len ? ", " : "", all[i].name) < 0)
			account->err = -ENOMEM;
	account_add(account, COMPARE_DEFINITIONS, NULL, FACT_TOOLS, text.len ? text.data : "none");
}

static void ignored(struct account *account)
{
	const struct inventory *inv = inventory(account);
	CLEANUP(buf_done) struct buf text = { 0 };

	for (size_t i = 0; i < inv->n_ignores; i++) {
		const struct ccw_range *range = &inv->ignores[i];
		struct devid from = devid_ccw(range->from), to = devid_ccw(range->to);

		if (buf_printf(&text, "%s%s%s%s%s", text.len ? "," : "", range->ignored ? "" : "!",
			       from.name, devid_eq(&from, &to) ? "" : "-",
			       devid_eq(&from, &to) ? "" : to.name) < 0)
			account->err = -ENOMEM;
	}
	account_add(account, COMPARE_DEFINITIONS, NULL, FACT_IGNORED,
		    text.len ? text.data : "none");
}

static void autoload(struct account *account)
{
	const struct inventory *inv = inventory(account);
	CLEANUP(buf_done) struct buf names = { 0 }, text = { 0 };
	const char *name;
	int r = 0;

	for (size_t i = 0; i < inv->n_autoload && r == 0; i++)
		r = buf_add_name(&names, inv->autoload[i]);
	if (r == 0)
		r = buf_sort_names(&names);
	buf_foreach_name (&names, name)
		if (r == 0)
			r = buf_printf(&text, "%s%s", text.len ? ", " : "", name);
	if (r < 0)
		account->err = r;
	account_add(account, COMPARE_DEFINITIONS, NULL, FACT_AUTOLOAD,
		    text.len ? text.data : "none");
}

static void rule(struct account *account, const struct ap_rule *rule)
{
	static const char as_kernel[] = "as the kernel has it";

	if (rule->has_apmask)
		account_mask(account, COMPARE_DEFINITIONS, NULL, FACT_RULE_APMASK, &rule->apmask,
			     false);
	else
		account_add(account, COMPARE_DEFINITIONS, NULL, FACT_RULE_APMASK, as_kernel);
	if (rule->has_aqmask)
		account_mask(account, COMPARE_DEFINITIONS, NULL, FACT_RULE_AQMASK, &rule->aqmask,
			     true);
	else
		account_add(account, COMPARE_DEFINITIONS, NULL, FACT_RULE_AQMASK, as_kernel);
}

static struct devid mdev_id(const char *uuid)
{
	struct devid dev = { .bus = BUS_MDEV };

	memcpy(dev.name, uuid, UUID_TEXT);
	return dev;
}

static void attributes(struct account *account, const struct devid *dev, const struct mdev_def *def)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct matrix m = def_matrix(def);

	if (def->is_matrix) {
		account_mask(account, COMPARE_DEFINITIONS, dev, FACT_DEF_ADAPTERS, &m.adapters,
			     false);
		account_mask(account, COMPARE_DEFINITIONS, dev, FACT_DEF_DOMAINS, &m.domains, true);
		account_mask(account, COMPARE_DEFINITIONS, dev, FACT_DEF_CONTROL, &m.control, true);
		return;
	}
	for (size_t i = 0; i < def->n_attrs; i++)
		if (buf_printf(&text, "%s%s=%s", text.len ? ", " : "", def->attrs[i].name,
			       def->attrs[i].value) < 0)
			account->err = -ENOMEM;
	account_add(account, COMPARE_DEFINITIONS, dev, FACT_ATTRS, text.len ? text.data : "none");
}

/* A uuid may be defined for several parents: then the definitions are told apart, and what is in them is not. */
static void definition(struct account *account, const struct mdev_def *def)
{
	const struct inventory *inv = inventory(account);
	const char *start = def->start == START_AUTO ? "auto" : "manual";
	const char *type = def->type ? def->type : "?", *parent = def->parent ? def->parent : "?";
	struct devid dev = mdev_id(def->uuid);
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t same = 0;

	for (size_t i = 0; i < inv->n_defs; i++)
		same += strcmp(inv->defs[i]->uuid, def->uuid) == 0;
	if (buf_printf(&text, "%s on %s, %s", type, parent, start) < 0)
		account->err = -ENOMEM;
	account_thing(account, COMPARE_DEFINITIONS, &dev, parent, FACT_DEFINITION, buf_str(&text));
	if (same > 1)
		return;
	account_add(account, COMPARE_DEFINITIONS, &dev, FACT_DEF_TYPE, type);
	account_add(account, COMPARE_DEFINITIONS, &dev, FACT_START, start);
	attributes(account, &dev, def);
}

static void after(struct account *account, const struct devid *dev)
{
	struct facts f;

	session_facts(account->s, dev, &f);
	account_add(account, COMPARE_DEFINITIONS, dev, FACT_AFTER,
		    f.after_sure == BOOT_UNCERTAIN ? "uncertain"
		    : f.after && *f.after	   ? f.after
						   : "unbound");
}

/* Of parts that one of them lacks nothing is foretold. */
static void next_boot(struct account *account)
{
	const struct inventory *inv = inventory(account);

	if (account->without & LACKS_BOOT)
		return;
	for (size_t i = 0; i < inv->n_subchs && !(account->without & LACKS_CSS); i++) {
		struct devid dev = devid_css(inv->subchs[i]->id);

		after(account, &dev);
	}
	for (size_t i = 0; i < inv->n_queues && !(account->without & LACKS_AP); i++) {
		struct devid dev = devid_queue(inv->queues[i]->id);

		after(account, &dev);
	}
	for (size_t i = 0; i < inv->n_pcis && !(account->without & LACKS_PCI); i++) {
		struct devid dev = devid_pci(inv->pcis[i]->id);

		after(account, &dev);
	}
	for (size_t i = 0; i < inv->n_mdevs && !(account->without & LACKS_MDEV); i++) {
		struct devid dev = mdev_id(inv->mdevs[i]->uuid);

		after(account, &dev);
	}
}

void account_definitions(struct account *account)
{
	const struct inventory *inv = inventory(account);
	const struct guest_def *named = inv->guest_defs;

	account_add(account, COMPARE_DEFINITIONS, NULL, FACT_CMDLINE, inv->host.cmdline);
	next_boot(account);
	if (!(account->without & LACKS_TOOLS))
		tools(account, &inv->host);
	if (!(account->without & LACKS_BOOT))
		ignored(account);
	if (account->without & LACKS_DEFS)
		return;
	autoload(account);
	rule(account, &inv->ap_rule);
	for (size_t i = 0; i < inv->n_overrides; i++)
		account_kept(account, &inv->overrides[i].dev, FACT_BOOT_DRIVER,
			     inv->overrides[i].driver);
	for (size_t i = 0; i < inv->n_defs; i++)
		definition(account, inv->defs[i]);
	for (size_t i = 0; i < inv->n_guest_defs; i++) {
		struct devid dev = mdev_id(named[i].uuid);

		account_thing(account, COMPARE_DEFINITIONS, &dev, named[i].guest, FACT_NAMED_BY,
			      named[i].guest);
	}
}
