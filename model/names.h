/* SPDX-License-Identifier: MIT */
/*
 * What devices are called by people: tables of IBM Z device types, and the hardware database for
 * PCI.
 *
 * Rule: a name is decoration. Nothing may depend on it, and where there is none the numbers are
 * shown.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>
#include <stdint.h>

struct strtab;
struct subch;
struct ap_card;
struct pci_fn;

/*
 * "DASD 3390-9", "OSA 1732/01", "virtio block 3832/02"; of a subchannel without CCW device "I/O
 * subchannel".
 */
void names_subch(const struct subch *r, char *text, size_t size);
/* The type alone, as a column shows it: "3390/0c", "3832/02"; "" when not known. */
void names_subch_type(const struct subch *r, char *text, size_t size);
/* "CEX8C (CCA)" */
void names_card(const struct ap_card *r, char *text, size_t size);
/* "Mellanox ... ConnectX-4 VF", else "15b3:1016 network" */
void names_pci_fn(const struct pci_fn *r, char *text, size_t size);
/* "cca", "ep11", "accelerator"; "" when not known. */
const char *names_card_mode(const struct ap_card *r);
/* "OSD", "FICON", ... of a channel path type; NULL when not known. */
const char *names_chp(int type);
/* "z16" of a machine type "3931"; NULL when not known. */
const char *names_machine(const char *type);
/* "network", "display" of a class code; NULL when not known. */
const char *names_pci_class(uint32_t class);

/* The hardware database of libudev; NULL where there is none, which the others take. */
struct names;
struct names *names_open(void);
void names_close(struct names *n);
/* Interned names, NULL when the database has none (or no memory is left). */
void names_pci(struct names *n, const char *modalias, struct strtab *tab, const char **ret_vendor,
	       const char **ret_device);

#endif
