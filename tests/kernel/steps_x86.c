/* SPDX-License-Identifier: MIT */
/* Encounters on the emulated x86-64 machine: PCI functions, their groups, and virtual functions of an NVMe controller. */
#include "steps.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PCI   "/sys/bus/pci"
#define NVME  "0000:01:00.0"
#define VF    "0000:01:00.1"
#define CARD  "0000:02:00.0" /* e1000e */
#define PAIR  "0000:04:01.0" /* e1000; with the next one in the group of a bridge */
#define TWIN  "0000:04:02.0"
#define GUEST "\"vfio-pci\""

#define VFS(n)		   "\"sriov\":{\"pci/" NVME "\":{\"vfs\":" n ",\"persist\":false}}"
#define TO(device, driver) "\"pci/" device "\":" driver
#define DRIVERS(which)	   "\"drivers\":{" which "}"

/* Has the virtual function open, as a virtual machine monitor has it: the kernel then waits with taking it away. */
static void hold(int told)
{
	int container = open("/dev/vfio/vfio", O_RDWR), group = -1;
	char path[64] = "", link[256] = "";

	if (readlink(PCI "/devices/" VF "/iommu_group", link, sizeof(link) - 1) > 0)
		snprintf(path, sizeof(path), "/dev/vfio%.32s", strrchr(link, '/'));
	group = open(path, O_RDWR);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) == 0 &&
	    ioctl(group, VFIO_GROUP_GET_DEVICE_FD, VF) >= 0 && write(told, "", 1) == 1)
		for (;;)
			pause();
	_exit(1);
}

int steps_viable(const char *group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/dev/vfio/%.32s", group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	r = ioctl(fd, VFIO_GROUP_GET_STATUS, &status);
	close(fd);
	return r < 0 ? 2 : !(status.flags & VFIO_GROUP_FLAGS_VIABLE);
}

static int open_vf(bool mend)
{
	static pid_t holder;
	int said[2];
	char c;

	if (mend) {
		if (kill(holder, SIGKILL) < 0 || waitpid(holder, NULL, 0) < 0)
			return -1;
		/* What the kernel kept waiting goes on now, and then the undo, which waits behind it: the link comes back. */
		for (int i = 0; i < 100 && access(PCI "/devices/" VF "/driver", F_OK) != 0; i++)
			usleep(100000);
		return 0;
	}
	if (pipe(said) < 0 || (holder = fork()) < 0)
		return -1;
	if (holder == 0)
		hold(said[1]);
	close(said[1]);
	return read(said[0], &c, 1) == 1 ? 0 : -1;
}

static int protect_overrides(bool mend)
{
	return steps_protect("/etc/driverctl.d", mend);
}

