/* SPDX-License-Identifier: MIT */
/*
 * What the halves of the simulated channel subsystem say to each other.
 *
 * Rule: what Linux has taken away but the hardware still has is parked: /.sim/ccw/DEVICE a channel
 * device without a
 * driver on its subchannel, /.sim/css/SUBCHANNEL a subchannel which cio_ignore hides.
 */
#ifndef SIM_CSS_H
#define SIM_CSS_H

#include "sim_tree.h"

/* ccw devices, by real path */
int sim_ccw_online(struct sim *sim, const char *dev);  /* ccw_device_set_online() */
int sim_ccw_offline(struct sim *sim, const char *dev); /* ccw_device_set_offline() */
/* The ccw device below a subchannel: appears, or goes back to the hardware. */
int sim_ccw_register(struct sim *sim, const char *sch);
void sim_ccw_unregister(struct sim *sim, const char *sch);
int sim_ccw_put(struct sim *sim,
		const char *dev); /* a device of which nothing but its number is known */
/* The real path of a subchannel's ccw device; false: it has none now. */
bool sim_ccw_of(const struct sim *sim, const char *sch, char ret[static SIM_PATH]);

/* cio_ignore (sim_cio.c) */
bool sim_cio_ignored(const struct sim *sim, const char *busid);
int sim_cio_boot(struct sim *sim); /* the list as the kernel's command line says */
extern const struct sim_hook sim_cio_hooks[];
void sim_chp_reboot(struct sim *sim);
int sim_chp_directive(struct sim *sim, char **words, const char **expected);
/* sim_cmf.c: a device's measurements go with it; all channel paths measured or not, 0 or -ENOMEM. */
void sim_cmf_forget(struct sim *sim, const char *dev);
int sim_cm_switch(struct sim *sim, bool on);
/* NAME=VALUE among words[from..]; NULL: not there; "" for a bare NAME. */
const char *sim_word(char **words, int from, const char *name);

int sim_css_directive(struct sim *sim, char **words, const char **expected);
/* Which paths an I/O subchannel can use: installed, available, varied on. */
unsigned sim_css_paths(const struct sim *sim, const char *sch);

/*
 * css: a subchannel comes and goes as css_register_subchannel() and css_sch_device_unregister()
 * have it.
 */
int sim_css_register(struct sim *sim, const char *busid);
void sim_css_unregister(struct sim *sim, const char *busid);

#endif
