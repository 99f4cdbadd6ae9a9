#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh VFIOCFG CASE.sh: runs a case in an empty directory and compares what it says with CASE.out.
# With UPDATE=1 CASE.out is written instead; read the difference before you commit it.
#
# A case has these words:
#   try ARGS...        shows the command, its output and its exit code
#   held PATH          a file of the simulated machine as the state file has it, "(none)" if it is not there
set -u

vfiocfg=$(realpath "$1")
case=$(realpath "$2")
expected=${case%.sh}.out
source=$(dirname "$case")
temp=$(mktemp -d) || exit 1
trap 'rm -rf "$temp" "$temp.emulated"' EXIT
cd "$temp" || exit 1
if [ -n "${MESON_EXE_WRAPPER-}" ]; then
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$MESON_EXE_WRAPPER" "$vfiocfg" >"$temp.emulated"
	chmod +x "$temp.emulated"
	vfiocfg=$temp.emulated
fi
unset COLUMNS NO_COLOR SSH_CONNECTION SUDO_USER
LC_ALL=C.UTF-8 TZ=UTC USER=tester LOGNAME=tester
export LC_ALL TZ USER LOGNAME

try() {
	echo "\$ vfiocfg $*"
	"$vfiocfg" "$@" 2>&1 </dev/null
	echo "[exit $?]"
}

held() {
	echo "== $1"
	text=$(sed -n "s|^file $1 [0-7]* \"\(.*\)\"\$|\1|p" state)
	if [ -n "$text" ]; then
		# The dot keeps the last newline in sight.
		printf '%b' "$(printf '%s' "$text" | sed 's/\\"/"/g')"
		echo "<end>"
	else
		echo "(none)"
	fi
}

. "$case" >"$temp/got" 2>&1
if [ -n "${UPDATE:-}" ]; then
	cp "$temp/got" "$expected"
else
	diff -u "$expected" "$temp/got"
fi
