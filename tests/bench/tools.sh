#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools.sh MACHINE WITNESS TOOLS: driverctl, mdevctl, a bare loop of writes and one commit, each with N devices (200), on a mounted
# machine of many subchannels more; and their lists on plain trees in memory of PLAIN ("1000 4000") subchannels.
set -eu

N=${N:-200}
export N

# In a mount namespace of its own. mdevctl and driverctl know no root: the tree is bound over what they read.
plain() {
	mount -t tmpfs -o nr_inodes=0,nodev,nosuid tmpfs "$PLAIN_DIR"
	"$1" "$PLAIN_N" "$PLAIN_DIR/tree"
	mkdir -p "$PLAIN_DIR/tree/etc/mdevctl.d/scripts.d/callouts" "$PLAIN_DIR/tree/etc/mdevctl.d/scripts.d/notifiers"
	for dir in /sys /etc/mdevctl.d /etc/driverctl.d; do
		mount --bind "$PLAIN_DIR/tree$dir" "$dir"
	done
	ROOT=$PLAIN_DIR/tree python3 "$3" lists
}

if [ -n "${PLAIN_DIR:-}" ]; then
	plain "$@"
	exit
fi
file=$(mktemp)
PLAIN_DIR=$(mktemp -d)
trap 'rm -f "$file"; rmdir "$PLAIN_DIR"' EXIT
"$1" "$((N * 9))" >"$file"
"$2" "$file" python3 "$3"
command -v mdevctl >/dev/null && command -v driverctl >/dev/null || exit 0
for n in ${PLAIN-1000 4000}; do
	PLAIN_DIR=$PLAIN_DIR PLAIN_N=$n unshare --mount --propagation private "$0" "$@"
done
