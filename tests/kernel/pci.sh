# SPDX-License-Identifier: MIT
# In the x86-64 guest: what vfiocfg says of PCI functions, their groups and virtual functions agrees with the tree; some are given to
# guests, and taken back.
. /tests/tap.sh

PCI=/sys/bus/pci/devices
NVME=$PCI/0000:01:00.0

# What a commit may change, a line each, and all else that a function says of itself, but for what its driver has in hand.
tree() {
	for dir in $PCI/*; do
		grep -Hs '' $(find "$dir/" -maxdepth 1 -type f -perm -444 ! -name 'config' ! -name 'resource*' ! -name rom ! -name irq ! -name enable \
			! -name power_state ! -name uevent)
		find "$dir/" -maxdepth 1 -type l -exec stat -c %N {} +
	done
	find /sys/kernel/iommu_groups /sys/bus/pci/drivers -type l -exec stat -c %N {} +
	find /etc -type f -exec grep -Hs '' {} +
}

groups_agree() {
	list pci address group | sort >/run/said
	for name in $(ls $PCI); do
		echo "$name|$(basename "$(readlink $PCI/$name/iommu_group)")"
	done | sort >/run/found
	same /run/found /run/said
}

all_agree() {
	bound pci address $PCI "$(ls $PCI)" && groups_agree
}

show_agrees() {
	local name
	for name in $(ls $PCI); do
		vfiocfg show "pci/$name" >/run/shown && grep -q "$(driver_of $PCI/$name)" /run/shown || { echo "# $name"; return 1; }
	done
}

doctor_agrees() {
	local n=$(ls $PCI | wc -l)
	vfiocfg doctor | grep -q "$n of $n PCI functions are in IOMMU groups"
}

edits() {
	echo "{\"vfiocfg-edits\":1,$2}" >"/run/$1.json"
}

is_given() { # names
	local name
	for name; do
		[ "$(driver_of $PCI/$name)" = vfio-pci ] && [ "$(cat $PCI/$name/driver_override)" = vfio-pci ] &&
			[ "$(cat /etc/driverctl.d/pci-$name)" = vfio-pci ] &&
			[ -c "/dev/vfio/$(basename "$(readlink $PCI/$name/iommu_group)")" ] || return 1
	done
}

refused_for() { # finding, edits
	vfiocfg plan "$2" >/run/plan 2>&1
	[ $? = 2 ] && grep -q "$1" /run/plan || { sed 's/^/# /' /run/plan; return 1; }
}

has_vfs() {
	[ "$(cat $NVME/sriov_numvfs)" = "$1" ] && [ "$(ls -d $NVME/virtfn* 2>/dev/null | wc -l)" = "$1" ]
}

move_by_hand() { # name, driver or nothing
	echo "$2" >$PCI/$1/driver_override
	echo "$1" >$PCI/$1/driver/unbind
	echo "$1" >/sys/bus/pci/drivers_probe
}

viable() { # status, what vfiocfg check finds, name of a function of the group
	exits "$1" /tests/kernel-steps viable "$(basename "$(readlink $PCI/$3/iommu_group)")" && exits "$2" vfiocfg check
}

# They take virtual functions that are not ready for them, and let go of them seconds later.
echo 0 >$NVME/sriov_drivers_autoprobe

edits one '"drivers":{"pci/0000:04:01.0":"vfio-pci"}'
edits functions '"drivers":{"pci/0000:02:00.0":"vfio-pci","pci/0000:04:01.0":"vfio-pci","pci/0000:04:02.0":"vfio-pci"}'
edits vfs '"sriov":{"pci/0000:01:00.0":{"vfs":4,"persist":false}}'
edits many '"sriov":{"pci/0000:01:00.0":{"vfs":5,"persist":false}}'
edits vf '"drivers":{"pci/0000:01:00.2":"vfio-pci"}'
tree >/run/before

check "list agrees with the tree" all_agree
check "show names each function's driver" show_agrees
check "the doctor counts the groups" doctor_agrees
check "nothing stands in the way of the machine as it is" exits 0 vfiocfg check
move_by_hand 0000:04:01.0 vfio-pci
check "a group of which the host has one is no guest's, and that is found" viable 1 2 0000:04:02.0
move_by_hand 0000:04:02.0 vfio-pci
check "the whole group is, whatever the bridge" viable 0 0 0000:04:01.0
move_by_hand 0000:00:1f.2 vfio-pci
check "so is one whose other functions nobody has" viable 0 0 0000:00:1f.2
for name in 0000:04:01.0 0000:04:02.0 0000:00:1f.2; do move_by_hand $name; done
check "one function of a group of two is not enough" refused_for "0000:04:02.0" /run/one.json
check "more virtual functions than there can be are refused" refused_for "4" /run/many.json
check "the functions of two groups are given to guests" exits 0 vfiocfg apply /run/functions.json --yes
check "the kernel has what was planned" is_given 0000:02:00.0 0000:04:01.0 0000:04:02.0
check "virtual functions are made" exits 0 vfiocfg apply /run/vfs.json --yes
check "the kernel made them" has_vfs 4
check "one of them is given to guests" exits 0 vfiocfg apply /run/vf.json --yes
check "it has it" is_given 0000:01:00.2
check "list agrees with the changed tree" all_agree
check "show agrees with it" show_agrees
check "no finding is left" exits 0 vfiocfg check
check "the lines for QEMU name all" sh -c "vfiocfg export --as qemu | grep -c 'vfio-pci,.*host=' | grep -qx 4"
check "its commit is undone" exits 0 vfiocfg undo 3 --yes
check "it has no driver, as before" [ "$(cat $PCI/0000:01:00.2/driver_override)$(driver_of $PCI/0000:01:00.2)" = "(null)" ]
check "it is given again" exits 0 vfiocfg apply /run/vf.json --yes
check "everything is taken back at once" exits 0 vfiocfg undo all --yes
check "the virtual functions have gone" has_vfs 0
tree >/run/undone
check "every attribute and file is as before" same /run/before /run/undone
finish
