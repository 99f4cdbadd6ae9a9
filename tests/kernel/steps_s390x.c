/* SPDX-License-Identifier: MIT */
/* Encounters on the emulated s390x machine. */
#include "steps.h"

#include <stddef.h>

#define UUID		 "00000000-0000-4000-8000-0000000000a1"
#define OTHER		 "00000000-0000-4000-8000-0000000000b1"
#define CSS		 "/sys/bus/css"
#define AP		 "/sys/bus/ap"
#define MODEL		 "/sys/kernel/debug/ap_model/cmd"
#define MATRIX		 "/sys/devices/vfio_ap/matrix"
#define CREATE		 MATRIX "/mdev_supported_types/vfio_ap-passthrough/create"
#define CCW_TO_GUEST	 "\"drivers\":{\"css/0.0.0002\":\"vfio_ccw\"}"
#define TERMINAL(driver) "\"drivers\":{\"css/0.0.0006\":" driver "}"
#define MDEV_CCW                                                                                   \
	"{\"uuid\":\"" UUID                                                                        \
	"\",\"parent\":\"0.0.0002\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true}"
#define MDEV_OTHER                                                                                 \
	"{\"uuid\":\"" OTHER                                                                       \
	"\",\"parent\":\"0.0.0002\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true}"
#define MDEV_AP                                                                                    \
	"{\"uuid\":\"" UUID "\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\",\"start\":" \
	"\"auto\",\"active\":true,"                                                                \
	"\"adapters\":[5],\"domains\":[4]}"

static int break_module(bool mend)
{
	return steps_shell(
		mend ? "f=$(find /lib/modules -name vfio_ccw.ko); mv $f.kept $f"
		     : "f=$(find /lib/modules -name vfio_ccw.ko); mv $f $f.kept; echo broken >$f");
}

/* As a guest's virtual machine monitor has it open; the kernel then keeps the write until it lets go. */
static int open_device(bool mend)
{
	return steps_shell(mend ? "kill $(cat /run/holder); while [ -e /sys/bus/mdev/devices/" UUID
				  " ]; do usleep 100000; done"
				: "g=$(basename $(readlink /sys/bus/mdev/devices/" UUID
				  "/iommu_group));"
				  "labtr hold 600 $g " UUID " >/run/held & echo $! >/run/holder;"
				  "until grep -q get_device=ok /run/held; do usleep 100000; done");
}

static int protect_definitions(bool mend)
{
	return steps_protect("/etc/mdevctl.d", mend);
}

