/* SPDX-License-Identifier: MIT */
/*
 * The snapshot: what a machine and its configuration files are, at one moment.
 *
 * Rule: an inventory and its records never change once made. Records are shared between inventories
 * (reference counted); an event makes a new inventory with one new record. Strings are interned and
 * live as long as the strtab given to the scan. NULL strings: the machine does not say.
 */
#ifndef INVENTORY_H
#define INVENTORY_H

#include "ids.h"
#include "mask.h"

struct sys;
struct strtab;

/* Three-valued facts: 1 yes, 0 no, -1 not known (attribute missing or unreadable). */
typedef signed char tri_t;

/*
 * A subchannel joined with the CCW device behind it. There can be 262,144: no more than the 56 bytes for which malloc(3) takes 64.
 */
struct subch {
	unsigned refs;
	struct ccwid id;
	struct ccwid dev; /* the device's number, meaningful if has_dev (dev_busid) */
	/* of the CCW device, while there is one */
	uint16_t dev_type, cu_type; /* 0x3390, 0x3990; 0: n/a */
	uint8_t chpids[8];	    /* path i is there iff pim has bit 0x80 >> i */
	const char *driver;	    /* of the subchannel; NULL: unbound */
	const char *override;
	const char *ccw_driver;
	uint8_t pim, pam, pom;
	unsigned type : 4; /* 0 I/O, 1 CHSC, 2 message, 3 EADM */
	bool has_dev : 1;
	bool ccw : 1; /* Linux has the CCW device (bound to io_subchannel) */
	uint8_t dev_model, cu_model;
	tri_t online;
	tri_t measured; /* cmb_enable; -1 as well while it is not online */
};

/* A channel path. */
struct chp {
	uint8_t id;
	tri_t online;	/* vary state */
	int configured; /* 0 standby, 1 configured, 2 reserved, 3 not recognised, -1 unknown */
	int type;	/* channel path type descriptor, -1 unknown */
	int chid;	/* PCHID, -1 unknown */
	tri_t external; /* is chid a physical one? 0: of a channel inside the machine */
	tri_t shared;
	int cmg;	   /* channel measurement group, -1 unknown */
	int esc;	   /* as the kernel shows it, -1 unknown */
	const char *speed; /* "16G" bits a second; NULL: unknown, or before Linux 6.12 */
};

struct ap_card {
	unsigned refs;
	uint8_t id;
	const char *type;	/* "CEX8C"; NULL if not said */
	int hwtype, raw_hwtype; /* -1 unknown */
	uint32_t functions;
	tri_t online, config, chkstop;
	const char *driver;
	const char *serial;
};

struct ap_queue {
	unsigned refs;
	apqn_t id;
	const char *driver; /* cex4queue, vfio_ap, NULL */
	const char *override;
	tri_t online, config, chkstop;
	const char *status; /* under vfio_ap: unassigned, assigned, in use */
};

struct ap_bus {
	bool present;
	bool masks_known;			   /* apmask and aqmask could be read */
	struct ap_mask apmask, aqmask;		   /* 1 = host */
	bool config_known;			   /* the three granted masks could be read (QCI) */
	struct ap_mask adapters, domains, control; /* what the LPAR or hypervisor granted */
	int max_adapter, max_domain; /* highest valid id; 255 if the kernel does not say */
	int default_domain;	     /* -1 none */
	bool has_override;	     /* this kernel has per-queue driver_override */
	bool has_ap_config;	     /* mediated devices take ap_config */
	const char *features;
	const char *bindings;
};

struct mdev_type {
	const char *id;	   /* "vfio_ccw-io" */
	const char *api;   /* "vfio-ccw" */
	const char *title; /* attribute `name` */
	const char *description;
	int available; /* instances left, -1 unknown */
};

/* A device that can have mediated devices. */
struct mdev_parent {
	unsigned refs;
	struct devid id; /* css, pci; {BUS_AP, "matrix"} for the AP matrix device */
	struct mdev_type *types;
	size_t n_types;
};

