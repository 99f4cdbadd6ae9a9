/* SPDX-License-Identifier: MIT */
/*
 * What comes up after a reboot: computed from the persistent configuration.
 *
 * Rule: pure, per device; sources of the rules are udev's, driverctl's, mdevctl's and chzdev's boot
 * chains. Where the
 * outcome hangs on something nobody can know (order of two definitions that collide), it says
 * `uncertain`.
 */
#ifndef BOOT_H
#define BOOT_H

#include "desired.h"

enum boot_state { BOOT_NO, BOOT_YES, BOOT_UNCERTAIN };

struct boot_driver {
	const char *driver; /* NULL: unbound; "-" the device is not there (cio_ignore) */
	enum boot_state sure;
	const char *by; /* "driverctl", "default", "AP masks", "cio_ignore"; for people */
};

struct boot_mdev {
	enum boot_state active;
	/*
	 * for people: "manual", "mdevctl is not installed", "its parent is not bound to vfio_ccw"
	 */
	const char *why;
};

/* After the next boot, with the wish's persistent part committed. */
void boot_driver(const struct desired *d, const struct devid *dev, struct boot_driver *ret);
void boot_mdev(const struct desired *d, const struct d_mdev *m, struct boot_mdev *ret);

/*
 * Plays the programs of a boot (udev's rules, driverctl, mdevctl, kmod) on a simulated machine just
 * after
 * sim_reboot: reads its files, answers its events. 0 or -errno; failures of single devices are
 * theirs, as at a real boot.
 */
int boot_play(struct sys *sys);

#endif
