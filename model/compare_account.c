/* SPDX-License-Identifier: MIT */
/* The list of facts itself: entries, their order, and how devices are labelled. */
#include "compare_part.h"

#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const account_facts[FACT_COUNT] = {
	[FACT_DEVICE] = "device",
	[FACT_MACHINE] = "machine",
	[FACT_KERNEL] = "kernel",
	[FACT_GRANTED_ADAPTERS] = "adapters of this host",
	[FACT_GRANTED_DOMAINS] = "usage domains of this host",
	[FACT_GRANTED_CONTROL] = "control domains of this host",
	[FACT_NUMBER] = "device number",
	[FACT_TYPE] = "type",
	[FACT_PATHS] = "channel paths",
	[FACT_USABLE] = "usable channel paths",
	[FACT_CONFIGURED] = "configured",
	[FACT_CHECKSTOP] = "checkstopped",
	[FACT_VARY] = "varied on",
	[FACT_PCHID] = "PCHID",
	[FACT_SPEED] = "speed",
	[FACT_GROUP] = "IOMMU group",
	[FACT_FID] = "function id",
	[FACT_APMASK] = "apmask",
	[FACT_AQMASK] = "aqmask",
	[FACT_MODULE] = "loaded",
	[FACT_DRIVER] = "driver",
	[FACT_OVERRIDE] = "driver override",
	[FACT_ONLINE] = "online",
	[FACT_MEASURED] = "measured",
	[FACT_CM_ENABLE] = "channel paths measured",
	[FACT_VFS] = "virtual functions",
	[FACT_MDEV] = "mediated device",
	[FACT_MDEV_TYPE] = "type",
	[FACT_PARENT] = "parent",
	[FACT_ADAPTERS] = "adapters",
	[FACT_DOMAINS] = "usage domains",
	[FACT_CONTROL] = "control domains",
	[FACT_GUEST_ADAPTERS] = "adapters the guest gets",
	[FACT_GUEST_DOMAINS] = "usage domains the guest gets",
	[FACT_USED_BY] = "used by",
	[FACT_CMDLINE] = "kernel command line",
	[FACT_TOOLS] = "tools",
	[FACT_IGNORED] = "devices ignored at boot",
	[FACT_AUTOLOAD] = "modules loaded at boot",
	[FACT_RULE_APMASK] = "apmask at boot",
	[FACT_RULE_AQMASK] = "aqmask at boot",
	[FACT_BOOT_DRIVER] = "driver override at boot",
	[FACT_DEFINITION] = "definition",
	[FACT_DEF_TYPE] = "defined type",
	[FACT_START] = "start",
	[FACT_DEF_ADAPTERS] = "defined adapters",
	[FACT_DEF_DOMAINS] = "defined usage domains",
	[FACT_DEF_CONTROL] = "defined control domains",
	[FACT_ATTRS] = "defined attributes",
	[FACT_NAMED_BY] = "guest's definition",
	[FACT_AFTER] = "after reboot",
};

void account_done(struct account *account)
{
	for (size_t i = 0; i < account->n; i++) {
		free(account->v[i].of);
		free(account->v[i].value);
	}
	free(account->v);
	*account = (struct account){ 0 };
}

/* A capture has no passwords; compared with the host itself they are not said either. */
static char *cleaned(const struct entry *e, const char *value)
{
	CLEANUP(buf_done) struct buf clean = { 0 };
	bool some;

	if (e->group != COMPARE_DEFINITIONS)
		return strdup(value);
	return record_clean(value, strlen(value), &clean, &some) < 0 ? NULL : buf_take(&clean);
}

static void add(struct account *account, const struct entry *e, const char *of, const char *value)
{
	struct entry made = *e;

	if (!value || account->err)
		return;
	made.of = strdup(of);
	made.value = cleaned(e, value);
	if (made.of && made.value &&
	    array_grow(&account->v, account->n, &account->cap, sizeof(made)) == 0) {
		account->v[account->n++] = made;
		return;
	}
	free(made.of);
	free(made.value);
	account->err = -ENOMEM;
}

static const struct devid host;

void account_add(struct account *account, enum compare_group group, const struct devid *dev,
		 enum fact fact, const char *value)
{
	struct entry e = { .group = group, .dev = dev ? *dev : host, .fact = fact };

	add(account, &e, "", value);
}

void account_addf(struct account *account, enum compare_group group, const struct devid *dev,
		  enum fact fact, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (r < 0)
		account->err = r;
	else
		account_add(account, group, dev, fact, buf_str(&text));
}

void account_thing(struct account *account, enum compare_group group, const struct devid *dev,
		   const char *of, enum fact fact, const char *value)
{
	struct entry e = { .group = group, .dev = *dev, .fact = fact, .kind = ENTRY_THING };

	add(account, &e, of, value);
}

void account_kept(struct account *account, const struct devid *dev, enum fact fact,
		  const char *value)
{
	struct entry e = {
		.group = COMPARE_DEFINITIONS, .dev = *dev, .fact = fact, .kind = ENTRY_KEPT
	};

	add(account, &e, "", value);
}

void account_yes_no(struct account *account, enum compare_group group, const struct devid *dev,
		    enum fact fact, tri_t value)
{
	account_add(account, group, dev, fact, value < 0 ? NULL : value ? "yes" : "no");
}

void account_mask(struct account *account, enum compare_group group, const struct devid *dev,
		  enum fact fact, const struct ap_mask *mask, bool domains)
{
	char text[2048];

	mask_shown(mask, domains, text, sizeof(text));
	account_add(account, group, dev, fact, *text ? text : "none");
}

int entry_cmp(const struct entry *a, const struct entry *b)
{
	int r = (int)a->group - (int)b->group;

	r = r ? r : devid_cmp(&a->dev, &b->dev);
	r = r ? r : (int)a->fact - (int)b->fact;
	return r ? r : strcmp(a->of, b->of);
}

static int cmp_entries(const void *a, const void *b)
{
	return entry_cmp(a, b);
}

/* A subchannel is known by the number of the device behind it. */
void account_label(const struct session *s, const struct entry *e, char *text, size_t size)
{
	const struct subch *sch = NULL;
	char id[DEVID_TEXT];
	struct ccwid number;

	if (e->dev.bus == BUS_NONE) {
		*text = '\0';
		return;
	}
	if (e->dev.bus == BUS_CSS && ccwid_parse(e->dev.name, &number) == 0)
		sch = inventory_subch(session_inventory(s), number);
	if (sch && sch->has_dev && e->fact != FACT_NUMBER)
		snprintf(text, size, "%s", devid_ccw(sch->dev).name);
	else if (e->dev.bus == BUS_CHP)
		snprintf(text, size, "CHPID %s", e->dev.name);
	else if (e->dev.bus == BUS_CSS)
		snprintf(text, size, "%s", devid_text(&e->dev, id));
	else
		snprintf(text, size, "%s", e->dev.name);
}

int account_make(const struct session *s, unsigned without, struct account *ret)
{
	struct account made = { .s = s, .without = without };

	account_devices(&made);
	account_definitions(&made);
	if (made.err) {
		int err = made.err;

		account_done(&made);
		return err;
	}
	if (made.n)
		qsort(made.v, made.n, sizeof(*made.v), cmp_entries);
	*ret = made;
	return 0;
}
