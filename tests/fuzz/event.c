/* SPDX-License-Identifier: MIT */
/* What the kernel and udev tell of devices: action, subsystem, path and variables in lines; the scan that follows. */
#include "fuzz.h"
#include "inventory.h"

#include <stdio.h>

enum { EVENTS_MAX = 16, VARIABLES_MAX = 8 };

static void take_event(const uint8_t **data, size_t *size, struct sys_event *e)
{
	CLEANUP(freep) char *action = fuzz_line(data, size);
	CLEANUP(freep) char *subsystem = fuzz_line(data, size);
	CLEANUP(freep) char *path = fuzz_line(data, size);

	snprintf(e->action, sizeof(e->action), "%s", action);
	snprintf(e->subsystem, sizeof(e->subsystem), "%s", subsystem);
	snprintf(e->devpath, sizeof(e->devpath), "%s", path);
	for (int i = 0; i < VARIABLES_MAX && *size; i++) {
		CLEANUP(freep) char *variable = fuzz_line(data, size);

		if (!*variable)
			break;
		MUST(buf_add_name(&e->env, variable) == 0);
	}
}

/* The scan before any event is the same each time, so it is made once. */
static struct inventory *before(struct sys *sys, struct strtab **tab)
{
	static struct strtab *kept_tab;
	static struct inventory *kept;

	if (!kept) {
		kept_tab = strtab_new();
		MUST(kept_tab && inventory_scan(sys, kept_tab, &kept) == 0);
	}
	*tab = kept_tab;
	return inventory_ref(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tops[] = { "/sys", NULL };
	CLEANUP(sys_freep) struct sys *sys = fuzz_machine(tops, NULL, 0);
	struct strtab *tab;
	struct inventory *inv = before(sys, &tab), *next = NULL;

	for (int i = 0; i < EVENTS_MAX && size; i++) {
		struct sys_event e = { 0 };

		take_event(&data, &size, &e);
		MUST(inventory_event(inv, sys, tab, &e, &next) == 0);
		inventory_unref(inv);
		inv = next;
		sys_event_done(&e);
	}
	inventory_unref(inv);
	return 0;
}
