/* SPDX-License-Identifier: MIT */
/*
 * The list of rules: check, name, one line for people. rules.c makes rules[] of it.
 */
#ifndef RULES_TABLE_H
#define RULES_TABLE_H

#include "rules_part.h"

/* clang-format off */
#define RULES(R)                                                                                   \
	/* devices and drivers */                                                                  \
	R(rule_no_device, "no-device", "an edit names a device that is not there")                 \
	R(rule_not_for_guests, "not-for-guests", "QDIO, non-I/O subchannels, bridges: no guest can have them") \
	R(rule_in_use, "in-use", "the host or a running guest would lose a device it uses")        \
	R(rule_peer, "peer-changed", "another device is behind the subchannel than when it was staged") \
	R(rule_group, "iommu-group", "a PCI function goes to guests with its whole IOMMU group")   \
	R(rule_module, "module-missing", "this kernel has no module for a driver that is wanted")  \
	R(rule_vfio_ap_early, "vfio-ap-early", "vfio_ap in modules-load.d comes before the masks are set") \
	R(rule_boot_helper, "boot-helper", "nothing at boot would read what is made persistent")   \
	R(rule_cio_ignore, "cio-ignore", "cio_ignore hides a device at boot")                      \
	R(rule_uid, "uid-not-unique", "a PCI address may name another function after a boot")      \
	R(rule_vfs, "virtual-functions", "a number of virtual functions the device can't take or keep") \
	R(rule_vendor_vfio, "vendor-vfio", "a virtual function that its vendor's driver gives to guests by itself") \
	/* channel paths */                                                                        \
	R(rule_switch, "path-missing", "a channel path or measurement that cannot be switched")    \
	R(rule_last_path, "last-path", "a device in use would lose its last channel path")         \
	R(rule_path_back, "path-back", "devices that come back with a path are offline")           \
	R(rule_path_guest, "path-of-guest", "a running guest would lose one of its channel paths") \
	R(rule_path_boot, "path-boot", "nothing keeps channel paths and measurements for the next boot") \
	/* mediated devices */                                                                     \
	R(rule_mdev_named, "mdev-incomplete", "a new mediated device without parent or type")      \
	R(rule_parent, "parent-missing", "a mediated device's parent does not offer its type")     \
	R(rule_instances, "no-instance", "a parent has no instance of a type left")                \
	R(rule_starts_too, "starts-too", "udev starts a definition when its parent appears in the commit") \
	R(rule_uuid, "uuid-twice", "one UUID on two parents")                                      \
	R(rule_parent_leaves, "parent-leaves", "a mediated device's parent goes back to the host") \
	R(rule_foreign, "foreign-file", "an edit would overwrite a file that is not understood")   \
	R(rule_attrs, "attributes", "attributes of a matrix which the kernel would not take")      \
	/* crypto */                                                                               \
	R(rule_ap_there, "ap-missing", "queues are wanted where there is no AP bus or no masks")   \
	R(rule_ap_mode, "ap-mode", "masks and per-queue overrides exclude each other")             \
	R(rule_unsolved, "ap-unsolvable", "no masks give what is wanted to both sides")            \
	R(rule_shared_active, "queue-shared-active", "two running matrices with one queue")        \
	R(rule_shared_auto, "queue-shared-auto", "two matrices started at boot with one queue")    \
	R(rule_shared_defined, "queue-shared", "a definition and another matrix with one queue")   \
	R(rule_guest_twice, "guest-twice", "two crypto matrices for one guest")                    \
	R(rule_host_owned, "queue-of-host", "a matrix with a queue reserved for the host")         \
	R(rule_range, "id-range", "an adapter or domain above the highest number")                 \
	R(rule_granted, "not-granted", "adapters or domains which the LPAR does not have")         \
	R(rule_control, "control-only", "control domains without a usage domain")                  \
	R(rule_guest_loses, "guest-loses", "a running guest loses adapters")                       \
	R(rule_incomplete, "adapter-dropped", "one missing queue drops a whole adapter for the guest") \
	R(rule_default_domain, "default-domain", "the host's default domain goes to guests")       \
	R(rule_reclaim, "mask-reclaim", "the kernel refuses bits of queues that are assigned")     \
	R(rule_lost, "queues-lost", "queues the host loses beside those that were asked for")      \
	R(rule_override_boot, "override-boot", "a matrix whose start at boot queue overrides prevent")    \
	R(rule_leak, "override-leak", "a vanished queue may have left the masks locked")           \
	R(rule_cut, "matrix-cut", "a matrix too large to be read completely")                      \
	/* drift */                                                                                \
	R(rule_drift_mdev, "drift-mdev", "a mediated device runs otherwise than it is defined, or only one of the two") \
	R(rule_drift_driver, "drift-driver", "a device is bound to another driver than is kept for the next boot") \
	R(rule_drift_foreign, "drift-foreign", "a file of configuration that is not understood: kept as it is") \
	R(rule_hardware, "hardware-changed", "other hardware is behind an address that was given to guests") \
	R(rule_drift_masks, "drift-masks", "the AP masks are not those kept for the next boot")

/* clang-format on */

#define DECLARE(fn, name, about) rule_fn fn;
RULES(DECLARE)
#undef DECLARE

#endif
