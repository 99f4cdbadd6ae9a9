/* SPDX-License-Identifier: MIT */
/*
 * The inside of the simulated machine: the tree of nodes, hooks on attributes, and the event queue.
 * Only sim*.c include this.
 *
 * Rule: behaviour is one table of hooks per bus; a hook reads and changes the tree and nothing
 * else.
 */
#ifndef SIM_TREE_H
#define SIM_TREE_H

#include "sim.h"

struct sim {
	struct sys sys; /* first */
	struct sim_node *root;
	struct sim_event *events; /* queue, oldest first */
	struct sim_event **tail;  /* where the next one goes */
	unsigned level;		  /* kernel level: 601, 612, 702 */
	char *keep;		  /* file of sim_keep, or NULL */
};

static inline struct sim *sim_of(struct sys *sys)
{
	return (struct sim *)(void *)sys;
}

/* A path, printed; one which does not fit is "", which nothing has. */
enum { SIM_PATH = 512 };
void sim_path(char ret[static SIM_PATH], const char *fmt, ...) PRINTF(2, 3);

/*
 * Nodes by path. Putting makes missing directories; putting over an existing file replaces its
 * value.
 * mode: permission bits (0 = 0444). Values are the bytes read(2) gives, newline included.
 */
int sim_put_dir(struct sim *sim, const char *path);
int sim_put_file(struct sim *sim, const char *path, unsigned mode, const char *value);
int sim_put_filef(struct sim *sim, const char *path, unsigned mode, const char *fmt, ...)
	PRINTF(4, 5);
int sim_put_bytes(struct sim *sim, const char *path, unsigned mode, const void *bytes, size_t len);
int sim_put_link(struct sim *sim, const char *path, const char *target);
/* relative, as sysfs_create_link() does */
int sim_link_to(struct sim *sim, const char *path, const char *to);
/* an existing file; -ENOENT: none, not made */
int sim_set(struct sim *sim, const char *path, const char *value);
void sim_del(struct sim *sim, const char *path); /* and all below; no error if there is none */
/* rename; what is at `to` is replaced */
int sim_move(struct sim *sim, const char *from, const char *to);
void sim_delf(struct sim *sim, const char *fmt, ...) PRINTF(2, 3);
bool sim_has(const struct sim *sim, const char *path); /* links on the way are followed */
/*
 * A file's value without its trailing newline; "" if there is none. Valid until the tree changes.
 */
const char *sim_value(const struct sim *sim, const char *path);
/*
 * The lowest free number of what is in a directory, for one that the caller adds at once. lowest looks for it among all there
 * are, which is not done again while they are as many as numbers were given. What lowest returns: the number, or -errno.
 */
int sim_number(struct sim *sim, const char *dir,
	       int (*lowest)(const struct sim *sim, const char *dir));
/* Appends a file's bytes as they are stored; 0, -ENOENT. */
int sim_bytes(const struct sim *sim, const char *path, struct buf *ret);
/* a link is a link; SYS_NONE: nothing there */
enum sys_type sim_type(const struct sim *sim, const char *path);
/* The path of a node after following all links; -ENOENT. */
int sim_real_path(const struct sim *sim, const char *path, struct buf *ret);
/* The target of a link; "" if there is none. */
const char *sim_link(const struct sim *sim, const char *path);
/* The last component of the target of a link ("" if there is none): a device's driver, a parent. */
const char *sim_link_base(const struct sim *sim, const char *path);

/* The same for an attribute or link in a directory (sim_core.c). */
int sim_put_attr(struct sim *sim, const char *dir, const char *attr, unsigned mode, const char *fmt,
		 ...) PRINTF(5, 6);
int sim_link_in(struct sim *sim, const char *dir, const char *name, const char *to);

/* An empty machine (sim_tree.c); sys_free(&sim->sys) ends it. 0 or -ENOMEM. */
int sim_alloc(struct sim **ret);
/*
 * Every node in the order of sim_save: a directory before what is in it, names in byte order. fn: 0
 * goes on.
 */
