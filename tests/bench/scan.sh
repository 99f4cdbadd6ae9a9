#!/bin/sh
# SPDX-License-Identifier: MIT
#
# scan.sh MACHINE FLOOR SCAN VFIOCFG KEYS PAINT EVENT MEMORY GROWTH: machines of several sizes (SIZES="200 4000 65536") as trees in memory;
# what listing them, the first rows on the screen, each key in the program, an event and the memory for all that cost, and how each
# of these grows with the machine. Lists of mounted machines (MOUNTED="200 4000"), too: there a request costs more than a floor's turn.
# A tree of 262,144 subchannels (./run bench --long) wants some 4 GB.
set -eu

if [ -z "${SCAN_DIR:-}" ]; then
	SCAN_DIR=$(mktemp -d)
	export SCAN_DIR
	status=0
	# Links to files count as files there, and there are millions of them.
	unshare --mount "$0" "$@" || status=$?
	rmdir "$SCAN_DIR"
	exit "$status"
fi
in_memory() { # directory
	mount -t tmpfs -o nr_inodes=0,size=75%,nodev,nosuid tmpfs "$1"
}
in_memory "$SCAN_DIR"
mkdir "$SCAN_DIR/tree"

figures() { # command
	"$@" >"$SCAN_DIR/now"
	cat "$SCAN_DIR/now"
	cat "$SCAN_DIR/now" >>"$SCAN_DIR/figures"
}

for n in ${SIZES:-200 4000 65536}; do
	root=$SCAN_DIR/tree/$n
	in_memory "$SCAN_DIR/tree"
	"$1" "$n" "$root"
	figures "$3" "$n" "$root" "$2" "$4"
	figures "$6" "$n" "$root"
	figures "$5" "$n" "$root"
	figures "$7" "$n" "$root"
	figures "$8" "$n" "$root"
	umount "$SCAN_DIR/tree" # several times quicker than removing millions of links one by one
done
for n in ${MOUNTED-200 4000}; do
	"$1" "$n" >"$SCAN_DIR/machine"
	# shellcheck disable=SC2016
	figures "${0%/*}/../interop/witness" "$SCAN_DIR/machine" sh -c 'exec "$1" "$2" "$ROOT" "$3" "$4" mounted.' - "$3" "$n" "$2" "$4"
done
awk -f "$9" "$SCAN_DIR/figures"
