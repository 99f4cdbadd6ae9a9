#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rights.sh VFIOCFG: borrowed rights are refused, the surroundings change nothing, and a user's files are bounded in size and depth.
vfiocfg=$(realpath "$1")
temp=$(mktemp -d) || exit 1
trap 'rm -rf "$temp"' EXIT
cd "$temp" || exit 1
chmod 755 .
number=0
if [ -n "${MESON_EXE_WRAPPER-}" ]; then
	mkdir wrap
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$MESON_EXE_WRAPPER" "$vfiocfg" >wrap/vfiocfg
	chmod +x wrap/vfiocfg
	vfiocfg=$temp/wrap/vfiocfg
fi

verdict() { # sentence; what is wrong with it, if anything
	number=$((number + 1))
	[ -z "$2" ] && echo "ok $number - $1" || { echo "not ok $number - $1"; echo "$2" | sed 's/^/# /'; }
}

skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# As nobody: a copy that root, or root's group, owns and lends, or whose file has a capability.
borrowed() { # sentence, command that lends
	cp "$vfiocfg" lent && chmod 755 lent
	if $2 lent 2>/dev/null; then
		said=$(setpriv --reuid 65534 --regid 65534 --clear-groups ./lent list 2>&1)
		case "$? $said" in
		# A sanitizer that looks for leaks must attach to the process, which nobody may then.
		64\ *"borrowed rights"* | *"borrowed rights"*LeakSanitizer*) verdict "$1" "" ;;
		*) verdict "$1" "$(echo "$said" | head -3)" ;;
		esac
	else
		skip "$1" "cannot be lent here: $2"
	fi
	rm -f lent
}

lends() { # does this file system lend rights at all?
	[ "$(id -u)" = 0 ] && command -v setpriv && cp "$(command -v id)" id && chmod 4755 id &&
		[ "$(setpriv --reuid 65534 --clear-groups ./id -u)" = 0 ]
} >/dev/null 2>&1

echo 1..6
[ -z "${MESON_EXE_WRAPPER-}" ] && lends && may=chmod || may=false
borrowed "with rights borrowed of a user it refuses to run" "$may 4755"
borrowed "with rights borrowed of a group it refuses to run" "$may 2755"
[ $may = false ] || may=setcap
borrowed "with rights borrowed of a file it refuses to run" "$may cap_net_raw+ep"

# What a library would load or write because of a variable.
[ -n "${MESON_EXE_WRAPPER-}" ] && path=$PATH || path=/nowhere
env LD_BIND_NOW=1 MALLOC_TRACE="$temp/traced" NCURSES_TRACE=8191 UDEV_CONFIG_FILE="$temp/none" PATH="$path" IFS=x \
	CDPATH=/tmp BASH_ENV=/tmp/x ENV=/tmp/x GCONV_PATH="$temp" LOCPATH="$temp" "$vfiocfg" --demo=lpar list >strange 2>&1
"$vfiocfg" --demo=lpar list >plain 2>&1
verdict "variables of others change nothing" "$(diff plain strange; ls "$temp" | grep -vxE 'plain|strange|id|wrap')"

# Brackets, a mebibyte in one string, control bytes, what is no UTF-8.
wrong=
edits() { # what is expected in the answer, within ten seconds
	timeout 10 "$vfiocfg" --demo=lpar plan hostile.json >out 2>&1
	status=$?
	[ $status = 64 ] || [ $status = 2 ] || wrong="$wrong exit $status of $1;"
	grep -q "$1" out || wrong="$wrong no '$1': $(head -c 300 out | tr -d '\000-\037');"
	[ "$(wc -c <out)" -lt 4096 ] || wrong="$wrong $(wc -c <out) bytes of $1;"
	LC_ALL=C tr -d '\n\040-\176\200-\377' <out | grep -q . && wrong="$wrong raw bytes of $1;"
}
awk 'BEGIN { printf "{\"vfiocfg-edits\": 1, \"drivers\": "; for (i = 0; i < 200000; i++) printf "["; }' >hostile.json
edits "nesting"
awk 'BEGIN { printf "{\"vfiocfg-edits\": 1, \"drivers\": {\"css/0.0.0313\": \""; for (i = 0; i < 1048576; i++) printf "a"; print "\"}}" }' >hostile.json
edits "edits"
printf '{"vfiocfg-edits": 1, "drivers": {"css/0.0.0313": "a\\u001b[2J\\u0000"}}' >hostile.json
edits "edits"
printf '{"vfiocfg-edits": 1, "drivers": {"css/\033[2J\377\376": "vfio_ccw"}}' >hostile.json
edits "edits"
printf '{"vfiocfg-edits": 1, "mdevs": [{"uuid": "../../../etc/passwd", "parent": "../..", "type": "x\\ny"}]}' >hostile.json
edits "edits"
verdict "edits of a mebibyte, 200,000 brackets and bytes a terminal obeys are refused at once and in harmless words" "$wrong"

# A machine whose attributes and files are as bad.
awk 'BEGIN { print "kernel 612 6.12.0"; printf "file /etc/mdevctl.d/matrix/1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11 644 \"";
	for (i = 0; i < 100000; i++) printf "["; print "\"";
	printf "file /etc/driverctl.d/css-0.0.0313 644 \""; for (i = 0; i < 1048576; i++) printf "b"; print "\"" }' >hostile.machine
wrong=
for words in "list all" "check" "export --as commands" "doctor"; do
	timeout 20 "$vfiocfg" --demo=hostile.machine $words >out 2>&1
	status=$?
	[ $status -le 2 ] || wrong="$wrong exit $status of $words: $(head -c 200 out);"
	[ "$(wc -c <out)" -lt 65536 ] || wrong="$wrong $(wc -c <out) bytes of $words;"
done
"$vfiocfg" --demo=hostile.machine check >out 2>&1
for file in /etc/mdevctl.d/matrix/1c0ffee2 /etc/driverctl.d/css-0.0.0313; do
	grep -q "$file" out || wrong="$wrong check says nothing of $file;"
done
verdict "files of 100,000 brackets and a mebibyte on the machine are listed in a few lines" "$wrong"