const struct encounter encounters_s390x[] = {
	{ .name = "module",
	  .kind = STEP_MODULE,
	  .edits = "\"modules\":{\"vfio_ccw\":{\"persist\":false}}",
	  .at = "vfio_ccw",
	  .act = break_module,
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	{ .name = "module, which is loaded",
	  .kind = STEP_MODULE,
	  .edits = "\"modules\":{\"vfio_ccw\":{\"persist\":false}}",
	  .alone = true,
	  .result = TXN_COMMITTED },
	{ .name = "offline, and the device has gone",
	  .kind = STEP_OFFLINE,
	  .edits = CCW_TO_GUEST,
	  .at = "/online",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" } },
	  .mends = { { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	/* A 3270: those of virtio go online by themselves, and may not be taken away meanwhile, see guest_settle. */
	{ .name = "online, and the device has gone",
	  .kind = STEP_ONLINE,
	  .first = TERMINAL("\"vfio_ccw\""),
	  .edits = TERMINAL("{\"driver\":null,\"online\":true}"),
	  .at = "/online",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0006" } },
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	/* A copy that was made while a guest had the device does not know what comes back. */
	{ .name = "given back and set online",
	  .kind = STEP_ONLINE,
	  .first = TERMINAL("\"vfio_ccw\""),
	  .edits = TERMINAL("{\"driver\":null,\"online\":true}"),
	  .alone = true,
	  .result = TXN_COMMITTED },
	{ .name = "unbind, and another driver has it",
	  .kind = STEP_UNBIND,
	  .edits = CCW_TO_GUEST,
	  .at = "io_subchannel/unbind",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" },
		    { CSS "/drivers/vfio_ccw/bind", "0.0.0002" } },
	  .mends = { { CSS "/drivers/vfio_ccw/unbind", "0.0.0002" },
		     { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "probe, and another override was set",
	  .kind = STEP_PROBE,
	  .edits = CCW_TO_GUEST,
	  .at = "drivers_probe",
	  .acts = { { CSS "/devices/0.0.0002/driver_override", "nobody" } },
	  .mends = { { CSS "/devices/0.0.0002/driver_override", "\n" },
		     { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "override of a queue, and the masks have moved",
	  .kind = STEP_OVERRIDE,
	  .level = 702,
	  .edits = "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}",
	  .at = "driver_override",
	  .acts = { { AP "/apmask", "-32\n" } },
	  .mends = { { AP "/apmask", "+32\n" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "mask, and another matrix has the queue",
	  .kind = STEP_MASK,
	  .first = "\"ap\":{\"guest-queues\":[\"05.0004\"]}",
	  .edits = "\"ap\":{\"host-queues\":[\"05.0004\"]}",
	  .at = "mask",
	  .acts = { { CREATE, OTHER },
		    { MATRIX "/" OTHER "/assign_adapter", "5" },
		    { MATRIX "/" OTHER "/assign_domain", "4" } },
	  .mends = { { MATRIX "/" OTHER "/remove", "1" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "create, and the UUID is taken",
	  .kind = STEP_CREATE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/create",
	  .acts = { { CREATE, UUID } },
	  .mends = { { MATRIX "/" UUID "/remove", "1" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "create, and the only instance is taken",
	  .kind = STEP_CREATE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/create",
	  .acts = { { CSS "/devices/0.0.0002/mdev_supported_types/vfio_ccw-io/create", OTHER } },
	  .mends = { { CSS "/devices/0.0.0002/" OTHER "/remove", "1" } },
	  .result = TXN_STUCK },
	{ .name = "assign, and another matrix has the queue",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "]",
	  .at = UUID "/a",
	  .acts = { { CREATE, OTHER },
		    { MATRIX "/" OTHER "/assign_adapter", "5" },
		    { MATRIX "/" OTHER "/assign_domain", "4" } },
	  .mends = { { MATRIX "/" OTHER "/remove", "1" } },
	  .result = TXN_STUCK },
	{ .name = "assign, and the host has taken the queue back",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "]",
	  .at = UUID "/a",
	  .acts = { { AP "/apmask", "+5\n" }, { AP "/aqmask", "+4\n" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "remove, and it is dead already",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_CCW "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"active\":false}]",
	  .at = "/remove",
	  .acts = { { CSS "/devices/0.0.0002/" UUID "/remove", "1" } },
	  .mends = { { CSS "/devices/0.0.0002/mdev_supported_types/vfio_ccw-io/create", UUID } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "measure, and the device has gone",
	  .kind = STEP_SWITCH,
	  .edits = "\"measurements\":{\"ccw/0.0.2b0a\":true}",
	  .at = "/cmb_enable",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" } },
	  .mends = { { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "vary a channel path",
	  .kind = STEP_SWITCH,
	  .edits = "\"paths\":{\"chp/0.01\":{\"vary\":false}}",
	  .result = TXN_COMMITTED },
	{ .name = "everything made",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "," MDEV_OTHER "]",
	  .result = TXN_COMMITTED },
	{ .name = "everything removed",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_AP "," MDEV_OTHER "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"delete\":true},{\"uuid\":\"" OTHER
		   "\",\"delete\":true}]",
	  .result = TXN_COMMITTED },
	{ .name = "remove, and a guest has it open",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_CCW "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"active\":false}]",
	  .at = "/remove",
	  .act = open_device,
	  .alone = true,
	  .result = TXN_STUCK },
	{ .name = "file, and its directory is read-only",
	  .kind = STEP_FILE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/etc/mdevctl.d",
	  .act = protect_definitions,
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	/* The last one: the kernel forgets to count the override that went with its queue, and keeps the masks till it boots. */
	{ .name = "mask, and an overridden queue has vanished",
	  .kind = STEP_MASK,
	  .level = 702,
	  .edits = "\"ap\":{\"mode\":\"masks\",\"guest-queues\":[\"06.0004\"]}",
	  .at = "mask",
	  .acts = { { AP "/devices/05.0004/driver_override", "vfio_ap\n" },
		    { MODEL, "rmcard 5\n" },
		    { AP "/scans", "1\n" } },
	  .mends = { { MODEL, "addcard 5 c 14\n" }, { AP "/scans", "1\n" } },
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	{ .name = NULL },
};