/*
 * One attribute of a definition or a request, in its order. Not interned: owned by the struct
 * around it.
 */
struct attr {
	char *name;
	char *value;
};

/* A crypto matrix: adapters x domains, and control domains. */
struct matrix {
	struct ap_mask adapters, domains, control;
};
extern const struct matrix no_matrix;

/* An active mediated device. */
struct mdev {
	unsigned refs;
	char uuid[UUID_TEXT];
	const char *parent; /* kernel name: "0.0.0313", "matrix", "0000:3b:00.0" */
	const char *type;
	/*
	 * vfio_ap-passthrough: what is assigned, and what a guest gets of it (guest_matrix). Part of the record; of other
	 * types no_matrix.
	 */
	const struct matrix *matrix, *guest;
	bool matrix_cut; /* matrix is as far as that attribute tells (no ap_config, page full) */
	int iommu_group; /* -1 none */
};

/* How a definition asks to be started. */
enum start { START_MANUAL, START_AUTO };

/* A definition of a mediated device: a file below /etc/mdevctl.d. */
struct mdev_def {
	unsigned refs;
	char uuid[UUID_TEXT];
	const char *parent;
	const char *type;
	enum start start;
	struct attr *attrs; /* owned */
	size_t n_attrs;
	bool is_matrix; /* attrs can be read as a matrix: def_matrix */
	const char *path;
	char *bytes; /* the file as it is, owned */
	size_t n_bytes;
};

struct pci_fn {
	unsigned refs;
	struct pciid id;
	uint16_t vendor, device, sub_vendor, sub_device;
	uint32_t class;			       /* 0xCCSSPP */
	const char *vendor_name, *device_name; /* hardware database; NULL if absent */
	const char *driver;
	const char *override;
	const char *modalias;
	int group;	    /* IOMMU group, -1 none */
	int vfs_total, vfs; /* SR-IOV; -1: no such function */
	bool is_vf;
	struct pciid physfn; /* meaningful if is_vf */
	/* zPCI; -1: not there */
	int64_t fid;
	int64_t uid;
	int pchid, pft;
	tri_t uid_unique;
	/* a virtual function that its vendor's driver gives to guests by itself: NVIDIA's attribute; NULL: not so */
	const char *vgpu_type;
};

/* A persistent driver override: a file below /etc/driverctl.d. */
struct override_file {
	struct devid dev;
	const char *driver; /* "none" binds nothing */
	const char *path;
};

/* The AP masks kept for the next boot (chzdev's rule). */
struct ap_rule {
	bool present;	    /* the file is there */
	bool ours_to_write; /* it is of the known form, or absent */
	bool has_apmask, has_aqmask;
	struct ap_mask apmask, aqmask;
	bool loads_vfio_ap;
	char *bytes; /* the file as it is, owned; NULL if absent */
};

/* Something that could not be read or understood, and what was made of it. */
struct problem {
	char *path;
	int err;	       /* errno, 0: content not understood */
	unsigned line, column; /* 0: not said */
	char *expected;	       /* what was expected, may be NULL */
	bool foreign;	       /* a file that is not ours to understand: kept, never rewritten */
	bool harmless;	    /* the tool whose it is is not kept from reading the files beside it */
	unsigned char part; /* of the scan that met it */
};

/* Somebody who would miss a device. */
enum use_grade { USE_NOTE, USE_PROTECTED, USE_VITAL }; /* vital: the full device id must be typed */
struct use {
	struct devid dev;
	enum use_grade grade;
	char *who;  /* short, for the column: "/ (host)", "guest db1", "encf5f0 up" */
	char *text; /* the sentence: "holds the file system mounted on / (dasda1)" */
};

enum {
	LACKS_CSS = 1 << 0,
	LACKS_AP = 1 << 1,
	LACKS_PCI = 1 << 2,
	LACKS_MDEV = 1 << 3,
	LACKS_MODULES = 1 << 4,
	LACKS_USES = 1 << 5,
	LACKS_BOOT = 1 << 6,
	LACKS_DEFS = 1 << 7,
	LACKS_TOOLS = 1 << 8, /* which programs are installed */
	LACKS_LINKS = 1 << 9, /* of /sys: which driver has a device */
	LACKS_LIVE = LACKS_CSS | LACKS_AP | LACKS_PCI | LACKS_MDEV | LACKS_MODULES
};

