/* SPDX-License-Identifier: MIT */
#include "machine.h"

#define UUID "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

/* A disk 0.0.0190 with its block device dasda below /sys/class/block. */
static struct machine disk_machine(void)
{
	struct machine m = machine_new();
	const char *dir = "../../devices/css0/0.0.0001/0.0.0190/block/dasda";

	machine_subch(&m, "0.0.0001", "io_subchannel", "0.0.0190");
	machine_ccw(&m, "0.0.0001", "0.0.0190", "ccw:t3990mE9dt3390dm0C", "dasd-eckd");
	tree_link(&m.tree, "/sys/block/dasda", "../devices/css0/0.0.0001/0.0.0190/block/dasda");
	tree_link(&m.tree, "/sys/class/block/dasda", dir);
	tree_link(&m.tree, "/sys/class/block/dasda1",
		  "../../devices/css0/0.0.0001/0.0.0190/block/dasda/dasda1");
	return m;
}

TEST(the_disk_of_the_root_file_system_and_of_swap_is_vital)
{
	CLEANUP(machine_done) struct machine m = disk_machine();
	const struct use *u;

	tree_put(&m.tree, "/proc/mounts",
		 "sysfs /sys sysfs rw 0 0\n/dev/dasda1 / ext4 rw 0 0\n/dev/dasda2 /srv/a\\040b xfs "
		 "rw 0 0\n");
	tree_put(&m.tree, "/proc/swaps",
		 "Filename Type Size Used Priority\n/dev/dasda3 partition 1 0 -2\n/swapfile file 1 "
		 "0 -3\n");
	machine_scan(&m);
	u = machine_use(&m, "css/0.0.0001", "/ (host)");
	assert_int_equal(u->grade, USE_VITAL);
	assert_string_equal(u->text, "holds the file system mounted on / (dasda1)");
	assert_int_equal(machine_use(&m, "css/0.0.0001", "swap")->grade, USE_VITAL);
	assert_int_equal(machine_use(&m, "css/0.0.0001", "/srv/a b")->grade, USE_PROTECTED);
	assert_int_equal(m.inv->n_uses, 3);
}

TEST(a_volume_is_followed_down_to_its_disks)
{
	CLEANUP(machine_done) struct machine m = disk_machine();

	tree_put(&m.tree, "/proc/mounts", "/dev/mapper/vg0-srv /srv xfs rw 0 0\n");
	tree_link(&m.tree, "/sys/block/dm-0", "../devices/virtual/block/dm-0");
	tree_link(&m.tree, "/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	tree_put(&m.tree, "/sys/devices/virtual/block/dm-0/dm/name", "vg0-srv\n");
	tree_put(&m.tree, "/sys/devices/virtual/block/dm-0/dm/uuid", "LVM-x\n");
	tree_dir(&m.tree, "/sys/devices/virtual/block/dm-0/slaves/dasda1");
	machine_scan(&m);
	assert_int_equal(machine_use(&m, "css/0.0.0001", "/srv")->grade, USE_PROTECTED);
	assert_non_null(machine_use(&m, "css/0.0.0001", "LVM vg0-srv"));
}

TEST(a_swap_file_is_on_the_disk_of_the_deepest_mount_above_it)
{
	CLEANUP(machine_done) struct machine m = disk_machine();

	tree_put(&m.tree, "/proc/mounts", "/dev/sdz1 / ext4 rw 0 0\n/dev/dasda1 /srv xfs rw 0 0\n");
	tree_put(&m.tree, "/proc/swaps", "Filename Type\n/srv/swapfile file 1 0 -3\n");
	machine_scan(&m);
	assert_string_equal(machine_use(&m, "css/0.0.0001", "swap")->text,
			    "holds the swap file /srv/swapfile");
	tree_put(&m.tree, "/proc/swaps", "Filename Type\n/srvx/swapfile file 1 0 -3\n");
	machine_scan(&m);
	assert_null(machine_use(&m, "css/0.0.0001", "swap"));
}

TEST(a_loop_device_leads_to_the_disk_of_its_file)
{
	CLEANUP(machine_done) struct machine m = disk_machine();

	tree_put(&m.tree, "/proc/mounts",
		 "/dev/dasda1 /srv xfs rw 0 0\n/dev/loop0p1 /mnt ext4 rw 0 0\n");
	tree_link(&m.tree, "/sys/block/loop0", "../devices/virtual/block/loop0");
	tree_link(&m.tree, "/sys/class/block/loop0", "../../devices/virtual/block/loop0");
	tree_link(&m.tree, "/sys/class/block/loop0p1", "../../devices/virtual/block/loop0/loop0p1");
	tree_put(&m.tree, "/sys/devices/virtual/block/loop0/loop/backing_file",
		 "/srv/images/a.img\n");
	machine_scan(&m);
	assert_non_null(machine_use(&m, "css/0.0.0001", "/mnt"));
	assert_non_null(machine_use(&m, "css/0.0.0001", "loop device loop0"));
	tree_put(&m.tree, "/sys/devices/virtual/block/loop0/loop/backing_file", "/dev/dasda\n");
	machine_scan(&m);
	assert_non_null(machine_use(&m, "css/0.0.0001", "/mnt"));
}

TEST(a_loop_device_whose_file_is_on_itself_ends_the_search)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/mounts", "/dev/loop0 /srv xfs rw 0 0\n");
	tree_link(&m.tree, "/sys/class/block/loop0", "../../devices/virtual/block/loop0");
	tree_put(&m.tree, "/sys/devices/virtual/block/loop0/loop/backing_file", "/srv/a.img\n");
	machine_scan(&m);
	assert_int_equal(m.inv->n_uses, 0);
}

