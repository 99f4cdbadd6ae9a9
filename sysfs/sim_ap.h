/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the simulated AP bus say to each other: the bus with its masks (sim_ap.c), the
 * scan which makes cards
 * and queues of what the hardware has (sim_ap_scan.c), vfio_ap and its matrices (sim_ap_mdev.c).
 *
 * Rule: below /.sim/ap lies what sysfs does not say: hw/ the hardware as the support element has
 * it, shadow/ what each
 * matrix gives its guest, and the counters of the bus.
 */
#ifndef SIM_AP_H
#define SIM_AP_H

#include "sim_text.h"
#include "sim_tree.h"

enum { AP_TEXT = SIM_MASK_TEXT };

struct ap_matrix {
	struct sim_mask apm, aqm, adm;
};

/* An attribute of a directory, "" if there is none. */
const char *ap_attr(const struct sim *sim, const char *dev, const char *name);
struct sim_mask ap_mask(const struct sim *sim, const char *path);
int ap_put_mask(struct sim *sim, const char *path, unsigned mode, const struct sim_mask *m);
/* Is this "05.0004"? */
bool ap_queue_id(const char *name, unsigned *ret_card, unsigned *ret_domain);
bool ap_card_id(const char *name, unsigned *ret_card);
void ap_queue_path(char ret[static SIM_PATH], unsigned card, unsigned domain);
const char *ap_driver_of(const struct sim *sim, const char *dev);

/* The devices of the bus in the order in which they came: bus_for_each_dev(). */
int ap_devices(const struct sim *sim, struct buf *ret_names);
bool ap_reserved(const struct sim *sim, unsigned card, unsigned domain); /* by both masks */
/* ap_apqn_in_matrix_owned_by_def_drv() */
bool ap_owned_by_host(const struct sim *sim, const struct ap_matrix *m);
unsigned
ap_overrides(const struct sim
		     *sim); /* the kernel's counter, which a vanished queue does not decrement */
void ap_check_bindings(struct sim *sim); /* ap_check_bindings_complete() */

/* The hardware and the scan (sim_ap_scan.c) */
int ap_scan(struct sim *sim);
int ap_poke(struct sim *sim, char **words);
int ap_directive(struct sim *sim, char **words, const char **expected);
int ap_configure(struct sim *sim, unsigned card, bool on); /* the adapter's state in the hardware */
int ap_reboot(struct sim *sim);
int ap_put_bus(struct sim *sim); /* what every machine with AP has; made once */

/* vfio_ap (sim_ap_mdev.c) */
extern const struct sim_hook ap_mdev_hooks[];
/* Does an mdev have a queue of these adapters and domains? vfio_ap_mdev_resource_in_use() */
bool ap_mdev_in_use(const struct sim *sim, const struct sim_mask *apm, const struct sim_mask *aqm);
void ap_mdev_queue_added(struct sim *sim, unsigned card, unsigned domain);
void ap_mdev_queue_gone(struct sim *sim, unsigned card, unsigned domain);
/* The host's configuration changed: before the scan, and after it. */
void ap_mdev_config_changed(struct sim *sim, const struct ap_matrix *was,
			    const struct ap_matrix *now);
void ap_mdev_scan_complete(struct sim *sim, const struct ap_matrix *was,
			   const struct ap_matrix *now);
int ap_mdev_module(struct sim *sim);
void ap_mdev_unload(struct sim *sim);
int ap_status_read(struct sim *sim, const struct sim_call *call, struct buf *ret);

#endif