struct host {
	const char *name;    /* node name */
	const char *machine; /* "IBM z16", may be NULL */
	const char *kernel;  /* "6.12.107" */
	const char *arch;    /* "s390x" */
	const char *cmdline;
	const char *boot_id;
	bool s390;
	bool has_mdevctl, has_driverctl, has_chzdev, has_libvirt, has_qemu;
	/* s390-tools' check in mdevctl, which knows nothing of queue overrides */
	bool has_ap_check;
	bool mdev_rule, driverctl_rule; /* their udev rules are in force */
	const char *mdev_rule_lacks; /* the program that mdevctl's rule calls, which is not there */
	tri_t driverctl_unit;	     /* its systemd unit */
	bool driverctl_initrd;	     /* dracut puts a copy of /etc/driverctl.d into the initrd */
	const char *initrd;	     /* the image of the kernel that runs; NULL: none seen */
	tri_t initrd_old;	     /* /etc/driverctl.d was changed after that image was made */
	tri_t virt, kvm_dev;	     /* the processor can run guests; /dev/kvm is there */
	tri_t nested;		     /* guests may run guests */
	tri_t uv_host;		     /* protected guests can run; -1: there is no ultravisor */
	tri_t qci, apft, apqi;	     /* the AP facilities 12, 15 and 65, as the processor says */
	/* guests that libvirt knows and that ask for huge pages, "db1, db2"; NULL: none */
	const char *huge_guests;
	int64_t huge_pages;	  /* reserved, of all sizes; -1 not known */
	tri_t hpage;		  /* kvm backs guests with them, which IBM Z wants said */
	const char *qemu_version; /* "10.0.2", as libvirt or dpkg knows; NULL */
	/* other programs that hand out devices, "kubelet, nova"; NULL: none seen */
	const char *managers;
	/* the newest of QEMU's, "s390-ccw-virtio-10.0", as libvirt knows; NULL */
	const char *machine_type;
	/*
	 * Who packed the files that are looked at: "vfiocfg", "sosreport", "dbginfo.sh", "" a tree; NULL: the machine
	 * itself. And what is not among them, in words; NULL: nothing is missed.
	 */
	const char *maker, *lacks;
	int64_t made;	   /* seconds since 1970; 0: not told */
	bool selective;	   /* its maker took some files only: what is not seen may be there */
	unsigned lacks_of; /* LACKS_...: whole parts */
	bool lacks_uses;   /* so who uses a device is not known where nobody is seen */
	bool lacks_boot;   /* ... and what the next boot makes of it */
};

/* A module the program knows by name, and whether this kernel has it. */
struct module_state {
	const char *name;
	bool loaded;
	bool available; /* loaded, built in, or to be had (modules.dep, modules.builtin) */
};

/* A mediated device which a guest's definition names; whether there is one of that UUID is open. */
struct guest_def {
	const char *guest; /* "guest db1" */
	char uuid[UUID_TEXT];
};

/* A number inside a guest which a definition gives away already. */
struct guest_no {
	enum guest_no_of { GUEST_NO_UID, GUEST_NO_FID, GUEST_NO_CCW } kind;
	uint32_t no;	  /* CCW: the subchannel set above 16 bits of device number */
	struct devid dev; /* the host's device that has it; no name: the guest's own */
};

struct inventory {
	unsigned refs;
	unsigned scope; /* SCOPE_...: what was read; 0: made by hand, all there is */
	struct host host;
	struct module_state *modules; /* sorted by name */
	size_t n_modules;

	struct subch **subchs; /* by number */
	size_t n_subchs;
	struct chp *chps;
	size_t n_chps;
	bool has_css;
	bool has_subchs;       /* there are some, read or not */
	tri_t cm_enable;       /* are channel paths measured? */
	struct subch **by_dev; /* those with a device, by its number; not references */
	size_t n_by_dev;