struct sim_entry {
	const char *path; /* valid during the call */
	enum sys_type type;
	unsigned mode;
	int64_t mtime;
	int unread;
	const char *value; /* SYS_FILE: the stored bytes; SYS_LINK: the target; NUL-terminated */
	size_t len;
};
int sim_each(const struct sim *sim, int (*fn)(void *arg, const struct sim_entry *e), void *arg);
/*
 * Appends the names in a directory, sorted; hidden nodes can be asked for here. 0, -ENOENT,
 * -ENOTDIR.
 */
int sim_names(const struct sim *sim, const char *path, struct buf *ret_names);
extern const struct sys_ops sim_ops; /* a struct sys with these is a struct sim */
/*
 * The same tree without a kernel: what was noted of another machine, to be looked at. A node that was there and
 * could not be read gives its errno.
 */
extern const struct sys_ops sim_still_ops;
/*
 * When a node was changed (0: as noted before), and below 0 why it could not be read. Nothing if there is no such
 * node.
 */
void sim_note(struct sim *sim, const char *path, int64_t mtime, int unread);
/* What sim_copy takes of another machine, before it comes to life; added to a tree. */
int sim_copy_still(struct sys *from, const char *const *paths, struct sim *to);
/* sim_file.c: after every mutation; writes the file of sim_keep, if there is one */
int sim_keep_now(struct sim *sim);
void sim_forget_events(struct sim *sim); /* empties the queue */

/* Queues a uevent; env: printf of "KEY=VALUE\n" lines, may be "". */
void sim_uevent(struct sim *sim, const char *action, const char *subsystem, const char *devpath,
		const char *env, ...) PRINTF(5, 6);

/* What a hook was called for: the node's real path and its pieces. */
struct sim_call {
	const char *path;  /* real path of the attribute */
	const char *dir;   /* of the directory it is in */
	const char *dev;   /* last component of dir */
	const char *attr;  /* last component of path */
	const char *value; /* write: the bytes; NUL-terminated */
	size_t len;
};

/*
 * One attribute with behaviour. pattern: fnmatch(3) on the real path; "/..." with FNM_PATHNAME, one
 * which begins
 * otherwise ("*" then "/driver_override") without, for attributes found at any depth. write returns
 * the
 * bytes taken (usually call->len) or -errno of the imitated function, named in `imitates`. read
 * (may be NULL:
 * the stored value) appends. The first match wins.
 */
struct sim_hook {
	const char *pattern;
	int (*write)(struct sim *sim, const struct sim_call *call);
	int (*read)(struct sim *sim, const struct sim_call *call, struct buf *ret);
	/* the kernel's function, "apmask_commit (drivers/s390/crypto/ap_bus.c)" */
	const char *imitates;
};

/* One bus: its hooks, its lines in machine files, and what a reboot makes of it. */
struct sim_bus {
	const char *name;
	const struct sim_hook *hooks; /* ends with pattern NULL */
	/*
	 * A directive of a machine file, already split into words (words[0] is its name, NULL
	 * ends).
	 * 1 taken, 0 not mine, -EINVAL with *expected said.
	 */
	int (*directive)(struct sim *sim, char **words, const char **expected);
	int (*reboot)(struct sim *sim);
	/*
	 * The bus's part of loading a module: registers drivers, makes devices. 1 done, 0 not mine.
	 */
	int (*module)(struct sim *sim, const char *name);
	/*
	 * After copying another machine's /sys: makes up below /.sim what sysfs does not say. May
	 * be NULL.
	 */
	int (*adopt)(struct sim *sim);
	/* Removing a module: 1 done, 0 not mine, -errno. May be NULL. */
	int (*unload)(struct sim *sim, const char *name);
	/* Support element commands (sim_poke) in words; 1 done, 0 not mine, -errno. May be NULL. */
	int (*poke)(struct sim *sim, char **words);
};

