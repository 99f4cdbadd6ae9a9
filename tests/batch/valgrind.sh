#!/bin/sh
# SPDX-License-Identifier: MIT
#
# valgrind.sh VFIOCFG: each command under valgrind: no bad access, nothing lost, and the exit code it has without.
set -u
vfiocfg=$(realpath "$1")
. "$SOURCE_DIR/tests/lint/tap.sh"

command -v valgrind >/dev/null || skip_all "valgrind is not installed"
temp=$(mktemp -d) || exit 99
trap 'rm -rf "$temp"' EXIT
cd "$temp" || exit 99

clean() { # exit code, arguments
	want=$1
	shift
	valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
		--log-file=log "$vfiocfg" "$@" >out 2>&1 </dev/null
	got=$?
	[ "$got" = "$want" ] && ! grep -q '^==' log && trouble='' || trouble="exit code $got, not $want; $(cat log; tail -3 out)"
	verdict "vfiocfg $* is clean under valgrind" "$trouble"
}

cat >edits.json <<'END'
{
  "vfiocfg-edits": 1,
  "mdevs": [
    { "uuid": "669d9b23-fe1b-4ecb-be08-a2fabca99b71", "parent": "matrix", "type": "vfio_ap-passthrough",
      "start": "auto", "active": true, "adapters": ["0x05"], "domains": ["0x0004", "0x00ab"] },
    { "uuid": "7e270a25-e163-4922-af60-757fc8ed48c6", "parent": "0.0.0313", "type": "vfio_ccw-io",
      "start": "auto", "active": true }
  ]
}
END
echo '{ "vfiocfg-edits": 1, "drivers": { "css/0.0.0313": 7 } }' >broken.json

clean 0 --help
clean 64 --nonsense
clean 64 --demo=nonsense list
clean 0 --demo=hostile list all
clean 0 --demo=x86 list pci --format json
clean 0 --demo=lpar72 list ap --format csv
clean 0 --demo show 0.0.2b09
clean 2 --demo plan broken.json
clean 10 --demo plan edits.json
clean 0 --demo --state state apply edits.json --yes
clean 0 --demo --state state apply edits.json --yes
clean 0 --demo --state state export --as libvirt 7e270a25
clean 0 --demo --state state reboot
clean 0 --demo --state state undo 1 --yes
clean 0 --demo --state state history
clean 0 --root / list pci
finish
