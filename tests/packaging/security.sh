#!/bin/sh
# SPDX-License-Identifier: MIT
# security.sh PROGRAM SHOWS_ENVIRONMENT: what SECURITY.md promises of the program as a whole. The rest has its tests elsewhere:
# borrowed rights in batch/rights.sh.
program=$(realpath "$1")
shows=$(realpath "$2")
. "$SOURCE_DIR/tests/lint/tap.sh"
place=$(mktemp -d) || exit 99
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"

as_root() { # a verdict that only root can come to
	if [ "$(id -u)" = 0 ]; then verdict "$1" "$(eval "$2")"; else verdict "$1 # SKIP only root can try it" ""; fi
}

nobody() {
	install -m 755 "$program" "$place/vfiocfg"
	echo '{ "vfiocfg-edits": 1, "modules": { "vfio_nosuch": true } }' >"$place/edits.json"
	chmod 644 "$place/edits.json"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$place/vfiocfg" "$@" apply "$place/edits.json" --yes >"$place/out" 2>&1
	code=$?
	[ $code = 2 ] && grep -q "Nothing can be committed here" "$place/out" || { echo "exit $code"; tail -3 "$place/out"; }
}

environment() {
	env -i PATH=/bin LD_LIBRARY_PATH=/x GCONV_PATH=/x IFS=x BASH_ENV=/x MALLOC_TRACE=/x TERM=vt100 LC_ALL=C TERMINFO=/x NO_COLOR=1 \
		PYTHONPATH=/x VFIOCFG_X=1 "$shows" --version 2>&1 >/dev/null | grep '^left: ' |
		grep -vE '^left: (TERM|TERMINFO|TERMINFO_DIRS|ESCDELAY|COLUMNS|LINES|LANG|LANGUAGE|LC_[A-Z]+|TZ|NO_COLOR|HOME|SUDO_USER|SSH_CONNECTION)='
}

if command -v setpriv >/dev/null; then
	as_root "nobody but root changes this machine" 'nobody'
	as_root "nor with --root and --live" 'nobody --root / --live'
fi
verdict "of the environment only what it reads is left" "$(environment)"
verdict "and that is left" "$(env -i TERM=vt100 IFS=x "$shows" --version 2>&1 | grep -q '^left: TERM=vt100$' || echo "TERM is gone")"
if command -v nm >/dev/null; then
	verdict "it can neither start a program nor speak to a network" "$(nm -D --undefined-only "$program" |
		grep -oE ' (system|popen|w?exec[lv][ep]*|execvpe|fexecve|posix_spawnp?|vfork|socket|connect|bind|listen|accept4?|getaddrinfo|gethostby[a-z]+)(@|$)')"
else
	verdict "it can neither start a program nor speak to a network # SKIP nm is not installed" ""
fi
verdict "libraries are loaded late in one place, and only two" "$(code_with '\bdlm?open\(' $(files 'sysfs/*.c' 'model/*.c' 'tui/*.c') | grep -v '^sysfs/late\.c'
	grep -ohE '"[^"]*\.so\.[0-9][^"]*"' $(files 'sysfs/*.[ch]' 'model/*.[ch]' 'tui/*.[ch]') | grep -vxE '"lib(archive|kmod)\.so\.[0-9]+"')"
finish