	struct ap_bus ap;
	struct ap_card **cards;
	size_t n_cards;
	struct ap_queue **queues; /* by APQN */
	size_t n_queues;

	struct pci_fn **pcis; /* by address */
	size_t n_pcis;

	struct mdev_parent **parents; /* by id */
	size_t n_parents;
	struct mdev **mdevs; /* by uuid */
	size_t n_mdevs;

	struct mdev_def **defs; /* by uuid, then parent */
	size_t n_defs;
	struct override_file *overrides; /* by device */
	size_t n_overrides;
	struct ap_rule ap_rule;
	/*
	 * devices that will be ignored after a boot: ranges of numbers, from command line and rules
	 */
	struct ccw_range {
		struct ccwid from, to;
		bool ignored; /* false: freed again by a later word; the last match wins */
	} * ignores;
	size_t n_ignores;
	const char **autoload; /* modules named in modules-load.d */
	size_t n_autoload;
	char *own_modules; /* /etc/modules-load.d/vfiocfg.conf as it is, owned; NULL if absent */

	struct guest_def *guest_defs; /* of libvirt's, in no order */
	size_t n_guest_defs;
	struct guest_no *guest_nos; /* in no order */
	size_t n_guest_nos;
	/* What stood behind an address when it was last given away: facts of HARDWARE_NAME. */
	struct hardware {
		struct devid dev;
		const char *facts;   /* " dev=0.0.2b09 type=3390/0c" */
		const char *uid_now; /* of the volume there; NULL: not told */
	} * hardware;
	size_t n_hardware;
	const char *hardware_file; /* all of that file; NULL: there is none */

	struct use *uses; /* by device */
	size_t n_uses;
	bool uses_stale; /* of before some events: inventory_uses_again */
	struct problem *problems;
	size_t n_problems;
	const char *ssh; /* as given to the scan */
};

/*
 * What a scan is for: devices of which buses. What is not in it is not read, but for the parents
 * of mediated devices where those are.
 */
enum {
	SCOPE_CSS = 1 << 0,
	SCOPE_AP = 1 << 1,
	SCOPE_PCI = 1 << 2,
	SCOPE_MDEV = 1 << 3,
	SCOPE_LISTED = SCOPE_CSS | SCOPE_AP | SCOPE_PCI | SCOPE_MDEV,
	SCOPE_MEASURED = 1 << 4, /* are the subchannels measured? No list shows it */
	SCOPE_PATHS = 1 << 5,	 /* channel paths, which have a list of their own */
	SCOPE_READY = 1 << 6,	 /* what of the host no list shows: readiness asks for it */
	SCOPE_TYPES = 1 << 7,	 /* what of the types of mediated devices no list shows */
	/*
	 * With others: of each device only its driver and its override, of a mediated device and a definition only what these
	 * are themselves. Not what surrounds them: who uses them, what a boot makes of them.
	 */
	SCOPE_BRIEF = 1 << 8,
	SCOPE_ALL = SCOPE_LISTED | SCOPE_MEASURED | SCOPE_PATHS | SCOPE_READY | SCOPE_TYPES
};

/* Scans everything. 0 or -ENOMEM: what cannot be read becomes a problem, not an error. */
int inventory_scan(struct sys *sys, struct strtab *tab, struct inventory **ret);
/* The same, told of the user's ssh session (the value of SSH_CONNECTION; NULL: none). */
int inventory_scan_ssh(struct sys *sys, struct strtab *tab, const char *ssh,
		       struct inventory **ret);
int inventory_scan_scope(struct sys *sys, struct strtab *tab, const char *ssh, unsigned scope,
			 struct inventory **ret);
/*
 * The same in the background, for a machine of very many devices: the thread alone uses tab until scan_run_free, and nothing is
 * written to the machine.
 */
struct scan_run;
int scan_run_start(struct sys *sys, struct strtab *tab, const char *ssh, unsigned scope,
		   struct scan_run **ret);
