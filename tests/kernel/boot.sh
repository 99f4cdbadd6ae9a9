# SPDX-License-Identifier: MIT
# In a guest with the distribution's own init: boot.sh before EDITS commits them and keeps what survives, and what is
# foretold, in /host; boot.sh after, in the next one, holds the machine against it.
. /tests/tap.sh

KEPT="/etc/driverctl.d /etc/mdevctl.d /etc/udev/rules.d /etc/modules-load.d /var/lib/vfiocfg"

come_to_rest() {
	systemctl is-system-running --wait >/dev/null
	udevadm settle
	echo 1 >/proc/cio_settle
	udevadm settle
}

rows() { # the column that tells the state
	vfiocfg list all --format csv --columns "kind,id,$1" | tr -d '\r' | sed '1d; s/,not active$/,/' | sort
}

matrices() { # of those that come back
	sed -n 's/^mdev,mdev\/\(.*\),active$/\1/p' /host/foretold | while read -r uuid; do
		grep -Hs '' "/sys/devices/vfio_ap/matrix/$uuid/ap_config"
	done
}

tells_of_debian() {
	vfiocfg doctor >/run/doctor
	grep -q "calls /usr/sbin/mdevctl" /run/doctor
}

none_starts() {
	vfiocfg list mdevs --format csv --columns after_why >/run/why
	! grep -v "after_why\|manual\|calls it where it is not" /run/why
}

before() {
	check "the edits are committed beside udev and mdevctl" exits 0 vfiocfg apply "$1" --yes
	come_to_rest
	check "the doctor tells what is wrong with Debian's mdevctl" tells_of_debian
	check "so nothing is foretold to start" none_starts
	ln -s ../bin/mdevctl /usr/sbin/mdevctl
	check "nothing is left to find once that is mended" exits 0 vfiocfg check
	rows after_reboot >/host/foretold
	matrices >/host/matrices
	for path in $KEPT; do
		mkdir -p "/host/kept$path"
		cp -a "$path/." "/host/kept$path/"
	done
	mkdir -p /host/kept/usr/sbin
	cp -a /usr/sbin/mdevctl /host/kept/usr/sbin/
	echo "$number" >/host/number
	exit $failed
}

# What is uncertain may come out either way: that is told.
after() {
	number=$(cat /host/number)
	sed -n 's/,uncertain$/,/p' /host/foretold >/run/uncertain
	rows bound >/run/now
	grep -Ff /run/uncertain /run/now | sed 's/^/# was uncertain: /'
	grep -v ',uncertain$' /host/foretold >/run/foretold
	grep -vFf /run/uncertain /run/now >/run/found
	check "each device is as was foretold" same /run/foretold /run/found
	matrices >/run/matrices
	check "so are the matrices" same /host/matrices /run/matrices
	check "no finding" exits 0 vfiocfg check
}

come_to_rest
"$@"
systemctl --failed --no-legend | sed 's/^/# failed: /'
journalctl -t mdevctl -o cat --no-pager | sed 's/^/# mdevctl: /'
finish