const struct encounter encounters_x86[] = {
	{ .name = "a function alone in its group",
	  .kind = STEP_PROBE,
	  .edits = DRIVERS(TO(CARD, GUEST)),
	  .result = TXN_COMMITTED },
	{ .name = "both functions of a group below a bridge",
	  .kind = STEP_PROBE,
	  .edits = DRIVERS(TO(PAIR, GUEST) "," TO(TWIN, GUEST)),
	  .result = TXN_COMMITTED },
	/* A copy that was made while a guest had it does not know what comes back. */
	{ .name = "a function given back",
	  .kind = STEP_PROBE,
	  .first = DRIVERS(TO(CARD, GUEST)),
	  .edits = DRIVERS(TO(CARD, "null")),
	  .alone = true,
	  .result = TXN_COMMITTED },
	{ .name = "unbind, and another driver has it",
	  .kind = STEP_UNBIND,
	  .edits = DRIVERS(TO(CARD, GUEST)),
	  .at = "e1000e/unbind",
	  .acts = { { PCI "/drivers/e1000e/unbind", CARD },
		    { PCI "/devices/" CARD "/driver_override", "vfio-pci" },
		    { PCI "/drivers_probe", CARD } },
	  .mends = { { PCI "/drivers/vfio-pci/unbind", CARD },
		     { PCI "/devices/" CARD "/driver_override", "\n" },
		     { PCI "/drivers_probe", CARD } },
	  .result = TXN_STUCK },
	{ .name = "probe, and another override was set",
	  .kind = STEP_PROBE,
	  .edits = DRIVERS(TO(CARD, GUEST)),
	  .at = "drivers_probe",
	  .acts = { { PCI "/devices/" CARD "/driver_override", "nobody" } },
	  .mends = { { PCI "/devices/" CARD "/driver_override", "\n" },
		     { PCI "/drivers_probe", CARD } },
	  .result = TXN_STUCK },
	/* vfio_pci_core_register_device(): EBUSY */
	{ .name = "probe, and the function has virtual ones",
	  .kind = STEP_PROBE,
	  .edits = DRIVERS(TO(NVME, GUEST)),
	  .at = "nvme/unbind",
	  .acts = { { PCI "/devices/" NVME "/sriov_numvfs", "1" } },
	  .mends = { { PCI "/devices/" NVME "/sriov_numvfs", "0" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "the second of a group, and somebody has overridden it",
	  .kind = STEP_OVERRIDE,
	  .edits = DRIVERS(TO(PAIR, GUEST) "," TO(TWIN, GUEST)),
	  .at = "drivers_probe",
	  .acts = { { PCI "/devices/" TWIN "/driver_override", "nobody" } },
	  .mends = { { PCI "/devices/" TWIN "/driver_override", "\n" },
		     { PCI "/drivers_probe", TWIN } },
	  .result = TXN_STUCK },
	{ .name = "override, and the function has gone",
	  .kind = STEP_OVERRIDE,
	  .edits = DRIVERS(TO(CARD, GUEST)),
	  .at = CARD "/driver_override",
	  .acts = { { PCI "/devices/" CARD "/remove", "1" } },
	  .mends = { { PCI "/rescan", "1" } },
	  .alone = true,
	  .result = TXN_STUCK },
	{ .name = "virtual functions made",
	  .kind = STEP_SRIOV,
	  .edits = VFS("2"),
	  .result = TXN_COMMITTED },
	{ .name = "virtual functions, another number of them",
	  .kind = STEP_SRIOV,
	  .first = VFS("2"),
	  .edits = VFS("4"),
	  .result = TXN_COMMITTED },
	{ .name = "a virtual function for a guest",
	  .kind = STEP_SRIOV,
	  .first = VFS("2"),
	  .edits = DRIVERS(TO(VF, GUEST)),
	  .result = TXN_COMMITTED },
	{ .name = "virtual functions removed, one of them a guest's",
	  .kind = STEP_SRIOV,
	  .first = VFS("2"),
	  .next = DRIVERS(TO(VF, GUEST)),
	  .edits = VFS("0"),
	  .result = TXN_COMMITTED },
	/* sriov_numvfs_store(): EBUSY */
	{ .name = "virtual functions, and there are some by now",
	  .kind = STEP_SRIOV,
	  .edits = VFS("2"),
	  .at = "sriov_numvfs",
	  .acts = { { PCI "/devices/" NVME "/sriov_numvfs", "1" } },
	  .mends = { { PCI "/devices/" NVME "/sriov_numvfs", "0" } },
	  .result = TXN_ROLLED_BACK },
	/* ENOENT */
	{ .name = "virtual functions, and the driver has gone",
	  .kind = STEP_SRIOV,
	  .edits = VFS("2"),
	  .at = "sriov_numvfs",
	  .acts = { { PCI "/drivers/nvme/unbind", NVME } },
	  .mends = { { PCI "/drivers_probe", NVME } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "virtual functions removed, and a guest has one open",
	  .kind = STEP_UNBIND,
	  .first = VFS("2"),
	  .next = DRIVERS(TO(VF, GUEST)),
	  .edits = VFS("0"),
	  .at = "unbind",
	  .act = open_vf,
	  .alone = true,
	  .result = TXN_STUCK },
	{ .name = "file, and its directory is read-only",
	  .kind = STEP_FILE,
	  .edits = DRIVERS(TO(CARD, GUEST)),
	  .at = "/etc/driverctl.d",
	  .act = protect_overrides,
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	{ .name = NULL },
};
