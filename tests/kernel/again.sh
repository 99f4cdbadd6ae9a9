# SPDX-License-Identifier: MIT
# In the guest: a subchannel is given back to the host and taken again by the next commit, as fast as those come. Without cio_settle in between
# the terminal's device stays behind below vfio_ccw, and one of virtio ends the kernel.
. /tests/tap.sh

CSS=/sys/bus/css/devices

hand() { # subchannel, driver as JSON
	echo "{\"vfiocfg-edits\":1,\"drivers\":{\"css/$1\":{\"driver\":$2,\"persist\":false}}}" >/run/edits.json
	exits 0 vfiocfg apply /run/edits.json --yes --override "$1"
}

alone() { # subchannel, its device: nothing is behind it but what the guest gets
	[ "$(driver_of $CSS/$1)" = vfio_ccw ] && [ ! -e "$CSS/$1/$2" ]
}

again() { # subchannel
	local device round
	device=$(cat "$CSS/$1/dev_busid")
	for round in 1 2 3 4 5; do
		hand "$1" '"vfio_ccw"' && alone "$1" "$device" && hand "$1" null && [ -e "/sys/bus/ccw/devices/$device/driver" ] || return 1
	done
}

online() { [ "$(cat "/sys/bus/ccw/devices/$(cat $CSS/$1/dev_busid)/online")" = 1 ]; }

undone() { # by the commits' numbers
	exits 0 vfiocfg undo 2 --yes && alone 0.0.0006 0.0.0009 && exits 0 vfiocfg undo 1 --yes && [ -e $CSS/0.0.0006/0.0.0009 ]
}

check "a terminal's subchannel is given back and taken again, five times" again 0.0.0006
check "undone at once it is as well" undone
check "a device that goes online by itself is given back and taken again, five times" again 0.0.0004
check "it is online as soon as it was given back" online 0.0.0004
check "a disk is given back and taken again, five times" again 0.0.0001
check "it is online again" online 0.0.0001
finish
