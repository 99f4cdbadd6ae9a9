/* SPDX-License-Identifier: MIT */
/* Every reason why somebody would miss a device, each on a machine of its own: none is taken without the override. */
#include "batch.h"
#include "machine.h"
#include "session.h"
#include "sim_tree.h"

#include <string.h>

#define UUID	 "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define DISK	 "css/0.0.0001"
#define NIC	 "pci/0000:00:03.0"
#define ETH0	 "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
#define VIRTUAL	 "/sys/devices/virtual"
#define NO_ROUTE "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"

struct file {
	const char *path;
	const char *text; /* "-> target": a link; "/": a directory */
};

struct reason {
	const char *name, *dev, *who;
	bool vital;
	const char *ssh;
	struct file files[8];
};

/* clang-format off */
static const struct reason reasons[] = {
	{ "root", DISK, "/ (host)", true, NULL, { { "/proc/mounts", "/dev/dasda1 / ext4 rw 0 0\n" } } },
	{ "root named /dev/root", DISK, "/ (host)", true, NULL, {
		{ "/proc/mounts", "/dev/root / ext4 rw 0 0\n" },
		{ "/proc/self/mountinfo", "22 1 94:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n" },
		{ "/sys/dev/block/94:1", "-> ../../devices/css0/0.0.0001/0.0.0190/block/dasda/dasda1" } } },
	{ "boot", DISK, "/boot", true, NULL, { { "/proc/mounts", "/dev/dasda1 /boot ext4 rw 0 0\n" } } },
	{ "boot loader", DISK, "/boot/zipl", true, NULL, { { "/proc/mounts", "/dev/dasda1 /boot/zipl ext4 rw 0 0\n" } } },
	{ "usr", DISK, "/usr", true, NULL, { { "/proc/mounts", "/dev/dasda1 /usr ext4 rw 0 0\n" } } },
	{ "var", DISK, "/var", true, NULL, { { "/proc/mounts", "/dev/dasda1 /var ext4 rw 0 0\n" } } },
	{ "data", DISK, "/srv", false, NULL, { { "/proc/mounts", "/dev/dasda1 /srv xfs rw 0 0\n" } } },
	{ "whole disk", DISK, "/srv", false, NULL, { { "/proc/mounts", "/dev/dasda /srv xfs rw 0 0\n" } } },
	{ "by path", DISK, "/srv", false, NULL, {
		{ "/proc/mounts", "/dev/disk/by-path/ccw-0.0.0190-part1 /srv xfs rw 0 0\n" },
		{ "/dev/disk/by-path/ccw-0.0.0190-part1", "-> ../../dasda1" } } },
	{ "swap", DISK, "swap", true, NULL, { { "/proc/swaps", "Filename Type\n/dev/dasda1 partition 1 0 -2\n" } } },
	{ "LVM mounted", DISK, "/srv", false, NULL, {
		{ "/proc/mounts", "/dev/mapper/vg0-srv /srv xfs rw 0 0\n" },
		{ "/sys/block/dm-0", "-> ../devices/virtual/block/dm-0" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/dm/name", "vg0-srv\n" }, { VIRTUAL "/block/dm-0/slaves/dasda1", "/" } } },
	{ "LVM active only", DISK, "LVM vg0-db1", false, NULL, {
		{ "/sys/block/dm-0", "-> ../devices/virtual/block/dm-0" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/dm/name", "vg0-db1\n" }, { VIRTUAL "/block/dm-0/dm/uuid", "LVM-x\n" },
		{ VIRTUAL "/block/dm-0/slaves/dasda1", "/" } } },
	{ "crypt", DISK, "crypt luks-1", false, NULL, {
		{ "/sys/block/dm-0", "-> ../devices/virtual/block/dm-0" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/dm/name", "luks-1\n" }, { VIRTUAL "/block/dm-0/dm/uuid", "CRYPT-LUKS2-x\n" },
		{ VIRTUAL "/block/dm-0/slaves/dasda1", "/" } } },
	{ "RAID", DISK, "RAID md0", false, NULL, {
		{ "/sys/block/md0", "-> ../devices/virtual/block/md0" },
		{ "/sys/class/block/md0", "-> ../../devices/virtual/block/md0" },
		{ VIRTUAL "/block/md0/slaves/dasda1", "/" } } },
	{ "LVM on RAID", DISK, "/ (host)", true, NULL, {
		{ "/proc/mounts", "/dev/dm-0 / xfs rw 0 0\n" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/slaves/md0", "/" },
		{ "/sys/class/block/md0", "-> ../../devices/virtual/block/md0" },
		{ VIRTUAL "/block/md0/slaves/dasda1", "/" } } },
	{ "bcache", DISK, "/srv", false, NULL, {
		{ "/proc/mounts", "/dev/bcache0 /srv xfs rw 0 0\n" },
		{ "/sys/class/block/bcache0", "-> ../../devices/virtual/block/bcache0" },
		{ VIRTUAL "/block/bcache0/slaves/dasda1", "/" } } },
	{ "partition of a multipath device", DISK, "/srv", false, NULL, {
		{ "/proc/mounts", "/dev/dm-1 /srv xfs rw 0 0\n" },
		{ "/sys/class/block/dm-1", "-> ../../devices/virtual/block/dm-1" },
		{ VIRTUAL "/block/dm-1/slaves/dm-0", "/" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/slaves/dasda", "/" } } },
	{ "the other disk of a btrfs", DISK, "/srv", false, NULL, {
		{ "/proc/mounts", "/dev/dasdb1 /srv btrfs rw 0 0\n" },
		{ "/sys/fs/btrfs/0f6d1c1e/devices/dasda1", "/" }, { "/sys/fs/btrfs/0f6d1c1e/devices/dasdb1", "/" } } },
	{ "swap file", DISK, "swap", true, NULL, {
		{ "/proc/swaps", "Filename Type\n/srv/swapfile file 1 0 -3\n" },
		{ "/proc/mounts", "/dev/dasda1 /srv xfs rw 0 0\n" } } },
	{ "file of a loop device", DISK, "loop device loop0", false, NULL, {
		{ "/proc/mounts", "/dev/dasda1 /srv xfs rw 0 0\n" }, { "/sys/block/loop0", "-> ../devices/virtual/block/loop0" },
		{ "/sys/class/block/loop0", "-> ../../devices/virtual/block/loop0" },
		{ VIRTUAL "/block/loop0/loop/backing_file", "/srv/a.img\n" } } },
	{ "disk of a loop device", DISK, "loop device loop0", false, NULL, {
		{ "/sys/block/loop0", "-> ../devices/virtual/block/loop0" },
		{ "/sys/class/block/loop0", "-> ../../devices/virtual/block/loop0" },
		{ VIRTUAL "/block/loop0/loop/backing_file", "/dev/dasda1\n" } } },
	{ "bcache not mounted", DISK, "bcache bcache0", false, NULL, {
		{ "/sys/block/bcache0", "-> ../devices/virtual/block/bcache0" },
		{ "/sys/class/block/bcache0", "-> ../../devices/virtual/block/bcache0" },
		{ VIRTUAL "/block/bcache0/slaves/dasda1", "/" } } },
	{ "DRBD", DISK, "DRBD drbd0", false, NULL, {
		{ "/sys/block/drbd0", "-> ../devices/virtual/block/drbd0" },
		{ "/sys/class/block/drbd0", "-> ../../devices/virtual/block/drbd0" },
		{ VIRTUAL "/block/drbd0/slaves/dasda1", "/" } } },
	{ "other device-mapper volume", DISK, "volume vdo0", false, NULL, {
		{ "/sys/block/dm-0", "-> ../devices/virtual/block/dm-0" },
		{ "/sys/class/block/dm-0", "-> ../../devices/virtual/block/dm-0" },
		{ VIRTUAL "/block/dm-0/dm/name", "vdo0\n" }, { VIRTUAL "/block/dm-0/dm/uuid", "VDO-x\n" },
		{ VIRTUAL "/block/dm-0/slaves/dasda1", "/" } } },
	{ "disk open in a process", DISK, "process db2sysc", false, NULL, {
		{ "/proc/812/fd/7", "-> /dev/dasda" }, { "/proc/812/comm", "db2sysc\n" } } },
	{ "terminal open in a process", NIC, "process agetty", false, NULL, {
		{ "/sys/dev/char/4:68", "-> ../../devices/pci0000:00/0000:00:03.0/tty/ttyS4" },
		{ "/proc/813/fd/0", "-> /dev/ttyS4" }, { "/proc/813/comm", "agetty\n" } } },
	{ "function held through vfio", NIC, "process testpmd", true, NULL, {
		{ "/proc/814/fd/12", "-> /dev/vfio/3" }, { "/proc/814/comm", "testpmd\n" } } },
	{ "mediated device held through vfio", "mdev/" UUID, "process krunvm", true, NULL, {
		{ "/sys/devices/css0/0.0.0313/" UUID "/iommu_group", "-> ../../../../kernel/iommu_groups/13" },
		{ "/proc/815/fd/12", "-> /dev/vfio/13" }, { "/proc/815/comm", "krunvm\n" } } },
	{ "kdump's partition", DISK, "dump target", false, NULL, { { "/etc/kdump.conf", "ext4 /dev/dasda2\n" } } },
	{ "kdump's directory", DISK, "dump target", false, NULL, {
		{ "/etc/default/kdump-tools", "KDUMP_COREDIR=\"/srv/crash\"\n" },
		{ "/proc/mounts", "/dev/dasda1 /srv xfs rw 0 0\n" } } },
	{ "dumpconf's device at boot", DISK, "dump target", false, NULL, {
		{ "/etc/sysconfig/dumpconf", "ON_PANIC=dump\nDUMP_TYPE=ccw\nDEVICE=0.0.0190\n" } } },
	{ "root over NFS", NIC, "/ (host)", true, NULL, {
		{ "/proc/mounts", "srv:/export / nfs4 rw,addr=10.1.2.9 0 0\n" },
		{ "/proc/net/route", NO_ROUTE "eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n" } } },
	{ "fstab by label", DISK, "fstab", false, NULL, {
		{ "/etc/fstab", "LABEL=data\t/srv\txfs\tdefaults 0 0\n" }, { "/dev/disk/by-label/data", "-> ../../dasda1" } } },
	{ "fstab by id", DISK, "fstab", false, NULL, {
		{ "/etc/fstab", "/dev/disk/by-id/ccw-IBM.7500-part1\t/srv\txfs\tdefaults 0 0\n" },
		{ "/dev/disk/by-id/ccw-IBM.7500-part1", "-> ../../dasda1" } } },
	{ "crypttab by UUID", DISK, "crypttab", false, NULL, {
		{ "/etc/crypttab", "luks-1 UUID=0f6d-1c1e none luks\n" }, { "/dev/disk/by-uuid/0f6d-1c1e", "-> ../../dasda1" } } },
	{ "ssh through a VLAN on a bridge", NIC, "your ssh session", true, "10.1.2.7 49152 10.1.2.1 22", {
		{ "/sys/class/net/br0.9", "-> ../../devices/virtual/net/br0.9" }, { VIRTUAL "/net/br0.9/lower_br0", "/" },
		{ "/sys/class/net/br0", "-> ../../devices/virtual/net/br0" }, { VIRTUAL "/net/br0/lower_eth0", "/" },
		{ "/proc/net/route", NO_ROUTE "br0.9\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n" } } },
	{ "dump target", DISK, "dump target", false, NULL, {
		{ "/sys/firmware/dump/dump_type", "ccw\n" }, { "/sys/firmware/dump/ccw/device", "0.0.0190\n" } } },
	{ "next IPL", DISK, "next IPL", true, NULL, {
		{ "/sys/firmware/reipl/reipl_type", "ccw\n" }, { "/sys/firmware/reipl/ccw/device", "0.0.0190\n" } } },
	{ "console on the command line", DISK, "console", true, NULL, { { "/proc/cmdline", "condev=0x0190\n" } } },
	{ "a guest's disk", DISK, "guest web", true, NULL, {
		{ "/run/libvirt/qemu/web.xml", "<domstatus state='running' pid='7'>\n<domain type='kvm'>\n<name>web</name>\n"
		  "<disk type='block'><source dev='/dev/dasda'/></disk>\n" } } },
	{ "a guest's mediated device", "mdev/" UUID, "guest db1", true, NULL, {
		{ "/run/libvirt/qemu/db1.xml", "<domstatus state='running' pid='7'>\n<domain type='kvm'>\n<name>db1</name>\n"
		  "<hostdev><source><address uuid='" UUID "'/></source></hostdev>\n" } } },
	{ "a guest's mediated device, by QEMU alone", "mdev/" UUID, "guest db1", true, NULL, {
		{ "/proc/4711/cmdline", "qemu-system-s390x|-name|guest=db1|-device|vfio-ccw,sysfsdev=/sys/bus/mdev/devices/" UUID } } },
	{ "fstab", DISK, "fstab", false, NULL, { { "/etc/fstab", "# <file system>\n/dev/dasda1 /srv xfs noauto 0 0\n" } } },
	{ "fstab by UUID", DISK, "fstab", false, NULL, {
		{ "/etc/fstab", "UUID=0f6d-1c1e\t/srv\txfs\tdefaults 0 0\n" },
		{ "/dev/disk/by-uuid/0f6d-1c1e", "-> ../../dasda1" } } },
	{ "crypttab", DISK, "crypttab", false, NULL, { { "/etc/crypttab", "luks-1 /dev/dasda1 none luks\n" } } },
	{ "chzdev's rule", DISK, "chzdev", false, NULL, {
		{ "/etc/udev/rules.d/41-dasd-eckd-0.0.0190.rules", "# Generated by chzdev\n" } } },
	{ "chzdev's rule of a group", DISK, "chzdev", false, NULL, {
		{ "/etc/udev/rules.d/41-qeth-0.0.018f:0.0.0190:0.0.0191.rules", "# Generated by chzdev\n" } } },
	{ "the IPL device", DISK, "IPL device", false, NULL, {
		{ "/sys/firmware/ipl/ipl_type", "ccw\n" }, { "/sys/firmware/ipl/device", "0.0.0190\n" } } },
	{ "interface up", NIC, "eth0 up", false, NULL, { { ETH0 "/flags", "0x1003\n" } } },
	{ "default route", NIC, "default route", true, NULL, {
		{ "/proc/net/route", NO_ROUTE "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n" } } },
	{ "default route of IPv6", NIC, "default route", true, NULL, {
		{ "/proc/net/ipv6_route", "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		  "fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0\n" } } },
	{ "your ssh session", NIC, "your ssh session", true, "10.1.2.7 49152 10.1.2.1 22", {
		{ "/proc/net/route", NO_ROUTE "eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n" } } },
	{ "your ssh session through a bond", NIC, "your ssh session", true, "2001:db8::5 49152 2001:db8::1 22", {
		{ "/sys/class/net/bond0", "-> ../../devices/virtual/net/bond0" }, { VIRTUAL "/net/bond0/lower_eth0", "/" },
		{ "/proc/net/ipv6_route", "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000100 00000001 00000000 00000001    bond0\n" } } },
	{ "below a bridge that is up", NIC, "br0 up", false, NULL, {
		{ "/sys/class/net/br0", "-> ../../devices/virtual/net/br0" }, { VIRTUAL "/net/br0/flags", "0x1003\n" },
		{ VIRTUAL "/net/br0/lower_eth0", "/" } } },
	{ "below a VLAN with the default route", NIC, "default route", true, NULL, {
		{ "/sys/class/net/eth0.7", "-> ../../devices/virtual/net/eth0.7" }, { VIRTUAL "/net/eth0.7/lower_eth0", "/" },
		{ "/proc/net/route", NO_ROUTE "eth0.7\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n" } } },
	{ "a VLAN on a bond", NIC, "bond0.7 up", false, NULL, {
		{ "/sys/class/net/bond0.7", "-> ../../devices/virtual/net/bond0.7" }, { VIRTUAL "/net/bond0.7/flags", "0x1003\n" },
		{ VIRTUAL "/net/bond0.7/lower_bond0", "/" }, { "/sys/class/net/bond0", "-> ../../devices/virtual/net/bond0" },
		{ VIRTUAL "/net/bond0/lower_eth0", "/" } } },
	{ "the display", "pci/0000:01:00.0", "display", false, NULL, { { "/sys/bus/pci/devices/0000:01:00.0/boot_vga", "1\n" } } },
	{ "a serial console", NIC, "console", true, NULL, {
		{ "/proc/consoles", "ttyS4                -W- (EC p  )    4:68\n" },
		{ "/sys/class/tty/ttyS4", "-> ../../devices/pci0000:00/0000:00:03.0/tty/ttyS4" } } },
	{ "NVMe with the root", "pci/0000:02:00.0", "/ (host)", true, NULL, {
		{ "/proc/mounts", "/dev/nvme0n1p2 / ext4 rw 0 0\n" },
		{ "/sys/class/block/nvme0n1p2", "-> ../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2" },
		{ VIRTUAL "/nvme-subsystem/nvme-subsys0/nvme0", "-> ../../../pci0000:00/0000:02:00.0/nvme/nvme0" } } },
	{ "a guest's function", NIC, "guest db1", true, NULL, {
		{ "/run/libvirt/qemu/db1.xml", "<domstatus state='running' pid='7'>\n<domain type='kvm'>\n<name>db1</name>\n"
		  "<hostdev><source><address domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></source></hostdev>\n" } } },
	{ "a guest's function, by QEMU alone", NIC, "guest db1", true, NULL, {
		{ "/proc/4711/cmdline", "/usr/bin/qemu-kvm|-name|db1|-device|vfio-pci,host=00:03.0,id=hostdev0" } } },
};
/* clang-format on */

static void put_pci(struct machine *m, const char *id, const char *modalias, const char *group)
{
	char dir[96], path[160];

	snprintf(dir, sizeof(dir), "/sys/bus/pci/devices/%s", id);
	snprintf(path, sizeof(path), "%s/modalias", dir);
	tree_put(&m->tree, path, modalias);
	snprintf(path, sizeof(path), "%s/driver", dir);
	tree_link(&m->tree, path, "../../drivers/some");
	snprintf(path, sizeof(path), "%s/iommu_group", dir);
	tree_link(&m->tree, path, group);
}

/* What the reasons are laid over: a DASD, a mediated device, a port, a display, an NVMe, and nobody who uses them. */
static struct machine idle_machine(void)
{
	static const char *const modules[] = { "kvm", "vfio", "mdev", "vfio_ccw", "vfio_pci" };
	struct machine m = machine_new();

	machine_subch(&m, "0.0.0001", "io_subchannel", "0.0.0190");
	machine_ccw(&m, "0.0.0001", "0.0.0190", "ccw:t3990mE9dt3390dm0C", "dasd-eckd");
	tree_link(&m.tree, "/sys/block/dasda", "../devices/css0/0.0.0001/0.0.0190/block/dasda");
	tree_link(&m.tree, "/sys/class/block/dasda",
		  "../../devices/css0/0.0.0001/0.0.0190/block/dasda");
	tree_link(&m.tree, "/sys/class/block/dasda1",
		  "../../devices/css0/0.0.0001/0.0.0190/block/dasda/dasda1");
	machine_subch(&m, "0.0.0313", "vfio_ccw", "0.0.2b09");
	tree_link(&m.tree, "/sys/bus/mdev/devices/" UUID, "../../../devices/css0/0.0.0313/" UUID);
	tree_link(&m.tree, "/sys/devices/css0/0.0.0313/" UUID "/mdev_type",
		  "../mdev_supported_types/vfio_ccw-io");
	put_pci(&m, "0000:00:03.0", "pci:v00008086d00001592sv00008086sd00000002bc02sc00i00\n",
		"../../../../kernel/iommu_groups/3");
	tree_link(&m.tree, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
	put_pci(&m, "0000:01:00.0", "pci:v000010DEd00001B38sv000010DEsd00000001bc03sc00i00\n",
		"../../../../kernel/iommu_groups/4");
	put_pci(&m, "0000:02:00.0", "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02\n",
		"../../../../kernel/iommu_groups/5");
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/module/%s", modules[i]);
		tree_dir(&m.tree, path);
	}
	return m;
}

/* A command line: '|' stands for the NUL that a string cannot hold. */
static void put_words(struct machine *m, const struct file *f)
{
	FILE *to;

	tree_put(&m->tree, f->path, "");
	to = fopen(tree_path(&m->tree, f->path), "we");
	assert_non_null(to);
	for (const char *c = f->text; *c; c++)
		assert_int_not_equal(fputc(*c == '|' ? '\0' : *c, to), EOF);
	fclose(to);
}

static void put_file(struct machine *m, const struct file *f)
{
	if (str_starts(f->text, "-> "))
		tree_link(&m->tree, f->path, f->text + 3);
	else if (!strcmp(f->text, "/"))
		tree_dir(&m->tree, f->path);
	else if (str_ends(f->path, "/cmdline") && strchr(f->text, '|'))
		put_words(m, f);
	else
		tree_put(&m->tree, f->path, f->text);
}

/* A session that may write, on a copy: what it refuses it refuses for the reason alone. */
static void open_copy(struct machine *m, const char *ssh, struct sys **ret_sys,
		      struct session **ret)
{
	static const char *const paths[] = { "/sys", "/proc", "/etc", "/run", "/dev", NULL };
	const struct session_opts opts = { .who = "operator", .ssh = ssh };

	assert_int_equal(sim_copy(m->sys, paths, ret_sys), 0);
	assert_int_equal(session_new(*ret_sys, &opts, ret), 0);
}

static int may(const struct session *s, const char *override, struct msg *why)
{
	const char *const overrides[] = { override };
	const struct consent c = { .overrides = overrides,
				   .n_overrides = override != NULL,
				   .conflicts = true,
				   .not_undoable = true };

	msg_done(why);
	return session_may_commit(s, &c, why);
}

/* A mediated device is stopped; any other is taken from the host. */
static int stage(struct session *s, const struct devid *dev, struct msg *why)
{
	struct wish_mdev stop = { .fields = WM_ACTIVE, .defined = true, .reach = { .live = true } };

	if (dev->bus == BUS_MDEV) {
		memcpy(stop.uuid, dev->name, sizeof(stop.uuid));
		return session_set_mdev(s, &stop, why);
	}
	return session_set_driver(s, dev, rules_guest_driver(session_inventory(s), dev),
				  (struct reach){ true, true }, why);
}

static void lay(struct machine *m, const struct reason *x)
{
	for (size_t i = 0; i < ARRAY_SIZE(x->files) && x->files[i].path; i++)
		put_file(m, &x->files[i]);
}

/* The machine as text: whatever a commit changed shows. */
static char *all_of(struct sys *sys)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_int_equal(sim_save(sys, &text), 0);
	return buf_take(&text);
}

/* A front end's last step, as it is or with a word typed. */
static int commit(struct session *s, const char *override, struct msg *why)
{
	const char *const overrides[] = { override };
	const struct consent c = { .overrides = overrides,
				   .n_overrides = override != NULL,
				   .conflicts = true,
				   .not_undoable = true };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };

	msg_done(why);
	return session_commit(s, &c, NULL, &report, why);
}

/* `vfiocfg apply FILE --yes` with what is staged in a session, and perhaps --override. */
static int apply(struct sys *sys, const char *ssh, const struct session *staged,
		 const char *override, char **ret_err)
{
	const struct session_opts opts = { .who = "operator", .ssh = ssh };
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(freep) char *edits = session_save(staged);
	char name[] = "/tmp/vfiocfg-XXXXXX", out[4096];
	char *argv[] = { (char[]){ "apply" },	       name,
			 (char[]){ "--yes" },	       (char[]){ "--override" },
			 (char *)(uintptr_t) override, NULL };
	struct batch b = { .argv = argv, .argc = override ? 5 : 3 };
	FILE *f = fdopen(mkstemp(name), "w");
	size_t n;
	int code;

	assert_true(f && fputs(edits, f) >= 0);
	fclose(f);
	if (!override)
		argv[3] = NULL;
	assert_int_equal(session_new(sys, &opts, &s), 0);
	b.session = s;
	b.out = fmemopen(out, sizeof(out), "w");
	b.err = open_memstream(ret_err, &n);
	code = batch_run(&b);
	fclose(b.out);
	fclose(b.err);
	unlink(name);
	return code;
}

static bool is_half_a_name(const struct inventory *inv, const struct devid *dev, const char *word)
{
	struct devid found;

	return inventory_find(inv, word, &found) == 0 && devid_eq(&found, dev);
}

static void is_protected(void **state)
{
	const struct reason *x = *state;
	CLEANUP(machine_done) struct machine m = idle_machine();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(freep) char *before = NULL;
	CLEANUP(freep) char *after = NULL;
	CLEANUP(freep) char *said = NULL;
	struct devid dev = machine_id(x->dev);
	struct msg why = { 0 };
	const char *half = dev.bus == BUS_PCI	 ? dev.name + strlen("0000:")
			   : dev.bus == BUS_MDEV ? "669d9b23"
						 : "0190";
	int r;

	lay(&m, x);
	machine_scan_ssh(&m, x->ssh);
	if (!machine_use(&m, x->dev, x->who))
		fail_msg("%s: %s is not used by %s", x->name, x->dev, x->who);
	assert_int_equal(machine_use(&m, x->dev, x->who)->grade,
			 x->vital ? USE_VITAL : USE_PROTECTED);
	open_copy(&m, x->ssh, &sys, &s);
	assert_int_equal(stage(s, &dev, &why), 0);
	before = all_of(sys);
	r = commit(s, NULL, &why);
	if (r != -EPERM)
		fail_msg("%s: %d %s", x->name, r, why.what ? why.what : "was committed");
	assert_int_equal(commit(s, "0.0.4711", &why), -EPERM);
	assert_int_equal(apply(sys, x->ssh, s, NULL, &said), EXIT_ERRORS);
	if (!strstr(said, dev.name) || !strstr(said, "--override"))
		fail_msg("%s: %s", x->name, said);
	after = all_of(sys);
	assert_string_equal(before, after);
	/* Half a name is enough where nothing vital is at stake. */
	assert_true(is_half_a_name(session_inventory(s), &dev, half));
	assert_int_equal(may(s, half, &why) == -EPERM, x->vital);
	assert_int_not_equal(may(s, dev.name, &why), -EPERM);
	msg_done(&why);
}

/* What --root shows is the capture's, and is said there as it is here; written to it is nothing. */
static void is_seen_in_a_capture(void **state)
{
	const struct reason *x = *state;
	CLEANUP(machine_done) struct machine m = idle_machine();
	CLEANUP(session_freep) struct session *s = NULL;
	struct session_opts opts = { .read_only = true, .ssh = x->ssh };
	struct devid dev = machine_id(x->dev);
	struct msg why = { 0 };
	bool told = false;

	lay(&m, x);
	assert_int_equal(session_new(m.sys, &opts, &s), 0);
	assert_int_equal(stage(s, &dev, &why), 0);
	for (size_t i = 0; i < session_findings(s)->n; i++) {
		const struct finding *f = &session_findings(s)->v[i];

		told |= f->grade == GRADE_PROTECTED && devid_eq(&f->dev, &dev) &&
			f->vital == x->vital;
	}
	assert_true(told);
	assert_int_equal(commit(s, dev.name, &why), -EROFS);
	msg_done(&why);
}

TEST(who_began_to_use_a_device_after_it_was_staged_is_seen_by_the_commit)
{
	CLEANUP(machine_done) struct machine m = idle_machine();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	struct devid dev = machine_id(NIC);
	struct msg why = { 0 };

	open_copy(&m, NULL, &sys, &s);
	assert_int_equal(stage(s, &dev, &why), 0);
	assert_int_not_equal(may(s, NULL, &why), -EPERM);
	assert_int_equal(sim_put_file((struct sim *)(void *)sys, ETH0 "/flags", 0444, "0x1003\n"),
			 0);
	assert_int_equal(commit(s, NULL, &why), -EPERM);
	assert_non_null(strstr(why.what, "0000:00:03.0"));
	msg_done(&why);
}

TEST(without_a_reason_nothing_is_protected)
{
	static const char *const devs[] = { DISK, NIC, "pci/0000:01:00.0", "pci/0000:02:00.0" };
	CLEANUP(machine_done) struct machine m = idle_machine();
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	struct msg why = { 0 };

	machine_scan(&m);
	assert_int_equal(m.inv->n_uses, 0);
	open_copy(&m, NULL, &sys, &s);
	for (size_t i = 0; i < ARRAY_SIZE(devs); i++) {
		struct devid dev = machine_id(devs[i]);

		assert_int_equal(stage(s, &dev, &why), 0);
	}
	assert_int_not_equal(may(s, NULL, &why), -EPERM);
	msg_done(&why);
}

TEST(there_are_at_least_twenty_five_reasons)
{
	assert_true(ARRAY_SIZE(reasons) >= 25);
}

int main(void)
{
	enum { N = ARRAY_SIZE(reasons) };
	const struct CMUnitTest others[] = {
		CASE(without_a_reason_nothing_is_protected),
		CASE(who_began_to_use_a_device_after_it_was_staged_is_seen_by_the_commit),
		CASE(there_are_at_least_twenty_five_reasons),
	};
	struct CMUnitTest tests[2 * N + ARRAY_SIZE(others)];
	char names[N][96];

	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "in a capture: %s", reasons[i].name);
		tests[i] = (struct CMUnitTest){ .name = reasons[i].name,
						.test_func = is_protected,
						.initial_state = (void *)(uintptr_t)&reasons[i] };
		tests[N + i] = tests[i];
		tests[N + i].name = names[i];
		tests[N + i].test_func = is_seen_in_a_capture;
	}
	memcpy(tests + 2 * N, others, sizeof(others));
	return RUN(tests);
}
