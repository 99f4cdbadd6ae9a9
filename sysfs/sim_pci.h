/* SPDX-License-Identifier: MIT */
/*
 * PCI functions of the simulated machine, shared by its files sim_pci*.c.
 *
 * Rule: the words of a function's directive are kept below /.sim/pci; the function below /sys is
 * made from them, at the
 * start, after a reboot, and when a slot is switched on again.
 */
#ifndef SIM_PCI_H
#define SIM_PCI_H

#include "sim_tree.h"

enum { PCI_NAME = 16, PCI_VALUE = 256, PCI_PATH = 320 };

/* A word of the function's directive, "driver" of "driver=nvme"; "" if it was not given. */
char *pci_word(const struct sim *sim, const char *name, const char *key,
	       char ret[static PCI_VALUE]);
unsigned long pci_number(const struct sim *sim, const char *name, const char *key, int base,
			 unsigned long none);
/* "/sys/devices/pci0000:3b/0000:3b:00.0", or below the bridges that the word "at" names. */
char *pci_path(const struct sim *sim, const char *name, char ret[static PCI_PATH]);

/* Shows a function whose words are known, and lets a driver have it. */
int pci_add(struct sim *sim, const char *name);
void pci_del(struct sim *sim, const char *name);

/* Virtual functions (sim_sriov.c). */
int sriov_write(struct sim *sim, const struct sim_call *call);
int sriov_autoprobe(struct sim *sim, const struct sim_call *call);
void sriov_disable(struct sim *sim, const char *name);

/* Slots (sim_pci_slot.c). */
int slot_add(struct sim *sim, const char *name);
int slot_write(struct sim *sim, const struct sim_call *call);

/* Drivers (sim_pci_driver.c). */
int pci_driver_module(struct sim *sim, const char *module);
int pci_new_id(struct sim *sim, const struct sim_call *call);
int pci_remove_id(struct sim *sim, const struct sim_call *call);

/* Mediated device types of a function, "mdevtype" directives (sim_pci_types.c). */
int pci_types_take(struct sim *sim, char **words, const char **expected);
void pci_types_register(struct sim *sim, const char *dev);
void pci_types_unregister(struct sim *sim, const char *dev);

#endif