int scan_run_fd(const struct scan_run *r); /* readable: there is something to take */
/*
 * 1: the whole inventory; 0: the host and its first subchannels, and no more than these may be believed; -EAGAIN: nothing new
 * but the progress has come in time (timeout_ms below 0: as long as it takes); -ENOMEM: there will be nothing.
 */
int scan_run_take(struct scan_run *r, int timeout_ms, struct inventory **ret);
/* So many subchannels were read; total 0: not known yet. */
void scan_run_progress(const struct scan_run *r, size_t *ret_done, size_t *ret_total);
struct scan_run *scan_run_free(struct scan_run *r); /* stops it. NULL is fine; returns NULL */

/*
 * A new inventory in which the devices that an event concerns are read again; `old` itself, with
 * one more
 * reference, when it concerns none.
 */
struct sys_event;
int inventory_event(const struct inventory *old, struct sys *sys, struct strtab *tab,
		    const struct sys_event *event, struct inventory **ret);
/*
 * The same, but who uses what is left as it was and marked as stale: one pass over all processes
 * does for many events.
 */
int inventory_event_later(const struct inventory *old, struct sys *sys, struct strtab *tab,
			  const struct sys_event *event, struct inventory **ret);
/* A new inventory in which only who uses what is read again. */
int inventory_uses_again(const struct inventory *old, struct sys *sys, struct strtab *tab,
			 struct inventory **ret);
struct inventory *inventory_ref(struct inventory *inv);
struct inventory *inventory_unref(struct inventory *inv); /* NULL is fine; returns NULL */
void inventory_unrefp(struct inventory **inv);

/* Look-ups; NULL when there is none. */
const struct subch *inventory_subch(const struct inventory *inv, struct ccwid id);
/* by device number */
const struct subch *inventory_subch_of(const struct inventory *inv, struct ccwid dev);
const struct chp *inventory_chp(const struct inventory *inv, uint8_t id);
const struct ap_card *inventory_card(const struct inventory *inv, uint8_t id);
const struct ap_queue *inventory_queue(const struct inventory *inv, apqn_t id);
const struct pci_fn *inventory_pci(const struct inventory *inv, struct pciid id);
const struct mdev *inventory_mdev(const struct inventory *inv, const char *uuid);
const struct mdev_def *inventory_def(const struct inventory *inv, const char *uuid,
				     const char *parent); /* parent NULL: the first of that uuid */
const struct mdev_parent *inventory_parent(const struct inventory *inv, const char *kernel_name);
/* persistent; NULL */
const char *inventory_override(const struct inventory *inv, const struct devid *dev);
const struct module_state *inventory_module(const struct inventory *inv, const char *name);
/* The uses of one device: the first, and how many follow it in the array. */
const struct use *inventory_uses(const struct inventory *inv, const struct devid *dev,
				 size_t *ret_n);
bool inventory_ignored_at_boot(const struct inventory *inv, struct ccwid dev);
/*
 * The driver bound now (NULL: unbound) of a css, pci or ap device; of a ccw device its
 * subchannel's.
 */
const char *inventory_driver(const struct inventory *inv, const struct devid *dev);
/* A subchannel or PCI function which is not there; a file may still name it. */
bool inventory_gone(const struct inventory *inv, const struct devid *dev);

/*
 * Any name people use for a device -> its id: "0.0.2b09", "2b09" (a CCW device), "css/0.0.0313",
 * "05.00ab",
 * "5,171", "0000:3b:00.1", "3b:00.1", a UUID or its unique beginning. A CCW device's id is its
 * subchannel's, and
 * a bare number is a CCW device's before it is a subchannel's. 0, -ENOENT, -EEXIST (more than one).
 */
int inventory_find(const struct inventory *inv, const char *text, struct devid *ret);

/*
 * What a device is, for people: "DASD 3390-9", "OSA 1732/01", "CEX8C (CCA)", "Mellanox ConnectX-4
 * VF".
 */
void inventory_what(const struct inventory *inv, const struct devid *dev, char *text, size_t size);

#endif
