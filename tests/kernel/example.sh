# SPDX-License-Identifier: MIT
# In the guest: what vfiocfg says agrees with the tree, and the example everybody knows, committed, looked at, taken back.
. /tests/tap.sh

CSS=/sys/bus/css/devices
AP=/sys/bus/ap
DISK=7e270a25-e163-4922-af60-757fc8ed48c6
MATRIX=669d9b23-fe1b-4ecb-be08-a2fabca99b71

# What a commit may touch, a line each: attributes that can be read without asking an adapter, and links. No requests
# counted, no numbers of IOMMU groups, which each mediated device gets anew.
tree() {
	echo 1 >/proc/cio_settle
	find /sys/devices/css0 /sys/devices/ap /sys/devices/vfio_ap /sys/devices/pci* /etc -type f -perm -444 ! -path '*/power/*' \
		! -path '*/virtio*' ! -name mkvps ! -name serialnr ! -name op_modes ! -name API_ordinalnr ! -name FW_version \
		! -name '*request*' ! -name 'resource[0-9]*' ! -name load ! -name interrupt ! -name states -exec grep -Hs '' {} +
	find /sys/devices/css0 /sys/devices/ap /sys/devices/vfio_ap /sys/bus/css /sys/bus/ccw /sys/bus/ap /sys/bus/mdev -type l \
		! -path '*/virtio*' -exec stat -c %N {} +
}

mdevs_agree() {
	vfiocfg list mdevs --format csv --columns uuid,bound | tr -d '\r"' | tail -n +2 | sed -n 's/,active$//p' | sort >/run/said
	ls /sys/bus/mdev/devices | sort >/run/found
	same /run/found /run/said
}

all_agree() {
	bound subchannels subchannel $CSS "$(ls $CSS)" &&
		bound ap queue $AP/devices "$(ls $AP/devices)" &&
		bound pci address /sys/bus/pci/devices "$(ls /sys/bus/pci/devices)" && mdevs_agree
}

show_agrees() {
	local name
	for name in $(ls $CSS | grep -v '^0.0.0000$'); do
		vfiocfg show "css/$name" >/run/shown || return 1
		grep -q "$(driver_of $CSS/$name)" /run/shown || { echo "# $name: no $(driver_of $CSS/$name) in"; sed 's/^/# /' /run/shown; return 1; }
	done
	for name in $(ls $AP/devices | grep '\.'); do
		vfiocfg show "$name" | grep -q "$(driver_of $AP/devices/$name)" || { echo "# $name"; return 1; }
	done
}

doctor_agrees() {
	vfiocfg doctor >/run/doctor
	status=$?
	sed 's/^/# /' /run/doctor
	# No KVM under emulation, and that is what stops.
	[ -e /dev/kvm ] || [ $status = 2 ] || return 1
	grep -q "vfio_ccw" /run/doctor && grep -q "vfio_ap" /run/doctor
}

example_is_there() {
	[ "$(driver_of $CSS/0.0.0001)" = vfio_ccw ] && [ -d $CSS/0.0.0001/$DISK ] || return 1
	[ "$(driver_of $AP/devices/05.0004)" = vfio_ap ] && [ "$(driver_of $AP/devices/05.00ab)" = vfio_ap ] || return 1
	[ "$(tr '\n' ' ' </sys/devices/vfio_ap/matrix/$MATRIX/matrix)" = "05.0004 05.00ab " ] || return 1
	[ "$(cat $CSS/0.0.0001/driver_override)" = vfio_ccw ] && [ "$(cat /etc/driverctl.d/css-0.0.0001)" = vfio_ccw ] || return 1
	[ -s /etc/mdevctl.d/0.0.0001/$DISK ] && [ -s /etc/mdevctl.d/matrix/$MATRIX ] && [ -s /etc/udev/rules.d/41-ap.rules ]
}

sed 's/"0.0.0313"/"ccw\/0.0.2b09"/' /tests/example.json >/run/example.json
tree >/run/before

check "list agrees with the tree" all_agree
check "show names each device's driver" show_agrees
check "the doctor says what is missing here" doctor_agrees
check "nothing stands in the way of the machine as it is" exits 0 vfiocfg check
check "planning changes nothing" exits 10 vfiocfg plan /run/example.json
tree >/run/planned
check "the tree is as it was" same /run/before /run/planned
check "the example is committed" exits 0 vfiocfg apply /run/example.json --yes
check "the kernel has what was planned" example_is_there
check "list agrees with the changed tree" all_agree
check "show agrees with it" show_agrees
check "no finding is left" exits 0 vfiocfg check
check "committing it again is nothing to do" exits 0 vfiocfg apply /run/example.json --yes
check "its lines for QEMU name both" sh -c "vfiocfg export --as qemu | grep -c sysfsdev= | grep -qx 2"
check "the commit is in the history" sh -c "vfiocfg history | grep -q committed"
check "it is taken back" exits 0 vfiocfg undo 1 --yes
tree >/run/undone
check "every attribute and file is as before" same /run/before /run/undone
finish