/*
 * Directives of machine files, by who takes them. Words are split at blanks; NAME=VALUE words may
 * come in any order.
 * sim_core.c:
 *	name TEXT | kernel 612 6.12.0-lab | cmdline TEXT | file PATH MODE "bytes" | link PATH TARGET | dir PATH |
 *	drop PATH | hidden NAME "bytes" (a file below /.sim) |
 *	module NAME boot|loaded|builtin|available [needs=a,b] (boot: loaded again at each boot) |
 *	write PATH "bytes" (as a program would, through the hooks; a refusal is an error in the machine file) |
 *	load NAME (as modprobe) | hold UUID "pid name" | process PID "argv0" "argv1" ...
 * sim_css.c:
 *	chp 50 [type=1b] [chid=0194] [chid_external=1] [shared=1] [configure=1] [status=1] [cmg=2] [speed_bps=16G]
 *	subchannel 0.0.0313 [type=0] [dev=0.0.2b09] [cu=3990/e9] [devtype=3390/0c] [chpids=50,51,52,53] [pim=f0] [pam=f0]
 *		[pom=ff] [online=1] [ccwdriver=dasd-eckd] [qdio] [held]
 *	(device attributes beyond these: file directives below the ccw device)
 * sim_gives.c:
 *	gives 0.0.0190 block=dasda:2 (see there)
 * sim_ap.c:
 *	ap [max_adapter=63] [max_domain=255] [domains=04,05,42,ab] [control=04,05] [features="APSC APXA QACT RC8A"]
 *	card 05 CEX8C [hwtype=14] [functions=0x92000000] [serial=...]
 * sim_pci.c:
 *	pci 0000:3b:00.0 8086:10fb [sub=8086:0003] [class=020000] [driver=ixgbe] [group=12] [vfs=63] [fid=..] [uid=..] ...
 *	mdevtype 0000:41:00.0 NAME [instances=4] [api=vfio-pci] [title=..] [description=..]
 * Drivers, masks and mediated devices in force are made with `write`, so that a machine is what its
 * kernel would be.
 */
/*
 * After /sys of another machine was put into the tree: every bus makes up what sysfs does not say
 * (sim_save.c).
 */
int sim_adopt(struct sim *sim);
/* All buses, NULL ends (sim_core.c). */
extern const struct sim_bus *const sim_buses[];
/* sim_module.c: the load_module operation */
int sim_module_load(struct sim *sim, const char *name);
int sim_module_boot(struct sim *sim); /* loads those that come by themselves at each boot */
/*
 * A device begins or ceases to work for the host (a ccw device goes online, a PCI driver takes a
 * function): the disks and
 * interfaces that `gives` names come or go. dev: the device's real path. Harmless when it gives
 * nothing.
 */
int sim_gives_add(struct sim *sim, const char *dev);
void sim_gives_del(struct sim *sim, const char *dev);
int sim_gives_take(struct sim *sim, char **words, const char **expected); /* the directive */

extern const struct sim_bus sim_bus_core, sim_bus_module, sim_bus_css, sim_bus_ap, sim_bus_mdev,
	sim_bus_pci;

/*
 * PCI's rows for sim_drivers[], and: an mdev of a PCI parent came or went, others of its types fit
 * or not; false: not PCI.
 */
extern const struct sim_driver sim_pci_vfio, sim_pci_any;
bool sim_pci_recount(struct sim *sim, const char *parent);

/*
 * The driver core, shared by all buses (drivers/base/bus.c, dd.c): bind, unbind, drivers_probe,
 * driver_override. A driver's probe and remove are called with the device's real path.
 */
struct sim_driver {
	const char *bus;
	const char *name;
	bool (*match)(struct sim *sim, const char *dev); /* without an override */
	int (*probe)(struct sim *sim, const char *dev);
	void (*remove)(struct sim *sim, const char *dev);
	/* after the bind event: what the driver's work queue does */
	void (*bound)(struct sim *sim, const char *dev);
};
extern const struct sim_driver *const sim_drivers[]; /* NULL ends */

