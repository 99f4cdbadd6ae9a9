/* SPDX-License-Identifier: MIT */
/* A reboot: each bus forgets what only its memory held, then the kernel finds the devices again. */
#include "sim_tree.h"

int sim_reboot(struct sys *sys)
{
	struct sim *sim = sim_of(sys);
	int e = 0;

	/* Nobody is left to read what was sent before. */
	sim_forget_events(sim);
	for (const struct sim_bus *const *bus = sim_buses; *bus && e == 0; bus++)
		e = (*bus)->reboot ? (*bus)->reboot(sim) : 0;
	e = e < 0 ? e : sim_module_boot(sim);
	return e < 0 ? e : sim_keep_now(sim);
}
