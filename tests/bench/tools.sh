#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools.sh MACHINE WITNESS TOOLS: driverctl, mdevctl, a bare loop of writes and one commit, each with N devices (200), on a mounted
# machine of many subchannels more.
set -eu

N=${N:-200}
export N
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"$1" "$((N * 9))" >"$file"
"$2" "$file" python3 "$3"