/*
 * The device core (drivers/base/core.c; sim_device.c). dev is a device's real path, subsystem
 * "bus/css" or
 * "class/vfio". A device's environment is what its uevent file says, as in the kernel.
 */
void sim_dev_uevent(struct sim *sim, const char *action, const char *dev, const char *env, ...)
	PRINTF(4, 5);
/* add event; not probed */
int sim_dev_add(struct sim *sim, const char *dev, const char *subsystem, const char *uevent);
/* unbound before; remove event; links and directory go */
void sim_dev_del(struct sim *sim, const char *dev);
/*
 * Takes a device with all below it out of the machine (its events are sent) or puts it back, bound
 * as it was.
 */
int sim_dev_park(struct sim *sim, const char *dev, const char *where);
int sim_dev_unpark(struct sim *sim, const char *where, const char *dev);
/* the DRIVER line; NULL: none */
void sim_dev_set_driver(struct sim *sim, const char *dev, const char *driver);
const char *sim_base(const char *path); /* the last component */

/*
 * A driver that nobody described (ixgbe, dasd-eckd) takes the devices whose home it is:
 * /.sim/home/BUS/DEVICE.
 * A device which is unbound from such a driver for the first time remembers it.
 */
int sim_driver_home(struct sim *sim, const char *bus, const char *device, const char *driver);
/*
 * History that is no state, but shows in the order and numbers of later events, lies below
 * /.sim/past: undoing a change
 * need not bring it back, and a reboot forgets it.
 */
/*
 * The devices of a bus in the order in which they came, those of one driver in the order in which
 * it took them.
 */
int sim_bus_walk(const struct sim *sim, const char *bus, struct buf *ret_names);
int sim_bound_walk(const struct sim *sim, const char *bus, const char *driver,
		   struct buf *ret_names);
void sim_note_order(struct sim *sim, const char *kind, const char *bus, const char *device);
/* A driver comes (takes what is free and fits) and goes (lets go of everything). */
int sim_driver_register(struct sim *sim, const char *bus, const char *name, const char *module);
void sim_driver_unregister(struct sim *sim, const char *bus, const char *name);
int sim_module_unload(struct sim *sim, const char *name); /* rmmod */
/* Writes attr of a mediated-device parent: types[0] is registered with this many instances. */
int sim_mdev_register(struct sim *sim, const char *parent, const char *type, const char *name,
		      const char *api, unsigned instances);
void sim_mdev_unregister(struct sim *sim, const char *parent); /* its devices go with it */
/*
 * Is a mediated device at or below this device open? The write is then kept until it is let go:
 * -EINPROGRESS, else 0.
 */
int sim_mdev_busy(struct sim *sim, const char *dev, const struct sim_call *call);
/* What the probe and the remove of VFIO's drivers do first and last; mediated devices get a group of their own. */
int sim_vfio_add(struct sim *sim, const char *dev);
void sim_vfio_del(struct sim *sim, const char *dev);
int sim_mdev_vfio_add(struct sim *sim, const char *dev);
void sim_mdev_vfio_del(struct sim *sim, const char *dev);
extern const struct sim_driver sim_driver_io_subchannel, sim_driver_chsc, sim_driver_eadm,
	sim_driver_vfio_ccw, sim_driver_virtio_ccw, sim_driver_ccw, sim_driver_cex4card,
	sim_driver_cex4queue, sim_driver_vfio_ap, sim_driver_vfio_ap_mdev, sim_driver_mdev;
extern const struct sim_bus sim_bus_driver, sim_bus_cio, sim_bus_cmf, sim_bus_vfio_ap;

int sim_driver_bind(struct sim *sim, const char *dev, const struct sim_driver *driver);
void sim_driver_unbind(struct sim *sim, const char *dev);   /* nothing if unbound */
int sim_driver_probe_any(struct sim *sim, const char *dev); /* device_attach(): 1 bound, 0 nobody */

#endif
