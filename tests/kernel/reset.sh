# SPDX-License-Identifier: MIT
# In the guest: reset.sh [ap] [css] [pci] brings the machine back to what it was after its boot. What there is nothing to do for fails.
exec 2>/dev/null

reset_ap() {
	local bus=/sys/bus/ap model=/sys/kernel/debug/ap_model/cmd
	for mdev in /sys/devices/vfio_ap/matrix/*-*-*-*-*; do [ ! -e $mdev ] || echo 1 >$mdev/remove; done
	for card in "addcard 5 c 14" "addcard 6 p 14" "addcard 0xa a 14" "addcard 0x14 c 13" "rmcard 7" "rmcard 0x3f"; do
		echo $card >$model
	done
	for domain in 4 5 0x42 0xab; do echo adddom $domain >$model; done
	for domain in 4 5 6 0x42 0xab 0xac; do echo addctl $domain >$model; done
	for domain in 0 0x10 0x99; do
		echo rmdom $domain >$model
		echo rmctl $domain >$model
	done
	echo 1 >$bus/scans
	for queue in $bus/devices/*.*; do [ -z "$(cat $queue/driver_override)" ] || echo >$queue/driver_override; done
	echo 1 >$bus/drivers_autoprobe
	for mask in "+0-255 apmask" "+0-255 aqmask" "-0-255 apmask" "+0-255 apmask"; do echo ${mask% *} >$bus/${mask#* }; done
	for queue in $bus/devices/*.*; do [ -e $queue/driver ] || echo ${queue##*/} >$bus/drivers_probe; done
	for device in $bus/devices/card* $bus/devices/*.*; do echo 1 >$device/online; done
	echo 4 >$bus/ap_domain
	echo 120 >$bus/config_time
	echo 0 >$bus/poll_thread
}

reset_css() {
	local bus=/sys/bus/css
	for mdev in /sys/bus/mdev/devices/*; do [ ! -e $mdev ] || echo 1 >$mdev/remove; done
	[ -d /sys/module/vfio_ccw ] || modprobe vfio_ccw
	echo 1 >$bus/drivers_autoprobe
	echo free all >/proc/cio_ignore
	echo 1 >/proc/cio_settle
	for device in $bus/devices/*; do
		case $(cat $device/driver_override) in "" | "(null)") ;; *) echo >$device/driver_override ;; esac
		case $(readlink $device/driver) in *vfio_ccw) echo ${device##*/} >$bus/drivers/vfio_ccw/unbind ;; esac
		[ -e $device/driver ] || echo ${device##*/} >$bus/drivers_probe
	done
	echo 1 >/proc/cio_settle
	usleep 100000
	for device in /sys/bus/ccw/devices/*; do
		case $device in
		*/0.0.0009) echo 0 >$device/online ;;
		*)
			[ -e $device/driver ] || echo ${device##*/} >/sys/bus/ccw/drivers_probe
			[ "$(cat $device/online)" = 1 ] || echo 1 >$device/online ;;
		esac
	done
}

reset_pci() {
	local bus=/sys/bus/pci
	echo 1 >$bus/drivers_autoprobe
	for slot in $bus/slots/*; do [ "$(cat $slot/power)" = 1 ] || echo 1 >$slot/power; done
	for id in "1af4 1000" "1af4 1005" "1af4 1001"; do echo $id >$bus/drivers/vfio-pci/remove_id; done
	for device in $bus/devices/*; do
		echo >$device/driver_override
		case $(readlink $device/driver) in *vfio-pci) echo ${device##*/} >$bus/drivers/vfio-pci/unbind ;; esac
		[ -e $device/driver ] || echo ${device##*/} >$bus/drivers_probe
	done
}

for bus; do reset_$bus; done
exit 0