TEST(the_targets_of_kdump_and_dumpconf_are_read_in_each_distributions_way)
{
	static const struct {
		const char *path, *text;
		bool found;
	} rows[] = {
		{ "/etc/kdump.conf", "# raw /dev/dasda1\nraw /dev/dasda1\n", true },
		{ "/etc/kdump.conf", "# raw /dev/dasda1\n", false },
		{ "/etc/kdump.conf", "path /srv/crash\n", true },
		{ "/etc/kdump.conf", "ext4 /dev/dasda2\n", true },
		{ "/etc/kdump.conf", "nfs /dev/dasda2\n", false },
		{ "/etc/default/kdump-tools", "KDUMP_COREDIR=\"/srv/crash\"\n", true },
		{ "/etc/default/kdump-tools", "#KDUMP_COREDIR=\"/srv/crash\"\n", false },
		{ "/etc/sysconfig/kdump", "KDUMP_SAVEDIR=\"file:///srv/crash\"\n", true },
		{ "/etc/sysconfig/kdump", "KDUMP_SAVEDIR=\"ssh://a/srv/crash\"\n", false },
		{ "/etc/sysconfig/dumpconf", "ON_PANIC=dump\nDEVICE=0.0.0190\n", true },
		{ "/etc/sysconfig/dumpconf", "DEVICE='0.0.0190'\n", true },
		{ "/etc/sysconfig/dumpconf", "DEVICE=\"0.0.019\n", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(machine_done) struct machine m = disk_machine();

		tree_put(&m.tree, "/proc/mounts", "/dev/dasda1 /srv xfs rw 0 0\n");
		tree_put(&m.tree, rows[i].path, rows[i].text);
		machine_scan(&m);
		if (!machine_use(&m, "css/0.0.0001", "dump target") == rows[i].found)
			fail_msg("%s", rows[i].text);
	}
}

TEST(a_root_over_the_network_is_the_interface_that_leads_to_it)
{
	static const struct file {
		const char *path, *text;
	} ways[][3] = {
		{ { "/proc/mounts", "srv:/export/host / nfs4 rw,vers=4.2,addr=10.1.2.9 0 0\n" } },
		{ { "/proc/mounts", "/dev/sda1 / ext4 rw 0 0\n" },
		  { "/sys/class/block/sda1",
		    "-> ../../devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sda/sda1" },
		  { "/sys/class/iscsi_connection/connection1:0/address", "10.1.2.9\n" } },
		{ { "/proc/mounts", "/dev/nvme1n1 / ext4 rw 0 0\n" },
		  { "/sys/class/block/nvme1n1",
		    "-> ../../devices/virtual/nvme-fabrics/ctl/nvme1/nvme1n1" },
		  { "/sys/class/nvme/nvme1/address", "traddr=10.1.2.9,trsvcid=4420\n" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CLEANUP(machine_done) struct machine m = machine_new();

		tree_link(&m.tree, "/sys/class/net/eth1",
			  "../../devices/pci0000:00/0000:00:04.0/net/eth1");
		tree_put(&m.tree, "/proc/net/route",
			 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
			 "eth1\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
		for (size_t k = 0; k < 3 && ways[i][k].path; k++)
			if (str_starts(ways[i][k].text, "-> "))
				tree_link(&m.tree, ways[i][k].path, ways[i][k].text + 3);
			else
				tree_put(&m.tree, ways[i][k].path, ways[i][k].text);
		machine_scan(&m);
		assert_int_equal(machine_use(&m, "pci/0000:00:04.0", "/ (host)")->grade, USE_VITAL);
	}
}

TEST(volumes_that_hold_each_other_end_the_search)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/mounts", "/dev/dm-0 /srv xfs rw 0 0\n");
	tree_link(&m.tree, "/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	tree_dir(&m.tree, "/sys/devices/virtual/block/dm-0/slaves/dm-0");
	machine_scan(&m);
	assert_int_equal(m.inv->n_uses, 0);
}

TEST(an_nvme_disk_behind_several_paths_is_its_controllers)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/mounts", "/dev/nvme0n1p2 / ext4 rw 0 0\n");
	tree_link(&m.tree, "/sys/class/block/nvme0n1p2",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2");
	tree_link(&m.tree, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
		  "../../../pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0");
	machine_scan(&m);
	assert_int_equal(machine_use(&m, "pci/0000:02:00.0", "/ (host)")->grade, USE_VITAL);
}

TEST(an_osa_interface_with_the_default_route_claims_its_three_devices)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/proc/sysinfo", "Type: 3931\n");
	tree_link(&m.tree, "/sys/class/net/encf5f0", "../../devices/qeth/0.0.f5f0/net/encf5f0");
	tree_put(&m.tree, "/sys/devices/qeth/0.0.f5f0/net/encf5f0/flags", "0x1003\n");
	tree_link(&m.tree, "/sys/devices/qeth/0.0.f5f0/cdev0", "../../css0/0.0.0400/0.0.f5f0");
	tree_link(&m.tree, "/sys/devices/qeth/0.0.f5f0/cdev1", "../../css0/0.0.0401/0.0.f5f1");
	tree_link(&m.tree, "/sys/devices/qeth/0.0.f5f0/cdev2", "../../css0/0.0.0402/0.0.f5f2");
	tree_put(&m.tree, "/proc/net/route",
		 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
		 "encf5f0\t00000000\t0A000001\t0003\t0\t0\t100\t00000000\t0\t0\t0\n");
	machine_scan(&m);
	assert_int_equal(machine_use(&m, "css/0.0.0402", "default route")->grade, USE_VITAL);
	assert_int_equal(machine_use(&m, "css/0.0.0401", "encf5f0 up")->grade, USE_PROTECTED);
	assert_int_equal(m.inv->n_uses, 6);
}

TEST(the_ssh_session_is_on_the_most_exact_route_to_its_other_end)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	/* Little-endian numbers, as on x86: 10.1.2.0/24 over eth1. */
	tree_link(&m.tree, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
	tree_link(&m.tree, "/sys/class/net/eth1", "../../devices/pci0000:00/0000:00:04.0/net/eth1");
	tree_put(&m.tree, "/proc/net/route",
		 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
		 "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		 "eth1\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
	machine_scan_ssh(&m, "10.1.2.7 49152 10.1.2.1 22");
	assert_int_equal(machine_use(&m, "pci/0000:00:04.0", "your ssh session")->grade, USE_VITAL);
	assert_null(machine_use(&m, "pci/0000:00:03.0", "your ssh session"));
	machine_scan_ssh(&m, "10.1.3.7 49152 10.1.2.1 22");
	assert_non_null(machine_use(&m, "pci/0000:00:03.0", "your ssh session"));
	machine_scan_ssh(&m, NULL);
	assert_null(machine_use(&m, "pci/0000:00:03.0", "your ssh session"));
}

TEST(an_ssh_session_over_ipv6_is_found_through_a_bond)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_link(&m.tree, "/sys/class/net/bond0", "../../devices/virtual/net/bond0");
	tree_dir(&m.tree, "/sys/devices/virtual/net/bond0/lower_eth0");
	tree_link(&m.tree, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
	tree_put(&m.tree, "/proc/net/ipv6_route",
		 "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 "
		 "00000000000000000000000000000000 00000100 00000001 00000000 00000001    bond0\n");
	machine_scan_ssh(&m, "2001:db8::5 49152 2001:db8::1 22");
	assert_non_null(machine_use(&m, "pci/0000:00:03.0", "your ssh session"));
	machine_scan_ssh(&m, "2001:db9::5 49152 2001:db8::1 22");
	assert_null(machine_use(&m, "pci/0000:00:03.0", "your ssh session"));
}

/* A mediated device on a subchannel and a PCI function, for guests. */
static struct machine guest_machine(void)
{
	struct machine m = machine_new();

	machine_subch(&m, "0.0.0313", "vfio_ccw", "0.0.2b09");
	tree_link(&m.tree, "/sys/bus/mdev/devices/" UUID, "../../../devices/css0/0.0.0313/" UUID);
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:3b:00.1/modalias",
		 "pci:v000015B3d00001016sv000015B3sd00000001bc02sc00i00\n");
	return m;
}

TEST(a_guest_is_seen_in_libvirts_status_file)
{
	CLEANUP(machine_done) struct machine m = guest_machine();
	const struct use *u;

	tree_put(&m.tree, "/run/libvirt/qemu/db1.xml",
		 "<domstatus state='running' reason='booted' pid='4711'>\n<domain type='kvm'>\n"
		 "<name>db1</name>\n<hostdev><source><address uuid='" UUID "'/></source>\n"
		 "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x2b09'/></hostdev>\n"
		 "<hostdev><source><address domain='0x0000' bus='0x3b' slot='0x00' "
		 "function='0x1'/></source>\n"
		 "<address type='pci' domain='0x0000' bus='0x00' slot='0x01' "
		 "function='0x0'/></hostdev>\n");
	machine_scan(&m);
	u = machine_use(&m, "mdev/" UUID, "guest db1");
	assert_int_equal(u->grade, USE_VITAL);
	assert_string_equal(u->text, "belongs to the running guest db1 (pid 4711)");
	assert_non_null(machine_use(&m, "css/0.0.0313", "guest db1"));
	assert_non_null(machine_use(&m, "pci/0000:3b:00.1", "guest db1"));
	assert_int_equal(m.inv->n_uses, 3);
}

TEST(a_definition_of_a_guest_is_no_running_one)
{
	CLEANUP(machine_done) struct machine m = guest_machine();

	tree_put(&m.tree, "/run/libvirt/qemu/db1.xml", "<domain><name>db1</name>" UUID "</domain>");
	machine_scan(&m);
	assert_int_equal(m.inv->n_uses, 0);
}

/* Writes a process's command line: words end with NUL, which a string cannot hold. */
static void put_cmdline(struct machine *m, const char *pid, const char *words, size_t len)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	tree_put(&m->tree, path, "");
	f = fopen(tree_path(&m->tree, path), "we");
	assert_non_null(f);
	assert_int_equal(fwrite(words, 1, len, f), len);
	fclose(f);
}

TEST(a_guest_is_seen_in_the_command_line_of_qemu)
{
	CLEANUP(machine_done) struct machine m = guest_machine();
	static const char args[] =
		"/usr/bin/qemu-system-s390x\0-name\0guest=db1,debug-threads=on\0-device\0"
		"{\"driver\":\"vfio-ccw\",\"sysfsdev\":\"/sys/bus/mdev/devices/" UUID "\"}\0"
		"-device\0vfio-pci,host=3b:00.1,id=hostdev0";
	static const char other[] = "/bin/cat\0/sys/bus/mdev/devices/" UUID;

	put_cmdline(&m, "4711", args, sizeof(args));
	put_cmdline(&m, "4712", other, sizeof(other));
	machine_scan(&m);
	assert_non_null(machine_use(&m, "mdev/" UUID, "guest db1"));
	assert_string_equal(machine_use(&m, "pci/0000:3b:00.1", "guest db1")->text,
			    "belongs to the running guest db1 (pid 4711)");
	assert_int_equal(m.inv->n_uses, 3);
}

TEST(a_disk_of_the_host_given_to_a_guest_as_a_file_is_its)
{
	CLEANUP(machine_done) struct machine m = disk_machine();
	static const char args[] = "qemu-kvm\0-name\0web\0-blockdev\0{\"filename\":\"/dev/"
				   "dasda\"}\0-chardev\0/dev/pts/3";

	put_cmdline(&m, "99", args, sizeof(args));
	machine_scan(&m);
	assert_non_null(machine_use(&m, "css/0.0.0001", "guest web"));
	assert_int_equal(m.inv->n_uses, 1);
}

TEST(a_matrix_with_a_queue_in_use_has_a_user_even_if_nobody_knows_who)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_dir(&m.tree, "/sys/bus/ap/devices/05.0004");
	tree_put(&m.tree, "/sys/bus/ap/devices/05.0004/status", "in use\n");
	tree_link(&m.tree, "/sys/bus/ap/devices/05.0004/driver", "../../drivers/vfio_ap");
	tree_link(&m.tree, "/sys/bus/mdev/devices/" UUID, "../../../devices/vfio_ap/matrix/" UUID);
	tree_link(&m.tree, "/sys/devices/vfio_ap/matrix/" UUID "/mdev_type",
		  "../mdev_supported_types/vfio_ap-passthrough");
	tree_put(&m.tree, "/sys/devices/vfio_ap/matrix/" UUID "/matrix", "05.0004\n");
	machine_scan(&m);
	assert_non_null(machine_use(&m, "mdev/" UUID, "a guest"));
	assert_non_null(machine_use(&m, "ap/05.0004", "a guest"));
	assert_non_null(machine_use(&m, "ap/matrix", "a guest"));
}

TEST(the_console_the_dump_target_and_the_ipl_device_are_missed)
{
	CLEANUP(machine_done) struct machine m = disk_machine();

	machine_subch(&m, "0.0.0010", "io_subchannel", "0.0.0009");
	machine_ccw(&m, "0.0.0010", "0.0.0009", "ccw:t3270m00dtdm", "3270");
	machine_subch(&m, "0.0.0011", "io_subchannel", "0.0.0193");
	tree_put(&m.tree, "/proc/consoles", "tty3270              -W- (EC p  )  227:1\n");
	tree_put(&m.tree, "/sys/firmware/dump/dump_type", "ccw\n");
	tree_put(&m.tree, "/sys/firmware/dump/ccw/device", "0.0.0193\n");
	tree_put(&m.tree, "/sys/firmware/reipl/reipl_type", "ccw\n");
	tree_put(&m.tree, "/sys/firmware/reipl/ccw/device", "0.0.0190\n");
	machine_scan(&m);
	assert_int_equal(machine_use(&m, "css/0.0.0010", "console")->grade, USE_PROTECTED);
	assert_int_equal(machine_use(&m, "css/0.0.0011", "dump target")->grade, USE_PROTECTED);
	assert_int_equal(machine_use(&m, "css/0.0.0001", "next IPL")->grade, USE_VITAL);
	tree_put(&m.tree, "/proc/cmdline", "condev=0x0009\n");
	machine_scan(&m);
	assert_int_equal(machine_use(&m, "css/0.0.0010", "console")->grade, USE_VITAL);
}

TEST(the_display_of_the_boot_is_missed)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	tree_put(&m.tree, "/sys/bus/pci/devices/0000:01:00.0/modalias",
		 "pci:v000010DEd00001B38sv000010DEsd00000001bc03sc00i00\n");
	tree_put(&m.tree, "/sys/bus/pci/devices/0000:01:00.0/boot_vga", "1\n");
	machine_scan(&m);
	assert_non_null(machine_use(&m, "pci/0000:01:00.0", "display"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_disk_of_the_root_file_system_and_of_swap_is_vital),
		CASE(a_volume_is_followed_down_to_its_disks),
		CASE(a_swap_file_is_on_the_disk_of_the_deepest_mount_above_it),
		CASE(a_loop_device_leads_to_the_disk_of_its_file),
		CASE(a_loop_device_whose_file_is_on_itself_ends_the_search),
		CASE(the_targets_of_kdump_and_dumpconf_are_read_in_each_distributions_way),
		CASE(a_root_over_the_network_is_the_interface_that_leads_to_it),
		CASE(volumes_that_hold_each_other_end_the_search),
		CASE(an_nvme_disk_behind_several_paths_is_its_controllers),
		CASE(an_osa_interface_with_the_default_route_claims_its_three_devices),
		CASE(the_ssh_session_is_on_the_most_exact_route_to_its_other_end),
		CASE(an_ssh_session_over_ipv6_is_found_through_a_bond),
		CASE(a_guest_is_seen_in_libvirts_status_file),
		CASE(a_definition_of_a_guest_is_no_running_one),
		CASE(a_guest_is_seen_in_the_command_line_of_qemu),
		CASE(a_disk_of_the_host_given_to_a_guest_as_a_file_is_its),
		CASE(a_matrix_with_a_queue_in_use_has_a_user_even_if_nobody_knows_who),
		CASE(the_console_the_dump_target_and_the_ipl_device_are_missed),
		CASE(the_display_of_the_boot_is_missed),
	};

	return RUN(tests);
}
